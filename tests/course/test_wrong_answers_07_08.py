"""Wrong answers to the exercises of lessons 07 and 08: each is a misconception, and is told what is wrong with it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Wrong, check_told, finding, tried

MEASURED, MATRIX = "07_tradeoffs_measured", "08_decision_matrix"
PHARMACY = 'advise("pharmacy", "orchestration", [4, 1, 4, 1, 3], scores, split)'
MARKET = 'advise("marketplace", "choreography", [1, 5, 2, 4, 0], scores, waits)'
ALL_IN_ONE = """%%handler merged
import tiny


def pay(event, context):
    event = tiny.charge(tiny.read_order(event, None), None)
    return tiny.reserve(event, None)


def put_aside(event, context):
    return event


def inform(event, context):
    return tiny.tell(tiny.choose_words(event, None), None)
"""
SIX_STATES = [
    ('task("put-aside", Next="Confirm")', 'task("check-items", Next="Reserve")'),
    (
        '        "Confirm": task("confirm", Next="Inform"),\n',
        '        "Reserve": task("reserve", Next="Confirm"),\n        "Confirm": task("confirm", Next="Inform"),\n',
    ),
]
LINE = """            print(json.dumps({**line, "heard": message["detail-type"]}))
            ### END SOLUTION
            react(message["detail"])
"""
LINE_AFTER = """            ### END SOLUTION
            react(message["detail"])
            print(json.dumps({**line, "heard": message["detail-type"]}))
"""
TELLS = 'states["TellConfirmed"] = task("tell", Next="AddPoints")\n'
IN_THE_CHAIN = (
    'states["AddPoints"] = task("add-points", Next="TellConfirmed")\nstates["TellConfirmed"] = task("tell", End=True)\n'
)
SKIPS = 'Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Tell"}]'
SEARCHED = """def where_is(order_id):
    for run in sfn.list_executions(stateMachineArn=ORDER_FLOW)["executions"]:
        events = sfn.get_execution_history(executionArn=run["executionArn"], reverseOrder=True)["events"]
        if run["name"] == f"order-{order_id}":
            return next(e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e)
"""

# answer: lesson, criterion, the answer's key, edits, words of the message
WRONG: dict[str, Wrong] = {
    "points before the order is confirmed": (
        MEASURED, "07-fourth-state", "fourth-state",
        [('states["Confirm"]["Next"] = "AddPoints"', 'states["Charge"]["Next"] = "AddPoints"'), ('Next="Tell"', 'Next="Reserve"')],
        "was never confirmed, and has",
    ),
    "points where all orders pass": (
        MEASURED, "07-fourth-state", "fourth-state",
        [('states["Confirm"]["Next"] = "AddPoints"', 'states["Tell"] = task("tell", Next="AddPoints")'), ('Next="Tell")', 'End=True)')],
        "was cancelled, and has",
    ),
    "points between the goods and the confirmation": (
        MEASURED, "07-fourth-state", "fourth-state",
        [('states["Confirm"]["Next"] = "AddPoints"', 'states["Reserve"]["Next"] = "AddPoints"'), ('Next="Tell"', 'Next="Confirm"')],
        "unavailable at order_book.confirm, for 120 minutes, of order ",
    ),
    "points for whatever becomes of an order": (
        MEASURED, "07-fourth-service", "fourth-service", [('["OrderConfirmed"]', '["OrderConfirmed", "OrderCancelled"]')],
        "was cancelled, and has",
    ),
    "points as soon as the money is there": (
        MEASURED, "07-fourth-service", "fourth-service", [('["OrderConfirmed"]', '["PaymentCharged"]')],
        "was never confirmed, and has",
    ),
    "an old rule that goes on": (
        MEASURED, "07-fourth-service", "fourth-service",
        [('subscribe("on-confirmed", ["OrderConfirmed"], "loyalty")',
          'subscribe("points", ["PaymentCharged"], "loyalty")\nsubscribe("on-confirmed", ["OrderConfirmed"], "loyalty")')],
        "was never confirmed, and has",
    ),
    "a fourth service on the mail's own rule": (
        MEASURED, "07-fourth-service", "fourth-service",
        [('subscribe("on-confirmed", ["OrderConfirmed"]', 'subscribe("on-outcome", ["OrderConfirmed", "OrderCancelled"]')],
        "The rule on-outcome brings events to notification-queue, and now to loyalty-queue as well",
    ),
    "retries that are free": (
        MEASURED, "07-bill", "bill", [("entered + retries", "entered")], "states were entered, and 3 tries came after a first one.",
    ),
    "every event is billed": (
        MEASURED, "07-bill", "bill", [("entered + retries", "len(events)")], "AWS bills 5: 5 states entered, 0 retries.",
    ),
    "the first try is billed twice": (
        MEASURED, "07-bill", "bill", [("entered + retries", 'entered + kinds.count("TaskScheduled")')], "gave 10; AWS bills 5",
    ),
    "all executions are searched for one": (
        MEASURED, "07-one-record", "place", [("", SEARCHED)], "1 of them a list of all executions.",
    ),
    "the oldest event instead of the newest": (
        MEASURED, "07-one-record", "place", [(", reverseOrder=True", "")], "gave 'Charge', and the order stands in 'AddPoints'",
    ),
    "the state that was left last": (
        MEASURED, "07-one-record", "place",
        [('(event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event)',
          '(event["stateExitedEventDetails"] for event in events if "stateExitedEventDetails" in event)')],
        ", and the order stands in 'Reserve'",
    ),
    "the status instead of the place": (
        MEASURED, "07-one-record", "place",
        [('    events = sfn.get_execution_history(executionArn=arn, reverseOrder=True)["events"]\n', ""),
         ('    entered = (event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event)\n', ""),
         ('next(entered)["name"]', 'sfn.describe_execution(executionArn=arn)["status"]')],
        "gave 'SUCCEEDED', and the order stands in 'AddPoints'",
    ),
    "a longer retry in the middle of the chain": (
        MEASURED, "07-blast-radius", "blast-radius",
        [(TELLS, IN_THE_CHAIN), ('states["Confirm"]["Next"] = "TellConfirmed"', 'states["Confirm"]["Next"] = "AddPoints"'),
         ('states["AddPoints"] = task("add-points", End=True, Retry=[BUSINESS, patient])', 'states["AddPoints"]["Retry"] = [BUSINESS, patient]')],
        "the customer of order",
    ),
    "points that are given up when they fail": (
        MEASURED, "07-blast-radius", "blast-radius",
        [(TELLS, ""), ('states["Confirm"]["Next"] = "TellConfirmed"', 'states["Confirm"]["Next"] = "AddPoints"'),
         ('task("add-points", End=True, Retry=[BUSINESS, patient])', f'task("add-points", Next="Tell", Retry=[], {SKIPS})')],
        "was told in time, and an hour after the outage it has no points.",
    ),
    "the right place, and the old patience": (
        MEASURED, "07-blast-radius", "blast-radius", [(", Retry=[BUSINESS, patient]", "")],
        "was told in time, and an hour after the outage it has no points.",
    ),
    "the pharmacy on events": (
        MATRIX, "08-two-companies", "companies", [(PHARMACY, PHARMACY.replace('"orchestration"', '"choreography"'))],
        "The pharmacy cannot have more than 1 records_to_find_a_stuck_order, and choreography has 6",
    ),
    "the marketplace on a machine": (
        MATRIX, "08-two-companies", "companies", [(MARKET, MARKET.replace('"choreography"', '"orchestration"'))],
        "The marketplace cannot have more than 0 components_changed_to_add_a_participant, and orchestration has 1",
    ),
    "a pick against one's own numbers": (
        MATRIX, "08-two-companies", "companies", [("[4, 1, 4, 1, 3]", "[0, 5, 0, 5, 0]")],
        "The pharmacy. By your own weights orchestration adds up to 20 and choreography adds up to 45, and you recommend",
    ),
    "scores that depend on who asks": (
        MATRIX, "08-two-companies", "companies",
        [("[1, 5, 2, 4, 0], scores", '[1, 5, 2, 4, 0], {**scores, "choreography": [5, 5, 5, 5, 5]}')],
        "The two companies have different scores.",
    ),
    "advice for one of two": (
        MATRIX, "08-two-companies", "companies", [(MARKET, "")], "There is no recommendation for the marketplace yet.",
    ),
    "a flip that is too small": (
        MATRIX, "08-flips", "companies", [('{"Independent teams": 15}', '{"Independent teams": 2}')], "choreography does not win.",
    ),
    "a flip to what is recommended already": (
        MATRIX, "08-flips", "companies", [('to="choreography"', 'to="orchestration"')],
        "The pharmacy. The flip leads to orchestration, which you recommend already.",
    ),
    "payment and stock in one state": (
        MATRIX, "08-merge", "merged", [("", ALL_IN_ONE)], "One invocation of 'pay' caused effects at payment_gateway and warehouse",
    ),
    "a merged step that hands nothing on": (
        MATRIX, "08-merge", "merged", [("    return tiny.reserve(", "    tiny.reserve(")], "PutAside hands on what its function returned, and there was no order in it.",
    ),
    "states that are merged by halves": (
        MATRIX, "08-merge", "merged-flow", SIX_STATES, "A healthy order passes 5 states, and 4 are enough.",
    ),
    "a catcher at the wrong state": (
        MATRIX, "08-merge", "merged-flow",
        [('Catch=[{**DECLINED[0], "Next": "Cancel"}], ', ""),
         ('task("put-aside", ', 'task("put-aside", Catch=[{**DECLINED[0], "Next": "Cancel"}], ')],
        "whose card is declined",
    ),
    "merged states without retriers": (
        MATRIX, "08-merge", "merged-flow", [('task("put-aside", ', 'task("put-aside", Retry=[BUSINESS], ')],
        "unavailable at warehouse.reserve, 3 times",
    ),
    "a line after the work is done": (
        MATRIX, "08-eyes", "eyes", [(LINE, LINE_AFTER)], "No line says that PaymentCharged of order",
    ),
    "one id for all orders": (
        MATRIX, "08-eyes", "emit-with-id", [('f"corr-{order_id}"', '"corr-orders"')], "share the id 'corr-orders'.",
    ),
    "a line without an id": (
        MATRIX, "08-eyes", "eyes", [('"correlationId": detail.get("correlationId"), ', "")], "carry no correlationId.",
    ),
    "an id for each message": (
        MATRIX, "08-eyes", "eyes", [('detail.get("correlationId"),', 'record["messageId"],')], "ids: ",
    ),
    "a border at the mail's rule": (
        MATRIX, "08-border", "border",
        [('unsubscribe("on-mixed-charged")', 'unsubscribe("on-mixed-charged")\nunsubscribe("on-mixed-confirmed")'),
         ('mixed_flow["States"].pop("Tell", None)\n', ""), ('task("mixed-confirm", End=True)', 'task("mixed-confirm", Next="Tell")')],
        "The machine told the customer of order",
    ),
    "stock that is decided by an event": (
        MATRIX, "08-border", "border",
        [('unsubscribe("on-mixed-charged")', 'mixed_flow["States"].pop("Reserve", None)\nmixed_flow["States"]["Charge"]["Next"] = "Confirm"')],
        "because of an event of the machine's.",
    ),
    "half of the mess cleared away": (
        MATRIX, "08-border", "border", [('unsubscribe("on-mixed-charged")\n', "")], "reserved",
    ),
    "a mail that nobody writes": (
        MATRIX, "08-border", "border", [('unsubscribe("on-mixed-charged")', 'unsubscribe("on-mixed-charged")\nunsubscribe("on-mixed-confirmed")')],
        "told",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words"), tried(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str
) -> None:
    check_told(lesson, criterion, key, edits, words)


SIDE_BY_SIDE = """states = order_flow["States"]
patient = [BUSINESS, {**TRANSIENT, "MaxAttempts": 30}]
tell = {"StartAt": "TellNow", "States": {"TellNow": task("tell", End=True)}}
add = {"StartAt": "AddPoints", "States": {"AddPoints": task("add-points", End=True, Retry=patient)}}
states.pop("AddPoints")
states["Confirm"]["Next"] = "Both"
states["Both"] = {"Type": "Parallel", "Branches": [tell, add], "End": True}
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)
"""
PAGED = """def transitions_of(execution_arn):
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return sum(event["type"] == "TaskScheduled" for page in pages for event in page["events"])
"""
OTHERS_RULE = """unsubscribe("on-mixed-charged")
unsubscribe("on-mixed-confirmed")
subscribe("letters-of-others", ["Confirmed"], "letters")
mixed_flow["States"].pop("Tell", None)
mixed_flow["States"]["Confirm"] = task("mixed-confirm", End=True)
MIXED_FLOW = deploy_flow("MixedFlow", mixed_flow)
"""
RIGHT = {
    "points beside the mail": (MEASURED, "07-blast-radius", "blast-radius", SIDE_BY_SIDE),
    "tries counted where all states are tasks": (MEASURED, "07-bill", "bill", PAGED),
    "a border with a rule of another name": (MATRIX, "08-border", "border", OTHERS_RULE),
}


@pytest.mark.prove
@pytest.mark.parametrize("answer", RIGHT)
def test_another_right_answer_is_right(answer: str) -> None:
    lesson, criterion, key, source = RIGHT[answer]
    assert finding(lesson, criterion, key, ("", source)).fraction == 1
