/* lightning_adversary.c: payers who mean harm.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_adversary.h"

#include "models/host/adversary.h"
#include "models/rails/lightning_books.h"
#include "models/rails/lightning_presence.h"

#include <stdlib.h>
#include <string.h>

#define SETTLE_US  (INT64_C(600) * 1000000) /* behind a session, for refunds */
#define FIRST_US   (INT64_C(5) * 1000000)
#define PARTS_US   (INT64_C(90) * 1000000) /* until the last parts have surely come back */
#define WORTH_MSAT INT64_C(1000000)        /* less is not worth the fee of a commitment */
#define HONEST     UINT32_MAX

struct villain {
    uint32_t attack; /* of the config; HONEST */
    uint32_t payer;
    uint32_t outlet; /* of the session */
    bool has_visited, has_backup, has_cheated;
    int64_t backup_us, backup_msat; /* what it had in its channels then */
    uint32_t turn;
    bool is_staying;  /* until its parts have come back */
    int64_t last_us;  /* that parts left */
    bool has_invoice; /* of a victim, open */
    uint32_t victim;
    uint64_t invoice;
    struct sim_handle next;
};

static const struct lightning_attack *attack_of(const struct lightning *rail, const struct villain *villain)
{
    return &rail->config->attacks[villain->attack];
}

static void plan(struct lightning *rail, struct villain *villain, int64_t after_us)
{
    if (!sim_is_pending(rail->sim, villain->next))
        villain->next = lightning_schedule(rail, rail->villain_kind, after_us, villain->payer);
}

/* ---- cheats ----------------------------------------------------------------------------------------------------- */

/* What a phone has in channels that can be used; 0 while one is on its way to or from that. */
static int64_t balance_msat(const struct lightning *rail, uint32_t payer)
{
    const struct ln_node *node = host_look(rail->host, rail->phones[payer].node);
    int64_t sum_msat = 0;
    for (uint32_t i = 0; node != NULL && i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry == NULL)
            continue;
        if (entry->mode != LN_MODE_LIVE || entry->channel.stage != LN_STAGE_NORMAL || entry->channel.record_count > 0)
            return 0;
        sum_msat += (int64_t)entry->channel.settled_msat[LN_US];
    }
    return sum_msat;
}

static void back_up(struct lightning *rail, struct villain *villain)
{
    int64_t has_msat = balance_msat(rail, villain->payer);
    if (villain->has_cheated || has_msat <= (villain->has_backup ? villain->backup_msat : 0))
        return;
    if (!host_back_up(rail->host, rail->phones[villain->payer].node))
        return;
    villain->has_backup = true;
    villain->backup_msat = has_msat;
    villain->backup_us = sim_now_us(rail->sim);
}

static bool is_idle(const struct phone *phone)
{
    return phone->session_count == 0 && phone->exchange_count == 0 && phone->opening_count == 0;
}

static void cheat(struct lightning *rail, struct villain *villain)
{
    const struct phone *phone = &rail->phones[villain->payer];
    int64_t now_us = sim_now_us(rail->sim), has_msat = balance_msat(rail, villain->payer);
    bool is_time = villain->has_backup && now_us >= villain->backup_us + attack_of(rail, villain)->after_us;
    bool is_worth_it = has_msat > 0 && villain->backup_msat >= has_msat + WORTH_MSAT;
    if (villain->has_cheated || !is_time || !is_worth_it || !is_idle(phone) || !host_is_up(rail->host, phone->node))
        return;
    villain->has_cheated = true;
    rail->tally.cheats++;
    host_cheat(rail->host, phone->node, now_us);
}

/* ---- jams ------------------------------------------------------------------------------------------------------- */

/* The victim's node forgets the last one: its parts have come back by now, or do with this. */
static void drop_invoice(struct lightning *rail, struct villain *villain)
{
    struct ln_node *node = villain->has_invoice ? host_enter(rail->host, rail->outlets[villain->victim]) : NULL;
    villain->has_invoice = false;
    if (node == NULL)
        return;
    enum ln_node_result result = ln_node_cancel(node, villain->invoice);
    if (result == LN_NODE_OK)
        result = ln_node_forget_invoice(node, villain->invoice);
    host_leave(rail->host, rail->outlets[villain->victim], result, NULL);
}

/* Any outlet makes an invoice for whoever asks. */
static bool ask(struct lightning *rail, struct villain *villain, char *text, size_t size)
{
    const struct lightning_attack *attack = attack_of(rail, villain);
    struct ln_node *node = host_enter(rail->host, rail->outlets[villain->victim]);
    if (node == NULL)
        return false;
    const struct ln_node_asking asking = {.amount_msat = (uint64_t)attack->part_msat * (attack->parts + 1),
                                          .description = btc_bytes("energy", 6)};
    enum ln_node_result result = ln_node_ask(node, &villain->invoice, text, size, &asking);
    host_leave(rail->host, rail->outlets[villain->victim], result, &host_work_invoice_made);
    villain->has_invoice = result == LN_NODE_OK;
    return villain->has_invoice;
}

/* Its channel that can be used, by its own number; 0: none. */
static uint64_t channel_of(const struct lightning *rail, uint32_t payer)
{
    const struct ln_node *node = host_look(rail->host, rail->phones[payer].node);
    for (uint32_t i = 0; node != NULL && i < node->channel_places.top; i++) {
        if (node->channels[i] != NULL && node->channels[i]->mode == LN_MODE_LIVE && node->channels[i]->usable)
            return node->channels[i]->number;
    }
    return 0;
}

/* Over a hub: every other outlet in turn. Where its channel leads to the outlet itself: that one. */
static uint32_t next_victim(const struct lightning *rail, struct villain *villain)
{
    if (rail->hub == HOST_NONE || rail->outlet_count == 1)
        return villain->outlet;
    return (villain->outlet + 1 + villain->turn++ % (rail->outlet_count - 1)) % rail->outlet_count;
}

/* It is busy, for presence, or is not any more. */
static void stay(struct lightning *rail, struct villain *villain, bool is_staying)
{
    if (villain->is_staying == is_staying)
        return;
    villain->is_staying = is_staying;
    rail->phones[villain->payer].exchange_count += is_staying ? 1 : -1u;
    if (!is_staying)
        presence_look(rail, villain->payer);
}

static void jam(struct lightning *rail, struct villain *villain)
{
    const struct lightning_attack *attack = attack_of(rail, villain);
    const struct phone *phone = &rail->phones[villain->payer];
    char text[LIGHTNING_TEXT_BYTES];
    drop_invoice(rail, villain);
    if (phone->session_count == 0 && !villain->is_staying)
        return;
    if (phone->session_count == 0) { /* its own channel would end on the chain if it left with parts under way */
        stay(rail, villain, false);
        return;
    }
    villain->victim = next_victim(rail, villain);
    uint64_t channel = channel_of(rail, villain->payer);
    if (channel != 0 && access_is_there(rail->access, villain->payer) && ask(rail, villain, text, sizeof text)) {
        const struct host_jam jam = {.channel = channel,
                                     .invoice = btc_bytes(text, strlen(text)),
                                     .parts = attack->parts,
                                     .part_msat = (uint64_t)attack->part_msat};
        rail->tally.jams += host_jam(rail->host, phone->node, &jam);
        villain->last_us = sim_now_us(rail->sim);
    }
    plan(rail, villain, attack->every_us);
}

/* ---- grief ------------------------------------------------------------------------------------------------------ */

static void stall(struct lightning *rail, const struct villain *villain, bool is_stalled)
{
    uint32_t node = rail->phones[villain->payer].node;
    uint32_t far = rail->provider != HOST_NONE ? rail->provider : rail->outlets[villain->outlet];
    if (host_are_joined(rail->host, node, far))
        host_stall(rail->host, node, far, is_stalled);
}

/* ---- who and when ----------------------------------------------------------------------------------------------- */

static struct villain *villain_of(const struct lightning *rail, uint32_t payer)
{
    bool is_one = rail->villains != NULL && payer < rail->payer_count && rail->villains[payer].attack != HONEST;
    return is_one ? &rail->villains[payer] : NULL;
}

static void handle(struct sim *sim, void *object, uint32_t payer, uint64_t argument)
{
    struct lightning *rail = object;
    struct villain *villain = villain_of(rail, payer);
    (void)sim, (void)argument;
    if (attack_of(rail, villain)->method == LIGHTNING_ATTACK_REVOKED)
        cheat(rail, villain);
    else
        jam(rail, villain);
}

static uint32_t draw(const struct lightning *rail, uint32_t payer)
{
    struct sim_stream stream;
    sim_stream_open(&stream, rail->sim, "rail.lightning.intent", payer);
    double intent = stream_uniform(&stream) * 1e6;
    for (uint32_t i = 0; i < rail->config->attack_count; i++) {
        if (intent < (double)rail->config->attacks[i].share_ppm)
            return i;
        intent -= (double)rail->config->attacks[i].share_ppm;
    }
    return HONEST;
}

bool adversary_open(struct lightning *rail)
{
    if (rail->config->attack_count == 0)
        return true;
    rail->villain_kind = sim_kind_add(rail->sim, "lightning.villain", handle);
    rail->villains = calloc(rail->payer_count + 1, sizeof rail->villains[0]);
    for (uint32_t i = 0; rail->villains != NULL && i < rail->payer_count; i++)
        rail->villains[i] = (struct villain){.attack = draw(rail, i), .payer = i};
    return rail->villains != NULL;
}

void adversary_close(struct lightning *rail)
{
    free(rail->villains);
}

bool adversary_needs_records(const struct lightning *rail, uint32_t payer)
{
    const struct villain *villain = villain_of(rail, payer);
    return villain != NULL && attack_of(rail, villain)->method == LIGHTNING_ATTACK_REVOKED;
}

bool adversary_has_cheated(const struct lightning *rail, uint32_t payer)
{
    const struct villain *villain = villain_of(rail, payer);
    return villain != NULL && villain->has_cheated;
}

void adversary_arrives(struct lightning *rail, uint32_t payer, uint32_t outlet)
{
    struct villain *villain = villain_of(rail, payer);
    if (villain == NULL)
        return;
    switch (attack_of(rail, villain)->method) {
    case LIGHTNING_ATTACK_REVOKED:
        back_up(rail, villain);
        break;
    case LIGHTNING_ATTACK_JAM:
        plan(rail, villain, FIRST_US);
        break;
    case LIGHTNING_ATTACK_GRIEF:
        if (villain->has_visited) /* of the outlet before this one */
            stall(rail, villain, false);
        break;
    }
    villain->outlet = outlet;
    villain->has_visited = true;
}

void adversary_leaves(struct lightning *rail, uint32_t payer)
{
    struct villain *villain = villain_of(rail, payer);
    if (villain == NULL)
        return;
    switch (attack_of(rail, villain)->method) {
    case LIGHTNING_ATTACK_REVOKED:
        plan(rail, villain, SETTLE_US);
        break;
    case LIGHTNING_ATTACK_JAM:
        if (villain->last_us == 0)
            break;
        stay(rail, villain, true);
        sim_cancel(rail->sim, villain->next);
        plan(rail, villain, PARTS_US);
        break;
    case LIGHTNING_ATTACK_GRIEF:
        stall(rail, villain, true);
        break;
    }
}
