/* feemarket.c: weight comes, waits, is mined, evicted or too old.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/feemarket.h"

#include "models/calendar.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#define STEP_US      (10 * MINUTE_US) /* eviction and halving */
#define SLOW_STEP_US (6 * HOUR_US)
#define COHORT_US    (FEEMARKET_COHORT_H * HOUR_US)
#define WEEK_US      (7 * DAY_US)
/* A rounding error is no transaction, and must not drag the next bucket's feerate into the min fee. */
#define EVICTION_LEAST_VB 1.0
/* Transactions are most frequent in the afternoon of Europe (UTC), and on Wednesday. */
#define DAY_PEAK_US  (15 * HOUR_US)
#define WEEK_PEAK_US (2 * DAY_US + 12 * HOUR_US) /* since Monday 0:00 */

/* ---- buckets --------------------------------------------------------------------------------------------------- */

double feemarket_edge(unsigned bucket)
{
    return pow(FEEMARKET_RATIO, bucket);
}

double feemarket_bucket_rate(unsigned bucket)
{
    return feemarket_edge(bucket) * (FEEMARKET_RATIO - 1.0) / log(FEEMARKET_RATIO);
}

/* Position of a feerate on the scale of buckets: bucket + part of it below, within [0, FEEMARKET_BUCKETS]. */
static double place_of(double sat_per_vb)
{
    double place = sat_per_vb <= 1.0 ? 0.0 : log(sat_per_vb) / log(FEEMARKET_RATIO);
    double nearest = round(place);
    if (fabs(place - nearest) < 1e-9)
        place = nearest; /* an edge is an edge, whatever the logarithm's last bit */
    return fmin(place, FEEMARKET_BUCKETS);
}

unsigned feemarket_bucket_of(double sat_per_vb)
{
    double place = place_of(sat_per_vb);
    return place >= FEEMARKET_BUCKETS ? FEEMARKET_BUCKETS - 1 : (unsigned)place;
}

/* Part of a bucket above a feerate. */
static double part_above(unsigned bucket, double place)
{
    return fmin(fmax(bucket + 1.0 - place, 0.0), 1.0);
}

static void sum_bucket(struct feemarket *market, unsigned bucket)
{
    double sum = 0.0;
    for (unsigned i = 0; i < FEEMARKET_COHORTS; i++)
        sum += market->cohort_vb[bucket][i];
    market->waiting_vb[bucket] = sum;
}

/* Takes vb out of a bucket, from all cohorts alike. Returns what was taken. */
static double take(struct feemarket *market, unsigned bucket, double vb)
{
    double had = market->waiting_vb[bucket];
    if (vb >= had) {
        memset(market->cohort_vb[bucket], 0, sizeof market->cohort_vb[bucket]);
        market->waiting_vb[bucket] = 0.0;
        return had;
    }
    double kept = 1.0 - vb / had;
    for (unsigned i = 0; i < FEEMARKET_COHORTS; i++)
        market->cohort_vb[bucket][i] *= kept;
    sum_bucket(market, bucket);
    return had - market->waiting_vb[bucket];
}

static unsigned cohort_at(int64_t time_us)
{
    return (unsigned)(time_us / COHORT_US % FEEMARKET_COHORTS);
}

static void put(struct feemarket *market, unsigned bucket, double vb)
{
    market->cohort_vb[bucket][cohort_at(market->now_us)] += vb;
    market->waiting_vb[bucket] += vb;
    market->arrived_vb[bucket] += vb;
}

/* ---- demand ---------------------------------------------------------------------------------------------------- */

/* Integral of cos(2 pi (t - peak) / period) from 0 to t, in microseconds. */
static double cosine_integral_us(int64_t t_us, int64_t peak_us, int64_t period_us)
{
    double omega = 2.0 * M_PI / (double)period_us;
    return sin(omega * (double)((t_us - peak_us) % period_us)) / omega;
}

/* Time since a Monday 0:00 UTC: 1970-01-05 was one. */
static int64_t week_time_us(const struct feemarket_config *config, int64_t time_us)
{
    return ((config->start_unix_s - 4 * 86400) % (7 * 86400)) * SECOND_US + time_us;
}

double feemarket_cycle_mean(const struct feemarket_config *config, int64_t from_us, int64_t to_us)
{
    assert(from_us < to_us);
    int64_t a = week_time_us(config, from_us), b = week_time_us(config, to_us);
    double day = cosine_integral_us(b, DAY_PEAK_US, DAY_US) - cosine_integral_us(a, DAY_PEAK_US, DAY_US);
    double week = cosine_integral_us(b, WEEK_PEAK_US, WEEK_US) - cosine_integral_us(a, WEEK_PEAK_US, WEEK_US);
    return 1.0 + (config->day_swing * day + config->week_swing * week) / (double)(to_us - from_us);
}

static double slow_factor(const struct feemarket *market)
{
    double sd = market->config.slow_sd;
    return exp(market->slow_log - 0.5 * sd * sd);
}

double feemarket_demand_vb_per_s(const struct feemarket *market)
{
    const struct feemarket_config *config = &market->config;
    int64_t t_us = week_time_us(config, market->now_us);
    double day = cos(2.0 * M_PI * (double)((t_us - DAY_PEAK_US) % DAY_US) / (double)DAY_US);
    double week = cos(2.0 * M_PI * (double)((t_us - WEEK_PEAK_US) % WEEK_US) / (double)WEEK_US);
    return config->demand_vb_per_s * slow_factor(market) * (1.0 + config->day_swing * day + config->week_swing * week);
}

double feemarket_share_above(const struct feemarket_config *config, double sat_per_vb)
{
    double place = place_of(sat_per_vb), share = 0.0;
    for (unsigned i = feemarket_bucket_of(sat_per_vb); i < FEEMARKET_BUCKETS; i++)
        share += config->share[i] * part_above(i, place);
    return share;
}

/* What comes until to_us, all within one step of everything. */
static void arrive(struct feemarket *market, gsl_rng *rng, int64_t to_us)
{
    const struct feemarket_config *config = &market->config;
    double seconds = (double)(to_us - market->now_us) / (double)SECOND_US;
    double mean = feemarket_cycle_mean(config, market->now_us, to_us) * slow_factor(market);
    double place = place_of(feemarket_min_rate(market));
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double vb = config->demand_vb_per_s * config->share[i] * mean * seconds;
        if (config->arrivals == FEEMARKET_POISSON)
            vb = gsl_ran_poisson(rng, vb / config->tx_vb) * config->tx_vb;
        double entering = vb * part_above(i, place);
        put(market, i, entering);
        market->sums.arrived += entering;
        market->sums.refused += vb - entering;
    }
}

/* ---- memory, age ----------------------------------------------------------------------------------------------- */

static double memory_bytes(const struct feemarket *market)
{
    return (feemarket_waiting_vb(market) + market->own_vb) * FEEMARKET_MEMORY_PER_VB;
}

/* What was thrown out sets the min fee: it would not be worth its way through the network a second time. */
static void evict(struct feemarket *market)
{
    double excess_vb = (memory_bytes(market) - market->config.memory_bytes) / FEEMARKET_MEMORY_PER_VB;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS && excess_vb > EVICTION_LEAST_VB; i++) {
        double had = market->waiting_vb[i];
        if (had <= 0.0)
            continue;
        double taken = take(market, i, excess_vb);
        excess_vb -= taken;
        market->left_vb[i] += taken;
        market->sums.evicted += taken;
        double top = feemarket_edge(i) * pow(FEEMARKET_RATIO, taken / had);
        market->rolling_sat_per_vb = fmax(market->rolling_sat_per_vb, top + FEEMARKET_INCREMENT_RATE);
    }
}

static void halve_min_fee(struct feemarket *market)
{
    if (market->rolling_sat_per_vb == 0.0)
        return;
    double used = memory_bytes(market) / market->config.memory_bytes;
    double half_life_h = used < 0.25  ? FEEMARKET_HALVING_H / 4.0
                         : used < 0.5 ? FEEMARKET_HALVING_H / 2.0
                                      : FEEMARKET_HALVING_H;
    market->rolling_sat_per_vb *= exp2(-(double)STEP_US / (double)HOUR_US / half_life_h);
    if (market->rolling_sat_per_vb < FEEMARKET_INCREMENT_RATE / 2.0)
        market->rolling_sat_per_vb = 0.0;
}

/* A new cohort begins; the one that had its place is too old. */
static void expire(struct feemarket *market)
{
    unsigned oldest = cohort_at(market->now_us);
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double vb = market->cohort_vb[i][oldest];
        market->cohort_vb[i][oldest] = 0.0;
        market->left_vb[i] += vb;
        market->sums.expired += vb;
        sum_bucket(market, i);
    }
}

static void draw_slow(struct feemarket *market, gsl_rng *rng)
{
    const struct feemarket_config *config = &market->config;
    if (config->slow_sd == 0.0)
        return;
    double kept = exp(-(double)SLOW_STEP_US / (double)HOUR_US / config->slow_memory_h);
    double news = config->slow_sd * sqrt(1.0 - kept * kept);
    market->slow_log = kept * market->slow_log + gsl_ran_gaussian_ziggurat(rng, news);
}

/* What happens at multiples of the steps; now_us is one of STEP_US. */
static void tick(struct feemarket *market, gsl_rng *rng)
{
    if (market->now_us % COHORT_US == 0)
        expire(market);
    if (market->now_us % SLOW_STEP_US == 0)
        draw_slow(market, rng);
    halve_min_fee(market);
    evict(market);
}

void feemarket_advance(struct feemarket *market, gsl_rng *rng, int64_t now_us)
{
    assert(now_us >= market->now_us);
    while (market->now_us < now_us) {
        int64_t boundary_us = (market->now_us / STEP_US + 1) * STEP_US;
        int64_t to_us = boundary_us < now_us ? boundary_us : now_us;
        arrive(market, rng, to_us);
        market->now_us = to_us;
        if (to_us == boundary_us)
            tick(market, rng);
    }
}

/* ---- ranks ----------------------------------------------------------------------------------------------------- */

double feemarket_waiting_vb(const struct feemarket *market)
{
    double sum = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        sum += market->waiting_vb[i];
    return sum;
}

double feemarket_above_vb(const struct feemarket *market, double sat_per_vb)
{
    double place = place_of(sat_per_vb), sum = 0.0;
    for (unsigned i = feemarket_bucket_of(sat_per_vb); i < FEEMARKET_BUCKETS; i++)
        sum += market->waiting_vb[i] * part_above(i, place);
    return sum;
}

double feemarket_rate_at(const struct feemarket *market, double vb)
{
    double floor_rate = feemarket_min_rate(market), sum = 0.0;
    for (unsigned i = FEEMARKET_BUCKETS; i-- > 0;) {
        double waiting = market->waiting_vb[i];
        if (waiting > 0.0 && sum + waiting >= vb) {
            double above = (vb - sum) / waiting;
            return fmax(feemarket_edge(i) * pow(FEEMARKET_RATIO, 1.0 - above), floor_rate);
        }
        sum += waiting;
    }
    return floor_rate;
}

double feemarket_room_vb(const struct feemarket *market, double capacity_vb, double sat_per_vb)
{
    return fmax(capacity_vb - feemarket_above_vb(market, sat_per_vb), 0.0);
}

double feemarket_marginal_rate(const struct feemarket *market, double capacity_vb)
{
    return feemarket_rate_at(market, capacity_vb);
}

double feemarket_min_rate(const struct feemarket *market)
{
    return fmax(market->config.min_relay_sat_per_vb, market->rolling_sat_per_vb);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

double feemarket_select(const struct feemarket *market, struct feemarket_own *own, size_t own_count, double capacity_vb)
{
    double taken_vb = 0.0;
    for (size_t i = 0; i < own_count; i++) {
        assert(i == 0 || own[i].sat_per_vb <= own[i - 1].sat_per_vb);
        own[i].fits = taken_vb + own[i].vsize_vb <= feemarket_room_vb(market, capacity_vb, own[i].sat_per_vb);
        if (own[i].fits)
            taken_vb += own[i].vsize_vb;
    }
    return taken_vb;
}

void feemarket_mine(struct feemarket *market, struct feemarket_block *block, double capacity_vb)
{
    assert(capacity_vb >= 0.0);
    *block = (struct feemarket_block){0};
    memcpy(block->arrived_vb, market->arrived_vb, sizeof block->arrived_vb);
    memcpy(block->left_vb, market->left_vb, sizeof block->left_vb);
    memset(market->arrived_vb, 0, sizeof market->arrived_vb);
    memset(market->left_vb, 0, sizeof market->left_vb);
    for (unsigned i = FEEMARKET_BUCKETS; i-- > 0 && block->total_vb < capacity_vb;) {
        block->mined_vb[i] = take(market, i, capacity_vb - block->total_vb);
        block->total_vb += block->mined_vb[i];
        block->fee_sat += block->mined_vb[i] * feemarket_bucket_rate(i);
    }
    market->sums.mined += block->total_vb;
}

void feemarket_restore(struct feemarket *market, const struct feemarket_block *block)
{
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        put(market, i, block->mined_vb[i]);
    market->sums.restored += block->total_vb;
}

/* ---- beginning ------------------------------------------------------------------------------------------------- */

static void check_config(const struct feemarket_config *config)
{
    double sum = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        assert(config->share[i] >= 0.0);
        sum += config->share[i];
    }
    assert(fabs(sum - 1.0) < 1e-9);
    assert(config->demand_vb_per_s >= 0.0 && config->tx_vb > 0.0 && config->slow_sd >= 0.0);
    assert(config->slow_sd == 0.0 || config->slow_memory_h > 0.0);
    assert(config->day_swing >= 0.0 && config->week_swing >= 0.0 && config->day_swing + config->week_swing < 1.0);
    assert(config->min_relay_sat_per_vb >= 1e-3 && config->memory_bytes > 0.0 && config->backlog_vb >= 0.0);
}

/* What waits at time 0 came evenly over the time until it would expire. */
static void fill_backlog(struct feemarket *market)
{
    const struct feemarket_config *config = &market->config;
    double place = place_of(config->backlog_top_sat_per_vb), below = 0.0;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++)
        below += config->share[i] * (1.0 - part_above(i, place));
    if (config->backlog_vb == 0.0 || below == 0.0)
        return;
    for (unsigned i = 0; i < FEEMARKET_BUCKETS; i++) {
        double vb = config->backlog_vb * config->share[i] * (1.0 - part_above(i, place)) / below;
        for (unsigned k = 0; k < FEEMARKET_COHORTS; k++)
            market->cohort_vb[i][k] = vb / FEEMARKET_COHORTS;
        sum_bucket(market, i);
        market->arrived_vb[i] = market->waiting_vb[i];
    }
    market->sums.backlog = feemarket_waiting_vb(market);
}

void feemarket_init(struct feemarket *market, const struct feemarket_config *config, gsl_rng *rng)
{
    check_config(config);
    assert(rng != NULL || (config->arrivals == FEEMARKET_FLUID && config->slow_sd == 0.0));
    *market = (struct feemarket){.config = *config};
    if (config->slow_sd > 0.0)
        market->slow_log = gsl_ran_gaussian_ziggurat(rng, config->slow_sd);
    fill_backlog(market);
    evict(market);
}
