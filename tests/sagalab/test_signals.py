"""What a detector reads."""

import pytest

from sagalab.errors import DefinitionError
from sagalab.signals import Signals

ROWS = {
    "now": 90,
    "queue": {"dlq": {"visible": 2, "in_flight": 1, "oldest_age": 30.0}},
    "state_machine": {"Flow": {"running": 1, "failed": 2, "timed_out": 0, "unresolved": 1}},
    "function": {"charge": {"invocations": 9, "errors": 3, "throttles": 0}},
    "alarm": {"deep": {"state": "ALARM"}},
}


def test_a_detector_sees_depth_age_counts_and_the_hour():
    signals = Signals.from_json(ROWS)
    assert (signals.queue("dlq").visible, signals.queue("dlq").oldest_age) == (2, 30.0)
    assert signals.state_machine("Flow").unresolved == 1 and signals.function("charge").errors == 3
    assert signals.alarm("deep") == "ALARM" and signals.now == 90.0


@pytest.mark.parametrize("kind", ["queue", "state_machine", "function", "alarm"])
def test_a_name_that_is_not_deployed_is_an_error_that_lists_what_is(kind):
    deployed = next(iter(ROWS[kind]))
    with pytest.raises(DefinitionError) as caught:
        getattr(Signals.from_json(ROWS), kind)("nothing")
    assert "'nothing' that is not deployed" in str(caught.value) and f"deployed are {deployed}" in str(caught.value)


def test_with_nothing_deployed_the_error_says_none():
    with pytest.raises(DefinitionError, match="not deployed") as caught:
        Signals.from_json({"now": 0, "queue": {}}).queue("dlq")
    assert "deployed are none" in str(caught.value)


def test_the_operator_s_report_is_asked_when_it_is_read():
    asked = []
    signals = Signals.from_json(ROWS, lambda: asked.append(1) or [7, "8"])
    assert asked == []
    assert signals.stuck_orders == ["7", "8"] and asked == [1]
    assert Signals.from_json(ROWS).stuck_orders == []


def test_a_signal_cannot_be_written():
    with pytest.raises(AttributeError):
        Signals.from_json(ROWS).queue("dlq").visible = 0  # type: ignore[misc]
