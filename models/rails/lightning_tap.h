/* lightning_tap.h: messages between the rail's nodes, by whose nodes they are.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_TAP_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_TAP_H

#include "models/rails/lightning_parts.h"

/* Returns what the rail's host is to tell of its messages; NULL if nobody wants to know. */
const struct host_tap *lightning_tap(struct lightning *rail, const struct lightning_options *options);

#endif
