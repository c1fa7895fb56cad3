"""JAX's own checks (`dt.check` runs them), and its derivatives and devices for the checker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from dovetail.hosts.protocol import Validator
from dovetail.language.tree import map_leaves
from dovetail.operations.validation import FloatingFunction, wrong_derivative

FUNCTIONS = ("op", "activation", "loss")


def versions() -> dict[str, str]:
    """The packages that the host depends on."""
    packages = ("jax", "jaxlib", "flax", "optax")
    return {package: version(package) for package in packages if find_spec(package)}


def _devices() -> dict[str, Any]:
    found = [*jax.devices("cpu"), *jax.devices()]
    return {f"{each.platform}:{each.id}": each for each in found}


def available() -> list[str]:
    """The devices of this machine that JAX can use."""
    return list(_devices())


def as_default(device: str) -> AbstractContextManager[Any]:
    """A context in which JAX makes arrays on a device."""
    found = _devices()
    chosen = found[device] if device in found else jax.devices(device)[0]
    return jax.default_device(chosen)


def from_numpy(array: Any) -> Any:
    """A NumPy array as one of JAX's; 64-bit types stay what they are."""
    with jax.enable_x64(True):
        return jnp.asarray(array)


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by jax.vjp; zeros where none flows."""
    with jax.enable_x64(True):
        function = FloatingFunction(extension, args, settings, _is_real)
        outputs, pullback = jax.vjp(function, *function.primals)
        given = function.picked(map_leaves(jnp.asarray, cotangents))
        found = pullback([jnp.asarray(g, o.dtype) for g, o in zip(given, outputs, strict=True)])
        return function.spread(found, lambda leaf: jnp.zeros(leaf.shape))


def _is_real(value: Any) -> bool:
    return jnp.issubdtype(value.dtype, jnp.floating)


def _has_elements(value: Any) -> bool:
    return _is_real(value) and value.size > 0


def optimize(
    optimizer: Any, params: Mapping[str, Any], gradients: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The parameters after each step, from NumPy arrays and as NumPy arrays.

    The gradients belong to losses with the identity as their Hessian.
    """
    import optax  # noqa: PLC0415

    with jax.enable_x64(True):
        transformation = optimizer.jax()
        current: Any = {name: jnp.asarray(array) for name, array in params.items()}
        state = transformation.init(current)

        @jax.jit
        def step(given: Any, state: Any, current: Any) -> Any:
            def again(points: Any) -> tuple[Any, Any]:
                return jnp.zeros(()), {n: given[n] + (points[n] - current[n]) for n in points}

            asked = {"again": again} if optimizer.asks else {}
            updates, state = transformation.update(given, state, current, **asked)
            return optax.apply_updates(current, updates), state

        found: list[dict[str, Any]] = []
        for given in gradients:
            current, state = step(dict(given), state, current)
            found.append({name: np.asarray(array) for name, array in current.items()})
        return found


def _gradients(
    extension: Any, args: tuple[Any, ...], settings: dict[str, Any], order: int
) -> Iterator[str]:
    """jax.test_util.check_grads, both modes; of order 2, both modes of both modes."""
    with jax.enable_x64(True):
        arrays = map_leaves(jnp.asarray, args)
        wide = map_leaves(lambda x: jnp.asarray(x, np.float64) if _is_real(x) else x, arrays)
        function = FloatingFunction(extension, wide, settings, _has_elements)

        if not function.primals or not jax.eval_shape(function, *function.primals):
            return

        def complaint(shift: float) -> str | None:
            inputs = [_shifted(x, shift) for x in function.primals]
            try:
                check_grads(function, inputs, order, atol=1e-4, rtol=1e-4)
            except AssertionError as error:
                return " ".join(str(error).split())[:300] or "no reason given"
            return None

        yield from wrong_derivative(complaint, extension, args, settings)


def _shifted(array: Any, shift: float) -> Any:
    spread = jnp.linspace(-1.0, 1.0, array.size, dtype=array.dtype).reshape(array.shape)
    return array * (1.0 + shift * spread) + shift


VALIDATORS: Sequence[Validator] = (
    Validator("jax.test_util.check_grads", FUNCTIONS, partial(_gradients, order=1)),
    Validator("jax.test_util.check_grads of order 2", FUNCTIONS, partial(_gradients, order=2)),
)
