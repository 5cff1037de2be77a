/* wait.h: how long payers wait for confirmations who come evenly over a stretch of blocks: exactly.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A payer who comes between two blocks waits for the n-th block after him, so within one gap his wait is spread evenly.
 * The share of payers that wait no longer than w is a sum over gaps, in integers; no payer is drawn.
 */
#ifndef KONSENTO_MODELS_LAB_WAIT_H
#define KONSENTO_MODELS_LAB_WAIT_H

#include <stddef.h>
#include <stdint.h>

/* Arrivals of blocks, never falling. Payers come from the first to the last that still has n blocks behind it. */
struct wait_blocks {
    const int64_t *arrival_us;
    size_t count; /* more than n */
    unsigned confirmations;
};

/* The shortest time that a share of the payers do not wait longer than. In: share in (0, 1). */
int64_t wait_quantile_us(const struct wait_blocks *blocks, double share);
double wait_mean_us(const struct wait_blocks *blocks);

#endif
