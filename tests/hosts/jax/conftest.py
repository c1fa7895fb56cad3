"""What is compiled calls kernels, or JAX's own functions: tests run with either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def wide() -> Iterator[None]:
    """64-bit types, for one test."""
    jax: Any = pytest.importorskip("jax")
    with jax.enable_x64(True):
        yield


@pytest.fixture(params=["kernels", "jax.numpy"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways of computing, whatever the sizes."""
    jax: Any = pytest.importorskip("jax")
    from dovetail.hosts.jax import choice  # noqa: PLC0415

    jax.clear_caches()
    with choice.forced(request.param == "kernels"):
        yield request.param
    jax.clear_caches()
