"""The layers and functions of flax.nnx that the library's layers can say, as a table.

A module is read by the name of its class and its attributes; neither JAX nor Flax is imported.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dovetail import library
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.conversion import give, require, tuples, unknown

_LAYERS: Any = library
Member = Any


def refused(path: str, name: str, setting: str = "") -> Exception:
    """The error for a module, a function or a setting that is not in the tables."""
    return unknown("from_flax", ("Sequential", *MODULES, *FUNCTIONS), path, name, setting)


def _array(variable: Any) -> Any:
    """The values of an `nnx.Variable`, or None."""
    if variable is None:
        return None
    inner = variable.get_value() if hasattr(variable, "get_value") else variable.value
    if inner is None:
        return None
    found = np.asarray(inner)
    return found if found.dtype == np.float64 else found.astype(np.float32)


_require = functools.partial(require, refused)


# Modules.


def _linear(path: str, module: Any) -> Member:
    kernel, bias = _array(module.kernel), _array(module.bias)
    layer = library.Dense(module.out_features, use_bias=bias is not None)
    return give(layer, {"kernel": kernel, "bias": bias})


_PADDINGS = {"SAME": "same", "VALID": "valid", "CAUSAL": "causal"}


def _padding(path: str, module: Any, padding: Any) -> Any:
    if isinstance(padding, str):
        if padding not in _PADDINGS:
            raise refused(path, type(module).__name__, f": it has padding={padding!r}")
        return _PADDINGS[padding]
    if isinstance(padding, int):
        return padding
    pairs = tuple((each, each) if isinstance(each, int) else tuples(each) for each in padding)
    return pairs


def _each(value: Any, rank: int) -> tuple[int, ...]:
    """A setting for each axis of space."""
    if value is None:
        return (1,) * rank
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _convolution(path: str, module: Any) -> Member:
    rank = len(module.kernel_size)
    if _each(module.input_dilation, rank) != (1,) * rank or module.mask is not None:
        raise refused(path, "Conv", ": it has an input_dilation or a mask")
    if rank > 3:
        raise refused(path, "Conv", f" over {rank} axes")
    kernel, bias = _array(module.kernel), _array(module.bias)
    layer = getattr(_LAYERS, f"Conv{rank}D")(
        module.out_features, tuple(module.kernel_size), strides=_each(module.strides, rank),
        padding=_padding(path, module, module.padding),
        dilation_rate=_each(module.kernel_dilation, rank), groups=module.feature_group_count,
        use_bias=bias is not None, features=module.in_features,
    )  # fmt: skip
    return give(layer, {"kernel": kernel, "bias": bias})


def _transposed(path: str, module: Any) -> Member:
    """`transpose_kernel=True` is the transpose of a convolution; otherwise the window is flipped.

    (Without the flag the kernel is not turned, so that it is the transpose for the turned one.)
    """
    rank = len(module.kernel_size)
    _require(path, module, mask=None)
    if _each(module.kernel_dilation, rank) != (1,) * rank or rank > 3:
        raise refused(path, "ConvTranspose", ": it has a kernel_dilation, or more than three axes")
    if module.padding not in ("SAME", "VALID"):
        raise refused(path, "ConvTranspose", f": it has padding={module.padding!r:.80}")
    sizes, strides = module.kernel_size, _each(module.strides, rank)
    if any(stride > size for stride, size in zip(strides, sizes, strict=True)):
        raise refused(path, "ConvTranspose", f": it has strides={strides} for windows of {sizes}")
    kernel, bias = _array(module.kernel), _array(module.bias)
    if not module.transpose_kernel:
        kernel = np.flip(kernel, tuple(range(rank))).swapaxes(-1, -2)
    layer = getattr(_LAYERS, f"Conv{rank}DTranspose")(
        module.out_features, tuple(sizes), strides=strides, padding=module.padding.lower(),
        use_bias=bias is not None, features=module.in_features,
    )  # fmt: skip
    return give(layer, {"kernel": kernel, "bias": bias})


def _norm(kind: str, *more: str) -> Callable[[str, Any], Member]:
    def convert(path: str, module: Any) -> Member:
        axes = {"reduction_axes": -1, "feature_axes": -1, "axis": -1, "axis_name": None}
        _require(path, module, **({} if kind in ("GroupNorm", "InstanceNorm") else axes))
        scale, bias = (_array(getattr(module, name, None)) for name in ("scale", "bias"))
        fields: dict[str, Any] = {"eps": module.epsilon, "use_scale": scale is not None}
        if kind != "RMSNorm":
            fields["use_bias"] = bias is not None
        if kind == "GroupNorm":
            _require(path, module, reduction_axes=None)
            fields["groups"] = module.num_groups
        arrays = {"scale": scale, "bias": bias}
        if kind == "BatchNorm":
            fields |= {"momentum": module.momentum, "features": module.num_features}
            arrays |= {"running_mean": _array(module.mean), "running_var": _array(module.var)}
        return give(getattr(_LAYERS, kind)(**fields), arrays)

    return convert


def _dropout(path: str, module: Any) -> Member:
    if tuple(module.broadcast_dims):
        raise refused(path, "Dropout", f": it has broadcast_dims={module.broadcast_dims!r}")
    return library.Dropout(float(module.rate))


def _attention(path: str, module: Any) -> Member:
    """As attention of a sequence to itself."""
    _require(path, module, normalize_qk=False)
    if module.decode:
        raise refused(path, "MultiHeadAttention", ": it has decode=True")
    kernels = {name: getattr(module, name) for name in ("query", "key", "value", "out")}
    arrays: dict[str, Any] = {}
    for name, projection in kernels.items():
        ours = "output" if name == "out" else name
        arrays[f"{ours}_kernel"] = _array(projection.kernel)
        arrays[f"{ours}_bias"] = _array(projection.bias)
    _, heads, size = arrays["query_kernel"].shape
    layer = library.MultiHeadAttention(
        heads, size, dropout=float(module.dropout_rate), use_bias=arrays["query_bias"] is not None,
        output_shape=arrays["output_kernel"].shape[-1], features=arrays["query_kernel"].shape[0],
    )  # fmt: skip
    return give(layer, arrays)


def _rnn(path: str, module: Any) -> Member:
    """A layer over time of one of Flax' cells."""
    _require(path, module, time_major=False, return_carry=False, keep_order=False)
    cell = module.cell
    name = type(cell).__name__
    if name not in CELLS or not _is_flax(cell):
        raise refused(f"{path}.cell", name)
    return CELLS[name](f"{path}.cell", cell, bool(module.reverse))


def _recurrent(
    kind: Any, path: str, cell: Any, backwards: bool, arrays: Mapping[str, Any], **gates: Any
) -> Member:
    act = function(f"{path}.activation_fn", cell.activation_fn)
    layer = kind(cell.hidden_features, act, return_sequences=True, go_backwards=backwards, **gates)
    return give(layer, arrays)


def _lstm_cell(path: str, cell: Any, backwards: bool) -> Member:
    """Gates i, f, g, o: in one kernel, or in one for each (`ii`, `hi`, `if_`, ...)."""
    if hasattr(cell, "dense_i"):
        kernel, recurrent = _array(cell.dense_i.kernel), _array(cell.dense_h.kernel)
        bias = _array(cell.dense_h.bias)
    else:
        inputs = [getattr(cell, name) for name in ("ii", "if_", "ig", "io")]
        states = [getattr(cell, name) for name in ("hi", "hf", "hg", "ho")]
        kernel, recurrent = (
            np.concatenate([_array(each.kernel) for each in group], axis=1)
            for group in (inputs, states)
        )
        bias = np.concatenate([_array(each.bias) for each in states])
    arrays = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}
    gate = function(f"{path}.gate_fn", cell.gate_fn)
    return _recurrent(library.LSTM, path, cell, backwards, arrays, recurrent_activation=gate)


def _gru_cell(path: str, cell: Any, backwards: bool) -> Member:
    """Flax' gates are r, z, n, and it has a bias for the input alone."""

    def reordered(array: Any) -> Any:
        reset, update, new = np.split(array, 3, axis=-1)
        return np.concatenate([update, reset, new], axis=-1)

    bias = reordered(_array(cell.dense_i.bias))
    arrays = {
        "kernel": reordered(_array(cell.dense_i.kernel)),
        "recurrent_kernel": reordered(_array(cell.dense_h.kernel)),
        "bias": np.stack([bias, np.zeros_like(bias)]),
    }
    gate = function(f"{path}.gate_fn", cell.gate_fn)
    return _recurrent(library.GRU, path, cell, backwards, arrays, recurrent_activation=gate)


def _simple_cell(path: str, cell: Any, backwards: bool) -> Member:
    _require(path, cell, residual=False)
    arrays = {
        "kernel": _array(cell.dense_i.kernel), "recurrent_kernel": _array(cell.dense_h.kernel),
        "bias": _array(cell.dense_i.bias),
    }  # fmt: skip
    return _recurrent(library.SimpleRNN, path, cell, backwards, arrays)


CELLS: Mapping[str, Callable[[str, Any, bool], Member]] = {
    "LSTMCell": _lstm_cell, "OptimizedLSTMCell": _lstm_cell, "GRUCell": _gru_cell,
    "SimpleCell": _simple_cell,
}  # fmt: skip

MODULES: Mapping[str, Callable[[str, Any], Member]] = {
    "Linear": _linear,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "Embed": lambda path, module: give(
        library.Embedding(module.num_embeddings, module.features),
        {"table": _array(module.embedding)},
    ),
    "BatchNorm": _norm("BatchNorm"),
    "LayerNorm": _norm("LayerNorm"),
    "RMSNorm": _norm("RMSNorm"),
    "GroupNorm": _norm("GroupNorm"),
    "InstanceNorm": _norm("InstanceNorm"),
    "Dropout": _dropout,
    "PReLU": lambda path, module: give(
        library.PReLU(), {"slope": _array(module.negative_slope).reshape(1)}
    ),
    "MultiHeadAttention": _attention,
    "RNN": _rnn,
}


# Functions: by their names in jax.nn, jax.numpy and flax.nnx.


def _plain(name: str, **defaults: Any) -> Callable[..., Any]:
    """A function of the language, with JAX' defaults and the arguments that were given."""

    def convert(**given: Any) -> Any:
        settings = {**defaults, **given}
        return functools.partial(getattr(dt, name), **settings) if settings else name

    return convert


def _pooling(kind: str) -> Callable[..., Any]:
    def convert(
        window_shape: Any, strides: Any = None, padding: Any = "VALID",
        count_include_pad: bool = True,
    ) -> Any:  # fmt: skip
        rank = len(window_shape)
        own = padding.lower() if isinstance(padding, str) else tuples(padding)
        layer = getattr(_LAYERS, f"{kind}Pool{rank}D")
        more = {"count_include_pad": count_include_pad} if kind == "Average" else {}
        return layer(tuple(window_shape), _each(strides, rank), own, **more)

    return convert


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{
        name: _plain(name)
        for name in (
            "celu", "elu", "hard_sigmoid", "hard_swish", "hard_tanh", "leaky_relu",
            "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
            "softmax", "softplus", "tanh",
        )
    },
    "gelu": _plain("gelu", approximate=True),
    "glu": _plain("glu", axis=-1),
    "hard_silu": _plain("hard_swish"),
    "soft_sign": _plain("softsign"),
    "swish": _plain("silu"),
    "logistic": _plain("sigmoid"),
    "identity": lambda: None,
    "max_pool": _pooling("Max"),
    "avg_pool": _pooling("Average"),
}  # fmt: skip

_OF_JAX = ("jax", "flax")


def _is_flax(value: Any) -> bool:
    return type(value).__module__.startswith("flax.nnx.")


def function(path: str, value: Any) -> Any:
    """A function of JAX or Flax, perhaps with arguments, as a name or function of ours."""
    given = dict(getattr(value, "keywords", None) or {})
    if getattr(value, "args", ()):
        raise refused(path, repr(value)[:80])
    inner = value.func if isinstance(value, functools.partial) else value
    name = getattr(inner, "__name__", type(inner).__name__)
    module = str(getattr(inner, "__module__", "")).partition(".")[0]
    if name not in FUNCTIONS or module not in _OF_JAX:
        raise refused(path, f"the function {name}")
    try:
        return FUNCTIONS[name](**given)
    except TypeError as reason:
        raise refused(path, f"the function {name}", f" with {given!r:.80}") from reason


def converted(path: str, value: Any) -> Member:
    """A layer of ours for a module or a function; None for one that passes its input on."""
    if _is_flax(value):
        name = type(value).__name__
        if name not in MODULES:
            raise refused(path, name)
        return MODULES[name](path, value)
    if callable(value) and not hasattr(value, "__nnx_repr__"):
        found = function(path, value)
        is_activation = isinstance(found, (str, functools.partial))
        return library.Activation(found) if is_activation else found
    raise refused(path, f"{type(value).__module__}.{type(value).__name__}")
