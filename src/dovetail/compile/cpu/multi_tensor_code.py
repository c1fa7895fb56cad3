"""The LLVM IR that applies one update to many tensors.

    i64 apply(ptr job, ptr parallel_for)

The words of the tables that it reads are named here, in their order; `multi_tensor.py`
fills them in.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.compile.cpu.ir import field, loop
from dovetail.compile.cpu.pool_code import SERIAL

JOB = (
    "items", "bases", "stride", "chunks", "starts", "tasks", "chunk_count", "scalars", "partials",
    "clips", "limit", "bound", "grad_scale", "found_inf", "factor",
)  # fmt: skip
CHUNK = ("item", "offset", "kernel", "length")
KERNEL = (
    "address", "buffer_count", "roles", "sizes", "word_count", "words", "length_count", "lengths",
    "value_count", "values", "given_count", "given", "square", "grad_size",
)  # fmt: skip

# The scalars that every update has, at the start of the scalars of a call.
STEP, NORM_FACTOR, INVERSE_SCALE = range(3)
GRADIENT = 1  # the role of the gradient; the parameter is 0, states follow

_COUNTS = frozenset({
    "items", "stride", "tasks", "chunk_count", "clips", "item", "offset", "length",
    "buffer_count", "word_count", "length_count", "value_count", "given_count", "grad_size",
})  # fmt: skip
_DOUBLES = frozenset({"limit", "bound", "factor"})

# How an element of each type is read, as %wide of type double.
_READ = {
    "float64": ("double", "%wide = fadd double %raw, -0.0"),
    "float32": ("float", "%wide = fpext float %raw to double"),
    "float16": ("half", "%wide = fpext half %raw to double"),
    "bfloat16": (
        "i16",
        "%extended = zext i16 %raw to i32\n  %shifted = shl i32 %extended, 16\n"
        "  %single = bitcast i32 %shifted to float\n  %wide = fpext float %single to double",
    ),
}
SQUARES = tuple(_READ)


def _words(table: str, names: tuple[str, ...], wanted: Sequence[str]) -> str:
    """IR that loads words of a table as %table.name."""
    kinds = dict.fromkeys(_COUNTS, "i64") | dict.fromkeys(_DOUBLES, "double")
    return "\n".join(field(table, names, name, kinds.get(name, "ptr")) for name in wanted)


def _square(dtype: str) -> str:
    """The sum of squares of `count` elements, each scaled and then held within the bound."""
    kind, read = _READ[dtype]
    body = f"""  %at = getelementptr {kind}, ptr %elements, i64 %i
  %raw = load {kind}, ptr %at
  {read}
  %scaled = fmul double %wide, %inverse
  %low = fcmp olt double %scaled, %negative
  %above = select i1 %low, double %negative, double %scaled
  %high = fcmp ogt double %above, %bound
  %held = select i1 %high, double %bound, double %above
  %squared = fmul double %held, %held
  %before = load double, ptr %sum
  %after = fadd reassoc double %before, %squared
  store double %after, ptr %sum"""
    return f"""
define internal double @square_{dtype}(ptr %elements, i64 %count, double %inverse,
                                       double %bound) #0 {{
entry:
  %sum = alloca double
  store double 0.0, ptr %sum
  %negative = fneg double %bound
{loop("i", "%count", "entry", body)}
  %total = load double, ptr %sum
  ret double %total
}}
"""


_SQUARE_TABLE = f"""
@squares = global [{len(SQUARES)} x ptr] [{", ".join(f"ptr @square_{d}" for d in SQUARES)}]
"""

# A chunk: a piece of one tensor, taken as a tensor of its own. First what goes into a kernel's
# arguments: buffers, the words that are the length, and scalars, of which the first is the step.
_PUT_BUFFER = """  %role.at = getelementptr i64, ptr %kernel.roles, i64 %b
  %role = load i64, ptr %role.at
  %size.at = getelementptr i64, ptr %kernel.sizes, i64 %b
  %size = load i64, ptr %size.at
  %base.at = getelementptr ptr, ptr %bases, i64 %role
  %base = load ptr, ptr %base.at
  %bytes = mul i64 %size, %chunk.offset
  %start = getelementptr i8, ptr %base, i64 %bytes
  %buffer.at = getelementptr ptr, ptr %buffers, i64 %b
  store ptr %start, ptr %buffer.at"""

_PUT_LENGTH = """  %position.at = getelementptr i64, ptr %kernel.lengths, i64 %w
  %position = load i64, ptr %position.at
  %word.at = getelementptr i64, ptr %words, i64 %position
  store i64 %chunk.length, ptr %word.at"""

_PUT_SCALAR = """  %pair = shl i64 %s, 1
  %place.at = getelementptr i64, ptr %kernel.given, i64 %pair
  %place = load i64, ptr %place.at
  %number.at = getelementptr i64, ptr %place.at, i64 1
  %number = load i64, ptr %number.at
  %scalar.at = getelementptr double, ptr %job.scalars, i64 %number
  %scalar = load double, ptr %scalar.at
  %value.at = getelementptr double, ptr %values, i64 %place
  store double %scalar, ptr %value.at
  %is.step = icmp eq i64 %number, 0
  br i1 %is.step, label %own, label %s.end
own:                         ; the tensor's own count of steps, where it has one
  %last = sub i64 %job.stride, 1
  %count.at = getelementptr ptr, ptr %bases, i64 %last
  %count = load ptr, ptr %count.at
  %none = icmp eq ptr %count, null
  br i1 %none, label %s.end, label %counted
counted:
  %single = load float, ptr %count
  %step = fpext float %single to double
  store double %step, ptr %value.at"""

_CHUNK_TEXT = f"""
define internal void @apply_chunk(ptr %job, i64 %index) noinline #0 {{
entry:
{_words("job", JOB, ("bases", "stride", "chunks", "scalars"))}
  %chunk.words = mul i64 %index, {len(CHUNK)}
  %chunk = getelementptr i64, ptr %job.chunks, i64 %chunk.words
{_words("chunk", CHUNK, CHUNK)}
  %kernel = getelementptr i8, ptr %chunk.kernel, i64 0
{_words("kernel", KERNEL, KERNEL[:-2])}
  %first = mul i64 %chunk.item, %job.stride
  %bases = getelementptr ptr, ptr %job.bases, i64 %first
  %buffers = alloca ptr, i64 %kernel.buffer_count
  %words = alloca i64, i64 %kernel.word_count
  %values = alloca double, i64 %kernel.value_count
  %words.bytes = mul i64 %kernel.word_count, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %words, ptr %kernel.words, i64 %words.bytes, i1 false)
  %values.bytes = mul i64 %kernel.value_count, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %values, ptr %kernel.values, i64 %values.bytes, i1 false)
{loop("b", "%kernel.buffer_count", "entry", _PUT_BUFFER)}
{loop("w", "%kernel.length_count", "b.exit", _PUT_LENGTH)}
{loop("s", "%kernel.given_count", "w.exit", _PUT_SCALAR)}
  call void %kernel.address(ptr %buffers, ptr %words, ptr %values, ptr @serial_for)
  ret void
}}

define internal void @square_chunk(ptr %job, i64 %index) #0 {{
entry:
{_words("job", JOB, ("bases", "stride", "chunks", "scalars", "partials", "bound"))}
  %chunk.words = mul i64 %index, {len(CHUNK)}
  %chunk = getelementptr i64, ptr %job.chunks, i64 %chunk.words
{_words("chunk", CHUNK, CHUNK)}
  %kernel = getelementptr i8, ptr %chunk.kernel, i64 0
{_words("kernel", KERNEL, ("square", "grad_size"))}
  %first = mul i64 %chunk.item, %job.stride
  %bases = getelementptr ptr, ptr %job.bases, i64 %first
  %gradient.at = getelementptr ptr, ptr %bases, i64 {GRADIENT}
  %gradient = load ptr, ptr %gradient.at
  %bytes = mul i64 %kernel.grad_size, %chunk.offset
  %start = getelementptr i8, ptr %gradient, i64 %bytes
  %inverse.at = getelementptr double, ptr %job.scalars, i64 {INVERSE_SCALE}
  %inverse = load double, ptr %inverse.at
  %sum = call double %kernel.square(ptr %start, i64 %chunk.length, double %inverse,
                                    double %job.bound)
  %partial.at = getelementptr double, ptr %job.partials, i64 %index
  store double %sum, ptr %partial.at
  ret void
}}
"""


def _task(name: str) -> str:
    call_chunk = f"  call void @{name}_chunk(ptr %job, i64 %i)"
    return f"""
define internal void @{name}_task(ptr %job, i64 %number) #0 {{
entry:
{_words("job", JOB, ("starts",))}
  %first.at = getelementptr i64, ptr %job.starts, i64 %number
  %first = load i64, ptr %first.at
  %last.at = getelementptr i64, ptr %first.at, i64 1
  %last = load i64, ptr %last.at
{loop("i", "%last", "entry", call_chunk, start="%first")}
  ret void
}}
"""


_ADD_PARTIAL = """  %partial.at = getelementptr double, ptr %job.partials, i64 %c
  %partial = load double, ptr %partial.at
  %so.far = load double, ptr %sum
  %more.sum = fadd double %so.far, %partial
  store double %more.sum, ptr %sum"""

_COUNT_STEP = """  %first = mul i64 %i, %job.stride
  %number = add i64 %first, %last
  %step.at = getelementptr ptr, ptr %job.bases, i64 %number
  %step = load ptr, ptr %step.at
  %none = icmp eq ptr %step, null
  br i1 %none, label %i.end, label %counts
counts:
  %old = load float, ptr %step
  %new = fadd float %old, 1.0
  store float %new, ptr %step"""

_APPLY = f"""
define i64 @apply(ptr %job, ptr %parallel_for) #0 {{
entry:
{_words("job", JOB, JOB)}
  %factor.at = getelementptr double, ptr %job.scalars, i64 {NORM_FACTOR}
  %inverse.at = getelementptr double, ptr %job.scalars, i64 {INVERSE_SCALE}
  %no.flag = icmp eq ptr %job.found_inf, null
  br i1 %no.flag, label %go, label %flag
flag:
  %found = load float, ptr %job.found_inf
  %skip = fcmp une float %found, 0.0
  br i1 %skip, label %skipped, label %go
skipped:
  ret i64 1
go:
  store double %job.factor, ptr %factor.at   ; 1, or what the caller has found
  store double 1.0, ptr %inverse.at
  %no.scale = icmp eq ptr %job.grad_scale, null
  br i1 %no.scale, label %clipping, label %scale
scale:                       ; as GradScaler.unscale_: the reciprocal, rounded to float32
  %loss.scale = load float, ptr %job.grad_scale
  %wide.scale = fpext float %loss.scale to double
  %reciprocal = fdiv double 1.0, %wide.scale
  %rounded = fptrunc double %reciprocal to float
  %inverse = fpext float %rounded to double
  store double %inverse, ptr %inverse.at
  br label %clipping
clipping:
  %clip = icmp ne i64 %job.clips, 0
  br i1 %clip, label %norm, label %count
norm:
  call void %parallel_for(ptr @square_task, ptr %job, i64 %job.tasks)
  %sum = alloca double
  store double 0.0, ptr %sum
{loop("c", "%job.chunk_count", "norm", _ADD_PARTIAL)}
  %total = load double, ptr %sum
  %norm.value = call double @llvm.sqrt.f64(double %total)
  %over = fcmp ugt double %norm.value, %job.limit     ; so is NaN
  %larger = select i1 %over, double %norm.value, double %job.limit
  %factor = fdiv double %job.limit, %larger
  store double %factor, ptr %factor.at
  br label %count
count:
  %last = sub i64 %job.stride, 1
{loop("i", "%job.items", "count", _COUNT_STEP)}
  call void %parallel_for(ptr @apply_task, ptr %job, i64 %job.tasks)
  ret i64 0
}}
"""


def text() -> str:
    """The module; `apply` is its entry, `squares` the routines for the norm, by type."""
    return "\n".join([
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
        "declare double @llvm.sqrt.f64(double)",
        SERIAL, *map(_square, SQUARES), _SQUARE_TABLE, _CHUNK_TEXT,
        _task("apply"), _task("square"), _APPLY,
        'attributes #0 = { nounwind "prefer-vector-width"="512" }',
    ])  # fmt: skip
