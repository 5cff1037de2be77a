/* test_ln_onchain_exhaustive.c: a small world tried whole: every end of a channel with at most two HTLCs.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     HTLCs      none, one, two; each from either side, its preimage known never, from the start, once the commitment
 * is in a block, or too late; or dust; or caught in the middle of being added or removed close      by either end, both
 * forms of commitments chain      no reorganisation; the other commitment instead; claims undone and done in another
 * order; everything undone down to the funding and done in another way
 *
 * Both ends restart from what they stored all the time. Whatever the order, each end gets what its view of the channel
 * says, to the satoshi.
 */
#include "tests/lightning/cmocka_all.h"

#include <stdlib.h>

#include "protocol/lightning/channel_view.h"
#include "tests/lightning/quarrel.h"

static struct quarrel *quarrel;

enum knowledge { NEVER, FROM_START, ON_CHAIN, TOO_LATE, KNOWLEDGES };

enum reorganisation { NO_REORGANISATION, OTHER_COMMITMENT, OTHER_CLAIMS, ALL_ANEW, REORGANISATIONS };

/* One HTLC; its place in the world is its preimage's number. */
struct pick {
    bool is;
    uint8_t payer;
    bool dust;
    enum knowledge knowledge;
    uint64_t id;
};

struct world {
    struct pick picks[2];
    unsigned dance; /* messages delivered behind the last change; 99: all */
    bool fulfilled; /* the last change is that pick 0 is fulfilled off chain, or failed */
    bool failed;
    unsigned closer;
    enum reorganisation reorganisation;
    uint32_t expiry_height;
    uint64_t restarts;
    unsigned winner; /* whose commitment is in a block at the end */
};

static uint64_t worlds;

static uint64_t amount_of(const struct pick *pick, unsigned n)
{
    return pick->dust ? 200000 + n : 50000000 + 1000 * n;
}

static void make(struct world *world, const struct quarrel_setup *setup)
{
    uint64_t next_id[2] = {0, 0};
    quarrel_open(quarrel, setup);
    world->expiry_height = quarrel_height(quarrel) + 26;
    for (unsigned n = 0; n < 2; n++) {
        struct pick *pick = &world->picks[n];
        if (pick->is) {
            bool last = !world->fulfilled && !world->failed && (n == 1 || !world->picks[1].is);
            quarrel_add(quarrel, pick->payer, amount_of(pick, n), n, world->expiry_height + n);
            quarrel_settle(quarrel, last ? world->dance : 99);
            pick->id = next_id[pick->payer]++;
        }
    }
    if (world->fulfilled) {
        quarrel_fulfill(quarrel, 1 - world->picks[0].payer, 0, 0);
        quarrel_settle(quarrel, world->dance);
    }
    if (world->failed) {
        quarrel_fail(quarrel, 1 - world->picks[0].payer, 0);
        quarrel_settle(quarrel, world->dance);
    }
    quarrel_save(quarrel);
}

/* ---- what must come of it ---- */

struct due {
    int64_t sat[2];
    bool has_output[2]; /* of the picks */
};

/* Who gets an HTLC that has an output. */
static unsigned owner_of(const struct world *world, const struct pick *pick)
{
    bool known = pick->knowledge == FROM_START || pick->knowledge == ON_CHAIN || world->fulfilled;
    return known ? 1u - pick->payer : pick->payer;
}

static void due_of_view(const struct ln_commitment_view *view, const struct ln_commitment *commitment,
                        enum ln_output_kind kind, int64_t value_sat)
{
    bool owners = kind == LN_OUTPUT_TO_LOCAL;
    uint64_t sat = (owners ? view->owner_msat : view->other_msat) / 1000;
    if ((view->opener == LN_OWNER) == owners) {
        sat -= ln_commitment_fee_sat(&view->terms, commitment->htlc_count);
        sat -= view->terms.form == LN_ANCHORS ? 2 * LN_ANCHOR_SAT : 0;
    }
    assert_int_equal(value_sat, sat);
}

/* What both ends are to get out of the commitment of one. */
static struct due due_of(const struct world *world, unsigned owner)
{
    struct due due = {0};
    struct ln_picture picture;
    struct quarrel_end *end = &quarrel->ends[owner];
    struct ln_channel copy = end->channel;
    enum ln_channel_result result = ln_picture_ours(&picture, &copy, &end->shop);
    assert_int_equal(result, LN_CHANNEL_OK);
    for (uint32_t i = 0; i < picture.commitment.tx.output_count; i++) {
        const struct ln_commitment_output *what = &picture.commitment.outputs[i];
        int64_t value_sat = picture.commitment.tx.outputs[i].value_sat;
        if (what->kind == LN_OUTPUT_HTLC) {
            unsigned payer = what->htlc->side == LN_HTLC_OFFERED ? owner : 1 - owner;
            unsigned n =
                world->picks[0].is && world->picks[0].payer == payer && world->picks[0].id == what->htlc->id ? 0 : 1;
            due.has_output[n] = true;
            due.sat[owner_of(world, &world->picks[n])] += value_sat;
        } else {
            bool owners = what->kind == LN_OUTPUT_TO_LOCAL || what->kind == LN_OUTPUT_OWNER_ANCHOR;
            due.sat[owners ? owner : 1 - owner] += value_sat;
            if (what->kind == LN_OUTPUT_TO_LOCAL || what->kind == LN_OUTPUT_TO_REMOTE) {
                due_of_view(&picture.view, &picture.commitment, what->kind, value_sat);
            }
        }
    }
    quarrel->scratch.used = 0;
    return due;
}

static void check_told(const struct world *world, const struct due *due, unsigned n)
{
    const struct pick *pick = &world->picks[n];
    unsigned payee = 1u - pick->payer;
    unsigned told[2] = {quarrel->ends[pick->payer].told[LN_US][pick->id], quarrel->ends[payee].told[LN_THEM][pick->id]};
    bool deep = world->reorganisation == ALL_ANEW; /* deeper than what counts as final */
    bool whole = world->dance == 99;               /* else the payee may not know it */
    if (due->has_output[n] && owner_of(world, pick) == payee) {
        assert_true(told[0] == LN_ONCHAIN_PREIMAGE || (deep && told[0] == LN_ONCHAIN_FAILED));
        assert_true(!whole || told[1] == LN_ONCHAIN_CLAIMED || (deep && told[1] == LN_ONCHAIN_LAPSED));
    } else if (whole) {
        assert_int_equal(told[0], LN_ONCHAIN_FAILED);
        assert_int_equal(told[1], LN_ONCHAIN_LAPSED);
    }
}

static void check_end(const struct world *world)
{
    struct due due = due_of(world, world->winner);
    for (unsigned end = 0; end < 2; end++) {
        struct ln_onchain_tally tally = ln_onchain_tally(&quarrel->ends[end].onchain);
        assert_int_equal(tally.claimed_sat + tally.abandoned_sat, due.sat[end]);
        assert_int_equal(tally.pending_sat, 0);
        assert_true(tally.abandoned_sat <= 330);
        assert_true(tally.fees_sat < 6000);
        assert_int_equal(quarrel->ends[end].close, end == world->winner ? LN_CLOSE_OURS : LN_CLOSE_THEIRS);
    }
    for (unsigned n = 0; n < 2; n++) {
        if (world->picks[n].is) {
            check_told(world, &due, n);
        }
    }
}

/* ---- how it goes ---- */

static void learn(const struct world *world, enum knowledge knowledge)
{
    for (unsigned n = 0; n < 2; n++) {
        const struct pick *pick = &world->picks[n];
        if (pick->is && !world->fulfilled && pick->knowledge == knowledge) {
            quarrel_learn(quarrel, 1 - pick->payer, pick->id, n);
        }
    }
}

/* Crashes are frequent, and fall on other blocks in each world. */
static void mine(unsigned takes, unsigned first)
{
    quarrel_mine(quarrel, takes, first);
    quarrel_audit(quarrel);
    uint32_t turn = (uint32_t)(worlds * 2654435761u >> 7) + quarrel_height(quarrel);
    if (turn % 9 == 0) {
        quarrel_restart(quarrel, turn / 9 % 2);
        quarrel_audit(quarrel);
    }
}

static void mine_to(uint32_t height, unsigned first)
{
    while (quarrel_height(quarrel) < height) {
        mine(3, first);
    }
}

static bool is_over(void)
{
    return quarrel->ends[0].onchain.resolved && quarrel->ends[1].onchain.resolved;
}

static void mine_to_end(const struct world *world)
{
    for (unsigned i = 0; !is_over(); i++) {
        assert_true(i < 200);
        mine(3, world->closer);
    }
}

static void close_by(struct world *world, unsigned winner)
{
    world->winner = winner;
    mine(1u << winner, winner);
}

static void run(struct world *world)
{
    worlds++;
    quarrel_again(quarrel);
    quarrel_resolve(quarrel, world->closer);
    quarrel_resolve(quarrel, 1 - world->closer);
    learn(world, FROM_START);
    close_by(world, world->closer);
    if (world->reorganisation == OTHER_COMMITMENT) {
        quarrel_undo(quarrel, 1);
        close_by(world, 1 - world->closer);
    }
    learn(world, ON_CHAIN);
    mine_to(world->expiry_height + 3, world->closer);
    if (world->reorganisation == OTHER_CLAIMS) {
        quarrel_undo(quarrel, 5);
        quarrel_mine_many(quarrel, 0, 0, 2);
        mine_to(world->expiry_height + 4, 1 - world->closer);
    }
    if (world->reorganisation == NO_REORGANISATION || world->reorganisation == OTHER_CLAIMS) {
        mine_to(world->expiry_height + 5, world->closer);
        learn(world, TOO_LATE);
    }
    mine_to_end(world);
    if (world->reorganisation == ALL_ANEW) {
        check_end(world);
        quarrel_undo(quarrel, quarrel_height(quarrel) - quarrel->funding_height);
        quarrel_mine_many(quarrel, 0, 0, 2);
        close_by(world, 1 - world->closer);
        mine_to_end(world);
    }
    check_end(world);
}

static void run_all_ends(struct world *world, const struct quarrel_setup *setup)
{
    make(world, setup);
    for (world->closer = 0; world->closer < 2; world->closer++) {
        for (unsigned i = 0; i < REORGANISATIONS; i++) {
            world->reorganisation = (enum reorganisation)i;
            run(world);
        }
    }
}

/* ---- the worlds ---- */

#define PICKS 10

static struct pick pick_of(unsigned kind)
{
    bool dust = kind >= 8;
    return (struct pick){.is = true,
                         .payer = (uint8_t)(kind & 1),
                         .dust = dust,
                         .knowledge = dust ? FROM_START : (enum knowledge)(kind / 2)};
}

static struct quarrel_setup setup_of(unsigned anchors, enum ln_backend_kind backend)
{
    struct quarrel_setup setup = quarrel_usual(anchors);
    setup.backend = backend;
    setup.policy.resolved_depth_blocks = 8;
    return setup;
}

static void one_htlc_or_none(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind <= PICKS; kind++) {
        struct quarrel_setup setup = setup_of(kind & 1, LN_BACKEND_REAL);
        for (unsigned anchors = 0; anchors < 2; anchors++) {
            struct world world = {.dance = 99};
            setup.anchors = anchors;
            if (kind < PICKS) {
                world.picks[0] = pick_of(kind);
            }
            run_all_ends(&world, &setup);
        }
    }
}

static void two_htlcs(void **state)
{
    (void)state;
    for (unsigned kinds = 0; kinds < PICKS * PICKS; kinds++) {
        for (unsigned anchors = 0; anchors < 2 && kinds / PICKS <= kinds % PICKS; anchors++) {
            struct quarrel_setup setup = setup_of(anchors, LN_BACKEND_TOKEN);
            struct world world = {.dance = 99, .picks = {pick_of(kinds / PICKS), pick_of(kinds % PICKS)}};
            run_all_ends(&world, &setup);
        }
    }
}

/* Messages of the dance of an HTLC that is added, fulfilled or failed: update, commitment_signed, revoke_and_ack, and
 * the last two of the other. Who failed an HTLC may have its preimage and claim it on chain nevertheless. */
static void caught_in_the_middle(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 2 * 2 * 3 * 6; at++) {
        unsigned change = at / 4 % 3;
        struct quarrel_setup setup = setup_of(at & 1, LN_BACKEND_REAL);
        struct world world = {.dance = at / 12, .fulfilled = change == 1, .failed = change == 2};
        world.picks[0] =
            (struct pick){.is = true, .payer = (uint8_t)(at >> 1 & 1), .knowledge = change == 2 ? FROM_START : NEVER};
        run_all_ends(&world, &setup);
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
    printf("%llu worlds, %llu blocks, %llu transactions mined, %llu refused one block earlier, %llu replaced, "
           "%llu blocks reorganised, %llu restarts\n",
           (unsigned long long)worlds, (unsigned long long)quarrel->blocks, (unsigned long long)quarrel->mined,
           (unsigned long long)quarrel->refused, (unsigned long long)quarrel->replacements,
           (unsigned long long)quarrel->reorganised, (unsigned long long)quarrel->restarts);
    quarrel_free(quarrel);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_htlc_or_none),
        cmocka_unit_test(caught_in_the_middle),
        cmocka_unit_test(two_htlcs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
