"""Compile LLVM IR and load the code into this process, with two caches.

`load` looks up the modules in memory, then object code on disk, and compiles last. LLVM is imported
and initialised at first use, because its import takes 50 ms, which `import dovetail` must not cost.

Code is generated for this processor, position independent, with -O3 and loop and SLP vectorisation.
It uses the small code model, where constants are addressed relative to the program counter, except
for functions that exceptions cross (see `_Compiler`).
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dovetail.compile import cache
from dovetail.errors import ArgumentError, CompileError, LinkError

# Part of the key of the cache, so that other settings do not share code.
_MACHINE = {"opt": 3, "reloc": "pic", "codemodel": "small", "jit": True}
_FAR_MACHINE = {**_MACHINE, "codemodel": "large"}
_TUNING = {"speed_level": 3, "loop_vectorization": True, "slp_vectorization": True}
# The passes for code that says so: it calls other code, and is as fast without the others, which
# take ten times as long.
BRIEFLY = "; optimised briefly\n"
_BRIEF_PASSES = "sroa", "instruction_combine", "simplify_cfg"

_lock = threading.RLock()
_modules: dict[tuple[str, int], NativeModule] = {}  # by the IR and the copy
_symbols: dict[str, int] = {}
_names = itertools.count()


def _rejected(reason: object, ir: str) -> CompileError:
    remedy = f"please report this fault of Dovetail with the code:\n{ir}"
    return CompileError(f"LLVM rejected generated code: {str(reason).strip()}", remedy=remedy)


def _not_linked(name: str, reason: object) -> LinkError:
    return LinkError(
        f"compiled code for {name!r} cannot be linked: {str(reason).strip()}",
        "a function of that name in the code, and every function that it calls in this process "
        "or named by define_symbol",
    )


def not_an_address(name: str, value: object) -> ArgumentError:
    """The error for something that is no address."""
    return ArgumentError("", name, value, "the address of something in memory, as an integer")


class NativeModule:
    """Compiled code, in memory during the lifetime of this object.

    `load` keeps every module that it has returned, so its addresses stay valid.
    """

    __slots__ = ("_addresses", "_jit", "_library", "_trackers")

    def __init__(self, jit: Any, library: str, tracker: Any) -> None:
        self._jit = jit
        self._library = library
        self._trackers = [tracker]
        self._addresses: dict[str, int] = {}

    def address(self, name: str) -> int:
        """The address of a function or variable of this module."""
        found = self._addresses.get(name)
        if found is None:
            with _lock:
                try:
                    tracker = self._jit.lookup(self._library, name)
                except RuntimeError as error:
                    raise _not_linked(name, error) from None
                self._trackers.append(tracker)
                found = self._addresses[name] = int(tracker[name])
        return found


@dataclass(frozen=True, slots=True)
class _Target:
    """A code generator and the linker for its code."""

    machine: Any
    jit: Any


@dataclass(frozen=True, slots=True)
class _Compiler:
    """LLVM, initialised once for this processor. Use it only under `_lock`.

    There are two linkers. The newer one (JITLink) places a module in one block of memory, and does
    not register unwind tables. The older one (RuntimeDyld) registers them, so that a C++ exception
    of a host may cross our code; but it may place code and constants more than 32 bits apart, which
    would crash the process, so that code must use 64-bit addresses.
    """

    llvm: Any  # the module llvmlite.binding
    plain: _Target
    unwinding: _Target
    identity: bytes  # everything besides the IR that object code depends on
    has_fused_multiply_add: bool
    vector_bits: int
    processor: str

    def target(self, ir: str) -> _Target:
        """The target for `ir`; functions that an exception may cross are marked `uwtable`."""
        return self.unwinding if "uwtable" in ir else self.plain

    @contextmanager
    def parsed(self, ir: str) -> Generator[Any, None, None]:
        """The parsed module of `ir`, within a `with` block."""
        # In a separate context, because the global one only grows. Both are closed explicitly,
        # because the garbage collector could close the context before the module.
        with self.llvm.create_context() as context:
            try:
                module = self.llvm.parse_assembly(ir, context)
            except RuntimeError as error:
                raise _rejected(error, ir) from None
            with module:
                try:
                    module.verify()
                except RuntimeError as error:
                    raise _rejected(error, ir) from None
                yield module

    def optimise(self, module: Any, target: _Target, ir: str) -> None:
        """Optimise the parsed module of `ir`."""
        tuning = self.llvm.create_pipeline_tuning_options()
        for name, value in _TUNING.items():
            setattr(tuning, name, value)
        builder = self.llvm.create_pass_builder(target.machine, tuning)
        if BRIEFLY in ir:
            passes = self.llvm.create_new_module_pass_manager()
            for name in _BRIEF_PASSES:
                getattr(passes, f"add_{name}_pass")()
        else:
            passes = builder.getModulePassManager()
        passes.run(module, builder)

    def compile(self, ir: str) -> bytes:
        target = self.target(ir)
        with self.parsed(ir) as module:
            self.optimise(module, target, ir)
            return target.machine.emit_object(module)

    def link(self, ir: str, code: bytes) -> NativeModule:
        library = f"dovetail-{next(_names)}"
        builder = self.llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name in _defined_symbols_in(ir):
            builder.import_symbol(name, _symbols[name])
        try:
            jit = self.target(ir).jit
            return NativeModule(jit, library, builder.link(jit, library))
        except RuntimeError as error:
            raise _not_linked(library, error) from None


@functools.cache
def _compiler() -> _Compiler:
    # Imported here because it takes 50 ms (see the head of this file).
    import llvmlite  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    import llvmlite.binding as llvm  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    binding: Any = llvm
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    triple = binding.get_process_triple()
    processor = binding.get_host_cpu_name()
    features = binding.get_host_cpu_features()
    target = binding.Target.from_triple(triple)

    def made(options: dict[str, Any], newer_linker: bool) -> _Target:
        machine = target.create_target_machine(
            cpu=processor, features=features.flatten(), **options
        )
        return _Target(machine, binding.create_lljit_compiler(machine, use_jit_link=newer_linker))

    plain = made(_MACHINE, newer_linker=True)
    # On other processors only the newer linker works at all.
    is_x86 = triple.startswith("x86_64")
    unwinding = made(_FAR_MACHINE, newer_linker=False) if is_x86 else plain
    versions = f"{llvmlite.__version__} {binding.llvm_version_info}"
    options = repr((_MACHINE, _FAR_MACHINE, _TUNING, _BRIEF_PASSES))
    facts = (versions, triple, processor, features.flatten(), options)
    if hasattr(os, "register_at_fork"):
        # A forked child must not inherit LLVM in the middle of a compilation.
        os.register_at_fork(
            before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
        )
    has_fma = features.get("fma", False) or not is_x86  # every 64-bit Arm processor has it
    bits = 512 if features.get("avx512f") else 256 if features.get("avx") else 128
    return _Compiler(binding, plain, unwinding, "\0".join(facts).encode(), has_fma, bits, processor)


@functools.cache
def target_text() -> str:
    """The lines of IR that say what machine it is for, as clang writes them."""
    with _lock:
        compiler = _compiler()
    layout, triple = compiler.plain.machine.target_data, compiler.plain.machine.triple
    return f'target datalayout = "{layout}"\ntarget triple = "{triple}"\n'


@functools.cache
def has_fused_multiply_add() -> bool:
    """Whether the processor has fused multiply-add; otherwise it would be a slow call."""
    with _lock:
        return _compiler().has_fused_multiply_add


@functools.cache
def vector_bits() -> int:
    """The bits of the widest registers."""
    with _lock:
        return _compiler().vector_bits


@functools.cache
def processor() -> str:
    """LLVM's name of this processor, as "znver5"."""
    with _lock:
        return _compiler().processor


def _defined_symbols_in(ir: str) -> list[str]:
    """The names that `define_symbol` has given and the code refers to."""
    own = set(re.findall(r"^define [^@\n]*@([\w.$]+)", ir, re.MULTILINE))
    return [name for name in set(re.findall(r"@([\w.$]+)", ir)) - own if name in _symbols]


def define_symbol(name: str, address: int) -> None:
    """Define the external symbol `name` for code that is linked from now on."""
    if address <= 0:
        raise not_an_address(name, address)
    with _lock:
        _symbols[name] = address


def load(ir: str, copy: int = 0) -> NativeModule:
    """The code of `ir`: from memory, otherwise from disk, otherwise compiled now.

    The same text gives the same module, unless another `copy` is asked for, with variables of
    its own. Modules are never unloaded, because hosts keep their addresses. Safe to call from
    several threads: the code is compiled once.
    """
    module = _modules.get((ir, copy))
    if module is not None:
        return module
    with _lock:
        module = _modules.get((ir, copy))
        if module is None:
            module = _modules[ir, copy] = _load(_compiler(), ir)
        return module


def _load(compiler: _Compiler, ir: str) -> NativeModule:
    key = hashlib.sha256(compiler.identity + b"\0" + ir.encode()).hexdigest()
    code = cache.get(key)
    if code is not None:
        try:
            return compiler.link(ir, code)
        except LinkError:
            pass  # the entry is damaged and is replaced
    code = compiler.compile(ir)
    cache.put(key, code)
    return compiler.link(ir, code)


def _printed(ir: str, printer: Callable[[_Target, Any], str]) -> str:
    with _lock:
        compiler = _compiler()
        target = compiler.target(ir)
        with compiler.parsed(ir) as module:
            compiler.optimise(module, target, ir)
            return printer(target, module)


def optimised(ir: str) -> str:
    """The IR text after LLVM has optimised `ir`."""
    return _printed(ir, lambda target, module: str(module))


def assembly(ir: str) -> str:
    """The assembly text of `ir` for this processor."""
    return _printed(ir, lambda target, module: target.machine.emit_assembly(module))
