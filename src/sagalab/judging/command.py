"""What `sagalab check` and `sagalab replay` do: judge one's own notebook, run one schedule again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagalab.course import Course, course
from sagalab.errors import LearnerError
from sagalab.judging.here import HOME_SEED
from sagalab.judging.submission import Budget, Judged, NotebookProcess, Stopped, cells_of, judge_notebook
from sagalab.scenario import Scenario

if TYPE_CHECKING:
    from sagalab.criteria.finding import Finding
    from sagalab.criteria.workflow import Ran

FOLDER = ".sagalab"  # below the course's root, git-ignored: feedback pages and replayed pictures


def read_notebook(path: Path) -> Any:
    """Reads a notebook; raises LearnerError in words."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise LearnerError(
            f"this cannot be read as a notebook: {str(error)[:200]}",
            where=str(path),
            do="save it once more in JupyterLab",
        ) from error


def check(path: Path, lesson: str) -> str:
    """Judges one's own notebook as the gradebook would, prints the points, and says where its page is."""
    from rich.console import Console

    from sagalab.learner import kept
    from sagalab.learner.page import Feedback, learner_page

    known = course()
    console = Console()
    notebook = read_notebook(path)
    criteria = [row.id for row in known.criteria(lesson) if not row.manual]
    mail = path.with_suffix(".eml")
    with console.status("judging") as status:
        judged = judge_notebook(
            notebook, known, criteria, HOME_SEED, folder=path.parent,
            mail=mail.read_bytes() if mail.is_file() else None, progress=lambda words: status.update(words),
        )  # fmt: skip
    console.print(_table(known, lesson, judged))
    if judged.note:
        console.print(f"Mend this first: {judged.note}", markup=False)
    kept.remember(judged.findings.values())
    page = known.root / FOLDER / "feedback" / f"{lesson}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    scores = {one.criterion: _points(known, one) for one in judged.findings.values()}
    given = Feedback("Your own work", lesson, judged.findings, scores, slip=judged.note)
    page.write_text(learner_page(known, given), encoding="utf-8")
    return f"The feedback page: {page}"


def _points(known: Course, finding: Finding) -> float | None:
    return None if finding.verdict == "unknown" else finding.fraction * known.criterion(finding.criterion).points


def _table(known: Course, lesson: str, judged: Judged) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=known.lesson(lesson).title, title_justify="left")
    for name, right in (("criterion", False), ("points", True), ("what was found", False)):
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    part = ""
    for row in known.criteria(lesson):
        if row.part != part:
            part = row.part
            table.add_section()
            table.add_row(Text(f"{part}. {known.parts[part]}", style="bold"))
        finding = judged.findings.get(row.id)
        if finding is None:
            table.add_row(row.title, f"- / {row.points:g}", "A person reads this part.")
            continue
        points = _points(known, finding)
        shown = "-" if points is None else f"{points:g}"
        # A message may hold a learner's own brackets, which are no markup.
        table.add_row(row.title, f"{shown} / {row.points:g}", Text(finding.message))
    together = sum((_points(known, finding) or 0.0 for finding in judged.findings.values()), 0.0)
    most = sum(row.points for row in known.criteria(lesson) if not row.manual)
    table.add_section()
    table.add_row("together", f"{together:g} / {most:g}", "")
    return table


def replay(line: str, notebook: Path | None = None) -> str:
    """Runs one schedule against one's own notebook again; gives what broke and where its picture is, in words."""
    from rich.console import Console

    from sagalab.criteria.workflow import Ran
    from sagalab.judging.process import play
    from sagalab.pictures import timeline

    known, console = course(), Console()
    scenario = Scenario.from_line(unquoted(line))
    path = notebook or known.root / "my-lessons" / "11_project" / "11_project.ipynb"
    process = NotebookProcess(path.parent, Budget())
    try:
        with console.status("running the notebook, then the schedule"):
            _, evidence = process.run(cells_of(read_notebook(path)))
            history = play(evidence, scenario, process.control)
    except Stopped as stopped:
        raise LearnerError(str(stopped), where=str(path)) from None
    finally:
        process.close()
    picture = timeline(history, title=scenario.in_words())
    target = known.root / FOLDER / "replay.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(picture.svg, encoding="utf-8")
    return "\n".join([*told(Ran(scenario, history)), picture.alt, f"The picture: {target}"])


def unquoted(line: str) -> str:
    """Gives a schedule line without what a copy brings along: white space, and the quotes that another shell needs."""
    line = line.strip()
    while len(line) > 1 and line[0] == line[-1] and line[0] in "'\"`":
        line = line[1:-1].strip()
    return line


def told(ran: Ran) -> list[str]:
    """Tells a replayed run, a sentence a line: what was run, which faults that is, what broke, what to think about."""
    from sagalab.catalogue import CATALOGUE
    from sagalab.criteria.hints import hint_for

    lines = [f"What was run: {ran.scenario.in_words()}."]
    struck = {fact.what for fact in ran.history.of("fault")}
    for kind in dict.fromkeys(fault.kind for fault in ran.scenario.faults):
        lines.append(f"{kind.replace('_', ' ').capitalize()}: {CATALOGUE[kind].story}")
        if kind not in struck:
            lines.append("In this design it struck nothing: the run never came to that place.")
    broken = ran.broken()
    lines += [f"Broken ({violation.invariant}): {violation.message}." for violation in broken]
    hints = dict.fromkeys(filter(None, (hint_for(one, ran.history) for one in broken)))
    return lines + [f"To think about: {hint}" for hint in hints] + ([] if broken else ["Every promise was kept."])
