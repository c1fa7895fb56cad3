// XLA's FFI, versions 0.1 to 0.3: the part that handlers of custom calls need.

#pragma once

#include "abi.h"

#define OTHER_BUFFERS                                                                              \
    "the buffers are of other data types or shapes than those that the program was compiled for: " \
    "trace and compile again; after jax.export or a change of jax_enable_x64 as well"

enum { XLA_INVALID_ARGUMENT = 3, XLA_RESOURCE_EXHAUSTED = 8, XLA_OUT_OF_RANGE = 11, XLA_INTERNAL = 13 };
enum { COMMAND_BUFFER_COMPATIBLE = 1 }; // a trait: a call may be recorded in a CUDA graph
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
    void *context;
    void *stream;
} StreamArguments;

typedef struct {
    uint64_t size;
    Extension *extension;
    Version version;
    const void *internal;
    Error *(*create_error)(ErrorArguments *arguments);
    void (*error_message)(void *arguments);
    void (*destroy_error)(void *arguments);
    Error *(*register_handler)(void *arguments);
    Error *(*get_stream)(StreamArguments *arguments);
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

// Whether a call asks for the version and the traits of a handler, as the first one does; it is
// answered here. The version is the caller's own.
static inline bool was_asked(const Frame *frame, uint32_t traits)
{
    if (!frame->extension || frame->extension->type != METADATA)
        return false;
    Metadata *metadata = ((MetadataExtension *)frame->extension)->metadata;
    metadata->version.major = frame->api->version.major;
    metadata->version.minor = frame->api->version.minor;
    metadata->traits = traits;
    return true;
}

// Whether there are `count` buffers, each of the type, the rank and the sizes in `words`.
static inline bool fits(const Buffers *given, int64_t count, const int64_t *words)
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

static inline Error *failed(const Frame *frame, const char *message, int32_t code)
{
    // The size of the fields, without the padding at the end.
    ErrorArguments arguments = {28, 0, message, code};
    return frame->api->create_error(&arguments);
}
