"""The architecture that is really there: nodes and arrows read off a deployment and a healthy run.

A deployment says who calls, feeds and triggers whom, except for what stands in a function's code:
which bus, topic or queue a function writes to. That comes from the facts of a run.
"""

from __future__ import annotations

import json

from sagalab.architecture.definition import Definition, Target, read
from sagalab.architecture.graph import SERVICES, DeployedGraph, DeployedNode
from sagalab.deployment import Deployment, Rule, StateMachine, unqualified
from sagalab.history import History


def deployed(deployment: Deployment, history: History | None = None) -> DeployedGraph:
    """Reads the architecture off a deployment; `history`, a healthy run, adds what functions write to."""
    reader = _Reader(deployment, history)
    reader.resources()
    for machine in deployment.state_machines:
        reader.machine(machine)
    for rule in deployment.rules:
        if rule.state != "DISABLED":
            reader.rule(rule)
    reader.feeds()
    reader.written()
    return reader.graph


class _Reader:
    def __init__(self, deployment: Deployment, history: History | None) -> None:
        self.deployment, self.history, self.graph = deployment, history, DeployedGraph()
        facts = list(history or [])
        self.executed = {fact.what for fact in facts if fact.kind == "execution"}
        # A history of several runs shows the way of refused orders, too: what only those take is a way for failures.
        confirmed = {fact.order_id for fact in facts if (fact.kind, fact.what) == ("effect", "confirmed")}
        good = [fact for fact in facts if not confirmed or fact.order_id is None or fact.order_id in confirmed]
        self.entered = {fact.what for fact in good if fact.kind == "state"}
        self.published = {str(fact.detail.get("detail_type")) for fact in good if fact.kind == "published"}

    def resources(self) -> None:
        """Adds a node for each deployed thing; dead-letter queues and tables may be left out of a drawing."""
        held, graph = self.deployment, self.graph
        dead = {queue.dead_letter_arn for queue in held.queues}
        dead |= {(target.get("DeadLetterConfig") or {}).get("Arn") for rule in held.rules for target in rule.targets}
        dead |= {_redrive(subscription.attributes) for subscription in held.subscriptions}
        for machine in held.state_machines:
            ran = not self.executed or machine.name in self.executed
            graph.add_node(machine.arn, machine.name, "state_machine", required=ran)
        for function in held.functions:
            graph.add_node(function.arn, function.name, "function")
        for bus in held.buses:
            graph.add_node(bus.arn, bus.name, "bus")
        for queue in held.queues:
            graph.add_node(queue.arn, queue.name, "queue", required=queue.arn not in dead)
        for topic in held.topics:
            graph.add_node(topic.arn, topic.name, "topic")
        for table in held.tables:
            graph.add_node(table.arn, table.name, "table", required=False)
        for function in held.functions:
            for table in held.tables:
                graph.add_edge(function.arn, table.arn, required=False, certain=False)

    # -- orchestration --------------------------------------------------------------------------

    def machine(self, machine: StateMachine) -> None:
        """Adds a machine's states, which may be drawn or not, and the arrows to what its tasks call."""
        definition = read(machine.definition)
        ran = self.graph.nodes[machine.arn].required
        failing = self._failing(machine, definition)
        keys = {
            name: self.graph.add_node(f"state:{machine.name}:{name}", name, "state", required=False)
            for name in definition.states
        }
        for name, state in definition.states.items():
            self.graph.add_edge(machine.arn, keys[name], required=False)
            for following in [*state.following, *state.first_inside, *state.caught]:
                if following in keys:
                    bad = frozenset({following} & failing)
                    words = frozenset({following})
                    self.graph.add_edge(keys[name], keys[following], required=False, words=words, failing=bad)
            for target in state.targets:
                for key in self._resolved(target):
                    self._calls(machine.arn, keys[name], key, name, name in failing, ran)
        if any(not target.fixed for state in definition.states.values() for target in state.targets):
            self._seen_called(machine, ran)

    def _failing(self, machine: StateMachine, definition: Definition) -> set[str]:
        """Gives the states that a healthy run does not enter."""
        failing = set(definition.states) - definition.healthy()
        if machine.name in self.executed:
            failing |= set(definition.states) - self.entered
        elif self.executed:
            failing = set(definition.states)
        return failing

    def _calls(self, machine: str, state: str, target: str, name: str, failing: bool, ran: bool) -> None:
        words = frozenset({name})
        bad = words if failing else frozenset()
        needed = ran and self.graph.nodes[target].kind != "table"
        self.graph.add_edge(machine, target, required=needed, words=words, failing=bad)
        self.graph.add_edge(state, target, required=False, words=words, failing=bad, covers=((machine, target),))

    def _seen_called(self, machine: StateMachine, ran: bool) -> None:
        """A task that computes its function's name: the run shows which functions it called."""
        for fact in self.history or ():
            cause = None if fact.cause is None or self.history is None else self.history[fact.cause]
            if fact.kind == "invocation" and cause and cause.kind == "execution" and cause.what == machine.name:
                for key in self._resolved(Target("function", (fact.what,))):
                    self.graph.add_edge(machine.arn, key, required=ran)

    def _resolved(self, target: Target) -> list[str]:
        """Gives the nodes that a name, ARN or URL stands for."""
        found = []
        for name in target.names:
            tail = name.rsplit("/", 1)[-1]
            parts = set(tail.split(":")) | {tail}
            found += [
                node.key
                for node in self.graph.of_kind(target.kind)
                if node.key == name or (name.startswith(f"{node.key}:")) or (node.name in parts and _fits(name, node))
            ]
        return list(dict.fromkeys(found))

    # -- choreography ---------------------------------------------------------------------------

    def rule(self, rule: Rule) -> None:
        """Adds a rule: it may be drawn as a node, as the name of an event, or as words on an arrow."""
        bus = next((node.key for node in self.graph.of_kind("bus") if node.name == rule.bus.rsplit("/", 1)[-1]), None)
        targets = [unqualified(str(target.get("Arn", ""))) for target in rule.targets]
        targets = [arn for arn in targets if arn in self.graph.nodes]
        if bus is None or not targets:
            return
        key = self.graph.add_node(rule.arn, rule.name, "rule", required=False)
        self.graph.add_edge(bus, key, required=False)
        events = event_types(rule.pattern)
        unseen = {event for event in events if event not in self.published} if self.published else set()
        failing = unseen | ({rule.name} if events and unseen >= events else set())
        words = frozenset(events | {rule.name})
        timed = rule.pattern is None
        for arn in targets:
            if not timed:
                self.graph.add_edge(bus, arn, words=words, failing=frozenset(failing))
            covers = () if timed else ((bus, arn),)
            self.graph.add_edge(key, arn, required=False, words=words, failing=frozenset(failing), covers=covers)
            for event in events:
                bad = frozenset({event} & failing)
                told = self.graph.add_node(f"event:{bus}:{event}", event, "event", required=False)
                self.graph.add_edge(bus, told, required=False)
                self.graph.add_edge(told, bus, required=False)
                self.graph.add_edge(told, arn, required=False, words=frozenset({event}), failing=bad, covers=covers)
        for target in rule.targets:
            dead = (target.get("DeadLetterConfig") or {}).get("Arn")
            if dead in self.graph.nodes:
                self._dead_letters(bus, dead)
                self._dead_letters(key, dead)

    def feeds(self) -> None:
        """Adds topic to subscriber, queue to consumer, and each queue's way to its dead-letter queue."""
        for subscription in self.deployment.subscriptions:
            endpoint = unqualified(subscription.endpoint)
            if subscription.topic_arn in self.graph.nodes and endpoint in self.graph.nodes:
                self.graph.add_edge(subscription.topic_arn, endpoint)
            dead = _redrive(subscription.attributes)
            if dead in self.graph.nodes and subscription.topic_arn in self.graph.nodes:
                self._dead_letters(subscription.topic_arn, str(dead))
        for mapping in self.deployment.event_source_mappings:
            function = unqualified(mapping.function_arn)
            if mapping.enabled and mapping.source_arn in self.graph.nodes and function in self.graph.nodes:
                self.graph.add_edge(mapping.source_arn, function)
        for queue in self.deployment.queues:
            if queue.dead_letter_arn in self.graph.nodes:
                self._dead_letters(queue.arn, str(queue.dead_letter_arn))

    def _dead_letters(self, source: str, queue: str) -> None:
        words = frozenset({"dead letter"})
        self.graph.add_edge(source, queue, required=False, words=words, failing=words)

    def written(self) -> None:
        """Adds what functions wrote to, invoked or started: certain when the run shows it, else possible."""
        kinds = {
            "published": ("bus", "topic"),
            "sent": ("queue",),
            "invocation": SERVICES,
            "execution": ("state_machine",),
        }
        for fact in self.history or ():
            cause = None if fact.cause is None or self.history is None else self.history[fact.cause]
            if fact.kind not in kinds or cause is None or cause.kind != "invocation":
                continue
            writers = self._resolved(Target("function", (cause.what,)))
            wanted = kinds[fact.kind]
            if fact.kind == "published":
                wanted = ("bus",) if fact.detail.get("detail_type") else ("topic",)
            things = [node.key for node in self.graph.of_kind(*wanted) if node.name == fact.what]
            for source in writers:
                for target in things:
                    told = str(fact.detail.get("detail_type") or "")
                    self.graph.add_edge(source, target, words=frozenset({told} - {""}))
                    event = f"event:{target}:{told}"
                    if event in self.graph.nodes:
                        self.graph.add_edge(source, event, required=False, covers=((source, target),))
        for function in self.graph.of_kind("function"):
            for thing in self.graph.of_kind("bus", "topic", "queue", "event", "state_machine"):
                if (function.key, thing.key) not in self.graph.edges:
                    self.graph.add_edge(function.key, thing.key, required=False, certain=False)


def event_types(pattern: str | None) -> set[str]:
    """Gives the detail types that an event pattern names in full."""
    try:
        rows = json.loads(pattern or "{}").get("detail-type", [])
    except (ValueError, AttributeError):
        return set()
    return {row for row in rows if isinstance(row, str)} if isinstance(rows, list) else set()


def _redrive(attributes: dict[str, str]) -> str | None:
    try:
        arn = json.loads(attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
    except (ValueError, AttributeError):
        return None
    return str(arn) if arn else None


def _fits(name: str, node: DeployedNode) -> bool:
    """Says whether a full ARN or URL may stand for the node that its last part names."""
    return not name.startswith("arn:") or node.key.split(":")[2:3] == name.split(":")[2:3]
