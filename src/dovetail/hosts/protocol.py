"""What a host is: one framework whose arrays extensions are called on.

A host is one object, named `HOST`, in a module of its own; importing that module
imports no framework. Another package adds one through the entry-point group
`dovetail.hosts`: the entry point's name is the host's, its value is the object.

The methods `op`, `activation`, `loss`, `layer` and `optimizer` make what that
framework's users expect to hold; `caller` makes the function that a direct call of an
extension on this host's arrays goes through.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.extension.content import reads_tracer
from dovetail.extension.dispatch import Caller, hosts
from dovetail.extension.values import leaves_of
from dovetail.hosts.own_functions import OwnFunctions
from dovetail.language.trace import ArraySpec
from dovetail.language.tracer import Tracer

KINDS = ("op", "activation", "loss", "layer", "optimizer")


@dataclass(frozen=True)
class Validator:
    """A framework's own check: opcheck, gradcheck, a layer test, save and load.

    `validate(definition, args, settings)` yields one line for each thing that is wrong.
    `args` are NumPy arrays, or trees of them; of a layer, its inputs; of an optimizer, the
    parameters. `definition`: an extension, a layer, an optimizer.
    """

    name: str
    kinds: tuple[str, ...]
    validate: Callable[[Any, tuple[Any, ...], dict[str, Any]], Iterable[str]]


class Host(ABC):
    """One framework.

    `array_types` are the qualified names of its array types; a subclass of one of them
    counts as one. `accepts_numpy`: NumPy arrays may be mixed with its own in one call.
    `accepts`: so may arrays of these hosts, and the call is this one's. `holds_layers`: the
    parameters and states that a layer holds are arrays of this host. `emulated`: an emulator
    runs the code, so that no check is of billions of values.
    """

    name: ClassVar[str]
    array_types: ClassVar[frozenset[str]] = frozenset()
    accepts_numpy: ClassVar[bool] = False
    accepts: ClassVar[frozenset[str]] = frozenset()
    holds_layers: ClassVar[bool] = False
    emulated: ClassVar[bool] = False

    def __init__(self) -> None:
        self._owned: dict[type, bool] = {}

    def owns(self, value: object) -> bool:
        """Whether a value is an array of this host."""
        return self.owns_type(type(value))

    def owns_type(self, kind: type) -> bool:
        """Whether values of a type are arrays of this host, by the names of the type's bases."""
        known = self._owned.get(kind)
        if known is None:
            names = {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
            known = self._owned[kind] = not names.isdisjoint(self.array_types)
        return known

    @abstractmethod
    def spec(self, array: Any) -> ArraySpec:
        """The shape and data type of one of its arrays."""

    @abstractmethod
    def caller(self, extension: Any) -> Caller:
        """The function `(args, kwargs)` that calls an extension on this host's arrays.

        The extension keeps it, for the type of the first argument, too: it must itself detect other
        values beside that, and pass them to `hand_over`.
        """

    def traces_python(self) -> bool:
        """Whether its framework is reading Python code now, instead of running it."""
        return False

    def call(self, extension: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """One call of an extension."""
        return extension.caller_on(self)(args, kwargs)

    def hand_over(
        self, extension: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception
    ) -> Any:
        """What a caller does with values that are not its own.

        Tracers are traced through; arrays of a host that takes NumPy arrays beside its
        own go there; two frameworks' arrays are an error, and all else raises `error`.
        """
        leaves = leaves_of((args, kwargs))
        if any(isinstance(leaf, Tracer) or reads_tracer(leaf) for leaf in leaves):
            return extension.inline(*args, **kwargs)
        host = hosts().host_of(leaves, extension.name)
        if host.name == self.name:
            raise error
        return extension.caller_on(host)(args, kwargs)

    def update_group(
        self,
        program: Any,
        params: Sequence[Any],
        gradients: Sequence[Any],
        states: Sequence[Sequence[Any]],
        step: int,
        hyper: Mapping[str, float],
    ) -> bool:
        """Apply a GroupUpdate to all parameters at once, in place; whether it was done.

        A gradient may be None; `states` holds a sequence like the parameters for each state.
        """
        return False

    # For the checker (verify/hosts.py).

    def frameworks(self) -> frozenset[str]:
        """The packages that it imports when it is used.

        Hosts with a package in common are checked in one process, separate from all others.
        """
        return frozenset()

    def from_numpy(self, array: Any) -> Any:
        """A NumPy array as one of its own."""
        return array

    def to_numpy(self, array: Any) -> Any:
        """One of its own arrays as a NumPy array."""
        return np.asarray(array)

    def devices(self) -> Sequence[str]:
        """The devices that its arrays can be on, such as "cpu" or "cuda:0"; none: not to choose."""
        return ()

    def on_device(self, device: str) -> AbstractContextManager[Any]:
        """A context, of this thread, in which `from_numpy` makes arrays on one of `devices()`."""
        raise UnsupportedError(
            f"the host {self.name} was asked for arrays on {device}",
            "a host whose arrays are on a device of choice",
            "check it without a device",
        )

    def validators(self) -> Sequence[Validator]:
        """The framework's own checks of ops, layers and optimizers."""
        return ()

    def versions(self) -> dict[str, str]:
        """The packages that it depends on, with their versions."""
        return {}

    def vjp(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        """The cotangent of each array argument, by the framework's own autograd.

        NotImplemented where it has none: Dovetail's derivative is then called like any op.
        """
        return NotImplemented

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        """The parameters after each step of its form of an optimizer, all NumPy arrays.

        `params` is a dict of arrays, `gradients` holds one like it for each step. For a rule that
        asks for more they are those of a loss with the identity as its Hessian.
        NotImplemented where it has no such form.
        """
        return NotImplemented

    def kernels(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any]
    ) -> frozenset[str] | None:
        """What is compiled for a call, as text; None where that is not known."""
        return None

    def own_functions(self) -> OwnFunctions | None:
        """The framework's own functions, to measure beside Dovetail; None where no table is."""
        return None

    # The forms.

    def _lacks(self, kind: str, name: str) -> UnsupportedError:
        return UnsupportedError(
            f"the host {self.name} offers no form of {name}, which is an extension of kind {kind}",
            f"a host that implements {kind}() of hosts/protocol.py",
            "upgrade the package that brings the host",
        )

    def op(self, extension: Any) -> Any:
        """The form of an op."""
        raise self._lacks("op", extension.name)

    def activation(self, extension: Any) -> Any:
        """The form of an activation."""
        raise self._lacks("activation", extension.name)

    def loss(self, extension: Any) -> Any:
        """The form of a loss."""
        raise self._lacks("loss", extension.name)

    def layer(self, definition: Any) -> Any:
        """The form of a layer: of its class, or of an instance."""
        raise self._lacks("layer", _name(definition))

    def optimizer(self, definition: Any) -> Any:
        """The form of an optimizer: of its class, or of an instance."""
        raise self._lacks("optimizer", _name(definition))


def _name(definition: Any) -> str:
    owner = definition if isinstance(definition, type) else type(definition)
    return owner.__name__
