"""The runtime: its IR is that of its sources, and its tables are laid out as Python fills them."""

from __future__ import annotations

import ctypes
import importlib.util
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dovetail.compile.cpu import native, runtime

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "build_runtime.py"
SOURCES = sorted((ROOT / "src/dovetail/runtime").glob("*.c"))
STRUCTS = re.findall(r"^} (\w+);", (SOURCES[0].parent / "abi.h").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("build_runtime", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files_of(source: Path) -> list[Path]:
    return sorted(
        {*source.parent.glob(f"{source.stem}.ll"), *source.parent.glob(f"{source.stem}.*.ll")}
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_ir_was_made_of_these_sources(source: Path, tool: Any) -> None:
    files = files_of(source)
    assert len(files) == (len(tool.MACHINES) if source.stem in tool.OF_A_MACHINE else 1)
    for file in files:
        assert tool.recorded_hash(file) == tool.sources_hash(source), (
            f"{source.name} has changed: run python tools/build_runtime.py"
        )


def test_a_changed_source_is_noticed(tmp_path: Path, tool: Any) -> None:
    for path in SOURCES[0].parent.iterdir():
        shutil.copy(path, tmp_path)
    copy, header = tmp_path / "program.c", tmp_path / "abi.h"
    recorded = tool.recorded_hash(tmp_path / "program.ll")
    assert tool.sources_hash(copy) == recorded
    for changed in (copy, header):
        text = changed.read_text()
        changed.write_text(text + "// more\n")
        assert tool.sources_hash(copy) != recorded
        changed.write_text(text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_compiled_again_the_ir_is_the_same(source: Path, tool: Any) -> None:
    if shutil.which(tool.CLANG) is None:
        pytest.skip(f"{tool.CLANG} is not installed")
    release = re.search(r"^; clang: (.*)$", files_of(source)[0].read_text(), re.MULTILINE)
    version = subprocess.run([tool.CLANG, "--version"], capture_output=True, text=True, check=True)
    if release is None or f"version {release[1]}" not in version.stdout:
        pytest.skip("another release of clang")
    for name, text in tool.built(source).items():
        assert (source.parent / name).read_text() == text


def test_no_file_is_left_over(tool: Any) -> None:
    expected = {file for source in SOURCES for file in files_of(source)}
    assert set(SOURCES[0].parent.glob("*.ll")) == expected


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_ir_names_no_machine(source: Path) -> None:
    for file in files_of(source):
        text = file.read_text()
        for word in ("target-cpu", "target-features", "target datalayout", "target triple"):
            assert word not in text
        assert ("x86" in text) <= file.name.endswith(".x86_64.ll")


def test_the_ir_for_another_processor_is_valid() -> None:
    for file in SOURCES[0].parent.glob("*.aarch64.ll"):
        native.optimised(native.target_text() + file.read_text())  # not run: system calls differ


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_of_a_table_is_one_word(name: str, tool: Any) -> None:
    """Clang and `runtime.fields` agree on the fields of each struct and where they lie."""
    if shutil.which(tool.CLANG) is None:
        pytest.skip(f"{tool.CLANG} is not installed")
    fields = runtime.fields(name)
    head = runtime.fields("PlanHead")
    inner = "PlanHead head;" in struct_text(name)
    checks = [
        f"_Static_assert(offsetof({name}, {f'head.{f}' if inner and f in head else f}) == {8 * n},"
        f' "{f}");'
        for n, f in enumerate(fields)
    ]
    checks.append(f'_Static_assert(sizeof({name}) == {8 * len(fields)}, "size");')
    text = '#include "abi.h"\n' + "\n".join(checks) + "\n"
    for target in tool.MACHINES.values():
        command = [tool.CLANG, f"--target={target}", "-ffreestanding", "-fsyntax-only", "-x", "c",
                   f"-I{SOURCES[0].parent}", "-"]  # fmt: skip
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def struct_text(name: str) -> str:
    header = (SOURCES[0].parent / "abi.h").read_text()
    return header[: header.index(f"}} {name};")].rpartition("typedef struct")[2]


def test_words_come_in_the_order_of_the_struct() -> None:
    assert runtime.words("PlanHead", key=3, hash=1, length=2) == [1, 2, 3]
    with pytest.raises(AssertionError):
        runtime.words("PlanHead", key=3, hash=1)
    with pytest.raises(AssertionError):
        runtime.words("PlanHead", key=3, hash=1, length=2, more=4)
    with pytest.raises(KeyError):
        runtime.words("PlanHead", key=3, hash=1, more=2)


def test_constants_and_texts() -> None:
    assert runtime.constant("HUGE_PAGE") == 1 << 21
    assert runtime.message("NO_MEMORY") == "the outputs could not be allocated"
    assert runtime.message("OUT_OF_RANGE").startswith("an index is out of range: check labels")


def test_each_copy_has_variables_of_its_own() -> None:
    one, other = (runtime.load("serial", copy=n) for n in (0, 1))
    assert one is runtime.load("serial", copy=0)
    assert one.address("dovetail_serial_for") != other.address("dovetail_serial_for")


def test_the_sum_of_squares_of_each_type() -> None:
    module = runtime.load("multi_tensor")
    kind = ctypes.CFUNCTYPE(
        ctypes.c_double, ctypes.c_void_p, ctypes.c_int64, ctypes.c_double, ctypes.c_double
    )
    bfloat16 = b"".join(struct.pack("<f", x)[2:] for x in (1.5, -4.0, 0.25))
    cases = {"float64": "<3d", "float32": "<3f", "float16": "<3e"}
    data = {name: struct.pack(form, 1.5, -4.0, 0.25) for name, form in cases.items()}
    for name, memory in {**data, "bfloat16": bfloat16}.items():
        square = kind(module.address(f"square_{name}"))
        assert square(ctypes.create_string_buffer(memory), 3, 2.0, 7.0) == 9.0 + 49.0 + 0.25
