"""Fields, parameters and states of layers and optimizers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dovetail.errors.base import DovetailError, located


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


class RandomKeyAssignmentError(DovetailError, TypeError):
    """A forward pass assigns to a random key."""

    def __init__(self, where: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{where} is a random key, and was assigned to.\n"
                f"  expected: keys are read alone; each pass gets another one\n"
                f"  remedy: leave the assignment out, and take dt.fold_in(self.key, n) for more "
                f"keys in one pass",
                location,
            )
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


class TakenNameError(DovetailError, TypeError):
    """A field, parameter, state or attribute with a name that Dovetail or a host needs."""

    def __init__(self, owner: str, name: str, what: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{owner} has {name!r}, which is {what}.\n"
                f"  expected: another name\n"
                f"  remedy: rename it, for example to {name.strip('_')}_",
                location,
            )
        )


class AbsentStateError(DovetailError, ValueError):
    """A state that is declared away by `when`, and was assigned to."""

    def __init__(self, where: str, when: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{where} was assigned to, and is not there: it is declared with when={when!r}, "
                f"which is false.\n"
                f"  expected: a value for it only where {when} is true\n"
                f"  remedy: read it first: it is None where it is not there",
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


class ChangedSinceMadeError(DovetailError, TypeError):
    """A layer or optimizer that its class, called with the same arguments, does not make again."""

    def __init__(self, name: str, attribute: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name} cannot be written down: made again with the arguments that it was made "
                f"with, it has another {attribute!r}.\n"
                f"  expected: attributes that follow from the arguments of __init__\n"
                f"  remedy: make {attribute!r} an annotated field or an argument of __init__, "
                f"and do not change it afterwards",
                location,
            )
        )


class AmbiguousNameError(DovetailError, TypeError):
    """A definition whose module has another one under its name."""

    def __init__(self, name: str, location: str | None) -> None:
        super().__init__(
            located(
                f"{name!r} cannot be written down by its name: another definition has it now.\n"
                f"  expected: the definition that its module holds under this name\n"
                f"  remedy: give the two definitions names of their own",
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
