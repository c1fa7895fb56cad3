"""JAX's calls of our kernels on a GPU, through XLA, over a stand-in for the driver."""

from __future__ import annotations

import ctypes
import logging
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
from jax.sharding import NamedSharding, PartitionSpec  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402
from dovetail.hosts.jax import cuda, ffi  # noqa: E402
from dovetail.hosts.numpy.host import HOST  # noqa: E402
from dovetail.hosts.registry import REGISTRY  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.hosts.jax import stand_in_cuda  # noqa: E402
from tests.hosts.jax.pairs import PAIRS  # noqa: E402
from tests.hosts.jax.stand_in_cuda import Platform  # noqa: E402
from tests.hosts.pieces import focal, mish  # noqa: E402
from tests.verify.conftest import verdict_of  # noqa: E402
from tests.verify.test_package import definition_of  # noqa: E402

platform = stand_in_cuda.platform
TOLERANCES = {"float32": 2e-6, "bfloat16": 2e-2, "float64": 1e-12}
NAMES = [name for name in PAIRS if name != "products"]  # those are XLA's


@dt.op
def total(x: Any) -> Any:
    """With partial sums, which need memory for temporaries."""
    return dt.sum(dt.exp(x))


@dt.op
def running(x: Any) -> Any:
    return dt.scan(lambda carry, row: (dt.tanh(carry + row), carry), x[0], x)[1]


def rolled(x: Any) -> Any:
    """A loop whose elements meet."""
    return dt.scan(lambda carry, row: (dt.roll(dt.tanh(carry), 1) + row, carry), x[0], x)[1]


@dt.op
def multiplied(x: Any) -> Any:
    return dt.scan(lambda carry, row: (dt.outer(carry, row) @ row, carry), x[0], x)[1]


def softmax(x: Any) -> Any:
    return dt.softmax(x)


def started(platform: Platform) -> list[Any]:
    """The kernels that were started, and none of them is remembered any more."""
    found = list(platform.stand_in.kernels())
    platform.stand_in.started.clear()
    return found


def lowered(function: Any, *args: Any) -> str:
    return jax.jit(function).trace(*args).lower(lowering_platforms=("cuda",)).as_text()


def calls(text: str) -> list[str]:
    return [row for row in text.splitlines() if "custom_call" in row and "@dovetail_sm_90" in row]


# Values.


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float32") for name in NAMES), ("loss", "bfloat16"), ("optional", "float64")],
)
def test_values(platform: Platform, name: str, dtype: str) -> None:
    pair = PAIRS[name]
    with jax.enable_x64(True):
        arguments = pair.arguments()
        moved = [x.astype(dtype) if x.dtype == np.float64 else x for x in arguments]
        found, want = jax.jit(pair.ours)(*moved), pair.theirs(*arguments)
        tolerance = TOLERANCES[dtype]
        for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(want), strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(
                one.astype(np.float64), other, rtol=tolerance, atol=4 * tolerance
            )
    assert started(platform)


@pytest.mark.parametrize("name", ["broadcast", "rows", "loss"])
def test_gradients_of_both_orders(platform: Platform, name: str) -> None:
    pair = PAIRS[name]
    arguments = pair.arguments(np.float32)

    def derived(function: Any) -> Any:
        def value(*args: Any) -> Any:
            return jnp.sum(jnp.cos(function(*args)))

        first = jax.grad(value, pair.moving)

        def length(*args: Any) -> Any:
            return sum(jnp.sum(each * each) for each in first(*args))

        return jax.jit(lambda *args: (first(*args), jax.grad(length, pair.moving)(*args)))

    found, want = derived(pair.ours)(*arguments), derived(pair.theirs)(*arguments)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4)
    assert len(started(platform)) > 1


@pytest.mark.parametrize(
    "name", ["geglu", "sparse_categorical_cross_entropy", "Embedding", "ctc_loss", "viterbi"]
)
def test_pieces_of_the_library(platform: Platform, name: str) -> None:
    verdict = verdict_of("host agreement", definition_of(name), HOST, REGISTRY.named("jax"))
    assert verdict.status == "passed", f"{verdict.summary}\n{verdict.case}\n{verdict.remedy}"
    assert started(platform)


def _tanh_step(carry: Any, row: Any) -> Any:
    return jnp.tanh(carry + row), carry


def _rolled_step(carry: Any, row: Any) -> Any:
    return jnp.roll(jnp.tanh(carry), 1) + row, carry


@pytest.mark.parametrize(("function", "step"), [(running, _tanh_step), (rolled, _rolled_step)])
def test_a_loop_over_time_is_one_kernel(platform: Platform, function: Any, step: Any) -> None:
    x = jnp.linspace(-1.0, 1.0, 42).reshape(6, 7)
    loop = dt.op(function)

    def theirs(x: Any) -> Any:
        return jax.lax.scan(step, x[0], x)[1]

    np.testing.assert_allclose(jax.jit(loop)(x), theirs(x), rtol=1e-5, atol=1e-6)
    assert len(started(platform)) == 2  # the first row becomes the carry
    one, other = (jax.jit(jax.grad(lambda x, f=f: jnp.sum(f(x) ** 2)))(x) for f in (loop, theirs))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    assert len(started(platform)) > 2


def test_floats_are_read_from_memory(platform: Platform) -> None:
    """Other floats are the same program; each is at its own address."""

    @dt.op
    def line(x: Any, a: float = 1.0, b: float = 0.0, c: float = 0.0) -> Any:
        return (a * x + b) * x + c

    x = jnp.arange(5.0)
    for a, b, c in ((2.0, 3.0, 5.0), (-1.0, 0.5, 1e-3)):
        np.testing.assert_allclose(line(x, a=a, b=b, c=c), (a * x + b) * x + c, rtol=1e-6)
    one, other = started(platform)
    assert one.name == other.name
    assert len(platform.handlers) == 1


def test_labels_out_of_range_are_nan(platform: Platform) -> None:
    assert np.isnan(focal(jnp.ones((3, 4)), jnp.array([0, 4, 1])))
    assert started(platform)


def test_a_batch(platform: Platform) -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32))
    np.testing.assert_allclose(jax.vmap(softmax)(x), jax.nn.softmax(x), rtol=1e-6)
    assert len(started(platform)) == 1


def test_memory_that_is_cleared_first(platform: Platform) -> None:
    @dt.op
    def bordered(x: Any) -> Any:
        return dt.sum(dt.pad(x, ((1, 2), (0, 3))), axis=0), dt.pad(x * 2.0, ((1, 2), (0, 3)))

    x = jnp.arange(6.0).reshape(2, 3)
    column, whole = jax.jit(bordered)(x)
    np.testing.assert_array_equal(column, np.pad(x.sum(0), (0, 3)))
    np.testing.assert_array_equal(whole, np.pad(2.0 * x, ((1, 2), (0, 3))))
    assert any(each.name == "memset" for each in platform.stand_in.started)


def test_more_programs_than_a_module_has_handlers(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffi, "_HANDLERS", 1)
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    first, second = jax.jit(softmax), jax.jit(mish)
    want = first(x)
    second(x)
    np.testing.assert_array_equal(first(x), want)
    assert len(platform.handlers) == 2


# Where kernels are started.


def test_kernels_are_started_on_the_stream_of_the_call(platform: Platform) -> None:
    function = jax.jit(total)
    x = jnp.arange(3000.0) / 3000.0
    want = np.exp(np.asarray(x, np.float64)).sum()
    for stream in (7, 9, 107):  # the last of the second device
        platform.stream = stream
        np.testing.assert_allclose(function(x), want, rtol=1e-5)
        each = started(platform)
        assert {(one.device, one.stream) for one in each} == {(stream // 100, stream)}
        assert len(each) > 1


def test_the_context_is_left_as_it_was(platform: Platform) -> None:
    function = jax.jit(softmax)
    x = jnp.ones((2, 3))
    function(x)
    calls = platform.stand_in.calls
    calls.clear()
    function(x).block_until_ready()
    assert calls == [
        "cuStreamGetCtx", "cuCtxGetCurrent", "cuCtxPushCurrent_v2", "cuLaunchKernel",
        "cuCtxPopCurrent_v2",
    ]  # fmt: skip
    calls.clear()
    platform.stand_in.fail["cuLaunchKernel"] = 700
    with pytest.raises(Exception, match="cuLaunchKernel"):
        function(x).block_until_ready()
    assert calls[-2:] == ["cuCtxPopCurrent_v2", "cuGetErrorName"]


def test_modules_are_loaded_before_a_program_runs(platform: Platform) -> None:
    x = jnp.ones((2, 3))
    program = jax.jit(softmax).trace(x).lower().compile()
    assert sorted(platform.stand_in.loaded) == [0, 1]
    platform.stand_in.calls.clear()
    program(x).block_until_ready()
    assert not any(name.startswith("cuModule") for name in platform.stand_in.calls)


def test_temporaries_are_in_one_more_result(platform: Platform) -> None:
    text = lowered(total, jnp.ones(3000))
    (call,) = calls(text)
    found = re.search(r"tensor<(\d+)xui8>", call.rpartition("->")[2])
    assert found and f"@dovetail_sm_90_{found[1]}_" in call  # another size has another name
    assert "xui8>" not in "".join(calls(lowered(softmax, jnp.ones((2, 3)))))


def test_handlers_reach_the_plugin_for_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX keeps them until its plugin asks for those of "CUDA", and no other spelling."""
    found: list[Any] = []
    asked = {"CUDA": lambda *args: found.append(args)}
    monkeypatch.setattr("jaxlib.xla_client._custom_callback_handler", asked)
    ffi.register("dovetail_test", 4096, cuda.CudaTargets.platform)
    ((name, _, platform, version, _),) = found
    assert (name, platform, version) == ("dovetail_test", "CUDA", 1)


def test_a_call_may_be_recorded_in_a_cuda_graph(platform: Platform) -> None:
    """What a handler answers when XLA asks for its version and traits."""
    softmax(jnp.ones((2, 3)))
    (handler,) = platform.handlers.values()
    words = ctypes.c_uint64 * 16
    api, metadata = words(*[0] * 4, 3 << 32), words()
    extension = words(0, 1, 0, ctypes.addressof(metadata))
    frame = words(0, ctypes.addressof(extension), ctypes.addressof(api))
    call = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(handler)
    assert call(ctypes.addressof(frame)) is None
    assert (metadata[3], metadata[4] & 0xFFFFFFFF) == (3 << 32, 1)


# What fails.


def _failing(platform: Platform, match: str, fail: str = "", code: int = 0) -> None:
    """A call of what is compiled raises this; the function `fail` of the driver gives `code`."""
    x = jnp.ones((2, 3))
    program = jax.jit(softmax).trace(x).lower().compile()
    platform.stand_in.fail[fail] = code
    with pytest.raises(Exception, match=match):
        program(x).block_until_ready()


@pytest.mark.parametrize(
    "name",
    ["cuLaunchKernel", "cuStreamGetCtx", "cuCtxGetCurrent", "cuCtxPushCurrent", "cuCtxPopCurrent"],
)
def test_an_error_of_the_driver(platform: Platform, name: str) -> None:
    full = next(each for each in platform.made.addresses if each.startswith(name))
    match = f"{name} of NVIDIA's driver failed with CUDA_ERROR_ILLEGAL_ADDRESS"
    _failing(platform, match, full, 700)


def test_an_error_without_a_name(platform: Platform) -> None:
    match = "failed with an unknown error; with DOVETAIL_GPU_KERNELS=0"
    _failing(platform, match, "cuLaunchKernel", 12345)


def test_a_device_without_the_kernels(platform: Platform) -> None:
    platform.stream = 207
    _failing(platform, "cuStreamGetCtx of NVIDIA's driver failed with CUDA_ERROR_INVALID_CONTEXT")


def test_a_call_without_a_stream(platform: Platform) -> None:
    platform.stream = None
    _failing(platform, "there is no stream")


@pytest.mark.parametrize("where", [stand_in_cuda.OPERANDS, stand_in_cuda.RESULTS])
@pytest.mark.parametrize("word", [stand_in_cuda.DTYPE, stand_in_cuda.RANK])
def test_a_buffer_of_another_type_or_shape(platform: Platform, where: int, word: int) -> None:
    platform.change = where, word, -1
    _failing(platform, "of other data types or shapes")
    assert not started(platform)


@pytest.mark.parametrize("where", [stand_in_cuda.OPERANDS, stand_in_cuda.RESULTS])
def test_a_buffer_at_another_address(platform: Platform, where: int) -> None:
    platform.change = where, stand_in_cuda.DATA, 4
    _failing(platform, "an address that is not divisible by 16")
    assert not started(platform)


def test_code_that_does_not_load(platform: Platform) -> None:
    platform.stand_in.fail["cuModuleLoadDataEx"] = 218
    with pytest.raises(errors.HostError, match="CUDA_ERROR_INVALID_PTX"):
        jax.jit(softmax)(jnp.ones((2, 3)))


# What is a call of a kernel.


def test_only_where_the_option_is_on(platform: Platform) -> None:
    x = jnp.ones((2, 3))
    assert len(calls(lowered(softmax, x))) == 1
    jax.clear_caches()  # what is compiled stays as it is
    with override(gpu_kernels=False):
        assert not calls(lowered(softmax, x))


def test_pointwise_work_that_xla_fuses_is_left_to_it(platform: Platform) -> None:
    x = jnp.ones((2, 3))
    assert len(calls(lowered(mish, x))) == 1
    assert not calls(lowered(lambda x: mish(x + 1.0), x))
    assert len(calls(lowered(lambda x: softmax(x + 1.0), x))) == 1
    assert len(calls(lowered(lambda x: mish(softmax(x)), x))) == 2


TABLE = dt.op(lambda x: x + dt.asarray(np.arange(3.0, dtype=np.float32)), name="table")


@pytest.mark.parametrize(
    ("function", "shape", "reason"),
    [(TABLE, (2, 3), "has an array in it"), (multiplied, (5, 2), "a loop over time"),
     (softmax, (0, 3), "")],
)  # fmt: skip
def test_what_xla_computes(
    platform: Platform, caplog: pytest.LogCaptureFixture, function: Any, shape: Any, reason: str
) -> None:
    with caplog.at_level(logging.INFO, "dovetail.gpu"):
        assert not calls(lowered(function, jnp.ones(shape)))
    assert reason in caplog.text
    assert ("XLA's code" in caplog.text) == bool(reason)


def test_a_program_that_may_run_elsewhere(platform: Platform) -> None:
    x = jnp.ones((2, 3))
    exported = jax.export.export(jax.jit(softmax), platforms=["cuda"])(x)
    assert not calls(exported.mlir_module())


def test_a_program_that_xla_divides(platform: Platform) -> None:
    mesh = jax.sharding.AbstractMesh((2,), ("n",))
    sharding = NamedSharding(mesh, PartitionSpec("n"))
    x = jax.ShapeDtypeStruct((2, 3), np.float32, sharding=sharding)
    assert not calls(lowered(softmax, x))
    divided = jax.shard_map(
        softmax, mesh=mesh, in_specs=PartitionSpec("n"), out_specs=PartitionSpec("n")
    )
    assert len(calls(lowered(divided, x))) == 1


def test_gpus_of_several_kinds(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    chips = [cuda.Chip("sm_90"), cuda.Chip("sm_80")]
    monkeypatch.setattr(platform.made, "target", chips.__getitem__)
    with pytest.raises(errors.UnsupportedError, match="several kinds, sm_80, sm_90"):
        cuda.CudaTargets(platform)


@pytest.mark.skipif("cuda" in str(jax.devices()).lower(), reason="a GPU is here")
def test_without_a_gpu_xla_compiles_the_maths(caplog: pytest.LogCaptureFixture) -> None:
    with override(gpu_kernels=True), caplog.at_level(logging.INFO, "dovetail.gpu"):
        assert "dovetail_sm" not in lowered(softmax, jnp.ones((2, 3)))
    assert "JAX has no NVIDIA GPU" in caplog.text


@pytest.mark.skipif("cuda" in str(jax.devices()).lower(), reason="a GPU is here")
def test_the_benchmark_says_that_there_is_no_gpu(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(__file__).parents[3] / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["gpu_jax.py"])
    assert runpy.run_path(str(folder / "gpu_jax.py"))["main"]() == 2
    assert "sees no GPU" in capsys.readouterr().out
