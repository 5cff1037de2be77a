/* lightning_parts.h: struct lightning, for the files that make up the rail; each has a header of its own.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   lightning_rail       the table, opening
 *     +-- news             what nodes, the chain and timers say
 *           +-- visit        what a session wants next: orders, refunds, the end
 *                 +-- deposit    an order that is held in slices
 *                 +-- undo       what the chain gave back
 *                       +-- exchange   one payment of one node to another, from asked to its end
 *           +-- channel      channels that come and go
 *           +-- cost         fees of transactions on the chain
 *                 +-- holders    audit: every msat to its holder
 *                       +-- holding    what each owner has, and what is open
 *                             +-- place      nodes, links; what they hold
 *                                   +-- adversary  payers who mean harm
 *                                         +-- presence   who is connected, and why
 *                                               +-- lightning_books   whose is what, who is told; below all
 *
 * Calls go down this list; what comes of an exchange goes up as the value that its functions return.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_PARTS_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_PARTS_H

#include "models/host/tap.h"
#include "models/rails/lightning.h"
#include "models/rails/lightning_things.h"
#include "models/slab.h"

struct public;

struct lightning {
    struct trouble *trouble;
    struct sim *sim;
    const struct lightning_config *config;
    const struct chain_config *chain_config;
    struct chain *chain;
    struct ledger *ledger;
    struct rail_listener listener;
    const struct access *access; /* the building's router, the phones' radios: coverages that links hang on */
    struct links links;
    struct host *host;
    struct lightning_tap tap;
    struct host_tap host_tap;
    uint32_t hub;      /* node; HOST_NONE */
    uint32_t *outlets; /* nodes */
    uint32_t outlet_count;
    struct phone *phones;
    uint32_t payer_count;
    struct station *stations;
    size_t station_count;
    struct slab lines, ties, exchanges, deposits;
    uint32_t *backbones; /* lines between hub and outlets */
    bool *outlet_busy;   /* rebalancing */
    struct account *accounts;
    size_t account_count;
    struct cost *costs;
    size_t cost_count;
    int64_t chain_fee_msat; /* booked for transactions */
    int64_t forwarded_msat; /* what the hub took for payments between payers */
    int64_t exposure_msat;
    uint32_t provider;         /* node that phones have their channels with; the hub, or HOST_NONE */
    struct public *public;     /* NULL: no graph */
    int64_t ended_inside_msat; /* channels between the operator's own nodes that ended on the chain */
    int64_t ended_booked_msat; /* of these, and of channels of the hub over the graph, so many are booked */
    struct villain *villains;  /* by payer; NULL: all are honest */
    struct {
        uint64_t opened, together, by_force, by_penalty, cheats, jams;
        int64_t penalty_msat, stolen_msat;
        uint64_t orders; /* that sessions asked for, and what they came to */
        double order_msat;
        double msat_us; /* capacity over time, up to at_us */
        int64_t capacity_msat, at_us;
    } tally;
    uint16_t step_kind, deadline_kind, leave_kind, open_kind, close_kind, block_kind, day_kind, trust_kind,
        villain_kind;
};

static inline struct line *line_at(const struct lightning *rail, uint32_t line)
{
    return slab_at(&rail->lines, line);
}

static inline struct tie *tie_at(const struct lightning *rail, uint32_t tie)
{
    return slab_at(&rail->ties, tie);
}

static inline struct exchange *exchange_at(const struct lightning *rail, uint32_t exchange)
{
    return slab_at(&rail->exchanges, exchange);
}

static inline struct deposit *deposit_at(const struct lightning *rail, uint32_t deposit)
{
    return slab_at(&rail->deposits, deposit);
}

#endif
