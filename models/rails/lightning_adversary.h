/* lightning_adversary.h: payers who mean harm to a Lightning rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   revoked   backs its node up while its channel is full, pays for its sessions, and when enough is spent it closes
 * the channel as it was (host_cheat): punished, unless whom it paid is cut off from the chain for longer than
 *             to_self_delay
 *   jam       while its car is plugged in it sends outlet after outlet parts of payments that never become whole
 *             (host_jam): they fill the channel to that outlet for a minute each time
 *
 *   grief     from the end of a session to the beginning of its next it answers nothing but pings (host_stall): a
 * refund on its way to it hangs, and whoever forwards it must go to the chain when it expires
 *
 * Who is one of them is drawn per payer, the same with every topology and plan.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_ADVERSARY_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_ADVERSARY_H

#include "models/rails/lightning_parts.h"

/* Draws who they are; before the nodes are made. Returns false when memory is out. Owns: adversary_close. */
__attribute__((warn_unused_result)) bool adversary_open(struct lightning *rail);
void adversary_close(struct lightning *rail);

/* Whether a payer's node must keep records whatever the config says: it means to restore them. */
bool adversary_needs_records(const struct lightning *rail, uint32_t payer);
/* Whether a payer has gone back to its backup. */
bool adversary_has_cheated(const struct lightning *rail, uint32_t payer);

/* A session of a payer has begun; is over for its owner. */
void adversary_arrives(struct lightning *rail, uint32_t payer, uint32_t outlet);
void adversary_leaves(struct lightning *rail, uint32_t payer);

#endif
