"""The second device as a GPU: with streams, and a stand-in for NVIDIA's driver.

The stand-in (tests/compile/gpu/stand_in.py) runs PTX in the emulator, over the device's memory,
which is the CPU's. A file of tests names the fixture: `platform = stand_in_platform.platform`.
"""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from dovetail.compile.gpu.driver import Driver
from dovetail.hosts.torch import device_kernels, gpu_devices, gpu_kernels
from dovetail.operations.operation import Attachment
from tests.compile.gpu.stand_in import STREAMS, StandIn
from tests.hosts.torch.on_device import DEVICE


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
    monkeypatch.setitem(gpu_devices.PLATFORMS, DEVICE, found)
    monkeypatch.setattr(device_kernels, "_programs", Attachment(lambda operation: {}))
    monkeypatch.setattr(gpu_kernels, "_constants", gpu_kernels._Constants())
    return found
