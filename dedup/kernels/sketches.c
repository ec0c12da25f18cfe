/* The forms of whole documents → what a corpus is searched by: identities, sketches, pairs within
 * a document; and sketches → pairs across documents. */
#include "shingles.h"

#define CROWDED_ROWS 512
#define CROWDED_BYTES (1 << 20)
#define SAMPLED_BITS 2 /* one shingle in four, by its hash */
#define NOBODY UINT32_MAX
#define MAX_COLUMNS 64

/* A list that grows. */
typedef struct {
    uint32_t *items;
    int64_t count, room;
} List;

static int append(List *list, const uint32_t *items, int64_t count)
{
    if (list->count + count > list->room) {
        int64_t room = 2 * (list->count + count) + 1024;
        uint32_t *grown = realloc(list->items, (size_t)room * 4);
        if (grown == NULL)
            return -1;
        list->items = grown;
        list->room = room;
    }
    memcpy(list->items + list->count, items, (size_t)count * 4);
    list->count += count;
    return 0;
}

static uint64_t power_of_base(int64_t exponent)
{
    uint64_t power = 1;
    for (uint64_t base = HASH_BASE; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1)
            power *= base;
    return power;
}

/* Σ (byte + 1) · Bʲ, in four sums at once: a product waits only for the one four bytes before. */
static uint64_t sum_of_bytes(const uint8_t *bytes, int64_t count)
{
    const uint64_t two = HASH_BASE * HASH_BASE, three = two * HASH_BASE, four = two * two;
    uint64_t lanes[4] = {0}, rest = 0;
    int64_t whole = count / 4 * 4;
    for (int64_t j = count; j-- > whole;)
        rest = rest * HASH_BASE + bytes[j] + 1;
    for (int64_t j = whole; j > 0; j -= 4)
        for (int k = 0; k < 4; k++)
            lanes[k] = lanes[k] * four + bytes[j - 4 + k] + 1;
    return lanes[0] + lanes[1] * HASH_BASE + lanes[2] * two + lanes[3] * three +
           (rest ? rest * power_of_base(whole) : 0);
}

/* The hash of a form and of the kinds of its tokens behind it. */
static uint64_t identity_of(const uint8_t *text, int64_t length, const uint8_t *flags, int64_t count)
{
    uint64_t sum = sum_of_bytes(text, length) + power_of_base(length) * sum_of_bytes(flags, count);
    return mix64(sum + (uint64_t)(length + count) * HASH_LENGTH);
}

/* Which rows of a document have a shingle: a hash table whose entries go stale by `age`. */
typedef struct {
    uint64_t key;
    uint32_t age, last; /* last: the posting of the last row that has it */
} Entry;

typedef struct {
    uint32_t row, before;
} Posting;

typedef struct {
    Entry *entries;
    uint64_t mask;
    uint32_t age;
    Posting *postings;
    uint32_t posted;
} Table;

static int make_room(Table *table, int64_t shingles)
{
    uint64_t slots = 1024;
    while (slots < 2 * (uint64_t)shingles)
        slots *= 2;
    table->posted = 0;
    table->age++;
    if (table->entries != NULL && slots <= table->mask + 1 && table->age != 0)
        return 0;
    free(table->entries);
    free(table->postings);
    table->entries = calloc(slots, sizeof *table->entries);
    table->postings = malloc(slots * sizeof *table->postings);
    table->mask = slots - 1;
    table->age = 1;
    return table->entries == NULL || table->postings == NULL ? -1 : 0;
}

/* Enter the shingles of `row`; gives how many are distinct, kept at the front of `hashes`. For each
 * that an earlier row has too, that row's count goes up. */
static int64_t enter(Table *table, uint32_t row, uint64_t *hashes, int64_t count, uint32_t *shared)
{
    int64_t distinct = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t hash = hashes[i];
        Entry *entry = &table->entries[hash & table->mask];
        while (entry->age == table->age && entry->key != hash)
            entry = entry == &table->entries[table->mask] ? table->entries : entry + 1;
        uint32_t before = NOBODY;
        if (entry->age == table->age) {
            before = entry->last;
            if (table->postings[before].row == row)
                continue;
            for (uint32_t at = before; at != NOBODY; at = table->postings[at].before)
                shared[table->postings[at].row]++;
        }
        *entry = (Entry){hash, table->age, table->posted};
        table->postings[table->posted++] = (Posting){row, before};
        hashes[distinct++] = hash;
    }
    return distinct;
}

typedef struct {
    const uint8_t *data;
    const int64_t *offsets;
    const uint8_t *flags;
    const int64_t *flag_offsets;
    const uint8_t *alone;
    const int64_t *bounds;
    const uint64_t *factors;
    uint64_t *identities;
    uint8_t *sketches;
    uint8_t *crowded;
    int columns, size;
    double floor, containment;
    Scripts scripts;
    Scratch scratch;
    Table table, pair;
    uint64_t *hashes, *sampled;
    List pairs;
} Job;

/* Whether `common` of `all`, counted in a sample, may be the share `least` of the whole: it is not
 * more than three standard deviations below. */
static int may_reach(double common, double all, double least)
{
    double below = least * all - common;
    return below <= 0 || below * below <= 9 * least * (1 - least) * all;
}

/* The hashes that stand for all of a row where rows are compared roughly: one in SAMPLED. */
static int64_t sample(const uint64_t *hashes, int64_t count, uint64_t *sampled)
{
    int64_t written = 0;
    for (int64_t i = 0; i < count; i++) {
        sampled[written] = hashes[i];
        written += hashes[i] >> (64 - SAMPLED_BITS) == 0;
    }
    return written;
}

/* Sketch a set, by the formula of `searching.sketch_of`: round by round every shingle falls into a
 * column, and the least of the first round that fills a column stays in it. */
static void sketch_set(const Job *job, const uint64_t *hashes, int64_t count, uint8_t *sketch)
{
    uint64_t least[MAX_COLUMNS];
    uint64_t columns = (uint64_t)job->columns;
    for (uint64_t k = 0; k < columns; k++)
        least[k] = UINT64_MAX;
    int full = count == 0;
    for (uint64_t round = 0; round < 2 * columns && !full; round++) {
        uint64_t factor = job->factors[round % columns];
        for (int64_t i = 0; i < count; i++) {
            uint64_t hash = hashes[i] * factor, high = hash >> 32;
            uint64_t column = round < columns ? high * columns >> 32 : round - columns;
            uint64_t value = round << 32 | (round < columns ? (uint32_t)hash : high);
            least[column] = value < least[column] ? value : least[column];
        }
        full = 1;
        for (uint64_t k = 0; k < columns; k++)
            full &= least[k] != UINT64_MAX;
    }
    for (uint64_t k = 0; k < columns; k++)
        sketch[k] = count ? (uint8_t)least[k] : 0;
}

static int64_t hash_row(Job *job, int64_t row)
{
    return hash_shingles(job->data + job->offsets[row], job->offsets[row + 1] - job->offsets[row],
                         job->size, &job->scripts, &job->scratch, job->hashes);
}

/* Count two rows wholly; 1 where they are alike, 0 where not, -1 without memory. */
static int are_alike(Job *job, int64_t one, int64_t other)
{
    uint32_t shared[2] = {0};
    int64_t rows[2] = {one, other}, sizes[2];
    if (make_room(&job->pair, job->offsets[one + 1] - job->offsets[one] + job->offsets[other + 1] -
                                  job->offsets[other] + 2) < 0)
        return -1;
    for (uint32_t side = 0; side < 2; side++)
        sizes[side] = enter(&job->pair, side, job->hashes, hash_row(job, rows[side]), shared);
    double common = shared[0], smaller = (double)(sizes[0] < sizes[1] ? sizes[0] : sizes[1]);
    return common >= job->floor * ((double)(sizes[0] + sizes[1]) - common) ||
           common >= job->containment * smaller;
}

static int sketch_document(Job *job, int64_t document)
{
    int64_t first = job->bounds[document], last = job->bounds[document + 1], total = 0, rows = 0;
    for (int64_t row = first; row < last; row++)
        if (job->alone[row]) {
            total += job->offsets[row + 1] - job->offsets[row] + 1;
            rows++;
        }
    int crowded = rows > CROWDED_ROWS || total > CROWDED_BYTES;
    job->crowded[document] = (uint8_t)crowded;
    if (!crowded && make_room(&job->table, total) < 0)
        return -1;
    int64_t member[CROWDED_ROWS], sizes[CROWDED_ROWS];
    uint32_t members = 0, shared[CROWDED_ROWS] = {0};
    for (int64_t row = first; row < last; row++) {
        const uint8_t *text = job->data + job->offsets[row];
        int64_t length = job->offsets[row + 1] - job->offsets[row];
        job->identities[row] =
            identity_of(text, length, job->flags + job->flag_offsets[row],
                        job->flag_offsets[row + 1] - job->flag_offsets[row]);
        if (!job->alone[row])
            continue;
        int64_t count = hash_row(job, row);
        if (job->columns)
            sketch_set(job, job->hashes, count, job->sketches + row * job->columns);
        if (crowded)
            continue;
        int64_t sampled = sample(job->hashes, count, job->sampled);
        sizes[members] = enter(&job->table, members, job->sampled, sampled, shared);
        for (uint32_t other = 0; other < members; other++) {
            double common = shared[other], ours = (double)sizes[members];
            double theirs = (double)sizes[other], smaller = ours < theirs ? ours : theirs;
            shared[other] = 0;
            if (!may_reach(common, ours + theirs - common, job->floor) &&
                !may_reach(common, smaller, job->containment))
                continue;
            if (job->identities[member[other]] == job->identities[row])
                continue;
            uint32_t pair[2] = {(uint32_t)member[other], (uint32_t)row};
            int alike = are_alike(job, member[other], row);
            if (alike < 0 || (alike && append(&job->pairs, pair, 2) < 0))
                return -1;
        }
        member[members++] = row;
    }
    return 0;
}

/* sketch(size, floor, containment, data u8, offsets i64, flags u8, flag_offsets i64,
 *        alone u8, bounds i64, factors u64[columns], spaceless u32, hangul u32,
 *        identities u64, sketches u8, crowded u8) -> bytes of pairs, u32 left, right */
static PyObject *sketch(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { COUNT = 12 };
    PyObject *o[COUNT];
    Array arrays[COUNT];
    static const int sizes[COUNT] = {1, 8, 1, 8, 1, 8, 8, 4, 4, 8, 1, 1};
    Job job = {0};
    if (!PyArg_ParseTuple(args, "iddOOOOOOOOOOOO", &job.size, &job.floor, &job.containment, &o[0],
                          &o[1], &o[2], &o[3], &o[4], &o[5], &o[6], &o[7], &o[8], &o[9], &o[10],
                          &o[11]))
        return NULL;
    if (take_arrays(o, arrays, sizes, COUNT, 3) < 0)
        return NULL;
    void *at[COUNT];
    for (int i = 0; i < COUNT; i++)
        at[i] = arrays[i].view.buf;
    job.data = at[0], job.offsets = at[1], job.flags = at[2], job.flag_offsets = at[3];
    job.alone = at[4], job.bounds = at[5], job.factors = at[6];
    job.identities = at[9], job.sketches = at[10], job.crowded = at[11];
    job.columns = arrays[6].items <= MAX_COLUMNS ? (int)arrays[6].items : -1;
    int64_t rows = arrays[1].items - 1, documents = arrays[5].items - 1;
    if (!take_scripts(arrays + 7, &job.scripts) || job.size < 1 || job.size > 32 ||
        job.columns < 0 || arrays[3].items != rows + 1 ||
        arrays[4].items != rows || arrays[9].items != rows ||
        arrays[10].items != rows * job.columns || arrays[11].items != documents ||
        rows > UINT32_MAX || !fits(job.offsets, rows, arrays[0].items, INT64_MAX) ||
        !fits(job.flag_offsets, rows, arrays[2].items, INT64_MAX) || documents < 0 ||
        !fits(job.bounds, documents, rows, INT64_MAX) || job.bounds[0] != 0 ||
        job.bounds[documents] != rows) {
        release_arrays(arrays, COUNT);
        return wrong_sizes();
    }
    int64_t longest = longest_row(job.offsets, rows);
    int failed = scratch_for(&job.scratch, longest) < 0;
    job.hashes = malloc((size_t)(longest + 1) * 8);
    job.sampled = malloc((size_t)(longest + 1) * 8);
    failed |= job.hashes == NULL || job.sampled == NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t document = 0; document < documents && !failed; document++)
        failed = sketch_document(&job, document) < 0;
    Py_END_ALLOW_THREADS
    scratch_free(&job.scratch);
    free(job.hashes);
    free(job.sampled);
    free(job.table.entries);
    free(job.table.postings);
    free(job.pair.entries);
    free(job.pair.postings);
    release_arrays(arrays, COUNT);
    PyObject *result = failed ? PyErr_NoMemory()
                              : PyBytes_FromStringAndSize((char *)job.pairs.items, job.pairs.count * 4);
    free(job.pairs.items);
    return result;
}

/* Of a larger bucket, only so many rows meet each other, the others one of them. */
#define MAX_BUCKET 48
#define PARTITION 1024 /* rows: a table of them stays in the cache */
#define SLOTS (4 * PARTITION)
#define BITS_PER_ROW 8
#define BANDS_AT_ONCE 2
#define AHEAD 16

typedef struct {
    uint64_t key;
    uint32_t row, next;
} Member;

typedef struct {
    uint32_t age, first, last, count;
} Bucket;

typedef struct {
    const uint8_t *sketches;
    int64_t rows;
    int length, bands, width, least, head;
    const uint8_t *columns;
    uint64_t *masks; /* of each band, the columns it looks at */
    uint64_t *keys;
    uint64_t *once, *twice; /* bit sets of keys, by their first bits */
    int bits;
    Member *survivors, *members;
    uint32_t *starts;
    uint8_t *capped;
    Bucket *buckets;
    uint32_t age;
    uint32_t ahead[AHEAD][2]; /* rows that meet, on their way into the cache */
    int waiting;
    List pairs;
    int64_t comparisons;
} Search;

/* Which of the 64 columns two rows agree in: bit k is column k. */
static inline int agreement(const uint8_t *one, const uint8_t *other, int length, uint64_t *mask)
{
    uint64_t found = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int k = 0; k < length; k++)
        found |= (uint64_t)(one[k] == other[k]) << k;
#else
    const uint64_t low = 0x7F7F7F7F7F7F7F7Full;
    for (int k = 0; k < length; k += 8) {
        uint64_t x, y;
        memcpy(&x, one + k, 8);
        memcpy(&y, other + k, 8);
        x ^= y;
        uint64_t equal = ~(((x & low) + low) | x | low) >> 7; /* 1 in each byte that is equal */
        found |= ((equal * 0x0102040810204080ull) >> 56) << k;
    }
#endif
    *mask = found;
    return __builtin_popcountll(found);
}

static int compare_rows(Search *search, uint32_t one, uint32_t other, int band)
{
    uint64_t mask;
    search->comparisons++;
    if (agreement(search->sketches + (int64_t)one * search->length,
                  search->sketches + (int64_t)other * search->length, search->length,
                  &mask) < search->least)
        return 0;
    for (int before = 0; before < band; before++)
        if ((mask & search->masks[before]) == search->masks[before])
            return 0; /* that band has them already */
    uint32_t pair[2] = {one, other};
    return append(&search->pairs, pair, 2);
}

DEDUP_WIDEST
static int compare_waiting(Search *search, int band)
{
    for (int k = 0; k < search->waiting; k++)
        if (compare_rows(search, search->ahead[k][0], search->ahead[k][1], band) < 0)
            return -1;
    search->waiting = 0;
    return 0;
}

static inline int let_meet(Search *search, uint32_t one, uint32_t other, int band)
{
    __builtin_prefetch(search->sketches + (int64_t)one * search->length);
    __builtin_prefetch(search->sketches + (int64_t)other * search->length);
    search->ahead[search->waiting][0] = one;
    search->ahead[search->waiting++][1] = other;
    return search->waiting < AHEAD ? 0 : compare_waiting(search, band);
}

/* Pair up the members of one partition that have equal keys. */
static int search_partition(Search *search, uint32_t low, uint32_t high, int band)
{
    uint64_t slots = SLOTS;
    while (slots < 2 * (uint64_t)(high - low))
        slots *= 2;
    search->age++;
    for (uint32_t at = low; at < high; at++) {
        Member *member = &search->members[at];
        Bucket *bucket = &search->buckets[mix64(member->key) & (slots - 1)];
        while (bucket->age == search->age && search->members[bucket->first].key != member->key)
            bucket = bucket == &search->buckets[slots - 1] ? search->buckets : bucket + 1;
        if (bucket->age != search->age) {
            *bucket = (Bucket){search->age, at, at, 1};
            continue;
        }
        uint32_t other = bucket->first, meets = bucket->count;
        if (meets >= MAX_BUCKET) {
            meets = !search->capped[member->row];
            search->capped[member->row] = 1;
            for (int passed = 0; meets && passed < search->head; passed++)
                other = search->members[other].next;
        }
        for (; meets-- > 0; other = search->members[other].next)
            if (let_meet(search, search->members[other].row, member->row, band) < 0)
                return -1;
        search->members[bucket->last].next = at;
        bucket->last = at;
        bucket->count++;
    }
    return 0;
}

/* What a row has in the columns of a band, spread over 64 bits: equal only where that is. */
static inline uint64_t key_of(const uint8_t *sketch, const uint8_t *columns, int width)
{
    uint64_t key = 0;
    for (int k = 0; k < width; k++)
        key = key << 8 | sketch[columns[k]];
    return key * HASH_BASE;
}

/* Key all rows for a few bands at once: a sketch comes into the cache once for all of them. */
static void key_rows(Search *search, int band, int bands)
{
    const uint8_t *columns = search->columns + band * search->width;
    int width = search->width;
#define KEY_ROWS(width)                                                                            \
    for (int64_t row = 0; row < search->rows; row++)                                               \
        for (int k = 0; k < bands; k++)                                                            \
            search->keys[k * search->rows + row] =                                                 \
                key_of(search->sketches + row * search->length, columns + k * width, width)
    if (width == 6)
        KEY_ROWS(6); /* the usual one, without a loop */
    else
        KEY_ROWS(width);
#undef KEY_ROWS
}

/* Note which keys may stand twice. */
static void mark_keys(Search *search, const uint64_t *keys)
{
    int shift = 64 - search->bits;
    size_t words = (size_t)1 << (search->bits - 6);
    memset(search->once, 0, words * 8);
    memset(search->twice, 0, words * 8);
    for (int64_t row = 0; row < search->rows; row++) {
        uint64_t place = keys[row] >> shift;
        uint64_t bit = 1ull << (place & 63), *once = &search->once[place >> 6];
        search->twice[place >> 6] |= *once & bit;
        *once |= bit;
    }
}

/* Most rows share a band with no other: only those that may are sorted into partitions. */
static int search_band(Search *search, int band, const uint64_t *keys, int shift, uint32_t partitions)
{
    mark_keys(search, keys);
    memset(search->starts, 0, ((size_t)partitions + 1) * 4);
    uint32_t count = 0;
    for (int64_t row = 0; row < search->rows; row++) {
        uint64_t place = keys[row] >> (64 - search->bits);
        search->survivors[count] = (Member){keys[row], (uint32_t)row, 0};
        count += search->twice[place >> 6] >> (place & 63) & 1;
    }
#define PARTITION_OF(key) (shift < 64 ? (key) >> shift : 0)
    for (uint32_t at = 0; at < count; at++)
        search->starts[PARTITION_OF(search->survivors[at].key) + 1]++;
    for (uint32_t k = 1; k <= partitions; k++)
        search->starts[k] += search->starts[k - 1];
    for (uint32_t at = 0; at < count; at++)
        search->members[search->starts[PARTITION_OF(search->survivors[at].key)]++] =
            search->survivors[at];
#undef PARTITION_OF
    uint32_t low = 0;
    for (uint32_t k = 0; k < partitions; k++) {
        if (search_partition(search, low, search->starts[k], band) < 0)
            return -1;
        low = search->starts[k];
    }
    return compare_waiting(search, band);
}

/* band_pairs(sketches u8, length, columns u8, width, first band, last band, least agreement,
 *            capped u8) -> (bytes of pairs, u32 left, right; comparisons)
 *
 * Finds the pairs of rows that agree in all columns of a band, and of those that agree in `least`
 * columns at all each once: in the first band that has it. Row numbers rise within a pair. Behind
 * the first MAX_BUCKET rows of a bucket, a row meets the one of them that is number `first band`
 * (mod MAX_BUCKET), and no other in all these bands. */
static PyObject *band_pairs(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *o[3];
    Array arrays[3];
    static const int sizes[3] = {1, 1, 1};
    Search search = {0};
    int first, last;
    if (!PyArg_ParseTuple(args, "OiOiiiiO", &o[0], &search.length, &o[1], &search.width, &first,
                          &last, &search.least, &o[2]))
        return NULL;
    if (take_arrays(o, arrays, sizes, 3, 1) < 0)
        return NULL;
    search.sketches = arrays[0].view.buf;
    search.columns = arrays[1].view.buf;
    search.capped = arrays[2].view.buf;
    int fitting = search.length > 0 && search.length <= 64 && search.length % 8 == 0 &&
                  search.width > 0 && search.width <= 8 && arrays[0].items % search.length == 0;
    search.rows = fitting ? arrays[0].items / search.length : 0;
    search.bands = fitting ? (int)(arrays[1].items / search.width) : 0;
    fitting = fitting && search.rows < UINT32_MAX && arrays[2].items == search.rows && first >= 0 &&
              first <= last && last <= search.bands;
    search.head = first % MAX_BUCKET;
    for (Py_ssize_t i = 0; fitting && i < arrays[1].items; i++)
        fitting = search.columns[i] < search.length;
    if (!fitting) {
        release_arrays(arrays, 3);
        return wrong_sizes();
    }
    int shift = 64;
    while (((int64_t)PARTITION << (64 - shift)) < search.rows / 4)
        shift--; /* most rows do not come so far */
    uint32_t partitions = 1u << (64 - shift);
    size_t slots = SLOTS; /* at worst, all rows are in one partition */
    while (slots < 2 * (size_t)search.rows)
        slots *= 2;
    search.masks = calloc((size_t)search.bands + 1, 8);
    search.bits = 6;
    while (((int64_t)1 << search.bits) < search.rows * BITS_PER_ROW)
        search.bits++;
    search.once = malloc((size_t)8 << (search.bits - 6));
    search.twice = malloc((size_t)8 << (search.bits - 6));
    search.survivors = malloc((size_t)(search.rows + 1) * sizeof *search.survivors);
    search.members = malloc((size_t)(search.rows + 1) * sizeof *search.members);
    search.keys = malloc((size_t)(search.rows + 1) * BANDS_AT_ONCE * sizeof *search.keys);
    search.starts = malloc(((size_t)partitions + 2) * 4);
    search.buckets = calloc(slots, sizeof *search.buckets);
    int failed = search.masks == NULL || search.members == NULL || search.keys == NULL ||
                 search.starts == NULL || search.buckets == NULL || search.once == NULL ||
                 search.twice == NULL || search.survivors == NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int band = 0; band < search.bands && !failed; band++)
        for (int k = 0; k < search.width; k++)
            search.masks[band] |= 1ull << search.columns[band * search.width + k];
    for (int low = first; low < last && !failed; low += BANDS_AT_ONCE) {
        int bands = last - low < BANDS_AT_ONCE ? last - low : BANDS_AT_ONCE;
        key_rows(&search, low, bands);
        for (int k = 0; k < bands && !failed; k++)
            failed = search_band(&search, low + k, search.keys + k * search.rows, shift,
                                 partitions) < 0;
    }
    Py_END_ALLOW_THREADS
    free(search.masks);
    free(search.once);
    free(search.twice);
    free(search.survivors);
    free(search.members);
    free(search.keys);
    free(search.starts);
    free(search.buckets);
    release_arrays(arrays, 3);
    PyObject *result = NULL;
    if (failed)
        PyErr_NoMemory();
    else
        result = Py_BuildValue(
            "NL", PyBytes_FromStringAndSize((char *)search.pairs.items, search.pairs.count * 4),
            (long long)search.comparisons);
    free(search.pairs.items);
    return result;
}

PyMethodDef SKETCHES_METHODS[] = {
    {"sketch", sketch, METH_VARARGS, "What documents are searched by."},
    {"band_pairs", band_pairs, METH_VARARGS, "Pairs of rows that share a band."},
    {NULL, NULL, 0, NULL},
};
