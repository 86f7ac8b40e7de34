"""Which version of a function is invoked, and what its log says."""

import base64
import json

import pytest

from sagalab.hosts.runtime import LocalRuntime
from sagalab.packaging import zipped
from tests.aws.building import Account

SAYS = "def f(event, context):\n    return {word!r}, context.function_version\n"


@pytest.fixture
def account():
    made = Account(runtime=lambda clock: LocalRuntime(clock, lambda: None))
    yield made
    made.close()


def said(account, name, **fields):
    answer = account.functions.invoke(FunctionName=name, **fields)
    return answer["ExecutedVersion"], json.loads(answer["Payload"].read())


def code(word):
    return zipped({"m.py": SAYS.format(word=word)})


@pytest.fixture
def versions(account):
    """A function with a first version in which it says old, and $LATEST in which it says new; live is the first."""
    account.function("f")
    account.functions.update_function_code(FunctionName="f", ZipFile=code("old"))
    account.functions.publish_version(FunctionName="f")
    account.functions.update_function_code(FunctionName="f", ZipFile=code("new"))
    account.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize("how", [{"Qualifier": "1"}, {"Qualifier": "live"}])
def test_a_version_runs_the_code_that_it_was_published_with(account, how):
    assert said(account, "f", **how) == ("1", ["old", "1"])
    assert said(account, "f") == ("$LATEST", ["new", "$LATEST"])


@pytest.mark.usefixtures("versions")
def test_an_alias_that_moves_runs_the_version_that_it_moved_to(account):
    account.functions.publish_version(FunctionName="f")
    account.functions.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert said(account, "f:live") == ("2", ["new", "2"])


@pytest.mark.usefixtures("versions")
def test_what_is_reserved_for_a_function_bounds_its_versions(account):
    account.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(account.functions.exceptions.TooManyRequestsException):
        said(account, "f", Qualifier="1")


def test_an_invocation_s_log_has_lambda_s_own_lines(account):
    account.function("f")
    account.functions.update_function_code(FunctionName="f", ZipFile=code("hello"))
    answer = account.functions.invoke(FunctionName="f", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    start, end, report = lines
    about = start.removesuffix(" Version: $LATEST").removeprefix("START ")
    assert end == f"END {about}" and report.startswith(f"REPORT {about}\tDuration: ")
    assert "Memory Size: 128 MB" in report


@pytest.mark.usefixtures("versions")
def test_a_version_to_which_an_alias_leads_is_not_deleted(account):
    with pytest.raises(account.functions.exceptions.ResourceConflictException, match=r"aliases reference it: \[live\]"):
        account.functions.delete_function(FunctionName="f", Qualifier="1")
    assert said(account, "f:live") == ("1", ["old", "1"])
    account.functions.delete_alias(FunctionName="f", Name="live")
    account.functions.delete_function(FunctionName="f:1")
    with pytest.raises(account.functions.exceptions.ResourceNotFoundException):
        said(account, "f", Qualifier="1")


@pytest.mark.usefixtures("versions")
def test_two_qualifiers_that_differ_are_refused(account):
    with pytest.raises(account.functions.exceptions.InvalidParameterValueException, match="derived qualifier"):
        said(account, "f:live", Qualifier="1")
    assert said(account, "f:live", Qualifier="live") == ("1", ["old", "1"])
