/* node_config.h: what a node is told at its birth: who it is, what it asks for, how much it may hold.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_CONFIG_H
#define KONSENTO_LIGHTNING_NODE_CONFIG_H

#include "protocol/lightning/channel_state.h"
#include "protocol/lightning/graph.h"
#include "protocol/lightning/node_effects.h"
#include "protocol/lightning/onchain.h"
#include "protocol/lightning/route.h"

/* All memory but that of channels and effects is taken when the node is opened, so these are what it costs: an HTLC
 * takes 2.5 KiB, a payment 5 KiB, an attempt 2 KiB, the rest little. A channel takes 9 KiB when it is there, 8 KiB more
 * with records, and on the chain 10 KiB and 1 KiB for each HTLC that it could have. */
struct ln_node_limits {
    uint32_t peers;
    uint32_t channels;
    uint32_t htlcs; /* of all channels together */
    uint32_t links; /* HTLCs of others that we hold or forward */
    uint32_t invoices;
    uint32_t payments;
    uint32_t attempts;
    uint32_t lessons; /* channels of others of which something is remembered */
};

/* What we ask for forwarding (channel_update). */
struct ln_node_forwarding {
    uint32_t fee_base_msat;
    uint32_t fee_proportional_ppm;
    uint16_t cltv_expiry_delta_blocks; /* at least ln_cltv_expiry_delta of the patience */
    uint64_t htlc_minimum_msat;
    uint64_t htlc_maximum_msat; /* 0: what the channel holds */
};

enum ln_node_flag {
    LN_NODE_KEEPS_RECORDS = 1, /* LN_NODE_PERSIST brings bytes; without, the node cannot be restored */
    LN_NODE_TAKES_KEYSEND = 2,
    LN_NODE_TAKES_CHANNELS = 4, /* that peers open */
    LN_NODE_TRUSTS_FUNDING = 8, /* zero-conf channels that peers open */
    LN_NODE_HEARS_GOSSIP = 16,  /* takes gossip of peers into graph, and sends it on */
    LN_NODE_FORWARDS = 32,
    LN_NODE_SHOWS_ITSELF = 128, /* sends node_announcement once it has an announced channel */
    LN_NODE_ASKS_FORWARDS = 64, /* over channels that are none of ours: LN_NODE_FORWARD_ASKED instead of a failure */
};

struct ln_node_config {
    uint8_t secret[32];  /* the node's: its id, onions, gossip */
    uint8_t seed[32];    /* of all else that must not be guessed */
    uint8_t entropy[32]; /* fresh for each start */
    uint8_t chain_hash[32];
    enum btc_network network; /* for invoices */
    uint8_t flags;            /* enum ln_node_flag */
    struct ln_features features;
    struct ln_channel_policy channel; /* for each new channel; alias is chosen by the node, deadlines by patience */
    struct ln_node_forwarding forwarding;
    struct ln_onchain_policy onchain; /* its patience is the node's */
    struct btc_bytes sweep_script;    /* of the wallet; outlives the node */
    struct ln_node_limits limits;
    struct ln_graph *graph;               /* NULL: our own channels and hints of invoices alone */
    const struct ln_route_prices *prices; /* NULL: usual */
    uint8_t alias[32];                    /* of node_announcement: UTF-8, then zeros */
    uint8_t rgb_color[3];                 /* likewise */
    struct btc_bytes addresses; /* likewise; at most 300 bytes, outlives the node (node_address.h writes them) */
    uint32_t lesson_half_life_s;
    uint32_t shadow_blocks_max; /* added to the last expiry, at random, to hide the payee */
    uint32_t likely_ppm;        /* a part less likely than this is halved */
    uint64_t mpp_timeout_us;    /* for all parts to come; BOLT 4: at least 60 s; 0: 60 s */
    uint64_t stall_us;          /* that a peer may take for a revoke_and_ack or pong; 0: for ever */
    uint64_t silence_us;        /* after which we ping; 0: never */
    uint32_t unfunded_blocks;   /* BOLT 2: an unfunded channel is forgotten after 2016; 0: 2016 */
};

/* What nodes work with that take turns: memory and a router. One per thread. */
struct ln_node_shop {
    const struct btc_allocator *allocator;
    const struct ln_backend *backend;
    struct ln_router *router;
    struct ln_route *parts; /* LN_SPLIT_PARTS_MAX */
    struct btc_arena scratch;
    struct ln_effects effects;
    struct ln_onchain_effects chain_effects;
    struct ln_node_effects *out; /* where the effects of inputs go; the caller's */
    uint32_t htlcs;
};

/* In: htlcs, the most that one channel has, both ways; at most 2 * LN_HTLCS_MAX. Returns false if there is no memory.
 */
LN_MUST_USE bool ln_node_shop_open(struct ln_node_shop *shop, const struct btc_allocator *allocator,
                                   const struct ln_backend *backend, uint32_t htlcs);
void ln_node_shop_close(struct ln_node_shop *shop);

#endif
