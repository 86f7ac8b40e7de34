"""Every behaviour of the ledger, tried on the local cloud, and the page made of it."""

from __future__ import annotations

import pytest

from tests.fidelity.ledger import PAGE, Behaviour, Play, ledger, page


@pytest.mark.parametrize("row", ledger(), ids=lambda row: f"{row.area}: {row.name}")
def test_the_local_cloud_behaves_as_the_ledger_says(row: Behaviour) -> None:
    play = Play()
    try:
        play.run(row.steps)
    finally:
        play.account.close()


def test_every_row_names_a_page_of_aws_s_documentation_and_tries_something() -> None:
    for row in ledger():
        assert row.source.startswith("https://docs.aws.amazon.com/"), row.name
        assert any(step.get("expect") for step in row.steps), f"{row.name}: nothing is expected"


def test_the_page_is_in_step_with_the_ledger() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.fidelity`"


def test_a_wrong_expectation_is_noticed() -> None:
    play = Play()
    step = {"call": "sqs.list_queues", "expect": {"ResponseMetadata.HTTPStatusCode": 500}}
    with pytest.raises(AssertionError, match="not 500"):
        play.run((step,))
    play.account.close()
