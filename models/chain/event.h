/* event.h: what the chain tells those who listen.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   SEEN --> DEPTH 1 --> DEPTH 2 --> ...        a payment as it should be
 *     |         `-- reorganisation --> DEPTH 0, then SEEN's mempool still has it, or one of the ends
 *     `--> REPLACED, LOST, EVICTED, EXPIRED, DROPPED: the ends; so is REFUSED, which needs no SEEN before it
 *
 * All of it is what the operator's node sees, except for the attacker's three.
 */
#ifndef KONSENTO_MODELS_CHAIN_EVENT_H
#define KONSENTO_MODELS_CHAIN_EVENT_H

#include "protocol/bitcoin/mempool.h"

#include <stdint.h>

#define CHAIN_NONE UINT32_MAX

enum chain_event_kind {
    CHAIN_EVENT_SEEN,     /* tx entered the operator's mempool */
    CHAIN_EVENT_REFUSED,  /* the operator's node did not take tx: verdict says why */
    CHAIN_EVENT_CONFLICT, /* other spends the same as tx and was seen, by the node or by an observer; once for a pair */
    CHAIN_EVENT_REPLACED, /* tx left the mempool: other took its place */
    CHAIN_EVENT_LOST,     /* tx left the mempool: a block has other */
    CHAIN_EVENT_EVICTED,  /* tx left the mempool: others pay more */
    CHAIN_EVENT_EXPIRED,  /* tx left the mempool: too old */
    CHAIN_EVENT_DROPPED,  /* tx left the mempool: after a reorganisation it is not valid any more */
    CHAIN_EVENT_DEPTH, /* tx has `depth` confirmations (watch_blocks: or more); fewer after a reorganisation, 0: none */
    CHAIN_EVENT_CONNECT,    /* block joins the operator's best chain at height */
    CHAIN_EVENT_DISCONNECT, /* block leaves it; height is its own */
    CHAIN_EVENT_REORG,    /* depth blocks left, others are in: after the DISCONNECTs and CONNECTs, before the DEPTHs */
    CHAIN_EVENT_PREMINED, /* attack: the attacker has the blocks that he wanted before the payment: send it now */
    CHAIN_EVENT_RELEASED, /* attack: his branch is published, depth: its blocks */
    CHAIN_EVENT_GAVE_UP   /* attack: he is too far behind, or was told to */
};

struct chain_event {
    enum chain_event_kind kind;
    uint32_t tx;    /* own transactions: numbers; CHAIN_NONE where there is none */
    uint32_t other; /* CHAIN_NONE too if it is not an own one */
    uint32_t depth;
    uint32_t height;
    const struct btc_mempool_verdict *verdict; /* REFUSED */
    const struct btc_block *block;             /* CONNECT, DISCONNECT */
};
/* What event points to is good during the call. */
struct chain_listener {
    void *self;
    void (*on_event)(void *self, const struct chain_event *event);
};

#endif
