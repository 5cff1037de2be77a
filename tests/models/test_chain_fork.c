/* test_chain_fork.c: forks as they come of themselves: how many, how deep, what becomes of payments.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/propagation.h"
#include "tests/models/chain_lab.h"
#include "tests/models/near.h"

#include <string.h>

#define PAYMENTS 240

/* Runs until so many blocks were found; fills the tally. */
static void find_blocks(struct lab *lab, struct chain_tally *tally, unsigned count)
{
    do {
        lab_run(lab, sim_now_us(lab->sim) + 100 * lab->config.block_target_us);
        chain_tally(tally, lab->chain);
    } while (tally->blocks < count);
}

static void stale_blocks_are_as_many_as_the_law_says(void **state)
{
    (void)state;
    static const struct {
        int64_t interval_s, delay_ms;
        unsigned blocks;
    } cases[] = {{600, 1000, 60000}, {600, 10200, 12000}, {60, 1000, 20000}, {60, 2500, 12000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        struct chain_tally tally;
        lab_init(&lab);
        lab.config.block_target_us = cases[i].interval_s * SECOND_US;
        lab.config.block_delay_us = cases[i].delay_ms * 1000;
        lab_begin(&lab, 11 + i, 0);
        find_blocks(&lab, &tally, cases[i].blocks);
        double delay_s = (double)cases[i].delay_ms / 1000.0;
        double law = propagation_stale_share(delay_s, (double)cases[i].interval_s);
        print_message("D %.1f s, interval %d s: %u of %u blocks stale, %.3f %%, law %.3f %%\n", delay_s,
                      (int)cases[i].interval_s, (unsigned)tally.stale, (unsigned)tally.blocks,
                      100.0 * (double)tally.stale / (double)tally.blocks, 100.0 * law);
        near_share((double)tally.stale, (double)tally.blocks, law);
        assert_true(tally.reorgs <= tally.stale && tally.deepest >= 1);
        assert_true(tally.bytes < 250 * 300); /* no more than recent blocks are kept */
        lab_close(&lab);
    }
}

static void without_delay_there_is_no_fork(void **state)
{
    (void)state;
    struct lab lab;
    struct chain_tally tally;
    lab_init(&lab);
    lab.config.block_target_us = SECOND_US;
    lab.config.block_delay_us = 0;
    lab_begin(&lab, 1, 0);
    find_blocks(&lab, &tally, 5000);
    assert_int_equal(tally.stale, 0);
    assert_int_equal(tally.reorgs, 0);
    lab_close(&lab);
}

/* Depths of all transactions follow what DEPTH events and the chain itself say. */
struct depths {
    uint32_t reported[PAYMENTS + 8];
    uint32_t fallen; /* events that reported less than before */
};

static void follow_depth(struct lab *lab, const struct chain_event *event)
{
    struct depths *depths = lab->test;
    if (event->kind != CHAIN_EVENT_DEPTH)
        return;
    assert_true(event->tx < PAYMENTS + 8 && event->depth != depths->reported[event->tx]);
    assert_int_equal(event->depth, chain_tx_depth(lab->chain, event->tx));
    depths->fallen += event->depth < depths->reported[event->tx];
    depths->reported[event->tx] = event->depth;
}

static void payments_in_lost_blocks_are_mined_again(void **state)
{
    (void)state;
    struct lab lab;
    struct depths depths = {{0}, 0};
    struct chain_tally tally;
    lab_init(&lab);
    lab.config.block_target_us = 20 * SECOND_US; /* a wild chain: a third of its blocks are stale */
    lab.config.block_delay_us = 10 * SECOND_US;
    lab.config.tx_delay_us = 60 * SECOND_US; /* who has a block first may not have the payment yet */
    lab.config.tx_delay_sigma_ppm = 1500000;
    lab.config.watch_blocks = 1000;
    lab.react = follow_depth;
    lab.test = &depths;
    lab_begin(&lab, 3, 50);
    struct lab_payment payment = lab_payment();
    for (int i = 0; i < PAYMENTS; i++) {
        lab_pay(&lab, &payment);
        lab_run(&lab, (i + 1) * 15 * SECOND_US);
    }
    lab_run(&lab, 3 * HOUR_US);
    chain_tally(&tally, lab.chain);
    print_message("%u blocks, %u stale, %u reorganisations, the deepest of %u, depth fell %u times\n",
                  (unsigned)tally.blocks, (unsigned)tally.stale, (unsigned)tally.reorgs, tally.deepest, depths.fallen);
    assert_true(tally.reorgs > 30 && tally.deepest >= 2 && depths.fallen > 3);
    for (uint32_t i = 1; i <= PAYMENTS; i++)
        assert_int_equal(chain_tx(lab.chain, i)->state, CHAIN_TX_MINED);
    assert_int_equal(btc_wallet_balance(&lab.payer).pending_sat, 0);
    lab_close(&lab);
}

/* Times and finders of blocks, and the digest of a run, of which one has payments and the other has not. */
struct found {
    int64_t at_us[300];
    unsigned count;
    uint64_t heights; /* sum over own transactions */
};

static void note_block(struct lab *lab, const struct chain_event *event)
{
    struct found *found = lab->test;
    if (event->kind == CHAIN_EVENT_CONNECT && found->count < 300)
        found->at_us[found->count++] = sim_now_us(lab->sim);
}

static void run_once(struct found *found, uint8_t digest[32], unsigned payments, uint64_t tie_fuzz)
{
    struct lab lab;
    *found = (struct found){.count = 0};
    lab_init(&lab);
    lab.tie_fuzz = tie_fuzz;
    lab.config.block_delay_us = 30 * SECOND_US;
    lab.react = note_block;
    lab.test = found;
    lab_begin(&lab, 5, 10);
    struct lab_payment payment = lab_payment();
    for (unsigned i = 0; i < payments; i++)
        lab_pay(&lab, &payment);
    lab_run(&lab, DAY_US);
    for (uint32_t i = 0; i < chain_tx_count(lab.chain); i++)
        found->heights += chain_tx(lab.chain, i)->height;
    sim_digest_final(lab.sim, digest);
    lab_close(&lab);
}

static void the_same_run_is_the_same_and_payments_move_no_block(void **state)
{
    (void)state;
    struct found found[3];
    uint8_t digest[3][32];
    for (unsigned i = 0; i < 3; i++)
        run_once(&found[i], digest[i], i < 2 ? 12 : 0, 0);
    assert_memory_equal(digest[0], digest[1], 32);
    assert_memory_not_equal(digest[0], digest[2], 32);
    assert_true(found[0].count > 100);
    assert_int_equal(found[0].heights, found[1].heights);
    for (unsigned i = 1; i < 3; i++)
        assert_memory_equal(found[0].at_us, found[i].at_us, sizeof found[0].at_us);
}

static void accidental_order_decides_nothing(void **state)
{
    (void)state;
    struct found found[4];
    uint8_t digest[32];
    for (unsigned i = 0; i < 4; i++) {
        run_once(&found[i], digest, 30, i);
        assert_memory_equal(found[0].at_us, found[i].at_us, sizeof found[0].at_us);
        assert_int_equal(found[0].heights, found[i].heights);
    }
}

static void a_trace_is_replayed_in_the_runs_own_time(void **state)
{
    (void)state;
    enum { BLOCKS = 40 };
    int64_t times_s[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        times_s[i] = LAB_START_S - 1000 + 100 * i * (i + 1) / 2;
    const struct trace trace = {.arrival_s = times_s, .header_s = times_s, .block_count = BLOCKS};
    struct lab lab;
    struct found found = {.count = 0};
    lab_init(&lab);
    lab.config.block_delay_us = 0;
    lab.trace = &trace;
    lab.react = note_block;
    lab.test = &found;
    lab_begin(&lab, 1, 0);
    lab_run(&lab, (times_s[BLOCKS - 1] - LAB_START_S) * SECOND_US);
    unsigned first = 0;
    while (times_s[first] <= LAB_START_S)
        first++;
    assert_int_equal(found.count, BLOCKS - first);
    for (unsigned i = 0; i < found.count; i++)
        assert_int_equal(found.at_us[i], (times_s[first + i] - LAB_START_S) * SECOND_US);
    lab_run(&lab, sim_now_us(lab.sim) + 2050 * SECOND_US); /* 78,000 s in 39 gaps: 2,000 s, then the first gap, 100 s */
    assert_int_equal(found.count, BLOCKS - first + 1);
    lab_run(&lab, sim_now_us(lab.sim) + 50 * SECOND_US);
    assert_int_equal(found.count, BLOCKS - first + 2);
    lab_close(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_blocks_are_as_many_as_the_law_says),
        cmocka_unit_test(without_delay_there_is_no_fork),
        cmocka_unit_test(payments_in_lost_blocks_are_mined_again),
        cmocka_unit_test(the_same_run_is_the_same_and_payments_move_no_block),
        cmocka_unit_test(accidental_order_decides_nothing),
        cmocka_unit_test(a_trace_is_replayed_in_the_runs_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
