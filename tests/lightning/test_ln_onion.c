/* test_ln_onion.c: onions built, peeled and tampered with; payloads.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 4's onion-test.json; the packet stands here as its SHA-256.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/onion.h"
#include "protocol/lightning/payload.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;
static struct ln_onion_layer layer;

struct route {
    unsigned count;
    uint8_t session_key[32];
    uint8_t associated[32];
    uint8_t node_secrets[LN_ONION_HOPS_MAX][32];
    uint8_t nodes[LN_ONION_HOPS_MAX * 33];
    struct btc_bytes payloads[LN_ONION_HOPS_MAX];
    uint8_t bytes[LN_ONION_HOPS_MAX][LN_ONION_PAYLOADS_BYTES];
    struct ln_onion_path path;
    uint8_t packet[LN_ONION_PACKET_BYTES];
};

static void make_nodes(struct route *route, unsigned count)
{
    route->count = count;
    for (unsigned hop = 0; hop < count; hop++) {
        assert_true(btc_pubkey_wire_from_secret(&curve, route->nodes + 33 * hop, route->node_secrets[hop]));
    }
    assert_int_equal(ln_onion_path_init(&curve, &route->path, route->nodes, count, route->session_key), LN_ONION_OK);
}

static enum ln_onion_result build(struct route *route)
{
    return ln_onion_build(route->packet, &route->path, route->payloads, route->session_key,
                          btc_bytes(route->associated, 32));
}

static void peel_to_the_end(const struct route *route)
{
    uint8_t packet[LN_ONION_PACKET_BYTES];
    uint8_t secret[32];
    memcpy(packet, route->packet, sizeof packet);
    for (unsigned hop = 0; hop < route->count; hop++) {
        struct ln_onion_peel peel = {packet, route->node_secrets[hop], btc_bytes(route->associated, 32)};
        assert_int_equal(ln_onion_peel(&curve, &layer, secret, &peel), LN_ONION_OK);
        assert_memory_equal(secret, route->path.secrets[hop], 32);
        assert_int_equal(layer.payload_length, route->payloads[hop].length);
        assert_memory_equal(layer.payload, route->payloads[hop].data, layer.payload_length);
        assert_int_equal(layer.is_final, hop + 1 == route->count);
        memcpy(packet, layer.next, sizeof packet);
    }
}

/* Hop 1 has a custom record of 64 bytes, hop 4 one of 256. */
static size_t specification_payload(uint8_t *bytes, unsigned hop)
{
    static const char *const heads[] = {
        "02023a98040205dc06080000000000000001", "020236b00402057806080000000000000002fd02013c",
        "020230d4040204e206080000000000000003", "02022710040203e806080000000000000004",
        "02022710040203e8082224a33562c54507a9334e79f0dc4f17d407e6d7c61f0e2f3d0d38599502f617042710fd012de0"};
    static const unsigned lengths[] = {18, 82, 18, 18, 272};
    size_t head = hex_read(bytes, 64, heads[hop]);
    for (size_t at = head; at < lengths[hop]; at++) {
        bytes[at] = hop == 4 ? 0x2a : (uint8_t)((at - head) % 15 + 1);
    }
    return lengths[hop];
}

static void the_onion_of_the_specification_is_built(void **state)
{
    static struct route route;
    uint8_t expected[32];
    uint8_t hash[32];
    (void)state;
    memset(route.session_key, 0x41, 32);
    memset(route.associated, 0x42, 32);
    for (unsigned hop = 0; hop < 5; hop++) {
        memset(route.node_secrets[hop], 0x41 + (int)hop, 32);
        route.payloads[hop] = btc_bytes(route.bytes[hop], specification_payload(route.bytes[hop], hop));
    }
    make_nodes(&route, 5);
    assert_int_equal(build(&route), LN_ONION_OK);
    btc_sha256(hash, route.packet, sizeof route.packet);
    hex_read(expected, 32, "92e0742510440ed2368e1c03aed09d49a2e4cb4409c88ee0ad02a35c4a4b495a");
    assert_memory_equal(hash, expected, 32);
    peel_to_the_end(&route);
}

/* Payloads of random lengths that fill some, or all, of the packet. */
static void random_route(struct dice *dice, struct route *route)
{
    unsigned count = 1 + dice_below(dice, LN_ONION_HOPS_MAX);
    size_t left = LN_ONION_PAYLOADS_BYTES - (size_t)count * (2 + 1 + 32);
    dice_fill(dice, route->session_key, 32);
    dice_fill(dice, route->associated, 32);
    for (unsigned hop = 0; hop < count; hop++) {
        size_t more = dice_below(dice, (uint32_t)(dice_below(dice, 4) == 0 ? left : left / count) + 1);
        more -= more > 250 ? 2 : 0; /* a longer length takes two bytes more */
        left -= more + (more > 250 ? 2 : 0);
        dice_fill(dice, route->node_secrets[hop], 32);
        dice_fill(dice, route->bytes[hop], 2 + more);
        route->payloads[hop] = btc_bytes(route->bytes[hop], 2 + more);
    }
    make_nodes(route, count);
}

static void what_is_built_can_be_peeled(void **state)
{
    static struct route route;
    struct dice dice = {10};
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        random_route(&dice, &route);
        assert_int_equal(build(&route), LN_ONION_OK);
        peel_to_the_end(&route);
    }
}

static void any_flipped_bit_is_found(void **state)
{
    static struct route route;
    struct dice dice = {11};
    unsigned found[6] = {0};
    (void)state;
    random_route(&dice, &route);
    assert_int_equal(build(&route), LN_ONION_OK);
    for (unsigned bit = 0; bit < 8 * LN_ONION_PACKET_BYTES; bit++) {
        uint8_t packet[LN_ONION_PACKET_BYTES];
        uint8_t secret[32];
        memcpy(packet, route.packet, sizeof packet);
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct ln_onion_peel peel = {packet, route.node_secrets[0], btc_bytes(route.associated, 32)};
        enum ln_onion_result result = ln_onion_peel(&curve, &layer, secret, &peel);
        assert_int_not_equal(result, LN_ONION_OK);
        assert_true(bit >= 8 || result == LN_ONION_VERSION);
        assert_true(bit < 8 * 34 || result == LN_ONION_HMAC);
        found[result]++;
    }
    assert_int_equal(found[LN_ONION_VERSION], 8);
    assert_true(found[LN_ONION_KEY] > 50); /* half of all x have no point */
    assert_int_equal(found[LN_ONION_PAYLOAD], 0);
}

static void another_payment_hash_is_found(void **state)
{
    static struct route route;
    struct dice dice = {12};
    uint8_t secret[32];
    (void)state;
    random_route(&dice, &route);
    assert_int_equal(build(&route), LN_ONION_OK);
    route.associated[31] ^= 1;
    struct ln_onion_peel peel = {route.packet, route.node_secrets[0], btc_bytes(route.associated, 32)};
    assert_int_equal(ln_onion_peel(&curve, &layer, secret, &peel), LN_ONION_HMAC);
}

static void payloads_that_do_not_fit_are_refused(void **state)
{
    static struct route route;
    (void)state;
    route.session_key[0] = 1;
    route.node_secrets[0][0] = 1;
    make_nodes(&route, 1);
    route.payloads[0] = btc_bytes(route.bytes[0], LN_ONION_PAYLOADS_BYTES - 32 - 3);
    assert_int_equal(build(&route), LN_ONION_OK);
    peel_to_the_end(&route);
    route.payloads[0].length++;
    assert_int_equal(build(&route), LN_ONION_TOO_LONG);
}

/* A sender who lies about a length: made by building with the right keys over nonsense. */
static void impossible_lengths_are_found(void **state)
{
    static struct route route;
    uint8_t lengths[3] = {0, 1, 0xfd};
    (void)state;
    route.session_key[0] = 1;
    route.node_secrets[0][0] = 1;
    make_nodes(&route, 1);
    for (unsigned i = 0; i < 3; i++) {
        /* The stream is XORed over: what the hop will read there is changed by changing the packet and its HMAC. */
        static struct ln_onion_layer peeled;
        uint8_t before = 2;
        route.payloads[0] = btc_bytes("ab", before);
        assert_int_equal(build(&route), LN_ONION_OK);
        route.packet[34] ^= (uint8_t)(before ^ lengths[i]);
        uint8_t mu[32];
        uint8_t covered[LN_ONION_PAYLOADS_BYTES + 32];
        memcpy(covered, route.packet + 34, LN_ONION_PAYLOADS_BYTES);
        memcpy(covered + LN_ONION_PAYLOADS_BYTES, route.associated, 32);
        struct btc_bytes all = btc_bytes(covered, sizeof covered);
        ln_key_of_type(mu, "mu", route.path.secrets[0]);
        ln_hmac(route.packet + 34 + LN_ONION_PAYLOADS_BYTES, btc_bytes(mu, 32), &all, 1);
        assert_int_equal(ln_onion_open(&peeled, route.packet, route.path.secrets[0], btc_bytes(route.associated, 32)),
                         LN_ONION_PAYLOAD);
    }
}

/* ---- payloads ---- */

static enum ln_wire decode(struct ln_payload *payload, struct ln_fault *fault, enum ln_payload_place place,
                           const char *hex)
{
    static uint8_t bytes[512];
    return ln_payload_decode(payload, fault, place, btc_bytes(bytes, hex_read(bytes, sizeof bytes, hex)));
}

static void a_payload_says_what_its_hop_must_know(void **state)
{
    struct ln_payload payload;
    struct ln_fault fault;
    (void)state;
    assert_int_equal(decode(&payload, &fault, LN_PAYLOAD_FORWARD, "02023a98040205dc06080000000000000001"), LN_WIRE_OK);
    assert_int_equal(payload.amount_msat, 15000);
    assert_int_equal(payload.cltv_height, 1500);
    assert_int_equal(payload.short_channel_id, 1);
    assert_int_equal(payload.total_msat, 15000);
    assert_int_equal(decode(&payload, &fault, LN_PAYLOAD_FINAL,
                            "02022710040203e8"
                            "082224a33562c54507a9334e79f0dc4f17d407e6d7c61f0e2f3d0d38599502f617042710"),
                     LN_WIRE_OK);
    assert_int_equal(payload.total_msat, 10000);
    assert_int_equal(payload.payment_secret[0], 0x24);
}

static void a_payload_without_what_it_needs_fails_by_record(void **state)
{
    static const struct {
        const char *hex;
        enum ln_payload_place place;
        enum ln_wire wire;
        uint64_t type;
    } rows[] = {
        {"040205dc06080000000000000001", LN_PAYLOAD_FORWARD, LN_WIRE_MISSING, 2},
        {"02023a9806080000000000000001", LN_PAYLOAD_FORWARD, LN_WIRE_MISSING, 4},
        {"02023a98040205dc", LN_PAYLOAD_FORWARD, LN_WIRE_MISSING, 6},
        {"02023a98040205dc", LN_PAYLOAD_FINAL, LN_WIRE_OK, 0},
        {"02023a98040205dc0c21025f7117a78150fe2ef97db7cfc83bd57b2e2c0d0dd25eaf467a4a1c2a45ce1486", LN_PAYLOAD_FINAL,
         LN_WIRE_FORBIDDEN, 12},
        {"02081d24b2dfac520000040205dc", LN_PAYLOAD_FINAL, LN_WIRE_OK, 0}, /* 21 million bitcoin */
        {"02081d24b2dfac520001040205dc", LN_PAYLOAD_FINAL, LN_WIRE_RANGE, 2},
        {"020101040101082800000000000000000000000000000000000000000000"
         "000000000000000000001d24b2dfac520001",
         LN_PAYLOAD_FINAL, LN_WIRE_RANGE, 8},
        {"02023a98040205dc1400", LN_PAYLOAD_FINAL, LN_WIRE_UNKNOWN_EVEN, 20},
        {"02023a98040205dc1500", LN_PAYLOAD_FINAL, LN_WIRE_OK, 0},
        {"0202003a040205dc", LN_PAYLOAD_FINAL, LN_WIRE_NOT_MINIMAL, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ln_payload payload;
        struct ln_fault fault;
        assert_int_equal(decode(&payload, &fault, rows[i].place, rows[i].hex), rows[i].wire);
        assert_int_equal(fault.type, rows[i].type);
    }
}

/* BOLT 4, invalid_onion_payload: the record and its place in the payload. */
static void a_fault_is_told_by_its_place(void **state)
{
    static const struct {
        const char *hex;
        uint64_t type;
        size_t offset;
    } rows[] = {
        {"02023a98040205dc14020102", 20, 10}, /* an unknown record: its value */
        {"02023a980202", 0, 4},               /* a record that cannot be read: where it begins */
        {"0202003a040205dc", 2, 2},           /* not in its shortest form: the field */
        {"02023a98040205dc0607000000000000", 0, 8},
        {"02023a98040205dc0609000000000000000000", 6, 18}, /* too long: what is left over */
        {"02023a9804050000000001", 4, 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ln_payload payload;
        struct ln_fault fault;
        assert_int_not_equal(decode(&payload, &fault, LN_PAYLOAD_FORWARD, rows[i].hex), LN_WIRE_OK);
        assert_int_equal(fault.type, rows[i].type);
        assert_int_equal(fault.offset, rows[i].offset);
    }
}

static void payloads_return_with_all_their_records(void **state)
{
    struct dice dice = {13};
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        uint8_t bytes[512];
        uint8_t metadata[40];
        struct ln_payload payload = {.tlvs.present = LN_PAYLOAD_AMOUNT | LN_PAYLOAD_CLTV};
        struct ln_payload again;
        struct ln_fault fault;
        size_t length;
        const uint32_t optional = LN_PAYLOAD_CHANNEL | LN_PAYLOAD_PAYMENT | LN_PAYLOAD_METADATA | LN_PAYLOAD_KEYSEND;
        payload.tlvs.present |= (uint32_t)dice_next(&dice) & optional;
        payload.amount_msat = dice_next(&dice) % (LN_MSAT_MAX + 1) >> dice_below(&dice, 64);
        payload.cltv_height = dice_next(&dice) >> (32 + dice_below(&dice, 32));
        payload.total_msat = dice_next(&dice) % (LN_MSAT_MAX + 1);
        payload.short_channel_id = dice_next(&dice);
        dice_fill(&dice, payload.payment_secret, 32);
        dice_fill(&dice, payload.keysend_preimage, 32);
        dice_fill(&dice, metadata, sizeof metadata);
        payload.metadata = btc_bytes(metadata, dice_below(&dice, sizeof metadata));
        assert_int_equal(ln_payload_encode(bytes, sizeof bytes, &length, &payload), LN_WIRE_OK);
        assert_int_equal(ln_payload_decode(&again, &fault, LN_PAYLOAD_FINAL, btc_bytes(bytes, length)), LN_WIRE_OK);
        assert_int_equal(again.tlvs.present, payload.tlvs.present);
        assert_true(again.amount_msat == payload.amount_msat && again.cltv_height == payload.cltv_height);
        if (payload.tlvs.present & LN_PAYLOAD_KEYSEND) {
            assert_memory_equal(again.keysend_preimage, payload.keysend_preimage, 32);
        }
        if (payload.tlvs.present & LN_PAYLOAD_PAYMENT) {
            assert_true(again.total_msat == payload.total_msat);
            assert_memory_equal(again.payment_secret, payload.payment_secret, 32);
        }
    }
}

static void sums_and_fees_stay_in_range(void **state)
{
    uint64_t msat = 7;
    (void)state;
    assert_true(ln_msat_add(&msat, LN_MSAT_MAX - 1, 1) && msat == LN_MSAT_MAX);
    assert_false(ln_msat_add(&msat, LN_MSAT_MAX, 1));
    assert_false(ln_msat_add(&msat, UINT64_MAX, UINT64_MAX));
    assert_false(ln_msat_subtract(&msat, 1, 2));
    assert_true(msat == LN_MSAT_MAX);
    assert_true(ln_msat_subtract(&msat, 3, 2) && msat == 1);
    assert_true(ln_msat_fee(&msat, 4999999, 200, 2000) && msat == 10199); /* BOLT 7's example, B to C */
    assert_false(ln_msat_fee(&msat, LN_MSAT_MAX, UINT32_MAX, UINT32_MAX));
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_onion_of_the_specification_is_built),
        cmocka_unit_test(what_is_built_can_be_peeled),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(another_payment_hash_is_found),
        cmocka_unit_test(payloads_that_do_not_fit_are_refused),
        cmocka_unit_test(impossible_lengths_are_found),
        cmocka_unit_test(a_payload_says_what_its_hop_must_know),
        cmocka_unit_test(a_payload_without_what_it_needs_fails_by_record),
        cmocka_unit_test(a_fault_is_told_by_its_place),
        cmocka_unit_test(payloads_return_with_all_their_records),
        cmocka_unit_test(sums_and_fees_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
