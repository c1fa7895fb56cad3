"""Empty, 0-d and single-element arrays; any layout in memory; broadcasting; data types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import as_dtype, bfloat16, float16, float32, float64
from dovetail.verify.compare import examined
from dovetail.verify.context import Context
from dovetail.verify.differences import Differences
from dovetail.verify.programs import Call, run
from dovetail.verify.reference import Reference
from dovetail.verify.sample import Array, Sample, is_real
from dovetail.verify.verdict import Case, Verdict, failed, not_applicable, passed
from dovetail.verify.widening import mistyped

REFUSED = (DovetailError, ValueError, IndexError, ZeroDivisionError, TypeError)


def sizes(sample: Sample) -> list[int]:
    """The extents that may vary: those of free arrays that no fixed array has."""
    free: set[int] = set()
    fixed: set[int] = set()
    for leaf, may in zip(sample.leaves, sample.free, strict=True):
        (free if may else fixed).update(leaf.shape)
    return sorted(free - fixed, reverse=True)


def resized(sample: Sample, changes: dict[int, int]) -> Sample:
    """Every extent of the free arrays replaced, values repeated as needed."""

    def change(leaf: Array) -> Array:
        extents = [int(extent) for extent in leaf.shape]
        shape = tuple(changes.get(extent, extent) for extent in extents)
        return np.resize(leaf, shape) if leaf.size else np.zeros(shape, leaf.dtype)

    return sample.with_leaves(
        [change(x) if may else x for x, may in zip(sample.leaves, sample.free, strict=True)]
    )


def shaped(sample: Sample) -> Iterator[Sample]:
    """The sample in other shapes, unusual ones."""
    extents = sizes(sample)
    targets = ((0, "empty"), (1, "size 1"), (37, "size 37"))
    if all(sample.free) and len({leaf.shape for leaf in sample.leaves}) == 1:
        yield sample.map(lambda leaf: leaf.reshape(-1)[0].reshape(())).labelled("0-d")
    for extent in extents[:1]:
        for target, word in targets:
            yield resized(sample, {extent: target}).labelled(f"{word} instead of {extent}")
    for target, word in targets if len(extents) > 1 else ():
        yield resized(sample, dict.fromkeys(extents, target)).labelled(f"{word} everywhere")
    for extent in extents[1:]:
        for target, word in targets:
            yield resized(sample, {extent: target}).labelled(f"{word} instead of {extent}")


def _judged(context: Context, call: Call, what: str, remedy: str) -> Verdict | None:
    """Value and gradient of one call; None where all is well."""
    got = call.on(context.host)
    for mine, node in zip(got, call.reference.graph.outputs, strict=True):
        if mine.shape != node.shape:
            return failed(f"{what}: shape {mine.shape} where {node.shape} is right", remedy,
                          call.case(node.shape, mine.shape))  # fmt: skip
    count = context.budget.disturbances
    for found in examined(call.reference, call.sample.leaves, got, count, context.rng()):
        mine, want = found.got, found.expected
        if found.wrong.any():
            index = tuple(int(i) for i in np.argwhere(found.wrong)[0])
            return failed(
                f"{what}: {float(mine[index]):.9g} where {float(want.value[index]):.9g} is right",
                remedy, call.case(want.value[index], mine[index], index),
            )  # fmt: skip
    return None


def _gradient_judged(context: Context, call: Call, what: str, remedy: str) -> Verdict | None:
    """The gradient of one call against the reference of its graph."""
    if not any(map(is_real, call.sample.leaves)) or not all(
        node.dtype.is_floating for node in call.reference.graph.outputs
    ):
        return None
    weights = call.cotangents(context.rng())
    pulled = call.gradient(weights)
    got = pulled.on(context.host)
    for path, leaf, mine in zip(call.sample.paths, call.sample.leaves, got, strict=True):
        if mine.shape != leaf.shape:
            return failed(f"{what}: the gradient of {path} has shape {mine.shape}, not "
                          f"{leaf.shape}", remedy, call.case(leaf.shape, mine.shape))  # fmt: skip
    count = context.budget.disturbances
    seen = examined(pulled.reference, pulled.sample.leaves, got, count, context.rng())
    for path, found in zip(call.sample.paths, seen, strict=True):
        mine, want = found.got, found.expected
        if found.wrong.any():
            index = tuple(int(i) for i in np.argwhere(found.wrong)[0])
            return failed(
                f"{what}: the gradient of {path} is {float(mine[index]):.9g} where "
                f"{float(want.value[index]):.9g} is right",
                remedy, call.case(want.value[index], mine[index], index, " [gradient]"),
            )  # fmt: skip
    return None


def shapes(context: Context) -> Verdict:
    """Empty, 0-d, size 1, and a size that is no multiple of any vector."""
    looked: list[str] = []
    refused: list[str] = []
    for call in context.subject.calls:
        for sample in islice(shaped(call.sample.cast(float32)), context.budget.variants):
            other = Call(call.function, sample)
            try:
                _ = other.reference(sample.leaves)
            except REFUSED:
                refused.append(sample.label)
                continue
            remedy = "report it: a shape that can be traced has to be right"
            for judge in (_judged, _gradient_judged):
                verdict = judge(context, other, sample.label, remedy)
                if verdict is not None:
                    return verdict
            looked.append(sample.label)
    if not looked:
        return not_applicable("the definition takes no other shapes")
    left = f"; it refuses {', '.join(sorted(set(refused)))}" if refused else ""
    return passed(f"{len(looked)} other shapes{left}")


def _fortran(array: Array) -> Array:
    return np.asfortranarray(array)


def _reversed(array: Array) -> Array:
    return np.ascontiguousarray(array[..., ::-1])[..., ::-1] if array.ndim else array


def _strided(array: Array) -> Array:
    if not array.ndim:
        return array
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _rows_apart(array: Array) -> Array:
    if array.ndim < 2:
        return array
    wide = np.zeros((*array.shape[:-1], array.shape[-1] + 3), array.dtype)
    wide[..., : array.shape[-1]] = array
    return wide[..., : array.shape[-1]]


def _repeated(array: Array) -> Array:
    return np.broadcast_to(array[:1], array.shape) if array.ndim and array.size else array


LAYOUTS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("transposed", _fortran), ("negative strides", _reversed), ("every second element", _strided),
    ("padded rows", _rows_apart), ("stride 0", _repeated),
)  # fmt: skip


def layouts(context: Context) -> Verdict:
    """The same numbers laid out otherwise in memory give the same result."""
    count = 0
    for call in context.subject.calls:
        for word, lay in LAYOUTS:
            base = call.sample.cast(float32)
            arranged = [
                lay(leaf) if may else leaf for leaf, may in zip(base.leaves, base.free, strict=True)
            ]
            other = call.with_sample(base.with_leaves(arranged))
            other.__dict__["reference"] = Reference(call.function, other.sample)
            remedy = "report it: strides must not matter"
            quick = count >= context.budget.variants
            for judge in (_judged,) if quick else (_judged, _gradient_judged):
                verdict = judge(context, other, word, remedy)
                if verdict is not None:
                    return verdict
            count += 1
    return passed(f"{count} layouts") if count else not_applicable("no arrays")


def broadcasting(context: Context) -> Verdict:
    """An argument of size 1 along an axis, or with fewer axes, gets a gradient of its own shape."""
    count = 0
    for call in context.subject.calls:
        base = call.sample.cast(float64)
        if len(base.leaves) < 2:
            continue
        usual = [out.shape for out in Reference(call.function, base)(base.leaves)]
        for number, leaf in enumerate(base.leaves):
            for narrow in _narrower(leaf) if base.free[number] and is_real(leaf) else ():
                leaves = list(base.leaves)
                leaves[number] = narrow
                other = Call(call.function, base.with_leaves(leaves))
                try:
                    shape = [out.shape for out in other.reference(other.sample.leaves)]
                except REFUSED:
                    continue
                if shape != usual or count >= context.budget.variants:
                    continue
                count += 1
                verdict = _reduced(context, other, number)
                if verdict is not None:
                    return verdict
    if not count:
        return not_applicable("the arguments do not broadcast")
    return passed(f"{count} broadcast arguments have gradients of their own shape")


def _narrower(leaf: Array) -> Iterator[Array]:
    for axis in range(leaf.ndim):
        yield np.take(leaf, [0], axis=axis)
    if leaf.ndim > 1:
        yield leaf[0]
    if leaf.ndim:
        yield leaf.reshape(-1)[0].reshape(())


def _reduced(context: Context, call: Call, number: int) -> Verdict | None:
    rng = context.rng()
    weights = call.cotangents(rng)
    leaf, path = call.sample.leaves[number], call.sample.paths[number]
    remedy = "sum the gradient over the axes that were broadcast"
    got = run(context.host, call.vjp, (call.sample.args, weights))[number]
    if got.shape != leaf.shape:
        return failed(f"the gradient of {path}, of shape {leaf.shape}, has shape {got.shape}",
                      remedy, call.case(leaf.shape, got.shape))  # fmt: skip
    differences = Differences(call, weights)
    for index in differences.indices(number, 4, rng):
        right, known = differences.first(number, index)
        if np.any(known & ~(np.abs(got[index] - right) <= 1e-6 * np.abs(right) + 1e-9)):
            value = float(np.ravel(right)[0])
            return failed(
                f"the gradient of {path}, broadcast from {leaf.shape}, is "
                f"{float(np.ravel(got[index])[0]):.9g} where {value:.9g} is right",
                remedy, call.case(right, got[index], suffix=" [gradient]"),
            )  # fmt: skip
    return None


def types(context: Context) -> Verdict:
    """Outputs have the type that the arguments promote to, gradients that of their argument."""
    count = 0
    for call in context.subject.calls:
        for dtype in (float32, float64, float16, bfloat16):
            there = call.with_sample(call.sample.cast(dtype))
            other = mistyped(there, context.subject.kind)
            if other is not None:
                return failed(
                    f"output {other.output} for {dtype} arguments is {other.got}, not "
                    f"{other.wanted}: {other.because}",
                    other.remedy, there.case(other.wanted.name, other.got.name),
                )  # fmt: skip
            wanted = there.reference.output_types
            pairs = list(zip(there.on(context.host), wanted, strict=True))
            names = [f"output {i}" for i in range(len(pairs))]
            if any(map(is_real, there.sample.leaves)) and dtype in (float32, float16):
                weights = there.cotangents(context.rng())
                pulled = run(context.host, there.vjp, (there.sample.args, weights))
                for path, leaf, mine in zip(
                    there.sample.paths, there.sample.leaves, pulled, strict=True
                ):
                    if is_real(leaf):
                        pairs.append((mine, as_dtype(leaf.dtype)))
                        names.append(f"the gradient of {path}")
            for name, (mine, want) in zip(names, pairs, strict=True):
                count += 1
                if as_dtype(mine.dtype) is not want:
                    case: Case = there.case(want.name, mine.dtype.name)
                    return failed(
                        f"{name} for {dtype} arguments is {mine.dtype}, not {want}",
                        "convert with dt.astype, or let promotion decide",
                        case,
                    )
    return passed(f"{count} outputs and gradients have the right type")
