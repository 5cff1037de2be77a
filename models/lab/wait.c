/* wait.c: waits for confirmations, exactly.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/lab/wait.h"

#include <assert.h>

/* Time in which payers come who wait no longer than so. */
static int64_t covered_us(const struct wait_blocks *blocks, int64_t wait_us)
{
    const int64_t *arrival_us = blocks->arrival_us;
    int64_t sum_us = 0;
    for (size_t i = 0; i + blocks->confirmations < blocks->count; i++) {
        int64_t last_us = arrival_us[i + blocks->confirmations];
        int64_t gap_us = arrival_us[i + 1] - arrival_us[i], part_us = wait_us - (last_us - arrival_us[i + 1]);
        sum_us += part_us <= 0 ? 0 : part_us < gap_us ? part_us : gap_us;
    }
    return sum_us;
}

int64_t wait_quantile_us(const struct wait_blocks *blocks, double share)
{
    assert(blocks->count > blocks->confirmations && share > 0.0 && share < 1.0);
    const int64_t *arrival_us = blocks->arrival_us;
    int64_t wanted_us = (int64_t)(share * (double)(arrival_us[blocks->count - blocks->confirmations] - arrival_us[0]));
    int64_t low_us = 0, high_us = 0;
    for (size_t i = 0; i + blocks->confirmations < blocks->count; i++) {
        int64_t longest_us = arrival_us[i + blocks->confirmations] - arrival_us[i];
        high_us = longest_us > high_us ? longest_us : high_us;
    }
    while (low_us < high_us) {
        int64_t middle_us = low_us + (high_us - low_us) / 2;
        if (covered_us(blocks, middle_us) >= wanted_us)
            high_us = middle_us;
        else
            low_us = middle_us + 1;
    }
    return low_us;
}

double wait_mean_us(const struct wait_blocks *blocks)
{
    assert(blocks->count > blocks->confirmations);
    const int64_t *arrival_us = blocks->arrival_us;
    double sum = 0.0, time_us = 0.0;
    for (size_t i = 0; i + blocks->confirmations < blocks->count; i++) {
        int64_t gap_us = arrival_us[i + 1] - arrival_us[i];
        int64_t twice_us = 2 * arrival_us[i + blocks->confirmations] - arrival_us[i + 1] - arrival_us[i];
        sum += (double)gap_us * (double)twice_us / 2.0;
        time_us += (double)gap_us;
    }
    return sum / time_us;
}
