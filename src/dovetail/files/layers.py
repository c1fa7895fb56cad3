"""Layers in a file: those of Dovetail's library by name, all others as maths.

A layer of the library is its name and its fields. Any other layer is its forward pass, a graph for
each kind of input and mode, from the arrays of it and of the layers inside it. These are in the
file as well, for their arrays' paths and to be called on their own.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dovetail.errors import SerialisationError
from dovetail.extension.binding import Binding
from dovetail.extension.exact import exact_key
from dovetail.extension.fields import attribute
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Declaration, RandomKey
from dovetail.files.calls import SavedCall, chosen
from dovetail.files.definitions import is_identifier
from dovetail.graph.dtypes import uint32
from dovetail.language import operands
from dovetail.language.weak import cast_node


class SavedLayer(Layer):
    """A layer whose forward pass is graphs of a file. Its class is made by `class_of`."""

    _reserves = True
    _calls: ClassVar[Mapping[bool, Sequence[SavedCall]]] = {}
    _prototypes: ClassVar[Mapping[str, Any]] = {}  # its attributes, with the layers inside it
    _inside: Any = attribute(default=None, init=False)  # the fields of these layers, as loaded

    def __init__(self, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.hold(copy.deepcopy(dict(self._prototypes)))

    def hold(self, attributes: Mapping[str, Any]) -> None:
        """Take these attributes, with the layers inside it."""
        self.__dict__.update(attributes)
        for child in self.children().values():
            child._parents.add(self)
        self.__dict__["_inside"] = self._content_inside()

    def _content_inside(self) -> Any:
        return [exact_key(child) for child in self.children().values()]

    def __setattr__(self, name: str, value: Any) -> None:
        settable = name in self.declared or name in ("seed", "trainable")
        known = settable or self._binding is not None
        if known or name not in self.__dict__:
            super().__setattr__(name, value)
            return
        raise SerialisationError(
            f"{self.name}.{name} cannot be set: the forward pass of a {self.name} from a file is "
            "maths, in which its fields are constants",
            "parameters and states, which may be set at any time",
            f"make another {self.name} by its class, and save that",
        )

    def remember_uses(self) -> None:
        """Note the calls that the file has, so that the layer can be saved again."""
        for call in self._calls.get(False, ()):
            self.uses.add(*call.use_of(2))

    def replay(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output for inputs, and the new states recorded in the running pass."""
        binding = self._binding
        assert binding is not None, "a forward pass runs on a shadow"
        origin: Any = self.origin
        if origin._content_inside() != origin._inside:
            raise SerialisationError(
                f"a layer inside {self.name} has other fields than when it was saved",
                "the same fields: they are constants in the maths of the file",
                "set parameters and states only",
            )
        training = bool(kwargs.pop("training", False))
        if binding.mixes_modes(self.path):
            raise SerialisationError(
                f"layers inside {self.name} are partly in training, and its maths has one mode",
                f"all layers of a {self.name} from a file in one mode",
                "freeze parameters by `trainable`, or put the whole layer into one mode",
            )
        arrays, paths = self._arrays_of(binding)
        signature = self.signature
        inputs, named = signature.spread(signature.bind(args, kwargs))
        name = f"{self.name} ({'in training' if training else 'not in training'})"
        calls = self._calls.get(training, ())
        output, states = chosen(calls, [arrays, inputs, named], name, skip=1)
        for path, value in states.items():
            binding.renew(paths[path], value)
        return output

    def _arrays_of(self, binding: Binding) -> tuple[dict[str, Any], dict[str, str]]:
        """The arrays by path in this layer; and the path of each in the pass."""
        arrays: dict[str, Any] = {}
        paths: dict[str, str] = {}
        for layer, prefix in self.walk():
            for name, declaration in layer.declared.items():
                value = binding.read_for_replay(layer, declaration)
                if value is not None:
                    is_key = isinstance(declaration, RandomKey)  # some hosts have other integers
                    arrays[prefix + name] = as_words(value) if is_key else value
                    paths[prefix + name] = layer.path + name
        return arrays, paths


def as_words(key: Any) -> Any:
    """A random key in the type that the maths of a file has it in."""
    return operands.wrap(cast_node(operands.array(key), uint32))


def is_attribute(name: Any) -> bool:
    """Whether a name may be that of an attribute of a layer in a file."""
    return isinstance(name, str) and is_identifier(name) and not hasattr(SavedLayer, name)


def class_of(
    name: str,
    base: type[Layer],
    declared: Mapping[str, Declaration],
    signature: inspect.Signature,
    calls: Mapping[bool, Sequence[SavedCall]],
    prototypes: Mapping[str, Any],
    doc: str,
    takes_training: bool,
) -> Any:
    """The class of a layer in a file; `base` is Layer, or what a Model is made of."""

    def forward(self: SavedLayer, *args: Any, **kwargs: Any) -> Any:
        """The output, by the maths of a file."""
        return self.replay(args, kwargs)

    given: Any = forward
    given.__signature__ = signature
    bases = (SavedLayer,) if base is Layer else (SavedLayer, base)
    namespace = {
        **declared, "forward": forward, "__doc__": doc, "__module__": __name__,
    }  # fmt: skip
    made: Any = type(name, bases, namespace)
    made._calls, made._prototypes = calls, prototypes
    made._location = None  # no source has it
    made.takes_training = takes_training
    return made
