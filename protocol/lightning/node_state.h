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
#include "protocol/lightning/node_config.h"
#include "protocol/lightning/payment.h"
#include "protocol/lightning/store.h"

#define LN_NODE_NONE UINT32_MAX

struct ln_node_peer {
    bool used;
    bool connected;
    bool ready; /* inits are exchanged */
    uint8_t node_id[33];
    struct ln_features features; /* theirs */
    uint64_t heard_us;           /* last message */
    uint64_t pinged_us;          /* when an answer was asked for; 0: none is awaited */
    uint32_t channel_count;
};

enum ln_node_mode {
    LN_MODE_LIVE,  /* struct ln_channel has it */
    LN_MODE_CHAIN, /* the resolver has it; one that was closed by agreement may still say so to its peer */
};

struct ln_node_channel {
    uint8_t mode; /* enum ln_node_mode */
    bool dirty;   /* to be written down */
    bool chain_dirty;
    bool touched;    /* to be looked at at the end of the input */
    bool remembered; /* written down before */
    bool told_ready;
    bool update_sent;     /* channel_update to the peer, since the last connection */
    bool has_their_terms; /* the peer's channel_update */
    bool announced;       /* its announcement is in the graph */
    uint8_t signatures;   /* of announcement_signatures: 1 sent, 2 received */
    uint32_t peer;        /* place */
    uint64_t number;
    uint64_t short_channel_id; /* of the funding output in the chain; 0: not yet */
    uint32_t opened_height;
    uint32_t funding_height; /* 0: not in a block */
    uint32_t most_htlcs;     /* it ever had, both ways */
    uint32_t update_time_s;  /* of our last channel_update */
    uint64_t waits_since_us; /* for a revoke_and_ack; 0: for none */
    uint64_t waits_number;   /* commitment that it is to revoke */
    struct ln_node_forwarding forwarding;
    struct ln_invoice_hop their_terms; /* what they ask for forwarding to us */
    uint64_t their_minimum_msat;
    uint64_t their_maximum_msat;
    struct ln_announcement_signatures *their_signatures; /* NULL: none came */
    struct ln_channel channel;
    struct ln_onchain *chain; /* NULL: none */
    void *chain_memory;
    uint32_t chain_htlcs;    /* that it was made for */
    uint16_t closing_length; /* the agreed closing transaction */
    uint8_t closing[LN_ONCHAIN_CLOSING_BYTES];
};

enum ln_link_kind {
    LN_LINK_FREE,
    LN_LINK_FORWARD,
    LN_LINK_PART, /* of a payment to us */
};

/* An HTLC of a peer that is irrevocably committed and not yet answered; or answered, and to be claimed on chain. */
struct ln_node_link {
    uint8_t kind; /* enum ln_link_kind */
    bool dirty;
    bool claimed; /* its preimage was given to a resolver */
    uint64_t in_channel;
    uint64_t in_htlc;
    uint64_t in_msat;
    uint32_t in_expiry_height;
    uint64_t out_channel; /* or the invoice */
    uint64_t out_htlc;
    uint64_t out_msat;
    uint32_t out_expiry_height;
    uint64_t since_us;
    uint8_t payment_hash[32];
    uint8_t secret[32]; /* of the onion: hides failures */
};

enum ln_invoice_state {
    LN_INVOICE_FREE,
    LN_INVOICE_OPEN,
    LN_INVOICE_HELD, /* all parts are there; somebody decides */
    LN_INVOICE_PAID,
    LN_INVOICE_CANCELLED,
};

struct ln_node_invoice {
    uint8_t state; /* enum ln_invoice_state */
    bool dirty;
    bool hold;
    bool keysend;
    bool has_preimage;
    bool told; /* how it ended, and the host has said that it knows */
    uint64_t number;
    uint64_t amount_msat; /* 0: any */
    uint64_t total_msat;  /* of the parts that are coming; 0: none came */
    uint64_t paid_msat;
    uint64_t made_us;
    uint64_t expires_us;
    uint32_t min_final_blocks;
    uint32_t part_count;
    uint64_t first_us; /* when the first of the parts came that are there */
    uint8_t payment_hash[32];
    uint8_t payment_secret[32];
    uint8_t preimage[32];
};

/* Something that came up in the middle of an input, to be done behind what came up before it. */
struct ln_node_job;
struct ln_node_jobs {
    uint8_t *bytes;
    size_t capacity;
    size_t head;
    size_t tail;
};

struct ln_node {
    struct ln_node_shop *shop;
    struct ln_node_config config;
    uint8_t node_id[33];
    uint8_t salt[32]; /* of what is drawn in this start */
    uint64_t draws;
    uint64_t now_us;
    uint32_t height;
    bool failed; /* memory ran out in the middle of an input: to be closed and restored */
    bool open_input;
    bool doubtful; /* restored from a stream that may be too old */
    /* kept */
    uint64_t next_channel;
    uint64_t next_invoice;
    uint64_t next_payment;
    uint64_t next_attempt;
    uint64_t persists;
    bool dirty;
    /* arrays, by limits */
    struct ln_node_peer *peers;
    struct ln_node_channel **channels; /* in order of number */
    uint32_t channel_count;
    struct ln_node_link *links;
    struct ln_node_invoice *invoices;
    struct ln_payment *payments;
    struct ln_attempt *attempts;
    uint32_t link_top, invoice_top, payment_top, attempt_top; /* places ever used are below */
    struct btc_table links_in;                                /* by incoming HTLC */
    struct btc_table links_out;                               /* forwards, by outgoing HTLC */
    struct btc_table attempts_out;
    struct btc_table invoices_by_hash;
    struct ln_pool pool;
    struct ln_slot *slots;
    struct ln_liquidity liquidity;
    struct ln_route_own *own; /* by limits.channels */
    struct ln_route *parts;   /* LN_SPLIT_PARTS_MAX */
    struct ln_node_jobs jobs;
    struct ln_store_writer writer;
    uint8_t *dirty_payments; /* a byte each, by place: 1 payment, 2 attempt... */
    struct ln_onchain_rates rates;
    struct ln_onchain_coin coins[LN_ONCHAIN_COINS];
    uint32_t coin_count;
};

#endif
