"""What the frameworks themselves warn of is no error of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
OWN = (
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::ResourceWarning",
    "ignore:.*torch.jit.*:UserWarning",
    "ignore:`shuffle=True` was passed:UserWarning",  # of Keras' layer test
    "ignore:The model does not have any trainable weights:UserWarning",
    "ignore:The .grad attribute of a Tensor:UserWarning",  # torch.compile looks at all
    "ignore:Do not pass an `input_shape`:UserWarning",  # the classic program does
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for each in OWN:
                item.add_marker(pytest.mark.filterwarnings(each))
