"""The one way between learner code and the judge: JSON of bounded size, nothing else."""

import json
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield Channel(ours, limit=1000), theirs
    ours.close()
    theirs.close()


def raw(length, body):
    return struct.pack("!I", length) + body


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(message=st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_object_arrives_as_it_was_sent(message):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(ours).send(message)
        assert Channel(theirs).receive(1) == message


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (raw(1001, b""), "1,001 bytes was announced"),
        (raw(2**32 - 1, b""), "was announced"),
        (raw(3, b"[1]"), "must be a JSON object"),
        (raw(5, b"{oops"), "Expecting property name"),
        (raw(3, b"\xff\xfe\xfd"), "utf"),
        (raw(900, b"[" * 900), "Expecting|nested"),
        (raw(11, b'{"a": NaN }'), "NaN is no JSON"),
        (raw(16, b'{"a": -Infinity}'), "-Infinity is no JSON"),
    ],
)
def test_anything_else_is_refused(ends, sent, why):
    channel, other = ends
    other.sendall(sent)
    with pytest.raises(ValueError, match=why):
        channel.receive(1)


def test_a_message_that_is_nested_without_an_end_is_refused():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        body = b'{"a":' * 100_000
        theirs.setblocking(False)
        sent = theirs.send(raw(len(body), body))
        assert sent > 100_000
        theirs.close()
        with pytest.raises((ValueError, ChannelClosed)):
            Channel(ours).receive(1)


def test_a_large_message_is_refused_before_it_is_sent(ends):
    channel, other = ends
    with pytest.raises(ValueError, match="more than the 1,000 allowed"):
        channel.send({"a": "x" * 1000})
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.recv(1)


def test_what_is_no_json_is_refused_before_it_is_sent(ends):
    for value in ({1, 2}, b"bytes", float("nan")):
        with pytest.raises((TypeError, ValueError)):
            ends[0].send({"a": value})


@pytest.mark.parametrize("part", [b"", b"\x00\x00", raw(10, b'{"a"')])
def test_an_end_in_the_middle_of_a_message_is_an_end(ends, part):
    channel, other = ends
    other.sendall(part)
    other.close()
    with pytest.raises(ChannelClosed):
        channel.receive(1)


@pytest.mark.parametrize("part", [b"", b"\x00\x00", raw(10, b'{"a"')])
def test_silence_is_bounded_by_the_wall_clock(ends, part):
    channel, other = ends
    other.sendall(part)
    with pytest.raises(ChannelTimeout):
        channel.receive(0.02)


def test_sending_to_nobody_says_so(ends):
    channel, other = ends
    other.close()
    with pytest.raises(ChannelClosed):
        for _ in range(3):
            channel.send({"a": 1})


def test_bytes_travel_as_text_never_as_a_pickle(ends):
    import pickle

    channel, other = ends
    body = pickle.dumps({"a": 1})
    other.sendall(raw(len(body), body))
    with pytest.raises(ValueError):
        channel.receive(1)
    channel.send({"code": "UEsDBA=="})
    assert json.loads(other.recv(100)[4:]) == {"code": "UEsDBA=="}
