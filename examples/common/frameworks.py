"""The same training steps on the embedded host and in a framework."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import dovetail as dt

Batch = tuple[Any, Any]  # the inputs (an array, or a tuple of arrays), and the targets


def losses(
    host: str | None,
    model: dt.Model,
    loss: Any,
    optimizer: type[dt.Optimizer],
    hyperparameters: dict[str, Any],
    batches: Sequence[Batch],
) -> list[float]:
    """The loss before each step of training a copy of the built model on these batches.

    `loss(predictions, targets)` is a `@dt.loss`, or a partial of one; its targets are one array.
    `host`: None is the embedded host, else "torch", "keras" or "jax". Layers are in training mode.
    """
    run = {None: _embedded, "torch": _torch, "keras": _keras, "jax": _jax}[host]
    return run(copy.deepcopy(model), loss, optimizer, hyperparameters, batches)


def _inputs(x: Any, convert: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(map(convert, x if isinstance(x, tuple) else (x,)))


def _embedded(
    model: dt.Model, loss: Any, optimizer: Any, hyper: dict[str, Any], batches: Sequence[Batch]
) -> list[float]:
    model.compile(optimizer(**hyper), loss)
    return [float(model.train_on_batch(x, y)["loss"]) for x, y in batches]


def _torch(
    model: dt.Model, loss: Any, optimizer: Any, hyper: dict[str, Any], batches: Sequence[Batch]
) -> list[float]:
    import torch  # noqa: PLC0415

    module = model.to("torch").train()
    stepper = optimizer.torch(module.parameters(), **hyper)
    found = []
    for x, y in batches:
        stepper.zero_grad()
        value = loss(module(*_inputs(x, torch.as_tensor)), torch.as_tensor(y))
        value.backward()
        stepper.step()
        found.append(value.item())
    return found


def _keras(
    model: dt.Model, loss: Any, optimizer: Any, hyper: dict[str, Any], batches: Sequence[Batch]
) -> list[float]:
    import keras  # noqa: PLC0415

    layer = model.to("keras")
    inputs = [keras.Input(array.shape[1:], dtype=str(array.dtype))
              for array in _inputs(batches[0][0], lambda array: array)]  # fmt: skip
    whole = keras.Model(inputs if len(inputs) > 1 else inputs[0], layer(*inputs))
    made = getattr(loss, "func", loss).keras(**getattr(loss, "keywords", {}))
    whole.compile(optimizer=optimizer.keras(**hyper), loss=made, jit_compile=False)
    found = []
    for x, y in batches:
        whole.reset_metrics()
        given = list(x) if isinstance(x, tuple) else x
        found.append(float(whole.train_on_batch(given, y, return_dict=True)["loss"]))
    return found


def _jax(
    model: dt.Model, loss: Any, optimizer: Any, hyper: dict[str, Any], batches: Sequence[Batch]
) -> list[float]:
    import jax  # noqa: PLC0415
    from flax import nnx  # noqa: PLC0415

    module = model.to("jax")
    module.train()
    stepper = nnx.Optimizer(module, optimizer.jax(**hyper), wrt=nnx.Param)

    @nnx.jit
    def step(module: Any, stepper: Any, inputs: Any, targets: Any) -> Any:
        value, gradients = nnx.value_and_grad(lambda module: loss(module(*inputs), targets))(module)
        stepper.update(module, gradients)
        return value

    return [
        float(step(module, stepper, _inputs(x, jax.numpy.asarray), jax.numpy.asarray(y)))
        for x, y in batches
    ]
