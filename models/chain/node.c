/* node.c: the operator's node.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/node.h"

#include "models/chain/view.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the queue ------------------------------------------------------------------------------------------------- */

static bool grow_queue(struct node_queue *queue)
{
    uint32_t capacity = queue->capacity == 0 ? 64 : 2 * queue->capacity;
    struct chain_event *events = realloc(queue->events, capacity * sizeof *events);
    if (events == NULL)
        return false;
    queue->events = events;
    struct btc_mempool_verdict *verdicts = realloc(queue->verdicts, capacity * sizeof *verdicts);
    if (verdicts == NULL)
        return false;
    queue->verdicts = verdicts;
    queue->capacity = capacity;
    return true;
}

void node_tell(struct chain *chain, const struct chain_event *event)
{
    struct node_queue *queue = &chain->node.queue;
    if (queue->count == queue->capacity && !grow_queue(queue)) {
        trouble_memory(chain->trouble);
        return;
    }
    queue->events[queue->count] = *event;
    if (event->verdict != NULL)
        queue->verdicts[queue->count] = *event->verdict;
    queue->count++;
}

static void raise_event(struct chain *chain, const struct chain_event *event)
{
    sim_trace(chain->sim, (uint64_t)event->kind << 32 | event->tx);
    for (uint32_t i = 0; i < chain->node.listener_count && !chain->trouble->is_memory_out; i++)
        chain->node.listeners[i].on_event(chain->node.listeners[i].self, event);
}

/* A listener may do what puts further events behind. */
void node_flush(struct chain *chain)
{
    struct node_queue *queue = &chain->node.queue;
    for (uint32_t i = 0; i < queue->count && !chain->trouble->is_memory_out; i++) {
        struct chain_event event = queue->events[i];
        struct btc_mempool_verdict verdict = queue->verdicts[i];
        event.verdict = event.verdict == NULL ? NULL : &verdict;
        raise_event(chain, &event);
    }
    queue->count = 0;
}

/* ---- conflicts and notices ------------------------------------------------------------------------------------- */

static void tell_conflict(struct chain *chain, uint32_t tx, uint32_t other)
{
    if (tx == CHAIN_NONE || other == CHAIN_NONE || own_at(&chain->own, other)->told_rival == tx)
        return;
    own_at(&chain->own, other)->told_rival = tx;
    node_tell(chain, &(struct chain_event){.kind = CHAIN_EVENT_CONFLICT, .tx = tx, .other = other});
}

void node_observe(struct chain *chain, uint32_t tx, uint32_t other)
{
    enum chain_tx_state state = own_at(&chain->own, tx)->seen.state;
    if (state == CHAIN_TX_POOLED || state == CHAIN_TX_UNSEEN)
        tell_conflict(chain, tx, other);
    node_flush(chain);
}

static uint32_t number_of(const struct chain *chain, const struct btc_tx *tx)
{
    uint8_t txid[32];
    if (tx == NULL)
        return CHAIN_NONE;
    btc_txid(txid, tx);
    return own_find(&chain->own, txid);
}

static void enter(struct chain *chain, uint32_t tx)
{
    struct chain_tx *seen = &own_at(&chain->own, tx)->seen;
    seen->state = CHAIN_TX_POOLED;
    if (seen->seen_us == CHAIN_NEVER_US)
        seen->seen_us = sim_now_us(chain->sim);
    if (!chain->node.is_returning)
        node_tell(chain, &(struct chain_event){.kind = CHAIN_EVENT_SEEN, .tx = tx, .other = CHAIN_NONE});
}

static void watch(struct chain *chain, uint32_t tx)
{
    struct node *node = &chain->node;
    struct own_tx *own = own_at(&chain->own, tx);
    if (own->is_watched)
        return;
    if (node->watched_count == node->watched_capacity) {
        uint32_t capacity = node->watched_capacity == 0 ? 64 : 2 * node->watched_capacity;
        uint32_t *watched = realloc(node->watched, capacity * sizeof *watched);
        if (watched == NULL) {
            trouble_memory(chain->trouble);
            return;
        }
        node->watched = watched;
        node->watched_capacity = capacity;
    }
    own->is_watched = true;
    node->watched[node->watched_count++] = tx;
}

/* Told that it cannot be mined, in the midst of a reorganisation: the end will show. */
static void doubt(struct chain *chain, uint32_t tx)
{
    own_at(&chain->own, tx)->seen.state = CHAIN_TX_UNSEEN;
    watch(chain, tx);
}

static void on_notice(void *context, const struct btc_mempool_notice *notice)
{
    static const enum chain_event_kind kinds[] = {
        [BTC_MEMPOOL_REPLACED] = CHAIN_EVENT_REPLACED, [BTC_MEMPOOL_CONFLICTED] = CHAIN_EVENT_LOST,
        [BTC_MEMPOOL_EVICTED] = CHAIN_EVENT_EVICTED,   [BTC_MEMPOOL_EXPIRED] = CHAIN_EVENT_EXPIRED,
        [BTC_MEMPOOL_INVALID] = CHAIN_EVENT_DROPPED,
    };
    struct chain *chain = context;
    uint32_t tx = own_find(&chain->own, notice->txid), other = number_of(chain, notice->other);
    assert(tx != CHAIN_NONE);
    if (notice->event == BTC_MEMPOOL_ADDED) {
        enter(chain, tx);
    } else if (notice->event == BTC_MEMPOOL_REFUSED) {
        tell_conflict(chain, tx, other);
    } else if (notice->event == BTC_MEMPOOL_INVALID && chain->node.is_returning) {
        doubt(chain, tx);
    } else if (notice->event != BTC_MEMPOOL_MINED) {
        own_at(&chain->own, tx)->seen.state = CHAIN_TX_GONE;
        node_tell(chain, &(struct chain_event){.kind = kinds[notice->event], .tx = tx, .other = other});
    }
}

void node_take_tx(struct chain *chain, uint32_t tx)
{
    struct btc_mempool_verdict verdict;
    struct chain_tx *seen = &own_at(&chain->own, tx)->seen;
    if (seen->state == CHAIN_TX_MINED || seen->state == CHAIN_TX_POOLED)
        return;
    if (!view_take_tx(chain, &verdict, chain->operator, tx))
        return;
    if (verdict.error != BTC_MEMPOOL_OK) {
        seen->state = CHAIN_TX_GONE;
        node_tell(chain, &(struct chain_event){
                             .kind = CHAIN_EVENT_REFUSED, .tx = tx, .other = CHAIN_NONE, .verdict = &verdict});
    }
    node_flush(chain);
}

/* ---- depths ---------------------------------------------------------------------------------------------------- */

/* Another own transaction in the chain spends an output that this one spends; CHAIN_NONE. */
static uint32_t mined_rival(const struct chain *chain, const struct own_tx *own)
{
    for (uint32_t i = 0; i < own->seen.tx.input_count; i++) {
        uint32_t rival = own_spender_in(&chain->own, &own->seen.tx.inputs[i].previous, CHAIN_TX_MINED);
        if (rival != CHAIN_NONE)
            return rival;
    }
    return CHAIN_NONE;
}

/* A reorganisation took it back, and the mempool did not take it. */
static void tell_gone(struct chain *chain, uint32_t tx)
{
    struct own_tx *own = own_at(&chain->own, tx);
    uint32_t rival = mined_rival(chain, own);
    own->seen.state = CHAIN_TX_GONE;
    node_tell(chain, &(struct chain_event){.kind = rival == CHAIN_NONE ? CHAIN_EVENT_DROPPED : CHAIN_EVENT_LOST,
                                           .tx = tx,
                                           .other = rival});
}

/* Reports a depth that has changed. Returns true if there may be more to report. */
static bool report_depth(struct chain *chain, uint32_t tx)
{
    struct own_tx *own = own_at(&chain->own, tx);
    uint32_t depth = chain_tx_depth(chain, tx), most = chain->config->watch_blocks;
    depth = depth < most ? depth : most;
    if (depth != own->reported_depth) {
        own->reported_depth = depth;
        node_tell(
            chain,
            &(struct chain_event){
                .kind = CHAIN_EVENT_DEPTH, .tx = tx, .other = CHAIN_NONE, .depth = depth, .height = own->seen.height});
    }
    if (own->seen.state == CHAIN_TX_UNSEEN)
        tell_gone(chain, tx);
    return depth > 0 && depth < most;
}

static void report_depths(struct chain *chain)
{
    struct node *node = &chain->node;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < node->watched_count; i++) {
        uint32_t tx = node->watched[i];
        own_at(&chain->own, tx)->is_watched = report_depth(chain, tx);
        if (own_at(&chain->own, tx)->is_watched)
            node->watched[kept++] = tx;
    }
    node->watched_count = kept;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

static void on_leaving(struct chain *chain, const struct btc_block *block)
{
    chain->node.is_returning = true;
    for (uint32_t i = 1; i < block->tx_count; i++) {
        uint32_t tx = number_of(chain, &block->txs[i]);
        struct chain_tx *seen = &own_at(&chain->own, tx)->seen;
        assert(seen->state == CHAIN_TX_MINED);
        seen->height = 0;
        doubt(chain, tx);
    }
}

static void raise_block(struct chain *chain, enum chain_event_kind kind, const struct btc_block *block, uint32_t node)
{
    node_flush(chain);
    raise_event(chain, &(struct chain_event){.kind = kind,
                                             .tx = CHAIN_NONE,
                                             .other = CHAIN_NONE,
                                             .height = tree_at(&chain->tree, node)->height,
                                             .block = block});
}

static void on_left(struct chain *chain, const struct btc_block *block, uint32_t node)
{
    raise_block(chain, CHAIN_EVENT_DISCONNECT, block, node);
}

static void on_joined(struct chain *chain, const struct btc_block *block, uint32_t node)
{
    for (uint32_t i = 1; i < block->tx_count; i++) {
        uint32_t tx = number_of(chain, &block->txs[i]);
        struct chain_tx *seen = &own_at(&chain->own, tx)->seen;
        seen->state = CHAIN_TX_MINED;
        seen->height = tree_at(&chain->tree, node)->height;
        if (seen->seen_us == CHAIN_NEVER_US)
            seen->seen_us = sim_now_us(chain->sim);
        watch(chain, tx);
    }
    raise_block(chain, CHAIN_EVENT_CONNECT, block, node);
}

static void on_settled(struct chain *chain, uint32_t depth)
{
    chain->node.is_returning = false;
    if (depth > 0) {
        chain->tally.reorgs++;
        if (depth > chain->tally.deepest)
            chain->tally.deepest = depth;
        node_tell(chain, &(struct chain_event){.kind = CHAIN_EVENT_REORG,
                                               .tx = CHAIN_NONE,
                                               .other = CHAIN_NONE,
                                               .depth = depth,
                                               .height = chain_height(chain)});
    }
    report_depths(chain);
    node_flush(chain);
}

void node_open(struct chain *chain)
{
    static const struct view_watcher watcher = {on_leaving, on_left, on_joined, on_settled};
    struct view *view = &chain->views[chain->operator];
    view->watcher = &watcher;
    view->pools[0].listener = on_notice;
    view->pools[0].listener_context = chain;
}

void node_close(struct chain *chain)
{
    free(chain->node.queue.events);
    free(chain->node.queue.verdicts);
    free(chain->node.watched);
}

void chain_listen(struct chain *chain, const struct chain_listener *listener)
{
    assert(chain->node.listener_count < CHAIN_LISTENERS_MAX);
    chain->node.listeners[chain->node.listener_count++] = *listener;
}
