; Made of jax.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 6d03151cd143d35c9cd21c474b3bffe825c09e5ffedb9255a13f8ed411c62258

%struct.JaxRecord = type { i64, i64, i64, ptr, ptr, ptr, ptr }
%struct.Frame = type { i64, ptr, ptr, ptr, i32, %struct.Buffers, %struct.Buffers }
%struct.Buffers = type { i64, ptr, i64, ptr, ptr }
%struct.Buffer = type { i64, ptr, i32, ptr, i64, ptr }
%struct.Extension = type { i64, i32, ptr }
%struct.MetadataExtension = type { %struct.Extension, ptr }
%struct.Api = type { i64, ptr, %struct.Version, ptr, ptr, ptr, ptr, ptr, ptr }
%struct.Version = type { i64, ptr, i32, i32 }
%struct.Metadata = type { i64, %struct.Version, i32 }
%struct.ErrorArguments = type { i64, ptr, ptr, i32 }

@records = global [64 x ptr] zeroinitializer, align 16
@.str = private unnamed_addr constant [182 x i8] c"dovetail: the buffers are of other data types or shapes than those that the program was compiled for: trace and compile again; after jax.export or a change of jax_enable_x64 as well\00", align 1
@.str.1 = private unnamed_addr constant [59 x i8] c"dovetail: there is no memory for the temporaries of a call\00", align 1
@.str.2 = private unnamed_addr constant [99 x i8] c"dovetail: an index is out of range: check labels and indices against the number of classes or rows\00", align 1

; Function Attrs: uwtable(sync)
define ptr @handler_0(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr @records, align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define internal ptr @run(ptr noundef %record, ptr noundef %frame) #0 {
entry:
  %retval = alloca ptr, align 8
  %record.addr = alloca ptr, align 8
  %frame.addr = alloca ptr, align 8
  %inputs = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %i17 = alloca i64, align 8
  %data23 = alloca ptr, align 8
  %scalars = alloca ptr, align 8
  %status = alloca i64, align 8
  %cleanup.dest.slot = alloca i32, align 4
  store ptr %record, ptr %record.addr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr %frame.addr, align 8
  %call = call zeroext i1 @was_asked(ptr noundef %0, i32 noundef 0) #6
  br i1 %call, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %1 = load ptr, ptr %record.addr, align 8
  %arrays = getelementptr inbounds %struct.JaxRecord, ptr %1, i32 0, i32 0
  %2 = load i64, ptr %arrays, align 8
  %3 = load ptr, ptr %record.addr, align 8
  %floats = getelementptr inbounds %struct.JaxRecord, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %floats, align 8
  %cmp = icmp sgt i64 %4, 0
  %conv = zext i1 %cmp to i32
  %conv1 = sext i32 %conv to i64
  %add = add nsw i64 %2, %conv1
  store i64 %add, ptr %inputs, align 8
  %5 = load ptr, ptr %frame.addr, align 8
  %operands = getelementptr inbounds %struct.Frame, ptr %5, i32 0, i32 5
  %6 = load i64, ptr %inputs, align 8
  %7 = load ptr, ptr %record.addr, align 8
  %operands2 = getelementptr inbounds %struct.JaxRecord, ptr %7, i32 0, i32 5
  %8 = load ptr, ptr %operands2, align 8
  %call3 = call zeroext i1 @fits(ptr noundef %operands, i64 noundef %6, ptr noundef %8) #6
  br i1 %call3, label %lor.lhs.false, label %if.then6

lor.lhs.false:                                    ; preds = %if.end
  %9 = load ptr, ptr %frame.addr, align 8
  %results = getelementptr inbounds %struct.Frame, ptr %9, i32 0, i32 6
  %10 = load ptr, ptr %record.addr, align 8
  %outputs = getelementptr inbounds %struct.JaxRecord, ptr %10, i32 0, i32 1
  %11 = load i64, ptr %outputs, align 8
  %12 = load ptr, ptr %record.addr, align 8
  %results4 = getelementptr inbounds %struct.JaxRecord, ptr %12, i32 0, i32 6
  %13 = load ptr, ptr %results4, align 8
  %call5 = call zeroext i1 @fits(ptr noundef %results, i64 noundef %11, ptr noundef %13) #6
  br i1 %call5, label %if.end8, label %if.then6

if.then6:                                         ; preds = %lor.lhs.false, %if.end
  %14 = load ptr, ptr %frame.addr, align 8
  %call7 = call ptr @failed(ptr noundef %14, ptr noundef @.str, i32 noundef 3) #6
  store ptr %call7, ptr %retval, align 8
  br label %return

if.end8:                                          ; preds = %lor.lhs.false
  %15 = load ptr, ptr %record.addr, align 8
  %arrays9 = getelementptr inbounds %struct.JaxRecord, ptr %15, i32 0, i32 0
  %16 = load i64, ptr %arrays9, align 8
  %17 = load ptr, ptr %record.addr, align 8
  %outputs10 = getelementptr inbounds %struct.JaxRecord, ptr %17, i32 0, i32 1
  %18 = load i64, ptr %outputs10, align 8
  %add11 = add nsw i64 %16, %18
  %19 = call ptr @llvm.stacksave.p0()
  store ptr %19, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add11, align 16
  store i64 %add11, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end8
  %20 = load i64, ptr %i, align 8
  %21 = load ptr, ptr %record.addr, align 8
  %arrays12 = getelementptr inbounds %struct.JaxRecord, ptr %21, i32 0, i32 0
  %22 = load i64, ptr %arrays12, align 8
  %cmp13 = icmp slt i64 %20, %22
  br i1 %cmp13, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %23 = load ptr, ptr %frame.addr, align 8
  %operands15 = getelementptr inbounds %struct.Frame, ptr %23, i32 0, i32 5
  %buffers = getelementptr inbounds %struct.Buffers, ptr %operands15, i32 0, i32 4
  %24 = load ptr, ptr %buffers, align 8
  %25 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %24, i64 %25
  %26 = load ptr, ptr %arrayidx, align 8
  %data = getelementptr inbounds %struct.Buffer, ptr %26, i32 0, i32 3
  %27 = load ptr, ptr %data, align 8
  %28 = load i64, ptr %i, align 8
  %arrayidx16 = getelementptr inbounds ptr, ptr %vla, i64 %28
  store ptr %27, ptr %arrayidx16, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %29 = load i64, ptr %i, align 8
  %inc = add nsw i64 %29, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !4

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i17, align 8
  br label %for.cond18

for.cond18:                                       ; preds = %for.inc38, %for.end
  %30 = load i64, ptr %i17, align 8
  %31 = load ptr, ptr %record.addr, align 8
  %outputs19 = getelementptr inbounds %struct.JaxRecord, ptr %31, i32 0, i32 1
  %32 = load i64, ptr %outputs19, align 8
  %cmp20 = icmp slt i64 %30, %32
  br i1 %cmp20, label %for.body22, label %for.end40

for.body22:                                       ; preds = %for.cond18
  %33 = load ptr, ptr %frame.addr, align 8
  %results24 = getelementptr inbounds %struct.Frame, ptr %33, i32 0, i32 6
  %buffers25 = getelementptr inbounds %struct.Buffers, ptr %results24, i32 0, i32 4
  %34 = load ptr, ptr %buffers25, align 8
  %35 = load i64, ptr %i17, align 8
  %arrayidx26 = getelementptr inbounds ptr, ptr %34, i64 %35
  %36 = load ptr, ptr %arrayidx26, align 8
  %data27 = getelementptr inbounds %struct.Buffer, ptr %36, i32 0, i32 3
  %37 = load ptr, ptr %data27, align 8
  store ptr %37, ptr %data23, align 8
  %38 = load ptr, ptr %data23, align 8
  %39 = load ptr, ptr %record.addr, align 8
  %arrays28 = getelementptr inbounds %struct.JaxRecord, ptr %39, i32 0, i32 0
  %40 = load i64, ptr %arrays28, align 8
  %41 = load i64, ptr %i17, align 8
  %add29 = add nsw i64 %40, %41
  %arrayidx30 = getelementptr inbounds ptr, ptr %vla, i64 %add29
  store ptr %38, ptr %arrayidx30, align 8
  %42 = load ptr, ptr %record.addr, align 8
  %sizes = getelementptr inbounds %struct.JaxRecord, ptr %42, i32 0, i32 4
  %43 = load ptr, ptr %sizes, align 8
  %44 = load i64, ptr %i17, align 8
  %arrayidx31 = getelementptr inbounds i64, ptr %43, i64 %44
  %45 = load i64, ptr %arrayidx31, align 8
  %cmp32 = icmp sge i64 %45, 4194304
  br i1 %cmp32, label %if.then34, label %if.end37

if.then34:                                        ; preds = %for.body22
  %46 = load ptr, ptr %data23, align 8
  %47 = load ptr, ptr %record.addr, align 8
  %sizes35 = getelementptr inbounds %struct.JaxRecord, ptr %47, i32 0, i32 4
  %48 = load ptr, ptr %sizes35, align 8
  %49 = load i64, ptr %i17, align 8
  %arrayidx36 = getelementptr inbounds i64, ptr %48, i64 %49
  %50 = load i64, ptr %arrayidx36, align 8
  call void @dovetail_in_huge_pages(ptr noundef %46, i64 noundef %50) #6
  br label %if.end37

if.end37:                                         ; preds = %if.then34, %for.body22
  br label %for.inc38

for.inc38:                                        ; preds = %if.end37
  %51 = load i64, ptr %i17, align 8
  %inc39 = add nsw i64 %51, 1
  store i64 %inc39, ptr %i17, align 8
  br label %for.cond18, !llvm.loop !6

for.end40:                                        ; preds = %for.cond18
  %52 = load ptr, ptr %record.addr, align 8
  %floats41 = getelementptr inbounds %struct.JaxRecord, ptr %52, i32 0, i32 2
  %53 = load i64, ptr %floats41, align 8
  %cmp42 = icmp sgt i64 %53, 0
  br i1 %cmp42, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.end40
  %54 = load ptr, ptr %frame.addr, align 8
  %operands44 = getelementptr inbounds %struct.Frame, ptr %54, i32 0, i32 5
  %buffers45 = getelementptr inbounds %struct.Buffers, ptr %operands44, i32 0, i32 4
  %55 = load ptr, ptr %buffers45, align 8
  %56 = load ptr, ptr %record.addr, align 8
  %arrays46 = getelementptr inbounds %struct.JaxRecord, ptr %56, i32 0, i32 0
  %57 = load i64, ptr %arrays46, align 8
  %arrayidx47 = getelementptr inbounds ptr, ptr %55, i64 %57
  %58 = load ptr, ptr %arrayidx47, align 8
  %data48 = getelementptr inbounds %struct.Buffer, ptr %58, i32 0, i32 3
  %59 = load ptr, ptr %data48, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.end40
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %59, %cond.true ], [ null, %cond.false ]
  store ptr %cond, ptr %scalars, align 8
  %60 = load ptr, ptr %record.addr, align 8
  %program = getelementptr inbounds %struct.JaxRecord, ptr %60, i32 0, i32 3
  %61 = load ptr, ptr %program, align 8
  %62 = load ptr, ptr %scalars, align 8
  %call49 = call i64 @dovetail_run_program(ptr noundef %61, ptr noundef %vla, ptr noundef %62, ptr noundef @dovetail_jax_for) #6
  store i64 %call49, ptr %status, align 8
  %63 = load i64, ptr %status, align 8
  %and = and i64 %63, 4
  %tobool = icmp ne i64 %and, 0
  br i1 %tobool, label %if.then50, label %if.end52

if.then50:                                        ; preds = %cond.end
  %64 = load ptr, ptr %frame.addr, align 8
  %call51 = call ptr @failed(ptr noundef %64, ptr noundef @.str.1, i32 noundef 8) #6
  store ptr %call51, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end52:                                         ; preds = %cond.end
  %65 = load i64, ptr %status, align 8
  %tobool53 = icmp ne i64 %65, 0
  br i1 %tobool53, label %if.then54, label %if.end56

if.then54:                                        ; preds = %if.end52
  %66 = load ptr, ptr %frame.addr, align 8
  %call55 = call ptr @failed(ptr noundef %66, ptr noundef @.str.2, i32 noundef 11) #6
  store ptr %call55, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end56:                                         ; preds = %if.end52
  store ptr null, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %if.end56, %if.then54, %if.then50
  %67 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %67)
  br label %return

return:                                           ; preds = %cleanup, %if.then6, %if.then
  %68 = load ptr, ptr %retval, align 8
  ret ptr %68
}

; Function Attrs: uwtable(sync)
define ptr @handler_1(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 1), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_2(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 2), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_3(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 3), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_4(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 4), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_5(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 5), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_6(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 6), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_7(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 7), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_8(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 8), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_9(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 9), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_10(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 10), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_11(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 11), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_12(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 12), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_13(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 13), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_14(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 14), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_15(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 15), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_16(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 16), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_17(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 17), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_18(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 18), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_19(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 19), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_20(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 20), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_21(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 21), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_22(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 22), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_23(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 23), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_24(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 24), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_25(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 25), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_26(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 26), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_27(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 27), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_28(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 28), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_29(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 29), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_30(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 30), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_31(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 31), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_32(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 32), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_33(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 33), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_34(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 34), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_35(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 35), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_36(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 36), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_37(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 37), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_38(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 38), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_39(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 39), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_40(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 40), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_41(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 41), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_42(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 42), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_43(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 43), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_44(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 44), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_45(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 45), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_46(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 46), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_47(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 47), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_48(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 48), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_49(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 49), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_50(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 50), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_51(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 51), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_52(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 52), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_53(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 53), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_54(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 54), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_55(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 55), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_56(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 56), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_57(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 57), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_58(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 58), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_59(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 59), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_60(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 60), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_61(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 61), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_62(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 62), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_63(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 63), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #6
  ret ptr %call
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal zeroext i1 @was_asked(ptr noundef %frame, i32 noundef %traits) #1 {
entry:
  %retval = alloca i1, align 1
  %frame.addr = alloca ptr, align 8
  %traits.addr = alloca i32, align 4
  %metadata = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  store i32 %traits, ptr %traits.addr, align 4
  %0 = load ptr, ptr %frame.addr, align 8
  %extension = getelementptr inbounds %struct.Frame, ptr %0, i32 0, i32 1
  %1 = load ptr, ptr %extension, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %lor.lhs.false, label %if.then

lor.lhs.false:                                    ; preds = %entry
  %2 = load ptr, ptr %frame.addr, align 8
  %extension1 = getelementptr inbounds %struct.Frame, ptr %2, i32 0, i32 1
  %3 = load ptr, ptr %extension1, align 8
  %type = getelementptr inbounds %struct.Extension, ptr %3, i32 0, i32 1
  %4 = load i32, ptr %type, align 8
  %cmp = icmp ne i32 %4, 1
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %lor.lhs.false
  %5 = load ptr, ptr %frame.addr, align 8
  %extension2 = getelementptr inbounds %struct.Frame, ptr %5, i32 0, i32 1
  %6 = load ptr, ptr %extension2, align 8
  %metadata3 = getelementptr inbounds %struct.MetadataExtension, ptr %6, i32 0, i32 1
  %7 = load ptr, ptr %metadata3, align 8
  store ptr %7, ptr %metadata, align 8
  %8 = load ptr, ptr %frame.addr, align 8
  %api = getelementptr inbounds %struct.Frame, ptr %8, i32 0, i32 2
  %9 = load ptr, ptr %api, align 8
  %version = getelementptr inbounds %struct.Api, ptr %9, i32 0, i32 2
  %major = getelementptr inbounds %struct.Version, ptr %version, i32 0, i32 2
  %10 = load i32, ptr %major, align 8
  %11 = load ptr, ptr %metadata, align 8
  %version4 = getelementptr inbounds %struct.Metadata, ptr %11, i32 0, i32 1
  %major5 = getelementptr inbounds %struct.Version, ptr %version4, i32 0, i32 2
  store i32 %10, ptr %major5, align 8
  %12 = load ptr, ptr %frame.addr, align 8
  %api6 = getelementptr inbounds %struct.Frame, ptr %12, i32 0, i32 2
  %13 = load ptr, ptr %api6, align 8
  %version7 = getelementptr inbounds %struct.Api, ptr %13, i32 0, i32 2
  %minor = getelementptr inbounds %struct.Version, ptr %version7, i32 0, i32 3
  %14 = load i32, ptr %minor, align 4
  %15 = load ptr, ptr %metadata, align 8
  %version8 = getelementptr inbounds %struct.Metadata, ptr %15, i32 0, i32 1
  %minor9 = getelementptr inbounds %struct.Version, ptr %version8, i32 0, i32 3
  store i32 %14, ptr %minor9, align 4
  %16 = load i32, ptr %traits.addr, align 4
  %17 = load ptr, ptr %metadata, align 8
  %traits10 = getelementptr inbounds %struct.Metadata, ptr %17, i32 0, i32 2
  store i32 %16, ptr %traits10, align 8
  store i1 true, ptr %retval, align 1
  br label %return

return:                                           ; preds = %if.end, %if.then
  %18 = load i1, ptr %retval, align 1
  ret i1 %18
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal zeroext i1 @fits(ptr noundef %given, i64 noundef %count, ptr noundef %words) #1 {
entry:
  %retval = alloca i1, align 1
  %given.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %words.addr = alloca ptr, align 8
  %i = alloca i64, align 8
  %buffer = alloca ptr, align 8
  store ptr %given, ptr %given.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  %0 = load ptr, ptr %given.addr, align 8
  %count1 = getelementptr inbounds %struct.Buffers, ptr %0, i32 0, i32 2
  %1 = load i64, ptr %count1, align 8
  %2 = load i64, ptr %count.addr, align 8
  %cmp = icmp ne i64 %1, %2
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %3 = load i64, ptr %i, align 8
  %4 = load i64, ptr %count.addr, align 8
  %cmp2 = icmp slt i64 %3, %4
  br i1 %cmp2, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %5 = load ptr, ptr %given.addr, align 8
  %buffers = getelementptr inbounds %struct.Buffers, ptr %5, i32 0, i32 4
  %6 = load ptr, ptr %buffers, align 8
  %7 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %6, i64 %7
  %8 = load ptr, ptr %arrayidx, align 8
  store ptr %8, ptr %buffer, align 8
  %9 = load ptr, ptr %buffer, align 8
  %dtype = getelementptr inbounds %struct.Buffer, ptr %9, i32 0, i32 2
  %10 = load i32, ptr %dtype, align 8
  %conv = sext i32 %10 to i64
  %11 = load ptr, ptr %words.addr, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %11, i64 0
  %12 = load i64, ptr %arrayidx3, align 8
  %cmp4 = icmp ne i64 %conv, %12
  br i1 %cmp4, label %if.then13, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %for.body
  %13 = load ptr, ptr %buffer, align 8
  %rank = getelementptr inbounds %struct.Buffer, ptr %13, i32 0, i32 4
  %14 = load i64, ptr %rank, align 8
  %15 = load ptr, ptr %words.addr, align 8
  %arrayidx6 = getelementptr inbounds i64, ptr %15, i64 1
  %16 = load i64, ptr %arrayidx6, align 8
  %cmp7 = icmp ne i64 %14, %16
  br i1 %cmp7, label %if.then13, label %lor.lhs.false9

lor.lhs.false9:                                   ; preds = %lor.lhs.false
  %17 = load ptr, ptr %buffer, align 8
  %sizes = getelementptr inbounds %struct.Buffer, ptr %17, i32 0, i32 5
  %18 = load ptr, ptr %sizes, align 8
  %19 = load ptr, ptr %words.addr, align 8
  %add.ptr = getelementptr inbounds i64, ptr %19, i64 2
  %20 = load ptr, ptr %buffer, align 8
  %rank10 = getelementptr inbounds %struct.Buffer, ptr %20, i32 0, i32 4
  %21 = load i64, ptr %rank10, align 8
  %mul = mul i64 %21, 8
  %call = call i32 @memcmp(ptr noundef %18, ptr noundef %add.ptr, i64 noundef %mul) #7
  %cmp11 = icmp ne i32 %call, 0
  br i1 %cmp11, label %if.then13, label %if.end14

if.then13:                                        ; preds = %lor.lhs.false9, %lor.lhs.false, %for.body
  store i1 false, ptr %retval, align 1
  br label %return

if.end14:                                         ; preds = %lor.lhs.false9
  %22 = load ptr, ptr %buffer, align 8
  %rank15 = getelementptr inbounds %struct.Buffer, ptr %22, i32 0, i32 4
  %23 = load i64, ptr %rank15, align 8
  %add = add nsw i64 2, %23
  %24 = load ptr, ptr %words.addr, align 8
  %add.ptr16 = getelementptr inbounds i64, ptr %24, i64 %add
  store ptr %add.ptr16, ptr %words.addr, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end14
  %25 = load i64, ptr %i, align 8
  %inc = add nsw i64 %25, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %for.cond
  store i1 true, ptr %retval, align 1
  br label %return

return:                                           ; preds = %for.end, %if.then13, %if.then
  %26 = load i1, ptr %retval, align 1
  ret i1 %26
}

; Function Attrs: inlinehint uwtable(sync)
define internal ptr @failed(ptr noundef %frame, ptr noundef %message, i32 noundef %code) #2 {
entry:
  %frame.addr = alloca ptr, align 8
  %message.addr = alloca ptr, align 8
  %code.addr = alloca i32, align 4
  %arguments = alloca %struct.ErrorArguments, align 8
  store ptr %frame, ptr %frame.addr, align 8
  store ptr %message, ptr %message.addr, align 8
  store i32 %code, ptr %code.addr, align 4
  %size = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 0
  store i64 28, ptr %size, align 8
  %extension = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 1
  store ptr null, ptr %extension, align 8
  %message1 = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 2
  %0 = load ptr, ptr %message.addr, align 8
  store ptr %0, ptr %message1, align 8
  %code2 = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 3
  %1 = load i32, ptr %code.addr, align 4
  store i32 %1, ptr %code2, align 8
  %2 = load ptr, ptr %frame.addr, align 8
  %api = getelementptr inbounds %struct.Frame, ptr %2, i32 0, i32 2
  %3 = load ptr, ptr %api, align 8
  %create_error = getelementptr inbounds %struct.Api, ptr %3, i32 0, i32 4
  %4 = load ptr, ptr %create_error, align 8
  %call = call ptr %4(ptr noundef %arguments) #6
  ret ptr %call
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #3

declare void @dovetail_in_huge_pages(ptr noundef, i64 noundef)

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

declare void @dovetail_jax_for(ptr noundef, ptr noundef, i64 noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #3

; Function Attrs: nounwind
declare i32 @memcmp(ptr noundef, ptr noundef, i64 noundef) #5

attributes #0 = { uwtable(sync) }
attributes #1 = { inlinehint nounwind uwtable(sync) }
attributes #2 = { inlinehint uwtable(sync) }
attributes #3 = { nocallback nofree nosync nounwind willreturn }
attributes #5 = { nounwind }
attributes #6 = { nobuiltin }
attributes #7 = { nobuiltin nounwind }

!4 = distinct !{!4, !5}
!5 = !{!"llvm.loop.mustprogress"}
!6 = distinct !{!6, !5}
!7 = distinct !{!7, !5}
