// Convolutions of arrays with channels last: covers the result with tiles, which generated code
// computes (compile/cpu/convolution_tiles.py). The order of each sum is that of the kernel.

#include "abi.h"
#include "runtime.h"

typedef void (*Tile)(const Convolution *c, const char *x, const char *kernel, char *out,
                     int64_t channels);

typedef struct {
    const Convolution *convolution;
    const char *x, *packed;
    char *out;
} Call;

typedef struct {
    Call call;
    int64_t at_once;
} Columns;

// Runs a task for every `rows_at_once` rows of the result.
static void run_tasks(Task task, Call *call, ParallelFor parallel_for)
{
    const Convolution *c = call->convolution;
    int64_t rows = c->batch * c->planes * c->rows;

    parallel_for(task, call, (rows + c->rows_at_once - 1) / c->rows_at_once);
}

// The row of the result after the last one of a task.
static int64_t end_of_task(const Convolution *c, int64_t number)
{
    int64_t rows = c->batch * c->planes * c->rows, end = (number + 1) * c->rows_at_once;

    return end < rows ? end : rows;
}

// Where the first window of a row of the result begins in the array, in elements.
static int64_t start_of_row(const Convolution *c, int64_t row)
{
    int64_t plane = row / c->rows;

    return plane / c->planes * c->example_step + plane % c->planes * c->plane_step +
           row % c->rows * c->row_step;
}

// A row of the result, for the channels of one tile.
static void cover(const Convolution *c, const char *x, const char *kernel, char *out,
                  int64_t channels)
{
    int64_t left = c->larger, pixels = c->pixels + (left > 0);
    Tile tile = (Tile)(left > 0 ? c->larger_tile : c->tile);

    for (int64_t at = 0; at < c->columns; at += pixels, left--) {
        if (left == 0)
            pixels = c->pixels, tile = (Tile)c->tile;
        tile(c, x + at * c->column_step * c->size, kernel, out + at * c->output_step * c->size,
             channels);
    }
}

static void rows_of_a_task(void *context, int64_t number)
{
    const Call *call = context;
    const Convolution *c = call->convolution;
    int64_t end = end_of_task(c, number), elements = c->taps * c->inputs;
    int64_t in_panels = (c->outputs + c->channels - 1) / c->channels * c->channels; // of a group

    for (int64_t group = 0; group < c->groups; group++)
        for (int64_t first = 0; first < c->outputs; first += c->channels)
            for (int64_t row = number * c->rows_at_once; row < end; row++) {
                int64_t from = start_of_row(c, row) + group * c->inputs;
                int64_t to = row * c->columns * c->output_step + group * c->outputs + first;
                cover(c, call->x + from * c->size,
                      call->packed + (group * in_panels + first) * elements * c->size,
                      call->out + to * c->size, c->outputs - first);
            }
}

// What some rows add up to in the gradient of the kernel of a group.
static void add_gradient(const Call *call, int64_t group, int64_t row, int64_t end, char *sums)
{
    const Convolution *c = call->convolution;

    for (; row < end; row++) {
        int64_t from = start_of_row(c, row) + group * c->inputs;
        int64_t above = row * c->columns * c->output_step + group * c->outputs;
        for (int64_t tap = 0; tap < c->taps; tap++) {
            int64_t left = c->larger, some;
            for (int64_t at = 0; at < c->inputs; at += some, left--) {
                Tile tile = (Tile)(left > 0 ? c->larger_tile : c->tile);
                const char *x = call->x + (from + c->offsets[tap] + at) * c->size;
                some = c->pixels + (left > 0);
                for (int64_t first = 0; first < c->outputs; first += c->channels)
                    tile(c, x, call->packed + (above + first) * c->size,
                         sums + ((tap * c->inputs + at) * c->outputs + first) * c->size, 0);
            }
        }
    }
}

// Each task has a gradient of its own.
static void gradient_of_a_task(void *context, int64_t number)
{
    const Call *call = context;
    const Convolution *c = call->convolution;
    int64_t bytes = c->taps * c->inputs * c->outputs * c->size;
    char *sums = call->out + number * c->groups * bytes;

    __builtin_memset(sums, 0, (size_t)(c->groups * bytes));
    for (int64_t group = 0; group < c->groups; group++)
        add_gradient(call, group, number * c->rows_at_once, end_of_task(c, number),
                     sums + group * bytes);
}

void dovetail_convolve(void **buffers, const int64_t *words, const double *scalars,
                       ParallelFor parallel_for)
{
    const Convolution *c = (const Convolution *)words;
    Call call = {c, buffers[0], buffers[1], buffers[2]};

    run_tasks(rows_of_a_task, &call, parallel_for);
}

void dovetail_convolve_gradient(void **buffers, const int64_t *words, const double *scalars,
                                ParallelFor parallel_for)
{
    const Convolution *c = (const Convolution *)words;
    Call call = {c, buffers[0], buffers[1], buffers[2]};

    run_tasks(gradient_of_a_task, &call, parallel_for);
}

// The columns of a task of a product with panels. A panel stays in the first cache for all rows.
static void columns_of_a_task(void *context, int64_t number)
{
    const Columns *columns = context;
    const Call *call = &columns->call;
    const Convolution *c = call->convolution;
    int64_t first = number * columns->at_once, end = first + columns->at_once;

    for (end = end < c->outputs ? end : c->outputs; first < end; first += c->channels)
        cover(c, call->x, call->packed + first * c->inputs * c->size, call->out + first * c->size,
              c->outputs - first);
}

void dovetail_multiply_panels(void **buffers, const int64_t *words, const double *scalars,
                              ParallelFor parallel_for)
{
    const PanelProduct *p = (const PanelProduct *)words;
    const Convolution *c = p->tiles;
    Columns columns = {
        {c, (char *)buffers[0] + p->first_offset, (char *)buffers[1] + p->panels_offset, buffers[2]},
        p->columns_at_once,
    };
    int64_t tasks = (c->outputs + p->columns_at_once - 1) / p->columns_at_once;

    if (tasks == 1)
        columns_of_a_task(&columns, 0);
    else
        parallel_for(columns_of_a_task, &columns, tasks);
}
