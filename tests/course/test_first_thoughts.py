"""The first thought after a wrong answer points at the slip, and not at an innocent function beside it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Misled, check_told, finding, tried

START, FLOW, EVENTS = "00_start_here", "02_orchestration", "04_choreography"
STRAIGHT = 'functions.get_function(FunctionName="inventory-service")["Configuration"]["FunctionArn"]'
INVOKES = """    import boto3
    import json
    body = json.dumps({"detail-type": "OrderConfirmed", "detail": {"orderId": order_id}})
    event = {"Records": [{"messageId": "1", "body": body}]}
    boto3.client("lambda").invoke(FunctionName="notification-service", Payload=json.dumps(event))
"""
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
    "one retrier for everything": (
        FLOW, "02-declined-is-an-answer", "declined", [("[BUSINESS, TRANSIENT]", "[TRANSIENT]")],
        "was declined, and the gateway was asked again", "Where does one say that a refusal",
    ),
    "a catcher for another error": (
        FLOW, "02-declined-is-an-answer", "declined", [('["PaymentDeclined"]', '["CardDeclined"]')],
        "stopped in ChargePayment with PaymentDeclined", "no catcher names, letter by letter",
    ),
    "a cancelled order that ends in silence": (
        FLOW, "02-declined-is-an-answer", "declined",
        [('task("cancel-order", ResultPath=None, Next="NotifyCustomer")', 'task("cancel-order", End=True)')],
        "is cancelled, and nobody told the customer", "after the one that cancels",
    ),
    "retriers for the charge alone": (
        FLOW, "02-short-outage", "declined", [("in states.values()", 'in [states["ChargePayment"]]')],
        "stopped in ReserveStock with ParticipantUnavailable", "Every step needs one.",
    ),
    "retriers that see timeouts alone": (
        FLOW, "02-short-outage", "declined", [("[BUSINESS, TRANSIENT]", '[BUSINESS, {**TRANSIENT, "ErrorEquals": ["States.Timeout"]}]')],
        "stopped in ChargePayment with ParticipantUnavailable", "which of its retriers matches it?",
    ),
    "a single retry": (
        FLOW, "02-short-outage", "declined", [("[BUSINESS, TRANSIENT]", '[BUSINESS, {**TRANSIENT, "MaxAttempts": 1}]')],
        "stopped in ChargePayment with ParticipantUnavailable", "`payment_gateway.charge` was tried 2 times",
    ),
    "a second step that charges once more": (
        START, "00-second-step", "second-step", [('"FunctionName": "confirm-order"', '"FunctionName": "charge-payment"')],
        "in all: by `charge-payment` and `charge-payment`", "One step takes the money",
    ),
    "a service that calls the next one": (
        EVENTS, "04-nobody-calls-anybody", "inventory", [('    publish("OrderConfirmed", order_id)\n', INVOKES)],
        "The function 'inventory-service' calls another component directly (lambda:Invoke)", "Publish an event instead",
    ),
    "a declined card that is raised again": (
        EVENTS, "04-nobody-calls-anybody", "payment-with-key",
        [('        publish("OrderCancelled", order_id)\n', '        publish("OrderCancelled", order_id)\n        raise\n')],
        "(PaymentDeclined), and was asked again", "a raised error brings the message back",
    ),
    "a rule that leaves out the queue": (
        EVENTS, "04-converges", "wiring", [('"Id": "inventory", "Arn": inventory_queue', f'"Id": "inventory", "Arn": {STRAIGHT}')],
        "A rule brings its events straight to the function `inventory-service`", "be the queue that feeds",
    ),
    "a key of the moment": (
        EVENTS, "04-duplicate-harmless", "payment-with-key",
        [('key = f"charge-{order_id}"', "import uuid\n    key = str(uuid.uuid4())")],
        "was charged 2 times", "do the message and its double share",
    ),
    "a mail without a key": (
        EVENTS, "04-duplicate-harmless", "notification", [(', key=f"tell-{order_id}"', "")],
        "was told 2 times", "do the message and its double share",
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
