"""SNS: which messages a subscription's filter policy lets through, and which policies are refused.

What AWS does: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. Policies are patterns,
but without wildcards, and anything-but excludes values or prefixes alone. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.eventbridge.matching import is_choice, matches
from sagalab.aws.messaging.policy_texts import policy_text_problem

KEYS, COMBINATIONS = 5, 150  # of one filter policy
SCOPES = ("MessageBody", "MessageAttributes")


def _matching() -> None:
    """AWS matches policies as it matches event patterns; moto mixes up values of several objects in one array.

    Seam: `FilterPolicyMatcher.matches`.
    """
    from moto.sns.utils import FilterPolicyMatcher

    def lets_through(matcher: Any, message_attributes: dict[str, Any] | None, message: str) -> bool:
        policy = matcher.filter_policy
        if not policy:
            return True
        if matcher.filter_policy_scope == "MessageAttributes":
            given = {
                name: _value(row)
                for name, row in (message_attributes or {}).items()
                if not str(row.get("Type")).startswith("Binary")  # SNS compares texts, numbers and arrays alone.
            }
            return matches(_null_is_absent(policy), given)
        try:
            body = json.loads(message)
        except ValueError:
            return False
        return isinstance(body, dict) and matches(policy, body)

    FilterPolicyMatcher.matches = lets_through


def _null_is_absent(policy: dict[str, Any]) -> dict[str, Any]:
    """Gives a policy on attributes in which null stands also for an attribute that a message lacks."""
    rules: dict[str, Any] = {}
    for name, value in policy.items():
        if is_choice(name, value):
            rules[name] = [_null_is_absent(part) for part in value]
        else:
            rules[name] = [*value, {"exists": False}] if None in value else value
    return rules


def _value(attribute: dict[str, Any]) -> Any:
    """Gives what a policy compares of an attribute: a number, the elements of an array, or the text."""
    kind, value = attribute.get("Type"), attribute.get("Value")
    try:
        if kind == "Number":
            return float(str(value))
        if kind == "String.Array":
            return json.loads(str(value))
    except ValueError:
        pass  # No number and no array, whatever its type says: it is compared as text.
    return value


def _checking() -> None:
    """AWS refuses a policy whose filters cannot work; moto takes most of them, and refuses address ranges.

    Seam: `SNSBackend._validate_filter_policy`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    def _validate_filter_policy(backend: Any, value: Any, scope: str | None) -> None:
        if problem := policy_problem(value, scope):
            raise SNSInvalidParameter(f"Invalid parameter: {problem}")

    SNSBackend._validate_filter_policy = _validate_filter_policy


def policy_problem(policy: Any, scope: str | None = None) -> str | None:
    """Gives the first thing in a filter policy that SNS refuses, in words, or None.

    Limits: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    """
    if policy == {}:
        return None  # It takes a policy away.
    if isinstance(policy, dict) and scope != "MessageBody" and any(isinstance(row, dict) for row in policy.values()):
        return "Filter policy scope MessageAttributes does not support nested filter policy"
    if not isinstance(policy, dict):
        return "FilterPolicy: the policy is no JSON object"
    if problem := policy_text_problem(policy):
        return f"FilterPolicy: {problem}"
    if len(policy) > KEYS:
        return f"FilterPolicy: Filter policy can not have more than {KEYS} keys"
    if _combinations(policy, 1) > COMBINATIONS:
        return "FilterPolicy: Filter policy is too complex"
    return None


def _combinations(policy: dict[str, Any], depth: int) -> int:
    """Counts as SNS does: the values of each key, times its level, all multiplied."""
    count = 1
    for name, value in policy.items():
        if isinstance(value, dict):
            count *= _combinations(value, depth + 1)
        elif is_choice(name, value):
            count *= sum(_combinations(part, depth) for part in value)
        else:
            count *= len(value) * depth
    return count


def _subscribing() -> None:
    """AWS refuses a bad policy before there is a subscription, and a scope that is none; moto makes one first.

    Seams: `SNSResponse.subscribe`, `SNSResponse.set_subscription_attributes`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.responses import SNSResponse

    subscribe, change = SNSResponse.subscribe, SNSResponse.set_subscription_attributes

    def checked(attributes: dict[str, Any], scope: str | None, where: str) -> None:
        if scope not in (None, *SCOPES):
            raise SNSInvalidParameter(
                f"Invalid parameter: {where}FilterPolicyScope: Invalid value [{scope}]. "
                f"Please use either {' or '.join(SCOPES)}"
            )
        if text := attributes.get("FilterPolicy"):
            try:
                policy = json.loads(text)
            except (ValueError, RecursionError):
                raise SNSInvalidParameter(f"Invalid parameter: {where}FilterPolicy: failed to parse JSON.") from None
            if problem := policy_problem(policy, scope):
                prefix = where if problem.startswith("FilterPolicy:") else ""
                raise SNSInvalidParameter(f"Invalid parameter: {prefix}{problem}")

    def subscribed(response: Any) -> Any:
        attributes = dict(response._get_param("Attributes") or {})
        checked(attributes, attributes.get("FilterPolicyScope"), "Attributes Reason: ")
        return subscribe(response)

    def set_subscription_attributes(response: Any) -> Any:
        name, value = response._get_param("AttributeName"), response._get_param("AttributeValue")
        if name == "FilterPolicyScope":
            checked({}, value, "")
        elif name == "FilterPolicy":
            known = response.backend.subscriptions.get(response._get_param("SubscriptionArn"))
            checked({name: value}, known.attributes.get("FilterPolicyScope") if known else None, "")
        return change(response)

    SNSResponse.subscribe = subscribed
    SNSResponse.set_subscription_attributes = set_subscription_attributes


PATCHES: tuple[Callable[[], None], ...] = (_matching, _checking, _subscribing)
