"""A process that has loaded what all of its kind need, and the lives that are brought up from it."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from sagalab.hosts.channel import ChannelClosed
from sagalab.hosts.limits import clean_environment
from sagalab.hosts.warm_process import WarmProcess

MODULE = """
import os, signal, socket, sys
from sagalab.hosts import warm_process

LOADED = os.getpid()

def live(channel, request):
    if request.get("crash"):
        raise RuntimeError("this life went wrong")
    held = [socket.socket(fileno=number) for number in request.pop("extra")]
    forked = os.fork() if request.get("forks") else None
    if forked == 0:
        signal.pause()
    channel.send({"request": request, "pid": os.getpid(), "forked": forked, "warm": LOADED})
    if held:
        held[0].sendall(b"came along")
    channel.receive()

if __name__ == "__main__":
    warm_process.serve(socket.socket(fileno=int(sys.argv[1])), live)
"""


@pytest.fixture
def warm(tmp_path, monkeypatch):
    (tmp_path / "usual_life.py").write_text(MODULE)
    found = f"{tmp_path}{os.pathsep}{os.pathsep.join(entry for entry in sys.path if entry)}"
    made = WarmProcess("usual_life", lambda home: {**clean_environment(home), "PYTHONPATH": found})
    yield made
    made.close()


def ended(alive, pid):
    return any(not alive(pid) or os.sched_yield() for _ in range(200_000))


def test_each_life_knows_its_request_and_shares_what_was_loaded(warm):
    lives = [warm.bring_up({"n": n}, limit=1000) for n in range(2)]
    said = [life.channel.receive(20) for life in lives]
    assert [one["request"] for one in said] == [{"n": 0}, {"n": 1}]
    assert said[0]["warm"] == said[1]["warm"] != said[0]["pid"] != said[1]["pid"]
    assert [one["pid"] for one in said] == [life.pid for life in lives]


def test_a_socket_comes_along(warm):
    ours, theirs = socket.socketpair()
    life = warm.bring_up({}, theirs, limit=1000)
    theirs.close()
    assert ours.recv(100) == b"came along" and life.alive()


def test_closing_a_life_ends_it_and_what_it_forked(warm, alive):
    life = warm.bring_up({"forks": True}, limit=1000)
    said = life.channel.receive(20)
    assert life.alive()
    life.close()
    life.close()
    assert ended(alive, said["pid"]) and ended(alive, said["forked"])


def test_a_life_that_ended_is_known_to_have_ended(warm):
    life = warm.bring_up({}, limit=1000)
    life.channel.receive(20)
    os.kill(life.pid, signal.SIGKILL)
    with pytest.raises(ChannelClosed):
        life.channel.receive(20)
    assert not life.alive()


def test_what_a_crashing_life_says_stands_in_the_file_that_its_asker_named(warm, tmp_path):
    words = tmp_path / "words.txt"
    life = warm.bring_up({"crash": True, "errors": str(words)}, limit=1000)
    with pytest.raises(ChannelClosed):
        life.channel.receive(20)
    assert "this life went wrong" in words.read_text()


def test_a_warm_process_that_was_killed_is_started_again(warm):
    first = warm.bring_up({}, limit=1000).channel.receive(20)["warm"]
    os.kill(first, signal.SIGKILL)
    assert warm.bring_up({}, limit=1000).channel.receive(20)["warm"] != first


def test_a_module_that_cannot_be_loaded_is_said_and_not_tried_for_ever():
    made = WarmProcess("there.is.no.such.module", clean_environment)
    with pytest.raises(ChannelClosed):
        made.bring_up({}, limit=1000)
    made.close()


def test_lives_end_with_whoever_asked_for_them_though_it_was_only_killed(warm, alive):
    first = warm.bring_up({}, limit=1000)
    first.channel.receive(20)
    ours, theirs = socket.socketpair()
    asker = os.fork()
    if asker == 0:
        pid = warm.bring_up({}, limit=1000).channel.receive(20)["pid"]
        theirs.sendall(str(pid).encode())
        signal.pause()
    pid = int(ours.recv(100))
    os.kill(asker, signal.SIGKILL)
    os.waitpid(asker, 0)
    assert ended(alive, pid) and first.alive()


def test_everything_ends_when_the_process_that_started_it_is_killed(alive, tmp_path):
    (tmp_path / "usual_life.py").write_text(MODULE)
    program = (
        "import signal\n"
        "from sagalab.hosts.warm_process import WarmProcess\n"
        "import os\n"
        "warm = WarmProcess('usual_life', lambda home: {**os.environ, 'HOME': home})\n"
        "life = warm.bring_up({}, limit=1000)\n"
        "said = life.channel.receive(20)\n"
        "print(said['warm'], said['pid'], flush=True)\n"
        "signal.pause()\n"
    )
    found = f"{tmp_path}{os.pathsep}{os.pathsep.join(entry for entry in sys.path if entry)}"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": found}
    )
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(pids) == 2 and all(ended(alive, pid) for pid in pids)
