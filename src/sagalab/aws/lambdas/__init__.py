"""Lambda: functions that run from their zip, who invokes them, and what of it AWS refuses."""

from __future__ import annotations


def install() -> None:
    """Puts the patches of this service in place; where two hold on to one place, the later stands in front."""
    from sagalab.aws.lambdas import asynchronous, event_source_mappings, functions, lambda_requests, mapping_requests

    for module in (functions, asynchronous, event_source_mappings, lambda_requests, mapping_requests):
        module.install()
