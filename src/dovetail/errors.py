"""Every error that Dovetail raises: one class per message.

Each class builds its own message from the facts, so that a caller passes values
and never prose, and a test can match the class instead of the words. Every
message names the value, what was expected, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class DovetailError(Exception):
    """Base of every error that Dovetail raises on purpose."""


def located(message: str, location: str | None) -> str:
    """`message`, with the line of the user's definition where it is known."""
    return f"{message}\n  defined at {location}" if location else message


# graph


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


# options and compile


class InvalidOption(DovetailError, ValueError):
    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(
            f"option {name} is {value!r}.\n"
            f"  expected: {expected}\n"
            f"  remedy: correct it, or leave it unset for the default"
        )


class CacheWarning(UserWarning):
    """The cache on disk cannot be used, so every process compiles its kernels anew."""

    def __init__(self, folder: object, reason: object) -> None:
        super().__init__(
            f"the kernel cache in {folder} is not used: {reason}.\n"
            f"  expected: a folder that belongs to you and that nobody else may write to\n"
            f"  remedy: name another one in DOVETAIL_CACHE_DIR, or set DOVETAIL_CACHE=0"
        )


class CodeRejected(DovetailError, RuntimeError):
    """LLVM does not accept generated code: a fault of Dovetail's own."""

    def __init__(self, reason: object, ir: str) -> None:
        super().__init__(
            f"LLVM rejected generated code: {str(reason).strip()}\n"
            f"  This is a fault of Dovetail; please report it with this code:\n{ir}"
        )


class CodeNotLinked(DovetailError, RuntimeError):
    """Compiled code refers to a function that this process does not have."""

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(
            f"compiled code for {name!r} cannot be linked: {str(reason).strip()}\n"
            f"  expected: a function of that name in the code, and every function that it\n"
            f"  calls in this process or named by define_symbol"
        )


class InvalidAddress(DovetailError, ValueError):
    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            f"{name} is {value!r}.\n  expected: the address of something in memory, as an integer"
        )


class NotAnArray(DovetailError, TypeError):
    def __init__(self, position: int, value: object) -> None:
        super().__init__(
            f"buffer {position} of a kernel is {type(value).__name__} {value!r}.\n"
            f"  expected: a numpy.ndarray"
        )


# transform


class NonlinearRule(DovetailError, ValueError):
    """A declared derivative that forward mode cannot transpose."""

    def __init__(self, location: str | None) -> None:
        super().__init__(
            located(
                "a declared derivative is not linear in its cotangent, so it has no forward mode.\n"
                "  expected: the cotangent multiplied, added, selected, moved or reduced\n"
                "  remedy: use reverse mode (grad, vjp), or declare a rule that is linear",
                location,
            )
        )


# language


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


# extension and hosts


class SignatureError(DovetailError, TypeError):
    """A definition whose signature cannot be read as arrays and hyperparameters."""

    def __init__(self, name: str, reason: str, location: str | None) -> None:
        super().__init__(
            located(
                f"the signature of {name} cannot be used: {reason}.\n"
                f"  expected: arrays without a default, hyperparameters with one\n"
                f"  remedy: name every argument in the definition",
                location,
            )
        )


class ArgumentCountError(DovetailError, TypeError):
    """More positional arguments than the definition takes."""

    def __init__(self, call: str, expected: int, given: int, location: str | None) -> None:
        super().__init__(
            located(
                f"{given} positional arguments were given to {call}.\n"
                f"  expected: at most {expected}\n"
                f"  remedy: leave out what is too much",
                location,
            )
        )


class MissingArgumentError(DovetailError, TypeError):
    def __init__(self, call: str, names: Iterable[str], location: str | None) -> None:
        super().__init__(
            located(
                f"{call} was called without {', '.join(map(repr, names))}.\n"
                f"  expected: an array for each argument that has no default\n"
                f"  remedy: pass it",
                location,
            )
        )


class UnknownArgumentError(DovetailError, TypeError):
    """A keyword that names no argument and no hyperparameter."""

    def __init__(self, call: str, name: str, known: Iterable[str], location: str | None) -> None:
        known = list(known)
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else "leave it out, or correct the name"
        super().__init__(
            located(
                f"{call} has no argument {name!r}.\n"
                f"  expected: one of {', '.join(known) or '(none)'}\n"
                f"  remedy: {hint}",
                location,
            )
        )


class RepeatedArgumentError(DovetailError, TypeError):
    def __init__(self, call: str, name: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{call} was given {name!r} twice, by position and by keyword.\n"
                f"  expected: each argument once\n"
                f"  remedy: drop one of the two",
                location,
            )
        )


class HyperparameterTypeError(DovetailError, TypeError):
    """A hyperparameter that is neither a float nor a static value."""

    def __init__(
        self, call: str, name: str, value: object, expectation: str, location: str | None
    ) -> None:
        super().__init__(
            located(
                f"hyperparameter {name!r} of {call} is {type(value).__name__} {value!r:.80}.\n"
                f"  expected: {expectation}\n"
                f"  remedy: pass such a value; an array belongs in an argument without default",
                location,
            )
        )


class ArrayExpectedError(DovetailError, TypeError):
    """A value that no host knows as an array."""

    def __init__(self, call: str, name: str, value: object, location: str | None) -> None:
        super().__init__(
            located(
                f"argument {name!r} of {call} is {type(value).__name__} {value!r:.80}.\n"
                f"  expected: an array, a number, or a tuple, list or dict of them\n"
                f"  remedy: convert it, for example with numpy.asarray",
                location,
            )
        )


class ArraySubclassError(DovetailError, TypeError):
    """A subclass of numpy.ndarray, whose own meaning would be lost."""

    def __init__(self, value: object) -> None:
        super().__init__(
            f"got an array of {type(value).__module__}.{type(value).__name__}, a subclass of "
            f"numpy.ndarray.\n"
            f"  expected: a plain numpy.ndarray (masks, units and matrix rules would be lost)\n"
            f"  remedy: convert it with numpy.asarray, after filling what is masked"
        )


class ElementTypeError(DovetailError, TypeError):
    """Elements that Dovetail does not compute with: objects, complex numbers, text, dates."""

    def __init__(self, dtype: object, known: Iterable[str]) -> None:
        super().__init__(
            f"an array of dtype {dtype} was given.\n"
            f"  expected one of: {', '.join(known)}\n"
            f"  remedy: convert it with array.astype('float32'), say; pass the real and the "
            f"imaginary part of complex numbers as two arrays"
        )


class RaggedArrayError(DovetailError, ValueError):
    def __init__(self, value: object) -> None:
        super().__init__(
            f"{value!r:.80} is not the content of one array: its rows differ in length.\n"
            f"  expected: nested lists of equal lengths\n"
            f"  remedy: pad them, or pass several arrays"
        )


class MixedHostsError(DovetailError, TypeError):
    """Arrays of two frameworks in one call."""

    def __init__(self, call: str, hosts: Iterable[str]) -> None:
        listed = list(hosts)
        super().__init__(
            f"{call} was called with arrays of {' and '.join(listed)} at once.\n"
            f"  expected: arrays of one framework\n"
            f"  remedy: convert all of them to {listed[-1]} arrays"
        )


class HostNotInstalledError(DovetailError, ImportError):
    def __init__(self, what: str, host: str, reason: object) -> None:
        super().__init__(
            f"{what} needs {host}, which cannot be imported: {reason}.\n"
            f"  expected: an installed {host}\n"
            f"  remedy: pip install 'dovetail[{host}]'"
        )


class HostUnknownError(DovetailError, LookupError):
    def __init__(self, what: str, host: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{what}: this version of Dovetail has no host {host!r}.\n"
            f"  expected one of: {', '.join(known)}\n"
            f"  remedy: pip install --upgrade 'dovetail[{host}]', or a package that registers "
            f"the host under the entry-point group dovetail.hosts"
        )


class HostKindError(DovetailError, NotImplementedError):
    def __init__(self, host: str, kind: str, name: str) -> None:
        super().__init__(
            f"the host {host} offers no form of {name}, which is an extension of kind {kind}.\n"
            f"  expected: a host that implements {kind}() of hosts/protocol.py\n"
            f"  remedy: upgrade the package that brings the host"
        )


class NoHostsError(DovetailError, RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "no hosts are installed in this process.\n"
            "  expected: `import dovetail` before an extension is called\n"
            "  remedy: import the package itself, and not only its inner modules"
        )


class OutputTypeError(DovetailError, TypeError):
    """A definition that returned something that is not an array."""

    def __init__(self, name: str, value: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} returned {type(value).__name__} {value!r:.80}.\n"
                f"  expected: an array, or a tuple, list or dict of arrays\n"
                f"  remedy: return the result of array operations"
                + ("; is a `return` missing?" if value is None else ""),
                location,
            )
        )


class OutputCountError(DovetailError, TypeError):
    def __init__(self, name: str, expected: str, given: int, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} returned {given} arrays.\n"
                f"  expected: {expected}\n"
                f"  remedy: return that, or declare an op",
                location,
            )
        )


class OutputShapeError(DovetailError, ValueError):
    def __init__(
        self, name: str, shape: object, expected: object, remedy: str, location: str | None
    ) -> None:
        super().__init__(
            located(
                f"{name} returned shape {shape}.\n  expected: {expected}\n  remedy: {remedy}",
                location,
            )
        )


class ActivationArityError(DovetailError, TypeError):
    def __init__(self, name: str, arrays: Iterable[str], location: str | None) -> None:
        listed = list(arrays)
        super().__init__(
            located(
                f"activation {name} takes {len(listed)} arrays: {', '.join(listed) or '(none)'}.\n"
                f"  expected: one argument without default\n"
                f"  remedy: declare it with @dt.op, or give hyperparameters a default",
                location,
            )
        )


class ReductionError(DovetailError, ValueError):
    def __init__(self, name: str, value: object, known: Iterable[str]) -> None:
        super().__init__(
            f"reduction {value!r} was asked of loss {name}.\n"
            f"  expected one of: {', '.join(map(repr, known))}\n"
            f"  remedy: pass one of them as reduction="
        )


class DeclaredCountError(DovetailError, TypeError):
    """A declared derivative that returned the wrong number of cotangents."""

    def __init__(self, name: str, expected: int, given: int, location: str | None) -> None:
        super().__init__(
            located(
                f"the declared vjp of {name} returned {given} cotangents.\n"
                f"  expected: {expected}, one for each array argument (None for no gradient)\n"
                f"  remedy: return a tuple in the order of the arguments",
                location,
            )
        )


class DeclaredShapeError(DovetailError, ValueError):
    def __init__(
        self, name: str, argument: str, shape: object, expected: object, location: str | None
    ) -> None:
        super().__init__(
            located(
                f"the declared vjp of {name} returned shape {shape} for argument {argument!r}.\n"
                f"  expected: the argument's shape {expected}\n"
                f"  remedy: sum over the axes that were broadcast",
                location,
            )
        )


class DeclaredTwiceError(DovetailError, TypeError):
    def __init__(self, name: str, what: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} already has a declared {what}.\n"
                f"  expected: one\n  remedy: keep one of the two",
                location,
            )
        )


class SurrogateArgumentError(DovetailError, TypeError):
    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            f"{name}.vjp was given {value!r:.80}.\n"
            f"  expected: the rule itself, or surrogate=True\n"
            f"  remedy: write @{name}.vjp or @{name}.vjp(surrogate=True) over the rule"
        )


class NotCallableError(DovetailError, TypeError):
    def __init__(self, what: str, value: object) -> None:
        super().__init__(
            f"{what} was given {type(value).__name__} {value!r:.80}.\n"
            f"  expected: a function or an extension\n"
            f"  remedy: pass the function itself, not its result"
        )


class ArgumentNumberError(DovetailError, ValueError):
    """argnums that name no argument."""

    def __init__(self, call: str, value: object, count: int) -> None:
        super().__init__(
            f"{call}: argnums is {value!r}.\n"
            f"  expected: an integer from {-count} to {count - 1}, or a tuple of them\n"
            f"  remedy: count the positional arguments of this call from 0"
        )


class NotDifferentiableError(DovetailError, TypeError):
    """A gradient with respect to, or of, something that is not floating."""

    def __init__(self, call: str, role: str, dtype: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{call}: {role} is of dtype {dtype}, which has no derivative.\n"
                f"  expected: a floating type\n"
                f"  remedy: convert with dt.astype(x, dt.float32), or choose other argnums",
                location,
            )
        )


class NonScalarOutputError(DovetailError, ValueError):
    def __init__(self, call: str, shape: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{call}: the function returned {shape}.\n"
                f"  expected: one array of shape (), of which a gradient exists\n"
                f"  remedy: reduce it with dt.sum or dt.mean, or use dt.vjp; "
                f"return (loss, aux) with has_aux=True",
                location,
            )
        )


class AuxiliaryOutputError(DovetailError, TypeError):
    def __init__(self, call: str, value: object) -> None:
        super().__init__(
            f"{call}: has_aux=True, and the function returned {type(value).__name__}.\n"
            f"  expected: a pair (loss, aux)\n"
            f"  remedy: return both, or leave has_aux out"
        )


class StructureError(DovetailError, ValueError):
    """Two trees that should correspond, and do not."""

    def __init__(self, what: str, given: object, expected: object) -> None:
        super().__init__(
            f"{what}: got {given}.\n"
            f"  expected: {expected}\n"
            f"  remedy: pass the same nesting, shapes and order"
        )


class MappedAxisError(DovetailError, ValueError):
    def __init__(self, call: str, value: object, expectation: str) -> None:
        super().__init__(
            f"{call}: got {value!r}.\n"
            f"  expected: {expectation}\n"
            f"  remedy: None for an argument that is shared by all members of the batch"
        )


class BatchSizeError(DovetailError, ValueError):
    def __init__(self, call: str, sizes: Iterable[int]) -> None:
        super().__init__(
            f"{call}: the mapped axes have sizes {', '.join(map(str, sizes))}.\n"
            f"  expected: one size for all\n"
            f"  remedy: slice the arguments, or give in_axes=None to the shared ones"
        )


class FieldCountError(DovetailError, TypeError):
    def __init__(self, name: str, fields: Iterable[str], given: int, location: str | None) -> None:
        listed = list(fields)
        super().__init__(
            located(
                f"{name} was given {given} positional values.\n"
                f"  expected: at most {len(listed)}: {', '.join(listed) or '(none)'}\n"
                f"  remedy: name them",
                location,
            )
        )


class UnknownFieldError(DovetailError, TypeError):
    def __init__(self, name: str, field: str, known: Iterable[str], location: str | None) -> None:
        known = list(known)
        close = difflib.get_close_matches(field, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else "annotate the field in the class"
        super().__init__(
            located(
                f"{name} has no field {field!r}.\n"
                f"  expected: one of {', '.join(known) or '(none)'}\n"
                f"  remedy: {hint}",
                location,
            )
        )


class MissingFieldError(DovetailError, TypeError):
    def __init__(self, name: str, fields: Iterable[str], location: str | None) -> None:
        super().__init__(
            located(
                f"{name} was made without {', '.join(map(repr, fields))}.\n"
                f"  expected: a value for each field that has no default\n"
                f"  remedy: pass it by name, or give the field a default in the class",
                location,
            )
        )


class RepeatedFieldError(DovetailError, TypeError):
    def __init__(self, name: str, field: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} was given field {field!r} twice, by position and by name.\n"
                f"  expected: each field once\n  remedy: drop one of the two",
                location,
            )
        )


class UnresolvedFieldError(DovetailError, AttributeError):
    """A field that is taken from the input was read before there was one."""

    def __init__(self, name: str, field: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name}.{field} is taken from the first input, and there was none yet.\n"
                f"  expected: a call, or build(shape), before the field is read\n"
                f"  remedy: call the layer first, or give {field}= when making it",
                location,
            )
        )


class InputAxisError(DovetailError, ValueError):
    """An input without the axis, or with another size, than a field was resolved by."""

    def __init__(
        self, name: str, field: str, axis: int, shape: object, location: str | None
    ) -> None:
        super().__init__(
            located(
                f"{name}.{field} is axis {axis} of the first input, whose shape is {shape}.\n"
                f"  expected: an input that has this axis\n"
                f"  remedy: reshape the input, or give {field}= when making the layer",
                location,
            )
        )


class ParameterShapeError(DovetailError, TypeError):
    """A parameter whose shape names no field, or a field that is no size."""

    def __init__(
        self, name: str, parameter: str, dimension: object, reason: str, location: str | None
    ) -> None:
        super().__init__(
            located(
                f"the shape of {name}.{parameter} has dimension {dimension!r}: {reason}.\n"
                f"  expected: integers from 0, or names of fields that hold them\n"
                f"  remedy: declare such a field, or correct the name",
                location,
            )
        )


class InitializerError(DovetailError, ValueError):
    def __init__(self, where: str, value: object, expectation: str) -> None:
        super().__init__(
            f"the initial value of {where} is {value!r:.80}.\n"
            f"  expected: {expectation}\n"
            f"  remedy: correct init="
        )


class ParameterValueError(DovetailError, ValueError):
    """A value of the wrong shape for a parameter or state."""

    def __init__(self, where: str, given: object, expected: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{where} was given {given}.\n"
                f"  expected: {expected}\n"
                f"  remedy: assign a value of that shape and type",
                location,
            )
        )


class ParameterAssignmentError(DovetailError, AttributeError):
    def __init__(self, where: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{where} is a parameter and was assigned to inside forward.\n"
                f"  expected: parameters are changed by an optimizer only\n"
                f"  remedy: declare it as dt.State",
                location,
            )
        )


class UnknownPathError(DovetailError, KeyError):
    def __init__(self, name: str, path: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{name} has no parameter or state {path!r}.\n"
            f"  expected one of: {', '.join(known) or '(none yet: call the layer, or build it)'}"
        )

    def __str__(self) -> str:
        return str(self.args[0])


class NotBuiltError(DovetailError, RuntimeError):
    def __init__(self, name: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} has no parameters yet.\n"
                f"  expected: a call, or build(shape), before they are read\n"
                f"  remedy: call {name} on an example first",
                location,
            )
        )


class MethodMissingError(DovetailError, NotImplementedError):
    def __init__(self, name: str, method: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} has no method {method}.\n"
                f"  expected: def {method} in the class\n  remedy: write it",
                location,
            )
        )


class MemberError(DovetailError, TypeError):
    """Something in a Sequential that cannot be called on an array."""

    def __init__(self, value: object, reason: str) -> None:
        super().__init__(
            f"a member of Sequential is {type(value).__name__} {value!r:.80}: {reason}.\n"
            f"  expected: a layer, an extension, a function, or the name of an activation\n"
            f"  remedy: replace it"
        )


class UpdateError(DovetailError, ValueError):
    """An optimizer whose update returned no new parameter."""

    def __init__(self, where: str, given: object, expected: object, location: str | None) -> None:
        super().__init__(
            located(
                f"{where} is {given}.\n"
                f"  expected: {expected}, as the parameter has\n"
                f"  remedy: return the new parameter from update; cast with dt.astype if need be",
                location,
            )
        )


class ConfigurationError(DovetailError, TypeError):
    def __init__(self, name: str, field: str, value: object) -> None:
        super().__init__(
            f"{name}.{field} is {type(value).__name__} {value!r:.80}, which has no plain form.\n"
            f"  expected: numbers, text, tuples, layers, or extensions of a module\n"
            f"  remedy: name the function at the top of a module"
        )


# train


class UnknownNameError(DovetailError, ValueError, LookupError):
    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        super().__init__(
            f"{name!r} is no {kind} known by name.\n"
            f"  expected one of: {', '.join(sorted(known))}\n"
            f"  remedy: correct the name, or pass the object itself"
        )


class NotCompiledError(DovetailError, RuntimeError):
    def __init__(self, method: str) -> None:
        super().__init__(
            f"model.{method} was called before model.compile.\n"
            f"  expected: an optimizer and a loss\n"
            f"  remedy: call model.compile(optimizer=..., loss=...) first"
        )


class DataLengthError(DovetailError, ValueError):
    def __init__(self, x_length: int, y_length: int) -> None:
        super().__init__(
            f"x has {x_length} examples, y has {y_length}.\n"
            f"  expected: as many targets as inputs, counted along the first axis\n"
            f"  remedy: check how the two arrays were split or filtered"
        )


class EmptyDataError(DovetailError, ValueError):
    def __init__(self, name: str, shape: object) -> None:
        super().__init__(
            f"{name} has shape {shape}, so there is no example in it.\n"
            f"  expected: an array whose first axis counts at least one example\n"
            f"  remedy: check how the array was split or filtered"
        )


class NonFiniteDataError(DovetailError, ValueError):
    def __init__(self, name: str, count: int, value: object, index: object) -> None:
        super().__init__(
            f"{name} holds {count} values that are not finite; the first is {value} at {index}.\n"
            f"  expected: finite numbers\n"
            f"  remedy: drop or fill these examples, for example by numpy.isfinite"
        )


class LabelRangeError(DovetailError, ValueError):
    def __init__(self, label: object, index: object, classes: int) -> None:
        super().__init__(
            f"label {label} at index {index} is no class of the model.\n"
            f"  expected: integers from 0 to {classes - 1}, since the model has {classes} outputs\n"
            f"  remedy: number the classes from 0, or give the last layer more outputs"
        )


class LabelTypeError(DovetailError, TypeError):
    def __init__(self, loss: str, dtype: object) -> None:
        super().__init__(
            f"{loss} was given labels of data type {dtype}.\n"
            f"  expected: integer labels, one for each example\n"
            f"  remedy: convert them with y.astype('int64')"
        )


class TargetShapeError(DovetailError, ValueError):
    def __init__(self, loss: str, predictions: object, targets: object, expected: object) -> None:
        super().__init__(
            f"{loss}: the model predicts {predictions} for targets of shape {targets}.\n"
            f"  expected: targets of shape {expected}\n"
            f"  remedy: change the last layer's units, the targets' shape, or the loss"
        )


class MetricShapeError(DovetailError, ValueError):
    def __init__(self, metric: str, predictions: object, targets: object) -> None:
        super().__init__(
            f"metric {metric}: the model predicts {predictions} for targets of shape {targets}.\n"
            f"  expected: equal shapes, or labels with one dimension less\n"
            f"  remedy: choose a metric that fits the targets"
        )


class NonFiniteLossError(DovetailError, ArithmeticError):
    def __init__(self, loss: float, epoch: int, batch: int) -> None:
        super().__init__(
            f"the loss became {loss} in epoch {epoch + 1}, batch {batch + 1}.\n"
            f"  expected: a finite loss\n"
            f"  remedy: lower the optimizer's lr, clip with clip_norm=1.0, or scale the inputs; "
            f"the model keeps the parameters from before this step; "
            f"model.compile(..., stop_on_nan=False) goes on regardless"
        )


class FitArgumentError(DovetailError, ValueError):
    def __init__(self, argument: str, value: object, expected: str) -> None:
        super().__init__(f"{argument} is {value!r}.\n  expected: {expected}")


# running


class IndexOutOfRangeError(DovetailError, IndexError):
    """An index points outside of the array that it is taken from."""

    def __init__(self, nodes: Iterable[Any]) -> None:
        places: list[str] = []
        for node in nodes:
            axis = node.attr("axis")
            extent = node.args[0].shape[axis] if node.op == "gather" else node.shape[axis]
            where = f", at {node.source}" if node.source else ""
            places.append(f"\n  expected: {-extent} to {extent - 1} along axis {axis}{where}")
        super().__init__(
            "an index lies outside of its array." + "".join(dict.fromkeys(places))
            + "\n  remedy: check labels and indices against the number of classes or rows"
        )


# command line


class CommandLineError(DovetailError, ValueError):
    def __init__(self, what: str, value: object, expected: str) -> None:
        super().__init__(f"{what} is {value!r}.\n  expected: {expected}")
