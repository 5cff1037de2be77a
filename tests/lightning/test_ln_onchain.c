/* test_ln_onchain.c: channels that end on a real chain, case by case.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "protocol/lightning/deadline.h"
#include "tests/lightning/quarrel.h"

static struct quarrel *quarrel;

static struct ln_onchain_tally tally_of(unsigned end)
{
    return ln_onchain_tally(&quarrel->ends[end].onchain);
}

/* Mines until both ends have nothing more to do, and checks the money. */
static void finish(unsigned takes, unsigned first)
{
    for (unsigned i = 0; i < 400; i++) {
        quarrel_mine(quarrel, takes, first);
        quarrel_audit(quarrel);
        bool done = true;
        for (unsigned end = 0; end < 2; end++) {
            done &= !quarrel->ends[end].resolves || quarrel->ends[end].onchain.resolved;
        }
        if (done) {
            return;
        }
    }
    abort();
}

/* The newest transaction of an end that waits; NULL if none does. */
static struct quarrel_tx *newest_of(unsigned end)
{
    for (uint32_t i = quarrel->waiting_count; i-- > 0;) {
        struct quarrel_tx *waiting = &quarrel->waiting[i];
        if (waiting->owner == end && !waiting->gone && waiting->mined_height == 0) {
            return waiting;
        }
    }
    return NULL;
}

static unsigned count_waiting(unsigned end)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        count += waiting->owner == end && !waiting->gone && waiting->mined_height == 0;
    }
    return count;
}

/* ---- without HTLCs ---- */

static void a_commitment_without_htlcs_is_swept_after_its_delay(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 4; at++) {
        unsigned anchors = at & 1;
        unsigned closer = at >> 1;
        struct quarrel_setup setup = quarrel_usual(anchors);
        quarrel_open(quarrel, &setup);
        quarrel_resolve(quarrel, closer);
        quarrel_resolve(quarrel, 1 - closer);
        quarrel_mine(quarrel, 1u << closer, closer);
        uint32_t closed_height = quarrel_height(quarrel);
        finish(3, closer);
        assert_int_equal(quarrel->ends[closer].close, LN_CLOSE_OURS);
        assert_int_equal(quarrel->ends[1 - closer].close, LN_CLOSE_THEIRS);
        /* swept when the delay is over, irrevocable 100 blocks deep */
        assert_int_equal(quarrel_height(quarrel), closed_height + setup.delay_blocks[closer] + 99);
        int64_t cost_sat = anchors ? 1124 + 660 : 724;
        for (unsigned end = 0; end < 2; end++) {
            struct ln_onchain_tally tally = tally_of(end);
            int64_t got_sat = tally.claimed_sat + tally.abandoned_sat;
            assert_int_equal(got_sat, (end == 0 ? 600000 - cost_sat : 400000) + (anchors ? 330 : 0));
            assert_in_range(tally.fees_sat, 1, 2000);
        }
    }
}

static void an_agreed_closing_is_all_there_is(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    quarrel_agree(quarrel);
    quarrel_resolve(quarrel, 0);
    quarrel_resolve(quarrel, 1);
    assert_int_equal(quarrel->waiting_count, 1); /* the same transaction */
    quarrel_mine(quarrel, 3, 0);
    assert_int_equal(quarrel->ends[0].close, LN_CLOSE_MUTUAL);
    quarrel_undo(quarrel, 1);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_REOPENED], 1);
    quarrel_mine_many(quarrel, 3, 0, 100);
    assert_true(quarrel->ends[0].onchain.resolved && quarrel->ends[1].onchain.resolved);
    assert_int_equal(quarrel_wallet_sat(quarrel, 1) - quarrel->ends[1].start_sat, 400000);
}

/* ---- lost states ---- */

static void a_forgotten_state_saves_what_it_can(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        struct quarrel_setup setup = quarrel_usual(anchors);
        quarrel_open(quarrel, &setup);
        uint32_t expiry_height = quarrel_height(quarrel) + 40;
        quarrel_add(quarrel, 0, 20000000, 0, expiry_height);
        quarrel_settle(quarrel, 99);
        uint64_t known = quarrel->ends[0].channel.local_number;
        for (unsigned n = 1; n < 3; n++) {
            quarrel_add(quarrel, 0, 15000000, n, expiry_height);
            quarrel_settle(quarrel, 99);
        }
        quarrel->ends[0].states[known].channel.doubtful = true;
        quarrel_resolve_old(quarrel, 0, known);
        assert_int_equal(count_waiting(0), 0); /* nothing of ours may be broadcast */
        quarrel_resolve(quarrel, 1);
        quarrel_learn(quarrel, 1, 0, 0);
        quarrel_mine(quarrel, 2, 1);
        assert_int_equal(quarrel->ends[0].close, LN_CLOSE_FUTURE);
        finish(3, 0);
        assert_in_range(tally_of(0).claimed_sat, 540000, 600000);
        assert_int_equal(quarrel->ends[0].told[LN_US][0], LN_ONCHAIN_PREIMAGE); /* seen although forgotten */
        assert_int_equal(quarrel->ends[1].told[LN_THEM][1], LN_ONCHAIN_LAPSED);
    }
}

static void an_old_commitment_of_ours_is_a_rogue(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    quarrel_add(quarrel, 0, 20000000, 0, quarrel_height(quarrel) + 40);
    quarrel_settle(quarrel, 99);
    quarrel_resolve_old(quarrel, 0, 0);
    quarrel_resolve(quarrel, 0); /* now it knows better, but the old one waits already */
    quarrel_mine(quarrel, 1, 0);
    assert_int_equal(quarrel->ends[0].close, LN_CLOSE_ROGUE);
}

/* ---- HTLCs ---- */

/* What nobody's commitment has an output for is failed at once. */
static void dust_is_failed_at_once(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    quarrel_add(quarrel, 0, 200000, 0, quarrel_height(quarrel) + 40);
    quarrel_add(quarrel, 0, 20000000, 1, quarrel_height(quarrel) + 40);
    quarrel_settle(quarrel, 99);
    quarrel_resolve(quarrel, 0);
    assert_int_equal(quarrel->ends[0].told[LN_US][0], LN_ONCHAIN_FAILED);
    assert_int_equal(quarrel->ends[0].told[LN_US][1], 0);
}

static void timeouts_of_several_heights_go_together(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    for (unsigned n = 0; n < 4; n++) {
        quarrel_add(quarrel, 1, 20000000 + 1000 * n, n, quarrel_height(quarrel) + (n % 2 == 0 ? 8 : 6));
        quarrel_settle(quarrel, 99);
    }
    quarrel_mine_many(quarrel, 0, 0, 10);
    quarrel_resolve(quarrel, 0);
    quarrel_resolve(quarrel, 1);
    quarrel_mine(quarrel, 1, 0);
    const struct quarrel_tx *all = newest_of(1) - 1; /* behind it to_remote is swept */
    assert_int_equal(all->tx->input_count, 4);
    quarrel_mine(quarrel, 2, 1);
    assert_true(all->mined_height > 0);
    quarrel_mine_many(quarrel, 3, 1, 4);
    assert_int_equal(quarrel->ends[1].told[LN_US][0], 0); /* five blocks are not deep */
    quarrel_mine(quarrel, 3, 1);
    assert_int_equal(quarrel->ends[1].told[LN_US][0], LN_ONCHAIN_FAILED);
    assert_int_equal(quarrel->ends[1].told[LN_US][3], LN_ONCHAIN_FAILED);
}

/* An HTLC on a revoked commitment is not failed before its output is spent; without the record of that commitment
 * nobody can even tell whether it has one. */
static void an_htlc_of_a_revoked_commitment_is_not_given_up(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 2; lost++) {
        struct quarrel_setup setup = quarrel_usual(false);
        quarrel_open(quarrel, &setup);
        quarrel_add(quarrel, 1, 20000000, 0, quarrel_height(quarrel) + 60);
        quarrel_settle(quarrel, 99);
        uint64_t old = quarrel->ends[0].channel.local_number;
        quarrel_add(quarrel, 0, 5000000, 1, quarrel_height(quarrel) + 60);
        quarrel_settle(quarrel, 99);
        quarrel->ends[1].forgets_past = lost;
        quarrel_resolve_old(quarrel, 0, old);
        quarrel_resolve(quarrel, 1);
        quarrel_mine_many(quarrel, 1, 0, 9); /* the penalty is held up */
        assert_int_equal(quarrel->ends[1].told[LN_US][0], 0);
        quarrel_learn(quarrel, 0, 0, 0);
        quarrel_mine_many(quarrel, 3, 0, 2);
        assert_int_equal(quarrel->ends[1].told[LN_US][0], LN_ONCHAIN_PREIMAGE);
        assert_int_equal(tally_of(1).lost_sat, 0); /* what the second stage made is ours */
        quarrel_audit(quarrel);
    }
}

static void what_was_undone_is_broadcast_again(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    quarrel_resolve(quarrel, 0);
    quarrel_mine_many(quarrel, 1, 0, 2);
    uint32_t before = quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST];
    quarrel_undo(quarrel, 2);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_REOPENED], 1);
    quarrel_mine(quarrel, 0, 0);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST], before + 1);
    quarrel_mine_many(quarrel, 0, 0, 5);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST], before + 1);
    quarrel_mine_many(quarrel, 0, 0, 1); /* six blocks later once more */
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST], before + 2);
    setup = quarrel_usual(true);
    setup.feerate_sat_per_kwu = 253;
    quarrel_open(quarrel, &setup);
    quarrel_resolve(quarrel, 0);
    newest_of(0)->gone = true; /* the child stays outside */
    quarrel_mine(quarrel, 1, 0);
    before = quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST];
    quarrel_undo(quarrel, 1);
    quarrel_mine(quarrel, 0, 0);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_BROADCAST], before + 2);
}

/* The funding itself goes and comes back higher up, with the commitment, or with that of the other end. */
static void a_funding_that_goes_and_comes_back_changes_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct quarrel_setup setup = quarrel_usual(i & 1);
        unsigned closer = i >> 1 & 1, later = i >> 2;
        quarrel_open(quarrel, &setup);
        quarrel_add(quarrel, 0, 30000000, 0, quarrel_height(quarrel) + 60);
        quarrel_settle(quarrel, 100);
        quarrel_resolve(quarrel, closer);
        quarrel_resolve(quarrel, 1 - closer);
        quarrel_mine_many(quarrel, 3, closer, 3);
        assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_CLOSED], 1);
        quarrel_undo(quarrel, quarrel_height(quarrel) - quarrel->base_height);
        quarrel_mine_many(quarrel, 0, 0, 5);
        for (unsigned end = 0; end < 2; end++) {
            assert_int_equal(quarrel->ends[end].counts[LN_ONCHAIN_REOPENED], 1);
            quarrel_restart(quarrel, end);
        }
        quarrel_learn(quarrel, 1, 0, 0);
        finish(3, later == 0 ? closer : 1 - closer);
        assert_int_equal(quarrel->ends[1].told[LN_THEM][0], LN_ONCHAIN_CLAIMED);
        assert_int_equal(quarrel->ends[0].told[LN_US][0], LN_ONCHAIN_PREIMAGE);
        assert_int_equal(tally_of(0).pending_sat + tally_of(1).pending_sat, 0);
    }
}

/* ---- fees ---- */

/* One HTLC of end 0 on end 0's commitment, which end 1 can claim with the preimage. */
static void open_with_claim(uint64_t amount_msat, uint32_t blocks)
{
    struct quarrel_setup setup = quarrel_usual(false);
    quarrel_open(quarrel, &setup);
    quarrel_add(quarrel, 0, amount_msat, 0, quarrel_height(quarrel) + blocks);
    quarrel_settle(quarrel, 99);
    quarrel_resolve(quarrel, 0);
    quarrel_resolve(quarrel, 1);
    quarrel_mine(quarrel, 1, 0);
    quarrel_learn(quarrel, 1, 0, 0);
}

static void fees_rise_with_need_and_never_above_the_value(void **state)
{
    (void)state;
    open_with_claim(50000000, 40);
    const struct quarrel_tx *claim = newest_of(1);
    assert_int_equal(claim->tx->outputs[0].value_sat + claim->fee_sat, 50000);
    int64_t first_sat = claim->fee_sat;
    quarrel_mine_many(quarrel, 0, 0, 5);
    assert_int_equal(newest_of(1)->fee_sat, first_sat); /* nothing is wrong yet */
    quarrel_rates(quarrel, 1, 300, 3000, 6000);
    quarrel_mine(quarrel, 0, 0);
    int64_t second_sat = newest_of(1)->fee_sat;
    assert_in_range(second_sat, 2 * first_sat, 4 * first_sat); /* three times the estimate */
    quarrel_rates(quarrel, 1, 300, 100000000, 100000000);
    quarrel_mine_many(quarrel, 0, 0, 20);
    claim = newest_of(1);
    assert_true(claim->tx->outputs[0].value_sat >= 294); /* all that it is worth, but for dust */
    assert_true(claim->fee_sat > 45000 && claim->fee_sat < 50000);
    assert_true(quarrel->replacements >= 2);
    quarrel_mine(quarrel, 2, 1);
    assert_true(claim->mined_height > 0);
}

static void near_its_deadline_a_claim_is_raised_every_block(void **state)
{
    (void)state;
    open_with_claim(50000000, 40);
    quarrel_mine_many(quarrel, 0, 0, 22); /* the first block that is near */
    const struct quarrel_tx *claim = newest_of(1);
    assert_int_equal(claim->deadline_height, quarrel_height(quarrel) + 17);
    int64_t before_sat = claim->fee_sat;
    assert_true(before_sat >= btc_amount_fee(btc_tx_weight_wu(claim->tx), quarrel->setup.rates.urgent_sat_per_kwu));
    for (unsigned i = 0; i < 12; i++) {
        quarrel_mine(quarrel, 0, 0);
        int64_t fee_sat = newest_of(1)->fee_sat;
        assert_true(fee_sat > before_sat);
        before_sat = fee_sat;
    }
}

static void what_is_not_worth_its_fee_waits(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    setup.rates = (struct ln_onchain_rates){3000000, 3000000, 3000000};
    quarrel_open(quarrel, &setup);
    quarrel_resolve(quarrel, 1);
    quarrel_resolve(quarrel, 0);
    quarrel_mine(quarrel, 1, 0);
    quarrel_mine_many(quarrel, 3, 0, 40);
    assert_int_equal(tally_of(0).claimed_sat, 0);
    assert_int_equal(tally_of(0).abandoned_sat, 599276); /* as long as rates stay */
    assert_int_equal(count_waiting(0), 0);
    quarrel_rates(quarrel, 0, 300, 1000, 2500);
    quarrel_mine_many(quarrel, 3, 0, 2);
    assert_int_equal(tally_of(0).claimed_sat, 599276);
    quarrel_mine_many(quarrel, 3, 0, 120);
    assert_true(quarrel->ends[1].onchain.resolved); /* given up */
    assert_int_equal(tally_of(1).abandoned_sat, 400000);
    quarrel_audit(quarrel);
}

/* ---- coins ---- */

static int64_t package_rate(const struct quarrel_tx *parent, const struct quarrel_tx *child)
{
    int64_t weight_wu = btc_tx_weight_wu(parent->tx) + btc_tx_weight_wu(child->tx);
    return 1000 * (parent->fee_sat + child->fee_sat) / weight_wu;
}

static void an_anchor_commitment_gets_a_child(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(true);
    setup.feerate_sat_per_kwu = 253;
    setup.rates.relaxed_sat_per_kwu = 2000;
    quarrel_open(quarrel, &setup);
    quarrel->ends[0].without_coins = true;
    quarrel_resolve(quarrel, 0);
    assert_int_equal(count_waiting(0), 1);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_WANT_COINS], 1);
    quarrel->ends[0].without_coins = false;
    quarrel_mine(quarrel, 0, 0);
    assert_int_equal(count_waiting(0), 2);
    assert_in_range(package_rate(&quarrel->waiting[0], newest_of(0)), 2000, 2060);
    quarrel_rates(quarrel, 0, 5000, 5000, 5000);
    quarrel_restart(quarrel, 0);
    quarrel_rates(quarrel, 0, 5000, 5000, 5000);
    quarrel_mine(quarrel, 0, 0);
    assert_in_range(package_rate(&quarrel->waiting[0], newest_of(0)), 5000, 5150);
    assert_int_equal(count_waiting(0), 2);
    quarrel_mine(quarrel, 1, 0);
    assert_int_equal(count_waiting(0), 0);
    assert_false(quarrel->ends[0].onchain.commitment.live); /* its coin is free for other things */
    finish(3, 0);
    assert_int_equal(tally_of(0).claimed_sat, 600000 - 284 - 330); /* with the anchor */
}

static void second_stages_with_one_lock_go_together(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(true);
    quarrel_open(quarrel, &setup);
    uint32_t expiry_height = quarrel_height(quarrel) + 10;
    for (unsigned n = 0; n < 3; n++) {
        quarrel_add(quarrel, 0, 40000000 + 1000 * n, n, expiry_height + (n == 2));
        quarrel_settle(quarrel, 99);
    }
    quarrel_resolve(quarrel, 0);
    while (quarrel_height(quarrel) < expiry_height) {
        quarrel_mine(quarrel, 1, 0);
    }
    const struct quarrel_tx *both = newest_of(0);
    assert_int_equal(both->tx->input_count, 3); /* and a coin */
    assert_int_equal(both->tx->output_count, 3);
    assert_int_equal(both->tx->locktime, expiry_height);
    quarrel_mine(quarrel, 0, 0);
    assert_int_equal(count_waiting(0), 2);
    assert_int_equal(newest_of(0)->tx->input_count, 2);
    quarrel_mine_many(quarrel, 0, 0, 16);      /* near the deadline: apart, the first with the same coin */
    assert_int_equal(count_waiting(0), 1 + 3); /* to_local is swept */
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        assert_true(waiting->gone || waiting->mined_height > 0 || waiting->tx->input_count <= 2);
    }
    finish(1, 0);
    assert_int_equal(tally_of(0).claimed_sat + tally_of(0).abandoned_sat, 600000 - 1124 - 3 * 172 - 330);
    assert_int_equal(quarrel->ends[0].told[LN_US][2], LN_ONCHAIN_FAILED);
}

/* Revoked HTLC outputs together; near the deadline the largest alone replaces them, the others follow alone. */
static void penalties_go_apart_near_their_deadline(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(true);
    setup.delay_blocks[0] = 40;
    quarrel_open(quarrel, &setup);
    for (unsigned n = 0; n < 3; n++) {
        quarrel_add(quarrel, 1, 40000000 + 1000000 * n, n, 900);
        quarrel_settle(quarrel, 99);
    }
    uint64_t old = quarrel->ends[0].channel.local_number;
    quarrel_fulfill(quarrel, 0, 0, 0);
    quarrel_settle(quarrel, 99);
    quarrel_resolve_old(quarrel, 0, old);
    quarrel_resolve(quarrel, 1);
    quarrel_mine(quarrel, 1, 0);
    assert_int_equal(newest_of(1)->tx->input_count, 3);
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) { /* nothing of it later than the delay allows */
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        uint32_t last = quarrel_height(quarrel) + setup.delay_blocks[0] - 1;
        assert_true(waiting->owner == 0 || waiting->first_height < quarrel_height(quarrel) ||
                    waiting->deadline_height == last || waiting->deadline_height == UINT32_MAX);
    }
    quarrel_mine_many(quarrel, 0, 0, 22);
    assert_int_equal(newest_of(1)->tx->input_count, 1);
    assert_int_equal(count_waiting(1), 3 + 3); /* our commitment, to_remote, to_local */
    quarrel_mine(quarrel, 2, 1);
    assert_int_equal(tally_of(1).pending_sat, 0);
    assert_int_equal(tally_of(1).lost_sat, 0);
}

/* ---- restart ---- */

static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    open_with_claim(50000000, 40);
    struct quarrel_end *end = &quarrel->ends[1];
    struct ln_onchain other;
    static _Alignas(16) uint8_t memory[LN_ONCHAIN_BYTES(QUARREL_SLOTS)];
    static uint8_t again[LN_ONCHAIN_STORE_BYTES(QUARREL_SLOTS)];
    struct ln_onchain_tools tools = {&quarrel->backend, &quarrel->scratch, &quarrel->chain_effects};
    struct btc_bytes bytes = btc_bytes(end->stored, end->stored_length);
    size_t length;
    assert_int_equal(ln_onchain_read(&other, memory, QUARREL_SLOTS, &tools, bytes), LN_ONCHAIN_OK);
    assert_int_equal(ln_onchain_write(again, sizeof again, &length, &other), LN_ONCHAIN_OK);
    assert_true(btc_bytes_equal(bytes, btc_bytes(again, length)));
    assert_int_equal(ln_onchain_write(again, length - 1, &length, &other), LN_ONCHAIN_SPACE);
    assert_int_equal(ln_onchain_read(&other, memory, QUARREL_SLOTS - 1, &tools, bytes), LN_ONCHAIN_NO_ROOM);
    for (size_t i = 0; i < bytes.length; i += 7) {
        struct btc_bytes shorter = btc_bytes(end->stored, i);
        assert_int_equal(ln_onchain_read(&other, memory, QUARREL_SLOTS, &tools, shorter), LN_ONCHAIN_DAMAGED);
        end->stored[i] ^= 0x10;
        enum ln_onchain_result result = ln_onchain_read(&other, memory, QUARREL_SLOTS, &tools, bytes);
        assert_true(result == LN_ONCHAIN_DAMAGED || (i >= 4 && i < 6 && result == LN_ONCHAIN_VERSION));
        end->stored[i] ^= 0x10;
    }
}

static void after_a_restart_all_is_told_again(void **state)
{
    (void)state;
    open_with_claim(50000000, 40);
    quarrel_mine_many(quarrel, 3, 0, 8);
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_PREIMAGE], 1);
    assert_int_equal(quarrel->ends[1].counts[LN_ONCHAIN_CLAIMED], 1);
    for (unsigned end = 0; end < 2; end++) {
        uint32_t watched = quarrel->ends[end].counts[LN_ONCHAIN_WATCH];
        quarrel_restart(quarrel, end);
        assert_int_equal(quarrel->ends[end].counts[LN_ONCHAIN_WATCH], 2 * watched);
        assert_int_equal(quarrel->ends[end].counts[LN_ONCHAIN_CLOSED], 2);
    }
    assert_int_equal(quarrel->ends[0].counts[LN_ONCHAIN_PREIMAGE], 2);
    assert_int_equal(quarrel->ends[1].counts[LN_ONCHAIN_CLAIMED], 2);
}

static void the_same_blocks_give_the_same_effects(void **state)
{
    (void)state;
    uint8_t first[32];
    for (unsigned turn = 0; turn < 2; turn++) {
        open_with_claim(50000000, 40);
        quarrel_mine_many(quarrel, 3, 0, 60);
        if (turn == 0) {
            memcpy(first, quarrel->digest, 32);
        }
    }
    assert_memory_equal(first, quarrel->digest, 32);
}

static void preimages_of_others_are_refused(void **state)
{
    (void)state;
    uint8_t preimage[32];
    open_with_claim(50000000, 40);
    struct ln_onchain_tools tools = {&quarrel->backend, &quarrel->scratch, &quarrel->chain_effects};
    quarrel_preimage(preimage, 1);
    assert_int_equal(ln_onchain_fulfill(&quarrel->ends[1].onchain, &tools, 0, preimage), LN_ONCHAIN_UNKNOWN);
    quarrel_preimage(preimage, 0);
    assert_int_equal(ln_onchain_fulfill(&quarrel->ends[1].onchain, &tools, 1, preimage), LN_ONCHAIN_UNKNOWN);
    assert_int_equal(ln_onchain_fulfill(&quarrel->ends[0].onchain, &tools, 0, preimage), LN_ONCHAIN_UNKNOWN);
    assert_int_equal(ln_onchain_fulfill(&quarrel->ends[1].onchain, &tools, 0, preimage), LN_ONCHAIN_OK);
    assert_int_equal(ln_onchain_past(&quarrel->ends[1].onchain, &tools, btc_bytes(preimage, 28)), LN_ONCHAIN_UNKNOWN);
    assert_int_equal(quarrel->chain_effects.count, 0); /* known already */
}

/* ---- when to go on chain ---- */

static void deadlines_are_those_of_bolt_2(void **state)
{
    (void)state;
    const struct ln_patience *usual = &ln_patience_usual;
    assert_int_equal(ln_cltv_expiry_delta(usual), 34);
    assert_int_equal(ln_cltv_final_delta(usual), 18);
    assert_int_equal(ln_demand_of(usual, LN_US, 500, false, 501), LN_DEMAND_NONE);
    assert_int_equal(ln_demand_of(usual, LN_US, 500, false, 502), LN_DEMAND_TIMEOUT);
    assert_int_equal(ln_demand_of(usual, LN_THEM, 500, true, 481), LN_DEMAND_NONE);
    assert_int_equal(ln_demand_of(usual, LN_THEM, 500, true, 482), LN_DEMAND_FULFIL);
    assert_int_equal(ln_demand_of(usual, LN_THEM, 500, false, 600), LN_DEMAND_NONE);
}

static void a_channel_says_when_it_must_go_on_chain(void **state)
{
    (void)state;
    const struct ln_patience *usual = &ln_patience_usual;
    struct quarrel_setup setup = quarrel_usual(false);
    const struct ln_slot *htlc = NULL;
    quarrel_open(quarrel, &setup);
    struct quarrel_end *payer = &quarrel->ends[0];
    struct quarrel_end *payee = &quarrel->ends[1];
    assert_int_equal(ln_channel_demand_height(&payer->channel, &payer->shop, usual), UINT32_MAX);
    quarrel_add(quarrel, 0, 20000000, 0, 500);
    quarrel_settle(quarrel, 99);
    assert_int_equal(ln_channel_demand_height(&payer->channel, &payer->shop, usual), 502);
    assert_int_equal(ln_channel_demand_height(&payee->channel, &payee->shop, usual), UINT32_MAX);
    assert_int_equal(ln_channel_demand(&payer->channel, &payer->shop, usual, 501, &htlc), LN_DEMAND_NONE);
    assert_int_equal(ln_channel_demand(&payer->channel, &payer->shop, usual, 502, &htlc), LN_DEMAND_TIMEOUT);
    assert_int_equal(htlc->cltv_expiry_height, 500);
    quarrel_fulfill(quarrel, 1, 0, 0);
    assert_int_equal(ln_channel_demand_height(&payee->channel, &payee->shop, usual), 482);
    assert_int_equal(ln_channel_demand(&payee->channel, &payee->shop, usual, 482, &htlc), LN_DEMAND_FULFIL);
    quarrel_settle(quarrel, 99);
    assert_int_equal(ln_channel_demand_height(&payee->channel, &payee->shop, usual), UINT32_MAX);
}

static int set_up(void **state)
{
    (void)state;
    quarrel = quarrel_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    quarrel_free(quarrel);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commitment_without_htlcs_is_swept_after_its_delay),
        cmocka_unit_test(an_agreed_closing_is_all_there_is),
        cmocka_unit_test(a_forgotten_state_saves_what_it_can),
        cmocka_unit_test(an_old_commitment_of_ours_is_a_rogue),
        cmocka_unit_test(dust_is_failed_at_once),
        cmocka_unit_test(timeouts_of_several_heights_go_together),
        cmocka_unit_test(an_htlc_of_a_revoked_commitment_is_not_given_up),
        cmocka_unit_test(what_was_undone_is_broadcast_again),
        cmocka_unit_test(a_funding_that_goes_and_comes_back_changes_nothing),
        cmocka_unit_test(fees_rise_with_need_and_never_above_the_value),
        cmocka_unit_test(near_its_deadline_a_claim_is_raised_every_block),
        cmocka_unit_test(what_is_not_worth_its_fee_waits),
        cmocka_unit_test(an_anchor_commitment_gets_a_child),
        cmocka_unit_test(second_stages_with_one_lock_go_together),
        cmocka_unit_test(penalties_go_apart_near_their_deadline),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(after_a_restart_all_is_told_again),
        cmocka_unit_test(the_same_blocks_give_the_same_effects),
        cmocka_unit_test(preimages_of_others_are_refused),
        cmocka_unit_test(deadlines_are_those_of_bolt_2),
        cmocka_unit_test(a_channel_says_when_it_must_go_on_chain),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
