"""The LLVM IR between TensorFlow's executor and a program: no Python on the way.

There is one op, and it has one kernel. `create` is called for each place in a graph (and
once for each kind of eager call) and finds the record of the operation that the attribute
names. `compute` looks the operation's program up by the data types and shapes of the
inputs, allocates the outputs and runs the program. Where there is none yet, it asks Python
(`dovetail_tensorflow_resolve`), once for each new set of shapes. A program with library
calls (matmul, sort) is run by Python as well (`dovetail_tensorflow_run`).

Records are tables of 64-bit words, written by native.py.
"""

# ruff: noqa: E501

from __future__ import annotations

from dovetail.compile.cpu.ir import field, loop, message
from dovetail.compile.cpu.memory import rounded
from dovetail.compile.cpu.runner import OUT_OF_RANGE
from dovetail.operations.plans import FIND, HEAD, SEED

RECORD = ("arrays", "scalars", "table", "number")
PLAN = (*HEAD, "program", "outputs", "count", "number")
OUTPUT = ("rank", "sizes", "dtype", "block", "bytes")

POOLED = rounded(1 << 19)  # outputs of this size and more come from recycled memory

SYMBOLS = (
    "TF_NewStatus", "TF_DeleteStatus", "TF_GetCode", "TF_SetStatus", "TF_GetInput",
    "TF_TensorData", "TF_TensorType", "TF_NumDims", "TF_Dim", "TF_DeleteTensor",
    "TF_TensorElementCount",
    "TF_NewTensor", "TF_NumInputs", "TF_NumOutputs", "TF_AllocateOutput", "TF_SetOutput",
    "TF_ExpectedOutputDataType",
    "TF_OpKernelContext_Failure", "TF_OpKernelConstruction_Failure",
    "TF_OpKernelConstruction_GetAttrSize", "TF_OpKernelConstruction_GetAttrString",
    "TF_ShapeInferenceContextSetUnknownShape",
)  # fmt: skip

_DECLARATIONS = """
declare ptr @TF_NewStatus()
declare void @TF_DeleteStatus(ptr)
declare i32 @TF_GetCode(ptr)
declare void @TF_SetStatus(ptr, i32, ptr)
declare void @TF_GetInput(ptr, i32, ptr, ptr)
declare ptr @TF_TensorData(ptr)
declare i32 @TF_TensorType(ptr)
declare i32 @TF_NumDims(ptr)
declare i64 @TF_TensorElementCount(ptr)
declare i64 @TF_Dim(ptr, i32)
declare void @TF_DeleteTensor(ptr)
declare ptr @TF_NewTensor(i32, ptr, i32, ptr, i64, ptr, ptr)
declare ptr @TF_AllocateOutput(ptr, i32, i32, ptr, i32, i64, ptr)
declare void @TF_SetOutput(ptr, i32, ptr, ptr)
declare i32 @TF_ExpectedOutputDataType(ptr, i32)
declare i32 @TF_NumInputs(ptr)
declare i32 @TF_NumOutputs(ptr)
declare void @TF_OpKernelContext_Failure(ptr, ptr)
declare void @TF_OpKernelConstruction_Failure(ptr, ptr)
declare void @TF_OpKernelConstruction_GetAttrSize(ptr, ptr, ptr, ptr, ptr)
declare void @TF_OpKernelConstruction_GetAttrString(ptr, ptr, ptr, i64, ptr)
declare void @TF_ShapeInferenceContextSetUnknownShape(ptr, ptr)
declare ptr @dovetail_tensorflow_find(ptr, i64, ptr)
declare ptr @dovetail_tensorflow_resolve(i64, i64, ptr, i64, ptr)
declare void @dovetail_tensorflow_run(i64, ptr, ptr, ptr)
declare void @dovetail_tensorflow_for(ptr, ptr, i64)
declare i64 @dovetail_run_program(ptr, ptr, ptr, ptr)
declare ptr @dovetail_take(i64)
declare void @dovetail_give(ptr, i64)
"""

# TensorFlow's threads flush subnormal numbers to zero; a program computes as it does elsewhere.
_MODES = {
    "x86_64": """
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)

define internal i32 @exact_mode() {
  %word = alloca i32
  %exact = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %word)
  %old = load i32, ptr %word
  %new = and i32 %old, -32833
  store i32 %new, ptr %exact
  call void @llvm.x86.sse.ldmxcsr(ptr %exact)
  ret i32 %old
}

define internal void @restore_mode(i32 %old) {
  %word = alloca i32
  store i32 %old, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  ret void
}
""",
}
_SAME_MODE = """
define internal i32 @exact_mode() {
  ret i32 0
}

define internal void @restore_mode(i32 %old) {
  ret void
}
"""

NO_MEMORY = "the outputs could not be allocated"
OTHER_TYPE = "the definition has other inputs or outputs than when the graph was made"
_INVALID_ARGUMENT, _EXHAUSTED = 3, 8
_DOUBLE = 2  # TF_DOUBLE


_DROP_ONE = """  %at = getelementptr ptr, ptr %tensors, i64 %i
  %tensor = load ptr, ptr %at
  call void @TF_DeleteTensor(ptr %tensor)"""


def kernel_text(machine: str) -> str:
    """The module: `create`, `compute`, `delete`, and the shape function `unknown_shape`."""
    fields = "\n".join(field("record", RECORD, name) for name in RECORD if name != "table")
    output = "\n".join(
        field("output", OUTPUT, name, "ptr" if name == "sizes" else "i64") for name in OUTPUT
    )
    return f"""{_DECLARATIONS}{FIND}
{_MODES.get(machine, _SAME_MODE)}
{message("operation", "operation")}
{message("bad.index", OUT_OF_RANGE)}
{message("no.memory", NO_MEMORY)}
{message("other.type", OTHER_TYPE)}

define void @unknown_shape(ptr %context, ptr %status) uwtable {{
  call void @TF_ShapeInferenceContextSetUnknownShape(ptr %context, ptr %status)
  ret void
}}

define ptr @create(ptr %construction) uwtable {{
entry:
  %list = alloca i32
  %total = alloca i32
  store i32 0, ptr %total
  %status = call ptr @TF_NewStatus()
  call void @TF_OpKernelConstruction_GetAttrSize(ptr %construction, ptr @operation, ptr %list, ptr %total, ptr %status)
  %size = load i32, ptr %total
  %length = sext i32 %size to i64
  %text = alloca i8, i64 %length
  call void @TF_OpKernelConstruction_GetAttrString(ptr %construction, ptr @operation, ptr %text, i64 %length, ptr %status)
  %record = call ptr @dovetail_tensorflow_find(ptr %text, i64 %length, ptr %status)
  %unknown = icmp eq ptr %record, null
  br i1 %unknown, label %fail, label %end
fail:
  call void @TF_OpKernelConstruction_Failure(ptr %construction, ptr %status)
  br label %end
end:
  call void @TF_DeleteStatus(ptr %status)
  ret ptr %record
}}

define void @delete(ptr %record) {{
  ret void
}}

define internal void @give_back(ptr %data, i64 %bytes, ptr %context) {{
  %size = ptrtoint ptr %context to i64
  call void @dovetail_give(ptr %data, i64 %size)
  ret void
}}

define internal void @drop(ptr %tensors, i64 %count) uwtable {{
entry:
{loop("i", "%count", "entry", _DROP_ONE)}
  ret void
}}

define void @compute(ptr %record, ptr %context) uwtable {{
entry:
{fields}
  %floats = icmp sgt i64 %record.scalars, 0
  %extra = zext i1 %floats to i64
  %inputs = add i64 %record.arrays, %extra
  %outputs.narrow = call i32 @TF_NumOutputs(ptr %context)
  %outputs.count = sext i32 %outputs.narrow to i64
  %inputs.narrow = call i32 @TF_NumInputs(ptr %context)
  %inputs.given = sext i32 %inputs.narrow to i64
  %count = add i64 %record.arrays, %outputs.count
  %tensors = alloca ptr, i64 %inputs
  %given = alloca ptr, i64 %count
  %made = alloca ptr, i64 %outputs.count
  %tensor.at = alloca ptr
  %status = call ptr @TF_NewStatus()
  %inputs.same = icmp eq i64 %inputs, %inputs.given
  br i1 %inputs.same, label %inputs.check, label %other.inputs
other.inputs:
  call void @TF_SetStatus(ptr %status, i32 {_INVALID_ARGUMENT}, ptr @other.type)
  br label %fail
inputs.check:
  %i = phi i64 [0, %entry], [%i.next, %input]
  %words = phi i64 [0, %entry], [%words.next, %input]
  %i.more = icmp slt i64 %i, %inputs
  br i1 %i.more, label %input, label %key.begin
input:
  %i.narrow = trunc i64 %i to i32
  call void @TF_GetInput(ptr %context, i32 %i.narrow, ptr %tensor.at, ptr %status)
  %tensor = load ptr, ptr %tensor.at
  %tensor.to = getelementptr ptr, ptr %tensors, i64 %i
  store ptr %tensor, ptr %tensor.to
  %rank = call i32 @TF_NumDims(ptr %tensor)
  %rank.wide = sext i32 %rank to i64
  %words.one = add i64 %words, 1
  %words.next = add i64 %words.one, %rank.wide
  %i.next = add i64 %i, 1
  br label %inputs.check
key.begin:
  %key = alloca i64, i64 %words
  br i1 %floats, label %floats.check, label %arrays
floats.check:
  %floats.at = getelementptr ptr, ptr %tensors, i64 %record.arrays
  %floats.tensor = load ptr, ptr %floats.at
  %floats.type = call i32 @TF_TensorType(ptr %floats.tensor)
  %floats.given = call i64 @TF_TensorElementCount(ptr %floats.tensor)
  %floats.typed = icmp eq i32 %floats.type, {_DOUBLE}
  %floats.counted = icmp eq i64 %floats.given, %record.scalars
  %floats.fit = and i1 %floats.typed, %floats.counted
  br i1 %floats.fit, label %arrays, label %other.floats
other.floats:
  call void @TF_SetStatus(ptr %status, i32 {_INVALID_ARGUMENT}, ptr @other.type)
  br label %fail
arrays:
  %a = phi i64 [0, %key.begin], [0, %floats.check], [%a.next, %array.end]
  %at = phi i64 [0, %key.begin], [0, %floats.check], [%at.next, %array.end]
  %hash = phi i64 [{SEED}, %key.begin], [{SEED}, %floats.check], [%h.next, %array.end]
  %a.more = icmp slt i64 %a, %record.arrays
  br i1 %a.more, label %array, label %search
array:
  %array.at = getelementptr ptr, ptr %tensors, i64 %a
  %one = load ptr, ptr %array.at
  %data = call ptr @TF_TensorData(ptr %one)
  %data.at = getelementptr ptr, ptr %given, i64 %a
  store ptr %data, ptr %data.at
  %dtype = call i32 @TF_TensorType(ptr %one)
  %dims = call i32 @TF_NumDims(ptr %one)
  %dims.wide = sext i32 %dims to i64
  %dtype.wide = sext i32 %dtype to i64
  %dtype.high = shl i64 %dtype.wide, 8
  %head = or i64 %dtype.high, %dims.wide
  %head.at = getelementptr i64, ptr %key, i64 %at
  store i64 %head, ptr %head.at
  %sizes.to = getelementptr i64, ptr %head.at, i64 1
  %length = add i64 %dims.wide, 1
  %at.next = add i64 %at, %length
  br label %sizes
sizes:
  %d = phi i32 [0, %array], [%d.next, %size]
  %d.more = icmp slt i32 %d, %dims
  br i1 %d.more, label %size, label %array.end
size:
  %extent = call i64 @TF_Dim(ptr %one, i32 %d)
  %size.at = getelementptr i64, ptr %sizes.to, i32 %d
  store i64 %extent, ptr %size.at
  %d.next = add i32 %d, 1
  br label %sizes
array.end:
  %h.next = call i64 @mix(i64 %hash, ptr %head.at, i64 %length)
  %a.next = add i64 %a, 1
  br label %arrays
search:
  %table.at = getelementptr i64, ptr %record, i64 {RECORD.index("table")}
  %table = load atomic ptr, ptr %table.at acquire, align 8
  %known = call ptr @find(ptr %table, i64 %hash, ptr %key, i64 %at)
  %new = icmp eq ptr %known, null
  br i1 %new, label %ask, label %planned
ask:
  %answer = call ptr @dovetail_tensorflow_resolve(i64 %record.number, i64 %hash, ptr %key, i64 %at, ptr %status)
  %refused = icmp eq ptr %answer, null
  br i1 %refused, label %fail, label %planned
planned:
  %plan = phi ptr [%known, %search], [%answer, %ask]
{field("plan", PLAN, "program", "ptr")}
{field("plan", PLAN, "outputs", "ptr")}
{field("plan", PLAN, "count")}
{field("plan", PLAN, "number")}
  %outputs.same = icmp eq i64 %plan.count, %outputs.count
  br i1 %outputs.same, label %outputs, label %other.outputs
other.outputs:
  call void @TF_SetStatus(ptr %status, i32 {_INVALID_ARGUMENT}, ptr @other.type)
  br label %fail
outputs:
  %o = phi i64 [0, %planned], [%o.next, %output.end]
  %o.more = icmp slt i64 %o, %outputs.count
  br i1 %o.more, label %allocate, label %call
allocate:
  %o.narrow = trunc i64 %o to i32
  %o.offset = mul i64 %o, {len(OUTPUT)}
  %output = getelementptr i64, ptr %plan.outputs, i64 %o.offset
{output}
  %kind = trunc i64 %output.dtype to i32
  %output.dims = trunc i64 %output.rank to i32
  %expected = call i32 @TF_ExpectedOutputDataType(ptr %context, i32 %o.narrow)
  %as.expected = icmp eq i32 %expected, %kind
  br i1 %as.expected, label %typed, label %mistyped
mistyped:
  call void @TF_SetStatus(ptr %status, i32 {_INVALID_ARGUMENT}, ptr @other.type)
  br label %unfinished
typed:
  %large = icmp sgt i64 %output.block, 0
  br i1 %large, label %recycled, label %plain
recycled:
  %block = call ptr @dovetail_take(i64 %output.block)
  %block.size = inttoptr i64 %output.block to ptr
  %lost = icmp eq ptr %block, null
  br i1 %lost, label %plain, label %wrap
wrap:
  %wrapped = call ptr @TF_NewTensor(i32 %kind, ptr %output.sizes, i32 %output.dims, ptr %block, i64 %output.bytes, ptr @give_back, ptr %block.size)
  call void @TF_SetOutput(ptr %context, i32 %o.narrow, ptr %wrapped, ptr %status)
  br label %output.made
plain:
  %allocated = call ptr @TF_AllocateOutput(ptr %context, i32 %o.narrow, i32 %kind, ptr %output.sizes, i32 %output.dims, i64 %output.bytes, ptr %status)
  br label %output.made
output.made:
  %result = phi ptr [%wrapped, %wrap], [%allocated, %plain]
  %none = icmp eq ptr %result, null
  br i1 %none, label %exhausted, label %output.end
exhausted:
  call void @TF_SetStatus(ptr %status, i32 {_EXHAUSTED}, ptr @no.memory)
  br label %unfinished
output.end:
  %made.at = getelementptr ptr, ptr %made, i64 %o
  store ptr %result, ptr %made.at
  %result.place = add i64 %record.arrays, %o
  %result.at = getelementptr ptr, ptr %given, i64 %result.place
  %result.data = call ptr @TF_TensorData(ptr %result)
  store ptr %result.data, ptr %result.at
  %o.next = add i64 %o, 1
  br label %outputs
unfinished:
  call void @drop(ptr %made, i64 %o)
  br label %fail
call:
  br i1 %floats, label %with.floats, label %run
with.floats:
  %scalars.at = getelementptr ptr, ptr %tensors, i64 %record.arrays
  %scalars.tensor = load ptr, ptr %scalars.at
  %scalars.data = call ptr @TF_TensorData(ptr %scalars.tensor)
  br label %run
run:
  %scalars = phi ptr [null, %call], [%scalars.data, %with.floats]
  %python = icmp eq ptr %plan.program, null
  br i1 %python, label %slow, label %fast
slow:
  call void @dovetail_tensorflow_run(i64 %plan.number, ptr %given, ptr %scalars, ptr %status)
  br label %ran
fast:
  %mode = call i32 @exact_mode()
  %outside = call i64 @dovetail_run_program(ptr %plan.program, ptr %given, ptr %scalars, ptr @dovetail_tensorflow_for)
  call void @restore_mode(i32 %mode)
  %wrong = icmp ne i64 %outside, 0
  br i1 %wrong, label %misplaced, label %ran
misplaced:
  call void @TF_SetStatus(ptr %status, i32 {_INVALID_ARGUMENT}, ptr @bad.index)
  br label %ran
ran:
  call void @drop(ptr %made, i64 %outputs.count)
  %code = call i32 @TF_GetCode(ptr %status)
  %failed = icmp ne i32 %code, 0
  br i1 %failed, label %fail, label %end
fail:
  %taken = phi i64 [0, %other.inputs], [%inputs, %other.floats], [%inputs, %ask], [%inputs, %other.outputs], [%inputs, %unfinished], [%inputs, %ran]
  call void @TF_OpKernelContext_Failure(ptr %context, ptr %status)
  br label %end
end:
  %held = phi i64 [%inputs, %ran], [%taken, %fail]
  call void @drop(ptr %tensors, i64 %held)
  call void @TF_DeleteStatus(ptr %status)
  ret void
}}
"""
