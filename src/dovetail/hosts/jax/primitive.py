"""Operations as one primitive of JAX, `dovetail`, closed under every transform.

    bind(operation, *arrays, floats) -> a list of outputs

The operands are the operation's arrays and, where it takes floats, one more array that
packs them (`packed`), which is never differentiated. Each rule binds another operation, so
derivatives are Dovetail's own to any order, in both modes and every mix of them:

    jvp        jvp, linear in the tangents
    transpose  of jvp: vjp; of vjp: jvp; of anything else that is linear: its vjp. Of an operation
               with loops: what reads the residuals of the forward pass (residuals.py)
    batching   batched

lowering.py compiles it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from inspect import signature
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import NamedSharding, PartitionSpec

from dovetail.extension.exact import float_bits
from dovetail.graph.node import ArraySpec
from dovetail.hosts.jax.dtypes import result_dtype, specs_of
from dovetail.hosts.jax.kernel_policy import is_product
from dovetail.hosts.jax.lowering import (
    in_jax_functions,
    lower_composite,
    lower_on_cpu,
    lower_on_cuda,
)
from dovetail.hosts.jax.residuals import WithResiduals, plain, with_residuals
from dovetail.hosts.jax.symbolic_sizes import example_specs, is_symbolic, output_shapes
from dovetail.operations.operation import Indices, Jvp, Operation, Specs, Vjp, placed

dovetail_p = Primitive("dovetail")
dovetail_p.multiple_results = True

_jax: Any = jax
_shaped_array = _jax.core.ShapedArray


def packed(floats: Sequence[float] | np.ndarray[Any, Any]) -> Any:
    """Floats of 64 bits, in an array that JAX takes whatever its settings."""
    return np.array(floats, np.float64).view(np.uint32).reshape(-1, 2)


def on_device(floats: tuple[float, ...]) -> tuple[Any, ...]:
    """The operand that packs some floats, on the device already; none for no floats."""
    return _on_device(float_bits(floats)) if floats else ()


@functools.lru_cache(maxsize=256)
def _on_device(content: bytes) -> tuple[Any, ...]:  # not by floats: 0.0 equals -0.0
    with jax.ensure_compile_time_eval():
        return (jnp.asarray(packed(np.frombuffer(content))),)


def bind(operation: Operation, operands: Sequence[Any]) -> list[Any]:
    """The outputs of an operation, for its arrays and its packed floats."""
    return dovetail_p.bind(*_same_axes(operands), operation=operation)


# Inside shard_map an abstract value has the axes of the mesh that it varies over.


def _varying(aval: Any) -> frozenset[str]:
    kind = getattr(aval, "manual_axis_type", None)
    return getattr(aval, "vma", frozenset()) if kind is None else kind.varying


def _same_axes(operands: Sequence[Any]) -> Sequence[Any]:
    """The operands, all of them varying over the same axes."""
    kinds = [_varying(jax.typeof(each)) for each in operands]
    every = frozenset().union(*kinds)
    if all(kind == every for kind in kinds):
        return operands
    return [
        each if kind == every else _made_varying(each, tuple(every - kind))
        for each, kind in zip(operands, kinds, strict=True)
    ]


def _made_varying(operand: Any, axes: tuple[str, ...]) -> Any:
    if not hasattr(_jax.lax, "pcast"):  # before JAX 0.8.2
        return _jax.lax.pvary(operand, axes)
    return _jax.lax.pcast(operand, axes, to="varying")


def _sharding(shape: tuple[int, ...], operands: Sequence[Any]) -> dict[str, Any]:
    """The sharding of an output of this shape in the current mesh."""
    mesh = jax.sharding.get_abstract_mesh()
    if mesh.empty or not operands:
        return {}
    like = next((each for each in operands if each.shape == shape), None)
    spec = PartitionSpec(*[None] * len(shape)) if like is None else like.sharding.spec
    found: dict[str, Any] = {"sharding": NamedSharding(mesh, spec)}
    first = operands[0]
    names = [name for name in ("manual_axis_type", "vma") if hasattr(first, name)][:1]
    return found | {name: getattr(first, name) for name in names}


@functools.cache
def _compiled(operation: Operation) -> Any:
    def call(*operands: Any) -> list[Any]:
        return bind(operation, operands)

    call.__name__ = call.__qualname__ = operation.name
    marked: Any = call
    marked._apply_primitive = True  # under jax_debug_nans there is nothing smaller to look into
    return jax.jit(call)


def _run(*operands: Any, operation: Operation) -> list[Any]:
    with jax.disable_jit(False):  # it would call this function again
        return _compiled(operation)(*operands)


def _outputs(*operands: Any, operation: Operation) -> list[Any]:
    """The abstract outputs; weakly typed where all arrays are."""
    arrays = operands[: operation.arrays]
    weak = bool(arrays) and all(getattr(each, "weak_type", False) for each in arrays)
    outputs = operation.outputs(any_specs(operation, operands))
    shapes = [each.shape for each in outputs]
    if is_symbolic(operands):
        shapes = output_shapes(operation, operands)
    return [
        _shaped_array(
            shape,
            result_dtype(each.dtype, arrays),
            weak_type=weak,
            **_sharding(shape, operands),
        )
        for each, shape in zip(outputs, shapes, strict=True)
    ]


def any_specs(operation: Operation, operands: Sequence[Any]) -> Specs:
    """The specs of an operation's arrays; examples of them where sizes are symbolic."""
    if is_symbolic(operands):
        return example_specs(operation, operands)
    return specs_of(operation, operands)


# Derivatives.


def _jvp(
    primals: tuple[Any, ...], tangents: tuple[Any, ...], *, operation: Operation
) -> tuple[Any, Any]:
    inner = plain(operation)
    specs = any_specs(operation, primals)[: inner.arrays]
    moving = tuple(
        n
        for n in range(inner.arrays)
        if type(tangents[n]) is not ad.Zero and specs[n].dtype.is_floating
    )
    outputs = inner.floating_outputs(specs)
    given = [tangents[n] for n in moving]
    arrays, floats = primals[: inner.arrays], primals[operation.arrays :]
    keeping = None
    if moving and outputs and not is_symbolic(primals):
        keeping = with_residuals(operation, moving, outputs, specs)
    if keeping is not None:
        count, halves = len(operation.outputs(specs)), keeping.halves_of
        every = bind(halves.forward, primals)
        results, residuals = every[:count], every[count:]
        kept = [results[n] for n in halves.kept]
        found = bind(keeping, (*arrays, *given, *kept, *residuals, *floats))
    else:
        results = bind(operation, primals)
        found = []
        if moving and outputs:
            found = _tangents(inner, moving, outputs, (*arrays, *floats), given)
    nothing: list[Any] = [ad.Zero(jax.typeof(each).to_tangent_aval()) for each in results]
    for index, tangent in zip(outputs if found else (), found, strict=True):
        nothing[index] = tangent
    return results, nothing


def _tangents(
    operation: Operation, moving: Indices, outputs: Indices, primals: Sequence[Any],
    given: Sequence[Any],
) -> list[Any]:  # fmt: skip
    """The tangents of some outputs; of a product, the sum of those by each operand."""
    arrays, floats = primals[: operation.arrays], primals[operation.arrays :]
    if len(moving) == 1 or not operation.graph(any_specs(operation, primals)).known(is_product):
        return bind(operation.jvp(moving, outputs), (*arrays, *given, *floats))
    parts = [
        bind(operation.jvp((n,), outputs), (*arrays, tangent))
        for n, tangent in zip(moving, given, strict=True)
    ]
    return [functools.reduce(lax.add, each) for each in zip(*parts, strict=True)]


def _transpose(cotangents: Sequence[Any], *operands: Any, operation: Operation) -> list[Any]:
    """The cotangents of the operands that the operation is linear in: those not known."""
    unknown = tuple(n for n, each in enumerate(operands) if ad.is_undefined_primal(each))
    given = tuple(n for n, each in enumerate(cotangents) if type(each) is not ad.Zero)
    if not given:
        return [ad.Zero(x.aval) if ad.is_undefined_primal(x) else None for x in operands]
    floats = operands[operation.arrays :]
    if isinstance(operation, WithResiduals) and unknown == operation.tangents:
        every = [ad.instantiate_zeros(each) for each in cotangents]
        known = [operands[n] for n in range(operation.arrays) if n not in unknown]
        results = bind(operation.halves_of.backward, (*every, *known, *floats))
        return placed(results, unknown, len(operands))
    operation = plain(operation)
    values = [cotangents[n] for n in given]
    arrays = operands[: operation.arrays]
    transpose, known = _transpose_of(operation, given, unknown, arrays)
    results = bind(transpose, (*values, *known, *floats))
    return placed(results, unknown, len(operands))


def _transpose_of(
    operation: Operation, given: Indices, unknown: Indices, arrays: Sequence[Any]
) -> tuple[Operation, Sequence[Any]]:
    """The operation that takes the cotangents `given`, and the arrays that follow them."""
    if isinstance(operation, Jvp):
        count = operation.inner.arrays
        if unknown == tuple(range(count, operation.arrays)):
            outputs = tuple(operation.tangents_of[n] for n in given)
            return operation.inner.vjp(outputs, operation.tangents), arrays[:count]
    if isinstance(operation, Vjp):
        count = len(operation.cotangents)
        if unknown == tuple(range(count)):
            tangents = tuple(operation.wrt[n] for n in given)
            return _transposed_vjp(operation.inner, tangents, operation.cotangents), arrays[count:]
    # Linear in what is unknown: the cotangents do not depend on it.
    filled = [
        jnp.zeros(x.aval.shape, x.aval.dtype) if ad.is_undefined_primal(x) else x for x in arrays
    ]
    return operation.vjp(given, unknown), filled


class _TransposedVjp(Operation):
    """The transpose of a vjp: the jvp, with the tangents in front."""

    def __init__(self, inner: Operation, tangents: Indices, outputs: Indices) -> None:
        self.inner_jvp = inner.jvp(tangents, outputs)
        super().__init__(self.inner_jvp.name, self.inner_jvp.arrays, self.inner_jvp.scalars)
        self.first = len(tangents)

    def _build(self, specs: Specs) -> Any:
        first, count = self.first, self.arrays
        graph = self.inner_jvp.graph((*specs[first:], *specs[:first]))
        inputs = graph.inputs
        arrays = (*inputs[count - first : count], *inputs[: count - first])
        return type(graph)((*arrays, *inputs[count:]), graph.outputs)


_transposed_vjp = functools.cache(_TransposedVjp)


def _examples(operation: Operation, operands: Sequence[Any], dims: Sequence[Any]) -> Specs:
    """The specs of an operation's arrays, without the dimension that is mapped over."""
    return tuple(
        each if dim is None else ArraySpec((*each.shape[:dim], *each.shape[dim + 1 :]), each.dtype)
        for each, dim in zip(specs_of(operation, operands), dims, strict=False)
    )


def _batched(
    operands: Sequence[Any], dims: Sequence[Any], *, operation: Operation
) -> tuple[list[Any], Sequence[int]]:
    if not is_symbolic(operands):
        graph = operation.graph(_examples(operation, operands, dims))
        if graph.known(is_product):  # JAX' own product of many
            types = [result_dtype(each.dtype, operands) for each in graph.output_specs]
            run = functools.partial(in_jax_functions, operation=operation, types=types)
            return jax.vmap(run, in_axes=tuple(dims))(*operands), (0,)
    mapped = tuple(n for n, dim in enumerate(dims) if dim is not None)
    moved = [
        each if dim is None else jnp.moveaxis(each, dim, 0)
        for each, dim in zip(operands, dims, strict=True)
    ]
    results = bind(operation.batched(mapped), moved)
    return results, (0,) * len(results)


dovetail_p.def_impl(_run)
dovetail_p.def_abstract_eval(_outputs)
ad.primitive_jvps[dovetail_p] = _jvp
ad.primitive_transposes[dovetail_p] = _transpose
batching.primitive_batchers[dovetail_p] = _batched
mlir.register_lowering(dovetail_p, lower_composite)
# A rule cached by types would not see the producers of the operands.
_each = {"cacheable": False} if "cacheable" in signature(mlir.register_lowering).parameters else {}
mlir.register_lowering(dovetail_p, lower_on_cpu, platform="cpu", **_each)
mlir.register_lowering(dovetail_p, lower_on_cuda, platform="cuda", **_each)
