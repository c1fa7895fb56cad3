"""Training a model further in PyTorch, in two processes: DistributedDataParallel, or FSDP.

    python examples/scale_out/torch_processes.py ddp
    python examples/scale_out/torch_processes.py fsdp

Each process loads the model's file, and takes its half of every batch. On several machines,
`torchrun` starts the processes, and `init_process_group` needs no address.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from start import digits, report, trained
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

import dovetail as dt

PROCESSES = 2


def train(module: Any, rank: int, processes: int, steps: int) -> None:
    """Steps of AdamW on this process' share of each batch."""
    images, labels, _, _ = digits(steps)
    loss = dt.sparse_categorical_cross_entropy.torch()
    optimizer = dt.AdamW.torch(module.parameters(), lr=1e-3)
    share = images.shape[1] // processes
    rows = slice(rank * share, (rank + 1) * share)
    module.train()
    for x, y in zip(torch.from_numpy(images), torch.from_numpy(labels).long(), strict=True):
        optimizer.zero_grad()
        loss(module(x[rows]), y[rows]).backward()
        optimizer.step()
    module.eval()


def whole(tensor: Any) -> Any:
    """A tensor that may be spread over the processes."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def process(rank: int, kind: str, folder: Path, steps: int) -> None:
    """One of the processes."""
    torch.set_num_threads(1)
    meeting = f"file://{folder / 'meeting'}"
    dist.init_process_group("gloo", meeting, rank=rank, world_size=PROCESSES)
    try:
        module = dt.load(folder / "model.dovetail").to("torch")
        if kind == "fsdp":  # each process keeps half of every parameter and optimizer state
            fully_shard(module, mesh=dist.init_device_mesh("cpu", (PROCESSES,)))
            train(module, rank, PROCESSES, steps)
        else:
            train(DistributedDataParallel(module), rank, PROCESSES, steps)
        state = {name: whole(value).detach() for name, value in module.state_dict().items()}
        if rank == 0:
            torch.save(state, folder / "state.pt")
        dist.barrier()
    finally:
        dist.destroy_process_group()


def main(kind: str, steps: int) -> None:
    """Train alone and together; the results agree."""
    model = trained()
    _, _, held_out, labels = digits(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model.save(folder / "model.dovetail")
        torch.multiprocessing.spawn(process, (kind, folder, steps), PROCESSES)
        module, alone = model.to("torch"), model.to("torch")
        module.load_state_dict(torch.load(folder / "state.pt"))
    train(alone, 0, 1, steps)
    with torch.no_grad():
        after, expected = (each(torch.from_numpy(held_out)).numpy() for each in (module, alone))
    report(model.predict(held_out), after, expected, labels)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60)
