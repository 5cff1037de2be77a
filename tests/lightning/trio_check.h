/* trio_check.h: what must be true of three honest nodes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TRIO_CHECK_H
#define KONSENTO_TESTS_LIGHTNING_TRIO_CHECK_H

#include "tests/lightning/trio_end.h"

#define TRIO_FEE_MSAT 1000 /* what the node in the middle keeps */

/* Sums at all ends, what they have signed and what they would sign. */
void trio_audit(struct trio *trio);
/* What each node has when no HTLC is under way. */
void trio_wealth(const struct trio *trio, uint64_t sum_msat[3]);
/* Everything has ended, everybody agrees how, and has what is due. */
void trio_check_end(struct trio *trio);
/* Every commitment that was revoked is rebuilt from its record and its secret: it is the one that was signed. */
void trio_check_past(struct trio *trio);
/* Ends are restored from snapshots that are too old: each is found out, and nothing is ever broadcast. Behind it the
 * channels are no longer good for anything. */
void trio_check_old(struct trio *trio);

#endif
