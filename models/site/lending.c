/* lending.c: one visit after the other.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/lending.h"

#include "models/calendar.h"
#include "models/least.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define PPM             1e6
#define ENERGY_LEAST_UJ INT64_C(360000000000)    /* 0.1 kWh: nobody comes for less */
#define ENERGY_MOST_UJ  INT64_C(720000000000000) /* 200 kWh */
#define STAY_LEAST_US   (5 * MINUTE_US)

bool lending_is_owned(const struct sharing_config *config, uint32_t outlet)
{
    int64_t before = (int64_t)outlet * config->owned_ppm / 1000000;
    return ((int64_t)outlet + 1) * config->owned_ppm / 1000000 > before;
}

/* The end of lending on the day of a time within it; before: not lent now. */
static int64_t lent_until_us(const struct lending *lending, int64_t at_us)
{
    const struct sharing_config *config = lending->config;
    bool is_weekend = calendar_is_weekend(lending->start_unix_s, at_us);
    int64_t of_day_us = calendar_time_of_day_us(lending->start_unix_s, at_us);
    int64_t from_us = is_weekend ? config->weekend_from_us : config->from_us;
    int64_t to_us = is_weekend ? config->weekend_to_us : config->to_us;
    return from_us <= of_day_us && of_day_us < to_us ? at_us - of_day_us + to_us : at_us;
}

static int64_t window_us(const struct sharing_config *config, bool is_weekend)
{
    return is_weekend ? config->weekend_to_us - config->weekend_from_us : config->to_us - config->from_us;
}

/* The shortest time of lending of any day on which there is one. */
static int64_t shortest_us(const struct sharing_config *config)
{
    int64_t weekday_us = window_us(config, false), weekend_us = window_us(config, true);
    if (weekday_us == 0 || weekend_us == 0)
        return max64(weekday_us, weekend_us);
    return min64(weekday_us, weekend_us);
}

/* The next candidate of the process with the highest rate of any day. */
static void plan(struct lending *lending)
{
    double per_day = (double)lending->config->visits_ppm / PPM;
    double after_us = gsl_ran_exponential(stream_rng(&lending->stream), (double)shortest_us(lending->config) / per_day);
    if (after_us < 1e16)
        sim_schedule(lending->sim, sim_now_us(lending->sim) + 1 + (int64_t)after_us, SIM_ENVIRONMENT,
                     &(struct sim_action){.kind = lending->kind, .object = lending});
}

static double lognormal(gsl_rng *rng, int64_t median, int64_t sigma_ppm)
{
    return (double)median * exp((double)sigma_ppm / PPM * gsl_ran_ugaussian(rng));
}

static void come(struct lending *lending)
{
    const struct sharing_config *config = lending->config;
    int64_t now_us = sim_now_us(lending->sim);
    struct sim_stream stream;
    sim_stream_open(&stream, lending->sim, "lending.visit", lending->visit_count);
    gsl_rng *rng = stream_rng(&stream);
    struct lending_visit visit = {.key = LENDING_KEYS | lending->visit_count++,
                                  .visitor = (uint32_t)gsl_rng_uniform_int(rng, config->visitors)};
    double energy = lognormal(rng, config->energy_uj, config->energy_sigma_ppm);
    visit.energy_uj = (int64_t)fmin(fmax(energy, (double)ENERGY_LEAST_UJ), (double)ENERGY_MOST_UJ);
    double stay_us = lognormal(rng, config->stay_us, config->stay_sigma_ppm);
    int64_t wished_us = now_us + (int64_t)fmin(fmax(stay_us, (double)STAY_LEAST_US), 1e15);
    visit.departure_us = min64(wished_us, lent_until_us(lending, now_us));
    visit.choice = gsl_rng_uniform(rng);
    if (lending->is_here[visit.visitor])
        return;
    lending->is_here[visit.visitor] = true;
    lending->listener.on_visit(lending->listener.self, &visit);
}

static void handle(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)entity, (void)argument;
    struct lending *lending = object;
    int64_t now_us = sim_now_us(sim);
    bool is_weekend = calendar_is_weekend(lending->start_unix_s, now_us);
    double share = (double)shortest_us(lending->config) / (double)max64(1, window_us(lending->config, is_weekend));
    double draw = gsl_rng_uniform(stream_rng(&lending->stream));
    if (lent_until_us(lending, now_us) > now_us && draw < share)
        come(lending);
    plan(lending);
}

bool lending_init(struct lending *lending, struct sim *sim, const struct sharing_config *config, int64_t start_unix_s,
                  const struct lending_listener *listener)
{
    *lending = (struct lending){.sim = sim, .config = config, .start_unix_s = start_unix_s, .listener = *listener};
    if (config->visits_ppm == 0 || shortest_us(config) == 0)
        return true;
    assert(config->visitors > 0);
    lending->is_here = calloc(config->visitors, sizeof lending->is_here[0]);
    if (lending->is_here == NULL)
        return false;
    lending->kind = sim_kind_add(sim, "lending.visit", handle);
    sim_stream_open(&lending->stream, sim, "lending.times", 0);
    plan(lending);
    return true;
}

void lending_close(struct lending *lending)
{
    free(lending->is_here);
    lending->is_here = NULL;
}

void lending_leave(struct lending *lending, uint32_t visitor)
{
    assert(lending->is_here[visitor]);
    lending->is_here[visitor] = false;
}
