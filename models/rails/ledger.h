/* ledger.h: whose money is where: integer millisatoshi, every movement from one account to another.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All accounts start at 0, so the sum is 0 for ever; a payer's balance is minus what it has spent. Some accounts may
 * never be below 0: money in flight, what is owed, and provider income, unless providers are strangers who may lose.
 */
#ifndef KONSENTO_MODELS_RAILS_LEDGER_H
#define KONSENTO_MODELS_RAILS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_OPERATOR,   /* who sells the energy */
    LEDGER_PROVIDER,   /* fees of card companies, miners, routing nodes */
    LEDGER_IN_FLIGHT,  /* taken from a payer, not yet the operator's for good */
    LEDGER_OWED,       /* to payers: refunds under way, balances kept for them */
    LEDGER_FIRST_PAYER /* + number of the car */
};

/* The account of a payee, as in struct rail_opening. */
static inline size_t ledger_payee(uint32_t payee)
{
    return payee == 0 ? (size_t)LEDGER_OPERATOR : LEDGER_FIRST_PAYER + (size_t)payee - 1;
}

struct ledger {
    int64_t *balance_msat;
    bool has_strangers; /* who take part as providers, and may lose */
    size_t account_count;
};

/* Returns false when memory is out. Owns: ledger_close. */
bool ledger_init(struct ledger *ledger, size_t payer_count) __attribute__((warn_unused_result));
void ledger_close(struct ledger *ledger);
/* Moves amount_msat >= 0. */
void ledger_move(struct ledger *ledger, size_t from, size_t to, int64_t amount_msat);
int64_t ledger_balance_msat(const struct ledger *ledger, size_t account);
/* What all payers together have spent, net of refunds and of what is owed to them. */
int64_t ledger_spent_msat(const struct ledger *ledger);
/* Asserts that the sum is 0 and that nothing is below 0 that may not be. Auditor of the kernel. */
bool ledger_audit(const void *ledger, char *why, size_t why_size);

#endif
