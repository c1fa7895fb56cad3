"""optax beside Dovetail's transformations: a step in jax.jit that gives its arrays away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.jax.aliases import OPTIMIZERS
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
    "Adam": ("adam", "lr beta1 beta2 eps", {}),
    "AdamW": ("adamw", "lr beta1 beta2 eps weight_decay", {}),
    "Lion": ("lion", "lr beta1 beta2 weight_decay", {}),
    "SGD": ("sgd", "lr momentum nesterov", {}),
    "Adagrad": ("adagrad", "lr eps", {"initial_accumulator_value": 0.0}),
    "RMSprop": ("rmsprop", "lr rho eps momentum", {"eps_in_sqrt": False}),
}


def steps(optimizer: Optimizer) -> dict[str, Make]:
    """By column, what makes a step."""
    import optax  # noqa: PLC0415

    form: Any = optimizer.jax  # pyright: ignore[reportUnknownMemberType]
    found = {DOVETAIL: _made(form())}
    own = own_settings(optimizer, OWN, OPTIMIZERS, "learning_rate")
    if own is not None:
        name, settings = own
        if settings.get("momentum") == 0.0:
            settings["momentum"] = None  # as Optax spells it
        found[BUILT_IN] = _made(getattr(optax, name)(**settings))
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
