// Calls a kernel on NumPy arrays: a built-in function, from a Python call to the kernel in 0.2
// microseconds. compile/cpu/entry_points.py says how it is called, and checks at the start that
// array objects are laid out as declared here.

#include "abi.h"
#include "python_api.h"

typedef struct {
    PyObject head;
    PyObject *scalar_type;
    char kind, letter, byte_order, flags;
    int32_t number;
} Descriptor;

typedef struct {
    PyObject head;
    void *data;
    int32_t rank;
    const int64_t *shape;
    const int64_t *strides;
    PyObject *base;
    const Descriptor *type;
} Array;

extern PyObject dovetail_ndarray; // the class

enum { KERNEL, SIZES, SCALARS, PARALLEL_FOR, LAYOUTS, CONSTANTS };

// The layout after this one where an array has it, else null.
static const int64_t *after_if_alike(const Array *array, const int64_t *layout)
{
    uint64_t rank = (uint32_t)array->rank;
    uint64_t head = rank | (uint64_t)(uint32_t)array->type->number << 8
                    | (uint64_t)(uint8_t)array->type->byte_order << 40;
    if ((int64_t)head != layout[0] || __builtin_memcmp(array->shape, layout + 1, rank * 8) != 0
        || __builtin_memcmp(array->strides, layout + 1 + rank, rank * 8) != 0)
        return 0;
    return layout + 1 + 2 * rank;
}

// Bound: a tuple of the same function in Python, which is called for all but the common case, and
// the number of arrays.
PyObject *dovetail_call_kernel(PyObject *bound, PyObject *const *arguments, int64_t count)
{
    int64_t arrays = PyLong_AsLongLong(PyTuple_GetItem(bound, 1));
    void *buffers[arrays + 1];
    uint64_t constants[CONSTANTS];
    if (count != CONSTANTS + arrays)
        goto slow;
    for (int64_t i = 0; i < arrays; i++) {
        PyObject *argument = arguments[CONSTANTS + i];
        if (argument->type != &dovetail_ndarray)
            goto slow;
        buffers[i] = ((const Array *)argument)->data;
    }
    for (int i = 0; i < CONSTANTS; i++) {
        constants[i] = PyLong_AsUnsignedLongLong(arguments[i]);
        if (constants[i] == UINT64_MAX) { // stands for an error, and is no address in any case
            PyErr_Clear();
            goto slow;
        }
    }
    if (!constants[KERNEL])
        goto slow;
    const int64_t *layout = (const int64_t *)constants[LAYOUTS];
    for (int64_t i = 0; layout && i < arrays; i++) {
        layout = after_if_alike((const Array *)arguments[CONSTANTS + i], layout);
        if (!layout)
            goto slow;
    }
    void *state = PyEval_SaveThread();
    ((Kernel)constants[KERNEL])(buffers, (const int64_t *)constants[SIZES],
                                (const double *)constants[SCALARS],
                                (ParallelFor)constants[PARALLEL_FOR]);
    PyEval_RestoreThread(state);
    return new_reference(Py_None);
slow:
    return PyObject_Vectorcall(PyTuple_GetItem(bound, 0), arguments, (uint64_t)count, 0);
}
