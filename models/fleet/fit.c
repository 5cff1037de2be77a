/* fit.c: users' moments, marks without users, seasons, and the rates that give the sessions recorded.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/fit.h"

#include "sim/stream.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UJ_PER_KWH         3.6e12
#define CALIBRATION_ROUNDS 5
#define SHRINK             0.9  /* of correlations that leave no positive definite matrix */
#define COUNT_NOISE        1.25 /* variance of a day's count over its mean, within a user [measured] */
#define AT_LIMIT           0.9  /* of the charger: not yet tapering, so the car left before it had what it wanted */
#define CHARGER_QUANTILE   0.98
#define VARIANCE_LEAST     1e-4

/* One active stay. */
struct sample {
    double marks[MARKS];
    uint32_t user;
    bool is_weekend;
};

const struct fit_level fit_population = {
    .sessions = 0.525, .asked_kwh = 6.39, .charger_w = {3300, 3500, 6300, 7200, 11000}};

struct user_sums {
    double count;
    double charger_w;
    double mean[MARKS];   /* above the mean of that kind of day; the hour's stays 0 */
    double effect_ln_kwh; /* shrunk towards nobody's */
};

struct work {
    const struct history *history;
    struct profile *profile;
    struct sample *samples; /* of active months, by month */
    size_t sample_count;
    struct user_sums *users;
    double (*marks)[MARKS]; /* room for all samples */
    double *ratios;         /* W, of one user */
    struct fit_level level;
    double day_mean[2][MARKS];
    double within[MARKS];         /* variance within users */
    double between[MARKS][MARKS]; /* covariance of traits between user-months, TRAIT_LN_RATE first */
};

static void take_samples(struct work *work)
{
    for (size_t m = 0; m < work->history->month_count; m++) {
        const struct history_month *month = &work->history->months[m];
        work->users[month->user].count += (double)month->count;
        for (size_t i = month->first; i < month->first + month->count; i++) {
            const struct visit *stay = &work->history->stays[i];
            double hours = (double)(stay->departure_us - stay->arrival_us) / (double)HOUR_US;
            double kwh = (double)stay->energy_uj / UJ_PER_KWH;
            int64_t shifted_us = stay->arrival_us - PROFILE_DAY_BEGINS_H * HOUR_US + HISTORY_WEEK_US;
            work->samples[work->sample_count++] =
                (struct sample){.marks = {(double)(shifted_us % DAY_US) / (double)HOUR_US, log(hours), log(kwh)},
                                .user = month->user,
                                .is_weekend = shifted_us / DAY_US % 7 >= 5};
        }
    }
}

/* ---- users ----------------------------------------------------------------------------------------------------- */

static void find_day_means(struct work *work)
{
    double count[2] = {0};
    for (size_t i = 0; i < work->sample_count; i++)
        count[work->samples[i].is_weekend]++;
    for (size_t i = 0; i < work->sample_count; i++) {
        const struct sample *sample = &work->samples[i];
        for (int a = 0; a < MARKS; a++)
            work->day_mean[sample->is_weekend][a] += sample->marks[a] / count[sample->is_weekend];
    }
}

static double above(const struct work *work, const struct sample *sample, int mark)
{
    return sample->marks[mark] - work->day_mean[sample->is_weekend][mark];
}

static void find_user_means(struct work *work)
{
    for (size_t i = 0; i < work->sample_count; i++) {
        struct user_sums *user = &work->users[work->samples[i].user];
        for (int a = 1; a < MARKS; a++)
            user->mean[a] += above(work, &work->samples[i], a) / user->count;
    }
    for (size_t i = 0; i < work->sample_count; i++) {
        const struct user_sums *user = &work->users[work->samples[i].user];
        for (int a = 1; a < MARKS; a++)
            work->within[a] += pow(above(work, &work->samples[i], a) - user->mean[a], 2) / (double)work->sample_count;
    }
}

/* A lognormal rate with the months' mean, and their variance less that of counting. */
static void find_rate(struct work *work)
{
    const struct history *history = work->history;
    double mean = (double)work->sample_count / (double)history->month_count, variance = 0;
    for (size_t m = 0; m < history->month_count; m++)
        variance += pow((double)history->months[m].count - mean, 2) / (double)history->month_count;
    double spread = log1p(fmax(variance - COUNT_NOISE * mean, 0.01 * mean * mean) / (mean * mean));
    work->between[TRAIT_LN_RATE][TRAIT_LN_RATE] = spread;
    work->profile->user_mean[TRAIT_LN_RATE] = log(mean / HISTORY_MONTH_DAYS) - spread / 2;
}

/* Nights are as long for one as for another: users differ in how often they stay, not by a factor of hours, which would
 * smear the night. Hours have no trait but what keeps the matrix definite. */
static void find_covariance(struct work *work)
{
    const struct history *history = work->history;
    double months = (double)history->month_count, rate_mean = 0, kwh_mean = 0, noise = 0;
    for (size_t m = 0; m < history->month_count; m++) {
        const struct user_sums *user = &work->users[history->months[m].user];
        rate_mean += log((double)history->months[m].count) / months;
        kwh_mean += user->mean[TRAIT_LN_KWH] / months;
        noise += work->within[TRAIT_LN_KWH] / user->count / months;
    }
    double product = 0, variance = 0;
    for (size_t m = 0; m < history->month_count; m++) {
        double apart = work->users[history->months[m].user].mean[TRAIT_LN_KWH] - kwh_mean;
        product += (log((double)history->months[m].count) - rate_mean) * apart / months;
        variance += apart * apart / months;
    }
    work->between[TRAIT_LN_RATE][TRAIT_LN_KWH] = work->between[TRAIT_LN_KWH][TRAIT_LN_RATE] = product;
    work->between[TRAIT_LN_KWH][TRAIT_LN_KWH] = fmax(variance - noise, VARIANCE_LEAST);
    work->between[TRAIT_LN_HOURS][TRAIT_LN_HOURS] = VARIANCE_LEAST;
}

static void find_users(struct work *work)
{
    find_day_means(work);
    find_user_means(work);
    find_rate(work);
    find_covariance(work);
    double root[MARKS][MARKS];
    while (!mixture_root(root, work->between))
        for (int a = 0; a < MARKS; a++)
            for (int b = 0; b < MARKS; b++)
                work->between[a][b] *= a == b ? 1 : SHRINK;
    memcpy(work->profile->user_covariance, work->between, sizeof work->between);
    for (uint32_t u = 0; u < work->history->user_count; u++)
        if (work->users[u].count > 0) {
            double between = work->between[TRAIT_LN_KWH][TRAIT_LN_KWH];
            double sure = between / (between + work->within[TRAIT_LN_KWH] / work->users[u].count);
            work->users[u].effect_ln_kwh = sure * work->users[u].mean[TRAIT_LN_KWH];
        }
}

/* ---- days ------------------------------------------------------------------------------------------------------ */

static bool fit_marks(struct work *work, bool is_weekend)
{
    size_t count = 0;
    double *hours = work->profile->hours[is_weekend];
    for (size_t i = 0; i < work->sample_count; i++) {
        const struct sample *sample = &work->samples[i];
        if (sample->is_weekend != is_weekend)
            continue;
        hours[((int)sample->marks[0] + PROFILE_DAY_BEGINS_H) % 24]++;
        for (int a = 0; a < MARKS; a++)
            work->marks[count][a] = sample->marks[a];
        work->marks[count][TRAIT_LN_KWH] -= work->users[sample->user].effect_ln_kwh;
        count++;
    }
    for (int hour = 0; hour < 24; hour++)
        hours[hour] /= (double)count;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "fit.mixture", is_weekend);
    const double(*marks)[MARKS] = (const double(*)[MARKS])work->marks;
    return copula_fit(&work->profile->copula[is_weekend], marks, count) &&
           mixture_fit(&work->profile->mixture[is_weekend], marks, count, stream_rng(&stream));
}

static size_t count_weekend(const struct work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->sample_count; i++)
        count += work->samples[i].is_weekend;
    return count;
}

/* Ratios to a mean of 1; what is unknown is as the mean. */
static void level_out(double ratios[12], const double weights[12])
{
    double total = 0, weight = 0;
    for (int i = 0; i < 12; i++) {
        total += weights[i] > 0 ? ratios[i] : 0;
        weight += weights[i] > 0;
    }
    for (int i = 0; i < 12; i++)
        ratios[i] = weights[i] > 0 ? ratios[i] / (total / weight) : 1;
}

/* Active months by the month of the year in which their middle lies. */
static void find_seasons(struct work *work)
{
    const struct history *history = work->history;
    double sessions[12] = {0}, months[12] = {0}, energy_uj[12] = {0};
    for (size_t m = 0; m < history->month_count; m++) {
        const struct history_month *month = &history->months[m];
        struct civil_time civil;
        calendar_civil(&civil, history->start_unix_s, month->start_us + HISTORY_MONTH_US / 2);
        sessions[civil.month - 1] += (double)month->count;
        months[civil.month - 1]++;
        for (size_t i = month->first; i < month->first + month->count; i++)
            energy_uj[civil.month - 1] += (double)history->stays[i].energy_uj;
    }
    for (int i = 0; i < 12; i++) {
        work->profile->month_rate[i] = months[i] > 0 ? sessions[i] / months[i] : 0;
        work->profile->month_energy[i] = months[i] > 0 ? energy_uj[i] / sessions[i] : 0;
    }
    level_out(work->profile->month_rate, months);
    level_out(work->profile->month_energy, months);
}

/* ---- calibration ----------------------------------------------------------------------------------------------- */

static bool calibrate(struct work *work, enum generator generator)
{
    struct profile *profile = work->profile;
    struct profile_source self = {.profile = profile, .generator = generator};
    struct aggregate_source source;
    profile_source(&source, &self);
    profile->free[generator] = 1;
    for (int round = 0; round < CALIBRATION_ROUNDS; round++) {
        struct sim_stream stream;
        struct aggregate aggregate;
        stream_open(&stream, 1, 0, "fit.calibration", generator);
        unsigned repetitions = round < CALIBRATION_ROUNDS - 2 ? 30 : 120; /* near enough first, then less noise */
        const struct aggregate_config config = {.outlets = 50, .repetitions = repetitions, .power_w = 3200};
        if (!aggregate_measure(&aggregate, &config, &source, stream_rng(&stream)))
            return false;
        profile->free[generator] *= work->level.sessions / aggregate.sessions;
        profile->energy_shift[generator] += log(work->level.asked_kwh / aggregate.asked_kwh);
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* What a user's car and outlet can do: what hardly any session exceeds. Weighted by active months. */
static void find_chargers(struct work *work)
{
    const struct history *history = work->history;
    size_t filled = 0, first = 0; /* samples, and so ratios, come user by user */
    double *of_months = work->marks[0];
    for (size_t m = 0; m < history->month_count;) {
        uint32_t user = history->months[m].user;
        size_t count = (size_t)work->users[user].count;
        for (size_t i = 0; i < count; i++)
            work->ratios[i] = 1000 * exp(work->samples[first + i].marks[2] - work->samples[first + i].marks[1]);
        gsl_sort(work->ratios, 1, count);
        work->users[user].charger_w = gsl_stats_quantile_from_sorted_data(work->ratios, 1, count, CHARGER_QUANTILE);
        for (; m < history->month_count && history->months[m].user == user; m++)
            of_months[filled++] = work->users[user].charger_w;
        first += count;
    }
    gsl_sort(of_months, 1, filled);
    for (int i = 0; i < PROFILE_CHARGERS; i++)
        work->level.charger_w[i] =
            gsl_stats_quantile_from_sorted_data(of_months, 1, filled, (double)i / (PROFILE_CHARGERS - 1));
}

static void find_level(struct work *work)
{
    history_level(&work->level.sessions, &work->level.asked_kwh, work->history);
    find_chargers(work);
}

static double ratio_of(const struct sample *sample)
{
    return 1000 * exp(sample->marks[2] - sample->marks[1]);
}

static bool is_cut(const struct work *work, const struct sample *sample)
{
    return ratio_of(sample) >= AT_LIMIT * work->users[sample->user].charger_w;
}

/* Could sample tell what the one that was cut at ln_kwh wanted? */
static bool tells(const struct work *work, const struct sample *sample, double ln_kwh)
{
    return sample->marks[2] > ln_kwh && !is_cut(work, sample);
}

/* ln kWh of one of the samples from first to end that tell, chosen by uniform; ln_kwh if none does. */
static double wanted(const struct work *work, size_t first, size_t end, double ln_kwh, double uniform)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        count += tells(work, &work->samples[i], ln_kwh);
    size_t chosen = (size_t)(uniform * (double)count);
    for (size_t i = first; i < end; i++)
        if (tells(work, &work->samples[i], ln_kwh) && chosen-- == 0)
            return work->samples[i].marks[2];
    return ln_kwh;
}

/* Who left while the charger gave all it could wanted at least that much: it gets the energy of another of the user's
 * sessions that took more and was not cut. A charger cuts it again when sessions are drawn, ours or another one. */
static void restore_cut(struct work *work)
{
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "fit.cut", 0);
    double *restored = work->ratios;
    for (size_t first = 0, end; first < work->sample_count; first = end) {
        end = first + (size_t)work->users[work->samples[first].user].count;
        for (size_t i = first; i < end; i++) {
            const struct sample *sample = &work->samples[i];
            double uniform = stream_uniform(&stream);
            restored[i] = is_cut(work, sample) ? wanted(work, first, end, sample->marks[2], uniform) : sample->marks[2];
        }
    }
    for (size_t i = 0; i < work->sample_count; i++)
        work->samples[i].marks[2] = restored[i];
}

static enum fit_result fit_all(struct work *work, const struct fit_level *level)
{
    struct profile *profile = work->profile;
    take_samples(work);
    size_t weekend_count = count_weekend(work), weekday_count = work->sample_count - weekend_count;
    if (weekend_count < MIXTURE_SAMPLES_MIN || weekday_count < MIXTURE_SAMPLES_MIN)
        return FIT_TOO_FEW;
    profile->weekend_rate = (double)weekend_count / 2 / ((double)weekday_count / 5);
    find_level(work);
    restore_cut(work);
    find_users(work);
    if (level != NULL)
        work->level = *level;
    memcpy(profile->charger_w, work->level.charger_w, sizeof profile->charger_w);
    find_seasons(work);
    if (!fit_marks(work, false) || !fit_marks(work, true))
        return FIT_MEMORY;
    for (int i = 0; i < GENERATOR_COUNT; i++)
        if (!calibrate(work, (enum generator)i))
            return FIT_MEMORY;
    return FIT_OK;
}

static uint32_t active_users(const struct history *history)
{
    uint32_t count = 0;
    for (uint32_t u = 0; u < history->user_count; u++)
        count += history->users[u].month_count > 0;
    return count;
}

enum fit_result fit_profile(struct profile *profile, const struct history *history, const struct fit_level *level)
{
    *profile = (struct profile){0};
    if (active_users(history) < FIT_USERS_MIN || history->month_count < FIT_MONTHS_MIN ||
        history->stay_count < FIT_STAYS_MIN)
        return FIT_TOO_FEW;
    struct work work = {.history = history, .profile = profile};
    work.samples = malloc(history->stay_count * sizeof work.samples[0]);
    work.marks = malloc(history->stay_count * sizeof work.marks[0]);
    work.ratios = malloc(history->stay_count * sizeof work.ratios[0]);
    work.users = calloc(history->user_count, sizeof work.users[0]);
    bool is_ready = work.samples != NULL && work.marks != NULL && work.ratios != NULL && work.users != NULL;
    enum fit_result result = is_ready ? fit_all(&work, level) : FIT_MEMORY;
    free(work.samples);
    free(work.marks);
    free(work.ratios);
    free(work.users);
    return result;
}
