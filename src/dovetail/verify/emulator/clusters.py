"""Blocks of a cluster: they read the shared memory of each other, between barriers of the cluster.

All blocks run together, so a value may be there although nothing made sure of it. Therefore time
is counted in the barriers of the cluster that a block has passed, and it is known of each byte when
it was written, and when another block last read it. A barrier must lie between these.
"""

from __future__ import annotations

import numpy as np

from dovetail.graph.node import Array
from dovetail.verify.emulator.memory import DeviceError, SharedMemory

# Generic addresses: of the own block's shared memory, and of that of a block by its rank.
OWN, OTHERS, APART = 1 << 60, 1 << 61, 1 << 32
NEVER = -1


class ClusterMemory(SharedMemory):
    """The shared memory of blocks, so many of which follow each other in a cluster."""

    def __init__(self, blocks: int, nbytes: int, cluster: int) -> None:
        super().__init__(blocks, nbytes)
        self.cluster = cluster
        self.passed = np.zeros(blocks, np.int32)  # barriers of the cluster
        self.left = np.zeros(blocks, bool)
        self.used = np.full(blocks, NEVER, np.int32)  # when another block last read it
        self.written = self.read = np.empty((0, 0), np.int32)
        if cluster > 1:
            self.written, self.read = (np.full(self.bytes.shape, NEVER, np.int32) for _ in "wr")

    def store(self, blocks: Array, addresses: Array, values: list[Array]) -> None:
        super().store(blocks, addresses, values)
        if self.cluster == 1 or not addresses.size:
            return
        index = self._index(blocks, addresses, values[0].dtype.itemsize * len(values))
        now = self.passed[blocks][:, None]
        if np.any(self.read[index] >= now):
            raise DeviceError(
                "a store to shared memory that another block of the cluster may still read:"
                " there is no barrier of the cluster between"
            )
        self.written[index] = now

    # Generic addresses.

    def of_block(self, addresses: Array, ranks: Array) -> Array:
        """What `mapa` gives: the address of the same place in the block of a rank."""
        if np.any((addresses < np.uint64(OWN)) | (addresses >= np.uint64(OWN + self.nbytes))):
            raise DeviceError("mapa of an address outside of shared memory")
        if np.any(ranks >= self.cluster):
            raise DeviceError(f"block {int(ranks.max())} of a cluster of {self.cluster}")
        places = addresses - np.uint64(OWN)
        return np.uint64(OTHERS) + ranks.astype(np.uint64) * np.uint64(APART) + places

    def is_shared(self, addresses: Array) -> Array:
        """Whether generic addresses are in shared memory."""
        return addresses >= np.uint64(OWN)

    def load_generic(self, blocks: Array, addresses: Array, size: int, count: int) -> list[Array]:
        """Adjacent words at each generic address in shared memory."""
        others = addresses >= np.uint64(OTHERS)
        places = np.where(others, (addresses - np.uint64(OTHERS)) % np.uint64(APART),
                          addresses - np.uint64(OWN))  # fmt: skip
        ranks = np.where(others, (addresses - np.uint64(OTHERS)) // np.uint64(APART), 0)
        first = blocks // self.cluster * self.cluster
        sources = np.where(others, first + ranks.astype(np.int64), blocks)
        values = self.load(sources, places, size, count)
        if others.any():
            self._check(blocks[others], sources[others], places[others], size * count)
        return values

    def _check(self, blocks: Array, sources: Array, places: Array, nbytes: int) -> None:
        """Refuse to read of other blocks what nothing has made sure of."""
        index, now = self._index(sources, places, nbytes), self.passed[blocks]
        written = self.written[index]
        if np.any(written == NEVER):
            raise DeviceError("a read of another block's shared memory where nothing was written")
        if np.any(written >= now[:, None]):
            raise DeviceError(
                "a read of another block's shared memory, without a barrier of the cluster since"
                " it was written"
            )
        if self.left[sources].any():
            raise DeviceError("a read of the shared memory of a block that has left")
        np.maximum.at(self.read, index, now[:, None])
        np.maximum.at(self.used, sources, now)

    # Barriers.

    def pass_barrier(self, blocks: Array) -> None:
        """These blocks (a mask) go on behind a barrier of their cluster."""
        self.passed += blocks

    def leave(self, blocks: Array) -> None:
        """These blocks (a mask) have left."""
        if np.any(blocks & (self.used >= self.passed)):
            raise DeviceError(
                "a block that leaves while another one may read its shared memory: there is no"
                " barrier of the cluster between"
            )
        self.left = blocks
