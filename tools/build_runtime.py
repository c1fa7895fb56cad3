"""Compile the runtime, src/dovetail/runtime/*.c, to the LLVM IR that is committed beside it.

    python tools/build_runtime.py

Run it after each change of a `.c` or `.h` file; a test compares. It needs clang 19: IR is read by
LLVMs of its own age and newer, and the oldest llvmlite that Dovetail works with holds LLVM 20.

One file serves all processors, except where the source asks which it is for: all that crosses
between functions are pointers, 32- and 64-bit integers and doubles. The IR is what clang makes of
the source before it optimises. When Dovetail loads it, it adds the data layout and the triple of
the machine it runs on, and LLVM optimises it for this processor.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

RUNTIME = Path(__file__).parents[1] / "src" / "dovetail" / "runtime"
CLANG = "clang-19"
MACHINES = {"x86_64": "x86_64-linux-gnu", "aarch64": "aarch64-linux-gnu"}
FLAGS = (
    "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-ffreestanding",
    # As the frontend writes it, for LLVM to optimise later; with the names of values.
    "-O2", "-Xclang", "-disable-llvm-passes", "-Xclang", "-disable-lifetime-markers",
    "-fno-discard-value-names", "-fno-strict-aliasing",
    "-fPIC", "-fno-stack-protector",
    # Floating point as it is written.
    "-ffp-contract=off", "-fno-math-errno",
)  # fmt: skip
# A host's C++ exception may cross these files.
UNWINDING = ("-fexceptions", "-funwind-tables", "-fno-asynchronous-unwind-tables")
NOT_UNWINDING = ("-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")
CROSSED = ("torch_operator", "torch_threads", "tensorflow", "jax", "jax_cuda")
OF_A_MACHINE = ("pool", "tensorflow", "torch_threads")  # they include float_mode.h
MORE_FLAGS = {"multi_tensor": ("-mprefer-vector-width=512",)}


def sources_hash(source: Path) -> str:
    """A digest of a source and of all headers, independent of where they are."""
    digest = hashlib.sha256()
    for path in (source, *sorted(source.parent.glob("*.h"))):
        digest.update(f"{path.name}\0{path.read_text()}\0".encode())
    return digest.hexdigest()


def recorded_hash(ir: Path) -> str:
    """The digest of the sources that an IR file was made of."""
    found = re.search(r"^; sources: ([0-9a-f]{64})$", ir.read_text(), re.MULTILINE)
    return found[1] if found else ""


def compiled(source: Path, machine: str, clang: str = CLANG) -> str:
    """The IR of a source, cleaned of all that names the machine or the processor."""
    unwinding = UNWINDING if source.stem in CROSSED else NOT_UNWINDING
    more = MORE_FLAGS.get(source.stem, ())
    flags = (f"--target={MACHINES[machine]}", *FLAGS, *unwinding, *more)
    command = [clang, *flags, "-S", "-emit-llvm", "-o", "-", source.name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=source.parent, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return cleaned(done.stdout)


def cleaned(ir: str) -> str:
    """Without target, file name, module flags, and attributes that name a processor."""
    ir = re.sub(r"^(; ModuleID|source_filename|target |!llvm\.).*\n", "", ir, flags=re.MULTILINE)
    ir = re.sub(r' "(?!prefer-vector-width)[\w.-]+"(="[^"]*")?', "", ir)
    for number in re.findall(r"^attributes (#\d+) = { }\n", ir, flags=re.MULTILINE):
        ir = re.sub(rf"^attributes {number} = .*\n| {number}\b", "", ir, flags=re.MULTILINE)
    for number in re.findall(r"^(!\d+) = ", ir, flags=re.MULTILINE):
        if len(re.findall(rf"{number}\b", ir)) == 1:
            ir = re.sub(rf"^{number} = .*\n", "", ir, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", ir).strip() + "\n"


def built(source: Path, clang: str = CLANG) -> dict[str, str]:
    """The IR files of a source, by name."""
    version = subprocess.run([clang, "--version"], capture_output=True, text=True, check=True)
    release = re.search(r"version (\d+\.\d+\.\d+)", version.stdout)
    head = (
        f"; Made of {source.name} by tools/build_runtime.py: change that, not this.\n"
        f"; clang: {release[1] if release else ''}\n; sources: {sources_hash(source)}\n\n"
    )
    if source.stem not in OF_A_MACHINE:
        return {f"{source.stem}.ll": head + compiled(source, "x86_64", clang)}
    return {
        f"{source.stem}.{machine}.ll": head + compiled(source, machine, clang)
        for machine in MACHINES
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clang", default=CLANG)
    clang: str = parser.parse_args(arguments).clang
    files = {
        name: text
        for source in sorted(RUNTIME.glob("*.c"))
        for name, text in built(source, clang).items()
    }
    for path in RUNTIME.glob("*.ll"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (RUNTIME / name).write_text(text)
        print(name, len(text), file=sys.stderr)


if __name__ == "__main__":
    main()
