/* brawl.h: a quarrel driven by bytes: how the channel lives, who ends it how, what miners and crashes do.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     byte 0: form of the commitments, who ends it, whether by an old state      then byte pairs, one step each
 *     first half: payments, messages, feerates      second half: blocks, censored or not, reorganisations, preimages,
 *     restarts, feerates; then blocks until all is resolved
 *
 * No miner leaves out an end's transactions for more than three blocks in a row, and no reorganisation goes more than
 * four blocks below the highest there was. Then no honest end may lose anything but an HTLC whose preimage it saw, or
 * had too late.
 */
#ifndef KONSENTO_TESTS_LIGHTNING_BRAWL_H
#define KONSENTO_TESTS_LIGHTNING_BRAWL_H

#include "tests/lightning/quarrel.h"

struct brawl {
    struct quarrel *quarrel;
    /* what happened */
    uint64_t runs;
    uint64_t steps;
    uint64_t payments;
    uint64_t cheats;
    uint64_t lapsed; /* HTLCs that came too late */
};

/* Runs one input to its end. Aborts at the first fault. */
void brawl_run(struct brawl *brawl, enum ln_backend_kind backend, const uint8_t *bytes, size_t length);

#endif
