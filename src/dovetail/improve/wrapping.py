"""Training a model inside another one, which adds a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dovetail.train.settings import Settings

PREFIX = "model."  # of the paths of the model inside


def settings_inside(settings: Settings) -> dict[str, Any]:
    """The arguments of `compile` for a model around one that was compiled with these settings."""
    return {
        "gradient_accumulation_steps": settings.gradient_accumulation_steps,
        "ema_momentum": settings.ema_momentum,
        "precision": settings.precision,
        "stop_on_nan": settings.stop_on_nan,
        "regularizers": _inside(settings.regularisers),
        "constraints": _inside(settings.constraints),
    }


def _inside(functions: Mapping[Any, Any]) -> dict[Any, Any]:
    """Functions of parameters, for the paths that these have in a model around."""
    return {
        _predicate(where) if callable(where) else PREFIX + where: function
        for where, function in functions.items()
    }


def _predicate(where: Callable[[str, Any], Any]) -> Callable[[str, Any], bool]:
    return lambda path, array: bool(where(path.removeprefix(PREFIX), array))


def take_back(model: Any, around: Any) -> None:
    """Give a model the parameters and states that the one around it predicts with."""
    arrays = {**around.evaluated(), **around.states()}
    model.load({
        path.removeprefix(PREFIX): array
        for path, array in arrays.items() if path.startswith(PREFIX)
    })  # fmt: skip


class Watched:
    """The results of the calls of layers at some paths, while it is entered.

    Of a layer that is called several times, the first result counts.
    """

    def __init__(self, binding: Any, paths: Sequence[str]) -> None:
        self._binding, self._paths = binding, list(paths)
        self._found: dict[str, Any] = {}

    def __enter__(self) -> _Results:
        call = self._binding.call

        def noted(shadow: Any, *args: Any) -> Any:
            result = call(shadow, *args)
            if shadow.path in self._paths:
                self._found.setdefault(shadow.path, result)
            return result

        self._binding.call = noted
        return _Results(self._paths, self._found)

    def __exit__(self, *error: object) -> None:
        del self._binding.call


class _Results:
    """What was found, in the order of the paths."""

    def __init__(self, paths: Sequence[str], found: Mapping[str, Any]) -> None:
        self._paths, self._found = paths, found

    def __iter__(self) -> Iterator[Any]:
        return (self._found[path] for path in self._paths)
