/* change.h: what differs between two states of the same fields.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     length of the new state (4) | runs, each: where (4) | how many (4) | bytes
 *
 * A channel takes 4 KiB in a record, of which a message changes a few hundred bytes at most. Runs are made of whole
 * fields: how long a change is must not hang on whether two hashes have a byte in common. Up to where the two states
 * have fields of the same lengths the contents are compared; behind that all is new.
 */
#ifndef KONSENTO_LIGHTNING_CHANGE_H
#define KONSENTO_LIGHTNING_CHANGE_H

#include <stdbool.h>

#include "protocol/bitcoin/bytes.h"

/* Bytes, and where each of the fields ends that they are made of (struct ln_writer notes it). */
struct ln_fields {
    uint8_t *bytes;
    size_t length;
    uint32_t *ends;
    uint32_t count;
};

/* Out: bytes, at most capacity. Returns how many; 0 if there is no room for them. */
size_t ln_change_write(uint8_t *out, size_t capacity, const struct ln_fields *before, const struct ln_fields *after);
/* Length of the new state. Returns false if the change is none. */
__attribute__((warn_unused_result)) bool ln_change_length(size_t *length, struct btc_bytes change);
/* In: bytes, of the old state, old_length long, with room for the new one. Returns false if the change is none, with
 * bytes of no use. */
__attribute__((warn_unused_result)) bool ln_change_apply(uint8_t *bytes, size_t old_length, struct btc_bytes change);

#endif
