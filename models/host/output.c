/* output.c: what leaves a node is carried out.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/output.h"

#include "models/chain/room.h"
#include "models/host/input.h"
#include "models/host/power.h"
#include "models/host/queue.h"
#include "models/host/reach.h"
#include "models/host/shorten.h"
#include "models/host/store.h"
#include "models/host/wallet.h"
#include "models/host/wire.h"

#define HALF_PPM 500000

/* ---- records --------------------------------------------------------------------------------------------------- */

/* Whether a crash is planned there; then it happens now. */
static bool crash_at(struct host *host, uint32_t number, uint64_t record, enum host_crash_point point)
{
    struct host_node *node = host_node_at(host, number);
    if (node->planned_crash.record != record || node->planned_crash.point != point)
        return false;
    node->planned_crash.record = 0;
    uint32_t part_ppm = point == HOST_CRASH_TORN ? HALF_PPM : 0;
    power_off(host, number, part_ppm, sim_now_us(host->sim) + node->planned_crash.for_us);
    return true;
}

static void write(struct host *host, uint32_t number, const struct output *output)
{
    if (!crash_at(host, number, output->number, HOST_CRASH_BEFORE))
        host_node_at(host, number)->is_writing = true;
}

static void safe(struct host *host, uint32_t number, const struct output *output)
{
    struct host_node *node = host_node_at(host, number);
    if (crash_at(host, number, output->number, HOST_CRASH_TORN))
        return;
    node->is_writing = false;
    if (node->config.flags & LN_NODE_KEEPS_RECORDS)
        store_safe(&node->store);
    if (!crash_at(host, number, output->number, HOST_CRASH_BEHIND))
        shorten_begin(host, number);
}

static void fetch(struct host *host, uint32_t number, const struct output *output)
{
    struct host_node *entry = host_node_at(host, number);
    struct ln_store_index index;
    const struct ln_store_key key = {.kind = LN_STORE_PAST, .first = output->event.channel, .second = output->number};
    size_t length = entry->store.safe_count == 0 ? 0 : entry->store.records[entry->store.safe_count - 1].end;
    enum ln_store_result read =
        ln_store_read(&index, &room_allocator, btc_bytes(entry->store.bytes, length), entry->node_id);
    if (read == LN_STORE_NO_MEMORY)
        trouble_memory(host->trouble);
    const struct ln_store_entry *found = ln_store_find(&index, &key);
    struct ln_node *node = host_enter(host, number);
    if (node != NULL)
        host_leave(host, number,
                   ln_node_give_past(node, output->event.channel, found == NULL ? btc_bytes(NULL, 0) : found->bytes),
                   NULL);
    ln_store_index_close(&index);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* What it can have changes with blocks: a node that has all and wants more must wait. */
static void give_coins(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    bool has_all = node->wants_coins && node->coins_tip == host->tip;
    node->wants_coins = true;
    if (has_all || host_enter(host, number) == NULL)
        return;
    wallet_update(host, number);
    host_leave(host, number, LN_NODE_OK, NULL);
}

/* What the wallet does about it. */
static void serve(struct host *host, uint32_t number, const struct output *output)
{
    const struct ln_node_event *event = &output->event;
    switch (event->kind) {
    case LN_NODE_FUND:
        wallet_fund(host, number, event, btc_bytes(output->bytes, output->length));
        break;
    case LN_NODE_FUNDING_SAFE:
        wallet_send_funding(host, number, &event->outpoint);
        break;
    case LN_NODE_CHANNEL_GONE:
        wallet_forget_channel(host, number, event->channel);
        break;
    case LN_NODE_WANT_COINS:
        give_coins(host, number);
        break;
    default:
        break;
    }
}

static void tell(struct host *host, uint32_t number, const struct output *output)
{
    serve(host, number, output);
    for (uint32_t i = 0; i < host->listener_count && !host_is_over(host); i++)
        host->listeners[i].on_event(host->listeners[i].self, number, &output->event,
                                    btc_bytes(output->bytes, output->length));
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static void carry_out(struct host *host, uint32_t number, const struct output *output)
{
    struct btc_bytes bytes = btc_bytes(output->bytes, output->length);
    switch (output->kind) {
    case OUTPUT_BYTES:
        wire_send_bytes(host, output->line, output->epoch, bytes);
        break;
    case OUTPUT_MESSAGE:
        wire_send_message(host, output->line, output->epoch, bytes);
        break;
    case OUTPUT_CLOSE:
        wire_close(host, output->line, output->epoch);
        break;
    case OUTPUT_WRITE:
        write(host, number, output);
        break;
    case OUTPUT_SAFE:
        safe(host, number, output);
        break;
    case OUTPUT_SHORT:
        shorten_end(host, number);
        break;
    case OUTPUT_BROADCAST:
        reach_broadcast(host, number, bytes, output->event.replaced);
        break;
    case OUTPUT_FORGET:
        reach_forget(host, number, output->event.txid);
        break;
    case OUTPUT_FETCH:
        fetch(host, number, output);
        break;
    case OUTPUT_EVENT:
        tell(host, number, output);
        break;
    }
}

void output_on_due(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct host *host = object;
    struct output output;
    (void)argument;
    while (!host_is_over(host) && queue_take(host, entity, &output)) {
        /* Signatures of one length are tokens': what goes to the chain is not traced by its length. */
        sim_trace(sim, (uint64_t)output.kind << 32 | (output.kind == OUTPUT_BROADCAST ? 0 : output.length));
        carry_out(host, entity, &output);
        queue_release(host, &output);
    }
    queue_aim(host, entity);
}
