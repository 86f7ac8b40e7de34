"""The first failing schedule of a group is the same in whatever order its runs come."""

from hypothesis import given
from hypothesis import strategies as st

from sagalab.criteria.workflow import Ran
from sagalab.explore import Schedule
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.invariants import Violation
from sagalab.judging.tally import Tally
from sagalab.scenario import healthy

CALLS = range(1, 9)
SCENARIOS = [healthy("orchestration", "s").with_faults(Fault("slow", "mailer.send", call=n)) for n in CALLS]
BROKEN = Violation("Money", "7", "charged twice", ())


@given(st.permutations(range(8)), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_what_failed_is_counted_and_the_group_s_first_is_shown(order, mine, failing):
    rows = [Schedule("indefinite", SCENARIOS[number]) for number in sorted(mine)]
    tally = Tally("indefinite", rows)
    for number in order:
        if number in failing:
            tally.failing(Ran(SCENARIOS[number], History()), BROKEN)
    result = tally.result(lambda ran, violation: (ran, violation))
    assert (result.ran, result.failed) == (len(rows), len(mine & failing))
    shown = result.schedule.scenario if result.schedule else None
    assert shown == next((SCENARIOS[number] for number in sorted(mine & failing)), None)


def test_the_shown_schedule_is_the_one_made_small():
    tally = Tally("pairs", [Schedule("pairs", SCENARIOS[0])])
    tally.failing(Ran(SCENARIOS[0], History()), BROKEN)
    small = Ran(SCENARIOS[1], History())
    assert tally.result(lambda ran, violation: (small, violation)).schedule.scenario == SCENARIOS[1]
