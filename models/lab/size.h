/* size.h: one real transaction to be weighed, with the output that it spends.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_LAB_SIZE_H
#define KONSENTO_MODELS_LAB_SIZE_H

#include "models/lab/config.h"
#include "protocol/bitcoin/interpreter.h"
#include "protocol/bitcoin/tx.h"

#include <stdbool.h>

struct size_tools {
    struct btc_curve curve;
    struct btc_arena arena;   /* emptied for each transaction */
    struct btc_arena scratch; /* of the wallet */
    struct btc_script_space space;
    const struct lab_size_config *config;
    uint32_t variant; /* amounts and keys follow it, and so do the lengths of signatures */
};

struct sized {
    struct btc_tx tx;
    struct btc_output spent; /* by its first and only input */
};

/* Build and sign the config's transaction; everything is in the arena. Return NULL, or what went wrong. */
const char *size_payment(struct sized *sized, struct size_tools *tools);
const char *size_channel(struct sized *sized, struct size_tools *tools);

/* What BOLT 3 reckons with; 0: it says nothing about the transaction. */
uint32_t size_bolt3_wu(const struct lab_size_config *config);

#endif
