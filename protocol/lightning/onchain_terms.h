/* onchain_terms.h: a channel on the chain: what is fixed when it gets there, what we want, what we pay with.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A copy of all that the channel knew last: nothing of the channel itself is needed any more. Source: BOLT 5; BOLT 3.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_TERMS_H
#define KONSENTO_LIGHTNING_ONCHAIN_TERMS_H

#include "protocol/lightning/closing.h"
#include "protocol/lightning/deadline.h"

#define LN_ONCHAIN_CLOSING_BYTES 480

/* Which of the commitments that may appear have an output for an HTLC. */
enum ln_onchain_where {
    LN_ON_OURS = 1,
    LN_ON_THEIRS = 2,      /* the oldest that is not revoked */
    LN_ON_THEIRS_NEXT = 4, /* the one behind it, signed but not yet answered */
};

enum ln_told {
    LN_TOLD_NOTHING,
    LN_TOLD_PREIMAGE,
    LN_TOLD_FAILED,
    LN_TOLD_CLAIMED,
    LN_TOLD_LAPSED,
};

struct ln_onchain_htlc {
    struct ln_htlc htlc; /* side as our commitment has it: offered, we pay */
    uint8_t outputs;     /* enum ln_onchain_where */
    uint8_t told;        /* enum ln_told */
    bool has_preimage;
    uint8_t preimage[32];
    uint8_t signature[64]; /* the peer's, for the second stage on our commitment */
    uint32_t same;         /* of a revoked commitment: which of the final view it is, or none */
};

/* What is fixed. */
struct ln_onchain_terms {
    enum ln_channel_form form;
    struct btc_outpoint funding;
    int64_t funding_sat;
    bool may_broadcast;       /* our commitment: surely not revoked */
    uint8_t opener;           /* enum ln_side */
    uint16_t delay_blocks[2]; /* by the owner of the commitment */
    uint64_t number[2];       /* of our commitment, and of the peer's oldest that is not revoked */
    bool has_next;            /* the peer has another behind it */
    uint8_t points[2][33];    /* of the peer's commitments */
    /* our commitment */
    uint32_t feerate_sat_per_kwu;
    uint64_t dust_limit_sat;
    uint64_t balance_msat[2]; /* by side */
    uint8_t their_signature[64];
    uint16_t closing_length; /* of a closing transaction that is agreed, 0: none */
    uint8_t closing[LN_ONCHAIN_CLOSING_BYTES];
    uint8_t shutdown_length; /* script that an agreed closing pays us to; 0: none is known */
    uint8_t shutdown[LN_SHUTDOWN_SCRIPT_MAX];
    uint8_t sweep_length; /* script that we are paid to */
    uint8_t sweep[LN_SHUTDOWN_SCRIPT_MAX];
};

struct ln_onchain_policy {
    struct ln_patience patience;
    uint16_t fail_depth_blocks;       /* at which a timeout is taken for final: more than reorganisations ever go */
    uint16_t resolved_depth_blocks;   /* 100: BOLT 5, irrevocably resolved */
    uint16_t security_blocks;         /* 18: this near to a deadline each claim goes alone and rates go up */
    uint16_t rebroadcast_blocks;      /* what is not mined is sent again after so many */
    uint32_t floor_sat_per_kwu;       /* below which nothing is relayed */
    uint32_t incremental_sat_per_kwu; /* that a replacement must add: 250 */
};

/* Feerates, from whoever estimates them. */
struct ln_onchain_rates {
    uint32_t relaxed_sat_per_kwu; /* some day */
    uint32_t normal_sat_per_kwu;  /* within about a dozen blocks */
    uint32_t urgent_sat_per_kwu;  /* in the next block or two */
};

/* A confirmed P2WPKH coin of the wallet, for fees. */
struct ln_onchain_coin {
    struct btc_outpoint outpoint;
    int64_t value_sat;
    uint8_t secret[32];
    uint8_t public_key[33];
    /* kept by the resolver */
    uint32_t spent_height; /* 0: not yet */
    bool is_free;          /* as far as the wallet knows */
    bool was_used;         /* by a transaction that was broadcast, which may yet be mined */
};

#endif
