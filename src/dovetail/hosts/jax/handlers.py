"""The LLVM IR between XLA and a program: no Python on the way.

XLA calls a handler with a frame of the buffers of its operands and results (XLA's FFI,
versions 0.1 to 0.3, whose layouts are below). `kernel` compares the buffers with those that the
program was made for, collects their addresses, asks for huge pages under large results, which
XLA allocates anew each time, and runs the program. Every handler has a record of its own, a
table of 64-bit words, written by ffi.py: `operands` and `results` describe the buffers, each by
its data type, its rank and its sizes.

The first call of a handler, in place of operands, asks for the version that it speaks: the
caller's own is the answer.
"""

from __future__ import annotations

from dovetail.compile.cpu.ir import field, loop, message
from dovetail.compile.cpu.memory import HUGE_PAGE
from dovetail.compile.cpu.runner import OUT_OF_RANGE

SLOTS = 64  # handlers in one module
RECORD = ("arrays", "outputs", "floats", "program", "sizes", "operands", "results")
LARGE = 2 * HUGE_PAGE  # bytes of an output, from which on it is to lie in huge pages

OTHER_BUFFERS = (
    "the buffers are of other data types or shapes than those that the program was compiled for: "
    "trace and compile again; after jax.export or a change of jax_enable_x64 as well"
)
_INVALID, _OUT_OF_RANGE = 3, 11  # XLA_FFI_Error_Code_INVALID_ARGUMENT, ..._OUT_OF_RANGE

_TYPES = """
%Extension = type { i64, i32, ptr }                   ; size, type, next
%Version = type { i64, ptr, i32, i32 }                ; size, extension, major, minor
%Metadata = type { i64, %Version, i32 }               ; size, version, traits
%MetadataExtension = type { %Extension, ptr }         ; base, metadata
%List = type { i64, ptr, i64, ptr, ptr }              ; size, extension, count, types, buffers
%Frame = type { i64, ptr, ptr, ptr, i32, %List, %List } ; ..., api, context, stage, args, rets
%Buffer = type { i64, ptr, i32, ptr, i64, ptr }       ; ..., dtype, data, rank, dims
%Api = type { i64, ptr, %Version, ptr, ptr }          ; ..., version, internal, Error_Create, ...
%ErrorArgs = type { i64, ptr, ptr, i32 }              ; ..., message, code

declare i64 @dovetail_run_program(ptr, ptr, ptr, ptr)
declare void @dovetail_in_huge_pages(ptr, i64)
declare i32 @memcmp(ptr, ptr, i64)
"""

_FUNCTIONS = """
; Answers the question for the version; gives 1 when the call was that.
define internal i1 @asked(ptr %frame) {
  %extension.at = getelementptr %Frame, ptr %frame, i32 0, i32 1
  %extension = load ptr, ptr %extension.at
  %none = icmp eq ptr %extension, null
  br i1 %none, label %no, label %typed
typed:
  %type.at = getelementptr %Extension, ptr %extension, i32 0, i32 1
  %type = load i32, ptr %type.at
  %is = icmp eq i32 %type, 1
  br i1 %is, label %fill, label %no
fill:
  %metadata.at = getelementptr %MetadataExtension, ptr %extension, i32 0, i32 1
  %metadata = load ptr, ptr %metadata.at
  %major.to = getelementptr %Metadata, ptr %metadata, i32 0, i32 1, i32 2
  %minor.to = getelementptr %Metadata, ptr %metadata, i32 0, i32 1, i32 3
  %traits.to = getelementptr %Metadata, ptr %metadata, i32 0, i32 2
  %api.at = getelementptr %Frame, ptr %frame, i32 0, i32 2
  %api = load ptr, ptr %api.at
  %major.at = getelementptr %Api, ptr %api, i32 0, i32 2, i32 2
  %minor.at = getelementptr %Api, ptr %api, i32 0, i32 2, i32 3
  %major = load i32, ptr %major.at
  %minor = load i32, ptr %minor.at
  store i32 %major, ptr %major.to
  store i32 %minor, ptr %minor.to
  store i32 0, ptr %traits.to
  ret i1 1
no:
  ret i1 0
}

define internal ptr @data(ptr %buffers, i64 %i) {
  %buffer.at = getelementptr ptr, ptr %buffers, i64 %i
  %buffer = load ptr, ptr %buffer.at
  %data.at = getelementptr %Buffer, ptr %buffer, i32 0, i32 3
  %data = load ptr, ptr %data.at
  ret ptr %data
}

; Whether these are so many buffers, each of the type, the rank and the sizes that `words` says.
define internal i1 @fits(ptr %list, i64 %count, ptr %words) {
entry:
  %given.at = getelementptr %List, ptr %list, i32 0, i32 2
  %given = load i64, ptr %given.at
  %as.many = icmp eq i64 %given, %count
  br i1 %as.many, label %begin, label %no
begin:
  %buffers.at = getelementptr %List, ptr %list, i32 0, i32 4
  %buffers = load ptr, ptr %buffers.at
  br label %each
each:
  %i = phi i64 [0, %begin], [%i.next, %same]
  %at = phi i64 [0, %begin], [%at.next, %same]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %look, label %yes
look:
  %buffer.at = getelementptr ptr, ptr %buffers, i64 %i
  %buffer = load ptr, ptr %buffer.at
  %dtype.at = getelementptr %Buffer, ptr %buffer, i32 0, i32 2
  %rank.at = getelementptr %Buffer, ptr %buffer, i32 0, i32 4
  %dims.at = getelementptr %Buffer, ptr %buffer, i32 0, i32 5
  %dtype.narrow = load i32, ptr %dtype.at
  %dtype = zext i32 %dtype.narrow to i64
  %rank = load i64, ptr %rank.at
  %dims = load ptr, ptr %dims.at
  %expected = getelementptr i64, ptr %words, i64 %at
  %rank.from = getelementptr i64, ptr %expected, i64 1
  %dims.from = getelementptr i64, ptr %expected, i64 2
  %dtype.expected = load i64, ptr %expected
  %rank.expected = load i64, ptr %rank.from
  %typed = icmp eq i64 %dtype, %dtype.expected
  %ranked = icmp eq i64 %rank, %rank.expected
  %alike = and i1 %typed, %ranked
  br i1 %alike, label %sizes, label %no
sizes:
  %bytes = mul i64 %rank, 8
  %difference = call i32 @memcmp(ptr %dims, ptr %dims.from, i64 %bytes)
  %sized = icmp eq i32 %difference, 0
  br i1 %sized, label %same, label %no
same:
  %i.next = add i64 %i, 1
  %used = add i64 %rank, 2
  %at.next = add i64 %at, %used
  br label %each
yes:
  ret i1 1
no:
  ret i1 0
}

define internal ptr @failed(ptr %frame, ptr %message, i32 %code) {
  %api.at = getelementptr %Frame, ptr %frame, i32 0, i32 2
  %api = load ptr, ptr %api.at
  %create.at = getelementptr %Api, ptr %api, i32 0, i32 4
  %create = load ptr, ptr %create.at
  %args = alloca %ErrorArgs
  store %ErrorArgs { i64 28, ptr null, ptr null, i32 0 }, ptr %args
  %message.to = getelementptr %ErrorArgs, ptr %args, i32 0, i32 2
  store ptr %message, ptr %message.to
  %code.to = getelementptr %ErrorArgs, ptr %args, i32 0, i32 3
  store i32 %code, ptr %code.to
  %error = call ptr %create(ptr %args)
  ret ptr %error
}
"""


def handlers_text(batch: int) -> str:
    """A module of `SLOTS` handlers, `handler_0` and so on, for the records in `slots`.

    `parallel` is to hold the address of `parallel_for`. `batch` makes the text of each
    module its own.
    """
    words = "\n".join(
        field("record", RECORD, name, "i64" if name in ("arrays", "outputs", "floats") else "ptr")
        for name in RECORD
    )
    take_array = """
  %a.data = call ptr @data(ptr %operands, i64 %a)
  %a.to = getelementptr ptr, ptr %given, i64 %a
  store ptr %a.data, ptr %a.to"""
    take_output = f"""
  %o.data = call ptr @data(ptr %results, i64 %o)
  %o.place = add i64 %record.arrays, %o
  %o.to = getelementptr ptr, ptr %given, i64 %o.place
  store ptr %o.data, ptr %o.to
  %o.size.at = getelementptr i64, ptr %record.sizes, i64 %o
  %o.size = load i64, ptr %o.size.at
  %o.large = icmp sge i64 %o.size, {LARGE}
  br i1 %o.large, label %o.advise, label %o.taken
o.advise:
  call void @dovetail_in_huge_pages(ptr %o.data, i64 %o.size)
  br label %o.taken
o.taken:"""
    entry_points = "\n".join(
        f"""
define ptr @handler_{slot}(ptr %frame) uwtable {{
  %slot = getelementptr ptr, ptr @slots, i64 {slot}
  %record = load ptr, ptr %slot
  %error = call ptr @kernel(ptr %record, ptr %frame)
  ret ptr %error
}}"""
        for slot in range(SLOTS)
    )
    return f"""; batch {batch}
{_TYPES}
@slots = global [{SLOTS} x ptr] zeroinitializer
@parallel = global ptr null
{message("bad.index", f"dovetail: {OUT_OF_RANGE}")}
{message("other.buffers", f"dovetail: {OTHER_BUFFERS}")}
{_FUNCTIONS}
define internal ptr @kernel(ptr %record, ptr %frame) uwtable {{
entry:
  %query = call i1 @asked(ptr %frame)
  br i1 %query, label %fine, label %begin
begin:
{words}
  %some = icmp sgt i64 %record.floats, 0
  %extra = zext i1 %some to i64
  %inputs = add i64 %record.arrays, %extra
  %operands.list = getelementptr %Frame, ptr %frame, i32 0, i32 5
  %results.list = getelementptr %Frame, ptr %frame, i32 0, i32 6
  %fit.1 = call i1 @fits(ptr %operands.list, i64 %inputs, ptr %record.operands)
  br i1 %fit.1, label %outputs.too, label %misfit
outputs.too:
  %fit.2 = call i1 @fits(ptr %results.list, i64 %record.outputs, ptr %record.results)
  br i1 %fit.2, label %collect, label %misfit
collect:
  %count = add i64 %record.arrays, %record.outputs
  %given = alloca ptr, i64 %count
  %operands.at = getelementptr %Frame, ptr %frame, i32 0, i32 5, i32 4
  %operands = load ptr, ptr %operands.at
  %results.at = getelementptr %Frame, ptr %frame, i32 0, i32 6, i32 4
  %results = load ptr, ptr %results.at
{loop("a", "%record.arrays", "collect", take_array)}
{loop("o", "%record.outputs", "a.exit", take_output)}
  br i1 %some, label %packed, label %run
packed:
  %numbers = call ptr @data(ptr %operands, i64 %record.arrays)
  br label %run
run:
  %scalars = phi ptr [null, %o.exit], [%numbers, %packed]
  %threads = load ptr, ptr @parallel
  %status = call i64 @dovetail_run_program(
    ptr %record.program, ptr %given, ptr %scalars, ptr %threads)
  %wrong = icmp ne i64 %status, 0
  br i1 %wrong, label %outside, label %fine
outside:
  %error = call ptr @failed(ptr %frame, ptr @bad.index, i32 {_OUT_OF_RANGE})
  ret ptr %error
misfit:
  %refusal = call ptr @failed(ptr %frame, ptr @other.buffers, i32 {_INVALID})
  ret ptr %refusal
fine:
  ret ptr null
}}
{entry_points}
"""
