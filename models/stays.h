/* stays.h: cars come to outlets and go from them; the price that they meet.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_STAYS_H
#define KONSENTO_MODELS_STAYS_H

#include "models/fleet/fleet.h"

#include <stdbool.h>
#include <stdint.h>

struct world;

/* Registers the kinds of events. */
void stays_init(struct world *world);
/* The tariff at a time. Returns false if it has none (told to trouble). */
bool stays_price(struct world *world, int64_t *price, int64_t time_us);
/* The next change of the price. */
void stays_plan_price(struct world *world);

/* A car of the fleet comes. Returns its session, SLAB_NONE when memory is out (told to trouble). */
uint32_t stays_arrive(struct world *world, const struct fleet_arrival *arrival);
/* A session whose key, car, battery, demand and departure_us are filled comes to an outlet (ignored if shared). */
void stays_come(struct world *world, uint32_t number, uint32_t outlet);
/* The car goes now. */
void stays_leave(struct world *world, uint32_t number);
/* The car is taken off its outlet now, and its driver leaves when it was said. */
void stays_move(struct world *world, uint32_t number);
/* The next car may come to an outlet that is empty and whose contactor has opened. */
void stays_release(struct world *world, uint32_t outlet);

#endif
