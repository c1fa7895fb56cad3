"""GPU kernels on a machine with an NVIDIA GPU: right first, then as fast as what, in one script.

Run: `python benchmarks/gpu.py [--json FILE]`, with Dovetail and a PyTorch for CUDA; no network is
needed, ten minutes suffice. It first compares calls, gradients and optimizers with the CPU's, on
another stream, in a captured graph and in backward's thread; 1 where one is wrong. Then it times,
by CUDA's events, a copy and each row of the table beside PyTorch's own functions, eager and
compiled. Last it runs gpu_jax.py, the same for JAX. `--rehearse` runs all of it on the CPU with
small arrays, without a word on speed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gpu_loops import loops

import dovetail as dt

torch: Any
ROUNDS, WARM = 20, 3
SMALL = 96  # columns of a rehearsal
# What is compared: rows of lanes of a warp, of a block, and of a cluster of blocks.
COMPARED = (SMALL, 20_000, 120_000)


@dataclass(frozen=True)
class Row:
    """What is timed beside the same in a framework's functions, and the shapes of its arrays."""

    name: str
    ours: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    target: str  # the time to reach
    backward: bool = False
    classes: bool = False  # whether labels of the last axis come behind
    passes: int = 2  # times that the bytes of the first array are moved, at least


@dt.op
def swiglu(x: Any, y: Any) -> Any:
    return x * dt.sigmoid(x) * y


@dt.op
def softmax(x: Any) -> Any:
    return dt.softmax(x, axis=-1)


@dt.op
def rms_norm(x: Any, scale: Any) -> Any:
    return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-6) * scale


@dt.op
def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    variance = dt.mean(centred * centred, axis=-1, keepdims=True)
    return centred * dt.rsqrt(variance + 1e-5) * scale + bias


def entropy(logits: Any, labels: Any) -> Any:
    return dt.sparse_categorical_cross_entropy(logits, labels)


def rows(columns: int | None = None) -> list[Row]:
    """The table of the targets, or small arrays with so many columns."""

    def sized(count: int, own: int) -> tuple[int, int]:
        return (4, columns) if columns else (count, own)

    wide, tall = sized(8192, 32_768), sized(32_768, 4096)
    long, vocabulary = sized(8192, 131_072), sized(8192, 128_256)
    row = tall[1:]
    return [
        Row("SwiGLU", swiglu, (wide, wide), "0.38 ms", passes=3),
        Row("RMSNorm", rms_norm, (tall, row), "0.13 ms"),
        Row("LayerNorm", layer_norm, (tall, row, row), "0.13 ms"),
        Row("RMSNorm, backward", rms_norm, (tall, row), "0.22 ms", True, passes=3),
        Row("LayerNorm, backward", layer_norm, (tall, row, row), "0.22 ms", True, passes=3),
        Row("softmax", softmax, (long,), "1.05 ms"),
        Row("cross-entropy with gradient", entropy, (vocabulary,), "1.55 ms", True, True),
    ]


def compared() -> list[tuple[Row, int]]:
    """The rows that are compared with the CPU's values, with their columns."""
    return [(row, columns) for columns in COMPARED for row in rows(columns)]


def torch_functions() -> dict[Callable[..., Any], Callable[..., Any]]:
    """For each function of the table that of PyTorch."""
    from torch.nn import functional as F  # noqa: PLC0415

    return {
        swiglu: lambda x, y: F.silu(x) * y,
        rms_norm: lambda x, scale: F.rms_norm(x, scale.shape, scale, 1e-6),
        layer_norm: lambda x, scale, bias: F.layer_norm(x, scale.shape, scale, bias, 1e-5),
        softmax: lambda x: F.softmax(x, -1),
        entropy: F.cross_entropy,
    }


class Chosen(logging.Handler):
    """What Dovetail says of who computes an operator."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.kernels, self.others = 0, list[str]()
        logger = logging.getLogger("dovetail.gpu")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if "kernels of Dovetail" in text:
            self.kernels += 1
        else:
            self.others.append(text)


class Device:
    """The device, and how time is measured on it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_gpu = name == "cuda"

    def tensors(self, row: Row, dtype: Any) -> list[Any]:
        torch.manual_seed(0)
        made = [torch.randn(shape, dtype=dtype, device=self.name) for shape in row.shapes]
        if row.classes:
            shape = row.shapes[0][:1]
            made.append(torch.randint(row.shapes[0][-1], shape, device=self.name))
        return made

    def wait(self) -> None:
        if self.is_gpu:
            torch.cuda.synchronize()

    def milliseconds(self, call: Callable[[], Any]) -> float:
        """The least time of a call on the device, over some rounds."""
        for _ in range(WARM):
            call()
        self.wait()
        found: list[float] = []
        for _ in range(ROUNDS):
            if self.is_gpu:
                first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                first.record()
                call()
                last.record()
                last.synchronize()
                found.append(first.elapsed_time(last))
            else:
                start = time.perf_counter()
                call()
                found.append(1e3 * (time.perf_counter() - start))
        return min(found)

    def microseconds_of_python(self, call: Callable[[], Any]) -> float:
        """From Python to the launch: many calls, without waiting for the device."""
        for _ in range(100):
            call()
        self.wait()
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(200):
                call()
            best = min(best, (time.perf_counter() - start) / 200)
            self.wait()
        return 1e6 * best


def step(function: Callable[..., Any], tensors: Sequence[Any], backward: bool) -> Callable[[], Any]:
    """A call, or its backward alone."""
    if not backward:
        return lambda: function(*tensors)
    leaves = [each.detach().requires_grad_(each.is_floating_point()) for each in tensors]
    moving = [each for each in leaves if each.requires_grad]
    if leaves[-1].is_floating_point():
        value = function(*leaves)
        seed = torch.ones_like(value)
        return lambda: torch.autograd.grad(value, moving, seed, retain_graph=True)
    return lambda: torch.autograd.grad(function(*leaves), moving)  # a loss with its gradient


# What is right.


def checks(device: Device) -> list[str]:
    """What differs from the CPU: calls, gradients, streams, graphs, threads, optimizers."""
    wrong: list[str] = []

    def compare(name: str, found: Any, expected: Any, tolerance: float, least: float = 1.0) -> None:
        for one, other in zip(found, expected, strict=True):
            size = max(least, float(other.abs().max())) if other.numel() else least
            if not torch.allclose(one.cpu(), other, rtol=tolerance, atol=tolerance * size):
                wrong.append(f"{name} is wrong by {(one.cpu() - other).abs().max():.1e}")

    theirs = torch_functions()
    types = (torch.float32, 1e-5), (torch.bfloat16, 3e-2)
    for row, columns in compared():
        for dtype, tolerance in types:
            values = device.tensors(row, dtype)
            here = [each.cpu() for each in values]
            label = f"{row.name} of {columns} columns in {dtype}"
            made, least = [row.ours(*values)], 1e-6
            compare(label, made, [row.ours(*here)], tolerance, least)
            own = theirs[row.ours](*values).cpu()
            compare(f"{label}, beside PyTorch", made, [own], 4 * tolerance, least)
            grads = [step(row.ours, each, True)() for each in (values, here)]
            compare(f"{label}, gradients", *grads, 4 * tolerance)
    for loop in loops(small=True):
        torch.manual_seed(0)
        here = loop.arrays(torch, "cpu")
        values = [each.to(device.name) for each in here]
        compare(loop.name, [loop.ours(*values)], [loop.ours(*here)], 1e-4)
        if loop.backward:
            grads = [step(loop.ours, each, True)() for each in (values, here)]
            compare(f"{loop.name}, gradients", *grads, 1e-4)
    for name in ("mish", "gelu", "softplus", "erf", "lgamma", "tanh", "exp", "logsumexp"):
        x = torch.linspace(-8.0, 8.0, 4099).reshape(1, -1)
        function = getattr(dt, name)
        compare(name, [function(x.to(device.name))], [function(x)], 2e-6)
    if device.is_gpu:
        _check_streams(compare)
    for settings in ({}, {"clip_norm": 0.5}):
        compare(f"AdamW {settings}", _trained(device.name, settings), _trained("cpu", settings),
                1e-5)  # fmt: skip
    return wrong


def _trained(device: str, settings: dict[str, Any]) -> list[Any]:
    generator = torch.Generator().manual_seed(1)
    shapes = [(300, 20), (7,), (), (5000,)]
    params = [torch.nn.Parameter(torch.randn(s, generator=generator).to(device)) for s in shapes]
    optimizer = dt.AdamW.torch(params, lr=0.01, **settings)
    for _ in range(4):
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator).to(device)
        optimizer.step()
    return [param.detach().cpu() for param in params]


def _check_streams(compare: Callable[..., None]) -> None:
    x = torch.randn(512, 1024, device="cuda")
    want = softmax(x.cpu())
    other = torch.cuda.Stream()
    other.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(other):
        found = softmax(x)
    torch.cuda.current_stream().wait_stream(other)
    compare("another stream", [found], [want], 1e-5)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = softmax(x)
    x.copy_(torch.randn_like(x))
    graph.replay()
    compare("a captured graph", [captured], [softmax(x.cpu())], 1e-5)
    param = torch.nn.Parameter(torch.ones(1000, device="cuda"))
    optimizer = dt.AdamW.torch([param], lr=0.1)
    param.grad = torch.ones_like(param)
    optimizer.step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        optimizer.step()
    graph.replay()
    graph.replay()
    same = torch.nn.Parameter(torch.ones(1000))
    again = dt.AdamW.torch([same], lr=0.1)
    same.grad = torch.ones_like(same)
    for _ in range(3):
        again.step()
    compare("a captured step", [param.detach()], [same.detach()], 1e-5)


# What is fast.


def timings(device: Device, rehearse: bool) -> list[dict[str, Any]]:
    """A line for each row of the table."""
    found: list[dict[str, Any]] = []
    dtype, functions = torch.bfloat16, torch_functions()
    for row in rows(SMALL if rehearse else None):
        values = device.tensors(row, dtype)
        theirs = functions[row.ours]
        columns = {"Dovetail": row.ours, "eager": theirs}
        if not rehearse:
            compiled: Any = torch.compile(theirs, mode="max-autotune-no-cudagraphs")
            columns["compiled"] = compiled
        line: dict[str, Any] = {"name": row.name, "target": row.target}
        for name, function in columns.items():
            line[name] = device.milliseconds(step(function, values, row.backward))
        nbytes = row.passes * values[0].numel() * values[0].element_size()
        line["TB/s"] = nbytes / line["Dovetail"] / 1e9
        found.append(line)
        del values
        if device.is_gpu:
            torch.cuda.empty_cache()
    for loop in loops(small=rehearse):
        values = loop.arrays(torch, device.name)
        line = {"name": loop.name, "target": "none"}
        for name, function in {"Dovetail": loop.ours, "eager": loop.theirs}.items():
            if function is not None:
                line[name] = device.milliseconds(step(function, values, loop.backward))
        found.append(line)
    found.append(_optimizer(device, 1000 if rehearse else 1_000_000_000))
    small = torch.randn(64, 64, device=device.name)
    leaf = small.clone().requires_grad_()
    calls = ("a call from Python", "5 us", small), ("with autograd", "10 us", leaf)
    for name, target, x in calls:
        us = device.microseconds_of_python(lambda x=x: dt.mish(x))
        eager = device.microseconds_of_python(lambda x=x: torch.nn.functional.mish(x))
        found.append({"name": name, "target": target, "Dovetail": us / 1e3, "eager": eager / 1e3})
    return found


def _optimizer(device: Device, elements: int) -> dict[str, Any]:
    line: dict[str, Any] = {"name": f"AdamW, {elements:.0e} float32", "target": "6.8 ms"}
    for name in ("Dovetail", "eager"):
        param = torch.nn.Parameter(torch.ones(elements, device=device.name))
        param.grad = torch.ones_like(param)
        own = dt.AdamW.torch([param]) if name == "Dovetail" else torch.optim.AdamW(
            [param], fused=True
        )  # fmt: skip
        line[name] = device.milliseconds(own.step)
        del param, own
    line["TB/s"] = 28 * elements / line["Dovetail"] / 1e9
    return line


def copied(device: Device, nbytes: int) -> float:
    """TB/s of a copy, read and written."""
    source = torch.ones(nbytes // 4, device=device.name)
    target = torch.empty_like(source)
    return 2 * nbytes / device.milliseconds(lambda: target.copy_(source)) / 1e9


def main() -> int:
    """Print what is wrong, then the table; 1 where something is wrong or there is no GPU."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", help="a file for the results")
    parser.add_argument("--rehearse", action="store_true", help="small, on the CPU; no speed")
    options = parser.parse_args()
    global torch
    try:
        import torch  # noqa: PLC0415
    except ImportError:
        print("PyTorch is not installed: pip install torch, for CUDA")
        return 1
    if not torch.cuda.is_available() and not options.rehearse:
        print(
            f"No GPU is here: PyTorch {torch.__version__} sees no CUDA device, so nothing was run "
            "or measured.\nRun this on a machine with an NVIDIA GPU, a driver and a PyTorch for "
            "CUDA; --rehearse runs it on the CPU, without speed."
        )
        return 1
    device = Device("cpu" if options.rehearse else "cuda")
    facts = {"torch": torch.__version__, "dovetail": dt.__version__, "numpy": np.__version__}
    if device.is_gpu:
        from dovetail.hosts.torch.gpu_devices import gpu_of  # noqa: PLC0415

        gpu = gpu_of(torch.device("cuda", 0))
        facts |= {"device": torch.cuda.get_device_name(0), "driver": str(gpu.driver.version),
                  "target": gpu.target.name}  # fmt: skip
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    chosen = Chosen()
    wrong = checks(device)
    if device.is_gpu and (chosen.others or not chosen.kernels):
        wrong += chosen.others or ["no kernel of Dovetail was launched"]
    for each in wrong:
        print(f"WRONG: {each}")
    print(f"{len(wrong)} comparisons with the CPU are wrong")
    table = timings(device, options.rehearse)
    facts["copy TB/s"] = f"{copied(device, 1 << (12 if options.rehearse else 30)):.2f}"
    if options.rehearse:
        print("A rehearsal on the CPU: its times mean nothing.")
    print(f"a copy: {facts['copy TB/s']} TB/s")
    for line in table:
        cells = [f"{name} {value:.3f}" for name, value in line.items() if isinstance(value, float)]
        print(f"{line['name']:<32} {', '.join(cells)} (target {line['target']}; ms)")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"facts": facts, "wrong": wrong, "rows": table}, file, indent=1)
    if device.is_gpu:
        torch.cuda.empty_cache()
    return 1 if wrong or not in_jax(options) else 0


def in_jax(options: argparse.Namespace) -> bool:
    """Run gpu_jax.py in a process of its own; False where it finds something wrong."""
    command = [sys.executable, str(Path(__file__).with_name("gpu_jax.py"))]
    command += ["--rehearse"] if options.rehearse else []
    command += ["--json", f"{options.json}.jax.json"] if options.json else []
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    return subprocess.run(command, env=environment, check=False).returncode in (0, 2)


if __name__ == "__main__":
    os.environ["DOVETAIL_GPU_KERNELS"] = "1"  # read at the first call
    sys.exit(main())
