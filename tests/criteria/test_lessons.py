"""The lessons' exercises, judged on histories written by hand: right, wrong in its own way, not begun."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.course import course
from sagalab.criteria import first_steps, lessons
from sagalab.criteria.workflow import Ran
from sagalab.deployment import StateMachine
from sagalab.evidence import Evidence
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.judging import rules
from sagalab.judging.case import Case
from sagalab.judging.registry import RULES
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Approach, Scenario

rules.load()
ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)


class Story:
    """A history in the making, for the scenario of one order."""

    def __init__(self, approach: Approach = "orchestration", declined: bool = False) -> None:
        order = Order(ORDER.order_id, ORDER.customer, ORDER.items, ORDER.amount, declined=-1 if declined else 0)
        self.scenario = Scenario(approach, (order,), {"mug": 5})
        self.history, self._now = History(), 0.0
        self.accept()

    def fact(self, kind: Any, what: str, order: str | None = "4711", cause: int | None = None, **detail: Any) -> int:
        self._now += 1.0
        return self.history.record(self._now, kind, what, order_id=order, cause=cause, detail=detail)

    def accept(self, **detail: Any) -> None:
        self.fact("accepted", self.scenario.approach, **detail)

    def execution(self, order: str | None = "4711") -> int:
        return self.fact("execution", "OrderFlow", order, arn="run", status="RUNNING")

    def call(self, what: str, effect: str, by: int | None = None, **detail: Any) -> None:
        invocation = self.fact("invocation", f"{what}-function") if by is None else by
        call = self.fact("call", what, cause=invocation, effect=True)
        self.fact("effect", effect, cause=call, participant=what.split(".")[0], **detail)

    def charge(self, amount: float = 49.90, by: int | None = None) -> None:
        self.call("payment_gateway.charge", "charged", by, amount=amount)

    def reserve(self, by: int | None = None) -> None:
        self.call("warehouse.reserve", "reserved", by, items=[{"sku": "mug", "quantity": 1}])

    def confirm(self, by: int | None = None) -> None:
        self.call("order_book.confirm", "confirmed", by)

    def tell(self, outcome: str = "confirmed", by: int | None = None) -> None:
        self.call("mailer.send", "told", by, outcome=outcome)

    def whole(self) -> Story:
        self.execution()
        self.charge()
        self.reserve()
        self.confirm()
        self.tell()
        return self

    def message(self, queue: str, cause: int | None = None, handled: bool = True) -> int:
        sent = self.fact("sent", queue, cause=cause, message="m")
        invocation = self.fact("invocation", f"{queue}-reader", cause=sent)
        if handled:
            self.fact("deleted", queue, message="m")
        return invocation

    @property
    def ran(self) -> Ran:
        return Ran(self.scenario, self.history)


def test_every_exercise_of_the_rubric_has_a_rule() -> None:
    known = course()
    asked = [row.id for lesson in known.lessons if lesson.number != "11" for row in known.criteria(lesson.name)]
    assert asked and set(asked) <= set(RULES)


GIVEN = {
    "00": [],
    "02": ["start_workflow"],
    "04": ["emit_order_created"],
}  # what a released lesson defines itself


@pytest.mark.parametrize("criterion", [name for name in RULES if name[:2] in GIVEN])
def test_a_released_lesson_is_not_attempted_and_says_where_to_begin(criterion: str) -> None:
    finding = RULES[criterion](Case(Evidence(defined=GIVEN[criterion[:2]]), None, "seed"))
    assert (finding.fraction, finding.attempted) == (0, False)
    assert finding.criterion == criterion and finding.hint


# -- 00 ---------------------------------------------------------------------------------------------


def test_an_execution_that_charges_its_own_amount_is_right() -> None:
    story = Story()
    story.execution()
    story.charge()
    assert first_steps.first_execution("x", [story.ran]).fraction == 1


@pytest.mark.parametrize(("carried", "words"), [("2002", "carries order 2002"), (None, "carries no order id")])
def test_an_execution_of_another_order_is_named(carried: str | None, words: str) -> None:
    story = Story()
    story.execution(carried)
    finding = first_steps.first_execution("x", [story.ran])
    assert finding.fraction == 0 and words in finding.message and "argument" in finding.hint


def test_a_start_that_starts_nothing_is_named() -> None:
    assert "started no execution" in first_steps.first_execution("x", [Story().ran]).message


def test_an_amount_that_is_not_the_orders_own_is_shown_beside_it() -> None:
    story = Story()
    story.execution()
    story.charge(13.20)
    message = first_steps.first_execution("x", [story.ran]).message
    assert "49.90" in message and "13.20" in message


def test_a_start_function_that_raised_comes_first_and_keeps_its_name() -> None:
    story = Story()
    story.history = History()
    story.accept(error="start_workflow('4711') raised NameError: sfn")
    finding = first_steps.first_execution("x", [story.ran])
    assert finding.promise == "Start" and finding.message.startswith("start_workflow('4711')")


def test_an_order_that_is_charged_and_then_confirmed_is_right() -> None:
    story = Story()
    story.execution()
    story.charge()
    story.confirm()
    assert first_steps.second_step("x", [story.ran]).fraction == 1


def test_a_second_step_that_lost_its_input_says_where_it_stopped() -> None:
    story = Story()
    story.execution()
    story.charge()
    cause = '{"errorMessage":"\'orderId\'","errorType":"KeyError"}'
    story.history.record(99, "state", "ConfirmOrder", order_id="4711",
                         detail={"type": "ExecutionFailed", "error": "KeyError", "cause": cause})  # fmt: skip
    assert "ConfirmOrder with KeyError ('orderId')" in first_steps.second_step("x", [story.ran]).message


def test_one_invocation_that_charges_and_confirms_is_no_second_step() -> None:
    story = Story()
    story.execution()
    both = story.fact("invocation", "all")
    story.charge(by=both)
    story.confirm(by=both)
    assert "One invocation" in first_steps.second_step("x", [story.ran]).message


def announced(**detail: Any) -> Story:
    story = Story("choreography")
    story.fact("published", "default", **{"source": "orders", "detail_type": "OrderCreated", **detail})
    return story


def test_an_event_that_reaches_a_queue_is_right() -> None:
    story = announced()
    story.fact("sent", "created-orders", message="m")
    assert first_steps.first_event("x", [story.ran]).fraction == 1


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (Story("choreography"), "published nothing"),
        (announced(detail_type="orderCreated"), "DetailType is 'orderCreated'"),
        (announced(source="shop"), "Source is 'shop'"),
        (announced(), "reached no queue"),
    ],
)
def test_an_event_that_nobody_hears_says_why(story: Story, words: str) -> None:
    finding = first_steps.first_event("x", [story.ran])
    assert finding.fraction == 0 and words in finding.message


# -- 02 ---------------------------------------------------------------------------------------------


def test_three_steps_that_end_well_are_right_without_a_correlation_id() -> None:
    assert lessons.three_steps("x", [Story().whole().ran]).fraction == 1


def test_a_function_that_serves_two_participants_is_no_step() -> None:
    story = Story()
    story.execution()
    both = story.fact("invocation", "all")
    story.charge(by=both)
    story.reserve(by=both)
    story.confirm()
    story.tell()
    finding = lessons.three_steps("x", [story.ran])
    assert finding.promise == "Three steps" and "'all'" in finding.message


def test_an_order_that_stops_halfway_shows_the_schedule_and_the_state() -> None:
    story = Story()
    story.execution()
    story.fact("state", "ReserveStock", type="TaskStateEntered")
    finding = lessons.three_steps("x", [story.ran])
    assert "came as far as ReserveStock" in finding.message and "4711" in finding.schedule


def test_a_fixed_name_is_recognised_by_the_order_that_no_execution_carries() -> None:
    story = Story()
    story.execution("4712")
    finding = lessons.three_steps("x", [story.ran])
    assert "No execution carries this order" in finding.message and finding.hint == lessons.SAME_NAME


def test_two_starts_with_one_execution_are_right() -> None:
    story = Story()
    story.accept()
    assert lessons.starts_once("x", [story.whole().ran]).fraction == 1


def test_two_executions_of_one_order_are_counted_with_what_they_cost() -> None:
    story = Story()
    story.accept()
    story.whole()
    story.whole()
    message = lessons.starts_once("x", [story.ran]).message
    assert "2 executions" in message and "99.80" in message


@pytest.mark.parametrize(
    ("error", "thought"),
    [("ExecutionAlreadyExists: taken", "Catch `ExecutionAlreadyExists`"), ("KeyError: 'x'", "again?")],
)
def test_a_second_start_that_raises_is_told_as_the_second(error: str, thought: str) -> None:
    story = Story().whole()
    story._now += 600
    story.accept(error=f"start_workflow('4711') raised {error}")
    finding = lessons.starts_once("x", [story.ran])
    assert finding.message.startswith("Order 4711 was started a second time, 10 minutes later. start_workflow('4711')")
    assert thought in finding.hint


def test_one_execution_that_breaks_a_promise_does_not_pass_as_started_once() -> None:
    story = Story()
    story.execution()
    story.charge()
    assert lessons.starts_once("x", [story.ran]).fraction == 0


def refused(times: int) -> Story:
    story = Story(declined=True)
    story.execution()
    for _ in range(times):
        story.fact("call", "payment_gateway.charge", error="PaymentDeclined", effect=False)
    return story


def test_a_declined_card_that_cancels_and_tells_is_right() -> None:
    story = refused(1)
    story.call("order_book.cancel", "cancelled")
    story.tell("cancelled")
    assert lessons.declined("x", [story.ran]).fraction == 1


def test_a_declined_card_that_is_asked_again_is_a_retried_answer() -> None:
    finding = lessons.declined("x", [refused(2).ran])
    assert finding.promise == "Business errors are never retried" and "a refusal" in finding.hint


def test_a_declined_card_that_nobody_tells_of_never_ended() -> None:
    assert lessons.declined("x", [refused(1).ran]).promise == "Terminal"


def test_an_outage_that_cancels_an_order_is_not_healed() -> None:
    story = Story()
    story.scenario = story.scenario.with_faults(Fault("unavailable", "warehouse.reserve", calls=3))
    story.execution()
    story.call("order_book.cancel", "cancelled")
    story.tell("cancelled")
    finding = lessons.short_outage("x", [story.ran])
    assert finding.fraction == 0 and "unavailable at warehouse.reserve" in finding.message


def test_a_definition_mentions_its_keys_and_not_their_look_alikes() -> None:
    flow = StateMachine(name="f", arn="a", definition='{"States": {"Catchall": {"Retry": []}}}', role_arn="r")
    assert lessons.mentions(flow, "Retry") and not lessons.mentions(flow, "Catch", "Choice")
    assert list(lessons.states_of(flow)) == ["Catchall"]


# -- 04 ---------------------------------------------------------------------------------------------


def with_sales(handled: bool = True, direct: bool = False) -> Story:
    story = Story("choreography")
    published = story.fact("published", "default", detail_type="OrderConfirmed")
    story.charge(by=story.message("payment-queue", published))
    story.message("sales-queue", story.fact("invocation", "inventory") if direct else published, handled)
    return story


def test_a_queue_that_leads_to_no_participant_is_an_outsiders() -> None:
    assert lessons.outsiders(with_sales().history) == ["sales-queue"]


def test_a_fourth_subscriber_that_hears_by_a_rule_is_right() -> None:
    assert lessons.fourth_subscriber("x", [with_sales().ran], ["sales-queue"]).fraction == 1


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (with_sales(handled=False), "Nobody was done"),
        (with_sales(direct=True), "itself"),
        (Story("choreography"), "No new subscriber heard"),
    ],
)
def test_a_fourth_subscriber_that_is_deaf_or_fed_by_a_service_is_not(story: Story, words: str) -> None:
    finding = lessons.fourth_subscriber("x", [story.ran], ["sales-queue"])
    assert finding.fraction == 0 and words in finding.message


def test_a_choreographed_order_that_stops_names_the_last_event_or_the_queue_that_gave_up() -> None:
    story = announced(detail_type="PaymentCharged")
    assert "PaymentCharged" in lessons.stopped(story.history, "4711")
    story.fact("dead_lettered", "inventory-queue", to="inventory-dlq")
    assert "inventory-queue gave up" in lessons.stopped(story.history, "4711")
