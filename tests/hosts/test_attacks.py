"""Handlers that misbehave: each ends as an error in words, in bounded time, and the next function runs as before."""

import json
import os
import subprocess
import sys

import pytest

from sagalab.hosts.fork_server import control_pair
from sagalab.hosts.limits import clean_environment
from sagalab.hosts.warm_process import WarmProcess

FINE = "def f(event, context): return 'fine'"


def still_works(room):
    return room.invoke(FINE, name="other").payload == "fine"


def ended(alive, pid):
    """Says whether a killed process is gone; the kernel may take a moment."""
    return any(not alive(pid) or os.sched_yield() for _ in range(20_000))


def words(outcome):
    """Gives an outcome's message, which never is a traceback of ours."""
    assert "Traceback" not in outcome.message and "sagalab" not in outcome.message
    return outcome.message


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "10 ** 10 ** 9",
        "import signal\n    signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n    while True: pass",
    ],
    ids=["loop", "loop that catches all", "one endless operation", "loop that ignores the warning"],
)
def test_an_endless_loop_ends_with_its_processor_time(room, alive, body):
    outcome = room.invoke(f"def f(event, context):\n    {body}")
    assert outcome.error in ("Sandbox.Timedout", "Runtime.ExitError") and words(outcome)
    assert room.pids() == [] and still_works(room)


def test_a_loop_takes_the_function_s_time_and_is_named_as_a_loop(room):
    outcome = room.invoke("def f(event, context):\n    while True: pass", timeout=9)
    assert "timed out after 9.00 seconds" in words(outcome) and "a loop in f never end?" in outcome.message
    assert 9 <= room.clock.now < 10


def test_a_function_that_hung_twice_is_not_started_a_third_time(room):
    source = "def f(event, context):\n    while True: pass"
    outcomes = [room.invoke(source) for _ in range(4)]
    assert {one.error for one in outcomes} == {"Sandbox.Timedout"}
    assert "it did so before" in outcomes[3].message and room.runtime._started == 2
    assert room.clock.now > 80


def test_a_child_that_stops_itself_is_taken_for_hung(impatient_room, alive):
    room = impatient_room
    pids = []
    fork = room.runtime._fork

    def forking(life, name):
        host = fork(life, name)
        pids.append(host.pid)
        return host

    room.runtime._fork = forking
    outcome = room.invoke("import os, signal\ndef f(event, context): os.kill(os.getpid(), signal.SIGSTOP)")
    assert outcome.error == "Sandbox.Timedout" and "said nothing for 0.4 s" in words(outcome)
    assert ended(alive, pids[0]) and still_works(room)


def test_four_gigabytes_are_a_memory_error_of_the_handler(room):
    outcome = room.invoke("def f(event, context): return len(bytearray(4 * 1024 ** 3))")
    assert outcome.error == "MemoryError" and still_works(room)


def test_many_small_pieces_of_memory_end_too(room):
    outcome = room.invoke("def f(event, context):\n    kept = []\n    while True: kept.append(bytes(50_000_000))")
    assert outcome.error in ("MemoryError", "Runtime.ExitError") and still_works(room)


@pytest.mark.parametrize("code", [0, 1])
def test_leaving_through_the_back_door_is_an_exit_error(room, code):
    outcome = room.invoke(f"import os\ndef f(event, context): os._exit({code})")
    assert outcome.error == "Runtime.ExitError" and "ended before it answered" in words(outcome)
    assert still_works(room)


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_killing_itself_is_an_exit_error(room, signal):
    outcome = room.invoke(f"import os, signal\ndef f(event, context): os.kill(os.getpid(), signal.{signal})")
    assert outcome.error == "Runtime.ExitError" and words(outcome) and still_works(room)


def test_closing_every_descriptor_is_an_exit_error(room):
    source = (
        "import os\nfrom sagalab.participants import order_book\n"
        "def f(event, context):\n    os.closerange(3, 200)\n    return order_book.get('7')"
    )
    outcome = room.invoke(source)
    assert outcome.error == "Runtime.ExitError" and words(outcome) and still_works(room)


SEND = "from sagalab.hosts import inside\ndef f(event, context):\n    send = inside._channel.socket.sendall\n"


@pytest.mark.parametrize(
    "garbage",
    [
        "b'garbage'",
        "b'\\xff\\xff\\xff\\xff'",
        "len(b'[1]').to_bytes(4, 'big') + b'[1]'",
        "len(b'{oops').to_bytes(4, 'big') + b'{oops'",
        "(5_000_000).to_bytes(4, 'big') + b'[' * 5_000_000",
        "(3).to_bytes(4, 'big') + b'\\xff\\xfe\\xfd'",
        "json.dumps({'op': 'explode'}).encode()",
        "json.dumps({'op': 'sleep', 'seconds': float('nan')}).encode()",
        "json.dumps({'op': 'sleep', 'seconds': -1e9}).encode()",
        "json.dumps({'op': 'sleep'}).encode()",
        "json.dumps({'op': 'sleep', 'seconds': '1e400'}).encode()",
        "json.dumps({'op': 'aws', 'body': '!', 'headers': 7}).encode()",
        "json.dumps({'op': 'aws', 'method': 'GET', 'url': ':::', 'headers': {}, 'body': ''}).encode()",
        "json.dumps({'op': 'participant', 'what': 'order_book.get', 'arguments': 3}).encode()",
        "json.dumps({'op': 'participant', 'what': ['x'], 'arguments': {}}).encode()",
        "json.dumps({'op': ['done']}).encode()",
        "json.dumps({'op': 'done', 'payload': 1, 'error': {'a': 1}, 'trace': 'x', 'log': 5, 'message': []}).encode()",
        "json.dumps({'op': 'done', 'now': -5}).encode()",
    ],
)
def test_garbage_on_the_channel_harms_only_its_writer(impatient_room, garbage):
    room = impatient_room
    text = f"    raw = {garbage}\n"
    if "json.dumps" in garbage:
        text += "    raw = len(raw).to_bytes(4, 'big') + raw\n"
    outcome = room.invoke(f"import json\n{SEND}{text}    send(raw)\n    return 'sent'")
    if outcome.error is not None:
        assert words(outcome) is not None
    assert 0 <= room.clock.now < 1e6 and still_works(room) and room.clock.failures == []


def test_forged_effects_are_impossible_a_child_can_only_ask(room):
    forged = {"op": "done", "payload": "paid", "effects": ["charged"], "history": [{"kind": "effect"}]}
    outcome = room.invoke(
        f"import json\n{SEND}    raw = json.dumps({forged!r}).encode()\n    send(len(raw).to_bytes(4, 'big') + raw)"
    )
    assert outcome.payload == "paid" and room.effects() == []


def test_a_forked_twin_ends_with_its_instance(room, alive):
    source = (
        "import os, time\ndef f(event, context):\n    pid = os.fork()\n"
        "    if pid == 0:\n        while True:\n            import signal; signal.pause()\n    return pid"
    )
    twin = room.invoke(source).payload
    assert alive(twin)
    room.runtime.close()
    assert ended(alive, twin)


def test_two_processes_on_one_channel_confuse_only_themselves(impatient_room):
    room = impatient_room
    source = "import os\nfrom sagalab.participants import order_book\ndef f(event, context):\n    os.fork()\n    return order_book.get('7')"
    for _ in range(3):
        outcome = room.invoke(source)
        assert outcome.error is None or words(outcome)
    assert still_works(room) and room.clock.failures == []


def test_a_hundred_megabytes_of_output_are_cut(room):
    source = (
        "import os, sys\ndef f(event, context):\n    for _ in range(100):\n        print('x' * 1_000_000)\n"
        "        os.write(1, b'y' * 1_000_000), os.write(2, b'z' * 1_000_000)\n    return 'done'"
    )
    outcome = room.invoke(source)
    assert outcome.payload == "done" and len(outcome.log) == 4096


@pytest.mark.parametrize(
    ("result", "error", "phrase"),
    [
        ("'x' * 50_000_000", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size"),
        ("{'a': {1, 2}}", "Runtime.MarshalError", "not JSON serializable"),
        ("b'bytes'", "Runtime.MarshalError", "not JSON serializable"),
        ("endless()", "Runtime.MarshalError", "Unable to marshal"),
        ("deep(20_000)", "Runtime.MarshalError", "Unable to marshal"),
    ],
)
def test_an_answer_that_cannot_travel_is_named_as_on_aws(room, result, error, phrase):
    source = (
        "def endless():\n    a = []\n    a.append(a)\n    return a\n"
        "def deep(n):\n    a = []\n    for _ in range(n): a = [a]\n    return a\n"
        f"def f(event, context): return {result}"
    )
    outcome = room.invoke(source)
    assert outcome.error == error and phrase in words(outcome)
    assert still_works(room)


def test_no_answer_is_not_a_number(room):
    assert room.invoke("def f(event, context): return float('nan')").error == "Runtime.MarshalError"


def test_an_error_with_a_huge_message_is_cut(room):
    outcome = room.invoke("def f(event, context): raise ValueError('x' * 50_000_000)")
    assert outcome.error == "ValueError" and len(outcome.message) == 4000


def test_decimals_travel_as_numbers_as_they_do_on_aws(room):
    assert room.invoke("from decimal import Decimal\ndef f(event, context): return Decimal('1.5')").payload == 1.5


@pytest.mark.parametrize(
    "ask",
    [
        "boto3.client('sqs').list_queues()",
        "__import__('sagalab.participants').participants.order_book.outcome('7')",
        "__import__('time').sleep(0)",
    ],
)
def test_asking_without_an_end_is_ended(room, ask):
    outcome = room.invoke(f"import boto3\ndef f(event, context):\n    while True: {ask}", timeout=900)
    assert outcome.error == "Sandbox.Timedout" and words(outcome) and still_works(room)


def test_a_thread_left_behind_ends_with_its_instance(room):
    source = (
        "import threading\ndef f(event, context):\n"
        "    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()\n    return 'left'"
    )
    assert room.invoke(source).payload == "left"
    assert still_works(room)


SPY = """
import os
def f(event, context):
    found = {}
    for name in ("environ", "mem", "maps", "fd/0"):
        try:
            with open(f"/proc/{event['pid']}/{name}", "rb") as stream:
                found[name] = stream.read(10).decode("latin-1")
        except OSError as error:
            found[name] = type(error).__name__
    return found
"""


def seen_of(room, program):
    """Gives what a function gets of a process that has run this program and stands still."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}\nprint('ready', flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "SEED": "secret"},
        text=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return set(room.invoke(SPY, {"pid": process.pid}).payload.values())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_memory_and_environment_of_the_judge_cannot_be_read(room):
    program = "from sagalab.hosts.limits import keep_private\nkeep_private()"
    assert seen_of(room, program) == {"PermissionError"}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_memory_and_environment_of_another_learner_s_processes_cannot_be_read(room, tmp_path):
    control, served = control_pair()
    warm = WarmProcess("sagalab.hosts.notebook", clean_environment)
    limits = {"cpu": 60, "memory": 2500}
    request = {"home": str(tmp_path), "folder": str(tmp_path), "cell_seconds": 5.0, "limits": limits}
    notebook = warm.bring_up(request, served, limit=1 << 20)
    neighbour = room.invoke("import os\ndef f(event, context): return os.getpid()", name="neighbour").payload
    try:
        for pid in (notebook.pid, neighbour):
            assert set(room.invoke(SPY, {"pid": pid}).payload.values()) == {"PermissionError"}
    finally:
        notebook.close()
        warm.close()
        control.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_whoever_grades_hides_its_own_memory_and_environment(room):
    program = (
        "from sagalab.hosts.limits import drop_privileges\nfrom sagalab.judging import submission\n"
        "submission.NOTEBOOKS.prepare = submission.JUDGES.prepare = lambda: None\nsubmission.prepare()\n"
        "drop_privileges()  # an ordinary user has none: root's own processes are closed to its children anyway"
    )
    assert seen_of(room, program) == {"PermissionError"}


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_a_child_has_no_power_over_others_and_cannot_get_it_back(room):
    source = (
        "import os\ndef f(event, context):\n    rows = dict(line.split(':\\t') for line in open('/proc/self/status') if ':\\t' in line)\n"
        "    return {name: rows[name].strip() for name in ('CapEff', 'CapPrm', 'NoNewPrivs')}"
    )
    found = room.invoke(source).payload
    assert int(found["CapEff"], 16) == int(found["CapPrm"], 16) == 0 and found["NoNewPrivs"] == "1"


def test_a_file_that_never_stops_growing_is_stopped(room):
    source = (
        "def f(event, context):\n    with open('big', 'wb') as out:\n        while True: out.write(b'x' * 10_000_000)"
    )
    outcome = room.invoke(source)
    assert outcome.error in ("OSError", "Runtime.ExitError") and words(outcome) and still_works(room)


def test_a_zip_that_is_none_is_named(room):
    from dataclasses import replace

    outcome = room.account.cloud.functions.invoke(replace(room.spec(FINE), code=b"no zip"), None)
    assert outcome.error == "Runtime.ImportModuleError" and "no zip" in words(outcome)


def test_an_event_comes_to_the_handler_as_it_was_sent(room):
    event = {"text": "\u2028 \U0001f600", "n": [1.5, None, True], "deep": {"a": [{"b": {}}]}}
    payload = room.invoke("def f(event, context): return event", json.loads(json.dumps(event))).payload
    assert payload == event
