"""Lambda: asynchronous invocations, their retries, and where what became of them goes.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and
invocation-async-retain-records.html: up to two retries, after one and two minutes; then a record goes to the
destination, and the event of a failure to the dead-letter queue. What moto does: it runs them once, and tells nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.lambdas.functions import Outcome, error_payload, spec_of

AGE = 6 * 3600.0  # seconds that an event is kept at most
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0)  # seconds between tries of a throttled event
TOO_OLD = "EventAgeExceeded"
UNQUALIFIED = 6  # colons in the ARN of a function without a version
RETRIES = (60.0, 120.0)  # seconds before the first and the second retry


def invoke(function: Any, event: Any) -> None:
    """Invokes a function until it succeeds or has used up its retries, and tells its destination."""
    here, config = cloud(), _config(function)
    here.clock.sleep(here.hop())
    oldest = here.clock.now + float(config.get("MaximumEventAgeInSeconds") or AGE)
    request = here.functions.new_request()
    outcome, count = _attempt(function, event, request, oldest), 1
    for pause in RETRIES[: config.get("MaximumRetryAttempts", len(RETRIES))]:
        if outcome.error in (None, TOO_OLD) or here.clock.now + pause > oldest:
            break
        here.clock.sleep(pause)
        outcome, count = _attempt(function, event, request, oldest), count + 1
    kind = "OnSuccess" if outcome.error is None else "OnFailure"
    destination = ((config.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
    if destination:
        _tell(function, destination, _record(function, event, outcome, count))
    dead = function.dead_letter
    if dead and outcome.error is not None:
        about = {"RequestID": outcome.request, "ErrorCode": "200", "ErrorMessage": outcome.message[:1024]}
        _send(function, dead, event, about)


def _attempt(function: Any, event: Any, request: str, oldest: float) -> Outcome:
    """Invokes a function once it is below its reserved concurrency; AWS keeps an event up to six hours for that.

    A reserved concurrency of 0 runs nothing, and the event goes where failures go at once.
    """
    here, pauses = cloud(), iter(BACK_OFF)
    pause = next(pauses)
    while here.functions.is_at_limit(function):
        if here.clock.now + pause > oldest or not int(function.reserved_concurrency):
            words = "The event was not handed over in time: the function is throttled."
            return Outcome(error=TOO_OLD, message=words, request=request)
        here.clock.sleep(pause)
        pause = next(pauses, pause)
    here.quotas.invocations.take()
    return here.functions.invoke(spec_of(function), event, request)


def _config(function: Any) -> dict[str, Any]:
    rows = function.event_invoke_config
    return dict(rows[-1].config) if rows else {}


def _record(function: Any, event: Any, outcome: Outcome, count: int) -> dict[str, Any]:
    failed, version, arn = outcome.error is not None, str(function.version), str(function.function_arn)
    return {
        "version": "1.0",
        "timestamp": f"{cloud().clock.instant:%Y-%m-%dT%H:%M:%S.000Z}",
        "requestContext": {
            "requestId": outcome.request,
            "functionArn": f"{arn}:{version}" if arn.count(":") == UNQUALIFIED else arn,
            "condition": _condition(outcome),
            "approximateInvokeCount": count,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": version,
            **({"functionError": "Unhandled"} if failed else {}),
        },
        "responsePayload": json.loads(error_payload(outcome)) if failed else outcome.payload,
    }


def _condition(outcome: Outcome) -> str:
    if outcome.error is None:
        return "Success"
    return "EventAgeExceeded" if outcome.error == TOO_OLD else "RetriesExhausted"


def _tell(function: Any, destination: str, record: dict[str, Any]) -> None:
    """Sends a record; a bus gets it as an event of source lambda."""
    if ":event-bus/" in destination:
        from moto.events.models import events_backends

        end = "Failure" if "functionError" in record["responseContext"] else "Success"
        entry = {
            "Source": "lambda", "DetailType": f"Lambda Function Invocation Result - {end}",
            "Detail": json.dumps(record), "Resources": [destination, record["requestContext"]["functionArn"]],
            "EventBusName": destination.split("/")[-1],
        }  # fmt: skip
        events_backends[function.account_id][function.region].put_events([entry], forwarded=True)
    else:
        _send(function, destination, record, {})


def _send(function: Any, arn: str, body: Any, about: dict[str, str]) -> None:
    """Hands a record or event to a queue, a topic or a function; what is not there gets nothing, as on AWS."""
    from sagalab.aws import handing_over
    from sagalab.aws.detours import Undeliverable

    kinds = {"ErrorCode": "Number"}
    attributes = {
        name: {"DataType": kinds.get(name, "String"), "StringValue": value} for name, value in about.items() if value
    }
    service = arn.split(":")[2]
    try:
        if service == "sqs":
            handing_over.to_queue(function.account_id, function.region, arn, json.dumps(body), attributes=attributes)
        elif service == "sns":
            handing_over.to_topic(function.account_id, function.region, arn, json.dumps(body))
        elif service == "lambda":
            handing_over.to_function(function.account_id, function.region, arn, body)
    except Undeliverable as error:
        here = cloud()
        detail = {"to": arn, "dropped": True, "error": error.code}
        here.history.record(here.clock.now, "delivered", function.function_name, detail=detail)


def _dead_letters() -> None:
    """AWS keeps a function's dead-letter queue and shows it; moto forgets it.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeadLetterConfig.html
    Seams: `LambdaBackend.create_function`, `LambdaFunction.update_configuration`, `LambdaFunction.get_configuration`.
    """
    from moto.awslambda.models import LambdaBackend, LambdaFunction

    make, update, show = (
        LambdaBackend.create_function,
        LambdaFunction.update_configuration,
        LambdaFunction.get_configuration,
    )

    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        made = make(backend, spec)
        made.dead_letter = (spec.get("DeadLetterConfig") or {}).get("TargetArn") or None
        backend.get_function(made.function_name).dead_letter = made.dead_letter
        return made

    def update_configuration(function: Any, config_updates: dict[str, Any]) -> Any:
        if "DeadLetterConfig" in config_updates:
            function.dead_letter = config_updates["DeadLetterConfig"].get("TargetArn") or None
        return update(function, config_updates)

    def get_configuration(function: Any, *args: Any, **fields: Any) -> Any:
        shown = show(function, *args, **fields)
        return {**shown, "DeadLetterConfig": {"TargetArn": function.dead_letter}} if function.dead_letter else shown

    LambdaFunction.dead_letter = None
    LambdaBackend.create_function, LambdaFunction.update_configuration = create_function, update_configuration
    LambdaFunction.get_configuration = get_configuration


def _one_configuration() -> None:
    """A second PutFunctionEventInvokeConfig takes the first one's place; moto goes on showing the first.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    Seam: `LambdaBackend.put_function_event_invoke_config`.
    """
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.put_function_event_invoke_config

    def put_function_event_invoke_config(backend: Any, function_name: str, config: dict[str, Any]) -> Any:
        answer = original(backend, function_name, config)
        function = backend.get_function(function_name)
        function.event_invoke_config = function.event_invoke_config[-1:]
        return answer

    LambdaBackend.put_function_event_invoke_config = put_function_event_invoke_config


def _both_destinations() -> None:
    """AWS says for which version a configuration is, and names both kinds of destination; moto what it was given.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
    Seam: `EventInvokeConfig.response`.
    """
    from moto.awslambda.models import EventInvokeConfig

    original = EventInvokeConfig.response

    def response(config: Any) -> dict[str, Any]:
        shown: dict[str, Any] = original(config)
        arn, given = str(shown["FunctionArn"]), shown.get("DestinationConfig") or {}
        qualified = arn if arn.count(":") > UNQUALIFIED else f"{arn}:$LATEST"
        return {**shown, "FunctionArn": qualified, "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}, **given}}

    EventInvokeConfig.response = response


def _changed_in_part() -> None:
    """UpdateFunctionEventInvokeConfig leaves what it does not name, and needs something to change; moto starts anew.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    Seam: `LambdaBackend.update_function_event_invoke_config`.
    """
    from moto.awslambda.exceptions import UnknownEventConfig
    from moto.awslambda.models import LambdaBackend

    def update_function_event_invoke_config(backend: Any, function_name: str, config: dict[str, Any]) -> Any:
        function = backend.get_function(function_name)
        if not function.event_invoke_config:
            raise UnknownEventConfig(f"{function.function_arn}:$LATEST")
        return backend.put_function_event_invoke_config(function_name, {**_config(function), **config})

    LambdaBackend.update_function_event_invoke_config = update_function_event_invoke_config


PATCHES: tuple[Callable[[], None], ...] = (_dead_letters, _one_configuration, _both_destinations, _changed_in_part)
