"""The measurements: each a function of a deployment and its runs."""

from __future__ import annotations

import json

import pytest

from sagalab.criteria.measurements import MEASURES, measure, trail
from sagalab.criteria.prices import PRICES, transitions
from sagalab.criteria.trials import Trial, step_functions
from sagalab.deployment import (
    Queue,
    Rule,
)
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import MEASURABLE, MEASUREMENTS
from tests.criteria.measured_runs import (
    EXECUTION,
    QUEUE,
    TRUE,
    again,
    choreographed,
    deployed,
    of,
    orchestrated,
    run,
)


def test_an_orchestrated_order_costs_its_transitions_and_invocations() -> None:
    cost = of("cost_per_order", orchestrated(orders=3, states=5))
    expected = 5 * PRICES["state transition"].usd + 5 * PRICES["invocation"].usd
    assert cost == pytest.approx(expected)


def test_a_try_after_the_first_is_billed_as_a_transition_and_a_caught_error_is_not() -> None:
    history = orchestrated(orders=1, states=1)

    def state(at: float, kind: str, name: str) -> None:
        history.record(at, "state", name, order_id="1000", detail={"type": kind, "execution": EXECUTION})

    for at, kind in ((10, "TaskStateEntered"), (11, "TaskFailed"), (12, "TaskFailed"), (14, "TaskSucceeded")):
        state(at, kind, "Reserve")  # two retries
    for at, kind in ((20, "TaskStateEntered"), (21, "TaskFailed"), (21, "TaskStateExited")):
        state(at, kind, "Charge")  # caught
    for at, kind in ((30, "TaskStateEntered"), (31, "LambdaFunctionFailed"), (33, "TaskStateExited")):
        state(at, kind, "Tell")  # a success of this kind leaves no fact of its own
    state(40, "TaskStateEntered", "Last")
    state(41, "TaskFailed", "Last")
    state(41, "ExecutionFailed", "Last")
    assert of("state_transitions_per_order", history) == transitions(history, EXECUTION) == 5 + 3
    state(60, "ExecutionRedriven", "Flow")
    state(61, "TaskSucceeded", "Last")
    assert transitions(history, EXECUTION) == 5 + 3 + 2  # the redrive, and the state that ran again


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
    assert [unit for unit, price in PRICES.items() if price.read] == ["state transition", "invocation"]


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


def test_a_state_after_the_last_effect_takes_its_time_too() -> None:
    few, many = run([3, 4, 5, 6]), run([*range(3, 14), 22])
    for history, end in ((few, 8), (many, 40)):
        history.close(history.record(0, "execution", "order-flow"), end)
    assert measure("orders_per_second_at_the_knee", deployed(), Trial(few, load=lambda: (few, many))) == 8 / 32


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
