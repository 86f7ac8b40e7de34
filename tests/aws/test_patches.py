"""Each patched place of moto: our cloud behaves, and does not where that patch alone is undone."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import sagalab.aws
from sagalab.aws import seams
from sagalab.errors import SetupError
from tests.aws.gaps import PROBES

LACKING = {  # what AWS answers and moto does not know at all: nothing to check at start-up
    "moto.stepfunctions.responses:StepFunctionResponse.redrive_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.get_activity_task",
    "moto.stepfunctions.responses:StepFunctionResponse.validate_state_machine_definition",
    "moto.stepfunctions.responses:StepFunctionResponse.start_sync_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.test_state",
    "moto.stepfunctions.responses:StepFunctionResponse.publish_state_machine_version",
    "moto.stepfunctions.responses:StepFunctionResponse.list_state_machine_versions",
    "moto.stepfunctions.responses:StepFunctionResponse.delete_state_machine_version",
    "moto.sqs.responses:SQSResponse.start_message_move_task",
    "moto.sqs.responses:SQSResponse.list_message_move_tasks",
    "moto.sqs.responses:SQSResponse.cancel_message_move_task",
    "moto.cloudwatch.responses:CloudWatchResponse.describe_alarm_history",
}

ROOT = Path(__file__).resolve().parents[2]
# Ours only calls these; no patch stands there, so nothing can be undone.
USED_ONLY = {
    "moto.core.models:botocore_stubber",
    "moto.core.utils:utcnow",
    "moto.moto_api._internal:mock_random",
    "moto.stepfunctions.parser.utils:TMP_THREADS",
    # Caches: a probe could only ask whether an answer is the same object.
    "moto.core.utils:method_names_from_class",
    "moto.core.utils:camelcase_to_underscores",
    "moto.stepfunctions.parser.asl.utils.boto_client:boto_client_for",
}


@pytest.fixture(scope="module")
def end_of():
    """Asks how a seam's probe ends, "undone" or "patched": a process of its own runs it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.aws.gaps"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    def ask(seam, how):
        process.stdin.write(f"{seam} {how}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.wait()


@pytest.mark.parametrize("seam", PROBES)
def test_the_local_cloud_behaves_as_aws_does(end_of, seam):
    assert end_of(seam, "patched") == ""


@pytest.mark.parametrize("seam", PROBES)
def test_moto_still_needs_the_patch(end_of, seam):
    assert end_of(seam, "undone"), f"{seam}: moto passes this probe by itself now; the patch can go"


def test_every_patched_place_has_a_probe_and_is_checked_at_start_up():
    assert set(seams.SEAMS) - USED_ONLY == set(PROBES) - LACKING


@pytest.mark.parametrize("seam", seams.SEAMS)
def test_a_moto_without_the_place_is_refused_by_its_name(seam, monkeypatch):
    assert seams.missing() == []
    module, _, path = seam.partition(":")
    owner = __import__(module, fromlist=["_"])
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    for holder in getattr(owner, "__mro__", [owner]):
        if name in vars(holder):
            monkeypatch.delattr(holder, name)
    with pytest.raises(SetupError, match="lacks") as caught:
        seams.check()
    assert seam in str(caught.value) and "uv sync" in str(caught.value)


def test_another_version_of_moto_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(seams, "version", lambda name: "5.3.0")
    with pytest.raises(SetupError, match=r"moto 5\.3\.0 is installed.*needs exactly"):
        seams.check()


# They stand for no behaviour of AWS: one leads every call here, the other works out once what never changes.
NO_GAP = ("sagalab.aws.api", "sagalab.aws.shortcuts")


def patches_of(modules):
    """Gives each patch with what its own text and its module's say."""
    for module in modules:
        for patch in getattr(module, "PATCHES", ()):
            yield patch, str(patch.__doc__), f"{module.__doc__} {patch.__doc__}"


def test_every_named_patch_says_what_aws_does_and_where_that_stands_what_moto_does_and_its_seam():
    names = [found.name for found in pkgutil.walk_packages(sagalab.aws.__path__, "sagalab.aws.")]
    told = list(patches_of(importlib.import_module(name) for name in names if name not in NO_GAP))
    assert len(told) > 100
    assert [patch.__name__ for patch, own, _ in told if "Seam" not in own] == []
    for word in ("AWS", "moto", ".html"):
        assert [patch.__qualname__ for patch, _, text in told if word not in text] == [], word


def test_every_other_patch_says_its_seam():
    told = list(patches_of(map(importlib.import_module, NO_GAP)))
    assert len(told) >= len(NO_GAP) and all("Seam" in own for _, own, _ in told)
