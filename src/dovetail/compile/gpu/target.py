"""NVIDIA's chips, and PTX for them from LLVM IR.

LLVM's NVPTX back end is part of llvmlite. The driver compiles PTX when it loads it, so neither a
CUDA toolkit nor a compiler is needed.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import threading
from dataclasses import dataclass
from typing import Any

from dovetail.compile import cache
from dovetail.compile.loops import GPU, GPU_WITH_CLUSTERS, Processor
from dovetail.errors import CompileError, OptionError

TRIPLE = "nvptx64-nvidia-cuda"
OLDEST = 80  # the first with a maximum that propagates NaN
CHIPS = (80, 86, 87, 89, 90, 100, 120)  # that every llvmlite knows; later ones run their code

# Dynamic shared memory of a block, at most, by compute capability; others have what 8.6 has.
_SHARED_KILOBYTES = {80: 163, 87: 163, 90: 227, 100: 227, 101: 227, 103: 227, 110: 227}
_FEWEST_KILOBYTES = 99

CLUSTERS = (2, 4, 8)  # blocks of a cluster; 8 are the most that run on every chip with clusters
_FIRST_WITH_CLUSTERS = 90

# The kernels are written as they should run, and the driver's compiler optimises what they become:
# other passes of LLVM take seven times as long, and so do those of its back end from level 1 on.
# Both leave more instructions, and code that needs up to twice the registers.
_PASSES = "always_inliner", "sroa", "instruction_combine", "simplify_cfg"
_LEVEL = 0
_lock = threading.RLock()


@dataclass(frozen=True)
class Target:
    """A chip that code is generated for, such as `sm_90`.

    `is_whole`: whether the device has as many multiprocessors as a cluster may have blocks.
    """

    name: str
    is_whole: bool = True

    @property
    def capability(self) -> int:
        """The compute capability, ten times: 90 for `sm_90`."""
        found = re.match(r"sm_(\d+)", self.name)
        assert found is not None
        return int(found[1])

    @property
    def shared_bytes(self) -> int:
        """Dynamic shared memory that a block may have."""
        return 1024 * _SHARED_KILOBYTES.get(self.capability, _FEWEST_KILOBYTES)

    @property
    def clusters(self) -> tuple[int, ...]:
        """How many blocks a cluster may have."""
        has_clusters = self.is_whole and self.capability >= _FIRST_WITH_CLUSTERS
        return CLUSTERS if has_clusters else ()

    @property
    def processor(self) -> Processor:
        """What nests for it are lowered for."""
        return GPU_WITH_CLUSTERS if self.clusters else GPU


@functools.cache
def target_of(name: str) -> Target:
    """The target of this name, which is checked."""
    found = re.fullmatch(r"sm_(\d{2,3})a?", str(name))
    if found is None or int(found[1]) < OLDEST:
        expected = f"sm_{OLDEST} or later, such as sm_90"
        raise OptionError("target", name, expected, "see torch.cuda.get_device_capability()")
    return Target(name)


@functools.cache
def _llvm() -> tuple[Any, Any, bytes]:
    """LLVM's binding, its NVPTX target, and everything besides IR and chip that PTX depends on."""
    # Imported here because it takes 50 ms, as in cpu/native.py.
    import llvmlite  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    import llvmlite.binding as llvm  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    binding: Any = llvm
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    if hasattr(os, "register_at_fork"):  # see cpu/native.py
        os.register_at_fork(
            before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
        )
    facts = f"{llvmlite.__version__} {binding.llvm_version_info} {_PASSES} {_LEVEL}"
    return binding, binding.Target.from_triple(TRIPLE), facts.encode()


def ptx_of(ir: str, target: Target) -> str:
    """The PTX of a module: from disk, otherwise generated now."""
    with _lock:
        _, _, facts = _llvm()
        key = hashlib.sha256(b"\0".join((facts, target.name.encode(), ir.encode()))).hexdigest()
        known = cache.get(key)
        if known is not None:
            return known.decode()
        ptx = generate(ir, target)
    cache.put(key, ptx.encode())
    return ptx


def generate(ir: str, target: Target) -> str:
    """PTX from LLVM IR, without the cache on disk."""
    with _lock:
        llvm, found, _ = _llvm()
        machine = found.create_target_machine(cpu=target.name, opt=_LEVEL)
        with llvm.create_context() as context:
            try:
                module = llvm.parse_assembly(ir, context)
                module.verify()
            except RuntimeError as error:
                raise _rejected(error, ir) from None
            with module:
                passes = llvm.create_new_module_pass_manager()
                for name in _PASSES:
                    getattr(passes, f"add_{name}_pass")()
                tuning = llvm.create_pipeline_tuning_options()
                passes.run(module, llvm.create_pass_builder(machine, tuning))
                ptx = str(machine.emit_assembly(module))
    # LLVM makes an unknown intrinsic a call of a function that does not exist, without a word.
    missing = re.search(r"^\.extern \.func .*$", ptx, re.MULTILINE)
    if missing is not None:
        raise _rejected(f"no PTX for {missing[0]}", ir)
    return ptx


def _rejected(reason: object, ir: str) -> CompileError:
    remedy = f"please report this fault of Dovetail with the code:\n{ir}"
    return CompileError(f"LLVM rejected generated GPU code: {reason}", remedy=remedy)
