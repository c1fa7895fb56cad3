"""The namespace `dovetail` of PyTorch's operators, as far as it is registered from Python."""

from __future__ import annotations

import functools
from typing import Any

import torch


@functools.cache
def python_library() -> Any:
    """The registrations made from Python; they last as long as this object."""
    return torch.library.Library("dovetail", "FRAGMENT")
