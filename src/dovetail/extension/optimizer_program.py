"""The update of one parameter as a traced function, and what it needs of an optimizer."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dovetail.errors import DefinitionError, GradientError, StructureError, described
from dovetail.extension.base import Extension
from dovetail.extension.optimizer_states import UpdateRule
from dovetail.extension.parameters import Declaration
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import as_tracer, split
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, float64
from dovetail.graph.node import Graph
from dovetail.language import operands
from dovetail.language.namespace import FUNCTIONS
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node, convert


class OptimizerFunction(Extension[..., Any]):
    """A function of arrays and floats, as an extension, for an optimizer as it is."""

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str]) -> None:
        super().__init__(self._apply, name=optimizer.name)
        self.optimizer = optimizer
        self.floats = tuple(floats)

    @property
    def location(self) -> str | None:
        return self.optimizer.location

    def _apply(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.optimizer, self.floats)

    def _signature(self, arrays: Iterable[str], floats: Iterable[str]) -> Signature:
        arguments = [Argument(name, True) for name in arrays]
        arguments += [Argument(name, False, 0.0, keyword_only=True) for name in floats]
        return Signature(self.name, tuple(arguments), self.location)


class LeafUpdate(OptimizerFunction):
    """(param, grad, *states, step, norm_factor, **hyper) -> (new param, *new states).

    One parameter; `norm_factor` is what clipping by the global norm multiplies by.
    Parameters of one shape share one compiled program.
    """

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str]) -> None:
        super().__init__(optimizer, [name for name in floats if name != "clip_norm"])

    @property
    def scalars(self) -> tuple[str, ...]:
        """The floats of a call, in order."""
        return ("step", "norm_factor", *self.floats)

    def _read_signature(self) -> Signature:
        return self._signature(("param", "grad", *self.optimizer.kept_states), self.scalars)

    def _apply(
        self, param: Any, grad: Any, *states: Any, step: Any, norm_factor: Any, **hyper: Any
    ) -> tuple[Any, ...]:
        optimizer = self.optimizer
        given = gradient_of(as_tracer(param), grad)
        (gradient,) = clipped(value_of(optimizer, hyper, "maximize"), hyper, [given])
        if optimizer.clip_norm is not None:
            gradient = gradient * norm_factor
        own = dict(zip(optimizer.kept_states, states, strict=True))
        new, own = update_one(optimizer, as_tracer(param), gradient, own, step, hyper)
        return (new, *own.values())


class GroupUpdate(LeafUpdate):
    """A LeafUpdate that takes `inverse_scale` beside `norm_factor`.

    Where the loss was `scaled`, gradients are first multiplied by it. Hosts apply the
    program to many parameters in one native call (compile/cpu/multi_tensor.py).
    """

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str], scaled: bool) -> None:
        super().__init__(optimizer, floats)
        self.scaled = scaled

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.optimizer, self.floats, self.scaled)

    @property
    def scalars(self) -> tuple[str, ...]:
        return ("step", "norm_factor", "inverse_scale", *self.floats)

    def _apply(
        self, param: Any, grad: Any, *states: Any, inverse_scale: Any, **hyper: Any
    ) -> tuple[Any, ...]:
        if self.scaled:
            grad = gradient_of(as_tracer(param), grad) * inverse_scale
        return super()._apply(param, grad, *states, **hyper)

    def graph(self, shape: tuple[int, ...], dtype: DType) -> Graph:
        """The update of a parameter and its gradient, both of this shape and type."""
        optimizer = self.optimizer
        states = [
            optimizer.state_type(declaration, shape, dtype)
            for declaration in optimizer.kept_states.values()
        ]
        specs = [ArraySpec(*each) for each in ((shape, dtype), (shape, dtype), *states)]
        return trace(self, specs, {name: ScalarSpec() for name in self.scalars}).graph


class SquaredNorm(OptimizerFunction):
    """(grad, clip_value) -> the sum of its squares in float64, for the global norm."""

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str]) -> None:
        super().__init__(optimizer, [name for name in floats if name == "clip_value"])

    def _read_signature(self) -> Signature:
        return self._signature(("grad",), self.floats)

    def _apply(self, grad: Any, **hyper: Any) -> Any:
        (gradient,) = clipped(False, hyper, [grad])
        wide = FUNCTIONS["astype"](gradient, float64)
        return FUNCTIONS["sum"](wide * wide)


def clipped(maximize: bool, hyper: Mapping[str, Any], grads: Sequence[Any]) -> list[Any]:
    """The gradients, negated and clipped as asked; None stays None."""
    present = [as_tracer(grad) for grad in grads if grad is not None]
    if maximize:
        present = [-grad for grad in present]
    limit, norm_limit = hyper.get("clip_value"), hyper.get("clip_norm")
    if limit is not None:
        present = [FUNCTIONS["clip"](grad, -limit, limit) for grad in present]
    if norm_limit is not None and present:
        factor = norm_limit / FUNCTIONS["maximum"](_global_norm(present), norm_limit)
        present = [grad * FUNCTIONS["astype"](factor, grad.dtype) for grad in present]
    remaining = iter(present)
    return [None if grad is None else next(remaining) for grad in grads]


def _global_norm(grads: Sequence[Tracer]) -> Tracer:
    """The Euclidean norm of all gradients together; half precisions in float32."""
    wide = [FUNCTIONS["astype"](grad, grad.dtype.compute) for grad in grads]
    squares = [FUNCTIONS["sum"](grad * grad) for grad in wide]
    return FUNCTIONS["sqrt"](functools.reduce(operator.add, squares))


def value_of(optimizer: UpdateRule, hyper: Mapping[str, Any], name: str) -> Any:
    return hyper[name] if name in hyper else getattr(optimizer, name)


def like_parameters(what: str, value: Any, structure: Any) -> list[Any]:
    """The leaves of a tree that has the structure of the parameters."""
    leaves, given = split(value)
    if given != structure:
        raise StructureError(
            what, f"{given.leaves} arrays in another structure",
            f"the structure of the parameters, which has {structure.leaves}",
        )  # fmt: skip
    return leaves


def state_lists(
    optimizer: UpdateRule, states: Mapping[str, Any], structure: Any
) -> dict[str, list[Any]]:
    """The leaves of each state, which is a tree with the structure of the parameters."""
    return {
        name: like_parameters(f"the states {name!r} of {optimizer.name}", states[name], structure)
        for name in optimizer.kept_states
    }


def update_one(
    optimizer: UpdateRule,
    param: Tracer,
    grad: Tracer,
    states: dict[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
) -> tuple[Tracer, dict[str, Tracer]]:
    """The update of one parameter, checked.

    Half precisions are widened before it and rounded once after it, so that a state that `update`
    reads after assigning it has all its digits.
    """
    owner, location = optimizer.name, optimizer.location
    if not param.dtype.is_floating:
        raise GradientError(
            f"{owner}: a parameter is of dtype {param.dtype}, which has no derivative",
            "a floating type",
            "keep it out of the parameters, or convert it with astype('float32')",
            location,
        )
    if grad.shape != param.shape:
        raise StructureError(
            f"a gradient of {owner}", f"shape {grad.shape}", f"the parameter's {param.shape}"
        )
    kept = {name: as_tracer(value) for name, value in states.items()}
    shared = {name: hyper[name] for name in optimizer.shared_states if name in hyper}
    own = {name: widened(state) for name, state in kept.items()}
    view = view_of(optimizer, own, shared, hyper, step)
    result = view.update(widened(param), widened(grad))
    what = f"what {owner}.update returned"
    new = checked(what, result, param.shape, param.dtype.compute, location)
    found: dict[str, Tracer] = view.__dict__["_states"]
    return in_type(new, param.dtype), {
        name: in_type(state, kept[name].dtype) for name, state in found.items()
    }


def gradient_of(param: Tracer, grad: Any) -> Tracer:
    """A gradient as an array: a number, such as numpy.float64, takes the type of its parameter."""
    tracer = as_tracer(grad)
    if tracer.weak is None:
        return tracer
    return operands.wrap(convert(tracer.node, tracer.weak, param.dtype))


def widened(value: Tracer) -> Tracer:
    return in_type(value, value.dtype.compute)


def in_type(value: Tracer, dtype: DType) -> Tracer:
    return value if value.dtype is dtype else operands.wrap(cast_node(value.node, dtype))


def checked(
    what: str, value: Any, shape: tuple[int, ...], dtype: DType, location: str | None
) -> Tracer:
    expected = f"an array of shape {shape} and dtype {dtype}"
    if not operands.is_array(value):
        raise wrong_update(what, described(value), expected, location)
    node = operands.array(value)
    if node.shape != shape or node.dtype is not dtype:
        given = f"an array of shape {node.shape} and dtype {node.dtype}"
        raise wrong_update(what, given, expected, location)
    return operands.wrap(node)


def view_of(
    optimizer: UpdateRule,
    states: Mapping[str, Any],
    shared: Mapping[str, Any],
    hyper: Mapping[str, Any],
    step: Any,
) -> Any:
    """The optimizer as its methods see it: tracers for its fields and its states."""
    view = object.__new__(type(optimizer))
    view.__dict__.update(vars(optimizer))
    view.__dict__.update(hyper, _states=dict(states), _shared=dict(shared), step=step)
    return view


def scalars_of(optimizer: UpdateRule, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The shared states that updates read as numbers."""
    return {
        name: shared[name]
        for name, declaration in optimizer.shared_states.items()
        if is_scalar(optimizer, declaration)
    }


def is_scalar(optimizer: Any, declaration: Declaration) -> bool:
    """Whether a shared state is a floating scalar, which updates are given by value."""
    return declaration.extents(optimizer) == () and declaration.data_type(optimizer).is_floating


def by_value(scalar: Any) -> Tracer:
    """A traced scalar that takes the type of what it is combined with, as a float does."""
    return operands.wrap(cast_node(as_tracer(scalar).node, float64), weak=DEFAULT_FLOAT)


def write_state(view: Any, states: dict[str, Tracer], name: str, value: Any) -> None:
    """Record what `update` assigned to a state."""
    states[name] = assigned(view, name, value, states[name])


def assigned(view: Any, name: str, value: Any, old: Tracer) -> Tracer:
    """A value in the shape and the type of the state that it is assigned to."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    node, weak = operands.operand(value) if plain or operands.is_array(value) else (None, None)
    if node is None or node.shape != old.shape:
        given = "no array" if node is None else f"an array of shape {node.shape}"
        expected = f"an array of shape {old.shape}"
        raise wrong_update(f"{view.name}.{name}", given, expected, view.location)
    return operands.wrap(convert(node, weak, old.node.dtype))


def wrong_update(where: str, given: str, expected: str, location: str | None) -> DefinitionError:
    remedy = "return the new parameter from update; cast with dt.astype if need be"
    expected = f"{expected}, as the parameter has"
    return DefinitionError(f"{where} is {given}", expected, remedy, location)
