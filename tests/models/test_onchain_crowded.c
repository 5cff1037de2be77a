/* test_onchain_crowded.c: full mempools, which forget payments, double spends and refunds: each is answered.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * January 2018: the least feerate of a full mempool goes up and down around what the wallets offer.
 */
#include "models/calendar.h"
#include "models/rails/onchain_parts.h"
#include "tests/models/near.h"
#include "tests/models/onchain_fixture.h"

#define IDLE_DAYS 20 /* a node forgets after 14 what no block has */

static struct onchain_config *rail_of(struct onchain_fixture *fixture)
{
    return &fixture->base.config.rails[0].onchain;
}

/* Half of the sessions are attacked, by payments that say that they may be replaced. */
static void crowd(struct onchain_fixture *fixture, uint64_t background)
{
    const struct onchain_timetable timetable = {.count = 200, .every_min = 120, .stay_min = 110, .cars = 20, .kwh = 4};
    onchain_fixture_config(fixture);
    struct world_config *config = &fixture->base.config;
    chain_config_init(&config->chain, CHAIN_ERA_2018_01);
    config->chain.miner_count = 2;
    config->chain.full_rbf_ppm = 500000;
    config->chain.background_seed = background;
    config->duration_us = timetable.count * timetable.every_min * MINUTE_US + IDLE_DAYS * DAY_US;
    struct onchain_config *rail = rail_of(fixture);
    rail->listen_us = 0;
    rail->signal_ppm = 1000000;
    rail->payer_feerate.rate_sat_per_kwu = 60 * 250;
    rail->operator_feerate.rate_sat_per_kwu = 60 * 250;
    rail->record = ONCHAIN_RECORD_ALWAYS;
    rail->coin_sat = 20000000;
    rail->float_sat = 100000000;
    rail->frauds[0] = (struct fraud_config){
        .method = FRAUD_REPLACEMENT, .share_ppm = 500000, .delay_us = 10 * MINUTE_US, .helpers = 8};
    rail->fraud_count = 1;
    onchain_fixture_run_timetable(fixture, &timetable);
}

static void what_a_full_mempool_forgets_is_answered_all_the_same(void **state)
{
    (void)state;
    for (uint64_t background = 0; background < 2; background++) {
        struct onchain_fixture fixture;
        crowd(&fixture, background);
        size_t credited = payment_count(&fixture, RAIL_CREDITED), taken = payment_count(&fixture, RAIL_REVERSED);
        const struct onchain *onchain = fixture.base.world.rail.self;
        size_t open = 0;
        for (size_t i = 0; i < onchain->account_count; i++)
            open += onchain->accounts[i].is_open;
        print_message("credited %zu: final %zu, reversed %zu; failed %zu, withdrawn %zu, sessions open %zu\n", credited,
                      payment_count(&fixture, RAIL_FINAL), taken, payment_count(&fixture, RAIL_FAILED),
                      payment_count(&fixture, RAIL_LIMIT), open);
        assert_true(credited > 50 && taken > 0);
        assert_int_equal(payment_count(&fixture, RAIL_FINAL) + taken, credited);
        assert_int_equal(open, 0);
        onchain_fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_full_mempool_forgets_is_answered_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
