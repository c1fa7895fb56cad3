// `parallel_for` on a number of threads: one module, with its own number, for each.

#include "abi.h"
#include "runtime.h"

int32_t threads; // Python sets it once

void parallel_for(Task task, void *context, int64_t count)
{
    dovetail_pool_run(task, context, count, threads);
}
