"""What PyTorch itself warns of, when parts of it are first used, is no error of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
OWN = (
    "ignore:.*torch.jit.*is deprecated:DeprecationWarning",  # of its rules for forward mode
    "ignore:.*torch.jit.script.*:DeprecationWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for each in OWN:
                item.add_marker(pytest.mark.filterwarnings(each))
