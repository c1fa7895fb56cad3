// Between XLA and kernels on an NVIDIA GPU: no Python on the way.
//
// As in jax.c, each handler has a record of its own, which hosts/jax/cuda.py writes. Kernels are
// started on XLA's stream, and all memory is XLA's: temporaries are in one more result, which nothing
// reads afterwards. The floats are an operand in the device's memory, where kernels read them.

#include "handlers.h"
#include "runtime.h"
#include "xla_ffi.h"

#define LONGEST 256 // bytes of a message

const JaxCudaRecord *records[HANDLERS]; // those of this module's handlers; Python sets them

// Copies text as far as there is room; the new end.
static char *append(char *end, const char *last, const char *text)
{
    while (end < last && *text)
        *end++ = *text++;
    return end;
}

static Error *driver_failed(const JaxCudaRecord *record, const Frame *frame, int32_t error,
                            const char *function)
{
    const char *name = 0;
    if (record->program->driver->name_of(error, &name) || !name)
        name = "an unknown error";
    char message[LONGEST], *end = message, *last = message + LONGEST - 1;
    end = append(end, last, "dovetail: ");
    end = append(end, last, function);
    end = append(end, last, " of NVIDIA's driver failed with ");
    end = append(end, last, name);
    end = append(end, last, "; with DOVETAIL_GPU_KERNELS=0 XLA computes this");
    *end = 0;
    return failed(frame, message, XLA_INTERNAL);
}

static Error *run(const JaxCudaRecord *record, const Frame *frame)
{
    if (was_asked(frame, COMMAND_BUFFER_COMPATIBLE))
        return 0;
    int64_t arrays = record->arrays, floats = record->floats, outputs = record->outputs;
    if (!fits(&frame->operands, arrays + (floats > 0), record->operands)
        || !fits(&frame->results, outputs, record->results))
        return failed(frame, "dovetail: " OTHER_BUFFERS, XLA_INVALID_ARGUMENT);
    void *buffers[arrays + floats + outputs];
    uint64_t addresses = 0;
    for (int64_t i = 0; i < arrays; i++)
        addresses |= (uint64_t)(buffers[i] = frame->operands.buffers[i]->data);
    for (int64_t i = 0; i < floats; i++)
        buffers[arrays + i] = (double *)frame->operands.buffers[arrays]->data + i;
    for (int64_t i = 0; i < outputs; i++)
        addresses |= (uint64_t)(buffers[arrays + floats + i] = frame->results.buffers[i]->data);
    if (addresses % (uint64_t)record->alignment)
        return failed(frame, "dovetail: XLA allocated a buffer at an address that is not divisible by "
                             "16; please report it, and set DOVETAIL_GPU_KERNELS=0 until then",
                      XLA_INTERNAL);
    StreamArguments stream = {sizeof stream, 0, frame->context, 0};
    Error *refused = frame->api->get_stream(&stream);
    if (refused)
        return refused;
    const char *function = 0;
    int32_t error = dovetail_cuda_run(record->program, buffers, 0, stream.stream, &function);
    return error ? driver_failed(record, frame, error, function) : 0;
}

// XLA passes no pointer of ours to a handler, so each program has a function of its own.
#define HANDLER(number)                                                                            \
    Error *handler_##number(const Frame *frame)                                                    \
    {                                                                                              \
        return run(records[number], frame);                                                        \
    }
FOR_EACH_HANDLER(HANDLER)
