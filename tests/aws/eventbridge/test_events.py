"""Rules, targets, transformers, dead letters, archives."""

import json

import pytest

from sagalab.aws.account import ROLE_ARN
from sagalab.faults import Fault
from tests.aws.building import Account
from tests.aws.probes_of_queues import answer

ALL = {"source": ["orders"]}


def inbox(account, **target):
    """Sends all events to a queue, with the rest of the target; gives its URL."""
    url, arn = account.queue("inbox")
    account.rule("all", ALL, {"Arn": arn, **target})
    return url


def test_a_disabled_rule_delivers_nothing(account):
    url, arn = account.queue("inbox")
    account.rule("all", ALL, {"Arn": arn}, state="DISABLED")
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert account.bodies(url) == []


def test_an_event_arrives_with_the_fields_that_aws_gives_it(account):
    url = inbox(account)
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    event = json.loads(account.bodies(url)[0])
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert event["time"] == "2026-01-05T09:00:00Z" and event["detail"] == {"orderId": "1"}


def test_one_missing_target_does_not_keep_the_others_from_their_event(account):
    url, arn = account.queue("inbox")
    account.rule("all", ALL, {"Arn": arn.replace("inbox", "gone")}, {"Arn": arn})
    assert account.publish("OrderCreated", {"orderId": "1"})["FailedEntryCount"] == 0
    account.run()
    assert len(account.bodies(url)) == 1
    assert [fact.detail["error"] for fact in account.facts("delivered") if fact.detail.get("dropped")] == [
        "NO_SUCH_QUEUE"
    ]


def test_what_cannot_be_delivered_goes_to_the_target_s_dead_letter_queue_with_the_reason(account):
    url, arn = account.queue("dead")
    missing = arn.replace("dead", "gone")
    account.rule("all", ALL, {"Arn": missing, "DeadLetterConfig": {"Arn": arn}})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    (message,) = account.messages(url)
    values = {name: row["StringValue"] for name, row in message["MessageAttributes"].items()}
    assert (values["ERROR_CODE"], values["TARGET_ARN"]) == ("NO_SUCH_QUEUE", missing)
    assert json.loads(message["Body"])["detail"] == {"orderId": "1"}


def test_a_throttled_function_is_tried_again_later():
    account = Account(Fault("throttled", "lambda:service", calls=3))
    account.rule("all", ALL, {"Arn": account.function("service")})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert len(account.seen("service")) == 1 and account.facts("invocation")[0].at > 3


def test_a_retry_policy_bounds_the_attempts():
    account = Account(Fault("throttled", "lambda:service", calls=9))
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}
    account.rule("all", ALL, {"Arn": account.function("service"), "RetryPolicy": policy})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert account.cloud.functions.counts["service"]["throttles"] == 3 and account.seen("service") == []


def test_a_rule_starts_a_state_machine_and_reaches_a_topic_and_another_bus(account):
    machine = account.machine({"A": {"Type": "Succeed"}})
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    url, arn = account.queue("inbox")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    bus = account.events.create_event_bus(Name="other")["EventBusArn"]
    account.rule("all", ALL, {"Arn": machine, "RoleArn": ROLE_ARN}, {"Arn": topic}, {"Arn": bus})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert [fact.order_id for fact in account.facts("execution")] == ["1"]
    assert len(account.bodies(url)) == 1
    assert [fact.what for fact in account.facts("published")] == ["default", "orders", "other"]


def test_a_state_machine_is_started_by_a_role(account):
    machine = account.machine({"A": {"Type": "Succeed"}})
    account.events.put_rule(Name="r", EventPattern=json.dumps(ALL))
    refused = answer(account.events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": machine}])
    assert (refused["Code"], refused["Message"]) == (
        "ValidationException", f"RoleArn is required for target {machine}.",
    )  # fmt: skip
    account.events.put_rule(Name="r", EventPattern=json.dumps(ALL), RoleArn=ROLE_ARN)
    account.events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": machine}])


def test_what_a_target_refuses_goes_to_the_dead_letter_queue(account):
    topic = account.sns.create_topic(Name="line.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url, dead = account.queue("dead")
    account.rule("r", ALL, {"Arn": topic, "DeadLetterConfig": {"Arn": dead}})
    account.publish("OrderCreated", {})
    account.run()
    (row,) = account.messages(url)
    assert row["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "InvalidParameter"


def test_an_event_is_lost_without_its_target_and_its_dead_letter_queue(account):
    _, dead = account.queue("dead")
    account.rule("r", ALL, {"Arn": f"{dead}-target", "DeadLetterConfig": {"Arn": f"{dead}-gone"}})
    account.publish("OrderCreated", {})
    account.run()
    assert [fact.what for fact in account.facts("dead_lettered")] == ["default"]


@pytest.mark.parametrize(("name", "most"), [("MaximumRetryAttempts", 185), ("MaximumEventAgeInSeconds", 86400)])
def test_retries_have_an_end(account, name, most):
    _, arn = account.queue("inbox")
    account.rule("all", ALL, {"Arn": arn, "RetryPolicy": {name: most}})
    target = {"Id": "t1", "Arn": arn, "RetryPolicy": {name: most + 1}}
    refused = answer(account.events.put_targets, Rule="all", Targets=[target])
    assert refused["Message"] == (
        f"1 validation error detected: Value '{most + 1}' at 'targets.1.member.retryPolicy.{name[0].lower()}{name[1:]}' "
        f"failed to satisfy constraint: Member must have value less than or equal to {most}"
    )


@pytest.mark.parametrize("gone", ["Source", "DetailType", "Detail"])
def test_an_entry_that_lacks_something_is_refused_and_was_never_published(account, gone):
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": '{"orderId": "1"}'}
    del entry[gone]
    assert account.events.put_events(Entries=[entry])["FailedEntryCount"] == 1
    assert account.facts("published") == []


def test_what_reaches_another_bus_keeps_its_resources(account):
    shop = account.events.create_event_bus(Name="shop")["EventBusArn"]
    url, arn = account.queue("inbox")
    account.events.put_rule(Name="all", EventPattern=json.dumps({"resources": ["arn:one"]}), EventBusName="shop")
    account.events.put_targets(Rule="all", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    account.rule("forward", ALL, {"Arn": shop})
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": "{}", "Resources": ["arn:one"]}
    account.events.put_events(Entries=[entry])
    account.run()
    assert json.loads(account.bodies(url)[0])["resources"] == ["arn:one"]


def test_a_fifo_queue_gets_its_group_from_the_target(account):
    url, arn = account.queue("inbox.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    account.rule("all", ALL, {"Arn": arn, "SqsParameters": {"MessageGroupId": "orders"}})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    (message,) = account.messages(url)
    assert message["Attributes"]["MessageGroupId"] == "orders"


def test_a_fifo_queue_without_content_based_deduplication_cannot_be_a_target(account):
    _, arn = account.queue("inbox.fifo", FifoQueue="true")
    account.rule("all", ALL, {"Arn": arn, "SqsParameters": {"MessageGroupId": "orders"}})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    (fact,) = [fact for fact in account.facts("delivered") if fact.detail.get("dropped")]
    assert fact.detail["error"] == "INVALID_PARAMETER"


def test_what_a_rule_forwards_to_another_bus_is_no_call_that_a_fault_can_strike():
    account = Account(Fault("publish_failed", "events:PutEvents", call=2))
    shop = account.events.create_event_bus(Name="shop")["EventBusArn"]
    url, arn = account.queue("inbox")
    account.events.put_rule(Name="all", EventPattern=json.dumps(ALL), EventBusName="shop")
    account.events.put_targets(Rule="all", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    account.rule("forward", ALL, {"Arn": shop})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert len(account.bodies(url)) == 1
    assert account.publish("OrderCreated", {"orderId": "2"})["FailedEntryCount"] == 1


def test_an_archive_is_replayed_to_its_rule(account):
    url = inbox(account)
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    account.events.create_archive(ArchiveName="orders", EventSourceArn=bus)
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert len(account.bodies(url)) == 1
    archive = account.events.describe_archive(ArchiveName="orders")["ArchiveArn"]
    start = account.clock.instant.replace(year=2025)
    account.events.start_replay(
        ReplayName="again", EventSourceArn=archive, EventStartTime=start,
        EventEndTime=account.clock.instant, Destination={"Arn": bus},
    )  # fmt: skip
    account.run()
    (body,) = account.bodies(url)
    assert json.loads(body)["detail"] == {"orderId": "1"}


def test_an_event_is_handed_over_without_blanks_and_with_every_letter_as_itself(account):
    url = inbox(account)
    account.publish("OrderCreated", {"orderId": "1", "city": "Köln"})
    account.run()
    (body,) = account.bodies(url)
    assert body.endswith('"detail":{"orderId":"1","city":"Köln"}}')


def test_an_event_for_a_bus_that_is_not_there_is_taken_and_lost(account):
    url = inbox(account)
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": "{}"}
    found = account.events.put_events(Entries=[{**entry, "EventBusName": "lost"}, entry])
    account.run()
    assert found["FailedEntryCount"] == 0 and all(row["EventId"] for row in found["Entries"])
    assert len(account.bodies(url)) == 1


def test_only_aws_speaks_in_the_name_of_its_services(account):
    entries = [{"Source": source, "DetailType": "d", "Detail": "{}"} for source in ("orders", "aws.sqs")]
    found = account.events.put_events(Entries=entries)
    assert found["FailedEntryCount"] == 1 and found["Entries"][1]["ErrorCode"] == "NotAuthorizedForSource"
