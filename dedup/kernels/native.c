/* The native kernels: the same functions as kernels/reference.py, bit for bit, only faster.
 *
 * This file is the door: the module and what turns Python's buffers into arrays. */
#include "native.h"

int take_array(PyObject *object, Array *array, Py_ssize_t size, int writable)
{
    int flags = PyBUF_ND | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, &array->view, flags) < 0)
        return -1;
    const char *format = array->view.format; /* one letter is an item in the CPU's byte order */
    if (array->view.itemsize != size || (uintptr_t)array->view.buf % (size_t)size ||
        (format != NULL && (!*format || format[1] || !strchr("bBhHiIlLqQ?", *format)))) {
        PyErr_Format(PyExc_TypeError, "an array of integers of %zd bytes, aligned, is needed", size);
        PyBuffer_Release(&array->view);
        return -1;
    }
    array->items = array->view.len / size;
    return 0;
}

void release_arrays(Array *arrays, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&arrays[i].view);
}

int take_arrays(PyObject **objects, Array *arrays, const int *sizes, int count, int written)
{
    for (int i = 0; i < count; i++)
        if (take_array(objects[i], &arrays[i], sizes[i], i >= count - written) < 0) {
            release_arrays(arrays, i);
            return -1;
        }
    return 0;
}

int fits(const int64_t *offsets, int64_t rows, int64_t items, int64_t room)
{
    if (rows < 0 || offsets[0] < 0)
        return 0;
    for (int64_t row = 0; row < rows; row++)
        if (offsets[row + 1] < offsets[row])
            return 0;
    return offsets[rows] <= items && offsets[rows] - offsets[0] <= room;
}

int are_rows(const int64_t *indexes, int64_t count, int64_t rows)
{
    for (int64_t k = 0; k < count; k++)
        if (indexes[k] < 0 || indexes[k] >= rows)
            return 0;
    return 1;
}

PyObject *wrong_sizes(void)
{
    PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
    return NULL;
}

static int add_methods(PyObject *module)
{
    PyMethodDef *tables[] = {FORMS_METHODS, PAIRS_METHODS, SETS_METHODS, SKETCHES_METHODS};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (PyModule_AddFunctions(module, tables[i]) < 0)
            return -1;
    return 0;
}

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, add_methods}, {0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "dedup.kernels._native", "Hot loops in C.", 0, NULL, SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&MODULE);
}
