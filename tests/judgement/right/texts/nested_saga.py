# %% solution="order-flow"
def task(function, next_state, extra=None, catch=None):
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {"orderId.$": "$.orderId", "correlationId.$": "$.correlationId", **(extra or {})}},
        "ResultPath": None,
        "Retry": [BUSINESS, TRANSIENT],
        **({"Catch": catch} if catch else {}),
    }
    return {**state, **({"Next": next_state} if next_state else {"End": True})}


def caught(error, next_state):
    return [{"ErrorEquals": [error], "ResultPath": "$.refusal", "Next": next_state}]


def machine(name, start, states):
    definition = json.dumps({"StartAt": start, "States": states})
    return sfn.create_state_machine(name=name, definition=definition, roleArn=lab.role_arn)["stateMachineArn"]


charge_payment = deploy_function("charge-payment", "payment.charge_task", "payment")
refund_payment = deploy_function("refund-payment", "payment.refund_task", "payment")
reserve_stock = deploy_function("reserve-stock", "inventory.reserve_task", "inventory")
notify_customer = deploy_function("notify-customer", "notification.tell_task", "notification")
confirm_order = deploy_function("confirm-order", "outcome.confirm_task", "outcome")
cancel_order = deploy_function("cancel-order", "outcome.cancel_task", "outcome")

# A purchase leaves nothing behind when it is refused, and says so in its output. When it fails, it is stuck.
PURCHASE = machine("Purchase", "ChargePayment", {
    "ChargePayment": task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "Refused")),
    "ReserveStock": task(reserve_stock, "Bought", catch=caught("OutOfStock", "RefundPayment")),
    "RefundPayment": task(refund_payment, "Refused"),
    "Bought": {"Type": "Pass", "Result": {"bought": True}, "End": True},
    "Refused": {"Type": "Pass", "Result": {"bought": False}, "End": True},
})
REFUSED_BY_THE_CLOUD = ["StepFunctions.ThrottlingException", "StepFunctions.SfnException"]
ORDER_FLOW = machine("OrderFlow", "Purchase", {
    "Purchase": {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": PURCHASE,
            "Name.$": "States.Format('{}-purchase', $$.Execution.Name)",
            "Input": {
                "orderId.$": "$.orderId", "correlationId.$": "$.correlationId",
                "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
            },
        },
        "ResultSelector": {"bought.$": "$.Output.bought"},
        "ResultPath": "$.purchase",
        "Retry": [{**TRANSIENT, "ErrorEquals": REFUSED_BY_THE_CLOUD}],
        "Next": "Bought?",
    },
    "Bought?": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.purchase.bought", "BooleanEquals": True, "Next": "ConfirmOrder"}],
        "Default": "CancelOrder",
    },
    "ConfirmOrder": task(confirm_order, "NotifyConfirmed"),
    "NotifyConfirmed": task(notify_customer, None, {"outcome": "confirmed"}),
    "CancelOrder": task(cancel_order, "NotifyCancelled", {"reason": "refused"}),
    "NotifyCancelled": task(notify_customer, None, {"outcome": "cancelled"}),
})


def start_workflow(order_id):
    name, order = f"order-{order_id}", {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=json.dumps(order))["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: OrderFlow runs the nested machine Purchase, which charges, reserves, and refunds when stock is refused; then OrderFlow
# confirms or cancels, and notifies.
from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration: a saga in a saga", direction="LR"):
    flow, purchase = StepFunctions("OrderFlow"), StepFunctions("Purchase")
    flow >> Edge(label="1 buy") >> purchase
    with Cluster("purchase"):
        purchase >> Edge(label="charge") >> Lambda("charge-payment")
        purchase >> Edge(label="reserve") >> Lambda("reserve-stock")
        purchase >> Edge(label="out of stock: refund", style="dashed") >> Lambda("refund-payment")
    flow >> Edge(label="2 bought: confirm") >> Lambda("confirm-order")
    flow >> Edge(label="2 refused: cancel", style="dashed") >> Lambda("cancel-order")
    flow >> Edge(label="3 notify") >> Lambda("notify-customer")
