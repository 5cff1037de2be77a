/* htlc.c: HTLCs in a commitment.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/htlc.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/bitcoin/sighash.h"

uint32_t ln_htlc_weight_wu(enum ln_channel_form form, enum ln_htlc_side side)
{
    static const uint32_t weights[2][2] = {[LN_STATIC_REMOTEKEY] = {[LN_HTLC_OFFERED] = 663, [LN_HTLC_RECEIVED] = 703},
                                           [LN_ANCHORS] = {[LN_HTLC_OFFERED] = 666, [LN_HTLC_RECEIVED] = 706}};
    return weights[form][side];
}

uint64_t ln_htlc_fee_sat(const struct ln_fee_terms *terms, enum ln_htlc_side side)
{
    if (terms->form == LN_ANCHORS) {
        return 0;
    }
    return (uint64_t)btc_amount_fee(ln_htlc_weight_wu(terms->form, side), terms->feerate_sat_per_kwu);
}

bool ln_htlc_is_trimmed(const struct ln_fee_terms *terms, enum ln_htlc_side side, uint64_t amount_msat)
{
    return amount_msat / 1000 < terms->dust_limit_sat + ln_htlc_fee_sat(terms, side);
}

void ln_htlc_tx_init(struct ln_htlc_tx *htlc_tx, const struct ln_htlc_spend *spend)
{
    const struct ln_htlc *htlc = spend->htlc;
    bool anchors = spend->terms.form == LN_ANCHORS;
    assert(!ln_htlc_is_trimmed(&spend->terms, htlc->side, htlc->amount_msat));
    memset(htlc_tx, 0, sizeof *htlc_tx);
    htlc_tx->script = spend->script;
    htlc_tx->value_sat = (int64_t)(htlc->amount_msat / 1000);
    htlc_tx->other_sighash = anchors ? BTC_SIGHASH_SINGLE | BTC_SIGHASH_ANYONECANPAY : BTC_SIGHASH_ALL;
    htlc_tx->input = (struct btc_input){.previous = spend->outpoint, .sequence = anchors ? 1 : 0};
    htlc_tx->redeem_length = (uint8_t)ln_script_to_local(htlc_tx->redeem_script, spend->keys->revocation,
                                                         spend->keys->owner_delayed, spend->to_self_delay_blocks);
    uint8_t hash[32];
    btc_sha256(hash, htlc_tx->redeem_script, htlc_tx->redeem_length);
    btc_script_p2wsh(htlc_tx->output_script, hash);
    htlc_tx->output.value_sat = htlc_tx->value_sat - (int64_t)ln_htlc_fee_sat(&spend->terms, htlc->side);
    htlc_tx->output.script = btc_bytes(htlc_tx->output_script, sizeof htlc_tx->output_script);
    htlc_tx->tx = (struct btc_tx){.version = 2,
                                  .locktime = htlc->side == LN_HTLC_OFFERED ? htlc->cltv_expiry_height : 0,
                                  .input_count = 1,
                                  .output_count = 1,
                                  .inputs = &htlc_tx->input,
                                  .outputs = &htlc_tx->output};
}

void ln_htlc_tx_sighash(uint8_t hash[32], const struct ln_htlc_tx *htlc_tx, enum ln_signer signer)
{
    struct btc_sighash_what what = {.tx = &htlc_tx->tx,
                                    .type = signer == LN_SIGNER_OWNER ? BTC_SIGHASH_ALL : htlc_tx->other_sighash,
                                    .script_code = htlc_tx->script,
                                    .value_sat = htlc_tx->value_sat};
    btc_sighash_segwit(hash, &what);
}

size_t ln_signature_der(const struct btc_curve *curve, uint8_t der[LN_DER_SIGNATURE_BYTES],
                        const struct btc_signature *signature, uint32_t sighash)
{
    size_t length = btc_signature_write_der(curve, der, signature);
    der[length] = (uint8_t)sighash;
    return length + 1;
}

void ln_htlc_tx_sign(const struct btc_curve *curve, struct ln_htlc_tx *htlc_tx, const struct btc_signature *owner,
                     const struct btc_signature *other, const uint8_t *preimage)
{
    size_t other_length = ln_signature_der(curve, htlc_tx->signatures[0], other, htlc_tx->other_sighash);
    size_t owner_length = ln_signature_der(curve, htlc_tx->signatures[1], owner, BTC_SIGHASH_ALL);
    htlc_tx->witness[0] = btc_bytes(NULL, 0);
    htlc_tx->witness[1] = btc_bytes(htlc_tx->signatures[0], other_length);
    htlc_tx->witness[2] = btc_bytes(htlc_tx->signatures[1], owner_length);
    htlc_tx->witness[3] = btc_bytes(preimage, preimage == NULL ? 0 : 32);
    htlc_tx->witness[4] = htlc_tx->script;
    htlc_tx->input.witness = htlc_tx->witness;
    htlc_tx->input.witness_count = 5;
}
