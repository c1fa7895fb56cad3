"""The states of an optimizer: of each parameter, and of all together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dovetail.extension.exact import Structured
from dovetail.extension.fields import HasFields
from dovetail.extension.initializers import Array, initial
from dovetail.extension.optimizer_groups import Groups, Variant, variants_of
from dovetail.extension.optimizer_program import shape_of_state
from dovetail.extension.parameters import LIKE_PARAMETER, Declaration, Shared
from dovetail.extension.values import split
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, as_dtype
from dovetail.language.tree import unflatten


class Updating(Structured):
    """What an optimizer has beside its fields: editors take attributes of HasFields for fields."""

    _reserves = True
    _programs: dict[Any, Any]
    _states: dict[str, Any] | None = None  # of the parameter that is being updated
    _shared: dict[str, Any] | None = None  # those that belong to all parameters
    _preparing: bool = False  # in prepare, where a state is a list with an item for each parameter
    step: Any  # in update: the number of this step, from 1


class Stateful(Updating, HasFields):
    """The states that a class of optimizers declares, as arrays."""

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
            return shape_of_state(self, declaration, shape), declaration.data_type(self, dtype)
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
