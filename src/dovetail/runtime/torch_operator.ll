; Made of torch_operator.c by tools/build_runtime.py: change that, not this.
; clang: 19.1.7
; sources: 5242fa2c02fa64df727857d48f49c8577d38969152facc0aecc5ec004a2fe093

%struct.TorchOperator = type { i64, i64, i64, i64, ptr, ptr, i64 }
%struct.TorchPlan = type { %struct.PlanHead, ptr, ptr }
%struct.PlanHead = type { i64, i64, ptr }
%struct.TorchOutput = type { i64, ptr, ptr, i64, i64 }

@operators = global [64 x ptr] zeroinitializer, align 16
@device_cpu = global i32 0, align 4
@layout_strided = global i32 0, align 4
@.str = private unnamed_addr constant [35 x i8] c"the outputs could not be allocated\00", align 1
@.str.1 = private unnamed_addr constant [58 x i8] c"a tensor has more than 64 dimensions: reshape it to fewer\00", align 1
@.str.2 = private unnamed_addr constant [146 x i8] c"a tensor has elements but no memory of its own: it wraps other tensors, or its storage has been freed (resize_(0)); pass a tensor of plain memory\00", align 1
@.str.3 = private unnamed_addr constant [49 x i8] c"there is no memory for the temporaries of a call\00", align 1
@.str.4 = private unnamed_addr constant [89 x i8] c"an index is out of range: check labels and indices against the number of classes or rows\00", align 1
@.str.5 = private unnamed_addr constant [9 x i8] c"dovetail\00", align 1

; Function Attrs: uwtable(sync)
define void @kernel_0(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr @operators, align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define internal void @run_kernel(ptr noundef %operator, ptr noundef %stack) #0 {
entry:
  %operator.addr = alloca ptr, align 8
  %stack.addr = alloca ptr, align 8
  store ptr %operator, ptr %operator.addr, align 8
  store ptr %stack, ptr %stack.addr, align 8
  %0 = load ptr, ptr %operator.addr, align 8
  %lists = getelementptr inbounds %struct.TorchOperator, ptr %0, i32 0, i32 3
  %1 = load i64, ptr %lists, align 8
  %tobool = icmp ne i64 %1, 0
  br i1 %tobool, label %if.then, label %if.else

if.then:                                          ; preds = %entry
  %2 = load ptr, ptr %operator.addr, align 8
  %3 = load ptr, ptr %stack.addr, align 8
  call void @run_lists(ptr noundef %2, ptr noundef %3) #8
  br label %if.end

if.else:                                          ; preds = %entry
  %4 = load ptr, ptr %operator.addr, align 8
  %5 = load ptr, ptr %stack.addr, align 8
  call void @run(ptr noundef %4, ptr noundef %5) #8
  br label %if.end

if.end:                                           ; preds = %if.else, %if.then
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_1(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 1), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_2(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 2), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_3(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 3), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_4(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 4), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_5(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 5), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_6(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 6), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_7(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 7), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_8(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 8), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_9(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 9), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_10(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 10), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_11(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 11), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_12(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 12), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_13(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 13), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_14(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 14), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_15(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 15), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_16(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 16), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_17(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 17), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_18(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 18), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_19(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 19), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_20(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 20), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_21(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 21), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_22(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 22), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_23(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 23), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_24(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 24), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_25(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 25), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_26(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 26), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_27(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 27), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_28(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 28), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_29(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 29), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_30(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 30), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_31(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 31), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_32(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 32), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_33(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 33), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_34(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 34), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_35(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 35), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_36(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 36), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_37(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 37), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_38(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 38), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_39(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 39), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_40(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 40), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_41(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 41), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_42(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 42), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_43(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 43), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_44(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 44), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_45(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 45), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_46(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 46), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_47(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 47), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_48(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 48), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_49(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 49), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_50(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 50), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_51(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 51), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_52(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 52), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_53(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 53), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_54(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 54), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_55(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 55), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_56(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 56), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_57(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 57), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_58(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 58), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_59(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 59), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_60(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 60), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_61(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 61), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_62(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 62), align 16
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define void @kernel_63(ptr noundef %stack, i64 noundef %inputs, i64 noundef %outputs) #0 {
entry:
  %stack.addr = alloca ptr, align 8
  %inputs.addr = alloca i64, align 8
  %outputs.addr = alloca i64, align 8
  store ptr %stack, ptr %stack.addr, align 8
  store i64 %inputs, ptr %inputs.addr, align 8
  store i64 %outputs, ptr %outputs.addr, align 8
  %0 = load ptr, ptr getelementptr inbounds ([64 x ptr], ptr @operators, i64 0, i64 63), align 8
  %1 = load ptr, ptr %stack.addr, align 8
  call void @run_kernel(ptr noundef %0, ptr noundef %1) #8
  ret void
}

; Function Attrs: uwtable(sync)
define internal void @run_lists(ptr noundef %operator, ptr noundef %stack) #0 {
entry:
  %operator.addr = alloca ptr, align 8
  %stack.addr = alloca ptr, align 8
  %given = alloca i64, align 8
  %outputs = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %made = alloca ptr, align 8
  %i = alloca i64, align 8
  store ptr %operator, ptr %operator.addr, align 8
  store ptr %stack, ptr %stack.addr, align 8
  %0 = load ptr, ptr %operator.addr, align 8
  %tensors = getelementptr inbounds %struct.TorchOperator, ptr %0, i32 0, i32 0
  %1 = load i64, ptr %tensors, align 8
  %2 = load ptr, ptr %operator.addr, align 8
  %scalars = getelementptr inbounds %struct.TorchOperator, ptr %2, i32 0, i32 1
  %3 = load i64, ptr %scalars, align 8
  %add = add nsw i64 %1, %3
  store i64 %add, ptr %given, align 8
  %4 = load ptr, ptr %operator.addr, align 8
  %outputs1 = getelementptr inbounds %struct.TorchOperator, ptr %4, i32 0, i32 2
  %5 = load i64, ptr %outputs1, align 8
  store i64 %5, ptr %outputs, align 8
  %6 = load i64, ptr %given, align 8
  %7 = load i64, ptr %outputs, align 8
  %cmp = icmp sgt i64 %6, %7
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %8 = load i64, ptr %given, align 8
  br label %cond.end

cond.false:                                       ; preds = %entry
  %9 = load i64, ptr %outputs, align 8
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %8, %cond.true ], [ %9, %cond.false ]
  %10 = call ptr @llvm.stacksave.p0()
  store ptr %10, ptr %saved_stack, align 8
  %vla = alloca i64, i64 %cond, align 16
  store i64 %cond, ptr %__vla_expr0, align 8
  store ptr null, ptr %made, align 8
  %11 = load ptr, ptr %stack.addr, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %11, i64 0
  %12 = load ptr, ptr %arrayidx, align 8
  %13 = load ptr, ptr %operator.addr, align 8
  %tensors2 = getelementptr inbounds %struct.TorchOperator, ptr %13, i32 0, i32 0
  %14 = load i64, ptr %tensors2, align 8
  call void @take_items(ptr noundef %12, ptr noundef %vla, i64 noundef %14) #8
  %15 = load ptr, ptr %stack.addr, align 8
  %arrayidx3 = getelementptr inbounds ptr, ptr %15, i64 1
  %16 = load ptr, ptr %arrayidx3, align 8
  %17 = load ptr, ptr %operator.addr, align 8
  %tensors4 = getelementptr inbounds %struct.TorchOperator, ptr %17, i32 0, i32 0
  %18 = load i64, ptr %tensors4, align 8
  %add.ptr = getelementptr inbounds i64, ptr %vla, i64 %18
  %19 = load ptr, ptr %operator.addr, align 8
  %scalars5 = getelementptr inbounds %struct.TorchOperator, ptr %19, i32 0, i32 1
  %20 = load i64, ptr %scalars5, align 8
  call void @take_items(ptr noundef %16, ptr noundef %add.ptr, i64 noundef %20) #8
  %21 = load ptr, ptr %operator.addr, align 8
  call void @run(ptr noundef %21, ptr noundef %vla) #8
  %22 = load i64, ptr %outputs, align 8
  %call = call i32 @torch_new_list_reserve_size(i64 noundef %22, ptr noundef %made) #8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %cond.end
  %23 = load i64, ptr %i, align 8
  %24 = load i64, ptr %outputs, align 8
  %cmp6 = icmp slt i64 %23, %24
  br i1 %cmp6, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %25 = load ptr, ptr %made, align 8
  %26 = load i64, ptr %i, align 8
  %arrayidx7 = getelementptr inbounds i64, ptr %vla, i64 %26
  %27 = load i64, ptr %arrayidx7, align 8
  %call8 = call i32 @torch_list_push_back(ptr noundef %25, i64 noundef %27) #8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %28 = load i64, ptr %i, align 8
  %inc = add nsw i64 %28, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !4

for.end:                                          ; preds = %for.cond
  %29 = load ptr, ptr %made, align 8
  %30 = load ptr, ptr %stack.addr, align 8
  %arrayidx9 = getelementptr inbounds ptr, ptr %30, i64 0
  store ptr %29, ptr %arrayidx9, align 8
  %31 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %31)
  ret void
}

; Function Attrs: uwtable(sync)
define internal void @run(ptr noundef %operator, ptr noundef %stack) #0 {
entry:
  %operator.addr = alloca ptr, align 8
  %stack.addr = alloca ptr, align 8
  %tensors = alloca i64, align 8
  %outputs = alloca i64, align 8
  %saved_stack = alloca ptr, align 8
  %__vla_expr0 = alloca i64, align 8
  %__vla_expr1 = alloca i64, align 8
  %__vla_expr2 = alloca i64, align 8
  %length = alloca i64, align 8
  %hash = alloca i64, align 8
  %message = alloca ptr, align 8
  %i = alloca i64, align 8
  %rank = alloca i64, align 8
  %dtype = alloca i32, align 4
  %sizes = alloca ptr, align 8
  %strides = alloca ptr, align 8
  %data = alloca ptr, align 8
  %unread = alloca i8, align 1
  %words = alloca ptr, align 8
  %table = alloca ptr, align 8
  %atomic-temp = alloca ptr, align 8
  %plan = alloca ptr, align 8
  %i42 = alloca i64, align 8
  %scalars = alloca ptr, align 8
  %failed = alloca i64, align 8
  %i68 = alloca i64, align 8
  store ptr %operator, ptr %operator.addr, align 8
  store ptr %stack, ptr %stack.addr, align 8
  %0 = load ptr, ptr %operator.addr, align 8
  %tensors1 = getelementptr inbounds %struct.TorchOperator, ptr %0, i32 0, i32 0
  %1 = load i64, ptr %tensors1, align 8
  store i64 %1, ptr %tensors, align 8
  %2 = load ptr, ptr %operator.addr, align 8
  %outputs2 = getelementptr inbounds %struct.TorchOperator, ptr %2, i32 0, i32 2
  %3 = load i64, ptr %outputs2, align 8
  store i64 %3, ptr %outputs, align 8
  %4 = load i64, ptr %tensors, align 8
  %5 = load i64, ptr %outputs, align 8
  %add = add nsw i64 %4, %5
  %6 = call ptr @llvm.stacksave.p0()
  store ptr %6, ptr %saved_stack, align 8
  %vla = alloca ptr, i64 %add, align 16
  store i64 %add, ptr %__vla_expr0, align 8
  %7 = load i64, ptr %outputs, align 8
  %vla3 = alloca ptr, i64 %7, align 16
  store i64 %7, ptr %__vla_expr1, align 8
  %8 = load i64, ptr %tensors, align 8
  %mul = mul nsw i64 %8, 129
  %vla4 = alloca i64, i64 %mul, align 16
  store i64 %mul, ptr %__vla_expr2, align 8
  store i64 0, ptr %length, align 8
  store i64 -3750763034362895579, ptr %hash, align 8
  store ptr @.str, ptr %message, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %9 = load i64, ptr %i, align 8
  %10 = load i64, ptr %tensors, align 8
  %cmp = icmp slt i64 %9, %10
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %11 = load ptr, ptr %stack.addr, align 8
  %12 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %11, i64 %12
  %13 = load ptr, ptr %arrayidx, align 8
  %call = call i32 @aoti_torch_get_dim(ptr noundef %13, ptr noundef %rank) #8
  %14 = load ptr, ptr %stack.addr, align 8
  %15 = load i64, ptr %i, align 8
  %arrayidx5 = getelementptr inbounds ptr, ptr %14, i64 %15
  %16 = load ptr, ptr %arrayidx5, align 8
  %call6 = call i32 @aoti_torch_get_dtype(ptr noundef %16, ptr noundef %dtype) #8
  %17 = load ptr, ptr %stack.addr, align 8
  %18 = load i64, ptr %i, align 8
  %arrayidx7 = getelementptr inbounds ptr, ptr %17, i64 %18
  %19 = load ptr, ptr %arrayidx7, align 8
  %call8 = call i32 @aoti_torch_get_sizes(ptr noundef %19, ptr noundef %sizes) #8
  %20 = load ptr, ptr %stack.addr, align 8
  %21 = load i64, ptr %i, align 8
  %arrayidx9 = getelementptr inbounds ptr, ptr %20, i64 %21
  %22 = load ptr, ptr %arrayidx9, align 8
  %call10 = call i32 @aoti_torch_get_strides(ptr noundef %22, ptr noundef %strides) #8
  %23 = load ptr, ptr %stack.addr, align 8
  %24 = load i64, ptr %i, align 8
  %arrayidx11 = getelementptr inbounds ptr, ptr %23, i64 %24
  %25 = load ptr, ptr %arrayidx11, align 8
  %call12 = call i32 @torch_get_const_data_ptr(ptr noundef %25, ptr noundef %data) #8
  %cmp13 = icmp ne i32 %call12, 0
  %storedv = zext i1 %cmp13 to i8
  store i8 %storedv, ptr %unread, align 1
  %26 = load i64, ptr %rank, align 8
  %cmp14 = icmp ugt i64 %26, 64
  br i1 %cmp14, label %if.then, label %if.end

if.then:                                          ; preds = %for.body
  %27 = load ptr, ptr %stack.addr, align 8
  %28 = load i64, ptr %tensors, align 8
  call void @drop(ptr noundef %27, i64 noundef %28) #8
  call void @fail(ptr noundef @.str.1) #9
  unreachable

if.end:                                           ; preds = %for.body
  %29 = load i8, ptr %unread, align 1, !range !6, !noundef !7
  %loadedv = trunc i8 %29 to i1
  br i1 %loadedv, label %land.lhs.true, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end
  %30 = load ptr, ptr %data, align 8
  %31 = ptrtoint ptr %30 to i64
  %cmp15 = icmp ult i64 %31, 1099511627776
  br i1 %cmp15, label %land.lhs.true, label %if.end20

land.lhs.true:                                    ; preds = %lor.lhs.false, %if.end
  %32 = load ptr, ptr %stack.addr, align 8
  %33 = load i64, ptr %i, align 8
  %arrayidx16 = getelementptr inbounds ptr, ptr %32, i64 %33
  %34 = load ptr, ptr %arrayidx16, align 8
  %35 = load i8, ptr %unread, align 1, !range !6, !noundef !7
  %loadedv17 = trunc i8 %35 to i1
  %36 = load ptr, ptr %data, align 8
  %37 = ptrtoint ptr %36 to i64
  %call18 = call zeroext i1 @is_nowhere(ptr noundef %34, i1 noundef zeroext %loadedv17, i64 noundef %37) #8
  br i1 %call18, label %if.then19, label %if.end20

if.then19:                                        ; preds = %land.lhs.true
  %38 = load ptr, ptr %stack.addr, align 8
  %39 = load i64, ptr %tensors, align 8
  call void @drop(ptr noundef %38, i64 noundef %39) #8
  call void @fail(ptr noundef @.str.2) #9
  unreachable

if.end20:                                         ; preds = %land.lhs.true, %lor.lhs.false
  %40 = load ptr, ptr %data, align 8
  %41 = load i64, ptr %i, align 8
  %arrayidx21 = getelementptr inbounds ptr, ptr %vla, i64 %41
  store ptr %40, ptr %arrayidx21, align 8
  %42 = load i64, ptr %length, align 8
  %arrayidx22 = getelementptr inbounds i64, ptr %vla4, i64 %42
  store ptr %arrayidx22, ptr %words, align 8
  %43 = load i32, ptr %dtype, align 4
  %conv = sext i32 %43 to i64
  %shl = shl i64 %conv, 8
  %44 = load i64, ptr %rank, align 8
  %or = or i64 %shl, %44
  %45 = load ptr, ptr %words, align 8
  %arrayidx23 = getelementptr inbounds i64, ptr %45, i64 0
  store i64 %or, ptr %arrayidx23, align 8
  %46 = load ptr, ptr %words, align 8
  %add.ptr = getelementptr inbounds i64, ptr %46, i64 1
  %47 = load ptr, ptr %sizes, align 8
  %48 = load i64, ptr %rank, align 8
  %mul24 = mul i64 %48, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %add.ptr, ptr align 8 %47, i64 %mul24, i1 false)
  %49 = load ptr, ptr %words, align 8
  %add.ptr25 = getelementptr inbounds i64, ptr %49, i64 1
  %50 = load i64, ptr %rank, align 8
  %add.ptr26 = getelementptr inbounds i64, ptr %add.ptr25, i64 %50
  %51 = load ptr, ptr %strides, align 8
  %52 = load i64, ptr %rank, align 8
  %mul27 = mul i64 %52, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %add.ptr26, ptr align 8 %51, i64 %mul27, i1 false)
  %53 = load i64, ptr %rank, align 8
  %mul28 = mul nsw i64 2, %53
  %add29 = add nsw i64 1, %mul28
  %54 = load i64, ptr %length, align 8
  %add30 = add nsw i64 %54, %add29
  store i64 %add30, ptr %length, align 8
  %55 = load i64, ptr %hash, align 8
  %56 = load ptr, ptr %words, align 8
  %57 = load i64, ptr %rank, align 8
  %mul31 = mul nsw i64 2, %57
  %add32 = add nsw i64 1, %mul31
  %call33 = call i64 @mix(i64 noundef %55, ptr noundef %56, i64 noundef %add32) #8
  store i64 %call33, ptr %hash, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end20
  %58 = load i64, ptr %i, align 8
  %inc = add nsw i64 %58, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !8

for.end:                                          ; preds = %for.cond
  %59 = load ptr, ptr %operator.addr, align 8
  %table34 = getelementptr inbounds %struct.TorchOperator, ptr %59, i32 0, i32 4
  %60 = load atomic i64, ptr %table34 acquire, align 8
  store i64 %60, ptr %atomic-temp, align 8
  %61 = load ptr, ptr %atomic-temp, align 8
  store ptr %61, ptr %table, align 8
  %62 = load ptr, ptr %table, align 8
  %63 = load i64, ptr %hash, align 8
  %64 = load i64, ptr %length, align 8
  %call35 = call ptr @find(ptr noundef %62, i64 noundef %63, ptr noundef %vla4, i64 noundef %64) #8
  store ptr %call35, ptr %plan, align 8
  %65 = load ptr, ptr %plan, align 8
  %tobool = icmp ne ptr %65, null
  br i1 %tobool, label %if.end38, label %if.then36

if.then36:                                        ; preds = %for.end
  %66 = load ptr, ptr %operator.addr, align 8
  %resolve = getelementptr inbounds %struct.TorchOperator, ptr %66, i32 0, i32 5
  %67 = load ptr, ptr %resolve, align 8
  %68 = load ptr, ptr %operator.addr, align 8
  %number = getelementptr inbounds %struct.TorchOperator, ptr %68, i32 0, i32 6
  %69 = load i64, ptr %number, align 8
  %70 = load i64, ptr %hash, align 8
  %71 = load i64, ptr %length, align 8
  %call37 = call ptr %67(i64 noundef %69, i64 noundef %70, ptr noundef %vla4, i64 noundef %71, ptr noundef %message) #8
  store ptr %call37, ptr %plan, align 8
  br label %if.end38

if.end38:                                         ; preds = %if.then36, %for.end
  %72 = load ptr, ptr %plan, align 8
  %tobool39 = icmp ne ptr %72, null
  br i1 %tobool39, label %if.end41, label %if.then40

if.then40:                                        ; preds = %if.end38
  %73 = load ptr, ptr %stack.addr, align 8
  %74 = load i64, ptr %tensors, align 8
  call void @drop(ptr noundef %73, i64 noundef %74) #8
  %75 = load ptr, ptr %message, align 8
  call void @fail(ptr noundef %75) #9
  unreachable

if.end41:                                         ; preds = %if.end38
  store i64 0, ptr %i42, align 8
  br label %for.cond43

for.cond43:                                       ; preds = %for.inc59, %if.end41
  %76 = load i64, ptr %i42, align 8
  %77 = load i64, ptr %outputs, align 8
  %cmp44 = icmp slt i64 %76, %77
  br i1 %cmp44, label %for.body46, label %for.end61

for.body46:                                       ; preds = %for.cond43
  %78 = load ptr, ptr %plan, align 8
  %outputs47 = getelementptr inbounds %struct.TorchPlan, ptr %78, i32 0, i32 2
  %79 = load ptr, ptr %outputs47, align 8
  %80 = load i64, ptr %i42, align 8
  %arrayidx48 = getelementptr inbounds %struct.TorchOutput, ptr %79, i64 %80
  %call49 = call ptr @allocate(ptr noundef %arrayidx48) #8
  %81 = load i64, ptr %i42, align 8
  %arrayidx50 = getelementptr inbounds ptr, ptr %vla3, i64 %81
  store ptr %call49, ptr %arrayidx50, align 8
  %82 = load i64, ptr %i42, align 8
  %arrayidx51 = getelementptr inbounds ptr, ptr %vla3, i64 %82
  %83 = load ptr, ptr %arrayidx51, align 8
  %tobool52 = icmp ne ptr %83, null
  br i1 %tobool52, label %if.end54, label %if.then53

if.then53:                                        ; preds = %for.body46
  %84 = load i64, ptr %i42, align 8
  call void @drop(ptr noundef %vla3, i64 noundef %84) #8
  %85 = load ptr, ptr %stack.addr, align 8
  %86 = load i64, ptr %tensors, align 8
  call void @drop(ptr noundef %85, i64 noundef %86) #8
  call void @fail(ptr noundef @.str) #9
  unreachable

if.end54:                                         ; preds = %for.body46
  %87 = load i64, ptr %i42, align 8
  %arrayidx55 = getelementptr inbounds ptr, ptr %vla3, i64 %87
  %88 = load ptr, ptr %arrayidx55, align 8
  %89 = load i64, ptr %tensors, align 8
  %90 = load i64, ptr %i42, align 8
  %add56 = add nsw i64 %89, %90
  %arrayidx57 = getelementptr inbounds ptr, ptr %vla, i64 %add56
  %call58 = call i32 @torch_get_mutable_data_ptr(ptr noundef %88, ptr noundef %arrayidx57) #8
  br label %for.inc59

for.inc59:                                        ; preds = %if.end54
  %91 = load i64, ptr %i42, align 8
  %inc60 = add nsw i64 %91, 1
  store i64 %inc60, ptr %i42, align 8
  br label %for.cond43, !llvm.loop !9

for.end61:                                        ; preds = %for.cond43
  %92 = load ptr, ptr %stack.addr, align 8
  %93 = load i64, ptr %tensors, align 8
  %add.ptr62 = getelementptr inbounds ptr, ptr %92, i64 %93
  store ptr %add.ptr62, ptr %scalars, align 8
  %94 = load ptr, ptr %plan, align 8
  %program = getelementptr inbounds %struct.TorchPlan, ptr %94, i32 0, i32 1
  %95 = load ptr, ptr %program, align 8
  %96 = load ptr, ptr %scalars, align 8
  %call63 = call i64 @dovetail_run_program(ptr noundef %95, ptr noundef %vla, ptr noundef %96, ptr noundef @dovetail_torch_for) #8
  store i64 %call63, ptr %failed, align 8
  %97 = load ptr, ptr %stack.addr, align 8
  %98 = load i64, ptr %tensors, align 8
  call void @drop(ptr noundef %97, i64 noundef %98) #8
  %99 = load i64, ptr %failed, align 8
  %tobool64 = icmp ne i64 %99, 0
  br i1 %tobool64, label %if.then65, label %if.end67

if.then65:                                        ; preds = %for.end61
  %100 = load i64, ptr %outputs, align 8
  call void @drop(ptr noundef %vla3, i64 noundef %100) #8
  %101 = load i64, ptr %failed, align 8
  %and = and i64 %101, 4
  %tobool66 = icmp ne i64 %and, 0
  %102 = zext i1 %tobool66 to i64
  %cond = select i1 %tobool66, ptr @.str.3, ptr @.str.4
  call void @fail(ptr noundef %cond) #9
  unreachable

if.end67:                                         ; preds = %for.end61
  store i64 0, ptr %i68, align 8
  br label %for.cond69

for.cond69:                                       ; preds = %for.inc75, %if.end67
  %103 = load i64, ptr %i68, align 8
  %104 = load i64, ptr %outputs, align 8
  %cmp70 = icmp slt i64 %103, %104
  br i1 %cmp70, label %for.body72, label %for.end77

for.body72:                                       ; preds = %for.cond69
  %105 = load i64, ptr %i68, align 8
  %arrayidx73 = getelementptr inbounds ptr, ptr %vla3, i64 %105
  %106 = load ptr, ptr %arrayidx73, align 8
  %107 = load ptr, ptr %stack.addr, align 8
  %108 = load i64, ptr %i68, align 8
  %arrayidx74 = getelementptr inbounds ptr, ptr %107, i64 %108
  store ptr %106, ptr %arrayidx74, align 8
  br label %for.inc75

for.inc75:                                        ; preds = %for.body72
  %109 = load i64, ptr %i68, align 8
  %inc76 = add nsw i64 %109, 1
  store i64 %inc76, ptr %i68, align 8
  br label %for.cond69, !llvm.loop !10

for.end77:                                        ; preds = %for.cond69
  %110 = load ptr, ptr %saved_stack, align 8
  call void @llvm.stackrestore.p0(ptr %110)
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare ptr @llvm.stacksave.p0() #1

; Function Attrs: uwtable(sync)
define internal void @take_items(ptr noundef %list, ptr noundef %items, i64 noundef %count) #0 {
entry:
  %list.addr = alloca ptr, align 8
  %items.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %list, ptr %list.addr, align 8
  store ptr %items, ptr %items.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %list.addr, align 8
  %3 = load i64, ptr %i, align 8
  %4 = load ptr, ptr %items.addr, align 8
  %5 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds i64, ptr %4, i64 %5
  %call = call i32 @torch_list_get_item(ptr noundef %2, i64 noundef %3, ptr noundef %arrayidx) #8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %6 = load i64, ptr %i, align 8
  %inc = add nsw i64 %6, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !11

for.end:                                          ; preds = %for.cond
  %7 = load ptr, ptr %list.addr, align 8
  %call1 = call i32 @torch_delete_list(ptr noundef %7) #8
  ret void
}

declare i32 @torch_new_list_reserve_size(i64 noundef, ptr noundef)

declare i32 @torch_list_push_back(ptr noundef, i64 noundef)

; Function Attrs: nocallback nofree nosync nounwind willreturn
declare void @llvm.stackrestore.p0(ptr) #1

declare i32 @torch_list_get_item(ptr noundef, i64 noundef, ptr noundef)

declare i32 @torch_delete_list(ptr noundef)

declare i32 @aoti_torch_get_dim(ptr noundef, ptr noundef)

declare i32 @aoti_torch_get_dtype(ptr noundef, ptr noundef)

declare i32 @aoti_torch_get_sizes(ptr noundef, ptr noundef)

declare i32 @aoti_torch_get_strides(ptr noundef, ptr noundef)

declare i32 @torch_get_const_data_ptr(ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @drop(ptr noundef %tensors, i64 noundef %count) #0 {
entry:
  %tensors.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store ptr %tensors, ptr %tensors.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load ptr, ptr %tensors.addr, align 8
  %3 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %2, i64 %3
  %4 = load ptr, ptr %arrayidx, align 8
  %call = call i32 @aoti_torch_delete_tensor_object(ptr noundef %4) #8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %5 = load i64, ptr %i, align 8
  %inc = add nsw i64 %5, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !12

for.end:                                          ; preds = %for.cond
  ret void
}

; Function Attrs: noreturn uwtable(sync)
define internal void @fail(ptr noundef %message) #3 {
entry:
  %message.addr = alloca ptr, align 8
  store ptr %message, ptr %message.addr, align 8
  %0 = load ptr, ptr %message.addr, align 8
  call void @torchCheckFail(ptr noundef @.str.5, ptr noundef @.str.5, i32 noundef 0, ptr noundef %0) #9
  unreachable
}

; Function Attrs: uwtable(sync)
define internal zeroext i1 @is_nowhere(ptr noundef %tensor, i1 noundef zeroext %unread, i64 noundef %data) #0 {
entry:
  %retval = alloca i1, align 1
  %tensor.addr = alloca ptr, align 8
  %unread.addr = alloca i8, align 1
  %data.addr = alloca i64, align 8
  %elements = alloca i64, align 8
  %storage = alloca i64, align 8
  %offset = alloca i64, align 8
  %from_null = alloca i64, align 8
  store ptr %tensor, ptr %tensor.addr, align 8
  %storedv = zext i1 %unread to i8
  store i8 %storedv, ptr %unread.addr, align 1
  store i64 %data, ptr %data.addr, align 8
  store i64 -1, ptr %elements, align 8
  store i64 0, ptr %storage, align 8
  store i64 0, ptr %offset, align 8
  %0 = load ptr, ptr %tensor.addr, align 8
  %call = call i32 @aoti_torch_get_numel(ptr noundef %0, ptr noundef %elements) #8
  %1 = load i64, ptr %elements, align 8
  %cmp = icmp eq i64 %1, 0
  br i1 %cmp, label %if.then, label %if.end

if.then:                                          ; preds = %entry
  store i1 false, ptr %retval, align 1
  br label %return

if.end:                                           ; preds = %entry
  %2 = load i8, ptr %unread.addr, align 1, !range !6, !noundef !7
  %loadedv = trunc i8 %2 to i1
  br i1 %loadedv, label %if.then2, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %if.end
  %3 = load i64, ptr %data.addr, align 8
  %cmp1 = icmp eq i64 %3, 0
  br i1 %cmp1, label %if.then2, label %if.end3

if.then2:                                         ; preds = %lor.lhs.false, %if.end
  store i1 true, ptr %retval, align 1
  br label %return

if.end3:                                          ; preds = %lor.lhs.false
  %4 = load ptr, ptr %tensor.addr, align 8
  %call4 = call i32 @aoti_torch_get_storage_size(ptr noundef %4, ptr noundef %storage) #8
  %5 = load ptr, ptr %tensor.addr, align 8
  %call5 = call i32 @aoti_torch_get_storage_offset(ptr noundef %5, ptr noundef %offset) #8
  %6 = load i64, ptr %data.addr, align 8
  %7 = load i64, ptr %offset, align 8
  %tobool = icmp ne i64 %7, 0
  br i1 %tobool, label %cond.true, label %cond.false

cond.true:                                        ; preds = %if.end3
  %8 = load i64, ptr %offset, align 8
  br label %cond.end

cond.false:                                       ; preds = %if.end3
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi i64 [ %8, %cond.true ], [ 1, %cond.false ]
  %div = udiv i64 %6, %cond
  store i64 %div, ptr %from_null, align 8
  %9 = load i64, ptr %storage, align 8
  %cmp6 = icmp eq i64 %9, 0
  br i1 %cmp6, label %lor.end, label %lor.rhs

lor.rhs:                                          ; preds = %cond.end
  %10 = load i64, ptr %from_null, align 8
  %cmp7 = icmp ule i64 %10, 8
  br label %lor.end

lor.end:                                          ; preds = %lor.rhs, %cond.end
  %11 = phi i1 [ true, %cond.end ], [ %cmp7, %lor.rhs ]
  store i1 %11, ptr %retval, align 1
  br label %return

return:                                           ; preds = %lor.end, %if.then2, %if.then
  %12 = load i1, ptr %retval, align 1
  ret i1 %12
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #4

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal i64 @mix(i64 noundef %hash, ptr noundef %words, i64 noundef %count) #5 {
entry:
  %hash.addr = alloca i64, align 8
  %words.addr = alloca ptr, align 8
  %count.addr = alloca i64, align 8
  %i = alloca i64, align 8
  store i64 %hash, ptr %hash.addr, align 8
  store ptr %words, ptr %words.addr, align 8
  store i64 %count, ptr %count.addr, align 8
  store i64 0, ptr %i, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %0 = load i64, ptr %i, align 8
  %1 = load i64, ptr %count.addr, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %for.body, label %for.end

for.body:                                         ; preds = %for.cond
  %2 = load i64, ptr %hash.addr, align 8
  %3 = load ptr, ptr %words.addr, align 8
  %4 = load i64, ptr %i, align 8
  %arrayidx = getelementptr inbounds i64, ptr %3, i64 %4
  %5 = load i64, ptr %arrayidx, align 8
  %xor = xor i64 %2, %5
  %mul = mul i64 %xor, -7046029254386353131
  store i64 %mul, ptr %hash.addr, align 8
  %6 = load i64, ptr %hash.addr, align 8
  %shr = lshr i64 %6, 29
  %7 = load i64, ptr %hash.addr, align 8
  %xor1 = xor i64 %7, %shr
  store i64 %xor1, ptr %hash.addr, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body
  %8 = load i64, ptr %i, align 8
  %inc = add nsw i64 %8, 1
  store i64 %inc, ptr %i, align 8
  br label %for.cond, !llvm.loop !13

for.end:                                          ; preds = %for.cond
  %9 = load i64, ptr %hash.addr, align 8
  ret i64 %9
}

; Function Attrs: inlinehint nounwind uwtable(sync)
define internal ptr @find(ptr noundef %table, i64 noundef %hash, ptr noundef %key, i64 noundef %length) #5 {
entry:
  %retval = alloca ptr, align 8
  %table.addr = alloca ptr, align 8
  %hash.addr = alloca i64, align 8
  %key.addr = alloca ptr, align 8
  %length.addr = alloca i64, align 8
  %mask = alloca i64, align 8
  %places = alloca ptr, align 8
  %place = alloca i64, align 8
  %plan = alloca ptr, align 8
  %atomic-temp = alloca ptr, align 8
  store ptr %table, ptr %table.addr, align 8
  store i64 %hash, ptr %hash.addr, align 8
  store ptr %key, ptr %key.addr, align 8
  store i64 %length, ptr %length.addr, align 8
  %0 = load ptr, ptr %table.addr, align 8
  %1 = load i64, ptr %0, align 8
  store i64 %1, ptr %mask, align 8
  %2 = load ptr, ptr %table.addr, align 8
  %add.ptr = getelementptr inbounds ptr, ptr %2, i64 1
  store ptr %add.ptr, ptr %places, align 8
  %3 = load i64, ptr %hash.addr, align 8
  %4 = load i64, ptr %mask, align 8
  %and = and i64 %3, %4
  store i64 %and, ptr %place, align 8
  br label %for.cond

for.cond:                                         ; preds = %for.inc, %entry
  %5 = load ptr, ptr %places, align 8
  %6 = load i64, ptr %place, align 8
  %arrayidx = getelementptr inbounds ptr, ptr %5, i64 %6
  %7 = load atomic i64, ptr %arrayidx acquire, align 8
  store i64 %7, ptr %atomic-temp, align 8
  %8 = load ptr, ptr %atomic-temp, align 8
  store ptr %8, ptr %plan, align 8
  %9 = load ptr, ptr %plan, align 8
  %tobool = icmp ne ptr %9, null
  br i1 %tobool, label %if.end, label %if.then

if.then:                                          ; preds = %for.cond
  store ptr null, ptr %retval, align 8
  br label %return

if.end:                                           ; preds = %for.cond
  %10 = load ptr, ptr %plan, align 8
  %hash1 = getelementptr inbounds %struct.PlanHead, ptr %10, i32 0, i32 0
  %11 = load i64, ptr %hash1, align 8
  %12 = load i64, ptr %hash.addr, align 8
  %cmp = icmp eq i64 %11, %12
  br i1 %cmp, label %land.lhs.true, label %if.end8

land.lhs.true:                                    ; preds = %if.end
  %13 = load ptr, ptr %plan, align 8
  %length2 = getelementptr inbounds %struct.PlanHead, ptr %13, i32 0, i32 1
  %14 = load i64, ptr %length2, align 8
  %15 = load i64, ptr %length.addr, align 8
  %cmp3 = icmp eq i64 %14, %15
  br i1 %cmp3, label %land.lhs.true4, label %if.end8

land.lhs.true4:                                   ; preds = %land.lhs.true
  %16 = load ptr, ptr %plan, align 8
  %key5 = getelementptr inbounds %struct.PlanHead, ptr %16, i32 0, i32 2
  %17 = load ptr, ptr %key5, align 8
  %18 = load ptr, ptr %key.addr, align 8
  %19 = load i64, ptr %length.addr, align 8
  %mul = mul i64 %19, 8
  %call = call i32 @memcmp(ptr noundef %17, ptr noundef %18, i64 noundef %mul) #10
  %cmp6 = icmp eq i32 %call, 0
  br i1 %cmp6, label %if.then7, label %if.end8

if.then7:                                         ; preds = %land.lhs.true4
  %20 = load ptr, ptr %plan, align 8
  store ptr %20, ptr %retval, align 8
  br label %return

if.end8:                                          ; preds = %land.lhs.true4, %land.lhs.true, %if.end
  br label %for.inc

for.inc:                                          ; preds = %if.end8
  %21 = load i64, ptr %place, align 8
  %add = add i64 %21, 1
  %22 = load i64, ptr %mask, align 8
  %and9 = and i64 %add, %22
  store i64 %and9, ptr %place, align 8
  br label %for.cond

return:                                           ; preds = %if.then7, %if.then
  %23 = load ptr, ptr %retval, align 8
  ret ptr %23
}

; Function Attrs: uwtable(sync)
define internal ptr @allocate(ptr noundef %output) #0 {
entry:
  %output.addr = alloca ptr, align 8
  %made = alloca ptr, align 8
  %block = alloca ptr, align 8
  %failed = alloca i32, align 4
  store ptr %output, ptr %output.addr, align 8
  store ptr null, ptr %made, align 8
  %0 = load ptr, ptr %output.addr, align 8
  %block1 = getelementptr inbounds %struct.TorchOutput, ptr %0, i32 0, i32 4
  %1 = load i64, ptr %block1, align 8
  %cmp = icmp sgt i64 %1, 0
  br i1 %cmp, label %cond.true, label %cond.false

cond.true:                                        ; preds = %entry
  %2 = load ptr, ptr %output.addr, align 8
  %block2 = getelementptr inbounds %struct.TorchOutput, ptr %2, i32 0, i32 4
  %3 = load i64, ptr %block2, align 8
  %call = call ptr @dovetail_take(i64 noundef %3) #8
  br label %cond.end

cond.false:                                       ; preds = %entry
  br label %cond.end

cond.end:                                         ; preds = %cond.false, %cond.true
  %cond = phi ptr [ %call, %cond.true ], [ null, %cond.false ]
  store ptr %cond, ptr %block, align 8
  %4 = load ptr, ptr %block, align 8
  %tobool = icmp ne ptr %4, null
  br i1 %tobool, label %cond.true3, label %cond.false6

cond.true3:                                       ; preds = %cond.end
  %5 = load ptr, ptr %block, align 8
  %6 = load ptr, ptr %output.addr, align 8
  %rank = getelementptr inbounds %struct.TorchOutput, ptr %6, i32 0, i32 0
  %7 = load i64, ptr %rank, align 8
  %8 = load ptr, ptr %output.addr, align 8
  %sizes = getelementptr inbounds %struct.TorchOutput, ptr %8, i32 0, i32 1
  %9 = load ptr, ptr %sizes, align 8
  %10 = load ptr, ptr %output.addr, align 8
  %strides = getelementptr inbounds %struct.TorchOutput, ptr %10, i32 0, i32 2
  %11 = load ptr, ptr %strides, align 8
  %12 = load ptr, ptr %output.addr, align 8
  %dtype = getelementptr inbounds %struct.TorchOutput, ptr %12, i32 0, i32 3
  %13 = load i64, ptr %dtype, align 8
  %conv = trunc i64 %13 to i32
  %14 = load i32, ptr @device_cpu, align 4
  %15 = load i32, ptr @layout_strided, align 4
  %16 = load ptr, ptr %output.addr, align 8
  %block4 = getelementptr inbounds %struct.TorchOutput, ptr %16, i32 0, i32 4
  %17 = load i64, ptr %block4, align 8
  %18 = inttoptr i64 %17 to ptr
  %call5 = call i32 @torch_from_blob(ptr noundef %5, i64 noundef %7, ptr noundef %9, ptr noundef %11, i64 noundef 0, i32 noundef %conv, i32 noundef %14, i32 noundef -1, ptr noundef %made, i32 noundef %15, ptr noundef null, i64 noundef 0, ptr noundef @give_back, ptr noundef %18) #8
  br label %cond.end13

cond.false6:                                      ; preds = %cond.end
  %19 = load ptr, ptr %output.addr, align 8
  %rank7 = getelementptr inbounds %struct.TorchOutput, ptr %19, i32 0, i32 0
  %20 = load i64, ptr %rank7, align 8
  %21 = load ptr, ptr %output.addr, align 8
  %sizes8 = getelementptr inbounds %struct.TorchOutput, ptr %21, i32 0, i32 1
  %22 = load ptr, ptr %sizes8, align 8
  %23 = load ptr, ptr %output.addr, align 8
  %strides9 = getelementptr inbounds %struct.TorchOutput, ptr %23, i32 0, i32 2
  %24 = load ptr, ptr %strides9, align 8
  %25 = load ptr, ptr %output.addr, align 8
  %dtype10 = getelementptr inbounds %struct.TorchOutput, ptr %25, i32 0, i32 3
  %26 = load i64, ptr %dtype10, align 8
  %conv11 = trunc i64 %26 to i32
  %27 = load i32, ptr @device_cpu, align 4
  %call12 = call i32 @aoti_torch_empty_strided(i64 noundef %20, ptr noundef %22, ptr noundef %24, i32 noundef %conv11, i32 noundef %27, i32 noundef -1, ptr noundef %made) #8
  br label %cond.end13

cond.end13:                                       ; preds = %cond.false6, %cond.true3
  %cond14 = phi i32 [ %call5, %cond.true3 ], [ %call12, %cond.false6 ]
  store i32 %cond14, ptr %failed, align 4
  %28 = load i32, ptr %failed, align 4
  %tobool15 = icmp ne i32 %28, 0
  br i1 %tobool15, label %cond.true16, label %cond.false17

cond.true16:                                      ; preds = %cond.end13
  br label %cond.end18

cond.false17:                                     ; preds = %cond.end13
  %29 = load ptr, ptr %made, align 8
  br label %cond.end18

cond.end18:                                       ; preds = %cond.false17, %cond.true16
  %cond19 = phi ptr [ null, %cond.true16 ], [ %29, %cond.false17 ]
  ret ptr %cond19
}

declare i32 @torch_get_mutable_data_ptr(ptr noundef, ptr noundef)

declare i64 @dovetail_run_program(ptr noundef, ptr noundef, ptr noundef, ptr noundef)

declare void @dovetail_torch_for(ptr noundef, ptr noundef, i64 noundef)

declare i32 @aoti_torch_delete_tensor_object(ptr noundef)

; Function Attrs: noreturn
declare void @torchCheckFail(ptr noundef, ptr noundef, i32 noundef, ptr noundef) #6

declare i32 @aoti_torch_get_numel(ptr noundef, ptr noundef)

declare i32 @aoti_torch_get_storage_size(ptr noundef, ptr noundef)

declare i32 @aoti_torch_get_storage_offset(ptr noundef, ptr noundef)

; Function Attrs: nounwind
declare i32 @memcmp(ptr noundef, ptr noundef, i64 noundef) #7

declare ptr @dovetail_take(i64 noundef)

declare i32 @torch_from_blob(ptr noundef, i64 noundef, ptr noundef, ptr noundef, i64 noundef, i32 noundef, i32 noundef, i32 noundef, ptr noundef, i32 noundef, ptr noundef, i64 noundef, ptr noundef, ptr noundef)

; Function Attrs: uwtable(sync)
define internal void @give_back(ptr noundef %data, ptr noundef %size) #0 {
entry:
  %data.addr = alloca ptr, align 8
  %size.addr = alloca ptr, align 8
  store ptr %data, ptr %data.addr, align 8
  store ptr %size, ptr %size.addr, align 8
  %0 = load ptr, ptr %data.addr, align 8
  %1 = load ptr, ptr %size.addr, align 8
  %2 = ptrtoint ptr %1 to i64
  call void @dovetail_give(ptr noundef %0, i64 noundef %2) #8
  ret void
}

declare i32 @aoti_torch_empty_strided(i64 noundef, ptr noundef, ptr noundef, i32 noundef, i32 noundef, i32 noundef, ptr noundef)

declare void @dovetail_give(ptr noundef, i64 noundef)

attributes #0 = { uwtable(sync) }
attributes #1 = { nocallback nofree nosync nounwind willreturn }
attributes #3 = { noreturn uwtable(sync) }
attributes #4 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #5 = { inlinehint nounwind uwtable(sync) }
attributes #6 = { noreturn }
attributes #7 = { nounwind }
attributes #8 = { nobuiltin }
attributes #9 = { nobuiltin noreturn }
attributes #10 = { nobuiltin nounwind }

!4 = distinct !{!4, !5}
!5 = !{!"llvm.loop.mustprogress"}
!6 = !{i8 0, i8 2}
!7 = !{}
!8 = distinct !{!8, !5}
!9 = distinct !{!9, !5}
!10 = distinct !{!10, !5}
!11 = distinct !{!11, !5}
!12 = distinct !{!12, !5}
!13 = distinct !{!13, !5}
