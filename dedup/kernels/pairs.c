/* Pairs of forms → what decides: figures counted on the strings, and which words changed.
 *
 * Nothing here is hashed evidence: a hash finds a place in a table, the strings are compared. */
#include "shingles.h"

/* A shingle as it stands: up to five code points of 21 bits, and how many. */
typedef struct {
    uint64_t low, high;
} Shingle;

typedef struct {
    Shingle shingle;
    uint32_t age, seen; /* of which row it is; the last pair that found it */
} Place;

typedef struct {
    Place *places;
    uint64_t mask;
    uint32_t age;
} Set;

static int set_for(Set *set, int64_t longest)
{
    uint64_t slots = 256;
    while (slots < 2 * (uint64_t)longest)
        slots *= 2;
    set->places = calloc(slots, sizeof *set->places);
    set->mask = slots - 1;
    set->age = 0;
    return set->places == NULL ? -1 : 0;
}

static inline Place *place_of(const Set *set, Shingle shingle)
{
    uint64_t at = mix64(shingle.low + shingle.high * HASH_BASE) & set->mask;
    while (set->places[at].age == set->age && (set->places[at].shingle.low != shingle.low ||
                                               set->places[at].shingle.high != shingle.high))
        at = (at + 1) & set->mask;
    return &set->places[at];
}

/* Write the shingles of a row as they stand, doubles included; gives how many. */
static int64_t read_shingles(const uint8_t *text, int64_t length, int size, const Scripts *scripts,
                             const Scratch *scratch, Shingle *shingles)
{
    int64_t count = read_codes(text, length, size, scripts, scratch), written = 0;
    const uint32_t *codes = scratch->codes;
    for (int64_t low = 0, high; low < count; low = high) {
        int width = scratch->widths[low];
        for (high = low + 1; high < count && scratch->widths[high] == width;)
            high++;
        if (high - low < width)
            width = (int)(high - low);
        for (int64_t i = low; i + width <= high; i++) {
            Shingle shingle = {0, (uint64_t)width << 56};
            for (int j = 0; j < width && j < 3; j++)
                shingle.low |= (uint64_t)codes[i + j] << (21 * j);
            for (int j = 3; j < width; j++)
                shingle.high |= (uint64_t)codes[i + j] << (21 * (j - 3));
            shingles[written++] = shingle;
        }
    }
    return written;
}

static int64_t fill(Set *set, const Shingle *shingles, int64_t count)
{
    int64_t distinct = 0;
    set->age++;
    for (int64_t i = 0; i < count; i++) {
        Place *place = place_of(set, shingles[i]);
        if (place->age != set->age) {
            *place = (Place){shingles[i], set->age, UINT32_MAX};
            distinct++;
        }
    }
    return distinct;
}

/* figures(size, data u8, offsets i64, left i64, right i64, spaceless u32, hangul u32,
 *         sizes i32[n], common i32[pairs])
 *
 * Counts the distinct shingles of every row, if `sizes` is not empty, and those that pairs share:
 * fast where equal rows of `left` stand together. */
static PyObject *figures(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 8 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int item[COUNT] = {1, 8, 8, 8, 4, 4, 4, 4};
    int size;
    if (!PyArg_ParseTuple(args, "iOOOOOOOO", &size, &o[0], &o[1], &o[2], &o[3], &o[4], &o[5], &o[6],
                          &o[7]))
        return NULL;
    if (take_arrays(o, arrays, item, COUNT, 2) < 0)
        return NULL;
    const uint8_t *data = arrays[0].view.buf;
    const int64_t *offsets = arrays[1].view.buf;
    const int64_t *left = arrays[2].view.buf, *right = arrays[3].view.buf;
    Scripts scripts = {arrays[4].view.buf, (int)arrays[4].items, arrays[5].view.buf,
                       (int)arrays[5].items};
    int32_t *sizes = arrays[6].view.buf, *common = arrays[7].view.buf;
    int64_t rows = arrays[1].items - 1, pairs = arrays[2].items;
    if (size < 1 || size > 5 || !fits(offsets, rows, arrays[0].items, INT64_MAX) ||
        arrays[3].items != pairs ||
        (arrays[6].items != rows && arrays[6].items != 0) || arrays[7].items != pairs ||
        !are_rows(left, pairs, rows) || !are_rows(right, pairs, rows)) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    Scratch scratch;
    Set set;
    int failed = scratch_for(&scratch, longest) < 0;
    failed |= set_for(&set, longest) < 0;
    Shingle *shingles = malloc((size_t)(longest + 1) * sizeof *shingles);
    failed |= shingles == NULL;
    Py_BEGIN_ALLOW_THREADS
#define READ(row)                                                                                  \
    read_shingles(data + offsets[row], offsets[(row) + 1] - offsets[row], size, &scripts, &scratch, \
                  shingles)
    if (!failed) {
        for (int64_t row = 0; row < arrays[6].items; row++)
            sizes[row] = (int32_t)fill(&set, shingles, READ(row));
        int64_t filled = -1;
        for (int64_t k = 0; k < pairs; k++) {
            if (left[k] != filled)
                fill(&set, shingles, READ(left[k]));
            filled = left[k];
            int64_t count = READ(right[k]);
            int32_t found = 0;
            for (int64_t i = 0; i < count; i++) {
                Place *place = place_of(&set, shingles[i]);
                if (place->age == set.age && place->seen != (uint32_t)k) {
                    place->seen = (uint32_t)k;
                    found++;
                }
            }
            common[k] = found;
        }
    }
#undef READ
    Py_END_ALLOW_THREADS
    scratch_free(&scratch);
    free(set.places);
    free(shingles);
    release_arrays(arrays, COUNT);
    if (failed)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* same_rows(data u8, offsets i64, rows i64, other data u8, other offsets i64, other rows i64,
 *           same u8): whether row k of one is, byte for byte, row k of the other. */
static PyObject *same_rows(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 7 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int item[COUNT] = {1, 8, 8, 1, 8, 8, 1};
    if (!PyArg_ParseTuple(args, "OOOOOOO", &o[0], &o[1], &o[2], &o[3], &o[4], &o[5], &o[6]))
        return NULL;
    if (take_arrays(o, arrays, item, COUNT, 1) < 0)
        return NULL;
    const uint8_t *data[2];
    const int64_t *offsets[2], *rows[2];
    int64_t pairs = arrays[6].items;
    int fitting = 1;
    for (int side = 0; side < 2; side++) {
        Array *own = arrays + 3 * side;
        data[side] = own[0].view.buf, offsets[side] = own[1].view.buf, rows[side] = own[2].view.buf;
        fitting = fitting && own[2].items == pairs &&
                  fits(offsets[side], own[1].items - 1, own[0].items, INT64_MAX) &&
                  are_rows(rows[side], pairs, own[1].items - 1);
    }
    if (!fitting) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    uint8_t *same = arrays[6].view.buf;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t k = 0; k < pairs; k++) {
        int64_t p = rows[0][k], q = rows[1][k];
        int64_t length = offsets[0][p + 1] - offsets[0][p];
        same[k] = length == offsets[1][q + 1] - offsets[1][q] &&
                  memcmp(data[0] + offsets[0][p], data[1] + offsets[1][q], (size_t)length) == 0;
    }
    Py_END_ALLOW_THREADS
    release_arrays(arrays, COUNT);
    Py_RETURN_NONE;
}

/* ---- Which words changed ---- */

typedef struct {
    const uint8_t *text;
    uint32_t length, hash;
} Token;

typedef struct {
    Token *tokens;
    const uint8_t *flags;
    int64_t count;
} Words;

/* What `differences` of protected.py says without looking at misreadings and the like. */
enum { NOTHING_LOST, LITERAL_LOST, UNDECIDED };

#define MAX_ALIGNED 4000000 /* as in protected.py: cells */
#define KIND(flag) (1u << (flag))

static int64_t cut_tokens(const uint8_t *text, int64_t length, const Scripts *scripts, Token *tokens)
{
    int64_t count = 0;
    for (int64_t i = 0; i < length;) {
        if (text[i] == ' ') {
            i++;
            continue;
        }
        int64_t start = i;
        uint32_t hash = 0;
        while (i < length && text[i] != ' ') {
            int64_t next = i + 1;
            uint32_t code = text[i];
            if (code >= 0x80) {
                int more = code < 0xE0 ? 1 : code < 0xF0 ? 2 : 3;
                code &= 0x3Fu >> more;
                for (; more && next < length; more--)
                    code = code << 6 | (text[next++] & 0x3F);
            }
            if (code >= scripts->spaceless[0] && is_spaceless(code, scripts)) {
                if (i == start) { /* a token of its own */
                    hash = code;
                    i = next;
                }
                break;
            }
            hash = hash * 0x85EBCA6Bu + code + 1;
            i = next;
        }
        tokens[count++] = (Token){text + start, (uint32_t)(i - start), hash};
    }
    return count;
}

static inline int equal(const Token *one, const Token *other)
{
    return one->hash == other->hash && one->length == other->length &&
           memcmp(one->text, other->text, one->length) == 0;
}

/* A number of one digit, or with letters in it, may be a misread word: 1. One that is not ASCII is
 * for Python to judge: -1. */
static int may_be_misread(const Token *token)
{
    int letters = 0;
    for (uint32_t i = 0; i < token->length; i++) {
        if (token->text[i] >= 0x80)
            return -1;
        letters |= (token->text[i] | 0x20) >= 'a' && (token->text[i] | 0x20) <= 'z';
    }
    return letters || token->length == 1;
}

static int has(const Words *words, const Token *token)
{
    for (int64_t i = 0; i < words->count; i++)
        if (equal(&words->tokens[i], token))
            return 1;
    return 0;
}

static int same_guarded(const Words *p, const Words *q, unsigned protect)
{
    int64_t i = 0, j = 0;
    for (;;) {
        while (i < p->count && !(KIND(p->flags[i]) & protect))
            i++;
        while (j < q->count && !(KIND(q->flags[j]) & protect))
            j++;
        if (i == p->count || j == q->count)
            return i == p->count && j == q->count;
        if (!equal(&p->tokens[i++], &q->tokens[j++]))
            return 0;
    }
}

typedef struct {
    int64_t p_low, p_high, q_low, q_high;
} Hunk;

typedef struct {
    uint32_t *lengths, *lengths_before; /* of the equal run that ends at each token of q */
    Hunk *hunks;
} Alignment;

/* Align as difflib's SequenceMatcher does (Ratcliff, Obershelp), without junk, and tell whether a
 * token outside the equal runs is protected in p, or a negation on either side. */
static int changes_protected(const Words *p, const Words *q, Hunk whole, unsigned protect,
                             unsigned negation, Alignment *room)
{
    int64_t hunks = 0;
    room->hunks[hunks++] = whole;
    while (hunks) {
        Hunk hunk = room->hunks[--hunks];
        int64_t best = 0, p_best = hunk.p_low, q_best = hunk.q_low;
        memset(room->lengths_before + hunk.q_low, 0, (size_t)(hunk.q_high - hunk.q_low + 1) * 4);
        for (int64_t i = hunk.p_low; i < hunk.p_high; i++) {
            uint32_t *now = room->lengths, *before = room->lengths_before;
            now[hunk.q_low] = 0;
            for (int64_t j = hunk.q_low; j < hunk.q_high; j++) { /* item j + 1: ends with token j */
                uint32_t length = equal(&p->tokens[i], &q->tokens[j]) ? before[j] + 1 : 0;
                now[j + 1] = length;
                if (length > best) {
                    best = length;
                    p_best = i - best + 1;
                    q_best = j - best + 1;
                }
            }
            room->lengths = before;
            room->lengths_before = now;
        }
        if (best == 0) {
            for (int64_t i = hunk.p_low; i < hunk.p_high; i++)
                if (KIND(p->flags[i]) & (protect | negation))
                    return 1;
            for (int64_t j = hunk.q_low; j < hunk.q_high; j++)
                if (KIND(q->flags[j]) & negation)
                    return 1;
            continue;
        }
        if (hunk.p_low < p_best || hunk.q_low < q_best)
            room->hunks[hunks++] = (Hunk){hunk.p_low, p_best, hunk.q_low, q_best};
        if (p_best + best < hunk.p_high || q_best + best < hunk.q_high)
            room->hunks[hunks++] = (Hunk){p_best + best, hunk.p_high, q_best + best, hunk.q_high};
    }
    return 0;
}

/* `differences` of protected.py, as far as it can be told here. `protect` and `negation` are sets
 * of kinds; the latter is empty where negations do not count. */
static int lost(const Words *p, const Words *q, unsigned protect, unsigned literal, unsigned number,
                unsigned negation, Alignment *room)
{
    int64_t low = 0, tail = 0, shorter = p->count < q->count ? p->count : q->count;
    while (low < shorter && equal(&p->tokens[low], &q->tokens[low]))
        low++;
    if (low == p->count && low == q->count)
        return NOTHING_LOST;
    for (int64_t i = 0; i < p->count; i++) {
        unsigned kind = KIND(p->flags[i]);
        if (!(kind & literal & protect))
            continue;
        int misread = kind & number ? may_be_misread(&p->tokens[i]) : 0;
        if (misread < 0)
            return UNDECIDED;
        if (!misread && !has(q, &p->tokens[i]))
            return LITERAL_LOST;
    }
    while (tail < shorter - low &&
           equal(&p->tokens[p->count - 1 - tail], &q->tokens[q->count - 1 - tail]))
        tail++;
    Hunk middle = {low, p->count - tail, low, q->count - tail};
    int negated = 0, guarded = 0;
    for (int64_t i = middle.p_low; i < middle.p_high; i++) {
        guarded |= (KIND(p->flags[i]) & protect) != 0;
        negated |= (KIND(p->flags[i]) & negation) != 0;
    }
    for (int64_t j = middle.q_low; j < middle.q_high; j++)
        negated |= (KIND(q->flags[j]) & negation) != 0;
    if (!negated && (!guarded || same_guarded(p, q, protect)))
        return NOTHING_LOST;
    if ((middle.p_high - low) * (middle.q_high - low) > MAX_ALIGNED)
        return UNDECIDED;
    return changes_protected(p, q, middle, protect, negation, room) ? UNDECIDED : NOTHING_LOST;
}

/* changes(protect, literal, number, negation, data u8, offsets i64, flags u8, flag_offsets i64,
 *         left i64, right i64, spaceless u32, hangul u32, verdicts u8)
 *
 * Says of each pair whether `left` loses something protected when it goes for `right`. The first
 * four are sets of kinds of tokens, bit k for kind k. */
static PyObject *changes(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 9 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int item[COUNT] = {1, 8, 1, 8, 8, 8, 4, 4, 1};
    unsigned protect, literal, number, negation;
    if (!PyArg_ParseTuple(args, "IIIIOOOOOOOOO", &protect, &literal, &number, &negation, &o[0], &o[1],
                          &o[2], &o[3], &o[4], &o[5], &o[6], &o[7], &o[8]))
        return NULL;
    if (take_arrays(o, arrays, item, COUNT, 1) < 0)
        return NULL;
    const uint8_t *data = arrays[0].view.buf, *flags = arrays[2].view.buf;
    const int64_t *offsets = arrays[1].view.buf, *flag_offsets = arrays[3].view.buf;
    const int64_t *left = arrays[4].view.buf, *right = arrays[5].view.buf;
    Scripts scripts = {arrays[6].view.buf, (int)arrays[6].items, arrays[7].view.buf,
                       (int)arrays[7].items};
    uint8_t *verdicts = arrays[8].view.buf;
    int64_t rows = arrays[1].items - 1, pairs = arrays[4].items;
    if (!fits(offsets, rows, arrays[0].items, INT64_MAX) || arrays[3].items != rows + 1 ||
        !fits(flag_offsets, rows, arrays[2].items, INT64_MAX) || arrays[5].items != pairs ||
        arrays[8].items != pairs || !are_rows(left, pairs, rows) || !are_rows(right, pairs, rows)) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    size_t room = (size_t)longest + 2;
    Token *tokens[2] = {malloc(room * sizeof(Token)), malloc(room * sizeof(Token))};
    uint32_t *lengths[2] = {malloc(room * 4), malloc(room * 4)};
    Hunk *hunks = malloc(2 * room * sizeof *hunks);
    int failed = !tokens[0] || !tokens[1] || !lengths[0] || !lengths[1] || !hunks;
    Py_BEGIN_ALLOW_THREADS
    if (!failed) {
        Alignment alignment = {lengths[0], lengths[1], hunks};
        Words sides[2];
        for (int64_t k = 0; k < pairs; k++) {
            int whole = 1;
            for (int side = 0; side < 2; side++) {
                int64_t row = side ? right[k] : left[k];
                int64_t count = cut_tokens(data + offsets[row], offsets[row + 1] - offsets[row],
                                           &scripts, tokens[side]);
                sides[side] = (Words){tokens[side], flags + flag_offsets[row], count};
                whole &= count == flag_offsets[row + 1] - flag_offsets[row];
            }
            verdicts[k] = (uint8_t)(whole ? lost(&sides[0], &sides[1], protect, literal, number,
                                                 negation, &alignment)
                                          : UNDECIDED);
        }
    }
    Py_END_ALLOW_THREADS
    for (int side = 0; side < 2; side++) {
        free(tokens[side]);
        free(lengths[side]);
    }
    free(hunks);
    release_arrays(arrays, COUNT);
    if (failed)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyMethodDef PAIRS_METHODS[] = {
    {"figures", figures, METH_VARARGS, "How many shingles rows have, and pairs share."},
    {"same_rows", same_rows, METH_VARARGS, "Whether pairs of rows are equal."},
    {"changes", changes, METH_VARARGS, "Whether pairs differ in something protected."},
    {NULL, NULL, 0, NULL},
};
