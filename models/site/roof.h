/* roof.h: power from modules on the roof, constant in steps, from a modeled sky or a file of irradiance.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   power = peak x irradiance / 1000 W/m2 x performance ratio, whole watts, at the middle of each step
 *
 * A file is one year of irradiance on the modules, as a typical meteorological year has it:
 *
 *   minute,irradiance_w_per_m2       minute: since the beginning of the civil year, rising; holds until the next row
 *
 * Energy is power times time: exact to the microjoule. Assumed: the ratio is constant, the inverter never clips.
 */
#ifndef KONSENTO_MODELS_SITE_ROOF_H
#define KONSENTO_MODELS_SITE_ROOF_H

#include "models/input.h"
#include "models/site/config.h"
#include "models/site/sky.h"
#include "sim/kernel.h"
#include "sim/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file's rows. */
struct roof_series {
    int64_t *minutes;
    int64_t *irradiance_mw; /* per m2 */
    size_t count;
};

/* Reads a file. Returns false after saying what is wrong, with line. Owns: roof_series_close. */
bool roof_series_read(struct roof_series *series, struct input_report *report, const char *bytes, size_t length,
                      const char *path);
void roof_series_close(struct roof_series *series);

struct roof {
    const struct roof_config *config;
    const struct roof_series *series; /* NULL: modeled */
    struct sky_place place;
    struct sky_clouds clouds;
    struct sim_stream stream; /* if is_random */
    bool is_random;
};

/* series: NULL unless the config names a file. The roof stays where it is. */
void roof_init(struct roof *roof, struct sim *sim, const struct roof_config *config, const struct roof_series *series,
               int64_t start_unix_s);
/* Power during the step that begins at time_us. Steps are asked for once each, in order. */
int64_t roof_power_w(struct roof *roof, int64_t time_us);

#endif
