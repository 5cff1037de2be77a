/* effects.h: what a channel wants done: one list, in the order in which it must be done.   [real]
 * SPDX-License-Identifier: MIT
 *
 * LN_EFFECT_PERSIST stands before all that depends on it: what follows must not leave the machine until a snapshot of
 * the channel, as it is when the call returns, is safe, and with it the record that the effect may bring (past.h). If a
 * call gives a second one it means the same snapshot. Snapshots become safe in the order of their numbers, as late as
 * the owner likes; the effects of later calls wait in their turn. After a crash go on from the last snapshot that is
 * safe, or from any behind it that has reached the disk too: LN_SNAPSHOT_LATEST, both. Events that wait are kept with
 * the snapshots that are written meanwhile, and those kept with the one that is restored are acted upon: an HTLC that
 * is gone is told of once and then forgotten. Messages that wait are not: the peer is asked what it lacks. That is the
 * whole contract for crashes. Bytes lie in the list's memory and are good until it is cleared.
 */
#ifndef KONSENTO_LIGHTNING_EFFECTS_H
#define KONSENTO_LIGHTNING_EFFECTS_H

#include "protocol/bitcoin/tx.h"
#include "protocol/lightning/message.h"

enum ln_effect_kind {
    LN_EFFECT_PERSIST,   /* number: counts from 1; bytes: none, or a record to be kept for ever beside the snapshot */
    LN_EFFECT_MESSAGE,   /* bytes, to the peer */
    LN_EFFECT_BROADCAST, /* bytes: a transaction */
    LN_EFFECT_EVENT,     /* for who owns the channel */
};

enum ln_event_kind {
    LN_EVENT_FUND,         /* opener: make a transaction that pays bytes (a script) amount, then ln_establish_fund */
    LN_EVENT_FUNDING_SAFE, /* opener: the funding transaction may be broadcast */
    LN_EVENT_READY,        /* payments may begin */
    LN_EVENT_HTLC,         /* theirs is live: forward or fulfil it; bytes: the onion */
    LN_EVENT_HTLC_EXPOSED, /* theirs is live, to be failed: too much dust */
    LN_EVENT_FULFILLED,    /* ours: preimage known, may be used upstream at once; may be told more than once */
    LN_EVENT_FAILED,       /* ours is gone, failed; bytes: the reason; or code, when malformed; neither: unsigned */
    LN_EVENT_SETTLED,      /* either is gone, fulfilled; theirs also when it failed */
    LN_EVENT_SHUTDOWN,     /* the peer wants to close: add nothing more */
    LN_EVENT_CLOSED,       /* a closing transaction is agreed */
    LN_EVENT_FAILURE,      /* our commitment goes to the chain */
    LN_EVENT_DATA_LOSS,    /* we have forgotten states: the peer must close */
};

struct ln_event {
    enum ln_event_kind kind;
    uint8_t owner; /* enum ln_side, of the HTLC */
    uint16_t failure_code;
    uint32_t cltv_expiry_height;
    uint64_t id;
    uint64_t amount_msat;
    uint8_t payment_hash[32];
    uint8_t answer[32]; /* preimage, or SHA-256 of a malformed onion */
};

struct ln_effect {
    enum ln_effect_kind kind;
    uint64_t number;
    struct btc_bytes bytes;
    struct btc_bytes attribution; /* FULFILLED and FAILED, may be empty */
    struct ln_event event;
};

struct ln_effects {
    struct ln_effect *list;
    uint32_t count;
    uint32_t capacity;
    struct btc_arena arena;
};

/* Memory for one call on a channel with so many HTLCs: all may have to be sent again. */
#define LN_EFFECTS_LIST(htlcs)  (3 * (htlcs) + 16)
#define LN_EFFECTS_BYTES(htlcs) (2200 * (size_t)(htlcs) + 16384)

void ln_effects_init(struct ln_effects *effects, struct ln_effect *list, uint32_t capacity, void *memory, size_t bytes);
void ln_effects_clear(struct ln_effects *effects);

/* Each asserts that it fits. In: record, none or in the list's memory. */
void ln_effects_persist(struct ln_effects *effects, uint64_t number, struct btc_bytes record);
void ln_effects_message(struct ln_effects *effects, const struct ln_message *message);
void ln_effects_broadcast(struct ln_effects *effects, const struct btc_tx *tx);
/* Copies bytes. Returns the effect, to complete. */
struct ln_effect *ln_effects_event(struct ln_effects *effects, const struct ln_event *event, struct btc_bytes bytes);
/* A copy in the list's memory. */
struct btc_bytes ln_effects_copy(struct ln_effects *effects, struct btc_bytes bytes);

#endif
