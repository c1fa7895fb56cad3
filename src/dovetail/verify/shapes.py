"""Checks of shapes, memory layouts, broadcasting and data types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from dovetail.graph.dtypes import as_dtype, bfloat16, float16, float32, float64
from dovetail.graph.node import Array
from dovetail.verify.calls import Call, run
from dovetail.verify.context import Context
from dovetail.verify.differences import Differences
from dovetail.verify.reference import Reference
from dovetail.verify.sample import REJECTED, Sample, is_real
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed
from dovetail.verify.widening import mistyped


def sizes(sample: Sample) -> list[int]:
    """The extents that may vary: those of free arrays that no fixed array shares."""
    free: set[int] = set()
    fixed: set[int] = set()
    for leaf, may in zip(sample.leaves, sample.free, strict=True):
        (free if may else fixed).update(leaf.shape)
    return sorted(free - fixed, reverse=True)


def elements(sample: Sample, changes: dict[int, int]) -> list[int]:
    """The number of elements of each free array of the sample, once it is `resized`."""
    return [
        math.prod(changes.get(int(extent), int(extent)) for extent in leaf.shape)
        for leaf, may in zip(sample.leaves, sample.free, strict=True)
        if may
    ]


def resized(sample: Sample, changes: dict[int, int]) -> Sample:
    """Every extent of the free arrays replaced, values repeated as needed."""

    def change(leaf: Array) -> Array:
        extents = [int(extent) for extent in leaf.shape]
        shape = tuple(changes.get(extent, extent) for extent in extents)
        return np.resize(leaf, shape) if leaf.size else np.zeros(shape, leaf.dtype)

    return sample.map_free(change)


ODD = (37, 11, 7, 5, 3)  # sizes that are no multiple of a vector's
LARGEST = 50_000  # elements of one array: four dimensions of 37 would be two million


def odd_size(sample: Sample, extents: list[int]) -> int:
    """The largest of the odd sizes that these extents may have without large arrays."""
    for target in ODD[:-1]:
        if max(elements(sample, dict.fromkeys(extents, target)), default=0) <= LARGEST:
            return target
    return ODD[-1]


def shaped(sample: Sample) -> Iterator[Sample]:
    """The sample in unusual shapes."""
    extents = sizes(sample)
    targets = [(0, "empty"), (1, "size 1")]
    odd = odd_size(sample, extents[:1])
    targets.append((odd, f"size {odd}"))
    if all(sample.free) and len({leaf.shape for leaf in sample.leaves}) == 1:
        yield sample.map(lambda leaf: leaf.reshape(-1)[0].reshape(())).labelled("0-d")
    for extent in extents[:1]:
        for target, word in targets:
            yield resized(sample, {extent: target}).labelled(f"{word} instead of {extent}")
    if len(extents) > 1:
        everywhere = odd_size(sample, extents)
        for target, word in (*targets[:2], (everywhere, f"size {everywhere}")):
            yield resized(sample, dict.fromkeys(extents, target)).labelled(f"{word} everywhere")
    for extent in extents[1:]:
        for target, word in targets:
            yield resized(sample, {extent: target}).labelled(f"{word} instead of {extent}")


def _check_values(
    context: Context, call: Call, what: str, remedy: str, gradient: bool = True
) -> None:
    """Compare the value and the gradient of one call with the reference."""
    for each in call.with_gradient(context.rng())[: 1 + gradient]:
        got = each.on(context.host)
        names = each.output_names
        for name, array, (shape, _) in zip(names, got, each.output_specs, strict=True):
            if array.shape != shape:
                fail(f"{what}: {name} has shape {array.shape}, expected {shape}", remedy,
                     each.case(shape, array.shape))  # fmt: skip
        for name, found in zip(names, context.compared(each, got), strict=True):
            if found.wrong.any():
                index, right, value = found.example
                fail(f"{what}: {name} is {value:.9g}, expected {right:.9g}", remedy,
                     each.case(right, value, index))  # fmt: skip


def shapes(context: Context) -> Verdict:
    """Empty, 0-d, size 1, and a size that is not a multiple of any vector size."""
    checked: list[str] = []
    refused: list[str] = []
    for call in context.target.calls:
        for sample in islice(shaped(call.sample.cast(float32)), context.budget.variants):
            other = Call(call.function, sample)
            try:
                _ = other.reference(sample.leaves)
            except REJECTED:
                refused.append(sample.label)
                continue
            remedy = "report it: every shape that can be traced must give the right result"
            _check_values(context, other, sample.label, remedy)
            checked.append(sample.label)
    if not checked:
        return not_applicable("the definition takes no other shapes")
    left = f"; it refuses {', '.join(sorted(set(refused)))}" if refused else ""
    return passed(f"{len(checked)} other shapes{left}")


def _reversed(array: Array) -> Array:
    return np.ascontiguousarray(array[..., ::-1])[..., ::-1] if array.ndim else array


def _inside(array: Array, columns: int, step: int) -> Array:
    wide = np.zeros((*array.shape[:-1], columns), array.dtype)
    view = wide[..., : step * array.shape[-1] : step]
    view[...] = array
    return view


def _strided(array: Array) -> Array:
    return _inside(array, 2 * array.shape[-1], 2) if array.ndim else array


def _rows_apart(array: Array) -> Array:
    return _inside(array, array.shape[-1] + 3, 1) if array.ndim > 1 else array


def _repeated(array: Array) -> Array:
    return np.broadcast_to(array[:1], array.shape) if array.ndim and array.size else array


LAYOUTS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("transposed", np.asfortranarray), ("negative strides", _reversed),
    ("every second element", _strided), ("padded rows", _rows_apart), ("stride 0", _repeated),
)  # fmt: skip


def layouts(context: Context) -> Verdict:
    """The memory layout of the arguments does not change the result."""
    count = 0
    for call in context.target.calls:
        for word, arrange in LAYOUTS:
            other = call.with_sample(call.sample.cast(float32).map_free(arrange))
            other.__dict__["reference"] = Reference(call.function, other.sample)
            gradient = count < context.budget.variants
            _check_values(context, other, word, "report it: strides must not matter", gradient)
            count += 1
    return passed(f"{count} layouts") if count else not_applicable("no arrays")


def broadcasting(context: Context) -> Verdict:
    """The gradient of a broadcast argument has the shape of the argument."""
    count = 0
    for call in context.target.calls:
        base = call.sample.cast(float64)
        if len(base.leaves) < 2:
            continue
        usual = [out.shape for out in Reference(call.function, base)(base.leaves)]
        for number, leaf in enumerate(base.leaves):
            for narrow in _narrower(leaf) if base.free[number] and is_real(leaf) else ():
                other = Call(call.function, base.with_leaf(number, narrow))
                try:
                    shape = [out.shape for out in other.reference(other.sample.leaves)]
                except REJECTED:
                    continue
                if shape != usual or count >= context.budget.variants:
                    continue
                count += 1
                _check_reduced(context, other, number)
    if not count:
        return not_applicable("the arguments do not broadcast")
    return passed(f"{count} broadcast arguments have gradients of the argument's shape")


def _narrower(leaf: Array) -> Iterator[Array]:
    for axis in range(leaf.ndim):
        yield np.take(leaf, [0], axis=axis)
    if leaf.ndim > 1:
        yield leaf[0]
    if leaf.ndim:
        yield leaf.reshape(-1)[0].reshape(())


def _check_reduced(context: Context, call: Call, number: int) -> None:
    rng = context.rng()
    weights = call.cotangents(rng)
    leaf, path = call.sample.leaves[number], call.sample.paths[number]
    remedy = "sum the gradient over the axes that were broadcast"
    got = run(context.host, call.vjp, (call.sample.args, weights))[number]
    if got.shape != leaf.shape:
        fail(f"the gradient of {path} has shape {got.shape}, expected {leaf.shape}",
             remedy, call.case(leaf.shape, got.shape))  # fmt: skip
    differences = Differences(call, weights)
    for index in differences.indices(number, 4, rng):
        right, known = differences.first(number, index)
        if np.any(known & ~(np.abs(got[index] - right) <= 1e-6 * np.abs(right) + 1e-9)):
            value = float(np.ravel(right)[0])
            fail(
                f"the gradient of {path}, broadcast from {leaf.shape}, is "
                f"{float(np.ravel(got[index])[0]):.9g}, expected {value:.9g}",
                remedy, call.case(right, got[index], suffix=" [gradient]"),
            )  # fmt: skip


def types(context: Context) -> Verdict:
    """Outputs have the type that the arguments promote to, gradients that of their argument."""
    count = 0
    for call in context.target.calls:
        for dtype in (float32, float64, float16, bfloat16):
            variant = call.with_sample(call.sample.cast(dtype))
            other = mistyped(variant, context.target.kind)
            if other is not None:
                fail(
                    f"output {other.output} for {dtype} arguments is {other.got}, not "
                    f"{other.wanted}: {other.because}",
                    other.remedy, variant.case(other.wanted.name, other.got.name),
                )  # fmt: skip
            parts = variant.with_gradient(context.rng())
            for each in parts if dtype in (float32, float16) else parts[:1]:
                outputs = zip(each.output_names, each.on(context.host), each.output_specs,
                              strict=True)  # fmt: skip
                for name, got, (_, want) in outputs:
                    if each.value is not None and not want.is_floating:
                        continue
                    count += 1
                    if as_dtype(got.dtype) is not want:
                        fail(
                            f"{name} for {dtype} arguments is {got.dtype}, not {want}",
                            "convert with dt.astype, or leave the type to promotion",
                            each.case(want.name, got.dtype.name),
                        )
    return passed(f"{count} outputs and gradients have the right type")
