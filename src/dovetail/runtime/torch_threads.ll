; Made of torch_threads.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 3b4827f4f48eaec4933d85168af1cb9cb25172adfad79247273d67d6454ae51d

%struct.anon = type { ptr, i64 }
%struct.Shared = type { ptr, ptr, i64, i64, i32, [28 x i8], [8 x %struct.Counter] }
%struct.Counter = type { i64, [56 x i8] }

@limit = global i32 1, align 4
@costs = internal global [64 x %struct.anon] zeroinitializer, align 16

; Function Attrs: uwtable(sync)
define void @parallel_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %threads = alloca i32, align 4
  %place = alloca i64, align 8
  %known = alloca i8, align 1
  %atomic-temp = alloca ptr, align 8
  %cost = alloca i64, align 8
  %atomic-temp5 = alloca i64, align 8
  %begun = alloca i64, align 8
  %job = alloca %struct.Shared, align 64
  %share = alloca i64, align 8
  %.atomictmp = alloca ptr, align 8
  %.atomictmp58 = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i32 1, ptr %threads, align 4
  %0 = load i64, ptr %count.addr, align 8
  %cmp = icmp sgt i64 %0, 1
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %call = call i32 @torch_get_num_threads(ptr noundef %threads) #6
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
  %5 = load ptr, ptr %task.addr, align 8
  %6 = ptrtoint ptr %5 to i64
  %shr = lshr i64 %6, 4
  %rem = urem i64 %shr, 64
  store i64 %rem, ptr %place, align 8
  %7 = load i64, ptr %place, align 8
  %arrayidx = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %7
  %task2 = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 0
  %8 = load atomic i64, ptr %task2 monotonic, align 16
  store i64 %8, ptr %atomic-temp, align 8
  %9 = load ptr, ptr %atomic-temp, align 8
  %10 = load ptr, ptr %task.addr, align 8
  %cmp3 = icmp eq ptr %9, %10
  %storedv = zext i1 %cmp3 to i8
  store i8 %storedv, ptr %known, align 1
  %11 = load i64, ptr %place, align 8
  %arrayidx4 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %11
  %nanoseconds = getelementptr inbounds %struct.anon, ptr %arrayidx4, i32 0, i32 1
  %12 = load atomic i64, ptr %nanoseconds monotonic, align 8
  store i64 %12, ptr %atomic-temp5, align 8
  %13 = load i64, ptr %atomic-temp5, align 8
  store i64 %13, ptr %cost, align 8
  %14 = load i64, ptr %count.addr, align 8
  %cmp6 = icmp sgt i64 %14, 1
  br i1 %cmp6, label %cond.true7, label %cond.false9

cond.true7:                                       ; preds = %if.end
  %call8 = call i64 @now() #6
  br label %cond.end10

cond.false9:                                      ; preds = %if.end
  br label %cond.end10

cond.end10:                                       ; preds = %cond.false9, %cond.true7
  %cond11 = phi i64 [ %call8, %cond.true7 ], [ 0, %cond.false9 ]
  store i64 %cond11, ptr %begun, align 8
  %15 = load i32, ptr %threads, align 4
  %cmp12 = icmp sle i32 %15, 1
  br i1 %cmp12, label %if.then14, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %cond.end10
  %16 = load i8, ptr %known, align 1, !range !4, !noundef !5
  %loadedv = trunc i8 %16 to i1
  br i1 %loadedv, label %land.lhs.true, label %if.else

land.lhs.true:                                    ; preds = %lor.lhs.false
  %17 = load i64, ptr %cost, align 8
  %18 = load i64, ptr %count.addr, align 8
  %mul = mul nsw i64 %17, %18
  %cmp13 = icmp slt i64 %mul, 20000
  br i1 %cmp13, label %if.then14, label %if.else

if.then14:                                        ; preds = %land.lhs.true, %cond.end10
  %19 = load ptr, ptr %task.addr, align 8
  %20 = load ptr, ptr %context.addr, align 8
  %21 = load i64, ptr %count.addr, align 8
  call void @serial_for(ptr noundef %19, ptr noundef %20, i64 noundef %21) #6
  store i32 1, ptr %threads, align 4
  br label %if.end50

if.else:                                          ; preds = %land.lhs.true, %lor.lhs.false
  %22 = load ptr, ptr %task.addr, align 8
  %task15 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 0
  store ptr %22, ptr %task15, align 64
  %23 = load ptr, ptr %context.addr, align 8
  %context16 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 1
  store ptr %23, ptr %context16, align 8
  %24 = load i64, ptr %count.addr, align 8
  %count17 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 2
  store i64 %24, ptr %count17, align 16
  %25 = load i32, ptr %threads, align 4
  %conv = sext i32 %25 to i64
  %26 = load i64, ptr %count.addr, align 8
  %cmp18 = icmp slt i64 %conv, %26
  br i1 %cmp18, label %cond.true20, label %cond.false22

cond.true20:                                      ; preds = %if.else
  %27 = load i32, ptr %threads, align 4
  %conv21 = sext i32 %27 to i64
  br label %cond.end23

cond.false22:                                     ; preds = %if.else
  %28 = load i64, ptr %count.addr, align 8
  br label %cond.end23

cond.end23:                                       ; preds = %cond.false22, %cond.true20
  %cond24 = phi i64 [ %conv21, %cond.true20 ], [ %28, %cond.false22 ]
  %shares = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  store i64 %cond24, ptr %shares, align 8
  %shares25 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %29 = load i64, ptr %shares25, align 8
  %cmp26 = icmp slt i64 %29, 8
  br i1 %cmp26, label %cond.true28, label %cond.false30

cond.true28:                                      ; preds = %cond.end23
  %shares29 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %30 = load i64, ptr %shares29, align 8
  br label %cond.end31

cond.false30:                                     ; preds = %cond.end23
  br label %cond.end31

cond.end31:                                       ; preds = %cond.false30, %cond.true28
  %cond32 = phi i64 [ %30, %cond.true28 ], [ 8, %cond.false30 ]
  %shares33 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  store i64 %cond32, ptr %shares33, align 8
  %call34 = call i32 @get_float_mode() #6
  %mode = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 4
  store i32 %call34, ptr %mode, align 32
  store i64 0, ptr %share, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end31
  %31 = load i64, ptr %share, align 8
  %shares35 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %32 = load i64, ptr %shares35, align 8
  %cmp36 = icmp slt i64 %31, %32
  br i1 %cmp36, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %counters = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 6
  %33 = load i64, ptr %share, align 8
  %arrayidx38 = getelementptr inbounds [8 x %struct.Counter], ptr %counters, i64 0, i64 %33
  %next = getelementptr inbounds %struct.Counter, ptr %arrayidx38, i32 0, i32 0
  %34 = load i64, ptr %share, align 8
  %35 = load i64, ptr %count.addr, align 8
  %mul39 = mul nsw i64 %34, %35
  %shares40 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %36 = load i64, ptr %shares40, align 8
  %div = sdiv i64 %mul39, %36
  store i64 %div, ptr %next, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %37 = load i64, ptr %share, align 8
  %inc = add nsw i64 %37, 1
  store i64 %inc, ptr %share, align 8
  br label %for.cond, !llvm.loop !6

for.end:                                          ; preds = %for.cond
  %38 = load i32, ptr %threads, align 4
  %conv41 = sext i32 %38 to i64
  %39 = load i64, ptr %count.addr, align 8
  %cmp42 = icmp slt i64 %conv41, %39
  br i1 %cmp42, label %cond.true44, label %cond.false46

cond.true44:                                      ; preds = %for.end
  %40 = load i32, ptr %threads, align 4
  %conv45 = sext i32 %40 to i64
  br label %cond.end47

cond.false46:                                     ; preds = %for.end
  %41 = load i64, ptr %count.addr, align 8
  br label %cond.end47

cond.end47:                                       ; preds = %cond.false46, %cond.true44
  %cond48 = phi i64 [ %conv45, %cond.true44 ], [ %41, %cond.false46 ]
  %call49 = call i32 @torch_parallel_for(i64 noundef 0, i64 noundef %cond48, i64 noundef 1, ptr noundef @work, ptr noundef %job) #6
  br label %if.end50

if.end50:                                         ; preds = %cond.end47, %if.then14
  %42 = load i64, ptr %count.addr, align 8
  %cmp51 = icmp sgt i64 %42, 1
  br i1 %cmp51, label %if.then53, label %if.end63

if.then53:                                        ; preds = %if.end50
  %43 = load i64, ptr %place, align 8
  %arrayidx54 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %43
  %task55 = getelementptr inbounds %struct.anon, ptr %arrayidx54, i32 0, i32 0
  %44 = load ptr, ptr %task.addr, align 8
  store ptr %44, ptr %.atomictmp, align 8
  %45 = load i64, ptr %.atomictmp, align 8
  store atomic i64 %45, ptr %task55 monotonic, align 16
  %46 = load i64, ptr %place, align 8
  %arrayidx56 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %46
  %nanoseconds57 = getelementptr inbounds %struct.anon, ptr %arrayidx56, i32 0, i32 1
  %call59 = call i64 @now() #6
  %47 = load i64, ptr %begun, align 8
  %sub = sub nsw i64 %call59, %47
  %48 = load i32, ptr %threads, align 4
  %conv60 = sext i32 %48 to i64
  %mul61 = mul nsw i64 %sub, %conv60
  %49 = load i64, ptr %count.addr, align 8
  %div62 = sdiv i64 %mul61, %49
  store i64 %div62, ptr %.atomictmp58, align 8
  %50 = load i64, ptr %.atomictmp58, align 8
  store atomic i64 %50, ptr %nanoseconds57 monotonic, align 8
  br label %if.end63

if.end63:                                         ; preds = %if.then53, %if.end50
  ret void
}

declare i32 @torch_get_num_threads(ptr noundef)

; Function Attrs: uwtable(sync)
define internal i64 @now() #0 {
entry:
  %time = alloca [2 x i64], align 16
  %arraydecay = getelementptr inbounds [2 x i64], ptr %time, i64 0, i64 0
  %call = call i32 @clock_gettime(i32 noundef 1, ptr noundef %arraydecay) #6
  %arrayidx = getelementptr inbounds [2 x i64], ptr %time, i64 0, i64 0
  %0 = load i64, ptr %arrayidx, align 16
  %mul = mul nsw i64 %0, 1000000000
  %arrayidx1 = getelementptr inbounds [2 x i64], ptr %time, i64 0, i64 1
  %1 = load i64, ptr %arrayidx1, align 8
  %add = add nsw i64 %mul, %1
  ret i64 %add
}

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
  call void %2(ptr noundef %3, i64 noundef %4) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal i32 @get_float_mode() #3 {
entry:
  %tmp = alloca i32, align 4
  call void @llvm.x86.sse.stmxcsr(ptr %tmp)
  %stmxcsr = load i32, ptr %tmp, align 4
  ret i32 %stmxcsr
}

declare i32 @torch_parallel_for(i64 noundef, i64 noundef, i64 noundef, ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @work(i64 noundef %begin, i64 noundef %end, ptr noundef %given) #0 {
entry:
  %begin.addr = alloca i64, align 8
  %end.addr = alloca i64, align 8
  %given.addr = alloca ptr, align 8
  %job = alloca ptr, align 8
  %own = alloca i32, align 4
  %number = alloca i64, align 8
  store i64 %begin, ptr %begin.addr, align 8
  store i64 %end, ptr %end.addr, align 8
  store ptr %given, ptr %given.addr, align 8
  %0 = load ptr, ptr %given.addr, align 8
  store ptr %0, ptr %job, align 8
  %call = call i32 @get_float_mode() #6
  store i32 %call, ptr %own, align 4
  %1 = load ptr, ptr %job, align 8
  %mode = getelementptr inbounds %struct.Shared, ptr %1, i32 0, i32 4
  %2 = load i32, ptr %mode, align 32
  call void @set_float_mode(i32 noundef %2) #6
  %3 = load i64, ptr %begin.addr, align 8
  store i64 %3, ptr %number, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %4 = load i64, ptr %number, align 8
  %5 = load i64, ptr %end.addr, align 8
  %cmp = icmp slt i64 %4, %5
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %6 = load ptr, ptr %job, align 8
  %7 = load i64, ptr %number, align 8
  call void @help(ptr noundef %6, i64 noundef %7) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %8 = load i64, ptr %number, align 8
  %inc = add nsw i64 %8, 1
  store i64 %inc, ptr %number, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  %9 = load i32, ptr %own, align 4
  call void @set_float_mode(i32 noundef %9) #6
  ret void
}

declare i32 @clock_gettime(i32 noundef, ptr noundef)

; Function Attrs: nounwind memory(argmem: write)
declare void @llvm.x86.sse.stmxcsr(ptr) #4

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal void @set_float_mode(i32 noundef %mode) #3 {
entry:
  %mode.addr = alloca i32, align 4
  %tmp = alloca i32, align 4
  store i32 %mode, ptr %mode.addr, align 4
  %0 = load i32, ptr %mode.addr, align 4
  store i32 %0, ptr %tmp, align 4
  call void @llvm.x86.sse.ldmxcsr(ptr %tmp)
  ret void
}

; Function Attrs: uwtable(sync)
define internal void @help(ptr noundef %job, i64 noundef %number) #0 {
entry:
  %job.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %tried = alloca i64, align 8
  %share = alloca i64, align 8
  %end = alloca i64, align 8
  %index = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  store i64 0, ptr %tried, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %tried, align 8
  %1 = load ptr, ptr %job.addr, align 8
  %shares = getelementptr inbounds %struct.Shared, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %shares, align 8
  %cmp = icmp slt i64 %0, %2
  br i1 %cmp, label %for.body, label %for.end6

for.body:                                         ; preds = %for.cond
  %3 = load i64, ptr %number.addr, align 8
  %4 = load i64, ptr %tried, align 8
  %add = add nsw i64 %3, %4
  %5 = load ptr, ptr %job.addr, align 8
  %shares1 = getelementptr inbounds %struct.Shared, ptr %5, i32 0, i32 3
  %6 = load i64, ptr %shares1, align 8
  %rem = srem i64 %add, %6
  store i64 %rem, ptr %share, align 8
  %7 = load i64, ptr %share, align 8
  %add2 = add nsw i64 %7, 1
  %8 = load ptr, ptr %job.addr, align 8
  %count = getelementptr inbounds %struct.Shared, ptr %8, i32 0, i32 2
  %9 = load i64, ptr %count, align 16
  %mul = mul nsw i64 %add2, %9
  %10 = load ptr, ptr %job.addr, align 8
  %shares3 = getelementptr inbounds %struct.Shared, ptr %10, i32 0, i32 3
  %11 = load i64, ptr %shares3, align 8
  %div = sdiv i64 %mul, %11
  store i64 %div, ptr %end, align 8
  br label %for.cond4

for.cond4:                                        ; preds = %if.end, %for.body
  %12 = load ptr, ptr %job.addr, align 8
  %counters = getelementptr inbounds %struct.Shared, ptr %12, i32 0, i32 6
  %13 = load i64, ptr %share, align 8
  %arrayidx = getelementptr inbounds [8 x %struct.Counter], ptr %counters, i64 0, i64 %13
  %next = getelementptr inbounds %struct.Counter, ptr %arrayidx, i32 0, i32 0
  store i64 1, ptr %.atomictmp, align 8
  %14 = load i64, ptr %.atomictmp, align 8
  %15 = atomicrmw add ptr %next, i64 %14 monotonic, align 64
  store i64 %15, ptr %atomic-temp, align 8
  %16 = load i64, ptr %atomic-temp, align 8
  store i64 %16, ptr %index, align 8
  %17 = load i64, ptr %index, align 8
  %18 = load i64, ptr %end, align 8
  %cmp5 = icmp sge i64 %17, %18
  br i1 %cmp5, label %if.then, label %if.end

if.then:                                          ; preds = %for.cond4
  br label %for.end

if.end:                                           ; preds = %for.cond4
  %19 = load ptr, ptr %job.addr, align 8
  %task = getelementptr inbounds %struct.Shared, ptr %19, i32 0, i32 0
  %20 = load ptr, ptr %task, align 64
  %21 = load ptr, ptr %job.addr, align 8
  %context = getelementptr inbounds %struct.Shared, ptr %21, i32 0, i32 1
  %22 = load ptr, ptr %context, align 8
  %23 = load i64, ptr %index, align 8
  call void %20(ptr noundef %22, i64 noundef %23) #6
  br label %for.cond4

for.end:                                          ; preds = %if.then
  br label %for.inc

for.inc:                                          ; preds = %for.end
  %24 = load i64, ptr %tried, align 8
  %inc = add nsw i64 %24, 1
  store i64 %inc, ptr %tried, align 8
  br label %for.cond, !llvm.loop !10

for.end6:                                         ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
declare void @llvm.x86.sse.ldmxcsr(ptr) #5

attributes #0 = { uwtable(sync) }
attributes #2 = { inlinehint uwtable(sync) }
attributes #3 = { inlinehint nounwind uwtable(sync) }
attributes #4 = { nounwind memory(argmem: write) }
attributes #5 = { nounwind }
attributes #6 = { nobuiltin }

!4 = !{i8 0, i8 2}
!5 = !{}
!6 = distinct !{!6, !7}
!7 = !{!"llvm.loop.mustprogress"}
!8 = distinct !{!8, !7}
!9 = distinct !{!9, !7}
!10 = distinct !{!10, !7}
