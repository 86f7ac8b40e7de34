"""Lambda: functions that run from their zip, who invokes them, and what of it AWS refuses."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.lambdas import (
        asynchronous,
        event_source_mappings,
        function_settings,
        invocations,
        invoke_requests,
        lambda_requests,
        mapping_answers,
        mapping_requests,
    )

    put_in_place(
        invocations, asynchronous, event_source_mappings, lambda_requests, function_settings, invoke_requests,
        mapping_requests, mapping_answers,
    )  # fmt: skip
