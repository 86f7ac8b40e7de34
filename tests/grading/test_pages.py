"""nbgrader's feedback pages come out the same, and their templates are compiled once."""

from __future__ import annotations

import nbformat
from jinja2 import Environment
from nbconvert.exporters import HTMLExporter

from grading.pages import FeedbackPage


def test_a_template_is_compiled_for_the_first_page_alone(monkeypatch) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Order 1042", id="one")])
    expected, _ = HTMLExporter().from_notebook_node(notebook)
    first, _ = FeedbackPage().from_notebook_node(notebook)

    def compiled(*_: object, **__: object) -> None:
        raise AssertionError("a template is compiled once more")

    monkeypatch.setattr(Environment, "_generate", compiled)
    second, _ = FeedbackPage().from_notebook_node(notebook)
    assert first == second == expected
