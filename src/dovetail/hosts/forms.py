"""Classes and functions that hosts make of definitions: named, shown and pickled as those."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dovetail.extension.call_errors import too_many_positional, unknown_argument
from dovetail.extension.fields import REQUIRED, Field
from dovetail.extension.parameters import FromInput
from dovetail.extension.signature import Argument, Signature


def pickled_by_definition(metaclass: type, host: str) -> None:
    """Pickle the classes of a metaclass by their `definition`, of which they are the form."""
    copyreg.pickle(metaclass, functools.partial(_reduce, host))


def _reduce(host: str, form: Any) -> tuple[Any, ...] | str:
    # What a framework derives from a form (parametrizations, FSDP's) names itself.
    if "definition" not in vars(form):
        return form.__qualname__
    return getattr, (form.definition, host)


def path_of_form(definition: Any, host: str) -> str:
    """The path of a definition's form in its module, by which pickle finds it: "mish.keras"."""
    return f"{definition.__qualname__}.{host}"


def make_form(
    base: type,
    definition: Any,
    parameters: Iterable[inspect.Parameter] | None = None,
    **members: Any,
) -> Any:
    """A class named and documented as its definition, or as the class of that.

    `parameters` are those that its signature shows, if any. It is pickled by its metaclass
    (`pickled_by_definition`), or by its path, where `members` has that as `__qualname__`.
    """
    named = definition if hasattr(definition, "__qualname__") else type(definition)
    names = {name: getattr(named, name) for name in ("__doc__", "__module__", "__qualname__")}
    metaclass: Any = type(base)
    form = metaclass(named.__name__, (base,), {"definition": definition, **names, **members})
    if parameters is not None:
        # Except where an argument without a default follows one with a default.
        with contextlib.suppress(ValueError):
            form.__signature__ = inspect.Signature(list(parameters))
    return form


Made = Callable[[str, Any], inspect.Parameter]


def field_parameters(
    definition: Any, fields: Iterable[Field], made: Made | None = None
) -> list[inspect.Parameter]:
    """The fields of a class as arguments; of an instance, its values are the defaults."""
    found: list[inspect.Parameter] = []
    for field in fields:
        value = field.default
        if not isinstance(definition, type):
            value = getattr(definition, field.name)
        elif value is REQUIRED:
            value = inspect.Parameter.empty
        elif isinstance(value, FromInput):
            value = None
        found.append((made or positional)(field.name, value))
    return found


def shown_arguments(signature: Signature) -> list[inspect.Parameter]:
    """The arguments of a definition, as `inspect` shows them."""
    kinds = inspect.Parameter
    found: list[inspect.Parameter] = []
    for each in signature.arguments:
        if each.variadic:
            found.append(kinds(each.name, kinds.VAR_POSITIONAL))
        elif each.keyword_only:
            found.append(keyword(each.name, each.default))
        elif each.positional_only:
            found.append(kinds(each.name, kinds.POSITIONAL_ONLY, default=each.default))
        else:
            found.append(positional(each.name, each.default))
    return found


def with_arguments(
    method: Callable[..., Any], parameters: Iterable[inspect.Parameter]
) -> Callable[..., Any]:
    """A copy of a method that shows these arguments behind `self`; its code is the same."""
    first, *_ = inspect.signature(method).parameters.values()
    shown: Any = types.FunctionType(
        method.__code__, method.__globals__, method.__name__, method.__defaults__,
        method.__closure__,
    )  # fmt: skip
    functools.update_wrapper(shown, method, updated=())
    del shown.__wrapped__
    shown.__kwdefaults__ = method.__kwdefaults__
    first = first.replace(kind=inspect.Parameter.POSITIONAL_ONLY)
    with contextlib.suppress(ValueError):  # as in `make_form`
        shown.__signature__ = inspect.Signature([first, *parameters])
    return shown


def given_settings(
    signature: Signature, known: Sequence[Argument], positional: Sequence[str],
    args: Sequence[Any], settings: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The value of each of the hyperparameters `known`; some may be given by position."""
    if len(args) > len(positional):
        raise too_many_positional(signature.call, positional, len(args), signature.location)
    values = {argument.name: argument.default for argument in known}
    given = dict(zip(positional, args, strict=False))
    for name, value in settings.items():
        if name not in values or name in given:
            raise unknown_argument(signature.call, name, [*values], signature.location)
        given[name] = value
    return {**values, **given}


def keyword(name: str, default: Any) -> inspect.Parameter:
    """An argument that is passed by name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)


def positional(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """An argument that is passed by position or by name."""
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
