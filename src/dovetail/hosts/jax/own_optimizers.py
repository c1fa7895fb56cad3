"""optax beside Dovetail's transformations: a step in jax.jit that gives its arrays away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.own_optimizers import (
    BUILT_IN,
    DOVETAIL,
    Array,
    Make,
    Stepped,
    Table,
    own_settings,
)


def _betas(rule: Any) -> dict[str, Any]:
    return {"learning_rate": rule.lr, "b1": rule.beta1, "b2": rule.beta2}


OWN: Table = {
    "Adam": ("adam", lambda rule: {**_betas(rule), "eps": rule.eps}),
    "AdamW": ("adamw", lambda rule: {**_betas(rule), "eps": rule.eps,
                                     "weight_decay": rule.weight_decay}),
    "Lion": ("lion", lambda rule: {**_betas(rule), "weight_decay": rule.weight_decay}),
    "SGD": ("sgd", lambda rule: {"learning_rate": rule.lr, "momentum": rule.momentum or None,
                                 "nesterov": rule.nesterov}),
    "Adagrad": ("adagrad", lambda rule: {"learning_rate": rule.lr, "eps": rule.eps,
                                         "initial_accumulator_value": 0.0}),
    "RMSprop": ("rmsprop", lambda rule: {"learning_rate": rule.lr, "decay": rule.rho,
                                         "eps": rule.eps, "eps_in_sqrt": False,
                                         "momentum": rule.momentum or None}),
}  # fmt: skip


def steps(optimizer: Optimizer) -> dict[str, Make]:
    """By column, what makes a step."""
    import optax  # noqa: PLC0415

    form: Any = optimizer.jax  # pyright: ignore[reportUnknownMemberType]
    found = {DOVETAIL: _made(form())}
    own = own_settings(optimizer, OWN)
    if own is not None:
        found[BUILT_IN] = _made(getattr(optax, own[0])(**own[1]))
    return found


def _made(transformation: Any) -> Make:
    import optax  # noqa: PLC0415

    def make(params: Sequence[Array], grads: Sequence[Array]) -> Stepped:
        given = [jnp.asarray(each) for each in grads]
        current = [jnp.array(each) for each in params]
        held: list[Any] = [current, transformation.init(current)]

        def step(grads: Any, params: Any, state: Any) -> Any:
            updates, state = transformation.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        compiled: Any = jax.jit(step, donate_argnums=(1, 2))

        def call() -> None:
            held[:] = jax.block_until_ready(compiled(given, *held))

        return Stepped(call, lambda: [np.asarray(each) for each in held[0]])

    return make
