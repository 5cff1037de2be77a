/* riot_check.c: what must be true when everything has come to rest.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/channel_commit.h"
#include "tests/lightning/riot_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE   240 /* blocks until everything is resolved */
#define ANCHORS    660
#define ROUNDING   30
#define FIRST_SENT 1000000
#define FOUNDED    3 /* blocks that any funding must be deep */

/* ---- channels on the chain ---- */

/* Who cheats broadcasts what is revoked; so may have done, unknowingly, who then forgot it with a part of its disk. */
static bool may_be_revoked(const struct riot *riot, const uint8_t txid[32])
{
    struct miner *miner = &riot->town->miner;
    bool before = miner_find(miner, txid) < &miner->waiting[riot->sent_before];
    return riot->odd < riot->nodes && (riot->cheats || before);
}

static void note_channel(struct riot *riot, unsigned number, const struct ln_node_channel *entry)
{
    assert(entry->number <= TOWN_CHANNELS);
    __typeof__(&riot->ended[0][0]) ended = &riot->ended[number][entry->number];
    struct ln_onchain_tally tally = ln_onchain_tally(entry->chain);
    ended->known = true;
    ended->funding = entry->chain->terms.funding;
    ended->funding_sat = entry->chain->terms.funding_sat;
    ended->fees_sat = tally.fees_sat;
    ended->abandoned_sat = tally.abandoned_sat;
    ended->pending_sat = tally.pending_sat;
    ended->lost_sat = tally.lost_sat;
    TOWN_CHECK(entry->chain->close != LN_CLOSE_REVOKED || may_be_revoked(riot, entry->chain->outs[0].spender));
    ended->close = (uint8_t)entry->chain->close;
    riot->fought |= entry->chain->close > LN_CLOSE_MUTUAL;
}

void riot_note(struct riot *riot)
{
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &riot->town->nodes[i].node;
        for (uint32_t k = 0; riot->town->nodes[i].up && k < node->channel_places.top; k++) {
            const struct ln_node_channel *entry = node->channels[k];
            if (entry != NULL && entry->mode == LN_MODE_CHAIN) {
                note_channel(riot, i, entry);
            }
        }
    }
}

/* ---- coming to rest ---- */

static bool is_paying(const struct riot *riot)
{
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &riot->town->nodes[i].node;
        for (uint32_t k = 0; k < node->payment_places.top; k++) {
            uint8_t state = node->payments[k].state;
            if (state == LN_PAYMENT_TRYING || state == LN_PAYMENT_GIVING_UP) {
                return true;
            }
        }
        if (node->link_places.top != node->link_places.free_count) {
            return true;
        }
    }
    return false;
}

static void decide_all(struct riot *riot)
{
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &riot->town->nodes[i].node;
        for (uint32_t k = 0; k < node->invoice_places.top; k++) {
            if (node->invoices[k].state == LN_INVOICE_HELD) {
                struct ln_node *call = town_call(riot->town, i);
                enum ln_node_result result = k % 2 == 0 ? ln_node_settle(call, node->invoices[k].number, NULL)
                                                        : ln_node_cancel(call, node->invoices[k].number);
                TOWN_CHECK(result == LN_NODE_OK);
                town_take(riot->town, i);
            }
        }
    }
    town_settle(riot->town);
}

static void come_to_rest(struct riot *riot)
{
    struct town *town = riot->town;
    town->late = false;
    for (unsigned i = 0; i < riot->nodes; i++) {
        town_make_safe(town, i, UINT32_MAX);
        riot_restart(riot, i);
    }
    riot_join_all(riot);
    town_settle(town);
    for (unsigned i = 0; i < 3; i++) {
        decide_all(riot);
        town_wait(town, 700000000);
        riot_join_all(riot);
        town_settle(town);
        town_audit(town);
    }
    for (unsigned blocks = 0; blocks < FOUNDED || is_paying(riot); blocks++) {
        TOWN_CHECK(blocks < PATIENCE);
        riot_mine(riot, ~0u, 0);
        town_settle(town);
        decide_all(riot);
        riot_join_all(riot);
        town_settle(town);
    }
}

/* ---- channels that live ---- */

static bool is_mutual(const struct riot *riot, unsigned a, const struct ln_node_channel *entry)
{
    const struct town_node *node = &riot->town->nodes[a];
    for (unsigned b = 0; b < riot->nodes; b++) {
        const uint8_t *id = riot->town->nodes[b].node.node_id;
        if (riot->town->joined[a][b] && memcmp(node->node.peers[entry->peer].node_id, id, 33) == 0) {
            return true;
        }
    }
    return false;
}

/* Nothing is left in them, and there is money that can move. */
static void check_living(struct riot *riot)
{
    struct town *town = riot->town;
    uint64_t sum_msat = 0;
    uint32_t living = 0;
    for (unsigned i = 0; i < riot->nodes; i++) {
        struct ln_node *node = town_call(town, i);
        for (uint32_t k = 0; k < node->channel_places.top; k++) {
            struct ln_node_channel *entry = node->channels[k];
            if (entry == NULL || entry->mode != LN_MODE_LIVE) {
                continue;
            }
            living++;
            struct ln_workshop shop = {&town->backend, &node->pool, &town->shop.scratch, &town->shop.effects};
            sum_msat += entry->channel.settled_msat[LN_US];
            if (is_mutual(riot, i, entry) && riot_is_honest(riot, i)) {
                TOWN_CHECK(entry->channel.first_record == LN_RECORD_NONE);
                TOWN_CHECK(ln_channel_is_quiet(&entry->channel, &shop) && entry->channel.reestablished);
            }
        }
    }
    TOWN_CHECK(living < riot->start_count || sum_msat == riot->start_sum_msat);
}

static void send_once_more(struct riot *riot)
{
    struct town *town = riot->town;
    for (unsigned a = 0; a < riot->nodes; a++) {
        for (unsigned b = 0; b < riot->nodes; b++) {
            const struct ln_node_channel *entry = town->joined[a][b] ? town_channel(town, a, b, 0) : NULL;
            uint64_t can_msat = entry == NULL ? 0 : ln_node_sendable_msat(town_call(town, a), entry);
            if (can_msat >= FIRST_SENT && riot_is_honest(riot, a) && riot_is_honest(riot, b)) {
                TOWN_CHECK(town_send(town, a, b, FIRST_SENT));
            }
        }
    }
}

/* ---- the end of all channels ---- */

static bool is_over(const struct riot *riot)
{
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &riot->town->nodes[i].node;
        if (node->channel_places.top != node->channel_places.free_count) {
            return false;
        }
    }
    return true;
}

static void close_all(struct riot *riot)
{
    struct town *town = riot->town;
    for (unsigned i = 0; i < riot->nodes; i++) {
        const struct ln_node *node = &town->nodes[i].node;
        for (uint32_t k = 0; k < node->channel_places.top; k++) {
            const struct ln_node_channel *entry = node->channels[k];
            if (entry == NULL || entry->mode != LN_MODE_LIVE) {
                continue;
            }
            bool gently = (riot->totals.runs + k) % 2 == 0 && is_mutual(riot, i, entry);
            enum ln_node_result result = gently ? ln_node_close_channel(town_call(town, i), entry->number)
                                                : ln_node_force_close(town_call(town, i), entry->number);
            TOWN_CHECK(result == LN_NODE_OK || result == LN_NODE_STAGE);
            town_take(town, i);
            town_settle(town);
        }
    }
    for (unsigned blocks = 0; !is_over(riot); blocks++) {
        TOWN_CHECK(blocks < PATIENCE);
        riot_mine(riot, ~0u, 0);
        town_settle(town);
        riot_join_all(riot);
        town_settle(town);
    }
}

/* ---- what everybody has ---- */

static int64_t closing_fee_sat(const struct riot *riot, const struct btc_outpoint *funding, int64_t funding_sat)
{
    const struct miner *miner = &riot->town->miner;
    for (uint32_t i = 0; i < miner->count; i++) {
        const struct miner_tx *mined = &miner->waiting[i];
        if (mined->mined_height > 0 && btc_outpoint_equal(&mined->tx->inputs[0].previous, funding)) {
            return funding_sat - btc_tx_output_sum_sat(mined->tx);
        }
    }
    TOWN_CHECK(false);
    return 0;
}

static uint64_t dust_msat(const struct riot *riot)
{
    uint64_t sum_msat = 0;
    for (uint32_t i = 0; i < riot->deal_count; i++) {
        sum_msat += riot->deals[i].dust ? 3100000 : 0;
    }
    return riot->fought ? sum_msat : 0;
}

/* What may be missing: fees of the chain and dust. */
static int64_t allowance_sat(struct riot *riot, unsigned number)
{
    int64_t sum_sat = (int64_t)(dust_msat(riot) / 1000);
    for (uint32_t k = 0; k <= TOWN_CHANNELS; k++) {
        __typeof__(&riot->ended[0][0]) ended = &riot->ended[number][k];
        if (ended->known) {
            sum_sat += closing_fee_sat(riot, &ended->funding, ended->funding_sat) + ended->fees_sat +
                       ended->abandoned_sat + ANCHORS + ROUNDING;
            riot->totals.agreed += ended->close == LN_CLOSE_MUTUAL;
            riot->totals.forced += ended->close == LN_CLOSE_OURS;
            riot->totals.punished += ended->close == LN_CLOSE_REVOKED;
        }
    }
    return sum_sat;
}

/* What the node's own books say that it has gained. */
static int64_t gained_msat(struct riot *riot, unsigned number)
{
    const struct ln_node *node = &riot->town->nodes[number].node;
    int64_t sum_msat = 0;
    for (uint32_t k = 0; k < node->payment_places.top; k++) {
        const struct ln_payment *payment = &node->payments[k];
        if (payment->state == LN_PAYMENT_SENT) {
            sum_msat -= (int64_t)(payment->paid_msat + payment->fee_msat);
            riot->totals.paid++;
        }
        riot->totals.unpaid += payment->state == LN_PAYMENT_FAILED;
    }
    for (uint32_t k = 0; k < node->invoice_places.top; k++) {
        sum_msat += node->invoices[k].state == LN_INVOICE_PAID ? (int64_t)node->invoices[k].paid_msat : 0;
    }
    return sum_msat;
}

/* All of a revoked commitment is ours, but for what is too small. */
static void check_penalties(const struct riot *riot, unsigned number)
{
    for (uint32_t k = 0; k <= TOWN_CHANNELS; k++) {
        const __typeof__(riot->ended[0][0]) *ended = &riot->ended[number][k];
        bool punished = ended->known && ended->close == LN_CLOSE_REVOKED;
        TOWN_CHECK(!punished || ended->pending_sat + ended->lost_sat == 0);
    }
}

static void check_wealth(struct riot *riot, unsigned number)
{
    int64_t has_sat = town_wallet_sat(riot->town, number);
    int64_t due_msat = (int64_t)riot->start_msat[number] + gained_msat(riot, number);
    int64_t allowed_sat = allowance_sat(riot, number);
    if (riot_is_honest(riot, number) && has_sat + allowed_sat < due_msat / 1000) {
        fprintf(stderr, "node %u has %lld sat, %lld are due, %lld may be missing\n", number, (long long)has_sat,
                (long long)due_msat / 1000, (long long)allowed_sat);
        abort();
    }
}

/* ---- what both ends say of a payment ---- */

static const struct ln_payment *payment_of(const struct riot *riot, const struct riot_deal *deal)
{
    const struct ln_node *node = &riot->town->nodes[deal->payer].node;
    for (uint32_t k = 0; k < node->payment_places.top; k++) {
        if (node->payments[k].state != LN_PAYMENT_FREE &&
            memcmp(node->payments[k].terms.payment_hash, deal->hash, 32) == 0) {
            return &node->payments[k];
        }
    }
    return NULL;
}

static const struct ln_node_invoice *invoice_of(const struct riot *riot, const struct riot_deal *deal)
{
    const struct ln_node *node = &riot->town->nodes[deal->payee].node;
    for (uint32_t k = 0; k < node->invoice_places.top; k++) {
        if (node->invoices[k].state != LN_INVOICE_FREE && memcmp(node->invoices[k].payment_hash, deal->hash, 32) == 0) {
            return &node->invoices[k];
        }
    }
    return NULL;
}

static void check_deal(struct riot *riot, const struct riot_deal *deal)
{
    const struct ln_payment *payment = payment_of(riot, deal);
    const struct ln_node_invoice *invoice = invoice_of(riot, deal);
    bool sent = payment != NULL && payment->state == LN_PAYMENT_SENT;
    bool paid = invoice != NULL && invoice->state == LN_INVOICE_PAID;
    bool loose = deal->dust && riot->fought;
    TOWN_CHECK(payment == NULL || sent || payment->state == LN_PAYMENT_FAILED);
    if (riot->odd < riot->nodes || loose) {
        return;
    }
    TOWN_CHECK(sent == paid);
    TOWN_CHECK(!sent || payment->paid_msat == invoice->paid_msat);
    riot->totals.in_parts += sent && payment->attempts > 1 && payment->terms.parts_max > 1;
}

void riot_end(struct riot *riot)
{
    come_to_rest(riot);
    check_living(riot);
    send_once_more(riot);
    close_all(riot);
    for (uint32_t i = 0; i < riot->deal_count; i++) {
        check_deal(riot, &riot->deals[i]);
    }
    for (unsigned i = 0; i < riot->nodes; i++) {
        check_wealth(riot, i);
        check_penalties(riot, i);
        riot->totals.forwards += town_count(riot->town, i, LN_NODE_FORWARD_SETTLED);
        riot->totals.found_old += town_count(riot->town, i, LN_NODE_CHANNEL_LOST);
    }
}
