"""What lies in an inbox: packed e-mails, archives of a learning management system, plain folders.

Only reads. Whatever cannot be read becomes an arrival with a problem in words; nothing is ever raised for it.
Names in archives follow what the systems write: Canvas `name_LATE_123_456_file.ipynb`, Moodle
`Name_123_assignsubmission_file/file.ipynb`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from grading.intake import MAX_FOLDER, MAX_NOTEBOOK
from grading.judging import is_student

MOST_MEMBERS = 20_000  # of one archive
WANTED = (".ipynb", ".eml")
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)$")
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file_?$")
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas counts what is handed in again: 11_project-1.ipynb


@dataclass(frozen=True)
class Arrival:
    """What one learner handed in at one place; `files` by name, `at` in UTC where the mail says when.

    `note` is what a teacher should know of an arrival that can be collected all the same.
    """

    where: str
    student: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    at: datetime | None = None
    problem: str = ""
    note: str = ""

    def notebook(self, lesson: str) -> bytes | None:
        """Gives the notebook: the one named after the lesson, or the only one."""
        found = {name: content for name, content in self.files.items() if name.endswith(".ipynb")}
        named = found.get(f"{lesson}.ipynb")
        return named if named is not None else next(iter(found.values())) if len(found) == 1 else None


def arrivals(inbox: Path) -> Iterator[Arrival]:
    """Gives everything that was handed in, in the order of names."""
    loose: list[Path] = []
    for path in sorted(inbox.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _folder(path)
        elif path.suffix.lower() == ".eml":
            yield _checked(_mail(path.name, _bounded(path), path.stem))
        elif path.suffix.lower() == ".zip":
            yield from _archive(path)
        elif path.suffix.lower() == ".ipynb":
            loose.append(path)
    # An archive that was unpacked right into the inbox.
    yield from _by_student("", ((path.name, partial(_bounded, path)) for path in loose))


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_NOTEBOOK + 1)


def _checked(arrival: Arrival) -> Arrival:
    """Says what keeps an arrival from being collected, if anything."""
    if arrival.problem:
        return arrival
    if not is_student(arrival.student):
        return Arrival(arrival.where, problem=f"{arrival.student!r} cannot be a learner's id")
    if any(len(content) > MAX_NOTEBOOK for content in arrival.files.values()):
        return Arrival(arrival.where, arrival.student, problem=f"it is larger than {MAX_NOTEBOOK // 10**6} MB")
    return arrival


# -- e-mails --------------------------------------------------------------------------------------


def _mail(where: str, raw: bytes, stem: str) -> Arrival:
    """Reads one mail; `stem` names the learner where no sender does, as in a file that was never sent."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        senders = [one.lower() for _, one in getaddresses([str(v) for v in message.get_all("From", [])]) if "@" in one]
        attached = dict(_attached(message))
        at = _when(message)
    except Exception as error:  # the parser fails in many ways on bytes that are no mail
        return Arrival(where, problem=f"it cannot be read as an e-mail ({type(error).__name__})")
    if not any(name.endswith(".ipynb") for name in attached):
        return Arrival(where, senders[0] if senders else "", problem="no notebook is attached")
    note = "" if senders else "no sender stands in it: the learner is named after the file"
    return Arrival(where, senders[0] if senders else stem, {**attached, "packed.eml": raw}, at, note=note)


def _attached(message: EmailMessage, inner: bool = False) -> Iterator[tuple[str, bytes]]:
    for part in message.walk():
        name = PurePosixPath((part.get_filename() or "").replace("\\", "/")).name
        content = part.get_payload(decode=True) if name.endswith((".ipynb", ".eml")) else None
        if not isinstance(content, bytes):
            continue
        if name.endswith(".ipynb"):
            yield name, content
        elif not inner:  # Many a mail program attaches a packed mail as a file of no kind.
            yield from _attached(message_from_bytes(content, policy=policy.default), inner=True)


def _when(message: EmailMessage) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(message["Date"]))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


# -- archives and folders -------------------------------------------------------------------------

Member = tuple[str, Callable[[], bytes]]


def _archive(path: Path) -> Iterator[Arrival]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MOST_MEMBERS:
                yield Arrival(path.name, problem=f"it holds more than {MOST_MEMBERS:,} files")
                return

            def content(member: zipfile.ZipInfo) -> bytes:
                with archive.open(member) as file:  # Never more than the bound, whatever the archive claims.
                    return file.read(MAX_NOTEBOOK + 1)

            yield from _by_student(path.name, ((one.filename, partial(content, one)) for one in members))
    except (zipfile.BadZipFile, OSError) as error:
        yield Arrival(path.name, problem=f"it cannot be read as a zip archive ({error})")


def _folder(path: Path) -> Iterator[Arrival]:
    files = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
    names = ((one.relative_to(path.parent).as_posix(), partial(_bounded, one)) for one in files)
    yield from _by_student("", names)


def _by_student(archive: str, members: Iterable[Member]) -> Iterator[Arrival]:
    """Sorts an archive's files by learner; `archive` is its file name, empty for a folder."""
    found: dict[str, dict[str, bytes]] = {}
    problems: dict[str, str] = {}
    places: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for name, read in members:
        inside = PurePosixPath(name.replace("\\", "/"))
        if ".." in inside.parts:
            yield Arrival(f"{archive}: {inside}", problem="its name leads out of the archive: it is left alone")
            continue
        if any(part.startswith((".", "__")) for part in inside.parts):
            continue
        student, file = _named(inside, PurePosixPath(archive).stem)
        place = inside if inside.parent == PurePosixPath(".") else inside.parent
        places.setdefault(student, f"{archive}: {place}" if archive else str(place))
        if inside.suffix.lower() not in WANTED:
            if CANVAS.match(inside.name) or any(MOODLE.match(part) for part in inside.parts[:-1]):
                others.setdefault(student, []).append(file)
            continue
        try:
            files = found.setdefault(student, {})
            files[file] = read()
            if sum(map(len, files.values())) > MAX_FOLDER:
                problems[student] = f"its files are larger than {MAX_FOLDER // 10**6} MB together"
                files.clear()
        except (zipfile.BadZipFile, ZlibError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            problems[student] = f"{inside.name} cannot be read from the archive ({error})"
    for student, files in found.items():
        if student in problems:
            yield Arrival(places[student], student, problem=problems[student])
        else:
            yield _checked(_one(places[student], student, files))
    for student, names in others.items():
        if student not in found:
            yield Arrival(places[student], student, problem=f"there is no notebook, but {', '.join(sorted(names)[:3])}")


def _named(inside: PurePosixPath, stem: str) -> tuple[str, str]:
    """Gives whose file this is, and its own name."""
    for part in inside.parts[:-1]:
        if match := MOODLE.match(part):
            return f"{match['name']}_{match['number']}", inside.name
    if match := CANVAS.match(inside.name):
        return f"{match['name']}_{match['number']}", AGAIN.sub("", match["file"])
    return (inside.parts[0] if len(inside.parts) > 1 else stem or inside.stem), inside.name


def _one(where: str, student: str, files: dict[str, bytes]) -> Arrival:
    """Gives a learner's arrival; a packed mail among the files brings its notebook where none lies beside it."""
    mails = [name for name in files if name.lower().endswith(".eml")]
    plain = {name: content for name, content in files.items() if name not in mails}
    if not mails:
        return Arrival(where, student, plain)
    mail = _mail(where, files[mails[-1]], student)
    if mail.problem and not plain:
        return Arrival(where, student, problem=mail.problem)
    return Arrival(where, student, {**mail.files, **plain}, mail.at)
