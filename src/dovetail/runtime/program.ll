; Made of program.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 7fece7541d9cb7ca91cca5d7763548fcc991ab2310f48bf820750ed2e1799e99

%struct.Program = type { i64, i64, ptr, i64, ptr, i64, i64, ptr, i64, i64, i64 }
%struct.Step = type { ptr, ptr, ptr, i64, i64, ptr, i64, ptr, i64, ptr }
%struct.Cleared = type { ptr, ptr }

; Function Attrs: nounwind
define i64 @dovetail_run_program(ptr noundef %program, ptr noundef %given, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %retval = alloca i64, align 8
  %program.addr = alloca ptr, align 8
  %given.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %first_constant = alloca i64, align 8
  %last = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %__vla_expr1 = alloca i64, align 8
  %__vla_expr2 = alloca i64, align 8
  %near = alloca [4096 x i8], align 64
  %small = alloca i8, align 1
  %arena6 = alloca ptr, align 8
  %status = alloca i64, align 8
  %cleanup.dest.slot = alloca i32, align 4
  %i = alloca i64, align 8
  %i11 = alloca i64, align 8
  %i23 = alloca i64, align 8
  %i35 = alloca i64, align 8
  %step = alloca ptr, align 8
  %own = alloca ptr, align 8
  %slot = alloca i64, align 8
  store ptr %program, ptr %program.addr, align 8
  store ptr %given, ptr %given.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %program.addr, align 8
  %given1 = getelementptr inbounds %struct.Program, ptr %0, i32 0, i32 0
  %1 = load i64, ptr %given1, align 8
  %2 = load ptr, ptr %program.addr, align 8
  %temporaries = getelementptr inbounds %struct.Program, ptr %2, i32 0, i32 1
  %3 = load i64, ptr %temporaries, align 8
  %add = add nsw i64 %1, %3
  store i64 %add, ptr %first_constant, align 8
  %4 = load i64, ptr %first_constant, align 8
  %5 = load ptr, ptr %program.addr, align 8
  %constants = getelementptr inbounds %struct.Program, ptr %5, i32 0, i32 3
  %6 = load i64, ptr %constants, align 8
  %add2 = add nsw i64 %4, %6
  store i64 %add2, ptr %last, align 8
  %7 = load i64, ptr %last, align 8
  %add3 = add nsw i64 %7, 1
  %8 = call ptr @llvm.stacksave.p0()
  store ptr %8, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add3, align 16
  store i64 %add3, ptr %__vla_expr0, align 8
  %9 = load ptr, ptr %program.addr, align 8
  %most_slots = getelementptr inbounds %struct.Program, ptr %9, i32 0, i32 8
  %10 = load i64, ptr %most_slots, align 8
  %vla4 = alloca ptr, i64 %10, align 16
  store i64 %10, ptr %__vla_expr1, align 8
  %11 = load ptr, ptr %program.addr, align 8
  %most_values = getelementptr inbounds %struct.Program, ptr %11, i32 0, i32 9
  %12 = load i64, ptr %most_values, align 8
  %vla5 = alloca double, i64 %12, align 16
  store i64 %12, ptr %__vla_expr2, align 8
  %13 = load ptr, ptr %program.addr, align 8
  %arena = getelementptr inbounds %struct.Program, ptr %13, i32 0, i32 5
  %14 = load i64, ptr %arena, align 8
  %cmp = icmp sle i64 %14, 4096
  %storedv = zext i1 %cmp to i8
  store i8 %storedv, ptr %small, align 1
  %15 = load i8, ptr %small, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %15 to i1
  br i1 %loadedv, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %arraydecay = getelementptr inbounds [4096 x i8], ptr %near, i64 0, i64 0
  br label %cond.end

cond.false:                                       ; preds = %entry
  %16 = load ptr, ptr %program.addr, align 8
  %arena7 = getelementptr inbounds %struct.Program, ptr %16, i32 0, i32 5
  %17 = load i64, ptr %arena7, align 8
  %call = call ptr @dovetail_take(i64 noundef %17) #5
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %arraydecay, %cond.true ], [ %call, %cond.false ]
  store ptr %cond, ptr %arena6, align 8
  store i64 0, ptr %status, align 8
  %18 = load ptr, ptr %arena6, align 8
  %tobool = icmp ne ptr %18, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %cond.end
  store i64 4, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end:                                           ; preds = %cond.end
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %19 = load i64, ptr %i, align 8
  %20 = load ptr, ptr %program.addr, align 8
  %given8 = getelementptr inbounds %struct.Program, ptr %20, i32 0, i32 0
  %21 = load i64, ptr %given8, align 8
  %cmp9 = icmp slt i64 %19, %21
  br i1 %cmp9, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %22 = load ptr, ptr %given.addr, align 8
  %23 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %22, i64 %23
  %24 = load ptr, ptr %arrayidx, align 8
  %25 = load i64, ptr %i, align 8
  %arrayidx10 = getelementptr inbounds ptr, ptr %vla, i64 %25
  store ptr %24, ptr %arrayidx10, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %26 = load i64, ptr %i, align 8
  %inc = add nsw i64 %26, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i11, align 8
  br label %for.cond12

for.cond12:                                       ; preds = %for.inc20, %for.end
  %27 = load i64, ptr %i11, align 8
  %28 = load ptr, ptr %program.addr, align 8
  %temporaries13 = getelementptr inbounds %struct.Program, ptr %28, i32 0, i32 1
  %29 = load i64, ptr %temporaries13, align 8
  %cmp14 = icmp slt i64 %27, %29
  br i1 %cmp14, label %for.body15, label %for.end22

for.body15:                                       ; preds = %for.cond12
  %30 = load ptr, ptr %arena6, align 8
  %31 = load ptr, ptr %program.addr, align 8
  %offsets = getelementptr inbounds %struct.Program, ptr %31, i32 0, i32 2
  %32 = load ptr, ptr %offsets, align 8
  %33 = load i64, ptr %i11, align 8
  %arrayidx16 = getelementptr inbounds i64, ptr %32, i64 %33
  %34 = load i64, ptr %arrayidx16, align 8
  %add.ptr = getelementptr inbounds i8, ptr %30, i64 %34
  %35 = load ptr, ptr %program.addr, align 8
  %given17 = getelementptr inbounds %struct.Program, ptr %35, i32 0, i32 0
  %36 = load i64, ptr %given17, align 8
  %37 = load i64, ptr %i11, align 8
  %add18 = add nsw i64 %36, %37
  %arrayidx19 = getelementptr inbounds ptr, ptr %vla, i64 %add18
  store ptr %add.ptr, ptr %arrayidx19, align 8
  br label %for.inc20

for.inc20:                                        ; preds = %for.body15
  %38 = load i64, ptr %i11, align 8
  %inc21 = add nsw i64 %38, 1
  store i64 %inc21, ptr %i11, align 8
  br label %for.cond12, !llvm.loop !7

for.end22:                                        ; preds = %for.cond12
  store i64 0, ptr %i23, align 8
  br label %for.cond24

for.cond24:                                       ; preds = %for.inc31, %for.end22
  %39 = load i64, ptr %i23, align 8
  %40 = load ptr, ptr %program.addr, align 8
  %constants25 = getelementptr inbounds %struct.Program, ptr %40, i32 0, i32 3
  %41 = load i64, ptr %constants25, align 8
  %cmp26 = icmp slt i64 %39, %41
  br i1 %cmp26, label %for.body27, label %for.end33

for.body27:                                       ; preds = %for.cond24
  %42 = load ptr, ptr %program.addr, align 8
  %addresses = getelementptr inbounds %struct.Program, ptr %42, i32 0, i32 4
  %43 = load ptr, ptr %addresses, align 8
  %44 = load i64, ptr %i23, align 8
  %arrayidx28 = getelementptr inbounds ptr, ptr %43, i64 %44
  %45 = load ptr, ptr %arrayidx28, align 8
  %46 = load i64, ptr %first_constant, align 8
  %47 = load i64, ptr %i23, align 8
  %add29 = add nsw i64 %46, %47
  %arrayidx30 = getelementptr inbounds ptr, ptr %vla, i64 %add29
  store ptr %45, ptr %arrayidx30, align 8
  br label %for.inc31

for.inc31:                                        ; preds = %for.body27
  %48 = load i64, ptr %i23, align 8
  %inc32 = add nsw i64 %48, 1
  store i64 %inc32, ptr %i23, align 8
  br label %for.cond24, !llvm.loop !8

for.end33:                                        ; preds = %for.cond24
  %49 = load i64, ptr %last, align 8
  %arrayidx34 = getelementptr inbounds ptr, ptr %vla, i64 %49
  store ptr %status, ptr %arrayidx34, align 8
  store i64 0, ptr %i35, align 8
  br label %for.cond36

for.cond36:                                       ; preds = %for.inc54, %for.end33
  %50 = load i64, ptr %i35, align 8
  %51 = load ptr, ptr %program.addr, align 8
  %steps = getelementptr inbounds %struct.Program, ptr %51, i32 0, i32 6
  %52 = load i64, ptr %steps, align 8
  %cmp37 = icmp slt i64 %50, %52
  br i1 %cmp37, label %for.body38, label %for.end56

for.body38:                                       ; preds = %for.cond36
  %53 = load i64, ptr %i35, align 8
  %54 = load ptr, ptr %program.addr, align 8
  %commit = getelementptr inbounds %struct.Program, ptr %54, i32 0, i32 10
  %55 = load i64, ptr %commit, align 8
  %cmp39 = icmp eq i64 %53, %55
  br i1 %cmp39, label %land.lhs.true, label %if.end42

land.lhs.true:                                    ; preds = %for.body38
  %56 = load i64, ptr %status, align 8
  %tobool40 = icmp ne i64 %56, 0
  br i1 %tobool40, label %if.then41, label %if.end42

if.then41:                                        ; preds = %land.lhs.true
  br label %for.end56

if.end42:                                         ; preds = %land.lhs.true, %for.body38
  %57 = load ptr, ptr %program.addr, align 8
  %table = getelementptr inbounds %struct.Program, ptr %57, i32 0, i32 7
  %58 = load ptr, ptr %table, align 8
  %59 = load i64, ptr %i35, align 8
  %arrayidx43 = getelementptr inbounds %struct.Step, ptr %58, i64 %59
  store ptr %arrayidx43, ptr %step, align 8
  %60 = load ptr, ptr %step, align 8
  %61 = load ptr, ptr %parallel_for.addr, align 8
  call void @clear(ptr noundef %60, ptr noundef %vla, ptr noundef %61) #5
  %62 = load ptr, ptr %step, align 8
  %63 = load ptr, ptr %scalars.addr, align 8
  %call44 = call ptr @scalars_of(ptr noundef %62, ptr noundef %63, ptr noundef %vla5) #5
  store ptr %call44, ptr %own, align 8
  store i64 0, ptr %slot, align 8
  br label %for.cond45

for.cond45:                                       ; preds = %for.inc51, %if.end42
  %64 = load i64, ptr %slot, align 8
  %65 = load ptr, ptr %step, align 8
  %slot_count = getelementptr inbounds %struct.Step, ptr %65, i32 0, i32 6
  %66 = load i64, ptr %slot_count, align 8
  %cmp46 = icmp slt i64 %64, %66
  br i1 %cmp46, label %for.body47, label %for.end53

for.body47:                                       ; preds = %for.cond45
  %67 = load ptr, ptr %step, align 8
  %slots = getelementptr inbounds %struct.Step, ptr %67, i32 0, i32 7
  %68 = load ptr, ptr %slots, align 8
  %69 = load i64, ptr %slot, align 8
  %arrayidx48 = getelementptr inbounds i64, ptr %68, i64 %69
  %70 = load i64, ptr %arrayidx48, align 8
  %arrayidx49 = getelementptr inbounds ptr, ptr %vla, i64 %70
  %71 = load ptr, ptr %arrayidx49, align 8
  %72 = load i64, ptr %slot, align 8
  %arrayidx50 = getelementptr inbounds ptr, ptr %vla4, i64 %72
  store ptr %71, ptr %arrayidx50, align 8
  br label %for.inc51

for.inc51:                                        ; preds = %for.body47
  %73 = load i64, ptr %slot, align 8
  %inc52 = add nsw i64 %73, 1
  store i64 %inc52, ptr %slot, align 8
  br label %for.cond45, !llvm.loop !9

for.end53:                                        ; preds = %for.cond45
  %74 = load ptr, ptr %step, align 8
  %kernel = getelementptr inbounds %struct.Step, ptr %74, i32 0, i32 0
  %75 = load ptr, ptr %kernel, align 8
  %76 = load ptr, ptr %step, align 8
  %words = getelementptr inbounds %struct.Step, ptr %76, i32 0, i32 1
  %77 = load ptr, ptr %words, align 8
  %78 = load ptr, ptr %own, align 8
  %79 = load ptr, ptr %parallel_for.addr, align 8
  call void %75(ptr noundef %vla4, ptr noundef %77, ptr noundef %78, ptr noundef %79) #5
  br label %for.inc54

for.inc54:                                        ; preds = %for.end53
  %80 = load i64, ptr %i35, align 8
  %inc55 = add nsw i64 %80, 1
  store i64 %inc55, ptr %i35, align 8
  br label %for.cond36, !llvm.loop !10

for.end56:                                        ; preds = %if.then41, %for.cond36
  %81 = load i8, ptr %small, align 1, !range !3, !noundef !4
  %loadedv57 = trunc i8 %81 to i1
  br i1 %loadedv57, label %if.end60, label %if.then58

if.then58:                                        ; preds = %for.end56
  %82 = load ptr, ptr %arena6, align 8
  %83 = load ptr, ptr %program.addr, align 8
  %arena59 = getelementptr inbounds %struct.Program, ptr %83, i32 0, i32 5
  %84 = load i64, ptr %arena59, align 8
  call void @dovetail_give(ptr noundef %82, i64 noundef %84) #5
  br label %if.end60

if.end60:                                         ; preds = %if.then58, %for.end56
  %85 = load i64, ptr %status, align 8
  store i64 %85, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %if.end60, %if.then
  %86 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %86)
  %87 = load i64, ptr %retval, align 8
  ret i64 %87
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #1

declare ptr @dovetail_take(i64 noundef)

; Function Attrs: nounwind
define internal void @clear(ptr noundef %step, ptr noundef %buffers, ptr noundef %parallel_for) #0 {
entry:
  %step.addr = alloca ptr, align 8
  %buffers.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %cleared = alloca %struct.Cleared, align 8
  %blocks = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %step, ptr %step.addr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %step1 = getelementptr inbounds %struct.Cleared, ptr %cleared, i32 0, i32 0
  %0 = load ptr, ptr %step.addr, align 8
  store ptr %0, ptr %step1, align 8
  %buffers2 = getelementptr inbounds %struct.Cleared, ptr %cleared, i32 0, i32 1
  %1 = load ptr, ptr %buffers.addr, align 8
  store ptr %1, ptr %buffers2, align 8
  store i64 0, ptr %blocks, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %2 = load i64, ptr %i, align 8
  %3 = load ptr, ptr %step.addr, align 8
  %zero_count = getelementptr inbounds %struct.Step, ptr %3, i32 0, i32 8
  %4 = load i64, ptr %zero_count, align 8
  %cmp = icmp slt i64 %2, %4
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %5 = load ptr, ptr %step.addr, align 8
  %zeros = getelementptr inbounds %struct.Step, ptr %5, i32 0, i32 9
  %6 = load ptr, ptr %zeros, align 8
  %7 = load i64, ptr %i, align 8
  %mul = mul nsw i64 2, %7
  %add = add nsw i64 %mul, 1
  %arrayidx = getelementptr inbounds i64, ptr %6, i64 %add
  %8 = load i64, ptr %arrayidx, align 8
  %call = call i64 @blocks_of(i64 noundef %8) #5
  %9 = load i64, ptr %blocks, align 8
  %add3 = add nsw i64 %9, %call
  store i64 %add3, ptr %blocks, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %10 = load i64, ptr %i, align 8
  %inc = add nsw i64 %10, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !11

for.end:                                          ; preds = %for.cond
  %11 = load i64, ptr %blocks, align 8
  %12 = load ptr, ptr %step.addr, align 8
  %zero_count4 = getelementptr inbounds %struct.Step, ptr %12, i32 0, i32 8
  %13 = load i64, ptr %zero_count4, align 8
  %cmp5 = icmp sgt i64 %11, %13
  br i1 %cmp5, label %if.then, label %if.else

if.then:                                          ; preds = %for.end
  %14 = load ptr, ptr %parallel_for.addr, align 8
  %15 = load i64, ptr %blocks, align 8
  call void %14(ptr noundef @clear_block, ptr noundef %cleared, i64 noundef %15) #5
  br label %if.end

if.else:                                          ; preds = %for.end
  %16 = load i64, ptr %blocks, align 8
  call void @serial_for(ptr noundef @clear_block, ptr noundef %cleared, i64 noundef %16) #5
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  ret void
}

; Function Attrs: nounwind
define internal ptr @scalars_of(ptr noundef %step, ptr noundef %scalars, ptr noundef %values) #0 {
entry:
  %retval = alloca ptr, align 8
  %step.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %values.addr = alloca ptr, align 8
  %i = alloca i64, align 8
  %i5 = alloca i64, align 8
  store ptr %step, ptr %step.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %values, ptr %values.addr, align 8
  %0 = load ptr, ptr %step.addr, align 8
  %given_count = getelementptr inbounds %struct.Step, ptr %0, i32 0, i32 4
  %1 = load i64, ptr %given_count, align 8
  %cmp = icmp eq i64 %1, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %2 = load ptr, ptr %step.addr, align 8
  %values1 = getelementptr inbounds %struct.Step, ptr %2, i32 0, i32 2
  %3 = load ptr, ptr %values1, align 8
  store ptr %3, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %4 = load i64, ptr %i, align 8
  %5 = load ptr, ptr %step.addr, align 8
  %value_count = getelementptr inbounds %struct.Step, ptr %5, i32 0, i32 3
  %6 = load i64, ptr %value_count, align 8
  %cmp2 = icmp slt i64 %4, %6
  br i1 %cmp2, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %7 = load ptr, ptr %step.addr, align 8
  %values3 = getelementptr inbounds %struct.Step, ptr %7, i32 0, i32 2
  %8 = load ptr, ptr %values3, align 8
  %9 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds double, ptr %8, i64 %9
  %10 = load double, ptr %arrayidx, align 8
  %11 = load ptr, ptr %values.addr, align 8
  %12 = load i64, ptr %i, align 8
  %arrayidx4 = getelementptr inbounds double, ptr %11, i64 %12
  store double %10, ptr %arrayidx4, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %13 = load i64, ptr %i, align 8
  %inc = add nsw i64 %13, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i5, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc16, %for.end
  %14 = load i64, ptr %i5, align 8
  %15 = load ptr, ptr %step.addr, align 8
  %given_count7 = getelementptr inbounds %struct.Step, ptr %15, i32 0, i32 4
  %16 = load i64, ptr %given_count7, align 8
  %cmp8 = icmp slt i64 %14, %16
  br i1 %cmp8, label %for.body9, label %for.end18

for.body9:                                        ; preds = %for.cond6
  %17 = load ptr, ptr %scalars.addr, align 8
  %18 = load ptr, ptr %step.addr, align 8
  %given = getelementptr inbounds %struct.Step, ptr %18, i32 0, i32 5
  %19 = load ptr, ptr %given, align 8
  %20 = load i64, ptr %i5, align 8
  %mul = mul nsw i64 2, %20
  %add = add nsw i64 %mul, 1
  %arrayidx10 = getelementptr inbounds i64, ptr %19, i64 %add
  %21 = load i64, ptr %arrayidx10, align 8
  %arrayidx11 = getelementptr inbounds double, ptr %17, i64 %21
  %22 = load double, ptr %arrayidx11, align 8
  %23 = load ptr, ptr %values.addr, align 8
  %24 = load ptr, ptr %step.addr, align 8
  %given12 = getelementptr inbounds %struct.Step, ptr %24, i32 0, i32 5
  %25 = load ptr, ptr %given12, align 8
  %26 = load i64, ptr %i5, align 8
  %mul13 = mul nsw i64 2, %26
  %arrayidx14 = getelementptr inbounds i64, ptr %25, i64 %mul13
  %27 = load i64, ptr %arrayidx14, align 8
  %arrayidx15 = getelementptr inbounds double, ptr %23, i64 %27
  store double %22, ptr %arrayidx15, align 8
  br label %for.inc16

for.inc16:                                        ; preds = %for.body9
  %28 = load i64, ptr %i5, align 8
  %inc17 = add nsw i64 %28, 1
  store i64 %inc17, ptr %i5, align 8
  br label %for.cond6, !llvm.loop !13

for.end18:                                        ; preds = %for.cond6
  %29 = load ptr, ptr %values.addr, align 8
  store ptr %29, ptr %retval, align 8
  br label %return

return:                                           ; preds = %for.end18, %if.then
  %30 = load ptr, ptr %retval, align 8
  ret ptr %30
}

declare void @dovetail_give(ptr noundef, i64 noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #1

; Function Attrs: nounwind
define void @dovetail_program_kernel(ptr noundef %buffers, ptr noundef %sizes, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %sizes.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %program = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %sizes, ptr %sizes.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %sizes.addr, align 8
  store ptr %0, ptr %program, align 8
  %1 = load ptr, ptr %program, align 8
  %2 = load ptr, ptr %buffers.addr, align 8
  %3 = load ptr, ptr %scalars.addr, align 8
  %4 = load ptr, ptr %parallel_for.addr, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %1, ptr noundef %2, ptr noundef %3, ptr noundef %4) #5
  %5 = load ptr, ptr %buffers.addr, align 8
  %6 = load ptr, ptr %program, align 8
  %given = getelementptr inbounds %struct.Program, ptr %6, i32 0, i32 0
  %7 = load i64, ptr %given, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %5, i64 %7
  %8 = load ptr, ptr %arrayidx, align 8
  store i64 %call, ptr %8, align 8
  ret void
}

; Function Attrs: nounwind
define internal i64 @blocks_of(i64 noundef %bytes) #0 {
entry:
  %bytes.addr = alloca i64, align 8
  store i64 %bytes, ptr %bytes.addr, align 8
  %0 = load i64, ptr %bytes.addr, align 8
  %add = add nsw i64 %0, 131072
  %sub = sub nsw i64 %add, 1
  %div = sdiv i64 %sub, 131072
  ret i64 %div
}

; Function Attrs: nounwind
define internal void @clear_block(ptr noundef %context, i64 noundef %index) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  %cleared = alloca ptr, align 8
  %zeros = alloca ptr, align 8
  %start = alloca i64, align 8
  %rest = alloca i64, align 8
  %memory = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %cleared, align 8
  %1 = load ptr, ptr %cleared, align 8
  %step = getelementptr inbounds %struct.Cleared, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %step, align 8
  %zeros1 = getelementptr inbounds %struct.Step, ptr %2, i32 0, i32 9
  %3 = load ptr, ptr %zeros1, align 8
  store ptr %3, ptr %zeros, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %4 = load i64, ptr %index.addr, align 8
  %5 = load ptr, ptr %zeros, align 8
  %arrayidx = getelementptr inbounds i64, ptr %5, i64 1
  %6 = load i64, ptr %arrayidx, align 8
  %call = call i64 @blocks_of(i64 noundef %6) #5
  %cmp = icmp sge i64 %4, %call
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %7 = load ptr, ptr %zeros, align 8
  %arrayidx2 = getelementptr inbounds i64, ptr %7, i64 1
  %8 = load i64, ptr %arrayidx2, align 8
  %call3 = call i64 @blocks_of(i64 noundef %8) #5
  %9 = load i64, ptr %index.addr, align 8
  %sub = sub nsw i64 %9, %call3
  store i64 %sub, ptr %index.addr, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %10 = load ptr, ptr %zeros, align 8
  %add.ptr = getelementptr inbounds i64, ptr %10, i64 2
  store ptr %add.ptr, ptr %zeros, align 8
  br label %for.cond, !llvm.loop !14

for.end:                                          ; preds = %for.cond
  %11 = load i64, ptr %index.addr, align 8
  %mul = mul nsw i64 %11, 131072
  store i64 %mul, ptr %start, align 8
  %12 = load ptr, ptr %zeros, align 8
  %arrayidx4 = getelementptr inbounds i64, ptr %12, i64 1
  %13 = load i64, ptr %arrayidx4, align 8
  %14 = load i64, ptr %start, align 8
  %sub5 = sub nsw i64 %13, %14
  store i64 %sub5, ptr %rest, align 8
  %15 = load ptr, ptr %cleared, align 8
  %buffers = getelementptr inbounds %struct.Cleared, ptr %15, i32 0, i32 1
  %16 = load ptr, ptr %buffers, align 8
  %17 = load ptr, ptr %zeros, align 8
  %arrayidx6 = getelementptr inbounds i64, ptr %17, i64 0
  %18 = load i64, ptr %arrayidx6, align 8
  %arrayidx7 = getelementptr inbounds ptr, ptr %16, i64 %18
  %19 = load ptr, ptr %arrayidx7, align 8
  store ptr %19, ptr %memory, align 8
  %20 = load ptr, ptr %memory, align 8
  %21 = load i64, ptr %start, align 8
  %add.ptr8 = getelementptr inbounds i8, ptr %20, i64 %21
  %22 = load i64, ptr %rest, align 8
  %cmp9 = icmp slt i64 %22, 131072
  br i1 %cmp9, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.end
  %23 = load i64, ptr %rest, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.end
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %23, %cond.true ], [ 131072, %cond.false ]
  call void @llvm.memset.p0.i64(ptr align 1 %add.ptr8, i8 0, i64 %cond, i1 false)
  ret void
}

; Function Attrs: inlinehint nounwind
define internal void @serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #3 {
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
  call void %2(ptr noundef %3, i64 noundef %4) #5
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !15

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #4

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nosync nounwind willreturn }
attributes #3 = { inlinehint nounwind }
attributes #4 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #5 = { nobuiltin }

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
!14 = distinct !{!14, !6}
!15 = distinct !{!15, !6}
