/* abroad.h: payments that go on over a graph of others: modeled, or real on first use.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     payer ══► gateway ──► · ──► · ──► · ──► gateway ══► payee       ══ real channels of the run   ── the graph's
 *               asks                          offers
 *
 * A gateway is a node of the run that is a node of the graph too, and asks what to do with HTLCs for channels it does
 * not have (LN_NODE_ASKS_FORWARDS). What happens then is the same for the payer, to the byte that says who failed:
 *
 *   modeled   the onion is peeled hop by hop; each hop forwards by its policy if its hidden balance allows (foreign.h),
 *             holds the amount, and passes on preimage or failure, after the time that links and devices take
 *   real      the channel is opened between real nodes, without waiting for a block, with the balance that the model
 *             drew for it, by who has more of it; then the HTLC goes over it, and the next node asks in its turn
 *
 * Nodes of the graph must have keys that we know: abroad_map gives them such. Left out: payees that are nodes of the
 * graph without a channel to a gateway. REAL: other people's traffic, once a channel is there; MODELED has it
 * (foreign.h). Capacity above LN_FUNDING_MAX_SAT: the channel is opened with that, shared in the same proportion. More
 * than ABROAD_CHANNELS_MAX channels of a node, channels that cannot pay their commitment's fee, and those for which the
 * funder has no coins: temporary_channel_failure. One that was closed stays so: permanent_channel_failure. A delta that
 * is too short for a real node's patience: it keeps its own.
 */
#ifndef KONSENTO_MODELS_HOST_ABROAD_H
#define KONSENTO_MODELS_HOST_ABROAD_H

#include "models/host/host.h"
#include "models/network/foreign.h"

/* ---- a graph whose keys we know --------------------------------------------------------------------------------- */

struct abroad_map {
    struct ln_graph graph;
    uint8_t (*secrets)[32]; /* by node number of graph */
    uint32_t secret_count;
};

/* A copy of a graph in which each node has a key of ours, named by the id that it had. Out: map, also on failure to be
 * closed. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool abroad_map_open(struct abroad_map *map, const struct ln_graph *source,
                                                         const struct btc_curve *curve, uint64_t seed);
void abroad_map_close(struct abroad_map *map);

/* ---- payments over it ------------------------------------------------------------------------------------------- */

enum abroad_mode { ABROAD_MODELED, ABROAD_REAL };

#define ABROAD_CHANNELS_MAX 64 /* of a node that is made; gateways: as their config says */

struct abroad_options {
    enum abroad_mode mode;
    struct host *host;
    struct links *links;
    const struct abroad_map *map;      /* payers route by its graph; must not change */
    struct foreign *foreign;           /* of the same graph: balances; REAL: those that channels begin with */
    const struct link_class *link;     /* between nodes of the graph */
    const struct device_class *device; /* that they run on */
    uint32_t funder;                   /* REAL: node whose wallet pays for their channels, gateways' own included */
    uint32_t feerate_sat_per_kwu;      /* REAL: of their commitments; 0: as the opener's node reckons */
    uint64_t key;                      /* names its streams */
};
/* Adds to a config of a node what it takes to be a gateway, or a node that abroad makes. */
void abroad_gateway(struct ln_node_config *config);

struct abroad;

/* Listens to the host. Returns NULL when memory is out. Owns: abroad_free, before the host goes. */
struct abroad *abroad_new(const struct abroad_options *options);
void abroad_free(struct abroad *abroad);

struct abroad_tally {
    uint64_t asked;           /* HTLCs that came to a gateway for the graph */
    uint64_t paid, failed;    /* MODELED: of these, behind their end */
    uint64_t hops;            /* MODELED: held an amount */
    uint64_t nodes, channels; /* REAL: made */
    uint64_t under_way;
};
/* What a gateway has got over the graph, less what it has paid there, and what it has kept for forwarding. REAL: what
 * its channels of the graph hold now, less what they began with, which came from outside; those that have ended hold
 * nothing: the chain has paid it to the gateway's wallet. */
struct abroad_books {
    int64_t net_msat, kept_msat;
};
struct abroad_books abroad_books(const struct abroad *abroad, uint32_t node);

/* REAL: what the chain or HTLCs under way have a say in of these books. */
struct abroad_standing {
    int64_t open_msat;  /* HTLCs of the gateway's channels; the whole of one that is on its way to the chain */
    int64_t ended_msat; /* the whole of channels that have ended, so far */
};
struct abroad_standing abroad_standing(const struct abroad *abroad, uint32_t node);
void abroad_tally(struct abroad_tally *tally, const struct abroad *abroad);

#endif
