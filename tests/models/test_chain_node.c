/* test_chain_node.c: what the operator's node sees of own transactions, and tells.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#include <stdlib.h>
#include <string.h>

#define SIGNALS (BTC_SEQUENCE_NO_RBF - 1)

static void a_direct_payment_is_seen_at_once_and_gains_depth(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_begin(&lab, 1, 2);
    struct lab_payment payment = lab_payment();
    uint32_t tx = lab_pay(&lab, &payment);
    assert_null(lab_event(&lab, CHAIN_EVENT_SEEN, tx, 0)); /* never from inside a call */
    lab_run(&lab, 0);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_SEEN, tx, 0)->at_us, 0);
    assert_int_equal(chain_tx(lab.chain, tx)->state, CHAIN_TX_POOLED);
    assert_int_equal(chain_tx(lab.chain, tx)->fee_sat, 141 * 10);
    lab_run(&lab, 3 * HOUR_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_DEPTH, tx), lab.config.watch_blocks);
    for (uint32_t i = 0; i < lab.config.watch_blocks; i++)
        assert_int_equal(lab_event(&lab, CHAIN_EVENT_DEPTH, tx, i)->event.depth, i + 1);
    assert_int_equal(chain_tx_depth(lab.chain, tx), chain_height(lab.chain) - chain_tx(lab.chain, tx)->height + 1);
    lab_close(&lab);
}

static void gossip_takes_its_lognormal_time(void **state)
{
    (void)state;
    enum { COUNT = 301 };
    struct lab lab;
    int64_t seen_us[COUNT];
    lab_init(&lab);
    lab.config.block_target_us = 365 * DAY_US; /* no block gets in between */
    lab_begin(&lab, 1, COUNT);
    struct lab_payment payment = lab_payment();
    payment.origin = CHAIN_GOSSIP;
    payment.value_sat = LAB_COIN_SAT / 2;
    payment.source = BTC_WALLET_CONFIRMED_ONLY;
    for (unsigned i = 0; i < COUNT; i++)
        seen_us[i] = lab_pay(&lab, &payment);
    lab_run(&lab, 10 * MINUTE_US);
    unsigned early = 0, late = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        int64_t after_us = chain_tx(lab.chain, (uint32_t)seen_us[i])->seen_us;
        early += after_us < lab.config.tx_delay_us;
        late += (double)after_us < (double)lab.config.tx_delay_us * exp(0.4);
    }
    near_share(early, COUNT, 0.5);
    near_share(late, COUNT, 0.8413447);
    lab_close(&lab);
}

static void refusals_have_their_reason(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_begin(&lab, 1, 3);
    struct lab_payment payment = lab_payment();
    payment.rate_sat_per_kwu = 100;
    uint32_t cheap = lab_pay(&lab, &payment);
    lab_run(&lab, SECOND_US);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_REFUSED, cheap, 0)->error, BTC_MEMPOOL_RELAY_FEE);
    assert_int_equal(chain_tx(lab.chain, cheap)->state, CHAIN_TX_GONE);

    payment.rate_sat_per_kwu = 2500; /* its only coin left is the refused one's change, unknown to all */
    payment.value_sat = 2 * LAB_COIN_SAT + LAB_COIN_SAT / 2;
    uint32_t orphan = lab_pay(&lab, &payment);
    lab_run(&lab, 2 * SECOND_US);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_REFUSED, orphan, 0)->error, BTC_MEMPOOL_MISSING);
    lab_run(&lab, 5 * HOUR_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_DEPTH, CHAIN_NONE), 0);
    lab_close(&lab);
}

/* A payment of a coin and, delay_us later, another of the same coin. */
static void pay_twice(struct lab *lab, uint32_t tx[2], uint32_t coin, const struct lab_payment *like, int64_t delay_us)
{
    struct lab_payment payment = *like;
    payment.required = &lab->coins[coin];
    tx[0] = lab_pay(lab, &payment);
    payment.value_sat -= 1000;
    payment.rate_sat_per_kwu *= 2;
    payment.origin = CHAIN_GOSSIP;
    payment.delay_us = delay_us;
    payment.peers = 1;
    tx[1] = lab_pay(lab, &payment);
}

static void a_signalled_payment_is_replaced_before_all_eyes(void **state)
{
    (void)state;
    struct lab lab;
    uint32_t tx[2];
    lab_init(&lab);
    lab.config.block_target_us = DAY_US;
    lab_begin(&lab, 1, 1);
    struct lab_payment payment = lab_payment();
    payment.sequence = SIGNALS;
    pay_twice(&lab, tx, 0, &payment, 30 * SECOND_US);
    lab_run(&lab, 10 * MINUTE_US);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_REPLACED, tx[0], 0)->event.other, tx[1]);
    assert_true(lab_event(&lab, CHAIN_EVENT_REPLACED, tx[0], 0)->at_us > 30 * SECOND_US);
    assert_int_equal(chain_tx(lab.chain, tx[0])->state, CHAIN_TX_GONE);
    assert_int_equal(chain_tx(lab.chain, tx[1])->state, CHAIN_TX_POOLED);
    assert_int_equal(chain_tx(lab.chain, tx[1])->rival, tx[0]);
    assert_int_equal(chain_spender(lab.chain, &lab.coins[0]), tx[1]);
    lab_run(&lab, 10 * DAY_US);
    assert_int_equal(chain_tx(lab.chain, tx[1])->state, CHAIN_TX_MINED);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_LOST, tx[0]), 0); /* gone is gone */
    lab_close(&lab);
}

static void a_late_rival_without_signal_does_nothing_and_is_not_seen(void **state)
{
    (void)state;
    struct lab lab;
    uint32_t tx[2];
    lab_init(&lab);
    lab.config.observers = 40;
    lab_begin(&lab, 2, 1);
    struct lab_payment payment = lab_payment();
    pay_twice(&lab, tx, 0, &payment, 30 * SECOND_US);
    lab_run(&lab, 2 * HOUR_US);
    assert_int_equal(chain_tx(lab.chain, tx[0])->state, CHAIN_TX_MINED);
    assert_int_equal(chain_tx(lab.chain, tx[1])->state, CHAIN_TX_UNSEEN);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_CONFLICT, CHAIN_NONE), 0);
    lab_close(&lab);
}

static void an_early_rival_is_seen_and_told_once(void **state)
{
    (void)state;
    struct lab lab;
    uint32_t tx[2];
    lab_init(&lab);
    lab.config.block_target_us = DAY_US;
    lab.config.observers = 40;
    lab_begin(&lab, 3, 1);
    struct lab_payment payment = lab_payment();
    payment.peers = 1;
    pay_twice(&lab, tx, 0, &payment, 0);
    lab_run(&lab, 10 * MINUTE_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_CONFLICT, CHAIN_NONE), 1);
    const struct lab_event *seen = lab_event(&lab, CHAIN_EVENT_CONFLICT, tx[0], 0);
    assert_int_equal(seen->event.other, tx[1]);
    assert_true(seen->at_us > SECOND_US / 2 && seen->at_us < 6 * SECOND_US);
    assert_int_equal(chain_tx(lab.chain, tx[0])->state, CHAIN_TX_POOLED);
    lab_close(&lab);
}

static void a_child_never_arrives_before_its_parent(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.config.block_target_us = DAY_US;
    lab_begin(&lab, 4, 1);
    struct lab_payment payment = lab_payment();
    payment.origin = CHAIN_GOSSIP;
    payment.value_sat = 20000;
    for (int i = 0; i < 20; i++)
        lab_pay(&lab, &payment);
    lab_run(&lab, 10 * MINUTE_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_SEEN, CHAIN_NONE), 20);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_REFUSED, CHAIN_NONE), 0);
    lab_run(&lab, 20 * DAY_US);
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(chain_tx(lab.chain, i)->state, CHAIN_TX_MINED);
    lab_close(&lab);
}

static void what_no_miner_takes_expires_and_can_be_sent_again(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.config.empty_ppm = 1000000;
    lab_begin(&lab, 5, 1);
    struct lab_payment payment = lab_payment();
    uint32_t tx = lab_pay(&lab, &payment);
    lab_run(&lab, 13 * DAY_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_EXPIRED, tx), 0);
    lab_run(&lab, 15 * DAY_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_EXPIRED, tx), 1);
    assert_int_equal(chain_tx(lab.chain, tx)->state, CHAIN_TX_GONE);
    lab.config.empty_ppm = 0;
    uint32_t again = chain_submit(lab.chain, &(struct chain_order){.tx = &chain_tx(lab.chain, tx)->tx});
    assert_int_equal(again, tx);
    lab_run(&lab, 16 * DAY_US);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_SEEN, tx), 2);
    assert_int_equal(chain_tx(lab.chain, tx)->state, CHAIN_TX_MINED);
    lab_close(&lab);
}

static void the_faucet_pays_in_the_run_too(void **state)
{
    (void)state;
    struct lab lab;
    uint8_t script[BTC_P2WPKH_BYTES];
    lab_init(&lab);
    lab_begin(&lab, 6, 0);
    for (int i = 0; i < 5; i++) {
        assert_true(btc_wallet_new_script(&lab.payer, script));
        assert_int_not_equal(chain_faucet_pay(lab.chain, btc_bytes(script, sizeof script), 70000, 500), CHAIN_NONE);
    }
    lab_run(&lab, 3 * HOUR_US);
    assert_int_equal(btc_wallet_balance(&lab.payer).confirmed_sat, 5 * 70000);
    assert_int_equal(chain_faucet_pay(lab.chain, btc_bytes(script, sizeof script), INT64_C(1000000000000), 500),
                     CHAIN_NONE);
    lab_close(&lab);
}

static void looking_gives_the_operators_tip(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_begin(&lab, 7, 3);
    lab_run(&lab, DAY_US);
    const struct btc_chain *coins = chain_coins(lab.chain);
    assert_int_equal(coins->height, chain_height(lab.chain));
    assert_int_equal(btc_median_time(&coins->recent), chain_median_time(lab.chain));
    assert_int_equal(chain_unix_s(lab.chain), LAB_START_S + 86400);
    assert_true(chain_median_time(lab.chain) < LAB_START_S + 86400);
    assert_true(chain_median_time(lab.chain) > LAB_START_S + 60000);
    assert_int_equal(chain_tx_find(lab.chain, chain_tx(lab.chain, 0)->txid), 0);
    assert_int_equal(chain_tx_find(lab.chain, (const uint8_t[32]){1}), CHAIN_NONE);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_direct_payment_is_seen_at_once_and_gains_depth),
        cmocka_unit_test(gossip_takes_its_lognormal_time),
        cmocka_unit_test(refusals_have_their_reason),
        cmocka_unit_test(a_signalled_payment_is_replaced_before_all_eyes),
        cmocka_unit_test(a_late_rival_without_signal_does_nothing_and_is_not_seen),
        cmocka_unit_test(an_early_rival_is_seen_and_told_once),
        cmocka_unit_test(a_child_never_arrives_before_its_parent),
        cmocka_unit_test(what_no_miner_takes_expires_and_can_be_sent_again),
        cmocka_unit_test(the_faucet_pays_in_the_run_too),
        cmocka_unit_test(looking_gives_the_operators_tip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
