"""Graphviz on a machine without Graphviz: `install()` makes `diagrams` and `graphviz` render there.

The `graphviz-pure` wheel lays out and draws, but leaves out pictures inside nodes. So this module
puts them in: as data URIs in SVG, pasted at their places in PNG. Where a `dot` program is
installed, nothing is replaced.
"""

from __future__ import annotations

import base64
import functools
import html
import importlib.metadata
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sagalab.errors import SetupError
from sagalab.pictures.labels import beside
from sagalab.pictures.lettering import fitted

PIXELS_PER_INCH = 144
PLACED = "nop2"  # the engine that draws what has its places already

_IMAGE = re.compile(r"<image\b[^>]*/>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_FONT_NAME = re.compile(r'fontname=("[^"]*"|[\w-]+)')
_NODE_ID = re.compile(r'"?\b([0-9a-f]{32})\b"?')  # quoted only where it starts with a digit

_shimmed: list[Callable[..., Any]] = []  # what `install` replaced, at most one


def has_system_dot() -> bool:
    """Says whether the system's own `dot` is to be used; SAGALAB_FORCE_PURE_DOT=1 says no."""
    return os.environ.get("SAGALAB_FORCE_PURE_DOT") != "1" and shutil.which("dot") is not None


def install() -> bool:
    """Makes the `graphviz` and `diagrams` packages render here, and says whether that took the shim.

    Calling it again changes nothing.
    """
    if _shimmed:
        return True
    if has_system_dot():
        return False
    from graphviz.backend import execute

    _shimmed.append(execute.run_check)
    execute.run_check = functools.partial(_run_check, execute)
    return True


def uninstall() -> None:
    """Puts back what `install` replaced."""
    from graphviz.backend import execute

    if _shimmed:
        execute.run_check = _shimmed.pop()


def canonical(source: str) -> str:
    """Gives DOT text in which nothing depends on the run or on the machine.

    `diagrams` draws random node ids and writes icon paths of the machine: the ids become n1, n2, ...
    in the order in which they appear, and the paths start at the `resources` folder.
    """
    return re.sub(r'image="[^"]*?(resources[/\\][^"]+)"', _short_path, _stable_ids(source))


def _short_path(match: re.Match[str]) -> str:
    return 'image="' + re.sub(r"\\+", "/", match[1]) + '"'


def placed(source: str, engine: str = "dot") -> str:
    """Gives DOT text in which everything has its place, labels beside their arrows. Raises ValueError."""
    laid_out = _run(source if has_system_dot() else _with_font(_stable_ids(source)), engine, "dot")
    if laid_out.returncode:
        raise ValueError(f"Graphviz cannot draw this: {laid_out.stderr.decode().strip()}")
    return beside(laid_out.stdout.decode())


def draw(source: str, format: str, engine: str = "dot") -> bytes:
    """Draws DOT text as `svg` (self-contained) or `png`, with the system's `dot` or the wheel. Raises ValueError."""
    if has_system_dot():
        drawn = _run(placed(source, engine), PLACED, format).stdout
        return fitted(inline_icons(drawn.decode())).encode() if format == "svg" else drawn
    finished = _draw_pure(source, engine, format, Path.cwd())
    if finished.returncode:
        raise ValueError(f"Graphviz cannot draw this: {finished.stderr.decode().strip()}")
    return finished.stdout


def inline_icons(svg: str, folder: Path | None = None) -> str:
    """Replaces the paths of pictures in an SVG by the pictures themselves, as data URIs.

    `folder` is where relative paths start. A picture that cannot be read is left out.
    """

    def inlined(match: re.Match[str]) -> str:
        path = _icon_path(match[0], folder or Path.cwd())
        if path is None:
            return match[0]
        content = _icon_bytes(path)
        if content is None:
            return ""
        uri = "data:image/png;base64," + base64.b64encode(content).decode()
        return re.sub(r'xlink:href="[^"]*"', lambda _: f'xlink:href="{uri}"', match[0])

    return _IMAGE.sub(inlined, svg)


def _icon_path(image: str, folder: Path) -> Path | None:
    href = html.unescape(dict(_ATTRIBUTE.findall(image)).get("xlink:href", ""))
    return None if href.startswith(("data:", "http:", "https:")) else folder / href


@functools.lru_cache(maxsize=256)
def _icon_bytes(path: Path) -> bytes | None:
    """Reads an icon, as PNG of at most 160 pixels a side: it is shown at 100 points."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as icon:
            small = icon.convert("RGBA")
            small.thumbnail((160, 160), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError):
        return None
    content = io.BytesIO()
    small.save(content, "PNG", optimize=True)
    return content.getvalue()


@functools.cache
def _binary() -> str:
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if Path(str(file)).stem == "graphviz-pure" and (path := Path(str(file.locate()))).is_file():
            return str(path)
    found = shutil.which("graphviz-pure")
    if found is None:
        raise SetupError(
            "no program to draw diagrams with was found",
            do="install the package graphviz-pure, or Graphviz itself (https://graphviz.org/download)",
        )
    return found


def _run(source: str, engine: str, format: str) -> subprocess.CompletedProcess[bytes]:
    program = "dot" if has_system_dot() else _binary()
    command = [program, f"-K{engine}", f"-T{format}", f"-Gdpi={PIXELS_PER_INCH if format == 'png' else 72}"]
    return subprocess.run(command, input=source.encode(), capture_output=True)


def _with_font(source: str) -> str:
    """Names the one font whose widths the wheel knows, and which it can also draw."""
    return _FONT_NAME.sub("fontname=Arial", source)


def _draw_pure(source: str, engine: str, format: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    source = _with_font(_stable_ids(source))
    if format in ("svg", "png"):
        laid_out = _laid_out(source, engine)
        if laid_out.returncode:
            return laid_out
        source, engine = laid_out.stdout.decode(), PLACED
    finished = _run(source, engine, format)
    if finished.returncode or format not in ("svg", "png"):
        return finished
    if format == "svg":
        finished.stdout = fitted(inline_icons(finished.stdout.decode(), folder)).encode()
    elif "image=" in source:
        layout = _run(source, engine, "svg").stdout.decode()
        finished.stdout = _paste_icons(finished.stdout, layout, folder)
    return finished


@functools.lru_cache(maxsize=8)
def _laid_out(source: str, engine: str) -> subprocess.CompletedProcess[bytes]:
    """Places everything; a picture is mostly wanted as SVG and as PNG, one after the other."""
    finished = _run(source, engine, "dot")
    if not finished.returncode:
        finished.stdout = beside(finished.stdout.decode()).encode()
    return finished


def _stable_ids(source: str) -> str:
    names: dict[str, str] = {}
    for found in _NODE_ID.findall(source):
        names.setdefault(found, f"n{len(names) + 1}")
    return _NODE_ID.sub(lambda match: names[match[1]], source)


def _paste_icons(png: bytes, svg: str, folder: Path) -> bytes:
    """Pastes the icons where the SVG of the same layout has them."""
    from PIL import Image

    view = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
    moved = re.search(r'transform="scale\(([\d.]+)[^)]*\)[^"]*translate\(([\d.-]+)[ ,]+([\d.-]+)\)', svg)
    if view is None or moved is None:
        return png
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGBA")
    scale = picture.width / float(view[1]) * float(moved[1])
    right, down = float(moved[2]), float(moved[3])
    for image in _IMAGE.findall(svg):
        path = _icon_path(image, folder)
        places = dict(_ATTRIBUTE.findall(image))
        left, top, wide, high = (float(places[name].removesuffix("px")) for name in ("x", "y", "width", "height"))
        if path is None or not path.is_file():
            continue
        icon = _resized(path, round(wide * scale), round(high * scale))
        picture.alpha_composite(icon, (max(0, round((left + right) * scale)), max(0, round((top + down) * scale))))
    content = io.BytesIO()
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(content, "PNG")
    return content.getvalue()


@functools.lru_cache(maxsize=256)
def _resized(path: Path, wide: int, high: int) -> Any:
    """Reads an icon, as large as fits."""
    from PIL import Image

    with Image.open(path) as opened:
        icon = opened.convert("RGBA")
    fit = min(wide / icon.width, high / icon.height)
    size = (max(1, round(icon.width * fit)), max(1, round(icon.height * fit)))
    return icon.resize(size, Image.Resampling.LANCZOS)


def _run_check(execute: Any, command: Iterable[Any], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Stands in for `graphviz.backend.execute.run_check`: same arguments, same answers."""
    words = [os.fspath(word) for word in command]
    flags = {word[:2]: word[2:] for word in words[1:] if word.startswith("-")}
    if Path(words[0]).stem not in ("dot", "neato", "fdp", "sfdp", "twopi", "circo") or "-T" not in flags:
        return _shimmed[0](words, **options)
    folder = Path(options.get("cwd") or ".").absolute()
    encoding = options.get("encoding")
    files = [word for word in words[1:] if not word.startswith("-")]
    if files:
        source = (folder / files[0]).read_text("utf-8")
    else:
        lines = options.get("input_lines")
        given = options.get("input") if lines is None else [*lines]
        parts = given if isinstance(given, list) else [given or b""]
        source = "".join(part.decode(encoding or "utf-8") if isinstance(part, bytes) else part for part in parts)
    engine = flags.get("-K") or Path(words[0]).stem
    finished = _draw_pure(source, engine, flags["-T"].split(":")[0], folder)
    if finished.returncode:
        error = finished.stderr.decode()
        raise execute.CalledProcessError(finished.returncode, words, finished.stdout, error)
    output = finished.stdout
    if files:
        (folder / f"{files[0]}.{'.'.join(reversed(flags['-T'].split(':')))}").write_bytes(output)
        output = b""
    text: Any = output.decode(encoding) if encoding else output
    return subprocess.CompletedProcess(words, 0, text, "" if encoding else b"")
