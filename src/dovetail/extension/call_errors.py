"""Errors of calls and definitions that several files raise."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors import ArgumentError, CallError, DefinitionError, NotBuiltError, described
from dovetail.language.argument_names import unknown_argument as unknown_argument


def too_many_positional(
    call: str, names: Iterable[str], given: int, location: str | None
) -> CallError:
    """More positional arguments than there are names for."""
    listed = list(names)
    expected = f"at most {len(listed)}: {', '.join(listed) or '(none)'}"
    found = f"{given} positional arguments were given to {call}"
    return CallError(found, expected, "leave some out, or pass them by name", location)


def missing_arguments(call: str, names: Iterable[str], location: str | None) -> CallError:
    """No value for arguments that have no default."""
    found = f"{call} was called without {', '.join(map(repr, names))}"
    return CallError(
        found, "a value for each argument that has no default", "pass it by name", location
    )


def repeated_argument(call: str, name: str, location: str | None) -> CallError:
    """An argument that was given twice."""
    found = f"{call} was given {name!r} twice, by position and by keyword"
    return CallError(found, "each argument once", "drop one of the two", location)


def not_an_array(call: str, name: str, value: object, location: str | None) -> ArgumentError:
    """An argument that no host knows as an array."""
    return ArgumentError(
        call, f"argument {name!r}", value,
        "an array, a number, or a tuple, list or dict of them",
        "convert it, for example with numpy.asarray", location,
    )  # fmt: skip


def wrong_hyperparameter(
    call: str, name: str, value: object, expected: str, location: str | None
) -> ArgumentError:
    """A hyperparameter that is neither a float nor a static value."""
    remedy = "pass such a value; an array belongs in an argument without default"
    return ArgumentError(call, f"hyperparameter {name!r}", value, expected, remedy, location)


def not_callable(what: str, value: object) -> CallError:
    """Something decorated or transformed that is not a function."""
    return CallError(
        f"{what} was given {described(value)}", "a function or an extension",
        "pass the function itself, not its result",
    )  # fmt: skip


def on_a_method(kind: str, name: str, location: str | None) -> DefinitionError:
    """A method that is decorated as if it were a function."""
    return DefinitionError(
        f"@dt.{kind} is over the method {name}, whose self is no array",
        "a function of arrays",
        "write the function outside of the class and call it in the method, or write a dt.Layer "
        "with fields and forward",
        location,
    )


def output_count(name: str, expected: str, given: int, location: str | None) -> DefinitionError:
    """Another number of outputs than expected."""
    found = f"{name} returned {given} arrays"
    return DefinitionError(found, expected, "return that, or declare an op", location)


def taken_name(owner: str, name: str, what: str, location: str | None) -> DefinitionError:
    """A field, parameter, state or attribute with a name that Dovetail or a host needs."""
    remedy = f"rename it, for example to {name.strip('_')}_"
    return DefinitionError(
        f"{owner} has {name!r}, which is {what}", "another name", remedy, location
    )


def not_defined(name: str, method: str, location: str | None) -> DefinitionError:
    """A class without the method that says what it does."""
    found = f"{name} has no method {method}"
    return DefinitionError(found, f"def {method} in the class", "write it", location)


def absent_state(where: str, when: str, location: str | None) -> DefinitionError:
    """An assignment to a state whose `when` is false."""
    return DefinitionError(
        f"{where} was assigned to, but does not exist: it is declared with when={when!r}, which "
        f"is false",
        f"an assignment only where {when} is true", "check that it is not None first", location,
    )  # fmt: skip


def wrong_value(where: str, given: str, expected: str, location: str | None) -> DefinitionError:
    """A value that does not fit a parameter or state."""
    remedy = "assign a value of that shape and type"
    return DefinitionError(f"{where} was given {given}", expected, remedy, location)


def not_built(where: str, location: str | None) -> NotBuiltError:
    """An array of a layer that does not exist yet."""
    return NotBuiltError(
        f"{where} does not exist yet", "a call, or build(shape), before it is read",
        "call the layer on an example first", location,
    )  # fmt: skip
