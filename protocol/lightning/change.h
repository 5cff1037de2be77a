/* change.h: what differs between two states of the same bytes.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     length of the new state (4) | runs, each: where (4) | how many (4) | bytes
 *
 * A channel takes 4 KiB in a record, of which a message changes a few hundred bytes at most.
 */
#ifndef KONSENTO_LIGHTNING_CHANGE_H
#define KONSENTO_LIGHTNING_CHANGE_H

#include <stdbool.h>

#include "protocol/bitcoin/bytes.h"

/* Out: bytes, at most capacity. Returns how many; 0 if there is no room for them. */
size_t ln_change_write(uint8_t *out, size_t capacity, struct btc_bytes before, struct btc_bytes after);
/* Length of the new state. Returns false if the change is none. */
__attribute__((warn_unused_result)) bool ln_change_length(size_t *length, struct btc_bytes change);
/* In: bytes, of the old state, old_length long, with room for the new one. Returns false if the change is none, with
 * bytes of no use. */
__attribute__((warn_unused_result)) bool ln_change_apply(uint8_t *bytes, size_t old_length, struct btc_bytes change);

#endif
