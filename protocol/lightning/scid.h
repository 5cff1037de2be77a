/* scid.h: short channel ids: where in the chain a channel's funding output is.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     block height (24 bits) | transaction in the block (24 bits) | output (16 bits)      as text: 539268x845x1
 *
 * Source: BOLT 7, definition of short_channel_id.
 */
#ifndef KONSENTO_LIGHTNING_SCID_H
#define KONSENTO_LIGHTNING_SCID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LN_SCID_TEXT_BYTES 24 /* "16777215x16777215x65535" and its end */

/* In: height and transaction below 2^24 (asserts). */
uint64_t ln_scid(uint32_t height, uint32_t transaction, uint16_t output);
uint32_t ln_scid_height(uint64_t scid);
uint32_t ln_scid_transaction(uint64_t scid);
uint16_t ln_scid_output(uint64_t scid);
/* "539268x845x1". Out: text with its end. Returns its length. */
size_t ln_scid_write(char text[LN_SCID_TEXT_BYTES], uint64_t scid);
/* Returns false unless text is such: three decimal numbers in range, without signs or needless zeros. */
__attribute__((warn_unused_result)) bool ln_scid_read(uint64_t *scid, const char *text);

#endif
