/* test_ln_features.c: feature bits.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/features.h"
#include "tests/lightning/cmocka_all.h"

static struct ln_features of(unsigned first, unsigned second)
{
    struct ln_features features = {{0}};
    ln_features_set(&features, first);
    ln_features_set(&features, second);
    return features;
}

static void bytes_return_with_the_least_length(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < LN_FEATURE_BITS; bit++) {
        struct ln_features features = of(bit, 0);
        struct ln_features again;
        uint8_t bytes[LN_FEATURE_BITS / 8];
        int lost;
        size_t length = ln_features_write(bytes, &features);
        assert_int_equal(length, bit / 8 + 1);
        ln_features_read(&again, &lost, btc_bytes(bytes, length));
        assert_true(ln_features_equal(&again, &features));
        assert_int_equal(lost, -1);
    }
    struct ln_features none = {{0}};
    uint8_t bytes[LN_FEATURE_BITS / 8];
    assert_int_equal(ln_features_write(bytes, &none), 0);
}

static void bits_beyond_the_set_are_not_lost_silently(void **state)
{
    uint8_t bytes[40] = {0};
    struct ln_features features;
    struct ln_features known = {{0}};
    unsigned bit;
    int lost;
    (void)state;
    bytes[0] = 0x80; /* 319: odd */
    ln_features_read(&features, &lost, btc_bytes(bytes, sizeof bytes));
    assert_int_equal(lost, -1);
    bytes[0] = 0x40; /* 318: even */
    ln_features_read(&features, &lost, btc_bytes(bytes, sizeof bytes));
    assert_int_equal(lost, 318);
    assert_int_equal(ln_features_check(&bit, &features, lost, &known), LN_FEATURES_UNKNOWN_EVEN);
    assert_int_equal(bit, 318);
}

static void unknown_even_bits_and_missing_dependencies_fail(void **state)
{
    struct ln_features known = of(LN_FEATURE_ZEROCONF + 1, LN_FEATURE_SCID_ALIAS + 1);
    struct ln_features theirs = of(LN_FEATURE_ZEROCONF, LN_FEATURE_SCID_ALIAS + 1);
    unsigned bit;
    (void)state;
    assert_int_equal(ln_features_check(&bit, &theirs, -1, &known), LN_FEATURES_OK);
    theirs = of(LN_FEATURE_ZEROCONF + 1, 99);
    assert_int_equal(ln_features_check(&bit, &theirs, -1, &known), LN_FEATURES_DEPENDENCY);
    assert_int_equal(bit, LN_FEATURE_ZEROCONF);
    theirs = of(100, 1);
    assert_int_equal(ln_features_check(&bit, &theirs, -1, &known), LN_FEATURES_UNKNOWN_EVEN);
    assert_int_equal(bit, 100);
}

static void a_feature_is_negotiated_when_both_offer_or_we_insist(void **state)
{
    struct ln_features none = {{0}};
    struct ln_features optional = of(LN_FEATURE_ANCHORS + 1, LN_FEATURE_ANCHORS + 1);
    struct ln_features required = of(LN_FEATURE_ANCHORS, LN_FEATURE_ANCHORS);
    (void)state;
    assert_true(ln_features_negotiated(&optional, &optional, LN_FEATURE_ANCHORS));
    assert_true(ln_features_negotiated(&optional, &required, LN_FEATURE_ANCHORS));
    assert_true(ln_features_negotiated(&required, &none, LN_FEATURE_ANCHORS));
    assert_false(ln_features_negotiated(&optional, &none, LN_FEATURE_ANCHORS));
    assert_false(ln_features_negotiated(&none, &required, LN_FEATURE_ANCHORS));
}

static void names_and_places_are_known(void **state)
{
    (void)state;
    assert_string_equal(ln_feature_name(23), "option_anchors");
    assert_null(ln_feature_name(2));
    assert_int_equal(ln_feature_places(LN_FEATURE_ANCHORS), LN_PLACE_INIT | LN_PLACE_NODE | LN_PLACE_CHANNEL_TYPE);
    assert_int_equal(ln_feature_places(LN_FEATURE_PAYMENT_METADATA), LN_PLACE_INVOICE);
    assert_int_equal(ln_feature_places(LN_FEATURE_STATIC_REMOTEKEY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_return_with_the_least_length),
        cmocka_unit_test(bits_beyond_the_set_are_not_lost_silently),
        cmocka_unit_test(unknown_even_bits_and_missing_dependencies_fail),
        cmocka_unit_test(a_feature_is_negotiated_when_both_offer_or_we_insist),
        cmocka_unit_test(names_and_places_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
