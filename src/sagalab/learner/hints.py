"""`hint("…")` in three growing steps, and the question that a finished criterion leaves behind.

The words stand in `hints.toml` beside this module; an empty or missing one fails as the file is read.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from sagalab.course import course
from sagalab.errors import SetupError
from sagalab.learner import kept
from sagalab.learner.named import exercise
from sagalab.learner.shown import Shown, box, rich

FILE = Path(__file__).with_name("hints.toml")
STEPS = 3


class Guidance(BaseModel):
    """The words for one criterion: three hints, each saying more, and a question that goes further."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    hints: tuple[str, str, str]
    further: str = ""

    @field_validator("hints")
    @classmethod
    def _all_say_something(cls, hints: tuple[str, str, str]) -> tuple[str, str, str]:
        if not all(step.strip() for step in hints):
            raise ValueError("one of the hints is empty")
        if len(set(hints)) < STEPS:
            raise ValueError("two of the hints are the same")
        return hints


def read_guidance(path: Path = FILE) -> dict[str, Guidance]:
    """Reads the hints by criterion; raises SetupError that names the first one that is not in order."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"the hints cannot be read: {error}", where=path.name) from error
    found = {}
    for criterion, row in rows.items():
        try:
            found[criterion] = Guidance.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            raise SetupError(
                first["msg"].removeprefix("Value error, "),
                where=f"{path.name}, [{criterion}]",
                do='Give it hints = ["…", "…", "…"], three different texts.',
            ) from error
    return found


@cache
def _guidance() -> dict[str, Guidance]:
    return read_guidance()


def guidance(criterion: str) -> Guidance:
    """Gives the words for one criterion; raises SetupError where there are none."""
    try:
        return _guidance()[criterion]
    except KeyError:
        raise SetupError(
            f"there are no hints for {criterion!r}", where=FILE.name, do=f"Add a table [{criterion}] there."
        ) from None


def first_hint(criterion: str) -> str:
    """Gives the first hint for a criterion, empty if there is none."""
    row = _guidance().get(criterion)
    return row.hints[0] if row else ""


def question_after(criterion: str) -> str:
    """Gives the question that goes further once a criterion holds, empty if there is none."""
    row = _guidance().get(criterion)
    return row.further if row else ""


def hint(criterion: str = "") -> Shown:
    """Shows one more hint for a criterion than last time; after the third, all three again."""
    title = exercise(course(), criterion, "hint").title
    steps = guidance(criterion).hints
    record = kept.load()
    seen = min(record.hints.get(criterion, 0) + 1, STEPS)
    record.hints[criterion] = seen
    kept.save(record)
    heading = f"Hint {seen} of {STEPS}: {title}"
    more = f'The next one: hint("{criterion}")' if seen < STEPS else "That was the last one."
    text = "\n".join([heading, *(f"  {n}. {step}" for n, step in enumerate(steps[:seen], 1)), f"  {more}"])
    items = "".join(f"<li>{rich(step)}</li>" for step in steps[:seen])
    last = rich(f'The next one: `hint("{criterion}")`' if seen < STEPS else more)
    return Shown(text, box(heading, f"<ol>{items}</ol><p>{last}</p>"))
