"""The path that an execution took through its state machine."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field

from sagalab.architecture.definition import Definition, State, read
from sagalab.history import Fact, History
from sagalab.pictures import dot, palette
from sagalab.pictures.bars import DARK_FAILURE
from sagalab.pictures.picture import Picture
from sagalab.pictures.words import listed

FAILED = ("TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut")
ENDED = {
    "ExecutionSucceeded": "succeeded",
    "ExecutionFailed": "failed",
    "ExecutionTimedOut": "timed out",
    "ExecutionAborted": "was aborted",
}


@dataclass
class Visit:
    """What happened in one state: the steps at which it was entered, its tries, and their last error."""

    steps: list[int] = field(default_factory=list)
    failed: int = 0
    error: str = ""
    left: bool = False
    caught: bool = False

    @property
    def tries(self) -> str:
        """The failed tries in words, "" when none failed."""
        if not self.failed:
            return ""
        tries = self.failed if self.caught or not self.left else self.failed + 1
        return f"{self.failed} of {tries} {'try' if tries == 1 else 'tries'} failed"


@dataclass
class Path:
    """A path: visits by state, the transitions taken with the step each led to, and how it ended."""

    visits: dict[str, Visit] = field(default_factory=dict)
    taken: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    end: str = ""
    error: str = ""


def path_of(definition: Definition, facts: Iterable[Fact]) -> Path:
    """Follows the facts of one execution through the definition."""
    path, recent = Path(), list[str]()
    for fact in facts:
        kind, name = str(fact.detail.get("type", "")), fact.what
        if kind in ENDED:
            path.end, path.error = ENDED[kind], str(fact.detail.get("error", ""))
            break  # what an abandoned task still says comes after the end
        if kind.endswith("StateEntered") and name in definition.states:
            visit = path.visits.setdefault(name, Visit())
            path.order.append(name)
            visit.steps.append(len(path.order))
            before = next((one for one in reversed(recent) if name in _following(definition.states[one])), None)
            if before is not None:
                path.taken.setdefault((before, name), []).append(len(path.order))
                failed = path.visits[before]
                if name in definition.states[before].caught and failed.error:
                    failed.caught = True
            recent.append(name)
        elif name in path.visits and kind in FAILED:
            path.visits[name].failed += 1
            path.visits[name].error = str(fact.detail.get("error", "error"))
        elif name in path.visits and kind.endswith("StateExited"):
            path.visits[name].left = True
            recent.append(name)
    return path


def _following(state: State) -> list[str]:
    return [*state.following, *state.caught, *state.first_inside]


def path_taken(definition: str, history: History, execution_arn: str | None = None) -> Picture:
    """Draws a state machine with the path that one execution took; without an ARN, the first execution's.

    Steps are numbered, failed tries counted, a caught error's way is dashed, what was not entered is grey.
    """
    machine = read(definition)
    states = history.of("state")
    arn = execution_arn or next((str(fact.detail.get("execution")) for fact in states), "")
    path = path_of(machine, [fact for fact in states if str(fact.detail.get("execution")) == arn])
    source = _source(machine, path, arn.rsplit(":", 1)[-1])
    alt = _words(path, arn.rsplit(":", 1)[-1])
    return Picture(lambda: palette.adapting(dot.draw(source, "svg").decode()), alt, lambda: dot.draw(source, "png"))


def _words(path: Path, name: str) -> str:
    if not path.order:
        return "No state was entered: this execution has no facts in the history."
    steps = [f"{number} {state}" for number, state in enumerate(path.order, 1)]
    sentences = [f"Path of the execution {name}: {listed(steps, 40)}."]
    sentences += [f"{state}: {visit.tries} ({visit.error})." for state, visit in path.visits.items() if visit.tries]
    sentences.append(f"The execution {path.end or 'is still running'}{f' with {path.error}' if path.error else ''}.")
    return " ".join(sentences)


def _source(machine: Definition, path: Path, name: str) -> str:
    title = f"Execution {name} {path.end or 'is still running'}" if path.order else "No execution yet"
    rows = [
        "digraph {",
        f'graph [rankdir=TB bgcolor="{palette.PAPER}" pad=0.3 nodesep=0.5 ranksep=0.55 fontname=Arial fontsize=16 '
        f'labelloc=t fontcolor="{palette.INK}" label={_quoted(title)}]',
        f'node [shape=box style="rounded,filled" fontname=Arial fontsize=13 margin="0.2,0.1" penwidth=1.5 '
        f'fillcolor="{palette.PALE}" color="{palette.GREY}" fontcolor="#5B6570"]',
        f'edge [fontname=Arial fontsize=12 color="{palette.GREY}" fontcolor="#5B6570" penwidth=1.5]',
    ]
    names = {state: f"s{number}" for number, state in enumerate(machine.states)}
    rows += [_state(names[state], machine.states[state], path.visits.get(state)) for state in names]
    if machine.start in names:
        colour = palette.BLUE if path.order else palette.GREY
        rows.append(
            'start [shape=circle label="" width=0.18 fixedsize=true style=filled '
            f'fillcolor="{colour}" color="{colour}"]'
        )
        rows.append(f'start -> {names[machine.start]} [color="{colour}" penwidth={2.5 if path.order else 1.5}]')
    for state in machine.states.values():
        for following in dict.fromkeys(_following(state)):
            if following in names:
                rows.append(f"{names[state.name]} -> {names[following]} [{_arrow(state, following, path)}]")
    rows += _ending(machine, path, names)
    return "\n".join([*rows, "}"])


def _state(id: str, state: State, visit: Visit | None) -> str:
    words = html.escape(state.name)
    if visit is None:
        kind = "" if state.type == "Task" else f'<BR/><FONT POINT-SIZE="11">{html.escape(state.type)}</FONT>'
        return f"{id} [label=<{words}{kind}>]"
    steps = ", ".join(str(step) for step in visit.steps)
    label = f"<B>{steps}  {words}</B>"
    edge, fill = palette.BLUE, palette.tint(palette.BLUE, 0.14)
    if visit.tries:
        tries = f"{visit.tries}: {html.escape(visit.error)}"
        label += f'<BR/><FONT POINT-SIZE="12" COLOR="{DARK_FAILURE}">{tries}</FONT>'
        if visit.caught or not visit.left:
            edge, fill = palette.VERMILION, palette.tint(palette.VERMILION, 0.12)
    return f'{id} [label=<{label}> color="{edge}" fillcolor="{fill}" fontcolor="{palette.INK}" penwidth=2.5]'


def _arrow(state: State, following: str, path: Path) -> str:
    steps = path.taken.get((state.name, following), [])
    catch = following in state.caught and following not in state.following
    looks = ["style=dashed"] if catch else []
    if steps:
        visit = path.visits[state.name]
        colour = palette.VERMILION if catch else palette.BLUE
        looks += [f'color="{colour}"', "penwidth=2.5"]
        if catch:
            looks += [f"label={_quoted(f' caught {visit.error}')}", f'fontcolor="{DARK_FAILURE}"']
    elif catch:
        looks.append('label=" catch"')
    return " ".join(looks)


def _ending(machine: Definition, path: Path, names: dict[str, str]) -> list[str]:
    if not path.end or not path.order:
        return []
    good = path.end == "succeeded"
    colour = palette.BLUE if good else palette.VERMILION
    words = path.end if not path.error else f"{path.end}: {path.error}"
    sinks = [state for state in dict.fromkeys(reversed(path.order)) if not machine.states[state].following]
    last = sinks[0] if good and sinks else path.order[-1]
    return [
        f'end [shape=box style="rounded,filled" fillcolor="{colour}" color="{colour}" fontcolor=white '
        f"label={_quoted(words)} fontsize=12]",
        f'{names[last]} -> end [color="{colour}" penwidth=2.5{"" if good else " style=dashed"}]',
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
