"""The signature of a definition: which arguments are arrays, and how a call binds to them.

Arguments without a default are arrays, or trees of arrays. Arguments with a default are
hyperparameters: floats, and numbers given where the default is a float, are passed by value;
everything else is static and part of the key of a compiled program. An array given in place of
such a float is an operand with a gradient, and one given for `name=None` an optional array.
`@static` marks static arguments that have no default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dovetail.errors import DefinitionError
from dovetail.extension.call_errors import (
    missing_arguments,
    repeated_argument,
    too_many_positional,
    unknown_argument,
)
from dovetail.language.location import location_of

EMPTY = inspect.Parameter.empty


@dataclass(frozen=True)
class Argument:
    """One argument.

    `static`: a float given for it is part of the program, too. `literal`: an integer given
    for this array is.
    """

    name: str
    is_array: bool
    default: Any = EMPTY
    keyword_only: bool = False
    variadic: bool = False
    positional_only: bool = False
    static: bool = False
    literal: bool = False

    @cached_property
    def scalar(self) -> bool:
        """Whether every number that is given for it is taken as a float."""
        return type(self.default) is float and not self.static

    def __str__(self) -> str:
        star = "*" if self.variadic else ""
        return f"{star}{self.name}" + ("" if self.default is EMPTY else f"={self.default!r}")


class Signature:
    """The arguments of a definition, in order, and how a call binds to them."""

    def __init__(self, name: str, arguments: tuple[Argument, ...], location: str | None) -> None:
        self.name = name
        self.arguments = arguments
        self.location = location
        self.positional = tuple(a for a in arguments if not a.keyword_only and not a.variadic)
        self.variadic = next((a for a in arguments if a.variadic), None)
        self.index = {a.name: i for i, a in enumerate(arguments)}
        self.defaults = tuple(() if a.variadic else a.default for a in arguments)
        self.array_names = tuple(a.name for a in arguments if a.is_array)
        self.plain = self._plain()

    def _plain(self) -> int:
        """How many arguments a call of arrays alone has, by position; -1 where none has that."""
        if self.variadic or any(a.keyword_only and a.is_array for a in self.arguments):
            return -1
        required = [i for i, a in enumerate(self.arguments) if a.default is EMPTY]
        arrays = all(self.arguments[i].is_array for i in required)
        return len(required) if arrays and required == list(range(len(required))) else -1

    def with_argument(self, argument: Argument) -> Signature:
        """The same with one more keyword argument."""
        return Signature(self.name, (*self.arguments, argument), self.location)

    @property
    def call(self) -> str:
        """The signature as it is written in messages."""
        return str(self)

    def __str__(self) -> str:
        parts = list(map(str, self.arguments))
        keywords = sum(each.keyword_only for each in self.arguments)
        if keywords and self.variadic is None:
            parts.insert(len(parts) - keywords, "*")
        return f"{self.name}({', '.join(parts)})"

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The value of each argument, in the order of `arguments`, defaults filled in."""
        values = list(self.defaults)
        count = len(self.positional)
        given = len(args)
        if given > count:
            if self.variadic is None:
                names = [each.name for each in self.positional]
                raise too_many_positional(self.call, names, given, self.location)
            values[self.index[self.variadic.name]] = tuple(args[count:])
            args = args[:count]
        values[: len(args)] = args  # positional arguments come first in `arguments`
        for name, value in kwargs.items():
            position = self.index.get(name, -1)
            if position < 0 or self.arguments[position].variadic:
                raise unknown_argument(self.call, name, self.index, self.location)
            if position < len(args):
                raise repeated_argument(self.call, name, self.location)
            values[position] = value
        for value in values:
            if value is EMPTY:
                pairs = zip(self.arguments, values, strict=True)
                missing = [argument.name for argument, each in pairs if each is EMPTY]
                raise missing_arguments(self.call, missing, self.location)
        return values

    def spread(self, values: list[Any] | tuple[Any, ...]) -> tuple[list[Any], dict[str, Any]]:
        """Bound values as positional and keyword arguments of the definition."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for argument, value in zip(self.arguments, values, strict=True):
            if argument.keyword_only:
                kwargs[argument.name] = value
            elif argument.variadic:
                args.extend(value)
            else:
                args.append(value)
        return args, kwargs


def unreadable(name: str, reason: str, location: str | None) -> DefinitionError:
    """The error for a signature that cannot be read as arrays and hyperparameters."""
    return DefinitionError(
        f"the signature of {name} cannot be used: {reason}",
        "arrays without a default, hyperparameters with one",
        "name every argument in the definition",
        location,
    )


def read_signature(
    function: Callable[..., Any], name: str, *, skip: int = 0, location: str | None = None
) -> Signature:
    """The signature of a definition; `skip` leading arguments (self) are left out."""
    location = location or location_of(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except (TypeError, ValueError) as reason:
        raise unreadable(name, str(reason), location) from None
    static: tuple[str, ...] = getattr(function, "__dovetail_static__", ())
    literal: tuple[str, ...] = getattr(function, "__dovetail_literal__", ())
    arguments: list[Argument] = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise unreadable(name, f"it takes **{parameter.name}", location)
        arguments.append(
            Argument(
                parameter.name,
                is_array=parameter.default is EMPTY and parameter.name not in static,
                default=_default(parameter),
                keyword_only=parameter.kind is inspect.Parameter.KEYWORD_ONLY,
                variadic=parameter.kind is inspect.Parameter.VAR_POSITIONAL,
                positional_only=parameter.kind is inspect.Parameter.POSITIONAL_ONLY,
                static=parameter.name in static,
                literal=parameter.name in literal,
            )
        )
    return Signature(name, tuple(arguments), location)


def _default(parameter: inspect.Parameter) -> Any:
    """The default; `gamma: float = 2` means 2.0."""
    if type(parameter.default) is int and parameter.annotation in (float, "float"):
        return float(parameter.default)
    return parameter.default
