/* amount.c: satoshi amounts: range, checked sums, fees from weight and rate.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/bitcoin/amount.h"

#include <assert.h>

bool btc_amount_in_range(int64_t amount_sat)
{
    return amount_sat >= 0 && amount_sat <= BTC_MAX_MONEY_SAT;
}

bool btc_amount_add(int64_t *sum_sat, int64_t a_sat, int64_t b_sat)
{
    /* Two amounts in range cannot overflow 64 bits. */
    if (!btc_amount_in_range(a_sat) || !btc_amount_in_range(b_sat) || !btc_amount_in_range(a_sat + b_sat))
        return false;
    *sum_sat = a_sat + b_sat;
    return true;
}

bool btc_amount_subtract(int64_t *difference_sat, int64_t a_sat, int64_t b_sat)
{
    if (!btc_amount_in_range(a_sat) || !btc_amount_in_range(b_sat) || b_sat > a_sat)
        return false;
    *difference_sat = a_sat - b_sat;
    return true;
}

/* The product of two 32-bit factors fits 64 bits unsigned, its thousandth fits them signed. */
int64_t btc_amount_fee(uint32_t weight_wu, uint32_t rate_sat_per_kwu)
{
    return (int64_t)((uint64_t)weight_wu * rate_sat_per_kwu / 1000);
}

int64_t btc_amount_fee_up(uint32_t weight_wu, uint32_t rate_sat_per_kwu)
{
    uint64_t product = (uint64_t)weight_wu * rate_sat_per_kwu;
    return (int64_t)(product / 1000 + (product % 1000 != 0));
}

int btc_amount_rate_compare(int64_t fee_a_sat, uint32_t weight_a_wu, int64_t fee_b_sat, uint32_t weight_b_wu)
{
    assert(btc_amount_in_range(fee_a_sat) && btc_amount_in_range(fee_b_sat));
    assert(weight_a_wu > 0 && weight_b_wu > 0);
    __int128 a = (__int128)fee_a_sat * weight_b_wu;
    __int128 b = (__int128)fee_b_sat * weight_a_wu;
    return (a > b) - (a < b);
}
