; Made of jax_cuda.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: dc9bf8d970a29858b40775e748e53a5d354fbd44648a839a255703f07235ed7a

%struct.StreamArguments = type { i64, ptr, ptr, ptr }
%struct.JaxCudaRecord = type { i64, i64, i64, i64, ptr, ptr, ptr }
%struct.Frame = type { i64, ptr, ptr, ptr, i32, %struct.Buffers, %struct.Buffers }
%struct.Buffers = type { i64, ptr, i64, ptr, ptr }
%struct.Buffer = type { i64, ptr, i32, ptr, i64, ptr }
%struct.Api = type { i64, ptr, %struct.Version, ptr, ptr, ptr, ptr, ptr, ptr }
%struct.Version = type { i64, ptr, i32, i32 }
%struct.Extension = type { i64, i32, ptr }
%struct.MetadataExtension = type { %struct.Extension, ptr }
%struct.Metadata = type { i64, %struct.Version, i32 }
%struct.ErrorArguments = type { i64, ptr, ptr, i32 }
%struct.CudaProgram = type { ptr, i64, ptr, i64, ptr, i64 }
%struct.CudaDriver = type { ptr, ptr, ptr, ptr, ptr, ptr, ptr }

@records = global [64 x ptr] zeroinitializer, align 16
@.str = private unnamed_addr constant [182 x i8] c"dovetail: the buffers are of other data types or shapes than those that the program was compiled for: trace and compile again; after jax.export or a change of jax_enable_x64 as well\00", align 1
@.str.1 = private unnamed_addr constant [136 x i8] c"dovetail: XLA allocated a buffer at an address that is not divisible by 16; please report it, and set DOVETAIL_GPU_KERNELS=0 until then\00", align 1
@.str.2 = private unnamed_addr constant [17 x i8] c"an unknown error\00", align 1
@.str.3 = private unnamed_addr constant [11 x i8] c"dovetail: \00", align 1
@.str.4 = private unnamed_addr constant [33 x i8] c" of NVIDIA's driver failed with \00", align 1
@.str.5 = private unnamed_addr constant [48 x i8] c"; with DOVETAIL_GPU_KERNELS=0 XLA computes this\00", align 1

; Function Attrs: uwtable(sync)
define ptr @handler_0(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr @records, align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define internal ptr @run(ptr noundef %record, ptr noundef %frame) #0 {
entry:
  %retval = alloca ptr, align 8
  %record.addr = alloca ptr, align 8
  %frame.addr = alloca ptr, align 8
  %arrays = alloca i64, align 8
  %floats = alloca i64, align 8
  %outputs = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %addresses = alloca i64, align 8
  %i = alloca i64, align 8
  %i18 = alloca i64, align 8
  %i32 = alloca i64, align 8
  %cleanup.dest.slot = alloca i32, align 4
  %stream = alloca %struct.StreamArguments, align 8
  %refused = alloca ptr, align 8
  %function = alloca ptr, align 8
  %error = alloca i32, align 4
  store ptr %record, ptr %record.addr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr %frame.addr, align 8
  %call = call zeroext i1 @was_asked(ptr noundef %0, i32 noundef 1) #7
  br i1 %call, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %entry
  %1 = load ptr, ptr %record.addr, align 8
  %arrays1 = getelementptr inbounds %struct.JaxCudaRecord, ptr %1, i32 0, i32 0
  %2 = load i64, ptr %arrays1, align 8
  store i64 %2, ptr %arrays, align 8
  %3 = load ptr, ptr %record.addr, align 8
  %floats2 = getelementptr inbounds %struct.JaxCudaRecord, ptr %3, i32 0, i32 1
  %4 = load i64, ptr %floats2, align 8
  store i64 %4, ptr %floats, align 8
  %5 = load ptr, ptr %record.addr, align 8
  %outputs3 = getelementptr inbounds %struct.JaxCudaRecord, ptr %5, i32 0, i32 2
  %6 = load i64, ptr %outputs3, align 8
  store i64 %6, ptr %outputs, align 8
  %7 = load ptr, ptr %frame.addr, align 8
  %operands = getelementptr inbounds %struct.Frame, ptr %7, i32 0, i32 5
  %8 = load i64, ptr %arrays, align 8
  %9 = load i64, ptr %floats, align 8
  %cmp = icmp sgt i64 %9, 0
  %conv = zext i1 %cmp to i32
  %conv4 = sext i32 %conv to i64
  %add = add nsw i64 %8, %conv4
  %10 = load ptr, ptr %record.addr, align 8
  %operands5 = getelementptr inbounds %struct.JaxCudaRecord, ptr %10, i32 0, i32 5
  %11 = load ptr, ptr %operands5, align 8
  %call6 = call zeroext i1 @fits(ptr noundef %operands, i64 noundef %add, ptr noundef %11) #7
  br i1 %call6, label %lor.lhs.false, label %if.then9

lor.lhs.false:                                    ; preds = %if.end
  %12 = load ptr, ptr %frame.addr, align 8
  %results = getelementptr inbounds %struct.Frame, ptr %12, i32 0, i32 6
  %13 = load i64, ptr %outputs, align 8
  %14 = load ptr, ptr %record.addr, align 8
  %results7 = getelementptr inbounds %struct.JaxCudaRecord, ptr %14, i32 0, i32 6
  %15 = load ptr, ptr %results7, align 8
  %call8 = call zeroext i1 @fits(ptr noundef %results, i64 noundef %13, ptr noundef %15) #7
  br i1 %call8, label %if.end11, label %if.then9

if.then9:                                         ; preds = %lor.lhs.false, %if.end
  %16 = load ptr, ptr %frame.addr, align 8
  %call10 = call ptr @failed(ptr noundef %16, ptr noundef @.str, i32 noundef 3) #7
  store ptr %call10, ptr %retval, align 8
  br label %return

if.end11:                                         ; preds = %lor.lhs.false
  %17 = load i64, ptr %arrays, align 8
  %18 = load i64, ptr %floats, align 8
  %add12 = add nsw i64 %17, %18
  %19 = load i64, ptr %outputs, align 8
  %add13 = add nsw i64 %add12, %19
  %20 = call ptr @llvm.stacksave.p0()
  store ptr %20, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add13, align 16
  store i64 %add13, ptr %__vla_expr0, align 8
  store i64 0, ptr %addresses, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end11
  %21 = load i64, ptr %i, align 8
  %22 = load i64, ptr %arrays, align 8
  %cmp14 = icmp slt i64 %21, %22
  br i1 %cmp14, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %23 = load ptr, ptr %frame.addr, align 8
  %operands16 = getelementptr inbounds %struct.Frame, ptr %23, i32 0, i32 5
  %buffers = getelementptr inbounds %struct.Buffers, ptr %operands16, i32 0, i32 4
  %24 = load ptr, ptr %buffers, align 8
  %25 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %24, i64 %25
  %26 = load ptr, ptr %arrayidx, align 8
  %data = getelementptr inbounds %struct.Buffer, ptr %26, i32 0, i32 3
  %27 = load ptr, ptr %data, align 8
  %28 = load i64, ptr %i, align 8
  %arrayidx17 = getelementptr inbounds ptr, ptr %vla, i64 %28
  store ptr %27, ptr %arrayidx17, align 8
  %29 = ptrtoint ptr %27 to i64
  %30 = load i64, ptr %addresses, align 8
  %or = or i64 %30, %29
  store i64 %or, ptr %addresses, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %31 = load i64, ptr %i, align 8
  %inc = add nsw i64 %31, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !4

for.end:                                          ; preds = %for.cond
  store i64 0, ptr %i18, align 8
  br label %for.cond19

for.cond19:                                       ; preds = %for.inc29, %for.end
  %32 = load i64, ptr %i18, align 8
  %33 = load i64, ptr %floats, align 8
  %cmp20 = icmp slt i64 %32, %33
  br i1 %cmp20, label %for.body22, label %for.end31

for.body22:                                       ; preds = %for.cond19
  %34 = load ptr, ptr %frame.addr, align 8
  %operands23 = getelementptr inbounds %struct.Frame, ptr %34, i32 0, i32 5
  %buffers24 = getelementptr inbounds %struct.Buffers, ptr %operands23, i32 0, i32 4
  %35 = load ptr, ptr %buffers24, align 8
  %36 = load i64, ptr %arrays, align 8
  %arrayidx25 = getelementptr inbounds ptr, ptr %35, i64 %36
  %37 = load ptr, ptr %arrayidx25, align 8
  %data26 = getelementptr inbounds %struct.Buffer, ptr %37, i32 0, i32 3
  %38 = load ptr, ptr %data26, align 8
  %39 = load i64, ptr %i18, align 8
  %add.ptr = getelementptr inbounds double, ptr %38, i64 %39
  %40 = load i64, ptr %arrays, align 8
  %41 = load i64, ptr %i18, align 8
  %add27 = add nsw i64 %40, %41
  %arrayidx28 = getelementptr inbounds ptr, ptr %vla, i64 %add27
  store ptr %add.ptr, ptr %arrayidx28, align 8
  br label %for.inc29

for.inc29:                                        ; preds = %for.body22
  %42 = load i64, ptr %i18, align 8
  %inc30 = add nsw i64 %42, 1
  store i64 %inc30, ptr %i18, align 8
  br label %for.cond19, !llvm.loop !6

for.end31:                                        ; preds = %for.cond19
  store i64 0, ptr %i32, align 8
  br label %for.cond33

for.cond33:                                       ; preds = %for.inc45, %for.end31
  %43 = load i64, ptr %i32, align 8
  %44 = load i64, ptr %outputs, align 8
  %cmp34 = icmp slt i64 %43, %44
  br i1 %cmp34, label %for.body36, label %for.end47

for.body36:                                       ; preds = %for.cond33
  %45 = load ptr, ptr %frame.addr, align 8
  %results37 = getelementptr inbounds %struct.Frame, ptr %45, i32 0, i32 6
  %buffers38 = getelementptr inbounds %struct.Buffers, ptr %results37, i32 0, i32 4
  %46 = load ptr, ptr %buffers38, align 8
  %47 = load i64, ptr %i32, align 8
  %arrayidx39 = getelementptr inbounds ptr, ptr %46, i64 %47
  %48 = load ptr, ptr %arrayidx39, align 8
  %data40 = getelementptr inbounds %struct.Buffer, ptr %48, i32 0, i32 3
  %49 = load ptr, ptr %data40, align 8
  %50 = load i64, ptr %arrays, align 8
  %51 = load i64, ptr %floats, align 8
  %add41 = add nsw i64 %50, %51
  %52 = load i64, ptr %i32, align 8
  %add42 = add nsw i64 %add41, %52
  %arrayidx43 = getelementptr inbounds ptr, ptr %vla, i64 %add42
  store ptr %49, ptr %arrayidx43, align 8
  %53 = ptrtoint ptr %49 to i64
  %54 = load i64, ptr %addresses, align 8
  %or44 = or i64 %54, %53
  store i64 %or44, ptr %addresses, align 8
  br label %for.inc45

for.inc45:                                        ; preds = %for.body36
  %55 = load i64, ptr %i32, align 8
  %inc46 = add nsw i64 %55, 1
  store i64 %inc46, ptr %i32, align 8
  br label %for.cond33, !llvm.loop !7

for.end47:                                        ; preds = %for.cond33
  %56 = load i64, ptr %addresses, align 8
  %57 = load ptr, ptr %record.addr, align 8
  %alignment = getelementptr inbounds %struct.JaxCudaRecord, ptr %57, i32 0, i32 3
  %58 = load i64, ptr %alignment, align 8
  %rem = urem i64 %56, %58
  %tobool = icmp ne i64 %rem, 0
  br i1 %tobool, label %if.then48, label %if.end50

if.then48:                                        ; preds = %for.end47
  %59 = load ptr, ptr %frame.addr, align 8
  %call49 = call ptr @failed(ptr noundef %59, ptr noundef @.str.1, i32 noundef 13) #7
  store ptr %call49, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end50:                                         ; preds = %for.end47
  %size = getelementptr inbounds %struct.StreamArguments, ptr %stream, i32 0, i32 0
  store i64 32, ptr %size, align 8
  %extension = getelementptr inbounds %struct.StreamArguments, ptr %stream, i32 0, i32 1
  store ptr null, ptr %extension, align 8
  %context = getelementptr inbounds %struct.StreamArguments, ptr %stream, i32 0, i32 2
  %60 = load ptr, ptr %frame.addr, align 8
  %context51 = getelementptr inbounds %struct.Frame, ptr %60, i32 0, i32 3
  %61 = load ptr, ptr %context51, align 8
  store ptr %61, ptr %context, align 8
  %stream52 = getelementptr inbounds %struct.StreamArguments, ptr %stream, i32 0, i32 3
  store ptr null, ptr %stream52, align 8
  %62 = load ptr, ptr %frame.addr, align 8
  %api = getelementptr inbounds %struct.Frame, ptr %62, i32 0, i32 2
  %63 = load ptr, ptr %api, align 8
  %get_stream = getelementptr inbounds %struct.Api, ptr %63, i32 0, i32 8
  %64 = load ptr, ptr %get_stream, align 8
  %call53 = call ptr %64(ptr noundef %stream) #7
  store ptr %call53, ptr %refused, align 8
  %65 = load ptr, ptr %refused, align 8
  %tobool54 = icmp ne ptr %65, null
  br i1 %tobool54, label %if.then55, label %if.end56

if.then55:                                        ; preds = %if.end50
  %66 = load ptr, ptr %refused, align 8
  store ptr %66, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

if.end56:                                         ; preds = %if.end50
  store ptr null, ptr %function, align 8
  %67 = load ptr, ptr %record.addr, align 8
  %program = getelementptr inbounds %struct.JaxCudaRecord, ptr %67, i32 0, i32 4
  %68 = load ptr, ptr %program, align 8
  %stream57 = getelementptr inbounds %struct.StreamArguments, ptr %stream, i32 0, i32 3
  %69 = load ptr, ptr %stream57, align 8
  %call58 = call i32 @dovetail_cuda_run(ptr noundef %68, ptr noundef %vla, ptr noundef null, ptr noundef %69, ptr noundef %function) #7
  store i32 %call58, ptr %error, align 4
  %70 = load i32, ptr %error, align 4
  %tobool59 = icmp ne i32 %70, 0
  br i1 %tobool59, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.end56
  %71 = load ptr, ptr %record.addr, align 8
  %72 = load ptr, ptr %frame.addr, align 8
  %73 = load i32, ptr %error, align 4
  %74 = load ptr, ptr %function, align 8
  %call60 = call ptr @driver_failed(ptr noundef %71, ptr noundef %72, i32 noundef %73, ptr noundef %74) #7
  br label %cond.end

cond.false:                                       ; preds = %if.end56
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %call60, %cond.true ], [ null, %cond.false ]
  store ptr %cond, ptr %retval, align 8
  store i32 1, ptr %cleanup.dest.slot, align 4
  br label %cleanup

cleanup:                                          ; preds = %cond.end, %if.then55, %if.then48
  %75 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %75)
  br label %return

return:                                           ; preds = %cleanup, %if.then9, %if.then
  %76 = load ptr, ptr %retval, align 8
  ret ptr %76
}

; Function Attrs: uwtable(sync)
define ptr @handler_1(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 1), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_2(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 2), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_3(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 3), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_4(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 4), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_5(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 5), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_6(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 6), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_7(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 7), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_8(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 8), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_9(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 9), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_10(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 10), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_11(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 11), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_12(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 12), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_13(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 13), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_14(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 14), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_15(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 15), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_16(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 16), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_17(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 17), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_18(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 18), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_19(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 19), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_20(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 20), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_21(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 21), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_22(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 22), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_23(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 23), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_24(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 24), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_25(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 25), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_26(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 26), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_27(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 27), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_28(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 28), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_29(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 29), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_30(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 30), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_31(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 31), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_32(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 32), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_33(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 33), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_34(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 34), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_35(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 35), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_36(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 36), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_37(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 37), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_38(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 38), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_39(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 39), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_40(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 40), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_41(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 41), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_42(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 42), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_43(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 43), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_44(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 44), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_45(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 45), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_46(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 46), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_47(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 47), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_48(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 48), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_49(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 49), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_50(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 50), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_51(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 51), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_52(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 52), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_53(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 53), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_54(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 54), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_55(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 55), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_56(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 56), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_57(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 57), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_58(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 58), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_59(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 59), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_60(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 60), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_61(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 61), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_62(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 62), align 16
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: uwtable(sync)
define ptr @handler_63(ptr noundef %frame) #0 {
entry:
  %frame.addr = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @records, i64 0, i64 63), align 8
  %1 = load ptr, ptr %frame.addr, align 8
  %call = call ptr @run(ptr noundef %0, ptr noundef %1) #7
  ret ptr %call
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal zeroext i1 @was_asked(ptr noundef %frame, i32 noundef %traits) #1 {
entry:
  %retval = alloca i1, align 1
  %frame.addr = alloca ptr, align 8
  %traits.addr = alloca i32, align 4
  %metadata = alloca ptr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  store i32 %traits, ptr %traits.addr, align 4
  %0 = load ptr, ptr %frame.addr, align 8
  %extension = getelementptr inbounds %struct.Frame, ptr %0, i32 0, i32 1
  %1 = load ptr, ptr %extension, align 8
  %tobool = icmp ne ptr %1, null
  br i1 %tobool, label %lor.lhs.false, label %if.then

lor.lhs.false:                                    ; preds = %entry
  %2 = load ptr, ptr %frame.addr, align 8
  %extension1 = getelementptr inbounds %struct.Frame, ptr %2, i32 0, i32 1
  %3 = load ptr, ptr %extension1, align 8
  %type = getelementptr inbounds %struct.Extension, ptr %3, i32 0, i32 1
  %4 = load i32, ptr %type, align 8
  %cmp = icmp ne i32 %4, 1
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %lor.lhs.false
  %5 = load ptr, ptr %frame.addr, align 8
  %extension2 = getelementptr inbounds %struct.Frame, ptr %5, i32 0, i32 1
  %6 = load ptr, ptr %extension2, align 8
  %metadata3 = getelementptr inbounds %struct.MetadataExtension, ptr %6, i32 0, i32 1
  %7 = load ptr, ptr %metadata3, align 8
  store ptr %7, ptr %metadata, align 8
  %8 = load ptr, ptr %frame.addr, align 8
  %api = getelementptr inbounds %struct.Frame, ptr %8, i32 0, i32 2
  %9 = load ptr, ptr %api, align 8
  %version = getelementptr inbounds %struct.Api, ptr %9, i32 0, i32 2
  %major = getelementptr inbounds %struct.Version, ptr %version, i32 0, i32 2
  %10 = load i32, ptr %major, align 8
  %11 = load ptr, ptr %metadata, align 8
  %version4 = getelementptr inbounds %struct.Metadata, ptr %11, i32 0, i32 1
  %major5 = getelementptr inbounds %struct.Version, ptr %version4, i32 0, i32 2
  store i32 %10, ptr %major5, align 8
  %12 = load ptr, ptr %frame.addr, align 8
  %api6 = getelementptr inbounds %struct.Frame, ptr %12, i32 0, i32 2
  %13 = load ptr, ptr %api6, align 8
  %version7 = getelementptr inbounds %struct.Api, ptr %13, i32 0, i32 2
  %minor = getelementptr inbounds %struct.Version, ptr %version7, i32 0, i32 3
  %14 = load i32, ptr %minor, align 4
  %15 = load ptr, ptr %metadata, align 8
  %version8 = getelementptr inbounds %struct.Metadata, ptr %15, i32 0, i32 1
  %minor9 = getelementptr inbounds %struct.Version, ptr %version8, i32 0, i32 3
  store i32 %14, ptr %minor9, align 4
  %16 = load i32, ptr %traits.addr, align 4
  %17 = load ptr, ptr %metadata, align 8
  %traits10 = getelementptr inbounds %struct.Metadata, ptr %17, i32 0, i32 2
  store i32 %16, ptr %traits10, align 8
  store i1 true, ptr %retval, align 1
  br label %return

return:                                           ; preds = %if.end, %if.then
  %18 = load i1, ptr %retval, align 1
  ret i1 %18
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal zeroext i1 @fits(ptr noundef %given, i64 noundef %count, ptr noundef %words) #1 {
entry:
  %retval = alloca i1, align 1
  %given.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %words.addr = alloca ptr, align 8
  %i = alloca i64, align 8
  %buffer = alloca ptr, align 8
  store ptr %given, ptr %given.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  %0 = load ptr, ptr %given.addr, align 8
  %count1 = getelementptr inbounds %struct.Buffers, ptr %0, i32 0, i32 2
  %1 = load i64, ptr %count1, align 8
  %2 = load i64, ptr %count.addr, align 8
  %cmp = icmp ne i64 %1, %2
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %entry
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %if.end
  %3 = load i64, ptr %i, align 8
  %4 = load i64, ptr %count.addr, align 8
  %cmp2 = icmp slt i64 %3, %4
  br i1 %cmp2, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %5 = load ptr, ptr %given.addr, align 8
  %buffers = getelementptr inbounds %struct.Buffers, ptr %5, i32 0, i32 4
  %6 = load ptr, ptr %buffers, align 8
  %7 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %6, i64 %7
  %8 = load ptr, ptr %arrayidx, align 8
  store ptr %8, ptr %buffer, align 8
  %9 = load ptr, ptr %buffer, align 8
  %dtype = getelementptr inbounds %struct.Buffer, ptr %9, i32 0, i32 2
  %10 = load i32, ptr %dtype, align 8
  %conv = sext i32 %10 to i64
  %11 = load ptr, ptr %words.addr, align 8
  %arrayidx3 = getelementptr inbounds i64, ptr %11, i64 0
  %12 = load i64, ptr %arrayidx3, align 8
  %cmp4 = icmp ne i64 %conv, %12
  br i1 %cmp4, label %if.then13, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %for.body
  %13 = load ptr, ptr %buffer, align 8
  %rank = getelementptr inbounds %struct.Buffer, ptr %13, i32 0, i32 4
  %14 = load i64, ptr %rank, align 8
  %15 = load ptr, ptr %words.addr, align 8
  %arrayidx6 = getelementptr inbounds i64, ptr %15, i64 1
  %16 = load i64, ptr %arrayidx6, align 8
  %cmp7 = icmp ne i64 %14, %16
  br i1 %cmp7, label %if.then13, label %lor.lhs.false9

lor.lhs.false9:                                   ; preds = %lor.lhs.false
  %17 = load ptr, ptr %buffer, align 8
  %sizes = getelementptr inbounds %struct.Buffer, ptr %17, i32 0, i32 5
  %18 = load ptr, ptr %sizes, align 8
  %19 = load ptr, ptr %words.addr, align 8
  %add.ptr = getelementptr inbounds i64, ptr %19, i64 2
  %20 = load ptr, ptr %buffer, align 8
  %rank10 = getelementptr inbounds %struct.Buffer, ptr %20, i32 0, i32 4
  %21 = load i64, ptr %rank10, align 8
  %mul = mul i64 %21, 8
  %call = call i32 @memcmp(ptr noundef %18, ptr noundef %add.ptr, i64 noundef %mul) #8
  %cmp11 = icmp ne i32 %call, 0
  br i1 %cmp11, label %if.then13, label %if.end14

if.then13:                                        ; preds = %lor.lhs.false9, %lor.lhs.false, %for.body
  store i1 false, ptr %retval, align 1
  br label %return

if.end14:                                         ; preds = %lor.lhs.false9
  %22 = load ptr, ptr %buffer, align 8
  %rank15 = getelementptr inbounds %struct.Buffer, ptr %22, i32 0, i32 4
  %23 = load i64, ptr %rank15, align 8
  %add = add nsw i64 2, %23
  %24 = load ptr, ptr %words.addr, align 8
  %add.ptr16 = getelementptr inbounds i64, ptr %24, i64 %add
  store ptr %add.ptr16, ptr %words.addr, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end14
  %25 = load i64, ptr %i, align 8
  %inc = add nsw i64 %25, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  store i1 true, ptr %retval, align 1
  br label %return

return:                                           ; preds = %for.end, %if.then13, %if.then
  %26 = load i1, ptr %retval, align 1
  ret i1 %26
}

; Function Attrs: inlinehint uwtable(sync)
define internal ptr @failed(ptr noundef %frame, ptr noundef %message, i32 noundef %code) #2 {
entry:
  %frame.addr = alloca ptr, align 8
  %message.addr = alloca ptr, align 8
  %code.addr = alloca i32, align 4
  %arguments = alloca %struct.ErrorArguments, align 8
  store ptr %frame, ptr %frame.addr, align 8
  store ptr %message, ptr %message.addr, align 8
  store i32 %code, ptr %code.addr, align 4
  %size = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 0
  store i64 28, ptr %size, align 8
  %extension = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 1
  store ptr null, ptr %extension, align 8
  %message1 = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 2
  %0 = load ptr, ptr %message.addr, align 8
  store ptr %0, ptr %message1, align 8
  %code2 = getelementptr inbounds %struct.ErrorArguments, ptr %arguments, i32 0, i32 3
  %1 = load i32, ptr %code.addr, align 4
  store i32 %1, ptr %code2, align 8
  %2 = load ptr, ptr %frame.addr, align 8
  %api = getelementptr inbounds %struct.Frame, ptr %2, i32 0, i32 2
  %3 = load ptr, ptr %api, align 8
  %create_error = getelementptr inbounds %struct.Api, ptr %3, i32 0, i32 4
  %4 = load ptr, ptr %create_error, align 8
  %call = call ptr %4(ptr noundef %arguments) #7
  ret ptr %call
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #3

declare i32 @dovetail_cuda_run(ptr noundef, ptr noundef, ptr noundef, ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal ptr @driver_failed(ptr noundef %record, ptr noundef %frame, i32 noundef %error, ptr noundef %function) #0 {
entry:
  %record.addr = alloca ptr, align 8
  %frame.addr = alloca ptr, align 8
  %error.addr = alloca i32, align 4
  %function.addr = alloca ptr, align 8
  %name = alloca ptr, align 8
  %message = alloca [256 x i8], align 16
  %end = alloca ptr, align 8
  %last = alloca ptr, align 8
  store ptr %record, ptr %record.addr, align 8
  store ptr %frame, ptr %frame.addr, align 8
  store i32 %error, ptr %error.addr, align 4
  store ptr %function, ptr %function.addr, align 8
  store ptr null, ptr %name, align 8
  %0 = load ptr, ptr %record.addr, align 8
  %program = getelementptr inbounds %struct.JaxCudaRecord, ptr %0, i32 0, i32 4
  %1 = load ptr, ptr %program, align 8
  %driver = getelementptr inbounds %struct.CudaProgram, ptr %1, i32 0, i32 0
  %2 = load ptr, ptr %driver, align 8
  %name_of = getelementptr inbounds %struct.CudaDriver, ptr %2, i32 0, i32 6
  %3 = load ptr, ptr %name_of, align 8
  %4 = load i32, ptr %error.addr, align 4
  %call = call i32 %3(i32 noundef %4, ptr noundef %name) #7
  %tobool = icmp ne i32 %call, 0
  br i1 %tobool, label %if.then, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %entry
  %5 = load ptr, ptr %name, align 8
  %tobool1 = icmp ne ptr %5, null
  br i1 %tobool1, label %if.end, label %if.then

if.then:                                          ; preds = %lor.lhs.false, %entry
  store ptr @.str.2, ptr %name, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %lor.lhs.false
  %arraydecay = getelementptr inbounds [256 x i8], ptr %message, i64 0, i64 0
  store ptr %arraydecay, ptr %end, align 8
  %arraydecay2 = getelementptr inbounds [256 x i8], ptr %message, i64 0, i64 0
  %add.ptr = getelementptr inbounds i8, ptr %arraydecay2, i64 256
  %add.ptr3 = getelementptr inbounds i8, ptr %add.ptr, i64 -1
  store ptr %add.ptr3, ptr %last, align 8
  %6 = load ptr, ptr %end, align 8
  %7 = load ptr, ptr %last, align 8
  %call4 = call ptr @append(ptr noundef %6, ptr noundef %7, ptr noundef @.str.3) #7
  store ptr %call4, ptr %end, align 8
  %8 = load ptr, ptr %end, align 8
  %9 = load ptr, ptr %last, align 8
  %10 = load ptr, ptr %function.addr, align 8
  %call5 = call ptr @append(ptr noundef %8, ptr noundef %9, ptr noundef %10) #7
  store ptr %call5, ptr %end, align 8
  %11 = load ptr, ptr %end, align 8
  %12 = load ptr, ptr %last, align 8
  %call6 = call ptr @append(ptr noundef %11, ptr noundef %12, ptr noundef @.str.4) #7
  store ptr %call6, ptr %end, align 8
  %13 = load ptr, ptr %end, align 8
  %14 = load ptr, ptr %last, align 8
  %15 = load ptr, ptr %name, align 8
  %call7 = call ptr @append(ptr noundef %13, ptr noundef %14, ptr noundef %15) #7
  store ptr %call7, ptr %end, align 8
  %16 = load ptr, ptr %end, align 8
  %17 = load ptr, ptr %last, align 8
  %call8 = call ptr @append(ptr noundef %16, ptr noundef %17, ptr noundef @.str.5) #7
  store ptr %call8, ptr %end, align 8
  %18 = load ptr, ptr %end, align 8
  store i8 0, ptr %18, align 1
  %19 = load ptr, ptr %frame.addr, align 8
  %arraydecay9 = getelementptr inbounds [256 x i8], ptr %message, i64 0, i64 0
  %call10 = call ptr @failed(ptr noundef %19, ptr noundef %arraydecay9, i32 noundef 13) #7
  ret ptr %call10
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #3

; Function Attrs: nounwind
declare i32 @memcmp(ptr noundef, ptr noundef, i64 noundef) #5

; Function Attrs: nounwind uwtable(sync)
define internal ptr @append(ptr noundef %end, ptr noundef %last, ptr noundef %text) #6 {
entry:
  %end.addr = alloca ptr, align 8
  %last.addr = alloca ptr, align 8
  %text.addr = alloca ptr, align 8
  store ptr %end, ptr %end.addr, align 8
  store ptr %last, ptr %last.addr, align 8
  store ptr %text, ptr %text.addr, align 8
  br label %while.cond

while.cond:                                       ; preds = %while.body, %entry
  %0 = load ptr, ptr %end.addr, align 8
  %1 = load ptr, ptr %last.addr, align 8
  %cmp = icmp ult ptr %0, %1
  br i1 %cmp, label %land.rhs, label %land.end

land.rhs:                                         ; preds = %while.cond
  %2 = load ptr, ptr %text.addr, align 8
  %3 = load i8, ptr %2, align 1
  %conv = sext i8 %3 to i32
  %tobool = icmp ne i32 %conv, 0
  br label %land.end

land.end:                                         ; preds = %land.rhs, %while.cond
  %4 = phi i1 [ false, %while.cond ], [ %tobool, %land.rhs ]
  br i1 %4, label %while.body, label %while.end

while.body:                                       ; preds = %land.end
  %5 = load ptr, ptr %text.addr, align 8
  %incdec.ptr = getelementptr inbounds i8, ptr %5, i32 1
  store ptr %incdec.ptr, ptr %text.addr, align 8
  %6 = load i8, ptr %5, align 1
  %7 = load ptr, ptr %end.addr, align 8
  %incdec.ptr1 = getelementptr inbounds i8, ptr %7, i32 1
  store ptr %incdec.ptr1, ptr %end.addr, align 8
  store i8 %6, ptr %7, align 1
  br label %while.cond, !llvm.loop !9

while.end:                                        ; preds = %land.end
  %8 = load ptr, ptr %end.addr, align 8
  ret ptr %8
}

attributes #0 = { uwtable(sync) }
attributes #1 = { inlinehint nounwind uwtable(sync) }
attributes #2 = { inlinehint uwtable(sync) }
attributes #3 = { nocallback nofree nosync nounwind willreturn }
attributes #5 = { nounwind }
attributes #6 = { nounwind uwtable(sync) }
attributes #7 = { nobuiltin }
attributes #8 = { nobuiltin nounwind }

!4 = distinct !{!4, !5}
!5 = !{!"llvm.loop.mustprogress"}
!6 = distinct !{!6, !5}
!7 = distinct !{!7, !5}
!8 = distinct !{!8, !5}
!9 = distinct !{!9, !5}
