"""An expression around every primitive, with operands that suit it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dovetail.graph.dtypes import DType, bool_, float64, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import ELEMENTWISE, LEAVES, PRIMITIVES
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.declared import declare
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.scan import body_of, loop

from .matrix_cases import CASES


@dataclass(frozen=True)
class Example:
    """An expression around one primitive, and what its inputs hold."""

    primitive: str
    label: str
    build: Callable[..., Node]
    shapes: tuple[Shape, ...]
    draw: Callable[[np.random.Generator, Shape], np.ndarray]
    dtypes: tuple[DType, ...] = ()

    def __str__(self) -> str:
        return f"{self.primitive}-{self.label}"

    def inputs(self) -> list[Node]:
        dtypes = self.dtypes or (float64,) * len(self.shapes)
        return [
            input_node(f"x{index}", shape, dtype)
            for index, (shape, dtype) in enumerate(zip(self.shapes, dtypes, strict=True))
        ]

    def values(self, rng: np.random.Generator, inputs: Sequence[Node]) -> dict[Node, np.ndarray]:
        def drawn(node: Node, index: int) -> np.ndarray:
            if node.dtype is bool_:
                return rng.random(node.shape) < 0.5
            if node.dtype.is_integer:
                return rng.integers(0, 3, node.shape)
            return self.draw(rng, node.shape)

        return {node: drawn(node, index) for index, node in enumerate(inputs)}


def normal(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    return rng.normal(size=shape)


def separated(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """No two values are close: a small step changes no maximum."""
    return 0.5 * rng.permutation(math.prod(shape)).reshape(shape)


def _apart(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """No two values of two arrays are close."""
    return separated(rng, shape) + rng.uniform(0.1, 0.2)


def within(low: float, high: float) -> Callable[[np.random.Generator, Shape], np.ndarray]:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _elementwise() -> list[Example]:
    examples: list[Example] = []
    for row in ELEMENTWISE:
        for shape in ((2, 3), (), (1,), (0,)):
            # Steps are sampled between their jumps.
            steps = row.name in ("floor_divide", "remainder", "floor", "ceil", "trunc", "round")
            draw = within(1.2, 1.3) if steps else within(*row.samples)
            if row.name == "select":
                examples.append(
                    Example(
                        "select", str(shape), row, (shape,) * 3, draw, (bool_, float64, float64)
                    )
                )
            elif row.name == "cast":
                examples.append(
                    Example("cast", str(shape), lambda x: ew.cast(x, dtype=float64), (shape,), draw)
                )
            elif row.name.startswith(("logical_", "bitwise_", "shift_")):
                dtype = bool_ if row.name.startswith("logical") else int64
                assert row.arity is not None
                examples.append(
                    Example(
                        row.name, str(shape), row, (shape,) * row.arity, draw, (dtype,) * row.arity
                    )
                )
            elif row.name in ("floor_divide", "remainder"):
                examples.append(
                    Example(
                        row.name,
                        str(shape),
                        lambda x, y, row=row: row(ew.add(x, 0.6), y),
                        (shape,) * 2,
                        draw,
                    )
                )
            else:
                assert row.arity is not None
                examples.append(Example(row.name, str(shape), row, (shape,) * row.arity, draw))
    return examples


class Scaled:
    """The derivative of (x y, exp(x y)), declared."""

    def __call__(
        self, inputs: tuple[Node, ...], outputs: tuple[Node, ...], cotangents: tuple[Node, ...]
    ) -> tuple[Node | None, ...]:
        x, y = inputs
        _, exponential = outputs
        weight = ew.add(cotangents[0], ew.multiply(cotangents[1], exponential))
        first, second = ew.multiply(weight, y), ew.multiply(weight, x)
        return first, second


SCALED = Scaled()


def declared_pair(x: Node, y: Node) -> tuple[Node, Node]:
    product = ew.multiply(x, y)
    first, second = declare((product, ew.exp(product)), (x, y), SCALED)
    return first, second


def _looped(carry: Node, constant: Node, xs: Node) -> tuple[Node, ...]:
    """h x + tanh(c) of each step, backwards."""
    h, c, x = (input_node(name, (2, 3), float64) for name in "hcx")
    after = ew.add(ew.multiply(h, x), ew.tanh(c))
    return loop(body_of([h], [c], [x], [after, ew.multiply(h, c)]), [carry, constant, xs], 4, True)


def _one_declared(x: Node, y: Node) -> Node:
    first, second = declared_pair(x, y)
    return ew.multiply(first, second)


def _windowed(axes: Shape, window: Shape, steps: Shape, dilations: Shape) -> dict[str, Shape]:
    return {"axes": axes, "window": window, "steps": steps, "dilations": dilations}


WINDOWS: list[tuple[dict[str, Shape], Shape, Shape]] = [
    (_windowed((0,), (3,), (1,), (1,)), (5,), (3, 3)),
    (_windowed((1,), (2,), (2,), (1,)), (2, 4), (2, 2, 2)),
    (_windowed((1, 2), (3, 2), (2, 1), (1, 2)), (2, 6, 5, 2), (2, 2, 3, 2, 3, 2)),
    (_windowed((2, 0), (2, 1), (3, 2), (1, 1)), (3, 2, 6), (2, 2, 2, 2, 1)),
    (_windowed((0,), (70,), (5,), (1,)), (81, 2), (3, 2, 70)),
]


def _structure() -> list[Example]:
    def case(
        primitive: str,
        label: str,
        build: Callable[..., Node],
        *shapes: Shape,
        dtypes: tuple[DType, ...] = (),
    ) -> Example:
        draw = separated if primitive in ("max", "min") else normal
        return Example(primitive, label, build, shapes, draw, dtypes)

    whole = ("sum", "prod", "max", "min")
    found = [
        case(
            name,
            f"{shape}{axes}",
            lambda x, name=name, axes=axes: PRIMITIVES[name](x, axes=axes),
            shape,
        )
        for name in whole
        for shape, axes in (
            ((2, 3), (0,)),
            ((2, 3), (1,)),
            ((2, 3), (0, 1)),
            ((), ()),
            ((1,), (0,)),
            ((2, 0), (0,)),
            ((3, 5), (1,)),
            ((2, 3, 4), (0, 2)),
        )
    ]
    found += [
        case(name, "empty", lambda x, name=name: PRIMITIVES[name](x, axes=(0,)), (0, 2))
        for name in ("sum", "prod")
    ]
    found += [
        case(
            "cumulative_prod",
            f"{axis}{reverse}{exclusive}",
            lambda x, a=axis, r=reverse, e=exclusive: st.cumulative_prod(
                x, axis=a, reverse=r, exclusive=e
            ),
            (2, 4),
        )
        for axis in (0, 1)
        for reverse in (False, True)
        for exclusive in (False, True)
    ]
    found += [
        case(
            "linear_recurrence",
            f"{axis}{reverse}",
            lambda x, y, a=axis, r=reverse: st.linear_recurrence(x, y, axis=a, reverse=r),
            (2, 4),
            (2, 4),
        )
        for axis in (0, 1)
        for reverse in (False, True)
    ]
    found += [
        case(
            "cumulative_sum",
            f"{axis}{reverse}",
            lambda x, a=axis, r=reverse: st.cumulative_sum(x, axis=a, reverse=r),
            (2, 3),
        )
        for axis in (0, 1)
        for reverse in (False, True)
    ]
    found += [
        case(
            name,
            str(axis),
            lambda x, name=name, axis=axis, shape=shape: st.gather(
                x, st.reshape(PRIMITIVES[name](x, axis=axis), shape=shape), axis=axis
            ),
            (3, 4),
        )
        for name in ("argmax", "argmin")
        for axis, shape in ((0, (1, 4)), (1, (3, 1)))
    ]
    found += [
        case("broadcast", "new", lambda x: st.broadcast(x, shape=(2, 3), dims=(1,)), (3,)),
        case(
            "broadcast",
            "stretched",
            lambda x: st.broadcast(x, shape=(2, 3, 4), dims=(0, 2)),
            (2, 1),
        ),
        case("broadcast", "one", lambda x: st.broadcast(x, shape=(1, 1), dims=(0, 1)), (1, 1)),
        case("broadcast", "scalar", lambda x: st.broadcast(x, shape=(2, 0), dims=()), ()),
        case("permute", "", lambda x: st.permute(x, axes=(2, 0, 1)), (2, 3, 4)),
        case("permute", "scalar", lambda x: st.permute(x, axes=()), ()),
        case("reshape", "", lambda x: st.reshape(x, shape=(3, 2)), (2, 3)),
        case("reshape", "empty", lambda x: st.reshape(x, shape=(0, 5)), (2, 0)),
        case(
            "slice", "", lambda x: st.slice_(x, starts=(1, 0), steps=(1, 2), sizes=(2, 2)), (3, 4)
        ),
        case(
            "slice",
            "back",
            lambda x: st.slice_(x, starts=(2, 3), steps=(-1, -2), sizes=(3, 2)),
            (3, 4),
        ),
        case(
            "slice",
            "empty",
            lambda x: st.slice_(x, starts=(0, 0), steps=(1, 1), sizes=(0, 4)),
            (3, 4),
        ),
        case("pad", "", lambda x: st.pad(x, shape=(5, 4), starts=(1, 0), steps=(2, 1)), (2, 3)),
        case("pad", "back", lambda x: st.pad(x, shape=(4,), starts=(3,), steps=(-1,)), (3,)),
        *(
            case(
                name,
                f"{attrs}",
                lambda x, name=name, attrs=attrs, more=more: PRIMITIVES[name](x, **attrs, **more),
                shape if name == "windows" else given,
            )
            for attrs, shape, given in WINDOWS
            for name, more in (
                ("windows", {}),
                ("overlap_add", {"extent": tuple(shape[axis] for axis in attrs["axes"])}),
            )
        ),
        case(
            "add_at",
            "",
            lambda x, y: st.add_at(x, y, starts=(1, 0), steps=(2, 1), apart=False),
            (5, 3),
            (2, 3),
        ),
        case("concat", "", lambda x, y: st.concat(x, y, axis=1), (2, 3), (2, 1)),
        case("concat", "empty", lambda x, y: st.concat(x, y, x, axis=0), (2,), (0,)),
        case(
            "iota",
            "",
            lambda x: ew.multiply(x, st.iota(shape=(2, 3), axis=1, dtype=float64)),
            (2, 3),
        ),
        case(
            "gather",
            "",
            lambda x, i: st.gather(x, i, axis=1),
            (2, 3),
            (2, 4),
            dtypes=(float64, int64),
        ),
        case(
            "gather",
            "one",
            lambda x, i: st.gather(x, i, axis=1),
            (2, 3),
            (2, 1),
            dtypes=(float64, int64),
        ),
        case(
            "gather",
            "negative",
            lambda x, i: st.gather(x, ew.subtract(i, 3), axis=1),
            (2, 3),
            (2, 1),
            dtypes=(float64, int64),
        ),
        case(
            "checked_index",
            "",
            lambda x, i: st.gather(x, st.checked_index(ew.subtract(i, 3), extent=3), axis=1),
            (2, 3),
            (2, 1),
            dtypes=(float64, int64),
        ),
        case(
            "checked_index",
            "of labels",
            lambda x, i: st.gather(x, st.checked_index(i, extent=3, from_end=False), axis=1),
            (2, 3),
            (2, 1),
            dtypes=(float64, int64),
        ),
        case(
            "scatter_add",
            "",
            lambda i, x: st.scatter_add(i, x, axis=1, extent=3),
            (2, 4),
            (2, 4),
            dtypes=(int64, float64),
        ),
        *(
            Example(
                name,
                f"{axis}{shape}",
                lambda x, i, u, name=name, axis=axis: PRIMITIVES[name](x, i, u, axis=axis),
                ((3, 3), shape, shape),
                _apart,
                (float64, int64, float64),
            )
            for name in ("scatter_set", "scatter_max", "scatter_min")
            for axis, shape in ((0, (4, 3)), (1, (3, 4)), (1, (3, 1)))
        ),
        case("matmul", "", st.matmul, (2, 3), (3, 4)),
        case("matmul", "batched", st.matmul, (2, 2, 3), (2, 3, 1)),
        case("matmul", "empty", st.matmul, (2, 0), (0, 3)),
        case(
            "argsort",
            "",
            lambda x: st.gather(x, st.argsort(x, axis=1, descending=True), axis=1),
            (2, 5),
        ),
        case("top_k", "", lambda x: st.gather(x, st.top_k(x, axis=1, k=2), axis=1), (2, 5)),
        case("top_k", "few", lambda x: st.gather(x, st.top_k(x, axis=0, k=2), axis=0), (20, 2)),
        case("declared", "", _one_declared, (2, 3), (2, 3)),
        case("scan", "carry", lambda h, c, x: _looped(h, c, x)[0], (2, 3), (2, 3), (4, 2, 3)),
        case("scan", "stack", lambda h, c, x: _looped(h, c, x)[1], (2, 3), (2, 3), (4, 2, 3)),
    ]
    return found


def _convolutions() -> list[Example]:
    """Space, kernel, channels of a group, results of a group, groups, steps, dilations, padding."""
    cases: list[tuple[Shape, Shape, int, int, int, Shape, Shape, Shape, Shape]] = [
        ((5,), (3,), 2, 2, 1, (1,), (1,), (1,), (0,)),
        ((6, 5), (3, 2), 2, 3, 1, (2, 1), (1, 2), (1, 0), (1, 2)),
        ((5, 4), (2, 2), 2, 1, 2, (1, 1), (2, 1), (0, 1), (0, 0)),
        ((6,), (2,), 1, 2, 3, (2,), (1,), (0,), (1,)),
        ((4, 4), (3, 3), 1, 1, 2, (1, 1), (1, 1), (1, 1), (1, 1)),
        ((3, 4, 3), (2, 1, 2), 2, 2, 1, (1, 2, 1), (1, 1, 1), (0, 0, 1), (0, 0, 0)),
        ((3,), (1,), 3, 2, 1, (2,), (1,), (2,), (0,)),
    ]
    found: list[Example] = []
    for space, window, inputs, outputs, groups, steps, dilations, lows, highs in cases:
        attrs = {
            "steps": steps, "dilations": dilations, "lows": lows, "highs": highs, "groups": groups,
        }  # fmt: skip
        x, kernel = (2, *space, inputs * groups), (*window, inputs, outputs * groups)
        y = st.conv(input_node("x", x, float64), input_node("k", kernel, float64), **attrs)
        for lead in ((), (2,)) if len(space) < 3 else ((),):
            shapes = [(*lead, *shape) for shape in (x, kernel, y.shape)]
            whole = st.conv(
                *(input_node(n, s, float64) for n, s in zip("xk", shapes[:2], strict=True)), **attrs
            )
            extra = st.conv.derivative.transpose(whole, whole, 0).ints("extra")  # type: ignore[union-attr]
            label = f"{lead}{space}{window}{groups}{steps}"
            found += [
                Example(
                    "conv", label, lambda x, k, a=attrs: st.conv(x, k, **a),
                    (shapes[0], shapes[1]), normal,
                ),
                Example(
                    "conv_input", label,
                    lambda y, k, a=attrs, e=extra: st.conv_input(y, k, extra=e, **a),
                    (shapes[2], shapes[1]), normal,
                ),
                Example(
                    "conv_kernel", label,
                    lambda x, y, a=attrs, w=window: st.conv_kernel(x, y, window=w, **a),
                    (shapes[0], shapes[2]), normal,
                ),
            ]  # fmt: skip
    return found


EXAMPLES = [
    *_convolutions(),
    *_elementwise(),
    *_structure(),
    *(Example(*case, normal) for case in CASES),
]
assert {example.primitive for example in EXAMPLES} == set(PRIMITIVES) - {row.name for row in LEAVES}
