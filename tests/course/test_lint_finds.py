"""The lint finds what it is there for, and leaves alone what is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.course import lint

SOURCE = "([*Quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/limits.html), as of November 2026)"
LONG = "This one goes on and on " * 6 + "without an end."


@pytest.mark.parametrize(
    ("look", "text"),
    [
        (lint.too_long, LONG),
        (lint.too_long, f"- {LONG}"),
        (lint.too_long, f"A short one. {LONG} Another."),
        (lint.fillers, "You simply run it."),
        (lint.fillers, "It is just a number."),
        (lint.fillers, "Obviously it ended."),
        (lint.fillers, "Incorrect."),
        (lint.fillers, "It works! Go on."),
        (lint.fillers, "It is the the end."),
        (lint.fillers, "Done \U0001f389."),
        (lint.misspellings, "We recieve it seperately."),
        (lint.bad_links, "[here](http://example.org/page)"),
        (lint.bad_links, "[here](https://nowhere)"),
        (lint.bad_links, "[here](https://example.org/page.)"),
        (lint.bad_links, "[](https://example.org/page)"),
        (lint.bad_links, "See https://example.org/page for more."),
        (lint.bad_links, "See docs.example.org/page for more."),
        (lint.bad_links, "![](https://example.org/a.png)"),
        (lint.bad_links, '<img src="a.png">'),
        (lint.bad_links, '<img src="a.png" alt="">'),
    ],
)
def test_what_is_wrong_is_found(look: Callable[[str], list[str]], text: str) -> None:
    assert len(look(text)) == 1 or look is lint.misspellings and len(look(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"# {LONG}",
        f"| {LONG} |",
        f"```python\n# {LONG}\n```",
        f"- one of these\n- {LONG[:60]}\n- {LONG[:60]}",
        f"It is {LONG[:80].strip()}; and {LONG[:80].strip()}.",
        "They end just as well. It is just then coming back. You have just seen it. ✅ is a yes. What had had no end, ended.",
        "`simply_run()` is a name, and `a != b` is code.",
        "[a page](https://example.org/page?x=1#part) and `https://example.org` as code.",
        "![an order's way](https://example.org/a.png)",
        '<img src="a.png" alt="an order\'s way">',
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    looks = (lint.too_long, lint.fillers, lint.misspellings, lint.bad_links)
    assert [found for look in looks for found in look(text)] == []


def written(monkeypatch: pytest.MonkeyPatch, *texts: str, kind: str = "markdown") -> str:
    rows = tuple(lint.Cell(number, kind, text) for number, text in enumerate(texts, 1))
    monkeypatch.setattr(lint, "cells", lambda lesson: rows)
    return "a lesson"


@pytest.mark.parametrize(
    "text",
    [
        "## On real AWS\n\nA history is kept for 90 days.",
        "## On real AWS\n\nA history is kept for 90 days (developer guide, as of November 2026).",
        "## On real AWS\n\nIt is kept for 90 days ([guide](https://docs.aws.amazon.com/dg)).",
        f"## On real AWS\n\nIt is kept for 90 days {SOURCE}.\n\nAnd 1,000 transitions are billed.",
        "## A bill\n\nThat costs $0.025.",
        "## A wait\n\nOn AWS a Standard execution ends after 365 days.",
    ],
)
def test_a_number_without_its_source_or_date_is_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(lint.unsourced(written(monkeypatch, text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"## On real AWS\n\nA history is kept for 90 days {SOURCE}. An hour is an hour.",
        "## On real AWS\n\nThere an hour is an hour, as in lesson 04.",
        "## On real AWS\n\nNothing differs.\n\n## Keep\n\n- 3 things.",
        "## A wait\n\nThe queue waits 180 s, and the service fails 7 times.",
    ],
)
def test_a_number_with_source_and_date_is_left_alone_and_so_are_the_lab_s_own(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lint.unsourced(written(monkeypatch, text)) == []


def test_a_diagram_without_an_alternative_text_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = '# %%diagram orchestration\n{}with Diagram("one"):\n    Lambda("a")'
    lesson = written(monkeypatch, drawn.format(""), drawn.format("# alt: a function\n"), kind="code")
    assert lint.undescribed(lesson) == ["cell 1"]


def test_paragraphs_are_told_apart_and_list_items_too() -> None:
    text = "# A heading\n\nOne\nline.\n\n- an item\n  that goes on\n- another\n\n| a | table |\n"
    assert lint.paragraphs(text) == ["One line.", "an item that goes on", "another"]


def test_the_words_of_pictures_are_found_in_svg_and_in_pages() -> None:
    shown = [
        {"data": {"image/svg+xml": "<svg/>", "text/plain": "an order's way"}},
        {"data": {"image/svg+xml": "<svg/>"}},
        {"data": {"text/html": '<b>two</b><img src="a" alt="a queue"><img src="b">'}},
        {"name": "stdout", "text": "no picture"},
    ]
    assert lint.pictures([shown]) == ["an order's way", "", "a queue", ""]
