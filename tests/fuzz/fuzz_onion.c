/* fuzz_onion.c: any bytes as an onion, as its inside, as a payload, as a failure; as a route; as hold times.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses what the others are, so that the fuzzer gets behind HMACs that it cannot make. A route that
 * the bytes describe is built and peeled hop by hop, and each hop must find its payload; hold times that they give must
 * come back to the sender unless a hop changes something, and then it is blamed.
 */
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/hop.h"

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

/* ---- a route ---- */

#define HOPS 8

struct route {
    uint8_t node_secrets[HOPS][32];
    uint8_t nodes[HOPS * 33];
    struct btc_bytes payloads[HOPS];
    struct ln_onion_path path;
};

/* Each byte is a hop's payload length; what they hold is taken from the bytes too. */
static void lay_route(struct route *route, const struct btc_curve *curve, const uint8_t *bytes, size_t length)
{
    static uint8_t content[2 * LN_ONION_PAYLOADS_BYTES];
    uint32_t count = (uint32_t)(length < HOPS ? length : HOPS);
    memset(content, 0x5a, sizeof content);
    memcpy(content, bytes, length < sizeof content ? length : sizeof content);
    for (uint32_t i = 0; i < count; i++) {
        route->node_secrets[i][0] = (uint8_t)(1 + i);
        bool good = btc_pubkey_wire_from_secret(curve, route->nodes + (size_t)33 * i, route->node_secrets[i]);
        assert(good);
        route->payloads[i] = btc_bytes(content + i, 2 + 5 * (size_t)bytes[i]);
    }
    assert(ln_onion_path_init(curve, &route->path, route->nodes, count, key) == LN_ONION_OK);
}

static size_t total_bytes(const struct route *route)
{
    size_t total = 0;
    for (uint32_t i = 0; i < route->path.count; i++) {
        total += route->payloads[i].length + (route->payloads[i].length < 0xfd ? 1 : 3) + 32;
    }
    return total;
}

static void build_and_peel(const uint8_t *bytes, size_t length)
{
    static struct route route;
    struct btc_curve curve;
    uint8_t packet[LN_ONION_PACKET_BYTES];
    uint8_t secret[32];
    if (length == 0) {
        return;
    }
    btc_curve_init(&curve);
    memset(&route, 0, sizeof route);
    lay_route(&route, &curve, bytes, length);
    struct btc_bytes associated = btc_bytes(bytes, length);
    enum ln_onion_result result = ln_onion_build(packet, &route.path, route.payloads, key, associated);
    assert((result == LN_ONION_OK) == (total_bytes(&route) <= LN_ONION_PAYLOADS_BYTES));
    for (uint32_t i = 0; result == LN_ONION_OK && i < route.path.count; i++) {
        struct ln_onion_peel peel = {packet, route.node_secrets[i], associated};
        assert(ln_onion_peel(&curve, &layer, secret, &peel) == LN_ONION_OK);
        assert(btc_bytes_equal(btc_bytes(layer.payload, layer.payload_length), route.payloads[i]));
        assert(memcmp(secret, route.path.secrets[i], 32) == 0);
        assert(layer.is_final == (i + 1 == route.path.count));
        memcpy(packet, layer.next, sizeof packet);
    }
}

/* ---- hold times ---- */

/* Bytes: how many hops, who fails, who changes what, and each hop's time. */
static void attribute(const uint8_t *bytes, size_t length)
{
    struct ln_onion_path path = {.count = 1};
    struct ln_failure_report report;
    uint8_t packet[LN_FAILURE_PACKET_BYTES];
    uint8_t data[LN_ATTRIBUTION_DATA_BYTES] = {0};
    if (length < 4) {
        return;
    }
    path.count += bytes[0] % LN_ATTRIBUTION_HOPS;
    uint32_t source = bytes[1] % path.count;
    uint32_t cheat = bytes[2] % (2 * LN_ATTRIBUTION_HOPS); /* half the time nobody */
    for (uint32_t i = 0; i < path.count; i++) {
        memset(path.secrets[i], (int)(i + 1), 32);
    }
    size_t packet_length =
        ln_failure_wrap_first(packet, btc_bytes("\x20\x02", 2), LN_FAILURE_PADDED, path.secrets[source]);
    for (uint32_t i = source + 1; i-- > 0;) {
        if (i == cheat && i < source) {
            data[(size_t)bytes[3] * 3 % sizeof data] ^= 1;
        }
        ln_attribution_add(data, path.secrets[i], bytes[i % length], btc_bytes(packet, packet_length));
        ln_failure_wrap(packet, packet_length, path.secrets[i]);
    }
    assert(ln_failure_unwrap(&report, packet, packet_length, data, &path));
    assert(report.source == (int)source);
    uint32_t told = cheat < source ? cheat + 1 : source + 1; /* those before and with the cheat */
    assert(report.hold_count >= told);
    for (uint32_t i = 0; i < told; i++) {
        assert(report.hold_times[i] == bytes[i % length]);
    }
    assert(cheat < source || report.blamed == -1);
    assert(report.blamed == -1 || report.blamed > (int)cheat);
}

/* ---- a hop's decision ---- */

#define DECISION_BYTES 42

static void decide(const uint8_t *bytes, size_t length)
{
    struct ln_payload payload;
    struct ln_fault fault;
    struct ln_failure failure;
    uint8_t message[128];
    size_t message_length;
    if (length < DECISION_BYTES) {
        return;
    }
    struct ln_reader reader = ln_reader_init(bytes, DECISION_BYTES);
    struct ln_hop_htlc htlc = {.amount_msat = ln_read_unsigned(&reader, 8) % (LN_MSAT_MAX + 1),
                               .cltv_expiry_height = (uint32_t)ln_read_unsigned(&reader, 4),
                               .height = (uint32_t)ln_read_unsigned(&reader, 4)};
    struct ln_hop_terms terms = {.htlc_minimum_msat = ln_read_unsigned(&reader, 6),
                                 .htlc_maximum_msat = ln_read_unsigned(&reader, 8),
                                 .fee_base_msat = (uint32_t)ln_read_unsigned(&reader, 4),
                                 .fee_proportional_ppm = (uint32_t)ln_read_unsigned(&reader, 4),
                                 .cltv_expiry_delta_blocks = (uint16_t)ln_read_unsigned(&reader, 2),
                                 .margin_blocks = (uint16_t)ln_read_unsigned(&reader, 2)};
    struct btc_bytes rest = btc_bytes(bytes + DECISION_BYTES, length - DECISION_BYTES);
    if (ln_payload_decode(&payload, &fault, LN_PAYLOAD_FORWARD, rest) != LN_WIRE_OK) {
        failure = ln_hop_bad_payload(&fault);
        assert(ln_failure_encode(message, sizeof message, &message_length, &failure) == LN_WIRE_OK);
        return;
    }
    if (ln_hop_may_forward(&failure, &payload, &htlc, &terms)) {
        assert(htlc.amount_msat >= payload.amount_msat && payload.amount_msat >= terms.htlc_minimum_msat);
        assert(htlc.cltv_expiry_height - payload.cltv_height >= terms.cltv_expiry_delta_blocks);
    } else {
        assert(ln_failure_name(failure.code) != NULL);
        assert(ln_failure_encode(message, sizeof message, &message_length, &failure) == LN_WIRE_OK);
    }
    struct ln_hop_request request = {.amount_msat = terms.htlc_minimum_msat, .several_parts = true};
    if (ln_hop_may_take(&failure, &payload, &htlc, &request)) {
        assert(htlc.amount_msat >= payload.amount_msat && htlc.cltv_expiry_height >= payload.cltv_height);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static void (*const targets[])(const uint8_t *, size_t) = {
        peel_raw, open_inside, read_payload, read_failure, unwrap_failure, build_and_peel, attribute, decide};
    if (length > 0) {
        targets[bytes[0] % 8](bytes + 1, length - 1);
    }
    return 0;
}
