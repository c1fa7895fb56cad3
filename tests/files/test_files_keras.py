"""Every piece in files of Keras, on each of its backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.processes import check_fresh_process


@pytest.mark.parametrize("backend", ["jax", "torch", "tensorflow"])
def test_everything_is_the_same_in_a_fresh_process(backend: str, tmp_path: Path) -> None:
    check_fresh_process(f"keras-{backend}", tmp_path)
