"""The start page: how far each lesson is, and where to go on."""

from hypothesis import given
from hypothesis import strategies as st

from sagalab.course import Course
from sagalab.learner import kept
from sagalab.learner.kept import CELLS, FULL, Standing, standings
from sagalab.start_page import HARD_SPACE, page, write


def solved(fraction: float) -> None:
    progress = kept.Progress()
    progress.record_check("02-starts-once", fraction=fraction, attempted=True)
    kept.save(progress)


def words(text: str) -> str:
    return text.replace(HARD_SPACE, " ")


def test_a_learner_who_has_not_begun_is_led_to_the_first_lesson(small_course: Course) -> None:
    text = page(small_course, standings(small_course))
    assert "Begin with **[00 Start here](00_start_here/00_start_here.ipynb)**" in text
    assert "0 of 1" in words(text) and "not graded" in words(text)


def test_points_that_were_reached_are_shown(small_course: Course) -> None:
    solved(0.5)
    text = page(small_course, standings(small_course))
    assert "0.5 of 1" in words(text) and "Go on with" in text


def test_what_was_reached_stays_on_one_line_of_a_narrow_page(small_course: Course) -> None:
    assert "0 of 1" not in page(small_course, standings(small_course))


def test_who_solved_everything_is_told_so(small_course: Course) -> None:
    solved(1.0)
    rows = [row for row in standings(small_course) if row.possible]
    graded = small_course.model_copy(update={"lessons": [small_course.lesson("02")]})
    assert "Every lesson is solved." in page(graded, rows)


def test_the_page_lies_beside_the_copies_and_is_written_anew(small_course: Course) -> None:
    path = write(small_course, standings(small_course))
    first = path.read_text(encoding="utf-8")
    solved(1.0)
    assert write(small_course, standings(small_course)).read_text(encoding="utf-8") != first
    assert path == small_course.root / "my-lessons" / "START.md"


def test_the_points_that_a_person_gives_are_told() -> None:
    from sagalab.course import course

    assert "2 more points of “The project” are a person's to give." in page(course(), standings(course()))


@given(st.floats(0.5, 40), st.floats(0, 1))
def test_a_bar_is_full_only_where_everything_was_reached(possible: float, share: float) -> None:
    bar = Standing("x", possible * share, possible).bar()
    assert (bar.count(FULL) == CELLS) == (share >= 1 - 1e-9)
