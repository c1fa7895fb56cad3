"""Hosts: found by type, added by hand and by entry point, and missing ones explained."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any, ClassVar

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from dovetail.extension import dispatch
from dovetail.extension.dispatch import Caller
from dovetail.graph.dtypes import float64
from dovetail.hosts.protocol import KINDS, Host
from dovetail.hosts.registry import REGISTRY, BuiltIn, Registry
from dovetail.language.trace import ArraySpec


class Box:
    """An array of a framework of this test's own."""

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value, np.float64)


class SubBox(Box):
    pass


class BoxHost(Host):
    name: ClassVar[str] = "boxes"
    array_types: ClassVar[frozenset[str]] = frozenset({f"{Box.__module__}.{Box.__qualname__}"})

    def spec(self, array: Any) -> ArraySpec:
        return ArraySpec(array.value.shape, float64)

    def caller(self, extension: Any) -> Caller:
        def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if not all(self.owns(value) or isinstance(value, float) for value in args):
                return self.hand_over(extension, args, kwargs, TypeError("not a box"))
            plain = [value.value if self.owns(value) else value for value in args]
            return Box(REGISTRY.named("numpy").call(extension, tuple(plain), kwargs))

        return call

    def op(self, extension: Any) -> Any:
        return lambda *args: extension(*map(Box, args))


class OtherHost(BoxHost):
    name: ClassVar[str] = "others"
    array_types: ClassVar[frozenset[str]] = frozenset({"fractions.Fraction"})
    accepts_numpy: ClassVar[bool] = True


@dt.op
def added(x, y):
    return x + y


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    registry.add(BoxHost())
    dispatch.install(registry)
    yield registry
    dispatch.install(REGISTRY)


def test_the_arrays_type_picks_the_host(registry: Registry) -> None:
    result = added(Box([1.0, 2.0]), SubBox([3.0, 4.0]))
    assert type(result) is Box
    np.testing.assert_array_equal(result.value, [4, 6])
    assert type(added(Box([1.0]), 2.0)) is Box
    assert type(added(np.ones(2), np.ones(2))) is np.ndarray
    assert registry.host_of([1, "a", None], "f").name == "numpy"
    assert registry.names() == sorted(registry.names()) and "boxes" in registry.names()


def test_two_frameworks_in_one_call(registry: Registry) -> None:
    with pytest.raises(errors.HostError, match=r"added.*boxes and numpy"):
        added(Box([1.0]), np.ones(1))
    added(np.ones(1), np.ones(1))
    for args in [(np.ones(1), Box([1.0])), (Box([1.0]), np.ones(1))]:
        with pytest.raises(errors.HostError, match="boxes"):
            added(*args)
    with pytest.raises(errors.ArgumentError, match=r"'y'.*object"):
        added(np.ones(1), object())
    with pytest.raises(TypeError, match="not a box"):
        added(Box([1.0]), object())
    registry.add(OtherHost())
    from fractions import Fraction  # noqa: PLC0415

    values: list[Any] = [Fraction(1, 2), np.ones(2)]
    assert registry.host_of(values, "f").name == "others"
    with pytest.raises(errors.HostError, match=r"others and boxes|boxes and others"):
        registry.host_of([Fraction(1, 2), Box(1)], "f")


def test_forms_are_made_once_and_missing_kinds_are_named(registry: Registry) -> None:
    form = registry.form("boxes", "op", added)
    assert form is registry.form("boxes", "op", added)
    assert type(form([1.0], [2.0])) is Box
    for kind in KINDS[1:]:
        with pytest.raises(errors.UnsupportedError, match=f"boxes.*{kind}"):
            registry.form("boxes", kind, dt.op(lambda x: x) if kind != "layer" else dt.Layer)


def test_hosts_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "boxes"

        def load(self) -> Host:
            return BoxHost()

    asked: list[str] = []

    def entry_points(*, group: str) -> list[Any]:
        asked.append(group)
        return [Point()]

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    registry = Registry()
    assert registry.host_of([Box(1.0)], "f").name == "boxes"
    assert asked == ["dovetail.hosts"]


def test_a_framework_that_is_not_installed() -> None:
    rows = {
        "gone": BuiltIn("tests.hosts.broken_host", frozenset({"gone"})),
        "absent": BuiltIn("dovetail.hosts.no_such_module", frozenset({"absent"})),
    }
    registry = Registry(rows)
    with pytest.raises(errors.HostNotInstalledError, match=r"(?s)added.gone.*dovetail\[gone\]"):
        registry.form("gone", "op", added)
    for name in ("absent", "unheard"):
        with pytest.raises(errors.HostError, match=rf"(?s){name}.*dovetail\[{name}\]"):
            registry.form(name, "op", added)


def test_importing_dovetail_imports_no_framework_and_no_compiler() -> None:
    code = (
        "import sys, dovetail\n"
        "heavy = {'torch', 'tensorflow', 'jax', 'keras', 'llvmlite', 'rich', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
