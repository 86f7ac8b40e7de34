"""Functions in children of their own: what works, what is remembered, what time it is."""

import json

import pytest

from sagalab.clock import EPOCH


@pytest.fixture(params=["alone", "together"])
def room(request):
    """Each instance in a child of its own, or all in one: a handler cannot tell the difference."""
    return request.getfixturevalue("lone_room" if request.param == "alone" else "shared_room")


def test_a_handler_answers_from_its_zip(room):
    outcome = room.invoke("def f(event, context): return {'twice': event['n'] * 2}", {"n": 21})
    assert (outcome.payload, outcome.error, outcome.cold) == ({"twice": 42}, None, True)


def test_a_warm_instance_keeps_its_globals_and_a_fresh_one_does_not(room):
    source = "seen = []\ndef f(event, context):\n    seen.append(1)\n    return len(seen)"
    assert [room.invoke(source).payload for _ in range(3)] == [1, 2, 3]
    cold = room.runtime.run(room.spec(source), None, {"aws_request_id": "r", "deadline": 1e9}, fresh=True)
    assert (cold.payload, cold.cold) == (1, True)


def test_invocations_side_by_side_land_on_instances_of_their_own(room):
    source = (
        "import time\nmine = []\ndef f(event, context):\n    mine.append(context.aws_request_id)\n"
        "    time.sleep(5)\n    return mine[0]"
    )
    outcomes = []
    for _ in range(3):
        room.clock.spawn(lambda: outcomes.append(room.invoke(source)))
    room.clock.run()
    assert len({one.payload for one in outcomes}) == 3 and all(one.cold for one in outcomes)
    assert not room.invoke(source).cold


def test_new_code_or_other_variables_never_run_on_an_old_instance(room):
    room.invoke("def f(event, context): return 'old'")
    assert room.invoke("def f(event, context): return 'new'").payload == "new"
    source = "import os\ndef f(event, context): return os.environ['STAGE']"
    assert [room.invoke(source, STAGE=stage).payload for stage in ("a", "b")] == ["a", "b"]


def test_participants_and_clients_lead_to_the_judge_s_world(room):
    url, _ = room.account.queue("orders")
    source = (
        "import boto3\nfrom sagalab.participants import order_book, payment_gateway\n"
        "def f(event, context):\n"
        "    amount = order_book.get('7')['amount']\n"
        "    payment_gateway.charge('7', amount, key='k', correlation_id='c')\n"
        "    boto3.client('sqs').send_message(QueueUrl=event['url'], MessageBody='done')\n"
    )
    assert room.invoke(source, {"url": url}).error is None
    assert room.effects() == ["charged"] and room.account.bodies(url) == ["done"]
    (fact,) = room.history.of("effect")
    assert (fact.detail["amount"], fact.detail["function"], fact.correlation_id) == (49.9, "f", "c")


def test_a_participant_s_error_has_its_own_class_in_the_handler(room):
    room.market.orders["7"] = room.market.orders["7"].__class__(**{**vars(room.market.orders["7"]), "declined": -1})
    source = (
        "from sagalab.participants import payment_gateway, PaymentDeclined\n"
        "def f(event, context):\n    try:\n        payment_gateway.charge('7', 5)\n"
        "    except PaymentDeclined as error:\n        return 'caught'\n"
    )
    assert room.invoke(source).payload == "caught"


def test_time_in_a_child_is_the_lab_s(room):
    source = (
        "import time, datetime\ndef f(event, context):\n    before = time.time()\n    time.sleep(7)\n"
        "    return [before, time.time() - before, datetime.datetime.now(datetime.timezone.utc).isoformat()]\n"
    )
    started, slept, shown = room.invoke(source).payload
    assert slept == pytest.approx(7) and EPOCH.timestamp() <= started < EPOCH.timestamp() + 1
    assert shown.startswith("2026-01-05T09:00:07")


def test_the_remaining_time_runs_down_to_nothing(room):
    source = (
        "import time\ndef f(event, context):\n    first = context.get_remaining_time_in_millis()\n    time.sleep(15)\n"
        "    return [first, context.get_remaining_time_in_millis(), context.function_name, context.memory_limit_in_mb]\n"
    )
    first, later, name, memory = room.invoke(source).payload
    assert 19_900 <= first <= 20_000 and first - later == 15_000 and (name, memory) == ("f", "128")


def test_chance_in_a_child_comes_from_the_seed(warm, room):
    from tests.hosts.conftest import Room

    source = "import uuid, random\ndef f(event, context): return [str(uuid.uuid4()), random.random()]"
    first = [room.invoke(source).payload for _ in range(2)]
    again = Room(warm)
    assert [again.invoke(source).payload for _ in range(2)] == first and first[0] != first[1]
    again.close()


def test_a_handler_that_runs_late_is_timed_out_and_a_call_under_way_still_lands(room):
    source = (
        "import time\nfrom sagalab.participants import payment_gateway, warehouse\n"
        "def f(event, context):\n    time.sleep(19.97)\n    payment_gateway.charge('7', 5, key='k')\n"
        "    warehouse.reserve('7', [{'sku': 'mug', 'quantity': 1}], key='k')\n"
    )
    outcome = room.invoke(source)
    assert (outcome.error, outcome.cold) == ("Sandbox.Timedout", True) and "20.00 seconds" in outcome.message
    room.clock.run()
    assert room.effects() == ["charged"]


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("def g(event, context): pass", "Runtime.HandlerNotFound", "Handler 'f' missing on module 'm'"),
        ("def f(event, context) return 1", "Runtime.UserCodeSyntaxError", "Syntax error in module 'm'"),
        ("import nothing_of_that_name", "Runtime.ImportModuleError", "No module named 'nothing_of_that_name'"),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("raise SystemExit(3)", "Runtime.ImportModuleError", "Unable to import"),
        ("def f(event, context): raise LookupError('no order')", "LookupError", "no order"),
        ("def f(event, context): raise SystemExit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("def f(event, context): raise SystemExit", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("def f(event, context): return {1, 2}", "Runtime.MarshalError", "set is not JSON"),
        ("def f(event): return 1", "TypeError", "takes 1 positional argument"),
        (
            "class E(Exception):\n    def __str__(self): raise ValueError\ndef f(e, c): raise E()",
            "E",
            "cannot be shown",
        ),
        ("class E(BaseException): pass\ndef f(e, c): raise E('mine')", "E", "mine"),
    ],
)
def test_each_failure_has_aws_s_name_and_its_words(room, source, error, words):
    outcome = room.invoke(source)
    assert outcome.loaded == ("def f(" in source and "def f(event, context) return" not in source)
    assert outcome.error == error and words in outcome.message
    assert room.invoke("def f(event, context): return 'still here'", name="g").payload == "still here"


def test_code_that_does_not_load_fails_alike_each_time(room):
    outcomes = [room.invoke("def g(event, context): pass") for _ in range(3)]
    assert {one.error for one in outcomes} == {"Runtime.HandlerNotFound"} and all(one.cold for one in outcomes)


def test_a_traceback_shows_the_place_as_on_aws_and_no_folder_of_this_machine(room):
    outcome = room.invoke("def g():\n    raise KeyError('x')\n\ndef f(event, context):\n    g()\n")
    assert outcome.trace[-1].startswith('  File "/var/task/m.py", line 2, in g')


def test_what_a_handler_prints_is_kept_in_part(room):
    assert room.invoke("def f(event, context): print('hello')").log == "hello\n"


def test_a_module_may_be_imported_late_from_the_same_zip(room):
    from sagalab.aws.lambdas.functions import FunctionSpec
    from sagalab.packaging import zipped

    code = zipped(
        {"m.py": "def f(event, context):\n    import other\n    return other.NAME", "other.py": "NAME = 'late'"}
    )
    spec = FunctionSpec("f", "arn:f", "m.f", code, 20, 128)
    assert room.account.cloud.functions.invoke(spec, None).payload == "late"


def test_a_child_holds_no_seed_and_no_order(room):
    source = "import os\ndef f(event, context): return [dict(os.environ), open('/proc/self/cmdline').read()]"
    text = json.dumps(room.invoke(source).payload)
    assert "room" not in text and "49.9" not in text
