"""The first thought after a wrong answer points at the slip, and not at an innocent function beside it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Misled, check_told, finding, tried

START, FLOW, EVENTS = "00_start_here", "02_orchestration", "04_choreography"
RAISES = '    raise RuntimeError(f"the bus did not take OrderCreated of order {order_id}")'
UNCAUGHT = """    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=order)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}\""""

WRONG: dict[str, Misled] = {
    "an input that is spelt otherwise": (
        START, "00-first-execution", "start-workflow", [('{"orderId": order_id}', '{"order_id": order_id}')],
        "reads `orderId`, and the input that the execution was started with has no such key", "its key has to be `orderId`",
    ),
    "an input without anything": (
        START, "00-first-execution", "start-workflow", [('json.dumps({"orderId": order_id})', '"{}"')],
        "started an execution that carries no order id", "the input is written out",
    ),
    "an input that is always the same": (
        START, "00-first-execution", "start-workflow", [('{"orderId": order_id}', '{"orderId": "2002"}')],
        "started an execution that carries order 2002", "the input is written out",
    ),
    "a charge whose answer goes to the second step": (
        START, "00-second-step", "second-step", [('{"ResultPath": None, "Next": "ConfirmOrder"}', '{"Next": "ConfirmOrder"}')],
        "the answer of ChargePayment had taken the place of the input", "`confirm-order` is innocent",
    ),
    "a charge whose answer goes to the warehouse": (
        FLOW, "02-three-steps", "order-flow", [('task("charge-payment", ResultPath=None, ', 'task("charge-payment", ')],
        "the answer of ChargePayment had taken the place of the input", "`reserve-stock` is innocent",
    ),
    "a catcher that hands on the error": (
        FLOW, "02-declined-is-an-answer", "declined", [('"ResultPath": None, "Next": "CancelOrder"', '"Next": "CancelOrder"')],
        "the caught error of ChargePayment had taken the place of the input", "The catcher of ChargePayment says no",
    ),
    "a second start whose refusal nobody catches": (
        FLOW, "02-starts-once", "start-once",
        [(UNCAUGHT, '    return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=order)["executionArn"]')],
        "was started a second time, 10 minutes later. start_workflow(", "Catch `ExecutionAlreadyExists`",
    ),
    "three tries and then silence": (
        EVENTS, "04-entry-refused", "emit-again", [("range(5)", "range(3)"), (RAISES, "")],
        "sent the entry 3 times, and then returned as if all were well", "nothing is raised after the last try",
    ),
    "an answer that nobody reads": (
        EVENTS, "04-entry-refused", "emit-again", [('if not answer["FailedEntryCount"]', "if answer")],
        "emit_order_created returned, and nobody ever heard of order", "Which field of its answer says so?",
    ),
    "one key for all orders": (
        EVENTS, "04-duplicate-harmless", "payment-with-key", [('f"charge-{order_id}"', '"charge"')],
        "was called with the key 'charge' for order ", "differs between two orders?",
    ),
    "a promise that adds a number to a word": (
        "01_why_coordinate", "01-money", "money",
        [('        if effect["what"] == "refunded":', '        if effect["what"] + 1 == "refunded":')],
        "money_kept raised TypeError in line ", "an error ended money_kept in line ",
    ),
    "arrows that stay lists": (
        "10_diagrams_as_code", "10-drift", "drift", [("{tuple(arrow) for arrow in drawn}", "set(drawn)")],
        "drift raised TypeError in line ", "a list was put into a set",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words", "thought"), tried(WRONG))
def test_the_first_thought_fits_the_slip(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str, thought: str
) -> None:
    check_told(lesson, criterion, key, edits, words)
    assert thought in finding(lesson, criterion, key, *edits).hint
