"""A slip of a name that stopped a run is found in its history, and said with what is deployed."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import pytest

from sagalab.criteria import slips
from sagalab.criteria.finding import invalid, unknown, valid
from sagalab.deployment import Deployment, Function
from sagalab.history import History
from sagalab.packaging import zipped

SOURCE = "import json\n\ndef resrve(event, context):\n    def inner(): pass\n\nasync def other(event, context): ...\n"


def function(name: str = "reserve-stock", handler: str = "inventory.reserve", code: bytes | None = None) -> Function:
    made = zipped({"inventory.py": SOURCE}) if code is None else code
    text = base64.b64encode(made).decode()
    return Function(name=name, arn=f"arn:{name}", handler=handler, runtime="python3.11", role="r", zip=text)


DEPLOYED = Deployment(functions=[function(), function("confirm-order")])


def failed(error: str, cause: str) -> History:
    history = History()
    detail = {"type": "ExecutionFailed", "error": error, "cause": cause}
    history.record(1.0, "state", "ReserveStock", order_id="1", detail=detail)
    return history


def raised(error: str, message: str, **more: bool) -> History:
    history = History()
    history.record(1.0, "invocation", "reserve-stock", detail={"error": error, "message": message, **more})
    return history


def missing(name: str) -> History:
    cause = (
        f"Function not found: arn:aws:lambda:us-east-1:123456789012:function:{name} (Service: AWSLambda; Status: 404)"
    )
    return failed("Lambda.ResourceNotFoundException", cause)


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (missing("reserve-stok"), "Likely slip: `reserve-stock` is meant"),
        (missing("pay"), "Deployed are `confirm-order`, `reserve-stock`. Deploy `pay`"),
        (failed("States.Runtime", "Invalid path '$.order' : No results for path"), "reads `$.order`"),
        (raised("Runtime.HandlerNotFound", "…"), "no function `reserve`; it has `resrve`"),
        (raised("Runtime.ImportModuleError", "No module named 'publishing'"), "Name `publishing` among the modules"),
        (raised("Runtime.ImportModuleError", "boom"), "cannot be imported: boom"),
        (
            raised("NameError", "name 'jsn' is not defined", loaded=False),
            "cannot be imported: name 'jsn' is not defined",
        ),
    ],
)
def test_a_slip_is_said_with_what_to_do(history: History, words: str) -> None:
    slip = slips.slip_in(history, DEPLOYED)
    assert slip is not None and words in f"{slip.what} {slip.hint}"


@pytest.mark.parametrize(
    "history",
    [raised("KeyError", "'orderId'"), failed("PaymentDeclined", "{}"), failed("States.Runtime", "something else")],
)
def test_an_error_of_the_work_itself_is_no_slip_of_a_name(history: History) -> None:
    assert slips.slip_in(history, DEPLOYED) is None


def test_only_a_finding_that_a_run_speaks_against_is_explained() -> None:
    history = missing("reserve-stok")
    wrong = invalid("x", "Order 1 never ended.", hint="another thought", history=history)
    told = slips.explained(wrong, DEPLOYED)
    assert told.message.startswith("Order 1 never ended. The state ReserveStock calls") and "meant" in told.hint
    assert slips.explained(told, DEPLOYED) == told
    for other in (valid("x", "fine", history=history), unknown("x", "broken", history=history), invalid("x", "no run")):
        assert slips.explained(other, DEPLOYED) is other


def ran(*errors: str | None, struck: bool = False) -> History:
    history = History()
    for error in errors:
        fact = history.record(1.0, "invocation", "charge-payment")
        history.close(fact, 2.0, **({"error": error, "message": "name 'pay' is not defined"} if error else {}))
    if struck:
        history.record(1.0, "fault", "crash_before")
    return history


def test_an_error_that_a_function_has_each_time_it_runs_is_told() -> None:
    found = invalid("x", "Order 1 never ended.", history=ran("NameError", "NameError"))
    told = slips.explained(found, DEPLOYED)
    assert "`charge-payment` ran 2 times and always failed with NameError: name 'pay' is not defined." in told.message
    assert "charge-payment" in told.hint


def test_a_start_that_left_nothing_behind_is_told() -> None:
    history = History()
    history.record(0.0, "accepted", "choreography", order_id="7")
    told = slips.explained(invalid("x", "Order 7 never ended.", history=history), DEPLOYED)
    assert "`emit_order_created('7')` came back and had started nothing" in told.message
    history.record(0.1, "published", "default", order_id="7")
    assert slips.started_nothing(history) is None


def test_an_error_that_was_told_already_is_not_told_twice() -> None:
    found = invalid("x", "It stopped with NameError (name 'pay' is not defined).", history=ran("NameError"))
    told = slips.explained(found, DEPLOYED)
    assert told.message == found.message and "charge-payment" in told.hint


@pytest.mark.parametrize(
    "history",
    [
        ran("NameError", None),
        ran("NameError", "KeyError"),
        ran("PaymentDeclined"),
        ran("NameError", struck=True),
        ran(),
    ],
)
def test_an_error_that_comes_and_goes_or_is_an_answer_is_no_slip(history: History) -> None:
    assert slips.always_failed(history) is None


@pytest.mark.parametrize("code", [b"no zip", zipped({"other.py": SOURCE}), zipped({"inventory.py": "x" * 300_000})])
def test_a_zip_that_is_broken_or_huge_is_not_looked_into(code: bytes) -> None:
    assert slips.functions_in(function(code=code), "inventory") == []


def test_a_zip_that_is_damaged_inside_is_not_looked_into() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inventory.py", SOURCE * 20)
    damaged = bytearray(buffer.getvalue())
    damaged[45:60] = b"\xff" * 15
    assert slips.functions_in(function(code=bytes(damaged)), "inventory") == []


def test_the_functions_at_the_top_of_a_module_are_found_by_name() -> None:
    assert slips.functions_in(function(), "inventory") == ["resrve", "other"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ('{"errorMessage":"\'orderId\'","errorType":"KeyError"}', " ('orderId')"),
        (
            "An error occurred while executing the state 'A' (entered at the event id #7). Invalid path '$.x' : none",
            " (Invalid path '$.x' : none)",
        ),
        ("Function not found: f (Service: AWSLambda; Status Code: 404)", " (Function not found: f)"),
        ("", ""),
    ],
)
def test_a_failed_state_says_why_without_the_clouds_small_print(cause: str, words: str) -> None:
    fact: Any = failed("any", cause)[0]
    assert slips.reason(fact) == words


def charged(*rows: tuple[str, str | None, bool]) -> History:
    history = History()
    for order, key, effect in rows:
        history.record(1.0, "call", "payment_gateway.charge", order_id=order, detail={"key": key, "effect": effect})
    return history


def test_one_key_for_two_orders_is_told_with_both() -> None:
    found = invalid("x", "Order 2 paid nothing.", history=charged(("1", "charge", True), ("2", "charge", False)))
    told = slips.explained(found, DEPLOYED)
    assert "the key 'charge' for order 1, and with the same key for order 2" in told.message
    assert "differs between two orders" in told.hint


@pytest.mark.parametrize(
    "history",
    [
        charged(("1", "charge-1", True), ("1", "charge-1", False), ("2", "charge-2", True)),
        charged(("1", None, True), ("2", None, False)),
    ],
)
def test_a_key_of_one_order_or_none_at_all_is_not_shared(history: History) -> None:
    assert slips.shared_key(history) is None


@pytest.mark.parametrize(("kind", "told"), [("published", True), ("sent", False)])
def test_an_event_that_comes_without_a_queue_is_told(kind: Any, told: bool) -> None:
    history = History()
    cause = history.record(0.0, kind, "default")
    detail = {"error": "KeyError", "message": "'Records'"}
    history.record(1.0, "invocation", "inventory-service", cause=cause, detail=detail)
    slip = slips.slip_in(history, DEPLOYED)
    assert (slip is not None and "straight to the function `inventory-service`" in slip.what) is told
