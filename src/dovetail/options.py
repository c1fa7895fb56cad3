"""Options of the library, frozen, and the only reader of environment variables.

`options()` reads the environment at its first call, not at import. `override` changes options for
a block of code in this thread (or asyncio task) only; threads started inside it see the process'
options.

| variable                     | option              | default                              |
| ---------------------------- | ------------------- | ------------------------------------ |
| `DOVETAIL_CACHE_DIR`         | `cache_dir`         | `dovetail` in `$XDG_CACHE_HOME`, or  |
|                              |                     | in `~/.cache`                        |
| `DOVETAIL_CACHE`             | `cache`             | 1; 0 switches the disk cache off     |
| `DOVETAIL_CACHE_MAX_BYTES`   | `cache_max_bytes`   | 256 MiB                              |
| `DOVETAIL_NUM_THREADS`       | `num_threads`       | the processors that this process may |
|                              |                     | use, at most `OMP_NUM_THREADS`       |
| `DOVETAIL_BUFFER_POOL_BYTES` | `buffer_pool_bytes` | 512 MiB                              |
| `DOVETAIL_GPU_KERNELS`       | `gpu_kernels`       | 0, which leaves GPUs to the          |
|                              |                     | frameworks' own functions, because   |
|                              |                     | no GPU has run our kernels yet; 1    |
|                              |                     | launches them                        |
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

from dovetail.errors import OptionError

MEBIBYTE = 1 << 20
MOST_THREADS = 1024  # more than this is a typing mistake
_SWITCHES = {
    **dict.fromkeys(("1", "true", "on", "yes"), True),
    **dict.fromkeys(("0", "false", "off", "no"), False),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may set. Every field is checked when an instance is made."""

    cache_dir: Path
    cache: bool
    cache_max_bytes: int
    num_threads: int
    buffer_pool_bytes: int
    gpu_kernels: bool

    def __post_init__(self) -> None:
        if not 1 <= self.num_threads <= MOST_THREADS:
            expected = f"a whole number from 1 to {MOST_THREADS}"
            raise OptionError("option num_threads", self.num_threads, expected)
        for name in ("cache_max_bytes", "buffer_pool_bytes"):
            value = getattr(self, name)
            if value < 0:
                raise OptionError(f"option {name}", value, "a number of bytes, 0 or more")


class Changes(TypedDict, total=False):
    """The keywords of `override`."""

    cache_dir: Path
    cache: bool
    cache_max_bytes: int
    num_threads: int
    buffer_pool_bytes: int
    gpu_kernels: bool


def _default_cache_dir(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CACHE_HOME", "")
    # The XDG specification says to ignore a relative path.
    if os.path.isabs(base):
        return Path(base) / "dovetail"
    try:
        return Path.home() / ".cache" / "dovetail"
    except RuntimeError:  # no home, as in some containers
        user = os.getuid() if hasattr(os, "getuid") else "user"
        return Path(tempfile.gettempdir()) / f"dovetail-{user}"


def _integer(environment: Mapping[str, str], name: str, default: int, lowest: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if value < lowest:
        raise OptionError(f"option {name}", text, f"a whole number, {lowest} or more")
    return value


def _switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if text.lower() not in _SWITCHES:
        raise OptionError(f"option {name}", text, "0 or 1")
    return _SWITCHES[text.lower()]


def _usable_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _default_threads(environment: Mapping[str, str]) -> int:
    # OpenMP allows a list, one number for each nesting level; other values are ignored.
    first = environment.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    bound = int(first) if first.isdecimal() and int(first) > 0 else MOST_THREADS
    return min(_usable_processors(), bound, MOST_THREADS)


def read_environment(environment: Mapping[str, str]) -> Options:
    """The options that `environment` asks for."""
    named = environment.get("DOVETAIL_CACHE_DIR", "")
    return Options(
        cache_dir=Path(os.path.expanduser(named)) if named else _default_cache_dir(environment),
        cache=_switch(environment, "DOVETAIL_CACHE", True),
        cache_max_bytes=_integer(environment, "DOVETAIL_CACHE_MAX_BYTES", 256 * MEBIBYTE, 0),
        num_threads=_integer(environment, "DOVETAIL_NUM_THREADS", _default_threads(environment), 1),
        buffer_pool_bytes=_integer(environment, "DOVETAIL_BUFFER_POOL_BYTES", 512 * MEBIBYTE, 0),
        gpu_kernels=_switch(environment, "DOVETAIL_GPU_KERNELS", False),
    )


@functools.cache
def _from_process() -> Options:
    return read_environment(os.environ)


_override: ContextVar[Options | None] = ContextVar("dovetail.options", default=None)


def options() -> Options:
    """The options in force here."""
    return _override.get() or _from_process()


@contextmanager
def override(**changes: Unpack[Changes]) -> Generator[Options, None, None]:
    """Change options inside a `with` block, in this thread or task only."""
    token = _override.set(replace(options(), **changes))
    try:
        yield options()
    finally:
        _override.reset(token)
