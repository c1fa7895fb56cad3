"""Models in files: the same predictions and the same training, bit for bit."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import SerialisationError
from tests.saving import pieces

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 6)).astype(np.float32)
Y = RNG.normal(size=(24, 3)).astype(np.float32)
LABELS = np.arange(24) % 3
IGNORING = functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=1)


def squares(predictions: Any, targets: Any) -> Any:
    """A plain function as a loss."""
    return dt.mean((predictions - targets) ** 2.0, axis=-1)


def plain() -> Any:
    return dt.Sequential(dt.Dense(5, "tanh"), dt.Dropout(0.4), dt.BatchNorm(), dt.Dense(3), seed=3)


def mixed() -> Any:
    layers = dt.Dense(5, pieces.swirl), pieces.Centred(4), lambda x: x * 2.0, "relu", dt.Dense(3)
    return dt.Sequential(*layers, seed=3)


CASES: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "library": (plain, "adam", "mse", ["mae"], Y),
    "clipped": (plain, dt.AdamW(1e-2, clip_norm=1.0, amsgrad=True), IGNORING, ["acc"], LABELS),
    "mixed": (mixed, pieces.Signed(0.02), pieces.quartic, [], Y),
    "labels": (mixed, "sgd", pieces.margin, ["accuracy"], LABELS),
    "own class": (pieces.Net, "lion", squares, [pieces.quartic], Y),
}


def trained(name: str) -> tuple[Any, Any]:
    make, optimizer, loss, metrics, y = CASES[name]
    model = make() if make is not pieces.Net else make(seed=1)
    model.compile(optimizer, loss, metrics)
    model.fit(X, y, batch_size=8, verbose=0, seed=0)
    return model, y


def weights_equal(one: Any, other: Any) -> bool:
    first, second = one.get_weights(), other.get_weights()
    return list(first) == list(second) and all(
        np.array_equal(first[path], second[path]) for path in first
    )


def test_metrics_with_a_state_go_on(tmp_path: Path) -> None:
    @dt.metric
    def near(predictions: Any, targets: Any) -> Any:
        return dt.abs(predictions - targets) < 0.5

    model = plain()
    model.compile("sgd", "mse", [dt.RootMeanSquaredError(), dt.R2Score(), near])
    model.fit(X, Y, batch_size=8, verbose=0, seed=0)
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    found = [each.evaluate(X, Y, return_dict=True) for each in (model, loaded)]
    assert found[0] == found[1]
    assert list(found[0]) == ["loss", "root_mean_squared_error", "r2_score", "near"]


class Spread(dt.StatefulMetric):
    """The weighted standard deviation of the errors, and the largest that there was before."""

    def __init__(self, most: float) -> None:
        object.__setattr__(self, "most", most)

    def state(self) -> Any:
        return {"sums": np.zeros((2, 2)), "most": np.full((), self.most)}

    def update(self, state: Any, predictions: Any, targets: Any, weights: Any) -> Any:
        error = predictions - targets
        each = dt.ones_like(error) if weights is None else dt.ones_like(error) * weights[:, None]
        sums = [[dt.sum(each), dt.sum(each * error)], [0.0, dt.sum(each * error**2.0)]]
        added = dt.stack([dt.stack([dt.astype(dt.asarray(v), dt.float64) for v in row])
                          for row in sums])  # fmt: skip
        return {
            "sums": state["sums"] + added,
            "most": dt.maximum(state["most"], dt.max(dt.abs(error))),
        }

    def result(self, state: Any) -> Any:
        sums = state["sums"]
        mean = sums[0, 1] / sums[0, 0]
        return dt.sqrt(sums[1, 1] / sums[0, 0] - mean**2.0) + 100.0 * state["most"]


def test_a_metric_of_ones_own_is_in_the_file_as_maths(tmp_path: Path) -> None:
    model = plain()
    model.compile("sgd", "mse", ["mae", Spread(0.25)], weighted_metrics=[Spread(-np.inf)])
    model.fit(X, Y, batch_size=8, verbose=0, seed=0)
    model.save(tmp_path / "m")
    dt.load(tmp_path / "m").save(tmp_path / "again")
    weights = RNG.uniform(0.5, 2.0, 24)
    error = model.predict(X).astype(np.float64) - Y
    each = np.broadcast_to(weights[:, None], error.shape)
    mean = np.average(error, weights=each)
    right = np.sqrt(np.average((error - mean) ** 2, weights=each)) + 100 * np.abs(error).max()
    for one in (model, dt.load(tmp_path / "m"), dt.load(tmp_path / "again")):
        found = one.evaluate(X, Y, sample_weight=weights, batch_size=7, return_dict=True)
        assert found["spread"] > 100 * 0.25
        assert found["weighted_spread"] == pytest.approx(right, rel=1e-5)
    curves = [
        each.fit(X, Y, batch_size=10, epochs=2, verbose=0, seed=5).history
        for each in (model, dt.load(tmp_path / "m"))
    ]
    assert curves[0] == curves[1] and "spread" in curves[0]


@pytest.mark.parametrize("name", CASES)
def test_a_loaded_model_predicts_and_trains_on_alike(name: str, tmp_path: Path) -> None:
    model, y = trained(name)
    model.save(tmp_path / "m.dovetail")
    loaded = dt.load(tmp_path / "m.dovetail")
    assert weights_equal(model, loaded)
    for count in (1, 5, 24):
        assert np.array_equal(loaded.predict(X[:count]), model.predict(X[:count]))
    curves = [
        each.fit(X, y, batch_size=10, epochs=2, verbose=0, seed=5).history
        for each in (model, loaded)
    ]
    assert curves[0] == curves[1]
    assert weights_equal(model, loaded)


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    model, _ = trained("mixed")
    for name in ("a", "b"):
        model.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_was_loaded_is_saved_again(tmp_path: Path) -> None:
    model, _ = trained("own class")
    model.save(tmp_path / "a")
    first = dt.load(tmp_path / "a")
    first.save(tmp_path / "b")
    assert np.array_equal(dt.load(tmp_path / "b").predict(X), model.predict(X))


def test_layers_inside_can_be_called(tmp_path: Path) -> None:
    model, _ = trained("own class")
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    assert np.array_equal(loaded.blocks[0](X), model.blocks[0](X))
    assert np.array_equal(loaded.heads["a"](X), model.heads["a"](X))
    assert type(loaded.blocks[1]) is dt.Dense
    assert (loaded.blocks[0].units, loaded.blocks[0].features) == (6, 6)


class Inner(dt.Layer):
    """A layer of one's own that holds a table."""

    def __init__(self, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.table = dt.Embedding(7, 6)

    def forward(self, tokens: Any) -> Any:
        return 2.0 * self.table(tokens)


class Tied(dt.Model):
    """Two layers that hold one table, each in its own way, and a single number."""

    shift = dt.Parameter(init="ones")

    def __init__(self, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.inner = Inner()
        self.scores = dt.TiedDense(self.inner.table, use_bias=True)

    def forward(self, tokens: Any) -> Any:
        return self.scores(dt.tanh(self.inner(tokens) + self.shift))


def test_a_layer_in_two_layers_of_ones_own_is_one(tmp_path: Path) -> None:
    model, tokens = Tied(seed=0), np.arange(24).reshape(6, 4) % 7
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(tokens, (tokens * 3) % 7, epochs=2, verbose=0, seed=0)
    model.save(tmp_path / "m")
    again = dt.load(tmp_path / "m")
    assert np.array_equal(again.predict(tokens), model.predict(tokens))
    assert again.inner.table is again.scores.embedding
    assert list(again.parameters()) == ["shift", "inner.table.table", "scores.bias"]
    for each in (model, again):
        each.fit(tokens, (tokens * 3) % 7, epochs=2, verbose=0, seed=1)
    assert weights_equal(model, again)
    another = type(again)()  # with a table of its own
    assert another.inner.table is not again.inner.table


class Cached(dt.Layer):
    """Attention with a cache, one token at a time."""

    def __init__(self, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.attention = dt.MultiHeadAttention(2, 4)

    def forward(self, x: Any, cache: Any) -> Any:
        return self.attention(x, cache=cache)


def test_attention_with_a_cache_is_one_graph(tmp_path: Path) -> None:
    """Of batches and caches of any size; a step of one token is another graph than of several."""
    layer = Cached(seed=0)
    layer(X[:3, None], layer.attention.empty_cache(3, 9))
    dt.save(layer, tmp_path / "m")
    again = dt.load(tmp_path / "m")
    caches = [layer.attention.empty_cache(5, 600) for _ in range(2)]
    for n in range(3):
        x = X[n * 5 : n * 5 + 5, None]
        (y, caches[0]), (z, caches[1]) = layer(x, caches[0]), again(x, caches[1])
        np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-6)
    with pytest.raises(SerialisationError, match=r"without the maths"):
        again(X[:6].reshape(3, 2, 6), layer.attention.empty_cache(3, 9))


def test_random_keys_and_states_go_on(tmp_path: Path) -> None:
    layer = pieces.Centred(4)
    layer(X)
    dt.save(layer, tmp_path / "l")
    loaded = dt.load(tmp_path / "l")
    for _ in range(3):
        assert np.array_equal(loaded(X, training=True), layer(X, training=True))
    assert np.array_equal(loaded(X), layer(X))
    assert np.array_equal(loaded.get("drop.key"), layer.get("drop.key"))


def test_a_model_that_was_not_built_keeps_its_configuration(tmp_path: Path) -> None:
    model = plain()
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    assert loaded.parameters() == {}
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_half_precision_is_kept(tmp_path: Path) -> None:
    class Scale(dt.Layer):
        scale = dt.Parameter(6, init="normal", dtype="bfloat16")

        def forward(self, x: Any) -> Any:
            return x * self.scale

    layer = Scale(seed=1)
    layer(X)
    dt.save(layer, tmp_path / "l")
    loaded = dt.load(tmp_path / "l")
    assert loaded.scale.dtype == dt.bfloat16.numpy
    assert np.array_equal(loaded.scale, layer.scale)
    assert np.array_equal(loaded(X), layer(X))


def test_fields_of_maths_cannot_be_set(tmp_path: Path) -> None:
    model, _ = trained("own class")
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    with pytest.raises(SerialisationError, match=r"Net\.blocks cannot be set"):
        loaded.blocks = ()
    loaded.blocks[1].activation = "relu"
    with pytest.raises(SerialisationError, match="has other fields than when it was saved"):
        loaded.predict(X)


def test_a_loaded_optimizer_follows_its_floats(tmp_path: Path) -> None:
    dt.save(pieces.Signed(0.1), tmp_path / "o")
    one, other = dt.load(tmp_path / "o"), pieces.Signed(0.1)
    assert repr(one) == repr(other)
    params, states = (
        X.astype(np.float64),
        [each.init(X.astype(np.float64)) for each in (one, other)],
    )
    found = [params, params]
    for step in range(3):
        for number, each in enumerate((one, other)):
            each.lr = 0.1 / (step + 1)
            found[number], states[number] = each.apply(
                found[number], np.sin(params), states[number]
            )
        assert np.array_equal(*found)
    with pytest.raises(SerialisationError, match=r"Signed\.ahead cannot be set"):
        one.ahead = False


def test_a_schedule_that_is_a_function_is_refused_by_name(tmp_path: Path) -> None:
    model = plain()
    model.compile(dt.SGD(lr=lambda step: 0.1 / step))
    with pytest.raises(SerialisationError, match=r"SGD.lr cannot be saved.*function"):
        model.save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_was_never_called_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SerialisationError, match=r"Centred cannot be saved.*not been called"):
        dt.save(pieces.Centred(3), tmp_path / "l")


def test_a_layer_that_decides_by_a_size_is_refused(tmp_path: Path) -> None:
    class Deciding(dt.Layer):
        def forward(self, x: Any) -> Any:
            return x if len(x) < 50 else x * 2.0

    model = dt.Sequential(Deciding(), dt.Dense(2))
    model(X)
    with pytest.raises(SerialisationError, match="Deciding cannot be saved"):
        model.save(tmp_path / "m")


ELSEWHERE = """
import sys
import numpy as np
import dovetail as dt

model = dt.load(sys.argv[1])
given = np.load(sys.argv[2])
assert np.array_equal(model.predict(given["x"]), given["before"])
model.fit(given["x"], given["y"], batch_size=10, verbose=0, seed=5)
assert np.array_equal(model.predict(given["x"]), given["after"])
assert not any(name.split(".")[0] == "tests" for name in sys.modules)
"""


@pytest.mark.parametrize("name", ["mixed", "own class"])
def test_a_process_without_the_definitions_goes_on(name: str, tmp_path: Path) -> None:
    model, y = trained(name)
    model.save(tmp_path / "m.dovetail")
    before = model.predict(X)
    model.fit(X, y, batch_size=10, verbose=0, seed=5)
    np.savez(tmp_path / "x.npz", x=X, y=y, before=before, after=model.predict(X))
    command = [sys.executable, "-c", ELSEWHERE, "m.dovetail", "x.npz"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_functional_model_keeps_its_names_and_shared_layers(tmp_path: Path) -> None:
    a, b = dt.Input(6, name="a"), dt.Input((2, 3), name="b")
    shared = dt.Dense(4, pieces.swirl)
    joined = dt.concat([shared(a), dt.Flatten()(b)[:, 1:4]], axis=-1)
    hidden = dt.tanh(pieces.Centred(5)(joined)) * 2.0 + 1.0
    outputs = {"mean": dt.Dense(3)(hidden), "label": dt.Dense(3)(shared(a) - 0.5)}
    model = dt.Model({"a": a, "b": b}, outputs, seed=2)
    losses = {"mean": pieces.quartic, "label": "sparse_categorical_cross_entropy"}
    model.compile(
        dt.SGD(0.01), losses, {"label": ["accuracy"]}, loss_weights={"mean": 0.5},
        regularizers={"*.kernel": dt.L2(1e-3)}, ema_momentum=0.9,
    )  # fmt: skip
    x = {"a": X, "b": RNG.normal(size=(24, 2, 3)).astype(np.float32)}
    y = {"mean": Y, "label": LABELS}
    model.fit(x, y, batch_size=8, verbose=0, seed=0)
    model.layers["dense"].trainable = False
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    assert list(loaded.layers) == list(model.layers)
    assert list(loaded.output_names) == ["mean", "label"]
    assert loaded.layers["dense"].trainable is False
    for name in outputs:
        assert np.array_equal(loaded.predict(x)[name], model.predict(x)[name])
    curves = [
        each.fit(x, y, batch_size=10, epochs=2, verbose=0, seed=5).history
        for each in (model, loaded)
    ]
    assert curves[0] == curves[1]
    assert weights_equal(model, loaded)


def test_a_predicate_of_parameters_is_refused(tmp_path: Path) -> None:
    model = plain()
    model.compile("sgd", regularizers={lambda path, param: True: dt.L2(0.1)})
    with pytest.raises(SerialisationError, match="by a function of Python"):
        model.save(tmp_path / "m")


class Averaged(dt.Optimizer):
    """Rows have a scale of their own, and predictions are made with a mean of the parameters."""

    lr: float = 0.05
    mean = dt.State(like="param", init="param")
    rows = dt.State(shape=lambda shape: shape[:-1], init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The new parameter."""
        self.rows = self.rows + (dt.mean(grad * grad, axis=-1) if grad.ndim else grad * grad)
        scale = dt.sqrt(self.rows) + 1e-8
        new = param - self.lr * grad / (scale[..., None] if grad.ndim else scale)
        self.mean = 0.5 * self.mean + 0.5 * new
        return new

    def evaluation(self, param: Any) -> Any:
        """The parameter to predict with."""
        return 0.5 * self.mean + 0.5 * param


GROUPS = {"*.bias": {"lr": 0.2}, "0.*": None}
RULES = [
    Averaged(), Averaged().with_groups(GROUPS), dt.AdamW(0.01).with_groups(GROUPS), dt.Prodigy(),
    dt.Adafactor(), dt.ScheduleFree(), dt.SGD(dt.Warmup(dt.CosineDecay(0.1, 20), 4)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(RULES)), ids=[each.name for each in RULES])
def test_optimizers_with_states_of_their_own_go_on(number: int, tmp_path: Path) -> None:
    model = plain()
    model.compile(RULES[number], "mse")
    model.fit(X, Y, batch_size=8, verbose=0, seed=0)
    model.save(tmp_path / "m")
    loaded = dt.load(tmp_path / "m")
    assert np.array_equal(loaded.predict(X), model.predict(X))
    for each in (model, loaded):
        each.fit(X, Y, batch_size=8, verbose=0, seed=1)
    assert weights_equal(model, loaded)
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_a_group_by_a_function_is_refused(tmp_path: Path) -> None:
    by_function = dt.SGD().with_groups({lambda path, param: True: {"lr": 0.1}})
    with pytest.raises(SerialisationError, match="chooses the parameters of a group"):
        dt.save(by_function, tmp_path / "o")


def test_a_native_model_has_arrays_of_its_own() -> None:
    torch = pytest.importorskip("torch")
    model, _ = trained("library")
    before = model.predict(X)
    module = model.to("torch")
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.zero_()
    assert np.array_equal(model.predict(X), before)


def test_an_unknown_framework_is_refused_by_name() -> None:
    model = plain()
    with pytest.raises(dt.DovetailError, match="'mxnet' is no framework"):
        model.to("mxnet")
