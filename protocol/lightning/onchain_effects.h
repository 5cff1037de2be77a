/* onchain_effects.h: what a channel on its way through the chain wants done: one list, in order.   [real]
 * SPDX-License-Identifier: MIT
 *
 * As in effects.h, LN_ONCHAIN_PERSIST stands before all that depends on it: what follows must not leave the machine, or
 * be acted upon, until the bytes of ln_onchain_write, as the object is when the call returns, are safe. After a restart
 * everything that still stands is told again, so that a crash between the two loses nothing: who listens must bear to
 * hear a thing twice. Bytes lie in the list's memory and are good until it is cleared.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_EFFECTS_H
#define KONSENTO_LIGHTNING_ONCHAIN_EFFECTS_H

#include "protocol/bitcoin/tx.h"
#include "protocol/lightning/htlc_state.h"

enum ln_onchain_effect_kind {
    LN_ONCHAIN_PERSIST,
    LN_ONCHAIN_WATCH,      /* outpoint: transactions of blocks that spend it are wanted */
    LN_ONCHAIN_NEED_PAST,  /* number: give the record of that commitment of the peer (past.h) by ln_onchain_past */
    LN_ONCHAIN_BROADCAST,  /* bytes: a transaction; txid, fee_sat, deadline; replaces, if replaced is not all zero */
    LN_ONCHAIN_FORGET,     /* txid: one that was broadcast can no longer be mined, its wallet coins are free */
    LN_ONCHAIN_WANT_COINS, /* amount_sat: no coin of the wallet can pay a fee of that much */
    LN_ONCHAIN_CLOSED,     /* a transaction spent the funding: close says which, number for a commitment */
    LN_ONCHAIN_REOPENED,   /* that transaction was reorganised away */
    LN_ONCHAIN_PREIMAGE,   /* htlc, of ours: the preimage came to light; pass it upstream at once */
    LN_ONCHAIN_FAILED,     /* htlc, of ours: it can be failed upstream, irrevocably */
    LN_ONCHAIN_CLAIMED,    /* htlc, of theirs: ours now, irrevocably */
    LN_ONCHAIN_LAPSED,     /* htlc, of theirs: gone back to them, or too small, irrevocably */
    LN_ONCHAIN_RESOLVED,   /* nothing is left to do: the channel can be forgotten */
};

/* What spent the funding output. */
enum ln_close {
    LN_CLOSE_NONE,
    LN_CLOSE_MUTUAL,
    LN_CLOSE_OURS,    /* our commitment */
    LN_CLOSE_THEIRS,  /* theirs, not revoked */
    LN_CLOSE_REVOKED, /* theirs, revoked */
    LN_CLOSE_FUTURE,  /* theirs, of a state that we have forgotten: only to_remote can be saved */
    LN_CLOSE_ROGUE,   /* nothing we know: funds may be lost, warn the user */
};

struct ln_onchain_effect {
    enum ln_onchain_effect_kind kind;
    enum ln_close close;
    uint64_t number;
    struct btc_outpoint outpoint;
    struct btc_bytes bytes;
    uint8_t txid[32];
    uint8_t replaced[32];
    int64_t fee_sat;
    int64_t amount_sat;
    uint32_t deadline_height; /* the last block that should have it; UINT32_MAX: any */
    struct {
        uint8_t owner; /* enum ln_side */
        uint64_t id;
        uint64_t amount_msat;
        uint32_t cltv_expiry_height;
        uint8_t payment_hash[32];
        uint8_t preimage[32]; /* PREIMAGE and CLAIMED */
    } htlc;
};

struct ln_onchain_effects {
    struct ln_onchain_effect *list;
    uint32_t count;
    uint32_t capacity;
    struct btc_arena arena;
};

/* Memory for one call on a channel with so many HTLCs. */
#define LN_ONCHAIN_EFFECTS_LIST(htlcs)  (12 * (size_t)(htlcs) + 32)
#define LN_ONCHAIN_EFFECTS_BYTES(htlcs) (2400 * (size_t)(htlcs) + 16384)

void ln_onchain_effects_init(struct ln_onchain_effects *effects, struct ln_onchain_effect *list, uint32_t capacity,
                             void *memory, size_t bytes);
void ln_onchain_effects_clear(struct ln_onchain_effects *effects);
/* Adds one, zeroed but for its kind, to be completed. Asserts that it fits. */
struct ln_onchain_effect *ln_onchain_effects_add(struct ln_onchain_effects *effects, enum ln_onchain_effect_kind kind);
/* The bytes of a transaction, in the list's memory. Asserts that they fit. */
struct btc_bytes ln_onchain_effects_tx(struct ln_onchain_effects *effects, const struct btc_tx *tx);

#endif
