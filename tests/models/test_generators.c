/* test_generators.c: every generator of sessions against the real aggregate, in a table.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth: months of real users, drawn with replacement; 50 outlets, 3.2 kW, four weeks, 5 minutes (docs/models.md).
 */
#include "tests/models/check.h"
#include "tests/models/near.h"
#include "tests/models/sites.h"

#include "models/fleet/aggregate.h"
#include "models/fleet/car_month.h"
#include "models/fleet/fit.h"
#include "models/fleet/fitness.h"
#include "models/fleet/resample.h"
#include "sim/stream.h"

#include <stdio.h>

static const struct aggregate_config bench = {.outlets = 50, .repetitions = 200, .power_w = 3200};

static void measure(struct aggregate *aggregate, const struct aggregate_source *source, const char *name)
{
    struct sim_stream stream;
    stream_open(&stream, 1, 0, name, 0);
    assert_true(aggregate_measure(aggregate, &bench, source, stream_rng(&stream)));
    printf("%-34s %.3f %.3f  %5.2f %5.2f  %5.1f %%  %.3f  %5.1f %%  %2d h\n", name, aggregate->coincidence_mean,
           aggregate->coincidence_p95, aggregate->asked_kwh, aggregate->delivered_kwh, 100 * aggregate->undelivered,
           aggregate->sessions, 100 * aggregate->blocked, aggregate->peak_hour);
}

static void print_head(const char *what)
{
    printf("%-34s CF          kWh/day      undeliv. sess/d  blocked  peak\n%-34s mean  p95    asked deliv.\n", what,
           "");
}

static void measure_profile(struct aggregate aggregates[GENERATOR_COUNT], const struct profile *profile)
{
    for (int i = 0; i < GENERATOR_COUNT; i++) {
        struct profile_source self = {.profile = profile, .generator = (enum generator)i};
        struct aggregate_source source;
        profile_source(&source, &self);
        measure(&aggregates[i], &source, generator_name(self.generator));
    }
}

/* The per-car process of docs/models.md, with distance and plug-in fitted. */
static void measure_cars(struct aggregate *aggregate, const struct profile *profile, double sessions, double asked_kwh)
{
    struct car_process process;
    struct aggregate_source source;
    car_process_apartments(&process, profile->charger_w);
    assert_true(car_process_fit(&process, sessions, asked_kwh));
    car_process_source(&source, &process);
    measure(aggregate, &source, "cars");
    printf("  (daily distance %.1f km, half plug in at %.0f %%)\n", (double)process.cars.daily_distance_m / 1000,
           (double)process.cars.plug_in_soc_ppm / 1e4);
}

struct limits {
    double coincidence_mean, coincidence_p95, energy, undelivered;
};

static void hold(const struct aggregate *model, const struct aggregate *truth, const struct limits *limits)
{
    near(model->coincidence_mean, truth->coincidence_mean, limits->coincidence_mean);
    near(model->coincidence_p95, truth->coincidence_p95, limits->coincidence_p95);
    near(model->asked_kwh, truth->asked_kwh, truth->asked_kwh * limits->energy);
    near(model->delivered_kwh, truth->delivered_kwh, truth->delivered_kwh * limits->energy);
    near(model->undelivered, truth->undelivered, limits->undelivered);
}

/* Sessions one by one: where the distributions of hour, duration and energy are farthest apart. */
static void check_marks(const struct profile *profile, const struct history *history)
{
    struct fitness fitness;
    struct sim_stream stream;
    struct aggregate_source truth, model;
    struct profile_source self = {.profile = profile, .generator = GENERATOR_MIXTURE};
    stream_open(&stream, 1, 0, "mixture", 0);
    aggregate_truth(&truth, history);
    profile_source(&model, &self);
    assert_true(fitness_measure(&fitness, &model, &truth, stream_rng(&stream)));
    within(fitness.distance[FITNESS_HOUR], 0, 0.08);
    within(fitness.distance[FITNESS_DURATION], 0, 0.05);
    within(fitness.distance[FITNESS_ENERGY], 0, 0.05);
}

static void on_all_sites_generators_are_as_good_as_the_data(void **state)
{
    (void)state;
    struct history history;
    struct resample resample;
    sites_history(&history, "AOT");
    assert_true(resample_init(&resample, &history));
    struct aggregate truth, model;
    struct aggregate_source source;
    print_head("fitted and judged on all sites");
    aggregate_truth(&source, &history);
    measure(&truth, &source, "months of real users (truth)");
    resample_source(&source, &resample);
    measure(&model, &source, "user-level bootstrap");
    hold(&model, &truth, &(struct limits){0.02, 0.03, 0.05, 0.02});
    struct profile profile;
    struct aggregate aggregates[GENERATOR_COUNT];
    assert_int_equal(fit_profile(&profile, &history, NULL), FIT_OK);
    measure_profile(aggregates, &profile);
    double sessions, asked_kwh;
    history_level(&sessions, &asked_kwh, &history);
    measure_cars(&model, &profile, sessions, asked_kwh);
    near(model.sessions, sessions, 0.05 * sessions);
    hold(&model, &truth, &(struct limits){0.02, 0.03, 0.05, 0.02});
    for (int i = 0; i < GENERATOR_COUNT; i++)
        hold(&aggregates[i], &truth, &(struct limits){0.02, 0.03, 0.05, 0.02});
    check_marks(&profile, &history);
    resample_close(&resample);
    history_close(&history);
}

/* ---- a site not seen --------------------------------------------------------------------------------------------- */

#define POPULATION_MONTHS 2130 /* active user-months behind fit_population, docs/models.md */

/* The population's level with one of its sites taken out, so that it knows nothing of that one. */
static void level_of_others(struct fit_level *level, const struct history *site)
{
    double sessions, asked_kwh, months = (double)site->month_count;
    history_level(&sessions, &asked_kwh, site);
    *level = fit_population;
    level->sessions += (level->sessions - sessions) * months / (POPULATION_MONTHS - months);
    level->asked_kwh += (level->asked_kwh - asked_kwh) * months / (POPULATION_MONTHS - months);
}

/* How much is charged is a site's own: what two sites say about the third, and what eleven say about it. */
static void levels_differ_from_site_to_site(void **state)
{
    (void)state;
    static const char *const names[] = {"ASK", "OSL_S", "TRO_R"}, *const letters[] = {"A", "O", "T"},
                             *const others[] = {"OT", "AT", "AO"};
    double worst_of_two = 0;
    printf("kWh per outlet and day   of the site   of the two others   of eleven others\n");
    for (int i = 0; i < 3; i++) {
        struct history site, two;
        struct fit_level eleven;
        double sessions, own_kwh, two_kwh;
        sites_history(&site, letters[i]);
        sites_history(&two, others[i]);
        history_level(&sessions, &own_kwh, &site);
        history_level(&sessions, &two_kwh, &two);
        level_of_others(&eleven, &site);
        printf("%-24s %6.2f        %6.2f %+5.1f %%      %6.2f %+5.1f %%\n", names[i], own_kwh, two_kwh,
               100 * (two_kwh / own_kwh - 1), eleven.asked_kwh, 100 * (eleven.asked_kwh / own_kwh - 1));
        worst_of_two = fmax(worst_of_two, fabs(two_kwh / own_kwh - 1));
        history_close(&site);
        history_close(&two);
    }
    assert_true(worst_of_two > 0.15); /* else a fit to two sites would carry over, and docs/models.md is wrong */
}

/* The published aggregate of all twelve sites, by the same recipe (docs/models.md): for another building, three sites'
 * shapes at the population's level come to it. */
static void a_profile_for_another_building_is_the_population(void **state)
{
    (void)state;
    static const struct aggregate published = {.coincidence_mean = 0.295,
                                               .coincidence_p95 = 0.356,
                                               .asked_kwh = 6.39,
                                               .delivered_kwh = 5.9,
                                               .undelivered = 0.076};
    struct history history;
    struct profile profile;
    struct aggregate aggregates[GENERATOR_COUNT], cars;
    sites_history(&history, "AOT");
    print_head("for another building");
    assert_int_equal(fit_profile(&profile, &history, &fit_population), FIT_OK);
    measure_profile(aggregates, &profile);
    measure_cars(&cars, &profile, fit_population.sessions, fit_population.asked_kwh);
    hold(&cars, &published, &(struct limits){0.02, 0.03, 0.05, 0.02});
    hold(&aggregates[GENERATOR_MIXTURE], &published, &(struct limits){0.02, 0.03, 0.05, 0.02});
    history_close(&history);
}

static void on_a_site_not_seen_the_level_of_others_holds(void **state)
{
    (void)state;
    struct history seen, unseen;
    struct resample resample;
    sites_history(&seen, "AO");
    sites_history(&unseen, "T");
    assert_true(resample_init(&resample, &seen));
    struct aggregate truth, model;
    struct aggregate_source source;
    print_head("fitted on ASK, OSL_S, judged on TRO_R");
    aggregate_truth(&source, &unseen);
    measure(&truth, &source, "months of real users (truth)");
    resample_source(&source, &resample);
    measure(&model, &source, "user-level bootstrap");
    near(model.coincidence_mean, truth.coincidence_mean, 0.04); /* its energy is a third too high, see fit.h */
    near(model.coincidence_p95, truth.coincidence_p95, 0.05);
    struct profile profile;
    struct aggregate aggregates[GENERATOR_COUNT];
    assert_int_equal(fit_profile(&profile, &seen, NULL), FIT_OK);
    measure_profile(aggregates, &profile);
    struct fit_level level;
    level_of_others(&level, &unseen);
    print_head("the same, at the level of others");
    assert_int_equal(fit_profile(&profile, &seen, &level), FIT_OK);
    measure_profile(aggregates, &profile);
    measure_cars(&model, &profile, level.sessions, level.asked_kwh);
    hold(&model, &truth, &(struct limits){0.04, 0.05, 0.15, 0.04});
    for (int i = GENERATOR_INDEPENDENT; i <= GENERATOR_MIXTURE; i++)
        hold(&aggregates[i], &truth, &(struct limits){0.04, 0.05, 0.15, 0.04});
    resample_close(&resample);
    history_close(&seen);
    history_close(&unseen);
}

/* Two Gaussians far apart are found again. */
static void a_mixture_finds_its_components(void **state)
{
    (void)state;
    static double samples[4000][MARKS];
    struct sim_stream stream;
    stream_open(&stream, 3, 0, "test.mixture", 0);
    static const double narrow[MARKS][MARKS] = {{1, 0, 0}, {0.5, 0.5, 0}, {0, 0, 0.3}};
    for (size_t i = 0; i < 4000; i++) {
        samples[i][0] = i % 4 == 0 ? 4 : 14;
        samples[i][1] = i % 4 == 0 ? -1 : 2.5;
        samples[i][2] = 2;
        mixture_spread(samples[i], narrow, stream_rng(&stream));
    }
    struct mixture mixture;
    assert_true(mixture_fit(&mixture, (const double(*)[MARKS])samples, 4000, stream_rng(&stream)));
    double weight = 0, low = 0, mean[MARKS] = {0}, product = 0;
    for (unsigned k = 0; k < mixture.count; k++) {
        const struct mixture_component *component = &mixture.components[k];
        weight += component->weight;
        low += component->mean[0] < 9 ? component->weight : 0;
        for (int a = 0; a < MARKS; a++)
            mean[a] += component->mean[0] < 9 ? 0 : component->weight / 0.75 * component->mean[a];
    }
    near(weight, 1, 1e-9);
    near(low, 0.25, 0.01);
    near(mean[0], 14, 0.1);
    near(mean[1], 2.5, 0.1);
    for (int i = 0; i < 20000; i++) {
        double marks[MARKS];
        mixture_draw(marks, &mixture, stream_rng(&stream));
        product += marks[0] < 9 ? (marks[0] - 4) * (marks[1] + 1) / 5000 : 0;
    }
    near(product, 0.5, 0.1);
}

/* A monotone dependence comes back, with the marks' own quantiles; told to be independent, only those. */
static void a_copula_keeps_ranks_and_quantiles(void **state)
{
    (void)state;
    static double samples[4000][MARKS];
    struct sim_stream stream;
    stream_open(&stream, 4, 0, "test.copula", 0);
    static const double root[MARKS][MARKS] = {{1, 0, 0}, {0.8, 0.6, 0}, {0, 0, 1}};
    for (size_t i = 0; i < 4000; i++) {
        mixture_spread(samples[i], root, stream_rng(&stream));
        samples[i][1] = exp(samples[i][1]);
    }
    struct copula copula;
    assert_true(copula_fit(&copula, (const double(*)[MARKS])samples, 4000));
    near(copula.correlation[0][1], 0.8, 0.02);
    near(copula.quantiles[1][COPULA_QUANTILES / 2], 1, 0.06);
    for (int dependence = 0; dependence < 2; dependence++) {
        double product = 0;
        for (int i = 0; i < 20000; i++) {
            double marks[MARKS];
            copula_draw(marks, &copula, (enum copula_dependence)dependence, stream_rng(&stream));
            product += marks[0] * log(marks[1]) / 20000;
        }
        near(product, dependence == COPULA_DEPENDENT ? 0.8 : 0, 0.05);
    }
}

static void too_little_is_not_fitted(void **state)
{
    (void)state;
    struct history history;
    struct profile profile;
    sites_history(&history, "A");
    size_t months = history.month_count;
    history.month_count = FIT_MONTHS_MIN - 1;
    assert_int_equal(fit_profile(&profile, &history, NULL), FIT_TOO_FEW);
    history.month_count = months;
    history.stay_count = FIT_STAYS_MIN - 1;
    assert_int_equal(fit_profile(&profile, &history, NULL), FIT_TOO_FEW);
    history_close(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mixture_finds_its_components),
        cmocka_unit_test(a_copula_keeps_ranks_and_quantiles),
        cmocka_unit_test(too_little_is_not_fitted),
        cmocka_unit_test(on_all_sites_generators_are_as_good_as_the_data),
        cmocka_unit_test(levels_differ_from_site_to_site),
        cmocka_unit_test(a_profile_for_another_building_is_the_population),
        cmocka_unit_test(on_a_site_not_seen_the_level_of_others_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
