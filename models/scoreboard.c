/* scoreboard.c: the tables of parts, shares and properties.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/scoreboard.h"

#include <string.h>

static const struct {
    const char *name;
    struct metric_relation relation;
} relations[] = {
    {"energy.unserved.outlet", {"energy.unserved", NULL}},
    {"energy.unserved.payment", {"energy.unserved", NULL}},
    {"energy.unserved.time", {"energy.unserved", NULL}},
    {"energy.demands_met_share", {NULL, "session.count"}},
    {"session.unplugged_share", {NULL, "session.count"}},
    {"session.unpowered_share", {NULL, "session.count"}},
    {"session.interrupted_share", {NULL, "session.count"}},
    {"session.never_powered_share", {NULL, "session.count"}},
    {"payment.success_share", {NULL, "payment.count"}},
    {"payment.reversed_share", {NULL, "payment.count"}},
    {"payment.failed", {NULL, METRIC_COUNTS}},
    {"payment.failed.declined", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.outage", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.funds", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.refused", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.conflict", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.expired", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.no_channel", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.no_route", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.liquidity", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.slots", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.offline", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.timeout", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.other", {"payment.failed", METRIC_COUNTS}},
    {"payment.failed.chain", {NULL, METRIC_COUNTS}},
    {"payment.conflicts", {NULL, METRIC_COUNTS}},
    {"payment.never_confirmed", {NULL, METRIC_COUNTS}},
    {"payment.shaken", {NULL, METRIC_COUNTS}},
    {"payment.undone", {NULL, METRIC_COUNTS}},
    {"fee.sessions", {"fee.total", NULL}},
    {"fee.upkeep.wallet", {"fee.total", NULL}},
    {"fee.upkeep.open", {"fee.total", NULL}},
    {"fee.upkeep.top_up", {"fee.total", NULL}},
    {"fee.upkeep.rebalance", {"fee.total", NULL}},
    {"fee.upkeep.close", {"fee.total", NULL}},
    {"fee.upkeep.claim", {"fee.total", NULL}},
    {"loss.race", {"merchant.loss", NULL}},
    {"loss.replacement", {"merchant.loss", NULL}},
    {"loss.stall", {"merchant.loss", NULL}},
    {"loss.finney", {"merchant.loss", NULL}},
    {"loss.hash", {"merchant.loss", NULL}},
    {"loss.never_confirmed", {"merchant.loss", NULL}},
    {"loss.chargeback", {"merchant.loss", NULL}},
    {"loss.unpaid", {"merchant.loss", NULL}},
    {"loss.revoked", {"merchant.loss", NULL}},
    {"loss.other", {"merchant.loss", NULL}},
    {"attack.race.won_share", {NULL, "attack.race.count"}},
    {"attack.replacement.won_share", {NULL, "attack.replacement.count"}},
    {"attack.stall.won_share", {NULL, "attack.stall.count"}},
    {"attack.finney.won_share", {NULL, "attack.finney.count"}},
    {"attack.hash.won_share", {NULL, "attack.hash.count"}},
    {"channel.closed.by_force", {NULL, METRIC_COUNTS}},
    {"channel.closed.by_penalty", {NULL, METRIC_COUNTS}},
    {"chain.reorgs", {NULL, METRIC_COUNTS}},
    {"chain.stale_share", {NULL, "chain.blocks"}},
    {"car.shortfall_count", {NULL, METRIC_COUNTS}},
};

struct metric_relation metric_relation(const char *name)
{
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (strcmp(relations[i].name, name) == 0)
            return relations[i].relation;
    return (struct metric_relation){NULL, NULL};
}

const struct scoreboard_property scoreboard[SCOREBOARD_PROPERTIES] = {
    {"security without a trusted third party",
     "expected loss under the shares of attackers that the scenario states, and who must be trusted",
     {METRIC_LOSS_PER_1000_SESSIONS, METRIC_TRUST_PARTIES},
     2},
    {"low fees", "what payer and operator pay to pay, as share of the value of the energy", {METRIC_FEE_SHARE}, 1},
    {"scalability",
     "block space per session, and sessions per second at which block space, a hub or a provider is used up",
     {METRIC_CHAIN_WEIGHT_PER_SESSION, METRIC_CAPACITY_SESSIONS},
     2},
    {"real time",
     "plug-in to power, and payment to finality, for 95 of 100",
     {METRIC_TIME_TO_POWER_P95, METRIC_TIME_TO_FINALITY_P95},
     2},
    {"peer-to-peer flexibility",
     "pairs of payer and payee that can pay without a contract, an account or a channel beforehand, and the money that "
     "stands ready for it",
     {METRIC_PAIRS_OPEN_SHARE, METRIC_LIQUIDITY},
     2},
};
