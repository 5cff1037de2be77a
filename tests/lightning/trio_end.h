/* trio_end.h: the ends of three nodes' channels: what they send, keep, and lose.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TRIO_END_H
#define KONSENTO_TESTS_LIGHTNING_TRIO_END_H

#include <stdio.h>
#include <stdlib.h>

#include "tests/lightning/trio.h"

#define CHECK(condition_)                                                                                              \
    do {                                                                                                               \
        if (!(condition_)) {                                                                                           \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition_);                                           \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static inline unsigned trio_node_of(unsigned link, unsigned side)
{
    return link + side;
}

static inline struct trio_end *trio_end_at(struct trio *trio, unsigned link, unsigned side)
{
    return &trio->ends[link][side];
}

void trio_preimage(uint8_t preimage[32], uint32_t payment);
/* The payment with a hash; there must be one. */
uint32_t trio_payment_of(const struct trio *trio, const uint8_t hash[32]);

/* What a node does when it hears of an event. */
typedef void trio_hear(struct trio *trio, unsigned link, unsigned side, const struct ln_effect *effect);

/* Carries out what a call left, or lets it wait. */
void trio_take(struct trio *trio, unsigned link, unsigned side, trio_hear *hear);
/* Count more snapshots are safe: what waited for them is carried out. */
void trio_make_safe(struct trio *trio, unsigned link, unsigned side, uint64_t count, trio_hear *hear);
/* Whether an event about our HTLC with a hash waits. */
bool trio_waits(const struct trio_end *end, const uint8_t payment_hash[32]);

/* Takes the oldest message to the other side. Returns false if there is none. */
bool trio_deliver(struct trio *trio, unsigned link, unsigned side, trio_hear *hear);
void trio_cut(struct trio *trio, unsigned link);
void trio_join(struct trio *trio, unsigned link, trio_hear *hear);
/* A node loses its connections and all that no snapshot has. In: pick, which of the snapshots it finds. */
void trio_crash(struct trio *trio, unsigned node, unsigned pick, trio_hear *hear);

#endif
