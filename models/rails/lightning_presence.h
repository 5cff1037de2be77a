/* lightning_presence.h: which phones are connected, and why.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A phone connects to whom it has something to do with, and parts when it has had nothing to do for a while: no
 * session, no exchange, no channel that is being opened or closed.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_PRESENCE_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_PRESENCE_H

#include "models/rails/lightning_parts.h"

/* A line is to be there. */
void presence_want(struct lightning *rail, uint32_t line);
/* Something that kept the phone has ended. */
void presence_look(struct lightning *rail, uint32_t payer);
/* The time to linger is over. */
void presence_leave(struct lightning *rail, uint32_t payer);

#endif
