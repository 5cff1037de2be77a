/* base58.h: bytes as text without look-alike letters, and with a checksum.   [real]
 * SPDX-License-Identifier: MIT
 *
 *   base58:       one large number in base 58; each leading zero byte is a leading '1'
 *   base58check:  bytes | first 4 bytes of their SHA-256d, then base58
 *
 * Work grows with the square of the length, so lengths have a limit. Source: BIP 13 and Bitcoin's address format.
 */
#ifndef KONSENTO_BITCOIN_BASE58_H
#define KONSENTO_BITCOIN_BASE58_H

#include "protocol/bitcoin/bytes.h"

#define BTC_MAX_BASE58_BYTES 256
#define BTC_MAX_BASE58_TEXT  352 /* digits of 256 bytes: 350; and the end */

/* Out: text with its end. Returns the number of digits. In: at most BTC_MAX_BASE58_BYTES bytes (asserts). */
size_t btc_base58_write(char text[BTC_MAX_BASE58_TEXT], struct btc_bytes bytes);

/* Returns false if a character is none of the 58, or the bytes are more than capacity. In: text of text_length
 * characters; capacity <= BTC_MAX_BASE58_BYTES. Out: bytes and their number. */
__attribute__((warn_unused_result)) bool btc_base58_read(uint8_t *bytes, size_t capacity, size_t *length,
                                                         struct btc_bytes text);

/* As write, with the checksum put behind. In: at most BTC_MAX_BASE58_BYTES - 4 bytes. */
size_t btc_base58check_write(char text[BTC_MAX_BASE58_TEXT], struct btc_bytes bytes);

/* As read; the checksum is verified and taken off. capacity <= BTC_MAX_BASE58_BYTES - 4. */
__attribute__((warn_unused_result)) bool btc_base58check_read(uint8_t *bytes, size_t capacity, size_t *length,
                                                              struct btc_bytes text);

#endif
