"""Actions that wait for a package to be imported."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from dovetail.hosts.import_hook import when_imported


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package that can be imported."""
    name = "dovetail_awaited"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("ready = True\n")
    (tmp_path / name / "inner.py").write_text("deep = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for loaded in (name, f"{name}.inner"):
        monkeypatch.delitem(sys.modules, loaded, raising=False)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    return name


def test_the_action_comes_after_the_import_and_once(package: str) -> None:
    seen: list[bool] = []
    finders = len(sys.meta_path)
    when_imported(package, lambda: seen.append(sys.modules[package].ready))
    assert seen == []
    module = importlib.import_module(package)
    assert seen == [True]
    assert len(sys.meta_path) == finders
    assert importlib.import_module(f"{package}.inner").deep
    importlib.reload(module)
    assert seen == [True]
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__


def test_looking_for_the_package_does_not_end_the_wait(package: str) -> None:
    seen: list[bool] = []
    when_imported(package, lambda: seen.append(sys.modules[package].ready))
    for _ in range(2):
        assert importlib.util.find_spec(package) is not None
    assert seen == []
    importlib.import_module(package)
    assert seen == [True]


def test_a_package_that_is_there_is_not_waited_for(package: str) -> None:
    importlib.import_module(package)
    seen: list[int] = []
    when_imported(package, lambda: seen.append(1))
    assert seen == [1]


def test_a_package_that_is_missing_may_come_later(package: str, tmp_path: Path) -> None:
    seen: list[int] = []
    when_imported("dovetail_not_there", lambda: seen.append(1))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("dovetail_not_there")
    (tmp_path / "dovetail_not_there.py").write_text("")
    importlib.invalidate_caches()
    try:
        importlib.import_module("dovetail_not_there")
    finally:
        sys.modules.pop("dovetail_not_there", None)
    assert seen == [1]


def test_an_error_of_the_package_is_its_own(package: str, tmp_path: Path) -> None:
    (tmp_path / package / "__init__.py").write_text("raise OSError('broken')\n")
    importlib.invalidate_caches()
    seen: list[int] = []
    when_imported(package, lambda: seen.append(1))
    with pytest.raises(OSError, match="broken"):
        importlib.import_module(package)
    assert seen == []
