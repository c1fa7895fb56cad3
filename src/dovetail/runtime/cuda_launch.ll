; Made of cuda_launch.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: d145689966221eff7ffd23913f75657f2684459a7355d0c3ffdd1d70a0925b47

%struct.CudaProgram = type { ptr, i64, ptr, i64, ptr, i64 }
%struct.CudaDriver = type { ptr, ptr, ptr, ptr, ptr, ptr, ptr }
%struct.CudaStep = type { ptr, i64, i64, i64, i64, i64, i64, ptr, i64, ptr, i64, ptr }

@.str = private unnamed_addr constant [15 x i8] c"cuStreamGetCtx\00", align 1
@.str.1 = private unnamed_addr constant [16 x i8] c"cuCtxGetCurrent\00", align 1
@.str.2 = private unnamed_addr constant [17 x i8] c"cuCtxPushCurrent\00", align 1
@.str.3 = private unnamed_addr constant [16 x i8] c"cuCtxPopCurrent\00", align 1
@.str.4 = private unnamed_addr constant [15 x i8] c"cuLaunchKernel\00", align 1
@.str.5 = private unnamed_addr constant [16 x i8] c"cuMemsetD8Async\00", align 1

; Function Attrs: nounwind
define i32 @dovetail_cuda_run(ptr noundef %program, ptr noundef %buffers, ptr noundef %scalars, ptr noundef %stream, ptr noundef %function) #0 {
entry:
  %retval = alloca i32, align 4
  %program.addr = alloca ptr, align 8
  %buffers.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %stream.addr = alloca ptr, align 8
  %function.addr = alloca ptr, align 8
  %driver = alloca ptr, align 8
  %context = alloca ptr, align 8
  %current = alloca ptr, align 8
  %device = alloca i64, align 8
  %error = alloca i32, align 4
  %left = alloca i32, align 4
  store ptr %program, ptr %program.addr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %stream, ptr %stream.addr, align 8
  store ptr %function, ptr %function.addr, align 8
  %0 = load ptr, ptr %program.addr, align 8
  %driver1 = getelementptr inbounds %struct.CudaProgram, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %driver1, align 8
  store ptr %1, ptr %driver, align 8
  %2 = load ptr, ptr %program.addr, align 8
  %contexts = getelementptr inbounds %struct.CudaProgram, ptr %2, i32 0, i32 2
  %3 = load ptr, ptr %contexts, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %3, i64 0
  %4 = load ptr, ptr %arrayidx, align 8
  store ptr %4, ptr %context, align 8
  store ptr null, ptr %current, align 8
  store i64 0, ptr %device, align 8
  %5 = load ptr, ptr %program.addr, align 8
  %devices = getelementptr inbounds %struct.CudaProgram, ptr %5, i32 0, i32 1
  %6 = load i64, ptr %devices, align 8
  %cmp = icmp sgt i64 %6, 1
  br i1 %cmp, label %if.then, label %if.end8

if.then:                                          ; preds = %entry
  %7 = load ptr, ptr %function.addr, align 8
  store ptr @.str, ptr %7, align 8
  %8 = load ptr, ptr %driver, align 8
  %context_of = getelementptr inbounds %struct.CudaDriver, ptr %8, i32 0, i32 2
  %9 = load ptr, ptr %context_of, align 8
  %10 = load ptr, ptr %stream.addr, align 8
  %call = call i32 %9(ptr noundef %10, ptr noundef %context) #3
  store i32 %call, ptr %error, align 4
  %11 = load i32, ptr %error, align 4
  %tobool = icmp ne i32 %11, 0
  br i1 %tobool, label %if.then2, label %if.end

if.then2:                                         ; preds = %if.then
  %12 = load i32, ptr %error, align 4
  store i32 %12, ptr %retval, align 4
  br label %return

if.end:                                           ; preds = %if.then
  %13 = load ptr, ptr %program.addr, align 8
  %14 = load ptr, ptr %context, align 8
  %call3 = call i64 @device_of(ptr noundef %13, ptr noundef %14) #3
  store i64 %call3, ptr %device, align 8
  %15 = load i64, ptr %device, align 8
  %16 = load ptr, ptr %program.addr, align 8
  %devices4 = getelementptr inbounds %struct.CudaProgram, ptr %16, i32 0, i32 1
  %17 = load i64, ptr %devices4, align 8
  %cmp5 = icmp eq i64 %15, %17
  br i1 %cmp5, label %if.then6, label %if.end7

if.then6:                                         ; preds = %if.end
  store i32 201, ptr %retval, align 4
  br label %return

if.end7:                                          ; preds = %if.end
  br label %if.end8

if.end8:                                          ; preds = %if.end7, %entry
  %18 = load ptr, ptr %function.addr, align 8
  store ptr @.str.1, ptr %18, align 8
  %19 = load ptr, ptr %driver, align 8
  %current9 = getelementptr inbounds %struct.CudaDriver, ptr %19, i32 0, i32 3
  %20 = load ptr, ptr %current9, align 8
  %call10 = call i32 %20(ptr noundef %current) #3
  store i32 %call10, ptr %error, align 4
  %21 = load i32, ptr %error, align 4
  %tobool11 = icmp ne i32 %21, 0
  br i1 %tobool11, label %if.then13, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end8
  %22 = load ptr, ptr %current, align 8
  %23 = load ptr, ptr %context, align 8
  %cmp12 = icmp eq ptr %22, %23
  br i1 %cmp12, label %if.then13, label %if.end16

if.then13:                                        ; preds = %lor.lhs.false, %if.end8
  %24 = load i32, ptr %error, align 4
  %tobool14 = icmp ne i32 %24, 0
  br i1 %tobool14, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.then13
  %25 = load i32, ptr %error, align 4
  br label %cond.end

cond.false:                                       ; preds = %if.then13
  %26 = load ptr, ptr %program.addr, align 8
  %27 = load i64, ptr %device, align 8
  %28 = load ptr, ptr %buffers.addr, align 8
  %29 = load ptr, ptr %scalars.addr, align 8
  %30 = load ptr, ptr %stream.addr, align 8
  %31 = load ptr, ptr %function.addr, align 8
  %call15 = call i32 @start(ptr noundef %26, i64 noundef %27, ptr noundef %28, ptr noundef %29, ptr noundef %30, ptr noundef %31) #3
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i32 [ %25, %cond.true ], [ %call15, %cond.false ]
  store i32 %cond, ptr %retval, align 4
  br label %return

if.end16:                                         ; preds = %lor.lhs.false
  %32 = load ptr, ptr %function.addr, align 8
  store ptr @.str.2, ptr %32, align 8
  %33 = load ptr, ptr %driver, align 8
  %push = getelementptr inbounds %struct.CudaDriver, ptr %33, i32 0, i32 4
  %34 = load ptr, ptr %push, align 8
  %35 = load ptr, ptr %context, align 8
  %call17 = call i32 %34(ptr noundef %35) #3
  store i32 %call17, ptr %error, align 4
  %36 = load i32, ptr %error, align 4
  %tobool18 = icmp ne i32 %36, 0
  br i1 %tobool18, label %if.then19, label %if.end20

if.then19:                                        ; preds = %if.end16
  %37 = load i32, ptr %error, align 4
  store i32 %37, ptr %retval, align 4
  br label %return

if.end20:                                         ; preds = %if.end16
  %38 = load ptr, ptr %program.addr, align 8
  %39 = load i64, ptr %device, align 8
  %40 = load ptr, ptr %buffers.addr, align 8
  %41 = load ptr, ptr %scalars.addr, align 8
  %42 = load ptr, ptr %stream.addr, align 8
  %43 = load ptr, ptr %function.addr, align 8
  %call21 = call i32 @start(ptr noundef %38, i64 noundef %39, ptr noundef %40, ptr noundef %41, ptr noundef %42, ptr noundef %43) #3
  store i32 %call21, ptr %error, align 4
  %44 = load ptr, ptr %driver, align 8
  %pop = getelementptr inbounds %struct.CudaDriver, ptr %44, i32 0, i32 5
  %45 = load ptr, ptr %pop, align 8
  %call22 = call i32 %45(ptr noundef %current) #3
  store i32 %call22, ptr %left, align 4
  %46 = load i32, ptr %error, align 4
  %tobool23 = icmp ne i32 %46, 0
  br i1 %tobool23, label %if.then26, label %lor.lhs.false24

lor.lhs.false24:                                  ; preds = %if.end20
  %47 = load i32, ptr %left, align 4
  %tobool25 = icmp ne i32 %47, 0
  br i1 %tobool25, label %if.end27, label %if.then26

if.then26:                                        ; preds = %lor.lhs.false24, %if.end20
  %48 = load i32, ptr %error, align 4
  store i32 %48, ptr %retval, align 4
  br label %return

if.end27:                                         ; preds = %lor.lhs.false24
  %49 = load ptr, ptr %function.addr, align 8
  store ptr @.str.3, ptr %49, align 8
  %50 = load i32, ptr %left, align 4
  store i32 %50, ptr %retval, align 4
  br label %return

return:                                           ; preds = %if.end27, %if.then26, %if.then19, %cond.end, %if.then6, %if.then2
  %51 = load i32, ptr %retval, align 4
  ret i32 %51
}

; Function Attrs: nounwind
define internal i64 @device_of(ptr noundef %program, ptr noundef %context) #0 {
entry:
  %program.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %device = alloca i64, align 8
  store ptr %program, ptr %program.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 0, ptr %device, align 8
  br label %while.cond

while.cond:                                       ; preds = %while.body, %entry
  %0 = load i64, ptr %device, align 8
  %1 = load ptr, ptr %program.addr, align 8
  %devices = getelementptr inbounds %struct.CudaProgram, ptr %1, i32 0, i32 1
  %2 = load i64, ptr %devices, align 8
  %cmp = icmp slt i64 %0, %2
  br i1 %cmp, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %while.cond
  %3 = load ptr, ptr %program.addr, align 8
  %contexts = getelementptr inbounds %struct.CudaProgram, ptr %3, i32 0, i32 2
  %4 = load ptr, ptr %contexts, align 8
  %5 = load i64, ptr %device, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %4, i64 %5
  %6 = load ptr, ptr %arrayidx, align 8
  %7 = load ptr, ptr %context.addr, align 8
  %cmp1 = icmp ne ptr %6, %7
  br label %land.end

land.end:                                         ; preds = %land.rhs, %while.cond
  %8 = phi i1 [ false, %while.cond ], [ %cmp1, %land.rhs ]
  br i1 %8, label %while.body, label %while.end

while.body:                                       ; preds = %land.end
  %9 = load i64, ptr %device, align 8
  %inc = add nsw i64 %9, 1
  store i64 %inc, ptr %device, align 8
  br label %while.cond, !llvm.loop !3

while.end:                                        ; preds = %land.end
  %10 = load i64, ptr %device, align 8
  ret i64 %10
}

; Function Attrs: nounwind
define internal i32 @start(ptr noundef %program, i64 noundef %device, ptr noundef %buffers, ptr noundef %scalars, ptr noundef %stream, ptr noundef %function) #0 {
entry:
  %retval = alloca i32, align 4
  %program.addr = alloca ptr, align 8
  %device.addr = alloca i64, align 8
  %buffers.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %stream.addr = alloca ptr, align 8
  %function.addr = alloca ptr, align 8
  %driver = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %__vla_expr1 = alloca i64, align 8
  %i = alloca i64, align 8
  %i5 = alloca i64, align 8
  %step = alloca ptr, align 8
  %k = alloca i64, align 8
  %k23 = alloca i64, align 8
  %error = alloca i32, align 4
  %cleanup.dest.slot = alloca i32, align 4
  store ptr %program, ptr %program.addr, align 8
  store i64 %device, ptr %device.addr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %stream, ptr %stream.addr, align 8
  store ptr %function, ptr %function.addr, align 8
  %0 = load ptr, ptr %program.addr, align 8
  %driver1 = getelementptr inbounds %struct.CudaProgram, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %driver1, align 8
  store ptr %1, ptr %driver, align 8
  %2 = load ptr, ptr %program.addr, align 8
  %most_words = getelementptr inbounds %struct.CudaProgram, ptr %2, i32 0, i32 5
  %3 = load i64, ptr %most_words, align 8
  %4 = call ptr @llvm.stacksave.p0()
  store ptr %4, ptr %saved_stack, align 8
  %vla = alloca i64, i64 %3, align 16
  store i64 %3, ptr %__vla_expr0, align 8
  %5 = load ptr, ptr %program.addr, align 8
  %most_words2 = getelementptr inbounds %struct.CudaProgram, ptr %5, i32 0, i32 5
  %6 = load i64, ptr %most_words2, align 8
  %vla3 = alloca ptr, i64 %6, align 16
  store i64 %6, ptr %__vla_expr1, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %7 = load i64, ptr %i, align 8
  %8 = load ptr, ptr %program.addr, align 8
  %most_words4 = getelementptr inbounds %struct.CudaProgram, ptr %8, i32 0, i32 5
  %9 = load i64, ptr %most_words4, align 8
  %cmp = icmp slt i64 %7, %9
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %10 = load i64, ptr %i, align 8
  %add.ptr = getelementptr inbounds i64, ptr %vla, i64 %10
  %11 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %vla3, i64 %11
  store ptr %add.ptr, ptr %arrayidx, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %12 = load i64, ptr %i, align 8
  %inc = add nsw i64 %12, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i5, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc50, %for.end
  %13 = load i64, ptr %i5, align 8
  %14 = load ptr, ptr %program.addr, align 8
  %steps = getelementptr inbounds %struct.CudaProgram, ptr %14, i32 0, i32 3
  %15 = load i64, ptr %steps, align 8
  %cmp7 = icmp slt i64 %13, %15
  br i1 %cmp7, label %for.body8, label %for.end52

for.body8:                                        ; preds = %for.cond6
  %16 = load ptr, ptr %program.addr, align 8
  %table = getelementptr inbounds %struct.CudaProgram, ptr %16, i32 0, i32 4
  %17 = load ptr, ptr %table, align 8
  %18 = load i64, ptr %i5, align 8
  %add.ptr9 = getelementptr inbounds %struct.CudaStep, ptr %17, i64 %18
  store ptr %add.ptr9, ptr %step, align 8
  %19 = load ptr, ptr %step, align 8
  %words = getelementptr inbounds %struct.CudaStep, ptr %19, i32 0, i32 7
  %20 = load ptr, ptr %words, align 8
  %21 = load ptr, ptr %step, align 8
  %word_count = getelementptr inbounds %struct.CudaStep, ptr %21, i32 0, i32 6
  %22 = load i64, ptr %word_count, align 8
  %mul = mul i64 %22, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %vla, ptr align 8 %20, i64 %mul, i1 false)
  store i64 0, ptr %k, align 8
  br label %for.cond10

for.cond10:                                       ; preds = %for.inc20, %for.body8
  %23 = load i64, ptr %k, align 8
  %24 = load ptr, ptr %step, align 8
  %given_count = getelementptr inbounds %struct.CudaStep, ptr %24, i32 0, i32 8
  %25 = load i64, ptr %given_count, align 8
  %mul11 = mul nsw i64 2, %25
  %cmp12 = icmp slt i64 %23, %mul11
  br i1 %cmp12, label %for.body13, label %for.end22

for.body13:                                       ; preds = %for.cond10
  %26 = load ptr, ptr %buffers.addr, align 8
  %27 = load ptr, ptr %step, align 8
  %given = getelementptr inbounds %struct.CudaStep, ptr %27, i32 0, i32 9
  %28 = load ptr, ptr %given, align 8
  %29 = load i64, ptr %k, align 8
  %add = add nsw i64 %29, 1
  %arrayidx14 = getelementptr inbounds i64, ptr %28, i64 %add
  %30 = load i64, ptr %arrayidx14, align 8
  %arrayidx15 = getelementptr inbounds ptr, ptr %26, i64 %30
  %31 = load ptr, ptr %arrayidx15, align 8
  %32 = ptrtoint ptr %31 to i64
  %33 = load ptr, ptr %step, align 8
  %given16 = getelementptr inbounds %struct.CudaStep, ptr %33, i32 0, i32 9
  %34 = load ptr, ptr %given16, align 8
  %35 = load i64, ptr %k, align 8
  %arrayidx17 = getelementptr inbounds i64, ptr %34, i64 %35
  %36 = load i64, ptr %arrayidx17, align 8
  %arrayidx18 = getelementptr inbounds i64, ptr %vla, i64 %36
  %37 = load i64, ptr %arrayidx18, align 8
  %add19 = add nsw i64 %37, %32
  store i64 %add19, ptr %arrayidx18, align 8
  br label %for.inc20

for.inc20:                                        ; preds = %for.body13
  %38 = load i64, ptr %k, align 8
  %add21 = add nsw i64 %38, 2
  store i64 %add21, ptr %k, align 8
  br label %for.cond10, !llvm.loop !6

for.end22:                                        ; preds = %for.cond10
  store i64 0, ptr %k23, align 8
  br label %for.cond24

for.cond24:                                       ; preds = %for.inc35, %for.end22
  %39 = load i64, ptr %k23, align 8
  %40 = load ptr, ptr %step, align 8
  %scalar_count = getelementptr inbounds %struct.CudaStep, ptr %40, i32 0, i32 10
  %41 = load i64, ptr %scalar_count, align 8
  %mul25 = mul nsw i64 2, %41
  %cmp26 = icmp slt i64 %39, %mul25
  br i1 %cmp26, label %for.body27, label %for.end37

for.body27:                                       ; preds = %for.cond24
  %42 = load ptr, ptr %step, align 8
  %scalars28 = getelementptr inbounds %struct.CudaStep, ptr %42, i32 0, i32 11
  %43 = load ptr, ptr %scalars28, align 8
  %44 = load i64, ptr %k23, align 8
  %arrayidx29 = getelementptr inbounds i64, ptr %43, i64 %44
  %45 = load i64, ptr %arrayidx29, align 8
  %add.ptr30 = getelementptr inbounds i64, ptr %vla, i64 %45
  %46 = load ptr, ptr %scalars.addr, align 8
  %47 = load ptr, ptr %step, align 8
  %scalars31 = getelementptr inbounds %struct.CudaStep, ptr %47, i32 0, i32 11
  %48 = load ptr, ptr %scalars31, align 8
  %49 = load i64, ptr %k23, align 8
  %add32 = add nsw i64 %49, 1
  %arrayidx33 = getelementptr inbounds i64, ptr %48, i64 %add32
  %50 = load i64, ptr %arrayidx33, align 8
  %add.ptr34 = getelementptr inbounds double, ptr %46, i64 %50
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %add.ptr30, ptr align 8 %add.ptr34, i64 8, i1 false)
  br label %for.inc35

for.inc35:                                        ; preds = %for.body27
  %51 = load i64, ptr %k23, align 8
  %add36 = add nsw i64 %51, 2
  store i64 %add36, ptr %k23, align 8
  br label %for.cond24, !llvm.loop !7

for.end37:                                        ; preds = %for.cond24
  %52 = load ptr, ptr %step, align 8
  %functions = getelementptr inbounds %struct.CudaStep, ptr %52, i32 0, i32 0
  %53 = load ptr, ptr %functions, align 8
  %tobool = icmp ne ptr %53, null
  br i1 %tobool, label %if.then, label %if.else

if.then:                                          ; preds = %for.end37
  %54 = load ptr, ptr %function.addr, align 8
  store ptr @.str.4, ptr %54, align 8
  %55 = load ptr, ptr %driver, align 8
  %launch = getelementptr inbounds %struct.CudaDriver, ptr %55, i32 0, i32 0
  %56 = load ptr, ptr %launch, align 8
  %57 = load ptr, ptr %step, align 8
  %functions38 = getelementptr inbounds %struct.CudaStep, ptr %57, i32 0, i32 0
  %58 = load ptr, ptr %functions38, align 8
  %59 = load i64, ptr %device.addr, align 8
  %arrayidx39 = getelementptr inbounds ptr, ptr %58, i64 %59
  %60 = load ptr, ptr %arrayidx39, align 8
  %61 = load ptr, ptr %step, align 8
  %blocks_x = getelementptr inbounds %struct.CudaStep, ptr %61, i32 0, i32 1
  %62 = load i64, ptr %blocks_x, align 8
  %conv = trunc i64 %62 to i32
  %63 = load ptr, ptr %step, align 8
  %blocks_y = getelementptr inbounds %struct.CudaStep, ptr %63, i32 0, i32 2
  %64 = load i64, ptr %blocks_y, align 8
  %conv40 = trunc i64 %64 to i32
  %65 = load ptr, ptr %step, align 8
  %blocks_z = getelementptr inbounds %struct.CudaStep, ptr %65, i32 0, i32 3
  %66 = load i64, ptr %blocks_z, align 8
  %conv41 = trunc i64 %66 to i32
  %67 = load ptr, ptr %step, align 8
  %threads = getelementptr inbounds %struct.CudaStep, ptr %67, i32 0, i32 4
  %68 = load i64, ptr %threads, align 8
  %conv42 = trunc i64 %68 to i32
  %69 = load ptr, ptr %step, align 8
  %shared_bytes = getelementptr inbounds %struct.CudaStep, ptr %69, i32 0, i32 5
  %70 = load i64, ptr %shared_bytes, align 8
  %conv43 = trunc i64 %70 to i32
  %71 = load ptr, ptr %stream.addr, align 8
  %call = call i32 %56(ptr noundef %60, i32 noundef %conv, i32 noundef %conv40, i32 noundef %conv41, i32 noundef %conv42, i32 noundef 1, i32 noundef 1, i32 noundef %conv43, ptr noundef %71, ptr noundef %vla3, ptr noundef null) #3
  store i32 %call, ptr %error, align 4
  br label %if.end

if.else:                                          ; preds = %for.end37
  %72 = load ptr, ptr %function.addr, align 8
  store ptr @.str.5, ptr %72, align 8
  %73 = load ptr, ptr %driver, align 8
  %clear = getelementptr inbounds %struct.CudaDriver, ptr %73, i32 0, i32 1
  %74 = load ptr, ptr %clear, align 8
  %arrayidx44 = getelementptr inbounds i64, ptr %vla, i64 0
  %75 = load i64, ptr %arrayidx44, align 16
  %arrayidx45 = getelementptr inbounds i64, ptr %vla, i64 1
  %76 = load i64, ptr %arrayidx45, align 8
  %77 = load ptr, ptr %stream.addr, align 8
  %call46 = call i32 %74(i64 noundef %75, i32 noundef 0, i64 noundef %76, ptr noundef %77) #3
  store i32 %call46, ptr %error, align 4
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  %78 = load i32, ptr %error, align 4
  %tobool47 = icmp ne i32 %78, 0
  br i1 %tobool47, label %if.then48, label %if.end49

if.then48:                                        ; preds = %if.end
  %79 = load i32, ptr %error, align 4
  store i32 %79, ptr %retval, align 4
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end49:                                         ; preds = %if.end
  br label %for.inc50

for.inc50:                                        ; preds = %if.end49
  %80 = load i64, ptr %i5, align 8
  %inc51 = add nsw i64 %80, 1
  store i64 %inc51, ptr %i5, align 8
  br label %for.cond6, !llvm.loop !8

for.end52:                                        ; preds = %for.cond6
  store i32 0, ptr %retval, align 4
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %for.end52, %if.then48
  %81 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %81)
  %82 = load i32, ptr %retval, align 4
  ret i32 %82
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #1

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #2

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #1

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nosync nounwind willreturn }
attributes #2 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #3 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = distinct !{!5, !4}
!6 = distinct !{!6, !4}
!7 = distinct !{!7, !4}
!8 = distinct !{!8, !4}
