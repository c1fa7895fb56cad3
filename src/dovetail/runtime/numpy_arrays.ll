; Made of numpy_arrays.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 2eb1d1cc605c474d90fbd4507891b4cbc033bfab91f0efa4fb761250938d19ce

%struct.PyObject = type { i64, ptr }
%struct.Array = type { %struct.PyObject, ptr, i32, ptr, ptr, ptr, ptr }
%struct.Descriptor = type { %struct.PyObject, ptr, i8, i8, i8, i8, i32 }

@dovetail_ndarray = external global %struct.PyObject, align 8
@_Py_NoneStruct = external global %struct.PyObject, align 8

; Function Attrs: nounwind
define ptr @dovetail_call_kernel(ptr noundef %bound, ptr noundef %arguments, i64 noundef %count) #0 {
entry:
  %retval = alloca ptr, align 8
  %bound.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %arrays = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %constants = alloca [5 x i64], align 16
  %i = alloca i64, align 8
  %argument = alloca ptr, align 8
  %i9 = alloca i32, align 4
  %layout = alloca ptr, align 8
  %i29 = alloca i64, align 8
  %state = alloca ptr, align 8
  %cleanup.dest.slot = alloca i32, align 4
  store ptr %bound, ptr %bound.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load ptr, ptr %bound.addr, align 8
  %call = call ptr @PyTuple_GetItem(ptr noundef %0, i64 noundef 1) #5
  %call1 = call i64 @PyLong_AsLongLong(ptr noundef %call) #5
  store i64 %call1, ptr %arrays, align 8
  %1 = load i64, ptr %arrays, align 8
  %add = add nsw i64 %1, 1
  %2 = call ptr @llvm.stacksave.p0()
  store ptr %2, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add, align 16
  store i64 %add, ptr %__vla_expr0, align 8
  %3 = load i64, ptr %count.addr, align 8
  %4 = load i64, ptr %arrays, align 8
  %add2 = add nsw i64 5, %4
  %cmp = icmp ne i64 %3, %add2
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  br label %slow

if.end:                                           ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %5 = load i64, ptr %i, align 8
  %6 = load i64, ptr %arrays, align 8
  %cmp3 = icmp slt i64 %5, %6
  br i1 %cmp3, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %7 = load ptr, ptr %arguments.addr, align 8
  %8 = load i64, ptr %i, align 8
  %add4 = add nsw i64 5, %8
  %arrayidx = getelementptr inbounds ptr, ptr %7, i64 %add4
  %9 = load ptr, ptr %arrayidx, align 8
  store ptr %9, ptr %argument, align 8
  %10 = load ptr, ptr %argument, align 8
  %type = getelementptr inbounds %struct.PyObject, ptr %10, i32 0, i32 1
  %11 = load ptr, ptr %type, align 8
  %cmp5 = icmp ne ptr %11, @dovetail_ndarray
  br i1 %cmp5, label %if.then6, label %if.end7

if.then6:                                         ; preds = %for.body
  br label %slow

if.end7:                                          ; preds = %for.body
  %12 = load ptr, ptr %argument, align 8
  %data = getelementptr inbounds %struct.Array, ptr %12, i32 0, i32 1
  %13 = load ptr, ptr %data, align 8
  %14 = load i64, ptr %i, align 8
  %arrayidx8 = getelementptr inbounds ptr, ptr %vla, i64 %14
  store ptr %13, ptr %arrayidx8, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end7
  %15 = load i64, ptr %i, align 8
  %inc = add nsw i64 %15, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  store i32 0, ptr %i9, align 4
  br label %for.cond10

for.cond10:                                       ; preds = %for.inc22, %for.end
  %16 = load i32, ptr %i9, align 4
  %cmp11 = icmp slt i32 %16, 5
  br i1 %cmp11, label %for.body12, label %for.end24

for.body12:                                       ; preds = %for.cond10
  %17 = load ptr, ptr %arguments.addr, align 8
  %18 = load i32, ptr %i9, align 4
  %idxprom = sext i32 %18 to i64
  %arrayidx13 = getelementptr inbounds ptr, ptr %17, i64 %idxprom
  %19 = load ptr, ptr %arrayidx13, align 8
  %call14 = call i64 @PyLong_AsUnsignedLongLong(ptr noundef %19) #5
  %20 = load i32, ptr %i9, align 4
  %idxprom15 = sext i32 %20 to i64
  %arrayidx16 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 %idxprom15
  store i64 %call14, ptr %arrayidx16, align 8
  %21 = load i32, ptr %i9, align 4
  %idxprom17 = sext i32 %21 to i64
  %arrayidx18 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 %idxprom17
  %22 = load i64, ptr %arrayidx18, align 8
  %cmp19 = icmp eq i64 %22, -1
  br i1 %cmp19, label %if.then20, label %if.end21

if.then20:                                        ; preds = %for.body12
  call void @PyErr_Clear() #5
  br label %slow

if.end21:                                         ; preds = %for.body12
  br label %for.inc22

for.inc22:                                        ; preds = %if.end21
  %23 = load i32, ptr %i9, align 4
  %inc23 = add nsw i32 %23, 1
  store i32 %inc23, ptr %i9, align 4
  br label %for.cond10, !llvm.loop !5

for.end24:                                        ; preds = %for.cond10
  %arrayidx25 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 0
  %24 = load i64, ptr %arrayidx25, align 16
  %tobool = icmp ne i64 %24, 0
  br i1 %tobool, label %if.end27, label %if.then26

if.then26:                                        ; preds = %for.end24
  br label %slow

if.end27:                                         ; preds = %for.end24
  %arrayidx28 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 4
  %25 = load i64, ptr %arrayidx28, align 16
  %26 = inttoptr i64 %25 to ptr
  store ptr %26, ptr %layout, align 8
  store i64 0, ptr %i29, align 8
  br label %for.cond30

for.cond30:                                       ; preds = %for.inc40, %if.end27
  %27 = load ptr, ptr %layout, align 8
  %tobool31 = icmp ne ptr %27, null
  br i1 %tobool31, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond30
  %28 = load i64, ptr %i29, align 8
  %29 = load i64, ptr %arrays, align 8
  %cmp32 = icmp slt i64 %28, %29
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond30
  %30 = phi i1 [ false, %for.cond30 ], [ %cmp32, %land.rhs ]
  br i1 %30, label %for.body33, label %for.end42

for.body33:                                       ; preds = %land.end
  %31 = load ptr, ptr %arguments.addr, align 8
  %32 = load i64, ptr %i29, align 8
  %add34 = add nsw i64 5, %32
  %arrayidx35 = getelementptr inbounds ptr, ptr %31, i64 %add34
  %33 = load ptr, ptr %arrayidx35, align 8
  %34 = load ptr, ptr %layout, align 8
  %call36 = call ptr @after_if_alike(ptr noundef %33, ptr noundef %34) #5
  store ptr %call36, ptr %layout, align 8
  %35 = load ptr, ptr %layout, align 8
  %tobool37 = icmp ne ptr %35, null
  br i1 %tobool37, label %if.end39, label %if.then38

if.then38:                                        ; preds = %for.body33
  br label %slow

if.end39:                                         ; preds = %for.body33
  br label %for.inc40

for.inc40:                                        ; preds = %if.end39
  %36 = load i64, ptr %i29, align 8
  %inc41 = add nsw i64 %36, 1
  store i64 %inc41, ptr %i29, align 8
  br label %for.cond30, !llvm.loop !6

for.end42:                                        ; preds = %land.end
  %call43 = call ptr @PyEval_SaveThread() #5
  store ptr %call43, ptr %state, align 8
  %arrayidx44 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 0
  %37 = load i64, ptr %arrayidx44, align 16
  %38 = inttoptr i64 %37 to ptr
  %arrayidx45 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 1
  %39 = load i64, ptr %arrayidx45, align 8
  %40 = inttoptr i64 %39 to ptr
  %arrayidx46 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 2
  %41 = load i64, ptr %arrayidx46, align 16
  %42 = inttoptr i64 %41 to ptr
  %arrayidx47 = getelementptr inbounds [5 x i64], ptr %constants, i64 0, i64 3
  %43 = load i64, ptr %arrayidx47, align 8
  %44 = inttoptr i64 %43 to ptr
  call void %38(ptr noundef %vla, ptr noundef %40, ptr noundef %42, ptr noundef %44) #5
  %45 = load ptr, ptr %state, align 8
  call void @PyEval_RestoreThread(ptr noundef %45) #5
  %call48 = call ptr @new_reference(ptr noundef @_Py_NoneStruct) #5
  store ptr %call48, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

slow:                                             ; preds = %if.then38, %if.then26, %if.then20, %if.then6, %if.then
  %46 = load ptr, ptr %bound.addr, align 8
  %call49 = call ptr @PyTuple_GetItem(ptr noundef %46, i64 noundef 0) #5
  %47 = load ptr, ptr %arguments.addr, align 8
  %48 = load i64, ptr %count.addr, align 8
  %call50 = call ptr @PyObject_Vectorcall(ptr noundef %call49, ptr noundef %47, i64 noundef %48, ptr noundef null) #5
  store ptr %call50, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %slow, %for.end42
  %49 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %49)
  %50 = load ptr, ptr %retval, align 8
  ret ptr %50
}

declare i64 @PyLong_AsLongLong(ptr noundef)

declare ptr @PyTuple_GetItem(ptr noundef, i64 noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #2

declare i64 @PyLong_AsUnsignedLongLong(ptr noundef)

declare void @PyErr_Clear()

; Function Attrs: nounwind
define internal ptr @after_if_alike(ptr noundef %array, ptr noundef %layout) #0 {
entry:
  %retval = alloca ptr, align 8
  %array.addr = alloca ptr, align 8
  %layout.addr = alloca ptr, align 8
  %rank = alloca i64, align 8
  %head = alloca i64, align 8
  store ptr %array, ptr %array.addr, align 8
  store ptr %layout, ptr %layout.addr, align 8
  %0 = load ptr, ptr %array.addr, align 8
  %rank1 = getelementptr inbounds %struct.Array, ptr %0, i32 0, i32 2
  %1 = load i32, ptr %rank1, align 8
  %conv = zext i32 %1 to i64
  store i64 %conv, ptr %rank, align 8
  %2 = load i64, ptr %rank, align 8
  %3 = load ptr, ptr %array.addr, align 8
  %type = getelementptr inbounds %struct.Array, ptr %3, i32 0, i32 6
  %4 = load ptr, ptr %type, align 8
  %number = getelementptr inbounds %struct.Descriptor, ptr %4, i32 0, i32 6
  %5 = load i32, ptr %number, align 4
  %conv2 = zext i32 %5 to i64
  %shl = shl i64 %conv2, 8
  %or = or i64 %2, %shl
  %6 = load ptr, ptr %array.addr, align 8
  %type3 = getelementptr inbounds %struct.Array, ptr %6, i32 0, i32 6
  %7 = load ptr, ptr %type3, align 8
  %byte_order = getelementptr inbounds %struct.Descriptor, ptr %7, i32 0, i32 4
  %8 = load i8, ptr %byte_order, align 2
  %conv4 = zext i8 %8 to i64
  %shl5 = shl i64 %conv4, 40
  %or6 = or i64 %or, %shl5
  store i64 %or6, ptr %head, align 8
  %9 = load i64, ptr %head, align 8
  %10 = load ptr, ptr %layout.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %10, i64 0
  %11 = load i64, ptr %arrayidx, align 8
  %cmp = icmp ne i64 %9, %11
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %12 = load ptr, ptr %array.addr, align 8
  %shape = getelementptr inbounds %struct.Array, ptr %12, i32 0, i32 3
  %13 = load ptr, ptr %shape, align 8
  %14 = load ptr, ptr %layout.addr, align 8
  %add.ptr = getelementptr inbounds i64, ptr %14, i64 1
  %15 = load i64, ptr %rank, align 8
  %mul = mul i64 %15, 8
  %call = call i32 @memcmp(ptr noundef %13, ptr noundef %add.ptr, i64 noundef %mul) #6
  %cmp8 = icmp ne i32 %call, 0
  br i1 %cmp8, label %if.then, label %lor.lhs.false10

lor.lhs.false10:                                  ; preds = %lor.lhs.false
  %16 = load ptr, ptr %array.addr, align 8
  %strides = getelementptr inbounds %struct.Array, ptr %16, i32 0, i32 4
  %17 = load ptr, ptr %strides, align 8
  %18 = load ptr, ptr %layout.addr, align 8
  %add.ptr11 = getelementptr inbounds i64, ptr %18, i64 1
  %19 = load i64, ptr %rank, align 8
  %add.ptr12 = getelementptr inbounds i64, ptr %add.ptr11, i64 %19
  %20 = load i64, ptr %rank, align 8
  %mul13 = mul i64 %20, 8
  %call14 = call i32 @memcmp(ptr noundef %17, ptr noundef %add.ptr12, i64 noundef %mul13) #6
  %cmp15 = icmp ne i32 %call14, 0
  br i1 %cmp15, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false10, %lor.lhs.false, %entry
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %lor.lhs.false10
  %21 = load ptr, ptr %layout.addr, align 8
  %add.ptr17 = getelementptr inbounds i64, ptr %21, i64 1
  %22 = load i64, ptr %rank, align 8
  %mul18 = mul i64 2, %22
  %add.ptr19 = getelementptr inbounds i64, ptr %add.ptr17, i64 %mul18
  store ptr %add.ptr19, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end, %if.then
  %23 = load ptr, ptr %retval, align 8
  ret ptr %23
}

declare ptr @PyEval_SaveThread()

declare void @PyEval_RestoreThread(ptr noundef)

; Function Attrs: inlinehint nounwind
define internal ptr @new_reference(ptr noundef %object) #3 {
entry:
  %object.addr = alloca ptr, align 8
  store ptr %object, ptr %object.addr, align 8
  %0 = load ptr, ptr %object.addr, align 8
  call void @Py_IncRef(ptr noundef %0) #5
  %1 = load ptr, ptr %object.addr, align 8
  ret ptr %1
}

declare ptr @PyObject_Vectorcall(ptr noundef, ptr noundef, i64 noundef, ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #2

; Function Attrs: nounwind
declare i32 @memcmp(ptr noundef, ptr noundef, i64 noundef) #4

declare void @Py_IncRef(ptr noundef)

attributes #0 = { nounwind }
attributes #2 = { nocallback nofree nosync nounwind willreturn }
attributes #3 = { inlinehint nounwind }
attributes #4 = { nounwind }
attributes #5 = { nobuiltin }
attributes #6 = { nobuiltin nounwind }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = distinct !{!5, !4}
!6 = distinct !{!6, !4}
