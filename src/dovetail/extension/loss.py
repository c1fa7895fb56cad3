"""@dt.loss: the loss of each example, with a reduction that the caller chooses."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from dovetail.errors import LossOrderError, OutputCountError, ReductionError, SignatureError
from dovetail.extension.base import Extension
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import leaves_of
from dovetail.language import operands
from dovetail.language.namespace import FUNCTIONS

REDUCTIONS = ("mean", "sum", "none")
# Keras passes what is right first; a definition with this name for it has the same order.
RIGHT = "y_true"
KERAS_CALLERS = ("keras.src.losses.", "keras.src.metrics.")


class Loss(Extension):
    """The loss of each example; `reduction="mean"`, "sum" or "none" over all of them.

    The mean is that of the examples' losses, whatever shape they have.
    """

    kind = "loss"

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        if "reduction" in signature.index:
            reason = "`reduction` is added by @dt.loss, and the definition has one of its own"
            raise SignatureError(self.name, reason, self.location)
        return signature.with_argument(Argument("reduction", False, "mean", keyword_only=True))

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._refuse_keras()
        return super().__call__(*args, **kwargs)

    def _refuse_keras(self) -> None:
        """Raises where Keras calls the definition itself, and would exchange its arguments."""
        if "keras" in sys.modules and self.signature.array_names[0] != RIGHT:
            caller = str(sys._getframe(2).f_globals.get("__name__"))  # pyright: ignore[reportPrivateUsage]
            if caller.startswith(KERAS_CALLERS):
                raise LossOrderError(self.name, self.signature.array_names[0], self.location)

    # torch.compile is not to look into it.
    _refuse_keras._dynamo_marked_constant = True  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]

    def evaluate(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        kwargs = dict(kwargs)
        reduction = kwargs.pop("reduction")
        if reduction not in REDUCTIONS:
            raise ReductionError(self.name, reduction, REDUCTIONS)
        losses = self.definition(*args, **kwargs)
        if reduction == "none":
            return losses
        leaves = leaves_of(losses)
        if len(leaves) != 1:
            raise OutputCountError(
                f"loss {self.name}", "one array, the loss of each example", len(leaves),
                self.location,
            )  # fmt: skip
        if not operands.is_array(losses):
            return losses  # the caller says what is wrong with it
        return FUNCTIONS[reduction](losses)


loss = Loss
