/* household.h: what homes use beside cars: by hour, day of the week, season and flat, in half-hours.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   watts of a flat in a half-hour = mean(flat) x shape(hour, weekend) x season x flicker
 *   mean(flat)  lognormal around the scenario's daily energy      season  cosine, highest in the middle of January
 *   flicker     gamma of mean 1, drawn anew for each flat and half-hour
 *
 * Shape: a Japanese flat's day with a low night, a small morning and an evening peak at 20 to 22 h; guessed in that
 * form, scaled to mean 1 over a week. Five metered Tokyo homes (2.6 to 14.8 kWh a day, highest 22 h, coincidence 0.52)
 * are its only measure. A flat's load is constant in a half-hour: whole watts. Not modeled: who is at home, reactive
 * power.
 */
#ifndef KONSENTO_MODELS_SITE_HOUSEHOLD_H
#define KONSENTO_MODELS_SITE_HOUSEHOLD_H

#include "models/site/config.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <stdbool.h>
#include <stdint.h>

#define HOUSEHOLD_STEP_US INT64_C(1800000000)

struct household {
    const struct household_config *config;
    int64_t start_unix_s;
    int64_t constant_w; /* per flat, on top */
    uint32_t flat_count;
    double *mean_w;  /* per flat, over the year */
    int64_t *flat_w; /* per flat, now: constant included */
    struct sim_stream stream;
    bool is_random;
};

/* Draws who uses how much. Returns false when memory is out. Owns: household_close. */
bool household_init(struct household *household, struct sim *sim, const struct building_config *config,
                    int64_t start_unix_s) __attribute__((warn_unused_result));
void household_close(struct household *household);
/* Does anything of it change with time? */
bool household_varies(const struct household *household);
/* Fills flat_w for the half-hour that begins at time_us. Each is asked for once, in order. Returns the sum. */
int64_t household_next_w(struct household *household, int64_t time_us);

#endif
