"""Operations as text and from text: what a saved graph of TensorFlow or PyTorch holds.

The text of a call of an extension names the extension, by module and name (one that is made of
a layer, by the layer's configuration), and the arguments with a placeholder for each array and
float. Operations made of others add a line each. So a saved graph can be run in another process
that has the same definitions. A definition that no module holds (for example a local function) is
known in this process only.
"""

from __future__ import annotations

import importlib
import itertools
import json
import threading
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from dovetail.errors import SerialisationError
from dovetail.extension.base import Extension
from dovetail.extension.content import holder_of
from dovetail.extension.derived import Derived
from dovetail.extension.exact import exact_key
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.serialisation import from_config, get_config
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.operations.arguments import CallTemplate, Placeholder
from dovetail.operations.calls import Primal
from dovetail.operations.layer_operations import LayerPass, layer_operations
from dovetail.operations.operation import Attachment, DerivedOperation, Operation

_lock = threading.RLock()
_operations: dict[str, Operation] = {}
_identities: dict[str, Any] = {}
_numbers = itertools.count()


class NotNameableError(Exception):
    """A value that cannot be written down."""


class _Template(CallTemplate):
    """Arguments read from a text."""

    __slots__ = ()

    def owns(self, value: object) -> bool:
        return False


def primal(extension: Any, collected: CallTemplate, variant: int = 0) -> Primal:
    """The operation of a call, registered under its text."""
    text = text_of(Primal.of(extension, collected, variant))
    found = _operations[text]
    assert isinstance(found, Primal)
    return found


def _text_of_primal(operation: Primal) -> str:
    """A text that this operation, and no other, is registered under."""
    content = operation.content
    identity = _identity_of(content)
    with _lock:
        for generation in itertools.count():
            try:
                parts = _written(content)
                if generation:  # for example redefined in a notebook
                    parts.append(generation)
                text = json.dumps(parts, separators=(",", ":"))
            except (NotNameableError, SerialisationError):
                text = f"local:{operation.name}:{next(_numbers)}"
            if _identities.setdefault(text, identity) == identity:
                break
        first = _operations.setdefault(text, operation)
        if first is not operation:
            _texts.put(first, text)
        return text


def _identity_of(content: Any) -> Any:
    """What must be equal for two operations to share a text."""
    if isinstance(content, LayerPass):
        inputs = content.inputs if isinstance(content.inputs, int) else content.inputs[0]
        return exact_key((content.layer, content.paths, content.modes, inputs))
    return _identity(content.extension), exact_key(content.values), content.variant


def _identity(extension: Any) -> Any:
    """What must be equal for two extensions to share a text."""
    if isinstance(extension, Derived):
        return _identity(extension.function), exact_key(extension._recipe)
    if isinstance(extension, Extension):
        made = extension.__reduce__()
        if not isinstance(made, str):
            return exact_key(made)
    return extension, getattr(extension, "rule", None)


def _written(content: Any) -> list[Any]:
    """The parts of a text: what is called, the arguments, and what each of these is."""
    if not isinstance(content, LayerPass):
        reference = _reference(content.extension)
        if content.variant:
            reference = {"variant": [content.variant, reference]}
        return [reference, *map(_plain, content.values), [*content.order]]
    config = get_config(content.layer)
    reference = {"pass": [config, *map(list, content.paths), list(content.modes)]}
    if isinstance(content.inputs, int):
        return [reference, content.inputs, None]
    values, order = content.inputs
    return [reference, *map(_plain, values), [*order]]


def _text(operation: Operation) -> str:
    if isinstance(operation, Primal) and operation.content is not None:
        return _text_of_primal(operation)
    if not isinstance(operation, DerivedOperation):
        raise _not_remade(operation.name, "it is of a kind that has no text")
    step = json.dumps([operation.method, *operation.chosen], separators=(",", ":"))
    text = f"{text_of(operation.inner)}\n{step}"
    _operations.setdefault(text, operation)
    return text


_texts = Attachment(_text)


def text_of(operation: Operation) -> str:
    """The text of an operation, `primal`'s or one made of such."""
    return _texts.of(operation)


def operation_of(text: str) -> Operation:
    """The operation of a text; rebuilt where this process does not have it yet."""
    found = _operations.get(text)
    if found is None:
        with _lock:
            found = _operations.get(text) or _made(text)
            _operations[text] = found
            _texts.put(found, text)
    return found


def _made(text: str) -> Operation:
    if text.startswith("local:"):
        raise _not_remade(text, "its definition was local to the process that saved it")
    rest, separator, step = text.rpartition("\n")
    if separator:
        name, *indices = json.loads(step)
        return operation_of(rest).derived(name, *map(tuple, indices))
    try:
        reference, *values = json.loads(text)
        if isinstance(values[-1], int):  # the generation
            values.pop()
        order = values.pop()
        if isinstance(reference, dict) and "pass" in reference:
            made = _layer_pass(reference["pass"], values, order)
        else:
            variant = 0
            if isinstance(reference, dict) and "variant" in reference:
                variant, reference = reference["variant"]
            extension = _resolved(reference)
            made = Primal.of(extension, _template(extension.signature, values, order), variant)
        _identities.setdefault(text, _identity_of(made.content))
        return made
    except (ImportError, AttributeError, LookupError, ValueError, TypeError) as reason:
        raise _not_remade(text, f"{type(reason).__name__}: {reason}") from reason


def _template(signature: Any, values: list[Any], order: list[str]) -> _Template:
    collected = object.__new__(_Template)
    collected.signature = signature
    collected.values = [_restored(value) for value in values]
    collected.order = order
    return collected


def _layer_pass(reference: list[Any], values: list[Any], order: list[str] | None) -> Primal:
    config, *paths, modes = reference
    operations = layer_operations(from_config(config), *map(tuple, paths))
    if order is None:
        return operations.plain(tuple(modes), values[0]).primal
    collected = _template(operations.signature, values, order)
    key = tuple(modes), "from text", exact_key((collected.values, order))
    return operations.with_template(key, tuple(modes), collected).primal


# Extensions.


def _reference(extension: Any) -> Any:
    if isinstance(extension, Derived):
        transform, options = extension._recipe
        content = _named(extension.function), _plain(options)
        return {"derived": [transform.__name__, *content]}
    made = extension.__reduce__()
    if isinstance(made, str):
        return _named(extension)
    kind, arguments = made  # such as LayerFunction, of a layer
    return {"made": [_named(kind), *map(_plain, arguments)]}


def _named(extension: Any) -> str:
    if holder_of(extension) is not extension:
        raise NotNameableError(extension.__qualname__)
    return f"{extension.__module__}:{extension.__qualname__}"


def _resolved(reference: Any) -> Any:
    if isinstance(reference, str):
        module, _, name = reference.partition(":")
        return attrgetter(name)(importlib.import_module(module))
    if "made" in reference:
        name, *arguments = reference["made"]
        kind = _resolved(name)
        if not (isinstance(kind, type) and issubclass(kind, Extension)):
            raise _not_remade(name, "it is no kind of extension")
        return kind(*map(_restored, arguments))
    transform, function, options = reference["derived"]
    package = importlib.import_module("dovetail")
    return getattr(package, transform)(_resolved(function), **_restored(options))


# Arguments.


def _plain(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Placeholder):
        return {"slot": value.number}
    if isinstance(value, DType):
        return {"dtype": value.name}
    if type(value) in (tuple, list):
        return {type(value).__name__: [_plain(item) for item in value]}
    if type(value) is dict and all(type(key) in (bool, int, str) for key in value):
        return {"dict": [[key, _plain(item)] for key, item in value.items()]}
    if isinstance(value, (Layer, Optimizer)):
        return {"config": get_config(value)}
    if callable(value) and hasattr(value, "__qualname__"):
        return {"object": _named(value)}
    raise NotNameableError(repr(value))


_RESTORE: dict[str, Callable[[Any], Any]] = {
    "slot": Placeholder,
    "dtype": as_dtype,
    "tuple": lambda items: tuple(map(_restored, items)),
    "list": lambda items: list(map(_restored, items)),
    "dict": lambda pairs: {key: _restored(item) for key, item in pairs},
    "object": _resolved,
    "config": from_config,
}


def _restored(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    return _RESTORE[kind](content)


def _not_remade(text: str, reason: str) -> SerialisationError:
    return SerialisationError(
        f"the operation {text:.200} of a saved graph cannot be made again: {reason}",
        "a definition that this process can import by its module and name",
        "make that module importable where the graph is loaded; move a definition that is local to "
        "a function, or to a script, to the top of a module, and save again",
    )
