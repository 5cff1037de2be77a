/* closing.c: the transaction that closes a channel by agreement.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/closing.h"

#include <string.h>

#include "protocol/bitcoin/amount.h"
#include "protocol/bitcoin/sighash.h"
#include "protocol/lightning/msat.h"

/* version, counts of inputs and outputs, outpoint, empty script, sequence, locktime */
#define BASE_BYTES 51
/* marker and flag, item count, empty item, two signatures of 73 bytes and their lengths, script and its length */
#define WITNESS_BYTES (2 + 1 + 1 + 2 * (1 + LN_DER_SIGNATURE_BYTES) + 1 + LN_FUNDING_SCRIPT_BYTES)

enum ln_closing_result ln_closing_build(struct ln_closing *closing, const struct ln_closing_view *view)
{
    uint64_t sum_msat;
    memset(closing, 0, sizeof *closing);
    if (!btc_amount_in_range(view->funding_sat) || !ln_msat_add(&sum_msat, view->sides[0].msat, view->sides[1].msat) ||
        sum_msat > (uint64_t)view->funding_sat * 1000) {
        return LN_CLOSING_AMOUNTS;
    }
    if (view->sides[view->opener].msat / 1000 < view->fee_sat) {
        return LN_CLOSING_FEE;
    }
    uint32_t count = 0;
    for (unsigned side = 0; side < 2; side++) {
        uint64_t value_sat = view->sides[side].msat / 1000 - (side == view->opener ? view->fee_sat : 0);
        if (value_sat >= view->dust_limit_sat && value_sat > 0 && !(view->omitted >> side & 1)) {
            closing->outputs[count++] = (struct btc_output){(int64_t)value_sat, view->sides[side].script};
        }
    }
    if (count == 0) {
        return LN_CLOSING_NO_OUTPUT;
    }
    closing->funding_sat = view->funding_sat;
    closing->input = (struct btc_input){.previous = view->funding, .sequence = BTC_SEQUENCE_FINAL};
    closing->tx = (struct btc_tx){
        .version = 2, .input_count = 1, .output_count = count, .inputs = &closing->input, .outputs = closing->outputs};
    btc_tx_sort_bip69(&closing->tx);
    ln_script_funding(closing->funding_script, view->sides[0].funding_key, view->sides[1].funding_key);
    return LN_CLOSING_OK;
}

void ln_closing_sighash(uint8_t hash[32], const struct ln_closing *closing)
{
    struct btc_sighash_what what = {.tx = &closing->tx,
                                    .type = BTC_SIGHASH_ALL,
                                    .script_code = btc_bytes(closing->funding_script, LN_FUNDING_SCRIPT_BYTES),
                                    .value_sat = closing->funding_sat};
    btc_sighash_segwit(hash, &what);
}

void ln_closing_sign(const struct btc_curve *curve, struct ln_closing *closing, const struct ln_closing_view *view,
                     const struct btc_signature signatures[2])
{
    struct ln_funding_witness from = {view->sides[0].funding_key, &signatures[0], view->sides[1].funding_key,
                                      &signatures[1]};
    ln_funding_witness_write(curve, closing->witness, closing->signatures, &from,
                             btc_bytes(closing->funding_script, LN_FUNDING_SCRIPT_BYTES));
    closing->input.witness = closing->witness;
    closing->input.witness_count = 4;
}

static uint32_t output_bytes(size_t script)
{
    return script == 0 ? 0 : (uint32_t)(8 + btc_compact_size(script) + script);
}

uint32_t ln_closing_weight_wu(size_t script_a, size_t script_b)
{
    return 4 * (BASE_BYTES + output_bytes(script_a) + output_bytes(script_b)) + WITNESS_BYTES;
}
