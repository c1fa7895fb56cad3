// Tasks one after the other, where there is no pool.

#include "runtime.h"

void dovetail_serial_for(Task task, void *context, int64_t count)
{
    serial_for(task, context, count);
}
