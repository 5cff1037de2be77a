/* onchain_state.h: a channel on the chain: all that its resolver knows.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     terms, HTLCs      fixed when the channel goes on chain
 *     outs              what we watch: born in a block, spent in a block. A reorganisation cuts both off at a height,
 * so what is known of the chain is a function of its blocks, however they came and went claims            our
 * transactions that are under way: which outs, at what fee, since when told              what was said and cannot be
 * taken back
 *
 * Out 0 is the funding output. A commitment that spends it gives birth to those of its outputs that concern us, and a
 * second stage to one more. Plain data; the arrays lie in memory that the caller lends for the object's life.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_STATE_H
#define KONSENTO_LIGHTNING_ONCHAIN_STATE_H

#include "protocol/lightning/backend.h"
#include "protocol/lightning/onchain_effects.h"
#include "protocol/lightning/onchain_terms.h"

#define LN_ONCHAIN_NONE       UINT32_MAX
#define LN_ONCHAIN_COINS      32  /* of the wallet, known at a time */
#define LN_ONCHAIN_INPUTS_MAX 200 /* of one of our transactions */

enum ln_out_kind {
    LN_OUT_FUNDING,
    LN_OUT_UNKNOWN,   /* of a revoked commitment, perhaps an HTLC's: its record is awaited */
    LN_OUT_DELAYED,   /* ours after the delay: to_local, or behind a second stage */
    LN_OUT_TO_REMOTE, /* ours */
    LN_OUT_ANCHOR,    /* ours */
    LN_OUT_HTLC,
    LN_OUT_REVOKED, /* to_local of a revoked commitment, or behind a second stage of it */
};

/* Who spent an out, as the witness tells. */
enum ln_spender {
    LN_SPENT_NOT,
    LN_SPENT_BY_US,
    LN_SPENT_BY_THEM,
};

struct ln_out {
    struct btc_outpoint outpoint;
    int64_t value_sat;
    uint8_t script_hash[32]; /* P2WSH's, or P2WPKH's in the first 20 bytes */
    uint8_t kind;            /* enum ln_out_kind */
    uint32_t htlc;           /* in htlcs, or none; of an HTLC's own output */
    uint32_t parent;         /* the out whose spending made it, or none */
    uint32_t born_height;
    uint32_t claim; /* that is under way, or none */
    bool watched;   /* LN_ONCHAIN_WATCH was emitted */
    /* the spending, if spent_by is not NOT */
    uint8_t spent_by; /* enum ln_spender */
    bool second_stage;
    bool has_preimage;
    uint32_t spent_height;
    uint8_t spender[32];
    uint8_t preimage[32];
    int64_t fee_sat; /* of that transaction, at the first of the outs that it spends; 0 elsewhere, and if not ours */
};

/* Kinds of outs that go well together. */
enum ln_claim_class {
    LN_CLAIM_SWEEP,        /* nobody else can have them */
    LN_CLAIM_PREIMAGE,     /* HTLCs on their commitment */
    LN_CLAIM_TIMEOUT,      /* likewise */
    LN_CLAIM_PENALTY,      /* theirs after a delay */
    LN_CLAIM_PENALTY_HTLC, /* the peer may move them on by a second stage */
    LN_CLAIM_SECOND,       /* second stages on our commitment */
    LN_CLAIM_COMMITMENT,   /* our commitment, with anchors the child that pays for it */
};

struct ln_claim {
    bool live;
    bool alone;   /* its out may not be joined by others */
    uint8_t kind; /* enum ln_claim_class */
    uint8_t txid[32];
    uint32_t rate_sat_per_kwu; /* 0: not broadcast yet */
    int64_t fee_sat;
    int64_t floor_sat; /* that the first broadcast must pay more than: of what it replaces */
    uint32_t parts;    /* outs that it spends */
    uint32_t locktime; /* of the transaction */
    uint32_t sent_height;
    uint32_t raised_height; /* when the fee was last chosen */
    uint32_t coins;         /* a bit for each coin it uses */
};

/* A commitment of the peer's with our anchor that waits to be mined, not revoked. */
struct ln_rival {
    bool is_there;
    uint8_t txid[32];
    uint32_t anchor; /* output */
    uint8_t where;   /* enum ln_onchain_where: which HTLCs are in it */
    uint32_t weight_wu;
    int64_t fee_sat;
};

struct ln_onchain {
    struct ln_onchain_terms terms;
    struct ln_onchain_policy policy;
    struct ln_onchain_rates rates;
    struct ln_keyring keyring;
    struct ln_secrets secrets; /* that the peer revealed */
    uint8_t our_txid[32];
    uint32_t height;
    bool resolved;
    int64_t wanted_sat; /* of the last WANT_COINS */
    /* the transaction that spent the funding, if outs[0] is spent */
    enum ln_close close;
    uint64_t close_number;
    uint8_t point[33]; /* of the commitment, and what follows from it */
    uint8_t per_commitment_secret[32];
    struct ln_derived derived;
    bool past_given;                                /* the HTLCs of the revoked commitment are there */
    struct ln_onchain_coin coins[LN_ONCHAIN_COINS]; /* value_sat 0: no coin */
    struct ln_claim commitment;                     /* our commitment, and the child that pays for it or for rival */
    struct ln_rival rival;
    struct ln_onchain_htlc *htlcs; /* of the final view, then those of a revoked commitment */
    struct ln_out *outs;
    struct ln_claim *claims;
    uint32_t htlc_capacity; /* of each half */
    uint32_t htlc_count;
    uint32_t past_count;
    uint32_t out_count;
    uint32_t out_capacity; /* also of claims */
};

enum ln_onchain_result {
    LN_ONCHAIN_OK,
    LN_ONCHAIN_NO_ROOM, /* scratch memory, or more HTLCs than the object was made for */
    LN_ONCHAIN_KEYS,    /* a point or signature of the channel is bad: it never was alive */
    LN_ONCHAIN_STAGE,   /* the channel has no funding */
    LN_ONCHAIN_UNKNOWN, /* no such HTLC, or its preimage is another; a record that was not asked for or is none */
    LN_ONCHAIN_DAMAGED, /* restoring: cut off or altered */
    LN_ONCHAIN_VERSION, /* restoring: written by another version */
    LN_ONCHAIN_SPACE,   /* writing: more bytes than there is room for */
};

#define LN_ONCHAIN_MUST_USE __attribute__((warn_unused_result))

/* What operations work with; all of it lent by the caller, shared by as many as it likes. */
struct ln_onchain_tools {
    const struct ln_backend *backend;
    struct btc_arena *scratch; /* LN_ONCHAIN_SCRATCH_BYTES(HTLCs); given back when a call returns */
    struct ln_onchain_effects *effects;
};

#define LN_ONCHAIN_SCRATCH_BYTES(htlcs) (1500 * (size_t)(htlcs) + 400000)
#define LN_ONCHAIN_OUTS(htlcs)          (2 * (size_t)(htlcs) + 8)
/* Memory for an object's life, for a channel that never had more than so many HTLCs at a time, both ways together. */
#define LN_ONCHAIN_BYTES(htlcs)                                                                                        \
    (2 * (size_t)(htlcs) * sizeof(struct ln_onchain_htlc) +                                                            \
     LN_ONCHAIN_OUTS(htlcs) * (sizeof(struct ln_out) + sizeof(struct ln_claim)) + 64)

/* Empties the object and gives it its memory, LN_ONCHAIN_BYTES(htlcs). */
void ln_onchain_place(struct ln_onchain *onchain, void *memory, uint32_t htlcs);

#endif
