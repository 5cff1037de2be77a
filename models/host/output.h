/* output.h: what leaves a node is carried out.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_OUTPUT_H
#define KONSENTO_MODELS_HOST_OUTPUT_H

#include "models/host/parts.h"

/* Handler of host->output_kind: all that is due of a node. */
void output_on_due(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

#endif
