"""When two labels name the same thing: case, spaces, dashes, humps and words for the kind do not matter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# Words that say what a thing is, not which one. "Payment queue" names `payment-queue` and `payment`.
KIND_WORDS = {
    "state_machine": {
        "state",
        "machine",
        "step",
        "steps",
        "functions",
        "workflow",
        "orchestrator",
        "coordinator",
        "sfn",
    },
    "function": {"function", "lambda", "service", "handler", "task", "fn"},
    "queue": {"queue", "sqs", "fifo"},
    "topic": {"topic", "sns"},
    "bus": {"bus", "event", "events", "eventbridge", "bridge"},
    "rule": {"rule", "event", "eventbridge"},
    "event": {"event", "rule"},
    "table": {"table", "dynamodb", "dynamo", "db"},
    "state": {"state", "step"},
}
NEUTRAL_WORDS = {"aws", "amazon", "the", "a", "our"}
CLOSE = 0.78  # how alike two names must be for a "did you mean"


def words_of(label: str) -> tuple[str, ...]:
    """Gives a label's words: `PaymentQueue`, `payment-queue` and `Payment\\nqueue` give the same."""
    label = re.sub(r"<[^<>]*>", " ", label)  # HTML-like labels
    label = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", label)
    label = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", label)
    words = re.findall(r"[^\W_]+", label.lower())
    return tuple(re.sub(r"dead letters? queue|dead letters?|dlq queue", "dlq", " ".join(words)).split())


def bare(label: str, kind: str) -> tuple[str, ...]:
    """Gives a label's words without those that say its kind."""
    return tuple(word for word in words_of(label) if word not in KIND_WORDS.get(kind, set()) | NEUTRAL_WORDS)


def spellings(label: str) -> list[str]:
    """Gives the parts of a label that may be the name: the whole, its lines, what stands before brackets."""
    parts = [label, re.sub(r"[(\[].*", "", label, flags=re.DOTALL), *label.splitlines()]
    parts += re.findall(r"[(\[](.*?)[)\]]", label)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def same(one: str, other: str) -> bool:
    """Says whether two labels are the same words."""
    return words_of(one) == words_of(other) or "".join(words_of(one)) == "".join(words_of(other))


def same_but_kind(one: str, other: str, kind: str) -> bool:
    """Says whether two labels are the same words when those for the kind are left out."""
    left, right = bare(one, kind), bare(other, kind)
    return bool(left) and (left == right or "".join(left) == "".join(right))


def likeness(one: str, other: str, kind: str) -> float:
    """Says how alike two labels are, 0 to 1, for a "did you mean"."""
    pairs = [(words_of(one), words_of(other)), (bare(one, kind), bare(other, kind))]
    return max(
        difflib.SequenceMatcher(None, " ".join(left), " ".join(right)).ratio() if left and right else 0.0
        for left, right in pairs
    )


def mentioned(text: str, names: Iterable[str]) -> set[str]:
    """Gives the names that a text mentions in full, spelt in any way."""
    written = " ".join(words_of(text))
    joined = written.replace(" ", "")
    found = set()
    for name in names:
        spelt = " ".join(words_of(name))
        if spelt and (
            re.search(rf"\b{re.escape(spelt)}\b", written) or (len(spelt) > 8 and spelt.replace(" ", "") in joined)
        ):
            found.add(name)
    return found
