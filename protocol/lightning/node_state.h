/* node_state.h: a node: all that it is.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     peers ──► channels ──► HTLCs of the peers ──► links ──► another channel's HTLC, or an invoice
 *                    └─────► HTLCs of ours      ◄── links, attempts of payments
 *
 * Peers are known by places in an array, good while they are connected or have channels; channels, invoices, payments
 * and attempts by numbers that are never given again. What an input has touched is marked, and written down at its end.
 */
#ifndef KONSENTO_LIGHTNING_NODE_STATE_H
#define KONSENTO_LIGHTNING_NODE_STATE_H

#include "protocol/bitcoin/table.h"
#include "protocol/lightning/node_parts.h"
#include "protocol/lightning/payment.h"
#include "protocol/lightning/store.h"

struct ln_node_jobs {
    uint8_t *bytes;
    size_t capacity;
    size_t head;
    size_t tail;
};

/* An object to be written down at the end of the input. */
struct ln_node_mark {
    uint8_t kind; /* enum ln_store_kind */
    uint32_t place;
};

struct ln_node {
    struct ln_node_shop *shop;
    struct ln_node_config config;
    uint8_t node_id[33];
    uint8_t salt[32]; /* of what is drawn in this start */
    uint64_t draws;
    uint64_t now_us;
    uint32_t height;
    uint32_t seen_height; /* of the newest block that any part of it may have seen: at least height */
    bool failed;          /* memory ran out in the middle of an input: to be closed and restored */
    uint32_t out_begin;   /* where the effects of this input begin */
    /* kept */
    uint64_t next_channel;
    uint64_t next_invoice;
    uint64_t next_payment;
    uint64_t next_attempt;
    uint64_t persists;
    uint64_t shown_us;   /* when it last sent its node_announcement; 0: not in this start */
    uint64_t refresh_us; /* when what it says of its channels may have grown old; UINT64_MAX: never */
    bool dirty;          /* the above, or something that is written at once */
    /* arrays, by limits */
    struct ln_node_peer *peers;
    struct ln_node_channel **channels; /* by place; NULL: none there */
    struct ln_node_link *links;
    struct ln_node_invoice *invoices;
    struct ln_payment *payments;
    struct ln_attempt *attempts;
    struct ln_slot *slots;
    struct ln_route_own *own;
    uint64_t due_us; /* when the first of the peers is due; UINT64_MAX: none ever */
    uint32_t due_peer;
    struct ln_places channel_places;
    struct ln_places link_places;
    struct ln_places invoice_places;
    struct ln_places payment_places;
    struct ln_places attempt_places;
    struct btc_table by_number; /* channels */
    struct btc_table by_scid;   /* channels, each by alias and by short channel id */
    struct btc_table links_in;  /* by incoming HTLC */
    struct btc_table links_out; /* forwards, by outgoing HTLC */
    struct btc_table attempts_out;
    struct btc_table by_hash; /* invoices */
    struct ln_pool pool;
    struct ln_liquidity liquidity;
    struct ln_graph *graph; /* the configuration's, or an empty one of our own */
    struct ln_graph no_graph;
    struct ln_node_jobs jobs;
    struct ln_node_job job; /* that is being done */
    struct ln_node_mark *marks;
    uint32_t mark_count;
    uint32_t mark_capacity;
    uint32_t *touched; /* places of channels */
    uint32_t touched_count;
    struct ln_store_writer writer;
    struct ln_node_draft draft; /* that is being written down */
    struct ln_onchain_rates rates;
    struct ln_onchain_coin coins[LN_ONCHAIN_COINS];
    uint32_t coin_count;
    struct ln_node_effect spare; /* written to when there is no memory */
};

#endif
