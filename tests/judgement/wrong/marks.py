"""What marks a wrong design: the mistake in one sentence, what it must lose, and what it may lose with it.

A design is a recipe: small edits of the reference project. Its docstring says the mistake as the learner would.
What it loses is data beside the recipe; whatever is not named there it must keep.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from sagalab.course import course
from tests.submissions.recipes import Notebook, project

# What an answer can change: the runs of the orchestrated ("a") and the choreographed design ("b"), the pictures ("c"),
# what plans show ("d"), the recommendation ("e"). A changed design is drawn, recovered and measured anew.
REACHES = {
    "payment": "abcde",
    "inventory": "abcde",
    "notification": "abcde",
    "outcome": "acde",
    "order-flow": "acde",
    "services": "bcde",
    "diagram-orchestration": "c",
    "diagram-choreography": "c",
    "plans": "d",
    "recommendation": "e",
}
PLAN = ("d-recovers", "d-twice", "d-unseen")
DETECTOR = ("d-detects", "d-silent")
# What counts only where an approach's healthy orders complete: half of C and D is about that approach.
PICTURES = ("c-agreement", "c-style", "c-failure", "c-labels")
AFTER_A = ("a-faults", "a-attempts", "a-audit", *PICTURES, "d-scenario", *DETECTOR, *PLAN)
AFTER_B = ("b-faults", "b-decoupled", "b-accounted", *PICTURES, "d-scenario", *DETECTOR, *PLAN)


@dataclass(frozen=True)
class Wrong:
    """One wrong design.

    `loses` must lose marks, `may` can honestly be touched by the same mistake. `says` is a piece of the message of
    the first criterion in `loses`: caught, and for the right reason. `groups` are the fault groups that must break,
    and `holds` those that must hold, in `a-faults` and `b-faults` alike, as far as they are in `loses`.
    """

    name: str
    mistake: str
    recipe: Callable[[Notebook], Notebook]
    loses: tuple[str, ...]
    says: str
    may: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()

    def notebook(self) -> Notebook:
        """Builds what this learner hands in."""
        return self.recipe(copy.deepcopy(_reference()))

    def asked(self, every: Iterable[str]) -> list[str]:
        """Gives the criteria to judge: those that see anything of what was changed, and the submission itself.

        The others see the reference's own evidence, byte for byte, and that is judged in full elsewhere.
        """
        reached = reach(self.notebook()) + "f"
        return [one for one in every if one[0] in reached]


DESIGNS: dict[str, Wrong] = {}
Recipe = Callable[[Notebook], Notebook]


def wrong(
    *loses: str,
    says: str,
    may: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    holds: tuple[str, ...] = (),
) -> Callable[[Recipe], Recipe]:
    """Marks a recipe as a wrong design."""

    def marked(recipe: Recipe) -> Recipe:
        name, mistake = recipe.__name__, " ".join(str(recipe.__doc__).split())
        if name in DESIGNS:
            raise LookupError(f"two wrong designs are called {name!r}")
        DESIGNS[name] = Wrong(name, mistake, recipe, loses, says, may, groups, holds)
        return recipe

    return marked


@lru_cache(maxsize=1)
def _reference() -> Notebook:
    return project(course())


def reach(notebook: Notebook) -> str:
    """Gives the parts of the rubric that a notebook's differences from the reference can touch."""
    before, after = (_sources(one) for one in (_reference(), notebook))
    reached: set[str] = set()
    for key in {*before, *after}:
        if before.get(key) != after.get(key):
            reached |= set(REACHES.get(key, "abcde"))
    return "".join(sorted(reached))


def _sources(notebook: Notebook) -> dict[str, str]:
    """Gives the code cells by answer key; cells that were given to learners come under one name."""
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            key = cell.metadata.get("nbgrader", {}).get("grade_id", "given")
            found[key] = found.get(key, "") + cell.source
    return found
