/* What unwrap.c, tokens.c and forms.c share: the tables made in Python and the scratch memory. */
#ifndef DEDUP_FORMS_H
#define DEDUP_FORMS_H

#include "native.h"

/* The class of a character: these bits, in the order of `CLASSES` in dedup/characters.py. */
enum {
    WORD = 1u << 0,         /* \w */
    LETTER = 1u << 1,       /* what words are made of: \w and marks, but _ and scripts without spaces */
    DECIMAL = 1u << 2,      /* \d */
    DIGIT = 1u << 3,        /* str.isdigit */
    SPACELESS = 1u << 4,
    HAN_KANA = 1u << 5,
    CASED = 1u << 6,        /* another after str.swapcase */
    UPPER = 1u << 7,
    TITLE = 1u << 8,        /* str.istitle: upper case or title case */
    LOWER = 1u << 9,
    SPACE = 1u << 10,       /* \s */
    BREAK = 1u << 11,       /* a sentence may begin behind it */
    CLOSER = 1u << 12,      /* a sentence may end with it */
    FOLDS = 1u << 13,       /* another after folding: `maps` has what it becomes */
    ADDRESS_END = 1u << 14, /* no part of an address */
    CURRENCY = 1u << 15,
    SIGN = 1u << 16,
    UNTAKEN = 1u << 17,     /* left to Python, with its paragraph */
    INVISIBLE = 1u << 18,   /* dropped */
    COMBINES = 1u << 19,    /* may change its place, or become one with what stands before */
    EXPANDS = 1u << 20,     /* not in NFKC: `maps` has what it becomes */
    NEGATES = 1u << 21,     /* a negation by itself */
    MAY_NEGATE = 1u << 22,  /* one of `unspaced` begins with it */
    HYPHEN = 1u << 23,
    MAIL = 1u << 24,        /* what stands before the @ */
    ASCII_ALNUM = 1u << 25,
    ASCII_ALPHA = 1u << 26,
    BLANK = 1u << 27,       /* space or tab */
    SPECIAL = 1u << 28,     /* & < ` @ _ : asked for in one test, as most paragraphs have none */
    BEYOND_ASCII = 1u << 29,
    COMPOSED = 1u << 30,    /* a letter and a mark in one */
    SECOND = 1u << 31,      /* becomes one with some character before */
};

/* The lists that a word stands in: `LISTS` in dedup/characters.py. */
enum {
    IN_NEGATIONS = 1, IN_DATES = 2, IN_NUMBERS = 4, IN_GERMAN = 8, IN_GERMAN_FUNCTION = 16,
    IN_GERMAN_BEFORE_PLACES = 32, IN_NOT_CONTRACTED = 64,
};

/* The kinds of tokens, as dedup/words.py numbers them. */
enum { PLAIN, NUMBER, DATE, NAME, NEGATION, ADDRESS, CODE };

#define FILTER_BITS 16384
#define FILTER_SHIFT 50 /* 64 - log2(FILTER_BITS) */

typedef struct {
    uint64_t hash;
    uint32_t at, length; /* its bytes in `Tables.words` */
    uint32_t lists;      /* 0: an empty slot */
} WordSlot;

/* kernels/tables.py, and a hash table of its words. */
typedef struct {
    const uint32_t *kinds, *maps, *pool;
    const uint8_t *ranks;
    const uint64_t *pairs;
    const uint32_t *unspaced;
    const uint8_t *words;
    size_t rows, pool_count, pairs_count, unspaced_count;
    WordSlot *slots;
    size_t slots_mask;
    uint64_t filter[FILTER_BITS / 64]; /* by the top bits of a hash: most words are in no list */
} Tables;

typedef struct {
    uint64_t hash;
    uint32_t at, length; /* its bytes in the form */
} Token;

/* Scratch of one call, sized for its longest paragraph. */
typedef struct {
    size_t capacity;        /* code points */
    uint32_t *codes, *kinds; /* the unwrapped text, and the class of each code point */
    uint8_t *lower;         /* ASCII folded; elsewhere 0 */
    size_t length;
    uint32_t seen;          /* all classes in it, or'ed */
    uint8_t *form;
    size_t form_length;
    Token *tokens;
    uint8_t *flags, *lists; /* of each token: its kind, and the lists it stands in */
    size_t tokens_count;
    uint32_t *capitals;     /* 2·token, +1 where the token before has one too, one space away */
    size_t capitals_count;
    uint32_t *names;        /* hash table of tokens, grown as needed */
    size_t names_size;
    int32_t words;
} Work;

/* Behind the end stand code points and classes of 0, as far as a token looks; and there is room to
 * read and write by 16 bytes. */
#define PADDING 16
#define MAX_UTF8 4
#define MAX_FOLDED 3 /* code points that one becomes: a row with more is UNTAKEN */
#define NO_ROW UINT32_MAX

/* The row of a code point: the BMP, and behind it the block of emoji. */
static inline uint32_t row_of(uint32_t code)
{
    if (code < 0x10000)
        return code;
    return code - 0x1F000 < 0x1000 ? 0x10000 + (code - 0x1F000) : NO_ROW;
}

static inline uint32_t kind_of(const Tables *tables, uint32_t code)
{
    uint32_t row = row_of(code);
    return row < tables->rows ? tables->kinds[row] : UNTAKEN;
}

/* What a row of `maps` says: one code point, or a run of `pool`. Gives the number of code points. */
static inline uint32_t mapped(const Tables *tables, const uint32_t *map, const uint32_t **codes)
{
    if (*map & 0x80000000u) {
        uint32_t start = *map & 0xFFFFFF, count = *map >> 24 & 0x7F;
        *codes = tables->pool + start;
        return start + count <= tables->pool_count ? count : 0;
    }
    *codes = map;
    return 1;
}

typedef enum { TAKEN, LEFT, NEEDS_ROWS } Verdict;

Verdict unwrap(const Tables *tables, Work *work, const uint8_t *text, const uint8_t *end);
Verdict tokenize(const Tables *tables, Work *work);
/* Hash bytes; up to 8 behind them are read, and do not count. */
static inline uint64_t hash_bytes(const uint8_t *bytes, size_t length)
{
    uint64_t hash = length, part;
    for (; length > 8; bytes += 8, length -= 8) {
        memcpy(&part, bytes, 8);
        hash = (hash ^ part) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 29;
    }
    if (length) {
        memcpy(&part, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        part <<= 64 - 8 * length;
#else
        part >>= 64 - 8 * length;
#endif
        hash ^= part;
    }
    hash *= 0xD1B54A32D192ED03;
    return hash ^ hash >> 32;
}

#endif
