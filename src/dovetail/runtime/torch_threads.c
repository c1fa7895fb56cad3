// `parallel_for` for PyTorch's operators: on PyTorch's own threads, and on no more of them than
// Dovetail may use.
//
// A second pool would fight with PyTorch's: OpenMP's threads spin for milliseconds after each of
// PyTorch's functions, on the processors where the pool's would run.

#include <stdatomic.h>

#include "float_mode.h"
#include "runtime.h"
#include "torch_api.h"

int32_t limit = 1; // threads, by Dovetail's options; Python sets it

// A job that takes less on one thread is done before another one has helped with it.
enum { WORTH_SHARING_NANOSECONDS = 20000 };
enum { SHARES = 8 };    // of one job, at most
enum { MEASURED = 64 }; // functions, at most, whose time is known
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
    uint32_t mode; // the caller's floating-point mode
    Counter counters[SHARES];
} Shared;

static struct {
    _Atomic(Task) task;
    _Atomic int64_t nanoseconds; // of one of its tasks, when it ran last
} costs[MEASURED];

static int64_t now(void)
{
    int64_t time[2];
    clock_gettime(CLOCK_MONOTONIC, time);
    return time[0] * 1000000000 + time[1];
}

// The tasks of one's own share first, then what is left of the others.
static void help(Shared *job, int64_t number)
{
    for (int64_t tried = 0; tried < job->shares; tried++) {
        int64_t share = (number + tried) % job->shares;
        int64_t end = (share + 1) * job->count / job->shares;
        for (;;) {
            int64_t index = atomic_fetch_add_explicit(&job->counters[share].next, 1,
                                                      memory_order_relaxed);
            if (index >= end)
                break;
            job->task(job->context, index);
        }
    }
}

// Called by each of PyTorch's threads, or once for all where it has none to spare.
static void work(int64_t begin, int64_t end, void *given)
{
    Shared *job = given;
    uint32_t own = get_float_mode();
    set_float_mode(job->mode);
    for (int64_t number = begin; number < end; number++)
        help(job, number);
    set_float_mode(own);
}

void parallel_for(Task task, void *context, int64_t count)
{
    int32_t threads = 1;
    if (count > 1) {
        torch_get_num_threads(&threads);
        threads = threads < limit ? threads : limit;
    }
    uint64_t place = ((uint64_t)task >> 4) % MEASURED;
    bool known = atomic_load_explicit(&costs[place].task, memory_order_relaxed) == task;
    int64_t cost = atomic_load_explicit(&costs[place].nanoseconds, memory_order_relaxed);
    int64_t begun = count > 1 ? now() : 0;
    if (threads <= 1 || (known && cost * count < WORTH_SHARING_NANOSECONDS)) {
        serial_for(task, context, count);
        threads = 1;
    } else {
        Shared job;
        job.task = task;
        job.context = context;
        job.count = count;
        job.shares = threads < count ? threads : count;
        job.shares = job.shares < SHARES ? job.shares : SHARES;
        job.mode = get_float_mode();
        for (int64_t share = 0; share < job.shares; share++)
            atomic_init(&job.counters[share].next, share * count / job.shares);
        torch_parallel_for(0, threads < count ? threads : count, 1, work, &job);
    }
    if (count > 1) {
        atomic_store_explicit(&costs[place].task, task, memory_order_relaxed);
        atomic_store_explicit(&costs[place].nanoseconds, (now() - begun) * threads / count,
                              memory_order_relaxed);
    }
}
