/* test_vector_bolt04.c: every vector of BOLT 4: an onion built and peeled, failures returned, hold times.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/failure.h"
#include "protocol/lightning/payload.h"
#include "protocol/lightning/wire.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/support/flat.h"

#define HOPS 5

static struct btc_curve curve;

struct route {
    uint8_t session_key[32];
    uint8_t nodes[HOPS * 33];
    struct ln_onion_path path;
};

static void read_route(struct route *route, const struct flat *flat, unsigned i, const char *pubkey_format)
{
    flat_exact(flat, route->session_key, 32, "cases[%u].session_key", i);
    for (unsigned hop = 0; hop < HOPS; hop++) {
        char path[64];
        snprintf(path, sizeof path, pubkey_format, i, hop);
        flat_exact(flat, route->nodes + 33 * hop, 33, "%s", path);
    }
    assert_int_equal(ln_onion_path_init(&curve, &route->path, route->nodes, HOPS, route->session_key), LN_ONION_OK);
}

/* The vectors give payloads with their length before them. */
static struct btc_bytes strip_length(const uint8_t *bytes, size_t length)
{
    struct ln_reader reader = ln_reader_init(bytes, length);
    uint64_t inner = ln_read_bigsize(&reader);
    assert_int_equal(inner, ln_reader_left(&reader));
    return btc_bytes(bytes + reader.at, (size_t)inner);
}

static void peel_all(const struct flat *flat, const uint8_t *onion, const struct btc_bytes *payloads,
                     struct btc_bytes associated, const struct ln_onion_path *path)
{
    static struct ln_onion_layer layer;
    uint8_t packet[LN_ONION_PACKET_BYTES];
    uint8_t secret[32];
    uint8_t node_secret[32];
    memcpy(packet, onion, sizeof packet);
    for (unsigned hop = 0; hop < HOPS; hop++) {
        flat_exact(flat, node_secret, 32, "cases[0].decode_privkeys[%u]", hop);
        struct ln_onion_peel peel = {packet, node_secret, associated};
        assert_int_equal(ln_onion_peel(&curve, &layer, secret, &peel), LN_ONION_OK);
        assert_memory_equal(secret, path->secrets[hop], 32);
        assert_int_equal(layer.payload_length, payloads[hop].length);
        assert_memory_equal(layer.payload, payloads[hop].data, payloads[hop].length);
        assert_int_equal(layer.is_final, hop == HOPS - 1);
        memcpy(packet, layer.next, sizeof packet);
    }
}

static void the_onion_is_built_and_peeled(void **state)
{
    struct flat flat;
    struct route route;
    static uint8_t raw[HOPS][1300];
    struct btc_bytes payloads[HOPS];
    uint8_t associated[32];
    uint8_t expected[LN_ONION_PACKET_BYTES];
    uint8_t onion[LN_ONION_PACKET_BYTES];
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt04-onion"));
    read_route(&route, &flat, 0, "cases[%u].hops[%u].pubkey");
    flat_exact(&flat, associated, 32, "cases[0].associated_data");
    flat_exact(&flat, expected, sizeof expected, "cases[0].onion");
    for (unsigned hop = 0; hop < HOPS; hop++) {
        size_t length = flat_bytes(&flat, raw[hop], sizeof raw[hop], "cases[0].hops[%u].payload", hop);
        payloads[hop] = strip_length(raw[hop], length);
    }
    assert_int_equal(ln_onion_build(onion, &route.path, payloads, route.session_key, btc_bytes(associated, 32)),
                     LN_ONION_OK);
    assert_memory_equal(onion, expected, sizeof expected);
    peel_all(&flat, onion, payloads, btc_bytes(associated, 32), &route.path);
    printf("bolt04-onion: %u case, %u peels\n", flat_length(&flat, "cases"), HOPS);
    assert_int_equal(flat_length(&flat, "cases"), 1);
    flat_close(&flat);
}

static void the_simple_failure_is_returned(void **state)
{
    struct flat flat;
    struct route route;
    uint8_t message[64];
    uint8_t packet[LN_FAILURE_PACKET_BYTES];
    uint8_t expected[LN_FAILURE_PACKET_BYTES];
    uint8_t payload[LN_FAILURE_PACKET_BYTES];
    struct ln_failure_report report;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt04-error"));
    assert_int_equal(flat_length(&flat, "cases"), 2);
    read_route(&route, &flat, 0, "cases[%u].hops[%u].pubkey");
    size_t length = flat_bytes(&flat, message, sizeof message, "cases[0].failure_message");
    flat_exact(&flat, expected, sizeof expected, "cases[0].error_packet");
    size_t payload_length = flat_bytes(&flat, payload, sizeof payload, "cases[0].hops[4].payload");
    for (unsigned hop = 0; hop < HOPS; hop++) {
        uint8_t secret[32];
        flat_exact(&flat, secret, 32, "cases[0].hops[%u].hop_shared_secret", hop);
        assert_memory_equal(secret, route.path.secrets[hop], 32);
    }
    assert_int_equal(
        ln_failure_wrap_first(packet, btc_bytes(message, length), LN_FAILURE_PADDED, route.path.secrets[HOPS - 1]),
        sizeof packet);
    assert_memory_equal(packet + 32, payload, payload_length);
    for (unsigned hop = HOPS; hop-- > 0;) {
        ln_failure_wrap(packet, sizeof packet, route.path.secrets[hop]);
    }
    assert_memory_equal(packet, expected, sizeof packet);
    assert_true(ln_failure_unwrap(&report, packet, sizeof packet, NULL, &route.path));
    assert_int_equal(report.source, HOPS - 1);
    assert_int_equal(report.message.length, length);
    assert_memory_equal(report.message.data, message, length);
    printf("bolt04-error, simple: 1 case\n");
    flat_close(&flat);
}

/* The hold times of the trace are listed from node 0 on but apply from the failing node on. */
static uint32_t hold_time_of(const struct flat *flat, unsigned hop)
{
    return (uint32_t)flat_number(flat, "cases[1].hold_times[%u]", HOPS - 1 - hop);
}

static void check_report(const struct ln_failure_report *report, const struct flat *flat)
{
    assert_int_equal(report->source, HOPS - 1);
    assert_int_equal(report->blamed, -1);
    assert_int_equal(report->hold_count, HOPS);
    for (unsigned hop = 0; hop < HOPS; hop++) {
        assert_int_equal(report->hold_times[hop], hold_time_of(flat, hop));
    }
    struct ln_failure failure;
    assert_int_equal(ln_failure_decode(&failure, report->message), LN_WIRE_OK);
    assert_int_equal(failure.code, LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS);
    assert_int_equal(failure.htlc_msat, flat_number(flat, "cases[1].htlc_msat"));
    assert_int_equal(failure.height, flat_number(flat, "cases[1].height"));
    assert_int_equal(failure.rest.length, 306); /* one record: type 34001, 300 bytes */
}

static void the_attributed_failure_is_returned(void **state)
{
    struct flat flat;
    struct route route;
    static uint8_t encoded[2048];
    static uint8_t packet[2048];
    static uint8_t expected[2048];
    uint8_t attribution[LN_ATTRIBUTION_DATA_BYTES] = {0};
    uint8_t expected_attribution[LN_ATTRIBUTION_DATA_BYTES];
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt04-error"));
    read_route(&route, &flat, 1, "cases[%u].pubkeys[%u]");
    flat_bytes(&flat, encoded, sizeof encoded, "cases[1].encoded_failure_message");
    size_t payload_length = flat_bytes(&flat, expected, sizeof expected, "cases[1].payload");
    size_t message_length = (size_t)expected[0] << 8 | expected[1]; /* what follows it is padding */
    size_t length = ln_failure_wrap_first(packet, btc_bytes(encoded, message_length), payload_length - 4,
                                          route.path.secrets[HOPS - 1]);
    assert_int_equal(flat_bytes(&flat, expected, sizeof expected, "cases[1].raw_error_packet"), length);
    assert_memory_equal(packet, expected, length);
    for (unsigned step = 0; step < flat_length(&flat, "cases[1].forward"); step++) {
        unsigned hop = (unsigned)flat_number(&flat, "cases[1].forward[%u].node", step);
        ln_attribution_add(attribution, route.path.secrets[hop], hold_time_of(&flat, hop), btc_bytes(packet, length));
        ln_failure_wrap(packet, length, route.path.secrets[hop]);
        assert_int_equal(flat_bytes(&flat, expected, sizeof expected, "cases[1].forward[%u].error_packet", step),
                         length);
        assert_memory_equal(packet, expected, length);
        flat_exact(&flat, expected_attribution, sizeof expected_attribution, "cases[1].forward[%u].attribution_data",
                   step);
        assert_memory_equal(attribution, expected_attribution, sizeof attribution);
    }
    struct ln_failure_report report;
    assert_true(ln_failure_unwrap(&report, packet, length, attribution, &route.path));
    check_report(&report, &flat);
    printf("bolt04-error, attributed: 1 case, %u steps\n", flat_length(&flat, "cases[1].forward"));
    flat_close(&flat);
}

static void the_attributed_success_is_returned(void **state)
{
    struct flat flat;
    struct route route;
    uint8_t attribution[LN_ATTRIBUTION_DATA_BYTES] = {0};
    uint8_t expected[LN_ATTRIBUTION_DATA_BYTES];
    struct btc_bytes nothing = {NULL, 0};
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt04-error"));
    read_route(&route, &flat, 1, "cases[%u].pubkeys[%u]");
    unsigned steps = flat_length(&flat, "cases[1].success_attribution_data");
    assert_int_equal(steps, HOPS);
    for (unsigned step = 0; step < steps; step++) {
        unsigned hop = (unsigned)flat_number(&flat, "cases[1].success_attribution_data[%u].node", step);
        ln_attribution_add(attribution, route.path.secrets[hop], hold_time_of(&flat, hop), nothing);
        flat_exact(&flat, expected, sizeof expected, "cases[1].success_attribution_data[%u].attribution_data", step);
        assert_memory_equal(attribution, expected, sizeof expected);
    }
    for (unsigned hop = 0; hop < HOPS; hop++) {
        uint32_t hold_time;
        assert_true(ln_attribution_remove(attribution, &hold_time, route.path.secrets[hop], HOPS - 1 - hop, nothing));
        assert_int_equal(hold_time, hold_time_of(&flat, hop));
    }
    printf("bolt04-error, success: %u steps\n", steps);
    flat_close(&flat);
}

int main(void)
{
    struct flat flat;
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt04-onion")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_onion_is_built_and_peeled),
        cmocka_unit_test(the_simple_failure_is_returned),
        cmocka_unit_test(the_attributed_failure_is_returned),
        cmocka_unit_test(the_attributed_success_is_returned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
