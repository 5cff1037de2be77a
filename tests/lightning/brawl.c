/* brawl.c: a quarrel driven by bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/brawl.h"

#include <assert.h>
#include <string.h>

#define MOST_CENSORED 3
#define MOST_UNDONE   4
#define IN_TIME       17 /* blocks before an expiry: censored, undone, and mined again */
#define NEVER         UINT32_MAX

/* One run. */
struct run {
    struct brawl *brawl;
    struct quarrel *quarrel;
    const uint8_t *bytes;
    size_t left;
    uint8_t n_of[2][QUARREL_HTLCS]; /* number of the preimage, by payer and id */
    uint32_t adds[2];
    uint32_t known_height[2][QUARREL_HTLCS]; /* to the payee, by payer and id */
    unsigned closer;
    bool cheats;
    uint32_t highest;
    uint32_t closed_height; /* of the first block that has a commitment */
    unsigned censored[2];   /* blocks in a row */
};

static bool next(struct run *run, uint8_t step[2])
{
    if (run->left < 2) {
        return false;
    }
    memcpy(step, run->bytes, 2);
    run->bytes += 2;
    run->left -= 2;
    run->brawl->steps++;
    return true;
}

/* ---- the channel lives ---- */

static void add(struct run *run, uint8_t what)
{
    static const uint64_t sizes_msat[4] = {300000, 12000000, 30000000, 61000000};
    unsigned payer = what & 1;
    uint32_t n = run->adds[0] + run->adds[1];
    uint32_t expiry = quarrel_height(run->quarrel) + 26 + (what >> 3) % 16;
    uint32_t id = run->adds[payer];
    if (id < QUARREL_HTLCS && quarrel_try_add(run->quarrel, payer, sizes_msat[what >> 1 & 3] + 1000 * n, n, expiry)) {
        run->n_of[payer][id] = (uint8_t)n;
        run->known_height[payer][id] = NEVER;
        run->adds[payer]++;
        run->brawl->payments++;
    }
}

/* The payee's record of an HTLC that is live there, NULL if none is. */
static const struct ln_slot *find_live(const struct run *run, unsigned payer, uint64_t id)
{
    const struct quarrel_end *payee = &run->quarrel->ends[1 - payer];
    const struct ln_slot *record = ln_channel_find(&payee->channel, &payee->shop, LN_THEM, id);
    return record != NULL && record->state == ln_htlc_state(LN_THEM, LN_LIVE) ? record : NULL;
}

static void fulfil(struct run *run, uint8_t what)
{
    unsigned payer = what & 1;
    uint64_t id = (what >> 1) % QUARREL_HTLCS;
    if (id < run->adds[payer] && find_live(run, payer, id) != NULL) {
        quarrel_fulfill(run->quarrel, 1 - payer, id, run->n_of[payer][id]);
        run->known_height[payer][id] = quarrel_height(run->quarrel);
    }
}

static void live(struct run *run, size_t until)
{
    uint8_t step[2];
    while (run->left > until && next(run, step)) {
        const struct ln_channel *channel = &run->quarrel->ends[0].channel;
        if (channel->local_number + 6 >= QUARREL_STATES || channel->remote_number + 6 >= QUARREL_STATES) {
            continue; /* the rest of the life is idle */
        }
        switch (step[0] % 8) {
        case 0:
        case 1:
        case 2:
            add(run, step[1]);
            break;
        case 3:
        case 4:
            quarrel_settle(run->quarrel, 1 + step[1] % 8);
            break;
        case 5:
            fulfil(run, step[1]);
            break;
        case 6:
            quarrel_settle(run->quarrel, 200);
            break;
        case 7:
            quarrel_try_fee(run->quarrel, 500 + 8 * (uint32_t)step[1]);
            break;
        }
    }
}

/* ---- it ends ---- */

static void end_channel(struct run *run, uint8_t what)
{
    struct quarrel *quarrel = run->quarrel;
    uint64_t number = quarrel->ends[run->closer].channel.local_number;
    run->cheats &= number > 0;
    if (run->cheats) {
        quarrel_resolve_old(quarrel, run->closer, what % number);
        run->brawl->cheats++;
    } else {
        quarrel_resolve(quarrel, run->closer);
    }
    quarrel_resolve(quarrel, 1 - run->closer);
}

static void mine(struct run *run, unsigned takes, unsigned first)
{
    struct quarrel *quarrel = run->quarrel;
    for (unsigned end = 0; end < 2; end++) {
        bool taken = takes >> end & 1;
        if (!taken && run->censored[end] == MOST_CENSORED) {
            takes |= 1u << end;
            taken = true;
        }
        run->censored[end] = taken ? 0 : run->censored[end] + 1;
    }
    quarrel_mine(quarrel, takes, first);
    quarrel_audit(quarrel);
    uint32_t height = quarrel_height(quarrel);
    run->highest = height > run->highest ? height : run->highest;
    if (run->closed_height == NEVER && quarrel_commitment(quarrel) != NULL) {
        run->closed_height = height;
    }
}

static void learn(struct run *run, uint8_t what)
{
    unsigned payer = what & 1;
    uint64_t id = (what >> 1) % QUARREL_HTLCS;
    if (id < run->adds[payer] && find_live(run, payer, id) != NULL && run->known_height[payer][id] == NEVER) {
        quarrel_learn(run->quarrel, 1 - payer, id, run->n_of[payer][id]);
        run->known_height[payer][id] = run->highest;
    }
}

static void undo(struct run *run, uint8_t what)
{
    uint32_t height = quarrel_height(run->quarrel);
    uint32_t depth = 1 + what % MOST_UNDONE;
    uint32_t floor = run->highest - MOST_UNDONE;
    floor = floor > run->quarrel->base_height ? floor : run->quarrel->base_height;
    depth = height - depth < floor ? height - floor : depth;
    if (height > floor) {
        quarrel_undo(run->quarrel, depth);
    }
}

static void act(struct run *run, const uint8_t step[2])
{
    unsigned end = step[1] & 1;
    switch (step[0] % 12) {
    case 0:
    case 1:
    case 2:
    case 3:
        for (unsigned i = 0; i <= step[1] >> 5; i++) {
            mine(run, step[1] >> 1 & 3, end);
        }
        break;
    case 4:
    case 5:
        for (unsigned i = 0; i <= step[1] % 16u; i++) {
            mine(run, 3, step[1] >> 7);
        }
        break;
    case 6:
        undo(run, step[1]);
        break;
    case 7:
    case 8:
    case 9:
        learn(run, step[1]);
        break;
    case 10:
        quarrel_restart(run->quarrel, end);
        break;
    case 11:
        quarrel_rates(run->quarrel, end, 253 + 4 * (uint32_t)(step[1] >> 1), 253 + 24 * (uint32_t)(step[1] >> 1),
                      500 + 60 * (uint32_t)(step[1] >> 1));
        break;
    }
}

static bool is_over(const struct run *run)
{
    return run->quarrel->ends[0].onchain.resolved && run->quarrel->ends[1].onchain.resolved;
}

/* ---- what came of it ---- */

/* Whether an honest end may lose this output. */
static bool may_lose(struct run *run, unsigned number, const struct ln_out *out)
{
    const struct quarrel_end *end = &run->quarrel->ends[number];
    if (out->kind == LN_OUT_ANCHOR) {
        return true; /* anybody's after sixteen blocks, if it is not worth sweeping */
    }
    if (out->kind != LN_OUT_HTLC) {
        return false;
    }
    if (end->close == LN_CLOSE_REVOKED) {
        return out->second_stage; /* and what is behind it is ours */
    }
    const struct ln_onchain_htlc *htlc = &end->onchain.htlcs[out->htlc];
    uint64_t id = htlc->htlc.id;
    if (htlc->htlc.side == LN_HTLC_OFFERED) {
        return end->told[LN_US][id] == LN_ONCHAIN_PREIMAGE || htlc->told == LN_TOLD_PREIMAGE;
    }
    uint32_t known = run->known_height[1 - number][id];
    uint32_t ready = known == NEVER || run->closed_height > known ? run->closed_height : known;
    run->brawl->lapsed += known != NEVER;
    return known == NEVER || ready + IN_TIME > htlc->htlc.cltv_expiry_height;
}

static void check_honest(struct run *run, unsigned number)
{
    struct quarrel_end *end = &run->quarrel->ends[number];
    struct ln_onchain_tally tally = ln_onchain_tally(&end->onchain);
    int64_t sum_sat = 0;
    assert(end->close != LN_CLOSE_NONE && end->close != LN_CLOSE_ROGUE && end->close != LN_CLOSE_FUTURE);
    for (uint32_t i = 1; i < end->onchain.out_count; i++) {
        const struct ln_out *out = &end->onchain.outs[i];
        bool lost = out->spent_by == LN_SPENT_BY_THEM;
        bool nobodys = out->spent_by == LN_SPENT_NOT && !ln_onchain_chance(&end->onchain, out).is;
        assert(!lost || may_lose(run, number, out));
        if (!lost && !nobodys && !out->second_stage) {
            const struct ln_out *parent = out->parent == LN_ONCHAIN_NONE ? out : &end->onchain.outs[out->parent];
            sum_sat += parent->spent_by == LN_SPENT_BY_US ? parent->value_sat : out->value_sat;
        }
    }
    assert(tally.claimed_sat + tally.abandoned_sat == sum_sat);
    assert(tally.abandoned_sat <= 330 && tally.fees_sat >= 0);
}

static void check(struct run *run)
{
    for (unsigned end = 0; end < 2; end++) {
        if (!run->cheats || end != run->closer) {
            check_honest(run, end);
        }
    }
}

void brawl_run(struct brawl *brawl, enum ln_backend_kind backend, const uint8_t *bytes, size_t length)
{
    struct run run = {.brawl = brawl, .quarrel = brawl->quarrel};
    uint8_t first = length > 0 ? bytes[0] : 0;
    uint8_t step[2];
    struct quarrel_setup setup = quarrel_usual(first & 1);
    setup.backend = backend;
    setup.policy.resolved_depth_blocks = 10;
    setup.feerate_sat_per_kwu = 600 + 100u * (first >> 5);
    run.closer = first >> 1 & 1;
    run.cheats = (first >> 2 & 3) == 3;
    run.closed_height = NEVER;
    run.bytes = bytes + (length > 0);
    run.left = length > 0 ? length - 1 : 0;
    brawl->runs++;
    quarrel_open(brawl->quarrel, &setup);
    live(&run, run.left / 2);
    run.highest = quarrel_height(brawl->quarrel);
    end_channel(&run, first ^ (uint8_t)run.left ^ (run.left > 0 ? run.bytes[0] : 0));
    while (next(&run, step)) {
        if (quarrel_height(brawl->quarrel) + 300 < REGTEST_MAX_BLOCKS) {
            act(&run, step);
        }
    }
    quarrel_rates(brawl->quarrel, 0, 300, 1000, 2500);
    quarrel_rates(brawl->quarrel, 1, 300, 1000, 2500);
    for (unsigned i = 0; !is_over(&run); i++) {
        assert(i < 250);
        mine(&run, 3, 0);
    }
    check(&run);
}
