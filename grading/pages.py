"""nbgrader's feedback pages, whose templates are compiled once for a batch instead of once for each page."""

from __future__ import annotations

from typing import Any, ClassVar

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter


class _Memory(BytecodeCache):
    """Keeps compiled templates in this process."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class FeedbackPage(HTMLExporter):
    """Writes a notebook as HTML as its parent does, and remembers compiled templates."""

    def _create_environment(self) -> Any:
        environment = super()._create_environment()
        environment.bytecode_cache = _Memory()
        return environment
