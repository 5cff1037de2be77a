/* test_transformer.c: heat and ageing against the worked examples of IEC 60076-7 and against small steps.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/check.h"
#include "tests/models/near.h"

#include "models/calendar.h"
#include "models/site/transformer.h"
#include "sim/stream.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MINUTE       ((double)MINUTE_US)

/* The 250 MVA transformer of the standard's annex on step changes: loads of 1.0, 0.6, 1.5, 0.3, 2.1 and 0 at 25.6
 * degrees, no-load losses of next to nothing, top oil 12.7 K above the air at first. Printed: top oil and hot spot at
 * the end of each step, to a tenth of a degree and with its rounded constants. */
static void a_sequence_of_loads_heats_as_the_standard_prints_it(void **state)
{
    (void)state;
    const struct transformer_law law = {.oil_rise_k = 38.3,
                                        .hot_rise_k = 1.4 * 14.5,
                                        .loss_ratio = 1000,
                                        .x = 0.8,
                                        .y = 1.3,
                                        .k11 = 0.5,
                                        .k21 = 2,
                                        .k22 = 2,
                                        .oil_us = 150 * MINUTE,
                                        .winding_us = 7 * MINUTE};
    static const struct {
        double until_min, load, oil_c, hot_c;
    } steps[] = {{190, 1.0, 61.9, 83.8}, {365, 0.6, 44.4, 54.0},  {500, 1.5, 89.2, 127.0},
                 {705, 0.3, 35.0, 37.5}, {730, 2.1, 67.9, 138.6}, {745, 0.0, 60.3, 75.3}};
    struct transformer_heat heat = {.oil_c = 25.6 + 12.7};
    double at_min = 0;
    for (size_t i = 0; i < COUNT(steps); i++) {
        transformer_heat_step(&heat, &law, steps[i].load, 25.6, (steps[i].until_min - at_min) * MINUTE);
        near(heat.oil_c, steps[i].oil_c, 0.7);
        near(transformer_hot_c(&heat), steps[i].hot_c, 1.5);
        at_min = steps[i].until_min;
    }
}

/* Table of relative ageing rates. */
static void paper_ages_as_the_standard_prints_it(void **state)
{
    (void)state;
    static const struct {
        double hot_c, normal, upgraded;
    } rows[] = {{80, 0.125, 0.036}, {86, 0.25, 0.073}, {92, 0.5, 0.145}, {98, 1, 0.282},  {104, 2, 0.536}, {110, 4, 1},
                {116, 8, 1.83},     {122, 16, 3.29},   {128, 32, 5.8},   {134, 64, 10.1}, {140, 128, 17.2}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        near(transformer_ageing(PAPER_NORMAL, rows[i].hot_c), rows[i].normal, 1e-9);
        near(transformer_ageing(PAPER_UPGRADED, rows[i].hot_c), rows[i].upgraded, 0.006 * rows[i].upgraded + 0.0005);
    }
}

/* 20 degrees, rated load, for ever: 98 degrees and the life that it was made for. */
static void a_distribution_transformer_at_its_rating_ages_normally(void **state)
{
    (void)state;
    struct transformer_law law;
    struct transformer_heat heat;
    transformer_law_distribution(&law, 5, PAPER_NORMAL);
    transformer_settle(&heat, &law, 1, 20);
    near(transformer_hot_c(&heat), 98, 1e-9);
    near(transformer_heat_step(&heat, &law, 1, 20, 3600e6), 3600e6, 1);
    near(transformer_hot_c(&heat), 98, 1e-9);
}

/* The standard's difference equations, D theta = Dt / tau (end - theta), in steps so small that they are exact. */
static void exponentials_are_the_limit_of_the_difference_equations(void **state)
{
    (void)state;
    struct sim_stream stream;
    stream_open(&stream, 1, 0, "test.transformer", 0);
    struct transformer_law law;
    transformer_law_distribution(&law, 5, PAPER_NORMAL);
    law.k21 = 2; /* so that the second part is there as well */
    struct transformer_heat heat, small;
    transformer_settle(&heat, &law, 0.5, 10);
    small = heat;
    double life_us = 0, small_us = 0;
    for (int i = 0; i < 60; i++) {
        double load = 1.6 * stream_uniform(&stream), air_c = 30 * stream_uniform(&stream);
        struct transformer_heat end;
        transformer_settle(&end, &law, load, air_c);
        for (int minute = 0; minute < 10; minute++)
            life_us += transformer_heat_step(&heat, &law, load, air_c, MINUTE);
        for (int second = 0; second < 6000; second++) {
            double d_us = 1e5;
            small_us += transformer_ageing(law.paper, transformer_hot_c(&small)) * d_us;
            small.oil_c += d_us / (law.k11 * law.oil_us) * (end.oil_c - small.oil_c);
            small.first_k += d_us / (law.k22 * law.winding_us) * (end.first_k - small.first_k);
            small.second_k += d_us / (law.oil_us / law.k22) * (end.second_k - small.second_k);
        }
    }
    near(transformer_hot_c(&heat), transformer_hot_c(&small), 0.01);
    near(life_us / small_us, 1, 1e-3);
}

static void a_building_s_load_is_worked_off_minute_by_minute(void **state)
{
    (void)state;
    const struct transformer_config config = {
        .rating_w = 50000, .limit_ppm = INT64_MAX, .no_load_ppm = 2000, .load_loss_ppm = 10000, .air_mean_c = 20};
    struct transformer transformer;
    transformer_init(&transformer, &config, 0);
    /* A minute of 100 kW and one of nothing, in odd pieces; then half a minute, which waits. */
    transformer_pass(&transformer, 0, 30 * SECOND_US, 200000);
    transformer_pass(&transformer, 30 * SECOND_US, 120 * SECOND_US, 0);
    transformer_pass(&transformer, 120 * SECOND_US, 150 * SECOND_US, -50000);
    near(transformer.load_max, 2, 1e-9);
    assert_int_equal(transformer.length_us, 120 * SECOND_US);
    double loss_j = 60 * (50000 * (0.002 + 0.01 * 4) + 50000 * 0.002);
    near((double)transformer.loss_uj / 1e6, loss_j, 1e-5);
    transformer_restart(&transformer);
    transformer_pass(&transformer, 150 * SECOND_US, 180 * SECOND_US, -50000);
    near(transformer.load_max, 1, 1e-9); /* what flows back heats as much */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequence_of_loads_heats_as_the_standard_prints_it),
        cmocka_unit_test(paper_ages_as_the_standard_prints_it),
        cmocka_unit_test(a_distribution_transformer_at_its_rating_ages_normally),
        cmocka_unit_test(exponentials_are_the_limit_of_the_difference_equations),
        cmocka_unit_test(a_building_s_load_is_worked_off_minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
