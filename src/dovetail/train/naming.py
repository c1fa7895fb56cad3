"""Names of layers and metrics: written as in Keras, and each once."""

from __future__ import annotations

import re
from collections.abc import Container


def snake_case(name: str) -> str:
    """The name of a class in small letters: BatchNorm is batch_norm, Conv2D is conv2d."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def unique(name: str, taken: Container[str]) -> str:
    """The name, with a number if it is taken."""
    found, number = name, 1
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
