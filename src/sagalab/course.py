"""The course as data: its lessons in order, its contact, and the criteria with their points.

Reads `course.toml` and `grading/rubric.toml`, the only places where titles, order, contact and
points exist. Holds no judgement and no answers.
"""

from __future__ import annotations

import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sagalab.errors import SetupError

ROOT_VARIABLE = "SAGALAB_COURSE"
COURSE_FILE = "course.toml"
RUBRIC_FILE = Path("grading") / "rubric.toml"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Row):
    """One thing that is graded.

    `part` is empty where the lesson has no parts; a `manual` criterion is read by a person.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    points: float = Field(gt=0)
    part: str = ""
    manual: bool = False


class Lesson(_Row):
    """One lesson; `name` is its folder and file name and begins with its number, `about` one line for learners."""

    name: str = Field(pattern=r"^\d\d_[a-z0-9_]+$")
    title: str = Field(min_length=1)
    about: str = Field(default="", max_length=110)

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.name[:2]


class _Heading(_Row):
    id: str
    title: str
    contact: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    facts_as_of: str


class _CourseFile(_Row):
    course: _Heading
    lessons: list[Lesson] = Field(min_length=1)


class _RubricRow(_Row):
    title: str
    points: float = Field(gt=0)
    part: str = ""
    manual: bool = False


class _RubricFile(_Row):
    parts: dict[str, str] = Field(default_factory=dict)
    lessons: dict[str, dict[str, _RubricRow]] = Field(default_factory=dict)


class Course(_Row):
    """One course at its root folder."""

    root: Path
    id: str
    title: str
    contact: str
    facts_as_of: str
    lessons: list[Lesson]
    parts: dict[str, str]
    rubric: dict[str, list[Criterion]]

    def lesson(self, name: str) -> Lesson:
        """Gives the lesson with that name, title or number."""
        wanted = name.casefold()
        for lesson in self.lessons:
            if wanted in (lesson.name, lesson.title.casefold(), lesson.number, lesson.number.lstrip("0") or "0"):
                return lesson
        known = ", ".join(lesson.name for lesson in self.lessons)
        raise SetupError(f"there is no lesson {name!r}", where=COURSE_FILE, do=f"Use one of these names: {known}.")

    def criteria(self, lesson: str) -> list[Criterion]:
        """Gives a lesson's criteria in the rubric's order; none for a lesson that is not graded."""
        return list(self.rubric.get(self.lesson(lesson).name, []))

    def criterion(self, criterion_id: str) -> Criterion:
        """Gives the criterion with that id."""
        for rows in self.rubric.values():
            for row in rows:
                if row.id == criterion_id:
                    return row
        raise SetupError(
            f"there is no criterion {criterion_id!r}",
            where=RUBRIC_FILE.as_posix(),
            slip="a misspelt id, or a check that has no row in the rubric yet",
            do="Compare the name with the ids in that file.",
        )

    def lesson_of(self, criterion_id: str) -> Lesson:
        """Gives the lesson that a criterion belongs to."""
        for name, rows in self.rubric.items():
            if any(row.id == criterion_id for row in rows):
                return self.lesson(name)
        self.criterion(criterion_id)
        raise AssertionError("criterion() raises for an id that no lesson has")

    def source(self, lesson: str) -> Path:
        """Gives the path of a lesson's text source, which learners' archives do not hold."""
        return self.root / "solutions" / f"{self.lesson(lesson).name}.py"

    def release(self, lesson: str) -> Path:
        """Gives the path of a lesson's released notebook."""
        name = self.lesson(lesson).name
        return self.root / "lessons" / name / f"{name}.ipynb"


def find_root(start: Path | None = None) -> Path:
    """Finds the folder that holds `course.toml`.

    Looks at the environment variable SAGALAB_COURSE, then upwards from `start` (the current folder
    if not given), then upwards from the installed package.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        root = Path(named).expanduser().resolve()
        if (root / COURSE_FILE).is_file():
            return root
        raise SetupError(
            f"{root} holds no {COURSE_FILE}",
            where=ROOT_VARIABLE,
            do="Set the variable to the course's root folder, or unset it.",
        )
    for begin in ((start or Path.cwd()).resolve(), Path(__file__).resolve().parent):
        for folder in (begin, *begin.parents):
            if (folder / COURSE_FILE).is_file():
                return folder
    raise SetupError(
        f"no {COURSE_FILE} here or in any folder above",
        do=f"Change into the course's folder, or set {ROOT_VARIABLE} to it.",
    )


def course(start: Path | None = None) -> Course:
    """Loads the course that `start` (the current folder if not given) belongs to."""
    return course_at(find_root(start))


def course_at(root: Path) -> Course:
    """Loads the course in one given folder; reads the files again when they have changed."""
    return _load(root, _stamp(root / COURSE_FILE), _stamp(root / RUBRIC_FILE))


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat() if path.is_file() else None
    return (found.st_mtime_ns, found.st_size) if found else (0, 0)


@lru_cache(maxsize=8)
def _load(root: Path, _course_stamp: tuple[int, int], _rubric_stamp: tuple[int, int]) -> Course:
    heading = _checked(_CourseFile, root / COURSE_FILE, COURSE_FILE)
    rubric = _checked(_RubricFile, root / RUBRIC_FILE, RUBRIC_FILE.as_posix())
    return Course(
        root=root,
        **heading.course.model_dump(),
        lessons=heading.lessons,
        parts=rubric.parts,
        rubric=_criteria(rubric, {lesson.name for lesson in heading.lessons}),
    )


_Model = TypeVar("_Model", bound=BaseModel)


def _checked(model: type[_Model], path: Path, where: str) -> _Model:
    try:
        return model.model_validate(_toml(path, where))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise SetupError(f"{field}: {first['msg']}", where=where, do="Correct that entry.") from error


def _toml(path: Path, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SetupError("the file is missing", where=where, do="Restore it from the course.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"not valid TOML: {error}", where=where, do="Correct that line.") from error


def _criteria(rubric: _RubricFile, lessons: set[str]) -> dict[str, list[Criterion]]:
    where, owner, found = RUBRIC_FILE.as_posix(), dict[str, str](), dict[str, list[Criterion]]()
    for name, rows in rubric.lessons.items():
        if name not in lessons:
            raise SetupError(
                f"[lessons.{name}] is no lesson of {COURSE_FILE}",
                where=where,
                slip="a lesson that was renamed",
                do="Use the lesson's name as it stands there.",
            )
        found[name] = [_criterion(key, row, name, rubric.parts, owner) for key, row in rows.items()]
    return found


def _criterion(key: str, row: _RubricRow, lesson: str, parts: dict[str, str], owner: dict[str, str]) -> Criterion:
    where = f"{RUBRIC_FILE.as_posix()}, {key}"
    if key in owner:
        raise SetupError(f"the id is used in {owner[key]} already", where=where, do="Choose another id.")
    number = re.match(r"\d\d(?=-)", key)
    if number and number.group() != lesson[:2]:
        raise SetupError(f"an id of {lesson} begins with {lesson[:2]}-", where=where, do="Rename it.")
    if row.part and row.part not in parts:
        raise SetupError(f"part {row.part!r} is not in [parts]", where=where, do="Add it there.")
    owner[key] = lesson
    return Criterion(id=key, **row.model_dump())
