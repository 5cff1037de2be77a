/* test_ln_onchain_revoked.c: every revoked state of a channel, broadcast in every way, is punished.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cheater runs a resolver of its own on an old state, so it does all that the owner of that state could: second
 * stages as soon as they are valid, sweeps after the delay. The victim must get every output, to the satoshi, but for
 * what second stages without anchors pay to the miner, and the cheater's anchor.
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "tests/lightning/quarrel.h"

static struct quarrel *quarrel;

enum race {
    VICTIM_FIRST,   /* in every block */
    CHEATER_FIRST,  /* second stages come in the commitment's own block, or with the penalty's */
    VICTIM_DELAYED, /* nothing of the victim's is mined until the last block before the delay is over */
    RACES
};

struct crime {
    unsigned cheater;
    uint64_t number;
    enum race race;
    bool expired; /* HTLCs have before it begins */
    bool reorganised;
    bool knows;   /* the cheater has all preimages */
    bool no_past; /* the victim has lost its records */
};

static uint64_t crimes;
static uint64_t outputs;

static uint32_t expiry_height;

/* A channel with a life: HTLCs of both sides come and go, a few stay. */
static void live(const struct quarrel_setup *setup)
{
    quarrel_open(quarrel, setup);
    expiry_height = quarrel_height(quarrel) + 12;
    for (unsigned n = 0; n < 6; n++) {
        quarrel_add(quarrel, n & 1, 30000000 + 1000 * n, n, expiry_height + n % 3);
        quarrel_settle(quarrel, 99);
    }
    quarrel_add(quarrel, 0, 100000, 6, expiry_height); /* dust */
    quarrel_settle(quarrel, 99);
    quarrel_fulfill(quarrel, 1, 0, 0);
    quarrel_settle(quarrel, 99);
    quarrel_fulfill(quarrel, 0, 0, 1);
    quarrel_settle(quarrel, 99);
    quarrel_fulfill(quarrel, 1, 1, 2);
    quarrel_settle(quarrel, 99);
    quarrel_save(quarrel);
}

static void check_commitment(const struct crime *crime)
{
    const struct quarrel_end *victim = &quarrel->ends[1 - crime->cheater];
    assert_int_equal(victim->close, LN_CLOSE_REVOKED);
    assert_int_equal(victim->onchain.close_number, crime->number);
}

/* What second stages without anchors have left to the miner. */
static int64_t stage_fees_sat(unsigned cheater)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < quarrel->waiting_count; i++) {
        const struct quarrel_tx *waiting = &quarrel->waiting[i];
        bool second = waiting->tx->inputs[0].witness_count == 5;
        if (waiting->owner == cheater && waiting->mined_height > 0 && second && waiting->tx->input_count == 1) {
            sum_sat += waiting->fee_sat;
        }
    }
    return sum_sat;
}

static void check_end(const struct crime *crime, const struct quarrel_setup *setup)
{
    const struct btc_tx *commitment = quarrel_commitment(quarrel);
    const struct quarrel_end *victim = &quarrel->ends[1 - crime->cheater];
    struct ln_onchain_tally got = ln_onchain_tally(&victim->onchain);
    struct ln_onchain_tally stolen = ln_onchain_tally(&quarrel->ends[crime->cheater].onchain);
    int64_t anchors_sat = 0;
    for (uint32_t i = 0; i < commitment->output_count && setup->anchors; i++) {
        anchors_sat += commitment->outputs[i].value_sat == 330 ? 330 : 0;
    }
    assert_int_equal(stolen.claimed_sat - (stolen.claimed_sat % 1000 == 330 ? 330 : 0), 0);
    int64_t due_sat = btc_tx_output_sum_sat(commitment) - anchors_sat / 2 - stage_fees_sat(crime->cheater);
    for (uint32_t i = 0; i < victim->onchain.out_count && crime->no_past; i++) {
        const struct ln_out *out = &victim->onchain.outs[i]; /* HTLCs that nobody moved on */
        due_sat -= out->kind == LN_OUT_UNKNOWN && out->spent_by == LN_SPENT_NOT ? out->value_sat : 0;
    }
    assert_int_equal(got.claimed_sat + got.abandoned_sat, due_sat);
    assert_int_equal(got.lost_sat, 0);
    assert_true(got.abandoned_sat <= 330);
    outputs += commitment->output_count;
}

/* HTLCs that the victim still offers: 3 and 5 of end 1, 4 and the dust of end 0. */
static void check_told(const struct crime *crime)
{
    const struct quarrel_end *victim = &quarrel->ends[1 - crime->cheater];
    for (uint64_t id = 1; id < 3; id++) {
        unsigned told = victim->told[LN_US][id];
        if (crime->cheater == 1 && id == 1) {
            continue; /* fulfilled before */
        }
        assert_true(told == LN_ONCHAIN_FAILED || (told == LN_ONCHAIN_PREIMAGE && crime->knows));
    }
    for (uint32_t i = 1; i < victim->onchain.out_count; i++) {
        const struct ln_out *out = &victim->onchain.outs[i];
        if (out->kind != LN_OUT_HTLC || victim->onchain.htlcs[out->htlc].same == LN_ONCHAIN_NONE) {
            continue;
        }
        const struct ln_onchain_htlc *same = &victim->onchain.htlcs[victim->onchain.htlcs[out->htlc].same];
        assert_true(same->htlc.side == LN_HTLC_OFFERED || same->told == LN_TOLD_CLAIMED);
    }
}

static void commit(const struct crime *crime, const struct quarrel_setup *setup)
{
    unsigned victim = 1 - crime->cheater;
    uint32_t delay = setup->delay_blocks[crime->cheater];
    unsigned first = crime->race == VICTIM_FIRST ? victim : crime->cheater;
    crimes++;
    quarrel_again(quarrel);
    quarrel->ends[victim].forgets_past = crime->no_past;
    if (crime->expired) {
        quarrel_mine_many(quarrel, 0, 0, 20);
    }
    quarrel_resolve_old(quarrel, crime->cheater, crime->number);
    quarrel_resolve(quarrel, victim);
    for (uint64_t id = 0; id < 4 && crime->knows; id++) {
        unsigned n = (unsigned)(2 * id + victim); /* the victim's HTLCs */
        quarrel_learn(quarrel, crime->cheater, id, n);
    }
    quarrel_mine(quarrel, 1u << crime->cheater, crime->cheater);
    check_commitment(crime);
    if (crime->race == VICTIM_DELAYED) {
        quarrel_mine_many(quarrel, 1u << crime->cheater, first, delay - 2);
        quarrel_mine(quarrel, 3, victim); /* the last block in which the delay still binds the cheater */
    }
    quarrel_mine_many(quarrel, 3, first, 3);
    quarrel_audit(quarrel);
    if (crime->reorganised) {
        quarrel_undo(quarrel, 4);
        quarrel_restart(quarrel, victim);
        quarrel_mine(quarrel, 1u << crime->cheater, first); /* its second stages in one block with the commitment */
        quarrel_mine(quarrel, 3, victim);
    }
    for (unsigned i = 0; !quarrel->ends[victim].onchain.resolved; i++) {
        assert_true(i < 200);
        quarrel_mine(quarrel, 3, first);
        quarrel_audit(quarrel);
        if (i == 2) {
            quarrel_restart(quarrel, victim);
        }
    }
    check_end(crime, setup);
    check_told(crime);
}

static void commit_all(unsigned cheater, const struct quarrel_setup *setup)
{
    uint64_t last = quarrel->ends[cheater].channel.local_number;
    for (uint64_t number = 0; number < last; number++) {
        for (unsigned i = 0; i < RACES * 16; i++) {
            struct crime crime = {.cheater = cheater,
                                  .number = number,
                                  .race = (enum race)(i / 16),
                                  .expired = i & 1,
                                  .reorganised = i >> 1 & 1,
                                  .knows = i >> 2 & 1,
                                  .no_past = i >> 3 & 1};
            bool late = crime.reorganised && crime.race == VICTIM_DELAYED; /* then the delay is over */
            if (!late && !(crime.no_past && crime.reorganised)) {
                commit(&crime, setup);
            }
        }
    }
}

static void every_revoked_state_is_punished(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 4; at++) {
        struct quarrel_setup setup = quarrel_usual(at & 1);
        setup.backend = LN_BACKEND_TOKEN;
        setup.policy.resolved_depth_blocks = 7;
        live(&setup);
        commit_all(at >> 1, &setup);
    }
}

static void real_signatures_punish_too(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 4; at++) {
        struct quarrel_setup setup = quarrel_usual(at & 1);
        setup.policy.resolved_depth_blocks = 7;
        live(&setup);
        for (unsigned race = 0; race < RACES; race++) {
            struct crime crime = {
                .cheater = at >> 1, .number = 7, .race = (enum race)race, .expired = true, .knows = true};
            commit(&crime, &setup);
        }
    }
}

/* The test can fail: a victim that sleeps through the delay loses the main output. */
static void a_victim_that_comes_too_late_loses(void **state)
{
    (void)state;
    struct quarrel_setup setup = quarrel_usual(false);
    live(&setup);
    quarrel_resolve_old(quarrel, 0, 3);
    quarrel_resolve(quarrel, 1);
    quarrel_mine_many(quarrel, 1, 0, setup.delay_blocks[0] + 1);
    assert_true(ln_onchain_tally(&quarrel->ends[0].onchain).claimed_sat > 500000);
    assert_true(ln_onchain_tally(&quarrel->ends[1].onchain).lost_sat > 500000);
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
    printf("%llu crimes, %llu outputs of revoked commitments, %llu blocks, %llu transactions mined, "
           "%llu refused one block earlier, %llu replaced, %llu restarts\n",
           (unsigned long long)crimes, (unsigned long long)outputs, (unsigned long long)quarrel->blocks,
           (unsigned long long)quarrel->mined, (unsigned long long)quarrel->refused,
           (unsigned long long)quarrel->replacements, (unsigned long long)quarrel->restarts);
    quarrel_free(quarrel);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_victim_that_comes_too_late_loses),
        cmocka_unit_test(real_signatures_punish_too),
        cmocka_unit_test(every_revoked_state_is_punished),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
