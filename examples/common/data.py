"""Data files with checksums, and the check that no test example is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np


class DataError(SystemExit):
    """A data file is missing or damaged. The message is what the program prints as it ends."""


def checked(path: Path, sha256: str, origin: str) -> Path:
    """The path of a file that has this checksum. `origin` says where the file can be had.

    Raises DataError, with the path and what to do, if the file is missing or differs.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing.\n  It comes from: {origin}\n  Restore it there.")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise DataError(
            f"{path} is damaged: its SHA-256 is {found},\n  expected {sha256}.\n"
            f"  It comes from: {origin}\n  Restore it, for example by `git checkout -- {path}`."
        )
    return path


def check_leak(train: Iterable[Any], test: Iterable[Any], what: str) -> None:
    """Raise DataError if an example to test on is also trained on.

    Examples are arrays, or values that can be looked up in a set; `what` is what they are, in the
    plural.
    """
    known, tested = {_key(each) for each in train}, list(test)
    seen = [number for number, each in enumerate(tested) if _key(each) in known]
    if seen:
        first = tested[seen[0]]
        shown = first if isinstance(first, str) else f"number {seen[0]} of the test"
        raise DataError(
            f"{len(seen)} of {len(tested)} {what} to test on are also trained on "
            f"(the first is {shown}): a result on them says nothing.\n"
            "  Divide the data before anything is made from them."
        )


def _key(example: Any) -> Any:
    return example.tobytes() if isinstance(example, np.ndarray) else example
