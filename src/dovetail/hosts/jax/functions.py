"""Ops, activations and losses as functions on JAX's arrays."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.extension.base import Extension


class JaxFunction:
    """An extension that takes NumPy arrays and numbers for JAX's, as JAX's own functions do."""

    def __init__(self, extension: Extension) -> None:
        self.definition = extension
        functools.update_wrapper(self, extension, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and not isinstance(args[0], jax.Array):
            args = (jax.tree.map(_own, args[0]), *args[1:])
        return self.definition(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.definition.kind} {self.definition.signature} of dovetail, for jax>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _form_of, (self.definition,)


def _own(value: Any) -> Any:
    numeric = isinstance(value, (np.ndarray, np.generic, bool, int, float))
    return jnp.asarray(value) if numeric else value


def _form_of(extension: Any) -> Any:
    return extension.jax
