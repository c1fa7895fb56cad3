"""Activations and losses as classes of `torch.nn.Module`.

    focal.torch(gamma=3.0, reduction="sum")(logits, labels)

Hyperparameters are arguments of the constructor, with the definition's defaults, and
attributes of the module; the arrays are the arguments of a call. An optional array may be
given to the constructor (a Parameter is registered) or to the call.
"""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import torch

from dovetail.extension.base import Extension
from dovetail.extension.loss import REDUCTIONS, wrong_reduction
from dovetail.extension.signature import Argument
from dovetail.hosts.aliases import Names, names_of
from dovetail.hosts.forms import (
    given_settings,
    keyword,
    make_form,
    pickled_by_definition,
    positional,
    shown_arguments,
    with_arguments,
)
from dovetail.hosts.torch.aliases import ACTIVATIONS
from dovetail.hosts.torch.symbolic_trace import check_is_inside, module_node, proxy_in

is_compiling: Any = torch.compiler.is_compiling


class FormType(type):
    """The class of the module classes that are made of definitions."""


pickled_by_definition(FormType, "torch")


class ExtensionModule(torch.nn.Module, metaclass=FormType):
    """The base of modules without parameters that are made of an extension."""

    definition: ClassVar[Extension]
    settings: ClassVar[tuple[Argument, ...]] = ()
    _names: ClassVar[Names] = Names()  # PyTorch's, of the hyperparameters

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__()
        positional = [argument.name for argument in self.settings if not argument.keyword_only]
        signature = self.definition.signature
        settings = self._names.own(signature.name, settings, signature.index)
        given = given_settings(signature, self.settings, positional, args, settings)
        for argument in self.settings:
            setattr(self, attribute(argument), given[argument.name])

    def forward(self, *arrays: Any, **given: Any) -> Any:
        """The extension on these arrays."""
        check_is_inside(self.definition.name, arrays)
        if not is_compiling():
            proxy = proxy_in((*arrays, *given.values()))
            if proxy is not None:
                return module_node(self, proxy, arrays, given)
        for argument in self.settings:
            name = argument.name
            if name not in given:
                value = getattr(self, attribute(argument))
                if value is not argument.default:
                    given[name] = value
        return self.definition(*arrays, **given)

    def extra_repr(self) -> str:
        values = {each.name: getattr(self, attribute(each)) for each in self.settings}
        shown = {
            name: tuple(value.shape) if isinstance(value, torch.Tensor) else value
            for name, value in values.items()
        }
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


def attribute(argument: Argument) -> str:
    """The attribute of a hyperparameter; PyTorch's own names (`training`) get a _ behind."""
    name = argument.name
    return f"{name}_" if name == "training" or hasattr(ExtensionModule, name) else name


class LossModule(ExtensionModule):
    """The base of losses."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        reduction: Any = settings.get("reduction", "mean")
        if reduction not in REDUCTIONS:
            raise wrong_reduction(self.definition.name, reduction)


def _form(base: type[ExtensionModule], definition: Extension) -> Any:
    settings = tuple(argument for argument in definition.signature.arguments
                     if not argument.is_array and not argument.variadic)  # fmt: skip
    shown = [
        (keyword if each.keyword_only else positional)(each.name, each.default) for each in settings
    ]
    forward = with_arguments(base.forward, shown_arguments(definition.signature))
    names = names_of(ACTIVATIONS, definition, definition.kind)
    return make_form(base, definition, shown, settings=settings, forward=forward, _names=names)


activation_form = functools.partial(_form, ExtensionModule)
loss_form = functools.partial(_form, LossModule)  # `reduction` is among its arguments
