; Made of depthwise.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: b1bca480abd2919d5953aacbb3ef59beb349d5ede72948d3c00f935a8bb1e1fd

%struct.Call = type { ptr, ptr, ptr, ptr }
%struct.Depthwise = type { i64, i64, i64, i64, ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64 }
%struct.WindowAxis = type { i64, i64, i64, i64, i64, i64, i64, i64 }
%struct.Range = type { i64, i64 }
%struct.Row = type { i64, i64, %struct.Range, %struct.Range }

; Function Attrs: nounwind
define void @dovetail_depthwise(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %buffers.addr, align 8
  %1 = load ptr, ptr %words.addr, align 8
  %2 = load ptr, ptr %parallel_for.addr, align 8
  call void @run(ptr noundef @rows_of_a_task, ptr noundef %0, ptr noundef %1, ptr noundef %2) #2
  ret void
}

; Function Attrs: nounwind
define internal void @run(ptr noundef %task, ptr noundef %buffers, ptr noundef %words, ptr noundef %parallel_for) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %d = alloca ptr, align 8
  %call = alloca %struct.Call, align 8
  %rows = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %d, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 0
  %1 = load ptr, ptr %d, align 8
  store ptr %1, ptr %depthwise, align 8
  %x = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 1
  %2 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx, align 8
  store ptr %3, ptr %x, align 8
  %second = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 2
  %4 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %4, i64 1
  %5 = load ptr, ptr %arrayidx1, align 8
  store ptr %5, ptr %second, align 8
  %out = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 3
  %6 = load ptr, ptr %buffers.addr, align 8
  %arrayidx2 = getelementptr inbounds ptr, ptr %6, i64 2
  %7 = load ptr, ptr %arrayidx2, align 8
  store ptr %7, ptr %out, align 8
  %8 = load ptr, ptr %d, align 8
  %batch = getelementptr inbounds %struct.Depthwise, ptr %8, i32 0, i32 3
  %9 = load i64, ptr %batch, align 8
  %10 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %10, i32 0, i32 4
  %11 = load ptr, ptr %axes, align 8
  %arrayidx3 = getelementptr inbounds %struct.WindowAxis, ptr %11, i64 0
  %count = getelementptr inbounds %struct.WindowAxis, ptr %arrayidx3, i32 0, i32 0
  %12 = load i64, ptr %count, align 8
  %mul = mul nsw i64 %9, %12
  %13 = load ptr, ptr %d, align 8
  %axes4 = getelementptr inbounds %struct.Depthwise, ptr %13, i32 0, i32 4
  %14 = load ptr, ptr %axes4, align 8
  %arrayidx5 = getelementptr inbounds %struct.WindowAxis, ptr %14, i64 1
  %count6 = getelementptr inbounds %struct.WindowAxis, ptr %arrayidx5, i32 0, i32 0
  %15 = load i64, ptr %count6, align 8
  %mul7 = mul nsw i64 %mul, %15
  store i64 %mul7, ptr %rows, align 8
  %16 = load ptr, ptr %parallel_for.addr, align 8
  %17 = load ptr, ptr %task.addr, align 8
  %18 = load i64, ptr %rows, align 8
  %19 = load ptr, ptr %d, align 8
  %rows_at_once = getelementptr inbounds %struct.Depthwise, ptr %19, i32 0, i32 24
  %20 = load i64, ptr %rows_at_once, align 8
  %add = add nsw i64 %18, %20
  %sub = sub nsw i64 %add, 1
  %21 = load ptr, ptr %d, align 8
  %rows_at_once8 = getelementptr inbounds %struct.Depthwise, ptr %21, i32 0, i32 24
  %22 = load i64, ptr %rows_at_once8, align 8
  %div = sdiv i64 %sub, %22
  call void %16(ptr noundef %17, ptr noundef %call, i64 noundef %div) #2
  ret void
}

; Function Attrs: nounwind
define internal void @rows_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %d = alloca ptr, align 8
  %rows = alloca %struct.Range, align 8
  %row = alloca %struct.Row, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %call, align 8
  %1 = load ptr, ptr %call, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %depthwise, align 8
  store ptr %2, ptr %d, align 8
  %3 = load ptr, ptr %d, align 8
  %4 = load i64, ptr %number.addr, align 8
  %call1 = call { i64, i64 } @rows_of(ptr noundef %3, i64 noundef %4) #2
  %5 = getelementptr inbounds { i64, i64 }, ptr %rows, i32 0, i32 0
  %6 = extractvalue { i64, i64 } %call1, 0
  store i64 %6, ptr %5, align 8
  %7 = getelementptr inbounds { i64, i64 }, ptr %rows, i32 0, i32 1
  %8 = extractvalue { i64, i64 } %call1, 1
  store i64 %8, ptr %7, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %first = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %9 = load i64, ptr %first, align 8
  %end = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 1
  %10 = load i64, ptr %end, align 8
  %cmp = icmp slt i64 %9, %10
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %11 = load ptr, ptr %d, align 8
  %first2 = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %12 = load i64, ptr %first2, align 8
  call void @row_at(ptr dead_on_unwind writable sret(%struct.Row) align 8 %row, ptr noundef %11, i64 noundef %12) #2
  %13 = load ptr, ptr %d, align 8
  %first_tile = getelementptr inbounds %struct.Depthwise, ptr %13, i32 0, i32 22
  %14 = load ptr, ptr %first_tile, align 8
  %tobool = icmp ne ptr %14, null
  br i1 %tobool, label %if.then, label %if.else

if.then:                                          ; preds = %for.body
  %15 = load ptr, ptr %call, align 8
  call void @cover(ptr noundef %15, ptr noundef %row) #2
  br label %if.end

if.else:                                          ; preds = %for.body
  %16 = load ptr, ptr %call, align 8
  call void @cover_inner(ptr noundef %16, ptr noundef %row) #2
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %first3 = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %17 = load i64, ptr %first3, align 8
  %inc = add nsw i64 %17, 1
  store i64 %inc, ptr %first3, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define void @dovetail_depthwise_gradient(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %buffers.addr, align 8
  %1 = load ptr, ptr %words.addr, align 8
  %2 = load ptr, ptr %parallel_for.addr, align 8
  call void @run(ptr noundef @gradient_of_a_task, ptr noundef %0, ptr noundef %1, ptr noundef %2) #2
  ret void
}

; Function Attrs: nounwind
define internal void @gradient_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %d = alloca ptr, align 8
  %rows = alloca %struct.Range, align 8
  %own = alloca %struct.Call, align 8
  %row = alloca %struct.Row, align 8
  %line = alloca %struct.Row, align 8
  %plane = alloca i64, align 8
  %r = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %call, align 8
  %1 = load ptr, ptr %call, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %depthwise, align 8
  store ptr %2, ptr %d, align 8
  %3 = load ptr, ptr %d, align 8
  %4 = load i64, ptr %number.addr, align 8
  %call1 = call { i64, i64 } @rows_of(ptr noundef %3, i64 noundef %4) #2
  %5 = getelementptr inbounds { i64, i64 }, ptr %rows, i32 0, i32 0
  %6 = extractvalue { i64, i64 } %call1, 0
  store i64 %6, ptr %5, align 8
  %7 = getelementptr inbounds { i64, i64 }, ptr %rows, i32 0, i32 1
  %8 = extractvalue { i64, i64 } %call1, 1
  store i64 %8, ptr %7, align 8
  %9 = load ptr, ptr %call, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %own, ptr align 8 %9, i64 32, i1 false)
  %10 = load i64, ptr %number.addr, align 8
  %11 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %11, i32 0, i32 4
  %12 = load ptr, ptr %axes, align 8
  %arrayidx = getelementptr inbounds %struct.WindowAxis, ptr %12, i64 0
  %window = getelementptr inbounds %struct.WindowAxis, ptr %arrayidx, i32 0, i32 5
  %13 = load i64, ptr %window, align 8
  %mul = mul nsw i64 %10, %13
  %14 = load ptr, ptr %d, align 8
  %kernel_plane = getelementptr inbounds %struct.Depthwise, ptr %14, i32 0, i32 11
  %15 = load i64, ptr %kernel_plane, align 8
  %mul2 = mul nsw i64 %mul, %15
  %16 = load ptr, ptr %d, align 8
  %size = getelementptr inbounds %struct.Depthwise, ptr %16, i32 0, i32 0
  %17 = load i64, ptr %size, align 8
  %mul3 = mul nsw i64 %mul2, %17
  %out = getelementptr inbounds %struct.Call, ptr %own, i32 0, i32 3
  %18 = load ptr, ptr %out, align 8
  %add.ptr = getelementptr inbounds i8, ptr %18, i64 %mul3
  store ptr %add.ptr, ptr %out, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc38, %entry
  %first = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %19 = load i64, ptr %first, align 8
  %end = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 1
  %20 = load i64, ptr %end, align 8
  %cmp = icmp slt i64 %19, %20
  br i1 %cmp, label %for.body, label %for.end41

for.body:                                         ; preds = %for.cond
  %21 = load ptr, ptr %d, align 8
  %first4 = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %22 = load i64, ptr %first4, align 8
  call void @row_at(ptr dead_on_unwind writable sret(%struct.Row) align 8 %row, ptr noundef %21, i64 noundef %22) #2
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %line, ptr align 8 %row, i64 48, i1 false)
  %planes = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 2
  %first5 = getelementptr inbounds %struct.Range, ptr %planes, i32 0, i32 0
  %23 = load i64, ptr %first5, align 8
  store i64 %23, ptr %plane, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc35, %for.body
  %24 = load i64, ptr %plane, align 8
  %planes7 = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 2
  %end8 = getelementptr inbounds %struct.Range, ptr %planes7, i32 0, i32 1
  %25 = load i64, ptr %end8, align 8
  %cmp9 = icmp slt i64 %24, %25
  br i1 %cmp9, label %for.body10, label %for.end37

for.body10:                                       ; preds = %for.cond6
  %rows11 = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 3
  %first12 = getelementptr inbounds %struct.Range, ptr %rows11, i32 0, i32 0
  %26 = load i64, ptr %first12, align 8
  store i64 %26, ptr %r, align 8
  br label %for.cond13

for.cond13:                                       ; preds = %for.inc, %for.body10
  %27 = load i64, ptr %r, align 8
  %rows14 = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 3
  %end15 = getelementptr inbounds %struct.Range, ptr %rows14, i32 0, i32 1
  %28 = load i64, ptr %end15, align 8
  %cmp16 = icmp slt i64 %27, %28
  br i1 %cmp16, label %for.body17, label %for.end

for.body17:                                       ; preds = %for.cond13
  %x = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 0
  %29 = load i64, ptr %x, align 8
  %30 = load i64, ptr %plane, align 8
  %planes18 = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 2
  %first19 = getelementptr inbounds %struct.Range, ptr %planes18, i32 0, i32 0
  %31 = load i64, ptr %first19, align 8
  %sub = sub nsw i64 %30, %31
  %32 = load ptr, ptr %d, align 8
  %plane_gap = getelementptr inbounds %struct.Depthwise, ptr %32, i32 0, i32 7
  %33 = load i64, ptr %plane_gap, align 8
  %mul20 = mul nsw i64 %sub, %33
  %add = add nsw i64 %29, %mul20
  %34 = load i64, ptr %r, align 8
  %rows21 = getelementptr inbounds %struct.Row, ptr %row, i32 0, i32 3
  %first22 = getelementptr inbounds %struct.Range, ptr %rows21, i32 0, i32 0
  %35 = load i64, ptr %first22, align 8
  %sub23 = sub nsw i64 %34, %35
  %36 = load ptr, ptr %d, align 8
  %row_gap = getelementptr inbounds %struct.Depthwise, ptr %36, i32 0, i32 8
  %37 = load i64, ptr %row_gap, align 8
  %mul24 = mul nsw i64 %sub23, %37
  %add25 = add nsw i64 %add, %mul24
  %x26 = getelementptr inbounds %struct.Row, ptr %line, i32 0, i32 0
  store i64 %add25, ptr %x26, align 8
  %out27 = getelementptr inbounds %struct.Call, ptr %own, i32 0, i32 3
  %38 = load ptr, ptr %out27, align 8
  %39 = load i64, ptr %plane, align 8
  %40 = load ptr, ptr %d, align 8
  %kernel_plane28 = getelementptr inbounds %struct.Depthwise, ptr %40, i32 0, i32 11
  %41 = load i64, ptr %kernel_plane28, align 8
  %mul29 = mul nsw i64 %39, %41
  %42 = load i64, ptr %r, align 8
  %43 = load ptr, ptr %d, align 8
  %kernel_row = getelementptr inbounds %struct.Depthwise, ptr %43, i32 0, i32 12
  %44 = load i64, ptr %kernel_row, align 8
  %mul30 = mul nsw i64 %42, %44
  %add31 = add nsw i64 %mul29, %mul30
  %45 = load ptr, ptr %d, align 8
  %size32 = getelementptr inbounds %struct.Depthwise, ptr %45, i32 0, i32 0
  %46 = load i64, ptr %size32, align 8
  %mul33 = mul nsw i64 %add31, %46
  %add.ptr34 = getelementptr inbounds i8, ptr %38, i64 %mul33
  call void @add_row(ptr noundef %own, ptr noundef %line, ptr noundef %add.ptr34) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body17
  %47 = load i64, ptr %r, align 8
  %inc = add nsw i64 %47, 1
  store i64 %inc, ptr %r, align 8
  br label %for.cond13, !llvm.loop !5

for.end:                                          ; preds = %for.cond13
  br label %for.inc35

for.inc35:                                        ; preds = %for.end
  %48 = load i64, ptr %plane, align 8
  %inc36 = add nsw i64 %48, 1
  store i64 %inc36, ptr %plane, align 8
  br label %for.cond6, !llvm.loop !6

for.end37:                                        ; preds = %for.cond6
  br label %for.inc38

for.inc38:                                        ; preds = %for.end37
  %first39 = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %49 = load i64, ptr %first39, align 8
  %inc40 = add nsw i64 %49, 1
  store i64 %inc40, ptr %first39, align 8
  br label %for.cond, !llvm.loop !7

for.end41:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal { i64, i64 } @rows_of(ptr noundef %d, i64 noundef %task) #0 {
entry:
  %retval = alloca %struct.Range, align 8
  %d.addr = alloca ptr, align 8
  %task.addr = alloca i64, align 8
  %rows = alloca i64, align 8
  store ptr %d, ptr %d.addr, align 8
  store i64 %task, ptr %task.addr, align 8
  %0 = load ptr, ptr %d.addr, align 8
  %batch = getelementptr inbounds %struct.Depthwise, ptr %0, i32 0, i32 3
  %1 = load i64, ptr %batch, align 8
  %2 = load ptr, ptr %d.addr, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes, align 8
  %arrayidx = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 0
  %count = getelementptr inbounds %struct.WindowAxis, ptr %arrayidx, i32 0, i32 0
  %4 = load i64, ptr %count, align 8
  %mul = mul nsw i64 %1, %4
  %5 = load ptr, ptr %d.addr, align 8
  %axes1 = getelementptr inbounds %struct.Depthwise, ptr %5, i32 0, i32 4
  %6 = load ptr, ptr %axes1, align 8
  %arrayidx2 = getelementptr inbounds %struct.WindowAxis, ptr %6, i64 1
  %count3 = getelementptr inbounds %struct.WindowAxis, ptr %arrayidx2, i32 0, i32 0
  %7 = load i64, ptr %count3, align 8
  %mul4 = mul nsw i64 %mul, %7
  store i64 %mul4, ptr %rows, align 8
  %8 = load i64, ptr %task.addr, align 8
  %9 = load ptr, ptr %d.addr, align 8
  %rows_at_once = getelementptr inbounds %struct.Depthwise, ptr %9, i32 0, i32 24
  %10 = load i64, ptr %rows_at_once, align 8
  %mul5 = mul nsw i64 %8, %10
  %11 = load i64, ptr %task.addr, align 8
  %add = add nsw i64 %11, 1
  %12 = load ptr, ptr %d.addr, align 8
  %rows_at_once6 = getelementptr inbounds %struct.Depthwise, ptr %12, i32 0, i32 24
  %13 = load i64, ptr %rows_at_once6, align 8
  %mul7 = mul nsw i64 %add, %13
  %14 = load i64, ptr %rows, align 8
  %call = call { i64, i64 } @within(i64 noundef %mul5, i64 noundef %mul7, i64 noundef %14) #2
  %15 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 0
  %16 = extractvalue { i64, i64 } %call, 0
  store i64 %16, ptr %15, align 8
  %17 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 1
  %18 = extractvalue { i64, i64 } %call, 1
  store i64 %18, ptr %17, align 8
  %19 = load { i64, i64 }, ptr %retval, align 8
  ret { i64, i64 } %19
}

; Function Attrs: nounwind
define internal void @row_at(ptr dead_on_unwind noalias writable sret(%struct.Row) align 8 %agg.result, ptr noundef %d, i64 noundef %number) #0 {
entry:
  %d.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %planes = alloca ptr, align 8
  %rows = alloca ptr, align 8
  %row = alloca i64, align 8
  %plane = alloca i64, align 8
  %example = alloca i64, align 8
  %tmp = alloca %struct.Range, align 8
  %tmp11 = alloca %struct.Range, align 8
  store ptr %d, ptr %d.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %d.addr, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %0, i32 0, i32 4
  %1 = load ptr, ptr %axes, align 8
  store ptr %1, ptr %planes, align 8
  %2 = load ptr, ptr %d.addr, align 8
  %axes1 = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes1, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 1
  store ptr %add.ptr, ptr %rows, align 8
  %4 = load i64, ptr %number.addr, align 8
  %5 = load ptr, ptr %rows, align 8
  %count = getelementptr inbounds %struct.WindowAxis, ptr %5, i32 0, i32 0
  %6 = load i64, ptr %count, align 8
  %rem = srem i64 %4, %6
  store i64 %rem, ptr %row, align 8
  %7 = load i64, ptr %number.addr, align 8
  %8 = load ptr, ptr %rows, align 8
  %count2 = getelementptr inbounds %struct.WindowAxis, ptr %8, i32 0, i32 0
  %9 = load i64, ptr %count2, align 8
  %div = sdiv i64 %7, %9
  %10 = load ptr, ptr %planes, align 8
  %count3 = getelementptr inbounds %struct.WindowAxis, ptr %10, i32 0, i32 0
  %11 = load i64, ptr %count3, align 8
  %rem4 = srem i64 %div, %11
  store i64 %rem4, ptr %plane, align 8
  %12 = load i64, ptr %number.addr, align 8
  %13 = load ptr, ptr %rows, align 8
  %count5 = getelementptr inbounds %struct.WindowAxis, ptr %13, i32 0, i32 0
  %14 = load i64, ptr %count5, align 8
  %div6 = sdiv i64 %12, %14
  %15 = load ptr, ptr %planes, align 8
  %count7 = getelementptr inbounds %struct.WindowAxis, ptr %15, i32 0, i32 0
  %16 = load i64, ptr %count7, align 8
  %div8 = sdiv i64 %div6, %16
  store i64 %div8, ptr %example, align 8
  %planes9 = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 2
  %17 = load ptr, ptr %planes, align 8
  %18 = load i64, ptr %plane, align 8
  %call = call { i64, i64 } @elements_of(ptr noundef %17, i64 noundef %18) #2
  %19 = getelementptr inbounds { i64, i64 }, ptr %tmp, i32 0, i32 0
  %20 = extractvalue { i64, i64 } %call, 0
  store i64 %20, ptr %19, align 8
  %21 = getelementptr inbounds { i64, i64 }, ptr %tmp, i32 0, i32 1
  %22 = extractvalue { i64, i64 } %call, 1
  store i64 %22, ptr %21, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %planes9, ptr align 8 %tmp, i64 16, i1 false)
  %rows10 = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 3
  %23 = load ptr, ptr %rows, align 8
  %24 = load i64, ptr %row, align 8
  %call12 = call { i64, i64 } @elements_of(ptr noundef %23, i64 noundef %24) #2
  %25 = getelementptr inbounds { i64, i64 }, ptr %tmp11, i32 0, i32 0
  %26 = extractvalue { i64, i64 } %call12, 0
  store i64 %26, ptr %25, align 8
  %27 = getelementptr inbounds { i64, i64 }, ptr %tmp11, i32 0, i32 1
  %28 = extractvalue { i64, i64 } %call12, 1
  store i64 %28, ptr %27, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %rows10, ptr align 8 %tmp11, i64 16, i1 false)
  %29 = load i64, ptr %example, align 8
  %30 = load ptr, ptr %d.addr, align 8
  %example_step = getelementptr inbounds %struct.Depthwise, ptr %30, i32 0, i32 5
  %31 = load i64, ptr %example_step, align 8
  %mul = mul nsw i64 %29, %31
  %x = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 0
  store i64 %mul, ptr %x, align 8
  %32 = load i64, ptr %example, align 8
  %33 = load ptr, ptr %d.addr, align 8
  %output_example = getelementptr inbounds %struct.Depthwise, ptr %33, i32 0, i32 6
  %34 = load i64, ptr %output_example, align 8
  %mul13 = mul nsw i64 %32, %34
  %35 = load i64, ptr %plane, align 8
  %36 = load ptr, ptr %planes, align 8
  %output_stride = getelementptr inbounds %struct.WindowAxis, ptr %36, i32 0, i32 7
  %37 = load i64, ptr %output_stride, align 8
  %mul14 = mul nsw i64 %35, %37
  %add = add nsw i64 %mul13, %mul14
  %38 = load i64, ptr %row, align 8
  %39 = load ptr, ptr %rows, align 8
  %output_stride15 = getelementptr inbounds %struct.WindowAxis, ptr %39, i32 0, i32 7
  %40 = load i64, ptr %output_stride15, align 8
  %mul16 = mul nsw i64 %38, %40
  %add17 = add nsw i64 %add, %mul16
  %out = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 1
  store i64 %add17, ptr %out, align 8
  %41 = load ptr, ptr %planes, align 8
  %42 = load i64, ptr %plane, align 8
  %planes18 = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 2
  %first = getelementptr inbounds %struct.Range, ptr %planes18, i32 0, i32 0
  %43 = load i64, ptr %first, align 8
  %call19 = call i64 @place(ptr noundef %41, i64 noundef %42, i64 noundef %43) #2
  %44 = load ptr, ptr %rows, align 8
  %45 = load i64, ptr %row, align 8
  %rows20 = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 3
  %first21 = getelementptr inbounds %struct.Range, ptr %rows20, i32 0, i32 0
  %46 = load i64, ptr %first21, align 8
  %call22 = call i64 @place(ptr noundef %44, i64 noundef %45, i64 noundef %46) #2
  %add23 = add nsw i64 %call19, %call22
  %x24 = getelementptr inbounds %struct.Row, ptr %agg.result, i32 0, i32 0
  %47 = load i64, ptr %x24, align 8
  %add25 = add nsw i64 %47, %add23
  store i64 %add25, ptr %x24, align 8
  ret void
}

; Function Attrs: nounwind
define internal void @cover(ptr noundef %call, ptr noundef %row) #0 {
entry:
  %call.addr = alloca ptr, align 8
  %row.addr = alloca ptr, align 8
  %d = alloca ptr, align 8
  %axis = alloca ptr, align 8
  %all = alloca %struct.Range, align 8
  %left = alloca i64, align 8
  %some = alloca i64, align 8
  %at = alloca i64, align 8
  %tile = alloca ptr, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %row, ptr %row.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %depthwise, align 8
  store ptr %1, ptr %d, align 8
  %2 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 2
  store ptr %add.ptr, ptr %axis, align 8
  %first = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  store i64 0, ptr %first, align 8
  %end = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 1
  %4 = load ptr, ptr %axis, align 8
  %window = getelementptr inbounds %struct.WindowAxis, ptr %4, i32 0, i32 5
  %5 = load i64, ptr %window, align 8
  store i64 %5, ptr %end, align 8
  %6 = load ptr, ptr %d, align 8
  %larger = getelementptr inbounds %struct.Depthwise, ptr %6, i32 0, i32 17
  %7 = load i64, ptr %larger, align 8
  store i64 %7, ptr %left, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %8 = load i64, ptr %at, align 8
  %9 = load ptr, ptr %axis, align 8
  %count = getelementptr inbounds %struct.WindowAxis, ptr %9, i32 0, i32 0
  %10 = load i64, ptr %count, align 8
  %cmp = icmp slt i64 %8, %10
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %11 = load i64, ptr %left, align 8
  %cmp1 = icmp sgt i64 %11, 0
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %12 = load ptr, ptr %d, align 8
  %larger_tile = getelementptr inbounds %struct.Depthwise, ptr %12, i32 0, i32 19
  %13 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %14 = load ptr, ptr %d, align 8
  %tile2 = getelementptr inbounds %struct.Depthwise, ptr %14, i32 0, i32 18
  %15 = load ptr, ptr %tile2, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %13, %cond.true ], [ %15, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  %16 = load ptr, ptr %d, align 8
  %pixels = getelementptr inbounds %struct.Depthwise, ptr %16, i32 0, i32 16
  %17 = load i64, ptr %pixels, align 8
  %18 = load i64, ptr %left, align 8
  %cmp3 = icmp sgt i64 %18, 0
  %conv = zext i1 %cmp3 to i32
  %conv4 = sext i32 %conv to i64
  %add = add nsw i64 %17, %conv4
  store i64 %add, ptr %some, align 8
  %19 = load i64, ptr %at, align 8
  %cmp5 = icmp eq i64 %19, 0
  br i1 %cmp5, label %if.then, label %if.else

if.then:                                          ; preds = %cond.end
  %20 = load ptr, ptr %d, align 8
  %first_tile = getelementptr inbounds %struct.Depthwise, ptr %20, i32 0, i32 22
  %21 = load ptr, ptr %first_tile, align 8
  store ptr %21, ptr %tile, align 8
  br label %if.end12

if.else:                                          ; preds = %cond.end
  %22 = load i64, ptr %at, align 8
  %23 = load i64, ptr %some, align 8
  %add7 = add nsw i64 %22, %23
  %24 = load ptr, ptr %axis, align 8
  %count8 = getelementptr inbounds %struct.WindowAxis, ptr %24, i32 0, i32 0
  %25 = load i64, ptr %count8, align 8
  %cmp9 = icmp eq i64 %add7, %25
  br i1 %cmp9, label %if.then11, label %if.end

if.then11:                                        ; preds = %if.else
  %26 = load ptr, ptr %d, align 8
  %last_tile = getelementptr inbounds %struct.Depthwise, ptr %26, i32 0, i32 23
  %27 = load ptr, ptr %last_tile, align 8
  store ptr %27, ptr %tile, align 8
  br label %if.end

if.end:                                           ; preds = %if.then11, %if.else
  br label %if.end12

if.end12:                                         ; preds = %if.end, %if.then
  %28 = load ptr, ptr %call.addr, align 8
  %29 = load ptr, ptr %row.addr, align 8
  %30 = load ptr, ptr %tile, align 8
  %31 = load i64, ptr %at, align 8
  %32 = load ptr, ptr %d, align 8
  %channels = getelementptr inbounds %struct.Depthwise, ptr %32, i32 0, i32 1
  %33 = load i64, ptr %channels, align 8
  %34 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 0
  %35 = load i64, ptr %34, align 8
  %36 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 1
  %37 = load i64, ptr %36, align 8
  call void @compute(ptr noundef %28, ptr noundef %29, ptr noundef %30, i64 noundef %31, i64 %35, i64 %37, i64 noundef %33) #2
  br label %for.inc

for.inc:                                          ; preds = %if.end12
  %38 = load i64, ptr %some, align 8
  %39 = load i64, ptr %at, align 8
  %add13 = add nsw i64 %39, %38
  store i64 %add13, ptr %at, align 8
  %40 = load i64, ptr %left, align 8
  %dec = add nsw i64 %40, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @cover_inner(ptr noundef %call, ptr noundef %row) #0 {
entry:
  %call.addr = alloca ptr, align 8
  %row.addr = alloca ptr, align 8
  %d = alloca ptr, align 8
  %axis = alloca ptr, align 8
  %inner = alloca %struct.Range, align 8
  %all = alloca %struct.Range, align 8
  %whole = alloca i64, align 8
  %at = alloca i64, align 8
  %left = alloca i64, align 8
  %agg.tmp = alloca %struct.Range, align 8
  %agg.tmp38 = alloca %struct.Range, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %row, ptr %row.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %depthwise, align 8
  store ptr %1, ptr %d, align 8
  %2 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 2
  store ptr %add.ptr, ptr %axis, align 8
  %4 = load ptr, ptr %axis, align 8
  %5 = load ptr, ptr %axis, align 8
  %window = getelementptr inbounds %struct.WindowAxis, ptr %5, i32 0, i32 5
  %6 = load i64, ptr %window, align 8
  %sub = sub nsw i64 %6, 1
  %call1 = call { i64, i64 } @places_of(ptr noundef %4, i64 noundef 0, i64 noundef %sub) #2
  %7 = getelementptr inbounds { i64, i64 }, ptr %inner, i32 0, i32 0
  %8 = extractvalue { i64, i64 } %call1, 0
  store i64 %8, ptr %7, align 8
  %9 = getelementptr inbounds { i64, i64 }, ptr %inner, i32 0, i32 1
  %10 = extractvalue { i64, i64 } %call1, 1
  store i64 %10, ptr %9, align 8
  %first = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  store i64 0, ptr %first, align 8
  %end = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 1
  %11 = load ptr, ptr %axis, align 8
  %window2 = getelementptr inbounds %struct.WindowAxis, ptr %11, i32 0, i32 5
  %12 = load i64, ptr %window2, align 8
  store i64 %12, ptr %end, align 8
  %first3 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 0
  %13 = load i64, ptr %first3, align 8
  %end4 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 1
  %14 = load i64, ptr %end4, align 8
  %first5 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 0
  %15 = load i64, ptr %first5, align 8
  %sub6 = sub nsw i64 %14, %15
  %16 = load ptr, ptr %d, align 8
  %together = getelementptr inbounds %struct.Depthwise, ptr %16, i32 0, i32 2
  %17 = load i64, ptr %together, align 8
  %div = sdiv i64 %sub6, %17
  %18 = load ptr, ptr %d, align 8
  %together7 = getelementptr inbounds %struct.Depthwise, ptr %18, i32 0, i32 2
  %19 = load i64, ptr %together7, align 8
  %mul = mul nsw i64 %div, %19
  %add = add nsw i64 %13, %mul
  store i64 %add, ptr %whole, align 8
  %20 = load ptr, ptr %d, align 8
  %larger = getelementptr inbounds %struct.Depthwise, ptr %20, i32 0, i32 17
  %21 = load i64, ptr %larger, align 8
  store i64 %21, ptr %left, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %22 = load i64, ptr %at, align 8
  %first8 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 0
  %23 = load i64, ptr %first8, align 8
  %cmp = icmp slt i64 %22, %23
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %24 = load ptr, ptr %call.addr, align 8
  %25 = load ptr, ptr %row.addr, align 8
  %26 = load ptr, ptr %d, align 8
  %single = getelementptr inbounds %struct.Depthwise, ptr %26, i32 0, i32 21
  %27 = load ptr, ptr %single, align 8
  %28 = load i64, ptr %at, align 8
  %29 = load ptr, ptr %axis, align 8
  %30 = load i64, ptr %at, align 8
  %call9 = call { i64, i64 } @elements_of(ptr noundef %29, i64 noundef %30) #2
  %31 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp, i32 0, i32 0
  %32 = extractvalue { i64, i64 } %call9, 0
  store i64 %32, ptr %31, align 8
  %33 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp, i32 0, i32 1
  %34 = extractvalue { i64, i64 } %call9, 1
  store i64 %34, ptr %33, align 8
  %35 = load ptr, ptr %d, align 8
  %channels = getelementptr inbounds %struct.Depthwise, ptr %35, i32 0, i32 1
  %36 = load i64, ptr %channels, align 8
  %37 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp, i32 0, i32 0
  %38 = load i64, ptr %37, align 8
  %39 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp, i32 0, i32 1
  %40 = load i64, ptr %39, align 8
  call void @compute(ptr noundef %24, ptr noundef %25, ptr noundef %27, i64 noundef %28, i64 %38, i64 %40, i64 noundef %36) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %41 = load i64, ptr %at, align 8
  %inc = add nsw i64 %41, 1
  store i64 %inc, ptr %at, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  br label %for.cond10

for.cond10:                                       ; preds = %for.inc17, %for.end
  %42 = load i64, ptr %at, align 8
  %43 = load i64, ptr %whole, align 8
  %cmp11 = icmp slt i64 %42, %43
  br i1 %cmp11, label %for.body12, label %for.end24

for.body12:                                       ; preds = %for.cond10
  %44 = load ptr, ptr %call.addr, align 8
  %45 = load ptr, ptr %row.addr, align 8
  %46 = load i64, ptr %left, align 8
  %cmp13 = icmp sgt i64 %46, 0
  br i1 %cmp13, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body12
  %47 = load ptr, ptr %d, align 8
  %larger_tile = getelementptr inbounds %struct.Depthwise, ptr %47, i32 0, i32 19
  %48 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body12
  %49 = load ptr, ptr %d, align 8
  %tile = getelementptr inbounds %struct.Depthwise, ptr %49, i32 0, i32 18
  %50 = load ptr, ptr %tile, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %48, %cond.true ], [ %50, %cond.false ]
  %51 = load i64, ptr %at, align 8
  %52 = load ptr, ptr %d, align 8
  %together14 = getelementptr inbounds %struct.Depthwise, ptr %52, i32 0, i32 2
  %53 = load i64, ptr %together14, align 8
  %54 = load ptr, ptr %d, align 8
  %channels15 = getelementptr inbounds %struct.Depthwise, ptr %54, i32 0, i32 1
  %55 = load i64, ptr %channels15, align 8
  %mul16 = mul nsw i64 %53, %55
  %56 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 0
  %57 = load i64, ptr %56, align 8
  %58 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 1
  %59 = load i64, ptr %58, align 8
  call void @compute(ptr noundef %44, ptr noundef %45, ptr noundef %cond, i64 noundef %51, i64 %57, i64 %59, i64 noundef %mul16) #2
  br label %for.inc17

for.inc17:                                        ; preds = %cond.end
  %60 = load ptr, ptr %d, align 8
  %pixels = getelementptr inbounds %struct.Depthwise, ptr %60, i32 0, i32 16
  %61 = load i64, ptr %pixels, align 8
  %62 = load i64, ptr %left, align 8
  %cmp18 = icmp sgt i64 %62, 0
  %conv = zext i1 %cmp18 to i32
  %conv19 = sext i32 %conv to i64
  %add20 = add nsw i64 %61, %conv19
  %63 = load ptr, ptr %d, align 8
  %together21 = getelementptr inbounds %struct.Depthwise, ptr %63, i32 0, i32 2
  %64 = load i64, ptr %together21, align 8
  %mul22 = mul nsw i64 %add20, %64
  %65 = load i64, ptr %at, align 8
  %add23 = add nsw i64 %65, %mul22
  store i64 %add23, ptr %at, align 8
  %66 = load i64, ptr %left, align 8
  %dec = add nsw i64 %66, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond10, !llvm.loop !10

for.end24:                                        ; preds = %for.cond10
  %67 = load i64, ptr %whole, align 8
  %end25 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 1
  %68 = load i64, ptr %end25, align 8
  %cmp26 = icmp slt i64 %67, %68
  br i1 %cmp26, label %if.then, label %if.end

if.then:                                          ; preds = %for.end24
  %69 = load ptr, ptr %call.addr, align 8
  %70 = load ptr, ptr %row.addr, align 8
  %71 = load ptr, ptr %d, align 8
  %rest = getelementptr inbounds %struct.Depthwise, ptr %71, i32 0, i32 20
  %72 = load ptr, ptr %rest, align 8
  %73 = load i64, ptr %whole, align 8
  %end28 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 1
  %74 = load i64, ptr %end28, align 8
  %75 = load i64, ptr %whole, align 8
  %sub29 = sub nsw i64 %74, %75
  %76 = load ptr, ptr %d, align 8
  %channels30 = getelementptr inbounds %struct.Depthwise, ptr %76, i32 0, i32 1
  %77 = load i64, ptr %channels30, align 8
  %mul31 = mul nsw i64 %sub29, %77
  %78 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 0
  %79 = load i64, ptr %78, align 8
  %80 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 1
  %81 = load i64, ptr %80, align 8
  call void @compute(ptr noundef %69, ptr noundef %70, ptr noundef %72, i64 noundef %73, i64 %79, i64 %81, i64 noundef %mul31) #2
  br label %if.end

if.end:                                           ; preds = %if.then, %for.end24
  %end32 = getelementptr inbounds %struct.Range, ptr %inner, i32 0, i32 1
  %82 = load i64, ptr %end32, align 8
  store i64 %82, ptr %at, align 8
  br label %for.cond33

for.cond33:                                       ; preds = %for.inc41, %if.end
  %83 = load i64, ptr %at, align 8
  %84 = load ptr, ptr %axis, align 8
  %count = getelementptr inbounds %struct.WindowAxis, ptr %84, i32 0, i32 0
  %85 = load i64, ptr %count, align 8
  %cmp34 = icmp slt i64 %83, %85
  br i1 %cmp34, label %for.body36, label %for.end43

for.body36:                                       ; preds = %for.cond33
  %86 = load ptr, ptr %call.addr, align 8
  %87 = load ptr, ptr %row.addr, align 8
  %88 = load ptr, ptr %d, align 8
  %single37 = getelementptr inbounds %struct.Depthwise, ptr %88, i32 0, i32 21
  %89 = load ptr, ptr %single37, align 8
  %90 = load i64, ptr %at, align 8
  %91 = load ptr, ptr %axis, align 8
  %92 = load i64, ptr %at, align 8
  %call39 = call { i64, i64 } @elements_of(ptr noundef %91, i64 noundef %92) #2
  %93 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp38, i32 0, i32 0
  %94 = extractvalue { i64, i64 } %call39, 0
  store i64 %94, ptr %93, align 8
  %95 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp38, i32 0, i32 1
  %96 = extractvalue { i64, i64 } %call39, 1
  store i64 %96, ptr %95, align 8
  %97 = load ptr, ptr %d, align 8
  %channels40 = getelementptr inbounds %struct.Depthwise, ptr %97, i32 0, i32 1
  %98 = load i64, ptr %channels40, align 8
  %99 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp38, i32 0, i32 0
  %100 = load i64, ptr %99, align 8
  %101 = getelementptr inbounds { i64, i64 }, ptr %agg.tmp38, i32 0, i32 1
  %102 = load i64, ptr %101, align 8
  call void @compute(ptr noundef %86, ptr noundef %87, ptr noundef %89, i64 noundef %90, i64 %100, i64 %102, i64 noundef %98) #2
  br label %for.inc41

for.inc41:                                        ; preds = %for.body36
  %103 = load i64, ptr %at, align 8
  %inc42 = add nsw i64 %103, 1
  store i64 %inc42, ptr %at, align 8
  br label %for.cond33, !llvm.loop !11

for.end43:                                        ; preds = %for.cond33
  ret void
}

; Function Attrs: nounwind
define internal { i64, i64 } @within(i64 noundef %first, i64 noundef %end, i64 noundef %most) #0 {
entry:
  %retval = alloca %struct.Range, align 8
  %first.addr = alloca i64, align 8
  %end.addr = alloca i64, align 8
  %most.addr = alloca i64, align 8
  store i64 %first, ptr %first.addr, align 8
  store i64 %end, ptr %end.addr, align 8
  store i64 %most, ptr %most.addr, align 8
  %0 = load i64, ptr %first.addr, align 8
  %cmp = icmp slt i64 %0, 0
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  br label %cond.end4

cond.false:                                       ; preds = %entry
  %1 = load i64, ptr %first.addr, align 8
  %2 = load i64, ptr %most.addr, align 8
  %cmp1 = icmp sgt i64 %1, %2
  br i1 %cmp1, label %cond.true2, label %cond.false3

cond.true2:                                       ; preds = %cond.false
  %3 = load i64, ptr %most.addr, align 8
  br label %cond.end

cond.false3:                                      ; preds = %cond.false
  %4 = load i64, ptr %first.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false3, %cond.true2
  %cond = phi i64 [ %3, %cond.true2 ], [ %4, %cond.false3 ]
  br label %cond.end4

cond.end4:                                        ; preds = %cond.end, %cond.true
  %cond5 = phi i64 [ 0, %cond.true ], [ %cond, %cond.end ]
  store i64 %cond5, ptr %first.addr, align 8
  %5 = load i64, ptr %end.addr, align 8
  %6 = load i64, ptr %most.addr, align 8
  %cmp6 = icmp sgt i64 %5, %6
  br i1 %cmp6, label %cond.true7, label %cond.false8

cond.true7:                                       ; preds = %cond.end4
  %7 = load i64, ptr %most.addr, align 8
  br label %cond.end9

cond.false8:                                      ; preds = %cond.end4
  %8 = load i64, ptr %end.addr, align 8
  br label %cond.end9

cond.end9:                                        ; preds = %cond.false8, %cond.true7
  %cond10 = phi i64 [ %7, %cond.true7 ], [ %8, %cond.false8 ]
  store i64 %cond10, ptr %end.addr, align 8
  %first11 = getelementptr inbounds %struct.Range, ptr %retval, i32 0, i32 0
  %9 = load i64, ptr %first.addr, align 8
  store i64 %9, ptr %first11, align 8
  %end12 = getelementptr inbounds %struct.Range, ptr %retval, i32 0, i32 1
  %10 = load i64, ptr %end.addr, align 8
  %11 = load i64, ptr %first.addr, align 8
  %cmp13 = icmp slt i64 %10, %11
  br i1 %cmp13, label %cond.true14, label %cond.false15

cond.true14:                                      ; preds = %cond.end9
  %12 = load i64, ptr %first.addr, align 8
  br label %cond.end16

cond.false15:                                     ; preds = %cond.end9
  %13 = load i64, ptr %end.addr, align 8
  br label %cond.end16

cond.end16:                                       ; preds = %cond.false15, %cond.true14
  %cond17 = phi i64 [ %12, %cond.true14 ], [ %13, %cond.false15 ]
  store i64 %cond17, ptr %end12, align 8
  %14 = load { i64, i64 }, ptr %retval, align 8
  ret { i64, i64 } %14
}

; Function Attrs: nounwind
define internal { i64, i64 } @elements_of(ptr noundef %a, i64 noundef %place) #0 {
entry:
  %retval = alloca %struct.Range, align 8
  %a.addr = alloca ptr, align 8
  %place.addr = alloca i64, align 8
  %at = alloca i64, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %place, ptr %place.addr, align 8
  %0 = load i64, ptr %place.addr, align 8
  %1 = load ptr, ptr %a.addr, align 8
  %step = getelementptr inbounds %struct.WindowAxis, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %step, align 8
  %mul = mul nsw i64 %0, %2
  %3 = load ptr, ptr %a.addr, align 8
  %low = getelementptr inbounds %struct.WindowAxis, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %low, align 8
  %sub = sub nsw i64 %mul, %4
  store i64 %sub, ptr %at, align 8
  %5 = load i64, ptr %at, align 8
  %sub1 = sub nsw i64 0, %5
  %6 = load ptr, ptr %a.addr, align 8
  %gap = getelementptr inbounds %struct.WindowAxis, ptr %6, i32 0, i32 4
  %7 = load i64, ptr %gap, align 8
  %call = call i64 @quotient_up(i64 noundef %sub1, i64 noundef %7) #2
  %8 = load ptr, ptr %a.addr, align 8
  %extent = getelementptr inbounds %struct.WindowAxis, ptr %8, i32 0, i32 1
  %9 = load i64, ptr %extent, align 8
  %10 = load i64, ptr %at, align 8
  %sub2 = sub nsw i64 %9, %10
  %11 = load ptr, ptr %a.addr, align 8
  %gap3 = getelementptr inbounds %struct.WindowAxis, ptr %11, i32 0, i32 4
  %12 = load i64, ptr %gap3, align 8
  %call4 = call i64 @quotient_up(i64 noundef %sub2, i64 noundef %12) #2
  %13 = load ptr, ptr %a.addr, align 8
  %window = getelementptr inbounds %struct.WindowAxis, ptr %13, i32 0, i32 5
  %14 = load i64, ptr %window, align 8
  %call5 = call { i64, i64 } @within(i64 noundef %call, i64 noundef %call4, i64 noundef %14) #2
  %15 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 0
  %16 = extractvalue { i64, i64 } %call5, 0
  store i64 %16, ptr %15, align 8
  %17 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 1
  %18 = extractvalue { i64, i64 } %call5, 1
  store i64 %18, ptr %17, align 8
  %19 = load { i64, i64 }, ptr %retval, align 8
  ret { i64, i64 } %19
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: nounwind
define internal i64 @place(ptr noundef %a, i64 noundef %window, i64 noundef %element) #0 {
entry:
  %a.addr = alloca ptr, align 8
  %window.addr = alloca i64, align 8
  %element.addr = alloca i64, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %window, ptr %window.addr, align 8
  store i64 %element, ptr %element.addr, align 8
  %0 = load i64, ptr %window.addr, align 8
  %1 = load ptr, ptr %a.addr, align 8
  %step = getelementptr inbounds %struct.WindowAxis, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %step, align 8
  %mul = mul nsw i64 %0, %2
  %3 = load ptr, ptr %a.addr, align 8
  %low = getelementptr inbounds %struct.WindowAxis, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %low, align 8
  %sub = sub nsw i64 %mul, %4
  %5 = load i64, ptr %element.addr, align 8
  %6 = load ptr, ptr %a.addr, align 8
  %gap = getelementptr inbounds %struct.WindowAxis, ptr %6, i32 0, i32 4
  %7 = load i64, ptr %gap, align 8
  %mul1 = mul nsw i64 %5, %7
  %add = add nsw i64 %sub, %mul1
  %8 = load ptr, ptr %a.addr, align 8
  %stride = getelementptr inbounds %struct.WindowAxis, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %stride, align 8
  %mul2 = mul nsw i64 %add, %9
  ret i64 %mul2
}

; Function Attrs: nounwind
define internal i64 @quotient_up(i64 noundef %a, i64 noundef %b) #0 {
entry:
  %a.addr = alloca i64, align 8
  %b.addr = alloca i64, align 8
  store i64 %a, ptr %a.addr, align 8
  store i64 %b, ptr %b.addr, align 8
  %0 = load i64, ptr %a.addr, align 8
  %cmp = icmp sge i64 %0, 0
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %1 = load i64, ptr %a.addr, align 8
  %2 = load i64, ptr %b.addr, align 8
  %add = add nsw i64 %1, %2
  %sub = sub nsw i64 %add, 1
  %3 = load i64, ptr %b.addr, align 8
  %div = sdiv i64 %sub, %3
  br label %cond.end

cond.false:                                       ; preds = %entry
  %4 = load i64, ptr %a.addr, align 8
  %sub1 = sub nsw i64 0, %4
  %5 = load i64, ptr %b.addr, align 8
  %div2 = sdiv i64 %sub1, %5
  %sub3 = sub nsw i64 0, %div2
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %div, %cond.true ], [ %sub3, %cond.false ]
  ret i64 %cond
}

; Function Attrs: nounwind
define internal void @compute(ptr noundef %call, ptr noundef %row, ptr noundef %tile, i64 noundef %at, i64 %columns.coerce0, i64 %columns.coerce1, i64 noundef %channels) #0 {
entry:
  %columns = alloca %struct.Range, align 8
  %call.addr = alloca ptr, align 8
  %row.addr = alloca ptr, align 8
  %tile.addr = alloca ptr, align 8
  %at.addr = alloca i64, align 8
  %channels.addr = alloca i64, align 8
  %d = alloca ptr, align 8
  %axis = alloca ptr, align 8
  %x = alloca i64, align 8
  %out = alloca i64, align 8
  %kernel = alloca i64, align 8
  %0 = getelementptr inbounds { i64, i64 }, ptr %columns, i32 0, i32 0
  store i64 %columns.coerce0, ptr %0, align 8
  %1 = getelementptr inbounds { i64, i64 }, ptr %columns, i32 0, i32 1
  store i64 %columns.coerce1, ptr %1, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %row, ptr %row.addr, align 8
  store ptr %tile, ptr %tile.addr, align 8
  store i64 %at, ptr %at.addr, align 8
  store i64 %channels, ptr %channels.addr, align 8
  %2 = load ptr, ptr %call.addr, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %2, i32 0, i32 0
  %3 = load ptr, ptr %depthwise, align 8
  store ptr %3, ptr %d, align 8
  %4 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %4, i32 0, i32 4
  %5 = load ptr, ptr %axes, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %5, i64 2
  store ptr %add.ptr, ptr %axis, align 8
  %6 = load ptr, ptr %row.addr, align 8
  %x1 = getelementptr inbounds %struct.Row, ptr %6, i32 0, i32 0
  %7 = load i64, ptr %x1, align 8
  %8 = load ptr, ptr %axis, align 8
  %9 = load i64, ptr %at.addr, align 8
  %first = getelementptr inbounds %struct.Range, ptr %columns, i32 0, i32 0
  %10 = load i64, ptr %first, align 8
  %call2 = call i64 @place(ptr noundef %8, i64 noundef %9, i64 noundef %10) #2
  %add = add nsw i64 %7, %call2
  store i64 %add, ptr %x, align 8
  %11 = load ptr, ptr %row.addr, align 8
  %out3 = getelementptr inbounds %struct.Row, ptr %11, i32 0, i32 1
  %12 = load i64, ptr %out3, align 8
  %13 = load i64, ptr %at.addr, align 8
  %14 = load ptr, ptr %axis, align 8
  %output_stride = getelementptr inbounds %struct.WindowAxis, ptr %14, i32 0, i32 7
  %15 = load i64, ptr %output_stride, align 8
  %mul = mul nsw i64 %13, %15
  %add4 = add nsw i64 %12, %mul
  store i64 %add4, ptr %out, align 8
  %16 = load ptr, ptr %row.addr, align 8
  %planes = getelementptr inbounds %struct.Row, ptr %16, i32 0, i32 2
  %first5 = getelementptr inbounds %struct.Range, ptr %planes, i32 0, i32 0
  %17 = load i64, ptr %first5, align 8
  %18 = load ptr, ptr %d, align 8
  %kernel_plane = getelementptr inbounds %struct.Depthwise, ptr %18, i32 0, i32 11
  %19 = load i64, ptr %kernel_plane, align 8
  %mul6 = mul nsw i64 %17, %19
  %20 = load ptr, ptr %row.addr, align 8
  %rows = getelementptr inbounds %struct.Row, ptr %20, i32 0, i32 3
  %first7 = getelementptr inbounds %struct.Range, ptr %rows, i32 0, i32 0
  %21 = load i64, ptr %first7, align 8
  %22 = load ptr, ptr %d, align 8
  %kernel_row = getelementptr inbounds %struct.Depthwise, ptr %22, i32 0, i32 12
  %23 = load i64, ptr %kernel_row, align 8
  %mul8 = mul nsw i64 %21, %23
  %add9 = add nsw i64 %mul6, %mul8
  %first10 = getelementptr inbounds %struct.Range, ptr %columns, i32 0, i32 0
  %24 = load i64, ptr %first10, align 8
  %25 = load ptr, ptr %d, align 8
  %kernel_column = getelementptr inbounds %struct.Depthwise, ptr %25, i32 0, i32 13
  %26 = load i64, ptr %kernel_column, align 8
  %mul11 = mul nsw i64 %24, %26
  %add12 = add nsw i64 %add9, %mul11
  store i64 %add12, ptr %kernel, align 8
  %27 = load ptr, ptr %tile.addr, align 8
  %28 = load ptr, ptr %d, align 8
  %29 = load ptr, ptr %call.addr, align 8
  %x13 = getelementptr inbounds %struct.Call, ptr %29, i32 0, i32 1
  %30 = load ptr, ptr %x13, align 8
  %31 = load i64, ptr %x, align 8
  %32 = load ptr, ptr %d, align 8
  %size = getelementptr inbounds %struct.Depthwise, ptr %32, i32 0, i32 0
  %33 = load i64, ptr %size, align 8
  %mul14 = mul nsw i64 %31, %33
  %add.ptr15 = getelementptr inbounds i8, ptr %30, i64 %mul14
  %34 = load ptr, ptr %call.addr, align 8
  %second = getelementptr inbounds %struct.Call, ptr %34, i32 0, i32 2
  %35 = load ptr, ptr %second, align 8
  %36 = load i64, ptr %kernel, align 8
  %37 = load ptr, ptr %d, align 8
  %size16 = getelementptr inbounds %struct.Depthwise, ptr %37, i32 0, i32 0
  %38 = load i64, ptr %size16, align 8
  %mul17 = mul nsw i64 %36, %38
  %add.ptr18 = getelementptr inbounds i8, ptr %35, i64 %mul17
  %39 = load ptr, ptr %call.addr, align 8
  %out19 = getelementptr inbounds %struct.Call, ptr %39, i32 0, i32 3
  %40 = load ptr, ptr %out19, align 8
  %41 = load i64, ptr %out, align 8
  %42 = load ptr, ptr %d, align 8
  %size20 = getelementptr inbounds %struct.Depthwise, ptr %42, i32 0, i32 0
  %43 = load i64, ptr %size20, align 8
  %mul21 = mul nsw i64 %41, %43
  %add.ptr22 = getelementptr inbounds i8, ptr %40, i64 %mul21
  %44 = load ptr, ptr %row.addr, align 8
  %planes23 = getelementptr inbounds %struct.Row, ptr %44, i32 0, i32 2
  %end = getelementptr inbounds %struct.Range, ptr %planes23, i32 0, i32 1
  %45 = load i64, ptr %end, align 8
  %46 = load ptr, ptr %row.addr, align 8
  %planes24 = getelementptr inbounds %struct.Row, ptr %46, i32 0, i32 2
  %first25 = getelementptr inbounds %struct.Range, ptr %planes24, i32 0, i32 0
  %47 = load i64, ptr %first25, align 8
  %sub = sub nsw i64 %45, %47
  %48 = load ptr, ptr %row.addr, align 8
  %rows26 = getelementptr inbounds %struct.Row, ptr %48, i32 0, i32 3
  %end27 = getelementptr inbounds %struct.Range, ptr %rows26, i32 0, i32 1
  %49 = load i64, ptr %end27, align 8
  %50 = load ptr, ptr %row.addr, align 8
  %rows28 = getelementptr inbounds %struct.Row, ptr %50, i32 0, i32 3
  %first29 = getelementptr inbounds %struct.Range, ptr %rows28, i32 0, i32 0
  %51 = load i64, ptr %first29, align 8
  %sub30 = sub nsw i64 %49, %51
  %end31 = getelementptr inbounds %struct.Range, ptr %columns, i32 0, i32 1
  %52 = load i64, ptr %end31, align 8
  %first32 = getelementptr inbounds %struct.Range, ptr %columns, i32 0, i32 0
  %53 = load i64, ptr %first32, align 8
  %sub33 = sub nsw i64 %52, %53
  %54 = load i64, ptr %channels.addr, align 8
  call void %27(ptr noundef %28, ptr noundef %add.ptr15, ptr noundef %add.ptr18, ptr noundef %add.ptr22, i64 noundef %sub, i64 noundef %sub30, i64 noundef %sub33, i64 noundef %54) #2
  ret void
}

; Function Attrs: nounwind
define internal { i64, i64 } @places_of(ptr noundef %a, i64 noundef %first, i64 noundef %last) #0 {
entry:
  %retval = alloca %struct.Range, align 8
  %a.addr = alloca ptr, align 8
  %first.addr = alloca i64, align 8
  %last.addr = alloca i64, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %first, ptr %first.addr, align 8
  store i64 %last, ptr %last.addr, align 8
  %0 = load ptr, ptr %a.addr, align 8
  %low = getelementptr inbounds %struct.WindowAxis, ptr %0, i32 0, i32 2
  %1 = load i64, ptr %low, align 8
  %2 = load i64, ptr %first.addr, align 8
  %3 = load ptr, ptr %a.addr, align 8
  %gap = getelementptr inbounds %struct.WindowAxis, ptr %3, i32 0, i32 4
  %4 = load i64, ptr %gap, align 8
  %mul = mul nsw i64 %2, %4
  %sub = sub nsw i64 %1, %mul
  %5 = load ptr, ptr %a.addr, align 8
  %step = getelementptr inbounds %struct.WindowAxis, ptr %5, i32 0, i32 3
  %6 = load i64, ptr %step, align 8
  %call = call i64 @quotient_up(i64 noundef %sub, i64 noundef %6) #2
  %7 = load ptr, ptr %a.addr, align 8
  %extent = getelementptr inbounds %struct.WindowAxis, ptr %7, i32 0, i32 1
  %8 = load i64, ptr %extent, align 8
  %9 = load ptr, ptr %a.addr, align 8
  %low1 = getelementptr inbounds %struct.WindowAxis, ptr %9, i32 0, i32 2
  %10 = load i64, ptr %low1, align 8
  %add = add nsw i64 %8, %10
  %11 = load i64, ptr %last.addr, align 8
  %12 = load ptr, ptr %a.addr, align 8
  %gap2 = getelementptr inbounds %struct.WindowAxis, ptr %12, i32 0, i32 4
  %13 = load i64, ptr %gap2, align 8
  %mul3 = mul nsw i64 %11, %13
  %sub4 = sub nsw i64 %add, %mul3
  %14 = load ptr, ptr %a.addr, align 8
  %step5 = getelementptr inbounds %struct.WindowAxis, ptr %14, i32 0, i32 3
  %15 = load i64, ptr %step5, align 8
  %call6 = call i64 @quotient_up(i64 noundef %sub4, i64 noundef %15) #2
  %16 = load ptr, ptr %a.addr, align 8
  %count = getelementptr inbounds %struct.WindowAxis, ptr %16, i32 0, i32 0
  %17 = load i64, ptr %count, align 8
  %call7 = call { i64, i64 } @within(i64 noundef %call, i64 noundef %call6, i64 noundef %17) #2
  %18 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 0
  %19 = extractvalue { i64, i64 } %call7, 0
  store i64 %19, ptr %18, align 8
  %20 = getelementptr inbounds { i64, i64 }, ptr %retval, i32 0, i32 1
  %21 = extractvalue { i64, i64 } %call7, 1
  store i64 %21, ptr %20, align 8
  %22 = load { i64, i64 }, ptr %retval, align 8
  ret { i64, i64 } %22
}

; Function Attrs: nounwind
define internal void @add_row(ptr noundef %call, ptr noundef %row, ptr noundef %sums) #0 {
entry:
  %call.addr = alloca ptr, align 8
  %row.addr = alloca ptr, align 8
  %sums.addr = alloca ptr, align 8
  %d = alloca ptr, align 8
  %axis = alloca ptr, align 8
  %left = alloca i64, align 8
  %some = alloca i64, align 8
  %first = alloca i64, align 8
  %tile = alloca ptr, align 8
  %all = alloca %struct.Range, align 8
  %count = alloca i64, align 8
  %end9 = alloca i64, align 8
  %column = alloca i64, align 8
  %own = alloca %struct.Range, align 8
  %at = alloca i64, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %row, ptr %row.addr, align 8
  store ptr %sums, ptr %sums.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %depthwise, align 8
  store ptr %1, ptr %d, align 8
  %2 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 2
  store ptr %add.ptr, ptr %axis, align 8
  %4 = load ptr, ptr %d, align 8
  %larger = getelementptr inbounds %struct.Depthwise, ptr %4, i32 0, i32 17
  %5 = load i64, ptr %larger, align 8
  store i64 %5, ptr %left, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc42, %entry
  %6 = load i64, ptr %first, align 8
  %7 = load ptr, ptr %axis, align 8
  %window = getelementptr inbounds %struct.WindowAxis, ptr %7, i32 0, i32 5
  %8 = load i64, ptr %window, align 8
  %cmp = icmp slt i64 %6, %8
  br i1 %cmp, label %for.body, label %for.end44

for.body:                                         ; preds = %for.cond
  %9 = load i64, ptr %left, align 8
  %cmp1 = icmp sgt i64 %9, 0
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %10 = load ptr, ptr %d, align 8
  %larger_tile = getelementptr inbounds %struct.Depthwise, ptr %10, i32 0, i32 19
  %11 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %12 = load ptr, ptr %d, align 8
  %tile2 = getelementptr inbounds %struct.Depthwise, ptr %12, i32 0, i32 18
  %13 = load ptr, ptr %tile2, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %11, %cond.true ], [ %13, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  %14 = load ptr, ptr %d, align 8
  %pixels = getelementptr inbounds %struct.Depthwise, ptr %14, i32 0, i32 16
  %15 = load i64, ptr %pixels, align 8
  %16 = load i64, ptr %left, align 8
  %cmp3 = icmp sgt i64 %16, 0
  %conv = zext i1 %cmp3 to i32
  %conv4 = sext i32 %conv to i64
  %add = add nsw i64 %15, %conv4
  store i64 %add, ptr %some, align 8
  %17 = load ptr, ptr %axis, align 8
  %18 = load i64, ptr %first, align 8
  %19 = load i64, ptr %first, align 8
  %20 = load i64, ptr %some, align 8
  %add5 = add nsw i64 %19, %20
  %sub = sub nsw i64 %add5, 1
  %call6 = call { i64, i64 } @places_of(ptr noundef %17, i64 noundef %18, i64 noundef %sub) #2
  %21 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 0
  %22 = extractvalue { i64, i64 } %call6, 0
  store i64 %22, ptr %21, align 8
  %23 = getelementptr inbounds { i64, i64 }, ptr %all, i32 0, i32 1
  %24 = extractvalue { i64, i64 } %call6, 1
  store i64 %24, ptr %23, align 8
  %end = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 1
  %25 = load i64, ptr %end, align 8
  %first7 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  %26 = load i64, ptr %first7, align 8
  %sub8 = sub nsw i64 %25, %26
  %27 = load ptr, ptr %d, align 8
  %together = getelementptr inbounds %struct.Depthwise, ptr %27, i32 0, i32 2
  %28 = load i64, ptr %together, align 8
  %div = sdiv i64 %sub8, %28
  store i64 %div, ptr %count, align 8
  %first10 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  %29 = load i64, ptr %first10, align 8
  %30 = load i64, ptr %count, align 8
  %31 = load ptr, ptr %d, align 8
  %together11 = getelementptr inbounds %struct.Depthwise, ptr %31, i32 0, i32 2
  %32 = load i64, ptr %together11, align 8
  %mul = mul nsw i64 %30, %32
  %add12 = add nsw i64 %29, %mul
  store i64 %add12, ptr %end9, align 8
  %33 = load ptr, ptr %call.addr, align 8
  %34 = load ptr, ptr %row.addr, align 8
  %35 = load ptr, ptr %tile, align 8
  %36 = load i64, ptr %first, align 8
  %37 = load ptr, ptr %sums.addr, align 8
  %first13 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  %38 = load i64, ptr %first13, align 8
  %39 = load i64, ptr %count, align 8
  %40 = load ptr, ptr %d, align 8
  %together14 = getelementptr inbounds %struct.Depthwise, ptr %40, i32 0, i32 2
  %41 = load i64, ptr %together14, align 8
  %42 = load ptr, ptr %d, align 8
  %channels = getelementptr inbounds %struct.Depthwise, ptr %42, i32 0, i32 1
  %43 = load i64, ptr %channels, align 8
  %mul15 = mul nsw i64 %41, %43
  call void @add(ptr noundef %33, ptr noundef %34, ptr noundef %35, i64 noundef %36, ptr noundef %37, i64 noundef %38, i64 noundef %39, i64 noundef %mul15) #2
  %44 = load ptr, ptr %call.addr, align 8
  %45 = load ptr, ptr %row.addr, align 8
  %46 = load ptr, ptr %tile, align 8
  %47 = load i64, ptr %first, align 8
  %48 = load ptr, ptr %sums.addr, align 8
  %49 = load i64, ptr %end9, align 8
  %end16 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 1
  %50 = load i64, ptr %end16, align 8
  %51 = load i64, ptr %end9, align 8
  %sub17 = sub nsw i64 %50, %51
  %52 = load ptr, ptr %d, align 8
  %channels18 = getelementptr inbounds %struct.Depthwise, ptr %52, i32 0, i32 1
  %53 = load i64, ptr %channels18, align 8
  %mul19 = mul nsw i64 %sub17, %53
  call void @add(ptr noundef %44, ptr noundef %45, ptr noundef %46, i64 noundef %47, ptr noundef %48, i64 noundef %49, i64 noundef 1, i64 noundef %mul19) #2
  %54 = load i64, ptr %first, align 8
  store i64 %54, ptr %column, align 8
  br label %for.cond20

for.cond20:                                       ; preds = %for.inc39, %cond.end
  %55 = load i64, ptr %column, align 8
  %56 = load i64, ptr %first, align 8
  %57 = load i64, ptr %some, align 8
  %add21 = add nsw i64 %56, %57
  %cmp22 = icmp slt i64 %55, %add21
  br i1 %cmp22, label %for.body24, label %for.end41

for.body24:                                       ; preds = %for.cond20
  %58 = load ptr, ptr %axis, align 8
  %59 = load i64, ptr %column, align 8
  %60 = load i64, ptr %column, align 8
  %call25 = call { i64, i64 } @places_of(ptr noundef %58, i64 noundef %59, i64 noundef %60) #2
  %61 = getelementptr inbounds { i64, i64 }, ptr %own, i32 0, i32 0
  %62 = extractvalue { i64, i64 } %call25, 0
  store i64 %62, ptr %61, align 8
  %63 = getelementptr inbounds { i64, i64 }, ptr %own, i32 0, i32 1
  %64 = extractvalue { i64, i64 } %call25, 1
  store i64 %64, ptr %63, align 8
  %first26 = getelementptr inbounds %struct.Range, ptr %own, i32 0, i32 0
  %65 = load i64, ptr %first26, align 8
  store i64 %65, ptr %at, align 8
  br label %for.cond27

for.cond27:                                       ; preds = %for.inc, %for.body24
  %66 = load i64, ptr %at, align 8
  %end28 = getelementptr inbounds %struct.Range, ptr %own, i32 0, i32 1
  %67 = load i64, ptr %end28, align 8
  %cmp29 = icmp slt i64 %66, %67
  br i1 %cmp29, label %for.body31, label %for.end

for.body31:                                       ; preds = %for.cond27
  %68 = load i64, ptr %at, align 8
  %first32 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 0
  %69 = load i64, ptr %first32, align 8
  %cmp33 = icmp slt i64 %68, %69
  br i1 %cmp33, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %for.body31
  %70 = load i64, ptr %at, align 8
  %end35 = getelementptr inbounds %struct.Range, ptr %all, i32 0, i32 1
  %71 = load i64, ptr %end35, align 8
  %cmp36 = icmp sge i64 %70, %71
  br i1 %cmp36, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %for.body31
  %72 = load ptr, ptr %call.addr, align 8
  %73 = load ptr, ptr %row.addr, align 8
  %74 = load ptr, ptr %d, align 8
  %single = getelementptr inbounds %struct.Depthwise, ptr %74, i32 0, i32 21
  %75 = load ptr, ptr %single, align 8
  %76 = load i64, ptr %column, align 8
  %77 = load ptr, ptr %sums.addr, align 8
  %78 = load i64, ptr %at, align 8
  %79 = load ptr, ptr %d, align 8
  %channels38 = getelementptr inbounds %struct.Depthwise, ptr %79, i32 0, i32 1
  %80 = load i64, ptr %channels38, align 8
  call void @add(ptr noundef %72, ptr noundef %73, ptr noundef %75, i64 noundef %76, ptr noundef %77, i64 noundef %78, i64 noundef 1, i64 noundef %80) #2
  br label %if.end

if.end:                                           ; preds = %if.then, %lor.lhs.false
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %81 = load i64, ptr %at, align 8
  %inc = add nsw i64 %81, 1
  store i64 %inc, ptr %at, align 8
  br label %for.cond27, !llvm.loop !12

for.end:                                          ; preds = %for.cond27
  br label %for.inc39

for.inc39:                                        ; preds = %for.end
  %82 = load i64, ptr %column, align 8
  %inc40 = add nsw i64 %82, 1
  store i64 %inc40, ptr %column, align 8
  br label %for.cond20, !llvm.loop !13

for.end41:                                        ; preds = %for.cond20
  br label %for.inc42

for.inc42:                                        ; preds = %for.end41
  %83 = load i64, ptr %some, align 8
  %84 = load i64, ptr %first, align 8
  %add43 = add nsw i64 %84, %83
  store i64 %add43, ptr %first, align 8
  %85 = load i64, ptr %left, align 8
  %dec = add nsw i64 %85, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond, !llvm.loop !14

for.end44:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @add(ptr noundef %call, ptr noundef %row, ptr noundef %tile, i64 noundef %column, ptr noundef %sums, i64 noundef %at, i64 noundef %pixels, i64 noundef %channels) #0 {
entry:
  %call.addr = alloca ptr, align 8
  %row.addr = alloca ptr, align 8
  %tile.addr = alloca ptr, align 8
  %column.addr = alloca i64, align 8
  %sums.addr = alloca ptr, align 8
  %at.addr = alloca i64, align 8
  %pixels.addr = alloca i64, align 8
  %channels.addr = alloca i64, align 8
  %d = alloca ptr, align 8
  %axis = alloca ptr, align 8
  %x = alloca i64, align 8
  %y = alloca i64, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %row, ptr %row.addr, align 8
  store ptr %tile, ptr %tile.addr, align 8
  store i64 %column, ptr %column.addr, align 8
  store ptr %sums, ptr %sums.addr, align 8
  store i64 %at, ptr %at.addr, align 8
  store i64 %pixels, ptr %pixels.addr, align 8
  store i64 %channels, ptr %channels.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %depthwise = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %depthwise, align 8
  store ptr %1, ptr %d, align 8
  %2 = load ptr, ptr %d, align 8
  %axes = getelementptr inbounds %struct.Depthwise, ptr %2, i32 0, i32 4
  %3 = load ptr, ptr %axes, align 8
  %add.ptr = getelementptr inbounds %struct.WindowAxis, ptr %3, i64 2
  store ptr %add.ptr, ptr %axis, align 8
  %4 = load ptr, ptr %row.addr, align 8
  %x1 = getelementptr inbounds %struct.Row, ptr %4, i32 0, i32 0
  %5 = load i64, ptr %x1, align 8
  %6 = load ptr, ptr %axis, align 8
  %7 = load i64, ptr %at.addr, align 8
  %8 = load i64, ptr %column.addr, align 8
  %call2 = call i64 @place(ptr noundef %6, i64 noundef %7, i64 noundef %8) #2
  %add = add nsw i64 %5, %call2
  store i64 %add, ptr %x, align 8
  %9 = load ptr, ptr %row.addr, align 8
  %out = getelementptr inbounds %struct.Row, ptr %9, i32 0, i32 1
  %10 = load i64, ptr %out, align 8
  %11 = load i64, ptr %at.addr, align 8
  %12 = load ptr, ptr %axis, align 8
  %output_stride = getelementptr inbounds %struct.WindowAxis, ptr %12, i32 0, i32 7
  %13 = load i64, ptr %output_stride, align 8
  %mul = mul nsw i64 %11, %13
  %add3 = add nsw i64 %10, %mul
  store i64 %add3, ptr %y, align 8
  %14 = load i64, ptr %pixels.addr, align 8
  %cmp = icmp sgt i64 %14, 0
  br i1 %cmp, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %entry
  %15 = load i64, ptr %channels.addr, align 8
  %cmp4 = icmp sgt i64 %15, 0
  br i1 %cmp4, label %if.then, label %if.end

if.then:                                          ; preds = %land.lhs.true
  %16 = load ptr, ptr %tile.addr, align 8
  %17 = load ptr, ptr %d, align 8
  %18 = load ptr, ptr %call.addr, align 8
  %x5 = getelementptr inbounds %struct.Call, ptr %18, i32 0, i32 1
  %19 = load ptr, ptr %x5, align 8
  %20 = load i64, ptr %x, align 8
  %21 = load ptr, ptr %d, align 8
  %size = getelementptr inbounds %struct.Depthwise, ptr %21, i32 0, i32 0
  %22 = load i64, ptr %size, align 8
  %mul6 = mul nsw i64 %20, %22
  %add.ptr7 = getelementptr inbounds i8, ptr %19, i64 %mul6
  %23 = load ptr, ptr %call.addr, align 8
  %second = getelementptr inbounds %struct.Call, ptr %23, i32 0, i32 2
  %24 = load ptr, ptr %second, align 8
  %25 = load i64, ptr %y, align 8
  %26 = load ptr, ptr %d, align 8
  %size8 = getelementptr inbounds %struct.Depthwise, ptr %26, i32 0, i32 0
  %27 = load i64, ptr %size8, align 8
  %mul9 = mul nsw i64 %25, %27
  %add.ptr10 = getelementptr inbounds i8, ptr %24, i64 %mul9
  %28 = load ptr, ptr %sums.addr, align 8
  %29 = load i64, ptr %column.addr, align 8
  %30 = load ptr, ptr %d, align 8
  %kernel_column = getelementptr inbounds %struct.Depthwise, ptr %30, i32 0, i32 13
  %31 = load i64, ptr %kernel_column, align 8
  %mul11 = mul nsw i64 %29, %31
  %32 = load ptr, ptr %d, align 8
  %size12 = getelementptr inbounds %struct.Depthwise, ptr %32, i32 0, i32 0
  %33 = load i64, ptr %size12, align 8
  %mul13 = mul nsw i64 %mul11, %33
  %add.ptr14 = getelementptr inbounds i8, ptr %28, i64 %mul13
  %34 = load i64, ptr %pixels.addr, align 8
  %35 = load i64, ptr %channels.addr, align 8
  call void %16(ptr noundef %17, ptr noundef %add.ptr7, ptr noundef %add.ptr10, ptr noundef %add.ptr14, i64 noundef %34, i64 noundef %35) #2
  br label %if.end

if.end:                                           ; preds = %if.then, %land.lhs.true, %entry
  ret void
}

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = distinct !{!5, !4}
!6 = distinct !{!6, !4}
!7 = distinct !{!7, !4}
!8 = distinct !{!8, !4}
!9 = distinct !{!9, !4}
!10 = distinct !{!10, !4}
!11 = distinct !{!11, !4}
!12 = distinct !{!12, !4}
!13 = distinct !{!13, !4}
!14 = distinct !{!14, !4}
