"""The errors of participants; their class names are what `ErrorEquals` matches."""

from __future__ import annotations


class ParticipantError(Exception):
    """The base of every refusal or failure of a participant."""


class UnknownOrder(ParticipantError):
    """The order book has no such order."""


class AlreadyCancelled(ParticipantError):
    """The order was cancelled before; it cannot be confirmed."""


class AlreadyConfirmed(ParticipantError):
    """The order was confirmed before; it cannot be cancelled."""


class PaymentDeclined(ParticipantError):
    """The payment gateway refused the charge: a business answer, a retry will not change it."""


class OutOfStock(ParticipantError):
    """The warehouse has too little of an article: a business answer, a retry will not change it."""


class ParticipantUnavailable(ParticipantError):
    """Definite: the participant could not be reached, nothing happened."""


class ParticipantTimeout(ParticipantError):
    """Indefinite: no answer came in time; the effect may have happened, or may still happen."""


BY_NAME: dict[str, type[ParticipantError]] = {
    error.__name__: error
    for error in (
        UnknownOrder, AlreadyCancelled, AlreadyConfirmed, PaymentDeclined, OutOfStock,
        ParticipantUnavailable, ParticipantTimeout,
    )
}  # fmt: skip
REFUSALS = frozenset({"PaymentDeclined", "OutOfStock"})
