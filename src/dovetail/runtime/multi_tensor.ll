; Made of multi_tensor.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 99f96b4ba1e5597649b2f0e89afbe7701b1ccb44b5f73a54fef897f4ef2ff82d

%union.anon = type { i32 }
%struct.Job = type { i64, ptr, i64, ptr, ptr, i64, i64, ptr, ptr, i64, double, double, ptr, ptr, double }
%struct.Chunk = type { i64, i64, ptr, i64 }
%struct.ChunkKernel = type { ptr, i64, ptr, ptr, i64, ptr, i64, ptr, i64, ptr, i64, ptr, ptr, i64 }

; Function Attrs: nounwind
define double @square_float64(ptr noundef %elements, i64 noundef %count, double noundef %inverse, double noundef %bound) #0 {
entry:
  %elements.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %inverse.addr = alloca double, align 8
  %bound.addr = alloca double, align 8
  %sum = alloca double, align 8
  %i = alloca i64, align 8
  %scaled = alloca double, align 8
  %above = alloca double, align 8
  %held = alloca double, align 8
  %squared = alloca double, align 8
  store ptr %elements, ptr %elements.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store double %inverse, ptr %inverse.addr, align 8
  store double %bound, ptr %bound.addr, align 8
  store double 0.000000e+00, ptr %sum, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %elements.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds double, ptr %2, i64 %3
  %4 = load double, ptr %arrayidx, align 8
  %5 = load double, ptr %inverse.addr, align 8
  %mul = fmul double %4, %5
  store double %mul, ptr %scaled, align 8
  %6 = load double, ptr %scaled, align 8
  %7 = load double, ptr %bound.addr, align 8
  %fneg = fneg double %7
  %cmp1 = fcmp olt double %6, %fneg
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %8 = load double, ptr %bound.addr, align 8
  %fneg2 = fneg double %8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %9 = load double, ptr %scaled, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %fneg2, %cond.true ], [ %9, %cond.false ]
  store double %cond, ptr %above, align 8
  %10 = load double, ptr %above, align 8
  %11 = load double, ptr %bound.addr, align 8
  %cmp3 = fcmp ogt double %10, %11
  br i1 %cmp3, label %cond.true4, label %cond.false5

cond.true4:                                       ; preds = %cond.end
  %12 = load double, ptr %bound.addr, align 8
  br label %cond.end6

cond.false5:                                      ; preds = %cond.end
  %13 = load double, ptr %above, align 8
  br label %cond.end6

cond.end6:                                        ; preds = %cond.false5, %cond.true4
  %cond7 = phi double [ %12, %cond.true4 ], [ %13, %cond.false5 ]
  store double %cond7, ptr %held, align 8
  %14 = load double, ptr %held, align 8
  %15 = load double, ptr %held, align 8
  %mul8 = fmul double %14, %15
  store double %mul8, ptr %squared, align 8
  %16 = load double, ptr %squared, align 8
  %17 = load double, ptr %sum, align 8
  %add = fadd reassoc double %17, %16
  store double %add, ptr %sum, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end6
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  %19 = load double, ptr %sum, align 8
  ret double %19
}

; Function Attrs: nounwind
define double @square_float32(ptr noundef %elements, i64 noundef %count, double noundef %inverse, double noundef %bound) #0 {
entry:
  %elements.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %inverse.addr = alloca double, align 8
  %bound.addr = alloca double, align 8
  %sum = alloca double, align 8
  %i = alloca i64, align 8
  %scaled = alloca double, align 8
  %above = alloca double, align 8
  %held = alloca double, align 8
  %squared = alloca double, align 8
  store ptr %elements, ptr %elements.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store double %inverse, ptr %inverse.addr, align 8
  store double %bound, ptr %bound.addr, align 8
  store double 0.000000e+00, ptr %sum, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %elements.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds float, ptr %2, i64 %3
  %4 = load float, ptr %arrayidx, align 4
  %conv = fpext float %4 to double
  %5 = load double, ptr %inverse.addr, align 8
  %mul = fmul double %conv, %5
  store double %mul, ptr %scaled, align 8
  %6 = load double, ptr %scaled, align 8
  %7 = load double, ptr %bound.addr, align 8
  %fneg = fneg double %7
  %cmp1 = fcmp olt double %6, %fneg
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %8 = load double, ptr %bound.addr, align 8
  %fneg3 = fneg double %8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %9 = load double, ptr %scaled, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %fneg3, %cond.true ], [ %9, %cond.false ]
  store double %cond, ptr %above, align 8
  %10 = load double, ptr %above, align 8
  %11 = load double, ptr %bound.addr, align 8
  %cmp4 = fcmp ogt double %10, %11
  br i1 %cmp4, label %cond.true6, label %cond.false7

cond.true6:                                       ; preds = %cond.end
  %12 = load double, ptr %bound.addr, align 8
  br label %cond.end8

cond.false7:                                      ; preds = %cond.end
  %13 = load double, ptr %above, align 8
  br label %cond.end8

cond.end8:                                        ; preds = %cond.false7, %cond.true6
  %cond9 = phi double [ %12, %cond.true6 ], [ %13, %cond.false7 ]
  store double %cond9, ptr %held, align 8
  %14 = load double, ptr %held, align 8
  %15 = load double, ptr %held, align 8
  %mul10 = fmul double %14, %15
  store double %mul10, ptr %squared, align 8
  %16 = load double, ptr %squared, align 8
  %17 = load double, ptr %sum, align 8
  %add = fadd reassoc double %17, %16
  store double %add, ptr %sum, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end8
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !5

for.end:                                          ; preds = %for.cond
  %19 = load double, ptr %sum, align 8
  ret double %19
}

; Function Attrs: nounwind
define double @square_float16(ptr noundef %elements, i64 noundef %count, double noundef %inverse, double noundef %bound) #0 {
entry:
  %elements.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %inverse.addr = alloca double, align 8
  %bound.addr = alloca double, align 8
  %sum = alloca double, align 8
  %i = alloca i64, align 8
  %scaled = alloca double, align 8
  %above = alloca double, align 8
  %held = alloca double, align 8
  %squared = alloca double, align 8
  store ptr %elements, ptr %elements.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store double %inverse, ptr %inverse.addr, align 8
  store double %bound, ptr %bound.addr, align 8
  store double 0.000000e+00, ptr %sum, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %elements.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds half, ptr %2, i64 %3
  %4 = load half, ptr %arrayidx, align 2
  %conv = fpext half %4 to double
  %5 = load double, ptr %inverse.addr, align 8
  %mul = fmul double %conv, %5
  store double %mul, ptr %scaled, align 8
  %6 = load double, ptr %scaled, align 8
  %7 = load double, ptr %bound.addr, align 8
  %fneg = fneg double %7
  %cmp1 = fcmp olt double %6, %fneg
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %8 = load double, ptr %bound.addr, align 8
  %fneg3 = fneg double %8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %9 = load double, ptr %scaled, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %fneg3, %cond.true ], [ %9, %cond.false ]
  store double %cond, ptr %above, align 8
  %10 = load double, ptr %above, align 8
  %11 = load double, ptr %bound.addr, align 8
  %cmp4 = fcmp ogt double %10, %11
  br i1 %cmp4, label %cond.true6, label %cond.false7

cond.true6:                                       ; preds = %cond.end
  %12 = load double, ptr %bound.addr, align 8
  br label %cond.end8

cond.false7:                                      ; preds = %cond.end
  %13 = load double, ptr %above, align 8
  br label %cond.end8

cond.end8:                                        ; preds = %cond.false7, %cond.true6
  %cond9 = phi double [ %12, %cond.true6 ], [ %13, %cond.false7 ]
  store double %cond9, ptr %held, align 8
  %14 = load double, ptr %held, align 8
  %15 = load double, ptr %held, align 8
  %mul10 = fmul double %14, %15
  store double %mul10, ptr %squared, align 8
  %16 = load double, ptr %squared, align 8
  %17 = load double, ptr %sum, align 8
  %add = fadd reassoc double %17, %16
  store double %add, ptr %sum, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end8
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !6

for.end:                                          ; preds = %for.cond
  %19 = load double, ptr %sum, align 8
  ret double %19
}

; Function Attrs: nounwind
define double @square_bfloat16(ptr noundef %elements, i64 noundef %count, double noundef %inverse, double noundef %bound) #0 {
entry:
  %elements.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %inverse.addr = alloca double, align 8
  %bound.addr = alloca double, align 8
  %sum = alloca double, align 8
  %i = alloca i64, align 8
  %scaled = alloca double, align 8
  %above = alloca double, align 8
  %held = alloca double, align 8
  %squared = alloca double, align 8
  store ptr %elements, ptr %elements.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store double %inverse, ptr %inverse.addr, align 8
  store double %bound, ptr %bound.addr, align 8
  store double 0.000000e+00, ptr %sum, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %elements.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds i16, ptr %2, i64 %3
  %4 = load i16, ptr %arrayidx, align 2
  %call = call double @widen_bfloat16(i16 noundef zeroext %4) #6
  %5 = load double, ptr %inverse.addr, align 8
  %mul = fmul double %call, %5
  store double %mul, ptr %scaled, align 8
  %6 = load double, ptr %scaled, align 8
  %7 = load double, ptr %bound.addr, align 8
  %fneg = fneg double %7
  %cmp1 = fcmp olt double %6, %fneg
  br i1 %cmp1, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.body
  %8 = load double, ptr %bound.addr, align 8
  %fneg2 = fneg double %8
  br label %cond.end

cond.false:                                       ; preds = %for.body
  %9 = load double, ptr %scaled, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %fneg2, %cond.true ], [ %9, %cond.false ]
  store double %cond, ptr %above, align 8
  %10 = load double, ptr %above, align 8
  %11 = load double, ptr %bound.addr, align 8
  %cmp3 = fcmp ogt double %10, %11
  br i1 %cmp3, label %cond.true4, label %cond.false5

cond.true4:                                       ; preds = %cond.end
  %12 = load double, ptr %bound.addr, align 8
  br label %cond.end6

cond.false5:                                      ; preds = %cond.end
  %13 = load double, ptr %above, align 8
  br label %cond.end6

cond.end6:                                        ; preds = %cond.false5, %cond.true4
  %cond7 = phi double [ %12, %cond.true4 ], [ %13, %cond.false5 ]
  store double %cond7, ptr %held, align 8
  %14 = load double, ptr %held, align 8
  %15 = load double, ptr %held, align 8
  %mul8 = fmul double %14, %15
  store double %mul8, ptr %squared, align 8
  %16 = load double, ptr %squared, align 8
  %17 = load double, ptr %sum, align 8
  %add = fadd reassoc double %17, %16
  store double %add, ptr %sum, align 8
  br label %for.inc

for.inc:                                          ; preds = %cond.end6
  %18 = load i64, ptr %i, align 8
  %inc = add nsw i64 %18, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %for.cond
  %19 = load double, ptr %sum, align 8
  ret double %19
}

; Function Attrs: inlinehint nounwind
define internal double @widen_bfloat16(i16 noundef zeroext %bits) #1 {
entry:
  %bits.addr = alloca i16, align 2
  %single = alloca %union.anon, align 4
  store i16 %bits, ptr %bits.addr, align 2
  %0 = load i16, ptr %bits.addr, align 2
  %conv = zext i16 %0 to i32
  %shl = shl i32 %conv, 16
  store i32 %shl, ptr %single, align 4
  %1 = load float, ptr %single, align 4
  %conv1 = fpext float %1 to double
  ret double %conv1
}

; Function Attrs: nounwind
define i64 @update(ptr noundef %job, ptr noundef %parallel_for) #0 {
entry:
  %retval = alloca i64, align 8
  %job.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %sum = alloca double, align 8
  %i = alloca i64, align 8
  %norm = alloca double, align 8
  %larger = alloca double, align 8
  %i25 = alloca i64, align 8
  %step = alloca ptr, align 8
  store ptr %job, ptr %job.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %job.addr, align 8
  %found_inf = getelementptr inbounds %struct.Job, ptr %0, i32 0, i32 13
  %1 = load ptr, ptr %found_inf, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %entry
  %2 = load ptr, ptr %job.addr, align 8
  %found_inf1 = getelementptr inbounds %struct.Job, ptr %2, i32 0, i32 13
  %3 = load ptr, ptr %found_inf1, align 8
  %4 = load float, ptr %3, align 4
  %cmp = fcmp une float %4, 0.000000e+00
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %land.lhs.true
  store i64 1, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %land.lhs.true, %entry
  %5 = load ptr, ptr %job.addr, align 8
  %factor = getelementptr inbounds %struct.Job, ptr %5, i32 0, i32 14
  %6 = load double, ptr %factor, align 8
  %7 = load ptr, ptr %job.addr, align 8
  %scalars = getelementptr inbounds %struct.Job, ptr %7, i32 0, i32 7
  %8 = load ptr, ptr %scalars, align 8
  %arrayidx = getelementptr inbounds double, ptr %8, i64 1
  store double %6, ptr %arrayidx, align 8
  %9 = load ptr, ptr %job.addr, align 8
  %scalars2 = getelementptr inbounds %struct.Job, ptr %9, i32 0, i32 7
  %10 = load ptr, ptr %scalars2, align 8
  %arrayidx3 = getelementptr inbounds double, ptr %10, i64 2
  store double 1.000000e+00, ptr %arrayidx3, align 8
  %11 = load ptr, ptr %job.addr, align 8
  %grad_scale = getelementptr inbounds %struct.Job, ptr %11, i32 0, i32 12
  %12 = load ptr, ptr %grad_scale, align 8
  %tobool4 = icmp ne ptr %12, null
  br i1 %tobool4, label %if.then5, label %if.end11

if.then5:                                         ; preds = %if.end
  %13 = load ptr, ptr %job.addr, align 8
  %grad_scale6 = getelementptr inbounds %struct.Job, ptr %13, i32 0, i32 12
  %14 = load ptr, ptr %grad_scale6, align 8
  %15 = load float, ptr %14, align 4
  %conv = fpext float %15 to double
  %div = fdiv double 1.000000e+00, %conv
  %conv7 = fptrunc double %div to float
  %conv8 = fpext float %conv7 to double
  %16 = load ptr, ptr %job.addr, align 8
  %scalars9 = getelementptr inbounds %struct.Job, ptr %16, i32 0, i32 7
  %17 = load ptr, ptr %scalars9, align 8
  %arrayidx10 = getelementptr inbounds double, ptr %17, i64 2
  store double %conv8, ptr %arrayidx10, align 8
  br label %if.end11

if.end11:                                         ; preds = %if.then5, %if.end
  %18 = load ptr, ptr %job.addr, align 8
  %clips = getelementptr inbounds %struct.Job, ptr %18, i32 0, i32 9
  %19 = load i64, ptr %clips, align 8
  %tobool12 = icmp ne i64 %19, 0
  br i1 %tobool12, label %if.then13, label %if.end24

if.then13:                                        ; preds = %if.end11
  %20 = load ptr, ptr %parallel_for.addr, align 8
  %21 = load ptr, ptr %job.addr, align 8
  %22 = load ptr, ptr %job.addr, align 8
  %tasks = getelementptr inbounds %struct.Job, ptr %22, i32 0, i32 5
  %23 = load i64, ptr %tasks, align 8
  call void %20(ptr noundef @square_task, ptr noundef %21, i64 noundef %23) #6
  store double 0.000000e+00, ptr %sum, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.then13
  %24 = load i64, ptr %i, align 8
  %25 = load ptr, ptr %job.addr, align 8
  %chunk_count = getelementptr inbounds %struct.Job, ptr %25, i32 0, i32 6
  %26 = load i64, ptr %chunk_count, align 8
  %cmp14 = icmp slt i64 %24, %26
  br i1 %cmp14, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %27 = load ptr, ptr %job.addr, align 8
  %partials = getelementptr inbounds %struct.Job, ptr %27, i32 0, i32 8
  %28 = load ptr, ptr %partials, align 8
  %29 = load i64, ptr %i, align 8
  %arrayidx16 = getelementptr inbounds double, ptr %28, i64 %29
  %30 = load double, ptr %arrayidx16, align 8
  %31 = load double, ptr %sum, align 8
  %add = fadd double %31, %30
  store double %add, ptr %sum, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %32 = load i64, ptr %i, align 8
  %inc = add nsw i64 %32, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  %33 = load double, ptr %sum, align 8
  %34 = call double @llvm.sqrt.f64(double %33)
  store double %34, ptr %norm, align 8
  %35 = load double, ptr %norm, align 8
  %36 = load ptr, ptr %job.addr, align 8
  %limit = getelementptr inbounds %struct.Job, ptr %36, i32 0, i32 10
  %37 = load double, ptr %limit, align 8
  %cmp17 = fcmp ole double %35, %37
  br i1 %cmp17, label %cond.true, label %cond.false

cond.true:                                        ; preds = %for.end
  %38 = load ptr, ptr %job.addr, align 8
  %limit19 = getelementptr inbounds %struct.Job, ptr %38, i32 0, i32 10
  %39 = load double, ptr %limit19, align 8
  br label %cond.end

cond.false:                                       ; preds = %for.end
  %40 = load double, ptr %norm, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %39, %cond.true ], [ %40, %cond.false ]
  store double %cond, ptr %larger, align 8
  %41 = load ptr, ptr %job.addr, align 8
  %limit20 = getelementptr inbounds %struct.Job, ptr %41, i32 0, i32 10
  %42 = load double, ptr %limit20, align 8
  %43 = load double, ptr %larger, align 8
  %div21 = fdiv double %42, %43
  %44 = load ptr, ptr %job.addr, align 8
  %scalars22 = getelementptr inbounds %struct.Job, ptr %44, i32 0, i32 7
  %45 = load ptr, ptr %scalars22, align 8
  %arrayidx23 = getelementptr inbounds double, ptr %45, i64 1
  store double %div21, ptr %arrayidx23, align 8
  br label %if.end24

if.end24:                                         ; preds = %cond.end, %if.end11
  store i64 0, ptr %i25, align 8
  br label %for.cond26

for.cond26:                                       ; preds = %for.inc37, %if.end24
  %46 = load i64, ptr %i25, align 8
  %47 = load ptr, ptr %job.addr, align 8
  %items = getelementptr inbounds %struct.Job, ptr %47, i32 0, i32 0
  %48 = load i64, ptr %items, align 8
  %cmp27 = icmp slt i64 %46, %48
  br i1 %cmp27, label %for.body29, label %for.end39

for.body29:                                       ; preds = %for.cond26
  %49 = load ptr, ptr %job.addr, align 8
  %bases = getelementptr inbounds %struct.Job, ptr %49, i32 0, i32 1
  %50 = load ptr, ptr %bases, align 8
  %51 = load i64, ptr %i25, align 8
  %52 = load ptr, ptr %job.addr, align 8
  %stride = getelementptr inbounds %struct.Job, ptr %52, i32 0, i32 2
  %53 = load i64, ptr %stride, align 8
  %mul = mul nsw i64 %51, %53
  %54 = load ptr, ptr %job.addr, align 8
  %stride30 = getelementptr inbounds %struct.Job, ptr %54, i32 0, i32 2
  %55 = load i64, ptr %stride30, align 8
  %add31 = add nsw i64 %mul, %55
  %sub = sub nsw i64 %add31, 1
  %arrayidx32 = getelementptr inbounds ptr, ptr %50, i64 %sub
  %56 = load ptr, ptr %arrayidx32, align 8
  store ptr %56, ptr %step, align 8
  %57 = load ptr, ptr %step, align 8
  %tobool33 = icmp ne ptr %57, null
  br i1 %tobool33, label %if.then34, label %if.end36

if.then34:                                        ; preds = %for.body29
  %58 = load ptr, ptr %step, align 8
  %59 = load float, ptr %58, align 4
  %add35 = fadd float %59, 1.000000e+00
  store float %add35, ptr %58, align 4
  br label %if.end36

if.end36:                                         ; preds = %if.then34, %for.body29
  br label %for.inc37

for.inc37:                                        ; preds = %if.end36
  %60 = load i64, ptr %i25, align 8
  %inc38 = add nsw i64 %60, 1
  store i64 %inc38, ptr %i25, align 8
  br label %for.cond26, !llvm.loop !9

for.end39:                                        ; preds = %for.cond26
  %61 = load ptr, ptr %parallel_for.addr, align 8
  %62 = load ptr, ptr %job.addr, align 8
  %63 = load ptr, ptr %job.addr, align 8
  %tasks40 = getelementptr inbounds %struct.Job, ptr %63, i32 0, i32 5
  %64 = load i64, ptr %tasks40, align 8
  call void %61(ptr noundef @update_task, ptr noundef %62, i64 noundef %64) #6
  store i64 0, ptr %retval, align 8
  br label %return

return:                                           ; preds = %for.end39, %if.then
  %65 = load i64, ptr %retval, align 8
  ret i64 %65
}

; Function Attrs: nounwind
define internal void @square_task(ptr noundef %job, i64 noundef %number) #0 {
entry:
  %job.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %starts = alloca ptr, align 8
  %i = alloca i64, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %job.addr, align 8
  %starts1 = getelementptr inbounds %struct.Job, ptr %0, i32 0, i32 4
  %1 = load ptr, ptr %starts1, align 8
  %2 = load i64, ptr %number.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %1, i64 %2
  store ptr %arrayidx, ptr %starts, align 8
  %3 = load ptr, ptr %starts, align 8
  %arrayidx2 = getelementptr inbounds i64, ptr %3, i64 0
  %4 = load i64, ptr %arrayidx2, align 8
  store i64 %4, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %5 = load i64, ptr %i, align 8
  %6 = load ptr, ptr %starts, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %6, i64 1
  %7 = load i64, ptr %arrayidx3, align 8
  %cmp = icmp slt i64 %5, %7
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %8 = load ptr, ptr %job.addr, align 8
  %9 = load i64, ptr %i, align 8
  call void @square_chunk(ptr noundef %8, i64 noundef %9) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %10 = load i64, ptr %i, align 8
  %inc = add nsw i64 %10, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !10

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.sqrt.f64(double) #2

; Function Attrs: nounwind
define internal void @update_task(ptr noundef %job, i64 noundef %number) #0 {
entry:
  %job.addr = alloca ptr, align 8
  %number.addr = alloca i64, align 8
  %starts = alloca ptr, align 8
  %i = alloca i64, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %number, ptr %number.addr, align 8
  %0 = load ptr, ptr %job.addr, align 8
  %starts1 = getelementptr inbounds %struct.Job, ptr %0, i32 0, i32 4
  %1 = load ptr, ptr %starts1, align 8
  %2 = load i64, ptr %number.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %1, i64 %2
  store ptr %arrayidx, ptr %starts, align 8
  %3 = load ptr, ptr %starts, align 8
  %arrayidx2 = getelementptr inbounds i64, ptr %3, i64 0
  %4 = load i64, ptr %arrayidx2, align 8
  store i64 %4, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %5 = load i64, ptr %i, align 8
  %6 = load ptr, ptr %starts, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %6, i64 1
  %7 = load i64, ptr %arrayidx3, align 8
  %cmp = icmp slt i64 %5, %7
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %8 = load ptr, ptr %job.addr, align 8
  %9 = load i64, ptr %i, align 8
  call void @update_chunk(ptr noundef %8, i64 noundef %9) #6
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %10 = load i64, ptr %i, align 8
  %inc = add nsw i64 %10, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !11

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: nounwind
define internal void @square_chunk(ptr noundef %job, i64 noundef %index) #0 {
entry:
  %job.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  %chunk = alloca ptr, align 8
  %kernel = alloca ptr, align 8
  %gradient = alloca ptr, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %job.addr, align 8
  %chunks = getelementptr inbounds %struct.Job, ptr %0, i32 0, i32 3
  %1 = load ptr, ptr %chunks, align 8
  %2 = load i64, ptr %index.addr, align 8
  %arrayidx = getelementptr inbounds %struct.Chunk, ptr %1, i64 %2
  store ptr %arrayidx, ptr %chunk, align 8
  %3 = load ptr, ptr %chunk, align 8
  %kernel1 = getelementptr inbounds %struct.Chunk, ptr %3, i32 0, i32 2
  %4 = load ptr, ptr %kernel1, align 8
  store ptr %4, ptr %kernel, align 8
  %5 = load ptr, ptr %job.addr, align 8
  %bases = getelementptr inbounds %struct.Job, ptr %5, i32 0, i32 1
  %6 = load ptr, ptr %bases, align 8
  %7 = load ptr, ptr %chunk, align 8
  %item = getelementptr inbounds %struct.Chunk, ptr %7, i32 0, i32 0
  %8 = load i64, ptr %item, align 8
  %9 = load ptr, ptr %job.addr, align 8
  %stride = getelementptr inbounds %struct.Job, ptr %9, i32 0, i32 2
  %10 = load i64, ptr %stride, align 8
  %mul = mul nsw i64 %8, %10
  %add = add nsw i64 %mul, 1
  %arrayidx2 = getelementptr inbounds ptr, ptr %6, i64 %add
  %11 = load ptr, ptr %arrayidx2, align 8
  store ptr %11, ptr %gradient, align 8
  %12 = load ptr, ptr %kernel, align 8
  %square = getelementptr inbounds %struct.ChunkKernel, ptr %12, i32 0, i32 12
  %13 = load ptr, ptr %square, align 8
  %14 = load ptr, ptr %gradient, align 8
  %15 = load ptr, ptr %kernel, align 8
  %grad_size = getelementptr inbounds %struct.ChunkKernel, ptr %15, i32 0, i32 13
  %16 = load i64, ptr %grad_size, align 8
  %17 = load ptr, ptr %chunk, align 8
  %offset = getelementptr inbounds %struct.Chunk, ptr %17, i32 0, i32 1
  %18 = load i64, ptr %offset, align 8
  %mul3 = mul nsw i64 %16, %18
  %add.ptr = getelementptr inbounds i8, ptr %14, i64 %mul3
  %19 = load ptr, ptr %chunk, align 8
  %length = getelementptr inbounds %struct.Chunk, ptr %19, i32 0, i32 3
  %20 = load i64, ptr %length, align 8
  %21 = load ptr, ptr %job.addr, align 8
  %scalars = getelementptr inbounds %struct.Job, ptr %21, i32 0, i32 7
  %22 = load ptr, ptr %scalars, align 8
  %arrayidx4 = getelementptr inbounds double, ptr %22, i64 2
  %23 = load double, ptr %arrayidx4, align 8
  %24 = load ptr, ptr %job.addr, align 8
  %bound = getelementptr inbounds %struct.Job, ptr %24, i32 0, i32 11
  %25 = load double, ptr %bound, align 8
  %call = call double %13(ptr noundef %add.ptr, i64 noundef %20, double noundef %23, double noundef %25) #6
  %26 = load ptr, ptr %job.addr, align 8
  %partials = getelementptr inbounds %struct.Job, ptr %26, i32 0, i32 8
  %27 = load ptr, ptr %partials, align 8
  %28 = load i64, ptr %index.addr, align 8
  %arrayidx5 = getelementptr inbounds double, ptr %27, i64 %28
  store double %call, ptr %arrayidx5, align 8
  ret void
}

; Function Attrs: noinline nounwind
define internal void @update_chunk(ptr noundef %job, i64 noundef %index) #3 {
entry:
  %job.addr = alloca ptr, align 8
  %index.addr = alloca i64, align 8
  %chunk = alloca ptr, align 8
  %kernel = alloca ptr, align 8
  %bases = alloca ptr, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %__vla_expr1 = alloca i64, align 8
  %__vla_expr2 = alloca i64, align 8
  %i = alloca i64, align 8
  %i14 = alloca i64, align 8
  %own_step = alloca ptr, align 8
  %i27 = alloca i64, align 8
  %place = alloca i64, align 8
  %number = alloca i64, align 8
  store ptr %job, ptr %job.addr, align 8
  store i64 %index, ptr %index.addr, align 8
  %0 = load ptr, ptr %job.addr, align 8
  %chunks = getelementptr inbounds %struct.Job, ptr %0, i32 0, i32 3
  %1 = load ptr, ptr %chunks, align 8
  %2 = load i64, ptr %index.addr, align 8
  %arrayidx = getelementptr inbounds %struct.Chunk, ptr %1, i64 %2
  store ptr %arrayidx, ptr %chunk, align 8
  %3 = load ptr, ptr %chunk, align 8
  %kernel1 = getelementptr inbounds %struct.Chunk, ptr %3, i32 0, i32 2
  %4 = load ptr, ptr %kernel1, align 8
  store ptr %4, ptr %kernel, align 8
  %5 = load ptr, ptr %job.addr, align 8
  %bases2 = getelementptr inbounds %struct.Job, ptr %5, i32 0, i32 1
  %6 = load ptr, ptr %bases2, align 8
  %7 = load ptr, ptr %chunk, align 8
  %item = getelementptr inbounds %struct.Chunk, ptr %7, i32 0, i32 0
  %8 = load i64, ptr %item, align 8
  %9 = load ptr, ptr %job.addr, align 8
  %stride = getelementptr inbounds %struct.Job, ptr %9, i32 0, i32 2
  %10 = load i64, ptr %stride, align 8
  %mul = mul nsw i64 %8, %10
  %arrayidx3 = getelementptr inbounds ptr, ptr %6, i64 %mul
  store ptr %arrayidx3, ptr %bases, align 8
  %11 = load ptr, ptr %kernel, align 8
  %buffer_count = getelementptr inbounds %struct.ChunkKernel, ptr %11, i32 0, i32 1
  %12 = load i64, ptr %buffer_count, align 8
  %13 = call ptr @llvm.stacksave.p0()
  store ptr %13, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %12, align 16
  store i64 %12, ptr %__vla_expr0, align 8
  %14 = load ptr, ptr %kernel, align 8
  %word_count = getelementptr inbounds %struct.ChunkKernel, ptr %14, i32 0, i32 4
  %15 = load i64, ptr %word_count, align 8
  %vla4 = alloca i64, i64 %15, align 16
  store i64 %15, ptr %__vla_expr1, align 8
  %16 = load ptr, ptr %kernel, align 8
  %value_count = getelementptr inbounds %struct.ChunkKernel, ptr %16, i32 0, i32 8
  %17 = load i64, ptr %value_count, align 8
  %add = add nsw i64 %17, 1
  %vla5 = alloca double, i64 %add, align 16
  store i64 %add, ptr %__vla_expr2, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %18 = load i64, ptr %i, align 8
  %19 = load ptr, ptr %kernel, align 8
  %buffer_count6 = getelementptr inbounds %struct.ChunkKernel, ptr %19, i32 0, i32 1
  %20 = load i64, ptr %buffer_count6, align 8
  %cmp = icmp slt i64 %18, %20
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %21 = load ptr, ptr %bases, align 8
  %22 = load ptr, ptr %kernel, align 8
  %roles = getelementptr inbounds %struct.ChunkKernel, ptr %22, i32 0, i32 2
  %23 = load ptr, ptr %roles, align 8
  %24 = load i64, ptr %i, align 8
  %arrayidx7 = getelementptr inbounds i64, ptr %23, i64 %24
  %25 = load i64, ptr %arrayidx7, align 8
  %arrayidx8 = getelementptr inbounds ptr, ptr %21, i64 %25
  %26 = load ptr, ptr %arrayidx8, align 8
  %27 = load ptr, ptr %kernel, align 8
  %sizes = getelementptr inbounds %struct.ChunkKernel, ptr %27, i32 0, i32 3
  %28 = load ptr, ptr %sizes, align 8
  %29 = load i64, ptr %i, align 8
  %arrayidx9 = getelementptr inbounds i64, ptr %28, i64 %29
  %30 = load i64, ptr %arrayidx9, align 8
  %31 = load ptr, ptr %chunk, align 8
  %offset = getelementptr inbounds %struct.Chunk, ptr %31, i32 0, i32 1
  %32 = load i64, ptr %offset, align 8
  %mul10 = mul nsw i64 %30, %32
  %add.ptr = getelementptr inbounds i8, ptr %26, i64 %mul10
  %33 = load i64, ptr %i, align 8
  %arrayidx11 = getelementptr inbounds ptr, ptr %vla, i64 %33
  store ptr %add.ptr, ptr %arrayidx11, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %34 = load i64, ptr %i, align 8
  %inc = add nsw i64 %34, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  %35 = load ptr, ptr %kernel, align 8
  %words = getelementptr inbounds %struct.ChunkKernel, ptr %35, i32 0, i32 5
  %36 = load ptr, ptr %words, align 8
  %37 = load ptr, ptr %kernel, align 8
  %word_count12 = getelementptr inbounds %struct.ChunkKernel, ptr %37, i32 0, i32 4
  %38 = load i64, ptr %word_count12, align 8
  %mul13 = mul i64 %38, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %vla4, ptr align 8 %36, i64 %mul13, i1 false)
  store i64 0, ptr %i14, align 8
  br label %for.cond15

for.cond15:                                       ; preds = %for.inc20, %for.end
  %39 = load i64, ptr %i14, align 8
  %40 = load ptr, ptr %kernel, align 8
  %length_count = getelementptr inbounds %struct.ChunkKernel, ptr %40, i32 0, i32 6
  %41 = load i64, ptr %length_count, align 8
  %cmp16 = icmp slt i64 %39, %41
  br i1 %cmp16, label %for.body17, label %for.end22

for.body17:                                       ; preds = %for.cond15
  %42 = load ptr, ptr %chunk, align 8
  %length = getelementptr inbounds %struct.Chunk, ptr %42, i32 0, i32 3
  %43 = load i64, ptr %length, align 8
  %44 = load ptr, ptr %kernel, align 8
  %lengths = getelementptr inbounds %struct.ChunkKernel, ptr %44, i32 0, i32 7
  %45 = load ptr, ptr %lengths, align 8
  %46 = load i64, ptr %i14, align 8
  %arrayidx18 = getelementptr inbounds i64, ptr %45, i64 %46
  %47 = load i64, ptr %arrayidx18, align 8
  %arrayidx19 = getelementptr inbounds i64, ptr %vla4, i64 %47
  store i64 %43, ptr %arrayidx19, align 8
  br label %for.inc20

for.inc20:                                        ; preds = %for.body17
  %48 = load i64, ptr %i14, align 8
  %inc21 = add nsw i64 %48, 1
  store i64 %inc21, ptr %i14, align 8
  br label %for.cond15, !llvm.loop !13

for.end22:                                        ; preds = %for.cond15
  %49 = load ptr, ptr %kernel, align 8
  %values = getelementptr inbounds %struct.ChunkKernel, ptr %49, i32 0, i32 9
  %50 = load ptr, ptr %values, align 8
  %51 = load ptr, ptr %kernel, align 8
  %value_count23 = getelementptr inbounds %struct.ChunkKernel, ptr %51, i32 0, i32 8
  %52 = load i64, ptr %value_count23, align 8
  %mul24 = mul i64 %52, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %vla5, ptr align 8 %50, i64 %mul24, i1 false)
  %53 = load ptr, ptr %bases, align 8
  %54 = load ptr, ptr %job.addr, align 8
  %stride25 = getelementptr inbounds %struct.Job, ptr %54, i32 0, i32 2
  %55 = load i64, ptr %stride25, align 8
  %sub = sub nsw i64 %55, 1
  %arrayidx26 = getelementptr inbounds ptr, ptr %53, i64 %sub
  %56 = load ptr, ptr %arrayidx26, align 8
  store ptr %56, ptr %own_step, align 8
  store i64 0, ptr %i27, align 8
  br label %for.cond28

for.cond28:                                       ; preds = %for.inc40, %for.end22
  %57 = load i64, ptr %i27, align 8
  %58 = load ptr, ptr %kernel, align 8
  %given_count = getelementptr inbounds %struct.ChunkKernel, ptr %58, i32 0, i32 10
  %59 = load i64, ptr %given_count, align 8
  %cmp29 = icmp slt i64 %57, %59
  br i1 %cmp29, label %for.body30, label %for.end42

for.body30:                                       ; preds = %for.cond28
  %60 = load ptr, ptr %kernel, align 8
  %given = getelementptr inbounds %struct.ChunkKernel, ptr %60, i32 0, i32 11
  %61 = load ptr, ptr %given, align 8
  %62 = load i64, ptr %i27, align 8
  %mul31 = mul nsw i64 2, %62
  %arrayidx32 = getelementptr inbounds i64, ptr %61, i64 %mul31
  %63 = load i64, ptr %arrayidx32, align 8
  store i64 %63, ptr %place, align 8
  %64 = load ptr, ptr %kernel, align 8
  %given33 = getelementptr inbounds %struct.ChunkKernel, ptr %64, i32 0, i32 11
  %65 = load ptr, ptr %given33, align 8
  %66 = load i64, ptr %i27, align 8
  %mul34 = mul nsw i64 2, %66
  %add35 = add nsw i64 %mul34, 1
  %arrayidx36 = getelementptr inbounds i64, ptr %65, i64 %add35
  %67 = load i64, ptr %arrayidx36, align 8
  store i64 %67, ptr %number, align 8
  %68 = load i64, ptr %number, align 8
  %cmp37 = icmp eq i64 %68, 0
  br i1 %cmp37, label %land.lhs.true, label %cond.false

land.lhs.true:                                    ; preds = %for.body30
  %69 = load ptr, ptr %own_step, align 8
  %tobool = icmp ne ptr %69, null
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %land.lhs.true
  %70 = load ptr, ptr %own_step, align 8
  %71 = load float, ptr %70, align 4
  %conv = fpext float %71 to double
  br label %cond.end

cond.false:                                       ; preds = %land.lhs.true, %for.body30
  %72 = load ptr, ptr %job.addr, align 8
  %scalars = getelementptr inbounds %struct.Job, ptr %72, i32 0, i32 7
  %73 = load ptr, ptr %scalars, align 8
  %74 = load i64, ptr %number, align 8
  %arrayidx38 = getelementptr inbounds double, ptr %73, i64 %74
  %75 = load double, ptr %arrayidx38, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %conv, %cond.true ], [ %75, %cond.false ]
  %76 = load i64, ptr %place, align 8
  %arrayidx39 = getelementptr inbounds double, ptr %vla5, i64 %76
  store double %cond, ptr %arrayidx39, align 8
  br label %for.inc40

for.inc40:                                        ; preds = %cond.end
  %77 = load i64, ptr %i27, align 8
  %inc41 = add nsw i64 %77, 1
  store i64 %inc41, ptr %i27, align 8
  br label %for.cond28, !llvm.loop !14

for.end42:                                        ; preds = %for.cond28
  %78 = load ptr, ptr %kernel, align 8
  %address = getelementptr inbounds %struct.ChunkKernel, ptr %78, i32 0, i32 0
  %79 = load ptr, ptr %address, align 8
  call void %79(ptr noundef %vla, ptr noundef %vla4, ptr noundef %vla5, ptr noundef @serial) #6
  %80 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %80)
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #4

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #5

; Function Attrs: nounwind
define internal void @serial(ptr noundef %task, ptr noundef %context, i64 noundef %count) #0 {
entry:
  %task.addr = alloca ptr, align 8
  %context.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  store ptr %task, ptr %task.addr, align 8
  store ptr %context, ptr %context.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  %0 = load ptr, ptr %task.addr, align 8
  %1 = load ptr, ptr %context.addr, align 8
  %2 = load i64, ptr %count.addr, align 8
  call void @serial_for(ptr noundef %0, ptr noundef %1, i64 noundef %2) #6
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #4

; Function Attrs: inlinehint nounwind
define internal void @serial_for(ptr noundef %task, ptr noundef %context, i64 noundef %count) #1 {
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
  br label %for.cond, !llvm.loop !15

for.end:                                          ; preds = %for.cond
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="512" }
attributes #1 = { inlinehint nounwind "prefer-vector-width"="512" }
attributes #2 = { nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #3 = { noinline nounwind "prefer-vector-width"="512" }
attributes #4 = { nocallback nofree nosync nounwind willreturn }
attributes #5 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #6 = { nobuiltin }

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
!15 = distinct !{!15, !4}
