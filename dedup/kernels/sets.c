/* Comparison forms → shingle sets → signatures; sets → how much they share.
 *
 * Forms come as UTF-8, one after the other: row i is data[offsets[i] .. offsets[i + 1]]. */
#include "shingles.h"

/* The finalizer of MurmurHash3: what datasketch's "affine32" does to a hash first. */
static inline uint32_t scramble32(uint32_t h)
{
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    return h ^ (h >> 16);
}

#define LANES 32    /* permutations at a time */
#define TOGETHER 8  /* hashes at a time: what is loaded serves all of them */

/* The least of a·h + b over all hashes, for LANES permutations; a compiler makes vectors of it. */
DEDUP_WIDEST
static void minima_of(const uint32_t *restrict h, int64_t count, const uint32_t *restrict a,
                      const uint32_t *restrict b, uint32_t *restrict result)
{
    uint32_t least[LANES];
    for (int k = 0; k < LANES; k++)
        least[k] = UINT32_MAX;
    int64_t i = 0;
    for (; i + TOGETHER <= count; i += TOGETHER)
        for (int k = 0; k < LANES; k++) {
            uint32_t found = least[k];
            for (int j = 0; j < TOGETHER; j++) {
                uint32_t value = a[k] * h[i + j] + b[k];
                found = value < found ? value : found;
            }
            least[k] = found;
        }
    for (; i < count; i++)
        for (int k = 0; k < LANES; k++) {
            uint32_t value = a[k] * h[i] + b[k];
            least[k] = value < least[k] ? value : least[k];
        }
    memcpy(result, least, sizeof least);
}

/* The signature of one set; `count` hashes, already scrambled. */
static void signature_of(const uint32_t *h, int64_t count, const uint32_t *a, const uint32_t *b,
                         int perms, uint32_t *result)
{
    int k = 0;
    for (; k + LANES <= perms; k += LANES)
        minima_of(h, count, a + k, b + k, result + k);
    if (k < perms) { /* a last, shorter run */
        uint32_t ra[LANES] = {0}, rb[LANES] = {0}, least[LANES];
        memcpy(ra, a + k, (size_t)(perms - k) * 4);
        memcpy(rb, b + k, (size_t)(perms - k) * 4);
        minima_of(h, count, ra, rb, least);
        memcpy(result + k, least, (size_t)(perms - k) * 4);
    }
}

static void scramble(const uint64_t *values, int64_t count, uint32_t *h)
{
    for (int64_t i = 0; i < count; i++)
        h[i] = scramble32((uint32_t)values[i]);
}

/* minima(values u64, offsets i64, a u32, b u32, result u32[n * perms]) */
static PyObject *minima(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *objects[5];
    Array arrays[5];
    static const int sizes[5] = {8, 8, 4, 4, 4};
    if (!PyArg_ParseTuple(args, "OOOOO", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4]))
        return NULL;
    if (take_arrays(objects, arrays, sizes, 5, 1) < 0)
        return NULL;
    const uint64_t *values = arrays[0].view.buf;
    const int64_t *offsets = arrays[1].view.buf;
    int64_t rows = arrays[1].items - 1;
    int perms = (int)arrays[2].items;
    if (!fits(offsets, rows, arrays[0].items, INT64_MAX) || rows * perms != arrays[4].items ||
        arrays[3].items != perms) {
        release_arrays(arrays, 5);
        return wrong_sizes();
    }
    uint32_t *h = malloc((size_t)(longest_row(offsets, rows) + 1) * 4);
    if (h == NULL) {
        release_arrays(arrays, 5);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    uint32_t *result = arrays[4].view.buf;
    for (int64_t row = 0; row < rows; row++) {
        int64_t count = offsets[row + 1] - offsets[row];
        scramble(values + offsets[row], count, h);
        signature_of(h, count, arrays[2].view.buf, arrays[3].view.buf, perms, result + row * perms);
    }
    Py_END_ALLOW_THREADS
    free(h);
    release_arrays(arrays, 5);
    Py_RETURN_NONE;
}

/* sign(size, data u8, offsets i64, a u32, b u32, spaceless u32, hangul u32, result u32[n * perms])
 *
 * Forms → signatures at once: a shingle that stands twice changes no minimum, so sets need not be
 * made. */
static PyObject *sign(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 7 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int item[COUNT] = {1, 8, 4, 4, 4, 4, 4};
    int size;
    if (!PyArg_ParseTuple(args, "iOOOOOOO", &size, &o[0], &o[1], &o[2], &o[3], &o[4], &o[5], &o[6]))
        return NULL;
    if (take_arrays(o, arrays, item, COUNT, 1) < 0)
        return NULL;
    const uint8_t *data = arrays[0].view.buf;
    const int64_t *offsets = arrays[1].view.buf;
    Scripts scripts;
    uint32_t *result = arrays[6].view.buf;
    int64_t rows = arrays[1].items - 1;
    int perms = (int)arrays[2].items;
    if (!take_scripts(arrays + 4, &scripts) || size < 1 || size > 32 ||
        !fits(offsets, rows, arrays[0].items, INT64_MAX) || arrays[3].items != perms || arrays[6].items != rows * perms) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    Scratch scratch;
    int failed = scratch_for(&scratch, longest) < 0;
    uint64_t *hashes = malloc((size_t)(longest + 1) * sizeof *hashes);
    uint32_t *h = malloc((size_t)(longest + 1) * sizeof *h);
    failed |= hashes == NULL || h == NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t row = 0; row < rows && !failed; row++) {
        int64_t count = hash_shingles(data + offsets[row], offsets[row + 1] - offsets[row], size,
                                      &scripts, &scratch, hashes);
        scramble(hashes, count, h);
        signature_of(h, count, arrays[2].view.buf, arrays[3].view.buf, perms, result + row * perms);
    }
    Py_END_ALLOW_THREADS
    scratch_free(&scratch);
    free(hashes);
    free(h);
    release_arrays(arrays, COUNT);
    if (failed)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static int compare_u64(const void *one, const void *other)
{
    uint64_t x = *(const uint64_t *)one, y = *(const uint64_t *)other;
    return (x > y) - (x < y);
}

/* Sort and drop doubles; gives how many are left. `scratch` and `counts` hold count + 1 items.
 *
 * The hashes are spread evenly, so a bucket for each and one look back sort them; a bucket that
 * somebody filled on purpose is sorted the slow way. */
static int64_t sort_distinct(uint64_t *values, int64_t count, uint64_t *scratch, uint32_t *counts)
{
    if (count < 2)
        return count;
    memset(counts, 0, (size_t)(count + 1) * 4);
    for (int64_t i = 0; i < count; i++)
        counts[((values[i] >> 32) * (uint64_t)count >> 32) + 1]++;
    uint32_t most = 0;
    for (int64_t i = 1; i <= count; i++) {
        most = counts[i] > most ? counts[i] : most;
        counts[i] += counts[i - 1];
    }
    for (int64_t i = 0; i < count; i++)
        scratch[counts[(values[i] >> 32) * (uint64_t)count >> 32]++] = values[i];
    if (most > 64)
        qsort(scratch, (size_t)count, 8, compare_u64);
    else
        for (int64_t i = 1; i < count; i++) {
            uint64_t value = scratch[i];
            int64_t at = i;
            for (; at > 0 && scratch[at - 1] > value; at--)
                scratch[at] = scratch[at - 1];
            scratch[at] = value;
        }
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || scratch[i] != scratch[i - 1])
            values[kept++] = scratch[i];
    return kept;
}

/* form_sets(data u8, offsets i64, size, spaceless u32 edges, hangul u32 edges, values u64, ends i64)
 *
 * `values` has room for one item per byte of `data`, or one per row if that is more; gives how many
 * were written, set by set. */
static PyObject *form_sets(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *objects[6];
    Array arrays[6];
    static const int sizes[6] = {1, 8, 4, 4, 8, 8};
    int size;
    if (!PyArg_ParseTuple(args, "OOiOOOO", &objects[0], &objects[1], &size, &objects[2],
                          &objects[3], &objects[4], &objects[5]))
        return NULL;
    if (take_arrays(objects, arrays, sizes, 6, 2) < 0)
        return NULL;
    const uint8_t *data = arrays[0].view.buf;
    const int64_t *offsets = arrays[1].view.buf;
    int64_t rows = arrays[1].items - 1;
    Scripts scripts;
    uint64_t *values = arrays[4].view.buf;
    int64_t *ends = arrays[5].view.buf, total = 0;
    Scratch scratch;
    uint64_t *sorted = NULL;
    uint32_t *counts = NULL;
    if (!take_scripts(arrays + 2, &scripts) || size < 1 || size > 32 || arrays[5].items != rows ||
        !fits(offsets, rows, arrays[0].items, arrays[4].items)) {
        release_arrays(arrays, 6);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    int failed = scratch_for(&scratch, longest) < 0;
    sorted = malloc((size_t)(longest + 1) * 8);
    counts = malloc((size_t)(longest + 2) * 4);
    if (failed || sorted == NULL || counts == NULL) {
        scratch_free(&scratch);
        free(sorted);
        free(counts);
        release_arrays(arrays, 6);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    for (int64_t row = 0; row < rows; row++) {
        int64_t length = offsets[row + 1] - offsets[row];
        int64_t count = hash_shingles(data + offsets[row], length, size, &scripts, &scratch,
                                      values + total);
        total += sort_distinct(values + total, count, sorted, counts);
        ends[row] = total;
    }
    Py_END_ALLOW_THREADS
    scratch_free(&scratch);
    free(sorted);
    free(counts);
    release_arrays(arrays, 6);
    return PyLong_FromLongLong(total);
}

static int64_t common_values(const uint64_t *p, int64_t ours, const uint64_t *q, int64_t theirs)
{
    int64_t i = 0, j = 0, common = 0;
    while (i < ours && j < theirs) { /* no branch on what is larger: it cannot be foretold */
        uint64_t x = p[i], y = q[j];
        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return common;
}

/* intersections(values u64, offsets i64, left i64, right i64, counts i64) */
static PyObject *intersections(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *objects[5];
    Array arrays[5];
    static const int sizes[5] = {8, 8, 8, 8, 8};
    if (!PyArg_ParseTuple(args, "OOOOO", &objects[0], &objects[1], &objects[2], &objects[3],
                          &objects[4]))
        return NULL;
    if (take_arrays(objects, arrays, sizes, 5, 1) < 0)
        return NULL;
    const uint64_t *values = arrays[0].view.buf;
    const int64_t *offsets = arrays[1].view.buf;
    const int64_t *left = arrays[2].view.buf, *right = arrays[3].view.buf;
    int64_t *counts = arrays[4].view.buf, pairs = arrays[4].items;
    int64_t rows = arrays[1].items - 1;
    if (arrays[2].items != pairs || arrays[3].items != pairs ||
        !fits(offsets, rows, arrays[0].items, INT64_MAX) || !are_rows(left, pairs, rows) ||
        !are_rows(right, pairs, rows)) {
        release_arrays(arrays, 5);
        return wrong_sizes();
    }
    Py_BEGIN_ALLOW_THREADS
    for (int64_t k = 0; k < pairs; k++)
        counts[k] = common_values(values + offsets[left[k]], offsets[left[k] + 1] - offsets[left[k]],
                                  values + offsets[right[k]],
                                  offsets[right[k] + 1] - offsets[right[k]]);
    Py_END_ALLOW_THREADS
    release_arrays(arrays, 5);
    Py_RETURN_NONE;
}

PyMethodDef SETS_METHODS[] = {
    {"minima", minima, METH_VARARGS, "Signatures of sets."},
    {"sign", sign, METH_VARARGS, "Signatures of forms."},
    {"form_sets", form_sets, METH_VARARGS, "Sets of hashed shingles of forms."},
    {"intersections", intersections, METH_VARARGS, "How many values pairs of sets share."},
    {NULL, NULL, 0, NULL},
};
