"""Probes of EventBridge's archives and replays, and of the names of its rules, targets and buses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.aws.building import Account
from tests.aws.probes_of_queues import answer
from tests.aws.probing import probe

MODELS = "moto.events.models"


def archived(account: Account, **fields: Any) -> dict[str, Any]:
    """Makes an archive of the default bus and gives what a replay of its last hour needs."""
    bus = account.events.describe_event_bus()["Arn"]
    made = account.events.create_archive(ArchiveName="all", EventSourceArn=bus, **fields)
    now = account.clock.instant
    return {
        "ReplayName": "again", "EventSourceArn": made["ArchiveArn"], "EventStartTime": now - timedelta(hours=1),
        "EventEndTime": now + timedelta(seconds=1), "Destination": {"Arn": bus},
    }  # fmt: skip


@probe(f"{MODELS}:Replay.replay_events")
def a_replay_hands_out_what_lies_between_its_times() -> None:
    account = Account()
    url, arn = account.queue("told")
    account.rule("told", {"source": ["orders"]}, {"Arn": arn, "InputPath": "$.detail.n"})
    span = archived(account)
    for number in (1, 2):
        account.publish("Placed", {"n": number})
        account.run()
        account.clock.advance(account.clock.now + 7200)
    assert account.bodies(url) == ["1", "2"]
    account.events.start_replay(**span)
    account.run()
    assert account.bodies(url) == ["1"]


@probe(f"{MODELS}:Replay.describe_short")
def a_replay_says_how_far_it_came() -> None:
    account = Account()
    span = archived(account)
    account.publish("Placed", {})
    account.events.start_replay(**span)
    account.run()
    assert account.events.describe_replay(ReplayName="again")["EventLastReplayedTime"] == account.clock.epoch


@probe(f"{MODELS}:EventsBackend.start_replay")
def a_replay_ends_after_it_begins() -> None:
    account = Account()
    span = archived(account)
    start = account.events.start_replay
    assert answer(start, **{**span, "EventEndTime": span["EventStartTime"]})["Code"] == "ValidationException"
    assert "at 'replayName' failed" in answer(start, **{**span, "ReplayName": "once more"})["Message"]


@probe(f"{MODELS}:EventsBackend.list_replays")
def replays_are_found_by_their_state() -> None:
    account = Account()
    account.events.start_replay(**archived(account))
    account.run()
    assert [len(account.events.list_replays(State=s)["Replays"]) for s in ("COMPLETED", "RUNNING")] == [1, 0]


@probe(f"{MODELS}:EventsBackend.cancel_replay")
def a_replay_that_is_over_cannot_be_cancelled() -> None:
    account = Account()
    account.events.start_replay(**archived(account))
    account.run()
    assert answer(account.events.cancel_replay, ReplayName="again")["Code"] == "IllegalStatusException"


@probe("moto.events.responses:EventsHandler.list_archives", "moto.events.responses:EventsHandler.list_replays")
def archives_and_replays_are_listed_page_by_page() -> None:
    account = Account()
    span = archived(account)
    account.events.create_archive(ArchiveName="more", EventSourceArn=span["Destination"]["Arn"])
    for name in ("again", "once-more"):
        account.events.start_replay(**{**span, "ReplayName": name})
    for call, key in ((account.events.list_archives, "Archives"), (account.events.list_replays, "Replays")):
        first = call(Limit=1)
        second = call(Limit=1, NextToken=first["NextToken"])
        assert len(first[key]) == len(second[key]) == 1 and first[key] != second[key] and "NextToken" not in second


@probe(f"{MODELS}:EventsBackend.create_archive")
def an_archive_has_a_name_without_blanks() -> None:
    account = Account()
    bus = account.events.describe_event_bus()["Arn"]
    found = answer(account.events.create_archive, ArchiveName="all of it", EventSourceArn=bus)
    assert found["Code"] == "ValidationException" and "at 'archiveName' failed" in found["Message"]


@probe(f"{MODELS}:EventsBackend.update_archive")
def an_archive_keeps_what_its_new_pattern_matches() -> None:
    account = Account()
    archived(account, EventPattern='{"source": ["orders"]}')
    account.events.update_archive(ArchiveName="all", EventPattern='{"source": ["others"]}')
    account.publish("Placed", {})
    assert account.events.describe_archive(ArchiveName="all")["EventCount"] == 0


@probe(f"{MODELS}:EventsBackend.disable_rule", f"{MODELS}:EventsBackend.enable_rule")
def a_rule_that_is_switched_is_missed_on_its_bus() -> None:
    events = Account().events
    for switch in (events.disable_rule, events.enable_rule):
        assert answer(switch, Name="gone")["Message"] == "Rule gone does not exist on EventBus default."


@probe(f"{MODELS}:EventsBackend.list_targets_by_rule")
def a_rule_whose_targets_are_asked_for_is_missed_on_its_bus() -> None:
    found = answer(Account().events.list_targets_by_rule, Rule="gone")
    assert found["Message"] == "Rule gone does not exist on EventBus default."


@probe("moto.events.responses:EventsHandler.list_event_buses")
def a_bus_in_a_list_says_when_it_was_made() -> None:
    account = Account()
    (bus,) = account.events.list_event_buses()["EventBuses"]
    assert bus["CreationTime"] == account.clock.epoch == bus["LastModifiedTime"]


@probe(f"{MODELS}:Rule.put_targets")
def a_rule_has_five_targets_at_most() -> None:
    account = Account()
    account.events.put_rule(Name="told", EventPattern='{"source": ["orders"]}')
    arn = account.queue("q")[1]
    rows = [{"Id": f"t{number}", "Arn": arn} for number in range(6)]
    assert answer(account.events.put_targets, Rule="told", Targets=rows)["Code"] == "LimitExceededException"
    account.events.put_targets(Rule="told", Targets=rows[1:])


@probe(f"{MODELS}:EventsBackend.create_event_bus")
def a_bus_has_a_name_without_blanks() -> None:
    assert answer(Account().events.create_event_bus, Name="my bus")["Code"] == "ValidationException"


@probe(f"{MODELS}:EventsBackend.delete_event_bus")
def a_bus_with_rules_stays() -> None:
    account = Account()
    account.events.create_event_bus(Name="orders")
    account.events.put_rule(Name="all", EventBusName="orders", EventPattern='{"source": ["orders"]}')
    assert "since it has rules" in answer(account.events.delete_event_bus, Name="orders")["Message"]


@probe(
    f"{MODELS}:EventsBackend.list_rules",
    f"{MODELS}:EventsBackend.list_rule_names_by_target",
    f"{MODELS}:EventsBackend.list_event_buses",
)
def rules_and_buses_are_listed_by_name() -> None:
    account = Account()
    _, arn = account.queue("q")
    for name in ("z", "a"):
        account.rule(name, {"source": ["orders"]}, {"Arn": arn})
        account.events.create_event_bus(Name=name)
    events = account.events
    assert [row["Name"] for row in events.list_rules()["Rules"]] == ["a", "z"]
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == ["a", "z"]
    assert [row["Name"] for row in events.list_event_buses()["EventBuses"]] == ["a", "default", "z"]
