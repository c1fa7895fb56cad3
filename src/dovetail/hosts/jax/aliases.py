"""What Flax and Optax call the arguments and variables of the library's pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.hosts.aliases import Names, Table

_NORM: Mapping[str, Any] = {"num_features": "features", "epsilon": "eps"}
_CONV: Mapping[str, Any] = {
    "in_features": "features", "out_features": "filters", "kernel_dilation": "dilation_rate",
    "feature_group_count": "groups",
}  # fmt: skip

LAYERS: Table = {
    "dovetail.library.normalisation:BatchNorm": Names(
        _NORM, {"running_mean": "mean", "running_var": "var"}
    ),
    "dovetail.library.convolution:_Conv": Names(_CONV),
    "dovetail.library.convolution:_ConvTranspose": Names(_CONV),
    "dovetail.library.layers:Dense": Names({"in_features": "features", "out_features": "units"}),
    "dovetail.library.layers:Embedding": Names(
        {"num_embeddings": "count", "features": "units"}, {"table": "embedding"}
    ),
    "dovetail.library.normalisation:LayerNorm": Names(_NORM),
    "dovetail.library.normalisation:GroupNorm": Names({**_NORM, "num_groups": "groups"}),
    "dovetail.library.normalisation:InstanceNorm": Names(_NORM),
    "dovetail.library.layers:PReLU": Names(
        {"negative_slope_init": "start"}, {"slope": "negative_slope"}
    ),
    "dovetail.library.normalisation:RMSNorm": Names(_NORM),
}

_OPTIONS = {"eps_root": 0.0, "mu_dtype": None, "accumulator_dtype": None}
_BETAS: Mapping[str, Any] = {"b1": "beta1", "b2": "beta2"}

OPTIMIZERS: Table = {
    "": Names(_BETAS, options=_OPTIONS),  # every other one
    "dovetail.library.optimizers:Adagrad": Names(options={"initial_accumulator_value": 0.0}),
    "dovetail.library.optimizers:Adam": Names(_BETAS, options={**_OPTIONS, "nesterov": False}),
    "dovetail.library.optimizers:AdamW": Names(
        _BETAS, options={**_OPTIONS, "nesterov": False, "mask": None}
    ),
    "dovetail.library.optimizers:RMSprop": Names(
        {"decay": "rho"},
        options={"initial_scale": 0.0, "eps_in_sqrt": False, "centered": False, "nesterov": False,
                 "bias_correction": False},
    ),
}  # fmt: skip
