; Made of convolution.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 6f2987684539432a22d635b6b1172339902d537c3ddbb03ba496477ead4d14bf

%struct.Call = type { ptr, ptr, ptr, ptr }
%struct.Convolution = type { i64, i64, i64, i64, ptr, ptr, i64, i64, i64, i64, i64, ptr, i64, i64, i64, i64, i64, i64, i64, i64 }
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
  %arrayidx1 = getelementptr inbounds ptr, ptr %4, i64 3
  %5 = load ptr, ptr %arrayidx1, align 8
  store ptr %5, ptr %packed, align 8
  %out = getelementptr inbounds %struct.Call, ptr %call, i32 0, i32 3
  %6 = load ptr, ptr %buffers.addr, align 8
  %arrayidx2 = getelementptr inbounds ptr, ptr %6, i64 2
  %7 = load ptr, ptr %arrayidx2, align 8
  store ptr %7, ptr %out, align 8
  %8 = load ptr, ptr %c, align 8
  %9 = load ptr, ptr %buffers.addr, align 8
  %arrayidx3 = getelementptr inbounds ptr, ptr %9, i64 1
  %10 = load ptr, ptr %arrayidx3, align 8
  %11 = load ptr, ptr %buffers.addr, align 8
  %arrayidx4 = getelementptr inbounds ptr, ptr %11, i64 3
  %12 = load ptr, ptr %arrayidx4, align 8
  call void @pack(ptr noundef %8, ptr noundef %10, ptr noundef %12) #3
  %13 = load ptr, ptr %parallel_for.addr, align 8
  call void @run_tasks(ptr noundef @rows_of_a_task, ptr noundef %call, ptr noundef %13) #3
  ret void
}

; Function Attrs: nounwind
define internal void @pack(ptr noundef %c, ptr noundef %kernel, ptr noundef %packed) #0 {
entry:
  %c.addr = alloca ptr, align 8
  %kernel.addr = alloca ptr, align 8
  %packed.addr = alloca ptr, align 8
  %tile = alloca i64, align 8
  %row = alloca i64, align 8
  %first = alloca i64, align 8
  %i = alloca i64, align 8
  %some = alloca i64, align 8
  store ptr %c, ptr %c.addr, align 8
  store ptr %kernel, ptr %kernel.addr, align 8
  store ptr %packed, ptr %packed.addr, align 8
  %0 = load ptr, ptr %c.addr, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %0, i32 0, i32 1
  %1 = load i64, ptr %channels, align 8
  %2 = load ptr, ptr %c.addr, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %2, i32 0, i32 0
  %3 = load i64, ptr %size, align 8
  %mul = mul nsw i64 %1, %3
  store i64 %mul, ptr %tile, align 8
  %4 = load ptr, ptr %c.addr, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %4, i32 0, i32 13
  %5 = load i64, ptr %outputs, align 8
  %6 = load ptr, ptr %c.addr, align 8
  %size1 = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 0
  %7 = load i64, ptr %size1, align 8
  %mul2 = mul nsw i64 %5, %7
  store i64 %mul2, ptr %row, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc14, %entry
  %8 = load i64, ptr %first, align 8
  %9 = load i64, ptr %row, align 8
  %cmp = icmp slt i64 %8, %9
  br i1 %cmp, label %for.body, label %for.end15

for.body:                                         ; preds = %for.cond
  store i64 0, ptr %i, align 8
  br label %for.cond3

for.cond3:                                        ; preds = %for.inc, %for.body
  %10 = load i64, ptr %i, align 8
  %11 = load ptr, ptr %c.addr, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 10
  %12 = load i64, ptr %taps, align 8
  %13 = load ptr, ptr %c.addr, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %13, i32 0, i32 12
  %14 = load i64, ptr %inputs, align 8
  %mul4 = mul nsw i64 %12, %14
  %cmp5 = icmp slt i64 %10, %mul4
  br i1 %cmp5, label %for.body6, label %for.end

for.body6:                                        ; preds = %for.cond3
  %15 = load i64, ptr %row, align 8
  %16 = load i64, ptr %first, align 8
  %sub = sub nsw i64 %15, %16
  %17 = load i64, ptr %tile, align 8
  %cmp7 = icmp slt i64 %sub, %17
  br i1 %cmp7, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body6
  %18 = load i64, ptr %row, align 8
  %19 = load i64, ptr %first, align 8
  %sub8 = sub nsw i64 %18, %19
  br label %cond.end

cond.false:                                       ; preds = %for.body6
  %20 = load i64, ptr %tile, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %sub8, %cond.true ], [ %20, %cond.false ]
  store i64 %cond, ptr %some, align 8
  %21 = load ptr, ptr %packed.addr, align 8
  %22 = load ptr, ptr %kernel.addr, align 8
  %23 = load i64, ptr %i, align 8
  %24 = load i64, ptr %row, align 8
  %mul9 = mul nsw i64 %23, %24
  %add.ptr = getelementptr inbounds i8, ptr %22, i64 %mul9
  %25 = load i64, ptr %first, align 8
  %add.ptr10 = getelementptr inbounds i8, ptr %add.ptr, i64 %25
  %26 = load i64, ptr %some, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %21, ptr align 1 %add.ptr10, i64 %26, i1 false)
  %27 = load ptr, ptr %packed.addr, align 8
  %28 = load i64, ptr %some, align 8
  %add.ptr11 = getelementptr inbounds i8, ptr %27, i64 %28
  %29 = load i64, ptr %tile, align 8
  %30 = load i64, ptr %some, align 8
  %sub12 = sub nsw i64 %29, %30
  call void @llvm.memset.p0.i64(ptr align 1 %add.ptr11, i8 0, i64 %sub12, i1 false)
  br label %for.inc

for.inc:                                          ; preds = %cond.end
  %31 = load i64, ptr %i, align 8
  %inc = add nsw i64 %31, 1
  store i64 %inc, ptr %i, align 8
  %32 = load i64, ptr %tile, align 8
  %33 = load ptr, ptr %packed.addr, align 8
  %add.ptr13 = getelementptr inbounds i8, ptr %33, i64 %32
  store ptr %add.ptr13, ptr %packed.addr, align 8
  br label %for.cond3, !llvm.loop !3

for.end:                                          ; preds = %for.cond3
  br label %for.inc14

for.inc14:                                        ; preds = %for.end
  %34 = load i64, ptr %tile, align 8
  %35 = load i64, ptr %first, align 8
  %add = add nsw i64 %35, %34
  store i64 %add, ptr %first, align 8
  br label %for.cond, !llvm.loop !5

for.end15:                                        ; preds = %for.cond
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
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %12, i32 0, i32 19
  %13 = load i64, ptr %rows_at_once, align 8
  %add = add nsw i64 %11, %13
  %sub = sub nsw i64 %add, 1
  %14 = load ptr, ptr %c, align 8
  %rows_at_once3 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 19
  %15 = load i64, ptr %rows_at_once3, align 8
  %div = sdiv i64 %sub, %15
  call void %8(ptr noundef %9, ptr noundef %10, i64 noundef %div) #3
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
  %first = alloca i64, align 8
  %row = alloca i64, align 8
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
  %call1 = call i64 @end_of_task(ptr noundef %3, i64 noundef %4) #3
  store i64 %call1, ptr %end, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc18, %entry
  %5 = load i64, ptr %first, align 8
  %6 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 13
  %7 = load i64, ptr %outputs, align 8
  %cmp = icmp slt i64 %5, %7
  br i1 %cmp, label %for.body, label %for.end20

for.body:                                         ; preds = %for.cond
  %8 = load i64, ptr %number.addr, align 8
  %9 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 19
  %10 = load i64, ptr %rows_at_once, align 8
  %mul = mul nsw i64 %8, %10
  store i64 %mul, ptr %row, align 8
  br label %for.cond2

for.cond2:                                        ; preds = %for.inc, %for.body
  %11 = load i64, ptr %row, align 8
  %12 = load i64, ptr %end, align 8
  %cmp3 = icmp slt i64 %11, %12
  br i1 %cmp3, label %for.body4, label %for.end

for.body4:                                        ; preds = %for.cond2
  %13 = load i64, ptr %row, align 8
  %14 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 9
  %15 = load i64, ptr %columns, align 8
  %mul5 = mul nsw i64 %13, %15
  %16 = load ptr, ptr %c, align 8
  %output_step = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 18
  %17 = load i64, ptr %output_step, align 8
  %mul6 = mul nsw i64 %mul5, %17
  %18 = load i64, ptr %first, align 8
  %add = add nsw i64 %mul6, %18
  store i64 %add, ptr %to, align 8
  %19 = load ptr, ptr %c, align 8
  %20 = load ptr, ptr %call, align 8
  %x = getelementptr inbounds %struct.Call, ptr %20, i32 0, i32 1
  %21 = load ptr, ptr %x, align 8
  %22 = load ptr, ptr %c, align 8
  %23 = load i64, ptr %row, align 8
  %call7 = call i64 @start_of_row(ptr noundef %22, i64 noundef %23) #3
  %24 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 0
  %25 = load i64, ptr %size, align 8
  %mul8 = mul nsw i64 %call7, %25
  %add.ptr = getelementptr inbounds i8, ptr %21, i64 %mul8
  %26 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %26, i32 0, i32 2
  %27 = load ptr, ptr %packed, align 8
  %28 = load i64, ptr %first, align 8
  %29 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %29, i32 0, i32 10
  %30 = load i64, ptr %taps, align 8
  %mul9 = mul nsw i64 %28, %30
  %31 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %31, i32 0, i32 12
  %32 = load i64, ptr %inputs, align 8
  %mul10 = mul nsw i64 %mul9, %32
  %33 = load ptr, ptr %c, align 8
  %size11 = getelementptr inbounds %struct.Convolution, ptr %33, i32 0, i32 0
  %34 = load i64, ptr %size11, align 8
  %mul12 = mul nsw i64 %mul10, %34
  %add.ptr13 = getelementptr inbounds i8, ptr %27, i64 %mul12
  %35 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %35, i32 0, i32 3
  %36 = load ptr, ptr %out, align 8
  %37 = load i64, ptr %to, align 8
  %38 = load ptr, ptr %c, align 8
  %size14 = getelementptr inbounds %struct.Convolution, ptr %38, i32 0, i32 0
  %39 = load i64, ptr %size14, align 8
  %mul15 = mul nsw i64 %37, %39
  %add.ptr16 = getelementptr inbounds i8, ptr %36, i64 %mul15
  %40 = load ptr, ptr %c, align 8
  %outputs17 = getelementptr inbounds %struct.Convolution, ptr %40, i32 0, i32 13
  %41 = load i64, ptr %outputs17, align 8
  %42 = load i64, ptr %first, align 8
  %sub = sub nsw i64 %41, %42
  call void @cover(ptr noundef %19, ptr noundef %add.ptr, ptr noundef %add.ptr13, ptr noundef %add.ptr16, i64 noundef %sub) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body4
  %43 = load i64, ptr %row, align 8
  %inc = add nsw i64 %43, 1
  store i64 %inc, ptr %row, align 8
  br label %for.cond2, !llvm.loop !6

for.end:                                          ; preds = %for.cond2
  br label %for.inc18

for.inc18:                                        ; preds = %for.end
  %44 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %44, i32 0, i32 1
  %45 = load i64, ptr %channels, align 8
  %46 = load i64, ptr %first, align 8
  %add19 = add nsw i64 %46, %45
  store i64 %add19, ptr %first, align 8
  br label %for.cond, !llvm.loop !7

for.end20:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define void @dovetail_convolve_packed(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
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
  call void @run_tasks(ptr noundef @rows_of_a_task, ptr noundef %call, ptr noundef %8) #3
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
  call void @run_tasks(ptr noundef @gradient_of_a_task, ptr noundef %call, ptr noundef %8) #3
  ret void
}

; Function Attrs: nounwind
define internal void @gradient_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %end = alloca i64, align 8
  %bytes = alloca i64, align 8
  %sums = alloca ptr, align 8
  %row = alloca i64, align 8
  %from = alloca i64, align 8
  %tap = alloca i64, align 8
  %left = alloca i64, align 8
  %some = alloca i64, align 8
  %at = alloca i64, align 8
  %tile = alloca ptr, align 8
  %x = alloca ptr, align 8
  %first = alloca i64, align 8
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
  %call1 = call i64 @end_of_task(ptr noundef %3, i64 noundef %4) #3
  store i64 %call1, ptr %end, align 8
  %5 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %5, i32 0, i32 10
  %6 = load i64, ptr %taps, align 8
  %7 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 12
  %8 = load i64, ptr %inputs, align 8
  %mul = mul nsw i64 %6, %8
  %9 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 13
  %10 = load i64, ptr %outputs, align 8
  %mul2 = mul nsw i64 %mul, %10
  %11 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 0
  %12 = load i64, ptr %size, align 8
  %mul3 = mul nsw i64 %mul2, %12
  store i64 %mul3, ptr %bytes, align 8
  %13 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %13, i32 0, i32 3
  %14 = load ptr, ptr %out, align 8
  %15 = load i64, ptr %number.addr, align 8
  %16 = load i64, ptr %bytes, align 8
  %mul4 = mul nsw i64 %15, %16
  %add.ptr = getelementptr inbounds i8, ptr %14, i64 %mul4
  store ptr %add.ptr, ptr %sums, align 8
  %17 = load ptr, ptr %sums, align 8
  %18 = load i64, ptr %bytes, align 8
  call void @llvm.memset.p0.i64(ptr align 1 %17, i8 0, i64 %18, i1 false)
  %19 = load i64, ptr %number.addr, align 8
  %20 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %20, i32 0, i32 19
  %21 = load i64, ptr %rows_at_once, align 8
  %mul5 = mul nsw i64 %19, %21
  store i64 %mul5, ptr %row, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc52, %entry
  %22 = load i64, ptr %row, align 8
  %23 = load i64, ptr %end, align 8
  %cmp = icmp slt i64 %22, %23
  br i1 %cmp, label %for.body, label %for.end54

for.body:                                         ; preds = %for.cond
  %24 = load ptr, ptr %c, align 8
  %25 = load i64, ptr %row, align 8
  %call6 = call i64 @start_of_row(ptr noundef %24, i64 noundef %25) #3
  store i64 %call6, ptr %from, align 8
  store i64 0, ptr %tap, align 8
  br label %for.cond7

for.cond7:                                        ; preds = %for.inc50, %for.body
  %26 = load i64, ptr %tap, align 8
  %27 = load ptr, ptr %c, align 8
  %taps8 = getelementptr inbounds %struct.Convolution, ptr %27, i32 0, i32 10
  %28 = load i64, ptr %taps8, align 8
  %cmp9 = icmp slt i64 %26, %28
  br i1 %cmp9, label %for.body10, label %for.end51

for.body10:                                       ; preds = %for.cond7
  %29 = load ptr, ptr %c, align 8
  %larger = getelementptr inbounds %struct.Convolution, ptr %29, i32 0, i32 3
  %30 = load i64, ptr %larger, align 8
  store i64 %30, ptr %left, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond11

for.cond11:                                       ; preds = %for.inc47, %for.body10
  %31 = load i64, ptr %at, align 8
  %32 = load ptr, ptr %c, align 8
  %inputs12 = getelementptr inbounds %struct.Convolution, ptr %32, i32 0, i32 12
  %33 = load i64, ptr %inputs12, align 8
  %cmp13 = icmp slt i64 %31, %33
  br i1 %cmp13, label %for.body14, label %for.end49

for.body14:                                       ; preds = %for.cond11
  %34 = load i64, ptr %left, align 8
  %cmp15 = icmp sgt i64 %34, 0
  br i1 %cmp15, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body14
  %35 = load ptr, ptr %c, align 8
  %larger_tile = getelementptr inbounds %struct.Convolution, ptr %35, i32 0, i32 5
  %36 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body14
  %37 = load ptr, ptr %c, align 8
  %tile16 = getelementptr inbounds %struct.Convolution, ptr %37, i32 0, i32 4
  %38 = load ptr, ptr %tile16, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %36, %cond.true ], [ %38, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  %39 = load ptr, ptr %call, align 8
  %x17 = getelementptr inbounds %struct.Call, ptr %39, i32 0, i32 1
  %40 = load ptr, ptr %x17, align 8
  %41 = load i64, ptr %from, align 8
  %42 = load ptr, ptr %c, align 8
  %offsets = getelementptr inbounds %struct.Convolution, ptr %42, i32 0, i32 11
  %43 = load ptr, ptr %offsets, align 8
  %44 = load i64, ptr %tap, align 8
  %arrayidx = getelementptr inbounds i64, ptr %43, i64 %44
  %45 = load i64, ptr %arrayidx, align 8
  %add = add nsw i64 %41, %45
  %46 = load i64, ptr %at, align 8
  %add18 = add nsw i64 %add, %46
  %47 = load ptr, ptr %c, align 8
  %size19 = getelementptr inbounds %struct.Convolution, ptr %47, i32 0, i32 0
  %48 = load i64, ptr %size19, align 8
  %mul20 = mul nsw i64 %add18, %48
  %add.ptr21 = getelementptr inbounds i8, ptr %40, i64 %mul20
  store ptr %add.ptr21, ptr %x, align 8
  %49 = load ptr, ptr %c, align 8
  %pixels = getelementptr inbounds %struct.Convolution, ptr %49, i32 0, i32 2
  %50 = load i64, ptr %pixels, align 8
  %51 = load i64, ptr %left, align 8
  %cmp22 = icmp sgt i64 %51, 0
  %conv = zext i1 %cmp22 to i32
  %conv23 = sext i32 %conv to i64
  %add24 = add nsw i64 %50, %conv23
  store i64 %add24, ptr %some, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond25

for.cond25:                                       ; preds = %for.inc, %cond.end
  %52 = load i64, ptr %first, align 8
  %53 = load ptr, ptr %c, align 8
  %outputs26 = getelementptr inbounds %struct.Convolution, ptr %53, i32 0, i32 13
  %54 = load i64, ptr %outputs26, align 8
  %cmp27 = icmp slt i64 %52, %54
  br i1 %cmp27, label %for.body29, label %for.end

for.body29:                                       ; preds = %for.cond25
  %55 = load ptr, ptr %tile, align 8
  %56 = load ptr, ptr %c, align 8
  %57 = load ptr, ptr %x, align 8
  %58 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %58, i32 0, i32 2
  %59 = load ptr, ptr %packed, align 8
  %60 = load i64, ptr %row, align 8
  %61 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %61, i32 0, i32 9
  %62 = load i64, ptr %columns, align 8
  %mul30 = mul nsw i64 %60, %62
  %63 = load ptr, ptr %c, align 8
  %outputs31 = getelementptr inbounds %struct.Convolution, ptr %63, i32 0, i32 13
  %64 = load i64, ptr %outputs31, align 8
  %mul32 = mul nsw i64 %mul30, %64
  %65 = load i64, ptr %first, align 8
  %add33 = add nsw i64 %mul32, %65
  %66 = load ptr, ptr %c, align 8
  %size34 = getelementptr inbounds %struct.Convolution, ptr %66, i32 0, i32 0
  %67 = load i64, ptr %size34, align 8
  %mul35 = mul nsw i64 %add33, %67
  %add.ptr36 = getelementptr inbounds i8, ptr %59, i64 %mul35
  %68 = load ptr, ptr %sums, align 8
  %69 = load i64, ptr %tap, align 8
  %70 = load ptr, ptr %c, align 8
  %inputs37 = getelementptr inbounds %struct.Convolution, ptr %70, i32 0, i32 12
  %71 = load i64, ptr %inputs37, align 8
  %mul38 = mul nsw i64 %69, %71
  %72 = load i64, ptr %at, align 8
  %add39 = add nsw i64 %mul38, %72
  %73 = load ptr, ptr %c, align 8
  %outputs40 = getelementptr inbounds %struct.Convolution, ptr %73, i32 0, i32 13
  %74 = load i64, ptr %outputs40, align 8
  %mul41 = mul nsw i64 %add39, %74
  %75 = load i64, ptr %first, align 8
  %add42 = add nsw i64 %mul41, %75
  %76 = load ptr, ptr %c, align 8
  %size43 = getelementptr inbounds %struct.Convolution, ptr %76, i32 0, i32 0
  %77 = load i64, ptr %size43, align 8
  %mul44 = mul nsw i64 %add42, %77
  %add.ptr45 = getelementptr inbounds i8, ptr %68, i64 %mul44
  call void %55(ptr noundef %56, ptr noundef %57, ptr noundef %add.ptr36, ptr noundef %add.ptr45, i64 noundef 0) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body29
  %78 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %78, i32 0, i32 1
  %79 = load i64, ptr %channels, align 8
  %80 = load i64, ptr %first, align 8
  %add46 = add nsw i64 %80, %79
  store i64 %add46, ptr %first, align 8
  br label %for.cond25, !llvm.loop !8

for.end:                                          ; preds = %for.cond25
  br label %for.inc47

for.inc47:                                        ; preds = %for.end
  %81 = load i64, ptr %some, align 8
  %82 = load i64, ptr %at, align 8
  %add48 = add nsw i64 %82, %81
  store i64 %add48, ptr %at, align 8
  %83 = load i64, ptr %left, align 8
  %dec = add nsw i64 %83, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond11, !llvm.loop !9

for.end49:                                        ; preds = %for.cond11
  br label %for.inc50

for.inc50:                                        ; preds = %for.end49
  %84 = load i64, ptr %tap, align 8
  %inc = add nsw i64 %84, 1
  store i64 %inc, ptr %tap, align 8
  br label %for.cond7, !llvm.loop !10

for.end51:                                        ; preds = %for.cond7
  br label %for.inc52

for.inc52:                                        ; preds = %for.end51
  %85 = load i64, ptr %row, align 8
  %inc53 = add nsw i64 %85, 1
  store i64 %inc53, ptr %row, align 8
  br label %for.cond, !llvm.loop !11

for.end54:                                        ; preds = %for.cond
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
  %outputs = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 13
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
  call void @columns_of_a_task(ptr noundef %columns, i64 noundef 0) #3
  br label %if.end

if.else:                                          ; preds = %entry
  %23 = load ptr, ptr %parallel_for.addr, align 8
  %24 = load i64, ptr %tasks, align 8
  call void %23(ptr noundef @columns_of_a_task, ptr noundef %columns, i64 noundef %24) #3
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
  %outputs = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 13
  %12 = load i64, ptr %outputs, align 8
  %cmp = icmp slt i64 %10, %12
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %13 = load i64, ptr %end, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %14 = load ptr, ptr %c, align 8
  %outputs3 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 13
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
  %inputs = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 12
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
  %outputs10 = getelementptr inbounds %struct.Convolution, ptr %33, i32 0, i32 13
  %34 = load i64, ptr %outputs10, align 8
  %35 = load i64, ptr %first, align 8
  %sub = sub nsw i64 %34, %35
  call void @cover(ptr noundef %18, ptr noundef %20, ptr noundef %add.ptr, ptr noundef %add.ptr9, i64 noundef %sub) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %36 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %36, i32 0, i32 1
  %37 = load i64, ptr %channels, align 8
  %38 = load i64, ptr %first, align 8
  %add11 = add nsw i64 %38, %37
  store i64 %add11, ptr %first, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #2

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
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 19
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
  %column_step = getelementptr inbounds %struct.Convolution, ptr %22, i32 0, i32 17
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
  %output_step = getelementptr inbounds %struct.Convolution, ptr %29, i32 0, i32 18
  %30 = load i64, ptr %output_step, align 8
  %mul13 = mul nsw i64 %28, %30
  %31 = load ptr, ptr %c.addr, align 8
  %size14 = getelementptr inbounds %struct.Convolution, ptr %31, i32 0, i32 0
  %32 = load i64, ptr %size14, align 8
  %mul15 = mul nsw i64 %mul13, %32
  %add.ptr16 = getelementptr inbounds i8, ptr %27, i64 %mul15
  %33 = load i64, ptr %channels.addr, align 8
  call void %18(ptr noundef %19, ptr noundef %add.ptr, ptr noundef %26, ptr noundef %add.ptr16, i64 noundef %33) #3
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %34 = load i64, ptr %pixels, align 8
  %35 = load i64, ptr %at, align 8
  %add17 = add nsw i64 %35, %34
  store i64 %add17, ptr %at, align 8
  %36 = load i64, ptr %left, align 8
  %dec = add nsw i64 %36, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond, !llvm.loop !13

for.end:                                          ; preds = %for.cond
  ret void
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
  %example_step = getelementptr inbounds %struct.Convolution, ptr %6, i32 0, i32 14
  %7 = load i64, ptr %example_step, align 8
  %mul = mul nsw i64 %div1, %7
  %8 = load i64, ptr %plane, align 8
  %9 = load ptr, ptr %c.addr, align 8
  %planes2 = getelementptr inbounds %struct.Convolution, ptr %9, i32 0, i32 7
  %10 = load i64, ptr %planes2, align 8
  %rem = srem i64 %8, %10
  %11 = load ptr, ptr %c.addr, align 8
  %plane_step = getelementptr inbounds %struct.Convolution, ptr %11, i32 0, i32 15
  %12 = load i64, ptr %plane_step, align 8
  %mul3 = mul nsw i64 %rem, %12
  %add = add nsw i64 %mul, %mul3
  %13 = load i64, ptr %row.addr, align 8
  %14 = load ptr, ptr %c.addr, align 8
  %rows4 = getelementptr inbounds %struct.Convolution, ptr %14, i32 0, i32 8
  %15 = load i64, ptr %rows4, align 8
  %rem5 = srem i64 %13, %15
  %16 = load ptr, ptr %c.addr, align 8
  %row_step = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 16
  %17 = load i64, ptr %row_step, align 8
  %mul6 = mul nsw i64 %rem5, %17
  %add7 = add nsw i64 %add, %mul6
  ret i64 %add7
}

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #3 = { nobuiltin }

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
