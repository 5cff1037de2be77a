/* both_judges.h: a transaction verified with and without a memory of verdicts, which must not tell.   [real]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_BITCOIN_BOTH_JUDGES_H
#define KONSENTO_TESTS_BITCOIN_BOTH_JUDGES_H

#include "protocol/bitcoin/interpreter.h"

/* How often, and how much the memory answered. */
struct both_judges_tally {
    unsigned long verified, judged, remembered;
};

/* Verifies without a memory, with one that holds whatever earlier calls left in it, and once more, when it holds this
 * transaction's signatures too. Asserts that all agree on the error and on the input that fails. */
enum btc_script_error both_judges_verify(const struct btc_tx_spend *spend, uint32_t flags);

struct both_judges_tally both_judges_tally(void);

#endif
