"""The sample class: what each learner did differently from the reference project.

A recipe turns the project's text source into one submitted notebook. It replaces answers by their key,
drops or repeats cells, or spoils the file's bytes; whatever it leaves alone is the reference. An edit names
the very text that it replaces, and fails when that text is no longer there.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from grading.nbgrader_config import CODE_STUB, TEXT_STUB
from grading.release import BEGIN, END, notebook_bytes, source_notebook
from sagalab.course import Course, course

LESSON = "11_project"
HERE = Path(__file__).parent
CHECK_CELL = re.compile(r'^# %%.*\b(?:check|manual)="([^"]+)"', re.MULTILINE)

Notebook = Any
Edit = tuple[str, str]
Recipe = Callable[[Notebook], Notebook | bytes]


def project(course: Course) -> Notebook:
    """Builds the reference notebook as a learner would hand it in: answers without the release's marks."""
    notebook = _source(course)
    for cell in _answers(notebook):
        cell.source = _unmarked(cell.source)
    return notebook


def released(course: Course) -> Notebook:
    """Builds the notebook as learners get it: stubs where the answers were."""
    notebook = _source(course)
    for cell in _answers(notebook):
        cell.source = _stubbed(cell.source, CODE_STUB if cell.cell_type == "code" else TEXT_STUB)
    return notebook


def _source(course: Course) -> Notebook:
    text = course.source(LESSON).read_text(encoding="utf-8")
    present = set(CHECK_CELL.findall(text))
    return source_notebook(text, LESSON, [row for row in course.criteria(LESSON) if row.id in present])


def _answers(notebook: Notebook) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution"))


def _unmarked(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def _stubbed(source: str, stub: str) -> str:
    if BEGIN not in source:
        return stub
    return re.sub(rf"(?ms)^([ \t]*){re.escape(BEGIN)}\n.*?^[ \t]*{re.escape(END)}$", rf"\g<1>{stub}", source)


def cell_of(notebook: Notebook, key: str) -> Any:
    """Gives the one answer or check cell of that key."""
    found = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == key]
    if len(found) != 1:
        raise LookupError(f"{len(found)} cells are called {key!r}")
    return found[0]


# -- what recipes are made of ---------------------------------------------------------------------


def edited(notebook: Notebook, edits: dict[str, list[Edit]]) -> Notebook:
    """Replaces text in answers, by key; each old text must stand there exactly once."""
    for key, pairs in edits.items():
        cell = cell_of(notebook, key)
        for old, new in pairs:
            if cell.source.count(old) != 1:
                raise LookupError(f"{key}: this stands there {cell.source.count(old)} times, not once:\n{old}")
            cell.source = cell.source.replace(old, new)
    return notebook


def written(notebook: Notebook, name: str, folder: Path = HERE / "_texts") -> Notebook:
    """Replaces the answers that NAME.py in the folder holds, a percent text with the keys of the project.

    A cell without a key is one that the learner added, right above the next answer.
    """
    import jupytext

    text = (folder / f"{name}.py").read_text(encoding="utf-8")
    own: list[str] = []
    for number, cell in enumerate(jupytext.reads(text, fmt="py:percent").cells):
        keys = [cell.metadata[kind] for kind in ("solution", "manual", "prose") if kind in cell.metadata]
        if not keys:
            own.append(cell.source)
            continue
        answer = cell_of(notebook, keys[0])
        answer.source = cell.source
        for place, source in enumerate(own, number - len(own) + 1):
            added = nbformat.v4.new_code_cell(source, id=f"own-{place:02d}")
            notebook.cells.insert(notebook.cells.index(answer), added)
        own.clear()
    return notebook


def without(notebook: Notebook, key: str) -> Notebook:
    """Removes a cell."""
    notebook.cells.remove(cell_of(notebook, key))
    return notebook


def pasted(notebook: Notebook, key: str) -> Notebook:
    """Copies a cell and pastes it below, as Jupyter does: a new cell id, the same grade id."""
    cell = cell_of(notebook, key)
    twin = copy.deepcopy(cell)
    twin["id"] = f"{cell['id']}-pasted"
    notebook.cells.insert(notebook.cells.index(cell) + 1, twin)
    return notebook


# -- the learners ---------------------------------------------------------------------------------


def orchestration_only(notebook: Notebook) -> Notebook:
    """Has not begun part B: no services, no second diagram, one plan, and nothing to compare."""
    stubs = released(course())
    for key in ("services", "diagram-choreography", "recommendation", "e-reasoning"):
        cell_of(notebook, key).source = cell_of(stubs, key).source
    plans = cell_of(notebook, "plans")
    head, _, _ = plans.source.partition('    RecoveryPlan(\n        approach="choreography"')
    plans.source = f"{head}]"
    return edited(
        notebook,
        {
            "plans": [('for name in ("payment", "inventory", "notification")}', "for name in ()}")],
            "inventory": [('        publish("StockRefused", detail)', "        pass")],
        },
    )


def forgets_refund(notebook: Notebook) -> Notebook:
    """Catches the empty shelf and cancels; the money stays where it is. The events do refund."""
    return edited(
        notebook,
        {
            "order-flow": [
                ('caught("OutOfStock", "RefundPayment")', 'caught("OutOfStock", "CancelOrder")'),
                ('        "RefundPayment": task(refund_payment, "CancelOrder"),\n', ""),
                (
                    'refund_payment = deploy_function("refund-payment", "payment.refund_task", "payment")\n',
                    "",
                ),
            ],
            "diagram-orchestration": [
                (
                    '    flow >> Edge(label="out of stock: refund", style="dashed", color="#D55E00") '
                    '>> Lambda("refund-payment")\n',
                    "",
                )
            ],
        },
    )


def charges_twice_on_reply_lost(notebook: Notebook) -> Notebook:
    """Draws a new idempotency key for every attempt, so that a retry is a new charge."""
    return edited(
        notebook,
        {
            "payment": [
                ("import json\n\nimport boto3", "import json\nimport uuid\n\nimport boto3"),
                ('key=f"charge-{order_id}"', "key=str(uuid.uuid4())"),
            ]
        },
    )


def keys_in_module_global(notebook: Notebook) -> Notebook:
    """Remembers in a module's global what was charged, and gives the gateway no key."""
    return edited(
        notebook,
        {
            "payment": [
                (
                    "from sagalab.participants import PaymentDeclined, order_book, payment_gateway",
                    "from sagalab.participants import PaymentDeclined, ParticipantUnavailable\n"
                    "from sagalab.participants import order_book, payment_gateway\n\n"
                    "CHARGED = set()  # the orders that were charged before",
                ),
                (
                    "    order = order_book.get(order_id)\n"
                    '    return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", '
                    "correlation_id=correlation_id)",
                    "    if order_id in CHARGED:\n"
                    "        return None\n"
                    "    order = order_book.get(order_id)\n"
                    "    CHARGED.add(order_id)\n"
                    "    try:\n"
                    '        return payment_gateway.charge(order_id, order["amount"], correlation_id=correlation_id)\n'
                    "    except (PaymentDeclined, ParticipantUnavailable):\n"
                    "        CHARGED.discard(order_id)  # nothing happened\n"
                    "        raise",
                ),
            ]
        },
    )


def one_function(notebook: Notebook) -> Notebook:
    """Does everything in one function, called by one state and fed by one queue."""
    return edited(
        written(notebook, "one_function"),
        {
            "plans": [
                ('for name in ("payment", "inventory", "notification")}', 'for name in ("order",)}'),
                ('signals.queue("inventory-dlq")', 'signals.queue("order-dlq")'),
            ]
        },
    )


def different_but_correct(notebook: Notebook) -> Notebook:
    """Has solved everything, and nothing as the reference does."""
    return written(notebook, "different_but_correct")


def not_json(notebook: Notebook) -> bytes:
    """Handed in a file that a broken download cut short."""
    return notebook_bytes(notebook)[:20_000]


def endless_loop(notebook: Notebook) -> Notebook:
    """Waits for a status that a state machine never has, before anything can start an order."""
    wait = (
        'while sfn.describe_state_machine(stateMachineArn=ORDER_FLOW)["status"] != "READY":\n'
        "    pass  # not ready yet\n\n\n"
        "def start_workflow(order_id):"
    )
    return edited(notebook, {"order-flow": [("def start_workflow(order_id):", wait)]})


def duplicated_cell_id(notebook: Notebook) -> Notebook:
    """Copied a check and pasted it below: two cells with one grade id."""
    return pasted(notebook, "a-faults")


def deleted_graded_cell(notebook: Notebook) -> Notebook:
    """Deleted a locked check."""
    return without(notebook, "b-accounted")


RECIPES: dict[str, Recipe] = {
    "reference": lambda notebook: notebook,
    "blank": lambda notebook: released(course()),
    **{
        recipe.__name__: recipe
        for recipe in (
            orchestration_only, forgets_refund, charges_twice_on_reply_lost, keys_in_module_global, one_function,
            different_but_correct, not_json, endless_loop, duplicated_cell_id, deleted_graded_cell,
        )
    },
}  # fmt: skip


def submission(student: str) -> bytes:
    """Builds the file that a learner of the sample class hands in; the same bytes each time."""
    made = RECIPES[student](project(course()))
    return made if isinstance(made, bytes) else notebook_bytes(made)
