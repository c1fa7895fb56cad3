"""@dt.loss: the loss of each example, with a reduction that the caller chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dovetail.errors import OutputCountError, ReductionError, SignatureError
from dovetail.extension.base import Extension
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import leaves_of
from dovetail.language import operands
from dovetail.language.namespace import FUNCTIONS

REDUCTIONS = ("mean", "sum", "none")


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
