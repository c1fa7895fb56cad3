"""One training step as one graph: forward, loss, backward, clipping, update and metrics.

The steps are extensions over trees of arrays, traced for each new size of batch with the same
kernels. Each returns what it changes, then its figures (stepper.py runs them in place).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any

from dovetail.extension.binding import Binding
from dovetail.extension.gradients import value_and_grad
from dovetail.extension.op import op
from dovetail.extension.optimizer import Optimizer
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.tree import map_leaves
from dovetail.library.normalisation import BatchNorm
from dovetail.train.loss_scale import chosen, next_scale, unscaled
from dovetail.train.objective import Figure, Term, outputs_of
from dovetail.train.settings import Settings, by_parameter
from dovetail.train.stateful_metrics import Measured, after, alone

Arrays = dict[str, Any]

INFERS_WHERE_FROZEN = (BatchNorm,)  # as in Keras; fine-tuning relies on it


class Steps:
    """The compiled steps of one model with one optimizer and the losses of its outputs."""

    def __init__(
        self, model: Any, optimizer: Optimizer, terms: tuple[Term, ...], settings: Settings
    ) -> None:
        self.model = model
        self.program = model.program  # another one after a field of a layer has changed
        self.optimizer = optimizer
        self.update = optimizer.program  # another one after a static field has changed
        self.terms = terms
        self.settings = settings
        self.train = op(self._train)
        self.accumulate = op(self._accumulate)
        self.test = op(self._test)
        self.figure_names = ["loss"]
        if len(terms) > 1:
            self.figure_names += [f"{term.output}_loss" for term in terms if term.loss is not None]
        self.figure_names += [name for term in terms for name in term.figures]
        self.stateful = {name: each for term in terms for name, each in term.stateful.items()}

    # Each takes a tree that it changes, the data, the arrays that stay, and the number of examples,
    # by value, so that another number is the same program.

    def _train(
        self, changed: dict[str, Any], data: Arrays, fixed: Arrays, examples: Any, step: Any,
        hyper: Arrays,
    ) -> tuple[dict[str, Any], tuple[Any, Any]]:  # fmt: skip
        """A step; `step` counts from 1. What was accumulated is added to the gradients."""
        parameters = changed["parameters"]
        gradients, states, loss, figures = self._gradients(changed, data, fixed, examples)
        new = dict(changed)
        finite: Any = None
        if self.settings.scales_loss:
            gradients, finite = unscaled(gradients, changed["loss_scale"]["scale"])
        steps = self.settings.gradient_accumulation_steps
        if steps > 1:
            total = _added(changed["gradients"], gradients)
            gradients = {path: each / steps for path, each in total.items()}
            new["gradients"] = {path: dt.zeros_like(each) for path, each in total.items()}
        objective = self.objective(changed, data, fixed, examples)
        parameters, slots = self.optimizer.pure_update(
            parameters, gradients, changed["slots"], step, hyper,
            objective=lambda trained: objective(trained)[0],
        )  # fmt: skip
        parameters = self._constrained(parameters, fixed["parameters"])
        new |= {"parameters": parameters, "states": states, "slots": slots}
        if self.settings.ema_momentum is not None:
            new["averages"] = self._averaged(changed["averages"], new["parameters"])
        if finite is not None:
            for name in ("parameters", "slots", "averages", "gradients"):
                if name in new:
                    new[name] = chosen(finite, new[name], changed[name])
            new["loss_scale"] = next_scale(changed["loss_scale"], finite)
        new["totals"] = self._totals(changed["totals"], figures)
        return new, (loss, self._means(figures))

    def _accumulate(
        self, changed: dict[str, Any], data: Arrays, fixed: Arrays, examples: Any
    ) -> tuple[dict[str, Any], tuple[Any, Any]]:
        """A step that only adds its gradients to those of the steps before."""
        gradients, states, loss, figures = self._gradients(changed, data, fixed, examples)
        new = dict(changed)
        added = gradients
        if self.settings.scales_loss:
            gradients, finite = unscaled(gradients, changed["loss_scale"]["scale"])
            added = {path: dt.where(finite, each, 0.0) for path, each in gradients.items()}
            new["loss_scale"] = next_scale(changed["loss_scale"], finite)
        new |= {"gradients": _added(changed["gradients"], added), "states": states}
        new["totals"] = self._totals(changed["totals"], figures)
        return new, (loss, self._means(figures))

    def _test(
        self, changed: dict[str, Any], data: Arrays, fixed: Arrays, examples: Any
    ) -> tuple[dict[str, Any], tuple[Any, Any]]:
        """The figures of a batch."""
        x, y, weights = _batch(data)
        predictions, _ = self._forward(fixed["parameters"], fixed["states"], x, training=False)
        loss, figures = self._figures(predictions, y, weights, examples, fixed["parameters"])
        return {"totals": self._totals(changed["totals"], figures)}, (loss, self._means(figures))

    # The parts of a step.

    def _gradients(
        self, changed: dict[str, Any], data: Arrays, fixed: Arrays, examples: Any
    ) -> tuple[Arrays, Arrays, Any, dict[str, Figure | Measured]]:
        """The gradients of the loss, the new states, the loss, and all figures."""
        objective = self.objective(changed, data, fixed, examples)
        scale = changed["loss_scale"]["scale"] if self.settings.scales_loss else None

        def scaled(trained: Arrays) -> tuple[Any, Any]:
            loss, new_states, figures = objective(trained)
            return (loss if scale is None else loss * scale), (loss, new_states, figures)

        (_, (loss, new_states, figures)), gradients = value_and_grad(scaled, has_aux=True)(
            changed["parameters"]
        )
        return gradients, new_states, loss, figures

    def objective(
        self, changed: dict[str, Any], data: Arrays, fixed: Arrays, examples: Any
    ) -> Callable[[Arrays], tuple[Any, Arrays, dict[str, Figure | Measured]]]:
        """From parameters to the loss of the batch, the new states and all figures."""
        x, y, weights = _batch(data)
        frozen, states = fixed["parameters"], changed["states"]

        def objective(trained: Arrays) -> tuple[Any, Arrays, dict[str, Figure | Measured]]:
            parameters = {**trained, **frozen}
            predictions, new_states = self._forward(parameters, states, x, training=True)
            loss, figures = self._figures(predictions, y, weights, examples, parameters)
            return loss, new_states, figures

        return objective

    def _forward(
        self, parameters: Arrays, states: Arrays, x: Any, *, training: bool
    ) -> tuple[Any, Arrays]:
        """The outputs and the new states, computed in the type that the settings say."""
        return forward(self.model, self.settings.compute_dtype, parameters, states, x, training)

    def _figures(
        self, predictions: Any, targets: Any, weights: Any, examples: Any, parameters: Arrays
    ) -> tuple[Any, dict[str, Figure | Measured]]:
        """The loss that is minimised, and the figures of a batch."""
        outputs = [leaf for _, leaf in outputs_of(predictions)]
        losses: list[Any] = []
        own: dict[str, Figure] = {}
        measured: dict[str, Figure | Measured] = {}
        number: Any = None
        for term, output in zip(self.terms, outputs, strict=True):
            target = targets.get(term.output)
            if term.loss is not None:
                value = term.value(output, target, weights.get(term.output))
                losses.append(value * term.weight if term.weight != 1.0 else value)
                counted = term.examples(target, examples)
                number = counted if number is None else number
                own[f"{term.output}_loss"] = value, counted
            if target is not None:
                measured |= term.measured(output, target, weights.get(term.output), examples)
        losses += self._penalties(parameters)
        loss = functools.reduce(operator.add, losses)
        loss = dt.astype(loss, loss.dtype.compute)
        return loss, {"loss": (loss, number), **(own if len(self.terms) > 1 else {}), **measured}

    def _means(self, figures: dict[str, Figure | Measured]) -> Arrays:
        """The figures of a batch."""
        found = {
            name: alone(self.stateful[name], each) if isinstance(each, dict) else each[0]
            for name, each in figures.items()
        }
        return {name: dt.astype(value, float32) for name, value in found.items()}

    def _totals(self, totals: Arrays, figures: dict[str, Figure | Measured]) -> Arrays:
        """The sums over the epoch of each figure times the examples it is over, and of these.

        Of a metric with a state the state.
        """
        found: Arrays = {}
        for name, figure in figures.items():
            old = totals[name]
            if isinstance(figure, dict):
                found[name] = after(self.stateful[name], old, figure)
                continue
            value, number = figure
            number = dt.astype(dt.asarray(number), float64)
            part = dt.where(number > 0.0, dt.astype(value, float64) * number, 0.0)
            found[name] = {"sum": old["sum"] + part, "number": old["number"] + number}
        return found

    def _penalties(self, parameters: Arrays) -> list[Any]:
        """The regularisers' values."""
        return [
            regulariser(parameters[path])
            for path, regulariser in by_parameter(self.settings.regularisers, parameters)
        ]

    def _constrained(self, trained: Arrays, frozen: Arrays) -> Arrays:
        """The trained parameters after their constraints."""
        new = dict(trained)
        parameters = {**trained, **frozen}
        for path, constraint in by_parameter(self.settings.constraints, parameters):
            if path in trained:
                new[path] = constraint(trained[path])
        return new

    def _averaged(self, averages: Arrays, parameters: Arrays) -> Arrays:
        """The moving averages of the parameters."""
        momentum = self.settings.ema_momentum
        assert momentum is not None
        return {
            path: each * momentum + parameters[path] * (1.0 - momentum)
            for path, each in averages.items()
        }


def forward(
    model: Any, compute: DType | None, parameters: Arrays, states: Arrays, x: Any, training: bool
) -> tuple[Any, Arrays]:
    """The outputs and new states of a model, computed in the type `compute` where it is given."""
    if compute is not None:
        parameters = {path: _as(compute, each) for path, each in parameters.items()}
        x = map_leaves(functools.partial(_as, compute), x)
    inferring = [
        prefix for layer, prefix in model.frozen_layers() if isinstance(layer, INFERS_WHERE_FROZEN)
    ]
    if not (training and inferring):
        return model.program(parameters, states, *model.spread(x), training=training)
    modes = {"": True, **dict.fromkeys(inferring, False)}
    binding = Binding({**parameters, **states}, modes)
    outputs = binding.forward(model, model.spread(x), {})
    return outputs, {path: binding.new_states.get(path, states[path]) for path in states}


def predictor(model: Any, compute: DType | None = None) -> Any:
    """The outputs of a model for a batch, as an extension."""

    def predict(changed: Arrays, data: Arrays, fixed: Arrays) -> tuple[Arrays, Any]:
        x, _, _ = _batch(data)
        outputs, _ = forward(model, compute, fixed["parameters"], fixed["states"], x, False)
        if compute is not None:
            outputs = map_leaves(functools.partial(_as, float32), outputs)
        return changed, outputs

    return op(predict)


def _batch(data: Mapping[str, Any]) -> tuple[Any, Arrays, Arrays]:
    """The inputs, targets and weights of a batch: given, or rows of all examples."""
    x, y, weights = data["x"], data.get("y", {}), data.get("weights", {})
    rows = data.get("rows")
    if rows is None:
        return x, y, weights
    taken = map_leaves(lambda leaf: dt.take(leaf, rows, axis=0), (x, y, weights))
    return taken[0], taken[1], taken[2]


def _as(dtype: Any, value: Any) -> Any:
    """A floating value in another type; others as they are."""
    return dt.astype(value, dtype) if value.dtype.is_floating else value


def _added(first: Arrays, second: Arrays) -> Arrays:
    return {path: first[path] + each for path, each in second.items()}
