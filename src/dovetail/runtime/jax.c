// Between XLA and a program: no Python on the way.
//
// XLA calls a handler with a frame of the buffers of its operands and results (XLA's FFI, versions
// 0.1 to 0.3, whose layouts are below). A handler compares the buffers with those that its program
// was made for, collects their addresses, asks for huge pages under large results, which XLA
// allocates anew each time, and runs the program. Every handler has a record of its own, which
// hosts/jax/ffi.py writes.
//
// The first call of a handler, in place of operands, asks for the version that it speaks: the
// caller's own is the answer.

#include "handlers.h"
#include "runtime.h"

#define LARGE (2 * HUGE_PAGE) // bytes of an output, from which on it is to lie in huge pages
#define OTHER_BUFFERS                                                                              \
    "the buffers are of other data types or shapes than those that the program was compiled for: " \
    "trace and compile again; after jax.export or a change of jax_enable_x64 as well"

enum { XLA_INVALID_ARGUMENT = 3, XLA_OUT_OF_RANGE = 11 };
enum { METADATA = 1 }; // the type of an extension that asks for the version

typedef struct Extension {
    uint64_t size;
    int32_t type;
    struct Extension *next;
} Extension;

typedef struct {
    uint64_t size;
    Extension *extension;
    int32_t major, minor;
} Version;

typedef struct {
    uint64_t size;
    Version version;
    uint32_t traits;
} Metadata;

typedef struct {
    Extension base;
    Metadata *metadata;
} MetadataExtension;

typedef struct {
    uint64_t size;
    Extension *extension;
    const char *message;
    int32_t code;
} ErrorArguments;

typedef struct Error Error;

typedef struct {
    uint64_t size;
    Extension *extension;
    Version version;
    const void *internal;
    Error *(*create_error)(ErrorArguments *arguments);
} Api;

typedef struct {
    uint64_t size;
    Extension *extension;
    int32_t dtype;
    void *data;
    int64_t rank;
    const int64_t *sizes;
} Buffer;

typedef struct {
    uint64_t size;
    Extension *extension;
    int64_t count;
    const int32_t *types;
    Buffer *const *buffers;
} Buffers;

typedef struct {
    uint64_t size;
    Extension *extension;
    const Api *api;
    void *context;
    int32_t stage;
    Buffers operands;
    Buffers results;
} Frame;

const JaxRecord *records[HANDLERS]; // those of this module's handlers; Python sets them

void dovetail_jax_for(Task task, void *context, int64_t count);

// Answers the question for the version; whether the call was that.
static bool was_asked(const Frame *frame)
{
    if (!frame->extension || frame->extension->type != METADATA)
        return false;
    Metadata *metadata = ((MetadataExtension *)frame->extension)->metadata;
    metadata->version.major = frame->api->version.major;
    metadata->version.minor = frame->api->version.minor;
    metadata->traits = 0;
    return true;
}

// Whether these are so many buffers, each of the type, the rank and the sizes that `words` says.
static bool fits(const Buffers *given, int64_t count, const int64_t *words)
{
    if (given->count != count)
        return false;
    for (int64_t i = 0; i < count; i++) {
        const Buffer *buffer = given->buffers[i];
        if (buffer->dtype != words[0] || buffer->rank != words[1]
            || __builtin_memcmp(buffer->sizes, words + 2, (size_t)buffer->rank * 8) != 0)
            return false;
        words += 2 + buffer->rank;
    }
    return true;
}

static Error *failed(const Frame *frame, const char *message, int32_t code)
{
    // The size is that of the fields, without what fills the struct up.
    ErrorArguments arguments = {28, 0, message, code};
    return frame->api->create_error(&arguments);
}

static Error *run(const JaxRecord *record, const Frame *frame)
{
    if (was_asked(frame))
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
    if (dovetail_run_program(record->program, given, scalars, dovetail_jax_for) != 0)
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
