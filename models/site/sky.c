/* sky.c: sun, clear sky, clouds.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/site/sky.h"

#include "models/calendar.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* Days since the beginning of the civil year, with fraction. */
static double day_of_year(int64_t start_unix_s, int64_t time_us)
{
    struct civil_time civil;
    calendar_civil(&civil, start_unix_s, time_us);
    int64_t days =
        calendar_days_from_date(civil.year, civil.month, civil.day) - calendar_days_from_date(civil.year, 1, 1);
    return (double)days + (double)calendar_time_of_day_us(start_unix_s, time_us) / (double)DAY_US;
}

double sky_season(int64_t start_unix_s, int64_t time_us)
{
    return -cos(2 * M_PI * (day_of_year(start_unix_s, time_us) - 15) / 365.25);
}

double sky_cos_zenith(const struct sky_place *place, int64_t time_us)
{
    double day = day_of_year(place->start_unix_s, time_us), hour = (day - floor(day)) * 24;
    double g = 2 * M_PI * (day - 0.5) / 365; /* the series counts from the first noon */
    double declination = 0.006918 - 0.399912 * cos(g) + 0.070257 * sin(g) - 0.006758 * cos(2 * g) +
                         0.000907 * sin(2 * g) - 0.002697 * cos(3 * g) + 0.00148 * sin(3 * g);
    double equation_min =
        229.18 * (0.000075 + 0.001868 * cos(g) - 0.032077 * sin(g) - 0.014615 * cos(2 * g) - 0.040849 * sin(2 * g));
    double solar_h = hour - (double)place->zone_us / (double)HOUR_US + place->longitude_deg / 15 + equation_min / 60;
    double angle = (solar_h - 12) * M_PI / 12;
    return sin(place->latitude_rad) * sin(declination) + cos(place->latitude_rad) * cos(declination) * cos(angle);
}

double sky_clear_w(double cos_zenith)
{
    return cos_zenith <= 0 ? 0 : 1098 * cos_zenith * exp(-0.059 / cos_zenith);
}

/* METPV-20's irradiation on the horizontal in Nagoya (87 96 135 144 174 142 157 153 124 103 83 76 kWh/m2, January to
 * December) over that of a clear sky at 35.17 N, 136.97 E. */
double sky_nagoya_clearness(int month)
{
    static const double clearness[12] = {0.830, 0.772, 0.739, 0.657, 0.677, 0.542,
                                         0.592, 0.634, 0.632, 0.658, 0.740, 0.793};
    assert(month >= 1 && month <= 12);
    return clearness[month - 1];
}

/* A beta distribution of this mean whose variance is the spread's square of the largest that the mean allows. */
static double draw_day(const struct sky_weather *weather, gsl_rng *rng)
{
    double mean = fmin(weather->mean, 1), largest = mean * (1 - mean);
    double variance = weather->day_spread * weather->day_spread * largest;
    if (variance <= 0)
        return weather->mean;
    double sum = largest / variance - 1;
    return sum < 1e-6 ? (gsl_rng_uniform(rng) < mean ? 1 : 0) : gsl_ran_beta(rng, mean * sum, (1 - mean) * sum);
}

/* Flicker is greatest under half a sky of clouds, and nothing under none or a closed one. */
double sky_clouds_next(struct sky_clouds *clouds, const struct sky_weather *weather, gsl_rng *rng, int64_t day)
{
    if (clouds->day != day)
        clouds->day_mean = draw_day(weather, rng);
    clouds->day = day;
    if (weather->flicker <= 0)
        return clouds->day_mean;
    double fresh = sqrt(1 - weather->keep * weather->keep) * gsl_ran_ugaussian(rng);
    clouds->deviation = weather->keep * clouds->deviation + fresh;
    double half = 4 * clouds->day_mean * fmax(0, 1 - clouds->day_mean);
    double clearness = clouds->day_mean * (1 + weather->flicker * half * clouds->deviation);
    return fmin(fmax(clearness, 0), 1.05);
}
