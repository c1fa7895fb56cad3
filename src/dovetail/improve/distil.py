"""`distil`: a model trained on what a better one says.

Classifiers learn the teacher's probabilities at a temperature beside their labels (Hinton et al.
2015, arXiv:1503.02531), others its outputs by their own loss. Outputs of layers inside may be
learned, too (Romero et al. 2015, arXiv:1412.6550).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, UnknownNameError, UnsupportedError
from dovetail.extension.loss import loss
from dovetail.graph.node import Array
from dovetail.improve.activations import batches_of, first_output, observer
from dovetail.improve.data import Examples, examples_of
from dovetail.improve.native import Compile, framework_of, taken_over
from dovetail.improve.report import Improved
from dovetail.improve.settings import check_numbers
from dovetail.improve.tracing import inspected, ready
from dovetail.improve.verdict import better, compared
from dovetail.improve.wrapping import PREFIX, results_of_layers, settings_inside, take_back
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.layers import Dense
from dovetail.library.losses import categorical_cross_entropy
from dovetail.train.inspection import LayerCall
from dovetail.train.logits import logits_of
from dovetail.train.model import Model
from dovetail.train.objective import inner

HARD, SOFT, FEATURE = "hard", "soft", "feature"
BATCH = 256


@loss(targets="alike")
def soft_targets(logits: Any, targets: Any, temperature: float = 2.0) -> Any:
    """T^2 times the cross-entropy of softmax(targets / T) and softmax(logits / T).

    The factor makes gradients as large as those of labels. Hinton et al. 2015, arXiv:1503.02531.
    """
    wanted = dt.softmax(targets / temperature, axis=-1)
    found = dt.log_softmax(logits / temperature, axis=-1)
    return -temperature * temperature * dt.sum(wanted * found, axis=-1)


def distil(
    model: Any,
    teacher: Model | Callable[[Any], Any],
    data: Any,
    *,
    validation: Any = None,
    temperature: float = 2.0,
    weight: float = 0.5,
    features: Mapping[str, str] | None = None,
    epochs: int = 5,
    batch_size: int = 32,
    seed: int | None = 0,
    verbose: int = 0,
    compile: Compile = None,
) -> Improved:
    """Train a model on the targets and on what a teacher says about the same examples.

    `teacher`: a model, here or of PyTorch, or a function from inputs to logits (of classifiers) or
    outputs. `weight`: the share of the teacher in the loss. `features`: names of layers of the
    model, each with that of a layer of the teacher whose output it learns, by a linear map where
    the widths differ. The result is kept if the first metric on `validation` (by default `data`) is
    better.
    """
    check_numbers(
        "distil", temperature=temperature, weight=weight, epochs=epochs, batch_size=batch_size
    )
    examples = examples_of("distil", "data", data, True)
    held = examples if validation is None else examples_of("distil", "validation", validation, True)
    subject = taken_over("distil", model, compile, examples, compiled=True)
    model = subject.model
    outputs = inspected(model).model.outputs
    if len(outputs) > 1:
        raise UnsupportedError(
            f"distil was given a model with {len(outputs)} outputs", "a model with one output",
            "make a model of the output that the teacher has: dt.Model(inputs, output)",
        )  # fmt: skip
    if framework_of(teacher) is not None:
        teacher = taken_over("distil", teacher, None, examples).model
    changed = model.fresh_copy()
    names = dict(features or {})
    inside = _inside(teacher, list(names.values()), examples)
    targets = _outputs(teacher, examples)
    if targets.shape[1:] != outputs[0].shape[1:]:
        raise ArgumentError(
            "distil", "teacher", targets.shape, f"outputs like those of the model, (n, "
            f"{', '.join(map(str, outputs[0].shape[1:]))})",
        )  # fmt: skip
    around = _compiled(changed, examples.y, targets, names, inside, temperature, weight)
    wanted = {HARD: examples.y, SOFT: targets}
    wanted |= {f"{FEATURE}{number}": each for number, each in enumerate(inside)}
    around.fit(examples.x, wanted, batch_size=batch_size, epochs=epochs, seed=seed, verbose=verbose)
    take_back(changed, around)
    notes = [f"{weight:g} of the loss is the teacher's, at temperature {temperature:g}"]
    notes += [f"{ours} learned the output of {theirs}" for ours, theirs in names.items()]
    return compared("distil", subject, changed, held, better, notes)


class Distilling(Model):
    """A model with the outputs that a teacher's are compared with."""

    model: Any
    paths: tuple[str, ...]  # of the layers inside that learn
    maps: tuple[Any, ...]  # of their outputs, or None
    classifies: bool

    def forward(self, x: Any) -> dict[str, Any]:
        """The outputs of the model, for the targets and the teacher, and of layers inside."""
        with results_of_layers(self._binding) as found:
            y = self.model(*self.model.spread(x))
        (output,) = y if isinstance(y, (tuple, list)) else [y]
        logits = logits_of(output) if self.classifies else None
        outputs = {HARD: output, SOFT: output if logits is None else logits}
        for number, (path, linear) in enumerate(zip(self.paths, self.maps, strict=True)):
            value = found[PREFIX + path]
            outputs[f"{FEATURE}{number}"] = value if linear is None else linear(value)
        return outputs


def _compiled(
    model: Any, y: Any, targets: Array, names: Mapping[str, str], inside: Sequence[Array],
    temperature: float, weight: float,
) -> Distilling:  # fmt: skip
    """The model around, with the losses of the targets, of the teacher, and of the features."""
    given = model.compiled_with
    (term,) = model.terms([("", None)])
    classes = targets.ndim > 1 and targets.shape[-1] > 1
    labelled = term.takes_labels or np.ndim(y) < targets.ndim
    classifies = bool(classes and (labelled or inner(term.loss) is categorical_cross_entropy))
    own = {call.path: call for call in inspected(model).calls}
    paths: list[str] = []
    maps: list[Any] = []
    for name, taught in zip(names, inside, strict=True):
        call = _named(own, name, "the model")
        paths.append(call.path)
        width = call.outputs[0].shape[-1]
        maps.append(None if width == taught.shape[-1] else Dense(taught.shape[-1]))
    around = Distilling(model, tuple(paths), tuple(maps), classifies)
    soft = functools.partial(soft_targets, temperature=temperature) if classifies else term.loss
    count = len(inside)
    around.compile(
        given.optimizer,
        {HARD: term.loss, SOFT: soft} | {f"{FEATURE}{n}": "mse" for n in range(count)},
        loss_weights={HARD: 1.0 - weight, SOFT: weight}
        | {f"{FEATURE}{n}": weight for n in range(count)},
        **settings_inside(given.settings),
    )
    return around


def _outputs(teacher: Any, examples: Examples) -> Array:
    """The teacher's outputs; if it ends in a softmax, the logits."""
    if not isinstance(teacher, Model):
        parts = [np.asarray(teacher(part.x)) for part in batches_of(examples, BATCH, len(examples))]
        return np.concatenate(parts)
    ready("distil", teacher, examples)

    def read(call: LayerCall) -> Any:
        if call.path:
            return None
        output = first_output(call)
        logits = logits_of(output)
        return output if logits is None else logits

    return _joined(observer(teacher.fresh_copy(), read), [""], examples)[0]


def _inside(teacher: Any, names: Sequence[str], examples: Examples) -> list[Array]:
    """The outputs of layers of the teacher."""
    if not names:
        return []
    if not isinstance(teacher, Model):
        expected = "a dt.Model, whose layers have names"
        raise ArgumentError("distil", "teacher", teacher, expected, "leave features= out")
    ready("distil", teacher, examples)
    calls = {call.path: call for call in inspected(teacher).calls}
    paths = [_named(calls, name, "the teacher").path for name in names]

    def read(call: LayerCall) -> Any:
        return first_output(call) if call.path in paths else None

    return _joined(observer(teacher.fresh_copy(), read), paths, examples)


def _joined(
    run: Callable[[Any], dict[str, Any]], paths: Sequence[str], examples: Examples
) -> list[Array]:
    found = [run(part.x) for part in batches_of(examples, BATCH, len(examples))]
    return [np.concatenate([np.asarray(part[path]) for part in found]) for path in paths]


def _named(calls: Mapping[str, LayerCall], name: str, whose: str) -> LayerCall:
    for call in calls.values():
        if name in (call.path.rstrip("."), call.name) and call.path:
            return call
    known = [call.name for path, call in calls.items() if path]
    raise UnknownNameError(f"layer of {whose}", name, known, "name one of these")
