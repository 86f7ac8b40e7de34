"""The order saga with one coordinator: `python diagrams/orchestration.py` draws it.

The state machine `OrderFlow` calls one function for each step. Dashed arrows are taken only after a
refusal was caught: they compensate for what was done before it.
"""

# alt: The state machine OrderFlow calls one function for each step: it charges the payment, reserves the
# stock, confirms the order and notifies the customer. When the stock is refused it refunds the payment,
# cancels the order and notifies. When the payment is declined it cancels the order and notifies.

from __future__ import annotations

from diagrams import Cluster, Diagram
from diagrams.aws.compute import Lambda
from diagrams.aws.general import Client, GenericDatabase, OfficeBuilding, User
from diagrams.aws.integration import StepFunctions
from diagrams.aws.iot import IotFactory
from look import BOX, EDGE, GRAPH, NODE, SIZE, call, failure, step


def draw(file: str, formats: list[str]) -> Diagram:
    """Draws the architecture into FILE.FORMAT for every format, and gives the diagram."""
    with Diagram(
        "Orchestration: one coordinator calls every step", filename=file, outformat=formats, show=False,
        direction="LR", graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE,
    ) as diagram:  # fmt: skip
        shop = Client("start_workflow", **SIZE)
        flow = StepFunctions("OrderFlow", **SIZE)
        with Cluster("Functions: one for each step", graph_attr=BOX):
            charge = Lambda("charge-payment", **SIZE)
            refund = Lambda("refund-payment", **SIZE)
            reserve = Lambda("reserve-stock", **SIZE)
            confirm = Lambda("confirm-order", **SIZE)
            cancel = Lambda("cancel-order", **SIZE)
            notify = Lambda("notify-customer", **SIZE)
        with Cluster("The outside world", graph_attr=BOX):
            gateway = OfficeBuilding("payment gateway", **SIZE)
            warehouse = IotFactory("warehouse", **SIZE)
            book = GenericDatabase("order book", **SIZE)
            customer = User("customer", **SIZE)

        shop >> step("starts") >> flow
        flow >> step("1 ChargePayment", tailport="e") >> charge
        flow >> failure("Catch OutOfStock: RefundPayment", tailport="e") >> refund
        flow >> step("2 ReserveStock", tailport="e") >> reserve
        flow >> step("3 ConfirmOrder", tailport="e") >> confirm
        flow >> failure("Catch PaymentDeclined: CancelOrder", tailport="e") >> cancel
        flow >> step("4 NotifyConfirmed, NotifyCancelled", tailport="e") >> notify
        [charge, refund] >> call() >> gateway
        reserve >> call() >> warehouse
        [confirm, cancel] >> call() >> book
        notify >> call() >> customer
    return diagram


if __name__ == "__main__":
    from render import main

    main(["orchestration"])
