/* household.c: the half-hours of all flats.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/household.h"

#include "models/calendar.h"
#include "models/site/sky.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define UJ_PER_DAY_W 86400e6                              /* one watt for a day */
#define SHAPE_MEAN   ((5 * 2400 + 2 * 2500) / (7 * 24.0)) /* of the table, over a week */

/* [weekend][hour]; weekends are 4 % above weekdays. */
static const int shape_table[2][24] = {
    {62, 54, 50, 48, 49, 58, 88, 112, 98, 82, 78, 80, 88, 82, 78, 78, 88, 112, 144, 168, 182, 190, 184, 147},
    {68, 58, 52, 49, 49, 53, 66, 90, 108, 108, 102, 102, 108, 100, 94, 92, 98, 116, 142, 162, 176, 186, 178, 143},
};

bool household_init(struct household *household, struct sim *sim, const struct building_config *config,
                    int64_t start_unix_s)
{
    const struct household_config *own = &config->household;
    *household = (struct household){.config = own,
                                    .start_unix_s = start_unix_s,
                                    .constant_w = config->base_load_w_per_flat,
                                    .flat_count = config->flats,
                                    .is_random = own->daily_uj > 0 && (own->spread_ppm > 0 || own->flicker_ppm > 0)};
    size_t room = config->flats > 0 ? config->flats : 1;
    household->mean_w = calloc(room, sizeof household->mean_w[0]);
    household->flat_w = calloc(room, sizeof household->flat_w[0]);
    if (household->mean_w == NULL || household->flat_w == NULL)
        return false;
    if (household->is_random)
        sim_stream_open(&household->stream, sim, "household", 0);
    double sigma = (double)own->spread_ppm / 1e6, mean_w = (double)own->daily_uj / UJ_PER_DAY_W;
    for (uint32_t i = 0; i < config->flats; i++) {
        bool is_drawn = household->is_random && sigma > 0;
        double factor =
            is_drawn ? exp(sigma * gsl_ran_ugaussian(stream_rng(&household->stream)) - sigma * sigma / 2) : 1;
        household->mean_w[i] = mean_w * factor;
        household->flat_w[i] = household->constant_w;
    }
    return true;
}

void household_close(struct household *household)
{
    free(household->mean_w);
    free(household->flat_w);
    household->mean_w = NULL;
    household->flat_w = NULL;
}

bool household_varies(const struct household *household)
{
    return household->config->daily_uj > 0 && household->flat_count > 0;
}

static double factor_at(const struct household *household, int64_t time_us)
{
    bool is_weekend = calendar_is_weekend(household->start_unix_s, time_us);
    int64_t hour = calendar_time_of_day_us(household->start_unix_s, time_us) / HOUR_US;
    double winter = (double)household->config->winter_ppm / 1e6;
    return shape_table[is_weekend][hour] / SHAPE_MEAN * (1 - winter * sky_season(household->start_unix_s, time_us));
}

int64_t household_next_w(struct household *household, int64_t time_us)
{
    int64_t sum_w = 0;
    double factor = factor_at(household, time_us), flicker = (double)household->config->flicker_ppm / 1e6;
    double shape = flicker > 0 ? 1 / (flicker * flicker) : 0;
    for (uint32_t i = 0; i < household->flat_count; i++) {
        double power_w = household->mean_w[i] * factor;
        if (flicker > 0 && power_w > 0)
            power_w *= gsl_ran_gamma(stream_rng(&household->stream), shape, 1 / shape);
        household->flat_w[i] = household->constant_w + llround(power_w);
        sum_w += household->flat_w[i];
    }
    return sum_w;
}
