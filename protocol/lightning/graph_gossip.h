/* graph_gossip.h: what a graph believes of gossip, what it forgets, and what it tells peers.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     bytes ──► hear ──► graph, and the message kept ──► tell, for a peer with a timestamp filter
 *     the chain: a funding output spent ──► marked, forgotten 72 blocks later
 *     the clock: an update older than two weeks ──► its channel forgotten
 *
 * Whether a funding output exists the caller looks up in its chain before. Times are Unix seconds and inputs.
 * Source: BOLT 7: channel_announcement, node_announcement, channel_update, gossip_timestamp_filter, pruning.
 */
#ifndef KONSENTO_LIGHTNING_GRAPH_GOSSIP_H
#define KONSENTO_LIGHTNING_GRAPH_GOSSIP_H

#include "protocol/lightning/gossip.h"
#include "protocol/lightning/graph.h"

#define LN_GRAPH_STALE_S       1209600 /* two weeks */
#define LN_GRAPH_FUTURE_S      86400   /* further ahead of us a timestamp is not reasonable */
#define LN_GRAPH_FORGET_BLOCKS 72
#define LN_GRAPH_DEPTH_BLOCKS  6

/* What became of a message. Unless it is OK nothing has changed; but for CONFLICT, which blacklists. */
enum ln_hearing {
    LN_HEARING_OK,       /* taken: to be sent on if ln_gossip_may_forward */
    LN_HEARING_OLD,      /* not newer than what is known: ignored */
    LN_HEARING_CHAIN,    /* of another chain: ignored */
    LN_HEARING_UNKNOWN,  /* of a channel or node that was not announced: ignored */
    LN_HEARING_PRIVATE,  /* not meant for others, and not of a channel of the graph: ignored */
    LN_HEARING_STALE,    /* older than two weeks: ignored */
    LN_HEARING_FUTURE,   /* unreasonably far in the future: ignored */
    LN_HEARING_OUTPUT,   /* no such unspent output, or it pays to other keys: ignored */
    LN_HEARING_SHALLOW,  /* fewer than six confirmations: ignored; may come again */
    LN_HEARING_SPENT,    /* an update that does not disable a channel whose output is spent: ignored */
    LN_HEARING_BANNED,   /* of a blacklisted node: ignored */
    LN_HEARING_CONFLICT, /* a second pair of nodes for one output: all four blacklisted */
    LN_HEARING_BYTES,    /* does not decode, or is no gossip: warn */
    LN_HEARING_FALSE,    /* form or signature: warn, and close the connection */
    LN_HEARING_FULL,     /* a limit of ours, or no memory: ignored */
};

enum ln_trust {
    LN_TRUST_NOBODY, /* signatures are checked */
    LN_TRUST_SENDER, /* they were, by somebody whom we believe: our own records, or another node in this process */
};

struct ln_listener {
    const struct btc_curve *curve; /* may be NULL */
    enum ln_trust trust;
    uint64_t now_s;
};

enum ln_funding_state {
    LN_FUNDING_ABSENT, /* no such output, or spent */
    LN_FUNDING_FOUND,
    LN_FUNDING_UNCHECKED, /* we have no chain to look at: capacity stays unknown */
};

/* What the chain says of the output that a short channel id names. */
struct ln_funding_look {
    enum ln_funding_state state;
    uint32_t confirmations;
    uint64_t amount_sat;
    struct btc_bytes script;
    struct btc_outpoint outpoint;
};

/* Takes one whole message of gossip. In: look, for a channel_announcement (ln_graph_asks_about tells what to look up);
 * NULL otherwise. Out: why, which may be NULL: what is wrong about LN_HEARING_FALSE. */
LN_GRAPH_MUST_USE enum ln_hearing ln_graph_hear(struct ln_graph *graph, enum ln_gossip_result *why,
                                                const struct ln_listener *listener, struct btc_bytes bytes,
                                                const struct ln_funding_look *look);
/* Whether bytes are a channel_announcement that is new: its output is then to be looked up. Out: short_channel_id. */
bool ln_graph_asks_about(const struct ln_graph *graph, uint64_t *short_channel_id, struct btc_bytes bytes);

/* An outpoint was spent in the block of this height; 0: the spending was taken back. Does nothing if it funds no
 * channel of the graph. */
void ln_graph_hear_spent(struct ln_graph *graph, const struct btc_outpoint *outpoint, uint32_t height);
/* Forgets what the rules allow. Returns how many channels. */
uint32_t ln_graph_forget(struct ln_graph *graph, uint64_t now_s, uint32_t height);

/* ---- telling a peer ---- */

/* gossip_timestamp_filter: from first on, range seconds long. */
struct ln_tell_filter {
    uint32_t first_s;
    uint32_t range_s;
};

/* Where telling has come to; begins as zero. Goes by short channel id and node id, so changes of the graph between two
 * calls lose nothing that stays and repeat nothing. */
struct ln_telling {
    uint64_t short_channel_id; /* the channel being told, or the next */
    uint8_t node_id[33];       /* the node told last */
    uint8_t step;              /* what of the channel was told */
    bool tells_nodes;          /* channels are done */
};

/* The next message for a peer: of each channel with an update in the filter its announcement and its updates in the
 * filter, and then the announcements of nodes in the filter. Channels whose output is spent are left out. Out: bytes,
 * LN_KEPT_BYTES_MAX of room. Returns how many; 0: that was all. */
size_t ln_graph_tell(const struct ln_graph *graph, struct ln_telling *telling, uint8_t *bytes,
                     const struct ln_tell_filter *filter);

/* The policy that a channel_update tells. */
struct ln_policy ln_graph_policy_of(const struct ln_channel_update *update);

const char *ln_hearing_text(enum ln_hearing hearing);

#endif
