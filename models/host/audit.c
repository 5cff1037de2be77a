/* audit.c: what must hold of nodes at every step.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/audit.h"

#include "protocol/lightning/channel_view.h"
#include "protocol/lightning/deadline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- channels -------------------------------------------------------------------------------------------------- */

struct look {
    struct host *host; /* scratch memory is the host's */
    const struct host_node *node;
    const struct ln_node_channel *entry;
    struct ln_workshop shop;
};

static struct look look_at(const struct host *host, const struct host_node *node, const struct ln_node_channel *entry)
{
    struct host *mutable = (struct host *)host;
    return (struct look){.host = mutable,
                         .node = node,
                         .entry = entry,
                         .shop = {&mutable->backend, (struct ln_pool *)&node->node.pool, &mutable->shop.scratch,
                                  &mutable->shop.effects}};
}

static bool is_judged(const struct ln_node_channel *entry)
{
    return entry != NULL && entry->mode == LN_MODE_LIVE &&
           (entry->channel.stage == LN_STAGE_FUNDED || entry->channel.stage == LN_STAGE_NORMAL);
}

/* HTLCs of our commitment. */
static uint64_t htlcs_msat(const struct look *look)
{
    uint64_t sum_msat = 0;
    const struct ln_look ours = {LN_US, LN_STEP_NONE};
    for (uint32_t i = look->entry->channel.first_record; i != LN_RECORD_NONE;) {
        const struct ln_slot *slot = ln_record_of(&look->shop, i);
        if (ln_look_has(ours, slot->state))
            sum_msat += slot->amount_msat;
        i = slot->next;
    }
    return sum_msat;
}

/* Each end has the whole capacity, in what is settled and in what our commitment shows. */
static bool holds_capacity(const struct look *look, char *why, size_t why_size)
{
    const struct ln_channel *channel = &look->entry->channel;
    uint64_t capacity_msat = 1000 * channel->funding_sat, balance_msat[2];
    uint64_t settled_msat = channel->settled_msat[0] + channel->settled_msat[1];
    ln_look_balances(channel, &look->shop, (struct ln_look){LN_US, LN_STEP_NONE}, balance_msat);
    uint64_t shown_msat = balance_msat[0] + balance_msat[1] + htlcs_msat(look);
    if (settled_msat == capacity_msat && shown_msat == capacity_msat)
        return true;
    snprintf(why, why_size, "channel %" PRIu64 ": capacity %" PRIu64 " msat, settled %" PRIu64 ", shown %" PRIu64,
             look->entry->number, capacity_msat, settled_msat, shown_msat);
    return false;
}

static bool keeps_deadlines(const struct look *look, char *why, size_t why_size)
{
    const struct ln_slot *slot = NULL;
    if (look->entry->channel.stage != LN_STAGE_NORMAL || look->entry->channel.doubtful)
        return true;
    enum ln_demand demand = ln_channel_demand(&look->entry->channel, &look->shop, &look->node->config.onchain.patience,
                                              look->node->node.height, &slot);
    if (demand == LN_DEMAND_NONE)
        return true;
    snprintf(why, why_size, "channel %" PRIu64 ": an HTLC of expiry %" PRIu32 " is unresolved at height %" PRIu32,
             look->entry->number, slot == NULL ? 0 : slot->cltv_expiry_height, look->node->node.height);
    return false;
}

static const struct ln_node_channel *other_end(const struct host_node *other, const struct ln_node_channel *entry)
{
    for (uint32_t i = 0; i < other->node.channel_places.top; i++) {
        const struct ln_node_channel *found = other->node.channels[i];
        if (is_judged(found) && btc_outpoint_equal(&found->channel.funding, &entry->channel.funding))
            return found;
    }
    return NULL;
}

/* With nothing under way both ends agree to the millisatoshi. Who has more channels looks for them at the other. */
static bool agrees(const struct look *look, char *why, size_t why_size)
{
    const uint8_t *their_id = look->node->node.peers[look->entry->peer].node_id;
    uint32_t number = host_find_node(look->host, their_id);
    const struct host_node *other = number == HOST_NONE ? NULL : host_node_at(look->host, number);
    bool looks = other != NULL && other->is_up && other->node.channel_places.top <= look->node->node.channel_places.top;
    const struct ln_node_channel *theirs = looks ? other_end(other, look->entry) : NULL;
    const struct ln_channel *a = &look->entry->channel, *b = theirs == NULL ? NULL : &theirs->channel;
    if (b == NULL || a->record_count > 0 || b->record_count > 0 ||
        (a->settled_msat[LN_US] == b->settled_msat[LN_THEM] && a->settled_msat[LN_THEM] == b->settled_msat[LN_US]))
        return true;
    snprintf(why, why_size, "channel %" PRIu64 ": one end has %" PRIu64 " msat, the other thinks it is %" PRIu64,
             look->entry->number, a->settled_msat[LN_US], b->settled_msat[LN_THEM]);
    return false;
}

bool audit_node(const struct host *host, const struct host_node *node, char *why, size_t why_size)
{
    for (uint32_t i = 0; i < node->node.channel_places.top; i++) {
        if (!is_judged(node->node.channels[i]))
            continue;
        const struct look look = look_at(host, node, node->node.channels[i]);
        if (!holds_capacity(&look, why, why_size) || !agrees(&look, why, why_size) ||
            !keeps_deadlines(&look, why, why_size))
            return false;
    }
    return true;
}

/* ---- coins ----------------------------------------------------------------------------------------------------- */

/* Coins that the best chain has, spent by unconfirmed transactions or not. */
static int64_t chain_balance_sat(const struct btc_wallet *wallet)
{
    int64_t sum_sat = 0;
    for (uint32_t i = 0; i < wallet->by_outpoint.capacity; i++) {
        uint32_t number = wallet->by_outpoint.slots[i].number;
        const struct btc_wallet_coin *coin = number == BTC_TABLE_NONE ? NULL : btc_pool_at(&wallet->coins, number);
        if (coin != NULL && coin->height != BTC_WALLET_UNCONFIRMED &&
            (coin->spent_height == BTC_WALLET_UNSPENT || coin->spent_height == BTC_WALLET_UNCONFIRMED))
            sum_sat += coin->value_sat;
    }
    return sum_sat;
}

static bool is_owned(const struct host *host, struct btc_bytes script)
{
    for (uint32_t i = 0; i < host->nodes.limit; i++) {
        if (btc_wallet_owns(&host_node_at(host, i)->purse.wallet, script))
            return true;
    }
    return false;
}

static bool is_funding(const struct host *host, const struct btc_outpoint *outpoint)
{
    for (uint32_t i = 0; i < host->funding_count; i++) {
        if (btc_outpoint_equal(&host->fundings[i].outpoint, outpoint))
            return true;
    }
    return false;
}

static void add_outputs(struct host_money *money, const struct host *host, const struct chain_tx *tx)
{
    struct btc_outpoint outpoint;
    memcpy(outpoint.txid, tx->txid, 32);
    for (outpoint.index = 0; outpoint.index < tx->tx.output_count; outpoint.index++) {
        const struct btc_output *output = &tx->tx.outputs[outpoint.index];
        if (btc_utxo_get(&chain_coins(host->chain)->coins, &outpoint) == NULL)
            continue;
        if (is_funding(host, &outpoint))
            money->channels_sat += output->value_sat;
        else if (!is_owned(host, output->script))
            money->claims_sat += output->value_sat;
    }
}

static void count_coins(struct host_money *money, const struct host *host)
{
    *money = (struct host_money){.given_sat = host->given_sat};
    for (uint32_t i = 0; i < host->nodes.limit; i++)
        money->wallets_sat += chain_balance_sat(&host_node_at(host, i)->purse.wallet);
    for (uint32_t i = 0; i < host->sent_count; i++) {
        const struct chain_tx *tx = chain_tx(host->chain, host->sent[i]);
        if (tx->state != CHAIN_TX_MINED)
            continue;
        money->fees_sat += tx->fee_sat;
        add_outputs(money, host, tx);
    }
}

/* Whether a block with transactions of the run has come or gone since coins were counted: nothing else moves them. */
static bool have_coins_moved(const struct host *host)
{
    uint32_t i = host->tip, counted = host->counted_tip;
    if (counted == HOST_NONE || !host->blocks[counted].is_best)
        return true;
    while (i != counted && host->blocks[i].tx_count == 0)
        i = host->blocks[i].parent;
    return i != counted;
}

/* Counted once for all who ask: that is most of what audits cost. */
void host_money(struct host_money *money, const struct host *host)
{
    struct host *mutable = (struct host *)host;
    if (have_coins_moved(host)) {
        count_coins(&mutable->counted, host);
        mutable->counted_tip = host->tip;
    }
    *money = host->counted;
}

static bool audit_coins(const struct host *host, char *why, size_t why_size)
{
    struct host_money money;
    host_money(&money, host);
    if (money.given_sat == money.wallets_sat + money.channels_sat + money.claims_sat + money.fees_sat)
        return true;
    snprintf(why, why_size,
             "%" PRId64 " sat were given, wallets have %" PRId64 ", channels %" PRId64 ", claims %" PRId64
             ", miners %" PRId64,
             money.given_sat, money.wallets_sat, money.channels_sat, money.claims_sat, money.fees_sat);
    return false;
}

/* Transactions cannot go in circles: what is left is followed as far as it goes, from unowned output to unowned output.
 */
int64_t host_left_sat(const struct host *host, const struct btc_outpoint *outpoint)
{
    uint32_t number = chain_spender(host->chain, outpoint);
    const struct chain_tx *tx = number == CHAIN_NONE ? NULL : chain_tx(host->chain, number);
    int64_t sum_sat = 0;
    if (tx == NULL || tx->state != CHAIN_TX_MINED)
        return 0;
    struct btc_outpoint next;
    memcpy(next.txid, tx->txid, 32);
    for (next.index = 0; next.index < tx->tx.output_count; next.index++) {
        const struct btc_output *output = &tx->tx.outputs[next.index];
        if (is_owned(host, output->script))
            continue;
        bool is_there = btc_utxo_get(&chain_coins(host->chain)->coins, &next) != NULL;
        sum_sat += is_there ? output->value_sat : host_left_sat(host, &next);
    }
    return sum_sat;
}

int64_t host_wallet_mined_sat(const struct host *host, uint32_t number)
{
    return chain_balance_sat(&host_node_at(host, number)->purse.wallet);
}

void host_wallet(struct host_wallet *wallet, const struct host *host, uint32_t number)
{
    struct btc_wallet_balance balance = btc_wallet_balance(&host_node_at(host, number)->purse.wallet);
    *wallet = (struct host_wallet){.confirmed_sat = balance.confirmed_sat, .pending_sat = balance.pending_sat};
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

bool host_audit(const void *object, char *why, size_t why_size)
{
    const struct host *host = object;
    if (!host->is_begun || host_is_over(host))
        return true;
    for (uint32_t i = 0; i < host->nodes.limit; i++) {
        const struct host_node *node = host_node_at(host, i);
        if (node->is_up && !audit_node(host, node, why, why_size))
            return false;
    }
    return audit_coins(host, why, why_size);
}
