/* test_queueing.c: stations whose answers are known: M/M/1 and M/M/c against theory, with intervals.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each case runs replications and asks that theory lie within the 99.9 % t interval of their mean, and that the
 * interval be narrow, so that the test could have failed.
 */
#include "station.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPLICATIONS 24
#define WARM_UP      20000  /* events */
#define MEASURED     300000 /* events */
#define MEAN_US      1e6    /* of service */

static void assert_theory(const char *what, const struct moments *found, double theory, double narrow)
{
    double half =
        gsl_cdf_tdist_Pinv(0.9995, (double)(found->count - 1)) * sqrt(moments_variance(found) / (double)found->count);
    if (!(half < narrow * theory) || !(fabs(found->mean - theory) <= half))
        fail_msg("%s: found %g +- %g, theory %g", what, found->mean, half, theory);
}

struct case_results {
    struct moments wait_us, present, waited_share, wait_q95_s;
};

static void replicate(struct case_results *results, uint32_t replication, double rho, unsigned servers)
{
    struct station station;
    struct sample waits;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 2018, .replication = replication});
    sample_init(&waits);
    station_open(&station, sim, MEAN_US / (rho * servers), MEAN_US, servers);
    assert_int_equal(sim_run(sim, SIM_TIME_MAX_US, WARM_UP, NULL), SIM_END_LIMIT);
    station_cut(&station);
    station.waits = &waits;
    assert_int_equal(sim_run(sim, SIM_TIME_MAX_US, MEASURED, NULL), SIM_END_LIMIT);
    level_finish(&station.present, sim_now_us(sim));
    moments_add(&results->wait_us, station_mean_wait_us(&station));
    moments_add(&results->present, level_mean(&station.present));
    moments_add(&results->wait_q95_s, sample_quantile(&waits, 0.95));
    struct counter waited;
    counter_init(&waited);
    for (size_t i = 0; i < waits.count; i++)
        if (waits.values[i] > 0)
            counter_hit(&waited);
        else
            counter_miss(&waited);
    moments_add(&results->waited_share, counter_share(&waited));
    sample_free(&waits);
    sim_free(sim);
}

static void check_case(double rho, unsigned servers, double narrow)
{
    struct case_results results;
    moments_init(&results.wait_us);
    moments_init(&results.present);
    moments_init(&results.waited_share);
    moments_init(&results.wait_q95_s);
    for (uint32_t i = 0; i < REPLICATIONS; i++)
        replicate(&results, i, rho, servers);
    double offered = rho * servers, interarrival_us = MEAN_US / offered;
    double waited = station_erlang_c(offered, servers);
    assert_theory("mean wait", &results.wait_us, station_theory_wait_us(interarrival_us, MEAN_US, servers), narrow);
    assert_theory("mean present", &results.present, station_theory_present(interarrival_us, MEAN_US, servers), narrow);
    assert_theory("share that waits", &results.waited_share, waited, narrow);
    /* The wait exceeds t with probability C exp(-(c - a) t / S). */
    double q95_s = log(waited / 0.05) / (servers - offered) * MEAN_US * 1e-6;
    assert_theory("95 % quantile of wait", &results.wait_q95_s, q95_s, narrow);
}

static void mm1_at_half_load_agrees_with_theory(void **state)
{
    (void)state;
    check_case(0.5, 1, 0.02);
}

static void mm1_at_load_0_9_agrees_with_theory(void **state)
{
    (void)state;
    check_case(0.9, 1, 0.07);
}

static void mm3_agrees_with_erlang_c(void **state)
{
    (void)state;
    check_case(0.8, 3, 0.05);
}

static void mm20_agrees_with_erlang_c(void **state)
{
    (void)state;
    check_case(0.9, 20, 0.1);
}

static void erlang_c_agrees_with_its_tables(void **state)
{
    (void)state;
    assert_true(fabs(station_erlang_c(0.9, 1) - 0.9) < 1e-12);
    assert_true(fabs(station_erlang_c(1, 2) - 1 / 3.0) < 1e-12);
    assert_true(fabs(station_erlang_c(2, 3) - 4 / 9.0) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erlang_c_agrees_with_its_tables),    cmocka_unit_test(mm1_at_half_load_agrees_with_theory),
        cmocka_unit_test(mm1_at_load_0_9_agrees_with_theory), cmocka_unit_test(mm3_agrees_with_erlang_c),
        cmocka_unit_test(mm20_agrees_with_erlang_c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
