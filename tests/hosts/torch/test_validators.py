"""PyTorch's validators on every extension."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.extension.values import leaves_of  # noqa: E402
from dovetail.graph.dtypes import as_dtype  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from dovetail.hosts.torch.validators import FUNCTIONS, VALIDATORS  # noqa: E402
from dovetail.language.functions import KINDS  # noqa: E402
from dovetail.language.tree import map_leaves  # noqa: E402
from dovetail.library import activations, losses  # noqa: E402
from dovetail.verify.definitions import definitions_of  # noqa: E402
from dovetail.verify.targets import target_of  # noqa: E402

ACTIVATIONS = sorted(name for name, kind in KINDS.items() if kind == "activation")

NEURAL = sorted({*ACTIVATIONS, "glu", "swiglu", "logsumexp", "rms_norm", "layer_norm"})
EXTENSIONS: dict[str, Any] = {
    **{name: getattr(dt, name) for name in NEURAL},
    **definitions_of(activations),
    **definitions_of(losses),
}
FUNCTION_VALIDATORS = [
    validator for validator in VALIDATORS if set(validator.kinds) == set(FUNCTIONS)
]
HOST = REGISTRY.named("torch")


def _calls(extension: Any) -> list[tuple[Any, dict[str, Any]]]:
    calls = target_of(extension, np.random.default_rng(1)).calls
    return [(call.sample.args, dict(call.sample.settings)) for call in calls[:1]]


@pytest.mark.parametrize("validator", FUNCTION_VALIDATORS, ids=lambda validator: validator.name)
@pytest.mark.parametrize("name", EXTENSIONS)
def test_every_extension(name: str, validator: Any) -> None:
    for args, settings in _calls(EXTENSIONS[name]):
        assert list(validator.validate(EXTENSIONS[name], args, settings)) == []


def test_none_is_missing() -> None:
    assert len(EXTENSIONS) >= 50
    assert {validator.name.rpartition(".")[2] for validator in FUNCTION_VALIDATORS} == {
        "opcheck", "gradcheck", "gradgradcheck",
    }  # fmt: skip


# Validators find planted faults.


def _validator(name: str) -> Any:
    return next(
        validator for validator in FUNCTION_VALIDATORS if validator.name.endswith(f".{name}")
    )


@dt.op
def wrong(x: Any) -> Any:
    return dt.sin(x)


@wrong.vjp
def _(x: Any, *, out: Any, cotangent: Any) -> Any:
    return cotangent * dt.cos(x) * 1.01


X = np.linspace(0.1, 1.0, 6).reshape(2, 3)


def test_a_wrong_derivative_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from dovetail.operations import validation  # noqa: PLC0415

    monkeypatch.setattr(validation, "derivative_is_declared", lambda *_: False)
    assert list(_validator("gradcheck").validate(wrong, (X,), {}))
    assert not list(_validator("gradcheck").validate(dt.sin, (X,), {}))


def test_a_declared_derivative_is_left_to_the_checker() -> None:
    @dt.op
    def surrogate(x: Any) -> Any:
        return dt.round(x)

    @surrogate.vjp(surrogate=True)
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        return cotangent

    @dt.op
    def held(x: Any) -> Any:
        return x * dt.stop_gradient(x)

    for each in (surrogate, held):
        assert not list(_validator("gradcheck").validate(each, (X,), {}))
        assert not list(_validator("gradgradcheck").validate(each, (X,), {}))


def test_an_operator_that_lies_about_its_output_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from dovetail.hosts.torch import library  # noqa: PLC0415

    @dt.op
    def transposed(x: Any) -> Any:
        return dt.permute_dims(x, (1, 0)) * 2.0

    monkeypatch.setattr(library, "output_shapes", lambda op, tensors: [list(tensors[0].shape)])
    found = list(_validator("opcheck").validate(transposed, (X,), {}))
    assert any("faketensor" in complaint for complaint in found)


# Agreement with the embedded host.


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", EXTENSIONS)
def test_the_same_as_on_numpy_arrays(name: str, dtype: str) -> None:
    """Values and gradients: 1e-12 in float64, 4 units in the last place in float32."""
    extension = EXTENSIONS[name]
    near = 1e-12 if dtype == "float64" else 4 * 2.0**-23
    for call in target_of(extension, np.random.default_rng(2)).calls:
        call = call.with_sample(call.sample.cast(as_dtype(np.dtype(dtype))))
        weights = call.cotangents(np.random.default_rng(3))
        settings = dict(call.sample.settings)
        tensors = [map_leaves(HOST.from_numpy, each) for each in (call.sample.args, weights)]
        differentiated = HOST.vjp(extension, tensors[0], settings, tensors[1])
        pairs = [*zip(call.on(HOST), call.on(REGISTRY.named("numpy")), strict=True)]
        slopes = leaves_of(call.vjp(call.sample.args, weights))
        pairs += [(HOST.to_numpy(p), s) for p, s in zip(differentiated, slopes, strict=True)]
        for got, want in pairs:
            assert got.dtype == want.dtype
            np.testing.assert_allclose(got, want, rtol=near, atol=near * np.abs(want).max())


# What the checker asks of the host.


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "bfloat16", "int8", "int64", "uint8", "bool"]
)
def test_arrays_come_and_go(dtype: str) -> None:
    kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    array = np.arange(12).reshape(3, 4).astype(kind)
    for given in (array, array.T, array[::-1], array[:, ::2], array[:0], array[0, 0]):
        tensor = HOST.from_numpy(given)
        assert tensor.shape == np.shape(given) and str(tensor.dtype) == f"torch.{dtype}"
        back = HOST.to_numpy(tensor)
        assert back.dtype == kind
        np.testing.assert_array_equal(back, given)
        assert back.base is None or not np.shares_memory(back, array)
    array.flags.writeable = False
    HOST.from_numpy(array).zero_()
    assert array.sum()


def test_pull_is_the_tape() -> None:
    x, y = torch.randn(2, 3, dtype=torch.float64).unbind()
    ones = torch.ones(3, dtype=torch.float64)

    @dt.op
    def mixed(x: Any, y: Any, n: Any) -> Any:
        return x * x, dt.sum(n), y > x

    count = torch.tensor([1, 2, 3])
    args = (x, y, count)
    got = HOST.vjp(mixed, args, {}, (ones, torch.tensor(0), torch.zeros(3, dtype=torch.bool)))
    torch.testing.assert_close(got[0], 2 * x)
    assert not got[1].any() and not got[2].any() and got[2].dtype is torch.int64


def test_versions() -> None:
    assert HOST.versions() == {"torch": torch.__version__}


@pytest.mark.parametrize("name", ["mish", "softmax", "layer_norm"])
def test_the_checker_asks_them(name: str) -> None:
    report = dt.check(getattr(dt, name), quick=True, hosts=("numpy", "torch"))
    assert report, report.text(140)
    found = {v.check: v for v in report.verdicts if v.host == "torch"}
    assert "gradgradcheck" in found["host validators"].summary
    agreement = next(v for v in report.verdicts if v.check == "host agreement")
    assert agreement.status == "passed" and "torch" in agreement.summary
