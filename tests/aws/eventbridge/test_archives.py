"""Archives and replays, and names that cannot be."""

import json
from datetime import timedelta

from tests.aws.probes_of_archives import archived
from tests.aws.probes_of_queues import answer


def test_a_replay_goes_to_the_rules_that_it_names(account):
    urls = []
    for name in ("one", "two"):
        url, arn = account.queue(name)
        account.rule(name, {"source": ["orders"]}, {"Arn": arn})
        urls.append(url)
    span = archived(account)
    account.publish("Placed", {})
    account.run()
    assert [len(account.bodies(url)) for url in urls] == [1, 1]
    rule = account.events.describe_rule(Name="two")["Arn"]
    account.events.start_replay(**{**span, "Destination": {**span["Destination"], "FilterArns": [rule]}})
    account.run()
    assert [len(account.bodies(url)) for url in urls] == [0, 1]


def test_a_replayed_event_says_which_replay_it_belongs_to(account):
    url, arn = account.queue("told")
    account.rule("told", {"source": ["orders"]}, {"Arn": arn})
    span = archived(account)
    account.publish("Placed", {"n": 1})
    account.run()
    account.events.start_replay(**span)
    account.run()
    first, again = (json.loads(body) for body in account.bodies(url))
    assert again.pop("replay-name") == "again"
    assert {**again, "id": first["id"]} == first


def test_what_is_replayed_is_archived_no_second_time(account):
    span = archived(account)
    account.publish("Placed", {})
    account.events.start_replay(**span)
    account.run()
    assert account.events.describe_archive(ArchiveName="all")["EventCount"] == 1


def test_a_replay_of_what_cannot_be_replayed_is_refused(account):
    span = archived(account)
    bus = span["Destination"]["Arn"]
    account.events.create_event_bus(Name="other")
    rows = {
        "Archive gone does not exist": {"EventSourceArn": span["EventSourceArn"].replace("all", "gone")},
        "Cross event bus replay": {"Destination": {"Arn": bus.replace("default", "other")}},
        "Event bus lost does not exist": {"Destination": {"Arn": bus.replace("default", "lost")}},
        "EventStartTime must be before": {"EventEndTime": span["EventStartTime"] - timedelta(hours=1)},
    }
    for words, change in rows.items():
        assert words in answer(account.events.start_replay, **{**span, **change})["Message"]


def test_a_replay_that_is_cancelled_in_time_hands_nothing_out(account):
    url, arn = account.queue("told")
    account.rule("told", {"source": ["orders"]}, {"Arn": arn})
    span = archived(account)
    account.publish("Placed", {})
    account.run()
    account.bodies(url)
    assert account.events.start_replay(**span)["State"] == "STARTING"
    assert account.events.cancel_replay(ReplayName="again")["State"] == "CANCELLING"
    account.run()
    assert account.events.describe_replay(ReplayName="again")["State"] == "CANCELLED"
    assert account.bodies(url) == []


def test_a_pattern_that_an_archive_cannot_have_makes_none(account):
    found = answer(
        account.events.create_archive,
        ArchiveName="a", EventSourceArn=account.events.describe_event_bus()["Arn"], EventPattern='{"source": "orders"}',
    )  # fmt: skip
    assert found["Code"] == "InvalidEventPatternException"
    assert account.events.list_archives()["Archives"] == []


def test_names_that_cannot_be_are_refused(account):
    account.events.put_rule(Name="good", EventPattern='{"source": ["orders"]}')
    arn = account.queue("q")[1]
    found = [
        answer(account.events.put_rule, Name="a b", EventPattern='{"source": ["orders"]}'),
        answer(account.events.put_rule, Name="a" * 65, EventPattern='{"source": ["orders"]}'),
        answer(account.events.put_rule, Name="a", EventPattern='{"source": ["orders"]}', State="RESTING"),
        answer(account.events.put_targets, Rule="good", Targets=[{"Id": "a b", "Arn": arn}]),
    ]
    assert [row["Code"] for row in found] == ["ValidationException"] * 4
    assert "enum value set" in found[2]["Message"] and "at 'targets.1.member.id'" in found[3]["Message"]
