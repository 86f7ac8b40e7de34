# %% solution="order-flow"
STEPS = {
    "charge": deploy_function("charge-payment", "payment.charge_task", "payment"),
    "refund": deploy_function("refund-payment", "payment.refund_task", "payment"),
    "reserve": deploy_function("reserve-stock", "inventory.reserve_task", "inventory"),
    "tell": deploy_function("notify-customer", "notification.tell_task", "notification"),
    "confirm": deploy_function("confirm-order", "outcome.confirm_task", "outcome"),
    "cancel": deploy_function("cancel-order", "outcome.cancel_task", "outcome"),
}
REFUSED = {
    "ErrorEquals": ["PaymentDeclined", "OutOfStock"],
    "Assign": {"outcome": "cancelled", "refusal": "{% $states.errorOutput.Error %}"},
    "Next": "Refused",
}


def call(step, then=None, **more):
    """Calls a function by its own ARN; order, correlation id and outcome are variables of the execution."""
    known = {name: f"{{% ${name} %}}" for name in ("orderId", "correlationId", "outcome")}
    end = {"Next": then} if then else {"End": True}
    return {
        "Type": "Task", "Resource": STEPS[step], "Arguments": {**known, "reason": "refused"},
        "Retry": [BUSINESS, TRANSIENT], **end, **more,
    }


order_flow = {
    "QueryLanguage": "JSONata",
    "StartAt": "Remember",
    "States": {
        "Remember": {
            "Type": "Pass",
            "Assign": {"orderId": "{% $states.input.orderId %}", "correlationId": "{% $states.input.correlationId %}", "outcome": "confirmed"},
            "Next": "Charge",
        },
        "Charge": call("charge", "Reserve", Catch=[REFUSED]),
        "Reserve": call("reserve", "Confirm", Catch=[REFUSED]),
        "Confirm": call("confirm", "Tell"),
        "Refused": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $refusal = 'OutOfStock' %}", "Next": "Refund"}],
            "Default": "Cancel",
        },
        "Refund": call("refund", "Cancel"),
        "Cancel": call("cancel", "Tell"),
        "Tell": call("tell"),
    },
}
ORDER_FLOW = sfn.create_state_machine(name="OrderFlow", definition=json.dumps(order_flow), roleArn=lab.role_arn)[
    "stateMachineArn"
]


def start_workflow(order_id):
    name, order = f"order-{order_id}", {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=json.dumps(order))["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"
