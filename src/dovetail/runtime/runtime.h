// The functions of the runtime that its files call across.

#pragma once

#include <stdatomic.h>

#include "abi.h"

// memory.c
void *dovetail_take(int64_t size);
void dovetail_give(void *block, int64_t size);
void dovetail_in_huge_pages(void *data, int64_t size);

// pool.c. Workers spin for so many nanoseconds after the job, before they sleep.
void dovetail_pool_run(Task task, void *context, int64_t count, int32_t threads, int64_t spin);

// program.c. The addresses of the inputs, then of the outputs; the call's scalars. The result is
// the status, which is 0 unless a check failed.
int64_t dovetail_run_program(const Program *program, void *const *given, const double *scalars,
                             ParallelFor parallel_for);

// blas_threads.c
void dovetail_enter_one_thread(const Threads *threads);
void dovetail_leave_one_thread(const Threads *threads);

// cuda_launch.c. The buffers: inputs, outputs, memory for temporaries. The result is 0, or CUDA's
// number of an error, and `function` the name of the function that failed.
int32_t dovetail_cuda_run(const CudaProgram *program, void *const *buffers, const double *scalars,
                          void *stream, const char **function);

// Runs all tasks on the calling thread.
static inline void serial_for(Task task, void *context, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        task(context, i);
}
