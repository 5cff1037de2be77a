/* backend_onion.c: the curve operations of onions.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/backend_onion.h"

#include <assert.h>
#include <string.h>

#define KEY_AT 1 /* in a packet */

/* ---- building ---- */

/* With the parity before it a secret looks like a point. */
static void token_hop(uint8_t secret[32], uint8_t next[33], const uint8_t key[33], const uint8_t node[33])
{
    uint8_t shared[33];
    ln_token_point(shared, key, node);
    memcpy(secret, shared + 1, 32);
    ln_token_point(next, shared, key);
}

static enum ln_onion_result token_path(const struct ln_backend *backend, struct ln_onion_path *path,
                                       const uint8_t *nodes, uint32_t count, const uint8_t session_key[32])
{
    struct ln_point first;
    uint8_t next[33];
    assert(count >= 1 && count <= LN_ONION_HOPS_MAX);
    if (!ln_backend_point(backend, &first, session_key)) {
        return LN_ONION_KEY;
    }
    memcpy(next, first.wire, 33);
    path->count = count;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(path->keys[i], next, 33);
        token_hop(path->secrets[i], next, path->keys[i], nodes + (size_t)33 * i);
    }
    return LN_ONION_OK;
}

static void remember(struct ln_memo *memo, const struct ln_onion_path *path, const uint8_t *nodes)
{
    for (uint32_t i = 0; i < path->count; i++) {
        struct ln_memo_hop hop;
        memset(&hop, 0, sizeof hop);
        memcpy(hop.key, path->keys[i], 33);
        memcpy(hop.node, nodes + (size_t)33 * i, 33);
        memcpy(hop.secret, path->secrets[i], 32);
        if (i + 1 < path->count) {
            memcpy(hop.next, path->keys[i + 1], 33);
        }
        ln_memo_put_hop(memo, &hop);
    }
}

enum ln_onion_result ln_backend_path(const struct ln_backend *backend, struct ln_onion_path *path, const uint8_t *nodes,
                                     uint32_t count, const uint8_t session_key[32])
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        return token_path(backend, path, nodes, count, session_key);
    }
    enum ln_onion_result result = ln_onion_path_init(backend->curve, path, nodes, count, session_key);
    if (result == LN_ONION_OK && backend->kind == LN_BACKEND_MEMO) {
        remember(backend->memo, path, nodes);
    }
    return result;
}

/* ---- peeling ---- */

/* Opens a layer with a secret and a next key that are known. */
static enum ln_onion_result open_known(struct ln_onion_layer *layer, const struct ln_onion_peel *peel,
                                       const uint8_t secret[32], const uint8_t next[33])
{
    enum ln_onion_result result = ln_onion_open(layer, peel->packet, secret, peel->associated);
    if (result == LN_ONION_OK && !layer->is_final) {
        memcpy(layer->next + KEY_AT, next, 33);
    }
    return result;
}

static enum ln_onion_result peel_token(struct ln_onion_layer *layer, uint8_t secret[32],
                                       const struct ln_onion_peel *peel, const uint8_t node_id[33])
{
    const uint8_t *key = peel->packet + KEY_AT;
    uint8_t next[33];
    if (peel->packet[0] != 0) {
        return LN_ONION_VERSION;
    }
    if (key[0] != 2 && key[0] != 3) {
        return LN_ONION_KEY;
    }
    token_hop(secret, next, key, node_id);
    return open_known(layer, peel, secret, next);
}

/* Only what the sender knew is looked up: who has the last hop's secret does not find the next one's key. */
enum ln_onion_result ln_backend_peel(const struct ln_backend *backend, struct ln_onion_layer *layer, uint8_t secret[32],
                                     const struct ln_onion_peel *peel, const uint8_t node_id[33])
{
    if (backend->kind == LN_BACKEND_TOKEN) {
        return peel_token(layer, secret, peel, node_id);
    }
    const struct ln_memo_hop *known =
        backend->kind == LN_BACKEND_MEMO ? ln_memo_find_hop(backend->memo, peel->packet + KEY_AT, node_id) : NULL;
    if (known == NULL) {
        return ln_onion_peel(backend->curve, layer, secret, peel);
    }
    memcpy(secret, known->secret, 32);
    return open_known(layer, peel, secret, known->next);
}
