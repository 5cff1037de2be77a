/* shorten.c: streams of records that have grown long are written anew.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/shorten.h"

#include "models/chain/room.h"
#include "models/host/queue.h"

#include <assert.h>

/* In: index, of all of the stream. */
static void write_anew(struct host *host, uint32_t number, const struct ln_store_index *index)
{
    struct host_node *node = host_node_at(host, number);
    uint8_t head[128];
    size_t head_length;
    struct btc_bytes checkpoint;
    if (ln_node_compact(&node->node, head, &head_length, &checkpoint, index) != LN_NODE_OK ||
        !store_begin_next(&node->store, btc_bytes(head, head_length), checkpoint, node->block)) {
        trouble_memory(host->trouble);
        return;
    }
    size_t length = head_length + checkpoint.length;
    queue_put(host, number, OUTPUT_SHORT, device_write(&node->device, sim_now_us(host->sim), length),
              btc_bytes(NULL, 0));
    host->tally.shortened++;
    host->tally.record_bytes += length;
}

void shorten_begin(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    struct ln_store_index index;
    assert(!host->is_inside);
    if (!node->is_up || !store_is_long(&node->store))
        return;
    enum ln_store_result read =
        ln_store_read(&index, &room_allocator, btc_bytes(node->store.bytes, node->store.length), node->node_id);
    if (read == LN_STORE_OK)
        write_anew(host, number, &index);
    else if (read == LN_STORE_NO_MEMORY)
        trouble_memory(host->trouble);
    else
        trouble_fail(host->trouble, "a node's own records cannot be read");
    ln_store_index_close(&index);
}

void shorten_end(struct host *host, uint32_t number)
{
    store_switch(&host_node_at(host, number)->store);
}
