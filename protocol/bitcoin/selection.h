/* selection.h: which coins to spend: the same ones for the same wallet, always.   [real]
 * SPDX-License-Identifier: MIT
 *
 * First branch and bound looks for coins that need no change: their sum, less what spending each costs, meets the
 * target and exceeds it by no more than a change output would cost; of those found within a fixed number of steps the
 * least excess wins. Where there are none, the largest coins are taken until the target with change is met. Coins are
 * put in order by value, then by outpoint, so the choice depends on nothing else.
 *
 * Source: Erhardt, "An Evaluation of Coin Selection Strategies", 2016.
 */
#ifndef KONSENTO_BITCOIN_SELECTION_H
#define KONSENTO_BITCOIN_SELECTION_H

#include "protocol/bitcoin/tx.h"

#define BTC_SELECTION_STEPS 100000u

struct btc_selectable {
    struct btc_outpoint outpoint;
    int64_t value_sat;
    int64_t effective_sat; /* value less the fee of the input */
    uint32_t number;       /* the caller's */
    bool is_chosen;        /* out; in: true if it must be */
};

struct btc_selection_goal {
    int64_t target_sat;         /* effective sum to reach without change */
    int64_t change_cost_sat;    /* excess that may go to the fee instead of change */
    int64_t change_reserve_sat; /* what must be over for a change output: its fee and its least value */
};

enum btc_selection_result {
    BTC_SELECTION_EXACT = 0, /* no change is needed */
    BTC_SELECTION_CHANGE,    /* reached with something over for change */
    BTC_SELECTION_TIGHT,     /* all coins together reach the target, but leave too little for change */
    BTC_SELECTION_SHORT      /* not enough; nothing is chosen but what must be */
};

/* Sorts the coins and marks the chosen ones. Coins that cost more than they bring are chosen only if they must be. */
enum btc_selection_result btc_select(struct btc_selectable *coins, uint32_t count,
                                     const struct btc_selection_goal *goal);

#endif
