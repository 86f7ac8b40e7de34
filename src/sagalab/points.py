"""Where a fault can strike in one run: each call, function entry and exit, message hop, API call, state."""

from __future__ import annotations

from dataclasses import dataclass, field

from sagalab.history import Fact, History

RETRIED_APIS = (
    "states:StartExecution",
    "events:PutEvents",
    "sqs:SendMessage",
    "sqs:SendMessageBatch",
    "sns:Publish",
    "sns:PublishBatch",
    "lambda:Invoke",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
BATCHES = ("events:PutEvents", "sqs:SendMessageBatch", "sns:PublishBatch")  # they succeed, and entries fail
QUERIES = ("order_book.get", "order_book.outcome")  # they cannot fail, and have no effect
WITHOUT_QUEUE = (":lambda:", ":states:")  # targets that a rule or a topic hands a message to itself


@dataclass(frozen=True)
class Points:
    """Where a fault can strike in one run: how often each thing happened, by name.

    `messages` counts by queue, and by function or state machine where no queue stands before it; `consumers`
    read queues; `steps` says which functions make a call; `states` are the states that call something, by function.
    """

    calls: dict[str, int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    buses: dict[str, int] = field(default_factory=dict)
    apis: dict[str, int] = field(default_factory=dict)
    consumers: frozenset[str] = frozenset()
    steps: dict[str, frozenset[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def count(self, target: str) -> int:
        """Gives how often the run passes a target."""
        rows = (self.calls, self.functions, self.messages, self.buses, self.apis)
        return max(row.get(target, 0) for row in rows)

    def known(self) -> set[tuple[str, str, int]]:
        """Gives every point of the run: what kind, which target, the how-manieth time."""
        rows = {
            "call": self.calls, "entry": self.functions, "exit": self.functions, "message": self.messages,
            "bus": self.buses, "api": self.apis, "state": dict.fromkeys(self.states, 1), "start": {"order": 1},
        }  # fmt: skip
        return {
            (kind, target, number)
            for kind, row in rows.items()
            for target, count in row.items()
            for number in range(1, count + 1)
        }


def points(history: History, order_id: str | None = None) -> Points:
    """Reads the points off a run, of one order alone if asked."""
    found = Points()
    consumers, steps = set(), dict[str, set[str]]()
    sent = {fact.index for fact in history.of("sent")}
    parking = {fact.detail.get("to") for fact in history.of("dead_lettered")}
    for fact in history:
        if order_id is not None and fact.order_id != order_id:
            continue
        if fact.kind in ("call", "api") and fact.detail.get("function"):
            steps.setdefault(fact.what, set()).add(fact.detail["function"])
        if fact.kind == "call" and fact.what not in QUERIES:
            _count(found.calls, fact.what)
        elif fact.kind == "invocation":
            _count(found.functions, fact.what)
            if fact.cause in sent:
                consumers.add(fact.what)
        elif fact.kind == "sent" and fact.what not in parking:
            _count(found.messages, fact.what)
        elif fact.kind == "published":
            _count(found.buses, fact.what)
        elif fact.kind == "delivered" and any(kind in str(fact.detail.get("to")) for kind in WITHOUT_QUEUE):
            _count(found.messages, str(fact.detail["to"]).split(":")[6])
        elif fact.kind == "api" and fact.what in RETRIED_APIS:
            _count(found.apis, fact.what)
    made = {what: frozenset(names) for what, names in steps.items()}
    return Points(
        found.calls, found.functions, found.messages, found.buses, found.apis, frozenset(consumers), made,
        _states(history),
    )  # fmt: skip


def _count(row: dict[str, int], name: str) -> None:
    row[name] = row.get(name, 0) + 1


def _states(history: History) -> dict[str, str]:
    """Gives the states that invoke a function, and which: the next invocation of the same execution."""
    entered: dict[str, Fact] = {}
    found: dict[str, str] = {}
    for fact in history.of("state", "invocation"):
        execution = str(fact.detail.get("execution"))
        if fact.kind == "state" and str(fact.detail.get("type", "")).endswith("TaskStateEntered"):
            entered[execution] = fact
        elif fact.kind == "invocation" and execution in entered:
            found[entered.pop(execution).what] = fact.what
    return found
