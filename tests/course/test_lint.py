"""The course's lint: every lesson has its parts, reads well, sources its facts, and covers its lines of the subject.

The project is exempt where it has to be: it asks for every deliverable in one notebook, and teaches nothing new.
"""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from sagalab.learner.hints import FILE, STEPS, guidance, hint
from tests.course import lint
from tests.course.lint import COURSE, PROJECT

LESSONS = [lesson.name for lesson in COURSE.lessons]
TAUGHT = [name for name in LESSONS if name != PROJECT]
CRITERIA = [row.id for name in LESSONS for row in COURSE.criteria(name)]
SUBJECT = tomllib.loads(Path(__file__).with_name("subject.toml").read_text(encoding="utf-8"))["lines"]
PLANNED = [f"{number:02}" for number in range(12)]
LONG = "twenty-five|thirty|thirty-five|forty|forty-five"  # minutes that a lesson may take
DRAWS = r"lab\.(?:timeline|path|space_time|deployed|retries|side_by_side|left_behind)\(|^%%diagram"
ALIKE = 0.8  # how alike two hints may be

each_lesson = pytest.mark.parametrize("lesson", LESSONS)
each_taught = pytest.mark.parametrize("lesson", TAUGHT)


# -- its parts ----------------------------------------------------------------------------------------


@each_taught
def test_a_lesson_has_at_most_forty_cells(lesson: str) -> None:
    assert len(lint.cells(lesson)) <= 40


@each_taught
def test_a_lesson_states_one_goal_at_its_top_and_how_long_it_takes(lesson: str) -> None:
    first = lint.cells(lesson)[0]
    number, title = COURSE.lesson(lesson).number, COURSE.lesson(lesson).title
    assert first.kind == "markdown" and first.text.startswith(f"# {number} · {title}\n")
    timed = [
        row
        for row in lint.paragraphs(first.text)
        if re.search(rf"(?:^|\. )(?:In about )?({LONG}) minutes\b", row, re.IGNORECASE)
    ]
    assert len(timed) == 1, "one paragraph of the first cell says the goal and the minutes"
    assert re.search(r"\byou\b", timed[0], re.IGNORECASE), "the goal says what the learner will do or have"


@each_taught
def test_a_lesson_asks_for_a_guess_before_a_run_and_draws_a_picture(lesson: str) -> None:
    assert re.search(r"^predict\(", lint.code(lesson), re.MULTILINE)
    assert re.search(DRAWS, lint.code(lesson), re.MULTILINE)


@each_taught
def test_every_round_asks_for_a_guess_before_it_shows_what_happened(lesson: str) -> None:
    for heading, cells in lint.rounds(lesson):
        code = [cell.text for cell in cells if cell.kind == "code"]
        runs = [place for place, text in enumerate(code) if re.search(r"^(?:display\()?happened\(", text, re.MULTILINE)]
        guesses = [
            place for place, text in enumerate(code) if re.search(r"^(?:display\()?predict\(", text, re.MULTILINE)
        ]
        assert not runs or (guesses and guesses[0] < runs[0]), heading


@pytest.mark.parametrize("lesson", ["05_choreography_failures", "06_seeing"])
def test_every_round_in_which_time_passes_begins_with_a_guess(lesson: str) -> None:
    for heading, cells in lint.rounds(lesson):
        code = [cell.text for cell in cells if cell.kind == "code"]
        if not any("lab.run(" in text for text in code):
            continue
        guess = next((place for place, text in enumerate(code) if re.search(r"^predict\(", text, re.MULTILINE)), None)
        assert guess is not None, heading
        assert not any(re.search(DRAWS, text, re.MULTILINE) for text in code[:guess]), f"{heading} shows before it asks"


@each_taught
def test_a_lesson_has_three_to_six_graded_exercises(lesson: str) -> None:
    assert 3 <= len(COURSE.criteria(lesson)) <= 6


@each_taught
def test_a_lesson_says_what_differs_on_real_aws_and_what_to_keep(lesson: str) -> None:
    headings = lint.headings(lesson)
    assert "Keep" in headings and any(row.startswith("On real ") for row in headings)
    assert len(headings) == len(set(headings)), "a heading stands there twice"


# -- its words ----------------------------------------------------------------------------------------


@each_lesson
def test_no_sentence_is_too_long(lesson: str) -> None:
    assert [one for cell in lint.markdown(lesson) for one in lint.too_long(cell.text)] == []


@each_lesson
def test_no_word_stands_there_that_the_course_does_not_use(lesson: str) -> None:
    assert [one for cell in lint.markdown(lesson) for one in lint.fillers(cell.text)] == []


@each_lesson
def test_no_word_is_misspelt(lesson: str) -> None:
    assert [(cell.number, found) for cell in lint.cells(lesson) if (found := lint.misspellings(cell.text))] == []


@each_lesson
def test_links_are_whole_and_images_have_words(lesson: str) -> None:
    assert [one for cell in lint.markdown(lesson) for one in lint.bad_links(cell.text)] == []
    assert lint.undescribed(lesson) == []


@each_lesson
def test_a_fact_with_a_number_has_its_source_and_date(lesson: str) -> None:
    assert lint.unsourced(lesson) == [], "give a link to the source, and (as of MONTH YEAR)"
    year, month = COURSE.facts_as_of.split("-")
    assert all(row <= date(int(year), int(month), 1) for row in lint.dates(lesson)), "course.toml says facts_as_of"


@pytest.mark.parametrize("package", ["criteria", "judging", "learner"])
def test_what_learners_are_told_uses_the_course_s_words(package: str) -> None:
    """Messages stand in the code: every text in it is looked at that is no docstring."""
    files = sorted((COURSE.root / "src" / "sagalab" / package).glob("*.py"))
    rows = [(path.name, text) for path in files for text in _texts(path)]
    assert rows
    assert [(name, found) for name, text in rows for found in lint.fillers(text) + lint.misspellings(text)] == []


def _texts(path: Path) -> list[str]:
    """Gives the texts of a module that have several words and are no docstring: names and patterns are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {ast.get_docstring(node, clean=False) for node in documented}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return sorted(text for text in texts - docstrings if len(re.findall(r"[A-Za-z]{2,} ", text)) > 2)


# -- its hints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", CRITERIA)
def test_hints_have_three_steps_that_grow_and_differ(criterion: str) -> None:
    steps = guidance(criterion).hints
    assert len(steps) == STEPS and len(steps[2]) > len(steps[0])
    alike = [difflib.SequenceMatcher(None, one, other).ratio() for one, other in pairwise(steps)]
    assert max(alike) < ALIKE
    words = " ".join([*steps, guidance(criterion).further])
    assert lint.fillers(words) + lint.misspellings(words) + lint.bad_links(words) == []


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_first_hint_points_and_the_third_names_the_shape_of_the_code(criterion: str) -> None:
    first, _, third = guidance(criterion).hints
    names = [len(re.findall(r"`[^`]+`", step)) for step in (first, third)]
    assert names[1] > names[0], "the third hint names, between backticks, what the code is made of"
    assert "\n" not in third and "```" not in third, "a hint holds no answer to copy"


@pytest.mark.parametrize("criterion", CRITERIA)
def test_each_hint_shows_one_step_more(criterion: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = lint.scratch_progress(monkeypatch)
    steps = guidance(criterion).hints
    for seen in range(1, STEPS + 1):
        shown = hint(criterion)
        assert [step in shown.text for step in steps] == [number <= seen for number in range(1, STEPS + 1)]
        assert f"Hint {seen} of {STEPS}" in shown.text and shown._repr_html_().count("<li>") == seen
    assert kept[-1].hints == {criterion: STEPS}


def test_no_hint_is_for_an_exercise_that_is_not_there() -> None:
    assert sorted(set(tomllib.loads(FILE.read_text(encoding="utf-8"))) - set(CRITERIA)) == []


# -- the subject --------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", SUBJECT, ids=lambda line: line["says"])
def test_each_line_of_the_subject_has_its_place(line: dict[str, str]) -> None:
    assert set(line) <= {"says", "lesson", "at"} and line["lesson"] in PLANNED
    lesson = next((row for row in COURSE.lessons if row.number == line["lesson"]), None)
    if lesson is None:
        return  # not written yet; the table says where it will stand
    assert "at" in line, f"lesson {line['lesson']} is there now: name the heading or check that teaches this"
    places = lint.headings(lesson.name) + [row.id for row in COURSE.criteria(lesson.name)]
    assert line["at"] in places


def test_every_lesson_is_there_for_a_line_of_the_subject() -> None:
    assert sorted({row.number for row in COURSE.lessons} - {line["lesson"] for line in SUBJECT}) == []


def test_no_line_of_the_subject_stands_there_twice() -> None:
    says = [line["says"] for line in SUBJECT]
    assert len(says) == len(set(says))
