"""The LLVM IR between XLA and a program: no Python on the way.

XLA calls a handler with a frame of the buffers of its operands and results (XLA's FFI,
versions 0.1 to 0.3, whose layouts are below). `kernel` collects their addresses, asks for huge
pages under large results, which XLA allocates anew each time, and runs the program. Every
handler has a record of its own, a table of 64-bit words, written by ffi.py.

The first call of a handler, in place of operands, asks for the version that it speaks: the
caller's own is the answer.
"""

from __future__ import annotations

from dovetail.compile.cpu.ir import field, loop, message
from dovetail.compile.cpu.memory import HUGE_PAGE
from dovetail.compile.cpu.runner import OUT_OF_RANGE

SLOTS = 64  # handlers in one module
RECORD = ("arrays", "outputs", "floats", "program", "sizes")
LARGE = 2 * HUGE_PAGE  # bytes of an output, from which on it is to lie in huge pages

_CODE = 11  # XLA_FFI_Error_Code_OUT_OF_RANGE

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

define internal ptr @out_of_range(ptr %frame) {
  %api.at = getelementptr %Frame, ptr %frame, i32 0, i32 2
  %api = load ptr, ptr %api.at
  %create.at = getelementptr %Api, ptr %api, i32 0, i32 4
  %create = load ptr, ptr %create.at
  %args = alloca %ErrorArgs
  store %ErrorArgs { i64 28, ptr null, ptr @bad.index, i32 CODE }, ptr %args
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
        field("record", RECORD, name, "ptr" if name in ("program", "sizes") else "i64")
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
    doors = "\n".join(
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
{_FUNCTIONS.replace("CODE", str(_CODE))}
define internal ptr @kernel(ptr %record, ptr %frame) uwtable {{
entry:
  %query = call i1 @asked(ptr %frame)
  br i1 %query, label %fine, label %begin
begin:
{words}
  %count = add i64 %record.arrays, %record.outputs
  %given = alloca ptr, i64 %count
  %operands.at = getelementptr %Frame, ptr %frame, i32 0, i32 5, i32 4
  %operands = load ptr, ptr %operands.at
  %results.at = getelementptr %Frame, ptr %frame, i32 0, i32 6, i32 4
  %results = load ptr, ptr %results.at
{loop("a", "%record.arrays", "begin", take_array)}
{loop("o", "%record.outputs", "a.exit", take_output)}
  %some = icmp sgt i64 %record.floats, 0
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
  %error = call ptr @out_of_range(ptr %frame)
  ret ptr %error
fine:
  ret ptr null
}}
{doors}
"""
