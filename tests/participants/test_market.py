"""The outside world: keys, refusals, tombstones, and the ledger that only it can write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sagalab.clock import VirtualClock
from sagalab.history import History
from sagalab.participants.errors import (
    AlreadyCancelled,
    AlreadyConfirmed,
    OutOfStock,
    ParticipantError,
    ParticipantTimeout,
    ParticipantUnavailable,
    PaymentDeclined,
    UnknownOrder,
)
from sagalab.participants.market import Market, Strike, revive
from sagalab.participants.orders import Item, Order

ITEMS = [{"sku": "mug", "quantity": 2}]


class Struck:
    """Faults that strike the calls of one kind, in order."""

    def __init__(self, **strikes):
        self.strikes = {what.replace("_dot_", "."): list(rows) for what, rows in strikes.items()}

    def on_call(self, what, order_id, caller):
        rows = self.strikes.get(what)
        return rows.pop(0) if rows else None


def market(declined=0, stock=5, faults=None):
    order = Order("7", "c-1", (Item("mug", 2),), 49.9, declined=declined)
    return Market(VirtualClock(), History(), [order], {"mug": stock}, faults)


def charge(m, key="k", amount=49.9):
    return m.call("payment_gateway.charge", {"order_id": "7", "amount": amount, "key": key})


def refund(m, key="r"):
    return m.call("payment_gateway.refund", {"order_id": "7", "key": key})


def reserve(m, key="k"):
    return m.call("warehouse.reserve", {"order_id": "7", "items": ITEMS, "key": key})


def release(m, key="r"):
    return m.call("warehouse.release", {"order_id": "7", "key": key})


def effects(m):
    return [fact.what for fact in m.history.of("effect")]


def test_a_key_gives_the_first_answer_again_and_has_no_second_effect():
    m = market()
    assert charge(m) == charge(m)
    assert reserve(m) == reserve(m)
    assert effects(m) == ["charged", "reserved"] and m.stock["mug"] == 3


def test_without_a_key_every_call_is_a_new_effect():
    m = market()
    charge(m, key=None), charge(m, key=None)
    assert effects(m) == ["charged", "charged"]


def test_a_refusal_is_remembered_under_its_key_and_only_there():
    m = market(declined=1)
    for _ in range(2):
        with pytest.raises(PaymentDeclined):
            charge(m, "first")
    assert charge(m, "second")["charge_id"]
    m = market(stock=1)
    with pytest.raises(OutOfStock):
        reserve(m, "first")
    m.stock["mug"] = 5
    with pytest.raises(OutOfStock):
        reserve(m, "first")
    assert reserve(m, "second")["reservation_id"]


@pytest.mark.parametrize(("undo", "do", "error"), [(refund, charge, PaymentDeclined), (release, reserve, OutOfStock)])
def test_undoing_what_has_not_happened_leaves_a_tombstone_that_refuses_the_late_original(undo, do, error):
    m = market()
    undo(m)
    assert effects(m) == []
    for key in ("k", None):
        with pytest.raises(error):
            do(m, key)
    assert effects(m) == [] and m.stock["mug"] == 5


@pytest.mark.parametrize(
    ("do", "undo", "error", "lookup"),
    [(charge, refund, PaymentDeclined, "payment_gateway"), (reserve, release, OutOfStock, "warehouse")],
)
def test_what_was_undone_stays_undone_also_under_its_old_key(do, undo, error, lookup):
    m = market()
    do(m)
    assert undo(m) == undo(m)
    with pytest.raises(error):
        do(m)
    assert len(effects(m)) == 2 and m.stock["mug"] == 5
    assert m.call(f"{lookup}.lookup", {"order_id": "7"}) in ("refunded", "released")


def test_lookup_tells_none_done_undone_and_refused_apart():
    m = market(declined=1)
    look = {"order_id": "7"}
    assert m.call("payment_gateway.lookup", look) == "none"
    with pytest.raises(PaymentDeclined):
        charge(m, "a")
    assert m.call("payment_gateway.lookup", look) == "refused"
    charge(m, "b")
    assert m.call("payment_gateway.lookup", look) == "charged"
    refund(m)
    assert m.call("payment_gateway.lookup", look) == "refunded"


def test_the_first_outcome_stands():
    m = market()
    cancel = {"order_id": "7", "reason": "declined"}
    m.call("order_book.cancel", cancel), m.call("order_book.cancel", cancel)
    with pytest.raises(AlreadyCancelled):
        m.call("order_book.confirm", {"order_id": "7"})
    m2 = market()
    m2.call("order_book.confirm", {"order_id": "7"})
    with pytest.raises(AlreadyConfirmed):
        m2.call("order_book.cancel", cancel)
    assert effects(m) == ["cancelled"] and effects(m2) == ["confirmed"]


def test_an_unavailable_participant_does_nothing():
    m = market(faults=Struck(payment_gateway_dot_charge=[Strike("unavailable")]))
    with pytest.raises(ParticipantUnavailable):
        charge(m)
    assert effects(m) == []


def test_a_lost_reply_has_its_effect_and_the_key_finds_it_again():
    m = market(faults=Struck(payment_gateway_dot_charge=[Strike("reply_lost")]))
    with pytest.raises(ParticipantTimeout):
        charge(m)
    assert effects(m) == ["charged"]
    assert charge(m)["charge_id"] and effects(m) == ["charged"]


def test_a_lost_refusal_cannot_be_told_from_a_lost_success():
    m = market(declined=-1, faults=Struck(payment_gateway_dot_charge=[Strike("reply_lost")]))
    with pytest.raises(ParticipantTimeout):
        charge(m)
    with pytest.raises(PaymentDeclined):
        charge(m)


def test_a_slow_call_lands_later_and_a_retry_with_its_key_wins_over_it():
    m = market(faults=Struck(payment_gateway_dot_charge=[Strike("slow", 60)]))
    with pytest.raises(ParticipantTimeout):
        charge(m)
    assert effects(m) == []
    charge(m)
    m.clock.advance(100)
    assert effects(m) == ["charged"]


def test_a_slow_call_that_was_undone_meanwhile_has_no_effect():
    m = market(faults=Struck(payment_gateway_dot_charge=[Strike("slow", 60)]))
    with pytest.raises(ParticipantTimeout):
        charge(m)
    refund(m)
    m.clock.advance(100)
    assert effects(m) == []


def test_a_call_is_a_fact_that_says_whether_it_had_an_effect():
    m = market()
    charge(m), charge(m)
    assert [fact.detail["effect"] for fact in m.history.of("call")] == [True, False]
    assert all(fact.until > fact.at for fact in m.history.of("call"))


BAD = [
    ("payment_gateway.charge", {"amount": -5}, "amount"),
    ("payment_gateway.charge", {"amount": math.nan}, "amount"),
    ("payment_gateway.charge", {"amount": math.inf}, "amount"),
    ("payment_gateway.charge", {"amount": "much"}, "amount"),
    ("payment_gateway.charge", {"amount": True}, "amount"),
    ("payment_gateway.charge", {}, "amount"),
    ("payment_gateway.charge", {"amount": 1, "bogus": 2}, "bogus"),
    ("payment_gateway.charge", {"amount": 1, "key": ["a"]}, "key"),
    ("payment_gateway.charge", {"amount": 1, "correlation_id": {"a": 1}}, "correlation"),
    ("payment_gateway.charge", {"amount": 1, "correlation_id": "x" * 10_000}, "correlation"),
    ("payment_gateway.charge", {"amount": 1, "_call": 0}, "_call"),
    ("warehouse.reserve", {"items": "mug"}, "items"),
    ("warehouse.reserve", {"items": [{"sku": "mug"}]}, "items"),
    ("warehouse.reserve", {"items": [{"sku": "mug", "quantity": -3}]}, "quantity"),
    ("warehouse.reserve", {"items": [{"sku": "mug", "quantity": "two"}]}, "quantity"),
    ("warehouse.reserve", {"items": []}, "items"),
    ("mailer.send", {"outcome": "shipped"}, "confirmed"),
    ("mailer.send", {"outcome": ["confirmed"]}, "confirmed"),
    ("mailer.explode", {}, "mailer.send"),
]


@pytest.mark.parametrize(("what", "arguments", "words"), BAD)
def test_arguments_that_make_no_sense_are_refused_in_words_and_change_nothing(what, arguments, words):
    m = market()
    with pytest.raises(TypeError) as caught:
        m.call(what, {"order_id": "7", **arguments})
    assert words in str(caught.value) and "Market." not in str(caught.value)
    assert effects(m) == [] and m.stock == {"mug": 5}


def test_the_same_article_twice_in_one_reservation_is_counted_together():
    m = market(stock=5)
    with pytest.raises(OutOfStock):
        m.call("warehouse.reserve", {"order_id": "7", "items": [{"sku": "mug", "quantity": 3}] * 2})
    assert m.stock["mug"] == 5


@pytest.mark.parametrize("order_id", [None, 7, ["7"], "x" * 10_000])
def test_an_order_id_is_a_short_text(order_id):
    with pytest.raises(TypeError, match="order id"):
        market().call("order_book.get", {"order_id": order_id})


def test_an_order_that_nobody_placed_is_unknown():
    with pytest.raises(UnknownOrder):
        market().call("order_book.get", {"order_id": "8"})


@pytest.mark.parametrize("name", ["PaymentDeclined", "ParticipantTimeout", "Invented"])
def test_an_error_that_crossed_a_process_keeps_its_name(name):
    error = revive(name, "words")
    assert isinstance(error, ParticipantError) and str(error) == "words"
    assert type(error).__name__ == (name if name != "Invented" else "ParticipantError")


class Ledger(RuleBasedStateMachine):
    """Any sequence of calls, however odd, keeps money and stock honest."""

    def __init__(self):
        super().__init__()
        self.m = market(declined=1, stock=5)

    def attempt(self, call, key):
        try:
            call(self.m, key)
        except ParticipantError:
            pass  # A refusal is an answer.

    @rule(key=st.sampled_from(["a", "b", None]))
    def charges(self, key):
        self.attempt(charge, key)

    @rule(key=st.sampled_from(["a", "r"]))
    def refunds(self, key):
        self.attempt(refund, key)

    @rule(key=st.sampled_from(["a", "b", None]))
    def reserves(self, key):
        self.attempt(reserve, key)

    @rule(key=st.sampled_from(["a", "r"]))
    def releases(self, key):
        self.attempt(release, key)

    @invariant()
    def the_shelf_and_the_ledger_agree(self):
        moved = sum(
            item["quantity"] * (1 if fact.what == "released" else -1)
            for fact in self.m.history.of("effect")
            if fact.what in ("reserved", "released")
            for item in fact.detail["items"]
        )
        assert self.m.stock["mug"] == 5 + moved >= 0

    @invariant()
    def nothing_is_undone_before_it_was_done(self):
        done = effects(self.m)
        for undone, original in (("refunded", "charged"), ("released", "reserved")):
            if undone in done:
                assert original in done[: done.index(undone)]


TestLedger = Ledger.TestCase


@given(keys=st.lists(st.sampled_from(["a", "b", "c"]), max_size=8))
def test_there_are_never_more_effects_than_keys(keys):
    m = market(stock=100)
    for key in keys:
        charge(m, key)
    assert len(effects(m)) == len(set(keys))


@given(seed=st.integers())
def test_the_same_seed_gives_the_same_ledger(seed):
    def run():
        m = Market(VirtualClock(seed), History(), [Order("7", "c", (Item("mug", 1),), 5.0)], {"mug": 1}, seed=seed)
        charge(m, amount=5.0), reserve, refund(m)
        return m.history.text()

    assert run() == run()


def test_a_key_that_two_orders_share_has_one_effect():
    orders = [Order(name, "c-1", (Item("mug", 2),), 49.9) for name in ("7", "8")]
    m = Market(VirtualClock(), History(), orders, {"mug": 5})
    for order_id in ("7", "8"):
        m.call("payment_gateway.charge", {"order_id": order_id, "amount": 49.9, "key": "charge"})
    assert [(fact.what, fact.order_id) for fact in m.history.of("effect")] == [("charged", "7")]
