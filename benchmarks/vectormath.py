"""Worst error and time of every elementary function of the CPU code generator.

Run `python benchmarks/vectormath.py [FUNCTION ...]`: for each function and dtype it prints the
largest error seen in units in the last place with the argument where it was seen, nanoseconds per
element of a loop over 4096 cached elements, the lanes of the vectorised loop, and what compiling
the loop took.

The tests import the references, the samples and the measure of error from here.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import llvmlite.binding as llvm
import mpmath
import numpy as np
import scipy.special
from mpmath import mp
from numpy.typing import NDArray

from dovetail.compile.scalar import vectormath

sys.path.insert(0, str(Path(__file__).parent))
import special_references as special

Floats = NDArray[Any]

LLVM_TYPES: Final = {"float32": "float", "float64": "double"}

# -- compiled loops -------------------------------------------------------------------------------


def loop_ir(function: str, dtype: str) -> str:
    """`void loop(ptr x, [ptr y,] ptr out, i64 n)` with out[i] = function(x[i], ...)."""
    definitions, declares = vectormath.library([(function, dtype)])
    kind = LLVM_TYPES[dtype]
    names = ("x", "y")[: vectormath.FUNCTIONS[function]]
    loads = "\n".join(
        f"  %{n}.at = getelementptr {kind}, ptr %{n}, i64 %i\n  %{n}.i = load {kind}, ptr %{n}.at"
        for n in names
    )
    parameters = ", ".join(f"ptr noalias %{n}" for n in (*names, "out"))
    arguments = ", ".join(f"{kind} %{n}.i" for n in names)
    return (
        "\n".join(sorted(declares))
        + f"""
{definitions}
define void @loop({parameters}, i64 %n) "prefer-vector-width"="512" {{
entry:
  br label %body
body:
  %i = phi i64 [0, %entry], [%next, %body]
{loads}
  %value = call {kind} @{vectormath.symbol(function, dtype)}({arguments})
  %out.at = getelementptr {kind}, ptr %out, i64 %i
  store {kind} %value, ptr %out.at
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %body, label %exit
exit:
  ret void
}}
"""
    )


@dataclass(frozen=True)
class Loop:
    """A compiled loop over arrays; `optimised` is its IR after the passes."""

    dtype: str
    entry: Callable[..., None]
    optimised: str
    assembly: str
    compile_ms: float
    keep_alive: object

    def __call__(self, *arguments: Floats) -> Floats:
        arrays = [np.ascontiguousarray(a, self.dtype) for a in arguments]
        out = np.empty_like(arrays[0])
        if out.size:
            self.entry(*(a.ctypes.data for a in (*arrays, out)), out.size)
        return out

    @property
    def lanes(self) -> int:
        """Elements per vector in the optimised loop; 1 where it is not vectorised."""
        return max((int(n) for n in re.findall(r"store <(\d+) x ", self.optimised)), default=1)


def compile_loop(function: str, dtype: str) -> Loop:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    ir = loop_ir(function, dtype)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
        codemodel="jitdefault",
    )
    start = time.perf_counter()
    module = llvm.parse_assembly(ir)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = True
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    optimised = str(module)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    took = (time.perf_counter() - start) * 1e3
    pointers = [ctypes.c_void_p] * (vectormath.FUNCTIONS[function] + 1)
    prototype = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)
    entry = prototype(engine.get_function_address("loop"))
    assembly = machine.emit_assembly(llvm.parse_assembly(optimised))
    return Loop(dtype, entry, optimised, assembly, took, engine)


# -- references -----------------------------------------------------------------------------------

Reference = Callable[..., Any]


def _numpy_sigmoid(x: Floats) -> Floats:
    decay = np.exp(-np.abs(x))
    return np.where(x < 0, decay, 1.0) / (1.0 + decay)


def _numpy_normal_density(x: Floats) -> Floats:
    return np.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi)


# For float32 results: float64 functions with errors of a few of their own last places.
FLOAT64_REFERENCES: Final[Mapping[str, Reference]] = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "ndtr": scipy.special.ndtr,
    "normal_density": _numpy_normal_density,
    "pow": np.power,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "sigmoid": _numpy_sigmoid,
    "sin": np.sin,
    "sinh": np.sinh,
    "tan": np.tan,
    "tanh": np.tanh,
    **special.FLOAT64_REFERENCES,
}


def _inverse_hyperbolic(sign: int, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """asinh (sign -1) or atanh (+1), by two terms of the series where mpmath would cancel."""
    cubic = mp.mpf(-1) / 6 if sign < 0 else mp.mpf(1) / 3
    return lambda x: function(x) if abs(x) > mp.mpf("1e-15") else x + cubic * x**3


MPMATH_REFERENCES: Final[Mapping[str, Reference]] = {
    "acos": mp.acos,
    "acosh": mp.acosh,
    "asin": mp.asin,
    "asinh": _inverse_hyperbolic(-1, mp.asinh),
    "atan": mp.atan,
    "atan2": mp.atan2,
    "atanh": _inverse_hyperbolic(1, mp.atanh),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "cos": mp.cos,
    "cosh": mp.cosh,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "normal_density": mp.npdf,
    "pow": mp.power,
    "rsqrt": lambda x: 1 / mp.sqrt(x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "sin": mp.sin,
    "sinh": mp.sinh,
    "tan": mp.tan,
    "tanh": mp.tanh,
    **special.MPMATH_REFERENCES,
}

# -- error in units in the last place -------------------------------------------------------------


def ulp_errors_float32(got: Floats, reference: Floats) -> Floats:
    """|got - reference| in units of float32's last place at the reference, which is float64."""
    _, exponent = np.frexp(reference)
    unit = np.ldexp(1.0, np.maximum(exponent - 24, -149))
    overflow = np.abs(reference) >= 2.0**128 - 2.0**103  # rounds to infinity
    with np.errstate(invalid="ignore"):
        error = np.abs(got.astype(np.float64) - reference) / unit
    matches = np.isinf(got) & (np.signbit(got) == np.signbit(reference))
    near = np.abs(reference) < 2.0**128 + 2.0**105
    error = np.where(overflow, np.where(matches, 0.0, np.where(near, error, np.inf)), error)
    return np.where(np.isnan(got), np.inf, error)


def ulp_error_float64(got: float, reference: Any, least: Any = 0) -> float:
    """The same for one float64 result and an mpmath reference; `least`: of a unit for this size."""
    largest = mp.mpf(2) ** 1024
    if abs(reference) >= largest - mp.mpf(2) ** 970:
        if math.isinf(got):
            return 0.0 if (got > 0) == (reference > 0) else math.inf
        if abs(reference) > largest * (1 + mp.mpf(2) ** -51):
            return math.inf
    if not math.isfinite(got):
        # One unit beyond the largest finite number is infinity.
        close = abs(reference) >= largest * (1 - mp.mpf(2) ** -52)
        return 1.0 if math.isinf(got) and close and (got > 0) == (reference > 0) else math.inf
    if reference == 0:
        return 0.0 if got == 0 else math.inf
    exponent = int(mp.floor(mp.log(max(abs(reference), least), 2)))
    unit = mp.ldexp(1, max(exponent - 52, -1074))
    return float(abs(mp.mpf(got) - reference) / unit)


# -- samples --------------------------------------------------------------------------------------

# Regions in which a function does something of interest, besides all exponents.
REGIONS: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "acos": ((-1, 1), (0.49, 0.51), (0.9999, 1), (-1, -0.9999)),
    "acosh": ((1, 1.001), (1, 3), (1, 100)),
    "asin": ((-1, 1), (0.49, 0.51), (0.9999, 1), (-1, -0.9999)),
    "asinh": ((-4, 4), (-0.3, 0.3), (-1000, 1000)),
    "atan": ((-2, 2), (0.99, 1.01), (-100, 100)),
    "atan2": ((-2, 2), (-100, 100)),
    "atanh": ((-1, 1), (-0.2, 0.2), (0.99, 1)),
    "cbrt": ((0.5, 8), (-8, 8)),
    "cos": ((-10, 10), (-1, 1), (1.57, 1.5716), (-1e5, 1e5)),
    "cosh": ((-1, 1), (-20, 20), (88, 90), (709, 711)),
    "erf": ((-1, 1), (0.9, 1.1), (-6, 6)),
    "erfc": ((-1, 1), (-6, 6), (0, 10.1), (9, 10.1), (20, 27.3)),
    "exp": ((-1, 1), (-90, 90), (-104, -86), (-746, -700), (88, 89), (709, 710)),
    "exp2": ((-1, 1), (-150, 128), (-150, -125), (-1075, -1020), (-1075, 1024)),
    "expm1": ((-1, 1), (-0.01, 0.01), (-20, 20), (0.3, 1.1), (-1.1, -0.3), (88, 89), (709, 710)),
    "log": ((0.5, 2), (0.99, 1.01), (0, 100)),
    "log10": ((0.5, 2), (0.99, 1.01), (0, 100)),
    "log1p": ((-1, 1), (-0.01, 0.01), (-0.5, 0.5), (0, 100)),
    "log2": ((0.5, 2), (0.99, 1.01), (0, 100)),
    "ndtr": ((-1, 1), (-6, 6), (-14.3, 0), (-14.3, -13), (-38.5, -28)),
    "normal_density": ((-1, 1), (-6, 6), (-14.4, 0), (-14.4, -13), (-38.6, -28)),
    "pow": ((0, 2), (-100, 100), (0.9, 1.1)),
    "rsqrt": ((0.25, 4), (0.99, 1.01)),
    "sigmoid": ((-1, 1), (-20, 20), (-104, -80), (-746, -700)),
    "sin": ((-10, 10), (-1, 1), (3.14, 3.1425), (-1e5, 1e5)),
    "sinh": ((-1, 1), (0.9, 1.1), (-20, 20), (88, 90), (709, 711)),
    "tan": ((-10, 10), (-1, 1), (0.78, 0.79), (1.57, 1.5716), (-1e5, 1e5)),
    "tanh": ((-1, 1), (-0.01, 0.01), (-10, 10), (-20, 20)),
    **special.REGIONS,
}


def samples(function: str, dtype: str, count: int, seed: int = 0) -> tuple[Floats, ...]:
    """Arguments: half with random bits (all exponents alike), half from the regions."""
    generator = np.random.default_rng(seed)
    bits = {"float32": np.uint32, "float64": np.uint64}[dtype]
    every = generator.integers(0, np.iinfo(bits).max, count // 2, dtype=bits, endpoint=True)
    parts: list[Floats] = [every.view(dtype)]
    regions = REGIONS[function]
    for low, high in regions:
        parts.append(generator.uniform(low, high, count // 2 // len(regions)).astype(dtype))
    x = np.concatenate(parts)
    if vectormath.FUNCTIONS[function] == 1:
        return (x,)
    y = generator.permutation(x)
    if function == "pow":  # most pairs of exponents over- or underflow: choose y for the result
        with np.errstate(all="ignore"):
            limit = 126.0 if dtype == "float32" else 1022.0
            wanted = generator.uniform(-1.2 * limit, 1.2 * limit, x.size)
            y = np.where(
                generator.random(x.size) < 0.8, wanted / np.log2(np.abs(x.astype(float))), y
            ).astype(dtype)
            whole = generator.random(x.size) < 0.3
            y = np.where(whole, np.rint(y), y)
    return x, y


def worst_float32(loop: Loop, function: str, count: int) -> tuple[float, tuple[float, ...]]:
    """The largest error over samples, and its arguments."""
    return worst_of_float32(loop, function, samples(function, "float32", count))


def worst_of_every(loop: Loop, function: str, stride: int) -> tuple[float, tuple[float, ...]]:
    """The largest error over every float32, or every `stride`-th one, of a unary function."""
    worst: tuple[float, tuple[float, ...]] = (0.0, ())
    block = stride << 20
    for start in range(0, 1 << 32, block):
        first = start + start // block % stride  # another phase in each block
        bits = np.arange(first, min(start + block, 1 << 32), stride, dtype=np.uint32)
        worst = max(worst, worst_of_float32(loop, function, (bits.view(np.float32),)))
    return worst


def worst_of_float32(
    loop: Loop, function: str, arguments: tuple[Floats, ...]
) -> tuple[float, tuple[float, ...]]:
    """The largest error over the arguments with a finite result, and where it is."""
    with np.errstate(all="ignore"):
        reference = FLOAT64_REFERENCES[function](*(a.astype(np.float64) for a in arguments))
    keep = np.isfinite(reference)
    for a in arguments:
        keep &= np.isfinite(a)
    kept = tuple(a[keep] for a in arguments)
    if not kept[0].size:
        return 0.0, ()
    errors = ulp_errors_float32(loop(*kept), reference[keep])
    at = int(np.argmax(errors))
    return float(errors[at]), tuple(float(a[at]) for a in kept)


def worst_float64(
    loop: Loop, function: str, count: int, extra: tuple[float, ...] = ()
) -> tuple[float, tuple[float, ...]]:
    """The same against mpmath with 50 digits and more."""
    arguments = samples(function, "float64", count)
    if extra:
        arguments = (np.concatenate([arguments[0], np.array(extra)]),)
    with np.errstate(all="ignore"):
        rough = FLOAT64_REFERENCES[function](*arguments)
    keep = ~np.isnan(rough) & (np.isfinite(rough) | (np.abs(arguments[0]) < 1e300))
    for a in arguments:
        keep &= np.isfinite(a)
    kept = tuple(a[keep] for a in arguments)
    got = loop(*kept)
    rough = rough[keep]
    worst, where = 0.0, tuple(math.nan for _ in kept)
    with mpmath.workdps(50):
        for i in range(got.size):
            if np.isinf(rough[i]) and got[i] == rough[i]:
                continue  # poles, and overflow beyond any doubt
            point = tuple(float(a[i]) for a in kept)
            if rough[i] == 0.0 and got[i] == 0.0:
                continue
            exact = MPMATH_REFERENCES[function](*map(mp.mpf, point))
            terms = special.TERMS.get(function)
            least = 0 if terms is None else terms(*map(mp.mpf, point))
            error = ulp_error_float64(float(got[i]), exact, least)
            if error > worst:
                worst, where = error, point
    return worst, where


# -- the table ------------------------------------------------------------------------------------


def nanoseconds(loop: Loop, function: str, elements: int = 4096) -> float:
    """Per element, the best of many bursts."""
    x = np.random.default_rng(1).uniform(0.01, 0.99, elements).astype(loop.dtype)
    if function == "acosh":
        x += 1
    out = np.empty_like(x)
    pointers = [x.ctypes.data] * vectormath.FUNCTIONS[function] + [out.ctypes.data]
    best = math.inf
    for _ in range(60):
        start = time.perf_counter()
        for _ in range(20):
            loop.entry(*pointers, elements)
        best = min(best, time.perf_counter() - start)
    return best / 20 / elements * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("functions", nargs="*", default=sorted(vectormath.FUNCTIONS))
    parser.add_argument("--float32-points", type=int, default=2_000_000)
    parser.add_argument("--float64-points", type=int, default=4000)
    parser.add_argument(
        "--stride", type=int, help="float32: every so many-th bit pattern instead of samples"
    )
    parser.add_argument("--assembly", action="store_true", help="print it instead of the table")
    options = parser.parse_args()
    print(
        "function  dtype    worst ULP  at                              ns/element lanes compile ms"
    )
    for function in options.functions:
        for dtype in LLVM_TYPES:
            loop = compile_loop(function, dtype)
            if options.assembly:
                print(loop.assembly)
                continue
            if dtype == "float32" and options.stride and vectormath.FUNCTIONS[function] == 1:
                worst, where = worst_of_every(loop, function, options.stride)
            elif dtype == "float32":
                worst, where = worst_float32(loop, function, options.float32_points)
            else:
                worst, where = worst_float64(loop, function, options.float64_points)
            place = ", ".join(f"{w!r}" for w in where)
            print(
                f"{function:9s} {dtype:8s} {worst:9.3f}  {place:32s}"
                f"{nanoseconds(loop, function):9.3f} {loop.lanes:5d} {loop.compile_ms:9.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
