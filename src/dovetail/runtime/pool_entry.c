// `parallel_for` on a number of threads, which spin for a while after a job: one module, with its
// own numbers, for each.

#include "abi.h"
#include "runtime.h"

int32_t threads; // Python sets both once
int64_t spin;    // nanoseconds

void parallel_for(Task task, void *context, int64_t count)
{
    dovetail_pool_run(task, context, count, threads, spin);
}
