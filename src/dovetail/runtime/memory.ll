; Made of memory.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 255bfd00747aab84644f30c64abfbf031728d67b6a32b8c8be88ecfac545470f

%struct.anon = type { ptr, i64 }

@used = internal global i64 0, align 8
@blocks = internal global [1024 x %struct.anon] zeroinitializer, align 16
@dovetail_memory_held = global i64 0, align 8
@dovetail_memory_limit = global i64 0, align 8
@lock = internal global i32 0, align 64

; Function Attrs: nounwind
define ptr @dovetail_take(i64 noundef %size) #0 {
entry:
  %retval = alloca ptr, align 8
  %size.addr = alloca i64, align 8
  %i = alloca i64, align 8
  %block = alloca ptr, align 8
  store i64 %size, ptr %size.addr, align 8
  %call = call zeroext i1 @acquire() #3
  br i1 %call, label %if.then, label %if.end10

if.then:                                          ; preds = %entry
  %0 = load i64, ptr @used, align 8
  %sub = sub nsw i64 %0, 1
  store i64 %sub, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.then
  %1 = load i64, ptr %i, align 8
  %cmp = icmp sge i64 %1, 0
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %2
  %size1 = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 1
  %3 = load i64, ptr %size1, align 8
  %4 = load i64, ptr %size.addr, align 8
  %cmp2 = icmp eq i64 %3, %4
  br i1 %cmp2, label %if.then3, label %if.end

if.then3:                                         ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %arrayidx4 = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %5
  %block5 = getelementptr inbounds %struct.anon, ptr %arrayidx4, i32 0, i32 0
  %6 = load ptr, ptr %block5, align 16
  store ptr %6, ptr %block, align 8
  %7 = load i64, ptr %i, align 8
  %arrayidx6 = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %7
  %8 = load i64, ptr @used, align 8
  %dec = add nsw i64 %8, -1
  store i64 %dec, ptr @used, align 8
  %arrayidx7 = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %dec
  call void @llvm.memcpy.p0.p0.i64(ptr align 16 %arrayidx6, ptr align 16 %arrayidx7, i64 16, i1 false)
  %9 = load i64, ptr %size.addr, align 8
  %10 = load i64, ptr @dovetail_memory_held, align 8
  %sub8 = sub nsw i64 %10, %9
  store i64 %sub8, ptr @dovetail_memory_held, align 8
  call void @release() #3
  %11 = load ptr, ptr %block, align 8
  store ptr %11, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %for.body
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %12 = load i64, ptr %i, align 8
  %dec9 = add nsw i64 %12, -1
  store i64 %dec9, ptr %i, align 8
  br label %for.cond, !llvm.loop !3

for.end:                                          ; preds = %for.cond
  call void @release() #3
  br label %if.end10

if.end10:                                         ; preds = %for.end, %entry
  %13 = load i64, ptr %size.addr, align 8
  %call11 = call ptr @fresh(i64 noundef %13) #3
  store ptr %call11, ptr %retval, align 8
  br label %return

return:                                           ; preds = %if.end10, %if.then3
  %14 = load ptr, ptr %retval, align 8
  ret ptr %14
}

; Function Attrs: nounwind
define internal zeroext i1 @acquire() #0 {
entry:
  %retval = alloca i1, align 1
  %turn = alloca i32, align 4
  %open = alloca i32, align 4
  %.atomictmp = alloca i32, align 4
  %cmpxchg.bool = alloca i8, align 1
  store i32 0, ptr %turn, align 4
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i32, ptr %turn, align 4
  %cmp = icmp sle i32 %0, 4096
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  store i32 0, ptr %open, align 4
  store i32 1, ptr %.atomictmp, align 4
  %1 = load i32, ptr %open, align 4
  %2 = load i32, ptr %.atomictmp, align 4
  %3 = cmpxchg ptr @lock, i32 %1, i32 %2 acquire monotonic, align 64
  %4 = extractvalue { i32, i1 } %3, 0
  %5 = extractvalue { i32, i1 } %3, 1
  br i1 %5, label %cmpxchg.continue, label %cmpxchg.store_expected

cmpxchg.store_expected:                           ; preds = %for.body
  store i32 %4, ptr %open, align 4
  br label %cmpxchg.continue

cmpxchg.continue:                                 ; preds = %cmpxchg.store_expected, %for.body
  %storedv = zext i1 %5 to i8
  store i8 %storedv, ptr %cmpxchg.bool, align 1
  %6 = load i8, ptr %cmpxchg.bool, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %6 to i1
  br i1 %loadedv, label %if.then, label %if.end

if.then:                                          ; preds = %cmpxchg.continue
  store i1 true, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %cmpxchg.continue
  br label %for.inc

for.inc:                                          ; preds = %if.end
  %7 = load i32, ptr %turn, align 4
  %inc = add nsw i32 %7, 1
  store i32 %inc, ptr %turn, align 4
  br label %for.cond, !llvm.loop !7

for.end:                                          ; preds = %for.cond
  store i1 false, ptr %retval, align 1
  br label %return

return:                                           ; preds = %for.end, %if.then
  %8 = load i1, ptr %retval, align 1
  ret i1 %8
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: nounwind
define internal void @release() #0 {
entry:
  %.atomictmp = alloca i32, align 4
  store i32 0, ptr %.atomictmp, align 4
  %0 = load i32, ptr %.atomictmp, align 4
  store atomic i32 %0, ptr @lock release, align 64
  ret void
}

; Function Attrs: nounwind
define internal ptr @fresh(i64 noundef %size) #0 {
entry:
  %size.addr = alloca i64, align 8
  %block = alloca ptr, align 8
  %huge = alloca i8, align 1
  store i64 %size, ptr %size.addr, align 8
  store ptr null, ptr %block, align 8
  %0 = load i64, ptr %size.addr, align 8
  %cmp = icmp sge i64 %0, 2097152
  %storedv = zext i1 %cmp to i8
  store i8 %storedv, ptr %huge, align 1
  %1 = load i8, ptr %huge, align 1, !range !5, !noundef !6
  %loadedv = trunc i8 %1 to i1
  %2 = zext i1 %loadedv to i64
  %cond = select i1 %loadedv, i32 2097152, i32 64
  %conv = sext i32 %cond to i64
  %3 = load i64, ptr %size.addr, align 8
  %call = call i32 @posix_memalign(ptr noundef %block, i64 noundef %conv, i64 noundef %3) #3
  %4 = load i8, ptr %huge, align 1, !range !5, !noundef !6
  %loadedv1 = trunc i8 %4 to i1
  br i1 %loadedv1, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %5 = load ptr, ptr %block, align 8
  %6 = load i64, ptr %size.addr, align 8
  %call2 = call i32 @madvise(ptr noundef %5, i64 noundef %6, i32 noundef 14) #3
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  %7 = load ptr, ptr %block, align 8
  ret ptr %7
}

; Function Attrs: nounwind
define void @dovetail_give(ptr noundef %block, i64 noundef %size) #0 {
entry:
  %block.addr = alloca ptr, align 8
  %size.addr = alloca i64, align 8
  store ptr %block, ptr %block.addr, align 8
  store i64 %size, ptr %size.addr, align 8
  %call = call zeroext i1 @acquire() #3
  br i1 %call, label %if.then, label %if.end7

if.then:                                          ; preds = %entry
  %0 = load i64, ptr @used, align 8
  %cmp = icmp slt i64 %0, 1024
  br i1 %cmp, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %if.then
  %1 = load i64, ptr @dovetail_memory_held, align 8
  %2 = load i64, ptr %size.addr, align 8
  %add = add nsw i64 %1, %2
  %3 = load i64, ptr @dovetail_memory_limit, align 8
  %cmp1 = icmp sle i64 %add, %3
  br i1 %cmp1, label %if.then2, label %if.end

if.then2:                                         ; preds = %land.lhs.true
  %4 = load ptr, ptr %block.addr, align 8
  %5 = load i64, ptr @used, align 8
  %arrayidx = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %5
  %block3 = getelementptr inbounds %struct.anon, ptr %arrayidx, i32 0, i32 0
  store ptr %4, ptr %block3, align 16
  %6 = load i64, ptr %size.addr, align 8
  %7 = load i64, ptr @used, align 8
  %inc = add nsw i64 %7, 1
  store i64 %inc, ptr @used, align 8
  %arrayidx4 = getelementptr inbounds [1024 x %struct.anon], ptr @blocks, i64 0, i64 %7
  %size5 = getelementptr inbounds %struct.anon, ptr %arrayidx4, i32 0, i32 1
  store i64 %6, ptr %size5, align 8
  %8 = load i64, ptr %size.addr, align 8
  %9 = load i64, ptr @dovetail_memory_held, align 8
  %add6 = add nsw i64 %9, %8
  store i64 %add6, ptr @dovetail_memory_held, align 8
  call void @release() #3
  br label %return

if.end:                                           ; preds = %land.lhs.true, %if.then
  call void @release() #3
  br label %if.end7

if.end7:                                          ; preds = %if.end, %entry
  %10 = load ptr, ptr %block.addr, align 8
  call void @free(ptr noundef %10) #3
  br label %return

return:                                           ; preds = %if.end7, %if.then2
  ret void
}

declare void @free(ptr noundef)

; Function Attrs: nounwind
define void @dovetail_in_huge_pages(ptr noundef %data, i64 noundef %size) #0 {
entry:
  %data.addr = alloca ptr, align 8
  %size.addr = alloca i64, align 8
  %start = alloca i64, align 8
  %stop = alloca i64, align 8
  store ptr %data, ptr %data.addr, align 8
  store i64 %size, ptr %size.addr, align 8
  %0 = load ptr, ptr %data.addr, align 8
  %1 = ptrtoint ptr %0 to i64
  %add = add i64 %1, 2097152
  %sub = sub i64 %add, 1
  %and = and i64 %sub, -2097152
  store i64 %and, ptr %start, align 8
  %2 = load ptr, ptr %data.addr, align 8
  %3 = ptrtoint ptr %2 to i64
  %4 = load i64, ptr %size.addr, align 8
  %add1 = add i64 %3, %4
  %and2 = and i64 %add1, -2097152
  store i64 %and2, ptr %stop, align 8
  %5 = load i64, ptr %stop, align 8
  %6 = load i64, ptr %start, align 8
  %sub3 = sub i64 %5, %6
  %cmp = icmp sgt i64 %sub3, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  %7 = load i64, ptr %start, align 8
  %8 = inttoptr i64 %7 to ptr
  %9 = load i64, ptr %stop, align 8
  %10 = load i64, ptr %start, align 8
  %sub4 = sub i64 %9, %10
  %call = call i32 @madvise(ptr noundef %8, i64 noundef %sub4, i32 noundef 14) #3
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  ret void
}

declare i32 @madvise(ptr noundef, i64 noundef, i32 noundef)

declare i32 @posix_memalign(ptr noundef, i64 noundef, i64 noundef)

attributes #0 = { nounwind }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #3 = { nobuiltin }

!3 = distinct !{!3, !4}
!4 = !{!"llvm.loop.mustprogress"}
!5 = !{i8 0, i8 2}
!6 = !{}
!7 = distinct !{!7, !4}
