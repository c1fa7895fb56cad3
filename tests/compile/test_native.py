"""Compiling, both caches, linking, lifetime, threads and forks."""

from __future__ import annotations

import contextvars
import ctypes
import dataclasses
import functools
import gc
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dovetail.compile import cache
from dovetail.compile.cpu import native
from dovetail.errors import ArgumentError, CompileError, LinkError
from dovetail.options import override

_forgotten: list[native.NativeModule] = []  # but not unloaded: others may use them


def forget() -> None:
    """Make `load` forget the modules in memory."""
    _forgotten.extend(native._modules.values())
    native._modules.clear()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    forget()
    with override(cache_dir=tmp_path / "cache", cache=True):
        yield tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compiled, in place of taken from a cache."""
    texts: list[str] = []
    original = native._Compiler.compile

    def counting(self: Any, ir: str) -> bytes:
        texts.append(ir)
        return original(self, ir)

    monkeypatch.setattr(native._Compiler, "compile", counting)
    return texts


def adds(number: int) -> str:
    return f"define i64 @add(i64 %x) {{\n  %y = add i64 %x, {number}\n  ret i64 %y\n}}\n"


def call(module: native.NativeModule, name: str, *arguments: int) -> int:
    kinds = [ctypes.c_int64] * len(arguments)
    return ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(module.address(name))(*arguments)


def run_threads(functions: list[Callable[[], None]]) -> None:
    """Each in a separate thread, with the options of this one."""
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(function,))
        for function in functions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_text_is_the_same_module(compiled: list[str]) -> None:
    module = native.load(adds(1))
    assert native.load("".join(adds(1))) is module
    assert native.load(adds(2)) is not module
    assert call(module, "add", 5) == 6
    assert call(native.load(adds(2)), "add", 5) == 7
    assert compiled == [adds(1), adds(2)]


def test_code_comes_from_the_disk(compiled: list[str], folder: Path) -> None:
    assert call(native.load(adds(3)), "add", 5) == 8
    assert len(list(folder.iterdir())) == 1
    forget()
    assert call(native.load(adds(3)), "add", 5) == 8
    assert compiled == [adds(3)]


def test_without_a_cache_on_disk(compiled: list[str], folder: Path) -> None:
    with override(cache=False):
        native.load(adds(3))
        forget()
        assert call(native.load(adds(3)), "add", 5) == 8
    assert compiled == [adds(3)] * 2
    assert not folder.exists()


@pytest.mark.parametrize("position", [0, 10, 30, 60, 200, -1])
def test_damaged_code_is_compiled_again(compiled: list[str], folder: Path, position: int) -> None:
    native.load(adds(4))
    forget()
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[position] ^= 0x40
    file.write_bytes(content)
    assert call(native.load(adds(4)), "add", 5) == 9
    assert len(compiled) == 2
    forget()
    assert call(native.load(adds(4)), "add", 5) == 9
    assert len(compiled) == 2


def test_an_entry_that_is_no_object_code_is_replaced(compiled: list[str], folder: Path) -> None:
    native.load(adds(5))
    forget()
    (file,) = folder.iterdir()
    cache.put(file.stem, b"whole, but not object code")
    assert call(native.load(adds(5)), "add", 5) == 10
    assert len(compiled) == 2
    assert cache.get(file.stem) != b"whole, but not object code"


def test_the_key_covers_the_processor(compiled: list[str]) -> None:
    native.load(adds(6))
    forget()
    compiler = native._compiler()
    other = dataclasses.replace(compiler, identity=compiler.identity + b"+other")
    native._load(other, adds(6))
    assert len(compiled) == 2


def test_identity_names_what_code_depends_on() -> None:
    compiler = native._compiler()
    identity = compiler.identity.decode()
    assert compiler.llvm.get_host_cpu_name() in identity
    assert compiler.llvm.get_host_cpu_features().flatten() in identity
    assert compiler.llvm.get_process_triple() in identity
    assert "loop_vectorization" in identity


def test_threads_that_ask_at_once_compile_once(compiled: list[str]) -> None:
    barrier = threading.Barrier(8)
    modules: list[native.NativeModule] = []

    def ask() -> None:
        barrier.wait()
        modules.append(native.load(adds(7)))

    run_threads([ask] * 8)
    assert len(modules) == 8
    assert len(set(map(id, modules))) == 1
    assert compiled == [adds(7)]


def test_threads_that_compile_different_code() -> None:
    results: dict[int, int] = {}

    def work(start: int) -> None:
        for number in range(start, start + 5):
            results[number] = call(native.load(adds(number)), "add", 1000)

    run_threads([functools.partial(work, 100 + 5 * i) for i in range(6)])
    assert results == {number: number + 1000 for number in range(100, 130)}


def test_code_stays_loaded_without_references() -> None:
    address = native.load(adds(8)).address("add")
    for number in range(1000, 1050):  # would be put in the place of freed code
        native.load(adds(number)).address("add")
    gc.collect()
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(1) == 9


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_code_is_unloaded_with_its_module() -> None:
    def is_mapped(address: int) -> bool:
        lines = Path("/proc/self/maps").read_text().splitlines()
        ranges = [line.split()[0].split("-") for line in lines]
        return any(int(begin, 16) <= address < int(end, 16) for begin, end in ranges)

    compiler = native._compiler()
    module = native._load(compiler, adds(12))  # past the cache in memory
    address = module.address("add")
    assert is_mapped(address)
    del module
    gc.collect()
    assert not is_mapped(address)


@pytest.mark.parametrize(
    "ir",
    [
        "define",
        "define void @f() {\n  call void @unknown()\n  ret void\n}",
        "define i32 @f() {\n  %x = add i32 %y, 1\n  %y = add i32 %x, 1\n  ret i32 %y\n}",
    ],
)
def test_bad_code_is_rejected_with_its_text(ir: str, folder: Path) -> None:
    for function in (native.load, native.assembly, native.optimised):
        with pytest.raises(CompileError, match="rejected") as caught:
            function(ir)
        assert ir in str(caught.value)
    assert not folder.exists()


def test_missing_names() -> None:
    with pytest.raises(LinkError, match="subtract"):
        native.load(adds(11)).address("subtract")
    ir = "declare void @dovetail_missing()\ndefine void @f() {\n"
    ir += "  call void @dovetail_missing()\n  ret void\n}"
    with pytest.raises(LinkError, match="cannot be linked"):
        native.load(ir).address("f")


def test_define_symbol_for_functions_and_data() -> None:
    data = ctypes.c_int64(39)
    native.define_symbol("test_data", ctypes.addressof(data))
    native.define_symbol("test_function", native.load(adds(2)).address("add"))
    ir = """
    @test_data = external global i64
    declare i64 @test_function(i64)
    define i64 @f() {
      %x = load i64, ptr @test_data
      %y = call i64 @test_function(i64 %x)
      ret i64 %y
    }
    """
    assert call(native.load(ir), "f") == 41
    forget()
    assert call(native.load(ir), "f") == 41  # from the disk, linked to the same names
    data.value = 1
    assert call(native.load(ir), "f") == 3


@pytest.mark.parametrize("address", [0, -1])
def test_define_symbol_refuses_null(address: int) -> None:
    with pytest.raises(ArgumentError, match="address"):
        native.define_symbol("nothing", address)


LOOP = """
define void @scale(ptr noalias %x, ptr noalias %y, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %x.at = getelementptr float, ptr %x, i64 %i
  %value = load float, ptr %x.at
  %twice = fmul float %value, 2.0
  %y.at = getelementptr float, ptr %y, i64 %i
  store float %twice, ptr %y.at
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}
"""


def test_loops_are_vectorised() -> None:
    assert "x float>" in native.optimised(LOOP)
    text = native.assembly(LOOP)
    assert "scale" in text
    if platform.machine() == "x86_64":
        assert "ymm" in text or "zmm" in text or "mulps" in text
    x, y = np.arange(103, dtype=np.float32), np.zeros(103, np.float32)
    pointer = ctypes.c_void_p
    scale = ctypes.CFUNCTYPE(None, pointer, pointer, ctypes.c_int64)(
        native.load(LOOP).address("scale")
    )
    scale(x.ctypes.data, y.ctypes.data, 103)
    assert np.array_equal(y, 2 * x)


@pytest.mark.skipif(sys.platform != "linux", reason="needs backtrace of glibc")
def test_the_stack_can_be_unwound_through_compiled_code() -> None:
    backtrace = getattr(ctypes.CDLL(None), "backtrace", None)
    if backtrace is None:
        pytest.skip("needs backtrace of glibc")
    ir = """
    declare i32 @backtrace(ptr, i32)
    define i64 @f(i64 %buffer) uwtable {
      %p = inttoptr i64 %buffer to ptr
      %depth = call i32 @backtrace(ptr %p, i32 200)
      %wide = sext i32 %depth to i64
      ret i64 %wide
    }
    """
    buffer = (ctypes.c_void_p * 200)()
    # Ends at once where the tables of compiled code are not registered.
    assert call(native.load(ir), "f", ctypes.addressof(buffer)) > 5


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOVETAIL_CACHE_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_import_leaves_llvm_alone(folder: Path) -> None:
    done = run(
        "import sys\n"
        "import dovetail.compile.cpu.native, dovetail.compile.cpu.threads\n"
        "import dovetail.compile.cpu.entry_points\n"
        "assert not [name for name in sys.modules if name.startswith('llvmlite')]\n",
        folder,
    )
    assert done.returncode == 0, done.stderr


FORKER = """
import ctypes, os, threading
from dovetail.compile.cpu import native

def adds(n):
    return f"define i64 @add(i64 %x) {{ %y = add i64 %x, {n} ret i64 %y }}"

def call(n):
    address = native.load(adds(n)).address("add")
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(1)

assert call(1) == 2
stop = False
def compile_all_the_time():
    n = 1000
    while not stop:
        call(n)
        n += 1
thread = threading.Thread(target=compile_all_the_time)
thread.start()
for round in range(10):
    child = os.fork()
    if child == 0:
        good = call(1) == 2 and call(10 + round) == 11 + round
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop = True
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_compiles_although_a_thread_was_compiling(folder: Path) -> None:
    done = run(FORKER, folder)
    assert done.returncode == 0, done.stderr


# An address space in which the only free pages near code are few, and gigabytes apart.
SCATTERED = '''
import ctypes
from dovetail.compile.cpu import native

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
PRIVATE_ANONYMOUS_UNRESERVED = 0x4022

def reserve(size):
    return libc.mmap(None, size, 0, PRIVATE_ANONYMOUS_UNRESERVED, -1, 0)

native.load("define i64 @first(i64 %x) { ret i64 %x }").address("first")
holes = []
for number in range(3000):
    size = 4096 * (1 + number % 3)
    holes.append((reserve(size), size))
    reserve(3 << 30)
for hole, size in holes:
    libc.munmap(hole, size)
for i in range(200):
    numbers = ", ".join(f"float {float(k * k + i)}" for k in range(64))
    marked = "uwtable" if i % 2 else ""
    code = native.load(f"""
@numbers = internal constant [64 x float] [{numbers}]
@count = internal global i64 {i}
define float @f(i64 %k) {marked} {{
  %at = getelementptr float, ptr @numbers, i64 %k
  %x = load float, ptr %at
  %old = load i64, ptr @count
  %new = add i64 %old, 1
  store i64 %new, ptr @count
  %float = sitofp i64 %new to float
  %y = fadd float %x, %float
  ret float %y
}}
""")
    f = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_int64)(code.address("f"))
    assert f(5) == 25 + i + i + 1
'''


@pytest.mark.skipif(sys.platform != "linux", reason="it asks Linux for an address space")
def test_code_and_its_constants_stay_within_reach_of_each_other(folder: Path) -> None:
    environment = {**os.environ, "DOVETAIL_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", SCATTERED], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
