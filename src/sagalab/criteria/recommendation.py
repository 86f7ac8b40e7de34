"""Part E: the recommendation, held against its own matrix and against measurements taken again.

Pure functions of evidence. What is written as prose (`because`, `why`, the reasoning) is never scored.
"""

from __future__ import annotations

from collections.abc import Callable

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.errors import NotSupportedHere
from sagalab.recommendation import (
    APPROACHES,
    MEASURABLE,
    MEASUREMENTS,
    Approach,
    Measurement,
    Recommendation,
    decision,
    other,
    winner,
)

TOLERANCE = 0.10  # of the measured value, where nothing else is said
# Load runs differ a little from seed to seed; an outage that ends between two attempts may spare one order or not.
TOLERANCES = {"orders_per_second_at_the_knee": 0.20}
ORDERS_EITHER_WAY = {"orders_hurt_by_one_outage": 1.0}
NEEDED = 3  # of the five measurements
# Takes one number of one approach again; raises NotSupportedHere where that approach's runs cannot show it.
Again = Callable[[str, Approach], float]


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


def agrees(name: str, cited: float, found: float) -> bool:
    """Says whether a cited value lies within the tolerance of the measured one."""
    allowed = max(TOLERANCES.get(name, TOLERANCE) * abs(found), ORDERS_EITHER_WAY.get(name, 0.0))
    return abs(cited - found) <= allowed + 1e-9


def allowed_in_words(name: str) -> str:
    """Says how far a cited value may be off."""
    if name in ORDERS_EITHER_WAY:
        return "1 order either way"
    return f"{TOLERANCES.get(name, TOLERANCE):.0%} either way".replace("%", " %")


def constraints(recommendation: Recommendation | None, again: Again | None = None) -> Finding:
    """Judges whether the pick meets every hard constraint of the scenario.

    Only a constraint on a measurement asks for runs, and only for that number: where the cited one disagrees with
    what is measured `again`, the latter counts.
    """
    criterion = "e-constraints"
    if recommendation is None:
        return _missing(criterion)
    pick, broken, rivals = recommendation.approach, [], 0
    for constraint in recommendation.constraints:
        value = _value(recommendation, constraint.requirement, pick, again)
        if not constraint.met_by(value):
            broken.append(f"“{constraint.requirement}” must be {constraint.condition}, and {pick} has {value:g}")
        rivals += constraint.met_by(recommendation.value(constraint.requirement, other(pick)))
    count = len(recommendation.constraints)
    if not broken:
        also = f" By your own numbers {other(pick)} meets {rivals} of them."
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


def _value(recommendation: Recommendation, requirement: str, approach: Approach, again: Again | None) -> float:
    cited = recommendation.value(requirement, approach)
    if again is None or requirement not in MEASURABLE:
        return cited
    try:
        found = again(requirement, approach)
    except NotSupportedHere:
        return cited  # `e-measured` says so
    return cited if agrees(requirement, cited, found) else found


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


def measured(recommendation: Recommendation | None, again: Again) -> Finding:
    """Judges the cited measurements against the same ones taken again from runs of both approaches.

    A measurement holds when every number of it that is cited holds, for both approaches.
    """
    criterion = "e-measured"
    if recommendation is None:
        return _missing(criterion)
    problems = {cited.name: _disagreement(cited, again) for cited in recommendation.measurements}
    confirmed = [
        measurement
        for measurement, numbers in MEASUREMENTS.items()
        if set(numbers) & set(problems) and not any(problems.get(number) for number in numbers)
    ]
    said = [problem for problem in problems.values() if problem]
    facts = {"confirmed": confirmed, "cited": len(problems)}
    if len(confirmed) >= NEEDED:
        message = f"Measured again, {len(confirmed)} of your measurements hold: {', '.join(confirmed)}."
        return valid(criterion, " ".join([message, *said]), facts=facts)
    return invalid(
        criterion,
        f"Measured again, {len(confirmed)} of the {NEEDED} measurements that are needed hold. "
        + " ".join(said or [f"The others are {', '.join(name for name in MEASUREMENTS if name not in confirmed)}."]),
        fraction=len(confirmed) / NEEDED,
        promise="cited measurements can be repeated",
        hint="Let `lab.measurements(…)` measure your own deployment, both approaches, and copy the numbers.",
        facts=facts,
    )


def _disagreement(cited: Measurement, again: Again) -> str:
    """Says what stands against a cited number, empty when it holds for both approaches."""
    for approach in APPROACHES:
        try:
            found = again(cited.name, approach)
        except NotSupportedHere as limit:
            return f"{cited.name} of the {approach} was not taken again: {limit.what}."
        stated = cited.of(approach)
        if not agrees(cited.name, stated, found):
            allowed = allowed_in_words(cited.name)
            return f"{cited.name}, {approach}: you cite {stated:.4g}, the run shows {found:.4g} ({allowed} is allowed)."
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
