/* onchain_draft.h: a transaction that claims outs, being made: inputs, what they weigh, the fee, signatures.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     second stages first, each with its own output in the same place; outs that we claim alone; coins of the wallet
 *     the last output, if there is anything to sweep, takes what is left after the fee
 *
 * Adding gives every input a witness as long as it can get, so that the weight is never less than the signed one's. One
 * transaction at a time, in the scratch memory. Source: BOLT 5, generation of HTLC transactions; BOLT 3.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_DRAFT_H
#define KONSENTO_LIGHTNING_ONCHAIN_DRAFT_H

#include "protocol/lightning/onchain_spend.h"

struct ln_draft_part;

struct ln_draft {
    const struct ln_onchain *onchain;
    const struct ln_onchain_tools *tools;
    struct btc_tx tx;
    struct ln_draft_part *parts; /* as many as inputs */
    uint32_t capacity;
    bool sweeps;       /* has an output for what is left */
    int64_t in_sat;    /* all inputs */
    int64_t out_sat;   /* outputs of second stages */
    int64_t claim_sat; /* inputs without the wallet's coins */
};

/* In: inputs, the most that will be added. Returns false if the scratch memory is full. */
LN_ONCHAIN_MUST_USE bool ln_draft_begin(struct ln_draft *draft, const struct ln_onchain *onchain,
                                        const struct ln_onchain_tools *tools, uint32_t inputs);
/* The second stage of an HTLC of our commitment. Limits: before all others; one locktime for all. */
LN_ONCHAIN_MUST_USE bool ln_draft_add_second(struct ln_draft *draft, const struct ln_out *out);
/* An out that we claim alone. In: locktime that it needs. */
LN_ONCHAIN_MUST_USE bool ln_draft_add_out(struct ln_draft *draft, const struct ln_out *out, uint32_t locktime);
void ln_draft_add_coin(struct ln_draft *draft, const struct ln_onchain_coin *coin);
/* Takes the last coins out again, down to so many inputs. */
void ln_draft_drop_coins(struct ln_draft *draft, uint32_t inputs);
/* Gives it the last output. */
void ln_draft_sweep(struct ln_draft *draft);

uint32_t ln_draft_weight_wu(const struct ln_draft *draft);
/* What the last output must have at least. */
int64_t ln_draft_dust_sat(const struct ln_draft *draft);

/* Sets the last output, if there is one, and signs. In: fee, which leaves it at least its dust limit (asserts). Returns
 * false if a signature cannot be made. */
LN_ONCHAIN_MUST_USE bool ln_draft_finish(struct ln_draft *draft, int64_t fee_sat);

#endif
