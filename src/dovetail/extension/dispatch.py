"""The hook by which extensions find hosts.

A lower floor may not import a higher one, so `dovetail/__init__` installs the registry of hosts
here, once. `Hosts` is all that extensions ask of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from dovetail.errors import DovetailError, HostError
from dovetail.forms import HasForms

Function = TypeVar("Function", bound=Callable[..., Any])
Caller = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class Host(Protocol):
    """What an extension needs of one host; hosts/protocol.py has the rest."""

    name: ClassVar[str]
    holds_layers: ClassVar[bool]  # the arrays that layers hold are this host's

    def owns(self, value: object) -> bool: ...

    def spec(self, array: Any) -> Any: ...

    def caller(self, extension: Any) -> Caller: ...

    def traces_python(self) -> bool: ...

    def from_numpy(self, array: Any) -> Any: ...

    def to_numpy(self, array: Any) -> Any: ...

    def update_group(self, *args: Any, **kwargs: Any) -> bool: ...


class Hosts(Protocol):
    """What an extension asks of the registry of hosts."""

    def host_of(self, values: Sequence[object], call: str) -> Host:
        """The host of the arrays among the values; NumPy's where there are none."""
        ...

    def host_of_type(self, kind: type) -> Host | None:
        """The host of the arrays of this type, if any."""
        ...

    def form(self, name: str, kind: str, definition: Any) -> Any:
        """What the host `name` makes of a definition of this kind."""
        ...

    def forget(self, definition: Any) -> None:
        """Drop the forms of a definition that has changed."""
        ...


UNTRACED: list[Any] = []
"""Functions that frameworks which trace Python must call without tracing them."""


def untraced(function: Function) -> Function:
    """Mark a function that frameworks which trace Python call without tracing it."""
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


def recorder(leaves: Sequence[Any]) -> Any:
    """The first argument that records calls instead of computing, or None.

    The class of such an argument has a method `__dovetail_call__(function, args, kwargs)`.
    """
    return next((leaf for leaf in leaves if hasattr(leaf.__class__, "__dovetail_call__")), None)


class Definition(HasForms):
    """A definition whose forms the hosts make; `_kind` names the method of the host."""

    _reserves = True

    @classmethod
    def _form_for(cls, host: str, instance: Any) -> Any:
        definition: Any = cls if instance is None else instance
        if instance is not None:
            vars(instance)["_formed"] = True
        try:
            return hosts().form(host, definition._kind, definition)
        except DovetailError as reason:
            if instance is None and "_reserves" in vars(cls):  # dt.Layer itself, from `help`
                raise AttributeError(f"{cls.__name__} has no form for {host}") from reason
            raise
