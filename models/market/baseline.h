/* baseline.h: what a building would have drawn unasked: the highest of the last like days.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   day:     1  2  3  4  5  6  7  8  9 10 | today     Of the last Y days of today's kind (weekday or weekend) on
 *   energy:  .  H  .  H  H  .  .  H  H  . |           which nothing was requested, the X with the most energy: slot by
 *                                                     slot their mean. Then what today differed from that in a window
 *                                                     before the request is added. It may be negative: a building
 *                                                     with sun on its roof feeds.
 *
 * Days count once they are whole. Source: the family of "high X of Y" baselines with same-day adjustment that Japan's
 * guideline for energy resource aggregation (high 4 of 5) and California's (high 5 of 10 for homes) belong to.
 */
#ifndef KONSENTO_MODELS_MARKET_BASELINE_H
#define KONSENTO_MODELS_MARKET_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct baseline {
    uint32_t slots; /* of a day */
    uint32_t days_max, highest;
    int64_t *kept_uj[2]; /* by kind of day: days_max rows of slots, a ring */
    uint32_t kept_count[2], next[2];
    int64_t *today_uj;
    bool is_requested, is_whole; /* today */
    bool is_weekend;
};

/* Returns false when memory is out. Owns: baseline_close. */
bool baseline_init(struct baseline *baseline, uint32_t slots, uint32_t days, uint32_t highest)
    __attribute__((warn_unused_result));
void baseline_close(struct baseline *baseline);
/* A day begins: yesterday is kept if it was whole and nothing was requested. */
void baseline_begin_day(struct baseline *baseline, bool is_weekend);
/* Energy of a slot of today that is over. */
void baseline_add(struct baseline *baseline, uint32_t slot, int64_t energy_uj);
/* Something is requested today: it will not count. */
void baseline_request(struct baseline *baseline);
/* Energy of a slot of a day like today; false: no such day is known. */
bool baseline_slot_uj(const struct baseline *baseline, int64_t *energy_uj, uint32_t slot);
/* Today's mean difference from that in slots from .. until - 1, which are over; 0: none known. */
int64_t baseline_adjustment_uj(const struct baseline *baseline, uint32_t from, uint32_t until);

#endif
