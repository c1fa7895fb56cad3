"""On accelerators JAX computes the maths in its own functions; here for CUDA, without one.

Programs for them can be made on any machine, and run by the same functions on the CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

from dovetail.hosts.jax import lowering, validators  # noqa: E402
from dovetail.hosts.numpy.host import HOST  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from dovetail.language.tree import map_leaves  # noqa: E402
from dovetail.verify.targets import target_of  # noqa: E402
from tests.hosts.test_agreement import PIECES  # noqa: E402
from tests.verify.conftest import verdict_of  # noqa: E402
from tests.verify.test_package import OPERATIONS, definition_of  # noqa: E402

FUNCTIONS = [
    name for name in PIECES if definition_of(name)._kind != "optimizer" and name not in OPERATIONS
]
KERNELS = ("softmax", "focal")  # pieces that are kernels on the CPU
PLATFORMS = ("cuda",)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_everything_is_a_program_for_accelerators(name: str) -> None:
    """Value and gradient, with no call of ours in them."""
    rng = np.random.default_rng(0)
    call = target_of(definition_of(name), rng).calls[0]
    for each in call.with_gradient(rng):
        settings = dict(each.sample.settings)
        function = each.function
        args = map_leaves(validators.from_numpy, each.sample.args)
        with jax.enable_x64(True):
            traced = jax.jit(lambda *a, f=function, s=settings: f(*a, **s)).trace(*args)
            text = traced.lower(lowering_platforms=PLATFORMS).as_text()
        assert "dovetail" not in "".join(row for row in text.splitlines() if "custom_call" in row)


@pytest.mark.parametrize("name", KERNELS)
def test_values_are_those_of_the_kernels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def none_wins(*args: Any) -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(lowering, "kernel_wins", none_wins)
    jax.clear_caches()
    try:
        verdict = verdict_of("host agreement", definition_of(name), HOST, REGISTRY.named("jax"))
    finally:
        jax.clear_caches()
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"
    assert asked
