/* hop.c: what a node makes of an HTLC whose onion is open.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/hop.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"

static bool fail(struct ln_failure *failure, enum ln_failure_code code)
{
    memset(failure, 0, sizeof *failure);
    failure->code = (uint16_t)code;
    return false;
}

static bool fail_amount(struct ln_failure *failure, enum ln_failure_code code, uint64_t htlc_msat)
{
    fail(failure, code);
    failure->htlc_msat = htlc_msat;
    return false;
}

static bool fail_expiry(struct ln_failure *failure, enum ln_failure_code code, uint32_t cltv_expiry_height)
{
    fail(failure, code);
    failure->cltv_expiry_height = cltv_expiry_height;
    return false;
}

/* ---- forwarding ---- */

static bool pays_enough(const struct ln_payload *payload, const struct ln_hop_htlc *htlc,
                        const struct ln_hop_terms *terms)
{
    uint64_t fee_msat;
    uint64_t least_msat;
    return ln_msat_fee(&fee_msat, payload->amount_msat, terms->fee_base_msat, terms->fee_proportional_ppm) &&
           ln_msat_add(&least_msat, payload->amount_msat, fee_msat) && htlc->amount_msat >= least_msat;
}

bool ln_hop_may_forward(struct ln_failure *failure, const struct ln_payload *payload, const struct ln_hop_htlc *htlc,
                        const struct ln_hop_terms *terms)
{
    uint32_t outgoing_height = (uint32_t)payload->cltv_height;
    if (htlc->has_path_key || (payload->tlvs.present & LN_PAYLOAD_ENCRYPTED)) {
        return fail(failure, LN_INVALID_ONION_BLINDING);
    }
    assert(payload->tlvs.present & LN_PAYLOAD_CHANNEL); /* or it would not have been decoded */
    if (payload->amount_msat > terms->htlc_maximum_msat) {
        return fail(failure, LN_TEMPORARY_CHANNEL_FAILURE);
    }
    if (payload->amount_msat < terms->htlc_minimum_msat) {
        return fail_amount(failure, LN_AMOUNT_BELOW_MINIMUM, payload->amount_msat);
    }
    if (!pays_enough(payload, htlc, terms)) {
        return fail_amount(failure, LN_FEE_INSUFFICIENT, htlc->amount_msat);
    }
    if (htlc->cltv_expiry_height < payload->cltv_height + terms->cltv_expiry_delta_blocks) {
        return fail_expiry(failure, LN_INCORRECT_CLTV_EXPIRY, outgoing_height);
    }
    if (payload->cltv_height <= (uint64_t)htlc->height + terms->margin_blocks) {
        return fail(failure, LN_EXPIRY_TOO_SOON);
    }
    if (terms->disabled) {
        return fail(failure, LN_CHANNEL_DISABLED);
    }
    if (htlc->cltv_expiry_height > (uint64_t)htlc->height + LN_HOP_EXPIRY_MAX_BLOCKS) {
        return fail(failure, LN_EXPIRY_TOO_FAR);
    }
    return true;
}

/* ---- taking ---- */

struct ln_failure ln_hop_bad_payload(const struct ln_fault *fault)
{
    return (struct ln_failure){.code = LN_INVALID_ONION_PAYLOAD,
                               .type = fault->type,
                               .offset = (uint16_t)(fault->offset < UINT16_MAX ? fault->offset : UINT16_MAX)};
}

static bool has_secret(const struct ln_payload *payload, const struct ln_hop_request *request)
{
    if (request->payment_secret == NULL) {
        return true;
    }
    return (payload->tlvs.present & LN_PAYLOAD_PAYMENT) &&
           ln_equal_secret(payload->payment_secret, request->payment_secret, 32);
}

/* What is promised in all: at least what was asked for, at most twice that. */
static bool has_amount(const struct ln_payload *payload, const struct ln_hop_request *request)
{
    if (!request->several_parts && payload->total_msat != payload->amount_msat) {
        return false;
    }
    return request->amount_msat == 0 ||
           (payload->total_msat >= request->amount_msat && payload->total_msat <= 2 * request->amount_msat);
}

static bool has_metadata(const struct ln_payload *payload, const struct ln_hop_request *request)
{
    return request->metadata.length == 0 || btc_bytes_equal(payload->metadata, request->metadata);
}

static bool expires_in_time(const struct ln_hop_htlc *htlc, const struct ln_hop_request *request)
{
    return htlc->cltv_expiry_height >= (uint64_t)htlc->height + request->min_final_cltv_blocks;
}

bool ln_hop_may_take(struct ln_failure *failure, const struct ln_payload *payload, const struct ln_hop_htlc *htlc,
                     const struct ln_hop_request *request)
{
    if (htlc->has_path_key) {
        return fail(failure, LN_INVALID_ONION_BLINDING);
    }
    if (payload->tlvs.present & LN_PAYLOAD_ENCRYPTED) { /* for us it is an unknown even record */
        *failure = ln_hop_bad_payload(&(struct ln_fault){.type = 10});
        return false;
    }
    if (request == NULL || !has_secret(payload, request) || !has_amount(payload, request) ||
        !has_metadata(payload, request) || !expires_in_time(htlc, request)) {
        fail_amount(failure, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, htlc->amount_msat);
        failure->height = htlc->height;
        return false;
    }
    if (htlc->cltv_expiry_height < payload->cltv_height) {
        return fail_expiry(failure, LN_FINAL_INCORRECT_CLTV_EXPIRY, htlc->cltv_expiry_height);
    }
    if (htlc->amount_msat < payload->amount_msat) {
        return fail_amount(failure, LN_FINAL_INCORRECT_HTLC_AMOUNT, htlc->amount_msat);
    }
    return true;
}

bool ln_hop_is_keysend(const struct ln_payload *payload, const struct ln_hop_htlc *htlc)
{
    uint8_t hash[32];
    btc_sha256(hash, payload->keysend_preimage, 32);
    return (payload->tlvs.present & LN_PAYLOAD_KEYSEND) && memcmp(hash, htlc->payment_hash, 32) == 0;
}
