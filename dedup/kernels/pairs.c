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
    int64_t count = read_codes(text, length, scripts, scratch), written = 0;
    const uint32_t *codes = scratch->codes;
    for (int64_t low = 0, high; low < count; low = high) {
        int width = width_of(scratch->scripts[low], size);
        for (high = low + 1; high < count && scratch->scripts[high] == scratch->scripts[low];)
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

/* ---- The same of rows that are ASCII: a shingle is one number ---- */

typedef struct {
    uint64_t shingle; /* its bytes, and how many in the highest; 0 is none */
    uint32_t age, seen;
} Slot;

typedef struct {
    Slot *slots;
    int shift; /* of a product, what is left are the bits of a place */
    uint64_t mask;
    uint32_t age;
} Table;

static int table_for(Table *table, int64_t longest)
{
    int bits = 8;
    while ((1ll << bits) < 2 * longest)
        bits++;
    table->slots = calloc((size_t)1 << bits, sizeof *table->slots);
    table->shift = 64 - bits;
    table->mask = (1ull << bits) - 1;
    table->age = 0;
    return table->slots == NULL ? -1 : 0;
}

static inline Slot *slot_of(const Table *table, uint64_t shingle)
{
    uint64_t at = (shingle ^ shingle >> 17) * HASH_BASE >> table->shift;
    while (table->slots[at].age == table->age && table->slots[at].shingle != shingle)
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

/* Write the shingles of a row that is ASCII, doubles included; gives how many. */
static int64_t read_ascii(const uint8_t *text, int64_t length, int size, uint64_t *shingles)
{
    int width = length < size ? (int)length : size, top = 8 * (width - 1);
    int64_t written = 0;
    uint64_t bytes = 0;
    for (int64_t i = 0; i < length; i++) {
        bytes = bytes >> 8 | (uint64_t)text[i] << top;
        shingles[written] = bytes | (uint64_t)width << 56;
        written += i >= width - 1;
    }
    return written;
}

static int64_t fill_table(Table *table, const uint64_t *shingles, int64_t count)
{
    int64_t distinct = 0;
    table->age++;
    for (int64_t i = 0; i < count; i++) {
        Slot *slot = slot_of(table, shingles[i]);
        if (slot->age != table->age) {
            *slot = (Slot){shingles[i], table->age, UINT32_MAX};
            distinct++;
        }
    }
    return distinct;
}

static int32_t look_up(const Table *table, const uint64_t *shingles, int64_t count, uint32_t pair)
{
    int32_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        Slot *slot = slot_of(table, shingles[i]);
        if (slot->age == table->age && slot->seen != pair) {
            slot->seen = pair;
            found++;
        }
    }
    return found;
}

static int32_t find(const Set *set, const Shingle *shingles, int64_t count, uint32_t pair)
{
    int32_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        Place *place = place_of(set, shingles[i]);
        if (place->age == set->age && place->seen != pair) {
            place->seen = pair;
            found++;
        }
    }
    return found;
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
    Scripts scripts;
    int32_t *sizes = arrays[6].view.buf, *common = arrays[7].view.buf;
    int64_t rows = arrays[1].items - 1, pairs = arrays[2].items;
    if (!take_scripts(arrays + 4, &scripts) || size < 1 || size > 5 ||
        !fits(offsets, rows, arrays[0].items, INT64_MAX) || arrays[3].items != pairs ||
        (arrays[6].items != rows && arrays[6].items != 0) || arrays[7].items != pairs ||
        !are_rows(left, pairs, rows) || !are_rows(right, pairs, rows)) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    Scratch scratch;
    Set set;
    Table table;
    int failed = scratch_for(&scratch, longest) < 0;
    failed |= set_for(&set, longest) < 0;
    failed |= table_for(&table, longest) < 0;
    uint8_t *ascii = malloc((size_t)rows + 1);
    uint64_t *codes = malloc((size_t)(longest + 1) * sizeof *codes);
    failed |= ascii == NULL || codes == NULL;
    Shingle *shingles = malloc((size_t)(longest + 1) * sizeof *shingles);
    failed |= shingles == NULL;
    Py_BEGIN_ALLOW_THREADS
#define TEXT(row) data + offsets[row], offsets[(row) + 1] - offsets[row], size
#define READ(row) shingles, read_shingles(TEXT(row), &scripts, &scratch, shingles)
#define READ_ASCII(row) codes, read_ascii(TEXT(row), codes)
    if (!failed) {
        for (int64_t row = 0; row < rows; row++)
            ascii[row] = (uint8_t)is_ascii(data + offsets[row], offsets[row + 1] - offsets[row]);
        for (int64_t row = 0; row < arrays[6].items; row++)
            sizes[row] = (int32_t)(ascii[row] ? fill_table(&table, READ_ASCII(row))
                                              : fill(&set, READ(row)));
        int64_t filled = -1, tabled = -1; /* which row is in the set, and in the table */
        for (int64_t k = 0; k < pairs; k++) {
            int64_t p = left[k], q = right[k];
            if (ascii[p] && ascii[q]) {
                if (p != tabled)
                    fill_table(&table, READ_ASCII(p));
                tabled = p;
                common[k] = look_up(&table, READ_ASCII(q), (uint32_t)k);
            } else {
                if (p != filled)
                    fill(&set, READ(p));
                filled = p;
                common[k] = find(&set, READ(q), (uint32_t)k);
            }
        }
    }
#undef TEXT
#undef READ_ASCII
#undef READ
    Py_END_ALLOW_THREADS
    scratch_free(&scratch);
    free(set.places);
    free(table.slots);
    free(ascii);
    free(codes);
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
enum { NOTHING_LOST, LOST, UNDECIDED };

#define MAX_ALIGNED 4000000 /* as in protected.py: cells */
#define KIND(flag) (1u << ((flag) & 31))

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
    Hunk *hunks, *leaves;
} Alignment;

/* The sets of kinds that `changes` was asked about. */
typedef struct {
    unsigned protect, literal, number, negation, name;
} Kinds;

/* Align as difflib's SequenceMatcher does (Ratcliff, Obershelp), without junk; gives how many runs
 * of tokens have no equal, in `leaves`. */
static int64_t align(const Words *p, const Words *q, Hunk whole, Alignment *room)
{
    int64_t hunks = 0, leaves = 0;
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
            room->leaves[leaves++] = hunk;
            continue;
        }
        if (hunk.p_low < p_best || hunk.q_low < q_best)
            room->hunks[hunks++] = (Hunk){hunk.p_low, p_best, hunk.q_low, q_best};
        if (p_best + best < hunk.p_high || q_best + best < hunk.q_high)
            room->hunks[hunks++] = (Hunk){p_best + best, hunk.p_high, q_best + best, hunk.q_high};
    }
    return leaves;
}

/* Whether two runs of tokens are the same letters: only a space was lost or added. */
static int same_letters(const Words *p, const Words *q, Hunk hunk)
{
    int64_t i = hunk.p_low, j = hunk.q_low;
    uint32_t x = 0, y = 0;
    while (i < hunk.p_high && j < hunk.q_high) {
        if (p->tokens[i].text[x++] != q->tokens[j].text[y++])
            return 0;
        if (x == p->tokens[i].length)
            i++, x = 0;
        if (y == q->tokens[j].length)
            j++, y = 0;
    }
    return i == hunk.p_high && j == hunk.q_high;
}

#define MAX_LETTERS 64

/* The skeleton of misreading.py: what a word looks like; gives its length. */
static int skeleton(const Token *token, char *result)
{
    static const char pairs[6][3] = {"rn", "vv", "cl", "li", "ii", "fi"};
    static const char read[6] = {'m', 'w', 'd', 'h', 'u', 'h'};
    int length = (int)token->length;
    for (int i = 0; i < length; i++) {
        char c = (char)token->text[i];
        result[i] = c == '0' ? 'o' : c == '1' ? 'l' : c == '5' ? 's' : c == '8' ? 'b' : c == '9' ? 'g' : c;
    }
    for (int k = 0; k < 6; k++) {
        int kept = 0;
        for (int i = 0; i < length; kept++) {
            int pair = i + 1 < length && result[i] == pairs[k][0] && result[i + 1] == pairs[k][1];
            result[kept] = pair ? read[k] : result[i];
            i += 1 + pair;
        }
        length = kept;
    }
    for (int i = 0; i < length; i++)
        if (result[i] == 'i')
            result[i] = 'l';
    return length;
}

/* How many letters must be inserted, dropped or changed to make one word of the other. */
static int edits(const Token *one, const Token *other)
{
    int row[MAX_LETTERS + 1];
    for (uint32_t j = 0; j <= other->length; j++)
        row[j] = (int)j;
    for (uint32_t i = 0; i < one->length; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (uint32_t j = 0; j < other->length; j++) {
            int change = diagonal + (one->text[i] != other->text[j]);
            diagonal = row[j + 1];
            int shift = (row[j] < diagonal ? row[j] : diagonal) + 1;
            row[j + 1] = change < shift ? change : shift;
        }
    }
    return row[other->length];
}

/* Whether `other` may stand for the name `token` where misreadings are not dense: it does by
 * `is_misreading` or `_same_stem`, begins with it, or Python must say. */
static int may_stand_for_name(const Token *token, const Token *other)
{
    if (!is_ascii(token->text, token->length) || !is_ascii(other->text, other->length) ||
        token->length > MAX_LETTERS || other->length > MAX_LETTERS)
        return 1;
    uint32_t shorter = token->length, longer = other->length, stem = 0;
    if (shorter > longer)
        shorter = other->length, longer = token->length;
    while (stem < shorter && token->text[stem] == other->text[stem])
        stem++;
    if (stem == token->length || (stem >= 4 && longer - stem <= 2))
        return 1;
    if (longer - shorter > 2)
        return 0;
    char ours[MAX_LETTERS], theirs[MAX_LETTERS];
    int length = skeleton(token, ours);
    if (length == skeleton(other, theirs) && memcmp(ours, theirs, (size_t)length) == 0)
        return 1;
    int allowed = shorter >= 8 ? 2 : longer >= 5 ? 1 : 0;
    return allowed && edits(token, other) <= allowed;
}

/* Whether the letters of `token` stand in a run of q in one piece. */
static int may_be_cut(const Words *q, Hunk hunk, const Token *token)
{
    uint8_t joined[16 * MAX_LETTERS];
    size_t length = 0;
    for (int64_t j = hunk.q_low; j < hunk.q_high; j++) {
        if (length + q->tokens[j].length > sizeof joined)
            return 1;
        memcpy(joined + length, q->tokens[j].text, q->tokens[j].length);
        length += q->tokens[j].length;
    }
    for (size_t at = 0; at + token->length <= length; at++)
        if (memcmp(joined + at, token->text, token->length) == 0)
            return 1;
    return 0;
}

/* Whether a token that not one of `theirs` may stand for is in `ours`. Only what cannot be otherwise
 * is told: no misreading is asked about where they may be dense, nor of what is not ASCII. */
static int surely_lost(const Words *p, const Words *q, Hunk hunk, const Kinds *kinds)
{
    for (int64_t i = hunk.p_low; i < hunk.p_high; i++) {
        const Token *token = &p->tokens[i];
        unsigned kind = KIND(p->flags[i]);
        if (!(kind & kinds->protect & ~kinds->negation))
            continue;
        if (kind & kinds->number && may_be_misread(token) != 0 && token->length > 1)
            continue;
        int found = 0;
        for (int64_t j = hunk.q_low; j < hunk.q_high && !found; j++)
            found = kind & kinds->name ? may_stand_for_name(token, &q->tokens[j])
                                       : equal(token, &q->tokens[j]);
        if (!found && kind & kinds->name)
            found = may_be_cut(q, hunk, token);
        if (!found)
            return 1;
    }
    return 0;
}

#define DENSE_MISREADINGS 3 /* as in protected.py */

/* Say what of the runs without equal is protected: nothing, something that is surely lost, or what
 * Python has to look at. */
static int judge_leaves(const Words *p, const Words *q, int64_t leaves, const Kinds *kinds,
                        const Alignment *room)
{
    int64_t concerned = 0, changed = 0;
    for (int64_t k = 0; k < leaves; k++) {
        Hunk hunk = room->leaves[k];
        int64_t ours = hunk.p_high - hunk.p_low, theirs = hunk.q_high - hunk.q_low;
        changed += 1 + (ours < theirs ? ours : theirs);
        if (same_letters(p, q, hunk))
            continue;
        int here = 0;
        for (int64_t i = hunk.p_low; i < hunk.p_high; i++)
            here |= (KIND(p->flags[i]) & (kinds->protect | kinds->negation)) != 0;
        for (int64_t j = hunk.q_low; j < hunk.q_high; j++)
            here |= (KIND(q->flags[j]) & kinds->negation) != 0;
        if (here)
            room->leaves[concerned++] = hunk;
    }
    if (!concerned)
        return NOTHING_LOST;
    for (int64_t k = 0; k < concerned && changed < DENSE_MISREADINGS; k++)
        if (surely_lost(p, q, room->leaves[k], kinds))
            return LOST;
    return UNDECIDED;
}

/* `differences` of protected.py, as far as it can be told here. */
static int lost(const Words *p, const Words *q, const Kinds *kinds, Alignment *room)
{
    const unsigned protect = kinds->protect, negation = kinds->negation;
    int64_t low = 0, tail = 0, shorter = p->count < q->count ? p->count : q->count;
    while (low < shorter && equal(&p->tokens[low], &q->tokens[low]))
        low++;
    if (low == p->count && low == q->count)
        return NOTHING_LOST;
    for (int64_t i = 0; i < p->count; i++) {
        unsigned kind = KIND(p->flags[i]);
        if (!(kind & kinds->literal & protect))
            continue;
        int misread = kind & kinds->number ? may_be_misread(&p->tokens[i]) : 0;
        if (misread < 0)
            return UNDECIDED;
        if (!misread && !has(q, &p->tokens[i]))
            return LOST;
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
    return judge_leaves(p, q, align(p, q, middle, room), kinds, room);
}

/* changes(protect, literal, number, negation, name, data u8, offsets i64, flags u8, flag_offsets i64,
 *         left i64, right i64, spaceless u32, hangul u32, verdicts u8)
 *
 * Says of each pair whether `left` loses something protected when it goes for `right`. The first
 * five are sets of kinds of tokens, bit k for kind k; negation is empty where they do not count. */
static PyObject *changes(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 9 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int item[COUNT] = {1, 8, 1, 8, 8, 8, 4, 4, 1};
    Kinds kinds;
    if (!PyArg_ParseTuple(args, "IIIIIOOOOOOOOO", &kinds.protect, &kinds.literal, &kinds.number,
                          &kinds.negation, &kinds.name, &o[0], &o[1], &o[2], &o[3], &o[4], &o[5],
                          &o[6], &o[7], &o[8]))
        return NULL;
    if (take_arrays(o, arrays, item, COUNT, 1) < 0)
        return NULL;
    const uint8_t *data = arrays[0].view.buf, *flags = arrays[2].view.buf;
    const int64_t *offsets = arrays[1].view.buf, *flag_offsets = arrays[3].view.buf;
    const int64_t *left = arrays[4].view.buf, *right = arrays[5].view.buf;
    Scripts scripts;
    uint8_t *verdicts = arrays[8].view.buf;
    int64_t rows = arrays[1].items - 1, pairs = arrays[4].items;
    if (!take_scripts(arrays + 6, &scripts) ||
        !fits(offsets, rows, arrays[0].items, INT64_MAX) || arrays[3].items != rows + 1 ||
        !fits(flag_offsets, rows, arrays[2].items, INT64_MAX) || arrays[5].items != pairs ||
        arrays[8].items != pairs || !are_rows(left, pairs, rows) || !are_rows(right, pairs, rows)) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(offsets, rows);
    size_t room = (size_t)longest + 2;
    Token *tokens[2] = {malloc(room * sizeof(Token)), malloc(room * sizeof(Token))};
    uint32_t *lengths[2] = {malloc(room * 4), malloc(room * 4)};
    Hunk *hunks = malloc(2 * room * sizeof *hunks), *leaves = malloc(2 * room * sizeof *leaves);
    int failed = !tokens[0] || !tokens[1] || !lengths[0] || !lengths[1] || !hunks || !leaves;
    Py_BEGIN_ALLOW_THREADS
    if (!failed) {
        Alignment alignment = {lengths[0], lengths[1], hunks, leaves};
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
            verdicts[k] = (uint8_t)(whole ? lost(&sides[0], &sides[1], &kinds, &alignment)
                                          : UNDECIDED);
        }
    }
    Py_END_ALLOW_THREADS
    for (int side = 0; side < 2; side++) {
        free(tokens[side]);
        free(lengths[side]);
    }
    free(hunks);
    free(leaves);
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
