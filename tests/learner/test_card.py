"""The card's HTML: escaped, bounded, self-contained, readable without colour."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.criteria.finding import Finding, invalid, unknown, valid
from sagalab.learner.card import card_html, card_text

EVIL = '<script>alert(1)</script><img src=x onerror="x">'


@dataclass
class Drawing:
    svg: str = "<svg><script>alert(1)</script></svg>"
    alt: str = 'Two charges, "one" too many.'


class Tags(HTMLParser):
    """Collects the tags of a page and checks that each one is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.stack: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.attributes += attrs
        if tag not in ("img", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


FINDINGS = [
    invalid("a", EVIL, hint=EVIL, promise=EVIL, schedule=EVIL),
    invalid("a", EVIL, hint=EVIL, attempted=False),
    unknown("a", EVIL),
    valid("a", EVIL),
]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.verdict)
def test_nothing_that_a_learner_wrote_becomes_markup(finding: Finding) -> None:
    page = Tags(card_html(finding, EVIL, 4, picture=Drawing(), contact=EVIL, question=EVIL))
    assert "script" not in page.opened and page.stack == []
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_a_picture_is_an_image_with_its_words_and_nothing_from_outside() -> None:
    page = Tags(card_html(invalid("a", "x"), "t", 4, picture=Drawing()))
    values = dict(page.attributes)
    assert values["alt"] == Drawing().alt
    assert (values["src"] or "").startswith("data:image/svg+xml;base64,")


def test_every_state_is_told_by_its_heading() -> None:
    headings = {card_text(finding, "t", 4).split(":")[0] for finding in FINDINGS}
    assert headings == {"Not yet", "Not started", "The kit could not decide", "This holds"}


def test_an_endless_message_is_cut_and_says_so() -> None:
    card = card_html(invalid("a", "x" * 1_000_000), "t", 4)
    assert len(card) < 10_000 and "more characters" in card


def test_code_between_backticks_is_set_as_code() -> None:
    assert ">start_workflow</code>" in card_html(invalid("a", "Define `start_workflow`."), "t", 4)


@given(st.text(), st.text())
def test_any_message_and_hint_give_a_well_formed_card(message: str, hint: str) -> None:
    assert Tags(card_html(invalid("a", message, hint=hint), "t", 4)).stack == []


LONG = invalid("a-faults", "Charged twice.", hint="A key.", schedule="x" * 500)


def test_the_command_of_a_run_is_folded_and_does_not_stand_before_the_first_thought() -> None:
    card = card_html(LONG, "t", 4)
    assert Tags(card).stack == [] and card.count("<details>") == 1
    folded = card[card.index("<details>") : card.index("</details>")]
    assert "See it again" in folded.partition("</summary>")[0] and "sagalab replay" in folded.partition("</summary>")[2]
    assert card.index("A first thought") < card.index("<details>") and card.count("sagalab replay") == 1


def test_the_command_of_a_run_is_the_last_line_of_the_plain_text() -> None:
    rows = card_text(LONG, "t", 4, picture=Drawing()).splitlines()
    assert "sagalab replay" in rows[-1] and any("A first thought" in row for row in rows[:-1])


def test_a_finding_without_a_run_has_nothing_to_fold() -> None:
    assert "<details>" not in card_html(invalid("a", "x", hint="y"), "t", 4)
