"""Flags with which XLA compiles in half the time, where its programs run once.

XLA's numbers are then a little other than what users get: not for tests of how exact they are.
"""

from __future__ import annotations

import functools
import mmap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

FLAGS: dict[str, int | bool] = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}
LIBRARIES = {"jaxlib": "libjax_common.so", "tensorflow": "libtensorflow_cc.so.2"}


@functools.cache
def known() -> dict[str, int | bool]:
    """Those that the installed libraries know: XLA ends the process at another."""
    libraries = list(_libraries())
    return {name: FLAGS[name] for name in FLAGS if all(_holds(each, name) for each in libraries)}


def text() -> str:
    """The value of the environment's XLA_FLAGS."""
    return " ".join(f"--{name}={value}".lower() for name, value in known().items())


def _libraries() -> Iterator[Path]:
    for package, name in LIBRARIES.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).with_name(name)


def _holds(library: Path, name: str) -> bool:
    if not library.is_file():
        return False
    with (
        library.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(name.encode()) >= 0
