"""Which runs judge which exercise, a module for each lesson; each rule registers itself in `judging.registry`."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Imports every module here, so that all rules are known."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
