"""Kernels of ours on a device: PyTorch's dispatcher, autograd and memory, a stand-in's launches.

The device is that of second_device.py, whose memory is the CPU's; the driver is the stand-in
(tests/compile/gpu/stand_in.py), which runs PTX in the emulator. test_devices.py runs this in a
process of its own.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.compile.gpu.driver import Driver  # noqa: E402
from dovetail.hosts.numpy.host import HOST  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from dovetail.hosts.torch import device_kernels, gpu_kernels, optimizer_gpu  # noqa: E402
from dovetail.library.optimizers import Lion  # noqa: E402
from dovetail.library.optimizers_of_tensors import Muon  # noqa: E402
from dovetail.operations.operation import Attachment  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.compile.gpu.stand_in import STREAMS, StandIn  # noqa: E402
from tests.hosts.torch import second_device  # noqa: E402
from tests.hosts.torch.check_devices import here, there  # noqa: E402
from tests.hosts.torch.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    focal,
    gated,
    leaves,
    mish,
    normalised,
    scalar,
)
from tests.verify.conftest import verdict_of  # noqa: E402
from tests.verify.test_package import definition_of  # noqa: E402

DEVICE = second_device.install()


class Platform:
    """The device, with streams of its own and the stand-in's driver."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.made = stand_in.driver()
        self.current = 7

    def driver(self) -> Driver:
        return self.made

    def stream(self, index: int) -> int:
        return STREAMS * index + self.current

    def is_capturing(self, index: int) -> bool:
        return self.current in self.stand_in.captured


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The device has a driver. What was planned without one is forgotten."""
    found = Platform(StandIn())
    monkeypatch.setitem(gpu_kernels.PLATFORMS, DEVICE, found)
    monkeypatch.setattr(device_kernels, "_programs", Attachment(lambda operation: {}))
    monkeypatch.setattr(gpu_kernels, "_constants", gpu_kernels._Constants())
    return found


def _ran(platform: Platform, function: Any, *args: Any) -> Any:
    """What a call gives; it launches kernels, and no function of PyTorch's computes there."""
    before, ran = len(platform.stand_in.started), dict(second_device.names)
    found = function(*args)
    assert len(platform.stand_in.started) > before
    new = {name for name, count in second_device.names.items() if count > ran.get(name, 0)}
    assert new <= MEMORY, new
    return found


# Functions of PyTorch's that make tensors and views.
MEMORY = {
    "aten.empty.memory_format", "aten.empty_strided.default", "aten.detach.default",
    "aten.fill_.Scalar", "aten.alias.default", "aten.view.default", "aten.expand.default",
    "aten._reshape_alias.default", "aten.as_strided.default",
}  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", PAIRS)
def test_values(platform: Platform, name: str, dtype: Any) -> None:
    pair = PAIRS[name]
    args = pair.arguments(dtype)
    got = _ran(platform, pair.ours, *map(there, args))
    want = leaves(pair.ours(*args))
    tolerance = {torch.float64: 1e-13, torch.float32: 1e-5, torch.bfloat16: 2e-2}[dtype]
    assert_same(here(got), want, tolerance)
    assert [each.stride() for each in leaves(got)] == [each.stride() for each in want]


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_of_both_orders(platform: Platform, name: str) -> None:
    pair = PAIRS[name]
    args, given = pair.arguments(), [there(each) for each in pair.arguments()]
    function = scalar(pair.ours)
    grad = torch.func.grad(function, argnums=pair.moving)

    def twice(*args: Any) -> Any:
        return sum(each.square().sum() for each in leaves(grad(*args)))

    assert_same(here(grad(*given)), leaves(grad(*args)), 1e-12)
    assert_same(here(torch.func.grad(twice)(*given)), leaves(torch.func.grad(twice)(*args)), 1e-11)
    assert len(list(platform.stand_in.kernels())) >= 4


@pytest.mark.parametrize("name", ["rows", "loss", "tree"])
def test_batches_and_forward_mode(platform: Platform, name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    stacked = [torch.stack([each, each.flip(0)]) for each in args]
    want = torch.func.vmap(pair.ours)(*stacked)
    assert_same(here(torch.func.vmap(pair.ours)(*map(there, stacked))), leaves(want))
    first, *rest = args

    def forward(x: Any, *fixed: Any) -> Any:
        run = lambda x: tuple(leaves(pair.ours(x, *fixed)))  # noqa: E731
        return torch.func.jvp(run, (x,), (torch.ones_like(x),))[1]

    assert_same(here(forward(there(first), *map(there, rest))), leaves(forward(first, *rest)))
    assert len(list(platform.stand_in.kernels())) >= 2


# Of the library, whose kernels tests/compile/gpu runs, some of every kind.
SOME = ("geglu", "sparse_categorical_cross_entropy", "Embedding", "BatchNorm", "MaxPool2D",
        "GroupNorm", "Dropout", "triplet")  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_values_and_gradients_of_the_library(platform: Platform, name: str) -> None:
    with torch.device(DEVICE):
        verdict = verdict_of("host agreement", definition_of(name), HOST, REGISTRY.named("torch"))
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"
    assert platform.stand_in.started


def test_backward_runs_in_its_own_thread_on_the_stream_of_forward(platform: Platform) -> None:
    x = torch.randn(4, 6, dtype=torch.float64)
    leaf = there(x).requires_grad_()
    y = normalised(mish(leaf), torch.ones_like(leaf[0])).square().sum()
    forward = len(platform.stand_in.started)
    platform.current = 9
    y.backward()
    own = x.clone().requires_grad_()
    normalised(mish(own), torch.ones_like(own[0])).square().sum().backward()
    assert_same(here(leaf.grad), [own.grad])
    started = platform.stand_in.started
    assert {each.stream for each in started[:forward]} == {7}
    assert {each.stream for each in started[forward:]} == {9}
    main = threading.get_ident()
    assert {each.thread for each in started[:forward]} == {main}
    assert main not in {each.thread for each in started[forward:]}  # which had no context
    assert platform.stand_in.current() is None


def test_a_device_that_is_not_the_current_one(platform: Platform) -> None:
    """The device has autograd for one of a kind only: forward, and an optimizer."""
    x = torch.randn(4, 6)
    second = torch.device(DEVICE, 1)
    there(x)  # so that another one is current
    assert_same(here(normalised(x.to(second), x[0].to(second))), [normalised(x, x[0])], 1e-5)
    param = torch.nn.Parameter(x.to(second))
    param.grad = torch.ones_like(param)
    optimizer = dt.AdamW.torch([param], lr=0.1)
    optimizer.step()
    assert optimizer.state[param]["step"].device == second
    same = torch.nn.Parameter(x.clone())
    same.grad = torch.ones_like(x)
    dt.AdamW.torch([same], lr=0.1).step()
    assert_same(here(param), [same.detach()], 1e-6)
    assert {(each.device, each.stream) for each in platform.stand_in.started} == {(1, 107)}
    assert set(platform.stand_in.loaded) == {1}
    with pytest.raises(errors.UnsupportedError, match=f"{DEVICE}:1 and {DEVICE}:0"):
        gated(x.to(second), there(x))


def test_threads_call_one_operator(platform: Platform) -> None:
    platform.stand_in.pause = 0.002
    given = [torch.full((3, 4), float(n)) for n in range(4)]
    moved, found = list(map(there, given)), {}

    def call(number: int) -> None:
        found[number] = mish(moved[number])

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_same(here([found[n] for n in range(4)]), [mish(each) for each in given], 1e-6)


# Layouts.

LAYOUTS: dict[str, Any] = {
    "transposed": lambda x: x.transpose(0, 1),
    "channels last": lambda x: x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2),
    "every second": lambda x: x[:, ::2],
    "expanded": lambda x: x[:, :1].expand(-1, 4, -1, -1),
    "misaligned": lambda x: x.reshape(-1)[1:],
    "one row": lambda x: x[1, 2, 3],
    "empty": lambda x: x[:0],
    "a number": lambda x: x[0, 0, 0, 0],
}


@pytest.mark.parametrize("how", LAYOUTS)
def test_layouts(platform: Platform, how: str) -> None:
    x = torch.randn(3, 4, 5, 8)
    want, given = LAYOUTS[how](x), LAYOUTS[how](there(x))
    got = mish(given) if how == "empty" else _ran(platform, mish, given)
    assert_same(here(got), [mish(want)], 1e-6)
    assert got.stride() == mish(want).stride()
    rows = dt.op(lambda x: dt.softmax(x, axis=-1))
    if want.ndim:
        assert_same(here(rows(given)), [rows(want)], 1e-6)


def test_addresses_choose_the_code(platform: Platform) -> None:
    """Loads of 16 bytes where all rows begin at such addresses; narrow ones elsewhere."""
    x = there(torch.randn(65))
    for view in (x[:64], x[1:], x[:64]):
        mish(view)
    names = [each.name for each in platform.stand_in.kernels()]
    assert names[0] == names[2] != names[1]
    assert len(platform.stand_in.loaded) == 2


def test_numbers_on_the_cpu(platform: Platform) -> None:
    x, number = torch.randn(3, 4), torch.tensor(0.5)
    waited = second_device.counts["synchronised"]
    assert_same(here(_ran(platform, gated, there(x), number)), [gated(x, number)], 1e-6)
    assert second_device.counts["synchronised"] == waited


# Graphs.


def test_a_captured_call_is_run_again(platform: Platform) -> None:
    x = there(torch.randn(4, 6))
    normalised(x, x[0])  # as a warm-up
    waited, stream = second_device.counts["synchronised"], platform.current
    platform.stand_in.captured[stream] = []
    y = normalised(x, x[0])
    fresh = mish(y)  # its code is loaded during the capture
    assert second_device.counts["synchronised"] == waited
    assert len(platform.stand_in.captured[stream]) >= 2
    other = torch.randn(4, 6)
    x.copy_(other)
    platform.stand_in.replay(stream)
    want = normalised(other, other[0])
    assert_same(here([y, fresh]), [want, mish(want)], 1e-5)


def test_an_array_of_a_definition_is_on_the_device_before_a_capture(platform: Platform) -> None:
    table = torch.arange(5.0).numpy()
    shifted = dt.op(lambda x: x * 2.0 + dt.asarray(table))
    x = torch.randn(3, 5)
    platform.stand_in.captured[platform.current] = []
    with pytest.raises(errors.HostError, match="before the capture"):
        shifted(there(x))
    platform.stand_in.captured.clear()
    assert_same(here(shifted(there(x))), [shifted(x)], 1e-6)
    assert list(platform.stand_in.kernels())


# Indices.


def test_labels_out_of_range_are_nan(platform: Platform) -> None:
    logits, labels = torch.randn(4, 5), torch.tensor([0, 1, 5, -6])
    loss = _ran(
        platform, lambda *args: focal(*args, reduction="none"), there(logits), there(labels)
    )
    assert torch.equal(loss.cpu().isnan(), torch.tensor([False, False, True, True]))
    good = there(torch.tensor([0, 1, 4, 2]))
    leaf = there(logits).requires_grad_()
    focal(leaf, good).backward()
    own = logits.clone().requires_grad_()
    focal(own, good.cpu()).backward()
    assert_same(here(leaf.grad), [own.grad], 1e-5)


def test_an_embedding_and_its_gradient(platform: Platform) -> None:
    taken = dt.op(lambda table, rows: dt.take(table, rows, axis=0))
    table, rows = torch.randn(6, 4), torch.tensor([[0, 5, 5], [2, -1, 0]])
    found = []
    for leaf, index in ((table.clone(), rows), (there(table), there(rows))):
        leaf.requires_grad_()
        y = taken(leaf, index)
        (y * y).sum().backward()
        found.append([y.detach().cpu(), leaf.grad.cpu()])
    assert_same(found[1], found[0], 1e-6)
    leaf = there(table).requires_grad_()
    bad = taken(leaf, there(torch.tensor([1, 6])))
    assert torch.equal(bad.cpu().isnan().all(-1), torch.tensor([False, True]))
    (bad * bad).sum().backward()
    want = torch.zeros_like(table)
    want[1] = 2 * table[1]
    assert_same(here(leaf.grad), [want], 1e-6)  # the other update is left out


# Where there are no kernels.


@pytest.mark.parametrize(
    ("stand_in", "reason"),
    [(StandIn(capability=75), "compute capability 7.5"), (StandIn(version=10_020), "CUDA 10.2")],
)
def test_a_device_without_kernels(
    platform: Platform, stand_in: StandIn, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    platform.made = stand_in.driver()
    x = torch.randn(3, 4)
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        assert_same(here(mish(there(x))), [mish(x)], 1e-6)
    assert reason in caplog.text and "PyTorch's own functions" in caplog.text
    assert not stand_in.started


def test_a_step_without_a_kernel(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    halved = dt.op(lambda x: dt.while_loop(lambda v: dt.sum(v) > 1.0, lambda v: v * 0.5, x * x))
    x = torch.randn(3, 4)
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        assert_same(here(halved(there(x))), [halved(x)], 1e-6)
    assert "has no GPU kernel" in caplog.text


def test_the_option_switches_kernels_off(platform: Platform) -> None:
    with override(gpu_kernels=False):
        mish(there(torch.randn(3, 4)))
    assert not platform.stand_in.started


def test_what_fails_is_an_error(platform: Platform) -> None:
    x = there(torch.randn(3, 4))
    mish(x)
    platform.stand_in.fail["cuLaunchKernel"] = 700
    with pytest.raises(errors.HostError, match="CUDA_ERROR_ILLEGAL_ADDRESS") as caught:
        mish(x)
    assert "DOVETAIL_GPU_KERNELS=0" in str(caught.value)
    platform.stand_in.fail.clear()
    mish(x)


# Optimizers.

SHAPES = ((4, 3), (5,), (), (0, 2), (3, 2, 2))
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {}, "by norm": {"clip_norm": 0.5}, "by value": {"clip_value": 0.1, "clip_norm": 2.0},
}  # fmt: skip


def _trained(rule: Any, device: str, settings: Any, start: Any = None) -> list[Any]:
    """Parameters and states after three steps on a device, with the state_dict in front."""
    generator = torch.Generator().manual_seed(3)
    params = [torch.randn(shape, generator=generator) for shape in SHAPES]
    params = [torch.nn.Parameter(each.to(device)) for each in params]
    optimizer = rule.torch(params, **settings)
    if start is not None:
        optimizer.load_state_dict(start)
    for _ in range(3):
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator).to(device)
        optimizer.step()
    states = [optimizer.state[param] for param in params]
    tensors = [row[name] for row in states for name in row]
    assert all(each.device.type == device for each in tensors)
    return [optimizer.state_dict(), *(each.detach().cpu() for each in (*params, *tensors))]


@pytest.mark.parametrize("how", SETTINGS)
@pytest.mark.parametrize("rule", [dt.AdamW, Lion])
def test_steps_are_those_of_the_cpu(platform: Platform, rule: Any, how: str) -> None:
    got = _trained(rule, DEVICE, SETTINGS[how])
    assert_same(got[1:], _trained(rule, "cpu", SETTINGS[how])[1:], 3e-6)
    assert list(platform.stand_in.kernels())


@pytest.mark.parametrize("way", [("cpu", DEVICE), (DEVICE, "cpu"), (DEVICE, DEVICE)])
def test_states_move_between_devices(platform: Platform, way: tuple[str, str]) -> None:
    start = _trained(dt.AdamW, way[0], {})[0]
    got = _trained(dt.AdamW, way[1], {}, start)[1:]
    start = _trained(dt.AdamW, "cpu", {})[0]
    assert_same(got, _trained(dt.AdamW, "cpu", {}, start)[1:], 3e-6)


def _adam(count: int = 20, **settings: Any) -> tuple[list[Any], Any]:
    params = [torch.nn.Parameter(torch.ones(3, 2, device=DEVICE)) for _ in range(count)]
    for param in params:
        param.grad = torch.full((3, 2), 2.0, device=DEVICE)
    return params, dt.AdamW.torch(params, **settings)


def test_a_step_is_one_launch_and_waits_for_nothing(platform: Platform) -> None:
    params, optimizer = _adam()
    optimizer.step()
    waited, ran = second_device.counts["synchronised"], second_device.counts["ran"]
    platform.stand_in.started.clear()
    versions = [param._version for param in params]
    optimizer.step()
    assert [each.stream for each in platform.stand_in.started] == [7]
    assert second_device.counts == {"ran": ran, "synchronised": waited}
    assert [param._version for param in params] == [each + 1 for each in versions]


def test_a_captured_step(platform: Platform) -> None:
    params, optimizer = _adam(2, clip_norm=0.5)
    other, same = _adam(2, clip_norm=0.5)
    optimizer.step()
    same.step()
    waited, stream = second_device.counts["synchronised"], platform.current
    platform.stand_in.captured[stream] = []
    optimizer.step()
    assert second_device.counts["synchronised"] == waited
    kept = optimizer._group(optimizer.param_groups[0]).tables._kept
    assert any(each is kept for each in optimizer_gpu._captured)  # as long as the graph may run
    for _ in range(2):
        platform.stand_in.replay(stream)
    platform.stand_in.captured.clear()
    same.step(), same.step()
    assert_same(here(params), [each.detach().cpu() for each in other], 1e-6)
    assert optimizer.state[params[0]]["step"].cpu() == 3.0
    optimizer.step(), same.step()  # goes on
    assert_same(here(params), [each.detach().cpu() for each in other], 1e-6)


def test_the_first_step_is_not_captured(platform: Platform) -> None:
    _, optimizer = _adam(2)
    platform.stand_in.captured[platform.current] = []
    with pytest.raises(errors.HostError, match="once before the capture"):
        optimizer.step()


def test_a_loss_scale_and_what_overflowed_stay_on_the_device(platform: Platform) -> None:
    found = []
    for device in ("cpu", DEVICE):
        param = torch.nn.Parameter(torch.ones(4, device=device))
        optimizer = dt.AdamW.torch([param], lr=0.1)
        waited = second_device.counts["synchronised"]
        for number, flag in enumerate((0.0, 1.0, 0.0)):
            param.grad = torch.full((4,), 8.0, device=device)
            optimizer.grad_scale = torch.tensor(4.0, device=device)
            optimizer.found_inf = torch.tensor(flag, device=device)
            optimizer.step()
            if not number:
                waited = second_device.counts["synchronised"]
        assert second_device.counts["synchronised"] == waited
        row = optimizer.state[param]
        assert row["step"].cpu() == 2.0
        found.append([param.detach().cpu(), row["mean"].cpu()])
    assert_same(found[1], found[0], 1e-6)


def test_a_count_that_was_set_is_used(platform: Platform) -> None:
    params, optimizer = _adam(2)
    optimizer.step()
    for param in params:
        optimizer.state[param]["step"].fill_(10.0)
    optimizer.step()
    assert [optimizer.state[param]["step"].cpu() for param in params] == [11.0, 11.0]


def test_a_count_of_another_type_is_replaced(platform: Platform) -> None:
    params, optimizer = _adam(2)
    optimizer.step()
    for param in params:
        optimizer.state[param]["step"] = torch.tensor([5.0], dtype=torch.float64, device=DEVICE)
    optimizer.step()
    steps = [optimizer.state[param]["step"] for param in params]
    assert [(each.item(), each.dtype, each.ndim) for each in steps] == [(6.0, torch.float32, 0)] * 2


def test_a_gradient_of_another_layout(platform: Platform) -> None:
    found = []
    for device in ("cpu", DEVICE):
        param = torch.nn.Parameter(torch.ones(3, 2, device=device))
        optimizer = dt.AdamW.torch([param], lr=0.1)
        param.grad = torch.arange(6.0).reshape(2, 3).to(device).t()
        optimizer.step()
        found.append(param.detach().cpu())
    assert_same(found[1], found[0], 1e-6)


def test_a_sparse_gradient_is_refused(platform: Platform) -> None:
    params, optimizer = _adam(1)
    optimizer.step()
    del params[0].grad
    sparse = torch.eye(3, 2).to_sparse()
    kept = optimizer._group(optimizer.param_groups[0])
    with pytest.raises(errors.HostError, match="layout torch"):
        kept.tables.run([sparse], optimizer._read(optimizer.param_groups[0], kept), None, None)


def test_a_rule_that_is_not_elementwise(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    param = torch.nn.Parameter(torch.ones(3, 2, device=DEVICE))
    optimizer = Muon.torch([param])
    param.grad = torch.ones(3, 2, device=DEVICE)
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        optimizer.step()
    assert "depends on more than single elements" in caplog.text
    assert optimizer.state[param]["step"].device.type == "cpu"
