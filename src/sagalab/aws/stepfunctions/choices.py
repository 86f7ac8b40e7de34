"""Step Functions: Choice states, what their rules compare, and what the one that matched assigns.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html. Each function below is one gap
and its seam.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.aborted import entered_at
from sagalab.aws.stepfunctions.evaluation import MOMENT, failure

CHOICE = "moto.stepfunctions.parser.asl.component.state.choice"
PIECES = re.compile(r"\\[*\\]|\*|[^*\\]+|\\", re.DOTALL)
NOWHERE = "Failed to transition out of the state. The state does not point to a next state."
INVALID = "The choice state's condition path references an invalid value."


class _ByDefault(str):
    """The name of the state that follows when no rule matched."""


def _chosen_rules() -> None:
    """AWS fails a Choice without a match as States.NoChoiceMatched, and assigns what the rule that matched says.

    moto says States.Runtime; and where rule and Default lead to one state, it assigns what the Choice says, too, which
    is for Default alone. Seams: `StateChoice._eval_state`, `StateChoice._eval_state_output`.
    """
    from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice

    end = StateChoice._eval_state_output

    def _eval_state(state: Any, env: Any) -> None:
        for rule in state.choices_decl.rules:
            rule.comparison.eval(env)
            if env.stack.pop() is True:
                for part in (rule.assign, rule.output):  # They read the input, which lies on top now.
                    if part is not None:
                        part.eval(env)
                env.stack.append(rule.next_stmt.name)
                return
        if state.default_state is None:
            entered = entered_at(env, state.name)  # A state that is tried alone has no events.
            place = f"'{state.name}'" + (f" (entered at the event id #{entered})" if entered is not None else "")
            slip = "" if cloud().address else " Likely slip: no rule of the Choice matched, and it has no Default."
            cause = f"An error occurred while executing the state {place}. {NOWHERE}{slip}"
            raise failure(env, "StatesNoChoiceMatched", cause)
        env.stack.append(_ByDefault(state.default_state.state_name))

    def _eval_state_output(state: Any, env: Any) -> None:
        if isinstance(env.stack[-1], _ByDefault) or state.default_state is None:
            end(state, env)
            return
        name = env.stack.pop()
        if state._is_language_query_jsonpath():
            if state.output_path:
                state.output_path.eval(env=env)
            else:
                env.states.reset(input_value=env.stack.pop())
        env.next_state_name = name

    StateChoice._eval_state, StateChoice._eval_state_output = _eval_state, _eval_state_output


def _assigning_rules() -> None:
    """AWS lets a rule assign in both query languages; moto drops it from the rules of JSONPath.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html.
    Seam: `Preprocessor.visitChoice_rule_comparison_variable`.
    """
    from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    original = Preprocessor.visitChoice_rule_comparison_variable

    def visit(preprocessor: Any, ctx: Any) -> Any:
        rule = original(preprocessor, ctx)
        if rule.assign is None and '"Assign"' in ctx.getText():
            parts = (preprocessor.visit(child) for child in ctx.children)
            rule.assign = next((part for part in parts if isinstance(part, AssignDecl)), None)
        return rule

    Preprocessor.visitChoice_rule_comparison_variable = visit


def _paths_of_a_choice() -> None:
    """AWS fails a Choice whose Variable is not there; moto takes the rule for no match. Seam: `ComparisonVariable`."""
    from moto.stepfunctions.parser.asl.component.state.choice.comparison import comparison_variable as module
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable

    def _eval_body(rule: Any, env: Any) -> None:
        rule.variable.eval(env)
        if isinstance(env.stack[-1], NoSuchVariable) and rule.comparison_function.operator_type.name != "IsPresent":
            raise failure(
                env, "StatesRuntime", f"Invalid path '{rule.variable.string_sampler.literal_value}': {INVALID}"
            )
        rule.comparison_function.eval(env)

    module.ComparisonVariable._eval_body = _eval_body


def _values_of_any_kind() -> None:
    """AWS takes a rule over values of two kinds for no match, and fails one whose second path is not there.

    moto dies of the first, and names its own class at the second. Seam: `ComparisonFuncValue._eval_body`.
    """
    module: Any = importlib.import_module(f"{CHOICE}.comparison.comparison_func")
    from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

    original = module.ComparisonFuncValue._eval_body

    def _eval_body(function: Any, env: Any) -> None:
        try:
            original(function, env)
        except NoSuchJsonPathError as error:
            raise failure(env, "StatesRuntime", f"Invalid path '{error.json_path}': {INVALID}") from None
        except TypeError:
            env.stack.append(False)

    module.ComparisonFuncValue._eval_body = _eval_body


def _moments() -> None:
    """AWS takes every timestamp of RFC 3339, with fractions and zones; moto whole seconds of UTC alone.

    Seam: `IsTimestamp.string_to_timestamp`, by which the comparisons read, too.
    """
    module: Any = importlib.import_module(f"{CHOICE}.comparison.operator.implementations.is_operator")

    def string_to_timestamp(string: Any) -> datetime | None:
        if not isinstance(string, str) or MOMENT.fullmatch(string) is None:
            return None
        try:
            return datetime.fromisoformat(string)
        except ValueError:
            return None

    module.IsTimestamp.string_to_timestamp = staticmethod(string_to_timestamp)


def _patterns() -> None:
    r"""AWS knows one wildcard, the asterisk, and \* for an asterisk; moto all those of a shell.

    Seam: `StringMatches._compare`.
    """
    module: Any = importlib.import_module(f"{CHOICE}.comparison.operator.implementations.string_operators")

    def _compare(variable: Any, comparison_value: Any) -> bool:
        if not isinstance(variable, str):
            return False
        pattern = "".join(
            ".*" if piece == "*" else re.escape(piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece)
            for piece in PIECES.findall(comparison_value)
        )
        return re.fullmatch(pattern, variable, re.DOTALL) is not None

    module.StringMatches._compare = staticmethod(_compare)


PATCHES: tuple[Callable[[], None], ...] = (
    _chosen_rules,
    _assigning_rules,
    _paths_of_a_choice,
    _values_of_any_kind,
    _moments,
    _patterns,
)
