; Made of tensorflow.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: f06f1a2f2f652193394774df29ca143b31e8b93895101bd527b9f9fcc30e7d57

%struct.TensorflowRecord = type { i64, i64, ptr, i64 }
%struct.TensorflowPlan = type { %struct.PlanHead, ptr, ptr, i64, i64 }
%struct.PlanHead = type { i64, i64, ptr }
%struct.TensorflowOutput = type { i64, ptr, i64, i64, i64 }

@.str = private unnamed_addr constant [10 x i8] c"operation\00", align 1
@.str.1 = private unnamed_addr constant [72 x i8] c"the definition has other inputs or outputs than when the graph was made\00", align 1
@.str.2 = private unnamed_addr constant [35 x i8] c"the outputs could not be allocated\00", align 1
@.str.3 = private unnamed_addr constant [49 x i8] c"there is no memory for the temporaries of a call\00", align 1
@.str.4 = private unnamed_addr constant [89 x i8] c"an index is out of range: check labels and indices against the number of classes or rows\00", align 1

; Function Attrs: uwtable(sync)
define void @unknown_shape(ptr noundef %context, ptr noundef %status) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %status.addr = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store ptr %status, ptr %status.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  %1 = load ptr, ptr %status.addr, align 8
  call void @TF_ShapeInferenceContextSetUnknownShape(ptr noundef %0, ptr noundef %1) #6
  ret void
}

declare void @TF_ShapeInferenceContextSetUnknownShape(ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define ptr @create(ptr noundef %construction) #0 {
entry:
  %construction.addr = alloca ptr, align 8
  %list = alloca i32, align 4
  %length = alloca i32, align 4
  %status = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %record = alloca ptr, align 8
  store ptr %construction, ptr %construction.addr, align 8
  store i32 0, ptr %length, align 4
  %call = call ptr @TF_NewStatus() #6
  store ptr %call, ptr %status, align 8
  %0 = load ptr, ptr %construction.addr, align 8
  %1 = load ptr, ptr %status, align 8
  call void @TF_OpKernelConstruction_GetAttrSize(ptr noundef %0, ptr noundef @.str, ptr noundef %list, ptr noundef %length, ptr noundef %1) #6
  %2 = load i32, ptr %length, align 4
  %add = add nsw i32 %2, 1
  %3 = zext i32 %add to i64
  %4 = call ptr @llvm.stacksave.p0()
  store ptr %4, ptr %saved_stack, align 8
  %vla = alloca i8, i64 %3, align 1
  store i64 %3, ptr %__vla_expr0, align 8
  %5 = load ptr, ptr %construction.addr, align 8
  %6 = load i32, ptr %length, align 4
  %conv = sext i32 %6 to i64
  %7 = load ptr, ptr %status, align 8
  call void @TF_OpKernelConstruction_GetAttrString(ptr noundef %5, ptr noundef @.str, ptr noundef %vla, i64 noundef %conv, ptr noundef %7) #6
  %8 = load i32, ptr %length, align 4
  %conv1 = sext i32 %8 to i64
  %9 = load ptr, ptr %status, align 8
  %call2 = call ptr @dovetail_tensorflow_find(ptr noundef %vla, i64 noundef %conv1, ptr noundef %9) #6
  store ptr %call2, ptr %record, align 8
  %10 = load ptr, ptr %record, align 8
  %tobool = icmp ne ptr %10, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %entry
  %11 = load ptr, ptr %construction.addr, align 8
  %12 = load ptr, ptr %status, align 8
  call void @TF_OpKernelConstruction_Failure(ptr noundef %11, ptr noundef %12) #6
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  %13 = load ptr, ptr %status, align 8
  call void @TF_DeleteStatus(ptr noundef %13) #6
  %14 = load ptr, ptr %record, align 8
  %15 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %15)
  ret ptr %14
}

declare ptr @TF_NewStatus()

declare void @TF_OpKernelConstruction_GetAttrSize(ptr noundef, ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #2

declare void @TF_OpKernelConstruction_GetAttrString(ptr noundef, ptr noundef, ptr noundef, i64 noundef, ptr noundef)

declare ptr @dovetail_tensorflow_find(ptr noundef, i64 noundef, ptr noundef)

declare void @TF_OpKernelConstruction_Failure(ptr noundef, ptr noundef)

declare void @TF_DeleteStatus(ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #2

; Function Attrs: nounwind uwtable(sync)
define void @delete(ptr noundef %record) #3 {
entry:
  %record.addr = alloca ptr, align 8
  store ptr %record, ptr %record.addr, align 8
  %0 = load ptr, ptr %record.addr, align 8
  ret void
}

; Function Attrs: uwtable(sync)
define void @compute(ptr noundef %record, ptr noundef %context) #0 {
entry:
  %record.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %inputs = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %status = alloca ptr, align 8
  %i = alloca i64, align 8
  store ptr %record, ptr %record.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  %0 = load ptr, ptr %record.addr, align 8
  %arrays = getelementptr inbounds %struct.TensorflowRecord, ptr %0, i32 0, i32 0
  %1 = load i64, ptr %arrays, align 8
  %2 = load ptr, ptr %record.addr, align 8
  %scalars = getelementptr inbounds %struct.TensorflowRecord, ptr %2, i32 0, i32 1
  %3 = load i64, ptr %scalars, align 8
  %cmp = icmp sgt i64 %3, 0
  %conv = zext i1 %cmp to i32
  %conv1 = sext i32 %conv to i64
  %add = add nsw i64 %1, %conv1
  store i64 %add, ptr %inputs, align 8
  %4 = load i64, ptr %inputs, align 8
  %add2 = add nsw i64 %4, 1
  %5 = call ptr @llvm.stacksave.p0()
  store ptr %5, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add2, align 8
  store i64 %add2, ptr %__vla_expr0, align 8
  %call = call ptr @TF_NewStatus() #6
  store ptr %call, ptr %status, align 8
  %6 = load ptr, ptr %context.addr, align 8
  %call3 = call i32 @TF_NumInputs(ptr noundef %6) #6
  %conv4 = sext i32 %call3 to i64
  %7 = load i64, ptr %inputs, align 8
  %cmp5 = icmp ne i64 %conv4, %7
  br i1 %cmp5, label %if.then, label %if.else

if.then:                                          ; preds = %entry
  store i64 0, ptr %inputs, align 8
  %8 = load ptr, ptr %status, align 8
  call void @TF_SetStatus(ptr noundef %8, i32 noundef 3, ptr noundef @.str.1) #6
  br label %if.end

if.else:                                          ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.else
  %9 = load i64, ptr %i, align 8
  %10 = load i64, ptr %inputs, align 8
  %cmp7 = icmp slt i64 %9, %10
  br i1 %cmp7, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %11 = load ptr, ptr %context.addr, align 8
  %12 = load i64, ptr %i, align 8
  %conv9 = trunc i64 %12 to i32
  %13 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %vla, i64 %13
  %14 = load ptr, ptr %status, align 8
  call void @TF_GetInput(ptr noundef %11, i32 noundef %conv9, ptr noundef %arrayidx, ptr noundef %14) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %15 = load i64, ptr %i, align 8
  %inc = add nsw i64 %15, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  %16 = load ptr, ptr %record.addr, align 8
  %17 = load ptr, ptr %context.addr, align 8
  %18 = load ptr, ptr %status, align 8
  call void @answer(ptr noundef %16, ptr noundef %17, ptr noundef %vla, ptr noundef %18) #6
  br label %if.end

if.end:                                           ; preds = %for.end, %if.then
  %19 = load ptr, ptr %status, align 8
  %call10 = call i32 @TF_GetCode(ptr noundef %19) #6
  %cmp11 = icmp ne i32 %call10, 0
  br i1 %cmp11, label %if.then13, label %if.end14

if.then13:                                        ; preds = %if.end
  %20 = load ptr, ptr %context.addr, align 8
  %21 = load ptr, ptr %status, align 8
  call void @TF_OpKernelContext_Failure(ptr noundef %20, ptr noundef %21) #6
  br label %if.end14

if.end14:                                         ; preds = %if.then13, %if.end
  %22 = load i64, ptr %inputs, align 8
  call void @drop(ptr noundef %vla, i64 noundef %22) #6
  %23 = load ptr, ptr %status, align 8
  call void @TF_DeleteStatus(ptr noundef %23) #6
  %24 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %24)
  ret void
}

declare i32 @TF_NumInputs(ptr noundef)

declare void @TF_SetStatus(ptr noundef, i32 noundef, ptr noundef)

declare void @TF_GetInput(ptr noundef, i32 noundef, ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @answer(ptr noundef %record, ptr noundef %context, ptr noundef %tensors, ptr noundef %status) #0 {
entry:
  %record.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %tensors.addr = alloca ptr, align 8
  %status.addr = alloca ptr, align 8
  %outputs = alloca i64, align 8
  %made = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %__vla_expr1 = alloca i64, align 8
  %scalars = alloca ptr, align 8
  %floats = alloca ptr, align 8
  %cleanup.dest.slot = alloca i32, align 4
  %plan = alloca ptr, align 8
  store ptr %record, ptr %record.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store ptr %tensors, ptr %tensors.addr, align 8
  store ptr %status, ptr %status.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  %call = call i32 @TF_NumOutputs(ptr noundef %0) #6
  %conv = sext i32 %call to i64
  store i64 %conv, ptr %outputs, align 8
  store i64 0, ptr %made, align 8
  %1 = load ptr, ptr %record.addr, align 8
  %arrays = getelementptr inbounds %struct.TensorflowRecord, ptr %1, i32 0, i32 0
  %2 = load i64, ptr %arrays, align 8
  %3 = load i64, ptr %outputs, align 8
  %add = add nsw i64 %2, %3
  %4 = call ptr @llvm.stacksave.p0()
  store ptr %4, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add, align 8
  store i64 %add, ptr %__vla_expr0, align 8
  %5 = load i64, ptr %outputs, align 8
  %vla1 = alloca ptr, i64 %5, align 8
  store i64 %5, ptr %__vla_expr1, align 8
  store ptr null, ptr %scalars, align 8
  %6 = load ptr, ptr %record.addr, align 8
  %scalars2 = getelementptr inbounds %struct.TensorflowRecord, ptr %6, i32 0, i32 1
  %7 = load i64, ptr %scalars2, align 8
  %cmp = icmp sgt i64 %7, 0
  br i1 %cmp, label %if.then, label %if.end14

if.then:                                          ; preds = %entry
  %8 = load ptr, ptr %tensors.addr, align 8
  %9 = load ptr, ptr %record.addr, align 8
  %arrays4 = getelementptr inbounds %struct.TensorflowRecord, ptr %9, i32 0, i32 0
  %10 = load i64, ptr %arrays4, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %8, i64 %10
  %11 = load ptr, ptr %arrayidx, align 8
  store ptr %11, ptr %floats, align 8
  %12 = load ptr, ptr %floats, align 8
  %call5 = call i32 @TF_TensorType(ptr noundef %12) #6
  %cmp6 = icmp ne i32 %call5, 2
  br i1 %cmp6, label %if.then12, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.then
  %13 = load ptr, ptr %floats, align 8
  %call8 = call i64 @TF_TensorElementCount(ptr noundef %13) #6
  %14 = load ptr, ptr %record.addr, align 8
  %scalars9 = getelementptr inbounds %struct.TensorflowRecord, ptr %14, i32 0, i32 1
  %15 = load i64, ptr %scalars9, align 8
  %cmp10 = icmp ne i64 %call8, %15
  br i1 %cmp10, label %if.then12, label %if.end

if.then12:                                        ; preds = %lor.lhs.false, %if.then
  %16 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %16, i32 noundef 3, ptr noundef @.str.1) #6
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end:                                           ; preds = %lor.lhs.false
  %17 = load ptr, ptr %floats, align 8
  %call13 = call ptr @TF_TensorData(ptr noundef %17) #6
  store ptr %call13, ptr %scalars, align 8
  br label %if.end14

if.end14:                                         ; preds = %if.end, %entry
  %18 = load ptr, ptr %record.addr, align 8
  %19 = load ptr, ptr %tensors.addr, align 8
  %20 = load ptr, ptr %status.addr, align 8
  %call15 = call ptr @plan_for(ptr noundef %18, ptr noundef %19, ptr noundef %vla, ptr noundef %20) #6
  store ptr %call15, ptr %plan, align 8
  %21 = load ptr, ptr %plan, align 8
  %tobool = icmp ne ptr %21, null
  br i1 %tobool, label %if.end17, label %if.then16

if.then16:                                        ; preds = %if.end14
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end17:                                         ; preds = %if.end14
  %22 = load ptr, ptr %plan, align 8
  %count = getelementptr inbounds %struct.TensorflowPlan, ptr %22, i32 0, i32 3
  %23 = load i64, ptr %count, align 8
  %24 = load i64, ptr %outputs, align 8
  %cmp18 = icmp ne i64 %23, %24
  br i1 %cmp18, label %if.then20, label %if.end21

if.then20:                                        ; preds = %if.end17
  %25 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %25, i32 noundef 3, ptr noundef @.str.1) #6
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end21:                                         ; preds = %if.end17
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end21
  %26 = load i64, ptr %made, align 8
  %27 = load i64, ptr %outputs, align 8
  %cmp22 = icmp slt i64 %26, %27
  br i1 %cmp22, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %28 = load ptr, ptr %context.addr, align 8
  %29 = load i64, ptr %made, align 8
  %conv24 = trunc i64 %29 to i32
  %30 = load ptr, ptr %plan, align 8
  %outputs25 = getelementptr inbounds %struct.TensorflowPlan, ptr %30, i32 0, i32 2
  %31 = load ptr, ptr %outputs25, align 8
  %32 = load i64, ptr %made, align 8
  %arrayidx26 = getelementptr inbounds %struct.TensorflowOutput, ptr %31, i64 %32
  %33 = load ptr, ptr %status.addr, align 8
  %call27 = call ptr @allocate(ptr noundef %28, i32 noundef %conv24, ptr noundef %arrayidx26, ptr noundef %33) #6
  %34 = load i64, ptr %made, align 8
  %arrayidx28 = getelementptr inbounds ptr, ptr %vla1, i64 %34
  store ptr %call27, ptr %arrayidx28, align 8
  %35 = load i64, ptr %made, align 8
  %arrayidx29 = getelementptr inbounds ptr, ptr %vla1, i64 %35
  %36 = load ptr, ptr %arrayidx29, align 8
  %tobool30 = icmp ne ptr %36, null
  br i1 %tobool30, label %if.end32, label %if.then31

if.then31:                                        ; preds = %for.body
  br label %for.end

if.end32:                                         ; preds = %for.body
  %37 = load i64, ptr %made, align 8
  %arrayidx33 = getelementptr inbounds ptr, ptr %vla1, i64 %37
  %38 = load ptr, ptr %arrayidx33, align 8
  %call34 = call ptr @TF_TensorData(ptr noundef %38) #6
  %39 = load ptr, ptr %record.addr, align 8
  %arrays35 = getelementptr inbounds %struct.TensorflowRecord, ptr %39, i32 0, i32 0
  %40 = load i64, ptr %arrays35, align 8
  %41 = load i64, ptr %made, align 8
  %add36 = add nsw i64 %40, %41
  %arrayidx37 = getelementptr inbounds ptr, ptr %vla, i64 %add36
  store ptr %call34, ptr %arrayidx37, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end32
  %42 = load i64, ptr %made, align 8
  %inc = add nsw i64 %42, 1
  store i64 %inc, ptr %made, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %if.then31, %for.cond
  %43 = load i64, ptr %made, align 8
  %44 = load i64, ptr %outputs, align 8
  %cmp38 = icmp eq i64 %43, %44
  br i1 %cmp38, label %if.then40, label %if.end41

if.then40:                                        ; preds = %for.end
  %45 = load ptr, ptr %plan, align 8
  %46 = load ptr, ptr %scalars, align 8
  %47 = load ptr, ptr %status.addr, align 8
  call void @run(ptr noundef %45, ptr noundef %vla, ptr noundef %46, ptr noundef %47) #6
  br label %if.end41

if.end41:                                         ; preds = %if.then40, %for.end
  %48 = load i64, ptr %made, align 8
  call void @drop(ptr noundef %vla1, i64 noundef %48) #6
  store i32 0, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %if.end41, %if.then20, %if.then16, %if.then12
  %49 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %49)
  %cleanup.dest = load i32, ptr %cleanup.dest.slot, align 4
  switch i32 %cleanup.dest, label %unreachable [
    i32 0, label %cleanup.cont
    i32 1, label %cleanup.cont
  ]

cleanup.cont:                                     ; preds = %cleanup, %cleanup
  ret void

unreachable:                                      ; preds = %cleanup
  unreachable
}

declare i32 @TF_GetCode(ptr noundef)

declare void @TF_OpKernelContext_Failure(ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @drop(ptr noundef %tensors, i64 noundef %count) #0 {
entry:
  %tensors.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %tensors, ptr %tensors.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %tensors.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 %3
  %4 = load ptr, ptr %arrayidx, align 8
  call void @TF_DeleteTensor(ptr noundef %4) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  ret void
}

declare i32 @TF_NumOutputs(ptr noundef)

declare i32 @TF_TensorType(ptr noundef)

declare i64 @TF_TensorElementCount(ptr noundef)

declare ptr @TF_TensorData(ptr noundef)

; Function Attrs: uwtable(sync)
define internal ptr @plan_for(ptr noundef %record, ptr noundef %arrays, ptr noundef %given, ptr noundef %status) #0 {
entry:
  %record.addr = alloca ptr, align 8
  %arrays.addr = alloca ptr, align 8
  %given.addr = alloca ptr, align 8
  %status.addr = alloca ptr, align 8
  %words = alloca i64, align 8
  %i = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %length = alloca i64, align 8
  %hash = alloca i64, align 8
  %i4 = alloca i64, align 8
  %rank = alloca i32, align 4
  %head = alloca ptr, align 8
  %dimension = alloca i32, align 4
  %table = alloca ptr, align 8
  %atomic-temp = alloca ptr, align 8
  %plan = alloca ptr, align 8
  store ptr %record, ptr %record.addr, align 8
  store ptr %arrays, ptr %arrays.addr, align 8
  store ptr %given, ptr %given.addr, align 8
  store ptr %status, ptr %status.addr, align 8
  store i64 0, ptr %words, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load ptr, ptr %record.addr, align 8
  %arrays1 = getelementptr inbounds %struct.TensorflowRecord, ptr %1, i32 0, i32 0
  %2 = load i64, ptr %arrays1, align 8
  %cmp = icmp slt i64 %0, %2
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %3 = load ptr, ptr %arrays.addr, align 8
  %4 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %3, i64 %4
  %5 = load ptr, ptr %arrayidx, align 8
  %call = call i32 @TF_NumDims(ptr noundef %5) #6
  %add = add nsw i32 1, %call
  %conv = sext i32 %add to i64
  %6 = load i64, ptr %words, align 8
  %add2 = add nsw i64 %6, %conv
  store i64 %add2, ptr %words, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %7 = load i64, ptr %i, align 8
  %inc = add nsw i64 %7, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  %8 = load i64, ptr %words, align 8
  %add3 = add nsw i64 %8, 1
  %9 = call ptr @llvm.stacksave.p0()
  store ptr %9, ptr %saved_stack, align 8
  %vla = alloca i64, i64 %add3, align 8
  store i64 %add3, ptr %__vla_expr0, align 8
  store i64 0, ptr %length, align 8
  store i64 -3750763034362895579, ptr %hash, align 8
  store i64 0, ptr %i4, align 8
  br label %for.cond5

for.cond5:                                        ; preds = %for.inc38, %for.end
  %10 = load i64, ptr %i4, align 8
  %11 = load ptr, ptr %record.addr, align 8
  %arrays6 = getelementptr inbounds %struct.TensorflowRecord, ptr %11, i32 0, i32 0
  %12 = load i64, ptr %arrays6, align 8
  %cmp7 = icmp slt i64 %10, %12
  br i1 %cmp7, label %for.body9, label %for.end40

for.body9:                                        ; preds = %for.cond5
  %13 = load ptr, ptr %arrays.addr, align 8
  %14 = load i64, ptr %i4, align 8
  %arrayidx10 = getelementptr inbounds ptr, ptr %13, i64 %14
  %15 = load ptr, ptr %arrayidx10, align 8
  %call11 = call i32 @TF_NumDims(ptr noundef %15) #6
  store i32 %call11, ptr %rank, align 4
  %16 = load i64, ptr %length, align 8
  %arrayidx12 = getelementptr inbounds i64, ptr %vla, i64 %16
  store ptr %arrayidx12, ptr %head, align 8
  %17 = load ptr, ptr %arrays.addr, align 8
  %18 = load i64, ptr %i4, align 8
  %arrayidx13 = getelementptr inbounds ptr, ptr %17, i64 %18
  %19 = load ptr, ptr %arrayidx13, align 8
  %call14 = call i32 @TF_TensorType(ptr noundef %19) #6
  %conv15 = sext i32 %call14 to i64
  %shl = shl i64 %conv15, 8
  %20 = load i32, ptr %rank, align 4
  %conv16 = sext i32 %20 to i64
  %or = or i64 %shl, %conv16
  %21 = load ptr, ptr %head, align 8
  %arrayidx17 = getelementptr inbounds i64, ptr %21, i64 0
  store i64 %or, ptr %arrayidx17, align 8
  store i32 0, ptr %dimension, align 4
  br label %for.cond18

for.cond18:                                       ; preds = %for.inc26, %for.body9
  %22 = load i32, ptr %dimension, align 4
  %23 = load i32, ptr %rank, align 4
  %cmp19 = icmp slt i32 %22, %23
  br i1 %cmp19, label %for.body21, label %for.end28

for.body21:                                       ; preds = %for.cond18
  %24 = load ptr, ptr %arrays.addr, align 8
  %25 = load i64, ptr %i4, align 8
  %arrayidx22 = getelementptr inbounds ptr, ptr %24, i64 %25
  %26 = load ptr, ptr %arrayidx22, align 8
  %27 = load i32, ptr %dimension, align 4
  %call23 = call i64 @TF_Dim(ptr noundef %26, i32 noundef %27) #6
  %28 = load ptr, ptr %head, align 8
  %29 = load i32, ptr %dimension, align 4
  %add24 = add nsw i32 1, %29
  %idxprom = sext i32 %add24 to i64
  %arrayidx25 = getelementptr inbounds i64, ptr %28, i64 %idxprom
  store i64 %call23, ptr %arrayidx25, align 8
  br label %for.inc26

for.inc26:                                        ; preds = %for.body21
  %30 = load i32, ptr %dimension, align 4
  %inc27 = add nsw i32 %30, 1
  store i32 %inc27, ptr %dimension, align 4
  br label %for.cond18, !llvm.loop !10

for.end28:                                        ; preds = %for.cond18
  %31 = load i32, ptr %rank, align 4
  %add29 = add nsw i32 1, %31
  %conv30 = sext i32 %add29 to i64
  %32 = load i64, ptr %length, align 8
  %add31 = add nsw i64 %32, %conv30
  store i64 %add31, ptr %length, align 8
  %33 = load i64, ptr %hash, align 8
  %34 = load ptr, ptr %head, align 8
  %35 = load i32, ptr %rank, align 4
  %add32 = add nsw i32 1, %35
  %conv33 = sext i32 %add32 to i64
  %call34 = call i64 @mix(i64 noundef %33, ptr noundef %34, i64 noundef %conv33) #6
  store i64 %call34, ptr %hash, align 8
  %36 = load ptr, ptr %arrays.addr, align 8
  %37 = load i64, ptr %i4, align 8
  %arrayidx35 = getelementptr inbounds ptr, ptr %36, i64 %37
  %38 = load ptr, ptr %arrayidx35, align 8
  %call36 = call ptr @TF_TensorData(ptr noundef %38) #6
  %39 = load ptr, ptr %given.addr, align 8
  %40 = load i64, ptr %i4, align 8
  %arrayidx37 = getelementptr inbounds ptr, ptr %39, i64 %40
  store ptr %call36, ptr %arrayidx37, align 8
  br label %for.inc38

for.inc38:                                        ; preds = %for.end28
  %41 = load i64, ptr %i4, align 8
  %inc39 = add nsw i64 %41, 1
  store i64 %inc39, ptr %i4, align 8
  br label %for.cond5, !llvm.loop !11

for.end40:                                        ; preds = %for.cond5
  %42 = load ptr, ptr %record.addr, align 8
  %table41 = getelementptr inbounds %struct.TensorflowRecord, ptr %42, i32 0, i32 2
  %43 = load atomic i64, ptr %table41 acquire, align 8
  store i64 %43, ptr %atomic-temp, align 8
  %44 = load ptr, ptr %atomic-temp, align 8
  store ptr %44, ptr %table, align 8
  %45 = load ptr, ptr %table, align 8
  %46 = load i64, ptr %hash, align 8
  %47 = load i64, ptr %length, align 8
  %call42 = call ptr @find(ptr noundef %45, i64 noundef %46, ptr noundef %vla, i64 noundef %47) #6
  store ptr %call42, ptr %plan, align 8
  %48 = load ptr, ptr %plan, align 8
  %tobool = icmp ne ptr %48, null
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.end40
  %49 = load ptr, ptr %plan, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.end40
  %50 = load ptr, ptr %record.addr, align 8
  %number = getelementptr inbounds %struct.TensorflowRecord, ptr %50, i32 0, i32 3
  %51 = load i64, ptr %number, align 8
  %52 = load i64, ptr %hash, align 8
  %53 = load i64, ptr %length, align 8
  %54 = load ptr, ptr %status.addr, align 8
  %call43 = call ptr @dovetail_tensorflow_resolve(i64 noundef %51, i64 noundef %52, ptr noundef %vla, i64 noundef %53, ptr noundef %54) #6
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %49, %cond.true ], [ %call43, %cond.false ]
  %55 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %55)
  ret ptr %cond
}

; Function Attrs: uwtable(sync)
define internal ptr @allocate(ptr noundef %context, i32 noundef %index, ptr noundef %output, ptr noundef %status) #0 {
entry:
  %retval = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %index.addr = alloca i32, align 4
  %output.addr = alloca ptr, align 8
  %status.addr = alloca ptr, align 8
  %dtype = alloca i32, align 4
  %rank = alloca i32, align 4
  %made = alloca ptr, align 8
  %block = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i32 %index, ptr %index.addr, align 4
  store ptr %output, ptr %output.addr, align 8
  store ptr %status, ptr %status.addr, align 8
  %0 = load ptr, ptr %output.addr, align 8
  %dtype1 = getelementptr inbounds %struct.TensorflowOutput, ptr %0, i32 0, i32 2
  %1 = load i64, ptr %dtype1, align 8
  %conv = trunc i64 %1 to i32
  store i32 %conv, ptr %dtype, align 4
  %2 = load ptr, ptr %output.addr, align 8
  %rank2 = getelementptr inbounds %struct.TensorflowOutput, ptr %2, i32 0, i32 0
  %3 = load i64, ptr %rank2, align 8
  %conv3 = trunc i64 %3 to i32
  store i32 %conv3, ptr %rank, align 4
  %4 = load ptr, ptr %context.addr, align 8
  %5 = load i32, ptr %index.addr, align 4
  %call = call i32 @TF_ExpectedOutputDataType(ptr noundef %4, i32 noundef %5) #6
  %6 = load i32, ptr %dtype, align 4
  %cmp = icmp ne i32 %call, %6
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %7 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %7, i32 noundef 3, ptr noundef @.str.1) #6
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %8 = load ptr, ptr %output.addr, align 8
  %block5 = getelementptr inbounds %struct.TensorflowOutput, ptr %8, i32 0, i32 3
  %9 = load i64, ptr %block5, align 8
  %cmp6 = icmp sgt i64 %9, 0
  br i1 %cmp6, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.end
  %10 = load ptr, ptr %output.addr, align 8
  %block8 = getelementptr inbounds %struct.TensorflowOutput, ptr %10, i32 0, i32 3
  %11 = load i64, ptr %block8, align 8
  %call9 = call ptr @dovetail_take(i64 noundef %11) #6
  br label %cond.end

cond.false:                                       ; preds = %if.end
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %call9, %cond.true ], [ null, %cond.false ]
  store ptr %cond, ptr %block, align 8
  %12 = load ptr, ptr %block, align 8
  %tobool = icmp ne ptr %12, null
  br i1 %tobool, label %if.then10, label %if.else

if.then10:                                        ; preds = %cond.end
  %13 = load i32, ptr %dtype, align 4
  %14 = load ptr, ptr %output.addr, align 8
  %sizes = getelementptr inbounds %struct.TensorflowOutput, ptr %14, i32 0, i32 1
  %15 = load ptr, ptr %sizes, align 8
  %16 = load i32, ptr %rank, align 4
  %17 = load ptr, ptr %block, align 8
  %18 = load ptr, ptr %output.addr, align 8
  %bytes = getelementptr inbounds %struct.TensorflowOutput, ptr %18, i32 0, i32 4
  %19 = load i64, ptr %bytes, align 8
  %20 = load ptr, ptr %output.addr, align 8
  %block11 = getelementptr inbounds %struct.TensorflowOutput, ptr %20, i32 0, i32 3
  %21 = load i64, ptr %block11, align 8
  %22 = inttoptr i64 %21 to ptr
  %call12 = call ptr @TF_NewTensor(i32 noundef %13, ptr noundef %15, i32 noundef %16, ptr noundef %17, i64 noundef %19, ptr noundef @give_back, ptr noundef %22) #6
  store ptr %call12, ptr %made, align 8
  %23 = load ptr, ptr %context.addr, align 8
  %24 = load i32, ptr %index.addr, align 4
  %25 = load ptr, ptr %made, align 8
  %26 = load ptr, ptr %status.addr, align 8
  call void @TF_SetOutput(ptr noundef %23, i32 noundef %24, ptr noundef %25, ptr noundef %26) #6
  br label %if.end16

if.else:                                          ; preds = %cond.end
  %27 = load ptr, ptr %context.addr, align 8
  %28 = load i32, ptr %index.addr, align 4
  %29 = load i32, ptr %dtype, align 4
  %30 = load ptr, ptr %output.addr, align 8
  %sizes13 = getelementptr inbounds %struct.TensorflowOutput, ptr %30, i32 0, i32 1
  %31 = load ptr, ptr %sizes13, align 8
  %32 = load i32, ptr %rank, align 4
  %33 = load ptr, ptr %output.addr, align 8
  %bytes14 = getelementptr inbounds %struct.TensorflowOutput, ptr %33, i32 0, i32 4
  %34 = load i64, ptr %bytes14, align 8
  %35 = load ptr, ptr %status.addr, align 8
  %call15 = call ptr @TF_AllocateOutput(ptr noundef %27, i32 noundef %28, i32 noundef %29, ptr noundef %31, i32 noundef %32, i64 noundef %34, ptr noundef %35) #6
  store ptr %call15, ptr %made, align 8
  br label %if.end16

if.end16:                                         ; preds = %if.else, %if.then10
  %36 = load ptr, ptr %made, align 8
  %tobool17 = icmp ne ptr %36, null
  br i1 %tobool17, label %if.end19, label %if.then18

if.then18:                                        ; preds = %if.end16
  %37 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %37, i32 noundef 8, ptr noundef @.str.2) #6
  br label %if.end19

if.end19:                                         ; preds = %if.then18, %if.end16
  %38 = load ptr, ptr %made, align 8
  store ptr %38, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end19, %if.then
  %39 = load ptr, ptr %retval, align 8
  ret ptr %39
}

; Function Attrs: uwtable(sync)
define internal void @run(ptr noundef %plan, ptr noundef %given, ptr noundef %scalars, ptr noundef %status) #0 {
entry:
  %plan.addr = alloca ptr, align 8
  %given.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %status.addr = alloca ptr, align 8
  %mode = alloca i32, align 4
  %failed = alloca i64, align 8
  store ptr %plan, ptr %plan.addr, align 8
  store ptr %given, ptr %given.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %status, ptr %status.addr, align 8
  %0 = load ptr, ptr %plan.addr, align 8
  %program = getelementptr inbounds %struct.TensorflowPlan, ptr %0, i32 0, i32 1
  %1 = load ptr, ptr %program, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %entry
  %2 = load ptr, ptr %plan.addr, align 8
  %number = getelementptr inbounds %struct.TensorflowPlan, ptr %2, i32 0, i32 4
  %3 = load i64, ptr %number, align 8
  %4 = load ptr, ptr %given.addr, align 8
  %5 = load ptr, ptr %scalars.addr, align 8
  %6 = load ptr, ptr %status.addr, align 8
  call void @dovetail_tensorflow_run(i64 noundef %3, ptr noundef %4, ptr noundef %5, ptr noundef %6) #6
  br label %if.end9

if.end:                                           ; preds = %entry
  %call = call i32 @get_float_mode() #6
  store i32 %call, ptr %mode, align 4
  %7 = load i32, ptr %mode, align 4
  %and = and i32 %7, -1
  call void @set_float_mode(i32 noundef %and) #6
  %8 = load ptr, ptr %plan.addr, align 8
  %program1 = getelementptr inbounds %struct.TensorflowPlan, ptr %8, i32 0, i32 1
  %9 = load ptr, ptr %program1, align 8
  %10 = load ptr, ptr %given.addr, align 8
  %11 = load ptr, ptr %scalars.addr, align 8
  %call2 = call i64 @dovetail_run_program(ptr noundef %9, ptr noundef %10, ptr noundef %11, ptr noundef @dovetail_tensorflow_for) #6
  store i64 %call2, ptr %failed, align 8
  %12 = load i32, ptr %mode, align 4
  call void @set_float_mode(i32 noundef %12) #6
  %13 = load i64, ptr %failed, align 8
  %and3 = and i64 %13, 4
  %tobool4 = icmp ne i64 %and3, 0
  br i1 %tobool4, label %if.then5, label %if.else

if.then5:                                         ; preds = %if.end
  %14 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %14, i32 noundef 8, ptr noundef @.str.3) #6
  br label %if.end9

if.else:                                          ; preds = %if.end
  %15 = load i64, ptr %failed, align 8
  %tobool6 = icmp ne i64 %15, 0
  br i1 %tobool6, label %if.then7, label %if.end8

if.then7:                                         ; preds = %if.else
  %16 = load ptr, ptr %status.addr, align 8
  call void @TF_SetStatus(ptr noundef %16, i32 noundef 3, ptr noundef @.str.4) #6
  br label %if.end8

if.end8:                                          ; preds = %if.then7, %if.else
  br label %if.end9

if.end9:                                          ; preds = %if.then, %if.end8, %if.then5
  ret void
}

declare i32 @TF_NumDims(ptr noundef)

declare i64 @TF_Dim(ptr noundef, i32 noundef)

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal i64 @mix(i64 noundef %hash, ptr noundef %words, i64 noundef %count) #4 {
entry:
  %hash.addr = alloca i64, align 8
  %words.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store i64 %hash, ptr %hash.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load i64, ptr %hash.addr, align 8
  %3 = load ptr, ptr %words.addr, align 8
  %4 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds i64, ptr %3, i64 %4
  %5 = load i64, ptr %arrayidx, align 8
  %xor = xor i64 %2, %5
  %mul = mul i64 %xor, -7046029254386353131
  store i64 %mul, ptr %hash.addr, align 8
  %6 = load i64, ptr %hash.addr, align 8
  %shr = lshr i64 %6, 29
  %7 = load i64, ptr %hash.addr, align 8
  %xor1 = xor i64 %7, %shr
  store i64 %xor1, ptr %hash.addr, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %8 = load i64, ptr %i, align 8
  %inc = add nsw i64 %8, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  %9 = load i64, ptr %hash.addr, align 8
  ret i64 %9
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal ptr @find(ptr noundef %table, i64 noundef %hash, ptr noundef %key, i64 noundef %length) #4 {
entry:
  %retval = alloca ptr, align 8
  %table.addr = alloca ptr, align 8
  %hash.addr = alloca i64, align 8
  %key.addr = alloca ptr, align 8
  %length.addr = alloca i64, align 8
  %mask = alloca i64, align 8
  %places = alloca ptr, align 8
  %place = alloca i64, align 8
  %plan = alloca ptr, align 8
  %atomic-temp = alloca ptr, align 8
  store ptr %table, ptr %table.addr, align 8
  store i64 %hash, ptr %hash.addr, align 8
  store ptr %key, ptr %key.addr, align 8
  store i64 %length, ptr %length.addr, align 8
  %0 = load ptr, ptr %table.addr, align 8
  %1 = load i64, ptr %0, align 8
  store i64 %1, ptr %mask, align 8
  %2 = load ptr, ptr %table.addr, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %2, i64 1
  store ptr %add.ptr, ptr %places, align 8
  %3 = load i64, ptr %hash.addr, align 8
  %4 = load i64, ptr %mask, align 8
  %and = and i64 %3, %4
  store i64 %and, ptr %place, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %5 = load ptr, ptr %places, align 8
  %6 = load i64, ptr %place, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %5, i64 %6
  %7 = load atomic i64, ptr %arrayidx acquire, align 8
  store i64 %7, ptr %atomic-temp, align 8
  %8 = load ptr, ptr %atomic-temp, align 8
  store ptr %8, ptr %plan, align 8
  %9 = load ptr, ptr %plan, align 8
  %tobool = icmp ne ptr %9, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %for.cond
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %for.cond
  %10 = load ptr, ptr %plan, align 8
  %hash1 = getelementptr inbounds %struct.PlanHead, ptr %10, i32 0, i32 0
  %11 = load i64, ptr %hash1, align 8
  %12 = load i64, ptr %hash.addr, align 8
  %cmp = icmp eq i64 %11, %12
  br i1 %cmp, label %land.lhs.true, label %if.end8

land.lhs.true:                                    ; preds = %if.end
  %13 = load ptr, ptr %plan, align 8
  %length2 = getelementptr inbounds %struct.PlanHead, ptr %13, i32 0, i32 1
  %14 = load i64, ptr %length2, align 8
  %15 = load i64, ptr %length.addr, align 8
  %cmp3 = icmp eq i64 %14, %15
  br i1 %cmp3, label %land.lhs.true4, label %if.end8

land.lhs.true4:                                   ; preds = %land.lhs.true
  %16 = load ptr, ptr %plan, align 8
  %key5 = getelementptr inbounds %struct.PlanHead, ptr %16, i32 0, i32 2
  %17 = load ptr, ptr %key5, align 8
  %18 = load ptr, ptr %key.addr, align 8
  %19 = load i64, ptr %length.addr, align 8
  %mul = mul i64 %19, 8
  %call = call i32 @memcmp(ptr noundef %17, ptr noundef %18, i64 noundef %mul) #7
  %cmp6 = icmp eq i32 %call, 0
  br i1 %cmp6, label %if.then7, label %if.end8

if.then7:                                         ; preds = %land.lhs.true4
  %20 = load ptr, ptr %plan, align 8
  store ptr %20, ptr %retval, align 8
  br label %return

if.end8:                                          ; preds = %land.lhs.true4, %land.lhs.true, %if.end
  br label %for.inc

for.inc:                                          ; preds = %if.end8
  %21 = load i64, ptr %place, align 8
  %add = add i64 %21, 1
  %22 = load i64, ptr %mask, align 8
  %and9 = and i64 %add, %22
  store i64 %and9, ptr %place, align 8
  br label %for.cond

return:                                           ; preds = %if.then7, %if.then
  %23 = load ptr, ptr %retval, align 8
  ret ptr %23
}

declare ptr @dovetail_tensorflow_resolve(i64 noundef, i64 noundef, ptr noundef, i64 noundef, ptr noundef)

; Function Attrs: nounwind
declare i32 @memcmp(ptr noundef, ptr noundef, i64 noundef) #5

declare i32 @TF_ExpectedOutputDataType(ptr noundef, i32 noundef)

declare ptr @dovetail_take(i64 noundef)

declare ptr @TF_NewTensor(i32 noundef, ptr noundef, i32 noundef, ptr noundef, i64 noundef, ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @give_back(ptr noundef %data, i64 noundef %bytes, ptr noundef %size) #0 {
entry:
  %data.addr = alloca ptr, align 8
  %bytes.addr = alloca i64, align 8
  %size.addr = alloca ptr, align 8
  store ptr %data, ptr %data.addr, align 8
  store i64 %bytes, ptr %bytes.addr, align 8
  store ptr %size, ptr %size.addr, align 8
  %0 = load i64, ptr %bytes.addr, align 8
  %1 = load ptr, ptr %data.addr, align 8
  %2 = load ptr, ptr %size.addr, align 8
  %3 = ptrtoint ptr %2 to i64
  call void @dovetail_give(ptr noundef %1, i64 noundef %3) #6
  ret void
}

declare void @TF_SetOutput(ptr noundef, i32 noundef, ptr noundef, ptr noundef)

declare ptr @TF_AllocateOutput(ptr noundef, i32 noundef, i32 noundef, ptr noundef, i32 noundef, i64 noundef, ptr noundef)

declare void @dovetail_give(ptr noundef, i64 noundef)

declare void @dovetail_tensorflow_run(i64 noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal i32 @get_float_mode() #4 {
entry:
  ret i32 0
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal void @set_float_mode(i32 noundef %mode) #4 {
entry:
  %mode.addr = alloca i32, align 4
  store i32 %mode, ptr %mode.addr, align 4
  %0 = load i32, ptr %mode.addr, align 4
  ret void
}

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

declare void @dovetail_tensorflow_for(ptr noundef, ptr noundef, i64 noundef)

declare void @TF_DeleteTensor(ptr noundef)

attributes #0 = { uwtable(sync) }
attributes #2 = { nocallback nofree nosync nounwind willreturn }
attributes #3 = { nounwind uwtable(sync) }
attributes #4 = { inlinehint nounwind uwtable(sync) }
attributes #5 = { nounwind }
attributes #6 = { nobuiltin }
attributes #7 = { nobuiltin nounwind }

!5 = distinct !{!5, !6}
!6 = !{!"llvm.loop.mustprogress"}
!7 = distinct !{!7, !6}
!8 = distinct !{!8, !6}
!9 = distinct !{!9, !6}
!10 = distinct !{!10, !6}
!11 = distinct !{!11, !6}
!12 = distinct !{!12, !6}
