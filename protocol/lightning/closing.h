/* closing.h: the transaction that closes a channel by agreement (closing_signed).   [real]
 * SPDX-License-Identifier: MIT
 *
 * One output to each side, without delay; the opener pays the fee. An output below the dust limit of who signs is left
 * out. Source: BOLT 3, legacy closing transaction; BOLT 2, closing negotiation.
 */
#ifndef KONSENTO_LIGHTNING_CLOSING_H
#define KONSENTO_LIGHTNING_CLOSING_H

#include "protocol/lightning/commitment.h"

#define LN_SHUTDOWN_SCRIPT_MAX 42 /* the longest that BOLT 2 allows, short of OP_RETURN */

/* One side of a closing; index 0 ours, 1 the peer's, or whatever the caller's order is. */
struct ln_closing_side {
    uint64_t msat; /* its balance, before the fee */
    const uint8_t *funding_key;
    struct btc_bytes script; /* from its shutdown message */
};

struct ln_closing_view {
    struct btc_outpoint funding;
    int64_t funding_sat;
    struct ln_closing_side sides[2];
    unsigned opener; /* which side pays the fee */
    uint64_t fee_sat;
    uint64_t dust_limit_sat; /* of who signs */
    uint8_t omitted;         /* bit by side: who signs may leave out its own output, be it dust or not */
};

/* Points into itself and into the view's scripts: do not move or copy it. */
struct ln_closing {
    struct btc_tx tx;
    struct btc_input input;
    struct btc_output outputs[2];
    int64_t funding_sat;
    struct btc_bytes witness[4];
    uint8_t funding_script[LN_FUNDING_SCRIPT_BYTES];
    uint8_t signatures[2][LN_DER_SIGNATURE_BYTES];
};

enum ln_closing_result {
    LN_CLOSING_OK,
    LN_CLOSING_FEE,       /* more than the opener has */
    LN_CLOSING_AMOUNTS,   /* balances come to more than the funding */
    LN_CLOSING_NO_OUTPUT, /* all is dust */
};

__attribute__((warn_unused_result)) enum ln_closing_result ln_closing_build(struct ln_closing *closing,
                                                                            const struct ln_closing_view *view);
void ln_closing_sighash(uint8_t hash[32], const struct ln_closing *closing);
/* In: signatures by side. */
void ln_closing_sign(const struct btc_curve *curve, struct ln_closing *closing, const struct ln_closing_view *view,
                     const struct btc_signature signatures[2]);

/* The weight of the signed transaction when signatures take 73 bytes: what feerates are reckoned with. In: lengths of
 * the two scripts, 0 for an output that is left out. */
uint32_t ln_closing_weight_wu(size_t script_a, size_t script_b);

#endif
