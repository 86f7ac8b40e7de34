"""The space-time picture: who sent what to whom, with what came of it."""

from __future__ import annotations

import io
import math
import re
from itertools import pairwise

from PIL import Image

from sagalab.history import History
from sagalab.pictures import palette, space_time
from sagalab.pictures.figures import figure_of
from sagalab.pictures.messages import lanes_of, messages_of
from sagalab.pictures.space_time import _lanes
from tests.pictures import runs


def told(history: History) -> list[tuple[str, str, str, str]]:
    return [(one.source, one.target, one.label, one.note) for one in messages_of(history, None)]


def test_a_choreographed_order_goes_from_the_bus_over_queues_to_services_and_back() -> None:
    assert told(runs.choreographed())[:6] == [
        ("start", "default", "OrderCreated", ""),
        ("default", "payment-queue", "", ""),
        ("payment-queue", "payment-service", "invoke", ""),
        ("payment-service", "payment gateway", "charge", "charged 42.00"),
        ("payment-service", "default", "PaymentCharged", ""),
        ("default", "inventory-queue", "", ""),
    ]


def test_in_orchestration_every_invocation_comes_from_the_machine() -> None:
    invoked = [one for one in messages_of(runs.orchestrated(), None) if one.label == "invoke"]
    assert {one.source for one in invoked} == {"OrderFlow"}
    assert len(invoked) == 4


def test_a_lost_reply_shows_its_effect_and_its_fault_and_a_second_call_that_changes_nothing() -> None:
    charges = [one for one in messages_of(runs.orchestrated(reply_lost=True), None) if one.label == "charge"]
    assert [(one.note, one.looks) for one in charges] == [
        ("reply lost; charged 42.00", "failed"),
        ("no new effect", "call"),
    ]


def test_repeated_receives_are_counted_and_the_last_way_leads_to_the_dead_letter_queue() -> None:
    messages = told(runs.choreographed(poison=True))
    assert [label for _, _, label, _ in messages if label.startswith("receive")] == [
        f"receive {count}" for count in range(2, 8)
    ]
    assert messages[-1][:3] == ("inventory-queue", "inventory-dlq", "parked")


def test_lanes_stand_in_the_order_of_their_first_message() -> None:
    lanes = lanes_of(messages_of(runs.choreographed(), None))
    assert lanes[:5] == ["start", "default", "payment-queue", "payment-service", "payment gateway"]


def test_lookups_are_left_out() -> None:
    history = runs.orchestrated()
    before = told(history)
    history.record(9, "call", "payment_gateway.lookup", order_id=runs.ORDER, until=9.1)
    assert told(history) == before


def test_the_picture_tells_its_messages_in_words_and_stays_small() -> None:
    picture = space_time(runs.refused(), runs.ORDER)
    assert "payment-task to payment gateway: refund (refunded 42.00)" in picture.alt
    assert len(picture.png) < 150_000
    assert picture.svg == space_time(runs.refused(), runs.ORDER).svg


def test_a_very_long_run_is_cut_and_says_so() -> None:
    run = runs.Run()
    for _ in range(50):
        run.call("payment-task", "payment_gateway.charge", "charged", amount=1.0)
    assert "40 later messages are left out" in space_time(run.history).alt


def test_a_single_message_left_out_is_one_message() -> None:
    run = runs.Run()
    for _ in range(30):
        run.call("payment-task", "payment_gateway.charge", "charged", amount=1.0)
    run.note("execution", "OrderFlow")
    assert "1 later message is left out." in space_time(run.history).alt


def test_of_several_orders_the_last_is_drawn_and_the_others_are_named() -> None:
    history = runs.choreographed()
    for order in ("order-2", "order-3"):
        history.record(9, "published", "default", order_id=order, detail={"detail_type": "OrderCreated"})
    picture = space_time(history)
    assert picture.alt.startswith("Messages of order order-3")
    assert "Other orders: order-1 and order-2; see one with lab.space_time('order-1')." in picture.alt
    assert "PaymentCharged" not in picture.alt
    assert "PaymentCharged" in space_time(history, "order-1").alt


def test_the_picture_of_one_order_fits_a_notebook() -> None:
    svg = space_time(runs.choreographed(), runs.ORDER).svg
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) < 940  # type: ignore[index]


def test_times_count_from_the_order_s_own_start() -> None:
    late = History()
    for fact in runs.choreographed():
        until = None if fact.until is None else fact.until + 2_592_540
        late.record(
            fact.at + 2_592_540, fact.kind, fact.what, order_id=fact.order_id, until=until, cause=fact.cause,
            detail=fact.detail,
        )  # fmt: skip
    alt = space_time(late).alt
    assert ", from 0.00 s to 1.4" in alt and "Times count from its start, at 720 h 9 min of virtual time." in alt
    assert "Times count" not in space_time(runs.choreographed()).alt


def test_fifteen_lanes_fit_a_column_and_their_names_do_not_touch() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    names = ["notification-queue", "notification-service", "payment gateway", "inventory-queue", "order book"]
    lanes = {f"{name}": 66 + 54 * (number + 0.5) for number, name in enumerate(names)}
    figure = figure_of(890, 200)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 890)
    axes.set_ylim(200, 0)
    _lanes(axes, lanes, 180, narrow=True)
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_bbox_patch().get_window_extent() for text in axes.texts]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_an_empty_history_gives_a_picture_that_says_so() -> None:
    assert space_time(History()).alt == "Messages: nothing happened."


def test_few_colours_in_png_keep_the_pale_boxes_apart_from_the_paper() -> None:
    picture = Image.open(io.BytesIO(space_time(runs.orchestrated()).png)).convert("RGB")
    found = [colour for _, colour in picture.getcolors(1_000_000)]
    assert (255, 255, 255) in found
    pale = tuple(bytes.fromhex(palette.PALE[1:]))
    assert min(math.dist(colour, pale) for colour in found) < 4 < math.dist(pale, (255, 255, 255))
