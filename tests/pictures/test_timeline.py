"""The timeline shows what happened, in rows, marks and words."""

from __future__ import annotations

import base64
import io
import re
from functools import partial

import pytest
from PIL import Image

from grading.outputs import shown
from sagalab.elsewhere import VARIABLE
from sagalab.history import History
from sagalab.pictures import Picture, timeline
from sagalab.pictures.bars import key_of
from sagalab.pictures.rows import Row, rows_of
from sagalab.pictures.timeline import Chart
from sagalab.pictures.words import seconds
from tests.pictures import runs


def row(history: History, name: str) -> Row:
    return next(row for row in rows_of(history) if row.name == name)


def test_components_have_a_row_each_states_first_participants_last() -> None:
    rows = [(row.group, row.name) for row in rows_of(runs.orchestrated())]
    assert rows[0] == ("States", "ChargePayment")
    assert rows[4] == ("Functions", "payment-task")
    assert [name for group, name in rows if group == "Participants"] == [
        "payment gateway",
        "warehouse",
        "order book",
        "mailer",
    ]


def test_tries_of_one_call_are_numbered_and_single_calls_are_not() -> None:
    history = runs.refused()
    assert [bar.number for bar in row(history, "warehouse").bars] == ["1", "2", "3", "4"]
    assert [bar.failed for bar in row(history, "warehouse").bars] == [True] * 4
    assert [bar.number for bar in row(history, "mailer").bars] == [""]


def test_calls_of_different_orders_are_no_tries_of_each_other() -> None:
    history = History()
    for order in ("1", "2"):
        history.record(0, "call", "mailer.send", order_id=order, until=1)
    assert [bar.number for bar in row(history, "mailer").bars] == ["", ""]


def test_a_fault_is_marked_where_it_struck_and_told_once_not_again_as_an_error() -> None:
    marks = row(runs.refused(), "warehouse").marks
    assert [mark.words for mark in marks if mark.look == "fault"] == ["reserve: unavailable"] * 3
    assert [mark.words for mark in marks if mark.look == "error"] == ["reserve: OutOfStock"]


def test_a_fault_without_a_known_target_has_a_row_of_its_own() -> None:
    history = runs.orchestrated()
    history.record(0.5, "fault", "throttled", detail={"target": "states:StartExecution"})
    assert row(history, "states:StartExecution").marks[0].words == "throttled"


def test_compensations_are_told_apart() -> None:
    gateway = row(runs.refused(), "payment gateway")
    assert [bar.compensation for bar in gateway.bars] == [False, True]
    assert [(mark.words, mark.look) for mark in gateway.marks] == [
        ("charged 42.00", "effect"),
        ("refunded 42.00", "compensation"),
    ]


def test_a_state_lasts_until_it_is_left_or_its_execution_ends() -> None:
    run = runs.Run()
    run.state("Charge")
    run.wait(5).state("Charge", "TaskStateExited")
    run.state("Reserve")
    run.wait(7).state("", "ExecutionFailed")
    run.wait(100).note("fault", "late")
    bars = {name: row(run.history, name).bars[0] for name in ("Charge", "Reserve")}
    assert (bars["Charge"].start, bars["Charge"].end, bars["Charge"].failed) == (0, 5, False)
    assert (bars["Reserve"].start, bars["Reserve"].end, bars["Reserve"].failed) == (5, 12, True)


def test_a_message_that_is_parked_is_shown_with_its_receives() -> None:
    queue = row(runs.choreographed(poison=True), "inventory-queue")
    assert queue.bars[0].number == "7 receives"
    assert queue.bars[0].failed
    assert queue.marks[0].words == "parked in inventory-dlq"


def test_the_words_tell_the_run() -> None:
    alt = timeline(runs.refused(), order_id=runs.ORDER).alt
    for words in (
        "Order order-1",
        "warehouse.reserve 4 times (4 failed)",
        "unavailable at warehouse.reserve",
        "charged 42.00 at 0.14 s",
        "refunded 42.00",
        "customer told: cancelled",
    ):
        assert words in alt


def test_one_order_s_timeline_leaves_the_others_out() -> None:
    history = runs.orchestrated()
    history.record(1, "effect", "charged", order_id="order-2", detail={"amount": 7.0, "participant": "payment_gateway"})
    assert "7.00" in timeline(history).alt
    assert "7.00" not in timeline(history, order_id=runs.ORDER).alt


def test_a_fault_before_or_after_an_order_s_own_time_is_not_in_its_timeline() -> None:
    history = runs.orchestrated()
    for at in (0.5, 900.0):
        history.record(at, "fault", "throttled", detail={"target": "points"})
    alt = timeline(history, order_id=runs.ORDER).alt
    assert "throttled at points at 0.50 s" in alt and "15 min" not in alt


def test_an_empty_history_gives_a_picture_that_says_so() -> None:
    picture = timeline(History())
    assert picture.alt == "What happened: nothing happened."
    assert picture.svg.startswith("<svg")
    assert picture.png.startswith(b"\x89PNG")


@pytest.mark.parametrize("history", [runs.orchestrated(), runs.refused(), runs.choreographed(poison=True)])
def test_a_timeline_is_self_contained_small_and_the_same_each_time(history: History) -> None:
    one, two = timeline(history, "A run"), timeline(history, "A run")
    assert (one.svg, one.png) == (two.svg, two.png)
    assert not re.search(r'href="(?!#)', one.svg)
    assert len(one.png) < 150_000
    assert Image.open(io.BytesIO(one.png)).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def many(rows: int) -> History:
    history = History()
    for number in range(rows):
        history.record(number * 60, "invocation", f"function-{number}", order_id="1", until=number * 60 + 0.1)
        detail = {"participant": "mailer", "outcome": "confirmed"}
        history.record(number * 60, "effect", "told", order_id=str(number), detail=detail)
    return history


@pytest.mark.parametrize("rows", [1, 2, 30, 70])
def test_few_rows_and_many_rows_both_fit(rows: int) -> None:
    picture = timeline(many(rows))
    height = float(re.search(r'height="([\d.]+)pt"', picture.svg)[1])  # type: ignore[index]
    assert 150 < height < 1800
    assert len(picture.png) < 150_000


def test_a_picture_shows_itself_in_a_notebook_with_its_words() -> None:
    picture = Picture(lambda: '<?xml version="1.0"?><svg width="75pt"></svg>', "A <b> & c.", lambda: b"png")
    tag = '<svg role="img" style="max-width:100%;height:auto" width="75pt">'
    assert picture.svg == f"{tag}<desc>A &lt;b&gt; &amp; c.</desc></svg>"
    bundle, looks = picture._repr_mimebundle_()
    assert bundle == {"text/html": picture.img(), "image/png": "cG5n", "text/plain": "A <b> & c."}
    assert looks == {"image/png": {"alt": "A <b> & c.", "width": 100}}
    assert 'alt="A &lt;b&gt; &amp; c." style="max-width:100%;height:auto"' in picture.img()


def test_a_picture_too_wide_for_a_column_can_be_moved_and_stays_readable() -> None:
    wide, narrow = (Picture(partial('<svg width="{}pt"></svg>'.format, width), "words", bytes) for width in (1200, 800))
    page = wide._repr_mimebundle_()[0]["text/html"]
    assert (
        page.startswith('<div style="overflow-x:auto"><img ')
        and 'style="width:1120px;max-width:none;height:auto"' in page
    )
    assert narrow._repr_mimebundle_()[0]["text/html"] == narrow.img()


def test_a_notebook_gets_no_bare_svg_which_it_would_cut_off() -> None:
    from IPython.core.formatters import DisplayFormatter

    formatted, _ = DisplayFormatter().format(timeline(runs.orchestrated()))
    assert set(formatted) == {"text/html", "image/png", "text/plain"}


def test_a_page_that_leaves_html_out_still_shows_the_picture() -> None:
    from IPython.core.formatters import DisplayFormatter

    formatted, _ = DisplayFormatter().format(timeline(runs.orchestrated()))
    kept = shown([{"output_type": "display_data", "data": formatted, "metadata": {}}])
    assert base64.b64decode(kept[0]["data"]["image/png"]).startswith(b"\x89PNG")


def test_work_that_is_judged_gets_only_the_form_that_its_page_shows(monkeypatch) -> None:
    def undrawn() -> str:
        raise AssertionError("nobody looks at it")

    monkeypatch.setenv(VARIABLE, "1")
    bundle, looks = Picture(undrawn, "words", lambda: b"png")._repr_mimebundle_()
    assert (bundle, looks) == ({"text/plain": "words", "image/png": "cG5n"}, {"image/png": {"alt": "words"}})


def test_a_picture_without_png_is_still_shown() -> None:
    def broken() -> bytes:
        raise OSError("no space left")

    assert set(Picture(lambda: "<svg></svg>", "words", broken)._repr_mimebundle_()[0]) == {"text/html", "text/plain"}


@pytest.mark.parametrize("start", [0.0, 4.1, 903.84, 9000.0])
def test_time_counts_from_the_order_s_own_start(start: float) -> None:
    moved = History()
    for fact in runs.orchestrated(reply_lost=True):
        until = None if fact.until is None else fact.until + start
        moved.record(
            fact.at + start,
            fact.kind,
            fact.what,
            order_id=runs.ORDER,
            until=until,
            cause=fact.cause,
            detail=fact.detail,
        )
    alt = timeline(moved, order_id=runs.ORDER).alt
    assert "charged 42.00 at 0.14 s, reserved 2 × kettle at 4.55 s" in alt
    assert ("its start at" in alt) == (start > 0)


def test_the_words_name_order_and_approach_beside_a_promise() -> None:
    assert timeline(runs.orchestrated(), "Money").alt.startswith("Timeline: Money (order order-1, orchestration), ")
    assert timeline(runs.choreographed(), "Money").alt.startswith("Timeline: Money (order order-1, choreography), ")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0.14, "0.14 s"),
        (33.42, "33.4 s"),
        (903.84, "15 min 3.8 s"),
        (900, "15 min"),
        (239.97, "4 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_an_instant_is_said_as_a_reader_says_it(at: float, words: str) -> None:
    assert seconds(at) == words


def test_what_numbers_mean_stands_in_the_key_only_where_there_are_numbers() -> None:
    labels = [entry.get_label() for entry in key_of(rows_of(runs.refused()))]
    assert "number of the call" in labels
    assert "number of the call" not in [entry.get_label() for entry in key_of(rows_of(runs.orchestrated()))]


@pytest.mark.parametrize(
    "history", [runs.orchestrated(reply_lost=True), runs.refused(), runs.choreographed(poison=True)]
)
def test_marks_hide_neither_each_other_nor_a_number(history: History) -> None:
    rows = rows_of(history)
    axes = Chart(("A run", ""), rows, list(history), 0.0).axes
    bars = {round(patch.get_y(), 3): round(patch.get_y() + patch.get_height(), 3) for patch in axes.patches}
    marks = [line for line in axes.lines if line.get_marker() not in (None, "None", "")]
    assert len(marks) == sum(len(row.marks) for row in rows)
    for mark in marks:
        height = float(mark.get_ydata()[0])
        assert not any(top < height < bottom for top, bottom in bars.items()), "a mark lies on a bar, where numbers are"
