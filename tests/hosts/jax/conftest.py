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
    """Both policies, for all sizes."""
    pytest.importorskip("jax")
    from tests.hosts.jax.kernels import forced  # noqa: PLC0415

    with forced(request.param == "kernels"):
        yield request.param


@pytest.fixture
def fresh() -> Iterator[None]:
    """Nothing that eager calls have compiled is used before or after."""
    jax: Any = pytest.importorskip("jax")
    jax.clear_caches()
    yield
    jax.clear_caches()
