"""A schedule line is played again and told in words."""

import json

import pytest
from typer.testing import CliRunner

from sagalab.cli import app
from sagalab.criteria.workflow import Ran
from sagalab.errors import DefinitionError
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.judging.command import told, unquoted
from sagalab.scenario import Scenario, healthy, restocked_later
from tests.judging.test_case import FakeBench

SCENARIO = healthy("orchestration", "s").with_faults(Fault("timed_out", "payment_gateway.charge"))


def ran(scenario=SCENARIO, weak_to=None, struck="timed_out"):
    history, _ = FakeBench(weak_to).run(scenario)
    if struck:
        history.record(1, "fault", struck, detail={"target": "payment_gateway.charge"})
    return Ran(scenario, history)


def test_a_broken_promise_is_told_with_the_fault_s_story_and_a_hint():
    lines = told(ran(weak_to="timed_out"))
    assert lines[0].startswith("What was run: order ") and "timed out at payment_gateway.charge, once" in lines[0]
    assert lines[1].startswith("Timed out: The participant does not answer until")
    assert any(line.startswith("Broken (Money): ") and "charged 2 times" in line for line in lines)
    assert lines[-1].startswith("To think about: ")


def test_a_run_that_keeps_its_promises_says_so():
    assert told(ran())[-1] == "Every promise was kept."


def test_a_fault_that_found_nothing_to_strike_is_named():
    assert [line for line in told(ran(struck=None)) if "struck nothing" in line]


@pytest.mark.parametrize("around", ["{}", "  {}\n", "'{}'", '"{}"', "`{}` ", " '{}' "])
def test_what_a_copy_brings_along_is_no_part_of_the_line(around):
    assert Scenario.from_line(unquoted(around.format(SCENARIO.line()))) == SCENARIO


def test_every_scenario_stands_in_one_line_that_gives_it_back():
    for scenario in (SCENARIO, restocked_later("choreography", 1).with_faults(Fault("poison", "q", order="7"))):
        assert "\n" not in scenario.line() and Scenario.from_line(scenario.line()) == scenario
        assert json.loads(scenario.line())["faults"]


@pytest.mark.parametrize("line", ["", "nonsense", "'{'", SCENARIO.line()[:-9]])
def test_a_line_that_is_none_is_explained(line):
    with pytest.raises(DefinitionError, match="no schedule line"):
        Scenario.from_line(unquoted(line))


def test_the_command_reads_a_line_from_its_input_where_a_shell_would_spoil_it(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr("sagalab.judging.command.replay", lambda line, path: given.append(line) or "told")
    notebook = tmp_path / "11_project.ipynb"
    notebook.write_text("{}")
    answer = CliRunner().invoke(app, ["replay", "-", "--notebook", str(notebook)], input=SCENARIO.line())
    assert answer.output.strip().endswith("told") and given == [SCENARIO.line()]
    assert CliRunner().invoke(app, ["replay", "x", "--notebook", str(notebook)]).output.endswith("told\n")


def test_a_run_is_told_without_any_fact():
    assert told(Ran(SCENARIO, History()))[-1] == "Every promise was kept."
