// Steps of a program that are not generated kernels: loops, and the products of matrices in their
// bodies.

#include "abi.h"
#include "runtime.h"

// A loop whose steps need nothing of each other: a task for each.
typedef struct {
    const Loop *loop;
    void **buffers;
    const double *scalars;
    _Atomic int64_t status;
} Steps;

static void run_step(void *context, int64_t at)
{
    Steps *steps = context;
    const Loop *loop = steps->loop;
    int64_t fixed = loop->constants, operands = fixed + loop->xs;
    char *given[operands + loop->ys];

    for (int64_t i = 0; i < operands; i++)
        given[i] = (char *)steps->buffers[i] + loop->offsets[i];
    for (int64_t i = 0; i < loop->xs; i++)
        given[fixed + i] += at * loop->x_steps[i];
    for (int64_t i = 0; i < loop->ys; i++)
        given[operands + i] = (char *)steps->buffers[operands + i] + at * loop->y_steps[i];
    int64_t status = dovetail_run_program(loop->program, (void *const *)given, steps->scalars,
                                          serial_for);
    atomic_fetch_or_explicit(&steps->status, status, memory_order_relaxed);
}

// Other loops may run at the same time, and have the same status word.
static void add_status(int64_t *status, int64_t found)
{
    if (found)
        __atomic_fetch_or(status, found, __ATOMIC_RELAXED);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// The bytes of a part's share of a carry.
static int64_t bytes_of_carry(const Loop *loop, int64_t part, int64_t carry)
{
    if (loop->parts == 1)
        return loop->bytes[carry];
    int64_t stride = loop->part_strides[loop->carries + loop->constants + loop->xs + carry];
    return least(stride, loop->bytes[carry] - part * stride);
}

// Runs one step after the other, because each needs the carries of the one before. `buffers` are
// those of the part. Returns the status.
static int64_t run_in_order(const Loop *loop, int64_t part, void **buffers, const double *scalars,
                            ParallelFor parallel_for)
{
    const Program *program = part < loop->parts - 1 ? loop->program : loop->last;
    int64_t failed = 0;
    int64_t carries = loop->carries, fixed = carries + loop->constants;
    int64_t operands = fixed + loop->xs;
    void **outputs = buffers + operands, **ys = outputs + carries;
    void **others = ys + loop->ys;
    char *given[operands + carries + loop->ys];

    for (int64_t i = 0; i < operands; i++)
        given[i] = (char *)buffers[i] + loop->offsets[i];
    // Steps write the carries to `outputs` and to `others` in turn. If the number of steps is known,
    // the last one writes to `outputs`.
    bool until = loop->length < 0, to_outputs = (loop->length + until) % 2 == 1;
    for (int64_t step = 0; until ? *given[0] && !failed : step < loop->length; step++) {
        int64_t at = loop->reverse ? loop->length - 1 - step : step;
        for (int64_t i = 0; i < loop->xs; i++)
            given[fixed + i] = (char *)buffers[fixed + i] + loop->offsets[fixed + i] +
                               at * loop->x_steps[i];
        int64_t made = operands;
        for (int64_t i = 0; i < carries; i++)
            if (loop->alike[i] < 0)
                given[made++] = to_outputs ? outputs[i] : others[i];
        for (int64_t i = 0; i < loop->ys; i++)
            given[made + i] = (char *)ys[i] + at * loop->y_steps[i];
        failed |= dovetail_run_program(program, (void *const *)given, scalars, parallel_for);
        int64_t next = operands;
        for (int64_t i = 0; i < carries; i++)
            given[i] = loop->alike[i] < 0 ? given[next++] : given[made + loop->alike[i]];
        to_outputs = !to_outputs;
    }
    for (int64_t i = 0; i < carries; i++)
        if (given[i] != outputs[i])
            __builtin_memcpy(outputs[i], given[i], (size_t)bytes_of_carry(loop, part, i));
    return failed;
}

// A loop in parts.
typedef struct {
    const Loop *loop;
    void **buffers;
    int64_t count; // of the buffers that parts share
    const double *scalars;
    _Atomic int64_t status;
} Parts;

static void run_part(void *context, int64_t part)
{
    Parts *parts = context;
    void *own[parts->count];

    for (int64_t i = 0; i < parts->count; i++)
        own[i] = (char *)parts->buffers[i] + part * parts->loop->part_strides[i];
    int64_t status = run_in_order(parts->loop, part, own, parts->scalars, serial_for);
    atomic_fetch_or_explicit(&parts->status, status, memory_order_relaxed);
}

void dovetail_run_loop(void **buffers, const int64_t *words, const double *scalars,
                       ParallelFor parallel_for)
{
    const Loop *loop = (const Loop *)words;
    // After the operands come the carries, the ys and the other memory of the carries.
    int64_t shared = loop->constants + loop->xs + loop->ys + 3 * loop->carries;
    int64_t *status = buffers[shared];
    ParallelFor shared_for = loop->serial ? serial_for : parallel_for;

    if (loop->threads)
        dovetail_enter_one_thread(loop->threads);
    if (loop->independent) {
        Steps steps = {loop, buffers, scalars, 0};
        parallel_for(run_step, &steps, loop->length);
        add_status(status, steps.status);
    } else if (loop->parts > 1) {
        Parts parts = {loop, buffers, shared, scalars, 0};
        shared_for(run_part, &parts, loop->parts);
        add_status(status, parts.status);
    } else {
        add_status(status, run_in_order(loop, 0, buffers, scalars, shared_for));
    }
    if (loop->threads)
        dovetail_leave_one_thread(loop->threads);
}

// Loops under way, each on one thread.
typedef struct {
    const LoopGroup *group;
    void **buffers;
    const double *scalars;
} Loops;

static void run_one(void *context, int64_t at)
{
    const Loops *loops = context;
    const LoopGroup *group = loops->group;
    dovetail_run_loop(loops->buffers + group->firsts[at], (const int64_t *)group->loops[at],
                      loops->scalars, serial_for);
}

void dovetail_run_loops(void **buffers, const int64_t *words, const double *scalars,
                        ParallelFor parallel_for)
{
    const LoopGroup *group = (const LoopGroup *)words;
    Loops loops = {group, buffers, scalars};
    parallel_for(run_one, &loops, group->count);
}

typedef void Multiply(const char *second, const char *first, const void *columns, const void *rows,
                      const void *inner, const void *one, const void *b, const void *b_stride,
                      const void *a, const void *a_stride, const void *zero, void *c,
                      const void *c_stride);

// A product under way: its words, its buffers and the constants of BLAS.
typedef struct {
    const Product *words;
    void **buffers;
    const void *zero;
    const void *one;
    int64_t down; // blocks of rows
    int64_t across;
} Multiplication;

// The bytes before row or column `index` of an operand.
static int64_t before(int64_t index, int64_t stride, bool strided, int64_t size)
{
    return index * (strided ? stride : 1) * size;
}

static void multiply_block(void *context, int64_t index)
{
    const Multiplication *m = context;
    const Product *p = m->words;
    int64_t size = p->is_double ? 8 : 4;
    int64_t matrix = index / (m->down * m->across), block = index % (m->down * m->across);
    int64_t row = block / m->across * p->block_rows;
    int64_t column = block % m->across * p->block_columns;
    int64_t rows = least(p->block_rows, p->rows - row);
    int64_t columns = least(p->block_columns, p->columns - column);
    int64_t sizes64[] = {rows, columns, p->inner, p->first_stride, p->second_stride, p->columns};
    int32_t sizes32[6];
    const void *sizes[6];
    for (int64_t i = 0; i < 6; i++) {
        sizes32[i] = (int32_t)sizes64[i];
        sizes[i] = p->wide ? (const void *)&sizes64[i] : (const void *)&sizes32[i];
    }
    const char *a = (const char *)m->buffers[0] + p->first_offset + matrix * p->first_step;
    const char *b = (const char *)m->buffers[1] + p->second_offset + matrix * p->second_step;
    char *c = (char *)m->buffers[2] + ((matrix * p->rows + row) * p->columns + column) * size;
    a += before(row, p->first_stride, !p->first_transposed, size);
    b += before(column, p->second_stride, p->second_transposed, size);
    ((Multiply *)p->multiply)(p->second_transposed ? "T" : "N", p->first_transposed ? "T" : "N",
                              sizes[1], sizes[0], sizes[2], m->one, b, sizes[4], a, sizes[3],
                              m->zero, c, sizes[5]);
}

void dovetail_multiply(void **buffers, const int64_t *words, const double *scalars,
                       ParallelFor parallel_for)
{
    const Product *p = (const Product *)words;
    int64_t size = p->is_double ? 8 : 4;
    float floats[] = {0, 1};
    double doubles[] = {0, 1};
    const void *zero = p->is_double ? (const void *)&doubles[0] : (const void *)&floats[0];
    const void *one = p->is_double ? (const void *)&doubles[1] : (const void *)&floats[1];

    if (p->rows == 0 || p->columns == 0)
        return;
    if (p->inner == 0) {
        __builtin_memset(buffers[2], 0, (size_t)(p->count * p->rows * p->columns * size));
        return;
    }
    int64_t down = (p->rows + p->block_rows - 1) / p->block_rows;
    int64_t across = (p->columns + p->block_columns - 1) / p->block_columns;
    Multiplication m = {p, buffers, zero, one, down, across};
    int64_t tasks = p->count * down * across;
    if (p->threads)
        dovetail_enter_one_thread(p->threads);
    if (tasks == 1)
        multiply_block(&m, 0);
    else
        parallel_for(multiply_block, &m, tasks);
    if (p->threads)
        dovetail_leave_one_thread(p->threads);
}
