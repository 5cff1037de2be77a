/* fuzz_invoice.c: any text, and any words under a right checksum, as an invoice.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses: text as it is, words to which prefix and checksum are made, or an amount, which a second
 * reader here judges too. What was read and has nothing that is passed over is signed anew, and must then read as it
 * was, in upper case as well.
 */
#include "protocol/bitcoin/bech32.h"
#include "protocol/lightning/invoice.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct ln_invoice invoice;
static struct ln_invoice again;
static char text[LN_INVOICE_CHARS_MAX + 1];

static size_t text_of_words(const uint8_t *bytes, size_t length)
{
    static uint8_t words[LN_INVOICE_CHARS_MAX];
    struct btc_bech32 bech32 = {.kind = BTC_BECH32, .words = words, .prefix_length = 6, .prefix = "lnbc1m"};
    bech32.word_count = length < sizeof words - 16 ? length : sizeof words - 16;
    for (size_t i = 0; i < bech32.word_count; i++) {
        words[i] = bytes[i] & 31;
    }
    return btc_bech32_write(text, sizeof text, &bech32);
}

static void write_again(const struct btc_curve *curve)
{
    static const uint8_t secret[32] = {1};
    if (invoice.ignored > 0) {
        return;
    }
    enum ln_invoice_result result = ln_invoice_write(curve, text, sizeof text, &invoice, secret);
    if (result != LN_INVOICE_OK) {
        assert(result == LN_INVOICE_FEATURE || result == LN_INVOICE_TOO_LONG); /* both bits of one; a longer amount */
        return;
    }
    assert(ln_invoice_read(curve, &again, btc_bytes(text, strlen(text))) == LN_INVOICE_OK);
    assert(memcmp(&again, &invoice, sizeof again) == 0);
    for (char *letter = text; *letter != '\0'; letter++) {
        *letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
    }
    assert(ln_invoice_read(curve, &again, btc_bytes(text, strlen(text))) == LN_INVOICE_OK);
    assert(memcmp(&again, &invoice, sizeof again) == 0);
}

/* ---- amounts ---- */

/* BOLT 11's amount, reckoned in pico-bitcoin and in decimal digits alone. Returns what reading must come to, if all
 * that follows is missing. */
static enum ln_invoice_result judge_amount(const char *amount, uint64_t *msat)
{
    static const char letters[] = "munp";
    static const unsigned zeros[] = {9, 6, 3, 0};
    size_t digits = strspn(amount, "0123456789");
    unsigned shift = 12;
    if (digits == 0) {
        return amount[0] == '\0' ? LN_INVOICE_OK : LN_INVOICE_PREFIX;
    }
    if (amount[0] == '0') {
        return LN_INVOICE_AMOUNT;
    }
    if (amount[digits] != '\0') {
        const char *letter = strchr(letters, amount[digits]);
        if (letter == NULL || amount[digits + 1] != '\0') {
            return LN_INVOICE_AMOUNT;
        }
        shift = zeros[letter - letters];
    }
    unsigned __int128 pico = 0;
    const unsigned __int128 limit = (unsigned __int128)LN_MSAT_MAX * 10;
    for (size_t i = 0; i < digits + shift; i++) {
        pico = 10 * pico + (unsigned)(i < digits ? amount[i] - '0' : 0);
        if (pico > limit) {
            return LN_INVOICE_AMOUNT;
        }
    }
    *msat = (uint64_t)(pico / 10);
    return pico % 10 == 0 ? LN_INVOICE_OK : LN_INVOICE_PRECISION;
}

static void read_amount(const struct btc_curve *curve, const uint8_t *bytes, size_t length)
{
    static const char alphabet[] = "0123456789munpx0";
    uint8_t words[4] = {0};
    char amount[40];
    uint64_t msat = 0;
    struct btc_bech32 bech32 = {.kind = BTC_BECH32, .words = words, .word_count = sizeof words, .prefix = "lnbc"};
    size_t count = length < sizeof amount - 1 ? length : sizeof amount - 1;
    for (size_t i = 0; i < count; i++) {
        amount[i] = alphabet[bytes[i] & 15];
    }
    amount[count] = '\0';
    memcpy(bech32.prefix + 4, amount, count + 1);
    bech32.prefix_length = 4 + count;
    size_t text_length = btc_bech32_write(text, sizeof text, &bech32);
    assert(text_length > 0);
    enum ln_invoice_result expected = judge_amount(amount, &msat);
    enum ln_invoice_result result = ln_invoice_read(curve, &invoice, btc_bytes(text, text_length));
    assert(result == (expected == LN_INVOICE_OK ? LN_INVOICE_TOO_SHORT : expected));
    assert(expected != LN_INVOICE_OK || invoice.amount_msat == msat);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct btc_curve curve;
    struct btc_bytes view;
    if (length == 0) {
        return 0;
    }
    btc_curve_init(&curve);
    if (bytes[0] % 4 == 2) {
        read_amount(&curve, bytes + 1, length - 1);
        return 0;
    }
    view = btc_bytes(bytes + 1, length - 1);
    if (bytes[0] % 2 == 1) {
        view = btc_bytes(text, text_of_words(bytes + 1, length - 1));
    }
    enum ln_invoice_result result = ln_invoice_read(&curve, &invoice, view);
    assert(ln_invoice_text(result) != NULL);
    if (result == LN_INVOICE_OK) {
        write_again(&curve);
    }
    return 0;
}
