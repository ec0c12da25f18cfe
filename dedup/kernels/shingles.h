/* A form → its hashed shingles; shared by what makes sets and what makes sketches. */
#ifndef DEDUP_SHINGLES_H
#define DEDUP_SHINGLES_H

#include "native.h"

/* Half-open, rising ranges of code points, as `scripts` of Python has them: low, high, low, high … */
typedef struct {
    const uint32_t *spaceless;
    int spaceless_edges;
    const uint32_t *hangul;
    int hangul_edges;
} Scripts;

/* Take the two arrays of edges, which stand side by side; 0 where one of them is empty. */
static inline int take_scripts(const Array *edges, Scripts *scripts)
{
    *scripts = (Scripts){edges[0].view.buf, (int)edges[0].items, edges[1].view.buf,
                         (int)edges[1].items};
    return edges[0].items > 0 && edges[1].items > 0;
}

/* Room for one row that is not ASCII: its code points and the script of the run each is in. */
typedef struct {
    uint32_t *codes;
    uint8_t *scripts;
} Scratch;

enum { OTHER, IS_SPACELESS, IS_HANGUL };

/* The width of a shingle in a run of `script`; in others it is `size`. */
static inline int width_of(uint8_t script, int size)
{
    return script == OTHER ? size : script == IS_SPACELESS ? 2 : 3;
}

int scratch_for(Scratch *scratch, int64_t longest);
void scratch_free(Scratch *scratch);
int64_t longest_row(const int64_t *offsets, int64_t rows);

/* Write the hash of every character shingle, doubles included, in the order of the text; gives how
 * many. `hashes` has room for `length` + 1. */
int64_t hash_shingles(const uint8_t *text, int64_t length, int size, const Scripts *scripts,
                      const Scratch *scratch, uint64_t *hashes);

/* Write the code points of a row and the script of each; gives how many. */
int64_t read_codes(const uint8_t *text, int64_t length, const Scripts *scripts,
                   const Scratch *scratch);
int is_spaceless(uint32_t code, const Scripts *scripts);
int is_ascii(const uint8_t *text, int64_t length);

#define HASH_BASE 0x9E3779B97F4A7C15ull
#define HASH_LENGTH 0xD1B54A32D192ED03ull

/* The finalizer of SplitMix64. */
static inline uint64_t mix64(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

#endif
