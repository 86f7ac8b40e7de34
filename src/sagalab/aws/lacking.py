"""The sentence with which everything is refused that AWS has and the local cloud lacks."""

from __future__ import annotations


def not_supported(feature: str) -> str:
    """Gives it: what it is about, and the page that says why it does not matter here."""
    return (
        f"{feature} exists on AWS, but the local cloud of this course does not have it: "
        "see the page 'What the local cloud does not do'"
    )
