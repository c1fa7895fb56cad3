"""A host whose work lies in modules that import its framework: each is imported when asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
from dovetail.language.trace import ArraySpec


class FrameworkHost(Host):
    """The parts of a host by a table: which method is done by what, and where that is.

    `parts` names, for a method of `Host`, "module:attribute" inside `package`, and for
    `validators` the sequence itself. A method that it does not name does what `Host` does.
    The framework is imported before the first part.
    """

    framework: ClassVar[str]
    package: ClassVar[str]
    parts: ClassVar[Mapping[str, str]]

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Any] = {}

    def frameworks(self) -> frozenset[str]:
        return frozenset({self.framework})

    def part(self, method: str) -> Any:
        """What does a method's work: the framework's own, or else what every host does."""
        if method not in self._found:
            self._found[method] = self._find(method)
        return self._found[method]

    def _find(self, method: str) -> Any:
        if method not in self.parts:
            return getattr(super(), method)
        importlib.import_module(self.framework)
        module, attribute = self.parts[method].split(":")
        return getattr(importlib.import_module(f"{self.package}.{module}"), attribute)

    def spec(self, array: Any) -> ArraySpec:
        return self.part("spec")(array)

    def caller(self, extension: Any) -> Caller:
        return self.part("caller")(self, extension)

    def from_numpy(self, array: Any) -> Any:
        return self.part("from_numpy")(array)

    def to_numpy(self, array: Any) -> Any:
        return self.part("to_numpy")(array)

    def validators(self) -> Sequence[Validator]:
        return self.part("validators")

    def versions(self) -> dict[str, str]:
        return self.part("versions")()

    def vjp(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        return self.part("vjp")(extension, args, settings, cotangents)

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        return self.part("optimize")(optimizer, params, gradients)

    def op(self, extension: Any) -> Any:
        return self.part("op")(extension)

    def activation(self, extension: Any) -> Any:
        return self.part("activation")(extension)

    def loss(self, extension: Any) -> Any:
        return self.part("loss")(extension)

    def layer(self, definition: Any) -> Any:
        return self.part("layer")(definition)

    def optimizer(self, definition: Any) -> Any:
        return self.part("optimizer")(definition)
