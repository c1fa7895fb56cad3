"""`scan`: a loop whose step is traced once, whatever the number of steps.

What the step reads of the values around it becomes an operand of the loop, so that the body is
closed. Values that are computed from these alone are computed once, before the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from dovetail.errors import ArgumentError, DovetailError, StructureError, TraceError, described
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape, substitute, topological
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import Body, body_of, loop
from dovetail.graph.primitives.scan_segments import checkpointed_loop
from dovetail.language.functions import op
from dovetail.language.location import location_of, name_of, user_line
from dovetail.language.operands import array, is_array, operand, static, static_int, wrap
from dovetail.language.scope import opened, require_running
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, flatten, unflatten
from dovetail.language.weak import resolve

__all__ = ["scan"]

Step = Callable[[Any, Any], tuple[Any, Any]]


@op
@static("step")
def scan(
    step: Step,
    carry: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    checkpoint: bool = False,
) -> tuple[Any, Any]:
    """Run `step(carry, x) -> (carry, y)` once for each x; returns (last carry, all y stacked).

    `carry`, `xs` and what the step returns are arrays, or trees of them; x is a slice of `xs`
    along the first axis. The carry keeps its structure, shapes and types. Without xs, x is None,
    and `length` is the number of steps. `reverse`: from the last x to the first; each y is stored
    at the position of its x. `checkpoint`: the gradient saves about 2 sqrt(length) carries and runs
    the steps again, instead of saving the residuals of each step.
    """
    loop_of_step = Loop(step, carry, xs, length)
    return loop_of_step.run(bool(reverse), bool(checkpoint))


def recomputed_scan(step: Step, carry: Any, xs: Any) -> tuple[Any, Any]:
    """A scan whose gradient keeps the carries of every step and computes the rest again."""
    return Loop(step, carry, xs, None).run(False, True, segmented=False)


def mapped(function: Callable[[Any], Any], xs: Any) -> Any:
    """`function(x)` for each x along the first axis of the arrays `xs`, stacked.

    The calls are independent, so that they run on several threads. The gradient computes what it
    needs of each call again, but for the results.
    """

    def step(_: Any, x: Any) -> tuple[Any, Any]:
        return (), function(x)

    step.__name__ = name_of(function)
    return recomputed_scan(step, (), xs)[1]


class _Leaf(NamedTuple):
    """An array of a tree of arguments: where it is, its node, its type if it is weak."""

    path: str
    node: Node
    weak: DType | None = None


class Loop:
    """One call of `scan`, or of a function like it, which `name` says."""

    def __init__(
        self, step: Step, carry: Any, xs: Any, length: Any, name: str | None = None
    ) -> None:
        self.step = step
        self.name = name or f"scan({name_of(step)})"
        self.location = location_of(step)
        found, self.carry_tree = flatten(carry, "carry")
        self.carry = [self._leaf(path, value) for path, value in found]
        found, self.x_tree = ([], Tree(tuple)) if xs is None else flatten(xs, "xs")
        self.has_xs = xs is not None
        self.xs = [self._resolved(self._leaf(path, value)) for path, value in found]
        self.length = self._length(length)

    def _leaf(self, path: str, value: Any) -> _Leaf:
        if not is_array(value):
            raise TraceError(
                f"{path} of {self.name} is {described(value)}",
                "an array, or tuples, lists and dicts of arrays",
                "leave it out of the carry and let the step read it where it is defined",
                self.location,
            )
        return _Leaf(path, *operand(value))

    @staticmethod
    def _resolved(leaf: _Leaf) -> _Leaf:
        return leaf if leaf.weak is None else _Leaf(leaf.path, resolve(leaf.node, leaf.weak))

    def _length(self, given: Any) -> int:
        """The number of steps, which xs and `length` agree on."""
        sizes: dict[str, int] = {}
        for leaf in self.xs:
            if not leaf.node.shape:
                raise StructureError(
                    f"{leaf.path} of {self.name}", "an array without dimensions",
                    "a first axis with one entry for each step",
                    "stack the values of all steps, or let the step read a value that all share",
                )  # fmt: skip
            sizes[leaf.path] = leaf.node.shape[0]
        if given is not None:
            length = static_int(self.name, "length", given)
            if length < 0:
                raise ArgumentError(self.name, "length", given, "0 or more steps")
            sizes["length"] = length
        if not sizes:
            raise ArgumentError(
                self.name, "length", given, "the number of steps where there are no xs",
                "pass xs, or length=",
            )  # fmt: skip
        first = next(iter(sizes.values()))
        if any(size != first for size in sizes.values()):
            each = ", ".join(f"{path}: {size}" for path, size in sizes.items())
            raise StructureError(
                f"the xs of {self.name} differ in length", each, "one number of steps for all",
                "slice them to the same length along their first axis",
            )  # fmt: skip
        return first

    # Tracing the step.

    def run(self, reverse: bool, checkpoint: bool, *, segmented: bool = True) -> tuple[Any, Any]:
        """The outputs. `segmented`: with a checkpoint at every few steps, not at every one."""
        inputs, outputs, y_tree = self.traced()
        count = len(self.carry)
        body, constants = closed(inputs[:count], inputs[count:], outputs)
        operands = [*(leaf.node for leaf in self.carry), *constants, *(x.node for x in self.xs)]
        source = user_line()
        if checkpoint and segmented:
            nodes = checkpointed_loop(body, operands, self.length, reverse, source)
        else:
            nodes = loop(body, operands, self.length, reverse, checkpoint, source)
        found = list(map(wrap, nodes))
        return unflatten(self.carry_tree, found[:count]), unflatten(y_tree, found[count:])

    def traced(self) -> tuple[list[Node], list[Node], Tree]:
        """Inputs and outputs of the step; a weak carry takes the type that the step returns."""
        while True:
            inputs = [fresh_input(leaf.node, "carry") for leaf in self.carry]
            inputs += [fresh_input(x.node, "x", x.node.shape[1:]) for x in self.xs]
            carry, ys, y_tree = self._call(inputs)
            if all(leaf.weak is None for leaf in self.carry):
                return inputs, [*self._checked(carry), *ys], y_tree
            self.carry = [
                _typed(leaf, weak or node.dtype)
                for leaf, (node, weak) in zip(self.carry, carry, strict=True)
            ]

    def _call(
        self, inputs: Sequence[Node]
    ) -> tuple[list[tuple[Node, DType | None]], list[Node], Tree]:
        scope = require_running()
        with opened(scope.functions, scope.namespace) as inner:
            weak = [leaf.weak for leaf in self.carry] + [None] * len(self.xs)
            given = [Tracer(n, inner, w) for n, w in zip(inputs, weak, strict=True)]
            count = len(self.carry)
            carry = unflatten(self.carry_tree, given[:count])
            x = unflatten(self.x_tree, given[count:]) if self.has_xs else None
            returned: Any = self.step(carry, x)
            pair = cast("tuple[Any, ...]", returned) if isinstance(returned, tuple) else ()
            if len(pair) != 2:
                error = StructureError(
                    f"what the step of {self.name} returned", described(cast("Any", returned)),
                    "a pair (carry, y)",
                    "return (carry, y), or (carry, ()) where nothing is stacked",
                )  # fmt: skip
                raise _located(error, self.location)
            leaves, tree = flatten(returned[0], "carry")
            if tree != self.carry_tree:
                error = StructureError(
                    f"the carry that the step of {self.name} returned", _structure(leaves),
                    f"the structure of the first carry: {_structure(self.carry)}",
                    "return a carry with the same nesting, keys and order",
                )  # fmt: skip
                raise _located(error, self.location)
            carried = [operand(self._output(path, value)) for path, value in leaves]
            ys, y_tree = ([], Tree(tuple)) if returned[1] is None else flatten(returned[1], "y")
            return carried, [array(self._output(path, value)) for path, value in ys], y_tree

    def _output(self, path: str, value: Any) -> Any:
        if not is_array(value):
            raise TraceError(
                f"the step of {self.name} returned {described(value)} at {path}, which is no array",
                "arrays, or tuples, lists and dicts of arrays",
                "return the computed array",
                self.location,
            )
        return value

    def _checked(self, carry: Sequence[tuple[Node, DType | None]]) -> list[Node]:
        """The carries that the step returned, which have the shapes and types of the first."""
        found: list[Node] = []
        for leaf, (node, weak) in zip(self.carry, carry, strict=True):
            if weak is not None and _takes(leaf.node.dtype, weak):
                node = resolve(node, leaf.node.dtype)
            if node.shape != leaf.node.shape or node.dtype is not leaf.node.dtype:
                error = StructureError(
                    f"{leaf.path} of {self.name} changes from one step to the next",
                    _described(node.shape, node.dtype),
                    f"{_described(leaf.node.shape, leaf.node.dtype)}, which the first carry has",
                    "start with a carry of the shape and type that the step returns, or convert "
                    "what it returns with dt.astype, dt.broadcast_to or dt.reshape",
                )
                raise _located(error, node.source or self.location)
            found.append(node)
        return found


def _typed(leaf: _Leaf, dtype: DType) -> _Leaf:
    """A weak leaf in the type that the step returns for it, or else its default."""
    if leaf.weak is None:
        return leaf
    chosen = dtype if _takes(dtype, leaf.weak) else leaf.weak
    return _Leaf(leaf.path, resolve(leaf.node, chosen))


def _located(error: DovetailError, location: str | None) -> DovetailError:
    error.at(location)
    return error


def _takes(dtype: DType, weak: DType) -> bool:
    """Whether a weak value may be of this type."""
    order = "biuf"
    return order.index(weak.kind) <= order.index(dtype.kind)


def _described(shape: Shape, dtype: DType) -> str:
    return f"{dtype} of shape {shape}"


def _structure(leaves: Sequence[tuple[Any, ...]]) -> str:
    return ", ".join(path for path, *_ in leaves) or "nothing"


# Closing the body over what it reads.


def closed(
    carries: Sequence[Node], xs: Sequence[Node], outputs: Sequence[Node]
) -> tuple[Body, list[Node]]:
    """The body of a loop, and the values around it that it reads, as further operands."""
    order = topological(outputs)
    varying = {*carries, *xs}
    for node in order:
        if any(arg in varying for arg in node.args):
            varying.add(node)
    read = {arg: None for node in order if node in varying for arg in node.args}
    read |= dict.fromkeys(outputs)
    constants: dict[Node, None] = {}
    waiting = [node for node in read if node not in varying]
    while waiting:
        node = waiting.pop()
        if node.primitive.view:  # costs nothing, and may be larger than what it is a view of
            waiting.append(node.args[0])
        elif node.args or node.op in ("input", "literal"):
            constants[node] = None
    known = list(constants)
    inner = [fresh_input(node, "constant") for node in known]
    inside = substitute(outputs, dict(zip(known, inner, strict=True)))
    return body_of(carries, inner, xs, inside), known
