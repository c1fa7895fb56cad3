"""JAX's own judges, and what the checker asks of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from dovetail.extension.values import leaves_of, split
from dovetail.hosts.protocol import Validator
from dovetail.language.tree import unflatten
from dovetail.operations.derivatives import derivative_is_declared

FUNCTIONS = ("op", "activation", "loss")
_SHIFT = 0.0123  # how far arguments are moved away from what may be a kink


def versions() -> dict[str, str]:
    """The packages that the host stands on."""
    found: dict[str, str] = {}
    for package in ("jax", "jaxlib", "flax", "optax"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def from_numpy(array: Any) -> Any:
    """A NumPy array as one of JAX's; 64-bit types stay what they are."""
    with jax.enable_x64(True):
        return jnp.asarray(array)


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by jax.vjp; zeros where none flows."""
    with jax.enable_x64(True):
        leaves, structure = split(args)  # in our order: jax.tree sorts the keys of dicts
        real = [n for n, leaf in enumerate(leaves) if jnp.issubdtype(leaf.dtype, jnp.floating)]

        def run(*moving: Any) -> list[Any]:
            filled = list(leaves)
            for place, value in zip(real, moving, strict=True):
                filled[place] = value
            found = extension(*unflatten(structure, filled), **settings)
            return [x for x in leaves_of(found) if jnp.issubdtype(x.dtype, jnp.floating)]

        outputs, back = jax.vjp(run, *(leaves[n] for n in real))
        given = [
            each
            for each in leaves_of(cotangents)
            if jnp.issubdtype(jnp.asarray(each).dtype, jnp.floating)
        ]
        found = back([jnp.asarray(g, o.dtype) for g, o in zip(given, outputs, strict=True)])
        gradients = dict(zip(real, found, strict=True))
        return tuple(gradients.get(n, jnp.zeros(leaf.shape)) for n, leaf in enumerate(leaves))


def optimize(
    optimizer: Any, params: Mapping[str, Any], gradients: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The parameters after each step, from NumPy arrays and as NumPy arrays."""
    import optax  # noqa: PLC0415

    with jax.enable_x64(True):
        transformation = optimizer.jax()
        current: Any = {name: jnp.asarray(array) for name, array in params.items()}
        state = transformation.init(current)
        found: list[dict[str, Any]] = []
        for given in gradients:
            updates, state = jax.jit(transformation.update)(dict(given), state, current)
            current = optax.apply_updates(current, updates)
            found.append({name: np.asarray(array) for name, array in current.items()})
        return found


def _gradients(
    extension: Any, args: tuple[Any, ...], settings: dict[str, Any], order: int
) -> Iterator[str]:
    with jax.enable_x64(True):
        leaves, structure = split(args)  # in our order: jax.tree sorts the keys of dicts
        wide = [
            jnp.asarray(leaf, np.float64) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf
            for leaf in map(jnp.asarray, leaves)
        ]
        real = [n for n, x in enumerate(wide) if jnp.issubdtype(x.dtype, jnp.floating) and x.size]

        def run(*moving: Any) -> list[Any]:
            filled = list(wide)
            for place, value in zip(real, moving, strict=True):
                filled[place] = value
            found = extension(*unflatten(structure, filled), **settings)
            return [x for x in leaves_of(found) if jnp.issubdtype(x.dtype, jnp.floating)]

        if not real or not jax.eval_shape(run, *(wide[n] for n in real)):
            return
        complaint = None
        for shift in (0.0, _SHIFT):  # differences across a kink say nothing: then beside it
            try:
                check_grads(
                    run, [_shifted(wide[n], shift) for n in real], order, atol=1e-4, rtol=1e-4
                )
            except AssertionError as error:
                complaint = complaint or " ".join(str(error).split())[:300]
                continue
            return
        if not derivative_is_declared(extension, args, settings):
            yield complaint or "no reason given"


def _shifted(array: Any, shift: float) -> Any:
    spread = jnp.linspace(-1.0, 1.0, array.size, dtype=array.dtype).reshape(array.shape)
    return array * (1.0 + shift * spread) + shift


def first_order(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """jax.test_util.check_grads, both modes."""
    yield from _gradients(extension, args, settings, 1)


def second_order(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterator[str]:
    """jax.test_util.check_grads, both modes of both modes."""
    yield from _gradients(extension, args, settings, 2)


VALIDATORS: Sequence[Validator] = (
    Validator("jax.test_util.check_grads", FUNCTIONS, first_order),
    Validator("jax.test_util.check_grads of order 2", FUNCTIONS, second_order),
)
