/* metric_rows.h: the market's rows of the table of metrics, for models/metrics.c.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An interval counts if it began after the warm-up, a settlement payment if it was asked for after it.
 */
#ifndef KONSENTO_MODELS_MARKET_METRIC_ROWS_H
#define KONSENTO_MODELS_MARKET_METRIC_ROWS_H

#define MARKET_METRIC_ROWS                                                                                             \
    [METRIC_MARKET_TRADES] = {"market.trades",                                                                         \
                              "1",                                                                                     \
                              "trades between two traders",                                                            \
                              "trades of counted intervals of which anything was delivered; own use is none",          \
                              "",                                                                                      \
                              0},                                                                                      \
    [METRIC_MARKET_VOLUME] =                                                                                           \
        {"market.volume", "kWh", "energy traded", "energy delivered in trades between two traders", "", +1},           \
    [METRIC_MARKET_DELIVERED_SHARE] = {"market.delivered_share",                                                       \
                                       "%",                                                                            \
                                       "share of contracted energy delivered",                                         \
                                       "market.volume divided by what was contracted when the intervals began",        \
                                       "",                                                                             \
                                       +1},                                                                            \
    [METRIC_MARKET_PRICE_MEAN] = {"market.price_mean",                                                                 \
                                  "JPY/kWh",                                                                           \
                                  "mean price of traded energy",                                                       \
                                  "value of the trades divided by market.volume",                                      \
                                  "",                                                                                  \
                                  0},                                                                                  \
    [METRIC_MARKET_OWN_USE] = {"market.own_use",                                                                       \
                               "kWh",                                                                                  \
                               "energy of cars for their own flat",                                                    \
                               "energy delivered by a trader to himself in the auction",                               \
                               "",                                                                                     \
                               0},                                                                                     \
    [METRIC_MARKET_FALLBACK] = {"market.fallback",                                                                     \
                                "kWh",                                                                                 \
                                "traded energy that the grid's price was paid for",                                    \
                                "energy of trades whose payment failed or was taken back",                             \
                                "",                                                                                    \
                                -1},                                                                                   \
    [METRIC_MARKET_SAVINGS] = {"market.savings",                                                                       \
                               "JPY",                                                                                  \
                               "saved against the grid alone, fees not counted",                                       \
                               "what traders would have paid the grid without the market, less what they paid the "    \
                               "grid with it, less refills and wear of cars, less trades that fell back",              \
                               "",                                                                                     \
                               +1},                                                                                    \
    [METRIC_MARKET_SAVINGS_NET] =                                                                                      \
        {"market.savings_net", "JPY", "saved against the grid alone", "market.savings less settlement.fee", "", +1},   \
    [METRIC_SETTLEMENT_COUNT] = {"settlement.count",                                                                   \
                                 "1",                                                                                  \
                                 "payments between traders",                                                           \
                                 "payments asked for after the warm-up that were credited or failed",                  \
                                 "",                                                                                   \
                                 0},                                                                                   \
    [METRIC_SETTLEMENT_PAID] = {"settlement.paid", "JPY", "paid between traders", "sum of the credited ones", "", 0},  \
    [METRIC_SETTLEMENT_FAILED_SHARE] = {"settlement.failed_share",                                                     \
                                        "%",                                                                           \
                                        "payments between traders that failed",                                        \
                                        "failed ones divided by settlement.count",                                     \
                                        "",                                                                            \
                                        -1},                                                                           \
    [METRIC_SETTLEMENT_REVERSED_SHARE] = {"settlement.reversed_share",                                                 \
                                          "%",                                                                         \
                                          "payments between traders taken back",                                       \
                                          "reversed ones divided by credited ones",                                    \
                                          "",                                                                          \
                                          -1},                                                                         \
    [METRIC_SETTLEMENT_UNDONE] = {"settlement.undone",                                                                 \
                                  "JPY",                                                                               \
                                  "paid to residents, final, and lost again",                                          \
                                  "after the warm-up: payments between traders, or to owners of outlets, that a "      \
                                  "reorganisation deeper than final undid: the payee's loss, the payer's gain",        \
                                  "",                                                                                  \
                                  -1},                                                                                 \
    [METRIC_SETTLEMENT_FEE] = {"settlement.fee",                                                                       \
                               "JPY",                                                                                  \
                               "fees of payments between traders",                                                     \
                               "what both sides paid for payments asked for after the warm-up; upkeep is not in it",   \
                               "",                                                                                     \
                               -1},                                                                                    \
    [METRIC_SETTLEMENT_FEE_SHARE] = {"settlement.fee_share",                                                           \
                                     "%",                                                                              \
                                     "fees as share of what was paid",                                                 \
                                     "settlement.fee divided by settlement.paid",                                      \
                                     "",                                                                               \
                                     -1},                                                                              \
    [METRIC_SETTLEMENT_TIME_P50] = {"settlement.time.p50",   "s", "median time of a payment between traders",          \
                                    "asked for to credited", "",  -1},                                                 \
    [METRIC_SETTLEMENT_TIME_P95] = {"settlement.time.p95",    "s", "95 % time of a payment between traders",           \
                                    "as settlement.time.p50", "",  -1},                                                \
    [METRIC_FEED_ENERGY] = {"feed.energy",                                                                             \
                            "kWh",                                                                                     \
                            "energy that cars gave",                                                                   \
                            "energy out of cars into the building after the warm-up",                                  \
                            "",                                                                                        \
                            0},                                                                                        \
    [METRIC_FEED_LOSS] = {"feed.loss",                                                                                 \
                          "kWh",                                                                                       \
                          "energy lost by giving back",                                                                \
                          "what it takes to refill the cars for feed.energy, less feed.energy",                        \
                          "",                                                                                          \
                          -1},                                                                                         \
    [METRIC_FEED_WEAR] =                                                                                               \
        {"feed.wear", "JPY", "wear of batteries that gave", "feed.energy times the cars' wear per kWh", "", -1},       \
    [METRIC_DISPATCH_REQUESTED] = {"dispatch.requested",                                                               \
                                   "kWh",                                                                              \
                                   "reduction requested",                                                              \
                                   "requested power times time, of slots after the warm-up with a baseline",           \
                                   "",                                                                                 \
                                   0},                                                                                 \
    [METRIC_DISPATCH_DELIVERED] = {"dispatch.delivered",                                                               \
                                   "kWh",                                                                              \
                                   "reduction delivered",                                                              \
                                   "baseline less load of slots with a request, no more than the request, no less "    \
                                   "than 0",                                                                           \
                                   "",                                                                                 \
                                   +1},                                                                                \
    [METRIC_DISPATCH_DELIVERED_SHARE] = {"dispatch.delivered_share",                                                   \
                                         "%",                                                                          \
                                         "share of the requested reduction",                                           \
                                         "dispatch.delivered divided by dispatch.requested",                           \
                                         "",                                                                           \
                                         +1},                                                                          \
    [METRIC_DISPATCH_WORST_SLOT] = {"dispatch.worst_slot",                                                             \
                                    "%",                                                                               \
                                    "share delivered in the worst slot",                                               \
                                    "least over slots with a request of delivered divided by requested",               \
                                    "",                                                                                \
                                    +1},                                                                               \
    [METRIC_DISPATCH_REBOUND] =                                                                                        \
        {"dispatch.rebound", "kWh", "rebound", "load above the baseline in the rebound time after requests", "", -1},  \
    [METRIC_DISPATCH_FED] = {"dispatch.fed",                                                                           \
                             "kWh",                                                                                    \
                             "energy that cars gave for requests",                                                     \
                             "energy out of cars that the aggregator asked for",                                       \
                             "",                                                                                       \
                             0},                                                                                       \
    [METRIC_DISPATCH_REWARD] = {"dispatch.reward",                                                                     \
                                "JPY",                                                                                 \
                                "reward for reductions",                                                               \
                                "dispatch.delivered times the aggregator's reward",                                    \
                                "",                                                                                    \
                                +1},                                                                                   \
    [METRIC_DISPATCH_UNKNOWN] = {"dispatch.no_baseline",                                                               \
                                 "1",                                                                                  \
                                 "slots with a request and no baseline",                                               \
                                 "slots after the warm-up with a request before any like day was known: nothing is "   \
                                 "asked of the building then",                                                         \
                                 "",                                                                                   \
                                 -1}

#endif
