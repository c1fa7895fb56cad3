; Made of convolution.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 8ce9049b13f0cea6761d902960c76ea8c342f5553357889d8172cdb71a767ed6

%struct.Call = type { ptr, ptr, ptr, ptr }
%struct.Convolution = type { i64, i64, i64, i64, ptr, ptr, i64, i64, i64, i64, i64, ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64 }
%struct.Columns = type { %struct.Call, i64 }
%struct.PanelProduct = type { ptr, i64, i64, i64 }

; Function Attrs: nounwind
define void @dovetail_convolve(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %c = alloca ptr, align 8
  %call = alloca %struct.Call, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %c, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 0
  %1 = load ptr, ptr %c, align 8
  store ptr %1, ptr %convolution, align 8
  %x = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 1
  %2 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx, align 8
  store ptr %3, ptr %x, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 2
  %4 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %4, i64 1
  %5 = load ptr, ptr %arrayidx1, align 8
  store ptr %5, ptr %packed, align 8
  %out = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 3
  %6 = load ptr, ptr %buffers.addr, align 8
  %arrayidx2 = getelementptr inbounds ptr, ptr %6, i64 2
  %7 = load ptr, ptr %arrayidx2, align 8
  store ptr %7, ptr %out, align 8
  %8 = load ptr, ptr %parallel_for.addr, align 8
  call void @run_tasks(ptr noundef @rows_of_a_task, ptr noundef %call, ptr noundef %8) #2
  ret void
}

; Function Attrs: nounwind
define internal void @run_tasks(ptr noundef %task, ptr noundef %call, ptr noundef %parallel_for) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %call.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %c = alloca ptr, align 8
  %rows = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %call, ptr %call.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %convolution, align 8
  store ptr %1, ptr %c, align 8
  %2 = load ptr, ptr %c, align 8
  %batch = getelementptr inbounds %struct.Convolution, ptr %2, i32 0, i32 6
  %3 = load i64, ptr %batch, align 8
  %4 = load ptr, ptr %c, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %4, i32 0, i32 7
  %5 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %3, %5
  %6 = load ptr, ptr %c, align 8
  %rows1 = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 8
  %7 = load i64, ptr %rows1, align 8
  %mul2 = mul nsw i64 %mul, %7
  store i64 %mul2, ptr %rows, align 8
  %8 = load ptr, ptr %parallel_for.addr, align 8
  %9 = load ptr, ptr %task.addr, align 8
  %10 = load ptr, ptr %call.addr, align 8
  %11 = load i64, ptr %rows, align 8
  %12 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %12, i32 0, i32 20
  %13 = load i64, ptr %rows_at_once, align 8
  %add = add nsw i64 %11, %13
  %sub = sub nsw i64 %add, 1
  %14 = load ptr, ptr %c, align 8
  %rows_at_once3 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 20
  %15 = load i64, ptr %rows_at_once3, align 8
  %div = sdiv i64 %sub, %15
  call void %8(ptr noundef %9, ptr noundef %10, i64 noundef %div) #2
  ret void
}

; Function Attrs: nounwind
define internal void @rows_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %end = alloca i64, align 8
  %elements = alloca i64, align 8
  %in_panels = alloca i64, align 8
  %group = alloca i64, align 8
  %first = alloca i64, align 8
  %row = alloca i64, align 8
  %from = alloca i64, align 8
  %to = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %call, align 8
  %1 = load ptr, ptr %call, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %convolution, align 8
  store ptr %2, ptr %c, align 8
  %3 = load ptr, ptr %c, align 8
  %4 = load i64, ptr %number.addr, align 8
  %call1 = call i64 @end_of_task(ptr noundef %3, i64 noundef %4) #2
  store i64 %call1, ptr %end, align 8
  %5 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %5, i32 0, i32 10
  %6 = load i64, ptr %taps, align 8
  %7 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 13
  %8 = load i64, ptr %inputs, align 8
  %mul = mul nsw i64 %6, %8
  store i64 %mul, ptr %elements, align 8
  %9 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 14
  %10 = load i64, ptr %outputs, align 8
  %11 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 1
  %12 = load i64, ptr %channels, align 8
  %add = add nsw i64 %10, %12
  %sub = sub nsw i64 %add, 1
  %13 = load ptr, ptr %c, align 8
  %channels2 = getelementptr inbounds %struct.Convolution, ptr %13, i32 0, i32 1
  %14 = load i64, ptr %channels2, align 8
  %div = sdiv i64 %sub, %14
  %15 = load ptr, ptr %c, align 8
  %channels3 = getelementptr inbounds %struct.Convolution, ptr %15, i32 0, i32 1
  %16 = load i64, ptr %channels3, align 8
  %mul4 = mul nsw i64 %div, %16
  store i64 %mul4, ptr %in_panels, align 8
  store i64 0, ptr %group, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc39, %entry
  %17 = load i64, ptr %group, align 8
  %18 = load ptr, ptr %c, align 8
  %groups = getelementptr inbounds %struct.Convolution, ptr %18, i32 0, i32 12
  %19 = load i64, ptr %groups, align 8
  %cmp = icmp slt i64 %17, %19
  br i1 %cmp, label %for.body, label %for.end41

for.body:                                         ; preds = %for.cond
  store i64 0, ptr %first, align 8
  br label %for.cond5

for.cond5:                                        ; preds = %for.inc35, %for.body
  %20 = load i64, ptr %first, align 8
  %21 = load ptr, ptr %c, align 8
  %outputs6 = getelementptr inbounds %struct.Convolution, ptr %21, i32 0, i32 14
  %22 = load i64, ptr %outputs6, align 8
  %cmp7 = icmp slt i64 %20, %22
  br i1 %cmp7, label %for.body8, label %for.end38

for.body8:                                        ; preds = %for.cond5
  %23 = load i64, ptr %number.addr, align 8
  %24 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 20
  %25 = load i64, ptr %rows_at_once, align 8
  %mul9 = mul nsw i64 %23, %25
  store i64 %mul9, ptr %row, align 8
  br label %for.cond10

for.cond10:                                       ; preds = %for.inc, %for.body8
  %26 = load i64, ptr %row, align 8
  %27 = load i64, ptr %end, align 8
  %cmp11 = icmp slt i64 %26, %27
  br i1 %cmp11, label %for.body12, label %for.end

for.body12:                                       ; preds = %for.cond10
  %28 = load ptr, ptr %c, align 8
  %29 = load i64, ptr %row, align 8
  %call13 = call i64 @start_of_row(ptr noundef %28, i64 noundef %29) #2
  %30 = load i64, ptr %group, align 8
  %31 = load ptr, ptr %c, align 8
  %inputs14 = getelementptr inbounds %struct.Convolution, ptr %31, i32 0, i32 13
  %32 = load i64, ptr %inputs14, align 8
  %mul15 = mul nsw i64 %30, %32
  %add16 = add nsw i64 %call13, %mul15
  store i64 %add16, ptr %from, align 8
  %33 = load i64, ptr %row, align 8
  %34 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %34, i32 0, i32 9
  %35 = load i64, ptr %columns, align 8
  %mul17 = mul nsw i64 %33, %35
  %36 = load ptr, ptr %c, align 8
  %output_step = getelementptr inbounds %struct.Convolution, ptr %36, i32 0, i32 19
  %37 = load i64, ptr %output_step, align 8
  %mul18 = mul nsw i64 %mul17, %37
  %38 = load i64, ptr %group, align 8
  %39 = load ptr, ptr %c, align 8
  %outputs19 = getelementptr inbounds %struct.Convolution, ptr %39, i32 0, i32 14
  %40 = load i64, ptr %outputs19, align 8
  %mul20 = mul nsw i64 %38, %40
  %add21 = add nsw i64 %mul18, %mul20
  %41 = load i64, ptr %first, align 8
  %add22 = add nsw i64 %add21, %41
  store i64 %add22, ptr %to, align 8
  %42 = load ptr, ptr %c, align 8
  %43 = load ptr, ptr %call, align 8
  %x = getelementptr inbounds %struct.Call, ptr %43, i32 0, i32 1
  %44 = load ptr, ptr %x, align 8
  %45 = load i64, ptr %from, align 8
  %46 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %46, i32 0, i32 0
  %47 = load i64, ptr %size, align 8
  %mul23 = mul nsw i64 %45, %47
  %add.ptr = getelementptr inbounds i8, ptr %44, i64 %mul23
  %48 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %48, i32 0, i32 2
  %49 = load ptr, ptr %packed, align 8
  %50 = load i64, ptr %group, align 8
  %51 = load i64, ptr %in_panels, align 8
  %mul24 = mul nsw i64 %50, %51
  %52 = load i64, ptr %first, align 8
  %add25 = add nsw i64 %mul24, %52
  %53 = load i64, ptr %elements, align 8
  %mul26 = mul nsw i64 %add25, %53
  %54 = load ptr, ptr %c, align 8
  %size27 = getelementptr inbounds %struct.Convolution, ptr %54, i32 0, i32 0
  %55 = load i64, ptr %size27, align 8
  %mul28 = mul nsw i64 %mul26, %55
  %add.ptr29 = getelementptr inbounds i8, ptr %49, i64 %mul28
  %56 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %56, i32 0, i32 3
  %57 = load ptr, ptr %out, align 8
  %58 = load i64, ptr %to, align 8
  %59 = load ptr, ptr %c, align 8
  %size30 = getelementptr inbounds %struct.Convolution, ptr %59, i32 0, i32 0
  %60 = load i64, ptr %size30, align 8
  %mul31 = mul nsw i64 %58, %60
  %add.ptr32 = getelementptr inbounds i8, ptr %57, i64 %mul31
  %61 = load ptr, ptr %c, align 8
  %outputs33 = getelementptr inbounds %struct.Convolution, ptr %61, i32 0, i32 14
  %62 = load i64, ptr %outputs33, align 8
  %63 = load i64, ptr %first, align 8
  %sub34 = sub nsw i64 %62, %63
  call void @cover(ptr noundef %42, ptr noundef %add.ptr, ptr noundef %add.ptr29, ptr noundef %add.ptr32, i64 noundef %sub34) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body12
  %64 = load i64, ptr %row, align 8
  %inc = add nsw i64 %64, 1
  store i64 %inc, ptr %row, align 8
  br label %for.cond10, !llvm.loop !3

for.end:                                          ; preds = %for.cond10
  br label %for.inc35

for.inc35:                                        ; preds = %for.end
  %65 = load ptr, ptr %c, align 8
  %channels36 = getelementptr inbounds %struct.Convolution, ptr %65, i32 0, i32 1
  %66 = load i64, ptr %channels36, align 8
  %67 = load i64, ptr %first, align 8
  %add37 = add nsw i64 %67, %66
  store i64 %add37, ptr %first, align 8
  br label %for.cond5, !llvm.loop !5

for.end38:                                        ; preds = %for.cond5
  br label %for.inc39

for.inc39:                                        ; preds = %for.end38
  %68 = load i64, ptr %group, align 8
  %inc40 = add nsw i64 %68, 1
  store i64 %inc40, ptr %group, align 8
  br label %for.cond, !llvm.loop !6

for.end41:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define void @dovetail_convolve_gradient(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %c = alloca ptr, align 8
  %call = alloca %struct.Call, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %c, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 0
  %1 = load ptr, ptr %c, align 8
  store ptr %1, ptr %convolution, align 8
  %x = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 1
  %2 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx, align 8
  store ptr %3, ptr %x, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 2
  %4 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %4, i64 1
  %5 = load ptr, ptr %arrayidx1, align 8
  store ptr %5, ptr %packed, align 8
  %out = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 3
  %6 = load ptr, ptr %buffers.addr, align 8
  %arrayidx2 = getelementptr inbounds ptr, ptr %6, i64 2
  %7 = load ptr, ptr %arrayidx2, align 8
  store ptr %7, ptr %out, align 8
  %8 = load ptr, ptr %parallel_for.addr, align 8
  call void @run_tasks(ptr noundef @gradient_of_a_task, ptr noundef %call, ptr noundef %8) #2
  ret void
}

; Function Attrs: nounwind
define internal void @gradient_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %bytes = alloca i64, align 8
  %sums = alloca ptr, align 8
  %group = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %call, align 8
  %1 = load ptr, ptr %call, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %convolution, align 8
  store ptr %2, ptr %c, align 8
  %3 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %3, i32 0, i32 10
  %4 = load i64, ptr %taps, align 8
  %5 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %5, i32 0, i32 13
  %6 = load i64, ptr %inputs, align 8
  %mul = mul nsw i64 %4, %6
  %7 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 14
  %8 = load i64, ptr %outputs, align 8
  %mul1 = mul nsw i64 %mul, %8
  %9 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 0
  %10 = load i64, ptr %size, align 8
  %mul2 = mul nsw i64 %mul1, %10
  store i64 %mul2, ptr %bytes, align 8
  %11 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %11, i32 0, i32 3
  %12 = load ptr, ptr %out, align 8
  %13 = load i64, ptr %number.addr, align 8
  %14 = load ptr, ptr %c, align 8
  %groups = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 12
  %15 = load i64, ptr %groups, align 8
  %mul3 = mul nsw i64 %13, %15
  %16 = load i64, ptr %bytes, align 8
  %mul4 = mul nsw i64 %mul3, %16
  %add.ptr = getelementptr inbounds i8, ptr %12, i64 %mul4
  store ptr %add.ptr, ptr %sums, align 8
  %17 = load ptr, ptr %sums, align 8
  %18 = load ptr, ptr %c, align 8
  %groups5 = getelementptr inbounds %struct.Convolution, ptr %18, i32 0, i32 12
  %19 = load i64, ptr %groups5, align 8
  %20 = load i64, ptr %bytes, align 8
  %mul6 = mul nsw i64 %19, %20
  call void @llvm.memset.p0.i64(ptr align 1 %17, i8 0, i64 %mul6, i1 false)
  store i64 0, ptr %group, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %21 = load i64, ptr %group, align 8
  %22 = load ptr, ptr %c, align 8
  %groups7 = getelementptr inbounds %struct.Convolution, ptr %22, i32 0, i32 12
  %23 = load i64, ptr %groups7, align 8
  %cmp = icmp slt i64 %21, %23
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %24 = load ptr, ptr %call, align 8
  %25 = load i64, ptr %group, align 8
  %26 = load i64, ptr %number.addr, align 8
  %27 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %27, i32 0, i32 20
  %28 = load i64, ptr %rows_at_once, align 8
  %mul8 = mul nsw i64 %26, %28
  %29 = load ptr, ptr %c, align 8
  %30 = load i64, ptr %number.addr, align 8
  %call9 = call i64 @end_of_task(ptr noundef %29, i64 noundef %30) #2
  %31 = load ptr, ptr %sums, align 8
  %32 = load i64, ptr %group, align 8
  %33 = load i64, ptr %bytes, align 8
  %mul10 = mul nsw i64 %32, %33
  %add.ptr11 = getelementptr inbounds i8, ptr %31, i64 %mul10
  call void @add_gradient(ptr noundef %24, i64 noundef %25, i64 noundef %mul8, i64 noundef %call9, ptr noundef %add.ptr11) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %34 = load i64, ptr %group, align 8
  %inc = add nsw i64 %34, 1
  store i64 %inc, ptr %group, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define void @dovetail_multiply_panels(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %p = alloca ptr, align 8
  %c = alloca ptr, align 8
  %columns = alloca %struct.Columns, align 8
  %tasks = alloca i64, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %p, align 8
  %1 = load ptr, ptr %p, align 8
  %tiles = getelementptr inbounds %struct.PanelProduct, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %tiles, align 8
  store ptr %2, ptr %c, align 8
  %call = getelementptr inbounds %struct.Columns, ptr %columns, i32 0, i32 0
  %convolution = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 0
  %3 = load ptr, ptr %c, align 8
  store ptr %3, ptr %convolution, align 8
  %x = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 1
  %4 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %4, i64 0
  %5 = load ptr, ptr %arrayidx, align 8
  %6 = load ptr, ptr %p, align 8
  %first_offset = getelementptr inbounds %struct.PanelProduct, ptr %6, i32 0, i32 1
  %7 = load i64, ptr %first_offset, align 8
  %add.ptr = getelementptr inbounds i8, ptr %5, i64 %7
  store ptr %add.ptr, ptr %x, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 2
  %8 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %8, i64 1
  %9 = load ptr, ptr %arrayidx1, align 8
  %10 = load ptr, ptr %p, align 8
  %panels_offset = getelementptr inbounds %struct.PanelProduct, ptr %10, i32 0, i32 2
  %11 = load i64, ptr %panels_offset, align 8
  %add.ptr2 = getelementptr inbounds i8, ptr %9, i64 %11
  store ptr %add.ptr2, ptr %packed, align 8
  %out = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 3
  %12 = load ptr, ptr %buffers.addr, align 8
  %arrayidx3 = getelementptr inbounds ptr, ptr %12, i64 2
  %13 = load ptr, ptr %arrayidx3, align 8
  store ptr %13, ptr %out, align 8
  %at_once = getelementptr inbounds %struct.Columns, ptr %columns, i32 0, i32 1
  %14 = load ptr, ptr %p, align 8
  %columns_at_once = getelementptr inbounds %struct.PanelProduct, ptr %14, i32 0, i32 3
  %15 = load i64, ptr %columns_at_once, align 8
  store i64 %15, ptr %at_once, align 8
  %16 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 14
  %17 = load i64, ptr %outputs, align 8
  %18 = load ptr, ptr %p, align 8
  %columns_at_once4 = getelementptr inbounds %struct.PanelProduct, ptr %18, i32 0, i32 3
  %19 = load i64, ptr %columns_at_once4, align 8
  %add = add nsw i64 %17, %19
  %sub = sub nsw i64 %add, 1
  %20 = load ptr, ptr %p, align 8
  %columns_at_once5 = getelementptr inbounds %struct.PanelProduct, ptr %20, i32 0, i32 3
  %21 = load i64, ptr %columns_at_once5, align 8
  %div = sdiv i64 %sub, %21
  store i64 %div, ptr %tasks, align 8
  %22 = load i64, ptr %tasks, align 8
  %cmp = icmp eq i64 %22, 1
  br i1 %cmp, label %if.then, label %if.else

if.then:                                          ; preds = %entry
  call void @columns_of_a_task(ptr noundef %columns, i64 noundef 0) #2
  br label %if.end

if.else:                                          ; preds = %entry
  %23 = load ptr, ptr %parallel_for.addr, align 8
  %24 = load i64, ptr %tasks, align 8
  call void %23(ptr noundef @columns_of_a_task, ptr noundef %columns, i64 noundef %24) #2
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  ret void
}

; Function Attrs: nounwind
define internal void @columns_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %columns = alloca ptr, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %first = alloca i64, align 8
  %end = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %columns, align 8
  %1 = load ptr, ptr %columns, align 8
  %call1 = getelementptr inbounds %struct.Columns, ptr %1, i32 0, i32 0
  store ptr %call1, ptr %call, align 8
  %2 = load ptr, ptr %call, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %2, i32 0, i32 0
  %3 = load ptr, ptr %convolution, align 8
  store ptr %3, ptr %c, align 8
  %4 = load i64, ptr %number.addr, align 8
  %5 = load ptr, ptr %columns, align 8
  %at_once = getelementptr inbounds %struct.Columns, ptr %5, i32 0, i32 1
  %6 = load i64, ptr %at_once, align 8
  %mul = mul nsw i64 %4, %6
  store i64 %mul, ptr %first, align 8
  %7 = load i64, ptr %first, align 8
  %8 = load ptr, ptr %columns, align 8
  %at_once2 = getelementptr inbounds %struct.Columns, ptr %8, i32 0, i32 1
  %9 = load i64, ptr %at_once2, align 8
  %add = add nsw i64 %7, %9
  store i64 %add, ptr %end, align 8
  %10 = load i64, ptr %end, align 8
  %11 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 14
  %12 = load i64, ptr %outputs, align 8
  %cmp = icmp slt i64 %10, %12
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %13 = load i64, ptr %end, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %14 = load ptr, ptr %c, align 8
  %outputs3 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 14
  %15 = load i64, ptr %outputs3, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %13, %cond.true ], [ %15, %cond.false ]
  store i64 %cond, ptr %end, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %16 = load i64, ptr %first, align 8
  %17 = load i64, ptr %end, align 8
  %cmp4 = icmp slt i64 %16, %17
  br i1 %cmp4, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %18 = load ptr, ptr %c, align 8
  %19 = load ptr, ptr %call, align 8
  %x = getelementptr inbounds %struct.Call, ptr %19, i32 0, i32 1
  %20 = load ptr, ptr %x, align 8
  %21 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %21, i32 0, i32 2
  %22 = load ptr, ptr %packed, align 8
  %23 = load i64, ptr %first, align 8
  %24 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 13
  %25 = load i64, ptr %inputs, align 8
  %mul5 = mul nsw i64 %23, %25
  %26 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %26, i32 0, i32 0
  %27 = load i64, ptr %size, align 8
  %mul6 = mul nsw i64 %mul5, %27
  %add.ptr = getelementptr inbounds i8, ptr %22, i64 %mul6
  %28 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %28, i32 0, i32 3
  %29 = load ptr, ptr %out, align 8
  %30 = load i64, ptr %first, align 8
  %31 = load ptr, ptr %c, align 8
  %size7 = getelementptr inbounds %struct.Convolution, ptr %31, i32 0, i32 0
  %32 = load i64, ptr %size7, align 8
  %mul8 = mul nsw i64 %30, %32
  %add.ptr9 = getelementptr inbounds i8, ptr %29, i64 %mul8
  %33 = load ptr, ptr %c, align 8
  %outputs10 = getelementptr inbounds %struct.Convolution, ptr %33, i32 0, i32 14
  %34 = load i64, ptr %outputs10, align 8
  %35 = load i64, ptr %first, align 8
  %sub = sub nsw i64 %34, %35
  call void @cover(ptr noundef %18, ptr noundef %20, ptr noundef %add.ptr, ptr noundef %add.ptr9, i64 noundef %sub) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %36 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %36, i32 0, i32 1
  %37 = load i64, ptr %channels, align 8
  %38 = load i64, ptr %first, align 8
  %add11 = add nsw i64 %38, %37
  store i64 %add11, ptr %first, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal i64 @end_of_task(ptr noundef %c, i64 noundef %number) #0 {
entry:
  %c.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %rows = alloca i64, align 8
  %end = alloca i64, align 8
  store ptr %c, ptr %c.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %c.addr, align 8
  %batch = getelementptr inbounds %struct.Convolution, ptr %0, i32 0, i32 6
  %1 = load i64, ptr %batch, align 8
  %2 = load ptr, ptr %c.addr, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %2, i32 0, i32 7
  %3 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %1, %3
  %4 = load ptr, ptr %c.addr, align 8
  %rows1 = getelementptr inbounds %struct.Convolution, ptr %4, i32 0, i32 8
  %5 = load i64, ptr %rows1, align 8
  %mul2 = mul nsw i64 %mul, %5
  store i64 %mul2, ptr %rows, align 8
  %6 = load i64, ptr %number.addr, align 8
  %add = add nsw i64 %6, 1
  %7 = load ptr, ptr %c.addr, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 20
  %8 = load i64, ptr %rows_at_once, align 8
  %mul3 = mul nsw i64 %add, %8
  store i64 %mul3, ptr %end, align 8
  %9 = load i64, ptr %end, align 8
  %10 = load i64, ptr %rows, align 8
  %cmp = icmp slt i64 %9, %10
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %11 = load i64, ptr %end, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %12 = load i64, ptr %rows, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %11, %cond.true ], [ %12, %cond.false ]
  ret i64 %cond
}

; Function Attrs: nounwind
define internal i64 @start_of_row(ptr noundef %c, i64 noundef %row) #0 {
entry:
  %c.addr = alloca ptr, align 8
  %row.addr = alloca i64, align 8
  %plane = alloca i64, align 8
  store ptr %c, ptr %c.addr, align 8
  store i64 %row, ptr %row.addr, align 8
  %0 = load i64, ptr %row.addr, align 8
  %1 = load ptr, ptr %c.addr, align 8
  %rows = getelementptr inbounds %struct.Convolution, ptr %1, i32 0, i32 8
  %2 = load i64, ptr %rows, align 8
  %div = sdiv i64 %0, %2
  store i64 %div, ptr %plane, align 8
  %3 = load i64, ptr %plane, align 8
  %4 = load ptr, ptr %c.addr, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %4, i32 0, i32 7
  %5 = load i64, ptr %planes, align 8
  %div1 = sdiv i64 %3, %5
  %6 = load ptr, ptr %c.addr, align 8
  %example_step = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 15
  %7 = load i64, ptr %example_step, align 8
  %mul = mul nsw i64 %div1, %7
  %8 = load i64, ptr %plane, align 8
  %9 = load ptr, ptr %c.addr, align 8
  %planes2 = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 7
  %10 = load i64, ptr %planes2, align 8
  %rem = srem i64 %8, %10
  %11 = load ptr, ptr %c.addr, align 8
  %plane_step = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 16
  %12 = load i64, ptr %plane_step, align 8
  %mul3 = mul nsw i64 %rem, %12
  %add = add nsw i64 %mul, %mul3
  %13 = load i64, ptr %row.addr, align 8
  %14 = load ptr, ptr %c.addr, align 8
  %rows4 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 8
  %15 = load i64, ptr %rows4, align 8
  %rem5 = srem i64 %13, %15
  %16 = load ptr, ptr %c.addr, align 8
  %row_step = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 17
  %17 = load i64, ptr %row_step, align 8
  %mul6 = mul nsw i64 %rem5, %17
  %add7 = add nsw i64 %add, %mul6
  ret i64 %add7
}

; Function Attrs: nounwind
define internal void @cover(ptr noundef %c, ptr noundef %x, ptr noundef %kernel, ptr noundef %out, i64 noundef %channels) #0 {
entry:
  %c.addr = alloca ptr, align 8
  %x.addr = alloca ptr, align 8
  %kernel.addr = alloca ptr, align 8
  %out.addr = alloca ptr, align 8
  %channels.addr = alloca i64, align 8
  %left = alloca i64, align 8
  %pixels = alloca i64, align 8
  %tile = alloca ptr, align 8
  %at = alloca i64, align 8
  store ptr %c, ptr %c.addr, align 8
  store ptr %x, ptr %x.addr, align 8
  store ptr %kernel, ptr %kernel.addr, align 8
  store ptr %out, ptr %out.addr, align 8
  store i64 %channels, ptr %channels.addr, align 8
  %0 = load ptr, ptr %c.addr, align 8
  %larger = getelementptr inbounds %struct.Convolution, ptr %0, i32 0, i32 3
  %1 = load i64, ptr %larger, align 8
  store i64 %1, ptr %left, align 8
  %2 = load ptr, ptr %c.addr, align 8
  %pixels1 = getelementptr inbounds %struct.Convolution, ptr %2, i32 0, i32 2
  %3 = load i64, ptr %pixels1, align 8
  %4 = load i64, ptr %left, align 8
  %cmp = icmp sgt i64 %4, 0
  %conv = zext i1 %cmp to i32
  %conv2 = sext i32 %conv to i64
  %add = add nsw i64 %3, %conv2
  store i64 %add, ptr %pixels, align 8
  %5 = load i64, ptr %left, align 8
  %cmp3 = icmp sgt i64 %5, 0
  br i1 %cmp3, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %6 = load ptr, ptr %c.addr, align 8
  %larger_tile = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 5
  %7 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %8 = load ptr, ptr %c.addr, align 8
  %tile5 = getelementptr inbounds %struct.Convolution, ptr %8, i32 0, i32 4
  %9 = load ptr, ptr %tile5, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %7, %cond.true ], [ %9, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %10 = load i64, ptr %at, align 8
  %11 = load ptr, ptr %c.addr, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 9
  %12 = load i64, ptr %columns, align 8
  %cmp6 = icmp slt i64 %10, %12
  br i1 %cmp6, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %13 = load i64, ptr %left, align 8
  %cmp8 = icmp eq i64 %13, 0
  br i1 %cmp8, label %if.then, label %if.end

if.then:                                          ; preds = %for.body
  %14 = load ptr, ptr %c.addr, align 8
  %pixels10 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 2
  %15 = load i64, ptr %pixels10, align 8
  store i64 %15, ptr %pixels, align 8
  %16 = load ptr, ptr %c.addr, align 8
  %tile11 = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 4
  %17 = load ptr, ptr %tile11, align 8
  store ptr %17, ptr %tile, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %for.body
  %18 = load ptr, ptr %tile, align 8
  %19 = load ptr, ptr %c.addr, align 8
  %20 = load ptr, ptr %x.addr, align 8
  %21 = load i64, ptr %at, align 8
  %22 = load ptr, ptr %c.addr, align 8
  %column_step = getelementptr inbounds %struct.Convolution, ptr %22, i32 0, i32 18
  %23 = load i64, ptr %column_step, align 8
  %mul = mul nsw i64 %21, %23
  %24 = load ptr, ptr %c.addr, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 0
  %25 = load i64, ptr %size, align 8
  %mul12 = mul nsw i64 %mul, %25
  %add.ptr = getelementptr inbounds i8, ptr %20, i64 %mul12
  %26 = load ptr, ptr %kernel.addr, align 8
  %27 = load ptr, ptr %out.addr, align 8
  %28 = load i64, ptr %at, align 8
  %29 = load ptr, ptr %c.addr, align 8
  %output_step = getelementptr inbounds %struct.Convolution, ptr %29, i32 0, i32 19
  %30 = load i64, ptr %output_step, align 8
  %mul13 = mul nsw i64 %28, %30
  %31 = load ptr, ptr %c.addr, align 8
  %size14 = getelementptr inbounds %struct.Convolution, ptr %31, i32 0, i32 0
  %32 = load i64, ptr %size14, align 8
  %mul15 = mul nsw i64 %mul13, %32
  %add.ptr16 = getelementptr inbounds i8, ptr %27, i64 %mul15
  %33 = load i64, ptr %channels.addr, align 8
  call void %18(ptr noundef %19, ptr noundef %add.ptr, ptr noundef %26, ptr noundef %add.ptr16, i64 noundef %33) #2
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %34 = load i64, ptr %pixels, align 8
  %35 = load i64, ptr %at, align 8
  %add17 = add nsw i64 %35, %34
  store i64 %add17, ptr %at, align 8
  %36 = load i64, ptr %left, align 8
  %dec = add nsw i64 %36, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond, !llvm.loop !9

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #1

; Function Attrs: nounwind
define internal void @add_gradient(ptr noundef %call, i64 noundef %group, i64 noundef %row, i64 noundef %end, ptr noundef %sums) #0 {
entry:
  %call.addr = alloca ptr, align 8
  %group.addr = alloca i64, align 8
  %row.addr = alloca i64, align 8
  %end.addr = alloca i64, align 8
  %sums.addr = alloca ptr, align 8
  %c = alloca ptr, align 8
  %from = alloca i64, align 8
  %above = alloca i64, align 8
  %tap = alloca i64, align 8
  %left = alloca i64, align 8
  %some = alloca i64, align 8
  %at = alloca i64, align 8
  %tile = alloca ptr, align 8
  %x = alloca ptr, align 8
  %first = alloca i64, align 8
  store ptr %call, ptr %call.addr, align 8
  store i64 %group, ptr %group.addr, align 8
  store i64 %row, ptr %row.addr, align 8
  store i64 %end, ptr %end.addr, align 8
  store ptr %sums, ptr %sums.addr, align 8
  %0 = load ptr, ptr %call.addr, align 8
  %convolution = getelementptr inbounds %struct.Call, ptr %0, i32 0, i32 0
  %1 = load ptr, ptr %convolution, align 8
  store ptr %1, ptr %c, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc46, %entry
  %2 = load i64, ptr %row.addr, align 8
  %3 = load i64, ptr %end.addr, align 8
  %cmp = icmp slt i64 %2, %3
  br i1 %cmp, label %for.body, label %for.end48

for.body:                                         ; preds = %for.cond
  %4 = load ptr, ptr %c, align 8
  %5 = load i64, ptr %row.addr, align 8
  %call1 = call i64 @start_of_row(ptr noundef %4, i64 noundef %5) #2
  %6 = load i64, ptr %group.addr, align 8
  %7 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 13
  %8 = load i64, ptr %inputs, align 8
  %mul = mul nsw i64 %6, %8
  %add = add nsw i64 %call1, %mul
  store i64 %add, ptr %from, align 8
  %9 = load i64, ptr %row.addr, align 8
  %10 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %10, i32 0, i32 9
  %11 = load i64, ptr %columns, align 8
  %mul2 = mul nsw i64 %9, %11
  %12 = load ptr, ptr %c, align 8
  %output_step = getelementptr inbounds %struct.Convolution, ptr %12, i32 0, i32 19
  %13 = load i64, ptr %output_step, align 8
  %mul3 = mul nsw i64 %mul2, %13
  %14 = load i64, ptr %group.addr, align 8
  %15 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %15, i32 0, i32 14
  %16 = load i64, ptr %outputs, align 8
  %mul4 = mul nsw i64 %14, %16
  %add5 = add nsw i64 %mul3, %mul4
  store i64 %add5, ptr %above, align 8
  store i64 0, ptr %tap, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc44, %for.body
  %17 = load i64, ptr %tap, align 8
  %18 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %18, i32 0, i32 10
  %19 = load i64, ptr %taps, align 8
  %cmp7 = icmp slt i64 %17, %19
  br i1 %cmp7, label %for.body8, label %for.end45

for.body8:                                        ; preds = %for.cond6
  %20 = load ptr, ptr %c, align 8
  %larger = getelementptr inbounds %struct.Convolution, ptr %20, i32 0, i32 3
  %21 = load i64, ptr %larger, align 8
  store i64 %21, ptr %left, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond9

for.cond9:                                        ; preds = %for.inc41, %for.body8
  %22 = load i64, ptr %at, align 8
  %23 = load ptr, ptr %c, align 8
  %inputs10 = getelementptr inbounds %struct.Convolution, ptr %23, i32 0, i32 13
  %24 = load i64, ptr %inputs10, align 8
  %cmp11 = icmp slt i64 %22, %24
  br i1 %cmp11, label %for.body12, label %for.end43

for.body12:                                       ; preds = %for.cond9
  %25 = load i64, ptr %left, align 8
  %cmp13 = icmp sgt i64 %25, 0
  br i1 %cmp13, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body12
  %26 = load ptr, ptr %c, align 8
  %larger_tile = getelementptr inbounds %struct.Convolution, ptr %26, i32 0, i32 5
  %27 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body12
  %28 = load ptr, ptr %c, align 8
  %tile14 = getelementptr inbounds %struct.Convolution, ptr %28, i32 0, i32 4
  %29 = load ptr, ptr %tile14, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %27, %cond.true ], [ %29, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  %30 = load ptr, ptr %call.addr, align 8
  %x15 = getelementptr inbounds %struct.Call, ptr %30, i32 0, i32 1
  %31 = load ptr, ptr %x15, align 8
  %32 = load i64, ptr %from, align 8
  %33 = load ptr, ptr %c, align 8
  %offsets = getelementptr inbounds %struct.Convolution, ptr %33, i32 0, i32 11
  %34 = load ptr, ptr %offsets, align 8
  %35 = load i64, ptr %tap, align 8
  %arrayidx = getelementptr inbounds i64, ptr %34, i64 %35
  %36 = load i64, ptr %arrayidx, align 8
  %add16 = add nsw i64 %32, %36
  %37 = load i64, ptr %at, align 8
  %add17 = add nsw i64 %add16, %37
  %38 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %38, i32 0, i32 0
  %39 = load i64, ptr %size, align 8
  %mul18 = mul nsw i64 %add17, %39
  %add.ptr = getelementptr inbounds i8, ptr %31, i64 %mul18
  store ptr %add.ptr, ptr %x, align 8
  %40 = load ptr, ptr %c, align 8
  %pixels = getelementptr inbounds %struct.Convolution, ptr %40, i32 0, i32 2
  %41 = load i64, ptr %pixels, align 8
  %42 = load i64, ptr %left, align 8
  %cmp19 = icmp sgt i64 %42, 0
  %conv = zext i1 %cmp19 to i32
  %conv20 = sext i32 %conv to i64
  %add21 = add nsw i64 %41, %conv20
  store i64 %add21, ptr %some, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond22

for.cond22:                                       ; preds = %for.inc, %cond.end
  %43 = load i64, ptr %first, align 8
  %44 = load ptr, ptr %c, align 8
  %outputs23 = getelementptr inbounds %struct.Convolution, ptr %44, i32 0, i32 14
  %45 = load i64, ptr %outputs23, align 8
  %cmp24 = icmp slt i64 %43, %45
  br i1 %cmp24, label %for.body26, label %for.end

for.body26:                                       ; preds = %for.cond22
  %46 = load ptr, ptr %tile, align 8
  %47 = load ptr, ptr %c, align 8
  %48 = load ptr, ptr %x, align 8
  %49 = load ptr, ptr %call.addr, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %49, i32 0, i32 2
  %50 = load ptr, ptr %packed, align 8
  %51 = load i64, ptr %above, align 8
  %52 = load i64, ptr %first, align 8
  %add27 = add nsw i64 %51, %52
  %53 = load ptr, ptr %c, align 8
  %size28 = getelementptr inbounds %struct.Convolution, ptr %53, i32 0, i32 0
  %54 = load i64, ptr %size28, align 8
  %mul29 = mul nsw i64 %add27, %54
  %add.ptr30 = getelementptr inbounds i8, ptr %50, i64 %mul29
  %55 = load ptr, ptr %sums.addr, align 8
  %56 = load i64, ptr %tap, align 8
  %57 = load ptr, ptr %c, align 8
  %inputs31 = getelementptr inbounds %struct.Convolution, ptr %57, i32 0, i32 13
  %58 = load i64, ptr %inputs31, align 8
  %mul32 = mul nsw i64 %56, %58
  %59 = load i64, ptr %at, align 8
  %add33 = add nsw i64 %mul32, %59
  %60 = load ptr, ptr %c, align 8
  %outputs34 = getelementptr inbounds %struct.Convolution, ptr %60, i32 0, i32 14
  %61 = load i64, ptr %outputs34, align 8
  %mul35 = mul nsw i64 %add33, %61
  %62 = load i64, ptr %first, align 8
  %add36 = add nsw i64 %mul35, %62
  %63 = load ptr, ptr %c, align 8
  %size37 = getelementptr inbounds %struct.Convolution, ptr %63, i32 0, i32 0
  %64 = load i64, ptr %size37, align 8
  %mul38 = mul nsw i64 %add36, %64
  %add.ptr39 = getelementptr inbounds i8, ptr %55, i64 %mul38
  call void %46(ptr noundef %47, ptr noundef %48, ptr noundef %add.ptr30, ptr noundef %add.ptr39, i64 noundef 0) #2
  br label %for.inc

for.inc:                                          ; preds = %for.body26
  %65 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %65, i32 0, i32 1
  %66 = load i64, ptr %channels, align 8
  %67 = load i64, ptr %first, align 8
  %add40 = add nsw i64 %67, %66
  store i64 %add40, ptr %first, align 8
  br label %for.cond22, !llvm.loop !10

for.end:                                          ; preds = %for.cond22
  br label %for.inc41

for.inc41:                                        ; preds = %for.end
  %68 = load i64, ptr %some, align 8
  %69 = load i64, ptr %at, align 8
  %add42 = add nsw i64 %69, %68
  store i64 %add42, ptr %at, align 8
  %70 = load i64, ptr %left, align 8
  %dec = add nsw i64 %70, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond9, !llvm.loop !11

for.end43:                                        ; preds = %for.cond9
  br label %for.inc44

for.inc44:                                        ; preds = %for.end43
  %71 = load i64, ptr %tap, align 8
  %inc = add nsw i64 %71, 1
  store i64 %inc, ptr %tap, align 8
  br label %for.cond6, !llvm.loop !12

for.end45:                                        ; preds = %for.cond6
  br label %for.inc46

for.inc46:                                        ; preds = %for.end45
  %72 = load i64, ptr %row.addr, align 8
  %inc47 = add nsw i64 %72, 1
  store i64 %inc47, ptr %row.addr, align 8
  br label %for.cond, !llvm.loop !13

for.end48:                                        ; preds = %for.cond
  ret void
}

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: write) }
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
