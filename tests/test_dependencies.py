"""Imports point one way: the table below is the rule, an AST walk over the code holds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

FACTS = {"history", "clock", "errors"}
OUTSIDE = FACTS | {"participants", "catalogue", "faults", "deployment"}
READERS = {"accounting", "invariants", "architecture", "pictures"}
CLOUD = OUTSIDE | {"aws", "hosts", "signals"}
RUNS = CLOUD | READERS | {"scenario", "points", "explore", "shrink", "recovery", "recommendation", "packaging"}
JUDGES = RUNS | {"game_day", "course", "criteria", "learner", "magics", "evidence", "elsewhere"}
NOTEBOOK = JUDGES | {"judging"}

# module or package of src/sagalab -> what it may import of the others; the order is the order of the layers
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "elsewhere": set(),
    "history": {"errors"},
    "clock": {"errors"},
    "deployment": {"errors"},
    "course": {"errors"},
    "packaging": {"errors"},
    "signals": {"errors", "deployment"},
    "participants": FACTS,
    "catalogue": {"errors"},
    "faults": FACTS | {"participants", "catalogue"},
    "game_day": {"clock", "faults"},
    "aws": OUTSIDE | {"signals"},
    "hosts": OUTSIDE | {"aws", "signals"},
    "accounting": {"history", "errors"},
    "invariants": {"history", "errors", "deployment", "accounting"},
    "architecture": {"history", "errors", "deployment"},
    "pictures": {"history", "errors", "elsewhere", "deployment", "architecture", "recommendation"},
    "serving": CLOUD,
    "scenario": CLOUD | {"invariants"},
    "points": {"history", "errors"},
    "explore": CLOUD | {"points", "invariants", "scenario"},
    "shrink": {"faults", "scenario"},
    "recovery": CLOUD | {"invariants", "scenario"},
    "recommendation": CLOUD | {"invariants", "scenario"},
    "criteria": RUNS | {"course", "game_day"},
    "learner": RUNS | {"course", "criteria", "elsewhere"},
    "magics": {"errors", "packaging", "pictures"},
    "evidence": {"errors", "deployment", "recommendation", "recovery", "magics"},
    "judging": JUDGES,
    "lab": NOTEBOOK,
    "working_copies": {"course", "errors"},
    "start_page": {"course", "learner", "working_copies"},
    "jupyter": {"course", "errors"},
    "doctor": {"course", "errors", "aws", "jupyter", "pictures"},
    "cli": NOTEBOOK | {"lab", "serving", "working_copies", "start_page", "jupyter", "doctor"},
    # the package's own front, which gives learners its public names
    "__init__": NOTEBOOK | {"lab"},
}

# (importer, imported) against the layers: each inside a function, each with its reason
LATE: dict[tuple[str, str], str] = {
    ("hosts", "evidence"): "the notebook's own process gathers its evidence after its last cell",
    ("hosts", "lab"): "the notebook's own process asks for the lab that its cells opened",
    ("hosts", "pictures"): "the notebooks' warm process draws a picture, so that none of them loads what draws",
}

# third-party package -> the only modules of src/sagalab that may import it, at their top or not at all there
ONLY_IN = {"moto": {"aws"}, "matplotlib": {"pictures"}, "nbgrader": {"jupyter"}, "typer": {"cli"}}
# slow to import, and needed by few: imported where they are used, never at the top of a module of src/sagalab
LAZY = {"matplotlib", "diagrams", "nbgrader", "jupyterlab", "nbconvert"}


class Import(NamedTuple):
    """One import: where it stands, what it names, whether it runs as its module is imported."""

    where: str
    owner: str
    target: str
    at_top: bool


def imports_in(path: Path, owner: str, package: str) -> Iterator[Import]:
    """Gives every import of one file; relative ones are resolved against `package`."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    lazy = {inner for node in ast.walk(tree) if _runs_late(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        where = f"{path.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(where, owner, alias.name, node not in lazy)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            start = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (start, node.module or "") if part)
            for alias in node.names:
                yield Import(where, owner, f"{base}.{alias.name}", node not in lazy)


def _runs_late(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def imports_of(source: Path, package: str) -> list[Import]:
    """Gives every import of a package's files, each owned by the package's direct child that it stands in."""
    found: list[Import] = []
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        owner = inside.parts[0].removesuffix(".py")
        holder = ".".join((package, *inside.parts[:-1]))
        found += imports_in(path, owner, holder)
    return found


def wrong_directions(imports: list[Import], table: dict[str, set[str]]) -> list[str]:
    """Says, in a line each, which imports of sagalab's own modules the table does not allow."""
    rows = []
    for one in imports:
        if one.owner not in table:
            rows.append(f"{one.where}: {one.owner!r} has no row in MAY_IMPORT: add one, at its layer")
            continue
        top, _, rest = one.target.partition(".")
        child = rest.split(".")[0]
        if top != "sagalab" or child == one.owner:
            continue
        if child not in table:
            rows.append(f"{one.where}: `{child}` is no module of the table; import names from where they live")
        elif (one.owner, child) in LATE and not one.at_top:
            continue
        elif child not in table[one.owner]:
            rows.append(f"{one.where}: {one.owner} may not import {child}")
    return sorted(set(rows))


def misplaced_libraries(imports: list[Import]) -> list[str]:
    """Says which imports of third-party packages stand where they may not."""
    rows = []
    for one in imports:
        top = one.target.split(".")[0]
        if top in ONLY_IN and one.owner not in ONLY_IN[top]:
            rows.append(f"{one.where}: only {sorted(ONLY_IN[top]) or 'grading'} may import {top}")
        if top in LAZY and one.at_top:
            rows.append(f"{one.where}: import {top} inside the function that needs it")
        if top in {"grading", "tests", "benchmarks"}:
            rows.append(f"{one.where}: sagalab never imports {top}")
    return rows


LAB = imports_of(ROOT / "src" / "sagalab", "sagalab")
GRADING = imports_of(ROOT / "grading", "grading")


def test_the_lab_s_modules_import_only_what_their_layer_may() -> None:
    assert wrong_directions(LAB, MAY_IMPORT) == []


def test_every_exception_to_the_layers_is_still_needed() -> None:
    used = {(one.owner, one.target.split(".")[1]) for one in LAB if one.target.startswith("sagalab.")}
    assert set(LATE) - used == set()


def test_libraries_stay_where_they_belong() -> None:
    assert misplaced_libraries(LAB) == []


def test_nothing_imports_the_tests() -> None:
    assert [one for one in LAB + GRADING if one.target.split(".")[0] == "tests"] == []


def test_only_the_lab_s_cloud_imports_moto() -> None:
    assert [one for one in GRADING if one.target.split(".")[0] == "moto"] == []


def test_the_table_itself_has_no_cycle() -> None:
    open_rows = {name: set(targets) for name, targets in MAY_IMPORT.items()}
    while ready := {name for name, targets in open_rows.items() if not targets & open_rows.keys()}:
        open_rows = {name: targets for name, targets in open_rows.items() if name not in ready}
    assert open_rows == {}


def test_the_folder_of_diagrams_does_not_hide_the_package_of_that_name() -> None:
    hiding = [name for name in ("__init__.py", "diagrams.py") if (ROOT / "diagrams" / name).exists()]
    assert hiding == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from sagalab.aws import cloud", "history may not import aws"),
        ("def f():\n    import sagalab.cli", "history may not import cli"),
        ("from ..aws.queues import Queues", "history may not import aws"),
        ("from sagalab import Lab", "`Lab` is no module of the table"),
    ],
)
def test_a_wrong_direction_is_named(tmp_path: Path, source: str, said: str) -> None:
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")
    rows = wrong_directions(list(imports_in(module, "history", "sagalab.history")), MAY_IMPORT)
    assert len(rows) == 1
    assert said in rows[0]


def test_a_module_without_a_row_is_told_to_add_one(tmp_path: Path) -> None:
    (tmp_path / "novelty.py").write_text("import json", encoding="utf-8")
    assert "add one" in wrong_directions(imports_of(tmp_path, "sagalab"), MAY_IMPORT)[0]


@pytest.mark.parametrize(
    ("owner", "source", "said"),
    [
        ("scenario", "import moto.core", "only ['aws'] may import moto"),
        ("pictures", "import matplotlib", "inside the function"),
        ("lab", "def f():\n    from matplotlib import pyplot", "only ['pictures'] may import matplotlib"),
        ("criteria", "from grading.judge import Judged", "sagalab never imports grading"),
    ],
)
def test_a_misplaced_library_is_named(tmp_path: Path, owner: str, source: str, said: str) -> None:
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")
    rows = misplaced_libraries(list(imports_in(module, owner, "sagalab")))
    assert any(said in row for row in rows)


def test_a_lazy_import_in_its_own_package_is_allowed(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def draw():\n    import matplotlib.pyplot", encoding="utf-8")
    assert misplaced_libraries(list(imports_in(module, "pictures", "sagalab.pictures"))) == []
