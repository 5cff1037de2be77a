/* abroad_map.c: a graph whose keys we know, and what its nodes are like when they are real.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/host/abroad.h"
#include "protocol/bitcoin/hash.h"
#include "protocol/lightning/channel_state.h"

#include <stdlib.h>
#include <string.h>

/* One secret in 2^127 is out of range: then the next one is taken. */
static void make_secret(uint8_t secret[32], const struct btc_curve *curve, uint64_t seed, const uint8_t name[33])
{
    uint8_t text[33 + 8 + 1];
    memcpy(text, name, 33);
    for (int i = 0; i < 8; i++)
        text[33 + i] = (uint8_t)(seed >> 8 * i);
    text[41] = 0;
    do {
        btc_sha256(secret, text, sizeof text);
        text[41]++;
    } while (!btc_secret_is_valid(curve, secret));
}

struct keyed {
    uint8_t secret[32];
    uint8_t id[33];
};

/* By node number of the source. */
static struct keyed *make_keys(const struct ln_graph *source, const struct btc_curve *curve, uint64_t seed)
{
    struct keyed *keys = calloc(source->node_limit + 1, sizeof keys[0]);
    bool good = keys != NULL;
    for (uint32_t i = 0; good && i < ln_graph_node_count(source); i++) {
        uint32_t number = ln_graph_node_at(source, i);
        make_secret(keys[number].secret, curve, seed, ln_graph_node(source, number)->id);
        good = btc_pubkey_wire_from_secret(curve, keys[number].id, keys[number].secret);
    }
    if (!good) {
        free(keys);
        return NULL;
    }
    return keys;
}

static bool copy_channel(struct ln_graph *graph, const struct ln_graph_channel *channel, const struct keyed *keys)
{
    const uint8_t *ids[2] = {keys[channel->nodes[0]].id, keys[channel->nodes[1]].id};
    unsigned turned = memcmp(ids[0], ids[1], 33) > 0;
    uint32_t number;
    const struct ln_graph_opening opening = {.short_channel_id = channel->short_channel_id,
                                             .capacity_sat = channel->capacity_sat,
                                             .node_ids = {ids[turned], ids[1 - turned]},
                                             .heard_s = channel->heard_s};
    if (ln_graph_add_channel(graph, &number, &opening) != LN_GRAPH_OK)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        const struct ln_policy *policy = &channel->policies[i ^ turned];
        if ((policy->flags & LN_POLICY_KNOWN) && ln_graph_set_policy(graph, number, i, policy) != LN_GRAPH_OK)
            return false;
    }
    return true;
}

static bool keep_secrets(struct abroad_map *map, const struct ln_graph *source, const struct keyed *keys)
{
    map->secret_count = map->graph.node_limit;
    map->secrets = calloc(map->secret_count + 1, sizeof map->secrets[0]);
    if (map->secrets == NULL)
        return false;
    for (uint32_t i = 0; i < ln_graph_node_count(source); i++) {
        const struct keyed *key = &keys[ln_graph_node_at(source, i)];
        uint32_t number = ln_graph_find_node(&map->graph, key->id);
        if (number != LN_GRAPH_NONE)
            memcpy(map->secrets[number], key->secret, 32);
    }
    return true;
}

bool abroad_map_open(struct abroad_map *map, const struct ln_graph *source, const struct btc_curve *curve,
                     uint64_t seed)
{
    struct ln_graph_config config = source->config;
    *map = (struct abroad_map){.secret_count = 0};
    config.allocator = &room_allocator;
    config.kept_bytes_max = 0;
    btc_sha256d(config.chain_hash, btc_regtest_genesis, BTC_HEADER_BYTES);
    ln_graph_init(&map->graph, &config);
    struct keyed *keys = make_keys(source, curve, seed);
    bool good = keys != NULL;
    for (uint32_t i = 0; good && i < ln_graph_channel_count(source); i++)
        good = copy_channel(&map->graph, ln_graph_channel(source, ln_graph_channel_at(source, i)), keys);
    good = good && keep_secrets(map, source, keys);
    free(keys);
    return good;
}

void abroad_map_close(struct abroad_map *map)
{
    ln_graph_close(&map->graph);
    free(map->secrets);
    map->secrets = NULL;
}

void abroad_gateway(struct ln_node_config *config)
{
    config->flags |= LN_NODE_ASKS_FORWARDS | LN_NODE_FORWARDS | LN_NODE_TAKES_CHANNELS | LN_NODE_TRUSTS_FUNDING;
    config->channel.flags |= LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS;
}
