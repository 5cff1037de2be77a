/* gossip.h: one pair of conflicting transactions on its way through a network of nodes, event by event.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * N nodes open 8 connections each to others drawn at random. A node keeps the version it gets first and passes it on
 * once; the other version it refuses. From one node to a peer a transaction takes
 *     wait for the announcement timer + 3 legs (inv, getdata, tx) + wait of the receiver before it asks.
 *   2018     one timer per peer: exponential, mean 2 s to peers one has connected to, 5 s to those who came
 *   current  one timer (5 s) for all who came, one each (2 s) for the others; 2 s before asking a peer who came
 * Legs are lognormal with a mean of 110 ms, drawn anew for each; their spread (0.8) is a guess that makes half the
 * nodes hold a transaction after 3.9 s, as independent simulations found (Naumenko 2019: 4 s).
 * The first nodes (given) hold their version at its start; everything else follows.
 *
 * Left out: slow nodes, bandwidth, churn, and that a node asks one peer at a time: the tail is thinner than the real
 * one. Source: Bitcoin Core's net_processing (INBOUND_ and OUTBOUND_INVENTORY_BROADCAST_INTERVAL,
 * NONPREF_PEER_TX_DELAY).
 */
#ifndef KONSENTO_MODELS_CHAIN_GOSSIP_H
#define KONSENTO_MODELS_CHAIN_GOSSIP_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOSSIP_OUTBOUND 8
#define GOSSIP_NONE     UINT32_MAX

enum gossip_generation { GOSSIP_2018, GOSSIP_CURRENT };
enum gossip_version { GOSSIP_PAYMENT, GOSSIP_CONFLICT };

struct gossip_config {
    enum gossip_generation generation;
    uint32_t node_count; /* more than GOSSIP_OUTBOUND, at most 1,000,000 */
    double leg_mean_s;   /* 0.11 */
    double leg_sigma;    /* of its logarithm, 0.8 */
};

/* Who holds which version at the beginning. */
struct gossip_start {
    uint32_t node;
    enum gossip_version version;
    double time_s; /* >= 0 */
};

struct gossip_node {
    double time_s; /* when it took its version */
    enum gossip_version version;
};

struct gossip_peer {
    uint32_t node;
    bool came; /* this peer opened the connection */
};

struct gossip {
    struct gossip_config config;
    struct gossip_node *nodes; /* result of the last run, node_count */
    uint32_t *first_peer;      /* node_count + 1 places in peers */
    struct gossip_peer *peers;
    struct gossip_arrival *heap;
    size_t heap_count, heap_capacity;
};

void gossip_config_default(struct gossip_config *config, enum gossip_generation generation);
/* Draws the network. Returns false when memory is out (nothing is then open). Owns: gossip_close. */
bool gossip_open(struct gossip *gossip, const struct gossip_config *config, gsl_rng *rng)
    __attribute__((warn_unused_result));
void gossip_close(struct gossip *gossip);

/* Sends the versions out until every node holds one. If a node starts with both, the earlier stays.
 * Returns false when memory is out. Out: gossip->nodes; every node is reached (the graph is connected through 8
 * connections each for any size that matters; a node never reached has time_s = INFINITY). */
bool gossip_run(struct gossip *gossip, gsl_rng *rng, const struct gossip_start *starts, size_t start_count)
    __attribute__((warn_unused_result));

/* Draws count different nodes, none of them among the first known_count of nodes; appends them there. */
void gossip_draw_nodes(const struct gossip *gossip, uint32_t *nodes, gsl_rng *rng, size_t known_count, size_t count);

/* Share of the nodes that hold the conflict. */
double gossip_conflict_share(const struct gossip *gossip);
/* Time at which a share of the nodes held a version: exact order statistic of the last run. Returns false when memory
 * is out. In: share in (0, 1]. */
bool gossip_quantile_s(const struct gossip *gossip, double *time_s, double share) __attribute__((warn_unused_result));

#endif
