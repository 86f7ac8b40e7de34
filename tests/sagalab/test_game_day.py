"""A game day hides one fault: the same seed the same one, and every one can strike."""

import pytest

from sagalab.faults import Fault
from sagalab.game_day import CALLS, HIDDEN, hidden, revealed
from sagalab.participants.arguments import TAKES


def test_the_same_seed_hides_the_same_fault():
    assert hidden(7) == hidden(7) == HIDDEN[revealed(7)]


def test_seeds_reach_every_fault():
    assert {revealed(seed) for seed in range(200)} == set(HIDDEN)


def test_no_two_game_days_look_alike_to_who_injects_them():
    assert len(set(HIDDEN.values())) == len(HIDDEN) == 4 * len(CALLS)


@pytest.mark.parametrize("words", sorted(HIDDEN))
def test_a_hidden_fault_lasts_longer_than_anybody_looks_and_strikes_its_own_step(words):
    fault = HIDDEN[words]
    step = words.partition(":")[0]
    assert isinstance(fault, Fault) and fault.duration >= 3600
    assert step in fault.target or fault.target == CALLS[step]
    assert CALLS[step] in TAKES
