"""One picture of every kind, as a lesson draws it."""

from __future__ import annotations

from collections.abc import Callable

from sagalab.clock import minutes
from sagalab.pictures import (
    Picture,
    Tries,
    deployed_picture,
    drawn_picture,
    knee,
    left_behind,
    matrix,
    path_taken,
    retries,
    side_by_side,
    space_time,
    timeline,
    tries_of,
)  # fmt: skip
from sagalab.recommendation import MATRIX
from tests.architecture import designs
from tests.pictures import runs
from tests.pictures.test_knee import BENT, FLAT
from tests.pictures.test_left_behind import orders, stopped
from tests.pictures.test_matrix import recommended
from tests.pictures.test_side_by_side import both

DRAWN = """
# alt: A rule hands OrderCreated to a queue, which feeds the payment service; the payment service charges.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import Eventbridge, SQS

with Diagram("Choreography"):
    Eventbridge("default") >> Edge(label="OrderCreated") >> SQS("payment-queue") >> Lambda("payment-service")
"""


def _drawn() -> Picture:
    picture = drawn_picture(DRAWN)
    assert picture is not None
    return picture


def _tries() -> list[Tries]:
    patient = {"IntervalSeconds": 10, "BackoffRate": 2.0, "MaxDelaySeconds": 120, "MaxAttempts": 12}
    return [Tries("AWS's own", tries_of({})), Tries("yours", tries_of(patient)), Tries("order 1", (0, 11, 32), True)]


def _weights() -> dict[str, float]:
    return dict(zip(MATRIX, (4, 2, 5, 1, 3), strict=True))


PLACES = [(step, landed) for step in range(4) for landed in (False, True) for _ in range(5 + step)]
KINDS: dict[str, Callable[[], Picture]] = {
    "timeline": lambda: timeline(runs.refused(), order_id=runs.ORDER),
    "timeline of messages": lambda: timeline(runs.choreographed(poison=True), order_id=runs.ORDER),
    "side by side": lambda: side_by_side(both(), ["1", "2"]),
    "space-time": lambda: space_time(runs.choreographed(poison=True)),
    "path taken": lambda: path_taken(designs.machine().definition, runs.refused(), runs.EXECUTION),
    "deployed": lambda: deployed_picture(designs.both(), designs.choreographed_run()),
    "drawn": _drawn,
    "knee": lambda: knee({"orchestration": BENT, "choreography": FLAT}),
    "matrix": lambda: matrix(recommended(_weights(), [5, 2, 4, 2, 5], [1, 5, 1, 5, 3])),
    "retries": lambda: retries(_tries(), minutes(5)),
    "left behind": lambda: left_behind(stopped(PLACES), orders(len(PLACES))),
}
