// Starts the kernels of a program on a stream of an NVIDIA GPU.
//
// The driver is called by the addresses of its functions, and copies the arguments while a kernel is
// started. Nothing is allocated, loaded or waited for, so a call can be captured in a CUDA graph.
// A call changes no shared memory, so threads need no lock. Of several devices it runs on the stream's.

#include "runtime.h"

#define OTHER_CONTEXT 201 // CUDA_ERROR_INVALID_CONTEXT

// The number of the device with a context; that of devices if none has it.
static int64_t device_of(const CudaProgram *program, const void *context)
{
    int64_t device = 0;
    while (device < program->devices && program->contexts[device] != context)
        device++;
    return device;
}

static int32_t start(const CudaProgram *program, int64_t device, void *const *buffers,
                     const double *scalars, void *stream, const char **function)
{
    const CudaDriver *driver = program->driver;
    int64_t words[program->most_words];
    void *arguments[program->most_words];
    for (int64_t i = 0; i < program->most_words; i++)
        arguments[i] = words + i;
    for (int64_t i = 0; i < program->steps; i++) {
        const CudaStep *step = program->table + i;
        __builtin_memcpy(words, step->words, (size_t)step->word_count * 8);
        for (int64_t k = 0; k < 2 * step->given_count; k += 2)
            words[step->given[k]] += (int64_t)buffers[step->given[k + 1]];
        for (int64_t k = 0; k < 2 * step->scalar_count; k += 2)
            __builtin_memcpy(words + step->scalars[k], scalars + step->scalars[k + 1], 8);
        int32_t error;
        if (step->functions) {
            *function = "cuLaunchKernel";
            error = driver->launch(step->functions[device], (uint32_t)step->blocks_x,
                                   (uint32_t)step->blocks_y, (uint32_t)step->blocks_z,
                                   (uint32_t)step->threads, 1, 1, (uint32_t)step->shared_bytes,
                                   stream, arguments, 0);
        } else {
            *function = "cuMemsetD8Async";
            error = driver->clear(words[0], 0, (size_t)words[1], stream);
        }
        if (error)
            return error;
    }
    return 0;
}

int32_t dovetail_cuda_run(const CudaProgram *program, void *const *buffers, const double *scalars,
                          void *stream, const char **function)
{
    const CudaDriver *driver = program->driver;
    void *context = program->contexts[0], *current = 0;
    int64_t device = 0;
    int32_t error;
    if (program->devices > 1) {
        *function = "cuStreamGetCtx";
        error = driver->context_of(stream, &context);
        if (error)
            return error;
        device = device_of(program, context);
        if (device == program->devices) // the kernels are not loaded there
            return OTHER_CONTEXT;
    }
    *function = "cuCtxGetCurrent";
    error = driver->current(&current);
    if (error || current == context)
        return error ? error : start(program, device, buffers, scalars, stream, function);
    *function = "cuCtxPushCurrent";
    error = driver->push(context);
    if (error)
        return error;
    error = start(program, device, buffers, scalars, stream, function);
    int32_t left = driver->pop(&current);
    if (error || !left)
        return error;
    *function = "cuCtxPopCurrent";
    return left;
}
