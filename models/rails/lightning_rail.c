/* lightning_rail.c: the rail's table, and its opening.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning.h"

#include "models/rails/lightning_adversary.h"
#include "models/rails/lightning_books.h"
#include "models/rails/lightning_holders.h"
#include "models/rails/lightning_news.h"
#include "models/rails/lightning_place.h"
#include "models/rails/lightning_public.h"
#include "models/rails/lightning_visit.h"

#include <assert.h>
#include <stdlib.h>

/* ---- operations ------------------------------------------------------------------------------------------------- */

static bool is_over(const struct lightning *rail)
{
    return rail->trouble->is_memory_out || rail->trouble->is_failed;
}

static void open_session(void *self, const struct rail_opening *opening)
{
    struct lightning *rail = self;
    assert(opening->key < UINT64_C(1) << 48 && opening->payer < rail->payer_count);
    assert(opening->outlet < rail->outlet_count);
    if (opening->session >= rail->account_count && !lightning_grow_accounts(rail, (size_t)opening->session + 1)) {
        trouble_memory(rail->trouble);
        return;
    }
    assert(!rail->accounts[opening->session].is_open);
    visit_begin(rail, opening);
    adversary_arrives(rail, opening->payer, opening->outlet);
}

static void pay(void *self, const struct rail_order *order)
{
    struct lightning *rail = self;
    if (is_over(rail))
        return;
    assert(rail->accounts[order->session].is_open && !rail->accounts[order->session].is_closing);
    assert(order->amount_msat > 0);
    visit_order(rail, order);
}

static void refund(void *self, uint32_t session, int64_t amount_msat)
{
    struct lightning *rail = self;
    if (is_over(rail))
        return;
    assert(rail->accounts[session].is_open && amount_msat > 0);
    visit_refund(rail, session, amount_msat);
}

static void close_session(void *self, uint32_t session)
{
    struct lightning *rail = self;
    if (is_over(rail))
        return;
    assert(rail->accounts[session].is_open && !rail->accounts[session].is_closing);
    rail->accounts[session].is_closing = true;
    adversary_leaves(rail, rail->accounts[session].payer);
    lightning_schedule(rail, rail->close_kind, 0, session);
}

static int64_t exposure_msat(const void *self)
{
    return ((const struct lightning *)self)->exposure_msat;
}

static void lightning_free(void *self)
{
    struct lightning *rail = self;
    place_close(rail);
    adversary_close(rail);
    public_close(rail->public);
    slab_close(&rail->lines);
    slab_close(&rail->ties);
    slab_close(&rail->exchanges);
    slab_close(&rail->deposits);
    free(rail->accounts);
    free(rail->costs);
    free(rail);
}

static void terms(const void *self, struct rail_terms *terms)
{
    const struct lightning *rail = self;
    terms->purchase_uj = rail->config->block_uj;
    if (rail->config->plan != LIGHTNING_STREAM)
        return;
    terms->trust_msat = rail->config->credit_limit_msat;
    terms->waits = true;
    terms->purchase_uj = rail->config->quantum_uj;
}

static const struct rail_ops ops = {.session_open = open_session,
                                    .terms = terms,
                                    .pay = pay,
                                    .refund = refund,
                                    .session_close = close_session,
                                    .exposure_msat = exposure_msat,
                                    .audit = holders_audit,
                                    .report = holders_report,
                                    .free = lightning_free};

/* ---- opening ---------------------------------------------------------------------------------------------------- */

bool lightning_open(struct rail *table, const struct lightning_options *options)
{
    *table = (struct rail){0};
    struct lightning *rail = calloc(1, sizeof *rail);
    if (rail == NULL)
        return false;
    rail->trouble = options->trouble;
    rail->sim = options->trouble->sim;
    rail->config = options->config;
    rail->chain_config = options->chain_config;
    rail->chain = options->chain;
    rail->ledger = options->ledger;
    rail->listener = options->listener;
    rail->payer_count = options->payer_count;
    rail->outlet_count = options->outlet_count;
    rail->hub = HOST_NONE;
    rail->ledger->has_strangers = rail->config->topology == LIGHTNING_PUBLIC;
    rail->access = options->access;
    slab_init(&rail->lines, sizeof(struct line));
    slab_init(&rail->ties, sizeof(struct tie));
    slab_init(&rail->exchanges, sizeof(struct exchange));
    slab_init(&rail->deposits, sizeof(struct deposit));
    rail->provider = HOST_NONE;
    if (rail->config->topology == LIGHTNING_PUBLIC)
        rail->public = public_open(rail, options->map);
    bool is_open = rail->config->topology != LIGHTNING_PUBLIC || rail->public != NULL;
    if (!is_open || !adversary_open(rail) || !place_open(rail, options)) {
        lightning_free(rail);
        return false;
    }
    news_open(rail);
    *table = (struct rail){.ops = &ops, .self = rail};
    return true;
}

bool lightning_begin(struct rail *table)
{
    struct lightning *rail = table->self;
    host_begin(rail->host);
    if (!place_begin(rail))
        return false;
    news_begin(rail);
    return !rail->trouble->is_memory_out;
}
