// Applies one update to many tensors, cut into chunks that are gathered into tasks.
// compile/cpu/multi_tensor.py fills the tables in.

#include "abi.h"
#include "runtime.h"

// The sum of squares of `count` elements, each scaled and then held within the bound.
#define DEFINE_SQUARE(name, type, widen)                                                           \
    double name(const void *elements, int64_t count, double inverse, double bound)                 \
    {                                                                                              \
        double sum = 0.0;                                                                          \
        for (int64_t i = 0; i < count; i++) {                                                      \
            double scaled = widen(((const type *)elements)[i]) * inverse;                          \
            double above = scaled < -bound ? -bound : scaled;                                      \
            double held = above > bound ? bound : above;                                           \
            double squared = held * held;                                                          \
            {                                                                                      \
                _Pragma("clang fp reassociate(on)") sum += squared;                                \
            }                                                                                      \
        }                                                                                          \
        return sum;                                                                                \
    }

static inline double widen_bfloat16(uint16_t bits)
{
    union {
        uint32_t bits;
        float value;
    } single = {(uint32_t)bits << 16};
    return single.value;
}

DEFINE_SQUARE(square_float64, double, (double))
DEFINE_SQUARE(square_float32, float, (double))
DEFINE_SQUARE(square_float16, _Float16, (double))
DEFINE_SQUARE(square_bfloat16, uint16_t, widen_bfloat16)

static void serial(Task task, void *context, int64_t count)
{
    serial_for(task, context, count);
}

// A chunk: a piece of one tensor, taken as a tensor of its own.
static __attribute__((noinline)) void update_chunk(const Job *job, int64_t index)
{
    const Chunk *chunk = &job->chunks[index];
    const ChunkKernel *kernel = chunk->kernel;
    void *const *bases = &job->bases[chunk->item * job->stride];
    void *buffers[kernel->buffer_count];
    int64_t words[kernel->word_count];
    double values[kernel->value_count + 1]; // an array has an element

    for (int64_t i = 0; i < kernel->buffer_count; i++)
        buffers[i] = (char *)bases[kernel->roles[i]] + kernel->sizes[i] * chunk->offset;
    __builtin_memcpy(words, kernel->words, (size_t)kernel->word_count * 8);
    for (int64_t i = 0; i < kernel->length_count; i++)
        words[kernel->lengths[i]] = chunk->length;
    __builtin_memcpy(values, kernel->values, (size_t)kernel->value_count * 8);
    const float *own_step = bases[job->stride - 1];
    for (int64_t i = 0; i < kernel->given_count; i++) {
        int64_t place = kernel->given[2 * i], number = kernel->given[2 * i + 1];
        values[place] = number == STEP && own_step ? (double)*own_step : job->scalars[number];
    }
    kernel->address(buffers, words, values, serial);
}

static void square_chunk(const Job *job, int64_t index)
{
    const Chunk *chunk = &job->chunks[index];
    const ChunkKernel *kernel = chunk->kernel;
    const char *gradient = job->bases[chunk->item * job->stride + GRADIENT];
    job->partials[index] =
        kernel->square(gradient + kernel->grad_size * chunk->offset, chunk->length,
                       job->scalars[INVERSE_SCALE], job->bound);
}

static void update_task(void *job, int64_t number)
{
    const int64_t *starts = &((const Job *)job)->starts[number];
    for (int64_t i = starts[0]; i < starts[1]; i++)
        update_chunk(job, i);
}

static void square_task(void *job, int64_t number)
{
    const int64_t *starts = &((const Job *)job)->starts[number];
    for (int64_t i = starts[0]; i < starts[1]; i++)
        square_chunk(job, i);
}

// 1 where the flag says that a gradient overflowed: then nothing is done.
int64_t update(Job *job, ParallelFor parallel_for)
{
    if (job->found_inf && *job->found_inf != 0.0f)
        return 1;
    job->scalars[NORM_FACTOR] = job->factor;
    job->scalars[INVERSE_SCALE] = 1.0;
    if (job->grad_scale) // as GradScaler.unscale_: the reciprocal, rounded to float32
        job->scalars[INVERSE_SCALE] = (float)(1.0 / (double)*job->grad_scale);
    if (job->clips) {
        parallel_for(square_task, job, job->tasks);
        double sum = 0.0;
        for (int64_t i = 0; i < job->chunk_count; i++)
            sum += job->partials[i];
        double norm = __builtin_sqrt(sum);
        double larger = norm <= job->limit ? job->limit : norm; // NaN is larger
        job->scalars[NORM_FACTOR] = job->limit / larger;
    }
    for (int64_t i = 0; i < job->items; i++) {
        float *step = job->bases[i * job->stride + job->stride - 1];
        if (step)
            *step += 1.0f;
    }
    parallel_for(update_task, job, job->tasks);
    return 0;
}
