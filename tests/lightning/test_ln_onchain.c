/* test_ln_onchain.c: channels that end on a real chain, case by case.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "tests/lightning/quarrel.h"

static struct quarrel *quarrel;

static const uint64_t big_msat = 50000000;

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

static void a_commitment_without_htlcs_is_swept_after_its_delay(void **state)
{
    (void)state;
    for (unsigned anchors = 0; anchors < 2; anchors++) {
        for (unsigned closer = 0; closer < 2; closer++) {
            struct quarrel_setup setup = quarrel_usual(anchors);
            quarrel_open(quarrel, &setup);
            quarrel_resolve(quarrel, closer);
            quarrel_mine(quarrel, 1u << closer, closer);
            quarrel_resolve(quarrel, 1 - closer);
            quarrel_undo(quarrel, 1); /* the other comes to know it too */
            finish(3, closer);
            assert_int_equal(quarrel->ends[closer].close, LN_CLOSE_OURS);
            assert_int_equal(quarrel->ends[1 - closer].close, LN_CLOSE_THEIRS);
            int64_t cost_sat = (int64_t)(anchors ? 1124 + 660 : 724);
            struct ln_onchain_tally tallies[2] = {tally_of(0), tally_of(1)};
            for (unsigned end = 0; end < 2; end++) {
                int64_t anchor_sat = anchors ? 330 : 0;
                int64_t got_sat = tallies[end].claimed_sat + tallies[end].abandoned_sat;
                assert_int_equal(got_sat, (end == 0 ? 600000 - cost_sat : 400000) + anchor_sat);
                assert_true(tallies[end].fees_sat > 0 && tallies[end].fees_sat < 2000);
            }
        }
    }
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
    (void)big_msat;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commitment_without_htlcs_is_swept_after_its_delay),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
