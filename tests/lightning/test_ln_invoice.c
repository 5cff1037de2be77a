/* test_ln_invoice.c: invoices written, read, refused.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants are from BOLT 11's examples.
 */
#include "protocol/bitcoin/bech32.h"
#include "protocol/lightning/invoice.h"
#include "protocol/lightning/utf8.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;
static struct ln_invoice invoice;
static struct ln_invoice again;
static uint8_t secret[32];

static const char coffee[] =
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqq"
    "syqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53u"
    "t353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";

static enum ln_invoice_result read(const char *text)
{
    return ln_invoice_read(&curve, &invoice, btc_bytes(text, strlen(text)));
}

static void the_cup_of_coffee_is_read(void **state)
{
    uint8_t payee[33];
    (void)state;
    assert_int_equal(read(coffee), LN_INVOICE_OK);
    assert_int_equal(invoice.network, BTC_MAINNET);
    assert_int_equal(invoice.amount_msat, 250000000);
    assert_int_equal(invoice.timestamp_s, 1496314658);
    assert_int_equal(invoice.expiry_s, 60);
    assert_int_equal(invoice.min_final_cltv_blocks, 18);
    assert_int_equal(invoice.description.length, 12);
    assert_memory_equal(invoice.description.bytes, "1 cup coffee", 12);
    assert_true(ln_features_has_bit(&invoice.features, 8) && ln_features_has_bit(&invoice.features, 14));
    hex_read(payee, 33, "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad");
    assert_memory_equal(invoice.payee, payee, 33);
}

static void the_cup_of_coffee_is_written(void **state)
{
    char text[512];
    (void)state;
    hex_read(secret, 32, "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734");
    ln_invoice_init(&invoice, BTC_MAINNET);
    invoice.present =
        LN_INVOICE_HAS_AMOUNT | LN_INVOICE_HAS_DESCRIPTION | LN_INVOICE_HAS_EXPIRY | LN_INVOICE_HAS_FEATURES;
    invoice.amount_msat = 250000000;
    invoice.timestamp_s = 1496314658;
    invoice.expiry_s = 60;
    memset(invoice.payment_secret, 0x11, 32);
    hex_read(invoice.payment_hash, 32, "0001020304050607080900010203040506070809000102030405060708090102");
    memcpy(invoice.description.bytes, "1 cup coffee", 12);
    invoice.description.length = 12;
    ln_features_set(&invoice.features, 8);
    ln_features_set(&invoice.features, 14);
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_OK);
    assert_string_equal(text, coffee);
    assert_int_equal(ln_invoice_write(&curve, text, strlen(coffee), &invoice, secret), LN_INVOICE_TOO_LONG);
}

/* Bech32 finds up to four changed characters for sure. */
static void any_changed_character_is_found(void **state)
{
    char text[sizeof coffee];
    (void)state;
    for (size_t at = 0; coffee[at] != '\0'; at++) {
        memcpy(text, coffee, sizeof text);
        text[at] = text[at] == 'q' ? 'p' : 'q';
        assert_int_not_equal(read(text), LN_INVOICE_OK);
        text[at] = coffee[at] == '2' ? '3' : '2';
        assert_int_not_equal(read(text), LN_INVOICE_OK);
    }
}

/* A changed text with a new checksum is found by another payee, or none. */
static void a_changed_text_with_a_new_checksum_has_another_payee(void **state)
{
    uint8_t words[512];
    uint8_t payee[33];
    char text[512];
    unsigned unreadable = 0;
    struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
    (void)state;
    assert_int_equal(read(coffee), LN_INVOICE_OK);
    memcpy(payee, invoice.payee, 33);
    assert_int_equal(btc_bech32_read(&bech32, btc_bytes(coffee, strlen(coffee)), 512), BTC_BECH32_OK);
    for (size_t word = 0; word + 2 < bech32.word_count; word++) { /* the last two hold the recovery id */
        words[word] ^= 1;
        assert_true(btc_bech32_write(text, sizeof text, &bech32) > 0);
        if (read(text) == LN_INVOICE_OK) {
            assert_memory_not_equal(invoice.payee, payee, 33);
        } else {
            unreadable++;
        }
        words[word] ^= 1;
    }
    assert_in_range(unreadable, 5, bech32.word_count - 50);
}

static void random_number_fields(struct dice *dice)
{
    invoice.network = (enum btc_network)dice_below(dice, BTC_NETWORK_COUNT);
    invoice.timestamp_s = dice_next(dice) >> 29;
    if (dice_below(dice, 4) > 0) {
        static const uint64_t steps[] = {1, 100, 100000, 100000000, UINT64_C(100000000000)};
        uint64_t step = steps[dice_below(dice, 5)];
        invoice.present |= LN_INVOICE_HAS_AMOUNT;
        invoice.amount_msat = step * (1 + dice_next(dice) % (LN_MSAT_MAX / step));
    }
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_EXPIRY;
        invoice.expiry_s = (uint32_t)dice_next(dice) >> dice_below(dice, 32);
    }
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_CLTV;
        invoice.min_final_cltv_blocks = (uint32_t)dice_next(dice) >> dice_below(dice, 32);
    }
}

static void random_texts(struct dice *dice)
{
    dice_fill(dice, invoice.payment_hash, 32);
    dice_fill(dice, invoice.payment_secret, 32);
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_DESCRIPTION;
        invoice.description.length = (uint16_t)dice_below(dice, LN_INVOICE_FIELD_BYTES + 1);
        memset(invoice.description.bytes, 'a' + (int)dice_below(dice, 26), invoice.description.length);
    } else {
        invoice.present |= LN_INVOICE_HAS_DESCRIPTION_HASH;
        dice_fill(dice, invoice.description_hash, 32);
    }
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_METADATA;
        invoice.metadata.length = (uint16_t)dice_below(dice, LN_INVOICE_FIELD_BYTES + 1);
        dice_fill(dice, invoice.metadata.bytes, invoice.metadata.length);
    }
}

static void random_extras(struct dice *dice)
{
    static const uint8_t versions[] = {17, 18, 0, 0, 1, 16};
    static const uint8_t lengths[] = {20, 20, 20, 32, 32, 2};
    for (unsigned i = dice_below(dice, LN_INVOICE_FALLBACKS_MAX + 1); i > 0; i--) {
        struct ln_invoice_fallback *fallback = &invoice.fallbacks[invoice.fallback_count++];
        unsigned kind = dice_below(dice, 6);
        fallback->version = versions[kind];
        fallback->length = lengths[kind];
        dice_fill(dice, fallback->program, fallback->length);
    }
    unsigned route = 0;
    for (unsigned i = dice_below(dice, 10); i > 0; i--) {
        struct ln_invoice_hop *hop = &invoice.hops[invoice.hop_count++];
        dice_fill(dice, hop->node, 33);
        hop->short_channel_id = dice_next(dice);
        hop->fee_base_msat = (uint32_t)dice_next(dice);
        hop->fee_proportional_ppm = (uint32_t)dice_next(dice);
        hop->cltv_expiry_delta_blocks = (uint16_t)dice_next(dice);
        hop->route = (uint8_t)route;
        route += dice_below(dice, 2);
    }
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_FEATURES;
        ln_features_set(&invoice.features, LN_FEATURE_VAR_ONION + dice_below(dice, 2));
        ln_features_set(&invoice.features, 1 + 2 * dice_below(dice, LN_FEATURE_BITS / 2 - 40)); /* odd */
    }
    if (dice_below(dice, 2)) {
        invoice.present |= LN_INVOICE_HAS_PAYEE;
    }
}

static void what_is_written_is_read(void **state)
{
    struct dice dice = {8};
    unsigned dependent = 0;
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        static char text[LN_INVOICE_CHARS_MAX + 1];
        ln_invoice_init(&invoice, BTC_MAINNET);
        dice_fill(&dice, secret, 32);
        random_number_fields(&dice);
        random_texts(&dice);
        random_extras(&dice);
        enum ln_invoice_result result = ln_invoice_write(&curve, text, sizeof text, &invoice, secret);
        if (result == LN_INVOICE_FEATURE) {
            dependent++; /* a random odd bit may depend on another */
            continue;
        }
        assert_int_equal(result, LN_INVOICE_OK);
        assert_int_equal(ln_invoice_read(&curve, &again, btc_bytes(text, strlen(text))), LN_INVOICE_OK);
        memcpy(invoice.order, again.order, sizeof invoice.order);
        invoice.field_count = again.field_count;
        invoice.present &= again.present | ~(uint32_t)LN_INVOICE_HAS_PAYEE;
        assert_memory_equal(&again, &invoice, sizeof invoice);
    }
    assert_in_range(dependent, 0, 40);
}

static void amounts_are_read_as_the_specification_says(void **state)
{
    static const struct {
        const char *prefix;
        enum ln_invoice_result result;
        uint64_t msat;
    } rows[] = {
        {"lnbc1", LN_INVOICE_OK, UINT64_C(100000000000)},
        {"lnbc20m", LN_INVOICE_OK, 2000000000},
        {"lnbc9678785340p", LN_INVOICE_OK, 967878534},
        {"lnbc10p", LN_INVOICE_OK, 1},
        {"lnbc1n", LN_INVOICE_OK, 100},
        {"lntbs1u", LN_INVOICE_OK, 100000},
        {"lnbcrt21000000", LN_INVOICE_OK, LN_MSAT_MAX},
        {"lnbcrt21000001", LN_INVOICE_AMOUNT, 0},
        {"lnbc99999999999999999999999999m", LN_INVOICE_AMOUNT, 0},
        {"lnbc21000000000000000000p", LN_INVOICE_OK, LN_MSAT_MAX},
        {"lnbc20999999999999999990p", LN_INVOICE_OK, LN_MSAT_MAX - 1},
        {"lnbc21000000000000000010p", LN_INVOICE_AMOUNT, 0},
        {"lnbc340282366920938463463374607431768211456p", LN_INVOICE_AMOUNT, 0},
        {"lnbc21000000000m", LN_INVOICE_OK, LN_MSAT_MAX},
        {"lnbc21000000001m", LN_INVOICE_AMOUNT, 0},
        {"lnbc11p", LN_INVOICE_PRECISION, 0},
        {"lnbc0", LN_INVOICE_AMOUNT, 0},
        {"lnbc01m", LN_INVOICE_AMOUNT, 0},
        {"lnbc1x", LN_INVOICE_AMOUNT, 0},
        {"lnbc1mm", LN_INVOICE_AMOUNT, 0},
        {"lnbcm", LN_INVOICE_PREFIX, 0},
        {"lnxx1", LN_INVOICE_PREFIX, 0},
        {"bc1", LN_INVOICE_PREFIX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t words[8] = {0};
        char text[256];
        struct btc_bech32 bech32 = {.kind = BTC_BECH32, .words = words, .word_count = sizeof words};
        bech32.prefix_length = strlen(rows[i].prefix);
        memcpy(bech32.prefix, rows[i].prefix, bech32.prefix_length + 1);
        assert_true(btc_bech32_write(text, sizeof text, &bech32) > 0);
        /* The prefix is judged first; what follows it here is too short for an invoice. */
        assert_int_equal(read(text), rows[i].result == LN_INVOICE_OK ? LN_INVOICE_TOO_SHORT : rows[i].result);
        if (rows[i].result == LN_INVOICE_OK) {
            assert_true(invoice.amount_msat == rows[i].msat);
        }
    }
}

/* Signs whatever fields are given as words, and reads it. */
static enum ln_invoice_result read_signed(const uint8_t *fields, size_t count)
{
    uint8_t words[512] = {0};
    uint8_t wire[65] = {0};
    char text[600];
    struct btc_bech32 bech32 = {.kind = BTC_BECH32, .words = words, .word_count = 7 + count + 104};
    memcpy(bech32.prefix, "lnbc", 5);
    bech32.prefix_length = 4;
    memcpy(words + 7, fields, count);
    wire[31] = wire[63] = 1;
    btc_words_from_bytes(words + 7 + count, btc_bytes(wire, 65));
    assert_true(btc_bech32_write(text, sizeof text, &bech32) > 0);
    return read(text);
}

static void malformed_fields_are_refused_by_name(void **state)
{
    uint8_t base[3 * 55 + 3] = {1, 1, 20}; /* p */
    (void)state;
    base[55] = 16; /* s */
    base[56] = 1;
    base[57] = 20;
    base[110] = 13; /* d, empty */
    assert_int_equal(read_signed(base, 113), LN_INVOICE_OK);
    static const struct {
        uint8_t words[8];
        size_t count;
        enum ln_invoice_result result;
    } rows[] = {
        {{6, 0, 2, 0, 1}, 5, LN_INVOICE_NOT_MINIMAL},
        {{24, 0, 2, 0, 1}, 5, LN_INVOICE_NOT_MINIMAL},
        {{5, 0, 1, 0}, 4, LN_INVOICE_NOT_MINIMAL},
        {{5, 0, 2, 8, 0}, 5, LN_INVOICE_OK},         /* bit 8: var_onion_optin */
        {{5, 0, 2, 16, 0}, 5, LN_INVOICE_OK},        /* bit 9 */
        {{5, 0, 3, 1, 0, 0}, 6, LN_INVOICE_FEATURE}, /* bit 10 */
        {{13, 0, 2, 31, 28}, 5, LN_INVOICE_OK},      /* a second description is passed over */
        {{23, 0, 1, 0}, 4, LN_INVOICE_OK},           /* a hash of a wrong length is passed over */
        {{6, 0, 9, 1}, 4, LN_INVOICE_TOO_SHORT},     /* runs into the signature */
        {{6, 0}, 2, LN_INVOICE_TOO_SHORT},
        {{27, 0, 1, 1}, 4, LN_INVOICE_PADDING},
        {{24, 0, 8, 1}, 8, LN_INVOICE_TOO_SHORT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(base + 113, rows[i].words, rows[i].count);
        enum ln_invoice_result result = read_signed(base, 113 + rows[i].count);
        assert_int_equal(result, rows[i].result);
    }
    assert_int_equal(read_signed(base, 110), LN_INVOICE_DESCRIPTION);
    memset(base + 113, 0, 55);
    memcpy(base + 113, (const uint8_t[]){23, 1, 20}, 3); /* description and hash of one */
    assert_int_equal(read_signed(base, 168), LN_INVOICE_DESCRIPTION);
    assert_int_equal(read_signed(base, 55), LN_INVOICE_NO_SECRET);
    assert_int_equal(read_signed(base, 0), LN_INVOICE_NO_HASH);
}

static void a_payee_other_than_the_signer_is_refused(void **state)
{
    static char text[512];
    uint8_t words[512];
    struct btc_bech32 bech32 = {.words = words, .word_capacity = sizeof words};
    (void)state;
    assert_int_equal(read(coffee), LN_INVOICE_OK);
    hex_read(secret, 32, "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734");
    invoice.present |= LN_INVOICE_HAS_PAYEE;
    invoice.field_count = 0;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_OK);
    assert_int_equal(read(text), LN_INVOICE_OK);
    assert_true(invoice.present & LN_INVOICE_HAS_PAYEE);
    assert_int_equal(btc_bech32_read(&bech32, btc_bytes(text, strlen(text)), 512), BTC_BECH32_OK);
    words[3] ^= 1; /* the time */
    assert_true(btc_bech32_write(text, sizeof text, &bech32) > 0);
    assert_int_equal(read(text), LN_INVOICE_SIGNATURE);
}

static void an_invoice_expires_behind_its_last_second(void **state)
{
    (void)state;
    assert_int_equal(read(coffee), LN_INVOICE_OK);
    assert_false(ln_invoice_is_expired(&invoice, 0));
    assert_false(ln_invoice_is_expired(&invoice, 1496314658 + 60));
    assert_true(ln_invoice_is_expired(&invoice, 1496314658 + 61));
}

static void a_description_is_known_by_its_text_or_hash(void **state)
{
    static const char list[] =
        "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, "
        "one lollypop, one piece of cherry pie, one sausage, one cupcake, and one slice of watermelon";
    (void)state;
    assert_int_equal(read(coffee), LN_INVOICE_OK);
    assert_true(ln_invoice_describes(&invoice, btc_bytes("1 cup coffee", 12)));
    assert_false(ln_invoice_describes(&invoice, btc_bytes("1 cup coffeE", 12)));
    invoice.present ^= LN_INVOICE_HAS_DESCRIPTION | LN_INVOICE_HAS_DESCRIPTION_HASH;
    hex_read(invoice.description_hash, 32, "3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1");
    assert_true(ln_invoice_describes(&invoice, btc_bytes(list, strlen(list))));
    assert_false(ln_invoice_describes(&invoice, btc_bytes(list, strlen(list) - 1)));
}

static void what_may_not_be_written_is_refused_by_name(void **state)
{
    static const uint8_t no_secret[32] = {0};
    static char text[LN_INVOICE_CHARS_MAX + 1];
    (void)state;
    hex_read(secret, 32, "e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734");
    ln_invoice_init(&invoice, BTC_MAINNET);
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_DESCRIPTION);
    invoice.present = LN_INVOICE_HAS_DESCRIPTION | LN_INVOICE_HAS_DESCRIPTION_HASH;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_DESCRIPTION);
    invoice.present = LN_INVOICE_HAS_DESCRIPTION | LN_INVOICE_HAS_AMOUNT;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_AMOUNT);
    invoice.amount_msat = LN_MSAT_MAX + 1;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_AMOUNT);
    invoice.amount_msat = LN_MSAT_MAX;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, no_secret), LN_INVOICE_SIGNATURE);
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_OK);
    invoice.timestamp_s = UINT64_C(1) << 35;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_RANGE);
    invoice.timestamp_s = 0;
    invoice.description.bytes[0] = 0xff;
    invoice.description.length = 1;
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_UTF8);
    invoice.description.length = 0;
    ln_features_set(&invoice.features, LN_FEATURE_BASIC_MPP);
    ln_features_set(&invoice.features, LN_FEATURE_BASIC_MPP + 1); /* BOLT 9: not both */
    assert_int_equal(ln_invoice_write(&curve, text, sizeof text, &invoice, secret), LN_INVOICE_FEATURE);
    for (unsigned result = LN_INVOICE_OK; result <= LN_INVOICE_HIGH_S; result++) {
        assert_non_null(ln_invoice_text((enum ln_invoice_result)result));
    }
}

/* Descriptions are UTF-8 as RFC 3629 has it. */
static void only_text_is_a_description(void **state)
{
    static const struct {
        const char *hex;
        bool good;
    } rows[] = {{"", true},          {"41c3a9e282acf09f9880", true},
                {"c080", false},     {"c1bf", false},
                {"c280", true},      {"e09fbf", false},
                {"e0a080", true},    {"ed9fbf", true},
                {"eda080", false},   {"edbfbf", false},
                {"ee8080", true},    {"f08fbfbf", false},
                {"f0908080", true},  {"f48fbfbf", true},
                {"f4908080", false}, {"f5808080", false},
                {"80", false},       {"e282", false},
                {"c3", false},       {"c328", false},
                {"e28228", false},   {"fe", false},
                {"ff", false},       {"00", true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[16];
        size_t length = hex_read(bytes, sizeof bytes, rows[i].hex);
        assert_int_equal(ln_utf8_is_valid(btc_bytes(bytes, length)), rows[i].good);
    }
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cup_of_coffee_is_read),
        cmocka_unit_test(the_cup_of_coffee_is_written),
        cmocka_unit_test(any_changed_character_is_found),
        cmocka_unit_test(a_changed_text_with_a_new_checksum_has_another_payee),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(amounts_are_read_as_the_specification_says),
        cmocka_unit_test(malformed_fields_are_refused_by_name),
        cmocka_unit_test(a_payee_other_than_the_signer_is_refused),
        cmocka_unit_test(an_invoice_expires_behind_its_last_second),
        cmocka_unit_test(a_description_is_known_by_its_text_or_hash),
        cmocka_unit_test(what_may_not_be_written_is_refused_by_name),
        cmocka_unit_test(only_text_is_a_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
