/* scoreboard.c: the tables of parts, shares and properties.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/scoreboard.h"

#include <string.h>

static const struct {
    const char *name;
    struct metric_relation relation;
} relations[] = {
    {"energy.unserved.outlet", {"energy.unserved", NULL, NULL}},
    {"energy.unserved.payment", {"energy.unserved", NULL, NULL}},
    {"energy.unserved.time", {"energy.unserved", NULL, NULL}},
    {"energy.demands_met_share", {NULL, "session.count", NULL}},
    {"session.unplugged_share", {NULL, "session.count", NULL}},
    {"session.unpowered_share", {NULL, "session.count", NULL}},
    {"session.interrupted_share", {NULL, "session.count", NULL}},
    {"session.never_powered_share", {NULL, "session.count", NULL}},
    {"payment.success_share", {NULL, "payment.count", NULL}},
    {"payment.reversed_share", {NULL, "payment.count", NULL}},
    {"payment.failed", {NULL, METRIC_COUNTS, NULL}},
    {"payment.failed.declined", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.outage", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.funds", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.refused", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.conflict", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.expired", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.no_channel", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.no_route", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.liquidity", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.slots", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.offline", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.timeout", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.other", {"payment.failed", METRIC_COUNTS, NULL}},
    {"payment.failed.chain", {NULL, METRIC_COUNTS, NULL}},
    {"payment.conflicts", {NULL, METRIC_COUNTS, NULL}},
    {"payment.never_confirmed", {NULL, METRIC_COUNTS, NULL}},
    {"payment.shaken", {NULL, METRIC_COUNTS, NULL}},
    {"payment.undone", {NULL, METRIC_COUNTS, NULL}},
    {"fee.sessions", {"fee.total", NULL, NULL}},
    {"fee.upkeep.wallet", {"fee.total", NULL, NULL}},
    {"fee.upkeep.open", {"fee.total", NULL, NULL}},
    {"fee.upkeep.top_up", {"fee.total", NULL, NULL}},
    {"fee.upkeep.rebalance", {"fee.total", NULL, NULL}},
    {"fee.upkeep.close", {"fee.total", NULL, NULL}},
    {"fee.upkeep.close_due", {"fee.total", NULL, NULL}},
    {"fee.upkeep.claim", {"fee.total", NULL, NULL}},
    {"loss.race", {"merchant.loss", NULL, NULL}},
    {"loss.replacement", {"merchant.loss", NULL, NULL}},
    {"loss.stall", {"merchant.loss", NULL, NULL}},
    {"loss.finney", {"merchant.loss", NULL, NULL}},
    {"loss.hash", {"merchant.loss", NULL, NULL}},
    {"loss.never_confirmed", {"merchant.loss", NULL, NULL}},
    {"loss.chargeback", {"merchant.loss", NULL, NULL}},
    {"loss.unpaid", {"merchant.loss", NULL, NULL}},
    {"loss.revoked", {"merchant.loss", NULL, NULL}},
    {"loss.other", {"merchant.loss", NULL, NULL}},
    {"loss.per_1000_sessions", {NULL, "session.count", "session.value_mean"}},
    {"attack.race.won_share", {NULL, "attack.race.count", NULL}},
    {"attack.replacement.won_share", {NULL, "attack.replacement.count", NULL}},
    {"attack.stall.won_share", {NULL, "attack.stall.count", NULL}},
    {"attack.finney.won_share", {NULL, "attack.finney.count", NULL}},
    {"attack.hash.won_share", {NULL, "attack.hash.count", NULL}},
    {"channel.closed.by_force", {NULL, METRIC_COUNTS, NULL}},
    {"channel.closed.by_penalty", {NULL, METRIC_COUNTS, NULL}},
    {"chain.reorgs", {NULL, METRIC_COUNTS, NULL}},
    {"chain.stale_share", {NULL, "chain.blocks", NULL}},
    {"car.shortfall_count", {NULL, METRIC_COUNTS, NULL}},
};

struct metric_relation metric_relation(const char *name)
{
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (strcmp(relations[i].name, name) == 0)
            return relations[i].relation;
    return (struct metric_relation){NULL, NULL, NULL};
}

size_t metric_relation_count(void)
{
    return sizeof relations / sizeof relations[0];
}

const struct scoreboard_property scoreboard[SCOREBOARD_PROPERTIES] = {
    {"security without a trusted third party",
     "expected loss under the shares of attackers that the scenario states, and who must be trusted",
     {METRIC_ATTACK_SHARE, METRIC_LOSS_PER_1000_SESSIONS, METRIC_TRUST_PARTIES},
     3},
    {"low fees", "what payer and operator pay to pay, as share of the value of the energy", {METRIC_FEE_SHARE}, 1},
    {"scalability",
     "block space per session, and sessions per second at which block space, a hub or a provider is used up",
     {METRIC_CHAIN_WEIGHT_PER_SESSION, METRIC_CAPACITY_SESSIONS, METRIC_CAPACITY_PAYMENTS},
     3},
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
