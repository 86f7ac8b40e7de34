"""What a target receives of an event; rows follow EventBridge's page on input transformers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.eventbridge.transformers import NoJson, Text, filled, target_problem, transformed
from tests.aws.probes_of_requests import refused

EVENT = {
    "id": "e1",
    "source": "orders",
    "detail-type": "OrderCreated",
    "detail": {"orderId": "7", "items": ["a"], "n": 2},
}


def test_letters_of_lines_that_are_no_json_stay_as_they_are():
    assert filled('"<n> one"\n"<d> two"', {"n": "café", "d": {"where": "Łódź"}}) == '"café one"\n"{where:Łódź} two"'


@pytest.mark.parametrize(
    ("target", "received"),
    [
        ({}, EVENT),
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail"}, EVENT["detail"]),
        ({"InputPath": "$.detail.items[0]"}, "a"),
        ({"InputTransformer": {"InputPathsMap": {"id": "$.detail.orderId"}, "InputTemplate": '{"order": <id>}'}}, {"order": "7"}),
        ({"InputTransformer": {"InputPathsMap": {"id": "$.detail.orderId"}, "InputTemplate": '{"order": "<id>"}'}}, {"order": "7"}),
        ({"InputTransformer": {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '"<n> pieces"'}}, "2 pieces"),
        ({"InputTransformer": {"InputPathsMap": {"d": "$.detail"}, "InputTemplate": '{"all": <d>}'}}, {"all": EVENT["detail"]}),
        ({"InputTransformer": {"InputTemplate": '{"e": <aws.events.event.json>}'}}, {"e": EVENT}),
        ({"InputTransformer": {"InputTemplate": '{"e": <aws.events.event>}'}}, {"e": {"id": "e1", "source": "orders", "detailType": "OrderCreated"}}),
    ],
)  # fmt: skip
def test_a_target_receives_what_its_input_asks_for(target, received):
    assert transformed(target, EVENT) == received


@given(value=st.recursive(st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3)))
def test_a_bare_placeholder_brings_any_value_over_whole(value):
    target = {"InputTransformer": {"InputPathsMap": {"v": "$.detail.v"}, "InputTemplate": '{"v": <v>}'}}
    assert transformed(target, {"detail": {"v": value}}) == {"v": value}


VALUES = {"user": "u-1", "kinds": ["A", "B"], "card": {"no": "7"}, "valid": True, "none": ""}


@pytest.mark.parametrize(
    ("template", "received"),
    [
        ('"Command is <valid>!"', "Command is true!"),
        ('"<kinds> kinds, <card> card, <none>"', "[A,B] kinds, {no:7} card, "),
        ('{"path": "users/<user>/again/<user>", "card": <card>}', {"path": "users/u-1/again/u-1", "card": {"no": "7"}}),
        ('{"list": [<user>, "fixed"], "kinds": <kinds>}', {"list": ["u-1", "fixed"], "kinds": ["A", "B"]}),
        ('{"state": "<user>", "none": "<none>"}', {"state": "u-1", "none": ""}),
        ('"<user> first"\n"<valid> second"', Text('"u-1 first"\n"true second"')),
    ],
)
def test_a_template_is_filled_as_aws_fills_it(template, received):
    assert filled(template, VALUES) == received


@pytest.mark.parametrize("template", ["<kinds> kinds", '{"kinds": "<kinds>"}'])
def test_a_template_that_gives_no_json_is_not_delivered(template):
    with pytest.raises(NoJson, match="gave no JSON"):
        filled(template, VALUES)


def test_reserved_variables_speak_of_the_rule_and_text_keeps_its_quotes(account):
    url, arn = account.queue("told")
    template = '"<aws.events.rule-name> at <aws.events.event.ingestion-time>"'
    account.rule("all", {"source": ["orders"]}, {"Arn": arn, "InputTransformer": {"InputTemplate": template}})
    account.publish("OrderCreated", {})
    account.run()
    (body,) = account.bodies(url)
    assert json.loads(body) == f"all at {account.clock.epoch:%Y-%m-%dT%H:%M:%SZ}"


def test_an_event_that_fills_no_template_goes_to_the_dead_letter_queue(account):
    dead, dead_arn = account.queue("dead")
    _, arn = account.queue("told")
    transformer = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": "<a> pieces"}
    account.rule(
        "all",
        {"source": ["orders"]},
        {"Arn": arn, "InputTransformer": transformer, "DeadLetterConfig": {"Arn": dead_arn}},
    )
    account.publish("OrderCreated", {"a": "two"})
    account.run()
    assert len(account.bodies(dead)) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Input": "{}", "InputPath": "$.detail"}, "Only one of Input, InputPath, or InputTransformer"),
        (
            {"InputTransformer": {"InputTemplate": '{"a": <lost>}'}},
            "InputTemplate for target t contains invalid placeholder lost.",
        ),
    ],
)
def test_a_target_whose_input_cannot_work_is_refused(account, fields, words):
    assert words in (target_problem({"Id": "t", **fields}) or "")
    account.events.put_rule(Name="all", EventPattern='{"source": ["orders"]}')
    target = {"Id": "t", "Arn": account.queue("told")[1], **fields}
    code, text = refused(account.events.put_targets, Rule="all", Targets=[target])
    assert code == "ValidationException" and words in text
