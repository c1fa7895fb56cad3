; Made of torch_threads.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 79779faa142877df0f50c70dea1317073a7c83913d919c41a5a4106a8bc032f4

%struct.anon = type { ptr, i64 }
%struct.Shared = type { ptr, ptr, i64, i64, i32, i64, [16 x i8], [8 x %struct.Counter] }
%struct.Counter = type { i64, [56 x i8] }

@limit = global i32 1, align 4
@forked = global i32 0, align 4
@costs = internal global [64 x %struct.anon] zeroinitializer, align 16
@ended = internal global i64 0, align 8

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
  %atomic-temp10 = alloca i64, align 8
  %awake = alloca i8, align 1
  %atomic-temp12 = alloca i64, align 8
  %wanted = alloca i64, align 8
  %job = alloca %struct.Shared, align 64
  %share = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %.atomictmp55 = alloca ptr, align 8
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
  %5 = load i32, ptr %threads, align 4
  %cmp2 = icmp sle i32 %5, 1
  br i1 %cmp2, label %if.then3, label %if.end4

if.then3:                                         ; preds = %if.end
  %6 = load ptr, ptr %task.addr, align 8
  %7 = load ptr, ptr %context.addr, align 8
  %8 = load i64, ptr %count.addr, align 8
  call void @serial_for(ptr noundef %6, ptr noundef %7, i64 noundef %8) #6
  br label %if.end60

if.end4:                                          ; preds = %if.end
  %9 = load i32, ptr @forked, align 4
  %tobool = icmp ne i32 %9, 0
  br i1 %tobool, label %if.then5, label %if.end6

if.then5:                                         ; preds = %if.end4
  %10 = load ptr, ptr %task.addr, align 8
  %11 = load ptr, ptr %context.addr, align 8
  %12 = load i64, ptr %count.addr, align 8
  %13 = load i32, ptr %threads, align 4
  call void @dovetail_pool_run(ptr noundef %10, ptr noundef %11, i64 noundef %12, i32 noundef %13, i64 noundef 100000) #6
  br label %if.end60

if.end6:                                          ; preds = %if.end4
  %14 = load ptr, ptr %task.addr, align 8
  %15 = ptrtoint ptr %14 to i64
  %shr = lshr i64 %15, 4
  %rem = urem i64 %shr, 64
  store i64 %rem, ptr %place, align 8
  %16 = load i64, ptr %place, align 8
  %arrayidx = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %16
  %task7 = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 0
  %17 = load atomic i64, ptr %task7 monotonic, align 16
  store i64 %17, ptr %atomic-temp, align 8
  %18 = load ptr, ptr %atomic-temp, align 8
  %19 = load ptr, ptr %task.addr, align 8
  %cmp8 = icmp eq ptr %18, %19
  %storedv = zext i1 %cmp8 to i8
  store i8 %storedv, ptr %known, align 1
  %20 = load i64, ptr %place, align 8
  %arrayidx9 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %20
  %nanoseconds = getelementptr inbounds %struct.anon, ptr %arrayidx9, i32 0, i32 1
  %21 = load atomic i64, ptr %nanoseconds monotonic, align 8
  store i64 %21, ptr %atomic-temp10, align 8
  %22 = load i64, ptr %atomic-temp10, align 8
  store i64 %22, ptr %cost, align 8
  %call11 = call i64 @now() #6
  %23 = load atomic i64, ptr @ended monotonic, align 8
  store i64 %23, ptr %atomic-temp12, align 8
  %24 = load i64, ptr %atomic-temp12, align 8
  %sub = sub nsw i64 %call11, %24
  %cmp13 = icmp slt i64 %sub, 1000000
  %storedv14 = zext i1 %cmp13 to i8
  store i8 %storedv14, ptr %awake, align 1
  %25 = load i32, ptr %threads, align 4
  %conv = sext i32 %25 to i64
  %26 = load i64, ptr %count.addr, align 8
  %cmp15 = icmp slt i64 %conv, %26
  br i1 %cmp15, label %cond.true17, label %cond.false19

cond.true17:                                      ; preds = %if.end6
  %27 = load i32, ptr %threads, align 4
  %conv18 = sext i32 %27 to i64
  br label %cond.end20

cond.false19:                                     ; preds = %if.end6
  %28 = load i64, ptr %count.addr, align 8
  br label %cond.end20

cond.end20:                                       ; preds = %cond.false19, %cond.true17
  %cond21 = phi i64 [ %conv18, %cond.true17 ], [ %28, %cond.false19 ]
  store i64 %cond21, ptr %wanted, align 8
  %29 = load ptr, ptr %task.addr, align 8
  %task22 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 0
  store ptr %29, ptr %task22, align 64
  %30 = load ptr, ptr %context.addr, align 8
  %context23 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 1
  store ptr %30, ptr %context23, align 8
  %31 = load i64, ptr %count.addr, align 8
  %count24 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 2
  store i64 %31, ptr %count24, align 16
  %32 = load i64, ptr %wanted, align 8
  %cmp25 = icmp slt i64 %32, 8
  br i1 %cmp25, label %cond.true27, label %cond.false28

cond.true27:                                      ; preds = %cond.end20
  %33 = load i64, ptr %wanted, align 8
  br label %cond.end29

cond.false28:                                     ; preds = %cond.end20
  br label %cond.end29

cond.end29:                                       ; preds = %cond.false28, %cond.true27
  %cond30 = phi i64 [ %33, %cond.true27 ], [ 8, %cond.false28 ]
  %shares = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  store i64 %cond30, ptr %shares, align 8
  %call31 = call i32 @get_float_mode() #6
  %mode = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 4
  store i32 %call31, ptr %mode, align 32
  %nanoseconds32 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 5
  store i64 0, ptr %nanoseconds32, align 8
  store i64 0, ptr %share, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end29
  %34 = load i64, ptr %share, align 8
  %shares33 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %35 = load i64, ptr %shares33, align 8
  %cmp34 = icmp slt i64 %34, %35
  br i1 %cmp34, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %counters = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 7
  %36 = load i64, ptr %share, align 8
  %arrayidx36 = getelementptr inbounds [8 x %struct.Counter], ptr %counters, i64 0, i64 %36
  %next = getelementptr inbounds %struct.Counter, ptr %arrayidx36, i32 0, i32 0
  %37 = load i64, ptr %share, align 8
  %38 = load i64, ptr %count.addr, align 8
  %mul = mul nsw i64 %37, %38
  %shares37 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 3
  %39 = load i64, ptr %shares37, align 8
  %div = sdiv i64 %mul, %39
  store i64 %div, ptr %next, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %40 = load i64, ptr %share, align 8
  %inc = add nsw i64 %40, 1
  store i64 %inc, ptr %share, align 8
  br label %for.cond, !llvm.loop !4

for.end:                                          ; preds = %for.cond
  %41 = load i8, ptr %known, align 1, !range !6, !noundef !7
  %loadedv = trunc i8 %41 to i1
  br i1 %loadedv, label %land.lhs.true, label %if.else

land.lhs.true:                                    ; preds = %for.end
  %42 = load i64, ptr %cost, align 8
  %43 = load i64, ptr %count.addr, align 8
  %mul39 = mul nsw i64 %42, %43
  %44 = load i8, ptr %awake, align 1, !range !6, !noundef !7
  %loadedv40 = trunc i8 %44 to i1
  %45 = zext i1 %loadedv40 to i64
  %cond42 = select i1 %loadedv40, i32 8000, i32 25000
  %conv43 = sext i32 %cond42 to i64
  %cmp44 = icmp slt i64 %mul39, %conv43
  br i1 %cmp44, label %if.then46, label %if.else

if.then46:                                        ; preds = %land.lhs.true
  call void @work(i64 noundef 0, i64 noundef 1, ptr noundef %job) #6
  br label %if.end49

if.else:                                          ; preds = %land.lhs.true, %for.end
  %46 = load i64, ptr %wanted, align 8
  %call47 = call i32 @torch_parallel_for(i64 noundef 0, i64 noundef %46, i64 noundef 1, ptr noundef @work, ptr noundef %job) #6
  %call48 = call i64 @now() #6
  store i64 %call48, ptr %.atomictmp, align 8
  %47 = load i64, ptr %.atomictmp, align 8
  store atomic i64 %47, ptr @ended monotonic, align 8
  br label %if.end49

if.end49:                                         ; preds = %if.else, %if.then46
  %nanoseconds50 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 5
  %48 = load i64, ptr %nanoseconds50, align 8
  %tobool51 = icmp ne i64 %48, 0
  br i1 %tobool51, label %if.then52, label %if.end60

if.then52:                                        ; preds = %if.end49
  %49 = load i64, ptr %place, align 8
  %arrayidx53 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %49
  %task54 = getelementptr inbounds %struct.anon, ptr %arrayidx53, i32 0, i32 0
  %50 = load ptr, ptr %task.addr, align 8
  store ptr %50, ptr %.atomictmp55, align 8
  %51 = load i64, ptr %.atomictmp55, align 8
  store atomic i64 %51, ptr %task54 monotonic, align 16
  %52 = load i64, ptr %place, align 8
  %arrayidx56 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %52
  %nanoseconds57 = getelementptr inbounds %struct.anon, ptr %arrayidx56, i32 0, i32 1
  %nanoseconds59 = getelementptr inbounds %struct.Shared, ptr %job, i32 0, i32 5
  %53 = load i64, ptr %nanoseconds59, align 8
  store i64 %53, ptr %.atomictmp58, align 8
  %54 = load i64, ptr %.atomictmp58, align 8
  store atomic i64 %54, ptr %nanoseconds57 monotonic, align 8
  br label %if.end60

if.end60:                                         ; preds = %if.then3, %if.then5, %if.then52, %if.end49
  ret void
}

declare i32 @torch_get_num_threads(ptr noundef)

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

declare void @dovetail_pool_run(ptr noundef, ptr noundef, i64 noundef, i32 noundef, i64 noundef)

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

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal i32 @get_float_mode() #3 {
entry:
  %tmp = alloca i32, align 4
  call void @llvm.x86.sse.stmxcsr(ptr %tmp)
  %stmxcsr = load i32, ptr %tmp, align 4
  ret i32 %stmxcsr
}

; Function Attrs: uwtable(sync)
define internal void @work(i64 noundef %begin, i64 noundef %end, ptr noundef %given) #0 {
entry:
  %begin.addr = alloca i64, align 8
  %end.addr = alloca i64, align 8
  %given.addr = alloca ptr, align 8
  %job = alloca ptr, align 8
  %own = alloca i32, align 4
  %begun = alloca i64, align 8
  %ran = alloca i64, align 8
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
  %call1 = call i64 @now() #6
  store i64 %call1, ptr %begun, align 8
  store i64 0, ptr %ran, align 8
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
  %call2 = call i64 @help(ptr noundef %6, i64 noundef %7) #6
  %8 = load i64, ptr %ran, align 8
  %add = add nsw i64 %8, %call2
  store i64 %add, ptr %ran, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %9 = load i64, ptr %number, align 8
  %inc = add nsw i64 %9, 1
  store i64 %inc, ptr %number, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  %10 = load i64, ptr %begin.addr, align 8
  %cmp3 = icmp eq i64 %10, 0
  br i1 %cmp3, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %for.end
  %11 = load i64, ptr %ran, align 8
  %tobool = icmp ne i64 %11, 0
  br i1 %tobool, label %if.then, label %if.end

if.then:                                          ; preds = %land.lhs.true
  %call4 = call i64 @now() #6
  %12 = load i64, ptr %begun, align 8
  %sub = sub nsw i64 %call4, %12
  %13 = load i64, ptr %ran, align 8
  %div = sdiv i64 %sub, %13
  %14 = load ptr, ptr %job, align 8
  %nanoseconds = getelementptr inbounds %struct.Shared, ptr %14, i32 0, i32 5
  store i64 %div, ptr %nanoseconds, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %land.lhs.true, %for.end
  %15 = load i32, ptr %own, align 4
  call void @set_float_mode(i32 noundef %15) #6
  ret void
}

declare i32 @torch_parallel_for(i64 noundef, i64 noundef, i64 noundef, ptr noundef, ptr noundef)

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
define internal i64 @help(ptr noundef %job, i64 noundef %number) #0 {
entry:
  %job.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %ran = alloca i64, align 8
  %tried = alloca i64, align 8
  %share = alloca i64, align 8
  %end = alloca i64, align 8
  %index = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  store i64 0, ptr %ran, align 8
  store i64 0, ptr %tried, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %tried, align 8
  %1 = load ptr, ptr %job.addr, align 8
  %shares = getelementptr inbounds %struct.Shared, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %shares, align 8
  %cmp = icmp slt i64 %0, %2
  br i1 %cmp, label %for.body, label %for.end7

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
  %counters = getelementptr inbounds %struct.Shared, ptr %12, i32 0, i32 7
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
  %24 = load i64, ptr %ran, align 8
  %inc = add nsw i64 %24, 1
  store i64 %inc, ptr %ran, align 8
  br label %for.cond4

for.end:                                          ; preds = %if.then
  br label %for.inc

for.inc:                                          ; preds = %for.end
  %25 = load i64, ptr %tried, align 8
  %inc6 = add nsw i64 %25, 1
  store i64 %inc6, ptr %tried, align 8
  br label %for.cond, !llvm.loop !10

for.end7:                                         ; preds = %for.cond
  %26 = load i64, ptr %ran, align 8
  ret i64 %26
}

; Function Attrs: nounwind
declare void @llvm.x86.sse.ldmxcsr(ptr) #5

attributes #0 = { uwtable(sync) }
attributes #2 = { inlinehint uwtable(sync) }
attributes #3 = { inlinehint nounwind uwtable(sync) }
attributes #4 = { nounwind memory(argmem: write) }
attributes #5 = { nounwind }
attributes #6 = { nobuiltin }

!4 = distinct !{!4, !5}
!5 = !{!"llvm.loop.mustprogress"}
!6 = !{i8 0, i8 2}
!7 = !{}
!8 = distinct !{!8, !5}
!9 = distinct !{!9, !5}
!10 = distinct !{!10, !5}
