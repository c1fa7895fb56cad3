"""A direct call of an extension on JAX's arrays and tracers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller
from dovetail.hosts.jax.primitive import any_specs, on_device
from dovetail.hosts.jax.segments import jitted
from dovetail.operations.arguments import FLOAT, NUMBER, CallTemplate
from dovetail.operations.calls import OperationCaller, OtherOutputsError, Primal

Array = jax.Array
WIDTH = 2  # from so many arrays on, weak types may meet strong ones


class JaxArguments(CallTemplate):
    """The arguments of a call on JAX's arrays; NumPy's may be mixed with them."""

    __slots__ = ()

    floats: ClassVar[tuple[type, ...]] = (float,)

    def owns(self, value: object) -> bool:
        return isinstance(value, (Array, np.ndarray))

    def add(self, value: Any) -> Any:
        return super().add(jnp.asarray(value) if isinstance(value, np.ndarray) else value)

    def strong(self) -> Sequence[Any]:
        """The arrays; those of a weak floating type in the type of the strong ones."""
        arrays = self.arrays
        if len(arrays) < WIDTH or not any(each.weak_type for each in arrays):
            return arrays
        kinds = [kind for kind in self.order if kind != FLOAT]
        real = [
            each
            for each, kind in zip(arrays, kinds, strict=True)
            if kind != NUMBER and jnp.issubdtype(each.dtype, jnp.floating)
        ]
        types = {each.dtype for each in real if not each.weak_type}
        if not types:
            return arrays
        target = jnp.result_type(*types)
        weak = {id(each) for each in real if each.weak_type and each.dtype != target}
        return [each.astype(target) if id(each) in weak else each for each in arrays]


class JaxCaller(OperationCaller):
    """Calls one extension on JAX's arrays."""

    arguments: ClassVar[type[CallTemplate]] = JaxArguments

    def __init__(self, host: Any, extension: Extension) -> None:
        super().__init__(host, extension)
        # For a call with arrays alone, all else at its default: the function and its floats.
        self._fast: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def entry_point(self) -> Caller:
        """The function that a call goes through; its fast path adds a microsecond to JAX's."""
        fast, plain, run = self._fast, self.plain, self.run
        concrete = type(jnp.zeros(()))

        def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if fast and not kwargs and len(args) == plain:
                for array in args:
                    if array.__class__ is not concrete or (plain > 1 and array.weak_type):
                        break
                else:
                    function, floats = fast[0]
                    try:
                        return function(*args, *floats)
                    except OtherOutputsError:
                        fast.clear()
            return run(args, kwargs)

        return call

    def results(self, operation: Primal, collected: JaxArguments) -> Sequence[Any]:
        arrays = collected.strong()
        if operation.tree is None:
            operation.graph(any_specs(operation, arrays))
        found = jitted(operation)(*arrays, *on_device(tuple(collected.scalars)))
        return found if isinstance(found, (tuple, list)) else (found,)

    def install_fast_path(self, operation: Primal, collected: JaxArguments) -> None:
        self._fast[:] = [(jitted(operation), on_device(tuple(collected.scalars)))]


def caller(host: Any, extension: Extension) -> Caller:
    """The caller of an extension on JAX's arrays."""
    return JaxCaller(host, extension).entry_point()
