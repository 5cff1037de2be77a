/* test_chain_market.c: own transactions among everybody else's: who waits, who is thrown out.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/era.h"
#include "models/chain/feemarket.h"
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#include <string.h>

#define SAT_PER_VB 250 /* in satoshi per 1000 weight units */

static void init_era(struct lab *lab, enum chain_era era)
{
    lab_init(lab);
    chain_config_init(&lab->config, era);
    lab->config.empty_ppm = 0;
    lab->config.growth_per_period_ppm = 0;
}

/* Blocks that a payment waited for, as its height says; 0 if it waits still. */
static uint32_t waited(const struct lab *lab, uint32_t tx, uint32_t sent_height)
{
    const struct chain_tx *seen = chain_tx(lab->chain, tx);
    return seen->state == CHAIN_TX_MINED ? seen->height - sent_height : 0;
}

static void at_the_fee_peak_the_one_who_offers_more_is_first(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1500, 700, 300, 20};
    struct lab lab;
    uint32_t tx[4];
    init_era(&lab, CHAIN_ERA_2017_12);
    lab_begin(&lab, 1, 4);
    struct lab_payment payment = lab_payment();
    uint32_t height = chain_height(lab.chain);
    for (int i = 0; i < 4; i++) {
        payment.rate_sat_per_kwu = rates[i] * SAT_PER_VB;
        tx[i] = lab_pay(&lab, &payment);
    }
    lab_run(&lab, 2 * DAY_US);
    assert_true(waited(&lab, tx[0], height) >= 1 && waited(&lab, tx[0], height) <= 3);
    for (int i = 0; i < 2; i++)
        assert_true(waited(&lab, tx[i + 1], height) == 0 ||
                    waited(&lab, tx[i], height) <= waited(&lab, tx[i + 1], height));
    assert_int_equal(waited(&lab, tx[3], height), 0);
    lab_close(&lab);
}

/* Watches one payment from block to block. */
struct witness {
    uint32_t tx;
    unsigned bucket; /* of its feerate */
    uint32_t blocks; /* looked at */
    bool is_over;
};

/* A block that left the payment out was full down to its bucket; one that has it took nothing from far below. */
static void judge_block(struct lab *lab, const struct chain_event *event)
{
    struct witness *witness = lab->test;
    if (event->kind != CHAIN_EVENT_CONNECT || witness->tx == CHAIN_NONE || witness->is_over)
        return;
    const struct feemarket_block *taken = chain_market_taken(lab->chain);
    unsigned lowest = FEEMARKET_BUCKETS;
    for (unsigned i = FEEMARKET_BUCKETS; i-- > 0;)
        lowest = taken->mined_vb[i] > 1.0 ? i : lowest;
    bool is_full = taken->total_vb > FEEMARKET_CAPACITY_VB - 1000.0;
    witness->blocks++;
    enum chain_tx_state state = chain_tx(lab->chain, witness->tx)->state;
    witness->is_over = state == CHAIN_TX_MINED || state == CHAIN_TX_GONE; /* too old, after 14 days */
    if (state == CHAIN_TX_GONE)
        return;
    if (witness->is_over)
        assert_true(!is_full || witness->bucket >= lowest);
    else
        assert_true(is_full && witness->bucket <= lowest);
}

static void a_payment_is_mined_as_soon_as_there_is_room(void **state)
{
    (void)state;
    uint32_t waits = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct lab lab;
        struct witness witness = {.tx = CHAIN_NONE};
        init_era(&lab, CHAIN_ERA_2017_12);
        lab.config.block_delay_us = 0;
        lab.react = judge_block;
        lab.test = &witness;
        lab_begin(&lab, seed, 1);
        lab_run(&lab, DAY_US);
        struct lab_payment payment = lab_payment();
        double marginal = feemarket_marginal_rate(chain_market(lab.chain), FEEMARKET_CAPACITY_VB);
        uint32_t rate = (uint32_t)(marginal * (0.6 + 0.04 * (double)seed));
        payment.rate_sat_per_kwu = rate * SAT_PER_VB;
        uint32_t tx = lab_pay(&lab, &payment);
        lab_run(&lab, sim_now_us(lab.sim) + MINUTE_US); /* into everybody's template */
        if (chain_tx(lab.chain, tx)->state == CHAIN_TX_MINED) {
            lab_close(&lab);
            continue;
        }
        witness.bucket = feemarket_bucket_of(rate);
        witness.tx = tx;
        while (!witness.is_over)
            lab_run(&lab, sim_now_us(lab.sim) + HOUR_US);
        waits += witness.blocks;
        lab_close(&lab);
    }
    print_message("payments a little below the marginal rate waited for %u blocks\n", waits);
    assert_true(waits > 16);
}

static void below_what_is_thrown_out_nobody_enters(void **state)
{
    (void)state;
    struct lab lab;
    init_era(&lab, CHAIN_ERA_2018_01);
    lab_begin(&lab, 1, 6);
    struct lab_payment payment = lab_payment();
    lab_run(&lab, 2 * DAY_US);
    assert_true(feemarket_min_rate(chain_market(lab.chain)) > 3.0);
    payment.rate_sat_per_kwu = 2 * SAT_PER_VB;
    uint32_t low = lab_pay(&lab, &payment);
    lab_run(&lab, sim_now_us(lab.sim) + SECOND_US);
    assert_int_equal(lab_event(&lab, CHAIN_EVENT_REFUSED, low, 0)->error, BTC_MEMPOOL_POOL_FEE);
    lab_close(&lab);
}

/* The limit is reached while a cheap payment waits: it has to leave. */
static void a_cheap_payment_is_evicted_when_the_pool_fills(void **state)
{
    (void)state;
    struct lab lab;
    init_era(&lab, CHAIN_ERA_2017_12);
    lab_begin(&lab, 3, 2);
    struct lab_payment payment = lab_payment();
    payment.rate_sat_per_kwu = SAT_PER_VB * 3 / 2;
    uint32_t cheap = lab_pay(&lab, &payment);
    payment.rate_sat_per_kwu = SAT_PER_VB * 900;
    payment.required = &lab.coins[1];
    uint32_t dear = lab_pay(&lab, &payment);
    lab_run(&lab, 8 * DAY_US);
    assert_int_equal(
        lab_event_count(&lab, CHAIN_EVENT_EVICTED, cheap) + lab_event_count(&lab, CHAIN_EVENT_REFUSED, cheap), 1);
    assert_int_equal(chain_tx(lab.chain, cheap)->state, CHAIN_TX_GONE);
    assert_int_equal(chain_tx(lab.chain, dear)->state, CHAIN_TX_MINED);
    lab_close(&lab);
}

static void a_child_pays_for_its_parent(void **state)
{
    (void)state;
    struct lab lab;
    init_era(&lab, CHAIN_ERA_2021);
    lab_begin(&lab, 4, 2);
    struct lab_payment payment = lab_payment();
    payment.rate_sat_per_kwu = 5 * SAT_PER_VB;
    payment.required = &lab.coins[0];
    uint32_t alone = lab_pay(&lab, &payment);
    payment.required = &lab.coins[1];
    uint32_t parent = lab_pay(&lab, &payment);
    lab_run(&lab, 3 * HOUR_US);
    assert_int_equal(chain_tx(lab.chain, parent)->state, CHAIN_TX_POOLED);
    struct btc_outpoint change = {.index = 0};
    memcpy(change.txid, chain_tx(lab.chain, parent)->txid, 32);
    assert_true(btc_wallet_see(&lab.payer, &chain_tx(lab.chain, parent)->tx, BTC_WALLET_UNCONFIRMED));
    change.index = btc_wallet_get(&lab.payer, &change) != NULL ? 0 : 1;
    payment.required = &change;
    payment.rate_sat_per_kwu = 800 * SAT_PER_VB;
    uint32_t child = lab_pay(&lab, &payment);
    lab_run(&lab, 6 * HOUR_US);
    assert_int_equal(chain_tx(lab.chain, child)->state, CHAIN_TX_MINED);
    assert_int_equal(chain_tx(lab.chain, parent)->height, chain_tx(lab.chain, child)->height);
    assert_int_equal(chain_tx(lab.chain, alone)->state, CHAIN_TX_POOLED);
    lab_close(&lab);
}

/* Own transactions fill blocks like others': as many as fit, the dear ones first. */
static void a_block_holds_hundreds_of_own_payments(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    struct lab lab;
    uint32_t tx[COUNT], last = 0;
    lab_init(&lab);
    lab_begin(&lab, 7, COUNT);
    struct lab_payment payment = lab_payment();
    for (uint32_t i = 0; i < COUNT; i++) {
        payment.required = &lab.coins[i];
        tx[i] = lab_pay(&lab, &payment);
    }
    lab_run(&lab, 5 * HOUR_US);
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct chain_tx *seen = chain_tx(lab.chain, tx[i]);
        assert_int_equal(seen->state, CHAIN_TX_MINED);
        last = seen->height > last ? seen->height : last;
    }
    assert_true(last <= chain_tx(lab.chain, tx[0])->height + 1);
    lab_close(&lab);
}

static void empty_blocks_come_as_often_as_configured(void **state)
{
    (void)state;
    struct lab lab;
    struct chain_tally tally;
    init_era(&lab, CHAIN_ERA_2018_03);
    lab.config.empty_ppm = 200000;
    lab_begin(&lab, 5, 1);
    lab_run(&lab, 30 * DAY_US);
    chain_tally(&tally, lab.chain);
    near_share((double)tally.empty, (double)tally.blocks, 0.2);
    lab_close(&lab);
}

/* What is mined, evicted, expired and waits is what came: forks and secret blocks take nothing twice. */
static void the_background_is_accounted_for_through_forks(void **state)
{
    (void)state;
    struct lab lab;
    struct chain_tally tally;
    init_era(&lab, CHAIN_ERA_2018_03);
    lab.config.block_target_us = MINUTE_US;
    lab.config.block_delay_us = 10 * SECOND_US;
    lab_begin(&lab, 6, 1);
    uint32_t base = chain_height(lab.chain);
    lab_run(&lab, 3 * DAY_US);
    const struct feemarket_sums *sums = &chain_market(lab.chain)->sums;
    double in_vb = sums->backlog + sums->arrived + sums->restored;
    double out_vb = sums->mined + sums->evicted + sums->expired + feemarket_waiting_vb(chain_market(lab.chain));
    near(in_vb, out_vb, 1e-6 * in_vb);
    chain_tally(&tally, lab.chain);
    assert_true(tally.stale > 100);
    assert_true(sums->mined <= (chain_height(lab.chain) + 1.0 - base) * FEEMARKET_CAPACITY_VB);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_fee_peak_the_one_who_offers_more_is_first),
        cmocka_unit_test(a_payment_is_mined_as_soon_as_there_is_room),
        cmocka_unit_test(below_what_is_thrown_out_nobody_enters),
        cmocka_unit_test(a_cheap_payment_is_evicted_when_the_pool_fills),
        cmocka_unit_test(a_child_pays_for_its_parent),
        cmocka_unit_test(a_block_holds_hundreds_of_own_payments),
        cmocka_unit_test(empty_blocks_come_as_often_as_configured),
        cmocka_unit_test(the_background_is_accounted_for_through_forks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
