"""What learners get: everything they need, and nothing that answers for them."""

import re
import zipfile

import pytest

from grading import bundle as bundling
from grading.bundle import bundle, entries, proved
from sagalab.course import course
from sagalab.errors import SetupError
from tests.course.test_lessons import TELLING, answer_lines, compact, given_lines, text_cells


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return bundle(course(), tmp_path_factory.mktemp("bundle"))


def names(archive):
    with zipfile.ZipFile(archive) as file:
        return [name.partition("/")[2] for name in file.namelist()]


def test_it_holds_no_solutions_no_tests_and_of_the_grading_only_the_rubric(archive):
    found = names(archive)
    assert [name for name in found if name.startswith("grading/")] == ["grading/rubric.toml"]
    assert {name.split("/")[0] for name in found} == {
        "LICENSE", "Makefile", "README.md", "course.toml", "environment.yml", "grading", "lessons", "pyproject.toml",
        "scripts", "src", "uv.lock",
    }  # fmt: skip
    assert [name for name in found if "__pycache__" in name or "checkpoint" in name] == []


def test_every_lesson_is_there(archive):
    lessons = {name.split("/")[1] for name in names(archive) if name.startswith("lessons/")}
    assert lessons == {lesson.name for lesson in course().lessons}


def test_no_file_of_it_shows_a_line_of_an_answer(archive):
    here = course()
    cells = [cell for lesson in here.lessons for cell in text_cells(here, lesson.name)]
    given = {compact(line) for cell in cells for line in given_lines(cell)}
    secret = {compact(line) for cell in cells for line in answer_lines(cell)} - given
    # The judge's own code calls the participants as learners do.
    telling = {line for line in secret if len(line) > max(TELLING, 40) and not line.startswith(("from", "import"))}
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            lines = {compact(line) for line in re.split(r"\n|\\n", file.read(name).decode("utf-8", "replace"))}
            assert not telling & lines, name


def test_the_same_course_gives_the_same_archive(archive, tmp_path):
    assert bundle(course(), tmp_path).read_bytes() == archive.read_bytes()


def test_a_course_that_lacks_a_lesson_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(bundling, "entries", lambda here: iter([("lessons/x.ipynb", tmp_path / "x.ipynb")]))
    with pytest.raises(SetupError, match=r"has no lessons/x\.ipynb"):
        bundle(course(), tmp_path / "out")


def test_its_makefile_and_read_me_name_only_what_is_there(archive):
    found = set(names(archive))
    with zipfile.ZipFile(archive) as file:
        text = {name: file.read(f"{course().id}/{name}").decode() for name in ("README.md", "Makefile")}
    for path in re.findall(r"`([\w-]+/[\w./-]+)`", text["README.md"]):
        assert path in found or path.startswith((".venv/", "my-lessons/")), path
    for target in re.findall(r"`make (\w+)`", text["README.md"]):
        assert f"\n{target}: " in text["Makefile"]


def test_an_archive_that_does_not_set_up_is_not_called_good(tmp_path):
    path = tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("course/scripts/bootstrap.py", "raise SystemExit('no such lock')")
    with pytest.raises(SetupError, match="no such lock"):
        proved(path, lambda words: None)


@pytest.mark.prove
def test_the_archive_works_from_an_empty_folder(archive):
    said = []
    proved(archive, said.append)
    assert said[-1] == "asking for progress"


def test_what_goes_in_is_on_the_list_and_lies_where_it_says():
    assert all(path.is_file() for _, path in entries(course()))
