"""`prepare` of an optimizer: what it computes of all parameters together before each is updated.

`again(params)` and `hessian(vectors)` run the user's loss, which a compiled program cannot call.
So `prepare` is traced in stages: each ends where it asks for something that is not known yet, and
the next one is given the answer. In a trainer's graph, where the loss is traced too, it is traced
once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.errors import CallError, DefinitionError, described
from dovetail.extension.call_errors import absent_state
from dovetail.extension.optimizer_program import (
    OptimizerFunction,
    assigned,
    by_value,
    clipped,
    gradient_of,
    in_type,
    is_scalar,
    value_of,
    view_of,
    widened,
)
from dovetail.extension.optimizer_states import UpdateRule
from dovetail.extension.signature import Signature
from dovetail.extension.values import as_tracer, is_sequence
from dovetail.language import operands
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

AGAIN, HESSIAN = "again", "hessian"
GRADIENTS, STATES, SHARED = "gradients", "states", "shared"
Again = Callable[[list[Any]], tuple[Any, Sequence[Any]]]  # parameters -> loss, gradients
Hessian = Callable[[list[Any]], Sequence[Any]]  # vectors -> products


class _Question(BaseException):
    """`prepare` asks for what is not known yet."""

    def __init__(self, kind: str, arrays: list[Tracer]) -> None:
        super().__init__(kind)
        self.kind, self.arrays = kind, arrays


def asked_for(prepare: Any) -> frozenset[str]:
    """Which of `again` and `hessian` a method `prepare` takes."""
    return frozenset({AGAIN, HESSIAN} & inspect.signature(prepare).parameters.keys())


class Preparation(OptimizerFunction):
    """(params, grads, states, shared, answers, step, inverse_scale, **hyper) -> a dict.

    `params`, `grads` and each of `states` are lists with an item for each parameter. The dict has
    what changed, under "gradients", "states" and "shared", or the arrays of the next question under
    "again" or "hessian". Gradients are multiplied by `inverse_scale`, negated and clipped first.
    """

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str], asks: bool) -> None:
        super().__init__(optimizer, floats)
        self.asks = asks

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.optimizer, self.floats, self.asks)

    def _read_signature(self) -> Signature:
        arrays = ("params", "grads", STATES, SHARED, "answers")
        return self._signature(arrays, ("step", "inverse_scale", *self.floats))

    def _apply(
        self, params: Any, grads: Any, states: Any, shared: Any, answers: Any, *,
        step: Any, inverse_scale: Any, **hyper: Any,
    ) -> dict[str, Any]:  # fmt: skip
        remaining = list(answers)

        def answer(kind: str) -> Callable[[list[Any]], Any]:
            def ask(arrays: list[Any]) -> Any:
                if not remaining:
                    raise _Question(kind, arrays)
                return remaining.pop(0)

            return ask

        pairs = zip(params, grads, strict=True)
        strong = [gradient_of(as_tracer(param), grad) for param, grad in pairs]
        scaled = [widened(grad) * inverse_scale for grad in strong]
        functions = {kind: answer(kind) if self.asks else None for kind in (AGAIN, HESSIAN)}
        try:
            new, changed, common = prepare_traced(
                self.optimizer, params, scaled, states, shared, step, hyper, **functions
            )
        except _Question as question:
            return {question.kind: question.arrays}
        return {
            GRADIENTS: new,
            STATES: {name: values for name, values in changed.items() if name in states},
            SHARED: common,
        }


def prepare_traced(
    optimizer: UpdateRule,
    params: Sequence[Any],
    grads: Sequence[Any],
    states: Mapping[str, Sequence[Any]],
    shared: Mapping[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
    again: Again | None = None,
    hessian: Hessian | None = None,
) -> tuple[list[Tracer], dict[str, list[Tracer]], dict[str, Tracer]]:
    """(gradients, states, shared states) after `prepare`, on tracers.

    `grads` are neither negated nor clipped yet; those that come back are. Half precisions are
    widened before `prepare` and rounded after it.
    """
    negate = value_of(optimizer, hyper, "maximize")
    given = [as_tracer(param) for param in params]
    gradients = [widened(grad) for grad in clipped(negate, hyper, grads)]
    own = {name: list(map(as_tracer, values)) for name, values in states.items()}
    common = {name: as_tracer(value) for name, value in shared.items()}
    sign = -1.0 if negate else 1.0

    def ask_again(arrays: Any) -> tuple[Any, list[Any]]:
        assert again is not None
        points = _like(optimizer, "again was given", arrays, given)
        loss, found = again(points)
        pairs = zip(given, found, strict=True)
        wide = [widened(gradient_of(param, each)) for param, each in pairs]
        return sign * as_tracer(loss), clipped(negate, hyper, wide)

    def ask_products(arrays: Any) -> list[Any]:
        assert hessian is not None
        vectors = _like(optimizer, "hessian was given", arrays, given)
        pairs = zip(given, hessian(vectors), strict=True)
        return [sign * widened(gradient_of(param, each)) for param, each in pairs]

    view = view_of(
        optimizer,
        {name: list(map(widened, values)) for name, values in own.items()},
        {name: _as_number(value) for name, value in common.items()},
        hyper,
        step,
    )
    view.__dict__["_preparing"] = True
    ask: dict[str, Any] = {
        AGAIN: None if again is None else ask_again,
        HESSIAN: None if hessian is None else ask_products,
    }
    result = view.prepare(
        list(map(widened, given)), gradients,
        **{kind: ask[kind] for kind in asked_for(view.prepare)},
    )  # fmt: skip
    if result is not None:
        gradients = _like(optimizer, "prepare returned", result, given, widen=True)
    found = view.__dict__
    return (
        [in_type(grad, param.dtype) for grad, param in zip(gradients, given, strict=True)],
        {
            name: [in_type(n, o.dtype) for n, o in zip(found["_states"][name], old, strict=True)]
            for name, old in own.items()
        },
        {name: in_type(found["_shared"][name], old.dtype) for name, old in common.items()},
    )


def _as_number(shared: Tracer) -> Tracer:
    """A floating scalar as a number, which takes the type of what it meets."""
    return by_value(shared) if shared.shape == () and shared.dtype.is_floating else shared


def _like(
    optimizer: UpdateRule, what: str, value: Any, params: Sequence[Tracer], widen: bool = False
) -> list[Tracer]:
    """A list of arrays in the shapes of the parameters, and in their types unless widened."""
    expected = f"a list of {len(params)} arrays in the shapes of the parameters"
    given: list[Any] | None = list(value) if is_sequence(value) else None
    if given is None or len(given) != len(params) or not all(map(operands.is_array, given)):
        words = described(value) if given is None else f"a list of {len(given)}"
        raise _wrong(optimizer, f"{what} {words}", expected)
    found: list[Tracer] = []
    for each, param in zip(map(as_tracer, given), params, strict=True):
        if each.shape != param.shape:
            wrong = f"an array of shape {each.shape} for a parameter of shape {param.shape}"
            raise _wrong(optimizer, f"{what} {wrong}", expected)
        dtype = param.dtype.compute if widen else param.dtype
        found.append(operands.wrap(cast_node(each.node, dtype)))
    return found


def _wrong(optimizer: UpdateRule, found: str, expected: str) -> DefinitionError:
    remedy = "compute one array for each of `params`, in their order"
    return DefinitionError(f"{optimizer.name}: {found}", expected, remedy, optimizer.location)


# Attributes of the view that `prepare` and `update` have of an optimizer.


def read_shared(view: Any, name: str) -> Any:
    """A shared state; None where it is absent."""
    shared: dict[str, Any] = view.__dict__["_shared"]
    if name in shared or view.shared_states.get(name) is None:
        return shared.get(name)
    declaration = view.shared_states[name]
    assert not is_scalar(view, declaration)
    raise DefinitionError(
        f"{view.name}.{name} is read in update, and it is not a floating scalar",
        "shared states of any shape in prepare, floating scalars in update",
        "compute in prepare what update needs of it, as a dt.Shared() or as a state",
        view.location,
    )


def write_shared(view: Any, name: str, value: Any) -> None:
    """Record what `prepare` assigned to a shared state."""
    where = f"{view.name}.{name}"
    if not view.__dict__.get("_preparing", False):
        raise DefinitionError(
            f"{where} is assigned outside of prepare",
            "shared states assigned in prepare: update is for one parameter",
            "define prepare(self, params, grads) and assign it there",
            view.location,
        )
    old: Tracer | None = view.__dict__["_shared"].get(name)
    if old is None:
        raise absent_state(where, str(view.declared[name].when), view.location)
    view.__dict__["_shared"][name] = _as_number(assigned(view, name, value, old))


def write_states(view: Any, name: str, values: Any) -> None:
    """Record what `prepare` assigned to a state of each parameter."""
    old: list[Tracer] = view.__dict__["_states"][name]
    if not is_sequence(values) or len(values) != len(old):
        given = f"{len(values)} arrays" if is_sequence(values) else described(values)
        raise _wrong(view, f"{name} is assigned {given} in prepare", f"a list of {len(old)} arrays")
    view.__dict__["_states"][name] = [
        assigned(view, name, value, each) for value, each in zip(values, old, strict=True)
    ]


_EXPECTED = {
    AGAIN: "a function that gives the loss and the gradients at other parameters",
    HESSIAN: "a function that gives products of the Hessian with vectors",
}


def check_functions(optimizer: UpdateRule, functions: Mapping[str, Any], remedy: str) -> None:
    """Raises if `prepare` takes a function that the call was not given."""
    for kind in sorted(optimizer.asks):
        if functions[kind] is None:
            raise CallError(
                f"{optimizer.name}.prepare takes {kind!r}, and this call brings no such function",
                _EXPECTED[kind], remedy, optimizer.location,
            )  # fmt: skip
