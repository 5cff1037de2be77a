/* test_lightning_adversary.c: a rail whose payers cheat or jam: what they take, what they lose.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/lightning_fixture.h"
#include "tests/models/near.h"

#include "models/calendar.h"

static void begin(struct onchain_fixture *fixture, enum lightning_topology topology)
{
    lightning_fixture_config(fixture);
    fixture->base.order.audit_every = 2; /* between a cheat and its block too */
    lightning_config_of(fixture)->topology = topology;
    fixture->base.config.payment.purchase_uj = KWH_UJ;
}

static void attack(struct onchain_fixture *fixture, const struct lightning_attack *attack)
{
    lightning_config_of(fixture)->attacks[0] = *attack;
    lightning_config_of(fixture)->attack_count = 1;
}

static void run(struct onchain_fixture *fixture, int days)
{
    fixture->base.config.duration_us = days * DAY_US;
    onchain_fixture_run_timetable(
        fixture, &(struct onchain_timetable){.count = 8, .every_min = 360, .stay_min = 300, .cars = 2, .kwh = 5});
}

static double metric(const struct onchain_fixture *fixture, enum metric which)
{
    return fixture->metrics[which];
}

/* Two cars, four sessions of 5 kWh each; both close their channels as they were before. */
static void a_hub_punishes_who_broadcasts_a_revoked_state(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    begin(&fixture, LIGHTNING_HUB);
    attack(&fixture,
           &(struct lightning_attack){.method = LIGHTNING_ATTACK_REVOKED, .share_ppm = 1000000, .after_us = HOUR_US});
    run(&fixture, 6);
    assert_int_equal((int)metric(&fixture, METRIC_CHANNEL_CLOSED_BY_PENALTY), 2);
    assert_int_equal((int)metric(&fixture, METRIC_CHANNEL_STOLEN), 0);
    assert_int_equal((int)metric(&fixture, METRIC_MERCHANT_LOSS), 0);
    within(metric(&fixture, METRIC_CHANNEL_PENALTY_INCOME), 1000, 8000); /* of two times 4,000 yen */
    onchain_fixture_close(&fixture);
}

/* Outlets that do not hear of blocks for three days are robbed of what was paid since the backup, and no more. */
static void outlets_behind_a_dead_router_are_robbed(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    double stolen[2];
    for (int is_dead = 0; is_dead < 2; is_dead++) {
        begin(&fixture, LIGHTNING_DIRECT);
        attack(&fixture, &(struct lightning_attack){
                             .method = LIGHTNING_ATTACK_REVOKED, .share_ppm = 1000000, .after_us = HOUR_US});
        if (is_dead) {
            fixture.base.config.access.router_outages[0] = (struct outage_config){8 * HOUR_US, 3 * DAY_US};
            fixture.base.config.access.router_outage_count = 1;
        }
        run(&fixture, 9);
        stolen[is_dead] = metric(&fixture, METRIC_CHANNEL_STOLEN);
        near(metric(&fixture, METRIC_MERCHANT_LOSS), stolen[is_dead], 1);
        near(metric(&fixture, METRIC_LOSS_REVOKED), stolen[is_dead], 1);
        onchain_fixture_close(&fixture);
    }
    near(stolen[0], 0, 0);
    assert_true(stolen[1] > 10);
    assert_true(stolen[1] < 5 * 8 * 30); /* what all sessions cost */
}

/* A car that jams the channels to other outlets: payments there fail while it is plugged in; nobody loses money. */
static void a_jammer_costs_others_their_payments(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    double failed[2];
    for (int is_jammed = 0; is_jammed < 2; is_jammed++) {
        begin(&fixture, LIGHTNING_HUB);
        fixture.base.config.payment.retry_us = 10 * SECOND_US;
        fixture.base.config.payment.retries_max = 1000;
        lightning_config_of(&fixture)->patience_us = 10 * SECOND_US;
        if (is_jammed)
            attack(&fixture, &(struct lightning_attack){.method = LIGHTNING_ATTACK_JAM,
                                                        .share_ppm = 500000,
                                                        .parts = 12,
                                                        .part_msat = 1000000,
                                                        .every_us = 60 * SECOND_US});
        fixture.base.config.duration_us = 2 * DAY_US;
        onchain_fixture_run(&fixture, "a,600,1100,9,40\nb,600,1100,9,40\nc,600,1100,9,40\nd,600,1100,9,40\n");
        failed[is_jammed] = metric(&fixture, METRIC_PAYMENT_FAILED);
        /* For want of places, that is, and not of money; some wait until their time is over. */
        double slots = metric(&fixture, METRIC_PAYMENT_FAILED_SLOTS);
        near(metric(&fixture, METRIC_PAYMENT_FAILED_LIQUIDITY), 0, 0);
        near(slots + metric(&fixture, METRIC_PAYMENT_FAILED_TIMEOUT), failed[is_jammed], 0);
        assert_true(slots * 2 >= failed[is_jammed]);
        assert_int_equal((int)metric(&fixture, METRIC_MERCHANT_LOSS), 0);
        assert_int_equal((int)metric(&fixture, METRIC_CHANNEL_CLOSED_BY_FORCE), 0);
        onchain_fixture_close(&fixture);
    }
    near(failed[0], 0, 0);
    assert_true(failed[1] > 0);
}

/* Both cars let their refunds hang: their channels end on the chain, and nobody but them waits for money. */
static void griefers_cost_channels(void **state)
{
    (void)state;
    struct onchain_fixture fixture;
    begin(&fixture, LIGHTNING_HUB);
    fixture.base.config.payment.purchase_uj = 4 * KWH_UJ; /* 5 kWh: some go back */
    attack(&fixture, &(struct lightning_attack){.method = LIGHTNING_ATTACK_GRIEF, .share_ppm = 1000000});
    fixture.base.config.duration_us = 6 * DAY_US;
    onchain_fixture_run(&fixture, "a,600,700,5,40\nb,605,705,5,40\n");
    assert_true(metric(&fixture, METRIC_CHANNEL_CLOSED_BY_FORCE) >= 1);
    assert_int_equal((int)metric(&fixture, METRIC_MERCHANT_LOSS), 0);
    assert_int_equal((int)metric(&fixture, METRIC_CHANNEL_STOLEN), 0);
    onchain_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_punishes_who_broadcasts_a_revoked_state),
        cmocka_unit_test(outlets_behind_a_dead_router_are_robbed),
        cmocka_unit_test(a_jammer_costs_others_their_payments),
        cmocka_unit_test(griefers_cost_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
