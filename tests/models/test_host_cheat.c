/* test_host_cheat.c: nodes that broadcast what they have revoked, and what they get for it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/adversary.h"
#include "tests/models/near.h"
#include "tests/models/street.h"

#define PAID_MSAT 300000000
#define FEES_MSAT 5e6 /* more than any of these stories costs at 4 sat/vB */

struct crime {
    struct street street;
    int64_t before_msat[STREET_NODES]; /* when the cheat begins */
    int64_t fees_sat;
};

static void pay(struct crime *crime, uint32_t from, uint32_t to)
{
    char text[2000];
    uint32_t before = street_count(&crime->street, to, LN_NODE_INVOICE_PAID);
    street_ask(&crime->street, to, PAID_MSAT, false, text);
    street_pay(&crime->street, from, text);
    assert_true(street_wait(&crime->street, to, LN_NODE_INVOICE_PAID, before + 1, HOUR));
    street_run(&crime->street, MINUTE);
}

static void begin(struct crime *crime, uint32_t nodes, uint64_t seed)
{
    street_init(&crime->street);
    crime->street.nodes = nodes;
    crime->street.seed = seed;
    street_begin(&crime->street);
}

static void remember(struct crime *crime)
{
    struct host_money money;
    host_money(&money, crime->street.host);
    crime->fees_sat = money.fees_sat;
    for (uint32_t i = 0; i < crime->street.nodes; i++)
        crime->before_msat[i] = street_wealth_msat(&crime->street, i);
}

static void back_up(struct crime *crime, uint32_t node)
{
    assert_true(host_back_up(crime->street.host, crime->street.node[node]));
}

static void cheat(struct crime *crime, uint32_t node)
{
    host_cheat(crime->street.host, crime->street.node[node], sim_now_us(crime->street.sim) + MINUTE);
}

static int64_t gain_msat(const struct crime *crime, uint32_t node)
{
    return street_wealth_msat(&crime->street, node) - crime->before_msat[node];
}

/* Nothing lies on the chain unclaimed; what the nodes have lost together the miners have. */
static void all_is_divided(const struct crime *crime)
{
    struct host_money money;
    int64_t sum_msat = 0;
    host_money(&money, crime->street.host);
    assert_int_equal(money.claims_sat, 0);
    assert_int_equal(money.channels_sat, 0);
    for (uint32_t i = 0; i < crime->street.nodes; i++)
        sum_msat += gain_msat(crime, i);
    /* A part of a satoshi of a commitment is the miner's. */
    within((double)sum_msat, -1000.0 * (double)(money.fees_sat - crime->fees_sat) - 2000,
           -1000.0 * (double)(money.fees_sat - crime->fees_sat) + 2000);
}

static enum ln_close close_seen(const struct crime *crime, uint32_t node)
{
    const struct street_event *spent = street_last(&crime->street, node, LN_NODE_CHANNEL_SPENT);
    assert_non_null(spent);
    return spent->event.close;
}

/* ---- punished -------------------------------------------------------------------------------------------------- */

static void who_broadcasts_a_revoked_commitment_loses_all(void **state)
{
    (void)state;
    struct crime crime;
    begin(&crime, 2, 1);
    back_up(&crime, 0);
    pay(&crime, 0, 1);
    int64_t rest_msat = (int64_t)street_balance_msat(&crime.street, 0, false);
    remember(&crime);
    cheat(&crime, 0);
    street_run(&crime.street, 5 * DAY);
    assert_int_equal(close_seen(&crime, 1), LN_CLOSE_REVOKED);
    assert_int_equal(close_seen(&crime, 0), LN_CLOSE_OURS); /* so it believes */
    all_is_divided(&crime);
    within((double)gain_msat(&crime, 1), (double)rest_msat - FEES_MSAT, (double)rest_msat);
    within((double)gain_msat(&crime, 0), -(double)rest_msat - FEES_MSAT, -(double)rest_msat);
    street_close(&crime.street);
}

/* HTLCs that the old state shows are the victim's too, in whatever direction they went. */
static void htlcs_of_a_revoked_commitment_are_taken_too(void **state)
{
    (void)state;
    for (uint32_t payer = 0; payer < 2; payer++) {
        struct crime crime;
        char text[2000];
        begin(&crime, 2, 1);
        street_ask(&crime.street, 1 - payer, PAID_MSAT / 2, true, text);
        street_pay(&crime.street, payer, text);
        street_run(&crime.street, MINUTE);
        assert_int_equal(street_count(&crime.street, 1 - payer, LN_NODE_INVOICE_HELD), 1);
        const struct street_event *held = street_last(&crime.street, 1 - payer, LN_NODE_INVOICE_HELD);
        uint64_t invoice = held->event.invoice;
        back_up(&crime, 0);
        struct ln_node *node = host_enter(crime.street.host, crime.street.node[1 - payer]);
        enum ln_node_result result = ln_node_settle(node, invoice, NULL);
        host_leave(crime.street.host, crime.street.node[1 - payer], result, NULL);
        assert_int_equal(result, LN_NODE_OK);
        street_run(&crime.street, MINUTE);
        remember(&crime);
        int64_t rest_msat = (int64_t)street_balance_msat(&crime.street, 0, false);
        cheat(&crime, 0);
        street_run(&crime.street, 10 * DAY);
        assert_int_equal(close_seen(&crime, 1), LN_CLOSE_REVOKED);
        all_is_divided(&crime);
        within((double)gain_msat(&crime, 1), (double)rest_msat - 2 * FEES_MSAT, (double)rest_msat);
        street_close(&crime.street);
    }
}

static void a_hub_that_cheats_loses_to_all_its_peers(void **state)
{
    (void)state;
    struct crime crime;
    begin(&crime, 3, 1);
    back_up(&crime, 1);
    pay(&crime, 0, 2);
    remember(&crime);
    cheat(&crime, 1);
    street_run(&crime.street, 5 * DAY);
    assert_int_equal(close_seen(&crime, 0), LN_CLOSE_REVOKED);
    assert_int_equal(close_seen(&crime, 2), LN_CLOSE_REVOKED);
    all_is_divided(&crime);
    assert_true(gain_msat(&crime, 0) > 0);
    assert_true(gain_msat(&crime, 2) > 0);
    street_close(&crime.street);
}

/* ---- not punished ---------------------------------------------------------------------------------------------- */

/* The penalty must come before the cheat may claim: 144 blocks after its commitment (to_self_delay). */
static void sleep_through(struct crime *crime, int64_t for_us)
{
    begin(crime, 2, 1);
    back_up(crime, 0);
    pay(crime, 0, 1);
    remember(crime);
    host_crash(crime->street.host, crime->street.node[1], sim_now_us(crime->street.sim) + for_us);
    cheat(crime, 0);
    street_run(&crime->street, 8 * DAY);
    all_is_divided(crime);
}

static void who_is_away_for_longer_than_the_delay_is_robbed(void **state)
{
    (void)state;
    struct crime crime;
    sleep_through(&crime, 3 * DAY);
    within((double)gain_msat(&crime, 0), PAID_MSAT - FEES_MSAT, PAID_MSAT);
    within((double)gain_msat(&crime, 1), -PAID_MSAT - FEES_MSAT, -PAID_MSAT + FEES_MSAT);
    street_close(&crime.street);
}

static void who_is_back_in_time_is_not(void **state)
{
    (void)state;
    struct crime crime;
    sleep_through(&crime, DAY / 2);
    assert_true(gain_msat(&crime, 1) > 0);
    assert_true(gain_msat(&crime, 0) < 0);
    street_close(&crime.street);
}

/* Nothing was revoked since the backup: the peer sees an ordinary close, and each gets its own. */
static void a_backup_of_the_last_state_harms_nobody(void **state)
{
    (void)state;
    struct crime crime;
    begin(&crime, 2, 1);
    pay(&crime, 0, 1);
    back_up(&crime, 0);
    remember(&crime);
    cheat(&crime, 0);
    street_run(&crime.street, 5 * DAY);
    assert_int_equal(close_seen(&crime, 1), LN_CLOSE_THEIRS);
    all_is_divided(&crime);
    within((double)gain_msat(&crime, 0), -FEES_MSAT, 0);
    within((double)gain_msat(&crime, 1), -FEES_MSAT, 0);
    street_close(&crime.street);
}

/* ---- when ------------------------------------------------------------------------------------------------------ */

static void a_cheat_may_wait_for_a_height(void **state)
{
    (void)state;
    struct crime crime;
    struct host_tally tally;
    begin(&crime, 2, 1);
    back_up(&crime, 0);
    pay(&crime, 0, 1);
    uint32_t height = host_height(crime.street.host) + 30;
    host_cheat_at_height(crime.street.host, crime.street.node[0], height);
    while (host_height(crime.street.host) + 1 < height)
        street_run(&crime.street, MINUTE);
    host_tally(&tally, crime.street.host);
    assert_int_equal(tally.cheats, 0);
    remember(&crime);
    street_run(&crime.street, 5 * DAY);
    host_tally(&tally, crime.street.host);
    assert_int_equal(tally.cheats, 1);
    assert_int_equal(close_seen(&crime, 1), LN_CLOSE_REVOKED);
    all_is_divided(&crime);
    street_close(&crime.street);
}

static void who_has_no_power_cheats_when_it_is_back(void **state)
{
    (void)state;
    struct crime crime;
    begin(&crime, 2, 1);
    back_up(&crime, 0);
    pay(&crime, 0, 1);
    remember(&crime);
    host_crash(crime.street.host, crime.street.node[0], sim_now_us(crime.street.sim) + HOUR);
    cheat(&crime, 0);
    street_run(&crime.street, 5 * DAY);
    assert_int_equal(close_seen(&crime, 1), LN_CLOSE_REVOKED);
    all_is_divided(&crime);
    assert_true(gain_msat(&crime, 1) > 0);
    street_close(&crime.street);
}

/* ---- at any state ---------------------------------------------------------------------------------------------- */

/* Payments to and fro, a backup behind any of them, both forms of channel, both ends: whoever was honest ends with no
 * less than its view of the channel, but for fees. */
static void at_any_state(uint64_t seed)
{
    struct crime crime;
    uint32_t thief = (uint32_t)(seed % 2), at = (uint32_t)(seed / 2 % 4);
    begin(&crime, 2, seed);
    for (uint32_t i = 0; i < 5; i++) {
        if (i == at)
            back_up(&crime, thief);
        pay(&crime, i % 2, 1 - i % 2);
    }
    remember(&crime);
    cheat(&crime, thief);
    street_run(&crime.street, 5 * DAY);
    assert_int_equal(close_seen(&crime, 1 - thief), LN_CLOSE_REVOKED);
    all_is_divided(&crime);
    assert_true((double)gain_msat(&crime, 1 - thief) >= -FEES_MSAT);
    assert_true(gain_msat(&crime, thief) < 0);
    street_close(&crime.street);
}

static void the_honest_end_loses_nothing_at_any_state(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        at_any_state(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_broadcasts_a_revoked_commitment_loses_all),
        cmocka_unit_test(htlcs_of_a_revoked_commitment_are_taken_too),
        cmocka_unit_test(a_hub_that_cheats_loses_to_all_its_peers),
        cmocka_unit_test(who_is_away_for_longer_than_the_delay_is_robbed),
        cmocka_unit_test(who_is_back_in_time_is_not),
        cmocka_unit_test(a_backup_of_the_last_state_harms_nobody),
        cmocka_unit_test(a_cheat_may_wait_for_a_height),
        cmocka_unit_test(who_has_no_power_cheats_when_it_is_back),
        cmocka_unit_test(the_honest_end_loses_nothing_at_any_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
