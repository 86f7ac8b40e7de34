"""From a lesson's one hand-edited text to what learners open.

    solutions/NN_name.py  ->  solutions/NN_name/NN_name.ipynb  ->  lessons/NN_name/NN_name.ipynb

The text is jupytext's percent format, without a header. A cell's first line says what the cell is:

    # %% solution="order-flow"              the learner writes it
    # %% check="a-healthy"                  judged; holds exactly check("a-healthy")
    # %% [markdown] manual="e-reasoning"    the learner's words, graded by a person
    # %% [markdown] prose="effect"          the learner's words, read and not graded

Everything else is given: grading puts it back as it was released. What lies between
`### BEGIN SOLUTION` and `### END SOLUTION` is replaced by a stub, the whole cell where the lines
are missing. Cell magics are comments in the text: `# %%handler payment`. Points come from the rubric.
"""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grading.cycle import Cycle
from sagalab.course import COURSE_FILE, Course, Criterion
from sagalab.errors import SetupError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KINDS = ("solution", "check", "manual", "prose")
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class _Key:
    kind: str
    name: str


def source_notebook(text: str, lesson: str, criteria: list[Criterion]) -> Any:
    """Builds nbgrader's source notebook from a lesson's text; the same text gives the same bytes."""
    import jupytext

    read = jupytext.reads(text, fmt="py:percent")
    points = {criterion.id: criterion for criterion in criteria}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNELSPEC)})
    names: Counter[str] = Counter()
    for number, cell in enumerate(read.cells):
        where = f"solutions/{lesson}.py, cell {number + 1} ({_first_line(cell.source)})"
        key = _key(cell, where)
        if key is not None:
            names[key.name] += 1
        notebook.cells.append(_cell(cell, key, number, points, where))
    _check_complete(names, points, lesson)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def release(course: Course, lessons: list[str], check: bool = False) -> list[str]:
    """Builds the notebooks of some lessons and gives the paths that differed from them.

    Writes what differed, unless `check` is set: then the files are left as they are.
    """
    out_of_step: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sagalab-release-") as scratch:
        build = Path(scratch)
        shutil.copy(course.root / COURSE_FILE, build / COURSE_FILE)
        cycle = Cycle(build, build / "grading" / "out")
        for name in lessons:
            _build(course, course.lesson(name).name, build, cycle)
            for top in ("solutions", "lessons"):
                folder = Path(top) / course.lesson(name).name
                out_of_step += _synchronise(build / folder, course.root / folder, course.root, check)
    return out_of_step


def releasable(course: Course, lessons: list[str]) -> list[str]:
    """Gives the names of the lessons asked for, or of all lessons that have a text source."""
    if lessons:
        asked = [course.lesson(name).name for name in lessons]
        for name in asked:
            if not course.source(name).is_file():
                raise SetupError(f"solutions/{name}.py is missing", do="Write the lesson's text first.")
        return asked
    return [lesson.name for lesson in course.lessons if course.source(lesson.name).is_file()]


def strays(course: Course) -> list[str]:
    """Names lesson folders and texts that no entry of course.toml stands for."""
    known = {lesson.name for lesson in course.lessons}
    found = [*(course.root / "solutions").glob("*"), *(course.root / "lessons").glob("*")]
    return sorted(
        path.relative_to(course.root).as_posix()
        for path in found
        if not path.name.startswith((".", "_")) and (path.is_dir() or path.suffix == ".py") and path.stem not in known
    )


def notebook_bytes(notebook: Any) -> bytes:
    """Gives a notebook's one and only file form."""
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode("utf-8")


def _build(course: Course, name: str, build: Path, cycle: Cycle) -> None:
    source = course.source(name)
    notebook = source_notebook(source.read_text(encoding="utf-8"), name, course.criteria(name))
    folder = build / "solutions" / name
    # what else lies in the folder is learners' data, and nbgrader releases it
    if (course.root / "solutions" / name).is_dir():
        shutil.copytree(course.root / "solutions" / name, folder, ignore=shutil.ignore_patterns(".*", "_*"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_bytes(notebook_bytes(notebook))
    cycle.generate_assignment(name, gradebook=False)
    released = build / "lessons" / name / f"{name}.ipynb"
    released.write_bytes(notebook_bytes(nbformat.read(released, as_version=4)))


def _synchronise(built: Path, target: Path, root: Path, check: bool) -> list[str]:
    fresh = {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    there = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    there = {path for path in there if not any(part.startswith((".", "_")) for part in path.parts)}
    changed = sorted(
        path
        for path in fresh | there
        if path not in fresh or path not in there or (built / path).read_bytes() != (target / path).read_bytes()
    )
    for path in changed if not check else []:
        if path in fresh:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(built / path, target / path)
        else:
            (target / path).unlink()
    return [(target / path).relative_to(root).as_posix() for path in changed]


def _key(cell: Any, where: str) -> _Key | None:
    given = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
    for key in given:
        if key not in (*KINDS, "tags"):
            near = difflib.get_close_matches(key, KINDS, n=1)
            raise SetupError(
                f"the cell's first line says {key}=, which means nothing here",
                where=where,
                slip=f"meant {near[0]}=" if near else "",
                do=f"Use one of {', '.join(kind + '=' for kind in KINDS)}, or nothing.",
            )
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) > 1:
        raise SetupError(f"a cell is either {' or '.join(kinds)}", where=where, do="Split the cell.")
    return _Key(kinds[0], str(given[kinds[0]])) if kinds else None


def _cell(cell: Any, key: _Key | None, number: int, points: dict[str, Criterion], where: str) -> Any:
    source = cell.source
    if key is None or key.kind == "check":
        if BEGIN in source or END in source:
            raise SetupError(
                f"{BEGIN} stands in a cell that is no solution",
                where=where,
                do='Write solution="…" on the cell\'s first line.',
            )
    else:
        _check_solution(source, where)
    wants_code = {"solution": True, "check": True, "manual": False, "prose": False}
    if key is not None and wants_code[key.kind] != (cell.cell_type == "code"):
        right = "a code cell" if wants_code[key.kind] else "a Markdown cell"
        raise SetupError(f"{key.kind}= belongs on {right}", where=where, do="Correct the cell's first line.")
    if key is not None and key.kind == "check":
        source = _check_call(source, key.name, where)
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    made = make.get(cell.cell_type, nbformat.v4.new_raw_cell)(source)
    made["id"] = f"cell-{number:02d}"
    if "tags" in cell.metadata:
        made.metadata["tags"] = list(cell.metadata["tags"])
    if key is not None:
        made.metadata["nbgrader"] = _nbgrader(key, points, where, cell.cell_type)
    return made


def _nbgrader(key: _Key, points: dict[str, Criterion], where: str, cell_type: str) -> dict[str, Any]:
    graded = key.kind in ("check", "manual")
    if graded and key.name not in points:
        near = difflib.get_close_matches(key.name, list(points), n=1)
        raise SetupError(
            f"the rubric has no criterion {key.name!r} for this lesson",
            where=where,
            slip=f"meant {near[0]!r}" if near else "",
            do="Add its row to grading/rubric.toml, or correct the name.",
        )
    if graded and points[key.name].manual != (key.kind == "manual"):
        kind = "manual" if points[key.name].manual else "check"
        raise SetupError(f"the rubric has {key.name} as {kind}", where=where, do=f"Write {kind}= here.")
    # nbgrader knows no ungraded Markdown answer: prose is an answer of no points
    row: dict[str, Any] = {
        "cell_type": cell_type,
        "grade": key.kind != "solution",
        "grade_id": key.name,
        "locked": key.kind == "check",
        "schema_version": 3,
        "solution": key.kind != "check",
        "task": False,
    }
    if row["grade"]:
        row["points"] = points[key.name].points if graded else 0.0
    return row


def _check_call(source: str, name: str, where: str) -> str:
    call = f'check("{name}")'
    if source.strip() not in ("", call):
        raise SetupError(
            "a check cell holds nothing but its call",
            where=where,
            do=f"Write {call} there, and move the rest to a cell of its own.",
        )
    return call


def _check_solution(source: str, where: str) -> None:
    marks = [line.strip() for line in source.splitlines() if line.strip() in (BEGIN, END)]
    if source.count(BEGIN) + source.count(END) != len(marks) or marks != [BEGIN, END] * (len(marks) // 2):
        raise SetupError(
            f"{BEGIN} and {END} do not pair up",
            where=where,
            do="Give each mark a line of its own, and close each before the next begins.",
        )
    if source.startswith("%%") and not marks:
        raise SetupError(
            f"the release would lose the line {_first_line(source)}",
            where=where,
            slip="a solution without marks is replaced as a whole",
            do=f"Put {BEGIN} after that line and {END} at the end.",
        )


def _check_complete(names: Counter[str], points: dict[str, Criterion], lesson: str) -> None:
    where = f"solutions/{lesson}.py"
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise SetupError(f"{', '.join(twice)} names more than one cell", where=where, do="Rename one.")
    absent = [name for name in points if name not in names]
    if absent:
        raise SetupError(
            f"no cell for {', '.join(absent)} of grading/rubric.toml",
            where=where,
            do=f'Add # %% check="{absent[0]}" ([markdown] manual= where a person reads it).',
        )


def _first_line(source: str) -> str:
    line = source.strip().splitlines()[0] if source.strip() else "empty"
    return line if len(line) <= 50 else f"{line[:49]}…"
