/* graph_digest.c: one number for all that a graph knows.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/graph.h"
#include "protocol/lightning/wire.h"
#include <assert.h>

static void write_policy(struct ln_writer *writer, const struct ln_policy *policy)
{
    ln_write_unsigned(writer, policy->htlc_minimum_msat, 8);
    ln_write_unsigned(writer, policy->htlc_maximum_msat, 8);
    ln_write_unsigned(writer, policy->fee_base_msat, 4);
    ln_write_unsigned(writer, policy->fee_proportional_ppm, 4);
    ln_write_unsigned(writer, policy->timestamp_s, 4);
    ln_write_unsigned(writer, policy->cltv_expiry_delta_blocks, 2);
    ln_write_unsigned(writer, policy->flags, 1);
}

static void hash_channel(struct btc_sha256_state *state, const struct ln_graph *graph,
                         const struct ln_graph_channel *channel)
{
    uint8_t bytes[256];
    struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
    ln_write_unsigned(&writer, channel->short_channel_id, 8);
    ln_write_unsigned(&writer, channel->capacity_sat, 8);
    ln_write_unsigned(&writer, channel->spent_height, 4);
    ln_write_unsigned(&writer, channel->flags, 1);
    ln_write_bytes(&writer, channel->outpoint.txid, sizeof channel->outpoint.txid);
    ln_write_unsigned(&writer, channel->outpoint.index, 4);
    for (unsigned i = 0; i < 2; i++) {
        ln_write_bytes(&writer, ln_graph_node(graph, channel->nodes[i])->id, 33);
        write_policy(&writer, &channel->policies[i]);
    }
    assert(writer.fault == LN_WIRE_OK);
    btc_sha256_update(state, bytes, writer.at);
}

static void hash_node(struct btc_sha256_state *state, const struct ln_graph_node *node)
{
    uint8_t bytes[33 + 1 + 4 + LN_FEATURE_BITS / 8];
    struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
    ln_write_bytes(&writer, node->id, 33);
    ln_write_unsigned(&writer, node->flags, 1);
    ln_write_unsigned(&writer, node->timestamp_s, 4);
    for (unsigned i = 0; i < LN_FEATURE_BITS / 64; i++) {
        ln_write_unsigned(&writer, node->features.words[i], 8);
    }
    assert(writer.fault == LN_WIRE_OK);
    btc_sha256_update(state, bytes, writer.at);
}

void ln_graph_digest(uint8_t digest[32], const struct ln_graph *graph)
{
    struct btc_sha256_state state;
    btc_sha256_init(&state);
    for (uint32_t rank = 0; rank < ln_graph_channel_count(graph); rank++) {
        hash_channel(&state, graph, ln_graph_channel(graph, ln_graph_channel_at(graph, rank)));
    }
    for (uint32_t rank = 0; rank < ln_graph_node_count(graph); rank++) {
        hash_node(&state, ln_graph_node(graph, ln_graph_node_at(graph, rank)));
    }
    btc_sha256_final(&state, digest);
}
