/* guests.h: drivers who move their full car, and visitors at outlets of residents.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A driver is told when the car is full, and with some probability has moved it after an exponential time, if he is not
 * to leave before; the car then stands elsewhere until its driver leaves. A visitor takes one of the lent outlets that
 * are free, by lot, and pays its owner; without one he is turned away. Residents pay the operator.
 */
#ifndef KONSENTO_MODELS_GUESTS_H
#define KONSENTO_MODELS_GUESTS_H

#include "models/metrics.h"
#include "models/site/lending.h"
#include "sim/accumulator.h"

struct world;
struct world_config;
struct session;

/* What became of visits and full cars since the warm-up. */
struct guests {
    struct lending lending;
    uint32_t first_payer; /* the first visitor's number on the rail */
    uint8_t *met;         /* a bit per visitor and outlet: they have had a deal */
    uint32_t *free;       /* room for the outlets of one choice */
    uint64_t visits, turned_away, blocked, first_deals, first_powered, full, moved;
    __int128 energy_uj, income_msat, fees_msat, idle_us;
    struct sample first_power_s;
    uint16_t move_kind;
};

/* Numbers of payers on the rail that visitors need after the others. */
uint32_t guests_payers(const struct world_config *config);
/* first_payer: the first visitor's number. Returns false when memory is out. Owns: guests_close. */
bool guests_open(struct world *world, uint32_t first_payer) __attribute__((warn_unused_result));
void guests_close(struct world *world);
/* The car of a session is full. */
void guests_on_full(struct world *world, uint32_t number);
/* A car of the fleet has come, and has its outlet or waits. */
void guests_on_wait(struct world *world, const struct session *session);
/* A session is at rest, or the run has ended. */
void guests_count(struct world *world, const struct session *session);
void guests_metrics(struct world *world, double metrics[METRIC_COUNT]);

#endif
