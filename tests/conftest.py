"""Options and markers of the whole test suite."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent

# Folders and files that `-m quick` runs: under two minutes together, and some of every floor.
QUICK = (
    "test_options.py", "test_cli.py", "graph", "language", "operations",
    "transform/test_derivative.py", "transform/test_min_cut.py", "transform/test_simplify.py",
    "transform/test_stabilise.py", "compile/test_contract.py", "compile/test_fusion.py",
    "compile/test_runtime.py", "extension", "hosts/test_numpy_host.py", "hosts/test_registry.py",
    "hosts/torch/test_fast_path.py", "hosts/tensorflow/test_layers.py",
    "hosts/jax/test_names.py", "library", "train", "verify/test_widening.py",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    quick = [HERE / name for name in QUICK]
    for item in items:
        if any(path == item.path or path in item.path.parents for path in quick):
            item.add_marker(pytest.mark.quick)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
