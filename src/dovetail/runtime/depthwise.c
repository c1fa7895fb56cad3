// Convolutions with a kernel for each channel, of arrays with channels last: covers the result with
// tiles, which generated code computes (compile/cpu/depthwise_tiles.py). Elements of windows that
// are outside of the array are left out, so that no array has a border. The order of each sum is
// that of the kernel.

#include "abi.h"
#include "runtime.h"

typedef void (*Tile)(const Depthwise *d, const char *x, const char *kernel, char *out,
                     int64_t planes, int64_t rows, int64_t columns, int64_t channels);
typedef void (*GradientTile)(const Depthwise *d, const char *x, const char *y, char *sums,
                             int64_t pixels, int64_t channels);

typedef struct {
    const Depthwise *depthwise;
    const char *x, *second;
    char *out;
} Call;

typedef struct {
    int64_t first, end;
} Range;

// A row of the result: its first element there and in the array, and the planes and rows of the
// kernel that meet the array.
typedef struct {
    int64_t x, out;
    Range planes, rows;
} Row;

static int64_t quotient_up(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

static Range within(int64_t first, int64_t end, int64_t most)
{
    first = first < 0 ? 0 : first > most ? most : first;
    end = end > most ? most : end;
    return (Range){first, end < first ? first : end};
}

// The elements of a window that are in the array.
static Range elements_of(const WindowAxis *a, int64_t place)
{
    int64_t at = place * a->step - a->low;

    return within(quotient_up(-at, a->gap), quotient_up(a->extent - at, a->gap), a->window);
}

// The windows of which the elements from `first` to `last` are in the array.
static Range places_of(const WindowAxis *a, int64_t first, int64_t last)
{
    return within(quotient_up(a->low - first * a->gap, a->step),
                  quotient_up(a->extent + a->low - last * a->gap, a->step), a->count);
}

// Where an element of a window is in the array.
static int64_t place(const WindowAxis *a, int64_t window, int64_t element)
{
    return (window * a->step - a->low + element * a->gap) * a->stride;
}

static Row row_at(const Depthwise *d, int64_t number)
{
    const WindowAxis *planes = d->axes, *rows = d->axes + 1;
    int64_t row = number % rows->count, plane = number / rows->count % planes->count;
    int64_t example = number / rows->count / planes->count;
    Row r;

    r.planes = elements_of(planes, plane);
    r.rows = elements_of(rows, row);
    r.x = example * d->example_step;
    r.out = example * d->output_example + plane * planes->output_stride + row * rows->output_stride;
    r.x += place(planes, plane, r.planes.first) + place(rows, row, r.rows.first);
    return r;
}

static Range rows_of(const Depthwise *d, int64_t task)
{
    int64_t rows = d->batch * d->axes[0].count * d->axes[1].count;

    return within(task * d->rows_at_once, (task + 1) * d->rows_at_once, rows);
}

// Pixels of a row: `tile` of them, or what `channels` are of these, for some columns of the kernel.
static void compute(const Call *call, const Row *row, void *tile, int64_t at, Range columns,
                    int64_t channels)
{
    const Depthwise *d = call->depthwise;
    const WindowAxis *axis = d->axes + 2;
    int64_t x = row->x + place(axis, at, columns.first);
    int64_t out = row->out + at * axis->output_stride;
    int64_t kernel = row->planes.first * d->kernel_plane + row->rows.first * d->kernel_row +
                     columns.first * d->kernel_column;

    ((Tile)tile)(d, call->x + x * d->size, call->second + kernel * d->size, call->out + out * d->size,
                 row->planes.end - row->planes.first, row->rows.end - row->rows.first,
                 columns.end - columns.first, channels);
}

// A row whose first and last tile leave out what is outside of the array.
static void cover(const Call *call, const Row *row)
{
    const Depthwise *d = call->depthwise;
    const WindowAxis *axis = d->axes + 2;
    Range all = {0, axis->window};
    int64_t left = d->larger, some;

    for (int64_t at = 0; at < axis->count; at += some, left--) {
        void *tile = left > 0 ? d->larger_tile : d->tile;
        some = d->pixels + (left > 0);
        if (at == 0)
            tile = d->first_tile;
        else if (at + some == axis->count)
            tile = d->last_tile;
        compute(call, row, tile, at, all, d->channels);
    }
}

// A row whose borders are computed pixel by pixel.
static void cover_inner(const Call *call, const Row *row)
{
    const Depthwise *d = call->depthwise;
    const WindowAxis *axis = d->axes + 2;
    Range inner = places_of(axis, 0, axis->window - 1), all = {0, axis->window};
    int64_t whole = inner.first + (inner.end - inner.first) / d->together * d->together;
    int64_t at, left = d->larger;

    for (at = 0; at < inner.first; at++)
        compute(call, row, d->single, at, elements_of(axis, at), d->channels);
    for (; at < whole; at += (d->pixels + (left > 0)) * d->together, left--)
        compute(call, row, left > 0 ? d->larger_tile : d->tile, at, all, d->together * d->channels);
    if (whole < inner.end)
        compute(call, row, d->rest, whole, all, (inner.end - whole) * d->channels);
    for (at = inner.end; at < axis->count; at++)
        compute(call, row, d->single, at, elements_of(axis, at), d->channels);
}

static void rows_of_a_task(void *context, int64_t number)
{
    const Call *call = context;
    const Depthwise *d = call->depthwise;
    Range rows = rows_of(d, number);

    for (; rows.first < rows.end; rows.first++) {
        Row row = row_at(d, rows.first);
        if (d->first_tile)
            cover(call, &row);
        else
            cover_inner(call, &row);
    }
}

// Adds the products of pixels, for columns of the kernel from `column` on.
static void add(const Call *call, const Row *row, void *tile, int64_t column, char *sums, int64_t at,
                int64_t pixels, int64_t channels)
{
    const Depthwise *d = call->depthwise;
    const WindowAxis *axis = d->axes + 2;
    int64_t x = row->x + place(axis, at, column), y = row->out + at * axis->output_stride;

    if (pixels > 0 && channels > 0)
        ((GradientTile)tile)(d, call->x + x * d->size, call->second + y * d->size,
                             sums + column * d->kernel_column * d->size, pixels, channels);
}

// What a row adds to the gradients of a row of the kernel.
static void add_row(const Call *call, const Row *row, char *sums)
{
    const Depthwise *d = call->depthwise;
    const WindowAxis *axis = d->axes + 2;
    int64_t left = d->larger, some;

    for (int64_t first = 0; first < axis->window; first += some, left--) {
        void *tile = left > 0 ? d->larger_tile : d->tile;
        some = d->pixels + (left > 0);
        Range all = places_of(axis, first, first + some - 1);
        int64_t count = (all.end - all.first) / d->together, end = all.first + count * d->together;

        add(call, row, tile, first, sums, all.first, count, d->together * d->channels);
        add(call, row, tile, first, sums, end, 1, (all.end - end) * d->channels);
        for (int64_t column = first; column < first + some; column++) {
            Range own = places_of(axis, column, column);
            for (int64_t at = own.first; at < own.end; at++)
                if (at < all.first || at >= all.end)
                    add(call, row, d->single, column, sums, at, 1, d->channels);
        }
    }
}

// What the rows of a task add to the gradient of the kernel, of which each task has one.
static void gradient_of_a_task(void *context, int64_t number)
{
    const Call *call = context;
    const Depthwise *d = call->depthwise;
    Range rows = rows_of(d, number);
    Call own = *call;

    own.out += number * d->axes[0].window * d->kernel_plane * d->size;
    for (; rows.first < rows.end; rows.first++) {
        Row row = row_at(d, rows.first), line = row;
        for (int64_t plane = row.planes.first; plane < row.planes.end; plane++)
            for (int64_t r = row.rows.first; r < row.rows.end; r++) {
                line.x = row.x + (plane - row.planes.first) * d->plane_gap +
                         (r - row.rows.first) * d->row_gap;
                add_row(&own, &line, own.out + (plane * d->kernel_plane + r * d->kernel_row) * d->size);
            }
    }
}

static void run(Task task, void **buffers, const int64_t *words, ParallelFor parallel_for)
{
    const Depthwise *d = (const Depthwise *)words;
    Call call = {d, buffers[0], buffers[1], buffers[2]};
    int64_t rows = d->batch * d->axes[0].count * d->axes[1].count;

    parallel_for(task, &call, (rows + d->rows_at_once - 1) / d->rows_at_once);
}

void dovetail_depthwise(void **buffers, const int64_t *words, const double *scalars,
                        ParallelFor parallel_for)
{
    run(rows_of_a_task, buffers, words, parallel_for);
}

void dovetail_depthwise_gradient(void **buffers, const int64_t *words, const double *scalars,
                                 ParallelFor parallel_for)
{
    run(gradient_of_a_task, buffers, words, parallel_for);
}
