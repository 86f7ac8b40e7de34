"""What AWS finds wrong in a filter policy, in its words and with the place in the text where it noticed.

What AWS does: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html. It reads the policy
token by token and stops at the first one that does not fit, so that its column is that of the reader.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from sagalab.aws.eventbridge.matching import is_choice

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|-?\d[\d.eE+-]*|true|false|null')
TEXTS = ("prefix", "suffix", "equals-ignore-case")
BELOW, ABOVE = ("<", "<="), (">", ">=")


class Token(NamedTuple):
    """One word of a JSON text; `start` and `end` count from 0."""

    raw: str
    start: int
    end: int

    @property
    def is_text(self) -> bool:
        return self.raw.startswith('"')

    @property
    def is_number(self) -> bool:
        return self.raw[0] in "-0123456789"

    @property
    def value(self) -> Any:
        """What the word stands for; a bracket stands for itself."""
        return self.raw if self.raw in "{}[]" else json.loads(self.raw)


class _Unfit(Exception):
    pass


def policy_text_problem(policy: dict[str, Any]) -> str | None:
    """Gives what AWS says of the first thing in a filter policy that does not fit, or None."""
    try:
        text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        return "failed to parse JSON."  # Python reads NaN and the like, which are no JSON.
    try:
        _Reader(text).object(policy)
    except _Unfit as error:
        return str(error)
    return None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: Iterator[Token] = (Token(m[0], m.start(), m.end()) for m in TOKEN.finditer(text))
        self.next()

    def next(self) -> Token:
        return next(self._tokens)

    def fail(self, words: str, at: Token | None = None, read: bool = False) -> NoReturn:
        """Stops at a token; of a text the reader has seen but the opening quote, unless it was read."""
        if at is None:
            raise _Unfit(words)
        column = at.start + 2 if at.is_text and not read else at.end + 1
        raise _Unfit(f'{words}\n at [Source: (String)"{self.text}"; line: 1, column: {column}]')

    def object(self, policy: Any) -> None:
        """Reads the fields of an object; its opening bracket was read."""
        name = self.next()
        if name.raw == "}":
            self.fail("Empty objects are not allowed", name)
        while name.raw != "}":
            field, value = name.value, self.next()
            if value.raw == "{":
                self.object(policy[field])
            elif value.raw == "[":
                self._rules(field, policy[field])
            else:
                self.fail(f'"{field}" must be an object or an array', value)
            name = self.next()

    def _rules(self, field: str, rules: list[Any]) -> None:
        token, choice, number = self.next(), is_choice(field, rules), 0
        if token.raw == "]":
            self.fail("Empty arrays are not allowed", token)
        while token.raw != "]":
            if token.raw == "[":
                self.fail("Match value must be String, number, true, false, or null", token)
            if token.raw == "{":
                self.object(rules[number]) if choice else self._match()
            token, number = self.next(), number + 1

    def _match(self) -> None:
        name = self.next()
        if name.raw == "}":
            self.fail("Empty objects are not allowed", name)
        operator, operand = name.value, self.next()
        if operator in TEXTS or operator == "cidr":
            if not operand.is_text:
                self.fail(f"{'prefix' if operator == 'cidr' else operator} match pattern must be a string", operand)
            if operator == "cidr":
                self._address_range(operand.value)
        elif operator == "exists":
            if operand.raw not in ("true", "false"):
                self.fail("exists match pattern must be either true or false.", operand)
        elif operator == "numeric":
            if operand.raw != "[":
                self.fail("Value of numeric must be an array.", operand)
            self._numeric()
        elif operator == "anything-but":
            self._anything_but(operand)
        else:
            self.fail(f"Unrecognized match type {operator}", operand)
        if self.next().raw != "}":
            self.fail("Only one key allowed in match expression", self.next())

    def _anything_but(self, operand: Token) -> None:
        if operand.raw == "{":
            operator, value = self.next().value, self.next()
            if operator != "prefix":
                self.fail(f"Unsupported anything-but pattern: {operator}", value)
            if not value.is_text:
                self.fail("prefix match pattern must be a string", value)
            self.next()
        elif operand.raw == "[":
            token = self.next()
            if token.raw == "]":
                self.fail("Empty arrays are not allowed", token)
            first = token
            while token.raw != "]":
                if token.is_text != first.is_text or not (token.is_text or token.is_number):
                    self.fail("Inside anything but list, either all values are number or string, "
                              "mixed type is not supported", token)  # fmt: skip
                token = self.next()

    def _numeric(self) -> None:
        first = self.next()
        if not first.is_text:
            self.fail(f"Invalid member in numeric match: {first.raw}", first)
        operator, low = first.value, self.next()
        if operator not in ("=", *BELOW, *ABOVE):
            self.fail(f"Unrecognized numeric range operator: {operator}", low)
        if not low.is_number:
            self.fail(f"Value of {'equals' if operator == '=' else operator} must be numeric", low)
        then = self.next()
        if then.raw == "]":
            return
        if operator not in ABOVE:
            self.fail("Too many elements in numeric expression", then)
        if not then.is_text:
            self.fail(f"Bad value in numeric range: {then.raw}", then)
        if then.value not in BELOW:
            self.fail(f"Bad numeric range operator: {then.value}", then, read=True)
        high = self.next()
        if not high.is_number:
            self.fail(f"Value of {then.value} must be numeric", high)
        end = self.next()
        if low.value >= high.value:
            self.fail("Bottom must be less than top", end)
        if end.raw != "]":
            self.fail("Too many terms in numeric range expression", end)

    def _address_range(self, text: str) -> None:
        address, slash, bits = text.partition("/")
        if not slash or "/" in bits:
            self.fail("Malformed CIDR, one '/' required")
        if not re.fullmatch(r"[+-]?\d+", bits):
            self.fail("Malformed CIDR, mask bits must be an integer")
        if int(bits) < 0:
            self.fail("Malformed CIDR, mask bits must not be negative")
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            self.fail(f"Nonstandard IP address: {address}")
        longest = 32 if known.version == 4 else 128
        if int(bits) >= longest:
            self.fail(f"IPv{known.version} mask bits must be < {longest}")
