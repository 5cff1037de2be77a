/* node_parts.h: what a node is made of: peers, channels, HTLCs that it answers for, invoices.   [real]
 * SPDX-License-Identifier: MIT
 *
 * All lie in arrays and are known by their places in them, or by numbers that are never given again: those are what is
 * written down.
 */
#ifndef KONSENTO_LIGHTNING_NODE_PARTS_H
#define KONSENTO_LIGHTNING_NODE_PARTS_H

#include "protocol/lightning/announcement.h"
#include "protocol/lightning/change.h"
#include "protocol/lightning/graph_gossip.h"
#include "protocol/lightning/node_config.h"

#define LN_NODE_NONE    UINT32_MAX
#define LN_NODE_OUTSIDE 0 /* in place of a channel's number: where only the host reaches */

/* Places of an array that come and go. */
struct ln_places {
    uint32_t *free;
    uint32_t free_count;
    uint32_t top; /* places ever used are below */
    uint32_t limit;
};

struct ln_node_peer {
    bool used;
    bool connected;
    bool ready;   /* inits are exchanged */
    bool leaving; /* was asked to be disconnected */
    uint8_t node_id[33];
    struct ln_features features; /* theirs */
    uint64_t heard_us;           /* last message */
    uint64_t due_us;             /* as node_due.h says, with gossip; of the last time it was looked at */
    uint64_t pinged_us;          /* when an answer was asked for; 0: none is awaited */
    uint32_t first_channel;      /* place; a list through next_of_peer */
    bool is_told;                /* it has asked for gossip of old, and not all is told */
    struct ln_tell_filter filter;
    struct ln_telling telling;
};

enum ln_node_mode {
    LN_MODE_LIVE,  /* struct ln_channel has it */
    LN_MODE_CHAIN, /* the resolver has it; one that was closed by agreement may still say so to its peer */
};

/* A channel as it is written down. */
struct ln_node_draft {
    struct ln_fields fields;
    size_t capacity;       /* of bytes */
    uint32_t end_capacity; /* of ends */
};

struct ln_node_channel {
    uint8_t mode;          /* enum ln_node_mode */
    bool dirty;            /* to be written down */
    bool chain_dirty;      /* its resolver is */
    bool touched;          /* to be looked at at the end of the input */
    bool remembered;       /* was written down before */
    bool ready;            /* payments may begin */
    bool usable;           /* as it was at the end of the last input that touched it */
    bool has_their_terms;  /* the peer's channel_update */
    bool is_listed;        /* its announcement is in the graph */
    bool update_sent;      /* channel_update to the peer, since it was last connected */
    bool signatures_sent;  /* announcement_signatures, likewise */
    bool has_signatures;   /* theirs came */
    uint32_t place;        /* in channels */
    uint32_t peer;         /* place */
    uint32_t next_of_peer; /* place */
    uint64_t number;
    uint64_t short_channel_id; /* of the funding output in the chain; 0: not in a block */
    uint32_t opened_height;
    uint32_t funding_height; /* 0: not in a block */
    uint32_t update_time_s;  /* of our last channel_update */
    uint64_t waits_since_us; /* for a revoke_and_ack; 0: for none */
    uint64_t waits_number;   /* commitment that it is for */
    struct ln_node_forwarding forwarding;
    struct ln_policy their_terms; /* what the peer asks for forwarding to us */
    struct ln_announcement_signatures their_signatures;
    struct ln_channel channel;
    struct ln_onchain *chain; /* NULL: none */
    void *chain_memory;
    struct ln_node_draft kept; /* as it was written down last */
    uint32_t chain_htlcs;      /* that it was made for */
    uint16_t closing_length;   /* the agreed closing transaction */
    uint8_t closing[LN_ONCHAIN_CLOSING_BYTES];
};

enum ln_link_kind {
    LN_LINK_FREE,
    LN_LINK_FORWARD,
    LN_LINK_PART, /* of a payment to us */
};

/* An HTLC of a peer that is irrevocably committed and not yet answered. */
struct ln_node_link {
    uint8_t kind; /* enum ln_link_kind */
    bool dirty;
    uint64_t in_channel;
    uint64_t in_htlc;
    uint64_t in_msat;
    uint32_t in_expiry_height;
    uint32_t out_expiry_height;
    uint64_t out_channel; /* or the invoice's number */
    uint64_t out_htlc;
    uint64_t out_msat;
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
    uint64_t number;
    uint64_t amount_msat; /* 0: any */
    uint64_t total_msat;  /* that the parts which are there promise; 0: none is */
    uint64_t part_msat;   /* that they bring */
    uint64_t paid_msat;   /* that was taken */
    uint64_t expires_us;
    uint64_t first_us; /* when the first of the parts came that are there */
    uint32_t part_count;
    uint32_t min_final_blocks;
    uint8_t payment_hash[32];
    uint8_t payment_secret[32];
    uint8_t preimage[32];
};

/* Something that came up in the middle of an input and is done behind what came up before it: an event of a channel, or
 * of a channel on the chain. */
struct ln_node_job {
    uint64_t channel;
    bool by_chain;
    struct ln_event event;          /* !by_chain */
    struct ln_onchain_effect chain; /* by_chain; without bytes */
    uint16_t length;
    uint16_t attribution_length;
    uint8_t attribution[LN_ATTRIBUTION_BYTES];
    uint8_t bytes[LN_BLOB_BYTES];
};

#endif
