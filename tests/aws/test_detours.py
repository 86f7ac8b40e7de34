"""What faults do to messages: twice, late, overtaken, malformed, and again after a long time."""

import json

import pytest

from sagalab.faults import REPLAY, Fault
from tests.aws.building import Account

BODY = '{"orderId": "1", "detail": {"a": 1}}'
SOURCE = {"source": ["orders"]}


@pytest.fixture
def opened():
    accounts = []

    def make(*faults):
        accounts.append(Account(*faults))
        return accounts[-1]

    yield make
    for account in accounts:
        account.close()


def fed(account, behaviour=lambda event: None, receives=3, name="orders", **attributes):
    """Deploys a queue with a dead-letter queue that feeds the function "service"; gives the queue's URL."""
    url, arn = account.queue_with_dlq(name, receives, VisibilityTimeout="30", **attributes)
    account.function("service", behaviour)
    account.mapping(arn, "service", FunctionResponseTypes=["ReportBatchItemFailures"])
    return url


def reads_json(event):
    """Reports the messages that are no JSON."""
    failed = []
    for row in event["Records"]:
        try:
            json.loads(row["body"])
        except ValueError:
            failed.append({"itemIdentifier": row["messageId"]})
    return {"batchItemFailures": failed}


def send(account, url, *orders, **more):
    for order in orders:
        account.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"orderId": order, "x": "y" * 30}), **more)


def handled(account):
    """Gives when which message bodies were handed to the function."""
    facts = account.facts("invocation")
    rows = [[row["body"] for row in event["Records"]] for event in account.seen("service")]
    return [(round(fact.at), bodies) for fact, bodies in zip(facts, rows, strict=True)]


def orders_of(account):
    return [json.loads(body)["orderId"] for _, bodies in handled(account) for body in bodies]


def test_a_delayed_message_comes_when_its_delay_ends_and_the_next_one_at_once(opened):
    account = opened(Fault("delayed", "orders", lasts=600.0))
    send(account, fed(account), "1", "2")
    account.run()
    assert orders_of(account) == ["2", "1"] and handled(account)[1][0] == 600
    assert [fact.detail["target"] for fact in account.facts("fault", "delayed")] == ["orders"]


def test_a_reordered_message_is_overtaken_by_the_next_one(opened):
    account = opened(Fault("reordered", "orders"))
    url = fed(account)
    send(account, url, "1")
    account.clock.at(20.0, lambda: send(account, url, "2"))
    account.run()
    assert orders_of(account) == ["2", "1"] and [at for at, _ in handled(account)] == [20, 21]


def test_a_message_that_nothing_overtakes_comes_after_all(opened):
    account = opened(Fault("reordered", "orders"))
    send(account, fed(account), "1")
    account.run()
    assert orders_of(account) == ["1"] and 45 <= handled(account)[0][0] <= 91


def test_in_a_group_of_a_fifo_queue_nothing_is_overtaken(opened):
    account = opened(Fault("delayed", "orders.fifo", lasts=100.0))
    url, _ = account.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for group, order in (("a", "1"), ("a", "2"), ("b", "3")):
        send(account, url, order, MessageGroupId=group)
    assert [json.loads(body)["orderId"] for body in account.bodies(url)] == ["3"]
    account.clock.advance(101)
    assert [json.loads(body)["orderId"] for body in account.bodies(url)][:2] == ["1", "2"]


def test_poison_arrives_with_the_next_message_and_is_parked_alone(opened):
    account = opened(Fault("poison", "orders"))
    url = fed(account, reads_json)
    send(account, url, "1")
    account.clock.at(20.0, lambda: send(account, url, "2"))
    account.run()
    first = handled(account)[0][1]
    assert len(first) == 2 and sorted(json.loads(body)["orderId"] for body in first if body[-1] == "}") == ["2"]
    (dead,) = account.facts("dead_lettered")
    assert dead.order_id == "1" and dead.detail["message"] == account.facts("fault", "poison")[0].detail["message"]
    with pytest.raises(ValueError):
        json.loads(account.bodies(account.queue("orders-dlq")[0])[0])


def test_poison_aimed_at_one_order_leaves_the_others_alone(opened):
    account = opened(Fault("poison", "orders", order="2"))
    send(account, fed(account, reads_json), "1", "2", "3")
    account.run()
    assert [fact.order_id for fact in account.facts("deleted")] == ["1", "3"]


@pytest.mark.parametrize("body", ["", "1001", '"1001"', "[]", BODY])
def test_poison_is_never_json(body):
    from sagalab.aws.detours import malformed

    with pytest.raises(ValueError):
        json.loads(malformed(body))


# -- buses and topics -------------------------------------------------------------------------------


def test_a_replayed_event_comes_again_under_its_old_id_to_the_rules_that_took_it(opened):
    account = opened(Fault("replayed", "default", call=2))
    url = fed(account)
    arn = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.rule("all", SOURCE, {"Arn": arn})
    for order in ("1", "2"):
        account.publish("OrderCreated", {"orderId": order})
    account.run()
    events = [json.loads(body) for _, bodies in handled(account) for body in bodies]
    ids = {event["detail"]["orderId"]: [e["id"] for e in events if e["detail"] == event["detail"]] for event in events}
    assert len(ids["1"]) == 1 and len(ids["2"]) == 2 and len(set(ids["2"])) == 1
    (fault,) = account.facts("fault", "replayed")
    assert fault.order_id == "2" and fault.at == pytest.approx(REPLAY, abs=1)


def test_a_whole_archive_is_replayed(opened):
    account = opened(Fault("replayed", "default", calls=3))
    account.function("service")
    account.rule(
        "all", SOURCE, {"Arn": account.functions.get_function(FunctionName="service")["Configuration"]["FunctionArn"]}
    )
    for order in ("1", "2", "3"):
        account.publish("OrderCreated", {"orderId": order})
    account.run()
    assert sorted(event["detail"]["orderId"] for event in account.seen("service")) == ["1", "1", "2", "2", "3", "3"]


def test_where_a_topic_hands_messages_out_they_come_again_as_well(opened):
    account = opened(Fault("replayed", "facts"))
    topic = account.sns.create_topic(Name="facts")["TopicArn"]
    arn = account.function("service")
    account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    account.sns.publish(TopicArn=topic, Message=BODY)
    account.run()
    assert [event["Records"][0]["Sns"]["Message"] for event in account.seen("service")] == [BODY, BODY]
    assert account.facts("invocation")[1].at > REPLAY


@pytest.mark.parametrize(
    ("kind", "times", "earliest"), [("duplicated", 2, 0), ("delayed", 1, 300), ("reordered", 1, 45)]
)
def test_a_message_without_a_queue_is_struck_on_its_way_to_the_function(opened, kind, times, earliest):
    account = opened(Fault(kind, "service"))
    arn = account.function("service")
    account.rule("all", SOURCE, {"Arn": arn})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert [event["detail"]["orderId"] for event in account.seen("service")] == ["1"] * times
    assert account.facts("invocation")[0].at >= earliest


def test_a_poisoned_event_has_no_detail_left(opened):
    account = opened(Fault("poison", "service"))
    arn = account.function("service")
    account.rule("all", SOURCE, {"Arn": arn})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run()
    assert account.seen("service")[0]["detail"] == {} and account.facts("fault", "poison")[0].order_id == "1"


# -- what else is on record -------------------------------------------------------------------------


def test_every_fault_that_struck_is_on_record(opened):
    account = opened(
        Fault("publish_failed", "events:PutEvents"), Fault("consumer_down", "service", lasts=60.0),
        Fault("throttled", "lambda:other"),
    )  # fmt: skip
    url = fed(account)
    account.publish("OrderCreated", {"orderId": "1"})
    send(account, url, "1")
    other = account.function("other")
    account.executed({"S": {"Type": "Task", "Resource": other, "End": True}})
    assert {fact.what for fact in account.facts("fault")} == {"publish_failed", "consumer_down", "throttled"}
    assert len(account.facts("fault", "consumer_down")) == 1
