"""Layers as modules of PyTorch, each beside PyTorch's own."""

from __future__ import annotations

import copy
import gc
import inspect
import io
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import CallError, ShapeError  # noqa: E402
from tests.hosts.torch.pairs import assert_same  # noqa: E402

nn, func = torch.nn, torch.func
double = torch.float64


class Gate(dt.Layer):
    """Keyword inputs, an optional array, a dict of outputs, and a tuple of layers."""

    features: int = dt.from_input(axis=-1)
    slope: float = 0.5
    scale = dt.Parameter("features", init="ones")
    calls = dt.State(init="zeros", dtype="int64")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = dt.LayerNorm()
        self.branches = (dt.Dense(3, "tanh"), "unused", dt.Dense(3))

    def forward(self, x: Any, mask: Any = None, *, training: bool = False) -> Any:
        if training:
            self.calls = self.calls + 1
        x = self.norm(x) * self.scale * self.slope
        out = self.branches[0](x) * self.branches[2](x)
        return {"out": out if mask is None else out * mask, "norm": x}


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, 6)
        self.norm = dt.RMSNorm.torch(6)
        self.head = dt.Sequential.torch(dt.Dense(8, "gelu"), dt.BatchNorm(), dt.Dense(2))

    def forward(self, x: Any) -> Any:
        return self.head(self.norm(self.first(x)))


def _linear(layer: Any) -> Any:
    other = nn.Linear(*layer.kernel.shape, dtype=double)
    other.weight.data, other.bias.data = layer.kernel.data.T.clone(), layer.bias.data.clone()
    return other


def _named(kind: Callable[..., Any], **names: str) -> Callable[[Any], Any]:
    """PyTorch's layer with the parameters of ours."""

    def make(layer: Any) -> Any:
        other = kind()
        for theirs, ours in names.items():
            getattr(other, theirs).data = getattr(layer, ours).data.clone()
        return other

    return make


Pair = tuple[Callable[[], Any], Callable[[Any], Any], dict[str, str]]
PAIRS: dict[str, Pair] = {
    "Dense": (lambda: dt.Dense.torch(4, features=6, dtype=double), _linear, {}),
    "LayerNorm": (
        lambda: dt.LayerNorm.torch(6, dtype=double),
        _named(lambda: nn.LayerNorm(6, dtype=double), weight="scale", bias="bias"),
        {"weight": "weight", "bias": "bias"},
    ),
    "RMSNorm": (
        lambda: dt.RMSNorm.torch(6, dtype=double),
        _named(lambda: nn.RMSNorm(6, eps=1e-6, dtype=double), weight="scale"),
        {"weight": "weight"},
    ),
    "BatchNorm": (
        lambda: dt.BatchNorm.torch(6, momentum=0.1, eps=1e-5, dtype=double),
        _named(lambda: nn.BatchNorm1d(6, dtype=double), weight="scale", bias="bias"),
        {"weight": "weight", "bias": "bias"},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("training", [True, False])
def test_beside_pytorchs_own(name: str, training: bool) -> None:
    make, like, names = PAIRS[name]
    ours = make().train(training)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn(parameter.shape, dtype=double))
    theirs = like(ours).train(training)
    x = torch.randn(7, 6, dtype=double)
    found = []
    for module in (ours, theirs):
        given = x.clone().requires_grad_()
        out = module(given)
        grads = torch.autograd.grad(
            (out * torch.cos(out)).sum(), [given, *module.parameters()], create_graph=True
        )
        (second,) = torch.autograd.grad(grads[0].square().sum(), given, retain_graph=True)
        by_name = dict(zip([n for n, _ in module.named_parameters()], grads[1:], strict=True))
        found.append((out, grads[0], second, by_name))
    assert_same(found[0][:3], found[1][:3], 1e-9)
    for their, our in names.items():
        assert_same(found[0][3][our], found[1][3][their], 1e-10)
    if name == "Dense":
        assert_same(found[0][3]["kernel"].T, found[1][3]["weight"])


def test_running_statistics() -> None:
    """As Keras's: the variance is the biased one; `momentum` is PyTorch's."""
    ours = dt.BatchNorm.torch(3, momentum=0.1, eps=1e-5, dtype=double)
    theirs = nn.BatchNorm1d(3, momentum=0.1, dtype=double)
    for _ in range(3):
        x = torch.randn(8, 3, dtype=double)
        assert_same(ours(x), theirs(x))
        # PyTorch takes the unbiased variance of the batch.
        biased = theirs.running_var - 0.1 * x.var(0) + 0.1 * x.var(0, correction=0)
        assert_same(ours.running_mean, theirs.running_mean)
        assert_same(ours.running_var, biased)
        theirs.running_var.copy_(biased)
    assert_same(ours.eval()(x), theirs.eval()(x))
    before = ours.running_mean.clone()
    ours(x)
    assert_same(ours.running_mean, before)


def test_embedding() -> None:
    ours = dt.Embedding.torch(5, 3, dtype=double)
    theirs = nn.Embedding(5, 3, _weight=ours.table.data.clone())
    index = torch.tensor([[0, 4, 4], [1, 0, 2]])
    for module in (ours, theirs):
        module(index).square().sum().backward()
    assert_same(ours(index), theirs(index))
    assert_same(ours.table.grad, theirs.weight.grad)


def test_dropout_in_training_alone() -> None:
    module = dt.Dropout.torch(0.25)
    x = torch.ones(100, 100)
    torch.manual_seed(1)
    first, second = module(x), module(x)
    assert abs(float((first == 0).float().mean()) - 0.25) < 0.02
    assert not torch.equal(first, second)
    assert_same(first.unique(), torch.tensor([0.0, 4 / 3]), 1e-6)
    assert torch.equal(module.eval()(x), x)
    torch.manual_seed(1)
    assert torch.equal(dt.Dropout.torch(0.25)(x), first)


# What a class says.


def test_the_class() -> None:
    kind = dt.RMSNorm.torch
    assert kind is dt.RMSNorm.torch
    assert issubclass(kind, nn.Module)
    assert (kind.__name__, kind.__doc__) == ("RMSNorm", dt.RMSNorm.__doc__)
    assert list(inspect.signature(kind).parameters) == [
        "features",
        "eps",
        "axis",
        "use_scale",
        "seed",
        "device",
        "dtype",
    ]
    module = kind(4, eps=1e-3)
    assert repr(module) == "RMSNorm(features=4, eps=0.001, axis=-1, use_scale=True)"
    assert (module.features, module.eps) == (4, 1e-3)
    assert isinstance(module.scale, nn.Parameter)
    with pytest.raises(CallError, match="epsilon"):
        kind(4, epsilon=1.0)


def test_a_field_may_change() -> None:
    x = torch.randn(2, 4, dtype=double)
    module = dt.Sequential.torch(dt.RMSNorm(4), dt.Dense(2, features=4), dtype=double)
    other = copy.deepcopy(module)
    before = module(x)
    module.layers[0].eps = 1.0
    want = nn.functional.rms_norm(x, (4,), module.layers[0].scale, 1.0) @ module.layers[1].kernel
    assert_same(module(x), want)
    assert_same(other(x), before)


def test_devices_types_and_defaults() -> None:
    module = dt.Dense.torch(3, features=2, device="meta", dtype=torch.bfloat16, seed=5)
    assert module.kernel.is_meta
    assert module.kernel.dtype is torch.bfloat16
    module.to_empty(device="cpu").reset_parameters()
    want = dt.Dense(3, features=2, seed=5).build((1, 2)).get("kernel")
    assert_same(module.kernel, torch.from_numpy(want).bfloat16())
    with torch.device("meta"):
        assert dt.Dense.torch(3, features=2).bias.is_meta
    torch.set_default_dtype(double)
    try:
        assert dt.RMSNorm.torch(2).scale.dtype is double
        assert Gate.torch(2).calls.dtype is torch.int64
    finally:
        torch.set_default_dtype(torch.float32)
    moved = dt.BatchNorm.torch(2).to(double)
    assert {t.dtype for t in moved.state_dict().values()} == {double}
    assert moved(torch.randn(3, 2, dtype=double)).dtype is double
    half = dt.LayerNorm.torch(4).half()
    assert half(torch.randn(3, 4).half()).dtype is torch.float16


def test_initial_values() -> None:
    layer = dt.Sequential(dt.Dense(4, features=3), dt.Dense(2, features=4), seed=7).build((1, 3))
    module = dt.Sequential.torch(dt.Dense(4, features=3), dt.Dense(2, features=4), seed=7)
    for path, array in layer.parameters().items():
        np.testing.assert_array_equal(module.get_parameter(path).detach().numpy(), array)
    torch.manual_seed(3)
    first, second = dt.Dense.torch(4, features=3), dt.Dense.torch(4, features=3)
    torch.manual_seed(3)
    again = dt.Dense.torch(4, features=3)
    assert torch.equal(first.kernel, again.kernel)
    assert not torch.equal(first.kernel, second.kernel)
    kernel = first.kernel
    first.reset_parameters()
    assert first.kernel is kernel
    assert not torch.equal(first.kernel, again.kernel)


# Layers in layers.


def test_submodules_are_the_layers_inside() -> None:
    module = Gate.torch(4, dtype=double)
    assert list(module.state_dict()) == [
        "scale", "calls", "norm.scale", "norm.bias", "branches.0.kernel", "branches.0.bias",
        "branches.2.kernel", "branches.2.bias",
    ] or module._incomplete  # fmt: skip
    x, mask = torch.randn(2, 4, dtype=double), torch.tensor([[1.0], [0.0]], dtype=double)
    found = module(x, mask=mask)
    assert isinstance(module.norm, dt.LayerNorm.torch)
    assert isinstance(module.branches[2], dt.Dense.torch)
    norm = nn.functional.layer_norm(x, (4,)) * 0.5
    left, right = module.branches[0], module.branches[2]
    want = torch.tanh(norm @ left.kernel + left.bias) * (norm @ right.kernel + right.bias)
    assert_same(found, {"out": want * mask, "norm": norm})
    assert_same(module(x), module(x, None))
    assert_same(left(norm), torch.tanh(norm @ left.kernel + left.bias))
    assert int(module.calls) == 3
    module.eval()(x)
    assert int(module.calls) == 3
    module(x, training=True)
    assert int(module.calls) == 4


def test_a_layer_that_occurs_twice_is_one_module() -> None:
    shared = dt.Dense(3, features=3)
    module = dt.Sequential.torch(shared, "relu", shared, dtype=double)
    assert module.layers[0] is module.layers[2]
    assert len(list(module.parameters())) == 2
    x = torch.randn(2, 3, dtype=double)
    kernel, bias = module.layers[0].kernel, module.layers[0].bias
    assert_same(module(x), torch.relu(x @ kernel + bias) @ kernel + bias)
    other = copy.deepcopy(module)
    assert other.layers[0] is other.layers[2]


def test_a_part_may_be_frozen_in_evaluation() -> None:
    module = dt.Sequential.torch(dt.BatchNorm(3), dt.BatchNorm(3), dtype=double)
    module.layers[0].eval()
    before = module.layers[0].running_mean.clone()
    module(torch.randn(5, 3, dtype=double) + 2)
    assert_same(module.layers[0].running_mean, before)
    assert module.layers[1].running_mean.abs().max() > 1e-3


# Sizes from the input.


def test_sizes_from_the_first_input() -> None:
    torch.manual_seed(0)
    module = dt.Sequential.torch(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(2), seed=3)
    parameters = list(module.parameters())
    assert all(isinstance(p, nn.parameter.UninitializedParameter) for p in parameters[:1])
    clone = copy.deepcopy(module)
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    x = torch.randn(3, 5)
    module(x).square().sum().backward()
    assert [id(p) for p in module.parameters()] == [id(p) for p in parameters]
    assert module.layers[0].kernel.shape == (5, 4)
    assert type(module.layers[0].kernel) is nn.Parameter
    optimizer.step()
    want = dt.Sequential(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(2), seed=3)
    got = clone.eval()(x).detach().numpy()
    np.testing.assert_allclose(got, want(x.numpy()), atol=1e-6)
    with pytest.raises(ShapeError, match="axis"):
        module(torch.randn(3, 6))


def test_a_state_dict_says_the_sizes() -> None:
    made = dt.Sequential.torch(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(2))
    x = torch.randn(3, 5)
    made(x)
    fresh = dt.Sequential.torch(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(2))
    fresh.load_state_dict(made.state_dict())
    assert fresh.layers[0].features == 5
    assert_same(fresh.eval()(x), made.eval()(x))
    empty = dt.Sequential.torch(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(2))
    file = io.BytesIO()
    torch.save(empty.state_dict(), file)
    double_sized = dt.Sequential.torch(dt.Dense(4), dt.BatchNorm(), dt.Dense(2)).to(double)
    double_sized.load_state_dict(made.state_dict())
    assert double_sized.layers[0].kernel.dtype is double


# The module of a layer itself.


def test_a_layer_and_its_module_are_one() -> None:
    layer = dt.Sequential(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(1), seed=0)
    x = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
    module = layer.torch
    assert layer.torch is module
    assert isinstance(module, dt.Sequential.torch)
    given = torch.from_numpy(x)
    np.testing.assert_allclose(layer(given).detach(), layer(x), atol=1e-6)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    module.train()(given).square().sum().backward()
    optimizer.step()
    np.testing.assert_allclose(layer(given).detach(), layer(x), atol=1e-6)
    layer.compile(optimizer=dt.Adam(0.1), loss="mean_squared_error")
    before = layer(x)
    layer.fit(x, np.ones((6, 1), np.float32), epochs=3, verbose=0)
    assert np.abs(layer(x) - before).max() > 1e-2
    np.testing.assert_allclose(layer(given).detach(), layer(x), atol=1e-6)
    np.testing.assert_allclose(module(given, training=False).detach(), layer(x), atol=1e-6)
    layer(given, training=True)
    np.testing.assert_allclose(layer.get("layers.1.running_mean"), module.layers[1].running_mean)
    other = pickle.loads(pickle.dumps(module))
    np.testing.assert_allclose(other.eval()(given).detach(), layer(x), atol=1e-6)


def test_a_layer_is_not_kept_alive_by_its_module() -> None:
    layer = dt.Dense(3, features=2)
    module, known = layer.torch, weakref.ref(layer)
    del layer
    gc.collect()
    assert known() is None
    assert module(torch.ones(1, 2)).shape == (1, 3)


# Copies.


@pytest.mark.parametrize("make", [lambda: Gate.torch(4), Model, lambda: dt.Dense.torch(3, "tanh")])
def test_copies_and_files(make: Callable[[], Any]) -> None:
    module = make()
    width = 5 if isinstance(module, Model) else 4
    x = torch.randn(3, width)
    module(x)
    module.eval()
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    others = [
        copy.deepcopy(module), pickle.loads(pickle.dumps(module)),
        torch.load(file, weights_only=False),
    ]  # fmt: skip
    want = module(x)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1.0)
    for other in others:
        assert type(other) is type(module)
        assert repr(other) == repr(module)
        assert_same(other(x), want)
    fresh = make()
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    fresh.load_state_dict(torch.load(file, weights_only=True))
    assert_same(fresh.eval()(x), module(x))


def test_the_root_of_a_symbolic_trace() -> None:
    model = Model()
    x = torch.randn(3, 5)
    model(x)
    model.eval()
    traced = torch.fx.symbolic_trace(model)
    assert [n.target for n in traced.graph.nodes if n.op == "call_module"] == [
        "first", "norm", "head",
    ]  # fmt: skip
    assert_same(traced(x), model(x))
    with pytest.raises(CallError, match="RMSNorm"):
        torch.fx.symbolic_trace(model.norm)
