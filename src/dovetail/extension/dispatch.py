"""The way from an extension to the hosts, which stand above it.

An extension has to find a host when it is called, and a lower floor may not import a
higher one. So the hosts come in by a hook: `dovetail/__init__` installs the registry
of hosts here, once, as the only thing that importing the package changes. All that an
extension asks of it stands in the protocol `Hosts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from dovetail.errors import HostError

Function = TypeVar("Function", bound=Callable[..., Any])
Caller = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class Host(Protocol):
    """What an extension needs of one host; hosts/protocol.py says the rest."""

    name: ClassVar[str]

    def owns(self, value: object) -> bool: ...

    def spec(self, array: Any) -> Any: ...

    def caller(self, extension: Any) -> Caller: ...

    def update_group(
        self,
        program: Any,
        params: Sequence[Any],
        gradients: Sequence[Any],
        states: Sequence[Sequence[Any]],
        step: int,
        hyper: Mapping[str, float],
    ) -> bool: ...


class Hosts(Protocol):
    """What an extension asks of the registry of hosts."""

    def host_of(self, values: Sequence[object], call: str) -> Host:
        """The host of the arrays among the values; NumPy's where there are none."""
        ...

    def host_of_type(self, kind: type) -> Host | None:
        """The host of the arrays of this type; None where it is none's."""
        ...

    def form(self, name: str, kind: str, definition: Any) -> Any:
        """What the host `name` makes of a definition of this kind."""
        ...

    def forget(self, definition: Any) -> None:
        """Make its forms anew when they are asked for again: it has changed."""
        ...


UNTRACED: list[Any] = []
"""The functions that a framework which traces Python is to run, and not to look into."""


def untraced(function: Function) -> Function:
    """Have hosts mark a function so that their frameworks' tracers only run it."""
    UNTRACED.append(function)
    return function


class _Hook:
    hosts: Hosts | None = None


def install(hosts: Hosts) -> None:
    """Make these the hosts that extensions are called on."""
    _Hook.hosts = hosts


def hosts() -> Hosts:
    """The hosts that are installed."""
    if _Hook.hosts is None:
        raise HostError(
            "no hosts are installed in this process",
            "`import dovetail` before an extension is called",
            "import the package itself, and not only its inner modules",
        )
    return _Hook.hosts
