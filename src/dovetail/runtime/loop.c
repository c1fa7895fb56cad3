// Steps of a program that are not generated kernels: loops, and the products of matrices in their
// bodies.

#include "abi.h"
#include "runtime.h"

void dovetail_run_loop(void **buffers, const int64_t *words, const double *scalars,
                       ParallelFor parallel_for)
{
    const Loop *loop = (const Loop *)words;
    int64_t carries = loop->carries, fixed = carries + loop->constants;
    int64_t operands = fixed + loop->xs;
    void **outputs = buffers + operands, **ys = outputs + carries;
    void **others = ys + loop->ys;
    int64_t *status = (int64_t *)others[carries];
    char *given[operands + carries + loop->ys];

    for (int64_t i = 0; i < operands; i++)
        given[i] = (char *)buffers[i] + loop->offsets[i];
    if (loop->serial)
        parallel_for = serial_for;
    if (loop->threads)
        dovetail_enter_one_thread(loop->threads);
    // Steps write the carries to `outputs` and to `others` in turn. If the number of steps is known,
    // the last one writes to `outputs`.
    bool until = loop->length < 0, to_outputs = (loop->length + until) % 2 == 1;
    for (int64_t step = 0; until ? *given[0] && !*status : step < loop->length; step++) {
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
        *status |= dovetail_run_program(loop->program, (void *const *)given, scalars, parallel_for);
        int64_t next = operands;
        for (int64_t i = 0; i < carries; i++)
            given[i] = loop->alike[i] < 0 ? given[next++] : given[made + loop->alike[i]];
        to_outputs = !to_outputs;
    }
    for (int64_t i = 0; i < carries; i++)
        if (given[i] != outputs[i])
            __builtin_memcpy(outputs[i], given[i], (size_t)loop->bytes[i]);
    if (loop->threads)
        dovetail_leave_one_thread(loop->threads);
}

typedef void Multiply(const char *second, const char *first, const void *columns, const void *rows,
                      const void *inner, const void *one, const void *b, const void *b_stride,
                      const void *a, const void *a_stride, const void *zero, void *c,
                      const void *c_stride);

void dovetail_multiply(void **buffers, const int64_t *words, const double *scalars,
                       ParallelFor parallel_for)
{
    const Product *p = (const Product *)words;
    int64_t size = p->is_double ? 8 : 4;
    int64_t sizes64[] = {p->rows, p->columns, p->inner, p->first_stride, p->second_stride};
    int32_t sizes32[] = {(int32_t)p->rows, (int32_t)p->columns, (int32_t)p->inner,
                         (int32_t)p->first_stride, (int32_t)p->second_stride};
    const void *sizes[5];
    for (int64_t i = 0; i < 5; i++)
        sizes[i] = p->wide ? (const void *)&sizes64[i] : (const void *)&sizes32[i];
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
    for (int64_t i = 0; i < p->count; i++) {
        const char *a = (const char *)buffers[0] + p->first_offset + i * p->first_step;
        const char *b = (const char *)buffers[1] + p->second_offset + i * p->second_step;
        char *c = (char *)buffers[2] + i * p->rows * p->columns * size;
        ((Multiply *)p->multiply)(p->second_transposed ? "T" : "N", p->first_transposed ? "T" : "N",
                                  sizes[1], sizes[0], sizes[2], one, b, sizes[4], a, sizes[3], zero,
                                  c, sizes[1]);
    }
}
