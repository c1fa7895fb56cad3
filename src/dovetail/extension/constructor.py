"""The constructor arguments of layers and optimizers, by which they are saved and made again.

Where a class has an `__init__` of its own, the arguments of the call are kept (`_given`). If
calling it again gives other attributes, since they were set later or depend on something else,
saving is refused.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from dovetail.errors import ChangedSinceMadeError
from dovetail.extension.exact import exact_key
from dovetail.extension.fields import init_signature
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import COMMON, Optimizer
from dovetail.extension.sequential import Sequential

_CACHED = functools.cached_property
_PLAIN_INITS = (Layer.__init__, Optimizer.__init__, Sequential.__init__)


def has_own_init(owner: type) -> bool:
    """Whether a class has an `__init__` of its own, whose arguments may not be its fields."""
    return owner.__init__ not in _PLAIN_INITS


def argument_names(owner: Any) -> tuple[str, ...]:
    """The names of the arguments that the class takes."""
    fields = tuple(field.name for field in owner.fields)
    if not has_own_init(owner):
        return fields
    parameters = init_signature(owner).parameters.values()
    names = tuple(each.name for each in parameters if each.kind is not each.VAR_KEYWORD)
    passes_on = len(names) < len(parameters)
    return (*names, *(name for name in fields if name not in names)) if passes_on else names


def settings_of(thing: Layer | Optimizer) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the arguments that make the object again, the fields to set afterwards).

    The arguments are the fields, unless the class has an `__init__` of its own that does not
    pass **kwargs on. The values of *args are a tuple under its name.
    """
    owner: Any = type(thing)
    names = [field.name for field in owner.fields]
    if isinstance(thing, Optimizer):
        names += [field.name for field in COMMON]
    known: dict[str, Any] = vars(thing)
    fields = {name: known[name] for name in names if name in known}
    if not has_own_init(owner):
        more = _difference(thing, SimpleNamespace(), names)
        if more is not None:
            raise _changed(thing, more)
        return fields, {}
    signature = init_signature(owner)
    kinds = [each.kind for each in signature.parameters.values()]
    if inspect.Parameter.VAR_KEYWORD in kinds:
        try:
            again = owner(**fields)
        except TypeError:
            pass
        else:
            if _difference(thing, again, ()) is None:
                return fields, {}
    args, kwargs = known["_given"]
    again = owner(*args, **kwargs)
    different = _difference(thing, again, names)
    if different is not None:
        raise _changed(thing, different)
    sizes: Any = getattr(thing, "inferred", {})
    made: dict[str, Any] = again.__dict__
    changed = {
        name: value
        for name, value in fields.items()
        if not (name in sizes and name not in made)
        and (name not in made or _comparable(value) != _comparable(made[name]))
    }
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    found: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            found.update(value)
        else:
            found[name] = value
    return found, changed


def reconstruct(owner: Any, arguments: Mapping[str, Any]) -> Any:
    """An object of the class, from the arguments that `settings_of` has found."""
    kwargs = dict(arguments)
    args: list[Any] = []
    if has_own_init(owner):
        parameters = list(init_signature(owner).parameters.values())
        starred = any(each.kind is each.VAR_POSITIONAL and kwargs.get(each.name)
                      for each in parameters)  # fmt: skip
        for each in parameters:
            if each.name not in kwargs:
                continue
            if each.kind is each.VAR_POSITIONAL:
                args.extend(kwargs.pop(each.name))
            elif each.kind is each.POSITIONAL_ONLY or (
                starred and each.kind is each.POSITIONAL_OR_KEYWORD
            ):
                args.append(kwargs.pop(each.name))
    elif issubclass(owner, Sequential):
        args = list(kwargs.pop("layers"))
    return owner(*args, **kwargs)


def _difference(thing: Any, again: Any, beside: Iterable[str]) -> str | None:
    """The first attribute that differs between two objects of a class, `beside` left out."""
    left_out = {*thing._own, *beside, *getattr(thing, "inferred", ()), "seed"}
    mine: dict[str, Any] = thing.__dict__
    theirs: dict[str, Any] = again.__dict__
    owner: Any = thing.__class__
    left_out |= {name for name in mine if isinstance(getattr(owner, name, None), _CACHED)}
    for name in dict.fromkeys((*mine, *theirs)):
        if name not in left_out and (
            name not in mine
            or name not in theirs
            or _comparable(mine[name]) != _comparable(theirs[name])
        ):
            return name
    return None


def _comparable(value: Any, seen: dict[int, int] | None = None) -> Any:
    """As `exact_key`, but ignores the seeds of layers and the sizes that come from inputs."""
    seen = {} if seen is None else seen
    items: Any = value
    if isinstance(value, Layer):
        if id(value) in seen:
            return "again", seen[id(value)]
        seen[id(value)] = len(seen)
        left_out = {*items._own, *value.inferred, "seed"}
        return type(value), [
            (name, _comparable(item, seen))
            for name, item in vars(value).items()
            if name not in left_out
        ]
    if isinstance(value, (tuple, list)):
        return [_comparable(item, seen) for item in items]
    if isinstance(value, dict):
        return [(key, _comparable(item, seen)) for key, item in items.items()]
    return exact_key(value)


def _changed(thing: Layer | Optimizer, attribute: str) -> ChangedSinceMadeError:
    return ChangedSinceMadeError(
        f"{thing.name} cannot be saved: made again with the same arguments, it has another "
        f"{attribute!r}",
        "attributes that depend only on the arguments of __init__",
        f"make {attribute!r} an annotated field or an argument of __init__, and do not change it "
        f"afterwards",
        thing.location,
    )
