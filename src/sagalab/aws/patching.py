"""Puts a service's patches in place: each is a function that changes one place of moto, its seam."""

from __future__ import annotations

from types import ModuleType


def put_in_place(*modules: ModuleType) -> None:
    """Runs the patches of these modules; where two hold on to one place, the later one stands in front."""
    for module in modules:
        for patch in module.PATCHES:
            patch()
