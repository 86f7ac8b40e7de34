"""The saga's promises: each kept by a good history and broken by its own example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.history import History
from sagalab.invariants import PER_ORDER, Expectation, verdicts, violations

AMOUNT = 49.9
ITEMS = [{"sku": "mug", "quantity": 1}]
EXPECTED = Expectation({"7": AMOUNT})
REFUSED = Expectation({"7": AMOUNT}, refused=frozenset({"7"}))
LICENSED = Expectation({"7": AMOUNT}, licensed=frozenset({"7"}))
DETAIL = {
    "charged": {"amount": AMOUNT}, "refunded": {"amount": AMOUNT}, "reserved": {"items": ITEMS},
    "released": {"items": ITEMS}, "told": {"outcome": "confirmed"},
}  # fmt: skip


def run(*effects, correlation="c", step=1.0):
    """Gives the history of an accepted order with these effects; "told:cancelled" tells something else."""
    history = History()
    history.record(0, "accepted", "orchestration", order_id="7")
    for number, effect in enumerate(effects):
        what, _, said = effect.partition(":")
        detail = {"outcome": said} if said else DETAIL.get(what, {})
        history.record((number + 1) * step, "effect", what, order_id="7", correlation_id=correlation, detail=detail)
    return history


def broken(history, expected=EXPECTED):
    return [violation.invariant for violation in violations(history, expected)]


GOOD = ("charged", "reserved", "confirmed", "told")
CANCELLED = ("charged", "refunded", "cancelled", "told:cancelled")


def test_a_good_order_breaks_nothing():
    assert broken(run(*GOOD)) == []
    assert broken(run(*CANCELLED), REFUSED) == []
    assert broken(run("cancelled", "told:cancelled"), REFUSED) == []


@pytest.mark.parametrize(
    ("effects", "expected", "invariant", "words"),
    [
        (("charged", "charged", *GOOD[1:]), EXPECTED, "Money", "charged 2 times, 99.80 instead of 49.90"),
        (("charged", "cancelled", "told:cancelled"), REFUSED, "Money", "0.00 should be paid, but 49.90 is"),
        (GOOD[1:], EXPECTED, "Money", "49.90 should be paid, but 0.00 is"),
        (("charged",), EXPECTED, "Money", "never ended, and 49.90 stay charged"),
        (("charged", "confirmed", "told"), EXPECTED, "Stock", "its stock is not reserved"),
        (("charged", "reserved", "reserved", "confirmed", "told"), EXPECTED, "Stock", "reserved 2 times"),
        (("reserved", "cancelled", "told:cancelled"), REFUSED, "Stock", "its stock is still reserved"),
        (("reserved",), EXPECTED, "Stock", "keeps its stock"),
        (("charged", "reserved", "told", "confirmed"), EXPECTED, "Voice", "before the order book said so"),
        (("charged", "reserved", "confirmed", "told:cancelled"), EXPECTED, "Voice", "was told 'cancelled', but it is confirmed"),
        ((*GOOD, "told"), EXPECTED, "Voice", "told 2 times"),
        (GOOD[:3], EXPECTED, "Voice", "nobody told the customer"),
        ((), EXPECTED, "Terminal", "accepted and never ended"),
        (CANCELLED, EXPECTED, "Terminal", "though nobody refused it"),
        (("charged", "refunded", "refunded", "cancelled", "told:cancelled"), REFUSED, "Undo", "refunded 2 times"),
        (("refunded", "charged", "cancelled", "told:cancelled"), REFUSED, "Undo", "refunded before it was charged"),
        ((*GOOD, "refunded"), EXPECTED, "Forward", "refunded after it had been confirmed"),
    ],
)  # fmt: skip
def test_each_promise_is_broken_by_its_own_example(effects, expected, invariant, words):
    found = {violation.invariant: violation for violation in violations(run(*effects), expected)}
    assert invariant in found and words in found[invariant].message


def test_the_hour_runs_from_the_order_s_own_start():
    history = History()
    for at, kind, what in (
        (5000, "accepted", "orchestration"),
        (5400, "effect", "cancelled"),
        (8500, "effect", "told"),
    ):
        history.record(at, kind, what, order_id="7", correlation_id="c", detail={"outcome": "cancelled"})
    assert broken(history, REFUSED) == []


def test_an_order_that_ends_after_an_hour_is_too_late():
    assert "Terminal" in broken(run(*GOOD, step=1500.0))
    assert "Terminal" not in broken(run(*GOOD, step=1000.0))


def test_a_lost_correlation_id_and_a_second_one_break_the_trace():
    assert broken(run(*GOOD, correlation=None)) == ["Trace"]
    mixed = run(*GOOD[:2])
    for what in GOOD[2:]:
        mixed.record(9, "effect", what, order_id="7", correlation_id="other", detail=DETAIL.get(what, {}))
    assert broken(mixed) == ["Trace"]


def test_a_licence_lets_money_stock_and_an_open_order_wait_but_not_a_lie():
    assert broken(run("charged"), LICENSED) == []
    assert broken(run("charged", "reserved", "confirmed"), LICENSED) == []
    assert broken(run("charged", "charged"), LICENSED) == ["Money"]
    assert broken(run("told"), LICENSED) == ["Voice"]
    assert broken(run(*GOOD, "told"), LICENSED) == ["Voice"]
    assert "Forward" in broken(run(*GOOD, "released"), LICENSED)


def with_report(history, *orders):
    history.record(99, "signal", "stuck_orders", detail={"orders": list(orders)})
    return history


def test_the_licence_holds_only_while_the_order_waits_where_an_operator_finds_it():
    assert broken(with_report(run("charged"), "7"), LICENSED) == []
    assert broken(with_report(run("charged"), "8"), LICENSED) == ["Open"]
    waiting = with_report(run("charged"))
    waiting.record(98, "dead_lettered", "q", order_id="7", detail={"message": "m", "to": "q-dlq"})
    assert broken(waiting, LICENSED) == []


def test_without_a_licence_no_report_excuses_an_open_order():
    assert "Terminal" in broken(with_report(run("charged"), "7"))


def test_an_order_that_nothing_struck_and_that_ended_well_is_in_no_report():
    untouched = Expectation({"7": AMOUNT}, untouched=frozenset({"7"}))
    assert broken(with_report(run(*GOOD), "7"), untouched) == ["Open"]
    assert broken(with_report(run(*GOOD)), untouched) == [] == broken(with_report(run(*GOOD), "7"))
    assert "Open" not in broken(with_report(run("charged"), "7"), untouched)


def reserving(*steps, stock):
    """Gives a run in which orders reserve (3) or release (-3) mugs, or mugs are restocked (None, 3)."""
    history = History()
    for order_id, count in steps:
        what = "restocked" if order_id is None else "reserved" if count > 0 else "released"
        items = [{"sku": "mug", "quantity": abs(count)}]
        history.record(1, "effect", what, order_id=order_id, correlation_id="c", detail={"items": items})
    expected = Expectation({"7": AMOUNT, "8": AMOUNT}, stock={"mug": stock})
    return [violation for violation in violations(history, expected, ["Stock"]) if "than there is" in violation.message]


def test_stock_is_never_oversold_also_when_it_is_released_later():
    assert reserving(("7", 1), ("8", 1), ("7", -1), stock=2) == []
    (violation,) = reserving(("7", 1), ("8", 1), ("7", -1), stock=1)
    assert violation.order_id == "8" and "reserved 1 more of 'mug'" in violation.message and violation.facts == (1,)


def test_what_is_released_or_restocked_can_be_reserved_again():
    assert reserving(("7", 1), ("7", -1), ("8", 1), stock=1) == []
    assert reserving(("7", 1), (None, 1), ("8", 1), stock=1) == []


def test_a_dropped_message_is_lost():
    history = run(*GOOD)
    history.record(9, "delivered", "default", detail={"dropped": True, "error": "NO_SUCH_QUEUE"})
    assert broken(history) == ["Nothing lost"]


def test_a_violation_points_at_the_facts_that_prove_it():
    history = run("charged", "charged", *GOOD[1:])
    (violation, *_) = violations(history, EXPECTED)
    assert [history[index].what for index in violation.facts] == ["charged", "charged"]


def told(history, expected=EXPECTED):
    return {(one.invariant, one.verdict) for one in verdicts(history, expected)}


def test_each_promise_has_a_verdict_with_the_facts_that_prove_it():
    found = verdicts(run(*GOOD), EXPECTED)
    assert {(one.invariant, one.verdict) for one in found} == {(name, "valid") for name in (*PER_ORDER, "Nothing lost")}
    history = run(*GOOD)
    shown = {one.invariant: [history[index].what for index in one.facts] for one in found}
    assert shown["Money"] == ["charged", "confirmed"] and shown["Voice"] == ["confirmed", "told"]


def test_what_the_history_does_not_tell_is_unknown_and_never_held_against_anybody():
    assert ("Terminal", "unknown") in told(run("charged"), LICENSED)
    assert ("Money", "unknown") in told(run(*GOOD), Expectation({}))
    assert told(History()) == {("Nothing lost", "unknown")}
    assert broken(run(*GOOD), Expectation({})) == [] == broken(History())


def test_a_broken_promise_is_invalid_and_the_others_keep_their_verdict():
    assert ("Money", "invalid") in told(run("charged", "charged", *GOOD[1:])) and ("Stock", "valid") in told(run(*GOOD))


def test_only_the_promises_asked_for_are_judged():
    assert [v.invariant for v in violations(run("charged"), EXPECTED, ["Terminal"])] == ["Terminal"]


@pytest.mark.parametrize("name", PER_ORDER)
def test_every_promise_has_one_sentence_and_one_example(name):
    first, _, rest = (PER_ORDER[name].__doc__ or "").partition("\n")
    assert first.endswith(".") and "Broken by:" in rest


@given(
    effects=st.lists(
        st.sampled_from(["charged", "refunded", "reserved", "released", "confirmed", "cancelled", "told"]), max_size=7
    )
)
def test_whatever_happened_each_verdict_is_a_sentence_about_that_order(effects):
    for expected in (EXPECTED, REFUSED, LICENSED):
        for violation in violations(run(*effects), expected):
            assert "order 7" in violation.message and violation.order_id == "7"


@given(effects=st.permutations(GOOD))
def test_of_the_four_effects_only_the_telling_has_to_wait_for_the_outcome(effects):
    flawless = effects.index("told") > effects.index("confirmed")
    assert (broken(run(*effects)) == []) is flawless
