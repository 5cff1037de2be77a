/* histogram.c: counts of integers in buckets whose width follows their size; see accumulator.h.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values below 16 have a bucket each. Above, a value of n bits falls into the bucket named by its n and the four bits
 * after its first: bucket = 16 (n - 4) + those four bits, shift = n - 5 is what the bucket does not see.
 */
#include "sim/accumulator.h"

#include <assert.h>
#include <math.h>

#define PART_BITS 4
#define PARTS     (1u << PART_BITS)

static unsigned bucket_of(uint64_t value)
{
    if (value < PARTS)
        return (unsigned)value;
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - PART_BITS;
    return PARTS * (shift + 1) + ((unsigned)(value >> shift) & (PARTS - 1));
}

int64_t histogram_bucket_low(unsigned bucket)
{
    assert(bucket < HISTOGRAM_BUCKETS);
    if (bucket < PARTS)
        return bucket;
    unsigned shift = bucket / PARTS - 1;
    return (int64_t)(PARTS + bucket % PARTS) << shift;
}

int64_t histogram_bucket_high(unsigned bucket)
{
    return bucket == HISTOGRAM_BUCKETS - 1 ? INT64_MAX : histogram_bucket_low(bucket + 1) - 1;
}

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){0};
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    assert(value >= 0);
    histogram->count++;
    histogram->sum += (double)value;
    histogram->bucket[bucket_of((uint64_t)value)]++;
    if (value > histogram->maximum)
        histogram->maximum = value;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    histogram->count += other->count;
    histogram->sum += other->sum;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram->bucket[i] += other->bucket[i];
    if (other->maximum > histogram->maximum)
        histogram->maximum = other->maximum;
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
    assert(share >= 0 && share <= 1);
    double wanted = share * (double)histogram->count;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen > 0 && (double)seen >= wanted) {
            int64_t high = histogram_bucket_high(i);
            return high < histogram->maximum ? high : histogram->maximum;
        }
    }
    return histogram->maximum;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? NAN : histogram->sum / (double)histogram->count;
}
