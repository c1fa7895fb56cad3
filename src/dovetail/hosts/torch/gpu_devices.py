"""The devices on which kernels of ours may run instead of PyTorch's functions: NVIDIA's GPUs.

`gpu_of(device)` raises UnsupportedError where they do not. While the option `gpu_kernels` is off,
no driver is looked for, and nothing that generates or launches GPU code is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch

from dovetail.errors import UnsupportedError
from dovetail.options import options

if TYPE_CHECKING:
    from dovetail.compile.gpu.driver import Driver
    from dovetail.compile.gpu.target import Target

_compiler: Any = torch._C


class Platform(Protocol):
    """What a launch asks PyTorch about a type of device."""

    def driver(self) -> Driver:
        """The driver; raises UnsupportedError if it cannot be used."""
        ...

    def stream(self, index: int) -> int:
        """The handle of the current stream of a device."""
        ...

    def is_capturing(self, index: int) -> bool:
        """Whether that stream is being captured in a graph."""
        ...


class Cuda:
    """PyTorch's own CUDA devices."""

    def driver(self) -> Driver:
        if torch.version.cuda is None:
            raise UnsupportedError(
                "this PyTorch is not built for CUDA",
                "a build for NVIDIA's GPUs",
                "PyTorch's own functions compute everything on its devices",
            )
        # Imported here because most programs do without it.
        from dovetail.compile.gpu.driver import driver  # noqa: PLC0415

        return driver()

    def stream(self, index: int) -> int:
        return _compiler._cuda_getCurrentRawStream(index)

    def is_capturing(self, index: int) -> bool:
        with torch.cuda.device(index):
            return torch.cuda.is_current_stream_capturing()


PLATFORMS: dict[str, Platform] = {"cuda": Cuda()}


@dataclass(frozen=True)
class Gpu:
    """A device on which kernels of ours run."""

    device: torch.device
    platform: Platform
    driver: Driver
    target: Target

    @property
    def index(self) -> int:
        return self.device.index or 0


def gpu_of(device: torch.device) -> Gpu:
    """The device as one that kernels of ours run on; raises UnsupportedError if they do not."""
    platform = PLATFORMS.get(device.type)
    if platform is None:
        raise UnsupportedError(
            f"there are no kernels of Dovetail for devices of type {device.type!r}",
            f"one of {', '.join(sorted(PLATFORMS))}",
            "PyTorch's own functions compute everything there",
        )
    if not options().gpu_kernels:
        raise UnsupportedError(
            "kernels for GPUs are switched off",
            "the option gpu_kernels, which is off by default: no GPU has run these kernels yet",
            "set DOVETAIL_GPU_KERNELS=1, and compare with benchmarks/gpu.py",
        )
    found = platform.driver()
    return Gpu(device, platform, found, found.target(device.index or 0))
