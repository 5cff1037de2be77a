/* curve.c: secp256k1: keys, ECDSA, and the group operations that Lightning needs, through libsecp256k1.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/curve.h"

#include "protocol/bitcoin/lift.h"

#include <assert.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <string.h>

static const secp256k1_context *context_of(const struct btc_curve *curve)
{
    return curve == NULL ? secp256k1_context_static : (const secp256k1_context *)(const void *)curve->memory;
}

/* The library calls this for wrong use by us, never for bad data. */
static void on_wrong_use(const char *message, void *data)
{
    (void)data;
    assert(message == NULL);
}

void btc_curve_init(struct btc_curve *curve)
{
    assert(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) <= sizeof curve->memory);
    secp256k1_context *context = secp256k1_context_preallocated_create(curve->memory, SECP256K1_CONTEXT_NONE);
    assert((void *)context == (void *)curve->memory);
    secp256k1_context_set_illegal_callback(context, on_wrong_use, NULL);
    secp256k1_context_set_error_callback(context, on_wrong_use, NULL);
}

void btc_curve_blind(struct btc_curve *curve, const uint8_t entropy[32])
{
    int blinded = secp256k1_context_randomize((secp256k1_context *)(void *)curve->memory, entropy);
    assert(blinded == 1);
}

/* ---- keys ---- */

bool btc_secret_is_valid(const struct btc_curve *curve, const uint8_t secret[32])
{
    return secp256k1_ec_seckey_verify(context_of(curve), secret) == 1;
}

bool btc_pubkey_from_secret(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t secret[32])
{
    return secp256k1_ec_pubkey_create(context_of(curve), &pubkey->point, secret) == 1;
}

/* With both coordinates the library only has to check the point; see lift.h. */
static bool read_lifted(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t wire[33])
{
    uint8_t both[65] = {4};
    memcpy(both + 1, wire + 1, 32);
    btc_lift(both + 33, wire + 1, wire[0] & 1);
    return secp256k1_ec_pubkey_parse(context_of(curve), &pubkey->point, both, sizeof both) == 1;
}

bool btc_pubkey_read(const struct btc_curve *curve, struct btc_pubkey *pubkey, struct btc_bytes wire)
{
    if (wire.length != 33 && wire.length != 65)
        return false;
    bool compressed = wire.length == 33 && (wire.data[0] == 2 || wire.data[0] == 3);
    if (compressed && read_lifted(curve, pubkey, wire.data))
        return true;
    return secp256k1_ec_pubkey_parse(context_of(curve), &pubkey->point, wire.data, wire.length) == 1;
}

bool btc_pubkey_read_compressed(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t wire[33])
{
    return btc_pubkey_read(curve, pubkey, btc_bytes(wire, 33));
}

void btc_pubkey_write(const struct btc_curve *curve, uint8_t wire[33], const struct btc_pubkey *pubkey)
{
    size_t length = 33;
    secp256k1_ec_pubkey_serialize(context_of(curve), wire, &length, &pubkey->point, SECP256K1_EC_COMPRESSED);
}

void btc_pubkey_write_uncompressed(const struct btc_curve *curve, uint8_t wire[65], const struct btc_pubkey *pubkey)
{
    size_t length = 65;
    secp256k1_ec_pubkey_serialize(context_of(curve), wire, &length, &pubkey->point, SECP256K1_EC_UNCOMPRESSED);
}

int btc_pubkey_compare(const struct btc_curve *curve, const struct btc_pubkey *a, const struct btc_pubkey *b)
{
    return secp256k1_ec_pubkey_cmp(context_of(curve), &a->point, &b->point);
}

bool btc_pubkey_wire_from_secret(const struct btc_curve *curve, uint8_t wire[33], const uint8_t secret[32])
{
    struct btc_pubkey pubkey;
    if (!btc_pubkey_from_secret(curve, &pubkey, secret))
        return false;
    btc_pubkey_write(curve, wire, &pubkey);
    return true;
}

/* ---- group operations ---- */

bool btc_secret_add(const struct btc_curve *curve, uint8_t secret[32], const uint8_t tweak[32])
{
    return secp256k1_ec_seckey_tweak_add(context_of(curve), secret, tweak) == 1;
}

bool btc_secret_multiply(const struct btc_curve *curve, uint8_t secret[32], const uint8_t tweak[32])
{
    return secp256k1_ec_seckey_tweak_mul(context_of(curve), secret, tweak) == 1;
}

bool btc_pubkey_add(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t tweak[32])
{
    return secp256k1_ec_pubkey_tweak_add(context_of(curve), &pubkey->point, tweak) == 1;
}

bool btc_pubkey_multiply(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t tweak[32])
{
    return secp256k1_ec_pubkey_tweak_mul(context_of(curve), &pubkey->point, tweak) == 1;
}

bool btc_pubkey_combine(const struct btc_curve *curve, struct btc_pubkey *sum, const struct btc_pubkey *a,
                        const struct btc_pubkey *b)
{
    const secp256k1_pubkey *terms[2] = {&a->point, &b->point};
    secp256k1_pubkey result;
    if (secp256k1_ec_pubkey_combine(context_of(curve), &result, terms, 2) != 1)
        return false;
    sum->point = result;
    return true;
}

bool btc_ecdh(const struct btc_curve *curve, uint8_t shared[32], const struct btc_pubkey *pubkey,
              const uint8_t secret[32])
{
    return secp256k1_ecdh(context_of(curve), shared, &pubkey->point, secret, NULL, NULL) == 1;
}

/* ---- ECDSA ---- */

static bool has_low_r(const struct btc_curve *curve, const struct btc_signature *signature)
{
    uint8_t wire[64];
    btc_signature_write(curve, wire, signature);
    return wire[0] < 0x80;
}

bool btc_ecdsa_sign(const struct btc_curve *curve, struct btc_signature *signature, const uint8_t hash[32],
                    const uint8_t secret[32], enum btc_sign_mode mode)
{
    const secp256k1_context *context = context_of(curve);
    if (secp256k1_ecdsa_sign(context, &signature->pair, hash, secret, NULL, NULL) != 1)
        return false;
    if (mode == BTC_SIGN_PLAIN)
        return true;
    /* RFC 6979 section 3.6: further data for the nonce; a counter, little-endian, as other wallets have it. Half of
     * all nonces will do; that 2^20 in a row do not never happens, but the loop has its end. */
    for (uint32_t counter = 1; !has_low_r(curve, signature) && counter < UINT32_C(1) << 20; counter++) {
        uint8_t extra[32] = {(uint8_t)counter, (uint8_t)(counter >> 8), (uint8_t)(counter >> 16)};
        if (secp256k1_ecdsa_sign(context, &signature->pair, hash, secret, NULL, extra) != 1)
            return false;
    }
    return true;
}

bool btc_ecdsa_verify(const struct btc_curve *curve, const struct btc_signature *signature, const uint8_t hash[32],
                      const struct btc_pubkey *pubkey)
{
    return secp256k1_ecdsa_verify(context_of(curve), &signature->pair, hash, &pubkey->point) == 1;
}

bool btc_ecdsa_verify_lax(const struct btc_curve *curve, struct btc_bytes der, const uint8_t hash[32],
                          struct btc_bytes pubkey_wire)
{
    struct btc_signature signature;
    struct btc_pubkey pubkey;
    if (!btc_signature_read_der_lax(curve, &signature, der) || !btc_pubkey_read(curve, &pubkey, pubkey_wire))
        return false;
    btc_signature_lower_s(curve, &signature);
    return btc_ecdsa_verify(curve, &signature, hash, &pubkey);
}

void btc_signature_lower_s(const struct btc_curve *curve, struct btc_signature *signature)
{
    secp256k1_ecdsa_signature_normalize(context_of(curve), &signature->pair, &signature->pair);
}

bool btc_signature_read(const struct btc_curve *curve, struct btc_signature *signature, const uint8_t wire[64])
{
    return secp256k1_ecdsa_signature_parse_compact(context_of(curve), &signature->pair, wire) == 1;
}

void btc_signature_write(const struct btc_curve *curve, uint8_t wire[64], const struct btc_signature *signature)
{
    secp256k1_ecdsa_signature_serialize_compact(context_of(curve), wire, &signature->pair);
}

size_t btc_signature_write_der(const struct btc_curve *curve, uint8_t der[BTC_MAX_DER_BYTES],
                               const struct btc_signature *signature)
{
    size_t length = BTC_MAX_DER_BYTES;
    int written = secp256k1_ecdsa_signature_serialize_der(context_of(curve), der, &length, &signature->pair);
    assert(written == 1);
    return length;
}

bool btc_signature_read_der(const struct btc_curve *curve, struct btc_signature *signature, struct btc_bytes der)
{
    if (!btc_der_is_strict(der))
        return false;
    return secp256k1_ecdsa_signature_parse_der(context_of(curve), &signature->pair, der.data, der.length) == 1;
}

/* One BER length: short form, or long form of any width whose value is below 2^24. Returns false if it does not fit. */
static bool read_lax_length(struct btc_reader *reader, size_t *length)
{
    uint8_t first = btc_read_u8(reader);
    *length = first;
    if (first < 0x80)
        return reader->error == BTC_READ_OK;
    struct btc_bytes digits = btc_read_view(reader, first - 0x80u);
    while (digits.length > 0 && digits.data[0] == 0) {
        digits.data++;
        digits.length--;
    }
    if (digits.length >= 4)
        return false;
    *length = 0;
    for (size_t i = 0; i < digits.length; i++)
        *length = *length << 8 | digits.data[i];
    return reader->error == BTC_READ_OK;
}

/* One BER integer without its leading zeros; the sign is not looked at. */
static bool read_lax_integer(struct btc_reader *reader, struct btc_bytes *integer)
{
    size_t length;
    if (btc_read_u8(reader) != 0x02 || !read_lax_length(reader, &length))
        return false;
    *integer = btc_read_view(reader, length);
    while (integer->length > 0 && integer->data[0] == 0) {
        integer->data++;
        integer->length--;
    }
    return reader->error == BTC_READ_OK;
}

/* The length of the sequence is passed over without a look at it, and so is all behind S. Integers out of range give a
 * signature that verifies nothing: reading succeeds. These are the liberties of the software that wrote the early
 * chain; BIP 66 "Motivation". */
bool btc_signature_read_der_lax(const struct btc_curve *curve, struct btc_signature *signature, struct btc_bytes der)
{
    struct btc_reader reader;
    btc_reader_init(&reader, der.data, der.length);
    if (btc_read_u8(&reader) != 0x30)
        return false;
    uint8_t first = btc_read_u8(&reader);
    if (first >= 0x80)
        btc_read_view(&reader, first - 0x80u);
    struct btc_bytes r, s;
    if (!read_lax_integer(&reader, &r) || !read_lax_integer(&reader, &s))
        return false;
    uint8_t wire[64] = {0};
    if (r.length <= 32 && s.length <= 32) {
        memcpy(wire + 32 - r.length, r.data, r.length);
        memcpy(wire + 64 - s.length, s.data, s.length);
    }
    if (!btc_signature_read(curve, signature, wire)) {
        memset(wire, 0, sizeof wire);
        return btc_signature_read(curve, signature, wire);
    }
    return true;
}

/* `02 length bytes`: at least one byte, not negative, no zero in front that is not needed. Returns the bytes it takes,
 * 0 if it is none. */
static size_t strict_integer(struct btc_bytes der, size_t at)
{
    if (at + 2 > der.length || der.data[at] != 0x02)
        return 0;
    size_t length = der.data[at + 1];
    if (length == 0 || at + 2 + length > der.length)
        return 0;
    const uint8_t *digits = der.data + at + 2;
    if (digits[0] >= 0x80 || (length > 1 && digits[0] == 0 && digits[1] < 0x80))
        return 0;
    return 2 + length;
}

bool btc_der_is_strict(struct btc_bytes der)
{
    if (der.length < 8 || der.length > BTC_MAX_DER_BYTES || der.data[0] != 0x30 || der.data[1] != der.length - 2)
        return false;
    size_t r = strict_integer(der, 2);
    if (r == 0)
        return false;
    size_t s = strict_integer(der, 2 + r);
    return s != 0 && 2 + r + s == der.length;
}

bool btc_der_is_low_s(const struct btc_curve *curve, struct btc_bytes der)
{
    struct btc_signature signature;
    return btc_signature_read_der_lax(curve, &signature, der) &&
           secp256k1_ecdsa_signature_normalize(context_of(curve), NULL, &signature.pair) == 0;
}

bool btc_ecdsa_sign_recoverable(const struct btc_curve *curve, uint8_t wire[65], const uint8_t hash[32],
                                const uint8_t secret[32])
{
    secp256k1_ecdsa_recoverable_signature signature;
    if (secp256k1_ecdsa_sign_recoverable(context_of(curve), &signature, hash, secret, NULL, NULL) != 1)
        return false;
    int id;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context_of(curve), wire, &id, &signature);
    wire[64] = (uint8_t)id;
    return true;
}

bool btc_ecdsa_recover(const struct btc_curve *curve, struct btc_pubkey *pubkey, const uint8_t wire[65],
                       const uint8_t hash[32])
{
    const secp256k1_context *context = context_of(curve);
    secp256k1_ecdsa_recoverable_signature signature;
    return wire[64] < 4 &&
           secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, wire, wire[64]) == 1 &&
           secp256k1_ecdsa_recover(context, &pubkey->point, &signature, hash) == 1;
}
