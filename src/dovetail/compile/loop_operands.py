"""How products in a loop read matrices that are the same at all steps, unless by panels.py."""

from __future__ import annotations

from dovetail.graph.node import Node
from dovetail.graph.primitives.scan import Body
from dovetail.graph.primitives.structure import matmul

TRANSPOSE = (1, 0)
# Steps from which a copy before the loop pays. OpenBLAS' kernels for AVX-512 take twice as long for
# small products with a transposed matrix on the right: 32 x 512 by 512 x 128 42 us instead of 25.
WORTH_COPYING = 8


def right_matrices(body: Body) -> dict[int, bool]:
    """The constants that the body reads as right matrices of products alone; whether transposed."""
    return body.derived("right matrices", lambda: _right_matrices(body))


def _right_matrices(body: Body) -> dict[int, bool]:
    readers: dict[Node, list[tuple[Node, int]]] = {}
    for node in body.graph:
        for place, arg in enumerate(node.args):
            readers.setdefault(arg, []).append((node, place))

    def turns(node: Node, turned: bool) -> set[bool | None]:
        """Whether products read the node transposed, once for each way; None: another reader."""
        found: set[bool | None] = set()
        for reader, place in readers.get(node, ()):
            if is_transposed(reader) and reader not in body.outputs:
                found |= turns(reader, not turned)
            else:
                is_right = reader.primitive is matmul and place == 1 and len(reader.shape) == 2
                found.add(turned if is_right else None)
        return found

    matrices: dict[int, bool] = {}
    for number in range(body.carries, body.first_x):
        constant = body.inputs[number]
        found = turns(constant, False)
        if len(found) == 1 and None not in found and constant not in body.outputs:
            matrices[number] = True in found
    return matrices


def is_transposed(node: Node) -> bool:
    """Whether a node is the transpose of a matrix."""
    return node.op == "permute" and node.ints("axes") == TRANSPOSE
