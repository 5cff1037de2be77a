/* assemble.c: what is in a block.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/assemble.h"

#include "models/calendar.h"
#include "models/chain/background.h"
#include "models/chain/room.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/template.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_TX    512u /* in the arena of the choice: a template's 140, a pointer, a txid */
#define SPARE_BYTES     8192u
#define GRIND_ATTEMPTS  100000u /* one in two succeeds */
#define WU_PER_VBYTE    4.0
#define RATE_PER_SAT_VB 250.0

/* ---- coinbases ------------------------------------------------------------------------------------------------- */

static void derive_payout(struct chain *chain, uint32_t miner)
{
    char name[32];
    uint8_t secret[32], public_key[33], key_hash[20];
    int length = snprintf(name, sizeof name, "konsento miner %" PRIu32, miner);
    btc_sha256(secret, name, (size_t)length);
    bool is_valid = btc_pubkey_wire_from_secret(&chain->branch.curve, public_key, secret);
    assert(is_valid);
    btc_hash160(key_hash, public_key, sizeof public_key);
    btc_script_p2wpkh(chain->payouts[miner], key_hash);
}

bool assemble_open(struct chain *chain)
{
    chain->payouts = malloc(chain->miner_count * sizeof *chain->payouts);
    for (uint32_t i = 0; chain->payouts != NULL && i < chain->miner_count; i++)
        derive_payout(chain, i);
    return chain->payouts != NULL;
}

void assemble_close(struct chain *chain)
{
    free(chain->payouts);
    room_free(&chain->drawing);
    room_free(&chain->sheet);
}

/* ---- the choice ------------------------------------------------------------------------------------------------ */

/* The transactions of a block, being chosen. */
struct choice {
    struct chain *chain;
    const struct feemarket *market;
    const struct btc_tx **txs;
    uint32_t count;
    size_t copy_bytes; /* of all of them */
    int64_t fees_sat;
    double own_vb;
    double least_sat_per_vb; /* that the miner takes */
    uint8_t (*left_out)[32]; /* txids of what did not fit */
    uint32_t left_out_count;
};

static void take(struct choice *choice, const struct btc_tx *tx, int64_t fee_sat, uint32_t weight_wu)
{
    choice->txs[choice->count++] = tx;
    choice->copy_bytes += own_copy_bytes(tx) + sizeof *tx;
    choice->fees_sat += fee_sat;
    choice->own_vb += weight_wu / WU_PER_VBYTE;
}

static bool needs_left_out(const struct choice *choice, const struct btc_tx *tx)
{
    for (uint32_t i = 0; i < choice->left_out_count; i++)
        for (uint32_t k = 0; k < tx->input_count; k++)
            if (memcmp(tx->inputs[k].previous.txid, choice->left_out[i], 32) == 0)
                return true;
    return false;
}

/* Goes through a template, best packages first, as far as other people's weight leaves room. A package that is found to
 * be worth more once another is in does not go before that. */
static void choose_from(struct choice *choice, const struct btc_template *template)
{
    double rate = INFINITY;
    for (uint32_t i = 0; i < template->count; i++) {
        const struct btc_template_item *item = &template->items[i];
        rate = fmin(rate, item->package_rate_sat_per_kwu / RATE_PER_SAT_VB);
        double room_vb = feemarket_room_vb(choice->market, BACKGROUND_CAPACITY_VB, rate);
        bool fits = choice->own_vb + item->weight_wu / WU_PER_VBYTE <= room_vb;
        if (fits && rate >= choice->least_sat_per_vb && !needs_left_out(choice, item->tx))
            take(choice, item->tx, item->fee_sat, item->weight_wu);
        else
            btc_txid(choice->left_out[choice->left_out_count++], item->tx);
    }
}

static void take_own(struct choice *choice, uint32_t number)
{
    const struct chain_tx *seen = &own_at(&choice->chain->own, number)->seen;
    assert(seen->fee_sat >= 0);
    take(choice, &seen->tx, seen->fee_sat, seen->weight_wu);
}

/* He who has no name, and the attacker, take whatever is relayed. */
static double least_of(const struct chain *chain, uint32_t miner)
{
    bool is_honest = miner != TREE_NONE && miner < chain->config->miner_count;
    return is_honest ? (double)chain->config->miners[miner].least_rate_sat_per_kwu / RATE_PER_SAT_VB : 0.0;
}

static bool choose(struct choice *choice, const struct assemble_order *order)
{
    struct chain *chain = choice->chain;
    uint32_t pool_count = order->pool == NULL ? 0 : btc_mempool_count(order->pool);
    uint32_t most = order->given_count + pool_count;
    struct btc_template template = {0};
    const struct btc_template_limits limits = {BTC_TEMPLATE_WEIGHT_WU, BTC_TEMPLATE_SIGOP_COST, 0};
    if (!room_reserve(&chain->drawing, most * (size_t)BYTES_PER_TX + SPARE_BYTES))
        return false;
    choice->txs = btc_arena_take(&chain->drawing, most, sizeof(struct btc_tx *));
    choice->left_out = btc_arena_take(&chain->drawing, most, 32);
    for (uint32_t i = 0; i < order->given_count; i++)
        take_own(choice, order->given[i]);
    if (pool_count > 0) {
        bool has_room = btc_template_make(&template, order->pool, &chain->drawing, &limits);
        assert(has_room);
        choose_from(choice, &template);
    }
    return true;
}

/* ---- the block ------------------------------------------------------------------------------------------------- */

static int64_t unix_s_of(const struct chain *chain, int64_t found_us)
{
    int64_t second = found_us / SECOND_US - (found_us % SECOND_US < 0);
    return chain->start_unix_s + second;
}

static void build(struct chain *chain, struct btc_block *block, const struct choice *choice,
                  const struct assemble_order *order)
{
    char tag[40];
    int tag_length = snprintf(tag, sizeof tag, "/konsento %" PRIu64 "/", chain->build_count++);
    struct btc_block_plan plan = {.place = btc_chain_next_place(&chain->branch.chain),
                                  .version = BTC_BLOCK_VERSION,
                                  .tag = btc_bytes(tag, (size_t)tag_length),
                                  .payout = order->payout,
                                  .fees_sat = choice->fees_sat,
                                  .txs = choice->txs,
                                  .tx_count = choice->count};
    uint32_t miner = order->miner == TREE_NONE ? 0 : order->miner;
    if (plan.payout.length == 0)
        plan.payout = btc_bytes(chain->payouts[miner], sizeof chain->payouts[miner]);
    int64_t time_s = unix_s_of(chain, order->found_us);
    plan.time = time_s > plan.place.median_time ? (uint32_t)time_s : plan.place.median_time + 1;
    enum btc_block_error error = btc_block_build(block, &chain->sheet, &plan);
    assert(error == BTC_BLOCK_OK); /* the arena was made large enough */
    bool has_work = btc_header_grind(&block->header, GRIND_ATTEMPTS);
    assert(has_work);
}

uint32_t assemble_block(struct chain *chain, enum btc_block_error *error, double *own_vb,
                        const struct assemble_order *order)
{
    *error = BTC_BLOCK_NO_MEMORY;
    if (!branch_move(&chain->branch, order->parent))
        return TREE_NONE;
    uint32_t height = tree_at(&chain->tree, order->parent)->height + 1;
    struct choice choice = {
        .chain = chain, .market = background_market(chain, height), .least_sat_per_vb = least_of(chain, order->miner)};
    if (!choose(&choice, order) || !room_reserve(&chain->sheet, choice.copy_bytes + SPARE_BYTES)) {
        trouble_memory(chain->trouble);
        return TREE_NONE;
    }
    struct btc_block block;
    build(chain, &block, &choice, order);
    const struct tree_seed seed = {order->parent, order->miner, order->found_us, &block, chain->branch.chain.rules};
    uint32_t latest_time = (uint32_t)unix_s_of(chain, order->found_us) + BTC_MAX_FUTURE_BLOCK_S;
    uint32_t node = branch_extend(&chain->branch, error, &seed, latest_time);
    if (node != TREE_NONE) {
        chain->tally.txs_mined += choice.count;
        chain->tally.blocks += order->found_us >= 0 ? 1 : 0; /* those before time 0 are not the run's */
    }
    if (own_vb != NULL)
        *own_vb = choice.own_vb;
    return node;
}
