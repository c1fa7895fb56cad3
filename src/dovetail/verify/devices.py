"""Hosts whose arrays are on a device, for `dt.check(ext, device=...)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dovetail.errors import CheckError
from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
from dovetail.language.trace import ArraySpec

GPUS = ("cuda", "gpu")  # PyTorch's word and JAX'


class OnDevice(Host):
    """Another host, with the arrays that it makes on a device."""

    def __init__(self, inner: Host, device: str) -> None:
        super().__init__()
        self._inner, self._device = inner, device
        self.name = f"{inner.name} on {device}"  # type: ignore[misc]

    def owns_type(self, kind: type) -> bool:
        return self._inner.owns_type(kind)

    def spec(self, array: Any) -> ArraySpec:
        return self._inner.spec(array)

    def caller(self, extension: Any) -> Caller:
        return self._inner.caller(extension)

    def frameworks(self) -> frozenset[str]:
        return self._inner.frameworks()

    def versions(self) -> dict[str, str]:
        return self._inner.versions()

    def from_numpy(self, array: Any) -> Any:
        with self._inner.on_device(self._device):
            return self._inner.from_numpy(array)

    def to_numpy(self, array: Any) -> Any:
        return self._inner.to_numpy(array)

    def vjp(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        with self._inner.on_device(self._device):
            return self._inner.vjp(extension, args, settings, cotangents)

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        with self._inner.on_device(self._device):
            return self._inner.optimize(optimizer, params, gradients)

    def validators(self) -> Sequence[Validator]:
        found = self._inner.validators()
        return [replace(each, validate=partial(self._validated, each)) for each in found]

    def _validated(self, each: Validator, *args: Any) -> list[str]:
        with self._inner.on_device(self._device):
            return list(each.validate(*args))


def on_device(device: str, hosts: Sequence[Host], named: bool) -> list[Host]:
    """The hosts with their arrays on a device: each, if they were `named`, else the first that can.

    Where none has a GPU, the kernels for one are emulated, and for "sm_90" and the like always.
    Raises where a host that was named has no such device, or none has.
    """
    if device.startswith("sm_"):
        return [_emulated(device)]
    found: list[Host] = []
    seen: list[str] = []
    for host in hosts:
        devices = host.devices()
        seen.append(f"{host.name} has {', '.join(devices) or 'none to choose'}")
        if _is_among(device, devices):
            found.append(OnDevice(host, device))
            if not named:
                break
    if not found and not (named and hosts) and device.partition(":")[0] in GPUS:
        return [_emulated()]
    if not found or (named and len(found) < len(hosts)):
        raise CheckError(
            f"dt.check was given device={device!r}",
            f"a device that is there: {'; '.join(seen) or 'no host with devices is installed'}",
            "name one of these; a GPU needs a build of the framework for it. device='cuda' without "
            "hosts, or device='sm_90', emulates the kernels for one",
        )
    return found


def _emulated(*target: str) -> Host:
    # Imported here because a check on the CPU needs nothing of GPUs.
    from dovetail.verify.emulator.host import EmulatedHost  # noqa: PLC0415

    return EmulatedHost(*target)


def _is_among(device: str, devices: Sequence[str]) -> bool:
    return device in devices or any(each.partition(":")[0] == device for each in devices)
