"""Scenarios on the judge's bench: exact replay, nothing leaks, and nobody's code can hold it up."""

import functools
import json

import pytest

from sagalab.errors import GraderError
from sagalab.faults import Fault
from sagalab.hosts.limits import Limits
from sagalab.hosts.runtime import HostRuntime
from sagalab.invariants import violations
from sagalab.scenario import FLOOD, declined, declined_once, healthy, out_of_stock
from tests.judging.designs import MACHINE, STEPS, client

HEALTHY = healthy("orchestration", "s")
(ORDER,) = HEALTHY.orders


def effects(history):
    return [fact.what for fact in history.of("effect")]


def broken(history, scenario=HEALTHY):
    return [violation.invariant for violation in violations(history, scenario.expectation)]


def start_errors(history):
    return [fact.detail.get("error") for fact in history.of("accepted")]


@pytest.mark.parametrize(
    ("make", "ends"),
    [
        (healthy, ["charged", "reserved", "confirmed", "told"]),
        (declined, ["cancelled", "told"]),
        (out_of_stock, ["charged", "refunded", "cancelled", "told"]),
    ],
)
def test_a_sound_design_keeps_its_promises(bench, make, ends):
    scenario = make("orchestration", "s")
    history, _ = bench().run(scenario)
    assert effects(history) == ends and broken(history, scenario) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reply_lost", "payment_gateway.charge"),
        Fault("unavailable", "warehouse.reserve", lasts=900),
        Fault("crash_after", "charge"),
        Fault("cold_start", "reserve"),
        Fault("started_twice", "order"),
        Fault("slow", "mailer.send"),
        Fault("timed_out", "warehouse.reserve"),
        Fault("replayed", "order"),
    ],
)
def test_the_same_schedule_gives_the_same_history_byte_for_byte(bench, fault):
    scenario, made = HEALTHY.with_faults(fault), bench()
    first, again = (made.run(scenario)[0].text() for _ in range(2))
    assert first == again and '"kind": "fault"' in first or fault.kind == "started_twice"


def test_the_effect_of_a_call_under_way_lands_after_its_function_was_killed(bench):
    scenario = HEALTHY.with_faults(Fault("timed_out", "payment_gateway.charge"))
    history, _ = bench().run(scenario)
    killed, again = history.of("invocation", what="charge")
    (charged,) = history.of("effect", what="charged")
    assert killed.detail["error"] == "Sandbox.Timedout" and "error" not in again.detail
    assert charged.at > killed.until and again.at > killed.until
    assert effects(history) == ["charged", "reserved", "confirmed", "told"] and broken(history, scenario) == []


def test_a_design_without_a_key_charges_twice_when_its_function_is_killed(bench):
    scenario = HEALTHY.with_faults(Fault("timed_out", "payment_gateway.charge"))
    history, _ = bench(STEPS.replace('key="c" + event["id"], ', "")).run(scenario)
    assert effects(history).count("charged") == 2 and "Money" in broken(history, scenario)


def test_a_card_that_is_declined_once_tells_who_asks_again_under_a_new_key(bench):
    again = STEPS.replace('key="c"', "key=__import__('uuid').uuid4().hex")
    scenario = declined_once("orchestration", "s").with_faults(Fault("crash_before", "charge"))
    assert broken(bench(again).run(scenario)[0], scenario) == []
    scenario = scenario.with_faults(Fault("reply_lost", "payment_gateway.charge"))
    assert effects(bench().run(scenario)[0]) == ["cancelled", "told"]
    assert effects(bench(again).run(scenario)[0])[0] == "charged"


def test_another_bench_gives_the_same_history(bench):
    assert bench().run(HEALTHY)[0].text() == bench().run(HEALTHY)[0].text()


def test_no_module_global_survives_a_scenario(bench):
    steps = "seen = []\n" + STEPS.replace(
        "def tell(event, context):",
        "def tell(event, context):\n    seen.append(1)\n    print(len(seen))\n    assert len(seen) == 1",
    )
    made = bench(steps)
    for _ in range(3):
        assert broken(made.run(HEALTHY)[0]) == []


def test_a_start_function_that_starts_nothing_leaves_its_order_open(bench):
    history, _ = bench(start_workflow=lambda order_id: "done").run(HEALTHY)
    assert broken(history) == ["Terminal"] and start_errors(history) == [None]


def test_a_start_function_that_raises_is_on_record_in_words(bench):
    def start_workflow(order_id):
        raise LookupError(f"no machine for {order_id}")

    history, _ = bench(start_workflow=start_workflow).run(HEALTHY)
    assert start_errors(history) == [
        f"start_workflow({ORDER.order_id!r}) raised LookupError: no machine for {ORDER.order_id}"
    ]


def test_a_start_function_that_never_returns_costs_its_processor_time(bench):
    def start_workflow(order_id):
        while True:
            pass

    history, _ = bench(start_workflow=start_workflow).run(HEALTHY)
    assert ") never came back: a loop in it seems to have no end" in start_errors(history)[0]


def test_a_start_function_that_waits_for_ever_is_given_up_on(bench):
    import time

    def start_workflow(order_id):
        while True:
            time.sleep(60)  # noqa: TID251 - virtual

    history, _ = bench(start_workflow=start_workflow).run(HEALTHY)
    assert ") did not return within 900 virtual seconds" in start_errors(history)[0]


def test_a_start_function_that_starts_a_thousand_is_ended(bench):
    sfn = client("stepfunctions")

    def start_workflow(order_id):
        for number in range(1000):
            sfn.start_execution(
                stateMachineArn=MACHINE, name=f"{order_id}-{number}", input=json.dumps({"id": order_id})
            )

    history, _ = bench(start_workflow=start_workflow).run(HEALTHY)
    assert history.of("end")[0].what == "flood" and len(history) < FLOOD + 100


def test_a_handler_that_loops_ends_the_run_in_words_and_in_time(bench, monkeypatch):
    tight = functools.partial(HostRuntime, limits=Limits(cpu=1))
    monkeypatch.setattr("sagalab.judging.bench.HostRuntime", tight)
    steps = STEPS.replace("    payment_gateway.charge(", "    while True: pass\n    payment_gateway.charge(")
    history, _ = bench(steps).run(HEALTHY)
    errors = [fact.detail["message"] for fact in history.of("invocation", what="charge")]
    assert len(errors) == 13 and "a loop in charge never end?" in errors[0]
    assert broken(history) == ["Terminal"]


def test_a_function_that_was_never_defined_is_named(bench):
    history, _ = bench(start_workflow=None).run(HEALTHY)
    assert ") cannot be called: the notebook defines no function start_workflow()" in start_errors(history)[0]


def test_an_error_of_the_judge_s_own_is_never_the_learner_s(bench):
    made = bench()

    def drive(stage):
        raise ZeroDivisionError("ours")

    with pytest.raises(GraderError, match="ZeroDivisionError: ours"):
        made.run(HEALTHY, drive)
    assert broken(made.run(HEALTHY)[0]) == []


def test_a_fork_that_dies_is_a_grader_s_error_too(bench):
    import os

    with pytest.raises(GraderError, match="did not come to its end"):
        bench().run(HEALTHY, lambda stage: os._exit(3))


def test_a_function_deployed_as_garbage_fails_its_execution_only(bench):
    history, _ = bench("def charge(event, context) return 1").run(HEALTHY)
    assert {fact.detail["error"] for fact in history.of("invocation")} == {"Runtime.UserCodeSyntaxError"}
    assert broken(history) == ["Terminal"]


def test_a_scenario_that_ran_before_makes_no_child_of_the_learner_s(bench):
    made = bench()
    first = made.run(HEALTHY)[0].text()
    made.functions.close()  # No function could be run any more.
    assert made.run(HEALTHY)[0].text() == first


def test_functions_that_throw_dice_of_their_own_are_run_each_time(bench):
    made = bench(STEPS.replace('key="c"', "key=__import__('os').urandom(4).hex()"))
    faults = [Fault("reply_lost", "payment_gateway.charge", call=number) for number in (1, 2)]
    for scenario in (HEALTHY, *map(HEALTHY.with_faults, faults)):
        history, _ = made.run(scenario)
        assert {"charged", "told"} <= set(effects(history))
