"""Graphs that are kept: torch.export, torch.jit.trace and torch.fx.symbolic_trace."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import CallError, IndexingError, SerialisationError  # noqa: E402
from dovetail.operations.names import operation_of  # noqa: E402
from tests.hosts.pieces import mish, normalised  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:`isinstance:FutureWarning")

CALL = torch.ops.dovetail.call.default
ROWS = torch.export.Dim("rows")


class Net(torch.nn.Module):
    """Layers, an activation, an op with a float, and a product."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = dt.Dense.torch(5, "gelu", features=3, dtype=torch.float64)
        self.norm = dt.LayerNorm.torch(5, dtype=torch.float64)
        self.scale = torch.nn.Parameter(torch.linspace(0.5, 2.0, 5, dtype=torch.float64))

    def forward(self, x: Any) -> Any:
        return mish(normalised(self.norm(self.dense(x)), self.scale, eps=1e-3))


def normal(*shape: int) -> Any:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def gradients(function: Any, parameters: list[Any], x: Any) -> list[Any]:
    x = x.clone().requires_grad_()
    weights = normal(*x.shape[:1], 5)
    found = torch.autograd.grad((function(x) * weights).sum(), [*parameters, x])
    return list(found)


def calls(graph: Any) -> list[str]:
    return [node.args[0] for node in graph.nodes if node.target is CALL]


# torch.export.


@pytest.mark.parametrize("dynamic", [False, True])
def test_an_exported_program_trains(dynamic: bool) -> None:
    net = Net()
    shapes = {"x": {0: ROWS}} if dynamic else None
    program = torch.export.export(net, (normal(4, 3),), dynamic_shapes=shapes)
    assert len(calls(program.graph)) == 4
    module = program.module()
    for rows in (4, 9) if dynamic else (4,):
        x = normal(rows, 3)
        assert torch.equal(module(x), net(x))
        own = dict(net.named_parameters())
        theirs = dict(module.named_parameters())
        assert set(own) == set(theirs)
        want = gradients(net, [own[name] for name in own], x)
        got = gradients(module, [theirs[name] for name in own], x)
        for a, b in zip(got, want, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_second_derivatives_of_an_exported_program() -> None:
    program = torch.export.export(torch.nn.Sequential(mish_module()), (normal(3),))
    x = normal(3).requires_grad_()
    module = program.module()
    assert torch.autograd.gradcheck(module, (x,))
    assert torch.autograd.gradgradcheck(module, (x,))


def mish_module() -> Any:
    return dt.mish.torch()


def test_a_batch_of_calls_of_the_operator() -> None:
    class Pair(torch.nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return dt.swiglu(x, y)

    program = torch.export.export(Pair(), (normal(4), normal(4)))
    (text,) = calls(program.graph)
    x, y = normal(6, 4), normal(4)
    got = torch.func.vmap(lambda x: CALL(text, [x, y], [])[0])(x)
    torch.testing.assert_close(got, dt.swiglu(x, y.expand(6, 4)))
    got = torch.func.vmap(lambda x: CALL(text, [x, y], [])[0], in_dims=1, out_dims=1)(x.T)
    torch.testing.assert_close(got.T, dt.swiglu(x, y.expand(6, 4)))


def test_outputs_share_no_memory() -> None:
    """PyTorch requires it of an operator; a definition may return what it is given."""

    @dt.op
    def views(x: Any, w: Any) -> Any:
        return x, x.T, x @ w, (x @ w).T

    class Views(torch.nn.Module):
        def forward(self, x: Any, w: Any) -> Any:
            return views(x, w)

    x, w = normal(3, 3), normal(3, 3)
    program = torch.export.export(Views(), (x, w))
    (text,) = calls(program.graph)
    outputs = CALL(text, [x, w], [])
    places = [each.untyped_storage().data_ptr() for each in (x, w, *outputs)]
    assert len(set(places)) == len(places)
    for got, want in zip(outputs, (x, x.T, x @ w, (x @ w).T), strict=True):
        assert torch.equal(got, want)
    torch.library.opcheck(CALL, (text, [x.requires_grad_(), w], []))


def test_states_change_in_an_exported_program() -> None:
    layer = dt.BatchNorm.torch(3)
    layer.train()
    x = normal(8, 3).float()
    program = torch.export.export(layer, (x,))
    module = program.module()
    want = layer(x)
    torch.testing.assert_close(module(x), want)
    buffers = dict(module.named_buffers())
    for name, buffer in layer.named_buffers():
        torch.testing.assert_close(buffers[name], buffer)


def test_a_file_holds_a_layer_in_training(tmp_path: Path) -> None:
    layer = dt.Sequential(dt.Dense(3, features=4), dt.BatchNorm(features=3), dt.Dropout(0.5)).torch
    x = normal(8, 4).float()
    torch.export.save(torch.export.export(layer.train(), (x,)), tmp_path / "program.pt2")
    module = torch.export.load(tmp_path / "program.pt2").module()
    torch.manual_seed(0)
    want = layer(x)
    torch.manual_seed(0)
    torch.testing.assert_close(module(x), want)
    buffers = dict(module.named_buffers())
    assert {name.rpartition(".")[2] for name in buffers} == {"running_mean", "running_var"}
    for name, buffer in layer.named_buffers():
        torch.testing.assert_close(buffers[name], buffer)
        assert not torch.equal(buffer, torch.full_like(buffer, float("var" in name)))


def test_forward_keeps_its_arguments() -> None:
    class Shift(dt.Layer):
        def forward(self, x: Any, by: Any, *others: Any, scale: float = 1.0) -> Any:
            return (x + by) * scale

    module = Shift.torch()
    assert str(inspect.signature(module.forward)) == ("(x, by, *others, scale=1.0, training=None)")
    shapes = {"x": {0: ROWS}, "by": None}
    x, by = normal(3, 2), normal(2)
    program = torch.export.export(_Plain.torch(), (x, by), dynamic_shapes=shapes)
    assert program.module()(normal(5, 2), by).shape == (5, 2)
    program = torch.export.export(_Plain.torch(), (x,), {"by": by}, dynamic_shapes=shapes)
    assert torch.equal(program.module()(x, by=by), x + by)
    loss = dt.mean_squared_error.torch()
    assert str(inspect.signature(loss.forward)) == "(predictions, targets, *, reduction='mean')"
    assert str(inspect.signature(dt.mish.torch().forward)) == "(x, /)"
    program = torch.export.export(
        loss, (x, x), dynamic_shapes={"predictions": {0: ROWS}, "targets": {0: ROWS}}
    )
    assert program.module()(normal(7, 2), normal(7, 2)).shape == ()


class _Plain(dt.Layer):
    def forward(self, x: Any, by: Any) -> Any:
        return x + by


def test_decomposed_into_pytorchs_functions() -> None:
    """The composite by table, found by PyTorch where it is given the whole table."""
    net = Net()
    program = torch.export.export(net, (normal(4, 3),), dynamic_shapes={"x": {0: ROWS}})
    table = {CALL: torch._decomp.decomposition_table[CALL]}
    plain = program.run_decompositions(table)
    assert not calls(plain.graph)
    spaces = {
        node.target.namespace for node in plain.graph.nodes if hasattr(node.target, "namespace")
    }
    assert spaces == {"aten"}
    for rows in (4, 6):
        x = normal(rows, 3)
        torch.testing.assert_close(plain.module()(x), net(x), rtol=1e-12, atol=1e-12)


def test_loops_and_matrices_decompose() -> None:
    @dt.op
    def recurrent(x: Any, w: Any, *, reverse: bool = False) -> Any:
        def step(h: Any, row: Any) -> Any:
            h = dt.tanh(row + h @ w)
            return h, dt.sum(h)

        last, sums = dt.scan(step, x[0] * 0, x, reverse=reverse)
        return last, sums, dt.linalg.inv(w + 3.0 * dt.eye(4, dtype=dt.float64)) @ last

    class Loop(torch.nn.Module):
        def forward(self, x: Any, w: Any) -> Any:
            return *recurrent(x, w), *recurrent(x, w, reverse=True)

    x, w = normal(5, 4), normal(4, 4)
    program = torch.export.export(Loop(), (x, w))
    plain = program.run_decompositions({CALL: torch._decomp.decomposition_table[CALL]})
    assert not calls(plain.graph)
    for got, want in zip(plain.module()(x, w), Loop()(x, w), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


# torch.jit.trace.


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_traced_module_trains() -> None:
    net = Net()
    x = normal(4, 3)
    net(x)  # calls of known kinds take a fast path, which must not hide them
    traced = torch.jit.trace(net, x)
    kinds = [node.kind() for node in traced.inlined_graph.nodes()]
    assert kinds.count("dovetail::call") == 4
    assert not any(kind.startswith(("prim::Python", "aten::mul")) for kind in kinds)
    for rows in (4, 9):
        x = normal(rows, 3)
        assert torch.equal(traced(x), net(x))
        parameters = list(net.parameters())
        want = gradients(net, parameters, x)
        for a, b in zip(gradients(traced, parameters, x), want, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_traced_function_without_gradients() -> None:
    x = normal(3)
    mish(x)
    traced = torch.jit.trace(lambda x: mish(x) * 2.0, x)
    assert "dovetail::call" in str(traced.graph)
    assert torch.equal(traced(normal(5)), mish(normal(5)) * 2.0)


# Files.

SAVE = """
import torch, dovetail as dt
torch.manual_seed(0)
dense = dt.Dense.torch(5, "gelu", features=3)
net = torch.nn.Sequential(dense, dt.mish.torch(), dt.RMSNorm.torch(5))
x = torch.randn(2, 3)
torch.export.save(torch.export.export(net, (x,)), "program.pt2")
torch.jit.trace(net, x).save("traced.pt")
torch.save((x, net(x).detach()), "values.pt")
"""
LOAD = """
import {first}, {second}
x, y = torch.load("values.pt")
for module in (torch.export.load("program.pt2").module(), torch.jit.load("traced.pt")):
    assert torch.equal(module(x), y)
    module(x).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
"""


def test_files_load_in_a_fresh_process(tmp_path: Path) -> None:
    _python(tmp_path, SAVE)
    _python(tmp_path, LOAD.format(first="torch", second="dovetail"))
    _python(tmp_path, LOAD.format(first="dovetail", second="torch"))


def _python(folder: Path, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", text],
        cwd=folder, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_local_definition_is_of_this_process() -> None:
    local = dt.op(lambda x: dt.sin(x) * 2.0)

    class Local(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return local(x)

    program = torch.export.export(Local(), (normal(3),))
    (text,) = calls(program.graph)
    torch.testing.assert_close(program.module()(normal(3)), torch.sin(normal(3)) * 2.0)
    with pytest.raises(SerialisationError, match="local to"):
        operation_of(text + "0")


def test_layers_are_made_again_of_their_text() -> None:
    """With inputs that are no plain arrays, modes, and states."""

    class Both(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = dt.BatchNorm.torch(3, dtype=torch.float64)
            self.mixed = _Mixed.torch(2.0)

        def forward(self, x: Any) -> Any:
            return self.mixed((self.norm(x), x), power=3.0)

    both = Both().eval()
    x = normal(4, 3)
    program = torch.export.export(both, (x,))
    for text in calls(program.graph):
        operation = operation_of(text)
        again = _forgotten(text)
        assert again is not operation and again.name == operation.name
        specs = next(iter(operation._graphs))
        assert again.graph(specs) == operation.graph(specs)


def _forgotten(text: str) -> Any:
    """The operation of a text, made as in another process."""
    from dovetail.operations import layer_operations, names  # noqa: PLC0415

    known, shared = dict(names._operations), dict(layer_operations._shared)
    try:
        names._operations.clear()
        layer_operations._shared.clear()
        return operation_of(text)
    finally:
        names._operations.update(known)
        layer_operations._shared.update(shared)


class _Mixed(dt.Layer):
    factor: float = 1.0

    def forward(self, pair: Any, power: float = 2.0, *, flip: bool = False) -> Any:
        first, second = pair
        return (first * self.factor) ** power + second


def test_errors_of_an_exported_program_keep_their_class() -> None:
    class Loss(torch.nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return dt.sparse_categorical_cross_entropy(x, y)

    program = torch.export.export(Loss(), (torch.ones(2, 3), torch.tensor([0, 1])))
    with pytest.raises(IndexingError, match="0 to 2"):
        program.module()(torch.ones(2, 3), torch.tensor([0, 3]))


# torch.fx.symbolic_trace.


class Traced(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = dt.Dense.torch(4)  # its sizes come from the first input
        self.loss = dt.mean_squared_error.torch()
        self.act = dt.mish.torch()

    def forward(self, x, y):  # PyTorch cannot pickle a graph with annotations that are texts
        h = dt.concat([self.act(self.dense(x)), dt.swish(x=y)], axis=0)
        return self.loss(h, dt.exp(h))


def test_symbolic_trace() -> None:
    net = Traced()
    graph = torch.fx.symbolic_trace(net)
    targets = {str(node.target) for node in graph.graph.nodes if node.op == "call_module"}
    assert targets == {"dense", "loss", "act"}
    functions = {node.target for node in graph.graph.nodes if node.op == "call_function"}
    assert functions == {dt.concat, dt.swish, dt.exp}
    x, y = torch.randn(2, 3), torch.randn(5, 4)
    assert torch.equal(graph(x, y), net(x, y))
    again = pickle.loads(pickle.dumps(graph))
    assert torch.equal(again(x, y), net(x, y))


def test_symbolic_trace_of_a_module_of_ours_alone() -> None:
    for module in (dt.mish.torch(), dt.Dense.torch(2)):
        with pytest.raises(CallError, match="Sequential"):
            torch.fx.symbolic_trace(module)
