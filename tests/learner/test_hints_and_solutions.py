"""hint and solution: small steps, and the answer only after an honest try."""

from __future__ import annotations

from pathlib import Path

import pytest

from sagalab.course import course
from sagalab.criteria.finding import invalid
from sagalab.errors import SetupError
from sagalab.learner import check, hint, judged_by, solution
from sagalab.learner.hints import guidance, read_guidance
from sagalab.learner.solutions import solution_cells

ROOT = Path(__file__).resolve().parents[2]


def tried(criterion: str, attempted: bool = True) -> None:
    judged_by(lambda name: invalid(name, "Not there yet.", attempted=attempted))
    check(criterion)


def test_hints_grow_by_one_at_a_time_and_stay_at_three() -> None:
    steps = guidance("a-healthy").hints
    shown = [hint("a-healthy").text for _ in range(4)]
    assert [sum(step in text for step in steps) for text in shown] == [1, 2, 3, 3]
    assert "Hint 1 of 3" in shown[0] and "That was the last one." in shown[3]


def test_every_criterion_of_the_rubric_has_its_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_COURSE", str(ROOT))
    known = course()
    wanted = {row.id: row.manual for lesson in known.lessons for row in known.criteria(lesson.name)}
    written = read_guidance()
    assert sorted(set(wanted) - set(written)) == []
    assert sorted(set(written) - set(wanted)) == []
    assert [name for name, row in written.items() if not row.further and not wanted[name]] == []


@pytest.mark.parametrize(
    "text",
    ['hints = ["a", " ", "c"]', 'hints = ["a", "b"]', 'hints = ["a", "a", "b"]', 'hint = ["a", "b", "c"]'],
)
def test_an_empty_missing_or_repeated_hint_fails_loudly_and_says_where(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hints.toml"
    file.write_text(f"[a-healthy]\n{text}\n")
    with pytest.raises(SetupError, match=r"hints.toml, \[a-healthy\]"):
        read_guidance(file)


def test_the_solution_stays_closed_before_a_try(with_solutions: Path) -> None:
    tried("a-healthy", attempted=False)
    said = solution("a-healthy").text
    assert "after a try of your own" in said and "ours" not in said


def test_the_solution_opens_after_a_try_without_its_marks(with_solutions: Path) -> None:
    tried("a-healthy")
    said = solution("a-healthy")
    assert 'flow = "ours"' in said.text and "BEGIN SOLUTION" not in said.text
    assert "flow = &quot;ours&quot;" in said.html


def test_the_solution_opens_after_the_last_hint_too(with_solutions: Path) -> None:
    for _ in range(3):
        assert "ours" not in solution("a-healthy").text
        hint("a-healthy")
    assert 'flow = "ours"' in solution("a-healthy").text


def test_a_check_that_follows_another_is_about_the_same_cells(with_solutions: Path) -> None:
    tried("a-faults")
    assert 'flow = "ours"' in solution("a-faults").text


def test_a_copy_without_solutions_says_who_has_them() -> None:
    tried("a-healthy")
    assert "without solutions" in solution("a-healthy").text


def test_reasoning_has_no_solution(with_solutions: Path) -> None:
    assert "no solution" in solution("e-reasoning").text


def test_cells_after_a_check_belong_to_the_next_one() -> None:
    text = "\n\n".join(
        [
            '# %% solution="one"\na = 1',
            '# %% check="first"\ncheck("first")',
            '# %% solution="two"\n# %%handler payment\nb = 2',
            "# %%\nlab.timeline()",
            '# %% solution="three"\nc = 3',
            '# %% check="second"\ncheck("second")',
        ]
    )
    assert solution_cells(text, "first") == ["a = 1"]
    assert solution_cells(text, "second") == ["%%handler payment\nb = 2", "c = 3"]
    assert solution_cells(text, "third") == []
