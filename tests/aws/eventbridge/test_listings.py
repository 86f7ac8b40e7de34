"""Rules, targets and buses as they are listed."""

from tests.aws.probes_of_queues import answer


def pages(call, key, **fields):
    found, more = [], {}
    while not found or more:
        answered = call(Limit=2, **fields, **more)
        found.append([row if isinstance(row, str) else row.get("Id") or row["Name"] for row in answered[key]])
        more = {"NextToken": answered["NextToken"]} if "NextToken" in answered else {}
    return found


def test_rules_and_buses_are_listed_by_name_page_by_page(account):
    _, arn = account.queue("q")
    for name in ("z-1", "b", "z-0"):
        account.rule(name, {"source": ["orders"]}, {"Arn": arn})
        account.events.create_event_bus(Name=name)
    assert pages(account.events.list_rules, "Rules") == [["b", "z-0"], ["z-1"]]
    assert pages(account.events.list_rules, "Rules", NamePrefix="z") == [["z-0", "z-1"]]
    assert pages(account.events.list_rule_names_by_target, "RuleNames", TargetArn=arn) == [["b", "z-0"], ["z-1"]]
    assert pages(account.events.list_event_buses, "EventBuses") == [["b", "default"], ["z-0", "z-1"]]
    assert pages(account.events.list_event_buses, "EventBuses", NamePrefix="b") == [["b"]]
    assert answer(account.events.list_rules, NextToken="never given")["Code"] == "ValidationException"


def test_two_inputs_of_one_queue_are_two_targets_of_a_page(account):
    _, arn = account.queue("q")
    account.rule("r", {"source": ["orders"]}, *[{"Arn": arn, "Input": f"{number}"} for number in range(3)])
    assert pages(account.events.list_targets_by_rule, "Targets", Rule="r") == [["t0", "t1"], ["t2"]]
