/* onchain_tell.h: what came of HTLCs, and when all is done.   [real]
 * SPDX-License-Identifier: MIT
 *
 * A preimage that shows in a block is told at once, for every HTLC of ours that has its hash. Everything else is told
 * when it is as deep as reorganisations ever go, and never taken back. Source: BOLT 5; BOLT 2, forwarding HTLCs.
 */
#ifndef KONSENTO_LIGHTNING_ONCHAIN_TELL_H
#define KONSENTO_LIGHTNING_ONCHAIN_TELL_H

#include "protocol/lightning/onchain_plan.h"

/* Emits WATCH for what is new, and what has become certain about HTLCs. To be called before planning. */
void ln_onchain_tell(struct ln_onchain *onchain, const struct ln_onchain_tools *tools, enum ln_resend resend);
/* Emits RESOLVED once nothing is left to do. To be called behind planning. */
void ln_onchain_tell_end(struct ln_onchain *onchain, const struct ln_onchain_tools *tools);

#endif
