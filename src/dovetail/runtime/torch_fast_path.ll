; Made of torch_fast_path.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 3530dfad3830aac1ba429011024f5861d43764d7c9484a6abbcb04b4ca75e713

%struct.PyObject = type { i64, ptr }

@dovetail_torch_tensor = external global %struct.PyObject, align 8
@dovetail_torch_parameter = external global %struct.PyObject, align 8
@dovetail_torch_is_tracing = external global %struct.PyObject, align 8
@PyExc_RuntimeError = external global ptr, align 8
@_Py_NotImplementedStruct = external global %struct.PyObject, align 8
@dovetail_torch_to_save = external global %struct.PyObject, align 8
@dovetail_torch_scalars = external global %struct.PyObject, align 8
@dovetail_torch_grad_is_enabled = external global %struct.PyObject, align 8
@dovetail_torch_compiler = external global %struct.PyObject, align 8
@dovetail_torch_compiling = external global %struct.PyObject, align 8
@_Py_TrueStruct = external global %struct.PyObject, align 8
@dovetail_torch_saved_tensors = external global %struct.PyObject, align 8
@dovetail_torch_functorch_is_active = external global %struct.PyObject, align 8
@dovetail_torch_forward_mode = external global %struct.PyObject, align 8
@dovetail_torch_level = external global %struct.PyObject, align 8
@dovetail_torch_requires_grad = external global %struct.PyObject, align 8
@dovetail_torch_shape = external global %struct.PyObject, align 8
@dovetail_torch_dtype = external global %struct.PyObject, align 8
@__const.recording_key.names = private unnamed_addr constant [3 x ptr] [ptr @dovetail_torch_requires_grad, ptr @dovetail_torch_shape, ptr @dovetail_torch_dtype], align 16
@_Py_NoneStruct = external global %struct.PyObject, align 8

; Function Attrs: nounwind
define ptr @dovetail_torch_call(ptr noundef %bound, ptr noundef %arguments, i64 noundef %count) #0 {
entry:
  %retval = alloca ptr, align 8
  %bound.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  %kind = alloca ptr, align 8
  %transformed = alloca i32, align 4
  %recorded = alloca i32, align 4
  %function = alloca ptr, align 8
  %key = alloca ptr, align 8
  %result = alloca ptr, align 8
  %given = alloca ptr, align 8
  store ptr %bound, ptr %bound.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load i64, ptr %count.addr, align 8
  %1 = load ptr, ptr %bound.addr, align 8
  %call = call i64 @integer_at(ptr noundef %1, i64 noundef 2) #5
  %cmp = icmp ne i64 %0, %call
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  br label %declined

if.end:                                           ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %2 = load i64, ptr %i, align 8
  %3 = load i64, ptr %count.addr, align 8
  %cmp1 = icmp slt i64 %2, %3
  br i1 %cmp1, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %4 = load ptr, ptr %arguments.addr, align 8
  %5 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %4, i64 %5
  %6 = load ptr, ptr %arrayidx, align 8
  %type = getelementptr inbounds %struct.PyObject, ptr %6, i32 0, i32 1
  %7 = load ptr, ptr %type, align 8
  store ptr %7, ptr %kind, align 8
  %8 = load ptr, ptr %kind, align 8
  %cmp2 = icmp ne ptr %8, @dovetail_torch_tensor
  br i1 %cmp2, label %land.lhs.true, label %if.end5

land.lhs.true:                                    ; preds = %for.body
  %9 = load ptr, ptr %kind, align 8
  %cmp3 = icmp ne ptr %9, @dovetail_torch_parameter
  br i1 %cmp3, label %if.then4, label %if.end5

if.then4:                                         ; preds = %land.lhs.true
  br label %declined

if.end5:                                          ; preds = %land.lhs.true, %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end5
  %10 = load i64, ptr %i, align 8
  %inc = add nsw i64 %10, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  %call6 = call i32 @is_transformed() #5
  store i32 %call6, ptr %transformed, align 4
  %11 = load i32, ptr %transformed, align 4
  %tobool = icmp ne i32 %11, 0
  br i1 %tobool, label %if.end9, label %if.then7

if.then7:                                         ; preds = %for.end
  %call8 = call i32 @says_true(ptr noundef @dovetail_torch_is_tracing) #5
  store i32 %call8, ptr %transformed, align 4
  br label %if.end9

if.end9:                                          ; preds = %if.then7, %for.end
  %12 = load i32, ptr %transformed, align 4
  %cmp10 = icmp slt i32 %12, 0
  br i1 %cmp10, label %if.then11, label %if.end12

if.then11:                                        ; preds = %if.end9
  store ptr null, ptr %retval, align 8
  br label %return

if.end12:                                         ; preds = %if.end9
  %13 = load i32, ptr %transformed, align 4
  %tobool13 = icmp ne i32 %13, 0
  br i1 %tobool13, label %if.then14, label %if.end15

if.then14:                                        ; preds = %if.end12
  br label %declined

if.end15:                                         ; preds = %if.end12
  %14 = load ptr, ptr %arguments.addr, align 8
  %15 = load i64, ptr %count.addr, align 8
  %call16 = call i32 @is_recorded(ptr noundef %14, i64 noundef %15) #5
  store i32 %call16, ptr %recorded, align 4
  %16 = load i32, ptr %recorded, align 4
  %cmp17 = icmp slt i32 %16, 0
  br i1 %cmp17, label %if.then18, label %if.end19

if.then18:                                        ; preds = %if.end15
  store ptr null, ptr %retval, align 8
  br label %return

if.end19:                                         ; preds = %if.end15
  %17 = load ptr, ptr %bound.addr, align 8
  %call20 = call ptr @PyTuple_GetItem(ptr noundef %17, i64 noundef 0) #5
  store ptr %call20, ptr %function, align 8
  %18 = load i32, ptr %recorded, align 4
  %tobool21 = icmp ne i32 %18, 0
  br i1 %tobool21, label %if.then22, label %if.end32

if.then22:                                        ; preds = %if.end19
  %19 = load ptr, ptr %arguments.addr, align 8
  %20 = load i64, ptr %count.addr, align 8
  %call23 = call ptr @recording_key(ptr noundef %19, i64 noundef %20) #5
  store ptr %call23, ptr %key, align 8
  %21 = load ptr, ptr %key, align 8
  %tobool24 = icmp ne ptr %21, null
  br i1 %tobool24, label %if.end26, label %if.then25

if.then25:                                        ; preds = %if.then22
  store ptr null, ptr %retval, align 8
  br label %return

if.end26:                                         ; preds = %if.then22
  %22 = load ptr, ptr %bound.addr, align 8
  %call27 = call ptr @PyTuple_GetItem(ptr noundef %22, i64 noundef 1) #5
  %23 = load ptr, ptr %key, align 8
  %call28 = call ptr @PyDict_GetItem(ptr noundef %call27, ptr noundef %23) #5
  store ptr %call28, ptr %function, align 8
  %24 = load ptr, ptr %key, align 8
  call void @Py_DecRef(ptr noundef %24) #5
  %25 = load ptr, ptr %function, align 8
  %tobool29 = icmp ne ptr %25, null
  br i1 %tobool29, label %if.end31, label %if.then30

if.then30:                                        ; preds = %if.end26
  br label %declined

if.end31:                                         ; preds = %if.end26
  br label %if.end32

if.end32:                                         ; preds = %if.end31, %if.end19
  %26 = load ptr, ptr %function, align 8
  call void @Py_IncRef(ptr noundef %26) #5
  store ptr null, ptr %result, align 8
  %27 = load ptr, ptr %bound.addr, align 8
  %call33 = call i64 @PyTuple_Size(ptr noundef %27) #5
  %cmp34 = icmp eq i64 %call33, 3
  br i1 %cmp34, label %if.then35, label %if.else

if.then35:                                        ; preds = %if.end32
  %28 = load ptr, ptr %function, align 8
  %29 = load ptr, ptr %arguments.addr, align 8
  %30 = load i64, ptr %count.addr, align 8
  %call36 = call ptr @PyObject_Vectorcall(ptr noundef %28, ptr noundef %29, i64 noundef %30, ptr noundef null) #5
  store ptr %call36, ptr %result, align 8
  br label %if.end42

if.else:                                          ; preds = %if.end32
  %31 = load ptr, ptr %arguments.addr, align 8
  %32 = load i64, ptr %count.addr, align 8
  %33 = load ptr, ptr %bound.addr, align 8
  %call37 = call ptr @joined(ptr noundef %31, i64 noundef %32, ptr noundef %33, i64 noundef 3) #5
  store ptr %call37, ptr %given, align 8
  %34 = load ptr, ptr %given, align 8
  %tobool38 = icmp ne ptr %34, null
  br i1 %tobool38, label %if.then39, label %if.end41

if.then39:                                        ; preds = %if.else
  %35 = load ptr, ptr %function, align 8
  %36 = load ptr, ptr %given, align 8
  %call40 = call ptr @PyObject_Call(ptr noundef %35, ptr noundef %36, ptr noundef null) #5
  store ptr %call40, ptr %result, align 8
  br label %if.end41

if.end41:                                         ; preds = %if.then39, %if.else
  %37 = load ptr, ptr %given, align 8
  call void @Py_DecRef(ptr noundef %37) #5
  br label %if.end42

if.end42:                                         ; preds = %if.end41, %if.then35
  %38 = load ptr, ptr %function, align 8
  call void @Py_DecRef(ptr noundef %38) #5
  %39 = load ptr, ptr %result, align 8
  %tobool43 = icmp ne ptr %39, null
  br i1 %tobool43, label %if.then46, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end42
  %40 = load ptr, ptr @PyExc_RuntimeError, align 8
  %call44 = call i32 @PyErr_ExceptionMatches(ptr noundef %40) #5
  %tobool45 = icmp ne i32 %call44, 0
  br i1 %tobool45, label %if.end47, label %if.then46

if.then46:                                        ; preds = %lor.lhs.false, %if.end42
  %41 = load ptr, ptr %result, align 8
  store ptr %41, ptr %retval, align 8
  br label %return

if.end47:                                         ; preds = %lor.lhs.false
  call void @PyErr_Clear() #5
  br label %declined

declined:                                         ; preds = %if.end47, %if.then30, %if.then14, %if.then4, %if.then
  %call48 = call ptr @new_reference(ptr noundef @_Py_NotImplementedStruct) #5
  store ptr %call48, ptr %retval, align 8
  br label %return

return:                                           ; preds = %declined, %if.then46, %if.then25, %if.then18, %if.then11
  %42 = load ptr, ptr %retval, align 8
  ret ptr %42
}

; Function Attrs: nounwind
define internal i64 @integer_at(ptr noundef %tuple, i64 noundef %index) #0 {
entry:
  %tuple.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  store ptr %tuple, ptr %tuple.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %tuple.addr, align 8
  %1 = load i64, ptr %index.addr, align 8
  %call = call ptr @PyTuple_GetItem(ptr noundef %0, i64 noundef %1) #5
  %call1 = call i64 @PyLong_AsLongLong(ptr noundef %call) #5
  ret i64 %call1
}

; Function Attrs: nounwind
define internal i32 @is_transformed() #0 {
entry:
  %retval = alloca i32, align 4
  %active = alloca i32, align 4
  %call = call i32 @says_true(ptr noundef @dovetail_torch_functorch_is_active) #5
  store i32 %call, ptr %active, align 4
  %0 = load i32, ptr %active, align 4
  %cmp = icmp ne i32 %0, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %1 = load i32, ptr %active, align 4
  store i32 %1, ptr %retval, align 4
  br label %return

if.end:                                           ; preds = %entry
  %call1 = call ptr @PyDict_GetItem(ptr noundef @dovetail_torch_forward_mode, ptr noundef @dovetail_torch_level) #5
  %call2 = call i64 @PyLong_AsLongLong(ptr noundef %call1) #5
  %cmp3 = icmp sge i64 %call2, 0
  %conv = zext i1 %cmp3 to i32
  store i32 %conv, ptr %retval, align 4
  br label %return

return:                                           ; preds = %if.end, %if.then
  %2 = load i32, ptr %retval, align 4
  ret i32 %2
}

; Function Attrs: nounwind
define internal i32 @says_true(ptr noundef %function) #0 {
entry:
  %retval = alloca i32, align 4
  %function.addr = alloca ptr, align 8
  %answer = alloca ptr, align 8
  store ptr %function, ptr %function.addr, align 8
  %0 = load ptr, ptr %function.addr, align 8
  %call = call ptr @PyObject_CallNoArgs(ptr noundef %0) #5
  store ptr %call, ptr %answer, align 8
  %1 = load ptr, ptr %answer, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %entry
  store i32 -1, ptr %retval, align 4
  br label %return

if.end:                                           ; preds = %entry
  %2 = load ptr, ptr %answer, align 8
  call void @Py_DecRef(ptr noundef %2) #5
  %3 = load ptr, ptr %answer, align 8
  %cmp = icmp eq ptr %3, @_Py_TrueStruct
  %conv = zext i1 %cmp to i32
  store i32 %conv, ptr %retval, align 4
  br label %return

return:                                           ; preds = %if.end, %if.then
  %4 = load i32, ptr %retval, align 4
  ret i32 %4
}

; Function Attrs: nounwind
define internal i32 @is_recorded(ptr noundef %tensors, i64 noundef %count) #0 {
entry:
  %retval = alloca i32, align 4
  %tensors.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %asked = alloca i8, align 1
  %i = alloca i64, align 8
  %required = alloca ptr, align 8
  store ptr %tensors, ptr %tensors.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i8 0, ptr %asked, align 1
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond
  %2 = load i8, ptr %asked, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %2 to i1
  %lnot = xor i1 %loadedv, true
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond
  %3 = phi i1 [ false, %for.cond ], [ %lnot, %land.rhs ]
  br i1 %3, label %for.body, label %for.end

for.body:                                         ; preds = %land.end
  %4 = load ptr, ptr %tensors.addr, align 8
  %5 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %4, i64 %5
  %6 = load ptr, ptr %arrayidx, align 8
  %call = call ptr @PyObject_GetAttr(ptr noundef %6, ptr noundef @dovetail_torch_requires_grad) #5
  store ptr %call, ptr %required, align 8
  %7 = load ptr, ptr %required, align 8
  %tobool = icmp ne ptr %7, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %for.body
  store i32 -1, ptr %retval, align 4
  br label %return

if.end:                                           ; preds = %for.body
  %8 = load ptr, ptr %required, align 8
  %cmp1 = icmp eq ptr %8, @_Py_TrueStruct
  %storedv = zext i1 %cmp1 to i8
  store i8 %storedv, ptr %asked, align 1
  %9 = load ptr, ptr %required, align 8
  call void @Py_DecRef(ptr noundef %9) #5
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %10 = load i64, ptr %i, align 8
  %inc = add nsw i64 %10, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %land.end
  %11 = load i8, ptr %asked, align 1, !range !5, !noundef !6
  %loadedv2 = trunc i8 %11 to i1
  br i1 %loadedv2, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.end
  %call3 = call i32 @says_true(ptr noundef @dovetail_torch_grad_is_enabled) #5
  br label %cond.end

cond.false:                                       ; preds = %for.end
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i32 [ %call3, %cond.true ], [ 0, %cond.false ]
  store i32 %cond, ptr %retval, align 4
  br label %return

return:                                           ; preds = %cond.end, %if.then
  %12 = load i32, ptr %retval, align 4
  ret i32 %12
}

declare ptr @PyTuple_GetItem(ptr noundef, i64 noundef)

; Function Attrs: nounwind
define internal ptr @recording_key(ptr noundef %tensors, i64 noundef %count) #0 {
entry:
  %retval = alloca ptr, align 8
  %tensors.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %names = alloca [3 x ptr], align 16
  %key = alloca ptr, align 8
  %i = alloca i64, align 8
  %part = alloca ptr, align 8
  store ptr %tensors, ptr %tensors.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %names, ptr align 16 @__const.recording_key.names, i64 24, i1 false)
  %0 = load i64, ptr %count.addr, align 8
  %mul = mul nsw i64 3, %0
  %call = call ptr @PyTuple_New(i64 noundef %mul) #5
  store ptr %call, ptr %key, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %1 = load ptr, ptr %key, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond
  %2 = load i64, ptr %i, align 8
  %3 = load i64, ptr %count.addr, align 8
  %mul1 = mul nsw i64 3, %3
  %cmp = icmp slt i64 %2, %mul1
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond
  %4 = phi i1 [ false, %for.cond ], [ %cmp, %land.rhs ]
  br i1 %4, label %for.body, label %for.end

for.body:                                         ; preds = %land.end
  %5 = load ptr, ptr %tensors.addr, align 8
  %6 = load i64, ptr %i, align 8
  %div = sdiv i64 %6, 3
  %arrayidx = getelementptr inbounds ptr, ptr %5, i64 %div
  %7 = load ptr, ptr %arrayidx, align 8
  %8 = load i64, ptr %i, align 8
  %rem = srem i64 %8, 3
  %arrayidx2 = getelementptr inbounds [3 x ptr], ptr %names, i64 0, i64 %rem
  %9 = load ptr, ptr %arrayidx2, align 8
  %call3 = call ptr @PyObject_GetAttr(ptr noundef %7, ptr noundef %9) #5
  store ptr %call3, ptr %part, align 8
  %10 = load ptr, ptr %part, align 8
  %tobool4 = icmp ne ptr %10, null
  br i1 %tobool4, label %if.end, label %if.then

if.then:                                          ; preds = %for.body
  %11 = load ptr, ptr %key, align 8
  call void @Py_DecRef(ptr noundef %11) #5
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %for.body
  %12 = load ptr, ptr %key, align 8
  %13 = load i64, ptr %i, align 8
  %14 = load ptr, ptr %part, align 8
  %call5 = call i32 @PyTuple_SetItem(ptr noundef %12, i64 noundef %13, ptr noundef %14) #5
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %15 = load i64, ptr %i, align 8
  %inc = add nsw i64 %15, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %land.end
  %16 = load ptr, ptr %key, align 8
  store ptr %16, ptr %retval, align 8
  br label %return

return:                                           ; preds = %for.end, %if.then
  %17 = load ptr, ptr %retval, align 8
  ret ptr %17
}

declare ptr @PyDict_GetItem(ptr noundef, ptr noundef)

declare void @Py_DecRef(ptr noundef)

declare void @Py_IncRef(ptr noundef)

declare i64 @PyTuple_Size(ptr noundef)

declare ptr @PyObject_Vectorcall(ptr noundef, ptr noundef, i64 noundef, ptr noundef)

; Function Attrs: nounwind
define internal ptr @joined(ptr noundef %objects, i64 noundef %count, ptr noundef %tuple, i64 noundef %first) #0 {
entry:
  %objects.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %tuple.addr = alloca ptr, align 8
  %first.addr = alloca i64, align 8
  %size = alloca i64, align 8
  %made = alloca ptr, align 8
  %i = alloca i64, align 8
  %i5 = alloca i64, align 8
  store ptr %objects, ptr %objects.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %tuple, ptr %tuple.addr, align 8
  store i64 %first, ptr %first.addr, align 8
  %0 = load ptr, ptr %tuple.addr, align 8
  %tobool = icmp ne ptr %0, null
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %1 = load ptr, ptr %tuple.addr, align 8
  %call = call i64 @PyTuple_Size(ptr noundef %1) #5
  br label %cond.end

cond.false:                                       ; preds = %entry
  %2 = load i64, ptr %first.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %call, %cond.true ], [ %2, %cond.false ]
  store i64 %cond, ptr %size, align 8
  %3 = load i64, ptr %count.addr, align 8
  %4 = load i64, ptr %size, align 8
  %add = add nsw i64 %3, %4
  %5 = load i64, ptr %first.addr, align 8
  %sub = sub nsw i64 %add, %5
  %call1 = call ptr @PyTuple_New(i64 noundef %sub) #5
  store ptr %call1, ptr %made, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %6 = load ptr, ptr %made, align 8
  %tobool2 = icmp ne ptr %6, null
  br i1 %tobool2, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond
  %7 = load i64, ptr %i, align 8
  %8 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %7, %8
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond
  %9 = phi i1 [ false, %for.cond ], [ %cmp, %land.rhs ]
  br i1 %9, label %for.body, label %for.end

for.body:                                         ; preds = %land.end
  %10 = load ptr, ptr %made, align 8
  %11 = load i64, ptr %i, align 8
  %12 = load ptr, ptr %objects.addr, align 8
  %13 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %12, i64 %13
  %14 = load ptr, ptr %arrayidx, align 8
  %call3 = call ptr @new_reference(ptr noundef %14) #5
  %call4 = call i32 @PyTuple_SetItem(ptr noundef %10, i64 noundef %11, ptr noundef %call3) #5
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %15 = load i64, ptr %i, align 8
  %inc = add nsw i64 %15, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %land.end
  %16 = load i64, ptr %first.addr, align 8
  store i64 %16, ptr %i5, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc17, %for.end
  %17 = load ptr, ptr %made, align 8
  %tobool7 = icmp ne ptr %17, null
  br i1 %tobool7, label %land.rhs8, label %land.end10

land.rhs8:                                        ; preds = %for.cond6
  %18 = load i64, ptr %i5, align 8
  %19 = load i64, ptr %size, align 8
  %cmp9 = icmp slt i64 %18, %19
  br label %land.end10

land.end10:                                       ; preds = %land.rhs8, %for.cond6
  %20 = phi i1 [ false, %for.cond6 ], [ %cmp9, %land.rhs8 ]
  br i1 %20, label %for.body11, label %for.end19

for.body11:                                       ; preds = %land.end10
  %21 = load ptr, ptr %made, align 8
  %22 = load i64, ptr %count.addr, align 8
  %23 = load i64, ptr %i5, align 8
  %add12 = add nsw i64 %22, %23
  %24 = load i64, ptr %first.addr, align 8
  %sub13 = sub nsw i64 %add12, %24
  %25 = load ptr, ptr %tuple.addr, align 8
  %26 = load i64, ptr %i5, align 8
  %call14 = call ptr @PyTuple_GetItem(ptr noundef %25, i64 noundef %26) #5
  %call15 = call ptr @new_reference(ptr noundef %call14) #5
  %call16 = call i32 @PyTuple_SetItem(ptr noundef %21, i64 noundef %sub13, ptr noundef %call15) #5
  br label %for.inc17

for.inc17:                                        ; preds = %for.body11
  %27 = load i64, ptr %i5, align 8
  %inc18 = add nsw i64 %27, 1
  store i64 %inc18, ptr %i5, align 8
  br label %for.cond6, !llvm.loop !10

for.end19:                                        ; preds = %land.end10
  %28 = load ptr, ptr %made, align 8
  ret ptr %28
}

declare ptr @PyObject_Call(ptr noundef, ptr noundef, ptr noundef)

declare i32 @PyErr_ExceptionMatches(ptr noundef)

declare void @PyErr_Clear()

; Function Attrs: inlinehint nounwind
define internal ptr @new_reference(ptr noundef %object) #2 {
entry:
  %object.addr = alloca ptr, align 8
  store ptr %object, ptr %object.addr, align 8
  %0 = load ptr, ptr %object.addr, align 8
  call void @Py_IncRef(ptr noundef %0) #5
  %1 = load ptr, ptr %object.addr, align 8
  ret ptr %1
}

; Function Attrs: nounwind
define ptr @dovetail_torch_forward(ptr noundef %bound, ptr noundef %arguments, i64 noundef %count) #0 {
entry:
  %bound.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %arrays = alloca i64, align 8
  %floats = alloca i64, align 8
  %outputs = alloca i64, align 8
  %saved = alloca i64, align 8
  %context = alloca ptr, align 8
  %given = alloca ptr, align 8
  %kept = alloca ptr, align 8
  %scalars = alloca ptr, align 8
  %result = alloca ptr, align 8
  %args = alloca ptr, align 8
  %made = alloca ptr, align 8
  %i = alloca i64, align 8
  %place = alloca i64, align 8
  %output = alloca i64, align 8
  %value = alloca ptr, align 8
  store ptr %bound, ptr %bound.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load ptr, ptr %bound.addr, align 8
  %call = call i64 @integer_at(ptr noundef %0, i64 noundef 1) #5
  store i64 %call, ptr %arrays, align 8
  %1 = load ptr, ptr %bound.addr, align 8
  %call1 = call i64 @integer_at(ptr noundef %1, i64 noundef 2) #5
  store i64 %call1, ptr %floats, align 8
  %2 = load ptr, ptr %bound.addr, align 8
  %call2 = call i64 @integer_at(ptr noundef %2, i64 noundef 3) #5
  store i64 %call2, ptr %outputs, align 8
  %3 = load ptr, ptr %bound.addr, align 8
  %call3 = call i64 @PyTuple_Size(ptr noundef %3) #5
  %sub = sub nsw i64 %call3, 4
  store i64 %sub, ptr %saved, align 8
  %4 = load ptr, ptr %arguments.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %4, i64 0
  %5 = load ptr, ptr %arrayidx, align 8
  store ptr %5, ptr %context, align 8
  %6 = load ptr, ptr %arguments.addr, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %6, i64 1
  store ptr %add.ptr, ptr %given, align 8
  store ptr null, ptr %kept, align 8
  store ptr null, ptr %scalars, align 8
  store ptr null, ptr %result, align 8
  %7 = load ptr, ptr %given, align 8
  %8 = load i64, ptr %arrays, align 8
  %9 = load i64, ptr %floats, align 8
  %add = add nsw i64 %8, %9
  %call4 = call ptr @joined(ptr noundef %7, i64 noundef %add, ptr noundef null, i64 noundef 0) #5
  store ptr %call4, ptr %args, align 8
  %10 = load ptr, ptr %args, align 8
  %tobool = icmp ne ptr %10, null
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %11 = load ptr, ptr %bound.addr, align 8
  %call5 = call ptr @PyTuple_GetItem(ptr noundef %11, i64 noundef 0) #5
  %12 = load ptr, ptr %args, align 8
  %call6 = call ptr @PyObject_Call(ptr noundef %call5, ptr noundef %12, ptr noundef null) #5
  br label %cond.end

cond.false:                                       ; preds = %entry
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %call6, %cond.true ], [ null, %cond.false ]
  store ptr %cond, ptr %made, align 8
  %13 = load ptr, ptr %made, align 8
  %tobool7 = icmp ne ptr %13, null
  br i1 %tobool7, label %lor.lhs.false, label %if.then

lor.lhs.false:                                    ; preds = %cond.end
  %14 = load i64, ptr %saved, align 8
  %call8 = call ptr @PyTuple_New(i64 noundef %14) #5
  store ptr %call8, ptr %kept, align 8
  %tobool9 = icmp ne ptr %call8, null
  br i1 %tobool9, label %if.end, label %if.then

if.then:                                          ; preds = %lor.lhs.false, %cond.end
  br label %end

if.end:                                           ; preds = %lor.lhs.false
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %15 = load i64, ptr %i, align 8
  %16 = load i64, ptr %saved, align 8
  %cmp = icmp slt i64 %15, %16
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %17 = load ptr, ptr %bound.addr, align 8
  %18 = load i64, ptr %i, align 8
  %add10 = add nsw i64 4, %18
  %call11 = call i64 @integer_at(ptr noundef %17, i64 noundef %add10) #5
  store i64 %call11, ptr %place, align 8
  %19 = load i64, ptr %place, align 8
  %20 = load i64, ptr %arrays, align 8
  %sub12 = sub nsw i64 %19, %20
  %21 = load i64, ptr %floats, align 8
  %sub13 = sub nsw i64 %sub12, %21
  store i64 %sub13, ptr %output, align 8
  %22 = load i64, ptr %output, align 8
  %cmp14 = icmp slt i64 %22, 0
  br i1 %cmp14, label %cond.true15, label %cond.false17

cond.true15:                                      ; preds = %for.body
  %23 = load ptr, ptr %given, align 8
  %24 = load i64, ptr %place, align 8
  %arrayidx16 = getelementptr inbounds ptr, ptr %23, i64 %24
  %25 = load ptr, ptr %arrayidx16, align 8
  br label %cond.end24

cond.false17:                                     ; preds = %for.body
  %26 = load i64, ptr %outputs, align 8
  %cmp18 = icmp eq i64 %26, 1
  br i1 %cmp18, label %cond.true19, label %cond.false20

cond.true19:                                      ; preds = %cond.false17
  %27 = load ptr, ptr %made, align 8
  br label %cond.end22

cond.false20:                                     ; preds = %cond.false17
  %28 = load ptr, ptr %made, align 8
  %29 = load i64, ptr %output, align 8
  %call21 = call ptr @PyTuple_GetItem(ptr noundef %28, i64 noundef %29) #5
  br label %cond.end22

cond.end22:                                       ; preds = %cond.false20, %cond.true19
  %cond23 = phi ptr [ %27, %cond.true19 ], [ %call21, %cond.false20 ]
  br label %cond.end24

cond.end24:                                       ; preds = %cond.end22, %cond.true15
  %cond25 = phi ptr [ %25, %cond.true15 ], [ %cond23, %cond.end22 ]
  store ptr %cond25, ptr %value, align 8
  %30 = load ptr, ptr %value, align 8
  %tobool26 = icmp ne ptr %30, null
  br i1 %tobool26, label %if.end28, label %if.then27

if.then27:                                        ; preds = %cond.end24
  br label %end

if.end28:                                         ; preds = %cond.end24
  %31 = load ptr, ptr %kept, align 8
  %32 = load i64, ptr %i, align 8
  %33 = load ptr, ptr %value, align 8
  %call29 = call ptr @new_reference(ptr noundef %33) #5
  %call30 = call i32 @PyTuple_SetItem(ptr noundef %31, i64 noundef %32, ptr noundef %call29) #5
  br label %for.inc

for.inc:                                          ; preds = %if.end28
  %34 = load i64, ptr %i, align 8
  %inc = add nsw i64 %34, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !11

for.end:                                          ; preds = %for.cond
  %35 = load ptr, ptr %context, align 8
  %36 = load ptr, ptr %kept, align 8
  %call31 = call i32 @PyObject_SetAttr(ptr noundef %35, ptr noundef @dovetail_torch_to_save, ptr noundef %36) #5
  %cmp32 = icmp slt i32 %call31, 0
  br i1 %cmp32, label %if.then33, label %if.end34

if.then33:                                        ; preds = %for.end
  br label %end

if.end34:                                         ; preds = %for.end
  %37 = load i64, ptr %floats, align 8
  %tobool35 = icmp ne i64 %37, 0
  br i1 %tobool35, label %if.then36, label %if.end45

if.then36:                                        ; preds = %if.end34
  %38 = load ptr, ptr %given, align 8
  %39 = load i64, ptr %arrays, align 8
  %add.ptr37 = getelementptr inbounds ptr, ptr %38, i64 %39
  %40 = load i64, ptr %floats, align 8
  %call38 = call ptr @joined(ptr noundef %add.ptr37, i64 noundef %40, ptr noundef null, i64 noundef 0) #5
  store ptr %call38, ptr %scalars, align 8
  %41 = load ptr, ptr %scalars, align 8
  %tobool39 = icmp ne ptr %41, null
  br i1 %tobool39, label %lor.lhs.false40, label %if.then43

lor.lhs.false40:                                  ; preds = %if.then36
  %42 = load ptr, ptr %context, align 8
  %43 = load ptr, ptr %scalars, align 8
  %call41 = call i32 @PyObject_SetAttr(ptr noundef %42, ptr noundef @dovetail_torch_scalars, ptr noundef %43) #5
  %cmp42 = icmp slt i32 %call41, 0
  br i1 %cmp42, label %if.then43, label %if.end44

if.then43:                                        ; preds = %lor.lhs.false40, %if.then36
  br label %end

if.end44:                                         ; preds = %lor.lhs.false40
  br label %if.end45

if.end45:                                         ; preds = %if.end44, %if.end34
  %44 = load i64, ptr %outputs, align 8
  %cmp46 = icmp eq i64 %44, 1
  br i1 %cmp46, label %cond.true47, label %cond.false48

cond.true47:                                      ; preds = %if.end45
  %45 = load ptr, ptr %made, align 8
  br label %cond.end50

cond.false48:                                     ; preds = %if.end45
  %46 = load ptr, ptr %made, align 8
  %call49 = call ptr @PyTuple_GetItem(ptr noundef %46, i64 noundef 0) #5
  br label %cond.end50

cond.end50:                                       ; preds = %cond.false48, %cond.true47
  %cond51 = phi ptr [ %45, %cond.true47 ], [ %call49, %cond.false48 ]
  store ptr %cond51, ptr %result, align 8
  %47 = load ptr, ptr %result, align 8
  %tobool52 = icmp ne ptr %47, null
  br i1 %tobool52, label %if.then53, label %if.end54

if.then53:                                        ; preds = %cond.end50
  %48 = load ptr, ptr %result, align 8
  call void @Py_IncRef(ptr noundef %48) #5
  br label %if.end54

if.end54:                                         ; preds = %if.then53, %cond.end50
  br label %end

end:                                              ; preds = %if.end54, %if.then43, %if.then33, %if.then27, %if.then
  %49 = load ptr, ptr %scalars, align 8
  call void @Py_DecRef(ptr noundef %49) #5
  %50 = load ptr, ptr %kept, align 8
  call void @Py_DecRef(ptr noundef %50) #5
  %51 = load ptr, ptr %made, align 8
  call void @Py_DecRef(ptr noundef %51) #5
  %52 = load ptr, ptr %args, align 8
  call void @Py_DecRef(ptr noundef %52) #5
  %53 = load ptr, ptr %result, align 8
  ret ptr %53
}

declare ptr @PyTuple_New(i64 noundef)

declare i32 @PyTuple_SetItem(ptr noundef, i64 noundef, ptr noundef)

declare i32 @PyObject_SetAttr(ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nounwind
define ptr @dovetail_torch_backward(ptr noundef %bound, ptr noundef %arguments, i64 noundef %count) #0 {
entry:
  %retval = alloca ptr, align 8
  %bound.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %given = alloca ptr, align 8
  %number = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %args = alloca ptr, align 8
  %scalars = alloca ptr, align 8
  %found = alloca ptr, align 8
  %result = alloca ptr, align 8
  %recorded = alloca i32, align 4
  %transformed = alloca i32, align 4
  %cleanup.dest.slot = alloca i32, align 4
  %compiling = alloca ptr, align 8
  %saved = alloca ptr, align 8
  %i = alloca i64, align 8
  store ptr %bound, ptr %bound.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load ptr, ptr %bound.addr, align 8
  %call = call ptr @PyTuple_GetItem(ptr noundef %0, i64 noundef 3) #5
  store ptr %call, ptr %given, align 8
  %1 = load ptr, ptr %given, align 8
  %call1 = call i64 @PyTuple_Size(ptr noundef %1) #5
  store i64 %call1, ptr %number, align 8
  %2 = load i64, ptr %number, align 8
  %add = add nsw i64 %2, 1
  %3 = call ptr @llvm.stacksave.p0()
  store ptr %3, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add, align 16
  store i64 %add, ptr %__vla_expr0, align 8
  store ptr null, ptr %args, align 8
  store ptr null, ptr %scalars, align 8
  store ptr null, ptr %found, align 8
  store ptr null, ptr %result, align 8
  %call2 = call i32 @says_true(ptr noundef @dovetail_torch_grad_is_enabled) #5
  store i32 %call2, ptr %recorded, align 4
  %4 = load i32, ptr %recorded, align 4
  %cmp = icmp slt i32 %4, 0
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  br label %cond.end

cond.false:                                       ; preds = %entry
  %call3 = call i32 @is_transformed() #5
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i32 [ -1, %cond.true ], [ %call3, %cond.false ]
  store i32 %cond, ptr %transformed, align 4
  %5 = load i32, ptr %transformed, align 4
  %cmp4 = icmp slt i32 %5, 0
  br i1 %cmp4, label %if.then, label %if.end

if.then:                                          ; preds = %cond.end
  store ptr null, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end:                                           ; preds = %cond.end
  %call5 = call ptr @PyDict_GetItem(ptr noundef @dovetail_torch_compiler, ptr noundef @dovetail_torch_compiling) #5
  store ptr %call5, ptr %compiling, align 8
  %6 = load i32, ptr %recorded, align 4
  %tobool = icmp ne i32 %6, 0
  br i1 %tobool, label %if.then9, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end
  %7 = load i32, ptr %transformed, align 4
  %tobool6 = icmp ne i32 %7, 0
  br i1 %tobool6, label %if.then9, label %lor.lhs.false7

lor.lhs.false7:                                   ; preds = %lor.lhs.false
  %8 = load ptr, ptr %compiling, align 8
  %cmp8 = icmp eq ptr %8, @_Py_TrueStruct
  br i1 %cmp8, label %if.then9, label %if.end12

if.then9:                                         ; preds = %lor.lhs.false7, %lor.lhs.false, %if.end
  %9 = load ptr, ptr %bound.addr, align 8
  %call10 = call ptr @PyTuple_GetItem(ptr noundef %9, i64 noundef 1) #5
  %10 = load ptr, ptr %arguments.addr, align 8
  %11 = load i64, ptr %count.addr, align 8
  %call11 = call ptr @PyObject_Vectorcall(ptr noundef %call10, ptr noundef %10, i64 noundef %11, ptr noundef null) #5
  store ptr %call11, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end12:                                         ; preds = %lor.lhs.false7
  %12 = load ptr, ptr %arguments.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %12, i64 0
  %13 = load ptr, ptr %arrayidx, align 8
  %call13 = call ptr @PyObject_GetAttr(ptr noundef %13, ptr noundef @dovetail_torch_saved_tensors) #5
  store ptr %call13, ptr %saved, align 8
  %14 = load ptr, ptr %saved, align 8
  %tobool14 = icmp ne ptr %14, null
  br i1 %tobool14, label %if.end16, label %if.then15

if.then15:                                        ; preds = %if.end12
  store ptr null, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end16:                                         ; preds = %if.end12
  %15 = load ptr, ptr %arguments.addr, align 8
  %arrayidx17 = getelementptr inbounds ptr, ptr %15, i64 1
  %16 = load ptr, ptr %arrayidx17, align 8
  %arrayidx18 = getelementptr inbounds ptr, ptr %vla, i64 0
  store ptr %16, ptr %arrayidx18, align 16
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end16
  %17 = load i64, ptr %i, align 8
  %18 = load i64, ptr %number, align 8
  %cmp19 = icmp slt i64 %17, %18
  br i1 %cmp19, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %19 = load ptr, ptr %saved, align 8
  %20 = load ptr, ptr %given, align 8
  %21 = load i64, ptr %i, align 8
  %call20 = call i64 @integer_at(ptr noundef %20, i64 noundef %21) #5
  %call21 = call ptr @PyTuple_GetItem(ptr noundef %19, i64 noundef %call20) #5
  %22 = load i64, ptr %i, align 8
  %add22 = add nsw i64 1, %22
  %arrayidx23 = getelementptr inbounds ptr, ptr %vla, i64 %add22
  store ptr %call21, ptr %arrayidx23, align 8
  %23 = load i64, ptr %i, align 8
  %add24 = add nsw i64 1, %23
  %arrayidx25 = getelementptr inbounds ptr, ptr %vla, i64 %add24
  %24 = load ptr, ptr %arrayidx25, align 8
  %tobool26 = icmp ne ptr %24, null
  br i1 %tobool26, label %if.end28, label %if.then27

if.then27:                                        ; preds = %for.body
  br label %end

if.end28:                                         ; preds = %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end28
  %25 = load i64, ptr %i, align 8
  %inc = add nsw i64 %25, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  %26 = load ptr, ptr %bound.addr, align 8
  %call29 = call i64 @integer_at(ptr noundef %26, i64 noundef 2) #5
  %tobool30 = icmp ne i64 %call29, 0
  br i1 %tobool30, label %if.then31, label %if.end37

if.then31:                                        ; preds = %for.end
  %27 = load ptr, ptr %arguments.addr, align 8
  %arrayidx32 = getelementptr inbounds ptr, ptr %27, i64 0
  %28 = load ptr, ptr %arrayidx32, align 8
  %call33 = call ptr @PyObject_GetAttr(ptr noundef %28, ptr noundef @dovetail_torch_scalars) #5
  store ptr %call33, ptr %scalars, align 8
  %29 = load ptr, ptr %scalars, align 8
  %tobool34 = icmp ne ptr %29, null
  br i1 %tobool34, label %if.end36, label %if.then35

if.then35:                                        ; preds = %if.then31
  br label %end

if.end36:                                         ; preds = %if.then31
  br label %if.end37

if.end37:                                         ; preds = %if.end36, %for.end
  %30 = load i64, ptr %number, align 8
  %add38 = add nsw i64 1, %30
  %31 = load ptr, ptr %scalars, align 8
  %call39 = call ptr @joined(ptr noundef %vla, i64 noundef %add38, ptr noundef %31, i64 noundef 0) #5
  store ptr %call39, ptr %args, align 8
  %32 = load ptr, ptr %args, align 8
  %tobool40 = icmp ne ptr %32, null
  br i1 %tobool40, label %cond.true41, label %cond.false44

cond.true41:                                      ; preds = %if.end37
  %33 = load ptr, ptr %bound.addr, align 8
  %call42 = call ptr @PyTuple_GetItem(ptr noundef %33, i64 noundef 0) #5
  %34 = load ptr, ptr %args, align 8
  %call43 = call ptr @PyObject_Call(ptr noundef %call42, ptr noundef %34, ptr noundef null) #5
  br label %cond.end45

cond.false44:                                     ; preds = %if.end37
  br label %cond.end45

cond.end45:                                       ; preds = %cond.false44, %cond.true41
  %cond46 = phi ptr [ %call43, %cond.true41 ], [ null, %cond.false44 ]
  store ptr %cond46, ptr %found, align 8
  %35 = load ptr, ptr %found, align 8
  %tobool47 = icmp ne ptr %35, null
  br i1 %tobool47, label %if.then48, label %if.end52

if.then48:                                        ; preds = %cond.end45
  %36 = load ptr, ptr %found, align 8
  %37 = load ptr, ptr %bound.addr, align 8
  %call49 = call ptr @PyTuple_GetItem(ptr noundef %37, i64 noundef 4) #5
  %38 = load ptr, ptr %bound.addr, align 8
  %call50 = call i64 @integer_at(ptr noundef %38, i64 noundef 5) #5
  %call51 = call ptr @placed(ptr noundef %36, ptr noundef %call49, i64 noundef %call50) #5
  store ptr %call51, ptr %result, align 8
  br label %if.end52

if.end52:                                         ; preds = %if.then48, %cond.end45
  br label %end

end:                                              ; preds = %if.end52, %if.then35, %if.then27
  %39 = load ptr, ptr %found, align 8
  call void @Py_DecRef(ptr noundef %39) #5
  %40 = load ptr, ptr %args, align 8
  call void @Py_DecRef(ptr noundef %40) #5
  %41 = load ptr, ptr %scalars, align 8
  call void @Py_DecRef(ptr noundef %41) #5
  %42 = load ptr, ptr %saved, align 8
  call void @Py_DecRef(ptr noundef %42) #5
  %43 = load ptr, ptr %result, align 8
  store ptr %43, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %end, %if.then15, %if.then9, %if.then
  %44 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %44)
  %45 = load ptr, ptr %retval, align 8
  ret ptr %45
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #3

declare ptr @PyObject_GetAttr(ptr noundef, ptr noundef)

; Function Attrs: nounwind
define internal ptr @placed(ptr noundef %found, ptr noundef %wrt, i64 noundef %arguments) #0 {
entry:
  %retval = alloca ptr, align 8
  %found.addr = alloca ptr, align 8
  %wrt.addr = alloca ptr, align 8
  %arguments.addr = alloca i64, align 8
  %count = alloca i64, align 8
  %all = alloca ptr, align 8
  %i = alloca i64, align 8
  %i6 = alloca i64, align 8
  %gradient = alloca ptr, align 8
  store ptr %found, ptr %found.addr, align 8
  store ptr %wrt, ptr %wrt.addr, align 8
  store i64 %arguments, ptr %arguments.addr, align 8
  %0 = load ptr, ptr %wrt.addr, align 8
  %call = call i64 @PyTuple_Size(ptr noundef %0) #5
  store i64 %call, ptr %count, align 8
  %1 = load i64, ptr %count, align 8
  %2 = load i64, ptr %arguments.addr, align 8
  %cmp = icmp eq i64 %1, %2
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %3 = load ptr, ptr %found.addr, align 8
  %call1 = call ptr @new_reference(ptr noundef %3) #5
  store ptr %call1, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %4 = load i64, ptr %arguments.addr, align 8
  %call2 = call ptr @PyTuple_New(i64 noundef %4) #5
  store ptr %call2, ptr %all, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %5 = load ptr, ptr %all, align 8
  %tobool = icmp ne ptr %5, null
  br i1 %tobool, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond
  %6 = load i64, ptr %i, align 8
  %7 = load i64, ptr %arguments.addr, align 8
  %cmp3 = icmp slt i64 %6, %7
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond
  %8 = phi i1 [ false, %for.cond ], [ %cmp3, %land.rhs ]
  br i1 %8, label %for.body, label %for.end

for.body:                                         ; preds = %land.end
  %9 = load ptr, ptr %all, align 8
  %10 = load i64, ptr %i, align 8
  %call4 = call ptr @new_reference(ptr noundef @_Py_NoneStruct) #5
  %call5 = call i32 @PyTuple_SetItem(ptr noundef %9, i64 noundef %10, ptr noundef %call4) #5
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %11 = load i64, ptr %i, align 8
  %inc = add nsw i64 %11, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !13

for.end:                                          ; preds = %land.end
  store i64 0, ptr %i6, align 8
  br label %for.cond7

for.cond7:                                        ; preds = %for.inc21, %for.end
  %12 = load ptr, ptr %all, align 8
  %tobool8 = icmp ne ptr %12, null
  br i1 %tobool8, label %land.rhs9, label %land.end11

land.rhs9:                                        ; preds = %for.cond7
  %13 = load i64, ptr %i6, align 8
  %14 = load i64, ptr %count, align 8
  %cmp10 = icmp slt i64 %13, %14
  br label %land.end11

land.end11:                                       ; preds = %land.rhs9, %for.cond7
  %15 = phi i1 [ false, %for.cond7 ], [ %cmp10, %land.rhs9 ]
  br i1 %15, label %for.body12, label %for.end23

for.body12:                                       ; preds = %land.end11
  %16 = load i64, ptr %count, align 8
  %cmp13 = icmp eq i64 %16, 1
  br i1 %cmp13, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body12
  %17 = load ptr, ptr %found.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body12
  %18 = load ptr, ptr %found.addr, align 8
  %19 = load i64, ptr %i6, align 8
  %call14 = call ptr @PyTuple_GetItem(ptr noundef %18, i64 noundef %19) #5
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %17, %cond.true ], [ %call14, %cond.false ]
  store ptr %cond, ptr %gradient, align 8
  %20 = load ptr, ptr %gradient, align 8
  %tobool15 = icmp ne ptr %20, null
  br i1 %tobool15, label %if.end17, label %if.then16

if.then16:                                        ; preds = %cond.end
  %21 = load ptr, ptr %all, align 8
  call void @Py_DecRef(ptr noundef %21) #5
  store ptr null, ptr %retval, align 8
  br label %return

if.end17:                                         ; preds = %cond.end
  %22 = load ptr, ptr %all, align 8
  %23 = load ptr, ptr %wrt.addr, align 8
  %24 = load i64, ptr %i6, align 8
  %call18 = call i64 @integer_at(ptr noundef %23, i64 noundef %24) #5
  %25 = load ptr, ptr %gradient, align 8
  %call19 = call ptr @new_reference(ptr noundef %25) #5
  %call20 = call i32 @PyTuple_SetItem(ptr noundef %22, i64 noundef %call18, ptr noundef %call19) #5
  br label %for.inc21

for.inc21:                                        ; preds = %if.end17
  %26 = load i64, ptr %i6, align 8
  %inc22 = add nsw i64 %26, 1
  store i64 %inc22, ptr %i6, align 8
  br label %for.cond7, !llvm.loop !14

for.end23:                                        ; preds = %land.end11
  %27 = load ptr, ptr %all, align 8
  store ptr %27, ptr %retval, align 8
  br label %return

return:                                           ; preds = %for.end23, %if.then16, %if.then
  %28 = load ptr, ptr %retval, align 8
  ret ptr %28
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #3

declare i64 @PyLong_AsLongLong(ptr noundef)

declare ptr @PyObject_CallNoArgs(ptr noundef)

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #4

attributes #0 = { nounwind }
attributes #2 = { inlinehint nounwind }
attributes #3 = { nocallback nofree nosync nounwind willreturn }
attributes #4 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #5 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = !{i8 0, i8 2}
!6 = !{}
!7 = distinct !{!7, !4}
!8 = distinct !{!8, !4}
!9 = distinct !{!9, !4}
!10 = distinct !{!10, !4}
!11 = distinct !{!11, !4}
!12 = distinct !{!12, !4}
!13 = distinct !{!13, !4}
!14 = distinct !{!14, !4}
