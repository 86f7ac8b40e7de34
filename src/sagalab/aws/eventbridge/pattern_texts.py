"""What AWS says of an event pattern that cannot be one: its words, and the place in the text where it noticed.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. It reads a
pattern token by token and stops at the first one that does not fit, so that its column is that of the reader. The
reader is public: https://github.com/aws/event-ruler. SNS reads filter policies likewise.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from sagalab.aws.eventbridge.matching import is_choice

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|-?\d[\d.eE+-]*|true|false|null')
TEXTS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
BELOW, ABOVE = ("<", "<="), (">", ">=")
SHOWN = 500  # characters of a text that an error shows
STARS = 4  # wildcards in one operand from which on AWS calls a rule too complex
TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard "
    "character"
)


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


class Unfit(Exception):
    """What a reader says of the token at which it stopped."""


def pattern_text_problem(text: str, pattern: Any) -> str | None:
    """Gives what AWS says of the first thing in a pattern that does not fit, or None; `pattern` is the text's value."""
    try:
        reader = Reader(text)
        first = reader.next()
        if first.raw != "{":
            reader.fail("Filter is not an object", first)
        reader.object(pattern)
    except Unfit as error:
        return str(error)
    except (KeyError, TypeError, IndexError, StopIteration):
        return None  # A key that comes twice: the value tells of one of them alone.
    return None


class Reader:
    """Reads the tokens of a pattern as AWS's reader does; raises `Unfit`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: Iterator[Token] = (Token(m[0], m.start(), m.end()) for m in TOKEN.finditer(text))

    def next(self) -> Token:
        return next(self._tokens)

    def fail(self, words: str, at: Token | None = None, read: bool = False) -> NoReturn:
        """Stops at a token; of a text the reader has seen but the opening quote, unless it was read."""
        if at is None:
            raise Unfit(words)
        seen = at.start + 1 if at.is_text and not read else at.end
        before = self.text[:seen]
        line, column = before.count("\n") + 1, seen - before.rfind("\n")
        more = len(self.text) - SHOWN
        source = f'"{self.text[:SHOWN]}"' + (f"[truncated {more} chars]" if more > 0 else "")
        raise Unfit(f"{words}\n at [Source: (String){source}; line: {line}, column: {column}]")

    def object(self, pattern: Any) -> None:
        """Reads the fields of an object; its opening bracket was read."""
        name = self.next()
        if name.raw == "}":
            self.fail("Empty objects are not allowed", name)
        while name.raw != "}":
            field, value = name.value, self.next()
            if value.raw == "{":
                self.object(pattern[field])
            elif value.raw == "[":
                self._rules(field, pattern[field])
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
            self.text_operand(operator, operand)
        elif operator == "exists":
            if operand.raw not in ("true", "false"):
                self.fail("exists match pattern must be either true or false.", operand)
        elif operator == "numeric":
            if operand.raw != "[":
                self.fail("Value of numeric must be an array.", operand)
            self._numeric()
        elif operator == "anything-but":
            self.anything_but(operand)
        else:
            self.fail(f"Unrecognized match type {operator}", operand)
        self.last()

    def last(self) -> None:
        """Reads the end of an expression, which has one key."""
        if self.next().raw != "}":
            self.fail("Only one key allowed in match expression", self.next())

    def text_operand(self, operator: str, operand: Token) -> None:
        """Reads the operand of an operator on texts."""
        if operand.raw == "{" and operator in ("prefix", "suffix"):
            inner, value = self.next(), self.next()
            if inner.value != "equals-ignore-case":
                self.fail(f"Unsupported {operator} pattern: {inner.value}", value)
            self.text_operand("equals-ignore-case", value)
            self.last()
        elif not operand.is_text:
            self.fail(f"{'prefix' if operator == 'cidr' else operator} match pattern must be a string", operand)
        elif operator == "cidr":
            self._address_range(operand.value)
        elif operator == "wildcard":
            self._wildcard(operand)

    def anything_but(self, operand: Token) -> None:
        """Reads what anything-but excludes: values of one kind, or a filter on texts."""
        if operand.raw == "{":
            name, value = self.next(), self.next()
            if name.value not in TEXTS:
                self.fail(f"Unsupported anything-but pattern: {name.value}", value)
            self._excluded_texts(name.value, value)
            self.last()
        elif operand.raw == "[":
            self._excluded_values()
        elif not (operand.is_text or operand.is_number):
            self.fail("Value of anything-but must be an array or single string/number value.", operand)

    def _excluded_texts(self, operator: str, operand: Token) -> None:
        texts, token = [operand], operand
        if operand.raw == "[":
            texts = []
            while (token := self.next()).raw != "]":
                texts.append(token)
        for text in texts or [token]:
            if not text.is_text:
                self.fail(f"{operator} match pattern must be a string", text)
            if text.value == "" and operator in ("prefix", "suffix"):
                self.fail("Null prefix/suffix not allowed", text, read=True)
            if operator == "wildcard":
                self._wildcard(text)

    def _excluded_values(self) -> None:
        kinds: set[bool] = set()
        while (token := self.next()).raw != "]":
            if not (token.is_text or token.is_number):
                self.fail("Inside anything but list, start|null|boolean is not supported.", token)
            kinds.add(token.is_text)
        if len(kinds) > 1:
            words = "either all values are number or string, mixed type is not supported"
            self.fail(f"Inside anything but list, {words}", token)

    def _wildcard(self, operand: Token) -> None:
        text, place = f'"{operand.value}"'.encode(), 0
        if re.sub(rb"\\.", b"", text).count(b"*") > STARS and b"**" not in text:
            self.fail(TOO_COMPLEX)
        while place < len(text):
            pair = text[place : place + 2]
            if pair == b"**":
                self.fail(f"Consecutive wildcard characters at pos {place}", operand, read=True)
            if pair[:1] == b"\\" and pair not in (b"\\*", b"\\\\"):
                self.fail(f"Invalid escape character at pos {place}", operand, read=True)
            place += 2 if pair[:1] == b"\\" else 1

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
