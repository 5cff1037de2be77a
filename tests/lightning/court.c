/* court.c: judges the transactions that a test builds.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/court.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITNESS_ITEM_MAX 256

static void fault(const char *what)
{
    fprintf(stderr, "court: %s\n", what);
    abort();
}

void court_open(struct court *court, btc_signature_judge *judge)
{
    if (court->judged == 0) {
        btc_curve_init(&court->curve);
        static const uint32_t whole[][2] = {[COURT_EVERY_BIT] = {UINT32_MAX, UINT32_MAX},
                                            [COURT_SPARSE] = {COURT_WHOLE_REAL, COURT_WHOLE_TOKENS},
                                            [COURT_BRIEF] = {0, 0}};
        memcpy(court->whole_left, whole[court->depth], sizeof court->whole_left);
    }
    court->judge = judge;
}

static bool passes(struct court *court, const struct btc_tx *tx, const struct btc_output *spent, uint32_t flags)
{
    struct btc_spend spend = {.curve = &court->curve, .tx = tx, .spent = spent, .judge = court->judge};
    return btc_script_verify(&court->space, &spend, flags) == BTC_SCRIPT_OK;
}

bool court_is_new(struct court *court, const uint8_t name[8])
{
    uint64_t word;
    memcpy(&word, name, 8);
    word |= 1; /* 0 is no entry */
    if (court->known_count > COURT_KNOWN / 2) {
        memset(court->known, 0, sizeof court->known);
        court->known_count = 0;
    }
    for (uint32_t slot = (uint32_t)(word >> 32) % COURT_KNOWN;; slot = (slot + 1) % COURT_KNOWN) {
        if (court->known[slot] == word) {
            return false;
        }
        if (court->known[slot] == 0) {
            court->known[slot] = word;
            court->known_count++;
            return true;
        }
    }
}

static void flip_one(struct court *court, const struct btc_tx *tx, const struct btc_output *spent, uint32_t item,
                     size_t bit)
{
    uint8_t copy[WITNESS_ITEM_MAX];
    struct btc_input *input = &tx->inputs[0];
    struct btc_bytes whole = input->witness[item];
    if (whole.length > sizeof copy) {
        fault("a witness item is longer than any that channels have");
    }
    memcpy(copy, whole.data, whole.length);
    copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    input->witness[item] = btc_bytes(copy, whole.length);
    if (passes(court, tx, spent, BTC_VERIFY_POLICY)) {
        fault("a flipped bit makes no difference");
    }
    input->witness[item] = whole;
    court->flips++;
}

unsigned court_flip(struct court *court, const struct btc_tx *tx, const struct btc_output *spent)
{
    uint64_t before = court->flips;
    for (uint32_t item = 0; item < tx->inputs[0].witness_count; item++) {
        for (size_t bit = 0; bit < 8 * tx->inputs[0].witness[item].length; bit++) {
            flip_one(court, tx, spent, item, bit);
        }
    }
    return (unsigned)(court->flips - before);
}

static void flip_some(struct court *court, const struct btc_tx *tx, const struct btc_output *spent,
                      const uint8_t wtxid[32])
{
    for (uint32_t item = 0; item < tx->inputs[0].witness_count; item++) {
        size_t bits = 8 * tx->inputs[0].witness[item].length;
        uint32_t pick;
        memcpy(&pick, wtxid + 4 * (item + 1), 4);
        if (bits > 0) {
            flip_one(court, tx, spent, item, pick % bits);
        }
    }
}

void court_judge(struct court *court, const struct btc_tx *tx, const struct btc_output *spent)
{
    uint8_t wtxid[32];
    btc_wtxid(wtxid, tx);
    if (!court_is_new(court, wtxid)) {
        return;
    }
    if (!passes(court, tx, spent, BTC_VERIFY_CONSENSUS)) {
        fault("a transaction breaks consensus");
    }
    if (!passes(court, tx, spent, BTC_VERIFY_POLICY)) {
        fault("a transaction breaks policy");
    }
    court->judged++;
    uint32_t *whole_left = &court->whole_left[court->judge != NULL];
    if (*whole_left > 0) {
        (*whole_left)--;
        court->whole++;
        court_flip(court, tx, spent);
    } else {
        flip_some(court, tx, spent, wtxid);
    }
}
