/* arrivals.c: tables of hours and durations, and the draws of one day.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/arrivals.h"

#include "models/calendar.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

const int arrivals_hours[2][24] = {
    {161, 90, 61, 77, 89, 32, 38, 86, 147, 156, 187, 250, 302, 362, 596, 963, 1246, 888, 772, 841, 893, 775, 630, 359},
    {318, 165, 106, 121, 121, 50,  39,  68,  117, 130, 243, 366,
     502, 586, 684, 840, 827, 833, 860, 838, 702, 585, 570, 327},
};

/* Duration of a connection that begins in an hour of the day: with probability `share` it lasts until the car is
 * needed again, LN(mu, sigma) hours, else it is short, LN(0.691, 0.864). Maximum likelihood with the short component
 * fixed, 22,530 sessions at three sites; 9 to 11 h are pooled, their own fits being wide. */
struct duration_row {
    double share, mu, sigma;
};
static const struct duration_row duration_rows[24] = {
    {0.94, 2.39, 0.41}, {0.94, 2.40, 0.48}, {0.96, 2.32, 0.51}, {0.97, 2.30, 0.53}, {0.95, 2.39, 0.68},
    {0.81, 2.39, 0.60}, {0.86, 2.35, 0.45}, {0.64, 1.99, 0.76}, {0.72, 1.61, 0.80}, {0.43, 1.87, 1.00},
    {0.43, 1.87, 1.00}, {0.43, 1.87, 1.00}, {0.20, 3.21, 0.39}, {0.28, 3.13, 0.31}, {0.44, 2.96, 0.47},
    {0.41, 3.01, 0.44}, {0.51, 2.91, 0.36}, {0.57, 2.88, 0.38}, {0.63, 2.72, 0.21}, {0.73, 2.67, 0.32},
    {0.82, 2.59, 0.32}, {0.89, 2.48, 0.31}, {0.92, 2.40, 0.31}, {0.93, 2.40, 0.38},
};
static const struct duration_row short_row = {0, 0.691, 0.864};

/* Lognormal with the given mean. */
static double lognormal(double uniform, double mean, double sigma)
{
    return mean * exp(sigma * gsl_cdf_ugaussian_Pinv(uniform) - sigma * sigma / 2);
}

static int64_t draw_hour(double uniform, bool is_weekend)
{
    const int *shares = arrivals_hours[is_weekend];
    double total = 0;
    for (int hour = 0; hour < 24; hour++)
        total += shares[hour];
    double rest = uniform * total;
    int hour = 0;
    while (hour < 23 && rest >= shares[hour])
        rest -= shares[hour++];
    double within = fmin(rest / shares[hour], 1);
    return hour * HOUR_US + (int64_t)(within * (double)(HOUR_US - 1));
}

static int64_t draw_duration(double choice, double uniform, int64_t home_us)
{
    const struct duration_row *row = &duration_rows[home_us / HOUR_US % 24];
    if (choice >= row->share)
        row = &short_row;
    double hours = exp(row->mu + row->sigma * gsl_cdf_ugaussian_Pinv(uniform));
    double duration_us = fmin(hours * (double)HOUR_US, (double)ARRIVALS_DURATION_MAX_US);
    return duration_us < (double)ARRIVALS_DURATION_MIN_US ? ARRIVALS_DURATION_MIN_US : (int64_t)duration_us;
}

void arrivals_draw_car(struct arrivals_car *car, gsl_rng *rng, const struct cars_config *config)
{
    double uniform = gsl_rng_uniform_pos(rng);
    car->start_uniform = gsl_rng_uniform(rng);
    car->mean_distance_m =
        lognormal(uniform, (double)config->daily_distance_m, (double)config->distance_between_sigma_ppm / 1e6);
}

void arrivals_draw_day(struct arrivals_day *day, gsl_rng *rng, const struct cars_config *config,
                       const struct arrivals_car *car, bool is_weekend)
{
    double distance = gsl_rng_uniform_pos(rng);
    double hour = gsl_rng_uniform(rng);
    day->plug_uniform = gsl_rng_uniform(rng);
    double choice = gsl_rng_uniform(rng);
    double duration = gsl_rng_uniform_pos(rng);
    double distance_m = lognormal(distance, car->mean_distance_m, (double)config->daily_distance_sigma_ppm / 1e6);
    day->distance_m = llround(fmin(distance_m, ARRIVALS_DISTANCE_MAX_M));
    day->home_us = draw_hour(hour, is_weekend) + config->hour_shift_us;
    day->duration_us = draw_duration(choice, duration, day->home_us);
}

double arrivals_plug_probability(const struct cars_config *config, double soc, double day_soc)
{
    if (soc - day_soc < (double)config->reserve_soc_ppm / 1e6)
        return 1;
    double width = (double)config->plug_in_width_ppm / 1e6;
    double above = soc - (double)config->plug_in_soc_ppm / 1e6;
    if (width <= 0)
        return above < 0 ? 1 : 0;
    return 1 / (1 + exp(above / width));
}
