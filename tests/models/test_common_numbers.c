/* test_common_numbers.c: another policy, tariff or site shifts nobody's random numbers.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A draw is addressed by who and what for. So whatever else a scenario changes, a car's day comes with the same hour
 * and the same stay, and the n-th payment of a session with the same latency and the same fate.
 */
#include "tests/models/check.h"
#include "tests/models/fixture.h"

#include "models/calendar.h"

#include <string.h>

#define ROWS_MAX 8000

struct rows {
    size_t count;
    int64_t values[ROWS_MAX][4];
};
struct seen {
    struct rows sessions; /* key, arrival, departure, demand */
    struct rows payments; /* session, number, latency, cause */
};

static void add(struct rows *rows, int64_t a, int64_t b, int64_t c, int64_t d)
{
    assert_true(rows->count < ROWS_MAX);
    memcpy(rows->values[rows->count++], (const int64_t[]){a, b, c, d}, sizeof rows->values[0]);
}

static void on_row(void *self, size_t table, const int64_t *values)
{
    struct seen *seen = self;
    bool is_answer = values[4] == RAIL_CREDITED || values[4] == RAIL_FAILED;
    if (table == EVENT_TABLE_SESSION)
        add(&seen->sessions, values[0], values[3], values[6], values[7]);
    else if (is_answer && values[5] != RAIL_CAUSE_OUTAGE) /* an outage is no fate of the payment's own */
        add(&seen->payments, values[0], values[1], values[2] - values[3], values[5]);
}

typedef void change(struct world_config *config);

static void nothing(struct world_config *config)
{
    (void)config;
}
static void small_purchases(struct world_config *config)
{
    config->payment.purchase_uj = KWH_UJ / 2;
    config->payment.reorder_uj = KWH_UJ / 10;
}
static void few_outlets(struct world_config *config)
{
    config->building.outlets.count = 4;
}
static void slow_outlets(struct world_config *config)
{
    config->building.outlets.current_ma = 6000;
    config->building.outlets.contactor_delay_us = 5 * SECOND_US;
}
static void another_tariff(struct world_config *config)
{
    config->tariff.kind = TARIFF_TIME_OF_USE;
    config->tariff.band_count = 2;
    config->tariff.bands[0] = (struct tariff_band){DAY_ANY, 0, 9 * HOUR_US, 10000000};
    config->tariff.bands[1] = (struct tariff_band){DAY_ANY, 9 * HOUR_US, 24 * HOUR_US, 45000000};
}
static void another_rail(struct world_config *config)
{
    config->rails[0].cloud.settlement_us = DAY_US;
    config->rails[0].cloud.chargeback_ppm = 100000;
    config->rails[0].cloud.fee_ppm = 50000;
    config->rails[0].cloud.outage_every_us = 2 * DAY_US;
    config->rails[0].cloud.outage_mean_us = HOUR_US;
}

static void run(struct seen *seen, change *change_config, enum unmet_demand unmet)
{
    struct world_events events = {.self = seen, .row = on_row};
    struct fixture fixture = {.order = {.seed = 7, .events = &events}};
    memset(seen, 0, sizeof *seen);
    fixture_config(&fixture.config);
    fixture.config.duration_us = 14 * DAY_US;
    fixture.config.fleet.cars.count = 20;
    fixture.config.fleet.unmet = unmet;
    fixture.config.rails[0].cloud.latency_us = 2 * SECOND_US;
    fixture.config.rails[0].cloud.latency_sigma_ppm = 500000;
    fixture.config.rails[0].cloud.decline_ppm = 50000;
    change_config(&fixture.config);
    double metrics[METRIC_COUNT];
    fixture_metrics(&fixture, metrics, NULL);
}

/* Rows that stand in both, by their first `keys` values; fails if one differs in the `same` values after them. */
static size_t common(const struct rows *a, const struct rows *b, size_t keys, size_t same)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++) {
            if (memcmp(a->values[i], b->values[j], keys * sizeof(int64_t)) != 0)
                continue;
            assert_memory_equal(a->values[i] + keys, b->values[j] + keys, same * sizeof(int64_t));
            count++;
        }
    return count;
}

static change *const changes[] = {nothing, small_purchases, few_outlets, slow_outlets, another_tariff, another_rail};
#define CHANGES (sizeof changes / sizeof changes[0])

static void cars_that_forget_come_the_same_under_every_change(void **state)
{
    (void)state;
    static struct seen base, other;
    run(&base, nothing, UNMET_PER_SESSION);
    assert_true(base.sessions.count > 60 && base.payments.count > 60);
    for (size_t i = 0; i < CHANGES; i++) {
        run(&other, changes[i], UNMET_PER_SESSION);
        assert_int_equal(other.sessions.count, base.sessions.count);
        assert_int_equal(common(&base.sessions, &other.sessions, 1, 3), base.sessions.count);
        assert_true(common(&base.payments, &other.payments, 2, 2) > base.payments.count / 2);
    }
}

/* What a battery lacks decides whether its driver plugs in; when they come and how long they stay is theirs. */
static void cars_that_remember_keep_their_hours_under_every_change(void **state)
{
    (void)state;
    static struct seen base, other;
    run(&base, nothing, UNMET_IN_BATTERY);
    for (size_t i = 0; i < CHANGES; i++) {
        run(&other, changes[i], UNMET_IN_BATTERY);
        assert_true(common(&base.sessions, &other.sessions, 1, 2) > base.sessions.count / 2);
        assert_true(common(&base.payments, &other.payments, 2, 2) > base.payments.count / 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cars_that_forget_come_the_same_under_every_change),
        cmocka_unit_test(cars_that_remember_keep_their_hours_under_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
