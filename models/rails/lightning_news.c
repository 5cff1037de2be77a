/* lightning_news.c: what nodes, the chain and timers say.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_news.h"

#include "models/calendar.h"
#include "models/rails/lightning_books.h"
#include "models/rails/lightning_channel.h"
#include "models/rails/lightning_cost.h"
#include "models/rails/lightning_deposit.h"
#include "models/rails/lightning_holders.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_presence.h"
#include "models/rails/lightning_public.h"
#include "models/rails/lightning_visit.h"

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static void on_node(void *self, uint32_t node, const struct ln_node_event *event, struct btc_bytes bytes)
{
    struct lightning *rail = self;
    (void)bytes;
    uint32_t found;
    switch (event->kind) {
    case LN_NODE_INVOICE_HELD:
    case LN_NODE_INVOICE_PAID:
    case LN_NODE_INVOICE_CANCELLED:
    case LN_NODE_ATTEMPT_FAILED:
    case LN_NODE_PAYMENT_SENT:
    case LN_NODE_PAYMENT_FAILED: {
        enum exchange_outcome outcome = exchange_hear(rail, &found, node, event);
        if (found != SLAB_NONE)
            visit_hear(rail, found, outcome);
        break;
    }
    case LN_NODE_PEER_READY:
    case LN_NODE_CHANNEL_NEW:
    case LN_NODE_CHANNEL_READY:
    case LN_NODE_CHANNEL_LEAVES:
    case LN_NODE_CHANNEL_AGREED:
    case LN_NODE_CHANNEL_FAILS:
    case LN_NODE_CHANNEL_LOST:
    case LN_NODE_CHANNEL_SPENT:
    case LN_NODE_CHANNEL_GONE:
        found = channel_hear(rail, node, event);
        if (found != SLAB_NONE)
            visit_look(rail, found);
        break;
    default:
        break;
    }
}

static void on_sent(void *self, uint32_t node, uint32_t tx)
{
    cost_sent(self, node, tx);
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

static void on_chain(void *self, const struct chain_event *event)
{
    struct lightning *rail = self;
    if (event->kind == CHAIN_EVENT_DEPTH && event->depth <= 1)
        cost_depth(rail, event->tx, event->depth);
    if (event->kind == CHAIN_EVENT_CONNECT)
        lightning_schedule(rail, rail->block_kind, 0, 0); /* when wallets have heard of it too */
}

/* ---- timers ----------------------------------------------------------------------------------------------------- */

static void handle_step(struct sim *sim, void *object, uint32_t exchange, uint64_t argument)
{
    (void)sim, (void)argument;
    visit_step(object, exchange);
}

static void handle_deadline(struct sim *sim, void *object, uint32_t exchange, uint64_t argument)
{
    (void)sim, (void)argument;
    visit_late(object, exchange);
}

static void handle_leave(struct sim *sim, void *object, uint32_t payer, uint64_t argument)
{
    (void)sim, (void)argument;
    presence_leave(object, payer);
}

static void handle_close(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    visit_end(object, session);
}

static void handle_trust(struct sim *sim, void *object, uint32_t session, uint64_t argument)
{
    (void)sim, (void)argument;
    visit_trust(object, session);
}

static void handle_block(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct lightning *rail = object;
    channel_block(rail);
    holders_look_abroad(rail);
    public_block(rail);
    deposit_block(rail, host_height(rail->host));
}

static void handle_open(struct sim *sim, void *object, uint32_t payer, uint64_t argument)
{
    (void)sim, (void)argument;
    struct lightning *rail = object;
    uint32_t line = place_line(rail, payer, place_far(rail, payer % rail->outlet_count));
    if (line != SLAB_NONE)
        channel_need(rail, line);
}

static void handle_day(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity, (void)argument;
    struct lightning *rail = object;
    channel_day(rail);
    lightning_schedule(rail, rail->day_kind, DAY_US, 0);
}

void news_open(struct lightning *rail)
{
    rail->step_kind = sim_kind_add(rail->sim, "lightning.step", handle_step);
    rail->deadline_kind = sim_kind_add(rail->sim, "lightning.deadline", handle_deadline);
    rail->leave_kind = sim_kind_add(rail->sim, "lightning.leave", handle_leave);
    rail->close_kind = sim_kind_add(rail->sim, "lightning.close", handle_close);
    rail->trust_kind = sim_kind_add(rail->sim, "lightning.trust", handle_trust);
    rail->open_kind = sim_kind_add(rail->sim, "lightning.open", handle_open);
    rail->block_kind = sim_kind_add(rail->sim, "lightning.block", handle_block);
    rail->day_kind = sim_kind_add(rail->sim, "lightning.day", handle_day);
    host_listen(rail->host, &(struct host_listener){.self = rail, .on_event = on_node, .on_sent = on_sent});
}

void news_begin(struct lightning *rail)
{
    chain_listen(rail->chain, &(struct chain_listener){.self = rail, .on_event = on_chain});
    lightning_schedule(rail, rail->day_kind, DAY_US, 0);
    for (uint32_t i = 0; rail->hub != HOST_NONE && i < rail->outlet_count; i++)
        channel_need(rail, rail->backbones[i]);
    for (uint32_t i = 0; rail->config->opened == LIGHTNING_OPENED_START && i < rail->payer_count; i++)
        lightning_schedule(rail, rail->open_kind,
                           (int64_t)((double)rail->config->sign_up_us * (i + 0.5) / rail->payer_count), i);
}
