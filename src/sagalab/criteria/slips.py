"""Where an order stopped, and which slip stopped it: read off the run and off what is deployed."""

from __future__ import annotations

import base64
import difflib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from sagalab.criteria.finding import Finding
from sagalab.criteria.passed_on import NAMELESS, Task, failed_tasks
from sagalab.deployment import Deployment, Function
from sagalab.history import Fact, History
from sagalab.participants.errors import REFUSALS
from sagalab.scenario import ENTRY

NO_EXECUTION = " No execution carries this order"
PARKED = " Its message is parked"
CARRIES = " started an execution that carries "
MOST_KEY = 40  # characters of a learner's key in a message
MOST_TEXT = 200_000  # bytes of a module that is looked into


class Slip(NamedTuple):
    """What is misspelt, missing or failing, and what to do about it; a message with the `error` tells it already."""

    what: str
    hint: str
    error: str = ""


def stopped(history: History, order_id: str) -> str:
    """Says where an order without an outcome stands, with a space before it; empty for one that ended."""
    if any(fact.what in ("confirmed", "cancelled") for fact in history.of("effect", order_id=order_id)):
        return ""
    for fact in reversed(history.of("state", order_id=order_id)):
        kind = str(fact.detail.get("type", ""))
        if kind in ("ExecutionFailed", "ExecutionTimedOut"):
            return f" Its execution stopped in {fact.what} with {fact.detail.get('error', kind)}{reason(fact)}."
        if kind.endswith("StateEntered"):
            return f" Its execution came as far as {fact.what}."
    for fact in reversed(history.of("dead_lettered", "published", order_id=order_id)):
        if fact.kind == "dead_lettered":
            return f"{PARKED}: {fact.what} gave up on it."
        return f" The last that was heard of it on the bus: {fact.detail.get('detail_type')}."
    return f"{NO_EXECUTION}." if history.of("execution") else ""


def reason(failed: Fact) -> str:
    """Gives why a state failed, in brackets and with a space before it; empty where nothing more is known."""
    cause = str(failed.detail.get("cause", ""))
    said = re.search(r'"errorMessage":\s*"((?:[^"\\]|\\.)*)"', cause)
    if said:
        return (
            f" ({said.group(1).partition(' Error: ')[2] if said.group(1).startswith('RequestId: ') else said.group(1)})"
        )
    plain = re.sub(r"^An error occurred while executing the state .*?\(entered at the event id #\d+\)\. ", "", cause)
    plain = plain.partition(" (Service: ")[0].strip().rstrip(".")
    return f" ({plain})" if plain and not plain.startswith("{") else ""


def explained(finding: Finding, deployment: Deployment) -> Finding:
    """Adds the slip that stopped a finding's run, where there is one, and gives its hint instead."""
    if finding.verdict != "invalid" or finding.history is None or CARRIES in finding.message:
        return finding  # What an execution was started with comes before what its functions made of it.
    history = finding.history
    slip = (
        slip_in(history, deployment)
        or lost_input(history, deployment)
        or shared_key(history)
        or always_failed(history)
        or started_nothing(history)
    )
    if slip is None or slip.what in finding.message:
        return finding
    told = slip.error and slip.error in finding.message
    return replace(finding, message=finding.message if told else f"{finding.message} {slip.what}", hint=slip.hint)


def slip_in(history: History, deployment: Deployment) -> Slip | None:
    """Gives the first slip of a name that a run shows."""
    for fact in history.of("state", "invocation"):
        found = _of_state(fact, deployment) if fact.kind == "state" else _of_invocation(fact, deployment)
        found = found or _without_a_queue(fact, history)
        if found is not None:
            return found
    return None


def lost_input(history: History, deployment: Deployment) -> Slip | None:
    """Gives the state whose answer, or whose caught error, took the input's place; else a key that no input had."""
    for task in failed_tasks(history, deployment):
        if task.error in NAMELESS and task.order_lost and task.answered and not task.caught:
            return Slip(
                f"The state {task.state} did not get the order: {task.taken_by} hands on what its function returned, "
                "and there was no order in it.",
                f"A function without `return` gives None. What does the function that {task.taken_by} calls return?",
            )
        if task.error in NAMELESS and task.taken_by and task.order_lost:
            said = "caught error" if task.caught else "answer"
            who = f"The catcher of {task.taken_by}" if task.caught else task.taken_by
            return Slip(
                f"The state {task.state} did not get the order: the {said} of {task.taken_by} had taken the place of "
                "the input.",
                f'`{task.function}` is innocent. {who} says no `"ResultPath": None`, and only that hands on the input '
                "as it came.",
            )
        if key := task.never_given:
            return _key_of_the_input(task, key)
    return None


def _key_of_the_input(task: Task, key: str) -> Slip:
    return Slip(
        f"The function `{task.function}` reads `{key}`, and the input that the execution was started with has no such "
        "key.",
        f"What does `start_execution` give as `input`? Letters count: its key has to be `{key}`.",
    )


def started_nothing(history: History) -> Slip | None:
    """Says when a start function came back without an error and left nothing behind."""
    begun = [fact for fact in history.of("accepted") if "error" not in fact.detail]
    if not begun or any(fact.kind not in ("accepted", "end") for fact in history):
        return None
    call = f"{ENTRY.get(begun[0].what, 'the start function')}({begun[0].order_id!r})"
    return Slip(
        f"`{call}` came back and had started nothing: no execution, no event, no message.",
        "Does the function call `start_execution` or `put_events`, with this order in it? Likely slip: a `return` "
        "above that call.",
    )


def shared_key(history: History) -> Slip | None:
    """Gives a call that two orders made with one key, so that the second one had no effect."""
    first: dict[tuple[str, str], Fact] = {}
    for call in history.of("call"):
        key = call.detail.get("key")
        if not key or call.order_id is None:
            continue
        earlier = first.setdefault((call.what, str(key)), call)
        if earlier.order_id != call.order_id and not call.detail.get("effect"):
            return Slip(
                f"`{call.what}` was called with the key {str(key)[:MOST_KEY]!r} for order {earlier.order_id}, and with "
                f"the same key for order {call.order_id}: the second call got the first one's answer, and nothing "
                "happened.",
                "A key stands for one call of one order. Which value is the same when the call is made again, and "
                "differs between two orders?",
            )
    return None


def always_failed(history: History) -> Slip | None:
    """Gives the first function that failed with the same error whenever it ran, though no fault struck the run."""
    if history.of("fault"):
        return None
    runs: dict[str, list[Fact]] = {}
    for fact in history.of("invocation"):
        runs.setdefault(fact.what, []).append(fact)
    for name, facts in runs.items():
        errors = {fact.detail.get("error") for fact in facts if fact.until is not None}
        error = next(iter(errors), None)
        if len(errors) != 1 or error is None or error in REFUSALS:
            continue
        times = "once" if len(facts) == 1 else f"{len(facts)} times"
        message = str(facts[0].detail.get("message", "")).partition(" Error: ")
        said = (message[2] or message[0]).rstrip(". ")
        return Slip(
            f"The function `{name}` ran {times} and always failed with {error}: {said}.",
            f"No fault is at work here. Mend what `{name}` fails with, and run its cell and the cell that deploys it "
            "again.",
            error,
        )
    return None


def _of_state(fact: Fact, deployment: Deployment) -> Slip | None:
    error, cause = fact.detail.get("error"), str(fact.detail.get("cause", ""))
    if error == "Lambda.ResourceNotFoundException":
        called = re.search(r"function:([\w-]+)", cause)
        return _no_such_function(fact.what, called.group(1) if called else "", deployment)
    path = re.search(r"Invalid path '([^']+)'", cause)
    if error == "States.Runtime" and path:
        return Slip(
            f"The state {fact.what} reads `{path.group(1)}`, and what it got has no such part.",
            f"Likely slip: a misspelt path, or a state before {fact.what} whose answer took the place of its input. "
            "`lab.path(arn)` of one execution shows the way; `ResultPath` keeps the input.",
        )
    return None


def _no_such_function(state: str, name: str, deployment: Deployment) -> Slip:
    known = [function.name for function in deployment.functions]
    close = _close(name, known)
    if close:
        hint = f"Likely slip: `{close}` is meant. Correct FunctionName in {state}, and deploy the machine again."
    else:
        hint = f"Deployed are {_listed(known)}. Deploy `{name}`, or correct FunctionName in {state}."
    return Slip(f"The state {state} calls the function `{name}`, and no function of that name is deployed.", hint)


SAID = ("Runtime.HandlerNotFound", "Runtime.UserCodeSyntaxError")  # errors of a load whose words say enough


def _of_invocation(fact: Fact, deployment: Deployment) -> Slip | None:
    error, message = fact.detail.get("error"), str(fact.detail.get("message", ""))
    function = next((row for row in deployment.functions if row.name == fact.what), None)
    if error == "Runtime.ImportModuleError" or (fact.detail.get("loaded") is False and error not in SAID):
        return _no_import(fact.what, message)
    if error != "Runtime.HandlerNotFound" or function is None:
        return None
    module, _, wanted = function.handler.rpartition(".")
    known = functions_in(function, module)
    close = _close(wanted, known)
    said = f"it has `{close}`" if close else f"it has {_listed(known)}"
    return Slip(
        f"The function `{fact.what}` is deployed with the handler `{function.handler}`, and the module `{module}` "
        f"holds no function `{wanted}`; {said}.",
        f"Give both the same name: the handler in the call that deploys `{fact.what}`, and the function in the cell "
        f"`%%handler {module}`. Then run both cells again.",
    )


def _without_a_queue(fact: Fact, history: History) -> Slip | None:
    """Says when a rule brings its events straight to a function that reads the messages of a queue."""
    missing = fact.kind == "invocation" and fact.detail.get("error") == "KeyError"
    if not missing or str(fact.detail.get("message")).strip("'") != "Records" or fact.cause is None:
        return None
    if history[fact.cause].kind != "published":
        return None
    return Slip(
        f"A rule brings its events straight to the function `{fact.what}`, which reads `Records`: the messages of a "
        "queue.",
        f"Let the rule's target be the queue that feeds `{fact.what}`: it keeps each event until it is handled.",
    )


def _no_import(function: str, message: str) -> Slip:
    missing = re.search(r"No module named '([^']+)'", message)
    if missing is None:
        return Slip(f"The function `{function}` cannot be imported: {message.rstrip('.')}.", "Mend the handler's cell.")
    return Slip(
        f"The function `{function}` imports `{missing.group(1)}`, and its zip holds no such module.",
        f"Name `{missing.group(1)}` among the modules when `{function}` is deployed: a function takes along only "
        "what its zip holds.",
    )


def functions_in(function: Function, module: str) -> list[str]:
    """Gives the names of the functions at the top of a module in a function's zip; none for one that is unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(function.zip))) as archive:
            member = archive.getinfo(f"{module.replace('.', '/')}.py")
            if member.file_size > MOST_TEXT:
                return []
            text = archive.read(member).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, RuntimeError):
        return []
    # Not parsed: what a learner sends is looked at, and nothing more.
    return re.findall(r"^(?:async )?def (\w+)", text, re.MULTILINE)


def _close(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, list(known), 1, 0.7)), "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
