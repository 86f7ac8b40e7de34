"""What start functions gave back, what events held and what functions printed, on runs written by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagalab.criteria import watched
from sagalab.criteria.finding import invalid
from sagalab.criteria.watched import Call, Watched
from sagalab.deployment import Deployment, Queue, Rule
from sagalab.history import History
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Scenario

ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)
ARN = "arn:aws:states:us-east-1:123456789012:execution:OrderFlow:order-4711"


def run(approach: Any = "orchestration", confirmed: bool = True, **kept: Any) -> Watched:
    history = History()
    history.record(1.0, "accepted", approach, order_id="4711")
    history.record(1.0, "execution", "OrderFlow", order_id="4711", detail={"arn": ARN})
    history.record(2.0, "invocation", "sales-service")
    history.record(3.0, "invocation", "sales-service")
    if confirmed:
        history.record(4.0, "effect", "confirmed", order_id="4711")
    return Watched(Scenario(approach, (ORDER,), {"mug": 5}), history, **kept)


def calls(*results: Any) -> tuple[Call, ...]:
    return tuple(Call("4711", result) for result in results)


@pytest.mark.parametrize("given", [calls(ARN), calls(ARN, ARN), (*calls(ARN), Call("4711", error="ClientError"))])
def test_a_start_that_gives_its_executions_arn_is_right(given: tuple[Call, ...]) -> None:
    assert watched.gives_the_arn("x", [run(calls=given)], "holds").fraction == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (calls(None), "returned nothing (None). The execution of this order is arn:"),
        (calls(True), "returned something that is no text"),
        (calls(ARN, "arn:other"), "called for the second time, returned the text 'arn:other'"),
    ],
)
def test_a_start_that_gives_anything_else_is_shown_beside_it(given: tuple[Call, ...], words: str) -> None:
    found = watched.gives_the_arn("x", [run(calls=given)], "holds")
    assert found.fraction == 0 and words in found.message and found.hint


def event(detail: Any) -> dict[str, list[str]]:
    return {"created-orders": ["no JSON", "7", json.dumps({"detail": detail})]}


@pytest.mark.parametrize(
    ("waiting", "fraction"),
    [
        (event({"orderId": "4711"}), 1),
        (event({"orderId": "4711", "more": 1}), 1),
        ({}, 1),  # nothing left to look at: the run itself is judged elsewhere
        (event({"order_id": "4711"}), 0),
        (event("4711"), 0),
        (event({"order": {"orderId": "4711"}, "text": "x" * 100}), 0),
    ],
)
def test_the_detail_names_the_order_under_the_key_that_was_asked_for(waiting: Any, fraction: int) -> None:
    found = watched.holds_the_order_id("x", [run("choreography", waiting=waiting)], "holds")
    assert found.fraction == fraction


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Call("4711", error="Hung"), "never came back"),
        (Call("4711", error="Timeout"), "never came back"),
        (Call("4711"), "as if all were well"),
    ],
)
def test_a_bus_that_never_accepts_has_to_end_in_an_error(call: Call, words: str) -> None:
    found = watched.gives_up("x", run("choreography", calls=(call,)))
    assert found is not None and words in found.message


def test_an_error_of_the_learners_own_ends_it_well() -> None:
    assert watched.gives_up("x", run("choreography", calls=(Call("4711", error="RuntimeError"),))) is None


@pytest.mark.parametrize(
    ("confirmed", "printed", "words"),
    [
        (True, {2: "one more sale: 4711\n"}, ""),
        (False, {2: "sales closed\n"}, ""),
        (True, {}, "printed nothing: its id is missing"),
        (True, {2: "sale 47110\n"}, "printed 'sale 47110': its id is missing"),
        (True, {2: "4711\n", 3: "4711\n"}, "printed its id 2 times"),
        (False, {2: "4711\n"}, "was never confirmed"),
    ],
)
def test_each_confirmed_order_is_printed_once_and_no_other(confirmed: bool, printed: Any, words: str) -> None:
    found = watched.counts_the_confirmed(
        "x", [run("choreography", confirmed, printed=printed)], {"sales-service"}, "holds"
    )
    assert words in found.message and found.fraction == (0 if words else 1)


def ruled(**targets: list[str]) -> Deployment:
    names = sorted({name for row in targets.values() for name in row})
    rules = [
        Rule(
            name=name,
            arn=name,
            bus="default",
            pattern="{}",
            state="ENABLED",
            targets=[{"Id": one, "Arn": f"arn:{one}"} for one in row],
        )
        for name, row in targets.items()
    ]
    return Deployment(rules=rules, queues=[Queue(name=name, arn=f"arn:{name}", url=name) for name in names])


def test_a_rule_of_ones_own_edits_nobody_elses() -> None:
    assert watched.own_rule("x", ruled(outcome=["notification"], sale=["sales"]), ["sales"]) is None


def test_another_target_on_an_older_rule_is_an_edit() -> None:
    found = watched.own_rule("x", ruled(outcome=["notification", "sales"]), ["sales"])
    assert found is not None and "The rule outcome brings events to notification, and now to sales" in found.message


@pytest.mark.parametrize(
    ("tries", "words", "thought"),
    [
        (1, "emit_order_created returned, and nobody", "unread"),
        (3, "sent the entry 3 times, and then", "after the last try"),
    ],
)
def test_a_publication_that_was_lost_is_told_with_its_tries(tries: int, words: str, thought: str) -> None:
    lost = run("choreography", confirmed=False)
    for _ in range(tries):
        lost.history.record(1.0, "api", "events:PutEvents", detail={"operator": True})
    message, hint = watched.silent(lost, "unread")
    assert words in message and message.endswith("nobody ever heard of order 4711.") and thought in hint


def test_a_publication_that_ended_in_an_error_is_not_told_that_it_returned() -> None:
    lost = run("choreography", confirmed=False)
    lost.history.record(1.0, "api", "events:PutEvents", detail={"operator": True})
    words = "emit_order_created('4711') raised RuntimeError: the bus"
    lost.history.record(2.0, "accepted", "choreography", order_id="4711", detail={"error": words})
    message, hint = watched.silent(lost, "unread")
    assert "sent the entry once and then raised" in message and "returned" not in message
    assert message.endswith(f"{words}.") and "To raise is right" in hint


def test_a_target_that_an_old_rule_kept_is_named_with_the_call_that_takes_it_away() -> None:
    found = watched.with_old_rules(invalid("x", "no", hint="Which?"), ruled(early=["sales"], sale=["sales"]), ["sales"])
    assert "2 rules bring events there: early and sale." in found.hint
    assert 'eventbridge.remove_targets(Rule="early", Ids=["' in found.hint
    assert watched.with_old_rules(invalid("x", "no", hint="W"), ruled(sale=["sales"]), ["sales"]).hint == "W"
