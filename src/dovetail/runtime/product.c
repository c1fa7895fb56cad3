// Products of matrices of float32, for processors whose vectors are wider than those that NumPy's
// BLAS uses.
//
// As in Goto & van de Geijn 2008, doi:10.1145/1356052.1356053: a panel of B is packed once and lies
// in cache, and a tile of C is summed up in registers. A is read where it lies. Each element of C is
// computed by one task, in one order.

#include "abi.h"
#include "runtime.h"

#define LANES 16
#define PANEL (2 * LANES) // columns of a tile
#define HEIGHT 8          // rows of a tile
#define FEW 64            // rows of A for which B is read where it lies
#define DEPTH 128         // rows of B that are packed at a time
#define WIDTH 128         // columns of B that are packed at a time
#define TALL 256          // rows of A that are read again for each panel
#define SHORT_PRODUCT 1048576 // multiply-adds, 10 us, for which a second thread costs too much

typedef float Vector __attribute__((ext_vector_type(LANES)));
typedef float Unaligned __attribute__((ext_vector_type(LANES), aligned(4)));

// A loop that is seldom run, and not worth the time to compile it well.
#define PLAIN_LOOP _Pragma("clang loop vectorize(disable) interleave(disable) unroll(disable)")

#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

// C = A B, or C + A B, for a tile of `rows` rows and so many vectors. Inlined with these constant, so
// that the sums are in registers. Elements of A are `down` and `along` apart, rows of B `step`.
static inline __attribute__((always_inline)) void tile(int64_t rows, int64_t vectors, const float *a,
                                                       int64_t down, int64_t along, const float *b,
                                                       int64_t step, int64_t inner, float *c,
                                                       int64_t stride, bool add)
{
#define DECLARE(i)                                                                                 \
    Vector l##i = 0, r##i = 0;                                                                     \
    const float *a##i = a + (i < rows ? i : 0) * down;
    EACH_ROW(DECLARE)
    for (int64_t k = 0, at = 0; k < inner; k++, at += along, b += step) {
        Vector x = *(const Unaligned *)b;
        Vector y = vectors == 2 ? *(const Unaligned *)(b + LANES) : x;
#define ADD(i)                                                                                     \
    if (i < rows) {                                                                                \
        Vector factor = (Vector)(a##i[at]);                                                        \
        l##i = __builtin_elementwise_fma(factor, x, l##i);                                         \
        if (vectors == 2)                                                                          \
            r##i = __builtin_elementwise_fma(factor, y, r##i);                                     \
    }
        EACH_ROW(ADD)
    }
#define STORE(i)                                                                                   \
    if (i < rows) {                                                                                \
        Unaligned *row = (Unaligned *)(c + i * stride);                                            \
        row[0] = add ? row[0] + l##i : l##i;                                                       \
        if (vectors == 2)                                                                          \
            row[1] = add ? row[1] + r##i : r##i;                                                   \
    }
    EACH_ROW(STORE)
#undef DECLARE
#undef ADD
#undef STORE
}

// All rows by the columns of one panel, `vectors` wide.
static inline __attribute__((always_inline)) void panel(int64_t rows, int64_t vectors,
                                                        const float *a, int64_t down, int64_t along,
                                                        const float *b, int64_t step, int64_t inner,
                                                        float *c, int64_t stride, int64_t columns,
                                                        bool add)
{
    Vector sums[HEIGHT * 2]; // of whole vectors, where some of their columns are kept
    bool whole = columns == vectors * LANES;
    for (int64_t height; rows > 0; rows -= height, a += height * down, c += height * stride) {
        float *to = whole ? c : (float *)sums;
        int64_t apart = whole ? stride : PANEL;
        height = rows >= HEIGHT ? HEIGHT : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
        switch (height) {
        case HEIGHT:
            tile(HEIGHT, vectors, a, down, along, b, step, inner, to, apart, add && whole);
            break;
        case 4:
            tile(4, vectors, a, down, along, b, step, inner, to, apart, add && whole);
            break;
        case 2:
            tile(2, vectors, a, down, along, b, step, inner, to, apart, add && whole);
            break;
        default:
            tile(1, vectors, a, down, along, b, step, inner, to, apart, add && whole);
            break;
        }
        for (int64_t i = 0; !whole && i < height; i++) {
            PLAIN_LOOP
            for (int64_t j = 0; j < columns; j++)
                c[i * stride + j] = (add ? c[i * stride + j] : 0) + to[i * PANEL + j];
        }
    }
}

// LANES rows of LANES numbers, transposed: blocks beside the diagonal change places, from half of the
// matrix down to single numbers.
static inline __attribute__((always_inline)) void transpose(Vector *rows)
{
#define EXCHANGE(distance, ...)                                                                    \
    for (int64_t i = 0; i < LANES; i++)                                                            \
        if (!(i & distance)) {                                                                     \
            Vector upper = rows[i], lower = rows[i + distance];                                    \
            rows[i] = __builtin_shufflevector(upper, lower, __VA_ARGS__);                          \
            rows[i + distance] = __builtin_shufflevector(SHIFTED(upper, distance),                 \
                                                         SHIFTED(lower, distance), __VA_ARGS__);   \
        }
// The lanes from `distance` on, which take the places of those before them.
#define SHIFTED(x, distance)                                                                       \
    __builtin_shufflevector(x, x, distance, distance + 1, distance + 2, distance + 3, distance + 4, \
                            distance + 5, distance + 6, distance + 7, (8 + distance) % 16,         \
                            (9 + distance) % 16, (10 + distance) % 16, (11 + distance) % 16,       \
                            (12 + distance) % 16, (13 + distance) % 16, (14 + distance) % 16,      \
                            (15 + distance) % 16)
    EXCHANGE(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
    EXCHANGE(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
    EXCHANGE(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
    EXCHANGE(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#undef EXCHANGE
#undef SHIFTED
}

// Rows of a panel of B side by side, filled up with zeros.
static void pack(const float *b, int64_t down, int64_t along, int64_t inner, int64_t columns,
                 float *packed)
{
    int64_t k = 0;
    if (columns == PANEL && along == 1) {
        for (; k < inner; k++)
            for (int64_t half = 0; half < 2; half++)
                *(Vector *)(packed + k * PANEL + half * LANES) =
                    *(const Unaligned *)(b + k * down + half * LANES);
    } else if (columns == PANEL && down == 1) {
        for (; k + LANES <= inner; k += LANES)
            for (int64_t half = 0; half < 2; half++) {
                Vector rows[LANES];
                for (int64_t j = 0; j < LANES; j++)
                    rows[j] = *(const Unaligned *)(b + k + (half * LANES + j) * along);
                transpose(rows);
                for (int64_t j = 0; j < LANES; j++)
                    *(Vector *)(packed + (k + j) * PANEL + half * LANES) = rows[j];
            }
    }
    for (; k < inner; k++) {
        PLAIN_LOOP
        for (int64_t j = 0; j < PANEL; j++)
            packed[k * PANEL + j] = j < columns ? b[k * down + j * along] : 0;
    }
}

// C = A B for a block of C, whose rows are `stride` apart.
static void block(int64_t rows, int64_t columns, int64_t inner, const float *a, int64_t a_down,
                  int64_t a_along, const float *b, int64_t b_down, int64_t b_along, float *c,
                  int64_t stride)
{
    Vector packed[DEPTH * WIDTH / LANES];
    for (int64_t left = 0; left < columns; left += WIDTH) {
        int64_t width = columns - left < WIDTH ? columns - left : WIDTH;
        bool packs = rows > FEW || b_along != 1 || width % PANEL;
        for (int64_t k = 0; k < inner; k += DEPTH) {
            int64_t depth = inner - k < DEPTH ? inner - k : DEPTH;
            const float *from = b + k * b_down + left * b_along, *first = a + k * a_along;
            for (int64_t j = 0; packs && j < width; j += PANEL)
                pack(from + j * b_along, b_down, b_along, depth,
                     width - j < PANEL ? width - j : PANEL, (float *)packed + j * depth);
            for (int64_t i = 0; i < rows; i += TALL) {
                int64_t height = rows - i < TALL ? rows - i : TALL;
                for (int64_t j = 0; j < width; j += PANEL) {
                    int64_t some = width - j < PANEL ? width - j : PANEL;
                    const float *at = packs ? (float *)packed + j * depth : from + j;
                    int64_t step = packs ? PANEL : b_down;
                    float *to = c + i * stride + left + j;
                    if (some > LANES)
                        panel(height, 2, first + i * a_down, a_down, a_along, at, step, depth, to,
                              stride, some, k > 0);
                    else
                        panel(height, 1, first + i * a_down, a_down, a_along, at, step, depth, to,
                              stride, some, k > 0);
                }
            }
        }
    }
}

// Blocks of C that are tasks. B is packed again for each, so that blocks are large.
#define TASK_ROWS 256
#define TASK_COLUMNS(rows) ((rows) > TASK_ROWS ? 512 : WIDTH)

typedef struct {
    void **buffers;
    const Product *product;
    int64_t down; // blocks of one matrix
    int64_t along;
} Work;

static void multiply_block(void *context, int64_t number)
{
    const Work *work = (const Work *)context;
    const Product *p = work->product;
    int64_t blocks = work->down * work->along, matrix = number / blocks;
    int64_t width = TASK_COLUMNS(p->rows);
    int64_t top = number % blocks / work->along * TASK_ROWS;
    int64_t left = number % work->along * width;
    int64_t rows = p->rows - top < TASK_ROWS ? p->rows - top : TASK_ROWS;
    int64_t columns = p->columns - left < width ? p->columns - left : width;
    int64_t a_down = p->first_transposed ? 1 : p->first_stride;
    int64_t a_along = p->first_transposed ? p->first_stride : 1;
    int64_t b_down = p->second_transposed ? 1 : p->second_stride;
    int64_t b_along = p->second_transposed ? p->second_stride : 1;
    const char *a = (const char *)work->buffers[0] + p->first_offset + matrix * p->first_step;
    const char *b = (const char *)work->buffers[1] + p->second_offset + matrix * p->second_step;
    float *c = (float *)work->buffers[2] + matrix * p->rows * p->columns + top * p->columns + left;

    block(rows, columns, p->inner, (const float *)a + top * a_down, a_down, a_along,
          (const float *)b + left * b_along, b_down, b_along, c, p->columns);
}

// As dovetail_multiply (loop.c), for float32, with blocks of its own and without `multiply`.
void dovetail_wide_multiply(void **buffers, const int64_t *words, const double *scalars,
                            ParallelFor parallel_for)
{
    const Product *p = (const Product *)words;
    int64_t width = TASK_COLUMNS(p->rows), elements = p->count * p->rows * p->columns;
    Work work = {buffers, p, (p->rows + TASK_ROWS - 1) / TASK_ROWS, (p->columns + width - 1) / width};

    if (elements == 0)
        return;
    if (p->inner == 0) {
        __builtin_memset(buffers[2], 0, (size_t)elements * sizeof(float));
        return;
    }
    if (elements * p->inner < SHORT_PRODUCT)
        parallel_for = serial_for;
    parallel_for(multiply_block, &work, p->count * work.down * work.along);
}
