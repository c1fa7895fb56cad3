"""What PyTorch calls the arguments and arrays of the library's pieces (see hosts/aliases.py).

The values of `momentum` are PyTorch's on PyTorch's forms: one minus ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from dovetail.errors import ArgumentError, StructureError
from dovetail.hosts.aliases import ANY, Joined, Names, Relaid, Renamed, Spread, Table

_INPLACE = {"inplace": ANY}  # the result is a new tensor all the same


def _complement(value: float | None) -> float:
    if value is None:  # the running statistics would be those of all batches alike
        remedy = "give a number, or use PyTorch's own for a cumulative average"
        raise ArgumentError("BatchNorm", "momentum", value, "a number", remedy)
    return round(1.0 - value, 15)  # 0.99 is the complement of 0.01, to the last digit


_AFFINE = Spread(
    lambda value: {"use_scale": value, "use_bias": value}, lambda layer: layer.use_scale
)


def _normalized_shape(value: Any) -> Mapping[str, Any]:
    if isinstance(value, int):
        return {"features": value, "axis": -1}
    sizes = tuple(value)
    return {"features": sizes, "axis": tuple(range(-len(sizes), 0))}


def _sizes(layer: Any) -> tuple[int, ...]:
    return layer.features if isinstance(layer.features, tuple) else (layer.features,)


def _num_parameters(value: int) -> Mapping[str, Any]:
    return {"features": value, "axis": None if value == 1 else 1}


_SHAPE = Spread(_normalized_shape, _sizes)


def _channels_last(weight: Any, layer: Any) -> Any:
    """(a, b, space...) as (space..., b, a)."""
    return weight.permute(*range(2, weight.ndim), 1, 0)


def _channels_first(kernel: Any, layer: Any) -> Any:
    """(space..., b, a) as (a, b, space...)."""
    last = kernel.ndim - 1
    return kernel.permute(last, last - 1, *range(last - 1))


def _of_each_channel(weight: Any, layer: Any) -> Any:
    """(features multiplier, 1, space...) as (space..., features, multiplier)."""
    kernel, multiplier = _channels_last(weight, layer), layer.depth_multiplier
    if kernel.shape[-1] % multiplier or kernel.shape[-2] != 1:
        raise StructureError(
            f"the weight of {layer.name}", tuple(weight.shape),
            f"(features x {multiplier}, 1, space...): a convolution of as many groups as channels",
            "load it into a Conv2D, or give the right depth_multiplier=",
        )  # fmt: skip
    return kernel.reshape(*kernel.shape[:-2], -1, multiplier)


def _of_groups(kernel: Any, layer: Any) -> Any:
    """(space..., features, multiplier) as (features multiplier, 1, space...)."""
    return _channels_first(kernel.reshape(*kernel.shape[:-2], 1, -1), layer)


def _border(value: Any) -> Any:
    """Padding by axis: PyTorch's numbers are (before, after) for the last axis first."""
    flat = isinstance(value, (tuple, list)) and all(isinstance(each, int) for each in value)
    if not flat or len(value) < 4:
        return value
    return tuple(zip(value[-2::-2], value[::-2], strict=True))


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_CONV: Mapping[str, Any] = {
    "in_channels": "features", "out_channels": "filters", "stride": "strides",
    "dilation": "dilation_rate", "bias": "use_bias",
}  # fmt: skip
_POOL: Mapping[str, Any] = {"kernel_size": "pool_size", "stride": "strides"}
_ZEROS = {"padding_mode": "zeros"}
_KERNEL = {"weight": Relaid("kernel", _channels_last, _channels_first)}


def _activation(**fields: Any) -> Names:
    return Names(fields, options=_INPLACE)


_WEIGHT = {"scale": "weight"}
# `dropout` is not PyTorch's, which is between stacked layers.
_RECURRENT: Mapping[str, Any] = {
    "input_size": "features", "hidden_size": "units", "bias": "use_bias",
}  # fmt: skip
_ONE_LAYER = {"num_layers": 1, "batch_first": True, "bidirectional": False, "proj_size": 0}


def _transposed(weight: Any, layer: Any) -> Any:
    return weight.mT


def _exchanged(rows: Any) -> Any:
    """The rows of three gates, of which the first two are exchanged: (r, z, n) and (z, r, n)."""
    return rows.unflatten(0, (3, -1))[[1, 0, 2]].flatten(0, 1)


def _gated(weight: Any, layer: Any) -> Any:
    """(r, z, n; features) as (features; z, r, n)."""
    return _exchanged(weight).mT


def _gates_first(kernel: Any, layer: Any) -> Any:
    """(features; z, r, n) as (r, z, n; features)."""
    return _exchanged(kernel.mT)


def _both(to_ours: Any, to_theirs: Any) -> dict[str, Relaid]:
    names = {"weight_ih_l0": "kernel", "weight_hh_l0": "recurrent_kernel"}
    return {theirs: Relaid(ours, to_ours, to_theirs) for theirs, ours in names.items()}


# torch.nn has two biases, which only a GRU does not simply add.
_BIASES = "bias_ih_l0", "bias_hh_l0"
_SUM = Joined(_BIASES, lambda a, b: a + b, lambda bias: (bias, bias.new_zeros(bias.shape)))
_PAIR = Joined(
    _BIASES,
    lambda a, b: torch.stack([_exchanged(a), _exchanged(b)]),
    lambda bias: (_exchanged(bias[0]), _exchanged(bias[1])),
)
_PLAIN: Mapping[str, Any] = {
    "options": _ONE_LAYER, "relaid": _both(_transposed, _transposed), "joined": {"bias": _SUM},
}  # fmt: skip
_APPROXIMATE = Renamed("approximate", lambda value: {"none": False, "tanh": True}.get(value, value))

ACTIVATIONS: Table = {
    "activation": _activation(),  # every other one
    "dovetail:gelu": _activation(approximate=_APPROXIMATE),
    "dovetail:log_softmax": _activation(dim="axis"),
    "dovetail:softmax": _activation(dim="axis"),
    "dovetail.library.activations:hard_shrink": _activation(lambd="threshold"),
    "dovetail.library.activations:soft_shrink": _activation(lambd="threshold"),
}

LAYERS: Table = {
    "dovetail.library.normalisation:BatchNorm": Names(
        {"num_features": "features", "momentum": Renamed("momentum", _complement, _complement),
         "affine": _AFFINE, "bias": "use_bias"},
        _WEIGHT, {"track_running_stats": True}, unused=("num_batches_tracked",),
    ),
    "dovetail.library.layers:Dense": Names(
        {"in_features": "features", "out_features": "units", "bias": "use_bias"},
        relaid=_KERNEL,
    ),
    "dovetail.library.layers:Dropout": Names({"p": "rate"}, options=_INPLACE),
    "dovetail.library.layers:Embedding": Names(
        {"num_embeddings": "count", "embedding_dim": "units"}, {"table": "weight"},
        {"padding_idx": None, "max_norm": None, "norm_type": ANY, "sparse": False,
         "scale_grad_by_freq": False},
    ),
    "dovetail.library.layers:Flatten": Names(options={"start_dim": 1, "end_dim": -1}),
    "dovetail.library.normalisation:LayerNorm": Names(
        {"normalized_shape": _SHAPE, "elementwise_affine": _AFFINE,
         "bias": "use_bias"},
        _WEIGHT,
    ),
    "dovetail.library.layers:PReLU": Names(
        {"num_parameters": Spread(_num_parameters, lambda layer: layer.features),
         "init": "start"},
        {"slope": "weight"},
    ),
    "dovetail.library.recurrent:SimpleRNN": Names(
        {**_RECURRENT, "nonlinearity": "activation"}, **_PLAIN
    ),
    "dovetail.library.recurrent:LSTM": Names(_RECURRENT, **_PLAIN),
    "dovetail.library.recurrent:GRU": Names(
        _RECURRENT, options=_ONE_LAYER, relaid=_both(_gated, _gates_first), joined={"bias": _PAIR}
    ),
    "dovetail.library.recurrent:Bidirectional": Names(
        joined={
            f"{where}_layer.{name}": Joined((f"{name}{end}",), lambda w: w, lambda w: (w,))
            for where, end in (("forward", ""), ("backward", "_reverse"))
            for name in ("weight_ih_l0", "weight_hh_l0", *_BIASES)
        }
    ),
    "dovetail.library.normalisation:RMSNorm": Names(
        {"normalized_shape": _SHAPE, "elementwise_affine": "use_scale"}, _WEIGHT
    ),
    "dovetail.library.combinators:Concatenate": Names({"dim": "axis"}),
    "dovetail.library.convolution:_Conv": Names(_CONV, options=_ZEROS, relaid=_KERNEL),
    "dovetail.library.convolution:_ConvTranspose": Names(_CONV, options=_ZEROS, relaid=_KERNEL),
    "dovetail.library.convolution:_DepthwiseConv": Names(
        _CONV, options=_ZEROS, relaid={"weight": Relaid("kernel", _of_each_channel, _of_groups)}
    ),
    "dovetail.library.convolution:_SeparableConv": Names(_CONV, options=_ZEROS),
    "dovetail.library.normalisation:GroupNorm": Names(
        {"num_groups": "groups", "num_channels": "features", "affine": _AFFINE}, _WEIGHT
    ),
    "dovetail.library.normalisation:InstanceNorm": Names(
        {"num_features": "features", "affine": _AFFINE}, _WEIGHT,
        {"momentum": ANY, "track_running_stats": False},
    ),
    "dovetail.library.layers:SpatialDropout": Names({"p": "rate"}, options=_INPLACE),
    "dovetail.library.layers:TiedDense": Names({"bias": "use_bias"}),
    "dovetail.library.pooling:_AdaptiveMaxPool": Names(options={"return_indices": False}),
    "dovetail.library.pooling:_AveragePool": Names(
        _POOL, options={"divisor_override": None}
    ),
    "dovetail.library.pooling:_MaxPool": Names(
        {**_POOL, "dilation": "dilation_rate"},
        options={"return_indices": False},
    ),
    "dovetail.library.resampling:_UpSampling": Names(
        {"scale_factor": Renamed("size", _whole), "mode": "interpolation"},
        options={"align_corners": (None, False), "recompute_scale_factor": (None, False)},
    ),
    "dovetail.library.resampling:_ZeroPadding": Names({"padding": Renamed("padding", _border)}),
}  # fmt: skip

# One native call updates all parameters, whatever PyTorch's would be told.
_OPTIONS = {"foreach": ANY, "fused": ANY, "capturable": False, "differentiable": False}

OPTIMIZERS: Table = {
    "": Names(options=_OPTIONS),  # every other one
    "dovetail.library.optimizers:Adagrad": Names(
        options={**_OPTIONS, "lr_decay": 0, "initial_accumulator_value": 0, "weight_decay": 0},
    ),
    "dovetail.library.optimizers:Adam": Names(
        options={**_OPTIONS, "decoupled_weight_decay": False}
    ),
    "dovetail.library.optimizers:AdamW": Names(
        options={**_OPTIONS, "decoupled_weight_decay": True}
    ),
    "dovetail.library.optimizers:RMSprop": Names(
        {"alpha": "rho"}, options={**_OPTIONS, "centered": False, "weight_decay": 0}
    ),
    "dovetail.library.optimizers:SGD": Names(options={**_OPTIONS, "dampening": 0}),
}
