"""A direct call of an extension, for hosts that work with operations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from dovetail.extension.base import Extension
from dovetail.language.tree import LEAF, unflatten
from dovetail.operations.arguments import CallTemplate, ForeignValue
from dovetail.operations.primal import Primal


class OperationCaller(ABC):
    """Calls one extension on a host's arrays: one operation for each set of static arguments."""

    arguments: ClassVar[type[CallTemplate]]

    def __init__(self, host: Any, extension: Extension) -> None:
        self.host = host  # its `hand_over` handles calls on arrays that are not its own
        self.extension = extension
        self.plain = extension.signature.plain
        self._operations: dict[Any, Any] = {}

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call itself."""
        extension, signature = self.extension, self.extension.signature
        try:
            collected = self.arguments(signature, signature.bind(args, kwargs))
        except ForeignValue as found:
            return self.host.hand_over(extension, args, kwargs, found.error)
        key = tuple(collected.key)
        operation = self._operations.get(key)
        if operation is None:
            operation = self._operations.setdefault(key, self.operation(collected))
        results = self.results(operation, collected)
        tree = operation.tree
        if tree != LEAF:
            return unflatten(tree, results)
        if not kwargs and len(args) == self.plain == operation.arrays:
            self.install_fast_path(operation, collected)
        return results[0]

    def operation(self, collected: Any) -> Primal:
        """The operation of calls like this one."""
        return Primal.of(self.extension, collected)

    @abstractmethod
    def results(self, operation: Any, collected: Any) -> Sequence[Any]:
        """The outputs of the operation, whose `tree` is then known."""

    @abstractmethod
    def install_fast_path(self, operation: Any, collected: Any) -> None:
        """Use a fast path for calls like this one: as many arrays, nothing else, one output."""
