"""The table that says whether the judge judges right: what each design should lose, and what it lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def wrong_row(design: str, must: Iterable[str], may: Iterable[str], lost: Iterable[str]) -> Row:
    """A wrong design: what its mistake must lose and may lose, and what was lost."""
    return {"kind": "wrong", "design": design, "must": list(must), "may": list(may), "lost": list(lost)}


def right_row(design: str, lost: Iterable[str]) -> Row:
    """A correct design, which must lose nothing, and what it lost."""
    return {"kind": "right", "design": design, "must": [], "may": [], "lost": list(lost)}


def spread_row(design: str, points: list[float]) -> Row:
    """A design judged under some seeds, and its points; the table puts the rows of one design together."""
    return {"kind": "spread", "design": design, "points": points}


def caught(row: Row) -> bool:
    """Says whether all that must be lost was lost."""
    return set(row["must"]) <= set(row["lost"])


def unrelated(row: Row) -> list[str]:
    """Gives what was lost and should not have been."""
    return [one for one in row["lost"] if one not in row["must"] and one not in row["may"]]


def written(rows: list[Row]) -> str:
    """Writes the table as Markdown: totals first, then a line for each design."""
    wrong = [row for row in rows if row["kind"] == "wrong"]
    right = [row for row in rows if row["kind"] == "right"]
    spread: dict[str, list[float]] = {}
    for row in rows:
        if row["kind"] == "spread":
            spread.setdefault(row["design"], []).extend(row["points"])
    lines = []
    if wrong:
        blamed = sum(bool(unrelated(row)) for row in wrong)
        lines += [f"- wrong designs caught: {sum(map(caught, wrong))} of {len(wrong)}"]
        lines += [f"- wrong designs blamed for something unrelated: {blamed} of {len(wrong)}"]
    if right:
        lines += [f"- right designs accepted: {sum(not row['lost'] for row in right)} of {len(right)}"]
    for design, points in spread.items():
        lines += [
            f"- points of {design} under {len(points)} seeds: "
            f"{min(points):g} to {max(points):g}, a spread of {max(points) - min(points):.2f}"
        ]
    if wrong:
        lines += ["", "| wrong design | caught | must lose | lost with it | lost, unrelated |", "|---|---|---|---|---|"]
        lines += [_wrong_line(row) for row in wrong]
    if right:
        lines += ["", "| right design | accepted | lost |", "|---|---|---|"]
        lines += [f"| {row['design']} | {_yes(not row['lost'])} | {', '.join(row['lost'])} |" for row in right]
    return "\n".join(lines) + "\n"


def _wrong_line(row: Row) -> str:
    beside = [one for one in row["lost"] if one in row["may"]]
    cells = [row["design"], _yes(caught(row)), *(", ".join(one) for one in (row["must"], beside, unrelated(row)))]
    return f"| {' | '.join(cells)} |"


def _yes(answer: bool) -> str:
    return "yes" if answer else "NO"
