"""Models of PyTorch as models of Dovetail: `dt.from_torch(module)`, by layers of the library.

Arrays keep PyTorch's order of axes, channels before space. PyTorch is not imported: a module is
read by the name of its class and its attributes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dovetail import library
from dovetail.errors import UnsupportedError
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.conversion import give, require, unknown
from dovetail.train.networks import Sequential

Found = tuple[Any, dict[str, Any]]  # a member of the model, and its arrays by name

_LAYERS: Any = library


def from_torch(module: Any) -> Sequential:
    """The model of a `torch.nn.Sequential`, or of one layer, with its arrays.

    It may have linear layers, convolutions, pooling, normalisations, embeddings, dropout,
    flattening, activations, and sequences of these. Any other module is an error. Arrays of float64
    stay so, others become float32.
    """
    members: list[Any] = []
    for path, each in _leaves(module, ""):
        name = type(each).__name__
        if not _is_torch(each) or name not in _TABLE:
            raise _unknown(path, f"{type(each).__module__}.{name}", "")
        member, own = _TABLE[name](path, each)
        if member is not None:
            members.append(give(member, own))
    return Sequential(*members)


def _is_torch(module: Any) -> bool:
    return type(module).__module__.startswith("torch.nn.")


def _leaves(module: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The layers of sequences, each with its path."""
    if _is_torch(module) and type(module).__name__ == "Sequential":
        for name, child in module.named_children():
            yield from _leaves(child, f"{path}.{name}" if path else name)
    else:
        yield path, module


def _unknown(path: str, name: str, setting: str) -> UnsupportedError:
    return unknown("from_torch", ("Sequential", *_TABLE), path, name, setting)


_require = functools.partial(require, _unknown)


# Layers.


def _linear(path: str, module: Any) -> Found:
    has_bias = module.bias is not None
    layer = library.Dense(module.out_features, use_bias=has_bias, features=module.in_features)
    return layer, {"kernel": module.weight.T, "bias": module.bias}


def _convolution(rank: int) -> Callable[[str, Any], Found]:
    def convert(path: str, module: Any) -> Found:
        _require(path, module, padding_mode="zeros")
        layer = getattr(_LAYERS, f"Conv{rank}D")(
            module.out_channels, module.kernel_size, strides=module.stride,
            padding=module.padding, data_format="channels_first", dilation_rate=module.dilation,
            groups=module.groups, use_bias=module.bias is not None, features=module.in_channels,
        )  # fmt: skip
        axes = (*range(2, rank + 2), 1, 0)
        return layer, {"kernel": module.weight.permute(*axes), "bias": module.bias}

    return convert


def _max_pool(rank: int) -> Callable[[str, Any], Found]:
    def convert(path: str, module: Any) -> Found:
        _require(path, module, return_indices=False)
        return getattr(_LAYERS, f"MaxPool{rank}D")(
            module.kernel_size, module.stride, module.padding, "channels_first", module.dilation,
            ceil_mode=module.ceil_mode,
        ), {}  # fmt: skip

    return convert


def _average_pool(rank: int) -> Callable[[str, Any], Found]:
    def convert(path: str, module: Any) -> Found:
        _require(path, module, divisor_override=None)
        stride, padding = (
            each[0] if rank == 1 and isinstance(each, tuple) else each
            for each in (module.stride, module.padding)
        )
        size = module.kernel_size[0] if rank == 1 else module.kernel_size
        return getattr(_LAYERS, f"AveragePool{rank}D")(
            size, stride, padding, "channels_first", module.count_include_pad, module.ceil_mode
        ), {}

    return convert


def _batch_norm(path: str, module: Any) -> Found:
    _require(path, module, track_running_stats=True)
    if module.momentum is None:
        raise _unknown(path, type(module).__name__, ": it has momentum=None")
    layer = library.BatchNorm(
        features=module.num_features, momentum=1.0 - module.momentum, eps=module.eps, axis=1,
        use_scale=module.affine, use_bias=module.affine, unbiased=True,
    )  # fmt: skip
    return layer, {
        "scale": module.weight, "bias": module.bias, "running_mean": module.running_mean,
        "running_var": module.running_var,
    }  # fmt: skip


def _layer_norm(path: str, module: Any) -> Found:
    shape = tuple(module.normalized_shape)
    layer = library.LayerNorm(
        features=shape, eps=module.eps, axis=tuple(range(-len(shape), 0)),
        use_scale=module.weight is not None, use_bias=module.bias is not None,
    )  # fmt: skip
    return layer, {"scale": module.weight, "bias": module.bias}


def _embedding(path: str, module: Any) -> Found:
    _require(path, module, max_norm=None)
    layer = library.Embedding(module.num_embeddings, module.embedding_dim)
    return layer, {"table": module.weight}


def _flatten(path: str, module: Any) -> Found:
    _require(path, module, start_dim=1, end_dim=-1)
    return library.Flatten(), {}


# Activations: a function of the language, with its settings.


def _function(name: str, **settings: str) -> Callable[[str, Any], Found]:
    def convert(path: str, module: Any) -> Found:
        given = {ours: getattr(module, theirs) for ours, theirs in settings.items()}
        missing = [settings[ours] for ours, value in given.items() if value is None]
        if missing:
            raise _unknown(path, type(module).__name__, f": it has {missing[0]}=None")
        function = functools.partial(getattr(dt, name), **given) if given else name
        return library.Activation(function), {}

    return convert


def _gelu(path: str, module: Any) -> Found:
    approximate = module.approximate == "tanh"
    return library.Activation(functools.partial(dt.gelu, approximate=approximate)), {}


_TABLE: Mapping[str, Callable[[str, Any], Found]] = {
    "Linear": _linear,
    **{f"Conv{rank}d": _convolution(rank) for rank in (1, 2, 3)},
    **{f"MaxPool{rank}d": _max_pool(rank) for rank in (1, 2, 3)},
    **{f"AvgPool{rank}d": _average_pool(rank) for rank in (1, 2, 3)},
    **{f"BatchNorm{rank}d": _batch_norm for rank in (1, 2, 3)},
    "LayerNorm": _layer_norm,
    "Embedding": _embedding,
    "Flatten": _flatten,
    "Dropout": lambda path, module: (library.Dropout(float(module.p)), {}),
    "Identity": lambda path, module: (None, {}),
    "ReLU": _function("relu"),
    "LeakyReLU": _function("leaky_relu", negative_slope="negative_slope"),
    "ELU": _function("elu", alpha="alpha"),
    "GELU": _gelu,
    "SiLU": _function("silu"),
    "Mish": _function("mish"),
    "Tanh": _function("tanh"),
    "Sigmoid": _function("sigmoid"),
    "Softplus": _function("softplus", beta="beta", threshold="threshold"),
    "Softmax": _function("softmax", axis="dim"),
    "LogSoftmax": _function("log_softmax", axis="dim"),
}
