; Made of pool_entry.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 8bf5076c9ad402d095b0859fdea03d546651e7cd4ce495be2c55888d8600e32e

@threads = global i32 0, align 4
@spin = global i64 0, align 8

; Function Attrs: nounwind
define void @parallel_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load ptr, ptr %task.addr, align 8
  %1 = load ptr, ptr %context.addr, align 8
  %2 = load i64, ptr %count.addr, align 8
  %3 = load i32, ptr @threads, align 4
  %4 = load i64, ptr @spin, align 8
  call void @dovetail_pool_run(ptr noundef %0, ptr noundef %1, i64 noundef %2, i32 noundef %3, i64 noundef %4) #2
  ret void
}

declare void @dovetail_pool_run(ptr noundef, ptr noundef, i64 noundef, i32 noundef, i64 noundef)

attributes #0 = { nounwind }
attributes #2 = { nobuiltin }
