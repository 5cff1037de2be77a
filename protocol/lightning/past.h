/* past.h: what is kept for ever of each commitment of the peer, to punish it once it is revoked.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     number (8) | feerate (4) | balances of peer and us (8, 8) | for each HTLC that has an output:
 *     payment_hash (32) | expiry (4), its highest bit set if the peer offers the HTLC | amount_msat (8)
 *
 * A snapshot forgets HTLCs that are gone; a revoked commitment still has outputs for them, whose scripts need hash and
 * expiry. So the LN_EFFECT_PERSIST that stands before commitment_signed (or before funding_signed and FUNDING_SAFE, for
 * number 0) brings such a record with it: keep it beside the snapshot, by its number. One with a number that is there
 * already (the machine crashed before the first left it) takes its place. All else is in the channel: keys, delays,
 * dust limit, and the secret, once it is revealed. An HTLC that has no output is not in it; a record without HTLCs is
 * needed only to rebuild the whole transaction, since the other outputs' scripts follow from the secret alone.
 *
 *     secret of ln_secrets_get ─┐
 *     record by number ─────────┴─► ln_past_build ──► picture: outputs with their kinds, scripts, HTLCs; keys; txid
 *
 * Source: BOLT 5, revoked transaction close handling; BOLT 3, efficient per-commitment secret storage.
 */
#ifndef KONSENTO_LIGHTNING_PAST_H
#define KONSENTO_LIGHTNING_PAST_H

#include "protocol/lightning/channel_view.h"

#define LN_PAST_HEAD_BYTES 28
#define LN_PAST_HTLC_BYTES 44
/* The most that one record takes, with 966 HTLCs. */
#define LN_PAST_BYTES_MAX (LN_PAST_HEAD_BYTES + LN_PAST_HTLC_BYTES * LN_COMMITMENT_HTLCS_MAX)

/* What stands in every record. */
struct ln_past {
    uint64_t number;
    uint32_t feerate_sat_per_kwu;
    uint64_t owner_msat; /* the peer's, whose commitment it is */
    uint64_t other_msat;
    uint32_t htlc_count; /* with outputs */
};

/* The record of a commitment of the peer. Returns bytes in the arena, none if it is full. */
struct btc_bytes ln_past_write(struct btc_arena *arena, const struct ln_commitment_view *view);
/* Reads the head. Returns false if the length is no record's. */
LN_MUST_USE bool ln_past_read(struct ln_past *past, struct btc_bytes record);
/* One of its HTLCs, without id. In: a record that was read; index < htlc_count (asserts). */
void ln_past_htlc(struct ln_htlc *htlc, struct btc_bytes record, uint32_t index);

/* Rebuilds the commitment. In: channel, which may be far beyond it; record; secret, that the peer revealed for its
 * number. Out: picture, unsigned, as in ln_picture_build but for picture->records, which is NULL; it lies in the
 * scratch memory (LN_SCRATCH_BYTES(htlc_count)). Returns MESSAGE if the record is none, NO_ROOM, SECRET if the secret
 * is out of range, or what building found. */
LN_MUST_USE enum ln_channel_result ln_past_build(struct ln_picture *picture, const struct ln_channel *channel,
                                                 const struct ln_workshop *shop, struct btc_bytes record,
                                                 const uint8_t secret[32]);

#endif
