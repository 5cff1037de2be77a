/* trio.h: three nodes in a row, driven by bytes: payments, forwarding, losses, crashes, fee changes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     node 0 ──link 0── node 1 ──link 1── node 2
 *
 * Every byte pair is one step. Nodes are honest, so whatever happens no message may be refused, no sum may be off by a
 * millisatoshi, every payment ends once, and the node in the middle never loses. A node that crashes goes on from the
 * last snapshot that it was asked for; a crash may fall between that demand and its fulfilment.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TRIO_H
#define KONSENTO_TESTS_LIGHTNING_TRIO_H

#include "protocol/lightning/snapshot.h"
#include "tests/lightning/duo.h"

#define TRIO_PAYMENTS    512
#define TRIO_SLOTS       128
#define TRIO_QUEUE_BYTES (1u << 19)

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
    uint8_t next[3];  /* what each node knows of the HTLC that it offers: enum trio_outcome */
    uint8_t owned[3]; /* whether an HTLC to the node is live: 1 + nothing else */
    uint64_t amount_msat;
};

struct trio_queue {
    uint32_t head;
    uint32_t tail;
    uint32_t count;
    uint8_t bytes[TRIO_QUEUE_BYTES];
};

struct trio_end {
    struct ln_channel channel;
    struct ln_pool pool;
    struct ln_slot slots[TRIO_SLOTS];
    struct ln_workshop shop;
    struct trio_queue out;
    uint8_t snapshot[LN_SNAPSHOT_BYTES(TRIO_SLOTS)];
    size_t snapshot_length;
    uint64_t revealed; /* how many secrets have left it */
};

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
    struct trio_payment payments[TRIO_PAYMENTS];
    uint32_t payment_count;
    uint64_t start_msat[3];
    struct btc_script_space space;
    /* what happened */
    uint64_t steps;
    uint64_t delivered;
    uint64_t crashes;
    uint64_t losses;
    uint64_t paid;
    uint64_t unpaid;
    uint64_t interpreted;
    uint8_t transcript[32];
};

/* Runs one input to its end and settles. Aborts with a line on stderr at the first fault. */
void trio_run(struct trio *trio, enum ln_backend_kind backend, const uint8_t *bytes, size_t length);

#endif
