"""A warm process that forks one child per request."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from sagalab.hosts import fork_server
from sagalab.hosts.channel import ChannelClosed
from sagalab.hosts.fork_server import Forker, control_pair
from sagalab.hosts.limits import Limits, clean_environment

GENEROUS = Limits(cpu=60, memory=8000)


def answering(channel, request):
    """A child that says what it was asked and what binds it."""
    import resource

    bound = resource.getrlimit(resource.RLIMIT_CPU)
    channel.send({"asked": request, "cpu": bound[0], "group": os.getpgid(0) == os.getpid()})
    channel.receive()


@pytest.fixture
def forker():
    ours, theirs = control_pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        fork_server.serve(theirs, answering, GENEROUS)
        os._exit(0)
    theirs.close()
    yield Forker(ours)
    ours.close()
    os.waitpid(pid, 0)


def test_each_request_gets_a_child_of_its_own_that_knows_its_request(forker):
    children = [forker.fork({"n": n}) for n in range(3)]
    assert len({pid for _, pid in children}) == 3
    assert [channel.receive(5)["asked"] for channel, _ in children] == [{"n": n} for n in range(3)]


def test_a_request_may_bind_its_child_tighter(forker):
    channel, _ = forker.fork({"limits": {"cpu": 2}})
    first = channel.receive(5)
    assert (first["cpu"], first["asked"], first["group"]) == (2, {}, True)


def test_a_child_ends_when_its_channel_closes(forker, alive):
    channel, pid = forker.fork({})
    channel.receive(5)
    channel.close()
    assert any(not alive(pid) or os.sched_yield() for _ in range(20_000))


def test_ending_a_child_that_is_gone_is_harmless(forker):
    channel, pid = forker.fork({})
    channel.receive(5)
    fork_server.end(pid)
    fork_server.end(pid)
    assert forker.fork({})[0].receive(5)


def test_a_server_that_is_gone_is_said_in_words():
    ours, theirs = control_pair()
    theirs.close()
    with pytest.raises(ChannelClosed, match="the warm process is gone"):
        Forker(ours).fork({})


def test_the_server_ends_when_nobody_holds_its_control_socket():
    ours, theirs = control_pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        fork_server.serve(theirs, answering, GENEROUS)
        os._exit(7)
    theirs.close()
    ours.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_several_may_ask_at_once(forker):
    answers = []

    def ask(n):
        channel, _ = forker.fork({"n": n})
        answers.append(channel.receive(5)["asked"]["n"])

    # Packets on the control socket keep their borders; the answers come over sockets of their own.
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == list(range(8))


def test_the_environment_of_a_child_is_an_allow_list(monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the real one")
    found = clean_environment("/scratch")
    assert "GRADER_SECRET" not in found and found["AWS_SECRET_ACCESS_KEY"] == "local"
    assert found["HOME"] == found["TMPDIR"] == "/scratch"


def test_a_child_cannot_reach_the_control_socket(warm):
    from tests.hosts.conftest import Room

    room = Room(warm)
    source = (
        "import os\ndef f(event, context):\n    found = []\n    for fd in range(3, 200):\n"
        "        try: found.append(os.readlink(f'/proc/self/fd/{fd}').split(':')[0])\n        except OSError: pass\n"
        "    return found"
    )
    assert room.invoke(source).payload.count("socket") == 1
    room.close()


HIDING = """
import ctypes, sys
from sagalab.hosts.fork_server import start
from sagalab.hosts.limits import clean_environment
dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
before = dumpable()
forker, process = start("sagalab.hosts.function_host", clean_environment(sys.argv[1]), sys.argv[1])
print(before, dumpable())
process.kill()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="this flag is Linux's")
def test_whoever_starts_a_warm_process_hides_its_own_memory_first(tmp_path):
    done = subprocess.run([sys.executable, "-c", HIDING, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["1", "0"], done.stderr


def test_an_interrupt_from_the_terminal_does_not_reach_the_children(forker, alive):
    channel, pid = forker.fork({})
    channel.receive(5)
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGTERM)
    with pytest.raises(ChannelClosed):
        channel.receive(5)
    assert isinstance(channel.socket, socket.socket)
