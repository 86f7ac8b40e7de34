"""Fields, paths and queries of states, with values that do and do not fit."""

import pytest

from tests.aws.building import Account
from tests.aws.probes_of_fields import END, ended, queried


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$x", {"l": [{"n": 1}, {"n": 2}]}), ("$x.l[1].n", 2), ("$x.l[*].n", [1, 2]), ("$x.l[?(@.n > 1)].n", [2]),
        ("$x.l[-1].n", 2), ("$x..n", [1, 2]), ("$x.l[?(@.n > 9)]", []),
    ],
)  # fmt: skip
def test_a_path_goes_into_a_variable_as_into_an_input(account, path, found):
    states = {
        "A": {"Type": "Pass", "Assign": {"x.$": "$"}, "Next": "B"},
        "B": {**END, "Parameters": {"r.$": path}},
    }
    assert account.executed(states, {"l": [{"n": 1}, {"n": 2}]})["output"] == {"r": found}


def test_a_path_into_a_variable_that_leads_nowhere_fails_the_state(account):
    states = {
        "A": {"Type": "Pass", "Assign": {"x": {"n": 1}}, "Next": "B"},
        "B": {**END, "Parameters": {"r.$": "$x.gone"}},
    }
    found = account.executed(states)
    assert (
        found["error"] == "States.Runtime" and "The JSONPath '$x.gone' specified for the field 'r.$'" in found["cause"]
    )


@pytest.mark.parametrize(
    ("path", "output"),
    [("$.a.b.c", {"a": {"b": {"c": 1}}, "l": [5]}), ("$['z']['y z']", {"a": {}, "l": [5], "z": {"y z": 1}}), ("$.l[0]", {"a": {}, "l": [1]})],
)  # fmt: skip
def test_a_result_goes_to_the_end_of_its_path(path, output):
    assert ended({**END, "Result": 1, "ResultPath": path}, {"a": {}, "l": [5]})[0] == output


@pytest.mark.parametrize("path", ["$.l.x", "$.l[1]", "$.n.x", "$.a[0]"])
def test_a_result_does_not_fit_behind_a_value_of_another_kind(path):
    error, cause = ended({**END, "Result": 1, "ResultPath": path}, {"a": {}, "l": [5], "n": 1})
    assert error == "States.Runtime" and f"Unable to apply ReferencePath {path} to input" in cause


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$states.input.l[$.n > 1].n", 2), ("$states.input.l.($.n * 2)", [2, 4]), ("$map([1, 2], function($v) {$v + 1})", [2, 3]),
        ("$sum($states.input.l.n)", 3), ("$filter([1, 2, 3], function($v) {$v > 1})", [2, 3]),
    ],
)  # fmt: skip
def test_a_query_finds(query, found):
    assert queried({**END, "Output": f"{{% {query} %}}"}, {"l": [{"n": 1}, {"n": 2}]})[0] == found


@pytest.mark.parametrize("query", ["$", "$$", "$eval('1')", "$states.input.gone"])
def test_a_query_that_gives_nothing_fails_as_one(query):
    assert queried({**END, "Output": f"{{% {query} %}}"}, {})[0] == "States.QueryEvaluationError"


@pytest.mark.parametrize("name", ["states", "1st", "a-b", "a b", "_a", "x" * 81])
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_variable_with_such_a_name_is_refused(account, name, language):
    with pytest.raises(account.sfn.exceptions.InvalidDefinition, match="no valid name of a variable"):
        account.machine({"A": {"Type": "Pass", "Assign": {name: 1}, "End": True}}, QueryLanguage=language)


@pytest.mark.parametrize("query", ["1 +", "", "$states.input.", "(1"])
def test_a_query_that_cannot_be_read_is_refused(account, query):
    with pytest.raises(account.sfn.exceptions.InvalidDefinition, match="field 'b' must be a valid JSONata expression"):
        account.machine({"A": {**END, "Output": {"b": f"{{% {query} %}}"}}}, QueryLanguage="JSONata")


def test_a_wait_has_an_end(account):
    with pytest.raises(account.sfn.exceptions.InvalidDefinition, match="allowed ceiling is 99999999"):
        account.machine({"A": {"Type": "Wait", "Seconds": 100_000_000, "End": True}})


def test_a_path_without_results_is_told_step_by_step():
    cause = ended({**END, "InputPath": "$.a.b[0]"}, {})[1]
    assert cause.endswith("Invalid path '$.a.b[0]' : No results for path: $['a']['b'][0]")


def test_a_moment_of_a_query_is_asked_for_once():
    draw = "{% $random() < 2 ? '2020-01-01T00:00:00Z' : '' %}"
    told = {**END, "Output": "{% $random() %}"}
    once = {"Type": "Pass", "Output": draw, "Next": "B"}
    waits = {"Type": "Wait", "Timestamp": draw, "Next": "B"}
    drawn = [Account().executed({"A": first, "B": told}, QueryLanguage="JSONata")["output"] for first in (once, waits)]
    assert drawn[0] == drawn[1]


def test_a_wait_until_a_moment_that_is_not_there_says_so(account):
    found = account.executed({"A": {"Type": "Wait", "TimestampPath": "$.at", "End": True}})
    assert found["cause"].endswith("The TimestampPath parameter does not reference an input value: $.at")
