/* host.h: runs Lightning nodes inside the engine: over links, on devices, with the modeled chain underneath.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     rail ──host_enter, ln_node_..., host_leave──►  struct ln_node [real]  ──effects──► outputs, one after the other
 *       ▲                                               ▲     ▲                             │ when reckoned (device)
 *       └── events, when they leave ────────────────────┼─────┼─────────────────────────────┤ when records are safe
 *                                                       │     └── blocks, rates, coins ◄─ chain ◄─ transactions
 *                                                       └── bytes ◄─ link (transport of BOLT 8) ◄─ messages
 *
 * Real: nodes, channels, every message and its encryption, records, transactions, scripts, signatures, coins. Modeled:
 * links (network/link.h), the time that work and writing take (network/device.h), the chain (chain/chain.h), of which
 * all nodes have the operator's node's view, and where secrets come from: named streams. An input is taken when it
 * arrives and its outputs leave when the device has done the work; what follows a record leaves when it is safe.
 *
 * A node that loses power forgets what it had not written, and what was to leave; its wallet keeps keys and the
 * transactions that it has signed. It comes back from its records as a real one would, cut off in the middle of the
 * last one if that was being written.
 * A node whose way to the chain is gone (a router, a phone's radio) hears of the blocks, and sends its transactions,
 * when it is back. Its wallet, which sees the operator's best chain, does meanwhile.
 *
 * Left out: clocks that differ, disks that forget, the time that a block takes to each node, watchtowers.
 */
#ifndef KONSENTO_MODELS_HOST_HOST_H
#define KONSENTO_MODELS_HOST_HOST_H

#include "models/chain/chain.h"
#include "models/network/device.h"
#include "models/network/link.h"
#include "models/rails/config.h"
#include "protocol/lightning/node.h"

#define HOST_NODES_MAX     65536
#define HOST_LISTENERS_MAX 8
#define HOST_NONE          UINT32_MAX

struct host;

/* What goes over links. Times and lengths are the same. */
enum host_wire {
    HOST_WIRE_NOISE, /* BOLT 8: handshake, encryption */
    HOST_WIRE_PLAIN  /* as many bytes, without the work on this machine */
};

struct host_options {
    struct trouble *trouble;
    struct chain *chain;
    const struct chain_config *chain_config;
    struct links *links;
    int64_t start_unix_s; /* civil time of time 0 */
    enum ln_backend_kind backend;
    enum host_wire wire;
    uint32_t htlcs;                /* the most that one channel has, both ways */
    struct feerate_config relaxed; /* sweeps that have time */
    struct feerate_config normal;  /* funding, commitments */
    struct feerate_config urgent;  /* claims near a deadline */
    uint32_t rate_change_ppm;      /* the opener changes a commitment's feerate when it is off by so much; 0: never */
    struct ln_graph *graph;     /* that nodes share, unless their config says otherwise; NULL: none. Outlives the host,
                                   which tells it of channels that are closed */
    const struct host_tap *tap; /* hears every message that leaves (tap.h); NULL: nobody does */
    uint32_t audit_inputs;      /* of nodes between two audits of one, beside those of all by the kernel; 0: none */
};
/* Real, encrypted; 60 HTLCs; rates for 144, 12, 2 blocks by the estimator; changes from 20 %; audits every 256. */
void host_options_init(struct host_options *options);

/* Returns NULL when memory is out. Owns: host_free, before the chain and the links go. */
struct host *host_new(const struct host_options *options);
void host_free(struct host *host);

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

struct host_node_setup {
    /* Secrets, chain, sweep_script are filled in by the host. */
    const struct ln_node_config *config;
    const struct device_class *device; /* outlives the host */
    uint64_t key;                      /* names its streams, the same on every rail */
    uint32_t coins;                    /* of its wallet at time 0; before host_begin only */
    int64_t coin_sat;
    const uint8_t *secret; /* 32 bytes: what its id is of; NULL: drawn */
    bool has_funder;       /* another node's wallet pays for the channels that it opens */
    uint32_t funder;
    bool has_coverage; /* it hears of blocks, and sends transactions, while that is there; else always */
    uint32_t coverage; /* of host_options.links */
};
/* A configuration that works: what most nodes are. In: channels, at most. */
void host_node_config_init(struct ln_node_config *config, const struct host *host, uint32_t channels);

/* Returns its number, from 0; HOST_NONE when memory is out (told to trouble). Until host_begin it sleeps. */
uint32_t host_add_node(struct host *host, const struct host_node_setup *setup);
/* Wakes all nodes; behind chain_begin. Those that are added later are awake at once. */
void host_begin(struct host *host);

/* Puts a link between two nodes: dialler has end 0. link_want connects them. Returns false when memory is out. */
__attribute__((warn_unused_result)) bool host_join(struct host *host, uint32_t dialler, uint32_t answerer,
                                                   uint32_t link);

const uint8_t *host_node_id(const struct host *host, uint32_t node); /* 33 bytes */
uint32_t host_find_node(const struct host *host, const uint8_t node_id[33]);
/* Height of the newest block that nodes were told of; what they reckon with. */
uint32_t host_height(const struct host *host);
const struct ln_backend *host_backend(const struct host *host);
/* Whether a line was laid between them. */
bool host_are_joined(const struct host *host, uint32_t node, uint32_t other);
/* The node's number for its peer; LN_NODE_NONE if they are not connected. */
uint32_t host_peer(const struct host *host, uint32_t node, uint32_t other);
/* Ends their connection, if there is one; whoever keeps it (link_want) dials again. */
void host_part(struct host *host, uint32_t node, uint32_t other);

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* Begins an input of the caller's: node time is now. Returns NULL if the node is down. */
struct ln_node *host_enter(struct host *host, uint32_t node);
/* Ends it: its effects are on their way. In: result, of the input; work that messages do not show, NULL: none. */
void host_leave(struct host *host, uint32_t node, enum ln_node_result result, const struct device_work *work);
/* Work of ln_node_ask, and of ln_node_pay_invoice. */
extern const struct device_work host_work_invoice_made, host_work_invoice_read;
/* To look only; NULL if it is down. */
const struct ln_node *host_look(const struct host *host, uint32_t node);

/* ---- events ----------------------------------------------------------------------------------------------------- */

struct host_listener {
    void *self;
    /* An event of a node has left it, with its bytes; good during the call. May call every function of this page but
     * host_free. */
    void (*on_event)(void *self, uint32_t node, const struct ln_node_event *event, struct btc_bytes bytes);
    void (*on_power)(void *self, uint32_t node, bool is_on); /* NULL: nobody asks */
    /* A node, or its wallet, has sent an own transaction of the chain: by number, each time. NULL: nobody asks */
    void (*on_sent)(void *self, uint32_t node, uint32_t tx);
};
void host_listen(struct host *host, const struct host_listener *listener);

/* ---- faults ----------------------------------------------------------------------------------------------------- */

/* Power goes now, and comes back at that time; INT64_MAX: never. Limits: it is up; its config keeps records. */
void host_crash(struct host *host, uint32_t node, int64_t back_us);
bool host_is_up(const struct host *host, uint32_t node);

/* Where a crash hits a record. */
enum host_crash_point {
    HOST_CRASH_BEFORE, /* nothing of it is written */
    HOST_CRASH_TORN,   /* a part of it */
    HOST_CRASH_BEHIND  /* it is safe, and nothing behind it has left */
};
/* Power goes at the node's record of that number (ln_node_effect.number), for so long. One at a time. */
void host_crash_at(struct host *host, uint32_t node, uint64_t record, enum host_crash_point point, int64_t for_us);
/* Records written so far. */
uint64_t host_record_count(const struct host *host, uint32_t node);
/* Length of the stream that they are in now. */
uint64_t host_record_bytes(const struct host *host, uint32_t node);

/* The node hears nothing of its peer and says nothing to it, though the line is up: a peer that stalls. */
void host_stall(struct host *host, uint32_t node, uint32_t other, bool is_stalled);

/* ---- money ------------------------------------------------------------------------------------------------------ */

struct host_wallet {
    int64_t confirmed_sat, pending_sat;
};
void host_wallet(struct host_wallet *wallet, const struct host *host, uint32_t node);
/* Another node's wallet pays for this channel, which the node has just asked to open. */
void host_lend(struct host *host, uint32_t node, uint64_t channel, uint32_t funder);

/* Coins of a node's wallet that the operator's best chain has, spent by what is unconfirmed or not. */
int64_t host_wallet_mined_sat(const struct host *host, uint32_t node);
/* A node's wallet buys a coin, which comes in a transaction of the faucet; what that costs is nobody's here. Returns
 * the transaction's number, CHAIN_NONE if none can be had. */
uint32_t host_buy(struct host *host, uint32_t node, int64_t value_sat);

/* Where all coins are that the nodes' wallets ever got, by the operator's best chain. */
struct host_money {
    int64_t given_sat;    /* to the wallets */
    int64_t wallets_sat;  /* in them */
    int64_t channels_sat; /* in funding outputs */
    int64_t claims_sat;   /* in other outputs of their transactions: to be claimed, paid to others, too small */
    int64_t fees_sat;     /* of miners */
};
void host_money(struct host_money *money, const struct host *host);

/* Of what spends an output, second stages included: what is in no wallet, and that no block spends. */
int64_t host_left_sat(const struct host *host, const struct btc_outpoint *outpoint);

struct host_tally {
    uint64_t inputs, messages, message_bytes;
    uint64_t broadcasts, refused; /* by the operator's node */
    uint64_t records, record_bytes;
    uint64_t shortened;     /* streams of records, written anew */
    uint64_t crashes, torn; /* records found cut off */
    uint64_t cheats;        /* that have begun */
    uint64_t dropped;       /* messages that waited when their connection was lost */
};
void host_tally(struct host_tally *tally, const struct host *host);
/* Its device, with what it has done. */
const struct device *host_device(const struct host *host, uint32_t node);

/* Auditor (sim/kernel.h): money as above; each end of each channel holds its capacity to the msat, and what both ends
 * have agreed upon is the same; no HTLC of a node that is up is past its deadline in a channel that is not on its way
 * to the chain. host_new gives it to the kernel. */
bool host_audit(const void *host, char *why, size_t why_size);

#endif
