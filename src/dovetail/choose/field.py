"""The contestants: which frameworks there are, in which modes, and what brings them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from dovetail.measure.loading import Source

EAGER, COMPILED = "eager", "compiled"


@dataclass(frozen=True)
class Entry:
    """A framework. `packages`: what it needs, by their import names; `source`: its contestant."""

    name: str
    source: Source
    packages: tuple[str, ...]
    distributions: tuple[str, ...]
    modes: tuple[str, ...] = (EAGER, COMPILED)
    extra: str = ""

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]


def _in(module: str, name: str) -> Source:
    return Source("module", f"dovetail.choose.{module}:{name}")


FIELD = (
    Entry("dovetail", _in("in_dovetail", "InDovetail"), (), ("dovetail",), (COMPILED,)),
    Entry("torch", _in("in_torch", "InTorch"), ("torch",), ("dovetail", "torch"), extra="torch"),
    Entry("tensorflow", _in("in_tensorflow", "InTensorFlow"), ("tensorflow", "keras"),
          ("dovetail", "tensorflow", "tensorflow-cpu", "keras"), extra="tensorflow"),
    Entry("jax", _in("in_jax", "InJax"), ("jax", "flax", "optax"),
          ("dovetail", "jax", "flax", "optax"), extra="jax"),
    Entry("keras", _in("in_keras", "InKeras"), ("keras",), ("dovetail", "keras"), extra="keras"),
)  # fmt: skip


def installed_bytes(names: Sequence[str]) -> int:
    """The size of the files of some distributions and of all that they require."""
    seen: dict[str, int] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        seen[name] = sum(_bytes(found.locate_file(file)) for file in found.files or ())
        for requirement in found.requires or ():
            if "extra ==" not in requirement.replace("'", '"'):
                waiting.append(re.split(r"[\s;<>=!~\[(]", requirement, maxsplit=1)[0])
    return sum(seen.values())


def _bytes(path: object) -> int:
    stat = getattr(path, "stat", None)
    try:
        return 0 if stat is None else int(stat().st_size)
    except OSError:
        return 0


def missing_frameworks(field: Sequence[Entry]) -> Mapping[str, str]:
    """What is not installed, and the command that brings it."""
    return {
        entry.name: f"pip install 'dovetail[{entry.extra}]'" for entry in field if entry.missing
    }
