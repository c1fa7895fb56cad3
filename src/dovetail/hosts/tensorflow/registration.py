"""Register our op and its derivatives with TensorFlow, before the first call."""

from __future__ import annotations

import functools
from typing import Any

from tensorflow.python.autograph.core import config

from dovetail.hosts.tensorflow import gradients, native
from dovetail.hosts.tensorflow.library import hosted
from dovetail.operations.names import operation_of


@functools.cache
def register() -> None:
    """Register the op, its gradient and its other rules."""
    native.register(lambda text: hosted(operation_of(text)).record)
    gradients.register()
    # AutoGraph calls our functions without converting them.
    rule = config.DoNotConvert(__name__.partition(".")[0])
    config.CONVERSION_RULES = (rule, *config.CONVERSION_RULES)


def registered(extension: Any) -> Any:
    """The form of a function: itself."""
    register()
    return extension
