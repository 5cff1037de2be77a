/* test_ln_transport.c: two ends of a link, over a wire that cuts and tampers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 8, appendix A.
 */
#include "protocol/lightning/transport.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;

struct end {
    struct ln_transport link;
    uint8_t buffer[LN_TRANSPORT_BUFFER_BYTES];
    uint8_t static_secret[32];
    uint8_t ephemeral_secret[32];
};

static struct end left;
static struct end right;

static struct ln_transport_setup setup_of(struct end *end, size_t capacity)
{
    return (struct ln_transport_setup){&curve, end->buffer, capacity, end->static_secret, end->ephemeral_secret};
}

static void fill_secrets(uint8_t left_byte, uint8_t right_byte)
{
    memset(left.static_secret, left_byte, 32);
    memset(left.ephemeral_secret, left_byte + 1, 32);
    memset(right.static_secret, right_byte, 32);
    memset(right.ephemeral_secret, right_byte + 1, 32);
}

static enum ln_transport_result feed(struct end *end, const uint8_t *bytes, size_t length)
{
    size_t used;
    enum ln_transport_result result = ln_transport_receive(&end->link, &used, bytes, length);
    assert_true(used == length || result != LN_TRANSPORT_MORE);
    return result;
}

/* Both ends established. In: capacity, of the right end's buffer. */
static void connect_ends(size_t capacity)
{
    uint8_t node[33];
    struct ln_transport_setup one = setup_of(&left, sizeof left.buffer);
    struct ln_transport_setup two = setup_of(&right, capacity);
    assert_true(btc_pubkey_wire_from_secret(&curve, node, right.static_secret));
    assert_int_equal(ln_transport_initiate(&left.link, &one, node), LN_TRANSPORT_SEND);
    assert_int_equal(ln_transport_respond(&right.link, &two), LN_TRANSPORT_MORE);
    assert_int_equal(feed(&right, left.link.act, left.link.act_length), LN_TRANSPORT_SEND);
    assert_int_equal(feed(&left, right.link.act, right.link.act_length), LN_TRANSPORT_SEND);
    assert_int_equal(feed(&right, left.link.act, left.link.act_length), LN_TRANSPORT_READY);
    assert_true(ln_transport_established(&left.link) && ln_transport_established(&right.link));
}

static void expect_hex(const uint8_t *bytes, size_t length, const char *hex)
{
    uint8_t expected[128];
    assert_int_equal(hex_read(expected, sizeof expected, hex), length);
    assert_memory_equal(bytes, expected, length);
}

static void the_handshake_of_the_specification_is_made(void **state)
{
    uint8_t node[33];
    struct ln_transport_setup one;
    (void)state;
    fill_secrets(0x11, 0x21);
    one = setup_of(&left, sizeof left.buffer);
    assert_true(btc_pubkey_wire_from_secret(&curve, node, right.static_secret));
    assert_int_equal(ln_transport_initiate(&left.link, &one, node), LN_TRANSPORT_SEND);
    expect_hex(left.link.act, left.link.act_length,
               "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a");
    connect_ends(sizeof right.buffer);
    expect_hex(right.link.act, right.link.act_length,
               "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae");
    expect_hex(left.link.act, left.link.act_length,
               "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228"
               "dc68b1c466263b47fdf31e560e139ba");
    expect_hex(left.link.sending.key, 32, "969ab31b4d288cedf6218839b27a3e2140827047f2c0f01bf5c04435d43511a9");
    expect_hex(left.link.receiving.key, 32, "bb9020b8965f4df047e07f955f3c4b88418984aadc5cdb35096b9ea8fa5c3442");
    assert_memory_equal(&right.link.receiving, &left.link.sending, sizeof left.link.sending);
    assert_true(btc_pubkey_wire_from_secret(&curve, node, left.static_secret));
    assert_memory_equal(right.link.remote_static, node, 33);
}

/* The outputs that BOLT 8 gives for a message of 5 bytes sent again and again, across two changes of the key. */
static void the_messages_of_the_specification_are_made(void **state)
{
    static const struct {
        unsigned index;
        const char *hex;
    } rows[] = {
        {0, "cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95"},
        {1, "72887022101f0b6753e0c7de21657d35a4cb2a1f5cde2650528bbc8f837d0f0d7ad833b1a256a1"},
        {500, "178cb9d7387190fa34db9c2d50027d21793c9bc2d40b1e14dcf30ebeeeb220f48364f7a4c68bf8"},
        {501, "1b186c57d44eb6de4c057c49940d79bb838a145cb528d6e8fd26dbe50a60ca2c104b56b60e45bd"},
        {1000, "4a2f3cc3b5e78ddb83dcb426d9863d9d9a723b0337c89dd0b005d89f8d3c05c52b76b29b740f09"},
        {1001, "2ecd8c8a5629d0d02ab457a0fdd0f7b90a192cd46be5ecb6ca570bfc5e268338b1a16cf4ef2d36"},
    };
    unsigned row = 0;
    (void)state;
    fill_secrets(0x11, 0x21);
    connect_ends(sizeof right.buffer);
    for (unsigned i = 0; i < 1002; i++) {
        uint8_t out[5 + LN_TRANSPORT_OVERHEAD];
        ln_transport_send(&left.link, out, btc_bytes("hello", 5));
        if (i == rows[row].index) {
            expect_hex(out, sizeof out, rows[row++].hex);
        }
        assert_int_equal(feed(&right, out, sizeof out), LN_TRANSPORT_MESSAGE);
        assert_memory_equal(right.link.message.data, "hello", 5);
    }
    assert_int_equal(row, 6);
}

/* The same bytes, cut in random places, one by one, or whole, give the same messages. */
static void cutting_makes_no_difference(void **state)
{
    enum { MESSAGES = 60, ROOM = 300000 };
    static uint8_t stream[ROOM];
    struct dice dice = {5};
    (void)state;
    for (unsigned cut = 0; cut < 3; cut++) {
        size_t lengths[MESSAGES];
        size_t total = 0;
        unsigned got = 0;
        fill_secrets(0x31, 0x51);
        connect_ends(sizeof right.buffer);
        for (unsigned i = 0; i < MESSAGES; i++) {
            static uint8_t message[65535];
            lengths[i] = i == 7 ? 65535 : i == 8 ? 0 : dice_below(&dice, 3000);
            memset(message, (int)i, lengths[i]);
            ln_transport_send(&left.link, stream + total, btc_bytes(message, lengths[i]));
            total += lengths[i] + LN_TRANSPORT_OVERHEAD;
        }
        assert_true(total <= sizeof stream);
        for (size_t at = 0; at < total;) {
            size_t used;
            size_t piece = cut == 0 ? total - at : cut == 1 ? 1 : 1 + dice_below(&dice, 2000);
            piece = piece < total - at ? piece : total - at;
            if (ln_transport_receive(&right.link, &used, stream + at, piece) == LN_TRANSPORT_MESSAGE) {
                assert_int_equal(right.link.message.length, lengths[got]);
                assert_true(lengths[got] == 0 || right.link.message.data[lengths[got] - 1] == got);
                got++;
            }
            assert_true(used > 0 && used <= piece);
            at += used;
        }
        assert_int_equal(got, MESSAGES);
        assert_int_equal(ln_transport_close(&right.link), LN_TRANSPORT_CLOSED);
    }
}

static void any_flipped_bit_of_a_message_ends_the_link(void **state)
{
    enum { LENGTH = 40 };
    (void)state;
    fill_secrets(0x31, 0x51);
    connect_ends(sizeof right.buffer);
    uint8_t out[LENGTH + LN_TRANSPORT_OVERHEAD];
    uint8_t message[LENGTH] = {1};
    ln_transport_send(&left.link, out, btc_bytes(message, LENGTH));
    static struct ln_transport fresh;
    fresh = right.link;
    for (unsigned bit = 0; bit < 8 * sizeof out; bit++) {
        enum ln_transport_result expected = bit < 8 * 18 ? LN_TRANSPORT_BAD_LENGTH : LN_TRANSPORT_BAD_MESSAGE;
        right.link = fresh;
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(feed(&right, out, sizeof out), expected);
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(feed(&right, out, sizeof out), expected); /* for ever */
        assert_int_equal(ln_transport_close(&right.link), expected);
    }
    right.link = fresh;
    assert_int_equal(feed(&right, out, sizeof out), LN_TRANSPORT_MESSAGE);
    assert_int_equal(feed(&right, out, sizeof out), LN_TRANSPORT_BAD_LENGTH); /* replayed */
}

/* In: act, 0 to 2. Flips each of its bits; the receiver must refuse. */
static void flip_act(unsigned act)
{
    uint8_t node[33];
    assert_true(btc_pubkey_wire_from_secret(&curve, node, right.static_secret));
    for (unsigned bit = 0; bit < 8 * (act == 2 ? 66 : 50); bit++) {
        struct ln_transport_setup one = setup_of(&left, sizeof left.buffer);
        struct ln_transport_setup two = setup_of(&right, sizeof right.buffer);
        uint8_t *flipped = (act == 1 ? &right : &left)->link.act + bit / 8;
        uint8_t mask = (uint8_t)(1u << bit % 8);
        assert_int_equal(ln_transport_initiate(&left.link, &one, node), LN_TRANSPORT_SEND);
        assert_int_equal(ln_transport_respond(&right.link, &two), LN_TRANSPORT_MORE);
        *flipped ^= act == 0 ? mask : 0;
        enum ln_transport_result result = feed(&right, left.link.act, left.link.act_length);
        if (act > 0) {
            assert_int_equal(result, LN_TRANSPORT_SEND);
            *flipped ^= act == 1 ? mask : 0;
            result = feed(&left, right.link.act, right.link.act_length);
        }
        if (act > 1) {
            assert_int_equal(result, LN_TRANSPORT_SEND);
            *flipped ^= mask;
            result = feed(&right, left.link.act, left.link.act_length);
        }
        assert_in_range(result, LN_TRANSPORT_ACT_BAD_VERSION, LN_TRANSPORT_ACT_BAD_CIPHERTEXT);
    }
}

static void any_flipped_bit_of_an_act_ends_the_link(void **state)
{
    (void)state;
    fill_secrets(0x31, 0x51);
    for (unsigned act = 0; act < 3; act++) {
        flip_act(act);
    }
}

static void a_message_longer_than_the_buffer_ends_the_link(void **state)
{
    static uint8_t out[200 + LN_TRANSPORT_OVERHEAD];
    static const uint8_t message[200];
    (void)state;
    fill_secrets(0x31, 0x51);
    connect_ends(116);
    ln_transport_send(&left.link, out, btc_bytes(message, 100));
    assert_int_equal(feed(&right, out, 100 + LN_TRANSPORT_OVERHEAD), LN_TRANSPORT_MESSAGE);
    ln_transport_send(&left.link, out, btc_bytes(message, 101));
    assert_int_equal(feed(&right, out, 101 + LN_TRANSPORT_OVERHEAD), LN_TRANSPORT_TOO_LONG);
}

static void closing_in_the_middle_is_told(void **state)
{
    uint8_t out[8 + LN_TRANSPORT_OVERHEAD];
    (void)state;
    fill_secrets(0x31, 0x51);
    for (size_t cut = 1; cut < sizeof out; cut++) {
        connect_ends(sizeof right.buffer);
        ln_transport_send(&left.link, out, btc_bytes("12345678", 8));
        assert_int_equal(feed(&right, out, cut), LN_TRANSPORT_MORE);
        assert_int_equal(ln_transport_close(&right.link), LN_TRANSPORT_CUT);
    }
}

static void bad_keys_open_no_link(void **state)
{
    uint8_t node[33] = {5};
    struct ln_transport_setup one = setup_of(&left, sizeof left.buffer);
    (void)state;
    assert_int_equal(ln_transport_initiate(&left.link, &one, node), LN_TRANSPORT_ACT_BAD_KEY);
    memset(left.ephemeral_secret, 0, 32);
    assert_true(btc_pubkey_wire_from_secret(&curve, node, right.static_secret));
    assert_int_equal(ln_transport_initiate(&left.link, &one, node), LN_TRANSPORT_ACT_BAD_KEY);
    assert_int_equal(ln_transport_respond(&left.link, &one), LN_TRANSPORT_ACT_BAD_KEY);
    assert_false(ln_transport_established(&left.link));
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_of_the_specification_is_made),
        cmocka_unit_test(the_messages_of_the_specification_are_made),
        cmocka_unit_test(cutting_makes_no_difference),
        cmocka_unit_test(any_flipped_bit_of_a_message_ends_the_link),
        cmocka_unit_test(any_flipped_bit_of_an_act_ends_the_link),
        cmocka_unit_test(a_message_longer_than_the_buffer_ends_the_link),
        cmocka_unit_test(closing_in_the_middle_is_told),
        cmocka_unit_test(bad_keys_open_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
