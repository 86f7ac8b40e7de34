"""Diagrams render without Graphviz, icons included, and the same code gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sagalab.pictures import dot

LOOK = {"pad": "0.3", "splines": "spline", "fontname": "Arial"}


@pytest.fixture(autouse=True)
def shim(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Renders as on a machine without Graphviz, whatever this one has."""
    monkeypatch.setenv("SAGALAB_FORCE_PURE_DOT", "1")
    monkeypatch.setenv("PATH", "")
    assert dot.install()
    yield
    dot.uninstall()


def draw(folder: Path, formats: list[str]) -> Any:
    from diagrams import Diagram, Edge
    from diagrams.aws.compute import Lambda
    from diagrams.aws.integration import SQS

    name = str(folder / "saga")
    with Diagram("Saga & more", filename=name, outformat=formats, show=False, graph_attr=LOOK) as diagram:
        SQS("queue") >> Edge(label="feeds") >> Lambda("function")
    return diagram


def test_a_diagram_renders_svg_and_png_with_an_empty_path(tmp_path: Path) -> None:
    draw(tmp_path, ["svg", "png", "dot"])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["saga.dot", "saga.png", "saga.svg"]


def test_an_svg_holds_its_icons_itself(tmp_path: Path) -> None:
    draw(tmp_path, ["svg"])
    svg = (tmp_path / "saga.svg").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]{0,30})', svg)
    assert len(links) == 2
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert str(Path.home()) not in svg


def test_a_png_shows_its_icons_where_the_layout_has_them(tmp_path: Path) -> None:
    diagram = draw(tmp_path, ["png"])
    picture = Image.open(tmp_path / "saga.png").convert("RGB")
    blank = re.sub(r' image="[^"]*"', "", diagram.dot.source)
    bare = Image.open(io.BytesIO(dot.draw(blank, "png"))).convert("RGB")
    assert picture.size == bare.size
    orange = sum(red > 200 and 90 < green < 170 and blue < 60 for red, green, blue in _pixels(picture))
    assert orange > 5000, "the function's icon is orange"
    assert orange > 10 * sum(red > 200 and 90 < green < 170 and blue < 60 for red, green, blue in _pixels(bare))


def _pixels(picture: Image.Image) -> Iterator[tuple[int, int, int]]:
    raw = picture.tobytes()
    return zip(raw[0::3], raw[1::3], raw[2::3], strict=True)


def test_the_same_code_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        draw(tmp_path / name, ["svg", "png"])
    for format in ("svg", "png"):
        one, two = (tmp_path / name / f"saga.{format}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_notebook_s_own_display_works_as_before(tmp_path: Path) -> None:
    diagram = draw(tmp_path, ["svg"])
    assert diagram._repr_png_().startswith(b"\x89PNG")
    assert "<svg" in diagram.dot.pipe("svg", encoding="utf-8")


def test_another_engine_is_honoured() -> None:
    import graphviz

    graph = graphviz.Graph(engine="neato")
    graph.edge("a", "b")
    assert graph.pipe("svg") != graphviz.Graph(graph.source, engine="dot").pipe("svg")


def test_a_text_that_is_no_dot_raises_graphviz_s_own_error() -> None:
    import graphviz

    with pytest.raises(graphviz.CalledProcessError):
        graphviz.Source("digraph { a -> ").pipe("svg")
    with pytest.raises(ValueError, match="Graphviz cannot draw this"):
        dot.draw("digraph { a -> ", "svg")


def test_installing_twice_replaces_once_and_is_taken_back_whole() -> None:
    from graphviz.backend import execute

    replaced = execute.run_check
    assert dot.install()
    assert execute.run_check is replaced
    dot.uninstall()
    assert execute.run_check is not replaced
    dot.uninstall()
    assert dot.install()


def test_a_system_s_own_dot_is_left_in_charge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    dot.uninstall()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not dot.has_system_dot()
    monkeypatch.delenv("SAGALAB_FORCE_PURE_DOT")
    assert dot.has_system_dot()
    assert not dot.install()


def test_an_icon_that_cannot_be_read_is_left_out() -> None:
    svg = dot.inline_icons('<svg><image xlink:href="/no/such/icon.png" width="1px"/><text/></svg>')
    assert svg == "<svg><text/></svg>"


def test_canonical_text_is_free_of_random_ids_and_of_this_machine(tmp_path: Path) -> None:
    texts = [dot.canonical(draw(tmp_path, ["svg"]).dot.source) for _ in range(8)]
    assert len(set(texts)) == 1, "ids are random, and quoted only when they start with a digit"
    assert 'image="resources/aws/compute/lambda.png"' in texts[0]
    windows = r'x [image="C:\\Users\\me\\resources\\aws\\compute\\lambda.png"]'
    assert dot.canonical(windows) == 'x [image="resources/aws/compute/lambda.png"]'
