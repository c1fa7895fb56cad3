; Made of product.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 656888615ac2937d78c64ab232ec41098a98acfc36e549bfce8a541c7922f640

%struct.Work = type { ptr, ptr, i64, i64 }
%struct.Product = type { ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64 }

; Function Attrs: nounwind
define void @dovetail_wide_multiply(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %p = alloca ptr, align 8
  %width = alloca i64, align 8
  %elements = alloca i64, align 8
  %work = alloca %struct.Work, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %p, align 8
  %1 = load ptr, ptr %p, align 8
  %rows = getelementptr inbounds %struct.Product, ptr %1, i32 0, i32 4
  %2 = load i64, ptr %rows, align 8
  %cmp = icmp sgt i64 %2, 256
  %3 = zext i1 %cmp to i64
  %cond = select i1 %cmp, i32 512, i32 128
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %width, align 8
  %4 = load ptr, ptr %p, align 8
  %count = getelementptr inbounds %struct.Product, ptr %4, i32 0, i32 3
  %5 = load i64, ptr %count, align 8
  %6 = load ptr, ptr %p, align 8
  %rows1 = getelementptr inbounds %struct.Product, ptr %6, i32 0, i32 4
  %7 = load i64, ptr %rows1, align 8
  %mul = mul nsw i64 %5, %7
  %8 = load ptr, ptr %p, align 8
  %columns = getelementptr inbounds %struct.Product, ptr %8, i32 0, i32 5
  %9 = load i64, ptr %columns, align 8
  %mul2 = mul nsw i64 %mul, %9
  store i64 %mul2, ptr %elements, align 8
  %buffers3 = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 0
  %10 = load ptr, ptr %buffers.addr, align 8
  store ptr %10, ptr %buffers3, align 8
  %product = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 1
  %11 = load ptr, ptr %p, align 8
  store ptr %11, ptr %product, align 8
  %down = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 2
  %12 = load ptr, ptr %p, align 8
  %rows4 = getelementptr inbounds %struct.Product, ptr %12, i32 0, i32 4
  %13 = load i64, ptr %rows4, align 8
  %add = add nsw i64 %13, 256
  %sub = sub nsw i64 %add, 1
  %div = sdiv i64 %sub, 256
  store i64 %div, ptr %down, align 8
  %along = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 3
  %14 = load ptr, ptr %p, align 8
  %columns5 = getelementptr inbounds %struct.Product, ptr %14, i32 0, i32 5
  %15 = load i64, ptr %columns5, align 8
  %16 = load i64, ptr %width, align 8
  %add6 = add nsw i64 %15, %16
  %sub7 = sub nsw i64 %add6, 1
  %17 = load i64, ptr %width, align 8
  %div8 = sdiv i64 %sub7, %17
  store i64 %div8, ptr %along, align 8
  %18 = load i64, ptr %elements, align 8
  %cmp9 = icmp eq i64 %18, 0
  br i1 %cmp9, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  br label %return

if.end:                                           ; preds = %entry
  %19 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %19, i32 0, i32 6
  %20 = load i64, ptr %inner, align 8
  %cmp11 = icmp eq i64 %20, 0
  br i1 %cmp11, label %if.then13, label %if.end15

if.then13:                                        ; preds = %if.end
  %21 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %21, i64 2
  %22 = load ptr, ptr %arrayidx, align 8
  %23 = load i64, ptr %elements, align 8
  %mul14 = mul i64 %23, 4
  call void @llvm.memset.p0.i64(ptr align 1 %22, i8 0, i64 %mul14, i1 false)
  br label %return

if.end15:                                         ; preds = %if.end
  %24 = load i64, ptr %elements, align 8
  %25 = load ptr, ptr %p, align 8
  %inner16 = getelementptr inbounds %struct.Product, ptr %25, i32 0, i32 6
  %26 = load i64, ptr %inner16, align 8
  %mul17 = mul nsw i64 %24, %26
  %cmp18 = icmp slt i64 %mul17, 1048576
  br i1 %cmp18, label %if.then20, label %if.end21

if.then20:                                        ; preds = %if.end15
  store ptr @serial_for, ptr %parallel_for.addr, align 8
  br label %if.end21

if.end21:                                         ; preds = %if.then20, %if.end15
  %27 = load ptr, ptr %parallel_for.addr, align 8
  %28 = load ptr, ptr %p, align 8
  %count22 = getelementptr inbounds %struct.Product, ptr %28, i32 0, i32 3
  %29 = load i64, ptr %count22, align 8
  %down23 = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 2
  %30 = load i64, ptr %down23, align 8
  %mul24 = mul nsw i64 %29, %30
  %along25 = getelementptr inbounds %struct.Work, ptr %work, i32 0, i32 3
  %31 = load i64, ptr %along25, align 8
  %mul26 = mul nsw i64 %mul24, %31
  call void %27(ptr noundef @multiply_block, ptr noundef %work, i64 noundef %mul26) #5
  br label %return

return:                                           ; preds = %if.end21, %if.then13, %if.then
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #1

; Function Attrs: inlinehint nounwind
define internal void @serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #2 {
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
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @multiply_block(ptr noundef %context, i64 noundef %number) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %work = alloca ptr, align 8
  %p = alloca ptr, align 8
  %blocks = alloca i64, align 8
  %matrix = alloca i64, align 8
  %width = alloca i64, align 8
  %top = alloca i64, align 8
  %left = alloca i64, align 8
  %rows7 = alloca i64, align 8
  %columns = alloca i64, align 8
  %a_down = alloca i64, align 8
  %a_along = alloca i64, align 8
  %b_down = alloca i64, align 8
  %b_along = alloca i64, align 8
  %a = alloca ptr, align 8
  %b = alloca ptr, align 8
  %c = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %work, align 8
  %1 = load ptr, ptr %work, align 8
  %product = getelementptr inbounds %struct.Work, ptr %1, i32 0, i32 1
  %2 = load ptr, ptr %product, align 8
  store ptr %2, ptr %p, align 8
  %3 = load ptr, ptr %work, align 8
  %down = getelementptr inbounds %struct.Work, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %down, align 8
  %5 = load ptr, ptr %work, align 8
  %along = getelementptr inbounds %struct.Work, ptr %5, i32 0, i32 3
  %6 = load i64, ptr %along, align 8
  %mul = mul nsw i64 %4, %6
  store i64 %mul, ptr %blocks, align 8
  %7 = load i64, ptr %number.addr, align 8
  %8 = load i64, ptr %blocks, align 8
  %div = sdiv i64 %7, %8
  store i64 %div, ptr %matrix, align 8
  %9 = load ptr, ptr %p, align 8
  %rows = getelementptr inbounds %struct.Product, ptr %9, i32 0, i32 4
  %10 = load i64, ptr %rows, align 8
  %cmp = icmp sgt i64 %10, 256
  %11 = zext i1 %cmp to i64
  %cond = select i1 %cmp, i32 512, i32 128
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %width, align 8
  %12 = load i64, ptr %number.addr, align 8
  %13 = load i64, ptr %blocks, align 8
  %rem = srem i64 %12, %13
  %14 = load ptr, ptr %work, align 8
  %along1 = getelementptr inbounds %struct.Work, ptr %14, i32 0, i32 3
  %15 = load i64, ptr %along1, align 8
  %div2 = sdiv i64 %rem, %15
  %mul3 = mul nsw i64 %div2, 256
  store i64 %mul3, ptr %top, align 8
  %16 = load i64, ptr %number.addr, align 8
  %17 = load ptr, ptr %work, align 8
  %along4 = getelementptr inbounds %struct.Work, ptr %17, i32 0, i32 3
  %18 = load i64, ptr %along4, align 8
  %rem5 = srem i64 %16, %18
  %19 = load i64, ptr %width, align 8
  %mul6 = mul nsw i64 %rem5, %19
  store i64 %mul6, ptr %left, align 8
  %20 = load ptr, ptr %p, align 8
  %rows8 = getelementptr inbounds %struct.Product, ptr %20, i32 0, i32 4
  %21 = load i64, ptr %rows8, align 8
  %22 = load i64, ptr %top, align 8
  %sub = sub nsw i64 %21, %22
  %cmp9 = icmp slt i64 %sub, 256
  br i1 %cmp9, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %23 = load ptr, ptr %p, align 8
  %rows11 = getelementptr inbounds %struct.Product, ptr %23, i32 0, i32 4
  %24 = load i64, ptr %rows11, align 8
  %25 = load i64, ptr %top, align 8
  %sub12 = sub nsw i64 %24, %25
  br label %cond.end

cond.false:                                       ; preds = %entry
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond13 = phi i64 [ %sub12, %cond.true ], [ 256, %cond.false ]
  store i64 %cond13, ptr %rows7, align 8
  %26 = load ptr, ptr %p, align 8
  %columns14 = getelementptr inbounds %struct.Product, ptr %26, i32 0, i32 5
  %27 = load i64, ptr %columns14, align 8
  %28 = load i64, ptr %left, align 8
  %sub15 = sub nsw i64 %27, %28
  %29 = load i64, ptr %width, align 8
  %cmp16 = icmp slt i64 %sub15, %29
  br i1 %cmp16, label %cond.true18, label %cond.false21

cond.true18:                                      ; preds = %cond.end
  %30 = load ptr, ptr %p, align 8
  %columns19 = getelementptr inbounds %struct.Product, ptr %30, i32 0, i32 5
  %31 = load i64, ptr %columns19, align 8
  %32 = load i64, ptr %left, align 8
  %sub20 = sub nsw i64 %31, %32
  br label %cond.end22

cond.false21:                                     ; preds = %cond.end
  %33 = load i64, ptr %width, align 8
  br label %cond.end22

cond.end22:                                       ; preds = %cond.false21, %cond.true18
  %cond23 = phi i64 [ %sub20, %cond.true18 ], [ %33, %cond.false21 ]
  store i64 %cond23, ptr %columns, align 8
  %34 = load ptr, ptr %p, align 8
  %first_transposed = getelementptr inbounds %struct.Product, ptr %34, i32 0, i32 11
  %35 = load i64, ptr %first_transposed, align 8
  %tobool = icmp ne i64 %35, 0
  br i1 %tobool, label %cond.true24, label %cond.false25

cond.true24:                                      ; preds = %cond.end22
  br label %cond.end26

cond.false25:                                     ; preds = %cond.end22
  %36 = load ptr, ptr %p, align 8
  %first_stride = getelementptr inbounds %struct.Product, ptr %36, i32 0, i32 13
  %37 = load i64, ptr %first_stride, align 8
  br label %cond.end26

cond.end26:                                       ; preds = %cond.false25, %cond.true24
  %cond27 = phi i64 [ 1, %cond.true24 ], [ %37, %cond.false25 ]
  store i64 %cond27, ptr %a_down, align 8
  %38 = load ptr, ptr %p, align 8
  %first_transposed28 = getelementptr inbounds %struct.Product, ptr %38, i32 0, i32 11
  %39 = load i64, ptr %first_transposed28, align 8
  %tobool29 = icmp ne i64 %39, 0
  br i1 %tobool29, label %cond.true30, label %cond.false32

cond.true30:                                      ; preds = %cond.end26
  %40 = load ptr, ptr %p, align 8
  %first_stride31 = getelementptr inbounds %struct.Product, ptr %40, i32 0, i32 13
  %41 = load i64, ptr %first_stride31, align 8
  br label %cond.end33

cond.false32:                                     ; preds = %cond.end26
  br label %cond.end33

cond.end33:                                       ; preds = %cond.false32, %cond.true30
  %cond34 = phi i64 [ %41, %cond.true30 ], [ 1, %cond.false32 ]
  store i64 %cond34, ptr %a_along, align 8
  %42 = load ptr, ptr %p, align 8
  %second_transposed = getelementptr inbounds %struct.Product, ptr %42, i32 0, i32 12
  %43 = load i64, ptr %second_transposed, align 8
  %tobool35 = icmp ne i64 %43, 0
  br i1 %tobool35, label %cond.true36, label %cond.false37

cond.true36:                                      ; preds = %cond.end33
  br label %cond.end38

cond.false37:                                     ; preds = %cond.end33
  %44 = load ptr, ptr %p, align 8
  %second_stride = getelementptr inbounds %struct.Product, ptr %44, i32 0, i32 14
  %45 = load i64, ptr %second_stride, align 8
  br label %cond.end38

cond.end38:                                       ; preds = %cond.false37, %cond.true36
  %cond39 = phi i64 [ 1, %cond.true36 ], [ %45, %cond.false37 ]
  store i64 %cond39, ptr %b_down, align 8
  %46 = load ptr, ptr %p, align 8
  %second_transposed40 = getelementptr inbounds %struct.Product, ptr %46, i32 0, i32 12
  %47 = load i64, ptr %second_transposed40, align 8
  %tobool41 = icmp ne i64 %47, 0
  br i1 %tobool41, label %cond.true42, label %cond.false44

cond.true42:                                      ; preds = %cond.end38
  %48 = load ptr, ptr %p, align 8
  %second_stride43 = getelementptr inbounds %struct.Product, ptr %48, i32 0, i32 14
  %49 = load i64, ptr %second_stride43, align 8
  br label %cond.end45

cond.false44:                                     ; preds = %cond.end38
  br label %cond.end45

cond.end45:                                       ; preds = %cond.false44, %cond.true42
  %cond46 = phi i64 [ %49, %cond.true42 ], [ 1, %cond.false44 ]
  store i64 %cond46, ptr %b_along, align 8
  %50 = load ptr, ptr %work, align 8
  %buffers = getelementptr inbounds %struct.Work, ptr %50, i32 0, i32 0
  %51 = load ptr, ptr %buffers, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %51, i64 0
  %52 = load ptr, ptr %arrayidx, align 8
  %53 = load ptr, ptr %p, align 8
  %first_offset = getelementptr inbounds %struct.Product, ptr %53, i32 0, i32 7
  %54 = load i64, ptr %first_offset, align 8
  %add.ptr = getelementptr inbounds i8, ptr %52, i64 %54
  %55 = load i64, ptr %matrix, align 8
  %56 = load ptr, ptr %p, align 8
  %first_step = getelementptr inbounds %struct.Product, ptr %56, i32 0, i32 9
  %57 = load i64, ptr %first_step, align 8
  %mul47 = mul nsw i64 %55, %57
  %add.ptr48 = getelementptr inbounds i8, ptr %add.ptr, i64 %mul47
  store ptr %add.ptr48, ptr %a, align 8
  %58 = load ptr, ptr %work, align 8
  %buffers49 = getelementptr inbounds %struct.Work, ptr %58, i32 0, i32 0
  %59 = load ptr, ptr %buffers49, align 8
  %arrayidx50 = getelementptr inbounds ptr, ptr %59, i64 1
  %60 = load ptr, ptr %arrayidx50, align 8
  %61 = load ptr, ptr %p, align 8
  %second_offset = getelementptr inbounds %struct.Product, ptr %61, i32 0, i32 8
  %62 = load i64, ptr %second_offset, align 8
  %add.ptr51 = getelementptr inbounds i8, ptr %60, i64 %62
  %63 = load i64, ptr %matrix, align 8
  %64 = load ptr, ptr %p, align 8
  %second_step = getelementptr inbounds %struct.Product, ptr %64, i32 0, i32 10
  %65 = load i64, ptr %second_step, align 8
  %mul52 = mul nsw i64 %63, %65
  %add.ptr53 = getelementptr inbounds i8, ptr %add.ptr51, i64 %mul52
  store ptr %add.ptr53, ptr %b, align 8
  %66 = load ptr, ptr %work, align 8
  %buffers54 = getelementptr inbounds %struct.Work, ptr %66, i32 0, i32 0
  %67 = load ptr, ptr %buffers54, align 8
  %arrayidx55 = getelementptr inbounds ptr, ptr %67, i64 2
  %68 = load ptr, ptr %arrayidx55, align 8
  %69 = load i64, ptr %matrix, align 8
  %70 = load ptr, ptr %p, align 8
  %rows56 = getelementptr inbounds %struct.Product, ptr %70, i32 0, i32 4
  %71 = load i64, ptr %rows56, align 8
  %mul57 = mul nsw i64 %69, %71
  %72 = load ptr, ptr %p, align 8
  %columns58 = getelementptr inbounds %struct.Product, ptr %72, i32 0, i32 5
  %73 = load i64, ptr %columns58, align 8
  %mul59 = mul nsw i64 %mul57, %73
  %add.ptr60 = getelementptr inbounds float, ptr %68, i64 %mul59
  %74 = load i64, ptr %top, align 8
  %75 = load ptr, ptr %p, align 8
  %columns61 = getelementptr inbounds %struct.Product, ptr %75, i32 0, i32 5
  %76 = load i64, ptr %columns61, align 8
  %mul62 = mul nsw i64 %74, %76
  %add.ptr63 = getelementptr inbounds float, ptr %add.ptr60, i64 %mul62
  %77 = load i64, ptr %left, align 8
  %add.ptr64 = getelementptr inbounds float, ptr %add.ptr63, i64 %77
  store ptr %add.ptr64, ptr %c, align 8
  %78 = load i64, ptr %rows7, align 8
  %79 = load i64, ptr %columns, align 8
  %80 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %80, i32 0, i32 6
  %81 = load i64, ptr %inner, align 8
  %82 = load ptr, ptr %a, align 8
  %83 = load i64, ptr %top, align 8
  %84 = load i64, ptr %a_down, align 8
  %mul65 = mul nsw i64 %83, %84
  %add.ptr66 = getelementptr inbounds float, ptr %82, i64 %mul65
  %85 = load i64, ptr %a_down, align 8
  %86 = load i64, ptr %a_along, align 8
  %87 = load ptr, ptr %b, align 8
  %88 = load i64, ptr %left, align 8
  %89 = load i64, ptr %b_along, align 8
  %mul67 = mul nsw i64 %88, %89
  %add.ptr68 = getelementptr inbounds float, ptr %87, i64 %mul67
  %90 = load i64, ptr %b_down, align 8
  %91 = load i64, ptr %b_along, align 8
  %92 = load ptr, ptr %c, align 8
  %93 = load ptr, ptr %p, align 8
  %columns69 = getelementptr inbounds %struct.Product, ptr %93, i32 0, i32 5
  %94 = load i64, ptr %columns69, align 8
  call void @block(i64 noundef %78, i64 noundef %79, i64 noundef %81, ptr noundef %add.ptr66, i64 noundef %85, i64 noundef %86, ptr noundef %add.ptr68, i64 noundef %90, i64 noundef %91, ptr noundef %92, i64 noundef %94) #5
  ret void
}

; Function Attrs: nounwind
define internal void @block(i64 noundef %rows, i64 noundef %columns, i64 noundef %inner, ptr noundef %a, i64 noundef %a_down, i64 noundef %a_along, ptr noundef %b, i64 noundef %b_down, i64 noundef %b_along, ptr noundef %c, i64 noundef %stride) #0 {
entry:
  %rows.addr = alloca i64, align 8
  %columns.addr = alloca i64, align 8
  %inner.addr = alloca i64, align 8
  %a.addr = alloca ptr, align 8
  %a_down.addr = alloca i64, align 8
  %a_along.addr = alloca i64, align 8
  %b.addr = alloca ptr, align 8
  %b_down.addr = alloca i64, align 8
  %b_along.addr = alloca i64, align 8
  %c.addr = alloca ptr, align 8
  %stride.addr = alloca i64, align 8
  %packed = alloca [1024 x <16 x float>], align 64
  %left = alloca i64, align 8
  %width = alloca i64, align 8
  %packs = alloca i8, align 1
  %k = alloca i64, align 8
  %depth = alloca i64, align 8
  %from = alloca ptr, align 8
  %first = alloca ptr, align 8
  %j = alloca i64, align 8
  %i = alloca i64, align 8
  %height = alloca i64, align 8
  %j43 = alloca i64, align 8
  %some = alloca i64, align 8
  %at = alloca ptr, align 8
  %step = alloca i64, align 8
  %to = alloca ptr, align 8
  store i64 %rows, ptr %rows.addr, align 8
  store i64 %columns, ptr %columns.addr, align 8
  store i64 %inner, ptr %inner.addr, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %a_down, ptr %a_down.addr, align 8
  store i64 %a_along, ptr %a_along.addr, align 8
  store ptr %b, ptr %b.addr, align 8
  store i64 %b_down, ptr %b_down.addr, align 8
  store i64 %b_along, ptr %b_along.addr, align 8
  store ptr %c, ptr %c.addr, align 8
  store i64 %stride, ptr %stride.addr, align 8
  store i64 0, ptr %left, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc88, %entry
  %0 = load i64, ptr %left, align 8
  %1 = load i64, ptr %columns.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end90

for.body:                                         ; preds = %for.cond
  %2 = load i64, ptr %columns.addr, align 8
  %3 = load i64, ptr %left, align 8
  %sub = sub nsw i64 %2, %3
  %cmp1 = icmp slt i64 %sub, 128
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %4 = load i64, ptr %columns.addr, align 8
  %5 = load i64, ptr %left, align 8
  %sub2 = sub nsw i64 %4, %5
  br label %cond.end

cond.false:                                       ; preds = %for.body
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %sub2, %cond.true ], [ 128, %cond.false ]
  store i64 %cond, ptr %width, align 8
  %6 = load i64, ptr %rows.addr, align 8
  %cmp3 = icmp sgt i64 %6, 64
  br i1 %cmp3, label %lor.end, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %cond.end
  %7 = load i64, ptr %b_along.addr, align 8
  %cmp4 = icmp ne i64 %7, 1
  br i1 %cmp4, label %lor.end, label %lor.rhs

lor.rhs:                                          ; preds = %lor.lhs.false
  %8 = load i64, ptr %width, align 8
  %rem = srem i64 %8, 32
  %tobool = icmp ne i64 %rem, 0
  br label %lor.end

lor.end:                                          ; preds = %lor.rhs, %lor.lhs.false, %cond.end
  %9 = phi i1 [ true, %lor.lhs.false ], [ true, %cond.end ], [ %tobool, %lor.rhs ]
  %storedv = zext i1 %9 to i8
  store i8 %storedv, ptr %packs, align 1
  store i64 0, ptr %k, align 8
  br label %for.cond5

for.cond5:                                        ; preds = %for.inc85, %lor.end
  %10 = load i64, ptr %k, align 8
  %11 = load i64, ptr %inner.addr, align 8
  %cmp6 = icmp slt i64 %10, %11
  br i1 %cmp6, label %for.body7, label %for.end87

for.body7:                                        ; preds = %for.cond5
  %12 = load i64, ptr %inner.addr, align 8
  %13 = load i64, ptr %k, align 8
  %sub8 = sub nsw i64 %12, %13
  %cmp9 = icmp slt i64 %sub8, 128
  br i1 %cmp9, label %cond.true10, label %cond.false12

cond.true10:                                      ; preds = %for.body7
  %14 = load i64, ptr %inner.addr, align 8
  %15 = load i64, ptr %k, align 8
  %sub11 = sub nsw i64 %14, %15
  br label %cond.end13

cond.false12:                                     ; preds = %for.body7
  br label %cond.end13

cond.end13:                                       ; preds = %cond.false12, %cond.true10
  %cond14 = phi i64 [ %sub11, %cond.true10 ], [ 128, %cond.false12 ]
  store i64 %cond14, ptr %depth, align 8
  %16 = load ptr, ptr %b.addr, align 8
  %17 = load i64, ptr %k, align 8
  %18 = load i64, ptr %b_down.addr, align 8
  %mul = mul nsw i64 %17, %18
  %add.ptr = getelementptr inbounds float, ptr %16, i64 %mul
  %19 = load i64, ptr %left, align 8
  %20 = load i64, ptr %b_along.addr, align 8
  %mul15 = mul nsw i64 %19, %20
  %add.ptr16 = getelementptr inbounds float, ptr %add.ptr, i64 %mul15
  store ptr %add.ptr16, ptr %from, align 8
  %21 = load ptr, ptr %a.addr, align 8
  %22 = load i64, ptr %k, align 8
  %23 = load i64, ptr %a_along.addr, align 8
  %mul17 = mul nsw i64 %22, %23
  %add.ptr18 = getelementptr inbounds float, ptr %21, i64 %mul17
  store ptr %add.ptr18, ptr %first, align 8
  store i64 0, ptr %j, align 8
  br label %for.cond19

for.cond19:                                       ; preds = %for.inc, %cond.end13
  %24 = load i8, ptr %packs, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %24 to i1
  br i1 %loadedv, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %for.cond19
  %25 = load i64, ptr %j, align 8
  %26 = load i64, ptr %width, align 8
  %cmp20 = icmp slt i64 %25, %26
  br label %land.end

land.end:                                         ; preds = %land.rhs, %for.cond19
  %27 = phi i1 [ false, %for.cond19 ], [ %cmp20, %land.rhs ]
  br i1 %27, label %for.body21, label %for.end

for.body21:                                       ; preds = %land.end
  %28 = load ptr, ptr %from, align 8
  %29 = load i64, ptr %j, align 8
  %30 = load i64, ptr %b_along.addr, align 8
  %mul22 = mul nsw i64 %29, %30
  %add.ptr23 = getelementptr inbounds float, ptr %28, i64 %mul22
  %31 = load i64, ptr %b_down.addr, align 8
  %32 = load i64, ptr %b_along.addr, align 8
  %33 = load i64, ptr %depth, align 8
  %34 = load i64, ptr %width, align 8
  %35 = load i64, ptr %j, align 8
  %sub24 = sub nsw i64 %34, %35
  %cmp25 = icmp slt i64 %sub24, 32
  br i1 %cmp25, label %cond.true26, label %cond.false28

cond.true26:                                      ; preds = %for.body21
  %36 = load i64, ptr %width, align 8
  %37 = load i64, ptr %j, align 8
  %sub27 = sub nsw i64 %36, %37
  br label %cond.end29

cond.false28:                                     ; preds = %for.body21
  br label %cond.end29

cond.end29:                                       ; preds = %cond.false28, %cond.true26
  %cond30 = phi i64 [ %sub27, %cond.true26 ], [ 32, %cond.false28 ]
  %arraydecay = getelementptr inbounds [1024 x <16 x float>], ptr %packed, i64 0, i64 0
  %38 = load i64, ptr %j, align 8
  %39 = load i64, ptr %depth, align 8
  %mul31 = mul nsw i64 %38, %39
  %add.ptr32 = getelementptr inbounds float, ptr %arraydecay, i64 %mul31
  call void @pack(ptr noundef %add.ptr23, i64 noundef %31, i64 noundef %32, i64 noundef %33, i64 noundef %cond30, ptr noundef %add.ptr32) #5
  br label %for.inc

for.inc:                                          ; preds = %cond.end29
  %40 = load i64, ptr %j, align 8
  %add = add nsw i64 %40, 32
  store i64 %add, ptr %j, align 8
  br label %for.cond19, !llvm.loop !7

for.end:                                          ; preds = %land.end
  store i64 0, ptr %i, align 8
  br label %for.cond33

for.cond33:                                       ; preds = %for.inc82, %for.end
  %41 = load i64, ptr %i, align 8
  %42 = load i64, ptr %rows.addr, align 8
  %cmp34 = icmp slt i64 %41, %42
  br i1 %cmp34, label %for.body35, label %for.end84

for.body35:                                       ; preds = %for.cond33
  %43 = load i64, ptr %rows.addr, align 8
  %44 = load i64, ptr %i, align 8
  %sub36 = sub nsw i64 %43, %44
  %cmp37 = icmp slt i64 %sub36, 256
  br i1 %cmp37, label %cond.true38, label %cond.false40

cond.true38:                                      ; preds = %for.body35
  %45 = load i64, ptr %rows.addr, align 8
  %46 = load i64, ptr %i, align 8
  %sub39 = sub nsw i64 %45, %46
  br label %cond.end41

cond.false40:                                     ; preds = %for.body35
  br label %cond.end41

cond.end41:                                       ; preds = %cond.false40, %cond.true38
  %cond42 = phi i64 [ %sub39, %cond.true38 ], [ 256, %cond.false40 ]
  store i64 %cond42, ptr %height, align 8
  store i64 0, ptr %j43, align 8
  br label %for.cond44

for.cond44:                                       ; preds = %for.inc79, %cond.end41
  %47 = load i64, ptr %j43, align 8
  %48 = load i64, ptr %width, align 8
  %cmp45 = icmp slt i64 %47, %48
  br i1 %cmp45, label %for.body46, label %for.end81

for.body46:                                       ; preds = %for.cond44
  %49 = load i64, ptr %width, align 8
  %50 = load i64, ptr %j43, align 8
  %sub47 = sub nsw i64 %49, %50
  %cmp48 = icmp slt i64 %sub47, 32
  br i1 %cmp48, label %cond.true49, label %cond.false51

cond.true49:                                      ; preds = %for.body46
  %51 = load i64, ptr %width, align 8
  %52 = load i64, ptr %j43, align 8
  %sub50 = sub nsw i64 %51, %52
  br label %cond.end52

cond.false51:                                     ; preds = %for.body46
  br label %cond.end52

cond.end52:                                       ; preds = %cond.false51, %cond.true49
  %cond53 = phi i64 [ %sub50, %cond.true49 ], [ 32, %cond.false51 ]
  store i64 %cond53, ptr %some, align 8
  %53 = load i8, ptr %packs, align 1, !range !5, !noundef !6
  %loadedv54 = trunc i8 %53 to i1
  br i1 %loadedv54, label %cond.true55, label %cond.false59

cond.true55:                                      ; preds = %cond.end52
  %arraydecay56 = getelementptr inbounds [1024 x <16 x float>], ptr %packed, i64 0, i64 0
  %54 = load i64, ptr %j43, align 8
  %55 = load i64, ptr %depth, align 8
  %mul57 = mul nsw i64 %54, %55
  %add.ptr58 = getelementptr inbounds float, ptr %arraydecay56, i64 %mul57
  br label %cond.end61

cond.false59:                                     ; preds = %cond.end52
  %56 = load ptr, ptr %from, align 8
  %57 = load i64, ptr %j43, align 8
  %add.ptr60 = getelementptr inbounds float, ptr %56, i64 %57
  br label %cond.end61

cond.end61:                                       ; preds = %cond.false59, %cond.true55
  %cond62 = phi ptr [ %add.ptr58, %cond.true55 ], [ %add.ptr60, %cond.false59 ]
  store ptr %cond62, ptr %at, align 8
  %58 = load i8, ptr %packs, align 1, !range !5, !noundef !6
  %loadedv63 = trunc i8 %58 to i1
  br i1 %loadedv63, label %cond.true64, label %cond.false65

cond.true64:                                      ; preds = %cond.end61
  br label %cond.end66

cond.false65:                                     ; preds = %cond.end61
  %59 = load i64, ptr %b_down.addr, align 8
  br label %cond.end66

cond.end66:                                       ; preds = %cond.false65, %cond.true64
  %cond67 = phi i64 [ 32, %cond.true64 ], [ %59, %cond.false65 ]
  store i64 %cond67, ptr %step, align 8
  %60 = load ptr, ptr %c.addr, align 8
  %61 = load i64, ptr %i, align 8
  %62 = load i64, ptr %stride.addr, align 8
  %mul68 = mul nsw i64 %61, %62
  %add.ptr69 = getelementptr inbounds float, ptr %60, i64 %mul68
  %63 = load i64, ptr %left, align 8
  %add.ptr70 = getelementptr inbounds float, ptr %add.ptr69, i64 %63
  %64 = load i64, ptr %j43, align 8
  %add.ptr71 = getelementptr inbounds float, ptr %add.ptr70, i64 %64
  store ptr %add.ptr71, ptr %to, align 8
  %65 = load i64, ptr %some, align 8
  %cmp72 = icmp sgt i64 %65, 16
  br i1 %cmp72, label %if.then, label %if.else

if.then:                                          ; preds = %cond.end66
  %66 = load i64, ptr %height, align 8
  %67 = load ptr, ptr %first, align 8
  %68 = load i64, ptr %i, align 8
  %69 = load i64, ptr %a_down.addr, align 8
  %mul73 = mul nsw i64 %68, %69
  %add.ptr74 = getelementptr inbounds float, ptr %67, i64 %mul73
  %70 = load i64, ptr %a_down.addr, align 8
  %71 = load i64, ptr %a_along.addr, align 8
  %72 = load ptr, ptr %at, align 8
  %73 = load i64, ptr %step, align 8
  %74 = load i64, ptr %depth, align 8
  %75 = load ptr, ptr %to, align 8
  %76 = load i64, ptr %stride.addr, align 8
  %77 = load i64, ptr %some, align 8
  %78 = load i64, ptr %k, align 8
  %cmp75 = icmp sgt i64 %78, 0
  call void @panel(i64 noundef %66, i64 noundef 2, ptr noundef %add.ptr74, i64 noundef %70, i64 noundef %71, ptr noundef %72, i64 noundef %73, i64 noundef %74, ptr noundef %75, i64 noundef %76, i64 noundef %77, i1 noundef zeroext %cmp75) #5
  br label %if.end

if.else:                                          ; preds = %cond.end66
  %79 = load i64, ptr %height, align 8
  %80 = load ptr, ptr %first, align 8
  %81 = load i64, ptr %i, align 8
  %82 = load i64, ptr %a_down.addr, align 8
  %mul76 = mul nsw i64 %81, %82
  %add.ptr77 = getelementptr inbounds float, ptr %80, i64 %mul76
  %83 = load i64, ptr %a_down.addr, align 8
  %84 = load i64, ptr %a_along.addr, align 8
  %85 = load ptr, ptr %at, align 8
  %86 = load i64, ptr %step, align 8
  %87 = load i64, ptr %depth, align 8
  %88 = load ptr, ptr %to, align 8
  %89 = load i64, ptr %stride.addr, align 8
  %90 = load i64, ptr %some, align 8
  %91 = load i64, ptr %k, align 8
  %cmp78 = icmp sgt i64 %91, 0
  call void @panel(i64 noundef %79, i64 noundef 1, ptr noundef %add.ptr77, i64 noundef %83, i64 noundef %84, ptr noundef %85, i64 noundef %86, i64 noundef %87, ptr noundef %88, i64 noundef %89, i64 noundef %90, i1 noundef zeroext %cmp78) #5
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  br label %for.inc79

for.inc79:                                        ; preds = %if.end
  %92 = load i64, ptr %j43, align 8
  %add80 = add nsw i64 %92, 32
  store i64 %add80, ptr %j43, align 8
  br label %for.cond44, !llvm.loop !8

for.end81:                                        ; preds = %for.cond44
  br label %for.inc82

for.inc82:                                        ; preds = %for.end81
  %93 = load i64, ptr %i, align 8
  %add83 = add nsw i64 %93, 256
  store i64 %add83, ptr %i, align 8
  br label %for.cond33, !llvm.loop !9

for.end84:                                        ; preds = %for.cond33
  br label %for.inc85

for.inc85:                                        ; preds = %for.end84
  %94 = load i64, ptr %k, align 8
  %add86 = add nsw i64 %94, 128
  store i64 %add86, ptr %k, align 8
  br label %for.cond5, !llvm.loop !10

for.end87:                                        ; preds = %for.cond5
  br label %for.inc88

for.inc88:                                        ; preds = %for.end87
  %95 = load i64, ptr %left, align 8
  %add89 = add nsw i64 %95, 128
  store i64 %add89, ptr %left, align 8
  br label %for.cond, !llvm.loop !11

for.end90:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @pack(ptr noundef %b, i64 noundef %down, i64 noundef %along, i64 noundef %inner, i64 noundef %columns, ptr noundef %packed) #0 {
entry:
  %b.addr = alloca ptr, align 8
  %down.addr = alloca i64, align 8
  %along.addr = alloca i64, align 8
  %inner.addr = alloca i64, align 8
  %columns.addr = alloca i64, align 8
  %packed.addr = alloca ptr, align 8
  %k = alloca i64, align 8
  %half = alloca i64, align 8
  %half22 = alloca i64, align 8
  %rows = alloca [16 x <16 x float>], align 64
  %j = alloca i64, align 8
  %j37 = alloca i64, align 8
  %j60 = alloca i64, align 8
  store ptr %b, ptr %b.addr, align 8
  store i64 %down, ptr %down.addr, align 8
  store i64 %along, ptr %along.addr, align 8
  store i64 %inner, ptr %inner.addr, align 8
  store i64 %columns, ptr %columns.addr, align 8
  store ptr %packed, ptr %packed.addr, align 8
  store i64 0, ptr %k, align 8
  %0 = load i64, ptr %columns.addr, align 8
  %cmp = icmp eq i64 %0, 32
  br i1 %cmp, label %land.lhs.true, label %if.else

land.lhs.true:                                    ; preds = %entry
  %1 = load i64, ptr %along.addr, align 8
  %cmp1 = icmp eq i64 %1, 1
  br i1 %cmp1, label %if.then, label %if.else

if.then:                                          ; preds = %land.lhs.true
  br label %for.cond

for.cond:                                         ; preds = %for.inc12, %if.then
  %2 = load i64, ptr %k, align 8
  %3 = load i64, ptr %inner.addr, align 8
  %cmp2 = icmp slt i64 %2, %3
  br i1 %cmp2, label %for.body, label %for.end14

for.body:                                         ; preds = %for.cond
  store i64 0, ptr %half, align 8
  br label %for.cond3

for.cond3:                                        ; preds = %for.inc, %for.body
  %4 = load i64, ptr %half, align 8
  %cmp4 = icmp slt i64 %4, 2
  br i1 %cmp4, label %for.body5, label %for.end

for.body5:                                        ; preds = %for.cond3
  %5 = load ptr, ptr %b.addr, align 8
  %6 = load i64, ptr %k, align 8
  %7 = load i64, ptr %down.addr, align 8
  %mul = mul nsw i64 %6, %7
  %add.ptr = getelementptr inbounds float, ptr %5, i64 %mul
  %8 = load i64, ptr %half, align 8
  %mul6 = mul nsw i64 %8, 16
  %add.ptr7 = getelementptr inbounds float, ptr %add.ptr, i64 %mul6
  %9 = load <16 x float>, ptr %add.ptr7, align 4
  %10 = load ptr, ptr %packed.addr, align 8
  %11 = load i64, ptr %k, align 8
  %mul8 = mul nsw i64 %11, 32
  %add.ptr9 = getelementptr inbounds float, ptr %10, i64 %mul8
  %12 = load i64, ptr %half, align 8
  %mul10 = mul nsw i64 %12, 16
  %add.ptr11 = getelementptr inbounds float, ptr %add.ptr9, i64 %mul10
  store <16 x float> %9, ptr %add.ptr11, align 64
  br label %for.inc

for.inc:                                          ; preds = %for.body5
  %13 = load i64, ptr %half, align 8
  %inc = add nsw i64 %13, 1
  store i64 %inc, ptr %half, align 8
  br label %for.cond3, !llvm.loop !12

for.end:                                          ; preds = %for.cond3
  br label %for.inc12

for.inc12:                                        ; preds = %for.end
  %14 = load i64, ptr %k, align 8
  %inc13 = add nsw i64 %14, 1
  store i64 %inc13, ptr %k, align 8
  br label %for.cond, !llvm.loop !13

for.end14:                                        ; preds = %for.cond
  br label %if.end56

if.else:                                          ; preds = %land.lhs.true, %entry
  %15 = load i64, ptr %columns.addr, align 8
  %cmp15 = icmp eq i64 %15, 32
  br i1 %cmp15, label %land.lhs.true16, label %if.end

land.lhs.true16:                                  ; preds = %if.else
  %16 = load i64, ptr %down.addr, align 8
  %cmp17 = icmp eq i64 %16, 1
  br i1 %cmp17, label %if.then18, label %if.end

if.then18:                                        ; preds = %land.lhs.true16
  br label %for.cond19

for.cond19:                                       ; preds = %for.inc53, %if.then18
  %17 = load i64, ptr %k, align 8
  %add = add nsw i64 %17, 16
  %18 = load i64, ptr %inner.addr, align 8
  %cmp20 = icmp sle i64 %add, %18
  br i1 %cmp20, label %for.body21, label %for.end55

for.body21:                                       ; preds = %for.cond19
  store i64 0, ptr %half22, align 8
  br label %for.cond23

for.cond23:                                       ; preds = %for.inc50, %for.body21
  %19 = load i64, ptr %half22, align 8
  %cmp24 = icmp slt i64 %19, 2
  br i1 %cmp24, label %for.body25, label %for.end52

for.body25:                                       ; preds = %for.cond23
  store i64 0, ptr %j, align 8
  br label %for.cond26

for.cond26:                                       ; preds = %for.inc34, %for.body25
  %20 = load i64, ptr %j, align 8
  %cmp27 = icmp slt i64 %20, 16
  br i1 %cmp27, label %for.body28, label %for.end36

for.body28:                                       ; preds = %for.cond26
  %21 = load ptr, ptr %b.addr, align 8
  %22 = load i64, ptr %k, align 8
  %add.ptr29 = getelementptr inbounds float, ptr %21, i64 %22
  %23 = load i64, ptr %half22, align 8
  %mul30 = mul nsw i64 %23, 16
  %24 = load i64, ptr %j, align 8
  %add31 = add nsw i64 %mul30, %24
  %25 = load i64, ptr %along.addr, align 8
  %mul32 = mul nsw i64 %add31, %25
  %add.ptr33 = getelementptr inbounds float, ptr %add.ptr29, i64 %mul32
  %26 = load <16 x float>, ptr %add.ptr33, align 4
  %27 = load i64, ptr %j, align 8
  %arrayidx = getelementptr inbounds [16 x <16 x float>], ptr %rows, i64 0, i64 %27
  store <16 x float> %26, ptr %arrayidx, align 64
  br label %for.inc34

for.inc34:                                        ; preds = %for.body28
  %28 = load i64, ptr %j, align 8
  %inc35 = add nsw i64 %28, 1
  store i64 %inc35, ptr %j, align 8
  br label %for.cond26, !llvm.loop !14

for.end36:                                        ; preds = %for.cond26
  %arraydecay = getelementptr inbounds [16 x <16 x float>], ptr %rows, i64 0, i64 0
  call void @transpose(ptr noundef %arraydecay) #5
  store i64 0, ptr %j37, align 8
  br label %for.cond38

for.cond38:                                       ; preds = %for.inc47, %for.end36
  %29 = load i64, ptr %j37, align 8
  %cmp39 = icmp slt i64 %29, 16
  br i1 %cmp39, label %for.body40, label %for.end49

for.body40:                                       ; preds = %for.cond38
  %30 = load i64, ptr %j37, align 8
  %arrayidx41 = getelementptr inbounds [16 x <16 x float>], ptr %rows, i64 0, i64 %30
  %31 = load <16 x float>, ptr %arrayidx41, align 64
  %32 = load ptr, ptr %packed.addr, align 8
  %33 = load i64, ptr %k, align 8
  %34 = load i64, ptr %j37, align 8
  %add42 = add nsw i64 %33, %34
  %mul43 = mul nsw i64 %add42, 32
  %add.ptr44 = getelementptr inbounds float, ptr %32, i64 %mul43
  %35 = load i64, ptr %half22, align 8
  %mul45 = mul nsw i64 %35, 16
  %add.ptr46 = getelementptr inbounds float, ptr %add.ptr44, i64 %mul45
  store <16 x float> %31, ptr %add.ptr46, align 64
  br label %for.inc47

for.inc47:                                        ; preds = %for.body40
  %36 = load i64, ptr %j37, align 8
  %inc48 = add nsw i64 %36, 1
  store i64 %inc48, ptr %j37, align 8
  br label %for.cond38, !llvm.loop !15

for.end49:                                        ; preds = %for.cond38
  br label %for.inc50

for.inc50:                                        ; preds = %for.end49
  %37 = load i64, ptr %half22, align 8
  %inc51 = add nsw i64 %37, 1
  store i64 %inc51, ptr %half22, align 8
  br label %for.cond23, !llvm.loop !16

for.end52:                                        ; preds = %for.cond23
  br label %for.inc53

for.inc53:                                        ; preds = %for.end52
  %38 = load i64, ptr %k, align 8
  %add54 = add nsw i64 %38, 16
  store i64 %add54, ptr %k, align 8
  br label %for.cond19, !llvm.loop !17

for.end55:                                        ; preds = %for.cond19
  br label %if.end

if.end:                                           ; preds = %for.end55, %land.lhs.true16, %if.else
  br label %if.end56

if.end56:                                         ; preds = %if.end, %for.end14
  br label %for.cond57

for.cond57:                                       ; preds = %for.inc75, %if.end56
  %39 = load i64, ptr %k, align 8
  %40 = load i64, ptr %inner.addr, align 8
  %cmp58 = icmp slt i64 %39, %40
  br i1 %cmp58, label %for.body59, label %for.end77

for.body59:                                       ; preds = %for.cond57
  store i64 0, ptr %j60, align 8
  br label %for.cond61

for.cond61:                                       ; preds = %for.inc72, %for.body59
  %41 = load i64, ptr %j60, align 8
  %cmp62 = icmp slt i64 %41, 32
  br i1 %cmp62, label %for.body63, label %for.end74

for.body63:                                       ; preds = %for.cond61
  %42 = load i64, ptr %j60, align 8
  %43 = load i64, ptr %columns.addr, align 8
  %cmp64 = icmp slt i64 %42, %43
  br i1 %cmp64, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body63
  %44 = load ptr, ptr %b.addr, align 8
  %45 = load i64, ptr %k, align 8
  %46 = load i64, ptr %down.addr, align 8
  %mul65 = mul nsw i64 %45, %46
  %47 = load i64, ptr %j60, align 8
  %48 = load i64, ptr %along.addr, align 8
  %mul66 = mul nsw i64 %47, %48
  %add67 = add nsw i64 %mul65, %mul66
  %arrayidx68 = getelementptr inbounds float, ptr %44, i64 %add67
  %49 = load float, ptr %arrayidx68, align 4
  br label %cond.end

cond.false:                                       ; preds = %for.body63
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi float [ %49, %cond.true ], [ 0.000000e+00, %cond.false ]
  %50 = load ptr, ptr %packed.addr, align 8
  %51 = load i64, ptr %k, align 8
  %mul69 = mul nsw i64 %51, 32
  %52 = load i64, ptr %j60, align 8
  %add70 = add nsw i64 %mul69, %52
  %arrayidx71 = getelementptr inbounds float, ptr %50, i64 %add70
  store float %cond, ptr %arrayidx71, align 4
  br label %for.inc72

for.inc72:                                        ; preds = %cond.end
  %53 = load i64, ptr %j60, align 8
  %inc73 = add nsw i64 %53, 1
  store i64 %inc73, ptr %j60, align 8
  br label %for.cond61, !llvm.loop !18

for.end74:                                        ; preds = %for.cond61
  br label %for.inc75

for.inc75:                                        ; preds = %for.end74
  %54 = load i64, ptr %k, align 8
  %inc76 = add nsw i64 %54, 1
  store i64 %inc76, ptr %k, align 8
  br label %for.cond57, !llvm.loop !22

for.end77:                                        ; preds = %for.cond57
  ret void
}

; Function Attrs: alwaysinline nounwind
define internal void @panel(i64 noundef %rows, i64 noundef %vectors, ptr noundef %a, i64 noundef %down, i64 noundef %along, ptr noundef %b, i64 noundef %step, i64 noundef %inner, ptr noundef %c, i64 noundef %stride, i64 noundef %columns, i1 noundef zeroext %add) #3 {
entry:
  %rows.addr = alloca i64, align 8
  %vectors.addr = alloca i64, align 8
  %a.addr = alloca ptr, align 8
  %down.addr = alloca i64, align 8
  %along.addr = alloca i64, align 8
  %b.addr = alloca ptr, align 8
  %step.addr = alloca i64, align 8
  %inner.addr = alloca i64, align 8
  %c.addr = alloca ptr, align 8
  %stride.addr = alloca i64, align 8
  %columns.addr = alloca i64, align 8
  %add.addr = alloca i8, align 1
  %sums = alloca [16 x <16 x float>], align 64
  %whole = alloca i8, align 1
  %height = alloca i64, align 8
  %to = alloca ptr, align 8
  %apart = alloca i64, align 8
  %i = alloca i64, align 8
  %j = alloca i64, align 8
  store i64 %rows, ptr %rows.addr, align 8
  store i64 %vectors, ptr %vectors.addr, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %down, ptr %down.addr, align 8
  store i64 %along, ptr %along.addr, align 8
  store ptr %b, ptr %b.addr, align 8
  store i64 %step, ptr %step.addr, align 8
  store i64 %inner, ptr %inner.addr, align 8
  store ptr %c, ptr %c.addr, align 8
  store i64 %stride, ptr %stride.addr, align 8
  store i64 %columns, ptr %columns.addr, align 8
  %storedv = zext i1 %add to i8
  store i8 %storedv, ptr %add.addr, align 1
  %0 = load i64, ptr %columns.addr, align 8
  %1 = load i64, ptr %vectors.addr, align 8
  %mul = mul nsw i64 %1, 16
  %cmp = icmp eq i64 %0, %mul
  %storedv1 = zext i1 %cmp to i8
  store i8 %storedv1, ptr %whole, align 1
  br label %for.cond

for.cond:                                         ; preds = %for.inc73, %entry
  %2 = load i64, ptr %rows.addr, align 8
  %cmp2 = icmp sgt i64 %2, 0
  br i1 %cmp2, label %for.body, label %for.end77

for.body:                                         ; preds = %for.cond
  %3 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %3 to i1
  br i1 %loadedv, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %4 = load ptr, ptr %c.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %arraydecay = getelementptr inbounds [16 x <16 x float>], ptr %sums, i64 0, i64 0
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %4, %cond.true ], [ %arraydecay, %cond.false ]
  store ptr %cond, ptr %to, align 8
  %5 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv3 = trunc i8 %5 to i1
  br i1 %loadedv3, label %cond.true4, label %cond.false5

cond.true4:                                       ; preds = %cond.end
  %6 = load i64, ptr %stride.addr, align 8
  br label %cond.end6

cond.false5:                                      ; preds = %cond.end
  br label %cond.end6

cond.end6:                                        ; preds = %cond.false5, %cond.true4
  %cond7 = phi i64 [ %6, %cond.true4 ], [ 32, %cond.false5 ]
  store i64 %cond7, ptr %apart, align 8
  %7 = load i64, ptr %rows.addr, align 8
  %cmp8 = icmp sge i64 %7, 8
  br i1 %cmp8, label %cond.true9, label %cond.false10

cond.true9:                                       ; preds = %cond.end6
  br label %cond.end18

cond.false10:                                     ; preds = %cond.end6
  %8 = load i64, ptr %rows.addr, align 8
  %cmp11 = icmp sge i64 %8, 4
  br i1 %cmp11, label %cond.true12, label %cond.false13

cond.true12:                                      ; preds = %cond.false10
  br label %cond.end16

cond.false13:                                     ; preds = %cond.false10
  %9 = load i64, ptr %rows.addr, align 8
  %cmp14 = icmp sge i64 %9, 2
  %10 = zext i1 %cmp14 to i64
  %cond15 = select i1 %cmp14, i32 2, i32 1
  br label %cond.end16

cond.end16:                                       ; preds = %cond.false13, %cond.true12
  %cond17 = phi i32 [ 4, %cond.true12 ], [ %cond15, %cond.false13 ]
  br label %cond.end18

cond.end18:                                       ; preds = %cond.end16, %cond.true9
  %cond19 = phi i32 [ 8, %cond.true9 ], [ %cond17, %cond.end16 ]
  %conv = sext i32 %cond19 to i64
  store i64 %conv, ptr %height, align 8
  %11 = load i64, ptr %height, align 8
  switch i64 %11, label %sw.default [
    i64 8, label %sw.bb
    i64 4, label %sw.bb24
    i64 2, label %sw.bb31
  ]

sw.bb:                                            ; preds = %cond.end18
  %12 = load i64, ptr %vectors.addr, align 8
  %13 = load ptr, ptr %a.addr, align 8
  %14 = load i64, ptr %down.addr, align 8
  %15 = load i64, ptr %along.addr, align 8
  %16 = load ptr, ptr %b.addr, align 8
  %17 = load i64, ptr %step.addr, align 8
  %18 = load i64, ptr %inner.addr, align 8
  %19 = load ptr, ptr %to, align 8
  %20 = load i64, ptr %apart, align 8
  %21 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv20 = trunc i8 %21 to i1
  br i1 %loadedv20, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %sw.bb
  %22 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv22 = trunc i8 %22 to i1
  br label %land.end

land.end:                                         ; preds = %land.rhs, %sw.bb
  %23 = phi i1 [ false, %sw.bb ], [ %loadedv22, %land.rhs ]
  call void @tile(i64 noundef 8, i64 noundef %12, ptr noundef %13, i64 noundef %14, i64 noundef %15, ptr noundef %16, i64 noundef %17, i64 noundef %18, ptr noundef %19, i64 noundef %20, i1 noundef zeroext %23) #5
  br label %sw.epilog

sw.bb24:                                          ; preds = %cond.end18
  %24 = load i64, ptr %vectors.addr, align 8
  %25 = load ptr, ptr %a.addr, align 8
  %26 = load i64, ptr %down.addr, align 8
  %27 = load i64, ptr %along.addr, align 8
  %28 = load ptr, ptr %b.addr, align 8
  %29 = load i64, ptr %step.addr, align 8
  %30 = load i64, ptr %inner.addr, align 8
  %31 = load ptr, ptr %to, align 8
  %32 = load i64, ptr %apart, align 8
  %33 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv25 = trunc i8 %33 to i1
  br i1 %loadedv25, label %land.rhs27, label %land.end30

land.rhs27:                                       ; preds = %sw.bb24
  %34 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv28 = trunc i8 %34 to i1
  br label %land.end30

land.end30:                                       ; preds = %land.rhs27, %sw.bb24
  %35 = phi i1 [ false, %sw.bb24 ], [ %loadedv28, %land.rhs27 ]
  call void @tile(i64 noundef 4, i64 noundef %24, ptr noundef %25, i64 noundef %26, i64 noundef %27, ptr noundef %28, i64 noundef %29, i64 noundef %30, ptr noundef %31, i64 noundef %32, i1 noundef zeroext %35) #5
  br label %sw.epilog

sw.bb31:                                          ; preds = %cond.end18
  %36 = load i64, ptr %vectors.addr, align 8
  %37 = load ptr, ptr %a.addr, align 8
  %38 = load i64, ptr %down.addr, align 8
  %39 = load i64, ptr %along.addr, align 8
  %40 = load ptr, ptr %b.addr, align 8
  %41 = load i64, ptr %step.addr, align 8
  %42 = load i64, ptr %inner.addr, align 8
  %43 = load ptr, ptr %to, align 8
  %44 = load i64, ptr %apart, align 8
  %45 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv32 = trunc i8 %45 to i1
  br i1 %loadedv32, label %land.rhs34, label %land.end37

land.rhs34:                                       ; preds = %sw.bb31
  %46 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv35 = trunc i8 %46 to i1
  br label %land.end37

land.end37:                                       ; preds = %land.rhs34, %sw.bb31
  %47 = phi i1 [ false, %sw.bb31 ], [ %loadedv35, %land.rhs34 ]
  call void @tile(i64 noundef 2, i64 noundef %36, ptr noundef %37, i64 noundef %38, i64 noundef %39, ptr noundef %40, i64 noundef %41, i64 noundef %42, ptr noundef %43, i64 noundef %44, i1 noundef zeroext %47) #5
  br label %sw.epilog

sw.default:                                       ; preds = %cond.end18
  %48 = load i64, ptr %vectors.addr, align 8
  %49 = load ptr, ptr %a.addr, align 8
  %50 = load i64, ptr %down.addr, align 8
  %51 = load i64, ptr %along.addr, align 8
  %52 = load ptr, ptr %b.addr, align 8
  %53 = load i64, ptr %step.addr, align 8
  %54 = load i64, ptr %inner.addr, align 8
  %55 = load ptr, ptr %to, align 8
  %56 = load i64, ptr %apart, align 8
  %57 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv38 = trunc i8 %57 to i1
  br i1 %loadedv38, label %land.rhs40, label %land.end43

land.rhs40:                                       ; preds = %sw.default
  %58 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv41 = trunc i8 %58 to i1
  br label %land.end43

land.end43:                                       ; preds = %land.rhs40, %sw.default
  %59 = phi i1 [ false, %sw.default ], [ %loadedv41, %land.rhs40 ]
  call void @tile(i64 noundef 1, i64 noundef %48, ptr noundef %49, i64 noundef %50, i64 noundef %51, ptr noundef %52, i64 noundef %53, i64 noundef %54, ptr noundef %55, i64 noundef %56, i1 noundef zeroext %59) #5
  br label %sw.epilog

sw.epilog:                                        ; preds = %land.end43, %land.end37, %land.end30, %land.end
  store i64 0, ptr %i, align 8
  br label %for.cond44

for.cond44:                                       ; preds = %for.inc70, %sw.epilog
  %60 = load i8, ptr %whole, align 1, !range !5, !noundef !6
  %loadedv45 = trunc i8 %60 to i1
  br i1 %loadedv45, label %land.end49, label %land.rhs46

land.rhs46:                                       ; preds = %for.cond44
  %61 = load i64, ptr %i, align 8
  %62 = load i64, ptr %height, align 8
  %cmp47 = icmp slt i64 %61, %62
  br label %land.end49

land.end49:                                       ; preds = %land.rhs46, %for.cond44
  %63 = phi i1 [ false, %for.cond44 ], [ %cmp47, %land.rhs46 ]
  br i1 %63, label %for.body50, label %for.end72

for.body50:                                       ; preds = %land.end49
  store i64 0, ptr %j, align 8
  br label %for.cond51

for.cond51:                                       ; preds = %for.inc, %for.body50
  %64 = load i64, ptr %j, align 8
  %65 = load i64, ptr %columns.addr, align 8
  %cmp52 = icmp slt i64 %64, %65
  br i1 %cmp52, label %for.body54, label %for.end

for.body54:                                       ; preds = %for.cond51
  %66 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv55 = trunc i8 %66 to i1
  br i1 %loadedv55, label %cond.true57, label %cond.false60

cond.true57:                                      ; preds = %for.body54
  %67 = load ptr, ptr %c.addr, align 8
  %68 = load i64, ptr %i, align 8
  %69 = load i64, ptr %stride.addr, align 8
  %mul58 = mul nsw i64 %68, %69
  %70 = load i64, ptr %j, align 8
  %add59 = add nsw i64 %mul58, %70
  %arrayidx = getelementptr inbounds float, ptr %67, i64 %add59
  %71 = load float, ptr %arrayidx, align 4
  br label %cond.end61

cond.false60:                                     ; preds = %for.body54
  br label %cond.end61

cond.end61:                                       ; preds = %cond.false60, %cond.true57
  %cond62 = phi float [ %71, %cond.true57 ], [ 0.000000e+00, %cond.false60 ]
  %72 = load ptr, ptr %to, align 8
  %73 = load i64, ptr %i, align 8
  %mul63 = mul nsw i64 %73, 32
  %74 = load i64, ptr %j, align 8
  %add64 = add nsw i64 %mul63, %74
  %arrayidx65 = getelementptr inbounds float, ptr %72, i64 %add64
  %75 = load float, ptr %arrayidx65, align 4
  %add66 = fadd float %cond62, %75
  %76 = load ptr, ptr %c.addr, align 8
  %77 = load i64, ptr %i, align 8
  %78 = load i64, ptr %stride.addr, align 8
  %mul67 = mul nsw i64 %77, %78
  %79 = load i64, ptr %j, align 8
  %add68 = add nsw i64 %mul67, %79
  %arrayidx69 = getelementptr inbounds float, ptr %76, i64 %add68
  store float %add66, ptr %arrayidx69, align 4
  br label %for.inc

for.inc:                                          ; preds = %cond.end61
  %80 = load i64, ptr %j, align 8
  %inc = add nsw i64 %80, 1
  store i64 %inc, ptr %j, align 8
  br label %for.cond51, !llvm.loop !23

for.end:                                          ; preds = %for.cond51
  br label %for.inc70

for.inc70:                                        ; preds = %for.end
  %81 = load i64, ptr %i, align 8
  %inc71 = add nsw i64 %81, 1
  store i64 %inc71, ptr %i, align 8
  br label %for.cond44, !llvm.loop !24

for.end72:                                        ; preds = %land.end49
  br label %for.inc73

for.inc73:                                        ; preds = %for.end72
  %82 = load i64, ptr %height, align 8
  %83 = load i64, ptr %rows.addr, align 8
  %sub = sub nsw i64 %83, %82
  store i64 %sub, ptr %rows.addr, align 8
  %84 = load i64, ptr %height, align 8
  %85 = load i64, ptr %down.addr, align 8
  %mul74 = mul nsw i64 %84, %85
  %86 = load ptr, ptr %a.addr, align 8
  %add.ptr = getelementptr inbounds float, ptr %86, i64 %mul74
  store ptr %add.ptr, ptr %a.addr, align 8
  %87 = load i64, ptr %height, align 8
  %88 = load i64, ptr %stride.addr, align 8
  %mul75 = mul nsw i64 %87, %88
  %89 = load ptr, ptr %c.addr, align 8
  %add.ptr76 = getelementptr inbounds float, ptr %89, i64 %mul75
  store ptr %add.ptr76, ptr %c.addr, align 8
  br label %for.cond, !llvm.loop !25

for.end77:                                        ; preds = %for.cond
  ret void
}

; Function Attrs: alwaysinline nounwind
define internal void @transpose(ptr noundef %rows) #3 {
entry:
  %rows.addr = alloca ptr, align 8
  %i = alloca i64, align 8
  %upper = alloca <16 x float>, align 64
  %lower = alloca <16 x float>, align 64
  %i8 = alloca i64, align 8
  %upper15 = alloca <16 x float>, align 64
  %lower17 = alloca <16 x float>, align 64
  %i31 = alloca i64, align 8
  %upper38 = alloca <16 x float>, align 64
  %lower40 = alloca <16 x float>, align 64
  %i54 = alloca i64, align 8
  %upper61 = alloca <16 x float>, align 64
  %lower63 = alloca <16 x float>, align 64
  store ptr %rows, ptr %rows.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %cmp = icmp slt i64 %0, 16
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %1 = load i64, ptr %i, align 8
  %and = and i64 %1, 8
  %tobool = icmp ne i64 %and, 0
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %for.body
  %2 = load ptr, ptr %rows.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds <16 x float>, ptr %2, i64 %3
  %4 = load <16 x float>, ptr %arrayidx, align 64
  store <16 x float> %4, ptr %upper, align 64
  %5 = load ptr, ptr %rows.addr, align 8
  %6 = load i64, ptr %i, align 8
  %add = add nsw i64 %6, 8
  %arrayidx1 = getelementptr inbounds <16 x float>, ptr %5, i64 %add
  %7 = load <16 x float>, ptr %arrayidx1, align 64
  store <16 x float> %7, ptr %lower, align 64
  %8 = load <16 x float>, ptr %upper, align 64
  %9 = load <16 x float>, ptr %lower, align 64
  %shuffle = shufflevector <16 x float> %8, <16 x float> %9, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23>
  %10 = load ptr, ptr %rows.addr, align 8
  %11 = load i64, ptr %i, align 8
  %arrayidx2 = getelementptr inbounds <16 x float>, ptr %10, i64 %11
  store <16 x float> %shuffle, ptr %arrayidx2, align 64
  %12 = load <16 x float>, ptr %upper, align 64
  %13 = load <16 x float>, ptr %upper, align 64
  %shuffle3 = shufflevector <16 x float> %12, <16 x float> %13, <16 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %14 = load <16 x float>, ptr %lower, align 64
  %15 = load <16 x float>, ptr %lower, align 64
  %shuffle4 = shufflevector <16 x float> %14, <16 x float> %15, <16 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %shuffle5 = shufflevector <16 x float> %shuffle3, <16 x float> %shuffle4, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23>
  %16 = load ptr, ptr %rows.addr, align 8
  %17 = load i64, ptr %i, align 8
  %add6 = add nsw i64 %17, 8
  %arrayidx7 = getelementptr inbounds <16 x float>, ptr %16, i64 %add6
  store <16 x float> %shuffle5, ptr %arrayidx7, align 64
  br label %if.end

if.end:                                           ; preds = %if.then, %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !26

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i8, align 8
  br label %for.cond9

for.cond9:                                        ; preds = %for.inc28, %for.end
  %19 = load i64, ptr %i8, align 8
  %cmp10 = icmp slt i64 %19, 16
  br i1 %cmp10, label %for.body11, label %for.end30

for.body11:                                       ; preds = %for.cond9
  %20 = load i64, ptr %i8, align 8
  %and12 = and i64 %20, 4
  %tobool13 = icmp ne i64 %and12, 0
  br i1 %tobool13, label %if.end27, label %if.then14

if.then14:                                        ; preds = %for.body11
  %21 = load ptr, ptr %rows.addr, align 8
  %22 = load i64, ptr %i8, align 8
  %arrayidx16 = getelementptr inbounds <16 x float>, ptr %21, i64 %22
  %23 = load <16 x float>, ptr %arrayidx16, align 64
  store <16 x float> %23, ptr %upper15, align 64
  %24 = load ptr, ptr %rows.addr, align 8
  %25 = load i64, ptr %i8, align 8
  %add18 = add nsw i64 %25, 4
  %arrayidx19 = getelementptr inbounds <16 x float>, ptr %24, i64 %add18
  %26 = load <16 x float>, ptr %arrayidx19, align 64
  store <16 x float> %26, ptr %lower17, align 64
  %27 = load <16 x float>, ptr %upper15, align 64
  %28 = load <16 x float>, ptr %lower17, align 64
  %shuffle20 = shufflevector <16 x float> %27, <16 x float> %28, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 16, i32 17, i32 18, i32 19, i32 8, i32 9, i32 10, i32 11, i32 24, i32 25, i32 26, i32 27>
  %29 = load ptr, ptr %rows.addr, align 8
  %30 = load i64, ptr %i8, align 8
  %arrayidx21 = getelementptr inbounds <16 x float>, ptr %29, i64 %30
  store <16 x float> %shuffle20, ptr %arrayidx21, align 64
  %31 = load <16 x float>, ptr %upper15, align 64
  %32 = load <16 x float>, ptr %upper15, align 64
  %shuffle22 = shufflevector <16 x float> %31, <16 x float> %32, <16 x i32> <i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1, i32 2, i32 3>
  %33 = load <16 x float>, ptr %lower17, align 64
  %34 = load <16 x float>, ptr %lower17, align 64
  %shuffle23 = shufflevector <16 x float> %33, <16 x float> %34, <16 x i32> <i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1, i32 2, i32 3>
  %shuffle24 = shufflevector <16 x float> %shuffle22, <16 x float> %shuffle23, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 16, i32 17, i32 18, i32 19, i32 8, i32 9, i32 10, i32 11, i32 24, i32 25, i32 26, i32 27>
  %35 = load ptr, ptr %rows.addr, align 8
  %36 = load i64, ptr %i8, align 8
  %add25 = add nsw i64 %36, 4
  %arrayidx26 = getelementptr inbounds <16 x float>, ptr %35, i64 %add25
  store <16 x float> %shuffle24, ptr %arrayidx26, align 64
  br label %if.end27

if.end27:                                         ; preds = %if.then14, %for.body11
  br label %for.inc28

for.inc28:                                        ; preds = %if.end27
  %37 = load i64, ptr %i8, align 8
  %inc29 = add nsw i64 %37, 1
  store i64 %inc29, ptr %i8, align 8
  br label %for.cond9, !llvm.loop !27

for.end30:                                        ; preds = %for.cond9
  store i64 0, ptr %i31, align 8
  br label %for.cond32

for.cond32:                                       ; preds = %for.inc51, %for.end30
  %38 = load i64, ptr %i31, align 8
  %cmp33 = icmp slt i64 %38, 16
  br i1 %cmp33, label %for.body34, label %for.end53

for.body34:                                       ; preds = %for.cond32
  %39 = load i64, ptr %i31, align 8
  %and35 = and i64 %39, 2
  %tobool36 = icmp ne i64 %and35, 0
  br i1 %tobool36, label %if.end50, label %if.then37

if.then37:                                        ; preds = %for.body34
  %40 = load ptr, ptr %rows.addr, align 8
  %41 = load i64, ptr %i31, align 8
  %arrayidx39 = getelementptr inbounds <16 x float>, ptr %40, i64 %41
  %42 = load <16 x float>, ptr %arrayidx39, align 64
  store <16 x float> %42, ptr %upper38, align 64
  %43 = load ptr, ptr %rows.addr, align 8
  %44 = load i64, ptr %i31, align 8
  %add41 = add nsw i64 %44, 2
  %arrayidx42 = getelementptr inbounds <16 x float>, ptr %43, i64 %add41
  %45 = load <16 x float>, ptr %arrayidx42, align 64
  store <16 x float> %45, ptr %lower40, align 64
  %46 = load <16 x float>, ptr %upper38, align 64
  %47 = load <16 x float>, ptr %lower40, align 64
  %shuffle43 = shufflevector <16 x float> %46, <16 x float> %47, <16 x i32> <i32 0, i32 1, i32 16, i32 17, i32 4, i32 5, i32 20, i32 21, i32 8, i32 9, i32 24, i32 25, i32 12, i32 13, i32 28, i32 29>
  %48 = load ptr, ptr %rows.addr, align 8
  %49 = load i64, ptr %i31, align 8
  %arrayidx44 = getelementptr inbounds <16 x float>, ptr %48, i64 %49
  store <16 x float> %shuffle43, ptr %arrayidx44, align 64
  %50 = load <16 x float>, ptr %upper38, align 64
  %51 = load <16 x float>, ptr %upper38, align 64
  %shuffle45 = shufflevector <16 x float> %50, <16 x float> %51, <16 x i32> <i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1>
  %52 = load <16 x float>, ptr %lower40, align 64
  %53 = load <16 x float>, ptr %lower40, align 64
  %shuffle46 = shufflevector <16 x float> %52, <16 x float> %53, <16 x i32> <i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0, i32 1>
  %shuffle47 = shufflevector <16 x float> %shuffle45, <16 x float> %shuffle46, <16 x i32> <i32 0, i32 1, i32 16, i32 17, i32 4, i32 5, i32 20, i32 21, i32 8, i32 9, i32 24, i32 25, i32 12, i32 13, i32 28, i32 29>
  %54 = load ptr, ptr %rows.addr, align 8
  %55 = load i64, ptr %i31, align 8
  %add48 = add nsw i64 %55, 2
  %arrayidx49 = getelementptr inbounds <16 x float>, ptr %54, i64 %add48
  store <16 x float> %shuffle47, ptr %arrayidx49, align 64
  br label %if.end50

if.end50:                                         ; preds = %if.then37, %for.body34
  br label %for.inc51

for.inc51:                                        ; preds = %if.end50
  %56 = load i64, ptr %i31, align 8
  %inc52 = add nsw i64 %56, 1
  store i64 %inc52, ptr %i31, align 8
  br label %for.cond32, !llvm.loop !28

for.end53:                                        ; preds = %for.cond32
  store i64 0, ptr %i54, align 8
  br label %for.cond55

for.cond55:                                       ; preds = %for.inc74, %for.end53
  %57 = load i64, ptr %i54, align 8
  %cmp56 = icmp slt i64 %57, 16
  br i1 %cmp56, label %for.body57, label %for.end76

for.body57:                                       ; preds = %for.cond55
  %58 = load i64, ptr %i54, align 8
  %and58 = and i64 %58, 1
  %tobool59 = icmp ne i64 %and58, 0
  br i1 %tobool59, label %if.end73, label %if.then60

if.then60:                                        ; preds = %for.body57
  %59 = load ptr, ptr %rows.addr, align 8
  %60 = load i64, ptr %i54, align 8
  %arrayidx62 = getelementptr inbounds <16 x float>, ptr %59, i64 %60
  %61 = load <16 x float>, ptr %arrayidx62, align 64
  store <16 x float> %61, ptr %upper61, align 64
  %62 = load ptr, ptr %rows.addr, align 8
  %63 = load i64, ptr %i54, align 8
  %add64 = add nsw i64 %63, 1
  %arrayidx65 = getelementptr inbounds <16 x float>, ptr %62, i64 %add64
  %64 = load <16 x float>, ptr %arrayidx65, align 64
  store <16 x float> %64, ptr %lower63, align 64
  %65 = load <16 x float>, ptr %upper61, align 64
  %66 = load <16 x float>, ptr %lower63, align 64
  %shuffle66 = shufflevector <16 x float> %65, <16 x float> %66, <16 x i32> <i32 0, i32 16, i32 2, i32 18, i32 4, i32 20, i32 6, i32 22, i32 8, i32 24, i32 10, i32 26, i32 12, i32 28, i32 14, i32 30>
  %67 = load ptr, ptr %rows.addr, align 8
  %68 = load i64, ptr %i54, align 8
  %arrayidx67 = getelementptr inbounds <16 x float>, ptr %67, i64 %68
  store <16 x float> %shuffle66, ptr %arrayidx67, align 64
  %69 = load <16 x float>, ptr %upper61, align 64
  %70 = load <16 x float>, ptr %upper61, align 64
  %shuffle68 = shufflevector <16 x float> %69, <16 x float> %70, <16 x i32> <i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0>
  %71 = load <16 x float>, ptr %lower63, align 64
  %72 = load <16 x float>, ptr %lower63, align 64
  %shuffle69 = shufflevector <16 x float> %71, <16 x float> %72, <16 x i32> <i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 0>
  %shuffle70 = shufflevector <16 x float> %shuffle68, <16 x float> %shuffle69, <16 x i32> <i32 0, i32 16, i32 2, i32 18, i32 4, i32 20, i32 6, i32 22, i32 8, i32 24, i32 10, i32 26, i32 12, i32 28, i32 14, i32 30>
  %73 = load ptr, ptr %rows.addr, align 8
  %74 = load i64, ptr %i54, align 8
  %add71 = add nsw i64 %74, 1
  %arrayidx72 = getelementptr inbounds <16 x float>, ptr %73, i64 %add71
  store <16 x float> %shuffle70, ptr %arrayidx72, align 64
  br label %if.end73

if.end73:                                         ; preds = %if.then60, %for.body57
  br label %for.inc74

for.inc74:                                        ; preds = %if.end73
  %75 = load i64, ptr %i54, align 8
  %inc75 = add nsw i64 %75, 1
  store i64 %inc75, ptr %i54, align 8
  br label %for.cond55, !llvm.loop !29

for.end76:                                        ; preds = %for.cond55
  ret void
}

; Function Attrs: alwaysinline nounwind
define internal void @tile(i64 noundef %rows, i64 noundef %vectors, ptr noundef %a, i64 noundef %down, i64 noundef %along, ptr noundef %b, i64 noundef %step, i64 noundef %inner, ptr noundef %c, i64 noundef %stride, i1 noundef zeroext %add) #3 {
entry:
  %rows.addr = alloca i64, align 8
  %vectors.addr = alloca i64, align 8
  %a.addr = alloca ptr, align 8
  %down.addr = alloca i64, align 8
  %along.addr = alloca i64, align 8
  %b.addr = alloca ptr, align 8
  %step.addr = alloca i64, align 8
  %inner.addr = alloca i64, align 8
  %c.addr = alloca ptr, align 8
  %stride.addr = alloca i64, align 8
  %add.addr = alloca i8, align 1
  %l0 = alloca <16 x float>, align 64
  %r0 = alloca <16 x float>, align 64
  %a0 = alloca ptr, align 8
  %l1 = alloca <16 x float>, align 64
  %r1 = alloca <16 x float>, align 64
  %a1 = alloca ptr, align 8
  %l2 = alloca <16 x float>, align 64
  %r2 = alloca <16 x float>, align 64
  %a2 = alloca ptr, align 8
  %l3 = alloca <16 x float>, align 64
  %r3 = alloca <16 x float>, align 64
  %a3 = alloca ptr, align 8
  %l4 = alloca <16 x float>, align 64
  %r4 = alloca <16 x float>, align 64
  %a4 = alloca ptr, align 8
  %l5 = alloca <16 x float>, align 64
  %r5 = alloca <16 x float>, align 64
  %a5 = alloca ptr, align 8
  %l6 = alloca <16 x float>, align 64
  %r6 = alloca <16 x float>, align 64
  %a6 = alloca ptr, align 8
  %l7 = alloca <16 x float>, align 64
  %r7 = alloca <16 x float>, align 64
  %a7 = alloca ptr, align 8
  %k = alloca i64, align 8
  %at = alloca i64, align 8
  %x = alloca <16 x float>, align 64
  %y = alloca <16 x float>, align 64
  %factor = alloca <16 x float>, align 64
  %factor58 = alloca <16 x float>, align 64
  %factor70 = alloca <16 x float>, align 64
  %factor82 = alloca <16 x float>, align 64
  %factor94 = alloca <16 x float>, align 64
  %factor106 = alloca <16 x float>, align 64
  %factor118 = alloca <16 x float>, align 64
  %factor130 = alloca <16 x float>, align 64
  %row = alloca ptr, align 8
  %row171 = alloca ptr, align 8
  %row200 = alloca ptr, align 8
  %row229 = alloca ptr, align 8
  %row258 = alloca ptr, align 8
  %row287 = alloca ptr, align 8
  %row316 = alloca ptr, align 8
  %row345 = alloca ptr, align 8
  store i64 %rows, ptr %rows.addr, align 8
  store i64 %vectors, ptr %vectors.addr, align 8
  store ptr %a, ptr %a.addr, align 8
  store i64 %down, ptr %down.addr, align 8
  store i64 %along, ptr %along.addr, align 8
  store ptr %b, ptr %b.addr, align 8
  store i64 %step, ptr %step.addr, align 8
  store i64 %inner, ptr %inner.addr, align 8
  store ptr %c, ptr %c.addr, align 8
  store i64 %stride, ptr %stride.addr, align 8
  %storedv = zext i1 %add to i8
  store i8 %storedv, ptr %add.addr, align 1
  store <16 x float> zeroinitializer, ptr %l0, align 64
  store <16 x float> zeroinitializer, ptr %r0, align 64
  %0 = load ptr, ptr %a.addr, align 8
  %1 = load i64, ptr %rows.addr, align 8
  %cmp = icmp slt i64 0, %1
  %2 = zext i1 %cmp to i64
  %cond = select i1 %cmp, i32 0, i32 0
  %conv = sext i32 %cond to i64
  %3 = load i64, ptr %down.addr, align 8
  %mul = mul nsw i64 %conv, %3
  %add.ptr = getelementptr inbounds float, ptr %0, i64 %mul
  store ptr %add.ptr, ptr %a0, align 8
  store <16 x float> zeroinitializer, ptr %l1, align 64
  store <16 x float> zeroinitializer, ptr %r1, align 64
  %4 = load ptr, ptr %a.addr, align 8
  %5 = load i64, ptr %rows.addr, align 8
  %cmp1 = icmp slt i64 1, %5
  %6 = zext i1 %cmp1 to i64
  %cond3 = select i1 %cmp1, i32 1, i32 0
  %conv4 = sext i32 %cond3 to i64
  %7 = load i64, ptr %down.addr, align 8
  %mul5 = mul nsw i64 %conv4, %7
  %add.ptr6 = getelementptr inbounds float, ptr %4, i64 %mul5
  store ptr %add.ptr6, ptr %a1, align 8
  store <16 x float> zeroinitializer, ptr %l2, align 64
  store <16 x float> zeroinitializer, ptr %r2, align 64
  %8 = load ptr, ptr %a.addr, align 8
  %9 = load i64, ptr %rows.addr, align 8
  %cmp7 = icmp slt i64 2, %9
  %10 = zext i1 %cmp7 to i64
  %cond9 = select i1 %cmp7, i32 2, i32 0
  %conv10 = sext i32 %cond9 to i64
  %11 = load i64, ptr %down.addr, align 8
  %mul11 = mul nsw i64 %conv10, %11
  %add.ptr12 = getelementptr inbounds float, ptr %8, i64 %mul11
  store ptr %add.ptr12, ptr %a2, align 8
  store <16 x float> zeroinitializer, ptr %l3, align 64
  store <16 x float> zeroinitializer, ptr %r3, align 64
  %12 = load ptr, ptr %a.addr, align 8
  %13 = load i64, ptr %rows.addr, align 8
  %cmp13 = icmp slt i64 3, %13
  %14 = zext i1 %cmp13 to i64
  %cond15 = select i1 %cmp13, i32 3, i32 0
  %conv16 = sext i32 %cond15 to i64
  %15 = load i64, ptr %down.addr, align 8
  %mul17 = mul nsw i64 %conv16, %15
  %add.ptr18 = getelementptr inbounds float, ptr %12, i64 %mul17
  store ptr %add.ptr18, ptr %a3, align 8
  store <16 x float> zeroinitializer, ptr %l4, align 64
  store <16 x float> zeroinitializer, ptr %r4, align 64
  %16 = load ptr, ptr %a.addr, align 8
  %17 = load i64, ptr %rows.addr, align 8
  %cmp19 = icmp slt i64 4, %17
  %18 = zext i1 %cmp19 to i64
  %cond21 = select i1 %cmp19, i32 4, i32 0
  %conv22 = sext i32 %cond21 to i64
  %19 = load i64, ptr %down.addr, align 8
  %mul23 = mul nsw i64 %conv22, %19
  %add.ptr24 = getelementptr inbounds float, ptr %16, i64 %mul23
  store ptr %add.ptr24, ptr %a4, align 8
  store <16 x float> zeroinitializer, ptr %l5, align 64
  store <16 x float> zeroinitializer, ptr %r5, align 64
  %20 = load ptr, ptr %a.addr, align 8
  %21 = load i64, ptr %rows.addr, align 8
  %cmp25 = icmp slt i64 5, %21
  %22 = zext i1 %cmp25 to i64
  %cond27 = select i1 %cmp25, i32 5, i32 0
  %conv28 = sext i32 %cond27 to i64
  %23 = load i64, ptr %down.addr, align 8
  %mul29 = mul nsw i64 %conv28, %23
  %add.ptr30 = getelementptr inbounds float, ptr %20, i64 %mul29
  store ptr %add.ptr30, ptr %a5, align 8
  store <16 x float> zeroinitializer, ptr %l6, align 64
  store <16 x float> zeroinitializer, ptr %r6, align 64
  %24 = load ptr, ptr %a.addr, align 8
  %25 = load i64, ptr %rows.addr, align 8
  %cmp31 = icmp slt i64 6, %25
  %26 = zext i1 %cmp31 to i64
  %cond33 = select i1 %cmp31, i32 6, i32 0
  %conv34 = sext i32 %cond33 to i64
  %27 = load i64, ptr %down.addr, align 8
  %mul35 = mul nsw i64 %conv34, %27
  %add.ptr36 = getelementptr inbounds float, ptr %24, i64 %mul35
  store ptr %add.ptr36, ptr %a6, align 8
  store <16 x float> zeroinitializer, ptr %l7, align 64
  store <16 x float> zeroinitializer, ptr %r7, align 64
  %28 = load ptr, ptr %a.addr, align 8
  %29 = load i64, ptr %rows.addr, align 8
  %cmp37 = icmp slt i64 7, %29
  %30 = zext i1 %cmp37 to i64
  %cond39 = select i1 %cmp37, i32 7, i32 0
  %conv40 = sext i32 %cond39 to i64
  %31 = load i64, ptr %down.addr, align 8
  %mul41 = mul nsw i64 %conv40, %31
  %add.ptr42 = getelementptr inbounds float, ptr %28, i64 %mul41
  store ptr %add.ptr42, ptr %a7, align 8
  store i64 0, ptr %k, align 8
  store i64 0, ptr %at, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %32 = load i64, ptr %k, align 8
  %33 = load i64, ptr %inner.addr, align 8
  %cmp43 = icmp slt i64 %32, %33
  br i1 %cmp43, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %34 = load ptr, ptr %b.addr, align 8
  %35 = load <16 x float>, ptr %34, align 4
  store <16 x float> %35, ptr %x, align 64
  %36 = load i64, ptr %vectors.addr, align 8
  %cmp45 = icmp eq i64 %36, 2
  br i1 %cmp45, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %37 = load ptr, ptr %b.addr, align 8
  %add.ptr47 = getelementptr inbounds float, ptr %37, i64 16
  %38 = load <16 x float>, ptr %add.ptr47, align 4
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %39 = load <16 x float>, ptr %x, align 64
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond48 = phi <16 x float> [ %38, %cond.true ], [ %39, %cond.false ]
  store <16 x float> %cond48, ptr %y, align 64
  %40 = load i64, ptr %rows.addr, align 8
  %cmp49 = icmp slt i64 0, %40
  br i1 %cmp49, label %if.then, label %if.end54

if.then:                                          ; preds = %cond.end
  %41 = load ptr, ptr %a0, align 8
  %42 = load i64, ptr %at, align 8
  %arrayidx = getelementptr inbounds float, ptr %41, i64 %42
  %43 = load float, ptr %arrayidx, align 4
  %splat.splatinsert = insertelement <16 x float> poison, float %43, i64 0
  %splat.splat = shufflevector <16 x float> %splat.splatinsert, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat, ptr %factor, align 64
  %44 = load <16 x float>, ptr %factor, align 64
  %45 = load <16 x float>, ptr %x, align 64
  %46 = load <16 x float>, ptr %l0, align 64
  %47 = call <16 x float> @llvm.fma.v16f32(<16 x float> %44, <16 x float> %45, <16 x float> %46)
  store <16 x float> %47, ptr %l0, align 64
  %48 = load i64, ptr %vectors.addr, align 8
  %cmp51 = icmp eq i64 %48, 2
  br i1 %cmp51, label %if.then53, label %if.end

if.then53:                                        ; preds = %if.then
  %49 = load <16 x float>, ptr %factor, align 64
  %50 = load <16 x float>, ptr %y, align 64
  %51 = load <16 x float>, ptr %r0, align 64
  %52 = call <16 x float> @llvm.fma.v16f32(<16 x float> %49, <16 x float> %50, <16 x float> %51)
  store <16 x float> %52, ptr %r0, align 64
  br label %if.end

if.end:                                           ; preds = %if.then53, %if.then
  br label %if.end54

if.end54:                                         ; preds = %if.end, %cond.end
  %53 = load i64, ptr %rows.addr, align 8
  %cmp55 = icmp slt i64 1, %53
  br i1 %cmp55, label %if.then57, label %if.end66

if.then57:                                        ; preds = %if.end54
  %54 = load ptr, ptr %a1, align 8
  %55 = load i64, ptr %at, align 8
  %arrayidx59 = getelementptr inbounds float, ptr %54, i64 %55
  %56 = load float, ptr %arrayidx59, align 4
  %splat.splatinsert60 = insertelement <16 x float> poison, float %56, i64 0
  %splat.splat61 = shufflevector <16 x float> %splat.splatinsert60, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat61, ptr %factor58, align 64
  %57 = load <16 x float>, ptr %factor58, align 64
  %58 = load <16 x float>, ptr %x, align 64
  %59 = load <16 x float>, ptr %l1, align 64
  %60 = call <16 x float> @llvm.fma.v16f32(<16 x float> %57, <16 x float> %58, <16 x float> %59)
  store <16 x float> %60, ptr %l1, align 64
  %61 = load i64, ptr %vectors.addr, align 8
  %cmp62 = icmp eq i64 %61, 2
  br i1 %cmp62, label %if.then64, label %if.end65

if.then64:                                        ; preds = %if.then57
  %62 = load <16 x float>, ptr %factor58, align 64
  %63 = load <16 x float>, ptr %y, align 64
  %64 = load <16 x float>, ptr %r1, align 64
  %65 = call <16 x float> @llvm.fma.v16f32(<16 x float> %62, <16 x float> %63, <16 x float> %64)
  store <16 x float> %65, ptr %r1, align 64
  br label %if.end65

if.end65:                                         ; preds = %if.then64, %if.then57
  br label %if.end66

if.end66:                                         ; preds = %if.end65, %if.end54
  %66 = load i64, ptr %rows.addr, align 8
  %cmp67 = icmp slt i64 2, %66
  br i1 %cmp67, label %if.then69, label %if.end78

if.then69:                                        ; preds = %if.end66
  %67 = load ptr, ptr %a2, align 8
  %68 = load i64, ptr %at, align 8
  %arrayidx71 = getelementptr inbounds float, ptr %67, i64 %68
  %69 = load float, ptr %arrayidx71, align 4
  %splat.splatinsert72 = insertelement <16 x float> poison, float %69, i64 0
  %splat.splat73 = shufflevector <16 x float> %splat.splatinsert72, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat73, ptr %factor70, align 64
  %70 = load <16 x float>, ptr %factor70, align 64
  %71 = load <16 x float>, ptr %x, align 64
  %72 = load <16 x float>, ptr %l2, align 64
  %73 = call <16 x float> @llvm.fma.v16f32(<16 x float> %70, <16 x float> %71, <16 x float> %72)
  store <16 x float> %73, ptr %l2, align 64
  %74 = load i64, ptr %vectors.addr, align 8
  %cmp74 = icmp eq i64 %74, 2
  br i1 %cmp74, label %if.then76, label %if.end77

if.then76:                                        ; preds = %if.then69
  %75 = load <16 x float>, ptr %factor70, align 64
  %76 = load <16 x float>, ptr %y, align 64
  %77 = load <16 x float>, ptr %r2, align 64
  %78 = call <16 x float> @llvm.fma.v16f32(<16 x float> %75, <16 x float> %76, <16 x float> %77)
  store <16 x float> %78, ptr %r2, align 64
  br label %if.end77

if.end77:                                         ; preds = %if.then76, %if.then69
  br label %if.end78

if.end78:                                         ; preds = %if.end77, %if.end66
  %79 = load i64, ptr %rows.addr, align 8
  %cmp79 = icmp slt i64 3, %79
  br i1 %cmp79, label %if.then81, label %if.end90

if.then81:                                        ; preds = %if.end78
  %80 = load ptr, ptr %a3, align 8
  %81 = load i64, ptr %at, align 8
  %arrayidx83 = getelementptr inbounds float, ptr %80, i64 %81
  %82 = load float, ptr %arrayidx83, align 4
  %splat.splatinsert84 = insertelement <16 x float> poison, float %82, i64 0
  %splat.splat85 = shufflevector <16 x float> %splat.splatinsert84, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat85, ptr %factor82, align 64
  %83 = load <16 x float>, ptr %factor82, align 64
  %84 = load <16 x float>, ptr %x, align 64
  %85 = load <16 x float>, ptr %l3, align 64
  %86 = call <16 x float> @llvm.fma.v16f32(<16 x float> %83, <16 x float> %84, <16 x float> %85)
  store <16 x float> %86, ptr %l3, align 64
  %87 = load i64, ptr %vectors.addr, align 8
  %cmp86 = icmp eq i64 %87, 2
  br i1 %cmp86, label %if.then88, label %if.end89

if.then88:                                        ; preds = %if.then81
  %88 = load <16 x float>, ptr %factor82, align 64
  %89 = load <16 x float>, ptr %y, align 64
  %90 = load <16 x float>, ptr %r3, align 64
  %91 = call <16 x float> @llvm.fma.v16f32(<16 x float> %88, <16 x float> %89, <16 x float> %90)
  store <16 x float> %91, ptr %r3, align 64
  br label %if.end89

if.end89:                                         ; preds = %if.then88, %if.then81
  br label %if.end90

if.end90:                                         ; preds = %if.end89, %if.end78
  %92 = load i64, ptr %rows.addr, align 8
  %cmp91 = icmp slt i64 4, %92
  br i1 %cmp91, label %if.then93, label %if.end102

if.then93:                                        ; preds = %if.end90
  %93 = load ptr, ptr %a4, align 8
  %94 = load i64, ptr %at, align 8
  %arrayidx95 = getelementptr inbounds float, ptr %93, i64 %94
  %95 = load float, ptr %arrayidx95, align 4
  %splat.splatinsert96 = insertelement <16 x float> poison, float %95, i64 0
  %splat.splat97 = shufflevector <16 x float> %splat.splatinsert96, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat97, ptr %factor94, align 64
  %96 = load <16 x float>, ptr %factor94, align 64
  %97 = load <16 x float>, ptr %x, align 64
  %98 = load <16 x float>, ptr %l4, align 64
  %99 = call <16 x float> @llvm.fma.v16f32(<16 x float> %96, <16 x float> %97, <16 x float> %98)
  store <16 x float> %99, ptr %l4, align 64
  %100 = load i64, ptr %vectors.addr, align 8
  %cmp98 = icmp eq i64 %100, 2
  br i1 %cmp98, label %if.then100, label %if.end101

if.then100:                                       ; preds = %if.then93
  %101 = load <16 x float>, ptr %factor94, align 64
  %102 = load <16 x float>, ptr %y, align 64
  %103 = load <16 x float>, ptr %r4, align 64
  %104 = call <16 x float> @llvm.fma.v16f32(<16 x float> %101, <16 x float> %102, <16 x float> %103)
  store <16 x float> %104, ptr %r4, align 64
  br label %if.end101

if.end101:                                        ; preds = %if.then100, %if.then93
  br label %if.end102

if.end102:                                        ; preds = %if.end101, %if.end90
  %105 = load i64, ptr %rows.addr, align 8
  %cmp103 = icmp slt i64 5, %105
  br i1 %cmp103, label %if.then105, label %if.end114

if.then105:                                       ; preds = %if.end102
  %106 = load ptr, ptr %a5, align 8
  %107 = load i64, ptr %at, align 8
  %arrayidx107 = getelementptr inbounds float, ptr %106, i64 %107
  %108 = load float, ptr %arrayidx107, align 4
  %splat.splatinsert108 = insertelement <16 x float> poison, float %108, i64 0
  %splat.splat109 = shufflevector <16 x float> %splat.splatinsert108, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat109, ptr %factor106, align 64
  %109 = load <16 x float>, ptr %factor106, align 64
  %110 = load <16 x float>, ptr %x, align 64
  %111 = load <16 x float>, ptr %l5, align 64
  %112 = call <16 x float> @llvm.fma.v16f32(<16 x float> %109, <16 x float> %110, <16 x float> %111)
  store <16 x float> %112, ptr %l5, align 64
  %113 = load i64, ptr %vectors.addr, align 8
  %cmp110 = icmp eq i64 %113, 2
  br i1 %cmp110, label %if.then112, label %if.end113

if.then112:                                       ; preds = %if.then105
  %114 = load <16 x float>, ptr %factor106, align 64
  %115 = load <16 x float>, ptr %y, align 64
  %116 = load <16 x float>, ptr %r5, align 64
  %117 = call <16 x float> @llvm.fma.v16f32(<16 x float> %114, <16 x float> %115, <16 x float> %116)
  store <16 x float> %117, ptr %r5, align 64
  br label %if.end113

if.end113:                                        ; preds = %if.then112, %if.then105
  br label %if.end114

if.end114:                                        ; preds = %if.end113, %if.end102
  %118 = load i64, ptr %rows.addr, align 8
  %cmp115 = icmp slt i64 6, %118
  br i1 %cmp115, label %if.then117, label %if.end126

if.then117:                                       ; preds = %if.end114
  %119 = load ptr, ptr %a6, align 8
  %120 = load i64, ptr %at, align 8
  %arrayidx119 = getelementptr inbounds float, ptr %119, i64 %120
  %121 = load float, ptr %arrayidx119, align 4
  %splat.splatinsert120 = insertelement <16 x float> poison, float %121, i64 0
  %splat.splat121 = shufflevector <16 x float> %splat.splatinsert120, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat121, ptr %factor118, align 64
  %122 = load <16 x float>, ptr %factor118, align 64
  %123 = load <16 x float>, ptr %x, align 64
  %124 = load <16 x float>, ptr %l6, align 64
  %125 = call <16 x float> @llvm.fma.v16f32(<16 x float> %122, <16 x float> %123, <16 x float> %124)
  store <16 x float> %125, ptr %l6, align 64
  %126 = load i64, ptr %vectors.addr, align 8
  %cmp122 = icmp eq i64 %126, 2
  br i1 %cmp122, label %if.then124, label %if.end125

if.then124:                                       ; preds = %if.then117
  %127 = load <16 x float>, ptr %factor118, align 64
  %128 = load <16 x float>, ptr %y, align 64
  %129 = load <16 x float>, ptr %r6, align 64
  %130 = call <16 x float> @llvm.fma.v16f32(<16 x float> %127, <16 x float> %128, <16 x float> %129)
  store <16 x float> %130, ptr %r6, align 64
  br label %if.end125

if.end125:                                        ; preds = %if.then124, %if.then117
  br label %if.end126

if.end126:                                        ; preds = %if.end125, %if.end114
  %131 = load i64, ptr %rows.addr, align 8
  %cmp127 = icmp slt i64 7, %131
  br i1 %cmp127, label %if.then129, label %if.end138

if.then129:                                       ; preds = %if.end126
  %132 = load ptr, ptr %a7, align 8
  %133 = load i64, ptr %at, align 8
  %arrayidx131 = getelementptr inbounds float, ptr %132, i64 %133
  %134 = load float, ptr %arrayidx131, align 4
  %splat.splatinsert132 = insertelement <16 x float> poison, float %134, i64 0
  %splat.splat133 = shufflevector <16 x float> %splat.splatinsert132, <16 x float> poison, <16 x i32> zeroinitializer
  store <16 x float> %splat.splat133, ptr %factor130, align 64
  %135 = load <16 x float>, ptr %factor130, align 64
  %136 = load <16 x float>, ptr %x, align 64
  %137 = load <16 x float>, ptr %l7, align 64
  %138 = call <16 x float> @llvm.fma.v16f32(<16 x float> %135, <16 x float> %136, <16 x float> %137)
  store <16 x float> %138, ptr %l7, align 64
  %139 = load i64, ptr %vectors.addr, align 8
  %cmp134 = icmp eq i64 %139, 2
  br i1 %cmp134, label %if.then136, label %if.end137

if.then136:                                       ; preds = %if.then129
  %140 = load <16 x float>, ptr %factor130, align 64
  %141 = load <16 x float>, ptr %y, align 64
  %142 = load <16 x float>, ptr %r7, align 64
  %143 = call <16 x float> @llvm.fma.v16f32(<16 x float> %140, <16 x float> %141, <16 x float> %142)
  store <16 x float> %143, ptr %r7, align 64
  br label %if.end137

if.end137:                                        ; preds = %if.then136, %if.then129
  br label %if.end138

if.end138:                                        ; preds = %if.end137, %if.end126
  br label %for.inc

for.inc:                                          ; preds = %if.end138
  %144 = load i64, ptr %k, align 8
  %inc = add nsw i64 %144, 1
  store i64 %inc, ptr %k, align 8
  %145 = load i64, ptr %along.addr, align 8
  %146 = load i64, ptr %at, align 8
  %add139 = add nsw i64 %146, %145
  store i64 %add139, ptr %at, align 8
  %147 = load i64, ptr %step.addr, align 8
  %148 = load ptr, ptr %b.addr, align 8
  %add.ptr140 = getelementptr inbounds float, ptr %148, i64 %147
  store ptr %add.ptr140, ptr %b.addr, align 8
  br label %for.cond, !llvm.loop !30

for.end:                                          ; preds = %for.cond
  %149 = load i64, ptr %rows.addr, align 8
  %cmp141 = icmp slt i64 0, %149
  br i1 %cmp141, label %if.then143, label %if.end167

if.then143:                                       ; preds = %for.end
  %150 = load ptr, ptr %c.addr, align 8
  %151 = load i64, ptr %stride.addr, align 8
  %mul144 = mul nsw i64 0, %151
  %add.ptr145 = getelementptr inbounds float, ptr %150, i64 %mul144
  store ptr %add.ptr145, ptr %row, align 8
  %152 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %152 to i1
  br i1 %loadedv, label %cond.true147, label %cond.false150

cond.true147:                                     ; preds = %if.then143
  %153 = load ptr, ptr %row, align 8
  %arrayidx148 = getelementptr inbounds <16 x float>, ptr %153, i64 0
  %154 = load <16 x float>, ptr %arrayidx148, align 4
  %155 = load <16 x float>, ptr %l0, align 64
  %add149 = fadd <16 x float> %154, %155
  br label %cond.end151

cond.false150:                                    ; preds = %if.then143
  %156 = load <16 x float>, ptr %l0, align 64
  br label %cond.end151

cond.end151:                                      ; preds = %cond.false150, %cond.true147
  %cond152 = phi <16 x float> [ %add149, %cond.true147 ], [ %156, %cond.false150 ]
  %157 = load ptr, ptr %row, align 8
  %arrayidx153 = getelementptr inbounds <16 x float>, ptr %157, i64 0
  store <16 x float> %cond152, ptr %arrayidx153, align 4
  %158 = load i64, ptr %vectors.addr, align 8
  %cmp154 = icmp eq i64 %158, 2
  br i1 %cmp154, label %if.then156, label %if.end166

if.then156:                                       ; preds = %cond.end151
  %159 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv157 = trunc i8 %159 to i1
  br i1 %loadedv157, label %cond.true159, label %cond.false162

cond.true159:                                     ; preds = %if.then156
  %160 = load ptr, ptr %row, align 8
  %arrayidx160 = getelementptr inbounds <16 x float>, ptr %160, i64 1
  %161 = load <16 x float>, ptr %arrayidx160, align 4
  %162 = load <16 x float>, ptr %r0, align 64
  %add161 = fadd <16 x float> %161, %162
  br label %cond.end163

cond.false162:                                    ; preds = %if.then156
  %163 = load <16 x float>, ptr %r0, align 64
  br label %cond.end163

cond.end163:                                      ; preds = %cond.false162, %cond.true159
  %cond164 = phi <16 x float> [ %add161, %cond.true159 ], [ %163, %cond.false162 ]
  %164 = load ptr, ptr %row, align 8
  %arrayidx165 = getelementptr inbounds <16 x float>, ptr %164, i64 1
  store <16 x float> %cond164, ptr %arrayidx165, align 4
  br label %if.end166

if.end166:                                        ; preds = %cond.end163, %cond.end151
  br label %if.end167

if.end167:                                        ; preds = %if.end166, %for.end
  %165 = load i64, ptr %rows.addr, align 8
  %cmp168 = icmp slt i64 1, %165
  br i1 %cmp168, label %if.then170, label %if.end196

if.then170:                                       ; preds = %if.end167
  %166 = load ptr, ptr %c.addr, align 8
  %167 = load i64, ptr %stride.addr, align 8
  %mul172 = mul nsw i64 1, %167
  %add.ptr173 = getelementptr inbounds float, ptr %166, i64 %mul172
  store ptr %add.ptr173, ptr %row171, align 8
  %168 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv174 = trunc i8 %168 to i1
  br i1 %loadedv174, label %cond.true176, label %cond.false179

cond.true176:                                     ; preds = %if.then170
  %169 = load ptr, ptr %row171, align 8
  %arrayidx177 = getelementptr inbounds <16 x float>, ptr %169, i64 0
  %170 = load <16 x float>, ptr %arrayidx177, align 4
  %171 = load <16 x float>, ptr %l1, align 64
  %add178 = fadd <16 x float> %170, %171
  br label %cond.end180

cond.false179:                                    ; preds = %if.then170
  %172 = load <16 x float>, ptr %l1, align 64
  br label %cond.end180

cond.end180:                                      ; preds = %cond.false179, %cond.true176
  %cond181 = phi <16 x float> [ %add178, %cond.true176 ], [ %172, %cond.false179 ]
  %173 = load ptr, ptr %row171, align 8
  %arrayidx182 = getelementptr inbounds <16 x float>, ptr %173, i64 0
  store <16 x float> %cond181, ptr %arrayidx182, align 4
  %174 = load i64, ptr %vectors.addr, align 8
  %cmp183 = icmp eq i64 %174, 2
  br i1 %cmp183, label %if.then185, label %if.end195

if.then185:                                       ; preds = %cond.end180
  %175 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv186 = trunc i8 %175 to i1
  br i1 %loadedv186, label %cond.true188, label %cond.false191

cond.true188:                                     ; preds = %if.then185
  %176 = load ptr, ptr %row171, align 8
  %arrayidx189 = getelementptr inbounds <16 x float>, ptr %176, i64 1
  %177 = load <16 x float>, ptr %arrayidx189, align 4
  %178 = load <16 x float>, ptr %r1, align 64
  %add190 = fadd <16 x float> %177, %178
  br label %cond.end192

cond.false191:                                    ; preds = %if.then185
  %179 = load <16 x float>, ptr %r1, align 64
  br label %cond.end192

cond.end192:                                      ; preds = %cond.false191, %cond.true188
  %cond193 = phi <16 x float> [ %add190, %cond.true188 ], [ %179, %cond.false191 ]
  %180 = load ptr, ptr %row171, align 8
  %arrayidx194 = getelementptr inbounds <16 x float>, ptr %180, i64 1
  store <16 x float> %cond193, ptr %arrayidx194, align 4
  br label %if.end195

if.end195:                                        ; preds = %cond.end192, %cond.end180
  br label %if.end196

if.end196:                                        ; preds = %if.end195, %if.end167
  %181 = load i64, ptr %rows.addr, align 8
  %cmp197 = icmp slt i64 2, %181
  br i1 %cmp197, label %if.then199, label %if.end225

if.then199:                                       ; preds = %if.end196
  %182 = load ptr, ptr %c.addr, align 8
  %183 = load i64, ptr %stride.addr, align 8
  %mul201 = mul nsw i64 2, %183
  %add.ptr202 = getelementptr inbounds float, ptr %182, i64 %mul201
  store ptr %add.ptr202, ptr %row200, align 8
  %184 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv203 = trunc i8 %184 to i1
  br i1 %loadedv203, label %cond.true205, label %cond.false208

cond.true205:                                     ; preds = %if.then199
  %185 = load ptr, ptr %row200, align 8
  %arrayidx206 = getelementptr inbounds <16 x float>, ptr %185, i64 0
  %186 = load <16 x float>, ptr %arrayidx206, align 4
  %187 = load <16 x float>, ptr %l2, align 64
  %add207 = fadd <16 x float> %186, %187
  br label %cond.end209

cond.false208:                                    ; preds = %if.then199
  %188 = load <16 x float>, ptr %l2, align 64
  br label %cond.end209

cond.end209:                                      ; preds = %cond.false208, %cond.true205
  %cond210 = phi <16 x float> [ %add207, %cond.true205 ], [ %188, %cond.false208 ]
  %189 = load ptr, ptr %row200, align 8
  %arrayidx211 = getelementptr inbounds <16 x float>, ptr %189, i64 0
  store <16 x float> %cond210, ptr %arrayidx211, align 4
  %190 = load i64, ptr %vectors.addr, align 8
  %cmp212 = icmp eq i64 %190, 2
  br i1 %cmp212, label %if.then214, label %if.end224

if.then214:                                       ; preds = %cond.end209
  %191 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv215 = trunc i8 %191 to i1
  br i1 %loadedv215, label %cond.true217, label %cond.false220

cond.true217:                                     ; preds = %if.then214
  %192 = load ptr, ptr %row200, align 8
  %arrayidx218 = getelementptr inbounds <16 x float>, ptr %192, i64 1
  %193 = load <16 x float>, ptr %arrayidx218, align 4
  %194 = load <16 x float>, ptr %r2, align 64
  %add219 = fadd <16 x float> %193, %194
  br label %cond.end221

cond.false220:                                    ; preds = %if.then214
  %195 = load <16 x float>, ptr %r2, align 64
  br label %cond.end221

cond.end221:                                      ; preds = %cond.false220, %cond.true217
  %cond222 = phi <16 x float> [ %add219, %cond.true217 ], [ %195, %cond.false220 ]
  %196 = load ptr, ptr %row200, align 8
  %arrayidx223 = getelementptr inbounds <16 x float>, ptr %196, i64 1
  store <16 x float> %cond222, ptr %arrayidx223, align 4
  br label %if.end224

if.end224:                                        ; preds = %cond.end221, %cond.end209
  br label %if.end225

if.end225:                                        ; preds = %if.end224, %if.end196
  %197 = load i64, ptr %rows.addr, align 8
  %cmp226 = icmp slt i64 3, %197
  br i1 %cmp226, label %if.then228, label %if.end254

if.then228:                                       ; preds = %if.end225
  %198 = load ptr, ptr %c.addr, align 8
  %199 = load i64, ptr %stride.addr, align 8
  %mul230 = mul nsw i64 3, %199
  %add.ptr231 = getelementptr inbounds float, ptr %198, i64 %mul230
  store ptr %add.ptr231, ptr %row229, align 8
  %200 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv232 = trunc i8 %200 to i1
  br i1 %loadedv232, label %cond.true234, label %cond.false237

cond.true234:                                     ; preds = %if.then228
  %201 = load ptr, ptr %row229, align 8
  %arrayidx235 = getelementptr inbounds <16 x float>, ptr %201, i64 0
  %202 = load <16 x float>, ptr %arrayidx235, align 4
  %203 = load <16 x float>, ptr %l3, align 64
  %add236 = fadd <16 x float> %202, %203
  br label %cond.end238

cond.false237:                                    ; preds = %if.then228
  %204 = load <16 x float>, ptr %l3, align 64
  br label %cond.end238

cond.end238:                                      ; preds = %cond.false237, %cond.true234
  %cond239 = phi <16 x float> [ %add236, %cond.true234 ], [ %204, %cond.false237 ]
  %205 = load ptr, ptr %row229, align 8
  %arrayidx240 = getelementptr inbounds <16 x float>, ptr %205, i64 0
  store <16 x float> %cond239, ptr %arrayidx240, align 4
  %206 = load i64, ptr %vectors.addr, align 8
  %cmp241 = icmp eq i64 %206, 2
  br i1 %cmp241, label %if.then243, label %if.end253

if.then243:                                       ; preds = %cond.end238
  %207 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv244 = trunc i8 %207 to i1
  br i1 %loadedv244, label %cond.true246, label %cond.false249

cond.true246:                                     ; preds = %if.then243
  %208 = load ptr, ptr %row229, align 8
  %arrayidx247 = getelementptr inbounds <16 x float>, ptr %208, i64 1
  %209 = load <16 x float>, ptr %arrayidx247, align 4
  %210 = load <16 x float>, ptr %r3, align 64
  %add248 = fadd <16 x float> %209, %210
  br label %cond.end250

cond.false249:                                    ; preds = %if.then243
  %211 = load <16 x float>, ptr %r3, align 64
  br label %cond.end250

cond.end250:                                      ; preds = %cond.false249, %cond.true246
  %cond251 = phi <16 x float> [ %add248, %cond.true246 ], [ %211, %cond.false249 ]
  %212 = load ptr, ptr %row229, align 8
  %arrayidx252 = getelementptr inbounds <16 x float>, ptr %212, i64 1
  store <16 x float> %cond251, ptr %arrayidx252, align 4
  br label %if.end253

if.end253:                                        ; preds = %cond.end250, %cond.end238
  br label %if.end254

if.end254:                                        ; preds = %if.end253, %if.end225
  %213 = load i64, ptr %rows.addr, align 8
  %cmp255 = icmp slt i64 4, %213
  br i1 %cmp255, label %if.then257, label %if.end283

if.then257:                                       ; preds = %if.end254
  %214 = load ptr, ptr %c.addr, align 8
  %215 = load i64, ptr %stride.addr, align 8
  %mul259 = mul nsw i64 4, %215
  %add.ptr260 = getelementptr inbounds float, ptr %214, i64 %mul259
  store ptr %add.ptr260, ptr %row258, align 8
  %216 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv261 = trunc i8 %216 to i1
  br i1 %loadedv261, label %cond.true263, label %cond.false266

cond.true263:                                     ; preds = %if.then257
  %217 = load ptr, ptr %row258, align 8
  %arrayidx264 = getelementptr inbounds <16 x float>, ptr %217, i64 0
  %218 = load <16 x float>, ptr %arrayidx264, align 4
  %219 = load <16 x float>, ptr %l4, align 64
  %add265 = fadd <16 x float> %218, %219
  br label %cond.end267

cond.false266:                                    ; preds = %if.then257
  %220 = load <16 x float>, ptr %l4, align 64
  br label %cond.end267

cond.end267:                                      ; preds = %cond.false266, %cond.true263
  %cond268 = phi <16 x float> [ %add265, %cond.true263 ], [ %220, %cond.false266 ]
  %221 = load ptr, ptr %row258, align 8
  %arrayidx269 = getelementptr inbounds <16 x float>, ptr %221, i64 0
  store <16 x float> %cond268, ptr %arrayidx269, align 4
  %222 = load i64, ptr %vectors.addr, align 8
  %cmp270 = icmp eq i64 %222, 2
  br i1 %cmp270, label %if.then272, label %if.end282

if.then272:                                       ; preds = %cond.end267
  %223 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv273 = trunc i8 %223 to i1
  br i1 %loadedv273, label %cond.true275, label %cond.false278

cond.true275:                                     ; preds = %if.then272
  %224 = load ptr, ptr %row258, align 8
  %arrayidx276 = getelementptr inbounds <16 x float>, ptr %224, i64 1
  %225 = load <16 x float>, ptr %arrayidx276, align 4
  %226 = load <16 x float>, ptr %r4, align 64
  %add277 = fadd <16 x float> %225, %226
  br label %cond.end279

cond.false278:                                    ; preds = %if.then272
  %227 = load <16 x float>, ptr %r4, align 64
  br label %cond.end279

cond.end279:                                      ; preds = %cond.false278, %cond.true275
  %cond280 = phi <16 x float> [ %add277, %cond.true275 ], [ %227, %cond.false278 ]
  %228 = load ptr, ptr %row258, align 8
  %arrayidx281 = getelementptr inbounds <16 x float>, ptr %228, i64 1
  store <16 x float> %cond280, ptr %arrayidx281, align 4
  br label %if.end282

if.end282:                                        ; preds = %cond.end279, %cond.end267
  br label %if.end283

if.end283:                                        ; preds = %if.end282, %if.end254
  %229 = load i64, ptr %rows.addr, align 8
  %cmp284 = icmp slt i64 5, %229
  br i1 %cmp284, label %if.then286, label %if.end312

if.then286:                                       ; preds = %if.end283
  %230 = load ptr, ptr %c.addr, align 8
  %231 = load i64, ptr %stride.addr, align 8
  %mul288 = mul nsw i64 5, %231
  %add.ptr289 = getelementptr inbounds float, ptr %230, i64 %mul288
  store ptr %add.ptr289, ptr %row287, align 8
  %232 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv290 = trunc i8 %232 to i1
  br i1 %loadedv290, label %cond.true292, label %cond.false295

cond.true292:                                     ; preds = %if.then286
  %233 = load ptr, ptr %row287, align 8
  %arrayidx293 = getelementptr inbounds <16 x float>, ptr %233, i64 0
  %234 = load <16 x float>, ptr %arrayidx293, align 4
  %235 = load <16 x float>, ptr %l5, align 64
  %add294 = fadd <16 x float> %234, %235
  br label %cond.end296

cond.false295:                                    ; preds = %if.then286
  %236 = load <16 x float>, ptr %l5, align 64
  br label %cond.end296

cond.end296:                                      ; preds = %cond.false295, %cond.true292
  %cond297 = phi <16 x float> [ %add294, %cond.true292 ], [ %236, %cond.false295 ]
  %237 = load ptr, ptr %row287, align 8
  %arrayidx298 = getelementptr inbounds <16 x float>, ptr %237, i64 0
  store <16 x float> %cond297, ptr %arrayidx298, align 4
  %238 = load i64, ptr %vectors.addr, align 8
  %cmp299 = icmp eq i64 %238, 2
  br i1 %cmp299, label %if.then301, label %if.end311

if.then301:                                       ; preds = %cond.end296
  %239 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv302 = trunc i8 %239 to i1
  br i1 %loadedv302, label %cond.true304, label %cond.false307

cond.true304:                                     ; preds = %if.then301
  %240 = load ptr, ptr %row287, align 8
  %arrayidx305 = getelementptr inbounds <16 x float>, ptr %240, i64 1
  %241 = load <16 x float>, ptr %arrayidx305, align 4
  %242 = load <16 x float>, ptr %r5, align 64
  %add306 = fadd <16 x float> %241, %242
  br label %cond.end308

cond.false307:                                    ; preds = %if.then301
  %243 = load <16 x float>, ptr %r5, align 64
  br label %cond.end308

cond.end308:                                      ; preds = %cond.false307, %cond.true304
  %cond309 = phi <16 x float> [ %add306, %cond.true304 ], [ %243, %cond.false307 ]
  %244 = load ptr, ptr %row287, align 8
  %arrayidx310 = getelementptr inbounds <16 x float>, ptr %244, i64 1
  store <16 x float> %cond309, ptr %arrayidx310, align 4
  br label %if.end311

if.end311:                                        ; preds = %cond.end308, %cond.end296
  br label %if.end312

if.end312:                                        ; preds = %if.end311, %if.end283
  %245 = load i64, ptr %rows.addr, align 8
  %cmp313 = icmp slt i64 6, %245
  br i1 %cmp313, label %if.then315, label %if.end341

if.then315:                                       ; preds = %if.end312
  %246 = load ptr, ptr %c.addr, align 8
  %247 = load i64, ptr %stride.addr, align 8
  %mul317 = mul nsw i64 6, %247
  %add.ptr318 = getelementptr inbounds float, ptr %246, i64 %mul317
  store ptr %add.ptr318, ptr %row316, align 8
  %248 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv319 = trunc i8 %248 to i1
  br i1 %loadedv319, label %cond.true321, label %cond.false324

cond.true321:                                     ; preds = %if.then315
  %249 = load ptr, ptr %row316, align 8
  %arrayidx322 = getelementptr inbounds <16 x float>, ptr %249, i64 0
  %250 = load <16 x float>, ptr %arrayidx322, align 4
  %251 = load <16 x float>, ptr %l6, align 64
  %add323 = fadd <16 x float> %250, %251
  br label %cond.end325

cond.false324:                                    ; preds = %if.then315
  %252 = load <16 x float>, ptr %l6, align 64
  br label %cond.end325

cond.end325:                                      ; preds = %cond.false324, %cond.true321
  %cond326 = phi <16 x float> [ %add323, %cond.true321 ], [ %252, %cond.false324 ]
  %253 = load ptr, ptr %row316, align 8
  %arrayidx327 = getelementptr inbounds <16 x float>, ptr %253, i64 0
  store <16 x float> %cond326, ptr %arrayidx327, align 4
  %254 = load i64, ptr %vectors.addr, align 8
  %cmp328 = icmp eq i64 %254, 2
  br i1 %cmp328, label %if.then330, label %if.end340

if.then330:                                       ; preds = %cond.end325
  %255 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv331 = trunc i8 %255 to i1
  br i1 %loadedv331, label %cond.true333, label %cond.false336

cond.true333:                                     ; preds = %if.then330
  %256 = load ptr, ptr %row316, align 8
  %arrayidx334 = getelementptr inbounds <16 x float>, ptr %256, i64 1
  %257 = load <16 x float>, ptr %arrayidx334, align 4
  %258 = load <16 x float>, ptr %r6, align 64
  %add335 = fadd <16 x float> %257, %258
  br label %cond.end337

cond.false336:                                    ; preds = %if.then330
  %259 = load <16 x float>, ptr %r6, align 64
  br label %cond.end337

cond.end337:                                      ; preds = %cond.false336, %cond.true333
  %cond338 = phi <16 x float> [ %add335, %cond.true333 ], [ %259, %cond.false336 ]
  %260 = load ptr, ptr %row316, align 8
  %arrayidx339 = getelementptr inbounds <16 x float>, ptr %260, i64 1
  store <16 x float> %cond338, ptr %arrayidx339, align 4
  br label %if.end340

if.end340:                                        ; preds = %cond.end337, %cond.end325
  br label %if.end341

if.end341:                                        ; preds = %if.end340, %if.end312
  %261 = load i64, ptr %rows.addr, align 8
  %cmp342 = icmp slt i64 7, %261
  br i1 %cmp342, label %if.then344, label %if.end370

if.then344:                                       ; preds = %if.end341
  %262 = load ptr, ptr %c.addr, align 8
  %263 = load i64, ptr %stride.addr, align 8
  %mul346 = mul nsw i64 7, %263
  %add.ptr347 = getelementptr inbounds float, ptr %262, i64 %mul346
  store ptr %add.ptr347, ptr %row345, align 8
  %264 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv348 = trunc i8 %264 to i1
  br i1 %loadedv348, label %cond.true350, label %cond.false353

cond.true350:                                     ; preds = %if.then344
  %265 = load ptr, ptr %row345, align 8
  %arrayidx351 = getelementptr inbounds <16 x float>, ptr %265, i64 0
  %266 = load <16 x float>, ptr %arrayidx351, align 4
  %267 = load <16 x float>, ptr %l7, align 64
  %add352 = fadd <16 x float> %266, %267
  br label %cond.end354

cond.false353:                                    ; preds = %if.then344
  %268 = load <16 x float>, ptr %l7, align 64
  br label %cond.end354

cond.end354:                                      ; preds = %cond.false353, %cond.true350
  %cond355 = phi <16 x float> [ %add352, %cond.true350 ], [ %268, %cond.false353 ]
  %269 = load ptr, ptr %row345, align 8
  %arrayidx356 = getelementptr inbounds <16 x float>, ptr %269, i64 0
  store <16 x float> %cond355, ptr %arrayidx356, align 4
  %270 = load i64, ptr %vectors.addr, align 8
  %cmp357 = icmp eq i64 %270, 2
  br i1 %cmp357, label %if.then359, label %if.end369

if.then359:                                       ; preds = %cond.end354
  %271 = load i8, ptr %add.addr, align 1, !range !5, !noundef !6
  %loadedv360 = trunc i8 %271 to i1
  br i1 %loadedv360, label %cond.true362, label %cond.false365

cond.true362:                                     ; preds = %if.then359
  %272 = load ptr, ptr %row345, align 8
  %arrayidx363 = getelementptr inbounds <16 x float>, ptr %272, i64 1
  %273 = load <16 x float>, ptr %arrayidx363, align 4
  %274 = load <16 x float>, ptr %r7, align 64
  %add364 = fadd <16 x float> %273, %274
  br label %cond.end366

cond.false365:                                    ; preds = %if.then359
  %275 = load <16 x float>, ptr %r7, align 64
  br label %cond.end366

cond.end366:                                      ; preds = %cond.false365, %cond.true362
  %cond367 = phi <16 x float> [ %add364, %cond.true362 ], [ %275, %cond.false365 ]
  %276 = load ptr, ptr %row345, align 8
  %arrayidx368 = getelementptr inbounds <16 x float>, ptr %276, i64 1
  store <16 x float> %cond367, ptr %arrayidx368, align 4
  br label %if.end369

if.end369:                                        ; preds = %cond.end366, %cond.end354
  br label %if.end370

if.end370:                                        ; preds = %if.end369, %if.end341
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>) #4

attributes #0 = { nounwind "prefer-vector-width"="512" }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #2 = { inlinehint nounwind "prefer-vector-width"="512" }
attributes #3 = { alwaysinline nounwind "prefer-vector-width"="512" }
attributes #4 = { nocallback nofree nosync nounwind speculatable willreturn memory(none) }
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
!15 = distinct !{!15, !4}
!16 = distinct !{!16, !4}
!17 = distinct !{!17, !4}
!18 = distinct !{!18, !4, !19, !20, !21}
!19 = !{!"llvm.loop.unroll.disable"}
!20 = !{!"llvm.loop.vectorize.width", i32 1}
!21 = !{!"llvm.loop.interleave.count", i32 1}
!22 = distinct !{!22, !4}
!23 = distinct !{!23, !4, !19, !20, !21}
!24 = distinct !{!24, !4}
!25 = distinct !{!25, !4}
!26 = distinct !{!26, !4}
!27 = distinct !{!27, !4}
!28 = distinct !{!28, !4}
!29 = distinct !{!29, !4}
!30 = distinct !{!30, !4}
