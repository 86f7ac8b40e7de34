"""EventBridge: which schedules are none, and that rules do not fire by the clock here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\((\S+(?: \S+){5})\)")


def is_schedule(text: str) -> bool:
    """Says whether a text is a rate or a cron expression.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html: a rate of 1 has a unit in
    the singular, any other in the plural; of the day of the month and that of the week, one says nothing: `?`.
    """
    if rate := RATE.fullmatch(text):
        return int(rate[1]) > 0 and (rate[3] == "") == (int(rate[1]) == 1)
    cron = CRON.fullmatch(text)
    fields = cron[1].split(" ") if cron else []
    return bool(fields) and [fields[2], fields[4]].count("?") == 1


def _schedules() -> None:
    """AWS refuses a schedule that is none, and fires a rule with one by the clock; moto keeps it and never fires.

    A sound one is refused by name here. eventbridge/latest/userguide/eb-create-rule-schedule.html.
    Seam: `EventsBackend.put_rule`.
    """
    from moto.core.exceptions import JsonRESTError
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    original = EventsBackend.put_rule

    def put_rule(backend: Any, *args: Any, **kwargs: Any) -> Any:
        schedule = kwargs.get("scheduled_expression")
        if schedule and backend._normalize_event_bus_arn(kwargs.get("event_bus_arn")) != "default":
            raise ValidationException("ScheduleExpression is supported only on the default event bus.")
        if schedule and not is_schedule(schedule):
            raise ValidationException("Parameter ScheduleExpression is not valid.")
        if schedule:
            words = "rules with a ScheduleExpression exist on AWS, but not in the local cloud of this course"
            raise JsonRESTError("NotSupportedHere", words)
        return original(backend, *args, **kwargs)

    EventsBackend.put_rule = put_rule


PATCHES: tuple[Callable[[], None], ...] = (_schedules,)
