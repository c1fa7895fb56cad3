"""DTensor: on two processes, and on a mesh of eight of which this process is one."""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.distributed as dist  # noqa: E402

if not dist.is_available():
    pytest.skip("no torch.distributed here", allow_module_level=True)

from torch.testing._internal.distributed.fake_pg import FakeStore  # noqa: E402

from tests.hosts.torch import dtensor_checks as checks  # noqa: E402

PATIENCE = 120.0  # seconds


def _process(rank: int, processes: int, folder: Path) -> None:
    faulthandler.enable()  # a crash says where
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # PyTorch's own, of gloo
    if processes == 1:
        dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=8)
        mesh, wanted = dist.init_device_mesh("cpu", (8,)), checks.EIGHT
    else:
        meeting = f"file://{folder / 'meeting'}"
        dist.init_process_group("gloo", meeting, rank=rank, world_size=processes)
        # Only here: it changes what the samples of the language's tests call.
        pieces: Any = importlib.import_module("tests.hosts.torch.dtensor_pieces")
        mesh = dist.init_device_mesh("cpu", (processes,))
        wanted = {**checks.TWO, "every piece": pieces.check_every_piece}
    found: dict[str, str] = {}
    for name, check in wanted.items():
        try:
            check(mesh)
            found[name] = ""
        except Exception:
            found[name] = traceback.format_exc()
    (folder / f"{rank}.json").write_text(json.dumps(found))
    if processes == 1:
        dist.destroy_process_group()
        return
    _wait_for_all(folder, processes)
    os._exit(0)  # a process that exits while threads of gloo run may crash; that is not asked here


def _wait_for_all(folder: Path, processes: int) -> None:
    """Wait until each process has its answers: none leaves while another still listens."""
    end = time.monotonic() + PATIENCE
    while len(list(folder.glob("*.json"))) < processes and time.monotonic() < end:
        time.sleep(0.01)


def _run(processes: int, folder: Path) -> dict[str, str]:
    torch.multiprocessing.spawn(_process, (processes, folder), nprocs=processes)
    texts = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(processes)]
    return {name: "\n".join(filter(None, (each[name] for each in texts))) for name in texts[0]}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return _run(2, tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return _run(1, tmp_path_factory.mktemp("eight"))


@pytest.mark.parametrize("name", [*checks.TWO, "every piece"])
def test_on_two_processes(name: str, two: dict[str, str]) -> None:
    assert not two[name], two[name]


@pytest.mark.parametrize("name", checks.EIGHT)
def test_on_a_mesh_of_eight(name: str, eight: dict[str, str]) -> None:
    assert not eight[name], eight[name]
