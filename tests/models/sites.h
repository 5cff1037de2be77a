/* sites.h: histories of the recorded apartment sites, together or some of them.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_SITES_H
#define KONSENTO_TESTS_MODELS_SITES_H

#include "models/fleet/history.h"

/* The sessions of the sites named, each in one letter: A (ASK), O (OSL_S), T (TRO_R). Owns: history_close. */
void sites_history(struct history *history, const char *letters);

#endif
