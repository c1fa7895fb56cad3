"""Modules made of layers under PyTorch's machinery: transforms, compilers, hooks, training."""

from __future__ import annotations

import copy
import io
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch._dynamo.testing import CompileCounterWithBackend  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.torch.pairs import assert_same  # noqa: E402

nn, func = torch.nn, torch.func
double = torch.float64


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch.manual_seed(0)
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def _built(training: bool = False, dtype: Any = double) -> Any:
    module = dt.Sequential.torch(
        dt.Dense(6, "gelu"), dt.BatchNorm(), dt.Dense(4), dt.RMSNorm(), seed=2, dtype=dtype
    )
    module(torch.randn(3, 5, dtype=dtype))
    return module.train(training)


class Plain(nn.Module):
    """The same as `_built`, with PyTorch's own functions."""

    def __init__(self, other: Any) -> None:
        super().__init__()
        self.other = copy.deepcopy(other)

    def forward(self, x: Any) -> Any:
        first, norm, second, last = self.other.layers
        h = nn.functional.gelu(x @ first.kernel + first.bias)
        if self.training:
            mean, var = h.mean(0), h.var(0, correction=0)
            with torch.no_grad():
                norm.running_mean.copy_(0.99 * norm.running_mean + 0.01 * mean)
                norm.running_var.copy_(0.99 * norm.running_var + 0.01 * var)
        else:
            mean, var = norm.running_mean, norm.running_var
        h = (h - mean) * torch.rsqrt(var + 1e-3) * norm.scale + norm.bias
        h = h @ second.kernel + second.bias
        return nn.functional.rms_norm(h, (4,), last.scale, 1e-6)


def _loss(out: Any) -> Any:
    return (out * torch.cos(out)).sum()


def _step(module: Any, x: Any) -> list[Any]:
    given = x.clone().requires_grad_()
    out = module(given)
    parameters = list(module.parameters())
    grads = torch.autograd.grad(_loss(out), [given, *parameters])
    return [out, *grads, *module.buffers()]


@pytest.mark.parametrize("training", [True, False])
def test_a_whole_model_in_one_module(training: bool) -> None:
    module = _built(training)
    plain = Plain(module).train(training)
    for _ in range(2):
        x = torch.randn(7, 5, dtype=double)
        assert_same(_step(module, x), _step(plain, x), 1e-10)
    x = torch.randn(3, 5, dtype=double, requires_grad=True)
    assert torch.autograd.gradcheck(module.eval(), (x,))
    assert torch.autograd.gradgradcheck(module, (x,))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_compiled(training: bool, backend: str) -> None:
    module = _built(training)
    run = torch.compile(copy.deepcopy(module), fullgraph=True, backend=backend)
    for _ in range(2):
        x = torch.randn(7, 5, dtype=double)
        assert_same(_step(run, x), _step(module, x), 1e-10)


def test_a_model_around_it_compiles_once_for_all_batches() -> None:
    model = nn.Sequential(nn.Linear(5, 5).double(), _built(True), dt.Dropout.torch(0.0))
    counter = CompileCounterWithBackend("aot_eager")
    run = torch.compile(copy.deepcopy(model), fullgraph=True, backend=counter, dynamic=True)
    for rows in (3, 7, 4):
        x = torch.randn(rows, 5, dtype=double)
        assert_same(_step(run, x), _step(model, x), 1e-10)
    assert counter.frame_count == 1


def test_an_unsized_module_is_not_compiled() -> None:
    module = dt.Dense.torch(3)
    with pytest.raises(torch._dynamo.exc.Unsupported, match="call it once before compiling"):
        torch.compile(module, fullgraph=True, backend="eager")(torch.randn(2, 5))


@pytest.mark.parametrize("strict", [False, True])
def test_exported(strict: bool) -> None:
    model = nn.Sequential(nn.Linear(5, 5).double(), _built(False))
    x = torch.randn(3, 5, dtype=double)
    shapes = ({0: torch.export.Dim("rows", min=2, max=64)},)
    program = torch.export.export(model, (x,), dynamic_shapes=shapes, strict=strict)
    assert {*program.state_dict} == {*model.state_dict()}
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    again = torch.export.load(file).module()
    for rows in (3, 9):
        x = torch.randn(rows, 5, dtype=double)
        assert_same(again(x).detach(), model(x).detach())


# torch.func.


def test_functional_call() -> None:
    module = _built(False)
    plain = Plain(module).eval()
    x = torch.randn(4, 5, dtype=double)
    parameters = {n: p.detach() * 1.5 for n, p in module.named_parameters()}
    buffers = {n: b.detach() + 0.5 for n, b in module.named_buffers()}
    prefixed = {f"other.{n}": t for n, t in (parameters | buffers).items()}
    got = func.functional_call(module, (parameters, buffers), (x,))
    assert_same(got, func.functional_call(plain, prefixed, (x,)))
    loss = lambda p, m, q: _loss(func.functional_call(m, q | p, (x,)))  # noqa: E731
    found = func.grad(loss)(parameters, module, buffers)
    theirs = {n: t for n, t in prefixed.items() if n[6:] in parameters}
    want = func.grad(loss)(theirs, plain, prefixed)
    assert_same(list(found.values()), list(want.values()), 1e-10)


def test_functional_call_writes_states_to_the_buffers_that_it_was_given() -> None:
    module = _built(True)
    before = {n: b.clone() for n, b in module.named_buffers()}
    given = {n: b.clone() for n, b in module.named_buffers()}
    x = torch.randn(4, 5, dtype=double)
    parameters = dict(module.named_parameters())
    func.functional_call(module, (parameters, given), (x,))
    assert_same(list(dict(module.named_buffers()).values()), list(before.values()))
    module(x)
    assert_same(list(given.values()), list(module.buffers()))
    assert all((given[n] - before[n]).abs().max() > 1e-4 for n in given)


def test_per_sample_gradients_and_ensembles() -> None:
    module = _built(False)
    plain = Plain(module).eval()
    x = torch.randn(4, 5, dtype=double)

    def per_sample(m: Any) -> Any:
        state = dict(m.state_dict())
        loss = lambda p, row: _loss(func.functional_call(m, p, (row[None],)))  # noqa: E731
        return func.vmap(func.grad(loss), in_dims=(None, 0))(state, x)

    assert_same(list(per_sample(module).values()), list(per_sample(plain).values()), 1e-10)
    nets = [_built(False) for _ in range(3)]
    for net in nets:
        net.reset_parameters()
    state = func.stack_module_state(nets)
    got = func.vmap(lambda p, b: func.functional_call(nets[0], (p, b), (x,)))(*state)
    assert_same(got, torch.stack([net(x) for net in nets]))
    jacobian = func.jacfwd(module)(x)
    assert_same(jacobian, func.jacrev(plain)(x), 1e-10)


# Hooks and what changes parameters.


def test_hooks() -> None:
    module = _built(False)
    seen: list[str] = []
    module.register_forward_pre_hook(lambda m, a: seen.append("before"))
    module.register_forward_hook(lambda m, a, out: out * 2)
    module.register_full_backward_hook(lambda m, g, h: seen.append("backward"))
    x = torch.randn(4, 5, dtype=double, requires_grad=True)
    out = module(x)
    assert_same(out, Plain(module).eval()(x) * 2)
    out.sum().backward()
    assert seen == ["before", "backward"]


def test_parametrizations() -> None:
    module = _built(False)
    plain = Plain(module).eval()
    parametrizations = nn.utils.parametrizations
    for each in (module.layers[0], plain.other.layers[0]):
        parametrizations.weight_norm(each, "kernel")
    for each in (module.layers[2], plain.other.layers[2]):
        parametrizations.weight_norm(each, "kernel", dim=1)
    x = torch.randn(4, 5, dtype=double)
    assert_same(module(x), plain(x))
    found, want = _step(module, x), _step(plain, x)
    assert_same(found, want, 1e-10)
    run = torch.compile(module, fullgraph=True, backend="aot_eager")
    assert_same(run(x), plain(x))


def test_pruning_and_half_precision() -> None:
    module = _built(False, torch.float32)
    prune.l1_unstructured(module.layers[0], "kernel", amount=0.5)
    assert int((module.layers[0].kernel == 0).sum()) == 15
    x = torch.randn(4, 5)
    first, norm, second, _ = module.layers
    h = nn.functional.gelu(x @ first.kernel + first.bias)
    h = (h - norm.running_mean) * torch.rsqrt(norm.running_var + 1e-3)
    want = nn.functional.rms_norm(h @ second.kernel + second.bias, (4,), None, 1e-6)
    assert_same(module(x), want, 1e-4)
    module = _built(False, torch.bfloat16)
    assert module(x.bfloat16()).dtype is torch.bfloat16


def test_autocast_and_scaled_gradients() -> None:
    module = _built(False, torch.float32)
    x = torch.randn(4, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = module(x)
    assert got.dtype is torch.float32
    assert 1e-6 < (got - module(x)).abs().max() < 0.1
    got.sum().backward()
    assert all(p.grad.dtype is torch.float32 for p in module.parameters())


def test_gradient_checkpoints() -> None:
    module, plain = _built(False), None
    plain = Plain(module).eval()
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.randn(4, 5, dtype=double, requires_grad=True)
    got = torch.autograd.grad(_loss(checkpoint(module, x, use_reentrant=False)), x)
    assert_same(got, torch.autograd.grad(_loss(plain(x)), x), 1e-10)


# Training.


def test_training_gives_the_losses_of_dovetails_own_trainer() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((256, 8)).astype(np.float32)
    y = (x @ rng.standard_normal((8, 3))).argmax(-1).astype(np.int64)
    layers = lambda: (dt.Dense(16, "relu"), dt.LayerNorm(), dt.Dense(3))  # noqa: E731
    own = dt.Sequential(*layers(), seed=4)
    own.compile(optimizer=dt.SGD(0.1), loss="sparse_categorical_crossentropy")
    want: list[float] = []
    module = dt.Sequential.torch(*layers(), seed=4)
    optimizer = None
    for start in range(0, 240, 12):
        rows = slice(start, start + 12)
        history = own.fit(x[rows], y[rows], epochs=1, batch_size=12, shuffle=False, verbose=0)
        want.append(history.history["loss"][0])
        loss = nn.functional.cross_entropy(
            module(torch.from_numpy(x[rows])), torch.from_numpy(y[rows])
        )
        optimizer = optimizer or torch.optim.SGD(module.parameters(), lr=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert abs(loss.item() - want[-1]) < 1e-5
    assert len(want) == 20
    assert want[-1] < 0.8 * want[0]
    for path, array in own.parameters().items():
        np.testing.assert_allclose(module.get_parameter(path).detach(), array, atol=2e-5)


# Processes.


@dt.op
def _standardised(x: Any) -> Any:
    return (x - dt.mean(x, axis=0)) * dt.rsqrt(dt.var(x, axis=0) + 1e-6)


class _Rows(torch.utils.data.Dataset[Any]):
    def __getitem__(self, index: int) -> Any:
        return dt.softmax(torch.arange(4.0) * index)

    def __len__(self) -> int:
        return 12


def _collate(rows: list[Any]) -> Any:
    return _standardised(torch.stack(rows))


def test_workers_of_a_data_loader() -> None:
    want = [_collate([_Rows()[n] for n in range(at, at + 4)]) for at in (0, 4, 8)]
    loader = torch.utils.data.DataLoader(
        _Rows(), batch_size=4, collate_fn=_collate, num_workers=2, multiprocessing_context="fork"
    )
    for _ in range(2):
        assert_same(list(loader), want, 1e-5)


def test_after_a_fork() -> None:
    """Large arrays go through our kernels alone: PyTorch's own loops may hang in a child."""
    module = _built(True, torch.float32)
    norm = dt.RMSNorm.torch(512)
    x, large = torch.randn(4, 5), torch.randn(2048, 512, requires_grad=True)
    ones = torch.ones(2048, 512)

    def run() -> list[Any]:
        out = norm(large)
        return [*_step(module, x), out, *torch.autograd.grad(out, [large, norm.scale], ones)]

    want = run()
    before = [tensor.detach().numpy().tobytes() for tensor in want[-3:]]
    child = os.fork()
    if child == 0:  # pragma: no cover
        signal.alarm(20)
        code = 1
        try:
            same = [tensor.detach().numpy().tobytes() for tensor in run()[-3:]] == before
            fresh = dt.op(lambda x: dt.exp(-x) * 3.0)(torch.zeros(1000))  # compiled here
            code = 0 if same and bool((fresh == 3.0).all()) else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert [tensor.detach().numpy().tobytes() for tensor in run()[-3:]] == before


FORKED_FIRST = """
import os, signal, torch
torch.set_num_threads(2)
x = torch.randn(2048, 512)
x.exp()  # OpenMP's threads are there
child = os.fork()
if child == 0:
    signal.alarm(30)
    import dovetail as dt
    same = bool((dt.op(lambda x: x - x)(x).numpy() == 0).all())
    os._exit(0 if same else 2)
assert os.waitpid(child, 0)[1] == 0
"""


NO_POOL = """
    import os
    import torch
    import dovetail as dt

    torch.set_num_threads(2)
    x = torch.randn(1 << 20)
    torch.nn.functional.gelu(x)
    before = len(os.listdir("/proc/self/task"))
    for _ in range(3):
        dt.gelu(x)
    print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_operators_start_no_threads_beside_pytorchs() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(NO_POOL)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "0", done.stderr[-3000:]


@pytest.mark.skipif(sys.platform != "linux", reason="where the pool is")
def test_after_a_fork_before_the_first_use() -> None:
    environment = {**os.environ, "DOVETAIL_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", FORKED_FIRST], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
