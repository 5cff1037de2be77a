/* sky.h: where the sun stands, what comes down from a clear sky, and what clouds leave of it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sun: declination and equation of time by the Fourier series of Spencer 1971; the hour angle from civil time, zone
 * and longitude. Clear sky: Haurwitz 1945, on the horizontal, from the zenith angle z alone:
 *
 *   G = 1098 cos z exp(-0.059 / cos z)   W/m2                    (0 at night)
 *
 * Clouds: G times a clearness c. Each day has a mean clearness m, drawn from a beta distribution with the month's mean;
 * within the day c = m + deviation, a first-order autoregression over the steps with the correlation time of a cloud,
 * cut to 0 .. 1.05. Assumed: days are independent; the beta's width and the flicker are guesses.
 * Not modeled: tilt (modules lie flat), snow, horizon, more light than clear between clouds beyond 5 %.
 */
#ifndef KONSENTO_MODELS_SITE_SKY_H
#define KONSENTO_MODELS_SITE_SKY_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct sky_place {
    double latitude_rad, longitude_deg;
    int64_t zone_us;
    int64_t start_unix_s;
};

/* Cosine of the sun's zenith angle; negative: below the horizon. */
double sky_cos_zenith(const struct sky_place *place, int64_t time_us);
/* Irradiance of a clear sky, W/m2. */
double sky_clear_w(double cos_zenith);
/* -1 in the middle of January, +1 in the middle of July. */
double sky_season(int64_t start_unix_s, int64_t time_us);
/* Irradiance over a clear sky's in an average month of Nagoya, 1 .. 12. */
double sky_nagoya_clearness(int month);

/* The clouds of one place. */
struct sky_clouds {
    double day_mean, deviation;
    int64_t day; /* that day_mean is of; -1: none yet */
};
struct sky_weather {
    double mean, day_spread, flicker; /* of the month or the year; see config.h */
    double keep;                      /* correlation from step to step */
};

/* The clearness of the next step. */
double sky_clouds_next(struct sky_clouds *clouds, const struct sky_weather *weather, gsl_rng *rng, int64_t day);

#endif
