/* onchain_plan.h: which claims are made when, together or alone, at what fee.   [real]
 * SPDX-License-Identifier: MIT
 *
 *     outs that can be claimed ──► claims (alone near a deadline, else with their kind) ──► first broadcast, then
 *     replacements: when the estimate has gone up, or when nothing came of it for a while
 *
 * What has no deadline is swept at the relaxed rate, or waits until that is worth it. What has one pays the normal
 * rate, the urgent one within security_blocks, and more at the end; never more than it is worth. A claim stays as it is
 * until one of its outs is spent, or comes too near to its deadline to depend on others; only then are its outs claimed
 * anew. Source: BOLT 5; BIP 125, rules 3 and 4.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_PLAN_H
#define KONSENTO_LIGHTNING_ONCHAIN_PLAN_H

#include "protocol/lightning/onchain_send.h"

/* Emits what is to be broadcast as things stand. */
LN_ONCHAIN_MUST_USE enum ln_onchain_result ln_onchain_plan(struct ln_onchain *onchain,
                                                           const struct ln_onchain_tools *tools, enum ln_resend resend);

/* Whether an out could be had, but is not worth it. */
bool ln_onchain_is_abandoned(const struct ln_onchain *onchain, const struct ln_out *out);

#endif
