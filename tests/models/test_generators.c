/* test_generators.c: every generator of sessions against the real aggregate, in a table.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth: months of real users, drawn with replacement; 50 outlets, 3.2 kW, four weeks, 5 minutes (docs/models.md).
 */
#include "tests/models/check.h"
#include "tests/models/near.h"
#include "tests/models/sites.h"

#include "models/fleet/aggregate.h"
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

static void on_all_sites_the_bootstrap_is_as_good_as_the_data(void **state)
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
    resample_close(&resample);
    history_close(&history);
}

static void on_a_site_not_seen_coincidence_holds(void **state)
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
    near(model.coincidence_mean, truth.coincidence_mean, 0.04);
    near(model.coincidence_p95, truth.coincidence_p95, 0.05);
    resample_close(&resample);
    history_close(&seen);
    history_close(&unseen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_all_sites_the_bootstrap_is_as_good_as_the_data),
        cmocka_unit_test(on_a_site_not_seen_coincidence_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
