"""Part F: the packed e-mail, and the notebook that it carries.

Pure: unpacking the mail is `sagalab.learner.submit`, running the notebook is the judge's; here come
their answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sagalab.criteria.finding import Finding, invalid, valid

CRITERION = "f-submission"
Aspect = Literal["parses", "recipient", "manifest", "runs"]
_FIRST_BROKEN: dict[Aspect, tuple[str, str]] = {
    "parses": (
        "the packed e-mail can be read",
        "Run `submit()` again and hand in the file that it writes, unchanged.",
    ),
    "recipient": (
        "the e-mail goes to the course's contact",
        "Call `submit()` without `to`: it takes the course's address.",
    ),
    "manifest": (
        "the manifest matches what is attached",
        "Save the notebook, then run `submit()` once more: the mail was packed before the last change.",
    ),
    "runs": (
        "the notebook runs from top to bottom within its budget",
        "Restart the kernel and run all cells. The first cell that stops or never ends is the one to mend.",
    ),
}

_BROKEN: dict[Aspect, str] = {
    "parses": "The packed e-mail cannot be read",
    "recipient": "The e-mail does not go to the course's contact",
    "manifest": "What is attached is not what the manifest names",
    "runs": "The notebook does not run from top to bottom within its budget",
}


def submission(
    *,
    attempted: bool,
    parses: bool,
    recipient: bool,
    manifest: bool,
    runs: bool,
    came: bool = True,
    problems: Sequence[str] = (),
) -> Finding:
    """Judges the packed e-mail; each of its four promises is a quarter.

    `attempted` says whether the notebook defines a design: a mail around nothing scores nothing.
    `came` is False where the judge packed the mail itself. `problems` are what reading it found, in words.
    """
    if not attempted:
        return invalid(
            CRITERION,
            "There is no design in the notebook yet, so there is nothing to hand in. Define `start_workflow` "
            "or `emit_order_created` first; `submit()` packs whatever is there, as often as you like.",
            promise="the submission holds a design",
            hint="Build one of the two designs, then run `submit()`.",
            attempted=False,
        )
    kept: dict[Aspect, bool] = {
        "parses": parses,
        "recipient": parses and recipient,
        "manifest": parses and manifest,
        "runs": runs,
    }
    packed = "" if came else " No e-mail came with the notebook, so one was packed from it here."
    broken: list[Aspect] = [aspect for aspect, holds in kept.items() if not holds]
    facts: dict[str, bool] = {"came": came, **{str(aspect): holds for aspect, holds in kept.items()}}
    if not broken:
        return valid(CRITERION, f"The e-mail is whole and the notebook runs from top to bottom.{packed}", facts=facts)
    promise, hint = _FIRST_BROKEN[broken[0]]
    told = " ".join(problems) or f"{_BROKEN[broken[0]]}."
    stops = "" if runs or not problems else f" Besides, {_BROKEN['runs'][:1].lower()}{_BROKEN['runs'][1:]}."
    return invalid(
        CRITERION,
        f"{told}{stops}{packed}",
        fraction=1 - len(broken) / len(kept),
        promise=promise,
        hint=hint,
        facts=facts,
    )
