"""Wrong recovery plans: detectors that say nothing, actions that help nobody or hurt somebody."""

from __future__ import annotations

from tests.judgement.wrong.marks import DETECTOR, PLAN, wrong
from tests.submissions.recipes import Notebook, edited

RESTARTED = """        sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}-again", input=text)
"""
BY_EXECUTION = 'detector=lambda signals: signals.state_machine("OrderFlow").unresolved > 0'
BY_DLQ = 'detector=lambda signals: signals.queue("inventory-dlq").visible > 0'
REDRIVEN = """                sqs.send_message(QueueUrl=url_of(queue), MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=url_of(dlq), ReceiptHandle=message["ReceiptHandle"])
"""
RESTART = "actions=restart_failed_executions"
DRAIN = "actions=redrive_dead_letters"
OUTAGE = 'fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40))'


@wrong("d-silent", says="fired on a healthy run")
def detector_that_always_fires(notebook: Notebook) -> Notebook:
    """Watches whether the queue exists rather than whether anything waits: the alarm rings on every good day."""
    return edited(
        notebook, {"plans": [(BY_DLQ, 'detector=lambda signals: signals.queue("inventory-queue").visible >= 0')]}
    )


@wrong("d-silent", says="fired on a healthy run")
def detector_that_fires_on_traffic(notebook: Notebook) -> Notebook:
    """Takes a running order for a stuck one: the alarm rings whenever somebody buys."""
    busy = 'detector=lambda signals: signals.function("charge-payment").invocations > 0'
    return edited(notebook, {"plans": [(BY_EXECUTION, busy)]})


@wrong(*DETECTOR, *PLAN, says="did not fire within")
def detector_that_never_fires(notebook: Notebook) -> Notebook:
    """Waits for a hundred dead letters before it rings, and the shop has three orders an hour."""
    return edited(notebook, {"plans": [(BY_DLQ, BY_DLQ.replace("> 0", "> 100"))]})


@wrong(*DETECTOR, *PLAN, says="did not fire within")
def detector_at_the_wrong_queue(notebook: Notebook) -> Notebook:
    """Watches the payment's dead-letter queue for a failure of the warehouse."""
    return edited(notebook, {"plans": [(BY_DLQ, BY_DLQ.replace("inventory", "payment"))]})


@wrong(*DETECTOR, *PLAN, says="did not fire within")
def detector_later_than_its_deadline(notebook: Notebook) -> Notebook:
    """Promises to notice within five minutes what shows after nineteen."""
    head = "unresolved > 0,\n        detect_within=minutes(30)"
    return edited(notebook, {"plans": [(head, head.replace("30", "5"))]})


@wrong(*DETECTOR, *PLAN, says="the detector raised")
def detector_that_raises(notebook: Notebook) -> Notebook:
    """Reads a queue by a name that it does not have."""
    return edited(notebook, {"plans": [(BY_DLQ, BY_DLQ.replace("inventory-dlq", "inventory-dead-letters"))]})


@wrong(*PLAN, says="the plan expects order 'confirmed', but it is 'open'")
def restart_under_the_old_name(notebook: Notebook) -> Notebook:
    """Starts the dead execution again under its own name, which only gives back the dead one."""
    old_name = """        try:
            sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}", input=text)
        except sfn.exceptions.ExecutionAlreadyExists:
            pass
"""
    return edited(notebook, {"plans": [(RESTARTED, old_name)]})


@wrong(*PLAN, says="correlation ids")
def restart_with_a_new_correlation_id(notebook: Notebook) -> Notebook:
    """Restarts the order with a fresh correlation id, so that its trail breaks in two."""
    fresh = """        order = json.dumps({"orderId": order_id, "correlationId": f"again-{order_id}"})
        sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}-again", input=order)
"""
    return edited(notebook, {"plans": [(RESTARTED, fresh)]})


@wrong(*PLAN, says="but it is 'open'")
def dead_letters_never_drained(notebook: Notebook) -> Notebook:
    """Parks messages in the dead-letter queue, looks at it, and calls that the recovery."""
    looking = 'actions=lambda: print("to be looked at:", stuck_orders())'
    return edited(notebook, {"plans": [(DRAIN, looking)]})


@wrong(*PLAN, says="but it is 'open'")
def dead_letters_deleted(notebook: Notebook) -> Notebook:
    """Empties the dead-letter queue by deleting what is in it: the alarm is off, and the orders are lost."""
    deleting = REDRIVEN.splitlines(keepends=True)[1]
    return edited(notebook, {"plans": [(REDRIVEN, deleting)]})


@wrong(*PLAN, says="an order that nothing struck")
def plan_that_cancels_what_runs(notebook: Notebook) -> Notebook:
    """Stops and cancels everything that runs before it restarts what failed, healthy orders as well."""
    clearing = """def restart_failed_executions():
    for run in sfn.list_executions(stateMachineArn=ORDER_FLOW, statusFilter="RUNNING")["executions"]:
        order = json.loads(sfn.describe_execution(executionArn=run["executionArn"])["input"])
        sfn.stop_execution(executionArn=run["executionArn"])
        functions.invoke(FunctionName="cancel-order", Payload=json.dumps({**order, "reason": "incident"}))
"""
    return edited(notebook, {"plans": [("def restart_failed_executions():\n", clearing)]})


@wrong(*PLAN, says="an order that nothing struck")
def plan_that_stops_a_service(notebook: Notebook) -> Notebook:
    """Switches the payment service's queue off while it redrives, and forgets to switch it on again."""
    stopping = """def redrive_dead_letters():
    for mapping in functions.list_event_source_mappings(EventSourceArn=payment_queue)["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
"""
    return edited(notebook, {"plans": [("def redrive_dead_letters():\n", stopping)]})


@wrong("d-twice", says="running the actions again had an effect")
def plan_that_pays_twice(notebook: Notebook) -> Notebook:
    """Refunds and cancels each failed order by hand, without a key: the second press of the button pays again."""
    by_hand = """def restart_failed_executions():
    for text in unresolved_executions():
        order = json.loads(text)
        payment_gateway.refund(order["orderId"], correlation_id=order["correlationId"])
        order_book.cancel(order["orderId"], "incident", correlation_id=order["correlationId"])
        mailer.send(order["orderId"], "cancelled", key=order["orderId"], correlation_id=order["correlationId"])
"""
    start = "def restart_failed_executions():\n"
    loop = (
        """    for text in unresolved_executions():
        order_id = json.loads(text)["orderId"]
        # The old name is refused for good; the old input keeps order and correlation id.
"""
        + RESTARTED
    )
    undone = '{"order": "cancelled", "money": "refunded", "stock": "none", "customer": "told once"}'
    return edited(
        notebook,
        {
            "plans": [
                (start + loop, by_hand),
                ("DLQS = {", "from sagalab.participants import mailer, order_book, payment_gateway\n\nDLQS = {"),
                (RESTART + ",\n        expected=well", RESTART + f",\n        expected={undone}"),
            ]
        },
    )


@wrong(*PLAN, says="but it is 'open'")
def plan_that_names_one_order(notebook: Notebook) -> Notebook:
    """Restarts order 1001, which happened to be stuck when the plan was written."""
    one = """        if order_id == "1001":
            sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}-again", input=text)
"""
    return edited(notebook, {"plans": [(RESTARTED, one)]})


@wrong("d-scenario", says="the design heals this fault by itself", may=(*DETECTOR, *PLAN))
def fault_that_heals_by_itself(notebook: Notebook) -> Notebook:
    """Shows an outage of four minutes, which the retries outlast anyway."""
    short = f'approach="orchestration",\n        {OUTAGE}'
    return edited(notebook, {"plans": [(short, short.replace("40", "4"))]})


@wrong(*PLAN, says="the plan expects order 'cancelled'")
def expectation_that_is_false(notebook: Notebook) -> Notebook:
    """Expects a refund and a cancelled order of actions that finish the order."""
    false = '{"order": "cancelled", "money": "refunded", "stock": "none", "customer": "told once"}'
    return edited(notebook, {"plans": [(DRAIN + ",\n        expected=well", DRAIN + f",\n        expected={false}")]})


@wrong(*PLAN, says="the actions raised")
def actions_that_raise(notebook: Notebook) -> Notebook:
    """Calls a state machine in the actions by a name that was never assigned."""
    return edited(notebook, {"plans": [(RESTARTED, RESTARTED.replace("ORDER_FLOW", "ORDER_MACHINE"))]})


@wrong(*DETECTOR, *PLAN, "d-scenario", says="there is no recovery plan for choreography")
def one_plan_for_both(notebook: Notebook) -> Notebook:
    """Writes one plan, for the state machine, because the queues recover by themselves."""
    plans = notebook  # the second entry goes, to the end of the list
    from tests.submissions.recipes import cell_of

    cell = cell_of(plans, "plans")
    head, _, _ = cell.source.partition('    RecoveryPlan(\n        approach="choreography"')
    cell.source = f"{head}]"
    return plans
