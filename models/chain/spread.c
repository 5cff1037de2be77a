/* spread.c: what arrives where and when.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/spread.h"

#include "models/calendar.h"
#include "protocol/bitcoin/policy.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#define PPM         1e6
#define NODE_COUNT  6000 /* of the network that is simulated for one conflict */
#define RESEND_BITS 56   /* a transaction that is sent again draws anew */

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

void spread_block(struct chain *chain, gsl_rng *rng, uint32_t node, uint32_t zone)
{
    struct tree_node *block = tree_at(&chain->tree, node);
    const struct tree_node *parent = tree_at(&chain->tree, block->parent);
    int64_t now_us = sim_now_us(chain->sim);
    for (uint32_t i = 0; i < chain_zone_count(chain); i++) {
        int64_t at_us = now_us + propagation_block_delay_us(&chain->propagation, rng);
        int64_t before_us = parent->arrival_us == NULL ? 0 : parent->arrival_us[i];
        assert(before_us != TREE_NEVER_US);
        at_us = i == zone ? now_us : at_us <= before_us ? before_us + 1 : at_us;
        block->arrival_us[i] = at_us;
        if (i != zone)
            sim_schedule(
                chain->sim, at_us, SIM_MESSAGE,
                &(struct sim_action){.kind = chain->block_kind, .entity = node, .object = chain, .argument = i});
    }
}

/* ---- conflicts ------------------------------------------------------------------------------------------------- */

/* A transaction that spends what another has spent before it, on its way. */
struct conflict {
    struct chain *chain;
    gsl_rng *rng;
    const struct own_tx *payment; /* the earlier one */
    struct own_tx *rival;
    struct propagation_conflict law;
    double share;         /* of nodes that get the rival first */
    double held_share;    /* that hold the rival in the end: replacement comes on top */
    double late_part;     /* of nodes that did not have the payment when the rival started */
    struct gossip gossip; /* CHAIN_GOSSIP_NODE: nodes 0.. are the zones */
    bool has_nodes;
};

static bool signals_replacement(const struct chain *chain, const struct own_tx *tx)
{
    struct btc_mempool *pool = &chain->views[chain->operator].pools[0];
    struct btc_mempool_info info;
    if (btc_tx_signals_replacement(&tx->seen.tx))
        return true;
    return btc_mempool_get(&info, pool, tx->seen.txid) && btc_mempool_is_replaceable(pool, tx->seen.txid);
}

/* Part of the nodes that put the rival in the payment's place when both have arrived. */
static double replacing_share(const struct chain *chain, const struct own_tx *payment, const struct own_tx *rival)
{
    const struct chain_tx *old = &payment->seen, *new = &rival->seen;
    int64_t more_sat = btc_policy_fee_sat((new->weight_wu + 3) / 4, chain->config->min_relay_sat_per_kwu);
    if (old->fee_sat < 0 || new->fee_sat < old->fee_sat + more_sat ||
        new->fee_sat *(int64_t)old->weight_wu <= old->fee_sat *(int64_t) new->weight_wu)
        return 0.0;
    return signals_replacement(chain, payment) ? 1.0 : (double)chain->config->full_rbf_ppm / PPM;
}

/* Which of the two each of the zones holds, in a network of nodes. Returns false if memory is out (told). */
static bool simulate_nodes(struct conflict *conflict)
{
    struct gossip_config config;
    struct gossip *gossip = &conflict->gossip;
    size_t known = chain_zone_count(conflict->chain), first = known;
    size_t count = conflict->law.payment_nodes + conflict->law.conflict_nodes;
    gossip_config_default(&config, conflict->chain->config->relay);
    config.node_count = NODE_COUNT;
    uint32_t *nodes = calloc(known + count, sizeof *nodes);
    struct gossip_start *starts = calloc(count, sizeof *starts);
    bool is_done = nodes != NULL && starts != NULL && gossip_open(gossip, &config, conflict->rng);
    conflict->has_nodes = is_done;
    for (uint32_t i = 0; is_done && i < known; i++)
        nodes[i] = i;
    if (is_done)
        gossip_draw_nodes(gossip, nodes, conflict->rng, known, count);
    for (size_t i = 0; is_done && i < count; i++) {
        bool is_payment = i < conflict->law.payment_nodes;
        starts[i] = (struct gossip_start){nodes[first + i], is_payment ? GOSSIP_PAYMENT : GOSSIP_CONFLICT,
                                          is_payment ? 0.0 : conflict->law.delta_s};
    }
    is_done = is_done && gossip_run(gossip, conflict->rng, starts, count);
    if (is_done)
        conflict->share = gossip_conflict_share(gossip);
    else
        trouble_memory(conflict->chain->trouble);
    free(nodes);
    free(starts);
    return is_done;
}

/* Part of the nodes that a transaction has not reached after so long. */
static double part_not_reached(const struct propagation *propagation, double after_s)
{
    if (after_s <= 0.0)
        return 1.0;
    if (propagation->tx_sigma == 0.0)
        return log(after_s) < propagation->tx_mu ? 1.0 : 0.0;
    return gsl_cdf_ugaussian_Q((log(after_s) - propagation->tx_mu) / propagation->tx_sigma);
}

static bool conflict_open(struct conflict *conflict)
{
    struct chain *chain = conflict->chain;
    double delta_s = (double)(conflict->rival->seen.sent_us - conflict->payment->seen.sent_us) / (double)SECOND_US;
    conflict->law = (struct propagation_conflict){conflict->payment->peers, conflict->rival->peers, delta_s};
    if (chain->config->gossip == CHAIN_GOSSIP_LAW)
        conflict->share = propagation_share_draw(&chain->propagation, conflict->rng, &conflict->law);
    else if (!simulate_nodes(conflict))
        return false;
    double replacing = replacing_share(chain, conflict->payment, conflict->rival);
    conflict->held_share = conflict->share + (1.0 - conflict->share) * replacing;
    conflict->late_part = part_not_reached(&chain->propagation, delta_s);
    return true;
}

static void conflict_close(struct conflict *conflict)
{
    if (conflict->has_nodes)
        gossip_close(&conflict->gossip);
}

/* Does the rival come first to a zone where the payment has not come yet? Draws one number. */
static bool is_rival_first(struct conflict *conflict, uint32_t zone)
{
    double luck = gsl_rng_uniform(conflict->rng);
    if (conflict->has_nodes)
        return conflict->gossip.nodes[zone].version == GOSSIP_CONFLICT;
    return luck * conflict->late_part < conflict->share;
}

/* Moves the rival's arrival before or behind the payment's. */
static void place_arrival(struct conflict *conflict, uint32_t zone)
{
    int64_t *at_us = &conflict->rival->arrival_us[zone], payment_us = conflict->payment->arrival_us[zone];
    bool is_first = is_rival_first(conflict, zone);
    if (payment_us <= sim_now_us(conflict->chain->sim) || payment_us == CHAIN_NEVER_US)
        return;
    if (is_first && *at_us >= payment_us)
        *at_us = payment_us - 1;
    if (!is_first && *at_us <= payment_us)
        *at_us = payment_us + 1;
}

/* The operator's node has the payment first: does one of its peers offer the rival? Draws one number. */
static void place_at_operator(struct conflict *conflict)
{
    const struct chain *chain = conflict->chain;
    double luck = gsl_rng_uniform(conflict->rng);
    int64_t *at_us = &conflict->rival->arrival_us[chain->operator];
    bool has_payment = conflict->payment->arrival_us[chain->operator] <= *at_us;
    if (conflict->rival->seen.origin != CHAIN_DIRECT && has_payment &&
        luck < pow(1.0 - conflict->held_share, chain->config->peers))
        *at_us = CHAIN_NEVER_US;
}

static void tell_observers(struct conflict *conflict, uint32_t payment, uint32_t rival)
{
    struct chain *chain = conflict->chain;
    int64_t after_us = propagation_observe_us(&chain->propagation, conflict->rng, &conflict->law, conflict->held_share,
                                              chain->config->observers);
    if (after_us == PROPAGATION_NEVER_US)
        return;
    sim_schedule(
        chain->sim, conflict->payment->seen.sent_us + after_us, SIM_MESSAGE,
        &(struct sim_action){.kind = chain->observed_kind, .entity = rival, .object = chain, .argument = payment});
}

static void spread_conflict(struct chain *chain, uint32_t rival)
{
    uint32_t payment = own_rival(&chain->own, rival);
    struct own_tx *own = own_at(&chain->own, rival);
    if (payment == CHAIN_NONE)
        return;
    own->seen.rival = payment;
    struct sim_stream stream;
    sim_stream_open(&stream, chain->sim, "chain.conflict", own->seen.key);
    struct conflict conflict = {
        .chain = chain, .rng = stream_rng(&stream), .payment = own_at(&chain->own, payment), .rival = own};
    if (conflict.payment->seen.origin != CHAIN_PRIVATE && conflict_open(&conflict)) {
        for (uint32_t zone = 0; zone < chain_zone_count(chain); zone++)
            place_arrival(&conflict, zone);
        place_at_operator(&conflict);
        tell_observers(&conflict, payment, rival);
    }
    conflict_close(&conflict);
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

static void draw_arrivals(struct chain *chain, struct own_tx *own)
{
    struct sim_stream stream;
    uint64_t again = (uint64_t)own->sent_count << RESEND_BITS;
    sim_stream_open(&stream, chain->sim, "chain.tx", own->seen.key ^ again);
    int64_t now_us = sim_now_us(chain->sim);
    for (uint32_t i = 0; i < chain_zone_count(chain); i++)
        own->arrival_us[i] = now_us + propagation_tx_delay_us(&chain->propagation, stream_rng(&stream));
    for (uint32_t i = 0; own->reach == CHAIN_REACH_OPERATOR && i < chain->miner_count; i++)
        own->arrival_us[i] = CHAIN_NEVER_US;
    if (own->seen.origin == CHAIN_DIRECT)
        own->arrival_us[chain->operator] = now_us;
}

/* Nodes ask for the parents of what they do not understand: a child is not accepted before them. */
static void wait_for_parents(struct chain *chain, struct own_tx *own)
{
    for (uint32_t i = 0; i < own->seen.tx.input_count; i++) {
        uint32_t number = own_find(&chain->own, own->seen.tx.inputs[i].previous.txid);
        if (number == CHAIN_NONE)
            continue;
        const struct own_tx *parent = own_at(&chain->own, number);
        for (uint32_t k = 0; k < chain_zone_count(chain); k++) {
            int64_t parent_us = parent->arrival_us[k];
            if (parent_us != CHAIN_NEVER_US && own->arrival_us[k] <= parent_us)
                own->arrival_us[k] = parent_us + 1;
        }
    }
}

static void schedule_arrival(struct chain *chain, uint32_t tx, uint32_t zone, int64_t at_us)
{
    sim_schedule(chain->sim, at_us, SIM_MESSAGE,
                 &(struct sim_action){.kind = chain->tx_kind, .entity = tx, .object = chain, .argument = zone});
}

static void spread_private(struct chain *chain, uint32_t tx)
{
    if (chain->attacker == CHAIN_NONE)
        return;
    own_at(&chain->own, tx)->arrival_us[chain->attacker] = sim_now_us(chain->sim);
    schedule_arrival(chain, tx, chain->attacker, sim_now_us(chain->sim));
}

/* Fee of a transaction, as far as what it spends is known; -1 if not. */
static int64_t fee_sat(const struct chain *chain, const struct btc_tx *tx)
{
    int64_t fee_sat = 0;
    for (uint32_t i = 0; i < tx->input_count; i++) {
        const struct btc_outpoint *outpoint = &tx->inputs[i].previous;
        const struct btc_output *output = own_output(&chain->own, outpoint);
        const struct btc_coin *coin = output == NULL ? btc_utxo_get(&chain->branch.chain.coins, outpoint) : NULL;
        if (output == NULL && coin == NULL)
            return -1;
        fee_sat += output != NULL ? output->value_sat : coin->output.value_sat;
    }
    for (uint32_t i = 0; i < tx->output_count; i++)
        fee_sat -= tx->outputs[i].value_sat;
    return fee_sat;
}

void spread_tx(struct chain *chain, uint32_t tx)
{
    struct own_tx *own = own_at(&chain->own, tx);
    if (!own_link(&chain->own, tx)) {
        trouble_memory(chain->trouble);
        return;
    }
    if (own->sent_count == 0)
        own->seen.sent_us = sim_now_us(chain->sim);
    own->seen.fee_sat = fee_sat(chain, &own->seen.tx);
    if (own->seen.origin == CHAIN_PRIVATE) {
        spread_private(chain, tx);
        return;
    }
    draw_arrivals(chain, own);
    if (own->sent_count == 0)
        spread_conflict(chain, tx);
    wait_for_parents(chain, own);
    own->sent_count++;
    for (uint32_t zone = 0; zone < chain_zone_count(chain); zone++) {
        int64_t template_us = zone == chain->operator? 0 : chain->config->template_us;
        if (own->arrival_us[zone] != CHAIN_NEVER_US)
            schedule_arrival(chain, tx, zone, own->arrival_us[zone] + template_us);
    }
}
