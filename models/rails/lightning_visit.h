/* lightning_visit.h: what sessions want: orders, refunds, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_VISIT_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_VISIT_H

#include "models/rails/lightning_exchange.h"

void visit_begin(struct lightning *rail, const struct rail_opening *opening);
void visit_order(struct lightning *rail, const struct rail_order *order);
void visit_refund(struct lightning *rail, uint32_t session, int64_t amount_msat);
/* The controller wanted nothing more of it, and the event of that has come. */
void visit_end(struct lightning *rail, uint32_t session);

/* What came of an exchange. Behind it the exchange may be gone. */
void visit_hear(struct lightning *rail, uint32_t exchange, enum exchange_outcome outcome);
/* A line can be used: what waits for it is looked at. */
void visit_look(struct lightning *rail, uint32_t line);
/* The time has come to look whether a session can be given credit. */
void visit_trust(struct lightning *rail, uint32_t session);
/* A timer of an exchange has come. */
void visit_step(struct lightning *rail, uint32_t exchange);
void visit_late(struct lightning *rail, uint32_t exchange);

#endif
