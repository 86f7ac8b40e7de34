"""One probe per patched place of moto: it passes on our cloud, and must fail where that patch alone is undone.

Run as a program it undoes each patch in a fork of its own and prints, as JSON, how each probe ended there.
A probe that passes there says that moto no longer needs the patch.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from sagalab.faults import Fault
from tests.aws.building import Account, task

Probe = Callable[[], None]
PROBES: dict[str, Probe] = {}
SFN = "moto.stepfunctions.parser"
CALLBACK = f"{SFN}.asl.component.state.exec.state_task.service.state_task_service_callback"


def probe(*seams: str) -> Callable[[Probe], Probe]:
    """Registers the probe of patched places."""

    def register(function: Probe) -> Probe:
        PROBES.update(dict.fromkeys(seams, function))
        return function

    return register


# -- calls and functions ----------------------------------------------------------------------------


@probe("moto.core.botocore_stubber:BotocoreStubber.process_request")
def a_throttled_call_is_refused() -> None:
    account = Account(Fault("throttled", "sqs:ListQueues"))
    try:
        account.sqs.list_queues()
    except account.sqs.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ThrottlingException"
    else:
        raise AssertionError("the call was not refused")


@probe("moto.awslambda.models:LambdaFunction._invoke_lambda")
def a_function_s_own_code_answers() -> None:
    account = Account()
    account.function("double", lambda event: {"twice": event["n"] * 2})
    answer = account.functions.invoke(FunctionName="double", Payload=b'{"n": 21}')
    assert json.loads(answer["Payload"].read()) == {"twice": 42}


@probe("moto.awslambda.models:LambdaFunction.invoke")
def an_asynchronous_invocation_returns_before_the_function_ran() -> None:
    account = Account()
    account.function("later")
    account.functions.invoke(FunctionName="later", InvocationType="Event", Payload=b"{}")
    assert not account.seen("later")
    account.run()
    assert len(account.seen("later")) == 1


@probe("moto.awslambda.models:LambdaBackend.create_event_source_mapping")
def a_mapping_hands_messages_over_in_batches() -> None:
    account = Account()
    account.function("service")
    url, arn = account.queue("orders")
    for number in range(3):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.mapping(arn, "service", BatchSize=10)
    account.run(60)
    assert [len(event["Records"]) for event in account.seen("service")] == [3]


# -- queues -----------------------------------------------------------------------------------------


@probe("moto.sqs.models:Queue.add_message")
def a_message_that_enters_a_queue_is_a_fact_and_may_be_duplicated() -> None:
    account = Account(Fault("duplicated", "orders"))
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody='{"orderId": "1"}')
    account.run(30)
    assert len(account.messages(url)) == 2
    assert [fact.order_id for fact in account.facts("sent", "orders")] == ["1"]


@probe("moto.sqs.models:Queue.delete_message")
def a_deleted_message_is_a_fact() -> None:
    account = Account()
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = account.messages(url)
    account.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert [fact.what for fact in account.facts("deleted")] == ["orders"]


@probe("moto.sqs.models:SQSBackend.receive_message")
def receiving_and_dead_lettering_are_facts() -> None:
    account = Account()
    url, _ = account.queue_with_dlq("orders", 1, VisibilityTimeout="10")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.messages(url)
    account.clock.advance(11)
    account.messages(url)
    assert [fact.detail["count"] for fact in account.facts("received", "orders")] == [1]
    assert [fact.detail["to"] for fact in account.facts("dead_lettered")] == ["orders-dlq"]


@probe("moto.sqs.models:SQSBackend.change_message_visibility")
def a_message_made_visible_again_is_handed_over_at_once() -> None:
    account = Account()
    url, arn = account.queue("orders", VisibilityTimeout="300")
    account.function("service", lambda event: 1 / 0)
    account.mapping(arn, "service")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run(10)
    handle = account.seen("service")[0]["Records"][0]["receiptHandle"]
    account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    account.run(20)
    assert len(account.seen("service")) == 2


@probe(
    "moto.sqs.responses:SQSResponse.start_message_move_task",
    "moto.sqs.responses:SQSResponse.list_message_move_tasks",
    "moto.sqs.responses:SQSResponse.cancel_message_move_task",
)
def a_dead_letter_queue_is_moved_back_on_virtual_time() -> None:
    account = Account()
    url, _ = account.queue_with_dlq("orders", 1, VisibilityTimeout="10")
    dead = account.queue("orders-dlq")[1]
    for number in range(4):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.messages(url)
    account.clock.advance(11)
    account.messages(url)
    task = account.sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    account.clock.advance(account.clock.now + 1.5)
    (row,) = account.sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    assert (row["Status"], row["ApproximateNumberOfMessagesMoved"]) == ("RUNNING", 2)
    moved = account.sqs.cancel_message_move_task(TaskHandle=task)["ApproximateNumberOfMessagesMoved"]
    account.run()
    assert moved == 2 and sorted(account.bodies(url)) == ["0", "1"]


@probe("moto.sqs.models:SQSBackend.send_message_batch")
def an_entry_that_the_queue_does_not_take_is_named() -> None:
    account = Account(Fault("publish_failed", "sqs:SendMessageBatch"))
    url, _ = account.queue("orders")
    entries = [{"Id": one, "MessageBody": one} for one in ("a", "b")]
    answer = account.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [row["Id"] for row in answer["Failed"]] == ["a"] and account.bodies(url) == ["b"]
    assert not account.sqs.send_message_batch(QueueUrl=url, Entries=entries[:1]).get("Failed")


@probe("moto.sns.models:SNSBackend.publish_batch")
def an_entry_that_the_topic_does_not_take_is_named() -> None:
    account = Account(Fault("publish_failed", "sns:PublishBatch"))
    topic = account.sns.create_topic(Name="facts")["TopicArn"]
    account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=account.function("service"))
    entries = [{"Id": one, "Message": one} for one in ("a", "b")]
    answer = account.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    account.run()
    assert [row["Id"] for row in answer["Failed"]] == ["a"]
    assert [event["Records"][0]["Sns"]["Message"] for event in account.seen("service")] == ["b"]


# -- buses and topics -------------------------------------------------------------------------------


@probe("moto.events.models:Rule.send_to_targets")
def a_rule_hands_events_to_a_function() -> None:
    account = Account()
    arn = account.function("service")
    account.rule("all", {"source": ["orders"]}, {"Arn": arn})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run(60)
    assert [event["detail-type"] for event in account.seen("service")] == ["OrderCreated"]


@probe("moto.events.models:EventsBackend.put_events")
def an_entry_that_the_bus_does_not_take_is_counted() -> None:
    account = Account(Fault("publish_failed", "events:PutEvents"))
    assert account.publish("OrderCreated", {"orderId": "1"})["FailedEntryCount"] == 1
    assert account.publish("OrderCreated", {"orderId": "1"})["FailedEntryCount"] == 0


@probe("moto.events.models:EventPatternParser.parse")
def a_misspelt_operator_is_refused() -> None:
    account = Account()
    try:
        account.events.put_rule(Name="r", EventPattern=json.dumps({"source": [{"prefx": "ord"}]}))
    except account.events.exceptions.InvalidEventPatternException as error:
        assert 'did you mean "prefix"?' in str(error)
    else:
        raise AssertionError("the pattern was accepted")


@probe("moto.events.responses:EventsHandler.test_event_pattern")
def an_event_is_tried_on_a_pattern() -> None:
    account = Account()
    event = {"id": "1", "account": "1", "source": "orders", "time": "2026-01-05T09:00:00Z", "region": "us-east-1",
             "resources": [], "detail-type": "OrderCreated", "detail": {"amount": 7}}  # fmt: skip

    def tried(pattern: dict[str, Any]) -> bool:
        answer = account.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
        return bool(answer["Result"])

    assert tried({"detail": {"amount": [{"numeric": [">", 5]}]}})
    assert not tried({"source": ["payments"]})


@probe("moto.sns.models:Subscription.publish")
def a_topic_delivers_later_and_what_it_publishes_is_a_fact() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    url, arn = account.queue("inbox")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    account.sns.publish(TopicArn=topic, Message='{"orderId": "1"}')
    assert account.bodies(url) == []
    account.run(60)
    (body,) = account.bodies(url)
    assert json.loads(body)["Timestamp"].startswith("2026-01-05T09:00:0")
    assert [fact.order_id for fact in account.facts("published", "orders")] == ["1"]


# -- workflows --------------------------------------------------------------------------------------


@probe(f"{SFN}.models:StepFunctionsParserBackend.start_execution")
def two_executions_without_a_name_are_two() -> None:
    account = Account()
    machine = account.machine({"A": {"Type": "Pass", "End": True}})
    arns = {account.sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2)}
    assert len(arns) == 2 and not any(arn.endswith("None") for arn in arns)


@probe(f"{SFN}.models:StepFunctionsParserBackend._validate_definition")
def a_dangling_transition_is_refused_when_the_machine_is_made() -> None:
    account = Account()
    try:
        account.machine({"Charge": {"Type": "Pass", "Next": "Reserv"}, "Reserve": {"Type": "Succeed"}})
    except account.sfn.exceptions.InvalidDefinition as error:
        assert "did you mean Reserve?" in str(error)
    else:
        raise AssertionError("the definition was accepted")


@probe(f"{SFN}.backend.execution_worker:ExecutionWorker._execution_logic")
def an_execution_is_the_cause_of_what_its_functions_do() -> None:
    account = Account()
    arn = account.start(account.machine({"A": task(account.function("step"))}), {"orderId": "1"})
    account.run()
    (execution,) = account.facts("execution")
    assert execution.detail["arn"] == arn and execution.order_id == "1"
    assert account.facts("invocation")[0].detail["execution"] == arn


@probe(f"{SFN}.asl.eval.event.event_manager:EventManager._publish_history_event")
def the_events_of_an_execution_are_facts_and_close_it() -> None:
    account = Account()
    account.executed({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}})
    entered = [fact.what for fact in account.facts("state") if fact.detail["type"].endswith("StateEntered")]
    assert entered == ["A", "B"]
    assert [fact.detail["status"] for fact in account.facts("execution")] == ["SUCCEEDED"]


@probe(f"{SFN}.asl.component.state.state:CommonStateField._set_next")
def a_catch_may_lead_back_to_its_own_state() -> None:
    account, answers = Account(), [RuntimeError("first"), "second"]

    def flaky(event: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    catch = [{"ErrorEquals": ["States.ALL"], "Next": "A", "ResultPath": "$.error"}]
    found = account.executed({"A": task(account.function("flaky", flaky), Catch=catch)})
    assert found["output"] == "second" and not answers


@probe(f"{SFN}.asl.jsonata.jsonata:_eval_jsonata")
def jsonata_is_evaluated() -> None:
    states = {"A": {"Type": "Pass", "Output": {"total": "{% $sum($states.input.prices) %}"}, "End": True}}
    found = Account().executed(states, {"prices": [1, 2, 3.5]}, QueryLanguage="JSONata")
    assert found["output"] == {"total": 6.5}


def _token_task(account: Account, **fields: Any) -> tuple[str, dict[str, Any]]:
    url, _ = account.queue("work")
    body = {"token.$": "$$.Task.Token"}
    return url, {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
        "Parameters": {"QueueUrl": url, "MessageBody": body}, **fields,
    }  # fmt: skip


def _tokens(account: Account, url: str) -> list[str]:
    return [json.loads(body)["token"] for body in account.bodies(url)]


@probe("moto.stepfunctions.responses:StepFunctionResponse.send_task_failure")
def the_cause_of_a_failed_token_is_kept() -> None:
    account = Account()
    url, state = _token_task(account)
    arn = account.start(account.machine({"A": state}))
    account.run(5)
    account.sfn.send_task_failure(taskToken=_tokens(account, url)[0], error="Declined", cause="no money")
    account.run()
    found = account.execution(arn)
    assert (found["error"], found["cause"]) == ("Declined", "no money")


@probe(f"{CALLBACK}:StateTaskServiceCallback._eval_execution")
def each_attempt_of_a_token_task_waits_for_a_token_of_its_own() -> None:
    account = Account()
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    url, state = _token_task(account, Retry=retry)
    arn = account.start(account.machine({"A": state}))
    account.run(5)
    (first,) = _tokens(account, url)
    account.sfn.send_task_failure(taskToken=first, error="Busy")
    account.run(15)
    (second,) = _tokens(account, url)
    assert second != first
    account.sfn.send_task_success(taskToken=second, output='"done"')
    account.run(25)
    assert account.execution(arn)["output"] == "done"


@probe(f"{SFN}.asl.parse.asl_parser:AmazonStateLanguageParser.parse")
def a_definition_is_parsed_once() -> None:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    Account()
    text = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    assert AmazonStateLanguageParser.parse(text)[0] is AmazonStateLanguageParser.parse(text)[0]


@probe("moto.stepfunctions.responses:StepFunctionResponse.describe_execution")
def an_output_is_json_text_and_a_timeout_has_a_stop_date() -> None:
    account = Account()
    assert account.executed({"A": {"Type": "Pass", "Result": "done", "End": True}})["output"] == "done"
    late = account.machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, name="Late", TimeoutSeconds=5)
    arn = account.start(late)
    account.run()
    found = account.execution(arn)
    assert found["status"] == "TIMED_OUT" and 4 < (found["stopDate"] - found["startDate"]).total_seconds() < 6


@probe("moto.stepfunctions.responses:StepFunctionResponse.get_execution_history")
def a_history_comes_backwards_and_in_pages() -> None:
    account = Account()
    arn = account.executed({"A": {"Type": "Pass", "End": True}})["executionArn"]
    ask = account.sfn.get_execution_history
    first = ask(executionArn=arn, reverseOrder=True, maxResults=3)
    rest = ask(executionArn=arn, reverseOrder=True, nextToken=first["nextToken"])
    assert [row["id"] for row in first["events"] + rest["events"]] == [4, 3, 2, 1]
    assert "nextToken" not in rest


@probe(f"{SFN}.asl.component.state.choice.state_choice:StateChoice._eval_state")
def a_choice_without_a_match_has_a_name_of_its_own() -> None:
    rows = [{"Variable": "$.n", "NumericEquals": 1, "Next": "B"}]
    states = {"A": {"Type": "Choice", "Choices": rows}, "B": {"Type": "Succeed"}}
    found = Account().executed(states, {"n": 2})
    assert (found["status"], found["error"]) == ("FAILED", "States.NoChoiceMatched")


@probe(f"{SFN}.asl.component.common.string.string_expression:StringJSONata._eval_body")
def a_broken_jsonata_expression_has_an_error_name_of_its_own() -> None:
    states = {"A": {"Type": "Pass", "Output": "{% $nothing($states.input) %}", "End": True}}
    found = Account().executed(states, QueryLanguage="JSONata")
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "$nothing($states.input)" in found["cause"]


@probe(f"{CALLBACK}:StateTaskServiceCallback._from_error")
def a_missed_heartbeat_can_be_caught_by_its_name() -> None:
    account = Account()
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}]
    _, state = _token_task(account, HeartbeatSeconds=30, TimeoutSeconds=600, Catch=catch)
    found = account.executed({"A": state, "B": {"Type": "Pass", "End": True}})
    assert found["output"]["Error"] == "States.HeartbeatTimeout"


@probe(f"{SFN}.asl.component.state.exec.state_task.state_task_lambda:StateTaskLambda._from_error")
def a_refused_invocation_is_retried_by_its_name() -> None:
    account = Account(Fault("throttled", "lambda:step"))
    retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    found = account.executed({"A": task(account.function("step", lambda event: "done"), Retry=retry)})
    assert found["output"] == "done"


@probe(
    "moto.stepfunctions.responses:StepFunctionResponse.stop_execution",
    f"{SFN}.asl.eval.environment:Environment.set_error",
)
def an_execution_that_waits_for_a_token_can_be_stopped() -> None:
    account = Account()
    arn = account.start(account.machine({"A": _token_task(account)[1]}))
    account.run(5)
    account.sfn.stop_execution(executionArn=arn, error="Operator", cause="stop it")
    account.run(10)
    found = account.execution(arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Operator", "stop it")
    assert found["stopDate"]


NESTED = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"


@probe(f"{NESTED}:StateTaskServiceSfn._normalise_parameters", f"{NESTED}:StateTaskServiceSfn._normalise_response")
def a_state_starts_another_execution_and_waits_for_it() -> None:
    account = Account()
    double = {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True}
    child = account.machine({"Double": double}, name="Child")
    states = {
        "A": {
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True,
            "Parameters": {"StateMachineArn": child, "Input": {"n.$": "$.n"}},
        }
    }  # fmt: skip
    output = account.executed(states, {"n": 21})["output"]
    assert (output["Status"], output["Output"]) == ("SUCCEEDED", {"twice": 42})


@probe("moto.stepfunctions.responses:StepFunctionResponse.redrive_execution")
def a_failed_execution_is_redriven_from_the_state_that_failed() -> None:
    account, broken = Account(), [True]

    def reserve(event: Any) -> Any:
        if broken[0]:
            raise RuntimeError("down")
        return {**event, "reserved": True}

    charge = account.function("charge", lambda event: {**event, "charged": True})
    states = {"Charge": task(charge, Next="Reserve"), "Reserve": task(account.function("reserve", reserve))}
    arn = account.executed(states, {"orderId": "1"})["executionArn"]
    broken[0] = False
    account.sfn.redrive_execution(executionArn=arn)
    account.run()
    found = account.execution(arn)
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    assert found["output"] == {"orderId": "1", "charged": True, "reserved": True}
    assert len(account.seen("charge")) == 1


# -- undoing ----------------------------------------------------------------------------------------


def _resolve(seam: str) -> tuple[Any, str, Any]:
    module, _, path = seam.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    # A static method must go back as one.
    value = owner.__dict__[name] if name in vars(owner) else getattr(owner, name, None)
    return owner, name, value


def _in_fork(work: Probe) -> str:
    """Runs a probe in a fork; gives "" when it passes, else what it raised."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        words, nowhere = "", os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # What moto says about its own failures is not news here.
        os.dup2(nowhere, 2)
        try:
            work()
        except BaseException as error:
            words = f"{type(error).__name__}: {error}"[:300] or "failed"
        os.write(writer, words.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        words = stream.read()
    os.waitpid(pid, 0)
    return words


def main() -> None:
    """Prints how each probe ended with its patch undone, and with all patches in place."""
    from sagalab.aws import cloud

    cloud.load()
    originals = {seam: _resolve(seam) for seam in PROBES}  # None for what moto does not have at all
    cloud.install()
    from sagalab.judging.warm import warm_up

    warm_up()
    Account().close()
    ends = {}
    for seam, (owner, name, value) in originals.items():

        def undone(owner: Any = owner, name: str = name, value: Any = value, seam: str = seam) -> None:
            setattr(owner, name, value)
            PROBES[seam]()

        ends[seam] = {"undone": _in_fork(undone), "patched": _in_fork(PROBES[seam])}
    json.dump(ends, sys.stdout)


if __name__ == "__main__":
    main()
