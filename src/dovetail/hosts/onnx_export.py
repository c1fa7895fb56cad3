"""Whether Keras is exporting a model to ONNX: then calls are made of the backend's own functions.

`keras.Model.export(format="onnx")` traces a model as for a SavedModel, and tells neither the model
nor the backend what the trace is for. What can be seen is its caller.
"""

from __future__ import annotations

import sys
import traceback

_EXPORTER = "keras.src.export.onnx"


def keras_exports_onnx() -> bool:
    """Whether Keras' exporter is among the callers. For calls while a graph is traced only."""
    return _EXPORTER in sys.modules and any(
        frame.f_globals.get("__name__") == _EXPORTER for frame, _ in traceback.walk_stack(None)
    )
