/* cloud.h: a custodial account or card at a central provider.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   pay --latency--> authorised = credited --settlement--> final
 *          |                        |
 *          +-> declined, outage     +--> chargeback at a uniform moment before settlement
 *
 *   money:  payer --> in flight (at the provider) --> operator;   fees: operator --> provider, when authorised
 *
 * Latency is constant or lognormal. The provider takes one payment after the other, so many a second; who would wait
 * too long for that gets no answer. The provider keeps its fee on refunds and chargebacks. A payment asked for or
 * answered while the provider is down fails after its latency. Outages are scheduled, or random with exponential gaps
 * and durations. Draws are keyed by (session, payment): every rail meets the same fate numbers.
 *
 * Source: docs/models.md, cloud rail. Not modeled: partial capture, chargeback fees, disputes after settlement.
 */
#ifndef KONSENTO_MODELS_RAILS_CLOUD_H
#define KONSENTO_MODELS_RAILS_CLOUD_H

#include "models/config.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/trouble.h"

/* Fills rail. trouble, config, ledger and listener's self live at least as long. Returns false when memory is out;
 * *rail is {0} then. Owns: rail->ops->free. */
bool cloud_open(struct rail *rail, struct trouble *trouble, const struct cloud_config *config, struct ledger *ledger,
                const struct rail_listener *listener) __attribute__((warn_unused_result));

#endif
