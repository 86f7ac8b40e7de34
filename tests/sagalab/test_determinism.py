"""The same seed gives the same run, byte for byte, in another process and under another hash seed; nothing is left over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from sagalab import Lab
from sagalab.packaging import zipped

ROOT = Path(__file__).resolve().parents[2]
# All of them take 250 s of a processor: an order takes 30 ms, and the twenty of each seed run twice.
SEEDS, PART = 200, 50


def written(folder: Path, first: int, last: int) -> list[dict[str, bytes]]:
    """Runs the seeds in two processes side by side; gives what each of them wrote, by seed."""
    folders, processes = [folder / "one", folder / "two"], []
    for hash_seed, into in enumerate(folders, 1):
        into.mkdir()
        command = [sys.executable, "-m", "tests.sagalab.many_sagas", str(into), str(first), str(last)]
        environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed * 4711)}
        processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    return [{path.name: path.read_bytes() for path in sorted(into.iterdir())} for into in folders]


def test_two_processes_tell_the_same_story_and_two_seeds_do_not(tmp_path):
    one, two = written(tmp_path, 9, 11)
    assert one == two and sorted(one) == ["10.txt", "9.txt"]
    assert len({*one.values()}) == 2, "a seed that changed nothing would prove nothing"
    for text in one.values():
        assert text.count(b"executionSucceededEventDetails") == 20 and b'"fault"' in text


@pytest.mark.prove
@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_many_seeds_tell_the_same_story_in_two_processes(tmp_path, first):
    one, two = written(tmp_path, first, first + PART)
    assert len(one) == PART
    assert [name for name in one if one[name] != two[name]] == []


LATE = """
import boto3, time

def step(event, context):
    time.sleep(50)
    boto3.client("sqs").send_message(QueueUrl=event["url"], MessageBody="from the lab before")
"""


def _left_behind(lab: Lab) -> None:
    """Leaves work of every kind behind: a wait, a handler that sleeps, a token, a retry, a message on its way."""
    sqs, sfn = boto3.client("sqs"), boto3.client("stepfunctions")
    url = sqs.create_queue(QueueName="told", Attributes={"DelaySeconds": "30"})["QueueUrl"]
    function = boto3.client("lambda").create_function(
        FunctionName="late", Runtime="python3.11", Handler="m.step", Role=lab.role_arn, Timeout=60,
        Code={"ZipFile": zipped({"m.py": LATE})},
    )["FunctionArn"]  # fmt: skip
    tell = {"QueueUrl": url, "MessageBody": "from the lab before"}
    states = {
        "Work": {"Type": "Task", "Resource": function, "Next": "Rest"},
        "Rest": {"Type": "Wait", "Seconds": 600, "Next": "Tell"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": tell, "End": True},
    }
    definition = json.dumps({"StartAt": "Work", "States": states})
    arn = sfn.create_state_machine(name="Late", definition=definition, roleArn=lab.role_arn)["stateMachineArn"]
    sfn.start_execution(stateMachineArn=arn, name="left", input=json.dumps({"url": url}))
    sqs.send_message(QueueUrl=url, MessageBody="from the lab before")
    lab.run(until=10)


def test_what_one_lab_left_behind_never_reaches_the_next():
    first = Lab(1)
    _left_behind(first)
    before = len(first.history())
    second = Lab(2)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    assert second.run(until=3600) in ("quiet", "horizon")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert [fact for fact in second.history() if fact.kind in ("execution", "invocation", "sent")] == []
    assert len(first.history()) == before, "the first lab's work stands still"
    assert boto3.client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_not_even_the_old_clock_can_finish_what_was_left_behind():
    first = Lab(1)
    _left_behind(first)
    second = Lab(2)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    assert first.clock.run() == "quiet"  # Whoever kept the old lab lets its time pass.
    second.run(until=3600)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert [fact for fact in second.history() if fact.kind in ("execution", "invocation", "sent")] == []
