; Made of loop.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 0639a8dabc078e4a63dce145bad660926001a04c9fe0f8016725b4b8221f5c76

%struct.Loop = type { i64, i64, ptr, i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64 }
%struct.Product = type { ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64 }

@__const.dovetail_multiply.floats = private unnamed_addr constant [2 x float] [float 0.000000e+00, float 1.000000e+00], align 4
@__const.dovetail_multiply.doubles = private unnamed_addr constant [2 x double] [double 0.000000e+00, double 1.000000e+00], align 16
@.str = private unnamed_addr constant [2 x i8] c"T\00", align 1
@.str.1 = private unnamed_addr constant [2 x i8] c"N\00", align 1

; Function Attrs: nounwind
define void @dovetail_run_loop(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %loop = alloca ptr, align 8
  %carries = alloca i64, align 8
  %fixed = alloca i64, align 8
  %operands = alloca i64, align 8
  %outputs = alloca ptr, align 8
  %ys = alloca ptr, align 8
  %others = alloca ptr, align 8
  %status = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %until = alloca i8, align 1
  %to_outputs = alloca i8, align 1
  %step = alloca i64, align 8
  %at = alloca i64, align 8
  %i42 = alloca i64, align 8
  %made = alloca i64, align 8
  %i61 = alloca i64, align 8
  %i84 = alloca i64, align 8
  %next = alloca i64, align 8
  %i99 = alloca i64, align 8
  %i128 = alloca i64, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %loop, align 8
  %1 = load ptr, ptr %loop, align 8
  %carries1 = getelementptr inbounds %struct.Loop, ptr %1, i32 0, i32 3
  %2 = load i64, ptr %carries1, align 8
  store i64 %2, ptr %carries, align 8
  %3 = load i64, ptr %carries, align 8
  %4 = load ptr, ptr %loop, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %4, i32 0, i32 4
  %5 = load i64, ptr %constants, align 8
  %add = add nsw i64 %3, %5
  store i64 %add, ptr %fixed, align 8
  %6 = load i64, ptr %fixed, align 8
  %7 = load ptr, ptr %loop, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %7, i32 0, i32 5
  %8 = load i64, ptr %xs, align 8
  %add2 = add nsw i64 %6, %8
  store i64 %add2, ptr %operands, align 8
  %9 = load ptr, ptr %buffers.addr, align 8
  %10 = load i64, ptr %operands, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %9, i64 %10
  store ptr %add.ptr, ptr %outputs, align 8
  %11 = load ptr, ptr %outputs, align 8
  %12 = load i64, ptr %carries, align 8
  %add.ptr3 = getelementptr inbounds ptr, ptr %11, i64 %12
  store ptr %add.ptr3, ptr %ys, align 8
  %13 = load ptr, ptr %ys, align 8
  %14 = load ptr, ptr %loop, align 8
  %ys4 = getelementptr inbounds %struct.Loop, ptr %14, i32 0, i32 6
  %15 = load i64, ptr %ys4, align 8
  %add.ptr5 = getelementptr inbounds ptr, ptr %13, i64 %15
  store ptr %add.ptr5, ptr %others, align 8
  %16 = load ptr, ptr %others, align 8
  %17 = load i64, ptr %carries, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %16, i64 %17
  %18 = load ptr, ptr %arrayidx, align 8
  store ptr %18, ptr %status, align 8
  %19 = load i64, ptr %operands, align 8
  %20 = load i64, ptr %carries, align 8
  %add6 = add nsw i64 %19, %20
  %21 = load ptr, ptr %loop, align 8
  %ys7 = getelementptr inbounds %struct.Loop, ptr %21, i32 0, i32 6
  %22 = load i64, ptr %ys7, align 8
  %add8 = add nsw i64 %add6, %22
  %23 = call ptr @llvm.stacksave.p0()
  store ptr %23, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add8, align 16
  store i64 %add8, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %24 = load i64, ptr %i, align 8
  %25 = load i64, ptr %operands, align 8
  %cmp = icmp slt i64 %24, %25
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %26 = load ptr, ptr %buffers.addr, align 8
  %27 = load i64, ptr %i, align 8
  %arrayidx9 = getelementptr inbounds ptr, ptr %26, i64 %27
  %28 = load ptr, ptr %arrayidx9, align 8
  %29 = load ptr, ptr %loop, align 8
  %offsets = getelementptr inbounds %struct.Loop, ptr %29, i32 0, i32 7
  %30 = load ptr, ptr %offsets, align 8
  %31 = load i64, ptr %i, align 8
  %arrayidx10 = getelementptr inbounds i64, ptr %30, i64 %31
  %32 = load i64, ptr %arrayidx10, align 8
  %add.ptr11 = getelementptr inbounds i8, ptr %28, i64 %32
  %33 = load i64, ptr %i, align 8
  %arrayidx12 = getelementptr inbounds ptr, ptr %vla, i64 %33
  store ptr %add.ptr11, ptr %arrayidx12, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %34 = load i64, ptr %i, align 8
  %inc = add nsw i64 %34, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  %35 = load ptr, ptr %loop, align 8
  %serial = getelementptr inbounds %struct.Loop, ptr %35, i32 0, i32 13
  %36 = load i64, ptr %serial, align 8
  %tobool = icmp ne i64 %36, 0
  br i1 %tobool, label %if.then, label %if.end

if.then:                                          ; preds = %for.end
  store ptr @serial_for, ptr %parallel_for.addr, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %for.end
  %37 = load ptr, ptr %loop, align 8
  %threads = getelementptr inbounds %struct.Loop, ptr %37, i32 0, i32 12
  %38 = load ptr, ptr %threads, align 8
  %tobool13 = icmp ne ptr %38, null
  br i1 %tobool13, label %if.then14, label %if.end16

if.then14:                                        ; preds = %if.end
  %39 = load ptr, ptr %loop, align 8
  %threads15 = getelementptr inbounds %struct.Loop, ptr %39, i32 0, i32 12
  %40 = load ptr, ptr %threads15, align 8
  call void @dovetail_enter_one_thread(ptr noundef %40) #6
  br label %if.end16

if.end16:                                         ; preds = %if.then14, %if.end
  %41 = load ptr, ptr %loop, align 8
  %length = getelementptr inbounds %struct.Loop, ptr %41, i32 0, i32 0
  %42 = load i64, ptr %length, align 8
  %cmp17 = icmp slt i64 %42, 0
  %storedv = zext i1 %cmp17 to i8
  store i8 %storedv, ptr %until, align 1
  %43 = load ptr, ptr %loop, align 8
  %length18 = getelementptr inbounds %struct.Loop, ptr %43, i32 0, i32 0
  %44 = load i64, ptr %length18, align 8
  %45 = load i8, ptr %until, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %45 to i1
  %conv = zext i1 %loadedv to i64
  %add19 = add nsw i64 %44, %conv
  %rem = srem i64 %add19, 2
  %cmp20 = icmp eq i64 %rem, 1
  %storedv22 = zext i1 %cmp20 to i8
  store i8 %storedv22, ptr %to_outputs, align 1
  store i64 0, ptr %step, align 8
  br label %for.cond23

for.cond23:                                       ; preds = %for.inc125, %if.end16
  %46 = load i8, ptr %until, align 1, !range !5, !noundef !6
  %loadedv24 = trunc i8 %46 to i1
  br i1 %loadedv24, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.cond23
  %arrayidx26 = getelementptr inbounds ptr, ptr %vla, i64 0
  %47 = load ptr, ptr %arrayidx26, align 16
  %48 = load i8, ptr %47, align 1
  %conv27 = sext i8 %48 to i32
  %tobool28 = icmp ne i32 %conv27, 0
  br i1 %tobool28, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %cond.true
  %49 = load ptr, ptr %status, align 8
  %50 = load i64, ptr %49, align 8
  %tobool29 = icmp ne i64 %50, 0
  %lnot = xor i1 %tobool29, true
  br label %land.end

land.end:                                         ; preds = %land.rhs, %cond.true
  %51 = phi i1 [ false, %cond.true ], [ %lnot, %land.rhs ]
  %land.ext = zext i1 %51 to i32
  br label %cond.end

cond.false:                                       ; preds = %for.cond23
  %52 = load i64, ptr %step, align 8
  %53 = load ptr, ptr %loop, align 8
  %length30 = getelementptr inbounds %struct.Loop, ptr %53, i32 0, i32 0
  %54 = load i64, ptr %length30, align 8
  %cmp31 = icmp slt i64 %52, %54
  %conv32 = zext i1 %cmp31 to i32
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %land.end
  %cond = phi i32 [ %land.ext, %land.end ], [ %conv32, %cond.false ]
  %tobool33 = icmp ne i32 %cond, 0
  br i1 %tobool33, label %for.body34, label %for.end127

for.body34:                                       ; preds = %cond.end
  %55 = load ptr, ptr %loop, align 8
  %reverse = getelementptr inbounds %struct.Loop, ptr %55, i32 0, i32 1
  %56 = load i64, ptr %reverse, align 8
  %tobool35 = icmp ne i64 %56, 0
  br i1 %tobool35, label %cond.true36, label %cond.false39

cond.true36:                                      ; preds = %for.body34
  %57 = load ptr, ptr %loop, align 8
  %length37 = getelementptr inbounds %struct.Loop, ptr %57, i32 0, i32 0
  %58 = load i64, ptr %length37, align 8
  %sub = sub nsw i64 %58, 1
  %59 = load i64, ptr %step, align 8
  %sub38 = sub nsw i64 %sub, %59
  br label %cond.end40

cond.false39:                                     ; preds = %for.body34
  %60 = load i64, ptr %step, align 8
  br label %cond.end40

cond.end40:                                       ; preds = %cond.false39, %cond.true36
  %cond41 = phi i64 [ %sub38, %cond.true36 ], [ %60, %cond.false39 ]
  store i64 %cond41, ptr %at, align 8
  store i64 0, ptr %i42, align 8
  br label %for.cond43

for.cond43:                                       ; preds = %for.inc58, %cond.end40
  %61 = load i64, ptr %i42, align 8
  %62 = load ptr, ptr %loop, align 8
  %xs44 = getelementptr inbounds %struct.Loop, ptr %62, i32 0, i32 5
  %63 = load i64, ptr %xs44, align 8
  %cmp45 = icmp slt i64 %61, %63
  br i1 %cmp45, label %for.body47, label %for.end60

for.body47:                                       ; preds = %for.cond43
  %64 = load ptr, ptr %buffers.addr, align 8
  %65 = load i64, ptr %fixed, align 8
  %66 = load i64, ptr %i42, align 8
  %add48 = add nsw i64 %65, %66
  %arrayidx49 = getelementptr inbounds ptr, ptr %64, i64 %add48
  %67 = load ptr, ptr %arrayidx49, align 8
  %68 = load ptr, ptr %loop, align 8
  %offsets50 = getelementptr inbounds %struct.Loop, ptr %68, i32 0, i32 7
  %69 = load ptr, ptr %offsets50, align 8
  %70 = load i64, ptr %fixed, align 8
  %71 = load i64, ptr %i42, align 8
  %add51 = add nsw i64 %70, %71
  %arrayidx52 = getelementptr inbounds i64, ptr %69, i64 %add51
  %72 = load i64, ptr %arrayidx52, align 8
  %add.ptr53 = getelementptr inbounds i8, ptr %67, i64 %72
  %73 = load i64, ptr %at, align 8
  %74 = load ptr, ptr %loop, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %74, i32 0, i32 8
  %75 = load ptr, ptr %x_steps, align 8
  %76 = load i64, ptr %i42, align 8
  %arrayidx54 = getelementptr inbounds i64, ptr %75, i64 %76
  %77 = load i64, ptr %arrayidx54, align 8
  %mul = mul nsw i64 %73, %77
  %add.ptr55 = getelementptr inbounds i8, ptr %add.ptr53, i64 %mul
  %78 = load i64, ptr %fixed, align 8
  %79 = load i64, ptr %i42, align 8
  %add56 = add nsw i64 %78, %79
  %arrayidx57 = getelementptr inbounds ptr, ptr %vla, i64 %add56
  store ptr %add.ptr55, ptr %arrayidx57, align 8
  br label %for.inc58

for.inc58:                                        ; preds = %for.body47
  %80 = load i64, ptr %i42, align 8
  %inc59 = add nsw i64 %80, 1
  store i64 %inc59, ptr %i42, align 8
  br label %for.cond43, !llvm.loop !7

for.end60:                                        ; preds = %for.cond43
  %81 = load i64, ptr %operands, align 8
  store i64 %81, ptr %made, align 8
  store i64 0, ptr %i61, align 8
  br label %for.cond62

for.cond62:                                       ; preds = %for.inc81, %for.end60
  %82 = load i64, ptr %i61, align 8
  %83 = load i64, ptr %carries, align 8
  %cmp63 = icmp slt i64 %82, %83
  br i1 %cmp63, label %for.body65, label %for.end83

for.body65:                                       ; preds = %for.cond62
  %84 = load ptr, ptr %loop, align 8
  %alike = getelementptr inbounds %struct.Loop, ptr %84, i32 0, i32 11
  %85 = load ptr, ptr %alike, align 8
  %86 = load i64, ptr %i61, align 8
  %arrayidx66 = getelementptr inbounds i64, ptr %85, i64 %86
  %87 = load i64, ptr %arrayidx66, align 8
  %cmp67 = icmp slt i64 %87, 0
  br i1 %cmp67, label %if.then69, label %if.end80

if.then69:                                        ; preds = %for.body65
  %88 = load i8, ptr %to_outputs, align 1, !range !5, !noundef !6
  %loadedv70 = trunc i8 %88 to i1
  br i1 %loadedv70, label %cond.true72, label %cond.false74

cond.true72:                                      ; preds = %if.then69
  %89 = load ptr, ptr %outputs, align 8
  %90 = load i64, ptr %i61, align 8
  %arrayidx73 = getelementptr inbounds ptr, ptr %89, i64 %90
  %91 = load ptr, ptr %arrayidx73, align 8
  br label %cond.end76

cond.false74:                                     ; preds = %if.then69
  %92 = load ptr, ptr %others, align 8
  %93 = load i64, ptr %i61, align 8
  %arrayidx75 = getelementptr inbounds ptr, ptr %92, i64 %93
  %94 = load ptr, ptr %arrayidx75, align 8
  br label %cond.end76

cond.end76:                                       ; preds = %cond.false74, %cond.true72
  %cond77 = phi ptr [ %91, %cond.true72 ], [ %94, %cond.false74 ]
  %95 = load i64, ptr %made, align 8
  %inc78 = add nsw i64 %95, 1
  store i64 %inc78, ptr %made, align 8
  %arrayidx79 = getelementptr inbounds ptr, ptr %vla, i64 %95
  store ptr %cond77, ptr %arrayidx79, align 8
  br label %if.end80

if.end80:                                         ; preds = %cond.end76, %for.body65
  br label %for.inc81

for.inc81:                                        ; preds = %if.end80
  %96 = load i64, ptr %i61, align 8
  %inc82 = add nsw i64 %96, 1
  store i64 %inc82, ptr %i61, align 8
  br label %for.cond62, !llvm.loop !8

for.end83:                                        ; preds = %for.cond62
  store i64 0, ptr %i84, align 8
  br label %for.cond85

for.cond85:                                       ; preds = %for.inc96, %for.end83
  %97 = load i64, ptr %i84, align 8
  %98 = load ptr, ptr %loop, align 8
  %ys86 = getelementptr inbounds %struct.Loop, ptr %98, i32 0, i32 6
  %99 = load i64, ptr %ys86, align 8
  %cmp87 = icmp slt i64 %97, %99
  br i1 %cmp87, label %for.body89, label %for.end98

for.body89:                                       ; preds = %for.cond85
  %100 = load ptr, ptr %ys, align 8
  %101 = load i64, ptr %i84, align 8
  %arrayidx90 = getelementptr inbounds ptr, ptr %100, i64 %101
  %102 = load ptr, ptr %arrayidx90, align 8
  %103 = load i64, ptr %at, align 8
  %104 = load ptr, ptr %loop, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %104, i32 0, i32 9
  %105 = load ptr, ptr %y_steps, align 8
  %106 = load i64, ptr %i84, align 8
  %arrayidx91 = getelementptr inbounds i64, ptr %105, i64 %106
  %107 = load i64, ptr %arrayidx91, align 8
  %mul92 = mul nsw i64 %103, %107
  %add.ptr93 = getelementptr inbounds i8, ptr %102, i64 %mul92
  %108 = load i64, ptr %made, align 8
  %109 = load i64, ptr %i84, align 8
  %add94 = add nsw i64 %108, %109
  %arrayidx95 = getelementptr inbounds ptr, ptr %vla, i64 %add94
  store ptr %add.ptr93, ptr %arrayidx95, align 8
  br label %for.inc96

for.inc96:                                        ; preds = %for.body89
  %110 = load i64, ptr %i84, align 8
  %inc97 = add nsw i64 %110, 1
  store i64 %inc97, ptr %i84, align 8
  br label %for.cond85, !llvm.loop !9

for.end98:                                        ; preds = %for.cond85
  %111 = load ptr, ptr %loop, align 8
  %program = getelementptr inbounds %struct.Loop, ptr %111, i32 0, i32 2
  %112 = load ptr, ptr %program, align 8
  %113 = load ptr, ptr %scalars.addr, align 8
  %114 = load ptr, ptr %parallel_for.addr, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %112, ptr noundef %vla, ptr noundef %113, ptr noundef %114) #6
  %115 = load ptr, ptr %status, align 8
  %116 = load i64, ptr %115, align 8
  %or = or i64 %116, %call
  store i64 %or, ptr %115, align 8
  %117 = load i64, ptr %operands, align 8
  store i64 %117, ptr %next, align 8
  store i64 0, ptr %i99, align 8
  br label %for.cond100

for.cond100:                                      ; preds = %for.inc119, %for.end98
  %118 = load i64, ptr %i99, align 8
  %119 = load i64, ptr %carries, align 8
  %cmp101 = icmp slt i64 %118, %119
  br i1 %cmp101, label %for.body103, label %for.end121

for.body103:                                      ; preds = %for.cond100
  %120 = load ptr, ptr %loop, align 8
  %alike104 = getelementptr inbounds %struct.Loop, ptr %120, i32 0, i32 11
  %121 = load ptr, ptr %alike104, align 8
  %122 = load i64, ptr %i99, align 8
  %arrayidx105 = getelementptr inbounds i64, ptr %121, i64 %122
  %123 = load i64, ptr %arrayidx105, align 8
  %cmp106 = icmp slt i64 %123, 0
  br i1 %cmp106, label %cond.true108, label %cond.false111

cond.true108:                                     ; preds = %for.body103
  %124 = load i64, ptr %next, align 8
  %inc109 = add nsw i64 %124, 1
  store i64 %inc109, ptr %next, align 8
  %arrayidx110 = getelementptr inbounds ptr, ptr %vla, i64 %124
  %125 = load ptr, ptr %arrayidx110, align 8
  br label %cond.end116

cond.false111:                                    ; preds = %for.body103
  %126 = load i64, ptr %made, align 8
  %127 = load ptr, ptr %loop, align 8
  %alike112 = getelementptr inbounds %struct.Loop, ptr %127, i32 0, i32 11
  %128 = load ptr, ptr %alike112, align 8
  %129 = load i64, ptr %i99, align 8
  %arrayidx113 = getelementptr inbounds i64, ptr %128, i64 %129
  %130 = load i64, ptr %arrayidx113, align 8
  %add114 = add nsw i64 %126, %130
  %arrayidx115 = getelementptr inbounds ptr, ptr %vla, i64 %add114
  %131 = load ptr, ptr %arrayidx115, align 8
  br label %cond.end116

cond.end116:                                      ; preds = %cond.false111, %cond.true108
  %cond117 = phi ptr [ %125, %cond.true108 ], [ %131, %cond.false111 ]
  %132 = load i64, ptr %i99, align 8
  %arrayidx118 = getelementptr inbounds ptr, ptr %vla, i64 %132
  store ptr %cond117, ptr %arrayidx118, align 8
  br label %for.inc119

for.inc119:                                       ; preds = %cond.end116
  %133 = load i64, ptr %i99, align 8
  %inc120 = add nsw i64 %133, 1
  store i64 %inc120, ptr %i99, align 8
  br label %for.cond100, !llvm.loop !10

for.end121:                                       ; preds = %for.cond100
  %134 = load i8, ptr %to_outputs, align 1, !range !5, !noundef !6
  %loadedv122 = trunc i8 %134 to i1
  %lnot123 = xor i1 %loadedv122, true
  %storedv124 = zext i1 %lnot123 to i8
  store i8 %storedv124, ptr %to_outputs, align 1
  br label %for.inc125

for.inc125:                                       ; preds = %for.end121
  %135 = load i64, ptr %step, align 8
  %inc126 = add nsw i64 %135, 1
  store i64 %inc126, ptr %step, align 8
  br label %for.cond23, !llvm.loop !11

for.end127:                                       ; preds = %cond.end
  store i64 0, ptr %i128, align 8
  br label %for.cond129

for.cond129:                                      ; preds = %for.inc142, %for.end127
  %136 = load i64, ptr %i128, align 8
  %137 = load i64, ptr %carries, align 8
  %cmp130 = icmp slt i64 %136, %137
  br i1 %cmp130, label %for.body132, label %for.end144

for.body132:                                      ; preds = %for.cond129
  %138 = load i64, ptr %i128, align 8
  %arrayidx133 = getelementptr inbounds ptr, ptr %vla, i64 %138
  %139 = load ptr, ptr %arrayidx133, align 8
  %140 = load ptr, ptr %outputs, align 8
  %141 = load i64, ptr %i128, align 8
  %arrayidx134 = getelementptr inbounds ptr, ptr %140, i64 %141
  %142 = load ptr, ptr %arrayidx134, align 8
  %cmp135 = icmp ne ptr %139, %142
  br i1 %cmp135, label %if.then137, label %if.end141

if.then137:                                       ; preds = %for.body132
  %143 = load ptr, ptr %outputs, align 8
  %144 = load i64, ptr %i128, align 8
  %arrayidx138 = getelementptr inbounds ptr, ptr %143, i64 %144
  %145 = load ptr, ptr %arrayidx138, align 8
  %146 = load i64, ptr %i128, align 8
  %arrayidx139 = getelementptr inbounds ptr, ptr %vla, i64 %146
  %147 = load ptr, ptr %arrayidx139, align 8
  %148 = load ptr, ptr %loop, align 8
  %bytes = getelementptr inbounds %struct.Loop, ptr %148, i32 0, i32 10
  %149 = load ptr, ptr %bytes, align 8
  %150 = load i64, ptr %i128, align 8
  %arrayidx140 = getelementptr inbounds i64, ptr %149, i64 %150
  %151 = load i64, ptr %arrayidx140, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %145, ptr align 1 %147, i64 %151, i1 false)
  br label %if.end141

if.end141:                                        ; preds = %if.then137, %for.body132
  br label %for.inc142

for.inc142:                                       ; preds = %if.end141
  %152 = load i64, ptr %i128, align 8
  %inc143 = add nsw i64 %152, 1
  store i64 %inc143, ptr %i128, align 8
  br label %for.cond129, !llvm.loop !12

for.end144:                                       ; preds = %for.cond129
  %153 = load ptr, ptr %loop, align 8
  %threads145 = getelementptr inbounds %struct.Loop, ptr %153, i32 0, i32 12
  %154 = load ptr, ptr %threads145, align 8
  %tobool146 = icmp ne ptr %154, null
  br i1 %tobool146, label %if.then147, label %if.end149

if.then147:                                       ; preds = %for.end144
  %155 = load ptr, ptr %loop, align 8
  %threads148 = getelementptr inbounds %struct.Loop, ptr %155, i32 0, i32 12
  %156 = load ptr, ptr %threads148, align 8
  call void @dovetail_leave_one_thread(ptr noundef %156) #6
  br label %if.end149

if.end149:                                        ; preds = %if.then147, %for.end144
  %157 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %157)
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #1

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
  call void %2(ptr noundef %3, i64 noundef %4) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !13

for.end:                                          ; preds = %for.cond
  ret void
}

declare void @dovetail_enter_one_thread(ptr noundef)

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #4

declare void @dovetail_leave_one_thread(ptr noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #1

; Function Attrs: nounwind
define void @dovetail_multiply(ptr noundef %buffers, ptr noundef %words, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %words.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %p = alloca ptr, align 8
  %size = alloca i64, align 8
  %sizes64 = alloca [5 x i64], align 16
  %sizes32 = alloca [5 x i32], align 16
  %sizes = alloca [5 x ptr], align 16
  %i = alloca i64, align 8
  %floats = alloca [2 x float], align 4
  %doubles = alloca [2 x double], align 16
  %zero = alloca ptr, align 8
  %one = alloca ptr, align 8
  %i55 = alloca i64, align 8
  %a = alloca ptr, align 8
  %b = alloca ptr, align 8
  %c = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %words.addr, align 8
  store ptr %0, ptr %p, align 8
  %1 = load ptr, ptr %p, align 8
  %is_double = getelementptr inbounds %struct.Product, ptr %1, i32 0, i32 2
  %2 = load i64, ptr %is_double, align 8
  %tobool = icmp ne i64 %2, 0
  %3 = zext i1 %tobool to i64
  %cond = select i1 %tobool, i32 8, i32 4
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %size, align 8
  %4 = load ptr, ptr %p, align 8
  %rows = getelementptr inbounds %struct.Product, ptr %4, i32 0, i32 4
  %5 = load i64, ptr %rows, align 8
  store i64 %5, ptr %sizes64, align 8
  %arrayinit.element = getelementptr inbounds i64, ptr %sizes64, i64 1
  %6 = load ptr, ptr %p, align 8
  %columns = getelementptr inbounds %struct.Product, ptr %6, i32 0, i32 5
  %7 = load i64, ptr %columns, align 8
  store i64 %7, ptr %arrayinit.element, align 8
  %arrayinit.element1 = getelementptr inbounds i64, ptr %sizes64, i64 2
  %8 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %inner, align 8
  store i64 %9, ptr %arrayinit.element1, align 8
  %arrayinit.element2 = getelementptr inbounds i64, ptr %sizes64, i64 3
  %10 = load ptr, ptr %p, align 8
  %first_stride = getelementptr inbounds %struct.Product, ptr %10, i32 0, i32 13
  %11 = load i64, ptr %first_stride, align 8
  store i64 %11, ptr %arrayinit.element2, align 8
  %arrayinit.element3 = getelementptr inbounds i64, ptr %sizes64, i64 4
  %12 = load ptr, ptr %p, align 8
  %second_stride = getelementptr inbounds %struct.Product, ptr %12, i32 0, i32 14
  %13 = load i64, ptr %second_stride, align 8
  store i64 %13, ptr %arrayinit.element3, align 8
  %14 = load ptr, ptr %p, align 8
  %rows4 = getelementptr inbounds %struct.Product, ptr %14, i32 0, i32 4
  %15 = load i64, ptr %rows4, align 8
  %conv5 = trunc i64 %15 to i32
  store i32 %conv5, ptr %sizes32, align 4
  %arrayinit.element6 = getelementptr inbounds i32, ptr %sizes32, i64 1
  %16 = load ptr, ptr %p, align 8
  %columns7 = getelementptr inbounds %struct.Product, ptr %16, i32 0, i32 5
  %17 = load i64, ptr %columns7, align 8
  %conv8 = trunc i64 %17 to i32
  store i32 %conv8, ptr %arrayinit.element6, align 4
  %arrayinit.element9 = getelementptr inbounds i32, ptr %sizes32, i64 2
  %18 = load ptr, ptr %p, align 8
  %inner10 = getelementptr inbounds %struct.Product, ptr %18, i32 0, i32 6
  %19 = load i64, ptr %inner10, align 8
  %conv11 = trunc i64 %19 to i32
  store i32 %conv11, ptr %arrayinit.element9, align 4
  %arrayinit.element12 = getelementptr inbounds i32, ptr %sizes32, i64 3
  %20 = load ptr, ptr %p, align 8
  %first_stride13 = getelementptr inbounds %struct.Product, ptr %20, i32 0, i32 13
  %21 = load i64, ptr %first_stride13, align 8
  %conv14 = trunc i64 %21 to i32
  store i32 %conv14, ptr %arrayinit.element12, align 4
  %arrayinit.element15 = getelementptr inbounds i32, ptr %sizes32, i64 4
  %22 = load ptr, ptr %p, align 8
  %second_stride16 = getelementptr inbounds %struct.Product, ptr %22, i32 0, i32 14
  %23 = load i64, ptr %second_stride16, align 8
  %conv17 = trunc i64 %23 to i32
  store i32 %conv17, ptr %arrayinit.element15, align 4
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %24 = load i64, ptr %i, align 8
  %cmp = icmp slt i64 %24, 5
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %25 = load ptr, ptr %p, align 8
  %wide = getelementptr inbounds %struct.Product, ptr %25, i32 0, i32 1
  %26 = load i64, ptr %wide, align 8
  %tobool19 = icmp ne i64 %26, 0
  br i1 %tobool19, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %27 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds [5 x i64], ptr %sizes64, i64 0, i64 %27
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %28 = load i64, ptr %i, align 8
  %arrayidx20 = getelementptr inbounds [5 x i32], ptr %sizes32, i64 0, i64 %28
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond21 = phi ptr [ %arrayidx, %cond.true ], [ %arrayidx20, %cond.false ]
  %29 = load i64, ptr %i, align 8
  %arrayidx22 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 %29
  store ptr %cond21, ptr %arrayidx22, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end
  %30 = load i64, ptr %i, align 8
  %inc = add nsw i64 %30, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !14

for.end:                                          ; preds = %for.cond
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %floats, ptr align 4 @__const.dovetail_multiply.floats, i64 8, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %doubles, ptr align 16 @__const.dovetail_multiply.doubles, i64 16, i1 false)
  %31 = load ptr, ptr %p, align 8
  %is_double23 = getelementptr inbounds %struct.Product, ptr %31, i32 0, i32 2
  %32 = load i64, ptr %is_double23, align 8
  %tobool24 = icmp ne i64 %32, 0
  br i1 %tobool24, label %cond.true25, label %cond.false27

cond.true25:                                      ; preds = %for.end
  %arrayidx26 = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 0
  br label %cond.end29

cond.false27:                                     ; preds = %for.end
  %arrayidx28 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 0
  br label %cond.end29

cond.end29:                                       ; preds = %cond.false27, %cond.true25
  %cond30 = phi ptr [ %arrayidx26, %cond.true25 ], [ %arrayidx28, %cond.false27 ]
  store ptr %cond30, ptr %zero, align 8
  %33 = load ptr, ptr %p, align 8
  %is_double31 = getelementptr inbounds %struct.Product, ptr %33, i32 0, i32 2
  %34 = load i64, ptr %is_double31, align 8
  %tobool32 = icmp ne i64 %34, 0
  br i1 %tobool32, label %cond.true33, label %cond.false35

cond.true33:                                      ; preds = %cond.end29
  %arrayidx34 = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 1
  br label %cond.end37

cond.false35:                                     ; preds = %cond.end29
  %arrayidx36 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 1
  br label %cond.end37

cond.end37:                                       ; preds = %cond.false35, %cond.true33
  %cond38 = phi ptr [ %arrayidx34, %cond.true33 ], [ %arrayidx36, %cond.false35 ]
  store ptr %cond38, ptr %one, align 8
  %35 = load ptr, ptr %p, align 8
  %rows39 = getelementptr inbounds %struct.Product, ptr %35, i32 0, i32 4
  %36 = load i64, ptr %rows39, align 8
  %cmp40 = icmp eq i64 %36, 0
  br i1 %cmp40, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %cond.end37
  %37 = load ptr, ptr %p, align 8
  %columns42 = getelementptr inbounds %struct.Product, ptr %37, i32 0, i32 5
  %38 = load i64, ptr %columns42, align 8
  %cmp43 = icmp eq i64 %38, 0
  br i1 %cmp43, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %cond.end37
  br label %for.end87

if.end:                                           ; preds = %lor.lhs.false
  %39 = load ptr, ptr %p, align 8
  %inner45 = getelementptr inbounds %struct.Product, ptr %39, i32 0, i32 6
  %40 = load i64, ptr %inner45, align 8
  %cmp46 = icmp eq i64 %40, 0
  br i1 %cmp46, label %if.then48, label %if.end54

if.then48:                                        ; preds = %if.end
  %41 = load ptr, ptr %buffers.addr, align 8
  %arrayidx49 = getelementptr inbounds ptr, ptr %41, i64 2
  %42 = load ptr, ptr %arrayidx49, align 8
  %43 = load ptr, ptr %p, align 8
  %count = getelementptr inbounds %struct.Product, ptr %43, i32 0, i32 3
  %44 = load i64, ptr %count, align 8
  %45 = load ptr, ptr %p, align 8
  %rows50 = getelementptr inbounds %struct.Product, ptr %45, i32 0, i32 4
  %46 = load i64, ptr %rows50, align 8
  %mul = mul nsw i64 %44, %46
  %47 = load ptr, ptr %p, align 8
  %columns51 = getelementptr inbounds %struct.Product, ptr %47, i32 0, i32 5
  %48 = load i64, ptr %columns51, align 8
  %mul52 = mul nsw i64 %mul, %48
  %49 = load i64, ptr %size, align 8
  %mul53 = mul nsw i64 %mul52, %49
  call void @llvm.memset.p0.i64(ptr align 1 %42, i8 0, i64 %mul53, i1 false)
  br label %for.end87

if.end54:                                         ; preds = %if.end
  store i64 0, ptr %i55, align 8
  br label %for.cond56

for.cond56:                                       ; preds = %for.inc85, %if.end54
  %50 = load i64, ptr %i55, align 8
  %51 = load ptr, ptr %p, align 8
  %count57 = getelementptr inbounds %struct.Product, ptr %51, i32 0, i32 3
  %52 = load i64, ptr %count57, align 8
  %cmp58 = icmp slt i64 %50, %52
  br i1 %cmp58, label %for.body60, label %for.end87

for.body60:                                       ; preds = %for.cond56
  %53 = load ptr, ptr %buffers.addr, align 8
  %arrayidx61 = getelementptr inbounds ptr, ptr %53, i64 0
  %54 = load ptr, ptr %arrayidx61, align 8
  %55 = load ptr, ptr %p, align 8
  %first_offset = getelementptr inbounds %struct.Product, ptr %55, i32 0, i32 7
  %56 = load i64, ptr %first_offset, align 8
  %add.ptr = getelementptr inbounds i8, ptr %54, i64 %56
  %57 = load i64, ptr %i55, align 8
  %58 = load ptr, ptr %p, align 8
  %first_step = getelementptr inbounds %struct.Product, ptr %58, i32 0, i32 9
  %59 = load i64, ptr %first_step, align 8
  %mul62 = mul nsw i64 %57, %59
  %add.ptr63 = getelementptr inbounds i8, ptr %add.ptr, i64 %mul62
  store ptr %add.ptr63, ptr %a, align 8
  %60 = load ptr, ptr %buffers.addr, align 8
  %arrayidx64 = getelementptr inbounds ptr, ptr %60, i64 1
  %61 = load ptr, ptr %arrayidx64, align 8
  %62 = load ptr, ptr %p, align 8
  %second_offset = getelementptr inbounds %struct.Product, ptr %62, i32 0, i32 8
  %63 = load i64, ptr %second_offset, align 8
  %add.ptr65 = getelementptr inbounds i8, ptr %61, i64 %63
  %64 = load i64, ptr %i55, align 8
  %65 = load ptr, ptr %p, align 8
  %second_step = getelementptr inbounds %struct.Product, ptr %65, i32 0, i32 10
  %66 = load i64, ptr %second_step, align 8
  %mul66 = mul nsw i64 %64, %66
  %add.ptr67 = getelementptr inbounds i8, ptr %add.ptr65, i64 %mul66
  store ptr %add.ptr67, ptr %b, align 8
  %67 = load ptr, ptr %buffers.addr, align 8
  %arrayidx68 = getelementptr inbounds ptr, ptr %67, i64 2
  %68 = load ptr, ptr %arrayidx68, align 8
  %69 = load i64, ptr %i55, align 8
  %70 = load ptr, ptr %p, align 8
  %rows69 = getelementptr inbounds %struct.Product, ptr %70, i32 0, i32 4
  %71 = load i64, ptr %rows69, align 8
  %mul70 = mul nsw i64 %69, %71
  %72 = load ptr, ptr %p, align 8
  %columns71 = getelementptr inbounds %struct.Product, ptr %72, i32 0, i32 5
  %73 = load i64, ptr %columns71, align 8
  %mul72 = mul nsw i64 %mul70, %73
  %74 = load i64, ptr %size, align 8
  %mul73 = mul nsw i64 %mul72, %74
  %add.ptr74 = getelementptr inbounds i8, ptr %68, i64 %mul73
  store ptr %add.ptr74, ptr %c, align 8
  %75 = load ptr, ptr %p, align 8
  %multiply = getelementptr inbounds %struct.Product, ptr %75, i32 0, i32 0
  %76 = load ptr, ptr %multiply, align 8
  %77 = load ptr, ptr %p, align 8
  %second_transposed = getelementptr inbounds %struct.Product, ptr %77, i32 0, i32 12
  %78 = load i64, ptr %second_transposed, align 8
  %tobool75 = icmp ne i64 %78, 0
  %79 = zext i1 %tobool75 to i64
  %cond76 = select i1 %tobool75, ptr @.str, ptr @.str.1
  %80 = load ptr, ptr %p, align 8
  %first_transposed = getelementptr inbounds %struct.Product, ptr %80, i32 0, i32 11
  %81 = load i64, ptr %first_transposed, align 8
  %tobool77 = icmp ne i64 %81, 0
  %82 = zext i1 %tobool77 to i64
  %cond78 = select i1 %tobool77, ptr @.str, ptr @.str.1
  %arrayidx79 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 1
  %83 = load ptr, ptr %arrayidx79, align 8
  %arrayidx80 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 0
  %84 = load ptr, ptr %arrayidx80, align 16
  %arrayidx81 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 2
  %85 = load ptr, ptr %arrayidx81, align 16
  %86 = load ptr, ptr %one, align 8
  %87 = load ptr, ptr %b, align 8
  %arrayidx82 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 4
  %88 = load ptr, ptr %arrayidx82, align 16
  %89 = load ptr, ptr %a, align 8
  %arrayidx83 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 3
  %90 = load ptr, ptr %arrayidx83, align 8
  %91 = load ptr, ptr %zero, align 8
  %92 = load ptr, ptr %c, align 8
  %arrayidx84 = getelementptr inbounds [5 x ptr], ptr %sizes, i64 0, i64 1
  %93 = load ptr, ptr %arrayidx84, align 8
  call void %76(ptr noundef %cond76, ptr noundef %cond78, ptr noundef %83, ptr noundef %84, ptr noundef %85, ptr noundef %86, ptr noundef %87, ptr noundef %88, ptr noundef %89, ptr noundef %90, ptr noundef %91, ptr noundef %92, ptr noundef %93) #6
  br label %for.inc85

for.inc85:                                        ; preds = %for.body60
  %94 = load i64, ptr %i55, align 8
  %inc86 = add nsw i64 %94, 1
  store i64 %inc86, ptr %i55, align 8
  br label %for.cond56, !llvm.loop !15

for.end87:                                        ; preds = %if.then, %if.then48, %for.cond56
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #5

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nosync nounwind willreturn }
attributes #2 = { inlinehint nounwind }
attributes #4 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #5 = { nocallback nofree nounwind willreturn memory(argmem: write) }
attributes #6 = { nobuiltin }

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
