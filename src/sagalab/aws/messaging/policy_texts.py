"""What AWS finds wrong in a filter policy, in its words and with the place in the text where it noticed.

What AWS does: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. It reads policies as
EventBridge reads patterns, knows fewer operators, and speaks of the policy as it writes it, without blanks.
"""

from __future__ import annotations

import json
from typing import Any

from sagalab.aws.eventbridge.pattern_texts import TEXTS, Reader, Token, Unfit


def policy_text_problem(policy: dict[str, Any]) -> str | None:
    """Gives what AWS says of the first thing in a filter policy that does not fit, or None."""
    try:
        text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        return "failed to parse JSON."  # Python reads NaN and the like, which are no JSON.
    try:
        reader = _PolicyReader(text)
        reader.next()
        reader.object(policy)
    except Unfit as error:
        return str(error)
    return None


class _PolicyReader(Reader):
    def text_operand(self, operator: str, operand: Token) -> None:
        """Reads the operand of an operator on texts; SNS has no wildcards, and no objects in place of texts."""
        if operator == "wildcard":
            self.fail(f"Unrecognized match type {operator}", operand)
        if not operand.is_text and operator in TEXTS:
            self.fail(f"{operator} match pattern must be a string", operand)
        super().text_operand(operator, operand)

    def anything_but(self, operand: Token) -> None:
        """Reads what anything-but excludes: values of one kind, or a prefix."""
        if operand.raw == "{":
            operator, value = self.next().value, self.next()
            if operator != "prefix":
                self.fail(f"Unsupported anything-but pattern: {operator}", value)
            if not value.is_text:
                self.fail("prefix match pattern must be a string", value)
            self.next()
        elif operand.raw == "[":
            token = first = self.next()
            if token.raw == "]":
                self.fail("Empty arrays are not allowed", token)
            while token.raw != "]":
                if token.is_text != first.is_text or not (token.is_text or token.is_number):
                    words = "either all values are number or string, mixed type is not supported"
                    self.fail(f"Inside anything but list, {words}", token)
                token = self.next()
