// Keeps BLAS on the calling thread while small products run, because a second thread costs more than
// it saves. The number of its threads is one for the process: the first caller to enter sets it to 1,
// and the last to leave restores it.

#include "abi.h"
#include "runtime.h"

static _Atomic int32_t lock;
static int32_t inside, before;

static void acquire(void)
{
    int32_t open = 0;
    while (!atomic_compare_exchange_weak_explicit(&lock, &open, 1, memory_order_acquire,
                                                  memory_order_relaxed))
        open = 0;
}

static void release(void)
{
    atomic_store_explicit(&lock, 0, memory_order_release);
}

void dovetail_enter_one_thread(const Threads *threads)
{
    acquire();
    if (inside++ == 0) {
        before = threads->get();
        threads->set(1);
    }
    release();
}

void dovetail_leave_one_thread(const Threads *threads)
{
    acquire();
    if (--inside == 0)
        threads->set(before);
    release();
}

// In a forked child, which has no other threads.
void dovetail_reset_one_thread(const Threads *threads)
{
    if (inside)
        threads->set(before);
    inside = 0;
    release();
}
