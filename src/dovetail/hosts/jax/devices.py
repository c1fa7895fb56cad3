"""The devices of JAX, for the checker."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax


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
