/* join.c: the parts of a chain joined: kernel events, the beginning, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/chain.h"

#include "models/calendar.h"
#include "models/chain/assemble.h"
#include "models/chain/attack.h"
#include "models/chain/audit.h"
#include "models/chain/background.h"
#include "models/chain/faucet.h"
#include "models/chain/forced.h"
#include "models/chain/miners.h"
#include "models/chain/node.h"
#include "models/chain/parts.h"
#include "models/chain/room.h"
#include "models/chain/spread.h"
#include "models/chain/view.h"

#include <assert.h>
#include <stdlib.h>

#define PPM         1e6
#define MIN_START_S INT64_C(1325376000) /* 2012-01-01: after the genesis block of regtest, with room before time 0 */

/* ---- kernel events --------------------------------------------------------------------------------------------- */

static void handle_found(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    if (!chain_is_over(object))
        miners_find(object);
}

static void handle_block(struct sim *sim, void *object, uint32_t node, uint64_t zone)
{
    (void)sim;
    struct chain *chain = object;
    if (chain_is_over(chain))
        return;
    view_take_block(chain, (uint32_t)zone, node);
    if (zone == chain->operator)
        attack_consider(chain);
    node_flush(chain);
}

static void handle_tx(struct sim *sim, void *object, uint32_t tx, uint64_t zone)
{
    (void)sim;
    struct chain *chain = object;
    struct btc_mempool_verdict verdict;
    if (chain_is_over(chain))
        return;
    if (zone == chain->operator)
        node_take_tx(chain, tx);
    else
        view_take_tx(chain, &verdict, (uint32_t)zone, tx);
}

static void handle_observed(struct sim *sim, void *object, uint32_t rival, uint64_t payment)
{
    (void)sim;
    if (!chain_is_over(object))
        node_observe(object, (uint32_t)payment, rival);
}

static void handle_forced(struct sim *sim, void *object, uint32_t number, uint64_t argument)
{
    (void)sim, (void)argument;
    if (chain_is_over(object))
        return;
    forced_make(object, number);
    node_flush(object);
}

static void handle_attack(struct sim *sim, void *object, uint32_t attacker, uint64_t argument)
{
    (void)sim, (void)attacker;
    if (!chain_is_over(object))
        attack_handle(object, (enum attack_argument)argument);
}

static void handle_send(struct sim *sim, void *object, uint32_t tx, uint64_t argument)
{
    (void)sim, (void)argument;
    if (!chain_is_over(object))
        spread_tx(object, tx);
}

static void add_kinds(struct chain *chain)
{
    chain->found_kind = sim_kind_add(chain->sim, "chain.found", handle_found);
    chain->block_kind = sim_kind_add(chain->sim, "chain.block", handle_block);
    chain->tx_kind = sim_kind_add(chain->sim, "chain.tx", handle_tx);
    chain->send_kind = sim_kind_add(chain->sim, "chain.send", handle_send);
    chain->observed_kind = sim_kind_add(chain->sim, "chain.observed", handle_observed);
    chain->forced_kind = sim_kind_add(chain->sim, "chain.forced", handle_forced);
    chain->attack_kind = sim_kind_add(chain->sim, "chain.attack", handle_attack);
}

/* ---- building -------------------------------------------------------------------------------------------------- */

static void open_propagation(struct chain *chain)
{
    const struct chain_config *config = chain->config;
    struct propagation_config propagation;
    double shares[CHAIN_MINERS_MAX];
    assert(config->miner_count >= 1 && config->miner_count <= CHAIN_MINERS_MAX);
    for (uint32_t i = 0; i < config->miner_count; i++)
        shares[i] = (double)config->miners[i].share_ppm;
    propagation_config_default(&propagation, config->relay);
    propagation.block_mean_s =
        propagation_mean_for((double)config->block_delay_us / (double)SECOND_US, shares, config->miner_count);
    propagation.tx_median_s = (double)config->tx_delay_us / (double)SECOND_US;
    propagation.block_sigma = (double)config->block_delay_sigma_ppm / PPM;
    propagation.tx_sigma = (double)config->tx_delay_sigma_ppm / PPM;
    propagation.miner_shares = shares;
    propagation.miner_count = config->miner_count;
    propagation_init(&chain->propagation, &propagation);
}

static void number_zones(struct chain *chain)
{
    const struct chain_config *config = chain->config;
    bool has_attacker = config->attacker_share_ppm > 0;
    assert(config->attacker_share_ppm >= 0 && config->attacker_share_ppm < (int64_t)PPM);
    chain->miner_count = config->miner_count + (has_attacker ? 1 : 0);
    chain->attacker = has_attacker ? config->miner_count : CHAIN_NONE;
    chain->operator= chain->miner_count;
}

struct chain *chain_new(const struct chain_options *options)
{
    assert(options->start_unix_s >= MIN_START_S);
    struct chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL)
        return NULL;
    chain->trouble = options->trouble;
    chain->sim = options->trouble->sim;
    chain->config = options->config;
    chain->trace = options->trace;
    chain->start_unix_s = options->start_unix_s;
    number_zones(chain);
    open_propagation(chain);
    background_open(chain);
    own_open(&chain->own, chain_zone_count(chain));
    bool has_tree = tree_open(&chain->tree, chain_zone_count(chain));
    branch_open(&chain->branch, &chain->tree, chain->trouble);
    chain->branch.also = options->also;
    chain->views = calloc(chain_zone_count(chain), sizeof *chain->views);
    for (uint32_t i = 0; chain->views != NULL && i < chain_zone_count(chain); i++)
        view_open(chain, i);
    if (!has_tree || chain->views == NULL || !assemble_open(chain) || !faucet_open(chain)) {
        chain_free(chain);
        return NULL;
    }
    node_open(chain);
    add_kinds(chain);
    sim_audit_add(chain->sim, "chain", audit_recent, chain);
    return chain;
}

void chain_free(struct chain *chain)
{
    if (chain == NULL)
        return;
    faucet_close(chain);
    forced_close(chain);
    node_close(chain);
    assemble_close(chain);
    for (uint32_t i = 0; chain->views != NULL && i < chain_zone_count(chain); i++)
        view_close(&chain->views[i]);
    free(chain->views);
    free(chain->returning.txs);
    room_free(&chain->page);
    branch_close(&chain->branch);
    block_tree_close(&chain->tree);
    own_close(&chain->own);
    free(chain);
}

void chain_begin(struct chain *chain)
{
    assert(!chain->is_begun && sim_now_us(chain->sim) == 0);
    chain->is_begun = true;
    if (chain_is_over(chain))
        return;
    faucet_mine(chain);
    chain->base_height = tree_at(&chain->tree, chain->best)->height;
    for (uint32_t i = 0; i < chain_zone_count(chain); i++)
        chain->views[i].tip = chain->views[i].best = chain->best;
    forced_plan(chain);
    miners_plan(chain);
}
