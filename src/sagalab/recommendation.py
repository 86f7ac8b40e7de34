"""A learner's recommendation: the weighted matrix, hard constraints, evidence, and what would flip it.

Only the data model and its arithmetic. Measuring again is `sagalab.criteria.measurements`, judging is
`sagalab.criteria.recommendation`. Sums are exact decimals, so that 0.1 + 0.2 ties with 0.3.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sagalab.errors import DefinitionError

Approach = Literal["orchestration", "choreography"]
APPROACHES: tuple[Approach, ...] = get_args(Approach)
MATRIX = (
    "Clear step order",
    "Independent teams",
    "Easy debugging",
    "Loose coupling",
    "Long-running workflows",
)
MEASURABLE = {  # by name, each with its unit
    "components_changed_to_add_a_participant": "deployed components to edit when one more service joins",
    "components_added_to_add_a_participant": "deployed components to add when one more service joins",
    "state_transitions_per_order": "billed state transitions of one healthy order",
    "messages_per_order": "events and messages of one healthy order",
    "cost_per_order": "US dollars for one healthy order at list price",
    "records_to_find_a_stuck_order": "records an operator reads to follow one order",
    "orders_per_second_at_the_knee": "orders per virtual second just before latency climbs, in a small account",
    "orders_hurt_by_one_outage": "orders that do not finish when one function is lost for half an hour, of six",
}
MEASUREMENTS = {  # the five measurements, each with its numbers
    "change impact": ("components_changed_to_add_a_participant", "components_added_to_add_a_participant"),
    "price of an order": ("state_transitions_per_order", "messages_per_order", "cost_per_order"),
    "finding an order": ("records_to_find_a_stuck_order",),
    "throughput": ("orders_per_second_at_the_knee",),
    "reach of an outage": ("orders_hurt_by_one_outage",),
}
SCORES = (0, 5)
ENOUGH = 3  # out of 5: the score from which a row counts as a "yes"

Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Score = Annotated[float, Field(ge=SCORES[0], le=SCORES[1], allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Self = TypeVar("Self", bound="_Stated")


class _Stated(BaseModel):
    """Data that a learner writes: what is wrong with it is said in the learner's terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, *given: Any, **fields: Any) -> None:
        kind = type(self).__name__
        names = ", ".join(type(self).model_fields)
        if given:
            raise DefinitionError(
                "its parts are given by name",
                where=kind,
                slip=f"a value without a name in front: {given[0]!r}",
                do=f"write {kind}(name=value, …); the names are {names}",
            )
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise in_words(error, kind, list(type(self).model_fields)) from None


def in_words(error: ValidationError, kind: str, names: list[str]) -> DefinitionError:
    """Turns pydantic's error into one that a learner can act on; only the first slip is told."""
    first = error.errors()[0]
    path = [str(step) for step in first["loc"]]
    where = ".".join([kind, *path])
    if first["type"] == "missing":
        return DefinitionError(
            f"{path[-1]} is missing", where=kind, slip="the entry was left out", do=f"add {path[-1]}=…"
        )
    if first["type"] == "extra_forbidden":
        return DefinitionError(
            f"there is no entry {path[-1]!r}",
            where=kind,
            slip=_did_you_mean(path[-1], names) or "an entry that belongs elsewhere",
            do=f"use {', '.join(names)}",
        )
    said = first["msg"].removeprefix("Value error, ")
    given = "" if isinstance(first["input"], (dict, BaseModel)) else f"; it is {first['input']!r}"
    return DefinitionError(said + given, where=where, do="correct that entry and run the cell again")


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean {close[0]!r}" if close else ""


class Constraint(_Stated):
    """One thing the scenario cannot do without.

    `requirement` is a row of the matrix or the name of a cited measurement. Exactly one of these says
    when it is met: `must="yes"` (a row scored 3 or more out of 5), `at_least`, `at_most`. `why` is for people.
    """

    requirement: Words
    must: Literal["yes"] | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    why: str = ""

    @model_validator(mode="after")
    def _one_condition(self) -> Constraint:
        said = [name for name in ("must", "at_least", "at_most") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f'{self.requirement!r} needs exactly one of must="yes", at_least=number, at_most=number')
        if self.must and self.requirement in MEASURABLE:
            raise ValueError(f"{self.requirement} is a number: say at_least=… or at_most=…")
        return self

    @property
    def condition(self) -> str:
        """The condition in words."""
        if self.must:
            return f"scored {ENOUGH} or more"
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    def met_by(self, value: float) -> bool:
        """Says whether a score or a measured value satisfies the condition."""
        if self.at_most is not None:
            return value <= self.at_most
        return value >= (ENOUGH if self.at_least is None else self.at_least)


class Measurement(_Stated):
    """A number the recommendation leans on, for both approaches.

    `name` is one of `MEASURABLE`, which has its unit; `orchestration` and `choreography` are the values.
    """

    name: str
    orchestration: Number
    choreography: Number

    @model_validator(mode="after")
    def _known(self) -> Measurement:
        if self.name not in MEASURABLE:
            slip = _did_you_mean(self.name, MEASURABLE)
            known = f"there are {', '.join(MEASURABLE)}"
            raise ValueError("; ".join(filter(None, [f"{self.name!r} is not measured here", slip, known])))
        return self

    def of(self, approach: Approach) -> float:
        """Gives the cited value of one approach."""
        return self.orchestration if approach == "orchestration" else self.choreography


class Flip(_Stated):
    """A change of weights that would make the other approach win, and what would bring it about.

    `weights` holds the rows that change with their new weights, `to` names the other approach, `because` says in
    words what would have to happen in the business.
    """

    weights: dict[str, Weight] = Field(min_length=1)
    to: Approach
    because: Words


class Recommendation(_Stated):
    """Which approach a learner recommends for a scenario, and what it rests on.

    - `scenario`: the company and its orders, in words.
    - `approach`: the pick, "orchestration" or "choreography".
    - `constraints`: what the scenario cannot do without, at least one `Constraint`.
    - `weights`: how much each row counts, 0 or more: the five rows of `MATRIX`, and any row of one's own.
    - `scores`: by approach, how well it does in each of those rows, from 0 to 5.
    - `measurements`: at least three `Measurement`, each by a name of `MEASURABLE`.
    - `flip`: a `Flip`, the change of weights that would turn the decision round.

    Raises DefinitionError, in the learner's terms, for what cannot be judged.
    """

    scenario: Words
    approach: Approach
    constraints: list[Constraint] = Field(min_length=1)
    weights: dict[str, Weight]
    scores: dict[Approach, dict[str, Score]]
    measurements: list[Measurement] = Field(min_length=3)
    flip: Flip

    @model_validator(mode="after")
    def _hangs_together(self) -> Recommendation:
        _rows_match("weights", MATRIX, self.weights, may_add=True)
        if not any(self.weights.values()):
            raise ValueError("weights are all 0, so no row counts: give at least one row a weight")
        for approach in APPROACHES:
            if approach not in self.scores:
                raise ValueError(f"scores has no entry for {approach!r}")
            _rows_match(f"scores[{approach!r}]", self.weights, self.scores[approach])
        _rows_match("flip.weights", (), self.flip.weights, known=self.weights)
        cited = [measurement.name for measurement in self.measurements]
        if twice := sorted({name for name in cited if cited.count(name) > 1}):
            raise ValueError(f"{twice[0]} is cited twice: keep one of them")
        for constraint in self.constraints:
            self._decidable(constraint, cited)
        return self

    def _decidable(self, constraint: Constraint, cited: list[str]) -> None:
        name = constraint.requirement
        if name in MEASURABLE and name not in cited:
            raise ValueError(f"a constraint needs {name}, which measurements does not cite: add it there")
        if name not in MEASURABLE and name not in self.weights:
            slip = _did_you_mean(name, [*self.weights, *MEASURABLE])
            raise ValueError(
                f"a constraint names {name!r}, which is no row of weights and no measurement"
                + (f"; {slip}" if slip else "")
            )
        if name in self.weights and (
            (constraint.at_least is not None and not 0 < constraint.at_least <= SCORES[1])
            or (constraint.at_most is not None and not 0 <= constraint.at_most < SCORES[1])
        ):
            raise ValueError(f"the constraint on {name!r} rules nothing out, or everything: scores run from 0 to 5")

    def value(self, requirement: str, approach: Approach) -> float:
        """Gives the score of a row, or the cited value of a measurement, for one approach."""
        for measurement in self.measurements:
            if measurement.name == requirement:
                return measurement.of(approach)
        return self.scores[approach][requirement]

    def to_json(self) -> dict[str, Any]:
        """Gives the recommendation as a JSON object."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_json(cls: type[Self], row: Any) -> Self:
        """Rebuilds a recommendation from `to_json`'s object; raises DefinitionError for anything else."""
        if not isinstance(row, dict) or not all(isinstance(name, str) for name in row):
            raise DefinitionError("it is not a JSON object", where=cls.__name__, do="write Recommendation(…)")
        return cls(**row)


def _rows_match(
    where: str,
    needed: Iterable[str],
    given: Iterable[str],
    *,
    may_add: bool = False,
    known: Iterable[str] | None = None,
) -> None:
    needed, given = list(needed), list(given)
    allowed = list(known) if known is not None else needed
    missing = [row for row in needed if row not in given]
    extra = [row for row in given if row not in allowed]
    if missing:
        near = difflib.get_close_matches(missing[0], extra, n=1)
        raise ValueError(
            f"{where} has no row {missing[0]!r}" + (f"; is {near[0]!r} meant to be that row" if near else "")
        )
    if extra and not may_add:
        slip = _did_you_mean(extra[0], allowed)
        raise ValueError(f"{where} has a row {extra[0]!r} that weights does not have" + (f"; {slip}" if slip else ""))


def other(approach: Approach) -> Approach:
    """Gives the approach that was not picked."""
    return "choreography" if approach == "orchestration" else "orchestration"


def decision(recommendation: Recommendation, weights: Mapping[str, float] | None = None) -> dict[Approach, float]:
    """Adds up weight times score for each approach; `weights` replace single rows' weights if given."""
    used = {**recommendation.weights, **(weights or {})}
    return {
        approach: float(
            sum(
                (Decimal(repr(used[row])) * Decimal(repr(score)) for row, score in scores.items()),
                Decimal(0),
            )
        )
        for approach, scores in sorted(recommendation.scores.items(), reverse=True)
    }


def winner(totals: Mapping[Approach, float]) -> Approach | None:
    """Gives the approach with the higher total, None for a tie."""
    if totals["orchestration"] == totals["choreography"]:
        return None
    return max(APPROACHES, key=lambda approach: totals[approach])
