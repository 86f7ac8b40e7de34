"""Part E's judgement: constraints, the matrix, measurements taken again, the flip."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagalab.criteria import recommendation as judged
from sagalab.criteria.finding import Finding
from sagalab.criteria.measurements import MEASURES, measure, measure_all, trail
from sagalab.criteria.prices import PRICES
from sagalab.criteria.trials import Trial, step_functions
from sagalab.deployment import (
    Deployment,
    EventSourceMapping,
    Function,
    Queue,
    Rule,
    StateMachine,
    Topic,
)
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import MATRIX, MEASURABLE, MEASUREMENTS, Approach, Constraint, Measurement, Recommendation

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


def run(ends: list[float], late: int = 0) -> History:
    """A run whose orders start at once and are finished at these seconds; so many more never are."""
    history = History()
    names = [str(number) for number in range(len(ends) + late)]
    for name in names:
        history.record(0, "accepted", "orchestration", order_id=name)
    for name, end in zip(names, ends, strict=False):
        history.record(end, "effect", "confirmed", order_id=name)
        history.record(end, "effect", "told", order_id=name)
    return history


RUNS: dict[Approach, Trial] = {"orchestration": Trial(orchestrated()), "choreography": Trial(choreographed())}
TRUE = measure_all(deployed(), RUNS)


def again(name: str, approach: Approach) -> float:
    return measure(name, deployed(), RUNS[approach])


def of(name: str, history: History, deployment: Deployment | None = None) -> float:
    return measure(name, deployment or deployed(), Trial(history))


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


def all_findings(recommendation: Recommendation | None) -> list[Finding]:
    return [
        judged.constraints(recommendation, again),
        judged.follows(recommendation),
        judged.measured(recommendation, again),
        judged.flip(recommendation),
    ]


def test_an_honest_recommendation_gets_every_automatic_point() -> None:
    found = all_findings(recommended())
    assert [finding.criterion for finding in found] == ["e-constraints", "e-follows", "e-measured", "e-flip"]
    assert [finding.fraction for finding in found] == [1, 1, 1, 1]


def test_a_missing_recommendation_scores_nothing_and_is_no_try() -> None:
    for finding in all_findings(None):
        assert (finding.fraction, finding.attempted) == (0, False)
        assert "Recommendation(…)" in finding.message


def test_a_broken_hard_constraint_rules_the_pick_out_with_its_number() -> None:
    rule = Constraint(requirement="Independent teams", at_least=4)
    finding = judged.constraints(recommended(constraints=[rule, *recommended().constraints]))
    assert finding.fraction == 0
    assert "“Independent teams” must be at least 4, and orchestration has 1" in finding.message


def test_a_constraint_is_held_against_the_measured_value_where_the_cited_one_is_wrong() -> None:
    boasting = recommended(measurements=cited(records_to_find_a_stuck_order=0.1))
    assert judged.constraints(boasting).fraction == 1
    assert judged.constraints(boasting, lambda name, approach: 6.0).fraction == 0


def test_a_constraint_asks_for_no_run_but_its_own_pick_s() -> None:
    asked: list[tuple[str, Approach]] = []

    def counting(name: str, approach: Approach) -> float:
        asked.append((name, approach))
        return again(name, approach)

    judged.constraints(recommended(), counting)
    assert asked == [("records_to_find_a_stuck_order", "orchestration")]


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
    near = judged.measured(recommended(measurements=cited(cost_per_order=1.09)), again)
    far = judged.measured(recommended(measurements=cited(cost_per_order=1.12)), again)
    assert near.fraction == 1
    assert far.fraction == pytest.approx(2 / 3)
    assert "cost_per_order, orchestration: you cite" in far.message and "10 % either way is allowed" in far.message


@pytest.mark.parametrize(
    ("name", "cited", "found", "holds"),
    [
        ("orders_per_second_at_the_knee", 0.36, 0.31, True),
        ("orders_per_second_at_the_knee", 0.39, 0.31, False),
        ("orders_hurt_by_one_outage", 2, 3, True),
        ("orders_hurt_by_one_outage", 1, 3, False),
        ("messages_per_order", 0, 0, True),
        ("messages_per_order", 0.001, 0, False),
    ],
)
def test_each_measurement_has_its_own_tolerance(name: str, cited: float, found: float, holds: bool) -> None:
    assert judged.agrees(name, cited, found) is holds


def test_three_numbers_of_one_measurement_are_one_measurement() -> None:
    price = MEASUREMENTS["price of an order"]
    only = recommended(
        measurements=[one for one in cited() if one.name in price],
        constraints=[Constraint(requirement="Clear step order", must="yes")],
    )
    finding = judged.measured(only, again)
    assert finding.fraction == pytest.approx(1 / 3)
    assert "change impact, finding an order, throughput, reach of an outage" in finding.message


def test_a_measurement_that_the_runs_cannot_show_does_not_count_and_says_why() -> None:
    knee = Measurement(name="orders_per_second_at_the_knee", orchestration=10, choreography=80)
    rest = [one for one in cited() if one.name in MEASUREMENTS["price of an order"] + MEASUREMENTS["change impact"]]
    plain = [Constraint(requirement="Clear step order", must="yes")]
    finding = judged.measured(recommended(measurements=[*rest, knee], constraints=plain), again)
    assert finding.fraction == pytest.approx(2 / 3)
    assert "it takes a run under load" in finding.message


def test_without_a_healthy_run_of_one_approach_nothing_is_confirmed() -> None:
    def half(name: str, approach: Approach) -> float:
        if approach == "choreography":
            raise NotSupportedHere("there is no healthy run")
        return again(name, approach)

    finding = judged.measured(recommended(), half)
    assert (
        finding.fraction == 0 and "of the choreography was not taken again: there is no healthy run" in finding.message
    )


def test_an_orchestrated_order_costs_its_transitions_and_invocations() -> None:
    cost = of("cost_per_order", orchestrated(orders=3, states=5))
    expected = 5 * PRICES["state transition"].usd + 5 * PRICES["invocation"].usd
    assert cost == pytest.approx(expected)


def test_an_express_workflow_costs_its_request_and_duration() -> None:
    cost = of("cost_per_order", orchestrated(1, 1), deployed("EXPRESS"))
    seconds = 0.3  # 0.25 s, rounded up to whole tenths
    expected = PRICES["express request"].usd + seconds / 16 * PRICES["express GB-second"].usd + PRICES["invocation"].usd
    assert cost == pytest.approx(expected)


def test_a_choreographed_order_costs_its_event_and_its_queue_requests() -> None:
    cost = of("cost_per_order", choreographed(orders=3))
    expected = PRICES["event"].usd + 3 * PRICES["queue request"].usd + PRICES["invocation"].usd
    assert cost == pytest.approx(expected)


def test_a_message_on_a_topic_costs_half_of_an_event() -> None:
    history = History()
    history.record(0, "published", "orders", order_id="1")
    cost = of("cost_per_order", history)
    assert cost == pytest.approx(PRICES["event"].usd / 2)


def test_an_execution_is_one_record_and_every_message_is_one_more() -> None:
    assert TRUE["records_to_find_a_stuck_order"] == {"orchestration": 1, "choreography": 2}


def test_a_workflow_must_change_for_a_new_participant_and_a_bus_need_not() -> None:
    assert TRUE["components_changed_to_add_a_participant"] == {"orchestration": 1, "choreography": 0}


def test_a_service_that_sends_to_the_next_queue_itself_must_change() -> None:
    history = choreographed(direct=True)
    name = "components_changed_to_add_a_participant"
    assert of(name, history) == 1


def test_a_workflow_that_names_another_function_is_not_counted() -> None:
    name = "components_changed_to_add_a_participant"
    assert of(name, orchestrated(), deployed(tells="payment-task")) == 0


@pytest.mark.parametrize("name", ["orders_per_second_at_the_knee", "orders_hurt_by_one_outage", "beauty"])
def test_what_a_healthy_run_cannot_show_is_refused_in_words(name: str) -> None:
    with pytest.raises(NotSupportedHere):
        again(name, "orchestration")


def test_every_number_that_can_be_cited_belongs_to_one_of_the_five_measurements() -> None:
    numbers = [number for row in MEASUREMENTS.values() for number in row]
    assert len(MEASUREMENTS) == 5 and sorted(numbers) == sorted(MEASURABLE) == sorted(MEASURES)


def test_every_price_carries_its_source_and_its_date() -> None:
    assert all("aws.amazon.com/" in price.source and price.as_of for price in PRICES.values())
    assert [unit for unit, price in PRICES.items() if price.read] == ["state transition"]


def test_a_newcomer_needs_what_serves_the_mailer_alone() -> None:
    dead = Queue(name="notification-dlq", arn=QUEUE.replace("queue", "dlq"), url="d")
    feeding = Queue(
        name="notification-queue",
        arn=QUEUE,
        url="q",
        attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})},
    )
    to_it, to_all = [{"Id": "1", "Arn": QUEUE}], [{"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": "arn:elsewhere"}]
    rules = [
        Rule(name=name, arn=name, bus="default", pattern="{}", state="ENABLED", targets=targets)
        for name, targets in (("told", to_it), ("everything", to_all))
    ]
    whole = deployed().model_copy(update={"queues": [feeding, dead], "rules": rules})
    name = "components_added_to_add_a_participant"
    assert of(name, orchestrated(), whole) == 1  # its function
    assert of(name, choreographed(), whole) == 5  # function, mapping, queue, dead-letter queue, rule


def test_a_transition_is_a_state_entered_and_a_message_is_one_published_or_sent() -> None:
    assert of("state_transitions_per_order", orchestrated(states=5)) == 5
    assert of("messages_per_order", choreographed()) == 2


def test_the_knee_is_what_more_orders_cost_in_time() -> None:
    few, many = run([3, 4, 5, 6]), run([*range(3, 14), 22])
    trial = Trial(few, load=lambda: (few, many))
    assert measure("orders_per_second_at_the_knee", deployed(), trial) == pytest.approx(8 / 16)


@pytest.mark.parametrize(
    ("many", "words"), [(run([1, 2, 3], late=1), "1 of 4 orders did not"), (run([2]), "no longer")]
)
def test_a_load_that_shows_no_knee_says_why(many: History, words: str) -> None:
    trial = Trial(many, load=lambda: (run([2]), many))
    with pytest.raises(NotSupportedHere, match=words):
        measure("orders_per_second_at_the_knee", deployed(), trial)


def test_the_worst_component_to_lose_counts() -> None:
    lost = {"payment": run([1, 2, 3], late=3), "mailer": run([1] * 5, late=1)}
    trial = Trial(History(), outages=lambda: lost)
    assert measure("orders_hurt_by_one_outage", deployed(), trial) == 3


def test_only_functions_that_reach_a_participant_are_lost() -> None:
    history = History()
    for participant, function in (("warehouse", "stock"), ("order_book", "outcome"), ("mailer", "tell")):
        history.record(0, "effect", "x", order_id="1", detail={"participant": participant, "function": function})
    assert step_functions(history) == ["stock", "tell"]


def test_an_order_is_followed_by_causes_when_its_input_calls_it_otherwise() -> None:
    history = History()
    for order in ("1", "2"):
        started = history.record(0, "execution", "Flow", detail={"arn": order})  # its input says {"id": …}
        history.record(0, "state", "Charge", cause=started, detail={"type": "TaskStateEntered", "execution": order})
        ran = history.record(0, "invocation", "charge", cause=started, detail={"execution": order})
        call = history.record(0, "call", "payment_gateway.charge", order_id=order, cause=ran)
        history.record(0, "effect", "charged", order_id=order, cause=call)
    found = trail(history, "2")
    assert [fact.kind for fact in found] == ["execution", "state", "invocation", "call", "effect"]
    assert [fact.cause for fact in found] == [None, 0, 0, 2, 3]
    assert of("state_transitions_per_order", found) == 1


def test_what_one_message_did_for_another_order_is_not_followed() -> None:
    history = History()
    batch = history.record(0, "invocation", "stock", order_id="1")
    for order in ("1", "2"):
        history.record(0, "call", "warehouse.reserve", order_id=order, cause=batch)
        history.record(0, "published", "default", order_id=order, cause=batch)
    assert [fact.what for fact in trail(history, "2")] == ["stock", "warehouse.reserve", "default"]
