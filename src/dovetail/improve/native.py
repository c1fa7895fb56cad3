"""Models of frameworks, taken over to be changed and given back in their own form."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ArgumentError, UnsupportedError
from dovetail.hosts.registry import REGISTRY
from dovetail.improve.data import Examples
from dovetail.improve.flax_graph import traced_flax
from dovetail.improve.torch_graph import traced_module
from dovetail.improve.torch_modules import module_of
from dovetail.improve.torch_source import tensors
from dovetail.improve.traced import TracedModel, arguments, native
from dovetail.improve.tracing import ready
from dovetail.language.tree import map_leaves
from dovetail.train.from_flax import from_flax
from dovetail.train.from_keras import from_keras
from dovetail.train.from_torch import from_torch
from dovetail.train.model import Model

Compile = Mapping[str, Any] | None  # the arguments of `compile`

# Keras first: on PyTorch its models are modules, too.
_MODULES = {"keras": "keras", "torch": "torch.nn.modules.module", "jax": "flax.nnx"}
_CONVERTERS: Mapping[str, Callable[[Any], Model]] = {
    "torch": from_torch, "keras": from_keras, "jax": from_flax,
}  # fmt: skip
_TRACERS: Mapping[str, Callable[[Any, Examples], Any]] = {
    "torch": traced_module, "jax": traced_flax,
}  # fmt: skip


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
        if isinstance(model, TracedModel):
            return native(model)
        found = module_of(model, self.given) if self.framework == "torch" else None
        if found is None:
            found = model.to(self.framework)
        return _keras_model(found, model, self.given) if self.framework == "keras" else found

    def caller(self, form: Any) -> Callable[[Any], Any]:
        """A call of a model of this kind on the inputs of a batch, in evaluation.

        As its users call it where speed counts: in PyTorch without gradients, in JAX below
        `nnx.jit`, in Keras by `predict_on_batch`. It returns when the outputs are there.
        """
        if self.framework is None:
            return lambda x: form(*form.spread(x))
        prepared, inputs = _CALLS[self.framework](form), _INPUTS[self.framework]
        known: dict[int, Any] = {}

        def call(x: Any) -> Any:
            if id(x) not in known:
                known.clear()
                known[id(x)] = x, inputs(form, x)
            return prepared(known[id(x)][1])

        return call


def _torch_call(module: Any) -> Callable[[Any], Any]:
    inference = sys.modules["torch"].inference_mode
    evaluated = copy.deepcopy(module).eval()

    def call(x: Any) -> Any:
        args, kwargs = arguments(x)
        with inference():
            return evaluated(*args, **kwargs)

    return call


def _jax_call(module: Any) -> Callable[[Any], Any]:
    nnx: Any = sys.modules["flax.nnx"]
    evaluated = nnx.clone(module)
    evaluated.eval()

    def run(given: Any, x: Any) -> Any:
        args, kwargs = arguments(x)
        return given(*args, **kwargs)

    compiled = nnx.jit(run)

    def call(x: Any) -> Any:
        return map_leaves(lambda leaf: leaf.block_until_ready(), compiled(evaluated, x))

    return call


_INPUTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "torch": tensors,
    "keras": lambda model, x: map_leaves(REGISTRY.named("keras").from_numpy, x),
    # As users make them, without the types that JAX turns off by default.
    "jax": lambda module, x: map_leaves(sys.modules["jax.numpy"].asarray, x),
}
_CALLS: Mapping[str, Callable[[Any], Callable[[Any], Any]]] = {
    "torch": _torch_call,
    "jax": _jax_call,
    "keras": lambda model: getattr(model, "predict_on_batch", model),
}


def _keras_model(layer: Any, model: Any, given: Any) -> Any:
    """A layer of Keras as a model with the inputs that the given model has."""
    keras = sys.modules["keras"]
    if not isinstance(given, keras.Model):
        return layer

    def made(spec: Any) -> Any:
        return keras.Input(spec.shape[1:], dtype=spec.dtype.name)

    (specs,) = model.input_specs
    if isinstance(given, keras.Sequential):
        return keras.Sequential([made(specs), layer])
    inputs = map_leaves(made, specs)
    return keras.Model(inputs, layer(inputs))


def taken_over(
    call: str, given: Any, compile: Compile, examples: Examples | None = None, *,
    compiled: bool = False,
) -> Subject:  # fmt: skip
    """The model as layers of Dovetail, built; an error names what cannot be taken over.

    `compile`: for a model of a framework, how it is to be trained and measured; `examples`: inputs
    that a module with a forward of its own is traced with. `compiled`: the model has to be.
    """
    if isinstance(given, Model):
        if compile is not None:
            raise ArgumentError(
                call, "compile", compile, "nothing, since the model has its own settings",
                "call model.compile(...) instead",
            )  # fmt: skip
        framework, model = None, given
    else:
        framework = framework_of(given)
        if framework is None:
            raise ArgumentError(
                call, "model", given,
                "a dt.Model, or a model that dt.from_torch, from_keras or from_flax takes over",
            )  # fmt: skip
        model = _layers_of(framework, given, examples)
        if compile is not None:
            model.compile(**compile)
    ready(call, model, examples, compiled=compiled)
    return Subject(given, model, framework)


def _layers_of(framework: str, given: Any, examples: Examples | None) -> Any:
    """By layers of the library, or, where it is no sequence of these, by the framework's tracer."""
    trace = _TRACERS.get(framework)
    try:
        return _CONVERTERS[framework](given)
    except UnsupportedError as reason:
        if trace is None:
            raise
        if examples is None:
            raise UnsupportedError(
                f"{type(given).__name__} has to be traced, and there are no inputs to trace it "
                f"with ({reason.found})",
                "inputs: validation=x or (x, y)",
                "give some",
            ) from reason
    return trace(given, examples)


def framework_of(given: Any) -> str | None:
    """The framework that a model is of; None for anything else."""
    modules = [base.__module__ for base in type(given).__mro__]
    for framework, name in _MODULES.items():
        if any(module == name or module.startswith(f"{name}.") for module in modules):
            return framework
    return None
