// Calls an extension's fast path before its `__call__` in Python: fast_calls.py says when.

#include "python_api.h"

extern PyObject dovetail_fast_paths;      // the name of the attribute: a dict, by type
extern PyObject dovetail_extension_call;  // Extension.__call__ in Python

// The result where the extension has a fast path for a first argument of this type, and takes the
// call; NotImplemented where it does not. A call has positional arguments alone.
static PyObject *take_fast_path(PyObject *extension, PyObject *const *arguments, int64_t count,
                                PyObject *names)
{
    PyObject *result = new_reference(Py_NotImplemented);
    if (count < 1 || names)
        return result;
    PyObject *paths = PyObject_GetAttr(extension, &dovetail_fast_paths);
    if (!paths)
        return 0;
    PyObject *path = PyDict_GetItem(paths, arguments[0]->type);
    if (path) {
        Py_IncRef(path);
        Py_DecRef(result);
        result = PyObject_Vectorcall(path, arguments, (uint64_t)count, 0);
        Py_DecRef(path);
    }
    Py_DecRef(paths);
    return result;
}

// A vectorcall of `Extension.__call__`, for PyFunction_SetVectorcall: the extension is the first
// argument.
PyObject *dovetail_fast_call(PyObject *function, PyObject *const *arguments, uint64_t count,
                             PyObject *names)
{
    int64_t given = (int64_t)(count & ~PY_VECTORCALL_ARGUMENTS_OFFSET);
    if (given > 0) {
        PyObject *result = take_fast_path(arguments[0], arguments + 1, given - 1, names);
        if (result != Py_NotImplemented)
            return result;
        Py_DecRef(result);
    }
    return PyObject_Vectorcall(&dovetail_extension_call, arguments, count, names);
}

// The same as a method of a built-in type, whose extension comes apart.
PyObject *dovetail_fast_method(PyObject *extension, PyObject *const *arguments, int64_t count,
                               PyObject *names)
{
    PyObject *result = take_fast_path(extension, arguments, count, names);
    if (result != Py_NotImplemented)
        return result;
    Py_DecRef(result);
    int64_t named = names ? PyTuple_Size(names) : 0;
    PyObject *all[1 + count + named];
    all[0] = extension;
    for (int64_t i = 0; i < count + named; i++)
        all[1 + i] = arguments[i];
    return PyObject_Vectorcall(&dovetail_extension_call, all, (uint64_t)(1 + count), names);
}
