"""Rows divided over the blocks of a cluster, emulated: values, bytes, barriers, launches."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from dovetail.compile.gpu import ptxas, schedule
from dovetail.compile.gpu.native_program import NativeGpuProgram
from dovetail.compile.gpu.program import GpuProgram
from dovetail.compile.gpu.schedule import schedule_of, shape_of
from dovetail.compile.gpu.target import Target, target_of
from dovetail.compile.gpu.traffic import traffic_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.errors import HostError
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.graph.node import Graph
from dovetail.verify.emulator.memory import DeviceError
from tests.compile.gpu.device import changed, execute, planned
from tests.compile.gpu.pieces import piece
from tests.compile.gpu.stand_in import StandIn, aligned
from tests.compile.gpu.test_rows import assert_right
from tests.compile.harness import Array, bits, dt, evaluate, random, traced

NAMES = ["softmax", "log_softmax", "logsumexp", "rms_norm", "layer_norm", "cross_entropy"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chip on which a block has so little shared memory that short rows need a cluster."""
    _limit(monkeypatch, 4000)


def _limit(monkeypatch: pytest.MonkeyPatch, nbytes: int) -> None:
    monkeypatch.setattr(Target, "shared_bytes", schedule.STATIC_BYTES + nbytes)


def clusters(program: GpuProgram) -> set[int]:
    """The blocks that share a row, in the kernels that read rows."""
    kernels = [each for each in program.launches if each.module.finishes is None]
    assert all(each.grid[0] % each.module.schedule.cluster == 0 for each in kernels)
    return {each.module.schedule.cluster for each in kernels if each.module.schedule.staged}


# Values.


# Rows of whole widths, of which a cluster has several; a row with a rest; rows at any address.
@pytest.mark.parametrize(("dtype", "shape"), [
    (float32, (5, 2052)), (bfloat16, (1, 3019)), (float16, (5, 2051)),
])  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
def test_pieces_and_their_gradients(
    name: str, dtype: DType, shape: tuple[int, int], small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "PERSISTENT", 16)
    monkeypatch.setattr(schedule, "MOST_Y", 2)
    graph, arrays = piece(name, shape, dtype)
    program = planned(graph, arrays)
    assert max(clusters(program)) > 1
    assert_right(execute(program, arrays).outputs, evaluate(graph, arrays), dtype, scale=0.3)


@pytest.mark.parametrize("cluster", [2, 4, 8])
def test_clusters_of_every_size(cluster: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(monkeypatch, 4 * 4096 // cluster)
    graph, arrays = piece("layer_norm", (2, 4096))
    forward = Graph(graph.inputs, graph.outputs[:1])
    program = planned(forward, arrays)
    assert clusters(program) == {cluster}
    assert [each.grid[0] for each in program.launches] == [cluster]
    assert f"a cluster of {cluster} blocks" in program.launches[0].module.schedule.text()
    made = execute(program, arrays)
    assert_right(made.outputs, evaluate(forward, arrays), float32)
    # What all rows share is read by each of them, from a cache.
    assert made.memory.read_bytes == arrays[0].nbytes + 2 * sum(a.nbytes for a in arrays[1:3])
    assert made.memory.written_bytes == arrays[0].nbytes


def test_outer_columns_and_parallel_points(small: None) -> None:
    x, scale = random(0, (3, 2, 1200), float32), random(1, (2, 1), float32)

    def normal(x: Array, scale: Array) -> Array:
        scaled = x * scale
        return scaled / dt.sum(dt.abs(scaled), axis=(1, 2), keepdims=True)

    graph = traced(normal, x, scale)
    program = planned(graph, [x, scale])
    assert max(clusters(program)) > 1
    assert_right(execute(program, [x, scale]).outputs, evaluate(graph, [x, scale]), float32)


def test_what_belongs_to_a_row_is_stored_once(small: None) -> None:
    x = random(0, (5, 2051), float32)
    graph = traced(lambda x: dt.sum(dt.exp(x - dt.max(x, axis=1, keepdims=True)), axis=1), x)
    program = planned(graph, [x])
    assert max(clusters(program)) > 1
    made = execute(program, [x])
    assert_right(made.outputs, evaluate(graph, [x]), float32)
    assert made.memory.written_bytes == made.outputs[0].nbytes


def test_other_reductions(small: None) -> None:
    """Types of 1, 8 and 64 bits go from block to block, too; so do NaN and infinity."""
    x = random(2, (4, 3000), float64)
    x[0, 2999], x[1, 3], x[2, 5] = np.nan, np.inf, -np.inf

    def all_of(x: Array) -> tuple[Array, ...]:
        largest = dt.max(x, axis=1, keepdims=True)
        return (
            x - largest, dt.argmax(x, axis=1), dt.any(x > 3, axis=1), dt.sum(x, axis=1),
            dt.sum(dt.astype(x > 0, "int8"), axis=1), dt.prod(1 + x * 0.01, axis=1),
        )  # fmt: skip

    graph = traced(all_of, x)
    program = planned(graph, [x])
    assert max(clusters(program)) > 1
    for made, value in zip(execute(program, [x]).outputs, evaluate(graph, [x]), strict=True):
        np.testing.assert_allclose(made, value, rtol=1e-12)


def test_the_same_bits_in_whatever_order_warps_run(small: None) -> None:
    for name in ("layer_norm", "cross_entropy"):
        graph, arrays = piece(name, (3, 2000))
        program = planned(graph, arrays)
        runs = [execute(program, arrays, seed=seed).outputs for seed in range(3)]
        for results in zip(*runs, strict=True):
            assert len({bits(result) for result in results}) == 1


# Schedules.


def _schedules(
    name: str, shape: tuple[int, int], dtype: DType, target: Target, whole: bool = True
) -> list[tuple[int, int, float]]:
    """Of each kernel: blocks of a cluster, bytes of shared memory, and bytes over the floor."""
    graph, arrays = piece(name, shape, dtype)
    if not whole:
        graph = Graph(graph.inputs, graph.outputs[:1])
    strides = [array.strides for array in arrays]
    program = lower_graph(graph, strides, processor=target.processor)
    found: list[tuple[int, int, float]] = []
    for step in program.steps:
        assert isinstance(step, KernelCall)
        nest, words = step.lowered.nest, step.lowered.words
        chosen = schedule_of(nest, words, [256] * len(step.lowered.buffers), target)
        shape = shape_of(nest, chosen, words)
        moved = traffic_of(nest, chosen, words, shape)
        share = (moved.read + moved.written) / moved.floor
        found.append((chosen.cluster, shape.shared_bytes, share))
    return found


@pytest.fixture
def many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the rows of the following tests were enough for all multiprocessors."""
    monkeypatch.setattr(schedule, "MULTIPROCESSORS", 9)


# Rows that fit a block; those for clusters, with gradients; those that do not fit one.
@pytest.mark.parametrize(("name", "columns", "dtype", "target", "cluster"), [
    ("softmax", 16_384, bfloat16, "sm_90", 1),
    ("softmax", 131_072, bfloat16, "sm_90", 8),
    ("softmax", 128_256, float32, "sm_90", 8),
    ("softmax", 128_256, float32, "sm_100", 8),
    ("softmax", 65_536, float16, "sm_120", 8),
    ("cross_entropy", 128_256, bfloat16, "sm_90", 4),
    ("cross_entropy", 262_144, bfloat16, "sm_90", 8),
    ("rms_norm", 65_536, bfloat16, "sm_90", 8),
    ("layer_norm", 65_536, float32, "sm_90", 8),
])  # fmt: skip
def test_rows_that_fit_a_cluster_are_read_once(
    name: str, columns: int, dtype: DType, target: str, cluster: int, many_rows: None
) -> None:
    (used, shared, share), *_ = _schedules(name, (9, columns), dtype, target_of(target))
    assert (used, share) == (cluster, 1.0)
    assert shared <= target_of(target).shared_bytes - schedule.STATIC_BYTES


@pytest.mark.parametrize(("rows", "columns", "cluster"), [
    (2, 50_000, 8), (16, 50_000, 8), (40, 50_000, 4), (64, 50_000, 2), (65, 50_000, 1),
    (2, 20_000, 1),
])  # fmt: skip
def test_few_long_rows_have_more_blocks(rows: int, columns: int, cluster: int) -> None:
    found = _schedules("logsumexp", (rows, columns), float16, target_of("sm_90"), whole=False)
    assert [(used, share) for used, _, share in found] == [(cluster, 1.0)]


def test_what_many_sums_exchange_fits_beside_the_rows() -> None:
    x = random(0, (9, 39_000), float32)  # of which one fits if few sums are exchanged

    def sums(x: Array) -> tuple[Array, ...]:
        found = [dt.sum(dt.abs(x - n), axis=-1, keepdims=True) for n in range(60)]
        return (*found, x / found[0])

    (launch,) = planned(traced(sums, x), [x], "sm_80").launches
    arrays = re.findall(r"\.shared \.align \d+ \.b8 \w+\[(\d+)\]", launch.module.ptx)
    static = sum(map(int, arrays))
    assert static > schedule.STATIC_BYTES
    assert static + launch.shared_bytes <= target_of("sm_80").shared_bytes


def test_where_no_cluster_helps() -> None:
    too_long = "layer_norm", (9, 200_000), float32
    ((used, _, share),) = _schedules(*too_long, target_of("sm_90"), whole=False)
    assert (used, share) == (8, 1.0)
    assert _schedules(*too_long, target_of("sm_90"))[0][2] > 1.0
    for target in (target_of("sm_80"), target_of("sm_89"), Target("sm_90", is_whole=False)):
        ((used, _, share),) = _schedules("softmax", (9, 131_072), bfloat16, target, whole=False)
        assert used == 1
        assert share > 1.4  # each element is read again


def test_one_code_for_rows_of_many_lengths() -> None:
    def made(columns: int) -> tuple[str, ...]:
        graph, arrays = piece("softmax", (8, columns), bfloat16)
        return tuple(module.ptx for module in planned(graph, arrays).modules)

    assert made(131_072) == made(128_256) == made(100_000)


# Planted errors.


BARRIER = "barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;\n"


def _planted(old: str, new: str, name: str = "rms_norm", count: int = 1) -> None:
    """Run a program with an error in the PTX of its first kernel: the first `count` times."""
    graph, arrays = piece(name, (5, 2051))
    program = planned(graph, arrays)
    (cluster,) = clusters(program)
    assert cluster > 1
    ptx = program.launches[0].module.ptx
    found = re.search(old, ptx)
    assert found is not None, old
    wrong = changed(program, ptx, re.sub(old, new, ptx, count=count))
    assert_right(execute(wrong, arrays).outputs, evaluate(graph, arrays), float32)


@pytest.fixture
def few(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several rows for each cluster."""
    monkeypatch.setattr(schedule, "PERSISTENT", 16)


def test_nothing_planted_is_right(few: None) -> None:
    _planted(BARRIER, BARRIER)


def test_a_missing_barrier_before_a_read_is_seen(few: None) -> None:
    with pytest.raises(DeviceError, match="without a barrier of the cluster since it was written"):
        _planted(BARRIER, "")


def test_a_missing_barrier_at_the_end_is_seen(few: None) -> None:
    with pytest.raises(DeviceError, match="a block that leaves while another one may read"):
        _planted(rf"{BARRIER}(?=\s*ret)", "")


def test_the_same_place_for_adjacent_rows_is_seen(few: None) -> None:
    """Totals have two places in turn, so that no block writes what another still reads."""
    with pytest.raises(DeviceError, match="a store to shared memory that another block"):
        _planted(r"xor\.b64(\s+%rd\d+, %rd\d+), 1;", r"xor.b64\1, 0;")


@pytest.mark.parametrize(("old", "new", "words"), [
    ("arrive", "", "waits at a barrier of the cluster without arriving"),
    ("wait", "", "without a barrier of the cluster since it was written"),
    ("wait", "barrier.cluster.arrive.aligned;", "arrives twice"),
])  # fmt: skip
def test_half_a_barrier_is_seen(old: str, new: str, words: str, few: None) -> None:
    with pytest.raises(DeviceError, match=words):
        _planted(rf"barrier\.cluster\.{old}\.aligned;", new, count=0)


def test_a_wrong_rank_is_seen(few: None) -> None:
    rank = r"(mapa\.u64\s+%rd\d+, %rd\d+), %r\d+;"
    with pytest.raises(DeviceError, match="of a cluster of"):
        _planted(rank, r"\1, 8;")
    with pytest.raises(AssertionError, match="beyond"):
        _planted(rank, r"\1, 0;")
    with pytest.raises(DeviceError, match="outside of shared memory"):
        _planted(r"mapa\.u64(\s+%rd\d+), %rd\d+", r"mapa.u64\1, 0")


def test_a_block_that_leaves_early_is_seen(few: None) -> None:
    leaves = "setp.ne.u32 %p1, %ctaid.x, 1;\n\t@!%p1 ret;\n\tbarrier.cluster.arrive.aligned"
    with pytest.raises(DeviceError, match="a barrier of the cluster that some of its threads"):
        _planted(r"barrier\.cluster\.arrive\.aligned", leaves)


# Launches.


def test_the_driver_starts_whole_clusters(small: None) -> None:
    x = random(0, (3, 2051), float32)
    graph = traced(lambda x: dt.softmax(x, axis=-1), x)
    program, stand_in = planned(graph, [x]), StandIn()
    (launch,) = program.launches
    assert launch.module.schedule.cluster == launch.grid[0] > 1
    given, made = aligned(x.shape, np.float32), aligned(x.shape, np.float32)
    given[...] = x

    def start(program: GpuProgram) -> None:
        loaded = NativeGpuProgram(program, stand_in.driver(), [0])
        loaded.run([given.ctypes.data, made.ctypes.data], (), 0)

    start(program)
    assert bits(made) == bits(execute(program, [x]).outputs[0])
    part = replace(launch, grid=(launch.grid[0] - 1, *launch.grid[1:]))
    with pytest.raises(HostError, match="CUDA_ERROR_INVALID_CLUSTER_SIZE"):
        start(replace(program, steps=(part,)))
    with pytest.raises(DeviceError, match="in clusters of"):
        execute(replace(program, steps=(part,)), [x])


@pytest.mark.parametrize(("multiprocessors", "has_clusters"), [(132, True), (7, False)])
def test_a_part_of_a_gpu_has_no_clusters(multiprocessors: int, has_clusters: bool) -> None:
    stand_in = StandIn()
    stand_in.multiprocessors = multiprocessors
    assert bool(stand_in.driver().target(0).clusters) is has_clusters


# ptxas.


@pytest.mark.skipif(ptxas.found() is None, reason="pip install nvidia-cuda-nvcc")
@pytest.mark.parametrize("target", ["sm_90", "sm_100", "sm_120"])
def test_ptxas_accepts_clusters_without_spills(target: str) -> None:
    for name, dtype in (("softmax", bfloat16), ("cross_entropy", float32), ("layer_norm", float16)):
        graph, arrays = piece(name, (8, 65_536), dtype)
        module = planned(graph, arrays, target).launches[0].module
        assert f".reqnctapercluster {module.schedule.cluster}, 1, 1" in module.ptx
        report = ptxas.assemble(module.ptx, target_of(target))
        assert report.spilled == report.stack == 0, f"{name}: {report.text}"
        assert report.registers <= 65536 // module.threads, name
