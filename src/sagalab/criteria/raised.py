"""What to say of a plain function of the learner's that raised instead of answering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NO_ANSWER = ("Hung", "Timeout")  # the call came to no end, and nothing was raised
THOUGHTS = {
    "KeyError": "Not every dictionary has that key. Which of them lacks it, and what should be said of that one?",
    "NameError": "Likely slip: a name is misspelt, or the cell that defines it was not run.",
    "IndexError": "Something was taken out of a list that is shorter than that. May the list be empty?",
    "AttributeError": "Likely slip: a misspelt method, or a value of another kind than the line takes it for.",
    "TypeError": "Values of two kinds meet there that do not go together. Print them both before that line.",
    "ZeroDivisionError": "Something was divided by the length of a list that may be empty.",
}
UNHASHABLE = "Likely slip: a list was put into a set. A set takes what cannot change: `tuple(arrow)` makes it fit."


def problem_of(name: str, reply: Mapping[str, Any]) -> tuple[str, str]:
    """Says that a function raised, what and where, and a first thought; the sentence has no stop at its end."""
    error, said = str(reply.get("error")), str(reply.get("message", "")).rstrip(". ")
    if error in NO_ANSWER:
        return f"{name} {said}", "Which loop in it has no end?"
    where = f" in {reply['where']}" if reply.get("where") else ""
    thought = UNHASHABLE if "unhashable" in said else THOUGHTS.get(error, "")
    look = f"Nothing was answered, so nothing was compared yet: an error ended {name}{where}."
    return f"{name} raised {error}{where} ({said})", f"{look} {thought}".strip()
