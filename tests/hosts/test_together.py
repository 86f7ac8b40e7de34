"""Instances that share a child: what one has is nothing of another's, and a disturbance is reported, not survived."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import pytest

from sagalab.hosts.fork_server import Forker
from tests.hosts.conftest import Disturbance, Room

SEEN = "import {0}\ndef f(event, context):\n    {1}\n    time.sleep(event['wait'])\n    return {2}"


def side_by_side(room: Room, *calls: tuple[str, str, Any]) -> list[Any]:
    """Runs functions at once, each as (name, source, event), and gives their payloads by name."""
    outcomes: dict[str, object] = {}
    for name, source, event in calls:
        room.clock.spawn(
            lambda name=name, source=source, event=event: outcomes.update(
                {name: room.invoke(source, event, name=name).payload}
            )
        )
    room.clock.run()
    return [outcomes[name] for name, _, _ in calls]


def test_all_instances_live_in_one_child(shared_room: Room) -> None:
    source = "import os\ndef f(event, context): return os.getpid()"
    assert shared_room.invoke(source, name="a").payload == shared_room.invoke(source, name="b").payload
    assert len(shared_room.pids()) == 1


def test_modules_of_the_same_name_stay_apart_while_both_wait(shared_room: Room) -> None:
    source = "import time\nNAME = {!r}\ndef f(event, context):\n    time.sleep(event)\n    import m\n    return m.NAME"
    found = side_by_side(shared_room, ("a", source.format("a"), 5), ("b", source.format("b"), 3))
    assert found == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "look"),
    [
        ("os.environ['WHO'] = event['who']", "os.environ.get('WHO')"),
        ("random.seed(event['who'])", "random.random() == random.Random(event['who']).random()"),
        ("print(event['who'])", "None"),
    ],
)
def test_what_one_changes_the_others_do_not_see(shared_room: Room, change: str, look: str) -> None:
    source = SEEN.format("os, random, time", change, look)
    calls = [(name, source, {"who": name, "wait": wait}) for name, wait in (("a", 5), ("b", 3), ("c", 4))]
    found = side_by_side(shared_room, *calls)
    assert found in (["a", "b", "c"], [True] * 3, [None] * 3)
    other = shared_room.invoke("import os\ndef f(event, context): return os.environ.get('WHO')", name="d")
    assert other.payload is None


def test_each_instance_s_output_is_its_own_log(shared_room: Room) -> None:
    source = "import time\ndef f(event, context):\n    print(event)\n    time.sleep(5)\n    print(event)"
    logs: dict[str, str] = {}
    for name in "ab":
        shared_room.clock.spawn(lambda n=name: logs.update({n: shared_room.invoke(source, n, name=n).log}))
    shared_room.clock.run()
    assert logs == {"a": "a\na\n", "b": "b\nb\n"}


def both_ways(warm: Forker, *calls: tuple[str, str, Any]) -> list[tuple[list[Any], str]]:
    """Runs functions in children of their own, then together in one; gives payloads and history of each."""
    found = []
    for disturbed in (None, never):
        room = Room(warm, disturbed=disturbed)
        found.append((side_by_side(room, *calls), room.history.text()))
        room.close()
    return found


def never(why: str) -> NoReturn:
    raise AssertionError(why)


def test_chance_is_the_same_as_in_children_of_their_own(warm: Forker) -> None:
    source = (
        "import random, time, uuid\ndef f(event, context):\n    first = random.random()\n    time.sleep(event)\n"
        "    return [first, random.random(), str(uuid.uuid4())]"
    )
    alone, together = both_ways(warm, ("a", source, 5), ("b", source, 3))
    assert alone == together and alone[0][0] != alone[0][1]


def test_a_history_is_the_same_as_in_children_of_their_own(warm: Forker) -> None:
    source = (
        "import time\nfrom sagalab.participants import mailer, warehouse\ndef f(event, context):\n"
        "    time.sleep(event)\n    warehouse.lookup('7')\n    mailer.send('7', 'confirmed', key=str(event))\n"
    )
    alone, together = both_ways(warm, ("a", source, 5), ("b", source, 3), ("c", source, 4))
    assert alone == together and '"what": "told"' in alone[1]


def test_a_late_invocation_is_left_behind_and_the_others_go_on(shared_room: Room) -> None:
    source = "import time\ndef f(event, context):\n    time.sleep(event)\n    return 'done'"
    slow = shared_room.invoke(source, 100, timeout=9)
    assert slow.error == "Sandbox.Timedout"
    assert shared_room.invoke(source, 1, timeout=9).payload == "done"


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "import os\n    os._exit(0)", "import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)"],
    ids=["loop", "exit", "kill"],
)
def test_a_child_that_hangs_or_dies_is_a_disturbance(shared_room: Room, body: str) -> None:
    shared_room.invoke("def f(event, context): return 1", name="innocent")
    with pytest.raises(Disturbance):
        shared_room.invoke(f"def f(event, context):\n    {body}")


def test_an_instance_that_speaks_out_of_turn_is_a_disturbance(shared_room: Room) -> None:
    forged = json.dumps({"op": "done", "payload": "forged", "from": 99})
    source = (
        "from sagalab.hosts import inside\ndef f(event, context):\n"
        f"    raw = {forged.encode()!r}\n    inside._channel.socket.sendall(len(raw).to_bytes(4, 'big') + raw)\n"
    )
    with pytest.raises(Disturbance, match="out of turn"):
        shared_room.invoke(source)


def test_a_fresh_instance_has_a_child_of_its_own(shared_room: Room) -> None:
    source = "import builtins\ndef f(event, context):\n    builtins.seen = getattr(builtins, 'seen', 0) + 1\n    return builtins.seen"
    assert [shared_room.invoke(source).payload for _ in range(2)] == [1, 2]
    context = {"aws_request_id": "r", "deadline": 1e9}
    assert shared_room.runtime.run(shared_room.spec(source), None, context, fresh=True).payload == 1


@pytest.mark.parametrize("place", ["builtins", "json", "boto3.session"])
def test_a_later_instance_finds_nothing_that_the_first_left_in_shared_modules(shared_room: Room, place: str) -> None:
    source = (
        f"import time\nimport {place} as place\ndef f(event, context):\n    place.seen = getattr(place, 'seen', 0) + 1\n"
        "    time.sleep(event)\n    return place.seen"
    )
    assert shared_room.invoke(source, 1, timeout=9).payload == 1
    assert shared_room.invoke(source, 100, timeout=9).error == "Sandbox.Timedout"
    assert shared_room.invoke(source, 1, timeout=9).payload == 1
