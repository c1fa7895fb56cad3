; Made of prepared.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 0c245784e2f4dfd2bc71c54fde05ce5b5d6ae4069e574c8317b29b6d96344e1b

; Function Attrs: nounwind
define void @dovetail_require_finite(ptr noundef %buffers, ptr noundef %sizes, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %sizes.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  %value = alloca double, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %sizes, ptr %sizes.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %sizes.addr, align 8
  %arrayidx = getelementptr inbounds i64, ptr %0, i64 0
  %1 = load i64, ptr %arrayidx, align 8
  %cmp = icmp eq i64 %1, 8
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx1, align 8
  %4 = load double, ptr %3, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %5 = load ptr, ptr %buffers.addr, align 8
  %arrayidx2 = getelementptr inbounds ptr, ptr %5, i64 0
  %6 = load ptr, ptr %arrayidx2, align 8
  %7 = load float, ptr %6, align 4
  %conv = fpext float %7 to double
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi double [ %4, %cond.true ], [ %conv, %cond.false ]
  store double %cond, ptr %value, align 8
  %8 = load double, ptr %value, align 8
  %9 = load double, ptr %value, align 8
  %sub = fsub double %8, %9
  %cmp3 = fcmp oeq double %sub, 0.000000e+00
  br i1 %cmp3, label %if.end, label %if.then

if.then:                                          ; preds = %cond.end
  %10 = load ptr, ptr %buffers.addr, align 8
  %arrayidx5 = getelementptr inbounds ptr, ptr %10, i64 1
  %11 = load ptr, ptr %arrayidx5, align 8
  %12 = load i64, ptr %11, align 8
  %or = or i64 %12, 2
  store i64 %or, ptr %11, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %cond.end
  ret void
}

; Function Attrs: nounwind
define void @dovetail_copy(ptr noundef %buffers, ptr noundef %sizes, ptr noundef %scalars, ptr noundef %parallel_for) #0 {
entry:
  %buffers.addr = alloca ptr, align 8
  %sizes.addr = alloca ptr, align 8
  %scalars.addr = alloca ptr, align 8
  %parallel_for.addr = alloca ptr, align 8
  store ptr %buffers, ptr %buffers.addr, align 8
  store ptr %sizes, ptr %sizes.addr, align 8
  store ptr %scalars, ptr %scalars.addr, align 8
  store ptr %parallel_for, ptr %parallel_for.addr, align 8
  %0 = load ptr, ptr %buffers.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %0, i64 1
  %1 = load ptr, ptr %arrayidx, align 8
  %2 = load ptr, ptr %buffers.addr, align 8
  %arrayidx1 = getelementptr inbounds ptr, ptr %2, i64 0
  %3 = load ptr, ptr %arrayidx1, align 8
  %4 = load ptr, ptr %sizes.addr, align 8
  %arrayidx2 = getelementptr inbounds i64, ptr %4, i64 0
  %5 = load i64, ptr %arrayidx2, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %1, ptr align 1 %3, i64 %5, i1 false)
  ret void
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
