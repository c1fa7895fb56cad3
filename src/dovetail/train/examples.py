"""The data that `fit`, `evaluate` and `predict` are given, as sources of checked batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, StructureError
from dovetail.extension import layer_tree
from dovetail.graph.node import Array
from dovetail.language.tree import flatten
from dovetail.train.configuration import whole
from dovetail.train.inputs import (
    align,
    as_examples,
    as_tree,
    by_output,
    check_labels,
    class_weights,
    examples_in,
    map_arrays,
    split_examples,
)
from dovetail.train.objective import Term
from dovetail.train.sources import Arrays, Data, Source, Stream, examples, parts_of, yields_batches

BATCH = 32


class Reader:
    """Makes checked arrays of inputs, targets and weights, in the shapes that the losses need."""

    def __init__(
        self, model: Any, prefix: str = "", class_weight: Mapping[int, float] | None = None
    ) -> None:
        self._model, self._prefix = model, prefix
        if class_weight is not None and not isinstance(class_weight, Mapping):
            expected = "a dict from class numbers to weights"
            raise ArgumentError("fit", "class_weight", class_weight, expected)
        self._class_weight = class_weight
        self._known: dict[Any, list[tuple[Term, tuple[int, ...]]]] = {}
        self.terms: tuple[Term, ...] = ()

    def inputs(self, x: Any) -> Any:
        """The inputs alone."""
        dtype = self._model.float_type
        return map_arrays(f"{self._prefix}x", x, lambda name, each: as_examples(name, each, dtype))

    def read(self, x: Any, y: Any, weights: Any) -> Data:
        """The examples as trees of arrays."""
        prefix, dtype = self._prefix, self._model.float_type
        inputs = self.inputs(x)
        if y is None:
            raise ArgumentError(
                "fit", f"{prefix}y", None, "targets, beside the inputs",
                "pass y=, or batches (x, y)",
            )  # fmt: skip
        targets = map_arrays(f"{prefix}y", y, lambda name, each: as_examples(name, each, dtype))
        examples_in({f"{prefix}x": inputs, f"{prefix}y": targets})
        outputs = self._outputs(inputs)
        wanted = [term.output for term, _ in outputs if term.needs_targets]
        own = by_output("targets", targets, wanted)
        aligned = {
            term.output: _aligned(term, own[term.output], shape)
            for term, shape in outputs
            if term.output in own
        }
        return {"x": inputs, "y": aligned, "weights": self._weights(weights, aligned)}

    def _outputs(self, inputs: Any) -> list[tuple[Term, tuple[int, ...]]]:
        """The term of each output, and its shape for one example."""
        leaves, structure = flatten(inputs)
        key = (structure, tuple((leaf.shape[1:], leaf.dtype) for _, leaf in leaves))
        found = self._known.get(key)
        if found is None:
            outputs = self._model.outputs_for({"x": inputs})
            self.terms = self._model.terms(outputs)
            found = self._known[key] = [
                (term, shape) for term, (_, shape) in zip(self.terms, outputs, strict=True)
            ]
        return found

    def _weights(self, given: Any, targets: Mapping[str, Array]) -> dict[str, Array]:
        """The weights of the examples for each output."""
        found: dict[str, Array] = {}
        if given is not None:
            tree, name = as_tree(given), f"{self._prefix}sample_weight"
            one = not isinstance(tree, (dict, list, tuple))
            trees = dict.fromkeys(targets, tree) if one else by_output(name, tree, list(targets))
            dtype = self._model.float_type
            for output, each in trees.items():
                if each is not None:
                    array = as_examples(name, each, dtype)
                    found[output] = np.asarray(array, dtype.numpy)
                    examples_in({f"{self._prefix}x": targets[output], name: array})
        if self._class_weight is not None:
            if len(targets) != 1:
                raise StructureError(
                    "class_weight", f"a model with {len(targets)} outputs", "one output",
                )  # fmt: skip
            ((output, labels),) = targets.items()
            own = class_weights(self._class_weight, labels).astype(self._model.float_type.numpy)
            earlier = found.get(output)
            found[output] = own if earlier is None else _times(own, earlier)
        return found

    def item(self, item: Any) -> Data:
        """The examples in what a loader yields."""
        x, y, weights = parts_of(item)
        return self.read(x, y, weights)

    def item_inputs(self, item: Any) -> Data:
        """The inputs in what a loader yields."""
        return {"x": self.inputs(parts_of(item)[0])}


def _times(own: Array, earlier: Array) -> Array:
    return np.ascontiguousarray(earlier * own.reshape((-1,) + (1,) * (earlier.ndim - 1)))


def _aligned(term: Term, targets: Array, output: tuple[int, ...]) -> Array:
    """The targets of an output in the shape that its loss needs, with its labels checked."""
    targets = align(term.loss_name, term.takes_labels, targets, output)
    are_labels = targets.ndim == len(output) and targets.dtype.kind in "iu"
    if are_labels and output and (term.takes_labels or term.watches_labels):
        check_labels(targets, output[-1], term.ignored)
    return targets


def read_examples(
    model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> tuple[Data, tuple[Term, ...]]:
    """Checked examples, and the losses and metrics of the outputs."""
    reader = Reader(model, "", class_weight)
    return reader.read(x, y, sample_weight), reader.terms


def training_sources(
    model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any,
    validation_split: float, validation_data: Any, validation_steps: Any,
    validation_batch_size: Any, shuffle: Any, seed: int | None, steps: Any, prefetch: Any,
) -> tuple[Source, Source | None]:  # fmt: skip
    """What is trained on, and what is validated on."""
    size = _size("batch_size", batch_size)
    limit = None if steps is None else whole("steps_per_epoch", steps, 1)
    ahead = whole("prefetch", prefetch, 0)
    order = _seed(seed) if shuffle else None
    reader = Reader(model, "", class_weight)
    source, held = _with_targets(
        reader, x, y, sample_weight, size, limit, order, ahead, validation_split
    )
    own = size if validation_batch_size is None else validation_batch_size
    validation: Source | None = None
    if validation_data is not None:
        batches = yields_batches(validation_data)
        parts = (validation_data, None, None) if batches else parts_of(validation_data)
        validation = evaluation_source(model, "validation ", *parts, own, validation_steps)
    elif held is not None:
        validation = Arrays(held, _size("validation_batch_size", own), None, validation_steps)
        validation.terms = reader.terms
    return source, validation


def evaluation_source(
    model: Any, prefix: str, x: Any, y: Any, sample_weight: Any, batch_size: Any, steps: Any
) -> Source:
    """Inputs with targets, in their order."""
    limit = None if steps is None else whole("steps", steps, 1)
    return _with_targets(Reader(model, prefix), x, y, sample_weight, batch_size, limit)[0]


def _with_targets(
    reader: Reader, x: Any, y: Any, sample_weight: Any, size: Any, limit: int | None,
    order: int | None = None, ahead: int = 0, split: float = 0.0,
) -> tuple[Source, Data | None]:  # fmt: skip
    """Inputs with targets, without the share `split` from the end; and that share, if any."""
    held: Data | None = None
    if yields_batches(x):
        _refuse_with_batches(y=y, sample_weight=sample_weight, validation_split=split)
        stream = Stream(x, reader.item, limit, order, ahead)
        stream.first()  # which builds the model
        source: Source = stream
    else:
        data = reader.read(x, y, sample_weight)
        count = examples_in({"x": data["x"]})
        kept = split_examples(count, split)
        if kept < count:
            data, held = examples(data, slice(kept)), examples(data, slice(kept, None))
        source = Arrays(data, _size("batch_size", size), order, limit)
    source.terms = reader.terms
    return source, held


def prediction_source(model: Any, x: Any, batch_size: Any, steps: Any) -> Source:
    """Inputs alone, in their order."""
    limit = None if steps is None else whole("steps", steps, 1)
    reader = Reader(model)
    if yields_batches(x):
        stream = Stream(x, reader.item_inputs, limit)
        model.prepare(stream.first())
        return stream
    data = {"x": reader.inputs(x)}
    model.prepare(data)
    return Arrays(data, _size("batch_size", batch_size), None, limit)


def _size(name: str, value: Any) -> int:
    return BATCH if value is None else whole(name, value, 1)


def _seed(seed: int | None) -> int:
    """The seed of the order of the examples; drawn if none was passed."""
    return layer_tree.drawn_entropy() % (1 << 62) if seed is None else seed


def _refuse_with_batches(**given: Any) -> None:
    """Raises for arguments that only go with arrays."""
    for name, value in given.items():
        if value is not None and not (isinstance(value, float) and value == 0.0):
            raise ArgumentError(
                "fit", name, value, "None, since x yields batches, with targets and weights",
                "yield (x, y) or (x, y, sample_weight)",
            )  # fmt: skip
