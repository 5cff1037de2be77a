/* node_input.h: what the inputs of a node bring, and what they answer.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_NODE_INPUT_H
#define KONSENTO_LIGHTNING_NODE_INPUT_H

#include "protocol/bitcoin/tx.h"

enum ln_node_result {
    LN_NODE_OK,
    LN_NODE_UNKNOWN,   /* no such peer, channel, invoice, payment */
    LN_NODE_OFFLINE,   /* the peer is not connected */
    LN_NODE_STAGE,     /* not in this stage of its life */
    LN_NODE_FULL,      /* a limit of ours */
    LN_NODE_TERMS,     /* what is asked for makes no sense, or the channel does not allow it */
    LN_NODE_TEXT,      /* no valid invoice, or not of our network */
    LN_NODE_EXPIRED,   /* the invoice is too old to be paid */
    LN_NODE_AGAIN,     /* that hash is being paid, or was paid; or an invoice has it */
    LN_NODE_PREIMAGE,  /* does not hash to the payment hash */
    LN_NODE_STORE,     /* restoring: an entry of the stream makes no sense */
    LN_NODE_KEYS,      /* a secret is out of range */
    LN_NODE_NO_MEMORY, /* see above */
};
/* The word for it in a message. */
const char *ln_node_result_text(enum ln_node_result result);

/* A channel to be opened. */
struct ln_node_opening {
    uint32_t peer;
    uint64_t funding_sat;
    uint64_t push_msat;
    uint32_t feerate_sat_per_kwu;
    uint8_t flags; /* enum ln_channel_flag */
};

/* A payment to be asked for. */
struct ln_node_asking {
    uint64_t amount_msat; /* 0: any */
    struct btc_bytes description;
    uint64_t expiry_s;           /* 0: an hour */
    uint32_t min_final_blocks;   /* 0: the least that is safe */
    bool hold;                   /* somebody else decides, by ln_node_settle or ln_node_cancel */
    const uint8_t *preimage;     /* 32 bytes; NULL: the node draws one */
    const uint8_t *payment_hash; /* hold: of a preimage that is known later; NULL: that of preimage */
};

/* What becomes of an HTLC that the host was asked about. */
enum ln_node_answer_kind {
    LN_ANSWER_FULFILLED, /* preimage */
    LN_ANSWER_FAILED,    /* reason, of somebody behind us, to be wrapped once more; empty: code, of ours */
    LN_ANSWER_OVER,      /* goes on over channel, by its terms */
};

struct ln_node_answer {
    enum ln_node_answer_kind kind;
    const uint8_t *preimage;
    struct btc_bytes reason;
    uint16_t code;
    uint64_t channel;
};

/* A transaction of a block. */
struct ln_node_tx {
    const struct btc_tx *tx;
    uint32_t place; /* in its block */
};

#endif
