/* accumulator.c: moments, levels, samples, counters and histograms.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/accumulator.h"

#include "sim/memory.h"
#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_VALUES 256

/* ---- moments --------------------------------------------------------------------------------------------------- */

void moments_init(struct moments *moments)
{
    *moments = (struct moments){.mean = NAN, .minimum = INFINITY, .maximum = -INFINITY};
}

void moments_add(struct moments *moments, double value)
{
    assert(!isnan(value));
    if (moments->count == 0)
        moments->mean = 0;
    moments->count++;
    double before = value - moments->mean;
    moments->mean += before / (double)moments->count;
    moments->m2 += before * (value - moments->mean);
    moments->minimum = fmin(moments->minimum, value);
    moments->maximum = fmax(moments->maximum, value);
}

void moments_merge(struct moments *moments, const struct moments *other)
{
    if (other->count == 0)
        return;
    if (moments->count == 0) {
        *moments = *other;
        return;
    }
    double mine = (double)moments->count, theirs = (double)other->count, all = mine + theirs;
    double distance = other->mean - moments->mean;
    moments->mean += distance * (theirs / all);
    moments->m2 += other->m2 + distance * distance * (mine * theirs / all);
    moments->count += other->count;
    moments->minimum = fmin(moments->minimum, other->minimum);
    moments->maximum = fmax(moments->maximum, other->maximum);
}

double moments_variance(const struct moments *moments)
{
    return moments->count < 2 ? NAN : moments->m2 / (double)(moments->count - 1);
}

double moments_deviation(const struct moments *moments)
{
    return sqrt(moments_variance(moments));
}

/* ---- level ----------------------------------------------------------------------------------------------------- */

static void forget(struct level *level, int64_t now_us)
{
    *level = (struct level){.value = level->value, .changed_us = now_us, .minimum = INT64_MAX, .maximum = INT64_MIN};
}

/* Books the value that has held since the last change; held for no time, it was never there. */
static void book(struct level *level, int64_t now_us)
{
    int64_t held_us = now_us - level->changed_us;
    assert(held_us >= 0);
    if (held_us == 0)
        return;
    level->area += (__int128)level->value * held_us;
    level->duration_us += held_us;
    level->changed_us = now_us;
    if (level->value < level->minimum)
        level->minimum = level->value;
    if (level->value > level->maximum)
        level->maximum = level->value;
}

void level_init(struct level *level, int64_t now_us, int64_t value)
{
    level->value = value;
    forget(level, now_us);
}

void level_set(struct level *level, int64_t now_us, int64_t value)
{
    book(level, now_us);
    level->value = value;
    level->is_finished = false;
}

void level_add(struct level *level, int64_t now_us, int64_t delta)
{
    int64_t value;
    bool overflowed = __builtin_add_overflow(level->value, delta, &value);
    assert(!overflowed);
    level_set(level, now_us, value);
}

void level_restart(struct level *level, int64_t now_us)
{
    assert(now_us >= level->changed_us);
    forget(level, now_us);
}

void level_finish(struct level *level, int64_t now_us)
{
    book(level, now_us);
    level->is_finished = true;
}

void level_merge(struct level *level, const struct level *other)
{
    assert(level->is_finished && other->is_finished);
    level->area += other->area;
    level->duration_us += other->duration_us;
    if (other->minimum < level->minimum)
        level->minimum = other->minimum;
    if (other->maximum > level->maximum)
        level->maximum = other->maximum;
}

double level_mean(const struct level *level)
{
    assert(level->is_finished);
    return level->duration_us == 0 ? NAN : (double)level->area / (double)level->duration_us;
}

int64_t level_maximum(const struct level *level)
{
    assert(level->is_finished);
    return level->duration_us == 0 ? level->value : level->maximum;
}

int64_t level_minimum(const struct level *level)
{
    assert(level->is_finished);
    return level->duration_us == 0 ? level->value : level->minimum;
}

double level_area(const struct level *level)
{
    assert(level->is_finished);
    return (double)level->area;
}

/* ---- sample ---------------------------------------------------------------------------------------------------- */

void sample_init(struct sample *sample)
{
    *sample = (struct sample){0};
}

void sample_free(struct sample *sample)
{
    free(sample->values);
    sample_init(sample);
}

void sample_clear(struct sample *sample)
{
    sample->count = 0;
    sample->is_sorted = false;
}

static bool reserve(struct sample *sample, size_t count)
{
    size_t capacity = sample->capacity;
    while (capacity < count)
        capacity = memory_next_capacity(capacity, FIRST_VALUES);
    if (capacity == sample->capacity)
        return true;
    if (!memory_grow((void **)&sample->values, sample->count * sizeof(double), capacity * sizeof(double)))
        return false;
    sample->capacity = capacity;
    return true;
}

bool sample_add(struct sample *sample, double value)
{
    assert(!isnan(value));
    if (!reserve(sample, sample->count + 1))
        return false;
    sample->values[sample->count++] = value;
    sample->is_sorted = false;
    return true;
}

bool sample_merge(struct sample *sample, const struct sample *other)
{
    size_t added = other->count;
    if (added == 0)
        return true;
    if (!reserve(sample, sample->count + added))
        return false;
    memcpy(sample->values + sample->count, other->values, added * sizeof(double));
    sample->count += added;
    sample->is_sorted = false;
    return true;
}

double sample_quantile(struct sample *sample, double share)
{
    assert(share >= 0 && share <= 1);
    if (sample->count == 0)
        return NAN;
    if (!sample->is_sorted)
        gsl_sort(sample->values, 1, sample->count);
    sample->is_sorted = true;
    return gsl_stats_quantile_from_sorted_data(sample->values, 1, sample->count, share);
}

/* ---- counter --------------------------------------------------------------------------------------------------- */

void counter_init(struct counter *counter)
{
    *counter = (struct counter){0};
}

void counter_hit(struct counter *counter)
{
    counter->hits++;
    counter->trials++;
}

void counter_miss(struct counter *counter)
{
    counter->trials++;
}

void counter_merge(struct counter *counter, const struct counter *other)
{
    counter->hits += other->hits;
    counter->trials += other->trials;
}

double counter_share(const struct counter *counter)
{
    return counter->trials == 0 ? NAN : (double)counter->hits / (double)counter->trials;
}
