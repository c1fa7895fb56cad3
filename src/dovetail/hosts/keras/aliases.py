"""What Keras calls the arguments and weights of the library's pieces (see hosts/aliases.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.hosts.aliases import ANY, Names, Renamed, Table

# The class of Keras' under whose name Keras files the weights of ours: files go both ways.
CLASSES: Mapping[str, str] = {
    "dovetail.library.normalisation:BatchNorm": "BatchNormalization",
    "dovetail.library.normalisation:LayerNorm": "LayerNormalization",
    "dovetail.library.normalisation:RMSNorm": "RMSNormalization",
}

# Frozen (`trainable = False`), it infers in training, too: fine-tuning relies on it.
INFERS_WHERE_FROZEN = frozenset({"dovetail.library.normalisation:BatchNorm"})

_AXIS = Renamed("axis", lambda value: tuple(value) if isinstance(value, list) else value)
_NORM: Mapping[str, Any] = {
    "axis": _AXIS, "epsilon": "eps", "center": "use_bias", "scale": "use_scale",
}  # fmt: skip
_AFFINE = {"scale": "gamma", "bias": "beta"}
_LORA = {"lora_rank": None, "lora_alpha": None, "quantization_config": None}

LAYERS: Table = {
    "dovetail.library.layers:Activation": Names({"activation": "function"}),
    "dovetail.library.normalisation:BatchNorm": Names(
        _NORM,
        {**_AFFINE, "running_mean": "moving_mean", "running_var": "moving_variance"},
        {"renorm": False, "renorm_clipping": None, "renorm_momentum": ANY, "synchronized": False},
    ),
    "dovetail.library.layers:Dense": Names(options=_LORA),
    "dovetail.library.layers:Dropout": Names(options={"noise_shape": None}),
    "dovetail.library.layers:Embedding": Names(
        {"input_dim": "count", "output_dim": "units"},
        {"table": "embeddings"},
        {"mask_zero": False, "weights": None, **_LORA},
    ),
    "dovetail.library.layers:Flatten": Names(options={"data_format": None}),
    "dovetail.library.normalisation:LayerNorm": Names(_NORM, _AFFINE),
    "dovetail.library.layers:PReLU": Names(arrays={"slope": "alpha"}),
    "dovetail.library.normalisation:RMSNorm": Names({"axis": _AXIS, "epsilon": "eps"}),
}

_BETAS: Mapping[str, Any] = {"beta_1": "beta1", "beta_2": "beta2", "epsilon": "eps"}

OPTIMIZERS: Table = {
    "": Names(_BETAS),  # every other one
    "dovetail.library.optimizers:Adagrad": Names(
        _BETAS, options={"initial_accumulator_value": 0.0}
    ),
    "dovetail.library.optimizers:RMSprop": Names(_BETAS, options={"centered": False}),
}
