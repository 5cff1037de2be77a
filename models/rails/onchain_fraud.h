/* onchain_fraud.h: payers who want their money back.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_FRAUD_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_FRAUD_H

#include "models/rails/onchain_parts.h"

/* Draws what the payer of a session is up to. */
void fraud_draw(struct onchain *onchain, struct account *account);
/* The first transaction of a payment is to be sent: sends it, and what belongs to the plan. */
void fraud_send(struct onchain *onchain, uint32_t index);
/* The time has come to take the money back. */
void fraud_strike(struct onchain *onchain, uint32_t index);
/* The attacker has his block, or none. */
void fraud_release(struct onchain *onchain);

#endif
