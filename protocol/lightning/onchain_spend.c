/* onchain_spend.c: how an out is claimed.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/onchain_spend.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"

#define REPLACEABLE (BTC_SEQUENCE_NO_RBF - 1)

/* ---- when ---- */

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The lock of one block that anchors put on everything but themselves. */
static uint32_t anchor_lock(const struct ln_onchain *onchain)
{
    return onchain->terms.form == LN_ANCHORS ? 1 : 0;
}

static struct ln_chance chance_of_htlc(const struct ln_onchain *onchain, const struct ln_out *out)
{
    const struct ln_onchain_htlc *htlc = &onchain->htlcs[out->htlc];
    bool ours = onchain->close == LN_CLOSE_OURS;
    uint32_t expiry = htlc->htlc.cltv_expiry_height;
    struct ln_chance chance = {.earliest_height = out->born_height + anchor_lock(onchain)};
    if (htlc->htlc.side == LN_HTLC_OFFERED) {
        chance.is = true;
        chance.kind = ours ? LN_CLAIM_SECOND : LN_CLAIM_TIMEOUT;
        chance.locktime = expiry;
        chance.earliest_height = later(chance.earliest_height, expiry + 1);
        /* when the incoming HTLC expires that pays for this one, at the latest */
        chance.deadline_height = expiry + ln_cltv_expiry_delta(&onchain->policy.patience);
    } else {
        chance.is = htlc->has_preimage;
        chance.kind = ours ? LN_CLAIM_SECOND : LN_CLAIM_PREIMAGE;
        chance.deadline_height = expiry;
    }
    return chance;
}

struct ln_chance ln_onchain_chance(const struct ln_onchain *onchain, const struct ln_out *out)
{
    unsigned owner = onchain->close == LN_CLOSE_OURS ? LN_US : LN_THEM;
    uint32_t delay = onchain->terms.delay_blocks[owner];
    struct ln_chance chance = {.is = true, .earliest_height = out->born_height, .deadline_height = UINT32_MAX};
    switch ((enum ln_out_kind)out->kind) {
    case LN_OUT_FUNDING:
    case LN_OUT_UNKNOWN:
        chance.is = false;
        break;
    case LN_OUT_DELAYED:
        chance.earliest_height += delay;
        break;
    case LN_OUT_TO_REMOTE:
        chance.earliest_height += anchor_lock(onchain);
        break;
    case LN_OUT_ANCHOR:
        break;
    case LN_OUT_REVOKED:
        chance.kind = LN_CLAIM_PENALTY;
        chance.deadline_height = out->born_height + delay - 1;
        break;
    case LN_OUT_HTLC:
        if (onchain->close != LN_CLOSE_REVOKED) {
            return chance_of_htlc(onchain, out);
        }
        chance.kind = LN_CLAIM_PENALTY_HTLC;
        chance.deadline_height = out->born_height + delay - 1;
        break;
    }
    return chance;
}

/* ---- how ---- */

static bool revocation_secret(struct ln_spend *spend, const struct ln_onchain *onchain,
                              const struct ln_onchain_tools *tools)
{
    spend->public_key = onchain->derived.keys.revocation;
    if (tools->backend->kind == LN_BACKEND_TOKEN) {
        return true; /* no secret goes into a token */
    }
    return ln_key_revocation_secret(tools->backend->curve, spend->secret,
                                    onchain->keyring.secrets.secret[LN_BASE_REVOCATION],
                                    onchain->per_commitment_secret);
}

static bool spend_htlc(struct ln_spend *spend, const struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                       const struct ln_out *out)
{
    const struct ln_onchain_htlc *htlc = &onchain->htlcs[out->htlc];
    assert(onchain->close != LN_CLOSE_OURS);
    spend->script = btc_bytes(spend->bytes, ln_onchain_htlc_script(spend->bytes, onchain, htlc));
    spend->has_middle = true;
    if (onchain->close == LN_CLOSE_REVOKED) {
        spend->middle = btc_bytes(onchain->derived.keys.revocation, 33);
        return revocation_secret(spend, onchain, tools);
    }
    spend->sequence = onchain->terms.form == LN_ANCHORS ? 1 : REPLACEABLE;
    spend->middle =
        htlc->htlc.side == LN_HTLC_OFFERED ? btc_bytes(NULL, 0) : btc_bytes(htlc->preimage, sizeof htlc->preimage);
    spend->public_key = onchain->derived.keys.other_htlc;
    return ln_keyring_htlc_secret(tools->backend, &onchain->keyring, spend->secret, onchain->point);
}

static void spend_to_remote(struct ln_spend *spend, const struct ln_onchain *onchain)
{
    uint8_t hash[20];
    spend->public_key = onchain->keyring.base[LN_US][LN_BASE_PAYMENT].wire;
    memcpy(spend->secret, onchain->keyring.secrets.secret[LN_BASE_PAYMENT], 32);
    if (onchain->terms.form == LN_ANCHORS) {
        spend->sequence = 1;
        ln_script_to_remote(spend->bytes, spend->public_key);
        spend->script = btc_bytes(spend->bytes, LN_TO_REMOTE_SCRIPT_BYTES);
    } else {
        spend->p2wpkh = spend->has_middle = true;
        btc_hash160(hash, spend->public_key, 33);
        btc_script_p2pkh(spend->bytes, hash);
        spend->script = btc_bytes(spend->bytes, BTC_P2PKH_BYTES);
        spend->middle = btc_bytes(spend->public_key, 33);
    }
}

static bool spend_delayed(struct ln_spend *spend, const struct ln_onchain *onchain,
                          const struct ln_onchain_tools *tools)
{
    spend->has_middle = true;
    spend->sequence = onchain->terms.delay_blocks[LN_US];
    spend->public_key = onchain->derived.keys.owner_delayed;
    if (tools->backend->kind == LN_BACKEND_TOKEN) {
        return true;
    }
    return ln_key_secret(tools->backend->curve, spend->secret, onchain->keyring.secrets.secret[LN_BASE_DELAYED_PAYMENT],
                         onchain->point);
}

bool ln_onchain_spend(struct ln_spend *spend, const struct ln_onchain *onchain, const struct ln_onchain_tools *tools,
                      const struct ln_out *out)
{
    static const uint8_t one = 1;
    assert(out->kind != LN_OUT_FUNDING && out->kind != LN_OUT_UNKNOWN);
    memset(spend, 0, sizeof *spend);
    spend->sequence = REPLACEABLE;
    switch ((enum ln_out_kind)out->kind) {
    case LN_OUT_HTLC:
        return spend_htlc(spend, onchain, tools, out);
    case LN_OUT_TO_REMOTE:
        spend_to_remote(spend, onchain);
        return true;
    case LN_OUT_ANCHOR:
        spend->public_key = onchain->keyring.base[LN_US][LN_BASE_FUNDING].wire;
        memcpy(spend->secret, onchain->keyring.secrets.secret[LN_BASE_FUNDING], 32);
        ln_script_anchor(spend->bytes, spend->public_key);
        spend->script = btc_bytes(spend->bytes, LN_ANCHOR_SCRIPT_BYTES);
        return true;
    case LN_OUT_DELAYED:
        spend->script = btc_bytes(spend->bytes, ln_onchain_delayed_script(spend->bytes, onchain));
        return spend_delayed(spend, onchain, tools);
    case LN_OUT_REVOKED:
        spend->script = btc_bytes(spend->bytes, ln_onchain_delayed_script(spend->bytes, onchain));
        spend->has_middle = true;
        spend->middle = btc_bytes(&one, 1);
        return revocation_secret(spend, onchain, tools);
    case LN_OUT_FUNDING:
    case LN_OUT_UNKNOWN:
        break;
    }
    return false;
}
