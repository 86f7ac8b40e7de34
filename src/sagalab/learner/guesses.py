"""`predict(…)` before a run, `happened(…)` after it: a guess is kept, compared, and never scored.

The first guess counts. One changed after the run has shown its outcome would not be a guess.
"""

from __future__ import annotations

import difflib
import html
from collections.abc import Sequence

from sagalab.errors import LearnerError
from sagalab.learner import kept
from sagalab.learner.shown import Shown, box, paragraph


def predict(name: str, question: str, options: Sequence[object], guess: object = None) -> Shown:
    """Asks what a run will show; `guess` is one of the options, filled in before the run.

    Raises LearnerError for a guess that is no option.
    """
    answers = [str(option) for option in options]
    record = kept.load()
    row = record.guesses.get(name, kept.Guess())
    note = ""
    if guess is None and row.guess is None:
        note = f"Put guess={answers[0]!r} or another of these into the call, and run this cell again."
    elif guess is not None:
        chosen = _option(name, guess, answers)
        if row.guess is None and row.happened is None:
            row = kept.Guess(guess=chosen)
            record.guesses[name] = row
            kept.save(record)
        elif row.guess != chosen:
            note = _too_late(row)
    if row.guess is not None:
        note = " ".join(filter(None, [f"Your guess: {row.guess}.", note or "Now run the next cell."]))
    heading = "Before you run it"
    text = "\n".join([f"{heading}: {question}", *(f"  - {answer}" for answer in answers), f"  {note}"])
    items = "".join(f"<li>{html.escape(answer)}</li>" for answer in answers)
    return Shown(text, box(heading, f"{paragraph(question)}<ul>{items}</ul>{paragraph(note)}"))


def _option(name: str, guess: object, answers: list[str]) -> str:
    if str(guess) in answers:
        return str(guess)
    close = difflib.get_close_matches(str(guess), answers, n=1)
    raise LearnerError(
        f"{guess!r} is none of the answers to choose from",
        where=f"predict({name!r}, …)",
        slip=f"did you mean {close[0]!r}" if close else "",
        do=f"use one of {', '.join(map(repr, answers))}",
    )


def _too_late(row: kept.Guess) -> str:
    if row.guess is None:
        return "The outcome was seen already, so this is no guess any more."
    return "The first guess is the one that is compared."


def happened(name: str, outcome: object) -> Shown:
    """Shows what a run did beside what was predicted for it."""
    record = kept.load()
    row = record.guesses.get(name, kept.Guess())
    seen = str(outcome)
    if row.happened is None:
        record.guesses[name] = kept.Guess(guess=row.guess, happened=seen)
        kept.save(record)
    if row.guess is None:
        said = f"{seen}. You made no guess; a guess before the run shows what you took for granted."
    elif row.guess == seen:
        said = f"{seen}. You guessed it."
    else:
        said = f"{seen}. You guessed: {row.guess}. Which step did you picture differently?"
    heading = "What happened"
    return Shown(f"{heading}: {said}", box(heading, paragraph(said)))
