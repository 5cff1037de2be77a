/* two_sides.c: the channel of BOLT 3's appendices C and F.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/two_sides.h"

#include "protocol/bitcoin/hash.h"
#include "tests/support/flat.h"

#include <assert.h>
#include <string.h>

static void public_of(const struct two_sides *sides, uint8_t key[33], const uint8_t secret[32])
{
    bool valid = btc_pubkey_wire_from_secret(&sides->curve, key, secret);
    assert(valid);
}

/* HTLC n of the appendix: who pays, how much, until when. 5 and 6 have one preimage. */
static void init_htlcs(struct two_sides *sides)
{
    static const struct {
        enum ln_htlc_side side;
        uint64_t amount_msat;
        uint32_t expiry;
    } rows[TWO_SIDES_HTLCS] = {{LN_HTLC_RECEIVED, 1000000, 500}, {LN_HTLC_RECEIVED, 2000000, 501},
                               {LN_HTLC_OFFERED, 2000000, 502},  {LN_HTLC_OFFERED, 3000000, 503},
                               {LN_HTLC_RECEIVED, 4000000, 504}, {LN_HTLC_OFFERED, 5000000, 506},
                               {LN_HTLC_OFFERED, 5000001, 505}};
    for (unsigned i = 0; i < TWO_SIDES_HTLCS; i++) {
        struct ln_htlc *htlc = &sides->htlcs[i];
        memset(sides->preimages[i], i == 6 ? 5 : (int)i, 32);
        *htlc = (struct ln_htlc){
            .id = i, .amount_msat = rows[i].amount_msat, .cltv_expiry_height = rows[i].expiry, .side = rows[i].side};
        btc_sha256(htlc->payment_hash, sides->preimages[i], 32);
    }
}

static void init_keys(struct two_sides *sides)
{
    struct ln_basepoints owner = {0};
    struct ln_basepoints other = {0};
    uint8_t secret[32];
    uint8_t point[33];
    hex_read(sides->funding_secrets[0], 32, "30ff4956bbdd3222d44cc5e8a1261dab1e07957bdac5ae88fe3261ef321f3749");
    hex_read(sides->funding_secrets[1], 32, "1552dfba4f6cf29a62a0af13c8d6981d36d0ef8d61ba10fb0fe90da7634d7e13");
    public_of(sides, sides->funding_keys[0], sides->funding_secrets[0]);
    public_of(sides, sides->funding_keys[1], sides->funding_secrets[1]);
    hex_read(secret, 32, "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    public_of(sides, point, secret);
    memset(secret, 0x11, 32); /* payment and HTLC base of the owner */
    public_of(sides, owner.point[LN_BASE_PAYMENT], secret);
    memcpy(owner.point[LN_BASE_HTLC], owner.point[LN_BASE_PAYMENT], 33);
    bool derived = ln_key_secret(&sides->curve, sides->htlc_secrets[0], secret, point);
    memset(secret, 0x44, 32);
    public_of(sides, other.point[LN_BASE_PAYMENT], secret);
    memcpy(other.point[LN_BASE_HTLC], other.point[LN_BASE_PAYMENT], 33);
    derived &= ln_key_secret(&sides->curve, sides->htlc_secrets[1], secret, point);
    memset(secret, 0x22, 32);
    public_of(sides, other.point[LN_BASE_REVOCATION], secret);
    memset(secret, 0x33, 32);
    public_of(sides, owner.point[LN_BASE_DELAYED_PAYMENT], secret);
    derived &= ln_commitment_keys_derive(&sides->curve, &sides->keys, &owner, &other, point);
    assert(derived);
    sides->view.obscuring_factor = ln_obscuring_factor(owner.point[LN_BASE_PAYMENT], other.point[LN_BASE_PAYMENT]);
}

void two_sides_init(struct two_sides *sides)
{
    uint8_t txid[32];
    memset(sides, 0, sizeof *sides);
    btc_curve_init(&sides->curve);
    btc_arena_init(&sides->arena, sides->memory, sizeof sides->memory);
    init_htlcs(sides);
    init_keys(sides);
    hex_read(txid, 32, "8984484a580b825b9972d7adb15050b3ab624ccd731946b3eeddb92f4e7ef6be");
    btc_txid_reverse(sides->view.funding.txid, txid);
    sides->view.funding_sat = 10000000;
    sides->view.owner_funding_key = sides->funding_keys[0];
    sides->view.other_funding_key = sides->funding_keys[1];
    sides->view.keys = &sides->keys;
    sides->view.opener = LN_OWNER;
    sides->view.to_self_delay_blocks = 144;
    sides->view.number = 42;
    sides->view.htlcs = sides->chosen;
    sides->view.terms.dust_limit_sat = 546;
}

static void sign(const struct two_sides *sides, struct btc_signature *signature, const uint8_t hash[32],
                 const uint8_t secret[32], const uint8_t key[33])
{
    struct ln_backend backend = {.kind = sides->signer, .curve = &sides->curve};
    uint8_t bytes[64];
    bool done =
        ln_backend_sign(&backend, bytes, hash, secret, key) && btc_signature_read(&sides->curve, signature, bytes);
    assert(done);
}

void two_sides_commit(struct two_sides *sides)
{
    uint8_t hash[32];
    sides->arena.used = 0;
    enum ln_commitment_result result = ln_commitment_build(&sides->commitment, &sides->arena, &sides->view);
    assert(result == LN_COMMITMENT_OK);
    ln_commitment_sighash(hash, &sides->commitment);
    for (unsigned side = 0; side < 2; side++) {
        sign(sides, &sides->commitment_signatures[side], hash, sides->funding_secrets[side], sides->funding_keys[side]);
    }
    ln_commitment_sign(&sides->curve, &sides->commitment, &sides->view, &sides->commitment_signatures[0],
                       &sides->commitment_signatures[1]);
}

void two_sides_second_stage(struct two_sides *sides, uint32_t output)
{
    uint8_t hash[32];
    ln_commitment_htlc_tx(&sides->htlc_tx, &sides->commitment, &sides->view, output);
    for (unsigned side = 0; side < 2; side++) {
        ln_htlc_tx_sighash(hash, &sides->htlc_tx, side == 0 ? LN_SIGNER_OWNER : LN_SIGNER_OTHER);
        sign(sides, &sides->htlc_signatures[side], hash, sides->htlc_secrets[side],
             side == 0 ? sides->keys.owner_htlc : sides->keys.other_htlc);
    }
    const struct ln_htlc *htlc = sides->commitment.outputs[output].htlc;
    ln_htlc_tx_sign(&sides->curve, &sides->htlc_tx, &sides->htlc_signatures[0], &sides->htlc_signatures[1],
                    htlc->side == LN_HTLC_RECEIVED ? sides->preimages[htlc->id] : NULL);
}

static bool passes(struct two_sides *sides, const struct btc_tx *tx, const struct btc_output *spent, uint32_t flags)
{
    struct btc_spend spend = {.curve = &sides->curve, .tx = tx, .spent = spent};
    return btc_script_verify(&sides->space, &spend, flags) == BTC_SCRIPT_OK;
}

bool two_sides_valid(struct two_sides *sides, const struct btc_tx *tx, const struct btc_output *spent)
{
    bool consensus = passes(sides, tx, spent, BTC_VERIFY_CONSENSUS);
    assert(consensus == passes(sides, tx, spent, BTC_VERIFY_POLICY));
    return consensus;
}

struct btc_output two_sides_funding(const struct two_sides *sides, uint8_t script[34])
{
    uint8_t hash[32];
    btc_sha256(hash, sides->commitment.funding_script, LN_FUNDING_SCRIPT_BYTES);
    btc_script_p2wsh(script, hash);
    return (struct btc_output){sides->view.funding_sat, btc_bytes(script, 34)};
}

unsigned two_sides_flip(struct two_sides *sides, const struct btc_tx *tx, const struct btc_output *spent, unsigned step)
{
    struct btc_input *input = &tx->inputs[0];
    unsigned flipped = 0;
    for (uint32_t i = 0; i < input->witness_count; i++) {
        uint8_t copy[256];
        struct btc_bytes whole = input->witness[i];
        assert(whole.length <= sizeof copy);
        for (size_t bit = 0; bit < 8 * whole.length; bit += step, flipped++) {
            memcpy(copy, whole.data, whole.length);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            input->witness[i] = btc_bytes(copy, whole.length);
            assert(!passes(sides, tx, spent, BTC_VERIFY_POLICY));
        }
        input->witness[i] = whole;
    }
    return flipped;
}
