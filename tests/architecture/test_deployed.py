"""Nodes and arrows are read off a deployment and a run, in every form that tasks and targets take."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.architecture import DeployedGraph, deployed
from sagalab.architecture.definition import read
from sagalab.deployment import Deployment
from sagalab.history import History
from tests.architecture import designs


def arrows(graph: DeployedGraph, required: bool = True) -> set[tuple[str, str]]:
    return {
        (graph.nodes[source].name, graph.nodes[target].name)
        for (source, target), edge in graph.edges.items()
        if edge.required or (not required and edge.certain)
    }


def calls(state: dict[str, Any], history: History | None = None, deployment: Deployment | None = None) -> set[str]:
    definition = {"StartAt": "One", "States": {"One": {"Type": "Task", "End": True, **state}}}
    held = deployment or designs.both()
    held = held.model_copy(update={"state_machines": [designs.machine(definition)]})
    graph = deployed(held, history).part("orchestration")
    return {target for source, target in arrows(graph) if source == "OrderFlow"}


INVOKE = "arn:aws:states:::lambda:invoke"
CHARGE = designs.arn("lambda", "function:charge-payment")


@pytest.mark.parametrize(
    "state",
    [
        {"Resource": CHARGE},
        {"Resource": f"{CHARGE}:live"},
        {"Resource": INVOKE, "Parameters": {"FunctionName": "charge-payment"}},
        {"Resource": INVOKE, "Parameters": {"FunctionName": CHARGE}},
        {"Resource": INVOKE, "Parameters": {"FunctionName": f"{CHARGE}:$LATEST"}},
        {"Resource": f"{INVOKE}.waitForTaskToken", "Parameters": {"FunctionName": "charge-payment"}},
        {"Resource": INVOKE, "QueryLanguage": "JSONata", "Arguments": {"FunctionName": "charge-payment"}},
        {"Resource": INVOKE, "Arguments": {"FunctionName": "{% 'charge-payment' %}"}},
        {"Resource": INVOKE, "Parameters": {"FunctionName.$": "States.Format('charge-payment')"}},
        {
            "Resource": "arn:aws:states:::aws-sdk:lambda:invoke",
            "Parameters": {"FunctionName": "charge-payment"},
        },
    ],
)
def test_every_way_to_name_a_function_is_read(state: dict[str, Any]) -> None:
    assert calls(state) == {"charge-payment"}


@pytest.mark.parametrize(
    ("service", "parameters", "target"),
    [
        ("sqs:sendMessage", {"QueueUrl": "http://sqs/123456789012/payment-queue"}, "payment-queue"),
        ("aws-sdk:sqs:sendMessage", {"QueueUrl": "http://sqs/123456789012/payment-queue"}, "payment-queue"),
        ("events:putEvents", {"Entries": [{"Source": "orders"}]}, "default"),
        ("events:putEvents", {"Entries": [{"EventBusName": "default"}]}, "default"),
        ("events:putEvents", {"Entries": [{"EventBusName": designs.BUS.arn}]}, "default"),
    ],
)
def test_other_services_of_a_task_are_read(service: str, parameters: dict[str, Any], target: str) -> None:
    assert target in calls({"Resource": f"arn:aws:states:::{service}", "Parameters": parameters})


def test_a_topic_and_a_nested_machine_are_read() -> None:
    topic = {
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": designs.arn("sns", "facts")},
    }
    assert calls(topic, deployment=designs.fanned_out()) == {"facts"}
    child = designs.machine(name="Child")
    start = {"StateMachineArn": child.arn}
    state = {
        "Type": "Task",
        "End": True,
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": start,
    }
    parent = designs.machine({"StartAt": "One", "States": {"One": state}})
    held = designs.orchestrated().model_copy(update={"state_machines": [child, parent]})
    assert ("OrderFlow", "Child") in arrows(deployed(held).part("orchestration"))


def test_a_name_that_is_computed_is_taken_from_the_run() -> None:
    state = {"Resource": INVOKE, "Parameters": {"FunctionName.$": "$.function"}}
    assert calls(state) == set()
    assert calls(state, designs.orchestrated_run()) == set(designs.STEPS[:4])


def test_states_inside_of_parallel_and_map_are_read() -> None:
    one, two = designs.task("charge-payment", None), designs.task("reserve-stock", None)
    three = designs.task("confirm-order", None)
    branches = [{"StartAt": "A", "States": {"A": one}}, {"StartAt": "B", "States": {"B": two}}]
    each = {"StartAt": "C", "States": {"C": three}}
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Next": "Each"},
        "Each": {"Type": "Map", "ItemProcessor": each, "Next": "Old"},
        "Old": {
            "Type": "Map",
            "Iterator": {"StartAt": "D", "States": {"D": designs.task("cancel-order", None)}},
        },
    }
    held = designs.orchestrated().model_copy(
        update={"state_machines": [designs.machine({"StartAt": "Both", "States": states})]}
    )
    found = {target for _, target in arrows(deployed(held).part("orchestration"))}
    assert found == {"charge-payment", "reserve-stock", "confirm-order", "cancel-order"}


def test_the_states_of_a_failure_are_those_behind_a_catch() -> None:
    definition = read(designs.machine().definition)
    assert set(definition.states) - definition.healthy() == {
        "RefundPayment",
        "CancelOrder",
        "NotifyCancelled",
    }


def test_states_that_a_healthy_run_does_not_enter_are_failures_too() -> None:
    choice = {"Type": "Choice", "Choices": [{"Next": "RefundPayment"}], "Default": "ConfirmOrder"}
    states = {
        **designs.ORDER_FLOW["States"],
        "ReserveStock": designs.task("reserve-stock", "Good"),
        "Good": choice,
    }  # type: ignore[dict-item]
    held = designs.orchestrated().model_copy(
        update={"state_machines": [designs.machine({"StartAt": "ChargePayment", "States": states})]}
    )
    graph = deployed(held, designs.orchestrated_run())
    refund = next(edge for edge in graph.edges.values() if edge.target.endswith("refund-payment"))
    assert refund.only_failing


def test_a_rule_leads_from_its_bus_to_its_target() -> None:
    graph = deployed(designs.choreographed()).part("choreography")
    assert ("default", "payment-queue") in arrows(graph)
    edge = next(edge for edge in graph.edges.values() if edge.required and edge.target.endswith("payment-queue"))
    assert {"OrderCreated", "StockRefused", "on-order-created", "on-stock-refused"} == edge.words


@pytest.mark.parametrize("end", [":live", ":7"])
def test_a_rule_leads_to_the_function_whose_version_or_alias_it_names(end: str) -> None:
    direct = designs.rule("direct", ["OrderCreated"], designs.arn("lambda", f"function:payment-service{end}"))
    graph = deployed(designs.choreographed().model_copy(update={"rules": [direct]})).part("choreography")
    assert ("default", "payment-service") in arrows(graph)


def test_a_disabled_rule_leads_nowhere() -> None:
    off = designs.rule("on-order-created", ["OrderCreated"], designs.arn("sqs", "payment-queue"), state="DISABLED")
    held = designs.choreographed().model_copy(update={"rules": [off]})
    assert arrows(deployed(held).part("choreography")) == set()


def test_topics_feed_their_subscribers_and_queues_their_functions() -> None:
    graph = deployed(designs.fanned_out()).part("choreography")
    assert arrows(graph) >= {
        ("facts", "payment-queue"),
        ("payment-queue", "payment-service"),
        ("default", "facts"),
    }


def test_a_dead_letter_queue_may_be_drawn_and_may_be_left_out() -> None:
    graph = deployed(designs.choreographed()).part("choreography")
    assert ("payment-queue", "payment-dlq") in arrows(graph, required=False) - arrows(graph)
    assert not next(node for node in graph.nodes.values() if node.name == "payment-dlq").required


def test_what_a_function_publishes_comes_from_the_run_and_not_from_what_a_rule_sends_on() -> None:
    graph = deployed(designs.choreographed(), designs.choreographed_run()).part("choreography")
    written = {pair for pair in arrows(graph) if pair[0].endswith("-service")}
    assert written == {("payment-service", "default"), ("inventory-service", "default")}


def test_a_message_that_a_function_sends_itself_is_an_arrow() -> None:
    history = designs.choreographed_run()
    sender = history.of("invocation", what="payment-service")[0].index
    history.record(2, "sent", "inventory-queue", cause=sender, detail={"function": "payment-service"})
    graph = deployed(designs.choreographed(), history).part("choreography")
    assert ("payment-service", "inventory-queue") in arrows(graph)


def test_each_approach_has_its_own_part() -> None:
    graph = deployed(designs.both())
    orchestration = {node.name for node in graph.part("orchestration").nodes.values() if node.required}
    choreography = {node.name for node in graph.part("choreography").nodes.values() if node.required}
    assert orchestration == {"OrderFlow", *designs.STEPS}
    assert choreography == {"default"} | {
        f"{name}-{kind}" for name in designs.SERVICES for kind in ("queue", "service")
    }


def test_a_broken_definition_gives_a_machine_without_arrows() -> None:
    broken = designs.machine().model_copy(update={"definition": "{"})
    held = designs.orchestrated().model_copy(update={"state_machines": [broken]})
    assert arrows(deployed(held).part("orchestration")) == set()


def test_an_event_that_only_unfinished_orders_cause_is_a_way_for_failures() -> None:
    healthy, refused = designs.choreographed_run(), History()
    healthy.record(2, "effect", "confirmed", order_id="1")
    for event in ("OrderCreated", "PaymentCharged", "StockRefused"):
        refused.record(1, "published", "default", order_id="2", detail={"detail_type": event})
    refused.record(2, "effect", "cancelled", order_id="2")
    graph = deployed(designs.both(), History.joined([healthy, refused])).part("choreography")
    to_payment = next(edge for edge in graph.edges.values() if edge.target.endswith("payment-queue"))
    assert "StockRefused" in to_payment.failing and "OrderCreated" not in to_payment.failing


def test_a_state_that_only_unfinished_orders_enter_is_a_way_for_failures() -> None:
    choice = {"Type": "Choice", "Choices": [{"Next": "RefundPayment"}], "Default": "ConfirmOrder"}
    states = {**designs.ORDER_FLOW["States"], "ReserveStock": designs.task("reserve-stock", "Good"), "Good": choice}  # type: ignore[dict-item]
    machine = designs.machine({"StartAt": "ChargePayment", "States": states})
    held = designs.orchestrated().model_copy(update={"state_machines": [machine]})
    healthy, refused = designs.orchestrated_run(), History()
    healthy.record(2, "effect", "confirmed", order_id="1")
    refused.record(1, "state", "RefundPayment", order_id="2")
    refused.record(2, "effect", "cancelled", order_id="2")
    graph = deployed(held, History.joined([healthy, refused]))
    refund = next(edge for edge in graph.edges.values() if edge.target.endswith("refund-payment"))
    assert refund.only_failing
