"""What AWS says of an event pattern that cannot be one, and where in its text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.eventbridge.pattern_texts import TOO_COMPLEX, pattern_text_problem
from tests.aws.probes_of_queues import answer

INNER = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


def said(text):
    return pattern_text_problem(text, json.loads(text))


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ('{"source": "orders"}', '"source" must be an object or an array', 1, 13),
        ('{"source": 42}', '"source" must be an object or an array', 1, 14),
        ('{\n  "source": []\n}', "Empty arrays are not allowed", 2, 15),
        ('{"detail": {}}', "Empty objects are not allowed", 1, 14),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null", 1, 9),
        ('{"a": [{"prefx": "b"}]}', "Unrecognized match type prefx", 1, 19),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "Only one key allowed in match expression", 1, 35),
        ('{"a": [{"suffix": 1}]}', "suffix match pattern must be a string", 1, 20),
        ('{"a": [{"prefix": {"wildcard": "b"}}]}', "Unsupported prefix pattern: wildcard", 1, 33),
        (
            '{"a": [{"anything-but": null}]}',
            "Value of anything-but must be an array or single string/number value.",
            1,
            29,
        ),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed", 1, 38),
        ('{"a": [{"anything-but": {"cidr": "x"}}]}', "Unsupported anything-but pattern: cidr", 1, 35),
        ('{"a": [{"anything-but": {"suffix": ["b", 1]}}]}', "suffix match pattern must be a string", 1, 43),
        ('{"a": [{"wildcard": "b**"}]}', "Consecutive wildcard characters at pos 2", 1, 26),
        (r'{"a": [{"wildcard": "b\\c"}]}', "Invalid escape character at pos 2", 1, 27),
        ('{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or false.", 1, 20),
        ('["orders"]', "Filter is not an object", 1, 2),
    ],
)
def test_the_reader_stops_at_the_word_that_does_not_fit(text, words, line, column):
    assert said(text) == f'{words}\n at [Source: (String)"{text}"; line: {line}, column: {column}]'


def test_of_a_long_pattern_the_beginning_is_shown():
    text = json.dumps({"source": ["x" * 600], "detail": 1})
    assert said(text) == (
        f'"detail" must be an object or an array\n at [Source: (String)"{text[:500]}"[truncated {len(text) - 500} chars]; '
        f"line: 1, column: {len(text)}]"
    )


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ([{"wildcard": "a*b*c*d*e*f"}], TOO_COMPLEX),
        ([{"cidr": "10.0.0.0"}], "Malformed CIDR, one '/' required"),
        ([{"anything-but": ["a", 1]}], "Inside anything but list, either all values are number or string, mixed type"),
        ([{"anything-but": ["a", None]}], "Inside anything but list, start|null|boolean is not supported."),
    ],
)
def test_what_is_refused_as_a_whole(filters, words):
    assert said(json.dumps({"a": filters})).startswith(words)


@pytest.mark.parametrize(
    "filters",
    [
        ["a", None, 1, True],
        [{"prefix": {"equals-ignore-case": "A"}}],
        [{"anything-but": {"wildcard": ["a*", "b"]}}],
        [{"anything-but": [1, 2]}],
        [{"wildcard": r"a\\b\*c*d"}],
        [{"numeric": [">", 0, "<=", 5]}],
    ],
)
def test_of_a_sound_pattern_nothing_is_said(filters):
    assert said(json.dumps({"detail": {"a": filters}, "$or": [{"b": filters}, {"c": ["d"]}]})) is None


@given(st.recursive(INNER, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)))
def test_no_value_is_too_strange_for_the_reader(value):
    text = json.dumps({"a": [{"anything-but": value}, {"prefix": value}, {"numeric": value}], "b": value})
    assert pattern_text_problem(text, json.loads(text)) is None or said(text)


def test_a_key_that_comes_twice_is_left_to_others():
    assert said('{"a": {"b": ["c"]}, "a": ["d"]}') is None


def test_a_served_cloud_says_what_aws_says_and_a_notebook_hears_of_the_likely_slip(account):
    refused = answer(account.events.put_rule, Name="r", EventPattern='{"source": "orders"}')
    assert "Likely slip" in refused["Message"]
    account.cloud.address = "http://127.0.0.1:1"
    refused = answer(account.events.put_rule, Name="r", EventPattern='{"source": "orders"}')
    assert refused["Message"] == (
        'Event pattern is not valid. Reason: "source" must be an object or an array\n'
        ' at [Source: (String)"{"source": "orders"}"; line: 1, column: 13]'
    )
    refused = answer(account.events.test_event_pattern, EventPattern='{"source": ["a"]}', Event="{}")
    assert refused["Message"] == "Parameter Event is not valid."


def test_a_pattern_has_an_end(account):
    text = json.dumps({"source": ["x" * 4096]})
    bus = account.events.describe_event_bus()["Arn"]
    account.events.create_archive(ArchiveName="kept", EventSourceArn=bus)
    for call, fields in (
        (account.events.put_rule, {"Name": "r"}),
        (account.events.test_event_pattern, {"Event": "{}"}),
        (account.events.create_archive, {"ArchiveName": "a", "EventSourceArn": bus}),
        (account.events.update_archive, {"ArchiveName": "kept"}),
    ):
        refused = answer(call, EventPattern=text, **fields)
        assert refused["Code"] == "ValidationException"
        assert refused["Message"].endswith("constraint: Member must have length less than or equal to 4096")
    longest = json.dumps({"source": ["x" * (4096 - len('{"source": [""]}'))]})
    account.events.create_archive(ArchiveName="long", EventSourceArn=bus, EventPattern=longest)
