"""The hosts by name, and the host of an array by its type. Each is loaded at first use."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from dovetail.errors import HostError, HostNotInstalledError
from dovetail.hosts import early
from dovetail.hosts.import_hook import when_imported
from dovetail.hosts.protocol import Host
from dovetail.language.location import user_line

GROUP = "dovetail.hosts"


@dataclass(frozen=True)
class BuiltIn:
    """Where a host of this package is, and the packages whose types may be its arrays."""

    module: str
    roots: frozenset[str]
    # The framework's package, once the import of which the module's `arrived()` is called.
    awaited: str | None = None


BUILT_IN: dict[str, BuiltIn] = {
    "numpy": BuiltIn("dovetail.hosts.numpy.host", frozenset({"numpy"})),
    "torch": BuiltIn("dovetail.hosts.torch", frozenset({"torch"}), awaited="torch"),
    "tensorflow": BuiltIn(
        "dovetail.hosts.tensorflow", frozenset({"tensorflow"}), awaited="tensorflow"
    ),
    "jax": BuiltIn("dovetail.hosts.jax", frozenset({"jax", "jaxlib"})),
    "keras": BuiltIn("dovetail.hosts.keras", frozenset({"keras"}), awaited="keras"),
}

_PLAIN: frozenset[type] = frozenset({bool, int, float, complex, str, bytes, type(None)})


class Registry:
    """The hosts of this process, as extension/dispatch.py declares them."""

    def __init__(self, built_in: dict[str, BuiltIn] | None = None) -> None:
        self._built_in = BUILT_IN if built_in is None else built_in
        self._loaded: dict[str, Host] = {}
        self._by_type: dict[type, Host | None] = {}
        self._forms: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()
        self._lock = threading.RLock()
        self._entry_points: dict[str, Any] | None = None

    def await_frameworks(self) -> None:
        """Call `arrived()` of hosts that wait for their framework once it is imported."""
        early.install()
        for row in self._built_in.values():
            if row.awaited is not None and _exists(row.module):
                when_imported(row.awaited, partial(_arrived, row.module))

    def names(self) -> list[str]:
        """The names of all hosts, whether or not their framework is installed."""
        built_in = [name for name, row in self._built_in.items() if _exists(row.module)]
        return sorted({*built_in, *self._loaded, *self._points()})

    def installed(self) -> list[str]:
        """The names of the hosts whose framework is installed. Imports none."""
        return [
            name
            for name in self.names()
            if name not in self._built_in or any(map(_exists, self._built_in[name].roots))
        ]

    def chosen(self, given: Sequence[str | Host] | None, what: str) -> list[Host]:
        """The hosts that are given, or all whose framework is installed; `what` needs them."""
        found: list[Host] = []
        for each in self.installed() if given is None else given:
            try:
                host = self.named(each) if isinstance(each, str) else each
                missing = [name for name in sorted(host.frameworks()) if not _exists(name)]
                if missing:
                    raise HostNotInstalledError(what, host.name, f"no package {missing[0]!r}")
                found.append(host)
            except HostNotInstalledError:
                if given is not None:
                    raise
        return found

    def add(self, host: Host) -> None:
        """Add a host by hand, as an entry point of the group `dovetail.hosts` would."""
        with self._lock:
            self._loaded[host.name] = host
            self._by_type.clear()

    def named(self, name: str, what: str = "dovetail") -> Host:
        """The host of this name; `what` needs it, in messages."""
        host = self._loaded.get(name)
        return host if host is not None else self._load(name, what)

    def is_named(self, host: Host) -> bool:
        """Whether this host is registered under its name."""
        return self._loaded.get(host.name) is host

    def form(self, name: str, kind: str, definition: Any) -> Any:
        """What the host `name` makes of a definition; the same object each time."""
        with self._lock:
            known = self._forms.setdefault(definition, {})
            if name not in known:
                label = getattr(definition, "__name__", type(definition).__name__)
                host = self.named(name, f"{label}.{name}")
                try:
                    known[name] = getattr(host, kind)(definition)
                except ModuleNotFoundError as reason:
                    raise HostNotInstalledError(f"{label}.{name}", name, reason) from None
        return known[name]

    def forget(self, definition: Any) -> None:
        """Drop the forms of a definition that has changed."""
        with self._lock:
            self._forms.pop(definition, None)

    def host_of(self, values: Sequence[object], call: str) -> Host:
        """The host of the arrays among the values; NumPy's where there are none."""
        found: dict[str, Host] = {}
        for kind in dict.fromkeys(map(type, values)):
            host = self.host_of_type(kind)
            if host is not None:
                found[host.name] = host
        if not found:
            return self.named("numpy")
        for name, host in found.items():
            if host.accepts and host.accepts.issuperset(found.keys() - {name}):
                return host
        others = [host for name, host in found.items() if name != "numpy"]
        if len(others) > 1 or (others and "numpy" in found and not others[0].accepts_numpy):
            raise HostError(
                f"{call} was called with arrays of {' and '.join(found)} at once",
                "arrays of one framework",
                _conversion([host.name for host in others]),
                user_line(),
            )
        return others[0] if others else found["numpy"]

    def host_of_type(self, kind: type) -> Host | None:
        """The host of the arrays of this type; None for other types."""
        if kind in _PLAIN:
            return None
        if kind not in self._by_type:
            hosts = self._candidates(kind)
            self._by_type[kind] = next((host for host in hosts if host.owns_type(kind)), None)
        return self._by_type[kind]

    def _candidates(self, kind: type) -> Iterator[Host]:
        """The hosts that may own a type; those of other packages are looked for last."""
        roots = {base.__module__.partition(".")[0] for base in kind.__mro__}
        for name, row in self._built_in.items():
            if not roots.isdisjoint(row.roots) and _exists(row.module):
                yield self.named(name)
        for name in self._points():
            yield self.named(name)
        yield from tuple(self._loaded.values())

    def _points(self) -> dict[str, Any]:
        if self._entry_points is None:
            metadata = importlib.import_module("importlib.metadata")
            self._entry_points = {point.name: point for point in metadata.entry_points(group=GROUP)}
        return self._entry_points

    def _load(self, name: str, what: str) -> Host:
        row = self._built_in.get(name)
        with self._lock:
            if name in self._loaded:
                return self._loaded[name]
            if row is not None and _exists(row.module):
                try:
                    host: Host = importlib.import_module(row.module).HOST
                except ImportError as reason:
                    raise HostNotInstalledError(what, name, reason) from reason
            elif name in self._points():
                host = self._points()[name].load()
            else:
                raise HostError(
                    f"{what}: this version of Dovetail has no host {name!r}",
                    f"one of {', '.join(self.names())}",
                    f"pip install --upgrade 'dovetail[{name}]', or a package that registers the "
                    "host under the entry-point group dovetail.hosts",
                )
            self._loaded[name] = host
            return host


# How users make an array of a NumPy array.
_FROM_NUMPY: dict[str, str] = {
    "torch": "torch.from_numpy(x)", "tensorflow": "tf.constant(x)", "jax": "jax.numpy.asarray(x)",
    "keras": "keras.ops.convert_to_tensor(x)",
}  # fmt: skip


def _conversion(names: list[str]) -> str:
    """What to do about arrays of these frameworks in one call, and perhaps NumPy's."""
    if len(names) == 1:
        how = _FROM_NUMPY.get(names[0])
        example = f", for example with {how}" if how else ""
        return f"convert the NumPy arrays to {names[0]} arrays{example}"
    return f"convert all of them to {names[0]} arrays, or all to {names[1]} arrays"


def _arrived(module: str) -> None:
    importlib.import_module(module).arrived()


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


REGISTRY = Registry()
