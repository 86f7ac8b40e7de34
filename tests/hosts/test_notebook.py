"""A notebook's own process: it runs the cells, brings its evidence, and stays to be called."""

import ast
import os
from types import SimpleNamespace

import pytest

from sagalab.hosts.fork_server import Forker, control_pair
from sagalab.hosts.limits import clean_environment
from sagalab.hosts.warm_process import WarmProcess

CELLS = [
    "from sagalab import Lab\nlab = Lab()",
    "%%handler payment\ndef run(event, context):\n    return borrowed",
    "print('x' * 100_000)",
    "1 / 0",
    "while True:\n    try:\n        pass\n    except BaseException:\n        pass",
    "%%handler payment\ndef run(event, context):\n    return 'paid'",
    "def start_workflow(order_id):\n    return order_id + '!'",
    "def emit_order_created(order_id):\n    while True: pass",
    "import os\ndef stuck_orders(*_):\n    os._exit(0)",
    "import os\nprint(sorted(os.environ))",
    "run({}, None)",
    "%%handler endless\ndef loop(event, context):\n    while True: pass",
    "import boto3\nfrom sagalab import package\nfunctions = boto3.client('lambda')\nfunctions.create_function(FunctionName='endless', "
    "Handler='endless.loop', Runtime='python3.11', Role=lab.role_arn, Code={'ZipFile': package('endless')})",
    "open('/tmp/of-a-notebook', 'w').close()\nprint(os.listdir('/tmp'))",
    "functions.invoke(FunctionName='endless')",
]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Runs the cells, once for all tests of this module."""
    folder = str(tmp_path_factory.mktemp("notebook"))
    control, served = control_pair()
    warm = WarmProcess("sagalab.hosts.notebook", clean_environment)
    request = {"home": folder, "folder": folder, "cell_seconds": 1.0, "limits": {"cpu": 60, "memory": 2500}}
    life = warm.bring_up(request, served, limit=64 << 20)
    served.close()
    life.channel.send({"cells": [{"code": True, "source": source} for source in CELLS]})
    outputs, message = [], life.channel.receive(60)
    while message["op"] == "cell":
        outputs.append(message["outputs"])
        message = life.channel.receive(60)
    yield SimpleNamespace(outputs=outputs, evidence=message["evidence"], forker=Forker(control))
    control.close()
    life.close()
    warm.close()


def text(outputs):
    return "".join(row.get("text", "") + "".join(row.get("traceback", [])) for row in outputs)


def test_the_cells_run_past_their_errors_and_the_evidence_says_that_not_all_went_well(notebook):
    assert len(notebook.outputs) == len(CELLS) and notebook.evidence["ran"] is False
    assert set(notebook.evidence["defined"]) == {"start_workflow", "emit_order_created", "stuck_orders"}


def test_a_borrowed_name_is_explained_and_the_kernel_stays_usable(notebook):
    words = text(notebook.outputs[1])
    assert "HandlerError: %%handler payment" in words and "'borrowed' is defined nowhere" in words
    assert "Traceback" not in words
    assert notebook.outputs[CELLS.index("run({}, None)")][0]["data"]["text/plain"] == "'paid'"


def test_long_output_is_cut_with_a_note(notebook):
    assert 20_000 <= len(text(notebook.outputs[2])) < 20_100 and "left out" in text(notebook.outputs[2])


def test_a_notebook_s_own_tmp_holds_nothing_of_others_and_leaves_nothing_behind(notebook):
    assert [name for name in ast.literal_eval(text(notebook.outputs[-2])) if "sagalab" not in name] == ["of-a-notebook"]
    assert not os.path.exists("/tmp/of-a-notebook")


def test_a_plain_error_is_an_error_output(notebook):
    assert notebook.outputs[3][-1]["ename"] == "ZeroDivisionError"


def test_a_cell_that_loops_is_interrupted_in_words(notebook):
    (row,) = notebook.outputs[4]
    assert row["ename"] == "CellTimeout" and "does a loop in it never end?" in row["evalue"]


def test_a_handler_that_loops_costs_its_cell_and_is_not_tried_again_and_again(notebook):
    (row,) = notebook.outputs[-1]
    assert row["ename"] == "CellTimeout" and "does a loop in it never end?" in row["evalue"]


def call(notebook, target, wall=10):
    channel, _ = notebook.forker.fork({"limits": {"cpu": 1}})
    channel.send({"target": target, "arguments": ["7"], "now": 0.0, "seed": "s"})
    return channel.receive(wall)


def test_its_functions_are_called_in_forks(notebook):
    assert call(notebook, "start_workflow") == {"op": "done", "result": "7!"}


@pytest.mark.parametrize("target", ["emit_order_created", "stuck_orders"])
def test_a_function_that_never_comes_back_costs_one_fork(notebook, target):
    from sagalab.hosts.channel import ChannelClosed

    with pytest.raises(ChannelClosed):
        call(notebook, target)
    assert call(notebook, "start_workflow")["result"] == "7!"


def test_what_is_not_defined_is_said(notebook):
    assert call(notebook, "plan:0:actions")["error"] == "KeyError"
    assert "no function nothing()" in call(notebook, "nothing")["message"]


def test_nothing_of_this_process_s_environment_came_along(notebook):
    assert "PYTEST_CURRENT_TEST" in os.environ
    printed = text(notebook.outputs[CELLS.index("import os\nprint(sorted(os.environ))")])
    assert "PYTEST_CURRENT_TEST" not in printed and "'HOME'" in printed
