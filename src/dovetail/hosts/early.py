"""What frameworks must find before their host is loaded. Imports none of them."""

from __future__ import annotations

import sys

from dovetail.errors import CallError
from dovetail.extension.dispatch import UNTRACED
from dovetail.extension.loss import CALLER_CHECKS, TARGETS_FIRST, Loss

KERAS_CALLERS = ("keras.src.losses.", "keras.src.metrics.")


def check_keras_order(loss: Loss) -> None:
    """Raises where Keras calls the definition itself, and would exchange its arguments."""
    first = loss.signature.array_names[0]
    if "keras" in sys.modules and first != TARGETS_FIRST:
        caller = str(sys._getframe(3).f_globals.get("__name__"))
        if caller.startswith(KERAS_CALLERS):
            raise CallError(
                f"Keras calls the loss {loss.name!r} itself, and would exchange its arguments: "
                f"Keras passes (y_true, y_pred), and the first argument of {loss.name!r} is "
                f"{first!r}",
                "Keras' form of the loss, which knows both orders",
                f"compile(loss={loss.name}.keras()), or metrics=[{loss.name}.keras.metric()]",
                loss.location,
            )


def install() -> None:
    """Install it, once."""
    for function in UNTRACED:
        function._dynamo_marked_constant = True  # of torch.compile
    CALLER_CHECKS.append(check_keras_order)
