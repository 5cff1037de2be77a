/* node.c: every input of a node.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An input begins a record and notes where its effects begin; it ends when no job is left and no touched channel has
 * anything more to do, with the record put before its effects.
 */
#include "protocol/lightning/node.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/node_event.h"
#include "protocol/lightning/node_gossip.h"
#include "protocol/lightning/node_keep.h"
#include "protocol/lightning/node_outside.h"
#include "protocol/lightning/node_peer.h"

/* ---- an input ---- */

static void begin(struct ln_node *node)
{
    assert(!node->failed);
    node->out_begin = node->shop->out->count;
    if (node->config.flags & LN_NODE_KEEPS_RECORDS) {
        ln_store_begin(&node->writer, LN_STORE_BATCH);
    }
}

/* What must outlive a crash is new: the funding output is watched from here on. */
static void remember(struct ln_node *node, struct ln_node_channel *entry)
{
    if (entry->remembered || entry->channel.stage < LN_STAGE_FUNDED || entry->channel.stage == LN_STAGE_DEAD) {
        return;
    }
    entry->remembered = true;
    struct ln_node_event *event = ln_node_tell(node, LN_NODE_CHANNEL_NEW);
    event->channel = entry->number;
    event->outpoint = entry->channel.funding;
    event->amount_msat = 1000 * entry->channel.funding_sat;
    memcpy(event->node_id, node->peers[entry->peer].node_id, 33);
    ln_node_watch(node, &entry->channel.funding);
}

static void finish_touched(struct ln_node *node)
{
    struct ln_node_channel *entry = node->channels[node->touched[--node->touched_count]];
    entry->touched = false;
    ln_node_finish_channel(node, entry);
    remember(node, entry);
    ln_node_talk_about(node, entry);
    bool usable = ln_node_is_usable(node, entry);
    if (usable && !entry->usable) {
        ln_node_payments_wake(node);
    }
    entry->usable = usable;
    if (entry->channel.stage == LN_STAGE_DEAD) {
        ln_node_remove_channel(node, entry, "never funded");
    }
}

static void put_record(struct ln_node *node)
{
    bool keeps = node->config.flags & LN_NODE_KEEPS_RECORDS;
    struct btc_bytes record = btc_bytes(NULL, 0);
    if (!node->dirty && node->mark_count == 0) {
        return;
    }
    node->dirty = false;
    node->persists++;
    if (keeps) {
        ln_node_keep_marked(node);
        record = ln_store_end(&node->writer);
    } else {
        ln_node_clear_marks(node);
    }
    struct ln_node_effect *effect = ln_node_effects_insert(node->shop->out, node->out_begin, LN_NODE_PERSIST, record);
    node->failed |= effect == NULL || (keeps && record.length == 0);
    if (effect != NULL) {
        effect->number = node->persists;
    }
}

static enum ln_node_result end(struct ln_node *node, enum ln_node_result result)
{
    while (!node->failed) {
        if (ln_node_next_job(node)) {
            ln_node_do_job(node);
        } else if (node->touched_count > 0) {
            finish_touched(node);
        } else {
            break;
        }
    }
    if (!node->failed) {
        put_record(node);
    }
    if (node->failed) {
        node->shop->out->count = node->out_begin; /* nothing of it has happened */
        return LN_NODE_NO_MEMORY;
    }
    assert(node->shop->scratch.used == 0);
    return result;
}

/* ---- life ---- */

static enum ln_node_result open_core(struct ln_node *node, struct ln_node_shop *shop,
                                     const struct ln_node_config *config, uint64_t now_us)
{
    enum ln_node_result result = ln_node_core_open(node, shop, config);
    node->now_us = now_us;
    bool safe = node->config.forwarding.cltv_expiry_delta_blocks >= ln_cltv_expiry_delta(&config->onchain.patience);
    return result == LN_NODE_OK && !safe ? LN_NODE_TERMS : result;
}

enum ln_node_result ln_node_open(struct ln_node *node, struct ln_node_shop *shop, const struct ln_node_config *config,
                                 uint64_t now_us, uint32_t height)
{
    enum ln_node_result result = open_core(node, shop, config, now_us);
    if (result != LN_NODE_OK) {
        return result;
    }
    node->height = node->seen_height = height;
    if (config->flags & LN_NODE_KEEPS_RECORDS) {
        struct btc_bytes head = ln_store_head(&node->writer, node->node_id);
        struct ln_node_effect *effect = ln_node_effects_add(shop->out, LN_NODE_PERSIST, head);
        if (head.length == 0 || effect == NULL) {
            return LN_NODE_NO_MEMORY;
        }
        effect->number = ++node->persists;
    }
    begin(node);
    node->dirty = true;
    return end(node, LN_NODE_OK);
}

/* The coins that a resolver may have used: the host does not know any more which they were. */
static void watch_coins(struct ln_node *node, const struct ln_onchain *chain)
{
    for (uint32_t i = 0; i < LN_ONCHAIN_COINS; i++) {
        if (chain->coins[i].value_sat > 0) {
            ln_node_watch(node, &chain->coins[i].outpoint);
        }
    }
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What the host may have missed of channels, and what follows from where they are. */
static enum ln_node_result begin_channels_again(struct ln_node *node)
{
    struct ln_onchain_tools tools = ln_node_tools(node);
    for (uint32_t i = 0; i < node->channel_places.top; i++) {
        struct ln_node_channel *entry = node->channels[i];
        if (entry->mode == LN_MODE_CHAIN) {
            if (entry->chain == NULL || ln_onchain_start(entry->chain, &tools) != LN_ONCHAIN_OK) {
                return LN_NODE_STORE;
            }
            ln_node_take_chain(node, entry);
            watch_coins(node, entry->chain);
            /* what it saw since it was written it must see again */
            node->seen_height = later(node->seen_height, entry->chain->height);
            node->height = entry->chain->height < node->height ? entry->chain->height : node->height;
            continue;
        }
        if (entry->channel.doubtful) { /* it must not be taken for certain after the next crash */
            ln_node_mark_channel(node, entry);
        }
        ln_node_watch(node, &entry->channel.funding);
        node->seen_height = later(node->seen_height, entry->funding_height);
        node->refresh_us = entry->is_listed ? node->now_us : node->refresh_us;
        if (entry->channel.opener == LN_US && entry->funding_height == 0) {
            ln_node_tell_funding(node, entry);
        }
    }
    return LN_NODE_OK;
}

enum ln_node_result ln_node_restore(struct ln_node *node, struct ln_node_shop *shop,
                                    const struct ln_node_config *config, const struct ln_store_index *index,
                                    enum ln_snapshot_age age, uint64_t now_us)
{
    enum ln_node_result result = open_core(node, shop, config, now_us);
    if (result == LN_NODE_OK) {
        memcpy(node->writer.seal, index->seal, sizeof node->writer.seal);
        begin(node);
        result = ln_node_read_all(node, index, age);
        node->seen_height = node->height;
    }
    if (result == LN_NODE_OK) {
        result = begin_channels_again(node);
    }
    if (result == LN_NODE_OK) {
        ln_node_payments_again(node);
        ln_node_ask_again(node);
        ln_node_invoices_again(node);
        result = end(node, LN_NODE_OK);
    }
    return result;
}

void ln_node_close(struct ln_node *node)
{
    for (uint32_t i = 0; node->channels != NULL && i < node->channel_places.top; i++) {
        if (node->channels[i] != NULL) {
            ln_node_free_channel(node, node->channels[i]);
        }
    }
    ln_node_core_close(node);
}

enum ln_node_result ln_node_compact(struct ln_node *node, uint8_t head[128], size_t *head_length,
                                    struct btc_bytes *checkpoint, const struct ln_store_index *index)
{
    uint8_t seal[LN_STORE_SEAL_BYTES];
    assert(!node->failed && (node->config.flags & LN_NODE_KEEPS_RECORDS));
    memcpy(seal, node->writer.seal, sizeof seal);
    if (!ln_store_compact(&node->writer, head, head_length, checkpoint, index, node->node_id)) {
        memcpy(node->writer.seal, seal, sizeof seal);
        return LN_NODE_NO_MEMORY;
    }
    return LN_NODE_OK;
}

void ln_node_clock(struct ln_node *node, uint64_t now_us)
{
    assert(now_us >= node->now_us);
    node->now_us = now_us;
}

enum ln_node_result ln_node_time(struct ln_node *node, uint64_t now_us)
{
    ln_node_clock(node, now_us);
    begin(node);
    ln_node_invoices_in_time(node);
    ln_node_payments_in_time(node);
    ln_node_peers_in_time(node);
    ln_node_refresh(node);
    return end(node, LN_NODE_OK);
}

static uint64_t sooner(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

uint64_t ln_node_next_us(const struct ln_node *node)
{
    uint64_t own_us = sooner(ln_node_invoices_next_us(node), ln_node_payments_next_us(node));
    return sooner(own_us, sooner(ln_node_peers_next_us(node), node->refresh_us));
}

/* ---- peers ---- */

enum ln_node_result ln_node_connect(struct ln_node *node, uint32_t *peer, const uint8_t node_id[33])
{
    begin(node);
    return end(node, ln_node_peer_comes(node, peer, node_id));
}

enum ln_node_result ln_node_disconnect(struct ln_node *node, uint32_t peer)
{
    begin(node);
    return end(node, ln_node_peer_goes(node, peer));
}

enum ln_node_result ln_node_receive(struct ln_node *node, uint32_t peer, struct btc_bytes message)
{
    begin(node);
    return end(node, ln_node_peer_says(node, peer, message));
}

/* ---- channels ---- */

static enum ln_node_result of_channel(enum ln_channel_result result)
{
    switch (result) {
    case LN_CHANNEL_OK:
        return LN_NODE_OK;
    case LN_CHANNEL_OFFLINE:
        return LN_NODE_OFFLINE;
    case LN_CHANNEL_STAGE:
    case LN_CHANNEL_WAIT:
    case LN_CHANNEL_DOUBTFUL:
        return LN_NODE_STAGE;
    default:
        return LN_NODE_TERMS;
    }
}

static enum ln_node_result do_open(struct ln_node *node, uint64_t *channel, const struct ln_node_opening *opening)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_opening terms = {.funding_sat = opening->funding_sat,
                               .push_msat = opening->push_msat,
                               .feerate_sat_per_kwu = opening->feerate_sat_per_kwu};
    if (opening->peer >= node->config.limits.peers || !node->peers[opening->peer].used) {
        return LN_NODE_UNKNOWN;
    }
    if (!node->peers[opening->peer].ready) {
        return LN_NODE_OFFLINE;
    }
    struct ln_node_channel *entry = ln_node_add_channel(node, opening->peer, opening->flags);
    if (entry == NULL) {
        return LN_NODE_FULL;
    }
    ln_node_draw(node, terms.temporary_id, "temporary id");
    enum ln_channel_result result = ln_establish_open(&entry->channel, &shop, &terms);
    if (result != LN_CHANNEL_OK) {
        ln_node_remove_channel(node, entry, ln_channel_result_text(result));
        return of_channel(result);
    }
    *channel = entry->number;
    ln_node_take(node, entry);
    return LN_NODE_OK;
}

enum ln_node_result ln_node_open_channel(struct ln_node *node, uint64_t *channel, const struct ln_node_opening *opening)
{
    begin(node);
    return end(node, do_open(node, channel, opening));
}

enum ln_node_result ln_node_fund(struct ln_node *node, uint64_t channel, const struct btc_outpoint *outpoint)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    begin(node);
    if (entry == NULL) {
        return end(node, LN_NODE_UNKNOWN);
    }
    enum ln_node_result result = of_channel(ln_establish_fund(&entry->channel, &shop, outpoint));
    ln_node_take(node, entry);
    return end(node, result);
}

static enum ln_channel_result leave(struct ln_channel *channel, const struct ln_workshop *shop)
{
    static const char text[] = "not wanted any more";
    return channel->stage < LN_STAGE_FUNDED ? ln_channel_fail(channel, shop, btc_bytes(text, sizeof text - 1))
                                            : ln_channel_shutdown(channel, shop);
}

static enum ln_channel_result give_up(struct ln_channel *channel, const struct ln_workshop *shop)
{
    static const char text[] = "closed by its owner";
    return ln_channel_fail(channel, shop, btc_bytes(text, sizeof text - 1));
}

/* One of the two above. */
static enum ln_node_result end_channel(struct ln_node *node, uint64_t channel,
                                       enum ln_channel_result (*how)(struct ln_channel *, const struct ln_workshop *))
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    begin(node);
    if (entry == NULL) {
        return end(node, LN_NODE_UNKNOWN);
    }
    enum ln_node_result result = entry->mode == LN_MODE_CHAIN ? LN_NODE_STAGE : of_channel(how(&entry->channel, &shop));
    ln_node_take(node, entry);
    ln_node_touch(node, entry);
    return end(node, result);
}

enum ln_node_result ln_node_close_channel(struct ln_node *node, uint64_t channel)
{
    return end_channel(node, channel, leave);
}

enum ln_node_result ln_node_force_close(struct ln_node *node, uint64_t channel)
{
    return end_channel(node, channel, give_up);
}

enum ln_node_result ln_node_set_feerate(struct ln_node *node, uint64_t channel, uint32_t rate_sat_per_kwu)
{
    struct ln_workshop shop = ln_node_workshop(node);
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    begin(node);
    if (entry == NULL || entry->mode == LN_MODE_CHAIN) {
        return end(node, entry == NULL ? LN_NODE_UNKNOWN : LN_NODE_STAGE);
    }
    enum ln_channel_result result = ln_channel_update_fee(&entry->channel, &shop, rate_sat_per_kwu);
    if (result == LN_CHANNEL_OK) {
        ln_node_mark_channel(node, entry);
    }
    ln_node_take(node, entry);
    return end(node, of_channel(result));
}

enum ln_node_result ln_node_set_forwarding(struct ln_node *node, uint64_t channel,
                                           const struct ln_node_forwarding *forwarding)
{
    struct ln_node_channel *entry = ln_node_find_channel(node, channel);
    begin(node);
    if (entry == NULL) {
        return end(node, LN_NODE_UNKNOWN);
    }
    if (forwarding->cltv_expiry_delta_blocks < ln_cltv_expiry_delta(&node->config.onchain.patience)) {
        return end(node, LN_NODE_TERMS);
    }
    entry->forwarding = *forwarding;
    ln_node_mark_channel(node, entry);
    ln_node_terms_changed(node, entry);
    return end(node, LN_NODE_OK);
}

/* ---- being paid, paying ---- */

enum ln_node_result ln_node_ask(struct ln_node *node, uint64_t *invoice, char *text, size_t capacity,
                                const struct ln_node_asking *asking)
{
    begin(node);
    return end(node, ln_node_make_invoice(node, invoice, text, capacity, asking));
}

enum ln_node_result ln_node_settle(struct ln_node *node, uint64_t invoice, const uint8_t *preimage)
{
    begin(node);
    return end(node, ln_node_settle_invoice(node, invoice, preimage));
}

enum ln_node_result ln_node_cancel(struct ln_node *node, uint64_t invoice)
{
    begin(node);
    return end(node, ln_node_cancel_invoice(node, invoice));
}

enum ln_node_result ln_node_forget_invoice(struct ln_node *node, uint64_t invoice)
{
    begin(node);
    return end(node, ln_node_drop_invoice(node, invoice));
}

enum ln_node_result ln_node_pay(struct ln_node *node, uint64_t *payment, const struct ln_pay_terms *terms)
{
    begin(node);
    return end(node, ln_node_begin_payment(node, payment, terms));
}

enum ln_node_result ln_node_pay_invoice(struct ln_node *node, uint64_t *payment, struct btc_bytes text,
                                        const struct ln_pay_terms *limits)
{
    begin(node);
    return end(node, ln_node_begin_invoice(node, payment, text, limits));
}

enum ln_node_result ln_node_keysend(struct ln_node *node, uint64_t *payment, const struct ln_pay_terms *limits)
{
    begin(node);
    return end(node, ln_node_begin_keysend(node, payment, limits));
}

enum ln_node_result ln_node_stop(struct ln_node *node, uint64_t payment)
{
    begin(node);
    return end(node, ln_node_stop_payment(node, payment));
}

enum ln_node_result ln_node_forget_payment(struct ln_node *node, uint64_t payment)
{
    begin(node);
    return end(node, ln_node_drop_payment(node, payment));
}

/* ---- where only the host reaches ---- */

enum ln_node_result ln_node_answer(struct ln_node *node, uint64_t channel, uint64_t htlc,
                                   const struct ln_node_answer *answer)
{
    begin(node);
    return end(node, ln_node_answer_outside(node, channel, htlc, answer));
}

enum ln_node_result ln_node_offer(struct ln_node *node, uint64_t *htlc, uint64_t channel, const struct ln_add *add)
{
    begin(node);
    return end(node, ln_node_offer_outside(node, htlc, channel, add));
}

/* ---- the chain and the wallet ---- */

enum ln_node_result ln_node_block(struct ln_node *node, uint32_t height, const struct ln_node_tx *txs,
                                  uint32_t tx_count)
{
    assert(height > node->height);
    begin(node);
    ln_node_see_block(node, height, txs, tx_count);
    if (!node->failed) {
        ln_node_invoices_at_height(node);
        ln_node_payments_in_time(node); /* their deadline may be a height */
    }
    return end(node, LN_NODE_OK);
}

enum ln_node_result ln_node_unblock(struct ln_node *node, uint32_t height)
{
    begin(node);
    ln_node_lose_blocks(node, height);
    return end(node, LN_NODE_OK);
}

enum ln_node_result ln_node_waits(struct ln_node *node, uint64_t channel, const struct btc_tx *tx)
{
    begin(node);
    return end(node, ln_node_see_waiting(node, channel, tx));
}

enum ln_node_result ln_node_set_rates(struct ln_node *node, const struct ln_onchain_rates *rates)
{
    begin(node);
    ln_node_see_rates(node, rates);
    return end(node, LN_NODE_OK);
}

enum ln_node_result ln_node_set_coins(struct ln_node *node, const struct ln_onchain_coin *coins, uint32_t count)
{
    begin(node);
    ln_node_see_coins(node, coins, count);
    return end(node, LN_NODE_OK);
}

enum ln_node_result ln_node_give_past(struct ln_node *node, uint64_t channel, struct btc_bytes record)
{
    begin(node);
    return end(node, ln_node_see_past(node, channel, record));
}

/* ---- looking ---- */

const struct ln_node_channel *ln_node_channel(const struct ln_node *node, uint64_t channel)
{
    return ln_node_find_channel(node, channel);
}

const struct ln_payment *ln_node_payment(const struct ln_node *node, uint64_t payment)
{
    return ln_node_find_payment(node, payment);
}

const struct ln_node_invoice *ln_node_invoice(const struct ln_node *node, uint64_t invoice)
{
    return ln_node_find_invoice(node, invoice);
}

uint64_t ln_node_sendable_msat(struct ln_node *node, const struct ln_node_channel *channel)
{
    return ln_node_can_send_msat(node, channel);
}

const char *ln_node_result_text(enum ln_node_result result)
{
    switch (result) {
    case LN_NODE_OK:
        return "ok";
    case LN_NODE_UNKNOWN:
        return "not known";
    case LN_NODE_OFFLINE:
        return "the peer is not connected";
    case LN_NODE_STAGE:
        return "not at this stage";
    case LN_NODE_FULL:
        return "a limit is reached";
    case LN_NODE_TERMS:
        return "terms that cannot be";
    case LN_NODE_TEXT:
        return "no invoice for us to pay";
    case LN_NODE_EXPIRED:
        return "the invoice has expired";
    case LN_NODE_AGAIN:
        return "already paid, or asked for";
    case LN_NODE_PREIMAGE:
        return "not the preimage";
    case LN_NODE_STORE:
        return "the records make no sense";
    case LN_NODE_KEYS:
        return "a bad secret";
    case LN_NODE_NO_MEMORY:
        return "out of memory";
    }
    return "unknown";
}
