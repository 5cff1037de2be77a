/* blockfile.c: the whole history as a Bitcoin node keeps it on disk.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     fa bf b5 da | length 4, little-endian | block | fa bf b5 da | length | block ...
 *
 * Source: Bitcoin Core's blk*.dat with the magic of regtest.
 */
#include "models/chain/parts.h"

#include <assert.h>

#define FRAME_BYTES 8

void chain_export(const struct chain *chain, chain_sink *sink, void *context)
{
    assert(chain->config->keep == CHAIN_KEEP_ALL);
    for (uint32_t i = 0; i < tree_count(&chain->tree); i++) {
        const struct tree_node *node = tree_at(&chain->tree, i);
        uint32_t length = node->length;
        const uint8_t frame[FRAME_BYTES] = {0xfa,
                                            0xbf,
                                            0xb5,
                                            0xda,
                                            (uint8_t)length,
                                            (uint8_t)(length >> 8),
                                            (uint8_t)(length >> 16),
                                            (uint8_t)(length >> 24)};
        sink(context, frame, sizeof frame);
        sink(context, node->bytes, length);
    }
}
