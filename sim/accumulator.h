/* accumulator.h: what is measured while a run goes on: moments, levels over time, samples, counts, histograms. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   moments    mean, variance, least, greatest of values that come one by one        constant memory, merges
 *   level      an integer that holds between changes (cars, watts, msat): time mean  constant memory, merges, exact
 * area sample     every value kept: exact quantiles                                     grows, merges counter    hits
 * out of trials: a share                                           constant memory, merges histogram  integers >= 0 in
 * buckets of relative width 1/16 (lag in us)           constant memory, merges
 *
 * Warm-up: init the accumulator again at the cut (level_restart keeps the value that holds), never filter after
 * counting. Source: Welford 1962 and Chan, Golub, LeVeque 1983 for moments; quantiles are type 7 of Hyndman and Fan
 * 1996 (as GSL, R).
 */
#ifndef KONSENTO_SIM_ACCUMULATOR_H
#define KONSENTO_SIM_ACCUMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- moments --------------------------------------------------------------------------------------------------- */

struct moments {
    uint64_t count;
    double mean;    /* NAN when count is 0 */
    double m2;      /* sum of squared distances from the mean */
    double minimum; /* +INFINITY when count is 0 */
    double maximum; /* -INFINITY when count is 0 */
};

void moments_init(struct moments *moments);
/* Adds one value; not NAN (asserted). */
void moments_add(struct moments *moments, double value);
/* Afterwards moments stands for both samples together. */
void moments_merge(struct moments *moments, const struct moments *other);
/* Unbiased (n - 1); NAN when count < 2. */
double moments_variance(const struct moments *moments);
double moments_deviation(const struct moments *moments);

/* ---- level ----------------------------------------------------------------------------------------------------- */

/* A level is piecewise constant. Only values held for a positive duration count for minimum and maximum: two cars of
 * which one leaves and one comes at the same instant were never there together, whatever the order of the events. */
struct level {
    int64_t value;       /* holds from changed_us on */
    int64_t changed_us;  /* up to here the area is booked */
    int64_t duration_us; /* booked so far */
    __int128 area;       /* value x us, exact */
    int64_t minimum, maximum;
    bool is_finished;
};

/* In: the value that holds from now_us on. */
void level_init(struct level *level, int64_t now_us, int64_t value);
/* The value becomes value (changes by delta) at now_us, which never runs backwards (asserted). */
void level_set(struct level *level, int64_t now_us, int64_t value);
void level_add(struct level *level, int64_t now_us, int64_t delta);
/* Forgets the past, keeps the value: end of warm-up. */
void level_restart(struct level *level, int64_t now_us);
/* Books the time up to now_us. The readers below assert that this was the last call. */
void level_finish(struct level *level, int64_t now_us);
/* Adds the booked time, area and extremes of another finished level: replications pooled. */
void level_merge(struct level *level, const struct level *other);
/* Time mean; NAN when no time was booked. */
double level_mean(const struct level *level);
/* Greatest and least value held for a positive duration; the present value when no time was booked. */
int64_t level_maximum(const struct level *level);
int64_t level_minimum(const struct level *level);
/* Value x time, in units of value x us. */
double level_area(const struct level *level);

/* ---- sample ---------------------------------------------------------------------------------------------------- */

struct sample {
    double *values;
    size_t count, capacity;
    bool is_sorted;
};

void sample_init(struct sample *sample); /* Owns: free with sample_free */
void sample_free(struct sample *sample);
/* Forgets the values, keeps the memory. */
void sample_clear(struct sample *sample);
/* Adds a value, not NAN (asserted). Returns false when memory is out; nothing has changed then. */
bool sample_add(struct sample *sample, double value) __attribute__((warn_unused_result));
/* Adds all values of other. Returns false when memory is out; nothing has changed then. */
bool sample_merge(struct sample *sample, const struct sample *other) __attribute__((warn_unused_result));
/* Exact quantile, share in [0, 1], linear between order statistics; NAN when empty. Sorts the values when needed. */
double sample_quantile(struct sample *sample, double share);

/* ---- counter --------------------------------------------------------------------------------------------------- */

struct counter {
    uint64_t hits, trials;
};

void counter_init(struct counter *counter);
/* One trial that hit or missed. */
void counter_hit(struct counter *counter);
void counter_miss(struct counter *counter);
void counter_merge(struct counter *counter, const struct counter *other);
/* hits / trials; NAN when there was no trial. */
double counter_share(const struct counter *counter);

/* ---- histogram ------------------------------------------------------------------------------------------------- */

#define HISTOGRAM_BUCKETS 960 /* 16 of width 1, then 16 to each doubling up to 2^63 */

struct histogram {
    uint64_t count;
    int64_t maximum; /* exact; 0 when empty */
    double sum;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *histogram);
/* Adds a value >= 0 (asserted). */
void histogram_add(struct histogram *histogram, int64_t value);
void histogram_merge(struct histogram *histogram, const struct histogram *other);
/* Least and greatest value of a bucket. */
int64_t histogram_bucket_low(unsigned bucket);
int64_t histogram_bucket_high(unsigned bucket);
/* A value that at least share of the values do not exceed: the top of its bucket, at most 1/16 too high, never above
 * maximum; 0 when empty. */
int64_t histogram_quantile(const struct histogram *histogram, double share);
double histogram_mean(const struct histogram *histogram);

#endif
