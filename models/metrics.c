/* metrics.c: the table of metrics.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/metrics.h"

#include "models/market/metric_rows.h"
#include "models/site/metric_rows.h"

#include <string.h>

#define ACN "ACN-Sim"

const struct metric_info metric_table[METRIC_COUNT] = {
    [METRIC_ENERGY_DEMANDED] = {"energy.demanded", "kWh", "energy demanded",
                                "sum of the energy that counted sessions asked for", "", 0},
    [METRIC_ENERGY_DELIVERED] = {"energy.delivered", "kWh", "energy delivered",
                                 "sum of the energy that flowed into the cars of counted sessions", "", +1},
    [METRIC_ENERGY_DELIVERED_SHARE] = {"energy.delivered_share", "%", "share of energy delivered",
                                       "energy.delivered divided by energy.demanded", ACN, +1},
    [METRIC_ENERGY_DEMANDS_MET_SHARE] = {"energy.demands_met_share", "%", "share of demands met",
                                         "counted sessions that ended within 0.1 kWh of their demand, divided by all",
                                         ACN, +1},
    [METRIC_ENERGY_UNSERVED] = {"energy.unserved", "kWh", "energy not served", "energy.demanded less energy.delivered",
                                "", -1},
    [METRIC_ENERGY_UNPAID] = {"energy.unpaid", "kWh", "energy delivered and not paid",
                              "energy of counted sessions whose money did not come or was taken back, at each "
                              "session's mean price",
                              "", -1},
    [METRIC_ENERGY_LOSS] = {"energy.loss", "kWh", "energy lost in chargers",
                            "energy.delivered less what reached the batteries", "", -1},
    [METRIC_ENERGY_UNSERVED_OUTLET] = {"energy.unserved.outlet", "kWh", "not served for want of an outlet",
                                       "part of energy.unserved in sessions that never had an outlet", "", -1},
    [METRIC_ENERGY_UNSERVED_PAYMENT] = {"energy.unserved.payment", "kWh", "not served for want of payment",
                                        "part of energy.unserved in sessions that had an outlet and gave up for want "
                                        "of payment, never had power, or were interrupted because credit was used up",
                                        "", -1},
    [METRIC_ENERGY_UNSERVED_TIME] =
        {"energy.unserved.time", "kWh", "not served for want of time or power",
         "the rest of energy.unserved: cars that left first, or were given less than they could take", "", -1},

    [METRIC_SESSION_COUNT] = {"session.count", "1", "sessions",
                              "sessions that arrived after the warm-up and left before the end", "", 0},
    [METRIC_SESSION_UNFINISHED] = {"session.unfinished", "1", "sessions cut by the end of the run",
                                   "sessions that arrived after the warm-up and were still there at the end: they "
                                   "do not count",
                                   "", 0},
    [METRIC_SESSION_UNPLUGGED_SHARE] = {"session.unplugged_share", "%", "sessions that never got an outlet",
                                        "counted sessions that left while waiting for an outlet, divided by all",
                                        "EVLibSim", -1},
    [METRIC_SESSION_UNPOWERED_SHARE] = {"session.unpowered_share", "%", "sessions given up for want of payment",
                                        "counted sessions that stayed without power because a payment failed for good "
                                        "or was taken back, divided by all",
                                        "", -1},
    [METRIC_SESSION_INTERRUPTED_SHARE] = {"session.interrupted_share", "%", "sessions interrupted",
                                          "counted sessions whose contactor opened before they were done because "
                                          "credit was used up, divided by all",
                                          "", -1},
    [METRIC_SESSION_DURATION_MEAN] = {"session.duration.mean", "h", "mean time from arrival to departure",
                                      "mean over counted sessions", "", 0},

    [METRIC_SESSION_NEVER_POWERED_SHARE] =
        {"session.never_powered_share", "%", "sessions that never had power",
         "counted sessions that got an outlet, asked for energy and never had power, divided by all", "", -1},
    [METRIC_SESSION_VALUE_MEAN] = {"session.value_mean", "yen", "mean value of a session",
                                   "price of the energy metered in counted sessions, divided by session.count", "", 0},

    [METRIC_TIME_TO_POWER_MEAN] = {"time_to_power.mean", "s", "mean time to power",
                                   "plug-in to first closed contactor, over counted sessions that had power", "", -1},
    [METRIC_TIME_TO_POWER_P50] = {"time_to_power.p50", "s", "median time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P95] = {"time_to_power.p95", "s", "95 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P05] = {"time_to_power.p05", "s", "5 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P10] = {"time_to_power.p10", "s", "10 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P25] = {"time_to_power.p25", "s", "25 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P75] = {"time_to_power.p75", "s", "75 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P90] = {"time_to_power.p90", "s", "90 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_POWER_P99] = {"time_to_power.p99", "s", "99 % time to power", "as time_to_power.mean", "", -1},
    [METRIC_TIME_TO_FINALITY_MEAN] = {"time_to_finality.mean", "s", "mean time to finality",
                                      "payment asked for to payment final, over counted payments that became final", "",
                                      -1},
    [METRIC_TIME_TO_FINALITY_P50] = {"time_to_finality.p50", "s", "median time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P95] = {"time_to_finality.p95", "s", "95 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P05] = {"time_to_finality.p05", "s", "5 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P10] = {"time_to_finality.p10", "s", "10 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P25] = {"time_to_finality.p25", "s", "25 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P75] = {"time_to_finality.p75", "s", "75 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P90] = {"time_to_finality.p90", "s", "90 % time to finality", "as time_to_finality.mean",
                                     "", -1},
    [METRIC_TIME_TO_FINALITY_P99] = {"time_to_finality.p99", "s", "99 % time to finality", "as time_to_finality.mean",
                                     "", -1},

    [METRIC_TIME_TO_CONFIRMATION_MEAN] = {"time_to_confirmation.mean", "s", "mean time to the first confirmation",
                                          "payment asked for to its first block, over counted payments that were in "
                                          "one and had been or were then credited",
                                          "", -1},
    [METRIC_TIME_TO_CONFIRMATION_P95] = {"time_to_confirmation.p95", "s", "95 % time to the first confirmation",
                                         "as time_to_confirmation.mean", "", -1},

    [METRIC_PAYMENT_COUNT] = {"payment.count", "1", "payments tried",
                              "payments asked for after the warm-up and answered before the end, each try by itself",
                              "", 0},
    [METRIC_PAYMENT_SUCCESS_SHARE] = {"payment.success_share", "%", "share of payments that succeeded",
                                      "payments credited, divided by payment.count", "", +1},
    [METRIC_PAYMENT_FAILED_DECLINED] = {"payment.failed.declined", "1", "payments declined",
                                        "counted payments that the provider refused", "", -1},
    [METRIC_PAYMENT_FAILED_OUTAGE] = {"payment.failed.outage", "1", "payments lost in an outage",
                                      "counted payments that failed because the rail was down", "", -1},
    [METRIC_PAYMENT_REVERSED_SHARE] = {"payment.reversed_share", "%", "share of payments taken back",
                                       "counted payments reversed after they were credited, divided by those credited",
                                       "", -1},
    [METRIC_PAYMENT_PER_SESSION] = {"payment.per_session", "1", "payments per session",
                                    "payments credited to counted sessions, divided by session.count", "", 0},

    [METRIC_PAYMENT_FAILED_CHAIN] = {"payment.failed.chain", "1", "payments that a blockchain did not take",
                                     "counted payments that failed because the payer's wallet was short, the "
                                     "operator's node refused them, another transaction had spent the same, or no "
                                     "block took them",
                                     "", -1},
    [METRIC_PAYMENT_CONFLICTS] = {"payment.conflicts", "1", "times that credit was withdrawn",
                                  "after the warm-up: times that a rail withdrew credit because it saw that a payment "
                                  "may not come: a double spend was seen, it left the mempool, or waited too long",
                                  "", -1},

    [METRIC_PAYMENT_NEVER_CONFIRMED] =
        {"payment.never_confirmed", "1", "payments that no block ever took",
         "counted payments, credited or not, that ended because nodes forgot them unconfirmed (after 336 h)", "", -1},
    [METRIC_PAYMENT_SHAKEN] = {"payment.shaken", "1", "payments shaken after they were final",
                               "after the warm-up: payments that a reorganisation took out of the blocks, or left with "
                               "fewer confirmations, after they had been final",
                               "", -1},
    [METRIC_PAYMENT_UNDONE] = {"payment.undone", "1", "payments lost after they were final",
                               "of payment.shaken, those that did not come back: their money is in merchant.loss", "",
                               -1},
    [METRIC_PAYMENT_FAILED] = {"payment.failed", "1", "payments that failed",
                               "payments never credited, of payment.count; the metrics payment.failed.* but "
                               "payment.failed.chain add up to it",
                               "", -1},
    [METRIC_PAYMENT_FAILED_FUNDS] =
        {"payment.failed.funds", "1", "payments without funds",
         "counted payments that failed because the payer's wallet or channels did not have the money", "", -1},
    [METRIC_PAYMENT_FAILED_REFUSED] =
        {"payment.failed.refused", "1", "payments refused",
         "counted payments that failed because the operator's node did not take the transaction or the HTLC", "", -1},
    [METRIC_PAYMENT_FAILED_CONFLICT] = {"payment.failed.conflict", "1", "payments that lost to another transaction",
                                        "counted payments that failed because a block took another transaction that "
                                        "spends the same, whatever it was meant for",
                                        "", -1},
    [METRIC_PAYMENT_FAILED_EXPIRED] = {"payment.failed.expired", "1", "payments that no block took in time",
                                       "counted payments that failed because no block ever took them", "", -1},
    [METRIC_PAYMENT_FAILED_NO_CHANNEL] =
        {"payment.failed.no_channel", "1", "payments without a usable channel",
         "counted payments that failed because no channel was there or usable: it was being opened or closed", "", -1},
    [METRIC_PAYMENT_FAILED_NO_ROUTE] = {"payment.failed.no_route", "1", "payments without a route",
                                        "counted payments that failed because no path was known", "", -1},
    [METRIC_PAYMENT_FAILED_LIQUIDITY] =
        {"payment.failed.liquidity", "1", "payments short of liquidity on the way",
         "counted payments that failed because every path that was tried had too little on the right side", "BOLT 4",
         -1},
    [METRIC_PAYMENT_FAILED_SLOTS] =
        {"payment.failed.slots", "1", "payments without a slot",
         "counted payments that failed because a channel had no room for another HTLC, as when it is jammed", "BOLT 2",
         -1},
    [METRIC_PAYMENT_FAILED_OFFLINE] =
        {"payment.failed.offline", "1", "payments to who was not reachable",
         "counted payments that failed because phone, outlet, hub or a node between them was not reachable", "", -1},
    [METRIC_PAYMENT_FAILED_TIMEOUT] =
        {"payment.failed.timeout", "1", "payments without an answer in time",
         "counted payments that failed because no answer came in the time that the payer waits", "", -1},
    [METRIC_PAYMENT_FAILED_OTHER] = {"payment.failed.other", "1", "payments that failed otherwise",
                                     "the rest of payment.failed", "", -1},
    [METRIC_PAYMENT_RATE] = {"payment.rate", "1/s", "payments per second that succeeded",
                             "payments credited after the warm-up, divided by that time", "", +1},

    [METRIC_FEE_PER_SESSION] =
        {"fee.per_session", "yen", "fee per session",
         "fees of payers and operator for counted sessions, and fee.upkeep, divided by session.count", "", -1},
    [METRIC_FEE_PER_KWH] = {"fee.per_kwh", "yen/kWh", "fee per kWh", "the same fees divided by energy.delivered", "",
                            -1},
    [METRIC_FEE_SHARE] = {"fee.share", "%", "fee as share of energy value",
                          "the same fees divided by the value of the energy metered in counted sessions", "", -1},
    [METRIC_REVENUE] = {"revenue", "yen", "revenue of the operator",
                        "money kept for counted sessions: paid less refunded less taken back, before fees", "", +1},
    [METRIC_MERCHANT_LOSS] = {"merchant.loss", "yen", "loss of the operator",
                              "value of energy metered in counted sessions less money kept for it, where positive", "",
                              -1},
    [METRIC_EXPOSURE_MAX] = {"exposure.max", "yen", "largest exposure",
                             "most money credited and not yet final at one time", "", -1},
    [METRIC_EXPOSURE_MEAN] = {"exposure.mean", "yen", "mean exposure",
                              "money credited and not yet final, averaged over time", "", -1},

    [METRIC_FEE_UPKEEP] =
        {"fee.upkeep", "yen", "fees for upkeep",
         "fees of what serves no one session: after the warm-up those of wallets that merge their coins; over the "
         "whole run, for they serve all sessions behind, those of channels: opened, topped up, "
         "rebalanced, closed, claimed; at its end those of closings to come",
         "", -1},
    [METRIC_EXPOSURE_DELIVERED_MEAN] = {"exposure.delivered.mean", "yen", "mean exposure of delivered energy",
                                        "value of energy delivered against money that was credited and not yet final, "
                                        "all sessions together, averaged over time",
                                        "", -1},
    [METRIC_EXPOSURE_DELIVERED_SESSION_MAX] =
        {"exposure.delivered.session_max", "yen", "largest exposure of one session",
         "most value that one session had had at one time against money not yet final", "", -1},
    [METRIC_CAPITAL_LOCKED] =
        {"capital.locked", "sat d", "capital locked",
         "after the warm-up: money that the rail keeps from every other use, integrated over time: on rails with "
         "channels channel.capital, in which the money of payments stands too; on others capital.in_payments",
         "", -1},
    [METRIC_CAPITAL_IN_PAYMENTS] = {"capital.in_payments", "sat d", "capital in payments",
                                    "after the warm-up: money of payments that neither side could use, integrated over "
                                    "time: asked for and not credited, credited and not used, used and not final, "
                                    "refunds on their way, balances kept for payers",
                                    "", -1},
    [METRIC_CAPITAL_LOCKED_PER_SESSION] = {"capital.locked_per_session", "sat d", "capital locked per session",
                                           "capital.locked divided by session.count", "", -1},

    [METRIC_LOSS_RACE] = {"loss.race", "yen", "loss to races",
                          "part of merchant.loss in sessions whose payment a double spend sent at the same time took "
                          "back",
                          "", -1},
    [METRIC_LOSS_REPLACEMENT] = {"loss.replacement", "yen", "loss to replacements",
                                 "part of merchant.loss in sessions whose payment a later transaction with a higher "
                                 "fee replaced",
                                 "", -1},
    [METRIC_LOSS_STALL] = {"loss.stall", "yen", "loss to stalled payments",
                           "part of merchant.loss in sessions whose payment offered miners little and was replaced", "",
                           -1},
    [METRIC_LOSS_FINNEY] = {"loss.finney", "yen", "loss to Finney attacks",
                            "part of merchant.loss in sessions whose payment a block mined before took back", "", -1},
    [METRIC_LOSS_HASH] = {"loss.hash", "yen", "loss to attacks by hash rate",
                          "part of merchant.loss in sessions whose payment a branch with more work took back", "", -1},
    [METRIC_LOSS_NEVER_CONFIRMED] =
        {"loss.never_confirmed", "yen", "loss to payments that no block ever took",
         "part of merchant.loss in sessions whose payment was credited unconfirmed and forgotten by nodes", "GAP600",
         -1},
    [METRIC_LOSS_PER_1000_SESSIONS] = {"loss.per_1000_sessions", "yen", "loss per 1,000 sessions",
                                       "merchant.loss divided by session.count, times 1,000: the expected loss under "
                                       "the shares of attackers that the scenario states",
                                       "", -1},
    [METRIC_LOSS_OTHER] = {"loss.other", "yen", "loss for other reasons",
                           "the rest of merchant.loss: payments that lost to an unplanned conflict, or ended otherwise",
                           "", -1},
    [METRIC_LOSS_MAX] = {"loss.max", "yen", "largest loss in one session",
                         "largest part of merchant.loss in one counted session", "", -1},
    [METRIC_CHAIN_WEIGHT_PER_SESSION] = {"chain.weight_per_session", "vB", "weight on the blockchain per session",
                                         "virtual bytes of the transactions of counted sessions (payments, refunds, "
                                         "records) and of upkeep, as fee.upkeep counts it, closings to come included, "
                                         "divided by session.count",
                                         "", -1},

    [METRIC_FEE_TOTAL] = {"fee.total", "yen", "fees",
                          "fees of payers and operator for counted sessions, and fee.upkeep", "", -1},
    [METRIC_FEE_SESSIONS] = {"fee.sessions", "yen", "fees of sessions",
                             "part of fee.total that counted sessions caused: to providers, miners, routing nodes", "",
                             -1},
    [METRIC_FEE_UPKEEP_WALLET] =
        {"fee.upkeep.wallet", "yen", "fees for wallets",
         "after the warm-up: part of fee.upkeep for wallets that merge, split or bump their coins", "", -1},
    [METRIC_FEE_UPKEEP_OPEN] = {"fee.upkeep.open", "yen", "fees for opening channels",
                                "over the whole run, the warm-up included: part of fee.upkeep for opening channels", "",
                                -1},
    [METRIC_FEE_UPKEEP_TOP_UP] =
        {"fee.upkeep.top_up", "yen", "fees for topping up channels",
         "over the whole run, the warm-up included: part of fee.upkeep for giving channels more", "", -1},
    [METRIC_FEE_UPKEEP_REBALANCE] =
        {"fee.upkeep.rebalance", "yen", "fees for rebalancing",
         "over the whole run, the warm-up included: part of fee.upkeep for filling channels from the other side", "",
         -1},
    [METRIC_FEE_UPKEEP_CLOSE] =
        {"fee.upkeep.close", "yen", "fees for closing channels",
         "over the whole run, the warm-up included: part of fee.upkeep for closing channels, together or by force", "",
         -1},
    [METRIC_FEE_UPKEEP_CLOSE_DUE] =
        {"fee.upkeep.close_due", "yen", "fees for closings to come",
         "part of fee.upkeep that no block has seen: what payers and operator would pay to close by agreement, at the "
         "feerate of the end of the run, the channels that they opened and that are still open",
         "BOLT 3", -1},
    [METRIC_FEE_UPKEEP_CLAIM] = {"fee.upkeep.claim", "yen", "fees for claims",
                                 "over the whole run, the warm-up included: part of fee.upkeep for claiming what "
                                 "closed channels left: HTLCs, penalties, sweeps",
                                 "", -1},
    [METRIC_LOSS_CHARGEBACK] = {"loss.chargeback", "yen", "loss to chargebacks",
                                "part of merchant.loss in sessions whose payment was taken back through the provider",
                                "", -1},
    [METRIC_LOSS_UNPAID] = {"loss.unpaid", "yen", "loss of energy delivered on credit",
                            "part of merchant.loss in sessions that had energy on credit whose payment never came", "",
                            -1},
    [METRIC_LOSS_REVOKED] = {"loss.revoked", "yen", "loss to revoked states",
                             "part of merchant.loss in sessions whose payment a revoked state of a channel took back, "
                             "because nobody punished it in time",
                             "BOLT 5", -1},

    [METRIC_CHANNEL_OPENED] = {"channel.opened", "1", "channels opened",
                               "over the whole run: channels of the rail that became usable", "", 0},
    [METRIC_CHANNEL_CLOSED_TOGETHER] = {"channel.closed.together", "1", "channels closed by both",
                                        "over the whole run: channels closed cooperatively", "BOLT 2", 0},
    [METRIC_CHANNEL_CLOSED_BY_FORCE] =
        {"channel.closed.by_force", "1", "channels closed by one",
         "over the whole run: channels closed by a commitment transaction that was not revoked", "BOLT 5", -1},
    [METRIC_CHANNEL_CLOSED_BY_PENALTY] =
        {"channel.closed.by_penalty", "1", "channels closed by a penalty",
         "over the whole run: channels closed by a revoked commitment transaction, punished", "BOLT 5", -1},
    [METRIC_CHANNEL_CAPITAL] = {"channel.capital", "sat d", "capital locked in channels",
                                "after the warm-up: capacity of the channels of payers, operator and provider that "
                                "serve the rail, both sides, "
                                "from usable until a block spends it, integrated over time",
                                "", -1},
    [METRIC_CHANNEL_PENALTY_INCOME] =
        {"channel.penalty_income", "yen", "income from penalties",
         "after the warm-up: what operator and honest payers took of cheaters beyond their own", "BOLT 5", +1},
    [METRIC_CHANNEL_STOLEN] = {"channel.stolen", "yen", "taken by cheaters",
                               "after the warm-up: what revoked states took of operator and honest payers for good",
                               "BOLT 5", -1},

    [METRIC_CHAIN_BLOCKS] = {"chain.blocks", "1", "blocks", "after the warm-up: blocks found, on losing branches too",
                             "", 0},
    [METRIC_CHAIN_STALE_SHARE] = {"chain.stale_share", "%", "share of blocks that went stale",
                                  "after the warm-up: blocks found that are not on the highest public branch at the "
                                  "end, divided by chain.blocks",
                                  "", -1},
    [METRIC_CHAIN_REORGS] = {"chain.reorgs", "1", "reorganisations",
                             "after the warm-up: times that the branch of the operator's node lost to another", "", -1},
    [METRIC_CHAIN_REORG_DEEPEST] = {"chain.reorg_deepest", "1", "deepest reorganisation",
                                    "most blocks that one reorganisation took back, over the whole run", "", -1},
    [METRIC_CHAIN_WEIGHT_PER_PAYMENT] = {"chain.weight_per_payment", "vB", "weight on the blockchain per payment",
                                         "after the warm-up: virtual bytes that all payments, refunds, records and "
                                         "upkeep, as fee.upkeep counts it, put on the chain, divided by payment.count",
                                         "", -1},

    [METRIC_TRUST_PARTIES] = {"trust.parties", "1", "parties to be trusted",
                              "parties besides payer and operator any one of which could by itself take, keep or take "
                              "back money that the operator was credited",
                              "", -1},
    [METRIC_PAIRS_ABLE_SHARE] = {"pairs.able_share", "%", "pairs that can pay",
                                 "pairs of a payer (owner of a car) and a payee (who sells at an outlet) in which a "
                                 "usual payment, the mean of those that the run asked for, could be made at its end "
                                 "with what stands in channels then, divided by all",
                                 "", +1},
    [METRIC_PAIRS_OPEN_SHARE] = {"pairs.open_share", "%", "pairs that can pay without a prior relation",
                                 "of all these pairs, those that are able although neither has a contract, an account "
                                 "or a channel with the other, or with a third party that the other must be with too",
                                 "", +1},
    [METRIC_LIQUIDITY] = {"liquidity", "sat", "liquidity needed",
                          "money that stands in the rail at the end of the run so that others can pay: balances of "
                          "both sides in channels, deposits at a provider; coins in wallets are free and do not count",
                          "", -1},
    [METRIC_LIQUIDITY_PER_SESSION] = {"liquidity.per_session", "sat", "liquidity per session",
                                      "liquidity divided by session.count", "", -1},
    [METRIC_CAPACITY_BLOCK_SPACE] =
        {"capacity.block_space", "1/s", "sessions per second that fill all blocks",
         "weight units of all blocks per second (4,000,000 per block), divided by the weight units that a session puts "
         "on the chain, those of channels opened included: fewer with every day that "
         "these serve, so of runs of one length alone; nobody else's transactions counted",
         "BIP 141", +1},
    [METRIC_CAPACITY_HUB] =
        {"capacity.hub", "1/s", "sessions per second that busy the hub",
         "one second divided by the processor time that the busiest forwarding node spent per session, on channels "
         "opened and blocks heard of too: of runs of one length alone",
         "", +1},
    [METRIC_CAPACITY_PROVIDER] =
        {"capacity.provider", "1/s", "sessions per second that busy the provider",
         "payments per second that the provider can take, divided by payments asked for per session", "", +1},
    [METRIC_CAPACITY_SESSIONS] =
        {"capacity.sessions", "1/s", "sessions per second at saturation",
         "the least of capacity.block_space, capacity.hub and capacity.provider: of runs of one "
         "length alone, as these",
         "", +1},
    [METRIC_CAPACITY_PAYMENTS] = {"capacity.payments", "1/s", "payments per second at saturation",
                                  "the same per payment tried: block space by chain.weight_per_payment, processor time "
                                  "of the hub and payments at the provider by payment.count",
                                  "", +1},

    [METRIC_ATTACK_RACE_COUNT] =
        {"attack.race.count", "1", "races tried",
         "counted sessions whose payer was out to have the money back by this means and of whose payments one came", "",
         0},
    [METRIC_ATTACK_RACE_WON_SHARE] = {"attack.race.won_share", "%", "share of races that won",
                                      "of these sessions, those in which a credited payment was taken back", "", -1},
    [METRIC_LOSS_RACE_PER_ATTACK] = {"loss.race.per_attack", "yen", "loss per attack, races",
                                     "loss.race divided by attack.race.count", "", -1},
    [METRIC_ATTACK_REPLACEMENT_COUNT] =
        {"attack.replacement.count", "1", "replacements tried",
         "counted sessions whose payer was out to have the money back by this means and of whose payments one came", "",
         0},
    [METRIC_ATTACK_REPLACEMENT_WON_SHARE] = {"attack.replacement.won_share", "%", "share of replacements that won",
                                             "of these sessions, those in which a credited payment was taken back", "",
                                             -1},
    [METRIC_LOSS_REPLACEMENT_PER_ATTACK] = {"loss.replacement.per_attack", "yen", "loss per attack, replacements",
                                            "loss.replacement divided by attack.replacement.count", "", -1},
    [METRIC_ATTACK_STALL_COUNT] =
        {"attack.stall.count", "1", "stalled payments tried",
         "counted sessions whose payer was out to have the money back by this means and of whose payments one came", "",
         0},
    [METRIC_ATTACK_STALL_WON_SHARE] = {"attack.stall.won_share", "%", "share of stalled payments that won",
                                       "of these sessions, those in which a credited payment was taken back", "", -1},
    [METRIC_LOSS_STALL_PER_ATTACK] = {"loss.stall.per_attack", "yen", "loss per attack, stalled payments",
                                      "loss.stall divided by attack.stall.count", "", -1},
    [METRIC_ATTACK_FINNEY_COUNT] =
        {"attack.finney.count", "1", "Finney attacks tried",
         "counted sessions whose payer was out to have the money back by this means and of whose payments one came", "",
         0},
    [METRIC_ATTACK_FINNEY_WON_SHARE] = {"attack.finney.won_share", "%", "share of Finney attacks that won",
                                        "of these sessions, those in which a credited payment was taken back", "", -1},
    [METRIC_LOSS_FINNEY_PER_ATTACK] = {"loss.finney.per_attack", "yen", "loss per attack, Finney attacks",
                                       "loss.finney divided by attack.finney.count", "", -1},
    [METRIC_ATTACK_HASH_COUNT] =
        {"attack.hash.count", "1", "attacks by hash rate tried",
         "counted sessions whose payer was out to have the money back by this means and of whose payments one came", "",
         0},
    [METRIC_ATTACK_HASH_WON_SHARE] = {"attack.hash.won_share", "%", "share of attacks by hash rate that won",
                                      "of these sessions, those in which a credited payment was taken back", "", -1},
    [METRIC_LOSS_HASH_PER_ATTACK] = {"loss.hash.per_attack", "yen", "loss per attack, attacks by hash rate",
                                     "loss.hash divided by attack.hash.count", "", -1},
    [METRIC_ATTACK_SHARE] = {"attack.share", "%", "stated share of attackers",
                             "what the scenario states: share of sessions that double spend on a chain, of payers who "
                             "cheat, jam or let refunds hang in channels, of payments that a provider takes back",
                             "", 0},

    [METRIC_OUTLET_WAIT_MEAN] = {"outlet.wait.mean", "s", "mean wait for an outlet",
                                 "arrival to plug-in, or to departure without one, over counted sessions", "EVLibSim",
                                 -1},
    [METRIC_OUTLET_WAIT_P95] = {"outlet.wait.p95", "s", "95 % wait for an outlet", "as outlet.wait.mean", "", -1},
    [METRIC_OUTLET_UTILISATION] = {"outlet.utilisation", "%", "outlets occupied",
                                   "time with a car plugged in, divided by time, over all outlets", "", 0},
    [METRIC_OUTLET_CHARGING_SHARE] = {"outlet.charging_share", "%", "outlets charging",
                                      "time with current flowing, divided by time, over all outlets", "", 0},
    [METRIC_OUTLET_IDLE_SHARE] =
        {"outlet.idle_share", "%", "occupied outlets that are idle",
         "time with a car plugged in and no current, divided by time with a car plugged in, over all outlets", "", -1},

    [METRIC_SITE_ENERGY] = {"site.energy", "kWh", "energy through the service", "cars and base load, warm-up excluded",
                            "", 0},
    [METRIC_SITE_PEAK_CURRENT] = {"site.peak_current", "A", "peak current of the service",
                                  "largest sum of currents, base load included, held for a positive time", ACN, -1},
    [METRIC_SITE_PEAK_POWER] = {"site.peak_power", "W", "peak power of the service", "as site.peak_current", ACN, -1},
    [METRIC_SITE_COINCIDENCE_FACTOR] = {"site.coincidence_factor", "1", "coincidence factor of the outlets",
                                        "peak power into cars divided by outlets times their rated power",
                                        "CIGRE CSE 035", -1},
    [METRIC_SITE_OVER_LIMIT_TIME] = {"site.over_limit_time", "s", "time above a limit",
                                     "time with a load above a limit of service, board or transformer; homes alone "
                                     "count as well",
                                     "", -1},
    SITE_METRIC_ROWS,

    [METRIC_CHARGING_CURTAILED_SHARE] = {"charging.curtailed_share", "%", "share of time curtailed",
                                         "time that cars with power on wanted energy and were granted less than they "
                                         "could take, or nothing, divided by "
                                         "all time that they wanted energy; 0 if charging is not managed",
                                         "", -1},
    [METRIC_CHARGING_CHANGES_PER_SESSION] = {"charging.changes_per_session", "1", "changes of the pilot per session",
                                             "grants of charging management that differ from the one before, divided "
                                             "by session.count",
                                             "", -1},
    [METRIC_CHARGING_PRICE_MEAN] = {"charging.price_mean", "JPY/kWh", "mean price of energy",
                                    "price of the metered energy of counted sessions, divided by that energy", "", 0},

    [METRIC_CAR_SHORTFALL] = {"car.shortfall", "kWh", "driving that no battery could supply",
                              "energy at the outlet's side that the distance needed beyond an empty battery, from "
                              "arrivals after the warm-up",
                              "", -1},
    [METRIC_CAR_SHORTFALL_COUNT] = {"car.shortfall_count", "1", "arrivals with an empty battery",
                                    "arrivals after the warm-up that had a shortfall", "", -1},

    MARKET_METRIC_ROWS,
};

enum metric metric_find(const char *name)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (strcmp(metric_table[i].name, name) == 0)
            return (enum metric)i;
    return METRIC_COUNT;
}
