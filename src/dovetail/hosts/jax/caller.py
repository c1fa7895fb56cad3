"""A direct call of an extension on JAX's arrays and tracers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller
from dovetail.extension.signature import Argument
from dovetail.extension.values import put
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Graph
from dovetail.graph.primitives.elementwise import cast
from dovetail.graph.primitives.row import input_node
from dovetail.hosts.jax.dtypes import specs_of
from dovetail.hosts.jax.primitive import on_device
from dovetail.hosts.jax.segments import jitted
from dovetail.operations.arguments import CallTemplate
from dovetail.operations.calls import OperationCaller
from dovetail.operations.operation import Specs
from dovetail.operations.primal import Primal

Array = jax.Array
WIDTH = 2  # from so many arrays on, weak types may meet strong ones


class JaxArguments(CallTemplate):
    """The arguments of a call on JAX's arrays; NumPy's may be mixed with them.

    A number that JAX holds (for example a traced learning rate), passed for a float, is an operand
    that may be differentiated and mapped over; in promotion it is weak, as a float is.
    `numbers` are the positions of such operands among the arrays.
    """

    __slots__ = ("numbers",)

    floats: ClassVar[tuple[type, ...]] = (float,)

    def __init__(self, signature: Any, values: list[Any]) -> None:
        self.numbers: list[int] = []
        super().__init__(signature, values)

    def owns(self, value: object) -> bool:
        return isinstance(value, (Array, np.ndarray))

    def add(self, value: Any) -> Any:
        return super().add(jnp.asarray(value) if isinstance(value, np.ndarray) else value)

    def _setting(self, argument: Argument, value: Any) -> Any:
        if self.owns(value) and not argument.static and value.shape == ():
            floating = jnp.issubdtype(value.dtype, jnp.floating)
            if argument.scalar or (type(argument.default) is int and floating):
                self.numbers.append(len(self.arrays))
                self.key.append("number")
                return self.add(value)
        return super()._setting(argument, value)

    def strong(self) -> Sequence[Any]:
        """The arrays; those of a weak floating type in the type of the strong ones."""
        arrays = self.arrays
        if len(arrays) < WIDTH or not any(each.weak_type for each in arrays):
            return arrays
        real = [
            each
            for n, each in enumerate(arrays)
            if n not in self.numbers and jnp.issubdtype(each.dtype, jnp.floating)
        ]
        types = {each.dtype for each in real if not each.weak_type}
        if not types:
            return arrays
        target = jnp.result_type(*types)
        weak = {id(each) for each in real if each.weak_type and each.dtype != target}
        return [each.astype(target) if id(each) in weak else each for each in arrays]


class JaxPrimal(Primal):
    """A call with operands where the extension expects floats: `numbers`."""

    _numbers: tuple[int, ...] = ()
    _leaves: tuple[bool, ...] = ()

    @classmethod
    def of(cls, extension: Extension, collected: Any) -> Self:
        made = super().of(extension, collected)
        if collected.numbers:
            made._numbers, made._leaves = tuple(collected.numbers), tuple(collected.order)
            positions = [position for position, is_array in enumerate(made._leaves) if is_array]
            floats = {positions[number] for number in made._numbers}
            made._order = tuple(
                is_array and position not in floats
                for position, is_array in enumerate(made._leaves)
            )
        return made

    def _build(self, specs: Specs) -> Graph:
        if not self._numbers:
            return super()._build(specs)
        given = tuple(spec for n, spec in enumerate(specs) if n not in self._numbers)
        graph = super()._build(given)
        # The floats of that graph, in the order of the leaves: some are operands here.
        floats = iter(graph.inputs[len(given) :])
        arrays = iter(graph.inputs[: len(given)])
        inputs: list[Any] = []
        rest: list[Any] = []
        old: list[Any] = []
        new: list[Any] = []
        for leaf, plain in zip(self._leaves, self._order, strict=True):
            if plain:
                inputs.append(next(arrays))
            elif leaf:
                node = next(floats)
                spec = specs[len(inputs)]
                operand = input_node(f"{node.attr('name')} as an array", (), spec.dtype)
                old.append(node)
                new.append(operand if spec.dtype is float64 else cast(operand, dtype=float64))
                inputs.append(operand)
            else:
                rest.append(next(floats))
        return Graph((*inputs, *rest), put(graph.outputs, old, new))


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
                    return function(*args, *floats)
            return run(args, kwargs)

        return call

    def operation(self, collected: JaxArguments) -> Primal:
        return JaxPrimal.of(self.extension, collected)

    def results(self, operation: Primal, collected: JaxArguments) -> Sequence[Any]:
        arrays = collected.strong()
        if operation.tree is None:
            operation.graph(specs_of(operation, arrays))
        found = jitted(operation)(*arrays, *on_device(tuple(collected.scalars)))
        return found if isinstance(found, (tuple, list)) else (found,)

    def install_fast_path(self, operation: Primal, collected: JaxArguments) -> None:
        self._fast[:] = [(jitted(operation), on_device(tuple(collected.scalars)))]


def caller(host: Any, extension: Extension) -> Caller:
    """The one caller of an extension on JAX's arrays."""
    return extension.host_caller(host, lambda: JaxCaller(host, extension).entry_point())
