"""Reading a deployment out of a cloud and restoring it into another: nothing that was seen may change."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.aws.capture import capture
from sagalab.aws.restoring import restore
from sagalab.deployment import Deployment
from tests.aws.building import Account, task

BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"


def everything(account):
    """Builds one of each thing that a learner can build, with the settings that matter."""
    service = account.function("service", timeout=20)
    account.functions.update_function_configuration(
        FunctionName="service", Environment={"Variables": {"TABLE": "inbox"}}, MemorySize=256
    )
    account.functions.put_function_concurrency(FunctionName="service", ReservedConcurrentExecutions=7)
    account.machine({"A": task(service)})
    url, arn = account.queue_with_dlq("orders", 7, VisibilityTimeout="180", DelaySeconds="3")
    _, fifo = account.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    account.mapping(arn, "service", BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"],
                    ScalingConfig={"MaximumConcurrency": 2})  # fmt: skip
    account.mapping(fifo, "service", Enabled=False, FilterCriteria={"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]})
    topic = account.sns.create_topic(Name="news")["TopicArn"]
    account.sns.create_topic(Name="n.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})
    policy = {"FilterPolicy": '{"kind": ["created"]}', "RawMessageDelivery": "true"}
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=policy)
    account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=service)
    account.events.create_event_bus(Name="other")
    transformer = {"InputPathsMap": {"id": "$.detail.orderId"}, "InputTemplate": '{"id": <id>}'}
    account.rule("all", {"source": ["orders"]}, {"Arn": arn, "InputTransformer": transformer}, {"Arn": service})
    account.rule("off", {"source": [{"prefix": "o"}]}, {"Arn": topic}, state="DISABLED")
    account.events.put_rule(Name="there", EventBusName="other", EventPattern='{"source": ["orders"]}')
    account.events.create_archive(ArchiveName="kept", EventSourceArn=BUS, EventPattern='{"source": ["orders"]}')
    account.alarm(
        "stuck", "AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName", "orders"), Statistic="Maximum",
        AlarmDescription="Look at the consumer.", Threshold=0.5, EvaluationPeriods=3, DatapointsToAlarm=2,
        TreatMissingData="notBreaching", AlarmActions=[topic], OKActions=[topic], ActionsEnabled=False,
    )  # fmt: skip
    account.alarm(
        "slow", "AWS/Lambda", "Duration", ("FunctionName", "service"), ExtendedStatistic="p99", Unit="Seconds"
    )
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    account.dynamodb.create_table(
        TableName="inbox", KeySchema=keys, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip


def restored(deployment, seed=99):
    """Gives what a second cloud holds after the deployment was restored into it."""
    account = Account(seed=seed)
    restore(deployment)
    found = capture()
    account.close()
    return found


def test_restoring_what_was_captured_is_the_identity(account):
    everything(account)
    first = capture()
    again = restored(Deployment.model_validate_json(first.model_dump_json()))
    assert again.model_dump() == first.model_dump()


@pytest.mark.parametrize(
    ("kind", "count"),
    [("state_machines", 1), ("functions", 1), ("buses", 2), ("rules", 3), ("queues", 3), ("topics", 2), ("subscriptions", 2),
     ("tables", 1), ("event_source_mappings", 2), ("archives", 1)],
)  # fmt: skip
def test_nothing_is_left_out(account, kind, count):
    everything(account)
    assert len(getattr(capture(), kind)) == count


def test_identifiers_that_learner_code_has_seen_survive(account):
    everything(account)
    subscriptions = {row["SubscriptionArn"] for row in account.sns.list_subscriptions()["Subscriptions"]}
    mappings = {row["UUID"] for row in account.functions.list_event_source_mappings()["EventSourceMappings"]}
    deployment = capture()
    second = Account(seed="another")
    restore(deployment)
    assert {row["SubscriptionArn"] for row in second.sns.list_subscriptions()["Subscriptions"]} == subscriptions
    assert {row["UUID"] for row in second.functions.list_event_source_mappings()["EventSourceMappings"]} == mappings
    second.close()


def test_a_restored_deployment_works(account):
    everything(account)
    deployment = capture()
    second = Account(seed=7)
    second.runtime.behaviours["service"] = lambda event: None
    restore(deployment)
    second.publish("OrderCreated", {"orderId": "7"})
    second.run(600)
    bodies = [json.loads(row["body"]) for event in second.seen("service") for row in event.get("Records", [])]
    assert {"id": "7"} in bodies
    second.close()


def test_a_redrive_policy_may_name_a_queue_that_comes_later_in_the_alphabet(account):
    _, dead = account.queue("zz-dead")
    account.queue("aa", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2}))
    again = restored(capture())
    assert again.queues[0].dead_letter_arn == dead


NAMES = st.text("abcXYZ09-_", min_size=1, max_size=20)


@settings(max_examples=15)
@given(
    queues=st.dictionaries(NAMES, st.fixed_dictionaries({
        "VisibilityTimeout": st.integers(0, 43200).map(str), "DelaySeconds": st.integers(0, 900).map(str),
        "ReceiveMessageWaitTimeSeconds": st.integers(0, 20).map(str),
    }), max_size=4),
    topics=st.sets(NAMES, max_size=3),
    seed=st.integers(),
)  # fmt: skip
def test_any_queues_and_topics_come_back_as_they_were(queues, topics, seed):
    account = Account(seed=seed)
    for name, attributes in queues.items():
        account.queue(name, **attributes)
    for name in topics:
        account.sns.create_topic(Name=name)
    first = capture()
    account.close()
    assert {row.name for row in first.queues} == set(queues)
    assert restored(first, seed).model_dump() == first.model_dump()


PROGRAM = """
from tests.aws.building import Account
from tests.aws.test_capture import everything
from sagalab.aws.capture import capture
account = Account(seed=5)
everything(account)
account.publish("OrderCreated", {"orderId": "7"})
account.start("arn:aws:states:us-east-1:123456789012:stateMachine:Flow", {"orderId": "7"})
account.clock.run(until=900)
print(capture().model_dump_json())
print(account.history.text())
"""


def test_the_same_seed_gives_the_same_cloud_and_history_in_any_process():
    root = Path(__file__).resolve().parents[2]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=root, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip
    first, second = (one.communicate(timeout=60)[0] for one in running)
    assert first == second
    for kind in ("published", "delivered", "sent", "invocation", "execution", "deleted"):
        assert f'"kind": "{kind}"' in first
