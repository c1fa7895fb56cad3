; Made of loop.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: a20e35d88d645584eec55e674fa76e055685da96f76b6967e0e0c475b799309c

%struct.Steps = type { ptr, ptr, ptr, i64 }
%struct.Loop = type { i64, i64, ptr, i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64, i64 }
%struct.Multiplication = type { ptr, ptr, ptr, ptr, i64, i64 }
%struct.Product = type { ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64 }

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
  %steps = alloca %struct.Steps, align 8
  %cleanup.dest.slot = alloca i32, align 4
  %until = alloca i8, align 1
  %to_outputs = alloca i8, align 1
  %step = alloca i64, align 8
  %at = alloca i64, align 8
  %i58 = alloca i64, align 8
  %made = alloca i64, align 8
  %i77 = alloca i64, align 8
  %i100 = alloca i64, align 8
  %next = alloca i64, align 8
  %i116 = alloca i64, align 8
  %i145 = alloca i64, align 8
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
  br i1 %tobool, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %for.end
  %37 = load ptr, ptr %loop, align 8
  %independent = getelementptr inbounds %struct.Loop, ptr %37, i32 0, i32 14
  %38 = load i64, ptr %independent, align 8
  %tobool13 = icmp ne i64 %38, 0
  br i1 %tobool13, label %if.end, label %if.then

if.then:                                          ; preds = %land.lhs.true
  store ptr @serial_for, ptr %parallel_for.addr, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %land.lhs.true, %for.end
  %39 = load ptr, ptr %loop, align 8
  %threads = getelementptr inbounds %struct.Loop, ptr %39, i32 0, i32 12
  %40 = load ptr, ptr %threads, align 8
  %tobool14 = icmp ne ptr %40, null
  br i1 %tobool14, label %if.then15, label %if.end17

if.then15:                                        ; preds = %if.end
  %41 = load ptr, ptr %loop, align 8
  %threads16 = getelementptr inbounds %struct.Loop, ptr %41, i32 0, i32 12
  %42 = load ptr, ptr %threads16, align 8
  call void @dovetail_enter_one_thread(ptr noundef %42) #6
  br label %if.end17

if.end17:                                         ; preds = %if.then15, %if.end
  %43 = load ptr, ptr %loop, align 8
  %independent18 = getelementptr inbounds %struct.Loop, ptr %43, i32 0, i32 14
  %44 = load i64, ptr %independent18, align 8
  %tobool19 = icmp ne i64 %44, 0
  br i1 %tobool19, label %if.then20, label %if.end31

if.then20:                                        ; preds = %if.end17
  %loop21 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 0
  %45 = load ptr, ptr %loop, align 8
  store ptr %45, ptr %loop21, align 8
  %buffers22 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 1
  %46 = load ptr, ptr %buffers.addr, align 8
  store ptr %46, ptr %buffers22, align 8
  %scalars23 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 2
  %47 = load ptr, ptr %scalars.addr, align 8
  store ptr %47, ptr %scalars23, align 8
  %status24 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 3
  store i64 0, ptr %status24, align 8
  %48 = load ptr, ptr %parallel_for.addr, align 8
  %49 = load ptr, ptr %loop, align 8
  %length = getelementptr inbounds %struct.Loop, ptr %49, i32 0, i32 0
  %50 = load i64, ptr %length, align 8
  call void %48(ptr noundef @run_step, ptr noundef %steps, i64 noundef %50) #6
  %status25 = getelementptr inbounds %struct.Steps, ptr %steps, i32 0, i32 3
  %atomic-load = load atomic i64, ptr %status25 seq_cst, align 8
  %51 = load ptr, ptr %status, align 8
  %52 = load i64, ptr %51, align 8
  %or = or i64 %52, %atomic-load
  store i64 %or, ptr %51, align 8
  %53 = load ptr, ptr %loop, align 8
  %threads26 = getelementptr inbounds %struct.Loop, ptr %53, i32 0, i32 12
  %54 = load ptr, ptr %threads26, align 8
  %tobool27 = icmp ne ptr %54, null
  br i1 %tobool27, label %if.then28, label %if.end30

if.then28:                                        ; preds = %if.then20
  %55 = load ptr, ptr %loop, align 8
  %threads29 = getelementptr inbounds %struct.Loop, ptr %55, i32 0, i32 12
  %56 = load ptr, ptr %threads29, align 8
  call void @dovetail_leave_one_thread(ptr noundef %56) #6
  br label %if.end30

if.end30:                                         ; preds = %if.then28, %if.then20
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end31:                                         ; preds = %if.end17
  %57 = load ptr, ptr %loop, align 8
  %length32 = getelementptr inbounds %struct.Loop, ptr %57, i32 0, i32 0
  %58 = load i64, ptr %length32, align 8
  %cmp33 = icmp slt i64 %58, 0
  %storedv = zext i1 %cmp33 to i8
  store i8 %storedv, ptr %until, align 1
  %59 = load ptr, ptr %loop, align 8
  %length34 = getelementptr inbounds %struct.Loop, ptr %59, i32 0, i32 0
  %60 = load i64, ptr %length34, align 8
  %61 = load i8, ptr %until, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %61 to i1
  %conv = zext i1 %loadedv to i64
  %add35 = add nsw i64 %60, %conv
  %rem = srem i64 %add35, 2
  %cmp36 = icmp eq i64 %rem, 1
  %storedv38 = zext i1 %cmp36 to i8
  store i8 %storedv38, ptr %to_outputs, align 1
  store i64 0, ptr %step, align 8
  br label %for.cond39

for.cond39:                                       ; preds = %for.inc142, %if.end31
  %62 = load i8, ptr %until, align 1, !range !5, !noundef !6
  %loadedv40 = trunc i8 %62 to i1
  br i1 %loadedv40, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.cond39
  %arrayidx42 = getelementptr inbounds ptr, ptr %vla, i64 0
  %63 = load ptr, ptr %arrayidx42, align 16
  %64 = load i8, ptr %63, align 1
  %conv43 = sext i8 %64 to i32
  %tobool44 = icmp ne i32 %conv43, 0
  br i1 %tobool44, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %cond.true
  %65 = load ptr, ptr %status, align 8
  %66 = load i64, ptr %65, align 8
  %tobool45 = icmp ne i64 %66, 0
  %lnot = xor i1 %tobool45, true
  br label %land.end

land.end:                                         ; preds = %land.rhs, %cond.true
  %67 = phi i1 [ false, %cond.true ], [ %lnot, %land.rhs ]
  %land.ext = zext i1 %67 to i32
  br label %cond.end

cond.false:                                       ; preds = %for.cond39
  %68 = load i64, ptr %step, align 8
  %69 = load ptr, ptr %loop, align 8
  %length46 = getelementptr inbounds %struct.Loop, ptr %69, i32 0, i32 0
  %70 = load i64, ptr %length46, align 8
  %cmp47 = icmp slt i64 %68, %70
  %conv48 = zext i1 %cmp47 to i32
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %land.end
  %cond = phi i32 [ %land.ext, %land.end ], [ %conv48, %cond.false ]
  %tobool49 = icmp ne i32 %cond, 0
  br i1 %tobool49, label %for.body50, label %for.end144

for.body50:                                       ; preds = %cond.end
  %71 = load ptr, ptr %loop, align 8
  %reverse = getelementptr inbounds %struct.Loop, ptr %71, i32 0, i32 1
  %72 = load i64, ptr %reverse, align 8
  %tobool51 = icmp ne i64 %72, 0
  br i1 %tobool51, label %cond.true52, label %cond.false55

cond.true52:                                      ; preds = %for.body50
  %73 = load ptr, ptr %loop, align 8
  %length53 = getelementptr inbounds %struct.Loop, ptr %73, i32 0, i32 0
  %74 = load i64, ptr %length53, align 8
  %sub = sub nsw i64 %74, 1
  %75 = load i64, ptr %step, align 8
  %sub54 = sub nsw i64 %sub, %75
  br label %cond.end56

cond.false55:                                     ; preds = %for.body50
  %76 = load i64, ptr %step, align 8
  br label %cond.end56

cond.end56:                                       ; preds = %cond.false55, %cond.true52
  %cond57 = phi i64 [ %sub54, %cond.true52 ], [ %76, %cond.false55 ]
  store i64 %cond57, ptr %at, align 8
  store i64 0, ptr %i58, align 8
  br label %for.cond59

for.cond59:                                       ; preds = %for.inc74, %cond.end56
  %77 = load i64, ptr %i58, align 8
  %78 = load ptr, ptr %loop, align 8
  %xs60 = getelementptr inbounds %struct.Loop, ptr %78, i32 0, i32 5
  %79 = load i64, ptr %xs60, align 8
  %cmp61 = icmp slt i64 %77, %79
  br i1 %cmp61, label %for.body63, label %for.end76

for.body63:                                       ; preds = %for.cond59
  %80 = load ptr, ptr %buffers.addr, align 8
  %81 = load i64, ptr %fixed, align 8
  %82 = load i64, ptr %i58, align 8
  %add64 = add nsw i64 %81, %82
  %arrayidx65 = getelementptr inbounds ptr, ptr %80, i64 %add64
  %83 = load ptr, ptr %arrayidx65, align 8
  %84 = load ptr, ptr %loop, align 8
  %offsets66 = getelementptr inbounds %struct.Loop, ptr %84, i32 0, i32 7
  %85 = load ptr, ptr %offsets66, align 8
  %86 = load i64, ptr %fixed, align 8
  %87 = load i64, ptr %i58, align 8
  %add67 = add nsw i64 %86, %87
  %arrayidx68 = getelementptr inbounds i64, ptr %85, i64 %add67
  %88 = load i64, ptr %arrayidx68, align 8
  %add.ptr69 = getelementptr inbounds i8, ptr %83, i64 %88
  %89 = load i64, ptr %at, align 8
  %90 = load ptr, ptr %loop, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %90, i32 0, i32 8
  %91 = load ptr, ptr %x_steps, align 8
  %92 = load i64, ptr %i58, align 8
  %arrayidx70 = getelementptr inbounds i64, ptr %91, i64 %92
  %93 = load i64, ptr %arrayidx70, align 8
  %mul = mul nsw i64 %89, %93
  %add.ptr71 = getelementptr inbounds i8, ptr %add.ptr69, i64 %mul
  %94 = load i64, ptr %fixed, align 8
  %95 = load i64, ptr %i58, align 8
  %add72 = add nsw i64 %94, %95
  %arrayidx73 = getelementptr inbounds ptr, ptr %vla, i64 %add72
  store ptr %add.ptr71, ptr %arrayidx73, align 8
  br label %for.inc74

for.inc74:                                        ; preds = %for.body63
  %96 = load i64, ptr %i58, align 8
  %inc75 = add nsw i64 %96, 1
  store i64 %inc75, ptr %i58, align 8
  br label %for.cond59, !llvm.loop !7

for.end76:                                        ; preds = %for.cond59
  %97 = load i64, ptr %operands, align 8
  store i64 %97, ptr %made, align 8
  store i64 0, ptr %i77, align 8
  br label %for.cond78

for.cond78:                                       ; preds = %for.inc97, %for.end76
  %98 = load i64, ptr %i77, align 8
  %99 = load i64, ptr %carries, align 8
  %cmp79 = icmp slt i64 %98, %99
  br i1 %cmp79, label %for.body81, label %for.end99

for.body81:                                       ; preds = %for.cond78
  %100 = load ptr, ptr %loop, align 8
  %alike = getelementptr inbounds %struct.Loop, ptr %100, i32 0, i32 11
  %101 = load ptr, ptr %alike, align 8
  %102 = load i64, ptr %i77, align 8
  %arrayidx82 = getelementptr inbounds i64, ptr %101, i64 %102
  %103 = load i64, ptr %arrayidx82, align 8
  %cmp83 = icmp slt i64 %103, 0
  br i1 %cmp83, label %if.then85, label %if.end96

if.then85:                                        ; preds = %for.body81
  %104 = load i8, ptr %to_outputs, align 1, !range !5, !noundef !6
  %loadedv86 = trunc i8 %104 to i1
  br i1 %loadedv86, label %cond.true88, label %cond.false90

cond.true88:                                      ; preds = %if.then85
  %105 = load ptr, ptr %outputs, align 8
  %106 = load i64, ptr %i77, align 8
  %arrayidx89 = getelementptr inbounds ptr, ptr %105, i64 %106
  %107 = load ptr, ptr %arrayidx89, align 8
  br label %cond.end92

cond.false90:                                     ; preds = %if.then85
  %108 = load ptr, ptr %others, align 8
  %109 = load i64, ptr %i77, align 8
  %arrayidx91 = getelementptr inbounds ptr, ptr %108, i64 %109
  %110 = load ptr, ptr %arrayidx91, align 8
  br label %cond.end92

cond.end92:                                       ; preds = %cond.false90, %cond.true88
  %cond93 = phi ptr [ %107, %cond.true88 ], [ %110, %cond.false90 ]
  %111 = load i64, ptr %made, align 8
  %inc94 = add nsw i64 %111, 1
  store i64 %inc94, ptr %made, align 8
  %arrayidx95 = getelementptr inbounds ptr, ptr %vla, i64 %111
  store ptr %cond93, ptr %arrayidx95, align 8
  br label %if.end96

if.end96:                                         ; preds = %cond.end92, %for.body81
  br label %for.inc97

for.inc97:                                        ; preds = %if.end96
  %112 = load i64, ptr %i77, align 8
  %inc98 = add nsw i64 %112, 1
  store i64 %inc98, ptr %i77, align 8
  br label %for.cond78, !llvm.loop !8

for.end99:                                        ; preds = %for.cond78
  store i64 0, ptr %i100, align 8
  br label %for.cond101

for.cond101:                                      ; preds = %for.inc112, %for.end99
  %113 = load i64, ptr %i100, align 8
  %114 = load ptr, ptr %loop, align 8
  %ys102 = getelementptr inbounds %struct.Loop, ptr %114, i32 0, i32 6
  %115 = load i64, ptr %ys102, align 8
  %cmp103 = icmp slt i64 %113, %115
  br i1 %cmp103, label %for.body105, label %for.end114

for.body105:                                      ; preds = %for.cond101
  %116 = load ptr, ptr %ys, align 8
  %117 = load i64, ptr %i100, align 8
  %arrayidx106 = getelementptr inbounds ptr, ptr %116, i64 %117
  %118 = load ptr, ptr %arrayidx106, align 8
  %119 = load i64, ptr %at, align 8
  %120 = load ptr, ptr %loop, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %120, i32 0, i32 9
  %121 = load ptr, ptr %y_steps, align 8
  %122 = load i64, ptr %i100, align 8
  %arrayidx107 = getelementptr inbounds i64, ptr %121, i64 %122
  %123 = load i64, ptr %arrayidx107, align 8
  %mul108 = mul nsw i64 %119, %123
  %add.ptr109 = getelementptr inbounds i8, ptr %118, i64 %mul108
  %124 = load i64, ptr %made, align 8
  %125 = load i64, ptr %i100, align 8
  %add110 = add nsw i64 %124, %125
  %arrayidx111 = getelementptr inbounds ptr, ptr %vla, i64 %add110
  store ptr %add.ptr109, ptr %arrayidx111, align 8
  br label %for.inc112

for.inc112:                                       ; preds = %for.body105
  %126 = load i64, ptr %i100, align 8
  %inc113 = add nsw i64 %126, 1
  store i64 %inc113, ptr %i100, align 8
  br label %for.cond101, !llvm.loop !9

for.end114:                                       ; preds = %for.cond101
  %127 = load ptr, ptr %loop, align 8
  %program = getelementptr inbounds %struct.Loop, ptr %127, i32 0, i32 2
  %128 = load ptr, ptr %program, align 8
  %129 = load ptr, ptr %scalars.addr, align 8
  %130 = load ptr, ptr %parallel_for.addr, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %128, ptr noundef %vla, ptr noundef %129, ptr noundef %130) #6
  %131 = load ptr, ptr %status, align 8
  %132 = load i64, ptr %131, align 8
  %or115 = or i64 %132, %call
  store i64 %or115, ptr %131, align 8
  %133 = load i64, ptr %operands, align 8
  store i64 %133, ptr %next, align 8
  store i64 0, ptr %i116, align 8
  br label %for.cond117

for.cond117:                                      ; preds = %for.inc136, %for.end114
  %134 = load i64, ptr %i116, align 8
  %135 = load i64, ptr %carries, align 8
  %cmp118 = icmp slt i64 %134, %135
  br i1 %cmp118, label %for.body120, label %for.end138

for.body120:                                      ; preds = %for.cond117
  %136 = load ptr, ptr %loop, align 8
  %alike121 = getelementptr inbounds %struct.Loop, ptr %136, i32 0, i32 11
  %137 = load ptr, ptr %alike121, align 8
  %138 = load i64, ptr %i116, align 8
  %arrayidx122 = getelementptr inbounds i64, ptr %137, i64 %138
  %139 = load i64, ptr %arrayidx122, align 8
  %cmp123 = icmp slt i64 %139, 0
  br i1 %cmp123, label %cond.true125, label %cond.false128

cond.true125:                                     ; preds = %for.body120
  %140 = load i64, ptr %next, align 8
  %inc126 = add nsw i64 %140, 1
  store i64 %inc126, ptr %next, align 8
  %arrayidx127 = getelementptr inbounds ptr, ptr %vla, i64 %140
  %141 = load ptr, ptr %arrayidx127, align 8
  br label %cond.end133

cond.false128:                                    ; preds = %for.body120
  %142 = load i64, ptr %made, align 8
  %143 = load ptr, ptr %loop, align 8
  %alike129 = getelementptr inbounds %struct.Loop, ptr %143, i32 0, i32 11
  %144 = load ptr, ptr %alike129, align 8
  %145 = load i64, ptr %i116, align 8
  %arrayidx130 = getelementptr inbounds i64, ptr %144, i64 %145
  %146 = load i64, ptr %arrayidx130, align 8
  %add131 = add nsw i64 %142, %146
  %arrayidx132 = getelementptr inbounds ptr, ptr %vla, i64 %add131
  %147 = load ptr, ptr %arrayidx132, align 8
  br label %cond.end133

cond.end133:                                      ; preds = %cond.false128, %cond.true125
  %cond134 = phi ptr [ %141, %cond.true125 ], [ %147, %cond.false128 ]
  %148 = load i64, ptr %i116, align 8
  %arrayidx135 = getelementptr inbounds ptr, ptr %vla, i64 %148
  store ptr %cond134, ptr %arrayidx135, align 8
  br label %for.inc136

for.inc136:                                       ; preds = %cond.end133
  %149 = load i64, ptr %i116, align 8
  %inc137 = add nsw i64 %149, 1
  store i64 %inc137, ptr %i116, align 8
  br label %for.cond117, !llvm.loop !10

for.end138:                                       ; preds = %for.cond117
  %150 = load i8, ptr %to_outputs, align 1, !range !5, !noundef !6
  %loadedv139 = trunc i8 %150 to i1
  %lnot140 = xor i1 %loadedv139, true
  %storedv141 = zext i1 %lnot140 to i8
  store i8 %storedv141, ptr %to_outputs, align 1
  br label %for.inc142

for.inc142:                                       ; preds = %for.end138
  %151 = load i64, ptr %step, align 8
  %inc143 = add nsw i64 %151, 1
  store i64 %inc143, ptr %step, align 8
  br label %for.cond39, !llvm.loop !11

for.end144:                                       ; preds = %cond.end
  store i64 0, ptr %i145, align 8
  br label %for.cond146

for.cond146:                                      ; preds = %for.inc159, %for.end144
  %152 = load i64, ptr %i145, align 8
  %153 = load i64, ptr %carries, align 8
  %cmp147 = icmp slt i64 %152, %153
  br i1 %cmp147, label %for.body149, label %for.end161

for.body149:                                      ; preds = %for.cond146
  %154 = load i64, ptr %i145, align 8
  %arrayidx150 = getelementptr inbounds ptr, ptr %vla, i64 %154
  %155 = load ptr, ptr %arrayidx150, align 8
  %156 = load ptr, ptr %outputs, align 8
  %157 = load i64, ptr %i145, align 8
  %arrayidx151 = getelementptr inbounds ptr, ptr %156, i64 %157
  %158 = load ptr, ptr %arrayidx151, align 8
  %cmp152 = icmp ne ptr %155, %158
  br i1 %cmp152, label %if.then154, label %if.end158

if.then154:                                       ; preds = %for.body149
  %159 = load ptr, ptr %outputs, align 8
  %160 = load i64, ptr %i145, align 8
  %arrayidx155 = getelementptr inbounds ptr, ptr %159, i64 %160
  %161 = load ptr, ptr %arrayidx155, align 8
  %162 = load i64, ptr %i145, align 8
  %arrayidx156 = getelementptr inbounds ptr, ptr %vla, i64 %162
  %163 = load ptr, ptr %arrayidx156, align 8
  %164 = load ptr, ptr %loop, align 8
  %bytes = getelementptr inbounds %struct.Loop, ptr %164, i32 0, i32 10
  %165 = load ptr, ptr %bytes, align 8
  %166 = load i64, ptr %i145, align 8
  %arrayidx157 = getelementptr inbounds i64, ptr %165, i64 %166
  %167 = load i64, ptr %arrayidx157, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %161, ptr align 1 %163, i64 %167, i1 false)
  br label %if.end158

if.end158:                                        ; preds = %if.then154, %for.body149
  br label %for.inc159

for.inc159:                                       ; preds = %if.end158
  %168 = load i64, ptr %i145, align 8
  %inc160 = add nsw i64 %168, 1
  store i64 %inc160, ptr %i145, align 8
  br label %for.cond146, !llvm.loop !12

for.end161:                                       ; preds = %for.cond146
  %169 = load ptr, ptr %loop, align 8
  %threads162 = getelementptr inbounds %struct.Loop, ptr %169, i32 0, i32 12
  %170 = load ptr, ptr %threads162, align 8
  %tobool163 = icmp ne ptr %170, null
  br i1 %tobool163, label %if.then164, label %if.end166

if.then164:                                       ; preds = %for.end161
  %171 = load ptr, ptr %loop, align 8
  %threads165 = getelementptr inbounds %struct.Loop, ptr %171, i32 0, i32 12
  %172 = load ptr, ptr %threads165, align 8
  call void @dovetail_leave_one_thread(ptr noundef %172) #6
  br label %if.end166

if.end166:                                        ; preds = %if.then164, %for.end161
  store i32 0, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %if.end166, %if.end30
  %173 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %173)
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

; Function Attrs: nounwind
define internal void @run_step(ptr noundef %context, i64 noundef %at) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %at.addr = alloca i64, align 8
  %steps = alloca ptr, align 8
  %loop = alloca ptr, align 8
  %fixed = alloca i64, align 8
  %operands = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %i = alloca i64, align 8
  %i5 = alloca i64, align 8
  %i17 = alloca i64, align 8
  %status = alloca i64, align 8
  %.atomictmp = alloca i64, align 8
  %atomic-temp = alloca i64, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %at, ptr %at.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %steps, align 8
  %1 = load ptr, ptr %steps, align 8
  %loop1 = getelementptr inbounds %struct.Steps, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %loop1, align 8
  store ptr %2, ptr %loop, align 8
  %3 = load ptr, ptr %loop, align 8
  %constants = getelementptr inbounds %struct.Loop, ptr %3, i32 0, i32 4
  %4 = load i64, ptr %constants, align 8
  store i64 %4, ptr %fixed, align 8
  %5 = load i64, ptr %fixed, align 8
  %6 = load ptr, ptr %loop, align 8
  %xs = getelementptr inbounds %struct.Loop, ptr %6, i32 0, i32 5
  %7 = load i64, ptr %xs, align 8
  %add = add nsw i64 %5, %7
  store i64 %add, ptr %operands, align 8
  %8 = load i64, ptr %operands, align 8
  %9 = load ptr, ptr %loop, align 8
  %ys = getelementptr inbounds %struct.Loop, ptr %9, i32 0, i32 6
  %10 = load i64, ptr %ys, align 8
  %add2 = add nsw i64 %8, %10
  %11 = call ptr @llvm.stacksave.p0()
  store ptr %11, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add2, align 16
  store i64 %add2, ptr %__vla_expr0, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %12 = load i64, ptr %i, align 8
  %13 = load i64, ptr %operands, align 8
  %cmp = icmp slt i64 %12, %13
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %14 = load ptr, ptr %steps, align 8
  %buffers = getelementptr inbounds %struct.Steps, ptr %14, i32 0, i32 1
  %15 = load ptr, ptr %buffers, align 8
  %16 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %15, i64 %16
  %17 = load ptr, ptr %arrayidx, align 8
  %18 = load ptr, ptr %loop, align 8
  %offsets = getelementptr inbounds %struct.Loop, ptr %18, i32 0, i32 7
  %19 = load ptr, ptr %offsets, align 8
  %20 = load i64, ptr %i, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %19, i64 %20
  %21 = load i64, ptr %arrayidx3, align 8
  %add.ptr = getelementptr inbounds i8, ptr %17, i64 %21
  %22 = load i64, ptr %i, align 8
  %arrayidx4 = getelementptr inbounds ptr, ptr %vla, i64 %22
  store ptr %add.ptr, ptr %arrayidx4, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %23 = load i64, ptr %i, align 8
  %inc = add nsw i64 %23, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !14

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i5, align 8
  br label %for.cond6

for.cond6:                                        ; preds = %for.inc14, %for.end
  %24 = load i64, ptr %i5, align 8
  %25 = load ptr, ptr %loop, align 8
  %xs7 = getelementptr inbounds %struct.Loop, ptr %25, i32 0, i32 5
  %26 = load i64, ptr %xs7, align 8
  %cmp8 = icmp slt i64 %24, %26
  br i1 %cmp8, label %for.body9, label %for.end16

for.body9:                                        ; preds = %for.cond6
  %27 = load i64, ptr %at.addr, align 8
  %28 = load ptr, ptr %loop, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %28, i32 0, i32 8
  %29 = load ptr, ptr %x_steps, align 8
  %30 = load i64, ptr %i5, align 8
  %arrayidx10 = getelementptr inbounds i64, ptr %29, i64 %30
  %31 = load i64, ptr %arrayidx10, align 8
  %mul = mul nsw i64 %27, %31
  %32 = load i64, ptr %fixed, align 8
  %33 = load i64, ptr %i5, align 8
  %add11 = add nsw i64 %32, %33
  %arrayidx12 = getelementptr inbounds ptr, ptr %vla, i64 %add11
  %34 = load ptr, ptr %arrayidx12, align 8
  %add.ptr13 = getelementptr inbounds i8, ptr %34, i64 %mul
  store ptr %add.ptr13, ptr %arrayidx12, align 8
  br label %for.inc14

for.inc14:                                        ; preds = %for.body9
  %35 = load i64, ptr %i5, align 8
  %inc15 = add nsw i64 %35, 1
  store i64 %inc15, ptr %i5, align 8
  br label %for.cond6, !llvm.loop !15

for.end16:                                        ; preds = %for.cond6
  store i64 0, ptr %i17, align 8
  br label %for.cond18

for.cond18:                                       ; preds = %for.inc30, %for.end16
  %36 = load i64, ptr %i17, align 8
  %37 = load ptr, ptr %loop, align 8
  %ys19 = getelementptr inbounds %struct.Loop, ptr %37, i32 0, i32 6
  %38 = load i64, ptr %ys19, align 8
  %cmp20 = icmp slt i64 %36, %38
  br i1 %cmp20, label %for.body21, label %for.end32

for.body21:                                       ; preds = %for.cond18
  %39 = load ptr, ptr %steps, align 8
  %buffers22 = getelementptr inbounds %struct.Steps, ptr %39, i32 0, i32 1
  %40 = load ptr, ptr %buffers22, align 8
  %41 = load i64, ptr %operands, align 8
  %42 = load i64, ptr %i17, align 8
  %add23 = add nsw i64 %41, %42
  %arrayidx24 = getelementptr inbounds ptr, ptr %40, i64 %add23
  %43 = load ptr, ptr %arrayidx24, align 8
  %44 = load i64, ptr %at.addr, align 8
  %45 = load ptr, ptr %loop, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %45, i32 0, i32 9
  %46 = load ptr, ptr %y_steps, align 8
  %47 = load i64, ptr %i17, align 8
  %arrayidx25 = getelementptr inbounds i64, ptr %46, i64 %47
  %48 = load i64, ptr %arrayidx25, align 8
  %mul26 = mul nsw i64 %44, %48
  %add.ptr27 = getelementptr inbounds i8, ptr %43, i64 %mul26
  %49 = load i64, ptr %operands, align 8
  %50 = load i64, ptr %i17, align 8
  %add28 = add nsw i64 %49, %50
  %arrayidx29 = getelementptr inbounds ptr, ptr %vla, i64 %add28
  store ptr %add.ptr27, ptr %arrayidx29, align 8
  br label %for.inc30

for.inc30:                                        ; preds = %for.body21
  %51 = load i64, ptr %i17, align 8
  %inc31 = add nsw i64 %51, 1
  store i64 %inc31, ptr %i17, align 8
  br label %for.cond18, !llvm.loop !16

for.end32:                                        ; preds = %for.cond18
  %52 = load ptr, ptr %loop, align 8
  %program = getelementptr inbounds %struct.Loop, ptr %52, i32 0, i32 2
  %53 = load ptr, ptr %program, align 8
  %54 = load ptr, ptr %steps, align 8
  %scalars = getelementptr inbounds %struct.Steps, ptr %54, i32 0, i32 2
  %55 = load ptr, ptr %scalars, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %53, ptr noundef %vla, ptr noundef %55, ptr noundef @serial_for) #6
  store i64 %call, ptr %status, align 8
  %56 = load ptr, ptr %steps, align 8
  %status33 = getelementptr inbounds %struct.Steps, ptr %56, i32 0, i32 3
  %57 = load i64, ptr %status, align 8
  store i64 %57, ptr %.atomictmp, align 8
  %58 = load i64, ptr %.atomictmp, align 8
  %59 = atomicrmw or ptr %status33, i64 %58 monotonic, align 8
  store i64 %59, ptr %atomic-temp, align 8
  %60 = load i64, ptr %atomic-temp, align 8
  %61 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %61)
  ret void
}

declare void @dovetail_leave_one_thread(ptr noundef)

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #4

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
  %floats = alloca [2 x float], align 4
  %doubles = alloca [2 x double], align 16
  %zero = alloca ptr, align 8
  %one = alloca ptr, align 8
  %down = alloca i64, align 8
  %across = alloca i64, align 8
  %m = alloca %struct.Multiplication, align 8
  %tasks = alloca i64, align 8
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
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %floats, ptr align 4 @__const.dovetail_multiply.floats, i64 8, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %doubles, ptr align 16 @__const.dovetail_multiply.doubles, i64 16, i1 false)
  %4 = load ptr, ptr %p, align 8
  %is_double1 = getelementptr inbounds %struct.Product, ptr %4, i32 0, i32 2
  %5 = load i64, ptr %is_double1, align 8
  %tobool2 = icmp ne i64 %5, 0
  br i1 %tobool2, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %arrayidx = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 0
  br label %cond.end

cond.false:                                       ; preds = %entry
  %arrayidx3 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 0
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond4 = phi ptr [ %arrayidx, %cond.true ], [ %arrayidx3, %cond.false ]
  store ptr %cond4, ptr %zero, align 8
  %6 = load ptr, ptr %p, align 8
  %is_double5 = getelementptr inbounds %struct.Product, ptr %6, i32 0, i32 2
  %7 = load i64, ptr %is_double5, align 8
  %tobool6 = icmp ne i64 %7, 0
  br i1 %tobool6, label %cond.true7, label %cond.false9

cond.true7:                                       ; preds = %cond.end
  %arrayidx8 = getelementptr inbounds [2 x double], ptr %doubles, i64 0, i64 1
  br label %cond.end11

cond.false9:                                      ; preds = %cond.end
  %arrayidx10 = getelementptr inbounds [2 x float], ptr %floats, i64 0, i64 1
  br label %cond.end11

cond.end11:                                       ; preds = %cond.false9, %cond.true7
  %cond12 = phi ptr [ %arrayidx8, %cond.true7 ], [ %arrayidx10, %cond.false9 ]
  store ptr %cond12, ptr %one, align 8
  %8 = load ptr, ptr %p, align 8
  %rows = getelementptr inbounds %struct.Product, ptr %8, i32 0, i32 4
  %9 = load i64, ptr %rows, align 8
  %cmp = icmp eq i64 %9, 0
  br i1 %cmp, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %cond.end11
  %10 = load ptr, ptr %p, align 8
  %columns = getelementptr inbounds %struct.Product, ptr %10, i32 0, i32 5
  %11 = load i64, ptr %columns, align 8
  %cmp14 = icmp eq i64 %11, 0
  br i1 %cmp14, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %cond.end11
  br label %if.end44

if.end:                                           ; preds = %lor.lhs.false
  %12 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %12, i32 0, i32 6
  %13 = load i64, ptr %inner, align 8
  %cmp16 = icmp eq i64 %13, 0
  br i1 %cmp16, label %if.then18, label %if.end24

if.then18:                                        ; preds = %if.end
  %14 = load ptr, ptr %buffers.addr, align 8
  %arrayidx19 = getelementptr inbounds ptr, ptr %14, i64 2
  %15 = load ptr, ptr %arrayidx19, align 8
  %16 = load ptr, ptr %p, align 8
  %count = getelementptr inbounds %struct.Product, ptr %16, i32 0, i32 3
  %17 = load i64, ptr %count, align 8
  %18 = load ptr, ptr %p, align 8
  %rows20 = getelementptr inbounds %struct.Product, ptr %18, i32 0, i32 4
  %19 = load i64, ptr %rows20, align 8
  %mul = mul nsw i64 %17, %19
  %20 = load ptr, ptr %p, align 8
  %columns21 = getelementptr inbounds %struct.Product, ptr %20, i32 0, i32 5
  %21 = load i64, ptr %columns21, align 8
  %mul22 = mul nsw i64 %mul, %21
  %22 = load i64, ptr %size, align 8
  %mul23 = mul nsw i64 %mul22, %22
  call void @llvm.memset.p0.i64(ptr align 1 %15, i8 0, i64 %mul23, i1 false)
  br label %if.end44

if.end24:                                         ; preds = %if.end
  %23 = load ptr, ptr %p, align 8
  %rows25 = getelementptr inbounds %struct.Product, ptr %23, i32 0, i32 4
  %24 = load i64, ptr %rows25, align 8
  %25 = load ptr, ptr %p, align 8
  %block_rows = getelementptr inbounds %struct.Product, ptr %25, i32 0, i32 15
  %26 = load i64, ptr %block_rows, align 8
  %add = add nsw i64 %24, %26
  %sub = sub nsw i64 %add, 1
  %27 = load ptr, ptr %p, align 8
  %block_rows26 = getelementptr inbounds %struct.Product, ptr %27, i32 0, i32 15
  %28 = load i64, ptr %block_rows26, align 8
  %div = sdiv i64 %sub, %28
  store i64 %div, ptr %down, align 8
  %29 = load ptr, ptr %p, align 8
  %columns27 = getelementptr inbounds %struct.Product, ptr %29, i32 0, i32 5
  %30 = load i64, ptr %columns27, align 8
  %31 = load ptr, ptr %p, align 8
  %block_columns = getelementptr inbounds %struct.Product, ptr %31, i32 0, i32 16
  %32 = load i64, ptr %block_columns, align 8
  %add28 = add nsw i64 %30, %32
  %sub29 = sub nsw i64 %add28, 1
  %33 = load ptr, ptr %p, align 8
  %block_columns30 = getelementptr inbounds %struct.Product, ptr %33, i32 0, i32 16
  %34 = load i64, ptr %block_columns30, align 8
  %div31 = sdiv i64 %sub29, %34
  store i64 %div31, ptr %across, align 8
  %words32 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 0
  %35 = load ptr, ptr %p, align 8
  store ptr %35, ptr %words32, align 8
  %buffers33 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 1
  %36 = load ptr, ptr %buffers.addr, align 8
  store ptr %36, ptr %buffers33, align 8
  %zero34 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 2
  %37 = load ptr, ptr %zero, align 8
  store ptr %37, ptr %zero34, align 8
  %one35 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 3
  %38 = load ptr, ptr %one, align 8
  store ptr %38, ptr %one35, align 8
  %down36 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 4
  %39 = load i64, ptr %down, align 8
  store i64 %39, ptr %down36, align 8
  %across37 = getelementptr inbounds %struct.Multiplication, ptr %m, i32 0, i32 5
  %40 = load i64, ptr %across, align 8
  store i64 %40, ptr %across37, align 8
  %41 = load ptr, ptr %p, align 8
  %count38 = getelementptr inbounds %struct.Product, ptr %41, i32 0, i32 3
  %42 = load i64, ptr %count38, align 8
  %43 = load i64, ptr %down, align 8
  %mul39 = mul nsw i64 %42, %43
  %44 = load i64, ptr %across, align 8
  %mul40 = mul nsw i64 %mul39, %44
  store i64 %mul40, ptr %tasks, align 8
  %45 = load i64, ptr %tasks, align 8
  %cmp41 = icmp eq i64 %45, 1
  br i1 %cmp41, label %if.then43, label %if.else

if.then43:                                        ; preds = %if.end24
  call void @multiply_block(ptr noundef %m, i64 noundef 0) #6
  br label %if.end44

if.else:                                          ; preds = %if.end24
  %46 = load ptr, ptr %parallel_for.addr, align 8
  %47 = load i64, ptr %tasks, align 8
  call void %46(ptr noundef @multiply_block, ptr noundef %m, i64 noundef %47) #6
  br label %if.end44

if.end44:                                         ; preds = %if.then, %if.then18, %if.else, %if.then43
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: write)
declare void @llvm.memset.p0.i64(ptr nocapture writeonly, i8, i64, i1 immarg) #5

; Function Attrs: nounwind
define internal void @multiply_block(ptr noundef %context, i64 noundef %index) #0 {
entry:
  %context.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  %m = alloca ptr, align 8
  %p = alloca ptr, align 8
  %size = alloca i64, align 8
  %matrix = alloca i64, align 8
  %block = alloca i64, align 8
  %row = alloca i64, align 8
  %column = alloca i64, align 8
  %rows = alloca i64, align 8
  %columns = alloca i64, align 8
  %sizes64 = alloca [6 x i64], align 16
  %sizes32 = alloca [6 x i32], align 16
  %sizes = alloca [6 x ptr], align 16
  %i = alloca i64, align 8
  %a = alloca ptr, align 8
  %b = alloca ptr, align 8
  %c = alloca ptr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %context.addr, align 8
  store ptr %0, ptr %m, align 8
  %1 = load ptr, ptr %m, align 8
  %words = getelementptr inbounds %struct.Multiplication, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %words, align 8
  store ptr %2, ptr %p, align 8
  %3 = load ptr, ptr %p, align 8
  %is_double = getelementptr inbounds %struct.Product, ptr %3, i32 0, i32 2
  %4 = load i64, ptr %is_double, align 8
  %tobool = icmp ne i64 %4, 0
  %5 = zext i1 %tobool to i64
  %cond = select i1 %tobool, i32 8, i32 4
  %conv = sext i32 %cond to i64
  store i64 %conv, ptr %size, align 8
  %6 = load i64, ptr %index.addr, align 8
  %7 = load ptr, ptr %m, align 8
  %down = getelementptr inbounds %struct.Multiplication, ptr %7, i32 0, i32 4
  %8 = load i64, ptr %down, align 8
  %9 = load ptr, ptr %m, align 8
  %across = getelementptr inbounds %struct.Multiplication, ptr %9, i32 0, i32 5
  %10 = load i64, ptr %across, align 8
  %mul = mul nsw i64 %8, %10
  %div = sdiv i64 %6, %mul
  store i64 %div, ptr %matrix, align 8
  %11 = load i64, ptr %index.addr, align 8
  %12 = load ptr, ptr %m, align 8
  %down1 = getelementptr inbounds %struct.Multiplication, ptr %12, i32 0, i32 4
  %13 = load i64, ptr %down1, align 8
  %14 = load ptr, ptr %m, align 8
  %across2 = getelementptr inbounds %struct.Multiplication, ptr %14, i32 0, i32 5
  %15 = load i64, ptr %across2, align 8
  %mul3 = mul nsw i64 %13, %15
  %rem = srem i64 %11, %mul3
  store i64 %rem, ptr %block, align 8
  %16 = load i64, ptr %block, align 8
  %17 = load ptr, ptr %m, align 8
  %across4 = getelementptr inbounds %struct.Multiplication, ptr %17, i32 0, i32 5
  %18 = load i64, ptr %across4, align 8
  %div5 = sdiv i64 %16, %18
  %19 = load ptr, ptr %p, align 8
  %block_rows = getelementptr inbounds %struct.Product, ptr %19, i32 0, i32 15
  %20 = load i64, ptr %block_rows, align 8
  %mul6 = mul nsw i64 %div5, %20
  store i64 %mul6, ptr %row, align 8
  %21 = load i64, ptr %block, align 8
  %22 = load ptr, ptr %m, align 8
  %across7 = getelementptr inbounds %struct.Multiplication, ptr %22, i32 0, i32 5
  %23 = load i64, ptr %across7, align 8
  %rem8 = srem i64 %21, %23
  %24 = load ptr, ptr %p, align 8
  %block_columns = getelementptr inbounds %struct.Product, ptr %24, i32 0, i32 16
  %25 = load i64, ptr %block_columns, align 8
  %mul9 = mul nsw i64 %rem8, %25
  store i64 %mul9, ptr %column, align 8
  %26 = load ptr, ptr %p, align 8
  %block_rows10 = getelementptr inbounds %struct.Product, ptr %26, i32 0, i32 15
  %27 = load i64, ptr %block_rows10, align 8
  %28 = load ptr, ptr %p, align 8
  %rows11 = getelementptr inbounds %struct.Product, ptr %28, i32 0, i32 4
  %29 = load i64, ptr %rows11, align 8
  %30 = load i64, ptr %row, align 8
  %sub = sub nsw i64 %29, %30
  %call = call i64 @least(i64 noundef %27, i64 noundef %sub) #6
  store i64 %call, ptr %rows, align 8
  %31 = load ptr, ptr %p, align 8
  %block_columns12 = getelementptr inbounds %struct.Product, ptr %31, i32 0, i32 16
  %32 = load i64, ptr %block_columns12, align 8
  %33 = load ptr, ptr %p, align 8
  %columns13 = getelementptr inbounds %struct.Product, ptr %33, i32 0, i32 5
  %34 = load i64, ptr %columns13, align 8
  %35 = load i64, ptr %column, align 8
  %sub14 = sub nsw i64 %34, %35
  %call15 = call i64 @least(i64 noundef %32, i64 noundef %sub14) #6
  store i64 %call15, ptr %columns, align 8
  %36 = load i64, ptr %rows, align 8
  store i64 %36, ptr %sizes64, align 8
  %arrayinit.element = getelementptr inbounds i64, ptr %sizes64, i64 1
  %37 = load i64, ptr %columns, align 8
  store i64 %37, ptr %arrayinit.element, align 8
  %arrayinit.element16 = getelementptr inbounds i64, ptr %sizes64, i64 2
  %38 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %38, i32 0, i32 6
  %39 = load i64, ptr %inner, align 8
  store i64 %39, ptr %arrayinit.element16, align 8
  %arrayinit.element17 = getelementptr inbounds i64, ptr %sizes64, i64 3
  %40 = load ptr, ptr %p, align 8
  %first_stride = getelementptr inbounds %struct.Product, ptr %40, i32 0, i32 13
  %41 = load i64, ptr %first_stride, align 8
  store i64 %41, ptr %arrayinit.element17, align 8
  %arrayinit.element18 = getelementptr inbounds i64, ptr %sizes64, i64 4
  %42 = load ptr, ptr %p, align 8
  %second_stride = getelementptr inbounds %struct.Product, ptr %42, i32 0, i32 14
  %43 = load i64, ptr %second_stride, align 8
  store i64 %43, ptr %arrayinit.element18, align 8
  %arrayinit.element19 = getelementptr inbounds i64, ptr %sizes64, i64 5
  %44 = load ptr, ptr %p, align 8
  %columns20 = getelementptr inbounds %struct.Product, ptr %44, i32 0, i32 5
  %45 = load i64, ptr %columns20, align 8
  store i64 %45, ptr %arrayinit.element19, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %46 = load i64, ptr %i, align 8
  %cmp = icmp slt i64 %46, 6
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %47 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds [6 x i64], ptr %sizes64, i64 0, i64 %47
  %48 = load i64, ptr %arrayidx, align 8
  %conv22 = trunc i64 %48 to i32
  %49 = load i64, ptr %i, align 8
  %arrayidx23 = getelementptr inbounds [6 x i32], ptr %sizes32, i64 0, i64 %49
  store i32 %conv22, ptr %arrayidx23, align 4
  %50 = load ptr, ptr %p, align 8
  %wide = getelementptr inbounds %struct.Product, ptr %50, i32 0, i32 1
  %51 = load i64, ptr %wide, align 8
  %tobool24 = icmp ne i64 %51, 0
  br i1 %tobool24, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %52 = load i64, ptr %i, align 8
  %arrayidx25 = getelementptr inbounds [6 x i64], ptr %sizes64, i64 0, i64 %52
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %53 = load i64, ptr %i, align 8
  %arrayidx26 = getelementptr inbounds [6 x i32], ptr %sizes32, i64 0, i64 %53
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond27 = phi ptr [ %arrayidx25, %cond.true ], [ %arrayidx26, %cond.false ]
  %54 = load i64, ptr %i, align 8
  %arrayidx28 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 %54
  store ptr %cond27, ptr %arrayidx28, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end
  %55 = load i64, ptr %i, align 8
  %inc = add nsw i64 %55, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !17

for.end:                                          ; preds = %for.cond
  %56 = load ptr, ptr %m, align 8
  %buffers = getelementptr inbounds %struct.Multiplication, ptr %56, i32 0, i32 1
  %57 = load ptr, ptr %buffers, align 8
  %arrayidx29 = getelementptr inbounds ptr, ptr %57, i64 0
  %58 = load ptr, ptr %arrayidx29, align 8
  %59 = load ptr, ptr %p, align 8
  %first_offset = getelementptr inbounds %struct.Product, ptr %59, i32 0, i32 7
  %60 = load i64, ptr %first_offset, align 8
  %add.ptr = getelementptr inbounds i8, ptr %58, i64 %60
  %61 = load i64, ptr %matrix, align 8
  %62 = load ptr, ptr %p, align 8
  %first_step = getelementptr inbounds %struct.Product, ptr %62, i32 0, i32 9
  %63 = load i64, ptr %first_step, align 8
  %mul30 = mul nsw i64 %61, %63
  %add.ptr31 = getelementptr inbounds i8, ptr %add.ptr, i64 %mul30
  store ptr %add.ptr31, ptr %a, align 8
  %64 = load ptr, ptr %m, align 8
  %buffers32 = getelementptr inbounds %struct.Multiplication, ptr %64, i32 0, i32 1
  %65 = load ptr, ptr %buffers32, align 8
  %arrayidx33 = getelementptr inbounds ptr, ptr %65, i64 1
  %66 = load ptr, ptr %arrayidx33, align 8
  %67 = load ptr, ptr %p, align 8
  %second_offset = getelementptr inbounds %struct.Product, ptr %67, i32 0, i32 8
  %68 = load i64, ptr %second_offset, align 8
  %add.ptr34 = getelementptr inbounds i8, ptr %66, i64 %68
  %69 = load i64, ptr %matrix, align 8
  %70 = load ptr, ptr %p, align 8
  %second_step = getelementptr inbounds %struct.Product, ptr %70, i32 0, i32 10
  %71 = load i64, ptr %second_step, align 8
  %mul35 = mul nsw i64 %69, %71
  %add.ptr36 = getelementptr inbounds i8, ptr %add.ptr34, i64 %mul35
  store ptr %add.ptr36, ptr %b, align 8
  %72 = load ptr, ptr %m, align 8
  %buffers37 = getelementptr inbounds %struct.Multiplication, ptr %72, i32 0, i32 1
  %73 = load ptr, ptr %buffers37, align 8
  %arrayidx38 = getelementptr inbounds ptr, ptr %73, i64 2
  %74 = load ptr, ptr %arrayidx38, align 8
  %75 = load i64, ptr %matrix, align 8
  %76 = load ptr, ptr %p, align 8
  %rows39 = getelementptr inbounds %struct.Product, ptr %76, i32 0, i32 4
  %77 = load i64, ptr %rows39, align 8
  %mul40 = mul nsw i64 %75, %77
  %78 = load i64, ptr %row, align 8
  %add = add nsw i64 %mul40, %78
  %79 = load ptr, ptr %p, align 8
  %columns41 = getelementptr inbounds %struct.Product, ptr %79, i32 0, i32 5
  %80 = load i64, ptr %columns41, align 8
  %mul42 = mul nsw i64 %add, %80
  %81 = load i64, ptr %column, align 8
  %add43 = add nsw i64 %mul42, %81
  %82 = load i64, ptr %size, align 8
  %mul44 = mul nsw i64 %add43, %82
  %add.ptr45 = getelementptr inbounds i8, ptr %74, i64 %mul44
  store ptr %add.ptr45, ptr %c, align 8
  %83 = load i64, ptr %row, align 8
  %84 = load ptr, ptr %p, align 8
  %first_stride46 = getelementptr inbounds %struct.Product, ptr %84, i32 0, i32 13
  %85 = load i64, ptr %first_stride46, align 8
  %86 = load ptr, ptr %p, align 8
  %first_transposed = getelementptr inbounds %struct.Product, ptr %86, i32 0, i32 11
  %87 = load i64, ptr %first_transposed, align 8
  %tobool47 = icmp ne i64 %87, 0
  %lnot = xor i1 %tobool47, true
  %88 = load i64, ptr %size, align 8
  %call48 = call i64 @before(i64 noundef %83, i64 noundef %85, i1 noundef zeroext %lnot, i64 noundef %88) #6
  %89 = load ptr, ptr %a, align 8
  %add.ptr49 = getelementptr inbounds i8, ptr %89, i64 %call48
  store ptr %add.ptr49, ptr %a, align 8
  %90 = load i64, ptr %column, align 8
  %91 = load ptr, ptr %p, align 8
  %second_stride50 = getelementptr inbounds %struct.Product, ptr %91, i32 0, i32 14
  %92 = load i64, ptr %second_stride50, align 8
  %93 = load ptr, ptr %p, align 8
  %second_transposed = getelementptr inbounds %struct.Product, ptr %93, i32 0, i32 12
  %94 = load i64, ptr %second_transposed, align 8
  %tobool51 = icmp ne i64 %94, 0
  %95 = load i64, ptr %size, align 8
  %call52 = call i64 @before(i64 noundef %90, i64 noundef %92, i1 noundef zeroext %tobool51, i64 noundef %95) #6
  %96 = load ptr, ptr %b, align 8
  %add.ptr53 = getelementptr inbounds i8, ptr %96, i64 %call52
  store ptr %add.ptr53, ptr %b, align 8
  %97 = load ptr, ptr %p, align 8
  %multiply = getelementptr inbounds %struct.Product, ptr %97, i32 0, i32 0
  %98 = load ptr, ptr %multiply, align 8
  %99 = load ptr, ptr %p, align 8
  %second_transposed54 = getelementptr inbounds %struct.Product, ptr %99, i32 0, i32 12
  %100 = load i64, ptr %second_transposed54, align 8
  %tobool55 = icmp ne i64 %100, 0
  %101 = zext i1 %tobool55 to i64
  %cond56 = select i1 %tobool55, ptr @.str, ptr @.str.1
  %102 = load ptr, ptr %p, align 8
  %first_transposed57 = getelementptr inbounds %struct.Product, ptr %102, i32 0, i32 11
  %103 = load i64, ptr %first_transposed57, align 8
  %tobool58 = icmp ne i64 %103, 0
  %104 = zext i1 %tobool58 to i64
  %cond59 = select i1 %tobool58, ptr @.str, ptr @.str.1
  %arrayidx60 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 1
  %105 = load ptr, ptr %arrayidx60, align 8
  %arrayidx61 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 0
  %106 = load ptr, ptr %arrayidx61, align 16
  %arrayidx62 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 2
  %107 = load ptr, ptr %arrayidx62, align 16
  %108 = load ptr, ptr %m, align 8
  %one = getelementptr inbounds %struct.Multiplication, ptr %108, i32 0, i32 3
  %109 = load ptr, ptr %one, align 8
  %110 = load ptr, ptr %b, align 8
  %arrayidx63 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 4
  %111 = load ptr, ptr %arrayidx63, align 16
  %112 = load ptr, ptr %a, align 8
  %arrayidx64 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 3
  %113 = load ptr, ptr %arrayidx64, align 8
  %114 = load ptr, ptr %m, align 8
  %zero = getelementptr inbounds %struct.Multiplication, ptr %114, i32 0, i32 2
  %115 = load ptr, ptr %zero, align 8
  %116 = load ptr, ptr %c, align 8
  %arrayidx65 = getelementptr inbounds [6 x ptr], ptr %sizes, i64 0, i64 5
  %117 = load ptr, ptr %arrayidx65, align 8
  call void %98(ptr noundef %cond56, ptr noundef %cond59, ptr noundef %105, ptr noundef %106, ptr noundef %107, ptr noundef %109, ptr noundef %110, ptr noundef %111, ptr noundef %112, ptr noundef %113, ptr noundef %115, ptr noundef %116, ptr noundef %117) #6
  ret void
}

; Function Attrs: nounwind
define internal i64 @least(i64 noundef %a, i64 noundef %b) #0 {
entry:
  %a.addr = alloca i64, align 8
  %b.addr = alloca i64, align 8
  store i64 %a, ptr %a.addr, align 8
  store i64 %b, ptr %b.addr, align 8
  %0 = load i64, ptr %a.addr, align 8
  %1 = load i64, ptr %b.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load i64, ptr %a.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %3 = load i64, ptr %b.addr, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %2, %cond.true ], [ %3, %cond.false ]
  ret i64 %cond
}

; Function Attrs: nounwind
define internal i64 @before(i64 noundef %index, i64 noundef %stride, i1 noundef zeroext %strided, i64 noundef %size) #0 {
entry:
  %index.addr = alloca i64, align 8
  %stride.addr = alloca i64, align 8
  %strided.addr = alloca i8, align 1
  %size.addr = alloca i64, align 8
  store i64 %index, ptr %index.addr, align 8
  store i64 %stride, ptr %stride.addr, align 8
  %storedv = zext i1 %strided to i8
  store i8 %storedv, ptr %strided.addr, align 1
  store i64 %size, ptr %size.addr, align 8
  %0 = load i64, ptr %index.addr, align 8
  %1 = load i8, ptr %strided.addr, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %1 to i1
  br i1 %loadedv, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load i64, ptr %stride.addr, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %2, %cond.true ], [ 1, %cond.false ]
  %mul = mul nsw i64 %0, %cond
  %3 = load i64, ptr %size.addr, align 8
  %mul1 = mul nsw i64 %mul, %3
  ret i64 %mul1
}

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
!16 = distinct !{!16, !4}
!17 = distinct !{!17, !4}
