"""Calls of kernels of ours on a device: PyTorch's dispatcher, autograd and memory.

The device is that of stand_in_platform.py. test_devices.py runs this in a process of its own.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.compile.gpu.stand_in import StandIn  # noqa: E402
from tests.hosts.torch import second_device, stand_in_platform  # noqa: E402
from tests.hosts.torch.on_device import DEVICE, assert_passes, here, there  # noqa: E402
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
from tests.hosts.torch.stand_in_platform import Platform  # noqa: E402

platform = stand_in_platform.platform


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
        "GroupNorm", "Dropout", "triplet", "ctc_loss", "viterbi")  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_values_and_gradients_of_the_library(platform: Platform, name: str) -> None:
    assert_passes("host agreement", name)
    assert platform.stand_in.started


@pytest.mark.parametrize("moved", [0, 1])  # 1: so that elements meet
def test_a_loop_over_time_is_one_kernel(platform: Platform, moved: int) -> None:
    @dt.op
    def running(x: Any) -> Any:
        def step(carry: Any, row: Any) -> Any:
            return dt.tanh(dt.roll(carry, moved) * 0.5 + row), carry

        return dt.scan(step, x[0], x)[1]

    x = torch.randn(6, 7)
    leaf, own = there(x).requires_grad_(), x.clone().requires_grad_()
    found = running(leaf)
    assert len(list(platform.stand_in.kernels())) == 2  # the first row becomes the carry
    assert_same(here(found), [running(own)])
    found.square().sum().backward()
    running(own).square().sum().backward()
    assert_same(here(leaf.grad), [own.grad])


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
    """Forward alone: PyTorch has autograd for one device of a kind that is made in Python."""
    x = torch.randn(4, 6)
    second = torch.device(DEVICE, 1)
    there(x)  # so that another one is current
    assert_same(here(normalised(x.to(second), x[0].to(second))), [normalised(x, x[0])], 1e-5)
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
    @dt.op
    def multiplied(x: Any) -> Any:
        return dt.scan(lambda carry, row: (dt.outer(carry, row) @ row, carry), x[0], x)[1]

    x = torch.randn(3, 4)
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        assert_same(here(multiplied(there(x))), [multiplied(x)], 1e-6)
    assert "a library call of matmul in it has no GPU kernel" in caplog.text


def test_a_loop_until_a_condition_is_one_kernel(platform: Platform) -> None:
    halved = dt.op(lambda x: dt.while_loop(lambda v: dt.sum(v) > 1.0, lambda v: v * 0.5, x))
    x = torch.randn(3, 4).abs()
    assert_same(here(halved(there(x))), [halved(x)], 1e-6)
    assert len(list(platform.stand_in.kernels())) == 2  # the first one computes the condition


def test_the_option_switches_kernels_on_and_off(platform: Platform) -> None:
    x = there(torch.randn(3, 4))
    launched: list[int] = []
    for on in (False, True, False, True):  # whichever was first, for the same layout
        with override(gpu_kernels=on):
            mish(x)
        launched.append(len(platform.stand_in.started))
    assert launched == [0, 1, 1, 2]


def test_what_fails_is_an_error(platform: Platform) -> None:
    x = there(torch.randn(3, 4))
    mish(x)
    platform.stand_in.fail["cuLaunchKernel"] = 700
    with pytest.raises(errors.HostError, match="CUDA_ERROR_ILLEGAL_ADDRESS") as caught:
        mish(x)
    assert "DOVETAIL_GPU_KERNELS=0" in str(caught.value)
    platform.stand_in.fail.clear()
    mish(x)
