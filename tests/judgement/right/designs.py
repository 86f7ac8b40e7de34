"""Correct projects that differ from the reference, as the rubric's fairness section lists them.

A design is a recipe, as in the sample class: what it leaves alone is the reference. Its docstring says what
is different, and why that is correct. A judge that takes a mark from one of them is at fault, not the design.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.judgement.right import both_halves, flows, services
from tests.submissions.recipes import Notebook

Design = Callable[[Notebook], Notebook]

DESIGNS: dict[str, Design] = {
    design.__name__: design
    for design in (
        both_halves.at_once, both_halves.reserve_first, both_halves.looks_up_first,
        both_halves.confirms_where_it_tells, both_halves.gives_up, both_halves.files,
        flows.jsonata, flows.nested_saga, flows.queue_in_front, flows.task_token,
        services.fifo, services.topics, services.inbox, services.custom_bus,
    )
}  # fmt: skip
