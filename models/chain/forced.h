/* forced.h: a branch that wins because the scenario says so.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_FORCED_H
#define KONSENTO_MODELS_CHAIN_FORCED_H

#include "models/chain/parts.h"

/* Plans those of the config; at time 0. */
void forced_plan(struct chain *chain);
/* Makes one that was asked for. */
void forced_make(struct chain *chain, uint32_t number);
void forced_close(struct chain *chain);

#endif
