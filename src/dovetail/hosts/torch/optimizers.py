"""Optimizers as classes of `torch.optim.Optimizer`.

    Lion.torch(model.parameters(), lr=1e-4)

The fields of the definition, `clip_norm`, `clip_value` and `maximize` are the defaults of
the param groups; the state of a parameter holds its `step`, a float32 tensor, and the
definition's states under their names. Clipping by the norm takes the gradients of a group
together. Fields `beta1, beta2, ...` appear once more as `betas`, which PyTorch's schedules
of the momentum change. What `prepare` computes is for a group, too; `again` is the closure of
`step`. Of a rule with `evaluation`, `optimizer.eval()` puts the values for predictions into
the parameters, and `optimizer.train()` those that are trained.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch

from dovetail.errors import ArgumentError, TrainingError
from dovetail.extension.call_errors import unknown_argument, wrong_hyperparameter
from dovetail.extension.constructor import has_own_init
from dovetail.extension.fields import REQUIRED, as_field, field_values, named
from dovetail.extension.optimizer import COMMON, Optimizer
from dovetail.extension.optimizer_groups import refuse_groups
from dovetail.hosts.aliases import Names, names_of
from dovetail.hosts.forms import (
    field_parameters,
    keyword,
    make_form,
    pickled_by_definition,
    positional,
)
from dovetail.hosts.torch.aliases import OPTIMIZERS
from dovetail.hosts.torch.dtypes import from_numpy, to_numpy
from dovetail.hosts.torch.foreign_states import as_own
from dovetail.hosts.torch.group_tables import GroupTables
from dovetail.hosts.torch.optimizer_preparation import TRAINED, evaluated, prepare
from dovetail.hosts.torch.optimizer_states import (
    STEP,
    Tensor,
    check_parameter,
    on_cpu,
    prepare_row,
)
from dovetail.hosts.torch.optimizer_tables import tables_for

BETAS = "betas"


class FormType(type(torch.optim.Optimizer)):
    """The class of the optimizer classes that are made of definitions."""


pickled_by_definition(FormType, "torch")


class _Group:
    """What is cached for a param group between steps."""

    def __init__(self, group: dict[str, Any], definition: Optimizer) -> None:
        self.group = group  # while it is held, no other group has its id
        self.optimizer = definition
        self.betas: tuple[Any, ...] | None = None  # as they were at the last step
        self.tables: GroupTables | None = None


class _Update(NamedTuple):
    """What is updated, and by which rule."""

    optimizer: Optimizer
    params: list[Tensor]
    gradients: Sequence[Any]
    hyper: dict[str, float]


class TorchOptimizer(torch.optim.Optimizer, metaclass=FormType):
    """The base of every optimizer that is made of a definition."""

    definition: ClassVar[Any]
    prototype: ClassVar[Any] = None  # an instance, whose programs all optimizers share
    _names: ClassVar[Names] = Names()  # PyTorch's, of the fields
    _made: Any = None  # an instance, where the definition has an `__init__` of its own
    _step_supports_amp_scaling = True  # GradScaler leaves the scale and its flag to `step`

    def __init__(self, params: Any, *args: Any, **settings: Any) -> None:
        owner = _owner(self.definition)
        fields = (*owner.fields, *COMMON)
        names = _beta_names(owner)
        settings = self._names.own(owner.__name__, settings, {field.name for field in fields})
        if has_own_init(owner) and isinstance(self.definition, type):
            # Its other arguments are the same for all groups.
            self._made = owner(*args, **settings)
            args, settings = (), {f.name: getattr(self._made, f.name) for f in fields}
        given = named(owner.__name__, owner.fields, args, settings, None)
        if names:
            _spread_betas(owner.__name__, names, given)
        known = _defaults(self.definition)
        location = owner.location if isinstance(owner.location, str) else None
        unknown = [name for name in given if name not in {field.name for field in fields}]
        if unknown:
            listed = sorted([field.name for field in fields] + [BETAS] * bool(names))
            raise unknown_argument(owner.__name__, unknown[0], listed, location)
        values = field_values(owner.__name__, fields, (), {**known, **given}, location)
        defaults = {field.name: as_field(field, values[field.name]) for field in fields}
        if names:
            defaults[BETAS] = tuple(defaults[name] for name in names)
        self._forget()
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As PyTorch's; refuses parameters that cannot be updated."""
        owner = _owner(self.definition)
        names = _beta_names(owner)
        if names and isinstance(param_group, dict):
            present = {name: param_group[name] for name in (*names, BETAS) if name in param_group}
            _spread_betas(owner.__name__, names, present)
            param_group.update(present)
            for name in names:
                param_group.setdefault(name, self.defaults[name])
            param_group[BETAS] = tuple(param_group[name] for name in names)
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            for param in group["params"]:
                check_parameter(owner.__name__, param)
            self._read(group, self._group(group))
        except Exception:
            self.param_groups.pop()
            raise

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state if self._made is None else {**state, "_made": self._made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._forget()

    def _forget(self) -> None:
        """Begin with new tables at the next step."""
        self._groups: dict[int, _Group] = {}
        self._rows: list[Any] = []  # of the state that the tables were made for

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As PyTorch's; states with a type of their own keep it.

        Of the same optimizer, or of PyTorch's own with the same rule (foreign_states.py).
        """
        owner = _owner(self.definition)
        names = [field.name for field in (*owner.fields, *COMMON)]
        state_dict = as_own(owner, names, state_dict, self.param_groups)
        super().load_state_dict(state_dict)
        declared = owner.declared.values()
        own = [each.name for each in declared if each.has_own_type]
        saved, here = state_dict["param_groups"], self.param_groups
        for old, new in zip(saved, here, strict=True) if own else ():
            for number, param in zip(old["params"], new["params"], strict=True):
                for name in own:  # PyTorch has cast them to the parameter's type
                    value = state_dict["state"].get(number, {}).get(name)
                    if isinstance(value, Tensor):
                        self.state[param][name] = value.detach().to(param.device, copy=True)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update of all parameters that have a gradient; what the closure returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._update(closure)
        return loss

    @torch.compiler.disable()
    def _update(self, closure: Callable[[], Any] | None) -> None:
        scale: Any = getattr(self, "grad_scale", None)
        found: Any = getattr(self, "found_inf", None)
        known, rows = self._rows, self.state.values()
        if len(known) != len(rows) or not all(map(is_, known, rows)):
            self._forget()
        prepares = _owner(self.definition).prepares
        if prepares:
            scale, found = on_cpu(scale), on_cpu(found)
            if found is not None and found.item():
                return
        if self._evaluating:
            raise TrainingError(
                f"{_owner(self.definition).__name__}.step was called while the parameters have "
                "the values for predictions",
                "the values that are trained",
                "call optimizer.train() first",
            )
        updates: list[tuple[_Group, _Update]] = []
        for group in self.param_groups:
            params: list[Tensor] = group["params"]
            gradients: list[Any] = [param.grad for param in params]
            if set(map(type, gradients)) != {Tensor}:
                present = [p for p, g in zip(params, gradients, strict=True) if g is not None]
                params, gradients = present, [param.grad for param in present]
            if not params:
                continue
            kept = self._group(group)
            update = _Update(kept.optimizer, params, gradients, self._read(group, kept))
            if prepares:  # all groups before the first is updated: a closure looks at all
                update = self._prepare(kept, update, closure, scale)
            updates.append((kept, update))
        if prepares:
            scale = found = None
        for kept, (optimizer, updated, given, hyper) in updates:
            program = optimizer.group_program(tuple(hyper), scale is not None)
            tables = kept.tables
            if tables is None or not tables.fits(program, updated):
                tables = kept.tables = tables_for(program, updated, given, self.state)
                self._rows = list(self.state.values())
            tables.run(given, hyper, scale, found)

    def _prepare(
        self, kept: _Group, update: _Update, closure: Callable[[], Any] | None,
        scale: Tensor | None,
    ) -> _Update:  # fmt: skip
        """What `prepare` of the definition makes of a group."""
        optimizer, params, gradients, hyper = update
        rows = [self.state[param] for param in params]
        for param, row in zip(params, rows, strict=True):
            check_parameter(optimizer.name, param)
            prepare_row(optimizer, row, param, param.detach())
        step = 1.0 + max(float(row[STEP]) for row in rows)
        inverse = 1.0 if scale is None else scale.double().reciprocal().item()
        rule, new, floats = prepare(
            optimizer, kept.group, params, gradients, rows, step, hyper, closure, inverse
        )
        return _Update(rule, params, new, floats)

    # Parameters for predictions.

    @property
    def _evaluating(self) -> bool:
        owner = _owner(self.definition)
        return owner.evaluates and any(TRAINED in row for row in self.state.values())

    @torch.no_grad()
    def eval(self) -> None:
        """Put the values for predictions into the parameters; the others are kept in the state."""
        if not _owner(self.definition).evaluates or self._evaluating:
            return
        for group in self.param_groups:
            params = [param for param in group["params"] if self.state.get(param)]
            if not params:
                continue
            kept = self._group(group)
            self._read(group, kept)
            rows = [self.state[param] for param in params]
            step = max(int(row[STEP]) for row in rows)
            found = evaluated(kept.optimizer, group, params, rows, step)
            for param, row, value in zip(params, rows, found, strict=True):
                row[TRAINED] = param.detach().clone()
                param.copy_(value)

    @torch.no_grad()
    def train(self) -> None:
        """Put the values that are trained back into the parameters."""
        for param, row in self.state.items():
            if TRAINED in row:
                param.copy_(row.pop(TRAINED))

    def _group(self, group: dict[str, Any]) -> _Group:
        kept = self._groups.get(id(group))
        if kept is None:
            form = type(self)
            base = self._made
            if base is None:
                if form.prototype is None:
                    definition, owner = self.definition, _owner(self.definition)
                    if isinstance(definition, type):
                        values = {field.name: group[field.name] for field in owner.fields}
                        definition = definition(**values)
                    form.prototype = definition
                base = form.prototype
            kept = self._groups[id(group)] = _Group(group, base.like())
        return kept

    def _read(self, group: dict[str, Any], kept: _Group) -> dict[str, float]:
        """The hyperparameters of a group that are passed by value, as they are now."""
        optimizer = kept.optimizer
        if BETAS in group:
            kept.betas = _matched_betas(optimizer, group, kept.betas)
        scheduled = False
        for field in (*optimizer.fields, *COMMON):
            value: Any = group[field.name]
            if isinstance(value, Tensor):
                if value.numel() != 1:
                    expected = "a float, or a tensor of one element"
                    raise wrong_hyperparameter(
                        optimizer.name, field.name, value, expected, optimizer.location
                    )
                value = value.item()
            scheduled = scheduled or callable(value)
            vars(optimizer)[field.name] = as_field(field, value)
        return optimizer.hyper(self._next_step(group) if scheduled else 1)

    def _next_step(self, group: dict[str, Any]) -> int:
        """The number of the coming step, for fields that are functions of it."""
        rows = [self.state[param] for param in group["params"] if param in self.state]
        return 1 + max((int(row.get(STEP, 0)) for row in rows), default=0)


def _owner(definition: Any) -> type[Optimizer]:
    return definition if isinstance(definition, type) else type(definition)


def _defaults(definition: Any) -> dict[str, Any]:
    if isinstance(definition, type):
        fields = (*definition.fields, *COMMON)
        return {field.name: field.default for field in fields if field.default is not REQUIRED}
    return {f.name: getattr(definition, f.name) for f in (*definition.fields, *COMMON)}


def _beta_names(owner: type[Optimizer]) -> list[str]:
    """The fields beta1, beta2, ..., where there are several and no field `betas`."""
    fields = [field.name for field in owner.fields]
    names = [name for name in fields if re.fullmatch(r"beta\d", name)]
    return names if len(names) > 1 and BETAS not in fields else []


def _wrong_betas(optimizer: str, names: Sequence[str], value: object) -> ArgumentError:
    listed = ", ".join(names)
    return ArgumentError(
        optimizer, "betas", value,
        f"one number for each of {listed}, and none of these beside it",
        f"give either betas=({listed}) or the names on their own",
    )  # fmt: skip


def _spread_betas(owner: str, names: Sequence[str], given: dict[str, Any]) -> None:
    """Replace `betas` by the fields that it stands for."""
    if BETAS not in given:
        return
    value: Any = given.pop(BETAS)
    betas = tuple(value) if isinstance(value, Iterable) else ()
    if len(betas) != len(names) or any(name in given for name in names):
        raise _wrong_betas(owner, names, value)
    given.update(zip(names, betas, strict=True))


def _matched_betas(
    optimizer: Optimizer, group: dict[str, Any], last: tuple[Any, ...] | None
) -> tuple[Any, ...]:
    """Make `betas` and its fields agree: the one changed since the last step wins."""
    names = _beta_names(type(optimizer))
    fields = tuple(group[name] for name in names)
    betas = tuple(group[BETAS])
    if fields != betas:
        if last is not None and betas == last:
            group[BETAS] = fields
        elif len(betas) == len(names):
            group.update(zip(names, betas, strict=True))
        else:
            raise _wrong_betas(optimizer.name, names, betas)
    return tuple(group[name] for name in names)


def optimizer_form(definition: Any) -> Any:
    """The class of PyTorch optimizers that a definition, or one of its instances, makes."""
    refuse_groups(
        definition, "PyTorch",
        "give the form param groups: [{'params': ..., 'weight_decay': 0.0}, ...]",
    )  # fmt: skip
    shown = [positional("params"), *field_parameters(definition, _owner(definition).fields)]
    shown += field_parameters(definition, COMMON, keyword)
    names = names_of(OPTIMIZERS, _owner(definition))
    return make_form(TorchOptimizer, definition, shown, _names=names)


def optimize(
    optimizer: Optimizer, params: Mapping[str, Any], gradients: Sequence[Mapping[str, Any]]
) -> list[dict[str, np.ndarray[Any, Any]]]:
    """The parameters after each step, from NumPy arrays and as NumPy arrays.

    The gradients belong to losses with the identity as their Hessian.
    """
    tensors = {name: torch.nn.Parameter(from_numpy(array)) for name, array in params.items()}
    own = optimizer_form(optimizer)(list(tensors.values()))
    found: list[dict[str, np.ndarray[Any, Any]]] = []
    for given in gradients:
        present = {name: t for name, t in tensors.items() if given.get(name) is not None}
        slopes = {name: from_numpy(np.asarray(given[name])) for name in present}
        start = {name: tensor.detach().clone() for name, tensor in present.items()}

        def closure(present: Any = present, slopes: Any = slopes, start: Any = start) -> Any:
            own.zero_grad()
            loss: Any = sum(
                ((tensor - start[n]) * slopes[n]).sum() + 0.5 * (tensor - start[n]).square().sum()
                for n, tensor in present.items()
            )
            loss.backward(create_graph="hessian" in optimizer.asks)
            return loss

        if optimizer.asks:
            own.step(closure)
        else:
            for name, tensor in tensors.items():
                tensor.grad = slopes.get(name)
            own.step()
        found.append({name: to_numpy(tensor).copy() for name, tensor in tensors.items()})
    return found
