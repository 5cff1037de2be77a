/* lightning_session.h: what sessions want: orders, refunds, the end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_SESSION_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_SESSION_H

#include "models/rails/lightning_exchange.h"

void session_begin(struct lightning *rail, const struct rail_opening *opening);
void session_order(struct lightning *rail, const struct rail_order *order);
void session_refund(struct lightning *rail, uint32_t session, int64_t amount_msat);
/* The controller wanted nothing more of it, and the event of that has come. */
void session_end(struct lightning *rail, uint32_t session);

/* What came of an exchange. Behind it the exchange may be gone. */
void session_hear(struct lightning *rail, uint32_t exchange, enum exchange_outcome outcome);
/* A line can be used: what waits for it is looked at. */
void session_look(struct lightning *rail, uint32_t line);
/* A timer of an exchange has come. */
void session_step(struct lightning *rail, uint32_t exchange);
void session_late(struct lightning *rail, uint32_t exchange);

#endif
