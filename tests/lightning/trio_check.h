/* trio_check.h: what must be true of three honest nodes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_TRIO_CHECK_H
#define KONSENTO_TESTS_LIGHTNING_TRIO_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "tests/lightning/trio.h"

#define TRIO_FEE_MSAT 1000 /* what the node in the middle keeps */

#define CHECK(condition_)                                                                                              \
    do {                                                                                                               \
        if (!(condition_)) {                                                                                           \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition_);                                           \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static inline unsigned trio_node_of(unsigned link, unsigned side)
{
    return link + side;
}

/* Sums at all ends, what they have signed and what they would sign. */
void trio_audit(struct trio *trio);
/* What each node has when no HTLC is under way. */
void trio_wealth(const struct trio *trio, uint64_t sum_msat[3]);
/* Everything has ended, everybody agrees how, and has what is due. */
void trio_check_end(struct trio *trio);

#endif
