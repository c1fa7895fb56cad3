"""Devices without kernels of ours: PyTorch's functions take their place.

The CPU build of PyTorch has tensors without values for every device: fake ones for the forward pass
(autograd over them would end the process there, whatever the operator), `meta` for both. Values are
compared on a second device (second_device.py), which a process of its own has; there kernels of
ours are launched, too, by a stand-in for the driver.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.utils import backend_registration  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.torch import device_kernels, gpu_devices, inductor  # noqa: E402
from dovetail.hosts.torch.own_functions import TABLE_OF_USERS  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.hosts.tables import check_example  # noqa: E402
from tests.hosts.torch.pairs import PAIRS, assert_same, leaves, mish, normalised  # noqa: E402
from tests.transform.primitive_examples import EXAMPLES, Example  # noqa: E402

HERE = Path(__file__).parent
CHECKS = ("check_devices.py", "check_launches.py", "check_group_launches.py")
# While kernels for GPUs are switched off, a program pays for nothing of them.
RUN_CHECKS = """
import sys
import pytest
import torch
import dovetail as dt
from dovetail.hosts.torch import gpu_devices
from dovetail.options import override
from tests.hosts.torch import second_device

name = second_device.install()
gpu_devices.PLATFORMS[name] = gpu_devices.PLATFORMS["cuda"]
with override(gpu_kernels=False):
    for device in ("cpu", name):
        param = torch.nn.Parameter(torch.ones(3, device=device))
        dt.mish(param.detach())
        param.grad = torch.ones_like(param)
        dt.AdamW.torch([param]).step()
del gpu_devices.PLATFORMS[name]
loaded = {each for each in sys.modules if each.startswith("dovetail.compile.gpu.")}
assert loaded == {"dovetail.compile.gpu.bounds"}, loaded
sys.exit(pytest.main(sys.argv[1:]))
"""
DEVICES = ("cuda", "mps", "xpu")


@pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this PyTorch has no devices made in Python",
)
def test_on_a_second_device() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN_CHECKS, "-q", "-p", "no:cacheprovider",
         *(str(HERE / each) for each in CHECKS)],
        capture_output=True, text=True, timeout=400, cwd=HERE.parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
             "DOVETAIL_GPU_KERNELS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert int(done.stdout.rpartition(" passed")[0].split()[-1]) > 100


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("device", DEVICES)
def test_fake_tensors_of_any_device(device: str, name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments(torch.float32)
    with FakeTensorMode():
        fakes = [torch.empty(a.shape, dtype=a.dtype, device=device) for a in args]
        got = leaves(pair.ours(*fakes))
    want = leaves(pair.ours(*args))
    assert all(each.device.type == device for each in got)
    assert [(g.shape, g.dtype, g.stride()) for g in got] == [
        (w.shape, w.dtype, w.stride()) for w in want
    ]


@pytest.mark.parametrize("make", [
    lambda device: dt.Sequential(dt.Dense(4, "gelu"), dt.BatchNorm(), dt.Dropout(0.5)).torch,
    lambda device: dt.Dense.torch(2, features=3, device=device),
])  # fmt: skip
def test_a_module_on_meta_forward_and_backward(make: Any) -> None:
    module = make("meta")
    if next(module.parameters(), None) is None or not next(module.parameters()).is_meta:
        module(torch.ones(5, 3))
        module = module.to("meta")
    x = torch.ones(5, 3, device="meta", requires_grad=True)
    module(x).sum().backward()
    assert x.grad.is_meta and all(each.grad.is_meta for each in module.parameters())
    assert all(each.is_meta for each in module.buffers())


@pytest.mark.skipif(torch.version.cuda is not None, reason="a build for CUDA")
@pytest.mark.parametrize(
    ("device", "reason"), [("cuda", "not built for CUDA"), ("mps", "devices of type 'mps'")]
)
def test_why_there_are_no_kernels(device: str, reason: str) -> None:
    with override(gpu_kernels=True), pytest.raises(errors.UnsupportedError, match=reason):
        gpu_devices.gpu_of(torch.device(device, 0))


def test_kernels_are_off_by_default() -> None:
    with pytest.raises(errors.UnsupportedError, match="DOVETAIL_GPU_KERNELS=1"):
        gpu_devices.gpu_of(torch.device("cuda", 0))


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_the_benchmark_says_where_no_gpu_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    assert runpy.run_path(str(HERE.parents[2] / "benchmarks" / "gpu.py"))["main"]() == 1
    assert "No GPU is here" in capsys.readouterr().out


# The table, evaluated on the CPU as it is on a device.


def _run(graph: Any, values: list[Any]) -> list[Any]:
    from dovetail.hosts.torch.dtypes import from_numpy, to_numpy  # noqa: PLC0415
    from dovetail.operations.composite import prepared  # noqa: PLC0415
    from dovetail.operations.straight_line import straight_line  # noqa: PLC0415

    table = device_kernels.table_of(torch.device("cpu"))
    function = straight_line(prepared(graph, table), table, broadcasts=True)
    return [to_numpy(each) for each in function(*map(from_numpy, values))]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_each_primitive_is_right(example: Example) -> None:
    check_example(example, _run, 1e-11)


def test_the_table_differs_from_that_of_users_where_digits_are_lost() -> None:
    x = torch.tensor([-5.0, -8.0, -12.0])
    table = device_kernels.table_of(torch.device("cpu"))
    found = table.rules["ndtr"](None, x)
    want = torch.tensor([2.866515719e-07, 6.220960574e-16, 1.776482112e-33])  # by mpmath
    torch.testing.assert_close(found, want, rtol=3e-7, atol=0.0)
    assert not torch.allclose(TABLE_OF_USERS.rules["ndtr"](None, x), want, rtol=1e-2, atol=0.0)


# torch.compile.


def _seen(function: Any, *args: Any) -> tuple[set[str], list[Any]]:
    """The operators that Inductor sees, forward and backward, and the gradients."""
    import torch._inductor.lowering  # noqa: PLC0415 - whose import Dovetail waits for
    from functorch.compile import make_boxed_func  # noqa: PLC0415
    from torch._dynamo.backends.common import aot_autograd  # noqa: PLC0415
    from torch._inductor.decomposition import select_decomp_table  # noqa: PLC0415

    names: set[str] = set()

    def run(graph: Any, inputs: Any) -> Any:
        names.update(str(n.target) for n in graph.graph.nodes if n.op == "call_function")
        return make_boxed_func(graph)

    torch.compiler.reset()
    backend = aot_autograd(fw_compiler=run, decompositions=select_decomp_table())
    compiled = torch.compile(function, backend=backend, fullgraph=True)
    return names, list(torch.autograd.grad(compiled(*args), args))


def test_inductor_fuses_what_has_no_kernel_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def function(x: Any, scale: Any) -> Any:
        return mish(normalised(x, scale)).square().sum()

    x = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    scale = torch.randn(5, dtype=torch.float64, requires_grad=True)
    want = torch.autograd.grad(function(x, scale), (x, scale))
    names, got = _seen(function, x, scale)
    assert any("dovetail" in name for name in names)
    assert_same(got, want)
    monkeypatch.setattr(inductor, "KERNELS", frozenset())  # as on another device
    names, got = _seen(function, x, scale)
    assert names and not any("dovetail" in name for name in names)
    assert_same(got, want)
    late = dt.activation(lambda x: x * dt.sigmoid(x * 1.25))  # after Inductor was imported
    names, _ = _seen(lambda x: late(x).sum(), x)
    assert names and not any("dovetail" in name for name in names)
