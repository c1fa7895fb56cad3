"""Models of frameworks: changed as Dovetail's, given back as modules, and measured as such."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, UnsupportedError

torch = pytest.importorskip("torch")
nn = torch.nn
RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")
COMPILE = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}


def network() -> Any:
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(2, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.BatchNorm2d(6),
        nn.ReLU(), nn.Flatten(), nn.Linear(96, 3),
    )  # fmt: skip
    with torch.no_grad():
        for name, buffer in module.named_buffers():
            if buffer.is_floating_point():
                low = 0.3 if name.endswith("var") else -0.5
                buffer.copy_(torch.tensor(RNG.uniform(low, 1.0, tuple(buffer.shape))))
    return module.eval()


def data() -> tuple[Any, Any]:
    x = RNG.normal(size=(96, 2, 8, 8)).astype(np.float32)
    return x, (x[:, 0].mean(axis=(1, 2)) > 0).astype(np.int64)


def test_a_module_is_folded() -> None:
    module, (x, _) = network(), data()
    result = dt.improve.fold(module, validation=x)
    assert isinstance(result.changed, nn.Module)
    assert result.model is (result.changed if result.report.paid else module)
    expected = module(torch.tensor(x)).detach().numpy()
    found = result.changed(torch.tensor(x)).detach().numpy()
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    kinds = [type(each).__name__ for each in result.changed]
    assert kinds == ["Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear"]
    assert result.report.after.parameters < result.report.before.parameters


def test_a_module_is_pruned_and_trained() -> None:
    module, (x, y) = network(), data()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    result = dt.improve.prune(module, (x, y), multiply_adds=0.5, epochs=2, compile=COMPILE)
    assert result.report.after.multiply_adds <= 0.5 * result.report.before.multiply_adds
    assert [type(each) for each in result.changed] == [type(each) for each in module]
    count = sum(each.numel() for each in result.changed.parameters())
    assert count == result.report.after.parameters < sum(p.numel() for p in module.parameters())
    assert "accuracy" in result.report.after.metrics
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    logits = result.changed(torch.tensor(x)).detach().numpy()
    accuracy = float((logits.argmax(axis=-1) == y).mean())
    assert abs(accuracy - result.report.after.metrics["accuracy"]) < 1e-6


def test_a_layer_that_pytorch_does_not_have_is_a_form_of_ours() -> None:
    module, (x, _) = network(), data()
    result = dt.improve.quantise(module, validation=x)
    assert isinstance(result.changed, nn.Module) and not isinstance(result.changed, nn.Sequential)
    expected = module(torch.tensor(x)).detach().numpy()
    found = result.changed(torch.tensor(x)).detach().numpy()
    assert 1e-5 < np.abs(found - expected).max() / np.abs(expected).max() < 0.05


def test_what_cannot_be_taken_over_is_named() -> None:
    x, y = data()
    with pytest.raises(UnsupportedError, match="LSTM"):
        dt.improve.fold(nn.Sequential(nn.LSTM(3, 4)), validation=x)
    with pytest.raises(ArgumentError, match="model"):
        dt.improve.fold(lambda inputs: inputs, validation=x)
    model = dt.Sequential(dt.Input((2, 8, 8)), dt.Flatten(), dt.Dense(3))
    with pytest.raises(ArgumentError, match="compile"):
        dt.improve.prune(model, (x, y), compile=COMPILE)
    report = dt.improve.normalise(network(), x).report
    assert len(report.layers) == 8
    advice = dt.improve.clip(network(), (x, y), compile=COMPILE)
    assert isinstance(advice.model, nn.Module)


def test_a_teacher_of_pytorch() -> None:
    x, y = data()
    student = dt.Sequential(
        dt.Input((2, 8, 8)), dt.Conv2D(4, 3, data_format="channels_first"), dt.relu, dt.Flatten(),
        dt.Dense(3), seed=0,
    )  # fmt: skip
    student.compile("adam", "sparse_categorical_crossentropy")
    result = dt.improve.distil(student, network(), (x, y), epochs=1)
    assert "loss" in result.report.after.metrics
