"""Builds the sample class: `python tests/submissions/build.py [--check]`.

Writes `<student>/11_project.ipynb` for each recipe. With `--check` it changes nothing, names what is out of
step, and exits with 1 if anything is.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def out_of_step(write: bool = False) -> list[Path]:
    """Gives the notebooks that differ from what their recipe makes; writes them if asked."""
    from tests.submissions.recipes import LESSON, RECIPES, submission

    changed = []
    for student in RECIPES:
        path = HERE / student / f"{LESSON}.ipynb"
        made = submission(student)
        if path.is_file() and path.read_bytes() == made:
            continue
        changed.append(path)
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(made)
    return changed


def main() -> int:
    """Builds, or checks."""
    sys.path.insert(0, str(HERE.parent.parent))
    check = "--check" in sys.argv[1:]
    for path in (changed := out_of_step(write=not check)):
        print(f"{'out of step' if check else 'written'}: {path.relative_to(HERE.parent.parent)}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
