"""Models of PyTorch taken over: the same predictions, from the same arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import UnsupportedError

torch = pytest.importorskip("torch")
nn = torch.nn
RNG = np.random.default_rng(0)


def spread(module: Any) -> Any:
    """Parameters and buffers that are not at their first values."""
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(torch.tensor(RNG.uniform(0.2, 1.0, tuple(tensor.shape))))
    return module


CASES = {
    "dense": (
        nn.Sequential(
            nn.Linear(6, 5), nn.BatchNorm1d(5), nn.GELU(), nn.Identity(), nn.Dropout(0.5),
            nn.Sequential(nn.Linear(5, 4, bias=False), nn.LayerNorm(4), nn.LeakyReLU(0.1)),
            nn.Softmax(dim=-1),
        ), (3, 6),
    ),
    "images": (
        nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
            nn.Conv2d(4, 6, (3, 2), dilation=(1, 2), groups=2, padding="same", bias=False),
            nn.MaxPool2d(2, padding=1), nn.AvgPool2d(2, stride=1, count_include_pad=False),
            nn.Flatten(), nn.Linear(54, 2), nn.ELU(0.7), nn.LogSoftmax(dim=1),
        ), (2, 3, 12, 12),
    ),
    "sequences": (
        nn.Sequential(
            nn.Conv1d(3, 4, 5, padding=2), nn.SiLU(), nn.MaxPool1d(3, 2), nn.AvgPool1d(2),
            nn.GELU(approximate="tanh"), nn.Mish(), nn.Softplus(beta=2.0), nn.Tanh(), nn.Sigmoid(),
        ), (2, 3, 20),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_model_predicts_as_before(name: str) -> None:
    module, shape = CASES[name]
    spread(module.eval())
    x = RNG.normal(size=shape).astype(np.float32)
    model = dt.from_torch(module)
    expected = module.double()(torch.tensor(x, dtype=torch.float64)).detach().numpy()
    module.float()
    scale = np.abs(expected).max()
    assert np.abs(model.predict(x) - expected).max() < 1e-5 * scale
    back = model.to("torch")(torch.tensor(x)).detach().numpy()
    assert np.abs(back - expected).max() < 1e-5 * scale


def test_float64_stays() -> None:
    module = spread(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Tanh()).double().eval())
    x = RNG.normal(size=(5, 4))
    expected = module(torch.tensor(x)).detach().numpy()
    found = dt.from_torch(module).predict(x)
    assert found.dtype == np.float64 and np.abs(found - expected).max() < 1e-12


def test_its_file_holds_names(tmp_path: Path) -> None:
    model = dt.from_torch(CASES["sequences"][0])
    x = RNG.normal(size=CASES["sequences"][1]).astype(np.float32)
    model.save(tmp_path / "m")
    assert b'"extensions":[]' in (tmp_path / "m").read_bytes()
    assert np.array_equal(dt.load(tmp_path / "m").predict(x), model.predict(x))


def test_a_batch_moves_the_same_statistics() -> None:
    module = spread(nn.Sequential(nn.BatchNorm1d(3, momentum=0.3)))
    x = RNG.normal(size=(8, 3)).astype(np.float32)
    model = dt.from_torch(module)
    model(x, training=True)
    module.train()(torch.tensor(x))
    found = model.states()["layers.0.running_var"]
    assert np.allclose(found, module[0].running_var.numpy(), rtol=1e-5)


def test_an_embedding() -> None:
    module = nn.Embedding(7, 3)
    found = dt.from_torch(module)(np.array([[0, 6], [3, 3]]))
    assert np.array_equal(found, module(torch.tensor([[0, 6], [3, 3]])).detach().numpy())


def test_what_no_layer_says_is_refused_by_name() -> None:
    class Own(nn.Module):
        pass

    with pytest.raises(UnsupportedError, match=r"Own at '1'"):
        dt.from_torch(nn.Sequential(nn.Linear(2, 2), Own()))
    with pytest.raises(UnsupportedError, match=r"MaxPool2d.*return_indices=True"):
        dt.from_torch(nn.Sequential(nn.MaxPool2d(2, return_indices=True)))
    with pytest.raises(UnsupportedError, match=r"Conv2d.*padding_mode='circular'"):
        dt.from_torch(nn.Conv2d(2, 2, 3, padding_mode="circular"))
    with pytest.raises(UnsupportedError, match=r"Softmax.*dim=None"):  # PyTorch guesses one
        dt.from_torch(nn.Sequential(nn.Softmax()))


def test_bfloat16_is_taken_as_float32() -> None:
    module = nn.Linear(3, 2).bfloat16()
    model = dt.from_torch(module)
    assert np.array_equal(model.get("layers.0.kernel"), module.weight.detach().float().numpy().T)
    x = torch.randn(4, 3).bfloat16()
    assert np.array_equal(model.predict(x), model.predict(x.float()))
