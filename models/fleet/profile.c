/* profile.c: users, days and comers drawn from a profile.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/profile.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *generator_name(enum generator generator)
{
    static const char *const names[GENERATOR_COUNT] = {"independent", "copula", "mixture", "visitors"};
    return names[generator];
}

double profile_draw_charger(const double charger_w[PROFILE_CHARGERS], gsl_rng *rng)
{
    double place = gsl_rng_uniform(rng) * (PROFILE_CHARGERS - 1);
    int low = (int)place;
    return charger_w[low] + (place - low) * (charger_w[low + 1] - charger_w[low]);
}

void profile_draw_user(struct profile_user *user, const struct profile *profile, enum generator generator, gsl_rng *rng)
{
    user->charger_w = profile_draw_charger(profile->charger_w, rng);
    memcpy(user->traits, profile->user_mean, sizeof user->traits);
    if (generator == GENERATOR_VISITORS) { /* strangers: as many as there are on average, ln E exp(N) */
        user->traits[TRAIT_LN_RATE] += profile->user_covariance[TRAIT_LN_RATE][TRAIT_LN_RATE] / 2;
        return;
    }
    double root[MARKS][MARKS];
    bool is_definite = mixture_root(root, profile->user_covariance);
    assert(is_definite);
    mixture_spread(user->traits, root, rng);
}

/* ---- visitors -------------------------------------------------------------------------------------------------- */

static double draw_hour(const double shares[24], gsl_rng *rng)
{
    double rest = gsl_rng_uniform(rng);
    int hour = 0;
    while (hour < 23 && rest >= shares[hour])
        rest -= shares[hour++];
    double clock = hour + (shares[hour] > 0 ? fmin(rest / shares[hour], 1) : 0.5);
    return clock < PROFILE_DAY_BEGINS_H ? clock + 24 - PROFILE_DAY_BEGINS_H : clock - PROFILE_DAY_BEGINS_H;
}

static unsigned draw_component(const struct mixture *mixture, double hour, gsl_rng *rng)
{
    double likely[MIXTURE_MAX], total = 0;
    for (unsigned k = 0; k < mixture->count; k++) {
        const struct mixture_component *component = &mixture->components[k];
        double apart = hour - component->mean[0], variance = component->covariance[0][0];
        total += likely[k] = component->weight / sqrt(variance) * exp(-apart * apart / variance / 2) + 1e-300;
    }
    double rest = gsl_rng_uniform(rng) * total;
    unsigned k = 0;
    while (k + 1 < mixture->count && rest >= likely[k])
        rest -= likely[k++];
    return k;
}

/* The component's Gaussian given its first mark: its root is lower triangular, so the first normal is known. */
static void draw_given_hour(double marks[MARKS], const struct mixture *mixture, double hour, gsl_rng *rng)
{
    const struct mixture_component *component = &mixture->components[draw_component(mixture, hour, rng)];
    double root[MARKS][MARKS], normal[MARKS];
    bool is_definite = mixture_root(root, component->covariance);
    assert(is_definite);
    normal[0] = (hour - component->mean[0]) / root[0][0];
    marks[0] = hour;
    for (int i = 1; i < MARKS; i++) {
        normal[i] = gsl_ran_ugaussian(rng);
        marks[i] = component->mean[i];
        for (int k = 0; k <= i; k++)
            marks[i] += root[i][k] * normal[k];
    }
}

/* ---- comers ---------------------------------------------------------------------------------------------------- */

static void draw_marks(double marks[MARKS], const struct profile *profile, const struct profile_day *day, gsl_rng *rng)
{
    switch (day->generator) {
    case GENERATOR_INDEPENDENT:
        copula_draw(marks, &profile->copula[day->is_weekend], COPULA_INDEPENDENT, rng);
        break;
    case GENERATOR_COPULA:
        copula_draw(marks, &profile->copula[day->is_weekend], COPULA_DEPENDENT, rng);
        break;
    case GENERATOR_MIXTURE:
        mixture_draw(marks, &profile->mixture[day->is_weekend], rng);
        break;
    case GENERATOR_VISITORS:
        draw_given_hour(marks, &profile->mixture[day->is_weekend], draw_hour(profile->hours[day->is_weekend], rng),
                        rng);
        break;
    }
}

static double between(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static void draw_stay(struct visit *stay, const struct profile *profile, const struct profile_user *user,
                      const struct profile_day *day, gsl_rng *rng)
{
    double marks[MARKS];
    draw_marks(marks, profile, day, rng);
    double clock = fmod(marks[0], 24);
    if (clock < 0)
        clock += 24;
    double hours = between(exp(marks[1] + user->traits[TRAIT_LN_HOURS]), (double)HISTORY_DURATION_MIN_US / HOUR_US,
                           (double)HISTORY_DURATION_MAX_US / HOUR_US);
    double season = day->month < 0 ? 1 : profile->month_energy[day->month];
    double kwh = season * exp(marks[2] + user->traits[TRAIT_LN_KWH] + profile->energy_shift[day->generator]);
    kwh = between(kwh, HISTORY_ENERGY_MIN_UJ / 3.6e12,
                  fmax(hours * user->charger_w / 1000, HISTORY_ENERGY_MIN_UJ / 3.6e12));
    stay->arrival_us = (int64_t)((clock + PROFILE_DAY_BEGINS_H) * (double)HOUR_US);
    stay->departure_us = stay->arrival_us + (int64_t)(hours * (double)HOUR_US);
    stay->energy_uj = (int64_t)(kwh * 3.6e12);
}

static int by_arrival(const void *left, const void *right)
{
    const struct visit *a = left, *b = right;
    return a->arrival_us < b->arrival_us ? -1 : a->arrival_us > b->arrival_us;
}

size_t profile_draw_day(struct visit stays[PROFILE_COMERS_MAX], const struct profile *profile,
                        const struct profile_user *user, const struct profile_day *day, gsl_rng *rng)
{
    double weekday_rate = 7 / (5 + 2 * profile->weekend_rate);
    double rate = exp(user->traits[TRAIT_LN_RATE]) * profile->free[day->generator] * weekday_rate *
                  (day->is_weekend ? profile->weekend_rate : 1) *
                  (day->month < 0 ? 1 : profile->month_rate[day->month]);
    unsigned count = gsl_ran_poisson(rng, fmin(rate, PROFILE_COMERS_MAX));
    count = count < PROFILE_COMERS_MAX ? count : PROFILE_COMERS_MAX;
    for (unsigned i = 0; i < count; i++)
        draw_stay(&stays[i], profile, user, day, rng);
    qsort(stays, count, sizeof stays[0], by_arrival);
    return count;
}

/* A month that begins in the middle of things: the week before it is drawn and forgotten. */
static size_t draw_month(const void *self, struct visit *stays, size_t *blocked, gsl_rng *rng)
{
    const struct profile_source *from = self;
    struct profile_user user;
    profile_draw_user(&user, from->profile, from->generator, rng);
    size_t count = 0;
    int64_t free_us = INT64_MIN;
    for (int day = -7; day < HISTORY_MONTH_DAYS; day++) {
        struct visit comers[PROFILE_COMERS_MAX];
        struct profile_day what = {.generator = from->generator, .is_weekend = (day + 7) % 7 >= 5, .month = -1};
        size_t comer_count = profile_draw_day(comers, from->profile, &user, &what, rng);
        for (size_t i = 0; i < comer_count && count < AGGREGATE_STAYS_MAX; i++) {
            struct visit stay = comers[i];
            stay.arrival_us += day * DAY_US;
            stay.departure_us += day * DAY_US;
            bool is_in_month = stay.arrival_us >= 0 && stay.arrival_us < HISTORY_MONTH_US;
            if (stay.arrival_us < free_us) {
                *blocked += is_in_month;
                continue;
            }
            free_us = stay.departure_us;
            if (is_in_month)
                stays[count++] = stay;
        }
    }
    return count;
}

void profile_source(struct aggregate_source *source, const struct profile_source *self)
{
    *source = (struct aggregate_source){.self = self, .month = draw_month};
}
