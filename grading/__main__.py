"""The assessment half's commands: `python -m grading release | bundle | collect | grade | override | nbgrader`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from grading.report.record import Record
from sagalab.course import Course, course
from sagalab.errors import SagalabError, SetupError

LAST = "submissions.txt"  # below the products: the folder that was graded last, and of which lesson it was
PROJECT = "11_project"
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def release(
    lessons: Annotated[list[str] | None, typer.Argument(help="Names or numbers; all if not given.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if out of step.")] = False,
) -> None:
    """Build the notebooks of lessons from their text sources."""
    from grading.release import releasable, strays
    from grading.release import release as build

    here = course()
    names = releasable(here, lessons or [])
    changed = build(here, names, check=check)
    for path in changed:
        print(f"{'out of step' if check else 'written'}: {path}")
    unknown = strays(here)
    for path in unknown:
        print(f"no lesson of course.toml: {path}")
    if check and (changed or unknown):
        print("Run `python -m grading release` and commit what it writes.")
        raise typer.Exit(1)
    print(f"{len(names)} lessons in step." if not changed else f"{len(names)} lessons built.")


@app.command()
def collect(
    inbox: Annotated[Path, typer.Argument(help="A folder with e-mails, archives of an LMS, or learners' folders.")],
    lesson: Annotated[str, typer.Option(help="The lesson's name or number.")] = PROJECT,
    into: Annotated[Path, typer.Option(help="The tree that `grade --submissions` takes.")] = Path("submissions"),
) -> None:
    """Sort what arrived into one folder per learner; the inbox is only read."""
    from rich.console import Console
    from rich.table import Table

    from grading.arrivals import arrivals
    from grading.collect import collect as run

    if not inbox.is_dir():
        raise SetupError(f"there is no folder {inbox}", do="Put e-mails or an archive into one and name it.")
    table = Table("from", "learner", "what became of it", box=None, pad_edge=False, header_style="bold")
    here = course()
    lessons = [one.name for one in here.lessons]
    name = here.lesson(lesson).name
    rows = list(run(arrivals(inbox), into.resolve(), name, lessons))
    if not rows:
        raise SetupError(
            f"nothing in {inbox} is an e-mail, an archive or a notebook",
            do="Save the mails as .eml, or put the .zip of your system there.",
        )
    for row in rows:
        table.add_row(*map(escape, (row.where, row.student or "?", row.words)))
    console = Console()
    (console if console.is_terminal else Console(width=140)).print(table)
    count = len({row.student for row in rows if row.taken})
    print(f"{count} {'learner' if count == 1 else 'learners'} in {_near(into.resolve())}.")
    if count:
        option = "" if name == PROJECT else f"--lesson {name.partition('_')[0]} "
        print(f"Then: python -m grading grade {option}--submissions {into}")
    else:
        print(f"Nothing here was handed in for {name}. For another lesson name it, for example with --lesson 05.")


@app.command()
def grade(
    lesson: Annotated[
        str | None, typer.Option(help="The lesson's name or number; otherwise the one graded last, or the project.")
    ] = None,
    submissions: Annotated[
        Path | None, typer.Option(help="The folder with students' folders; otherwise the one graded last.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where all products go; otherwise grading/out.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Submissions judged at a time.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; repeat for more.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Grade again what is graded already.")] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Wall time for judging one submission.")] = 300.0,
) -> None:
    """Grade a class, print the table, and write the reports."""
    from rich.console import Console

    from grading.judging import Batch
    from grading.report.classroom import table
    from grading.runner import grade as run
    from grading.runner import left_out

    here = course()
    target = (out or here.root / "grading" / "out").resolve()
    batch = Batch(
        course=here,
        lesson=here.lesson(lesson or _lesson(submissions, target)).name,
        submissions=_submissions(submissions, target),
        out=target,
        jobs=jobs or os.cpu_count() or 1,
        students=tuple(student or ()),
        fresh=fresh,
        seconds=seconds,
    )
    console = Console()
    before = signal.signal(signal.SIGTERM, _ended)
    try:
        with _Progress(console) as progress:
            rows = run(batch, watch=progress.tell)
    except KeyboardInterrupt:
        print("Stopped. What is graded is kept: the same command goes on from there.", file=sys.stderr)
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    (target / LAST).write_text(f"{batch.submissions}\n{batch.lesson}\n", encoding="utf-8")
    # a pipe has no width of its own, and a table that is cut there is of no use
    width = None if console.is_terminal else 140
    Console(width=width).print(table(here, batch.lesson, rows))
    for row in rows:
        if row.note:
            print(f"{row.student}: {row.note}")
    for name in left_out(batch):
        print(f"Left out, no student's folder: {name}")
    print(f"Class report: {_near(batch.report / 'class.html')}")
    print(f"A learner's page: {_near(batch.report)}/<student>.html")
    if any(row.needs_person for row in rows):
        print("Needs a person: open formgrader (make teach), grade by hand, then run this again.")


def _submissions(given: Path | None, out: Path) -> Path:
    """Gives the folder to grade: the one named, or the one that was graded into `out` last."""
    last = out / LAST
    if given is None and not last.is_file():
        raise SetupError(
            "no folder was named, and none was graded before",
            do="Name it: python -m grading grade --submissions FOLDER (`make grade` takes the sample class).",
        )
    return (given or Path(last.read_text(encoding="utf-8").splitlines()[0])).resolve()


def _lesson(given: Path | None, out: Path) -> str:
    """Gives the lesson to grade where none is named: the one of the folder that was graded last, else the project."""
    lines = (out / LAST).read_text(encoding="utf-8").splitlines() if (out / LAST).is_file() else []
    same = len(lines) > 1 and (given is None or given.resolve() == Path(lines[0]))
    return lines[1] if same else PROJECT


def _ended(*_: object) -> None:
    """Ends a batch that is asked to end as Ctrl-C does: what it started ends with it, what is graded stays."""
    raise KeyboardInterrupt


@app.command()
def override(
    student: Annotated[str | None, typer.Argument(help="The student's id.")] = None,
    criterion: Annotated[str | None, typer.Argument(help="The criterion's id, such as a-faults.")] = None,
    points: Annotated[float | None, typer.Argument(help="The points that count from now on.")] = None,
    reason: Annotated[str, typer.Option(help="Why; the student reads it.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Let the judge's points count again.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show all overrides.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the gradebook is; otherwise grading/out.")] = None,
) -> None:
    """Set a criterion's points against the judge, with a reason; regrading keeps them."""
    from grading.cycle import Cycle
    from grading.judging import Batch
    from grading.overrides import Overrides, checked, known_criterion
    from grading.runner import report

    here = course()
    folder = (out or here.root / "grading" / "out").resolve()
    kept = Overrides(folder)
    if listed:
        rows = [row for row in kept.rows if student in (None, row.student)]
        for row in rows:
            print(f"{row.student}  {row.criterion}  {row.points:g}  {row.reason}")
        print(f"{len(rows)} {'override' if len(rows) == 1 else 'overrides'} in {_near(kept.path)}")
        return
    if student is None or criterion is None or (points is None and not remove):
        raise SetupError(
            "the student, the criterion and the points are needed",
            do='Write: python -m grading override STUDENT CRITERION POINTS --reason "…", or use --remove or --list.',
        )
    lesson, cycle = known_criterion(here, criterion), Cycle(here.root, folder)
    if remove:
        found = kept.of(lesson, student).get(criterion)
        if found is None:
            raise SetupError(f"{student!r} has no override of {criterion}", do="--list shows what there is.")
        cycle.remove_override(found, kept)
        print(f"{student}, {criterion}: the judge's points count again.")
    else:
        assert points is not None
        cycle.override(checked(here, student, criterion, points, reason), kept)
        print(f"{student}, {criterion}: {points:g} points from now on. Kept in {_near(kept.path)}.")
    batch = Batch(here, lesson, folder, folder)
    report(batch)
    print(f"Written again: {_near(batch.report / f'{student}.html')}, {_near(batch.report / 'class.html')}")


@app.command()
def bundle(
    out: Annotated[Path | None, typer.Option(help="The archive's folder; otherwise grading/out/bundle.")] = None,
    prove: Annotated[bool, typer.Option(help="Set it up in an empty folder, and run its first lesson there.")] = True,
) -> None:
    """Write the learners' archive: the course without solutions, grading and tests."""
    from grading.bundle import bundle as write
    from grading.bundle import proved

    here = course()
    archive = write(here, (out or here.root / "grading" / "out" / "bundle").resolve())
    print(f"Written: {_near(archive)} ({archive.stat().st_size / 1e6:.1f} MB)")
    if prove:
        proved(archive, lambda words: print(f"  {words} ..."))
        print("It works from an empty folder.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def nbgrader(context: typer.Context) -> None:
    """Run one of nbgrader's own commands on this course, from anywhere."""
    here = course()
    command = [sys.executable, "-m", "nbgrader", *context.args]
    raise typer.Exit(subprocess.run(command, cwd=here.root, env=environment(here), check=False).returncode)


def environment(here: Course) -> dict[str, str]:
    """Gives the environment in which nbgrader and formgrader find this course."""
    programs = str(Path(sys.executable).parent)
    configs = [str(Path(__file__).resolve().parent), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "SAGALAB_COURSE": str(here.root),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, configs)),
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", "")]),
    }


class _Progress:
    """A bar on a terminal, one line per student elsewhere."""

    def __init__(self, console: Any) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        # no refreshing thread: the batch forks, and a forked process must have had one thread
        self.bar = Progress(*columns, console=console, auto_refresh=False) if console.is_terminal else None
        self.task = self.bar.add_task("starting", total=None) if self.bar else None

    def __enter__(self) -> _Progress:
        if self.bar:
            self.bar.start()
            self.bar.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def tell(self, done: int, count: int, record: Record) -> None:
        words = f"{record.student}: {record.status}"
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=done, total=count, description=words)
            self.bar.refresh()
        else:
            print(f"[{done}/{count}] {words}", flush=True)


def _near(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def main() -> None:
    """Runs a command; what the user can put right is said in words, without a traceback."""
    try:
        app()
    except SagalabError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except PermissionError as error:
        print(f"{error.filename} cannot be written to: name another folder with --out", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
