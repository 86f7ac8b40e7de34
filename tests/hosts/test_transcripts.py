"""Children that need not be made, because what they would say is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.hosts.channel import ChannelTimeout
from sagalab.hosts.fork_server import Forker
from sagalab.hosts.transcripts import LARGEST, KeptLine, Message, Transcripts
from tests.hosts.conftest import Room


class Changed(Exception):
    """Stands for the end of a scenario's first try."""


def changed(why: str) -> NoReturn:
    raise Changed(why)


class Echo:
    """A child that answers with all it was told, and with its own voice."""

    made = 0

    def __init__(self, voice: str = "") -> None:
        Echo.made += 1
        self.told: list[Message] = []
        self.voice, self.ended = voice, False

    def send(self, message: Message) -> None:
        self.told.append(message)

    def receive(self, timeout: float | None = None) -> Message:
        if self.told[-1].get("silence"):
            raise ChannelTimeout("no answer in time")
        return {"op": self.told[-1].get("op", "said"), "told": list(self.told), "voice": self.voice}

    def end(self) -> None:
        self.ended = True


def talk(line: Any, messages: list[Any]) -> list[Message]:
    """Says each message, and gives the answers."""
    answers = []
    for message in messages:
        line.send({"say": message})
        answers.append(line.receive(1.0))
    return answers


WORDS = st.lists(st.integers(0, 2), min_size=1, max_size=5)


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_every_answer_is_the_one_that_a_child_of_its_own_gives(conversations: list[list[int]]) -> None:
    kept = Transcripts(changed)
    for words in conversations:
        assert talk(KeptLine(kept, "child", Echo), words) == talk(Echo(), words)


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_the_same_conversation_makes_no_second_child(conversations: list[list[int]]) -> None:
    kept = Transcripts(changed)
    for words in conversations:
        talk(KeptLine(kept, "child", Echo), words)
    before = Echo.made
    for words in conversations:
        talk(KeptLine(kept, "child", Echo), words)
    assert Echo.made == before


def test_a_child_that_is_made_later_is_told_all_that_came_before() -> None:
    kept, children = Transcripts(changed), list[Echo]()

    def opened() -> Echo:
        children.append(Echo())
        return children[-1]

    talk(KeptLine(kept, "child", opened), [1, 2])
    line = KeptLine(kept, "child", opened)
    talk(line, [1, 2])
    assert len(children) == 1
    talk(line, [3, 4])
    assert len(children) == 2 and [one["say"] for one in children[1].told] == [1, 2, 3, 4]
    line.end()
    assert children[1].ended and not children[0].ended


def test_children_that_live_differently_are_not_taken_for_each_other() -> None:
    kept = Transcripts(changed)
    talk(KeptLine(kept, "together", lambda: Echo("a")), [1])
    assert talk(KeptLine(kept, "alone", lambda: Echo("b")), [1])[0]["voice"] == "b"


def test_a_child_that_says_something_else_than_before_is_told_of() -> None:
    kept, voices = Transcripts(changed), iter("ab")
    for words in ([1], [1, 2]):
        line = KeptLine(kept, "child", lambda: Echo(next(voices)))
        if words == [1]:
            talk(line, words)
        else:
            with pytest.raises(Changed):
                talk(line, words)


def test_what_a_fork_kept_is_taken_over_and_nothing_twice() -> None:
    parent, fork = Transcripts(), Transcripts(changed)
    talk(KeptLine(fork, "child", Echo), [1, 2])
    parent.add(fork.fresh)
    parent.add(fork.fresh)
    before = Echo.made
    assert len(parent) == 2 and talk(KeptLine(parent, "child", Echo), [1, 2])[1]["told"] == [{"say": 1}, {"say": 2}]
    assert Echo.made == before


def test_what_is_large_or_owed_to_the_processor_is_not_kept() -> None:
    kept = Transcripts(changed)
    talk(KeptLine(kept, "child", Echo), ["x" * LARGEST])
    line = KeptLine(kept, "child", Echo)
    line.send({"op": "spent"})
    line.receive(1.0)
    assert len(kept) == 0


def test_a_silent_child_is_silent_each_time() -> None:
    kept = Transcripts(changed)
    for _ in range(2):
        line = KeptLine(kept, "child", Echo)
        line.send({"silence": True})
        with pytest.raises(ChannelTimeout):
            line.receive(1.0)


# -- functions in children --------------------------------------------------------------------------

COUNTS = "seen = []\ndef f(event, context):\n    seen.append(event)\n    return [len(seen), event]"


@pytest.fixture(params=["together", "alone"])
def rooms(request: pytest.FixtureRequest, warm: Forker) -> Iterator[Any]:
    kept, made = Transcripts(changed), list[Room]()

    def make() -> Room:
        made.append(Room(warm, disturbed=changed if request.param == "together" else None, transcripts=kept))
        return made[-1]

    yield make
    for room in made:
        room.close()


def children(room: Room) -> int:
    """Counts the children that this room made."""
    alone = [host.line for host in room.runtime._alone]
    assert all(isinstance(line, KeptLine) for line in alone)
    return sum(line._live is not None for line in alone) + (room.runtime._shared is not None)  # type: ignore[attr-defined]


def test_an_instance_remembers_what_it_was_told_before_its_child_was_made(rooms: Any) -> None:
    first = rooms()
    assert [first.invoke(COUNTS, n).payload for n in "ab"] == [[1, "a"], [2, "b"]]
    first.close()
    second = rooms()
    assert [second.invoke(COUNTS, n).payload for n in "ab"] == [[1, "a"], [2, "b"]] and children(second) == 0
    assert second.invoke(COUNTS, "c").payload == [3, "c"] and children(second) == 1


def test_other_code_another_event_and_another_environment_are_run(rooms: Any) -> None:
    source = "import os\ndef f(event, context): return [event, os.environ.get('MODE')]"
    outcomes = []
    for code, event, environment in (
        (source, 1, {}), (source, 2, {}), (source, 1, {"MODE": "x"}), (source.replace("[event", "[9, event"), 1, {}),
    ):  # fmt: skip
        outcomes.append(rooms().invoke(code, event, **environment).payload)
    assert outcomes == [[1, None], [2, None], [1, "x"], [9, 1, None]]


def test_effects_come_again_though_no_child_is_made(rooms: Any) -> None:
    source = (
        "from sagalab.participants import mailer\ndef f(event, context): return mailer.send('7', 'confirmed', key='k')"
    )
    histories = []
    for _ in range(2):
        room = rooms()
        room.invoke(source)
        assert room.effects() == ["told"]
        histories.append(room.history.text())
        assert children(room) == len(histories) % 2
        room.close()
    assert histories[0] == histories[1]


@pytest.mark.parametrize("looks", ["event", "[event, context.function_name]"])
def test_what_reads_no_clock_and_draws_nothing_is_the_same_at_any_second(rooms: Any, looks: str) -> None:
    source = f"import time\ndef f(event, context):\n    time.sleep(1)\n    return {looks}"
    first, second = rooms(), rooms()
    second.clock.spawn(lambda: second.clock.sleep(100))
    second.clock.run()
    assert first.invoke(source, 7).payload == second.invoke(source, 7).payload and children(second) == 0


@pytest.mark.parametrize(
    "looks",
    [
        "time.time()", "datetime.datetime.now().isoformat()", "random.random()", "random.gauss()", "str(uuid.uuid4())",
        "context.aws_request_id",
    ],
)  # fmt: skip
def test_what_reads_the_clock_or_its_own_particulars_is_run_again(rooms: Any, looks: str) -> None:
    source = f"import datetime, random, time, uuid\ndef f(event, context):\n    time.sleep(0.5)\n    return {looks}"
    first, second = rooms(), rooms()
    first.invoke("def f(event, context): pass", name="other")
    told = [room.invoke(source).payload for room in (first, second)]
    assert told[0] != told[1] and children(second) == 1


def test_a_client_s_call_reads_no_clock(rooms: Any) -> None:
    source = (
        "import boto3\ndef f(event, context): return sorted(boto3.client('sqs').list_queues().get('QueueUrls', []))"
    )
    first, second = rooms(), rooms()
    second.clock.spawn(lambda: second.clock.sleep(100))
    second.clock.run()
    said = []
    for room in (first, second):
        serve = room.runtime.serve_aws
        room.runtime.serve_aws = lambda request, serve=serve: said.append(request) or serve(request)
        assert room.invoke(source).error is None
    assert said[0] == said[1]


def test_chance_that_the_judge_does_not_seed_is_noticed(rooms: Any) -> None:
    source = "import os\ndef f(event, context): return os.urandom(8).hex()"
    rooms().invoke(source, 1)
    again = rooms()
    again.invoke(source, 1)
    with pytest.raises(Changed):
        again.invoke(source, 2)
