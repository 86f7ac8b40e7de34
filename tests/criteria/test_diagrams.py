"""Part C: a true picture scores, a false or idle one does not, and another true one scores as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sagalab.architecture import DrawingError, DrawnGraph, NothingDrawn, drawn
from sagalab.criteria import diagrams
from sagalab.criteria.finding import Finding
from sagalab.deployment import Deployment
from tests.architecture import designs
from tests.architecture.designs import TRUE_CHOREOGRAPHY, TRUE_ORCHESTRATION

Judge = Callable[..., Finding]
JUDGES = (diagrams.agreement, diagrams.style, diagrams.failure_path, diagrams.labels)
TRUE = {"orchestration": TRUE_ORCHESTRATION, "choreography": TRUE_CHOREOGRAPHY}


def judged(judge: Judge, deployment: Deployment | None = None, **sources: str) -> Finding:
    drawings = {approach: drawn(source) for approach, source in {**TRUE, **sources}.items()}
    return judge(drawings, deployment or designs.both(), designs.HISTORIES)


def changed(approach: str, *changes: tuple[str, str]) -> dict[str, str]:
    source = TRUE[approach]
    for old, new in changes:
        assert old in source, f"the test's own drawing has no {old!r}"
        source = source.replace(old, new)
    return {approach: source}


@pytest.mark.parametrize("judge", JUDGES)
def test_two_true_pictures_score_in_full(judge: Judge) -> None:
    finding = judged(judge)
    assert (finding.verdict, finding.fraction) == ("valid", 1.0)


@pytest.mark.parametrize("judge", JUDGES)
def test_drawing_alone_scores_nothing_on_an_empty_deployment(judge: Judge) -> None:
    finding = judged(judge, Deployment())
    assert finding.fraction == 0
    assert finding.attempted
    assert "Nothing of this approach is deployed yet" in finding.message


@pytest.mark.parametrize("judge", JUDGES)
def test_a_picture_counts_only_where_its_approach_is_deployed(judge: Judge) -> None:
    assert judged(judge, designs.orchestrated()).fraction == 0.5
    assert judged(judge, designs.choreographed()).fraction == 0.5


@pytest.mark.parametrize("judge", JUDGES)
def test_a_missing_picture_costs_its_half(judge: Judge) -> None:
    finding = judge({"choreography": drawn(TRUE_CHOREOGRAPHY)}, designs.both(), designs.HISTORIES)
    assert finding.fraction == 0.5
    assert finding.message == "Orchestration: There is no drawing yet."


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("drawings", [{}, {"orchestration": NothingDrawn("not written yet")}])
def test_no_picture_at_all_was_not_attempted(judge: Judge, drawings: dict[str, DrawingError]) -> None:
    finding = judge(drawings, designs.both(), designs.HISTORIES)
    assert (finding.fraction, finding.attempted) == (0.0, False)


@pytest.mark.parametrize("judge", JUDGES)
def test_a_picture_that_cannot_be_read_says_why(judge: Judge) -> None:
    broken = DrawingError("NameError: name 'flow' is not defined", where="line 7", do="draw the node first")
    drawings: dict[str, DrawnGraph | DrawingError] = {
        "orchestration": broken,
        "choreography": drawn(TRUE_CHOREOGRAPHY),
    }
    finding = judge(drawings, designs.both(), designs.HISTORIES)
    assert (finding.fraction, finding.attempted) == (0.5, True)
    assert "line 7" in finding.message


@pytest.mark.parametrize("judge", JUDGES)
def test_without_a_healthy_run_true_pictures_still_score(judge: Judge) -> None:
    drawings = {approach: drawn(source) for approach, source in TRUE.items()}
    finding = judge(drawings, designs.both(), {})
    assert finding.fraction == 1.0, finding.message


def test_agreement_falls_with_every_slip_and_names_them() -> None:
    source = changed("orchestration", ('"refund-payment"', '"pay-back"'), ('"cancel-order"', '"call-off"'))
    finding = judged(diagrams.agreement, **source)
    assert 0.7 < finding.fraction < 0.95
    assert "The function 'refund-payment' is deployed but not in your picture." in finding.message
    assert finding.facts["choreography"] == 1.0


def test_a_picture_of_everything_deployed_has_no_full_agreement_for_either_approach() -> None:
    all_in_one = TRUE_ORCHESTRATION + TRUE_CHOREOGRAPHY.replace("# alt", "#").replace("with Diagram", "with Diagram")
    finding = judged(diagrams.agreement, orchestration=all_in_one, choreography=all_in_one)
    assert finding.fraction < 0.9


def test_a_step_that_calls_the_next_one_is_no_orchestration() -> None:
    arrow = '    Lambda("charge-payment") >> Lambda("reserve-stock")\n    flow = '
    finding = judged(diagrams.style, **changed("orchestration", ("    flow = ", arrow)))
    assert finding.fraction == 0.5
    assert "'charge-payment' calls the service 'reserve-stock'" in finding.message


def test_a_way_around_the_coordinator_is_no_orchestration() -> None:
    around = '    User("shop") >> Lambda("charge-payment")\n    flow = '
    source = changed(
        "orchestration",
        ("    flow = ", around),
        ("import Lambda", "import Lambda\nfrom diagrams.onprem.client import User"),
    )
    finding = judged(diagrams.style, **source)
    assert "'charge-payment' can be reached around the coordinator." in finding.message


def test_what_starts_the_coordinator_stands_in_front_of_it_and_is_no_way_around_it() -> None:
    front = '    User("shop") >> SQS("orders") >> Lambda("start-orders") >> StepFunctions("OrderFlow")\n    flow = '
    source = changed(
        "orchestration",
        ("    flow = ", front),
        ("import Lambda", "import Lambda\nfrom diagrams.onprem.client import User"),
        ("import StepFunctions", "import SQS, StepFunctions"),
    )
    drawings = {approach: drawn(text) for approach, text in {**TRUE, **source}.items()}
    deployment, history = designs.started_through_a_queue()
    finding = diagrams.style(drawings, deployment, {**designs.HISTORIES, "orchestration": history})
    assert finding.fraction == 1.0, finding.message


def test_a_service_that_a_drawing_alone_puts_in_front_hangs_on_nothing() -> None:
    front = '    Lambda("start-orders") >> StepFunctions("OrderFlow")\n    flow = '
    finding = judged(diagrams.style, **changed("orchestration", ("    flow = ", front)))
    assert "No arrow leads from the coordinator to 'start-orders'." in finding.message


def test_a_service_that_calls_a_service_is_no_choreography() -> None:
    source = changed("choreography", ("    payment >> Edge", "    payment >> inventory\n    payment >> Edge"))
    finding = judged(diagrams.style, **source)
    assert finding.fraction == 0.5
    assert "no bus, queue or topic stands between them" in finding.message


def test_a_hop_through_something_that_is_no_channel_is_no_choreography() -> None:
    hop = '    payment >> User("clerk") >> inventory\n    payment >> Edge'
    source = changed(
        "choreography",
        ("    payment >> Edge", hop),
        ("import Lambda", "import Lambda\nfrom diagrams.onprem.client import User"),
    )
    finding = judged(diagrams.style, **source)
    assert "passes no bus, queue or topic" in finding.message


def test_services_may_share_a_participant() -> None:
    shared = '    book = User("order book")\n    payment >> book\n    inventory >> book\n    payment >> Edge'
    source = changed(
        "choreography",
        ("    payment >> Edge", shared),
        ("import Lambda", "import Lambda\nfrom diagrams.onprem.client import User"),
    )
    assert judged(diagrams.style, **source).fraction == 1.0


def test_a_single_node_shows_no_style() -> None:
    source = TRUE_ORCHESTRATION.split("    flow >>")[0]
    finding = judged(diagrams.style, orchestration=source)
    assert finding.fraction == 0.5
    assert "too little" in finding.message


def test_a_picture_without_a_failure_path_says_what_to_draw() -> None:
    lines = [line for line in TRUE_CHOREOGRAPHY.splitlines() if "dlq" not in line]
    finding = judged(diagrams.failure_path, choreography="\n".join(lines).replace(", StockRefused", ""))
    assert finding.fraction == 0.5
    assert "No failure path is drawn" in finding.message


def test_telling_the_customer_of_a_failure_is_no_failure_path() -> None:
    lines = [line for line in TRUE_ORCHESTRATION.splitlines() if "dashed" not in line]
    told = "\n".join(lines).replace('label="4 notify"', 'label="NotifyConfirmed, NotifyCancelled"')
    assert judged(diagrams.failure_path, orchestration=told).fraction == 0.5


def test_the_event_of_a_refusal_is_a_failure_path_as_good_as_a_dead_letter_queue() -> None:
    lines = [line for line in TRUE_CHOREOGRAPHY.splitlines() if "dlq" not in line]
    assert judged(diagrams.failure_path, choreography="\n".join(lines)).fraction == 1.0


def test_a_failure_path_that_is_not_deployed_does_not_count() -> None:
    held = designs.both()
    queues = [queue.model_copy(update={"attributes": {}}) for queue in held.queues]
    bare = held.model_copy(
        update={"queues": queues, "rules": [rule for rule in held.rules if "refused" not in rule.name]}
    )
    source = TRUE_CHOREOGRAPHY.replace(", StockRefused", "").replace(", OrderCancelled", "")
    finding = judged(diagrams.failure_path, bare, choreography=source)
    assert finding.fraction == 0.5


def test_one_function_for_charge_and_refund_needs_a_second_arrow_or_word() -> None:
    states = {**designs.ORDER_FLOW["States"]}  # type: ignore[dict-item]
    states["RefundPayment"] = designs.task("charge-payment", "NotifyCancelled")
    states["ChargePayment"] = designs.task("charge-payment", "ReserveStock")
    flow = designs.machine({"StartAt": "ChargePayment", "States": states})
    held = designs.both().model_copy(update={"state_machines": [flow]})
    plain = "\n".join(line for line in TRUE_ORCHESTRATION.splitlines() if "dashed" not in line)
    assert judged(diagrams.failure_path, held, orchestration=plain).fraction == 0.5
    told = plain.replace('label="1 charge"', 'label="charge; refund when refused"')
    assert judged(diagrams.failure_path, held, orchestration=told).fraction == 1.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# alt: The", "# The", "no alternative text"),
        ('Diagram("Order saga, orchestrated")', "Diagram()", "no title"),
        ("    flow = ", '    Lambda("")\n    flow = ', "no label"),
        ("    flow = ", '    Lambda("alone")\n    flow = ', "No arrow touches 'alone'."),
    ],
)
def test_what_has_no_name_is_named(old: str, new: str, said: str) -> None:
    finding = judged(diagrams.labels, **changed("orchestration", (old, new)))
    assert said in finding.message
    assert 0.7 < finding.fraction < 1.0


def test_a_finding_can_cross_a_process_boundary() -> None:
    finding = judged(diagrams.agreement)
    assert Finding.from_json(finding.to_json()) == finding
