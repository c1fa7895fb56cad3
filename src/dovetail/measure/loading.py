"""Definitions in files, FILE.py::name, and how another process finds the same definition."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from dovetail import files
from dovetail.errors import DovetailError, OptionError


def load(reference: str) -> Any:
    """The definition FILE.py::name."""
    file, separator, name = reference.partition("::")
    if not separator or not name:
        raise OptionError("the definition", reference, "FILE.py::name", "")
    module = load_module(file)
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            known = [key for key in vars(module) if not key.startswith("_")]
            raise OptionError("the name", name, f"one of {', '.join(known)}", "")
        value = getattr(value, part)
    return value


def load_module(file: str) -> Any:
    """Import a file as a module."""
    path = Path(file)
    if not path.is_file():
        raise OptionError("the file", file, "a Python file that exists", "")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise OptionError("the file", file, "a Python file, named *.py", "")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # so that what it defines can be pickled
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        if isinstance(error, DovetailError):
            raise
        raise OptionError(
            "the file", file, "a Python file that can be imported", _failure(file, error)
        ) from error
    return module


def _failure(file: str, error: Exception) -> str:
    """What to do about an error that importing a file has raised, with its line."""
    if isinstance(error, SyntaxError):
        return f"correct line {error.lineno} of {error.filename}: {error.msg}"
    path = str(Path(file).resolve())
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__)
        if str(Path(frame.filename).resolve()) == path
    ]  # fmt: skip
    where = f"line {lines[-1]}" if lines else "the file"
    return f"correct {where}, which raised {type(error).__name__}: {error}"


@dataclass(frozen=True)
class Source:
    """Where another process finds a definition.

    `kind`: "file" (FILE.py::name), "module" (module:name), or "saved" (a file of `dt.save`).
    """

    kind: str
    place: str

    def load(self) -> Any:
        """The definition."""
        if self.kind == "file":
            return load(self.place)
        if self.kind == "module":
            module, _, name = self.place.partition(":")
            return _attribute(importlib.import_module(module), name)
        return files.load(self.place)


def _attribute(value: Any, name: str) -> Any:
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def source_of(definition: Any, folder: Path, calls: Any = None) -> Source:
    """A source of a definition: the module that has it, or a file that is written into `folder`.

    `calls`: of what a saved definition is traced for, as for `dt.save`.
    """
    module = getattr(definition, "__module__", None)
    name = getattr(definition, "__qualname__", None)
    known = sys.modules.get(module) if module else None
    if name and module != "__main__" and _attribute(known, name) is definition:
        if PathFinder.find_spec(str(module).partition(".")[0]) is not None:
            return Source("module", f"{module}:{name}")
        file = getattr(known, "__file__", None)  # of a module that was made of a file
        if file is not None:
            return Source("file", f"{file}::{name}")
    place = folder / f"definition-{len(list(folder.iterdir()))}.dovetail"
    files.save(definition, place, calls=calls)
    return Source("saved", str(place))
