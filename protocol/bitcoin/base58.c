/* base58.c: bytes as text without look-alike letters, and with a checksum.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/base58.h"

#include "protocol/bitcoin/hash.h"
#include <assert.h>
#include <string.h>

static const char ALPHABET[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Value of a character, or -1. */
static int digit_of(uint8_t character)
{
    if (character == 0)
        return -1;
    const char *found = strchr(ALPHABET, character);
    return found == NULL ? -1 : (int)(found - ALPHABET);
}

/* number = number * base + digit, over little-endian limbs in another base. Returns the limbs in use. */
static size_t multiply_add(uint8_t *limbs, size_t used, unsigned limb_base, unsigned base, unsigned digit)
{
    unsigned carry = digit;
    for (size_t i = 0; i < used; i++) {
        carry += limbs[i] * base;
        limbs[i] = (uint8_t)(carry % limb_base);
        carry /= limb_base;
    }
    while (carry > 0) {
        limbs[used++] = (uint8_t)(carry % limb_base);
        carry /= limb_base;
    }
    return used;
}

size_t btc_base58_write(char text[BTC_MAX_BASE58_TEXT], struct btc_bytes bytes)
{
    assert(bytes.length <= BTC_MAX_BASE58_BYTES);
    uint8_t digits[BTC_MAX_BASE58_TEXT];
    size_t zeros = 0, used = 0;
    while (zeros < bytes.length && bytes.data[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < bytes.length; i++)
        used = multiply_add(digits, used, 58, 256, bytes.data[i]);
    memset(text, ALPHABET[0], zeros);
    for (size_t i = 0; i < used; i++)
        text[zeros + i] = ALPHABET[digits[used - 1 - i]];
    text[zeros + used] = '\0';
    return zeros + used;
}

bool btc_base58_read(uint8_t *bytes, size_t capacity, size_t *length, struct btc_bytes text)
{
    assert(capacity <= BTC_MAX_BASE58_BYTES);
    uint8_t limbs[BTC_MAX_BASE58_BYTES + 1];
    size_t zeros = 0, used = 0;
    while (zeros < text.length && text.data[zeros] == (uint8_t)ALPHABET[0])
        zeros++;
    if (zeros > capacity)
        return false;
    for (size_t i = zeros; i < text.length; i++) {
        int digit = digit_of(text.data[i]);
        if (digit < 0)
            return false;
        used = multiply_add(limbs, used, 256, 58, (unsigned)digit);
        if (zeros + used > capacity)
            return false;
    }
    memset(bytes, 0, zeros);
    for (size_t i = 0; i < used; i++)
        bytes[zeros + i] = limbs[used - 1 - i];
    *length = zeros + used;
    return true;
}

size_t btc_base58check_write(char text[BTC_MAX_BASE58_TEXT], struct btc_bytes bytes)
{
    assert(bytes.length <= BTC_MAX_BASE58_BYTES - 4);
    uint8_t whole[BTC_MAX_BASE58_BYTES], hash[32];
    btc_sha256d(hash, bytes.data, bytes.length);
    if (bytes.length > 0)
        memcpy(whole, bytes.data, bytes.length);
    memcpy(whole + bytes.length, hash, 4);
    return btc_base58_write(text, btc_bytes(whole, bytes.length + 4));
}

bool btc_base58check_read(uint8_t *bytes, size_t capacity, size_t *length, struct btc_bytes text)
{
    assert(capacity <= BTC_MAX_BASE58_BYTES - 4);
    uint8_t whole[BTC_MAX_BASE58_BYTES], hash[32];
    size_t total;
    if (!btc_base58_read(whole, capacity + 4, &total, text) || total < 4)
        return false;
    btc_sha256d(hash, whole, total - 4);
    if (memcmp(hash, whole + total - 4, 4) != 0)
        return false;
    memcpy(bytes, whole, total - 4);
    *length = total - 4;
    return true;
}
