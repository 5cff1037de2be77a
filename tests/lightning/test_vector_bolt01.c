/* test_vector_bolt01.c: every vector of BOLT 1: BigSize, TLV streams, init's extension, signed integers.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/message.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/namespaces.h"
#include "tests/support/flat.h"

#include <stdlib.h>

static void bigsize_decode(const struct flat *flat, unsigned i)
{
    uint8_t bytes[16];
    size_t length = flat_bytes(flat, bytes, sizeof bytes, "cases[%u].bytes", i);
    struct ln_reader reader = ln_reader_init(bytes, length);
    uint64_t value = ln_read_bigsize(&reader);
    const char *error = flat_find(flat, "cases[%u].error", i);
    if (error == NULL) {
        assert_int_equal(reader.fault, LN_WIRE_OK);
        assert_int_equal(value, flat_number(flat, "cases[%u].value", i));
        assert_int_equal(reader.at, length);
    } else {
        enum ln_wire expected = strstr(error, "canonical") != NULL ? LN_WIRE_NOT_MINIMAL : LN_WIRE_SHORT;
        assert_int_equal(reader.fault, expected);
    }
}

static void bigsize_encode(const struct flat *flat, unsigned i)
{
    uint8_t expected[16];
    uint8_t bytes[16];
    size_t length = flat_bytes(flat, expected, sizeof expected, "cases[%u].bytes", i);
    struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
    ln_write_bigsize(&writer, flat_number(flat, "cases[%u].value", i));
    assert_int_equal(writer.at, length);
    assert_memory_equal(bytes, expected, length);
}

static void every_bigsize_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt01-bigsize"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(flat_text(&flat, "cases[%u].op", i), "decode") == 0) {
            bigsize_decode(&flat, i);
        } else {
            bigsize_encode(&flat, i);
        }
    }
    assert_int_equal(count, 26);
    printf("bolt01-bigsize: %u cases\n", count);
    flat_close(&flat);
}

static void every_signed_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt01-signed"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        uint8_t expected[8];
        uint8_t bytes[8];
        int64_t value = strtoll(flat_text(&flat, "cases[%u].value", i), NULL, 10);
        int64_t again;
        size_t length = flat_bytes(&flat, expected, sizeof expected, "cases[%u].bytes", i);
        assert_int_equal(ln_signed_encode(bytes, value), length);
        assert_memory_equal(bytes, expected, length);
        assert_int_equal(ln_signed_decode(&again, bytes, length), LN_WIRE_OK);
        assert_true(again == value);
    }
    assert_int_equal(count, 23);
    printf("bolt01-signed: %u cases\n", count);
    flat_close(&flat);
}

static void check_values(const struct flat *flat, unsigned i, const struct namespace_1 *one)
{
    const char *tlv = flat_text(flat, "cases[%u].tlv", i);
    uint8_t node_id[33];
    if (strcmp(tlv, "tlv1") == 0) {
        assert_int_equal(one->amount_msat, flat_number(flat, "cases[%u].values.amount_msat", i));
    } else if (strcmp(tlv, "tlv2") == 0) {
        uint64_t block = 0;
        uint64_t transaction = 0;
        uint64_t output = 0;
        const char *scid = flat_text(flat, "cases[%u].values.scid", i);
        assert_int_equal(sscanf(scid, "%lux%lux%lu", &block, &transaction, &output), 3);
        assert_int_equal(one->scid, block << 40 | transaction << 16 | output);
    } else if (strcmp(tlv, "tlv3") == 0) {
        flat_exact(flat, node_id, 33, "cases[%u].values.node_id", i);
        assert_memory_equal(one->node_id, node_id, 33);
        assert_int_equal(one->amount_msat_1, flat_number(flat, "cases[%u].values.amount_msat_1", i));
        assert_int_equal(one->amount_msat_2, flat_number(flat, "cases[%u].values.amount_msat_2", i));
    } else {
        assert_string_equal(tlv, "tlv4");
        assert_int_equal(one->cltv_delta, flat_number(flat, "cases[%u].values.cltv_delta", i));
    }
}

/* "any" and "n1|n2" stand for both namespaces. */
static bool concerns(const char *names, const char *name)
{
    return strcmp(names, "any") == 0 || strstr(names, name) != NULL;
}

static void tlv_case(const struct flat *flat, unsigned i)
{
    uint8_t bytes[1024];
    size_t length = flat_bytes(flat, bytes, sizeof bytes, "cases[%u].bytes", i);
    const char *names = flat_text(flat, "cases[%u].namespace", i);
    bool valid = strcmp(flat_text(flat, "cases[%u].valid", i), "true") == 0;
    struct namespace_1 one = {0};
    struct namespace_2 two = {0};
    struct ln_tlvs tlvs;
    if (concerns(names, "n1")) {
        assert_int_equal(namespace_read(&one, &tlvs, &namespace_1_rules, bytes, length) == LN_WIRE_OK, valid);
        if (valid && flat_find(flat, "cases[%u].tlv", i) != NULL) {
            check_values(flat, i, &one);
        }
    }
    if (concerns(names, "n2")) {
        assert_int_equal(namespace_read(&two, &tlvs, &namespace_2_rules, bytes, length) == LN_WIRE_OK, valid);
    }
    assert_true(concerns(names, "n1") || concerns(names, "n2"));
}

static void every_tlv_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt01-tlv"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        tlv_case(&flat, i);
    }
    assert_int_equal(count, 57);
    printf("bolt01-tlv: %u cases\n", count);
    flat_close(&flat);
}

static void every_init_vector_holds(void **state)
{
    struct flat flat;
    (void)state;
    assert_true(flat_open(&flat, KONSENTO_SHARED, "bolt01-init-extension"));
    unsigned count = flat_length(&flat, "cases");
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes[64];
        struct ln_message message;
        size_t length = flat_bytes(&flat, bytes, sizeof bytes, "cases[%u].message", i);
        bool valid = strcmp(flat_text(&flat, "cases[%u].valid", i), "true") == 0;
        assert_int_equal(ln_message_decode(&message, NULL, bytes, length) == LN_WIRE_OK, valid);
    }
    assert_int_equal(count, 5);
    printf("bolt01-init-extension: %u cases\n", count);
    flat_close(&flat);
}

int main(void)
{
    struct flat flat;
    if (!flat_open(&flat, KONSENTO_SHARED, "bolt01-bigsize")) {
        printf("skipped: no published vectors in %s\n", KONSENTO_SHARED);
        return TEST_SKIPPED;
    }
    flat_close(&flat);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bigsize_vector_holds),
        cmocka_unit_test(every_signed_vector_holds),
        cmocka_unit_test(every_tlv_vector_holds),
        cmocka_unit_test(every_init_vector_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
