"""`sagalab`: the command line of learners and instructors. Imports late, so that it starts fast."""

from __future__ import annotations

import os
import sys
import webbrowser
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sagalab.errors import SagalabError, SetupError

if TYPE_CHECKING:
    from sagalab.course import Course

app = typer.Typer(
    name="sagalab",
    help="One order, two coordinators, every failure: a course on orchestration and choreography.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# What other parts of the kit answer, and where. Each takes the text that follows the command's name,
# prints its own answer or returns something that shows itself, and raises SagalabError in words.
ANSWERS = {
    "check": ("sagalab.judging.command", "check"),
    "progress": ("sagalab.learner", "progress"),
    "replay": ("sagalab.judging.command", "replay"),
    "submit": ("sagalab.learner", "submit"),
}

Port = Annotated[int | None, typer.Option(help="The port to listen on; otherwise the first free one.")]
Headless = Annotated[
    bool, typer.Option("--no-browser", envvar="SAGALAB_NO_BROWSER", help="Print the address, open nothing.")
]


@app.command()
def learn(port: Port = None, no_browser: Headless = False) -> None:
    """Open JupyterLab at your first unfinished lesson, on your own copy."""
    from sagalab import jupyter, working_copies

    course = _course()
    lesson = working_copies.first_unfinished(course, _finished(course))
    opened = working_copies.bring_up_to_date(course)
    for name in opened.updated:
        print(f"Brought up to date: {working_copies.FOLDER}/{name}")
    for name in opened.kept:
        number = name[:2]
        print(
            f"{name} has a newer release; your copy is kept. "
            f"To set it aside for the new one: sagalab reset {number}"
        )
    server = jupyter.Server(course.root, jupyter.choose_port(port), configs=(jupyter.LEARNING,))
    address = server.address_of(working_copies.notebook(course, lesson.name))
    raise typer.Exit(jupyter.run(server, lambda: _open(lesson.title, address, no_browser)))


@app.command()
def teach(port: Port = None, no_browser: Headless = False) -> None:
    """Open JupyterLab with nbgrader's formgrader on this course."""
    from sagalab import jupyter

    course = _course()
    grading = course.root / "grading"
    if not (grading / "nbgrader_config.py").is_file():
        raise SetupError(
            "this copy of the course has no grading/nbgrader_config.py",
            do="Teaching needs a full clone; the learners' archive leaves the grading out.",
        )
    server = jupyter.Server(course.root, jupyter.choose_port(port), configs=(grading,))

    def ready() -> None:
        print(f"Formgrader alone: {server.address('formgrader')}")
        _open("JupyterLab for teaching", server.address("lab/workspaces/teach"), no_browser)

    raise typer.Exit(jupyter.run(server, ready))


@app.command()
def reset(lesson: Annotated[str, typer.Argument(help="A lesson's number or name, such as 02.")]) -> None:
    """Restore your copy of a lesson as released; what you wrote is kept beside it."""
    from sagalab import working_copies

    course = _course()
    backups = working_copies.reset(course, lesson)
    print(f"Restored: {_short(course, working_copies.notebook(course, lesson))}")
    for backup in backups:
        print(f"Your work is kept in {_short(course, backup)}")


@app.command()
def doctor() -> None:
    """Look at this machine and say what the course lacks, if anything."""
    from rich.console import Console
    from rich.table import Table

    from sagalab.doctor import examine

    rows = examine(_course().root)
    table = Table("what", "state", "", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(row.what, row.state, row.words)
    Console().print(table)
    problems = sum(row.state == "problem" for row in rows)
    print(
        "Everything that the course needs is here."
        if not problems
        else f"To mend before learning: {problems}."
    )
    raise typer.Exit(min(problems, 1))


@app.command()
def progress() -> None:
    """Show what you have finished."""
    _show(_answer("progress")())


@app.command()
def check(
    what: Annotated[str, typer.Argument(help="`project`, or a lesson's number or name.")],
    notebook: Annotated[
        Path | None, typer.Option(help="The notebook to judge; otherwise your working copy.")
    ] = None,
) -> None:
    """Judge your own work as the gradebook would, and write the same feedback page."""
    from sagalab import working_copies

    course = _course()
    lesson = course.lessons[-1] if what == "project" else course.lesson(what)
    path = notebook or working_copies.notebook(course, lesson.name)
    if not path.is_file():
        raise SetupError(
            f"there is no notebook {path}", do="Run `sagalab learn` once, or name one with --notebook."
        )
    _show(_answer("check")(path, lesson.name))


@app.command()
def submit(
    notebook: Annotated[
        Path | None, typer.Option(help="The notebook to pack; otherwise your project's copy.")
    ] = None,
) -> None:
    """Pack your project into an e-mail to the course's contact. Nothing is sent."""
    from sagalab import working_copies

    course = _course()
    _show(_answer("submit")(notebook or working_copies.notebook(course, course.lessons[-1].name)))


@app.command()
def replay(
    line: Annotated[str, typer.Argument(help="The line that a broken promise was printed with.")],
) -> None:
    """Run one schedule of faults again, and show what happened."""
    _show(_answer("replay")(line))


def main() -> None:
    """Runs the command line; an error that the kit can explain is one line, without a traceback."""
    try:
        app()
    except SagalabError as error:
        from sagalab.doctor import one_line

        print(one_line(error), file=sys.stderr)
        sys.exit(1)


def _course() -> Course:
    from sagalab.course import course

    return course()


def _finished(course: Course) -> set[str]:
    """Gives the names of the lessons in which every check held once; a person's part is not waited for."""
    from sagalab.learner import kept

    progress = kept.load()
    rows = {one.name: [row for row in course.criteria(one.name) if not row.manual] for one in course.lessons}
    # a lesson without checks is over once the learner has gone on to another one's
    gone_on = bool(progress.checks)
    return {
        name
        for name, criteria in rows.items()
        if all(progress.done(row.id) for row in criteria) and (criteria or gone_on)
    }


def _answer(command: str) -> Any:
    module, name = ANSWERS[command]
    return getattr(import_module(module), name)


def _show(answer: Any) -> None:
    if answer is not None:
        print(answer)


def _open(title: str, address: str, no_browser: bool) -> None:
    print(f"{title}: {address}")
    print("Ctrl+C stops it.", flush=True)
    if no_browser or webbrowser.open(address):
        return
    print("No browser could be opened here: copy the address above into one.", flush=True)


def _short(course: Course, path: Path) -> str:
    return os.path.relpath(path, course.root)


if __name__ == "__main__":
    main()
