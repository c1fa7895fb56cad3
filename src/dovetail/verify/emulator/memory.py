"""The memory of the emulated device: arrays at addresses far apart, and a block's shared memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.graph.node import Array

FIRST = 0x7F00_0000_0000
APART = 1 << 40
POISON = 0xFF  # NaN in every floating type


class DeviceError(AssertionError):
    """What a GPU would call an illegal address, a misaligned one, or would hang on."""


class Memory:
    """Arrays in global memory. No two are near each other, so that no offset leads into another."""

    def __init__(self) -> None:
        self.regions: list[Array] = []
        self.read_bytes = self.written_bytes = 0
        self.accesses: dict[int, int] = {}  # by the bytes of one access of a lane

    def place(self, array: Array, misaligned: int = 0) -> int:
        """The address of an array of bytes; `misaligned`: so many bytes beyond an aligned one."""
        assert array.dtype == np.uint8
        self.regions.append(np.concatenate([np.zeros(misaligned, np.uint8), array])
                            if misaligned else array)  # fmt: skip
        return FIRST + APART * (len(self.regions) - 1) + misaligned

    def bytes_at(self, address: int, nbytes: int) -> Array:
        """The bytes at an address."""
        region, offset = divmod(address - FIRST, APART)
        return self.regions[region][offset : offset + nbytes]

    def array_at(
        self, address: int, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> Array:
        """An array of device memory as one of NumPy."""
        number, offset = divmod(address - FIRST, APART)
        region = self.regions[number]
        if not region.size or 0 in shape:
            return np.empty(shape, dtype)
        return np.ndarray(shape, dtype, region.data, offset, strides)

    def _parts(self, addresses: Array, size: int) -> Any:
        numbers = (addresses - np.uint64(FIRST)) // np.uint64(APART)
        for number in np.unique(numbers):
            if number >= len(self.regions):
                raise DeviceError(f"illegal address {int(addresses[numbers == number][0]):#x}")
            lanes = np.flatnonzero(numbers == number)
            offsets = addresses[lanes] - np.uint64(FIRST + APART * int(number))
            region = self.regions[int(number)]
            beyond = offsets + np.uint64(size) > region.size
            if beyond.any():
                raise DeviceError(
                    f"an access of {size} bytes at {int(offsets[beyond][0])} of an array "
                    f"of {region.size} bytes"
                )
            yield region, lanes, offsets.astype(np.int64)

    def _check(self, addresses: Array, whole: int) -> None:
        if (addresses % np.uint64(whole)).any():
            raise DeviceError(f"a misaligned access of {whole} bytes")
        self.accesses[whole] = self.accesses.get(whole, 0) + addresses.size

    def load(self, addresses: Array, size: int, count: int) -> list[Array]:
        """`count` adjacent words of `size` bytes at each address, as unsigned integers."""
        self._check(addresses, size * count)
        self.read_bytes += addresses.size * size * count
        kind = f"u{size}"
        found = [np.empty(addresses.size, kind) for _ in range(count)]
        for region, lanes, offsets in self._parts(addresses, size * count):
            index = offsets[:, None] + np.arange(size * count)
            values = region[index].view(kind)
            for number in range(count):
                found[number][lanes] = values[:, number]
        return found

    def store(self, addresses: Array, values: list[Array]) -> None:
        """Adjacent words at each address."""
        size, count = values[0].dtype.itemsize, len(values)
        self._check(addresses, size * count)
        self.written_bytes += addresses.size * size * count
        for region, lanes, offsets in self._parts(addresses, size * count):
            whole = np.stack([each[lanes] for each in values], axis=1)
            data = np.ascontiguousarray(whole).view(np.uint8).reshape(len(lanes), size * count)
            region[offsets[:, None] + np.arange(size * count)] = data


class SharedMemory:
    """The shared memory of several blocks, each its own. It starts as poison."""

    def __init__(self, blocks: int, nbytes: int) -> None:
        self.bytes = np.full((blocks, max(1, nbytes)), POISON, np.uint8)
        self.nbytes = nbytes

    def _index(self, blocks: Array, addresses: Array, whole: int) -> tuple[Array, Array]:
        if (addresses % np.uint64(whole)).any():
            raise DeviceError(f"a misaligned access of {whole} bytes in shared memory")
        if (addresses + np.uint64(whole) > self.nbytes).any():
            raise DeviceError(f"an access beyond {self.nbytes} bytes of shared memory")
        return blocks[:, None], addresses.astype(np.int64)[:, None] + np.arange(whole)

    def load(self, blocks: Array, addresses: Array, size: int, count: int) -> list[Array]:
        """Adjacent words at each address."""
        index = self._index(blocks, addresses, size * count)
        values = np.ascontiguousarray(self.bytes[index]).view(f"u{size}")
        return [values[:, number].copy() for number in range(count)]

    def store(self, blocks: Array, addresses: Array, values: list[Array]) -> None:
        """Adjacent words at each address."""
        size, count = values[0].dtype.itemsize, len(values)
        index = self._index(blocks, addresses, size * count)
        data = np.ascontiguousarray(np.stack(values, axis=1)).view(np.uint8)
        self.bytes[index] = data.reshape(len(addresses), size * count)
