/* locktime.c: nLockTime and relative locks.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/locktime.h"

#include <assert.h>

#define SEQUENCE_TIME_SHIFT 9 /* units of 512 s */

bool btc_tx_is_final(const struct btc_tx *tx, uint32_t height, uint32_t median_time)
{
    uint32_t now = tx->locktime < BTC_LOCKTIME_IS_TIME ? height : median_time;
    if (tx->locktime == 0 || tx->locktime < now)
        return true;
    for (uint32_t i = 0; i < tx->input_count; i++)
        if (tx->inputs[i].sequence != BTC_SEQUENCE_FINAL)
            return false;
    return true;
}

/* What lies beyond all heights and times stays there: no block can follow a median time of UINT32_MAX. */
static uint32_t later(uint32_t since, uint32_t distance)
{
    return since > UINT32_MAX - distance ? UINT32_MAX : since + distance;
}

struct btc_earliest btc_tx_earliest(const struct btc_tx *tx, const struct btc_coin_age *ages)
{
    struct btc_earliest earliest = {0, 0};
    for (uint32_t i = 0; tx->version >= 2 && i < tx->input_count; i++) {
        uint32_t sequence = tx->inputs[i].sequence;
        uint32_t distance = sequence & BTC_SEQUENCE_LOCK_MASK;
        if (sequence & BTC_SEQUENCE_LOCK_OFF)
            continue;
        if (sequence & BTC_SEQUENCE_LOCK_TIME) {
            uint32_t time = later(ages[i].time, distance << SEQUENCE_TIME_SHIFT);
            earliest.min_time = time > earliest.min_time ? time : earliest.min_time;
        } else {
            uint32_t height = later(ages[i].height, distance);
            earliest.min_height = height > earliest.min_height ? height : earliest.min_height;
        }
    }
    return earliest;
}

bool btc_tx_meets_locktime(const struct btc_tx *tx, uint32_t input, int64_t locktime)
{
    assert(input < tx->input_count);
    /* A height is never compared with a time. */
    if ((tx->locktime < BTC_LOCKTIME_IS_TIME) != (locktime < (int64_t)BTC_LOCKTIME_IS_TIME))
        return false;
    if (locktime > (int64_t)tx->locktime)
        return false;
    /* A final input would switch nLockTime off. */
    return tx->inputs[input].sequence != BTC_SEQUENCE_FINAL;
}

bool btc_tx_meets_sequence(const struct btc_tx *tx, uint32_t input, int64_t sequence)
{
    assert(input < tx->input_count);
    const uint32_t mask = BTC_SEQUENCE_LOCK_TIME | BTC_SEQUENCE_LOCK_MASK;
    if (tx->version < 2 || (tx->inputs[input].sequence & BTC_SEQUENCE_LOCK_OFF))
        return false;
    uint32_t wanted = (uint32_t)(sequence & mask);
    uint32_t actual = tx->inputs[input].sequence & mask;
    if ((wanted & BTC_SEQUENCE_LOCK_TIME) != (actual & BTC_SEQUENCE_LOCK_TIME))
        return false;
    return wanted <= actual;
}
