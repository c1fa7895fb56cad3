"""Keras' optimizers beside Dovetail's, as `fit` runs them on each backend."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.keras.aliases import OPTIMIZERS
from dovetail.hosts.keras.tensors import BACKEND, from_numpy, to_numpy
from dovetail.hosts.own_optimizers import (
    BUILT_IN,
    DOVETAIL,
    Array,
    Make,
    Stepped,
    Table,
    own_settings,
)

OWN: Table = {
    "Adam": ("Adam", "lr beta1 beta2 eps amsgrad", {}),
    "AdamW": ("AdamW", "lr beta1 beta2 eps weight_decay", {}),
    "Lion": ("Lion", "lr beta1 beta2 weight_decay", {}),
    "SGD": ("SGD", "lr momentum nesterov", {}),
    "RMSprop": ("RMSprop", "lr rho eps momentum", {}),
}


def steps(optimizer: Optimizer) -> dict[str, Make]:
    """By column, what makes a step."""
    form: Any = optimizer.keras  # pyright: ignore[reportUnknownMemberType]
    config = keras.optimizers.serialize(form)
    found = {DOVETAIL: _made(lambda: keras.optimizers.deserialize(config))}
    own = own_settings(optimizer, OWN, OPTIMIZERS, "learning_rate")
    if own is not None:
        name, settings = own
        found[BUILT_IN] = _made(lambda: getattr(keras.optimizers, name)(**settings))
    return found


def _made(factory: Callable[[], Any]) -> Make:
    def make(params: Sequence[Array], grads: Sequence[Array]) -> Stepped:
        variables = [keras.Variable(from_numpy(each)) for each in params]
        given = [from_numpy(each) for each in grads]
        made = factory()
        made.build(variables)
        if BACKEND == "jax":
            return _stateless(made, variables, given)
        step: Any = lambda: made.apply(given, variables)  # noqa: E731 - tf.function wraps it
        if BACKEND == "tensorflow":
            step = importlib.import_module("tensorflow").function(step)
        return Stepped(step, lambda: [np.array(to_numpy(each.value)) for each in variables])

    return make


def _stateless(made: Any, variables: list[Any], given: list[Any]) -> Stepped:
    """The step that Keras' trainer runs in jax.jit."""
    jax: Any = importlib.import_module("jax")
    held: list[Any] = [[v.value for v in made.variables], [v.value for v in variables]]

    def step(state: Any, grads: Any, params: Any) -> Any:
        return made.stateless_apply(state, grads, params)

    compiled = jax.jit(step, donate_argnums=(0, 2))

    def call() -> None:
        params, state = jax.block_until_ready(compiled(held[0], given, held[1]))
        held[:] = state, params

    return Stepped(call, lambda: [np.asarray(each) for each in held[1]])
