"""Part E's judgement: constraints, the matrix, measurements taken again, the flip."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagalab.criteria import recommendation as judged
from sagalab.criteria.measurements import PRICES, measure, measure_all
from sagalab.deployment import Deployment, EventSourceMapping, Function, StateMachine, Topic
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import MATRIX, Constraint, Measurement, Recommendation

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:OrderFlow:1"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:notification-queue"


def function(name: str) -> Function:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return Function(name=name, arn=arn, handler="m.f", runtime="python3.11", role="r", zip="")


def deployed(kind: str = "STANDARD", tells: str = "notification-task") -> Deployment:
    states = {"Tell": {"Type": "Task", "Arguments": {"FunctionName": tells}, "End": True}}
    return Deployment(
        state_machines=[
            StateMachine(
                name="OrderFlow",
                arn=MACHINE,
                definition=json.dumps({"States": states}),
                role_arn="r",
                type=kind,
            )
        ],
        functions=[function("notification-task"), function("notification-service")],
        topics=[Topic(name="orders", arn="arn:aws:sns:us-east-1:123456789012:orders")],
        event_source_mappings=[
            EventSourceMapping(uuid="1", source_arn=QUEUE, function_arn=function("notification-service").arn)
        ],
    )


def orchestrated(orders: int = 2, states: int = 4) -> History:
    """A healthy run: each order is one execution of some states, each calling a function."""
    history = History()
    for number in range(orders):
        order = str(1000 + number)
        history.record(number, "accepted", "orchestration", order_id=order)
        run = history.record(number, "execution", "OrderFlow", order_id=order, detail={"arn": EXECUTION})
        for step in range(states):
            row = {"type": "TaskStateEntered", "execution": EXECUTION}
            history.record(number, "state", f"S{step}", order_id=order, detail=row)
            history.record(number, "invocation", "notification-task", order_id=order, cause=run)
        told = {"function": "notification-task"}
        history.record(number, "call", "mailer.send", order_id=order, detail=told)
        history.close(run, number + 0.25, status="SUCCEEDED")
    return history


def choreographed(orders: int = 2, direct: bool = False) -> History:
    """A healthy run: an event on the bus, or a direct send, brings each order to the mailer's queue."""
    history = History()
    for number in range(orders):
        order = str(2000 + number)
        history.record(number, "accepted", "choreography", order_id=order)
        cause = history.record(number, "invocation", "inventory-service", order_id=order)
        caller = {"function": "inventory-service"}
        if not direct:
            cause = history.record(number, "published", "default", order_id=order, cause=cause, detail=caller)
        for kind in ("sent", "received", "deleted"):
            detail = {"message": order, **(caller if kind == "sent" else {})}
            history.record(number, kind, "notification-queue", order_id=order, cause=cause, detail=detail)  # type: ignore[arg-type]
        told = {"function": "notification-service"}
        history.record(number, "call", "mailer.send", order_id=order, detail=told)
    return history


RUNS = {"orchestration": orchestrated(), "choreography": choreographed()}
TRUE = measure_all(deployed(), RUNS)  # type: ignore[arg-type]


def recommended(**changes: Any) -> Recommendation:
    fields: dict[str, Any] = {
        "scenario": "Every step is audited.",
        "approach": "orchestration",
        "constraints": [
            Constraint(requirement="Clear step order", must="yes"),
            Constraint(requirement="records_to_find_a_stuck_order", at_most=1),
        ],
        "weights": dict.fromkeys(MATRIX, 1),
        "scores": {
            "orchestration": dict(zip(MATRIX, (5, 1, 4, 2, 5), strict=True)),
            "choreography": dict(zip(MATRIX, (1, 5, 2, 5, 2), strict=True)),
        },
        "measurements": [Measurement(name=name, **values) for name, values in TRUE.items()],
        "flip": {"weights": {"Loose coupling": 3}, "to": "choreography", "because": "Four teams."},
    }
    return Recommendation(**{**fields, **changes})


def cited(**changes: float) -> list[Measurement]:
    """The true measurements, those named scaled by a factor for the orchestration."""
    return [
        Measurement(
            name=name,
            orchestration=values["orchestration"] * changes.get(name, 1),
            choreography=values["choreography"],
        )
        for name, values in TRUE.items()
    ]


def test_an_honest_recommendation_gets_every_automatic_point() -> None:
    found = judged.findings(recommended(), deployed(), RUNS)  # type: ignore[arg-type]
    assert list(found) == ["e-constraints", "e-follows", "e-measured", "e-flip"]
    assert [finding.fraction for finding in found.values()] == [1, 1, 1, 1]


def test_a_missing_recommendation_scores_nothing_and_is_no_try() -> None:
    for finding in judged.findings(None, Deployment(), {}).values():
        assert (finding.fraction, finding.attempted) == (0, False)
        assert "Recommendation(…)" in finding.message


def test_a_broken_hard_constraint_rules_the_pick_out_with_its_number() -> None:
    rule = Constraint(requirement="Independent teams", at_least=4)
    finding = judged.constraints(recommended(constraints=[rule, *recommended().constraints]))
    assert finding.fraction == 0
    assert "“Independent teams” must be at least 4, and orchestration has 1" in finding.message


def test_a_constraint_is_held_against_the_measured_value_where_the_cited_one_is_wrong() -> None:
    boasting = recommended(measurements=cited(records_to_find_a_stuck_order=0.1))
    rule = {"records_to_find_a_stuck_order": {"orchestration": 6.0, "choreography": 1.0}}
    assert judged.constraints(boasting).fraction == 1
    assert judged.constraints(boasting, rule).fraction == 0  # type: ignore[arg-type]


def test_a_pick_with_the_lower_total_does_not_follow() -> None:
    finding = judged.follows(recommended(approach="choreography"))
    assert finding.fraction == 0
    assert "orchestration adds up to 17 and choreography adds up to 15" in finding.message


def test_a_tie_does_not_follow() -> None:
    even = {approach: dict.fromkeys(MATRIX, 3) for approach in ("orchestration", "choreography")}
    finding = judged.follows(recommended(scores=even))
    assert finding.fraction == 0 and "tie" in finding.message


@pytest.mark.parametrize(
    ("flip", "words"),
    [
        ({"weights": {"Loose coupling": 1.2}, "to": "choreography", "because": "x"}, "does not win"),
        ({"weights": {"Loose coupling": 1}, "to": "choreography", "because": "x"}, "nothing changes"),
        ({"weights": {"Easy debugging": 9}, "to": "orchestration", "because": "x"}, "recommend already"),
    ],
)
def test_a_flip_that_flips_nothing_says_why(flip: dict[str, Any], words: str) -> None:
    finding = judged.flip(recommended(flip=flip))
    assert finding.fraction == 0 and words in finding.message


def test_a_flip_to_what_wins_already_is_none() -> None:
    pick = recommended(
        approach="choreography",
        flip={"weights": {"Easy debugging": 9}, "to": "orchestration", "because": "x"},
    )
    assert "wins by your weights already" in judged.flip(pick).message


def test_numbers_within_a_tenth_hold_and_beyond_it_do_not() -> None:
    near = judged.measured(recommended(measurements=cited(cost_per_order=1.09)), deployed(), RUNS)  # type: ignore[arg-type]
    far = judged.measured(recommended(measurements=cited(cost_per_order=1.12)), deployed(), RUNS)  # type: ignore[arg-type]
    assert near.fraction == 1
    assert far.fraction == pytest.approx(2 / 3)
    assert "cost_per_order, orchestration: you cite" in far.message


def test_a_measurement_that_needs_load_is_not_taken_again_and_does_not_count() -> None:
    knee = Measurement(name="orders_per_second_at_the_knee", orchestration=10, choreography=80)
    finding = judged.measured(recommended(measurements=[*cited()[1:], knee]), deployed(), RUNS)  # type: ignore[arg-type]
    assert finding.fraction == pytest.approx(2 / 3)
    assert "raising the load" in finding.message


def test_without_a_healthy_run_of_one_approach_nothing_is_confirmed() -> None:
    finding = judged.measured(recommended(), deployed(), {"orchestration": orchestrated()})
    assert finding.fraction == 0 and "no healthy run of the choreography" in finding.message


def test_an_orchestrated_order_costs_its_transitions_and_invocations() -> None:
    cost = measure("cost_per_order", deployed(), {"orchestration": orchestrated(orders=3, states=5)})
    expected = 5 * PRICES["state transition"] + 5 * PRICES["invocation"]
    assert cost["orchestration"] == pytest.approx(expected)


def test_an_express_workflow_costs_its_request_and_duration() -> None:
    cost = measure("cost_per_order", deployed("EXPRESS"), {"orchestration": orchestrated(1, 1)})
    seconds = 0.3  # 0.25 s, rounded up to whole tenths
    expected = PRICES["express request"] + seconds / 16 * PRICES["express GB-second"] + PRICES["invocation"]
    assert cost["orchestration"] == pytest.approx(expected)


def test_a_choreographed_order_costs_its_event_and_its_queue_requests() -> None:
    cost = measure("cost_per_order", deployed(), {"choreography": choreographed(orders=3)})
    expected = PRICES["event"] + 3 * PRICES["queue request"] + PRICES["invocation"]
    assert cost["choreography"] == pytest.approx(expected)


def test_a_message_on_a_topic_costs_half_of_an_event() -> None:
    history = History()
    history.record(0, "published", "orders", order_id="1")
    cost = measure("cost_per_order", deployed(), {"choreography": history})
    assert cost["choreography"] == pytest.approx(PRICES["event"] / 2)


def test_an_execution_is_one_record_and_every_message_is_one_more() -> None:
    assert TRUE["records_to_find_a_stuck_order"] == {"orchestration": 1, "choreography": 2}


def test_a_workflow_must_change_for_a_new_participant_and_a_bus_need_not() -> None:
    assert TRUE["components_changed_to_add_a_participant"] == {"orchestration": 1, "choreography": 0}


def test_a_service_that_sends_to_the_next_queue_itself_must_change() -> None:
    history = choreographed(direct=True)
    name = "components_changed_to_add_a_participant"
    assert measure(name, deployed(), {"choreography": history}) == {"choreography": 1}


def test_a_workflow_that_names_another_function_is_not_counted() -> None:
    name = "components_changed_to_add_a_participant"
    found = measure(name, deployed(tells="payment-task"), {"orchestration": orchestrated()})
    assert found == {"orchestration": 0}


@pytest.mark.parametrize("name", ["orders_per_second_at_the_knee", "orders_hurt_by_one_outage", "beauty"])
def test_what_a_healthy_run_cannot_show_is_refused_in_words(name: str) -> None:
    with pytest.raises(NotSupportedHere):
        measure(name, deployed(), RUNS)  # type: ignore[arg-type]
