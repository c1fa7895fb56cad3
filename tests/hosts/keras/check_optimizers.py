"""Optimizers: the definition's rule, and all that Keras adds to it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
from keras.src.testing import TestCase

import dovetail as dt
from dovetail.errors import ArgumentError, CallError, DovetailError
from dovetail.hosts.keras import HOST
from dovetail.hosts.numpy.host import HOST as EMBEDDED
from tests.hosts.keras.pieces import Dipped

RNG = np.random.default_rng(0)
PARAMS = {name: RNG.normal(size=s).astype(np.float32) for name, s in
          {"kernel": (4, 3), "bias": (3,), "scalar": ()}.items()}  # fmt: skip
GRADS = [
    {name: RNG.normal(size=array.shape).astype(np.float32) for name, array in PARAMS.items()}
    for _ in range(4)
]
RULES = [
    dt.SGD(0.1, momentum=0.9, nesterov=True), dt.Adam(1e-2, weight_decay=0.1), dt.AdamW(1e-2),
    dt.NAdam(1e-2), dt.RMSprop(1e-2), dt.Adagrad(1e-2), dt.Lion(1e-2, weight_decay=0.1),
    Dipped(nesterov=True, weight_decay=0.01), dt.SGD(0.1, maximize=True),
    dt.SGD(0.1, clip_value=0.3), dt.SGD(0.1, clip_norm=0.5),
    dt.SGD(0.1, clip_norm=0.5, clip_value=0.3),
]  # fmt: skip


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


def steps(optimizer: Any, gradients: Any = GRADS, params: Any = PARAMS) -> Iterator[Any]:
    """The parameters after each step of an optimizer of Keras."""
    variables = {name: keras.Variable(array, name=name) for name, array in params.items()}
    optimizer.build(list(variables.values()))
    for each in gradients:
        given = [keras.ops.convert_to_tensor(each[name]) for name in variables]
        optimizer.apply(given, list(variables.values()))
        yield {name: numpy(variable) for name, variable in variables.items()}


def assert_same(found: Any, expected: Any, tolerance: float = 2e-5) -> None:
    for one, other in zip(found, expected, strict=True):
        for name, array in other.items():
            np.testing.assert_allclose(one[name], array, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_rule(rule: Any) -> None:
    expected = EMBEDDED.optimize(rule, PARAMS, GRADS)
    assert_same(steps(rule.keras), expected)
    assert_same(HOST.optimize(rule, PARAMS, GRADS), expected)


PAIRS: dict[str, tuple[Any, Any]] = {
    "adam": (lambda **k: dt.Adam.keras(0.01, eps=1e-7, **k),
             lambda **k: keras.optimizers.Adam(0.01, **k)),
    "sgd": (lambda **k: dt.SGD.keras(0.1, **k), lambda **k: keras.optimizers.SGD(0.1, **k)),
    "lion": (lambda **k: dt.Lion.keras(0.01, **k), lambda **k: keras.optimizers.Lion(0.01, **k)),
}  # fmt: skip


def test_parameters_without_a_gradient() -> None:
    """They stay as they are, and the steps are counted on."""
    given = [dict(each) for each in GRADS]
    given[1]["kernel"] = given[2]["bias"] = None
    for rule in (dt.Adam(0.01), Dipped(0.01)):
        expected = EMBEDDED.optimize(rule, PARAMS, given)
        assert_same(HOST.optimize(rule, PARAMS, given), expected)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(
    "extra",
    [{"clipnorm": 0.5}, {"clipvalue": 0.2}, {"global_clipnorm": 0.5}, {"loss_scale_factor": 4.0},
     {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
     {"gradient_accumulation_steps": 2}],
    ids=lambda extra: next(iter(extra)),
)  # fmt: skip
def test_what_keras_adds(pair: str, extra: dict[str, Any]) -> None:
    if "gradient_accumulation_steps" in extra and pair != "adam":
        pytest.skip("takes seconds on JAX; one will do")
    ours, theirs = PAIRS[pair]
    assert_same(steps(ours(**extra)), steps(theirs(**extra)), 1e-4)


def sparse(rows: list[int], values: Any, shape: tuple[int, ...]) -> Any:
    """A gradient of some rows of a table, as the backend has it; rows may occur twice."""
    backend = keras.backend.backend()
    if backend == "jax":
        bcoo = importlib.import_module("jax.experimental.sparse").BCOO
        return bcoo((np.asarray(values), np.asarray(rows)[:, None]), shape=shape)
    framework = importlib.import_module(backend)
    if backend == "torch":
        return framework.sparse_coo_tensor(np.array([rows]), framework.tensor(values), shape)
    given = framework.constant(values), framework.constant(rows), framework.constant(shape)
    return framework.IndexedSlices(*given)


@pytest.mark.filterwarnings("ignore:.*[Ss]parse.*:UserWarning")  # PyTorch's, of its own checks
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_sparse_gradients(rule: Any) -> None:
    """They are added into the dense one before anything is clipped."""
    rows, values = [3, 0, 3], RNG.normal(size=(3, 2)).astype(np.float32)
    whole = np.zeros((4, 2), np.float32)
    np.add.at(whole, rows, values)
    params = {"table": RNG.normal(size=(4, 2)).astype(np.float32), "bias": PARAMS["bias"]}
    expected = EMBEDDED.optimize(rule, params, [{"table": whole, "bias": GRADS[0]["bias"]}] * 3)
    variables = [keras.Variable(array) for array in params.values()]
    optimizer = rule.keras.from_config(rule.keras.get_config())  # a fresh one
    for want in expected:
        given = [sparse(rows, values, (4, 2)), keras.ops.convert_to_tensor(GRADS[0]["bias"])]
        optimizer.apply(given, variables)
        assert_same([dict(zip(params, map(numpy, variables), strict=True))], [want])


def test_an_embedding_trains() -> None:
    """As with Keras' own optimizer; on TensorFlow its gradient is sparse.

    No row occurs twice: of those, Keras' Adam adds the squares there, on that backend alone.
    """
    x, y = np.array([[1, 4], [2, 3], [0, 5]]), np.array([[300.0], [-500.0], [700.0]])
    weights = []
    for rule in (dt.Adam.keras(0.1, eps=1e-7), keras.optimizers.Adam(0.1)):
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Embedding(7, 3), keras.layers.Flatten(), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input((2,)), *layers])
        model.compile(rule, "mse")
        model.fit(x, y, epochs=3, batch_size=3, verbose=0)
        weights.append(dict(enumerate(model.get_weights())))
    assert_same(weights[:1], weights[1:], 1e-4)


def test_schedules_and_setting_the_rate() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    assert_same(steps(dt.SGD.keras(schedule)), steps(keras.optimizers.SGD(schedule)))
    found = dt.SGD.keras(learning_rate=0.1)
    walk = steps(found)
    first = next(walk)
    found.learning_rate = 0.0
    second = next(walk)
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array)
    with pytest.raises(ArgumentError, match="decay"):
        Dipped.keras(decay=lambda step: 0.9)


def test_loss_scale_optimizer() -> None:
    inner = dt.Adam.keras(0.01)
    if keras.backend.backend() == "jax":
        pytest.skip("Keras' LossScaleOptimizer cannot be applied outside a compiled step there")
    scaled = keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0)
    grads = [{name: 8.0 * g for name, g in each.items()} for each in GRADS]
    assert_same(steps(scaled, grads), steps(dt.Adam.keras(0.01)))
    bad = [{name: g * np.inf for name, g in GRADS[0].items()}]
    scaled = keras.optimizers.LossScaleOptimizer(dt.Adam.keras(0.01), initial_scale=8.0)
    assert_same(steps(scaled, bad), [PARAMS], 0.0)
    assert float(numpy(scaled.dynamic_scale)) == 4.0


def test_weight_decay_is_left_out_where_asked() -> None:
    rule = dt.AdamW.keras(0.01, weight_decay=0.5)
    rule.exclude_from_weight_decay(var_names=["bias"])
    found = list(steps(rule))
    with_decay = list(steps(dt.AdamW.keras(0.01, weight_decay=0.5)))
    without = list(steps(dt.AdamW.keras(0.01, weight_decay=0.0)))
    np.testing.assert_array_equal(found[-1]["bias"], without[-1]["bias"])
    np.testing.assert_array_equal(found[-1]["kernel"], with_decay[-1]["kernel"])
    assert (without[-1]["kernel"] != with_decay[-1]["kernel"]).any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_parameters(dtype: str) -> None:
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.float16
    variable = keras.Variable(PARAMS["kernel"].astype(kind), dtype=dtype)
    rule = Dipped.keras(0.01)
    rule.apply([keras.ops.convert_to_tensor(GRADS[0]["kernel"].astype(kind))], [variable])
    assert keras.backend.standardize_dtype(variable.dtype) == dtype
    ours = Dipped(0.01)
    params = {"kernel": PARAMS["kernel"].astype(kind)}
    expected, _ = ours.apply(params, {"kernel": GRADS[0]["kernel"].astype(kind)}, ours.init(params))
    np.testing.assert_allclose(
        numpy(keras.ops.cast(variable.value, "float32")), expected["kernel"].astype("float32"),
        rtol=1e-2, atol=1e-2,
    )  # fmt: skip


def test_configuration_and_names() -> None:
    SerializationTest = type("SerializationTest", (TestCase,), {"runTest": lambda self: None})  # noqa: N806
    for rule in (Dipped.keras(lr=0.25, decay=0.5, clipnorm=1.0), dt.Lion.keras(maximize=True)):
        SerializationTest().run_class_serialization_test(rule)
    found = keras.optimizers.deserialize(keras.optimizers.serialize(Dipped.keras(0.25, 0.5)))
    assert found.get_config()["decay"] == 0.5
    assert float(found.get_config()["learning_rate"]) == 0.25
    assert dt.Adam(0.5, clip_norm=2.0).keras.global_clipnorm == 2.0
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    config = keras.optimizers.serialize(dt.Adam.keras(schedule))
    again = keras.optimizers.deserialize(config)
    assert isinstance(again._learning_rate, keras.optimizers.schedules.CosineDecay)
    with pytest.raises(CallError, match="momentums"):
        dt.SGD.keras(0.1, momentums=0.9)
    with pytest.raises(DovetailError, match="twice"):
        dt.SGD.keras(lr=0.1, learning_rate=0.1)


def test_training_goes_on_after_loading(tmp_path: Path) -> None:
    x = RNG.normal(size=(32, 4)).astype(np.float32)
    y = RNG.normal(size=(32, 1)).astype(np.float32)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(Dipped.keras(0.01), "mse")
    model.fit(x, y, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    one = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    other = again.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(one, other, rtol=1e-6)
