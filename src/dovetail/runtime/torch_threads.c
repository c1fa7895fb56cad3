// `parallel_for` for PyTorch's operators: on PyTorch's own threads, and on no more of them than
// Dovetail may use.
//
// A second pool would fight with PyTorch's: OpenMP's threads spin for milliseconds after each of
// PyTorch's functions, on the processors where the pool's would run. But a forked child has the
// pool, because OpenMP hangs there.

#include <stdatomic.h>

#include "float_mode.h"
#include "runtime.h"
#include "torch_api.h"

int32_t limit = 1;  // threads, by Dovetail's options; Python sets it
int32_t forked = 0; // whether this process is a forked child; Python sets it

// A job that takes less on one thread is done before another one has helped with it: one that
// sleeps, and one that still spins.
enum { WORTH_WAKING_NANOSECONDS = 25000, WORTH_SHARING_NANOSECONDS = 8000 };
enum { AWAKE_NANOSECONDS = 1000000 }; // how long PyTorch's threads spin, at least
enum { SHARES = 8 };                  // of one job, at most
enum { MEASURED = 64 };               // functions, at most, whose time is known
enum { CLOCK_MONOTONIC = 1 };

int clock_gettime(int clock, int64_t time[2]);

typedef struct {
    _Alignas(64) _Atomic int64_t next;
} Counter;

typedef struct {
    Task task;
    void *context;
    int64_t count;
    int64_t shares;
    uint32_t mode;       // the caller's floating-point mode
    int64_t nanoseconds; // of one task, as the caller saw it; 0 where it ran none
    Counter counters[SHARES];
} Shared;

static struct {
    _Atomic(Task) task;
    _Atomic int64_t nanoseconds; // of one of its tasks, as a caller saw it last
} costs[MEASURED];
static _Atomic int64_t ended; // when the last job was shared

static int64_t now(void)
{
    int64_t time[2];
    clock_gettime(CLOCK_MONOTONIC, time);
    return time[0] * 1000000000 + time[1];
}

// The tasks of one's own share first, then what is left of the others; how many.
static int64_t help(Shared *job, int64_t number)
{
    int64_t ran = 0;
    for (int64_t tried = 0; tried < job->shares; tried++) {
        int64_t share = (number + tried) % job->shares;
        int64_t end = (share + 1) * job->count / job->shares;
        for (;;) {
            int64_t index = atomic_fetch_add_explicit(&job->counters[share].next, 1,
                                                      memory_order_relaxed);
            if (index >= end)
                break;
            job->task(job->context, index);
            ran++;
        }
    }
    return ran;
}

// Called by each of PyTorch's threads, or once for all where it has none to spare.
static void work(int64_t begin, int64_t end, void *given)
{
    Shared *job = given;
    uint32_t own = get_float_mode();
    set_float_mode(job->mode);
    int64_t begun = now(), ran = 0;
    for (int64_t number = begin; number < end; number++)
        ran += help(job, number);
    if (begin == 0 && ran) // the caller: others may have waited for a processor
        job->nanoseconds = (now() - begun) / ran;
    set_float_mode(own);
}

void parallel_for(Task task, void *context, int64_t count)
{
    int32_t threads = 1;
    if (count > 1) {
        torch_get_num_threads(&threads);
        threads = threads < limit ? threads : limit;
    }
    if (threads <= 1) {
        serial_for(task, context, count);
        return;
    }
    if (forked) {
        dovetail_pool_run(task, context, count, threads, SPIN);
        return;
    }
    uint64_t place = ((uint64_t)task >> 4) % MEASURED;
    bool known = atomic_load_explicit(&costs[place].task, memory_order_relaxed) == task;
    int64_t cost = atomic_load_explicit(&costs[place].nanoseconds, memory_order_relaxed);
    bool awake = now() - atomic_load_explicit(&ended, memory_order_relaxed) < AWAKE_NANOSECONDS;
    int64_t wanted = threads < count ? threads : count;
    Shared job;
    job.task = task;
    job.context = context;
    job.count = count;
    job.shares = wanted < SHARES ? wanted : SHARES;
    job.mode = get_float_mode();
    job.nanoseconds = 0;
    for (int64_t share = 0; share < job.shares; share++)
        atomic_init(&job.counters[share].next, share * count / job.shares);
    if (known && cost * count < (awake ? WORTH_SHARING_NANOSECONDS : WORTH_WAKING_NANOSECONDS)) {
        work(0, 1, &job); // takes all shares
    } else {
        torch_parallel_for(0, wanted, 1, work, &job);
        atomic_store_explicit(&ended, now(), memory_order_relaxed);
    }
    if (job.nanoseconds) {
        atomic_store_explicit(&costs[place].task, task, memory_order_relaxed);
        atomic_store_explicit(&costs[place].nanoseconds, job.nanoseconds, memory_order_relaxed);
    }
}
