"""What becomes of the schedules of one fault group, run in any order."""

from __future__ import annotations

from collections.abc import Callable

from sagalab.criteria.workflow import GroupResult, Ran
from sagalab.explore import Schedule
from sagalab.invariants import Violation
from sagalab.scenario import Scenario


class Tally:
    """Counts the failing schedules of a group, and keeps the first of them in the group's own order."""

    def __init__(self, name: str, schedules: list[Schedule]) -> None:
        self.name = name
        self._place = {schedule.scenario: place for place, schedule in reversed(list(enumerate(schedules)))}
        self._schedules = schedules
        self._failed: set[Scenario] = set()
        self._first: tuple[int, Ran, Violation] | None = None

    def failing(self, ran: Ran, violation: Violation) -> None:
        """Is told of a run that broke a promise: of any group's."""
        place = self._place.get(ran.scenario)
        if place is None:
            return
        self._failed.add(ran.scenario)
        if self._first is None or place < self._first[0]:
            self._first = place, ran, violation

    def result(self, smallest: Callable[[Ran, Violation], tuple[Ran, Violation]]) -> GroupResult:
        """Gives the group's result, with the first failing schedule made small."""
        if self._first is None:
            return GroupResult(self.name, len(self._schedules), 0)
        ran, violation = smallest(*self._first[1:])
        failed = sum(schedule.scenario in self._failed for schedule in self._schedules)
        shown = Schedule(self.name, ran.scenario)
        return GroupResult(self.name, len(self._schedules), failed, shown, violation, ran.history)
