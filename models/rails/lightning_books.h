/* lightning_books.h: whose is what, who is told; the floor of the Lightning rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_BOOKS_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_BOOKS_H

#include "models/rails/lightning_parts.h"

void lightning_raise(struct lightning *rail, const struct rail_event *event);
struct sim_handle lightning_schedule(struct lightning *rail, uint16_t kind, int64_t after_us, uint32_t entity);
bool lightning_grow_accounts(struct lightning *rail, size_t count);
/* Notes that a node of the host is that. Returns false when memory is out. */
bool lightning_own(struct lightning *rail, uint32_t node, enum station_role role, uint32_t index);
/* Whether it has noted it; others are strangers', of whose money the rail keeps no books. */
bool lightning_is_own(const struct lightning *rail, uint32_t node);
/* The account in the ledger of who owns a node, one of the rail's. */
uint32_t lightning_ledger_account(const struct lightning *rail, uint32_t node);
/* Record of a transaction of the chain; NULL when memory is out (told to trouble). */
struct cost *lightning_cost(struct lightning *rail, uint32_t tx);

/* Remembers a number to be forgotten. Returns whether there was room. */
bool olds_put(struct olds *olds, uint64_t number);

/* Capacity of channels changes by so much: for what they have held over time. */
void lightning_count_capacity(struct lightning *rail, int64_t change_msat);

#endif
