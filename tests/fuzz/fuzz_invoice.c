/* fuzz_invoice.c: any text, and any words under a right checksum, as an invoice.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses: text as it is, or words to which prefix and checksum are made. What was read and has nothing
 * that is passed over is signed anew, and must then read as it was.
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
        assert(result == LN_INVOICE_AMOUNT); /* beyond what "p" can say */
        return;
    }
    assert(ln_invoice_read(curve, &again, btc_bytes(text, strlen(text))) == LN_INVOICE_OK);
    assert(memcmp(&again, &invoice, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct btc_curve curve;
    struct btc_bytes view;
    if (length == 0) {
        return 0;
    }
    view = btc_bytes(bytes + 1, length - 1);
    if (bytes[0] % 2 == 1) {
        view = btc_bytes(text, text_of_words(bytes + 1, length - 1));
    }
    btc_curve_init(&curve);
    enum ln_invoice_result result = ln_invoice_read(&curve, &invoice, view);
    assert(ln_invoice_text(result) != NULL);
    if (result == LN_INVOICE_OK) {
        write_again(&curve);
    }
    return 0;
}
