"""Lesson 10's last exercise: a function that says what differs between drawn and deployed arrows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagalab.architecture import DeployedGraph
from sagalab.criteria import raised
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.lessons import not_attempted

Arrow = tuple[str, str]
PROMISE = "What differs is found, and nothing else"
FEWEST = 4  # deployed arrows that a try needs
UNDEFINED = "defines no function"
LINE = re.compile(r"(reversed|extra|missing): \S+ -> \S+")


@dataclass(frozen=True)
class Picture:
    """One pair of drawn and deployed arrows; `words` say what is special about it, `thought` what a slip would be."""

    words: str
    drawn: tuple[Arrow, ...]
    deployed: tuple[Arrow, ...]
    thought: str


def arrows_of(graph: DeployedGraph) -> list[Arrow]:
    """Gives the arrows that a drawing has to show, by the names at their ends."""
    return sorted(
        (graph.nodes[edge.source].name, graph.nodes[edge.target].name) for edge in graph.edges.values() if edge.required
    )


def turned(arrow: Arrow) -> Arrow:
    """Gives the opposite arrow."""
    return arrow[1], arrow[0]


def differing(drawn: Iterable[Arrow], deployed: Iterable[Arrow]) -> dict[str, set[Arrow]]:
    """Gives what is reversed, extra and missing in a drawing; each arrow stands under one of them."""
    have, real = set(drawn), set(deployed)
    wrong = {arrow for arrow in have - real if turned(arrow) in real - have}
    return {
        "reversed": wrong,
        "extra": have - real - wrong,
        "missing": real - have - {turned(arrow) for arrow in wrong},
    }


def pictures(arrows: Sequence[Arrow], seed: str) -> list[Picture]:
    """Gives drawings of these arrows: a true one, and one for each thing that can differ."""
    chance = random.Random(seed)
    real = tuple(arrows)
    lone = [arrow for arrow in real if turned(arrow) not in real]
    first, second, third = chance.sample(lone, 3)
    strange = (first[0], "order-topic")
    without = tuple(arrow for arrow in real if arrow != second)
    astray = tuple(turned(arrow) if arrow == third else arrow for arrow in real)
    all_three = tuple(turned(arrow) if arrow == third else arrow for arrow in without) + (strange, strange)
    one_way = "An arrow that points the wrong way is one difference, and is said to be `reversed`, nothing else."
    two_ways = (
        "Both directions can be true at once. Then the one that is not drawn is missing, and nothing is reversed."
    )
    return [
        Picture("a picture in which everything is right", real, real, "Nothing differs here, so the list is empty."),
        Picture(f"a picture without {_shown(second)}", without, real, "Compare in both directions: what lacks where?"),
        Picture(f"a picture with {_shown(strange)}, which is not deployed", (*real, strange), real,
                "Compare in both directions: what is drawn, and deployed nowhere?"),
        Picture(f"a picture with {_shown(third)} drawn the wrong way round", astray, real, one_way),
        Picture(f"a picture without {_shown(turned(first))}, where both directions are deployed", real,
                (*real, turned(first)), two_ways),
        Picture(f"a picture with {_shown(turned(second))} beside the deployed {_shown(second)}",
                (*real, turned(second)), real, "The right arrow is drawn as well, so the other one is extra."),
        Picture("a picture with one slip of each kind, and one arrow drawn twice", all_three, real, one_way),
    ]  # fmt: skip


def judged(criterion: str, tried: Sequence[tuple[Picture, Mapping[str, Any]]]) -> Finding:
    """Judges what the learner's `drift` said of each picture; the first one that is wrong is shown."""
    for picture, reply in tried:
        if UNDEFINED in str(reply.get("message", "")):
            hint = "Three comparisons of two sets are enough; begin with what is drawn and not deployed."
            return not_attempted(criterion, "There is no function drift yet.", hint)
        if "error" in reply:
            said, thought = raised.problem_of("drift", reply)
            return invalid(criterion, f"Tried: {picture.words}. {said}.", promise=PROMISE, hint=thought)
        problem = _problem(picture, reply)
        if problem:
            words = f"Tried: {picture.words}. {problem}"
            return invalid(criterion, words, promise=PROMISE, hint=picture.thought)
    return valid(criterion, f"{len(tried)} pictures of your own deployment were tried, and each slip was named once.")


def _problem(picture: Picture, reply: Mapping[str, Any]) -> str:
    result = reply.get("result")
    if result is None:
        return "drift returned nothing (None)."
    if not isinstance(result, list):
        return "drift returned something that is no list of texts."
    right = {
        f"{kind}: {_shown(arrow)}"
        for kind, found in differing(picture.drawn, picture.deployed).items()
        for arrow in found
    }
    found = [" ".join(text.split()) for text in result]
    if strange := [text for text in found if not LINE.fullmatch(text)]:
        return f"drift said {strange[0]!r}; the form of a line is 'missing: a -> b'."
    if wrong := [text for text in found if text not in right]:
        return f"drift said {wrong[0]!r}, and that is not so."
    if silent := sorted(right - set(found)):
        return f"Of {silent[0].partition(': ')[2]} drift did not say what is the matter."
    return "drift said one thing twice." if len(found) > len(right) else ""


def _shown(arrow: Arrow) -> str:
    return f"{arrow[0]} -> {arrow[1]}"
