"""One class per cause. Every message says what happened, where, the likely slip and what to do."""

from __future__ import annotations


class SagalabError(Exception):
    """The base of every error that the kit raises on purpose."""

    def __init__(self, what: str, *, where: str = "", slip: str = "", do: str = "") -> None:
        self.what, self.where, self.slip, self.do = what, where, slip, do
        super().__init__(what)

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.slip:
            parts.append(f"Likely slip: {self.slip}")
        if self.do:
            parts.append(f"What to do: {self.do}")
        return "\n".join(parts)


class LearnerError(SagalabError):
    """Something in the learner's own work that the kit can explain."""


class HandlerError(LearnerError):
    """A handler module cannot be packaged, imported or found."""


class DefinitionError(LearnerError):
    """A state machine definition, event pattern or plan that cannot work as written."""


class NotSupportedHere(SagalabError):
    """A feature that real AWS has and the local cloud does not."""


class GraderError(SagalabError):
    """The kit itself failed: never a learner's fault, never a zero."""


class SetupError(SagalabError):
    """The machine lacks something that the kit needs: one line says what to do."""


class CellTimeout(BaseException):
    """A notebook's cell used up its processor time. No `Exception`: a loop that catches everything would go on."""
