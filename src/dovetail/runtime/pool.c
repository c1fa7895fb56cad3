// A pool of threads, over the C library alone. compile/cpu/threads.py says what it promises.
//
// How a job is handed out: its tasks are cut into shares, one for each thread. Everybody begins
// with the share of its own number, and helps with the others afterwards: so the same part of an
// array is mostly worked on by the same processor, in whose caches it lies (where two processors
// share none, to fetch it from the other takes longer than a cheap task).
//
// The counter of a share is a generation (32 bits) above the next index (32 bits), and an index is
// taken by compare-and-swap. A worker that comes late may still hold a counter of the last job
// while the caller writes the next one; so the caller first closes the counters (new generation,
// index 2^32 - 1), then writes the job, then opens them. Otherwise such a worker could take an
// index of one job with the function of another, and a task could run twice.
//
// To wake a thread takes longer than some jobs. The caller measures what it does itself, and
// leaves workers asleep when the same function, on so many tasks, is sooner done without them;
// unless such jobs follow each other so fast that workers, once awake, are still there for the
// next.
//
// Linux likes to wake a thread on the processor of the one that wakes it, and may leave it there
// for milliseconds, where it waits for the caller to finish the job alone. So before workers are
// woken, the caller's processor is taken out of those that they may run on (`keep_off`).

#include "abi.h"
#include "float_mode.h"
#include "runtime.h"

// A job that takes less on one thread is done before a sleeping worker has helped with it: a job
// of 6 microseconds took 20 when it woke one.
enum { WORTH_WAKING_NANOSECONDS = 25000 };
// Jobs left to the caller, no further apart than a worker spins, before it wakes one all the same.
enum { RAPID = 16 };
enum { SHARES = 8 };    // of one job, at most; workers of higher numbers begin where others do
enum { MEASURED = 64 }; // functions, at most, whose time is known
enum { PAUSE_NANOSECONDS = 10000 }; // how long a caller spins before it offers its processor
// Between looks at the clock; a power of two. Pauses are what takes least from the other thread of
// a core, or from another guest of the machine.
enum { PAUSES = 128 };
enum { MASK_BYTES = 128 }; // of a set of processors; of more than 1024 none is taken out
enum { STEERED = 1024 };   // workers that are kept off the caller's processor
enum { CALLER = -1 };      // its number; workers count from 0
#define CLOSED 0xffffffffu

enum { CLOCK_MONOTONIC = 1, FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };
enum { SIG_BLOCK = 0, SIG_SETMASK = 2 };
#if defined(__x86_64__)
enum { SYS_FUTEX = 202, SYS_GETTID = 186 };
#else
enum { SYS_FUTEX = 98, SYS_GETTID = 178 };
#endif

int clock_gettime(int clock, int64_t time[2]);
int64_t syscall(int64_t number, ...);
int sched_getcpu(void);
int sched_yield(void);
int sched_getaffinity(int thread, size_t size, void *mask);
int sched_setaffinity(int thread, size_t size, const void *mask);
int pthread_create(uint64_t *thread, const void *attributes, void *(*start)(void *),
                   void *argument);
int pthread_detach(uint64_t thread);
int pthread_sigmask(int how, const void *set, void *old);

typedef struct {
    _Alignas(64) _Atomic uint64_t value;
} Counter;

// The job.
static Counter counters[SHARES];
static _Alignas(64) _Atomic int64_t shares;
static _Alignas(64) _Atomic int64_t count;
static _Atomic(Task) task;
static _Atomic(void *) context;
static _Atomic uint32_t mode;  // the caller's floating-point mode
static _Atomic int32_t limit;  // workers that may help
static _Atomic int64_t spin;   // nanoseconds that a worker spins before it sleeps
static _Alignas(64) _Atomic int64_t done;

// Guarded by `busy`, which the caller of a job holds while it runs.
static _Alignas(64) _Atomic int32_t busy;
static uint64_t generation;
static int32_t started; // workers
static bool refused;    // whether the system refused to start one
static int32_t streak;  // jobs in a row that workers have slept through
static int64_t ended;   // when the last job ended
static struct {
    Task task;
    int64_t nanoseconds; // of one task, as the caller saw it last
} costs[MEASURED];

// The workers.
static _Alignas(64) _Atomic int32_t sleepers;
static _Alignas(64) _Atomic int32_t wake;  // the futex, changed by every job
static _Atomic int32_t ids[STEERED];       // the system's numbers of the workers
static _Atomic int32_t avoided = -1;       // the processor that all of them are kept off

static int64_t now(void)
{
    int64_t time[2];
    clock_gettime(CLOCK_MONOTONIC, time);
    return time[0] * 1000000000 + time[1];
}

static inline void spin_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    sched_yield();
#endif
}

// One pause; on every PAUSES-th, looks at the clock. True when that was long enough to sleep. Who
// waits for others, and not for work, lets them run if it has been long.
static bool rest(int64_t turn, int64_t since, bool waits)
{
    spin_pause();
    if ((turn & (PAUSES - 1)) != PAUSES - 1)
        return false;
    int64_t passed = now() - since;
    if (waits && passed > PAUSE_NANOSECONDS)
        sched_yield();
    return passed > atomic_load_explicit(&spin, memory_order_relaxed);
}

// Runs tasks until there are none; how many.
static int64_t drain(int32_t number)
{
    int64_t ran = 0;
    for (uint64_t tried = 0;;) {
        uint64_t all = (uint64_t)atomic_load_explicit(&shares, memory_order_acquire);
        if (tried >= all)
            break;
        uint64_t share = ((uint64_t)(number + 1) + tried) % all;
        uint64_t old = atomic_load_explicit(&counters[share].value, memory_order_acquire);
        uint64_t index = old & CLOSED;
        uint64_t tasks = (uint64_t)atomic_load_explicit(&count, memory_order_acquire);
        uint64_t parts = (uint64_t)atomic_load_explicit(&shares, memory_order_acquire);
        Task run = atomic_load_explicit(&task, memory_order_acquire);
        void *given = atomic_load_explicit(&context, memory_order_acquire);
        bool invited = number < atomic_load_explicit(&limit, memory_order_acquire);
        if (!invited || share >= parts || index >= (share + 1) * tasks / parts) {
            tried++;
            continue;
        }
        // The compare-and-swap also says that all of the above belongs to one job.
        if (!atomic_compare_exchange_strong_explicit(&counters[share].value, &old, old + 1,
                                                     memory_order_acq_rel, memory_order_acquire))
            continue;
        if (number != CALLER)
            set_float_mode(atomic_load_explicit(&mode, memory_order_relaxed));
        run(given, (int64_t)index);
        ran++;
    }
    if (ran)
        atomic_fetch_add_explicit(&done, ran, memory_order_release);
    return ran;
}

static void *work(void *argument)
{
    int32_t number = (int32_t)(int64_t)argument;
    if (number < STEERED) {
        atomic_store(&ids[number], (int32_t)syscall(SYS_GETTID));
        atomic_store(&avoided, -1);
    }
    for (;;) {
        int32_t seen = atomic_load_explicit(&wake, memory_order_acquire);
        drain(number);
        int64_t since = now();
        for (int64_t turn = 0; atomic_load_explicit(&wake, memory_order_acquire) == seen; turn++) {
            if (rest(turn, since, false)) {
                atomic_fetch_add(&sleepers, 1);
                // Returns at once if `wake` has changed meanwhile.
                syscall(SYS_FUTEX, &wake, (int64_t)FUTEX_WAIT_PRIVATE, (int64_t)seen, (int64_t)0,
                        (int64_t)0, (int64_t)0);
                atomic_fetch_sub(&sleepers, 1);
                break;
            }
        }
    }
}

// Starts workers until there are `wanted`, with all signals blocked: those are for the host.
static void grow(int32_t wanted)
{
    char all[128], kept[128];
    __builtin_memset(all, 255, sizeof all);
    pthread_sigmask(SIG_BLOCK, all, kept);
    while (started < wanted && !refused) {
        uint64_t thread;
        if (pthread_create(&thread, 0, work, (void *)(int64_t)started)) {
            refused = true;
        } else {
            pthread_detach(thread);
            started++;
        }
    }
    pthread_sigmask(SIG_SETMASK, kept, 0);
}

// Lets workers run where the caller may, but for this processor.
static void keep_off(int32_t processor)
{
    _Alignas(8) uint8_t mask[MASK_BYTES] = {0};
    atomic_store(&avoided, processor);
    if (sched_getaffinity(0, MASK_BYTES, mask) < 0 || processor < 0 || processor >= 8 * MASK_BYTES)
        return;
    mask[processor / 8] &= (uint8_t)~(1u << processor % 8);
    for (int32_t i = 0; i < started && i < STEERED; i++) {
        int32_t id = atomic_load(&ids[i]);
        if (id != 0) // refused where no processor is left, and then nothing changes
            sched_setaffinity(id, MASK_BYTES, mask);
    }
}

// No counter gives an index of the last job, or of this one before it is written.
static void close_counter(uint64_t share)
{
    atomic_store(&counters[share].value, generation << 32 | CLOSED);
}

static void write_job(Task given, void *with, int64_t tasks, int32_t threads)
{
    int64_t parts = threads < tasks ? threads : tasks;
    parts = parts < SHARES ? parts : SHARES;
    int64_t earlier = atomic_load_explicit(&shares, memory_order_acquire);
    generation++;
    for (int64_t share = 0; share < (parts > earlier ? parts : earlier); share++)
        close_counter((uint64_t)share);
    atomic_store(&mode, get_float_mode());
    atomic_store(&task, given);
    atomic_store(&context, with);
    atomic_store(&limit, threads - 1);
    atomic_store(&done, 0);
    atomic_store(&count, tasks);
    atomic_store(&shares, parts);
    for (int64_t share = 0; share < parts; share++)
        atomic_store(&counters[share].value,
                     generation << 32 | (uint64_t)share * (uint64_t)tasks / (uint64_t)parts);
}

// Whether the caller alone is done before a sleeping worker would have helped.
static bool is_short(Task given, int64_t tasks, uint64_t place)
{
    if (costs[place].task != given
        || costs[place].nanoseconds * tasks >= WORTH_WAKING_NANOSECONDS)
        return false;
    streak = now() - ended < atomic_load_explicit(&spin, memory_order_relaxed) ? streak + 1 : 0;
    return streak < RAPID;
}

static void rouse(int64_t tasks, int32_t threads)
{
    streak = 0;
    int32_t processor = sched_getcpu();
    if (processor != atomic_load(&avoided))
        keep_off(processor);
    // No more of them than there are tasks, unless some of them are not invited.
    int64_t useful = tasks - 1;
    if (threads - 1 < started || useful > INT32_MAX)
        useful = INT32_MAX;
    syscall(SYS_FUTEX, &wake, (int64_t)FUTEX_WAKE_PRIVATE, useful, (int64_t)0, (int64_t)0,
            (int64_t)0);
}

void dovetail_pool_run(Task given, void *with, int64_t tasks, int32_t threads, int64_t patience)
{
    int32_t idle = 0;
    if (tasks <= 1 || tasks >= CLOSED
        || !atomic_compare_exchange_strong_explicit(&busy, &idle, 1, memory_order_acq_rel,
                                                    memory_order_acquire)) {
        serial_for(given, with, tasks);
        return;
    }
    if (started < threads - 1)
        grow(threads - 1);
    atomic_store_explicit(&spin, patience, memory_order_relaxed);
    write_job(given, with, tasks, threads);
    atomic_fetch_add(&wake, 1);
    uint64_t place = ((uint64_t)given >> 4) % MEASURED;
    if (atomic_load(&sleepers) != 0 && !is_short(given, tasks, place))
        rouse(tasks, threads);
    int64_t begun = now();
    int64_t ran = drain(CALLER);
    int64_t since = now();
    ended = since;
    if (ran) {
        costs[place].task = given;
        costs[place].nanoseconds = (since - begun) / ran;
    }
    for (int64_t turn = 0; atomic_load_explicit(&done, memory_order_acquire) < tasks; turn++)
        rest(turn, since, true);
    atomic_store_explicit(&busy, 0, memory_order_release);
}

// In a forked child, which has no workers, and perhaps a job that nobody will end.
void dovetail_pool_reset(void)
{
    atomic_store(&shares, 0);
    started = 0;
    refused = false;
    for (int i = 0; i < STEERED; i++)
        atomic_store_explicit(&ids[i], 0, memory_order_relaxed);
    atomic_store(&sleepers, 0);
    atomic_store(&busy, 0);
}
