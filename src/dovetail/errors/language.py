"""What cannot be traced."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError


class ControlFlowError(DovetailError, TypeError):
    def __init__(self, tracer: object) -> None:
        super().__init__(
            f"{tracer} has no truth value while it is being traced: Python's if, while, and, or, "
            f"not and chained comparisons cannot depend on it.\n"
            f"  expected: maths on whole arrays\n"
            f"  remedy: use dt.where(condition, a, b) for if, dt.logical_and for and, "
            f"dt.logical_not for not"
        )


class ConcreteValueError(DovetailError, TypeError):
    def __init__(self, tracer: object, wanted: str) -> None:
        super().__init__(
            f"{tracer} has no value while it is being traced, so it cannot become {wanted}.\n"
            f"  expected: a Python number where a number is needed\n"
            f"  remedy: use dt's functions instead of math's, or give the argument a default of "
            f"type int or bool, which makes it static"
        )


class AssignmentError(DovetailError, TypeError):
    def __init__(self, tracer: object) -> None:
        super().__init__(
            f"{tracer} cannot be changed in place: arrays are values here.\n"
            f"  expected: an expression for the new array\n"
            f"  remedy: use dt.where(mask, new, x), dt.concat or dt.pad"
        )


class ForeignFunctionError(DovetailError, TypeError):
    def __init__(self, tracer: object, function: str, instead: str | None) -> None:
        remedy = f"use dt.{instead}" if instead else "write it with dt's functions"
        super().__init__(
            f"{function} was called on {tracer}, which NumPy cannot compute with.\n"
            f"  expected: a function of Dovetail's own namespace\n"
            f"  remedy: {remedy}"
        )


class StaleTracerError(DovetailError, RuntimeError):
    def __init__(self, tracer: object) -> None:
        super().__init__(
            f"{tracer} was used after its trace had ended, or in another thread.\n"
            f"  expected: tracers that live as long as the function that received them\n"
            f"  remedy: return the value instead of keeping it in a global, an attribute or a list"
        )


class UnrelatedTracesError(DovetailError, RuntimeError):
    def __init__(self, tracer: object) -> None:
        super().__init__(
            f"{tracer} belongs to a trace that does not enclose the running one.\n"
            f"  expected: values of this function, or of the functions around it\n"
            f"  remedy: pass the value as an argument"
        )


class NoTraceError(DovetailError, RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "a function of the language ran outside a trace, and on no tracer.\n"
            "  expected: a call inside a function that is being traced\n"
            "  remedy: call the extension of the same name, dt.NAME, on arrays"
        )


class OperandError(DovetailError, TypeError):
    def __init__(self, value: object) -> None:
        super().__init__(
            f"{type(value).__name__} {value!r} is no array.\n"
            f"  expected: an array, or a Python bool, int or float\n"
            f"  remedy: convert it with dt.asarray"
        )


class ComplexError(DovetailError, TypeError):
    def __init__(self, value: object) -> None:
        super().__init__(
            f"{value!r} is complex; Dovetail computes with real numbers only.\n"
            f"  expected: real floating, integer or bool values\n"
            f"  remedy: carry the real and the imaginary part as two arrays"
        )


class ObjectArrayError(DovetailError, TypeError):
    def __init__(self, dtype: object) -> None:
        super().__init__(
            f"an array of dtype {dtype} holds no numbers.\n"
            f"  expected: floating, integer or bool elements, and rows of one length\n"
            f"  remedy: convert it with numpy.asarray(x, dtype='float32')"
        )


class ScalarRangeError(DovetailError, OverflowError):
    def __init__(self, value: object, dtype: object, low: int, high: int) -> None:
        super().__init__(
            f"the Python integer {value} does not fit into {dtype}.\n"
            f"  expected: a number from {low} to {high}\n"
            f"  remedy: convert the array to a wider type with dt.astype first"
        )


class NegativePowerError(DovetailError, ValueError):
    """An integer base with an exponent that is known to be negative."""

    def __init__(self, dtype: object) -> None:
        super().__init__(
            f"a negative power of {dtype} numbers is no integer.\n"
            f"  expected: an exponent of 0 or more\n"
            f"  remedy: convert the base first, for example with dt.astype(x, dt.float32)"
        )


class OutputError(DovetailError, TypeError):
    def __init__(self, function: str, path: str, value: object) -> None:
        super().__init__(
            f"{function} returned {type(value).__name__} {value!r}"
            f"{' at ' + path if path else ''}, which is no array.\n"
            f"  expected: an array, or tuples, lists and dicts of arrays\n"
            f"  remedy: return the computed array; a function without return gives None"
        )


class IndexKeyError(DovetailError, IndexError, TypeError):
    def __init__(self, key: object, expectation: str) -> None:
        super().__init__(
            f"{key!r} is no index that can be traced.\n"
            f"  expected: {expectation}\n"
            f"  remedy: use integers, slices, ..., None, integer arrays, or dt.take_along_axis"
        )


class IndexRangeError(DovetailError, IndexError):
    def __init__(self, index: int, axis: int, extent: int) -> None:
        super().__init__(
            f"index {index} does not exist on axis {axis}, which has {extent} elements.\n"
            f"  expected: an integer from {-extent} to {extent - 1}"
        )


class DataDependentShapeError(DovetailError, TypeError):
    def __init__(self, operation: str, instead: str) -> None:
        super().__init__(
            f"the shape of {operation} depends on the values of an array, "
            f"which are unknown while it is being traced.\n"
            f"  expected: shapes that follow from shapes\n"
            f"  remedy: {instead}"
        )


class StaticArgumentError(DovetailError, TypeError):
    def __init__(self, function: str, argument: str, value: object, expectation: str) -> None:
        super().__init__(
            f"{function}: {argument} is {value!r}.\n"
            f"  expected: {expectation}\n"
            f"  remedy: pass a value that is known before the function runs"
        )


class EinsumError(DovetailError, ValueError):
    def __init__(self, spec: object, shapes: Iterable[object], expectation: str) -> None:
        super().__init__(
            f"einsum {spec!r} on shapes {', '.join(map(str, shapes))}.\n  expected: {expectation}"
        )
