; Made of blas_threads.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 116e2c8851e9fd37b3826b26d32fbe498e1cf6dc55b036017b51fd4d6c51dff7

%struct.Threads = type { ptr, ptr }

@inside = internal global i32 0, align 4
@before = internal global i32 0, align 4
@lock = internal global i32 0, align 4

; Function Attrs: nounwind
define void @dovetail_enter_one_thread(ptr noundef %threads) #0 {
entry:
  %threads.addr = alloca ptr, align 8
  store ptr %threads, ptr %threads.addr, align 8
  call void @acquire() #1
  %0 = load i32, ptr @inside, align 4
  %inc = add nsw i32 %0, 1
  store i32 %inc, ptr @inside, align 4
  %cmp = icmp eq i32 %0, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %1 = load ptr, ptr %threads.addr, align 8
  %get = getelementptr inbounds %struct.Threads, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %get, align 8
  %call = call i32 %2() #1
  store i32 %call, ptr @before, align 4
  %3 = load ptr, ptr %threads.addr, align 8
  %set = getelementptr inbounds %struct.Threads, ptr %3, i32 0, i32 1
  %4 = load ptr, ptr %set, align 8
  call void %4(i32 noundef 1) #1
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  call void @release() #1
  ret void
}

; Function Attrs: nounwind
define internal void @acquire() #0 {
entry:
  %open = alloca i32, align 4
  %.atomictmp = alloca i32, align 4
  %cmpxchg.bool = alloca i8, align 1
  store i32 0, ptr %open, align 4
  br label %while.cond

while.cond:                                       ; preds = %while.body, %entry
  store i32 1, ptr %.atomictmp, align 4
  %0 = load i32, ptr %open, align 4
  %1 = load i32, ptr %.atomictmp, align 4
  %2 = cmpxchg weak ptr @lock, i32 %0, i32 %1 acquire monotonic, align 4
  %3 = extractvalue { i32, i1 } %2, 0
  %4 = extractvalue { i32, i1 } %2, 1
  br i1 %4, label %cmpxchg.continue, label %cmpxchg.store_expected

cmpxchg.store_expected:                           ; preds = %while.cond
  store i32 %3, ptr %open, align 4
  br label %cmpxchg.continue

cmpxchg.continue:                                 ; preds = %cmpxchg.store_expected, %while.cond
  %storedv = zext i1 %4 to i8
  store i8 %storedv, ptr %cmpxchg.bool, align 1
  %5 = load i8, ptr %cmpxchg.bool, align 1, !range !3, !noundef !4
  %loadedv = trunc i8 %5 to i1
  %lnot = xor i1 %loadedv, true
  br i1 %lnot, label %while.body, label %while.end

while.body:                                       ; preds = %cmpxchg.continue
  store i32 0, ptr %open, align 4
  br label %while.cond, !llvm.loop !5

while.end:                                        ; preds = %cmpxchg.continue
  ret void
}

; Function Attrs: nounwind
define internal void @release() #0 {
entry:
  %.atomictmp = alloca i32, align 4
  store i32 0, ptr %.atomictmp, align 4
  %0 = load i32, ptr %.atomictmp, align 4
  store atomic i32 %0, ptr @lock release, align 4
  ret void
}

; Function Attrs: nounwind
define void @dovetail_leave_one_thread(ptr noundef %threads) #0 {
entry:
  %threads.addr = alloca ptr, align 8
  store ptr %threads, ptr %threads.addr, align 8
  call void @acquire() #1
  %0 = load i32, ptr @inside, align 4
  %dec = add nsw i32 %0, -1
  store i32 %dec, ptr @inside, align 4
  %cmp = icmp eq i32 %dec, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %1 = load ptr, ptr %threads.addr, align 8
  %set = getelementptr inbounds %struct.Threads, ptr %1, i32 0, i32 1
  %2 = load ptr, ptr %set, align 8
  %3 = load i32, ptr @before, align 4
  call void %2(i32 noundef %3) #1
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  call void @release() #1
  ret void
}

; Function Attrs: nounwind
define void @dovetail_reset_one_thread(ptr noundef %threads) #0 {
entry:
  %threads.addr = alloca ptr, align 8
  store ptr %threads, ptr %threads.addr, align 8
  %0 = load i32, ptr @inside, align 4
  %tobool = icmp ne i32 %0, 0
  br i1 %tobool, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %1 = load ptr, ptr %threads.addr, align 8
  %set = getelementptr inbounds %struct.Threads, ptr %1, i32 0, i32 1
  %2 = load ptr, ptr %set, align 8
  %3 = load i32, ptr @before, align 4
  call void %2(i32 noundef %3) #1
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  store i32 0, ptr @inside, align 4
  call void @release() #1
  ret void
}

attributes #0 = { nounwind }
attributes #1 = { nobuiltin }

!3 = !{i8 0, i8 2}
!4 = !{}
!5 = distinct !{!5, !6}
!6 = !{!"llvm.loop.mustprogress"}
