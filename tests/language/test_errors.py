"""Each error of the language: its class, its words, and the user's own line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail import errors
from dovetail.graph import dtypes
from dovetail.language.namespace import NAMESPACE
from dovetail.language.statistical import sum as unguarded_sum
from dovetail.language.trace import ArraySpec, trace

dt: Any = NAMESPACE
F34 = ArraySpec((3, 4), dtypes.float32)


def branch(x: Any) -> Any:
    if x > 0:  # here
        return x
    return -x


def chained(x: Any) -> Any:
    return 0 < x < 1  # here


def assign(x: Any) -> Any:
    x[0] = 1  # here
    return x


def into_numpy(x: Any) -> Any:
    table = np.ones((3, 4), np.float32)
    table += x  # here
    return table


CASES: list[tuple[type[Exception], Callable[..., Any], str]] = [
    (errors.TraceError, branch, "dt.where"),
    (errors.TraceError, chained, "truth value"),
    (errors.TraceError, lambda x: x and 1, "dt.logical_and"),  # here
    (errors.TraceError, lambda x: int(x), "Python int"),  # here
    (errors.TraceError, lambda x: float(x), "Python float"),  # here
    (errors.TraceError, lambda x: range(x), "index or a size"),  # here
    (errors.TraceError, lambda x: x.item(), "Python number"),  # here
    (errors.TraceError, lambda x: x[: dt.argmax(x)], "index or a size"),  # here
    (errors.TraceError, assign, "in place"),
    (errors.TraceError, into_numpy, "in place"),
    (errors.TraceError, lambda x: np.exp(x), "dt.exp"),  # here
    (errors.TraceError, lambda x: np.arctan2(x, x), "dt.atan2"),  # here
    (errors.TraceError, lambda x: np.concatenate([x, x]), "dt.concat"),  # here
    (errors.TraceError, lambda x: np.add.reduce(x), "dt.add"),  # here
    (errors.TraceError, lambda x: np.sum(x, axis=0), "dt.sum"),  # here
    (errors.TraceError, lambda x: np.asarray(x), "dt.asarray"),  # here
    (errors.TraceError, lambda x: np.linalg.svd(x), "dt's functions"),  # here
    (errors.DTypeError, lambda x: x.astype("complex64"), "complex64"),  # here
    (errors.DTypeError, lambda x: dt.zeros(3, dtype="float33"), "float33"),  # here
    (errors.DTypeError, lambda x: x * 1j, "1j"),  # here
    (errors.DTypeError, lambda x: x * np.ones(4, complex), "real"),  # here
    (errors.DTypeError, lambda x: x + np.asarray([None] * 4), "object"),  # here
    (errors.DTypeError, lambda x: dt.asarray(["a", "b"]), "no numbers"),  # here
    (errors.TraceError, lambda x: x + "word", "'word'"),  # here
    (errors.TraceError, lambda x: [1, 2, 3, 4] * x, "dt.asarray"),  # here
    (errors.TraceError, lambda x: dt.exp(None), "None"),  # here
    (errors.DTypeError, lambda x: x.astype("int8") + 200, "-128 to 127"),  # here
    (errors.DTypeError, lambda x: x.astype("uint8") - -1, "0 to 255"),  # here
    (errors.ShapeError, lambda x: x + dt.zeros((2, 4)), r"\(3, 4\) and \(2, 4\)"),  # here
    (errors.ShapeError, lambda x: x @ x, r"\(3, 4\) and \(3, 4\)"),  # here
    (errors.ShapeError, lambda x: dt.reshape(x, (5, -1)), r"\(5, -1\)"),  # here
    (errors.ShapeError, lambda x: dt.reshape(x, (-1, -1)), "at most one -1"),  # here
    (errors.ShapeError, lambda x: dt.squeeze(x, axis=0), "extent 1"),  # here
    (errors.ShapeError, lambda x: dt.concat([x, x[:2]], axis=1), "axis 1"),  # here
    (errors.ShapeError, lambda x: dt.stack([x, x[0]]), "one shape"),  # here
    (errors.ShapeError, lambda x: dt.max(x[:0]), "at least one element"),  # here
    (errors.ShapeError, lambda x: dt.argmax(x[:0]), "at least one element"),  # here
    (errors.ShapeError, lambda x: dt.split(x, 2), "one size"),  # here
    (errors.ShapeError, lambda x: dt.take_along_axis(x, dt.zeros(3, dtype="int8")), "many"),  # here
    (errors.ShapeError, lambda x: x[0].T, "2 dimensions"),  # here
    (errors.ShapeError, lambda x: len(x[0, 0]), "one dimension"),  # here
    (errors.ShapeError, lambda x: list(x[0, 0]), "one dimension"),  # here
    (errors.ShapeError, lambda x: dt.broadcast_to(x, (2, 4)), r"\(2, 4\)"),  # here
    (errors.IndexingError, lambda x: dt.sum(x, axis=2), "-2 to 1"),  # here
    (errors.IndexingError, lambda x: dt.softmax(x, axis=-3), "axis -3"),  # here
    (errors.IndexingError, lambda x: dt.concat([x, x], axis=5), "axis 5"),  # here
    (errors.IndexingError, lambda x: dt.sum(x[0, 0], axis=0), "0 dimensions"),  # here
    (errors.ArgumentError, lambda x: dt.sum(x, axis=(0, -2)), "differ"),  # here
    (errors.ArgumentError, lambda x: dt.sum(x, axis="rows"), "rows"),  # here
    (errors.ArgumentError, lambda x: dt.reshape(x, dt.argmax(x)), "integer"),  # here
    (errors.ArgumentError, lambda x: dt.zeros((-1,)), "0 or more"),  # here
    (errors.ArgumentError, lambda x: dt.arange(0, 5, 0), "step"),  # here
    (errors.ArgumentError, lambda x: dt.arange(dt.sum(x)), "Python number"),  # here
    (errors.ArgumentError, lambda x: dt.permute_dims(x, (0, 0)), "once"),  # here
    (errors.ArgumentError, lambda x: dt.pad(x, ((1, 1),) * 3), "2 pairs"),  # here
    (errors.ArgumentError, lambda x: dt.one_hot(x, 3), "integers"),  # here
    (errors.ArgumentError, lambda x: dt.concat([]), "at least one"),  # here
    (errors.ArgumentError, lambda x: dt.isdtype(x.dtype, "floaty"), "floaty"),  # here
    (errors.ArgumentError, lambda x: dt.cumulative_sum(x), "axis"),  # here
    (errors.DTypeError, lambda x: x & x, "float32"),  # here
    (errors.DTypeError, lambda x: -(x > 0), "bool"),  # here
    (errors.DTypeError, lambda x: dt.take(x, x, axis=0), "integer"),  # here
    (errors.DTypeError, lambda x: x.astype("int8") + x.astype("uint64"), "uint64"),  # here
    (errors.TraceError, lambda x: x[x > 0], "dt.where"),  # here
    (errors.TraceError, lambda x: dt.nonzero(x), "dt.where"),  # here
    (errors.IndexingError, lambda x: x[3], "-3 to 2"),  # here
    (errors.IndexingError, lambda x: x["a"], "'a'"),  # here
]


def user_lines() -> dict[Any, int]:
    """The line marked `# here` of each function in CASES."""
    with open(__file__) as file:
        marked = [number for number, line in enumerate(file, 1) if line.rstrip().endswith("# here")]
    found = {}
    for _, function, _ in CASES:
        first = function.__code__.co_firstlineno
        found[function] = next(line for line in marked if line >= first)
    return found


@pytest.mark.parametrize(("kind", "function", "words"), CASES)
def test_error(kind: type[Exception], function: Any, words: str) -> None:
    line = user_lines()[function]
    with pytest.raises(kind, match=words) as caught:
        trace(function, [F34])
    assert type(caught.value) is kind
    assert f"{__file__}:{line}" in str(caught.value)
    assert str(caught.value).count("defined at") == 1


@pytest.mark.parametrize(
    ("value", "words"), [(None, "NoneType"), ("text", "'text'"), (object(), "object")]
)
def test_results_that_are_no_arrays(value: Any, words: str) -> None:
    def careless(x: Any) -> Any:
        return x, {"loss": value}

    line = careless.__code__.co_firstlineno
    with pytest.raises(errors.TraceError, match=words) as caught:
        trace(careless, [F34])
    message = str(caught.value)
    assert "careless returned" in message and "[1]['loss']" in message
    assert f"{__file__}:{line}" in message


def test_a_tracer_dies_with_its_trace() -> None:
    kept: list[Any] = []
    trace(lambda x: kept.append(x) or x, [F34])
    with pytest.raises(errors.TraceError, match="after its trace"):
        kept[0] + 1
    with pytest.raises(errors.TraceError, match=r"test_errors\.py"):
        trace(lambda x: x + kept[0], [F34])
    with pytest.raises(errors.TraceError, match="after its trace had ended"):
        trace(lambda x: kept[0], [F34])


def test_a_tracer_of_an_inner_trace_does_not_leave_it() -> None:
    kept: list[Any] = []

    def outer(x: Any) -> Any:
        trace(lambda y: kept.append(y) or y, [F34])
        return x + kept[0]

    with pytest.raises(errors.TraceError, match="after its trace had ended"):
        trace(outer, [F34])


def test_another_thread_is_another_world() -> None:
    caught: list[BaseException] = []

    def elsewhere(x: Any) -> None:
        try:
            trace(lambda y: y + x, [F34])
        except errors.DovetailError as error:
            caught.append(error)

    def function(x: Any) -> Any:
        thread = threading.Thread(target=elsewhere, args=(x,))
        thread.start()
        thread.join()
        return x

    trace(function, [F34])
    assert [type(error) for error in caught] == [errors.TraceError]


def test_functions_of_the_language_need_a_trace() -> None:
    with pytest.raises(errors.TraceError, match="outside a trace"):
        dt.zeros(3)
    with pytest.raises(errors.TraceError, match="outside a trace"):
        unguarded_sum(np.ones(3))


def test_a_failed_trace_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 // 0, [F34])
    with pytest.raises(errors.TraceError, match="outside a trace"):
        dt.zeros(3)
