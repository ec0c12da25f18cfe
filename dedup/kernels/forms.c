/* Many paragraphs → comparison forms and the kinds of their tokens, without the GIL.
 *
 * This file is the door: arrays in, arrays out, and how a paragraph ends. Its rooms are unwrap.c and
 * tokens.c. The specification is Python's: `normalize.unwrap`, `tokens.tokenize` and their like. */
#include "forms.h"

#define MAX_BYTES (4 << 20) /* a longer paragraph is left to Python: bounds the scratch memory */
#define MAX_WORD 64         /* bytes of a listed word */
#define TAIL 60             /* `normalize.is_cut_off` looks at so many characters */
#define CLOSING_TAIL 4      /* the mark that closes, and three more */
#define MAX_REST_WORDS 3    /* behind the ellipsis of a teaser */
#define MAX_REST_GAP 3

/* The bits of a row of `found`. */
enum { IS_TAKEN = 1, IS_CUT_OFF = 2, IS_CLOSED = 4, IS_TABULAR = 8, IS_BEYOND_ROWS = 16 };

/* Whether from `at` on stand at most three words and short gaps; behind the end is a space. */
static int is_rest(const uint32_t *kinds, int at, int length)
{
    for (int words = 0;; words++) {
        int gap = at;
        while (at < length && !(kinds[at] & WORD))
            at++;
        int all = at == length; /* the space behind the end is part of this gap */
        if (at - gap + all > MAX_REST_GAP)
            return 0;
        if (all)
            return 1;
        if (words == MAX_REST_WORDS)
            return 0;
        while (at < length && kinds[at] & WORD)
            at++;
    }
}

/* Whether an ellipsis may stand in the last TAIL characters before `end`. */
static int has_ellipsis(const uint8_t *text, const uint8_t *end)
{
    const uint8_t *at = end - text > TAIL * MAX_UTF8 ? end - TAIL * MAX_UTF8 : text;
    const uint8_t *start = at;
    for (; (at = memchr(at, '.', (size_t)(end - at))); at++)
        if (end - at > 2 && at[1] == '.' && at[2] == '.')
            return 1;
    for (at = start; (at = memchr(at, 0xE2, (size_t)(end - at))); at++)
        if (end - at > 2 && at[1] == 0x80 && at[2] == 0xA6)
            return 1;
    return 0;
}

/* `normalize.is_cut_off` and `is_closed` of UTF-8 all of whose characters have rows. */
static uint8_t ending(const Tables *tables, const uint8_t *text, const uint8_t *end)
{
    uint32_t codes[TAIL], kinds[TAIL];
    int first = TAIL; /* filled from the back */
    int least = has_ellipsis(text, end) ? 0 : TAIL - CLOSING_TAIL;
    while (end > text && first > least) {
        const uint8_t *start = end - 1;
        while (start > text && (*start & 0xC0) == 0x80)
            start--;
        uint32_t code = *start;
        if (code >= 0x80) {
            code &= code >= 0xF0 ? 0x07 : code >= 0xE0 ? 0x0F : 0x1F;
            for (const uint8_t *byte = start + 1; byte < end; byte++)
                code = code << 6 | (*byte & 0x3F);
        }
        end = start;
        uint32_t kind = kind_of(tables, code);
        if (first == TAIL && kind & SPACE)
            continue;
        codes[--first] = code;
        kinds[first] = kind;
    }
    uint8_t found = 0;
    for (int at = TAIL - 1; at >= first && at >= TAIL - CLOSING_TAIL; at--) {
        if (kinds[at] & CLOSER)
            found |= IS_CLOSED;
        if (kinds[at] & WORD && codes[at] != '_')
            break;
    }
    for (int at = first; at < TAIL; at++) {
        int dots = codes[at] == 0x2026 ? 1
                   : at + 2 < TAIL && codes[at] == '.' && codes[at + 1] == '.'
                           && codes[at + 2] == '.'
                       ? 3
                       : 0;
        if (dots && is_rest(kinds, at + dots, TAIL))
            found |= IS_CUT_OFF;
    }
    return found;
}

/* Make the hash table of words. `lists[i]` says where the word that ends at `ends[i]` stands. */
static int fill_slots(Tables *tables, const int64_t *ends, const uint8_t *lists, size_t count)
{
    uint8_t word[MAX_WORD + PADDING] = {0};
    size_t size = 64;
    while (size < 4 * count)
        size *= 2;
    tables->slots = calloc(size, sizeof *tables->slots);
    if (!tables->slots)
        return -1;
    tables->slots_mask = size - 1;
    for (size_t i = 0, start = 0; i < count; start = (size_t)ends[i++]) {
        size_t length = (size_t)ends[i] - start;
        memcpy(word, tables->words + start, length);
        uint64_t hash = hash_bytes(word, length);
        tables->filter[hash >> FILTER_SHIFT >> 6] |= 1ull << (hash >> FILTER_SHIFT & 63);
        size_t at = hash & tables->slots_mask;
        while (tables->slots[at].lists)
            at = (at + 1) & tables->slots_mask;
        tables->slots[at] = (WordSlot){hash, (uint32_t)start, (uint32_t)length, lists[i]};
    }
    return 0;
}

static int make_work(Work *work, size_t longest)
{
    memset(work, 0, sizeof *work);
    work->capacity = 2 * longest + 64; /* what becomes more than twice as long is left to Python */
    work->codes = malloc((work->capacity + PADDING) * sizeof *work->codes);
    work->kinds = malloc((work->capacity + PADDING) * sizeof *work->kinds);
    work->lower = malloc(work->capacity + PADDING);
    /* With a space before each: */
    work->form = malloc(work->capacity * (MAX_FOLDED * MAX_UTF8 + 1) + PADDING);
    work->tokens = malloc(work->capacity * sizeof *work->tokens);
    work->flags = malloc(work->capacity);
    work->lists = malloc(work->capacity);
    work->capitals = malloc(work->capacity * sizeof *work->capitals);
    return work->codes && work->kinds && work->lower && work->form && work->tokens && work->flags
                   && work->lists && work->capitals
               ? 0
               : -1;
}

static void free_work(Work *work)
{
    free(work->codes);
    free(work->kinds);
    free(work->lower);
    free(work->form);
    free(work->tokens);
    free(work->flags);
    free(work->lists);
    free(work->capitals);
    free(work->names);
}

/* The arguments of `forms`, in order. */
enum {
    TEXT, STARTS, ENDS, /* of the paragraphs */
    KINDS, MAPS, RANKS, POOL, PAIRS, UNSPACED, WORDS, WORD_ENDS, WORD_LISTS, /* kernels/tables.py */
    FORM_BYTES, FORM_ENDS, FLAGS, FLAG_ENDS, LENGTHS, FOUND, /* what is written into */
    ARRAYS
};
static const uint8_t SIZES[ARRAYS] = {1, 8, 8, 4, 4, 1, 4, 8, 4, 1, 8, 1, 1, 8, 1, 8, 4, 1};

static void each_paragraph(const Tables *tables, Work *work, const Array *arrays)
{
    const uint8_t *text = arrays[TEXT].view.buf;
    const int64_t *starts = arrays[STARTS].view.buf, *ends = arrays[ENDS].view.buf;
    uint8_t *bytes = arrays[FORM_BYTES].view.buf, *flags = arrays[FLAGS].view.buf;
    uint8_t *found = arrays[FOUND].view.buf;
    int64_t *form_ends = arrays[FORM_ENDS].view.buf, *flag_ends = arrays[FLAG_ENDS].view.buf;
    int32_t *lengths = arrays[LENGTHS].view.buf;
    size_t form_end = 0, flag_end = 0;
    for (Py_ssize_t i = 0; i < arrays[STARTS].items; i++) {
        const uint8_t *start = text + starts[i], *end = text + ends[i];
        size_t size = (size_t)(end - start);
        Verdict verdict = size > MAX_BYTES ? LEFT : unwrap(tables, work, start, end);
        if (verdict == TAKEN)
            verdict = tokenize(tables, work);
        if (verdict == TAKEN
            && (work->form_length > (size_t)arrays[FORM_BYTES].items - form_end
                || work->tokens_count > (size_t)arrays[FLAGS].items - flag_end))
            verdict = LEFT;
        found[i] = verdict == NEEDS_ROWS ? IS_BEYOND_ROWS : 0;
        lengths[i] = 0;
        if (verdict == TAKEN) {
            found[i] = IS_TAKEN | ending(tables, start, end);
            if (memchr(start, '|', size) || memchr(start, '\t', size))
                found[i] |= IS_TABULAR;
            memcpy(bytes + form_end, work->form, work->form_length);
            form_end += work->form_length;
            memcpy(flags + flag_end, work->flags, work->tokens_count);
            flag_end += work->tokens_count;
            lengths[i] = work->words;
        }
        form_ends[i] = (int64_t)form_end;
        flag_ends[i] = (int64_t)flag_end;
    }
}

/* Whether the arrays fit each other; else a ValueError stands. */
static int check(const Array *arrays, size_t *longest)
{
    const int64_t *starts = arrays[STARTS].view.buf, *ends = arrays[ENDS].view.buf;
    Py_ssize_t count = arrays[STARTS].items;
    const int of_rows[] = {ENDS, FORM_ENDS, FLAG_ENDS, LENGTHS, FOUND};
    for (size_t k = 0; k < sizeof of_rows / sizeof *of_rows; k++)
        if (arrays[of_rows[k]].items != count)
            goto bad;
    if (arrays[KINDS].items < 128 || arrays[MAPS].items != arrays[KINDS].items
        || arrays[RANKS].items != arrays[KINDS].items || arrays[UNSPACED].items % 4
        || arrays[WORD_LISTS].items != arrays[WORD_ENDS].items)
        goto bad;
    const int64_t *word_ends = arrays[WORD_ENDS].view.buf;
    int64_t last = 0;
    for (Py_ssize_t i = 0; i < arrays[WORD_ENDS].items; last = word_ends[i++])
        if (word_ends[i] <= last || word_ends[i] - last > MAX_WORD
            || word_ends[i] > arrays[WORDS].items)
            goto bad;
    *longest = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (starts[i] < 0 || ends[i] < starts[i] || ends[i] > arrays[TEXT].items)
            goto bad;
        size_t size = (size_t)(ends[i] - starts[i]);
        if (size > *longest && size <= MAX_BYTES)
            *longest = size;
    }
    return 0;
bad:
    PyErr_SetString(PyExc_ValueError, "forms: arrays that do not fit each other");
    return -1;
}

static PyObject *forms(PyObject *module, PyObject *arguments)
{
    (void)module;
    Array arrays[ARRAYS];
    int taken = 0;
    PyObject *result = NULL;
    if (PyTuple_Size(arguments) != ARRAYS)
        return PyErr_Format(PyExc_TypeError, "forms takes %d arrays", ARRAYS);
    for (; taken < ARRAYS; taken++)
        if (take_array(PyTuple_GetItem(arguments, taken), &arrays[taken], SIZES[taken],
                       taken >= FORM_BYTES) < 0)
            goto done;
    size_t longest;
    if (check(arrays, &longest) < 0)
        goto done;
    Tables tables = {
        .kinds = arrays[KINDS].view.buf, .maps = arrays[MAPS].view.buf,
        .pool = arrays[POOL].view.buf, .ranks = arrays[RANKS].view.buf,
        .pairs = arrays[PAIRS].view.buf, .unspaced = arrays[UNSPACED].view.buf,
        .words = arrays[WORDS].view.buf, .rows = (size_t)arrays[KINDS].items,
        .pool_count = (size_t)arrays[POOL].items,
        .pairs_count = (size_t)arrays[PAIRS].items,
        .unspaced_count = (size_t)arrays[UNSPACED].items / 4,
    };
    Work work;
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = make_work(&work, longest) < 0
             || fill_slots(&tables, arrays[WORD_ENDS].view.buf, arrays[WORD_LISTS].view.buf,
                           (size_t)arrays[WORD_ENDS].items) < 0;
    if (!failed)
        each_paragraph(&tables, &work, arrays);
    free_work(&work);
    free(tables.slots);
    Py_END_ALLOW_THREADS
    result = failed ? PyErr_NoMemory() : Py_NewRef(Py_None);
done:
    release_arrays(arrays, taken);
    return result;
}

PyMethodDef FORMS_METHODS[] = {
    {"forms", forms, METH_VARARGS, "Write the forms of paragraphs; see native.py."},
    {NULL, NULL, 0, NULL},
};
