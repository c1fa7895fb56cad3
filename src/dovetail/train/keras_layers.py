"""The layers of Keras that the library's layers can say, as a table.

A layer is read by its configuration and its variables; Keras is not imported.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail import library
from dovetail.extension.functions import extension_of
from dovetail.extension.op import op
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.conversion import Arrays, give, tuples, unknown

_LAYERS: Any = library
Config = Mapping[str, Any]


def refused(path: str, name: str, setting: str = "") -> Exception:
    """The error for a layer or a setting that is not in the tables."""
    return unknown("from_keras", (*ROWS, *SPECIAL, *MERGES), path, name, setting)


# Activations.

ACTIVATIONS: Mapping[str, Any] = {
    "linear": None,
    **{
        name: name
        for name in (
            "celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_tanh", "leaky_relu",
            "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
            "soft_shrink", "softmax", "softplus", "softsign", "squareplus", "tanh", "tanh_shrink",
        )
    },
    "leaky_relu": functools.partial(dt.leaky_relu, negative_slope=0.2),
    "exponential": "exp", "hard_silu": "hard_swish", "swish": "silu", "hard_swish": "hard_swish",
}  # fmt: skip
"""Keras' activations by name: a name or function of ours."""


def activation(path: str, value: Any) -> Any:
    """An activation of a configuration."""
    if not isinstance(value, str) or value not in ACTIVATIONS:
        named = value.get("class_name") if isinstance(value, dict) else value
        raise refused(path, f"the activation {named!r:.80}")
    return ACTIVATIONS[value]


def _function(function: Any) -> library.Activation:
    return library.Activation("linear" if function is None else function)


# Rows: layers whose settings are fields of ours.

_NOT_TAKEN = frozenset({
    "name", "trainable", "dtype", "batch_shape", "batch_input_shape", "seed", "unroll",
    "implementation", "use_cudnn", "flash_attention", "lora_rank", "lora_alpha",
    "quantization_config", "weights", "input_length", "fill_mode", "fill_value", "renorm_momentum",
})  # fmt: skip
_ABOUT_WEIGHTS = ("_initializer", "_regularizer", "_constraint")
_NO = (None, False)  # settings that are not mentioned must be one of these


@dataclass(frozen=True)
class Row:
    """A layer of ours, and what Keras calls otherwise.

    Our fields and arrays are Keras' settings and variables of the same names, except those of
    `settings` (Keras' setting by our field) and `arrays` (the end of the path of Keras' variable
    by our array). What Keras' layer does not have is left out. `only`: the values that another
    setting may have, beside None and False. `call`: arguments that calls may have by name.
    """

    layer: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    arrays: Mapping[str, str] = field(default_factory=dict[str, str])
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    call: tuple[str, ...] = ()


_NORM = {"eps": "epsilon", "use_bias": "center", "use_scale": "scale"}
_AFFINE = {"scale": "gamma", "bias": "beta"}
_ATTENTION = {
    f"{ours}_{kind}": f"{theirs}/{kind}"
    for ours, theirs in (
        ("query", "query"), ("key", "key"), ("value", "value"), ("output", "attention_output"),
    )
    for kind in ("kernel", "bias")
}  # fmt: skip
_ATTENDS = ("query", "value", "key", "attention_mask", "use_causal_mask")

ROWS: Mapping[str, Row] = {
    **{
        name: Row(name)
        for name in (
            "Dense", "Dropout", "Flatten", "Add", "Concatenate", "Conv1D", "Conv2D", "Conv3D",
            "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D",
            "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "UpSampling1D",
            "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
        )
    },
    **{name: Row(name, call=("initial_state",)) for name in ("SimpleRNN", "LSTM", "GRU")},
    **{f"SpatialDropout{rank}D": Row("SpatialDropout") for rank in (1, 2, 3)},
    **{
        f"{extent}{kind}Pooling{rank}D": Row(f"{extent}{kind}Pool{rank}D")
        for extent in ("", "Global", "Adaptive")
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    },
    "Activation": Row("Activation", {"function": "activation"}),
    "Embedding": Row(
        "Embedding", {"count": "input_dim", "units": "output_dim"}, {"table": "embeddings"}
    ),
    "BatchNormalization": Row(
        "BatchNorm", _NORM,
        {**_AFFINE, "running_mean": "moving_mean", "running_var": "moving_variance"},
    ),
    "LayerNormalization": Row("LayerNorm", _NORM, _AFFINE),
    "RMSNormalization": Row("RMSNorm", {"eps": "epsilon"}),
    "MultiHeadAttention": Row(
        "MultiHeadAttention", arrays=_ATTENTION, only={"attention_axes": ((1,),)}, call=_ATTENDS
    ),
    "GroupedQueryAttention": Row("GroupedQueryAttention", arrays=_ATTENTION, call=_ATTENDS),
    "Resizing": Row("Resize"),
}  # fmt: skip


def variables(layer: Any) -> dict[str, Any]:
    """The variables of a layer by the end of their paths: "kernel" and "query/kernel"."""
    found: dict[str, Any] = {}
    for each in layer.weights:
        parts = each.path.split("/")
        for count in (1, 2):
            found["/".join(parts[-count:])] = each
    return found


def _of_row(path: str, layer: Any, config: Config, row: Row) -> Any:
    kind = getattr(_LAYERS, row.layer)
    names = {each.name: row.settings.get(each.name, each.name) for each in kind.fields}
    rest = set(config) - set(names.values()) - _NOT_TAKEN
    for name in sorted(rest):
        known = (*_NO, *row.only.get(name, ()))
        if not name.endswith(_ABOUT_WEIGHTS) and tuples(config[name]) not in known:
            raise refused(path, type(layer).__name__, f": it has {name}={config[name]!r:.80}")
    fields = {ours: tuples(config[theirs]) for ours, theirs in names.items() if theirs in config}
    for name in ("activation", "recurrent_activation", "function"):
        if name in fields:
            fields[name] = activation(path, fields[name])
    if row.layer == "Activation":
        return _function(fields["function"])
    known = variables(layer)
    ends = {name: row.arrays.get(name, name) for name in kind.declared}
    arrays = {ours: _array(known[theirs]) for ours, theirs in ends.items() if theirs in known}
    return give(kind(**fields, **_widths(arrays)), arrays)


def _widths(arrays: Arrays) -> dict[str, Any]:
    """The features of keys and values where they are not those of the query."""
    if "key_kernel" not in arrays:
        return {}
    query, key, value = (arrays[f"{name}_kernel"].shape[0] for name in ("query", "key", "value"))
    found = {"features": query}
    if key != query:
        found["key_features"] = key
    if value != key:
        found["value_features"] = value
    return found


def _array(variable: Any) -> np.ndarray[Any, Any]:
    found = np.asarray(variable.numpy())
    return found if found.dtype == np.float64 else found.astype(np.float32)


# Layers that need more than a row.


@op
def rescaled(x: Any, scale: float, offset: float) -> Any:
    """x scale + offset: Keras' Rescaling."""
    return x * scale + offset


def _require(path: str, layer: Any, config: Config, **settings: Any) -> None:
    for name, value in settings.items():
        if config.get(name) != value:
            raise refused(path, type(layer).__name__, f": it has {name}={config.get(name)!r:.80}")


def _relu(path: str, layer: Any, config: Config) -> Any:
    _require(path, layer, config, threshold=0.0)
    most, slope = config["max_value"], config["negative_slope"]
    if most is None:
        return _function(
            functools.partial(dt.leaky_relu, negative_slope=slope) if slope else "relu"
        )
    _require(path, layer, config, negative_slope=0.0)
    return _function(functools.partial(dt.clip, min=0.0, max=float(most)))


def _prelu(path: str, layer: Any, config: Config) -> Any:
    shared = config["shared_axes"] or ()
    slope = _array(layer.alpha)
    axes = tuple(axis for axis in range(1, slope.ndim + 1) if axis not in shared)
    if not axes:
        return give(library.PReLU(), {"slope": slope.reshape(1)})
    return give(
        library.PReLU(axes), {"slope": slope.reshape([slope.shape[axis - 1] for axis in axes])}
    )


def _group_norm(path: str, layer: Any, config: Config) -> Any:
    row = Row("GroupNorm", _NORM, _AFFINE)
    if config["groups"] != -1:
        return _of_row(path, layer, config, row)
    one_each = {name: value for name, value in config.items() if name != "groups"}
    return _of_row(path, layer, one_each, Row("InstanceNorm", _NORM, _AFFINE))


def _reshape(path: str, layer: Any, config: Config) -> Any:
    shape = tuples(config["target_shape"])
    if -1 in shape:
        raise refused(path, "Reshape", f": it has target_shape={shape}")
    return _function(functools.partial(dt.reshape, shape=(-1, *shape)))


def _rescaling(path: str, layer: Any, config: Config) -> Any:
    scale, offset = config["scale"], config["offset"]
    if not all(isinstance(each, (int, float)) for each in (scale, offset)):
        raise refused(path, "Rescaling", f": it has scale={scale!r:.80}")
    return _function(functools.partial(rescaled, scale=float(scale), offset=float(offset)))


def _bidirectional(path: str, layer: Any, config: Config) -> Any:
    """Both layers; outputs of masked steps are 0, as Keras' wrapper has it."""
    layers: list[Any] = []
    for name in ("forward_layer", "backward_layer"):
        inner = getattr(layer, name)
        own = {**inner.get_config(), "zero_output_for_mask": False}
        layers.append(converted(f"{path}.{name}", inner, own))
    forward, backward = layers
    return library.Bidirectional(forward, config["merge_mode"], backward)


def _with(name: str, **settings: str) -> Callable[[str, Any, Config], Any]:
    def convert(path: str, layer: Any, config: Config) -> Any:
        given = {ours: config[theirs] for ours, theirs in settings.items()}
        return _function(functools.partial(getattr(dt, name), **given))

    return convert


SPECIAL: Mapping[str, Callable[[str, Any, Config], Any]] = {
    "Identity": lambda path, layer, config: None,
    "InputLayer": lambda path, layer, config: None,
    "ReLU": _relu,
    "LeakyReLU": _with("leaky_relu", negative_slope="negative_slope"),
    "ELU": _with("elu", alpha="alpha"),
    "Softmax": lambda path, layer, config: _function(
        functools.partial(dt.softmax, axis=tuples(config["axis"]))
    ),
    "PReLU": _prelu,
    "GroupNormalization": _group_norm,
    "Reshape": _reshape,
    "Permute": lambda path, layer, config: _function(
        functools.partial(dt.permute_dims, axes=(0, *config["dims"]))
    ),
    "Rescaling": _rescaling,
    "Bidirectional": _bidirectional,
}


def _folded(function: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    return lambda values: functools.reduce(function, values)


MERGES: Mapping[str, Callable[[Any], Any]] = {
    "Subtract": lambda values: operator.sub(*values),
    "Multiply": _folded(operator.mul),
    "Average": lambda values: functools.reduce(operator.add, values) / float(len(values)),
    "Maximum": _folded(extension_of("maximum")),
    "Minimum": _folded(extension_of("minimum")),
}
"""Layers of several inputs, as functions of a list of symbols."""

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "Add": operator.add, "Subtract": operator.sub, "Multiply": operator.mul,
    "Divide": operator.truediv, "TrueDivide": operator.truediv, "Negative": operator.neg,
    "Power": operator.pow, "Matmul": operator.matmul,
}  # fmt: skip
"""What operators on Keras' symbols record, as functions of symbols."""


def converted(path: str, layer: Any, config: Config | None = None) -> Any:
    """A layer of ours with the arrays of one of Keras; None for one that passes its input on.

    `config`: its configuration, where it is not to be asked.
    """
    name, module = type(layer).__name__, type(layer).__module__
    if not module.startswith("keras.") or not (name in ROWS or name in SPECIAL):
        raise refused(path, name if module.startswith("keras.") else f"{module}.{name}")
    given: Config = layer.get_config() if config is None else config
    if name in ROWS:
        member = _of_row(path, layer, given, ROWS[name])
    else:
        member = SPECIAL[name](path, layer, given)
    if member is not None and not layer.trainable:
        member.trainable = False
    return member
