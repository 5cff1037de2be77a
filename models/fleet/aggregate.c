/* aggregate.c: months of outlets laid over each other.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/aggregate.h"

#include "models/least.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN_US     (5 * MINUTE_US)
#define UJ_PER_KWH 3.6e12

struct bench {
    const struct aggregate_config *config;
    int change[AGGREGATE_BINS + 1]; /* of the number of charging cars */
    double hours[24];               /* charging cars, summed over bins */
    struct visit stays[AGGREGATE_STAYS_MAX];
    double asked_uj, delivered_uj;
    size_t session_count, blocked_count;
};

/* First point of the grid at or after time_us. */
static size_t bin_at(int64_t time_us)
{
    return (size_t)min64((time_us + BIN_US - 1) / BIN_US, AGGREGATE_BINS);
}

static void lay_stay(struct bench *bench, const struct visit *stay)
{
    int64_t power_w = bench->config->power_w;
    int64_t charging_us = min64(stay->departure_us - stay->arrival_us, (stay->energy_uj + power_w - 1) / power_w);
    bench->change[bin_at(stay->arrival_us)]++;
    bench->change[bin_at(stay->arrival_us + charging_us)]--;
    bench->asked_uj += (double)stay->energy_uj;
    bench->delivered_uj += (double)min64(stay->energy_uj, charging_us * power_w);
}

/* Returns the coincidence factor. */
static double lay_month(struct bench *bench, const struct aggregate_source *source, gsl_rng *rng)
{
    memset(bench->change, 0, sizeof bench->change);
    for (unsigned i = 0; i < bench->config->outlets; i++) {
        size_t count = source->month(source->self, bench->stays, &bench->blocked_count, rng);
        assert(count <= AGGREGATE_STAYS_MAX);
        bench->session_count += count;
        for (size_t k = 0; k < count; k++)
            lay_stay(bench, &bench->stays[k]);
    }
    int load = 0, peak = 0;
    for (size_t bin = 0; bin < AGGREGATE_BINS; bin++) {
        load += bench->change[bin];
        peak = load > peak ? load : peak;
        bench->hours[bin / 12 % 24] += load;
    }
    return (double)peak / bench->config->outlets;
}

static void conclude(struct aggregate *aggregate, const struct bench *bench, double *coincidence)
{
    const struct aggregate_config *config = bench->config;
    double outlet_days = (double)config->outlets * config->repetitions * HISTORY_MONTH_DAYS;
    double comers = (double)(bench->session_count + bench->blocked_count);
    gsl_sort(coincidence, 1, config->repetitions);
    *aggregate = (struct aggregate){.coincidence_mean = gsl_stats_mean(coincidence, 1, config->repetitions),
                                    .coincidence_p95 =
                                        gsl_stats_quantile_from_sorted_data(coincidence, 1, config->repetitions, 0.95),
                                    .asked_kwh = bench->asked_uj / UJ_PER_KWH / outlet_days,
                                    .delivered_kwh = bench->delivered_uj / UJ_PER_KWH / outlet_days,
                                    .undelivered = bench->asked_uj > 0 ? 1 - bench->delivered_uj / bench->asked_uj : 0,
                                    .sessions = (double)bench->session_count / outlet_days,
                                    .blocked = comers > 0 ? (double)bench->blocked_count / comers : 0};
    for (int hour = 1; hour < 24; hour++)
        if (bench->hours[hour] > bench->hours[aggregate->peak_hour])
            aggregate->peak_hour = hour;
}

bool aggregate_measure(struct aggregate *aggregate, const struct aggregate_config *config,
                       const struct aggregate_source *source, gsl_rng *rng)
{
    assert(config->outlets > 0 && config->repetitions > 0 && config->power_w > 0);
    struct bench *bench = calloc(1, sizeof *bench);
    double *coincidence = calloc(config->repetitions, sizeof coincidence[0]);
    bool is_ready = bench != NULL && coincidence != NULL;
    if (is_ready) {
        bench->config = config;
        for (unsigned i = 0; i < config->repetitions; i++)
            coincidence[i] = lay_month(bench, source, rng);
        conclude(aggregate, bench, coincidence);
    }
    free(bench);
    free(coincidence);
    return is_ready;
}

static size_t draw_month(const void *self, struct visit *stays, size_t *blocked, gsl_rng *rng)
{
    (void)blocked; /* who was recorded found an outlet */
    const struct history *history = self;
    const struct history_month *month = &history->months[gsl_rng_uniform_int(rng, history->month_count)];
    size_t count = month->count < AGGREGATE_STAYS_MAX ? month->count : AGGREGATE_STAYS_MAX;
    for (size_t i = 0; i < count; i++) {
        stays[i] = history->stays[month->first + i];
        stays[i].arrival_us -= month->start_us;
        stays[i].departure_us -= month->start_us;
    }
    return count;
}

void aggregate_truth(struct aggregate_source *source, const struct history *history)
{
    assert(history->month_count > 0);
    *source = (struct aggregate_source){.self = history, .month = draw_month};
}
