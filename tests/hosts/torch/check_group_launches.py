"""Steps of optimizers by kernels of ours on a device, beside those on the CPU.

The device is that of stand_in_platform.py. test_devices.py runs this in a process of its own.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.torch import optimizer_gpu  # noqa: E402
from dovetail.library.optimizers import Lion  # noqa: E402
from dovetail.library.optimizers_of_tensors import Muon  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.hosts.torch import second_device, stand_in_platform  # noqa: E402
from tests.hosts.torch.on_device import CLIPPED, DEVICE, here, trained  # noqa: E402
from tests.hosts.torch.pairs import assert_same  # noqa: E402
from tests.hosts.torch.stand_in_platform import Platform  # noqa: E402

platform = stand_in_platform.platform


@pytest.mark.parametrize("how", CLIPPED)
@pytest.mark.parametrize("rule", [dt.AdamW, Lion])
def test_steps_are_those_of_the_cpu(platform: Platform, rule: Any, how: str) -> None:
    got = trained(rule, DEVICE, CLIPPED[how], counted_on=DEVICE)
    assert_same(got[1:], trained(rule, "cpu", CLIPPED[how])[1:], 3e-6)
    assert list(platform.stand_in.kernels())


@pytest.mark.parametrize("way", [("cpu", DEVICE), (DEVICE, "cpu"), (DEVICE, DEVICE)])
def test_states_move_between_devices(platform: Platform, way: tuple[str, str]) -> None:
    start = trained(dt.AdamW, way[0], {}, counted_on=way[0])[0]
    got = trained(dt.AdamW, way[1], {}, start=start, counted_on=way[1])[1:]
    start = trained(dt.AdamW, "cpu", {})[0]
    assert_same(got, trained(dt.AdamW, "cpu", {}, start=start)[1:], 3e-6)


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


@pytest.mark.parametrize(
    ("inference", "value", "dtype"), [(False, [5.0], torch.float64), (True, 5.0, torch.float32)]
)
def test_a_count_of_another_kind_is_replaced(
    platform: Platform, inference: bool, value: Any, dtype: Any
) -> None:
    params, optimizer = _adam(2)
    optimizer.step()
    for param in params:
        with torch.inference_mode(inference):
            optimizer.state[param]["step"] = torch.tensor(value, dtype=dtype, device=DEVICE)
    optimizer.step()
    steps = [optimizer.state[param]["step"] for param in params]
    assert [(each.item(), each.dtype, each.ndim) for each in steps] == [(6.0, torch.float32, 0)] * 2


LAID: dict[str, Any] = {
    "transposed": lambda grad: grad.t().contiguous().t(),
    "expanded": lambda grad: grad[:, :1].expand(3, 2),
}


@pytest.mark.parametrize("how", LAID)
def test_a_gradient_of_another_layout(platform: Platform, how: str) -> None:
    found = []
    for device in ("cpu", DEVICE):
        param = torch.nn.Parameter(torch.ones(3, 2, device=device))
        optimizer = dt.SGD.torch([param], lr=0.1)
        param.grad = LAID[how](torch.arange(-3.0, 3.0).reshape(3, 2).to(device))
        optimizer.step()
        found.append(param.detach().cpu())
    assert_same(found[1], found[0], 1e-6)
    assert list(platform.stand_in.kernels())


def test_a_parameter_whose_memory_has_gaps(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    found = []
    for device in ("cpu", DEVICE):
        whole = torch.ones(3, 4, device=device)
        param = torch.nn.Parameter(whole[:, ::2])
        param.grad = torch.ones_like(param)
        with caplog.at_level(logging.INFO, "dovetail.gpu"):
            dt.SGD.torch([param], lr=0.1).step()
        found.append(whole.cpu())
    assert "memory has gaps" in caplog.text
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


# Where the tables come from.


def test_a_device_that_is_not_the_current_one(platform: Platform) -> None:
    second = torch.device(DEVICE, 1)
    torch.ones(1, device=DEVICE)  # so that another one is current
    found = []
    for device in ("cpu", second):
        param = torch.nn.Parameter(torch.ones(4, 6).to(device))
        param.grad = torch.full_like(param, 2.0)
        optimizer = dt.AdamW.torch([param], lr=0.1)
        optimizer.step()
        found.append(param.detach().cpu())
    assert optimizer.state[param]["step"].device == second
    assert_same(found[1], found[0], 1e-6)
    assert {(each.device, each.stream) for each in platform.stand_in.started} == {(1, 107)}
    assert set(platform.stand_in.loaded) == {1}


def test_steps_in_inference_mode(platform: Platform) -> None:
    """Whose tensors have no version: a count that was set is used all the same."""
    found = []
    with torch.inference_mode():
        for device in ("cpu", DEVICE):
            param = torch.ones(3, device=device)
            param.grad = torch.full((3,), 2.0, device=device)
            optimizer = dt.AdamW.torch([param], lr=0.1)
            optimizer.step(), optimizer.step()
            optimizer.state[param]["step"].fill_(10.0)
            optimizer.step()
            assert optimizer.state[param]["step"].item() == 11.0
            found.append(param.cpu())
    assert_same(found[1], found[0], 1e-6)
    assert list(platform.stand_in.kernels())


def test_the_option_switches_kernels_on_and_off(platform: Platform) -> None:
    params, optimizer = _adam(2)
    other, same = _adam(2)
    with override(gpu_kernels=False):
        for _ in range(4):
            same.step()
    assert not platform.stand_in.started
    launched: list[bool] = []
    for on in (False, True, False, True):
        before = len(platform.stand_in.started)
        with override(gpu_kernels=on):
            optimizer.step()
        launched.append(len(platform.stand_in.started) > before)
    assert launched == [False, True, False, True]
    assert_same(here(params), here(other), 1e-6)


def test_parameters_of_two_devices(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    params = [torch.nn.Parameter(torch.ones(3, device=each)) for each in ("cpu", DEVICE)]
    for param in params:
        param.grad = torch.ones_like(param)
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        dt.AdamW.torch(params).step()
    assert f"since AdamW has parameters on cpu and {DEVICE}:0" in caplog.text
    assert not platform.stand_in.started
