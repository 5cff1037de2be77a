/* test_ln_onchain_rival.c: a commitment of the peer's waits and pays too little: our anchor pays for it.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "tests/lightning/quarrel.h"

#define AMOUNT_MSAT UINT64_C(40000000)

static struct quarrel *quarrel;

static int open_chain(void **state)
{
    (void)state;
    quarrel = quarrel_new();
    return 0;
}

static int close_chain(void **state)
{
    (void)state;
    quarrel_free(quarrel);
    return 0;
}

/* Both ends give up, end 1 first: its commitment waits, and pays next to nothing. End 0 offers an HTLC that expires
 * after so many blocks; 0: none. */
static void begin(uint32_t blocks)
{
    struct quarrel_setup setup = quarrel_usual(true);
    setup.feerate_sat_per_kwu = 253;
    quarrel_open(quarrel, &setup);
    if (blocks > 0) {
        quarrel_add(quarrel, 0, AMOUNT_MSAT, 0, quarrel_height(quarrel) + blocks);
        quarrel_settle(quarrel, 100);
    }
    quarrel->ends[1].without_coins = true; /* it cannot do anything about it */
    quarrel_resolve(quarrel, 1);
    quarrel_resolve(quarrel, 0);
}

/* The newest of what end 0 has waiting that spends an output of the transaction; NULL if nothing does. */
static const struct quarrel_tx *child_of(const struct quarrel_tx *parent)
{
    for (uint32_t i = quarrel->waiting_count; i-- > 0;) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        if (waiting->owner == 0 && !waiting->gone && waiting->mined_height == 0 &&
            memcmp(waiting->tx->inputs[0].previous.txid, parent->txid, 32) == 0) {
            return waiting;
        }
    }
    return NULL;
}

static const struct quarrel_tx *commitment_of(unsigned end)
{
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        if (quarrel->waiting[i].owner == end && quarrel->waiting[i].tx->locktime >> 24 == 0x20) {
            return &quarrel->waiting[i];
        }
    }
    abort();
}

static int64_t package_rate(const struct quarrel_tx *parent, const struct quarrel_tx *child)
{
    int64_t weight_wu = btc_tx_weight_wu(parent->tx) + btc_tx_weight_wu(child->tx);
    return 1000 * (parent->fee_sat + child->fee_sat) / weight_wu;
}

static void finish(unsigned takes, unsigned first)
{
    for (unsigned i = 0; i < 400 && !quarrel->ends[0].onchain.resolved; i++) {
        quarrel_mine(quarrel, takes, first);
        quarrel_audit(quarrel);
    }
    struct ln_onchain_tally tally = ln_onchain_tally(&quarrel->ends[0].onchain);
    assert_true(quarrel->ends[0].onchain.resolved);
    assert_int_equal(tally.abandoned_sat + tally.pending_sat, 0);
}

static void what_cannot_wait_is_paid_for(void **state)
{
    (void)state;
    begin(40);
    const struct quarrel_tx *theirs = commitment_of(1), *ours = commitment_of(0);
    const struct quarrel_tx *own_child = child_of(ours);
    assert_non_null(own_child); /* it does not know of the other yet */
    quarrel_mine(quarrel, 0, 0);
    assert_true(own_child->gone);
    const struct quarrel_tx *child = child_of(theirs);
    assert_in_range(package_rate(theirs, child), quarrel->setup.rates.normal_sat_per_kwu,
                    quarrel->setup.rates.normal_sat_per_kwu * 21 / 20);
    quarrel_restart(quarrel, 0);
    quarrel_rates(quarrel, 0, 300, 4000, 6000); /* rates rise: so does the child's */
    quarrel_mine(quarrel, 0, 0);
    assert_true(child->gone);
    child = child_of(theirs);
    assert_in_range(package_rate(theirs, child), 4000, 4200);
    quarrel_mine(quarrel, 3, 1);
    assert_int_equal(quarrel->ends[0].close, LN_CLOSE_THEIRS);
    assert_int_equal(child->mined_height, quarrel_height(quarrel));
    assert_false(quarrel->ends[0].onchain.commitment.live);
    finish(3, 1);
    assert_int_equal(quarrel->ends[0].told[LN_US][0], LN_ONCHAIN_FAILED);
}

static void what_can_wait_is_not_paid_for(void **state)
{
    (void)state;
    begin(0);
    quarrel_mine(quarrel, 0, 0);
    assert_null(child_of(commitment_of(1)));
    finish(3, 1);
    assert_int_equal(quarrel->ends[0].close, LN_CLOSE_THEIRS);
}

/* A preimage makes the peer's HTLC urgent. */
static void a_preimage_cannot_wait(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(true);
    setup.feerate_sat_per_kwu = 253;
    quarrel_open(quarrel, &setup);
    quarrel_add(quarrel, 1, AMOUNT_MSAT, 0, quarrel_height(quarrel) + 40);
    quarrel_settle(quarrel, 100);
    quarrel->ends[1].without_coins = true;
    quarrel_resolve(quarrel, 1);
    quarrel_resolve(quarrel, 0);
    quarrel_mine(quarrel, 0, 0);
    assert_null(child_of(commitment_of(1)));
    quarrel_learn(quarrel, 0, 0, 0);
    assert_non_null(child_of(commitment_of(1)));
    quarrel_mine(quarrel, 3, 1);
    finish(3, 1);
    assert_int_equal(quarrel->ends[0].told[LN_THEM][0], LN_ONCHAIN_CLAIMED);
}

static void a_child_whose_parent_goes_is_forgotten(void **state)
{
    (void)state;
    for (unsigned mined = 0; mined < 2; mined++) {
        begin(40);
        struct quarrel_tx *theirs = (struct quarrel_tx *)commitment_of(1);
        quarrel_mine(quarrel, 0, 0);
        const struct quarrel_tx *child = child_of(theirs);
        assert_non_null(child);
        if (mined == 0) { /* out of mempools: ours has a child again */
            theirs->gone = true;
            quarrel_mine(quarrel, 0, 0);
            assert_true(child->gone);
            assert_non_null(child_of(commitment_of(0)));
        } else { /* a miner had ours */
            quarrel_mine(quarrel, 1, 0);
            assert_int_equal(quarrel->ends[0].close, LN_CLOSE_OURS);
            assert_true(child->gone && !quarrel->ends[0].onchain.commitment.live);
            quarrel_undo(quarrel, 1); /* and now the other one */
            quarrel_mine(quarrel, 0, 0);
            assert_non_null(child_of(theirs));
            quarrel_mine(quarrel, 3, 1);
            assert_int_equal(quarrel->ends[0].close, LN_CLOSE_THEIRS);
        }
        finish(3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_wait_is_paid_for),
        cmocka_unit_test(what_can_wait_is_not_paid_for),
        cmocka_unit_test(a_preimage_cannot_wait),
        cmocka_unit_test(a_child_whose_parent_goes_is_forgotten),
    };
    return cmocka_run_group_tests(tests, open_chain, close_chain);
}
