"""Each kind of difference between drawing and deployment is told as what it is; taste never counts."""

from __future__ import annotations

import pytest

from sagalab.architecture import Comparison, compare, deployed, drawn
from sagalab.deployment import Deployment
from tests.architecture import designs
from tests.architecture.designs import TRUE_CHOREOGRAPHY, TRUE_ORCHESTRATION


def against(source: str, approach: str, deployment: Deployment | None = None) -> Comparison:
    graph = deployed(deployment or designs.both(), designs.HISTORIES[approach]).part(approach)
    return compare(drawn(source), graph)


def changed(source: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in source, f"the test's own drawing has no {old!r}"
        source = source.replace(old, new)
    return source


def orchestrated(*changes: tuple[str, str]) -> Comparison:
    return against(changed(TRUE_ORCHESTRATION, *changes), "orchestration")


def choreographed(*changes: tuple[str, str]) -> Comparison:
    return against(changed(TRUE_CHOREOGRAPHY, *changes), "choreography")


def test_a_true_picture_of_either_approach_agrees_in_full() -> None:
    for compared in (orchestrated(), choreographed()):
        assert compared.words == "The picture tells the truth."
        assert (compared.precision, compared.recall, compared.agreement) == (1.0, 1.0, 1.0)


def test_a_queue_that_is_left_out_is_named() -> None:
    compared = choreographed(
        (">> inventory_queue >> inventory", ">> inventory"),
        ('inventory_queue, inventory = SQS("inventory-queue"), ', "inventory = "),
    )
    assert "The queue 'inventory-queue' is deployed but not in your picture." in compared.words
    assert "It really goes through 'inventory-queue'." in compared.words
    assert compared.agreement < 1


def test_a_reversed_arrow_is_named_as_reversed() -> None:
    compared = choreographed(('bus >> Edge(label="PaymentCharged") >> inventory_queue', "inventory_queue >> bus"))
    # the chain to the service went with it
    reversed_ = [one.words for one in compared.differences if one.kind == "reversed"]
    assert len(reversed_) == 1
    assert "from 'inventory-queue' to 'default' points the wrong way" in reversed_[0]
    assert "on-payment-charged" in reversed_[0]


@pytest.mark.parametrize(
    "slip",
    [
        ('label="PaymentCharged"', 'label="OrderConfirmed"'),
        ('inventory = SQS("inventory-queue"), Lambda(', 'inventory = SQS("inventory-queue"), SQS('),
        ('"inventory-service"', '"inventroy-servcie"'),
    ],
)
def test_one_slip_counts_in_a_large_picture_too(slip: tuple[str, str]) -> None:
    compared = choreographed(slip)
    assert compared.differences
    assert compared.agreement < 1


def test_an_arrow_against_a_call_is_reversed_too() -> None:
    compared = orchestrated(('flow >> Edge(label="1 charge") >> Lambda', 'flow << Edge(label="1 charge") << Lambda'))
    assert [one.kind for one in compared.differences] == ["reversed", "missing"]


def test_the_answer_to_a_call_may_be_drawn() -> None:
    compared = orchestrated(
        ('>> Lambda("charge-payment")', '>> Lambda("charge-payment") >> Edge(label="result") >> flow'),
    )
    assert compared.agreement == 1.0


def test_the_wrong_event_on_an_arrow_is_named_beside_the_right_ones() -> None:
    compared = choreographed(('label="PaymentCharged"', 'label="OrderConfirmed"'))
    assert [one.kind for one in compared.differences] == ["mislabelled"]
    assert "you wrote 'OrderConfirmed'" in compared.words
    assert "PaymentCharged" in compared.words
    assert 0.9 < compared.precision < 1


@pytest.mark.parametrize("label", ["paid", "", "when the money is there", "payment charged", "on-payment-charged"])
def test_free_words_on_an_arrow_are_never_wrong(label: str) -> None:
    assert choreographed(('label="PaymentCharged"', f'label="{label}"')).agreement == 1.0


def test_a_node_that_is_not_deployed_is_named() -> None:
    compared = choreographed(
        ("import SQS, Eventbridge", "import SNS, SQS, Eventbridge"),
        ('payment >> Edge(label="publishes") >> bus', 'payment >> bus\n    payment >> SNS("receipts")'),
    )
    assert "You drew the topic 'receipts', but nothing deployed has that name." in compared.words
    assert compared.precision < 1
    assert compared.recall == 1


def test_an_arrow_that_is_not_deployed_is_named() -> None:
    compared = choreographed(('payment >> Edge(label="publishes") >> bus', "payment >> bus\n    payment >> inventory"))
    assert "from 'payment-service' to 'inventory-service': nothing deployed does that." in compared.words
    assert "It really goes through 'default' and then through 'inventory-queue'." in compared.words


def test_a_wrong_icon_is_named() -> None:
    compared = choreographed(
        ('inventory = SQS("inventory-queue"), Lambda(', 'inventory = SQS("inventory-queue"), SQS(')
    )
    assert "You drew 'inventory-service' as a queue, but it is deployed as a function." in compared.words
    assert 0.9 < compared.agreement < 1


def test_a_line_without_an_arrow_head_is_named() -> None:
    compared = orchestrated(('flow >> Edge(label="1 charge") >>', "flow -"))
    assert "The line between 'OrderFlow' and 'charge-payment' has no arrow head" in compared.words
    assert compared.recall < 1


def test_a_misspelt_name_gets_a_did_you_mean() -> None:
    compared = orchestrated(('"charge-payment"', '"chrage-paymnet"'))
    assert "You wrote 'chrage-paymnet'; did you mean the function 'charge-payment'?" in compared.words
    assert compared.agreement > 0.9


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("charge-payment", "ChargePayment"),
        ("charge-payment", "charge payment"),
        ("charge-payment", "CHARGE_PAYMENT"),
        ("charge-payment", "charge\\npayment"),
        ("charge-payment", "charge-payment\\n(function)"),
        ("charge-payment", "Lambda charge-payment"),
        ("charge-payment", "charge"),
        ("OrderFlow", "Order flow state machine"),
        ("OrderFlow", "Step Functions"),
    ],
)
def test_other_spellings_of_a_name_do_not_matter(name: str, other: str) -> None:
    assert orchestrated((f'"{name}"', f'"{other}"')).words == "The picture tells the truth."


@pytest.mark.parametrize(
    "name", ["EventBridge", "default bus", "Event bus", "Amazon EventBridge (default)", "orders bus"]
)
def test_the_only_bus_may_have_any_name(name: str) -> None:
    assert choreographed(('Eventbridge("default")', f'Eventbridge("{name}")')).agreement == 1.0


def test_boxes_repeated_nodes_and_the_outside_world_do_not_matter() -> None:
    compared = orchestrated(
        ("import Diagram, Edge", "import Cluster, Diagram, Edge"),
        ("import Lambda", "import Lambda\nfrom diagrams.onprem.client import User"),
        (
            '    flow = StepFunctions("OrderFlow")',
            '    with Cluster("anything"):\n        flow = StepFunctions("OrderFlow")\n'
            '    User("customer") >> flow\n'
            '    StepFunctions("OrderFlow") >> Lambda("charge-payment") >> User("gateway")',
        ),
    )
    assert compared.agreement == 1.0


def test_rules_may_be_drawn_as_nodes() -> None:
    compared = choreographed(
        ("import SQS, Eventbridge", "import SQS, Eventbridge, EventbridgeRule"),
        ('bus >> Edge(label="PaymentCharged") >>', 'bus >> EventbridgeRule("on-payment-charged") >>'),
    )
    assert compared.words == "The picture tells the truth."


def test_events_may_be_drawn_as_nodes() -> None:
    compared = choreographed(
        ("import SQS, Eventbridge", "import SQS, Eventbridge, EventbridgeEvent"),
        ('bus >> Edge(label="PaymentCharged") >>', 'bus >> EventbridgeEvent("PaymentCharged") >>'),
    )
    assert compared.words == "The picture tells the truth."


def test_a_rule_that_points_at_the_wrong_queue_is_no_true_picture() -> None:
    compared = choreographed(
        ("import SQS, Eventbridge", "import SQS, Eventbridge, EventbridgeRule"),
        ('bus >> Edge(label="PaymentCharged") >>', 'bus >> EventbridgeRule("on-outcome") >>'),
    )
    assert "from 'on-outcome' to 'inventory-queue': nothing deployed does that." in compared.words


def test_states_may_stand_for_their_machine() -> None:
    source = """
from diagrams import Cluster, Diagram
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions
with Diagram("states"):
    with Cluster("OrderFlow"):
        charge, reserve = StepFunctions("ChargePayment"), StepFunctions("ReserveStock")
        confirm, notify = StepFunctions("ConfirmOrder"), StepFunctions("NotifyConfirmed")
        refund, cancel = StepFunctions("RefundPayment"), StepFunctions("CancelOrder")
    charge >> reserve >> confirm >> notify
    reserve >> refund >> cancel
    for state, name in ((charge, "charge-payment"), (reserve, "reserve-stock"), (confirm, "confirm-order"),
                        (notify, "notify-customer"), (refund, "refund-payment"), (cancel, "cancel-order")):
        state >> Lambda(name)
"""
    assert against(source, "orchestration").words == "The picture tells the truth."


def test_what_only_the_other_approach_has_is_extra() -> None:
    compared = orchestrated(
        ("import StepFunctions", "import SQS, StepFunctions"),
        ("    flow =", '    SQS("payment-queue")\n    flow ='),
    )
    assert "You drew the queue 'payment-queue'" in compared.words


def test_an_arrow_that_the_run_did_not_show_is_neither_right_nor_wrong() -> None:
    compared = choreographed(("    payment >> Edge", "    notification >> bus\n    payment >> Edge"))
    assert compared.words == "The picture tells the truth."


def test_publishing_that_the_run_showed_belongs_into_the_picture() -> None:
    compared = choreographed(('    payment >> Edge(label="publishes") >> bus\n', ""))
    assert "There is no arrow for this: the function 'payment-service' writes to the bus 'default'." in compared.words


def test_a_topic_between_bus_and_queues_is_compared_like_the_rest() -> None:
    source = """
from diagrams import Diagram
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SNS, SQS, Eventbridge
with Diagram("fan-out"):
    facts = SNS("facts")
    Eventbridge("default") >> facts
    for name in ("payment", "inventory"):
        facts >> SQS(f"{name}-queue") >> Lambda(f"{name}-service")
"""
    graph = deployed(designs.fanned_out()).part("choreography")
    assert compare(drawn(source), graph).words == "The picture tells the truth."
    wrong = compare(drawn(source.replace("facts >> SQS", "facts << SQS")), graph)
    assert {one.kind for one in wrong.differences} == {"reversed", "missing"}


def test_an_empty_drawing_agrees_with_nothing() -> None:
    compared = against("from diagrams import Diagram\nwith Diagram('x'):\n    pass", "orchestration")
    assert (compared.precision, compared.recall, compared.agreement) == (0.0, 0.0, 0.0)
