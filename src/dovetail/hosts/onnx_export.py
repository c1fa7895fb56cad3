"""Whether Keras is exporting a model to ONNX: then calls are made of the backend's own functions.

`keras.Model.export(format="onnx")` traces a model as it does for a SavedModel, and tells neither
the model nor the backend what for; the caller of the trace is what there is to see.
"""

from __future__ import annotations

import sys
from types import FrameType

_EXPORTER = "keras.src.export.onnx"


def keras_exports_onnx() -> bool:
    """Whether Keras' exporter is among the callers. For calls while a graph is traced only."""
    if _EXPORTER not in sys.modules:
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == _EXPORTER:
            return True
        frame = frame.f_back
    return False
