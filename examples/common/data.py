"""Data files with checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path


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
