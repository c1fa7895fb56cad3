"""What test_devices.py runs, with eight devices."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

sys.path.insert(0, str(Path(__file__).parents[3]))
import dovetail as dt
from dovetail.hosts.jax import kernel_policy
from dovetail.options import override
from tests.hosts.jax.pairs import PAIRS, focal, mish, normalised, scalar

GATHERS = ("all-gather", "all-to-all", "collective-permute")


def check(got: Any, want: Any) -> None:
    """Equal, but for rounding."""
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


def squares(function: Any) -> Any:
    """A loss that is itself no reason to gather."""
    return lambda *args: jnp.square(function(*args)).sum()


def sharded(mesh: Mesh) -> None:
    """jit over a sharded array: XLA divides the work, and gathers nothing."""
    rng = np.random.default_rng(0)
    rows, whole = PartitionSpec("d"), PartitionSpec()
    x = rng.normal(size=(64, 16)).astype(np.float32)
    scale = rng.normal(size=16).astype(np.float32)
    labels = rng.integers(0, 16, 64)

    def put(array: Any, spec: PartitionSpec) -> Any:
        return jax.device_put(jnp.asarray(array), NamedSharding(mesh, spec))

    rms, theirs = normalised, PAIRS["rows"].theirs
    cases = (
        (mish, PAIRS["activation"].theirs, (put(x, rows),), True),
        (rms, theirs, (put(x, rows), put(scale, whole)), True),
        (jax.grad(squares(mish)), jax.grad(squares(PAIRS["activation"].theirs)),
         (put(x, rows),), True),
        (jax.grad(squares(rms), (0, 1)), jax.grad(squares(theirs), (0, 1)),
         (put(x, rows), put(scale, whole)), False),
        (focal, PAIRS["loss"].theirs, (put(x, rows), put(labels, rows)), False),
        (jax.vmap(mish), PAIRS["activation"].theirs, (put(x, rows),), True),
    )  # fmt: skip
    for ours, reference, args, stays in cases:
        compiled = jax.jit(lambda *given, f=ours: f(*given)).lower(*args).compile()
        text = compiled.as_text()
        assert not any(word in text for word in GATHERS), f"{ours} gathers"
        found = compiled(*args)
        first = jax.tree.leaves(found)[0]
        if stays:
            assert first.sharding.spec[0] == "d", f"{ours}: {first.sharding}"
        check(found, reference(*map(np.asarray, args)))
    eager = mish(put(x, rows))
    assert eager.sharding.spec[0] == "d"
    print("sharded")


def mapped(mesh: Mesh) -> None:
    """shard_map: each device calls the kernel on its part."""
    x = jnp.asarray(np.random.default_rng(1).normal(size=(64, 16)).astype(np.float32))
    scale = jnp.ones(16)
    rows, whole = PartitionSpec("d"), PartitionSpec()

    def part(rows_of: Any, scale: Any) -> Any:
        return normalised(mish(rows_of), scale)

    function = jax.shard_map(part, mesh=mesh, in_specs=(rows, whole), out_specs=rows)
    lowered = jax.jit(function).lower(x, scale)
    assert lowered.as_text().count("@dovetail_") >= 2
    assert not any(word in lowered.compile().as_text() for word in GATHERS)
    want = PAIRS["rows"].theirs(PAIRS["activation"].theirs(x), scale)
    check(jax.jit(function)(x, scale), want)

    def loss(rows_of: Any, scale: Any) -> Any:
        return jax.lax.psum(scalar(part)(rows_of, scale), "d")

    total = jax.shard_map(loss, mesh=mesh, in_specs=(rows, whole), out_specs=whole)
    plain = jax.shard_map(
        lambda r, s: jax.lax.psum(
            scalar(lambda a, b: PAIRS["rows"].theirs(PAIRS["activation"].theirs(a), b))(r, s), "d"
        ),
        mesh=mesh, in_specs=(rows, whole), out_specs=whole,
    )  # fmt: skip
    check(jax.jit(jax.grad(total, (0, 1)))(x, scale), jax.jit(jax.grad(plain, (0, 1)))(x, scale))
    print("shard_map")


def products(mesh: Mesh) -> None:
    """Products and convolutions are XLA's, which divides them between the devices."""
    rng = np.random.default_rng(3)
    rows, whole = (NamedSharding(mesh, spec) for spec in (PartitionSpec("d"), PartitionSpec()))
    dense = dt.op(lambda x, w: dt.tanh(x @ w))
    conv = dt.op(lambda x, k: dt.conv(x, k, padding="same"))

    def xla_conv(x: Any, k: Any) -> Any:
        dimensions = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, k, (1, 1), "SAME", dimension_numbers=dimensions)

    for ours, theirs, shapes in (
        (dense, lambda x, w: jnp.tanh(x @ w), ((64, 32), (32, 16))),
        (conv, xla_conv, ((8, 4, 20, 8), (3, 3, 8, 16))),
    ):
        x, w = (jnp.asarray(rng.normal(size=shape).astype(np.float32)) for shape in shapes)
        placed = jax.device_put(x, rows), jax.device_put(w, whole)
        both = [jax.jit(jax.grad(scalar(each), (0, 1))) for each in (ours, theirs)]
        compiled = [each.lower(*placed).compile() for each in both]
        text, own = (each.as_text() for each in compiled)
        assert "dovetail_" not in text.replace(dense.name, "")
        for word in (*GATHERS, "all-reduce"):
            assert text.count(word) <= own.count(word), f"{ours}: {word}"
        for one, other in zip(compiled[0](*placed), both[1](x, w), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-3)
        part = jax.shard_map(
            ours, mesh=mesh, in_specs=(PartitionSpec("d"), PartitionSpec()),
            out_specs=PartitionSpec("d"),
        )  # fmt: skip
        assert re.search(
            r"stablehlo.(dot_general|convolution)", jax.jit(part).lower(x, w).as_text()
        )
        check(jax.jit(part)(x, w), theirs(x, w))
    print("products")


def parallel() -> None:
    """pmap, with a gradient that is averaged over the devices."""
    x = jnp.asarray(np.random.default_rng(2).normal(size=(8, 32)).astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        check(jax.pmap(mish)(x), PAIRS["activation"].theirs(x))

        def step(part: Any) -> Any:
            return jax.lax.pmean(jax.grad(scalar(mish))(part), "d")

        want = jax.vmap(jax.grad(scalar(PAIRS["activation"].theirs)))(x).mean(0)
        check(jax.pmap(step, axis_name="d")(x)[3], want)
    print("pmap")


def switched_off() -> None:
    """While kernels for GPUs are off, a program for CUDA imports nothing of their code."""
    with override(gpu_kernels=False):
        text = jax.jit(mish).trace(jnp.ones(8)).lower(lowering_platforms=("cuda",)).as_text()
    assert "@dovetail" not in text
    loaded = [each for each in sys.modules if each.startswith("dovetail.compile.gpu")]
    assert not loaded and "dovetail.hosts.jax.cuda" not in sys.modules, loaded


def main() -> None:
    """Everything."""
    assert jax.device_count() == 8
    mesh = Mesh(np.array(jax.devices()), ("d",))
    sharded(mesh)
    mapped(mesh)
    with mock.patch.object(kernel_policy, "LEAST_WORK", 1):
        products(mesh)
    parallel()
    switched_off()
    print("done")


if __name__ == "__main__":
    main()
