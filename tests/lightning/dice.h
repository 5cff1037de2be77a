/* dice.h: reproducible randomness for property tests: a fixed seed, the same on every machine.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_DICE_H
#define KONSENTO_TESTS_LIGHTNING_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *dice);
/* 0 .. below - 1 */
uint32_t dice_below(struct dice *dice, uint32_t below);
void dice_fill(struct dice *dice, uint8_t *bytes, size_t length);

#endif
