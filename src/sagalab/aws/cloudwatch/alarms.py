"""Alarms on virtual time: their state is worked out when somebody reads it, and when somebody is to hear of a change.

What AWS does: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html: an alarm is judged
once a minute, over periods that end there. What moto does: an alarm keeps the state that it was set to.

No minute is ticked off. Between two things that happen nothing can change but by the passing of time, so that the next
change is known before time passes: the clock asks, and stops there if a topic or a bus is to hear of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.aws.cloudwatch import alarm_notices
from sagalab.aws.cloudwatch.alarm_rules import FURTHER, Finding, Rule, evaluate
from sagalab.aws.cloudwatch.datapoints import points
from sagalab.aws.cloudwatch.metrics import MINUTE, Datum, Metric, data
from sagalab.aws.current import Origin, origin, running

if TYPE_CHECKING:
    from sagalab.aws.cloud import Cloud
    from sagalab.clock import VirtualClock

KEPT = 100  # changes that an alarm's history holds
TELLING = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}


class Change(NamedTuple):
    """The next change of an alarm's state, at a virtual second."""

    at: float
    finding: Finding
    values: list[float | None]


class Alarms:
    """The alarms of one cloud; what they are lies with moto."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._planned: set[float] = set()

    def follow(self, clock: VirtualClock) -> None:
        """Lets the clock ask for the next change, once there are alarms."""
        if self.all():
            clock.foresight = self._foresee

    def all(self) -> list[Any]:
        """Gives moto's alarms, and none while the cloud is closed: moto may not be loaded yet."""
        if running() is not self._cloud:
            return []
        from moto.cloudwatch.models import cloudwatch_backends

        return list(cloudwatch_backends[ACCOUNT][REGION].alarms.values())

    def begin(self, alarm: Any) -> None:
        """Starts a new alarm: the data before it count, its own minutes begin now."""
        alarm.evaluated = math.floor(self._cloud.clock.now / MINUTE) * MINUTE
        self.follow(self._cloud.clock)

    def catch_up(self) -> None:
        """Brings all alarms to the state that they have now."""
        for alarm in self.all():
            self._catch_up(alarm, self._cloud.clock.now)

    def _catch_up(self, alarm: Any, until: float) -> None:
        while (change := _next_change(alarm, until)) is not None:
            alarm.evaluated = change.at
            self._change(alarm, change)
        alarm.evaluated = max(alarm.evaluated, math.floor(until / MINUTE) * MINUTE)

    def _change(self, alarm: Any, change: Change) -> None:
        epoch, old, before = self._cloud.clock.epoch, alarm.state_value, alarm_notices.state(alarm)
        first = change.at - len(change.values) * alarm.period
        starts = [epoch + timedelta(seconds=first + number * alarm.period) for number in range(len(change.values))]
        when = epoch + timedelta(seconds=change.at)
        words = alarm_notices.reason(rule_of(alarm), change.finding, old, change.values, starts)
        oldest = starts[min(change.finding.used)] if change.finding.used else starts[0]
        told = alarm_notices.reason_data(alarm, change.finding, change.values, when, oldest)
        # What somebody should have heard of long ago, had he been listening then, he does not hear of now.
        self.set(alarm, change.finding.state, words, told, when, before, self._cloud.clock.now <= change.at)

    def set(
        self, alarm: Any, state: str, why: str, told: str | None, when: datetime, before: dict[str, Any], tell: bool
    ) -> None:
        """Puts an alarm into a state, and tells its topics and the default bus when asked."""
        old = alarm.state_value
        alarm.update_state(why, told, state)
        alarm.state_updated_timestamp = when
        after = alarm_notices.state(alarm)
        remember(alarm, when, "StateUpdate", f"Alarm updated from {old} to {state}",
                 {"version": "1.0", "oldState": before, "newState": after})  # fmt: skip
        if tell and old != state:
            token = origin.set(Origin())
            try:
                self._tell(alarm, old, before, when)
            finally:
                origin.reset(token)

    def _tell(self, alarm: Any, old: str, before: dict[str, Any], when: datetime) -> None:
        from moto.events.models import events_backends
        from moto.sns.models import sns_backends

        topics = sns_backends[ACCOUNT][REGION]
        for arn in getattr(alarm, TELLING[alarm.state_value]) if alarm.actions_enabled else []:
            subject, text = alarm_notices.message(alarm, old, ACCOUNT)
            if arn in topics.topics:
                topics.publish(message=text, subject=subject, arn=arn)
            words, end = (
                ("Successfully executed", "Succeeded") if arn in topics.topics else ("Failed to execute", "Failed")
            )
            told = {"actionState": end, "notificationResource": arn}
            remember(alarm, when, "Action", f"{words} action {arn}", told)
        if self._bus_listens():
            entry = alarm_notices.event(alarm, before, self._cloud.identifier())
            events_backends[ACCOUNT][REGION].put_events([entry], forwarded=True)

    # -- before time passes -----------------------------------------------------------------------

    def _foresee(self, limit: float | None) -> bool:
        """Puts the next change that somebody is to hear of in the way of the clock; says whether it did.

        Without a limit nothing is left to do, and it looks as far as the data at hand may still count.
        """
        clock, alarms = self._cloud.clock, self.all()
        if not alarms or (limit is not None and math.floor(limit / MINUTE) == math.floor(clock.now / MINUTE)):
            return False
        listens, found = self._bus_listens(), list[float]()
        heard = [(alarm, set(TELLING) if listens else _told(alarm)) for alarm in alarms if listens or _told(alarm)]
        for alarm, states in heard:
            self._catch_up(alarm, clock.now)
            change = _next_change(alarm, clock.now + _reach(alarm) if limit is None else limit, states)
            if change is not None:
                found.append(change.at)
        at = min(found, default=-1.0)
        if not found or at in self._planned:
            return False
        self._planned.add(at)
        clock.at(at, self._tick)
        return True

    def _tick(self) -> None:
        self._planned = {at for at in self._planned if at > self._cloud.clock.now}
        self.catch_up()

    def _bus_listens(self) -> bool:
        from moto.events.models import events_backends

        rules = events_backends[ACCOUNT][REGION].event_buses["default"].rules.values()
        return any("aws.cloudwatch" in str(rule.event_pattern._pattern or "") for rule in rules)


def _told(alarm: Any) -> set[str]:
    """Gives the states of which an alarm tells a topic."""
    return {state for state, field in TELLING.items() if getattr(alarm, field)} if alarm.actions_enabled else set()


def _reach(alarm: Any) -> float:
    return float((alarm.evaluation_periods + FURTHER + 1) * alarm.period + MINUTE)


def rule_of(alarm: Any) -> Rule:
    """Gives what decides on an alarm's state."""
    return Rule(
        alarm.comparison_operator, float(alarm.threshold), int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods), alarm.treat_missing_data or "missing",
    )  # fmt: skip


def _next_change(alarm: Any, until: float, heard: Collection[str] = tuple(TELLING)) -> Change | None:
    """Finds the first minute up to `until` at which an alarm's state becomes another one, of those that matter."""
    minute = math.floor(alarm.evaluated / MINUTE) + 1
    if minute * MINUTE > until:
        return None
    which = Metric(alarm.namespace, alarm.metric_name, tuple(sorted((d.name, d.value) for d in alarm.dimensions)))
    rule, periods = rule_of(alarm), int(alarm.evaluation_periods) + FURTHER
    since = minute * MINUTE - periods * alarm.period
    rows = [row for row in data(which, since, until) if alarm.unit in (None, row.unit or which.unit)]
    times, state = [row.at for row in rows], alarm.state_value
    while (now := minute * MINUTE) <= until:
        start = now - periods * alarm.period
        seen = rows[bisect_left(times, start) : bisect_left(times, now)]
        values = _values(alarm, seen, start, now)
        finding = evaluate(rule, values, state)
        if finding.state != state and finding.state in heard:
            return Change(now, finding, values)
        state = finding.state
        minute += 1
    return None


def _values(alarm: Any, rows: list[Datum], start: float, now: float) -> list[float | None]:
    """Gives the statistic of each period, None where nothing was known of it at that minute."""
    period, statistic = float(alarm.period), alarm.statistic or alarm.extended_statistic
    known = points([row for row in rows if row.known < now], start, now, period)
    found = {point.start: point.value(statistic) for point in known}
    return [found.get(start + number * period) for number in range(round((now - start) / period))]


def remember(alarm: Any, when: datetime, kind: str, summary: str, told: dict[str, Any]) -> None:
    """Keeps a row of an alarm's history."""
    rows = alarm.__dict__.setdefault("told", [])
    rows.append({"when": when, "kind": kind, "summary": summary, "data": told})
    del rows[:-KEPT]
