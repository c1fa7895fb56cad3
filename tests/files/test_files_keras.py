"""Every piece in files of Keras, on each of its backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.pieces import public
from tests.files.processes import check_loading, process, skip_without


@pytest.mark.parametrize("backend", ["jax", "torch", "tensorflow"])
def test_everything_is_the_same_in_a_fresh_process(backend: str, tmp_path: Path) -> None:
    host = f"keras-{backend}"
    skip_without(host)
    assert process(host, "save", tmp_path, len(public())) == [[]]
    check_loading(host, tmp_path)
