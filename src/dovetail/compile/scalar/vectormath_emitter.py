"""A small builder of LLVM IR text: arithmetic on `Value` writes one instruction per operation.

A function of `vectormath` is written as maths on `Value` and `Emitter`:

    def cube_plus_one(e: Emitter, x: Value) -> Value:
        return e.fma(x * x, x, 1.0)

No instruction has a fast-math flag: the error analysis depends on every rounding, and a fused
multiply-add is emitted exactly where `fma` is written. The bits are therefore the same in the
vectorised loop and in its scalar remainder.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final


@dataclass(frozen=True)
class Format:
    """A binary floating-point format and the integer type of the same width."""

    dtype: str
    suffix: str
    type: str
    integer: str
    bits: int
    fraction_bits: int  # stored bits of the significand

    @property
    def bias(self) -> int:
        return (1 << (self.bits - 2 - self.fraction_bits)) - 1

    @property
    def precision(self) -> int:
        """Bits of the significand, the hidden one included."""
        return self.fraction_bits + 1

    @property
    def smallest_normal(self) -> float:
        return math.ldexp(1.0, 1 - self.bias)


FLOAT32: Final = Format("float32", "f32", "float", "i32", 32, 23)
FLOAT64: Final = Format("float64", "f64", "double", "i64", 64, 52)
FORMATS: Final = {form.dtype: form for form in (FLOAT32, FLOAT64)}


def round_to(number: float, form: Format, bits: int | None = None) -> float:
    """`number` rounded to the format, or to `bits` significant bits."""
    if bits is not None:
        mantissa, exponent = math.frexp(number)
        return math.ldexp(round(math.ldexp(mantissa, bits)), exponent - bits)
    if form is FLOAT32 and math.isfinite(number):
        return struct.unpack("<f", struct.pack("<f", number))[0]
    return number


def split(number: str | Fraction, form: Format, bits: int | None = None) -> tuple[float, float]:
    """An exact constant as a high part (of `bits` significant bits) and the rounded rest."""
    exact = Fraction(number)
    high = round_to(float(exact), form, bits)
    return high, round_to(float(exact - Fraction(high)), form)


def literal(type_: str, number: float) -> str:
    """`number` as an operand of the type; LLVM writes a float as the bits of that double."""
    if type_.startswith("i"):
        return str(int(number))
    rounded = round_to(number, FLOAT32 if type_ == "float" else FLOAT64)
    return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"


@dataclass(frozen=True, eq=False)
class Value:
    """An operand in the function that `emitter` writes. `a < b` and the like give an `i1`."""

    emitter: Emitter
    type: str
    operand: str

    def __add__(self, other: Value | float) -> Value:
        return self._binary("add", self, other)

    def __radd__(self, other: float) -> Value:
        return self._binary("add", other, self)

    def __sub__(self, other: Value | float) -> Value:
        return self._binary("sub", self, other)

    def __rsub__(self, other: float) -> Value:
        return self._binary("sub", other, self)

    def __mul__(self, other: Value | float) -> Value:
        return self._binary("mul", self, other)

    def __rmul__(self, other: float) -> Value:
        return self._binary("mul", other, self)

    def __truediv__(self, other: Value | float) -> Value:
        return self._binary("div", self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self._binary("div", other, self)

    def __neg__(self) -> Value:
        return self.emitter.write(self.type, f"fneg {self.type} {self.operand}")

    def __and__(self, other: Value | int) -> Value:
        return self._integer("and", other)

    def __or__(self, other: Value | int) -> Value:
        return self._integer("or", other)

    def __xor__(self, other: Value | int) -> Value:
        return self._integer("xor", other)

    def __lshift__(self, other: Value | int) -> Value:
        return self._integer("shl", other)

    def __rshift__(self, other: Value | int) -> Value:
        """Logical: every processor has it for vectors of every width, unlike the arithmetic one."""
        return self._integer("lshr", other)

    def __lt__(self, other: Value | float) -> Value:
        return self._compare("lt", other)

    def __le__(self, other: Value | float) -> Value:
        return self._compare("le", other)

    def __gt__(self, other: Value | float) -> Value:
        return self._compare("gt", other)

    def __ge__(self, other: Value | float) -> Value:
        return self._compare("ge", other)

    def equals(self, other: Value | float) -> Value:
        return self._compare("eq", other)

    def unordered(self, other: Value) -> Value:
        """Whether one of the two is NaN."""
        return self.emitter.write("i1", f"fcmp uno {self.type} {self.operand}, {other.operand}")

    def _operand(self, other: Value | float) -> str:
        if isinstance(other, Value):
            if other.type != self.type:
                raise TypeError(f"{other.type} {other.operand} where {self.type} was expected")
            return other.operand
        return literal(self.type, other)

    def _binary(self, operation: str, left: Value | float, right: Value | float) -> Value:
        prefix = "" if self.type.startswith("i") else "f"
        operands = f"{self._operand(left)}, {self._operand(right)}"
        return self.emitter.write(self.type, f"{prefix}{operation} {self.type} {operands}")

    def _integer(self, operation: str, other: Value | int) -> Value:
        return self.emitter.write(
            self.type, f"{operation} {self.type} {self.operand}, {self._operand(other)}"
        )

    def _compare(self, relation: str, other: Value | float) -> Value:
        if not self.type.startswith("i"):
            comparison = f"fcmp o{relation}"
        else:
            comparison = f"icmp {relation if relation == 'eq' else 's' + relation}"
        return self.emitter.write(
            "i1", f"{comparison} {self.type} {self.operand}, {self._operand(other)}"
        )


@dataclass
class Emitter:
    """Collects the instructions of one function in the arithmetic of `form`.

    `precision` names the set of coefficients: that of the format, or `wide` where a float32
    result is computed in float64.
    """

    form: Format
    precision: str
    lines: list[str] = field(default_factory=list[str])
    declares: set[str] = field(default_factory=set[str])
    _known: dict[str, Value] = field(default_factory=dict[str, "Value"])

    def write(self, type_: str, instruction: str) -> Value:
        """Append an instruction, unless the same one has been written."""
        if instruction not in self._known:
            value = Value(self, type_, f"%v{len(self.lines)}")
            self.lines.append(f"{value.operand} = {instruction}")
            self._known[instruction] = value
        return self._known[instruction]

    def argument(self, name: str) -> Value:
        return Value(self, self.form.type, f"%{name}")

    def constant(self, number: float) -> Value:
        return Value(self, self.form.type, literal(self.form.type, number))

    def integer(self, number: int) -> Value:
        """A constant of 64 bits."""
        return Value(self, "i64", str(number))

    def truth(self, number: int) -> Value:
        return Value(self, "i1", "true" if number else "false")

    # -- intrinsics ---------------------------------------------------------------------------

    def call(self, name: str, *arguments: Value | float) -> Value:
        """`llvm.<name>` on arguments of one type, which is that of the result."""
        type_ = next(a.type for a in arguments if isinstance(a, Value))
        overload = {"float": "f32", "double": "f64"}.get(type_, type_)
        operands = [
            f"{type_} {a.operand if isinstance(a, Value) else literal(type_, a)}" for a in arguments
        ]
        parameters = ", ".join([type_] * len(arguments))
        self.declares.add(f"declare {type_} @llvm.{name}.{overload}({parameters})")
        return self.write(type_, f"call {type_} @llvm.{name}.{overload}({', '.join(operands)})")

    def fma(self, a: Value | float, b: Value | float, c: Value | float) -> Value:
        return self.call("fma", a, b, c)

    def abs(self, x: Value) -> Value:
        return self.call("fabs", x)

    def sqrt(self, x: Value) -> Value:
        return self.call("sqrt", x)

    def rint(self, x: Value) -> Value:
        return self.call("rint", x)

    def with_sign_of(self, magnitude: Value, sign: Value) -> Value:
        return self.call("copysign", magnitude, sign)

    # -- selection and conversion -------------------------------------------------------------

    def select(self, condition: Value, yes: Value | float, no: Value | float) -> Value:
        type_ = next((v.type for v in (yes, no) if isinstance(v, Value)), self.form.type)
        first, second = (
            v.operand if isinstance(v, Value) else literal(type_, v) for v in (yes, no)
        )
        return self.write(
            type_, f"select i1 {condition.operand}, {type_} {first}, {type_} {second}"
        )

    def at_most(self, x: Value, bound: float) -> Value:
        """min(x, bound) that keeps NaN; one instruction on x86."""
        return self.select(x > bound, bound, x)

    def at_least(self, x: Value, bound: float) -> Value:
        """max(x, bound) that keeps NaN; one instruction on x86."""
        return self.select(x < bound, bound, x)

    def convert(self, instruction: str, x: Value, type_: str) -> Value:
        """`instruction` is an LLVM conversion: bitcast, zext, trunc, sitofp, fpext, ..."""
        return self.write(type_, f"{instruction} {x.type} {x.operand} to {type_}")

    def to_bits(self, x: Value) -> Value:
        return self.convert("bitcast", x, self.form.integer)

    def to_bits_of(self, number: float) -> int:
        """The bits of a constant."""
        wide = self.form is FLOAT64
        return struct.unpack("<Q" if wide else "<I", struct.pack("<d" if wide else "<f", number))[0]

    def from_bits(self, bits: Value) -> Value:
        return self.convert("bitcast", bits, self.form.type)

    def widened(self, integer: Value) -> Value:
        """To 64 bits."""
        return integer if integer.type == "i64" else self.convert("zext", integer, "i64")

    def flip_sign(self, x: Value, sign: Value) -> Value:
        """-x where `sign` has its sign bit set, else x."""
        mask = 1 << (self.form.bits - 1)
        return self.from_bits(self.to_bits(x) ^ (self.to_bits(sign) & mask))

    # -- polynomials and double-length arithmetic ---------------------------------------------

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Horner's rule: fewest instructions; iterations of the loop hide the latency."""
        *others, result = map(self.constant, coefficients)
        if coefficients[-1] == 1.0 and others:  # a sum is cheaper than a multiplication
            result = x + others.pop()
        for coefficient in reversed(others):
            result = self.fma(result, x, coefficient)
        return result

    def two_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a + b as rounded sum and error, whatever their sizes."""
        total = a + b
        b_seen = total - a
        return total, (a - (total - b_seen)) + (b - b_seen)

    def quick_two_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a + b as rounded sum and error, where |a| >= |b|."""
        total = a + b
        return total, b - (total - a)

    def two_product(self, a: Value, b: Value | float) -> tuple[Value, Value]:
        """a * b as rounded product and error."""
        product = a * b
        return product, self.fma(a, b, -product)
