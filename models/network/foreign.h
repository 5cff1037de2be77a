/* foreign.h: other people's channels: balances that nobody sees, which payments move.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     graph (public) ── one hidden balance per channel ── offer, settle, fail along a route
 *
 * Modeled: how capacity is shared between the two ends (uniform or bimodal, see probability.h), drawn once per channel
 * from a stream named by its short channel id, so that no order of use changes it; a reserve at each end that cannot be
 * sent; nodes that are announced and not there, drawn per node. A hop forwards by its announced policy: fee, expiry,
 * least and greatest amount, disabled or not. Amounts on their way are held; settled, they are the other end's.
 *
 * Other people's traffic: every so often, at the times of a Poisson process of each channel's own, what nobody of the
 * experiment holds in a channel is shared out anew from the same prior. So balances forget what the experiment did to
 * them, as e^(-t / traffic_s), and are distributed as before at any time. Without it (0) the experiment's payments are
 * all there are: what flows one way drains the channels that it takes.
 *
 * Not modeled: fees and rebalancing that answer to traffic, traffic that depends on the route, limits on the number of
 * HTLCs, channels that open and close. Time is told: who calls decides when. The sum over both ends of what is free and
 * held is the capacity, to the millisatoshi, always.
 * Source: Pickhardt et al. 2021 (uniform); lnd's bimodal estimator; BOLT 2 (reserve: 1 percent is common); BOLT 4 (what
 * failures say).
 */
#ifndef KONSENTO_MODELS_NETWORK_FOREIGN_H
#define KONSENTO_MODELS_NETWORK_FOREIGN_H

#include "protocol/lightning/route.h"

struct foreign_config {
    const struct ln_graph *graph; /* must not change while the model is open */
    struct ln_prior prior;        /* how balances are drawn */
    uint32_t reserve_ppm;         /* of capacity, at each end; below 500,000 */
    uint32_t absent_ppm;          /* of nodes */
    uint32_t traffic_s;           /* mean time between two fresh draws of a channel's balance; 0: never */
    uint64_t seed;
    uint32_t replication;
};

/* Why a hop does not forward; beside each the failure of BOLT 4 that tells the payer. */
enum foreign_result {
    FOREIGN_OK,
    FOREIGN_UNKNOWN,   /* no such channel: unknown_next_peer */
    FOREIGN_ABSENT,    /* the node at its end is not there: unknown_next_peer */
    FOREIGN_DISABLED,  /* channel_disabled */
    FOREIGN_MINIMUM,   /* amount_below_minimum */
    FOREIGN_FEE,       /* fee_insufficient */
    FOREIGN_EXPIRY,    /* incorrect_cltv_expiry */
    FOREIGN_LIQUIDITY, /* temporary_channel_failure: too little on this side, or above htlc_maximum_msat */
    FOREIGN_RESULTS
};

struct foreign;

/* Returns NULL if there is no memory. Owns: everything, until close. */
struct foreign *foreign_open(const struct foreign_config *config);
void foreign_close(struct foreign *foreign);
size_t foreign_memory(const struct foreign *foreign);

/* How late it is, in seconds from when the balances were drawn, never backwards: for the calls that follow. */
void foreign_clock(struct foreign *foreign, uint64_t now_s);

/* A hop of a payment, as its near end sees it. */
struct foreign_hop {
    uint64_t short_channel_id;
    uint32_t channel; /* where it is in the graph, if known */
    uint8_t direction;
    uint64_t amount_msat; /* to be sent on over this channel */
    uint64_t fee_msat;    /* what the near end keeps; its own for the payer: not checked */
    uint32_t blocks;      /* between the expiries of what came in and what goes out */
    bool is_payer;        /* the near end pays: it asks no fee and no delta of itself */
};

/* Holds an amount. On a result other than OK nothing has changed. */
enum foreign_result foreign_offer(struct foreign *foreign, const struct foreign_hop *hop);
/* Ends the hold: the amount is the far end's, or the near end's again. In: what was offered. */
void foreign_settle(struct foreign *foreign, const struct foreign_hop *hop);
void foreign_fail(struct foreign *foreign, const struct foreign_hop *hop);
/* The hop of a route, for the three above. */
struct foreign_hop foreign_hop_of(const struct ln_route *route, uint32_t hop);

/* Offers along a whole route. Out: failed, the hop that did not forward; what was held before it is free again. */
enum foreign_result foreign_offer_route(struct foreign *foreign, uint32_t *failed, const struct ln_route *route);
void foreign_settle_route(struct foreign *foreign, const struct ln_route *route);
void foreign_fail_route(struct foreign *foreign, const struct ln_route *route);

/* What is free at the near end of a direction, reserve included. */
uint64_t foreign_balance_msat(struct foreign *foreign, uint32_t channel, unsigned direction);
/* What the near end of a direction can send now, reserve and holds taken off. */
uint64_t foreign_sendable_msat(struct foreign *foreign, uint32_t channel, unsigned direction);
/* Whether an announced node is there. */
bool foreign_is_present(struct foreign *foreign, uint32_t node);
/* Asserts that each channel's parts add up to its capacity. Returns the sum of all capacities drawn so far. */
uint64_t foreign_audit_msat(const struct foreign *foreign);

const char *foreign_text(enum foreign_result result);

#endif
