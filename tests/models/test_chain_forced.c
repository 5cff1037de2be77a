/* test_chain_forced.c: reorganisations on order: what is in the new branch, what everybody is told.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#include <string.h>

/* Runs until a payment has some depth. */
static void run_to_depth(struct lab *lab, uint32_t tx, uint32_t depth)
{
    while (chain_tx_depth(lab->chain, tx) < depth)
        lab_run(lab, sim_now_us(lab->sim) + MINUTE_US);
}

static const struct lab_event *last_event(const struct lab *lab, enum chain_event_kind kind, uint32_t tx)
{
    return lab_event(lab, kind, tx, lab_event_count(lab, kind, tx) - 1);
}

static void the_same_content_keeps_payments_confirmed(void **state)
{
    (void)state;
    struct lab lab;
    uint32_t txs[8];
    lab_init(&lab);
    lab.config.watch_blocks = 100;
    lab_begin(&lab, 1, 8);
    lab_run(&lab, 3 * HOUR_US);
    struct lab_payment payment = lab_payment();
    for (int i = 0; i < 8; i++)
        txs[i] = lab_pay(&lab, &payment);
    run_to_depth(&lab, txs[0], 3);
    uint32_t height = chain_height(lab.chain), depth = chain_tx_depth(lab.chain, txs[7]);
    chain_force_reorg(lab.chain, &(struct chain_reorg){.depth_blocks = 5, .content = CHAIN_REORG_SAME}, CHAIN_NONE);
    lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US);
    assert_int_equal(chain_height(lab.chain), height + 1);
    assert_int_equal(last_event(&lab, CHAIN_EVENT_REORG, CHAIN_NONE)->event.depth, 5);
    assert_int_equal(chain_tx_depth(lab.chain, txs[7]), depth + 1);
    for (int i = 0; i < 8; i++)
        assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_DEPTH, txs[i]), depth + 1); /* it never fell */
    lab_close(&lab);
}

static void an_empty_branch_takes_payments_back(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.config.reorgs[0] =
        (struct chain_reorg){.at_us = 5 * HOUR_US, .depth_blocks = 100, .content = CHAIN_REORG_EMPTY};
    lab.config.reorg_count = 1;
    lab.config.block_target_us = 2 * MINUTE_US;
    lab_begin(&lab, 2, 1);
    lab_run(&lab, 4 * HOUR_US);
    struct lab_payment payment = lab_payment();
    uint32_t first = lab_pay(&lab, &payment);
    uint32_t child = lab_pay(&lab, &payment); /* of the first one's change */
    lab_run(&lab, 5 * HOUR_US - 1);
    assert_true(chain_tx_depth(lab.chain, child) > lab.config.watch_blocks);
    uint32_t told = lab_event_count(&lab, CHAIN_EVENT_DEPTH, first);
    lab_run(&lab, 5 * HOUR_US + 30 * SECOND_US);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_DEPTH, first, told)->event.depth, 0);
    assert_int_equal(chain_tx(lab.chain, first)->state, CHAIN_TX_POOLED);
    assert_int_equal(chain_tx(lab.chain, child)->state, CHAIN_TX_POOLED);
    assert_int_equal(lab_event_count(&lab, CHAIN_EVENT_SEEN, CHAIN_NONE), 2); /* not seen anew */
    lab_run(&lab, 7 * HOUR_US);
    assert_int_equal(last_event(&lab, CHAIN_EVENT_DEPTH, first)->event.depth, lab.config.watch_blocks);
    assert_int_equal(last_event(&lab, CHAIN_EVENT_DEPTH, child)->event.depth, lab.config.watch_blocks);
    lab_close(&lab);
}

static void a_rival_displaces_a_payment_and_its_child(void **state)
{
    (void)state;
    for (int content = CHAIN_REORG_SAME; content <= CHAIN_REORG_EMPTY; content++) {
        struct lab lab;
        lab_init(&lab);
        lab_begin(&lab, 3, 2);
        lab_run(&lab, 3 * HOUR_US);
        struct lab_payment payment = lab_payment();
        payment.required = &lab.coins[0];
        uint32_t paid = lab_pay(&lab, &payment);
        assert_true(btc_wallet_see(&lab.payer, &chain_tx(lab.chain, paid)->tx, BTC_WALLET_UNCONFIRMED));
        struct lab_payment follow = lab_payment();
        follow.value_sat = LAB_COIN_SAT + LAB_COIN_SAT / 2; /* takes the change too */
        uint32_t child = lab_pay(&lab, &follow);
        payment.value_sat = 50000;
        payment.origin = CHAIN_PRIVATE;
        uint32_t rival = lab_pay(&lab, &payment);
        run_to_depth(&lab, child, 4);
        chain_force_reorg(lab.chain, &(struct chain_reorg){.depth_blocks = 6, .content = content}, rival);
        lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US);
        assert_int_equal(chain_tx(lab.chain, rival)->state, CHAIN_TX_MINED);
        assert_int_equal(chain_tx(lab.chain, paid)->state, CHAIN_TX_GONE);
        assert_int_equal(chain_tx(lab.chain, child)->state, CHAIN_TX_GONE);
        assert_int_equal(last_event(&lab, CHAIN_EVENT_DEPTH, paid)->event.depth, 0);
        const struct lab_event *lost = lab_event(&lab, CHAIN_EVENT_LOST, paid, 0);
        assert_non_null(lost);
        assert_int_equal(lost->event.other, rival);
        assert_int_equal(chain_spender(lab.chain, &lab.coins[0]), rival);
        lab_close(&lab);
    }
}

static void a_reorg_before_time_0_ends_the_run(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_begin(&lab, 4, 1);
    chain_force_reorg(lab.chain, &(struct chain_reorg){.depth_blocks = 3}, CHAIN_NONE);
    assert_int_equal(sim_run(lab.sim, SECOND_US, 0, NULL), SIM_END_STOPPED);
    assert_true(lab.trouble.is_failed);
    assert_non_null(strstr(lab.trouble.text, "before time 0"));
    lab_close(&lab);
}

/* Time locks hold on every branch: a payment locked to a height waits for it, and is not in a branch below it. */
static void a_locked_payment_waits_for_its_height(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab_begin(&lab, 5, 1);
    struct lab_payment payment = lab_payment();
    payment.locktime = chain_height(lab.chain) + 2; /* may be in the block after that height */
    uint32_t early = lab_pay(&lab, &payment);
    lab_run(&lab, 0);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_REFUSED, early, 0)->error, BTC_MEMPOOL_NONFINAL);
    while (chain_height(lab.chain) < payment.locktime)
        lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US);
    chain_submit(lab.chain, &(struct chain_order){.tx = &chain_tx(lab.chain, early)->tx, .origin = CHAIN_DIRECT});
    run_to_depth(&lab, early, 1);
    assert_int_equal(chain_tx(lab.chain, early)->height, payment.locktime + 1);
    chain_force_reorg(lab.chain, &(struct chain_reorg){.depth_blocks = 2, .content = CHAIN_REORG_EMPTY}, CHAIN_NONE);
    lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US);
    assert_int_equal(chain_tx(lab.chain, early)->state, CHAIN_TX_POOLED);
    run_to_depth(&lab, early, 1);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_content_keeps_payments_confirmed),
        cmocka_unit_test(an_empty_branch_takes_payments_back),
        cmocka_unit_test(a_rival_displaces_a_payment_and_its_child),
        cmocka_unit_test(a_reorg_before_time_0_ends_the_run),
        cmocka_unit_test(a_locked_payment_waits_for_its_height),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
