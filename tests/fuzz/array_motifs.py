"""Motifs of positions, order, movement and products."""

from __future__ import annotations

from typing import Any

from tests.fuzz.motifs import axis_of, meet, motif


@motif(6)
def extremum(d: Any) -> Any:
    """argmax, and the element there."""
    x = d.pick()
    axis = axis_of(d, x)
    if axis is None:
        return None
    i = d.add(d.structure.choice(("argmax", "argmin")), x, axis=axis, keepdims=True)
    kind = d.structure.choice(("there", "there", "index", "hot", "equal"))
    if kind == "equal":
        return meet(d, "equal", x, d.add("max", x, axis=axis, keepdims=True))
    if kind == "there":
        return d.add("take_along_axis", x, i, axis=axis)
    return i


@motif(5)
def ordered(d: Any) -> Any:
    x = d.pick()
    axis = axis_of(d, x)
    if axis is None:
        return None
    name = d.structure.choice(("sort", "sort", "argsort"))
    made = d.add(name, x, axis=axis)
    if name == "argsort" and d.structure.random() < 0.6:
        return d.add("take_along_axis", x, made, axis=axis)
    return made


@motif(5)
def running(d: Any) -> Any:
    x = d.pick()
    name = d.structure.choice(("cumulative_sum", "cumulative_sum", "cumulative_prod", "diff"))
    return None if not d.value(x).ndim else d.add(name, x, axis=axis_of(d, x))


@motif(7)
def gathered(d: Any) -> Any:
    """take, take_along_axis, and picking a label's log-probability."""
    x = d.pick()
    axis = axis_of(d, x)
    if axis is None:
        return None
    shape = d.value(x).shape
    place = axis % len(shape)
    count = d.structure.choice((1, 2, 3))
    kind = d.structure.choice(("take", "along", "label"))
    if kind == "take":
        return d.add("take", x, d.new_positions((count,), shape[axis]), axis=axis)
    if kind == "along":
        places = d.new_positions((*shape[:place], count, *shape[place + 1 :]), shape[axis])
        return d.add("take_along_axis", x, places, axis=axis)
    labels = d.new_positions(shape[:-1], shape[-1])
    if labels is None:
        return None
    logs = d.add("log_softmax", x, axis=-1)
    picked = d.add("take_along_axis", logs, d.add("index", labels, key="..., None"), axis=-1)
    return d.add("index", picked, key="..., 0")


@motif(14)
def moved(d: Any) -> Any:
    x = d.pick()
    rank = d.value(x).ndim
    choices = ["flatten", "stack", "like", "expand"]
    if rank:
        choices += ["flip", "roll", "index", "index", "concat", "pad", "repeat", "tile"]
    if rank > 1:
        choices += ["transpose", "transpose", "permute", "tril", "triu", "join_last"]
    name = d.structure.choice(choices)
    axis = axis_of(d, x)
    if name == "like":
        others = [t for t in d.floats() if d.value(t).ndim >= rank]
        return d.add("like", x, d.structure.choice(others))
    if name == "expand":
        return d.add("expand", x, axis=d.structure.randint(0, rank))
    if name in ("flip", "roll", "repeat"):
        extra = {"roll": {"shift": d.structure.choice((-1, 1, 2))}, "repeat": {"count": 2}}
        return d.add(name, x, **extra.get(name, {}), axis=axis)
    if name == "index":
        keys = ["0", "-1", "1:", ":-1", "::2", "::-1", "..., 0", "..., -1", "..., 1:", "..., ::2",
                "..., ::-1", "..., None", "None"]  # fmt: skip
        return d.add("index", x, key=d.structure.choice(keys))
    if name in ("concat", "stack"):
        same = [t for t in d.floats() if d.value(t).shape == d.value(x).shape]
        parts = [x, d.structure.choice(same)]
        d.structure.shuffle(parts)
        where = axis if name == "concat" else d.structure.randint(0, rank)
        return d.add(name, *parts, axis=where)
    extra = {
        "pad": {"c": d.structure.choice((0, 0, 1.0))},
        "permute": {"axes": tuple(d.structure.sample(range(rank), rank))},
        "tril": {"k": d.structure.choice((-1, 0, 1))},
        "triu": {"k": d.structure.choice((-1, 0, 1))},
    }
    return d.add(name, x, **extra.get(name, {}))


@motif(7)
def product(d: Any) -> Any:
    x = d.pick()
    shape = d.value(x).shape
    if not shape:
        return None
    kind = d.structure.choice(("right", "self", "gram", "vecdot", "outer", "vector"))
    if kind == "self" and len(shape) > 1:
        return d.add("matmul", x, d.add("transpose", x))
    if kind == "gram" and len(shape) == 2:
        return d.add("gram", x, x)
    if kind == "vecdot":
        same = [t for t in d.floats() if d.value(t).shape == shape]
        return d.add("vecdot", x, d.structure.choice(same))
    if kind == "outer" and len(shape) == 1:
        return d.add("outer", x, x)
    if kind == "vector":
        return d.add("matmul", x, d.new_input(shape[-1:], d.dtype_of(x)))
    return d.add(
        "matmul", x, d.new_input((shape[-1], d.structure.choice((1, 3, shape[-1]))), d.dtype_of(x))
    )
