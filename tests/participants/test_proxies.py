"""What learner code imports: proxies that lead through a door."""

import pytest

from sagalab import participants
from sagalab.errors import SagalabError
from sagalab.participants import PaymentDeclined, mailer, order_book, payment_gateway, warehouse


class Door:
    """Answers every call with a fixed answer, and remembers it."""

    def __init__(self, answer):
        self.answer, self.calls = answer, []

    def call(self, what, arguments):
        self.calls.append((what, arguments))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def opened():
    before = participants._door

    def open_with(answer):
        door = Door(answer)
        participants.open_door(door)
        return door

    yield open_with
    participants.open_door(before)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: order_book.get("7"), "order_book.get"),
        (lambda: order_book.confirm("7"), "order_book.confirm"),
        (lambda: order_book.cancel("7", "declined"), "order_book.cancel"),
        (lambda: payment_gateway.charge("7", 5), "payment_gateway.charge"),
        (lambda: payment_gateway.refund("7"), "payment_gateway.refund"),
        (lambda: warehouse.reserve("7", []), "warehouse.reserve"),
        (lambda: warehouse.release("7"), "warehouse.release"),
        (lambda: mailer.send("7", "confirmed"), "mailer.send"),
    ],
)
def test_each_call_goes_through_the_door_without_its_empty_arguments(opened, call, what):
    door = opened({})
    call()
    ((name, arguments),) = door.calls
    assert name == what and None not in arguments.values() and arguments["order_id"] == "7"


@pytest.mark.parametrize("lookup", [payment_gateway.lookup, warehouse.lookup, order_book.outcome])
def test_lookups_give_a_plain_text(opened, lookup):
    opened("charged")
    assert lookup("7") == "charged"


def test_an_order_without_an_outcome_has_none(opened):
    opened(None)
    assert order_book.outcome("7") is None


def test_a_participant_s_error_passes(opened):
    opened(PaymentDeclined("no money"))
    with pytest.raises(PaymentDeclined, match="no money"):
        payment_gateway.charge("7", 5)


def test_without_a_lab_the_error_says_to_open_one(opened):
    opened({})
    participants.open_door(None)
    with pytest.raises(SagalabError, match=r"lab = Lab\(\)"):
        order_book.get("7")
