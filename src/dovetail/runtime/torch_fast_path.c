// What runs around PyTorch's operators in a call and on autograd's tape, as built-in functions of
// Python. hosts/torch/fast_path.py says what each is bound to; each has a twin in Python, which
// serves everything but the common case.

#include "python_api.h"

// Objects and names that Python gives.
extern PyObject dovetail_torch_tensor, dovetail_torch_parameter;         // classes
extern PyObject dovetail_torch_grad_is_enabled, dovetail_torch_functorch_is_active;
extern PyObject dovetail_torch_is_tracing;
extern PyObject dovetail_torch_forward_mode, dovetail_torch_compiler;    // dicts of modules
extern PyObject dovetail_torch_level, dovetail_torch_compiling;          // keys in them
extern PyObject dovetail_torch_requires_grad, dovetail_torch_shape, dovetail_torch_dtype;
extern PyObject dovetail_torch_to_save, dovetail_torch_scalars, dovetail_torch_saved_tensors;

static int64_t integer_at(PyObject *tuple, int64_t index)
{
    return PyLong_AsLongLong(PyTuple_GetItem(tuple, index));
}

// Whether a function without arguments returns True; -1 where it failed.
static int says_true(PyObject *function)
{
    PyObject *answer = PyObject_CallNoArgs(function);
    if (!answer)
        return -1;
    Py_DecRef(answer);
    return answer == Py_True;
}

// Whether functorch or forward mode is active; -1 where an error occurred.
static int is_transformed(void)
{
    int active = says_true(&dovetail_torch_functorch_is_active);
    if (active != 0)
        return active;
    return PyLong_AsLongLong(PyDict_GetItem(&dovetail_torch_forward_mode, &dovetail_torch_level))
           >= 0;
}

// A new tuple of these objects, then the items of `tuple` from the position `first` on.
static PyObject *joined(PyObject *const *objects, int64_t count, PyObject *tuple, int64_t first)
{
    int64_t size = tuple ? PyTuple_Size(tuple) : first;
    PyObject *made = PyTuple_New(count + size - first);
    for (int64_t i = 0; made && i < count; i++)
        PyTuple_SetItem(made, i, new_reference(objects[i]));
    for (int64_t i = first; made && i < size; i++)
        PyTuple_SetItem(made, count + i - first, new_reference(PyTuple_GetItem(tuple, i)));
    return made;
}

// Whether autograd records a call with these tensors; -1 where an error occurred.
static int is_recorded(PyObject *const *tensors, int64_t count)
{
    bool asked = false;
    for (int64_t i = 0; i < count && !asked; i++) {
        PyObject *required = PyObject_GetAttr(tensors[i], &dovetail_torch_requires_grad);
        if (!required)
            return -1;
        asked = required == Py_True;
        Py_DecRef(required);
    }
    return asked ? says_true(&dovetail_torch_grad_is_enabled) : 0;
}

// What the functions that record are looked up by: requires_grad, shape and dtype of each tensor.
static PyObject *recording_key(PyObject *const *tensors, int64_t count)
{
    PyObject *const names[] = {&dovetail_torch_requires_grad, &dovetail_torch_shape,
                               &dovetail_torch_dtype};
    PyObject *key = PyTuple_New(3 * count);
    for (int64_t i = 0; key && i < 3 * count; i++) {
        PyObject *part = PyObject_GetAttr(tensors[i / 3], names[i % 3]);
        if (!part) {
            Py_DecRef(key);
            return 0;
        }
        PyTuple_SetItem(key, i, part);
    }
    return key;
}

// call(*arrays): the output, or NotImplemented.
// Bound: (operator, functions that record, number of arrays, *floats).
PyObject *dovetail_torch_call(PyObject *bound, PyObject *const *arguments, int64_t count)
{
    if (count != integer_at(bound, 2))
        goto declined;
    for (int64_t i = 0; i < count; i++) {
        PyObject *kind = arguments[i]->type;
        if (kind != &dovetail_torch_tensor && kind != &dovetail_torch_parameter)
            goto declined;
    }
    int transformed = is_transformed();
    if (!transformed)
        transformed = says_true(&dovetail_torch_is_tracing);
    if (transformed < 0)
        return 0;
    if (transformed)
        goto declined;
    int recorded = is_recorded(arguments, count);
    if (recorded < 0)
        return 0;

    PyObject *function = PyTuple_GetItem(bound, 0);
    if (recorded) {
        PyObject *key = recording_key(arguments, count);
        if (!key)
            return 0;
        function = PyDict_GetItem(PyTuple_GetItem(bound, 1), key);
        Py_DecRef(key);
        if (!function)
            goto declined;
    }
    Py_IncRef(function);
    PyObject *result = 0;
    if (PyTuple_Size(bound) == 3) {
        result = PyObject_Vectorcall(function, arguments, (uint64_t)count, 0);
    } else {
        PyObject *given = joined(arguments, count, bound, 3);
        if (given)
            result = PyObject_Call(function, given, 0);
        Py_DecRef(given);
    }
    Py_DecRef(function);
    if (result || !PyErr_ExceptionMatches(PyExc_RuntimeError))
        return result;
    PyErr_Clear(); // the call in Python fails likewise, and says why
declined:
    return new_reference(Py_NotImplemented);
}

// forward(ctx, *arrays, *floats): runs the operator, keeps what backward needs on `ctx`, gives the
// first output. Bound: (operator, arrays, floats, outputs, *saved); `saved` are places among the
// arguments and the outputs.
PyObject *dovetail_torch_forward(PyObject *bound, PyObject *const *arguments, int64_t count)
{
    int64_t arrays = integer_at(bound, 1), floats = integer_at(bound, 2);
    int64_t outputs = integer_at(bound, 3), saved = PyTuple_Size(bound) - 4;
    PyObject *context = arguments[0];
    PyObject *const *given = arguments + 1;
    PyObject *kept = 0, *scalars = 0, *result = 0;

    PyObject *args = joined(given, arrays + floats, 0, 0);
    PyObject *made = args ? PyObject_Call(PyTuple_GetItem(bound, 0), args, 0) : 0;
    if (!made || !(kept = PyTuple_New(saved)))
        goto end;
    for (int64_t i = 0; i < saved; i++) {
        int64_t place = integer_at(bound, 4 + i), output = place - arrays - floats;
        PyObject *value = output < 0     ? given[place]
                          : outputs == 1 ? made
                                         : PyTuple_GetItem(made, output);
        if (!value)
            goto end;
        PyTuple_SetItem(kept, i, new_reference(value));
    }
    if (PyObject_SetAttr(context, &dovetail_torch_to_save, kept) < 0)
        goto end;
    if (floats) {
        scalars = joined(given + arrays, floats, 0, 0);
        if (!scalars || PyObject_SetAttr(context, &dovetail_torch_scalars, scalars) < 0)
            goto end;
    }
    result = outputs == 1 ? made : PyTuple_GetItem(made, 0);
    if (result)
        Py_IncRef(result);
end:
    Py_DecRef(scalars);
    Py_DecRef(kept);
    Py_DecRef(made);
    Py_DecRef(args);
    return result;
}

// The gradients in the places of all arguments, None elsewhere.
static PyObject *placed(PyObject *found, PyObject *wrt, int64_t arguments)
{
    int64_t count = PyTuple_Size(wrt);
    if (count == arguments)
        return new_reference(found);
    PyObject *all = PyTuple_New(arguments);
    for (int64_t i = 0; all && i < arguments; i++)
        PyTuple_SetItem(all, i, new_reference(Py_None));
    for (int64_t i = 0; all && i < count; i++) {
        PyObject *gradient = count == 1 ? found : PyTuple_GetItem(found, i);
        if (!gradient) {
            Py_DecRef(all);
            return 0;
        }
        PyTuple_SetItem(all, integer_at(wrt, i), new_reference(gradient));
    }
    return all;
}

// backward(ctx, cotangent): calls the operator with the cotangent and what was saved.
// Bound: (operator, twin, whether there are floats, given, wrt, number of arguments of forward);
// `given` are places among what was saved, `wrt` the arguments whose gradients the operator gives.
PyObject *dovetail_torch_backward(PyObject *bound, PyObject *const *arguments, int64_t count)
{
    PyObject *given = PyTuple_GetItem(bound, 3);
    int64_t number = PyTuple_Size(given);
    PyObject *tensors[number + 1];
    PyObject *args = 0, *scalars = 0, *found = 0, *result = 0;

    int recorded = says_true(&dovetail_torch_grad_is_enabled);
    int transformed = recorded < 0 ? -1 : is_transformed();
    if (transformed < 0)
        return 0;
    PyObject *compiling = PyDict_GetItem(&dovetail_torch_compiler, &dovetail_torch_compiling);
    if (recorded || transformed || compiling == Py_True)
        return PyObject_Vectorcall(PyTuple_GetItem(bound, 1), arguments, (uint64_t)count, 0);

    PyObject *saved = PyObject_GetAttr(arguments[0], &dovetail_torch_saved_tensors);
    if (!saved)
        return 0;
    tensors[0] = arguments[1];
    for (int64_t i = 0; i < number; i++) {
        tensors[1 + i] = PyTuple_GetItem(saved, integer_at(given, i));
        if (!tensors[1 + i])
            goto end;
    }
    if (integer_at(bound, 2)) {
        scalars = PyObject_GetAttr(arguments[0], &dovetail_torch_scalars);
        if (!scalars)
            goto end;
    }
    args = joined(tensors, 1 + number, scalars, 0);
    found = args ? PyObject_Call(PyTuple_GetItem(bound, 0), args, 0) : 0;
    if (found)
        result = placed(found, PyTuple_GetItem(bound, 4), integer_at(bound, 5));
end:
    Py_DecRef(found);
    Py_DecRef(args);
    Py_DecRef(scalars);
    Py_DecRef(saved);
    return result;
}
