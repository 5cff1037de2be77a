/* test_ln_control.c: init is made and judged, pings are answered, errors are read.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/control.h"
#include "tests/lightning/cmocka_all.h"

static const uint8_t mainnet[32] = {0x6f};
static const uint8_t testnet[32] = {0x43};

static struct ln_features known(void)
{
    struct ln_features features = {{0}};
    ln_features_set(&features, LN_FEATURE_ANCHORS + 1);
    ln_features_set(&features, LN_FEATURE_SCID_ALIAS + 1);
    ln_features_set(&features, LN_FEATURE_ZEROCONF + 1);
    ln_features_set(&features, LN_FEATURE_STATIC_REMOTEKEY);
    return features;
}

static enum ln_init_result judge(struct ln_features *theirs, unsigned *bit, struct btc_bytes global,
                                 struct btc_bytes local, struct btc_bytes networks)
{
    struct ln_features ours = known();
    struct ln_init init = {global, local, networks, {NULL, 0}};
    return ln_init_check(theirs, bit, &init, &ours, mainnet);
}

static void what_init_shows_is_read_by_the_peer(void **state)
{
    struct ln_features ours = known();
    struct ln_features theirs;
    struct ln_message message;
    struct ln_message read;
    uint8_t memory[LN_FEATURE_BITS / 8];
    uint8_t bytes[256];
    size_t length;
    (void)state;
    ln_features_set(&ours, LN_FEATURE_PAYMENT_METADATA + 1); /* of invoices only */
    ln_init_make(&message, memory, &ours, btc_bytes(mainnet, 32));
    assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
    assert_int_equal(ln_message_decode(&read, NULL, bytes, length), LN_WIRE_OK);
    assert_int_equal(ln_init_check(&theirs, NULL, &read.init, &ours, mainnet), LN_INIT_OK);
    struct ln_features expected = known();
    assert_true(ln_features_equal(&theirs, &expected));
    assert_int_equal(ln_init_check(&theirs, NULL, &read.init, &ours, testnet), LN_INIT_CHAIN);
    ln_init_make(&message, memory, &ours, btc_bytes(NULL, 0));
    assert_int_equal(message.tlvs.present, 0);
    assert_int_equal(ln_init_check(&theirs, NULL, &message.init, &ours, testnet), LN_INIT_OK);
}

static void both_fields_of_features_count(void **state)
{
    static const uint8_t byte_of_bit_23[] = {0x80, 0, 0};
    static const uint8_t byte_of_bit_12[] = {0x10, 0};
    struct ln_features theirs;
    struct btc_bytes none = {NULL, 0};
    (void)state;
    assert_int_equal(judge(&theirs, NULL, btc_bytes(byte_of_bit_12, 2), btc_bytes(byte_of_bit_23, 3), none),
                     LN_INIT_OK);
    assert_true(ln_features_has_bit(&theirs, 12) && ln_features_has_bit(&theirs, 23));
}

static void what_a_peer_must_not_show_ends_the_connection(void **state)
{
    static const uint8_t unknown_odd[] = {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; /* bit 103 */
    static const uint8_t unknown_even[] = {0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t far_even[40] = {0x40};                       /* bit 318 */
    static const uint8_t zeroconf_alone[] = {0x08, 0, 0, 0, 0, 0, 0}; /* bit 51 */
    static const uint8_t assumed[] = {0x10, 0, 0, 0, 0x51, 0x01};     /* bits 44, 14, 12, 8, 0, all required */
    struct ln_features theirs;
    struct btc_bytes none = {NULL, 0};
    unsigned bit = 0;
    (void)state;
    assert_int_equal(judge(&theirs, &bit, none, btc_bytes(unknown_odd, 13), none), LN_INIT_OK);
    assert_int_equal(judge(&theirs, &bit, none, btc_bytes(unknown_even, 13), none), LN_INIT_FEATURE);
    assert_int_equal(bit, 102);
    assert_int_equal(judge(&theirs, &bit, btc_bytes(unknown_even, 13), none, none), LN_INIT_FEATURE);
    assert_int_equal(judge(&theirs, &bit, btc_bytes(far_even, 40), none, none), LN_INIT_FEATURE);
    assert_int_equal(bit, 318);
    bit = 0;
    assert_int_equal(judge(&theirs, &bit, none, btc_bytes(far_even, 40), none), LN_INIT_FEATURE);
    assert_int_equal(bit, 318);
    assert_int_equal(judge(&theirs, &bit, none, btc_bytes(zeroconf_alone, 7), none), LN_INIT_DEPENDENCY);
    assert_int_equal(judge(&theirs, &bit, none, btc_bytes(assumed, 6), none), LN_INIT_OK);
    assert_int_equal(judge(&theirs, &bit, none, none, btc_bytes(testnet, 32)), LN_INIT_CHAIN);
    uint8_t both[64];
    memcpy(both, testnet, 32);
    memcpy(both + 32, mainnet, 32);
    assert_int_equal(judge(&theirs, &bit, none, none, btc_bytes(both, 64)), LN_INIT_OK);
    for (unsigned result = LN_INIT_OK; result <= LN_INIT_CHAIN; result++) {
        assert_string_not_equal(ln_init_text((enum ln_init_result)result), "unknown");
    }
}

static void each_ping_gets_the_pong_it_asks_for(void **state)
{
    static const uint16_t asked[] = {0, 1, 255, 1000, 65530, 65531, 65532, 65533, 65535};
    static uint8_t bytes[LN_MESSAGE_BYTES_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct ln_ping ping = {.num_pong_bytes = asked[i]};
        struct ln_message pong;
        size_t length;
        memset(bytes, 0xee, sizeof bytes);
        assert_int_equal(ln_pong_encode(bytes, sizeof bytes, &length, &ping), LN_WIRE_OK);
        assert_int_equal(bytes[length], 0xee);
        if (asked[i] >= 65532) {
            assert_int_equal(length, 0);
            continue;
        }
        assert_int_equal(length, 4 + asked[i]);
        assert_int_equal(ln_message_decode(&pong, NULL, bytes, length), LN_WIRE_OK);
        assert_int_equal(pong.type, LN_PONG);
        assert_true(ln_pong_answers(&pong.pong, asked[i]));
        assert_false(ln_pong_answers(&pong.pong, (uint16_t)(asked[i] + 1)));
        for (size_t k = 0; k < pong.pong.ignored.length; k++) {
            assert_int_equal(pong.pong.ignored.data[k], 0);
        }
        assert_int_equal(ln_pong_encode(bytes, length, &length, &ping), LN_WIRE_OK);
        assert_int_equal(ln_pong_encode(bytes, length - 1, &length, &ping), LN_WIRE_SPACE);
    }
}

static void errors_name_a_channel_or_all(void **state)
{
    static const uint8_t one[32] = {1};
    static const uint8_t other[32] = {2};
    struct ln_complaint complaint = {.data = btc_bytes("bad\n\x1b[31m\xffsig", 12)};
    char text[64] = "";
    (void)state;
    assert_true(ln_complaint_concerns(&complaint, one));
    memcpy(complaint.channel_id, one, 32);
    assert_true(ln_complaint_concerns(&complaint, one));
    assert_false(ln_complaint_concerns(&complaint, other));
    assert_int_equal(ln_complaint_text(text, sizeof text, &complaint), 12);
    assert_string_equal(text, "bad??[31m?si");
    assert_int_equal(ln_complaint_text(text, 4, &complaint), 3);
    assert_string_equal(text, "bad");
    text[13] = 'X';
    assert_int_equal(ln_complaint_text(text, 13, &complaint), 12);
    assert_int_equal(text[13], 'X');
    text[12] = 'X';
    assert_int_equal(ln_complaint_text(text, 12, &complaint), 11);
    assert_int_equal(text[12], 'X');
    complaint.data = btc_bytes("\x1f ~\x7f", 4);
    assert_int_equal(ln_complaint_text(text, sizeof text, &complaint), 4);
    assert_string_equal(text, "? ~?");
    complaint.data.length = 0;
    assert_int_equal(ln_complaint_text(text, 1, &complaint), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_init_shows_is_read_by_the_peer),
        cmocka_unit_test(both_fields_of_features_count),
        cmocka_unit_test(what_a_peer_must_not_show_ends_the_connection),
        cmocka_unit_test(each_ping_gets_the_pong_it_asks_for),
        cmocka_unit_test(errors_name_a_channel_or_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
