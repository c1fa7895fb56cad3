"""PyTorch's names on PyTorch's forms: arguments, attributes, state dicts; values as torch.nn's."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402

nn = torch.nn
X = torch.randn(4, 6, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

# Ours, torch.nn's, the arguments of torch.nn's for both, more arguments of ours.
LAYERS: dict[str, tuple[Any, Any, dict[str, Any], dict[str, Any]]] = {
    "BatchNorm2d": (
        dt.BatchNorm, nn.BatchNorm2d, {"num_features": 6, "eps": 1e-4, "momentum": 0.3},
        {"axis": 1, "unbiased": True},
    ),
    "BatchNorm2d, not affine": (
        dt.BatchNorm, nn.BatchNorm2d, {"num_features": 6, "affine": False, "eps": 1e-5},
        {"axis": 1, "unbiased": True, "momentum": 0.1},
    ),
    "LayerNorm": (dt.LayerNorm, nn.LayerNorm, {"normalized_shape": 3, "eps": 1e-3}, {}),
    "LayerNorm of several axes": (dt.LayerNorm, nn.LayerNorm, {"normalized_shape": (5, 3)}, {}),
    "LayerNorm without bias": (
        dt.LayerNorm, nn.LayerNorm, {"normalized_shape": [5, 3], "bias": False}, {},
    ),
    "LayerNorm, not affine": (
        dt.LayerNorm, nn.LayerNorm, {"normalized_shape": 3, "elementwise_affine": False}, {},
    ),
    "RMSNorm": (dt.RMSNorm, nn.RMSNorm, {"normalized_shape": (5, 3), "eps": 1e-3}, {}),
    "PReLU": (dt.PReLU, nn.PReLU, {"init": 0.4}, {}),
    "PReLU per channel": (dt.PReLU, nn.PReLU, {"num_parameters": 6}, {}),
    "Dropout": (dt.Dropout, nn.Dropout, {"p": 0.0, "inplace": True}, {}),
    "Flatten": (dt.Flatten, nn.Flatten, {"start_dim": 1}, {}),
}  # fmt: skip


def _randomised(module: Any) -> Any:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(torch.randn(each.shape, generator=generator))
    return module.double()


@pytest.mark.parametrize("case", LAYERS)
def test_a_state_dict_of_torch_nn_loads_and_goes_back(case: str) -> None:
    kind, their_kind, arguments, more = LAYERS[case]
    theirs = _randomised(their_kind(**arguments))
    ours = kind.torch(**arguments, **more, dtype=torch.float64)
    missing = {"num_batches_tracked"} & theirs.state_dict().keys()
    assert ours.state_dict().keys() == theirs.state_dict().keys() - missing
    ours.load_state_dict(theirs.state_dict())
    for _ in range(2):  # in training, where there is a difference
        torch.testing.assert_close(ours(X.clone()), theirs(X.clone()))
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(X.clone()), theirs(X.clone()))
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, theirs.state_dict()[name])
    again = _randomised(their_kind(**arguments))
    again.load_state_dict(ours.state_dict())
    torch.testing.assert_close(again.eval()(X.clone()), theirs(X.clone()))
    names = [name for name, _ in ours.named_parameters()]
    assert names == [name for name, _ in theirs.named_parameters()]


def test_inside_of_a_model_and_lazily() -> None:
    theirs = nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.Embedding(4, 2))[:2]
    _randomised(theirs)
    layer = dt.Sequential(dt.Dense(8), dt.LayerNorm())
    for ours in (nn.Sequential(dt.Dense.torch(8), dt.LayerNorm.torch()), layer.torch):
        ours = ours.double()
        state = theirs.state_dict()
        if not isinstance(ours, nn.Sequential):
            state = {f"layers.{name}": value for name, value in state.items()}
        ours.load_state_dict(state)
        torch.testing.assert_close(ours(X), theirs(X))
    table = nn.Embedding(7, 3)
    ours = dt.Embedding.torch(num_embeddings=7, embedding_dim=3)
    ours.load_state_dict(table.state_dict())
    indices = torch.tensor([[0, 6], [3, 3]])
    torch.testing.assert_close(ours(indices), table(indices))


def test_arguments_that_are_several_fields_are_attributes() -> None:
    for sizes in ((4, 5), 6):
        ours, theirs = dt.LayerNorm.torch(normalized_shape=sizes), nn.LayerNorm(sizes)
        assert ours.normalized_shape == theirs.normalized_shape
        assert ours.elementwise_affine is theirs.elementwise_affine is True
    assert dt.RMSNorm.torch(normalized_shape=[3]).normalized_shape == (3,)
    assert not dt.LayerNorm.torch(4, elementwise_affine=False).elementwise_affine
    assert dt.BatchNorm.torch(4).affine
    assert not dt.BatchNorm.torch(4, affine=False).affine
    assert dt.PReLU.torch(num_parameters=5).num_parameters == 5
    assert not hasattr(dt.LayerNorm.torch(), "normalized_shape")  # not known yet
    assert not hasattr(dt.LayerNorm.torch(), "num_parameters")


def test_momentum_is_a_number_as_written() -> None:
    for momentum in (0.01, 0.1, 0.3):
        assert dt.BatchNorm.torch(4, momentum=momentum).momentum == momentum
    assert dt.BatchNorm.torch(4).momentum == 0.01
    with pytest.raises(errors.ArgumentError, match="momentum of BatchNorm is None"):
        dt.BatchNorm.torch(4, momentum=None)
    module = dt.BatchNorm.torch(4)
    with pytest.raises(errors.ArgumentError, match="momentum of BatchNorm is None"):
        module.momentum = None


def test_one_slope_needs_no_input() -> None:
    module = dt.PReLU.torch(init=0.5)
    assert module.weight.shape == (1,)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    module(-torch.ones(3)).sum().backward()
    optimizer.step()
    assert module.weight.item() == 2.0
    nn.PReLU().load_state_dict(dt.PReLU.torch().state_dict())
    layer = dt.Sequential(dt.Dense(3, features=4), dt.PReLU(), seed=1)
    assert [tuple(each.shape) for each in layer.torch.parameters()] == [(4, 3), (3,), (1,)]
    torch.testing.assert_close(
        layer.torch(torch.ones(2, 4)).detach().numpy(), layer(np.ones((2, 4), np.float32))
    )


def test_our_names_load_and_are_attributes() -> None:
    module = dt.BatchNorm.torch(6, momentum=0.25)
    assert isinstance(module.weight, nn.Parameter)
    assert module.scale is module.weight
    assert module.momentum == 0.25
    assert module._layer.momentum == 0.75
    assert "momentum=0.25" in repr(module)
    assert (module.num_features, module.features, module.eps) == (6, 6, 1e-3)
    module.momentum = 0.5
    assert module._layer.momentum == 0.5
    old = {"scale": torch.rand(6), "bias": torch.rand(6), "running_mean": torch.rand(6),
           "running_var": torch.rand(6)}  # fmt: skip
    module.load_state_dict(old)
    torch.testing.assert_close(module.weight.data, old["scale"])
    module.scale = nn.Parameter(torch.zeros(6))
    assert not module.weight.any()
    assert "scale" not in dict(module.named_parameters())
    assert dt.LayerNorm.torch(4, use_bias=False).bias is None
    for other in (copy.deepcopy(module), dt.BatchNorm(6, momentum=0.5).torch):
        assert other.scale is other.weight
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing
    # A definition's own subclass has the names, too; other classes keep theirs.

    class Mine(dt.LayerNorm):
        pass

    assert [*Mine.torch(3).state_dict()] == ["weight", "bias"]


ACTIVATIONS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "ReLU": (dt.relu, nn.ReLU, {"inplace": True}),
    "ReLU6": (dt.relu6, nn.ReLU6, {"inplace": True}),
    "LeakyReLU": (dt.leaky_relu, nn.LeakyReLU, {"negative_slope": 0.2, "inplace": True}),
    "ELU": (dt.elu, nn.ELU, {"alpha": 0.5, "inplace": False}),
    "CELU": (dt.celu, nn.CELU, {"alpha": 0.5}),
    "SELU": (dt.selu, nn.SELU, {"inplace": True}),
    "GELU": (dt.gelu, nn.GELU, {"approximate": "tanh"}),
    "GELU, exact": (dt.gelu, nn.GELU, {"approximate": "none"}),
    "SiLU": (dt.silu, nn.SiLU, {"inplace": True}),
    "Mish": (dt.mish, nn.Mish, {"inplace": True}),
    "Softplus": (dt.softplus, nn.Softplus, {"beta": 2.0, "threshold": 1.5}),
    "Hardtanh": (dt.hard_tanh, nn.Hardtanh, {"min_val": -0.5, "max_val": 0.25, "inplace": True}),
    "Hardsigmoid": (dt.hard_sigmoid, nn.Hardsigmoid, {"inplace": True}),
    "Hardswish": (dt.hard_swish, nn.Hardswish, {"inplace": True}),
    "Softshrink": (dt.soft_shrink, nn.Softshrink, {"lambd": 0.3}),
    "Hardshrink": (dt.hard_shrink, nn.Hardshrink, {"lambd": 0.3}),
    "Tanhshrink": (dt.tanh_shrink, nn.Tanhshrink, {}),
    "Softsign": (dt.softsign, nn.Softsign, {}),
    "LogSigmoid": (dt.log_sigmoid, nn.LogSigmoid, {}),
    "Softmax": (dt.softmax, nn.Softmax, {"dim": 1}),
    "LogSoftmax": (dt.log_softmax, nn.LogSoftmax, {"dim": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", ACTIVATIONS)
def test_activations_take_the_arguments_of_torch_nn(case: str) -> None:
    function, kind, arguments = ACTIVATIONS[case]
    given = X.clone()
    ours = function.torch(**arguments)(given)
    assert torch.equal(given, X)  # `inplace` is taken, and the result is new
    torch.testing.assert_close(ours, kind(**arguments)(X.clone()))


OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "SGD": (dt.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0, "foreach": True}),
    "Adam": (dt.Adam, {"lr": 0.1, "betas": (0.8, 0.9), "amsgrad": True, "fused": True}),
    "AdamW": (dt.AdamW, {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True, "foreach": False}),
    "RMSprop": (dt.RMSprop, {"lr": 0.1, "alpha": 0.8, "centered": False, "eps": 1e-8}),
    "Adagrad": (dt.Adagrad, {"lr": 0.1, "lr_decay": 0, "fused": None, "eps": 1e-6}),
}


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_optimizers_take_the_arguments_of_torch_optim(case: str) -> None:
    kind, arguments = OPTIMIZERS[case]
    params = [nn.Parameter(X[0].clone()) for _ in range(2)]
    both = [kind.torch([params[0]], **arguments),
            getattr(torch.optim, case)([params[1]], **arguments)]  # fmt: skip
    for step in range(5):
        for param, optimizer in zip(params, both, strict=True):
            param.grad = torch.cos(X[1] * (step + 1)) * (5 - step)
            optimizer.step()
    torch.testing.assert_close(params[0], params[1])


def test_an_option_that_means_another_rule_is_refused() -> None:
    params = [nn.Parameter(torch.ones(2))]
    for make in (
        lambda: dt.SGD.torch(params, dampening=0.5),
        lambda: dt.RMSprop.torch(params, centered=True),
        lambda: dt.Adam.torch(params, differentiable=True),
        lambda: dt.BatchNorm.torch(3, track_running_stats=False),
        lambda: dt.Embedding.torch(3, 4, padding_idx=0),
        lambda: dt.Flatten.torch(end_dim=2),
    ):
        with pytest.raises(errors.ArgumentError, match="no other rule"):
            make()
    for make in (
        lambda: dt.LayerNorm.torch(normalized_shape=3, features=4),
        lambda: dt.softmax.torch(dim=1, axis=0),
        lambda: dt.mish.torch(inplaced=True),
        lambda: dt.Adam.torch(params, fuse=True),
    ):
        with pytest.raises(errors.CallError):
            make()


def test_a_name_of_the_definition_s_own_comes_first() -> None:
    @dt.activation
    def own(x: Any, inplace: float = 2.0) -> Any:
        return inplace * x

    torch.testing.assert_close(own.torch(inplace=3.0)(X), 3.0 * X)

    class Own(dt.Optimizer):
        fused: float = 0.5

        def update(self, param: Any, grad: Any) -> Any:
            return param - self.fused * grad

    param = nn.Parameter(torch.ones(2))
    param.grad = torch.ones(2)
    Own.torch([param], fused=0.25, foreach=True).step()
    assert (param == 0.75).all()
