; Made of loop.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 19527816d434c1b3f834372eeddaf93333ba8fa14ebb84044e6a07e577967677

%struct.Loop = type { i64, i64, ptr, i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64 }
%struct.Product = type { ptr, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64 }

@__const.dovetail_multiply.ones = private unnamed_addr constant [2 x float] [float 0.000000e+00, float 1.000000e+00], align 4
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
  %i14 = alloca i64, align 8
  %cleanup.dest.slot = alloca i32, align 4
  %step = alloca i64, align 8
  %at = alloca i64, align 8
  %last = alloca i8, align 1
  %i41 = alloca i64, align 8
  %made = alloca i64, align 8
  %i59 = alloca i64, align 8
  %i78 = alloca i64, align 8
  %next = alloca i64, align 8
  %i92 = alloca i64, align 8
  %i116 = alloca i64, align 8
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
  %length = getelementptr inbounds %struct.Loop, ptr %35, i32 0, i32 0
  %36 = load i64, ptr %length, align 8
  %cmp13 = icmp eq i64 %36, 0
  br i1 %cmp13, label %if.then, label %if.end

if.then:                                          ; preds = %for.end
  store i64 0, ptr %i14, align 8
  br label %for.cond15

for.cond15:                                       ; preds = %for.inc21, %if.then
  %37 = load i64, ptr %i14, align 8
  %38 = load i64, ptr %carries, align 8
  %cmp16 = icmp slt i64 %37, %38
  br i1 %cmp16, label %for.body17, label %for.end23

for.body17:                                       ; preds = %for.cond15
  %39 = load ptr, ptr %outputs, align 8
  %40 = load i64, ptr %i14, align 8
  %arrayidx18 = getelementptr inbounds ptr, ptr %39, i64 %40
  %41 = load ptr, ptr %arrayidx18, align 8
  %42 = load i64, ptr %i14, align 8
  %arrayidx19 = getelementptr inbounds ptr, ptr %vla, i64 %42
  %43 = load ptr, ptr %arrayidx19, align 8
  %44 = load ptr, ptr %loop, align 8
  %bytes = getelementptr inbounds %struct.Loop, ptr %44, i32 0, i32 10
  %45 = load ptr, ptr %bytes, align 8
  %46 = load i64, ptr %i14, align 8
  %arrayidx20 = getelementptr inbounds i64, ptr %45, i64 %46
  %47 = load i64, ptr %arrayidx20, align 8
  call void @copy(ptr noundef %41, ptr noundef %43, i64 noundef %47) #6
  br label %for.inc21

for.inc21:                                        ; preds = %for.body17
  %48 = load i64, ptr %i14, align 8
  %inc22 = add nsw i64 %48, 1
  store i64 %inc22, ptr %i14, align 8
  br label %for.cond15, !llvm.loop !5

for.end23:                                        ; preds = %for.cond15
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end:                                           ; preds = %for.end
  %49 = load ptr, ptr %loop, align 8
  %serial = getelementptr inbounds %struct.Loop, ptr %49, i32 0, i32 13
  %50 = load i64, ptr %serial, align 8
  %tobool = icmp ne i64 %50, 0
  br i1 %tobool, label %if.then24, label %if.end25

if.then24:                                        ; preds = %if.end
  store ptr @serial_for, ptr %parallel_for.addr, align 8
  br label %if.end25

if.end25:                                         ; preds = %if.then24, %if.end
  %51 = load ptr, ptr %loop, align 8
  %threads = getelementptr inbounds %struct.Loop, ptr %51, i32 0, i32 12
  %52 = load ptr, ptr %threads, align 8
  %tobool26 = icmp ne ptr %52, null
  br i1 %tobool26, label %if.then27, label %if.end29

if.then27:                                        ; preds = %if.end25
  %53 = load ptr, ptr %loop, align 8
  %threads28 = getelementptr inbounds %struct.Loop, ptr %53, i32 0, i32 12
  %54 = load ptr, ptr %threads28, align 8
  call void @dovetail_enter_one_thread(ptr noundef %54) #6
  br label %if.end29

if.end29:                                         ; preds = %if.then27, %if.end25
  store i64 0, ptr %step, align 8
  br label %for.cond30

for.cond30:                                       ; preds = %for.inc113, %if.end29
  %55 = load i64, ptr %step, align 8
  %56 = load ptr, ptr %loop, align 8
  %length31 = getelementptr inbounds %struct.Loop, ptr %56, i32 0, i32 0
  %57 = load i64, ptr %length31, align 8
  %cmp32 = icmp slt i64 %55, %57
  br i1 %cmp32, label %for.body33, label %for.end115

for.body33:                                       ; preds = %for.cond30
  %58 = load ptr, ptr %loop, align 8
  %reverse = getelementptr inbounds %struct.Loop, ptr %58, i32 0, i32 1
  %59 = load i64, ptr %reverse, align 8
  %tobool34 = icmp ne i64 %59, 0
  br i1 %tobool34, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body33
  %60 = load ptr, ptr %loop, align 8
  %length35 = getelementptr inbounds %struct.Loop, ptr %60, i32 0, i32 0
  %61 = load i64, ptr %length35, align 8
  %sub = sub nsw i64 %61, 1
  %62 = load i64, ptr %step, align 8
  %sub36 = sub nsw i64 %sub, %62
  br label %cond.end

cond.false:                                       ; preds = %for.body33
  %63 = load i64, ptr %step, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %sub36, %cond.true ], [ %63, %cond.false ]
  store i64 %cond, ptr %at, align 8
  %64 = load ptr, ptr %loop, align 8
  %length37 = getelementptr inbounds %struct.Loop, ptr %64, i32 0, i32 0
  %65 = load i64, ptr %length37, align 8
  %sub38 = sub nsw i64 %65, 1
  %66 = load i64, ptr %step, align 8
  %sub39 = sub nsw i64 %sub38, %66
  %rem = srem i64 %sub39, 2
  %cmp40 = icmp eq i64 %rem, 0
  %storedv = zext i1 %cmp40 to i8
  store i8 %storedv, ptr %last, align 1
  store i64 0, ptr %i41, align 8
  br label %for.cond42

for.cond42:                                       ; preds = %for.inc56, %cond.end
  %67 = load i64, ptr %i41, align 8
  %68 = load ptr, ptr %loop, align 8
  %xs43 = getelementptr inbounds %struct.Loop, ptr %68, i32 0, i32 5
  %69 = load i64, ptr %xs43, align 8
  %cmp44 = icmp slt i64 %67, %69
  br i1 %cmp44, label %for.body45, label %for.end58

for.body45:                                       ; preds = %for.cond42
  %70 = load ptr, ptr %buffers.addr, align 8
  %71 = load i64, ptr %fixed, align 8
  %72 = load i64, ptr %i41, align 8
  %add46 = add nsw i64 %71, %72
  %arrayidx47 = getelementptr inbounds ptr, ptr %70, i64 %add46
  %73 = load ptr, ptr %arrayidx47, align 8
  %74 = load ptr, ptr %loop, align 8
  %offsets48 = getelementptr inbounds %struct.Loop, ptr %74, i32 0, i32 7
  %75 = load ptr, ptr %offsets48, align 8
  %76 = load i64, ptr %fixed, align 8
  %77 = load i64, ptr %i41, align 8
  %add49 = add nsw i64 %76, %77
  %arrayidx50 = getelementptr inbounds i64, ptr %75, i64 %add49
  %78 = load i64, ptr %arrayidx50, align 8
  %add.ptr51 = getelementptr inbounds i8, ptr %73, i64 %78
  %79 = load i64, ptr %at, align 8
  %80 = load ptr, ptr %loop, align 8
  %x_steps = getelementptr inbounds %struct.Loop, ptr %80, i32 0, i32 8
  %81 = load ptr, ptr %x_steps, align 8
  %82 = load i64, ptr %i41, align 8
  %arrayidx52 = getelementptr inbounds i64, ptr %81, i64 %82
  %83 = load i64, ptr %arrayidx52, align 8
  %mul = mul nsw i64 %79, %83
  %add.ptr53 = getelementptr inbounds i8, ptr %add.ptr51, i64 %mul
  %84 = load i64, ptr %fixed, align 8
  %85 = load i64, ptr %i41, align 8
  %add54 = add nsw i64 %84, %85
  %arrayidx55 = getelementptr inbounds ptr, ptr %vla, i64 %add54
  store ptr %add.ptr53, ptr %arrayidx55, align 8
  br label %for.inc56

for.inc56:                                        ; preds = %for.body45
  %86 = load i64, ptr %i41, align 8
  %inc57 = add nsw i64 %86, 1
  store i64 %inc57, ptr %i41, align 8
  br label %for.cond42, !llvm.loop !6

for.end58:                                        ; preds = %for.cond42
  %87 = load i64, ptr %operands, align 8
  store i64 %87, ptr %made, align 8
  store i64 0, ptr %i59, align 8
  br label %for.cond60

for.cond60:                                       ; preds = %for.inc75, %for.end58
  %88 = load i64, ptr %i59, align 8
  %89 = load i64, ptr %carries, align 8
  %cmp61 = icmp slt i64 %88, %89
  br i1 %cmp61, label %for.body62, label %for.end77

for.body62:                                       ; preds = %for.cond60
  %90 = load ptr, ptr %loop, align 8
  %alike = getelementptr inbounds %struct.Loop, ptr %90, i32 0, i32 11
  %91 = load ptr, ptr %alike, align 8
  %92 = load i64, ptr %i59, align 8
  %arrayidx63 = getelementptr inbounds i64, ptr %91, i64 %92
  %93 = load i64, ptr %arrayidx63, align 8
  %cmp64 = icmp slt i64 %93, 0
  br i1 %cmp64, label %if.then65, label %if.end74

if.then65:                                        ; preds = %for.body62
  %94 = load i8, ptr %last, align 1, !range !7, !noundef !8
  %loadedv = trunc i8 %94 to i1
  br i1 %loadedv, label %cond.true66, label %cond.false68

cond.true66:                                      ; preds = %if.then65
  %95 = load ptr, ptr %outputs, align 8
  %96 = load i64, ptr %i59, align 8
  %arrayidx67 = getelementptr inbounds ptr, ptr %95, i64 %96
  %97 = load ptr, ptr %arrayidx67, align 8
  br label %cond.end70

cond.false68:                                     ; preds = %if.then65
  %98 = load ptr, ptr %others, align 8
  %99 = load i64, ptr %i59, align 8
  %arrayidx69 = getelementptr inbounds ptr, ptr %98, i64 %99
  %100 = load ptr, ptr %arrayidx69, align 8
  br label %cond.end70

cond.end70:                                       ; preds = %cond.false68, %cond.true66
  %cond71 = phi ptr [ %97, %cond.true66 ], [ %100, %cond.false68 ]
  %101 = load i64, ptr %made, align 8
  %inc72 = add nsw i64 %101, 1
  store i64 %inc72, ptr %made, align 8
  %arrayidx73 = getelementptr inbounds ptr, ptr %vla, i64 %101
  store ptr %cond71, ptr %arrayidx73, align 8
  br label %if.end74

if.end74:                                         ; preds = %cond.end70, %for.body62
  br label %for.inc75

for.inc75:                                        ; preds = %if.end74
  %102 = load i64, ptr %i59, align 8
  %inc76 = add nsw i64 %102, 1
  store i64 %inc76, ptr %i59, align 8
  br label %for.cond60, !llvm.loop !9

for.end77:                                        ; preds = %for.cond60
  store i64 0, ptr %i78, align 8
  br label %for.cond79

for.cond79:                                       ; preds = %for.inc89, %for.end77
  %103 = load i64, ptr %i78, align 8
  %104 = load ptr, ptr %loop, align 8
  %ys80 = getelementptr inbounds %struct.Loop, ptr %104, i32 0, i32 6
  %105 = load i64, ptr %ys80, align 8
  %cmp81 = icmp slt i64 %103, %105
  br i1 %cmp81, label %for.body82, label %for.end91

for.body82:                                       ; preds = %for.cond79
  %106 = load ptr, ptr %ys, align 8
  %107 = load i64, ptr %i78, align 8
  %arrayidx83 = getelementptr inbounds ptr, ptr %106, i64 %107
  %108 = load ptr, ptr %arrayidx83, align 8
  %109 = load i64, ptr %at, align 8
  %110 = load ptr, ptr %loop, align 8
  %y_steps = getelementptr inbounds %struct.Loop, ptr %110, i32 0, i32 9
  %111 = load ptr, ptr %y_steps, align 8
  %112 = load i64, ptr %i78, align 8
  %arrayidx84 = getelementptr inbounds i64, ptr %111, i64 %112
  %113 = load i64, ptr %arrayidx84, align 8
  %mul85 = mul nsw i64 %109, %113
  %add.ptr86 = getelementptr inbounds i8, ptr %108, i64 %mul85
  %114 = load i64, ptr %made, align 8
  %115 = load i64, ptr %i78, align 8
  %add87 = add nsw i64 %114, %115
  %arrayidx88 = getelementptr inbounds ptr, ptr %vla, i64 %add87
  store ptr %add.ptr86, ptr %arrayidx88, align 8
  br label %for.inc89

for.inc89:                                        ; preds = %for.body82
  %116 = load i64, ptr %i78, align 8
  %inc90 = add nsw i64 %116, 1
  store i64 %inc90, ptr %i78, align 8
  br label %for.cond79, !llvm.loop !10

for.end91:                                        ; preds = %for.cond79
  %117 = load ptr, ptr %loop, align 8
  %program = getelementptr inbounds %struct.Loop, ptr %117, i32 0, i32 2
  %118 = load ptr, ptr %program, align 8
  %119 = load ptr, ptr %scalars.addr, align 8
  %120 = load ptr, ptr %parallel_for.addr, align 8
  %call = call i64 @dovetail_run_program(ptr noundef %118, ptr noundef %vla, ptr noundef %119, ptr noundef %120) #6
  %121 = load ptr, ptr %status, align 8
  %122 = load i64, ptr %121, align 8
  %or = or i64 %122, %call
  store i64 %or, ptr %121, align 8
  %123 = load i64, ptr %operands, align 8
  store i64 %123, ptr %next, align 8
  store i64 0, ptr %i92, align 8
  br label %for.cond93

for.cond93:                                       ; preds = %for.inc110, %for.end91
  %124 = load i64, ptr %i92, align 8
  %125 = load i64, ptr %carries, align 8
  %cmp94 = icmp slt i64 %124, %125
  br i1 %cmp94, label %for.body95, label %for.end112

for.body95:                                       ; preds = %for.cond93
  %126 = load ptr, ptr %loop, align 8
  %alike96 = getelementptr inbounds %struct.Loop, ptr %126, i32 0, i32 11
  %127 = load ptr, ptr %alike96, align 8
  %128 = load i64, ptr %i92, align 8
  %arrayidx97 = getelementptr inbounds i64, ptr %127, i64 %128
  %129 = load i64, ptr %arrayidx97, align 8
  %cmp98 = icmp slt i64 %129, 0
  br i1 %cmp98, label %cond.true99, label %cond.false102

cond.true99:                                      ; preds = %for.body95
  %130 = load i64, ptr %next, align 8
  %inc100 = add nsw i64 %130, 1
  store i64 %inc100, ptr %next, align 8
  %arrayidx101 = getelementptr inbounds ptr, ptr %vla, i64 %130
  %131 = load ptr, ptr %arrayidx101, align 8
  br label %cond.end107

cond.false102:                                    ; preds = %for.body95
  %132 = load i64, ptr %made, align 8
  %133 = load ptr, ptr %loop, align 8
  %alike103 = getelementptr inbounds %struct.Loop, ptr %133, i32 0, i32 11
  %134 = load ptr, ptr %alike103, align 8
  %135 = load i64, ptr %i92, align 8
  %arrayidx104 = getelementptr inbounds i64, ptr %134, i64 %135
  %136 = load i64, ptr %arrayidx104, align 8
  %add105 = add nsw i64 %132, %136
  %arrayidx106 = getelementptr inbounds ptr, ptr %vla, i64 %add105
  %137 = load ptr, ptr %arrayidx106, align 8
  br label %cond.end107

cond.end107:                                      ; preds = %cond.false102, %cond.true99
  %cond108 = phi ptr [ %131, %cond.true99 ], [ %137, %cond.false102 ]
  %138 = load i64, ptr %i92, align 8
  %arrayidx109 = getelementptr inbounds ptr, ptr %vla, i64 %138
  store ptr %cond108, ptr %arrayidx109, align 8
  br label %for.inc110

for.inc110:                                       ; preds = %cond.end107
  %139 = load i64, ptr %i92, align 8
  %inc111 = add nsw i64 %139, 1
  store i64 %inc111, ptr %i92, align 8
  br label %for.cond93, !llvm.loop !11

for.end112:                                       ; preds = %for.cond93
  br label %for.inc113

for.inc113:                                       ; preds = %for.end112
  %140 = load i64, ptr %step, align 8
  %inc114 = add nsw i64 %140, 1
  store i64 %inc114, ptr %step, align 8
  br label %for.cond30, !llvm.loop !12

for.end115:                                       ; preds = %for.cond30
  store i64 0, ptr %i116, align 8
  br label %for.cond117

for.cond117:                                      ; preds = %for.inc129, %for.end115
  %141 = load i64, ptr %i116, align 8
  %142 = load i64, ptr %carries, align 8
  %cmp118 = icmp slt i64 %141, %142
  br i1 %cmp118, label %for.body119, label %for.end131

for.body119:                                      ; preds = %for.cond117
  %143 = load ptr, ptr %loop, align 8
  %alike120 = getelementptr inbounds %struct.Loop, ptr %143, i32 0, i32 11
  %144 = load ptr, ptr %alike120, align 8
  %145 = load i64, ptr %i116, align 8
  %arrayidx121 = getelementptr inbounds i64, ptr %144, i64 %145
  %146 = load i64, ptr %arrayidx121, align 8
  %cmp122 = icmp sge i64 %146, 0
  br i1 %cmp122, label %if.then123, label %if.end128

if.then123:                                       ; preds = %for.body119
  %147 = load ptr, ptr %outputs, align 8
  %148 = load i64, ptr %i116, align 8
  %arrayidx124 = getelementptr inbounds ptr, ptr %147, i64 %148
  %149 = load ptr, ptr %arrayidx124, align 8
  %150 = load i64, ptr %i116, align 8
  %arrayidx125 = getelementptr inbounds ptr, ptr %vla, i64 %150
  %151 = load ptr, ptr %arrayidx125, align 8
  %152 = load ptr, ptr %loop, align 8
  %bytes126 = getelementptr inbounds %struct.Loop, ptr %152, i32 0, i32 10
  %153 = load ptr, ptr %bytes126, align 8
  %154 = load i64, ptr %i116, align 8
  %arrayidx127 = getelementptr inbounds i64, ptr %153, i64 %154
  %155 = load i64, ptr %arrayidx127, align 8
  call void @copy(ptr noundef %149, ptr noundef %151, i64 noundef %155) #6
  br label %if.end128

if.end128:                                        ; preds = %if.then123, %for.body119
  br label %for.inc129

for.inc129:                                       ; preds = %if.end128
  %156 = load i64, ptr %i116, align 8
  %inc130 = add nsw i64 %156, 1
  store i64 %inc130, ptr %i116, align 8
  br label %for.cond117, !llvm.loop !13

for.end131:                                       ; preds = %for.cond117
  %157 = load ptr, ptr %loop, align 8
  %threads132 = getelementptr inbounds %struct.Loop, ptr %157, i32 0, i32 12
  %158 = load ptr, ptr %threads132, align 8
  %tobool133 = icmp ne ptr %158, null
  br i1 %tobool133, label %if.then134, label %if.end136

if.then134:                                       ; preds = %for.end131
  %159 = load ptr, ptr %loop, align 8
  %threads135 = getelementptr inbounds %struct.Loop, ptr %159, i32 0, i32 12
  %160 = load ptr, ptr %threads135, align 8
  call void @dovetail_leave_one_thread(ptr noundef %160) #6
  br label %if.end136

if.end136:                                        ; preds = %if.then134, %for.end131
  store i32 0, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %if.end136, %for.end23
  %161 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %161)
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

; Function Attrs: nounwind
define internal void @copy(ptr noundef %to, ptr noundef %from, i64 noundef %bytes) #0 {
entry:
  %to.addr = alloca ptr, align 8
  %from.addr = alloca ptr, align 8
  %bytes.addr = alloca i64, align 8
  store ptr %to, ptr %to.addr, align 8
  store ptr %from, ptr %from.addr, align 8
  store i64 %bytes, ptr %bytes.addr, align 8
  %0 = load ptr, ptr %to.addr, align 8
  %1 = load ptr, ptr %from.addr, align 8
  %2 = load i64, ptr %bytes.addr, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %0, ptr align 1 %1, i64 %2, i1 false)
  ret void
}

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
  br label %for.cond, !llvm.loop !14

for.end:                                          ; preds = %for.cond
  ret void
}

declare void @dovetail_enter_one_thread(ptr noundef)

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

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
  %long_ = alloca [5 x i64], align 16
  %short_ = alloca [5 x i32], align 16
  %sizes = alloca [5 x ptr], align 16
  %i = alloca i64, align 8
  %ones = alloca [2 x float], align 4
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
  store i64 %5, ptr %long_, align 8
  %arrayinit.element = getelementptr inbounds i64, ptr %long_, i64 1
  %6 = load ptr, ptr %p, align 8
  %columns = getelementptr inbounds %struct.Product, ptr %6, i32 0, i32 5
  %7 = load i64, ptr %columns, align 8
  store i64 %7, ptr %arrayinit.element, align 8
  %arrayinit.element1 = getelementptr inbounds i64, ptr %long_, i64 2
  %8 = load ptr, ptr %p, align 8
  %inner = getelementptr inbounds %struct.Product, ptr %8, i32 0, i32 6
  %9 = load i64, ptr %inner, align 8
  store i64 %9, ptr %arrayinit.element1, align 8
  %arrayinit.element2 = getelementptr inbounds i64, ptr %long_, i64 3
  %10 = load ptr, ptr %p, align 8
  %first_stride = getelementptr inbounds %struct.Product, ptr %10, i32 0, i32 13
  %11 = load i64, ptr %first_stride, align 8
  store i64 %11, ptr %arrayinit.element2, align 8
  %arrayinit.element3 = getelementptr inbounds i64, ptr %long_, i64 4
  %12 = load ptr, ptr %p, align 8
  %second_stride = getelementptr inbounds %struct.Product, ptr %12, i32 0, i32 14
  %13 = load i64, ptr %second_stride, align 8
  store i64 %13, ptr %arrayinit.element3, align 8
  %14 = load ptr, ptr %p, align 8
  %rows4 = getelementptr inbounds %struct.Product, ptr %14, i32 0, i32 4
  %15 = load i64, ptr %rows4, align 8
  %conv5 = trunc i64 %15 to i32
  store i32 %conv5, ptr %short_, align 4
  %arrayinit.element6 = getelementptr inbounds i32, ptr %short_, i64 1
  %16 = load ptr, ptr %p, align 8
  %columns7 = getelementptr inbounds %struct.Product, ptr %16, i32 0, i32 5
  %17 = load i64, ptr %columns7, align 8
  %conv8 = trunc i64 %17 to i32
  store i32 %conv8, ptr %arrayinit.element6, align 4
  %arrayinit.element9 = getelementptr inbounds i32, ptr %short_, i64 2
  %18 = load ptr, ptr %p, align 8
  %inner10 = getelementptr inbounds %struct.Product, ptr %18, i32 0, i32 6
  %19 = load i64, ptr %inner10, align 8
  %conv11 = trunc i64 %19 to i32
  store i32 %conv11, ptr %arrayinit.element9, align 4
  %arrayinit.element12 = getelementptr inbounds i32, ptr %short_, i64 3
  %20 = load ptr, ptr %p, align 8
  %first_stride13 = getelementptr inbounds %struct.Product, ptr %20, i32 0, i32 13
  %21 = load i64, ptr %first_stride13, align 8
  %conv14 = trunc i64 %21 to i32
  store i32 %conv14, ptr %arrayinit.element12, align 4
  %arrayinit.element15 = getelementptr inbounds i32, ptr %short_, i64 4
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
  %arrayidx = getelementptr inbounds [5 x i64], ptr %long_, i64 0, i64 %27
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %28 = load i64, ptr %i, align 8
  %arrayidx20 = getelementptr inbounds [5 x i32], ptr %short_, i64 0, i64 %28
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
  br label %for.cond, !llvm.loop !15

for.end:                                          ; preds = %for.cond
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %ones, ptr align 4 @__const.dovetail_multiply.ones, i64 8, i1 false)
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
  %arrayidx28 = getelementptr inbounds [2 x float], ptr %ones, i64 0, i64 0
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
  %arrayidx36 = getelementptr inbounds [2 x float], ptr %ones, i64 0, i64 1
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
  br label %for.cond56, !llvm.loop !16

for.end87:                                        ; preds = %if.then, %if.then48, %for.cond56
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #4

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
!5 = distinct !{!5, !4}
!6 = distinct !{!6, !4}
!7 = !{i8 0, i8 2}
!8 = !{}
!9 = distinct !{!9, !4}
!10 = distinct !{!10, !4}
!11 = distinct !{!11, !4}
!12 = distinct !{!12, !4}
!13 = distinct !{!13, !4}
!14 = distinct !{!14, !4}
!15 = distinct !{!15, !4}
!16 = distinct !{!16, !4}
