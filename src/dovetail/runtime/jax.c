// Between XLA and a program: no Python on the way.
//
// XLA calls a handler with a frame of the buffers of its operands and results (xla_ffi.h). A handler
// compares the buffers with those that its program was made for, collects their addresses, asks for
// huge pages under large results, which XLA allocates anew each time, and runs the program. Every
// handler has a record of its own, which hosts/jax/ffi.py writes.

#include "handlers.h"
#include "runtime.h"
#include "xla_ffi.h"

#define LARGE (2 * HUGE_PAGE) // bytes of an output, from which on it is to lie in huge pages

const JaxRecord *records[HANDLERS]; // those of this module's handlers; Python sets them

void dovetail_jax_for(Task task, void *context, int64_t count);

static Error *run(const JaxRecord *record, const Frame *frame)
{
    if (was_asked(frame, 0))
        return 0;
    int64_t inputs = record->arrays + (record->floats > 0);
    if (!fits(&frame->operands, inputs, record->operands)
        || !fits(&frame->results, record->outputs, record->results))
        return failed(frame, "dovetail: " OTHER_BUFFERS, XLA_INVALID_ARGUMENT);
    void *given[record->arrays + record->outputs];
    for (int64_t i = 0; i < record->arrays; i++)
        given[i] = frame->operands.buffers[i]->data;
    for (int64_t i = 0; i < record->outputs; i++) {
        void *data = frame->results.buffers[i]->data;
        given[record->arrays + i] = data;
        if (record->sizes[i] >= LARGE)
            dovetail_in_huge_pages(data, record->sizes[i]);
    }
    // The floats come as pairs of 32-bit words, in one operand behind the arrays.
    const double *scalars = record->floats > 0 ? frame->operands.buffers[record->arrays]->data : 0;
    int64_t status = dovetail_run_program(record->program, given, scalars, dovetail_jax_for);
    if (status & NO_ARENA)
        return failed(frame, "dovetail: " NO_TEMPORARIES, XLA_RESOURCE_EXHAUSTED);
    if (status)
        return failed(frame, "dovetail: " OUT_OF_RANGE, XLA_OUT_OF_RANGE);
    return 0;
}

// XLA passes a handler nothing of ours, so each program has a function of its own.
#define HANDLER(number)                                                                            \
    Error *handler_##number(const Frame *frame)                                                    \
    {                                                                                              \
        return run(records[number], frame);                                                        \
    }
FOR_EACH_HANDLER(HANDLER)
