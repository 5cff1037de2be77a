/* parts.h: inside the host; for the files of this folder alone.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_PARTS_H
#define KONSENTO_MODELS_HOST_PARTS_H

#include "models/host/leaving.h"
#include "models/host/store.h"
#include "models/rails/feerate.h"
#include "models/rails/purse.h"
#include "models/slab.h"
#include "protocol/lightning/transport.h"

/* ---- its way to the chain ---- */

struct waiting {
    struct waiting *next;
    uint8_t txid[32];
    struct btc_bytes bytes;
};

struct reach {
    struct host *host;
    uint32_t node;
    bool is_cut;
    struct waiting *first, *last; /* transactions, while it is cut off */
};

/* ---- txids that a node wants to hear of ---- */

struct watched {
    uint8_t (*txids)[32];
    uint32_t count, capacity;
    struct btc_table by_txid;
};

/* ---- one end of a line between nodes ---- */

struct held {
    struct held *next;
    size_t length;
    uint8_t bytes[];
};

struct line_end {
    uint32_t node, other; /* node numbers */
    uint32_t link;
    enum link_end end;
    struct host *host;
    struct link_port port;
    bool is_up;    /* the link */
    bool is_ready; /* the handshake is over: peer is the node's number for the other */
    bool is_stalled;
    uint32_t number;               /* its own place */
    uint32_t next;                 /* line of the same node; HOST_NONE: the last */
    uint32_t acts;                 /* HOST_WIRE_PLAIN: taken and made */
    struct held *held, *held_last; /* messages that a stalled node has not looked at */
    uint32_t epoch;
    uint32_t peer;
    uint8_t *buffer;
    struct ln_transport transport;
};

struct host_node {
    struct ln_node node;
    struct ln_node_config config;
    bool is_up, is_awake; /* awake: was opened before */
    bool is_writing;      /* a record */
    uint32_t first_line;
    uint32_t *line_of_peer; /* by the node's number for a peer; may be of a connection that is gone */
    uint8_t node_id[33];
    uint64_t key;
    uint64_t starts; /* how often it was opened: names the entropy */
    uint64_t connections;
    uint64_t sent_txs;
    uint64_t jams;
    struct purse purse;
    uint32_t funder; /* whose purse pays for channels */
    uint8_t sweep[BTC_P2WPKH_BYTES];
    bool wants_coins;
    uint32_t coins_tip; /* of host->blocks, with which it was told of coins last: nothing new until the next */
    struct device device;
    struct outputs outputs;
    struct sim_handle output_event, timer;
    struct host_store store;
    struct {
        struct host_store store;
        uint32_t height; /* of the block that it waits for; 0: none */
        bool is_due;     /* as soon as it has power */
        bool is_hiding;  /* from its peers */
    } cheat;
    struct reach reach;
    struct watched watched;
    uint32_t block; /* newest of host->blocks that it knows */
    struct {
        uint64_t record; /* 0: none is planned */
        enum host_crash_point point;
        int64_t for_us;
    } planned_crash;
};

/* ---- what the host knows of the chain ---- */

struct host_block {
    uint32_t height;
    uint32_t parent; /* in host->blocks */
    uint32_t first_tx, tx_count;
    bool is_best;
};

struct host_block_tx {
    uint32_t tx; /* own transaction of the chain */
    uint32_t place;
};

/* A channel that another node's wallet pays for, until it has. */
struct loan {
    uint32_t node;
    uint64_t channel;
    uint32_t funder;
};

struct funding {
    uint32_t node;
    uint64_t channel;
    uint32_t funder; /* whose wallet paid */
    struct btc_outpoint outpoint;
    struct btc_tx tx; /* memory is its own */
    void *memory;
    bool is_sent;
    bool is_due; /* its node is cut off from the chain */
    /* it and the children that pay for it: what they weigh and pay, and the last change, all zero: none */
    uint32_t weight_wu;
    int64_t fee_sat;
    struct btc_outpoint change;
    uint32_t waits_since_height; /* 0: not yet */
    uint32_t children;
};

struct host {
    struct trouble *trouble;
    struct sim *sim;
    struct chain *chain;
    struct links *links;
    struct host_options options;
    struct purse_room room;
    struct feerates feerates;
    struct ln_backend backend;
    void *memo_memory;
    struct ln_memo memo;
    struct ln_node_shop shop;
    struct ln_node_effects effects;
    bool is_begun, is_inside; /* between host_enter and host_leave */
    struct slab nodes;
    struct slab lines; /* two for each join */
    struct btc_table by_id;
    struct host_block *blocks;
    uint32_t block_count, block_capacity;
    struct host_block_tx *block_txs;
    uint32_t block_tx_count, block_tx_capacity;
    uint32_t tip;         /* of blocks; HOST_NONE: that of time 0 */
    uint32_t base_height; /* of time 0 */
    struct funding *fundings;
    uint32_t funding_count, funding_capacity;
    struct loan *loans;
    uint32_t loan_count, loan_capacity;
    struct btc_arena parsing;
    uint8_t sealed[LN_TRANSPORT_MESSAGE_MAX + LN_TRANSPORT_OVERHEAD];
    struct host_listener listeners[HOST_LISTENERS_MAX];
    uint32_t listener_count;
    uint64_t until_audit;
    struct spare *spare; /* queue.c */
    struct host_money counted;
    uint32_t counted_tip; /* with which they were; HOST_NONE: never */
    struct host_tally tally;
    int64_t given_sat;
    uint32_t *sent; /* own transactions of the chain that the nodes sent, each once */
    uint32_t sent_count, sent_capacity;
    bool *is_sent; /* by number of own transaction */
    uint32_t is_sent_count;
    uint16_t output_kind, timer_kind, power_kind, audit_kind, cheat_kind;
};

static inline struct host_node *host_node_at(const struct host *host, uint32_t node)
{
    return slab_at(&host->nodes, node);
}

static inline struct line_end *host_line_at(const struct host *host, uint32_t line)
{
    return slab_at(&host->lines, line);
}

static inline bool host_is_over(const struct host *host)
{
    return host->trouble->is_memory_out || host->trouble->is_failed;
}

#endif
