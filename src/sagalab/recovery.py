"""The recovery plan as learners write it: data that the judge executes."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sagalab.errors import DefinitionError
from sagalab.faults import Fault

STATES = {
    "order": ("confirmed", "cancelled"),
    "money": ("charged", "refunded", "none"),
    "stock": ("reserved", "released", "none"),
    "customer": ("told once",),
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    approach: Literal["orchestration", "choreography"]
    fault: Fault
    effect: str = Field(min_length=1)
    detector: Callable[..., Any]
    detect_within: float = Field(gt=0, le=86400)
    recover_within: float = Field(gt=0, le=86400)
    reaction: str = ""
    actions: Callable[..., Any]
    expected: dict[str, str]


class RecoveryPlan(_Model):
    """One failure and how an operator gets over it; times in virtual seconds, more than 0 and up to a day.

    - `approach`: "orchestration" or "choreography".
    - `fault`: a `Fault`; what strikes, where, and for how long.
    - `effect`: what customer and company notice, in words.
    - `detector`: a function of `signals` (`sagalab.signals.Signals`), asked once a minute; true calls the operator.
    - `detect_within`: from the start of the orders until the detector has to fire.
    - `recover_within`: from the actions until everything is as expected.
    - `reaction`: what the design does by itself until then, in words; may be left out.
    - `actions`: a function without arguments, called once the detector fired and the fault is over, and again later.
    - `expected`: how each order that was struck ends; parts and values are those of `STATES`.

    Raises `DefinitionError`, which names the field and the likely slip, for a plan that cannot run.
    """

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _explained(error, fields) from None
        wrong = {k: v for k, v in self.expected.items() if v not in STATES.get(k, ())}
        if wrong:
            name, value = next(iter(wrong.items()))
            choices = ", ".join(STATES.get(name, ())) or f"no such part; there are {', '.join(STATES)}"
            raise DefinitionError(
                f"expected[{name!r}] is {value!r}", where="RecoveryPlan", slip=f"it is one of: {choices}"
            )

    def to_json(self) -> dict[str, Any]:
        """Gives the plan's data; its functions stay in the learner's process."""
        return {
            "approach": self.approach,
            "fault": self.fault.to_json(),
            "effect": self.effect,
            "detect_within": self.detect_within,
            "recover_within": self.recover_within,
            "reaction": self.reaction,
            "expected": dict(self.expected),
        }


def _explained(error: ValidationError, fields: dict[str, Any]) -> DefinitionError:
    rows = error.errors()
    first = rows[0]
    extra = [str(row["loc"][0]) for row in rows if row["type"] == "extra_forbidden"]
    name = ".".join(str(part) for part in first["loc"]) or "the plan"
    which = f"RecoveryPlan for {fields.get('approach', 'an approach that is not named')}"
    if first["type"] == "missing":
        near = get_close_matches(name, extra, 1, 0.5)
        return DefinitionError(
            f"the field {name!r} is missing",
            where=which,
            slip=f"it is written {near[0]!r} there" if near else "",
            do=f"write {name}=... into the plan",
        )
    if first["type"] == "extra_forbidden":
        known = ", ".join(_Model.model_fields)
        return DefinitionError(f"a plan has no field {name!r}", where=which, slip=f"the fields are {known}")
    if first["type"] == "callable_type":
        return DefinitionError(
            f"{name!r} is no function",
            where=which,
            slip="write the function's name without (), so that it is not called now",
        )
    if name == "approach":
        return DefinitionError(
            f"there is no approach {fields.get('approach')!r}",
            where="RecoveryPlan",
            slip='it is "orchestration" or "choreography"',
        )
    if name == "fault":
        return DefinitionError(
            f"'fault' is {fields.get('fault')!r}, not a fault",
            where=which,
            slip='it reads Fault("unavailable", target="warehouse.reserve", lasts=minutes(40))',
        )
    if name in ("detect_within", "recover_within"):
        return DefinitionError(
            f"{name!r} is {fields.get(name)!r}",
            where=which,
            slip="it is a number of virtual seconds, more than 0 and at most a day: minutes(30) gives seconds",
        )
    return DefinitionError(f"{name!r}: {first['msg']}", where=which)
