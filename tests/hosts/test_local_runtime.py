"""Functions in the notebook's own process: the same answers as in children, and a lab that stays usable."""

import os
import sys

import pytest

from sagalab.aws.lambdas.functions import FunctionSpec
from sagalab.hosts.runtime import LocalRuntime, open_local_door
from sagalab.packaging import zipped
from sagalab.participants import open_door
from sagalab.participants.market import Market
from tests.aws.building import Account
from tests.hosts.conftest import ORDER, Room


@pytest.fixture
def home(monkeypatch):
    """A room whose functions run right here."""
    room = Room.__new__(Room)
    room.account = Account(seed="home")
    room.clock, room.history = room.account.clock, room.account.history
    room.market = Market(room.clock, room.history, [ORDER], {"mug": 5})
    room.runtime = room.account.cloud.functions.runtime = LocalRuntime(room.clock, lambda: room.market)
    open_local_door(lambda: room.market)
    from sagalab.aws.current import go_on

    def sleep(seconds):
        room.clock.sleep(seconds)
        go_on()

    monkeypatch.setattr("time.sleep", sleep)
    yield room
    open_door(None)
    room.account.close()


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def f(event, context): return event", None),
        ("def g(event, context): pass", "Runtime.HandlerNotFound"),
        ("def f(event, context) return 1", "Runtime.UserCodeSyntaxError"),
        ("import nothing_of_that_name", "Runtime.ImportModuleError"),
        ("def f(event, context): raise LookupError('no order')", "LookupError"),
        ("def f(event, context): raise SystemExit(3)", "Runtime.ExitError"),
        ("def f(event, context): return {1}", "Runtime.MarshalError"),
        ("class E(BaseException): pass\ndef f(e, c): raise E('mine')", "E"),
    ],
)
def test_here_and_in_a_child_a_handler_ends_alike(home, warm, source, error):
    here = home.invoke(source, {"n": 1})
    room = Room(warm)
    there = room.invoke(source, {"n": 1})
    room.close()
    assert here.error == there.error == error
    assert (here.payload, here.message, here.cold) == (there.payload, there.message, there.cold)


def test_each_function_has_its_own_variables_also_while_another_runs(home):
    source = (
        "import os, time\nFIRST = os.environ['STAGE']\ndef f(event, context):\n    time.sleep(5)\n"
        "    return [FIRST, os.environ['STAGE'], os.getenv('STAGE'), 'STAGE' in os.environ]"
    )
    found = {}
    for name in "ab":
        home.clock.spawn(lambda name=name: found.update({name: home.invoke(source, name=name, STAGE=name).payload}))
    home.clock.run()
    assert found == {name: [name, name, name, True] for name in "ab"}
    assert "STAGE" not in os.environ


def test_a_timed_out_handler_has_no_more_effects_but_of_the_call_under_way(home):
    source = (
        "import time, boto3\nfrom sagalab.participants import payment_gateway, warehouse\n"
        "def f(event, context):\n    time.sleep(19.97)\n    payment_gateway.charge('7', 5, key='k')\n"
        "    try:\n        warehouse.reserve('7', [{'sku': 'mug', 'quantity': 1}])\n    except Exception:\n        pass\n"
        "    boto3.client('sqs').create_queue(QueueName='late')\n"
    )
    assert home.invoke(source).error == "Sandbox.Timedout"
    home.clock.run()
    assert home.effects() == ["charged"] and "QueueUrls" not in home.account.sqs.list_queues()
    assert home.clock.failures == []


def test_a_handler_that_waits_for_ever_does_not_keep_time_going(home):
    source = "import time\ndef f(event, context):\n    while True:\n        time.sleep(1)"
    assert home.invoke(source).error == "Sandbox.Timedout"
    assert home.clock.run() == "quiet" and home.clock.now < 30


ENDLESS = "def f(event, context):\n    while True:\n        pass"


@pytest.mark.parametrize(
    "source",
    [
        ENDLESS,
        "def f(event, context):\n    while True:\n        try:\n            len('')\n        except Exception:\n            pass",
        "import boto3\nSQS = boto3.client('sqs')\ndef f(event, context):\n    while True:\n        SQS.list_queues()",
        "while True:\n    pass",
    ],
)  # fmt: skip
def test_an_endless_loop_is_stopped_and_its_function_named(home, source):
    home.runtime._watchdog.wall = 0.3
    began = home.clock.now
    outcome = home.invoke(source, name="charge")
    assert outcome.error == "Sandbox.Timedout" and "does a loop in charge never end?" in outcome.message
    assert home.clock.now >= began + 20, "on AWS it runs until its timeout"
    assert home.invoke("def f(event, context): return 'fine'", name="other").payload == "fine"


def test_a_function_that_is_endless_again_and_again_is_no_longer_started(home):
    home.runtime._watchdog.wall = 0.3
    source = "import boto3\ndef f(event, context):\n    boto3.client('sqs').create_queue(QueueName=event)\n    while True: pass"
    for number in range(4):
        home.invoke(source, f"call-{number}")
    assert len(home.account.sqs.list_queues()["QueueUrls"]) == 2


def test_a_handler_that_lets_others_work_may_take_its_time(home):
    home.runtime._watchdog.wall = 0.3
    source = (
        "import time\ndef f(event, context):\n    for _ in range(12):\n        sum(range(2_000_000))\n        time.sleep(1)\n"
        "    return 'done'"
    )
    assert home.invoke(source).payload == "done"


def test_a_handler_s_modules_do_not_replace_those_of_the_notebook(home):
    import json

    code = zipped({"m.py": "import json\ndef f(event, context): return json.MINE", "json.py": "MINE = True"})
    spec = FunctionSpec("f", "arn:f", "m.f", code, 20, 128)
    assert home.account.cloud.functions.invoke(spec, None).payload is True
    assert sys.modules["json"] is json and "m" not in sys.modules


def test_a_folder_without_modules_is_gone_after_its_import_too(home):
    spec = FunctionSpec("f", "arn:f", "m.f", zipped({"m/": ""}), 20, 128)
    assert home.account.cloud.functions.invoke(spec, None).error == "Runtime.HandlerNotFound"
    assert "m" not in sys.modules


def test_interrupting_a_handler_leaves_a_usable_lab(home):
    with pytest.raises(KeyboardInterrupt):
        home.invoke("def f(event, context): raise KeyboardInterrupt")
    assert home.clock.run() == "quiet"
    assert home.invoke("def f(event, context): return 'fine'").payload == "fine"


def test_the_remaining_time_runs_down_here_too(home):
    source = (
        "import time\ndef f(event, context):\n    first = context.get_remaining_time_in_millis()\n    time.sleep(15)\n"
        "    return [first, context.get_remaining_time_in_millis()]"
    )
    first, later = home.invoke(source).payload
    assert 19_900 <= first <= 20_000 and first - later == 15_000


def test_a_traceback_quotes_the_function_s_own_lines_as_aws_does(home):
    home.invoke("def f(event, context):\n    raise LookupError('another one')", name="first")
    outcome = home.invoke("def g():\n    return 1 / 0\ndef f(event, context):\n    return g()", name="second")
    assert outcome.trace == (
        '  File "/var/task/m.py", line 4, in f\n    return g()\n',
        '  File "/var/task/m.py", line 2, in g\n    return 1 / 0\n',
    )


def test_a_traceback_names_the_files_of_python_as_they_lie_in_lambda_and_none_of_this_machine(home):
    source = "import json, boto3\ndef f(event, context):\n    return {}"
    parsed = home.invoke(source.format("json.loads('x')")).trace
    asked = home.invoke(source.format("boto3.client('sqs').receive_message(QueueUrl='x')")).trace
    places = [line.partition('"')[2].partition('"')[0] for line in (*parsed[1:], *asked[1:])]
    assert len(places) > 4 and all(place.startswith("/var/lang/lib/python3.") for place in places)


def test_a_handler_sees_that_no_app_called_it(home):
    source = "def f(event, context): return [context.client_context, context.identity.cognito_identity_id]"
    assert home.invoke(source).payload == [None, None]
