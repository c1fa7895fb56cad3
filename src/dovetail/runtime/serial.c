// Without a pool: tasks run one after the other. And a kernel that does nothing.

#include "runtime.h"

void dovetail_serial_for(Task task, void *context, int64_t count)
{
    serial_for(task, context, count);
}

void dovetail_no_kernel(void **buffers, const int64_t *sizes, const double *scalars,
                        ParallelFor parallel_for)
{
}
