/* power.c: nodes that lose power.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/power.h"

#include "models/chain/room.h"
#include "models/host/blocks.h"
#include "models/host/input.h"
#include "models/host/queue.h"
#include "models/host/store.h"
#include "models/host/watch.h"
#include "models/host/wire.h"
#include "sim/stream.h"

#include <assert.h>
#include <stdio.h>

static void draw_entropy(struct host *host, struct host_node *node)
{
    struct sim_stream stream;
    sim_stream_open(&stream, host->sim, "host.entropy", node->key << 16 | (node->starts++ & 0xffff));
    for (size_t i = 0; i < 32; i++)
        node->config.entropy[i] = (uint8_t)gsl_rng_uniform_int(stream_rng(&stream), 256);
}

static void tell_power(struct host *host, uint32_t number, bool is_on)
{
    for (uint32_t i = 0; i < host->listener_count; i++) {
        if (host->listeners[i].on_power != NULL)
            host->listeners[i].on_power(host->listeners[i].self, number, is_on);
    }
}

static void set_present(struct host *host, uint32_t number, bool is_present)
{
    for (uint32_t i = host_node_at(host, number)->first_line; i != HOST_NONE; i = host_line_at(host, i)->next) {
        const struct line_end *line = host_line_at(host, i);
        if (!is_present)
            wire_drop(host, i);
        link_present(host->links, line->link, line->end, is_present);
    }
}

/* ---- off ------------------------------------------------------------------------------------------------------- */

void power_off(struct host *host, uint32_t number, uint32_t part_ppm, int64_t back_us)
{
    struct host_node *node = host_node_at(host, number);
    assert(node->is_up && !host->is_inside && (node->config.flags & LN_NODE_KEEPS_RECORDS));
    node->is_up = false;
    queue_drop(host, number);
    store_cut(&node->store, node->is_writing ? part_ppm : 0);
    node->is_writing = false;
    sim_cancel(host->sim, node->timer);
    ln_node_close(&node->node);
    watch_close(&node->watched);
    watch_open(&node->watched);
    set_present(host, number, false);
    host->tally.crashes++;
    if (back_us != INT64_MAX)
        sim_schedule(host->sim, back_us, SIM_ENVIRONMENT,
                     &(struct sim_action){.kind = host->power_kind, .entity = number, .object = host});
    tell_power(host, number, false);
}

/* ---- on -------------------------------------------------------------------------------------------------------- */

static void fail(struct host *host, uint32_t number, const char *what, const char *why)
{
    char text[200];
    snprintf(text, sizeof text, "node %u cannot %s: %s", (unsigned)number, what, why);
    trouble_fail(host->trouble, text);
}

void power_open(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    uint32_t height = host_height(host);
    draw_entropy(host, node);
    ln_node_effects_clear(&host->effects);
    enum ln_node_result result = ln_node_open(&node->node, &host->shop, &node->config, input_now_us(host), height);
    if (result == LN_NODE_NO_MEMORY)
        trouble_memory(host->trouble);
    else if (result != LN_NODE_OK)
        fail(host, number, "be opened", ln_node_result_text(result));
    if (result != LN_NODE_OK)
        return;
    node->is_up = node->is_awake = true;
    node->block = host->tip;
    input_collect(host, number, NULL);
    blocks_catch_up(host, number, host->tip);
}

/* Reads what is left of the stream and makes the node of it. Returns the block that it knew. */
static bool restore(struct host *host, uint32_t number, uint32_t *known)
{
    struct host_node *node = host_node_at(host, number);
    struct ln_store_index index;
    enum ln_store_result read =
        ln_store_read(&index, &room_allocator, btc_bytes(node->store.bytes, node->store.length), node->node_id);
    if (read == LN_STORE_NO_MEMORY) {
        trouble_memory(host->trouble);
    } else if (read != LN_STORE_OK && read != LN_STORE_TORN) {
        fail(host, number, "read its records", ln_store_text(read));
    } else {
        host->tally.torn += read == LN_STORE_TORN;
        store_keep(&node->store, index.good_bytes);
        *known = node->block = store_block(&node->store);
        draw_entropy(host, node);
        enum ln_node_result result =
            ln_node_restore(&node->node, &host->shop, &node->config, &index, LN_SNAPSHOT_LATEST, input_now_us(host));
        node->is_up = result == LN_NODE_OK;
        if (result == LN_NODE_NO_MEMORY)
            trouble_memory(host->trouble);
        else if (!node->is_up)
            fail(host, number, "be restored", ln_node_result_text(result));
    }
    ln_store_index_close(&index);
    return node->is_up;
}

void power_show(struct host *host, uint32_t number)
{
    host_node_at(host, number)->cheat.is_hiding = false;
    set_present(host, number, true);
}

void power_on(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    assert(!node->is_up);
    device_restart(&node->device, sim_now_us(host->sim));
    ln_node_effects_clear(&host->effects);
    if (node->store.count <= 1) { /* nothing was ever safe but who writes */
        store_keep(&node->store, 0);
        power_open(host, number);
    } else {
        uint32_t known = HOST_NONE;
        if (!restore(host, number, &known))
            return;
        input_collect(host, number, NULL);
        blocks_catch_up(host, number, known);
    }
    if (!node->cheat.is_hiding)
        set_present(host, number, true);
    tell_power(host, number, true);
}

void power_on_event(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct host *host = object;
    (void)argument;
    if (host_is_over(host))
        return;
    power_on(host, entity);
    /* Events that are due now come first. */
    if (host_node_at(host, entity)->cheat.is_due)
        sim_schedule(sim, sim_now_us(sim), SIM_TIMER,
                     &(struct sim_action){.kind = host->cheat_kind, .entity = entity, .object = host});
}
