"""Step Functions: Tasks whose Resource is a function's own ARN.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html: the state's input is the
function's event, and what the function returns is the state's result. Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

EXEC = "moto.stepfunctions.parser.asl.component.state.exec"


def _events_as_they_are() -> None:
    """AWS hands the input over as JSON, whatever it is; moto makes an object of null, and reads a text that is JSON.

    Seam: `state_task_lambda.lambda_eval_utils`, which `lambda:invoke` has, too: there a Payload's text is its JSON.
    """
    module: Any = importlib.import_module(f"{EXEC}.state_task.state_task_lambda")

    def to_payload_type(payload: Any) -> bytes:
        return payload if isinstance(payload, bytes) else json.dumps(payload).encode()

    module.lambda_eval_utils = SimpleNamespace(**{**vars(module.lambda_eval_utils), "to_payload_type": to_payload_type})


def _errors_as_they_are() -> None:
    """AWS gives the error of a function as its runtime wrote it, with blanks; moto without.

    `lambda:invoke` writes it anew, without blanks. Seam: `StateTaskLambda._from_error`.
    """
    module: Any = importlib.import_module(f"{EXEC}.state_task.state_task_lambda")
    original = module.StateTaskLambda._from_error

    def _from_error(state: Any, env: Any, ex: Exception) -> Any:
        event = original(state, env, ex)
        if isinstance(ex, module.lambda_eval_utils.LambdaFunctionErrorException):
            row = event.event_details["lambdaFunctionFailedEventDetails"]
            row["cause"] = json.dumps(json.loads(ex.payload))
        return event

    module.StateTaskLambda._from_error = _from_error


PATCHES: tuple[Callable[[], None], ...] = (_events_as_they_are, _errors_as_they_are)
