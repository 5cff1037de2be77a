/* onchain_find.h: what a transaction in a block means to a channel on the chain.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     spends the funding ──► whose commitment, which number ──► its outputs that concern us, told by their scripts
 *     spends such an output ──► by us or by them, with or without preimage ──► the output behind a second stage
 *
 * Scripts follow from the keys at the commitment's point, and an HTLC's from its hash and expiry too; so outputs of the
 * peer's commitments are recognised without knowing balances or feerates. Of a revoked commitment every P2WSH output is
 * taken down, even before the record of its HTLCs is there, and of a future one for the preimages that may come.
 * Source: BOLT 5.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_FIND_H
#define KONSENTO_LIGHTNING_ONCHAIN_FIND_H

#include "protocol/lightning/onchain_state.h"

/* Our commitment, unsigned. Points into itself, the scratch memory and the object. */
struct ln_our_commitment {
    struct ln_commitment_view view;
    struct ln_derived derived;
    struct ln_commitment commitment;
    struct ln_htlc *list;
    uint32_t *places; /* in htlcs, of list */
    uint8_t point[33];
};

/* Builds it. Returns false if the scratch memory is full or a point bad. */
LN_ONCHAIN_MUST_USE bool ln_our_commitment_build(struct ln_our_commitment *ours, struct ln_onchain *onchain,
                                                 const struct ln_onchain_tools *tools);

/* The witness script of an HTLC of the commitment that spent the funding. Returns its length. */
size_t ln_onchain_htlc_script(uint8_t script[LN_HTLC_SCRIPT_BYTES], const struct ln_onchain *onchain,
                              const struct ln_onchain_htlc *htlc);
/* Likewise of to_local, and behind second stages. */
size_t ln_onchain_delayed_script(uint8_t script[LN_TO_LOCAL_SCRIPT_BYTES], const struct ln_onchain *onchain);

/* What a transaction is that spends the funding. Out: close_number, and if revoked the secret, in the object. */
enum ln_close ln_onchain_recognise(struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                                   const struct btc_tx *tx);
/* Takes down what a transaction spends and makes. Returns NO_ROOM or KEYS with what was taken down until then. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_see(struct ln_onchain *onchain,
                                                          const struct ln_onchain_tools *tools, const struct btc_tx *tx,
                                                          uint32_t height);
/* Forgets what came above a height. Returns whether the funding is unspent again because of that. */
bool ln_onchain_cut(struct ln_onchain *onchain, uint32_t height);
/* Tells which of the unknown outputs of a revoked commitment are HTLCs, now that these are in the second half of
 * htlcs. Returns false if the scratch memory is full. */
LN_ONCHAIN_MUST_USE bool ln_onchain_identify(struct ln_onchain *onchain, const struct ln_onchain_tools *tools);

#endif
