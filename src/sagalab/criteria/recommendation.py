"""Part E: the recommendation, held against its own matrix and against measurements taken again.

Pure functions of evidence. What is written as prose (`because`, `why`, the reasoning) is never scored.
"""

from __future__ import annotations

from collections.abc import Mapping

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.measurements import MEASURES, measure, measure_all
from sagalab.deployment import Deployment
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import APPROACHES, Approach, Measurement, Recommendation, decision, other, winner

TOLERANCE = 0.10
NEEDED = 3
Measured = Mapping[str, Mapping[Approach, float]]


def _missing(criterion: str) -> Finding:
    return invalid(
        criterion,
        "No recommendation is defined yet. Fill the cell `recommendation = Recommendation(…)`: the scenario, "
        "the approach you pick, its hard constraints, weights and scores for the matrix, three measurements "
        "and a flip.",
        promise="a recommendation exists",
        hint="Start with the scores; an honest 3 can be changed later.",
        attempted=False,
    )


def agrees(cited: float, found: float) -> bool:
    """Says whether a cited value lies within the tolerance of the measured one."""
    return abs(cited - found) <= TOLERANCE * abs(found) + 1e-9


def constraints(recommendation: Recommendation | None, found: Measured | None = None) -> Finding:
    """Judges whether the pick meets every hard constraint of the scenario.

    Where a cited measurement disagrees with what was `found` by measuring again, the latter counts.
    """
    criterion = "e-constraints"
    if recommendation is None:
        return _missing(criterion)
    pick, broken, rivals = recommendation.approach, [], 0
    for constraint in recommendation.constraints:
        value = _value(recommendation, constraint.requirement, pick, found or {})
        if not constraint.met_by(value):
            broken.append(f"“{constraint.requirement}” must be {constraint.condition}, and {pick} has {value:g}")
        rivals += constraint.met_by(_value(recommendation, constraint.requirement, other(pick), found or {}))
    count = len(recommendation.constraints)
    if not broken:
        also = f" {other(pick).capitalize()} meets {rivals} of them."
        return valid(
            criterion,
            f"{pick.capitalize()} meets {_all(count)}.{also}",
            facts={"constraints": count, "met_by_the_other": rivals},
        )
    return invalid(
        criterion,
        f"Your scenario rules your pick out: {'; '.join(broken)}. A hard constraint is not weighed against others.",
        promise="the pick meets every hard constraint",
        hint="Is the constraint really hard, or is it a wish that belongs into the weights? "
        "If it is hard, which approach meets it?",
        facts={"constraints": count, "broken": len(broken)},
    )


def _all(count: int) -> str:
    return "the one hard constraint" if count == 1 else f"all {count} hard constraints"


def _value(recommendation: Recommendation, requirement: str, approach: Approach, found: Measured) -> float:
    cited = recommendation.value(requirement, approach)
    again = found.get(requirement, {}).get(approach)
    return cited if again is None or agrees(cited, again) else again


def follows(recommendation: Recommendation | None) -> Finding:
    """Judges whether the pick has the higher total of the learner's own weights and scores."""
    criterion = "e-follows"
    if recommendation is None:
        return _missing(criterion)
    totals = decision(recommendation)
    sums = " and ".join(f"{approach} adds up to {totals[approach]:g}" for approach in APPROACHES)
    best = winner(totals)
    facts = {"totals": dict(totals)}
    if best == recommendation.approach:
        return valid(criterion, f"By your own weights {sums}: the pick follows.", facts=facts)
    if best is None:
        said = f"By your own weights {sums}. A tie recommends neither."
    else:
        said = f"By your own weights {sums}, and you recommend {recommendation.approach}."
    return invalid(
        criterion,
        said,
        promise="the pick follows from weights and scores",
        hint="Which weight does not say what your scenario says? Change the weight for a reason, or change the pick.",
        facts=facts,
    )


def measured(
    recommendation: Recommendation | None,
    deployment: Deployment,
    histories: Mapping[Approach, History],
) -> Finding:
    """Judges the cited measurements against the same ones taken from healthy runs of both approaches."""
    criterion = "e-measured"
    if recommendation is None:
        return _missing(criterion)
    confirmed: list[str] = []
    said: list[str] = []
    for cited in recommendation.measurements:
        problem = _disagreement(cited, deployment, histories)
        if problem:
            said.append(problem)
        else:
            confirmed.append(cited.name)
    facts = {"confirmed": confirmed, "cited": len(recommendation.measurements)}
    if len(confirmed) >= NEEDED:
        message = f"Measured again, {len(confirmed)} of your numbers hold within 10 %: {', '.join(confirmed)}."
        return valid(criterion, " ".join([message, *said]), facts=facts)
    return invalid(
        criterion,
        f"Measured again, {len(confirmed)} of the {NEEDED} numbers that are needed hold within 10 %. " + " ".join(said),
        fraction=len(confirmed) / NEEDED,
        promise="cited measurements can be repeated",
        hint="Measure on a healthy run of your own deployment, both approaches, and copy the numbers. "
        f"A healthy run can show {', '.join(MEASURES)}.",
        facts=facts,
    )


def _disagreement(cited: Measurement, deployment: Deployment, histories: Mapping[Approach, History]) -> str:
    """Says what stands against a cited measurement, empty when it holds for both approaches."""
    try:
        found = measure(cited.name, deployment, histories)
    except NotSupportedHere as limit:
        return f"{cited.name} was not taken again: {limit.what}."
    for approach in APPROACHES:
        if approach not in found:
            return f"{cited.name} was not taken again: there is no healthy run of the {approach}."
        stated, shown = cited.of(approach), found[approach]
        if not agrees(stated, shown):
            return f"{cited.name}, {approach}: you cite {stated:g}, the run shows {shown:g}."
    return ""


def flip(recommendation: Recommendation | None) -> Finding:
    """Judges whether the named change of weights makes the other approach win."""
    criterion = "e-flip"
    if recommendation is None:
        return _missing(criterion)
    named, before = recommendation.flip, winner(decision(recommendation))
    changed = {row: weight for row, weight in named.weights.items() if recommendation.weights[row] != weight}
    totals = decision(recommendation, changed)
    after = winner(totals)
    sums = " and ".join(f"{approach} {totals[approach]:g}" for approach in APPROACHES)
    if named.to == recommendation.approach:
        said = f"The flip leads to {named.to}, which you recommend already. A flip leads to the other one."
    elif not changed:
        said = "The flip gives every row the weight that it has already, so nothing changes."
    elif before == named.to:
        said = f"{named.to.capitalize()} wins by your weights already, before the change, so nothing flips."
    elif after != named.to:
        said = f"With the changed weights the totals are {sums}: {named.to} does not win."
    else:
        rows = ", ".join(f"“{row}” from {recommendation.weights[row]:g} to {new:g}" for row, new in changed.items())
        return valid(criterion, f"Changing {rows} flips the decision: {sums}.", facts={"totals": dict(totals)})
    return invalid(
        criterion,
        said,
        promise="a named change of weights flips the decision",
        hint="Take the row where the other approach leads by most. How heavy must it be? "
        "Then say in `because` what would have to happen in the business.",
        facts={"totals": dict(totals)},
    )


def findings(
    recommendation: Recommendation | None,
    deployment: Deployment,
    histories: Mapping[Approach, History],
) -> dict[str, Finding]:
    """Judges all automatic criteria of part E, by criterion id."""
    judged = measured(recommendation, deployment, histories)
    found = measure_all(deployment, histories)
    rows = [constraints(recommendation, found), follows(recommendation), judged, flip(recommendation)]
    return {row.criterion: row for row in rows}
