/* hex.h: bytes and transactions from hexadecimal digits, for tests.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BITCOIN_HEX_H
#define KONSENTO_TESTS_BITCOIN_HEX_H

#include "protocol/bitcoin/tx.h"

/* Reads hexadecimal digits up to the first other character. Returns the bytes, asserts that they fit capacity. */
size_t hex_read(uint8_t *out, size_t capacity, const char *text);

/* The same into an arena. */
struct btc_bytes hex_bytes(struct btc_arena *arena, const char *text);

/* A transaction; asserts that it is one. */
struct btc_tx hex_tx(struct btc_arena *arena, const char *text);

#endif
