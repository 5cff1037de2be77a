/* test_ln_wire.c: BigSize, truncated and signed integers, TLV streams.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 1, appendices A, B and D.
 */
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/namespaces.h"
#include "tests/support/flat.h"

static void a_bigsize_takes_its_shortest_form(void **state)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } rows[] = {{0, "00"},
                {252, "fc"},
                {253, "fd00fd"},
                {65535, "fdffff"},
                {65536, "fe00010000"},
                {UINT32_MAX, "feffffffff"},
                {UINT64_C(4294967296), "ff0000000100000000"},
                {UINT64_MAX, "ffffffffffffffffff"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t expected[16];
        uint8_t bytes[16];
        size_t length = hex_read(expected, sizeof expected, rows[i].hex);
        struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
        ln_write_bigsize(&writer, rows[i].value);
        assert_int_equal(writer.at, length);
        assert_memory_equal(bytes, expected, length);
        struct ln_reader reader = ln_reader_init(bytes, length);
        assert_true(ln_read_bigsize(&reader) == rows[i].value && reader.fault == LN_WIRE_OK);
    }
}

static void longer_or_cut_bigsizes_fail(void **state)
{
    static const struct {
        const char *hex;
        enum ln_wire fault;
    } rows[] = {{"fd00fc", LN_WIRE_NOT_MINIMAL},
                {"fe0000ffff", LN_WIRE_NOT_MINIMAL},
                {"ff00000000ffffffff", LN_WIRE_NOT_MINIMAL},
                {"", LN_WIRE_SHORT},
                {"fd", LN_WIRE_SHORT},
                {"feffff", LN_WIRE_SHORT},
                {"ffffffffff", LN_WIRE_SHORT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[16];
        struct ln_reader reader = ln_reader_init(bytes, hex_read(bytes, sizeof bytes, rows[i].hex));
        assert_true(ln_read_bigsize(&reader) == 0);
        assert_int_equal(reader.fault, rows[i].fault);
    }
}

static void truncated_integers_of_all_lengths_return(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t value = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
        uint8_t bytes[8];
        struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
        ln_write_truncated(&writer, value);
        assert_int_equal(writer.at, (bits + 7) / 8);
        struct ln_reader reader = ln_reader_init(bytes, writer.at);
        assert_true(ln_read_truncated(&reader, 8) == value && reader.fault == LN_WIRE_OK);
    }
    static const uint8_t leading_zero[] = {0, 1};
    struct ln_reader reader = ln_reader_init(leading_zero, 2);
    ln_read_truncated(&reader, 8);
    assert_int_equal(reader.fault, LN_WIRE_NOT_MINIMAL);
    reader = ln_reader_init((const uint8_t[]){1, 2, 3, 4, 5}, 5);
    ln_read_truncated(&reader, 4);
    assert_int_equal(reader.fault, LN_WIRE_LENGTH);
}

static void signed_integers_take_the_least_bytes(void **state)
{
    static const struct {
        int64_t value;
        const char *hex;
    } rows[] = {{0, "00"},
                {42, "2a"},
                {-42, "d6"},
                {127, "7f"},
                {-128, "80"},
                {128, "0080"},
                {-129, "ff7f"},
                {32768, "00008000"},
                {-2147483648, "80000000"},
                {-32769, "ffff7fff"},
                {INT64_C(2147483648), "0000000080000000"},
                {INT64_MIN, "8000000000000000"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t expected[8];
        uint8_t bytes[8];
        int64_t value;
        size_t length = hex_read(expected, sizeof expected, rows[i].hex);
        assert_int_equal(ln_signed_encode(bytes, rows[i].value), length);
        assert_memory_equal(bytes, expected, length);
        assert_int_equal(ln_signed_decode(&value, bytes, length), LN_WIRE_OK);
        assert_true(value == rows[i].value);
    }
    int64_t value;
    assert_int_equal(ln_signed_decode(&value, (const uint8_t[]){0, 42}, 2), LN_WIRE_NOT_MINIMAL);
    assert_int_equal(ln_signed_decode(&value, (const uint8_t[]){1, 2, 3}, 3), LN_WIRE_LENGTH);
}

static void a_full_writer_stays_full(void **state)
{
    uint8_t bytes[3] = {9, 9, 9};
    struct ln_writer writer = ln_writer_init(bytes, 2);
    (void)state;
    ln_write_unsigned(&writer, 7, 1);
    ln_write_unsigned(&writer, 7, 2);
    assert_int_equal(writer.fault, LN_WIRE_SPACE);
    ln_write_unsigned(&writer, 7, 1);
    assert_int_equal(writer.at, 1);
    assert_int_equal(bytes[1], 9);
}

static enum ln_wire read_one(const char *hex, struct namespace_1 *one, struct ln_tlvs *tlvs)
{
    uint8_t bytes[512];
    size_t length = hex_read(bytes, sizeof bytes, hex);
    return namespace_read(one, tlvs, &namespace_1_rules, bytes, length);
}

static void streams_are_judged_as_the_specification_says(void **state)
{
    static const struct {
        const char *hex;
        enum ln_wire wire;
    } rows[] = {
        {"", LN_WIRE_OK},
        {"2100", LN_WIRE_OK},
        {"fd01", LN_WIRE_SHORT},
        {"fd000100", LN_WIRE_NOT_MINIMAL},
        {"0ffd26", LN_WIRE_SHORT},
        {"0ffd000100", LN_WIRE_NOT_MINIMAL},
        {"1200", LN_WIRE_UNKNOWN_EVEN},
        {"0109ffffffffffffffffff", LN_WIRE_LENGTH},
        {"01020001", LN_WIRE_NOT_MINIMAL},
        {"020701010101010101", LN_WIRE_LENGTH},
        {"0209010101010101010101", LN_WIRE_LENGTH},
        {"0331043da092f6980e58d2c037173180e9a465476026ee50f96695963e8efe436f54eb00000000000000010000000000000002",
         LN_WIRE_POINT},
        {"0208000000000000022601012a", LN_WIRE_ORDER},
        {"1f001f012a", LN_WIRE_ORDER},
        {"0101022100", LN_WIRE_OK},
        {"02080000000000000226", LN_WIRE_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct namespace_1 one;
        struct ln_tlvs tlvs;
        assert_int_equal(read_one(rows[i].hex, &one, &tlvs), rows[i].wire);
    }
}

static void a_stream_fills_its_struct(void **state)
{
    struct namespace_1 one = {0};
    struct ln_tlvs tlvs;
    (void)state;
    assert_int_equal(read_one("01020100"
                              "02080000000000000226"
                              "fd00fe020226",
                              &one, &tlvs),
                     LN_WIRE_OK);
    assert_int_equal(tlvs.present, 1 | 2 | 8);
    assert_int_equal(one.amount_msat, 256);
    assert_int_equal(one.scid, 550);
    assert_int_equal(one.cltv_delta, 550);
}

/* Records of random types in order, known and unknown ones mixed, return byte by byte (namespace_read aborts if not).
 */
static void random_streams_return_byte_by_byte(void **state)
{
    struct dice dice = {1};
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t bytes[1024];
        struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
        uint64_t type = dice_below(&dice, 3);
        for (unsigned record = dice_below(&dice, 8); record > 0; record--) {
            uint8_t value[100];
            size_t length = type == 2 ? 8 : type == 254 ? 2 : type == 1 ? 0 : dice_below(&dice, sizeof value);
            dice_fill(&dice, value, length);
            bool known_or_odd = type == 2 || type == 254 || (type % 2 == 1 && type != 3);
            if (known_or_odd) {
                ln_write_bigsize(&writer, type);
                ln_write_bigsize(&writer, length);
                ln_write_bytes(&writer, value, length);
            }
            type += 1 + dice_below(&dice, dice_below(&dice, 2) ? 3 : 300);
        }
        struct namespace_1 one;
        struct ln_tlvs tlvs;
        assert_int_equal(namespace_read(&one, &tlvs, &namespace_1_rules, bytes, writer.at), LN_WIRE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bigsize_takes_its_shortest_form),
        cmocka_unit_test(longer_or_cut_bigsizes_fail),
        cmocka_unit_test(truncated_integers_of_all_lengths_return),
        cmocka_unit_test(signed_integers_take_the_least_bytes),
        cmocka_unit_test(a_full_writer_stays_full),
        cmocka_unit_test(streams_are_judged_as_the_specification_says),
        cmocka_unit_test(a_stream_fills_its_struct),
        cmocka_unit_test(random_streams_return_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
