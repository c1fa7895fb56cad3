"""Training a model inside another one, which adds a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def results_of_layers(binding: Any) -> Iterator[dict[str, Any]]:
    """What the layers that are called in it return, by path; of several calls, the first."""
    call, found = binding.call, dict[str, Any]()

    def noted(shadow: Any, *args: Any) -> Any:
        result = call(shadow, *args)
        found.setdefault(shadow.path, result)
        return result

    binding.call = noted
    try:
        yield found
    finally:
        del binding.call
