"""The path taken: numbered states, failed tries, the caught error, and how it ended."""

from __future__ import annotations

import json

from sagalab.architecture.definition import read
from sagalab.history import History
from sagalab.pictures import path_taken
from sagalab.pictures.path_taken import Path, path_of
from tests.architecture import designs
from tests.pictures import runs

DEFINITION = designs.machine().definition.replace("NotifyConfirmed", "NotifyCustomer")


def path(history: History, definition: str = DEFINITION) -> Path:
    return path_of(read(definition), history.of("state"))


def test_a_healthy_path_is_numbered_in_order() -> None:
    taken = path(runs.orchestrated())
    assert taken.order == ["ChargePayment", "ReserveStock", "ConfirmOrder", "NotifyCustomer"]
    assert taken.taken[("ChargePayment", "ReserveStock")] == [2]
    assert taken.end == "succeeded"


def test_a_try_that_failed_before_one_that_did_not_is_counted() -> None:
    assert path(runs.orchestrated(reply_lost=True)).visits["ChargePayment"].tries == "1 of 2 tries failed"


def test_a_caught_error_says_how_many_tries_it_took() -> None:
    visit = path(runs.refused()).visits["ReserveStock"]
    assert (visit.tries, visit.error, visit.caught) == ("4 of 4 tries failed", "OutOfStock", True)


def test_what_comes_after_the_end_is_no_part_of_the_path() -> None:
    history = runs.orchestrated()
    detail = {"type": "TaskFailed", "execution": runs.EXECUTION, "error": "Late"}
    history.record(99, "state", "ChargePayment", order_id=runs.ORDER, detail=detail)
    assert path(history).visits["ChargePayment"].failed == 0


def test_a_state_that_fails_for_good_ends_the_path() -> None:
    run = runs.Run()
    run.state("ChargePayment")
    run.state("ChargePayment", "TaskFailed", error="Boom")
    run.state("", "ExecutionFailed", error="Boom")
    taken = path(run.history)
    assert (taken.end, taken.error) == ("failed", "Boom")
    assert taken.visits["ChargePayment"].tries == "1 of 1 try failed"
    assert "failed with Boom" in path_taken(DEFINITION, run.history).alt


def test_branches_of_a_parallel_state_belong_to_it() -> None:
    one, two = designs.task("charge-payment", None), designs.task("reserve-stock", None)
    branches = [{"StartAt": "A", "States": {"A": one}}, {"StartAt": "B", "States": {"B": two}}]
    both = {"Type": "Parallel", "Branches": branches, "Next": "After"}
    definition = json.dumps({"StartAt": "Both", "States": {"Both": both, "After": {"Type": "Pass", "End": True}}})
    run = runs.Run()
    for state, type in (
        ("Both", "ParallelStateEntered"),
        ("A", "TaskStateEntered"),
        ("B", "TaskStateEntered"),
    ):
        run.state(state, type)
    for state, type in (("A", "TaskStateExited"), ("B", "TaskStateExited"), ("Both", "ParallelStateExited")):
        run.state(state, type)
    run.state("After", "PassStateEntered")
    assert set(path(run.history, definition).taken) == {("Both", "A"), ("Both", "B"), ("Both", "After")}


def test_the_picture_is_self_contained_and_tells_the_path_in_words() -> None:
    picture = path_taken(DEFINITION, runs.refused(), runs.EXECUTION)
    assert "1 ChargePayment, 2 ReserveStock, 3 RefundPayment, 4 CancelOrder" in picture.alt
    assert "ReserveStock: 4 of 4 tries failed (OutOfStock)." in picture.alt
    assert "4 of 4 tries failed: OutOfStock" in picture.svg
    assert "caught OutOfStock" in picture.svg
    assert picture.png.startswith(b"\x89PNG")


def test_an_execution_that_never_ran_gives_the_bare_machine() -> None:
    picture = path_taken(DEFINITION, History(), "arn:aws:states:x:y:execution:OrderFlow:none")
    assert picture.alt == "No state was entered: this execution has no facts in the history."
    assert "ConfirmOrder" in picture.svg


def test_names_that_graphviz_would_misread_are_drawn_as_they_are() -> None:
    name = 'Say "hi" <now> & then'
    definition = json.dumps({"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}})
    run = runs.Run()
    run.state(name, "PassStateEntered")
    assert "&lt;now&gt; &amp; then" in path_taken(definition, run.history).svg
