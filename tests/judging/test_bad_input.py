"""Whatever a submission does, the judge comes to a verdict with a sentence: no traceback, no stuck judge."""

import functools
import json

import pytest

from sagalab.evidence import Evidence
from sagalab.explore import singles
from sagalab.faults import Fault
from sagalab.hosts.limits import Limits
from sagalab.hosts.runtime import HostRuntime
from sagalab.judging import rules
from sagalab.judging.bench import Bench
from sagalab.judging.case import Case
from sagalab.judging.registry import judge
from sagalab.pictures import timeline
from sagalab.scenario import healthy, side_by_side
from tests.judging.designs import MACHINE, STEPS, client, deployed, learner, starter

rules.load()

CRITERIA = ("a-healthy", "a-faults", "a-attempts", "a-audit")


def judged(bench, criterion="a-healthy", steps=STEPS, **names):
    """Judges a submission of these handlers and functions by one criterion."""
    case = Case(Evidence(defined=["start_workflow", "stuck_orders"]), bench(steps, **names), "s")
    return judge(case, criterion)


def invalid(found, words):
    """Says whether a finding is the learner's, in a sentence that holds these words, and can be drawn."""
    assert found.history is None or timeline(found.history, "what happened").svg
    return (
        (found.verdict, found.fraction) == ("invalid", 0.0)
        and words in found.message
        and "Traceback" not in found.message
    )


def starting(body):
    """Gives a start function that starts an execution with this input."""
    sfn = client("stepfunctions")
    return lambda order_id: sfn.start_execution(
        stateMachineArn=MACHINE, name=f"order-{order_id}", input=json.dumps(body(order_id))
    )


def test_a_start_function_that_starts_nothing(bench):
    case = Case(Evidence(defined=["start_workflow"]), bench(start_workflow=lambda order_id: None), "s")
    for criterion in CRITERIA:
        assert invalid(judge(case, criterion), "accepted and never ended")


def test_a_start_function_that_starts_a_thousand_orders(bench):
    start = starter()

    def start_workflow(order_id):
        for number in range(1000):
            start(f"{order_id}-{number}")

    found = judged(bench, start_workflow=start_workflow)
    # On a slow machine the processor time of the call is used up first.
    assert invalid(found, "does not settle") or invalid(found, "never came back"), found


def test_an_input_of_ten_megabytes(bench):
    found = judged(bench, start_workflow=starting(lambda order_id: {"id": order_id, "x": "y" * 10_000_000}))
    assert invalid(found, "start_workflow(")


def test_an_event_of_ten_megabytes(bench):
    def start_workflow(order_id):
        entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"x": "y" * 10_000_000})}
        return client("events").put_events(Entries=[entry])["FailedEntryCount"]

    assert invalid(judged(bench, start_workflow=start_workflow), "start_workflow(")


@pytest.mark.parametrize(
    "what", ['"x" * 10_000_000', "[[]] * 2_000_000", "{'a': object()}", "float('nan')", "'\\ud800'"]
)
def test_a_handler_that_answers_what_cannot_travel(bench, what):
    steps = STEPS.replace(
        'key="c" + event["id"], correlation_id=event["id"])',
        f'key="c" + event["id"], correlation_id=event["id"])\n    return {what}',
    )
    found = judged(bench, steps=steps)
    assert found.verdict in ("valid", "invalid") and found.message


@pytest.mark.parametrize("text", ["", "\x00\n", "💥 & <b>\"'‮", "x" * 300])
def test_keys_and_names_of_odd_characters(bench, text):
    odd = STEPS.replace('key="c"', f"key={text!r}").replace('"refused"', repr(text))
    found = judged(bench, steps=odd, stuck_orders=lambda: [text])
    assert found.verdict in ("valid", "invalid") and found.message
    assert found.history is None or timeline(found.history, text).svg


def test_states_of_odd_characters(functions):
    odd, sound = "Chärge <&> ' 💌\u202e", deployed()
    (machine,) = sound.state_machines
    renamed = machine.definition.replace('"Charge"', f'"{odd}"')
    assert renamed != machine.definition
    deployment = sound.model_copy(update={"state_machines": [machine.model_copy(update={"definition": renamed})]})
    with learner(start_workflow=starter()) as forker:
        made = Bench(deployment, forker, functions)
        case = Case(Evidence(deployment=deployment, defined=["start_workflow"]), made, "s")
        found = [judge(case, criterion) for criterion in ("a-healthy", "a-audit")]
        made.close()
    assert [one.verdict for one in found] == ["valid", "valid"]
    assert odd in {fact.what for fact in found[0].history.of("state")} and timeline(found[0].history, odd).svg


def test_handlers_that_hang(bench, monkeypatch):
    monkeypatch.setattr("sagalab.judging.bench.HostRuntime", functools.partial(HostRuntime, limits=Limits(cpu=1)))
    steps = STEPS.replace("    payment_gateway.charge(", "    while True: pass\n    payment_gateway.charge(")
    assert invalid(judged(bench, steps=steps), "accepted and never ended")


def test_an_operator_s_report_that_raises_or_is_no_list_names_nobody(bench):
    scenario = side_by_side("orchestration", "s")
    for report in (lambda: 1 / 0, lambda: "7", lambda: {"7": 1}):
        case = Case(Evidence(defined=["start_workflow", "stuck_orders"]), bench(stuck_orders=report), "s")
        ran = case.ran(scenario, report=True)
        (asked,) = ran.history.of("signal")
        assert asked.detail["orders"] == [] and asked.detail["error"] and ran.broken() == []


def test_a_report_that_names_every_order_costs_the_group_that_needs_it_and_no_other(bench):
    sfn = client("stepfunctions")

    def stuck_orders():
        return [
            row["name"].removeprefix("order-") for row in sfn.list_executions(stateMachineArn=MACHINE)["executions"]
        ]

    case = Case(Evidence(defined=["start_workflow", "stuck_orders"]), bench(stuck_orders=stuck_orders), "s")
    assert judge(case, "a-healthy").verdict == "valid"
    group, rows = "refusal of the cloud", case.schedules("orchestration")
    failed = {name: [one for one in rows[name][:5] if case.kept(one.scenario).broken()] for name in rows}
    assert [name for name in failed if failed[name]] == [group]
    assert "names order" in case.kept(failed[group][0].scenario).broken()[0].message


def test_a_design_with_a_thousand_points_is_struck_within_the_budget(bench):
    steps = STEPS.replace(
        "def charge(event, context):",
        "def charge(event, context):\n    for _ in range(300): payment_gateway.lookup(event['id'])",
    )
    scenario = healthy("orchestration", "s")
    history, _ = bench(steps).run(scenario)
    assert len(singles([(scenario, history)])) == 400


def test_a_fault_at_a_place_that_no_design_has_strikes_nothing(bench):
    scenario = healthy("orchestration", "s").with_faults(
        *(Fault(kind, "💥") for kind in ("poison", "replayed", "crash_before"))
    )
    history, _ = bench().run(scenario)
    assert history.of("fault") == []
