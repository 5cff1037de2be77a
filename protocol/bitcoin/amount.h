/* amount.h: satoshi amounts: range, checked sums, fees from weight and rate.   [real]
 * SPDX-License-Identifier: MIT
 *
 * An amount is an int64_t whose name ends in _sat; it is in range when 0 <= amount <= BTC_MAX_MONEY_SAT. Every sum that
 * could leave the range goes through a checked function here: on false the result is untouched. A feerate is satoshi
 * per 1000 weight units (`_sat_per_kwu`), as BOLT 2 has it; 250 sat/kwu = 1 sat/vB.
 *
 * Source: Bitcoin consensus (21 million coins, MoneyRange); BOLT #3 "Fees".
 */
#ifndef KONSENTO_BITCOIN_AMOUNT_H
#define KONSENTO_BITCOIN_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTC_COIN_SAT      INT64_C(100000000)
#define BTC_MAX_MONEY_SAT (INT64_C(21000000) * BTC_COIN_SAT)

/* True if the amount is one that a transaction output may hold. */
bool btc_amount_in_range(int64_t amount_sat);

/* sum = a + b. Returns false, and leaves sum alone, if a, b or the sum is out of range. */
__attribute__((warn_unused_result)) bool btc_amount_add(int64_t *sum_sat, int64_t a_sat, int64_t b_sat);

/* difference = a - b. Returns false, and leaves it alone, if a or b is out of range or b > a. */
__attribute__((warn_unused_result)) bool btc_amount_subtract(int64_t *difference_sat, int64_t a_sat, int64_t b_sat);

/* The fee of weight_wu at a rate, rounded down (BOLT #3). Limits: weight and rate at most 2^32 - 1. */
int64_t btc_amount_fee(uint32_t weight_wu, uint32_t rate_sat_per_kwu);

/* The same, rounded up: what a mempool with this minimum rate asks for. */
int64_t btc_amount_fee_up(uint32_t weight_wu, uint32_t rate_sat_per_kwu);

/* Compares fee_a / weight_a with fee_b / weight_b exactly. Returns <0, 0, >0. Weights are positive, fees in range. */
int btc_amount_rate_compare(int64_t fee_a_sat, uint32_t weight_a_wu, int64_t fee_b_sat, uint32_t weight_b_wu);

#endif
