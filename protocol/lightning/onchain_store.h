/* onchain_store.h: a channel on the chain as bytes, to go on from after a crash.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     magic (4) | version (2) | length (4) | what struct ln_onchain holds | SHA-256 of all before it
 *
 * Taken whenever LN_ONCHAIN_PERSIST asks for it. Restored, the object stands at the height at which it was written:
 * disconnect what is no longer on the best chain, connect what came since, then ln_onchain_start; or start first, which
 * may send again what is mined already. An older snapshot than the last does no harm but to fees: what is known of the
 * chain comes again with the blocks, and what was told is told again. Only preimages given by ln_onchain_fulfill are
 * missing from it and must be given anew. Secrets are in it, those of wallet coins too: keep it as safe as them.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_STORE_H
#define KONSENTO_LIGHTNING_ONCHAIN_STORE_H

#include "protocol/lightning/onchain.h"

/* The most bytes that a channel takes that never had more than so many HTLCs. */
#define LN_ONCHAIN_STORE_BYTES(htlcs) (24000 + 1100 * (size_t)(htlcs))

/* Out: length. Returns OK or SPACE. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_write(uint8_t *bytes, size_t capacity, size_t *length,
                                                            const struct ln_onchain *onchain);
/* In: memory and htlcs as they were for ln_onchain_init. Returns OK, DAMAGED, VERSION, NO_ROOM (another number of
 * them), or KEYS; the object is then not to be used. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_read(struct ln_onchain *onchain, void *memory, uint32_t htlcs,
                                                           const struct ln_onchain_tools *tools,
                                                           struct btc_bytes bytes);

#endif
