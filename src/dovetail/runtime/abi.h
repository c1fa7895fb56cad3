// The tables that Python fills in and compiled code reads.
//
// Every field of a struct below is one 64-bit word, in this order. compile/cpu/runtime.py reads
// the structs and the constants from this file, so a field stands on a line of its own and ends
// with its name, and a constant is a decimal number or a string.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*Task)(void *context, int64_t index);

// Runs task(context, 0) to task(context, count - 1), on any threads, and returns when all have run.
typedef void (*ParallelFor)(Task task, void *context, int64_t count);

// A generated kernel; compile/cpu/printer.py prints it.
typedef void (*Kernel)(void **buffers, const int64_t *sizes, const double *scalars,
                       ParallelFor parallel_for);

#define HUGE_PAGE 2097152
#define STACK_ARENA 4096 // bytes of temporaries that a program keeps on the stack
#define CLEARED_AT_ONCE 131072 // bytes of a buffer that one task clears
#define SPIN 100000      // nanoseconds that a thread of the pool spins after a job
#define HANDLERS 64      // entry points in one module of the PyTorch and JAX hosts
#define MOST_RANK 64     // dimensions of a PyTorch tensor

#define OUT_OF_RANGE                                                                               \
    "an index is out of range: check labels and indices against the number of classes or rows"
#define NO_MEMORY "the outputs could not be allocated"
#define NO_TEMPORARIES "there is no memory for the temporaries of a call"
#define NO_MEMORY_THERE                                                                            \
    "a tensor has elements but no memory of its own: it wraps other tensors, or its storage has "  \
    "been freed (resize_(0)); pass a tensor of plain memory"

// Programs: program.c.

typedef struct {
    int64_t given;             // inputs and outputs
    int64_t temporaries;
    const int64_t *offsets;    // of the temporaries in the arena
    int64_t constants;
    void *const *addresses;    // of the constants
    int64_t arena;             // bytes
    int64_t steps;
    const struct Step *table;
    int64_t most_slots;        // of any step
    int64_t most_values;
    int64_t commit;            // the first step that overwrites inputs: it and later ones run only
                               // if the status is 0 by then
} Program;

typedef struct Step {
    Kernel kernel;
    const int64_t *words;      // the kernel's sizes
    const double *values;      // the kernel's scalars, with zeros where the call gives them
    int64_t value_count;
    int64_t given_count;
    const int64_t *given;      // pairs: a position in `values`, a number among the call's scalars
    int64_t slot_count;
    const int64_t *slots;      // the kernel's buffers, as numbers of the program's buffers
    int64_t zero_count;
    const int64_t *zeros;      // pairs: a buffer to clear first, its bytes
} Step;

// Steps that are no generated kernel: loop.c. Each has the signature of a kernel, whose `sizes` are
// one of these.

// Buffers: the operands (first carries, constants, xs), the outputs (carries, ys), a second memory
// for each carry, the status word.
typedef struct {
    int64_t length;            // or -1: while the first carry, a bool, is true
    int64_t reverse;
    const Program *program;    // of the body: the operands, the carries that no y has, the ys
    int64_t parts;             // of some examples, each run by one thread from the first step to the
                               // last: `program` is then that of a part
    const Program *last;       // of the last part, or of the only one
    const int64_t *part_strides; // bytes from one part to the next, of all buffers but the status
    int64_t carries;
    int64_t constants;
    int64_t xs;
    int64_t ys;
    const int64_t *offsets;    // bytes before the first element of each operand
    const int64_t *x_steps;    // bytes from one step to the next
    const int64_t *y_steps;
    const int64_t *bytes;      // of each carry
    const int64_t *alike;      // for each carry, the y with the same value, or -1
    const struct Threads *threads; // of BLAS, to be kept on the calling thread; or null
    int64_t serial;            // neither a step nor the parts are shared by threads
    int64_t independent;       // steps run on several threads, each on one
} Loop;

// Loops that do not need each other, one after the other in the buffers: a task for each.
typedef struct {
    int64_t count;
    const Loop *const *loops;
    const int64_t *firsts;     // the first buffer of each
} LoopGroup;

// How the number of a library's threads is read and changed.
typedef struct Threads {
    int32_t (*get)(void);
    void (*set)(int32_t count);
} Threads;

// Buffers: two matrices and their product, or as many of them. Row-major, as a column-major product
// of the second with the first. BLAS runs on one thread: the product is cut into blocks, by its size
// alone, which the threads of the pool compute.
typedef struct {
    void *multiply;            // sgemm or dgemm
    int64_t wide;              // whether its integers have 64 bits
    int64_t is_double;
    int64_t count;
    int64_t rows;
    int64_t columns;
    int64_t inner;
    int64_t first_offset;      // bytes
    int64_t second_offset;
    int64_t first_step;        // bytes from one matrix to the next
    int64_t second_step;
    int64_t first_transposed;
    int64_t second_transposed;
    int64_t first_stride;      // elements between rows, or between columns where transposed
    int64_t second_stride;
    int64_t block_rows;        // of one task
    int64_t block_columns;
    const struct Threads *threads; // of BLAS, unless a loop around it keeps them; or null
} Product;

// Bits of the status of a program.
#define OUTSIDE 1    // an index was out of range
#define NOT_FINITE 2 // a number that must be finite was not, or a library call failed
#define NO_ARENA 4   // there was no memory for temporaries

// Buffers: an array of channels last, with its border; the kernel as panels (of all channels out of a
// tile; space, channels in, channels out); the result. convolution.c. A tile is some pixels of a row
// and some channels out; compile/cpu/convolution_tiles.py prints the functions. Steps, taps and offsets
// are in elements. For the gradient by the kernel: the array, the cotangent of the result, and the
// kernel's gradient for each task and group; a tile is some channels in and some channels out.
typedef struct {
    int64_t size;              // bytes of an element
    int64_t channels;          // of a tile
    int64_t pixels;            // of a tile, or channels in
    int64_t larger;            // the first tiles that have one more
    void *tile;
    void *larger_tile;
    int64_t batch;             // of the result, in examples, planes, rows and columns
    int64_t planes;
    int64_t rows;
    int64_t columns;
    int64_t taps;              // elements of the kernel in space
    const int64_t *offsets;    // of each, in the array
    int64_t groups;            // of channels, each a convolution of its own
    int64_t inputs;            // channels of a group
    int64_t outputs;
    int64_t example_step;      // from one result to the next, in the array
    int64_t plane_step;
    int64_t row_step;
    int64_t column_step;
    int64_t output_step;       // from one pixel of the result, or of its cotangent, to the next
    int64_t rows_at_once;      // rows of the result that one task computes
} Convolution;

// A matrix times panels of another one, as a convolution of windows of one element whose pixels are
// the rows; its `rows_at_once` is not used. Buffers: the matrix, the panels, the product.
typedef struct {
    const Convolution *tiles;
    int64_t first_offset;      // bytes
    int64_t panels_offset;
    int64_t columns_at_once;   // of the product, that one task computes
} PanelProduct;

// A convolution that has a kernel for each channel: depthwise.c. Buffers: the array, the kernel
// (planes, rows, columns, channels) and the result; for the gradient by the kernel: the array, the
// cotangent of the result, and the kernel's gradient for each task. compile/cpu/depthwise_tiles.py
// prints the functions. Neighbouring pixels may be computed together, as one of more channels; the
// kernel is then repeated for each. All but `size` is counted in elements.
typedef struct {
    int64_t size;              // bytes of an element
    int64_t channels;          // of a pixel
    int64_t together;          // pixels that are one pixel of more channels
    int64_t batch;
    const struct WindowAxis *axes; // planes, rows and columns
    int64_t example_step;      // from one example to the next, in the array
    int64_t output_example;    // and in the result
    int64_t plane_gap;         // from one element of a window to the next, in the array
    int64_t row_gap;
    int64_t column_gap;
    int64_t column_stride;     // from one pixel to the next, in the array
    int64_t kernel_plane;      // and in the kernel
    int64_t kernel_row;
    int64_t kernel_column;
    int64_t pixel_step;        // between the windows of pixels of a tile
    int64_t output_step;       // between the pixels
    int64_t pixels;            // of a tile, or elements of a row of the kernel
    int64_t larger;            // the first tiles that have one more
    void *tile;
    void *larger_tile;
    void *rest;                // a tile of one
    void *single;              // the same for any part of a row of the kernel
    void *first_tile;          // of rows whose borders are left out by the first and the last tile,
    void *last_tile;           // otherwise null
    int64_t rows_at_once;      // rows of the result that one task computes
} Depthwise;

typedef struct WindowAxis {
    int64_t count;             // of results
    int64_t extent;            // of the array
    int64_t low;               // zeros before it
    int64_t step;              // between windows
    int64_t gap;               // between elements of a window
    int64_t window;            // elements
    int64_t stride;            // of the array
    int64_t output_stride;
} WindowAxis;

// Plans that a host's entry point finds by a key: plans.h. What follows the head is the host's own.

typedef struct {
    uint64_t hash;
    int64_t length;
    const int64_t *key;
} PlanHead;

typedef struct {
    PlanHead head;
    const Program *program;
    const struct TorchOutput *outputs;
} TorchPlan;

typedef struct TorchOutput {
    int64_t rank;
    const int64_t *sizes;
    const int64_t *strides;
    int64_t dtype;
    int64_t block;             // bytes of recycled memory; 0: PyTorch allocates
} TorchOutput;

typedef struct {
    int64_t tensors;
    int64_t scalars;
    int64_t outputs;
    int64_t lists;             // 1: the stack holds a list of tensors, one of scalars, one of outputs
    const void *table;         // of plans, published by Python
    void *(*resolve)(int64_t number, uint64_t hash, const int64_t *key, int64_t length,
                     const char **message);
    int64_t number;
} TorchOperator;

typedef struct {
    PlanHead head;
    const Program *program;    // null: Python runs it
    const struct TensorflowOutput *outputs;
    int64_t count;
    int64_t number;            // of the program that Python runs
} TensorflowPlan;

typedef struct TensorflowOutput {
    int64_t rank;
    const int64_t *sizes;
    int64_t dtype;
    int64_t block;             // bytes of recycled memory; 0: TensorFlow allocates
    int64_t bytes;
} TensorflowOutput;

typedef struct {
    int64_t arrays;
    int64_t scalars;
    const void *table;         // of plans, published by Python
    int64_t number;
} TensorflowRecord;

typedef struct {
    int64_t arrays;
    int64_t outputs;
    int64_t floats;
    const Program *program;
    const int64_t *sizes;      // bytes of the outputs
    const int64_t *operands;   // of each buffer: its data type, its rank, its sizes
    const int64_t *results;
} JaxRecord;

// Programs of NVIDIA's GPUs: cuda_launch.c. Functions of the driver, by their addresses; each gives
// CUDA's number of an error, or 0.

typedef struct {
    int32_t (*launch)(void *function, uint32_t x, uint32_t y, uint32_t z, uint32_t threads,
                      uint32_t threads_y, uint32_t threads_z, uint32_t shared_bytes, void *stream,
                      void **arguments, void **extra);
    int32_t (*clear)(int64_t address, uint32_t value, size_t bytes, void *stream);
    int32_t (*context_of)(void *stream, void **context);
    int32_t (*current)(void **context);
    int32_t (*push)(void *context);
    int32_t (*pop)(void **context);
    int32_t (*name_of)(int32_t error, const char **name);
} CudaDriver;

typedef struct {
    const CudaDriver *driver;
    int64_t devices;           // of several, the stream says which
    void *const *contexts;     // of each device
    int64_t steps;
    const struct CudaStep *table;
    int64_t most_words;        // the largest word_count of a step
} CudaProgram;

typedef struct CudaStep {
    void *const *functions;    // the kernel on each device; null: bytes are set to zero
    int64_t blocks_x;
    int64_t blocks_y;
    int64_t blocks_z;
    int64_t threads;           // of a block
    int64_t shared_bytes;
    int64_t word_count;
    const int64_t *words;      // the arguments: for an address the offset in its buffer, in bytes;
                               // where bytes are set to zero, their address and their number
    int64_t given_count;
    const int64_t *given;      // pairs: a position in `words`, a number among the call's buffers
    int64_t scalar_count;
    const int64_t *scalars;    // pairs: a position in `words`, a number among the call's scalars
} CudaStep;

typedef struct {
    int64_t arrays;
    int64_t floats;
    int64_t outputs;           // including the memory for temporaries, which comes last
    int64_t alignment;         // that addresses of arrays and outputs are divisible by
    const CudaProgram *program;
    const int64_t *operands;   // as in a JaxRecord
    const int64_t *results;
} JaxCudaRecord;

// One update of many tensors: multi_tensor.c.

typedef struct {
    int64_t items;             // tensors
    void **bases;              // a row for each tensor: parameter, gradient, states, step count
    int64_t stride;            // of a row
    const struct Chunk *chunks;
    const int64_t *starts;     // the first chunk of each task, and the end
    int64_t tasks;
    int64_t chunk_count;
    double *scalars;
    double *partials;          // the sum of squares of each chunk
    int64_t clips;
    double limit;              // of the norm of all gradients
    double bound;              // of an element of a gradient
    const float *grad_scale;
    const float *found_inf;
    double factor;             // of the gradients, without clipping
} Job;

typedef struct Chunk {
    int64_t item;
    int64_t offset;
    const struct ChunkKernel *kernel;
    int64_t length;
} Chunk;

typedef struct ChunkKernel {
    Kernel address;
    int64_t buffer_count;
    const int64_t *roles;      // which array of the row each buffer is
    const int64_t *sizes;      // bytes of an element of each buffer
    int64_t word_count;
    const int64_t *words;
    int64_t length_count;
    const int64_t *lengths;    // which of the words are the number of elements
    int64_t value_count;
    const double *values;
    int64_t given_count;
    const int64_t *given;      // pairs: a position in `values`, a number among the job's scalars
    double (*square)(const void *elements, int64_t count, double inverse, double bound);
    int64_t grad_size;
} ChunkKernel;

// The scalars that every update has, at the start of a job's scalars.
#define STEP 0
#define NORM_FACTOR 1
#define INVERSE_SCALE 2
// The role of the gradient; the parameter is 0, states follow.
#define GRADIENT 1
