"""Probes of DynamoDB's conditions and filters."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tests.aws.building import Account
from tests.aws.probing import probe

COMPARISONS = "moto.dynamodb.comparisons"
KINDS = ("OpLessThan", "OpGreaterThan", "OpLessThanOrEqual", "OpGreaterThanOrEqual", "FuncBetween")
ITEM = {"orderId": {"S": "1"}, "reached": {"N": "1"}}
KEY = {"AttributeName": "orderId"}


def board() -> Any:
    """Gives a client of an account with one table, `board`, and one item in it."""
    client = Account().dynamodb
    client.create_table(
        TableName="board", KeySchema=[{**KEY, "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{**KEY, "AttributeType": "S"}],
    )  # fmt: skip
    client.put_item(TableName="board", Item=ITEM)
    return client


def said(call: Any, **fields: Any) -> str:
    """Gives code and message of a refused call, or that it was taken."""
    try:
        call(**fields)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return "taken"


def put(condition: str, **values: Any) -> str:
    """Writes the item again under a condition; gives what came of it."""
    named = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
    return said(board().put_item, TableName="board", Item=ITEM, ConditionExpression=condition, **named)


@probe(f"{COMPARISONS}:ConditionExpressionParser.parse")
def a_condition_that_cannot_be_read_is_refused_in_words() -> None:
    assert put("reached < :r", reached={"N": "2"}).endswith("is not defined; attribute value: :r")
    assert put("attribute_not_exist(orderId)").endswith("Invalid function name; function: attribute_not_exist")
    assert put("attribute_not_exists(#o)").endswith("is not defined; attribute name: #o")
    assert put(" ").endswith("The expression can not be empty;")
    assert put("reached << :r", r={"N": "2"}).startswith(
        "ValidationException: Invalid ConditionExpression: Syntax error"
    )
    assert "cannot be converted to a numeric value: abc" in put("reached < :r", r={"N": "abc"})
    assert put("attribute_not_exists(orderId) OR (NOT reached IN (:r) AND size(orderId) < :r)", r={"N": "2"}) == "taken"


@probe("moto.dynamodb.responses:DynamoHandler.scan", "moto.dynamodb.responses:DynamoHandler.query")
def a_filter_is_called_one() -> None:
    client, filtered = board(), {"TableName": "board", "FilterExpression": "contain(orderId, :x)"}
    values = {":x": {"S": "1"}}
    words = "ValidationException: Invalid FilterExpression: Invalid function name; function: contain"
    assert said(client.scan, **filtered, ExpressionAttributeValues=values) == words
    key = {"KeyConditionExpression": "orderId = :x"}
    assert said(client.query, **filtered, **key, ExpressionAttributeValues=values) == words


@probe(*(f"{COMPARISONS}:{name}.expr" for name in KINDS))
def values_of_two_types_do_not_compare() -> None:
    for sign in ("<", ">", "<=", ">="):
        assert put(f"reached {sign} :r", r={"S": "2"}).startswith("ConditionalCheckFailedException"), sign
    assert put("reached BETWEEN :r AND :r", r={"S": "2"}).startswith("ConditionalCheckFailedException")


@probe("moto.dynamodb.models:DynamoDBBackend.update_item")
def an_update_without_its_values_is_refused_in_a_transaction_too() -> None:
    update = {"TableName": "board", "Key": {"orderId": {"S": "1"}}, "UpdateExpression": "ADD reached :r"}
    found = said(board().transact_write_items, TransactItems=[{"Update": update}])
    assert found.startswith("ValidationException: Invalid UpdateExpression: ") and found.endswith(":r")
