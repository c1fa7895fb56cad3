"""Models of several inputs and outputs, shared layers, and what is said about them."""

from __future__ import annotations

import io
import pickle
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import dovetail as dt
from dovetail import errors
from dovetail.train.naming import snake_case

RNG = np.random.default_rng(2)
A, B = (RNG.normal(size=(50, n)).astype(np.float32) for n in (4, 6))
LABELS = RNG.integers(0, 3, 50)
LINE = RNG.normal(size=50).astype(np.float32)


def two_by_two(seed: int = 0) -> tuple[Any, Any]:
    """A model of two inputs and two outputs, and the layer that it uses twice."""
    a, b = dt.Input(4, name="a"), dt.Input((6,), name="b")
    shared, widened = dt.Dense(8, "tanh"), dt.Dense(4)
    hidden = dt.concat([shared(a), shared(widened(b))], axis=-1) * 2.0 + 1.0
    outputs = {"kind": dt.Dense(3)(hidden), "size": dt.Dense(1)(dt.BatchNorm()(hidden))}
    return dt.Model([a, b], outputs, seed=seed), shared


def test_a_functional_model_computes_what_its_calls_say() -> None:
    model, shared = two_by_two()
    found = model.predict([A, B])
    get = {path: array.astype(np.float64) for path, array in model.parameters().items()}
    kernel, bias = get["layers.dense.kernel"], get["layers.dense.bias"]
    assert model.layers["dense"] is shared
    inner = B @ get["layers.dense_1.kernel"] + get["layers.dense_1.bias"]
    hidden = np.concatenate([np.tanh(A @ kernel + bias), np.tanh(inner @ kernel + bias)], 1) * 2 + 1
    expected = hidden @ get["layers.dense_2.kernel"] + get["layers.dense_2.bias"]
    np.testing.assert_allclose(found["kind"], expected, rtol=1e-4, atol=1e-5)
    assert found["size"].shape == (50, 1)
    for other in (model({"a": A, "b": B}), model((A, B))):
        np.testing.assert_allclose(other["kind"], found["kind"], rtol=1e-5, atol=1e-6)


def test_the_losses_of_several_outputs_are_weighted_and_reported() -> None:
    model, _ = two_by_two()
    model.compile(
        dt.SGD(0.0), {"kind": "sparse_categorical_crossentropy", "size": "mse"},
        metrics={"kind": ["accuracy"], "size": "mae"}, loss_weights={"size": 0.25},
    )  # fmt: skip
    targets = {"kind": LABELS, "size": LINE}
    found = model.evaluate([A, B], targets, return_dict=True)
    assert list(found) == ["loss", "kind_loss", "size_loss", "kind_accuracy", "size_mae"]
    outputs = model.predict([A, B])
    logits = outputs["kind"].astype(np.float64)
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    kind = -log_p[np.arange(50), LABELS].mean()
    size = ((outputs["size"][:, 0].astype(np.float64) - LINE) ** 2).mean()
    assert found["kind_loss"] == pytest.approx(kind, rel=1e-5)
    assert found["size_loss"] == pytest.approx(size, rel=1e-5)
    assert found["loss"] == pytest.approx(kind + 0.25 * size, rel=1e-5)
    assert found["kind_accuracy"] == pytest.approx((logits.argmax(1) == LABELS).mean())
    history = model.fit([A, B], targets, verbose=0, validation_split=0.2)
    assert {"val_kind_loss", "val_size_mae"} <= set(history.history)


def test_every_branch_is_trained_and_a_pickled_model_goes_on() -> None:
    model, _ = two_by_two()
    model.compile(dt.Adam(0.02), ["sparse_categorical_crossentropy", "mse"])
    before = model.get_weights()
    history = model.fit((A, B), [LABELS, LINE], epochs=20, verbose=0, seed=0)
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert all((before[path] != array).any() for path, array in model.get_weights().items())
    again = pickle.loads(pickle.dumps(model))
    for each in (model, again):
        each.fit((A, B), [LABELS, LINE], verbose=0, shuffle=False)
    for path, array in model.get_weights().items():
        assert (array == again.get(path)).all()


def test_an_output_without_a_loss_needs_no_targets() -> None:
    model, _ = two_by_two()
    model.compile(dt.Adam(0.02), {"size": "mse"})
    history = model.fit([A, B], {"size": LINE}, epochs=10, verbose=0, seed=0)
    assert history["loss"][-1] < history["loss"][0]
    assert list(history.history) == ["loss", "size_loss"]


def test_a_subclass_takes_several_arrays_and_returns_a_tree() -> None:
    class Tower(dt.Model):
        width: int = 3

        def __init__(self, width: int = 3) -> None:
            super().__init__(width)
            self.left, self.right = dt.Dense(width), dt.Dense(width)

        def forward(self, a: Any, b: Any) -> Any:
            left, right = self.left(a), self.right(b)
            return left + right, left * right

    model = Tower()
    first, second = model.predict((A, B))
    assert first.shape == second.shape == (50, 3)
    model.compile(dt.Adam(0.1), "mse")
    zeros = np.zeros((50, 3))
    history = model.fit((A, B), (zeros, zeros), epochs=5, verbose=0)
    assert list(history.history) == ["loss", "0_loss", "1_loss"]
    assert history["loss"][-1] < history["loss"][0]


def test_models_nest_and_operators_are_recorded() -> None:
    x = dt.Input(4)
    inner = dt.Model(x, dt.relu(1.0 - x) / 2.0 + (-x)[:, :1] @ np.ones((1, 4), np.float32))
    y = dt.Input(4)
    outer = dt.Model(y, inner(y) - y**2)
    expected = np.maximum(1 - A, 0) / 2 - A[:, :1] - A**2
    np.testing.assert_allclose(outer.predict(A), expected, rtol=1e-5, atol=1e-6)
    assert repr(x) == "<symbol (n, 4) float32>"
    assert dt.reshape(x, (-1, 2, 2)).shape == (None, 2, 2)


def test_layers_and_metrics_are_named_as_in_keras() -> None:
    keras = pytest.importorskip("keras")
    names = {"Conv2D": "conv2d", "BatchNorm": "batch_norm", "TopKAccuracy": "top_k_accuracy",
             "LSTM": "lstm", "R2Score": "r2_score", "AUC": "auc"}  # fmt: skip
    for name, expected in names.items():
        assert snake_case(name) == keras.src.utils.naming.to_snake_case(name) == expected
    x = dt.Input((8, 8, 3))
    model = dt.Model(x, dt.Conv2D(2, 3)(dt.Conv2D(4, 3)(x)))
    assert list(model.layers) == ["conv2d", "conv2d_1"]


def test_sequential_with_an_input_is_built_at_once() -> None:
    model = dt.Sequential([dt.Input((4,)), dt.Dense(3, "relu")], seed=0)
    assert model.get("layers.0.kernel").shape == (4, 3)
    model.add(dt.Dense(2))
    assert model.predict(A).shape == (50, 2)


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (lambda: dt.Model(dt.Input(4), dt.Dense(2)(dt.Input(4))), errors.StructureError, "every input"),
    (lambda: dt.Model(A, A), errors.ArgumentError, "dt.Input"),
    (lambda: dt.Model(dt.Input(4), 3.0), errors.ArgumentError, "outputs"),
    (lambda: dt.Input((4, -1)), errors.ArgumentError, "shape"),
    (lambda: two_by_two()[0].predict(A), errors.StructureError, "1 arrays"),
    (lambda: two_by_two()[0].predict([B, A]), errors.ShapeError, "input 'a'"),
    (lambda: two_by_two()[0].predict({"a": A}), errors.StructureError, "'b'"),
    (lambda: two_by_two()[0].compile("sgd", {"kind": "msee"}), errors.UnknownNameError, "msee"),
    (lambda: dt.relu(1.0) if dt.Input(4) else None, errors.DefinitionError, "dt.where"),
    (lambda: list(dt.Input(4)), errors.DefinitionError, "iterated"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "kind", "words"), MISTAKES)
def test_mistakes(action: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        action()


def test_other_outputs_than_the_model_has() -> None:
    model, _ = two_by_two()
    for loss, targets, words in (
        ({"kinds": "mse"}, {"kinds": LINE}, "kinds"),
        (["mse"], [LINE], "one for each of the 2 outputs"),
        ({"size": "mse", "kind": "mse"}, {"size": LINE}, "'size'"),
        (["mse", "mse"], [LINE], "1 arrays"),
    ):
        model.compile("sgd", loss)
        with pytest.raises(errors.DovetailError, match=words):
            model.fit([A, B], targets, verbose=0)


def test_summary() -> None:
    model, _ = two_by_two()
    stream = io.StringIO()
    model.summary(console=Console(file=stream, width=120))
    text = stream.getvalue()
    assert "dense (shared)" in text and "batch_norm" in text
    assert "152" in text  # multiply-adds: 4 x 8 twice, 6 x 4, 16 x 3, 16 x 1
    assert f"trained: {sum(a.size for a in model.parameters().values())} parameters" in text
    with pytest.raises(errors.TrainingError, match="shapes of the inputs"):
        dt.Sequential(dt.Dense(3)).summary()


def test_plots_are_svg() -> None:
    model, _ = two_by_two()
    root = ElementTree.fromstring(model.plot().svg)
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"input", "output", "dense: Dense", "batch_norm: BatchNorm"} <= set(texts)
    arrows = [
        each for each in root.iter("{http://www.w3.org/2000/svg}path") if each.get("marker-end")
    ]
    assert len(arrows) == 10
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    history = model.fit([A, B], [LABELS, LINE], epochs=3, verbose=0, validation_split=0.2)
    curves = ElementTree.fromstring(history.plot("loss").svg)
    assert len(list(curves.iter("{http://www.w3.org/2000/svg}polyline"))) == 2
    with pytest.raises(errors.UnknownNameError, match="val_loss"):
        history.plot("val_loss")
