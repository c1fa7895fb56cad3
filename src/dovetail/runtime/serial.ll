; Made of serial.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: d09f3f3d4d1a29fa52b925a1ab5f046f437292fb322561f309d001e2bd734d33

; Function Attrs: nounwind
define void @dovetail_serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #0 {
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
  call void @serial_for(ptr noundef %0, ptr noundef %1, i64 noundef %2) #2
  ret void
}

; Function Attrs: inlinehint nounwind
define internal void @serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #1 {
entry:
  %task.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %task.addr, align 8
  %3 = load ptr, ptr %context.addr, align 8
  %4 = load i64, ptr %i, align 8
  call void %2(ptr noundef %3, i64 noundef %4) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define void @dovetail_no_kernel(ptr noundef %buffers, ptr noundef %sizes, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %sizes.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %sizes, ptr %sizes.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  ret void
}

attributes #0 = { nounwind }
attributes #1 = { inlinehint nounwind }
attributes #2 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
