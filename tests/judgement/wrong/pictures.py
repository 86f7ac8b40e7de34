"""Wrong diagrams: pictures that do not show what is deployed, or not how it works."""

from __future__ import annotations

from tests.judgement.wrong.marks import wrong
from tests.submissions.recipes import Notebook, edited

STEPS = """    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")
"""
UNDONE = """    flow >> Edge(label="out of stock: refund", style="dashed", color="#D55E00") >> Lambda("refund-payment")
    flow >> Edge(label="refused: cancel", style="dashed", color="#D55E00") >> Lambda("cancel-order")"""
DEAD_LETTERS = (
    '        queue >> Edge(label="after 7 receives", style="dashed", color="#D55E00") >> SQS(f"{name}-dlq")\n'
)
FEEDS = "        bus >> Edge(label=label) >> queue >> service\n"


@wrong("c-agreement", says="points the wrong way", may=("c-style",))
def reversed_arrow_to_the_coordinator(notebook: Notebook) -> Notebook:
    """Draws the arrow of the reservation from the function to the state machine, which calls it."""
    step = 'flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")'
    return edited(notebook, {"diagram-orchestration": [(step, step.replace(">>", "<<"))]})


@wrong("c-agreement", says="points the wrong way")
def reversed_arrow_to_a_queue(notebook: Notebook) -> Notebook:
    """Draws the arrow between the inventory's queue and its service the wrong way round."""
    turned = (
        "        bus >> Edge(label=label) >> queue\n"
        '        if name == "inventory":\n            service >> queue\n        else:\n            queue >> service\n'
    )
    return edited(notebook, {"diagram-choreography": [(FEEDS, turned)]})


@wrong("c-agreement", says="nothing deployed has that name")
def a_box_that_is_not_deployed(notebook: Notebook) -> Notebook:
    """Draws an order table that the state machine was meant to have, and never got."""
    table = '\n    flow >> Edge(label="writes") >> Dynamodb("orders")'
    imports = (
        "from diagrams.aws.compute import Lambda\n",
        "from diagrams.aws.compute import Lambda\nfrom diagrams.aws.database import Dynamodb\n",
    )
    return edited(notebook, {"diagram-orchestration": [imports, (UNDONE, UNDONE + table)]})


@wrong("c-agreement", says="nothing deployed has that name")
def a_topic_that_is_not_deployed(notebook: Notebook) -> Notebook:
    """Draws a topic that warns the operator, which was never built."""
    topic = '    SQS("payment-dlq") >> SNS("operator-alarm")\n'
    return edited(
        notebook,
        {
            "diagram-choreography": [
                ("import SQS, Eventbridge", "import SNS, SQS, Eventbridge"),
                ("    wiring = {", topic + "    wiring = {"),
            ]
        },
    )


@wrong("c-agreement", says="is deployed but not in your picture")
def a_deployed_queue_that_is_not_drawn(notebook: Notebook) -> Notebook:
    """Leaves the notification's queue out, because everybody knows that it is there."""
    bare = (
        '        if name == "notification":\n            bus >> Edge(label=label) >> service\n            continue\n'
    ) + FEEDS
    queue = ('queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")', 'service = Lambda(f"{name}-service")')
    return edited(
        notebook,
        {
            "diagram-choreography": [
                queue,
                (FEEDS, bare.replace(FEEDS, '        queue = SQS(f"{name}-queue")\n' + FEEDS)),
            ]
        },
    )


@wrong("c-style", "c-agreement", says="calls the service")
def orchestration_drawn_as_a_chain(notebook: Notebook) -> Notebook:
    """Draws the steps as a chain, in the order in which they happen, instead of what calls what."""
    chain = (
        '    flow = StepFunctions("OrderFlow")\n'
        '    flow >> Lambda("charge-payment") >> Lambda("reserve-stock") >> Lambda("confirm-order") '
        '>> Lambda("notify-customer")\n'
    )
    return edited(notebook, {"diagram-orchestration": [(STEPS, chain)]})


@wrong("c-style", "c-agreement", says="calls the service")
def services_drawn_as_callers(notebook: Notebook) -> Notebook:
    """Draws what comes of a service's event as an arrow from one service to the next."""
    publishing = '            service >> Edge(label="publishes", constraint="false", color="#CC79A7") >> bus'
    calling = (
        '            following = {"payment": "inventory", "inventory": "notification"}[name]\n'
        '            service >> Edge(label="then") >> Lambda(f"{following}-service")'
    )
    return edited(notebook, {"diagram-choreography": [(publishing, calling)]})


@wrong("c-failure", "c-agreement", says="No failure path is drawn")
def only_the_happy_path_drawn(notebook: Notebook) -> Notebook:
    """Draws the way of an order that succeeds, and nothing of what happens to the others."""
    return edited(
        notebook,
        {
            "diagram-orchestration": [(UNDONE, "")],
            "diagram-choreography": [
                (DEAD_LETTERS, ""),
                ('"OrderCreated, StockRefused"', '"OrderCreated"'),
                ('"OrderConfirmed, OrderCancelled"', '"OrderConfirmed"'),
            ],
        },
    )


@wrong("c-labels", says="no alternative text")
def no_alternative_text(notebook: Notebook) -> Notebook:
    """Leaves the picture without words for those who cannot see it."""
    return edited(
        notebook,
        {
            "diagram-orchestration": [
                ("# alt: The state machine OrderFlow calls", "# The state machine OrderFlow calls")
            ],
            "diagram-choreography": [("# alt: The default bus", "# The default bus")],
        },
    )


@wrong("c-labels", says="has no title")
def no_title(notebook: Notebook) -> Notebook:
    """Leaves the title of the picture empty, to be filled in later."""
    return edited(notebook, {"diagram-orchestration": [("Orchestration: one coordinator", "")]})


@wrong("c-agreement", says="but it is deployed as")
def a_queue_drawn_as_a_topic(notebook: Notebook) -> Notebook:
    """Draws the queues with the icon of a topic, because both carry messages."""
    return edited(
        notebook,
        {
            "diagram-choreography": [
                ("import SQS, Eventbridge", "import SNS, SQS, Eventbridge"),
                ('SQS(f"{name}-queue")', 'SNS(f"{name}-queue")'),
            ]
        },
    )
