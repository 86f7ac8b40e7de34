"""Wrong answers to lesson 10, each from a misconception, and each told what is wrong with it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Wrong, check_told, finding, tried

DIAGRAMS = "10_diagrams_as_code"
FLOW, EVENTS = "flow-drawing", "events-drawing"
REFUND = 'Edge(label="Catch OutOfStock: refund", style="dashed", color="#D55E00")'
CANCEL = '    flow >> Edge(label="refused: cancel", style="dashed", color="#D55E00") >> Lambda("cancel-order")\n'
DLQ = 'Edge(label="after 3 receives", style="dashed", color="#D55E00")'
PARKS = f'        queue >> {DLQ} >> SQS(f"{{name}}-dlq")\n'
TURNED = "turned = {(source, target) for source, target in extra if (target, source) in missing}"

WRONG: dict[str, Wrong] = {
    "a step that is left out": (
        DIAGRAMS, "10-flow-drawn", FLOW, [('    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")\n', "")],
        "The function 'confirm-order' is deployed but not in your picture.",
    ),
    "an arrow that points at the one who calls": (
        DIAGRAMS, "10-flow-drawn", FLOW, [('flow >> Edge(label="1 charge") >> Lambda("charge-payment")',
                                 'flow << Edge(label="1 charge") << Lambda("charge-payment")')],
        "The arrow from 'charge-payment' to 'OrderFlow' points the wrong way",
    ),
    "steps that call one another": (
        DIAGRAMS, "10-flow-drawn", FLOW,
        [('    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")\n',
          '    Lambda("charge-payment") >> Edge(label="2 reserve") >> Lambda("reserve-stock")\n')],
        "You drew an arrow from 'charge-payment' to 'reserve-stock': nothing deployed does that.",
    ),
    "a picture without words for those who cannot see it": (
        DIAGRAMS, "10-flow-drawn", FLOW, [("# alt: The", "# The")], "There is no alternative text that says in a sentence",
    ),
    "a compensation that looks like a step": (
        DIAGRAMS, "10-way-back", FLOW, [(REFUND, 'Edge(label="4")')],
        "This arrow looks like a step of a good day: the state machine 'OrderFlow' calls the function 'refund-payment'.",
    ),
    "a compensation that is not drawn": (
        DIAGRAMS, "10-way-back", FLOW, [(CANCEL, "")],
        "There is no arrow for this: the state machine 'OrderFlow' calls the function 'cancel-order'.",
    ),
    "a compensation without a reason": (
        DIAGRAMS, "10-way-back", FLOW, [(REFUND, 'Edge(style="dashed")')], "This arrow is dashed and has no words",
    ),
    "everything dashed": (
        DIAGRAMS, "10-way-back", FLOW, [('Edge(label="1 charge")', 'Edge(label="1 charge", style="dashed")')],
        "You dashed the arrow of this, and good orders take it: the state machine 'OrderFlow' calls the function 'charge-payment'.",
    ),
    "a bus that feeds services straight": (
        DIAGRAMS, "10-events-drawn", EVENTS, [(">> queue >> service", ">> service"), ("        queue >> Edge(", "        SQS(\"x-queue\") >> Edge(")],
        "It really goes through 'payment-queue'.",
    ),
    "the picture of last spring": (
        DIAGRAMS, "10-events-drawn", EVENTS, [(', "audit": "OrderConfirmed"}', "}")],
        "The queue 'audit-queue' is deployed but not in your picture.",
    ),
    "services that are drawn as queues": (
        DIAGRAMS, "10-events-drawn", EVENTS, [('Lambda(f"{name}-service")', 'SQS(f"{name}-service")')],
        "You drew 'payment-service' as a queue, but it is deployed as a function.",
    ),
    "an event on the wrong arrow": (
        DIAGRAMS, "10-events-drawn", EVENTS, [('"inventory": "PaymentCharged"', '"inventory": "OrderConfirmed"')],
        "you wrote 'OrderConfirmed', but what is deployed there is",
    ),
    "a service that hands on what it cannot read": (
        DIAGRAMS, "10-dead-letters", EVENTS, [(PARKS, PARKS.replace("queue >>", "service >>"))],
        "There is no arrow for this: the queue 'payment-queue' hands its poison messages to the queue 'payment-dlq'.",
    ),
    "one dead-letter queue for all": (
        DIAGRAMS, "10-dead-letters", EVENTS, [(PARKS, PARKS.replace('f"{name}-dlq"', '"payment-dlq"'))],
        "hands its poison messages to the queue 'inventory-dlq'.",
    ),
    "dead letters on a solid arrow": (
        DIAGRAMS, "10-dead-letters", EVENTS, [(DLQ, 'Edge(label="3")')], "This arrow looks like a step of a good day",
    ),
    "a reversed arrow that is extra and missing as well": (
        DIAGRAMS, "10-drift", "drift", [(TURNED, "turned = set()")], "drift said 'extra: ",
    ),
    "a comparison in one direction": (
        DIAGRAMS, "10-drift", "drift", [("missing = drawn - deployed, deployed - drawn", "missing = drawn - deployed, set()")],
        "drift did not say what is the matter",
    ),
    "an answer that is taken for a reversed arrow": (
        DIAGRAMS, "10-drift", "drift", [(TURNED, "turned = {arrow for arrow in drawn if arrow[::-1] in deployed}")],
        "where both directions are deployed. drift said 'reversed: ",
    ),
    "a result that is printed": (
        DIAGRAMS, "10-drift", "drift", [("    return [f", "    print([f"), ("sorted(found[kind])]", "sorted(found[kind])])")],
        "drift returned nothing (None).",
    ),
    "a dictionary": (
        DIAGRAMS, "10-drift", "drift",
        [('    return [f"{kind}: {source} -> {target}" for kind in found for source, target in sorted(found[kind])]', "    return found")],
        "drift returned something that is no list of texts.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words"), tried(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str
) -> None:
    check_told(lesson, criterion, key, edits, words)


def test_a_drawing_without_dead_letters_is_one_that_was_not_begun() -> None:
    found = finding(DIAGRAMS, "10-dead-letters", EVENTS, (PARKS, ""))
    assert (found.fraction, found.attempted) == (0, False)
    assert found.message == "No dead-letter queue is drawn yet."


def test_a_choreography_without_its_dead_letters_agrees_with_the_deployment() -> None:
    assert finding(DIAGRAMS, "10-events-drawn", EVENTS, (PARKS, "")).fraction == 1


@pytest.mark.prove
def test_a_good_way_without_the_refusals_is_right() -> None:
    refund = f'    flow >> {REFUND} >> Lambda("refund-payment")\n'
    assert finding(DIAGRAMS, "10-flow-drawn", FLOW, (refund, ""), (CANCEL, "")).fraction == 1
