"""Everything in the package passes the checks."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest

import dovetail as dt
from dovetail.language.functions import KINDS
from dovetail.library import layers, optimizers
from dovetail.library.modules import MODULES
from dovetail.verify.definitions import definitions_of

ACTIVATIONS = sorted(name for name, kind in KINDS.items() if kind == "activation")

NEURAL = sorted({*ACTIVATIONS, "glu", "swiglu", "logsumexp", "rms_norm", "layer_norm"})
OPERATIONS = (
    "abs", "acosh", "add", "atan2", "atanh", "clip", "copysign", "divide", "erfc", "exp", "hypot",
    "log1p", "logaddexp", "matmul", "max", "maximum", "mean", "multiply", "outer", "pow",
    "remainder", "rsqrt", "sign", "sin", "sort", "sqrt", "std", "sum", "tan", "var", "vecdot",
    "where",
)  # fmt: skip


def library() -> dict[str, Any]:
    """Everything in the library, by name."""
    found: dict[str, Any] = {}
    for module in MODULES:
        found |= definitions_of(module)
    found["Activation"] = layers.Activation("gelu")
    found["Dense with mish"] = layers.Dense(4, "mish")
    found["Nesterov"] = optimizers.SGD(0.01, momentum=0.9, nesterov=True, weight_decay=0.01)
    found["Sequential"] = dt.Sequential(layers.Dense(8, "relu"), dt.BatchNorm(),
                                        layers.Dropout(0.2), layers.Dense(3))  # fmt: skip
    return found


LIBRARY = library()
# What 2D has, in other dimensions.
OTHER_DIMENSIONS = frozenset(
    name for name in LIBRARY if re.sub("1D|3D", "2D", name) in LIBRARY.keys() - {name}
)
ON_NUMPY = OTHER_DIMENSIONS | {*OPERATIONS}  # here; on other hosts in tests/hosts


def definition_of(name: str) -> Any:
    return LIBRARY[name] if name in LIBRARY else getattr(dt, name)


@functools.cache
def report_of(name: str) -> Any:
    hosts = ("numpy",) if name in ON_NUMPY else None
    return dt.check(definition_of(name), quick=True, hosts=hosts)


@pytest.mark.parametrize("name", [*LIBRARY, *NEURAL, *OPERATIONS])
def test_everything_in_the_package_passes(name: str) -> None:
    report = report_of(name)
    assert report, report.text(140)
    assert any(verdict.status == "passed" for verdict in report.verdicts)


def test_the_library_is_all_there() -> None:
    assert len(LIBRARY) > 40
    assert {"focal", "BatchNorm", "Adam", "snake"} <= set(LIBRARY)
