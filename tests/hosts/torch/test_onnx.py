"""torch.onnx.export: every piece of the package, run by onnxruntime with equal values."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
ort: Any = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

import dovetail as dt  # noqa: E402
from dovetail.cli import known  # noqa: E402
from dovetail.errors import UnsupportedError  # noqa: E402
from dovetail.graph.dtypes import float32  # noqa: E402
from dovetail.language.functions import FUNCTIONS  # noqa: E402
from dovetail.verify.targets import target_of  # noqa: E402

# PyTorch's exporter copies and warns of its own ways.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`isinstance:FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:# The axis name. batch will not be used:UserWarning"),
]

# The library and packs; of the language's functions, a selection below.
PIECES = {name: piece for _, name, piece in known() if name not in FUNCTIONS}
KINDS = {name: kind for kind, name, _ in known() if name not in FUNCTIONS}
SEQUENCES = frozenset({"ctc_loss"})  # losses of several arrays
# Layers of rows of features; those over space and time take other inputs.
OF_FEATURES = frozenset(f"dovetail.library.{name}" for name in ("layers", "normalisation"))
OF_OTHER_INPUTS = frozenset({
    "Embedding", "TiedDense", "SpatialDropout", "GroupNorm", "InstanceNorm",
})  # fmt: skip
RNG = np.random.default_rng(0)


class Together(torch.nn.Module):
    """Several modules on the same inputs."""

    def __init__(self, modules: Sequence[Any]) -> None:
        super().__init__()
        self.inner = torch.nn.ModuleList(modules)

    def forward(self, *inputs: Any) -> Any:
        return tuple([module(*inputs) for module in self.inner])


def exported(module: Any, inputs: Sequence[Any], dynamic: bool = True) -> Any:
    """A function that runs the ONNX file of a module."""
    batch = torch.export.Dim("batch", min=1)
    shapes = None
    if dynamic:
        shapes = {"inputs": tuple({0: batch} for _ in inputs)}
        if not isinstance(module, Together):
            shapes = tuple({0: batch} for _ in inputs)
    program = torch.onnx.export(
        module.eval(), tuple(inputs), dynamo=True, dynamic_shapes=shapes, verbose=False
    )
    file = io.BytesIO()
    program.save(file)
    session = ort.InferenceSession(file.getvalue())
    domains = {each.domain for each in program.model.graph}
    assert domains == {""}, domains  # only operators of ONNX itself

    def run(*given: Any) -> list[Any]:
        names = [each.name for each in session.get_inputs()]
        return session.run(None, dict(zip(names, (g.numpy() for g in given), strict=True)))

    return run


def normal(*shape: int) -> Any:
    return torch.from_numpy(RNG.normal(size=shape).astype(np.float32))


def positive(*shape: int) -> Any:
    return torch.from_numpy(RNG.uniform(0.05, 0.95, shape).astype(np.float32))


def labels(*shape: int) -> Any:
    return torch.from_numpy(RNG.integers(0, 6, shape))


def close(got: Any, want: Any, name: str) -> None:
    want = want.detach().numpy()
    assert got.dtype == want.dtype and got.shape == want.shape, name
    np.testing.assert_allclose(got, want, rtol=3e-5, atol=2e-6, err_msg=name)


def check_together(modules: dict[str, Any], make: Any, rows: Sequence[int] = (4, 7, 1)) -> None:
    """Modules with inputs that `make` gives for a number of rows."""
    together = Together(list(modules.values())).eval()
    run = exported(together, make(rows[0]))
    for count in rows:
        inputs = make(count)
        for name, got, want in zip(modules, run(*inputs), together(*inputs), strict=True):
            close(got, want, f"{name} on {count} rows")


class Called(torch.nn.Module):
    """A call of an op."""

    def __init__(self, function: Any, count: int) -> None:
        super().__init__()
        self.function, self.count = function, count

    def forward(self, *inputs: Any) -> Any:
        return self.function(*inputs[: self.count])


def test_every_activation() -> None:
    modules = {
        name: Called(piece, len(piece.signature.array_names))
        for name, piece in PIECES.items()
        if KINDS[name] in ("activation", "op")
        and piece.definition.__module__ == "dovetail.library.activations"
    }
    for name in ("relu", "gelu", "softmax", "log_softmax", "logsumexp", "glu", "swiglu", "mish",
                 "softplus", "selu", "elu", "hard_swish", "erf", "erfc", "ndtr", "rms_norm",
                 "layer_norm", "log_sigmoid", "expm1", "log1p", "sort",
                 "argmax", "flip", "var"):  # fmt: skip
        function = getattr(dt, name)
        modules[name] = Called(function, len(function.signature.array_names))
    modules["cumulative_sum"] = Called(lambda x: dt.cumulative_sum(x, axis=0), 1)
    assert len(modules) > 30
    check_together(modules, lambda rows: [normal(rows, 6), normal(rows, 6)])


def of_samples(name: str) -> list[torch.Tensor]:
    """The arrays that a piece names for its checks, in float32."""
    sample = target_of(PIECES[name.partition(" ")[0]], RNG).calls[0].sample.cast(float32)
    return [torch.from_numpy(leaf) for leaf in sample.leaves]


def test_every_loss() -> None:
    alike, of_labels, others = {}, {}, {}
    for name, piece in PIECES.items():
        if KINDS[name] == "loss":
            if name in SEQUENCES:
                continue
            group = {"alike": alike, "labels": of_labels}.get(piece.targets, others)
            group[name] = piece.torch()
            group[f"{name} of each"] = piece.torch(reduction="none")
    assert alike and of_labels
    check_together(alike, lambda rows: [positive(rows, 6), positive(rows, 6)])
    check_together(of_labels, lambda rows: [normal(rows, 6), labels(rows)])
    for name, module in others.items():
        check_together({name: module}, lambda rows, name=name: of_samples(name), rows=[1])


def test_every_layer() -> None:
    made = {
        "Dense": dt.Dense.torch(4, "gelu"), "Activation": dt.Activation.torch("mish"),
        "Flatten": dt.Flatten.torch(), "BatchNorm": dt.BatchNorm.torch(),
        "LayerNorm": dt.LayerNorm.torch(), "RMSNorm": dt.RMSNorm.torch(),
        "Dropout": dt.Dropout.torch(0.5),
        "stack": dt.Sequential(dt.Dense(5, "relu"), dt.LayerNorm(), dt.Dense(3)).torch,
    }  # fmt: skip
    layers = {name for name in KINDS if getattr(PIECES[name], "__module__", "") in OF_FEATURES}
    made |= {name: PIECES[name].torch() for name in sorted(layers - {*made, *OF_OTHER_INPUTS})}
    for module in made.values():
        module.train()(normal(8, 6))
    check_together(made, lambda rows: [normal(rows, 6)])
    check_together({"Embedding": dt.Embedding.torch(6, 3)}, lambda rows: [labels(rows, 2)])


def test_values_at_the_edges() -> None:
    """NaN, infinities and saturation come out as in PyTorch."""
    x = torch.tensor([[np.nan, np.inf, -np.inf, 0.0, -0.0, 90.0, -90.0, 1e-8, -1e-8]])
    x = x.to(torch.float32)
    names = ("softplus", "mish", "gelu", "tanh", "sigmoid", "silu", "expm1", "erfc", "relu", "max",
             "log_sigmoid", "sign", "clip")  # fmt: skip
    modules = {name: Called(getattr(dt, name), 1) for name in names}
    together = Together(list(modules.values()))
    for name, got, want in zip(names, exported(together, [x], False)(x), together(x), strict=True):
        close(got, want, name)


def test_a_gradient() -> None:
    """Derivatives decompose as well: a step of gradient descent as an ONNX file."""

    class Step(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x - 0.1 * dt.grad(lambda y: dt.sum(dt.mish(y) ** 2))(x)

    step = Step()
    run = exported(step, [normal(4, 6)])
    x = normal(9, 6)
    close(run(x)[0], step(x), "step")


def test_hyperparameters_and_shapes() -> None:
    """Floats by value, sizes in the maths, and outputs of other shapes."""

    @dt.op
    def several(x: Any, scale: float = 1.0) -> Any:
        n = x.shape[0]
        ramp = dt.arange(n, dtype=dt.float32)
        shares = x / x.shape[0]  # in Python
        return dt.mean(x, axis=0) * scale, dt.concat([x, shares]), x.T @ (x + ramp[:, None])

    class Net(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return several(x, scale=2.5)

    net = Net()
    run = exported(net, [normal(4, 3)])
    for rows in (4, 11):
        x = normal(rows, 3)
        for got, want in zip(run(x), net(x), strict=True):
            close(got, want, f"{rows} rows")


def test_sizes_that_no_formula_gives() -> None:
    @dt.op
    def bits(x: Any) -> Any:
        return x * len(bin(x.shape[0]))

    class Net(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return bits(x)

    with pytest.raises(Exception) as caught:
        exported(Net(), [normal(4, 3)])
    causes = []
    reason: Any = caught.value
    while reason is not None:
        causes.append(reason)
        reason = reason.__cause__ or reason.__context__
    found = [each for each in causes if isinstance(each, UnsupportedError)]
    assert found and "bits" in str(found[0]) and "static shapes" in str(found[0])
