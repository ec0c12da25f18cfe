/* Unwrapped text → the comparison form, and what kind each token is: `tokens.tokenize` with
 * `normalize.form_of` and `tokens.count_words`. The names here are those of tokens.py. */
#include "forms.h"

#define MAX_ABBREVIATION 4
#define TITLE_SHARE 0.6
#define MIN_GERMAN_WORDS 2
#define MAX_LOCAL 64 /* what e-mail allows before the @ */
#define MAX_LABEL 63
#define MINUS 0x2212
#define EN_DASH 0x2013
#define PER_MILLE 0x2030

/* Both may be asked behind the end: see PADDING. */
static int is(const Work *work, size_t at, uint32_t class)
{
    return (work->kinds[at] & class) != 0;
}

static uint32_t code_at(const Work *work, size_t at)
{
    return work->codes[at];
}

static size_t run(const Work *work, size_t at, uint32_t class)
{
    while (is(work, at, class))
        at++;
    return at;
}

/* Whether a span begins as links do. Hardly a word does, so the one branch is foreseen. */
static int may_be_link(const Work *work, size_t at)
{
    const uint8_t *lower = work->lower + at;
    return ((lower[0] == 'h') & (lower[1] == 't')) | ((lower[0] == 'w') & (lower[1] == 'w'));
}

/* Each of these gives the end of what begins at `at`, or 0. */

static size_t link_end(const Work *work, size_t at)
{
    const char *prefixes[] = {"https://", "http://", "www."};
    for (int i = 0; i < 3; i++) {
        size_t end = at;
        const char *prefix = prefixes[i];
        for (; *prefix; prefix++, end++) {
            uint32_t code = code_at(work, end);
            if ((is(work, end, ASCII_ALPHA) ? code | 32 : code) != (uint32_t)*prefix)
                break;
        }
        if (*prefix)
            continue;
        size_t start = end;
        while (end < work->length && !(work->kinds[end] & ADDRESS_END))
            end++;
        return end > start ? end : 0;
    }
    return 0;
}

static size_t mail_end(const Work *work, size_t at)
{
    size_t end = at;
    while (end - at < MAX_LOCAL && is(work, end, MAIL))
        end++;
    if (end == at || code_at(work, end) != '@')
        return 0;
    for (int labels = 0;; labels++) {
        size_t label = end + 1; /* behind the @ or a dot */
        size_t stop = label;
        while (stop - label < MAX_LABEL
               && (is(work, stop, ASCII_ALNUM) || code_at(work, stop) == '-'))
            stop++;
        if (stop == label)
            return labels > 1 ? end : 0;
        end = stop;
        if (code_at(work, end) != '.')
            return labels > 0 ? end : 0;
    }
}

static size_t code_end(const Work *work, size_t at)
{
    size_t found = 0, end = run(work, at, ASCII_ALNUM);
    while (code_at(work, end) == '_') {
        while (code_at(work, end) == '_')
            end++;
        if (!is(work, end, ASCII_ALNUM))
            break;
        found = end = run(work, end, ASCII_ALNUM);
    }
    return found;
}

static int is_any(uint32_t code, const char *these)
{
    return code && code < 0x80 && strchr(these, (int)code);
}

static size_t number_end(const Work *work, size_t at)
{
    if (is(work, at, SIGN)) {
        if (at && (is(work, at - 1, WORD) || is_any(work->codes[at - 1], ".,%)]")))
            return 0;
        at++;
    }
    at += is(work, at, CURRENCY);
    if (!is(work, at, DECIMAL))
        return 0;
    size_t end = run(work, at, DECIMAL);
    while (is_any(code_at(work, end), ".,:/") && is(work, end + 1, DECIMAL))
        end = run(work, end + 1, DECIMAL);
    size_t tail = end + (is(work, end, BLANK) ? 1 : 0);
    uint32_t code = code_at(work, tail);
    if (code == '%' || code == PER_MILLE)
        return tail + 1;
    if (is(work, tail, CURRENCY) && code != '$' && !is(work, tail + 1, DECIMAL))
        return tail + 1;
    return run(work, end, LETTER);
}

static size_t word_end(const Work *work, size_t at, uint32_t *classes)
{
    size_t end = at;
    uint32_t all = 0;
    for (uint32_t kind; (kind = work->kinds[end]) & LETTER; end++)
        all |= kind;
    *classes = all;
    uint32_t code = code_at(work, end);
    if ((code == '+' || code == '#') && is(work, end - 1, ASCII_ALPHA)
        && !(end > 1 && is(work, end - 2, WORD))) {
        size_t after = code == '#' ? end + 1 : code_at(work, end + 1) == '+' ? end + 2 : 0;
        if (after && !is(work, after, WORD))
            return after;
    }
    return end;
}

static uint8_t *put(uint8_t *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (uint8_t)code;
    } else if (code < 0x800) {
        *to++ = (uint8_t)(0xC0 | code >> 6);
        *to++ = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        if (code < 0x10000) {
            *to++ = (uint8_t)(0xE0 | code >> 12);
        } else {
            *to++ = (uint8_t)(0xF0 | code >> 18);
            *to++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        }
        *to++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *to++ = (uint8_t)(0x80 | (code & 0x3F));
    }
    return to;
}

/* Fold a span to UTF-8. */
static uint8_t *fold(const Tables *tables, const Work *work, size_t at, size_t end, uint8_t *to)
{
    for (; at < end; at++) {
        uint32_t kind = work->kinds[at], code = work->codes[at];
        if (code < 0x80) {
            *to++ = work->lower[at];
        } else if (kind & FOLDS) {
            const uint32_t *codes;
            uint32_t count = mapped(tables, &tables->maps[row_of(code)], &codes);
            for (uint32_t i = 0; i < count && i < MAX_FOLDED; i++)
                to = put(to, codes[i]);
        } else {
            to = put(to, code);
        }
    }
    return to;
}

/* Fold a span of ASCII, by 16 bytes: no branch that depends on a word's length. */
static uint8_t *fold_ascii(const Work *work, size_t at, size_t end, uint8_t *to)
{
    for (size_t done = 0; done < end - at; done += 16)
        memcpy(to + done, work->lower + at + done, 16);
    return to + (end - at);
}

/* Whether a token is a word with letters misread as digits. A blank in a number is no part of it. */
static int has_misread_digits(const Tables *tables, const Work *work, size_t at, size_t end)
{
    size_t length = 0, digits = 0;
    for (; at < end; at++) {
        uint32_t kind = work->kinds[at];
        const uint32_t *codes;
        if (kind & BLANK)
            continue;
        length += kind & FOLDS ? mapped(tables, &tables->maps[row_of(work->codes[at])], &codes) : 1;
        if (kind & DIGIT) {
            if (!is_any(work->codes[at], "0158"))
                return 0;
            digits++;
        }
    }
    return length - digits >= 3 * digits;
}

static uint8_t lists_of(const Tables *tables, const uint8_t *word, const Token *token)
{
    uint64_t bit = token->hash >> FILTER_SHIFT;
    if (!(tables->filter[bit >> 6] >> (bit & 63) & 1))
        return 0;
    for (size_t at = token->hash & tables->slots_mask;; at = (at + 1) & tables->slots_mask) {
        const WordSlot *slot = &tables->slots[at];
        if (!slot->lists)
            return 0;
        if (slot->hash == token->hash && slot->length == token->length
            && !memcmp(tables->words + slot->at, word, slot->length))
            return (uint8_t)slot->lists;
    }
}

static int negates(const Tables *tables, const Work *work, size_t at)
{
    if (work->kinds[at] & NEGATES)
        return 1;
    if (!(work->kinds[at] & MAY_NEGATE))
        return 0;
    for (size_t i = 0; i < tables->unspaced_count; i++) {
        const uint32_t *word = tables->unspaced + 4 * i;
        size_t same = 0;
        while (same < 4 && word[same] && word[same] == code_at(work, at + same))
            same++;
        if (same == 4 || !word[same])
            return 1;
    }
    return 0;
}

/* Leser_innen, in German: [A-Z][a-z]+_[a-z]+ */
static int is_gender_gap(const Work *work, size_t at, size_t end)
{
    if (!(work->kinds[at] & UPPER))
        return 0;
    size_t gap = run(work, at + 1, LOWER), last = run(work, gap + 1, LOWER);
    return gap > at + 1 && work->codes[gap] == '_' && end > gap + 1 && last >= end;
}

/* Whether no sentence begins behind the gap between two tokens. */
static int goes_on(const Work *work, size_t at, size_t end)
{
    for (; at < end; at++)
        if (work->kinds[at] & BREAK)
            return 0;
    return 1;
}

static int same_token(const Work *work, const Token *one, const Token *other)
{
    return one->hash == other->hash && one->length == other->length
           && !memcmp(work->form + one->at, work->form + other->at, one->length);
}

static void add_name(Work *work, uint32_t token)
{
    size_t at = work->tokens[token].hash & (work->names_size - 1);
    for (; work->names[at] != UINT32_MAX; at = (at + 1) & (work->names_size - 1))
        if (same_token(work, &work->tokens[work->names[at]], &work->tokens[token]))
            return;
    work->names[at] = token;
}

static int is_name(const Work *work, const Token *token)
{
    size_t at = token->hash & (work->names_size - 1);
    for (; work->names[at] != UINT32_MAX; at = (at + 1) & (work->names_size - 1))
        if (same_token(work, &work->tokens[work->names[at]], token))
            return 1;
    return 0;
}

/* Flag the names; 0, or -1 without memory. */
static int flag_names(Work *work, int german)
{
    size_t size = 8;
    while (size < 4 * work->capitals_count) /* two for each capital, half of the table empty */
        size *= 2;
    uint32_t *names = realloc(work->names, size * sizeof *names);
    if (!names)
        return -1;
    memset(names, 0xFF, size * sizeof *names);
    work->names = names;
    work->names_size = size;
    uint64_t present = 0; /* of 64 classes of hashes: most tokens are told from names by these */
    for (size_t i = 0; i < work->capitals_count; i++) {
        uint32_t token = work->capitals[i] >> 1;
        uint8_t before = work->lists[token - 1];
        if (german && work->capitals[i] & 1 && !(before & IN_GERMAN_FUNCTION)) {
            add_name(work, token - 1);
            present |= 1ull << (work->tokens[token - 1].hash >> 58);
        } else if (german && !(before & IN_GERMAN_BEFORE_PLACES)) {
            continue;
        }
        add_name(work, token);
        present |= 1ull << (work->tokens[token].hash >> 58);
    }
    for (size_t i = 0; i < work->tokens_count; i++)
        if (present >> (work->tokens[i].hash >> 58) & 1 && work->flags[i] == PLAIN
            && is_name(work, &work->tokens[i]))
            work->flags[i] = NAME;
    return 0;
}

static int32_t runs(const Work *work, size_t at, size_t end, uint32_t class)
{
    int32_t count = 0;
    for (uint32_t inside = 0; at < end; at++) {
        uint32_t now = work->kinds[at] & class;
        count += now && !inside;
        inside = now;
    }
    return count;
}

Verdict tokenize(const Tables *tables, Work *work)
{
    const uint32_t *kinds = work->kinds, *codes = work->codes;
    uint8_t *to = work->form;
    uint32_t starts = LETTER | SPACELESS | SIGN | CURRENCY;
    size_t before = 0, end = 0; /* the token before is codes[before:end] */
    size_t cased = 0, capitalised = 0, german = 0, more = 0, single = 0, han_kana = 0;
    int mail = 0, underscore = 0;
    work->tokens_count = work->capitals_count = 0;
    if (work->seen & SPECIAL)
        for (size_t i = 0; i < work->length; i++) {
            mail |= codes[i] == '@';
            underscore |= codes[i] == '_';
        }
    if (mail)
        starts |= MAIL;
    for (size_t at = 0, stop; at < work->length; at = stop) {
        uint32_t kind = kinds[at], classes = BEYOND_ASCII;
        stop = at + 1;
        if (!(kind & starts))
            continue;
        enum { IS_ADDRESS, IS_CODE, IS_NUMBER, IS_WORD, IS_CHAR } what = IS_ADDRESS;
        size_t found = 0;
        if (may_be_link(work, at))
            found = link_end(work, at);
        if (!found && mail)
            found = mail_end(work, at);
        if (!found && underscore && kind & ASCII_ALPHA) {
            what = IS_CODE;
            found = code_end(work, at);
        }
        if (!found && kind & (DECIMAL | SIGN | CURRENCY)) {
            what = IS_NUMBER;
            found = number_end(work, at);
        }
        if (!found && kind & LETTER) {
            what = IS_WORD;
            found = word_end(work, at, &classes);
        }
        if (!found && kind & SPACELESS) {
            what = IS_CHAR;
            found = at + 1;
        }
        if (!found)
            continue;
        stop = found;
        size_t count = work->tokens_count, last = stop;
        Token *token = &work->tokens[count];
        if (what == IS_ADDRESS)
            while (is_any(codes[last - 1], ".,;:!?)]"))
                last--;
        if (count && !(kind & SPACELESS && kinds[end - 1] & SPACELESS))
            *to++ = ' ';
        uint8_t *start = to;
        if (what == IS_NUMBER) { /* without its blank, and with the plain minus */
            size_t from = at;
            if (codes[at] == MINUS || codes[at] == EN_DASH) {
                *to++ = '-';
                from++;
            }
            size_t blank = last - from > 1 && kinds[last - 2] & BLANK ? last - 2 : last;
            to = fold(tables, work, from, blank, to);
            if (blank < last)
                to = put(to, codes[last - 1]);
        } else if (classes & BEYOND_ASCII) {
            to = fold(tables, work, at, last, to);
        } else {
            to = fold_ascii(work, at, last, to);
        }
        token->at = (uint32_t)(start - work->form);
        token->length = (uint32_t)(to - start);
        token->hash = hash_bytes(start, token->length);
        uint8_t lists = what == IS_WORD ? lists_of(tables, start, token) : 0, flag = PLAIN;
        switch (what) {
        case IS_CHAR:
            flag = negates(tables, work, at) ? NEGATION : PLAIN;
            break;
        case IS_CODE:
            flag = is_gender_gap(work, at, stop) ? PLAIN : CODE;
            break;
        case IS_ADDRESS:
            flag = ADDRESS;
            more += (size_t)runs(work, at, last, WORD) - 1;
            break;
        case IS_NUMBER:
            flag = has_misread_digits(tables, work, at, stop) ? PLAIN : NUMBER;
            break;
        case IS_WORD:
            if (lists & IN_NEGATIONS
                || (token->length == 1 && *start == 't' && count
                    && work->lists[count - 1] & IN_NOT_CONTRACTED))
                flag = NEGATION;
            else if (lists & IN_DATES)
                flag = DATE;
            else if (lists & IN_NUMBERS)
                flag = NUMBER;
            else if (classes & DIGIT && !has_misread_digits(tables, work, at, stop))
                flag = NUMBER;
            cased += (classes & CASED) != 0;
            german += (lists & IN_GERMAN) != 0;
            int lower = classes & LOWER && !(classes & TITLE);
            if (kind & UPPER || (classes & FOLDS && !lower)) {
                capitalised++;
                uint32_t upper_before = count ? kinds[before] & UPPER : 0;
                int abbreviated = upper_before && end - before <= MAX_ABBREVIATION && at > end
                                  && codes[end] == '.' && !(at > end + 1 && codes[end + 1] == '.');
                if (flag == PLAIN && count && (abbreviated || goes_on(work, end, at)))
                    work->capitals[work->capitals_count++]
                        = (uint32_t)count << 1
                          | (at == end + 1 && codes[end] == ' ' && upper_before);
            }
            break;
        }
        if (kind & SPACELESS) {
            single++;
            han_kana += (kind & HAN_KANA) != 0;
        }
        work->lists[count] = lists;
        work->flags[count] = flag;
        work->tokens_count++;
        before = at;
        end = stop;
    }
    work->form_length = (size_t)(to - work->form);
    work->words = (int32_t)(more + work->tokens_count - single + (han_kana + 1) / 2
                            + (single - han_kana + 3) / 4);
    if (work->capitals_count
        && (german >= MIN_GERMAN_WORDS || (double)capitalised <= TITLE_SHARE * (double)cased)
        && flag_names(work, german >= MIN_GERMAN_WORDS) < 0)
        return LEFT;
    return TAKEN;
}
