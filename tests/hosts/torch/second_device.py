"""A second device for tests: real tensors of PyTorch on a device that is not the CPU, `other`.

PyTorch's CPU build has values on one device. This makes another one of its spare key PrivateUse1:
its tensors have storage, strides and autograd as those of a GPU have, and a fallback in Python runs
each of PyTorch's functions on the CPU, over the same memory. As on a GPU, tensors of two devices
are refused, unless those on the CPU are numbers of shape ().
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.utils.backend_registration as backends
from torch.utils._pytree import tree_flatten, tree_unflatten

NAME = "other"
Tensor = torch.Tensor

_aoti: Any = torch._C._aoti
_compiler: Any = torch._C
_library = ctypes.CDLL(str(next((Path(torch.__file__).parent / "lib").glob("*torch_cpu*"))))
_python: Any = ctypes.pythonapi
_python.PyCapsule_New.restype = ctypes.py_object
_python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_python.PyCapsule_GetPointer.restype = ctypes.c_void_p
_python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_CPU, _OTHER = 1, 12  # DLPack's numbers of the CPU and of an extension's device


def _words(values: Iterable[int]) -> Any:
    given = tuple(values)
    return (ctypes.c_int64 * max(len(given), 1))(*given)


def _tensor(handle: ctypes.c_void_p) -> Tensor:
    return _aoti.alloc_tensor_by_stealing_from_void_ptr(
        _python.PyCapsule_New(handle.value, None, None)
    )


def _over(tensor: Tensor, kind: int, index: int = 0) -> Tensor:
    """A tensor on another device, over the same memory, which it keeps alive."""
    capsule = _compiler._to_dlpack(tensor)
    managed = _python.PyCapsule_GetPointer(capsule, b"dltensor")
    ctypes.c_int32.from_address(managed + 8).value = kind  # behind the address of the memory
    ctypes.c_int32.from_address(managed + 12).value = index
    return _compiler._from_dlpack(capsule)


def _view(base: Tensor, like: Tensor, data: int) -> Tensor:
    """A tensor over memory in the storage of another one on this device."""
    offset = (data - base.untyped_storage().data_ptr()) // like.dtype.itemsize
    return _reinterpreted(base, like.size(), like.stride(), offset)


def _reinterpreted(
    base: Tensor, sizes: Sequence[int], strides: Sequence[int], offset: int
) -> Tensor:
    handle = ctypes.c_void_p(
        _python.PyCapsule_GetPointer(_aoti.unsafe_alloc_void_ptr_from_tensor(base), None)
    )
    made = ctypes.c_void_p()
    offset -= base.storage_offset()  # what is given is added to it
    failed = _library.aoti_torch__reinterpret_tensor(
        handle, ctypes.c_int64(len(sizes)), _words(sizes), _words(strides),
        ctypes.c_int64(offset), ctypes.byref(made),
    )  # fmt: skip
    assert not failed
    _library.aoti_torch_delete_tensor_object(handle)
    return _tensor(made)


def _on_cpu(tensor: Tensor) -> Tensor:
    """A tensor on the CPU with the memory, and the place in its storage, of one on this device."""
    size = tensor.dtype.itemsize
    if not tensor.storage_offset() and (tensor.untyped_storage().nbytes() == tensor.numel() * size):
        return _over(tensor, _CPU)
    whole = _reinterpreted(tensor, [tensor.untyped_storage().nbytes() // size], [1], 0)
    return _over(whole, _CPU).as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())


def is_there(value: Any) -> bool:
    """Whether a value is a tensor on this device."""
    return isinstance(value, Tensor) and value.device.type == NAME


class _Call:
    """One function of PyTorch's, run on the CPU."""

    def __init__(self) -> None:
        self.given: dict[int, Tensor] = {}  # by the id of what stands for them on the CPU
        self.storages: dict[int, Tensor] = {}
        self.index = 0  # of the device that new tensors are on

    def down(self, value: Any) -> Any:
        if isinstance(value, torch.device):
            if value.type != NAME:
                return value
            self.index = value.index or 0
            return torch.device("cpu")
        if not isinstance(value, Tensor):
            return value
        if not is_there(value):
            if value.dim() or value.device.type != "cpu":
                raise RuntimeError(
                    f"Expected all tensors to be on the same device, but found at least two "
                    f"devices, {NAME}:0 and {value.device}!"
                )
            return value
        made = _on_cpu(value)
        self.index = value.device.index or self.index
        self.given[id(made)] = value
        if value.numel():
            self.storages[value.untyped_storage().data_ptr()] = value
        return made

    def up(self, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) in self.given:
            return self.given[id(value)]
        data = value.data_ptr()
        for start, base in self.storages.items():
            if start <= data < start + base.untyped_storage().nbytes():
                return _view(base, value, data)
        return _over(value, _OTHER, self.index)


# Functions of several devices.


def _copy(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    call = _Call()
    one, two = (call.down(each) if is_there(each) else each for each in (source, target))
    two.copy_(one)
    return target


def _number(tensor: Tensor) -> Any:
    counts["synchronised"] += 1
    return _Call().down(tensor).item()


_SPECIAL: dict[str, Callable[..., Any]] = {
    "aten::_copy_from": _copy, "aten::_local_scalar_dense": _number,
}  # fmt: skip
counts: dict[str, int] = {"ran": 0, "synchronised": 0}  # functions on the device, and waits for it
names: Counter[str] = Counter()  # of those functions


def _convolution_backward(grad: Any, x: Any, weight: Any, *settings: Any) -> Any:
    *rest, mask = settings
    return torch.ops.aten.convolution_backward(grad, x, weight, None, *rest, mask)


# PyTorch's names for convolutions of a device that it does not know.
_CONVOLUTIONS: dict[str, Any] = {
    "convolution_overrideable": torch.ops.aten.convolution,
    "convolution_backward_overrideable": _convolution_backward,
}


def _fallback(function: Any, *args: Any, **kwargs: Any) -> Any:
    name = function.name()
    base = name.partition(".")[0]
    if base in _SPECIAL:
        return _SPECIAL[base](*args, **kwargs)
    if not name.startswith(("aten::", "prims::")):
        raise NotImplementedError(f"{name} has no kernel for {NAME}")
    return _on_the_cpu(function, args, kwargs)


def _on_the_cpu(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    counts["ran"] += 1
    names[str(function)] += 1
    call = _Call()
    leaves, structure = tree_flatten((args, kwargs))
    given, named = tree_unflatten(list(map(call.down, leaves)), structure)
    out = kwargs.get("out")
    if is_there(out) and not out.numel():  # it is made larger, which borrowed memory cannot be
        named["out"] = torch.empty(0, dtype=out.dtype)
        out.data = call.up(function(*given, **named))
        return out
    found, structure = tree_flatten(function(*given, **named))
    return tree_unflatten(list(map(call.up, found)), structure)


@contextlib.contextmanager
def lists_at_once() -> Iterator[None]:
    """Functions of lists (`torch._foreach_*`) run as one, as those of a GPU do."""
    own = torch.library.Library("aten", "IMPL")
    for name in dir(torch.ops.aten):
        if name.startswith("_foreach_"):
            packet = getattr(torch.ops.aten, name)
            for overload in packet.overloads():
                function = getattr(packet, overload)
                own.impl(function._schema.name + ("" if overload == "default" else f".{overload}"),
                         _as_kernel(function), "PrivateUse1")  # fmt: skip
    try:
        yield
    finally:
        own._destroy()


@functools.cache
def install() -> str:
    """Make the device, once in a process. Its name."""
    backends._setup_privateuseone_for_python_backend(NAME)
    everything, own = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    everything.fallback(_fallback, "PrivateUse1")
    for name, function in _CONVOLUTIONS.items():
        own.impl(name, _as_kernel(function), "PrivateUse1")
    _libraries.extend((everything, own))
    return NAME


def _as_kernel(function: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: _on_the_cpu(function, args, kwargs)


_libraries: list[Any] = []  # a registration lasts as long as its object
