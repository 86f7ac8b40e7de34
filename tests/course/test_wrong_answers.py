"""Answers that a lesson's text rules out are not let through, and each is told what is wrong with it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Wrong, check_told, finding, judged, tried

START, FLOW, EVENTS = "00_start_here", "02_orchestration", "04_choreography"
TRIES = "    for number in range(5):\n        answer = eventbridge.put_events(Entries=[entry])\n"
SALES = """deploy_service("sales")
eventbridge.put_targets(Rule="on-outcome", Targets=[{"Id": "sales", "Arn": queue_arn("sales-queue")}])"""
EVERYTHING = '{"detail-type": ["OrderCreated", "OrderConfirmed"]}'

WRONG: dict[str, Wrong] = {
    "a start that returns nothing": (
        START, "00-first-execution", "start-workflow", [('    return run["executionArn"]\n', "")], "returned nothing (None)"
    ),
    "a start that returns the whole answer": (
        START, "00-first-execution", "start-workflow", [('run["executionArn"]', "run")], "returned something that is no text"
    ),
    "an event that names its order otherwise": (
        START, "00-first-event", "emit-order-created", [('"orderId"', '"order_id"')], 'published the detail {"order_id": '
    ),
    "an event that wraps its order": (
        START, "00-first-event", "emit-order-created", [('{"orderId": order_id}', '{"order": {"orderId": order_id}}')],
        'published the detail {"order": {"orderId": ',
    ),
    "a second start that makes its ARN up": (
        FLOW, "02-starts-once", "start-once",
        [('return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"', 'return f"arn:{name}"')],
        "called for the second time, returned the text 'arn:order-",
    ),
    "a publication that is tried for ever": (
        EVENTS, "04-entry-refused", "emit-again", [("    for number in range(5):", "    while True:"), ("2**number", "1")],
        "never came back",
    ),
    "a publication that is given up in silence": (
        EVENTS, "04-entry-refused", "emit-again",
        [("range(5)", "range(10)"), ("2**number", "1"), ('    raise RuntimeError(f"the bus did not take OrderCreated of order {order_id}")', "")],
        "returned as if all were well",
    ),
    "a fourth service on another's rule": (
        EVENTS, "04-fourth-subscriber", "fourth-wiring", [("", SALES)],
        "The rule on-outcome brings events to notification-queue, and now to sales-queue as well",
    ),
    "a fourth service that prints no order": (
        EVENTS, "04-fourth-subscriber", "fourth",
        [('json.loads(record["body"])["detail"]["orderId"]', 'json.loads(record["body"])["detail-type"]')],
        "sales-service printed 'one more sale: OrderConfirmed': its id is missing",
    ),
    "a fourth service that prints nothing": (
        EVENTS, "04-fourth-subscriber", "fourth", [('print("one more sale:", ', 'str(')], "sales-service printed nothing: its id is missing",
    ),
    "a fourth service that counts each order on its way": (
        EVENTS, "04-fourth-subscriber", "fourth-wiring", [('{"detail-type": ["OrderConfirmed"]}', EVERYTHING)],
        "was sold once, and sales-service printed its id 2 times",
    ),
    "a fourth service that counts what was never confirmed": (
        EVENTS, "04-fourth-subscriber", "fourth-wiring",
        [('{"detail-type": ["OrderConfirmed"]}', '{"detail-type": ["OrderConfirmed", "OrderCancelled"]}')],
        "was never confirmed, and sales-service printed its id",
    ),
    "a service that gives no answer": (
        EVENTS, "04-converges", "inventory", [("    return each(event, react)", "    each(event, react)")],
        "unavailable at warehouse.reserve, once. Order ",
    ),
    "a confirmation that is tried once": (
        FLOW, "02-short-outage", "declined",
        [("    state[\"Retry\"] = [BUSINESS, TRANSIENT]", "    state[\"Retry\"] = [BUSINESS, TRANSIENT]\ndel states[\"ConfirmOrder\"][\"Retry\"]")],
        "unavailable at order_book.confirm, once. Order ",
    ),
    "a publication that is sent again though it was taken": (
        EVENTS, "04-entry-refused", "emit-again",
        [('        if not answer["FailedEntryCount"]:\n            return answer\n        time.sleep(2**number)\n',
          "        time.sleep(1)\n    if not answer[\"FailedEntryCount\"]:\n        return answer\n")],
        "OrderCreated was published ",
    ),
    "a key that is made of what it costs": (
        EVENTS, "04-duplicate-harmless", "payment-with-key", [('key = f"charge-{order_id}"', 'key = str(order["amount"])')],
        "with the same key for order ",
    ),
    "a publication that gives up at once": (
        EVENTS, "04-entry-refused", "emit-again", [("range(5)", "range(1)")], "sent the entry once and then raised; nobody ever heard of order ",
    ),
    "a fourth service that counts what was paid": (
        EVENTS, "04-fourth-subscriber", "fourth-wiring",
        [('{"detail-type": ["OrderConfirmed"]}', '{"detail-type": ["PaymentCharged"]}')],
        "was never confirmed, and sales-service printed its id",
    ),
    "goods that are put aside before they are paid": (
        FLOW, "02-three-steps", "order-flow",
        [('"StartAt": "ChargePayment"', '"StartAt": "ReserveStock"'), ('Next="ReserveStock"', 'Next="ConfirmOrder"'),
         ('task("reserve-stock", ResultPath=None, Next="ConfirmOrder")', 'task("reserve-stock", ResultPath=None, Next="ChargePayment")')],
        "was put aside in the warehouse first, and paid after that.",
    ),
    "a retrier before the answers": (
        FLOW, "02-short-outage", "declined", [("[BUSINESS, TRANSIENT]", "[TRANSIENT, BUSINESS]")],
        "AWS refused what was to be deployed: UpdateStateMachine ended in InvalidDefinition: ",
    ),
    "a second step that cancels": (
        START, "00-second-step", "outcome", [('order_book.confirm(event["orderId"])', 'order_book.cancel(event["orderId"], "no")')], "was charged, and then cancelled.",
    ),
    "a state that calls a misspelt function": (
        FLOW, "02-three-steps", "order-flow", [('task("reserve-stock"', 'task("reserve-stok"')],
        "The state ReserveStock calls the function `reserve-stok`, and no function of that name is deployed.",
    ),
    "a state that reads a path that is not there": (
        FLOW, "02-three-steps", "order-flow",
        [('task("reserve-stock", ', 'task("reserve-stock", InputPath="$.order", ')],
        "The state ReserveStock reads `$.order`, and what it got has no such part.",
    ),
    "a handler under another name than it is deployed with": (
        FLOW, "02-three-steps", "inventory", [("def reserve(", "def resrve(")],
        "`inventory.reserve`, and the module `inventory` holds no function `reserve`; it has `resrve`.",
    ),
    "a service's handler under another name": (
        EVENTS, "04-converges", "inventory", [("def on_messages(", "def on_mesages(")],
        "the module `inventory` holds no function `on_messages`; it has `on_mesages`.",
    ),
    "a service that is deployed without what it imports": (
        EVENTS, "04-converges", "wiring",
        [('deploy_service("inventory", "publishing", "receiving")', 'deploy_service("inventory", "receiving")')],
        "The function `inventory-service` imports `publishing`, and its zip holds no such module.",
    ),
    "a second step that is deployed under a misspelt handler": (
        START, "00-second-step", "second-step", [('"outcome.confirm"', '"outcome.confrm"')],
        "is deployed with the handler `outcome.confrm`, and the module `outcome` holds no function `confrm`",
    ),
    "a start function that is a number": (
        FLOW, "02-starts-once", "start-once", [("", "start_workflow = 3")],
        "cannot be called: the notebook defines no function start_workflow().",
    ),
    "a start function that never ends": (
        FLOW, "02-starts-once", "start-once", [("", "def start_workflow(order_id):\n    while True:\n        pass")],
        "never came back: a loop in it seems to have no end.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words"), tried(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str
) -> None:
    check_told(lesson, criterion, key, edits, words)


NAMED = ("a state that calls a misspelt function", "a handler under another name than it is deployed with")


@pytest.mark.parametrize("answer", NAMED)
def test_a_misspelt_name_is_not_taken_for_a_lost_input(answer: str) -> None:
    lesson, criterion, key, edits, _ = WRONG[answer]
    assert "ResultPath" not in finding(lesson, criterion, key, *edits).hint


@pytest.mark.parametrize("seconds", [1, 60])
def test_a_publication_that_waits_between_its_tries_is_right(seconds: int) -> None:
    waits = (TRIES, f"    import time\n\n{TRIES}        time.sleep({seconds})\n")
    assert finding(EVENTS, "04-entry-refused", "emit-again", waits).fraction == 1


def test_a_fourth_service_that_hears_everything_and_picks_the_confirmed_is_right() -> None:
    heard = ('{"detail-type": ["OrderConfirmed"]}', '{"source": ["orders"]}')
    picks = (
        '        print("one more sale:", json.loads(record["body"])["detail"]["orderId"])',
        '        event = json.loads(record["body"])\n'
        '        if event["detail-type"] == "OrderConfirmed":\n'
        '            print(event["detail"]["orderId"])',
    )
    notebook = judged(EVENTS, "04-fourth-subscriber", "fourth-wiring", heard, also=(("fourth", picks),))
    assert notebook.findings["04-fourth-subscriber"].fraction == 1
