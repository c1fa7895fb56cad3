"""What a graph is traced for: XLA, or an ONNX file.

`keras.Model.export(format="onnx")` traces a model as for a SavedModel, and tells neither the model
nor the backend what the trace is for. What can be seen is its caller.
"""

from __future__ import annotations

import sys
import traceback

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.ops import control_flow_util

_EXPORTER = "keras.src.export.onnx"


def under_xla() -> bool:
    """Whether what is being traced will be compiled by XLA."""
    if context.executing_eagerly():
        return False
    graph = tf.compat.v1.get_default_graph()
    return control_flow_util.GraphOrParentsInXlaContext(graph)


def keras_exports_onnx() -> bool:
    """Whether what is being traced is for Keras' exporter, which is then among the callers."""
    return not context.executing_eagerly() and _EXPORTER in sys.modules and any(
        frame.f_globals.get("__name__") == _EXPORTER for frame, _ in traceback.walk_stack(None)
    )  # fmt: skip
