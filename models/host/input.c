/* input.c: from effects to outputs.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/input.h"

#include "models/host/audit.h"
#include "models/host/queue.h"
#include "models/host/store.h"
#include "models/host/watch.h"
#include "models/host/work.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

uint64_t input_now_us(const struct host *host)
{
    return (uint64_t)(host->options.start_unix_s * 1000000 + sim_now_us(host->sim));
}

void input_expect(struct host *host, enum ln_node_result result)
{
    if (result == LN_NODE_NO_MEMORY)
        trouble_memory(host->trouble);
    else if (result != LN_NODE_OK) {
        char text[200];
        snprintf(text, sizeof text, "a node refused what it must take: %s", ln_node_result_text(result));
        trouble_fail(host->trouble, text);
    }
}

uint32_t input_line_of(const struct host *host, uint32_t number, uint32_t peer)
{
    uint32_t place = host_node_at(host, number)->line_of_peer[peer];
    if (place == HOST_NONE)
        return HOST_NONE;
    const struct line_end *line = host_line_at(host, place);
    return line->is_ready && line->peer == peer ? place : HOST_NONE;
}

/* ---- the work of an input -------------------------------------------------------------------------------------- */

static uint32_t hops_of(const struct ln_node *node, uint64_t number)
{
    for (uint32_t i = 0; i < node->attempt_places.top; i++) {
        const struct ln_attempt *attempt = &node->attempts[i];
        if (attempt->state == LN_ATTEMPT_SENT && attempt->number == number)
            return attempt->route.hop_count;
    }
    return 0; /* it is over already */
}

static void add_effect(struct device_work *work, const struct ln_node *node, const struct ln_node_effect *effect)
{
    if (effect->kind == LN_NODE_MESSAGE)
        host_work_made(work, effect->bytes);
    if (effect->kind == LN_NODE_PERSIST)
        host_work_record(work, effect->bytes.length);
    if (effect->kind == LN_NODE_EVENT && effect->event.kind == LN_NODE_ATTEMPT_SENT)
        host_work_onion(work, hops_of(node, effect->event.attempt));
    if (effect->kind == LN_NODE_EVENT && effect->event.kind == LN_NODE_FORWARD_SENT)
        host_work_forward(work);
}

/* Returns when all of it is done. */
static int64_t reckon(struct host *host, uint32_t number, const struct device_work *before)
{
    struct host_node *node = host_node_at(host, number);
    struct device_work work = {{0}};
    if (before != NULL)
        device_work_add(&work, before);
    for (uint32_t i = 0; i < host->effects.count; i++)
        add_effect(&work, &node->node, &host->effects.list[i]);
    return device_work(&node->device, sim_now_us(host->sim), &work);
}

/* ---- effects --------------------------------------------------------------------------------------------------- */

static void put_record(struct host *host, uint32_t number, const struct ln_node_effect *effect, int64_t done_us)
{
    struct host_node *node = host_node_at(host, number);
    struct output *begin = queue_put(host, number, OUTPUT_WRITE, done_us, btc_bytes(NULL, 0));
    if (begin == NULL)
        return;
    begin->number = effect->number;
    bool is_kept = node->config.flags & LN_NODE_KEEPS_RECORDS;
    if (is_kept && !store_put(&node->store, effect->bytes, node->block)) {
        trouble_memory(host->trouble);
        return;
    }
    int64_t safe_us = device_write(&node->device, begin->due_us, effect->bytes.length);
    struct output *safe = queue_put(host, number, OUTPUT_SAFE, safe_us, btc_bytes(NULL, 0));
    if (safe != NULL)
        safe->number = effect->number;
    host->tally.records++;
    host->tally.record_bytes += effect->bytes.length;
}

static void put_to_peer(struct host *host, uint32_t number, const struct ln_node_effect *effect, int64_t done_us)
{
    uint32_t line = input_line_of(host, number, effect->peer);
    if (line == HOST_NONE) {
        host->tally.dropped += effect->kind == LN_NODE_MESSAGE;
        return;
    }
    enum output_kind kind = effect->kind == LN_NODE_MESSAGE ? OUTPUT_MESSAGE : OUTPUT_CLOSE;
    struct output *output = queue_put(host, number, kind, done_us, effect->bytes);
    if (output == NULL)
        return;
    output->line = line;
    output->epoch = host_line_at(host, line)->epoch;
}

static void put_plain(struct host *host, uint32_t number, enum output_kind kind, const struct ln_node_effect *effect,
                      int64_t done_us)
{
    struct output *output = queue_put(host, number, kind, done_us, effect->bytes);
    if (output == NULL)
        return;
    output->number = effect->number;
    output->event = effect->event;
}

static void put_effect(struct host *host, uint32_t number, const struct ln_node_effect *effect, int64_t done_us)
{
    switch (effect->kind) {
    case LN_NODE_PERSIST:
        put_record(host, number, effect, done_us);
        break;
    case LN_NODE_MESSAGE:
    case LN_NODE_DISCONNECT:
        put_to_peer(host, number, effect, done_us);
        break;
    case LN_NODE_BROADCAST:
        put_plain(host, number, OUTPUT_BROADCAST, effect, done_us);
        break;
    case LN_NODE_FORGET_TX:
        put_plain(host, number, OUTPUT_FORGET, effect, done_us);
        break;
    case LN_NODE_WATCH: /* of the host's own concern: nothing leaves the machine */
        if (!watched_add(&host_node_at(host, number)->watched, effect->event.outpoint.txid))
            trouble_memory(host->trouble);
        break;
    case LN_NODE_FETCH:
        put_plain(host, number, OUTPUT_FETCH, effect, done_us);
        break;
    case LN_NODE_EVENT:
        put_plain(host, number, OUTPUT_EVENT, effect, done_us);
        break;
    }
}

static void set_timer(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    uint64_t next_us = ln_node_next_us(&node->node);
    int64_t now_us = sim_now_us(host->sim);
    if (next_us == UINT64_MAX) {
        sim_cancel(host->sim, node->timer);
        return;
    }
    uint64_t node_now_us = input_now_us(host);
    int64_t at_us = next_us > node_now_us ? now_us + (int64_t)(next_us - node_now_us) : now_us + 1;
    if (!sim_move(host->sim, node->timer, at_us))
        node->timer = sim_schedule(host->sim, at_us, SIM_TIMER,
                                   &(struct sim_action){.kind = host->timer_kind, .entity = number, .object = host});
}

/* The node, when this instant is over. The more channels it has, the rarer: it must not become most of the work. */
static void audit_sometimes(struct host *host, uint32_t number)
{
    if (host->options.audit_inputs == 0 || --host->until_audit > 0)
        return;
    host->until_audit = host->options.audit_inputs + host_node_at(host, number)->node.channel_places.top;
    sim_schedule(host->sim, sim_now_us(host->sim), SIM_PROBE,
                 &(struct sim_action){.kind = host->audit_kind, .entity = number, .object = host});
}

void input_on_audit(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct host *host = object;
    char why[256], text[300];
    (void)sim;
    (void)argument;
    if (!host_is_up(host, entity) || audit_node(host, host_node_at(host, entity), why, sizeof why))
        return;
    snprintf(text, sizeof text, "audit of Lightning nodes: %s", why);
    trouble_fail(host->trouble, text);
}

void input_collect(struct host *host, uint32_t number, const struct device_work *work)
{
    if (host_is_over(host))
        return;
    int64_t done_us = reckon(host, number, work);
    for (uint32_t i = 0; i < host->effects.count && !host_is_over(host); i++)
        put_effect(host, number, &host->effects.list[i], done_us);
    ln_node_effects_clear(&host->effects);
    queue_aim(host, number);
    set_timer(host, number);
    host->tally.inputs++;
    audit_sometimes(host, number);
}

/* ---- entering -------------------------------------------------------------------------------------------------- */

struct ln_node *host_enter(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    assert(!host->is_inside);
    if (!node->is_up || host_is_over(host))
        return NULL;
    host->is_inside = true;
    ln_node_effects_clear(&host->effects);
    input_expect(host, ln_node_time(&node->node, input_now_us(host)));
    return &node->node;
}

void host_leave(struct host *host, uint32_t number, enum ln_node_result result, const struct device_work *work)
{
    assert(host->is_inside);
    host->is_inside = false;
    if (result == LN_NODE_NO_MEMORY)
        trouble_memory(host->trouble);
    input_collect(host, number, work);
}

void input_on_timer(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim;
    (void)argument;
    if (host_enter(object, entity) != NULL)
        host_leave(object, entity, LN_NODE_OK, NULL);
}

const struct ln_node *host_look(const struct host *host, uint32_t number)
{
    const struct host_node *node = host_node_at(host, number);
    return node->is_up ? &node->node : NULL;
}
