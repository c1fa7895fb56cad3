"""Checks of the shapes of a loss' arguments, and the mask of the examples that count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dovetail.errors import DTypeError, ShapeError
from dovetail.graph.dtypes import int32, int64
from dovetail.graph.node import Node, Nodes, post_order
from dovetail.language.data_types import astype
from dovetail.language.indexing import label_index
from dovetail.language.manipulation import expand_dims
from dovetail.language.searching import where
from dovetail.language.statistical import sum
from dovetail.language.tracer import Tracer


def _shape_mismatch(
    name: str, predictions: Tracer, targets: Tracer, expected: object, location: str | None
) -> ShapeError:
    return ShapeError(
        f"loss {name}",
        [f"predictions {predictions.shape}", f"targets {targets.shape}"],
        f"targets of shape {expected}; a loss never broadcasts its examples",
        "give both the same examples, for example predictions[:, 0] for one output, or "
        "targets[:, None]",
        location,
    )


def require_alike(name: str, predictions: Tracer, targets: Tracer, location: str | None) -> None:
    """Raises where targets have another shape than the predictions."""
    if predictions.shape != targets.shape:
        raise _shape_mismatch(name, predictions, targets, predictions.shape, location)


def require_labels(name: str, predictions: Tracer, labels: Tracer, location: str | None) -> None:
    """Raises unless labels are integers, one for each row of predictions."""
    if not labels.dtype.is_integer:
        raise DTypeError(
            f"loss {name} was given labels of data type {labels.dtype}",
            "integer labels, one for each example",
            "convert them with y.astype('int64')",
        )
    if predictions.ndim == 0 or labels.shape != predictions.shape[:-1]:
        raise _shape_mismatch(name, predictions, labels, predictions.shape[:-1], location)


def masked(
    predictions: Tracer, labels: Tracer, ignored: int | None
) -> tuple[Tracer, Tracer, Tracer | None]:
    """Predictions, labels with their range checked, and the mask of those that count (None: all).

    Examples that do not count get predictions of 0 and label 0, so that NaN in them does not reach
    the loss or a gradient.
    """
    if labels.dtype.bits < 32:  # wide enough for any number of classes
        labels = astype(labels, int32)
    classes = predictions.shape[-1]
    known = np.iinfo(labels.dtype.numpy)
    if ignored is None or not known.min <= ignored <= known.max:
        return predictions, label_index(labels, classes), None
    counts = labels != ignored
    labels = label_index(where(counts, labels, 0), classes)
    return where(expand_dims(counts, axis=-1), predictions, 0.0), labels, counts


def counted(losses: Tracer, counts: Tracer) -> Tracer:
    """The losses, with 0 for the examples that do not count."""
    return where(counts, losses, 0.0)


def mean_of_counted(losses: Tracer, counts: Tracer) -> Tracer:
    """The mean over the examples that count; NaN where none does."""
    wide = losses.dtype.compute
    number = astype(sum(astype(counts, int64)), wide)
    return astype(sum(astype(losses, wide)) / number, losses.dtype)


def refuse_mutual_broadcast(
    name: str,
    arguments: Sequence[tuple[str, Tracer]],
    losses: Iterable[Tracer],
    location: str | None,
) -> None:
    """Raises where two arguments broadcast each other: (n, 1) and (n,) to (n, n).

    Broadcasting one to the shape of the other is allowed, such as class weights (k,) to (n, k), and
    so is what the definition reshapes itself, `x[:, None] - x[None, :]`.
    """
    if len(arguments) < 2:
        return
    known = {tracer.node: position for position, (_, tracer) in enumerate(arguments)}
    found = _broadcast_pair([loss.node for loss in losses], known)
    if found is not None:
        pair = [arguments[position] for position in sorted(found[:2])]
        one, other = (f"{argument} {tracer.shape}" for argument, tracer in pair)
        raise ShapeError(
            f"loss {name}",
            [one, f"{other}, which broadcast to {found[2].shape}"],
            "shapes that correspond; a loss never broadcasts its examples",
            "give both the same axes, for example targets[:, None]; where every pair is meant, "
            "write the axes in the definition: x[:, None] - y[None, :]",
            location,
        )


def _broadcast_pair(
    outputs: Sequence[Node], arguments: dict[Node, int]
) -> tuple[int, int, Node] | None:
    """The positions of two arguments that broadcast each other, and the node that combines them."""
    for node in post_order(outputs, lambda node: () if node in arguments else node.args):
        if node in arguments or node.primitive.category != "elementwise" or len(node.args) < 2:
            continue
        widened = [_sources(operand, arguments) for operand in node.args if _is_widened(operand)]
        for number, first in enumerate(widened):
            for second in widened[number + 1 :]:
                for one in first:
                    other = next((each for each in second if each != one), None)
                    if other is not None and not first & second:
                        return one, other, node
    return None


def _is_widened(node: Node) -> bool:
    return node.op == "broadcast" and 1 < node.args[0].size < node.size


def _sources(node: Node, arguments: dict[Node, int]) -> set[int]:
    """The arguments from which a value is computed elementwise."""

    def operands(each: Node) -> Nodes:
        passed = each is node or each.primitive.category == "elementwise"
        return each.args if passed and each not in arguments else ()

    return {arguments[each] for each in post_order([node], operands) if each in arguments}
