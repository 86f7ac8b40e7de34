"""The two cell magics, in a real shell: a slip is words, not a traceback, and the shell stays usable."""

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest
from IPython.core.interactiveshell import InteractiveShell

from sagalab import magics, packaging
from sagalab.errors import LearnerError


@pytest.fixture
def shell():
    made = InteractiveShell()
    made.history_manager.enabled = False
    magics.register(made)
    yield made
    packaging.forget()
    magics.diagrams.clear()
    InteractiveShell.clear_instance()


def ran(shell, source):
    """Runs a cell; gives whether it went well and all that it printed."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        well = shell.run_cell(source).success
    return well, out.getvalue()


def test_a_handler_cell_defines_plain_functions(shell):
    assert ran(shell, "%%handler payment_cell\ndef charge(n):\n    return n + 1\n")[0]
    assert shell.user_ns["charge"](1) == 2 and packaging.package("payment_cell")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%handler payment_cell\ndef f(): return elsewhere", "it uses 'elsewhere' from another cell"),
        ("%%handler payment_cell\ndef f(): return nowhere", "'nowhere' is defined nowhere"),
        ("%%handler payment_cell\ndef f(:", "line 1 is no Python"),
        ("%%handler\nx = 1", "the line reads %%handler NAME"),
        ("%%diagram both\nx = 1", "names no approach"),
        ("%%diagram\nx = 1", "%%diagram orchestration or %%diagram choreography"),
    ],
)
def test_a_slip_prints_words_without_a_traceback_and_the_shell_goes_on(shell, cell, words):
    shell.user_ns["elsewhere"] = 1
    well, text = ran(shell, cell)
    assert not well and words in text and "Traceback" not in text and "sagalab/" not in text
    assert ran(shell, "%%handler payment_cell\ndef f(): return 1\n")[0] and shell.user_ns["f"]() == 1


def test_a_diagram_cell_s_source_is_kept_under_its_approach():
    try:
        assert magics.diagram("choreography ", "x = 1") == "choreography"
        assert magics.diagrams == {"choreography": "x = 1"}
        with pytest.raises(LearnerError):
            magics.diagram("orchestrashun", "x = 2")
        assert magics.diagrams == {"choreography": "x = 1"}
    finally:
        magics.diagrams.clear()


MACHINE = (
    "import boto3, json\nfrom sagalab import Lab\nlab = Lab()\n"
    "boto3.client('stepfunctions').create_state_machine(\n"
    "    name='Flow', roleArn=lab.role_arn,\n    definition={definition})"
)
PATTERN = (
    "import boto3\nfrom sagalab import Lab\nlab = Lab()\n"
    "boto3.client('events').put_rule(Name='r', EventPattern={pattern!r})"
)
TASK = '{"StartAt": "Go", "States": {"Go": {"Type": "Wait", "Seconds": 1, "Next": "Gone"}}}'


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (MACHINE.format(definition=repr(TASK)), "Missing 'Next' target: Gone"),
        (MACHINE.format(definition=repr(TASK.replace("Wait", "Wiat"))), "Missing 'Next' target: Gone"),
        (MACHINE.format(definition="\"{'a': 1}\""), "json.dumps(definition) makes JSON of it"),
        (PATTERN.format(pattern='{"detail-type": "OrderCreated"}'), 'a value stands in a list, ["OrderCreated"]'),
        (PATTERN.format(pattern="{'a': 1}"), "json.dumps(pattern) makes JSON of it"),
        (PATTERN.format(pattern='{"detail": {"n": [{"numerc": [">", 1]}]}}'), 'did you mean "numeric"?'),
        ("import boto3\nfrom sagalab import Lab\nlab = Lab()\nboto3.client('sqs').create_queue()", "QueueName"),
    ],
)
def test_what_the_cloud_refuses_is_a_few_lines_with_the_learner_s_own(shell, cell, words):
    well, text = ran(shell, cell)
    assert not well and words in text and "Line 4 of the cell: boto3.client(" in text
    assert "Traceback" not in text and len(text.splitlines()) < 12
    assert ran(shell, "1 + 1")[0]
