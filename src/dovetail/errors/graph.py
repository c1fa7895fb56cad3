"""Data types, shapes and operands that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError


class UnknownDTypeError(DovetailError, TypeError):
    def __init__(self, value: object, known: Iterable[str]) -> None:
        super().__init__(
            f"{value!r} is not a data type that Dovetail computes with.\n"
            f"  expected one of: {', '.join(known)}\n"
            f"  remedy: convert the array first, for example with array.astype('float32')"
        )


class MixedSignError(DovetailError, TypeError):
    def __init__(self, signed: str, unsigned: str) -> None:
        super().__init__(
            f"{signed} and {unsigned} have no common integer type.\n"
            f"  remedy: cast one of them explicitly with dt.astype"
        )


class ShapeError(DovetailError, ValueError):
    """Shapes that do not fit together."""

    def __init__(self, operation: str, shapes: Iterable[object], expectation: str) -> None:
        listed = " and ".join(str(shape) for shape in shapes)
        super().__init__(f"{operation}: got {listed}.\n  expected: {expectation}")


class OperandTypeError(DovetailError, TypeError):
    """A primitive was given a data type that it is not defined for."""

    def __init__(self, operation: str, dtypes: Iterable[object], expectation: str) -> None:
        listed = ", ".join(str(dtype) for dtype in dtypes)
        super().__init__(
            f"{operation} is not defined for {listed}.\n"
            f"  expected: {expectation}\n"
            f"  remedy: convert with dt.astype(x, dt.float32), say"
        )


class AxisError(DovetailError, ValueError, IndexError):
    def __init__(self, axis: object, rank: int) -> None:
        super().__init__(
            f"axis {axis} does not exist in an array of {rank} dimensions.\n"
            f"  expected: an integer from {-rank} to {rank - 1}"
            if rank
            else f"axis {axis} does not exist in an array of 0 dimensions."
        )


class ArityError(DovetailError, TypeError):
    def __init__(self, operation: str, expected: int, given: int) -> None:
        super().__init__(f"{operation} takes {expected} operands, {given} were given.")


class GraphTypeError(DovetailError, AssertionError):
    """A pass has produced an ill-typed graph: a fault of Dovetail's own."""

    def __init__(self, node: str, recorded: object, inferred: object) -> None:
        super().__init__(
            f"ill-typed node {node}: recorded {recorded}, inferred {inferred}.\n"
            f"  This is a fault of Dovetail; please report it with the definition that led here."
        )
