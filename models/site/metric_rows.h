/* metric_rows.h: the site's rows of the table of metrics, for models/metrics.c.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Energies run from the end of the warm-up to the end of the run.
 */
#ifndef KONSENTO_MODELS_SITE_METRIC_ROWS_H
#define KONSENTO_MODELS_SITE_METRIC_ROWS_H

#define SITE_METRIC_ROWS                                                                                               \
    [METRIC_SITE_COINCIDENCE_P95] = {"site.coincidence_p95",                                                           \
                                     "1",                                                                              \
                                     "coincidence factor of one day in twenty",                                        \
                                     "95 % quantile over the whole days of the run after the warm-up of the day's "    \
                                     "highest power into cars, divided by the rated power of all outlets",             \
                                     "",                                                                               \
                                     -1},                                                                              \
    [METRIC_SITE_HOMES] = {"site.homes", "kWh", "energy of homes", "energy used by homes", "", 0},                     \
    [METRIC_SITE_ROOF] =                                                                                               \
        {"site.roof", "kWh", "energy of the roof", "energy that the modules on the roof gave", "", 0},                 \
    [METRIC_SITE_IMPORT] =                                                                                             \
        {"site.import", "kWh", "energy from the grid", "energy that flowed into the building at its service", "", 0},  \
    [METRIC_SITE_EXPORT] = {"site.export",                                                                             \
                            "kWh",                                                                                     \
                            "energy into the grid",                                                                    \
                            "energy that flowed out of the building at its service",                                   \
                            "",                                                                                        \
                            0},                                                                                        \
    [METRIC_SITE_SELF_CONSUMPTION] = {"site.self_consumption",                                                         \
                                      "%",                                                                             \
                                      "share of the roof's energy used in the building",                               \
                                      "site.roof less site.export, divided by site.roof; cars that give are not "      \
                                      "told from the roof",                                                            \
                                      "",                                                                              \
                                      +1},                                                                             \
    [METRIC_SITE_SELF_SUFFICIENCY] = {"site.self_sufficiency",                                                         \
                                      "%",                                                                             \
                                      "share of the energy used that is not the grid's",                               \
                                      "site.energy less site.import, divided by site.energy",                          \
                                      "",                                                                              \
                                      +1},                                                                             \
    [METRIC_SITE_UNBALANCE] = {"site.unbalance",                                                                       \
                               "A",                                                                                    \
                               "largest difference between two legs",                                                  \
                               "largest difference of the currents of two legs of the service, held for any time",     \
                               "",                                                                                     \
                               -1},                                                                                    \
    [METRIC_TRANSFORMER_LOAD] = {"transformer.load_max",                                                               \
                                 "%",                                                                                  \
                                 "highest load of the transformer",                                                    \
                                 "highest mean power of a minute, either way, divided by the rating",                  \
                                 "",                                                                                   \
                                 -1},                                                                                  \
    [METRIC_TRANSFORMER_HOT_SPOT] = {"transformer.hot_spot_max",                                                       \
                                     "degC",                                                                           \
                                     "highest temperature of the hot spot",                                            \
                                     "highest hot-spot temperature at the end of a minute",                            \
                                     "IEC 60076-7:2018",                                                               \
                                     -1},                                                                              \
    [METRIC_TRANSFORMER_AGEING] = {"transformer.ageing",                                                               \
                                   "1",                                                                                \
                                   "ageing of the transformer's insulation",                                           \
                                   "life used divided by time; 1 is the ageing that a design is made for",             \
                                   "IEC 60076-7:2018",                                                                 \
                                   -1},                                                                                \
    [METRIC_TRANSFORMER_LOSS] = {"transformer.loss",                                                                   \
                                 "kWh",                                                                                \
                                 "energy lost in the transformer",                                                     \
                                 "no-load loss, and load loss by the square of each minute's load",                    \
                                 "",                                                                                   \
                                 -1},                                                                                  \
    [METRIC_IDLE_TIME] = {"idle.time_mean",                                                                            \
                          "min",                                                                                       \
                          "time that full cars stay on",                                                               \
                          "mean over counted sessions whose car was full: from full to unplugged",                     \
                          "",                                                                                          \
                          -1},                                                                                         \
    [METRIC_IDLE_MOVED_SHARE] = {"idle.moved_share",                                                                   \
                                 "%",                                                                                  \
                                 "full cars that were moved",                                                          \
                                 "counted sessions whose car was moved before its driver left, divided by those "      \
                                 "whose car was full",                                                                 \
                                 "",                                                                                   \
                                 0},                                                                                   \
    [METRIC_IDLE_FEES] = {"idle.fees", "yen", "idle fees", "idle fees of counted sessions, paid or not", "", 0},       \
    [METRIC_SHARING_VISITS] = {"sharing.visits", "1", "visits", "visitors who came after the warm-up", "", 0},         \
    [METRIC_SHARING_TURNED_AWAY] = {"sharing.turned_away_share",                                                       \
                                    "%",                                                                               \
                                    "visitors who found no outlet",                                                    \
                                    "visits that found no lent outlet free, divided by sharing.visits",                \
                                    "",                                                                                \
                                    -1},                                                                               \
    [METRIC_SHARING_VISIT_ENERGY] = {"sharing.visit_energy",                                                           \
                                     "kWh",                                                                            \
                                     "energy sold to visitors",                                                        \
                                     "energy delivered in counted sessions of visitors",                               \
                                     "",                                                                               \
                                     0},                                                                               \
    [METRIC_SHARING_INCOME] = {"sharing.income",                                                                       \
                               "yen",                                                                                  \
                               "income of outlets' owners",                                                            \
                               "money kept of counted sessions that was paid to a resident",                           \
                               "",                                                                                     \
                               0},                                                                                     \
    [METRIC_SHARING_BLOCKED] = {"sharing.blocked",                                                                     \
                                "1",                                                                                   \
                                "residents who found a visitor",                                                       \
                                "sessions of residents after the warm-up that had to wait for the own outlet because " \
                                "a visitor had it",                                                                    \
                                "",                                                                                    \
                                -1},                                                                                   \
    [METRIC_SHARING_FIRST_POWERED] = {"sharing.first_powered_share",                                                   \
                                      "%",                                                                             \
                                      "first deals that gave power",                                                   \
                                      "counted sessions in which a visitor and an owner met for the first time and "   \
                                      "that got power, divided by all such",                                           \
                                      "",                                                                              \
                                      +1},                                                                             \
    [METRIC_SHARING_FIRST_POWER] = {"sharing.first_power_p95",                                                         \
                                    "s",                                                                               \
                                    "plug-in to power in first deals, 95 %",                                           \
                                    "95 % quantile of time to power over sessions in which a visitor and an owner "    \
                                    "met for the first time and that got power",                                       \
                                    "",                                                                                \
                                    -1},                                                                               \
    [METRIC_INVESTMENT_SURPLUS] = {"investment.surplus",                                                               \
                                   "yen",                                                                              \
                                   "surplus of a year",                                                                \
                                   "revenue less fee.total and less what the delivered energy costs the operator, "    \
                                   "for a year at the rate of the time that counts",                                   \
                                   "",                                                                                 \
                                   +1},                                                                                \
    [METRIC_INVESTMENT_PAYBACK] = {                                                                                    \
        "investment.payback",                                                                                          \
        "a",                                                                                                           \
        "years until outlets have paid for themselves",                                                                \
        "cost of outlets and service divided by investment.surplus; none without a surplus",                           \
        "",                                                                                                            \
        -1}

#endif
