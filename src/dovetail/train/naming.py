"""Names of layers and metrics, written as in Keras."""

from __future__ import annotations

import re


def snake_case(name: str) -> str:
    """The name of a class in small letters: BatchNorm is batch_norm, Conv2D is conv2d."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
