"""A host whose work lies in modules that import its framework: each is imported at first use."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from dovetail.hosts.protocol import Host


def _delegate(method: str) -> Callable[..., Any]:
    def run(self: Any, *args: Any) -> Any:
        found = self.part(method)
        if method in OBJECTS:
            return found
        return found(self, *args) if method == "caller" else found(*args)

    return run


USUAL = {
    "spec": "dtypes:spec",
    "caller": "caller:caller",
    "validators": "validators:VALIDATORS",
    "versions": "validators:versions",
    "layer": "layers:layer_form",
    "own_functions": "own_functions:OWN",
}
OBJECTS = frozenset({"validators", "own_functions"})  # the part itself is the result


class FrameworkHost(Host):
    """A host by a table: which function does the work of a method.

    `parts` names, for a method of `Host`, "module:attribute" inside `package`, beside or in place
    of the `USUAL` ones; for `validators` the sequence itself, and the function for `caller` is also
    given the host. The framework is imported before the first part.
    """

    framework: ClassVar[str]
    package: ClassVar[str]
    parts: ClassVar[Mapping[str, str]]

    spec: Any = _delegate("spec")
    caller: Any = _delegate("caller")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.parts = {**USUAL, **cls.parts}
        for method in cls.parts:
            setattr(cls, method, _delegate(method))

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Any] = {}

    def frameworks(self) -> frozenset[str]:
        return frozenset({self.framework})

    def part(self, method: str) -> Any:
        """What does a method's work."""
        if method not in self._found:
            importlib.import_module(self.framework)
            module, attribute = self.parts[method].split(":")
            found = getattr(importlib.import_module(f"{self.package}.{module}"), attribute)
            self._found[method] = found
        return self._found[method]
