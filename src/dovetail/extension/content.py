"""Compare two definitions of one name by their content.

The content of a function is its bytecode, closure, defaults, and the numbers and strings that it
reads from its module; that of a class is its methods and attributes. A notebook cell that is run
again defines the same; a factory that is called with another value does not.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Hashable, Iterator, Mapping
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.exact import exact_key
from dovetail.extension.parameters import Declaration, FromInput
from dovetail.graph.dtypes import DType
from dovetail.language.tracer import Tracer

_PLAIN = (bool, int, float, str, bytes, type(None), DType)
# What `__init_subclass__` of layers and optimizers adds to a class.
_ADDED = frozenset({
    "_conditional", "_location", "_taken", "declared", "fields", "inferred", "takes_training",
})  # fmt: skip
_LONGEST = 60  # characters of values in a name; longer ones are hashed


def same_content(first: Any, second: Any) -> bool:
    """Whether two definitions have the same content."""
    if first is second:
        return True
    one, other = (
        _class(each, {}) if isinstance(each, type) else _content(each, {})
        for each in (first, second)
    )
    return one == other


def holder_of(definition: Any) -> Any:
    """What the module of a definition has under its name, or None."""
    return holder_at(definition.__module__, definition.__qualname__)


def holder_at(module: str, path: str) -> Any:
    """What a module that is imported has at a path, or None."""
    try:
        return attrgetter(path)(sys.modules[module])
    except (KeyError, AttributeError):
        return None


def _content(value: Any, seen: dict[int, int]) -> Hashable:
    items: Any = value
    kind: Any = items.__class__
    if id(items) in seen:
        return "again", seen[id(items)]
    if isinstance(value, (Extension, FunctionType, type)):
        seen[id(items)] = len(seen)
    if isinstance(value, Extension):
        rule = value.rule
        declared = None if rule is None else (rule.surrogate, _content(rule.function, seen))
        targets = getattr(items, "targets", None)
        return kind, value.kind, _content(value.definition, seen), declared, targets
    if isinstance(value, FunctionType):
        return _function(value, seen)
    if isinstance(value, type):
        return value if holder_of(value) is value else _class(value, seen)
    if isinstance(value, (Declaration, FromInput)):
        return type(value), _items(vars(value), seen)
    if kind in (tuple, list):
        return kind, tuple(_content(item, seen) for item in items)
    if kind in (staticmethod, classmethod):
        return kind, _content(items.__func__, seen)
    return exact_key(value)


def _function(function: FunctionType, seen: dict[int, int]) -> Hashable:
    known = function.__globals__
    read = {
        name: known[name]
        for name in sorted(_names(function.__code__))
        if name in known and _is_plain(known[name])
    }
    return (
        _code(function.__code__),
        _items(dict(closure_of(function)), seen),
        _content(function.__defaults__, seen),
        _items(function.__kwdefaults__ or {}, seen),
        _items(read, seen),
    )


def _code(code: CodeType) -> Hashable:
    constants = tuple(
        _code(each) if isinstance(each, CodeType) else exact_key(each) for each in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_flags


def _names(code: CodeType) -> set[str]:
    inner = (_names(each) for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*inner)


def closure_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The names and values of a function's closure."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not set yet
            continue


def reads_tracer(value: object) -> bool:
    """Whether a function, or one that it calls, has a tracer around it: it can only be traced."""
    waiting, seen = [value], set[int]()
    while waiting:
        each = waiting.pop()
        if isinstance(each, Tracer):
            return each is not value
        if isinstance(each, FunctionType) and id(each) not in seen:
            seen.add(id(each))
            waiting.extend(held for _, held in closure_of(each))
    return False


def _class(owner: type, seen: dict[int, int]) -> Hashable:
    seen[id(owner)] = len(seen)
    return owner.__bases__, _items(dict(_attributes(owner)), seen)


def _attributes(owner: type) -> Iterator[tuple[str, Any]]:
    """The attributes of a class, without those that Python and Dovetail add."""
    for name, value in vars(owner).items():
        special = name.startswith("__") and name.endswith("__")
        if (not special or isinstance(value, FunctionType)) and name not in _ADDED:
            yield name, value
    yield "annotations", tuple(map(str, inspect.get_annotations(owner).items()))


def _items(values: Mapping[str, Any], seen: dict[int, int]) -> Hashable:
    return tuple((name, _content(value, seen)) for name, value in values.items())


def _is_plain(value: Any) -> bool:
    items: Any = value
    if type(items) in (tuple, list):
        return all(map(_is_plain, items))
    return isinstance(value, (*_PLAIN, np.ndarray, np.generic))


def values_text(definition: Any) -> str:
    """Closure, defaults and attributes as a short text, the same in every process; "" for none."""
    found: dict[str, str] = {}
    for prefix, function in _functions(definition):
        names = inspect.signature(function).parameters.values()
        defaults = {each.name: each.default for each in names if each.default is not each.empty}
        for name, value in {**defaults, **dict(closure_of(function))}.items():
            text = _text(value)
            if text is not None:
                found[f"{prefix}{name}"] = text
        if function.__name__ == "<lambda>":  # the name of every other one, too
            found[f"{prefix}code"] = _digest(repr(_code(function.__code__)).encode())
    if isinstance(definition, type):
        for name, value in _attributes(definition):
            if _is_plain(value) and name != "annotations":
                found[name] = str(_text(value))
    text = ", ".join(f"{name}={value}" for name, value in sorted(found.items()))
    return text if len(text) <= _LONGEST else _digest(text.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _functions(definition: Any) -> Iterator[tuple[str, FunctionType]]:
    if isinstance(definition, type):
        for name, value in _attributes(definition):
            if isinstance(value, FunctionType):
                yield f"{name}.", value
        return
    rule = definition.rule
    for prefix, function in ("", definition.definition), ("vjp.", rule and rule.function):
        if isinstance(function, FunctionType):
            yield prefix, function


def _text(value: Any) -> str | None:
    """A value as text, the same in every process; None for other kinds of values."""
    items: Any = value
    if isinstance(value, DType):
        return value.name
    if isinstance(value, (np.ndarray, np.generic)):
        array: Any = np.ascontiguousarray(items)
        text = f"{array.dtype} {np.shape(items)}".encode() + array.tobytes()
        return None if array.dtype.hasobject else _digest(text)
    if isinstance(value, _PLAIN):
        return repr(value)
    if type(items) in (tuple, list):
        parts = [_text(item) for item in items]
        return None if None in parts else f"[{', '.join(map(str, parts))}]"
    if isinstance(value, (Extension, FunctionType, type)) and holder_of(value) is value:
        return f"{value.__module__}:{value.__qualname__}"
    return None
