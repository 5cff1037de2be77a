/* relay.h: two ends of a channel, bytes between them, no checks: for what is timed and counted.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages are encoded by one end and decoded for the other. Whoever wants everything checked takes duo.h.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_RELAY_H
#define KONSENTO_TESTS_LIGHTNING_RELAY_H

#include "tests/lightning/duo.h"

#define RELAY_PREIMAGES 100

struct relay {
    struct duo duo; /* opens the channel */
    struct ln_effects lists[2];
    struct ln_effect list_memory[2][1024];
    _Alignas(16) uint8_t bytes_memory[2][1 << 20];
    uint8_t preimages[RELAY_PREIMAGES][32];
    uint8_t hashes[RELAY_PREIMAGES][32];
    uint64_t messages; /* delivered */
};

/* Makes both ends and their channel, ready for payments. */
void relay_open(struct relay *relay, const struct duo_setup *setup);
/* Hands what one end has sent to the other. Returns whether there was anything. */
bool relay_carry(struct relay *relay, unsigned from);
/* Carries and ticks until nothing moves. */
void relay_settle(struct relay *relay);

/* Each must succeed. In: preimage, below RELAY_PREIMAGES. Returns the HTLC's id. */
uint64_t relay_add(struct relay *relay, unsigned end, uint64_t amount_msat, unsigned preimage);
void relay_fulfill(struct relay *relay, unsigned end, uint64_t id, unsigned preimage);
void relay_fail(struct relay *relay, unsigned end, uint64_t id);
void relay_fail_malformed(struct relay *relay, unsigned end, uint64_t id);

#endif
