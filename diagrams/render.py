"""Draws the diagrams of this folder into `rendered/`: `python diagrams/render.py [NAME ...] [--check]`.

For each diagram it writes an SVG that needs no other file, a PNG, and the DOT text. With `--check`
it writes nothing: it says which DOT texts differ from what the code draws now, and exits 1 if any does.
Pictures are not compared, because Graphviz versions draw the same text differently.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ("orchestration", "choreography")


def dot_text(name: str) -> str:
    """Gives the DOT text that the code draws now, free of anything that differs between machines."""
    from sagalab.pictures.dot import canonical

    return canonical(source(name))


def source(name: str) -> str:
    """Gives the DOT text as `diagrams` makes it, with the paths of this machine's icons."""
    with tempfile.TemporaryDirectory() as folder:
        unused = Path(folder) / name
        unused.touch()  # a Diagram removes its own source file at the end, and draws no format here
        return str(importlib.import_module(name).draw(str(unused), []).dot.source)


def render(name: str, folder: Path) -> None:
    """Writes one diagram as SVG, PNG and DOT text."""
    from sagalab.pictures import dot

    drawn = source(name)
    folder.mkdir(parents=True, exist_ok=True)
    for format in ("svg", "png"):
        (folder / f"{name}.{format}").write_bytes(dot.draw(drawn, format))
    (folder / f"{name}.dot").write_text(dot.canonical(drawn), encoding="utf-8")


def outdated(names: list[str], folder: Path) -> list[str]:
    """Gives the diagrams whose rendered DOT text is not what their code draws."""
    return [
        name
        for name in names
        if not (file := folder / f"{name}.dot").is_file() or file.read_text(encoding="utf-8") != dot_text(name)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[], metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    parser.add_argument("--into", type=Path, default=HERE / "rendered", help="where to write")
    options = parser.parse_args([*(arguments or []), *sys.argv[1:]])
    names = options.names or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"no diagram is called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if options.check:
        old = outdated(names, options.into)
        for name in old:
            print(f"rendered/{name}.dot is not what {name}.py draws: run python diagrams/render.py")
        sys.exit(1 if old else 0)
    for name in names:
        render(name, options.into)


if __name__ == "__main__":
    main()
