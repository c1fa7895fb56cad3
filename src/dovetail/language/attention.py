"""`attention`: softmax(q k^T) v, with masks, windows and a score function of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import bool_, undefined
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.row import constant
from dovetail.language.attention_loops import attended
from dovetail.language.attention_tiles import Attention
from dovetail.language.functions import op
from dovetail.language.manipulation import reshape
from dovetail.language.operands import Operand, array, promoted, static, static_int, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.weak import resolve
from dovetail.language.window_arguments import known_flag

__all__ = ["attention"]

Window = int | tuple[int | None, int | None]
Score = Callable[[Any, Any, Any], Any]


@op
@static("causal", "window", "dropout", "score")
def attention(
    q: Operand,
    k: Operand,
    v: Operand,
    /,
    mask: Operand | None = None,
    bias: Operand | None = None,
    causal: bool = False,
    window: Window | None = None,
    scale: Operand | None = None,
    softcap: Operand | None = None,
    dropout: float = 0.0,
    score: Score | None = None,
    *,
    key: Operand | None = None,
) -> Tracer:
    """softmax(scale q k^T) v over the keys, for q, k and v of (batch, heads, time, size).

    k and v have as many heads as q, or a divisor of them, which groups of heads of q share. Scores
    are never stored as a whole. A query that attends to nothing gives 0, and gradients of 0.

    `mask`: bool, True where a query attends; or floating, and added to the scores. `bias`: added,
    too. Both broadcast to (batch, heads, queries, keys). Positions are those of the keys; the last
    query is at the last of them. `causal`: a query sees no key after its position. `window=w`: of
    the keys up to its position it sees the last w, its own included, and as many after it unless
    `causal`: those at a distance of less than w. `window=(before, after)`: so many keys before its
    position and after it, None for all.

    `scale`: 1 / sqrt(size) by default. `softcap=c`: the scores become c tanh(s / c). Then they
    become `score(s, i, j)`: a function of the scores s of a tile (n, m), the positions i of (n, 1)
    and j of (1, m), and what else it reads, which may have axes of heads, or examples and heads, in
    front, and has gradients. Last, bias and masks are added.

    `dropout`: each weight is 0 with this probability, else divided by 1 - dropout, as by
    `dt.dropout(weights, key, dropout)`; it needs a `key`. Vaswani et al. 2017, arXiv:1706.03762;
    without the matrix of scores: Dao 2023, arXiv:2307.08691.
    """
    found = promoted(q, k, v, floating=True)
    nodes = found.nodes
    if found.weak is not None:
        nodes = tuple(resolve(node, found.weak) for node in nodes)
    sharing = _check_shapes([node.shape for node in nodes])
    (batch, heads, queries, size), keys = nodes[0].shape, nodes[1].shape[2]
    shape = batch, heads, queries, nodes[2].shape[3]
    left, right = _limits(window, known_flag("attention", "causal", causal))
    if not math.prod(shape) or not keys:
        return wrap(constant(0, shape, nodes[0].dtype))
    if score is not None and not callable(score):
        raise ArgumentError("attention", "score", score, "a function of (scores, i, j), or None")
    whole = Attention(
        batch, heads, sharing, queries, keys, nodes[0].dtype,
        1.0 / math.sqrt(max(size, 1)) if scale is None else scale,
        softcap, left, right, score, _rate(dropout, key), key,
    )  # fmt: skip
    arrays = {"q": reshape(wrap(nodes[0]), (batch, heads // sharing, sharing, queries, size))}
    for name, node in zip("kv", nodes[1:], strict=True):
        arrays[name] = reshape(wrap(node), (batch, heads // sharing, 1, *node.shape[2:]))
    added: list[Tracer] = []
    for name, value in (("mask", mask), ("bias", bias)):
        if value is None:
            continue
        given = _over_scores(name, value, (batch, heads, queries, keys), sharing)
        if given.dtype is bool_ and name == "mask":
            arrays["mask"] = wrap(given)
        elif given.dtype.is_floating:
            added.append(wrap(given))
        else:
            kinds = "bool or floating" if name == "mask" else "floating"
            raise undefined(f"{name} of attention", [given.dtype], kinds)
    if added:
        arrays["bias"] = added[0] if len(added) == 1 else added[0] + added[1]
    return attended(whole, arrays)


def _check_shapes(shapes: list[Shape]) -> int:
    """The number of heads that share keys and values."""
    q, k, v = shapes
    expected = "q, k and v of (batch, heads, time, size)"
    if any(len(shape) != 4 for shape in shapes):
        raise ShapeError("attention", shapes, expected)
    if not q[0] == k[0] == v[0] or k[1:3] != v[1:3] or q[3] != k[3]:
        raise ShapeError(
            "attention", shapes,
            f"{expected}, with one batch, as many keys as values, and queries as long as keys",
        )  # fmt: skip
    if k[1] == q[1]:
        return 1
    if k[1] == 0 or q[1] % k[1]:
        raise ShapeError(
            "attention", shapes,
            f"as many heads of keys and values as of queries, or a divisor of these {q[1]}",
        )  # fmt: skip
    return q[1] // k[1]


def _limits(window: Window | None, causal: bool) -> tuple[int | None, int | None]:
    """How many keys before and after its position a query sees."""
    if window is None:
        return None, 0 if causal else None
    if isinstance(window, tuple):
        numbers = [x if x is None else static_int("attention", "window", x) for x in window]
    else:
        numbers = [static_int("attention", "window", window) - 1] * 2
    if len(numbers) != 2 or any(x is not None and x < 0 for x in numbers):
        raise ArgumentError(
            "attention", "window", window,
            "a number of keys of at least 1, or a pair (before, after) of 0 or more, None for all",
        )  # fmt: skip
    return numbers[0], 0 if causal else numbers[1]


def _rate(dropout: Any, key: Operand | None) -> float:
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise ArgumentError(
            "attention", "dropout", dropout, "a probability of at least 0 and less than 1"
        )
    if dropout and key is None:
        raise ArgumentError(
            "attention", "key", key, f"a random key for dropout={dropout}",
            "pass key=, an integer or two of them, as for dt.dropout",
        )  # fmt: skip
    return float(dropout)


def _over_scores(name: str, value: Any, scores: Shape, sharing: int) -> Node:
    """A mask or bias with five axes, those of heads split; the size is 1 where it is broadcast."""
    node = array(value)
    shape = (1,) * (4 - len(node.shape)) + node.shape
    if len(shape) != 4 or any(
        extent not in (1, target) for extent, target in zip(shape, scores, strict=True)
    ):
        raise ShapeError(
            f"{name} of attention", [node.shape],
            f"a shape that broadcasts to (batch, heads, queries, keys) = {scores}",
        )  # fmt: skip
    heads = (shape[1] // sharing, sharing) if shape[1] > 1 else (1, 1)
    return reshape(wrap(node), (shape[0], *heads, *shape[2:])).node
