"""What Keras calls the arguments and weights of the library's pieces (see hosts/aliases.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from dovetail.hosts.aliases import ANY, Names, Renamed, Table

# The class of Keras' under whose name Keras files the weights of ours: files go both ways.
CLASSES: Mapping[str, str] = {
    "dovetail.library.normalisation:BatchNorm": "BatchNormalization",
    "dovetail.library.normalisation:GroupNorm": "GroupNormalization",
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
_FORMAT: Mapping[str, Any] = {
    "data_format": Renamed("data_format", lambda value: value or keras.config.image_data_format())
}
_LORA = {"lora_rank": None, "lora_alpha": None, "quantization_config": None}

_RECURRENT: Mapping[str, Any] = {
    "stateful": False, "unroll": ANY, "use_cudnn": ANY, "implementation": ANY,
    "zero_output_for_mask": False,
}  # fmt: skip

LAYERS: Table = {
    "dovetail.library.layers:Activation": Names({"activation": "function"}),
    "dovetail.library.normalisation:BatchNorm": Names(
        _NORM,
        {**_AFFINE, "running_mean": "moving_mean", "running_var": "moving_variance"},
        {"renorm": False, "renorm_clipping": None, "renorm_momentum": ANY, "synchronized": False},
    ),
    "dovetail.library.convolution:_Conv": Names(_FORMAT, options=_LORA),
    "dovetail.library.convolution:_ConvTranspose": Names(_FORMAT),
    "dovetail.library.convolution:_DepthwiseConv": Names(_FORMAT, settings={"kernel": "depthwise"}),
    "dovetail.library.convolution:_SeparableConv": Names(
        _FORMAT, settings={"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise"}
    ),
    "dovetail.library.layers:Dense": Names(options=_LORA),
    "dovetail.library.layers:Dropout": Names(options={"noise_shape": None}),
    "dovetail.library.layers:Embedding": Names(
        {"input_dim": "count", "output_dim": "units"},
        {"table": "embeddings"},
        {"weights": None, **_LORA},
    ),
    "dovetail.library.layers:Flatten": Names(_FORMAT),
    "dovetail.library.layers:SpatialDropout": Names(_FORMAT),
    "dovetail.library.normalisation:GroupNorm": Names(_NORM, _AFFINE),
    "dovetail.library.normalisation:InstanceNorm": Names(_NORM, _AFFINE),
    "dovetail.library.pooling:_AdaptivePool": Names(_FORMAT),
    "dovetail.library.pooling:_AveragePool": Names(_FORMAT),
    "dovetail.library.pooling:_Global": Names(_FORMAT),
    "dovetail.library.pooling:_MaxPool": Names(_FORMAT),
    "dovetail.library.resampling:Resize": Names(
        _FORMAT,
        options={
            "crop_to_aspect_ratio": False,
            "pad_to_aspect_ratio": False,
            "fill_mode": ANY,
            "fill_value": ANY,
            "antialias": False,
        },
    ),
    "dovetail.library.resampling:_UpSampling": Names(_FORMAT),
    "dovetail.library.resampling:_ZeroPadding": Names(_FORMAT),
    "dovetail.library.normalisation:LayerNorm": Names(_NORM, _AFFINE),
    "dovetail.library.layers:PReLU": Names(arrays={"slope": "alpha"}),
    "dovetail.library.normalisation:RMSNorm": Names({"axis": _AXIS, "epsilon": "eps"}),
    "dovetail.library.recurrent:RNN": Names(options=_RECURRENT),
    "dovetail.library.recurrent:_Recurrent": Names(options=_RECURRENT),
}

_BETAS: Mapping[str, Any] = {"beta_1": "beta1", "beta_2": "beta2", "epsilon": "eps"}

OPTIMIZERS: Table = {
    "": Names(_BETAS),  # every other one
    "dovetail.library.optimizers:Adagrad": Names(
        _BETAS, options={"initial_accumulator_value": 0.0}
    ),
    "dovetail.library.optimizers:RMSprop": Names(_BETAS, options={"centered": False}),
}
