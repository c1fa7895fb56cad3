"""Models of frameworks, taken over to be changed and given back in their own form."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ArgumentError, UnsupportedError
from dovetail.hosts.registry import REGISTRY
from dovetail.improve.torch_modules import module_of
from dovetail.language.tree import map_leaves
from dovetail.train.from_torch import from_torch
from dovetail.train.model import Model

Compile = Mapping[str, Any] | None  # the arguments of `compile`

_MODULES = {"torch": "torch.nn.modules.module", "keras": "keras", "jax": "flax"}
_CONVERTERS: Mapping[str, Callable[[Any], Model]] = {"torch": from_torch}


@dataclass(frozen=True)
class Subject:
    """A model to be changed. `given`: as the user gave it; `model`: as layers of Dovetail."""

    given: Any
    model: Any
    framework: str | None = None  # None for Dovetail's own

    def form(self, model: Any) -> Any:
        """A changed model as one of the kind that was given."""
        if model is self.model:
            return self.given
        if self.framework is None:
            return model
        found = module_of(model, self.given) if self.framework == "torch" else None
        return model.to(self.framework) if found is None else found

    def caller(self, form: Any) -> Callable[[Any], Any]:
        """A call of a model of this kind on the inputs of a batch, in evaluation."""
        if self.framework is None:
            return lambda x: form(*form.spread(x))
        host = REGISTRY.named(self.framework)
        inference = contextlib.nullcontext
        if self.framework == "torch":
            inference = sys.modules["torch"].inference_mode
            form = copy.deepcopy(form).eval()
        known: dict[int, Any] = {}

        def call(x: Any) -> Any:
            if id(x) not in known:
                known.clear()
                known[id(x)] = x, map_leaves(host.from_numpy, x)
            with inference():
                return form(known[id(x)][1])

        return call


def taken_over(call: str, given: Any, compile: Compile) -> Subject:
    """The model as layers of Dovetail; an error names what cannot be taken over.

    `compile`: for a model of a framework, how it is to be trained and measured.
    """
    if isinstance(given, Model):
        if compile is not None:
            raise ArgumentError(
                call, "compile", compile, "nothing, since the model has its own settings",
                "call model.compile(...) instead",
            )  # fmt: skip
        return Subject(given, given)
    framework = framework_of(given)
    if framework is None:
        expected = "a dt.Model, or a model of PyTorch that dt.from_torch takes over"
        raise ArgumentError(call, "model", given, expected)
    if framework not in _CONVERTERS:
        raise UnsupportedError(
            f"{call} was given {type(given).__name__}, a model of {framework}",
            f"a dt.Model, or a model of {', '.join(_CONVERTERS)}",
            "build it of Dovetail's layers and set its arrays; model.to gives it back",
        )
    model = _CONVERTERS[framework](given)
    if compile is not None:
        model.compile(**compile)
    return Subject(given, model, framework)


def framework_of(given: Any) -> str | None:
    """The framework that a model is of; None for anything else."""
    modules = [base.__module__ for base in type(given).__mro__]
    for framework, name in _MODULES.items():
        if any(module == name or module.startswith(f"{name}.") for module in modules):
            return framework
    return None
