/* report.h: what a rail knows about itself that no event says: trust, reach, liquidity, channels, load.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asked twice (rail_ops.report): when the warm-up ends and when the run has ended. Sums are since time 0; metrics are
 * made of the difference. Everything else is as it is at that moment. What a rail does not know it leaves as
 * rail_report_init made it.
 *
 * Definitions, the same on every rail, so that they can be compared:
 *
 *   parties_trusted   parties besides payer and operator any one of which could by itself take, keep or take back money
 *                     that the operator was credited. A node that forwards HTLCs cannot; a custodian can.
 *   pairs             a payer is the owner of a car, a payee who sells at an outlet. A pair is able if the payer's next
 *                     payment of a usual amount, the mean of what the run has asked for, could reach the payee now. It
 *                     is open if it is able although neither
 *                     has a contract, an account or a channel with the other, or with a third party that the other
 *                     must be with too. (A card: able, not open. A coin: open. A channel or a hub that both are with:
 *                     able. A path through strangers' channels: open.)
 *   liquidity         money that stands in the rail so that others can pay: balances of both sides in channels,
 * deposits at a provider. Coins in a wallet can be used for anything and are none.
 */
#ifndef KONSENTO_MODELS_RAILS_REPORT_H
#define KONSENTO_MODELS_RAILS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* What runs out as sessions become more. Block space is the chain's to know, not the rail's. */
enum rail_resource {
    RAIL_RESOURCE_PROVIDER, /* payments at the central provider */
    RAIL_RESOURCE_HUB,      /* processor time of the busiest node that serves others, in microseconds */
    RAIL_RESOURCE_COUNT
};
struct rail_use {
    double used;  /* since time 0 */
    double per_s; /* the most that there is; 0: the rail does not need it */
};

struct rail_report {
    double parties_trusted;   /* NaN: not said */
    double pairs_able_share;  /* 0 .. 1; NaN: not said */
    double pairs_open_share;  /* 0 .. 1; NaN: not said */
    double liquidity_msat;    /* NaN: not said */
    bool has_channels;        /* the rest of what is said about channels means something */
    double channels_msat_us;  /* capacity of the channels that serve the rail, integrated over time */
    uint64_t channels_opened; /* since time 0, confirmed or used */
    uint64_t closed_together, closed_by_force, closed_by_penalty;
    int64_t closing_msat, closing_wu; /* what it would cost payers and operator to close by agreement, now, all that
                                         they have opened and that are still open, and what it would weigh */
    int64_t penalty_msat; /* what the operator and honest payers took of cheaters beyond their own, since time 0 */
    int64_t stolen_msat;  /* what cheaters took of them */
    struct rail_use uses[RAIL_RESOURCE_COUNT];
};

/* Nothing is said yet. */
void rail_report_init(struct rail_report *report);

#endif
