/* backend_onion.h: the curve operations of onions: real, memo, or token.   [real]
 * SPDX-License-Identifier: MIT
 *
 * What a sender shares with the hops is reckoned by it in any case. With memo the hops look it up; with token it is a
 * hash of the key in the packet and of the hop's id, and the next packet's key a hash of both. Streams, HMACs and
 * lengths are the same with each. Source: BOLT 4.
 */
#ifndef KONSENTO_LIGHTNING_BACKEND_ONION_H
#define KONSENTO_LIGHTNING_BACKEND_ONION_H

#include "protocol/lightning/backend.h"
#include "protocol/lightning/onion.h"

/* As ln_onion_path_init. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_backend_path(const struct ln_backend *backend, struct ln_onion_path *path,
                                                        const uint8_t *nodes, uint32_t count,
                                                        const uint8_t session_key[32]);
/* As ln_onion_peel. In: node_id, 33 bytes, that belongs to peel->node_secret. */
BTC_CURVE_MUST_USE enum ln_onion_result ln_backend_peel(const struct ln_backend *backend, struct ln_onion_layer *layer,
                                                        uint8_t secret[32], const struct ln_onion_peel *peel,
                                                        const uint8_t node_id[33]);

#endif
