/* snapshot.h: a channel as bytes, to go on from after a crash.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     magic (4) | version (2) | length (4) | what struct ln_channel and its records hold | SHA-256 of all before it
 *
 * Taken whenever LN_EFFECT_PERSIST asks for it. Restored, the channel is disconnected, and what neither side had signed
 * is forgotten; HTLCs that are live, and preimages, are told again, for whoever forwards or fulfils them. A snapshot
 * that may be older than the last one is restored as doubtful: nothing of ours can then be broadcast before the peer
 * has confirmed in channel_reestablish that it is not revoked. Secrets are in it: keep it as safe as them.
 */
#ifndef KONSENTO_LIGHTNING_SNAPSHOT_H
#define KONSENTO_LIGHTNING_SNAPSHOT_H

#include "protocol/lightning/channel_state.h"

enum ln_snapshot_result {
    LN_SNAPSHOT_OK,
    LN_SNAPSHOT_SPACE,   /* more bytes than the caller's memory holds */
    LN_SNAPSHOT_DAMAGED, /* cut off or altered */
    LN_SNAPSHOT_VERSION, /* written by another version */
    LN_SNAPSHOT_NO_ROOM, /* the pool is full */
};

enum ln_snapshot_age {
    LN_SNAPSHOT_LATEST,   /* surely the last that was safe, or one behind it: effects.h */
    LN_SNAPSHOT_DOUBTFUL, /* perhaps an older one */
};

/* The most bytes that a channel with so many HTLCs takes. */
#define LN_SNAPSHOT_BYTES(htlcs) (LN_SNAPSHOT_HEAD_BYTES + 2400 * (size_t)(htlcs))

/* Out: length. */
LN_MUST_USE enum ln_snapshot_result ln_snapshot_write(uint8_t *bytes, size_t capacity, size_t *length,
                                                      const struct ln_channel *channel, const struct ln_workshop *shop);
/* Out: channel, its records in the pool. On a result other than OK both are as before. */
LN_MUST_USE enum ln_snapshot_result ln_snapshot_read(struct ln_channel *channel, const struct ln_workshop *shop,
                                                     struct btc_bytes bytes, enum ln_snapshot_age age);

/* The same without magic, version, length and hash, for who sees to these himself. Out: writer, of which the fault says
 * whether there was room. */
void ln_snapshot_write_bare(struct ln_writer *writer, const struct ln_channel *channel, const struct ln_workshop *shop);
LN_MUST_USE enum ln_snapshot_result ln_snapshot_read_bare(struct ln_channel *channel, const struct ln_workshop *shop,
                                                          struct btc_bytes bytes, enum ln_snapshot_age age);

#endif
