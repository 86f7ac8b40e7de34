"""A recovery plan, executed: what its functions may do wrong, and what the judge says then."""

import json

import pytest

from sagalab import RecoveryPlan
from sagalab.faults import Fault
from sagalab.judging.execution import execute, final_state
from sagalab.participants import mailer, order_book, payment_gateway
from tests.judging.designs import MACHINE, STEPS, client, starter

OUTAGE = Fault("unavailable", target="warehouse.reserve", lasts=2400)
UNDONE = {"order": "cancelled", "money": "refunded", "stock": "none", "customer": "told once"}
WELL = {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"}


def restarter():
    """Gives actions that restart each failed execution under a new name."""
    sfn = client("stepfunctions")

    def restart():
        rows = sfn.list_executions(stateMachineArn=MACHINE)["executions"]
        inputs = [(row["status"], sfn.describe_execution(executionArn=row["executionArn"])["input"]) for row in rows]
        healed = {text for status, text in inputs if status in ("RUNNING", "SUCCEEDED")}
        for text in {text for status, text in inputs if status == "FAILED"} - healed:
            sfn.start_execution(stateMachineArn=MACHINE, name=f"again-{json.loads(text)['id']}", input=text)

    return restart


def redriver():
    """Gives actions that redrive each failed execution."""
    sfn = client("stepfunctions")

    def redrive():
        for row in sfn.list_executions(stateMachineArn=MACHINE, statusFilter="FAILED")["executions"]:
            sfn.redrive_execution(executionArn=row["executionArn"])

    return redrive


def failing(signals):
    return signals.state_machine("Flow").unresolved > 0


def plan(detector=failing, actions=None, **fields):
    return RecoveryPlan(
        approach="orchestration", effect="Paid orders wait.", detector=detector, detect_within=1800,
        recover_within=3600, actions=actions or restarter(), **{"fault": OUTAGE, "expected": WELL, **fields},
    )  # fmt: skip


@pytest.fixture
def executed(bench):
    def run(made):
        return execute(bench(recovery_plans=[made], start_workflow=starter()), made.to_json(), 0, "s")

    return run


@pytest.mark.parametrize("actions", [restarter, redriver])
def test_a_sound_plan_recovers_every_order_and_is_harmless_when_run_again(executed, actions):
    found = executed(plan(actions=actions()))
    assert found.problem == "" and found.open_without != "" and found.fired_at is not None
    assert (found.false_alarm, found.recovered, found.twice, found.unseen) == (None, "", "", "")


def test_a_fault_that_the_design_heals_by_itself_leaves_nothing_open(executed):
    assert executed(plan(fault=Fault("unavailable", "warehouse.reserve", lasts=60))).open_without == ""


def test_a_detector_that_raises_is_a_problem_in_words(executed):
    found = executed(plan(lambda signals: signals.queue("dlq").visible > 0))
    assert "the detector raised DefinitionError" in found.problem and "not deployed" in found.problem
    assert "Traceback" not in found.problem


def test_a_detector_that_loops_is_a_problem_in_words(executed):
    def loop(signals):
        while True:
            pass

    assert executed(plan(loop)).problem.startswith("the detector never came back")


def test_a_detector_that_answers_nonsense_is_read_as_true_or_false(executed):
    found = executed(plan(lambda signals: {}))
    assert (found.problem, found.fired_at) == ("", None)


def test_a_detector_that_always_fires_is_a_false_alarm(executed):
    found = executed(plan(lambda signals: True))
    assert found.fired_at == 60 and found.false_alarm == 60


@pytest.mark.parametrize("how", ["call", "count"])
def test_actions_that_loop_end_in_words(executed, how):
    sqs = client("sqs")

    def loop():
        while True:
            if how == "call":
                sqs.list_queues()

    problem = executed(plan(actions=loop)).recovered
    assert problem.startswith("the actions never came back: a loop in it")


def test_actions_that_raise_are_named_with_their_line(executed):
    def restart():
        raise LookupError("no such machine")

    found = executed(plan(actions=restart))
    assert "the actions raised LookupError: no such machine (line" in found.recovered
    assert "of restart" in found.recovered
    assert (found.problem, found.false_alarm) == ("", None), "the detector did its work"


def test_actions_that_do_nothing_leave_the_order_open(executed):
    found = executed(plan(actions=lambda: None))
    assert "the plan expects order 'confirmed', but it is 'open'" in found.recovered


def test_actions_that_start_the_dead_name_again_change_nothing(executed):
    sfn = client("stepfunctions")

    def restart():
        for row in sfn.list_executions(stateMachineArn=MACHINE, statusFilter="FAILED")["executions"]:
            found = sfn.describe_execution(executionArn=row["executionArn"])
            try:
                sfn.start_execution(stateMachineArn=MACHINE, name=row["name"], input=found["input"])
            except sfn.exceptions.ExecutionAlreadyExists:
                pass  # What the learner overlooks: the dead run keeps its name.

    assert "it is 'open'" in executed(plan(actions=restart)).recovered


def refunder(key=None, trace=None):
    """Gives actions that undo each failed order by hand: the refund under this key, all under this trace if given."""
    sfn = client("stepfunctions")

    def refund():
        for row in sfn.list_executions(stateMachineArn=MACHINE, statusFilter="FAILED")["executions"]:
            order = json.loads(sfn.describe_execution(executionArn=row["executionArn"])["input"])["id"]
            payment_gateway.refund(order, key=key and f"{key}-{order}", correlation_id=trace or order)
            order_book.cancel(order, "incident", correlation_id=trace or order)
            mailer.send(order, "cancelled", key=f"incident-{order}", correlation_id=trace or order)

    return refund


def test_a_trace_that_healthy_orders_lack_is_not_held_against_the_plan(bench):
    made, dropped = plan(), ', correlation_id=event["id"]'
    untraced = bench(STEPS.replace(dropped, "", 1), recovery_plans=[made], start_workflow=starter())
    found = execute(untraced, made.to_json(), 0, "s")
    assert (found.recovered, found.unseen) == ("", "")


def test_actions_that_break_the_trace_are_told_so(executed):
    found = executed(plan(actions=refunder(key="refund", trace="incident"), expected=UNDONE))
    assert "correlation ids" in found.recovered


def canceller():
    """Gives actions that stop and cancel whatever runs, and then restart what has failed."""
    sfn, functions, restart = client("stepfunctions"), client("lambda"), restarter()

    def clear():
        for row in sfn.list_executions(stateMachineArn=MACHINE, statusFilter="RUNNING")["executions"]:
            order = sfn.describe_execution(executionArn=row["executionArn"])["input"]
            sfn.stop_execution(executionArn=row["executionArn"])
            functions.invoke(FunctionName="cancel", Payload=order)
        restart()

    return clear


def test_actions_that_cancel_what_runs_hurt_an_order_that_nothing_struck(executed):
    assert "an order that nothing struck" in executed(plan(actions=canceller())).recovered


def test_the_actions_find_healthy_orders_at_several_steps_of_their_way(executed):
    history = executed(plan()).history
    acted, *_ = history.of("action")
    started = [fact.order_id for fact in history.of("accepted") if fact.at > OUTAGE.lasts and fact.index < acted.index]
    done = {order: [f.what for f in history.of("effect", order_id=order) if f.index < acted.index] for order in started}
    assert len(started) > 1
    assert len({tuple(effects) for effects in done.values()}) > 1, done
    assert [order for order, effects in done.items() if "confirmed" not in effects] != []


def test_what_the_second_run_of_the_actions_does_is_not_held_against_the_first(executed):
    found = executed(plan(actions=refunder(), expected=UNDONE))
    assert (found.recovered, found.unseen) == ("", "")
    assert "running the actions again had an effect: refunded" in found.twice


def test_a_claimed_fault_that_cannot_be_injected_is_a_problem_in_words(bench):
    row = {**plan().to_json(), "fault": {"kind": "sulking", "target": "warehouse"}}
    found = execute(bench(recovery_plans=[plan()]), row, 0, "s")
    assert "the plan's fault cannot be injected" in found.problem and "sulking" in found.problem


def test_the_final_state_is_read_off_the_effects():
    from sagalab.history import History

    history = History()
    for what in ("charged", "refunded", "reserved", "cancelled", "told", "told"):
        history.record(0, "effect", what, order_id="7")
    assert final_state(history, "7") == {
        "order": "cancelled",
        "money": "refunded",
        "stock": "reserved",
        "customer": "told 2 times",
    }
    assert final_state(history, "8") == {"order": "open", "money": "none", "stock": "none", "customer": "told nothing"}
