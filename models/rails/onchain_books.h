/* onchain_books.h: whose a transaction is, who is told; the floor of the on-chain rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_BOOKS_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_BOOKS_H

#include "models/rails/onchain_parts.h"

bool onchain_grow_accounts(struct onchain *onchain, size_t count);
/* Notes whose a transaction is. Tells trouble when memory is out. */
void onchain_own(struct onchain *onchain, uint32_t tx, struct owner owner);
/* The same of a payment's transaction and all its versions before it. CHAIN_NONE: nothing. */
void onchain_own_versions(struct onchain *onchain, uint32_t newest, struct owner owner);
struct owner onchain_owner(const struct onchain *onchain, uint32_t tx);
void onchain_raise(struct onchain *onchain, const struct rail_event *event);
void onchain_schedule(struct onchain *onchain, struct sim_handle *handle, uint16_t kind, int64_t at_us,
                      uint32_t entity);
/* Names the draws of the transactions of a payment. */
uint64_t transfer_key(const struct onchain *onchain, const struct transfer *transfer, enum owner_role role);
/* ... and of what serves a wallet: index as of OWNER_UPKEEP, height of the chain. */
uint64_t onchain_upkeep_key(uint32_t index, uint32_t height);

#endif
