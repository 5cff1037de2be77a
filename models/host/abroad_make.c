/* abroad_make.c: what listens to gateways.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/abroad_parts.h"

#include <stdlib.h>

static void on_event(void *self, uint32_t node, const struct ln_node_event *event, struct btc_bytes bytes)
{
    struct abroad *abroad = self;
    bool is_real = abroad->options.mode == ABROAD_REAL;
    switch (event->kind) {
    case LN_NODE_FORWARD_ASKED:
        if (is_real)
            real_asked(abroad, node, event);
        else
            modeled_asked(abroad, node, event, bytes);
        break;
    case LN_NODE_OFFER_FULFILLED:
    case LN_NODE_OFFER_FAILED:
        if (!is_real)
            modeled_ended(abroad, node, event, bytes);
        break;
    case LN_NODE_PEER_READY:
    case LN_NODE_CHANNEL_READY:
    case LN_NODE_CHANNEL_LEAVES:
    case LN_NODE_CHANNEL_FAILS:
    case LN_NODE_CHANNEL_LOST:
    case LN_NODE_CHANNEL_SPENT:
    case LN_NODE_CHANNEL_GONE:
        if (is_real)
            real_heard(abroad, node, event);
        break;
    case LN_NODE_FORWARD_SETTLED:
        if (is_real)
            abroad_book(abroad, node, 0, event->fee_msat);
        break;
    default:
        break;
    }
}

struct abroad *abroad_new(const struct abroad_options *options)
{
    struct abroad *abroad = calloc(1, sizeof *abroad);
    if (abroad == NULL)
        return NULL;
    abroad->options = *options;
    abroad->trouble = options->links->trouble;
    abroad->sim = options->links->sim;
    slab_init(&abroad->transits, sizeof(struct transit));
    abroad->arrive_kind = sim_kind_add(abroad->sim, "abroad.arrive", modeled_on_arrive);
    abroad->back_kind = sim_kind_add(abroad->sim, "abroad.back", modeled_on_back);
    host_listen(options->host, &(struct host_listener){.self = abroad, .on_event = on_event});
    return abroad;
}

void abroad_free(struct abroad *abroad)
{
    for (uint32_t i = 0; i < abroad->making_count; i++)
        free(abroad->makings[i].waiters);
    free(abroad->makings);
    free(abroad->books);
    slab_close(&abroad->transits);
    free(abroad);
}

struct abroad_books abroad_books(const struct abroad *abroad, uint32_t node)
{
    struct abroad_books books = node < abroad->book_count ? abroad->books[node] : (struct abroad_books){0, 0};
    if (abroad->options.mode == ABROAD_REAL)
        real_books(&books, abroad, node);
    return books;
}

void abroad_tally(struct abroad_tally *tally, const struct abroad *abroad)
{
    *tally = abroad->tally;
    tally->under_way = abroad->transits.used_count;
}
