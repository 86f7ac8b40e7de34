"""Which schedules are none."""

import pytest

from tests.aws.probes_of_queues import answer


@pytest.mark.parametrize(
    "text", ["rate(1 minute)", "rate(5 hours)", "cron(0 12 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)"]
)
def test_a_schedule_is_refused_by_name(account, text):
    assert answer(account.events.put_rule, Name="r", ScheduleExpression=text)["Code"] == "NotSupportedHere"


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(-1 minutes)", "rate(5 seconds)", "rate(1  minute)",
        "cron(0 12 * * *)", "cron(* * * * * *)", "cron(0 12 ? * ? *)", "hourly", "at(2026-01-01T00:00:00)",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_as_on_aws(account, text):
    refused = answer(account.events.put_rule, Name="r", ScheduleExpression=text)
    assert (refused["Code"], refused["Message"]) == (
        "ValidationException", "Parameter ScheduleExpression is not valid.",
    )  # fmt: skip


def test_only_the_default_bus_has_schedules(account):
    account.events.create_event_bus(Name="orders")
    refused = answer(account.events.put_rule, Name="r", ScheduleExpression="rate(1 minute)", EventBusName="orders")
    assert refused["Message"] == "ScheduleExpression is supported only on the default event bus."
