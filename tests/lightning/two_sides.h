/* two_sides.h: the channel of BOLT 3's appendices C and F, with all its secrets, built, signed and spent.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TWO_SIDES_H
#define KONSENTO_TESTS_LIGHTNING_TWO_SIDES_H

#include "protocol/bitcoin/interpreter.h"
#include "protocol/lightning/backend.h"
#include "protocol/lightning/commitment.h"

#define TWO_SIDES_HTLCS 7

struct two_sides {
    struct btc_curve curve;
    enum ln_backend_kind signer; /* real, unless a test wants tokens */
    struct btc_script_space space;
    struct btc_arena arena;
    _Alignas(16) uint8_t memory[1 << 20];
    uint8_t funding_secrets[2][32]; /* owner, other */
    uint8_t funding_keys[2][33];
    uint8_t htlc_secrets[2][32];
    struct ln_commitment_keys keys;
    struct ln_htlc htlcs[TWO_SIDES_HTLCS]; /* of the appendix; a view has some of them */
    uint8_t preimages[TWO_SIDES_HTLCS][32];
    struct ln_htlc chosen[TWO_SIDES_HTLCS];
    struct ln_commitment_view view;
    struct ln_commitment commitment;
    struct btc_signature commitment_signatures[2]; /* owner's, other's */
    struct ln_htlc_tx htlc_tx;
    struct btc_signature htlc_signatures[2];
};

/* Sets curve, keys and the parts of view that all cases share. */
void two_sides_init(struct two_sides *sides);
/* Builds and signs the commitment of sides->view. */
void two_sides_commit(struct two_sides *sides);
/* Builds and signs the second stage of an output. */
void two_sides_second_stage(struct two_sides *sides, uint32_t output);

/* Evaluates the first input of a transaction under consensus and under policy flags; aborts if the two differ. */
bool two_sides_valid(struct two_sides *sides, const struct btc_tx *tx, const struct btc_output *spent);
/* The output that the commitment spends. In: script, room for it. */
struct btc_output two_sides_funding(const struct two_sides *sides, uint8_t script[34]);
/* Flips bits of the first input's witness one after another, step bits apart, and evaluates under policy flags.
 * Returns how many were flipped; aborts if one passes. */
unsigned two_sides_flip(struct two_sides *sides, const struct btc_tx *tx, const struct btc_output *spent,
                        unsigned step);

#endif
