"""Step Functions: the words in which a definition is refused: code, problem and place as on AWS, then the likely slip.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html.
Who reaches the cloud through its port is a program, and gets the words of AWS alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SLIP = " Likely slip: "
# What statelint says, and what AWS says of the same; the second one's last blank is the place.
SENTENCES = (
    (
        r'Field "(?P<field>[^"]+)" not allowed in (?P<place>State Machine.*)',
        "Field '{field}' is not supported at {place}",
    ),
    (
        r'(?P<place>State Machine.*) does not have required field "(?P<field>[^"]+)"',
        "The field '{field}' is required but was missing at {place}",
    ),
    (
        r'Field "(?P<field>[^"]+)" of \w+ at "(?P<place>State Machine.*)" is not a JSONPath or intrinsic function .*',
        "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call at {place}",
    ),
    (
        r"No transition found to state (?P<place>State Machine.*)\.(?P<field>.+)",
        'State "{field}" is not reachable. at {place}/States/{field}',
    ),
    (
        r'(?P<place>State Machine.*)\.(?P<field>InputPath|OutputPath|ItemsPath) is ".*" but should be a JSONPath',
        "Value is not a valid JSONPath at {place}/{field}",
    ),
    (
        r'(?P<place>State Machine.*)\.(?P<field>\w+) is (?P<value>\S+) but allowed (floor|ceiling) is (?P<bound>\S+)',
        "The value for the field '{field}' is out of range at {place}/{field}",
    ),
    (r"No terminal state found in machine at (?P<place>.*)", "Workflow has no terminal state at null"),
    (
        r"(?P<place>State Machine.*)\.Resource is .* but should be A URI",
        "Value is not a valid resource ARN at {place}/Resource",
    ),
)  # fmt: skip
ANY = re.compile(
    r"(?P<place>State Machine(?:\.\S+)?)\.(?P<field>\w+(?:\[\d+\])?) (?P<rest>(?:is|may|has|does) .*)", re.DOTALL
)
CODES = {"No transition": "MISSING_TRANSITION_TARGET", "No terminal": "MISSING_END_STATE"}


def as_aws_says(problem: str) -> str:
    """Gives a sentence of statelint in AWS's words where they are known, with its code."""
    code = next((code for start, code in CODES.items() if problem.startswith(start)), "SCHEMA_VALIDATION_FAILED")
    for pattern, sentence in SENTENCES:
        if found := re.fullmatch(pattern, problem):
            rows = found.groupdict()
            return f"{code}: {sentence.format(**rows | {'place': as_place(rows['place'])}).replace(' at //', ' at /')}"
    if found := ANY.fullmatch(problem):
        place = f"{as_place(found['place'])}/{found['field']}".replace("//", "/")
        return f"{code}: {found['field']} {found['rest']} at {place}"
    return f"{code}: {problem}"


def as_place(path: str) -> str:
    """Gives statelint's State Machine.States.A.Choices[0] as /States/A/Choices[0]; a name may hold a blank or dot."""
    return re.sub(r"\.(?=\w)", "/", path.removeprefix("State Machine").strip()) or "/"


def parts(problem: str) -> tuple[str, str]:
    """Gives what AWS says of a problem, and the likely slip behind it, with its words, or nothing."""
    said, _, slip = problem.partition(SLIP)
    return said, f"{SLIP}{slip}" if slip else ""


def in_one_sentence(problems: Iterable[str], slips: bool) -> str:
    """Gives the refusal of a definition, with the likely slips behind it or without."""
    rows = [parts(problem) for problem in list(problems)[:10]]
    said = ", ".join(said for said, _ in rows)
    return f"Invalid State Machine Definition: '{said}'" + ("".join(slip for _, slip in rows[:3]) if slips else "")
