"""EventBridge: archives and their replays.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html: what came between two
moments goes once more to all rules of the bus, or to those that are named, in the order of the times that the events
tell. Each function below is one gap: what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sagalab.aws.current import cloud, running
from sagalab.aws.eventbridge.listings import page
from sagalab.aws.eventbridge.names import length_problem, name_problem

STARTS = 1.0  # seconds until a replay begins
LONGEST_ARCHIVE, LONGEST_REPLAY = 48, 64  # characters of a name


def _span() -> None:
    """A replay takes its time, and hands out what lies between its two times to the rules that it names.

    Here it begins a second after it is asked for; until then it can be cancelled. moto hands out all to all inside of
    StartReplay. Seam: `Replay.replay_events`.
    """
    from moto.events.models import Replay

    def replay_events(replay: Any, archive: Any) -> None:
        events = list(archive.events)
        cloud().clock.spawn(lambda: _run(replay, events), f"replay {replay.name}")

    Replay.last_replayed = None
    Replay.replay_events = replay_events


def _run(replay: Any, events: list[dict[str, Any]]) -> None:
    from moto.core.utils import unix_time
    from moto.events.models import ReplayState, events_backends
    from moto.moto_api._internal import mock_random

    here = cloud()
    here.clock.sleep(STARTS)
    if running() is not here or replay.state is not ReplayState.STARTING:
        return
    replay.state = ReplayState.RUNNING
    bus = events_backends[replay.account_id][replay.region].event_buses.get(replay.destination["Arn"].split("/")[-1])
    rules = [] if bus is None else list(bus.rules.values())
    chosen = replay.destination.get("FilterArns") or []
    first, last = _second(replay.event_start_time), _second(replay.event_end_time)
    span = [event for event in events if first <= _second(event["time"]) <= last]
    for event in sorted(span, key=lambda one: _second(one["time"])):
        again = {**event, "id": str(mock_random.uuid4()), "replay-name": replay.name}
        for rule in rules:
            if not chosen or rule.arn in chosen:
                rule.send_to_targets(dict(again), transform_input=False)
        replay.last_replayed = _second(event["time"])
    replay.state, replay.end_time = ReplayState.COMPLETED, unix_time()


def _second(moment: Any) -> int:
    """Gives a moment in whole seconds, as events and requests tell it."""
    if isinstance(moment, str):
        return int(datetime.fromisoformat(moment).timestamp())
    return int(moment)


def _descriptions() -> None:
    """AWS says how far a replay has come; moto does not.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html. Seam: `Replay.describe_short`.
    """
    from moto.events.models import Replay

    original = Replay.describe_short

    def describe_short(replay: Any) -> dict[str, Any]:
        return {**original(replay), "EventLastReplayedTime": replay.last_replayed}

    Replay.describe_short = describe_short


def _checked_replays() -> None:
    """AWS refuses a name that cannot be one, and a replay that ends as it begins; moto takes both.

    Seam: `EventsBackend.start_replay`.
    """
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    original = EventsBackend.start_replay

    def start_replay(
        backend: Any, name: str, description: str, source_arn: str, start_time: Any, end_time: Any, destination: Any
    ) -> Any:
        if problem := name_problem(name, "replayName", LONGEST_REPLAY):
            raise ValidationException(problem)
        # moto looks at the ARNs first, as AWS does, and compares the times last.
        late = start_time if _second(start_time) < _second(end_time) else _second(end_time) + 1
        return original(backend, name, description, source_arn, late, end_time, destination)

    EventsBackend.start_replay = start_replay


def _replays_by_state() -> None:
    """AWS lists the replays of a state, and refuses to cancel what is over; moto finds none, and cancels it.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html and API_CancelReplay.
    Seams: `EventsBackend.list_replays`, `EventsBackend.cancel_replay`.
    """
    from moto.events.exceptions import IllegalStatusException
    from moto.events.models import EventsBackend, ReplayState

    listed, cancel = EventsBackend.list_replays, EventsBackend.cancel_replay

    def list_replays(backend: Any, name_prefix: str, source_arn: str, state: str) -> Any:
        found = listed(backend, name_prefix, source_arn, state)
        if not state:
            return found
        return [row for row in listed(backend, None, None, None) if row["State"] == state]

    def cancel_replay(backend: Any, name: str) -> Any:
        if backend._get_replay(name).state is ReplayState.COMPLETED:
            raise IllegalStatusException(f"Replay {name} is not in a valid state for this operation.")
        return cancel(backend, name)

    EventsBackend.list_replays, EventsBackend.cancel_replay = list_replays, cancel_replay


def _pages() -> None:
    """AWS lists as many archives and replays at a time as it is asked for; moto lists all.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html and API_ListReplays.
    Seams: `EventsHandler.list_archives`, `EventsHandler.list_replays`.
    """
    from moto.events.responses import EventsHandler

    def paged(original: Callable[..., Any], key: str) -> Callable[..., Any]:
        def listed(handler: Any) -> Any:
            body, headers = original(handler)
            rows, limit = json.loads(body)[key], handler._get_param("Limit")
            shown, token = page(rows, handler._get_param("NextToken"), limit)
            return json.dumps({key: shown, **({"NextToken": token} if token else {})}), headers

        return listed

    EventsHandler.list_archives = paged(EventsHandler.list_archives, "Archives")
    EventsHandler.list_replays = paged(EventsHandler.list_replays, "Replays")


def _checked_archives() -> None:
    """AWS refuses a name that cannot be one, and archives by a changed pattern; moto goes on with the old one.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html and API_UpdateArchive.
    Seams: `EventsBackend.create_archive`, `EventsBackend.update_archive`.
    """
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventPattern, EventsBackend

    create, update = EventsBackend.create_archive, EventsBackend.update_archive

    def managed(archive: Any, pattern: str | None) -> None:
        rules = {**json.loads(pattern or "{}"), "replay-name": [{"exists": False}]}
        archive.rule.event_pattern = EventPattern.load(json.dumps(rules, separators=(",", ":")))

    def create_archive(backend: Any, name: str, source_arn: str, description: str, pattern: str, retention: str) -> Any:
        if problem := name_problem(name, "archiveName", LONGEST_ARCHIVE) or length_problem(pattern):
            raise ValidationException(problem)
        archive = create(backend, name, source_arn, description, pattern, retention)
        managed(archive, pattern)
        return archive

    def update_archive(backend: Any, name: str, description: str, pattern: str, retention: str) -> Any:
        if problem := length_problem(pattern):
            raise ValidationException(problem)
        answer = update(backend, name, description, pattern, retention)
        if pattern:
            managed(backend.archives[name], pattern)
        return answer

    EventsBackend.create_archive, EventsBackend.update_archive = create_archive, update_archive


PATCHES: tuple[Callable[[], None], ...] = (
    _span, _descriptions, _checked_replays, _replays_by_state, _pages, _checked_archives,
)  # fmt: skip
