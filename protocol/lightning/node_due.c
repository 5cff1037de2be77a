/* node_due.c: when peers of a node are due.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_due.h"

uint64_t ln_node_owes_since_us(const struct ln_node *node, const struct ln_node_peer *peer)
{
    uint64_t since_us = peer->pinged_us;
    for (uint32_t i = peer->first_channel; i != LN_NODE_NONE; i = node->channels[i]->next_of_peer) {
        uint64_t waits_us = node->channels[i]->waits_since_us;
        since_us = waits_us != 0 && (since_us == 0 || waits_us < since_us) ? waits_us : since_us;
    }
    return since_us;
}

uint64_t ln_node_due_us(const struct ln_node *node, const struct ln_node_peer *peer)
{
    const struct ln_node_config *config = &node->config;
    if (!peer->ready || peer->leaving) {
        return UINT64_MAX;
    }
    uint64_t since_us = ln_node_owes_since_us(node, peer);
    uint64_t stall_us = config->stall_us != 0 && since_us != 0 ? since_us + config->stall_us : UINT64_MAX;
    uint64_t ping_us =
        config->silence_us != 0 && peer->pinged_us == 0 ? peer->heard_us + config->silence_us : UINT64_MAX;
    return stall_us < ping_us ? stall_us : ping_us;
}

/* Who is told gossip is due at once. */
static uint64_t when_us(const struct ln_node *node, const struct ln_node_peer *peer)
{
    return peer->ready && !peer->leaving && peer->is_told ? 0 : ln_node_due_us(node, peer);
}

static void find_first(struct ln_node *node)
{
    node->due_us = UINT64_MAX;
    node->due_peer = LN_NODE_NONE;
    for (uint32_t i = 0; i < node->config.limits.peers; i++) {
        if (node->peers[i].due_us < node->due_us) {
            node->due_us = node->peers[i].due_us;
            node->due_peer = i;
        }
    }
}

void ln_node_peer_moved(struct ln_node *node, uint32_t place)
{
    struct ln_node_peer *peer = &node->peers[place];
    uint64_t due_us = when_us(node, peer);
    if (due_us == peer->due_us) {
        return;
    }
    peer->due_us = due_us;
    if (place == node->due_peer) {
        find_first(node);
    } else if (due_us < node->due_us || (due_us == node->due_us && place < node->due_peer)) {
        node->due_us = due_us;
        node->due_peer = place;
    }
}
