"""Values on a device that is not the CPU; test_devices.py runs this in a process of its own."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.torch import device_kernels, validators  # noqa: E402
from dovetail.library import optimizers_elementwise  # noqa: E402
from dovetail.library.optimizers import Lion  # noqa: E402
from dovetail.library.optimizers_of_tensors import Muon  # noqa: E402
from dovetail.verify.devices import OnDevice  # noqa: E402
from tests.hosts.test_agreement import PIECES  # noqa: E402
from tests.hosts.torch import second_device  # noqa: E402
from tests.hosts.torch.on_device import (  # noqa: E402
    CLIPPED,
    DEVICE,
    assert_passes,
    here,
    there,
    trained,
)
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
from tests.verify.test_package import OPERATIONS, definition_of  # noqa: E402

pairs = pytest.mark.parametrize("name", PAIRS)


# The device itself.


def test_the_device_is_as_a_real_one() -> None:
    x = torch.randn(3, 4)
    y = there(x)
    assert y.device.type == DEVICE and type(y) is torch.Tensor
    assert_same((y.t()[1:] * 2).cpu(), x.t()[1:] * 2)
    y[:, 1].mul_(3.0)  # views share memory
    assert torch.equal(y.cpu()[:, 1], x[:, 1] * 3.0)
    with pytest.raises(RuntimeError, match="same device"):
        y + x
    assert (y + torch.tensor(2.0)).device.type == DEVICE


# Everything in the library.


@pytest.mark.parametrize("name", [name for name in PIECES if name not in OPERATIONS])
def test_values_and_gradients_of_the_library(name: str) -> None:
    if definition_of(name)._kind == "optimizer":
        pytest.skip("below")
    before = second_device.counts["ran"]
    assert_passes("host agreement", name)
    assert second_device.counts["ran"] > before


# Derivatives and transforms.


@pairs
def test_derivatives_of_every_mode_and_order(name: str) -> None:
    pair = PAIRS[name]
    args, given = pair.arguments(), [there(each) for each in pair.arguments()]
    function = scalar(pair.ours)
    grad = torch.func.grad(function, argnums=pair.moving)

    def twice(*args: Any) -> Any:
        return sum(each.square().sum() for each in leaves(grad(*args)))

    assert_same(here(pair.ours(*given)), leaves(pair.ours(*args)))
    assert_same(here(grad(*given)), leaves(grad(*args)))
    assert_same(here(torch.func.grad(twice)(*given)), leaves(torch.func.grad(twice)(*args)), 1e-11)
    first = (args[0], *args[1:])
    tangents = tuple(torch.ones_like(each) for each in args[: len(pair.moving)])
    rest = args[len(pair.moving) :]

    def forward(moved: Any, fixed: Any) -> Any:
        return torch.func.jvp(
            lambda *own: tuple(leaves(pair.ours(*own, *fixed))),
            tuple(moved), tuple(each.to(moved[0].device) for each in tangents),
        )[1]  # fmt: skip

    want = forward(first[: len(pair.moving)], rest)
    got = forward(given[: len(pair.moving)], given[len(pair.moving) :])
    assert_same(here(got), leaves(want))
    stacked = [torch.stack([each, each * 2]) if each.is_floating_point() else
               torch.stack([each, each]) for each in args]  # fmt: skip
    want = torch.func.vmap(pair.ours)(*stacked)
    assert_same(here(torch.func.vmap(pair.ours)(*map(there, stacked))), leaves(want))


def test_gradients_by_backward_and_of_gradients() -> None:
    x = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    found = []
    for leaf in (x, there(x)):
        y = normalised(mish(leaf), torch.ones_like(leaf[0])).square().sum()
        (first,) = torch.autograd.grad(y, leaf, create_graph=True)
        (second,) = torch.autograd.grad(first.square().sum(), leaf)
        found.append([first.detach().cpu(), second.cpu()])
    assert_same(found[1], found[0], 1e-11)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_narrow_types(dtype: Any) -> None:
    x, scale = torch.randn(4, 6).to(dtype), torch.randn(6).to(dtype)
    got = normalised(there(x), there(scale))
    assert got.dtype is dtype
    tolerance = {torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 2e-3}[dtype]
    assert_same(here(got), [normalised(x, scale)], tolerance)


def test_torch_compile() -> None:
    x = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)

    def function(x: Any) -> Any:
        return mish(x * 2).square().sum()

    want = torch.autograd.grad(function(x), x)
    moved = there(x)
    run = torch.compile(function, backend="aot_eager", fullgraph=True)
    assert_same(here(torch.autograd.grad(run(moved), moved)), leaves(want))


def test_an_exported_graph_runs_on_another_device() -> None:
    x = torch.randn(3, 5)
    module = dt.Sequential(dt.Dense(4, "gelu", seed=1), dt.LayerNorm()).torch
    module(x)
    exported = torch.export.export(module, (x,)).module()
    assert_same(here(exported.to(DEVICE)(there(x))), [module(x)], 1e-5)


# What an operator returns.


def test_outputs_have_memory_of_their_own_and_the_layout_of_the_cpu() -> None:
    same = dt.op(lambda x: (x, x, dt.broadcast_to(dt.sum(x), (2, 2))))
    x = there(torch.randn(2, 3))
    found = same(x)
    assert len({each.untyped_storage().data_ptr() for each in (x, *found)}) == 4
    assert found[2].is_contiguous()
    wide = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert mish(there(wide)).stride() == mish(wide).stride()


def test_numbers_on_the_cpu_and_several_devices() -> None:
    x, number = torch.randn(3, 4), torch.tensor(0.5)
    assert_same(here(gated(there(x), number)), [gated(x, number)], 1e-5)
    assert_same(here(dt.stack([there(x)[0, 0], number])), [torch.stack([x[0, 0], number])])
    for call in (lambda: gated(there(x), x), lambda: dt.matmul(there(x), x.t())):
        with pytest.raises(errors.UnsupportedError, match=f"{DEVICE}:0 and cpu") as caught:
            call()
        assert "all tensors on one device" in str(caught.value)


def test_labels_out_of_range_are_nan() -> None:
    """A device that works while Python goes on cannot raise: as under XLA, the loss is NaN."""
    logits = torch.randn(4, 5)
    labels = torch.tensor([0, 1, 5, -6])
    loss = focal(there(logits), there(labels), reduction="none").cpu()
    assert torch.equal(loss.isnan(), torch.tensor([False, False, True, True]))
    assert focal(there(logits), there(labels)).isnan().cpu()


# Loops and linear algebra.


def test_loops() -> None:
    def step(carry: Any, x: Any) -> Any:
        new = dt.tanh(carry * 0.5 + x)
        return new, new * x

    loop = dt.op(lambda start, xs: dt.scan(step, start, xs))
    start, xs = torch.randn(3, dtype=torch.float64), torch.randn(6, 3, dtype=torch.float64)
    assert_same(here(loop(there(start), there(xs))), leaves(loop(start, xs)))
    grad = torch.func.grad(scalar(loop), argnums=(0, 1))
    assert_same(here(grad(there(start), there(xs))), leaves(grad(start, xs)))
    halved = dt.op(lambda x: dt.while_loop(lambda v: dt.sum(v) > 1.0, lambda v: v * 0.5, x * x))
    assert_same(here(halved(there(start))), leaves(halved(start)))


def test_linear_algebra() -> None:
    def solved(a: Any, b: Any) -> Any:
        product = dt.matmul(a, dt.matrix_transpose(a)) + dt.eye(4)
        return dt.linalg.solve(product, b) + dt.linalg.cholesky(product)[:, :1]

    function = dt.op(solved)
    a, b = torch.randn(4, 4, dtype=torch.float64), torch.randn(4, 1, dtype=torch.float64)
    assert_same(here(function(there(a), there(b))), [function(a, b)], 1e-10)
    grad = torch.func.grad(scalar(function))
    assert_same(here(grad(there(a), there(b))), [grad(a, b)], 1e-10)


# Layers.


def _network() -> Any:
    return dt.Sequential(
        dt.Dense(8, "relu", seed=1), dt.BatchNorm(), dt.Dropout(0.5), dt.Dense(3, seed=2)
    ).torch


def test_a_module_moves_with_its_parameters_and_states() -> None:
    x = torch.randn(6, 5)
    module, moved = _network(), _network()
    module(x), moved(x)
    moved.load_state_dict(module.state_dict())
    moved = moved.to(DEVICE)
    torch.manual_seed(3)
    want = module(x)
    want.square().sum().backward()
    torch.manual_seed(3)
    got = moved(there(x))  # with the same random numbers
    got.square().sum().backward()
    assert_same(here(got), [want], 1e-5)
    for one, other in zip(moved.parameters(), module.parameters(), strict=True):
        assert_same(here(one.grad), [other.grad], 1e-4)
    assert_same(here(list(moved.buffers())), list(module.buffers()), 1e-5)
    back = moved.to("cpu").eval()
    assert_same([back(x)], [module.eval()(x)], 1e-5)


def test_a_module_is_made_on_a_device() -> None:
    made = dt.Dense.torch(3, features=4, seed=5, device=DEVICE)
    with torch.device(DEVICE):
        other = dt.Dense.torch(3, features=4, seed=5)
        lazy = torch.nn.Sequential(dt.Dense.torch(3, seed=5), dt.BatchNorm.torch())
    want = dt.Dense.torch(3, features=4, seed=5)
    assert_same(here(list(made.parameters())), list(want.parameters()))
    assert_same(here(list(other.parameters())), list(want.parameters()))
    x = torch.randn(2, 4)
    assert_same(here(made(there(x))), [want(x)], 1e-5)
    lazy(there(x))
    assert all(each.device.type == DEVICE for each in (*lazy.parameters(), *lazy.buffers()))
    made.reset_parameters()
    assert made.kernel.device.type == DEVICE


def test_a_module_and_its_input_on_two_devices() -> None:
    module = dt.RMSNorm.torch(4).to(DEVICE)
    with pytest.raises(errors.UnsupportedError, match=r"model\.to\(device\)"):
        module(torch.ones(2, 4))


def test_a_checkpoint_moves_between_devices() -> None:
    module = dt.RMSNorm.torch(4).to(DEVICE)
    with torch.no_grad():
        module.scale.fill_(3.0)
    file = io.BytesIO()
    torch.save({name: each.cpu() for name, each in module.state_dict().items()}, file)
    file.seek(0)
    for device in ("cpu", DEVICE):
        file.seek(0)
        other = dt.RMSNorm.torch(4).to(device)
        other.load_state_dict(torch.load(file))
        assert other.scale.device.type == device and other.scale[0].item() == 3.0


# Optimizers.


class Swapped(dt.Optimizer):
    """States that take each other's values, and one that takes the gradient's."""

    lr: float = 0.1
    first = dt.State(like="param", init="zeros")
    second = dt.State(like="param", init="ones")
    last = dt.State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.first, self.second = self.second, self.first
        self.last = grad
        return param - self.lr * (self.first + 2.0 * grad)


# Of the rules that are elementwise, which run alike, every third.
ALL_OPTIMIZERS = [name for name in PIECES if definition_of(name)._kind == "optimizer"]
ALIKE = [name for name in ALL_OPTIMIZERS if hasattr(optimizers_elementwise, name)]
OPTIMIZERS = [name for name in ALL_OPTIMIZERS if name not in {*ALIKE} - {*ALIKE[::3]}]


# PyTorch's, of the second gradients that some optimizers ask for.
@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True:UserWarning")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_the_library(name: str) -> None:
    assert_passes("steps on all hosts", name)


SETTINGS: dict[str, dict[str, Any]] = {**CLIPPED, "upwards": {"maximize": True}}


@pytest.mark.parametrize(
    ("rule", "how"),
    [*((dt.AdamW, how) for how in SETTINGS), (Lion, "upwards"), (Swapped, "plain"),
     (Muon, "by norm")],
)  # fmt: skip
def test_steps_are_those_of_the_cpu(rule: Any, how: str) -> None:
    got = trained(rule, DEVICE, SETTINGS[how])
    assert_same(got[1:], trained(rule, "cpu", SETTINGS[how])[1:], 3e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_parameters_of_narrow_types(dtype: Any) -> None:
    got = trained(dt.AdamW, DEVICE, {"lr": 0.05}, dtype=dtype)
    assert_same(got[1:], trained(dt.AdamW, "cpu", {"lr": 0.05}, dtype=dtype)[1:], 2e-2)


@pytest.mark.parametrize("way", [("cpu", DEVICE), (DEVICE, "cpu")])
def test_states_move_between_devices(way: tuple[str, str]) -> None:
    start = trained(dt.AdamW, way[0], {})[0]
    got = trained(dt.AdamW, way[1], {}, start=start)[1:]
    start = trained(dt.AdamW, "cpu", {})[0]
    assert_same(got, trained(dt.AdamW, "cpu", {}, start=start)[1:], 3e-5)


def test_many_tensors_are_updated_together() -> None:
    """The functions that run are as many for 20 tensors as for 2, and nothing waits for them."""
    counted = []
    for count in (2, 20):
        params = [torch.nn.Parameter(torch.ones(3, 2, device=DEVICE)) for _ in range(count)]
        optimizer = dt.AdamW.torch(params)
        for param in params:
            param.grad = torch.ones(3, 2, device=DEVICE)
        optimizer.step()
        before, waited = second_device.counts["ran"], second_device.counts["synchronised"]
        with second_device.lists_at_once():
            optimizer.step()
        counted.append(second_device.counts["ran"] - before)
        assert second_device.counts["synchronised"] == waited
    assert counted[0] == counted[1]


def test_clipping_by_the_norm_waits_for_nothing() -> None:
    param = torch.nn.Parameter(torch.ones(3, 2, device=DEVICE))
    optimizer = dt.AdamW.torch([param], clip_norm=0.1)
    param.grad = torch.ones(3, 2, device=DEVICE)
    waited = second_device.counts["synchronised"]
    optimizer.step()
    assert second_device.counts["synchronised"] == waited


def test_a_loss_scale_and_what_overflowed() -> None:
    found = []
    for device in ("cpu", DEVICE):
        param = torch.nn.Parameter(torch.ones(4, device=device))
        optimizer = dt.AdamW.torch([param], lr=0.1)
        for flag in (0.0, 1.0):
            param.grad = torch.full((4,), 8.0, device=device)
            optimizer.grad_scale = torch.tensor(4.0, device=device)
            optimizer.found_inf = torch.tensor(flag, device=device)
            optimizer.step()
        found.append([param.detach().cpu(), optimizer.state[param]["mean"].cpu()])
    assert_same(found[1], found[0], 1e-6)


def test_parameters_of_two_devices_in_one_group() -> None:
    found = []
    for device in ("cpu", DEVICE):
        params = [torch.nn.Parameter(torch.ones(3, device=each)) for each in ("cpu", device)]
        optimizer = dt.AdamW.torch(params, lr=0.1, clip_norm=0.5)
        for param in params:
            param.grad = torch.full_like(param, 2.0)
        optimizer.step()
        found.append([each.detach().cpu() for each in params])
    assert_same(found[1], found[0], 1e-6)


# dt.check.


@dt.op
def halved_square(x: Any) -> Any:
    return x * x * 0.5


@pytest.fixture
def without_validators(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's own: modes and deepcopy do not know a device that is made in Python."""
    monkeypatch.setattr(OnDevice, "validators", lambda self: [])


@pytest.mark.usefixtures("without_validators")
def test_check_on_a_device() -> None:
    report = dt.check(halved_square, quick=True, device=DEVICE)
    assert report, report.text(140)
    ran = {each.check for each in report.verdicts if each.status == "passed"}
    assert {"float32 values", "gradient", "half precisions", "host agreement"} <= ran
    assert "threads" not in ran
    assert f"torch on {DEVICE}" in report.certificate()["hosts"]


@pytest.mark.usefixtures("without_validators")
def test_check_sees_a_wrong_function_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    table = device_kernels.table_of(torch.device(DEVICE, 0))
    wrong = replace(table, rules={**table.rules, "multiply": lambda node, x, y: x * y * 1.0001})
    monkeypatch.setattr(device_kernels, "table_of", lambda device: wrong)
    planted = dt.op(lambda x: x * x * 0.25)
    report = dt.check(planted, quick=True, device=DEVICE)
    assert {"float32 values", "host agreement"} <= {each.check for each in report.failures}


def test_check_names_the_devices_that_are_there() -> None:
    with pytest.raises(errors.CheckError, match=rf"torch has cpu, {DEVICE}:0") as caught:
        dt.check(halved_square, device="cuda:7", hosts=["numpy", "torch"])
    assert "cuda:7" in str(caught.value)


def test_pytorchs_checks_of_derivatives() -> None:
    with torch.device(DEVICE):
        for each in validators.VALIDATORS:
            if "gradcheck" in each.name or "gradgradcheck" in each.name:
                assert list(each.validate(mish, (torch.randn(2, 3).cpu().numpy(),), {})) == []
