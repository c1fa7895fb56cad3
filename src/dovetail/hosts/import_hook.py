"""Run a callback when a package is first imported.

A framework that loads files of its own (a SavedModel) needs our ops registered by then, and
`import dovetail` must not import a framework. So the callback waits in a finder in
`sys.meta_path`, which finds nothing itself and is removed once its package is imported; to look
for the package (`importlib.util.find_spec`) leaves it there.

Considered instead: Python has no notice of an import (PEP 369, post-import hooks, was
withdrawn); TensorFlow loads plug-ins by itself only as shared libraries in its own folder
`tensorflow-plugins`, and Dovetail ships none; to define the ops at the first call of an
extension is too late for a file that is loaded before. `sys.meta_path` is the documented place.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


def when_imported(package: str, action: Callable[[], None]) -> None:
    """Call `action` once `package` is imported; immediately where it is already."""
    if getattr(sys.modules.get(package), "__spec__", None) is not None:
        action()
    else:
        sys.meta_path.insert(0, _Waiting(package, action))


class _Waiting(importlib.abc.MetaPathFinder):
    def __init__(self, package: str, action: Callable[[], None]) -> None:
        self._package = package
        self._action = action
        self._local = threading.local()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._package or getattr(self._local, "asks_the_others", False):
            return None
        self._local.asks_the_others = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._local.asks_the_others = False
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._imported)
        return spec

    def _imported(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
            self._action()


class _Loader(importlib.abc.Loader):
    """Loads as the package's own loader does, and then acts."""

    def __init__(self, loader: Any, action: Callable[[], None]) -> None:
        self._loader = loader
        self._action = action

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._action()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
