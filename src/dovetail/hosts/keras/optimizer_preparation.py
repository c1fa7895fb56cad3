"""`prepare` and `evaluation` of optimizers on Keras' variables.

Keras' `fit` takes one gradient in a step. A rule whose `prepare` takes `again` needs a `train_step`
of the user's, which calls `optimizer.apply(grads, variables, again=function)`: the function is
given a list of tensors like the variables and returns (the loss, the gradients), for example by
`model.stateless_call`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from dovetail.errors import UnsupportedError
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.optimizer_preparation import check_functions
from dovetail.extension.optimizer_stages import Functions, Prepared, prepared
from dovetail.hosts.keras.tensors import BACKEND, tensor

REMEDY = (
    "optimizer.apply(grads, variables, again=function) in a train_step of your own: fit takes one "
    "gradient in a step; or train with dt.Model, or with the forms for PyTorch or JAX"
)


def prepare(
    optimizer: Optimizer,
    variables: Sequence[Any],
    grads: Sequence[Any],
    states: Mapping[str, Sequence[Any]],
    shared: Mapping[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
    functions: Functions,
) -> Prepared:
    """Run `prepare`; a rule with `asks_again` by a condition in the graph."""
    _refuse_replicas(optimizer)
    params = [tensor(variable) for variable in variables]
    gradients = [
        keras.ops.convert_to_tensor(grad, dtype=variable.dtype, sparse=False)
        for grad, variable in zip(grads, variables, strict=True)
    ]

    def run(asking: bool) -> Prepared:
        return prepared(
            optimizer, optimizer.preparation, params, gradients, states, shared, step, hyper,
            functions, asking=asking, remedy=REMEDY,
        )  # fmt: skip

    check_functions(optimizer, functions, REMEDY)
    if not optimizer.asks_sometimes:
        return run(bool(optimizer.asks))

    def flat(asking: bool) -> Any:
        found = run(asking)
        return found.gradients, found.states, found.shared

    wanted = keras.ops.convert_to_tensor(optimizer.asks_again(step), dtype="bool")
    found: Any = keras.ops.cond(wanted, lambda: flat(True), lambda: flat(False))
    return Prepared(*found)


def _refuse_replicas(optimizer: Optimizer) -> None:
    if BACKEND == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 (only where it is the backend)

        count = tf.distribute.get_strategy().num_replicas_in_sync
        if count > 1:
            raise UnsupportedError(
                f"{optimizer.name} computes with all gradients together, and there are {count} "
                "replicas, whose gradients are added later",
                "one replica",
                "use a rule without prepare(), or the backend of JAX or PyTorch",
            )
