"""Part D: the recovery plan, judged by what happened when it was executed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.history import History

Trial = dict[str, Any]
APPROACHES = ("orchestration", "choreography")


@dataclass(frozen=True)
class Executed:
    """What executing one plan showed.

    `open_without` says what stays open without the plan; `fired_at` is the virtual second at which the
    detector fired, or None; `false_alarm` the second at which it fired in a healthy run; `problem` an error
    of the plan, in its own terms; `recovered`, `twice` and `unseen` say what was still wrong.
    """

    approach: str
    number: int
    open_without: str = ""
    fired_at: float | None = None
    deadline: float = 0.0
    false_alarm: float | None = None
    problem: str = ""
    recovered: str = ""
    twice: str = ""
    unseen: str = ""
    history: History | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def _shared(criterion: str, parts: dict[str, tuple[float, str, History | None]], hint: str, good: str) -> Finding:
    """Adds the two approaches' halves up."""
    fraction = sum(score for score, _, _ in parts.values()) / len(APPROACHES)
    bad = [(name, words, history) for name, (score, words, history) in parts.items() if score < 1]
    if not bad:
        return valid(criterion, good)
    name, words, history = bad[0]
    attempted = any(words != _NO_PLAN.format(name) for name, words, _ in bad) or fraction > 0
    return invalid(
        criterion, f"{name.capitalize()}: {words}", fraction=fraction, promise=good.rstrip("."), hint=hint,
        history=history, attempted=attempted,
    )  # fmt: skip


_NO_PLAN = "there is no recovery plan for {} yet."
_NOT_WELL = "this counts once its healthy orders complete: a plan needs a design to recover."


def judge(criterion: str, executed: dict[str, Executed], healthy: dict[str, bool]) -> Finding:
    """Gives one criterion's finding out of the executed plans, by approach."""
    question, hint, good = _QUESTIONS[criterion]
    parts: dict[str, tuple[float, str, History | None]] = {}
    for approach in APPROACHES:
        run = executed.get(approach)
        if not healthy.get(approach):
            parts[approach] = (0.0, _NOT_WELL, None)
        elif run is None:
            parts[approach] = (0.0, _NO_PLAN.format(approach), None)
        else:
            words = question(run)
            parts[approach] = (0.0 if words else 1.0, words, run.history)
    return _shared(criterion, parts, hint, good)


def _scenario(run: Executed) -> str:
    if run.problem and not run.open_without:
        return run.problem
    if not run.open_without:
        return "the design heals this fault by itself, so it needs no plan. Choose one that outlasts its retries."
    return ""


def _detects(run: Executed) -> str:
    if run.problem:
        return run.problem
    if run.fired_at is None:
        return f"the detector did not fire within {run.deadline / 60:g} minutes."
    return ""


def _silent(run: Executed) -> str:
    words = _detects(run)
    if words:
        return words
    if run.false_alarm is not None:
        return f"the detector fired on a healthy run, after {run.false_alarm / 60:g} minutes."
    return ""


def _recovers(run: Executed) -> str:
    # Where nothing was open there was nothing to recover, and the actions were never tried on other orders.
    return _detects(run) or _scenario(run) or run.recovered


def _twice(run: Executed) -> str:
    return _recovers(run) or run.twice


def _unseen(run: Executed) -> str:
    return _recovers(run) or run.unseen


_QUESTIONS = {
    "d-scenario": (
        _scenario,
        "Which outage lasts longer than your last retry?",
        "Without the plan, the orders struck stay open: the scenario is real.",
    ),
    "d-detects": (
        _detects,
        "What does an operator see first when this fault lasts: a depth, an age, a count?",
        "The detector fires within its deadline.",
    ),
    "d-silent": (
        _silent,
        "A detector that always fires tells nobody anything. What is zero on a good day?",
        "The detector stays silent on healthy runs.",
    ),
    "d-recovers": (
        _recovers,
        "After the actions, every order struck must end as the plan's expected state says.",
        "The actions bring every order to the expected state, and harm no other.",
    ),
    "d-twice": (
        _twice,
        "An operator will press the button twice. What makes the second time harmless?",
        "Running the actions a second time changes nothing.",
    ),
    "d-unseen": (
        _unseen,
        "Nothing in the plan may name an order; it must find them.",
        "The plan works on orders it has never seen.",
    ),
}
CRITERIA = tuple(_QUESTIONS)
