/* abroad_parts.h: inside abroad; for the files abroad_*.c alone.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_ABROAD_PARTS_H
#define KONSENTO_MODELS_HOST_ABROAD_PARTS_H

#include "models/host/abroad.h"
#include "models/slab.h"
#include "protocol/lightning/hop.h"
#include "protocol/lightning/onion.h"
#include "sim/stream.h"

/* ---- modeled: an HTLC on its way through the graph ---- */

struct step {
    struct foreign_hop hop;
    uint8_t secret[32]; /* that its near end shares with the payer; the gateway's is its own affair */
};

enum transit_stage {
    TRANSIT_NONE = 0,
    TRANSIT_OUT,     /* on its way to `at` */
    TRANSIT_OFFERED, /* a gateway has offered it to a node of the run */
    TRANSIT_BACK,    /* the answer is on its way to the first gateway */
    TRANSIT_ANSWERED /* and would be told, but the gateway has no power: it will ask again */
};

struct transit {
    enum transit_stage stage;
    uint32_t gateway; /* node of the host */
    uint64_t in_channel, in_htlc;
    uint8_t payment_hash[32];
    uint8_t onion[LN_ONION_PACKET_BYTES]; /* for who is at `at` */
    uint32_t at;                          /* node of the graph */
    uint64_t amount_msat;                 /* that comes in there */
    uint32_t expiry_height;
    uint32_t step_count;
    struct step steps[LN_ROUTE_HOPS_MAX];
    uint8_t secret[32]; /* of `at` */
    uint32_t exit;      /* node of the host, with the HTLC that it offers */
    uint64_t exit_channel, exit_htlc;
    uint64_t offered_msat; /* there */
    bool is_paid;
    uint16_t code; /* of the first gateway itself; 0: reason */
    uint8_t preimage[32];
    uint8_t reason[LN_BLOB_BYTES];
    uint16_t reason_length;
    struct sim_stream delays;
};

/* ---- real: a channel of the graph that is made, or being made ---- */

struct waiter {
    uint32_t node; /* of the host */
    uint64_t in_channel, in_htlc;
};

struct making {
    uint32_t channel;    /* of the graph */
    uint32_t nodes[2];   /* of the host, by direction of the graph's channel */
    uint64_t numbers[2]; /* of the channel, at each; 0: not ready there */
    unsigned opener;     /* which of them opens it */
    uint64_t opening;    /* the channel, at the opener; 0: none */
    uint64_t begun_msat[2];
    bool is_closed; /* it is on its way to the chain, or was */
    bool is_gone[2];
    struct waiter *waiters;
    uint32_t waiter_count, waiter_capacity;
};

struct abroad {
    struct abroad_options options;
    struct sim *sim;
    struct trouble *trouble;
    struct slab transits;
    struct making *makings; /* in the order of their making */
    uint32_t making_count, making_capacity;
    uint64_t transit_count;
    uint16_t arrive_kind, back_kind;
    struct abroad_tally tally;
    struct abroad_books *books; /* by node of the host */
    uint32_t book_count;
};

/* Others have used the channels meanwhile. */
static inline void abroad_tell_time(const struct abroad *abroad)
{
    int64_t now_us = sim_now_us(abroad->sim);
    foreign_clock(abroad->options.foreign, now_us > 0 ? (uint64_t)now_us / 1000000 : 0);
}

static inline const struct ln_graph *abroad_graph(const struct abroad *abroad)
{
    return &abroad->options.map->graph;
}

/* abroad_books.c: a gateway's channels of the graph have so much more, and it has kept so much. */
void abroad_book(struct abroad *abroad, uint32_t node, int64_t more_msat, uint64_t kept_msat);
/* abroad_modeled.c */
void modeled_asked(struct abroad *abroad, uint32_t node, const struct ln_node_event *event, struct btc_bytes onion);
void modeled_ended(struct abroad *abroad, uint32_t node, const struct ln_node_event *event, struct btc_bytes reason);
void modeled_on_arrive(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
void modeled_on_back(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
/* abroad_real.c */
void real_asked(struct abroad *abroad, uint32_t node, const struct ln_node_event *event);
void real_heard(struct abroad *abroad, uint32_t node, const struct ln_node_event *event);
void real_books(struct abroad_books *books, const struct abroad *abroad, uint32_t node);

#endif
