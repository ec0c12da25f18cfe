/* A form → its hashed shingles: the formula stands in reference.py. */
#include "shingles.h"

#define MAX_SIZE 32

int scratch_for(Scratch *scratch, int64_t longest)
{
    scratch->codes = malloc((size_t)(longest + 1) * 4);
    scratch->scripts = malloc((size_t)(longest + 1));
    return scratch->codes == NULL || scratch->scripts == NULL ? -1 : 0;
}

void scratch_free(Scratch *scratch)
{
    free(scratch->codes);
    free(scratch->scripts);
}

int64_t longest_row(const int64_t *offsets, int64_t rows)
{
    int64_t longest = 0;
    for (int64_t row = 0; row < rows; row++)
        if (offsets[row + 1] - offsets[row] > longest)
            longest = offsets[row + 1] - offsets[row];
    return longest;
}

int is_ascii(const uint8_t *text, int64_t length)
{
    uint64_t high = 0, word;
    int64_t i = 0;
    for (; i + 8 <= length; i += 8) {
        memcpy(&word, text + i, 8);
        high |= word;
    }
    for (; i < length; i++)
        high |= text[i];
    return (high & 0x8080808080808080ull) == 0;
}

static int lies_in(uint32_t code, const uint32_t *edges, int count)
{
    int low = 0, high = count;
    while (low < high) { /* how many edges are at or below `code` */
        int middle = (low + high) / 2;
        if (edges[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low % 2;
}

int is_spaceless(uint32_t code, const Scripts *scripts)
{
    return lies_in(code, scripts->spaceless, scripts->spaceless_edges);
}

int64_t read_codes(const uint8_t *text, int64_t length, const Scripts *scripts,
                   const Scratch *scratch)
{
    int64_t count = 0;
    for (int64_t i = 0; i < length; count++) {
        uint32_t code = text[i++];
        int more = code < 0x80 ? 0 : code < 0xE0 ? 1 : code < 0xF0 ? 2 : 3;
        if (more)
            code &= 0x3Fu >> more;
        for (; more && i < length; more--)
            code = code << 6 | (text[i++] & 0x3F);
        uint8_t script = OTHER;
        if (code == ' ' && count > 0)
            script = scratch->scripts[count - 1]; /* a space belongs to the run before it */
        else if (code >= scripts->spaceless[0] && is_spaceless(code, scripts))
            script = IS_SPACELESS;
        else if (code >= scripts->hangul[0] && lies_in(code, scripts->hangul, scripts->hangul_edges))
            script = IS_HANGUL;
        scratch->codes[count] = code;
        scratch->scripts[count] = script;
    }
    return count;
}

#define DEFINE_RUN(NAME, TYPE)                                                                      \
    static int64_t NAME(const TYPE *codes, int64_t count, int size, uint64_t *hashes)               \
    {                                                                                               \
        if (count == 0)                                                                             \
            return 0;                                                                               \
        if (count < size)                                                                           \
            size = (int)count;                                                                      \
        uint64_t power[MAX_SIZE];                                                                   \
        power[0] = 1;                                                                               \
        for (int j = 1; j < size; j++)                                                              \
            power[j] = power[j - 1] * HASH_BASE;                                                    \
        if (size == 5) {                                                                            \
            const uint64_t two = power[2], three = power[3], four = power[4];                       \
            const uint64_t more = 5 * HASH_LENGTH + 1 + HASH_BASE + two + three + four;             \
            for (int64_t i = 0; i + 5 <= count; i++)                                                \
                hashes[i] = mix64(more + codes[i] + codes[i + 1] * HASH_BASE + codes[i + 2] * two + \
                                  codes[i + 3] * three + codes[i + 4] * four);                      \
            return count - 4;                                                                       \
        }                                                                                           \
        for (int64_t i = 0; i + size <= count; i++) {                                               \
            uint64_t sum = (uint64_t)size * HASH_LENGTH;                                            \
            for (int j = 0; j < size; j++)                                                          \
                sum += ((uint64_t)codes[i + j] + 1) * power[j];                                     \
            hashes[i] = mix64(sum);                                                                 \
        }                                                                                           \
        return count - size + 1;                                                                    \
    }

DEFINE_RUN(hash_bytes, uint8_t)
DEFINE_RUN(hash_codes, uint32_t)

int64_t hash_shingles(const uint8_t *text, int64_t length, int size, const Scripts *scripts,
                      const Scratch *scratch, uint64_t *hashes)
{
    if (is_ascii(text, length))
        return hash_bytes(text, length, size, hashes);
    int64_t count = read_codes(text, length, scripts, scratch), written = 0;
    for (int64_t low = 0, high; low < count; low = high) {
        for (high = low + 1; high < count && scratch->scripts[high] == scratch->scripts[low];)
            high++;
        written += hash_codes(scratch->codes + low, high - low,
                              width_of(scratch->scripts[low], size), hashes + written);
    }
    return written;
}
