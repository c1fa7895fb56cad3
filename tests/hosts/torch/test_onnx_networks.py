"""torch.onnx.export of layers over space and time, run by onnxruntime with equal values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

import dovetail as dt  # noqa: E402
from tests.hosts.torch.test_onnx import Called, check_together, normal, pytestmark  # noqa: E402

__all__ = ["pytestmark"]
TIME, FEATURES = 4, 8


def _ctc(log_p: Any) -> Any:
    """Every example has the labels 1, 2, 2; the lengths are the same."""
    batch = log_p.shape[0]
    labels = dt.broadcast_to(dt.asarray([1, 2, 2]), (batch, 3))
    lengths = [dt.full((batch,), count, dtype=dt.int64) for count in (TIME, 3)]
    return dt.ctc_loss(dt.log_softmax(log_p, axis=-1), labels, *lengths, reduction="none")


def _heads(x: Any) -> Any:
    return x[:, None], x[:, None] * 0.5, x[:, None] + 1.0


def _over_time() -> dict[str, Any]:
    ops = {
        "attention": lambda x: dt.attention(*_heads(x), causal=True, window=3),
        "ctc_loss": _ctc,
        "crf": lambda x: dt.crf_log_partition(x, x[0, :1].T * x[0, 1:2]),
    }
    return {
        "GRU": dt.Bidirectional(dt.GRU(3, go_backwards=False)).torch,
        "grouped heads": dt.GroupedQueryAttention(4, 4, 2).torch,
        "Conv1D": dt.Conv1D(5, 3, padding="causal").torch,
        **{name: Called(dt.op(function), 1) for name, function in ops.items()},
    }


def _over_space() -> dict[str, Any]:
    return {
        "Conv2D": dt.Conv2D(5, 3, strides=2, padding="same").torch,
        "DepthwiseConv2D": dt.DepthwiseConv2D(3, padding="same").torch,
        "Conv2DTranspose": dt.Conv2DTranspose(5, 3, strides=2).torch,
        "MaxPool2D": dt.MaxPool2D(2).torch,
        "AveragePool2D": dt.AveragePool2D(3, strides=2, padding="same").torch,
        "GroupNorm": dt.GroupNorm(2).torch,
        "UpSampling2D": dt.UpSampling2D(2, interpolation="bilinear").torch,
    }


@pytest.mark.parametrize(
    ("make", "shape"),
    [(_over_time, (TIME, FEATURES)), (_over_space, (9, 8, 4))],
    ids=["time", "space"],
)
def test_layers_over_space_and_time(
    make: Callable[[], dict[str, Any]], shape: tuple[int, ...]
) -> None:
    modules = make()
    for module in modules.values():
        module(normal(3, *shape))  # makes the parameters
    check_together(modules, lambda rows: [normal(rows, *shape)], rows=(3, 5))
