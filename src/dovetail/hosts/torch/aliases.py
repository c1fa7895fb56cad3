"""What PyTorch calls the arguments and arrays of the library's pieces (see hosts/aliases.py).

The values of `momentum` are PyTorch's on PyTorch's forms: one minus ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.hosts.aliases import ANY, Names, Renamed, Table

_INPLACE = {"inplace": ANY}  # the result is a new tensor all the same


def _complement(value: float) -> float:
    return 1.0 - value


def _affine(value: bool) -> Mapping[str, Any]:
    return {"use_scale": value, "use_bias": value}


def _normalized_shape(value: Any) -> Mapping[str, Any]:
    if isinstance(value, int):
        return {"features": value, "axis": -1}
    sizes = tuple(value)
    return {"features": sizes, "axis": tuple(range(-len(sizes), 0))}


def _num_parameters(value: int) -> Mapping[str, Any]:
    return {"features": value, "axis": None if value == 1 else 1}


def _activation(**fields: Any) -> Names:
    return Names(fields, options=_INPLACE)


_WEIGHT = {"scale": "weight"}
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
    "dovetail.library.layers:BatchNorm": Names(
        {"num_features": "features", "momentum": Renamed("momentum", _complement, _complement),
         "affine": _affine, "bias": "use_bias"},
        _WEIGHT, {"track_running_stats": True}, unused=("num_batches_tracked",),
    ),
    "dovetail.library.layers:Dense": Names(
        {"in_features": "features", "out_features": "units", "bias": "use_bias"},
        transposed={"weight": "kernel"},
    ),
    "dovetail.library.layers:Dropout": Names({"p": "rate"}, options=_INPLACE),
    "dovetail.library.layers:Embedding": Names(
        {"num_embeddings": "count", "embedding_dim": "units"}, {"table": "weight"},
        {"padding_idx": None, "max_norm": None, "norm_type": ANY, "sparse": False,
         "scale_grad_by_freq": False},
    ),
    "dovetail.library.layers:Flatten": Names(options={"start_dim": 1, "end_dim": -1}),
    "dovetail.library.layers:LayerNorm": Names(
        {"normalized_shape": _normalized_shape, "elementwise_affine": _affine,
         "bias": "use_bias"},
        _WEIGHT,
    ),
    "dovetail.library.layers:PReLU": Names(
        {"num_parameters": _num_parameters, "init": "start"}, {"slope": "weight"}
    ),
    "dovetail.library.layers:RMSNorm": Names(
        {"normalized_shape": _normalized_shape, "elementwise_affine": "use_scale"}, _WEIGHT
    ),
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
