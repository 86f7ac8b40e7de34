"""Wrong orchestrated workflows: retries, catches, the order of states, and how an order is started."""

from __future__ import annotations

from tests.judgement.wrong.edits import MAIL_A, given
from tests.judgement.wrong.marks import AFTER_A, DETECTOR, PLAN, wrong
from tests.submissions import recipes
from tests.submissions.recipes import Notebook, edited

RETRY = '"Retry": [BUSINESS, TRANSIENT],'
CHARGE = 'task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "CancelOrder"))'
RESERVE = 'task(reserve_stock, "ConfirmOrder", catch=caught("OutOfStock", "RefundPayment"))'
TOLD = '"NotifyConfirmed": task(notify_customer, None, {"outcome": "confirmed"}),'
NOT_REFUSED = "was cancelled, though nobody refused it"


@wrong("a-faults", says="should be paid", groups=("definite outage", "delivery", "pairs"))
def no_refund(notebook: Notebook) -> Notebook:
    """Cancels an order that is out of stock and leaves the money where it is."""
    return recipes.forgets_refund(notebook)


@wrong("a-faults", says="should be paid", groups=("indefinite",), holds=("definite outage", "crash"))
def silence_is_a_no(notebook: Notebook) -> Notebook:
    """Takes a timeout for proof that nothing happened, and cancels the order."""
    no_retry = ('"ErrorEquals": ["PaymentDeclined", "OutOfStock"]',
                '"ErrorEquals": ["PaymentDeclined", "OutOfStock", "ParticipantTimeout"]')  # fmt: skip
    flow = [
        (CHARGE, CHARGE[:-1] + ' + caught("ParticipantTimeout", "CancelOrder"))'),
        (RESERVE, RESERVE[:-1] + ' + caught("ParticipantTimeout", "RefundPayment"))'),
    ]
    return edited(given(notebook, no_retry), {"order-flow": flow})


@wrong("a-faults", says="its stock is still reserved", groups=("indefinite",), holds=("definite outage", "crash"))
def step_timeout_shorter_than_the_participant(notebook: Notebook) -> Notebook:
    """Gives the reservation 5 seconds, though the warehouse may take 10 to answer, and cancels when they are over."""
    flow = [
        (
            '"ReserveStock": ' + RESERVE,
            '"ReserveStock": {\n'
            '            **task(reserve_stock, "ConfirmOrder", catch=caught("OutOfStock", "RefundPayment")\n'
            '                   + caught("States.Timeout", "RefundPayment")),\n'
            '            "TimeoutSeconds": 5,\n'
            '            "Retry": [{"ErrorEquals": ["OutOfStock", "States.Timeout"], "MaxAttempts": 0}, TRANSIENT],\n'
            "        }",
        ),
    ]
    return edited(notebook, {"order-flow": flow})


@wrong("a-faults", says=NOT_REFUSED, groups=("definite outage", "indefinite", "crash"))
def cancels_on_any_error(notebook: Notebook) -> Notebook:
    """Catches States.ALL at the first failure, refunds and cancels: better no order than a broken one."""
    flow = [
        (CHARGE, 'task(charge_payment, "ReserveStock", catch=caught("States.ALL", "RefundPayment"))'),
        (RESERVE, 'task(reserve_stock, "ConfirmOrder", catch=caught("States.ALL", "RefundPayment"))'),
        (RETRY, '"Retry": [] if catch else [BUSINESS, TRANSIENT],'),
    ]
    return edited(notebook, {"order-flow": flow, "plans": MAIL_A})


@wrong("a-attempts", says="and was asked again", may=("a-faults",))
def retries_everything(notebook: Notebook) -> Notebook:
    """Has one retrier for States.ALL, so that a declined card is asked twelve more times."""
    return edited(notebook, {"order-flow": [(RETRY, '"Retry": [TRANSIENT],')]})


@wrong("a-faults", says="never ended", groups=("definite outage",), holds=("crash", "delivery"))
def retries_too_few(notebook: Notebook) -> Notebook:
    """Tries three more times within 70 seconds, which is over before most outages are."""
    return given(notebook, ('"MaxAttempts": 12', '"MaxAttempts": 3'))


@wrong("a-attempts", "d-scenario", says="times for one order", may=(*DETECTOR, *PLAN))
def retries_for_ever(notebook: Notebook) -> Notebook:
    """Retries without a bound, because a retry costs nothing: no person ever hears of a stuck order."""
    return given(notebook, ('"MaxAttempts": 12', '"MaxAttempts": 9999'))


@wrong("a-attempts", says="times for one order")
def retries_without_growing_waits(notebook: Notebook) -> Notebook:
    """Covers 15 minutes by asking every five seconds, two hundred times: retries are free."""
    tight = '"IntervalSeconds": 5, "BackoffRate": 1.0, "MaxAttempts": 200'
    return given(
        notebook, ('"IntervalSeconds": 10, "BackoffRate": 2.0, "MaxDelaySeconds": 120, "MaxAttempts": 12', tight)
    )


@wrong("a-healthy", says="before the order book said so", may=AFTER_A)
def notifies_before_the_pivot(notebook: Notebook) -> Notebook:
    """Tells the customer that the order is confirmed, and confirms it afterwards."""
    flow = [
        (RESERVE, RESERVE.replace('"ConfirmOrder"', '"NotifyConfirmed"')),
        ('task(confirm_order, "NotifyConfirmed")', "task(confirm_order, None)"),
        (TOLD, '"NotifyConfirmed": task(notify_customer, "ConfirmOrder", {"outcome": "confirmed"}),'),
    ]
    return edited(notebook, {"order-flow": flow})


@wrong("a-faults", says="ended confirmed; ", may=("a-audit",), groups=("definite outage", "crash"))
def confirms_before_reserving(notebook: Notebook) -> Notebook:
    """Confirms the order as soon as it is paid, and looks for the goods afterwards."""
    flow = [
        (CHARGE, CHARGE.replace('"ReserveStock"', '"ConfirmOrder"')),
        (RESERVE, RESERVE.replace('"ConfirmOrder"', '"NotifyConfirmed"')),
        ('task(confirm_order, "NotifyConfirmed")', 'task(confirm_order, "ReserveStock")'),
    ]
    return edited(notebook, {"order-flow": flow})


@wrong("a-faults", says="ended confirmed; ", groups=("definite outage", "indefinite"))
def compensates_after_the_pivot(notebook: Notebook) -> Notebook:
    """Refunds a confirmed order when its mail cannot be sent, instead of sending it later."""
    back = (
        '"NotifyConfirmed": {\n'
        '            **task(notify_customer, None, {"outcome": "confirmed"}, '
        'catch=caught("States.ALL", "RefundPayment")),\n'
        '            "Retry": [],\n'
        "        },"
    )
    return edited(notebook, {"order-flow": [(TOLD, back)]})


@wrong("a-faults", says="before the order book said so", groups=("definite outage", "crash", "delivery"))
def compensation_in_wrong_order(notebook: Notebook) -> Notebook:
    """Tells the customer of the cancellation first, and refunds and cancels after that."""
    flow = [
        (CHARGE, CHARGE.replace('"CancelOrder"', '"NotifyCancelled"')),
        (RESERVE, RESERVE.replace('"RefundPayment"', '"NotifyCancelled"')),
        (
            'task(cancel_order, "NotifyCancelled", {"reason": "refused"})',
            'task(cancel_order, None, {"reason": "refused"})',
        ),
        (
            'task(notify_customer, None, {"outcome": "cancelled"})',
            'task(notify_customer, "RefundPayment", {"outcome": "cancelled"})',
        ),
    ]
    return edited(notebook, {"order-flow": flow})


@wrong("a-faults", says="never ended", groups=("definite outage", "indefinite", "crash"), holds=("delivery",))
def compensation_taken_for_rollback(notebook: Notebook) -> Notebook:
    """Calls the refund without any retry, as if taking back could not fail."""
    refund = 'task(refund_payment, "CancelOrder")'
    return edited(notebook, {"order-flow": [(refund, f'{{**{refund}, "Retry": []}}')]})


@wrong(
    "a-faults", "b-faults", says="refus", groups=("refusal of the cloud",), holds=("definite outage", "crash"),
)  # fmt: skip
def start_gives_up_when_throttled(notebook: Notebook) -> Notebook:
    """Switches the client's retries off and asks once: a throttled start is an order that nobody began."""
    return given(notebook, ('{"mode": "standard", "max_attempts": 6}', '{"mode": "standard", "max_attempts": 0}'))


@wrong("a-faults", says="was told 'confirmed', but it is cancelled", groups=("definite outage", "delivery"))
def tells_the_wrong_outcome(notebook: Notebook) -> Notebook:
    """Copied the confirming mail for cancelled orders and forgot to change the word."""
    wrong_word = 'task(notify_customer, None, {"outcome": "cancelled"})'
    return edited(notebook, {"order-flow": [(wrong_word, wrong_word.replace("cancelled", "confirmed"))]})
