/* test_host_reach.c: routers and radios that fail: with the link, or with the way to the chain too.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/adversary.h"
#include "tests/models/near.h"
#include "tests/models/street.h"

#define PAID_MSAT 300000000
#define FEES_MSAT 5e6

struct outage {
    struct street street;
    int64_t before_msat[STREET_NODES];
};

static void remember(struct outage *outage)
{
    for (uint32_t i = 0; i < outage->street.nodes; i++)
        outage->before_msat[i] = street_wealth_msat(&outage->street, i);
}

static int64_t gain_msat(const struct outage *outage, uint32_t node)
{
    return street_wealth_msat(&outage->street, node) - outage->before_msat[node];
}

static void pay(struct street *street, uint32_t from, uint32_t to)
{
    char text[2000];
    uint32_t before = street_count(street, to, LN_NODE_INVOICE_PAID);
    street_ask(street, to, PAID_MSAT, false, text);
    street_pay(street, from, text);
    assert_true(street_wait(street, to, LN_NODE_INVOICE_PAID, before + 1, 2 * HOUR));
    street_run(street, MINUTE);
}

/* ---- the chain ------------------------------------------------------------------------------------------------- */

static void who_is_cut_off_hears_of_blocks_when_it_is_back(void **state)
{
    (void)state;
    struct outage outage;
    struct street *street = &outage.street;
    street_init(street);
    street->is_cut_off[2] = true;
    street_begin(street);
    uint32_t before = host_look(street->host, street->node[2])->height;
    coverage_hold(&street->coverages, street->cover[1]);
    street_run(street, 12 * HOUR);
    assert_int_equal(host_look(street->host, street->node[2])->height, before);
    assert_true(host_look(street->host, street->node[1])->height > before + 40);
    coverage_release(&street->coverages, street->cover[1]);
    assert_int_equal(host_look(street->host, street->node[2])->height, host_height(street->host));
    street_run(street, 10 * MINUTE);
    pay(street, 0, 2);
    street_close(street);
}

/* Of blocks that it knew, of blocks that it did not, and when it is back. */
static void reorganisations_while_it_is_away_are_told_too(void **state)
{
    (void)state;
    static const int64_t at_us[] = {10 * MINUTE, 4 * HOUR, 8 * HOUR};
    for (uint32_t i = 0; i < 3; i++) {
        struct outage outage;
        struct street *street = &outage.street;
        street_init(street);
        street->is_cut_off[2] = true;
        street_begin(street);
        street_run(street, 3 * HOUR);
        int64_t begin_us = sim_now_us(street->sim);
        coverage_hold(&street->coverages, street->cover[1]);
        street_run(street, at_us[i] < 6 * HOUR ? at_us[i] : 6 * HOUR);
        if (at_us[i] > 6 * HOUR)
            coverage_release(&street->coverages, street->cover[1]);
        street_run(street, begin_us + at_us[i] - sim_now_us(street->sim));
        chain_force_reorg(street->chain, &(struct chain_reorg){.depth_blocks = 6}, CHAIN_NONE);
        street_run(street, begin_us + 10 * HOUR - sim_now_us(street->sim));
        if (at_us[i] < 6 * HOUR)
            coverage_release(&street->coverages, street->cover[1]);
        assert_int_equal(host_look(street->host, street->node[2])->height, host_height(street->host));
        street_run(street, 10 * MINUTE);
        pay(street, 0, 2);
        street_close(street);
    }
}

/* A commitment that is given up while there is no way to the chain goes there afterwards. */
static void what_is_to_be_sent_waits(void **state)
{
    (void)state;
    struct outage outage;
    struct street *street = &outage.street;
    street_init(street);
    street->nodes = 2;
    street->is_cut_off[1] = true;
    street_begin(street);
    remember(&outage);
    coverage_hold(&street->coverages, street->cover[0]);
    struct ln_node *node = host_enter(street->host, street->node[1]);
    const struct street_event *ready = street_last(street, 1, LN_NODE_CHANNEL_READY);
    enum ln_node_result result = ln_node_force_close(node, ready->event.channel);
    host_leave(street->host, street->node[1], result, NULL);
    assert_int_equal(result, LN_NODE_OK);
    street_run(street, 6 * HOUR);
    assert_int_equal(street_count(street, 0, LN_NODE_CHANNEL_SPENT), 0);
    coverage_release(&street->coverages, street->cover[0]);
    assert_true(street_wait(street, 0, LN_NODE_CHANNEL_SPENT, 1, 3 * HOUR));
    street_run(street, 4 * DAY);
    within((double)gain_msat(&outage, 0), -FEES_MSAT, 0);
    within((double)gain_msat(&outage, 1), -FEES_MSAT, 0);
    street_close(street);
}

/* Without a way to the chain a revoked commitment is not seen; with power, and with all records, it is lost the same.
 */
static void rob(struct outage *outage, int64_t for_us)
{
    struct street *street = &outage->street;
    street_init(street);
    street->nodes = 2;
    street->is_cut_off[1] = true;
    street_begin(street);
    assert_true(host_back_up(street->host, street->node[0]));
    pay(street, 0, 1);
    remember(outage);
    host_cheat(street->host, street->node[0], sim_now_us(street->sim) + MINUTE);
    coverage_hold(&street->coverages, street->cover[0]);
    street_run(street, for_us);
    coverage_release(&street->coverages, street->cover[0]);
    street_run(street, 8 * DAY - for_us);
}

static void who_is_cut_off_for_longer_than_the_delay_can_be_robbed(void **state)
{
    (void)state;
    struct outage outage;
    rob(&outage, 3 * DAY);
    within((double)gain_msat(&outage, 0), PAID_MSAT - FEES_MSAT, PAID_MSAT);
    within((double)gain_msat(&outage, 1), -PAID_MSAT - FEES_MSAT, -PAID_MSAT + FEES_MSAT);
    street_close(&outage.street);
    rob(&outage, DAY / 2);
    assert_true(gain_msat(&outage, 0) < 0);
    assert_true(gain_msat(&outage, 1) > 0);
    street_close(&outage.street);
}

/* ---- one router for a whole building --------------------------------------------------------------------------- */

/* Else what it learned of a hop that was away for a moment would keep the payer from it for an hour. */
static void forget_soon(struct ln_node_config *config, uint32_t node)
{
    (void)node;
    config->lesson_half_life_s = 20;
}

/* Payments of a phone over a hub while the building's router comes and goes, and the phone's radio on its own: each is
 * made or not for both ends, and no channel is lost. */
static void outages_cost_payments_not_money(void **state)
{
    (void)state;
    struct outage outage;
    struct street *street = &outage.street;
    char text[2000];
    uint32_t made = 0;
    street_init(street);
    street->coverage[0] = (struct coverage_config){.mean_there_us = 20 * MINUTE, .mean_gone_us = 3 * MINUTE};
    street->coverage[1] = (struct coverage_config){.mean_there_us = HOUR, .mean_gone_us = 10 * MINUTE};
    street->is_cut_off[0] = street->is_cut_off[2] = true;
    street->configure = forget_soon;
    street_begin(street);
    remember(&outage);
    for (uint32_t i = 0; i < 60; i++) {
        if (host_look(street->host, street->node[2]) == NULL)
            continue;
        street_ask(street, 2, 1000000, false, text);
        struct ln_pay_terms limits = street_limits(street);
        limits.deadline_us -= (uint64_t)(58 * MINUTE);
        street_pay_with(street, 0, text, &limits);
        street_run(street, 10 * MINUTE);
    }
    street_run(street, 3 * HOUR);
    for (uint32_t i = 0; i < street->event_count; i++)
        made += street->events[i].node == street->node[0] && street->events[i].event.kind == LN_NODE_PAYMENT_SENT;
    within(made, 30, 58);
    assert_int_equal(street_count(street, 2, LN_NODE_INVOICE_PAID), made);
    assert_int_equal(gain_msat(&outage, 2), 1000000 * (int64_t)made);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(street_count(street, i, LN_NODE_CHANNEL_FAILS), 0);
    street_close(street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_cut_off_hears_of_blocks_when_it_is_back),
        cmocka_unit_test(reorganisations_while_it_is_away_are_told_too),
        cmocka_unit_test(what_is_to_be_sent_waits),
        cmocka_unit_test(who_is_cut_off_for_longer_than_the_delay_can_be_robbed),
        cmocka_unit_test(outages_cost_payments_not_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
