/* lightning.h: payments in channels: real nodes on phones, outlets and a hub, over modeled links and the chain. [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     direct   phone ═══ outlet                    one channel for each outlet that a phone uses
 *     hub      phone ═══ hub ═══ outlet            one channel for each phone, one for each outlet
 *     public   phone ═══ provider ── graph ── operator's node ═══ outlet      (lightning_public.h)
 *
 *   pay --> phone asks the outlet for an invoice --> invoice comes back --> phone's node pays
 *             --> outlet's node has the HTLC irrevocably and gives its preimage away: CREDITED, and FINAL at once
 *             --> refused, no way, nobody there, too late: FAILED, with the cause that the node found
 *
 * Credited and final coincide: who was given the preimage must pay, and the payee can go to the chain for it. With a
 * deposit CREDITED comes when the HTLCs are held and FINAL when what was used is settled (lightning_deposit.h).
 *
 * Hub and outlets are the operator's: what a hub takes for forwarding is the payer's fee and the operator's income, and
 * a refund costs nobody a fee. Fees of funding, closing and claiming transactions are told as UPKEEP when a block has
 * them, and taken back if it is gone: a channel's opener pays for its closing, whoever sends a transaction of his own
 * for that. Unused prepayment goes back through the channel; if that cannot be, it is kept as the payer's balance,
 * which the next payment uses first.
 *
 * Phones connect when their car is plugged in, or their channel needs them, and leave when nothing is to be done.
 * Limits: the operator's node sees the chain for everybody; what a request for an invoice takes is drawn from the
 * links' delays, without their queues and losses.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_H

#include "models/chain/chain.h"
#include "models/config.h"
#include "models/host/abroad.h"
#include "models/rails/access.h"
#include "models/rails/ledger.h"
#include "models/rails/rail.h"
#include "models/trouble.h"

enum lightning_role {
    LIGHTNING_ROLE_FOREIGN, /* none of the rail's: of the public graph */
    LIGHTNING_ROLE_PHONE,
    LIGHTNING_ROLE_OUTLET,
    LIGHTNING_ROLE_HUB,
    LIGHTNING_ROLE_PROVIDER,
    LIGHTNING_ROLE_COUNT
};
struct lightning_party {
    enum lightning_role role;
    uint32_t number; /* of the payer, the outlet; FOREIGN: of the node */
};

/* A message of BOLT #1, #2, #7 that leaves a node. */
struct lightning_message {
    struct lightning_party from, to;
    uint16_t type;       /* enum ln_message_type */
    int64_t htlc;        /* its id in update_...; else -1 */
    int64_t amount_msat; /* update_add_htlc; else -1 */
    size_t length;
};
struct lightning_tap {
    void *self;
    void (*on_message)(void *self, const struct lightning_message *message); /* NULL: nobody wants to know */
};

struct lightning_options {
    struct trouble *trouble;
    const struct lightning_config *config;
    const struct chain_config *chain_config;
    struct chain *chain; /* not begun yet; takes tokens if the config says so; outlives the rail */
    struct ledger *ledger;
    struct rail_listener listener;
    struct access *access;        /* outlives the rail */
    const struct abroad_map *map; /* of the public graph; NULL unless the topology asks for it */
    uint32_t payer_count, outlet_count;
    int64_t start_unix_s;
    struct lightning_tap tap;
};

/* Opens all nodes and asks for their coins. The config outlives the rail. Returns false when memory is out. Owns:
 * rail->ops->free. */
bool lightning_open(struct rail *rail, const struct lightning_options *options) __attribute__((warn_unused_result));
/* After chain_begin: nodes wake, and find each other. Returns false when memory is out. */
bool lightning_begin(struct rail *rail) __attribute__((warn_unused_result));

#endif
