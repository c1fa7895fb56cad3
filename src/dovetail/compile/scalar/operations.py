"""A table of LLVM IR for each elementwise primitive, for every processor.

No instruction has a fast-math flag, so that a value has the same bits in every loop that computes
it: fused multiply-adds are nodes of the graph (transform/contract.py), and only sums are
reassociated.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from dovetail.compile.scalar import vectormath
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.primitives import PRIMITIVES

# The type of a value in a register, and in memory.
_REGISTER = {"bool": "i1", "float16": "float", "bfloat16": "float", "float32": "float",
             "float64": "double"}  # fmt: skip
_MEMORY = {"bool": "i8", "float16": "half", "bfloat16": "i16", "float32": "float",
           "float64": "double"}  # fmt: skip


def register_type(dtype: DType) -> str:
    return _REGISTER.get(dtype.name) or f"i{dtype.bits}"


def memory_type(dtype: DType) -> str:
    return _MEMORY.get(dtype.name) or f"i{dtype.bits}"


def suffix(dtype: DType) -> str:
    """The suffix of an intrinsic's name."""
    return {"float": "f32", "double": "f64"}.get(register_type(dtype)) or register_type(dtype)


def literal(value: float | int | bool, dtype: DType) -> str:
    """A number in LLVM syntax; floating ones are written as the bits of a double."""
    if dtype.kind == "b":
        return "true" if value else "false"
    if not dtype.is_floating:
        return str(int(value))
    number = float(value)
    if register_type(dtype) == "float":
        # A finite double beyond float32's range rounds to infinity.
        try:
            number = struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            number = float("inf") if number > 0 else float("-inf")
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


class Code:
    """Collects instructions, and the declarations that the module needs for them.

    `fuses`: whether the processor has fused multiply-add. `call`: the call of an elementary
    function, of its name, type and operands, where it is not inlined.
    """

    def __init__(self, prefix: str) -> None:
        self.lines: list[str] = []
        self.prefix = prefix
        self.count = 0
        self.declared: set[str] = set()
        self.functions: set[tuple[str, str]] = set()
        self.fuses = True
        self.call: Callable[[str, str, str], str] | None = None
        self.helpers: set[str] = set()
        self.narrowed: dict[tuple[DType, str], str] = {}  # register -> what it was widened from

    def name(self) -> str:
        self.count += 1
        return f"%{self.prefix}{self.count}"

    def add(self, text: str) -> str:
        """Append an instruction with a result, and return its name."""
        result = self.name()
        self.lines.append(f"  {result} = {text}")
        return result

    def intrinsic(self, name: str, dtype: DType, *operands: str, flags: str = "") -> str:
        kind = register_type(dtype)
        self.declared.add(f"declare {kind} @{name}({', '.join([kind] * len(operands))})")
        given = ", ".join(f"{kind} {operand}" for operand in operands)
        call = f"call {flags}" if flags else "call"
        return self.add(f"{call} {kind} @{name}({given})")

    def function(self, name: str, dtype: DType, *operands: str) -> str:
        """A call of an elementary function of vectormath."""
        compute = dtype.compute
        self.functions.add((name, compute.name))
        kind = register_type(compute)
        arguments = ", ".join(f"{kind} {operand}" for operand in operands)
        if self.call is not None:
            return self.add(self.call(name, compute.name, arguments))
        return self.add(f"call {kind} @{vectormath.symbol(name, compute.name)}({arguments})")

    def float_remainder(self, dtype: DType, x: str, y: str) -> str:
        """C's `fmod`, which is exact."""
        return self.add(f"frem {register_type(dtype)} {x}, {y}")

    def rounded_to_bfloat16(self, x: str) -> str:
        """A float as the bits of a bfloat16, rounded to even."""
        bits = self.add(f"bitcast float {x} to i32")
        odd = self.add(f"and i32 {self.add(f'lshr i32 {bits}, 16')}, 1")
        half = self.add(f"add i32 {self.add(f'add i32 {bits}, 32767')}, {odd}")
        quiet = self.add(f"or i32 {bits}, 4194304")  # a NaN must not round to infinity
        is_nan = self.add(f"fcmp uno float {x}, {x}")
        kept = self.add(f"select i1 {is_nan}, i32 {quiet}, i32 {half}")
        return self.add(f"trunc i32 {self.add(f'lshr i32 {kept}, 16')} to i16")

    def select(self, condition: str, dtype: DType, first: str, second: str) -> str:
        kind = register_type(dtype)
        return self.add(f"select i1 {condition}, {kind} {first}, {kind} {second}")

    def compare(self, predicate: str, dtype: DType, first: str, second: str) -> str:
        word = "fcmp" if dtype.is_floating else "icmp"
        return self.add(f"{word} {predicate} {register_type(dtype)} {first}, {second}")


Emit = Callable[[Code, DType, Sequence[str]], str]


def _instruction(integer: str, floating: str = "") -> Emit:
    def emit(code: Code, dtype: DType, x: Sequence[str]) -> str:
        word = floating if dtype.is_floating else integer
        return code.add(f"{word} {register_type(dtype)} {', '.join(x)}")

    return emit


def _intrinsic(name: str) -> Emit:
    def emit(code: Code, dtype: DType, x: Sequence[str]) -> str:
        return code.intrinsic(f"llvm.{name}.{suffix(dtype)}", dtype, *x)

    return emit


def _fused_multiply_add(code: Code, dtype: DType, x: Sequence[str]) -> str:
    if code.fuses:
        return code.intrinsic(f"llvm.fma.{suffix(dtype)}", dtype, *x)
    kind = register_type(dtype)
    product = code.add(f"fmul {kind} {x[0]}, {x[1]}")
    return code.add(f"fadd {kind} {product}, {x[2]}")


def _negative(code: Code, dtype: DType, x: Sequence[str]) -> str:
    kind = register_type(dtype)
    return code.add(f"fneg {kind} {x[0]}" if dtype.is_floating else f"sub {kind} 0, {x[0]}")


def _absolute(code: Code, dtype: DType, x: Sequence[str]) -> str:
    if dtype.is_floating:
        return code.intrinsic(f"llvm.fabs.{suffix(dtype)}", dtype, x[0])
    if dtype.kind == "u":
        return x[0]
    below = code.compare("slt", dtype, x[0], "0")
    return code.select(below, dtype, _negative(code, dtype, x), x[0])


def _sign(code: Code, dtype: DType, x: Sequence[str]) -> str:
    """-1, 0 or 1; zeros keep their sign and NaN stays."""
    zero, one, minus = (literal(value, dtype) for value in (0, 1, -1))
    greater = "ogt" if dtype.is_floating else ("sgt" if dtype.kind == "i" else "ugt")
    above = code.compare(greater, dtype, x[0], zero)
    if dtype.kind == "u":
        return code.select(above, dtype, one, zero)
    below = code.compare("olt" if dtype.is_floating else "slt", dtype, x[0], zero)
    return code.select(above, dtype, one, code.select(below, dtype, minus, x[0]))


def _extremum(word: str) -> Emit:
    def emit(code: Code, dtype: DType, x: Sequence[str]) -> str:
        if dtype.is_floating:  # IEEE 754-2019: NaN propagates, and this vectorises
            return code.intrinsic(f"llvm.{word}imum.{suffix(dtype)}", dtype, *x)
        if dtype.kind == "b":
            return code.add(f"{'or' if word == 'max' else 'and'} i1 {x[0]}, {x[1]}")
        sign = "s" if dtype.kind == "i" else "u"
        return code.intrinsic(f"llvm.{sign}{word}.{suffix(dtype)}", dtype, *x)

    return emit


def _divmod_integers(code: Code, dtype: DType, x: Sequence[str]) -> tuple[str, str]:
    """Quotient rounded down and its remainder; 0 for a divisor of 0, as in NumPy."""
    kind, (a, b) = register_type(dtype), x
    by_zero = code.compare("eq", dtype, b, "0")
    if dtype.kind == "u":
        safe = code.select(by_zero, dtype, "1", b)
        quotient = code.add(f"udiv {kind} {a}, {safe}")
        rest = code.add(f"urem {kind} {a}, {safe}")
    else:
        # The most negative number divided by -1 would trap: negate instead.
        by_minus = code.compare("eq", dtype, b, "-1")
        special = code.add(f"or i1 {by_zero}, {by_minus}")
        safe = code.select(special, dtype, "1", b)
        truncated = code.add(f"sdiv {kind} {a}, {safe}")
        left = code.add(f"srem {kind} {a}, {safe}")
        differs = code.compare("slt", dtype, code.add(f"xor {kind} {left}, {b}"), "0")
        inexact = code.compare("ne", dtype, left, "0")
        down = code.add(f"and i1 {differs}, {inexact}")
        lowered = code.add(f"sub {kind} {truncated}, 1")
        quotient = code.select(down, dtype, lowered, truncated)
        quotient = code.select(by_minus, dtype, code.add(f"sub {kind} 0, {a}"), quotient)
        rest = code.select(down, dtype, code.add(f"add {kind} {left}, {b}"), left)
        rest = code.select(by_minus, dtype, "0", rest)
    return code.select(by_zero, dtype, "0", quotient), code.select(by_zero, dtype, "0", rest)


def _divmod_floats(code: Code, dtype: DType, x: Sequence[str]) -> tuple[str, str]:
    """Python's divmod: the remainder has the divisor's sign, and is exact."""
    kind, (a, b), zero = register_type(dtype), x, literal(0.0, dtype)
    rest = code.float_remainder(dtype, a, b)
    nonzero = code.compare("une", dtype, rest, zero)
    opposite = code.add(
        f"xor i1 {code.compare('olt', dtype, rest, zero)}, {code.compare('olt', dtype, b, zero)}"
    )
    moved = code.add(f"and i1 {nonzero}, {opposite}")
    raised = code.select(moved, dtype, code.add(f"fadd {kind} {rest}, {b}"), rest)
    signed_zero = code.intrinsic(f"llvm.copysign.{suffix(dtype)}", dtype, zero, b)
    remainder = code.select(nonzero, dtype, raised, signed_zero)
    ratio = code.add(f"fdiv {kind} {a}, {b}")
    exact = code.add(f"fdiv {kind} {code.add(f'fsub {kind} {a}, {rest}')}, {b}")
    truncated = code.intrinsic(f"llvm.rint.{suffix(dtype)}", dtype, exact)
    lowered = code.add(f"fsub {kind} {truncated}, {literal(1.0, dtype)}")
    rounded = code.select(moved, dtype, lowered, truncated)
    rounded = code.intrinsic(f"llvm.copysign.{suffix(dtype)}", dtype, rounded, ratio)
    by_zero = code.compare("oeq", dtype, b, zero)
    return code.select(by_zero, dtype, ratio, rounded), remainder


def _floor_divide(code: Code, dtype: DType, x: Sequence[str]) -> str:
    divide = _divmod_floats if dtype.is_floating else _divmod_integers
    return divide(code, dtype, x)[0]


def _remainder(code: Code, dtype: DType, x: Sequence[str]) -> str:
    divide = _divmod_floats if dtype.is_floating else _divmod_integers
    return divide(code, dtype, x)[1]


# Part of each kernel's module, where LLVM inlines it, and so no C of the runtime.
INTEGER_POWER = """
define internal i64 @dt_integer_power(i64 %base, i64 %exponent, i1 %signed) alwaysinline nounwind {
entry:
  %below = icmp slt i64 %exponent, 0
  %negative = and i1 %below, %signed
  br i1 %negative, label %fraction, label %loop
fraction:  ; 1 / base ** n, rounded towards zero
  %one = icmp eq i64 %base, 1
  %minus = icmp eq i64 %base, -1
  %odd = trunc i64 %exponent to i1
  %sign = select i1 %odd, i64 -1, i64 1
  %unit = select i1 %minus, i64 %sign, i64 0
  %small = select i1 %one, i64 1, i64 %unit
  ret i64 %small
loop:
  %n = phi i64 [%exponent, %entry], [%half, %more]
  %b = phi i64 [%base, %entry], [%square, %more]
  %result = phi i64 [1, %entry], [%next, %more]
  %done = icmp eq i64 %n, 0
  br i1 %done, label %exit, label %more
more:
  %bit = trunc i64 %n to i1
  %product = mul i64 %result, %b
  %next = select i1 %bit, i64 %product, i64 %result
  %square = mul i64 %b, %b
  %half = lshr i64 %n, 1
  br label %loop
exit:
  ret i64 %result
}
"""


def _power(code: Code, dtype: DType, x: Sequence[str]) -> str:
    if dtype.is_floating:
        return code.function("pow", dtype, *x)
    code.helpers.add(INTEGER_POWER)
    kind, wide = register_type(dtype), list(x)
    if kind != "i64":
        extend = "sext" if dtype.kind == "i" else "zext"
        wide = [code.add(f"{extend} {kind} {value} to i64") for value in x]
    signed = "true" if dtype.kind == "i" else "false"
    operands = f"i64 {wide[0]}, i64 {wide[1]}, i1 {signed}"
    result = code.add(f"call i64 @dt_integer_power({operands})")
    return result if kind == "i64" else code.add(f"trunc i64 {result} to {kind}")


def _shift(word: str) -> Emit:
    def emit(code: Code, dtype: DType, x: Sequence[str]) -> str:
        kind, last = register_type(dtype), dtype.bits - 1
        signed = word == "shr" and dtype.kind == "i"
        beyond = code.compare("ugt", dtype, x[1], str(last))
        amount = code.select(beyond, dtype, str(last if signed else 0), x[1])
        name = "shl" if word == "shl" else ("ashr" if signed else "lshr")
        shifted = code.add(f"{name} {kind} {x[0]}, {amount}")
        return shifted if signed else code.select(beyond, dtype, "0", shifted)

    return emit


def _not(code: Code, dtype: DType, x: Sequence[str]) -> str:
    kind = register_type(dtype)
    return code.add(f"xor {kind} {x[0]}, {'true' if kind == 'i1' else '-1'}")


def _select(code: Code, dtype: DType, x: Sequence[str]) -> str:
    return code.select(x[0], dtype, x[1], x[2])


def _function(name: str) -> Emit:
    def emit(code: Code, dtype: DType, x: Sequence[str]) -> str:
        return code.function(name, dtype, *x)

    return emit


def _next_after(code: Code, dtype: DType, x: Sequence[str]) -> str:
    """A step of the bits in memory, of which those of positive numbers are ordered."""
    memory, bits = memory_type(dtype), f"i{dtype.bits}"
    narrowed = [narrow(code, dtype, value) for value in x]
    start, end = (widen(code, dtype, value) for value in narrowed)
    raw = [v if memory == bits else code.add(f"bitcast {memory} {v} to {bits}") for v in narrowed]
    sign = f"{-(1 << (dtype.bits - 1))}"
    is_zero = code.compare("oeq", dtype, start, literal(0.0, dtype))
    least = code.add(f"or {bits} {code.add(f'and {bits} {raw[1]}, {sign}')}, 1")
    rises = code.compare("olt", dtype, start, end)
    below = code.add(f"icmp slt {bits} {raw[0]}, 0")
    away = code.add(f"xor i1 {rises}, {below}")  # from 0
    step = code.add(f"select i1 {away}, {bits} 1, {bits} -1")
    moved = code.add(f"add {bits} {raw[0]}, {step}")
    moved = code.add(f"select i1 {is_zero}, {bits} {least}, {bits} {moved}")
    stays = code.compare("oeq", dtype, start, end)
    moved = code.add(f"select i1 {stays}, {bits} {raw[1]}, {bits} {moved}")
    if memory != bits:
        moved = code.add(f"bitcast {bits} {moved} to {memory}")
    value = widen(code, dtype, moved)
    total = code.add(f"fadd {register_type(dtype)} {start}, {end}")
    lost = code.compare("uno", dtype, start, end)
    return code.select(lost, dtype, total, value)


ELEMENTWISE: dict[str, Emit] = {
    "negative": _negative,
    "add": _instruction("add", "fadd"),
    "subtract": _instruction("sub", "fsub"),
    "multiply": _instruction("mul", "fmul"),
    "divide": _instruction("sdiv", "fdiv"),
    "fused_multiply_add": _fused_multiply_add,
    "power": _power,
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "maximum": _extremum("max"),
    "minimum": _extremum("min"),
    "absolute": _absolute,
    "sign": _sign,
    "copysign": _intrinsic("copysign"),
    "nextafter": _next_after,
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "trunc": _intrinsic("trunc"),
    "round": _intrinsic("rint"),
    "sqrt": _intrinsic("sqrt"),
    "logical_and": _instruction("and"),
    "logical_or": _instruction("or"),
    "logical_xor": _instruction("xor"),
    "logical_not": _not,
    "bitwise_and": _instruction("and"),
    "bitwise_or": _instruction("or"),
    "bitwise_xor": _instruction("xor"),
    "bitwise_not": _not,
    "shift_left": _shift("shl"),
    "shift_right": _shift("shr"),
    "select": _select,
    **{name: _function(name) for name in vectormath.FUNCTIONS if name in PRIMITIVES},
}

_PREDICATES = {
    "equal": ("oeq", "eq", "eq"),
    "not_equal": ("une", "ne", "ne"),
    "less": ("olt", "slt", "ult"),
    "less_equal": ("ole", "sle", "ule"),
    "greater": ("ogt", "sgt", "ugt"),
    "greater_equal": ("oge", "sge", "uge"),
}


def _predicate(code: Code, name: str, dtype: DType, x: Sequence[str]) -> str:
    if dtype.is_floating and dtype.bits == 16 and name in ("equal", "not_equal"):
        # A value must equal its copy in memory, so that a search for the maximum finds it.
        x = [widen(code, dtype, narrow(code, dtype, value)) for value in x]
    floating, signed, unsigned = _PREDICATES[name]
    word = floating if dtype.is_floating else signed if dtype.kind == "i" else unsigned
    return code.compare(word, dtype, *x)


def _signbit(code: Code, dtype: DType, x: str) -> str:
    kind = register_type(dtype)
    bits = "i32" if kind == "float" else "i64"
    return code.add(f"icmp slt {bits} {code.add(f'bitcast {kind} {x} to {bits}')}, 0")


def cast(code: Code, source: DType, target: DType, x: str, exact: bool = False) -> str:
    """A conversion; to a half precision it rounds, unless `exact` (it stays in float32)."""
    before, after = register_type(source), register_type(target)
    if target.kind == "b":
        zero = literal(0, source)
        return (
            x
            if source.kind == "b"
            else code.compare("une" if source.is_floating else "ne", source, x, zero)
        )
    if source.is_floating and target.is_floating:
        if before != after:
            x = code.add(f"{'fpext' if after == 'double' else 'fptrunc'} {before} {x} to {after}")
        if target.bits == 16 and source is not target and not exact:
            return widen(code, target, narrow(code, target, x))
        return x
    if source.is_floating:
        word = "si" if target.kind == "i" else "ui"
        name = f"llvm.fpto{word}.sat.{after}.{suffix(source)}"
        code.declared.add(f"declare {after} @{name}({before})")
        return code.add(f"call {after} @{name}({before} {x})")
    if target.is_floating:
        return code.add(f"{'sitofp' if source.kind == 'i' else 'uitofp'} {before} {x} to {after}")
    if before == after:
        return x
    wider = target.bits > source.bits
    word = ("sext" if source.kind == "i" else "zext") if wider else "trunc"
    return code.add(f"{word} {before} {x} to {after}")


def widen(code: Code, dtype: DType, x: str) -> str:
    """Convert a loaded value to the type of a register."""
    if dtype.is_floating and dtype.bits == 16:
        if dtype.name == "float16":
            wide = code.add(f"fpext half {x} to float")
        else:
            shifted = code.add(f"shl i32 {code.add(f'zext i16 {x} to i32')}, 16")
            wide = code.add(f"bitcast i32 {shifted} to float")
        code.narrowed[dtype, wide] = x
        return wide
    return code.add(f"icmp ne i8 {x}, 0") if dtype.kind == "b" else x


def narrow(code: Code, dtype: DType, x: str) -> str:
    """Convert a register to the type in memory, rounded once, to even."""
    if (dtype, x) in code.narrowed:
        return code.narrowed[dtype, x]
    if dtype.name == "float16":
        return code.add(f"fptrunc float {x} to half")
    if dtype.name == "bfloat16":
        return code.rounded_to_bfloat16(x)
    return code.add(f"zext i1 {x} to i8") if dtype.kind == "b" else x


def compute(code: Code, operation: str, dtype: DType, x: Sequence[str]) -> str:
    """One elementwise instruction of a nest, `name` or `name:operand type`."""
    name, *rest = operation.split(":")
    operand = as_dtype(rest[0]) if rest else dtype
    if name == "cast":
        return cast(code, operand, dtype, x[0], exact=rest[1:] == ["exact"])
    if name in _PREDICATES:
        return _predicate(code, name, operand, x)
    if name == "signbit":
        return _signbit(code, operand, x[0])
    return ELEMENTWISE[name](code, dtype, x)
