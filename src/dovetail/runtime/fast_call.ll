; Made of fast_call.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 0de616f3b051bebda6666c380c0bee5f93a693963944af6cc9ffea8ee6cdb872

%struct.PyObject = type { i64, ptr }

@_Py_NotImplementedStruct = external global %struct.PyObject, align 8
@dovetail_extension_call = external global %struct.PyObject, align 8
@dovetail_fast_paths = external global %struct.PyObject, align 8

; Function Attrs: nounwind
define ptr @dovetail_fast_call(ptr noundef %function, ptr noundef %arguments, i64 noundef %count, ptr noundef %names) #0 {
entry:
  %retval = alloca ptr, align 8
  %function.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %names.addr = alloca ptr, align 8
  %given = alloca i64, align 8
  %result = alloca ptr, align 8
  store ptr %function, ptr %function.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %names, ptr %names.addr, align 8
  %0 = load i64, ptr %count.addr, align 8
  %and = and i64 %0, 9223372036854775807
  store i64 %and, ptr %given, align 8
  %1 = load i64, ptr %given, align 8
  %cmp = icmp sgt i64 %1, 0
  br i1 %cmp, label %if.then, label %if.end3

if.then:                                          ; preds = %entry
  %2 = load ptr, ptr %arguments.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx, align 8
  %4 = load ptr, ptr %arguments.addr, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %4, i64 1
  %5 = load i64, ptr %given, align 8
  %sub = sub nsw i64 %5, 1
  %6 = load ptr, ptr %names.addr, align 8
  %call = call ptr @take_fast_path(ptr noundef %3, ptr noundef %add.ptr, i64 noundef %sub, ptr noundef %6) #4
  store ptr %call, ptr %result, align 8
  %7 = load ptr, ptr %result, align 8
  %cmp1 = icmp ne ptr %7, @_Py_NotImplementedStruct
  br i1 %cmp1, label %if.then2, label %if.end

if.then2:                                         ; preds = %if.then
  %8 = load ptr, ptr %result, align 8
  store ptr %8, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %if.then
  %9 = load ptr, ptr %result, align 8
  call void @Py_DecRef(ptr noundef %9) #4
  br label %if.end3

if.end3:                                          ; preds = %if.end, %entry
  %10 = load ptr, ptr %arguments.addr, align 8
  %11 = load i64, ptr %count.addr, align 8
  %12 = load ptr, ptr %names.addr, align 8
  %call4 = call ptr @PyObject_Vectorcall(ptr noundef @dovetail_extension_call, ptr noundef %10, i64 noundef %11, ptr noundef %12) #4
  store ptr %call4, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end3, %if.then2
  %13 = load ptr, ptr %retval, align 8
  ret ptr %13
}

; Function Attrs: nounwind
define internal ptr @take_fast_path(ptr noundef %extension, ptr noundef %arguments, i64 noundef %count, ptr noundef %names) #0 {
entry:
  %retval = alloca ptr, align 8
  %extension.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %names.addr = alloca ptr, align 8
  %result = alloca ptr, align 8
  %paths = alloca ptr, align 8
  %path = alloca ptr, align 8
  store ptr %extension, ptr %extension.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %names, ptr %names.addr, align 8
  %call = call ptr @new_reference(ptr noundef @_Py_NotImplementedStruct) #4
  store ptr %call, ptr %result, align 8
  %0 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, 1
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %1 = load ptr, ptr %names.addr, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %entry
  %2 = load ptr, ptr %result, align 8
  store ptr %2, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %lor.lhs.false
  %3 = load ptr, ptr %extension.addr, align 8
  %call1 = call ptr @PyObject_GetAttr(ptr noundef %3, ptr noundef @dovetail_fast_paths) #4
  store ptr %call1, ptr %paths, align 8
  %4 = load ptr, ptr %paths, align 8
  %tobool2 = icmp ne ptr %4, null
  br i1 %tobool2, label %if.end4, label %if.then3

if.then3:                                         ; preds = %if.end
  store ptr null, ptr %retval, align 8
  br label %return

if.end4:                                          ; preds = %if.end
  %5 = load ptr, ptr %paths, align 8
  %6 = load ptr, ptr %arguments.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %6, i64 0
  %7 = load ptr, ptr %arrayidx, align 8
  %type = getelementptr inbounds %struct.PyObject, ptr %7, i32 0, i32 1
  %8 = load ptr, ptr %type, align 8
  %call5 = call ptr @PyDict_GetItem(ptr noundef %5, ptr noundef %8) #4
  store ptr %call5, ptr %path, align 8
  %9 = load ptr, ptr %path, align 8
  %tobool6 = icmp ne ptr %9, null
  br i1 %tobool6, label %if.then7, label %if.end9

if.then7:                                         ; preds = %if.end4
  %10 = load ptr, ptr %path, align 8
  call void @Py_IncRef(ptr noundef %10) #4
  %11 = load ptr, ptr %result, align 8
  call void @Py_DecRef(ptr noundef %11) #4
  %12 = load ptr, ptr %path, align 8
  %13 = load ptr, ptr %arguments.addr, align 8
  %14 = load i64, ptr %count.addr, align 8
  %call8 = call ptr @PyObject_Vectorcall(ptr noundef %12, ptr noundef %13, i64 noundef %14, ptr noundef null) #4
  store ptr %call8, ptr %result, align 8
  %15 = load ptr, ptr %path, align 8
  call void @Py_DecRef(ptr noundef %15) #4
  br label %if.end9

if.end9:                                          ; preds = %if.then7, %if.end4
  %16 = load ptr, ptr %paths, align 8
  call void @Py_DecRef(ptr noundef %16) #4
  %17 = load ptr, ptr %result, align 8
  store ptr %17, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end9, %if.then3, %if.then
  %18 = load ptr, ptr %retval, align 8
  ret ptr %18
}

declare void @Py_DecRef(ptr noundef)

declare ptr @PyObject_Vectorcall(ptr noundef, ptr noundef, i64 noundef, ptr noundef)

; Function Attrs: nounwind
define ptr @dovetail_fast_method(ptr noundef %extension, ptr noundef %arguments, i64 noundef %count, ptr noundef %names) #0 {
entry:
  %retval = alloca ptr, align 8
  %extension.addr = alloca ptr, align 8
  %arguments.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %names.addr = alloca ptr, align 8
  %result = alloca ptr, align 8
  %named = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %extension, ptr %extension.addr, align 8
  store ptr %arguments, ptr %arguments.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %names, ptr %names.addr, align 8
  %0 = load ptr, ptr %extension.addr, align 8
  %1 = load ptr, ptr %arguments.addr, align 8
  %2 = load i64, ptr %count.addr, align 8
  %3 = load ptr, ptr %names.addr, align 8
  %call = call ptr @take_fast_path(ptr noundef %0, ptr noundef %1, i64 noundef %2, ptr noundef %3) #4
  store ptr %call, ptr %result, align 8
  %4 = load ptr, ptr %result, align 8
  %cmp = icmp ne ptr %4, @_Py_NotImplementedStruct
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %5 = load ptr, ptr %result, align 8
  store ptr %5, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %6 = load ptr, ptr %result, align 8
  call void @Py_DecRef(ptr noundef %6) #4
  %7 = load ptr, ptr %names.addr, align 8
  %tobool = icmp ne ptr %7, null
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.end
  %8 = load ptr, ptr %names.addr, align 8
  %call1 = call i64 @PyTuple_Size(ptr noundef %8) #4
  br label %cond.end

cond.false:                                       ; preds = %if.end
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %call1, %cond.true ], [ 0, %cond.false ]
  store i64 %cond, ptr %named, align 8
  %9 = load i64, ptr %count.addr, align 8
  %add = add nsw i64 1, %9
  %10 = load i64, ptr %named, align 8
  %add2 = add nsw i64 %add, %10
  %11 = call ptr @llvm.stacksave.p0()
  store ptr %11, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add2, align 16
  store i64 %add2, ptr %__vla_expr0, align 8
  %12 = load ptr, ptr %extension.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %vla, i64 0
  store ptr %12, ptr %arrayidx, align 16
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %13 = load i64, ptr %i, align 8
  %14 = load i64, ptr %count.addr, align 8
  %15 = load i64, ptr %named, align 8
  %add3 = add nsw i64 %14, %15
  %cmp4 = icmp slt i64 %13, %add3
  br i1 %cmp4, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %16 = load ptr, ptr %arguments.addr, align 8
  %17 = load i64, ptr %i, align 8
  %arrayidx5 = getelementptr inbounds ptr, ptr %16, i64 %17
  %18 = load ptr, ptr %arrayidx5, align 8
  %19 = load i64, ptr %i, align 8
  %add6 = add nsw i64 1, %19
  %arrayidx7 = getelementptr inbounds ptr, ptr %vla, i64 %add6
  store ptr %18, ptr %arrayidx7, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %20 = load i64, ptr %i, align 8
  %inc = add nsw i64 %20, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  %21 = load i64, ptr %count.addr, align 8
  %add8 = add nsw i64 1, %21
  %22 = load ptr, ptr %names.addr, align 8
  %call9 = call ptr @PyObject_Vectorcall(ptr noundef @dovetail_extension_call, ptr noundef %vla, i64 noundef %add8, ptr noundef %22) #4
  store ptr %call9, ptr %retval, align 8
  %23 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %23)
  br label %return

return:                                           ; preds = %for.end, %if.then
  %24 = load ptr, ptr %retval, align 8
  ret ptr %24
}

declare i64 @PyTuple_Size(ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #2

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #2

; Function Attrs: inlinehint nounwind
define internal ptr @new_reference(ptr noundef %object) #3 {
entry:
  %object.addr = alloca ptr, align 8
  store ptr %object, ptr %object.addr, align 8
  %0 = load ptr, ptr %object.addr, align 8
  call void @Py_IncRef(ptr noundef %0) #4
  %1 = load ptr, ptr %object.addr, align 8
  ret ptr %1
}

declare ptr @PyObject_GetAttr(ptr noundef, ptr noundef)

declare ptr @PyDict_GetItem(ptr noundef, ptr noundef)

declare void @Py_IncRef(ptr noundef)

attributes #0 = { nounwind }
attributes #2 = { nocallback nofree nosync nounwind willreturn }
attributes #3 = { inlinehint nounwind }
attributes #4 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
