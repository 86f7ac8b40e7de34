"""The local AWS of one lab or one scenario: moto in process, on a virtual clock, with our patches.

`Cloud` composes the services' state; the patches find it through `sagalab.aws.current`. Loading moto
and patching it happens once per process, at the first cloud.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import types
import uuid
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from sagalab.aws.account import REGION
from sagalab.aws.cloudwatch.alarms import Alarms
from sagalab.aws.current import Origin, origin, running, set_current
from sagalab.aws.lambdas.functions import FunctionFaults, Functions, Runtime
from sagalab.aws.messaging.queues import Queues
from sagalab.aws.patching import put_in_place
from sagalab.aws.quotas import Quotas
from sagalab.aws.stepfunctions.activities import Tasks
from sagalab.clock import VirtualClock
from sagalab.faults import Detour
from sagalab.history import History

SERVICES = ("stepfunctions", "events", "sqs", "sns", "awslambda", "dynamodb", "iam", "sts", "logs", "cloudwatch")
_installed = False


class CloudFaults(FunctionFaults, Protocol):
    """What the cloud asks of the faults of a run."""

    def on_message(self, place: str, order_id: str | None) -> Detour | None:
        """Gives what happens to this message on its way to a queue, or to a function without one."""

    def on_published(self, bus: str, order_id: str | None) -> float | None:
        """Gives the seconds after which this event or message is handed out once more, or None."""

    def consumer_down(self, function: str) -> bool:
        """Says whether the poller of this function stands still now."""

    def failed_entries(self, api: str, count: int) -> set[int]:
        """Gives which entries of this call fail, though the call succeeds."""

    def refused(self, api: str) -> bool:
        """Says whether this API call is throttled."""

    def refuses_calls(self) -> bool:
        """Says whether any API call of this run could be throttled."""


def load() -> None:
    """Imports moto's services as they are, without a patch."""
    # moto reads one enum of its batch service, which drags the whole of EC2 in: 1.7 s of imports.
    if "moto.batch" not in sys.modules:
        batch, batch_utils = types.ModuleType("moto.batch"), types.ModuleType("moto.batch.utils")
        batch_utils.JobStatus = types.SimpleNamespace(SUCCEEDED="SUCCEEDED", FAILED="FAILED")  # type: ignore[attr-defined]
        sys.modules["moto.batch"], sys.modules["moto.batch.utils"] = batch, batch_utils
    import importlib

    for service in SERVICES:
        importlib.import_module(f"moto.{service}.models")
        importlib.import_module(f"moto.{service}.responses")
    importlib.import_module("moto.stepfunctions.parser.models")


def install() -> None:
    """Loads moto's services and patches them, once per process."""
    global _installed
    if _installed:
        return
    load()
    from sagalab.aws import (
        api,
        cloudwatch,
        eventbridge,
        identities,
        lambdas,
        messaging,
        seams,
        shims,
        shortcuts,
        stepfunctions,
        table_conditions,
    )

    seams.check()
    shims.install()
    for service in (lambdas, messaging, eventbridge, stepfunctions, cloudwatch):
        service.install()
    put_in_place(identities, table_conditions, shortcuts, api)
    # Whatever a library writes to stderr would cost a learner the points of that cell.
    for name in ("moto", "botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"(moto|botocore|boto3)\b.*")
    _installed = True


class Cloud:
    """One local AWS account."""

    def __init__(
        self,
        clock: VirtualClock,
        history: History,
        runtime: Runtime,
        faults: CloudFaults | None = None,
        seed: int | str = 0,
    ) -> None:
        self._mock: Any = None
        self.paced = False  # in a notebook, each API call lets a little time pass
        self.address: str | None = None  # where other processes reach this cloud, if they do
        self.queues = Queues()
        self.alarms = Alarms(self)
        self.executions: dict[str, int] = {}
        self.replays: dict[str, list[Callable[[], None]]] = {}  # events being put that an archive hands out again
        self.activities: dict[str, Tasks] = {}  # the tasks that wait for a worker, by the activity's ARN
        self.express: set[str] = set()  # executions of Express workflows
        self.refusals: dict[str, str] = {}  # what AWS last refused to deploy for the notebook, by the operation
        self.begin(clock, history, runtime, faults, seed)

    def begin(
        self,
        clock: VirtualClock,
        history: History,
        runtime: Runtime,
        faults: CloudFaults | None,
        seed: int | str,
    ) -> None:
        """Starts a new run on what is deployed: new history, faults and chance; the clock may go on."""
        self.clock, self.history, self.runtime, self.faults = clock, history, runtime, faults
        self.functions = Functions(clock, history, runtime, faults, seed)
        self.quotas = Quotas(clock)
        self._random = random.Random(f"cloud:{seed}")
        self.seed = seed
        self.triggered: list[tuple[float, str, str]] = []  # which bus's rule took an event, and when
        self.alarms.follow(clock)

    def start(self) -> Cloud:
        """Opens the account; boto3 talks to it from now on."""
        install()
        if running() is not None:
            running().stop()  # type: ignore[union-attr]
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
            os.environ.pop(name, None)
        os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = REGION
        from moto import mock_aws
        from moto.moto_api._internal import mock_random
        from moto.stepfunctions.parser.utils import TMP_THREADS

        set_current(self)
        origin.set(Origin())
        TMP_THREADS.clear()  # It would keep every task of every run.
        mock_random.seed(f"moto:{self.seed}")
        self._mock = mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
        self._mock.start()
        return self

    def stop(self) -> None:
        """Closes the account. Unfinished work is never resumed, also not by whoever still holds its clock."""
        self.clock.stop()
        if self._mock is not None:
            self._mock.stop()
            self._mock = None
        self.runtime.close()
        if running() is self:
            set_current(None)

    def hop(self) -> float:
        """Gives the seconds that a message or a call takes on its way."""
        return self._random.uniform(0.005, 0.06)

    @property
    def chance(self) -> random.Random:
        """The chance of this run, out of its seed."""
        return self._random

    def identifier(self) -> uuid.UUID:
        """Gives a UUID out of the seed."""
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def reseed(self, seed: int | str) -> None:
        """Draws moto's own identifiers from this seed from now on."""
        from moto.moto_api._internal import mock_random

        mock_random.seed(f"moto:{seed}")
