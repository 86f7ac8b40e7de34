"""Probes of functions: their versions, permissions, and what of them is refused."""

from __future__ import annotations

from sagalab.packaging import zipped
from tests.aws.building import Account
from tests.aws.probes_of_bad_input import code_of
from tests.aws.probes_of_requests import refused
from tests.aws.probing import probe

LAMBDA = "moto.awslambda"


@probe(f"{LAMBDA}.responses:LambdaResponse.invoke")
def a_version_that_is_not_there_is_not_invoked() -> None:
    account = Account()
    account.function("f")
    assert code_of(account.functions.invoke, FunctionName="f", Qualifier="7") == "ResourceNotFoundException"


@probe(f"{LAMBDA}.models:LambdaFunction.set_version")
def an_asynchronous_configuration_is_that_of_one_version() -> None:
    account = Account()
    account.function("f")
    account.functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    name = f"f:{account.functions.publish_version(FunctionName='f')['Version']}"
    call = account.functions.get_function_event_invoke_config
    assert code_of(call, FunctionName=name) == "ResourceNotFoundException"


@probe(f"{LAMBDA}.responses:LambdaResponse.invoke_async")
def an_old_invocation_for_later_is_one() -> None:
    account = Account()
    account.function("f")
    assert account.functions.invoke_async(FunctionName="f", InvokeArgs=b'{"n": 1}')["Status"] == 202
    assert account.seen("f") == []
    account.run()
    assert account.seen("f") == [{"n": 1}]


@probe(f"{LAMBDA}.models:LambdaBackend.create_function_url_config")
def a_function_has_no_address_here() -> None:
    account = Account()
    account.function("f")
    assert (
        code_of(account.functions.create_function_url_config, FunctionName="f", AuthType="NONE") == "NotSupportedHere"
    )


def permitted(account: Account) -> dict[str, str]:
    """Lets EventBridge invoke a new function; gives what was asked for."""
    account.function("f")
    asked = {
        "FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com",
    }  # fmt: skip
    account.functions.add_permission(**asked)
    return asked


@probe(f"{LAMBDA}.policy:Policy.add_statement")
def a_statement_has_an_id_of_its_own() -> None:
    account = Account()
    asked = permitted(account)
    assert code_of(account.functions.add_permission, **asked) == "ResourceConflictException"


@probe(f"{LAMBDA}.policy:Policy.del_statement")
def a_statement_that_is_not_there_is_named() -> None:
    account = Account()
    permitted(account)
    _, words = refused(account.functions.remove_permission, FunctionName="f", StatementId="other")
    assert words == "Statement other is not found in resource policy."


@probe(f"{LAMBDA}.models:LambdaBackend.update_function_event_invoke_config")
def a_change_leaves_what_it_does_not_name() -> None:
    account = Account()
    account.function("f")
    account.functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    changed = account.functions.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (1, 60)


WEIGHTS = {"AdditionalVersionWeights": {"1": 0.5}}


@probe(f"{LAMBDA}.models:LambdaStorage.put_alias")
def an_alias_with_two_versions_is_refused() -> None:
    account = Account()
    account.function("f")
    asked = {"FunctionName": "f", "Name": "live", "FunctionVersion": "$LATEST", "RoutingConfig": WEIGHTS}
    assert code_of(account.functions.create_alias, **asked) == "NotSupportedHere"


@probe(f"{LAMBDA}.models:LambdaStorage.update_alias")
def an_alias_gets_no_second_version() -> None:
    account = Account()
    account.function("f")
    account.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    asked = {"FunctionName": "f", "Name": "live", "RoutingConfig": WEIGHTS}
    assert code_of(account.functions.update_alias, **asked) == "NotSupportedHere"


@probe(f"{LAMBDA}.models:LambdaFunction.update_function_code")
def new_code_is_as_old_as_its_upload() -> None:
    account = Account()
    account.function("f")
    before = account.functions.get_function_configuration(FunctionName="f")["LastModified"]
    account.clock.advance(60)
    account.functions.update_function_code(FunctionName="f", ZipFile=zipped({"m.py": "x = 1"}))
    after = account.functions.get_function_configuration(FunctionName="f")["LastModified"]
    assert (before[14:19], after[14:19]) == ("00:00", "01:00")
