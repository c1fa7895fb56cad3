"""The checker."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError, located


class NoSampleError(DovetailError, ValueError):
    """No sample reaches a definition: nothing can be said about it."""

    def __init__(self, name: str, reason: Exception | str, location: str | None) -> None:
        why = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
        super().__init__(
            located(
                f"dt.check found no arguments that {name} gives finite numbers for: {why}\n"
                f"  expected: a definition that some sample reaches\n"
                f"  declare some: @{name}.samples on a function (rng) -> (array, ...); for a "
                "layer with required fields, check an instance of it",
                location,
            )
        )


class SampleDeclarationError(DovetailError, ValueError):
    """What `@ext.samples` declares does not serve."""

    def __init__(self, name: str, given: object, reason: Exception, location: str | None) -> None:
        super().__init__(
            located(
                f"the samples of {name} cannot be passed to it: {type(given).__name__} "
                f"{given!r:.120}\n  {type(reason).__name__}: {reason}\n"
                "  expected: a function (rng) that returns a tuple with one array for each "
                "array argument (and a dict of settings last, if any), or a list of such tuples",
                location,
            )
        )


class NotCheckableError(DovetailError, TypeError):
    """What was given is no definition."""

    def __init__(self, value: object) -> None:
        super().__init__(
            f"dt.check was given {type(value).__name__} {value!r:.80}\n"
            "  expected: an op, activation, loss, layer or optimizer (a class or an instance)\n"
            "  decorate a function with @dt.op, @dt.activation or @dt.loss first"
        )


class CheckHostError(DovetailError, ValueError):
    """No host is left to check on."""

    def __init__(self, hosts: object, known: Iterable[str]) -> None:
        super().__init__(
            f"dt.check was given hosts={hosts!r}\n"
            f"  expected: names of hosts, or hosts, the embedded one ('numpy') among them; "
            f"there are {', '.join(known)}"
        )


class NothingToCheckError(DovetailError, ValueError):
    """A module without definitions."""

    def __init__(self, module: str) -> None:
        super().__init__(
            f"dovetail.testing.check_all found no definition in {module}\n"
            "  expected: a module with ops, activations, losses, layers or optimizers of its own"
        )


class CheckFailedError(DovetailError, AssertionError):
    """A check did not pass: what `dovetail.testing` raises."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"dt.check({name}) failed\n{text}")
