"""Layers over windows beside torch.nn's with the same weights, in float64, on two hosts.

A state_dict of torch.nn's is loaded into ours; values, gradients of inputs and of parameters agree
in PyTorch and on NumPy's arrays, and the weights go back.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.torch.layer_arrays import as_torch_nn  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
nn = torch.nn
FIRST = {"data_format": "channels_first"}
SPACE: dict[int, Any] = {1: (4, 6, 11), 2: (4, 6, 9, 8), 3: (2, 6, 5, 7, 6)}

# Ours, torch.nn's, the dimensions of space, the arguments of torch.nn's for both, more of ours.
Case = tuple[Any, Any, int, dict[str, Any], dict[str, Any]]
LAYERS: dict[str, Case] = {
    "Conv1d": (
        dt.Conv1D, nn.Conv1d, 1, {"in_channels": 6, "out_channels": 4, "kernel_size": 3}, {},
    ),
    "Conv1d, strided, dilated": (
        dt.Conv1D, nn.Conv1d, 1,
        {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 2,
         "dilation": 2, "groups": 2}, {},
    ),
    "Conv2d": (
        dt.Conv2D, nn.Conv2d, 2, {"in_channels": 6, "out_channels": 9, "kernel_size": (3, 2)}, {},
    ),
    "Conv2d, same": (
        dt.Conv2D, nn.Conv2d, 2,
        {"in_channels": 6, "out_channels": 5, "kernel_size": (4, 3), "padding": "same",
         "dilation": (1, 2), "padding_mode": "zeros"}, {},
    ),
    "Conv2d, groups": (
        dt.Conv2D, nn.Conv2d, 2,
        {"in_channels": 6, "out_channels": 9, "kernel_size": 3, "stride": (2, 1), "groups": 3,
         "padding": (1, 0), "bias": False}, {},
    ),
    "Conv3d": (
        dt.Conv3D, nn.Conv3d, 3,
        {"in_channels": 6, "out_channels": 4, "kernel_size": (2, 3, 3), "padding": 1,
         "stride": (1, 2, 2)}, {},
    ),
    "ConvTranspose1d": (
        dt.Conv1DTranspose, nn.ConvTranspose1d, 1,
        {"in_channels": 6, "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1,
         "output_padding": 1}, {},
    ),
    "ConvTranspose2d": (
        dt.Conv2DTranspose, nn.ConvTranspose2d, 2,
        {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "stride": (1, 2), "padding": 0}, {},
    ),
    "ConvTranspose2d, groups": (
        dt.Conv2DTranspose, nn.ConvTranspose2d, 2,
        {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "stride": 2, "groups": 2,
         "padding": (1, 0), "output_padding": (1, 0), "bias": False, "dilation": (1, 2)}, {},
    ),
    "ConvTranspose3d": (
        dt.Conv3DTranspose, nn.ConvTranspose3d, 3,
        {"in_channels": 6, "out_channels": 2, "kernel_size": 2, "stride": 2, "padding": 0}, {},
    ),
    "MaxPool1d": (
        dt.MaxPool1D, nn.MaxPool1d, 1, {"kernel_size": 3, "stride": 2, "padding": 1}, {},
    ),
    "MaxPool2d": (dt.MaxPool2D, nn.MaxPool2d, 2, {"kernel_size": 2, "ceil_mode": False}, {}),
    "MaxPool2d, ceil mode": (
        dt.MaxPool2D, nn.MaxPool2d, 2,
        {"kernel_size": (3, 2), "stride": (2, 4), "padding": 1, "ceil_mode": True}, {},
    ),
    "AvgPool2d, ceil mode": (
        dt.AveragePool2D, nn.AvgPool2d, 2,
        {"kernel_size": (3, 4), "stride": (2, 5), "padding": 1, "ceil_mode": True}, {},
    ),
    "MaxPool2d, dilated": (
        dt.MaxPool2D, nn.MaxPool2d, 2,
        {"kernel_size": (2, 3), "stride": 1, "dilation": 2, "padding": (1, 0)}, {},
    ),
    "MaxPool3d": (dt.MaxPool3D, nn.MaxPool3d, 3, {"kernel_size": 2, "stride": (1, 2, 2)}, {}),
    "AvgPool1d": (dt.AveragePool1D, nn.AvgPool1d, 1, {"kernel_size": 3, "padding": 1}, {}),
    "AvgPool2d": (
        dt.AveragePool2D, nn.AvgPool2d, 2, {"kernel_size": 3, "stride": 2, "padding": 1}, {},
    ),
    "AvgPool2d, without padding": (
        dt.AveragePool2D, nn.AvgPool2d, 2,
        {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, {},
    ),
    "AvgPool3d": (dt.AveragePool3D, nn.AvgPool3d, 3, {"kernel_size": (2, 3, 2)}, {}),
    "AdaptiveAvgPool1d": (
        dt.AdaptiveAveragePool1D, nn.AdaptiveAvgPool1d, 1, {"output_size": 4}, {},
    ),
    "AdaptiveAvgPool2d": (
        dt.AdaptiveAveragePool2D, nn.AdaptiveAvgPool2d, 2, {"output_size": (3, 5)}, {},
    ),
    "AdaptiveAvgPool2d, one axis": (
        dt.AdaptiveAveragePool2D, nn.AdaptiveAvgPool2d, 2, {"output_size": (None, 11)}, {},
    ),
    "AdaptiveAvgPool3d": (
        dt.AdaptiveAveragePool3D, nn.AdaptiveAvgPool3d, 3, {"output_size": 4}, {},
    ),
    "AdaptiveMaxPool1d": (dt.AdaptiveMaxPool1D, nn.AdaptiveMaxPool1d, 1, {"output_size": 7}, {}),
    "AdaptiveMaxPool2d": (
        dt.AdaptiveMaxPool2D, nn.AdaptiveMaxPool2d, 2,
        {"output_size": (2, 4), "return_indices": False}, {},
    ),
    "AdaptiveMaxPool3d": (dt.AdaptiveMaxPool3D, nn.AdaptiveMaxPool3d, 3, {"output_size": 3}, {}),
    "ZeroPad1d": (dt.ZeroPadding1D, nn.ZeroPad1d, 1, {"padding": (1, 2)}, {}),
    "ZeroPad2d": (dt.ZeroPadding2D, nn.ZeroPad2d, 2, {"padding": (1, 2, 0, 3)}, {}),
    "ZeroPad3d": (dt.ZeroPadding3D, nn.ZeroPad3d, 3, {"padding": (0, 1, 2, 0, 1, 1)}, {}),
    "ZeroPad2d, one number": (dt.ZeroPadding2D, nn.ZeroPad2d, 2, {"padding": 2}, {}),
    "Upsample, nearest": (
        dt.UpSampling2D, nn.Upsample, 2, {"scale_factor": 2.0, "mode": "nearest"}, {},
    ),
    "Upsample, bilinear": (
        dt.UpSampling2D, nn.Upsample, 2,
        {"scale_factor": (3, 2), "mode": "bilinear", "align_corners": False}, {},
    ),
    "GroupNorm": (dt.GroupNorm, nn.GroupNorm, 2, {"num_groups": 3, "num_channels": 6, "eps": 1e-3},
                  {"axis": 1}),
    "GroupNorm, not affine": (
        dt.GroupNorm, nn.GroupNorm, 1, {"num_groups": 2, "num_channels": 6, "affine": False},
        {"axis": 1},
    ),
    "InstanceNorm2d": (
        dt.InstanceNorm, nn.InstanceNorm2d, 2,
        {"num_features": 6, "affine": True, "eps": 1e-4, "momentum": 0.3}, {"axis": 1},
    ),
    "InstanceNorm3d": (
        dt.InstanceNorm, nn.InstanceNorm3d, 3, {"num_features": 6, "affine": False}, {"axis": 1},
    ),
}  # fmt: skip


def randomised(module: Any) -> Any:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(torch.randn(each.shape, generator=generator))
    return module.double()


def pair(case: str) -> tuple[Any, Any, Any]:
    """torch.nn's module, ours with its weights, and an input with channels first."""
    kind, their_kind, rank, arguments, more = LAYERS[case]
    theirs = randomised(their_kind(**arguments))
    given = {} if "axis" in more else FIRST
    ours = kind.torch(**arguments, **more, **given, dtype=torch.float64)
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])
    x = torch.randn(SPACE[rank], generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return theirs, ours, x


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def results(module: Any, x: Any, weights: Any) -> tuple[Any, Any]:
    """The value and the gradient by x of a weighted sum; parameters get theirs."""
    x = x.clone().requires_grad_()
    y = module(x)
    (y * weights).sum().backward()
    return y.detach(), x.grad


@pytest.mark.parametrize("case", LAYERS)
def test_values_and_gradients_are_those_of_torch_nn(case: str) -> None:
    theirs, ours, x = pair(case)
    weights = torch.cos(torch.arange(theirs(x).numel(), dtype=torch.float64)).view(theirs(x).shape)
    value, gradient = results(theirs, x, weights)
    for found, expected in zip(results(ours, x, weights), (value, gradient), strict=True):
        close(found, expected)
    layer: Any = ours._layer
    expected_grads = {name: each.grad for name, each in theirs.named_parameters()}
    found_grads = {}
    for name in layer.declared:
        tensor = getattr(ours, name)
        if tensor is not None:
            their_name, grad = as_torch_nn(ours._names, layer, name, tensor.grad)
            found_grads[their_name] = grad
    assert found_grads.keys() == expected_grads.keys()
    for name, grad in found_grads.items():
        close(grad, expected_grads[name])

    # The same on NumPy's arrays.
    own = copy.deepcopy(layer)
    parameters = {name: getattr(ours, name).detach().numpy() for name in layer.declared
                  if getattr(ours, name) is not None}  # fmt: skip
    pure = own.pure(x.numpy())

    def loss(parameters: Any, x: Any) -> Any:
        return dt.sum(pure.apply(parameters, {}, x)[0] * weights.numpy())

    close(pure.apply(parameters, {}, x.numpy())[0], value)
    in_parameters, in_x = dt.grad(loss, (0, 1))(parameters, x.numpy())
    close(in_x, gradient)
    for name, grad in in_parameters.items():
        their_name, relaid = as_torch_nn(ours._names, layer, name, torch.tensor(grad))
        close(relaid, expected_grads[their_name])


@pytest.mark.parametrize("case", [name for name in LAYERS if "onv" in name or "Norm" in name])
def test_weights_go_back(case: str) -> None:
    theirs, ours, x = pair(case)
    _, their_kind, _, arguments, _ = LAYERS[case]
    again = their_kind(**arguments).double()
    again.load_state_dict(ours.torch_nn_state_dict())
    assert torch.equal(again(x), theirs(x))


def test_sizes_come_from_the_weights() -> None:
    theirs = randomised(nn.Conv2d(6, 4, 3, groups=2))
    ours = dt.Conv2D.torch(4, 3, groups=2, **FIRST).double()
    ours.load_state_dict(theirs.state_dict())
    assert ours.in_channels == 6
    x = torch.randn(2, 6, 5, 5, dtype=torch.float64)
    close(ours(x).detach(), theirs(x).detach())


@pytest.mark.parametrize("multiplier", [1, 2])
def test_depthwise_weights(multiplier: int) -> None:
    theirs = randomised(nn.Conv2d(6, 6 * multiplier, 3, groups=6, stride=2))
    ours = dt.DepthwiseConv2D.torch(3, depth_multiplier=multiplier, stride=2, **FIRST).double()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 6, 7, 9, dtype=torch.float64)
    close(ours(x).detach(), theirs(x).detach())
    back = nn.Conv2d(6, 6 * multiplier, 3, groups=6, stride=2).double()
    back.load_state_dict(ours.torch_nn_state_dict())
    assert torch.equal(back(x), theirs(x))
    whole = nn.Conv2d(6, 6, 3)
    with pytest.raises(errors.StructureError, match="as many groups as channels"):
        dt.DepthwiseConv2D.torch(3).load_state_dict(whole.state_dict())


def test_a_network_of_torch_nn_runs_on_channels_last() -> None:
    """The flattened map keeps PyTorch's order for the dense weights that were learned there."""
    theirs = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3),
        nn.GroupNorm(2, 4), nn.Flatten(), nn.Linear(4 * 2 * 3, 5),
    ).double()  # fmt: skip
    randomised(theirs)
    model = dt.Sequential(
        dt.Conv2D(8, 3, padding="same"), dt.relu, dt.MaxPool2D(2), dt.Conv2D(4, 3),
        dt.GroupNorm(2), dt.Flatten(order="channels_first"), dt.Dense(5),
    )  # fmt: skip
    module = model.torch.double()
    module.load_state_dict({f"layers.{name}": v for name, v in theirs.state_dict().items()})
    x = torch.randn(2, 3, 8, 10, dtype=torch.float64)
    close(module(x.movedim(1, -1)).detach(), theirs(x).detach())
    plain = {name.removeprefix("layers."): v for name, v in module.torch_nn_state_dict().items()}
    again = copy.deepcopy(theirs)
    randomised(again[0])
    again.load_state_dict(plain)
    assert torch.equal(again(x), theirs(x))


def test_what_means_another_rule_is_refused() -> None:
    for make in (
        lambda: dt.Conv2D.torch(3, 3, padding_mode="reflect"),
        lambda: dt.MaxPool2D.torch(2, return_indices=True),
        lambda: dt.AveragePool2D.torch(2, divisor_override=3),
        lambda: dt.InstanceNorm.torch(3, track_running_stats=True),
        lambda: dt.UpSampling2D.torch(2, align_corners=True),
        lambda: dt.AdaptiveMaxPool2D.torch(2, return_indices=True),
    ):
        with pytest.raises(errors.ArgumentError, match="no other rule"):
            make()
