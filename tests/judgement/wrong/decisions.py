"""Wrong recommendations: picks that their own matrix, constraints or measurements speak against."""

from __future__ import annotations

from tests.judgement.wrong.marks import wrong
from tests.submissions.recipes import Notebook, edited

CITED = "measurements=[Measurement(name=name, **values) for name, values in measured.items()]"


def _cited(*rows: str) -> tuple[str, str]:
    lines = "".join(f"        Measurement({row}),\n" for row in rows)
    return CITED, f"measurements=[\n{lines}    ]"


@wrong("e-measured", says="you cite")
def figures_invented(notebook: Notebook) -> Notebook:
    """Cites figures that sound right and were never measured."""
    return edited(
        notebook,
        {
            "recommendation": [
                _cited(
                    'name="components_changed_to_add_a_participant", orchestration=3, choreography=1',
                    'name="cost_per_order", orchestration=0.02, choreography=0.01',
                    'name="records_to_find_a_stuck_order", orchestration=2, choreography=25',
                )
            ]
        },
    )


@wrong("e-measured", says="1 of the 3 measurements that are needed")
def fewer_than_three_measurements(notebook: Notebook) -> Notebook:
    """Cites one measured number and fills the other two places with what somebody said."""
    return edited(
        notebook,
        {
            "recommendation": [
                _cited(
                    'name="records_to_find_a_stuck_order", **measured["records_to_find_a_stuck_order"]',
                    'name="components_changed_to_add_a_participant", orchestration=9, choreography=9',
                    'name="cost_per_order", orchestration=1, choreography=1',
                )
            ]
        },
    )


@wrong("e-follows", says="and you recommend orchestration", may=("e-flip",))
def pick_that_contradicts_its_weights(notebook: Notebook) -> Notebook:
    """Weighs independent teams and loose coupling most, and recommends the coordinator."""
    return edited(
        notebook,
        {
            "recommendation": [
                ('"Independent teams": 1,', '"Independent teams": 9,'),
                (
                    '"Loose coupling": 2,\n        "Long-running workflows": 2,\n    },',
                    '"Loose coupling": 8,\n        "Long-running workflows": 2,\n    },',
                ),
            ]
        },
    )


@wrong("e-flip", says="does not win")
def flip_that_does_not_flip(notebook: Notebook) -> Notebook:
    """Names a change of weights that is too small to turn the decision round."""
    return edited(
        notebook,
        {"recommendation": [('{"Independent teams": 9, "Loose coupling": 8}', '{"Independent teams": 2}')]},
    )


@wrong("e-flip", says="which you recommend already")
def flip_to_where_it_stands(notebook: Notebook) -> Notebook:
    """Names a change that makes the pick win, which wins already."""
    return edited(notebook, {"recommendation": [('to="choreography"', 'to="orchestration"')]})


@wrong("e-constraints", says="rules your pick out")
def constraint_that_the_pick_breaks(notebook: Notebook) -> Notebook:
    """Calls loose coupling a must and recommends what scores 2 of 5 there."""
    must = 'Constraint(requirement="Clear step order", must="yes", why="auditors read it")'
    return edited(notebook, {"recommendation": [(must, must.replace("Clear step order", "Loose coupling"))]})
