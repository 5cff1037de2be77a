/* riot_parts.h: what the files of a riot share.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_RIOT_PARTS_H
#define KONSENTO_TESTS_LIGHTNING_RIOT_PARTS_H

#include "tests/lightning/riot.h"

/* A block, and what must be noted behind it. In: takes, a bit for each node. */
void riot_mine(struct riot *riot, unsigned takes, unsigned first);
/* Restarts a node that is down. */
void riot_restart(struct riot *riot, unsigned node);
/* Joins whoever should be joined and can. */
void riot_join_all(struct riot *riot);
bool riot_is_honest(const struct riot *riot, unsigned node);

/* Lets everything come to rest, closes all channels, and checks what came of it. */
void riot_end(struct riot *riot);
/* What channels on the chain have come to, while they are still known. */
void riot_note(struct riot *riot);

#endif
