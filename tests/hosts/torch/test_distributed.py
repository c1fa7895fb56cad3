"""Training in two processes gives the weights of training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.distributed as dist  # noqa: E402
from torch.distributed.fsdp import fully_shard  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402

import dovetail as dt  # noqa: E402

STEPS, ROWS = 4, 8
pytestmark = pytest.mark.skipif(not dist.is_available(), reason="no torch.distributed here")


def _model() -> Any:
    model = torch.nn.Sequential(
        dt.Dense.torch(16, "gelu", features=6, seed=1),
        dt.Sequential.torch(dt.Dense(16, "tanh", features=16), dt.RMSNorm(16), seed=2),
        dt.Dense.torch(2, features=16, seed=3),
    )
    return model


def _data() -> tuple[Any, Any]:
    generator = torch.Generator().manual_seed(0)
    shape = (STEPS, 2 * ROWS)
    return (
        torch.randn(*shape, 6, generator=generator),
        torch.randn(*shape, 2, generator=generator),
    )


def _train(model: Any, rank: int, processes: int) -> None:
    """Each process takes its share of every batch; the mean of the gradients is that of all."""
    loss = dt.mean_squared_error.torch()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    share = 2 * ROWS // processes
    for x, y in zip(*_data(), strict=True):
        rows = slice(rank * share, (rank + 1) * share)
        optimizer.zero_grad()
        loss(model(x[rows]), y[rows]).backward()
        optimizer.step()


def _full(tensor: Any) -> Any:
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def _process(rank: int, kind: str, folder: Path) -> None:
    torch.set_num_threads(1)
    meeting = f"file://{folder / 'meeting'}"  # a free port might be taken meanwhile
    dist.init_process_group("gloo", meeting, rank=rank, world_size=2)
    try:
        model = _model()
        if kind == "ddp":
            _train(DistributedDataParallel(model), rank, 2)
        else:
            mesh = dist.init_device_mesh("cpu", (2,))
            for part in model:
                fully_shard(part, mesh=mesh)
            fully_shard(model, mesh=mesh)
            _train(model, rank, 2)
        state = {name: _full(value).detach().clone() for name, value in model.state_dict().items()}
        if rank == 0:
            torch.save(state, folder / "state.pt")
        dist.barrier()  # none leaves while the other still listens
    finally:
        dist.destroy_process_group()


@pytest.mark.parametrize("kind", ["ddp", "fsdp"])
def test_two_processes_train_as_one(kind: str, tmp_path: Path) -> None:
    alone = _model()
    before = {name: value.clone() for name, value in alone.state_dict().items()}
    _train(alone, 0, 1)
    torch.multiprocessing.spawn(_process, (kind, tmp_path), nprocs=2)
    found = torch.load(tmp_path / "state.pt")
    assert {*found} == {*before}
    for name, value in alone.state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-5)
        assert (value - before[name]).abs().max() > 1e-3
