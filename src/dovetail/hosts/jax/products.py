"""Products of matrices and convolutions as operations of their own.

An operation with library calls is split at them (segments.py). A product that our kernels and BLAS
compute faster than XLA, or one of its derivatives, is bound as the primitive `dovetail`: each
derivative is then one product again, and when XLA compiles it for one CPU, each is a custom call or
JAX' own function, whichever is faster (kernel_policy.py). Under vmap it is JAX' own function.

All others are JAX' own functions from the beginning: on other devices, where there is a mesh, in
types that BLAS has not, of batches of matrices.
"""

from __future__ import annotations

import functools
from typing import Any

import jax

from dovetail.compile.cpu.blas_library import gemm_address
from dovetail.graph.node import Attrs, Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.row import input_node
from dovetail.hosts.jax.dtypes import spec
from dovetail.hosts.jax.kernel_policy import PRODUCTS, a_product_wins
from dovetail.hosts.jax.library_calls import LIBRARY_CALLS, LibraryCall
from dovetail.hosts.jax.primitive import bind
from dovetail.operations.operation import Operation, Specs
from dovetail.operations.splitting import Call


class ProductOperation(Operation):
    """A product of matrices, a convolution, or one of its derivatives."""

    def __init__(self, name: str, attrs: Attrs) -> None:
        super().__init__(name, arrays=2, scalars=0)
        self.primitive, self.attrs = PRIMITIVES[name], attrs

    def _build(self, specs: Specs) -> Graph:
        given = zip(("first", "second"), specs, strict=True)
        inputs = tuple(input_node(name, each.shape, each.dtype) for name, each in given)
        return Graph(inputs, (self.primitive.apply(inputs, self.attrs),))


_operation = functools.cache(ProductOperation)


def _multiply(call: Call, *arrays: Any) -> Any:
    specs = tuple(map(spec, arrays))
    types = {each.dtype for each in specs} | {call.dtype}
    if len(types) == 1 and gemm_address(call.dtype.name) is not None and _may_be_on_one_cpu():
        operation = _operation(call.op, call.attrs)
        if a_product_wins(operation.graph(specs)):
            (found,) = bind(operation, arrays)
            return found
    return LIBRARY_CALLS[call.op](call, *arrays)


def _may_be_on_one_cpu() -> bool:
    return jax.default_backend() == "cpu" and jax.sharding.get_abstract_mesh().empty


CALLS: dict[str, LibraryCall] = {**LIBRARY_CALLS, **dict.fromkeys(PRODUCTS, _multiply)}
