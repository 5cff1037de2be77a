/* test_ln_message.c: each message goes to bytes and back; what is malformed fails by name.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/message.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static const uint16_t types[] = {1,   16,  17,  18,  19,  32,  33,  34,  35,  36,  38,  39,  128, 130, 131,
                                 132, 133, 134, 135, 136, 256, 257, 258, 259, 261, 262, 263, 264, 265};
#define TYPE_COUNT (sizeof types / sizeof types[0])

static struct btc_curve curve;

/* Memory that the views of random messages point into. */
static uint8_t pool[8192];

static struct btc_bytes random_view(struct dice *dice, const struct ln_field *field)
{
    if (field->kind == LN_KIND_BLOCK) {
        return btc_bytes(pool + dice_below(dice, 64), field->size);
    }
    return btc_bytes(pool + dice_below(dice, 64), (size_t)field->size * dice_below(dice, 12));
}

static void fill_field(struct dice *dice, struct ln_message *message, const struct ln_field *field)
{
    uint8_t *member = (uint8_t *)&message->init + field->offset;
    switch ((enum ln_kind)field->kind) {
    case LN_KIND_UNSIGNED:
    case LN_KIND_BYTES:
        dice_fill(dice, member, field->size);
        break;
    case LN_KIND_TRUNCATED:
    case LN_KIND_BIGSIZE:
        *(uint64_t *)(void *)member = dice_next(dice) >> dice_below(dice, 64);
        break;
    case LN_KIND_POINT:
        dice_fill(dice, member, 33);
        member[0] = (uint8_t)(2 + dice_below(dice, 2));
        break;
    case LN_KIND_BLOCK:
    case LN_KIND_COUNTED:
    case LN_KIND_REST:
        *(struct btc_bytes *)(void *)member = random_view(dice, field);
        break;
    }
}

static void fill_message(struct dice *dice, struct ln_message *message, uint16_t type)
{
    const struct ln_field *field;
    const struct ln_rules *rules = ln_message_rules(type);
    memset(message, 0, sizeof *message);
    message->type = type;
    for (size_t i = 0; (field = ln_message_field(type, i)) != NULL; i++) {
        fill_field(dice, message, field);
    }
    for (size_t i = 0; i < rules->count; i++) {
        if (dice_below(dice, 2)) {
            message->tlvs.present |= rules->rules[i].bit;
            for (size_t k = 0; k < rules->rules[i].field_count; k++) {
                fill_field(dice, message, &rules->rules[i].fields[k]);
            }
        }
    }
}

/* Puts an unknown odd record behind an encoded message. Returns the new length. */
static size_t add_unknown(uint8_t *bytes, size_t length)
{
    static const uint8_t record[] = {0xfd, 0x03, 0xe9, 2, 0xab, 0xcd}; /* type 1001 */
    memcpy(bytes + length, record, sizeof record);
    return length + sizeof record;
}

static void decoded_then_encoded_is_the_same(void **state)
{
    struct dice dice = {2};
    (void)state;
    dice_fill(&dice, pool, sizeof pool);
    for (unsigned round = 0; round < 200 * TYPE_COUNT; round++) {
        static uint8_t bytes[16384];
        static uint8_t again[16384];
        struct ln_message message;
        struct ln_message decoded;
        size_t length;
        size_t again_length;
        fill_message(&dice, &message, types[round % TYPE_COUNT]);
        assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
        if (dice_below(&dice, 2)) {
            length = add_unknown(bytes, length);
        }
        assert_int_equal(ln_message_decode(&decoded, NULL, bytes, length), LN_WIRE_OK);
        assert_int_equal(decoded.tlvs.present, message.tlvs.present);
        assert_int_equal(ln_message_encode(again, sizeof again, &again_length, &decoded), LN_WIRE_OK);
        assert_int_equal(again_length, length);
        assert_memory_equal(again, bytes, length);
    }
}

/* Cut anywhere: within the fields it is short; within the extension short or, between records, a shorter message. */
static void a_cut_message_never_passes_as_the_whole(void **state)
{
    struct dice dice = {3};
    (void)state;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        static uint8_t bytes[16384];
        struct ln_message message;
        size_t length;
        fill_message(&dice, &message, types[i]);
        message.tlvs.present = 0;
        assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
        for (size_t cut = 0; cut < length; cut++) {
            struct ln_message decoded;
            struct ln_fault fault;
            assert_int_equal(ln_message_decode(&decoded, &fault, bytes, cut), LN_WIRE_SHORT);
            assert_true(cut < 2 || fault.field != NULL);
            assert_true(fault.offset <= cut);
        }
    }
}

static void a_full_buffer_is_told(void **state)
{
    struct dice dice = {4};
    (void)state;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        uint8_t bytes[16384];
        struct ln_message message;
        size_t length;
        size_t ignored;
        fill_message(&dice, &message, types[i]);
        assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
        for (size_t capacity = 0; capacity < length; capacity++) {
            assert_int_equal(ln_message_encode(bytes, capacity, &ignored, &message), LN_WIRE_SPACE);
        }
        assert_int_equal(ln_message_encode(bytes, length, &ignored, &message), LN_WIRE_OK);
    }
}

static enum ln_wire decode_hex(struct ln_message *message, struct ln_fault *fault, const char *hex)
{
    static uint8_t bytes[2048];
    return ln_message_decode(message, fault, bytes, hex_read(bytes, sizeof bytes, hex));
}

static void unknown_types_follow_their_parity(void **state)
{
    struct ln_message message;
    (void)state;
    assert_int_equal(decode_hex(&message, NULL, "0003"), LN_WIRE_UNKNOWN_ODD);
    assert_int_equal(decode_hex(&message, NULL, "8001ffff"), LN_WIRE_UNKNOWN_ODD);
    assert_int_equal(decode_hex(&message, NULL, "0040"), LN_WIRE_UNKNOWN_EVEN);
    assert_int_equal(decode_hex(&message, NULL, "00"), LN_WIRE_SHORT);
    assert_null(ln_message_name(3));
    assert_string_equal(ln_message_name(LN_REVOKE_AND_ACK), "revoke_and_ack");
}

/* BOLT 1, appendix C. */
static void the_extension_of_init_is_judged(void **state)
{
    struct ln_message message;
    struct ln_fault fault;
    (void)state;
    assert_int_equal(decode_hex(&message, NULL, "001000000000"), LN_WIRE_OK);
    assert_int_equal(decode_hex(&message, NULL, "001000000000c9012acb0104"), LN_WIRE_OK);
    assert_int_equal(decode_hex(&message, &fault, "00100000000001"), LN_WIRE_SHORT);
    assert_int_equal(decode_hex(&message, &fault, "001000000000ca012a"), LN_WIRE_UNKNOWN_EVEN);
    assert_int_equal(fault.type, 0xca);
    assert_int_equal(decode_hex(&message, &fault, "001000000000c90101c90102"), LN_WIRE_ORDER);
    assert_int_equal(decode_hex(&message, &fault, "00100000000001022a2a"), LN_WIRE_LENGTH); /* no whole chain hash */
    assert_string_equal(fault.field, "networks");
    assert_int_equal(fault.offset, 8);
}

static void gossip_keeps_what_follows_unread(void **state)
{
    static uint8_t bytes[1024];
    static uint8_t again[1024];
    struct dice dice = {5};
    struct ln_message message;
    size_t length;
    size_t again_length;
    (void)state;
    fill_message(&dice, &message, LN_CHANNEL_UPDATE);
    assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
    memcpy(bytes + length, "\x02\xff\xff", 3);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length + 3), LN_WIRE_OK);
    assert_int_equal(ln_message_encode(again, sizeof again, &again_length, &message), LN_WIRE_OK);
    assert_int_equal(again_length, length + 3);
    assert_memory_equal(again, bytes, again_length);
}

static void points_off_the_curve_are_named(void **state)
{
    struct ln_message message = {.type = LN_REVOKE_AND_ACK};
    (void)state;
    hex_read(message.revoke_and_ack.next_per_commitment_point, 33,
             "025f7117a78150fe2ef97db7cfc83bd57b2e2c0d0dd25eaf467a4a1c2a45ce1486");
    assert_null(ln_message_bad_point(&curve, &message));
    memset(message.revoke_and_ack.next_per_commitment_point + 1, 0xff, 32);
    assert_string_equal(ln_message_bad_point(&curve, &message), "next_per_commitment_point");
    message = (struct ln_message){.type = LN_UPDATE_ADD_HTLC};
    message.add.path_key[0] = 2;
    assert_null(ln_message_bad_point(&curve, &message)); /* not present */
    message.tlvs.present = LN_HAS_PATH_KEY;
    assert_string_equal(ln_message_bad_point(&curve, &message), "path_key");
}

/* The lengths that BOLT's field lists add up to. */
static void messages_have_the_lengths_of_the_specification(void **state)
{
    static const struct {
        uint16_t type;
        size_t length;
    } rows[] = {{LN_OPEN_CHANNEL, 321},
                {LN_ACCEPT_CHANNEL, 272},
                {LN_FUNDING_CREATED, 132},
                {LN_FUNDING_SIGNED, 98},
                {LN_CHANNEL_READY, 67},
                {LN_CLOSING_SIGNED, 106},
                {LN_UPDATE_FEE, 38},
                {LN_REVOKE_AND_ACK, 99},
                {LN_UPDATE_FULFILL_HTLC, 74},
                {LN_UPDATE_ADD_HTLC, 1452},
                {LN_UPDATE_FAIL_MALFORMED_HTLC, 76},
                {LN_CHANNEL_REESTABLISH, 115},
                {LN_CHANNEL_UPDATE, 138},
                {LN_ANNOUNCEMENT_SIGNATURES, 170},
                {LN_REPLY_SHORT_CHANNEL_IDS_END, 35},
                {LN_QUERY_CHANNEL_RANGE, 42},
                {LN_GOSSIP_TIMESTAMP_FILTER, 42}};
    struct dice dice = {6};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[2048];
        struct ln_message message;
        size_t length;
        fill_message(&dice, &message, rows[i].type);
        message.tlvs.present = 0;
        assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
        assert_int_equal(length, rows[i].length);
    }
}

/* BOLT 1: a length of two bytes bounds them all. */
static void no_message_is_longer_than_65535_bytes(void **state)
{
    static uint8_t zeros[LN_MESSAGE_BYTES_MAX];
    static uint8_t bytes[LN_MESSAGE_BYTES_MAX + 2];
    struct ln_message message = {.type = LN_PONG, .pong.ignored = btc_bytes(zeros, LN_MESSAGE_BYTES_MAX - 4)};
    size_t length;
    (void)state;
    assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_OK);
    assert_int_equal(length, LN_MESSAGE_BYTES_MAX);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    memcpy(bytes + length, "\x01", 2); /* an empty record of type 1 */
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length + 2), LN_WIRE_LENGTH);
    message.pong.ignored.length = LN_MESSAGE_BYTES_MAX - 3;
    assert_int_equal(ln_message_encode(bytes, sizeof bytes, &length, &message), LN_WIRE_SPACE);
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded_then_encoded_is_the_same),
        cmocka_unit_test(a_cut_message_never_passes_as_the_whole),
        cmocka_unit_test(a_full_buffer_is_told),
        cmocka_unit_test(unknown_types_follow_their_parity),
        cmocka_unit_test(the_extension_of_init_is_judged),
        cmocka_unit_test(gossip_keeps_what_follows_unread),
        cmocka_unit_test(points_off_the_curve_are_named),
        cmocka_unit_test(messages_have_the_lengths_of_the_specification),
        cmocka_unit_test(no_message_is_longer_than_65535_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
