"""The LLVM IR between PyTorch's dispatcher and a program: no Python on the way.

PyTorch calls an operator's kernel with a stack of 64-bit words, inputs first, which is to
hold the outputs afterwards (its stable C ABI, PyTorch 2.10 and later). `kernel`
looks the operator's program up by the data types, sizes and strides of the tensors,
allocates the outputs and runs the program. Where there is none yet, it asks Python
(`resolve`), once for each new layout.

Records are tables of 64-bit words, written by native.py.
"""

from __future__ import annotations

from dovetail.compile.cpu.ir import field, loop, message
from dovetail.compile.cpu.memory import rounded
from dovetail.compile.cpu.pool_code import SERIAL
from dovetail.compile.cpu.runner import OUT_OF_RANGE
from dovetail.hosts.torch.memory import SUSPECT
from dovetail.operations.plans import FIND, HEAD, SEED

SLOTS = 64  # kernels in one module
OPERATOR = ("tensors", "scalars", "outputs", "table", "resolve", "number")
PLAN = (*HEAD, "program", "outputs")
OUTPUT = ("rank", "sizes", "strides", "dtype", "block")

POOLED = rounded(1 << 19)  # outputs of this size and more come from recycled memory
MOST_RANK = 64

SYMBOLS = (
    "aoti_torch_get_sizes", "aoti_torch_get_strides", "aoti_torch_get_dim",
    "aoti_torch_get_dtype", "aoti_torch_empty_strided", "aoti_torch_delete_tensor_object",
    "torch_get_const_data_ptr", "torch_get_mutable_data_ptr", "torch_from_blob",
    "torch_get_num_threads", "aoti_torch_get_storage_size",
    "aoti_torch_get_storage_offset", "aoti_torch_get_numel",
)  # fmt: skip

_DECLARATIONS = """
declare i32 @aoti_torch_get_sizes(ptr, ptr)
declare i32 @aoti_torch_get_strides(ptr, ptr)
declare i32 @aoti_torch_get_dim(ptr, ptr)
declare i32 @aoti_torch_get_dtype(ptr, ptr)
declare i32 @aoti_torch_empty_strided(i64, ptr, ptr, i32, i32, i32, ptr)
declare i32 @aoti_torch_delete_tensor_object(ptr)
declare i32 @aoti_torch_get_storage_size(ptr, ptr)
declare i32 @aoti_torch_get_storage_offset(ptr, ptr)
declare i32 @aoti_torch_get_numel(ptr, ptr)
declare i64 @llvm.umax.i64(i64, i64)
declare i32 @torch_get_const_data_ptr(ptr, ptr)
declare i32 @torch_get_mutable_data_ptr(ptr, ptr)
declare i32 @torch_from_blob(ptr, i64, ptr, ptr, i64, i32, i32, i32, ptr, i32, ptr, i64, ptr, ptr)
declare void @torchCheckFail(ptr, ptr, i32, ptr)
declare i64 @dovetail_run_program(ptr, ptr, ptr, ptr)
declare ptr @dovetail_take(i64)
declare void @dovetail_give(ptr, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""

# On the pool of compile/cpu/threads.py, and on no more threads than PyTorch may use: its own wait
# for each other at the end of a loop by spinning, for milliseconds where a processor is busy.
PARALLEL = (
    SERIAL
    + """
declare i32 @torch_get_num_threads(ptr)
declare void @dovetail_pool_run(ptr, ptr, i64, i32)
@limit = global i32 1

define void @parallel_for(ptr %task, ptr %context, i64 %count) uwtable {
entry:
  %number = alloca i32
  store i32 1, ptr %number
  %few = icmp sle i64 %count, 1
  br i1 %few, label %here, label %ask
ask:
  %status = call i32 @torch_get_num_threads(ptr %number)
  %theirs = load i32, ptr %number
  %most = load i32, ptr @limit
  %fewer = icmp slt i32 %theirs, %most
  %threads = select i1 %fewer, i32 %theirs, i32 %most
  %alone = icmp sle i32 %threads, 1
  br i1 %alone, label %here, label %spread
spread:
  call void @dovetail_pool_run(ptr %task, ptr %context, i64 %count, i32 %threads)
  ret void
here:
  call void @serial_for(ptr %task, ptr %context, i64 %count)
  ret void
}
"""
)


_DROP_ONE = """  %at = getelementptr ptr, ptr %handles, i64 %i
  %handle = load ptr, ptr %at
  %status = call i32 @aoti_torch_delete_tensor_object(ptr %handle)"""


def kernels_text(batch: int, abi: dict[str, int]) -> str:
    """A module of `SLOTS` kernels, `kernel_0` and so on, for the records in `slots`.

    `abi`: the constants `cpu` and `strided`. `batch` makes the text of each module its own.
    """
    fields = "\n".join(
        field("operator", OPERATOR, name, "ptr" if name == "resolve" else "i64")
        for name in OPERATOR
        if name != "table"
    )
    output = "\n".join(
        field("output", OUTPUT, name, "ptr" if name in ("sizes", "strides") else "i64")
        for name in OUTPUT
    )
    entry_points = "\n".join(
        f"""
define void @kernel_{slot}(ptr %stack, i64 %inputs, i64 %outputs) uwtable {{
  %slot = getelementptr ptr, ptr @slots, i64 {slot}
  %operator = load ptr, ptr %slot
  call void @kernel(ptr %operator, ptr %stack)
  ret void
}}"""
        for slot in range(SLOTS)
    )
    return f"""; batch {batch}
{_DECLARATIONS}{FIND}
declare void @dovetail_torch_for(ptr, ptr, i64)
@slots = global [{SLOTS} x ptr] zeroinitializer
{message("place", "dovetail")}
{message("bad.index", OUT_OF_RANGE)}
{message("no.memory", NO_MEMORY)}
{message("too.many", TOO_MANY)}
{message("no.memory.there", NO_MEMORY_THERE)}

define internal void @give_back(ptr %data, ptr %context) {{
  %size = ptrtoint ptr %context to i64
  call void @dovetail_give(ptr %data, i64 %size)
  ret void
}}

define internal void @drop(ptr %handles, i64 %count) uwtable {{
entry:
{loop("i", "%count", "entry", _DROP_ONE)}
  ret void
}}

define internal void @kernel(ptr %operator, ptr %stack) uwtable {{
entry:
{fields}
  %most = mul i64 %operator.tensors, {1 + 2 * MOST_RANK}
  %count = add i64 %operator.tensors, %operator.outputs
  %given = alloca ptr, i64 %count
  %made = alloca ptr, i64 %operator.outputs
  %handle.at = alloca ptr
  %dim.at = alloca i64
  %dtype.at = alloca i32
  %sizes.at = alloca ptr
  %strides.at = alloca ptr
  %message.at = alloca ptr
  %numel.at = alloca i64
  %storage.at = alloca i64
  %offset.at = alloca i64
  %key = alloca i64, i64 %most
  br label %tensors
tensors:
  %i = phi i64 [0, %entry], [%i.next, %keyed]
  %at = phi i64 [0, %entry], [%at.next, %keyed]
  %hash = phi i64 [{SEED}, %entry], [%hash.next, %keyed]
  %i.more = icmp slt i64 %i, %operator.tensors
  br i1 %i.more, label %tensor, label %search
tensor:
  %tensor.at = getelementptr ptr, ptr %stack, i64 %i
  %handle = load ptr, ptr %tensor.at
  %s1 = call i32 @aoti_torch_get_dim(ptr %handle, ptr %dim.at)
  %s2 = call i32 @aoti_torch_get_dtype(ptr %handle, ptr %dtype.at)
  %s3 = call i32 @aoti_torch_get_sizes(ptr %handle, ptr %sizes.at)
  %s4 = call i32 @aoti_torch_get_strides(ptr %handle, ptr %strides.at)
  %data.at = getelementptr ptr, ptr %given, i64 %i
  %s5 = call i32 @torch_get_const_data_ptr(ptr %handle, ptr %data.at)
  %dim = load i64, ptr %dim.at
  %deep = icmp ugt i64 %dim, {MOST_RANK}
  br i1 %deep, label %too.deep, label %located
located:
  %data = load ptr, ptr %data.at
  %data.number = ptrtoint ptr %data to i64
  %unread = icmp ne i32 %s5, 0
  %low = icmp ult i64 %data.number, {SUSPECT}
  %suspect = or i1 %unread, %low
  br i1 %suspect, label %look, label %keyed
look:                        ; nothing lies there, unless it has no elements
  store i64 -1, ptr %numel.at
  store i64 0, ptr %storage.at
  %s9 = call i32 @aoti_torch_get_numel(ptr %handle, ptr %numel.at)
  %numel = load i64, ptr %numel.at
  %no.elements = icmp eq i64 %numel, 0
  br i1 %no.elements, label %keyed, label %weigh
weigh:
  %no.data = icmp eq i64 %data.number, 0
  %missing = or i1 %unread, %no.data
  br i1 %missing, label %nothing, label %weighed
weighed:
  store i64 0, ptr %offset.at
  %s10 = call i32 @aoti_torch_get_storage_size(ptr %handle, ptr %storage.at)
  %s11 = call i32 @aoti_torch_get_storage_offset(ptr %handle, ptr %offset.at)
  %storage = load i64, ptr %storage.at
  %offset = load i64, ptr %offset.at
  %freed = icmp eq i64 %storage, 0
  %divisor = call i64 @llvm.umax.i64(i64 %offset, i64 1)
  %from.nothing = udiv i64 %data.number, %divisor   ; bytes of an element, if the storage is null
  %few.bytes = icmp ule i64 %from.nothing, 8
  %nowhere = or i1 %freed, %few.bytes
  br i1 %nowhere, label %nothing, label %keyed
keyed:
  %dtype = load i32, ptr %dtype.at
  %sizes = load ptr, ptr %sizes.at
  %strides = load ptr, ptr %strides.at
  %dtype.wide = sext i32 %dtype to i64
  %dtype.high = shl i64 %dtype.wide, 8
  %head = or i64 %dtype.high, %dim
  %head.at = getelementptr i64, ptr %key, i64 %at
  store i64 %head, ptr %head.at
  %sizes.to = getelementptr i64, ptr %head.at, i64 1
  %strides.to = getelementptr i64, ptr %sizes.to, i64 %dim
  %bytes = mul i64 %dim, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %sizes.to, ptr %sizes, i64 %bytes, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %strides.to, ptr %strides, i64 %bytes, i1 false)
  %dim.two = mul i64 %dim, 2
  %words = add i64 %dim.two, 1
  %at.next = add i64 %at, %words
  %hash.next = call i64 @mix(i64 %hash, ptr %head.at, i64 %words)
  %i.next = add i64 %i, 1
  br label %tensors
search:
  %table.at = getelementptr i64, ptr %operator, i64 {OPERATOR.index("table")}
  %table = load atomic ptr, ptr %table.at acquire, align 8
  %known = call ptr @find(ptr %table, i64 %hash, ptr %key, i64 %at)
  %new = icmp eq ptr %known, null
  br i1 %new, label %ask, label %run
ask:
  store ptr @no.memory, ptr %message.at
  %answer = call ptr %operator.resolve(i64 %operator.number, i64 %hash, ptr %key, i64 %at,
      ptr %message.at)
  %refused = icmp eq ptr %answer, null
  br i1 %refused, label %fail, label %run
nothing:
  store ptr @no.memory.there, ptr %message.at
  br label %fail
too.deep:
  store ptr @too.many, ptr %message.at
  br label %fail
fail:
  call void @drop(ptr %stack, i64 %operator.tensors)
  %message = load ptr, ptr %message.at
  call void @torchCheckFail(ptr @place, ptr @place, i32 0, ptr %message)
  unreachable
run:
  %plan = phi ptr [%known, %search], [%answer, %ask]
{field("plan", PLAN, "program", "ptr")}
{field("plan", PLAN, "outputs", "ptr")}
  br label %outputs
outputs:
  %o = phi i64 [0, %run], [%o.next, %output.end]
  %o.more = icmp slt i64 %o, %operator.outputs
  br i1 %o.more, label %allocate, label %call
allocate:
  %o.offset = mul i64 %o, {len(OUTPUT)}
  %output = getelementptr i64, ptr %plan.outputs, i64 %o.offset
{output}
  %kind = trunc i64 %output.dtype to i32
  %large = icmp sgt i64 %output.block, 0
  br i1 %large, label %recycled, label %plain
recycled:
  %block = call ptr @dovetail_take(i64 %output.block)
  %context = inttoptr i64 %output.block to ptr
  %lost = icmp eq ptr %block, null
  br i1 %lost, label %plain, label %wrap
wrap:
  %s6 = call i32 @torch_from_blob(ptr %block, i64 %output.rank, ptr %output.sizes,
      ptr %output.strides, i64 0, i32 %kind, i32 {abi["cpu"]}, i32 -1, ptr %handle.at,
      i32 {abi["strided"]}, ptr null, i64 0, ptr @give_back, ptr %context)
  br label %output.made
plain:
  %s7 = call i32 @aoti_torch_empty_strided(i64 %output.rank, ptr %output.sizes,
      ptr %output.strides, i32 %kind, i32 {abi["cpu"]}, i32 -1, ptr %handle.at)
  br label %output.made
output.made:
  %failed = phi i32 [%s6, %wrap], [%s7, %plain]
  %bad = icmp ne i32 %failed, 0
  br i1 %bad, label %exhausted, label %output.end
output.end:
  %result = load ptr, ptr %handle.at
  %made.at = getelementptr ptr, ptr %made, i64 %o
  store ptr %result, ptr %made.at
  %place = add i64 %operator.tensors, %o
  %result.at = getelementptr ptr, ptr %given, i64 %place
  %s8 = call i32 @torch_get_mutable_data_ptr(ptr %result, ptr %result.at)
  %o.next = add i64 %o, 1
  br label %outputs
exhausted:
  call void @drop(ptr %made, i64 %o)
  call void @drop(ptr %stack, i64 %operator.tensors)
  call void @torchCheckFail(ptr @place, ptr @place, i32 0, ptr @no.memory)
  unreachable
call:
  %scalars = getelementptr i64, ptr %stack, i64 %operator.tensors
  %status = call i64 @dovetail_run_program(ptr %plan.program, ptr %given, ptr %scalars,
      ptr @dovetail_torch_for)
  call void @drop(ptr %stack, i64 %operator.tensors)
  %wrong = icmp ne i64 %status, 0
  br i1 %wrong, label %outside, label %store
outside:
  call void @drop(ptr %made, i64 %operator.outputs)
  call void @torchCheckFail(ptr @place, ptr @place, i32 0, ptr @bad.index)
  unreachable
store:
  %bytes.out = mul i64 %operator.outputs, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %stack, ptr %made, i64 %bytes.out, i1 false)
  ret void
}}
{entry_points}
"""


NO_MEMORY = "the outputs could not be allocated"
NO_MEMORY_THERE = (
    "a tensor has elements but no memory of its own: it wraps other tensors, or its storage has "
    "been freed (resize_(0)); pass a tensor of plain memory"
)
TOO_MANY = f"a tensor has more than {MOST_RANK} dimensions: reshape it to fewer"
