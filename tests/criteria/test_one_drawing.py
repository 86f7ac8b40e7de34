"""One drawing of lesson 10, held against what is deployed: the way of a good order, and the ways for failures."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sagalab.architecture import DrawingError, NothingDrawn, drawn
from sagalab.criteria import one_drawing
from sagalab.criteria.diagrams import Side, side_of
from sagalab.criteria.finding import Finding
from sagalab.deployment import Deployment
from tests.architecture import designs
from tests.architecture.designs import TRUE_CHOREOGRAPHY, TRUE_ORCHESTRATION

# The designs' own drawing shows one dead-letter queue; the exercise asks for all three.
MORE = """    inventory_queue >> Edge(label="after 7 receives", style="dashed") >> SQS("inventory-dlq")
    notification_queue >> Edge(label="after 7 receives", style="dashed") >> SQS("notification-dlq")
"""
TRUE = {"orchestration": TRUE_ORCHESTRATION, "choreography": TRUE_CHOREOGRAPHY + MORE}
JUDGES = [
    (one_drawing.good_way, "orchestration"),
    (one_drawing.way_back, "orchestration"),
    (one_drawing.whole, "choreography"),
    (one_drawing.dead_letters, "choreography"),
]
each = pytest.mark.parametrize(("judge", "approach"), JUDGES, ids=lambda row: getattr(row, "__name__", row))
Judge = Callable[[str, Side], Finding]


def judged(judge: Judge, approach: str, *changes: tuple[str, str]) -> Finding:
    source = TRUE[approach]
    for old, new in changes:
        assert old in source, f"the test's own drawing has no {old!r}"
        source = source.replace(old, new)
    return judge("10", side_of(approach, drawn(source), designs.both(), designs.HISTORIES[approach]))


@each
def test_a_true_picture_is_right(judge: Judge, approach: str) -> None:
    found = judged(judge, approach)
    assert (found.verdict, found.fraction, found.message.count("None")) == ("valid", 1.0, 0)


@each
def test_no_drawing_is_nothing_attempted(judge: Judge, approach: str) -> None:
    for drawing in (None, NothingDrawn("the cell draws nothing")):
        found = judge("10", side_of(approach, drawing, designs.both(), None))
        assert (found.fraction, found.attempted) == (0, False)
        assert f"%%diagram {approach}" in found.hint


@each
def test_a_drawing_that_cannot_be_read_says_why(judge: Judge, approach: str) -> None:
    found = judge("10", side_of(approach, DrawingError("a bracket is missing"), designs.both(), None))
    assert found.attempted and "a bracket is missing" in found.message


@each
def test_a_drawing_of_nothing_that_is_deployed_is_told_to_deploy(judge: Judge, approach: str) -> None:
    found = judge("10", side_of(approach, drawn(TRUE[approach]), Deployment(), None))
    assert found.fraction == 0 and "Nothing of this approach is deployed yet" in found.message
    assert "Run the cells above" in found.hint


NO_REFUND = ('    flow >> Edge(label="refund", style="dashed") >> Lambda("refund-payment")\n', "")


def test_a_good_way_needs_no_way_back() -> None:
    assert judged(one_drawing.good_way, "orchestration", NO_REFUND).fraction == 1
    assert "'refund-payment'" in judged(one_drawing.way_back, "orchestration", NO_REFUND).message


@pytest.mark.parametrize("said", ['"Catch OutOfStock: RefundPayment"', '"3b refund"', '"RefundPayment"'])
def test_a_way_back_may_be_told_by_its_words_alone(said: str) -> None:
    change = ('Edge(label="refund", style="dashed")', f"Edge(label={said})")
    assert judged(one_drawing.way_back, "orchestration", change).fraction == 1


@pytest.mark.parametrize(
    ("judge", "approach", "change", "words"),
    [
        (one_drawing.good_way, "orchestration", ('Lambda("reserve-stock")', 'Lambda("cancel-order")'), "'reserve-stock'"),
        (one_drawing.way_back, "orchestration", ('label="refund", style="dashed"', 'label="5"'), "a step of a good day"),
        (one_drawing.way_back, "orchestration", ('label="refund", ', ""), "has no words"),
        (one_drawing.way_back, "orchestration", ('label="1 charge"', 'label="1", style="dotted"'), "You dashed the arrow"),
        (one_drawing.whole, "choreography", ("bus >> Edge(label=\"PaymentCharged\") >> inventory_queue >> inventory",
         "bus >> Edge(label=\"PaymentCharged\") >> inventory"), "It really goes through 'inventory-queue'."),
        (one_drawing.dead_letters, "choreography", ("    inventory_queue >> Edge(label=\"after", "    inventory >> Edge(label=\"after"),
         "the queue 'inventory-queue' hands its poison messages"),
    ],
)  # fmt: skip
def test_a_picture_that_lies_is_told_where(judge: Judge, approach: str, change: tuple[str, str], words: str) -> None:
    found = judged(judge, approach, change)
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert words in found.message and found.hint


def test_of_many_slips_the_first_six_are_told() -> None:
    names = iter(("ruby", "opal", "jade", "onyx", "agate", "topaz"))
    source = re.sub(r'Lambda\("[a-z-]+"\)', lambda _: f'Lambda("{next(names)}")', TRUE_ORCHESTRATION)
    side = side_of("orchestration", drawn(source), designs.both(), designs.HISTORIES["orchestration"])
    assert "And 4 more." in one_drawing.good_way("10", side).message
