// `parallel_for` for PyTorch's operators: on the pool, and on no more threads than PyTorch may
// use. PyTorch's own threads wait for each other at the end of a loop by spinning, for
// milliseconds where a processor is busy.

#include "runtime.h"
#include "torch_api.h"

int32_t limit = 1; // threads, by Dovetail's options; Python sets it

void parallel_for(Task task, void *context, int64_t count)
{
    int32_t threads = 1;
    if (count > 1) {
        torch_get_num_threads(&threads);
        threads = threads < limit ? threads : limit;
    }
    if (threads > 1)
        dovetail_pool_run(task, context, count, threads);
    else
        serial_for(task, context, count);
}
