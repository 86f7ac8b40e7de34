"""The order saga without a coordinator: `python diagrams/choreography.py` draws it.

Rules of the default bus hand events to queues, each queue feeds one service, and services publish
what happened back to the bus. A message that keeps failing ends in its queue's dead-letter queue.
"""

# alt: Rules of the default bus hand events to three queues, each of which feeds one service: payment,
# inventory and notification. Payment and inventory publish what happened back to the bus. When stock is
# refused, that event goes to payment's queue, and payment refunds. A message that fails seven times goes to
# its queue's dead-letter queue.

from __future__ import annotations

from diagrams import Cluster, Diagram
from diagrams.aws.compute import Lambda
from diagrams.aws.general import Client, GenericDatabase, OfficeBuilding, User
from diagrams.aws.integration import SQS, Eventbridge
from diagrams.aws.iot import IotFactory
from look import BOX, EDGE, GRAPH, NODE, SIZE, call, event, failure, publish


def draw(file: str, formats: list[str]) -> Diagram:
    """Draws the architecture into FILE.FORMAT for every format, and gives the diagram."""
    with Diagram(
        "Choreography: services react to events", filename=file, outformat=formats, show=False,
        direction="LR", graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE,
    ) as diagram:  # fmt: skip
        shop = Client("emit_order_created", **SIZE)
        bus = Eventbridge("default", **SIZE)
        with Cluster("Payment", graph_attr=BOX):
            payment_queue = SQS("payment-queue", **SIZE)
            payment_dlq = SQS("payment-dlq", **SIZE)
            payment = Lambda("payment-service", **SIZE)
        with Cluster("Notification", graph_attr=BOX):
            notification_queue = SQS("notification-queue", **SIZE)
            notification_dlq = SQS("notification-dlq", **SIZE)
            notification = Lambda("notification-service", **SIZE)
        with Cluster("Inventory", graph_attr=BOX):
            inventory_queue = SQS("inventory-queue", **SIZE)
            inventory_dlq = SQS("inventory-dlq", **SIZE)
            inventory = Lambda("inventory-service", **SIZE)
        with Cluster("The outside world", graph_attr=BOX):
            gateway = OfficeBuilding("payment gateway", **SIZE)
            customer = User("customer", **SIZE)
            book = GenericDatabase("order book", **SIZE)
            warehouse = IotFactory("warehouse", **SIZE)

        shop >> event("OrderCreated") >> bus
        bus >> event("OrderCreated") >> payment_queue
        bus >> failure("StockRefused") >> payment_queue
        bus >> event("OrderConfirmed,\nOrderCancelled") >> notification_queue
        bus >> event("PaymentCharged") >> inventory_queue
        payment_queue >> event("") >> payment
        payment_queue >> failure("7 receives") >> payment_dlq
        notification_queue >> event("") >> notification
        notification_queue >> failure("7 receives") >> notification_dlq
        inventory_queue >> failure("7 receives") >> inventory_dlq
        inventory_queue >> event("") >> inventory
        # written from the bus, so that the layout keeps the bus at the left; the arrow points at the bus
        bus << publish("PaymentCharged,\nOrderCancelled", tailport="n", headport="n") << payment
        bus << publish("OrderConfirmed,\nStockRefused", tailport="s", headport="s") << inventory
        payment >> call() >> [gateway, book]
        notification >> call() >> customer
        inventory >> call() >> [book, warehouse]
    return diagram


if __name__ == "__main__":
    from render import main

    main(["choreography"])
