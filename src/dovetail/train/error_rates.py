"""Error rates of sequences, such as recognised text: edits divided by the length."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError, TraceError
from dovetail.language.tracer import Tracer


def edit_distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """The fewest insertions, deletions and substitutions that turn one sequence into the other.

    Levenshtein 1966. A column of the table is a few integers of `len(first)` bits, whose bits say
    where a cell is one more or one less than its neighbour. Myers 1999, doi:10.1145/316542.316550;
    Hyyro 2003.
    """
    length = len(first)
    if not length:
        return len(second)
    places: dict[Hashable, int] = {}
    for number, item in enumerate(first):
        places[item] = places.get(item, 0) | 1 << number
    every, last = (1 << length) - 1, 1 << (length - 1)
    up, down, distance = every, 0, length  # one more, or less, than the cell above
    for item in second:
        equal = places.get(item, 0)
        across = (((equal & up) + up) ^ up) | equal
        more, less = (down | ~(across | up)) & every, up & across  # than the cell to the left
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & every, (less << 1) & every
        up, down = (less | ~(equal | down | more)) & every, more & (equal | down)
    return distance


def character_error_rate(predictions: Any, targets: Any) -> float:
    """CER: the edits that turn all predictions into their targets, over the targets' lengths.

    Each is a list of texts, of lists of labels, or an array of labels of which negative ones are
    padding, as for `dt.ctc_loss`. Of texts that are split into words it is the word error rate.
    """
    if isinstance(predictions, Tracer):
        raise TraceError(
            "character_error_rate was called while a step of training was traced",
            "a metric with a state", "pass dt.CharacterErrorRate() to compile",
        )  # fmt: skip
    for name, value in (("predictions", predictions), ("targets", targets)):
        if isinstance(value, str) or not hasattr(value, "__len__"):
            expected = "a list of texts or of sequences of labels, one for each example"
            raise ArgumentError("character_error_rate", name, value, expected)
    if len(predictions) != len(targets):
        raise ShapeError(
            "character_error_rate", [(len(predictions),), (len(targets),)],
            "a prediction for each target", "check how the two were filtered",
        )  # fmt: skip
    pairs = [(_items(one), _items(other)) for one, other in zip(predictions, targets, strict=True)]
    total = sum(len(target) for _, target in pairs)
    if not total:
        expected = "at least one target that is not empty"
        raise ArgumentError("character_error_rate", "targets", targets, expected)
    return sum(edit_distance(one, other) for one, other in pairs) / total


def _items(value: Any) -> Sequence[Hashable]:
    """A sequence whose items can be compared: of labels those that are not negative."""
    if isinstance(value, np.ndarray):
        labels: list[int] = value[value >= 0].tolist()
        return labels
    found: Sequence[Hashable] = value
    return found
