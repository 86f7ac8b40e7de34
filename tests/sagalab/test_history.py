"""The one record of a run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.history import KINDS, Fact, History

PLAIN = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=3
)
ROWS = st.lists(
    st.tuples(
        st.floats(0, 1e6), st.sampled_from(sorted(KINDS)), st.text(max_size=8),
        st.fixed_dictionaries({}, optional={
            "order_id": st.sampled_from(["1", "2"]), "correlation_id": st.text(max_size=4), "detail": PLAIN,
            "until": st.floats(0, 1e6), "cause": st.integers(0, 5),
        }),
    ),
    max_size=12,
)  # fmt: skip


def recorded(rows):
    history = History()
    for at, kind, what, fields in rows:
        history.record(at, kind, what, **fields)
    return history


@given(ROWS)
def test_a_history_crosses_a_process_boundary_unchanged(rows):
    history = recorded(rows)
    again = History.from_json(json.loads(json.dumps(history.to_json())))
    assert again.text() == history.text() and list(again) == list(history)


@given(ROWS)
def test_facts_are_numbered_in_the_order_of_their_writing(rows):
    assert [fact.index for fact in recorded(rows)] == list(range(len(rows)))


@given(ROWS)
def test_one_order_s_history_holds_its_facts_alone_and_points_at_none_outside(rows):
    alone = recorded(rows).of_order("1")
    assert all(fact.order_id == "1" for fact in alone)
    assert all(fact.cause is None or fact.cause < len(alone) for fact in alone)
    assert [fact.index for fact in alone] == list(range(len(alone)))


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'invented' is no kind of fact"):
        History().record(0, "invented", "x")  # type: ignore[arg-type]


def test_a_fact_that_lasts_is_closed_with_what_is_known_only_then():
    history = History()
    index = history.record(1, "invocation", "charge", order_id="7", cause=None, detail={"request": "r"})
    history.close(index, 3.5, error="Declined")
    assert history[index] == Fact(
        0, 1, "invocation", "charge", "7", None, None, 3.5, {"request": "r", "error": "Declined"}
    )


def test_facts_are_found_by_kind_thing_and_order():
    history = recorded(
        [(0, "sent", "q", {"order_id": "1"}), (1, "sent", "p", {"order_id": "2"}), (2, "end", "quiet", {})]
    )
    assert [fact.at for fact in history.of("sent")] == [0, 1]
    assert [fact.at for fact in history.of("sent", "end", order_id="2")] == [1]
    assert [fact.at for fact in history.of("sent", what="q")] == [0]
    assert history.orders() == ["1", "2"]


def test_a_history_ends_with_the_last_thing_that_ended():
    assert History().ended_at == 0.0
    assert recorded([(1, "invocation", "f", {"until": 9.0}), (5, "end", "quiet", {})]).ended_at == 9.0
