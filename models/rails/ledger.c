/* ledger.c: accounts whose sum is zero.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool ledger_init(struct ledger *ledger, size_t payer_count)
{
    *ledger = (struct ledger){.account_count = LEDGER_FIRST_PAYER + payer_count};
    ledger->balance_msat = calloc(ledger->account_count, sizeof ledger->balance_msat[0]);
    return ledger->balance_msat != NULL;
}

void ledger_close(struct ledger *ledger)
{
    free(ledger->balance_msat);
    ledger->balance_msat = NULL;
}

void ledger_move(struct ledger *ledger, size_t from, size_t to, int64_t amount_msat)
{
    assert(from < ledger->account_count && to < ledger->account_count && amount_msat >= 0);
    bool is_overflow = __builtin_sub_overflow(ledger->balance_msat[from], amount_msat, &ledger->balance_msat[from]) ||
                       __builtin_add_overflow(ledger->balance_msat[to], amount_msat, &ledger->balance_msat[to]);
    assert(!is_overflow);
}

int64_t ledger_balance_msat(const struct ledger *ledger, size_t account)
{
    assert(account < ledger->account_count);
    return ledger->balance_msat[account];
}

int64_t ledger_spent_msat(const struct ledger *ledger)
{
    int64_t spent_msat = -ledger->balance_msat[LEDGER_OWED];
    for (size_t i = LEDGER_FIRST_PAYER; i < ledger->account_count; i++)
        spent_msat -= ledger->balance_msat[i];
    return spent_msat;
}

bool ledger_audit(const void *object, char *why, size_t why_size)
{
    const struct ledger *ledger = object;
    __int128 sum_msat = 0;
    for (size_t i = 0; i < ledger->account_count; i++)
        sum_msat += ledger->balance_msat[i];
    if (sum_msat != 0) {
        snprintf(why, why_size, "the sum of all accounts is %" PRId64 " msat, not 0", (int64_t)sum_msat);
        return false;
    }
    bool is_provider_short = ledger->balance_msat[LEDGER_PROVIDER] < 0 && !ledger->has_strangers;
    if (ledger->balance_msat[LEDGER_IN_FLIGHT] < 0 || ledger->balance_msat[LEDGER_OWED] < 0 || is_provider_short) {
        snprintf(why, why_size,
                 "money in flight is %" PRId64 " msat, owed to payers %" PRId64 " msat, provider income %" PRId64
                 " msat",
                 ledger->balance_msat[LEDGER_IN_FLIGHT], ledger->balance_msat[LEDGER_OWED],
                 ledger->balance_msat[LEDGER_PROVIDER]);
        return false;
    }
    return true;
}
