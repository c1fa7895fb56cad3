"""Layers of attention over (batch, time, features)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, RandomKey, from_input
from dovetail.language.indexing import label_index
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.positions import rope

__all__ = ["GroupedQueryAttention", "MultiHeadAttention"]

Window = int | tuple[int | None, int | None] | None
Cache = tuple[Any, Any, Any]


def _glorot(inputs: int) -> Any:
    """Glorot-uniform for kernels whose first `inputs` axes count the inputs."""

    def draw(rng: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        fans = math.prod(shape[:inputs]) + math.prod(shape[inputs:])
        limit = math.sqrt(6.0 / max(1, fans))
        return rng.uniform(-limit, limit, shape)

    return draw


class _Attention(Layer):
    """The base of the layers: projections of queries, keys and values, and of the result."""

    query_kernel = Parameter("features", "query_heads", "query_size", init=_glorot(1))
    query_bias = Parameter("query_heads", "query_size", init="zeros", when="use_bias")
    key_kernel = Parameter("key_width", "key_heads", "query_size", init=_glorot(1))
    key_bias = Parameter("key_heads", "query_size", init="zeros", when="use_bias")
    value_kernel = Parameter("value_width", "key_heads", "value_size", init=_glorot(1))
    value_bias = Parameter("key_heads", "value_size", init="zeros", when="use_bias")
    output_kernel = Parameter("query_heads", "value_size", "units", init=_glorot(2))
    output_bias = Parameter("units", init="zeros", when="use_bias")
    dropout_key = RandomKey(when="dropout")

    @property
    def key_width(self) -> int:
        me: Any = self
        return me.features if me.key_features is None else me.key_features

    @property
    def value_width(self) -> int:
        me: Any = self
        return self.key_width if me.value_features is None else me.value_features

    def forward(
        self, query: Any, value: Any = None, key: Any = None, attention_mask: Any = None,
        use_causal_mask: bool = False, cache: Cache | None = None, *, training: bool = False,
    ) -> Any:  # fmt: skip
        """The result, (batch, time, units); with a `cache`, also the cache for the next call.

        `value` and `key`: query and value by default. `attention_mask`: True where a query attends,
        or added to the scores; (batch, queries, keys), or with an axis of heads before queries.
        `cache`: what `empty_cache` or the last call returned; a query sees no later position then.
        """
        me: Any = self
        value = query if value is None else value
        key = value if key is None else key
        for name, x, width in (
            ("query", query, me.features), ("key", key, self.key_width),
            ("value", value, self.value_width),
        ):  # fmt: skip
            if len(x.shape) != 3 or x.shape[-1] != width:
                remedy = f"give {name}_features=" if name != "query" and len(x.shape) == 3 else ""
                raise ShapeError(
                    f"{name} of {self.name}", [x.shape], f"(batch, time, {width})", remedy
                )
        q = _heads(query, self.query_kernel, self.query_bias)
        k = _heads(key, self.key_kernel, self.key_bias)
        v = _heads(value, self.value_kernel, self.value_bias)
        first = None if cache is None else cache[2]
        if me.rope is not None:
            q, k = (self._rotated(x, first) for x in (q, k))
        mask, causal = self._mask(attention_mask), use_causal_mask
        if cache is not None:
            cache, mask = _stored(self.name, cache, k, v, mask, me.window)
            k, v, causal = cache[0], cache[1], False
        dropped = me.dropout if training else 0.0
        found = dt.attention(
            q, k, v, mask=mask, causal=causal, window=None if cache is not None else me.window,
            softcap=me.softcap, score=me.score, dropout=dropped,
            key=self.dropout_key if dropped else None,
        )  # fmt: skip
        batch, heads, time, size = found.shape
        joined = dt.reshape(dt.permute_dims(found, (0, 2, 1, 3)), (batch, time, heads * size))
        kernel = self.output_kernel
        y = joined @ dt.reshape(kernel, (heads * size, kernel.shape[-1]))
        y = y if self.output_bias is None else y + self.output_bias
        if cache is None:
            return y
        keys, _, filled = cache  # where XLA compiled the call, a full cache does not raise
        return dt.where(filled <= keys.shape[2], y, math.nan), cache

    def _rotated(self, x: Any, first: Any) -> Any:
        me: Any = self
        places = dt.arange(x.shape[-2])
        return rope(x, places if first is None else places + first, me.rope, me.rope_interleaved)

    def _mask(self, mask: Any) -> Any:
        if mask is None:
            return None
        if len(mask.shape) == 3:
            return dt.expand_dims(mask, axis=1)
        if len(mask.shape) in (2, 4):
            return mask
        raise ShapeError(
            f"attention_mask of {self.name}", [mask.shape],
            "(batch, queries, keys), (batch, heads, queries, keys) or (queries, keys)",
        )  # fmt: skip

    def empty_cache(self, batch: int, length: int, dtype: Any = None) -> Cache:
        """Memory for the keys and values of `length` positions, for the argument `cache`.

        Keys, values, and the number of positions that are filled; arrays of NumPy. A call that
        would fill more than `length` raises; where XLA compiled it, it returns NaN.
        """
        me: Any = self
        kind = np.float32 if dtype is None else dtype
        sizes = me.query_size, me.value_size
        keys, values = (np.zeros((batch, me.key_heads, length, size), kind) for size in sizes)
        return keys, values, np.asarray(0)


def _heads(x: Any, kernel: Any, bias: Any) -> Any:
    """(batch, heads, time, size) of (batch, time, features)."""
    width, heads, size = kernel.shape
    y = x @ dt.reshape(kernel, (width, heads * size))
    if bias is not None:
        y = y + dt.reshape(bias, (heads * size,))
    return dt.permute_dims(dt.reshape(y, (*x.shape[:2], heads, size)), (0, 2, 1, 3))


def _stored(
    name: str, cache: Cache, k: Any, v: Any, mask: Any, window: Window
) -> tuple[Cache, Any]:
    """The cache with these keys and values appended, and the mask for its positions."""
    keys, values, filled = cache
    length, time = keys.shape[2], k.shape[2]
    if time > length or keys.shape[:2] != k.shape[:2] or keys.shape[3] != k.shape[3]:
        raise ShapeError(
            f"the cache of {name}", [keys.shape], f"{k.shape[:2]}, at least {time} positions, and "
            f"size {k.shape[3]}",
            "make it with empty_cache",
        )  # fmt: skip
    end = dt.astype(label_index(filled + time, length + 1), filled.dtype)  # raises if it is full
    filled = end - time
    place = dt.arange(length)
    number = place - filled  # the number of the new position that belongs there, if there is one
    new = dt.reshape(dt.logical_and(number >= 0, number < time), (length, 1))
    index = dt.minimum(dt.maximum(number, 0), time - 1)
    keys, values = (
        dt.where(new, dt.astype(dt.take(x, index, axis=2), old.dtype), old)
        for x, old in ((k, keys), (v, values))
    )
    query = dt.reshape(dt.arange(time), (time, 1)) + filled
    seen = place <= query
    if window is not None:
        before = window[0] if isinstance(window, tuple) else window - 1
        if before is not None:
            seen = dt.logical_and(seen, place >= query - before)
    if mask is None:
        mask = seen
    elif mask.dtype == dt.bool:
        mask = dt.logical_and(mask, seen)
    else:
        mask = dt.where(seen, mask, -math.inf)
    return (keys, values, end), mask


class MultiHeadAttention(_Attention):
    """Attention of `num_heads` heads, of `key_dim` features each. Vaswani et al. 2017.

    (batch, time, features) to (batch, time, `output_shape`), which is the features of the query by
    default. Arguments and arrays are those of Keras' layer; those of torch.nn.MultiheadAttention
    are these with heads and their size as one axis, transposed. `value_dim`: the size of values in
    a head, `key_dim` by default. `key_features`, `value_features`: the features of key and value
    where they are not those of the query. `window`, `softcap` and `score` as for `dt.attention`;
    `rope`: the base of rotary positions, such as 10000.0, by default none.
    """

    num_heads: int
    key_dim: int
    value_dim: int | None = None
    dropout: float = 0.0
    use_bias: bool = True
    output_shape: int | None = None
    window: Window = None
    softcap: float | None = None
    score: Any = None
    rope: float | None = None
    rope_interleaved: bool = False
    key_features: int | None = None
    value_features: int | None = None
    features: int = from_input(axis=-1)

    @property
    def query_heads(self) -> int:
        return self.num_heads

    @property
    def key_heads(self) -> int:
        return self.num_heads

    @property
    def query_size(self) -> int:
        return self.key_dim

    @property
    def value_size(self) -> int:
        return self.key_dim if self.value_dim is None else self.value_dim

    @property
    def units(self) -> int:
        return self.features if self.output_shape is None else self.output_shape


class GroupedQueryAttention(_Attention):
    """Attention whose `num_query_heads` heads share fewer heads of keys and values.

    Ainslie et al. 2023, arXiv:2305.13245. (batch, time, features) to the same. Arguments and arrays
    are those of Keras' layer; the others as for `MultiHeadAttention`.
    """

    head_dim: int
    num_query_heads: int
    num_key_value_heads: int
    dropout: float = 0.0
    use_bias: bool = True
    window: Window = None
    softcap: float | None = None
    score: Any = None
    rope: float | None = None
    rope_interleaved: bool = False
    key_features: int | None = None
    value_features: int | None = None
    features: int = from_input(axis=-1)

    @property
    def query_heads(self) -> int:
        count = self.num_key_value_heads
        if count < 1 or self.num_query_heads % count:
            raise ArgumentError(
                self.name, "num_key_value_heads", count,
                f"a divisor of num_query_heads, {self.num_query_heads}",
            )  # fmt: skip
        return self.num_query_heads

    @property
    def key_heads(self) -> int:
        return self.num_key_value_heads

    @property
    def query_size(self) -> int:
        return self.head_dim

    @property
    def value_size(self) -> int:
        return self.head_dim

    @property
    def units(self) -> int:
        return self.features


@MultiHeadAttention.samples
def _(rng: Any) -> Any:
    return MultiHeadAttention(2, 3), rng.normal(size=(2, 5, 6))


@GroupedQueryAttention.samples
def _(rng: Any) -> Any:
    return GroupedQueryAttention(4, 4, 2), rng.normal(size=(2, 5, 6))
