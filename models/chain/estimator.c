/* estimator.c: counts that decay with every block, and the lowest feerate at which enough was confirmed.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/estimator.h"

#include <assert.h>
#include <math.h>

#define ENOUGH_TXS       0.1 /* per block, on average over a horizon */
#define ENOUGH_TXS_SHORT 0.5
#define HALF_SUCCESS     0.60
#define SUCCESS          0.85
#define DOUBLE_SUCCESS   0.95

static const struct scale {
    unsigned periods, blocks; /* per period */
    double decay, enough;
} scales[ESTIMATOR_HORIZONS] = {
    {12, 1, 0.962, ENOUGH_TXS_SHORT}, {24, 2, 0.9952, ENOUGH_TXS}, {42, 24, 0.99931, ENOUGH_TXS}};

static unsigned reach(unsigned horizon)
{
    return scales[horizon].periods * scales[horizon].blocks;
}

/* ---- position -------------------------------------------------------------------------------------------------- */

double estimator_position(const struct feemarket *market, double capacity_vb, unsigned target_blocks, double interval_s)
{
    assert(target_blocks > 0 && capacity_vb > 0.0 && interval_s >= 0.0);
    double room_vb = capacity_vb * target_blocks;
    double coming_vb = feemarket_demand_vb_per_s(market) * interval_s * target_blocks;
    double low = feemarket_min_rate(market), high = feemarket_edge(FEEMARKET_BUCKETS);
    double first = feemarket_rate_at(market, room_vb);
    if (coming_vb == 0.0)
        return first;
    /* What outbids a feerate falls with the feerate: halve the interval until a thousandth is left. */
    low = fmax(low, first);
    while (high > low * 1.001) {
        double middle = sqrt(low * high);
        double above = feemarket_above_vb(market, middle) + coming_vb * feemarket_share_above(&market->config, middle);
        if (above > room_vb)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- what happened --------------------------------------------------------------------------------------------- */

void estimator_init(struct estimator *estimator, double tx_vb)
{
    assert(tx_vb > 0.0);
    *estimator = (struct estimator){.tx_vb = tx_vb};
}

static void decay(struct estimator *estimator)
{
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        struct estimator_horizon *horizon = &estimator->horizons[h];
        double kept = scales[h].decay;
        for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
            horizon->count[i] *= kept;
            horizon->rate_sum[i] *= kept;
        }
        for (unsigned period = 0; period < scales[h].periods; period++)
            for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
                horizon->within[period][i] *= kept;
                horizon->failed[period][i] *= kept;
            }
    }
}

/* Transactions by how many whole periods they have waited, for each horizon; the last place: beyond its reach. */
struct ages {
    double count[ESTIMATOR_HORIZONS][ESTIMATOR_PERIODS_MAX + 1];
    double all;
};

static void ages_add(struct ages *ages, unsigned blocks, double count)
{
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        unsigned period = blocks / scales[h].blocks;
        ages->count[h][period < scales[h].periods ? period : scales[h].periods] += count;
    }
    ages->all += count;
}

/* Mined in the block after the ages' last: within a period more than they have waited, and all longer ones. */
static void record_mined(struct estimator *estimator, unsigned bucket, const struct ages *ages, double rate)
{
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        struct estimator_horizon *horizon = &estimator->horizons[h];
        horizon->count[bucket] += ages->all;
        horizon->rate_sum[bucket] += ages->all * rate;
        double sum = 0.0;
        for (unsigned period = 0; period < scales[h].periods; period++) {
            sum += ages->count[h][period];
            horizon->within[period][bucket] += sum;
        }
    }
}

/* Left unconfirmed: a failure of all periods they have waited through. */
static void record_left(struct estimator *estimator, unsigned bucket, const struct ages *ages)
{
    for (unsigned h = 0; h < ESTIMATOR_HORIZONS; h++) {
        double sum = 0.0;
        for (unsigned period = scales[h].periods; period-- > 0;) {
            sum += ages->count[h][period + 1];
            estimator->horizons[h].failed[period][bucket] += sum;
        }
    }
}

static unsigned ages_known(const struct estimator *estimator)
{
    return estimator->blocks < ESTIMATOR_AGES ? estimator->blocks + 1 : ESTIMATOR_AGES;
}

/* Takes count of the background out of a bucket, from all ages alike. */
static void remove_count(struct estimator *estimator, struct ages *ages, unsigned bucket, double count)
{
    unsigned known = ages_known(estimator);
    double all = estimator->waiting_all[bucket];
    *ages = (struct ages){0};
    if (count <= 0.0 || all <= 0.0)
        return;
    double kept = 1.0 - fmin(count / all, 1.0), left = 0.0;
    for (unsigned age = 0; age < known; age++) {
        double *waiting = &estimator->waiting[bucket][(estimator->blocks - age) % ESTIMATOR_AGES];
        if (*waiting == 0.0)
            continue;
        double had = *waiting;
        *waiting *= kept;
        left += *waiting;
        ages_add(ages, age, had - *waiting);
    }
    double had = estimator->waiting_old[bucket];
    estimator->waiting_old[bucket] *= kept;
    ages_add(ages, ESTIMATOR_AGES, had - estimator->waiting_old[bucket]);
    estimator->waiting_all[bucket] = left + estimator->waiting_old[bucket];
}

/* The slot of the block to come held what is now older than all ages. */
static void begin_slot(struct estimator *estimator)
{
    unsigned slot = estimator->blocks % ESTIMATOR_AGES;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        estimator->waiting_old[i] += estimator->waiting[i][slot];
        estimator->own_old[i] += estimator->own[i][slot];
        estimator->waiting[i][slot] = 0.0;
        estimator->own[i][slot] = 0;
    }
}

void estimator_block(struct estimator *estimator, const struct feemarket_block *block)
{
    struct ages ages;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double came = block->arrived_vb[i] / estimator->tx_vb;
        estimator->waiting[i][estimator->blocks % ESTIMATOR_AGES] += came;
        estimator->waiting_all[i] += came;
        if (block->left_vb[i] > 0.0) {
            remove_count(estimator, &ages, i, block->left_vb[i] / estimator->tx_vb);
            record_left(estimator, i, &ages);
        }
    }
    decay(estimator);
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        if (block->mined_vb[i] > 0.0) {
            remove_count(estimator, &ages, i, block->mined_vb[i] / estimator->tx_vb);
            record_mined(estimator, i, &ages, feemarket_bucket_rate(i));
        }
    }
    estimator->blocks++;
    begin_slot(estimator);
}

/* ---- own ------------------------------------------------------------------------------------------------------- */

void estimator_own_entered(struct estimator *estimator, double sat_per_vb)
{
    unsigned bucket = feemarket_bucket_of(sat_per_vb);
    estimator->own[bucket][estimator->blocks % ESTIMATOR_AGES]++;
    estimator->own_all[bucket]++;
}

static void remove_own(struct estimator *estimator, unsigned bucket, unsigned entered_blocks)
{
    bool is_old = estimator->blocks - entered_blocks >= ESTIMATOR_AGES;
    uint32_t *waiting = is_old ? &estimator->own_old[bucket] : &estimator->own[bucket][entered_blocks % ESTIMATOR_AGES];
    assert(*waiting > 0);
    (*waiting)--;
    estimator->own_all[bucket]--;
}

void estimator_own_mined(struct estimator *estimator, double sat_per_vb, unsigned entered_blocks)
{
    assert(entered_blocks < estimator->blocks);
    unsigned bucket = feemarket_bucket_of(sat_per_vb);
    remove_own(estimator, bucket, entered_blocks);
    struct ages ages = {0};
    ages_add(&ages, estimator->blocks - entered_blocks - 1, 1.0);
    record_mined(estimator, bucket, &ages, sat_per_vb);
}

void estimator_own_left(struct estimator *estimator, double sat_per_vb, unsigned entered_blocks)
{
    assert(entered_blocks <= estimator->blocks);
    unsigned bucket = feemarket_bucket_of(sat_per_vb);
    remove_own(estimator, bucket, entered_blocks);
    struct ages ages = {0};
    ages_add(&ages, estimator->blocks - entered_blocks, 1.0);
    record_left(estimator, bucket, &ages);
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

/* Transactions of a bucket that still wait after target blocks or more: all but the younger. */
static double waiting_long(const struct estimator *estimator, unsigned bucket, unsigned target)
{
    unsigned known = ages_known(estimator);
    double sum = estimator->waiting_all[bucket] + estimator->own_all[bucket];
    for (unsigned age = 0; age < target && age < known; age++) {
        unsigned slot = (estimator->blocks - age) % ESTIMATOR_AGES;
        sum -= estimator->waiting[bucket][slot] + estimator->own[bucket][slot];
    }
    return fmax(sum, 0.0);
}

/* Buckets [low, high] taken together. */
struct range {
    unsigned low, high;
    bool is_found;
};

/* The lowest range of buckets that still succeeds, joined from the top until each has enough transactions. One that
 * fails is joined with what is below it: more of the same may yet succeed. */
static struct range lowest_success(const struct estimator *estimator, unsigned h, unsigned target, double success)
{
    const struct estimator_horizon *horizon = &estimator->horizons[h];
    unsigned period = (target + scales[h].blocks - 1) / scales[h].blocks - 1;
    double enough = scales[h].enough / (1.0 - scales[h].decay);
    struct range best = {.is_found = false};
    double within = 0.0, tried = 0.0, fresh = 0.0;
    unsigned high = FEEMARKET_BUCKETS - 1;
    for (unsigned i = FEEMARKET_BUCKETS; i-- > 0;) {
        within += horizon->within[period][i];
        tried += horizon->count[i] + horizon->failed[period][i] + waiting_long(estimator, i, target);
        fresh += horizon->count[i];
        if (fresh < enough)
            continue;
        fresh = 0.0;
        if (within < success * tried)
            continue;
        best = (struct range){.low = i, .high = high, .is_found = true};
        within = tried = 0.0;
        high = i == 0 ? 0 : i - 1;
    }
    return best;
}

/* Mean feerate of the bucket that holds the range's median transaction. */
static double median_rate(const struct estimator_horizon *horizon, struct range range)
{
    double half = 0.0;
    for (unsigned i = range.low; i <= range.high; i++)
        half += horizon->count[i] / 2.0;
    for (unsigned i = range.low; i <= range.high; i++) {
        if (horizon->count[i] > 0.0 && horizon->count[i] >= half)
            return horizon->rate_sum[i] / horizon->count[i];
        half -= horizon->count[i];
    }
    return ESTIMATOR_NONE;
}

static double ask_horizon(const struct estimator *estimator, unsigned h, unsigned target, double success)
{
    struct range range = lowest_success(estimator, h, target, success);
    return range.is_found ? median_rate(&estimator->horizons[h], range) : ESTIMATOR_NONE;
}

/* The shortest horizon that reaches the target; a shorter one asked for the longest it knows may bid lower. */
static double ask(const struct estimator *estimator, unsigned target, double success, bool looks_shorter)
{
    unsigned h = 0;
    while (h + 1 < ESTIMATOR_HORIZONS && target > reach(h))
        h++;
    double rate = ask_horizon(estimator, h, target, success);
    while (looks_shorter && h-- > 0) {
        double shorter = ask_horizon(estimator, h, reach(h), success);
        if (shorter != ESTIMATOR_NONE && (rate == ESTIMATOR_NONE || shorter < rate))
            rate = shorter;
    }
    return rate;
}

/* A doubled target over horizons longer than needed: a rate that was enough for long. */
static double ask_conservatively(const struct estimator *estimator, unsigned target)
{
    double rate = ESTIMATOR_NONE;
    for (unsigned h = 1; h < ESTIMATOR_HORIZONS; h++)
        if (target <= reach(h - 1))
            rate = fmax(rate, ask_horizon(estimator, h, target, DOUBLE_SUCCESS));
    return rate;
}

double estimator_core(const struct estimator *estimator, unsigned target_blocks, enum estimator_mode mode)
{
    assert(target_blocks > 0);
    unsigned longest = estimator->blocks / 2;
    longest = longest < reach(ESTIMATOR_HORIZONS - 1) ? longest : reach(ESTIMATOR_HORIZONS - 1);
    unsigned target = target_blocks == 1 ? 2 : target_blocks;
    target = target < longest ? target : longest;
    if (target < 2)
        return ESTIMATOR_NONE;
    unsigned twice = 2 * target < reach(ESTIMATOR_HORIZONS - 1) ? 2 * target : reach(ESTIMATOR_HORIZONS - 1);
    double rate = fmax(ask(estimator, target / 2, HALF_SUCCESS, true), ask(estimator, target, SUCCESS, true));
    rate = fmax(rate, ask(estimator, twice, DOUBLE_SUCCESS, mode == ESTIMATOR_ECONOMICAL));
    if (mode == ESTIMATOR_CONSERVATIVE || rate == ESTIMATOR_NONE)
        rate = fmax(rate, ask_conservatively(estimator, twice));
    return rate;
}
