/* lightning_exchange.h: one payment of one node to another, from asked to its end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   WAITS --channel usable--> ASKS --way--> payee makes an invoice --device, way--> TOLD --> PAYS --> TAKEN
 *     |                                                                                 |  +--> HELD --+
 *     +-- too late ---------------------------------------------------------------------+--> FAILED
 *
 * The same for orders, refunds and the operator's own transfers. An exchange is gone when payee and payer have both
 * heard how it ended; who wanted it is told as soon as the payee has.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_EXCHANGE_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_EXCHANGE_H

#include "models/rails/lightning_parts.h"

struct exchange_terms {
    enum exchange_kind kind;
    uint32_t from, to; /* nodes */
    uint32_t by;       /* node that the first has its channels with; HOST_NONE: any */
    uint32_t session, order;
    int64_t amount_msat;  /* 0: nothing is to be sent, and it is TAKEN with its first step */
    int64_t balance_msat; /* that is paid otherwise */
};
/* Returns its number, waiting; SLAB_NONE when memory is out (told to trouble). */
uint32_t exchange_new(struct lightning *rail, const struct exchange_terms *terms);
/* Asks for the invoice if it waits. */
void exchange_begin(struct lightning *rail, uint32_t exchange);
/* It waits, and cannot be begun for now: looks again soon. */
void exchange_wait(struct lightning *rail, uint32_t exchange);
/* Its time is over, and begins anew: it waits for what takes longer. */
void exchange_give_time(struct lightning *rail, uint32_t exchange);

/* Time that a request from a phone takes to an outlet. In: key, of its draw. */
int64_t exchange_way_us(struct lightning *rail, uint64_t key);

/* A timer of its own has come. Returns what came of the exchange; IS_LOST: cause says why. */
enum exchange_outcome exchange_step(struct lightning *rail, uint32_t exchange);
/* Its time is over: it is given up as soon as that can be. */
enum exchange_outcome exchange_late(struct lightning *rail, uint32_t exchange);
/* Gives one up that waits. */
enum exchange_outcome exchange_lose(struct lightning *rail, uint32_t exchange, enum rail_cause cause);

/* What a node says. Out: exchange that it is about, SLAB_NONE. */
enum exchange_outcome exchange_hear(struct lightning *rail, uint32_t *exchange, uint32_t node,
                                    const struct ln_node_event *event);
/* The payee of one that is HELD takes it, or gives it back. */
void exchange_settle(struct lightning *rail, uint32_t exchange);
void exchange_cancel(struct lightning *rail, uint32_t exchange);
/* Drops it if both ends have heard. To be called when its outcome was dealt with. Returns whether it is gone. */
bool exchange_drop(struct lightning *rail, uint32_t exchange);

#endif
