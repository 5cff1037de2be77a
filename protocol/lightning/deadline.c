/* deadline.c: by which block an HTLC must be settled.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/deadline.h"

const struct ln_patience ln_patience_usual = {2, 2, 12};

uint32_t ln_cltv_expiry_delta(const struct ln_patience *patience)
{
    return 3u * patience->reorganisation_blocks + 2u * patience->grace_blocks + 2u * patience->inclusion_blocks;
}

uint32_t ln_cltv_final_delta(const struct ln_patience *patience)
{
    return 2u * patience->reorganisation_blocks + patience->grace_blocks + patience->inclusion_blocks;
}

/* The first height at which an HTLC demands the chain. */
static uint32_t demand_height(const struct ln_patience *patience, enum ln_side owner, uint32_t cltv_expiry_height,
                              bool fulfilled)
{
    if (owner == LN_US) {
        return cltv_expiry_height + patience->grace_blocks;
    }
    if (!fulfilled) {
        return UINT32_MAX;
    }
    uint32_t before = ln_cltv_final_delta(patience);
    return cltv_expiry_height > before ? cltv_expiry_height - before : 0;
}

enum ln_demand ln_demand_of(const struct ln_patience *patience, enum ln_side owner, uint32_t cltv_expiry_height,
                            bool fulfilled, uint32_t height)
{
    if (height < demand_height(patience, owner, cltv_expiry_height, fulfilled)) {
        return LN_DEMAND_NONE;
    }
    return owner == LN_US ? LN_DEMAND_TIMEOUT : LN_DEMAND_FULFIL;
}

/* An HTLC that is in no commitment demands nothing. */
static uint32_t record_height(const struct ln_patience *patience, const struct ln_slot *record)
{
    const struct ln_htlc_row *row = ln_htlc_row(record->state);
    const uint8_t anywhere = LN_IN_LOCAL | LN_IN_REMOTE | LN_IN_OLD_REMOTE;
    if (!(row->places & anywhere)) {
        return UINT32_MAX;
    }
    bool fulfilled = row->phase >= LN_REMOVE && record->outcome == LN_OUTCOME_FULFILLED;
    return demand_height(patience, row->owner, record->cltv_expiry_height, fulfilled);
}

enum ln_demand ln_channel_demand(const struct ln_channel *channel, const struct ln_workshop *shop,
                                 const struct ln_patience *patience, uint32_t height, const struct ln_slot **htlc)
{
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        const struct ln_slot *record = ln_record_of(shop, i);
        if (height >= record_height(patience, record)) {
            *htlc = record;
            return ln_htlc_row(record->state)->owner == LN_US ? LN_DEMAND_TIMEOUT : LN_DEMAND_FULFIL;
        }
    }
    return LN_DEMAND_NONE;
}

uint32_t ln_channel_demand_height(const struct ln_channel *channel, const struct ln_workshop *shop,
                                  const struct ln_patience *patience)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = ln_record_of(shop, i)->next) {
        uint32_t height = record_height(patience, ln_record_of(shop, i));
        first = height < first ? height : first;
    }
    return first;
}
