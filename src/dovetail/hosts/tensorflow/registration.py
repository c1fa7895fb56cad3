"""Register our op and its derivatives with TensorFlow, before the first call."""

from __future__ import annotations

import functools
import weakref
from typing import Any

from tensorflow.core.function.trace_type import default_types
from tensorflow.python.autograph.core import config

from dovetail.errors import DovetailError
from dovetail.extension.base import Extension
from dovetail.hosts.tensorflow import gradients, native
from dovetail.hosts.tensorflow.library import hosted
from dovetail.operations.names import operation_of


@functools.cache
def register() -> None:
    """Register the op, its gradient and its other rules."""
    native.register(lambda text: hosted(operation_of(text)).record)
    gradients.register()
    # An argument of a tf.function would otherwise be replaced by its `__wrapped__`.
    extension: Any = Extension
    extension.__tf_tracing_type__ = _tracing_type
    # AutoGraph calls our functions without converting them, also where a user gives one to
    # tf.function itself, and leaves our errors as they are.
    rule = config.DoNotConvert(__name__.partition(".")[0])
    config.CONVERSION_RULES = (rule, *config.CONVERSION_RULES)
    extension.autograph_info__ = {}
    error: Any = DovetailError
    error.ag_pass_through = True


def _tracing_type(extension: Extension, context: Any) -> Any:
    """What TensorFlow compares an argument of a tf.function by: as any object, by identity."""
    return default_types.Weakref(weakref.ref(extension))


def registered(extension: Any) -> Any:
    """The form of a function: itself."""
    register()
    return extension
