"""Where a fault can strike in a run."""

from sagalab.history import History
from sagalab.points import points

PAY, TELL = ("pay", "payment_gateway.charge"), ("tell", "mailer.send")


def run_of(*steps, order="1", history=None):
    """A run of functions, each fed by a queue of its name and calling one participant."""
    history = history or History()
    for function, call in steps:
        sent = history.record(0.0, "sent", f"{function}-queue", order_id=order)
        invocation = history.record(0.0, "invocation", function, order_id=order, cause=sent)
        history.record(0.0, "call", call, order_id=order, cause=invocation, detail={"function": function})
    return history


def test_the_points_of_a_run_are_counted_by_name():
    history = run_of(PAY, PAY, TELL)
    history.record(1.0, "api", "events:PutEvents", detail={"function": "pay"})
    history.record(1.0, "published", "default")
    found = points(history)
    assert found.calls == {"payment_gateway.charge": 2, "mailer.send": 1}
    assert found.functions == {"pay": 2, "tell": 1} and found.consumers == {"pay", "tell"}
    assert found.messages == {"pay-queue": 2, "tell-queue": 1}
    assert (found.buses, found.apis) == ({"default": 1}, {"events:PutEvents": 1})
    assert found.steps["payment_gateway.charge"] == {"pay"}


def test_what_cannot_fail_is_no_point():
    history = run_of(("pay", "order_book.get"), ("pay", "order_book.confirm"))
    assert points(history).calls == {"order_book.confirm": 1}


def test_a_message_that_goes_to_a_function_without_a_queue_is_a_point_of_that_function():
    history = History()
    for arn in (
        "arn:aws:lambda:us-east-1:1:function:pay",
        "arn:aws:states:us-east-1:1:stateMachine:Flow",
        "arn:aws:sqs:us-east-1:1:q",
    ):
        history.record(0.0, "delivered", "default", detail={"rule": "r", "to": arn})
    assert points(history).messages == {"pay": 1, "Flow": 1}


def test_a_dead_letter_queue_is_no_point_that_healthy_orders_pass():
    history = run_of(PAY)
    history.record(5.0, "sent", "pay-dlq", order_id="1")
    history.record(5.0, "dead_lettered", "pay-queue", order_id="1", detail={"to": "pay-dlq"})
    assert points(history).messages == {"pay-queue": 1}


def test_the_points_of_one_order_are_its_own():
    history = run_of(TELL, order="2", history=run_of(PAY, order="1"))
    assert points(history, "1").messages == {"pay-queue": 1} and points(history, "2").calls == {"mailer.send": 1}


def test_the_states_that_call_something_are_found_with_their_function():
    history = History()
    for state, kind in (("Wait", "WaitStateEntered"), ("Charge", "TaskStateEntered")):
        history.record(0.0, "state", state, detail={"type": kind, "execution": "run"})
    history.record(0.0, "invocation", "other", detail={"execution": "another run"})
    history.record(0.0, "invocation", "charge", detail={"execution": "run"})
    assert points(history).states == {"Charge": "charge"}


def test_every_point_is_known_once_by_kind_name_and_number():
    known = points(run_of(PAY, PAY)).known()
    assert {
        ("call", "payment_gateway.charge", 2),
        ("entry", "pay", 1),
        ("exit", "pay", 2),
        ("start", "order", 1),
    } <= known
    assert len(known) == 2 + 2 + 2 + 2 + 1
