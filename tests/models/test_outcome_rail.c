/* test_outcome_rail.c: what a rail says about itself, as metrics: differences of two looks, capacities by hand. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/outcome_rail.h"

#include "models/scoreboard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define YEN_PER_BTC 1000000.0 /* 0.01 yen a satoshi */
#define TEN_MINUTES INT64_C(600000000)
#define DAY         INT64_C(86400000000)

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * fabs(expected))
        fail_msg("%.12g, not %.12g", value, expected);
}

/* 50 sessions with 200 payments after the warm-up. */
static void begin(double metrics[METRIC_COUNT], struct outcome_rail looks[2], struct money *money)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        metrics[i] = NAN;
    metrics[METRIC_SESSION_COUNT] = 50;
    metrics[METRIC_PAYMENT_COUNT] = 200;
    metrics[METRIC_CHAIN_WEIGHT_PER_SESSION] = metrics[METRIC_CHAIN_WEIGHT_PER_PAYMENT] = 0;
    for (int i = 0; i < 2; i++) {
        looks[i] = (struct outcome_rail){.has_chain = false};
        rail_report_init(&looks[i].report);
    }
    money_init(money, YEN_PER_BTC);
}

static void what_a_rail_does_not_say_has_no_value(void **state)
{
    (void)state;
    double metrics[METRIC_COUNT];
    struct outcome_rail looks[2];
    struct money money;
    begin(metrics, looks, &money);
    outcome_rail_metrics(metrics, &looks[0], &looks[1], &money, TEN_MINUTES);
    static const enum metric none[] = {METRIC_TRUST_PARTIES,        METRIC_PAIRS_OPEN_SHARE, METRIC_LIQUIDITY,
                                       METRIC_CHANNEL_OPENED,       METRIC_CHAIN_BLOCKS,     METRIC_CAPACITY_HUB,
                                       METRIC_CAPACITY_BLOCK_SPACE, METRIC_CAPACITY_SESSIONS};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_true(isnan(metrics[none[i]]));
}

/* 4,000,000 weight units in 600 s; 250 vB a session, 62.5 vB a payment. */
static void block_space_is_divided_by_what_a_session_takes(void **state)
{
    (void)state;
    double metrics[METRIC_COUNT];
    struct outcome_rail looks[2];
    struct money money;
    begin(metrics, looks, &money);
    metrics[METRIC_CHAIN_WEIGHT_PER_SESSION] = 250;
    metrics[METRIC_CHAIN_WEIGHT_PER_PAYMENT] = 62.5;
    outcome_rail_metrics(metrics, &looks[0], &looks[1], &money, TEN_MINUTES);
    near(metrics[METRIC_CAPACITY_BLOCK_SPACE], 4000000.0 / 600 / 1000);
    near(metrics[METRIC_CAPACITY_SESSIONS], 4000000.0 / 600 / 1000);
    near(metrics[METRIC_CAPACITY_PAYMENTS], 4000000.0 / 600 / 250);
}

/* The hub was busy for 10 s of 50 sessions, 5 s of it before the warm-up's end; the provider is far from full. */
static void the_scarcest_resource_decides(void **state)
{
    (void)state;
    double metrics[METRIC_COUNT];
    struct outcome_rail looks[2];
    struct money money;
    begin(metrics, looks, &money);
    looks[0].report.uses[RAIL_RESOURCE_HUB] = (struct rail_use){5e6, 1e6};
    looks[1].report.uses[RAIL_RESOURCE_HUB] = (struct rail_use){15e6, 1e6};
    looks[1].report.uses[RAIL_RESOURCE_PROVIDER] = (struct rail_use){200, 1000};
    outcome_rail_metrics(metrics, &looks[0], &looks[1], &money, TEN_MINUTES);
    near(metrics[METRIC_CAPACITY_HUB], 50 / 10.0);
    near(metrics[METRIC_CAPACITY_PROVIDER], 1000 / (200 / 50.0));
    near(metrics[METRIC_CAPACITY_SESSIONS], 5);
    near(metrics[METRIC_CAPACITY_PAYMENTS], 200 / 10.0);
}

static void sums_count_from_the_end_of_the_warm_up(void **state)
{
    (void)state;
    double metrics[METRIC_COUNT];
    struct outcome_rail looks[2];
    struct money money;
    begin(metrics, looks, &money);
    looks[0].report.channels_opened = 3;
    looks[0].report.channels_msat_us = 1e6 * (double)DAY;
    struct rail_report *end = &looks[1].report;
    end->has_channels = true;
    end->channels_opened = 5;
    end->closed_by_force = 2;
    end->channels_msat_us = 5e6 * (double)DAY;
    end->penalty_msat = 700000;
    end->parties_trusted = 0;
    end->pairs_able_share = 0.5;
    end->pairs_open_share = 0.25;
    end->liquidity_msat = 2500000;
    outcome_rail_metrics(metrics, &looks[0], &looks[1], &money, TEN_MINUTES);
    near(metrics[METRIC_CHANNEL_OPENED], 5); /* what channels cost counts from time 0 */
    near(metrics[METRIC_CHANNEL_CLOSED_BY_FORCE], 2);
    near(metrics[METRIC_CHANNEL_CAPITAL], 4000);
    near(metrics[METRIC_CAPITAL_LOCKED], 4000); /* payments lie in channels */
    near(metrics[METRIC_CAPITAL_LOCKED_PER_SESSION], 80);
    near(metrics[METRIC_CHANNEL_PENALTY_INCOME], 7);
    near(metrics[METRIC_PAIRS_ABLE_SHARE], 50);
    near(metrics[METRIC_PAIRS_OPEN_SHARE], 25);
    near(metrics[METRIC_LIQUIDITY], 2500);
    near(metrics[METRIC_LIQUIDITY_PER_SESSION], 50);
    assert_true(metrics[METRIC_TRUST_PARTIES] == 0);
}

static void every_relation_is_between_metrics_that_there_are(void **state)
{
    (void)state;
    size_t related = 0;
    for (int i = 0; i < METRIC_COUNT; i++) {
        struct metric_relation relation = metric_relation(metric_table[i].name);
        related += relation.part_of != NULL || relation.trials != NULL;
        if (relation.part_of != NULL)
            assert_true(metric_find(relation.part_of) < METRIC_COUNT);
        if (relation.trials != NULL && strcmp(relation.trials, METRIC_COUNTS) != 0)
            assert_true(metric_find(relation.trials) < METRIC_COUNT);
        if (relation.worth != NULL)
            assert_true(metric_find(relation.worth) < METRIC_COUNT);
    }
    assert_int_equal(related, metric_relation_count());
}

static void every_metric_has_a_name_of_its_own_and_a_definition(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        assert_non_null(metric_table[i].name);
        assert_int_equal(metric_find(metric_table[i].name), i);
        assert_true(strlen(metric_table[i].unit) > 0 && strlen(metric_table[i].long_name) > 0 &&
                    strlen(metric_table[i].definition) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_rail_does_not_say_has_no_value),
        cmocka_unit_test(block_space_is_divided_by_what_a_session_takes),
        cmocka_unit_test(the_scarcest_resource_decides),
        cmocka_unit_test(sums_count_from_the_end_of_the_warm_up),
        cmocka_unit_test(every_relation_is_between_metrics_that_there_are),
        cmocka_unit_test(every_metric_has_a_name_of_its_own_and_a_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
