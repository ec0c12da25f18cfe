/* What the files of the native kernels share. No NumPy headers: arrays come in as buffers, so one
 * build serves every NumPy, and with the stable ABI every Python from 3.11 on. */
#ifndef DEDUP_NATIVE_H
#define DEDUP_NATIVE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The widest SIMD of the CPU at run time, where compiler and loader can choose; plain C elsewhere. */
#if defined(__x86_64__) && defined(__GNUC__) && defined(__gnu_linux__) && !defined(DEDUP_PLAIN)
#define DEDUP_WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DEDUP_WIDEST
#endif

/* One array that a function was given: `items` of the size it asked for. */
typedef struct {
    Py_buffer view;
    Py_ssize_t items;
} Array;

/* Take the buffer of `object`, integers of `size` bytes; 0, or -1 with an exception. */
int take_array(PyObject *object, Array *array, Py_ssize_t size, int writable);
/* The same for several at once; the last `written` of them are written to. */
int take_arrays(PyObject **objects, Array *arrays, const int *sizes, int count, int written);
void release_arrays(Array *arrays, int count);

/* Whether rows stand one after the other in `items` bytes, and `room` holds an item for each byte. */
int fits(const int64_t *offsets, int64_t rows, int64_t items, int64_t room);
/* Whether all `indexes` are in 0 .. rows. */
int are_rows(const int64_t *indexes, int64_t count, int64_t rows);
/* Raise ValueError: arrays that do not fit each other. */
PyObject *wrong_sizes(void);

/* The functions of each file, as method tables that end in a row of NULL. */
extern PyMethodDef FORMS_METHODS[];
extern PyMethodDef PAIRS_METHODS[];
extern PyMethodDef SETS_METHODS[];
extern PyMethodDef SKETCHES_METHODS[];

#endif
