"""Many schedules out of one run: they live alike until a fault strikes, and there the run is forked.

Scenarios that differ in their faults alone share everything before the first strike. One run asks the plans of
all of them at each point; a plan that answers otherwise than "nothing" goes on in a fork, under that plan alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.clock import VirtualClock
from sagalab.faults import Detour, FaultPlan
from sagalab.participants.market import Caller, Strike


class Branches(FaultPlan):
    """Answers for a run that nothing strikes, and for each plan that waits to strike it.

    `split` is told the number of a plan that strikes; it forks, and says True in the fork. A fork at a moment
    that is not the first strike would be no mistake, only less saved.
    """

    def __init__(self, clock: VirtualClock, waiting: dict[int, FaultPlan], split: Callable[[int], bool]) -> None:
        super().__init__((), clock)
        self.waiting, self._split = waiting, split
        self._own = FaultPlan((), clock)

    def _ask(self, question: str, *about: Any) -> Any:
        nothing = getattr(self._own, question)(*about)
        for number, plan in list(self.waiting.items()):
            answer = getattr(plan, question)(*about)
            if answer == nothing:
                continue
            del self.waiting[number]
            if self._split(number):
                self._own, self.waiting = plan, {}
                return answer
        return nothing

    def entered(self, invocation: int, deadline: float) -> None:
        """Tells every plan the virtual second at which an invocation will be killed."""
        for plan in (self._own, *self.waiting.values()):
            plan.entered(invocation, deadline)

    def on_call(self, what: str, order_id: str | None, caller: Caller) -> Strike | None:
        """Gives the fault that strikes this participant call."""
        strike: Strike | None = self._ask("on_call", what, order_id, caller)
        return strike

    def before_invocation(self, function: str) -> str | None:
        """Gives what happens to this invocation."""
        kind: str | None = self._ask("before_invocation", function)
        return kind

    def throttled(self, function: str) -> bool:
        """Says whether this function is throttled now."""
        return bool(self._ask("throttled", function))

    def fresh_instances(self) -> bool:
        """Says whether every invocation lands on a fresh instance."""
        return bool(self._ask("fresh_instances"))

    def consumer_down(self, function: str) -> bool:
        """Says whether the poller of this function stands still now."""
        return bool(self._ask("consumer_down", function))

    def on_message(self, place: str, order_id: str | None) -> Detour | None:
        """Gives what happens to this message on its way."""
        detour: Detour | None = self._ask("on_message", place, order_id)
        return detour

    def on_published(self, bus: str, order_id: str | None) -> float | None:
        """Gives the seconds after which this event or message is handed out once more, or None."""
        after: float | None = self._ask("on_published", bus, order_id)
        return after

    def failed_entries(self, api: str, count: int) -> set[int]:
        """Gives which entries of this call fail, though the call succeeds."""
        return set(self._ask("failed_entries", api, count))

    def refused(self, api: str) -> bool:
        """Says whether this API call is throttled."""
        return bool(self._ask("refused", api))

    def refuses_calls(self) -> bool:
        """Says whether any API call of this run could be throttled."""
        return bool(self._ask("refuses_calls"))

    def starts_again(self, order_id: str) -> dict[str, float]:
        """Gives the faults that start this order once more, and how many seconds after its start."""
        return dict(self._ask("starts_again", order_id))
