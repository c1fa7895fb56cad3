"""Every layer, loss and optimizer of the library in a file: by name, and as maths in a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import SerialisationError
from dovetail.extension.loss import Loss
from dovetail.language.tree import flatten
from dovetail.library import PUBLIC
from dovetail.verify.targets import target_of

PIECES = {name: getattr(dt, name) for name in PUBLIC}
LAYERS = [n for n, each in PIECES.items() if isinstance(each, type) and issubclass(each, dt.Layer)]
OPTIMIZERS = [
    n for n, each in PIECES.items() if isinstance(each, type) and issubclass(each, dt.Optimizer)
]
LOSSES = [name for name, each in PIECES.items() if isinstance(each, Loss)]
# Not one graph: windows by how sizes divide each other.
BY_SIZE = frozenset(f"Adaptive{kind}Pool{n}D" for kind in ("Average", "Max") for n in (1, 2, 3))


class Wrapped(dt.Layer):
    """A user's layer around one of the library."""

    def __init__(self, inner: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def forward(self, *inputs: Any) -> Any:
        """What the layer inside returns."""
        return self.inner(*inputs)


def narrow(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(narrow, value))
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def drawn(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A layer of the library, and inputs for it."""
    given = dt.Activation(dt.snake) if name == "Activation" else PIECES[name]
    target = target_of(given, np.random.default_rng(0))
    return target.definition, tuple(map(narrow, target.calls[0].sample.args[2:]))


def same(one: Any, other: Any) -> None:
    first, second = flatten(one), flatten(other)
    assert first[1] == second[1]
    for (_, left), (_, right) in zip(first[0], second[0], strict=True):
        assert left.dtype == right.dtype
        assert np.array_equal(left, right, equal_nan=True)


def called(layer: Any, inputs: Any) -> Any:
    """The outputs in and out of training."""
    return [layer(*inputs), layer(*inputs, training=True), layer(*inputs)]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_by_name(name: str, tmp_path: Path) -> None:
    layer, inputs = drawn(name)
    layer(*inputs)
    dt.save(layer, tmp_path / "l")
    loaded = dt.load(tmp_path / "l")
    assert type(loaded) is type(layer)
    if name != "RNN":  # whose cell is maths
        assert repr(loaded) == repr(layer)
    same(called(loaded, inputs), called(layer, inputs))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_as_maths(name: str, tmp_path: Path) -> None:
    layer, inputs = drawn(name)
    wrapped = Wrapped(layer)
    wrapped(*inputs)
    if name in BY_SIZE:
        with pytest.raises(SerialisationError, match=r"another form|of a size"):
            dt.save(wrapped, tmp_path / "l")
        return
    dt.save(wrapped, tmp_path / "l")
    loaded = dt.load(tmp_path / "l")
    same(called(loaded, inputs), called(wrapped, inputs))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_by_name(name: str, tmp_path: Path) -> None:
    optimizer = target_of(PIECES[name], np.random.default_rng(0)).definition
    dt.save(optimizer, tmp_path / "o")
    loaded = dt.load(tmp_path / "o")
    assert type(loaded) is type(optimizer)
    assert repr(loaded) == repr(optimizer)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_by_name(name: str, tmp_path: Path) -> None:
    dt.save(PIECES[name], tmp_path / "l")
    assert dt.load(tmp_path / "l") is PIECES[name]


@dt.loss
def padded_ctc(logits: Any, labels: Any) -> Any:
    """A user's loss around one of the library that is a loop, and has other nodes at sizes of 1."""
    lengths = dt.sum(dt.astype(labels >= 0, dt.int64), axis=1)
    frames = dt.full((logits.shape[0],), logits.shape[1], dtype=dt.int64)
    return dt.ctc_loss(dt.log_softmax(logits), labels, frames, lengths, reduction="none")


def test_a_loop_in_a_loss_as_maths(tmp_path: Path) -> None:
    logits = np.random.default_rng(0).normal(size=(3, 7, 5)).astype(np.float32)
    labels = np.array([[1, 1, -1], [4, -1, -1], [2, 3, 2]])
    dt.save(padded_ctc, tmp_path / "l", calls=[(logits, labels)])
    loaded = dt.load(tmp_path / "l")
    for x, y in ((logits, labels), (logits[:1], labels[:1]), (logits[:, :1], labels[:, :1])):
        same(loaded(x, y, reduction="none"), padded_ctc(x, y, reduction="none"))
