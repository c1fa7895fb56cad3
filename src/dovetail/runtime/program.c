// Runs a program of kernels: one call, and no Python in it.

#include "abi.h"
#include "runtime.h"

// The blocks of memory that a step finds cleared.
typedef struct {
    const Step *step;
    void *const *buffers;
} Cleared;

static int64_t blocks_of(int64_t bytes) { return (bytes + CLEARED_AT_ONCE - 1) / CLEARED_AT_ONCE; }

static void clear_block(void *context, int64_t index)
{
    const Cleared *cleared = context;
    const int64_t *zeros = cleared->step->zeros;
    for (; index >= blocks_of(zeros[1]); zeros += 2)
        index -= blocks_of(zeros[1]);
    int64_t start = index * CLEARED_AT_ONCE, rest = zeros[1] - start;
    char *memory = cleared->buffers[zeros[0]];
    __builtin_memset(memory + start, 0, (size_t)(rest < CLEARED_AT_ONCE ? rest : CLEARED_AT_ONCE));
}

static void clear(const Step *step, void *const *buffers, ParallelFor parallel_for)
{
    Cleared cleared = {step, buffers};
    int64_t blocks = 0;
    for (int64_t i = 0; i < step->zero_count; i++)
        blocks += blocks_of(step->zeros[2 * i + 1]);
    if (blocks > step->zero_count)
        parallel_for(clear_block, &cleared, blocks);
    else
        serial_for(clear_block, &cleared, blocks);
}

// The scalars of a step: its own, with those of the call put in.
static const double *scalars_of(const Step *step, const double *scalars, double *values)
{
    if (step->given_count == 0)
        return step->values;
    for (int64_t i = 0; i < step->value_count; i++)
        values[i] = step->values[i];
    for (int64_t i = 0; i < step->given_count; i++)
        values[step->given[2 * i]] = scalars[step->given[2 * i + 1]];
    return values;
}

int64_t dovetail_run_program(const Program *program, void *const *given, const double *scalars,
                             ParallelFor parallel_for)
{
    // All buffers: what is given, temporaries, constants, and last the status word.
    int64_t first_constant = program->given + program->temporaries;
    int64_t last = first_constant + program->constants;
    void *buffers[last + 1];
    void *slots[program->most_slots];
    double values[program->most_values];
    _Alignas(64) char near[STACK_ARENA];
    bool small = program->arena <= STACK_ARENA;
    char *arena = small ? near : dovetail_take(program->arena);
    int64_t status = 0;

    if (!arena)
        return NO_ARENA;
    for (int64_t i = 0; i < program->given; i++)
        buffers[i] = given[i];
    for (int64_t i = 0; i < program->temporaries; i++)
        buffers[program->given + i] = arena + program->offsets[i];
    for (int64_t i = 0; i < program->constants; i++)
        buffers[first_constant + i] = program->addresses[i];
    buffers[last] = &status;

    for (int64_t i = 0; i < program->steps; i++) {
        if (i == program->commit && status)
            break;
        const Step *step = &program->table[i];
        clear(step, buffers, parallel_for);
        const double *own = scalars_of(step, scalars, values);
        for (int64_t slot = 0; slot < step->slot_count; slot++)
            slots[slot] = buffers[step->slots[slot]];
        step->kernel(slots, step->words, own, parallel_for);
    }
    if (!small)
        dovetail_give(arena, program->arena);
    return status;
}

// The same as a kernel, whose `sizes` are the program. The status goes to the last of the buffers.
void dovetail_program_kernel(void **buffers, const int64_t *sizes, const double *scalars,
                             ParallelFor parallel_for)
{
    const Program *program = (const Program *)sizes;
    *(int64_t *)buffers[program->given] =
        dovetail_run_program(program, buffers, scalars, parallel_for);
}
