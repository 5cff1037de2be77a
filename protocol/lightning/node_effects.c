/* node_effects.c: what a node wants done, in order.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/node_effects.h"

#include <string.h>

#include "protocol/lightning/array.h"

#define CHUNK_BYTES 65536

struct ln_node_chunk {
    struct ln_node_chunk *next;
    size_t capacity;
    size_t used;
    _Alignas(16) uint8_t bytes[];
};

void ln_node_effects_init(struct ln_node_effects *effects, const struct btc_allocator *allocator)
{
    *effects = (struct ln_node_effects){.allocator = allocator};
}

void ln_node_effects_close(struct ln_node_effects *effects)
{
    for (struct ln_node_chunk *chunk = effects->first; chunk != NULL;) {
        struct ln_node_chunk *next = chunk->next;
        btc_release(effects->allocator, chunk, sizeof *chunk + chunk->capacity);
        chunk = next;
    }
    btc_release(effects->allocator, effects->list, effects->capacity * sizeof *effects->list);
    ln_node_effects_init(effects, effects->allocator);
}

void ln_node_effects_clear(struct ln_node_effects *effects)
{
    effects->count = 0;
    effects->now = effects->first;
    if (effects->first != NULL) {
        effects->first->used = 0;
    }
}

/* ---- bytes ---- */

static struct ln_node_chunk *new_chunk(struct ln_node_effects *effects, size_t length)
{
    size_t capacity = length > CHUNK_BYTES ? length : CHUNK_BYTES;
    struct ln_node_chunk *chunk = btc_allocate(effects->allocator, sizeof *chunk + capacity);
    if (chunk != NULL) {
        *chunk = (struct ln_node_chunk){.capacity = capacity};
    }
    return chunk;
}

/* The chunk that has room for so many bytes: the one in use, the one behind it, or a new one between the two. */
static struct ln_node_chunk *room(struct ln_node_effects *effects, size_t length)
{
    struct ln_node_chunk *now = effects->now;
    if (now != NULL && now->capacity - now->used >= length) {
        return now;
    }
    struct ln_node_chunk *next = now == NULL ? NULL : now->next;
    if (next == NULL || next->capacity < length) {
        struct ln_node_chunk *made = new_chunk(effects, length);
        if (made == NULL) {
            return NULL;
        }
        made->next = next;
        next = made;
        if (now == NULL) {
            effects->first = made;
        } else {
            now->next = made;
        }
    }
    next->used = 0;
    effects->now = next;
    return next;
}

static bool copy(struct ln_node_effects *effects, struct btc_bytes *to, struct btc_bytes bytes)
{
    *to = btc_bytes(NULL, 0);
    if (bytes.length == 0) {
        return true;
    }
    struct ln_node_chunk *chunk = room(effects, bytes.length);
    if (chunk == NULL) {
        return false;
    }
    uint8_t *at = chunk->bytes + chunk->used;
    memcpy(at, bytes.data, bytes.length);
    chunk->used += bytes.length;
    *to = btc_bytes(at, bytes.length);
    return true;
}

/* ---- effects ---- */

struct ln_node_effect *ln_node_effects_insert(struct ln_node_effects *effects, uint32_t at,
                                              enum ln_node_effect_kind kind, struct btc_bytes bytes)
{
    struct btc_bytes kept;
    if (!LN_ARRAY_RESERVE(effects->list, effects->capacity, (uint64_t)effects->count + 1, effects->allocator) ||
        !copy(effects, &kept, bytes)) {
        return NULL;
    }
    struct ln_node_effect *effect = &effects->list[at];
    memmove(effect + 1, effect, (effects->count - at) * sizeof *effect);
    memset(effect, 0, sizeof *effect);
    effects->count++;
    effect->kind = kind;
    effect->bytes = kept;
    effect->event.text = "";
    return effect;
}

struct ln_node_effect *ln_node_effects_add(struct ln_node_effects *effects, enum ln_node_effect_kind kind,
                                           struct btc_bytes bytes)
{
    return ln_node_effects_insert(effects, effects->count, kind, bytes);
}

const char *ln_node_event_name(enum ln_node_event_kind kind)
{
    static const char *const names[] = {[LN_NODE_PEER_READY] = "peer ready",
                                        [LN_NODE_PEER_REFUSED] = "peer refused",
                                        [LN_NODE_PEER_WARNING] = "peer warns",
                                        [LN_NODE_FUND] = "fund a channel",
                                        [LN_NODE_FUNDING_SAFE] = "broadcast the funding",
                                        [LN_NODE_CHANNEL_NEW] = "channel new",
                                        [LN_NODE_CHANNEL_READY] = "channel ready",
                                        [LN_NODE_CHANNEL_LEAVES] = "channel closes",
                                        [LN_NODE_CHANNEL_AGREED] = "closing agreed",
                                        [LN_NODE_CHANNEL_FAILS] = "channel fails",
                                        [LN_NODE_CHANNEL_LOST] = "channel state lost",
                                        [LN_NODE_CHANNEL_SPENT] = "funding spent",
                                        [LN_NODE_CHANNEL_REOPENED] = "funding no longer spent",
                                        [LN_NODE_CHANNEL_GONE] = "channel gone",
                                        [LN_NODE_WANT_COINS] = "coins wanted",
                                        [LN_NODE_INVOICE_HELD] = "invoice held",
                                        [LN_NODE_INVOICE_PAID] = "invoice paid",
                                        [LN_NODE_INVOICE_CANCELLED] = "invoice cancelled",
                                        [LN_NODE_PAYMENT_SENT] = "payment sent",
                                        [LN_NODE_PAYMENT_FAILED] = "payment failed",
                                        [LN_NODE_ATTEMPT_SENT] = "attempt sent",
                                        [LN_NODE_ATTEMPT_FAILED] = "attempt failed",
                                        [LN_NODE_FORWARD_SENT] = "forwarded",
                                        [LN_NODE_FORWARD_SETTLED] = "forward settled",
                                        [LN_NODE_FORWARD_FAILED] = "forward failed",
                                        [LN_NODE_FORWARD_ASKED] = "forward asked for",
                                        [LN_NODE_OFFER_FULFILLED] = "offer fulfilled",
                                        [LN_NODE_OFFER_FAILED] = "offer failed"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}
