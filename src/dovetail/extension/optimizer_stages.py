"""`prepare` on arrays: its stages are run, and `again` and `hessian` answered in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dovetail.extension.optimizer_preparation import (
    GRADIENTS,
    HESSIAN,
    SHARED,
    STATES,
    check_functions,
)
from dovetail.extension.optimizer_program import scalars_of
from dovetail.extension.optimizer_states import UpdateRule

REMEDY = (
    "optimizer.apply(params, grads, state, again=value_and_grad), or the trainer of dt.Model, "
    "which has it"
)

Functions = Mapping[str, Callable[[list[Any]], Any] | None]  # `again` and `hessian`, on lists


class Prepared(NamedTuple):
    """What `prepare` leaves: lists with an item for each parameter, and the shared states."""

    gradients: list[Any]
    states: dict[str, list[Any]]
    shared: dict[str, Any]


def prepared(
    optimizer: UpdateRule,
    program: Callable[[tuple[str, ...], bool], Any],
    params: Sequence[Any],
    grads: Sequence[Any],
    states: Mapping[str, Sequence[Any]],
    shared: Mapping[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
    functions: Functions,
    *,
    inverse_scale: Any = 1.0,
    asking: bool | None = None,
    remedy: str = REMEDY,
) -> Prepared:
    """Run `prepare` on lists of arrays of any host.

    `program(floats, asking)`: the program, such as `optimizer.preparation`. `functions`: `again`
    and `hessian` as functions of lists like the parameters, or None. `asking`: whether it is given
    them; None for what `asks_again` returns.
    """
    if asking is None:
        asking = bool(optimizer.asks) and bool(optimizer.asks_again(step))
    if asking:
        check_functions(optimizer, functions, remedy)
    own = own_floats(hyper)
    run = program(tuple(own), asking)
    lists = {name: list(values) for name, values in states.items()}
    answers: list[Any] = []
    while True:
        found = run(
            list(params), list(grads), lists, dict(shared), answers,
            step=step, inverse_scale=inverse_scale, **own,
        )  # fmt: skip
        if GRADIENTS in found:
            return Prepared(found[GRADIENTS], found[STATES], found[SHARED])
        ((kind, arrays),) = found.items()
        ask: Any = functions[kind]
        answers.append(_answer(kind, ask(arrays)))


def _answer(kind: str, value: Any) -> Any:
    if kind == HESSIAN:
        return list(value)
    loss, grads = value
    return [loss if hasattr(loss, "dtype") else np.asarray(loss), list(grads)]


def own_floats(hyper: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters of the optimizer itself, without those of groups."""
    return {name: value for name, value in hyper.items() if "." not in name}


def after_preparation(
    optimizer: UpdateRule, hyper: Mapping[str, Any], shared: Mapping[str, Any]
) -> dict[str, Any]:
    """What updates are passed by value after `prepare`, which has clipped: with shared scalars."""
    found = {name: value for name, value in hyper.items() if not name.startswith("clip_")}
    for name, value in scalars_of(optimizer, shared).items():
        found[name] = value.item() if isinstance(value, np.ndarray) else value
    return found
