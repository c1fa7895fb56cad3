"""A disk cache of object code, so that a kernel is not compiled in every process.

`get` and `put` never raise because of the disk: the caller then compiles, and is warned once.
One file per entry:

    offset 0   8 bytes   magic
    offset 8   4 bytes   version of this layout, little-endian
    offset 12  8 bytes   length of the payload, little-endian
    offset 20  32 bytes  sha256 over key and payload
    offset 52            the payload

An entry whose header, key or checksum does not match is deleted and counts as missing. Writes are
atomic: a file is written under another name and then renamed. The folder must belong to this user
and be writable by nobody else, because code that is read from it is run.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import time
import warnings
from pathlib import Path

from dovetail.errors import CacheWarning
from dovetail.options import options

MAGIC = b"DOVETAIL"
LAYOUT = 1
SUFFIX = ".code"
TEMPORARY = ".writing"
STALE_SECONDS = 600.0  # older temporary files were left by killed processes
_HEADER = struct.Struct("<8sIQ32s")
_PLAIN_KEY = re.compile(r"[0-9A-Za-z_-]{1,128}")


def _digest(key: str, payload: bytes) -> bytes:
    checksum = hashlib.sha256(key.encode())
    checksum.update(b"\0")
    checksum.update(payload)
    return checksum.digest()


def encode(key: str, payload: bytes) -> bytes:
    """The bytes of an entry's file."""
    return _HEADER.pack(MAGIC, LAYOUT, len(payload), _digest(key, payload)) + payload


def decode(key: str, content: bytes) -> bytes | None:
    """The payload in an entry's file, or None if it is damaged."""
    if len(content) < _HEADER.size:
        return None
    magic, layout, length, checksum = _HEADER.unpack_from(content)
    payload = content[_HEADER.size :]
    if magic != MAGIC or layout != LAYOUT or length != len(payload):
        return None
    return payload if checksum == _digest(key, payload) else None


class Folder:
    """The cache in one folder; one object per folder and process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._warned = False
        self._trusted: bool | None = None
        self._size: int | None = None  # bytes in the folder, as far as this process knows

    def _file(self, key: str) -> Path:
        plain = key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
        return self.path / (plain + SUFFIX)

    def _warn(self, reason: object) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(CacheWarning(self.path, reason), stacklevel=2)

    def _is_trusted(self) -> bool:
        """Whether the folder exists and is private to this user."""
        if self._trusted is None:
            try:
                found = self.path.stat()
            except OSError:
                return False  # it does not exist yet; `_create` reports why it cannot be created
            self._trusted = stat.S_ISDIR(found.st_mode)
            if not self._trusted:
                self._warn("it is no folder")
            elif hasattr(os, "getuid"):  # on other systems profile folders are private
                self._trusted = self._is_private(found)
        return self._trusted

    def _is_private(self, found: os.stat_result) -> bool:
        if found.st_uid != os.geteuid():
            self._warn(f"it belongs to user {found.st_uid}")
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            self._warn(f"others may write to it (its mode is {stat.S_IMODE(found.st_mode):o})")
        else:
            return True
        return False

    def _create(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)

    def get(self, key: str) -> bytes | None:
        if not self._is_trusted():
            return None
        file = self._file(key)
        try:
            content = file.read_bytes()
        except OSError:
            return None
        payload = decode(key, content)
        try:
            if payload is None:
                file.unlink()
            else:
                os.utime(file)  # the time of the last use, for `_evict`
        except OSError:
            pass  # the folder is read-only
        return payload

    def put(self, key: str, payload: bytes, most: int) -> None:
        content = encode(key, payload)
        if len(content) > most:
            return
        try:
            if self._trusted is None:
                self._create()
            if self._is_trusted():
                self._write(self._file(key), content)
                self._bound(len(content), most)
        except FileNotFoundError:
            self._trusted = None  # the folder was deleted; it is created again next time
        except OSError as error:
            self._warn(error)

    def _write(self, file: Path, content: bytes) -> None:
        temporary = file.with_suffix(f".{os.urandom(8).hex()}{TEMPORARY}")
        try:
            with open(temporary, "xb", opener=_open_private) as stream:
                stream.write(content)
            os.replace(temporary, file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _bound(self, added: int, most: int) -> None:
        """Scan the folder at the first write, and whenever it may be too full."""
        if self._size is not None:
            self._size += added
        if self._size is None or self._size > most:
            self._size = self._evict(most)

    def _evict(self, most: int) -> int:
        """Delete the least recently used entries; returns the bytes that remain."""
        entries: list[tuple[float, int, str]] = []
        now = time.time()
        with os.scandir(self.path) as found:
            for entry in found:
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # deleted by another process
                if entry.name.endswith(SUFFIX):
                    entries.append((status.st_mtime, status.st_size, entry.path))
                elif entry.name.endswith(TEMPORARY) and now - status.st_mtime > STALE_SECONDS:
                    Path(entry.path).unlink(missing_ok=True)
        size = sum(length for _, length, _ in entries)
        if size > most:
            # Down to three quarters, so that not every write scans the folder.
            for _, length, path in sorted(entries):
                if size <= most - most // 4:
                    break
                Path(path).unlink(missing_ok=True)
                size -= length
        return size


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_folders: dict[Path, Folder] = {}


def _folder(path: Path) -> Folder:
    return _folders.get(path) or _folders.setdefault(path, Folder(path))


def get(key: str) -> bytes | None:
    """The entry of `key`, or None."""
    chosen = options()
    return _folder(chosen.cache_dir).get(key) if chosen.cache else None


def put(key: str, payload: bytes) -> None:
    """Store `payload` under `key`, if possible."""
    chosen = options()
    if chosen.cache:
        _folder(chosen.cache_dir).put(key, payload, chosen.cache_max_bytes)
