// The functions of Python's C API that the runtime calls, declared by hand: Python.h would bind
// this code to one version of Python by its inlined reference counts.

#pragma once

#include "abi.h"

typedef struct PyObject {
    int64_t references;
    struct PyObject *type;
} PyObject;

extern PyObject _Py_NoneStruct;
extern PyObject _Py_NotImplementedStruct;
extern PyObject _Py_TrueStruct;
extern PyObject *PyExc_RuntimeError;

PyObject *PyDict_GetItem(PyObject *dict, PyObject *key);
void PyErr_Clear(void);
int PyErr_ExceptionMatches(PyObject *kind);
PyObject *PyErr_Occurred(void);
void PyEval_RestoreThread(void *state);
void *PyEval_SaveThread(void);
int64_t PyLong_AsLongLong(PyObject *number);
uint64_t PyLong_AsUnsignedLongLong(PyObject *number);
PyObject *PyObject_Call(PyObject *function, PyObject *arguments, PyObject *named);
PyObject *PyObject_CallNoArgs(PyObject *function);
PyObject *PyObject_GetAttr(PyObject *object, PyObject *name);
int PyObject_SetAttr(PyObject *object, PyObject *name, PyObject *value);
PyObject *PyObject_Vectorcall(PyObject *function, PyObject *const *arguments, uint64_t count,
                              PyObject *names);
PyObject *PySequence_Concat(PyObject *first, PyObject *second);
PyObject *PyTuple_GetItem(PyObject *tuple, int64_t index); // borrowed
PyObject *PyTuple_New(int64_t size);
int PyTuple_SetItem(PyObject *tuple, int64_t index, PyObject *item); // steals the item
int64_t PyTuple_Size(PyObject *tuple);
void Py_DecRef(PyObject *object); // which may be null
void Py_IncRef(PyObject *object);

#define Py_None (&_Py_NoneStruct)
#define Py_NotImplemented (&_Py_NotImplementedStruct)
#define Py_True (&_Py_TrueStruct)
// In the number of arguments of a vectorcall: the place before the first may be overwritten.
#define PY_VECTORCALL_ARGUMENTS_OFFSET ((uint64_t)1 << 63)

static inline PyObject *new_reference(PyObject *object)
{
    Py_IncRef(object);
    return object;
}
