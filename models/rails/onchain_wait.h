/* onchain_wait.h: payments that wait for a block.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_WAIT_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_WAIT_H

#include "models/rails/onchain_parts.h"

/* Its fee is raised if it waits too long; sent again if it was evicted; lost if its rival is settled. */
void transfer_block(struct onchain *onchain, uint32_t index);

#endif
