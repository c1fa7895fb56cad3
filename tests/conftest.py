"""Options and markers of the whole test suite."""

from __future__ import annotations

import gc
import itertools
import os
import random
import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dovetail.extension import layer_tree

HERE = Path(__file__).parent

# Programs that torch.compile kept on disk were made by the code of an earlier run.
os.environ |= {"TORCHINDUCTOR_FX_GRAPH_CACHE": "0", "TORCHINDUCTOR_AUTOGRAD_CACHE": "0"}

# What `-m quick` runs: folders, files and tests of every floor, under two minutes together.
QUICK = (
    "test_options.py", "test_cli.py", "graph/", "language/", "operations/",
    "transform/test_derivative.py", "transform/test_min_cut.py", "transform/test_simplify.py",
    "transform/test_stabilise.py", "compile/test_contract.py", "compile/test_fusion.py",
    "compile/test_runtime.py", "extension/", "hosts/test_numpy_host.py", "hosts/test_registry.py",
    "hosts/torch/test_fast_path.py", "hosts/tensorflow/test_layers.py",
    "hosts/jax/test_names.py", "hosts/jax/test_scan.py::test_values", "hosts/torch/test_scan.py",
    "saving/test_graphs.py", "saving/test_extensions.py", "saving/test_weights.py",
    "library/", "train/", "verify/test_widening.py",
)  # fmt: skip
NOT_QUICK = (
    "train/test_resuming.py::test_killed", "train/test_resuming.py::test_interrupted",
    "train/test_from_flax.py", "train/test_keras_program.py", "library/test_examples.py",
    "library/test_more_optimizers.py::test_eight_steps", "train/test_metrics.py::test_in_fit",
    "library/test_more_optimizers.py::test_a_parameter_without_elements_changes_nothing",
    "library/test_more_optimizers.py::test_single_precision",
    "train/test_metrics.py::test_beside_keras",
    "hosts/torch/test_scan.py::test_values_and_gradients_of_both_orders",
    "hosts/jax/test_scan.py::test_values_and_gradients[lookup",
    "hosts/jax/test_scan.py::test_values_and_gradients[lstm",
    "language/test_attention.py::test_gradients_of_scale_softcap_and_biases",
    "language/test_attention.py::test_half_precisions_accumulate_in_float32",
    "language/test_attention.py::test_reverse_mode_over_forward_mode",
    "language/test_attention.py::test_scaled_dot_product_attention_of_pytorch",
    "language/test_attention.py::test_second_order_and_forward_mode",
    "language/test_attention.py::test_what_a_score_function_reads_has_gradients",
    "language/test_convolution.py::test_transposed",
    "language/test_linalg.py::test_second_derivatives",
    "language/test_windows.py::test_the_adjoint_is_the_transpose_at_every_size",
    "language/test_windows.py::test_gradients_are_those_of_differences",
    "language/test_windows.py::test_a_last_window_that_is_partly_after_the_end",
    "language/test_windows.py::test_vmap",
)  # fmt: skip

# Files that take longest, many of them with few tests. Several processes start with these, so that
# none of them is at work on one when the others have nothing left.
LONGEST = (
    "hosts/keras/test_backends.py", "hosts/jax/test_transforms.py", "verify/test_package.py",
    "files/test_files.py", "files/test_files_keras.py", "hosts/torch/test_validators.py",
    "typing/test_checkers.py", "test_house.py", "hosts/torch/test_compile.py",
    "hosts/torch/test_onnx.py", "hosts/torch/test_dtensor.py", "hosts/torch/test_distributed.py",
    "hosts/jax/test_linalg.py", "hosts/test_special_functions.py", "hosts/keras/test_onnx.py",
    "hosts/tensorflow/test_distribution.py", "hosts/tensorflow/test_saving.py",
    "hosts/torch/test_devices.py", "examples/test_applications.py", "choose/test_choose.py",
    "examples/test_scale_out.py", "test_documentation.py", "test_readme.py",
    "hosts/test_everywhere.py", "test_contributing.py", "compile/test_threads.py",
    "compile/test_threads_processes.py", "verify/test_processes.py", "fuzz/test_planted.py",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Under `-m quick`, import no file of which nothing is quick."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py":
        return None
    place = collection_path.relative_to(HERE).as_posix()
    named = place.startswith(QUICK) or any(each.startswith(f"{place}::") for each in QUICK)
    return None if named else True


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist hand out files as they are collected, not by their number of tests."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    gc.disable()  # until everything is imported, which leaves a million objects


def pytest_collection_finish() -> None:
    """Leave what is imported out of later garbage collections: each would take a second."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE).as_posix() + item.nodeid[item.nodeid.index("::") :]
        if place.startswith(QUICK) and not place.startswith(NOT_QUICK):
            item.add_marker(pytest.mark.quick)
    if hasattr(config, "workerinput"):  # a process of pytest-xdist
        places = {HERE / name: place for place, name in enumerate(LONGEST)}
        counts = Counter(item.path for item in items)
        items.sort(key=lambda item: (places.get(item.path, len(places)), -counts[item.path]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Random numbers without a seed follow the test's name: what fails once fails again."""
    seed = zlib.crc32(item.name.encode())
    random.seed(seed)
    np.random.seed(seed)  # frameworks and other packages draw from it
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
    draws = itertools.count(seed)
    layer_tree.drawn_entropy = lambda: next(draws)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
