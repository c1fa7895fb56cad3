"""Definitions and calls of extensions, their outputs and derivatives."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dovetail.errors.base import DovetailError, located


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


class LossShapeError(DovetailError, ValueError):
    """Predictions and targets of a loss whose shapes do not correspond."""

    def __init__(
        self, name: str, predictions: object, targets: object, expected: object,
        location: str | None,
    ) -> None:  # fmt: skip
        super().__init__(
            located(
                f"loss {name} was given predictions of shape {predictions} and targets of shape "
                f"{targets}.\n"
                f"  expected: targets of shape {expected}; a loss never broadcasts its examples\n"
                f"  remedy: give both the same examples, for example predictions[:, 0] for one "
                f"output, or targets[:, None]",
                location,
            )
        )


class StretchedArgumentsError(DovetailError, ValueError):
    """Two arguments of a loss that were broadcast against each other, both of them widened."""

    def __init__(
        self, name: str, arguments: Iterable[tuple[str, object]], shape: object,
        location: str | None,
    ) -> None:  # fmt: skip
        given = " and ".join(f"{each} of shape {shape_}" for each, shape_ in arguments)
        super().__init__(
            located(
                f"loss {name} was given {given}, which broadcast to {shape}.\n"
                f"  expected: shapes that correspond; a loss never broadcasts its examples\n"
                f"  remedy: give both the same axes, for example targets[:, None]; where every "
                f"pair is meant, write the axes in the definition: x[:, None] - y[None, :]",
                location,
            )
        )


class IgnoreIndexError(DovetailError, TypeError):
    """An `ignore_index` of a loss that is neither an int nor None."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            f"ignore_index of loss {name} is {type(value).__name__} {value!r:.80}.\n"
            f"  expected: an int, the label of examples that do not count, or None\n"
            f"  remedy: pass for example ignore_index=-100"
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
