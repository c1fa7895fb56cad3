; Made of convolution.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 4d7a9c487d79adc7618ff22366bab35cf9b51a4df926534d5413cf66064aa1ba

%struct.Call = type { ptr, ptr, ptr, ptr }
%struct.Convolution = type { i64, i64, i64, i64, ptr, ptr, i64, i64, i64, i64, i64, ptr, i64, i64, i64, i64, i64, i64, i64, i64 }

; Function Attrs: nounwind
define void @dovetail_convolve(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %c = alloca ptr, align 8
  %call = alloca %struct.Call, align 8
  %rows = alloca i64, align 8
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
  %batch = getelementptr inbounds %struct.Convolution, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %batch, align 8
  %10 = load ptr, ptr %c, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %10, i32 0, i32 7
  %11 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %9, %11
  %12 = load ptr, ptr %c, align 8
  %rows3 = getelementptr inbounds %struct.Convolution, ptr %12, i32 0, i32 8
  %13 = load i64, ptr %rows3, align 8
  %mul4 = mul nsw i64 %mul, %13
  store i64 %mul4, ptr %rows, align 8
  %14 = load ptr, ptr %c, align 8
  %15 = load ptr, ptr %buffers.addr, align 8
  %arrayidx5 = getelementptr inbounds ptr, ptr %15, i64 1
  %16 = load ptr, ptr %arrayidx5, align 8
  %17 = load ptr, ptr %buffers.addr, align 8
  %arrayidx6 = getelementptr inbounds ptr, ptr %17, i64 3
  %18 = load ptr, ptr %arrayidx6, align 8
  call void @pack(ptr noundef %14, ptr noundef %16, ptr noundef %18) #3
  %19 = load ptr, ptr %parallel_for.addr, align 8
  %20 = load i64, ptr %rows, align 8
  %21 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %21, i32 0, i32 19
  %22 = load i64, ptr %rows_at_once, align 8
  %add = add nsw i64 %20, %22
  %sub = sub nsw i64 %add, 1
  %23 = load ptr, ptr %c, align 8
  %rows_at_once7 = getelementptr inbounds %struct.Convolution, ptr %23, i32 0, i32 19
  %24 = load i64, ptr %rows_at_once7, align 8
  %div = sdiv i64 %sub, %24
  call void %19(ptr noundef @rows_of_a_task, ptr noundef %call, i64 noundef %div) #3
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
define internal void @rows_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %rows = alloca i64, align 8
  %last = alloca i64, align 8
  %first = alloca i64, align 8
  %row = alloca i64, align 8
  %plane = alloca i64, align 8
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
  %batch = getelementptr inbounds %struct.Convolution, ptr %3, i32 0, i32 6
  %4 = load i64, ptr %batch, align 8
  %5 = load ptr, ptr %c, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %5, i32 0, i32 7
  %6 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %4, %6
  %7 = load ptr, ptr %c, align 8
  %rows1 = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 8
  %8 = load i64, ptr %rows1, align 8
  %mul2 = mul nsw i64 %mul, %8
  store i64 %mul2, ptr %rows, align 8
  %9 = load i64, ptr %number.addr, align 8
  %add = add nsw i64 %9, 1
  %10 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %10, i32 0, i32 19
  %11 = load i64, ptr %rows_at_once, align 8
  %mul3 = mul nsw i64 %add, %11
  store i64 %mul3, ptr %last, align 8
  %12 = load i64, ptr %last, align 8
  %13 = load i64, ptr %rows, align 8
  %cmp = icmp sgt i64 %12, %13
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %14 = load i64, ptr %rows, align 8
  store i64 %14, ptr %last, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  store i64 0, ptr %first, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc34, %if.end
  %15 = load i64, ptr %first, align 8
  %16 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 13
  %17 = load i64, ptr %outputs, align 8
  %cmp4 = icmp slt i64 %15, %17
  br i1 %cmp4, label %for.body, label %for.end36

for.body:                                         ; preds = %for.cond
  %18 = load i64, ptr %number.addr, align 8
  %19 = load ptr, ptr %c, align 8
  %rows_at_once5 = getelementptr inbounds %struct.Convolution, ptr %19, i32 0, i32 19
  %20 = load i64, ptr %rows_at_once5, align 8
  %mul6 = mul nsw i64 %18, %20
  store i64 %mul6, ptr %row, align 8
  br label %for.cond7

for.cond7:                                        ; preds = %for.inc, %for.body
  %21 = load i64, ptr %row, align 8
  %22 = load i64, ptr %last, align 8
  %cmp8 = icmp slt i64 %21, %22
  br i1 %cmp8, label %for.body9, label %for.end

for.body9:                                        ; preds = %for.cond7
  %23 = load i64, ptr %row, align 8
  %24 = load ptr, ptr %c, align 8
  %rows10 = getelementptr inbounds %struct.Convolution, ptr %24, i32 0, i32 8
  %25 = load i64, ptr %rows10, align 8
  %div = sdiv i64 %23, %25
  store i64 %div, ptr %plane, align 8
  %26 = load i64, ptr %plane, align 8
  %27 = load ptr, ptr %c, align 8
  %planes11 = getelementptr inbounds %struct.Convolution, ptr %27, i32 0, i32 7
  %28 = load i64, ptr %planes11, align 8
  %div12 = sdiv i64 %26, %28
  %29 = load ptr, ptr %c, align 8
  %example_step = getelementptr inbounds %struct.Convolution, ptr %29, i32 0, i32 14
  %30 = load i64, ptr %example_step, align 8
  %mul13 = mul nsw i64 %div12, %30
  %31 = load i64, ptr %plane, align 8
  %32 = load ptr, ptr %c, align 8
  %planes14 = getelementptr inbounds %struct.Convolution, ptr %32, i32 0, i32 7
  %33 = load i64, ptr %planes14, align 8
  %rem = srem i64 %31, %33
  %34 = load ptr, ptr %c, align 8
  %plane_step = getelementptr inbounds %struct.Convolution, ptr %34, i32 0, i32 15
  %35 = load i64, ptr %plane_step, align 8
  %mul15 = mul nsw i64 %rem, %35
  %add16 = add nsw i64 %mul13, %mul15
  %36 = load i64, ptr %row, align 8
  %37 = load ptr, ptr %c, align 8
  %rows17 = getelementptr inbounds %struct.Convolution, ptr %37, i32 0, i32 8
  %38 = load i64, ptr %rows17, align 8
  %rem18 = srem i64 %36, %38
  %39 = load ptr, ptr %c, align 8
  %row_step = getelementptr inbounds %struct.Convolution, ptr %39, i32 0, i32 16
  %40 = load i64, ptr %row_step, align 8
  %mul19 = mul nsw i64 %rem18, %40
  %add20 = add nsw i64 %add16, %mul19
  store i64 %add20, ptr %from, align 8
  %41 = load i64, ptr %row, align 8
  %42 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %42, i32 0, i32 9
  %43 = load i64, ptr %columns, align 8
  %mul21 = mul nsw i64 %41, %43
  %44 = load ptr, ptr %c, align 8
  %output_step = getelementptr inbounds %struct.Convolution, ptr %44, i32 0, i32 18
  %45 = load i64, ptr %output_step, align 8
  %mul22 = mul nsw i64 %mul21, %45
  %46 = load i64, ptr %first, align 8
  %add23 = add nsw i64 %mul22, %46
  store i64 %add23, ptr %to, align 8
  %47 = load ptr, ptr %c, align 8
  %48 = load ptr, ptr %call, align 8
  %x = getelementptr inbounds %struct.Call, ptr %48, i32 0, i32 1
  %49 = load ptr, ptr %x, align 8
  %50 = load i64, ptr %from, align 8
  %51 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %51, i32 0, i32 0
  %52 = load i64, ptr %size, align 8
  %mul24 = mul nsw i64 %50, %52
  %add.ptr = getelementptr inbounds i8, ptr %49, i64 %mul24
  %53 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %53, i32 0, i32 2
  %54 = load ptr, ptr %packed, align 8
  %55 = load i64, ptr %first, align 8
  %56 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %56, i32 0, i32 10
  %57 = load i64, ptr %taps, align 8
  %mul25 = mul nsw i64 %55, %57
  %58 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %58, i32 0, i32 12
  %59 = load i64, ptr %inputs, align 8
  %mul26 = mul nsw i64 %mul25, %59
  %60 = load ptr, ptr %c, align 8
  %size27 = getelementptr inbounds %struct.Convolution, ptr %60, i32 0, i32 0
  %61 = load i64, ptr %size27, align 8
  %mul28 = mul nsw i64 %mul26, %61
  %add.ptr29 = getelementptr inbounds i8, ptr %54, i64 %mul28
  %62 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %62, i32 0, i32 3
  %63 = load ptr, ptr %out, align 8
  %64 = load i64, ptr %to, align 8
  %65 = load ptr, ptr %c, align 8
  %size30 = getelementptr inbounds %struct.Convolution, ptr %65, i32 0, i32 0
  %66 = load i64, ptr %size30, align 8
  %mul31 = mul nsw i64 %64, %66
  %add.ptr32 = getelementptr inbounds i8, ptr %63, i64 %mul31
  %67 = load ptr, ptr %c, align 8
  %outputs33 = getelementptr inbounds %struct.Convolution, ptr %67, i32 0, i32 13
  %68 = load i64, ptr %outputs33, align 8
  %69 = load i64, ptr %first, align 8
  %sub = sub nsw i64 %68, %69
  call void @cover(ptr noundef %47, ptr noundef %add.ptr, ptr noundef %add.ptr29, ptr noundef %add.ptr32, i64 noundef %sub) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body9
  %70 = load i64, ptr %row, align 8
  %inc = add nsw i64 %70, 1
  store i64 %inc, ptr %row, align 8
  br label %for.cond7, !llvm.loop !6

for.end:                                          ; preds = %for.cond7
  br label %for.inc34

for.inc34:                                        ; preds = %for.end
  %71 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %71, i32 0, i32 1
  %72 = load i64, ptr %channels, align 8
  %73 = load i64, ptr %first, align 8
  %add35 = add nsw i64 %73, %72
  store i64 %add35, ptr %first, align 8
  br label %for.cond, !llvm.loop !7

for.end36:                                        ; preds = %for.cond
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
  %rows = alloca i64, align 8
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
  %8 = load ptr, ptr %c, align 8
  %batch = getelementptr inbounds %struct.Convolution, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %batch, align 8
  %10 = load ptr, ptr %c, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %10, i32 0, i32 7
  %11 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %9, %11
  %12 = load ptr, ptr %c, align 8
  %rows3 = getelementptr inbounds %struct.Convolution, ptr %12, i32 0, i32 8
  %13 = load i64, ptr %rows3, align 8
  %mul4 = mul nsw i64 %mul, %13
  store i64 %mul4, ptr %rows, align 8
  %14 = load ptr, ptr %parallel_for.addr, align 8
  %15 = load i64, ptr %rows, align 8
  %16 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %16, i32 0, i32 19
  %17 = load i64, ptr %rows_at_once, align 8
  %add = add nsw i64 %15, %17
  %sub = sub nsw i64 %add, 1
  %18 = load ptr, ptr %c, align 8
  %rows_at_once5 = getelementptr inbounds %struct.Convolution, ptr %18, i32 0, i32 19
  %19 = load i64, ptr %rows_at_once5, align 8
  %div = sdiv i64 %sub, %19
  call void %14(ptr noundef @gradient_of_a_task, ptr noundef %call, i64 noundef %div) #3
  ret void
}

; Function Attrs: nounwind
define internal void @gradient_of_a_task(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %call = alloca ptr, align 8
  %c = alloca ptr, align 8
  %rows = alloca i64, align 8
  %last = alloca i64, align 8
  %sums = alloca ptr, align 8
  %row = alloca i64, align 8
  %plane = alloca i64, align 8
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
  %batch = getelementptr inbounds %struct.Convolution, ptr %3, i32 0, i32 6
  %4 = load i64, ptr %batch, align 8
  %5 = load ptr, ptr %c, align 8
  %planes = getelementptr inbounds %struct.Convolution, ptr %5, i32 0, i32 7
  %6 = load i64, ptr %planes, align 8
  %mul = mul nsw i64 %4, %6
  %7 = load ptr, ptr %c, align 8
  %rows1 = getelementptr inbounds %struct.Convolution, ptr %7, i32 0, i32 8
  %8 = load i64, ptr %rows1, align 8
  %mul2 = mul nsw i64 %mul, %8
  store i64 %mul2, ptr %rows, align 8
  %9 = load i64, ptr %number.addr, align 8
  %add = add nsw i64 %9, 1
  %10 = load ptr, ptr %c, align 8
  %rows_at_once = getelementptr inbounds %struct.Convolution, ptr %10, i32 0, i32 19
  %11 = load i64, ptr %rows_at_once, align 8
  %mul3 = mul nsw i64 %add, %11
  store i64 %mul3, ptr %last, align 8
  %12 = load ptr, ptr %call, align 8
  %out = getelementptr inbounds %struct.Call, ptr %12, i32 0, i32 3
  %13 = load ptr, ptr %out, align 8
  %14 = load i64, ptr %number.addr, align 8
  %15 = load ptr, ptr %c, align 8
  %taps = getelementptr inbounds %struct.Convolution, ptr %15, i32 0, i32 10
  %16 = load i64, ptr %taps, align 8
  %mul4 = mul nsw i64 %14, %16
  %17 = load ptr, ptr %c, align 8
  %inputs = getelementptr inbounds %struct.Convolution, ptr %17, i32 0, i32 12
  %18 = load i64, ptr %inputs, align 8
  %mul5 = mul nsw i64 %mul4, %18
  %19 = load ptr, ptr %c, align 8
  %outputs = getelementptr inbounds %struct.Convolution, ptr %19, i32 0, i32 13
  %20 = load i64, ptr %outputs, align 8
  %mul6 = mul nsw i64 %mul5, %20
  %21 = load ptr, ptr %c, align 8
  %size = getelementptr inbounds %struct.Convolution, ptr %21, i32 0, i32 0
  %22 = load i64, ptr %size, align 8
  %mul7 = mul nsw i64 %mul6, %22
  %add.ptr = getelementptr inbounds i8, ptr %13, i64 %mul7
  store ptr %add.ptr, ptr %sums, align 8
  %23 = load i64, ptr %last, align 8
  %24 = load i64, ptr %rows, align 8
  %cmp = icmp sgt i64 %23, %24
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %25 = load i64, ptr %rows, align 8
  store i64 %25, ptr %last, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  %26 = load i64, ptr %number.addr, align 8
  %27 = load ptr, ptr %c, align 8
  %rows_at_once8 = getelementptr inbounds %struct.Convolution, ptr %27, i32 0, i32 19
  %28 = load i64, ptr %rows_at_once8, align 8
  %mul9 = mul nsw i64 %26, %28
  store i64 %mul9, ptr %row, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc68, %if.end
  %29 = load i64, ptr %row, align 8
  %30 = load i64, ptr %last, align 8
  %cmp10 = icmp slt i64 %29, %30
  br i1 %cmp10, label %for.body, label %for.end70

for.body:                                         ; preds = %for.cond
  %31 = load i64, ptr %row, align 8
  %32 = load ptr, ptr %c, align 8
  %rows11 = getelementptr inbounds %struct.Convolution, ptr %32, i32 0, i32 8
  %33 = load i64, ptr %rows11, align 8
  %div = sdiv i64 %31, %33
  store i64 %div, ptr %plane, align 8
  %34 = load i64, ptr %plane, align 8
  %35 = load ptr, ptr %c, align 8
  %planes12 = getelementptr inbounds %struct.Convolution, ptr %35, i32 0, i32 7
  %36 = load i64, ptr %planes12, align 8
  %div13 = sdiv i64 %34, %36
  %37 = load ptr, ptr %c, align 8
  %example_step = getelementptr inbounds %struct.Convolution, ptr %37, i32 0, i32 14
  %38 = load i64, ptr %example_step, align 8
  %mul14 = mul nsw i64 %div13, %38
  %39 = load i64, ptr %plane, align 8
  %40 = load ptr, ptr %c, align 8
  %planes15 = getelementptr inbounds %struct.Convolution, ptr %40, i32 0, i32 7
  %41 = load i64, ptr %planes15, align 8
  %rem = srem i64 %39, %41
  %42 = load ptr, ptr %c, align 8
  %plane_step = getelementptr inbounds %struct.Convolution, ptr %42, i32 0, i32 15
  %43 = load i64, ptr %plane_step, align 8
  %mul16 = mul nsw i64 %rem, %43
  %add17 = add nsw i64 %mul14, %mul16
  %44 = load i64, ptr %row, align 8
  %45 = load ptr, ptr %c, align 8
  %rows18 = getelementptr inbounds %struct.Convolution, ptr %45, i32 0, i32 8
  %46 = load i64, ptr %rows18, align 8
  %rem19 = srem i64 %44, %46
  %47 = load ptr, ptr %c, align 8
  %row_step = getelementptr inbounds %struct.Convolution, ptr %47, i32 0, i32 16
  %48 = load i64, ptr %row_step, align 8
  %mul20 = mul nsw i64 %rem19, %48
  %add21 = add nsw i64 %add17, %mul20
  store i64 %add21, ptr %from, align 8
  store i64 0, ptr %tap, align 8
  br label %for.cond22

for.cond22:                                       ; preds = %for.inc66, %for.body
  %49 = load i64, ptr %tap, align 8
  %50 = load ptr, ptr %c, align 8
  %taps23 = getelementptr inbounds %struct.Convolution, ptr %50, i32 0, i32 10
  %51 = load i64, ptr %taps23, align 8
  %cmp24 = icmp slt i64 %49, %51
  br i1 %cmp24, label %for.body25, label %for.end67

for.body25:                                       ; preds = %for.cond22
  %52 = load ptr, ptr %c, align 8
  %larger = getelementptr inbounds %struct.Convolution, ptr %52, i32 0, i32 3
  %53 = load i64, ptr %larger, align 8
  store i64 %53, ptr %left, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond26

for.cond26:                                       ; preds = %for.inc63, %for.body25
  %54 = load i64, ptr %at, align 8
  %55 = load ptr, ptr %c, align 8
  %inputs27 = getelementptr inbounds %struct.Convolution, ptr %55, i32 0, i32 12
  %56 = load i64, ptr %inputs27, align 8
  %cmp28 = icmp slt i64 %54, %56
  br i1 %cmp28, label %for.body29, label %for.end65

for.body29:                                       ; preds = %for.cond26
  %57 = load i64, ptr %left, align 8
  %cmp30 = icmp sgt i64 %57, 0
  br i1 %cmp30, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body29
  %58 = load ptr, ptr %c, align 8
  %larger_tile = getelementptr inbounds %struct.Convolution, ptr %58, i32 0, i32 5
  %59 = load ptr, ptr %larger_tile, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body29
  %60 = load ptr, ptr %c, align 8
  %tile31 = getelementptr inbounds %struct.Convolution, ptr %60, i32 0, i32 4
  %61 = load ptr, ptr %tile31, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %59, %cond.true ], [ %61, %cond.false ]
  store ptr %cond, ptr %tile, align 8
  %62 = load ptr, ptr %call, align 8
  %x32 = getelementptr inbounds %struct.Call, ptr %62, i32 0, i32 1
  %63 = load ptr, ptr %x32, align 8
  %64 = load i64, ptr %from, align 8
  %65 = load ptr, ptr %c, align 8
  %offsets = getelementptr inbounds %struct.Convolution, ptr %65, i32 0, i32 11
  %66 = load ptr, ptr %offsets, align 8
  %67 = load i64, ptr %tap, align 8
  %arrayidx = getelementptr inbounds i64, ptr %66, i64 %67
  %68 = load i64, ptr %arrayidx, align 8
  %add33 = add nsw i64 %64, %68
  %69 = load i64, ptr %at, align 8
  %add34 = add nsw i64 %add33, %69
  %70 = load ptr, ptr %c, align 8
  %size35 = getelementptr inbounds %struct.Convolution, ptr %70, i32 0, i32 0
  %71 = load i64, ptr %size35, align 8
  %mul36 = mul nsw i64 %add34, %71
  %add.ptr37 = getelementptr inbounds i8, ptr %63, i64 %mul36
  store ptr %add.ptr37, ptr %x, align 8
  %72 = load ptr, ptr %c, align 8
  %pixels = getelementptr inbounds %struct.Convolution, ptr %72, i32 0, i32 2
  %73 = load i64, ptr %pixels, align 8
  %74 = load i64, ptr %left, align 8
  %cmp38 = icmp sgt i64 %74, 0
  %conv = zext i1 %cmp38 to i32
  %conv39 = sext i32 %conv to i64
  %add40 = add nsw i64 %73, %conv39
  store i64 %add40, ptr %some, align 8
  store i64 0, ptr %first, align 8
  br label %for.cond41

for.cond41:                                       ; preds = %for.inc, %cond.end
  %75 = load i64, ptr %first, align 8
  %76 = load ptr, ptr %c, align 8
  %outputs42 = getelementptr inbounds %struct.Convolution, ptr %76, i32 0, i32 13
  %77 = load i64, ptr %outputs42, align 8
  %cmp43 = icmp slt i64 %75, %77
  br i1 %cmp43, label %for.body45, label %for.end

for.body45:                                       ; preds = %for.cond41
  %78 = load ptr, ptr %tile, align 8
  %79 = load ptr, ptr %c, align 8
  %80 = load ptr, ptr %x, align 8
  %81 = load ptr, ptr %call, align 8
  %packed = getelementptr inbounds %struct.Call, ptr %81, i32 0, i32 2
  %82 = load ptr, ptr %packed, align 8
  %83 = load i64, ptr %row, align 8
  %84 = load ptr, ptr %c, align 8
  %columns = getelementptr inbounds %struct.Convolution, ptr %84, i32 0, i32 9
  %85 = load i64, ptr %columns, align 8
  %mul46 = mul nsw i64 %83, %85
  %86 = load ptr, ptr %c, align 8
  %outputs47 = getelementptr inbounds %struct.Convolution, ptr %86, i32 0, i32 13
  %87 = load i64, ptr %outputs47, align 8
  %mul48 = mul nsw i64 %mul46, %87
  %88 = load i64, ptr %first, align 8
  %add49 = add nsw i64 %mul48, %88
  %89 = load ptr, ptr %c, align 8
  %size50 = getelementptr inbounds %struct.Convolution, ptr %89, i32 0, i32 0
  %90 = load i64, ptr %size50, align 8
  %mul51 = mul nsw i64 %add49, %90
  %add.ptr52 = getelementptr inbounds i8, ptr %82, i64 %mul51
  %91 = load ptr, ptr %sums, align 8
  %92 = load i64, ptr %tap, align 8
  %93 = load ptr, ptr %c, align 8
  %inputs53 = getelementptr inbounds %struct.Convolution, ptr %93, i32 0, i32 12
  %94 = load i64, ptr %inputs53, align 8
  %mul54 = mul nsw i64 %92, %94
  %95 = load i64, ptr %at, align 8
  %add55 = add nsw i64 %mul54, %95
  %96 = load ptr, ptr %c, align 8
  %outputs56 = getelementptr inbounds %struct.Convolution, ptr %96, i32 0, i32 13
  %97 = load i64, ptr %outputs56, align 8
  %mul57 = mul nsw i64 %add55, %97
  %98 = load i64, ptr %first, align 8
  %add58 = add nsw i64 %mul57, %98
  %99 = load ptr, ptr %c, align 8
  %size59 = getelementptr inbounds %struct.Convolution, ptr %99, i32 0, i32 0
  %100 = load i64, ptr %size59, align 8
  %mul60 = mul nsw i64 %add58, %100
  %add.ptr61 = getelementptr inbounds i8, ptr %91, i64 %mul60
  call void %78(ptr noundef %79, ptr noundef %80, ptr noundef %add.ptr52, ptr noundef %add.ptr61, i64 noundef 0) #3
  br label %for.inc

for.inc:                                          ; preds = %for.body45
  %101 = load ptr, ptr %c, align 8
  %channels = getelementptr inbounds %struct.Convolution, ptr %101, i32 0, i32 1
  %102 = load i64, ptr %channels, align 8
  %103 = load i64, ptr %first, align 8
  %add62 = add nsw i64 %103, %102
  store i64 %add62, ptr %first, align 8
  br label %for.cond41, !llvm.loop !8

for.end:                                          ; preds = %for.cond41
  br label %for.inc63

for.inc63:                                        ; preds = %for.end
  %104 = load i64, ptr %some, align 8
  %105 = load i64, ptr %at, align 8
  %add64 = add nsw i64 %105, %104
  store i64 %add64, ptr %at, align 8
  %106 = load i64, ptr %left, align 8
  %dec = add nsw i64 %106, -1
  store i64 %dec, ptr %left, align 8
  br label %for.cond26, !llvm.loop !9

for.end65:                                        ; preds = %for.cond26
  br label %for.inc66

for.inc66:                                        ; preds = %for.end65
  %107 = load i64, ptr %tap, align 8
  %inc = add nsw i64 %107, 1
  store i64 %inc, ptr %tap, align 8
  br label %for.cond22, !llvm.loop !10

for.end67:                                        ; preds = %for.cond22
  br label %for.inc68

for.inc68:                                        ; preds = %for.end67
  %108 = load i64, ptr %row, align 8
  %inc69 = add nsw i64 %108, 1
  store i64 %inc69, ptr %row, align 8
  br label %for.cond, !llvm.loop !11

for.end70:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #2

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
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  ret void
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
