"""A direct call of an extension, for hosts that work with operations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from dovetail.extension.base import Extension
from dovetail.language.tree import LEAF, unflatten
from dovetail.operations.arguments import CallTemplate, ForeignValue
from dovetail.operations.operation import remember
from dovetail.operations.primal import OtherOutputsError, Primal

Value = TypeVar("Value")


class Variants:
    """The operations of calls with one set of static arguments.

    There is one, unless the number or structure of the outputs follows from sizes: an operation
    has a fixed one, so then there is an operation for each.
    """

    def __init__(self, make: Callable[[int], Primal]) -> None:
        self._make = make
        self._operations = [make(0)]
        self._chosen: dict[str, Primal] = {}  # by the shapes and types of the arrays

    def call(
        self, run: Callable[[Primal, Any], Value], collected: CallTemplate
    ) -> tuple[Primal, Value]:
        """The operation that fits, and what `run` makes of it; its `tree` is then known."""
        first = self._operations[0]
        if len(self._operations) == 1:
            try:
                return first, run(first, collected)
            except OtherOutputsError:
                pass
        key = repr([(array.shape, array.dtype) for array in collected.arrays])
        chosen = self._chosen.get(key)
        others = [each for each in self._operations if each is not chosen]
        for operation in others if chosen is None else [chosen, *others]:
            try:
                return self._remembered(key, operation, run(operation, collected))
            except OtherOutputsError:
                continue
        operation = self._make(len(self._operations))
        found = run(operation, collected)
        self._operations.append(operation)
        return self._remembered(key, operation, found)

    def _remembered(self, key: str, operation: Primal, found: Value) -> tuple[Primal, Value]:
        remember(self._chosen, key, operation)
        return operation, found


class OperationCaller(ABC):
    """Calls one extension on a host's arrays: one operation for each set of static arguments."""

    arguments: ClassVar[type[CallTemplate]]

    def __init__(self, host: Any, extension: Extension) -> None:
        self.host = host  # its `hand_over` handles calls on arrays that are not its own
        self.extension = extension
        self.plain = extension.signature.plain
        self._operations: dict[Any, Variants] = {}

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call itself."""
        extension, signature = self.extension, self.extension.signature
        try:
            collected = self.arguments(signature, signature.bind(args, kwargs))
        except ForeignValue as found:
            return self.host.hand_over(extension, args, kwargs, found.error)
        key = tuple(collected.key)
        variants = self._operations.get(key)
        if variants is None:
            made = Variants(partial(self.operation, collected.without_arrays()))
            variants = self._operations.setdefault(key, made)
        operation, results = variants.call(self.results, collected)
        tree = operation.tree
        assert tree is not None, "the operation has not been traced"
        if tree != LEAF:
            return unflatten(tree, results)
        if not kwargs and len(args) == self.plain == operation.arrays:
            self.install_fast_path(operation, collected)
        return results[0]

    def operation(self, collected: Any, variant: int) -> Primal:
        """The operation of calls like this one; one more for each number `variant`."""
        return Primal.of(self.extension, collected, variant)

    @abstractmethod
    def results(self, operation: Any, collected: Any) -> Sequence[Any]:
        """The outputs of the operation, whose `tree` is then known."""

    @abstractmethod
    def install_fast_path(self, operation: Any, collected: Any) -> None:
        """Use a fast path for calls like this one: as many arrays, nothing else, one output."""
