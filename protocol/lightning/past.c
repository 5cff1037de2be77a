/* past.c: what is kept for ever of each commitment of the peer.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/past.h"

#include <assert.h>
#include <string.h>

#include "protocol/lightning/wire.h"

#define OFFERED (UINT32_C(1) << 31) /* expiries are heights: far below it */

static bool has_output(const struct ln_commitment_view *view, const struct ln_htlc *htlc)
{
    return !ln_htlc_is_trimmed(&view->terms, htlc->side, htlc->amount_msat);
}

struct btc_bytes ln_past_write(struct btc_arena *arena, const struct ln_commitment_view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        count += has_output(view, &view->htlcs[i]);
    }
    size_t length = LN_PAST_HEAD_BYTES + LN_PAST_HTLC_BYTES * (size_t)count;
    uint8_t *bytes = btc_arena_take(arena, 1, length);
    if (bytes == NULL) {
        return btc_bytes(NULL, 0);
    }
    struct ln_writer writer = ln_writer_init(bytes, length);
    ln_write_unsigned(&writer, view->number, 8);
    ln_write_unsigned(&writer, view->terms.feerate_sat_per_kwu, 4);
    ln_write_unsigned(&writer, view->owner_msat, 8);
    ln_write_unsigned(&writer, view->other_msat, 8);
    for (uint32_t i = 0; i < view->htlc_count; i++) {
        const struct ln_htlc *htlc = &view->htlcs[i];
        if (has_output(view, htlc)) {
            ln_write_bytes(&writer, htlc->payment_hash, 32);
            ln_write_unsigned(&writer, htlc->cltv_expiry_height | (htlc->side == LN_HTLC_OFFERED ? OFFERED : 0), 4);
            ln_write_unsigned(&writer, htlc->amount_msat, 8);
        }
    }
    return btc_bytes(bytes, length);
}

static void read_head(struct ln_past *past, struct ln_reader *reader)
{
    past->number = ln_read_unsigned(reader, 8);
    past->feerate_sat_per_kwu = (uint32_t)ln_read_unsigned(reader, 4);
    past->owner_msat = ln_read_unsigned(reader, 8);
    past->other_msat = ln_read_unsigned(reader, 8);
    past->htlc_count = (uint32_t)(ln_reader_left(reader) / LN_PAST_HTLC_BYTES);
}

bool ln_past_read(struct ln_past *past, struct btc_bytes record)
{
    if (record.length < LN_PAST_HEAD_BYTES || record.length > LN_PAST_BYTES_MAX ||
        (record.length - LN_PAST_HEAD_BYTES) % LN_PAST_HTLC_BYTES != 0) {
        return false;
    }
    struct ln_reader reader = ln_reader_init(record.data, record.length);
    read_head(past, &reader);
    return past->number <= LN_COMMITMENT_NUMBER_MAX;
}

static void read_htlc(struct ln_htlc *htlc, struct ln_reader *reader)
{
    memset(htlc, 0, sizeof *htlc);
    memcpy(htlc->payment_hash, ln_read_bytes(reader, 32), 32);
    uint32_t expiry = (uint32_t)ln_read_unsigned(reader, 4);
    htlc->cltv_expiry_height = expiry & ~OFFERED;
    htlc->side = expiry & OFFERED ? LN_HTLC_OFFERED : LN_HTLC_RECEIVED;
    htlc->amount_msat = ln_read_unsigned(reader, 8);
}

void ln_past_htlc(struct ln_htlc *htlc, struct btc_bytes record, uint32_t index)
{
    size_t at = LN_PAST_HEAD_BYTES + LN_PAST_HTLC_BYTES * (size_t)index;
    assert(at + LN_PAST_HTLC_BYTES <= record.length);
    struct ln_reader reader = ln_reader_init(record.data + at, LN_PAST_HTLC_BYTES);
    read_htlc(htlc, &reader);
}

enum ln_channel_result ln_past_build(struct ln_picture *picture, const struct ln_channel *channel,
                                     const struct ln_workshop *shop, struct btc_bytes record, const uint8_t secret[32])
{
    struct ln_past past;
    struct ln_point point;
    if (!ln_past_read(&past, record)) {
        return LN_CHANNEL_MESSAGE;
    }
    struct ln_htlc *htlcs = btc_arena_take(shop->scratch, past.htlc_count, sizeof *htlcs);
    if (htlcs == NULL) {
        return LN_CHANNEL_NO_ROOM;
    }
    if (!ln_backend_point(shop->backend, &point, secret)) {
        return LN_CHANNEL_SECRET;
    }
    struct ln_reader reader = ln_reader_init(record.data + LN_PAST_HEAD_BYTES, record.length - LN_PAST_HEAD_BYTES);
    for (uint32_t i = 0; i < past.htlc_count; i++) {
        read_htlc(&htlcs[i], &reader);
    }
    struct ln_moment moment = {.owner = LN_THEM,
                               .number = past.number,
                               .feerate_sat_per_kwu = past.feerate_sat_per_kwu,
                               .balance_msat = {[LN_THEM] = past.owner_msat, [LN_US] = past.other_msat},
                               .htlcs = htlcs,
                               .htlc_count = past.htlc_count};
    return ln_picture_rebuild(picture, channel, shop, &moment, &point);
}
