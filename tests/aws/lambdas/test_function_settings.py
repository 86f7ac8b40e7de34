"""Settings of functions: what AWS refuses, and how it writes what it took."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.account import ROLE_ARN
from sagalab.packaging import zipped
from tests.aws.building import Account
from tests.aws.probes_of_requests import refused

CODE = {"ZipFile": zipped({"m.py": ""})}
SPEC = {"FunctionName": "f", "Runtime": "python3.12", "Role": ROLE_ARN, "Handler": "m.f", "Code": CODE}


@pytest.mark.parametrize(
    ("runtime", "code", "words"),
    [
        ("python9", "InvalidParameterValueException", "Value python9 at 'runtime' failed to satisfy constraint"),
        ("python3.99", "InvalidParameterValueException", "Member must satisfy enum value set: [python3.8, "),
        ("python2.7", "InvalidParameterValueException", "python2.7 is no longer supported for creating or updating"),
        ("nodejs22.x", "NotSupportedHere", "the runtime nodejs22.x exists on AWS"),
    ],
)
def test_a_runtime_that_could_not_run_is_refused_when_made_and_when_changed(account, runtime, code, words):
    account.function("there")
    for call, fields in (
        (account.functions.create_function, {**SPEC, "Runtime": runtime}),
        (account.functions.update_function_configuration, {"FunctionName": "there", "Runtime": runtime}),
    ):
        found, said = refused(call, **fields)
        assert found == code and words in said


@pytest.mark.parametrize("lacking", ["Runtime", "Handler"])
def test_code_in_a_zip_needs_a_runtime_and_a_handler(account, lacking):
    spec = {name: value for name, value in SPEC.items() if name != lacking}
    code, words = refused(account.functions.create_function, **spec)
    assert code == "InvalidParameterValueException" and words.startswith("Runtime and Handler are mandatory")


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}, "InvalidParameterValueException",
         "Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT"),
        ({"1A": "x"}, "ValidationException", "Value '{1A=x}' at 'environment.variables'"),
        ({"NAME": "é" * 2048}, "InvalidParameterValueException", "exceeded the 4KB limit"),
    ],
)  # fmt: skip
def test_an_environment_that_cannot_be_is_refused(account, variables, code, words):
    found, said = refused(account.functions.create_function, **SPEC, Environment={"Variables": variables})
    assert found == code and words in said
    assert account.functions.list_functions()["Functions"] == []


@given(st.dictionaries(st.from_regex("[a-zA-Z][a-zA-Z0-9_]{1,12}", fullmatch=True), st.text(max_size=20), max_size=5))
def test_any_other_environment_is_taken_and_shown(variables):
    account = Account()
    made = account.functions.create_function(**SPEC, Environment={"Variables": variables})
    assert made.get("Environment", {"Variables": {}})["Variables"] == variables
    account.close()


def test_a_revision_changes_with_a_setting_and_dates_have_a_zone(account):
    account.function("f")
    first = account.functions.get_function_configuration(FunctionName="f")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", first["LastModified"])
    assert first["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    again = account.functions.get_function_configuration(FunctionName="f")
    changed = account.functions.update_function_configuration(FunctionName="f", Timeout=7)
    assert first["RevisionId"] == again["RevisionId"] != changed["RevisionId"]
    assert json.dumps(changed["Timeout"]) == "7"
