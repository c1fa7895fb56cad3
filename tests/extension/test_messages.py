"""What users stumble over: each message says what to write instead."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.cli import known, main
from dovetail.errors import (
    ArgumentError,
    CallError,
    DefinitionError,
    DovetailError,
    DTypeError,
    HostError,
    ShapeError,
    TraceError,
)
from dovetail.language.functions import KINDS

X = np.ones((2, 3), np.float32)


def message(kind: type[DovetailError], function: Callable[[], Any]) -> str:
    with pytest.raises(kind) as raised:
        function()
    return str(raised.value)


def test_float_labels_need_integers() -> None:
    floats = np.array([0.0, 1.0])
    for function in (
        lambda: dt.take(X, floats, axis=1),
        lambda: dt.one_hot(floats, 3),
        lambda: dt.take_along_axis(X, np.zeros((2, 1)), axis=1),
    ):
        text = message(DovetailError, function)
        assert "dt.int64" in text and "dt.float32" not in text
    assert "int64" in message(DTypeError, lambda: dt.sparse_categorical_cross_entropy(X, floats))
    assert "dt.float32" in message(DTypeError, lambda: dt.finfo(dt.int8))


def test_inputs_of_another_width() -> None:
    for make in (lambda: dt.LayerNorm(784), lambda: dt.LayerNorm(features=784)):
        text = message(ShapeError, lambda make=make: make()(X))
        assert "784 elements on axis -1" in text and "features = 3" in text and "784=" not in text
    layer = dt.Dense(4)
    layer(X)
    assert "features = 5" in message(ShapeError, lambda: layer(np.ones((2, 5), np.float32)))
    assert "has this axis" in message(ShapeError, lambda: dt.LayerNorm()(np.float32(1.0)))


def test_fields_that_are_numbers_take_numbers() -> None:
    for make, expected in (
        (lambda: dt.Dense("4"), "units of Dense is str '4'"),  # type: ignore[arg-type]
        (lambda: dt.Dense(4.5), "units=1"),  # type: ignore[arg-type]
        (lambda: dt.Dense(np.float32(4.5)), "units of Dense is float32"),  # type: ignore[arg-type]
        (lambda: dt.Conv2D(4, "3"), "int | tuple[int, ...]"),  # type: ignore[arg-type]
        (lambda: dt.LayerNorm(eps=None), "eps=1e-05"),  # type: ignore[arg-type]
        (lambda: dt.Adam(beta1="high"), "beta1 of Adam is str 'high'"),  # type: ignore[arg-type]
        (lambda: dt.Adam(clip_norm="x"), "float | None"),  # type: ignore[arg-type]
        (lambda: dt.Adam(lr="fast"), "a function of the step"),  # type: ignore[arg-type]
        (lambda: dt.Adam().with_groups({"*bias": {"eps": "small"}}), "eps of Adam.with_groups"),
    ):
        assert expected in message(ArgumentError, make)
    assert dt.Dense(np.int64(4), activation="relu").units == 4  # type: ignore[arg-type]
    assert dt.Adam(np.float32(0.5), clip_norm=None).lr == 0.5  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["torch", "jax", "tensorflow"])
def test_arrays_of_numpy_and_a_framework(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    module = importlib.import_module({"jax": "jax.numpy"}.get(name, name))
    other = module.ones((2, 3))
    if name != "torch":  # takes them
        dt.add(other, X)
        return
    for given in ((other, X), (X, other)):
        text = message(HostError, lambda given=given: dt.add(*given))
        assert "torch.from_numpy" in text and "test_messages.py" in text


ALIASES: list[tuple[Callable[[], Any], str]] = [
    (lambda: dt.sum(X, dim=1), "write axis= instead of dim="),
    (lambda: dt.softmax(X, dim=1), "write axis= instead of dim="),
    (lambda: dt.permute_dims(X, dims=(1, 0)), "write axes= instead of dims="),
    (lambda: dt.mean(X, keepdim=True), "write keepdims= instead of keepdim="),
    (lambda: dt.op(lambda x: x.sum(dim=1))(X), "write axis= instead of dim="),
    (lambda: dt.op(lambda x: dt.max(x, dim=1))(X), "write axis= instead of dim="),
    (lambda: dt.Adam(learning_rate=0.1), "write lr= instead of learning_rate="),
    (lambda: dt.Adam(learnin_rate=0.1), "write lr= instead of learnin_rate="),
    (lambda: dt.AdamW(weigth_decay=0.1), "did you mean 'weight_decay'?"),
    (lambda: dt.Dense(3, activ="relu"), "did you mean 'activation'?"),
    (lambda: dt.Adam(qqq=1), "leave it out, or correct the name"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ALIASES)))
def test_names_of_arguments_elsewhere(number: int) -> None:
    function, expected = ALIASES[number]
    assert expected in message(CallError, function)


def test_functions_of_pytorch_in_a_definition() -> None:
    torch = pytest.importorskip("torch")
    for function, instead in (
        (torch.exp, "dt.exp"), (torch.cat, "dt.concat"), (torch.nn.functional.gelu, "dt.gelu"),
        (torch.special.i0e, "dt.i0e"), (torch.clamp, "dt.clip"), (torch.fmod, "dt.fmod"),
    ):  # fmt: skip

        def definition(x: Any, function: Any = function) -> Any:
            given = [x] if function is torch.cat else x
            return function(given, x) if function is torch.fmod else function(given)

        text = message(TraceError, lambda definition=definition: dt.op(definition)(X))
        assert f"use {instead}" in text and "PyTorch" in text and "test_messages.py" in text


def test_operators_with_a_tensor_on_the_left() -> None:
    torch = pytest.importorskip("torch")
    held, x = torch.tensor([3.0, 5.0]), torch.tensor([2.0, 4.0])
    for operator in (
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
        lambda a, b: a**b, lambda a, b: a // b, lambda a, b: a % b, lambda a, b: a @ b,
        lambda a, b: a < b, lambda a, b: a >= b, lambda a, b: a == b, lambda a, b: a != b,
    ):  # fmt: skip
        found = dt.op(lambda x, operator=operator: operator(held, x))(x)
        assert torch.equal(found, operator(held, x))


def test_numpy_names_that_are_functions_now() -> None:
    for name in ("fmod", "fmax", "fmin", "nextafter", "sinc", "nan_to_num"):
        arguments = 1 if name in ("sinc", "nan_to_num") else 2
        function = getattr(np, name)
        call = lambda x, f=function, n=arguments: f(*[x] * n)  # noqa: E731
        assert f"use dt.{name}" in message(TraceError, lambda call=call: dt.op(call)(X))


class Bare(dt.Layer):
    width: int = 3

    def __init__(self, width: int) -> None:
        self.width = width

    def forward(self, x: Any) -> Any:
        return x * self.width


class Holding(dt.Layer):
    def __init__(self) -> None:
        self.inner = dt.Dense(3)

    def forward(self, x: Any) -> Any:
        return self.inner(x)


class BareOptimizer(dt.Optimizer):
    lr: float = 0.1

    def __init__(self) -> None:
        pass

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad


def test_an_init_without_that_of_the_class() -> None:
    for function in (lambda: Bare(3)(X), lambda: Holding()(X)):
        text = message(DefinitionError, function)
        assert "does not call super().__init__()" in text and "test_messages.py" in text
    assert not hasattr(dt.Dense(3), "nothing_of_this_name")


def test_a_decorated_method() -> None:
    for decorator in (dt.op, dt.activation, dt.loss):

        def define(decorator: Any = decorator) -> None:
            class Model:
                @decorator
                def scaled(self, x: Any) -> Any:
                    return x

        assert "method" in message(DefinitionError, define)

    class Plain:
        @staticmethod
        @dt.op
        def doubled(x: Any) -> Any:
            return 2 * x

    assert Plain.doubled(X)[0, 0] == 2


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("def f(x:\n    return x\n", "correct line 1"),
        ("x = 1\n", "@dt.op"),
        ("import nothing_of_this_name\n", "correct line 1"),
        ("\nraise ValueError('oops')\n", "line 2, which raised ValueError: oops"),
    ],
)
def test_a_file_that_cannot_be_checked(text: str, remedy: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / f"given_{abs(hash(text))}.py"
    file.write_text(text)
    assert main(["check", "--quick", str(file)]) == 2
    shown = capsys.readouterr().err
    assert remedy in shown and str(file) in shown and "Traceback" not in shown


def test_the_exit_status_of_a_failed_check(tmp_path: Path) -> None:
    file = tmp_path / "wrong_gradient.py"
    file.write_text(
        "import dovetail as dt\n@dt.activation\ndef wrong(x):\n    return dt.tanh(x)\n"
        "@wrong.vjp\ndef back(x, out, cotangent):\n    return cotangent * x\n"
    )
    assert main(["check", "--quick", "--hosts", "numpy", "--json", str(file)]) == 1
    assert main(["check", "--quick", "--hosts", "numpy", str(tmp_path / "none.py")]) == 2


def test_everything_that_is_ready_is_listed() -> None:
    listed = {name: kind for kind, name, _ in known()}
    for name, kind in KINDS.items():
        if kind != "query":
            assert listed[name] == ("activation" if kind == "activation" else "op"), name
    assert listed["mish"] == listed["softmax"] == "activation"
    assert {"RMSNorm": "layer", "Adam": "optimizer", "focal": "loss"}.items() <= listed.items()
