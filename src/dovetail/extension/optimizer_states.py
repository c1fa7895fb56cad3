"""What an update needs of an optimizer: its options, and the states of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, SupportsFloat, TypeAlias

import numpy as np

from dovetail.errors import DefinitionError, described
from dovetail.extension.exact import Structured
from dovetail.extension.fields import HasFields
from dovetail.extension.initializers import initial
from dovetail.extension.optimizer_groups import Groups, Variant, variants_of
from dovetail.extension.parameters import LIKE_PARAMETER, Declaration, Shared
from dovetail.extension.values import is_sequence, split
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, as_dtype
from dovetail.graph.node import Array
from dovetail.language.tree import unflatten

Scheduled: TypeAlias = "float | Callable[[int], SupportsFloat]"  # of the step, from 1


class Updating(Structured):
    """What an optimizer has beside its fields: editors take attributes of HasFields for fields."""

    _reserves = True
    prepares: ClassVar[bool] = False  # the class defines `prepare`
    asks: ClassVar[frozenset[str]] = frozenset()  # which of `again` and `hessian` it takes
    asks_sometimes: ClassVar[bool] = False  # and defines `asks_again`
    evaluates: ClassVar[bool] = False  # the class defines `evaluation`

    clip_norm: Scheduled | None
    clip_value: Scheduled | None
    maximize: bool

    _programs: dict[Any, Any]
    _states: dict[str, Any] | None = None  # of the parameter that is being updated
    _shared: dict[str, Any] | None = None  # those that belong to all parameters
    _preparing: bool = False  # in prepare, where a state is a list with an item for each parameter
    step: Any  # in update: the number of this step, from 1


class UpdateRule(Updating, HasFields):
    """An optimizer without its programs, which optimizer.py adds."""

    _reserves = True
    _conditional: ClassVar[bool] = False  # a state is declared with `when`
    _own_states: ClassVar[dict[str, Declaration]] = {}  # one for each parameter
    _common_states: ClassVar[dict[str, Declaration]] = {}  # one for all parameters

    groups: ClassVar[Groups] = ()

    def variants(self, params: Any) -> list[Variant | None]:
        """For each leaf of the parameters the optimizer of its group; None where it is frozen."""
        return variants_of(self, self.groups, params)

    @classmethod
    def _divide(cls, declared: dict[str, Declaration]) -> None:
        """Tell the states of each parameter from those of all."""
        shared: dict[str, Declaration] = {
            name: each for name, each in declared.items() if isinstance(each, Shared)
        }
        cls._common_states = shared
        cls._own_states = {name: each for name, each in declared.items() if name not in shared}
        cls._conditional = any(each.when is not None for each in declared.values())

    def asks_again(self, step: Any) -> Any:
        """Whether `prepare` is given `again` and `hessian` at this step; where not, they are None.

        `step` may be traced; return a condition on it.
        """
        return True

    @property
    def kept_states(self) -> dict[str, Declaration]:
        """The states of a parameter: those whose `when` is true, or that have none."""
        return self._present(self._own_states)

    @property
    def shared_states(self) -> dict[str, Declaration]:
        """The states that belong to all parameters together."""
        return self._present(self._common_states)

    def _present(self, declared: dict[str, Declaration]) -> dict[str, Declaration]:
        if not self._conditional:
            return declared
        return {name: each for name, each in declared.items() if self.is_present(each)}

    def with_states(self, params: Any, states: Mapping[str, Any]) -> dict[str, Any]:
        """The states that a step needs; one whose `when` has become true starts anew."""
        return {
            name: states[name] if name in states or each.when is None else self._fresh(each, params)
            for name, each in (*self.kept_states.items(), *self.shared_states.items())
        }

    def _fresh(self, declaration: Declaration, params: Any) -> Any:
        """The first values of a state: a tree like the parameters, or an array for all."""
        if isinstance(declaration, Shared):
            return self.initial_shared(declaration)
        leaves, structure = split(params)
        rules = [self if each is None else each.optimizer for each in self.variants(params)]
        pairs = zip(rules, leaves, strict=True)
        made = [rule.initial_state(declaration, np.asarray(leaf)) for rule, leaf in pairs]
        return unflatten(structure, made)

    def initial_shared(self, declaration: Declaration) -> Array:
        """The first value of a shared state."""
        shape, dtype = declaration.extents(self), declaration.data_type(self)
        rng = np.random.default_rng(0)
        where = f"{self.name}.{declaration.name}"
        return initial(where, declaration.initial_value(self), rng, shape, dtype)

    def state_type(
        self, declaration: Declaration, shape: tuple[int, ...], dtype: DType
    ) -> tuple[tuple[int, ...], DType]:
        """The shape and data type of a state of a parameter of this shape and type."""
        if declaration.like is not None:
            return shape, declaration.data_type(self, dtype)
        if declaration.shape_of is not None:
            return _shape_of_state(self, declaration, shape), declaration.data_type(self, dtype)
        default = dtype if declaration.dtype == LIKE_PARAMETER else DEFAULT_FLOAT
        return declaration.extents(self), declaration.data_type(self, default)

    def initial_state(self, declaration: Declaration, param: Array) -> Array:
        """The first value of a state; `init="param"` is a copy of the parameter."""
        shape, dtype = self.state_type(declaration, param.shape, as_dtype(param.dtype))
        if declaration.init == "param":
            return np.array(param, dtype=dtype.numpy, order="C")
        where = f"{self.name}.{declaration.name}"
        rng = np.random.default_rng(0)
        return initial(where, declaration.initial_value(self), rng, shape, dtype)

    def init(self, params: Any) -> dict[str, Any]:
        """The state to begin with: "step", and each state as a tree like the parameters."""
        declared = {**self.kept_states, **self.shared_states}
        return {"step": 0, **{name: self._fresh(each, params) for name, each in declared.items()}}


def _shape_of_state(
    optimizer: UpdateRule, declaration: Declaration, shape: tuple[int, ...]
) -> tuple[int, ...]:
    """The shape of a state that is declared by a function of the parameter's shape."""
    assert declaration.shape_of is not None
    two = len(inspect.signature(declaration.shape_of).parameters) > 1
    given: object = declaration.shape_of(*([optimizer, shape] if two else [shape]))
    if not is_sequence(given) or not all(isinstance(each, int) and each >= 0 for each in given):
        raise DefinitionError(
            f"shape= of {optimizer.name}.{declaration.name} gives {described(given)} for a "
            f"parameter of shape {shape}",
            "a tuple of integers from 0",
            "return one for every shape, for example (0,) where the state is not needed",
            optimizer.location,
        )
    return tuple(given)
