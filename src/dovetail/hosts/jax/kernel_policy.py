"""Choose between our kernel and XLA's `jax.numpy`.

On the CPU, measured by `benchmarks/jax_host.py` and `jax_neighbours.py`, JAX 0.10 on two cores,
ratios of XLA's time to the kernel's, of the functions and of their gradients:

- On their own, kernels are never slower: as fast at 64 elements, 2 to 20 times as fast at a
  thousand to a hundred thousand, and 1 to 3 times at ten million, where memory rules.
- Behind pointwise work, which XLA would fuse with them, the call costs a pass over memory.
  Plain pointwise work is then better left to XLA (0.2 to 0.9); chains of transcendental
  functions gain up to some ten thousand elements (0.9 to 9), rows with reductions up to some
  hundred thousand (0.8 to 5).
- A bias behind a product of XLA's is added with what follows it, without an array between: a step
  of a gated MLP took 0.94 of the time (`models.py`).
- XLA fuses nothing with a loop, compiles the loops of an attention and its gradient in 3 to 7 s
  (ours take 0.3 s), and runs them no faster, those with products in their steps included
  (`networks.py`).
- XLA compiles the gradient of 100 operations, a thousand nodes, in 0.3 s, of 300 in 7.5 s, and of
  400 in 34 s. Our time grows in proportion, so longer graphs are always kernels.
- A product of matrices takes XLA as long as BLAS, but for the gradient by a matrix of weights, of
  which the left operand is transposed: there XLA takes 1.2 to 2.7 times as long, on two busy cores.
- Convolutions take XLA 1.2 to 11 times as long, and their gradients by the kernel 1.2 to 2.7 times.
  Where fewer channels than half a vector come out it is faster (0.2 to 0.8), and with groups (0.4
  to 0.5), but for the gradient by the kernel. A kernel for each channel takes it 2 to 90 times as
  long.

On GPUs nothing has been measured. There only pointwise work that XLA would fuse with what is before
it is left to XLA, since a call of its own costs a pass over memory.
"""

from __future__ import annotations

from math import inf, prod

from dovetail.compile.tiled_convolution import window_bytes
from dovetail.graph.node import Cost, Graph, Node
from dovetail.graph.primitives import PRIMITIVES

# The largest number of elements for which the kernel is called: on its own, and behind
# work that XLA would fuse it with.
UP_TO: dict[str, tuple[float, float]] = {
    "plain": (inf, 0),
    "transcendental": (inf, 30_000),
    "rows": (inf, 300_000),
    "loops": (inf, inf),
}
POINTWISE = frozenset({"plain", "transcendental"})
LONGEST = 1000  # nodes that XLA compiles in good time
CHAIN = 2  # transcendental functions that make a chain
REDUCTIONS = frozenset({"reduction", "search", "running"})
PRODUCTS = frozenset(name for name, row in PRIMITIVES.items() if row.multiply_adds is not None)
LEAST_WORK = 1 << 19  # multiply-adds of a product
LEAST_SUM = 32  # products that are added up for each element of a gradient by a matrix
MOST_WINDOWS = 1 << 28  # bytes of a copy of all windows of a convolution


def kind_of(graph: Graph) -> str:
    """The row of `UP_TO` that a graph belongs to."""
    found = {node.primitive.category for node in graph}
    if "loop" in found:
        return "loops"
    if not REDUCTIONS.isdisjoint(found):
        return "rows"
    chain = sum(node.primitive.cost is Cost.TRANSCENDENTAL and node.shape != () for node in graph)
    return "transcendental" if chain >= CHAIN else "plain"


def is_product(graph: Graph) -> bool:
    """Whether a graph is one product of two inputs, as they are or with their axes permuted."""
    inner = [node for node in graph if node.op not in ("input", "permute")]
    return len(inner) == 1 and inner[0].op in PRODUCTS and len(graph.outputs) == 1


def a_product_wins(graph: Graph) -> bool:
    """Whether a product is to be an operation, because it or a derivative may be called."""
    node = _product_of(graph)
    axes = 0 if node.op == "matmul" else len(node.ints("steps"))
    return len(node.shape) == axes + 2 and _is_large(graph, node)


def product_wins(graph: Graph) -> bool:
    """Whether the kernels of a product are to be called."""
    node = _product_of(graph)
    if not _is_large(graph, node):
        return False
    if node.op == "matmul":
        transposed = node.args[0].op == "permute"
        return transposed and node.args[0].shape[-1] >= LEAST_SUM
    return window_bytes(node) <= MOST_WINDOWS


def _product_of(graph: Graph) -> Node:
    (node,) = (each for each in graph if each.op in PRODUCTS)
    return node


def _is_large(graph: Graph, node: Node) -> bool:
    count = node.primitive.multiply_adds
    assert count is not None
    return 0 not in _sizes(graph) and count(node) >= LEAST_WORK


def _is_long(graph: Graph) -> bool:
    return sum(1 for _ in graph) > LONGEST


def kernel_wins(graph: Graph, alone: bool, after_product: bool) -> bool:
    """Whether the kernel of a graph is to be called.

    `alone`: nothing before it fuses with it. `after_product`: it reads a product of XLA's.
    """
    sizes = _sizes(graph)
    if 0 in sizes:
        return False
    kind = graph.known(kind_of)
    if kind == "plain" and after_product:
        return False
    limit = UP_TO[kind][0 if alone else 1]
    return graph.known(_is_long) or max(sizes) <= limit


def gpu_kernel_wins(graph: Graph, alone: bool) -> bool:
    """The same on NVIDIA's GPUs."""
    if 0 in _sizes(graph):
        return False
    return alone or graph.known(_is_long) or graph.known(kind_of) not in POINTWISE


def _sizes(graph: Graph) -> list[int]:
    """The elements of inputs and outputs; XLA has no buffers for empty arrays."""
    return [prod(spec.shape) for spec in (*graph.input_specs, *graph.output_specs)]
