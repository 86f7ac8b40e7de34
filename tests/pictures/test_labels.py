"""Labels stand beside their arrows: nothing crosses them, and they cover nothing."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.pictures import dot
from sagalab.pictures.labels import Arrow, Box, Layout, beside, read

DIAGRAMS = Path(__file__).resolve().parents[2] / "diagrams"


def words_of(arrow: Arrow) -> Box:
    assert arrow.place is not None
    return Box.around(arrow.place, *arrow.size)


def inside(box: Box, by: float = 2) -> Box:
    return Box(box.left + by, box.low + by, box.right - by, box.high - by)


def flaws(layout: Layout) -> list[str]:
    """Says which labels are struck through, or cover something, and which arrows cross other words."""
    labelled = [arrow for arrow in layout.arrows if arrow.place is not None]
    found = []
    for number, arrow in enumerate(labelled):
        box = words_of(arrow)
        if any(box.holds(point) for other in layout.arrows for point in other.line):
            found.append(f"the label at {arrow.place} is struck through")
        if any(box.holds(point) for point in layout.borders):
            found.append(f"the label at {arrow.place} lies on a border")
        if any(box.shared(other) for other in layout.taken):
            found.append(f"the label at {arrow.place} covers something")
        if any(box.shared(words_of(other)) for other in labelled[:number]):
            found.append(f"the label at {arrow.place} covers another label")
    for arrow in layout.arrows:
        crossed = [box for box in layout.taken if any(inside(box).holds(point) for point in arrow.line)]
        found += [f"an arrow runs through what stands at {box}" for box in crossed]
    return found


@pytest.mark.parametrize("name", ["choreography", "orchestration"])
def test_in_our_own_diagrams_nothing_crosses_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_FORCE_PURE_DOT", "1")
    monkeypatch.syspath_prepend(str(DIAGRAMS))
    layout = read(dot.placed(importlib.import_module("render").source(name)))
    assert len(layout.arrows) > 10
    assert len([arrow for arrow in layout.arrows if arrow.place]) > 6
    assert flaws(layout) == []


def test_a_label_that_graphviz_laid_on_its_line_is_moved_off_it() -> None:
    text = 'digraph {\n\tgraph [bb="0,0,300,60"];\n\ta -> b\t[label=feeds,\n\t\tlp="150,30",\n\t\tpos="e,250,30 50,30 100,30 150,30 240,30"];\n}'
    assert flaws(read(text)) == ["the label at (150.0, 30.0) is struck through"]
    assert flaws(read(beside(text))) == []
    assert re.sub(r'lp="[^"]*"', "", beside(text)) == re.sub(r'lp="[^"]*"', "", text)


def test_a_label_keeps_off_other_arrows_and_names() -> None:
    source = 'digraph { rankdir=LR; node [shape=box]; a -> b [label="one word"]; a -> b [label="another word"]; b -> a [label=back] }'
    assert flaws(read(dot.placed(source))) == []


NAMES = st.text(st.sampled_from('ab ,"[]=>-;\\'), min_size=1, max_size=8)


@given(NAMES, NAMES)
@settings(max_examples=25, deadline=None)
def test_no_name_misleads_it(node: str, label: str) -> None:
    quoted = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in (node, label)]
    source = f"digraph {{ {quoted[0]} -> other [label={quoted[1]}]; other -> third [label=plain] }}"
    layout = read(dot.placed(source))
    assert len(layout.arrows) == 2
    assert len(layout.taken) == 3
    assert flaws(layout) == []
