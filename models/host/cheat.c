/* cheat.c: nodes that go back to a backup, and close their channels as they then were.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an attacker would do with unchanged software: restore an old backup, keep away from its peers, who would tell it
 * that it is behind, and give its channels up. The node believes that it is honest, so it claims all that the old state
 * promises by the same code as ever: to_local behind its delay, HTLCs by preimage or timeout, fees raised.
 */
#include "models/host/cheat.h"

#include "models/host/adversary.h"
#include "models/host/power.h"
#include "models/host/store.h"

#include <assert.h>

/* ---- planning -------------------------------------------------------------------------------------------------- */

bool host_back_up(struct host *host, uint32_t number)
{
    struct host_node *node = host_node_at(host, number);
    assert(node->config.flags & LN_NODE_KEEPS_RECORDS);
    bool is_kept = store_copy(&node->cheat.store, &node->store);
    if (!is_kept)
        trouble_memory(host->trouble);
    return is_kept;
}

static void plan(struct host *host, uint32_t number, int64_t at_us)
{
    sim_schedule(host->sim, at_us, SIM_TIMER,
                 &(struct sim_action){.kind = host->cheat_kind, .entity = number, .object = host});
}

void host_cheat(struct host *host, uint32_t number, int64_t at_us)
{
    assert(host_node_at(host, number)->cheat.store.count > 0);
    plan(host, number, at_us);
}

void host_cheat_at_height(struct host *host, uint32_t number, uint32_t height)
{
    assert(host_node_at(host, number)->cheat.store.count > 0 && height > 0);
    host_node_at(host, number)->cheat.height = height;
}

/* ---- doing ----------------------------------------------------------------------------------------------------- */

static void close_all(struct host *host, uint32_t number)
{
    struct ln_node *node = host_enter(host, number);
    if (node == NULL)
        return;
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->mode == LN_MODE_LIVE &&
            ln_node_force_close(node, entry->number) == LN_NODE_NO_MEMORY)
            trouble_memory(host->trouble);
    }
    host_leave(host, number, LN_NODE_OK, NULL);
}

void cheat_on_event(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct host *host = object;
    struct host_node *node = host_node_at(host, entity);
    (void)sim;
    (void)argument;
    if (host_is_over(host))
        return;
    node->cheat.is_due = !node->is_up;
    if (node->cheat.is_due)
        return;
    host->tally.cheats++;
    power_off(host, entity, 0, INT64_MAX);
    host->tally.crashes--; /* it was none */
    if (!store_copy(&node->store, &node->cheat.store)) {
        trouble_memory(host->trouble);
        return;
    }
    node->cheat.is_hiding = true;
    power_on(host, entity);
    close_all(host, entity);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* Whether what it gave up is still to be spent. */
static bool waits_for_block(const struct ln_node *node)
{
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->chain != NULL && entry->chain->close == LN_CLOSE_NONE)
            return true;
    }
    return false;
}

/* Some wait for its height, some hide until what they closed is in a block. */
static void look_at(struct host *host, uint32_t number, uint32_t height)
{
    struct host_node *node = host_node_at(host, number);
    if (node->cheat.height > 0 && node->cheat.height <= height) {
        node->cheat.height = 0;
        plan(host, number, sim_now_us(host->sim));
    }
    if (node->cheat.is_hiding && node->is_up && !waits_for_block(&node->node))
        power_show(host, number);
}

static void on_chain(void *self, const struct chain_event *event)
{
    struct host *host = self;
    for (uint32_t i = 0; event->kind == CHAIN_EVENT_CONNECT && i < host->nodes.limit && !host_is_over(host); i++)
        look_at(host, i, event->height);
}

void cheat_begin(struct host *host)
{
    chain_listen(host->chain, &(struct chain_listener){.self = host, .on_event = on_chain});
}
