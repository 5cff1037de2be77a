/* test_ln_failure.c: failures come back, name their hop, and carry hold times.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 4's onion-error-test.json; the packet stands here as its SHA-256.
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/cipher.h"
#include "protocol/lightning/failure.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;

static const uint16_t codes[] = {0x2002, 0x6002, 0x6003, 0xc004, 0xc005, 0xc006, 0x1007, 0x4008,
                                 0x4009, 0x400a, 0x100b, 0x100c, 0x100d, 0x100e, 0x400f, 0x0012,
                                 0x0013, 0x1014, 0x0015, 0x4016, 0x0017, 0xc018};

static struct ln_onion_path path_of(unsigned count, uint64_t seed)
{
    struct ln_onion_path path = {.count = count};
    struct dice dice = {seed};
    dice_fill(&dice, path.secrets[0], sizeof path.secrets);
    return path;
}

static void the_failure_of_the_specification_is_made(void **state)
{
    static const uint8_t message[] = {0x20, 0x02};
    uint8_t nodes[5 * 33];
    uint8_t session_key[32];
    uint8_t packet[LN_FAILURE_PACKET_BYTES];
    uint8_t hash[32];
    uint8_t expected[32];
    struct ln_onion_path path;
    (void)state;
    memset(session_key, 0x41, 32);
    for (unsigned hop = 0; hop < 5; hop++) {
        uint8_t secret[32];
        memset(secret, 0x41 + (int)hop, 32);
        assert_true(btc_pubkey_wire_from_secret(&curve, nodes + 33 * hop, secret));
    }
    assert_int_equal(ln_onion_path_init(&curve, &path, nodes, 5, session_key), LN_ONION_OK);
    ln_failure_wrap_first(packet, btc_bytes(message, 2), LN_FAILURE_PADDED, path.secrets[4]);
    for (unsigned hop = 5; hop-- > 0;) {
        ln_failure_wrap(packet, sizeof packet, path.secrets[hop]);
    }
    btc_sha256(hash, packet, sizeof packet);
    hex_read(expected, 32, "3ba4a39c222872dbe9d2a583aedb40d6baf29fc46c4379152997939d5144115c");
    assert_memory_equal(hash, expected, 32);
}

static void every_code_returns_with_its_data(void **state)
{
    struct dice dice = {1};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        uint8_t bytes[256];
        uint8_t again_bytes[256];
        uint8_t update[138];
        struct ln_failure failure = {.code = codes[i], .htlc_msat = dice_next(&dice), .type = dice_next(&dice) >> 40};
        struct ln_failure again;
        size_t length;
        size_t again_length;
        dice_fill(&dice, update, sizeof update);
        dice_fill(&dice, failure.sha256_of_onion, 32);
        failure.channel_update = btc_bytes(update, dice_below(&dice, 2) * sizeof update);
        failure.cltv_expiry_height = (uint32_t)dice_next(&dice);
        failure.height = (uint32_t)dice_next(&dice);
        failure.offset = (uint16_t)dice_next(&dice);
        assert_non_null(ln_failure_name(codes[i]));
        assert_int_equal(ln_failure_encode(bytes, sizeof bytes, &length, &failure), LN_WIRE_OK);
        assert_int_equal(ln_failure_decode(&again, btc_bytes(bytes, length)), LN_WIRE_OK);
        assert_int_equal(ln_failure_encode(again_bytes, sizeof again_bytes, &again_length, &again), LN_WIRE_OK);
        assert_int_equal(again_length, length);
        assert_memory_equal(again_bytes, bytes, length);
        if (length > 2) {
            assert_int_equal(ln_failure_decode(&again, btc_bytes(bytes, length - 1)), LN_WIRE_SHORT);
            assert_int_equal(again.code, codes[i]);
        }
    }
}

/* BOLT 4, failure messages: what follows each code. */
static void each_code_lies_on_the_wire_as_the_specification_says(void **state)
{
    static const struct {
        uint16_t code;
        const char *data;
    } rows[] = {{0x2002, ""},
                {0x6002, ""},
                {0x6003, ""},
                {0xc004, "5555555555555555555555555555555555555555555555555555555555555555"},
                {0xc005, "5555555555555555555555555555555555555555555555555555555555555555"},
                {0xc006, "5555555555555555555555555555555555555555555555555555555555555555"},
                {0x1007, "0003aabbcc"},
                {0x4008, ""},
                {0x4009, ""},
                {0x400a, ""},
                {0x100b, "01020304050607080003aabbcc"},
                {0x100c, "01020304050607080003aabbcc"},
                {0x100d, "0a0b0c0d0003aabbcc"},
                {0x100e, "0003aabbcc"},
                {0x400f, "0102030405060708000c3500"},
                {0x0012, "0a0b0c0d"},
                {0x0013, "0102030405060708"},
                {0x1014, "00000003aabbcc"},
                {0x0015, ""},
                {0x4016, "fd01001234"},
                {0x0017, ""},
                {0xc018, "5555555555555555555555555555555555555555555555555555555555555555"}};
    struct ln_failure failure = {.htlc_msat = UINT64_C(0x0102030405060708),
                                 .cltv_expiry_height = 0x0a0b0c0d,
                                 .height = 800000,
                                 .type = 256,
                                 .offset = 0x1234,
                                 .channel_update = btc_bytes("\xaa\xbb\xcc", 3)};
    (void)state;
    memset(failure.sha256_of_onion, 0x55, 32);
    assert_int_equal(sizeof rows / sizeof rows[0], sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[64];
        uint8_t expected[64];
        size_t length;
        size_t data = hex_read(expected, sizeof expected, rows[i].data);
        assert_int_equal(rows[i].code, codes[i]);
        failure.code = codes[i];
        assert_int_equal(ln_failure_encode(bytes, sizeof bytes, &length, &failure), LN_WIRE_OK);
        assert_int_equal(length, 2 + data);
        assert_int_equal(bytes[0] << 8 | bytes[1], codes[i]);
        assert_memory_equal(bytes + 2, expected, data);
    }
}

static void an_unknown_code_is_kept(void **state)
{
    static const uint8_t bytes[] = {0x40, 0x10, 1, 2, 3};
    struct ln_failure failure;
    (void)state;
    assert_null(ln_failure_name(0x4010));
    assert_int_equal(ln_failure_decode(&failure, btc_bytes(bytes, sizeof bytes)), LN_WIRE_OK);
    assert_int_equal(failure.code, 0x4010);
    assert_int_equal(failure.rest.length, 3);
    assert_int_equal(ln_failure_decode(&failure, btc_bytes(bytes, 1)), LN_WIRE_SHORT);
}

static void onion_results_have_their_codes(void **state)
{
    (void)state;
    assert_int_equal(ln_failure_of_onion(LN_ONION_VERSION), LN_INVALID_ONION_VERSION);
    assert_int_equal(ln_failure_of_onion(LN_ONION_KEY), LN_INVALID_ONION_KEY);
    assert_int_equal(ln_failure_of_onion(LN_ONION_HMAC), LN_INVALID_ONION_HMAC);
    assert_int_equal(ln_failure_of_onion(LN_ONION_PAYLOAD), LN_INVALID_ONION_PAYLOAD);
}

/* A failure of one hop as the sender gets it, with attribution where data is not NULL. */
static size_t return_failure(uint8_t *packet, uint8_t *data, const struct ln_onion_path *path, unsigned source,
                             struct btc_bytes message)
{
    size_t length = ln_failure_wrap_first(packet, message, LN_FAILURE_PADDED, path->secrets[source]);
    for (unsigned hop = source + 1; hop-- > 0;) {
        if (data != NULL) {
            ln_attribution_add(data, path->secrets[hop], 100 + hop, btc_bytes(packet, length));
        }
        ln_failure_wrap(packet, length, path->secrets[hop]);
    }
    return length;
}

static void the_failing_hop_is_named_on_routes_of_any_length(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= LN_ONION_HOPS_MAX; count++) {
        struct ln_onion_path path = path_of(count, count);
        for (unsigned source = 0; source < count; source++) {
            uint8_t packet[LN_FAILURE_PACKET_BYTES + 200];
            uint8_t message[17 * LN_ONION_HOPS_MAX];
            struct ln_failure_report report;
            memset(message, (int)source, sizeof message);
            size_t length = return_failure(packet, NULL, &path, source, btc_bytes(message, 17 * source));
            assert_true(ln_failure_unwrap(&report, packet, length, NULL, &path));
            assert_int_equal(report.source, source);
            assert_int_equal(report.message.length, 17 * source);
            assert_memory_equal(report.message.data, message, 17 * source);
        }
    }
}

static void a_flipped_bit_hides_the_source(void **state)
{
    struct ln_onion_path path = path_of(4, 77);
    (void)state;
    for (unsigned bit = 0; bit < 8 * LN_FAILURE_PACKET_BYTES; bit++) {
        uint8_t packet[LN_FAILURE_PACKET_BYTES];
        struct ln_failure_report report;
        size_t length = return_failure(packet, NULL, &path, 2, btc_bytes("\x20\x02", 2));
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(ln_failure_unwrap(&report, packet, length, NULL, &path));
        assert_int_equal(report.source, -1);
    }
    uint8_t short_packet[LN_FAILURE_OVERHEAD - 1] = {0};
    struct ln_failure_report report;
    assert_false(ln_failure_unwrap(&report, short_packet, sizeof short_packet, NULL, &path));
}

static void hold_times_come_with_the_failure(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= LN_ATTRIBUTION_HOPS; count++) {
        struct ln_onion_path path = path_of(count, 100 + count);
        for (unsigned source = 0; source < count; source += 3) {
            uint8_t packet[LN_FAILURE_PACKET_BYTES];
            uint8_t data[LN_ATTRIBUTION_DATA_BYTES] = {0};
            struct ln_failure_report report;
            size_t length = return_failure(packet, data, &path, source, btc_bytes("\x20\x02", 2));
            assert_true(ln_failure_unwrap(&report, packet, length, data, &path));
            assert_int_equal(report.blamed, -1);
            assert_int_equal(report.hold_count, source + 1);
            for (unsigned hop = 0; hop <= source; hop++) {
                assert_int_equal(report.hold_times[hop], 100 + hop);
            }
        }
    }
}

/* Whoever changes the packet on its way back breaks the chain of HMACs right behind itself. */
static void tampering_is_blamed_on_the_pair_where_it_happened(void **state)
{
    enum { COUNT = 8, SOURCE = 7 };
    struct ln_onion_path path = path_of(COUNT, 200);
    (void)state;
    for (unsigned cheat = 0; cheat < SOURCE; cheat++) {
        uint8_t packet[LN_FAILURE_PACKET_BYTES];
        uint8_t data[LN_ATTRIBUTION_DATA_BYTES] = {0};
        struct ln_failure_report report;
        size_t length =
            ln_failure_wrap_first(packet, btc_bytes("\x20\x02", 2), LN_FAILURE_PADDED, path.secrets[SOURCE]);
        for (unsigned hop = SOURCE + 1; hop-- > 0;) {
            if (hop == cheat) {
                packet[40] ^= 1; /* before it signs: its own row is in order, the next one is not */
            }
            ln_attribution_add(data, path.secrets[hop], hop, btc_bytes(packet, length));
            ln_failure_wrap(packet, length, path.secrets[hop]);
        }
        assert_false(ln_failure_unwrap(&report, packet, length, data, &path));
        assert_int_equal(report.source, -1);
        assert_int_equal(report.blamed, cheat + 1);
        assert_int_equal(report.hold_count, cheat + 1);
    }
}

/* Changed between the first hop and the sender: the first hop is blamed, and no hold time is believed. */
static void tampering_behind_the_first_hop_is_blamed_on_it(void **state)
{
    struct ln_onion_path path = path_of(5, 300);
    uint8_t packet[LN_FAILURE_PACKET_BYTES];
    uint8_t data[LN_ATTRIBUTION_DATA_BYTES] = {0};
    struct ln_failure_report report;
    (void)state;
    size_t length = return_failure(packet, data, &path, 3, btc_bytes("\x20\x02", 2));
    data[0] ^= 1;
    assert_true(ln_failure_unwrap(&report, packet, length, data, &path)); /* the packet itself is whole */
    assert_int_equal(report.source, 3);
    assert_int_equal(report.blamed, 0);
    assert_int_equal(report.hold_count, 0);
}

/* A failing hop may put any lengths into its packet. */
static void a_packet_with_impossible_lengths_has_no_message(void **state)
{
    struct ln_onion_path path = path_of(1, 301);
    uint8_t packet[LN_FAILURE_OVERHEAD + 2];
    struct ln_failure_report report;
    (void)state;
    for (unsigned claimed = 0; claimed < 6; claimed++) {
        struct btc_bytes covered = btc_bytes(packet + 32, sizeof packet - 32);
        uint8_t um[32];
        memset(packet, 0, sizeof packet);
        packet[33] = (uint8_t)claimed;
        ln_key_of_type(um, "um", path.secrets[0]);
        ln_hmac(packet, btc_bytes(um, 32), &covered, 1);
        ln_failure_wrap(packet, sizeof packet, path.secrets[0]);
        assert_true(ln_failure_unwrap(&report, packet, sizeof packet, NULL, &path));
        assert_int_equal(report.message.length, claimed <= 4 ? claimed : 0);
    }
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_failure_of_the_specification_is_made),
        cmocka_unit_test(every_code_returns_with_its_data),
        cmocka_unit_test(each_code_lies_on_the_wire_as_the_specification_says),
        cmocka_unit_test(an_unknown_code_is_kept),
        cmocka_unit_test(onion_results_have_their_codes),
        cmocka_unit_test(the_failing_hop_is_named_on_routes_of_any_length),
        cmocka_unit_test(a_flipped_bit_hides_the_source),
        cmocka_unit_test(hold_times_come_with_the_failure),
        cmocka_unit_test(tampering_is_blamed_on_the_pair_where_it_happened),
        cmocka_unit_test(tampering_behind_the_first_hop_is_blamed_on_it),
        cmocka_unit_test(a_packet_with_impossible_lengths_has_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
