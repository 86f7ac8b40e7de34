"""`sagalab`: the command line of learners and instructors. Imports late, so that it starts fast."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sagalab.errors import LearnerError, SagalabError, SetupError

if TYPE_CHECKING:
    from sagalab.course import Course

app = typer.Typer(
    name="sagalab",
    help="One order, two coordinators, every failure: a course on orchestration and choreography.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

PROJECT = "11_project"
Notebook = Annotated[Path | None, typer.Option(help="The notebook; otherwise your working copy.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; otherwise the first free one.")]
Headless = Annotated[
    bool, typer.Option("--no-browser", envvar="SAGALAB_NO_BROWSER", help="Print the address, open nothing.")
]


@app.command()
def learn(port: Port = None, no_browser: Headless = False) -> None:
    """Open JupyterLab on your own copies of the lessons, at a page that shows how far you are."""
    from sagalab import jupyter, start_page, working_copies
    from sagalab.learner.kept import standings

    course = _course()
    lesson = working_copies.first_unfinished(course, _finished(course))
    opened = working_copies.bring_up_to_date(course)
    for name in opened.updated:
        print(f"Brought up to date: {working_copies.FOLDER}/{name}")
    for name in opened.kept:
        number = name[:2]
        print(f"{name} has a newer release; your copy is kept. To set it aside for the new one: sagalab reset {number}")
    server = jupyter.Server(course.root, jupyter.choose_port(port), configs=(jupyter.LEARNING,))
    start = server.address_of(start_page.write(course, standings(course)))
    address = server.address_of(working_copies.notebook(course, lesson.name))

    def ready() -> None:
        print(f"{lesson.number} {lesson.title}: {address}")
        _open("Start page", start, no_browser)

    raise typer.Exit(jupyter.run(server, ready))


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
    print("Everything that the course needs is here." if not problems else f"To mend before learning: {problems}.")
    raise typer.Exit(min(problems, 1))


@app.command()
def progress() -> None:
    """Show what you have finished."""
    from sagalab.learner import progress as shown

    print(shown())


@app.command()
def check(
    what: Annotated[str, typer.Argument(help="`project`, or a lesson's number or name.")],
    notebook: Notebook = None,
) -> None:
    """Judge your own work as the gradebook would, and write the same feedback page."""
    from sagalab.judging import command

    course = _course()
    lesson = PROJECT if what == "project" else course.lesson(what).name
    print(command.check(_notebook(course, lesson, notebook), lesson))


@app.command()
def submit(notebook: Notebook = None) -> None:
    """Pack your project into an e-mail to the course's contact. Nothing is sent."""
    from sagalab.judging.command import read_notebook
    from sagalab.judging.submission import Budget, NotebookProcess, Stopped, cells_of
    from sagalab.learner.submit import Work, packed

    course = _course()
    path = _notebook(course, PROJECT, notebook)
    cells = cells_of(read_notebook(path))
    print("Running your notebook, to read its plans and its recommendation.", flush=True)
    process = NotebookProcess(path.parent, Budget())
    try:
        _, evidence = process.run(cells)
    except Stopped as stopped:
        raise LearnerError(str(stopped), where=path.name, do="Mend that cell, then pack again.") from None
    finally:
        process.close()
    work = Work(path.name, path.read_bytes(), evidence.plans, evidence.recommendation)
    print(packed(work, path, evidence.defined, course.contact, course.title).text)


@app.command()
def replay(
    line: Annotated[str, typer.Argument(help="The line printed with a broken promise; - reads it from input.")],
    notebook: Notebook = None,
    lesson: Annotated[str, typer.Option(help="The lesson whose check printed the line; otherwise the project.")] = "",
) -> None:
    """Run one schedule of faults against your saved notebook again, and show what happened."""
    from sagalab.judging import command

    course = _course()
    name = course.lesson(lesson).name if lesson else PROJECT
    print(command.replay(sys.stdin.read() if line == "-" else line, _notebook(course, name, notebook)))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port of this machine to listen on; 0 takes a free one.")] = 5150,
    speed: Annotated[float, typer.Option(help="Virtual seconds per real second.")] = 1.0,
) -> None:
    """Serve the local AWS to other programs of this machine, such as the aws command.

    boto3 writes `sync-` before the host of StartSyncExecution and TestState: its client needs
    Config(inject_host_prefix=False) for these two.
    """
    from sagalab.serving import serve as run

    def say(address: str) -> None:
        print(f"The local AWS answers at {address}")
        print(f"Others reach it with AWS_ENDPOINT_URL={address} and any credentials. Ctrl+C stops it.", flush=True)

    run(port, speed, say)


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


def _notebook(course: Course, lesson: str, given: Path | None) -> Path:
    from sagalab import working_copies

    path = given or working_copies.notebook(course, lesson)
    if path.is_file():
        return path
    raise SetupError(f"there is no notebook {path}", do="Run `sagalab learn` once, or name one with --notebook.")


def _open(title: str, address: str, no_browser: bool) -> None:
    print(f"{title}: {address}")
    print("Ctrl+C stops it.", flush=True)
    if no_browser or webbrowser.open(address):
        return
    print("No browser could be opened here: copy the address above into one.", flush=True)


def _short(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix() if path.is_relative_to(course.root) else str(path)


if __name__ == "__main__":
    main()
