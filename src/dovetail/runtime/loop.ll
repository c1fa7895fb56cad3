; Made of loop.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: e9b8a804012e63c58853f3433fc7488cc2d693b155277dacad8af7cb3bac9cf3

%struct.Steps = type { ptr, ptr, ptr, i64 }
%struct.Parts = type { ptr, ptr, i64, ptr, i64 }
%struct.Loop = type { i64, i64, ptr, i64, ptr, ptr, i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64, i64 }
%struct.Loops = type { ptr, ptr, ptr }
%struct.LoopGroup = type { i64, ptr, ptr }
%struct.Multiplication = type { ptr, ptr, ptr, ptr, i64, i64 }
%struct.Product = type { ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, ptr }

@__const.dovetail_multiply.floats = private unnamed_addr constant [2 x float] [float 0.000000e+00, float 1.000000e+00], align 4
@__const.dovetail_multiply.doubles = private unnamed_addr constant [2 x double] [double 0.000000e+00, double 1.000000e+00], align 16
@.str = private unnamed_addr constant [2 x i8] c"T\00", align 1
@.str.1 = private unnamed_addr constant [2 x i8] c"N\00", align 1

; Function Attrs: nounwind
define void @dovetail_run_loop(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %loop = alloca ptr, align 8
  %shared = alloca i64, align 8
  %status = alloca ptr, align 8
  %shared_for = alloca ptr, align 8
  %steps = alloca %struct.Steps, align 8
  %parts13 = alloca %struct.Parts, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %loop, align 8
  %1 = load ptr, ptr %loop, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %1, i32 0, i32 7
  %2 = load i64, ptr %constants, align 8
  %3 = load ptr, ptr %loop, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %3, i32 0, i32 8
  %4 = load i64, ptr %xs, align 8
  %add = add nsw i64 %2, %4
  %5 = load ptr, ptr %loop, align 8
  %ys = getelementptr inbounds %struct.Loop, ptr %5, i32 0, i32 9
  %6 = load i64, ptr %ys, align 8
  %add1 = add nsw i64 %add, %6
  %7 = load ptr, ptr %loop, align 8
  %carries = getelementptr inbounds %struct.Loop, ptr %7, i32 0, i32 6
  %8 = load i64, ptr %carries, align 8
  %mul = mul nsw i64 3, %8
  %add2 = add nsw i64 %add1, %mul
  store i64 %add2, ptr %shared, align 8
  %9 = load ptr, ptr %buffers.addr, align 8
  %10 = load i64, ptr %shared, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %9, i64 %10
  %11 = load ptr, ptr %arrayidx, align 8
  store ptr %11, ptr %status, align 8
  %12 = load ptr, ptr %loop, align 8
  %serial = getelementptr inbounds %struct.Loop, ptr %12, i32 0, i32 16
  %13 = load i64, ptr %serial, align 8
  %tobool = icmp ne i64 %13, 0
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  br label %cond.end

cond.false:                                       ; preds = %entry
  %14 = load ptr, ptr %parallel_for.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ @serial_for, %cond.true ], [ %14, %cond.false ]
  store ptr %cond, ptr %shared_for, align 8
  %15 = load ptr, ptr %loop, align 8
  %threads = getelementptr inbounds %struct.Loop, ptr %15, i32 0, i32 15
  %16 = load ptr, ptr %threads, align 8
  %tobool3 = icmp ne ptr %16, null
  br i1 %tobool3, label %if.then, label %if.end

if.then:                                          ; preds = %cond.end
  %17 = load ptr, ptr %loop, align 8
  %threads4 = getelementptr inbounds %struct.Loop, ptr %17, i32 0, i32 15
  %18 = load ptr, ptr %threads4, align 8
  call void @dovetail_enter_one_thread(ptr noundef %18) #6
  br label %if.end

if.end:                                           ; preds = %if.then, %cond.end
  %19 = load ptr, ptr %loop, align 8
  %independent = getelementptr inbounds %struct.Loop, ptr %19, i32 0, i32 17
  %20 = load i64, ptr %independent, align 8
  %tobool5 = icmp ne i64 %20, 0
  br i1 %tobool5, label %if.then6, label %if.else

if.then6:                                         ; preds = %if.end
  %loop7 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 0
  %21 = load ptr, ptr %loop, align 8
  store ptr %21, ptr %loop7, align 8
  %buffers8 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 1
  %22 = load ptr, ptr %buffers.addr, align 8
  store ptr %22, ptr %buffers8, align 8
  %scalars9 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 2
  %23 = load ptr, ptr %scalars.addr, align 8
  store ptr %23, ptr %scalars9, align 8
  %status10 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 3
  store i64 0, ptr %status10, align 8
  %24 = load ptr, ptr %parallel_for.addr, align 8
  %25 = load ptr, ptr %loop, align 8
  %length = getelementptr inbounds %struct.Loop, ptr %25, i32 0, i32 0
  %26 = load i64, ptr %length, align 8
  call void %24(ptr noundef @run_step, ptr noundef %steps, i64 noundef %26) #6
  %27 = load ptr, ptr %status, align 8
  %status11 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 3
  %atomic-load = load atomic i64, ptr %status11 seq_cst, align 8
  call void @add_status(ptr noundef %27, i64 noundef %atomic-load) #6
  br label %if.end23

if.else:                                          ; preds = %if.end
  %28 = load ptr, ptr %loop, align 8
  %parts = getelementptr inbounds %struct.Loop, ptr %28, i32 0, i32 3
  %29 = load i64, ptr %parts, align 8
  %cmp = icmp sgt i64 %29, 1
  br i1 %cmp, label %if.then12, label %if.else21

if.then12:                                        ; preds = %if.else
  %loop14 = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 0
  %30 = load ptr, ptr %loop, align 8
  store ptr %30, ptr %loop14, align 8
  %buffers15 = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 1
  %31 = load ptr, ptr %buffers.addr, align 8
  store ptr %31, ptr %buffers15, align 8
  %count = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 2
  %32 = load i64, ptr %shared, align 8
  store i64 %32, ptr %count, align 8
  %scalars16 = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 3
  %33 = load ptr, ptr %scalars.addr, align 8
  store ptr %33, ptr %scalars16, align 8
  %status17 = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 4
  store i64 0, ptr %status17, align 8
  %34 = load ptr, ptr %shared_for, align 8
  %35 = load ptr, ptr %loop, align 8
  %parts18 = getelementptr inbounds %struct.Loop, ptr %35, i32 0, i32 3
  %36 = load i64, ptr %parts18, align 8
  call void %34(ptr noundef @run_part, ptr noundef %parts13, i64 noundef %36) #6
  %37 = load ptr, ptr %status, align 8
  %status19 = getelementptr inbounds %struct.Parts, ptr %parts13, i32 0, i32 4
  %atomic-load20 = load atomic i64, ptr %status19 seq_cst, align 8
  call void @add_status(ptr noundef %37, i64 noundef %atomic-load20) #6
  br label %if.end22

if.else21:                                        ; preds = %if.else
  %38 = load ptr, ptr %status, align 8
  %39 = load ptr, ptr %loop, align 8
  %40 = load ptr, ptr %buffers.addr, align 8
  %41 = load ptr, ptr %scalars.addr, align 8
  %42 = load ptr, ptr %shared_for, align 8
  %call = call i64 @run_in_order(ptr noundef %39, i64 noundef 0, ptr noundef %40, ptr noundef %41, ptr noundef %42) #6
  call void @add_status(ptr noundef %38, i64 noundef %call) #6
  br label %if.end22

if.end22:                                         ; preds = %if.else21, %if.then12
  br label %if.end23

if.end23:                                         ; preds = %if.end22, %if.then6
  %43 = load ptr, ptr %loop, align 8
  %threads24 = getelementptr inbounds %struct.Loop, ptr %43, i32 0, i32 15
  %44 = load ptr, ptr %threads24, align 8
  %tobool25 = icmp ne ptr %44, null
  br i1 %tobool25, label %if.then26, label %if.end28

if.then26:                                        ; preds = %if.end23
  %45 = load ptr, ptr %loop, align 8
  %threads27 = getelementptr inbounds %struct.Loop, ptr %45, i32 0, i32 15
  %46 = load ptr, ptr %threads27, align 8
  call void @dovetail_leave_one_thread(ptr noundef %46) #6
  br label %if.end28

if.end28:                                         ; preds = %if.then26, %if.end23
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
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  ret void
}

declare void @dovetail_enter_one_thread(ptr noundef)

; Function Attrs: nounwind
define internal void @run_step(ptr noundef %context, i64 noundef %at) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %at.addr = alloca i64, align 8
  %steps = alloca ptr, align 8
  %loop = alloca ptr, align 8
  %fixed = alloca i64, align 8
  %operands = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %i5 = alloca i64, align 8
  %i17 = alloca i64, align 8
  %status = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %at, ptr %at.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %steps, align 8
  %1 = load ptr, ptr %steps, align 8
  %loop1 = getelementptr inbounds %struct.Steps, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %loop1, align 8
  store ptr %2, ptr %loop, align 8
  %3 = load ptr, ptr %loop, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %3, i32 0, i32 7
  %4 = load i64, ptr %constants, align 8
  store i64 %4, ptr %fixed, align 8
  %5 = load i64, ptr %fixed, align 8
  %6 = load ptr, ptr %loop, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %6, i32 0, i32 8
  %7 = load i64, ptr %xs, align 8
  %add = add nsw i64 %5, %7
  store i64 %add, ptr %operands, align 8
  %8 = load i64, ptr %operands, align 8
  %9 = load ptr, ptr %loop, align 8
  %ys = getelementptr inbounds %struct.Loop, ptr %9, i32 0, i32 9
  %10 = load i64, ptr %ys, align 8
  %add2 = add nsw i64 %8, %10
  %11 = call ptr @llvm.stacksave.p0()
  store ptr %11, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add2, align 16
  store i64 %add2, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %12 = load i64, ptr %i, align 8
  %13 = load i64, ptr %operands, align 8
  %cmp = icmp slt i64 %12, %13
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %14 = load ptr, ptr %steps, align 8
  %buffers = getelementptr inbounds %struct.Steps, ptr %14, i32 0, i32 1
  %15 = load ptr, ptr %buffers, align 8
  %16 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %15, i64 %16
  %17 = load ptr, ptr %arrayidx, align 8
  %18 = load ptr, ptr %loop, align 8
  %offsets = getelementptr inbounds %struct.Loop, ptr %18, i32 0, i32 10
  %19 = load ptr, ptr %offsets, align 8
  %20 = load i64, ptr %i, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %19, i64 %20
  %21 = load i64, ptr %arrayidx3, align 8
  %add.ptr = getelementptr inbounds i8, ptr %17, i64 %21
  %22 = load i64, ptr %i, align 8
  %arrayidx4 = getelementptr inbounds ptr, ptr %vla, i64 %22
  store ptr %add.ptr, ptr %arrayidx4, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %23 = load i64, ptr %i, align 8
  %inc = add nsw i64 %23, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i5, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc14, %for.end
  %24 = load i64, ptr %i5, align 8
  %25 = load ptr, ptr %loop, align 8
  %xs7 = getelementptr inbounds %struct.Loop, ptr %25, i32 0, i32 8
  %26 = load i64, ptr %xs7, align 8
  %cmp8 = icmp slt i64 %24, %26
  br i1 %cmp8, label %for.body9, label %for.end16

for.body9:                                        ; preds = %for.cond6
  %27 = load i64, ptr %at.addr, align 8
  %28 = load ptr, ptr %loop, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %28, i32 0, i32 11
  %29 = load ptr, ptr %x_steps, align 8
  %30 = load i64, ptr %i5, align 8
  %arrayidx10 = getelementptr inbounds i64, ptr %29, i64 %30
  %31 = load i64, ptr %arrayidx10, align 8
  %mul = mul nsw i64 %27, %31
  %32 = load i64, ptr %fixed, align 8
  %33 = load i64, ptr %i5, align 8
  %add11 = add nsw i64 %32, %33
  %arrayidx12 = getelementptr inbounds ptr, ptr %vla, i64 %add11
  %34 = load ptr, ptr %arrayidx12, align 8
  %add.ptr13 = getelementptr inbounds i8, ptr %34, i64 %mul
  store ptr %add.ptr13, ptr %arrayidx12, align 8
  br label %for.inc14

for.inc14:                                        ; preds = %for.body9
  %35 = load i64, ptr %i5, align 8
  %inc15 = add nsw i64 %35, 1
  store i64 %inc15, ptr %i5, align 8
  br label %for.cond6, !llvm.loop !6

for.end16:                                        ; preds = %for.cond6
  store i64 0, ptr %i17, align 8
  br label %for.cond18

for.cond18:                                       ; preds = %for.inc30, %for.end16
  %36 = load i64, ptr %i17, align 8
  %37 = load ptr, ptr %loop, align 8
  %ys19 = getelementptr inbounds %struct.Loop, ptr %37, i32 0, i32 9
  %38 = load i64, ptr %ys19, align 8
  %cmp20 = icmp slt i64 %36, %38
  br i1 %cmp20, label %for.body21, label %for.end32

for.body21:                                       ; preds = %for.cond18
  %39 = load ptr, ptr %steps, align 8
  %buffers22 = getelementptr inbounds %struct.Steps, ptr %39, i32 0, i32 1
  %40 = load ptr, ptr %buffers22, align 8
  %41 = load i64, ptr %operands, align 8
  %42 = load i64, ptr %i17, align 8
  %add23 = add nsw i64 %41, %42
  %arrayidx24 = getelementptr inbounds ptr, ptr %40, i64 %add23
  %43 = load ptr, ptr %arrayidx24, align 8
  %44 = load i64, ptr %at.addr, align 8
  %45 = load ptr, ptr %loop, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %45, i32 0, i32 12
  %46 = load ptr, ptr %y_steps, align 8
  %47 = load i64, ptr %i17, align 8
  %arrayidx25 = getelementptr inbounds i64, ptr %46, i64 %47
  %48 = load i64, ptr %arrayidx25, align 8
  %mul26 = mul nsw i64 %44, %48
  %add.ptr27 = getelementptr inbounds i8, ptr %43, i64 %mul26
  %49 = load i64, ptr %operands, align 8
  %50 = load i64, ptr %i17, align 8
  %add28 = add nsw i64 %49, %50
  %arrayidx29 = getelementptr inbounds ptr, ptr %vla, i64 %add28
  store ptr %add.ptr27, ptr %arrayidx29, align 8
  br label %for.inc30

for.inc30:                                        ; preds = %for.body21
  %51 = load i64, ptr %i17, align 8
  %inc31 = add nsw i64 %51, 1
  store i64 %inc31, ptr %i17, align 8
  br label %for.cond18, !llvm.loop !7

for.end32:                                        ; preds = %for.cond18
  %52 = load ptr, ptr %loop, align 8
  %program = getelementptr inbounds %struct.Loop, ptr %52, i32 0, i32 2
  %53 = load ptr, ptr %program, align 8
  %54 = load ptr, ptr %steps, align 8
  %scalars = getelementptr inbounds %struct.Steps, ptr %54, i32 0, i32 2
  %55 = load ptr, ptr %scalars, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %53, ptr noundef %vla, ptr noundef %55, ptr noundef @serial_for) #6
  store i64 %call, ptr %status, align 8
  %56 = load ptr, ptr %steps, align 8
  %status33 = getelementptr inbounds %struct.Steps, ptr %56, i32 0, i32 3
  %57 = load i64, ptr %status, align 8
  store i64 %57, ptr %.atomictmp, align 8
  %58 = load i64, ptr %.atomictmp, align 8
  %59 = atomicrmw or ptr %status33, i64 %58 monotonic, align 8
  store i64 %59, ptr %atomic-temp, align 8
  %60 = load i64, ptr %atomic-temp, align 8
  %61 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %61)
  ret void
}

; Function Attrs: nounwind
define internal void @add_status(ptr noundef %status, i64 noundef %found) #0 {
entry:
  %status.addr = alloca ptr, align 8
  %found.addr = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %status, ptr %status.addr, align 8
  store i64 %found, ptr %found.addr, align 8
  %0 = load i64, ptr %found.addr, align 8
  %tobool = icmp ne i64 %0, 0
  br i1 %tobool, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %1 = load ptr, ptr %status.addr, align 8
  %2 = load i64, ptr %found.addr, align 8
  store i64 %2, ptr %.atomictmp, align 8
  %3 = load i64, ptr %.atomictmp, align 8
  %4 = atomicrmw or ptr %1, i64 %3 monotonic, align 8
  store i64 %4, ptr %atomic-temp, align 8
  %5 = load i64, ptr %atomic-temp, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  ret void
}

; Function Attrs: nounwind
define internal void @run_part(ptr noundef %context, i64 noundef %part) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %part.addr = alloca i64, align 8
  %parts = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %status = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %part, ptr %part.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %parts, align 8
  %1 = load ptr, ptr %parts, align 8
  %count = getelementptr inbounds %struct.Parts, ptr %1, i32 0, i32 2
  %2 = load i64, ptr %count, align 8
  %3 = call ptr @llvm.stacksave.p0()
  store ptr %3, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %2, align 16
  store i64 %2, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %4 = load i64, ptr %i, align 8
  %5 = load ptr, ptr %parts, align 8
  %count1 = getelementptr inbounds %struct.Parts, ptr %5, i32 0, i32 2
  %6 = load i64, ptr %count1, align 8
  %cmp = icmp slt i64 %4, %6
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %7 = load ptr, ptr %parts, align 8
  %buffers = getelementptr inbounds %struct.Parts, ptr %7, i32 0, i32 1
  %8 = load ptr, ptr %buffers, align 8
  %9 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %8, i64 %9
  %10 = load ptr, ptr %arrayidx, align 8
  %11 = load i64, ptr %part.addr, align 8
  %12 = load ptr, ptr %parts, align 8
  %loop = getelementptr inbounds %struct.Parts, ptr %12, i32 0, i32 0
  %13 = load ptr, ptr %loop, align 8
  %part_strides = getelementptr inbounds %struct.Loop, ptr %13, i32 0, i32 5
  %14 = load ptr, ptr %part_strides, align 8
  %15 = load i64, ptr %i, align 8
  %arrayidx2 = getelementptr inbounds i64, ptr %14, i64 %15
  %16 = load i64, ptr %arrayidx2, align 8
  %mul = mul nsw i64 %11, %16
  %add.ptr = getelementptr inbounds i8, ptr %10, i64 %mul
  %17 = load i64, ptr %i, align 8
  %arrayidx3 = getelementptr inbounds ptr, ptr %vla, i64 %17
  store ptr %add.ptr, ptr %arrayidx3, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  %19 = load ptr, ptr %parts, align 8
  %loop4 = getelementptr inbounds %struct.Parts, ptr %19, i32 0, i32 0
  %20 = load ptr, ptr %loop4, align 8
  %21 = load i64, ptr %part.addr, align 8
  %22 = load ptr, ptr %parts, align 8
  %scalars = getelementptr inbounds %struct.Parts, ptr %22, i32 0, i32 3
  %23 = load ptr, ptr %scalars, align 8
  %call = call i64 @run_in_order(ptr noundef %20, i64 noundef %21, ptr noundef %vla, ptr noundef %23, ptr noundef @serial_for) #6
  store i64 %call, ptr %status, align 8
  %24 = load ptr, ptr %parts, align 8
  %status5 = getelementptr inbounds %struct.Parts, ptr %24, i32 0, i32 4
  %25 = load i64, ptr %status, align 8
  store i64 %25, ptr %.atomictmp, align 8
  %26 = load i64, ptr %.atomictmp, align 8
  %27 = atomicrmw or ptr %status5, i64 %26 monotonic, align 8
  store i64 %27, ptr %atomic-temp, align 8
  %28 = load i64, ptr %atomic-temp, align 8
  %29 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %29)
  ret void
}

; Function Attrs: nounwind
define internal i64 @run_in_order(ptr noundef %loop, i64 noundef %part, ptr noundef %buffers, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %loop.addr = alloca ptr, align 8
  %part.addr = alloca i64, align 8
  %buffers.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %program = alloca ptr, align 8
  %failed = alloca i64, align 8
  %carries = alloca i64, align 8
  %fixed = alloca i64, align 8
  %operands = alloca i64, align 8
  %outputs = alloca ptr, align 8
  %ys = alloca ptr, align 8
  %others = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %until = alloca i8, align 1
  %to_outputs = alloca i8, align 1
  %step = alloca i64, align 8
  %at = alloca i64, align 8
  %i43 = alloca i64, align 8
  %made = alloca i64, align 8
  %i62 = alloca i64, align 8
  %i83 = alloca i64, align 8
  %next = alloca i64, align 8
  %i98 = alloca i64, align 8
  %i127 = alloca i64, align 8
  store ptr %loop, ptr %loop.addr, align 8
  store i64 %part, ptr %part.addr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load i64, ptr %part.addr, align 8
  %1 = load ptr, ptr %loop.addr, align 8
  %parts = getelementptr inbounds %struct.Loop, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %parts, align 8
  %sub = sub nsw i64 %2, 1
  %cmp = icmp slt i64 %0, %sub
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %3 = load ptr, ptr %loop.addr, align 8
  %program1 = getelementptr inbounds %struct.Loop, ptr %3, i32 0, i32 2
  %4 = load ptr, ptr %program1, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %5 = load ptr, ptr %loop.addr, align 8
  %last = getelementptr inbounds %struct.Loop, ptr %5, i32 0, i32 4
  %6 = load ptr, ptr %last, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %4, %cond.true ], [ %6, %cond.false ]
  store ptr %cond, ptr %program, align 8
  store i64 0, ptr %failed, align 8
  %7 = load ptr, ptr %loop.addr, align 8
  %carries2 = getelementptr inbounds %struct.Loop, ptr %7, i32 0, i32 6
  %8 = load i64, ptr %carries2, align 8
  store i64 %8, ptr %carries, align 8
  %9 = load i64, ptr %carries, align 8
  %10 = load ptr, ptr %loop.addr, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %10, i32 0, i32 7
  %11 = load i64, ptr %constants, align 8
  %add = add nsw i64 %9, %11
  store i64 %add, ptr %fixed, align 8
  %12 = load i64, ptr %fixed, align 8
  %13 = load ptr, ptr %loop.addr, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %13, i32 0, i32 8
  %14 = load i64, ptr %xs, align 8
  %add3 = add nsw i64 %12, %14
  store i64 %add3, ptr %operands, align 8
  %15 = load ptr, ptr %buffers.addr, align 8
  %16 = load i64, ptr %operands, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %15, i64 %16
  store ptr %add.ptr, ptr %outputs, align 8
  %17 = load ptr, ptr %outputs, align 8
  %18 = load i64, ptr %carries, align 8
  %add.ptr4 = getelementptr inbounds ptr, ptr %17, i64 %18
  store ptr %add.ptr4, ptr %ys, align 8
  %19 = load ptr, ptr %ys, align 8
  %20 = load ptr, ptr %loop.addr, align 8
  %ys5 = getelementptr inbounds %struct.Loop, ptr %20, i32 0, i32 9
  %21 = load i64, ptr %ys5, align 8
  %add.ptr6 = getelementptr inbounds ptr, ptr %19, i64 %21
  store ptr %add.ptr6, ptr %others, align 8
  %22 = load i64, ptr %operands, align 8
  %23 = load i64, ptr %carries, align 8
  %add7 = add nsw i64 %22, %23
  %24 = load ptr, ptr %loop.addr, align 8
  %ys8 = getelementptr inbounds %struct.Loop, ptr %24, i32 0, i32 9
  %25 = load i64, ptr %ys8, align 8
  %add9 = add nsw i64 %add7, %25
  %26 = call ptr @llvm.stacksave.p0()
  store ptr %26, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add9, align 16
  store i64 %add9, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %27 = load i64, ptr %i, align 8
  %28 = load i64, ptr %operands, align 8
  %cmp10 = icmp slt i64 %27, %28
  br i1 %cmp10, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %29 = load ptr, ptr %buffers.addr, align 8
  %30 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %29, i64 %30
  %31 = load ptr, ptr %arrayidx, align 8
  %32 = load ptr, ptr %loop.addr, align 8
  %offsets = getelementptr inbounds %struct.Loop, ptr %32, i32 0, i32 10
  %33 = load ptr, ptr %offsets, align 8
  %34 = load i64, ptr %i, align 8
  %arrayidx11 = getelementptr inbounds i64, ptr %33, i64 %34
  %35 = load i64, ptr %arrayidx11, align 8
  %add.ptr12 = getelementptr inbounds i8, ptr %31, i64 %35
  %36 = load i64, ptr %i, align 8
  %arrayidx13 = getelementptr inbounds ptr, ptr %vla, i64 %36
  store ptr %add.ptr12, ptr %arrayidx13, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %37 = load i64, ptr %i, align 8
  %inc = add nsw i64 %37, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  %38 = load ptr, ptr %loop.addr, align 8
  %length = getelementptr inbounds %struct.Loop, ptr %38, i32 0, i32 0
  %39 = load i64, ptr %length, align 8
  %cmp14 = icmp slt i64 %39, 0
  %storedv = zext i1 %cmp14 to i8
  store i8 %storedv, ptr %until, align 1
  %40 = load ptr, ptr %loop.addr, align 8
  %length15 = getelementptr inbounds %struct.Loop, ptr %40, i32 0, i32 0
  %41 = load i64, ptr %length15, align 8
  %42 = load i8, ptr %until, align 1, !range !10, !noundef !11
  %loadedv = trunc i8 %42 to i1
  %conv = zext i1 %loadedv to i64
  %add16 = add nsw i64 %41, %conv
  %rem = srem i64 %add16, 2
  %cmp17 = icmp eq i64 %rem, 1
  %storedv19 = zext i1 %cmp17 to i8
  store i8 %storedv19, ptr %to_outputs, align 1
  store i64 0, ptr %step, align 8
  br label %for.cond20

for.cond20:                                       ; preds = %for.inc124, %for.end
  %43 = load i8, ptr %until, align 1, !range !10, !noundef !11
  %loadedv21 = trunc i8 %43 to i1
  br i1 %loadedv21, label %cond.true23, label %cond.false27

cond.true23:                                      ; preds = %for.cond20
  %arrayidx24 = getelementptr inbounds ptr, ptr %vla, i64 0
  %44 = load ptr, ptr %arrayidx24, align 16
  %45 = load i8, ptr %44, align 1
  %conv25 = sext i8 %45 to i32
  %tobool = icmp ne i32 %conv25, 0
  br i1 %tobool, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %cond.true23
  %46 = load i64, ptr %failed, align 8
  %tobool26 = icmp ne i64 %46, 0
  %lnot = xor i1 %tobool26, true
  br label %land.end

land.end:                                         ; preds = %land.rhs, %cond.true23
  %47 = phi i1 [ false, %cond.true23 ], [ %lnot, %land.rhs ]
  %land.ext = zext i1 %47 to i32
  br label %cond.end31

cond.false27:                                     ; preds = %for.cond20
  %48 = load i64, ptr %step, align 8
  %49 = load ptr, ptr %loop.addr, align 8
  %length28 = getelementptr inbounds %struct.Loop, ptr %49, i32 0, i32 0
  %50 = load i64, ptr %length28, align 8
  %cmp29 = icmp slt i64 %48, %50
  %conv30 = zext i1 %cmp29 to i32
  br label %cond.end31

cond.end31:                                       ; preds = %cond.false27, %land.end
  %cond32 = phi i32 [ %land.ext, %land.end ], [ %conv30, %cond.false27 ]
  %tobool33 = icmp ne i32 %cond32, 0
  br i1 %tobool33, label %for.body34, label %for.end126

for.body34:                                       ; preds = %cond.end31
  %51 = load ptr, ptr %loop.addr, align 8
  %reverse = getelementptr inbounds %struct.Loop, ptr %51, i32 0, i32 1
  %52 = load i64, ptr %reverse, align 8
  %tobool35 = icmp ne i64 %52, 0
  br i1 %tobool35, label %cond.true36, label %cond.false40

cond.true36:                                      ; preds = %for.body34
  %53 = load ptr, ptr %loop.addr, align 8
  %length37 = getelementptr inbounds %struct.Loop, ptr %53, i32 0, i32 0
  %54 = load i64, ptr %length37, align 8
  %sub38 = sub nsw i64 %54, 1
  %55 = load i64, ptr %step, align 8
  %sub39 = sub nsw i64 %sub38, %55
  br label %cond.end41

cond.false40:                                     ; preds = %for.body34
  %56 = load i64, ptr %step, align 8
  br label %cond.end41

cond.end41:                                       ; preds = %cond.false40, %cond.true36
  %cond42 = phi i64 [ %sub39, %cond.true36 ], [ %56, %cond.false40 ]
  store i64 %cond42, ptr %at, align 8
  store i64 0, ptr %i43, align 8
  br label %for.cond44

for.cond44:                                       ; preds = %for.inc59, %cond.end41
  %57 = load i64, ptr %i43, align 8
  %58 = load ptr, ptr %loop.addr, align 8
  %xs45 = getelementptr inbounds %struct.Loop, ptr %58, i32 0, i32 8
  %59 = load i64, ptr %xs45, align 8
  %cmp46 = icmp slt i64 %57, %59
  br i1 %cmp46, label %for.body48, label %for.end61

for.body48:                                       ; preds = %for.cond44
  %60 = load ptr, ptr %buffers.addr, align 8
  %61 = load i64, ptr %fixed, align 8
  %62 = load i64, ptr %i43, align 8
  %add49 = add nsw i64 %61, %62
  %arrayidx50 = getelementptr inbounds ptr, ptr %60, i64 %add49
  %63 = load ptr, ptr %arrayidx50, align 8
  %64 = load ptr, ptr %loop.addr, align 8
  %offsets51 = getelementptr inbounds %struct.Loop, ptr %64, i32 0, i32 10
  %65 = load ptr, ptr %offsets51, align 8
  %66 = load i64, ptr %fixed, align 8
  %67 = load i64, ptr %i43, align 8
  %add52 = add nsw i64 %66, %67
  %arrayidx53 = getelementptr inbounds i64, ptr %65, i64 %add52
  %68 = load i64, ptr %arrayidx53, align 8
  %add.ptr54 = getelementptr inbounds i8, ptr %63, i64 %68
  %69 = load i64, ptr %at, align 8
  %70 = load ptr, ptr %loop.addr, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %70, i32 0, i32 11
  %71 = load ptr, ptr %x_steps, align 8
  %72 = load i64, ptr %i43, align 8
  %arrayidx55 = getelementptr inbounds i64, ptr %71, i64 %72
  %73 = load i64, ptr %arrayidx55, align 8
  %mul = mul nsw i64 %69, %73
  %add.ptr56 = getelementptr inbounds i8, ptr %add.ptr54, i64 %mul
  %74 = load i64, ptr %fixed, align 8
  %75 = load i64, ptr %i43, align 8
  %add57 = add nsw i64 %74, %75
  %arrayidx58 = getelementptr inbounds ptr, ptr %vla, i64 %add57
  store ptr %add.ptr56, ptr %arrayidx58, align 8
  br label %for.inc59

for.inc59:                                        ; preds = %for.body48
  %76 = load i64, ptr %i43, align 8
  %inc60 = add nsw i64 %76, 1
  store i64 %inc60, ptr %i43, align 8
  br label %for.cond44, !llvm.loop !12

for.end61:                                        ; preds = %for.cond44
  %77 = load i64, ptr %operands, align 8
  store i64 %77, ptr %made, align 8
  store i64 0, ptr %i62, align 8
  br label %for.cond63

for.cond63:                                       ; preds = %for.inc80, %for.end61
  %78 = load i64, ptr %i62, align 8
  %79 = load i64, ptr %carries, align 8
  %cmp64 = icmp slt i64 %78, %79
  br i1 %cmp64, label %for.body66, label %for.end82

for.body66:                                       ; preds = %for.cond63
  %80 = load ptr, ptr %loop.addr, align 8
  %alike = getelementptr inbounds %struct.Loop, ptr %80, i32 0, i32 14
  %81 = load ptr, ptr %alike, align 8
  %82 = load i64, ptr %i62, align 8
  %arrayidx67 = getelementptr inbounds i64, ptr %81, i64 %82
  %83 = load i64, ptr %arrayidx67, align 8
  %cmp68 = icmp slt i64 %83, 0
  br i1 %cmp68, label %if.then, label %if.end

if.then:                                          ; preds = %for.body66
  %84 = load i8, ptr %to_outputs, align 1, !range !10, !noundef !11
  %loadedv70 = trunc i8 %84 to i1
  br i1 %loadedv70, label %cond.true72, label %cond.false74

cond.true72:                                      ; preds = %if.then
  %85 = load ptr, ptr %outputs, align 8
  %86 = load i64, ptr %i62, align 8
  %arrayidx73 = getelementptr inbounds ptr, ptr %85, i64 %86
  %87 = load ptr, ptr %arrayidx73, align 8
  br label %cond.end76

cond.false74:                                     ; preds = %if.then
  %88 = load ptr, ptr %others, align 8
  %89 = load i64, ptr %i62, align 8
  %arrayidx75 = getelementptr inbounds ptr, ptr %88, i64 %89
  %90 = load ptr, ptr %arrayidx75, align 8
  br label %cond.end76

cond.end76:                                       ; preds = %cond.false74, %cond.true72
  %cond77 = phi ptr [ %87, %cond.true72 ], [ %90, %cond.false74 ]
  %91 = load i64, ptr %made, align 8
  %inc78 = add nsw i64 %91, 1
  store i64 %inc78, ptr %made, align 8
  %arrayidx79 = getelementptr inbounds ptr, ptr %vla, i64 %91
  store ptr %cond77, ptr %arrayidx79, align 8
  br label %if.end

if.end:                                           ; preds = %cond.end76, %for.body66
  br label %for.inc80

for.inc80:                                        ; preds = %if.end
  %92 = load i64, ptr %i62, align 8
  %inc81 = add nsw i64 %92, 1
  store i64 %inc81, ptr %i62, align 8
  br label %for.cond63, !llvm.loop !13

for.end82:                                        ; preds = %for.cond63
  store i64 0, ptr %i83, align 8
  br label %for.cond84

for.cond84:                                       ; preds = %for.inc95, %for.end82
  %93 = load i64, ptr %i83, align 8
  %94 = load ptr, ptr %loop.addr, align 8
  %ys85 = getelementptr inbounds %struct.Loop, ptr %94, i32 0, i32 9
  %95 = load i64, ptr %ys85, align 8
  %cmp86 = icmp slt i64 %93, %95
  br i1 %cmp86, label %for.body88, label %for.end97

for.body88:                                       ; preds = %for.cond84
  %96 = load ptr, ptr %ys, align 8
  %97 = load i64, ptr %i83, align 8
  %arrayidx89 = getelementptr inbounds ptr, ptr %96, i64 %97
  %98 = load ptr, ptr %arrayidx89, align 8
  %99 = load i64, ptr %at, align 8
  %100 = load ptr, ptr %loop.addr, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %100, i32 0, i32 12
  %101 = load ptr, ptr %y_steps, align 8
  %102 = load i64, ptr %i83, align 8
  %arrayidx90 = getelementptr inbounds i64, ptr %101, i64 %102
  %103 = load i64, ptr %arrayidx90, align 8
  %mul91 = mul nsw i64 %99, %103
  %add.ptr92 = getelementptr inbounds i8, ptr %98, i64 %mul91
  %104 = load i64, ptr %made, align 8
  %105 = load i64, ptr %i83, align 8
  %add93 = add nsw i64 %104, %105
  %arrayidx94 = getelementptr inbounds ptr, ptr %vla, i64 %add93
  store ptr %add.ptr92, ptr %arrayidx94, align 8
  br label %for.inc95

for.inc95:                                        ; preds = %for.body88
  %106 = load i64, ptr %i83, align 8
  %inc96 = add nsw i64 %106, 1
  store i64 %inc96, ptr %i83, align 8
  br label %for.cond84, !llvm.loop !14

for.end97:                                        ; preds = %for.cond84
  %107 = load ptr, ptr %program, align 8
  %108 = load ptr, ptr %scalars.addr, align 8
  %109 = load ptr, ptr %parallel_for.addr, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %107, ptr noundef %vla, ptr noundef %108, ptr noundef %109) #6
  %110 = load i64, ptr %failed, align 8
  %or = or i64 %110, %call
  store i64 %or, ptr %failed, align 8
  %111 = load i64, ptr %operands, align 8
  store i64 %111, ptr %next, align 8
  store i64 0, ptr %i98, align 8
  br label %for.cond99

for.cond99:                                       ; preds = %for.inc118, %for.end97
  %112 = load i64, ptr %i98, align 8
  %113 = load i64, ptr %carries, align 8
  %cmp100 = icmp slt i64 %112, %113
  br i1 %cmp100, label %for.body102, label %for.end120

for.body102:                                      ; preds = %for.cond99
  %114 = load ptr, ptr %loop.addr, align 8
  %alike103 = getelementptr inbounds %struct.Loop, ptr %114, i32 0, i32 14
  %115 = load ptr, ptr %alike103, align 8
  %116 = load i64, ptr %i98, align 8
  %arrayidx104 = getelementptr inbounds i64, ptr %115, i64 %116
  %117 = load i64, ptr %arrayidx104, align 8
  %cmp105 = icmp slt i64 %117, 0
  br i1 %cmp105, label %cond.true107, label %cond.false110

cond.true107:                                     ; preds = %for.body102
  %118 = load i64, ptr %next, align 8
  %inc108 = add nsw i64 %118, 1
  store i64 %inc108, ptr %next, align 8
  %arrayidx109 = getelementptr inbounds ptr, ptr %vla, i64 %118
  %119 = load ptr, ptr %arrayidx109, align 8
  br label %cond.end115

cond.false110:                                    ; preds = %for.body102
  %120 = load i64, ptr %made, align 8
  %121 = load ptr, ptr %loop.addr, align 8
  %alike111 = getelementptr inbounds %struct.Loop, ptr %121, i32 0, i32 14
  %122 = load ptr, ptr %alike111, align 8
  %123 = load i64, ptr %i98, align 8
  %arrayidx112 = getelementptr inbounds i64, ptr %122, i64 %123
  %124 = load i64, ptr %arrayidx112, align 8
  %add113 = add nsw i64 %120, %124
  %arrayidx114 = getelementptr inbounds ptr, ptr %vla, i64 %add113
  %125 = load ptr, ptr %arrayidx114, align 8
  br label %cond.end115

cond.end115:                                      ; preds = %cond.false110, %cond.true107
  %cond116 = phi ptr [ %119, %cond.true107 ], [ %125, %cond.false110 ]
  %126 = load i64, ptr %i98, align 8
  %arrayidx117 = getelementptr inbounds ptr, ptr %vla, i64 %126
  store ptr %cond116, ptr %arrayidx117, align 8
  br label %for.inc118

for.inc118:                                       ; preds = %cond.end115
  %127 = load i64, ptr %i98, align 8
  %inc119 = add nsw i64 %127, 1
  store i64 %inc119, ptr %i98, align 8
  br label %for.cond99, !llvm.loop !15

for.end120:                                       ; preds = %for.cond99
  %128 = load i8, ptr %to_outputs, align 1, !range !10, !noundef !11
  %loadedv121 = trunc i8 %128 to i1
  %lnot122 = xor i1 %loadedv121, true
  %storedv123 = zext i1 %lnot122 to i8
  store i8 %storedv123, ptr %to_outputs, align 1
  br label %for.inc124

for.inc124:                                       ; preds = %for.end120
  %129 = load i64, ptr %step, align 8
  %inc125 = add nsw i64 %129, 1
  store i64 %inc125, ptr %step, align 8
  br label %for.cond20, !llvm.loop !16

for.end126:                                       ; preds = %cond.end31
  store i64 0, ptr %i127, align 8
  br label %for.cond128

for.cond128:                                      ; preds = %for.inc141, %for.end126
  %130 = load i64, ptr %i127, align 8
  %131 = load i64, ptr %carries, align 8
  %cmp129 = icmp slt i64 %130, %131
  br i1 %cmp129, label %for.body131, label %for.end143

for.body131:                                      ; preds = %for.cond128
  %132 = load i64, ptr %i127, align 8
  %arrayidx132 = getelementptr inbounds ptr, ptr %vla, i64 %132
  %133 = load ptr, ptr %arrayidx132, align 8
  %134 = load ptr, ptr %outputs, align 8
  %135 = load i64, ptr %i127, align 8
  %arrayidx133 = getelementptr inbounds ptr, ptr %134, i64 %135
  %136 = load ptr, ptr %arrayidx133, align 8
  %cmp134 = icmp ne ptr %133, %136
  br i1 %cmp134, label %if.then136, label %if.end140

if.then136:                                       ; preds = %for.body131
  %137 = load ptr, ptr %outputs, align 8
  %138 = load i64, ptr %i127, align 8
  %arrayidx137 = getelementptr inbounds ptr, ptr %137, i64 %138
  %139 = load ptr, ptr %arrayidx137, align 8
  %140 = load i64, ptr %i127, align 8
  %arrayidx138 = getelementptr inbounds ptr, ptr %vla, i64 %140
  %141 = load ptr, ptr %arrayidx138, align 8
  %142 = load ptr, ptr %loop.addr, align 8
  %143 = load i64, ptr %part.addr, align 8
  %144 = load i64, ptr %i127, align 8
  %call139 = call i64 @bytes_of_carry(ptr noundef %142, i64 noundef %143, i64 noundef %144) #6
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %139, ptr align 1 %141, i64 %call139, i1 false)
  br label %if.end140

if.end140:                                        ; preds = %if.then136, %for.body131
  br label %for.inc141

for.inc141:                                       ; preds = %if.end140
  %145 = load i64, ptr %i127, align 8
  %inc142 = add nsw i64 %145, 1
  store i64 %inc142, ptr %i127, align 8
  br label %for.cond128, !llvm.loop !17

for.end143:                                       ; preds = %for.cond128
  %146 = load i64, ptr %failed, align 8
  %147 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %147)
  ret i64 %146
}

declare void @dovetail_leave_one_thread(ptr noundef)

; Function Attrs: nounwind
define void @dovetail_run_loops(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %group = alloca ptr, align 8
  %loops = alloca %struct.Loops, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %group, align 8
  %group1 = getelementptr inbounds %struct.Loops, ptr %loops, i32 0, i32 0
  %1 = load ptr, ptr %group, align 8
  store ptr %1, ptr %group1, align 8
  %buffers2 = getelementptr inbounds %struct.Loops, ptr %loops, i32 0, i32 1
  %2 = load ptr, ptr %buffers.addr, align 8
  store ptr %2, ptr %buffers2, align 8
  %scalars3 = getelementptr inbounds %struct.Loops, ptr %loops, i32 0, i32 2
  %3 = load ptr, ptr %scalars.addr, align 8
  store ptr %3, ptr %scalars3, align 8
  %4 = load ptr, ptr %parallel_for.addr, align 8
  %5 = load ptr, ptr %group, align 8
  %count = getelementptr inbounds %struct.LoopGroup, ptr %5, i32 0, i32 0
  %6 = load i64, ptr %count, align 8
  call void %4(ptr noundef @run_one, ptr noundef %loops, i64 noundef %6) #6
  ret void
}

; Function Attrs: nounwind
define internal void @run_one(ptr noundef %context, i64 noundef %at) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %at.addr = alloca i64, align 8
  %loops = alloca ptr, align 8
  %group = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %at, ptr %at.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %loops, align 8
  %1 = load ptr, ptr %loops, align 8
  %group1 = getelementptr inbounds %struct.Loops, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %group1, align 8
  store ptr %2, ptr %group, align 8
  %3 = load ptr, ptr %loops, align 8
  %buffers = getelementptr inbounds %struct.Loops, ptr %3, i32 0, i32 1
  %4 = load ptr, ptr %buffers, align 8
  %5 = load ptr, ptr %group, align 8
  %firsts = getelementptr inbounds %struct.LoopGroup, ptr %5, i32 0, i32 2
  %6 = load ptr, ptr %firsts, align 8
  %7 = load i64, ptr %at.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %6, i64 %7
  %8 = load i64, ptr %arrayidx, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %4, i64 %8
  %9 = load ptr, ptr %group, align 8
  %loops2 = getelementptr inbounds %struct.LoopGroup, ptr %9, i32 0, i32 1
  %10 = load ptr, ptr %loops2, align 8
  %11 = load i64, ptr %at.addr, align 8
  %arrayidx3 = getelementptr inbounds ptr, ptr %10, i64 %11
  %12 = load ptr, ptr %arrayidx3, align 8
  %13 = load ptr, ptr %loops, align 8
  %scalars = getelementptr inbounds %struct.Loops, ptr %13, i32 0, i32 2
  %14 = load ptr, ptr %scalars, align 8
  call void @dovetail_run_loop(ptr noundef %add.ptr, ptr noundef %12, ptr noundef %14, ptr noundef @serial_for) #6
  ret void
}

; Function Attrs: nounwind
define void @dovetail_multiply(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %p = alloca ptr, align 8
  %size = alloca i64, align 8
  %floats = alloca [2 x float], align 4
  %doubles = alloca [2 x double], align 16
  %zero = alloca ptr, align 8
  %one = alloca ptr, align 8
  %down = alloca i64, align 8
  %across = alloca i64, align 8
  %m = alloca %struct.Multiplication, align 8
  %tasks = alloca i64, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %p, align 8
  %1 = load ptr, ptr %p, align 8
  %is_double = getelementptr inbounds %struct.Product, ptr %1, i32 0, i32 2
  %2 = load i64, ptr %is_double, align 8
  %tobool = icmp ne i64 %2, 0
  %3 = zext i1 %tobool to i64
  %cond = select i1 %tobool, i32 8, i32 4
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %size, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %floats, ptr align 4 @__const.dovetail_multiply.floats, i64 8, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %doubles, ptr align 16 @__const.dovetail_multiply.doubles, i64 16, i1 false)
  %4 = load ptr, ptr %p, align 8
  %is_double1 = getelementptr inbounds %struct.Product, ptr %4, i32 0, i32 2
  %5 = load i64, ptr %is_double1, align 8
  %tobool2 = icmp ne i64 %5, 0
  br i1 %tobool2, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %arrayidx = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 0
  br label %cond.end

cond.false:                                       ; preds = %entry
  %arrayidx3 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 0
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond4 = phi ptr [ %arrayidx, %cond.true ], [ %arrayidx3, %cond.false ]
  store ptr %cond4, ptr %zero, align 8
  %6 = load ptr, ptr %p, align 8
  %is_double5 = getelementptr inbounds %struct.Product, ptr %6, i32 0, i32 2
  %7 = load i64, ptr %is_double5, align 8
  %tobool6 = icmp ne i64 %7, 0
  br i1 %tobool6, label %cond.true7, label %cond.false9

cond.true7:                                       ; preds = %cond.end
  %arrayidx8 = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 1
  br label %cond.end11

cond.false9:                                      ; preds = %cond.end
  %arrayidx10 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 1
  br label %cond.end11

cond.end11:                                       ; preds = %cond.false9, %cond.true7
  %cond12 = phi ptr [ %arrayidx8, %cond.true7 ], [ %arrayidx10, %cond.false9 ]
  store ptr %cond12, ptr %one, align 8
  %8 = load ptr, ptr %p, align 8
  %rows = getelementptr inbounds %struct.Product, ptr %8, i32 0, i32 4
  %9 = load i64, ptr %rows, align 8
  %cmp = icmp eq i64 %9, 0
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %cond.end11
  %10 = load ptr, ptr %p, align 8
  %columns = getelementptr inbounds %struct.Product, ptr %10, i32 0, i32 5
  %11 = load i64, ptr %columns, align 8
  %cmp14 = icmp eq i64 %11, 0
  br i1 %cmp14, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %cond.end11
  br label %if.end53

if.end:                                           ; preds = %lor.lhs.false
  %12 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %12, i32 0, i32 6
  %13 = load i64, ptr %inner, align 8
  %cmp16 = icmp eq i64 %13, 0
  br i1 %cmp16, label %if.then18, label %if.end24

if.then18:                                        ; preds = %if.end
  %14 = load ptr, ptr %buffers.addr, align 8
  %arrayidx19 = getelementptr inbounds ptr, ptr %14, i64 2
  %15 = load ptr, ptr %arrayidx19, align 8
  %16 = load ptr, ptr %p, align 8
  %count = getelementptr inbounds %struct.Product, ptr %16, i32 0, i32 3
  %17 = load i64, ptr %count, align 8
  %18 = load ptr, ptr %p, align 8
  %rows20 = getelementptr inbounds %struct.Product, ptr %18, i32 0, i32 4
  %19 = load i64, ptr %rows20, align 8
  %mul = mul nsw i64 %17, %19
  %20 = load ptr, ptr %p, align 8
  %columns21 = getelementptr inbounds %struct.Product, ptr %20, i32 0, i32 5
  %21 = load i64, ptr %columns21, align 8
  %mul22 = mul nsw i64 %mul, %21
  %22 = load i64, ptr %size, align 8
  %mul23 = mul nsw i64 %mul22, %22
  call void @llvm.memset.p0.i64(ptr align 1 %15, i8 0, i64 %mul23, i1 false)
  br label %if.end53

if.end24:                                         ; preds = %if.end
  %23 = load ptr, ptr %p, align 8
  %rows25 = getelementptr inbounds %struct.Product, ptr %23, i32 0, i32 4
  %24 = load i64, ptr %rows25, align 8
  %25 = load ptr, ptr %p, align 8
  %block_rows = getelementptr inbounds %struct.Product, ptr %25, i32 0, i32 15
  %26 = load i64, ptr %block_rows, align 8
  %add = add nsw i64 %24, %26
  %sub = sub nsw i64 %add, 1
  %27 = load ptr, ptr %p, align 8
  %block_rows26 = getelementptr inbounds %struct.Product, ptr %27, i32 0, i32 15
  %28 = load i64, ptr %block_rows26, align 8
  %div = sdiv i64 %sub, %28
  store i64 %div, ptr %down, align 8
  %29 = load ptr, ptr %p, align 8
  %columns27 = getelementptr inbounds %struct.Product, ptr %29, i32 0, i32 5
  %30 = load i64, ptr %columns27, align 8
  %31 = load ptr, ptr %p, align 8
  %block_columns = getelementptr inbounds %struct.Product, ptr %31, i32 0, i32 16
  %32 = load i64, ptr %block_columns, align 8
  %add28 = add nsw i64 %30, %32
  %sub29 = sub nsw i64 %add28, 1
  %33 = load ptr, ptr %p, align 8
  %block_columns30 = getelementptr inbounds %struct.Product, ptr %33, i32 0, i32 16
  %34 = load i64, ptr %block_columns30, align 8
  %div31 = sdiv i64 %sub29, %34
  store i64 %div31, ptr %across, align 8
  %words32 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 0
  %35 = load ptr, ptr %p, align 8
  store ptr %35, ptr %words32, align 8
  %buffers33 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 1
  %36 = load ptr, ptr %buffers.addr, align 8
  store ptr %36, ptr %buffers33, align 8
  %zero34 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 2
  %37 = load ptr, ptr %zero, align 8
  store ptr %37, ptr %zero34, align 8
  %one35 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 3
  %38 = load ptr, ptr %one, align 8
  store ptr %38, ptr %one35, align 8
  %down36 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 4
  %39 = load i64, ptr %down, align 8
  store i64 %39, ptr %down36, align 8
  %across37 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 5
  %40 = load i64, ptr %across, align 8
  store i64 %40, ptr %across37, align 8
  %41 = load ptr, ptr %p, align 8
  %count38 = getelementptr inbounds %struct.Product, ptr %41, i32 0, i32 3
  %42 = load i64, ptr %count38, align 8
  %43 = load i64, ptr %down, align 8
  %mul39 = mul nsw i64 %42, %43
  %44 = load i64, ptr %across, align 8
  %mul40 = mul nsw i64 %mul39, %44
  store i64 %mul40, ptr %tasks, align 8
  %45 = load ptr, ptr %p, align 8
  %threads = getelementptr inbounds %struct.Product, ptr %45, i32 0, i32 17
  %46 = load ptr, ptr %threads, align 8
  %tobool41 = icmp ne ptr %46, null
  br i1 %tobool41, label %if.then42, label %if.end44

if.then42:                                        ; preds = %if.end24
  %47 = load ptr, ptr %p, align 8
  %threads43 = getelementptr inbounds %struct.Product, ptr %47, i32 0, i32 17
  %48 = load ptr, ptr %threads43, align 8
  call void @dovetail_enter_one_thread(ptr noundef %48) #6
  br label %if.end44

if.end44:                                         ; preds = %if.then42, %if.end24
  %49 = load i64, ptr %tasks, align 8
  %cmp45 = icmp eq i64 %49, 1
  br i1 %cmp45, label %if.then47, label %if.else

if.then47:                                        ; preds = %if.end44
  call void @multiply_block(ptr noundef %m, i64 noundef 0) #6
  br label %if.end48

if.else:                                          ; preds = %if.end44
  %50 = load ptr, ptr %parallel_for.addr, align 8
  %51 = load i64, ptr %tasks, align 8
  call void %50(ptr noundef @multiply_block, ptr noundef %m, i64 noundef %51) #6
  br label %if.end48

if.end48:                                         ; preds = %if.else, %if.then47
  %52 = load ptr, ptr %p, align 8
  %threads49 = getelementptr inbounds %struct.Product, ptr %52, i32 0, i32 17
  %53 = load ptr, ptr %threads49, align 8
  %tobool50 = icmp ne ptr %53, null
  br i1 %tobool50, label %if.then51, label %if.end53

if.then51:                                        ; preds = %if.end48
  %54 = load ptr, ptr %p, align 8
  %threads52 = getelementptr inbounds %struct.Product, ptr %54, i32 0, i32 17
  %55 = load ptr, ptr %threads52, align 8
  call void @dovetail_leave_one_thread(ptr noundef %55) #6
  br label %if.end53

if.end53:                                         ; preds = %if.then, %if.then18, %if.then51, %if.end48
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #3

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #4

; Function Attrs: nounwind
define internal void @multiply_block(ptr noundef %context, i64 noundef %index) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  %m = alloca ptr, align 8
  %p = alloca ptr, align 8
  %size = alloca i64, align 8
  %matrix = alloca i64, align 8
  %block = alloca i64, align 8
  %row = alloca i64, align 8
  %column = alloca i64, align 8
  %rows = alloca i64, align 8
  %columns = alloca i64, align 8
  %sizes64 = alloca [6 x i64], align 16
  %sizes32 = alloca [6 x i32], align 16
  %sizes = alloca [6 x ptr], align 16
  %i = alloca i64, align 8
  %a = alloca ptr, align 8
  %b = alloca ptr, align 8
  %c = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %m, align 8
  %1 = load ptr, ptr %m, align 8
  %words = getelementptr inbounds %struct.Multiplication, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %words, align 8
  store ptr %2, ptr %p, align 8
  %3 = load ptr, ptr %p, align 8
  %is_double = getelementptr inbounds %struct.Product, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %is_double, align 8
  %tobool = icmp ne i64 %4, 0
  %5 = zext i1 %tobool to i64
  %cond = select i1 %tobool, i32 8, i32 4
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %size, align 8
  %6 = load i64, ptr %index.addr, align 8
  %7 = load ptr, ptr %m, align 8
  %down = getelementptr inbounds %struct.Multiplication, ptr %7, i32 0, i32 4
  %8 = load i64, ptr %down, align 8
  %9 = load ptr, ptr %m, align 8
  %across = getelementptr inbounds %struct.Multiplication, ptr %9, i32 0, i32 5
  %10 = load i64, ptr %across, align 8
  %mul = mul nsw i64 %8, %10
  %div = sdiv i64 %6, %mul
  store i64 %div, ptr %matrix, align 8
  %11 = load i64, ptr %index.addr, align 8
  %12 = load ptr, ptr %m, align 8
  %down1 = getelementptr inbounds %struct.Multiplication, ptr %12, i32 0, i32 4
  %13 = load i64, ptr %down1, align 8
  %14 = load ptr, ptr %m, align 8
  %across2 = getelementptr inbounds %struct.Multiplication, ptr %14, i32 0, i32 5
  %15 = load i64, ptr %across2, align 8
  %mul3 = mul nsw i64 %13, %15
  %rem = srem i64 %11, %mul3
  store i64 %rem, ptr %block, align 8
  %16 = load i64, ptr %block, align 8
  %17 = load ptr, ptr %m, align 8
  %across4 = getelementptr inbounds %struct.Multiplication, ptr %17, i32 0, i32 5
  %18 = load i64, ptr %across4, align 8
  %div5 = sdiv i64 %16, %18
  %19 = load ptr, ptr %p, align 8
  %block_rows = getelementptr inbounds %struct.Product, ptr %19, i32 0, i32 15
  %20 = load i64, ptr %block_rows, align 8
  %mul6 = mul nsw i64 %div5, %20
  store i64 %mul6, ptr %row, align 8
  %21 = load i64, ptr %block, align 8
  %22 = load ptr, ptr %m, align 8
  %across7 = getelementptr inbounds %struct.Multiplication, ptr %22, i32 0, i32 5
  %23 = load i64, ptr %across7, align 8
  %rem8 = srem i64 %21, %23
  %24 = load ptr, ptr %p, align 8
  %block_columns = getelementptr inbounds %struct.Product, ptr %24, i32 0, i32 16
  %25 = load i64, ptr %block_columns, align 8
  %mul9 = mul nsw i64 %rem8, %25
  store i64 %mul9, ptr %column, align 8
  %26 = load ptr, ptr %p, align 8
  %block_rows10 = getelementptr inbounds %struct.Product, ptr %26, i32 0, i32 15
  %27 = load i64, ptr %block_rows10, align 8
  %28 = load ptr, ptr %p, align 8
  %rows11 = getelementptr inbounds %struct.Product, ptr %28, i32 0, i32 4
  %29 = load i64, ptr %rows11, align 8
  %30 = load i64, ptr %row, align 8
  %sub = sub nsw i64 %29, %30
  %call = call i64 @least(i64 noundef %27, i64 noundef %sub) #6
  store i64 %call, ptr %rows, align 8
  %31 = load ptr, ptr %p, align 8
  %block_columns12 = getelementptr inbounds %struct.Product, ptr %31, i32 0, i32 16
  %32 = load i64, ptr %block_columns12, align 8
  %33 = load ptr, ptr %p, align 8
  %columns13 = getelementptr inbounds %struct.Product, ptr %33, i32 0, i32 5
  %34 = load i64, ptr %columns13, align 8
  %35 = load i64, ptr %column, align 8
  %sub14 = sub nsw i64 %34, %35
  %call15 = call i64 @least(i64 noundef %32, i64 noundef %sub14) #6
  store i64 %call15, ptr %columns, align 8
  %36 = load i64, ptr %rows, align 8
  store i64 %36, ptr %sizes64, align 8
  %arrayinit.element = getelementptr inbounds i64, ptr %sizes64, i64 1
  %37 = load i64, ptr %columns, align 8
  store i64 %37, ptr %arrayinit.element, align 8
  %arrayinit.element16 = getelementptr inbounds i64, ptr %sizes64, i64 2
  %38 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %38, i32 0, i32 6
  %39 = load i64, ptr %inner, align 8
  store i64 %39, ptr %arrayinit.element16, align 8
  %arrayinit.element17 = getelementptr inbounds i64, ptr %sizes64, i64 3
  %40 = load ptr, ptr %p, align 8
  %first_stride = getelementptr inbounds %struct.Product, ptr %40, i32 0, i32 13
  %41 = load i64, ptr %first_stride, align 8
  store i64 %41, ptr %arrayinit.element17, align 8
  %arrayinit.element18 = getelementptr inbounds i64, ptr %sizes64, i64 4
  %42 = load ptr, ptr %p, align 8
  %second_stride = getelementptr inbounds %struct.Product, ptr %42, i32 0, i32 14
  %43 = load i64, ptr %second_stride, align 8
  store i64 %43, ptr %arrayinit.element18, align 8
  %arrayinit.element19 = getelementptr inbounds i64, ptr %sizes64, i64 5
  %44 = load ptr, ptr %p, align 8
  %columns20 = getelementptr inbounds %struct.Product, ptr %44, i32 0, i32 5
  %45 = load i64, ptr %columns20, align 8
  store i64 %45, ptr %arrayinit.element19, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %46 = load i64, ptr %i, align 8
  %cmp = icmp slt i64 %46, 6
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %47 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds [6 x i64], ptr %sizes64, i64 0, i64 %47
  %48 = load i64, ptr %arrayidx, align 8
  %conv22 = trunc i64 %48 to i32
  %49 = load i64, ptr %i, align 8
  %arrayidx23 = getelementptr inbounds [6 x i32], ptr %sizes32, i64 0, i64 %49
  store i32 %conv22, ptr %arrayidx23, align 4
  %50 = load ptr, ptr %p, align 8
  %wide = getelementptr inbounds %struct.Product, ptr %50, i32 0, i32 1
  %51 = load i64, ptr %wide, align 8
  %tobool24 = icmp ne i64 %51, 0
  br i1 %tobool24, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %52 = load i64, ptr %i, align 8
  %arrayidx25 = getelementptr inbounds [6 x i64], ptr %sizes64, i64 0, i64 %52
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %53 = load i64, ptr %i, align 8
  %arrayidx26 = getelementptr inbounds [6 x i32], ptr %sizes32, i64 0, i64 %53
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond27 = phi ptr [ %arrayidx25, %cond.true ], [ %arrayidx26, %cond.false ]
  %54 = load i64, ptr %i, align 8
  %arrayidx28 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 %54
  store ptr %cond27, ptr %arrayidx28, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end
  %55 = load i64, ptr %i, align 8
  %inc = add nsw i64 %55, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !18

for.end:                                          ; preds = %for.cond
  %56 = load ptr, ptr %m, align 8
  %buffers = getelementptr inbounds %struct.Multiplication, ptr %56, i32 0, i32 1
  %57 = load ptr, ptr %buffers, align 8
  %arrayidx29 = getelementptr inbounds ptr, ptr %57, i64 0
  %58 = load ptr, ptr %arrayidx29, align 8
  %59 = load ptr, ptr %p, align 8
  %first_offset = getelementptr inbounds %struct.Product, ptr %59, i32 0, i32 7
  %60 = load i64, ptr %first_offset, align 8
  %add.ptr = getelementptr inbounds i8, ptr %58, i64 %60
  %61 = load i64, ptr %matrix, align 8
  %62 = load ptr, ptr %p, align 8
  %first_step = getelementptr inbounds %struct.Product, ptr %62, i32 0, i32 9
  %63 = load i64, ptr %first_step, align 8
  %mul30 = mul nsw i64 %61, %63
  %add.ptr31 = getelementptr inbounds i8, ptr %add.ptr, i64 %mul30
  store ptr %add.ptr31, ptr %a, align 8
  %64 = load ptr, ptr %m, align 8
  %buffers32 = getelementptr inbounds %struct.Multiplication, ptr %64, i32 0, i32 1
  %65 = load ptr, ptr %buffers32, align 8
  %arrayidx33 = getelementptr inbounds ptr, ptr %65, i64 1
  %66 = load ptr, ptr %arrayidx33, align 8
  %67 = load ptr, ptr %p, align 8
  %second_offset = getelementptr inbounds %struct.Product, ptr %67, i32 0, i32 8
  %68 = load i64, ptr %second_offset, align 8
  %add.ptr34 = getelementptr inbounds i8, ptr %66, i64 %68
  %69 = load i64, ptr %matrix, align 8
  %70 = load ptr, ptr %p, align 8
  %second_step = getelementptr inbounds %struct.Product, ptr %70, i32 0, i32 10
  %71 = load i64, ptr %second_step, align 8
  %mul35 = mul nsw i64 %69, %71
  %add.ptr36 = getelementptr inbounds i8, ptr %add.ptr34, i64 %mul35
  store ptr %add.ptr36, ptr %b, align 8
  %72 = load ptr, ptr %m, align 8
  %buffers37 = getelementptr inbounds %struct.Multiplication, ptr %72, i32 0, i32 1
  %73 = load ptr, ptr %buffers37, align 8
  %arrayidx38 = getelementptr inbounds ptr, ptr %73, i64 2
  %74 = load ptr, ptr %arrayidx38, align 8
  %75 = load i64, ptr %matrix, align 8
  %76 = load ptr, ptr %p, align 8
  %rows39 = getelementptr inbounds %struct.Product, ptr %76, i32 0, i32 4
  %77 = load i64, ptr %rows39, align 8
  %mul40 = mul nsw i64 %75, %77
  %78 = load i64, ptr %row, align 8
  %add = add nsw i64 %mul40, %78
  %79 = load ptr, ptr %p, align 8
  %columns41 = getelementptr inbounds %struct.Product, ptr %79, i32 0, i32 5
  %80 = load i64, ptr %columns41, align 8
  %mul42 = mul nsw i64 %add, %80
  %81 = load i64, ptr %column, align 8
  %add43 = add nsw i64 %mul42, %81
  %82 = load i64, ptr %size, align 8
  %mul44 = mul nsw i64 %add43, %82
  %add.ptr45 = getelementptr inbounds i8, ptr %74, i64 %mul44
  store ptr %add.ptr45, ptr %c, align 8
  %83 = load i64, ptr %row, align 8
  %84 = load ptr, ptr %p, align 8
  %first_stride46 = getelementptr inbounds %struct.Product, ptr %84, i32 0, i32 13
  %85 = load i64, ptr %first_stride46, align 8
  %86 = load ptr, ptr %p, align 8
  %first_transposed = getelementptr inbounds %struct.Product, ptr %86, i32 0, i32 11
  %87 = load i64, ptr %first_transposed, align 8
  %tobool47 = icmp ne i64 %87, 0
  %lnot = xor i1 %tobool47, true
  %88 = load i64, ptr %size, align 8
  %call48 = call i64 @before(i64 noundef %83, i64 noundef %85, i1 noundef zeroext %lnot, i64 noundef %88) #6
  %89 = load ptr, ptr %a, align 8
  %add.ptr49 = getelementptr inbounds i8, ptr %89, i64 %call48
  store ptr %add.ptr49, ptr %a, align 8
  %90 = load i64, ptr %column, align 8
  %91 = load ptr, ptr %p, align 8
  %second_stride50 = getelementptr inbounds %struct.Product, ptr %91, i32 0, i32 14
  %92 = load i64, ptr %second_stride50, align 8
  %93 = load ptr, ptr %p, align 8
  %second_transposed = getelementptr inbounds %struct.Product, ptr %93, i32 0, i32 12
  %94 = load i64, ptr %second_transposed, align 8
  %tobool51 = icmp ne i64 %94, 0
  %95 = load i64, ptr %size, align 8
  %call52 = call i64 @before(i64 noundef %90, i64 noundef %92, i1 noundef zeroext %tobool51, i64 noundef %95) #6
  %96 = load ptr, ptr %b, align 8
  %add.ptr53 = getelementptr inbounds i8, ptr %96, i64 %call52
  store ptr %add.ptr53, ptr %b, align 8
  %97 = load ptr, ptr %p, align 8
  %multiply = getelementptr inbounds %struct.Product, ptr %97, i32 0, i32 0
  %98 = load ptr, ptr %multiply, align 8
  %99 = load ptr, ptr %p, align 8
  %second_transposed54 = getelementptr inbounds %struct.Product, ptr %99, i32 0, i32 12
  %100 = load i64, ptr %second_transposed54, align 8
  %tobool55 = icmp ne i64 %100, 0
  %101 = zext i1 %tobool55 to i64
  %cond56 = select i1 %tobool55, ptr @.str, ptr @.str.1
  %102 = load ptr, ptr %p, align 8
  %first_transposed57 = getelementptr inbounds %struct.Product, ptr %102, i32 0, i32 11
  %103 = load i64, ptr %first_transposed57, align 8
  %tobool58 = icmp ne i64 %103, 0
  %104 = zext i1 %tobool58 to i64
  %cond59 = select i1 %tobool58, ptr @.str, ptr @.str.1
  %arrayidx60 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 1
  %105 = load ptr, ptr %arrayidx60, align 8
  %arrayidx61 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 0
  %106 = load ptr, ptr %arrayidx61, align 16
  %arrayidx62 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 2
  %107 = load ptr, ptr %arrayidx62, align 16
  %108 = load ptr, ptr %m, align 8
  %one = getelementptr inbounds %struct.Multiplication, ptr %108, i32 0, i32 3
  %109 = load ptr, ptr %one, align 8
  %110 = load ptr, ptr %b, align 8
  %arrayidx63 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 4
  %111 = load ptr, ptr %arrayidx63, align 16
  %112 = load ptr, ptr %a, align 8
  %arrayidx64 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 3
  %113 = load ptr, ptr %arrayidx64, align 8
  %114 = load ptr, ptr %m, align 8
  %zero = getelementptr inbounds %struct.Multiplication, ptr %114, i32 0, i32 2
  %115 = load ptr, ptr %zero, align 8
  %116 = load ptr, ptr %c, align 8
  %arrayidx65 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 5
  %117 = load ptr, ptr %arrayidx65, align 8
  call void %98(ptr noundef %cond56, ptr noundef %cond59, ptr noundef %105, ptr noundef %106, ptr noundef %107, ptr noundef %109, ptr noundef %110, ptr noundef %111, ptr noundef %112, ptr noundef %113, ptr noundef %115, ptr noundef %116, ptr noundef %117) #6
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #5

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #5

; Function Attrs: nounwind
define internal i64 @bytes_of_carry(ptr noundef %loop, i64 noundef %part, i64 noundef %carry) #0 {
entry:
  %retval = alloca i64, align 8
  %loop.addr = alloca ptr, align 8
  %part.addr = alloca i64, align 8
  %carry.addr = alloca i64, align 8
  %stride = alloca i64, align 8
  store ptr %loop, ptr %loop.addr, align 8
  store i64 %part, ptr %part.addr, align 8
  store i64 %carry, ptr %carry.addr, align 8
  %0 = load ptr, ptr %loop.addr, align 8
  %parts = getelementptr inbounds %struct.Loop, ptr %0, i32 0, i32 3
  %1 = load i64, ptr %parts, align 8
  %cmp = icmp eq i64 %1, 1
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %2 = load ptr, ptr %loop.addr, align 8
  %bytes = getelementptr inbounds %struct.Loop, ptr %2, i32 0, i32 13
  %3 = load ptr, ptr %bytes, align 8
  %4 = load i64, ptr %carry.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %3, i64 %4
  %5 = load i64, ptr %arrayidx, align 8
  store i64 %5, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %6 = load ptr, ptr %loop.addr, align 8
  %part_strides = getelementptr inbounds %struct.Loop, ptr %6, i32 0, i32 5
  %7 = load ptr, ptr %part_strides, align 8
  %8 = load ptr, ptr %loop.addr, align 8
  %carries = getelementptr inbounds %struct.Loop, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %carries, align 8
  %10 = load ptr, ptr %loop.addr, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %10, i32 0, i32 7
  %11 = load i64, ptr %constants, align 8
  %add = add nsw i64 %9, %11
  %12 = load ptr, ptr %loop.addr, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %12, i32 0, i32 8
  %13 = load i64, ptr %xs, align 8
  %add1 = add nsw i64 %add, %13
  %14 = load i64, ptr %carry.addr, align 8
  %add2 = add nsw i64 %add1, %14
  %arrayidx3 = getelementptr inbounds i64, ptr %7, i64 %add2
  %15 = load i64, ptr %arrayidx3, align 8
  store i64 %15, ptr %stride, align 8
  %16 = load i64, ptr %stride, align 8
  %17 = load ptr, ptr %loop.addr, align 8
  %bytes4 = getelementptr inbounds %struct.Loop, ptr %17, i32 0, i32 13
  %18 = load ptr, ptr %bytes4, align 8
  %19 = load i64, ptr %carry.addr, align 8
  %arrayidx5 = getelementptr inbounds i64, ptr %18, i64 %19
  %20 = load i64, ptr %arrayidx5, align 8
  %21 = load i64, ptr %part.addr, align 8
  %22 = load i64, ptr %stride, align 8
  %mul = mul nsw i64 %21, %22
  %sub = sub nsw i64 %20, %mul
  %call = call i64 @least(i64 noundef %16, i64 noundef %sub) #6
  store i64 %call, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end, %if.then
  %23 = load i64, ptr %retval, align 8
  ret i64 %23
}

; Function Attrs: nounwind
define internal i64 @least(i64 noundef %a, i64 noundef %b) #0 {
entry:
  %a.addr = alloca i64, align 8
  %b.addr = alloca i64, align 8
  store i64 %a, ptr %a.addr, align 8
  store i64 %b, ptr %b.addr, align 8
  %0 = load i64, ptr %a.addr, align 8
  %1 = load i64, ptr %b.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load i64, ptr %a.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %3 = load i64, ptr %b.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %2, %cond.true ], [ %3, %cond.false ]
  ret i64 %cond
}

; Function Attrs: nounwind
define internal i64 @before(i64 noundef %index, i64 noundef %stride, i1 noundef zeroext %strided, i64 noundef %size) #0 {
entry:
  %index.addr = alloca i64, align 8
  %stride.addr = alloca i64, align 8
  %strided.addr = alloca i8, align 1
  %size.addr = alloca i64, align 8
  store i64 %index, ptr %index.addr, align 8
  store i64 %stride, ptr %stride.addr, align 8
  %storedv = zext i1 %strided to i8
  store i8 %storedv, ptr %strided.addr, align 1
  store i64 %size, ptr %size.addr, align 8
  %0 = load i64, ptr %index.addr, align 8
  %1 = load i8, ptr %strided.addr, align 1, !range !10, !noundef !11
  %loadedv = trunc i8 %1 to i1
  br i1 %loadedv, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load i64, ptr %stride.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %2, %cond.true ], [ 1, %cond.false ]
  %mul = mul nsw i64 %0, %cond
  %3 = load i64, ptr %size.addr, align 8
  %mul1 = mul nsw i64 %mul, %3
  ret i64 %mul1
}

attributes #0 = { nounwind }
attributes #1 = { inlinehint nounwind }
attributes #3 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #4 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #5 = { nocallback nofree nosync nounwind willreturn }
attributes #6 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = distinct !{!5, !4}
!6 = distinct !{!6, !4}
!7 = distinct !{!7, !4}
!8 = distinct !{!8, !4}
!9 = distinct !{!9, !4}
!10 = !{i8 0, i8 2}
!11 = !{}
!12 = distinct !{!12, !4}
!13 = distinct !{!13, !4}
!14 = distinct !{!14, !4}
!15 = distinct !{!15, !4}
!16 = distinct !{!16, !4}
!17 = distinct !{!17, !4}
!18 = distinct !{!18, !4}
