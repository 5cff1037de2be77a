/* kept.h: messages that are kept as they came, in pieces of 64 bytes.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     number ──► | next, 60 bytes | ──► | next, 60 bytes | ──► ...      the first two bytes are the message's length
 *
 * Messages that replace each other leave no holes that others do not fill.
 */
#ifndef KONSENTO_LIGHTNING_KEPT_H
#define KONSENTO_LIGHTNING_KEPT_H

#include "protocol/bitcoin/bytes.h"
#include "protocol/bitcoin/pool.h"

#define LN_KEPT_NONE      UINT32_MAX
#define LN_KEPT_BYTES_MAX 2048 /* of one message */

struct ln_kept {
    struct btc_pool pieces;
    uint32_t pieces_max;
};

void ln_kept_init(struct ln_kept *kept, const struct btc_allocator *allocator, uint32_t bytes_max);
void ln_kept_close(struct ln_kept *kept);
/* Returns the message's number; LN_KEPT_NONE if it is empty or too long, or there is no room. */
__attribute__((warn_unused_result)) uint32_t ln_kept_put(struct ln_kept *kept, struct btc_bytes message);
/* Out: bytes, LN_KEPT_BYTES_MAX of room. Returns how many. In: a number, not LN_KEPT_NONE. */
size_t ln_kept_get(const struct ln_kept *kept, uint8_t *bytes, uint32_t number);
/* In: a number, or LN_KEPT_NONE, for which nothing happens. */
void ln_kept_drop(struct ln_kept *kept, uint32_t number);

#endif
