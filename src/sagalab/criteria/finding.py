"""What judging one criterion found: points' fraction, words, and the run that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sagalab.history import History

Verdict = Literal["valid", "invalid", "unknown"]


@dataclass(frozen=True)
class Finding:
    """The judgement of one criterion.

    `fraction` is 0 to 1 of the criterion's points. `unknown` means that the judge itself failed:
    such a finding never scores a learner, a person has to look. `promise` names the first broken
    promise (an invariant's name, or the criterion's own words), `schedule` is the one line that
    replays the smallest failing run, `history` is that run.
    """

    criterion: str
    verdict: Verdict
    fraction: float
    message: str
    promise: str = ""
    hint: str = ""
    schedule: str = ""
    attempted: bool = True
    history: History | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.fraction <= 1.0:
            raise ValueError(f"{self.criterion}: {self.fraction} is no fraction of the points")

    def to_json(self) -> dict[str, Any]:
        """Gives the finding as a JSON object."""
        row = dict(self.__dict__)
        row["history"] = self.history.to_json() if self.history is not None else None
        return row

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Finding:
        """Rebuilds a finding from `to_json`'s object."""
        history = row.get("history")
        return cls(**{**row, "history": None if history is None else History.from_json(history)})


def valid(criterion: str, message: str, **fields: Any) -> Finding:
    """A criterion that is met in full."""
    return Finding(criterion, "valid", 1.0, message, **fields)


def invalid(criterion: str, message: str, fraction: float = 0.0, **fields: Any) -> Finding:
    """A criterion that is not met, or met in part."""
    return Finding(criterion, "invalid", fraction, message, **fields)


def unknown(criterion: str, message: str, **fields: Any) -> Finding:
    """A criterion that the judge could not decide, through no fault of the learner."""
    return Finding(criterion, "unknown", 0.0, message, **fields)
