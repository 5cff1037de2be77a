/* trio.h: three nodes in a row, driven by bytes: payments, forwarding, losses, crashes, fee changes, closings. [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     node 0 ──link 0── node 1 ──link 1── node 2
 *
 * The first byte says what kind of channels, every pair of bytes behind it is one step. Nodes are honest, so whatever
 * happens no message may be refused, no sum may be off by a millisatoshi, every payment ends once, and the node in the
 * middle never loses. What a node is asked to persist becomes safe at once, or (a bit of the first byte) when a step
 * says so; what depends on it waits. A node that crashes goes on from any snapshot between the last that is safe and
 * the last that it was asked for: a write under way may have reached the disk or not.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TRIO_H
#define KONSENTO_TESTS_LIGHTNING_TRIO_H

#include "protocol/lightning/past.h"
#include "protocol/lightning/snapshot.h"
#include "tests/lightning/duo.h"

#define TRIO_PAYMENTS    512
#define TRIO_SLOTS       128
#define TRIO_QUEUE_BYTES (1u << 19)
#define TRIO_UNSAFE      4 /* snapshots under way: then the oldest becomes safe */
#define TRIO_OLD         4 /* snapshots that are too old, kept for the end */
#define TRIO_HELD        512
#define TRIO_NUMBERS     4096
#define TRIO_PAST_BYTES  (1u << 21)

enum trio_outcome {
    TRIO_UNSENT,
    TRIO_UNDER_WAY,
    TRIO_PAID,
    TRIO_UNPAID,
};

struct trio_payment {
    uint8_t outcome; /* enum trio_outcome, as its payer durably knows */
    uint8_t payer;
    uint8_t payee;
    bool decided;
    bool accepts;
    uint8_t next[3]; /* what each node knows of the HTLC that it offers: enum trio_outcome */
    uint64_t amount_msat;
    uint8_t hash[32];
};

struct trio_queue {
    uint32_t head;
    uint32_t tail;
    uint32_t count;
    uint8_t bytes[TRIO_QUEUE_BYTES];
};

struct trio_snapshot {
    uint64_t number;   /* how many had been asked for */
    uint64_t held_end; /* events before this one are kept with it */
    size_t length;
    uint8_t bytes[LN_SNAPSHOT_BYTES(TRIO_SLOTS)];
};

/* What waits until a snapshot is safe. */
struct trio_held {
    uint64_t needs;
    struct ln_effect effect; /* messages and transactions: bytes are in the end's held_bytes */
    uint32_t at;
    uint32_t length;
};

/* The record of a commitment that this end signed. */
struct trio_past {
    uint64_t number_asked; /* the persist that brought it */
    uint32_t at;
    uint32_t length;
};

struct trio_end {
    struct ln_channel channel;
    struct ln_pool pool;
    struct ln_workshop shop;
    /* what is persisted */
    uint64_t asked;
    uint64_t safe;
    uint32_t old_count;
    struct trio_past past[TRIO_NUMBERS]; /* by commitment number */
    uint32_t past_used;
    /* what waits */
    uint64_t held_begin; /* counts for ever; entries lie at these modulo TRIO_HELD */
    uint64_t held_end;
    uint32_t held_used;
    /* what has left, and what came */
    uint64_t revealed;                /* how many secrets */
    uint8_t txids[TRIO_NUMBERS][32];  /* of its own commitments, as they were signed by the other */
    uint8_t closing_txid[32];         /* zeros: none yet */
    uint8_t states[2][TRIO_PAYMENTS]; /* how far each HTLC has been since the last loss, plus one */
    bool had_reserve[2];              /* by side: what it must not fall below again */
    /* memory, not cleared for a new run */
    struct trio_queue out;
    struct ln_slot slots[TRIO_SLOTS];
    struct trio_held held[TRIO_HELD];
    struct trio_snapshot snapshots[TRIO_UNSAFE + 1]; /* by number modulo their count; that of safe is always there */
    struct trio_snapshot old[TRIO_OLD];
    uint8_t past_bytes[TRIO_PAST_BYTES];
    uint8_t held_bytes[TRIO_QUEUE_BYTES];
};

struct trio_totals {
    uint64_t steps;
    uint64_t delivered; /* messages */
    uint64_t losses;
    uint64_t crashes;
    uint64_t stale; /* crashes to another snapshot than the newest */
    uint64_t paid;
    uint64_t unpaid;
    uint64_t closed;  /* channels */
    uint64_t rebuilt; /* revoked commitments */
    uint64_t found;   /* snapshots found to be too old */
    uint64_t resumed; /* old ones that were not */
    uint64_t judged;  /* transactions */
};
#define TRIO_TOTALS (sizeof(struct trio_totals) / sizeof(uint64_t))

struct trio {
    struct btc_curve curve;
    struct ln_backend backend;
    struct ln_memo memo;
    struct ln_effects effects;
    struct btc_arena scratch;
    struct ln_effect list[LN_EFFECTS_LIST(TRIO_SLOTS)];
    _Alignas(16) uint8_t effect_memory[LN_EFFECTS_BYTES(TRIO_SLOTS)];
    _Alignas(16) uint8_t scratch_memory[LN_SCRATCH_BYTES(TRIO_SLOTS)];
    _Alignas(16) uint8_t memo_memory[1 << 19];
    struct trio_end ends[2][2]; /* link, left or right */
    bool joined[2];
    bool doomed[3]; /* the node crashes when it should next persist */
    bool late;      /* snapshots become safe when a step says so */
    bool may_close;
    struct trio_payment payments[TRIO_PAYMENTS];
    uint32_t payment_count;
    uint64_t start_msat[3];
    struct trio_totals totals; /* of all runs */
    uint8_t transcript[32];
    struct court court; /* last: it outlives a run */
};

/* Runs one input to its end and settles. Aborts with a line on stderr at the first fault. In: trio, zeroed before the
 * first run. */
void trio_run(struct trio *trio, enum ln_backend_kind backend, const uint8_t *bytes, size_t length);

#endif
