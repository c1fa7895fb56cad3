; Made of torch_threads.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 70241d2baca84dc9bf17cba1945f4955f9ee19a8ceb671f41959fc21a42c95bd

@limit = global i32 1, align 4

; Function Attrs: uwtable(sync)
define void @parallel_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %threads = alloca i32, align 4
  store ptr %task, ptr %task.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i32 1, ptr %threads, align 4
  %0 = load i64, ptr %count.addr, align 8
  %cmp = icmp sgt i64 %0, 1
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %call = call i32 @torch_get_num_threads(ptr noundef %threads) #3
  %1 = load i32, ptr %threads, align 4
  %2 = load i32, ptr @limit, align 4
  %cmp1 = icmp slt i32 %1, %2
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.then
  %3 = load i32, ptr %threads, align 4
  br label %cond.end

cond.false:                                       ; preds = %if.then
  %4 = load i32, ptr @limit, align 4
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i32 [ %3, %cond.true ], [ %4, %cond.false ]
  store i32 %cond, ptr %threads, align 4
  br label %if.end

if.end:                                           ; preds = %cond.end, %entry
  %5 = load i32, ptr %threads, align 4
  %cmp2 = icmp sgt i32 %5, 1
  br i1 %cmp2, label %if.then3, label %if.else

if.then3:                                         ; preds = %if.end
  %6 = load ptr, ptr %task.addr, align 8
  %7 = load ptr, ptr %context.addr, align 8
  %8 = load i64, ptr %count.addr, align 8
  %9 = load i32, ptr %threads, align 4
  call void @dovetail_pool_run(ptr noundef %6, ptr noundef %7, i64 noundef %8, i32 noundef %9) #3
  br label %if.end4

if.else:                                          ; preds = %if.end
  %10 = load ptr, ptr %task.addr, align 8
  %11 = load ptr, ptr %context.addr, align 8
  %12 = load i64, ptr %count.addr, align 8
  call void @serial_for(ptr noundef %10, ptr noundef %11, i64 noundef %12) #3
  br label %if.end4

if.end4:                                          ; preds = %if.else, %if.then3
  ret void
}

declare i32 @torch_get_num_threads(ptr noundef)

declare void @dovetail_pool_run(ptr noundef, ptr noundef, i64 noundef, i32 noundef)

; Function Attrs: inlinehint uwtable(sync)
define internal void @serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #2 {
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
  call void %2(ptr noundef %3, i64 noundef %4) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !4

for.end:                                          ; preds = %for.cond
  ret void
}

attributes #0 = { uwtable(sync) }
attributes #2 = { inlinehint uwtable(sync) }
attributes #3 = { nobuiltin }

!4 = distinct !{!4, !5}
!5 = !{!"llvm.loop.mustprogress"}
