"""Probes of the patches of what is refused when something is made, and of definitions."""

from __future__ import annotations

import itertools
import json
from typing import Any

from botocore.exceptions import ClientError

from sagalab.aws.account import ROLE_ARN
from tests.aws.building import Account, task
from tests.aws.probing import SFN, probe


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """Gives the error code and message of a call that must fail."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call was not refused")


@probe("moto.awslambda.models:LambdaBackend.create_function")
def a_function_of_bytes_that_are_no_zip_is_refused() -> None:
    code, text = refused(
        Account().functions.create_function, FunctionName="f", Runtime="python3.11", Role=ROLE_ARN, Handler="m.f",
        Code={"ZipFile": b"def f(event, context): ..."},
    )  # fmt: skip
    assert code == "InvalidParameterValueException" and "Could not unzip" in text


@probe("moto.awslambda.models:LambdaBackend.list_event_source_mappings")
def the_mappings_of_a_function_are_found_by_its_name_and_by_its_arn() -> None:
    account = Account()
    arn, queue = account.function("service"), account.queue("orders")[1]
    account.function("other")
    made = [account.mapping(queue, arn)]
    account.mapping(account.queue("more")[1], "other")
    for asked in (arn, "service", "123456789012:function:service"):
        found = account.functions.list_event_source_mappings(FunctionName=asked)["EventSourceMappings"]
        assert [row["UUID"] for row in found] == made


@probe(f"{SFN}.models:StepFunctionsParserBackend.create_state_machine")
def another_machine_of_a_known_name_is_refused_and_the_same_one_is_not() -> None:
    account = Account()
    arn = account.machine({"A": {"Type": "Pass", "End": True}})
    assert account.machine({"A": {"Type": "Pass", "End": True}}) == arn
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    call = account.sfn.create_state_machine
    code, text = refused(call, name="Flow", definition=definition, roleArn=ROLE_ARN)
    assert code == "StateMachineAlreadyExists" and arn in text and "update_state_machine" in text


@probe(f"{SFN}.asl.parse.preprocessor:Preprocessor._inner_string_of")
def a_state_s_name_may_hold_json_s_escapes() -> None:
    account, name = Account(), 'Größe "XL" \\ prüfen'
    arn = account.executed({name: {"Type": "Pass", "Result": {"größe": 1}, "End": True}})["executionArn"]
    events = account.sfn.get_execution_history(executionArn=arn)["events"]
    assert events[1]["stateEnteredEventDetails"]["name"] == name
    assert account.execution(arn)["output"] == {"größe": 1}


@probe("moto.stepfunctions.responses:StepFunctionResponse.validate_state_machine_definition")
def a_definition_is_validated_without_a_machine() -> None:
    account = Account()
    good = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    found = account.sfn.validate_state_machine_definition(definition=json.dumps(good))
    assert (found["result"], found["diagnostics"]) == ("OK", [])
    bad = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    found = account.sfn.validate_state_machine_definition(definition=json.dumps(bad))
    (row,) = found["diagnostics"]
    assert (found["result"], row["code"], row["location"]) == ("FAIL", "MISSING_TRANSITION_TARGET", "/States/A/Next")
    assert account.sfn.list_state_machines()["stateMachines"] == []


@probe("moto.events.models:EventPattern.matches_event")
def a_pattern_looks_into_objects_of_an_array() -> None:
    account = Account()
    event = {
        "id": "1", "account": "1", "source": "orders", "time": "2026-01-05T09:00:00Z", "region": "us-east-1",
        "resources": [], "detail-type": "Placed", "detail": {"lines": [{"sku": "mug"}, {"sku": "pen"}]},
    }  # fmt: skip
    pattern = {"detail": {"lines": {"sku": ["pen"]}}}
    asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
    assert account.events.test_event_pattern(**asked)["Result"] is True


@probe("moto.events.models:EventsBackend.put_targets")
def two_inputs_for_one_target_are_refused() -> None:
    account = Account()
    account.events.put_rule(Name="all", EventPattern='{"source": ["orders"]}')
    target = {"Id": "t", "Arn": account.queue("told")[1], "Input": "{}", "InputPath": "$.detail"}
    assert refused(account.events.put_targets, Rule="all", Targets=[target])[0] == "ValidationException"


@probe("moto.events.models:EventsBackend.put_rule")
def a_schedule_that_would_never_fire_is_refused_by_name() -> None:
    code, words = refused(Account().events.put_rule, Name="tick", ScheduleExpression="rate(1 minute)")
    assert code == "NotSupportedHere" and "ScheduleExpression" in words


def failed_task(resource: str, **parameters: Any) -> tuple[str, str]:
    """Gives the error and cause of an execution of one service task."""
    account = Account()
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    account.queue("orders")
    found = account.executed({"Call": state})
    return found["error"], found["cause"]


@probe("moto.sns.models:SNSBackend.publish")
def a_missing_topic_is_called_a_topic() -> None:
    error, cause = failed_task("sns:publish", TopicArn="arn:aws:sns:us-east-1:123456789012:lost", Message="m")
    assert error == "SNS.NotFoundException" and cause.startswith("Topic does not exist")


SERVICES = f"{SFN}.asl.component.state.exec.state_task.service"


@probe(
    "moto.sqs.models:SQSBackend.send_message",
    f"{SERVICES}.state_task_service_sqs:StateTaskServiceSqs._from_error",
)
def a_message_without_a_body_is_refused() -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    error, cause = failed_task("sqs:sendMessage", QueueUrl=url, MessageBody=None)
    assert error == "SQS.AmazonSQSException"
    assert cause.startswith(
        "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400;"
    )


@probe(f"{SERVICES}.state_task_service_events:StateTaskServiceEvents._from_error")
def refused_entries_are_json_in_the_cause() -> None:
    entry = {"Source": "s", "DetailType": "d", "Detail": '"no object"'}
    error, cause = failed_task("events:putEvents", Entries=[entry])
    bad = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert (error, json.loads(cause)) == ("EventBridge.FailedEntry", {"FailedEntryCount": 1, "Entries": [bad]})


@probe(
    f"{SFN}.asl.component.program.program:Program.eval", f"{SFN}.asl.eval.event.event_manager:EventManager.add_event"
)
def a_redrive_runs_only_the_branch_again_that_failed_from_where_it_failed() -> None:
    account, broken = Account(), [True]

    def reserve(event: Any) -> Any:
        if broken[0]:
            raise RuntimeError("down")
        return "reserved"

    charge, check = account.function("charge", lambda event: "charged"), account.function("check", lambda event: event)
    states = {"Check": task(check, Next="Reserve"), "Reserve": task(account.function("reserve", reserve))}
    slow = {"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Late"}, "Late": task(check)}
    branches = [
        {"StartAt": "Charge", "States": {"Charge": task(charge)}},
        {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 5, "Next": "Check"}, **states}},
        {"StartAt": "Wait", "States": slow},
    ]
    arn = account.executed({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}, {"n": 1})["executionArn"]
    broken[0] = False
    account.sfn.redrive_execution(executionArn=arn)
    account.run()
    found = account.execution(arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", ["charged", "reserved", {"n": 1}])
    assert [len(account.seen(name)) for name in ("charge", "check", "reserve")] == [1, 2, 2]


@probe(f"{SFN}.asl.utils.json_path:_is_singleton_array_access")
def a_path_into_one_element_gives_its_value() -> None:
    paths = {"one.$": "$[0].n", "deep.$": "$[1]['list'][0].m", "many.$": "$[*].n", "first.$": "$[0:1].n"}
    value = [{"n": 1}, {"n": 2, "list": [{"m": 3}]}]
    found = Account().executed({"A": {"Type": "Pass", "Parameters": paths, "End": True}}, value)
    assert found["output"] == {"one": 1, "deep": 3, "many": [1, 2], "first": [1]}


def subscribed(account: Account, policy: dict[str, Any], scope: str) -> tuple[str, str]:
    """Subscribes a queue to a topic; gives the topic's ARN and the queue's URL."""
    topic = str(account.sns.create_topic(Name="orders")["TopicArn"])
    url, arn = account.queue("told")
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return topic, url


@probe("moto.sns.utils:FilterPolicyMatcher.matches")
def a_filter_policy_asks_one_object_of_an_array_for_all() -> None:
    account = Account()
    topic, url = subscribed(account, {"lines": {"sku": ["pen"], "count": [9]}}, "MessageBody")
    for pen in (1, 9):
        body = {"lines": [{"sku": "mug", "count": 9}, {"sku": "pen", "count": pen}]}
        account.sns.publish(TopicArn=topic, Message=json.dumps(body))
    account.run()
    assert len(account.bodies(url)) == 1


@probe("moto.sns.models:SNSBackend._validate_filter_policy")
def a_filter_policy_may_ask_for_an_address_range() -> None:
    subscribed(Account(), {"from": [{"cidr": "10.0.0.0/24"}]}, "MessageAttributes")


@probe("moto.sns.responses:SNSResponse.subscribe")
def a_filter_policy_that_cannot_work_makes_no_subscription() -> None:
    account = Account()
    try:
        subscribed(account, {"kind": [{"suffix": 100}]}, "MessageAttributes")
    except ClientError as error:
        said = "Invalid parameter: Attributes Reason: FilterPolicy: suffix match pattern must be a string"
        assert error.response["Error"]["Message"].startswith(said)
    else:
        raise AssertionError("the policy was accepted")
    assert account.sns.list_subscriptions()["Subscriptions"] == []


@probe("moto.sns.responses:SNSResponse.set_subscription_attributes")
def a_scope_that_is_none_is_refused() -> None:
    account = Account()
    subscribed(account, {"kind": ["paid"]}, "MessageAttributes")
    (row,) = account.sns.list_subscriptions()["Subscriptions"]
    change = {"AttributeName": "FilterPolicyScope", "AttributeValue": "Everything"}
    code, text = refused(account.sns.set_subscription_attributes, SubscriptionArn=row["SubscriptionArn"], **change)
    assert code == "InvalidParameter" and "Please use either MessageBody or MessageAttributes" in text


@probe("moto.sns.models:SNSBackend.get_subscription_attributes")
def a_subscription_says_whose_it_is() -> None:
    account = Account()
    subscribed(account, {"kind": ["paid"]}, "MessageAttributes")
    (row,) = account.sns.list_subscriptions()["Subscriptions"]
    found = account.sns.get_subscription_attributes(SubscriptionArn=row["SubscriptionArn"])["Attributes"]
    assert found["SubscriptionPrincipal"].startswith("arn:aws:iam::123456789012:")


@probe("moto.events.models:EventsBackend.describe_rule")
def a_missing_rule_is_missed_on_its_bus() -> None:
    _, text = refused(Account().events.describe_rule, Name="gone")
    assert text == "Rule gone does not exist on EventBus default."


def pauses(seed: int, **fields: Any) -> list[int]:
    """Gives the seconds between the attempts of a task that always fails."""
    account, times = Account(seed=seed), list[float]()

    def fail(event: Any) -> None:
        times.append(account.clock.now)
        raise RuntimeError("down")

    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 3, "MaxAttempts": 4, **fields}]
    account.executed({"A": task(account.function("f", fail), Retry=retry)})
    account.close()
    return [round(later - earlier) for earlier, later in itertools.pairwise(times)]


@probe(f"{SFN}.asl.component.eval_component:EvalComponent.heap_key")
def a_second_run_of_a_definition_draws_what_the_first_one_drew() -> None:
    assert pauses(1, JitterStrategy="FULL") == pauses(1, JitterStrategy="FULL")


LAMBDA = "moto.awslambda.models"


def with_dead_letters(account: Account) -> str:
    """Deploys a function that always fails, with a dead-letter queue; gives the queue's URL."""
    url, arn = account.queue("dead")
    account.function("fail", lambda event: 1 / 0)
    account.functions.update_function_configuration(FunctionName="fail", DeadLetterConfig={"TargetArn": arn})
    return url


@probe(f"{LAMBDA}:LambdaFunction.update_configuration", f"{LAMBDA}:LambdaFunction.get_configuration")
def a_function_shows_its_dead_letter_queue() -> None:
    account = Account()
    with_dead_letters(account)
    found = account.functions.get_function_configuration(FunctionName="fail")
    assert found["DeadLetterConfig"]["TargetArn"].endswith(":dead")


@probe(f"{LAMBDA}:LambdaBackend.put_function_event_invoke_config")
def the_latest_configuration_of_asynchronous_invocations_is_shown() -> None:
    account = Account()
    account.function("f")
    for attempts in (2, 0):
        account.functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=attempts)
    assert account.functions.get_function_event_invoke_config(FunctionName="f")["MaximumRetryAttempts"] == 0
