"""SNS: attributes of subscriptions, as they are set, kept and missed.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import json_problem
from sagalab.aws.messaging.published import arn_problem
from sagalab.aws.messaging.redrive_policies import redrive_problem
from sagalab.aws.messaging.topic_making import same

NAMES = (
    "RawMessageDelivery", "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "SubscriptionRoleArn",
    "ReplayPolicy",
)  # fmt: skip
DEFAULTS = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}
MISSING = "Subscription does not exist"


def _checked() -> None:
    """AWS refuses attributes that are none, no JSON or no switch; moto takes any text for a switch.

    https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html.
    Seam: `SNSResponse.set_subscription_attributes`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.responses import SNSResponse

    original = SNSResponse.set_subscription_attributes

    def set_subscription_attributes(response: Any) -> Any:
        arn, name = response._get_param("SubscriptionArn"), response._get_param("AttributeName")
        problem = arn_problem(arn, "SubscriptionArn") or _worded(
            name, response._get_param("AttributeValue"), "Invalid parameter: "
        )
        if problem:
            raise SNSInvalidParameter(problem)
        return original(response)

    SNSResponse.set_subscription_attributes = set_subscription_attributes


def _set() -> None:
    """AWS drops an attribute that is emptied, and reads a filter policy anew once its scope is another; moto does not.

    https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html.
    Seam: `SNSBackend.set_subscription_attributes`.
    """
    from moto.sns.exceptions import SNSNotFoundError
    from moto.sns.models import SNSBackend
    from moto.sns.utils import FilterPolicyMatcher

    original = SNSBackend.set_subscription_attributes

    def set_subscription_attributes(backend: Any, arn: str, name: str, value: Any) -> None:
        subscription = backend.subscriptions.get(arn)
        if subscription is None:
            raise SNSNotFoundError(MISSING)
        if value in ("", None) or (name == "FilterPolicy" and json.loads(value) == {}):
            subscription.attributes.pop(name, None)
            if name == "FilterPolicy":
                subscription._filter_policy = subscription._filter_policy_matcher = None
            return
        original(backend, arn, name, value)
        if name == "FilterPolicyScope" and subscription._filter_policy:
            subscription._filter_policy_matcher = FilterPolicyMatcher(subscription._filter_policy, value)

    SNSBackend.set_subscription_attributes = set_subscription_attributes


def _worded(name: str, value: Any, prefix: str) -> str | None:
    problem = "AttributeName" if name not in NAMES else attribute_problem(name, value)
    return f"{prefix}{problem}" if problem else None


def attribute_problem(name: str, value: Any) -> str | None:
    """Gives what AWS says of a value that an attribute of a subscription cannot have, or None."""
    if name == "RawMessageDelivery" and str(value).lower() not in ("true", "false"):
        return f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
    if not value:
        return None
    if name == "DeliveryPolicy":
        problem = json_problem(value) or (None if isinstance(json.loads(value), dict) else "It is no object.")
        return f"{name}: failed to parse JSON. {problem}" if problem else None
    if name == "FilterPolicy" and json_problem(value):
        return "FilterPolicy: failed to parse JSON."
    if name == "RedrivePolicy":
        row = None if json_problem(value) else json.loads(value)
        if not isinstance(row, dict):
            return "RedrivePolicy: failed to parse JSON."
        if redrive_problem(json.dumps({"maxReceiveCount": 1, **row})):
            return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
    return None


def _subscribed_again() -> None:
    """AWS refuses to subscribe an endpoint that is subscribed with other attributes; moto changes them.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html. Seam: `SNSResponse.subscribe`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.responses import SNSResponse

    original = SNSResponse.subscribe

    def subscribe(response: Any) -> Any:
        attributes, prefix = response._get_param("Attributes") or {}, "Invalid parameter: Attributes Reason: "
        for name, value in attributes.items():
            if problem := _worded(name, value, prefix):
                raise SNSInvalidParameter(problem)
        known = response.backend._find_subscription(
            response._get_param("TopicArn"), response._get_param("Endpoint"), response._get_param("Protocol")
        )
        if known is not None and not all(
            same(known.attributes.get(name, DEFAULTS.get(name)), value) for name, value in attributes.items()
        ):
            raise SNSInvalidParameter(f"{prefix}Subscription already exists with different attributes")
        return original(response)

    SNSResponse.subscribe = subscribe


def _missed() -> None:
    """AWS says of an ARN that is none what it lacks; moto that there is no such subscription, or nothing.

    https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html and API_Unsubscribe.
    Seams: `SNSBackend.get_subscription_attributes`, `SNSBackend.unsubscribe`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    def checking(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(backend: Any, arn: str) -> Any:
            if problem := arn_problem(arn, "SubscriptionArn"):
                raise SNSInvalidParameter(problem)
            return original(backend, arn)

        return call

    SNSBackend.get_subscription_attributes = checking(SNSBackend.get_subscription_attributes)
    SNSBackend.unsubscribe = checking(SNSBackend.unsubscribe)


PATCHES: tuple[Callable[[], None], ...] = (_checked, _set, _subscribed_again, _missed)
