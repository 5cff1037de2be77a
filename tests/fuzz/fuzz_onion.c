/* fuzz_onion.c: any bytes as an onion, as its inside, as a payload, as a failure.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses what the others are, so that the fuzzer gets behind HMACs that it cannot make.
 */
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/failure.h"
#include "protocol/lightning/payload.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const uint8_t key[32] = {1, 2, 3};
static struct ln_onion_layer layer;

static void peel_raw(const uint8_t *bytes, size_t length)
{
    struct btc_curve curve;
    uint8_t packet[LN_ONION_PACKET_BYTES] = {0};
    uint8_t secret[32];
    struct ln_onion_peel peel = {packet, key, {key, 32}};
    btc_curve_init(&curve);
    memcpy(packet, bytes, length < sizeof packet ? length : sizeof packet);
    assert(ln_onion_peel(&curve, &layer, secret, &peel) != LN_ONION_OK);
}

/* The bytes are what a hop finds behind stream and HMAC. */
static void open_inside(const uint8_t *bytes, size_t length)
{
    uint8_t packet[LN_ONION_PACKET_BYTES] = {0};
    uint8_t inside[LN_ONION_PAYLOADS_BYTES] = {0};
    uint8_t derived[32];
    struct btc_bytes covered = {packet + 34, LN_ONION_PAYLOADS_BYTES};
    memcpy(inside, bytes, length < sizeof inside ? length : sizeof inside);
    memcpy(packet + 34, inside, sizeof inside);
    ln_key_of_type(derived, "rho", key);
    ln_stream_xor(packet + 34, LN_ONION_PAYLOADS_BYTES, derived);
    ln_key_of_type(derived, "mu", key);
    ln_hmac(packet + 34 + LN_ONION_PAYLOADS_BYTES, btc_bytes(derived, 32), &covered, 1);
    enum ln_onion_result result = ln_onion_open(&layer, packet, key, btc_bytes(NULL, 0));
    assert(result == LN_ONION_OK || result == LN_ONION_PAYLOAD);
    if (result == LN_ONION_OK) {
        size_t prefix = inside[0] < 0xfd ? 1 : 3;
        assert(layer.payload_length >= 2 && memcmp(layer.payload, inside + prefix, layer.payload_length) == 0);
    }
}

static void read_payload(const uint8_t *bytes, size_t length)
{
    struct ln_payload payload;
    struct ln_fault fault;
    uint8_t again[4096];
    enum ln_payload_place place = length % 2 == 0 ? LN_PAYLOAD_FORWARD : LN_PAYLOAD_FINAL;
    if (length <= sizeof again && ln_payload_decode(&payload, &fault, place, btc_bytes(bytes, length)) == LN_WIRE_OK) {
        size_t again_length = 0;
        assert(ln_payload_encode(again, sizeof again, &again_length, &payload) == LN_WIRE_OK);
        assert(again_length == length && (length == 0 || memcmp(again, bytes, length) == 0));
    }
}

static void read_failure(const uint8_t *bytes, size_t length)
{
    struct ln_failure failure;
    uint8_t again[4096];
    if (length <= sizeof again && ln_failure_decode(&failure, btc_bytes(bytes, length)) == LN_WIRE_OK) {
        size_t again_length = 0;
        assert(ln_failure_encode(again, sizeof again, &again_length, &failure) == LN_WIRE_OK);
        assert(again_length == length && memcmp(again, bytes, length) == 0);
    }
}

/* The bytes are a failure as some hop made it: HMAC right, inside anything. */
static void unwrap_failure(const uint8_t *bytes, size_t length)
{
    struct ln_onion_path path = {.count = 2, .secrets = {{7}, {8}}};
    struct ln_failure_report report;
    uint8_t packet[2048] = {0};
    uint8_t um[32];
    size_t inner = length < sizeof packet - 32 ? length : sizeof packet - 32;
    struct btc_bytes covered = {packet + 32, inner};
    memcpy(packet + 32, bytes, inner);
    ln_key_of_type(um, "um", path.secrets[1]);
    ln_hmac(packet, btc_bytes(um, 32), &covered, 1);
    ln_failure_wrap(packet, 32 + inner, path.secrets[1]);
    ln_failure_wrap(packet, 32 + inner, path.secrets[0]);
    bool found = ln_failure_unwrap(&report, packet, 32 + inner, NULL, &path);
    assert(found == (inner >= 4));
    assert(!found || (report.source == 1 && report.message.length <= inner));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static void (*const targets[])(const uint8_t *, size_t) = {peel_raw, open_inside, read_payload, read_failure,
                                                               unwrap_failure};
    if (length > 0) {
        targets[bytes[0] % 5](bytes + 1, length - 1);
    }
    return 0;
}
