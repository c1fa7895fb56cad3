"""Arrays and hosts that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError


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


class TorchOperatorError(DovetailError, RuntimeError):
    """PyTorch did not take an operator."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"PyTorch did not accept the definition of {what}.\n"
            "  expected: a version of PyTorch with the stable C ABI, and a name that is free\n"
            "  remedy: please report this, with the versions of PyTorch and Dovetail"
        )
