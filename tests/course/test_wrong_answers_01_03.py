"""Wrong answers to lessons 01 and 03, each from a misconception, and each told what is wrong with it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Wrong, check_told, tried

WHY, FAILING = "01_why_coordinate", "03_orchestration_failures"
KEYS = 'charge_key, reserve_key, mail_key = f"charge-{order_id}", f"reserve-{order_id}", f"mail-{order_id}"'

NO_KEY = ", key=f\"refund-{event['orderId']}\""
REDRIVE = 'sfn.redrive_execution(executionArn=row["executionArn"])'
AGAIN = """text = sfn.describe_execution(executionArn=row["executionArn"])["input"]
        sfn.start_execution(stateMachineArn=ORDER_FLOW, name="again-" + row["name"], input=text)"""

WRONG: dict[str, Wrong] = {
    "a promise that only looks whether there is a charge": (
        WHY, "01-money", "money",
        [("kept = round(balance, 2) == (round(amount, 2) if confirmed else 0)", "kept = bool(balance) == confirmed")],
        "was charged 2 times",
    ),
    "a promise that forgets the refund": (
        WHY, "01-money", "money", [('        if effect["what"] == "refunded":\n            balance -= effect["amount"]\n', "")],
        "money_kept said False of this: charged ",
    ),
    "a promise that asks the full amount of every order": (
        WHY, "01-money", "money", [("(round(amount, 2) if confirmed else 0)", "round(amount, 2)")],
        "never ended, and",
    ),
    "a promise that reads a field that not every effect has": (
        WHY, "01-money", "money",
        [('        if effect["what"] == "refunded":', '        if effect["amount"] and effect["what"] == "refunded":')],
        "money_kept raised KeyError in line ",
    ),
    "a promise that forgets the release": (
        WHY, "01-goods", "goods", [(' - whats.count("released")', "")], "goods_kept said False of this: charged ",
    ),
    "a promise that only looks whether there is a reservation": (
        WHY, "01-goods", "goods",
        [("""kept = whats.count("reserved") <= 1 and standing == (1 if "confirmed" in whats else 0)""",
          """kept = (standing > 0) == ("confirmed" in whats)""")],
        "was reserved 2 times",
    ),
    "a promise that asks goods of every order": (
        WHY, "01-goods", "goods", [('(1 if "confirmed" in whats else 0)', "1")], "goods_kept said False of this: no effect at all",
    ),
    "a promise that does not mind the order of things": (
        WHY, "01-customer", "customer",
        [("seen = [", "seen = sorted(["), ('"told")]', '"told")], key=lambda effect: effect["what"])')],
        "before the order book said so",
    ),
    "a promise that does not read what was told": (
        WHY, "01-customer", "customer",
        [('messages == [seen[0]["what"]]', "len(messages) == 1")], "was told 'confirmed', but it is cancelled",
    ),
    "a promise that does not count the messages": (
        WHY, "01-customer", "customer", [('messages == [seen[0]["what"]]', 'set(messages) == {seen[0]["what"]}')], "was told 2 times",
    ),
    "a promise that asks a message of every order": (
        WHY, "01-customer", "customer", [("kept = not seen or", "kept = bool(seen) and")],
        "customer_kept said False of this: no effect at all",
    ),
    "a key of the attempt": (
        WHY, "01-run-again", "keys", [('f"charge-{order_id}"', 'f"charge-{context.aws_request_id}"')],
        "was charged 2 times",
    ),
    "a key that all orders share": (
        WHY, "01-run-again", "keys", [('f"charge-{order_id}"', '"charge"')], "but 0.00 is",
    ),
    "a key for the charge alone": (
        WHY, "01-run-again", "keys", [(KEYS, 'charge_key = f"charge-{order_id}"')], "was reserved 2 times",
    ),
    "no key for the mail": (
        WHY, "01-run-again", "keys", [(KEYS, KEYS.replace('f"mail-{order_id}"', "None"))], "was told 2 times",
    ),
    "a retrier without numbers": (
        FAILING, "03-outage-heals", "transient",
        [('    "IntervalSeconds": 10,\n    "BackoffRate": 2.0,\n    "MaxDelaySeconds": 120,\n    "MaxAttempts": 15,\n', "")],
        "The call payment_gateway.charge was tried 4 times in 8 s. Then it was given up.",
    ),
    "the retrier of lesson 02": (
        FAILING, "03-outage-heals", "transient", [('"MaxAttempts": 15', '"MaxAttempts": 12')],
        "was tried 13 times in 19 minutes. Then it was given up.",
    ),
    "doubling without a cap": (
        FAILING, "03-outage-heals", "transient", [('    "MaxDelaySeconds": 120,\n', "")],
        "after the first try; 40 minutes are allowed.",
    ),
    "the same wait again and again": (
        FAILING, "03-outage-heals", "transient",
        [('"IntervalSeconds": 10', '"IntervalSeconds": 1'), ('"BackoffRate": 2.0', '"BackoffRate": 1.0'),
         ('"MaxAttempts": 15', '"MaxAttempts": 2000')],
        "times for one order; 20 are allowed.",
    ),
    "a retrier for outages alone": (
        FAILING, "03-outage-heals", "transient", [('["States.ALL"]', '["ParticipantUnavailable"]')],
        "timed out at payment_gateway.charge, once. The call payment_gateway.charge was tried once. Then it was given up.",
    ),
    "a retrier for an error that nobody raises": (
        FAILING, "03-outage-heals", "transient", [('["States.ALL"]', '["ParticipantDown"]')], "was tried once. Then it was given up.",
    ),
    "a way back that forgets the money": (
        FAILING, "03-compensates", "saga", [('task("release", ResultPath=None, Next="RefundPayment")',
                                             'task("release", ResultPath=None, Next="CancelOrder")')],
        "ended cancelled; 0.00 should be paid, but ",
    ),
    "a declined card that nobody catches": (
        FAILING, "03-compensates", "saga", [('states["ChargePayment"]["Catch"] = caught("RefundPayment")', "")],
        "Its execution stopped in ChargePayment with PaymentDeclined",
    ),
    "a way back from past the pivot": (
        FAILING, "03-compensates", "saga",
        [('states["ChargePayment"]["Catch"]', 'states["NotifyCustomer"]["Catch"] = states["ChargePayment"]["Catch"]')],
        "was refunded after it had been confirmed",
    ),
    "a way back for refusals alone": (
        FAILING, "03-compensates", "saga", [('"ErrorEquals": ["States.ALL"]', '"ErrorEquals": ["PaymentDeclined", "OutOfStock"]')],
        "unavailable at payment_gateway.charge, for 120 minutes. Order ",
    ),
    "a way back in the order of the steps": (
        FAILING, "03-compensates", "saga",
        [('task("release", ResultPath=None, Next="RefundPayment")', 'task("release", ResultPath=None, Next="CancelOrder")'),
         ('task("refund", ResultPath=None, Next="CancelOrder")', 'task("refund", ResultPath=None, Next="ReleaseStock")'),
         ('caught("ReleaseStock")', 'caught("RefundPayment")')],
        "was refunded first and released after that; compensations run in reverse order.",
    ),
    "a catcher that loses the order": (
        FAILING, "03-compensates", "saga", [('"ResultPath": None, "Next": state', '"Next": state')], "'orderId'",
    ),
    "a refund without a key": (
        FAILING, "03-compensation-fails", "undo", [(NO_KEY, "")], "was refunded 2 times",
    ),
    "a release without a key": (
        FAILING, "03-compensation-fails", "undo", [(NO_KEY.replace("refund", "release"), "")], "was released 2 times",
    ),
    "a compensation that is tried once": (
        FAILING, "03-compensation-fails", "approval",
        [("ORDER_FLOW = deploy_order_flow()",
          'deploy_order_flow()\ndel states["RefundPayment"]["Retry"]\nORDER_FLOW = deploy_flow("OrderFlow", order_flow)')],
        "Its execution stopped in RefundPayment with ParticipantUnavailable",
    ),
    "a refund that is given up and passed over": (
        FAILING, "03-compensation-fails", "saga",
        [('states["ReserveStock"]["Catch"] = caught("ReleaseStock")',
          'states["ReserveStock"]["Catch"] = caught("ReleaseStock")\nstates["RefundPayment"]["Catch"] = caught("CancelOrder")')],
        "unavailable at payment_gateway.refund, for 160 minutes. Order ",
    ),
    "a timeout that is taken for a no": (
        FAILING, "03-compensation-fails", "saga",
        [('states["ChargePayment"]["Catch"] = caught("RefundPayment")', 'states["ChargePayment"]["Catch"] = caught("CancelOrder")')],
        "The step happened, and every answer was lost. Order ",
    ),
    "a limit that begins above 100": (
        FAILING, "03-asks-a-person", "approval", [("NumericGreaterThanEquals", "NumericGreaterThan")],
        "which costs 100.00, was confirmed before anybody was asked.",
    ),
    "a question without an end": (
        FAILING, "03-asks-a-person", "approval", [("TimeoutSeconds=1800, ", "")], "and after 58 minutes, where 30 were asked for, it still has no outcome.",
    ),
    "a person who has half a minute": (
        FAILING, "03-asks-a-person", "approval", [("TimeoutSeconds=1800", "TimeoutSeconds=30")],
        " s after the question was asked, before anybody answered.",
    ),
    "silence that is taken for a yes": (
        FAILING, "03-asks-a-person", "approval",
        [('"ResultPath": None, "Next": "ReleaseStock"', '"ResultPath": None, "Next": "ConfirmOrder"')],
        "Nobody answered about order ",
    ),
    "a refusal that keeps the goods": (
        FAILING, "03-asks-a-person", "approval",
        [('[yes], "Default": "ReleaseStock"', '[yes], "Default": "RefundPayment"')], "but its stock is still reserved",
    ),
    "an answer to every question at once": (
        FAILING, "03-asks-a-person", "decide", [('if question["orderId"] == order_id:', "if question:")],
        "answered the question about order ",
    ),
    "a question that stays in the queue": (
        FAILING, "03-asks-a-person", "decide",
        [('            sqs.delete_message(QueueUrl=APPROVALS, ReceiptHandle=message["ReceiptHandle"])\n', "")],
        "was answered, and its question still lies in the queue.",
    ),
    "an answer that is no JSON": (
        FAILING, "03-asks-a-person", "decide", [('json.dumps({"approved": approved})', 'str({"approved": approved})')],
        ", True) raised InvalidOutput: ",
    ),
    "a decision that answers nobody": (
        FAILING, "03-asks-a-person", "decide",
        [('sfn.send_task_success(taskToken=question["token"], output=answer)', "print(answer)")], "and no token was sent",
    ),
    "an order that is started anew": (
        FAILING, "03-redrive", "redrive", [(REDRIVE, AGAIN)], "has 2 executions now: its audit trail is in pieces.",
    ),
    "a redrive of one at a time": (
        FAILING, "03-redrive", "redrive", [("for row in failed:", "for row in failed[:1]:")], "only the second call helped it.",
    ),
    "a redrive of all executions": (
        FAILING, "03-redrive", "redrive", [(', statusFilter="FAILED"', "")],
        "redrive_failed() was called after the outage and raised ExecutionNotRedrivable",
    ),
    "a redrive of what timed out": (
        FAILING, "03-redrive", "redrive", [('statusFilter="FAILED"', 'statusFilter="TIMED_OUT"')],
        "redrive_failed() found nothing",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words"), tried(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str
) -> None:
    check_told(lesson, criterion, key, edits, words)
