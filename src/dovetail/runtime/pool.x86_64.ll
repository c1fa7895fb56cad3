; Made of pool.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: a18e356cf68f90f6805420017869bd3b7edd962ce32b498b162857cccad0f4ff

%struct.anon = type { ptr, i64 }
%struct.Counter = type { i64, [56 x i8] }

@busy = internal global i32 0, align 64
@started = internal global i32 0, align 4
@spin = internal global i64 0, align 8
@wake = internal global i32 0, align 64
@sleepers = internal global i32 0, align 64
@ended = internal global i64 0, align 8
@costs = internal global [64 x %struct.anon] zeroinitializer, align 16
@done = internal global i64 0, align 64
@shares = internal global i64 0, align 64
@refused = internal global i8 0, align 1
@ids = internal global [1024 x i32] zeroinitializer, align 16
@avoided = internal global i32 -1, align 4
@generation = internal global i64 0, align 8
@mode = internal global i32 0, align 4
@task = internal global ptr null, align 8
@context = internal global ptr null, align 8
@limit = internal global i32 0, align 4
@count = internal global i64 0, align 64
@counters = internal global [8 x %struct.Counter] zeroinitializer, align 64
@streak = internal global i32 0, align 4

; Function Attrs: nounwind
define void @dovetail_pool_run(ptr noundef %given, ptr noundef %with, i64 noundef %tasks, i32 noundef %threads, i64 noundef %patience) #0 {
entry:
  %given.addr = alloca ptr, align 8
  %with.addr = alloca ptr, align 8
  %tasks.addr = alloca i64, align 8
  %threads.addr = alloca i32, align 4
  %patience.addr = alloca i64, align 8
  %idle = alloca i32, align 4
  %.atomictmp = alloca i32, align 4
  %cmpxchg.bool = alloca i8, align 1
  %.atomictmp7 = alloca i64, align 8
  %.atomictmp8 = alloca i32, align 4
  %atomic-temp = alloca i32, align 4
  %place = alloca i64, align 8
  %atomic-temp9 = alloca i32, align 4
  %begun = alloca i64, align 8
  %ran = alloca i64, align 8
  %since = alloca i64, align 8
  %turn = alloca i64, align 8
  %atomic-temp20 = alloca i64, align 8
  %.atomictmp23 = alloca i32, align 4
  store ptr %given, ptr %given.addr, align 8
  store ptr %with, ptr %with.addr, align 8
  store i64 %tasks, ptr %tasks.addr, align 8
  store i32 %threads, ptr %threads.addr, align 4
  store i64 %patience, ptr %patience.addr, align 8
  store i32 0, ptr %idle, align 4
  %0 = load i64, ptr %tasks.addr, align 8
  %cmp = icmp sle i64 %0, 1
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %1 = load i64, ptr %tasks.addr, align 8
  %cmp1 = icmp sge i64 %1, 4294967295
  br i1 %cmp1, label %if.then, label %lor.lhs.false2

lor.lhs.false2:                                   ; preds = %lor.lhs.false
  store i32 1, ptr %.atomictmp, align 4
  %2 = load i32, ptr %idle, align 4
  %3 = load i32, ptr %.atomictmp, align 4
  %4 = cmpxchg ptr @busy, i32 %2, i32 %3 acq_rel acquire, align 64
  %5 = extractvalue { i32, i1 } %4, 0
  %6 = extractvalue { i32, i1 } %4, 1
  br i1 %6, label %cmpxchg.continue, label %cmpxchg.store_expected

cmpxchg.store_expected:                           ; preds = %lor.lhs.false2
  store i32 %5, ptr %idle, align 4
  br label %cmpxchg.continue

cmpxchg.continue:                                 ; preds = %cmpxchg.store_expected, %lor.lhs.false2
  %storedv = zext i1 %6 to i8
  store i8 %storedv, ptr %cmpxchg.bool, align 1
  %7 = load i8, ptr %cmpxchg.bool, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %7 to i1
  br i1 %loadedv, label %if.end, label %if.then

if.then:                                          ; preds = %cmpxchg.continue, %lor.lhs.false, %entry
  %8 = load ptr, ptr %given.addr, align 8
  %9 = load ptr, ptr %with.addr, align 8
  %10 = load i64, ptr %tasks.addr, align 8
  call void @serial_for(ptr noundef %8, ptr noundef %9, i64 noundef %10) #6
  br label %return

if.end:                                           ; preds = %cmpxchg.continue
  %11 = load i32, ptr @started, align 4
  %12 = load i32, ptr %threads.addr, align 4
  %sub = sub nsw i32 %12, 1
  %cmp3 = icmp slt i32 %11, %sub
  br i1 %cmp3, label %if.then4, label %if.end6

if.then4:                                         ; preds = %if.end
  %13 = load i32, ptr %threads.addr, align 4
  %sub5 = sub nsw i32 %13, 1
  call void @grow(i32 noundef %sub5) #6
  br label %if.end6

if.end6:                                          ; preds = %if.then4, %if.end
  %14 = load i64, ptr %patience.addr, align 8
  store i64 %14, ptr %.atomictmp7, align 8
  %15 = load i64, ptr %.atomictmp7, align 8
  store atomic i64 %15, ptr @spin monotonic, align 8
  %16 = load ptr, ptr %given.addr, align 8
  %17 = load ptr, ptr %with.addr, align 8
  %18 = load i64, ptr %tasks.addr, align 8
  %19 = load i32, ptr %threads.addr, align 4
  call void @write_job(ptr noundef %16, ptr noundef %17, i64 noundef %18, i32 noundef %19) #6
  store i32 1, ptr %.atomictmp8, align 4
  %20 = load i32, ptr %.atomictmp8, align 4
  %21 = atomicrmw add ptr @wake, i32 %20 seq_cst, align 64
  store i32 %21, ptr %atomic-temp, align 4
  %22 = load i32, ptr %atomic-temp, align 4
  %23 = load ptr, ptr %given.addr, align 8
  %24 = ptrtoint ptr %23 to i64
  %shr = lshr i64 %24, 4
  %rem = urem i64 %shr, 64
  store i64 %rem, ptr %place, align 8
  %25 = load atomic i32, ptr @sleepers seq_cst, align 64
  store i32 %25, ptr %atomic-temp9, align 4
  %26 = load i32, ptr %atomic-temp9, align 4
  %cmp10 = icmp ne i32 %26, 0
  br i1 %cmp10, label %land.lhs.true, label %if.end12

land.lhs.true:                                    ; preds = %if.end6
  %27 = load ptr, ptr %given.addr, align 8
  %28 = load i64, ptr %tasks.addr, align 8
  %29 = load i64, ptr %place, align 8
  %call = call zeroext i1 @is_short(ptr noundef %27, i64 noundef %28, i64 noundef %29) #6
  br i1 %call, label %if.end12, label %if.then11

if.then11:                                        ; preds = %land.lhs.true
  %30 = load i64, ptr %tasks.addr, align 8
  %31 = load i32, ptr %threads.addr, align 4
  call void @rouse(i64 noundef %30, i32 noundef %31) #6
  br label %if.end12

if.end12:                                         ; preds = %if.then11, %land.lhs.true, %if.end6
  %call13 = call i64 @now() #6
  store i64 %call13, ptr %begun, align 8
  %call14 = call i64 @drain(i32 noundef -1) #6
  store i64 %call14, ptr %ran, align 8
  %call15 = call i64 @now() #6
  store i64 %call15, ptr %since, align 8
  %32 = load i64, ptr %since, align 8
  store i64 %32, ptr @ended, align 8
  %33 = load i64, ptr %ran, align 8
  %tobool = icmp ne i64 %33, 0
  br i1 %tobool, label %if.then16, label %if.end19

if.then16:                                        ; preds = %if.end12
  %34 = load ptr, ptr %given.addr, align 8
  %35 = load i64, ptr %place, align 8
  %arrayidx = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %35
  %task = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 0
  store ptr %34, ptr %task, align 16
  %36 = load i64, ptr %since, align 8
  %37 = load i64, ptr %begun, align 8
  %sub17 = sub nsw i64 %36, %37
  %38 = load i64, ptr %ran, align 8
  %div = sdiv i64 %sub17, %38
  %39 = load i64, ptr %place, align 8
  %arrayidx18 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %39
  %nanoseconds = getelementptr inbounds %struct.anon, ptr %arrayidx18, i32 0, i32 1
  store i64 %div, ptr %nanoseconds, align 8
  br label %if.end19

if.end19:                                         ; preds = %if.then16, %if.end12
  store i64 0, ptr %turn, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end19
  %40 = load atomic i64, ptr @done acquire, align 64
  store i64 %40, ptr %atomic-temp20, align 8
  %41 = load i64, ptr %atomic-temp20, align 8
  %42 = load i64, ptr %tasks.addr, align 8
  %cmp21 = icmp slt i64 %41, %42
  br i1 %cmp21, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %43 = load i64, ptr %turn, align 8
  %44 = load i64, ptr %since, align 8
  %call22 = call zeroext i1 @rest(i64 noundef %43, i64 noundef %44, i1 noundef zeroext true) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %45 = load i64, ptr %turn, align 8
  %inc = add nsw i64 %45, 1
  store i64 %inc, ptr %turn, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  store i32 0, ptr %.atomictmp23, align 4
  %46 = load i32, ptr %.atomictmp23, align 4
  store atomic i32 %46, ptr @busy release, align 64
  br label %return

return:                                           ; preds = %for.end, %if.then
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
  call void %2(ptr noundef %3, i64 noundef %4) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @grow(i32 noundef %wanted) #0 {
entry:
  %wanted.addr = alloca i32, align 4
  %all = alloca [128 x i8], align 16
  %kept = alloca [128 x i8], align 16
  %thread = alloca i64, align 8
  store i32 %wanted, ptr %wanted.addr, align 4
  %arraydecay = getelementptr inbounds [128 x i8], ptr %all, i64 0, i64 0
  call void @llvm.memset.p0.i64(ptr align 16 %arraydecay, i8 -1, i64 128, i1 false)
  %arraydecay1 = getelementptr inbounds [128 x i8], ptr %all, i64 0, i64 0
  %arraydecay2 = getelementptr inbounds [128 x i8], ptr %kept, i64 0, i64 0
  %call = call i32 @pthread_sigmask(i32 noundef 0, ptr noundef %arraydecay1, ptr noundef %arraydecay2) #6
  br label %while.cond

while.cond:                                       ; preds = %if.end, %entry
  %0 = load i32, ptr @started, align 4
  %1 = load i32, ptr %wanted.addr, align 4
  %cmp = icmp slt i32 %0, %1
  br i1 %cmp, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %while.cond
  %2 = load i8, ptr @refused, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %2 to i1
  %lnot = xor i1 %loadedv, true
  br label %land.end

land.end:                                         ; preds = %land.rhs, %while.cond
  %3 = phi i1 [ false, %while.cond ], [ %lnot, %land.rhs ]
  br i1 %3, label %while.body, label %while.end

while.body:                                       ; preds = %land.end
  %4 = load i32, ptr @started, align 4
  %conv = sext i32 %4 to i64
  %5 = inttoptr i64 %conv to ptr
  %call3 = call i32 @pthread_create(ptr noundef %thread, ptr noundef null, ptr noundef @work, ptr noundef %5) #6
  %tobool = icmp ne i32 %call3, 0
  br i1 %tobool, label %if.then, label %if.else

if.then:                                          ; preds = %while.body
  store i8 1, ptr @refused, align 1
  br label %if.end

if.else:                                          ; preds = %while.body
  %6 = load i64, ptr %thread, align 8
  %call4 = call i32 @pthread_detach(i64 noundef %6) #6
  %7 = load i32, ptr @started, align 4
  %inc = add nsw i32 %7, 1
  store i32 %inc, ptr @started, align 4
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  br label %while.cond, !llvm.loop !8

while.end:                                        ; preds = %land.end
  %arraydecay5 = getelementptr inbounds [128 x i8], ptr %kept, i64 0, i64 0
  %call6 = call i32 @pthread_sigmask(i32 noundef 2, ptr noundef %arraydecay5, ptr noundef null) #6
  ret void
}

; Function Attrs: nounwind
define internal void @write_job(ptr noundef %given, ptr noundef %with, i64 noundef %tasks, i32 noundef %threads) #0 {
entry:
  %given.addr = alloca ptr, align 8
  %with.addr = alloca ptr, align 8
  %tasks.addr = alloca i64, align 8
  %threads.addr = alloca i32, align 4
  %parts = alloca i64, align 8
  %earlier = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  %share = alloca i64, align 8
  %.atomictmp = alloca i32, align 4
  %.atomictmp18 = alloca ptr, align 8
  %.atomictmp19 = alloca ptr, align 8
  %.atomictmp20 = alloca i32, align 4
  %.atomictmp21 = alloca i64, align 8
  %.atomictmp22 = alloca i64, align 8
  %.atomictmp23 = alloca i64, align 8
  %share24 = alloca i64, align 8
  %.atomictmp29 = alloca i64, align 8
  store ptr %given, ptr %given.addr, align 8
  store ptr %with, ptr %with.addr, align 8
  store i64 %tasks, ptr %tasks.addr, align 8
  store i32 %threads, ptr %threads.addr, align 4
  %0 = load i32, ptr %threads.addr, align 4
  %conv = sext i32 %0 to i64
  %1 = load i64, ptr %tasks.addr, align 8
  %cmp = icmp slt i64 %conv, %1
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load i32, ptr %threads.addr, align 4
  %conv2 = sext i32 %2 to i64
  br label %cond.end

cond.false:                                       ; preds = %entry
  %3 = load i64, ptr %tasks.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %conv2, %cond.true ], [ %3, %cond.false ]
  store i64 %cond, ptr %parts, align 8
  %4 = load i64, ptr %parts, align 8
  %cmp3 = icmp slt i64 %4, 8
  br i1 %cmp3, label %cond.true5, label %cond.false6

cond.true5:                                       ; preds = %cond.end
  %5 = load i64, ptr %parts, align 8
  br label %cond.end7

cond.false6:                                      ; preds = %cond.end
  br label %cond.end7

cond.end7:                                        ; preds = %cond.false6, %cond.true5
  %cond8 = phi i64 [ %5, %cond.true5 ], [ 8, %cond.false6 ]
  store i64 %cond8, ptr %parts, align 8
  %6 = load atomic i64, ptr @shares acquire, align 64
  store i64 %6, ptr %atomic-temp, align 8
  %7 = load i64, ptr %atomic-temp, align 8
  store i64 %7, ptr %earlier, align 8
  %8 = load i64, ptr @generation, align 8
  %inc = add i64 %8, 1
  store i64 %inc, ptr @generation, align 8
  store i64 0, ptr %share, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end7
  %9 = load i64, ptr %share, align 8
  %10 = load i64, ptr %parts, align 8
  %11 = load i64, ptr %earlier, align 8
  %cmp9 = icmp sgt i64 %10, %11
  br i1 %cmp9, label %cond.true11, label %cond.false12

cond.true11:                                      ; preds = %for.cond
  %12 = load i64, ptr %parts, align 8
  br label %cond.end13

cond.false12:                                     ; preds = %for.cond
  %13 = load i64, ptr %earlier, align 8
  br label %cond.end13

cond.end13:                                       ; preds = %cond.false12, %cond.true11
  %cond14 = phi i64 [ %12, %cond.true11 ], [ %13, %cond.false12 ]
  %cmp15 = icmp slt i64 %9, %cond14
  br i1 %cmp15, label %for.body, label %for.end

for.body:                                         ; preds = %cond.end13
  %14 = load i64, ptr %share, align 8
  call void @close_counter(i64 noundef %14) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %15 = load i64, ptr %share, align 8
  %inc17 = add nsw i64 %15, 1
  store i64 %inc17, ptr %share, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %cond.end13
  %call = call i32 @get_float_mode() #6
  store i32 %call, ptr %.atomictmp, align 4
  %16 = load i32, ptr %.atomictmp, align 4
  store atomic i32 %16, ptr @mode seq_cst, align 4
  %17 = load ptr, ptr %given.addr, align 8
  store ptr %17, ptr %.atomictmp18, align 8
  %18 = load i64, ptr %.atomictmp18, align 8
  store atomic i64 %18, ptr @task seq_cst, align 8
  %19 = load ptr, ptr %with.addr, align 8
  store ptr %19, ptr %.atomictmp19, align 8
  %20 = load i64, ptr %.atomictmp19, align 8
  store atomic i64 %20, ptr @context seq_cst, align 8
  %21 = load i32, ptr %threads.addr, align 4
  %sub = sub nsw i32 %21, 1
  store i32 %sub, ptr %.atomictmp20, align 4
  %22 = load i32, ptr %.atomictmp20, align 4
  store atomic i32 %22, ptr @limit seq_cst, align 4
  store i64 0, ptr %.atomictmp21, align 8
  %23 = load i64, ptr %.atomictmp21, align 8
  store atomic i64 %23, ptr @done seq_cst, align 64
  %24 = load i64, ptr %tasks.addr, align 8
  store i64 %24, ptr %.atomictmp22, align 8
  %25 = load i64, ptr %.atomictmp22, align 8
  store atomic i64 %25, ptr @count seq_cst, align 64
  %26 = load i64, ptr %parts, align 8
  store i64 %26, ptr %.atomictmp23, align 8
  %27 = load i64, ptr %.atomictmp23, align 8
  store atomic i64 %27, ptr @shares seq_cst, align 64
  store i64 0, ptr %share24, align 8
  br label %for.cond25

for.cond25:                                       ; preds = %for.inc30, %for.end
  %28 = load i64, ptr %share24, align 8
  %29 = load i64, ptr %parts, align 8
  %cmp26 = icmp slt i64 %28, %29
  br i1 %cmp26, label %for.body28, label %for.end32

for.body28:                                       ; preds = %for.cond25
  %30 = load i64, ptr %share24, align 8
  %arrayidx = getelementptr inbounds [8 x %struct.Counter], ptr @counters, i64 0, i64 %30
  %value = getelementptr inbounds %struct.Counter, ptr %arrayidx, i32 0, i32 0
  %31 = load i64, ptr @generation, align 8
  %shl = shl i64 %31, 32
  %32 = load i64, ptr %share24, align 8
  %33 = load i64, ptr %tasks.addr, align 8
  %mul = mul i64 %32, %33
  %34 = load i64, ptr %parts, align 8
  %div = udiv i64 %mul, %34
  %or = or i64 %shl, %div
  store i64 %or, ptr %.atomictmp29, align 8
  %35 = load i64, ptr %.atomictmp29, align 8
  store atomic i64 %35, ptr %value seq_cst, align 64
  br label %for.inc30

for.inc30:                                        ; preds = %for.body28
  %36 = load i64, ptr %share24, align 8
  %inc31 = add nsw i64 %36, 1
  store i64 %inc31, ptr %share24, align 8
  br label %for.cond25, !llvm.loop !10

for.end32:                                        ; preds = %for.cond25
  ret void
}

; Function Attrs: nounwind
define internal zeroext i1 @is_short(ptr noundef %given, i64 noundef %tasks, i64 noundef %place) #0 {
entry:
  %retval = alloca i1, align 1
  %given.addr = alloca ptr, align 8
  %tasks.addr = alloca i64, align 8
  %place.addr = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %given, ptr %given.addr, align 8
  store i64 %tasks, ptr %tasks.addr, align 8
  store i64 %place, ptr %place.addr, align 8
  %0 = load i64, ptr %place.addr, align 8
  %arrayidx = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %0
  %task = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 0
  %1 = load ptr, ptr %task, align 16
  %2 = load ptr, ptr %given.addr, align 8
  %cmp = icmp ne ptr %1, %2
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %3 = load i64, ptr %place.addr, align 8
  %arrayidx1 = getelementptr inbounds [64 x %struct.anon], ptr @costs, i64 0, i64 %3
  %nanoseconds = getelementptr inbounds %struct.anon, ptr %arrayidx1, i32 0, i32 1
  %4 = load i64, ptr %nanoseconds, align 8
  %5 = load i64, ptr %tasks.addr, align 8
  %mul = mul nsw i64 %4, %5
  %cmp2 = icmp sge i64 %mul, 25000
  br i1 %cmp2, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %lor.lhs.false
  %call = call i64 @now() #6
  %6 = load i64, ptr @ended, align 8
  %sub = sub nsw i64 %call, %6
  %7 = load atomic i64, ptr @spin monotonic, align 8
  store i64 %7, ptr %atomic-temp, align 8
  %8 = load i64, ptr %atomic-temp, align 8
  %cmp3 = icmp slt i64 %sub, %8
  br i1 %cmp3, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.end
  %9 = load i32, ptr @streak, align 4
  %add = add nsw i32 %9, 1
  br label %cond.end

cond.false:                                       ; preds = %if.end
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i32 [ %add, %cond.true ], [ 0, %cond.false ]
  store i32 %cond, ptr @streak, align 4
  %10 = load i32, ptr @streak, align 4
  %cmp4 = icmp slt i32 %10, 16
  store i1 %cmp4, ptr %retval, align 1
  br label %return

return:                                           ; preds = %cond.end, %if.then
  %11 = load i1, ptr %retval, align 1
  ret i1 %11
}

; Function Attrs: nounwind
define internal void @rouse(i64 noundef %tasks, i32 noundef %threads) #0 {
entry:
  %tasks.addr = alloca i64, align 8
  %threads.addr = alloca i32, align 4
  %processor = alloca i32, align 4
  %atomic-temp = alloca i32, align 4
  %useful = alloca i64, align 8
  store i64 %tasks, ptr %tasks.addr, align 8
  store i32 %threads, ptr %threads.addr, align 4
  store i32 0, ptr @streak, align 4
  %call = call i32 @sched_getcpu() #6
  store i32 %call, ptr %processor, align 4
  %0 = load i32, ptr %processor, align 4
  %1 = load atomic i32, ptr @avoided seq_cst, align 4
  store i32 %1, ptr %atomic-temp, align 4
  %2 = load i32, ptr %atomic-temp, align 4
  %cmp = icmp ne i32 %0, %2
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %3 = load i32, ptr %processor, align 4
  call void @keep_off(i32 noundef %3) #6
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  %4 = load i64, ptr %tasks.addr, align 8
  %sub = sub nsw i64 %4, 1
  store i64 %sub, ptr %useful, align 8
  %5 = load i32, ptr %threads.addr, align 4
  %sub1 = sub nsw i32 %5, 1
  %6 = load i32, ptr @started, align 4
  %cmp2 = icmp slt i32 %sub1, %6
  br i1 %cmp2, label %if.then4, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end
  %7 = load i64, ptr %useful, align 8
  %cmp3 = icmp sgt i64 %7, 2147483647
  br i1 %cmp3, label %if.then4, label %if.end5

if.then4:                                         ; preds = %lor.lhs.false, %if.end
  store i64 2147483647, ptr %useful, align 8
  br label %if.end5

if.end5:                                          ; preds = %if.then4, %lor.lhs.false
  %8 = load i64, ptr %useful, align 8
  %call6 = call i64 (i64, ...) @syscall(i64 noundef 202, ptr noundef @wake, i64 noundef 129, i64 noundef %8, i64 noundef 0, i64 noundef 0, i64 noundef 0) #6
  ret void
}

; Function Attrs: nounwind
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

; Function Attrs: nounwind
define internal i64 @drain(i32 noundef %number) #0 {
entry:
  %number.addr = alloca i32, align 4
  %ran = alloca i64, align 8
  %tried = alloca i64, align 8
  %all = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  %share = alloca i64, align 8
  %old = alloca i64, align 8
  %atomic-temp2 = alloca i64, align 8
  %index = alloca i64, align 8
  %tasks = alloca i64, align 8
  %atomic-temp3 = alloca i64, align 8
  %parts = alloca i64, align 8
  %atomic-temp4 = alloca i64, align 8
  %run = alloca ptr, align 8
  %atomic-temp5 = alloca ptr, align 8
  %given = alloca ptr, align 8
  %atomic-temp6 = alloca ptr, align 8
  %invited = alloca i8, align 1
  %atomic-temp7 = alloca i32, align 4
  %.atomictmp = alloca i64, align 8
  %cmpxchg.bool = alloca i8, align 1
  %atomic-temp28 = alloca i32, align 4
  %.atomictmp32 = alloca i64, align 8
  %atomic-temp33 = alloca i64, align 8
  store i32 %number, ptr %number.addr, align 4
  store i64 0, ptr %ran, align 8
  store i64 0, ptr %tried, align 8
  br label %for.cond

for.cond:                                         ; preds = %if.end29, %if.then23, %if.then16, %entry
  %0 = load atomic i64, ptr @shares acquire, align 64
  store i64 %0, ptr %atomic-temp, align 8
  %1 = load i64, ptr %atomic-temp, align 8
  store i64 %1, ptr %all, align 8
  %2 = load i64, ptr %tried, align 8
  %3 = load i64, ptr %all, align 8
  %cmp = icmp uge i64 %2, %3
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %for.cond
  br label %for.end

if.end:                                           ; preds = %for.cond
  %4 = load i32, ptr %number.addr, align 4
  %add = add nsw i32 %4, 1
  %conv = sext i32 %add to i64
  %5 = load i64, ptr %tried, align 8
  %add1 = add i64 %conv, %5
  %6 = load i64, ptr %all, align 8
  %rem = urem i64 %add1, %6
  store i64 %rem, ptr %share, align 8
  %7 = load i64, ptr %share, align 8
  %arrayidx = getelementptr inbounds [8 x %struct.Counter], ptr @counters, i64 0, i64 %7
  %value = getelementptr inbounds %struct.Counter, ptr %arrayidx, i32 0, i32 0
  %8 = load atomic i64, ptr %value acquire, align 64
  store i64 %8, ptr %atomic-temp2, align 8
  %9 = load i64, ptr %atomic-temp2, align 8
  store i64 %9, ptr %old, align 8
  %10 = load i64, ptr %old, align 8
  %and = and i64 %10, 4294967295
  store i64 %and, ptr %index, align 8
  %11 = load atomic i64, ptr @count acquire, align 64
  store i64 %11, ptr %atomic-temp3, align 8
  %12 = load i64, ptr %atomic-temp3, align 8
  store i64 %12, ptr %tasks, align 8
  %13 = load atomic i64, ptr @shares acquire, align 64
  store i64 %13, ptr %atomic-temp4, align 8
  %14 = load i64, ptr %atomic-temp4, align 8
  store i64 %14, ptr %parts, align 8
  %15 = load atomic i64, ptr @task acquire, align 8
  store i64 %15, ptr %atomic-temp5, align 8
  %16 = load ptr, ptr %atomic-temp5, align 8
  store ptr %16, ptr %run, align 8
  %17 = load atomic i64, ptr @context acquire, align 8
  store i64 %17, ptr %atomic-temp6, align 8
  %18 = load ptr, ptr %atomic-temp6, align 8
  store ptr %18, ptr %given, align 8
  %19 = load i32, ptr %number.addr, align 4
  %20 = load atomic i32, ptr @limit acquire, align 4
  store i32 %20, ptr %atomic-temp7, align 4
  %21 = load i32, ptr %atomic-temp7, align 4
  %cmp8 = icmp slt i32 %19, %21
  %storedv = zext i1 %cmp8 to i8
  store i8 %storedv, ptr %invited, align 1
  %22 = load i8, ptr %invited, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %22 to i1
  br i1 %loadedv, label %lor.lhs.false, label %if.then16

lor.lhs.false:                                    ; preds = %if.end
  %23 = load i64, ptr %share, align 8
  %24 = load i64, ptr %parts, align 8
  %cmp10 = icmp uge i64 %23, %24
  br i1 %cmp10, label %if.then16, label %lor.lhs.false12

lor.lhs.false12:                                  ; preds = %lor.lhs.false
  %25 = load i64, ptr %index, align 8
  %26 = load i64, ptr %share, align 8
  %add13 = add i64 %26, 1
  %27 = load i64, ptr %tasks, align 8
  %mul = mul i64 %add13, %27
  %28 = load i64, ptr %parts, align 8
  %div = udiv i64 %mul, %28
  %cmp14 = icmp uge i64 %25, %div
  br i1 %cmp14, label %if.then16, label %if.end17

if.then16:                                        ; preds = %lor.lhs.false12, %lor.lhs.false, %if.end
  %29 = load i64, ptr %tried, align 8
  %inc = add i64 %29, 1
  store i64 %inc, ptr %tried, align 8
  br label %for.cond

if.end17:                                         ; preds = %lor.lhs.false12
  %30 = load i64, ptr %share, align 8
  %arrayidx18 = getelementptr inbounds [8 x %struct.Counter], ptr @counters, i64 0, i64 %30
  %value19 = getelementptr inbounds %struct.Counter, ptr %arrayidx18, i32 0, i32 0
  %31 = load i64, ptr %old, align 8
  %add20 = add i64 %31, 1
  store i64 %add20, ptr %.atomictmp, align 8
  %32 = load i64, ptr %old, align 8
  %33 = load i64, ptr %.atomictmp, align 8
  %34 = cmpxchg ptr %value19, i64 %32, i64 %33 acq_rel acquire, align 64
  %35 = extractvalue { i64, i1 } %34, 0
  %36 = extractvalue { i64, i1 } %34, 1
  br i1 %36, label %cmpxchg.continue, label %cmpxchg.store_expected

cmpxchg.store_expected:                           ; preds = %if.end17
  store i64 %35, ptr %old, align 8
  br label %cmpxchg.continue

cmpxchg.continue:                                 ; preds = %cmpxchg.store_expected, %if.end17
  %storedv21 = zext i1 %36 to i8
  store i8 %storedv21, ptr %cmpxchg.bool, align 1
  %37 = load i8, ptr %cmpxchg.bool, align 1, !range !3, !noundef !4
  %loadedv22 = trunc i8 %37 to i1
  br i1 %loadedv22, label %if.end24, label %if.then23

if.then23:                                        ; preds = %cmpxchg.continue
  br label %for.cond

if.end24:                                         ; preds = %cmpxchg.continue
  %38 = load i32, ptr %number.addr, align 4
  %cmp25 = icmp ne i32 %38, -1
  br i1 %cmp25, label %if.then27, label %if.end29

if.then27:                                        ; preds = %if.end24
  %39 = load atomic i32, ptr @mode monotonic, align 4
  store i32 %39, ptr %atomic-temp28, align 4
  %40 = load i32, ptr %atomic-temp28, align 4
  call void @set_float_mode(i32 noundef %40) #6
  br label %if.end29

if.end29:                                         ; preds = %if.then27, %if.end24
  %41 = load ptr, ptr %run, align 8
  %42 = load ptr, ptr %given, align 8
  %43 = load i64, ptr %index, align 8
  call void %41(ptr noundef %42, i64 noundef %43) #6
  %44 = load i64, ptr %ran, align 8
  %inc30 = add nsw i64 %44, 1
  store i64 %inc30, ptr %ran, align 8
  br label %for.cond

for.end:                                          ; preds = %if.then
  %45 = load i64, ptr %ran, align 8
  %tobool = icmp ne i64 %45, 0
  br i1 %tobool, label %if.then31, label %if.end34

if.then31:                                        ; preds = %for.end
  %46 = load i64, ptr %ran, align 8
  store i64 %46, ptr %.atomictmp32, align 8
  %47 = load i64, ptr %.atomictmp32, align 8
  %48 = atomicrmw add ptr @done, i64 %47 release, align 64
  store i64 %48, ptr %atomic-temp33, align 8
  %49 = load i64, ptr %atomic-temp33, align 8
  br label %if.end34

if.end34:                                         ; preds = %if.then31, %for.end
  %50 = load i64, ptr %ran, align 8
  ret i64 %50
}

; Function Attrs: nounwind
define internal zeroext i1 @rest(i64 noundef %turn, i64 noundef %since, i1 noundef zeroext %waits) #0 {
entry:
  %retval = alloca i1, align 1
  %turn.addr = alloca i64, align 8
  %since.addr = alloca i64, align 8
  %waits.addr = alloca i8, align 1
  %passed = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store i64 %turn, ptr %turn.addr, align 8
  store i64 %since, ptr %since.addr, align 8
  %storedv = zext i1 %waits to i8
  store i8 %storedv, ptr %waits.addr, align 1
  call void @spin_pause() #6
  %0 = load i64, ptr %turn.addr, align 8
  %and = and i64 %0, 127
  %cmp = icmp ne i64 %and, 127
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %entry
  %call = call i64 @now() #6
  %1 = load i64, ptr %since.addr, align 8
  %sub = sub nsw i64 %call, %1
  store i64 %sub, ptr %passed, align 8
  %2 = load i8, ptr %waits.addr, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %2 to i1
  br i1 %loadedv, label %land.lhs.true, label %if.end4

land.lhs.true:                                    ; preds = %if.end
  %3 = load i64, ptr %passed, align 8
  %cmp1 = icmp sgt i64 %3, 10000
  br i1 %cmp1, label %if.then2, label %if.end4

if.then2:                                         ; preds = %land.lhs.true
  %call3 = call i32 @sched_yield() #6
  br label %if.end4

if.end4:                                          ; preds = %if.then2, %land.lhs.true, %if.end
  %4 = load i64, ptr %passed, align 8
  %5 = load atomic i64, ptr @spin monotonic, align 8
  store i64 %5, ptr %atomic-temp, align 8
  %6 = load i64, ptr %atomic-temp, align 8
  %cmp5 = icmp sgt i64 %4, %6
  store i1 %cmp5, ptr %retval, align 1
  br label %return

return:                                           ; preds = %if.end4, %if.then
  %7 = load i1, ptr %retval, align 1
  ret i1 %7
}

; Function Attrs: nounwind
define void @dovetail_pool_reset() #0 {
entry:
  %.atomictmp = alloca i64, align 8
  %i = alloca i32, align 4
  %.atomictmp1 = alloca i32, align 4
  %.atomictmp2 = alloca i32, align 4
  %.atomictmp3 = alloca i32, align 4
  store i64 0, ptr %.atomictmp, align 8
  %0 = load i64, ptr %.atomictmp, align 8
  store atomic i64 %0, ptr @shares seq_cst, align 64
  store i32 0, ptr @started, align 4
  store i8 0, ptr @refused, align 1
  store i32 0, ptr %i, align 4
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %1 = load i32, ptr %i, align 4
  %cmp = icmp slt i32 %1, 1024
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load i32, ptr %i, align 4
  %idxprom = sext i32 %2 to i64
  %arrayidx = getelementptr inbounds [1024 x i32], ptr @ids, i64 0, i64 %idxprom
  store i32 0, ptr %.atomictmp1, align 4
  %3 = load i32, ptr %.atomictmp1, align 4
  store atomic i32 %3, ptr %arrayidx monotonic, align 4
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %4 = load i32, ptr %i, align 4
  %inc = add nsw i32 %4, 1
  store i32 %inc, ptr %i, align 4
  br label %for.cond, !llvm.loop !11

for.end:                                          ; preds = %for.cond
  store i32 0, ptr %.atomictmp2, align 4
  %5 = load i32, ptr %.atomictmp2, align 4
  store atomic i32 %5, ptr @sleepers seq_cst, align 64
  store i32 0, ptr %.atomictmp3, align 4
  %6 = load i32, ptr %.atomictmp3, align 4
  store atomic i32 %6, ptr @busy seq_cst, align 64
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #2

declare i32 @pthread_sigmask(i32 noundef, ptr noundef, ptr noundef)

declare i32 @pthread_create(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nounwind
define internal ptr @work(ptr noundef %argument) #0 {
entry:
  %argument.addr = alloca ptr, align 8
  %number = alloca i32, align 4
  %.atomictmp = alloca i32, align 4
  %.atomictmp3 = alloca i32, align 4
  %seen = alloca i32, align 4
  %atomic-temp = alloca i32, align 4
  %since = alloca i64, align 8
  %turn = alloca i64, align 8
  %atomic-temp7 = alloca i32, align 4
  %.atomictmp12 = alloca i32, align 4
  %atomic-temp13 = alloca i32, align 4
  %.atomictmp16 = alloca i32, align 4
  %atomic-temp17 = alloca i32, align 4
  store ptr %argument, ptr %argument.addr, align 8
  %0 = load ptr, ptr %argument.addr, align 8
  %1 = ptrtoint ptr %0 to i64
  %conv = trunc i64 %1 to i32
  store i32 %conv, ptr %number, align 4
  %2 = load i32, ptr %number, align 4
  %cmp = icmp slt i32 %2, 1024
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %3 = load i32, ptr %number, align 4
  %idxprom = sext i32 %3 to i64
  %arrayidx = getelementptr inbounds [1024 x i32], ptr @ids, i64 0, i64 %idxprom
  %call = call i64 (i64, ...) @syscall(i64 noundef 186) #6
  %conv2 = trunc i64 %call to i32
  store i32 %conv2, ptr %.atomictmp, align 4
  %4 = load i32, ptr %.atomictmp, align 4
  store atomic i32 %4, ptr %arrayidx seq_cst, align 4
  store i32 -1, ptr %.atomictmp3, align 4
  %5 = load i32, ptr %.atomictmp3, align 4
  store atomic i32 %5, ptr @avoided seq_cst, align 4
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  br label %for.cond

for.cond:                                         ; preds = %for.end, %if.end
  %6 = load atomic i32, ptr @wake acquire, align 64
  store i32 %6, ptr %atomic-temp, align 4
  %7 = load i32, ptr %atomic-temp, align 4
  store i32 %7, ptr %seen, align 4
  %8 = load i32, ptr %number, align 4
  %call4 = call i64 @drain(i32 noundef %8) #6
  %call5 = call i64 @now() #6
  store i64 %call5, ptr %since, align 8
  store i64 0, ptr %turn, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc, %for.cond
  %9 = load atomic i32, ptr @wake acquire, align 64
  store i32 %9, ptr %atomic-temp7, align 4
  %10 = load i32, ptr %atomic-temp7, align 4
  %11 = load i32, ptr %seen, align 4
  %cmp8 = icmp eq i32 %10, %11
  br i1 %cmp8, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond6
  %12 = load i64, ptr %turn, align 8
  %13 = load i64, ptr %since, align 8
  %call10 = call zeroext i1 @rest(i64 noundef %12, i64 noundef %13, i1 noundef zeroext false) #6
  br i1 %call10, label %if.then11, label %if.end18

if.then11:                                        ; preds = %for.body
  store i32 1, ptr %.atomictmp12, align 4
  %14 = load i32, ptr %.atomictmp12, align 4
  %15 = atomicrmw add ptr @sleepers, i32 %14 seq_cst, align 64
  store i32 %15, ptr %atomic-temp13, align 4
  %16 = load i32, ptr %atomic-temp13, align 4
  %17 = load i32, ptr %seen, align 4
  %conv14 = sext i32 %17 to i64
  %call15 = call i64 (i64, ...) @syscall(i64 noundef 202, ptr noundef @wake, i64 noundef 128, i64 noundef %conv14, i64 noundef 0, i64 noundef 0, i64 noundef 0) #6
  store i32 1, ptr %.atomictmp16, align 4
  %18 = load i32, ptr %.atomictmp16, align 4
  %19 = atomicrmw sub ptr @sleepers, i32 %18 seq_cst, align 64
  store i32 %19, ptr %atomic-temp17, align 4
  %20 = load i32, ptr %atomic-temp17, align 4
  br label %for.end

if.end18:                                         ; preds = %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end18
  %21 = load i64, ptr %turn, align 8
  %inc = add nsw i64 %21, 1
  store i64 %inc, ptr %turn, align 8
  br label %for.cond6, !llvm.loop !12

for.end:                                          ; preds = %if.then11, %for.cond6
  br label %for.cond
}

declare i32 @pthread_detach(i64 noundef)

declare i64 @syscall(i64 noundef, ...)

; Function Attrs: nounwind
define internal void @close_counter(i64 noundef %share) #0 {
entry:
  %share.addr = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  store i64 %share, ptr %share.addr, align 8
  %0 = load i64, ptr %share.addr, align 8
  %arrayidx = getelementptr inbounds [8 x %struct.Counter], ptr @counters, i64 0, i64 %0
  %value = getelementptr inbounds %struct.Counter, ptr %arrayidx, i32 0, i32 0
  %1 = load i64, ptr @generation, align 8
  %shl = shl i64 %1, 32
  %or = or i64 %shl, 4294967295
  store i64 %or, ptr %.atomictmp, align 8
  %2 = load i64, ptr %.atomictmp, align 8
  store atomic i64 %2, ptr %value seq_cst, align 64
  ret void
}

; Function Attrs: inlinehint nounwind
define internal i32 @get_float_mode() #1 {
entry:
  %tmp = alloca i32, align 4
  call void @llvm.x86.sse.stmxcsr(ptr %tmp)
  %stmxcsr = load i32, ptr %tmp, align 4
  ret i32 %stmxcsr
}

; Function Attrs: nounwind memory(argmem: write)
declare void @llvm.x86.sse.stmxcsr(ptr) #4

declare i32 @sched_getcpu()

; Function Attrs: nounwind
define internal void @keep_off(i32 noundef %processor) #0 {
entry:
  %processor.addr = alloca i32, align 4
  %mask = alloca [128 x i8], align 8
  %.atomictmp = alloca i32, align 4
  %i = alloca i32, align 4
  %id = alloca i32, align 4
  %atomic-temp = alloca i32, align 4
  store i32 %processor, ptr %processor.addr, align 4
  call void @llvm.memset.p0.i64(ptr align 8 %mask, i8 0, i64 128, i1 false)
  %0 = load i32, ptr %processor.addr, align 4
  store i32 %0, ptr %.atomictmp, align 4
  %1 = load i32, ptr %.atomictmp, align 4
  store atomic i32 %1, ptr @avoided seq_cst, align 4
  %arraydecay = getelementptr inbounds [128 x i8], ptr %mask, i64 0, i64 0
  %call = call i32 @sched_getaffinity(i32 noundef 0, i64 noundef 128, ptr noundef %arraydecay) #6
  %cmp = icmp slt i32 %call, 0
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %2 = load i32, ptr %processor.addr, align 4
  %cmp1 = icmp slt i32 %2, 0
  br i1 %cmp1, label %if.then, label %lor.lhs.false2

lor.lhs.false2:                                   ; preds = %lor.lhs.false
  %3 = load i32, ptr %processor.addr, align 4
  %cmp3 = icmp sge i32 %3, 1024
  br i1 %cmp3, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false2, %lor.lhs.false, %entry
  br label %for.end

if.end:                                           ; preds = %lor.lhs.false2
  %4 = load i32, ptr %processor.addr, align 4
  %rem = srem i32 %4, 8
  %shl = shl i32 1, %rem
  %not = xor i32 %shl, -1
  %conv = trunc i32 %not to i8
  %conv4 = zext i8 %conv to i32
  %5 = load i32, ptr %processor.addr, align 4
  %div = sdiv i32 %5, 8
  %idxprom = sext i32 %div to i64
  %arrayidx = getelementptr inbounds [128 x i8], ptr %mask, i64 0, i64 %idxprom
  %6 = load i8, ptr %arrayidx, align 1
  %conv5 = zext i8 %6 to i32
  %and = and i32 %conv5, %conv4
  %conv6 = trunc i32 %and to i8
  store i8 %conv6, ptr %arrayidx, align 1
  store i32 0, ptr %i, align 4
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %7 = load i32, ptr %i, align 4
  %8 = load i32, ptr @started, align 4
  %cmp7 = icmp slt i32 %7, %8
  br i1 %cmp7, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond
  %9 = load i32, ptr %i, align 4
  %cmp9 = icmp slt i32 %9, 1024
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond
  %10 = phi i1 [ false, %for.cond ], [ %cmp9, %land.rhs ]
  br i1 %10, label %for.body, label %for.end

for.body:                                         ; preds = %land.end
  %11 = load i32, ptr %i, align 4
  %idxprom11 = sext i32 %11 to i64
  %arrayidx12 = getelementptr inbounds [1024 x i32], ptr @ids, i64 0, i64 %idxprom11
  %12 = load atomic i32, ptr %arrayidx12 seq_cst, align 4
  store i32 %12, ptr %atomic-temp, align 4
  %13 = load i32, ptr %atomic-temp, align 4
  store i32 %13, ptr %id, align 4
  %14 = load i32, ptr %id, align 4
  %cmp13 = icmp ne i32 %14, 0
  br i1 %cmp13, label %if.then15, label %if.end18

if.then15:                                        ; preds = %for.body
  %15 = load i32, ptr %id, align 4
  %arraydecay16 = getelementptr inbounds [128 x i8], ptr %mask, i64 0, i64 0
  %call17 = call i32 @sched_setaffinity(i32 noundef %15, i64 noundef 128, ptr noundef %arraydecay16) #6
  br label %if.end18

if.end18:                                         ; preds = %if.then15, %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end18
  %16 = load i32, ptr %i, align 4
  %inc = add nsw i32 %16, 1
  store i32 %inc, ptr %i, align 4
  br label %for.cond, !llvm.loop !13

for.end:                                          ; preds = %if.then, %land.end
  ret void
}

declare i32 @sched_getaffinity(i32 noundef, i64 noundef, ptr noundef)

declare i32 @sched_setaffinity(i32 noundef, i64 noundef, ptr noundef)

declare i32 @clock_gettime(i32 noundef, ptr noundef)

; Function Attrs: inlinehint nounwind
define internal void @set_float_mode(i32 noundef %mode) #1 {
entry:
  %mode.addr = alloca i32, align 4
  %tmp = alloca i32, align 4
  store i32 %mode, ptr %mode.addr, align 4
  %0 = load i32, ptr %mode.addr, align 4
  store i32 %0, ptr %tmp, align 4
  call void @llvm.x86.sse.ldmxcsr(ptr %tmp)
  ret void
}

; Function Attrs: nounwind
declare void @llvm.x86.sse.ldmxcsr(ptr) #5

; Function Attrs: inlinehint nounwind
define internal void @spin_pause() #1 {
entry:
  call void @llvm.x86.sse2.pause()
  ret void
}

declare i32 @sched_yield()

; Function Attrs: nounwind
declare void @llvm.x86.sse2.pause() #5

attributes #0 = { nounwind }
attributes #1 = { inlinehint nounwind }
attributes #2 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #4 = { nounwind memory(argmem: write) }
attributes #5 = { nounwind }
attributes #6 = { nobuiltin }

!3 = !{i8 0, i8 2}
!4 = !{}
!5 = distinct !{!5, !6}
!6 = !{!"llvm.loop.mustprogress"}
!7 = distinct !{!7, !6}
!8 = distinct !{!8, !6}
!9 = distinct !{!9, !6}
!10 = distinct !{!10, !6}
!11 = distinct !{!11, !6}
!12 = distinct !{!12, !6}
!13 = distinct !{!13, !6}
