"""The ledger of behaviours: what AWS's documentation says, what the local cloud does, and the page made of it.

Each behaviour is data (`*.yaml` in this folder). Its steps run against a fresh local cloud; where that differs from
AWS on purpose, the steps hold on to the difference, so that the page cannot say what is no longer so.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from tests.aws.building import Account, client

FOLDER = Path(__file__).parent
PAGE = (
    FOLDER.parents[1] / "src" / "sagalab" / "aws" / "what-the-local-cloud-does-not-do.md"
)  # learners get it with the package
AREAS = {"step-functions": "Step Functions", "lambda": "Lambda", "eventbridge": "EventBridge",
         "sqs": "SQS", "sns": "SNS", "cloudwatch": "CloudWatch", "account": "The account"}  # fmt: skip
HEAD = """\
# What the local cloud does not do

The local AWS of this course runs in one process, on a virtual clock. It answers as AWS's documentation said in November 2026, but for
the rows below. Each row was tried when this page was made: `python -m tests.fidelity` writes it from the ledger in `tests/fidelity/`.
"""
KNOWN = {"name", "aws", "source", "here", "harmless", "steps"}


@dataclass(frozen=True)
class Behaviour:
    """One row; `here` and `harmless` are set where the local cloud differs."""

    area: str
    name: str
    aws: str
    source: str
    steps: tuple[dict[str, Any], ...]
    here: str = ""
    harmless: str = ""


@functools.cache
def ledger() -> tuple[Behaviour, ...]:
    """Reads all behaviours; raises ValueError for a row that is not whole."""
    rows = []
    for area in AREAS:
        for row in yaml.safe_load((FOLDER / f"{area}.yaml").read_text(encoding="utf-8")):
            if row.keys() - KNOWN or bool(row.get("here")) != bool(row.get("harmless")):
                raise ValueError(f"{area}: {row.get('name')}: unknown fields, or a difference without its reason")
            rows.append(Behaviour(area, **{**row, "steps": tuple(row["steps"])}))
    return tuple(rows)


def page() -> str:
    """Gives the page of the differences."""
    parts = [HEAD]
    for area, title in AREAS.items():
        rows = [row for row in ledger() if row.area == area and row.here]
        if rows:
            parts += [f"\n## {title}\n\n| | on AWS | here | why it does not matter |\n|---|---|---|---|\n"]
            parts += [
                f"| {row.name} | {row.aws} [Source]({row.source}) | {row.here} | {row.harmless} |\n" for row in rows
            ]
    return "".join(parts)


# -- running ----------------------------------------------------------------------------------------


class Play:
    """Runs the steps of one behaviour; `known` holds what earlier steps kept."""

    def __init__(self) -> None:
        self.account = Account()
        self.known: dict[str, Any] = {"role": "arn:aws:iam::123456789012:role/sagalab"}

    def run(self, steps: tuple[dict[str, Any], ...]) -> None:
        """Runs every step; raises AssertionError where an answer is another one."""
        for step in steps:
            (kind,) = step.keys() & {"call", "function", "run", "queue"}
            getattr(self, f"_{kind}")(self._filled(step))

    def _queue(self, step: dict[str, Any]) -> None:
        url, arn = self.account.queue(step["queue"], **step.get("attributes", {}))
        self.known |= {f"{step['queue']}.url": url, f"{step['queue']}.arn": arn}

    def _function(self, step: dict[str, Any]) -> None:
        def behave(event: Any) -> Any:
            self.account.clock.sleep(step.get("seconds", 0))
            if "fails" in step:
                raise type(step["fails"], (Exception,), {})("as told")
            return step.get("answers", event)

        name = step["function"]
        self.known[f"{name}.arn"] = self.account.function(name, behave, timeout=step.get("timeout", 3))

    def _run(self, step: dict[str, Any]) -> None:
        if step["run"] == "quiet":
            self.account.run()
            return
        end = self.account.clock.now + step["run"]
        self.account.run(end)
        self.account.clock.advance(end)  # also when nothing is left to do

    def _call(self, step: dict[str, Any]) -> None:
        service, _, name = step["call"].partition(".")
        try:
            answer = getattr(client(service), name)(**step.get("with", {}))
        except ClientError as error:
            answer = {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
        if "error" in answer and "error" not in step.get("expect", {}) and "message" in answer:
            raise AssertionError(f"{step['call']} was refused: {answer}")
        for path, wanted in step.get("expect", {}).items():
            found = _at(answer, path)
            if path == "message":
                assert wanted in found, f"{step['call']} said {found!r}"
            else:
                assert found == wanted, f"{step['call']}: {path} is {found!r}, not {wanted!r}"
        for kept, path in step.get("keep", {}).items():
            self.known[kept] = _at(answer, path)

    def _filled(self, value: Any) -> Any:
        """Puts kept values in the place of `${name}`, and JSON text in the place of `{json: ...}`."""
        if isinstance(value, dict):
            if set(value) == {"json"}:
                return json.dumps(self._filled(value["json"]))
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, str):
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.known[found[1]]), value)
        return value


def _at(answer: Any, path: str) -> Any:
    """Follows a path such as `events[-1].type`; `len` counts, `json` reads text, and what is missing is None."""
    for part in re.findall(r"[^.\[\]]+", path):
        if part == "len":
            answer = len(answer)
        elif part == "json":
            answer = json.loads(answer)
        elif isinstance(answer, list):
            answer = answer[int(part)] if -len(answer) <= int(part) < len(answer) else None
        elif isinstance(answer, dict):
            answer = answer.get(part, [] if part in ("Messages", "Metrics") else None)
    return answer
