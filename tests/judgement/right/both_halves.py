"""Correct projects that differ from the reference in both halves."""

from __future__ import annotations

from tests.judgement.right.pieces import DASHED, STEPS, answers, known_queues
from tests.submissions.recipes import Notebook, edited


def at_once(notebook: Notebook) -> Notebook:
    """Charges and reserves at once, in a Parallel and by two services that a third one joins; a refusal undoes both.

    Undoing what has not happened yet leaves a tombstone, so that whatever was on its way does no harm.
    """
    return edited(
        answers(notebook, "at_once"), {"plans": [known_queues(("payment", "inventory", "outcome", "notification"))]}
    )


def reserve_first(notebook: Notebook) -> Notebook:
    """Reserves before it charges, in both halves: a declined card releases the stock, and no refund is ever due."""
    refund = (
        '    flow >> Edge(label="out of stock: refund", style="dashed", color="#D55E00") >> Lambda("refund-payment")'
    )
    return edited(
        answers(notebook, "reserve_first"),
        {
            "order-flow": [
                ('"StartAt": "ChargePayment"', '"StartAt": "ReserveStock"'),
                ('task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "CancelOrder"))',
                 'task(charge_payment, "ConfirmOrder", catch=caught("PaymentDeclined", "ReleaseStock"))'),
                ('task(reserve_stock, "ConfirmOrder", catch=caught("OutOfStock", "RefundPayment"))',
                 'task(reserve_stock, "ChargePayment", catch=caught("OutOfStock", "CancelOrder"))'),
                ('"RefundPayment": task(refund_payment, "CancelOrder")', '"ReleaseStock": task(release_stock, "CancelOrder")'),
                ('refund_payment = deploy_function("refund-payment", "payment.refund_task", "payment")',
                 'release_stock = deploy_function("release-stock", "inventory.release_task", "inventory")'),
            ],
            "services": [
                ('"on-order-created", ["OrderCreated"], payment_queue', '"on-order-created", ["OrderCreated"], inventory_queue'),
                ('"on-stock-refused", ["StockRefused"], payment_queue', '"on-refusal", ["PaymentRefused"], inventory_queue'),
                ('"on-payment-charged", ["PaymentCharged"], inventory_queue', '"on-reserved", ["StockReserved"], payment_queue'),
            ],
            "diagram-orchestration": [
                (refund, f'    flow >> Edge(label="declined: release", {DASHED}) >> Lambda("release-stock")'),
                ('label="1 charge"', 'label="2 charge"'),
                ('label="2 reserve"', 'label="1 reserve"'),
            ],
            "diagram-choreography": [
                ('"payment": "OrderCreated, StockRefused"', '"payment": "StockReserved"'),
                ('"inventory": "PaymentCharged"', '"inventory": "OrderCreated, PaymentRefused"'),
            ],
        },
    )  # fmt: skip


def looks_up_first(notebook: Notebook) -> Notebook:
    """Asks gateway, warehouse and order book what they hold before it acts, and still acts under its keys.

    A look-up that answers "none" does not mean never; the key covers what was on its way.
    """
    charge = '    return payment_gateway.charge(order_id, order["amount"], key='
    reserve = '    return warehouse.reserve(order_id, order["items"], key='
    send = "    return mailer.send("
    return edited(
        notebook,
        {
            "payment": [
                (charge,
                 "    known = payment_gateway.lookup(order_id)\n"
                 '    if known == "charged":\n        return None\n'
                 '    if known in ("refused", "refunded"):\n'
                 '        raise PaymentDeclined(f"order {order_id} was {known} before")\n' + charge),
            ],
            "inventory": [
                (reserve,
                 "    known = warehouse.lookup(order_id)\n"
                 '    if known == "reserved":\n        return None\n'
                 '    if known in ("refused", "released"):\n'
                 '        raise OutOfStock(f"order {order_id} was {known} before")\n' + reserve),
            ],
            "notification": [
                ("from sagalab.participants import mailer", "from sagalab.participants import mailer, order_book"),
                (send,
                 "    if order_book.outcome(order_id) != outcome:\n"
                 '        raise RuntimeError(f"the order book does not hold that {order_id} is {outcome}")\n' + send),
            ],
        },
    )  # fmt: skip


def confirms_where_it_tells(notebook: Notebook) -> Notebook:
    """Lets the notification step write the outcome into the order book and tell it right after, in one invocation.

    The order book is no participant of its own step; told is only what it holds, and both can be repeated.
    """
    both = '    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")\n'
    return edited(
        notebook,
        {
            "payment": [
                ('            order_book.cancel(order_id, "payment declined", correlation_id=correlation_id)\n', ""),
                ('            publish("OrderCancelled", detail)', '            publish("PaymentDeclined", detail)'),
                ('        order_book.cancel(order_id, "out of stock", correlation_id=correlation_id)\n'
                 '        publish("OrderCancelled", detail)', '        publish("PaymentRefunded", detail)'),
            ],
            "inventory": [
                ("        order_book.confirm(order_id, correlation_id=correlation_id)\n", ""),
                ('publish("OrderConfirmed", detail)', 'publish("StockReserved", detail)'),
            ],
            "notification": [
                ("import mailer", "import mailer, order_book"),
                ("    return mailer.send(",
                 '    if outcome == "confirmed":\n'
                 "        order_book.confirm(order_id, correlation_id=correlation_id)\n"
                 "    else:\n"
                 '        order_book.cancel(order_id, "refused", correlation_id=correlation_id)\n'
                 "    return mailer.send("),
                ('{"OrderConfirmed": "confirmed", "OrderCancelled": "cancelled"}[message["detail-type"]]',
                 '"confirmed" if message["detail-type"] == "StockReserved" else "cancelled"'),
            ],
            "order-flow": [
                ('task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "CancelOrder"))',
                 'task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "Cancel"))'),
                ('task(reserve_stock, "ConfirmOrder"', 'task(reserve_stock, "Confirm"'),
                ('        "ConfirmOrder": task(confirm_order, "NotifyConfirmed"),\n', ""),
                ('"NotifyConfirmed": task(', '"Confirm": task('),
                ('task(refund_payment, "CancelOrder")', 'task(refund_payment, "Cancel")'),
                ('        "CancelOrder": task(cancel_order, "NotifyCancelled", {"reason": "refused"}),\n', ""),
                ('"NotifyCancelled": task(', '"Cancel": task('),
                ('confirm_order = deploy_function("confirm-order", "outcome.confirm_task", "outcome")\n', ""),
                ('cancel_order = deploy_function("cancel-order", "outcome.cancel_task", "outcome")\n', ""),
            ],
            "services": [('["OrderConfirmed", "OrderCancelled"]', '["StockReserved", "PaymentDeclined", "PaymentRefunded"]')],
            "diagram-orchestration": [
                (both, ""),
                ("4 notify", "3 confirm or cancel, and notify"),
                (f'\n    flow >> Edge(label="refused: cancel", {DASHED}) >> Lambda("cancel-order")', ""),
            ],
            "diagram-choreography": [("OrderConfirmed, OrderCancelled", "StockReserved, PaymentDeclined, PaymentRefunded")],
        },
    )  # fmt: skip


def gives_up(notebook: Notebook) -> Notebook:
    """Undoes and cancels by itself after a long outage, in both halves, instead of staying open for a person.

    It gives up after 18 minutes at the earliest; what was on its way meets a tombstone, and the order book decides
    between a late confirmation and the cancellation. A mail that cannot be sent still needs the plan.
    """
    either = '{"ErrorEquals": ["States.ALL"], "ResultPath": "$.outage", "Next": "ReleaseStock"}'
    return edited(
        answers(notebook, "gives_up"),
        {
            "order-flow": [
                ('catch=caught("PaymentDeclined", "CancelOrder"))', f'catch=caught("PaymentDeclined", "CancelOrder") + [{either}])'),
                ('catch=caught("OutOfStock", "RefundPayment"))', f'catch=caught("OutOfStock", "RefundPayment") + [{either}])'),
                ('        "RefundPayment": task(',
                 '        "ReleaseStock": task(release_stock, "RefundPayment"),\n        "RefundPayment": task('),
                ("notify_customer = deploy",
                 'release_stock = deploy_function("release-stock", "inventory.release_task", "inventory")\nnotify_customer = deploy'),
            ],
            "diagram-orchestration": [
                ("    flow >> Edge(label=\"out of stock",
                 f'    flow >> Edge(label="long outage: release", {DASHED}) >> Lambda("release-stock")\n'
                 "    flow >> Edge(label=\"out of stock"),
            ],
            "plans": [
                ('{f"{name}-dlq": f"{name}-queue" for name in ("payment", "inventory", "notification")}',
                 '{"payment-lost": "payment-dlq", "inventory-lost": "inventory-dlq", "notification-dlq": "notification-queue"}'),
                ('signals.queue("inventory-dlq").visible > 0', 'signals.queue("notification-dlq").visible > 0'),
                ('approach="orchestration",\n        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),\n'
                 '        effect="Paid orders wait for stock; nobody is told."',
                 'approach="orchestration",\n        fault=Fault("unavailable", target="mailer.send", lasts=minutes(40)),\n'
                 '        effect="Orders are confirmed, and nobody is told."'),
                ('approach="choreography",\n        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),\n'
                 '        effect="Paid orders wait for stock; nobody is told."',
                 'approach="choreography",\n        fault=Fault("unavailable", target="mailer.send", lasts=minutes(40)),\n'
                 '        effect="Orders are confirmed, and nobody is told."'),
            ],
        },
    )  # fmt: skip


def files(notebook: Notebook) -> Notebook:
    """Keeps the handlers in files with a module that they share, and serves every state with one function.

    One invocation still does one step: the state that calls says which.
    """
    deploy = '"{0}-service", "{0}.on_messages", "{0}"'
    return edited(
        answers(notebook, "files"),
        {"services": [(deploy.format(name), deploy.format(name)[: -len(name) - 2] + '"handlers/"') for name in STEPS]},
    )
