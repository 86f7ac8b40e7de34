"""What learners' cells print is kept as text and plain pictures, within limits."""

from __future__ import annotations

import base64
from typing import Any

import nbformat
import pytest

from grading import outputs


def display(**data: Any) -> Any:
    return nbformat.v4.new_output("display_data", data={key.replace("_", "/"): value for key, value in data.items()})


def test_html_is_left_out_and_its_text_form_stays() -> None:
    (kept,) = outputs.shown([display(text_html="<script>x</script>", text_plain="a table")])
    assert dict(kept.data) == {"text/plain": "a table"}


def test_an_output_that_is_only_markup_vanishes() -> None:
    assert outputs.shown([display(text_html="<script>x</script>")]) == []


def test_a_picture_stays_if_it_is_one() -> None:
    picture = base64.b64encode(b"\x89PNG").decode()
    kept = outputs.shown([display(image_png=picture), display(image_png='"><script>')])
    assert [dict(one.data) for one in kept] == [{"image/png": picture}]


def test_a_huge_print_is_cut() -> None:
    (kept,) = outputs.shown([nbformat.v4.new_output("stream", text="x" * 10_000_000)])
    assert len(kept.text) < outputs.MAX_TEXT + 100 and kept.text.endswith("cut here\n")


def test_endless_outputs_are_cut_and_say_so() -> None:
    kept = outputs.shown([nbformat.v4.new_output("stream", text="x")] * 10_000)
    assert len(kept) == outputs.MAX_OUTPUTS + 1 and "left out" in kept[-1].text


def test_many_large_pictures_do_not_fill_a_notebook() -> None:
    picture = base64.b64encode(bytes(700_000)).decode()
    kept = outputs.shown([display(image_png=picture)] * 20)
    assert sum(len(str(one)) for one in kept) <= outputs.MAX_CELL + 1000


@pytest.mark.parametrize("broken", [None, 7, {}, {"output_type": "display_data", "data": 7}, {"output_type": "x"}])
def test_what_is_no_output_is_left_out(broken: Any) -> None:
    assert outputs.shown([broken]) == []


def test_an_error_keeps_its_name_and_words() -> None:
    error = nbformat.v4.new_output("error", ename="KeyError", evalue="'orderId'", traceback=["line"] * 500)
    (kept,) = outputs.shown([error])
    assert (kept.ename, kept.evalue) == ("KeyError", "'orderId'") and len(kept.traceback) == 60


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:go())"])
def test_markup_that_could_run_is_disarmed(text: str) -> None:
    safe = outputs.harmless(text)
    assert "<script" not in safe and "<img" not in safe and "javascript:" not in safe


def test_ordinary_markdown_is_left_alone() -> None:
    text = "> quoted\n\n**a** & b < c, `x -> y`"
    assert outputs.harmless(text) == text
