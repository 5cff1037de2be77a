/* channel_state.c: the records of a channel, and what it tells.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_state.h"

#include <assert.h>
#include <string.h>

bool ln_channel_is_live(const struct ln_channel *channel)
{
    return channel->stage == LN_STAGE_NORMAL && channel->connected && channel->reestablished;
}

struct ln_slot *ln_channel_find(const struct ln_channel *channel, const struct ln_workshop *shop, enum ln_side owner,
                                uint64_t id)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        struct ln_slot *record = ln_record_of(shop, i);
        if (record->id == id && ln_htlc_row(record->state)->owner == owner) {
            return record;
        }
    }
    return NULL;
}

void ln_channel_append(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t number)
{
    ln_record_of(shop, number)->next = LN_RECORD_NONE;
    if (channel->last_record == LN_RECORD_NONE) {
        channel->first_record = number;
    } else {
        ln_record_of(shop, channel->last_record)->next = number;
    }
    channel->last_record = number;
    channel->record_count++;
}

void ln_channel_sweep(struct ln_channel *channel, const struct ln_workshop *shop, uint8_t state)
{
    uint32_t *link = &channel->first_record;
    channel->last_record = LN_RECORD_NONE;
    while (*link != LN_RECORD_NONE) {
        uint32_t number = *link;
        struct ln_slot *record = ln_record_of(shop, number);
        if (record->state == state) {
            *link = record->next;
            ln_pool_give(shop->pool, number);
            channel->record_count--;
        } else {
            channel->last_record = number;
            link = &record->next;
        }
    }
}

void ln_channel_persist_with(struct ln_channel *channel, const struct ln_workshop *shop, struct btc_bytes record)
{
    channel->persists++;
    ln_effects_persist(shop->effects, channel->persists, record);
}

void ln_channel_persist(struct ln_channel *channel, const struct ln_workshop *shop)
{
    ln_channel_persist_with(channel, shop, btc_bytes(NULL, 0));
}

void ln_channel_event(const struct ln_workshop *shop, enum ln_event_kind kind, struct btc_bytes bytes)
{
    ln_effects_event(shop->effects, &(struct ln_event){.kind = kind}, bytes);
}

void ln_channel_htlc_event(const struct ln_workshop *shop, enum ln_event_kind kind, const struct ln_slot *record)
{
    struct ln_event event = {.kind = kind,
                             .owner = ln_htlc_row(record->state)->owner,
                             .failure_code = record->failure_code,
                             .cltv_expiry_height = record->cltv_expiry_height,
                             .id = record->id,
                             .amount_msat = record->amount_msat};
    size_t attribution = record->flags & LN_RECORD_ATTRIBUTION ? LN_ATTRIBUTION_BYTES : 0;
    memcpy(event.payment_hash, record->payment_hash, 32);
    memcpy(event.answer, record->answer, 32);
    assert(record->blob_length >= attribution);
    struct ln_effect *effect = ln_effects_event(
        shop->effects, &event, btc_bytes(record->blob + attribution, record->blob_length - attribution));
    effect->attribution = ln_effects_copy(shop->effects, btc_bytes(record->blob, attribution));
}
