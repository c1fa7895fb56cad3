"""Products in loops with a matrix that is the same at all steps.

In float32 and float64 they read it as *panels*, made once before the loop: each has the columns of
one tile of the product, in the order in which the tile reads them (runtime/convolution.c). BLAS
would bring the matrix into such an order at every step: 32 x 256 by 256 x 1024 takes it 106 us on
one thread, and tiles over panels 68.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dovetail.compile.cpu.convolution_tiles import tiles
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.node import (
    RESULT,
    Attributes,
    Dimensions,
    Graph,
    Node,
    Shape,
    Tie,
    rebuild,
)
from dovetail.graph.primitives.row import Array, Primitive, input_node, same_dtype
from dovetail.graph.primitives.scan import Body, body_of, is_loop, loop, loop_key
from dovetail.graph.primitives.structure import matmul, pad, permute, reshape
from dovetail.transform.scan_hoist import has_loops


def _infer(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    a, panels = args
    count, inner, width = panels.shape
    columns = attrs["columns"]
    if len(a.shape) != 2 or a.shape[1] != inner or not 0 <= count * width - columns < width:
        raise ShapeError(name, [a.shape, panels.shape], f"(m, k), and panels of {columns} columns")
    return (a.shape[0], columns), same_dtype(name, args)


def _evaluate(node: Node, a: Array, panels: Array) -> Array:
    whole = np.moveaxis(panels, 0, 1).reshape(a.shape[1], -1)
    return np.matmul(a, whole[:, : node.integer("columns")])


class _OfPanels(Dimensions):
    """The rows, and what is summed."""

    def ties(self, node: Node) -> Iterator[Tie]:
        yield (RESULT, 0), (0, 0)
        yield (0, 1), (1, 1)


# The product of a matrix and panels (panels, rows, columns of each), of which the last may be
# filled up. It is made here, in the bodies of loops, and no other pass knows it.
panel_matmul = Primitive(
    "panel_matmul", "library", 2, _infer, _evaluate, dimensions=_OfPanels(), accumulates=True
)


def with_panels(graph: Graph) -> Graph:
    """The graph, with loops that multiply by panels."""
    if not graph.known(has_loops):
        return graph
    done: dict[Node, Node] = {}
    for node in graph:
        done[node] = rebuild(node, [done[arg] for arg in node.args])
        if is_loop(node):
            done[node] = _loop_with_panels(done[node])
    return Graph(graph.inputs, tuple(done[output] for output in graph.outputs))


def _loop_with_panels(node: Node) -> Node:
    body, length, reverse, checkpoint, operands = loop_key(node)
    made, matrices = body.derived("panels", lambda: _body_with_panels(body))
    if made is body:
        return node
    given = [
        _panels(operand, matrices[number]) if number in matrices else operand
        for number, operand in enumerate(operands)
    ]
    return loop(made, given, length, reverse, checkpoint, node.source)[node.integer("index")]


def _body_with_panels(body: Body) -> tuple[Body, dict[int, bool]]:
    """The body that reads panels of some of its constants; whether these are transposed."""
    matrices = _right_matrices(body)
    if not matrices:
        return body, matrices
    inputs = list(body.inputs)
    replaced: dict[Node, Node] = {}
    for number, turned in matrices.items():
        matrix = body.inputs[number]
        inputs[number] = input_node(f"panels.{number}", _panels(matrix, turned).shape, matrix.dtype)
        replaced[matrix] = inputs[number]
    done = dict(zip(body.inputs, inputs, strict=True))
    for node in body.graph:
        if node in done:
            continue
        panels = replaced.get(node.args[0]) if _is_transposed(node) else None
        if panels is not None:  # the products with it read the panels
            done[node] = replaced[node] = panels
        elif node.primitive is matmul and node.args[1] in replaced:
            a, b = node.args
            done[node] = panel_matmul(done[a], replaced[b], columns=b.shape[1])
        else:
            done[node] = rebuild(node, [done[arg] for arg in node.args])
    outputs = [done[output] for output in body.outputs]
    return body_of(*body.by_role(inputs), outputs), matrices


def _right_matrices(body: Body) -> dict[int, bool]:
    """The constants that the body reads as right matrices of products alone; whether transposed.

    Of products that tiles compute: they read the left matrix by rows.
    """
    readers: dict[Node, list[tuple[Node, int]]] = {}
    for node in body.graph:
        for place, arg in enumerate(node.args):
            readers.setdefault(arg, []).append((node, place))

    def turns(node: Node, turned: bool) -> set[bool | None]:
        """Whether products read the node transposed, once for each way; None: another reader."""
        found: set[bool | None] = set()
        for reader, place in readers.get(node, ()):
            if _is_transposed(reader) and reader not in body.outputs:
                found |= turns(reader, not turned)
            else:
                is_right = reader.primitive is matmul and place == 1 and len(reader.shape) == 2
                by_rows = is_right and not _is_transposed(reader.args[0])
                found.add(turned if by_rows else None)
        return found

    matrices: dict[int, bool] = {}
    for number in range(body.carries, body.first_x):
        constant = body.inputs[number]
        if constant.dtype in (float32, float64) and constant.size and constant not in body.outputs:
            found = turns(constant, False)
            if len(found) == 1 and None not in found:
                matrices[number] = True in found
    return matrices


def _is_transposed(node: Node) -> bool:
    return node.op == "permute" and node.ints("axes") == (1, 0)


def _panels(matrix: Node, transposed: bool) -> Node:
    """(panels, rows, columns of each) of a matrix, or of its transpose."""
    if _is_transposed(matrix):
        matrix, transposed = matrix.args[0], not transposed
    axis = 0 if transposed else 1  # of the columns
    columns = matrix.shape[axis]
    width = tiles(matrix.dtype.itemsize, columns).channels
    count = -(-columns // width)
    if count * width > columns:
        wide = tuple(count * width if n == axis else size for n, size in enumerate(matrix.shape))
        matrix = pad(matrix, shape=wide, starts=(0, 0), steps=(1, 1))
    if transposed:
        return permute(reshape(matrix, shape=(count, width, matrix.shape[1])), axes=(0, 2, 1))
    return permute(reshape(matrix, shape=(matrix.shape[0], count, width)), axes=(1, 0, 2))


def panel_constants(body: Body) -> frozenset[int]:
    """The constants that are panels: the body reads them in C order."""
    return body.derived("panel constants", lambda: _panel_constants(body))


def _panel_constants(body: Body) -> frozenset[int]:
    read = {node.args[1] for node in body.graph if node.primitive is panel_matmul}
    return frozenset(n for n in range(body.carries, body.first_x) if body.inputs[n] in read)
