"""State dicts of PyTorch's own optimizers, as those of the library's optimizers.

`TABLE` says for each of the library's optimizers which of PyTorch's has the same rule, what it
calls the hyperparameters and states, and which of its options must be off for that. Any other
state dict that lacks a hyperparameter or a state is refused when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from dovetail.errors import StructureError
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.parameters import Shared
from dovetail.hosts.aliases import key_of
from dovetail.hosts.torch.optimizer_states import STEP, wrong_state

Group = dict[str, Any]


@dataclass(frozen=True)
class Foreign:
    """An optimizer of PyTorch's with the rule of one of ours; `states` and `fields` by our names.

    `mark`: what its groups have, and ours have not. `options`: those that must have these values,
    except where the number in `_ONLY_WITH` is 0. `zeros`: states that it makes only if needed.
    """

    name: str
    mark: str
    states: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    zeros: frozenset[str] = frozenset()

    def saved(self, groups: Sequence[Group], names: Sequence[str]) -> bool:
        """Whether all groups are this optimizer's, not ours with hyperparameters `names`."""
        return all(self.mark in group and not group.keys() >= set(names) for group in groups)

    def violations(self, group: Group) -> Iterator[str]:
        """The options in a group for which the rule is another one."""
        for option, value in self.options.items():
            matters = option not in _ONLY_WITH or bool(group.get(_ONLY_WITH[option]))
            if matters and group.get(option, value) != value:
                yield f"{option}={group[option]!r}"

    def group(self, saved: Group, own: Group, names: Sequence[str]) -> Group:
        """A saved group with our hyperparameters; those that PyTorch has not are as they are."""
        found = {name: value for name, value in saved.items() if name not in _OPTIONS}
        for name in names:
            theirs = self.fields.get(name, name)
            found[name] = saved[theirs] if theirs in saved else own[name]
            if theirs != name:
                found.pop(theirs, None)
        return found

    def row(self, saved: Mapping[str, Any]) -> dict[str, Any]:
        """The states of a parameter; none where PyTorch has not made them."""
        found = {ours: saved[theirs] for ours, theirs in self.states.items()
                 if saved.get(theirs) is not None}  # fmt: skip
        if not found:
            return {}
        like = next(iter(found.values()))
        zeros = {name: torch.zeros_like(like) for name in self.zeros if name not in found}
        return {STEP: saved.get(STEP, torch.zeros(())), **found, **zeros}


_OPTIONS = frozenset({
    "capturable", "centered", "dampening", "decoupled_weight_decay", "differentiable",
    "foreach", "fused", "initial_accumulator_value", "lr_decay",
})  # fmt: skip
_ADAM = {"mean": "exp_avg", "variance": "exp_avg_sq", "largest": "max_exp_avg_sq"}


_ONLY_WITH = {"dampening": "momentum", "decoupled_weight_decay": "weight_decay"}


TABLE: Mapping[str, Foreign] = {
    "dovetail.library.optimizers:SGD": Foreign(
        "torch.optim.SGD", "dampening", {"velocity": "momentum_buffer"},
        options={"dampening": 0},
    ),
    "dovetail.library.optimizers:Adam": Foreign(
        "torch.optim.Adam", "amsgrad", _ADAM, options={"decoupled_weight_decay": False}
    ),
    "dovetail.library.optimizers:AdamW": Foreign(
        "torch.optim.AdamW", "amsgrad", _ADAM, options={"decoupled_weight_decay": True}
    ),
    "dovetail.library.optimizers:RMSprop": Foreign(
        "torch.optim.RMSprop", "centered",
        {"square": "square_avg", "velocity": "momentum_buffer"}, {"rho": "alpha"},
        {"centered": False, "weight_decay": 0},
        frozenset({"velocity"}),
    ),
    "dovetail.library.optimizers:Adagrad": Foreign(
        "torch.optim.Adagrad", "initial_accumulator_value", {"square": "sum"},
        options={"lr_decay": 0, "weight_decay": 0},
    ),
}  # fmt: skip


def as_own(
    owner: type[Optimizer],
    names: Sequence[str],
    state_dict: dict[str, Any],
    groups: Sequence[Group],
) -> dict[str, Any]:
    """A state dict with the hyperparameters `names` and our states; raises where it has others."""
    saved: list[Group] = state_dict["param_groups"]
    foreign = TABLE.get(key_of(owner))
    if saved and foreign is not None and foreign.saved(saved, names):
        for group in saved:
            options = ", ".join(foreign.violations(group))
            if options:
                raise _other_rule(owner, f"that of {foreign.name} with {options}", foreign.name)
        state_dict = {
            **state_dict,
            "param_groups": [
                foreign.group(group, own, names)
                for group, own in zip(saved, groups, strict=False)
            ],
            "state": {
                number: row
                for number, old in state_dict["state"].items()
                if (row := foreign.row(old))
            },
        }  # fmt: skip
    _check(owner, names, state_dict, groups)
    return state_dict


def _check(
    owner: type[Optimizer],
    names: Sequence[str],
    state_dict: dict[str, Any],
    groups: Sequence[Group],
) -> None:
    """Raises where a group lacks a hyperparameter, or a parameter a state of its shape."""
    own_states = {n: each for n, each in owner.declared.items() if not isinstance(each, Shared)}
    always = {name: each for name, each in own_states.items() if each.when is None}
    for saved, own in zip(state_dict["param_groups"], groups, strict=False):
        missing = [name for name in names if name not in saved]
        if missing:
            foreign = TABLE.get(key_of(owner))
            found = f"one whose groups have no {', '.join(missing)}"
            raise _other_rule(owner, found, None if foreign is None else foreign.name)
        for number, param in zip(saved["params"], own["params"], strict=False):
            row: Mapping[str, Any] = state_dict["state"].get(number, {})
            if row and not {STEP, *always} <= row.keys():
                raise wrong_state(owner.__name__, sorted(row), sorted({STEP, *own_states}))
            for name, declaration in always.items():
                shape = tuple(row[name].shape) if name in row else None
                known = not torch.nn.parameter.is_lazy(param)
                if shape is not None and declaration.like is not None and known:
                    expected = tuple(param.shape)
                    if shape != expected:
                        found = f"{name!r} of shape {shape}"
                        raise wrong_state(owner.__name__, found, f"shape {expected}")


def _other_rule(owner: type[Optimizer], found: str, theirs: str | None) -> StructureError:
    own = f"of {owner.__name__}.torch"
    expected = own if theirs is None else f"{own}, or of {theirs} with the same rule"
    remedy = "load its parameters alone, and begin with new optimizer states"
    return StructureError(f"a state_dict for {owner.__name__}.torch", found, expected, remedy)
