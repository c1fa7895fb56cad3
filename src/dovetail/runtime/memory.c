// Recycled memory: large blocks whose pages are already there.
//
// Sizes are those of `rounded` in compile/cpu/memory.py. A block that is given back waits for the
// next `take` of its size; what would exceed the limit goes back to the system. Any thread may
// call, with or without the interpreter lock. Where another thread holds the lock for long (or
// held it when this process was forked), a call passes the pool by and asks the C library.

#include "abi.h"
#include "runtime.h"

enum { PLACES = 1024, PATIENCE = 4096, CACHE_LINE = 64, MADV_HUGEPAGE = 14 };

int posix_memalign(void **block, size_t alignment, size_t size);
int madvise(void *address, size_t length, int advice);
void free(void *block);

int64_t dovetail_memory_limit; // bytes of free memory to keep; Python sets it
int64_t dovetail_memory_held;

static _Alignas(CACHE_LINE) _Atomic int32_t lock;
static int64_t used; // guarded by the lock, as are the free blocks
static struct {
    void *block;
    int64_t size;
} blocks[PLACES];

static bool acquire(void)
{
    for (int turn = 0; turn <= PATIENCE; turn++) {
        int32_t open = 0;
        if (atomic_compare_exchange_strong_explicit(&lock, &open, 1, memory_order_acquire,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

static void release(void)
{
    atomic_store_explicit(&lock, 0, memory_order_release);
}

static void *fresh(int64_t size)
{
    void *block = 0;
    bool huge = size >= HUGE_PAGE;
    posix_memalign(&block, huge ? HUGE_PAGE : CACHE_LINE, (size_t)size);
    if (huge)
        madvise(block, (size_t)size, MADV_HUGEPAGE);
    return block;
}

// A block of this size, or null where there is no memory.
void *dovetail_take(int64_t size)
{
    if (acquire()) {
        for (int64_t i = used - 1; i >= 0; i--) {
            if (blocks[i].size == size) {
                void *block = blocks[i].block;
                blocks[i] = blocks[--used];
                dovetail_memory_held -= size;
                release();
                return block;
            }
        }
        release();
    }
    return fresh(size);
}

void dovetail_give(void *block, int64_t size)
{
    if (acquire()) {
        if (used < PLACES && dovetail_memory_held + size <= dovetail_memory_limit) {
            blocks[used].block = block;
            blocks[used++].size = size;
            dovetail_memory_held += size;
            release();
            return;
        }
        release();
    }
    free(block);
}

// Asks for huge pages for memory that a framework allocated and nobody has written to yet: the
// kernel provides a page of 2 MiB in the time of ten of 4 KiB.
void dovetail_in_huge_pages(void *data, int64_t size)
{
    uint64_t start = ((uint64_t)data + HUGE_PAGE - 1) & ~(uint64_t)(HUGE_PAGE - 1);
    uint64_t stop = ((uint64_t)data + (uint64_t)size) & ~(uint64_t)(HUGE_PAGE - 1);
    if ((int64_t)(stop - start) > 0)
        madvise((void *)start, stop - start, MADV_HUGEPAGE);
}
