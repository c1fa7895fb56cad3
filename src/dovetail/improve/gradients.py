"""The gradients of a compiled model's loss, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dovetail.extension.gradients import grad
from dovetail.extension.op import op
from dovetail.graph.node import Array
from dovetail.improve.data import Examples
from dovetail.train.examples import read_examples
from dovetail.train.stepper import batch_of


def gradients(
    model: Any, examples: Examples, batch_size: int, most: int
) -> Iterator[dict[str, Array]]:
    """The gradient of the loss in training, by path, of each of the batches of some examples."""
    function: Any = None
    count = min(len(examples), most)
    order = np.random.default_rng(0).permutation(len(examples))[:count]
    for start in range(0, count, batch_size):
        part = examples.part(order[start : start + batch_size])
        data, terms = read_examples(model, part.x, part.y)
        batch = batch_of(data)
        if function is None:
            function = _function(model, terms)
        frozen = model.frozen_paths()
        parameters = model.parameters()
        trained = {path: each for path, each in parameters.items() if path not in frozen}
        fixed = {"parameters": {path: parameters[path] for path in frozen}}
        yield function(trained, model.states(), batch.data(), fixed, float(batch.examples))


def _function(model: Any, terms: Any) -> Any:
    steps = model.stepper(terms).steps

    def gradient(trained: Any, states: Any, data: Any, fixed: Any, examples: Any) -> Any:
        objective = steps.objective({"states": states}, data, fixed, examples)
        return grad(lambda parameters: objective(parameters)[0])(trained)

    return op(gradient)
