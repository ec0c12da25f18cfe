/* UTF-8 → one long, plain line of code points: `normalize.unwrap`, for what the tables vouch for.
 *
 * NFKC: each code point that is not in it is put down as what it becomes. If nothing in the result
 * would change its place or become one with a neighbour, that is the NFKC of the whole; where
 * something might, the paragraph is left to Python. The same holds of folding, which comes later:
 * so a mark behind a letter that folds leaves the paragraph as well. */
#include "forms.h"

#define MAX_MARKS 32  /* on one letter; more are left to Python, so that looking back stays short */
#define MAX_ENTITY 34 /* the longest entity, from & to ; */

/* Whether `first` and `second` are one code point in NFKC. */
static int composes(const Tables *tables, uint32_t first, uint32_t second)
{
    uint64_t pair = (uint64_t)first << 32 | second;
    size_t low = 0, high = tables->pairs_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tables->pairs[middle] < pair)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tables->pairs_count && tables->pairs[low] == pair;
}

static uint8_t rank_at(const Tables *tables, const Work *work, size_t at)
{
    return work->kinds[at] & COMBINES ? tables->ranks[row_of(work->codes[at])] : 0;
}

/* Whether a mark or its like may be put behind what is there. `dropped`: where the last invisible
 * character stood, counted from 1. */
static int stays(const Tables *tables, const Work *work, uint32_t code, size_t dropped)
{
    size_t starter = work->length; /* counted from 1; 0: there is none */
    while (starter && rank_at(tables, work, starter - 1))
        if (work->length - --starter > MAX_MARKS)
            return 0;
    uint8_t rank = tables->ranks[row_of(code)];
    if (dropped > starter
        || (rank && work->length && rank_at(tables, work, work->length - 1) > rank))
        return 0;
    return !starter
           || (!(work->kinds[starter - 1] & FOLDS) && !composes(tables, work->codes[starter - 1], code));
}

/* Decode one code point behind ASCII; NULL where the bytes are no UTF-8. */
static const uint8_t *decode(const uint8_t *text, const uint8_t *end, uint32_t *code)
{
    uint32_t lead = *text;
    int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || end - text <= more)
        return NULL;
    uint32_t value = lead & (0x3Fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return NULL;
        value = value << 6 | (text[i] & 0x3F);
    }
    *code = value;
    return text + more + 1;
}

static Verdict normalize(const Tables *tables, Work *work, const uint8_t *text, const uint8_t *end)
{
    uint32_t seen = 0;
    size_t dropped = 0;
    work->length = 0;
    while (text < end) {
        uint32_t code = *text;
        if (code < 0x80) {
            if (work->length == work->capacity)
                return LEFT;
            seen |= work->kinds[work->length] = tables->kinds[code];
            work->codes[work->length++] = code;
            text++;
            continue;
        }
        text = decode(text, end, &code);
        if (!text)
            return LEFT;
        uint32_t row = row_of(code);
        if (row >= tables->rows)
            return tables->rows < 0x10000 ? NEEDS_ROWS : LEFT;
        const uint32_t *codes = &code;
        uint32_t kind = tables->kinds[row], expands = kind & EXPANDS, count = 1;
        if (expands)
            count = mapped(tables, &tables->maps[row], &codes);
        if (work->capacity - work->length < count)
            return LEFT;
        for (uint32_t i = 0; i < count; i++) {
            if (expands)
                kind = kind_of(tables, codes[i]);
            if (kind & UNTAKEN || (kind & COMBINES && !stays(tables, work, codes[i], dropped)))
                return LEFT;
            if (kind & INVISIBLE) {
                dropped = work->length + 1;
                continue;
            }
            seen |= work->kinds[work->length] = kind;
            work->codes[work->length++] = codes[i];
        }
    }
    work->seen = seen;
    return TAKEN;
}

/* Whether a tag may begin at the < at `at`: a name, and behind it the end or an attribute. The
 * dotless i is one in a tag to Python, where case makes no difference. */
static int may_be_tag(const Work *work, size_t at)
{
    const uint32_t *codes = work->codes, *kinds = work->kinds;
    size_t length = work->length, next = at + 1;
    next += next < length && codes[next] == '/';
    size_t name = next;
    while (next < length && (kinds[next] & ASCII_ALNUM || codes[next] == 0x130 || codes[next] == 0x131))
        next++;
    if (next == name)
        return 0;
    while (next < length && kinds[next] & SPACE)
        next++;
    while (next < length && (kinds[next] & LETTER || codes[next] == '-'))
        next++;
    return next < length && (codes[next] == '>' || codes[next] == '/' || codes[next] == '=');
}

/* Leave to Python what may hold an entity, a tag, or code between backticks. */
static int has_markup(const Work *work)
{
    int backticks = 0;
    const uint32_t *codes = work->codes;
    for (size_t i = 0; i < work->length; i++) {
        if (!(work->kinds[i] & SPECIAL))
            continue;
        if ((codes[i] == '`' && ++backticks > 1) || (codes[i] == '<' && may_be_tag(work, i)))
            return 1;
        size_t next = i + 1;
        if (codes[i] == '&' && next < work->length
            && (codes[next] == '#' || work->kinds[next] & ASCII_ALPHA)) {
            while (next < work->length && next < i + MAX_ENTITY && codes[next] != ';')
                next++;
            if (next < work->length && codes[next] == ';')
                return 1;
        }
    }
    return 0;
}

/* Whether a word goes on at `at`: [^\W\d_] */
static int goes_on(const Work *work, size_t at)
{
    return at < work->length && (work->kinds[at] & (WORD | DECIMAL)) == WORD
           && work->codes[at] != '_';
}

/* Join what a line end parted at a hyphen, before a lower-case letter. */
static void join_lines(Work *work)
{
    uint32_t *codes = work->codes, *kinds = work->kinds;
    size_t to = 0;
    for (size_t i = 0; i < work->length; i++) {
        if (kinds[i] & HYPHEN && i && goes_on(work, i - 1)) {
            size_t next = i + 1;
            while (next < work->length && kinds[next] & BLANK)
                next++;
            if (next < work->length && (codes[next] == '\r' || codes[next] == '\n'))
                while (next < work->length && kinds[next] & SPACE)
                    next++;
            if (next > i + 1 && goes_on(work, next) && kinds[next] & LOWER)
                i = next;
        }
        codes[to] = codes[i];
        kinds[to++] = kinds[i];
    }
    work->length = to;
}

Verdict unwrap(const Tables *tables, Work *work, const uint8_t *text, const uint8_t *end)
{
    Verdict verdict = normalize(tables, work, text, end);
    if (verdict != TAKEN)
        return verdict;
    if (work->seen & SPECIAL && has_markup(work))
        return LEFT;
    if (work->seen & HYPHEN)
        join_lines(work);
    memset(work->codes + work->length, 0, PADDING * sizeof *work->codes);
    memset(work->kinds + work->length, 0, PADDING * sizeof *work->kinds);
    return TAKEN;
}
