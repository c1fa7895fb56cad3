"""Extensions that a transform such as dt.grad makes of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from dovetail.extension.base import Extension
from dovetail.extension.call_errors import not_callable
from dovetail.extension.exact import exact_key
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature, read_signature
from dovetail.extension.values import is_dict
from dovetail.language.location import name_of


class Derived(Op[..., Any]):
    """An extension that a transform has made of a function; pickles as that transform."""

    def __init__(
        self,
        transform: Callable[..., Any],
        function: Callable[..., Any],
        options: dict[str, Any],
        definition: Callable[..., Any],
    ) -> None:
        name = f"{transform.__name__}({name_of(function)})"
        super().__init__(definition, name=name)
        self.__doc__ = f"{name}, made by dt.{transform.__name__}."
        self.function = self.__wrapped__ = function  # whose arguments it takes
        self._recipe = (transform, options)

    def _read_signature(self) -> Signature:
        inner = signature_of(self.function)
        return Signature(self.name, inner.arguments, inner.location)

    @property
    def location(self) -> str | None:
        return signature_of(self.function).location

    def __reduce__(self) -> tuple[Any, ...]:
        transform, options = self._recipe
        return _again, (transform, self.function, options)


def _again(transform: Callable[..., Any], function: Any, options: dict[str, Any]) -> Any:
    return transform(function, **options)


def derived(
    transform: Callable[..., Any],
    function: Callable[..., Any],
    options: dict[str, Any],
    definition: Callable[..., Any],
    kind: Callable[..., Extension[..., Any]] = Derived,
) -> Extension[..., Any]:
    """The extension that a transform makes of a function.

    It is cached on the function, so that `dt.grad(f)(x)` in a loop traces f once.
    """
    if not callable(function):
        raise not_callable(f"dt.{transform.__name__}", function)
    key = (transform.__name__, exact_key(options))
    kept: dict[Any, Extension[..., Any]] | None = None
    namespace: Any = getattr(function, "__dict__", None)
    if is_dict(namespace):
        kept = cast(dict[Any, Any], namespace.setdefault("__dovetail_derived__", {}))
        known = kept.get(key)
        if known is not None:
            return known
    extension = kind(transform, function, options, definition)
    return extension if kept is None else kept.setdefault(key, extension)


def signature_of(function: Callable[..., Any]) -> Signature:
    """The signature of an extension, a layer, or a plain function."""
    known = getattr(function, "signature", None)
    return known if isinstance(known, Signature) else read_signature(function, name_of(function))


def array_count(signature: Signature, given: list[Any]) -> int:
    """How many of the positional arguments are arrays."""
    fixed = sum(argument.is_array for argument in signature.positional)
    return fixed + len(given) - len(signature.positional)
